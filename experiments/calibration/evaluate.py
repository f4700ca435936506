"""What runs say of patterns: each run once, saved in a folder like those of any sweep."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.errors import InputError

from ..design.study import Ensemble, Study
from ..design.study_file import load_study
from ..files import code_version, new_file
from ..outcomes.patterns import Pattern
from ..outcomes.quantities import QUANTITIES, Observations
from ..running.store import Store
from ..running.sweep import jobs_of, sweep

type Progress = Callable[[int, int, int], None]
type Engine = Callable[[], Executor]

FAILING = 0.2
"""Share of failed runs beyond which nothing is concluded."""


def evaluate(
    points: Sequence[Mapping[str, Any]],
    patterns: Sequence[Pattern],
    out: Path,
    *,
    seeds: int,
    months: int,
    scale: float,
    workers: int = 2,
    executor: Engine | None = None,
    progress: Progress | None = None,
) -> Array:
    """Values of patterns at every point with every seed.

    Parameters
    ----------
    points : sequence of mappings
        Parameter values, the same names in each.
    out : path
        Folder of runs; completed ones are not repeated.

    Returns
    -------
    (points, seeds, patterns) array; nan where a pattern is undefined or a run failed

    Raises
    ------
    InputError
        If the points cannot be run, or too many runs failed.
    KeyboardInterrupt
        If the sweep was interrupted; completed runs are saved.
    """
    study = load_study(
        {
            "title": "points",
            "months": months,
            "scale": scale,
            "seeds": seeds,
            "panel": QUANTITIES,
            "design": {"sampler": "points", "points": [dict(point) for point in points]},
        }
    )
    return _values(study, patterns, out, scale, workers, executor, progress)


def evaluate_members(
    members: Sequence[Mapping[str, float]],
    patterns: Sequence[Pattern],
    out: Path,
    *,
    months: int,
    scale: float,
    scenario: str = "baseline",
    values: Mapping[str, Any] | None = None,
    workers: int = 2,
    executor: Engine | None = None,
    progress: Progress | None = None,
) -> Array:
    """(members, patterns) values, each member with its own draws: the same in every scenario and with any ``values``.

    ``values`` are parameters of all runs and override those of the members. Raises as :func:`evaluate`.
    """
    study = load_study(
        {
            "title": "members",
            "scenario": scenario,
            "months": months,
            "scale": scale,
            "seeds": len(members),
            "panel": QUANTITIES,
            "parameters": dict(values or {}),
        }
    )
    study.ensemble = Ensemble("", members=tuple(dict(member) for member in members))
    return _values(study, patterns, out, scale, workers, executor, progress)[0]


def _values(
    study: Study,
    patterns: Sequence[Pattern],
    out: Path,
    scale: float,
    workers: int,
    executor: Engine | None,
    progress: Progress | None,
) -> Array:
    tally = sweep(study, out, workers=workers, executor=executor, mix_code=True, progress=progress)
    if tally.open:
        raise KeyboardInterrupt
    if tally.failed > FAILING * tally.runs:
        raise InputError(f"{out}: {tally.failed} of {tally.runs} runs failed; failures.csv there says why")
    store, at = Store(out, code_version()), {seed: row for row, seed in enumerate(study.seeds)}
    found = np.full((len(study.points), len(at), len(patterns)), np.nan)
    places: dict[str, list[tuple[int, int]]] = {}
    for job in jobs_of(study):
        places.setdefault(job.run_id, []).append((job.point, at[job.seed]))
    for run, table in store.tables("panel", [run for run in places if store.done.get(run) == "ok"]):
        seen = Observations.of({name: table[name].to_numpy() for name in table.column_names}, scale)
        values = [pattern.of(seen) for pattern in patterns]
        for place in places[run]:
            found[place] = values
    return found


def write_points(path: Path, points: Sequence[Mapping[str, Any]]) -> None:
    """Write parameter sets as CSV, a row each; the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with new_file(path) as work, work.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [*points[0]], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: f"{value:.6g}" for name, value in point.items()} for point in points)
