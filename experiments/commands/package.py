"""``microdrama package``: a replication package of a run or sweep."""

from __future__ import annotations

import argparse

from .common import Parser, progress


def add(parser: Parser) -> None:
    """Add the arguments."""
    parser.add_argument("results", metavar="DIR", help="a folder left by `run --out`, `sweep` or `study`")
    parser.add_argument("--out", required=True, metavar="DIR", help="a new folder, or a file that ends on .zip")
    parser.add_argument("--title", default="", metavar="TEXT", help="title of the paper")
    parser.add_argument("--authors", default="", metavar="NAMES", help="authors, with semicolons between")


def act(chosen: argparse.Namespace) -> None:
    """Run."""
    from ..export.package import make_package

    count = make_package(
        chosen.results, chosen.out, title=chosen.title, authors=chosen.authors, progress=progress("row")
    )
    print(f"{count} files: {chosen.out}; `python programs/00_run_all.py` in it makes all of them again and compares")
