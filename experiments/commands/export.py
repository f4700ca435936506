"""``microdrama export``: tables of a run or sweep for Stata, R, Excel, SPSS and others."""

from __future__ import annotations

import argparse
import shlex
import sys

from ..export.formats import FORMATS
from .common import Parser, progress


def add(parser: Parser) -> None:
    """Add the arguments."""
    parser.add_argument("results", metavar="DIR", help="a folder left by `run --out` or `sweep`")
    parser.add_argument("--out", required=True, metavar="DIR", help="where to; the folder must not exist")
    parser.add_argument(
        "--format", default="csv", metavar="NAMES", help=f"{', '.join(FORMATS)}; several with commas (default: csv)"
    )
    parser.add_argument("--tables", default="", metavar="NAMES", help="only these, with commas between (default: all)")
    parser.add_argument("--wide", action="store_true", help="a column for each city (flow, sector, ...), not a row")


def act(chosen: argparse.Namespace) -> None:
    """Run."""
    from ..export import export

    words = ["microdrama", "export", chosen.results, "--format", chosen.format]
    words += ["--tables", chosen.tables] if chosen.tables else []
    words += ["--wide"] if chosen.wide else []
    files = export(
        chosen.results,
        chosen.out,
        formats=listed(chosen.format),
        tables=listed(chosen.tables),
        wide_tables=chosen.wide,
        progress=progress("row"),
        command=shlex.join([*words, "--out", chosen.out]),
    )
    for table, names in files.items():
        print(f"{table}: {', '.join(names)}")
    print(f"in {chosen.out}/; codebook.md says what is in them")
    sys.stdout.flush()


def listed(words: str) -> list[str]:
    """Names with commas between them."""
    return [word.strip() for word in words.split(",") if word.strip()]
