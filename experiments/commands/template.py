"""``microdrama template``: files to start from."""

from __future__ import annotations

import argparse

from .common import Parser


def add(parser: Parser) -> None:
    """Add the arguments."""
    parser.add_argument("kind", metavar="KIND", help="scenario, cities, house_prices, policies or study")
    parser.add_argument("--out", required=True, metavar="FILE", help=".toml, .csv or .xlsx")


def act(chosen: argparse.Namespace) -> None:
    """Run."""
    from ..export.templates import write_template

    write_template(chosen.kind, chosen.out)
    print(f"template of {chosen.kind}: {chosen.out}")
