"""Zones: named parts of a city, such as a park or an airport zone, where policy can act and firms are counted."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import InputError, meant
from .cities import Cities, shipped_cities
from .files import number_within, shipped_text, table_rows, table_text

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
    state_floor_m2: float = math.nan
    sources: str = ""

    @property
    def entry(self) -> dict[str, Any]:
        """The zone as a table or a scenario file has it."""
        numbers = {name: getattr(self, name) for name in NUMBERS}
        known = {name: value for name, value in numbers.items() if not math.isnan(value)}
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
    problems = [f"{where}: unknown key '{key}'{meant(key, COLUMNS)}" for key in entry if key not in COLUMNS]
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


@cache
def shipped_zones() -> tuple[Zone, ...]:
    """Zones of the eight shipped cities."""
    return parse_zones(shipped_text("zones.csv"), "zones.csv", shipped_cities().slugs)


def read_zones(path: str | Path, cities: Cities) -> tuple[Zone, ...]:
    """Zones from a user's file, CSV or Excel, with the columns of the shipped one."""
    return parse_zones(table_text(path, "zones", "table of zones"), str(path), cities.slugs)
