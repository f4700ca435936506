"""The real inputs: cities, the market path, policies and platforms, read from small tables that carry their sources."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from .columns import PLACE_BITS, Array
from .draws import mix, name_hash
from .errors import InputError, meant
from .parameters import MODES
from .spreadsheet import table_text

FIRST_YEAR = 2021
"""Month 0 is January of this year."""

ROLES = ("extra", "crew", "actor", "lead")
"""Roles of cast and crew, cheapest first."""

NUMBERS: dict[str, tuple[str, float, float, str]] = {
    "latitude": ("degrees north", -90, 90, "position on the globe, for travel times"),
    "longitude": ("degrees east", -180, 180, "position on the globe, for travel times"),
    "employment_million": ("million persons", 1e-6, 1000, "employment outside film: the reference of specialisation"),
    "built_radius_km": ("km", 2, 100, "radius of the built-up disc"),
    "floor_stock_m2": ("m2", 1e4, 1e10, "commercial floor space, offices and retail"),
    "retail_share": ("share", 0, 0.95, "part of the floor space that is shops and malls"),
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
    "revenue_million_yuan_year": ("million yuan/year", 0, 1e8, "municipal revenue without land"),
    "land_revenue_million_yuan_year": ("million yuan/year", 0, 1e8, "land-use rights sold"),
    "studios_2020": ("studios", 0, 1e6, "production companies at the start"),
    "workers_2020": ("persons", 0, 1e8, "cast and crew at the start"),
    "authors": ("relative number", 0, 1e8, "authors of web fiction who live there"),
}
"""Number columns of the city table: unit, lowest and highest value, meaning."""
MAY_BE_EMPTY = {"house_index_2022_12"}
BLOCKS = {
    "people": ("employment_million", "built_radius_km"),
    "property": ("floor_stock_m2", "retail_share", "rent_yuan_m2_month", "vacancy_rate", "house_peak_index",
                 "house_index_2022_12", "house_index_2023_12", "house_index_2025_12"),
    "wages": ("price_level", "salary_yuan_month", "extra_yuan_day", "crew_yuan_day", "actor_yuan_day", "lead_yuan_day",
              "set_yuan_day", "location_yuan_day"),
    "budget": ("revenue_million_yuan_year", "land_revenue_million_yuan_year"),
    "heritage": ("studios_2020", "workers_2020", "base_crews_2020", "costume_crews_2020", "authors"),
    "policy": (),
}  # fmt: skip
"""What two cities can exchange: all their inputs but name and place (``policy``: what was announced for them)."""
TEXTS = ("city", "name", "name_zh", "house_peak_month", "sources")

INSTRUMENTS = {
    "designation": ("1", 0, 1),
    "rent_subsidy": ("share of rent", 0, 1),
    "rebate": ("share of local spending", 0, 1),
    "rebate_cap": ("yuan per series", 0, 1e8),
    "public_studio": ("m2", 0, 1e7),
    "state_fund": ("million yuan", 0, 1e6),
    "hours_cap": ("hours a day", 4, 24),
    "censorship": ("multiple", 0, 50),
}
"""Policy instruments: unit, lowest and highest size."""


def month_number(text: str) -> int:
    """Months since January 2021 of ``'YYYY-MM'``.

    >>> month_number("2024-10")
    45
    """
    match = re.fullmatch(r"(\d{4})-(\d{2})", text)
    if not match or not 1 <= int(match[2]) <= 12:
        raise ValueError(f"{text!r} is not a month written YYYY-MM")
    return (int(match[1]) - FIRST_YEAR) * 12 + int(match[2]) - 1


def month_name(month: int) -> str:
    """``'YYYY-MM'`` of a month number.

    >>> month_name(45)
    '2024-10'
    """
    return f"{FIRST_YEAR + month // 12}-{month % 12 + 1:02d}"


@dataclass(frozen=True)
class Cities:
    """The city table: one array entry a city, in alphabetical order, whatever the order of the file."""

    keys: Array
    """Keys made from the cities' slugs: the only way in which a city enters a draw."""
    texts: dict[str, list[str]]
    numbers: dict[str, Array]
    house_path: Array | None = None
    """(cities, months) house price index from January 2021, 2020-12 = 100; else it follows from the table."""

    @property
    def slugs(self) -> list[str]:
        return self.texts["city"]

    @property
    def names(self) -> list[str]:
        return self.texts["name"]

    def __len__(self) -> int:
        return len(self.slugs)

    def __getattr__(self, column: str) -> Array:
        numbers: dict[str, Array] = self.__dict__.get("numbers", {})  # empty while being unpickled
        if column in numbers:
            return numbers[column]
        raise AttributeError(column)

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

    def day_rates(self) -> Array:
        """(cities, roles) yuan a day."""
        return np.column_stack([self.numbers[f"{role}_yuan_day"] for role in ROLES])

    def travel_hours(self) -> Array:
        """(cities, cities) hours door to door: great circle at 220 km/h plus 1.5 hours (an assumption), 0 at home."""
        lat, lon = np.radians(self.latitude), np.radians(self.longitude)
        half = (
            np.sin((lat[:, None] - lat) / 2) ** 2
            + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
        )
        hours = 2 * 6371 * np.arcsin(np.sqrt(np.minimum(half, 1))) / 220 + 1.5
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


def _rows(text: str, where: str, needed: set[str]) -> list[tuple[int, dict[str, str]]]:
    """Rows with the number of the line each ends on."""
    rows, problems = [], []
    table = text.lstrip("\n")
    above = len(text) - len(table)
    try:
        reader = csv.DictReader(io.StringIO(table), strict=True)
        for row in reader:
            if None in row:
                problems.append(f"{where}:{above + reader.line_num}: {len(row[None])} more entries than columns")
            rows.append((above + reader.line_num, {k: (v or "").strip() for k, v in row.items() if isinstance(k, str)}))
    except csv.Error as error:
        raise InputError(f"{where}: not a table of comma-separated values: {error}") from None
    header = [h for h in (reader.fieldnames or []) if h]
    problems += [
        f"{where}: column '{name}' is missing{meant(name, set(header) - needed)}" for name in sorted(needed - {*header})
    ]
    if problems:
        raise InputError(problems)
    if not rows:
        raise InputError(f"{where}: the table has no rows")
    return rows


def _number(text: str, low: float, high: float) -> tuple[float, str]:
    try:
        value = float(text)
    except ValueError:
        return math.nan, f"'{text}' is not a number"
    return value, "" if low <= value <= high else f"{text} is not in {low:g} to {high:g}"


def parse_cities(text: str, where: str) -> Cities:
    """Read and check a city table.

    Raises
    ------
    InputError
        One line for each missing column, number out of range, figure without a source, and city given twice.
    """
    rows = _rows(text, where, {*NUMBERS, *TEXTS})
    problems: list[str] = []
    numbers: dict[str, list[float]] = {name: [] for name in NUMBERS}
    rows.sort(key=lambda numbered: numbered[1]["city"])
    for line, row in rows:
        at = f"{where}:{line} ({row['city'] or 'no city'})"
        if not re.fullmatch(r"[a-z][a-z0-9_-]*", row["city"]):
            problems.append(f"{at}: 'city' must be a short name in lower-case letters, such as 'zhengzhou'")
        for name, (unit, low, high, _) in NUMBERS.items():
            empty = not row[name] and name in MAY_BE_EMPTY
            value, problem = (math.nan, "") if empty else _number(row[name], low, high)
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
        missing = [n for n in (*NUMBERS, "house_peak_month") if n not in sourced and row[n]]
        if missing:
            problems.append(
                f"{at}: no source for {', '.join(missing)}; write 'column=source | ...' in 'sources', "
                "'assumption: why' if there is none"
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


@dataclass(frozen=True)
class Window:
    """A policy in force from month number ``start`` until before month number ``end`` (-1: for ever).

    ``size`` is reached after ``ramp_months``; for a public studio or a fund it is the total spread over the window.
    """

    city: str
    instrument: str
    start: int
    size: float
    end: int = -1
    ramp_months: int = 0
    source: str = ""

    def strength(self, month: int) -> float:
        """Share of ``size`` in force in a month."""
        if month < self.start or 0 <= self.end <= month:
            return 0.0
        return min(1.0, (month - self.start + 1) / self.ramp_months) if self.ramp_months > 0 else 1.0

    def spread(self, month: int) -> float:
        """Part of ``size`` that falls into a month, for totals (an open window spreads over 36 months)."""
        end = self.end if self.end >= 0 else self.start + 36
        return self.size / (end - self.start) if self.start <= month < end else 0.0


def make_window(entry: dict[str, Any], slugs: list[str], where: str) -> Window:
    """Check one policy window: ``{city, instrument, start, end, size, ramp_months, source}``.

    ``start`` and ``end`` are months written YYYY-MM, ``end`` the last one in force; without it the window stays open.
    """
    fields = ("city", "instrument", "start", "end", "size", "ramp_months", "source")
    problems = [f"{where}: unknown key '{k}'{meant(k, fields)}" for k in entry if k not in fields]
    problems += [f"{where}: '{k}' is missing" for k in ("city", "instrument", "start", "size") if k not in entry]
    if problems:
        raise InputError(problems)
    city, instrument = str(entry["city"]), str(entry["instrument"])
    if city not in (*slugs, "all"):
        problems.append(f"{where}: unknown city '{city}'{meant(city, slugs)} (known: all, {', '.join(slugs)})")
    if instrument not in INSTRUMENTS:
        known = ", ".join(INSTRUMENTS)
        problems.append(f"{where}: unknown instrument '{instrument}'{meant(instrument, INSTRUMENTS)} (known: {known})")
    months = {}
    for key in ("start", "end"):
        if key == "start" or entry.get(key) not in (None, ""):
            try:
                months[key] = month_number(str(entry[key])) + (key == "end")  # the last month is in force
            except ValueError as error:
                problems.append(f"{where}: '{key}': {error}")
    if months.keys() == {"start", "end"} and months["end"] <= months["start"]:
        problems.append(f"{where}: 'end' ({entry['end']}) must not come before 'start' ({entry['start']})")
    unit, low, high = INSTRUMENTS.get(instrument, ("", -math.inf, math.inf))
    size, ramp = entry["size"], entry.get("ramp_months", 0)
    if isinstance(size, bool) or not isinstance(size, int | float) or not low <= size <= high:
        problems.append(f"{where}: 'size' = {size!r}: must be a number from {low:g} to {high:g} [{unit}]")
    if isinstance(ramp, bool) or not isinstance(ramp, int) or not 0 <= ramp <= 600:
        problems.append(f"{where}: 'ramp_months' = {ramp!r}: must be a whole number from 0 to 600")
    if problems:
        raise InputError(problems)
    end = max(months["end"], 0) if "end" in months else -1
    return Window(city, instrument, months["start"], float(size), end, ramp, str(entry.get("source", "")))


def _shipped(name: str) -> str:
    return files("model").joinpath("evidence", name).read_text(encoding="utf-8")


@cache
def shipped_cities() -> Cities:
    """The eight cities shipped with the package."""
    return parse_cities(_shipped("cities.csv"), "cities.csv")


def read_cities(path: str | Path) -> Cities:
    """Cities from a user's file, CSV or Excel, with the columns of the shipped one."""
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
    for line, row in _rows(
        table_text(path, "house_prices", "table of house prices"), where, {"month", "city", "house_index"}
    ):
        at = f"{where}:{line}"
        value, problem = _number(row["house_index"], 1, 1000)
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
    missing = [f"{where}: {slug} has no house_index for {month_name(m)}" for slug in cities.slugs for m in range(months)
               if (slug, m) not in found]  # fmt: skip
    if missing:
        raise InputError(missing)
    table = np.array([[found[slug, m] for m in range(months)] for slug in cities.slugs])
    return replace(cities, house_path=table)


@cache
def shipped_policies() -> tuple[Window, ...]:
    """Policies really announced, as windows."""
    rows = _rows(_shipped("policies.csv"), "policies.csv", {"city", "instrument", "start", "end", "size", "sources"})
    slugs = shipped_cities().slugs
    windows = []
    for line, row in rows:
        entry: dict[str, Any] = {key: row[key] for key in ("city", "instrument", "start", "end")}
        entry |= {"size": float(row["size"]), "ramp_months": int(row["ramp_months"] or 0), "source": row["sources"]}
        windows.append(make_window(entry, slugs, f"policies.csv:{line}"))
    return tuple(windows)


@dataclass(frozen=True)
class PlatformInputs:
    """Platforms: names, mode (index into MODES), share of the mode's audience, headquarters (slug or empty)."""

    names: list[str]
    mode: Array
    share: Array
    city: list[str]


@cache
def shipped_platforms() -> PlatformInputs:
    """Platforms shipped with the package; shares sum to one within each mode."""
    needed = {"platform", "mode", "audience_share", "city", "sources"}
    rows = [row for _, row in _rows(_shipped("platforms.csv"), "platforms.csv", needed)]
    mode = np.array([MODES.index(row["mode"]) for row in rows])
    share = np.array([float(row["audience_share"]) for row in rows])
    total = np.bincount(mode, share, len(MODES))
    return PlatformInputs([r["platform"] for r in rows], mode, share / total[mode], [r["city"] for r in rows])


@dataclass(frozen=True)
class Market:
    """Monthly spending by mode: ``yuan[mode, month]`` from January 2021, constant after the table's last year."""

    yuan: Array = field(repr=False)

    def at(self, month: int) -> Array:
        """(modes,) yuan in a month."""
        result: Array = self.yuan[:, min(month, self.yuan.shape[1] - 1)]
        return result


def _monthly(annual: Array) -> Array:
    """Months whose levels follow the years smoothly and sum exactly to each year's total.

    Log-linear between mid-years, then scaled within each year.
    """
    mid = 12 * np.arange(len(annual)) + 5.5
    months = np.arange(12 * len(annual))
    level = np.exp(np.interp(months, mid, np.log(np.maximum(annual, 1e-9))))
    by_year = level.reshape(-1, 12)
    return (by_year * (annual / by_year.sum(axis=1))[:, None]).ravel()


@cache
def shipped_market() -> Market:
    """The national market 2021-2024 as observed and the scenario after (yuan a month; overseas in USD a month)."""
    needed = {"year", "domestic_bn_yuan", "ad_funded_share", "overseas_million_usd", "sources"}
    rows = sorted((row for _, row in _rows(_shipped("market.csv"), "market.csv", needed)), key=lambda r: int(r["year"]))
    domestic = np.array([float(r["domestic_bn_yuan"]) for r in rows]) * 1e9
    ad = np.array([float(r["ad_funded_share"]) for r in rows])
    abroad = np.array([float(r["overseas_million_usd"]) for r in rows]) * 1e6
    skip = 12 * (FIRST_YEAR - int(rows[0]["year"]))
    return Market(np.stack([_monthly(domestic * (1 - ad)), _monthly(domestic * ad), _monthly(abroad)])[:, skip:])
