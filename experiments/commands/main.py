"""``microdrama main``: the main experiment."""

from __future__ import annotations

import argparse
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING

from microdrama.model.errors import InputError

from .common import Parser, about_the_scenario, progress, scenario_of, unanswered, warn_of_compiling

if TYPE_CHECKING:
    from microdrama.model.inputs.scenario import Scenario


def add(parser: Parser) -> None:
    parser.add_argument("scenario", nargs="?", default="baseline", metavar="SCENARIO", help="as for run")
    about_the_scenario(parser)
    parser.add_argument("--seeds", type=int, default=16, metavar="N", help="number of seeds (default: 16)")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")
    parser.add_argument(
        "--out",
        default="results/main",
        metavar="DIR",
        help="runs, tables and page; run the same command to resume (default: results/main)",
    )


def act(chosen: argparse.Namespace) -> int:
    if chosen.workers < 1:
        raise InputError(f"--workers {chosen.workers}: at least 1")
    if chosen.seeds < 2:
        raise InputError(f"--seeds {chosen.seeds}: an interval needs at least 2")
    scenario = scenario_of(chosen, months=96, scale=1.0)
    from ..analysis.crisis_and_policy import levels_and_effects
    from ..reports import study_page
    from ..reports.main import study_of, write_paths

    study, started = study_of(scenario, chosen.seeds), time.monotonic()
    how = {"workers": chosen.workers, "mix_code": True, "progress": progress("run")}
    warn_of_compiling()
    tally, found = study_page.run_study(study, chosen.out, command=_repeat(chosen, scenario), **how)
    if found is None:
        return unanswered(tally)
    write_paths(found.data, Path(chosen.out))
    p, answer = scenario.parameters, found.answer
    size = f"{chosen.seeds} seeds x 4 combinations, {p.months} months, scale {p.scale:g}"
    print(f"{size}, in {time.monotonic() - started:.0f} s\n")
    print("\n".join([*levels_and_effects(found.data, answer.effects), "", *answer.sentences]))
    print(f"\npage: {chosen.out}/index.html; runs, tables and figures beside it")
    return 0


def _repeat(chosen: argparse.Namespace, scenario: Scenario) -> str:
    """The command that computes the same numbers."""
    words = ["microdrama", "main", chosen.scenario, "--seeds", str(chosen.seeds)]
    words += [word for entry in chosen.values for word in ("--set", entry)]
    given = {entry.partition("=")[0].strip() for entry in chosen.values}
    for name in ("months", "scale"):
        if name not in given:
            words += [f"--{name}", f"{scenario.parameters[name]:g}"]
    return shlex.join(words + (["--cities", chosen.cities] if chosen.cities else []))
