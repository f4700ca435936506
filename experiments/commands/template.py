"""``microdrama template``: files to start from."""

from __future__ import annotations

import argparse

from .common import Commands


def add(commands: Commands) -> None:
    """Tell the command line of this command."""
    parser = commands.add_parser(
        "template", help="a commented file to start from: scenario, cities, house prices, ...", allow_abbrev=False
    )
    parser.add_argument("kind", metavar="KIND", help="scenario, cities, house_prices, policies or study")
    parser.add_argument("--out", required=True, metavar="FILE", help=".toml, .csv or .xlsx")
    parser.set_defaults(act=act)


def act(chosen: argparse.Namespace) -> None:
    """Do it."""
    from ..export.templates import write_template

    write_template(chosen.kind, chosen.out)
    print(f"template of {chosen.kind}: {chosen.out}")
