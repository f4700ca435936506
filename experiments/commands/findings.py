"""``microdrama findings``: all registered studies, and the page that tells what came out."""

from __future__ import annotations

import argparse
import time

from .common import Parser, progress, warn_of_compiling


def add(parser: Parser) -> None:
    """Add the arguments."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="these studies only (default: all)")
    parser.add_argument("--full", action="store_true", help="the full versions: hours")
    parser.add_argument(
        "--out",
        default="results",
        metavar="DIR",
        help="a folder for each study is made there; completed runs are not repeated",
    )
    parser.add_argument(
        "--docs",
        default="docs",
        metavar="DIR",
        help="findings.md, or findings-full.md, and its figures are written there (default: docs)",
    )
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")
    parser.add_argument("--mix-code", action="store_true", help="continue beside runs of another version of the model")


def act(chosen: argparse.Namespace) -> int:
    """Run; returns the exit code."""
    from ..reports.findings import write_findings

    warn_of_compiling()
    started = time.monotonic()
    found = write_findings(
        chosen.out,
        chosen.docs,
        quick=not chosen.full,
        workers=chosen.workers,
        names=chosen.names,
        mix_code=chosen.mix_code,
        progress=lambda name: progress(f"{name}: run"),
    )
    runs = sum(finding.tally.ran for finding in found)
    print(
        f"{len(found)} studies, {runs} runs now, {(time.monotonic() - started) / 60:.1f} min; page: "
        f"{chosen.docs}/findings{'-full' if chosen.full else ''}.md"
    )
    return 0
