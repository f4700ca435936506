"""``microdrama calibrate``: from targets to an ensemble, with a report; it resumes where it stopped."""

import sys
from dataclasses import replace

from .common import MOST_SEEDS, Chosen, Parser, many_runs, picked


def add(parser: Parser) -> None:
    out = "points, runs, ensemble and report; run the same command to resume (default: results/calibration)"
    parser.takes("--out DIR", out, "")
    parser.takes("--quick", "a small version, to see how it works")
    parser.takes("--targets FILE.csv", "other targets (default: the shipped ones)", "")
    parser.takes("--waves N", "waves of runs (default: 2)", type=int, low=1, high=100)
    parser.takes("--points N", "parameter sets of a wave (default: 80)", type=int, low=1, high=MOST_SEEDS)
    parser.takes("--scale X", "size of the runs (default: 1)", type=float)
    parser.takes_workers()


def act(chosen: Chosen) -> None:
    from ..calibration.calibrate import QUICK, Plan, check_plan
    from ..calibration.report import conclude

    given = {name: value for name, value in picked(chosen, "waves", "points", "scale").items() if value is not None}
    plan = replace(QUICK if chosen.quick else Plan(), targets=chosen.targets, **given)
    out = chosen.out or f"results/calibration{'-quick' if chosen.quick else ''}"
    check_plan(plan)
    how = many_runs(chosen)
    print(f"{plan.runs} runs in all; completed runs in {out} are not repeated", file=sys.stderr)
    lines = conclude(out, plan, tell=lambda line: print(line, file=sys.stderr, flush=True), **how)
    print("\n".join([*lines, "", f"report: {out}/index.html and report.md; the ensemble: {out}/ensemble.csv"]))
