"""``microdrama validate``: hold the ensemble, and three nulls, against a table of patterns."""

from __future__ import annotations

import argparse
import sys

from microdrama.model.errors import InputError

from .common import Parser, pairs, progress, warn_of_compiling


def add(parser: Parser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "targets",
        nargs="?",
        default="",
        metavar="TARGETS.csv",
        help="patterns, what each is observed to be (default: the shipped targets)",
    )
    parser.add_argument("--quantities", action="store_true", help="list the quantities and kinds of patterns, and end")
    parser.add_argument(
        "--ensemble",
        default="",
        metavar="FILE.csv",
        help="a column for each parameter, a row a member (default: the shipped one)",
    )
    parser.add_argument("--members", type=int, default=60, metavar="N", help="members to run (default: 60)")
    parser.add_argument("--scenario", default="baseline", metavar="SCENARIO", help="world to run (default: baseline)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="values",
        help="set a parameter of all worlds; may be given again",
    )
    parser.add_argument(
        "--months",
        type=int,
        default=0,
        metavar="N",
        help="months to run (default: to the end of the last year that is spoken of)",
    )
    parser.add_argument("--scale", type=float, default=0.1, metavar="X", help="size of the runs (default: 0.1)")
    parser.add_argument("--no-nulls", action="store_true", help="leave out the three nulls")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")
    parser.add_argument(
        "--out",
        default="results/validate",
        metavar="DIR",
        help="runs and verdicts.csv; completed runs there are not repeated",
    )


def act(chosen: argparse.Namespace) -> int:
    """Run; returns the exit code."""
    from pathlib import Path

    from ..calibration.validation import rows_of, text, validate
    from ..files import write_csv
    from ..outcomes.patterns import KINDS
    from ..outcomes.quantities import quantities

    if chosen.quantities:
        for name, quantity in quantities().items():
            print(f"{name:28} {quantity.kind:6} {quantity.unit:14} {quantity.meaning}")
        print("\nkinds of patterns")
        for name, words in KINDS.items():
            print(f"{name:28} {words}")
        return 0
    values, problems = pairs("--set", chosen.values)
    if clash := {"months", "scale"} & values.keys():
        problems.append(f"--set {min(clash)}: use --{min(clash)}")
    if chosen.months < 0:
        problems.append(f"--months {chosen.months}: must not be negative")
    if problems:
        raise InputError(problems)
    warn_of_compiling()
    found = validate(
        chosen.targets,
        chosen.out,
        ensemble=chosen.ensemble,
        count=chosen.members,
        months=chosen.months,
        scale=chosen.scale,
        scenario=chosen.scenario,
        nulls=not chosen.no_nulls,
        values=values,
        workers=chosen.workers,
        progress=progress("run"),
        tell=lambda line: print(line, file=sys.stderr),
    )
    write_csv(Path(chosen.out) / "verdicts.csv", rows_of(found))
    print(text(found))
    print(f"\nverdicts and runs: {chosen.out}/")
    return 0
