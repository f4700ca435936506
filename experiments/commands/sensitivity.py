"""``microdrama sensitivity``: rank parameters by how far they move an outcome."""

import sys
from typing import Any

from microdrama.model.errors import InputError, meant

from .common import MOST_SEEDS, Chosen, Parser, many_runs, picked, unanswered

METHODS = {
    "morris": "elementary effects: cheap, sizes and directions",
    "sobol": "shares of the variance, with all interactions: many more runs",
}


def add(parser: Parser) -> None:
    parser.takes(
        "parameters PARAMETER",
        "what to vary, over its range in the prior ensemble, else from half to double of its default (default: all of "
        "the prior)",
        nargs="*",
    )
    parser.takes("--scenario SCENARIO", "as for run", "baseline")
    parser.takes("--outcome NAME", "column of the table of runs", "city_share_shoot_days")
    parser.takes("--method", "; ".join(map(": ".join, METHODS.items())), "morris", choices=tuple(METHODS))
    parser.takes("--size N", "trajectories, or for sobol a power of two", 8, low=1, high=MOST_SEEDS)
    parser.takes("--seeds N", "seeds at each point", 2, low=1, high=MOST_SEEDS)
    parser.takes("--months N", "months to run", 96)
    parser.takes("--scale X", "size of the world", 0.05)
    parser.takes_workers()
    parser.takes("--out DIR", "completed runs there are not repeated", "results/sensitivity")


def act(chosen: Chosen) -> int:
    from ..design.analyses import known_analyses
    from ..design.samplers import SAMPLED
    from ..design.study_file import load_study
    from ..reports.study_page import run_study

    sampler = known_analyses()[chosen.method].sampler
    assert sampler in SAMPLED
    study = load_study(
        {
            "title": f"Which parameters move {chosen.outcome}",
            **picked(chosen, "scenario", "months", "scale", "seeds"),
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
    tally, found = run_study(study, chosen.out, command=chosen.given, **many_runs(chosen))
    if found is None:
        return unanswered(tally)
    shown = found.answer.effects[: len(study.factors)]
    width = max(len(f"{e.words} ({e.name})") for e in shown)
    for e in shown:
        size = f"{e.effect.mean:8.2f} {found.answer.unit} [{e.effect.low:.2f}, {e.effect.high:.2f}]"
        print(f"{f'{e.words} ({e.name})':{width}} {size}")
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
