"""``microdrama mechanisms``: what each mechanism does, by switching it off."""

from __future__ import annotations

import argparse

from microdrama.model.errors import InputError

from .common import Parser, progress, warn_of_compiling


def add(parser: Parser) -> None:
    """Add the arguments."""
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="number of seeds (default: 5)")
    parser.add_argument("--months", type=int, default=120, metavar="N", help="months to run (default: 120)")
    parser.add_argument("--scale", type=float, default=1.0, metavar="X", help="size of the runs (default: 1)")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")
    parser.add_argument(
        "--out",
        default="results/mechanisms",
        metavar="DIR",
        help="completed runs there are not repeated (default: results/mechanisms)",
    )
    parser.add_argument("--page", default="", metavar="FILE.md", help="the table (default: DIR/mechanisms.md)")


def act(chosen: argparse.Namespace) -> None:
    """Run."""
    from pathlib import Path

    from ..files import new_file
    from ..reports.mechanisms import table

    if chosen.seeds < 2:
        raise InputError(f"--seeds {chosen.seeds}: an interval needs at least 2")
    warn_of_compiling()
    size = {name: getattr(chosen, name) for name in ("seeds", "months", "scale")}
    page = table(**size, workers=chosen.workers, out=chosen.out, progress=progress("run"))
    file = Path(chosen.page or f"{chosen.out}/mechanisms.md")
    with new_file(file) as path:
        path.write_text(page, encoding="utf-8")
    print(f"table: {file}; runs: {chosen.out}/")
