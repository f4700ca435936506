"""``microdrama sensitivity``: rank parameters by how far they move an outcome."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from microdrama.model.errors import InputError, meant

from .common import Parser, progress, warn_of_compiling

METHODS = {
    "morris": "elementary effects: cheap, sizes and directions",
    "sobol": "shares of the variance, with all interactions: many more runs",
}


def add(parser: Parser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "parameters",
        nargs="*",
        metavar="PARAMETER",
        help="what to vary, over its range in the prior ensemble, else from half to double of its "
        "default (default: all of the prior)",
    )
    parser.add_argument("--scenario", default="baseline", metavar="SCENARIO", help="as for run (default: baseline)")
    parser.add_argument(
        "--outcome",
        default="city_share_shoot_days",
        metavar="NAME",
        help="column of the table of runs (default: city_share_shoot_days)",
    )
    parser.add_argument(
        "--method",
        choices=tuple(METHODS),
        default="morris",
        help="; ".join(f"{name}: {words}" for name, words in METHODS.items()),
    )
    parser.add_argument(
        "--size", type=int, default=8, metavar="N", help="trajectories, or for sobol a power of two (default: 8)"
    )
    parser.add_argument("--seeds", type=int, default=2, metavar="N", help="seeds at each point (default: 2)")
    parser.add_argument("--months", type=int, default=96, metavar="N", help="months to run (default: 96)")
    parser.add_argument("--scale", type=float, default=0.05, metavar="X", help="size of the world (default: 0.05)")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")
    parser.add_argument(
        "--out",
        default="results/sensitivity",
        metavar="DIR",
        help="completed runs there are not repeated (default: results/sensitivity)",
    )


def act(chosen: argparse.Namespace) -> int:
    """Run; returns the exit code."""
    from ..design.analyses import known_analyses
    from ..design.samplers import SAMPLED
    from ..design.study_file import load_study
    from ..reports.study_page import run_study

    sampler = known_analyses()[chosen.method].sampler
    assert sampler in SAMPLED
    study = load_study(
        {
            "title": f"Which parameters move {chosen.outcome}",
            "scenario": chosen.scenario,
            "months": chosen.months,
            "scale": chosen.scale,
            "seeds": chosen.seeds,
            "outputs": [chosen.outcome],
            "design": {"sampler": sampler, "size": chosen.size, "seed": 1},
            "factors": ranges(chosen.parameters),
            "register": {
                "question": f"Which parameters move {chosen.outcome} most?",
                "hypothesis": "None: this is a ranking.",
                "metric": chosen.outcome,
                "analysis": chosen.method,
                "overturned_by": "Nothing: nothing was predicted.",
            },
        }
    )
    runs = len(study.points) * len(study.seeds)
    print(f"{len(study.factors)} parameters, {len(study.points)} points, {runs} runs", file=sys.stderr)
    warn_of_compiling()
    tally, found = run_study(study, chosen.out, workers=chosen.workers, progress=progress("run"))
    if found is None:
        print(f"{tally}; no answer without all of them; run the same command to resume", file=sys.stderr)
        return 3 if tally.failed else 130
    for e in found.answer.effects[: len(study.factors)]:
        print(f"{e.words:28} {e.effect.mean:8.2f} {found.answer.unit} [{e.effect.low:.2f}, {e.effect.high:.2f}]")
    print(f"\npage: {chosen.out}/index.html; table and figure beside it")
    return 0


def ranges(names: list[str]) -> dict[str, dict[str, Any]]:
    """Factors over their ranges.

    Raises
    ------
    InputError
        For parameters that are unknown, no numbers, or zero by default.
    """
    from microdrama.model.inputs.parameters import PARAMETERS

    from ..design.priors import ENSEMBLE

    prior = {f.name: {"low": f.low, "high": f.high, "log": f.log} for f in ENSEMBLE}
    if not names:
        return prior
    problems, found = [], {}
    for name in names:
        if name not in PARAMETERS:
            problems.append(f"sensitivity: unknown parameter '{name}'{meant(name, PARAMETERS)}")
        elif name in prior:
            found[name] = prior[name]
        elif PARAMETERS[name].kind is not float or not 0 < PARAMETERS[name].default < float("inf"):
            problems.append(
                f"sensitivity: '{name}' = {PARAMETERS[name].default!r} has no half and no double; a study "
                "with a [factors] table can vary it (docs/sweeps.md)"
            )
        else:
            p = PARAMETERS[name]
            found[name] = {"low": max(p.default / 2, p.low), "high": min(2 * p.default, p.high), "log": p.low > 0}
    if problems:
        raise InputError(problems)
    return found
