"""``microdrama compare``: the paired effect of one world against another."""

from __future__ import annotations

import argparse

from microdrama.model.errors import InputError

from .common import Parser, about_the_scenario, pairs, print_notes, progress, values_of, warn_of_compiling


def add(parser: Parser) -> None:
    """Add the arguments."""
    parser.add_argument("first", metavar="SCENARIO", help="as for run")
    parser.add_argument("second", nargs="?", default="", metavar="OTHER", help="another scenario (default: the same)")
    parser.add_argument(
        "--change",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a parameter in the second world only; may be given again",
    )
    about_the_scenario(parser, cities=False)
    parser.add_argument("--seeds", type=int, default=16, metavar="N", help="number of seeds (default: 16)")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")
    parser.add_argument("--city", default="", metavar="CITY", help="city to look at (default: zhengzhou)")
    parser.add_argument("--out", metavar="DIR", help="keep the runs there, and the table; more seeds only add to them")


def act(chosen: argparse.Namespace) -> None:
    """Run."""
    from microdrama.model.inputs.scenario import load_scenario

    from ..reports.comparison import compare, text

    changes, problems = pairs("--change", chosen.change)
    if chosen.seeds < 2:
        problems.append(f"--seeds {chosen.seeds}: an interval needs at least 2")
    if problems:
        raise InputError(problems)
    values = values_of(chosen)
    print_notes(*(load_scenario(name).with_values(values) for name in (chosen.first, chosen.second) if name))
    warn_of_compiling()
    found = compare(
        chosen.first,
        chosen.second,
        changes=changes,
        seeds=chosen.seeds,
        workers=chosen.workers,
        out=chosen.out,
        city=chosen.city,
        progress=progress("run"),
        **values,
    )
    print(text(found))
    if chosen.out:
        print(f"\nruns and table: {chosen.out}/")
