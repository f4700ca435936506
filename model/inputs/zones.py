"""Zones: named parts of a city, such as a park or an airport zone, where policy can act and firms are counted."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..arithmetic import hypot
from ..errors import InputError, meant, unknown
from .cities import Cities, shipped_cities
from .files import number_within, shipped_text, table_rows, table_text
from .parameters import Parameters
from .policies import FOR_FIRMS, TOTALS, Window

KINDS = ("centre", "park", "airport", "district")
NUMBERS: dict[str, tuple[str, float, float, str]] = {
    "dx_km": ("km", -100, 100, "centre of the zone, km east of the centre of the city"),
    "dy_km": ("km", -100, 100, "centre of the zone, km north of the centre of the city"),
    "radius_km": ("km", 0.1, 100, "radius"),
    "state_floor_m2": ("m2", 0, 1e9, "floor that the state owns there; may be empty: not known"),
}
"""Number columns of the table of zones: unit, lowest and highest value, meaning."""
COLUMNS = ("city", "zone", "name", "kind", *NUMBERS, "sources")


@dataclass(frozen=True)
class Zone:
    """A disc in a city, km from the city's centre; ``slug`` is what a policy calls it and unique in its city."""

    city: str
    slug: str
    name: str
    kind: str
    dx_km: float
    dy_km: float
    radius_km: float
    state_floor_m2: float | None = None
    sources: str = ""

    @property
    def entry(self) -> dict[str, Any]:
        """The zone as a table or a scenario file has it."""
        numbers = {name: getattr(self, name) for name in NUMBERS}
        known = {name: value for name, value in numbers.items() if value is not None}
        return {
            "city": self.city,
            "zone": self.slug,
            "name": self.name,
            "kind": self.kind,
            **known,
            "sources": self.sources,
        }


def make_zone(entry: Mapping[str, Any], slugs: Collection[str], where: str) -> Zone:
    """Check one zone.

    Raises
    ------
    InputError
        One line for each key that is missing or unknown, unknown city, and number out of range.
    """
    problems = [f"{where}: {unknown('key', key, COLUMNS)}" for key in entry if key not in COLUMNS]
    needed = ("city", "zone", "dx_km", "dy_km", "radius_km")
    problems += [f"{where}: '{key}' is missing" for key in needed if entry.get(key) in (None, "")]
    if problems:
        raise InputError(problems)
    city, slug, kind = str(entry["city"]), str(entry["zone"]), str(entry.get("kind") or "park")
    if city not in slugs:
        problems.append(f"{where}: unknown city '{city}'{meant(city, slugs)} (known: {', '.join(slugs)})")
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", slug):
        problems.append(f"{where}: 'zone' must be a short name in lower-case letters, such as 'airport', not '{slug}'")
    if kind not in KINDS:
        problems.append(f"{where}: unknown kind '{kind}'{meant(kind, KINDS)} (known: {', '.join(KINDS)})")
    values = {}
    for name, (unit, low, high, _) in NUMBERS.items():
        if entry.get(name) in (None, "") and name == "state_floor_m2":
            continue
        values[name], problem = number_within(str(entry[name]), low, high)
        if problem:
            problems.append(f"{where}: {name} = {problem} [{unit}]")
    if problems:
        raise InputError(problems)
    return Zone(city, slug, str(entry.get("name") or slug), kind, sources=str(entry.get("sources") or ""), **values)


def parse_zones(text: str, where: str, slugs: Collection[str]) -> tuple[Zone, ...]:
    """Read and check a table of zones; all of its columns but those of :func:`make_zone` may be left out.

    Raises
    ------
    InputError
    """
    zones, problems = [], []
    for line, row in table_rows(text, where, ("city", "zone", "dx_km", "dy_km", "radius_km"), known=COLUMNS):
        try:
            zones.append(make_zone(row, slugs, f"{where}:{line}"))
        except InputError as error:
            problems += error.problems
    problems += given_twice(zones, where)
    if problems:
        raise InputError(problems)
    return tuple(zones)


def given_twice(zones: Collection[Zone], where: str) -> list[str]:
    """Zones of a city that have the same name."""
    names = [(zone.city, zone.slug) for zone in zones]
    return [
        f"{where}: zone '{slug}' of {city} is given twice: a name is unique within its city"
        for city, slug in sorted({name for name in names if names.count(name) > 1})
    ]


def zone_problems(windows: Iterable[Window], zones: Iterable[Zone], cities: Cities, p: Parameters) -> list[str]:
    """What is wrong with the zones that policies name."""
    known = {(zone.city, zone.slug): zone for zone in zones}
    problems = []
    for window in windows:
        if not window.zone:
            continue
        names, zone = [slug for city, slug in known if city == window.city], known.get((window.city, window.zone))
        if zone is None:
            there = ", ".join(names) or "none"
            hint = meant(window.zone, names)
            problems.append(f"zone '{window.zone}': {window.city} has no such zone{hint} (zones there: {there})")
        elif not has_cells(zone, cities.built_radius_km[cities.index(zone.city)], p):
            way = (
                "a larger radius_km"
                if p.zone_cells
                else "zone_cells = true if it lies beyond the city, or a larger radius"
            )
            what = f"zone '{zone.slug}' of {zone.city} has no cell ({p.cell_km:g} km wide) with its middle in it"
            problems.append(f"{what}: give it {way}")
    for_firms = sorted({window.instrument for window in windows if window.zone and window.instrument in FOR_FIRMS})
    if for_firms and p.office_choice != "nearby":
        what = ", ".join(for_firms)
        problems.append(f"policy by zone ({what}) needs office_choice = 'nearby': only by that rule do studios see it")
    places: dict[tuple[str, str], dict[str, None]] = {}
    for window in windows:
        if window.zone and window.instrument in TOTALS:
            places.setdefault((window.city, window.instrument), {})[window.zone] = None
    return problems + [
        f"{instrument} in {city} is for the zones {', '.join(map(repr, named))}: a city can have one zone for it"
        for (city, instrument), named in places.items()
        if len(named) > 1
    ]


def has_cells(zone: Zone, built_radius_km: float, p: Parameters) -> bool:
    """Whether the middle of a cell lies in a zone."""
    reach = range(-math.ceil(zone.radius_km / p.cell_km) - 1, math.ceil(zone.radius_km / p.cell_km) + 2)
    east, north = round(zone.dx_km / p.cell_km), round(zone.dy_km / p.cell_km)
    return any(
        hypot(x - zone.dx_km, y - zone.dy_km) <= zone.radius_km and (p.zone_cells or hypot(x, y) <= built_radius_km)
        for x in (p.cell_km * (east + i) for i in reach)
        for y in (p.cell_km * (north + i) for i in reach)
    )


@cache
def shipped_zones() -> tuple[Zone, ...]:
    """Zones of the eight shipped cities."""
    return parse_zones(shipped_text("zones.csv"), "zones.csv", shipped_cities().slugs)


def read_zones(path: str | Path, cities: Cities) -> tuple[Zone, ...]:
    """Zones from a user's file, CSV or Excel, with the columns of the shipped one."""
    return parse_zones(table_text(path, "zones", "table of zones"), str(path), cities.slugs)
