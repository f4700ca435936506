"""What runs say of patterns: every point with every seed, run once, on record in a folder like any sweep."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.columns import Array
from model.errors import InputError

from .job import code_version
from .output import new_file
from .patterns import Pattern
from .quantities import WATCHED, Seen
from .store import Store
from .study import load_study
from .sweep import jobs_of, sweep

type Progress = Callable[[int, int, int], None]

LUCKS = 6
"""Seeds that members of an ensemble share out among them."""


def evaluate(
    points: Sequence[Mapping[str, Any]], patterns: Sequence[Pattern], out: Path, *, seeds: int, months: int,
    scale: float, scenario: str = "baseline", constants: Mapping[str, Any] | None = None, first_seed: int = 1,
    workers: int = 2, progress: Progress | None = None,
) -> Array:  # fmt: skip
    """Values of patterns in runs.

    Parameters
    ----------
    points : sequence of mappings
        Parameter values, the same names in each.
    out : path
        Folder of runs; those on record are not run again.
    seeds, first_seed : int
        How many runs a point has, and the first of their seeds.
    constants : mapping
        Parameter values of all points.

    Returns
    -------
    (points, seeds, patterns) array; nan where a pattern is undefined or a run failed

    Raises
    ------
    InputError
        If the points cannot be run.
    KeyboardInterrupt
        If runs are missing because the sweep was interrupted.
    """
    chosen = list(range(first_seed, first_seed + seeds))
    study = load_study({
        "title": "patterns", "scenario": scenario, "months": months, "scale": scale, "seeds": chosen,
        "panel": WATCHED, "parameters": dict(constants or {}),
        "design": {"sampler": "points", "points": [dict(point) for point in points]},
    })  # fmt: skip
    study.panel = WATCHED
    tally = sweep(study, out, workers=workers, mix_code=True, progress=progress)
    if tally.open:
        raise KeyboardInterrupt
    if tally.failed > 0.2 * tally.asked:
        raise InputError(f"{out}: {tally.failed} of {tally.asked} runs failed; failures.csv there says why")
    store, jobs = Store(out, code_version()), jobs_of(study)
    found = np.full((len(points), seeds, len(patterns)), np.nan)
    at: dict[str, list[tuple[int, int]]] = {}
    for job in jobs:
        at.setdefault(job.run_id, []).append((job.point, job.seed - first_seed))
    for run, table in store.panels([run for run in at if store.done.get(run) == "ok"]):
        seen = Seen.of({name: table[name].to_numpy() for name in table.column_names}, scale)
        values = [pattern.of(seen) for pattern in patterns]
        for place in at[run]:
            found[place] = values
    return found


def write_points(path: Path, points: Sequence[Mapping[str, Any]]) -> None:
    """Write parameter sets as CSV, a row each; the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with new_file(path) as work, work.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [*points[0]], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in point.items()} for point in points)


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def evaluate_members(
    members: Sequence[Mapping[str, Any]], patterns: Sequence[Pattern], out: Path, *, months: int, scale: float,
    scenario: str = "baseline", constants: Mapping[str, Any] | None = None, workers: int = 2,
    progress: Progress | None = None,
) -> Array:  # fmt: skip
    """(members, patterns) values: one run of each member; luck differs between members, in :data:`LUCKS` kinds.

    The same member has the same luck in every scenario, so worlds can be compared member by member.
    """
    found = np.full((len(members), len(patterns)), np.nan)
    for luck in range(min(LUCKS, len(members))):
        mine = slice(luck, None, LUCKS)
        runs = evaluate(members[mine], patterns, out, seeds=1, first_seed=101 + luck, months=months, scale=scale,
                        scenario=scenario, constants=constants, workers=workers, progress=progress)  # fmt: skip
        found[mine] = runs[:, 0]
    return found
