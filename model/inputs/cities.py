"""The city table: what is known of each city, with its source."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arithmetic import arcsine, sine
from ..arrays import Array
from ..calendar import FIRST_YEAR, month_name, month_number
from ..categories import ROLES
from ..draws import mix, name_hash
from ..errors import InputError, meant
from ..ids import PLACE_BITS
from .files import number_within, read_table, shipped_text, table_rows, table_text

NUMBERS: dict[str, tuple[str, float, float, str]] = {
    "latitude": ("degrees north", -90, 90, "position on the globe, for travel times"),
    "longitude": ("degrees east", -180, 180, "position on the globe, for travel times"),
    "employment_million": ("million persons", 1e-6, 1000, "employment outside film: the reference of specialisation"),
    "built_radius_km": ("km", 2, 100, "radius of the built-up disc"),
    "floor_stock_m2": ("m2", 1e4, 1e10, "commercial floor space, offices and retail"),
    "retail_share": ("share", 0, 0.95, "part of the floor space that is shops and malls"),
    "retail_vacancy_2020": ("share", 0, 0.9, "malls without tenants at the start; empty: as the parameter says"),
    "rent_yuan_m2_month": ("yuan/m2/month", 0.01, 1e5, "office rent at the start"),
    "vacancy_rate": ("share", 0, 0.95, "office vacancy at the start, taken as the natural rate"),
    "price_level": ("Zhengzhou = 1", 0.01, 100, "consumer prices"),
    "salary_yuan_month": ("yuan/month", 1, 1e7, "mean recruitment salary"),
    "extra_yuan_day": ("yuan/day", 0.01, 1e6, "day rate of an extra"),
    "crew_yuan_day": ("yuan/day", 0.01, 1e6, "day rate of crew"),
    "actor_yuan_day": ("yuan/day", 0.01, 1e6, "day rate of a supporting actor"),
    "lead_yuan_day": ("yuan/day", 0.01, 1e6, "day rate of a lead"),
    "set_yuan_day": ("yuan/day", 0.01, 1e7, "day hire of a film base with its sets"),
    "location_yuan_day": ("yuan/day", 0, 1e7, "a day's shooting off base"),
    "base_crews_2020": ("crews", 0, 1e5, "crews that film bases could host at the start"),
    "costume_crews_2020": ("crews", 0, 1e5, "of these, with costume sets"),
    "house_peak_index": ("2020-12 = 100", 50, 1000, "peak of the second-hand house price index"),
    "house_index_2022_12": ("2020-12 = 100", 1, 1000, "house price index; may be empty"),
    "house_index_2023_12": ("2020-12 = 100", 1, 1000, "house price index"),
    "house_index_2025_12": ("2020-12 = 100", 1, 1000, "house price index"),
    "crisis_share": ("share", 0, 1, "part of the fall of its house prices that takes place; empty: all of it"),
    "revenue_million_yuan_year": ("million yuan/year", 0, 1e8, "municipal revenue without land"),
    "land_revenue_million_yuan_year": ("million yuan/year", 0, 1e8, "land-use rights sold"),
    "studios_2020": ("studios", 0, 1e6, "production companies at the start"),
    "workers_2020": ("persons", 0, 1e8, "cast and crew at the start"),
    "free_share_2020": ("share", 0, 1, "film crews and people of 2020 not on long series; empty: all of them"),
    "founder_firms": ("multiple", 0.01, 5, "firms that founders come from, over those usual for its size; empty: 1"),
    "authors": ("relative number", 0, 1e8, "authors of web fiction who live there"),
}
"""Number columns of the city table: unit, lowest and highest value, meaning."""
OPTIONAL = {"retail_vacancy_2020", "crisis_share", "free_share_2020", "founder_firms"}
"""Columns that a table need not have."""
MAY_BE_EMPTY = {"house_index_2022_12", *OPTIONAL}
SUPPOSED = {"crisis_share"}
"""Columns that are no figures but a question asked of the model: they need no source."""
BLOCKS = {
    "people": ("employment_million", "built_radius_km"),
    "property": (
        "floor_stock_m2",
        "retail_share",
        "retail_vacancy_2020",
        "rent_yuan_m2_month",
        "vacancy_rate",
        "house_peak_index",
        "house_index_2022_12",
        "house_index_2023_12",
        "house_index_2025_12",
        "crisis_share",
    ),
    "wages": (
        "price_level",
        "salary_yuan_month",
        "extra_yuan_day",
        "crew_yuan_day",
        "actor_yuan_day",
        "lead_yuan_day",
        "set_yuan_day",
        "location_yuan_day",
    ),
    "budget": ("revenue_million_yuan_year", "land_revenue_million_yuan_year"),
    "heritage": (
        "studios_2020",
        "workers_2020",
        "base_crews_2020",
        "costume_crews_2020",
        "free_share_2020",
        "founder_firms",
        "authors",
    ),
    "policy": (),
}
"""What two cities can exchange: all their inputs but name and place (``policy``: what was announced for them)."""
NOT_FOR_CITIES = ("all", "own", "others", "none", "elsewhere")
"""Words that stand where a city could."""
TEXTS = ("city", "name", "name_zh", "house_peak_month", "sources")
SOURCE_OF = "source_"
"""Before the name of a column: the source of its figures, one a cell, in place of or beside ``sources``."""


@dataclass(frozen=True)
class Cities:
    """The city table: one array entry a city, in alphabetical order, whatever the order of the file."""

    keys: Array
    """Keys made from the cities' slugs: the only way in which a city enters a draw."""
    texts: dict[str, list[str]]
    numbers: Mapping[str, Array]
    house_path: Array | None = None
    """(cities, months) house price index from January 2021, 2020-12 = 100; else it follows from the table."""

    def __post_init__(self) -> None:
        """All economies of a process, and branches, share a table: it cannot be written into."""
        for values in (self.keys, self.house_path, *self.numbers.values()):
            if values is not None:
                values.flags.writeable = False
        vars(self).update(self.numbers, numbers=MappingProxyType(dict(self.numbers)))

    def __reduce__(self) -> tuple[Any, ...]:
        return Cities, (self.keys, self.texts, dict(self.numbers), self.house_path)

    @property
    def slugs(self) -> list[str]:
        return self.texts["city"]

    @property
    def names(self) -> list[str]:
        return self.texts["name"]

    def __len__(self) -> int:
        return len(self.keys)

    if TYPE_CHECKING:

        def __getattr__(self, column: str) -> Array: ...

    def index(self, slug: str, *, where: str = "") -> int:
        """Row of a city; an unknown one is an :class:`InputError`."""
        if slug not in self.slugs:
            known = ", ".join(self.slugs)
            raise InputError(f"{where}unknown city '{slug}'{meant(slug, self.slugs)} (the table has {known})")
        return self.slugs.index(slug)

    def swapped(self, one: str, other: str, blocks: Iterable[str]) -> Cities:
        """A table in which two cities have each other's inputs of some :data:`BLOCKS`."""
        pair = [self.index(one), self.index(other)]
        texts, numbers, path = dict(self.texts), dict(self.numbers), self.house_path
        for name in (name for block in blocks for name in BLOCKS[block]):
            numbers[name] = numbers[name].copy()
            numbers[name][pair] = numbers[name][pair[::-1]]
        if "property" in blocks:
            peak = texts["house_peak_month"] = list(texts["house_peak_month"])
            peak[pair[0]], peak[pair[1]] = peak[pair[1]], peak[pair[0]]
            if path is not None:
                path = path.copy()
                path[pair] = path[pair[::-1]]
        return Cities(self.keys, texts, numbers, path)

    @cached_property
    def day_rates(self) -> Array:
        """(cities, roles) yuan a day."""
        rates = np.ascontiguousarray(np.array([self.numbers[f"{role}_yuan_day"] for role in ROLES]).T)
        rates.flags.writeable = False
        return rates

    def travel_hours(self, km_hour: float, door_hours: float) -> Array:
        """(cities, cities) hours door to door: the great circle at ``km_hour`` plus ``door_hours``, 0 at home."""
        lat, lon = np.radians(self.latitude), np.radians(self.longitude)
        cosine = sine(np.pi / 2 - np.abs(lat))
        half = np.square(sine((lat[:, None] - lat) / 2)) + cosine[:, None] * cosine * np.square(
            sine((lon[:, None] - lon) / 2)
        )
        hours = 2 * 6371 * arcsine(np.sqrt(np.minimum(half, 1))) / km_hour + door_hours
        np.fill_diagonal(hours, 0)
        return hours


def _city_keys(slugs: list[str]) -> Array:
    """Keys in 1..2**20-1, made from the slugs alone; of two that collide the alphabetically later moves on."""
    taken: dict[int, str] = {}
    for slug in sorted(slugs):
        key = mix(name_hash(slug)) % (2**PLACE_BITS - 1) + 1
        while key in taken:
            key = key % (2**PLACE_BITS - 1) + 1
        taken[key] = slug
    by_slug = {slug: key for key, slug in taken.items()}
    return np.array([by_slug[s] for s in slugs], np.int64)


def parse_cities(text: str, where: str) -> Cities:
    """Read and check a city table.

    Raises
    ------
    InputError
        One line for each missing column, number out of range, figure without a source, and city given twice.
    """
    columns = [*TEXTS[:-1], *NUMBERS, TEXTS[-1]]
    own = {f"{SOURCE_OF}{name}": name for name in (*NUMBERS, "house_peak_month")}
    rows = table_rows(
        text, where, {*columns} - OPTIONAL - ({"sources"} if SOURCE_OF in text else set()), known=[*columns, *own]
    )
    for _, row in rows:
        beside = [f"{name}={row[column]}" for column, name in own.items() if row.get(column)]
        row["sources"] = " | ".join(filter(None, [row.get("sources", ""), *beside]))
    problems: list[str] = []
    numbers: dict[str, list[float]] = {name: [] for name in NUMBERS}
    rows.sort(key=lambda numbered: numbered[1]["city"])
    for line, row in rows:
        at = f"{where}:{line} ({row['city'] or 'no city'})"
        row |= dict.fromkeys(OPTIONAL - row.keys(), "")
        if not re.fullmatch(r"[a-z][a-z0-9_-]*", row["city"]):
            problems.append(f"{at}: 'city' must be a short name in lower-case letters, such as 'zhengzhou'")
        if row["city"] in NOT_FOR_CITIES:
            problems.append(f"{at}: no city can be named {', '.join(NOT_FOR_CITIES)}: these words have a meaning")
        for name, (unit, low, high, _) in NUMBERS.items():
            empty = not row[name] and name in MAY_BE_EMPTY
            value, problem = (math.nan, "") if empty else number_within(row[name], low, high)
            if problem:
                problems.append(f"{at}: {name} = {problem} [{unit}]")
            numbers[name].append(value)
        try:
            if not 0 <= month_number(row["house_peak_month"]) < 60:
                problems.append(f"{at}: house_peak_month must lie from 2021-01 to 2025-12")
        except ValueError as error:
            problems.append(f"{at}: house_peak_month: {error}")
        entries = (entry.partition("=") for entry in row["sources"].split("|"))
        sourced = {name.strip() for name, _, source in entries if source.strip()}
        missing = [n for n in (*NUMBERS, "house_peak_month") if n not in {*sourced, *SUPPOSED} and row[n]]
        if missing:
            problems.append(
                f"{at}: no source for {', '.join(missing)}; write 'column=source | ...' in 'sources', or it alone "
                f"in a column '{SOURCE_OF}{missing[0]}'; 'assumption: why' if there is none"
            )
    slugs = [row["city"] for _, row in rows]
    problems += [f"{where}: city '{s}' is given twice" for s in sorted({s for s in slugs if slugs.count(s) > 1})]
    if not problems and not sum(numbers["studios_2020"]) > 0:
        problems.append(f"{where}: studios_2020 is zero in every city: nobody would ever start")
    problems += [
        f"{where} ({slug}): costume_crews_2020 = {costume:g} is more than base_crews_2020 = {crews:g}"
        for slug, costume, crews in zip(slugs, numbers["costume_crews_2020"], numbers["base_crews_2020"], strict=True)
        if costume > crews
    ]
    if problems:
        raise InputError(problems)
    texts = {name: [row[name] for _, row in rows] for name in TEXTS}
    return Cities(_city_keys(slugs), texts, {name: np.array(v, float) for name, v in numbers.items()})


@cache
def shipped_cities() -> Cities:
    """The eight cities shipped with the package."""
    return parse_cities(shipped_text("cities.csv"), "cities.csv")


PLACEBOS = "placebos"
"""Name of the shipped table with two cities more, which had slack and came late or not at all."""


def read_cities(path: str | Path) -> Cities:
    """Cities from a user's file, CSV or Excel, with the columns of the shipped one, or :data:`PLACEBOS`."""
    if Path(path).name == PLACEBOS and not Path(path).exists():
        rows = shipped_text("cities.csv") + shipped_text("placebos.csv").partition("\n")[2]
        return parse_cities(rows, PLACEBOS)
    return parse_cities(table_text(path, "cities", "city table"), str(path))


def with_house_paths(cities: Cities, path: str | Path) -> Cities:
    """The cities with house prices of the user's own, from a table ``month, city, house_index`` (2020-12 = 100).

    Raises
    ------
    InputError
        One line for each month or city that is missing, unknown or given twice, and each index out of range.
    """
    where = str(path)
    found: dict[tuple[str, int], float] = {}
    problems = []
    columns = ("month", "city", "house_index")
    for line, row in read_table(path, "table of house prices", sheet="house_prices", needed=columns):
        at = f"{where}:{line}"
        value, problem = number_within(row["house_index"], 1, 1000)
        problems += [f"{at}: house_index = {problem} [2020-12 = 100]"] if problem else []
        if row["city"] not in cities.slugs:
            problems.append(f"{at}: unknown city '{row['city']}'{meant(row['city'], cities.slugs)}")
        try:
            month = month_number(row["month"])
        except ValueError as error:
            problems.append(f"{at}: {error}")
            continue
        if month < 0:
            problems.append(f"{at}: {row['month']} lies before the first month, {FIRST_YEAR}-01")
        if (row["city"], month) in found:
            problems.append(f"{at}: {row['city']} has two entries for {row['month']}")
        found[row["city"], month] = value
    if problems:
        raise InputError(problems)
    months = max(month for _, month in found) + 1
    missing = [
        f"{where}: {slug} has no house_index for {month_name(m)}"
        for slug in cities.slugs
        for m in range(months)
        if (slug, m) not in found
    ]
    if missing:
        raise InputError(missing)
    table = np.array([[found[slug, m] for m in range(months)] for slug in cities.slugs])
    return replace(cities, house_path=table)
