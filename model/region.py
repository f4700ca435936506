"""The region: cities as discs of cells on one lattice, with floor space, rents and vacancy as arrays.

Inside a city a cell is ``cell_km`` wide; between cities only travel times count, so the lattice places the discs side
by side, roughly as on the map. Nothing economic depends on where a disc lies: a city added to the table moves the
picture, not the other cities' numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, cached_property
from itertools import accumulate
from typing import Any

import numpy as np

from .addresses import cells_of, kind_of
from .arithmetic import exp, hypot, interp, power
from .arrays import Array
from .calendar import month_number
from .compiled import compiled
from .decisions.property import bid_rent
from .draws import child_keys
from .inputs.cities import Cities
from .inputs.parameters import Parameters
from .inputs.zones import Zone
from .of_mesa import csr_array, min_weight_full_bipartite_matching

LATTICE = (96, 64)
"""Smallest lattice, in cells; it grows when the cities need more room."""
LAST_OBSERVED = 59
"""Month in which the observed house price index ends, December 2025."""
LATER = 24
"""Months after that in which prices may fall further."""
BEFORE_CRISIS = 5
"""Last month before the crisis, June 2021."""


SPILLOVER_ENDS = 10
"""How many times ``spillover_km`` away studios no longer count at all."""
WITHIN_CELL = 0.52
"""Mean distance of two points of a square of side 1 (exactly 0.5214)."""


class Region:
    """Cells of all cities (n of them), in the order of the cities and, inside one, from the lattice's low corner.

    Attributes
    ----------
    city : (n,) int, row of the city table
    x, y : (n,) int, position on the lattice
    dx, dy : (n,) int, cells east and north of the city's centre
    key : (n,) int, of the cell among all there could be: the same whatever other cities and cells there are
    distance_km : (n,) distance from the city's centre
    zones, zone_cells : zones of the cities; the cells of each
    zone_names : (n,) zones that a cell lies in, joined by ``+``, empty outside all
    stock_m2 : (n,) office floor space (malls are lumpy and kept apart, as a population)
    demand_2020_m2 : (n,) others' demand at the rents of the start
    rent, rent_2020 : (n,) yuan/m2/month
    film_m2 : (n,) offices of studios
    occupied_m2 : (n,) offices of everybody else
    travel_hours, closeness : (cities, cities) hours; weight of each other city in what a city sees, one over the travel
        time, rows sum to one
    """

    _OF_CELLS = "distance_km stock_m2 rent_2020 natural_vacancy demand_2020_m2 rent film_m2 occupied_m2"
    ARRAYS = {
        **dict.fromkeys(["city", "x", "y", "dx", "dy", "key", "first"], ("i8", 1)),
        **dict.fromkeys([*_OF_CELLS.split(), "city_stock_m2"], ("f8", 1)),
        **{"travel_hours": ("f8", 2), "closeness": ("f8", 2)},
        **{"weight_at": ("f8", 2), "weight_around": ("f8", 1)},
    }
    """Type of their entries and number of axes; the last two with ``office_choice`` nearby alone."""
    MOVING = ("rent", "film_m2", "occupied_m2")
    """Arrays that phases set anew each month; the others stay as they were made."""

    def __init__(self, cities: Cities, p: Parameters, zones: Sequence[Zone] = ()) -> None:
        offsets = [
            _offsets(radius, [zone for zone in zones if zone.city == slug] if p.zone_cells else [], p.cell_km)
            for slug, radius in zip(cities.slugs, cities.built_radius_km, strict=True)
        ]
        self.cities, self.width, self.height, centres = cities, *_layout(cities, [np.abs(o).max() for o in offsets])
        self.city = np.repeat(np.arange(len(cities)), [len(o) for o in offsets])
        self.dx, self.dy = np.concatenate(offsets).T.copy()
        self.x, self.y = self.dx + centres[self.city, 0], self.dy + centres[self.city, 1]
        self.distance_km = p.cell_km * hypot(self.dx, self.dy)
        self.cell_km = p.cell_km
        self.set_zones(zones)
        self.key = child_keys(cities.keys[self.city], (self.dx + 512) * 1024 + self.dy + 512)
        self.first = np.searchsorted(self.city, np.arange(len(cities) + 1))
        """First cell of each city, and one past the last."""
        cells_of = np.diff(self.first)
        office = cities.floor_stock_m2 * (1 - cities.retail_share) * p.scale
        self.stock_m2 = (office / cells_of)[self.city]
        self.city_stock_m2 = np.bincount(self.city, self.stock_m2, len(cities))
        """Floor space of each city."""
        gradient = p.demand_gradient / p.rent_elasticity
        shape = bid_rent(1.0, gradient, self.distance_km)
        mean_shape = np.bincount(self.city, shape * self.stock_m2) / self.city_stock_m2
        floor = p.rent_floor_yuan_m2_month
        self.rent_2020 = np.maximum((cities.rent_yuan_m2_month / mean_shape)[self.city] * shape, floor)
        self.natural_vacancy = cities.vacancy_rate[self.city]
        self.demand_2020_m2 = (1 - self.natural_vacancy) * self.stock_m2
        self.rent = self.rent_2020.copy()
        self.film_m2 = np.zeros(len(self.x))
        self.occupied_m2 = self.demand_2020_m2.copy()
        self.neighbours = _queen(self.x, self.y, self.city)
        self.set_travel_times(p)
        self.set_spillovers(p)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.ARRAYS:
            dtype, axes = self.ARRAYS[name]
            if np.ndim(value) != axes or np.asarray(value).dtype != dtype:
                raise TypeError(f"Region.{name} must be an array of {dtype} with {axes} axes")
            value = np.require(value, requirements=["C", "W"])  # compiled functions write where they are told
            vars(self).pop("addresses", None)
        super().__setattr__(name, value)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "addresses"}

    @cached_property
    def addresses(self) -> Array:
        """Where compiled functions find the arrays (see :mod:`~microdrama.model.addresses`)."""
        arrays = [vars(self)[name] for name in self.ARRAYS if name in vars(self)]
        return cells_of(arrays, map(kind_of, arrays))

    @classmethod
    @cache
    def places(cls) -> dict[str, int]:
        """First of the cells of each array: its address, before its shape."""
        sizes = (1 + axes for _, axes in cls.ARRAYS.values())
        return dict(zip(cls.ARRAYS, accumulate(sizes, initial=0), strict=False))

    @property
    def vacancy(self) -> Array:
        """(n,) share of office space that stands empty."""
        return 1 - (self.occupied_m2 + self.film_m2) / self.stock_m2

    def set_zones(self, zones: Sequence[Zone]) -> None:
        """Note zones and their cells: those of the city with their middle in the zone."""
        slugs, dx_km, dy_km = self.cities.slugs, self.cell_km * self.dx, self.cell_km * self.dy
        self.zones = tuple(zones)
        self.zone_cells = [
            np.flatnonzero((_apart(dx_km, dy_km, zone) <= zone.radius_km) & (self.city == slugs.index(zone.city)))
            for zone in zones
        ]
        names = [""] * len(self.x)
        for zone, cells in zip(zones, self.zone_cells, strict=True):
            for cell in cells:
                names[cell] += "+" * bool(names[cell]) + zone.slug
        self.zone_names = np.array(names)

    def cells_of(self, city: str, zone: str = "") -> Array:
        """Cells of a city, or of one of its zones."""
        if not zone:
            return np.flatnonzero(self.city == self.cities.slugs.index(city))
        return self.zone_cells[[(z.city, z.slug) for z in self.zones].index((city, zone))]

    def city_mean(self, values: Array) -> Array:
        """Mean over the cells of each city, weighted by floor space."""
        mean: Array = mean_by(values, self.first, self.stock_m2, self.city_stock_m2)
        return mean

    def set_travel_times(self, p: Parameters) -> None:
        """Travel times between the cities, and with them the weights of other cities in what a city sees."""
        hours = self.travel_hours = self.cities.travel_hours(p.travel_km_hour, p.door_hours)
        weight = np.divide(1.0, hours, out=np.zeros(hours.shape), where=hours > 0)
        self.closeness: Array = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)

    def set_spillovers(self, p: Parameters) -> None:
        """(P3b) Weight of studios so many cells away, and its sum over the cells of the city around each cell."""
        if p.office_choice != "nearby":
            return
        across = 1 + 2 * int(max(np.abs(self.dx).max(), np.abs(self.dy).max()))
        side = np.arange(2 + min(across, int(SPILLOVER_ENDS * p.spillover_km / p.cell_km)))
        km = self.apart_km(side[:, None], side)
        counts = km <= max(SPILLOVER_ENDS * p.spillover_km, WITHIN_CELL * p.cell_km)
        self.weight_at = exp(-km / p.spillover_km) * counts
        self.weight_around = weights_nearby(self.first, self.dx, self.dy, np.ones(len(self.x)), self.weight_at)

    def apart_km(self, dx: Array, dy: Array) -> Array:
        """Distance between cells so many cells apart; within a cell that of two of its points, on average."""
        within: Array = np.maximum(self.cell_km * hypot(dx, dy), WITHIN_CELL * self.cell_km)
        return within

    def house_prices(self, months: int, p: Parameters) -> Array:
        """House price index by city and month, 2020-12 = 100: observed, then constant, falling on or recovering.

        The counterfactual without a crisis is the path of :func:`control_prices`; ``crisis_strength`` scales the gap
        between the two, so that strength 0 and no crisis are the same numbers; ``crisis_everywhere`` moves every city's
        fall towards the deepest of the month; a city's ``crisis_share`` is the part of its own fall that it has.

        Returns
        -------
        (cities, months) array
        """
        t = np.arange(months)
        own = self.cities.house_path
        last = last_observed(self.cities)
        paths = _observed_house_prices(self.cities, t) if own is None else own[:, np.minimum(t, last)]
        control = control_prices(paths, p.crisis_control, p.control_growth_year)
        if not p.property_crisis:
            return np.ascontiguousarray(control)
        after = np.maximum(t - last, 0)
        fall = paths / control * (1 - p.later_fall * np.minimum(after / LATER, 1))
        spared = 1 - np.nan_to_num(self.cities.crisis_share, nan=1.0)
        fall += spared[:, None] * (1 - fall)
        paths = control * (fall + p.crisis_everywhere * (fall.min(axis=0) - fall))
        gap = (control - paths) * power(0.5, after / p.recovery_half_life_months)
        return np.ascontiguousarray(np.maximum(control - p.crisis_strength * gap, 1.0))


def last_observed(cities: Cities) -> int:
    """Month in which the observed house prices of these cities end; those after it are extrapolated."""
    return LAST_OBSERVED if cities.house_path is None else cities.house_path.shape[1] - 1


def control_prices(observed: Array, control: str, growth_year: float) -> Array:
    """(P4) House prices without the crisis, from those observed, (cities, months).

    Parameters
    ----------
    control : str
        ``before``: as observed up to and with June 2021, then constant; ``trend``: then growing by ``growth_year`` a
        year; ``peak``: the running maximum of what was observed.
    """
    if control == "peak":
        peak: Array = np.maximum.accumulate(observed, axis=1)
        return peak
    after = np.maximum(np.arange(observed.shape[1]) - BEFORE_CRISIS, 0)
    growth = power(1 + growth_year * (control == "trend"), after / 12)
    return np.maximum(observed[:, np.minimum(np.arange(observed.shape[1]), BEFORE_CRISIS)] * growth, 1.0)


@compiled
def mean_by(values, first, weight, weights):  # type: ignore[no-untyped-def]
    """(cities,) mean over the cells of each city, of which ``first`` (cities + 1,) are the first."""
    mean = np.empty(len(weights))
    for city in range(len(weights)):
        total = 0.0
        for i in range(first[city], first[city + 1]):
            total += values[i] * weight[i]
        mean[city] = total / weights[city]
    return mean


@compiled
def vacant_m2(used, stock):  # type: ignore[no-untyped-def]
    """Office space of a cell that stands empty, as its vacancy says it."""
    return (1 - used / stock) * stock


@compiled
def weights_nearby(first, dx, dy, studios, weight_at):  # type: ignore[no-untyped-def]
    """(P3b) Sum over the cells of the same city of studios there by their weight at that distance, (cells,).

    Taken on the rectangle around the city and what is within reach; ``weight_at`` is 0 in its last row and column and
    beyond.
    """
    total, reach = np.empty(len(studios)), len(weight_at) - 1
    wide = 2 * reach + 1
    weight = np.empty((wide, wide))
    for i in range(wide):
        for k in range(wide):
            weight[i, k] = weight_at[abs(i - reach), abs(k - reach)]
    for city in range(len(first) - 1):
        cells = slice(first[city], first[city + 1])
        west, south = dx[cells].min(), dy[cells].min()
        sums = np.zeros((dx[cells].max() - west + wide, dy[cells].max() - south + wide))
        for b in range(first[city], first[city + 1]):
            x, y, here = dx[b] - west, dy[b] - south, studios[b]
            if here > 0:
                for i in range(wide):
                    row, away = sums[np.uint64(x + i)], weight[i]
                    for k in range(wide):  # unsigned: spares the check for negative indices
                        row[np.uint64(y + k)] += here * away[k]
        for c in range(first[city], first[city + 1]):
            total[c] = sums[dx[c] - west + reach, dy[c] - south + reach]
    return total


def _observed_house_prices(cities: Cities, t: Array) -> Array:
    """Index at the start, the peak, end-2022 (where known), end-2023 and end-2025, joined by straight lines."""
    paths = np.empty((len(cities), len(t)))
    for j, peak in enumerate(cities.texts["house_peak_month"]):
        known = [
            (-1, 100.0),
            (month_number(peak), cities.house_peak_index[j]),
            (23, cities.house_index_2022_12[j]),
            (35, cities.house_index_2023_12[j]),
            (LAST_OBSERVED, cities.house_index_2025_12[j]),
        ]
        known = [(m, v) for i, (m, v) in enumerate(known) if not math.isnan(v) and (i < 2 or m > known[1][0])]
        paths[j] = interp(t, *np.array(known).T)
    return paths


def _apart(dx_km: Array, dy_km: Array, zone: Zone) -> Array:
    """Distance from the centre of a zone, km."""
    apart: Array = hypot(dx_km - zone.dx_km, dy_km - zone.dy_km)
    return apart


def _offsets(radius_km: float, zones: Sequence[Zone], cell_km: float) -> Array:
    """(n, 2) cells of a disc and of zones beyond it, east and north of the disc's centre."""
    reach = max([radius_km, *(max(abs(z.dx_km), abs(z.dy_km)) + z.radius_km for z in zones)]) / cell_km
    side = np.arange(-int(reach), int(reach) + 1)
    offsets = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    inside = cell_km * hypot(*offsets.T) <= radius_km
    for zone in zones:
        inside |= _apart(cell_km * offsets[:, 0], cell_km * offsets[:, 1], zone) <= zone.radius_km
    return offsets[inside]


def _layout(cities: Cities, reach: Sequence[int]) -> tuple[int, int, Array]:
    """Lattice size and the (cities, 2) centre of each city, near where it lies on the map; ``reach`` is in cells."""
    side = 2 * max(reach) + 3
    columns = max(LATTICE[0] // side, math.ceil(math.sqrt(1.5 * len(cities))))
    rows = max(LATTICE[1] // side, math.ceil(len(cities) / columns))
    tiles = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)

    def spread(values: Array, steps: int) -> Array:
        width = np.ptp(values) or 1.0
        return (values - values.min()) / width * (steps - 1)

    wanted = np.stack([spread(cities.longitude, columns), spread(cities.latitude, rows)], -1)
    cost = 1 + np.square(wanted[:, None] - tiles).sum(-1)  # no 0, which in a sparse array is none
    city, tile = min_weight_full_bipartite_matching(csr_array(cost))  # scipy.optimize takes longer to import
    centres = np.zeros((len(cities), 2), int)
    centres[city] = tiles[tile] * side + (side - 1) // 2
    return int(max(LATTICE[0], columns * side)), int(max(LATTICE[1], rows * side)), centres


def _queen(x: Array, y: Array, city: Array) -> csr_array:
    """Row-standardised queen contiguity inside each city (each cell's mean over its neighbours)."""
    at = np.full((x.max() + 3, y.max() + 3), -1)  # with an empty rim
    at[x + 1, y + 1] = np.arange(len(x))
    beside = np.stack([at[x + dx, y + dy] for dx in range(3) for dy in range(3) if (dx, dy) != (1, 1)], axis=-1)
    rows, way = np.nonzero((beside >= 0) & (city[beside] == city[:, None]))
    degree = np.bincount(rows, minlength=len(x))
    return csr_array((1.0 / degree[rows], (rows, beside[rows, way])), shape=(len(x), len(x)))
