"""What runs say of patterns: each run once, saved in a folder like those of any sweep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.errors import InputError

from ..design.study import Ensemble, Study
from ..design.study_file import load_study
from ..files import code_version, new_file, write_csv
from ..outcomes.patterns import Pattern
from ..outcomes.quantities import QUANTITIES, Observations
from ..running.plan import Jobs
from ..running.store import Store
from ..running.sweep import sweep

FAILING = 0.2
"""Share of failed runs beyond which nothing is concluded."""


class How(TypedDict, total=False):
    """How runs are computed, as :func:`~.sweep.sweep` takes it; results do not depend on it."""

    workers: int
    executor: Callable[[], Executor] | None
    progress: Callable[[int, int, int], None] | None


def evaluate(
    points: Sequence[Mapping[str, Any]],
    patterns: Sequence[Pattern],
    out: Path,
    *,
    seeds: int,
    months: int,
    scale: float,
    **how: Unpack[How],
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
    design = {"sampler": "points", "points": [dict(point) for point in points]}
    keys = {"title": "points", "months": months, "scale": scale, "seeds": seeds, "panel": QUANTITIES, "design": design}
    return values_of(load_study(keys), patterns, out, how)


def evaluate_members(
    members: Sequence[Mapping[str, float]],
    patterns: Sequence[Pattern],
    out: Path,
    keys: Mapping[str, Any],
    folder: Path = Path(),
    **how: Unpack[How],
) -> Array:
    """(points, members, patterns) values, each member with its own draws, the same at every point and in every world.

    ``keys`` are those of a study, beside whose ``folder`` its scenarios are; its parameters override those of the
    members. Raises as :func:`evaluate`.
    """
    study = load_study({"title": "members", "seeds": len(members), "panel": QUANTITIES, **keys}, folder=folder)
    study.ensemble = Ensemble("", members=tuple(dict(member) for member in members))
    return values_of(study, patterns, out, how)


def values_of(study: Study, patterns: Sequence[Pattern], out: Path, how: How) -> Array:
    """(points, seeds, patterns) values in the runs of a study that keeps quantities. Raises as :func:`evaluate`."""
    tally = sweep(study, out, mix_code=True, **how)
    if tally.open:
        raise KeyboardInterrupt
    if tally.failed > FAILING * tally.runs:
        raise InputError(f"{out}: {tally.failed} of {tally.runs} runs failed; failures.csv there says why")
    store, at = Store(out, code_version()), {seed: row for row, seed in enumerate(study.seeds)}
    found = np.full((len(study.points), len(at), len(patterns)), np.nan)
    places: dict[str, list[tuple[int, int]]] = {}
    for job in Jobs(study):
        places.setdefault(job.run_id, []).append((job.point, at[job.seed]))
    for run, table in store.tables("panel", places):
        seen = Observations.of({name: table[name].to_numpy() for name in table.column_names}, study.scale)
        values = [pattern.of(seen) for pattern in patterns]
        for place in places[run]:
            found[place] = values
    return found


def write_points(path: Path, points: Sequence[Mapping[str, Any]]) -> None:
    """Write parameter sets as CSV, a row each; the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with new_file(path) as work:
        write_csv(work, [{name: _cell(value) for name, value in point.items()} for point in points])


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value).lower()
