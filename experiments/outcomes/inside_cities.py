"""Clusters inside cities: the measures of every city of a run, each beside cities that keep its gradient."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from microdrama.model.arithmetic import exp
from microdrama.model.arrays import Array, dot
from microdrama.model.clustering import MEASURES, Clustering, Envelope, clustering, envelope, rings, simulated_counts
from microdrama.model.decisions.studios import office_utility
from microdrama.model.errors import InputError, unknown
from microdrama.model.region import WITHIN_CELL

from ..files import MANIFEST, Columns, verified
from .zones import nearest_base_km

DISTANCES = {
    "nearest_base_km": "distance of studios to the nearest film base of the city, mean over studios",
    "centre_km": "distance of studios from the centre, mean over studios",
    "base_centre_km": "distance of film bases from the centre, mean over bases",
}
"""What the table says beside :data:`~microdrama.model.clustering.MEASURES`, all in km; the first has an envelope."""
NULLS = {
    "gradient": "cities that keep the studios at every distance from the centre",
    "rents": "cities in which studios look at rents and the distance from the centre alone",
}
"""Simulated cities that the measures are held against."""
CLUSTERING_COLUMNS: Columns = {
    "month": ("YYYY-MM", "month, at its end"),
    "city": ("", "city"),
    "measure": ("", "name of the measure"),
    "unit": ("", "its unit"),
    "value": ("", "its value (nan: not defined, such as without studios)"),
    "null_mean": ("", "its mean in simulated cities"),
    "null_low": ("", "5 % quantile of these"),
    "null_high": ("", "95 % quantile of these"),
    "p_value": ("", "(1 + simulated cities at least as large)/(1 + simulated cities)"),
    "studios": ("studios", "studios in the city, at the scale of the run"),
    "cells": ("cells", "cells of the city"),
}
CURVE_COLUMNS: Columns = {
    "month": ("YYYY-MM", "month, at its end"),
    "city": ("", "city"),
    "km": ("km", "distance between studios"),
    "density": ("1/km", "K-density of these distances"),
    "expected": ("1/km", "its mean in simulated cities"),
    **{
        f"{kind}{end}": ("1/km", f"{side} end of the {words} band")
        for kind, words in (("local_", "local"), ("", "global"))
        for end, side in (("low", "lower"), ("high", "upper"))
    },
}


class CityClusters:
    """Clusters of one city in one month.

    Attributes
    ----------
    month, city : str
    found : Clustering
        In the order of the cells of the city in the table.
    distances : dict
        Of :data:`DISTANCES`, km.
    """

    def __init__(self, month: str, city: str, found: Clustering, distances: dict[str, Envelope]) -> None:
        self.month, self.city, self.found, self.distances = month, city, found, distances


def clusters(
    cells: Mapping[str, Array],
    studios: Mapping[str, Array] | None = None,
    bases: Mapping[str, Array] | None = None,
    *,
    cell_km: float,
    month: str = "",
    floor: Array | None = None,
    drawn: Array | None = None,
    draws: int = 999,
    seed: int = 0,
) -> list[CityClusters]:
    """Measure the clusters of every city from the tables of a run.

    Parameters
    ----------
    cells : mapping of arrays
        Table of cells, as ``Panel.cells()`` makes it or ``microdrama run --out`` leaves it: ``month``, ``city``, ``x``,
        ``y``, ``distance_km``, ``studios`` and ``base_crews``. Its rows of a month are in the order of the cells.
    studios : mapping of arrays, optional
        Table of studios (``--record studios``), or part of its rows, with ``month`` and ``cell``: in place of the
        numbers in the table of cells.
    bases : mapping of arrays, optional
        Table of film bases (``--record bases``): those that are open count. Else every cell that has crews of film
        bases, open or being built, counts as one.
    cell_km : float
        Width of a cell, a parameter of the run.
    month : str
        ``YYYY-MM``; the last in the table of cells if left out.
    floor : (n,) array, optional
        Office floor space of the cells; within a city of the model it is the same everywhere.
    drawn : (n,) array, optional
        How strongly cells draw offices for themselves, as :func:`~microdrama.model.clustering.clustering` has it.
    draws, seed : int
        Number of simulated cities, and key of their draws.

    Raises
    ------
    InputError
        For a month that a table does not have, or cells that are not those of studios and bases.
    """
    now = _rows(cells, month, "cells")
    month = str(now["month"][0])
    cell_count = len(now["city"])
    slugs, city = np.unique(now["city"], return_inverse=True)
    at = _cells(_rows(studios, month, "studios"), now, "studios") if studios is not None else None
    count = now["studios"].astype(int) if at is None else np.bincount(at, minlength=cell_count)
    there = _open(bases, now) if bases is not None else np.flatnonzero(now["base_crews"] > 0)
    place = np.column_stack([now["x"], now["y"]]).astype(np.int64)
    nearest = nearest_base_km(np.arange(cell_count), there, place, city, cell_km=cell_km)
    order = np.argsort([int(np.argmax(city == c)) for c in range(len(slugs))])  # as in the table
    result = []
    for c in order:
        here, km = city == c, now["distance_km"]
        space = None if floor is None else np.asarray(floor)[here]
        weight = None if drawn is None else np.asarray(drawn)[here]
        found = clustering(
            count[here], place[here], km[here], cell_km=cell_km, floor=space, drawn=weight, draws=draws, seed=seed
        )
        ring = rings(km[here], cell_km=cell_km) * (drawn is None)
        simulated = simulated_counts(found.expected, ring, draws=draws, seed=seed)
        distances = {
            "nearest_base_km": _mean_distance(count[here], simulated, nearest[here]),
            "centre_km": _plain(_mean(count[here], km[here])),
            "base_centre_km": _plain(float(km[there][city[there] == c].mean()) if (city[there] == c).any() else np.nan),
        }
        result.append(CityClusters(month, str(slugs[c]), found, distances))
    return result


def drawn_by_rents(cells: Mapping[str, Array], parameters: Mapping[str, Any], *, month: str = "") -> Array:
    """(P3b) How strongly cells draw offices by rent and distance from the centre where nobody is nearby, (n,)."""
    now = _rows(cells, month, "cells")
    rent, city = now["rent_yuan_m2_month"], np.unique(now["city"], return_inverse=True)[1]
    mean = np.bincount(city, rent) / np.bincount(city)
    km = np.maximum(now["distance_km"], WITHIN_CELL * parameters["cell_km"])
    terms = parameters["office_rent_weight"], parameters["office_spillover"], parameters["office_centre_pull"]
    result: Array = exp(office_utility(rent / mean[city], 0.0, km, *terms))
    return result


def clusters_of_run(
    folder: str | Path, *, month: str = "", null: str = "gradient", draws: int = 999, seed: int = 0
) -> list[CityClusters]:
    """:func:`clusters` of a folder that ``microdrama run --out`` left.

    With ``--record bases`` the bases that are open count. ``null`` is one of :data:`NULLS`.

    Raises
    ------
    InputError
        If it is no such folder, or has no such month.
    """
    from pyarrow import parquet

    path = Path(folder)
    try:
        about = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        cell_km = float(about["parameters"]["cell_km"])
        tables = {
            name: {c: column.to_numpy() for c, column in zip(table.column_names, table.columns, strict=True)}
            for name in ("cells", "bases")
            if name in about["tables"]
            for table in [parquet.read_table(verified(path / f"{name}.parquet"))]
        }
    except InputError:
        raise
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{folder}: holds no run; give a folder left by `microdrama run --out DIR`") from None
    if null not in NULLS:
        raise InputError(unknown("null", null, NULLS))
    cells = tables["cells"]
    drawn = drawn_by_rents(cells, about["parameters"], month=month) if null == "rents" else None
    of = partial(clusters, cells, None, tables.get("bases"), cell_km=cell_km, month=month, drawn=drawn)
    try:
        return of(draws=draws, seed=seed)
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"{folder}: its files do not fit together: {error}") from None


def clustering_table(found: list[CityClusters]) -> dict[str, Array]:
    """Cities by measures, long, each with its envelope; columns are :data:`CLUSTERING_COLUMNS`."""
    rows = [row for one in found for row in _table_rows(one)]
    return {name: np.array(values) for name, values in zip(CLUSTERING_COLUMNS, zip(*rows, strict=True), strict=True)}


def _table_rows(one: CityClusters) -> Iterator[tuple[object, ...]]:
    measured = {name: (MEASURES[name].unit, value) for name, value in one.found.measures.items()}
    for name, (unit, value) in (measured | {name: ("km", km) for name, km in one.distances.items()}).items():
        yield one.month, one.city, name, unit, *value, one.found.offices, one.found.cells


def k_density_table(found: list[CityClusters]) -> dict[str, Array]:
    """K-densities of all cities with their bands, long; columns are :data:`CURVE_COLUMNS`."""
    curves = [(one, one.found.k) for one in found if one.found.k]
    parts = [
        [np.full(len(k.km), one.month), np.full(len(k.km), one.city), *k[:7]] for one, k in curves if k is not None
    ]
    return {name: np.concatenate(values) for name, values in zip(CURVE_COLUMNS, zip(*parts, strict=True), strict=True)}


def _rows(table: Mapping[str, Array], month: str, name: str) -> dict[str, Array]:
    """Rows of a month, the last if none is named."""
    months = np.asarray(table["month"]).astype(str)
    known = np.unique(months).tolist()
    wanted = month or (known[-1] if known else "")
    chosen = months == wanted
    if not chosen.any():
        raise InputError(f"{name}: {unknown('month', wanted, known)}")
    return {column: np.asarray(values)[chosen] for column, values in table.items()}


def _open(bases: Mapping[str, Array], cells: Mapping[str, Array]) -> Array:
    """Cells of film bases that are open."""
    month = str(cells["month"][0])
    now = _rows(bases, month, "bases")
    result: Array = _cells(now, cells, "bases")[now["opens"].astype(str) <= month]
    return result


def _cells(rows: Mapping[str, Array], cells: Mapping[str, Array], name: str) -> Array:
    """Rows of the table of cells of studios or bases, which must lie in the same cities there."""
    at: Array = rows["cell"]
    if (at >= len(cells["city"])).any() or (cells["city"][at] != rows["city"]).any():
        raise InputError(
            f"{name}: their cells are not those of the table of cells; give all cells, as the run left them"
        )
    return at


def _mean(count: Array, km: Array) -> float:
    return float((count * km).sum() / count.sum()) if count.any() else np.nan


def _mean_distance(count: Array, simulated: Array, km: Array) -> Envelope:
    if np.isnan(km).any() or not count.any():
        return _plain(np.nan)
    return envelope(_mean(count, km), dot(simulated, km) / count.sum())


def _plain(value: float) -> Envelope:
    return Envelope(value, *[np.nan] * 4)
