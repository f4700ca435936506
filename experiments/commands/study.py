"""``microdrama study``: run a registered study and write its answer."""

from __future__ import annotations

import argparse
import sys

from .common import Parser, progress, warn_of_compiling


def add(parser: Parser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "name", nargs="?", default="", metavar="NAME", help="a shipped study or a file; none: list them"
    )
    parser.add_argument("--quick", action="store_true", help="its small version, minutes on two cores")
    parser.add_argument("--out", metavar="DIR", help="results (default: results/NAME or results/NAME-quick)")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")


def act(chosen: argparse.Namespace) -> int:
    """Run; returns the exit code."""
    from pathlib import Path

    from ..design.study_file import registered_studies

    if not chosen.name:
        for name, title, register in registered_studies():
            print(
                f"{register['label'] + ' ' if register.get('label') else ''}{name}: {title}\n    {register['question']}"
            )
        return 0
    from ..reports.study_page import run_study

    out = chosen.out or f"results/{Path(chosen.name).stem}{'-quick' if chosen.quick else ''}"
    warn_of_compiling()
    tally, found = run_study(chosen.name, out, quick=chosen.quick, workers=chosen.workers, progress=progress("run"))
    if found is None:
        print(f"{tally}; no answer without all of them; run the same command to resume", file=sys.stderr)
        return 3 if tally.failed else 130
    print("\n".join([*found.answer.sentences, "", f"page: {out}/index.html; tables and figure beside it"]))
    return 0
