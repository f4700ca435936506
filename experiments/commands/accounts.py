"""``microdrama accounts``: who paid whom and who owns what, as matrices."""

from __future__ import annotations

import argparse

from .common import Parser


def add(parser: Parser) -> None:
    """Add the arguments."""
    parser.add_argument("results", metavar="DIR", help="a folder left by `run --out`")
    parser.add_argument(
        "--period",
        default="",
        metavar="P",
        help="a year, a month (2024-06), or 2024-06:2024-12 (default: the last 12 months)",
    )
    parser.add_argument("--out", metavar="FILE", help="write .xlsx (with check sums), .tex, .csv or .md; else print")


def act(chosen: argparse.Namespace) -> None:
    """Run."""
    from ..export.accounts import accounts, text, write_accounts

    found = accounts(chosen.results, chosen.period)
    if chosen.out is None:
        print(text(found))
        return
    write_accounts(found, chosen.out)
    print(f"accounts of {found.first} to {found.last}: {chosen.out}")
