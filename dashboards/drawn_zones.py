"""Zones that a visitor draws: discs over cells that a city has, in which instruments act, and who moved into them."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from microdrama.model import MicroDramaEconomy
from microdrama.model.arithmetic import hypot
from microdrama.model.arrays import Array
from microdrama.model.inputs.scenario import Scenario
from microdrama.model.inputs.zones import Zone

from .messages import refusal

ZONE_LEVERS = {
    "rent_subsidy": 0,
    "park_services": 0,
    "housing": 0,
    "public_studio": 12,
    "state_space": 12,
    "state_fund": 36,
}
"""Instruments that can be for a drawn zone, and the months over which a total is spread."""
RADIUS_KM = (0.5, 30.0)
MOST_ZONES = 8
PREFIX = "drawn_"


def parsed(text: str) -> tuple[float, float, float]:
    """East, north and radius in km, to the nearest 100 m. Raises RefusedError."""
    try:
        east, north, radius = (round(float(part), 1) + 0.0 for part in text.split(":"))
    except ValueError:
        raise refusal("zone_form", text=text[:40]) from None
    low, high = RADIUS_KM
    if not (low <= radius <= high and abs(east) <= 100 and abs(north) <= 100):
        raise refusal("zone_radius", where=text[:40], low=f"{low:g}", high=f"{high:g}")
    return east, north, radius


def written(text: str) -> str:
    """The same zone in the one form that a story has for it."""
    return ":".join(f"{number:g}" for number in parsed(text))


def zone_of(city: str, text: str) -> Zone:
    """The zone of the model."""
    east, north, radius = parsed(text)
    name = f"{east:g} km east, {north:g} km north, radius {radius:g} km"
    return Zone(city, PREFIX + text.replace(":", "_").replace(".", "p"), name, "park", east, north, radius)


def is_drawn(slug: str) -> bool:
    """Whether a zone was drawn by a visitor."""
    return slug.startswith(PREFIX)


def check(city: str, text: str, scenario: Scenario) -> None:
    """Refuse a zone that holds anything but cells of its city, or none: it would need cells made at the start.

    Raises
    ------
    RefusedError
        If its middle lies outside the city, it reaches beyond it, or no cell has its middle in it.
    """
    p, built = scenario.parameters, scenario.cities.built_radius_km[scenario.cities.index(city)]
    zone = zone_of(city, text)
    own = [z for z in scenario.zones if p.zone_cells and z.city == city and not is_drawn(z.slug)]

    def of_city(x: float, y: float) -> bool:
        return bool(hypot(x, y) <= built) or any(hypot(x - z.dx_km, y - z.dy_km) <= z.radius_km for z in own)

    words = {"where": f"{text} ({city})", "city": city}
    reach = math.ceil(zone.radius_km / p.cell_km) + 2
    middle = round(zone.dx_km / p.cell_km), round(zone.dy_km / p.cell_km)
    side = range(-reach, reach + 1)
    cells = [(p.cell_km * (middle[0] + i), p.cell_km * (middle[1] + k)) for i in side for k in side]
    apart = {cell: float(hypot(cell[0] - zone.dx_km, cell[1] - zone.dy_km)) for cell in cells}
    if not of_city(p.cell_km * middle[0], p.cell_km * middle[1]):
        raise refusal("zone_nowhere", edge=f"{built:g}", **words)
    if not any(km <= zone.radius_km for km in apart.values()):
        least = math.ceil(10 * min(apart.values())) / 10
        raise refusal("zone_small", cell=f"{p.cell_km:g}", least=f"{least:g}", **words)
    beyond = min((km for cell, km in apart.items() if not of_city(*cell)), default=math.inf)
    if beyond <= zone.radius_km:
        most = max(math.ceil(10 * beyond) / 10 - 0.1, 0.0)
        raise refusal("zone_beyond", radius=f"{most:g}", **words)


def cells_of(economy: MicroDramaEconomy, city: str, text: str) -> Array:
    """Cells of the city with their middle in the zone."""
    region, zone = economy.region, zone_of(city, text)
    here = region.city == economy.cities.index(city)
    apart = hypot(region.cell_km * region.dx - zone.dx_km, region.cell_km * region.dy - zone.dy_km)
    found: Array = np.flatnonzero(here & (apart <= zone.radius_km))
    return found


@dataclass
class Arrivals:
    """Who came into a zone and who left it in each of the last twelve months."""

    cells: Array
    months: deque[tuple[int, ...]] = field(default_factory=lambda: deque(maxlen=12))

    def note(self, before: tuple[Array, Array], now: tuple[Array, Array], city: Array) -> None:
        """A month: ids and cells of all studios before and after it, by id; ``city`` is that of every cell."""
        inside = np.zeros(len(city), bool)
        inside[self.cells] = True
        known = np.isin(now[0], before[0])
        old = before[1][np.searchsorted(before[0], now[0][known])]
        new, was = now[1][known], inside[old]
        came = inside[new] & ~was
        near = city[old] == city[new]
        counts = came & near, came & ~near, inside[now[1][~known]], was & ~inside[new]
        closed = inside[before[1][~np.isin(before[0], now[0])]]
        self.months.append(tuple(int(each.sum()) for each in (*counts, closed)))

    def told(self) -> dict[str, Any]:
        """Sums of the months: from the rest of the city, other cities, founded; moved out, closed."""
        sums = np.array(list(self.months) or [(0,) * 5]).sum(axis=0).tolist()
        return dict(zip(("rest", "cities", "founded", "out", "closed"), sums)) | {"n": len(self.months)}

    def copy(self) -> Arrivals:
        """For a world that goes on beside this one."""
        return Arrivals(self.cells, self.months.copy())
