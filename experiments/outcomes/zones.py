"""Zones inside cities: what stands in them, how far firms are from bases, and where the firms of a zone come from."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from microdrama.model.arithmetic import hypot
from microdrama.model.arrays import Array, dot
from microdrama.model.clustering import INSIDE

from ..analysis.contrast import Contrast, of_differences

PAIRS = 30
"""Fewer pairs of runs than these give intervals that luck alone can make exclude zero."""


def zone_shares(cells: Array, zones: Array, city_of_cell: Array, *, weight: Array | None = None) -> Array:
    """Share of a city's firms (or shooting, or other weight) that stands in each of its zones.

    Parameters
    ----------
    cells : (m,) int
        Cell of each firm, or base.
    zones : (z, n) bool
        Cells of each zone, which lie in one city; zones may overlap.
    city_of_cell : (n,) int
        Row of the city of each cell.
    weight : (m,), optional
        Crew-days of each base, for shares of shooting; ones if left out.

    Returns
    -------
    (z,) array
        nan where the zone's city has nothing.

    Raises
    ------
    ValueError
        For a zone without cells, or in several cities.
    """
    masks = np.atleast_2d(np.asarray(zones, bool))
    of_zone = np.array([_city(mask, city_of_cell, z) for z, mask in enumerate(masks)], int)
    by_cell = np.bincount(cells, weight, len(city_of_cell)).astype(float)
    total = np.bincount(city_of_cell, by_cell)[of_zone]
    return np.divide(dot(masks, by_cell), total, out=np.full(len(masks), np.nan), where=total > 0)


def _city(mask: Array, city_of_cell: Array, zone: int) -> int:
    found = np.unique(city_of_cell[mask])
    if len(found) != 1:
        raise ValueError(f"zones[{zone}] has cells in {len(found)} cities; a zone has one or more cells of one city.")
    return int(found[0])


def nearest_base_km(cells: Array, base_cells: Array, place: Array, city_of_cell: Array, *, cell_km: float) -> Array:
    """Distance of each firm to the nearest base of its city, in km.

    Parameters
    ----------
    cells, base_cells : (m,) and (b,) int
        Cells of firms and of bases.
    place : (n, 2) int
        Position of the cells on the lattice; between cities it says nothing.
    city_of_cell : (n,) int
    cell_km : float
        Width of a cell; in one cell the distance is the mean distance of its points, 0.52 of it.

    Returns
    -------
    (m,) array
        nan in a city without bases.
    """
    km = np.full(len(city_of_cell), np.nan)  # of every cell
    bases = np.unique(base_cells)
    for city in np.unique(city_of_cell[bases]):
        here, near = np.flatnonzero(city_of_cell == city), bases[city_of_cell[bases] == city]
        away = place[here][:, None].astype(float) - place[near]
        nearest = hypot(away[..., 0], away[..., 1]).min(axis=1)
        km[here] = cell_km * np.where(nearest == 0, INSIDE, nearest)
    result: Array = km[cells]
    return result


def mean_by_city(values: Array, city: Array, cities: int) -> Array:
    """(cities,) mean of what is not nan, nan where there is nothing."""
    known = ~np.isnan(values)
    count = np.bincount(city[known], minlength=cities)
    total = np.bincount(city[known], values[known], cities)
    return np.divide(total, count, out=np.full(cities, np.nan), where=count > 0)


# Where a zone's firms come from ------------------------------------------------------------------------------


class Places(NamedTuple):
    """Firms alive in a month of a run: ids, rows or short names of cities, and whether the office is in the zone."""

    id: Array
    city: Array
    in_zone: Array


def places(studios: Mapping[str, Array], zone: Array, *, month: str) -> Places:
    """Firms of a month from a run's table of studios (``--record studios``), and which are in a zone of cells.

    Parameters
    ----------
    studios : mapping of arrays
        With ``month``, ``studio``, ``city`` and ``cell``.
    zone : (n,) bool
        Cells of the zone.
    month : str
        ``YYYY-MM``.
    """
    now = np.asarray(studios["month"]).astype(str) == month
    ids, city, cell = (np.asarray(studios[name])[now] for name in ("studio", "city", "cell"))
    return Places(ids, city, zone[cell])


class Gain(NamedTuple):
    """Firms that a zone has more of in one run than in another of the same seed, split by ids.

    Whole numbers, and exactly ``total = from_rest + from_cities + created``.
    """

    total: int
    from_rest: int
    """Fewer in the rest of the zone's city."""
    from_cities: int
    """Net flow into the whole city of ids that are alive in both runs, in one of them in another city."""
    created: int
    """Net flow into the whole city of ids that are not alive in the other run."""


PARTS = {
    "from_rest": "from the rest of the city",
    "from_cities": "from other cities",
    "created": "that would not be there otherwise; this rests on an assumed margin of entry",
}
"""Where the gain of a zone comes from."""


def zone_gain(control: Places, treated: Places, *, city: int | str) -> Gain:
    """Split the gain of a zone between two runs.

    gain of the zone = - gain of the rest of its city + net flow of ids between other cities and the whole city
    + net flow of ids between not alive and the whole city.

    What the zone gains, its city gains less what the rest of the city gains, and the city gains by ids: those it has in
    one run only are in the other run elsewhere, or not alive. Splitting the ids of the zone alone would count firms
    that others drew after them into the rest of the city.

    Parameters
    ----------
    control, treated : Places
        The same month of both runs; ids are those of the model, which the same draws make the same.
    city : int or str
        The zone's city, as in ``Places.city``.

    Raises
    ------
    ValueError
        For ids that occur twice, or a zone with firms of another city.
    """
    for name, run in (("control", control), ("treated", treated)):
        if len(np.unique(run.id)) < len(run.id):
            raise ValueError(f"{name}: an id occurs twice; give the firms of one month of one run.")
        if (run.in_zone & (run.city != city)).any():
            raise ValueError(f"{name}: firms of other cities than {city} are in the zone; a zone lies in one city.")
    before, after = (run.id[run.city == city] for run in (control, treated))
    come, gone = np.setdiff1d(after, before), np.setdiff1d(before, after)
    moved = int(np.isin(come, control.id).sum()) - int(np.isin(gone, treated.id).sum())
    total = int(treated.in_zone.sum()) - int(control.in_zone.sum())
    return Gain(total, total - (len(after) - len(before)), moved, len(come) - len(gone) - moved)


class GainOverSeeds(NamedTuple):
    """Mean gain of a zone over pairs of runs, its parts, and their shares of it, with 95 % intervals."""

    total: Contrast
    parts: dict[str, Contrast]
    """By name (:data:`PARTS`); means add up to the total."""
    shares: dict[str, Contrast]
    """Mean of the part over mean of the total; they add up to 1. nan unless the total differs from zero."""


def gain_over_seeds(gains: Sequence[Gain]) -> GainOverSeeds:
    """Paired intervals of the gain of a zone and of its parts; warns of fewer than :data:`PAIRS` pairs.

    Intervals are those of t; of shares, by the delta method for a ratio of means.
    """
    if len(gains) < PAIRS:
        warnings.warn(
            f"{len(gains)} pairs of runs: luck alone moves firms between cities from seed to seed; use {PAIRS} or more",
            stacklevel=2,
        )
    values = {name: np.array([getattr(gain, name) for gain in gains], float) for name in Gain._fields}
    total = of_differences(values["total"])
    parts = {name: of_differences(values[name]) for name in PARTS}
    return GainOverSeeds(total, parts, {name: _share(values[name], values["total"], total) for name in PARTS})


def _share(part: Array, total: Array, of: Contrast) -> Contrast:
    n = len(total)
    if not of.clear:
        return Contrast(np.nan, np.nan, np.nan, n, np.nan, np.nan)
    share = float(part.mean() / total.mean())
    spread: Any = (part - share * total).std(ddof=1) / abs(total.mean()) / np.sqrt(n)
    from scipy import special  # takes a tenth of a second to import

    half = float(special.stdtrit(n - 1, 0.975) * spread)
    return Contrast(share, share - half, share + half, n, np.nan, np.nan)
