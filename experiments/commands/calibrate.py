"""``microdrama calibrate``: from targets to an ensemble, with a report; it resumes where it stopped."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from .common import Parser, progress, warn_of_compiling


def add(parser: Parser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--out",
        default="",
        metavar="DIR",
        help="points, runs, ensemble and report; run the same command to resume (default: results/calibration)",
    )
    parser.add_argument("--quick", action="store_true", help="a small version, to see how it works")
    parser.add_argument("--targets", default="", metavar="FILE.csv", help="other targets (default: the shipped ones)")
    parser.add_argument("--waves", type=int, metavar="N", help="waves of runs (default: 2)")
    parser.add_argument("--points", type=int, metavar="N", help="parameter sets of a wave (default: 80)")
    parser.add_argument("--scale", type=float, metavar="X", help="size of the runs (default: 1)")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")


def act(chosen: argparse.Namespace) -> int:
    """Run; returns the exit code."""
    from ..calibration.calibrate import QUICK, Plan, check_plan
    from ..calibration.report import conclude

    given = {name: getattr(chosen, name) for name in ("waves", "points", "scale") if getattr(chosen, name) is not None}
    plan = replace(QUICK if chosen.quick else Plan(), targets=chosen.targets, **given)
    out = chosen.out or f"results/calibration{'-quick' if chosen.quick else ''}"
    check_plan(plan)
    warn_of_compiling()
    print(f"{plan.runs} runs in all; completed runs in {out} are not repeated", file=sys.stderr)
    lines = conclude(
        out,
        plan,
        workers=chosen.workers,
        progress=progress("run"),
        tell=lambda line: print(line, file=sys.stderr, flush=True),
    )
    print("\n".join([*lines, "", f"report: {out}/index.html and report.md; the ensemble: {out}/ensemble.csv"]))
    return 0
