"""``microdrama main``: the main experiment."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from microdrama.model.errors import InputError

from .common import Parser, about_the_scenario, progress, scenario_of, warn_of_compiling

if TYPE_CHECKING:
    from microdrama.model.inputs.scenario import Scenario


def add(parser: Parser) -> None:
    """Add the arguments."""
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


def act(chosen: argparse.Namespace) -> None:
    """Run."""
    if chosen.workers < 1:
        raise InputError(f"--workers {chosen.workers}: at least 1")
    if chosen.seeds < 2:
        raise InputError(f"--seeds {chosen.seeds}: an interval needs at least 2")
    scenario = scenario_of(chosen, months=96, scale=1.0)
    from ..reports.factorial import experiment, summary_text
    from ..reports.main_page import RUNS, check_out, write

    check_out(chosen.out)
    warn_of_compiling()
    runs = Path(chosen.out) / RUNS
    found = experiment(scenario, seeds=chosen.seeds, workers=chosen.workers, out=runs, progress=progress("run"))
    write(found, chosen.out, command=_repeat(chosen, scenario))
    print(summary_text(found))
    print(f"\npage: {chosen.out}/index.html; tables beside it, runs in {chosen.out}/{RUNS}")


def _repeat(chosen: argparse.Namespace, scenario: Scenario) -> str:
    """The command that computes the same numbers."""
    import shlex

    words = ["microdrama", "main", chosen.scenario, "--seeds", str(chosen.seeds)]
    words += [word for entry in chosen.values for word in ("--set", entry)]
    given = {entry.partition("=")[0].strip() for entry in chosen.values}
    for name in ("months", "scale"):
        if name not in given:
            words += [f"--{name}", f"{scenario.parameters[name]:g}"]
    return shlex.join(words + (["--cities", chosen.cities] if chosen.cities else []))
