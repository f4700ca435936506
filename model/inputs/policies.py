"""Policies: instruments, windows in which they are in force, and what was really announced."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..calendar import month_name, month_number
from ..errors import InputError, meant, unknown
from .cities import shipped_cities
from .files import shipped_text, table_rows

INSTRUMENTS = {
    "designation": ("1", 0, 1),
    "rent_subsidy": ("share of rent", 0, 1),
    "rebate": ("share of local spending", 0, 1),
    "rebate_cap": ("yuan per series", 0, 1e8),
    "public_studio": ("m2", 0, 1e7),
    "state_space": ("m2", 0, 1e7),
    "free_scenes": ("scenes", 0, 1e5),
    "state_fund": ("million yuan", 0, 1e6),
    "park_services": ("yuan/studio/month", 0, 1e6),
    "housing": ("yuan/studio/month", 0, 1e6),
    "training": ("persons/month", 0, 1e5),
    "hours_cap": ("hours a day", 4, 24),
    "censorship": ("multiple", 0, 50),
}
"""Policy instruments: unit, lowest and highest size."""
TOTALS = ("public_studio", "state_space", "state_fund")
"""Instruments of which ``size`` is a total, spread over the window."""
COSTLY = {
    "rent_subsidy": "rent subsidies",
    "rebate": "rebates",
    "public_studio": "public film bases",
    "state_fund": "state fund capital",
    "park_services": "services of parks for studios",
    "housing": "housing for studios' staff",
    "training": "training of newcomers",
    "state_space": "state-owned space given in kind",
    "free_scenes": "public scenes free of charge",
}
"""Instruments that cost a city money, which a budget can limit, in words."""
FOR_FIRMS = ("rent_subsidy", "park_services", "housing")
"""Instruments for studios by where their office is, which may have a cap for each firm."""
IN_ZONES = (*FOR_FIRMS, *TOTALS)
"""Instruments that may be for a zone: to studios with their office there, or space and bases there."""
SUBSIDIES = (*FOR_FIRMS, "rebate", "state_space", "free_scenes")
"""Those of which claims are paid, in proportion where money is short."""
BUDGETS = ("budget_yuan_year", "budget_yuan_total")
CAPS = ("cap_yuan_firm_year",)
KEYS = ("city", "zone", "instrument", "start", "end", "size", "ramp_months", "source", *BUDGETS, *CAPS, "mode")
"""Entries of a policy."""
MODES = ("add", "replace")
"""What a window does to others of its instrument and city that are in force at the same time."""


@dataclass(frozen=True)
class Window:
    """A policy in force from month number ``start`` until before month number ``end`` (-1: for ever).

    ``size`` is reached after ``ramp_months``; for floor space or a fund it is the total spread over the window.
    A budget, in yuan of the real industry for each city, limits what is paid: so much a year, or so much over the life
    of the window. A window that replaces silences those announced before it while it is in force. With a ``zone`` it is
    for studios with their office there, or for space and bases there; a cap is the most that a studio gets in a year.
    """

    city: str
    instrument: str
    start: int
    size: float
    end: int = -1
    ramp_months: int = 0
    source: str = ""
    budget_yuan_year: float | None = None
    budget_yuan_total: float | None = None
    mode: str = "add"
    zone: str = ""
    cap_yuan_firm_year: float | None = None

    @property
    def by_cell(self) -> bool:
        """Whether what it gives to a studio depends on the cell of its office, or is given in kind."""
        return self.instrument in FOR_FIRMS and (
            bool(self.zone) or self.cap_yuan_firm_year is not None or self.instrument != "rent_subsidy"
        )

    @property
    def has_budget(self) -> bool:
        return self.budget_yuan_year is not None or self.budget_yuan_total is not None

    def in_force(self, month: int, city: str = "") -> bool:
        """Whether a month lies in the window, and it is for the city if one is given."""
        here = not city or self.city in ("all", city)
        return here and self.start <= month and (self.end < 0 or month < self.end)

    def strength(self, month: int) -> float:
        """Share of ``size`` in force in a month."""
        if month < self.start or 0 <= self.end <= month:
            return 0.0
        return min(1.0, (month - self.start + 1) / self.ramp_months) if self.ramp_months > 0 else 1.0

    def spread(self, month: int, open_months: int) -> float:
        """Part of ``size`` that falls into a month, for totals; without an end these spread over ``open_months``."""
        end = self.end if self.end >= 0 else self.start + open_months
        return self.size / (end - self.start) if self.start <= month < end else 0.0

    def budget(self, month: int, open_months: int) -> tuple[float, float]:
        """Yuan that become available in a month: of a yearly budget, which lapses in January, and of one in all.

        The latter is spread over the window like a total. A window with both has a yearly budget until it has used up
        the one in all.
        """
        total = math.inf if self.budget_yuan_total is None else self.budget_yuan_total
        if not self.has_budget or month < self.start or 0 <= self.end <= month:
            return 0.0, 0.0
        if self.budget_yuan_year is not None:
            part = self.budget_yuan_year / 12
            return min(part, max(total - (month - self.start) * part, 0.0)), 0.0
        end = self.end if self.end >= 0 else self.start + open_months
        return 0.0, total / (end - self.start) if month < end else 0.0


def replaced_by(windows: Sequence[Window], at: int) -> list[Window]:
    """Windows later in the list that silence one of them where they are in force: for the same zone, if for any."""
    first = windows[at]
    return [
        w for w in windows[at + 1 :] if w.mode == "replace" and (w.instrument, w.zone) == (first.instrument, first.zone)
    ]


def overlaps(windows: Sequence[Window]) -> Iterator[tuple[Window, Window, str, str]]:
    """Pairs of windows of an instrument in force at the same time in the same city, which, and when in words."""
    for later, second in enumerate(windows):
        for first in windows[:later]:
            cities = {first.city, second.city} - {"all"}
            apart = len({first.zone, second.zone} - {""}) > 1
            if first.instrument != second.instrument or len(cities) > 1 or apart:
                continue
            start = max(first.start, second.start, 0)
            ends = [w.end for w in (first, second) if w.end >= 0]
            if not ends or min(ends) > start:
                until = f" to {month_name(min(ends) - 1)}" if ends else " on"
                yield first, second, cities.pop() if cities else "every city", f"from {month_name(start)}{until}"


def contradictions(windows: Sequence[Window]) -> list[str]:
    """Pairs of windows that would silence each other."""
    return [
        f"two windows replace {first.instrument} in {city} {when} (sizes {first.size:g} and {second.size:g}): let one "
        'end before the other starts, or give one mode = "add"'
        for first, second, city, when in overlaps(windows)
        if first.mode == second.mode == "replace" and first.zone == second.zone
    ]


def overlap_notes(windows: Sequence[Window]) -> list[str]:
    """What a run does with windows of an instrument that overlap, a sentence a pair."""
    notes = []
    for first, second, city, when in overlaps(windows):
        unit, _, high = INSTRUMENTS[first.instrument]
        sizes = f"{first.instrument} in {city} {when}: {first.size:g} and {second.size:g}"
        sizes += f" {unit}" if unit != "1" else ""
        if first.zone != second.zone:
            zone = first.zone or second.zone
            both = "they are added up" if first.instrument in TOTALS else "studios there get both"
            notes.append(f"{sizes}, one of them for zone '{zone}': {both}, and budgets are shared")
        elif second.mode == "replace":
            notes.append(f"{sizes}; the second replaces the first")
        elif first.instrument == "hours_cap":
            notes.append(f"{sizes}; the lower holds")
        else:
            most = math.inf if first.instrument in (*TOTALS, "rebate_cap", "free_scenes", "censorship") else high
            together = f"{min(first.size + second.size, most):g}"
            notes.append(f'{sizes}; they are added up to {together} (mode = "replace" lets the second stand alone)')
    return notes


def make_window(entry: dict[str, Any], slugs: list[str], where: str) -> Window:
    """Check one policy window: a table of the entries of :class:`Window`.

    ``start`` and ``end`` are months written YYYY-MM, ``end`` the last one in force; without it the window stays open.
    """
    problems = [f"{where}: {unknown('key', k, KEYS)}" for k in entry if k not in KEYS]
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
    given = {key: entry[key] for key in BUDGETS if entry.get(key) not in (None, "")}
    problems += [f"{where}: {problem}" for key in given if (problem := _wrong_budget(key, given[key], instrument))]
    zone, cap = str(entry.get("zone") or ""), entry.get(CAPS[0])
    for key, allowed, lacks in (
        ("zone", IN_ZONES, "knows no place inside a city"),
        (CAPS[0], FOR_FIRMS, "is not given to single studios"),
    ):
        if entry.get(key) not in (None, "") and instrument in INSTRUMENTS and instrument not in allowed:
            problems.append(f"{where}: '{key}': {instrument} {lacks} (allowed for {', '.join(allowed)})")
    if zone and city == "all":
        problems.append(f"{where}: zone '{zone}': a zone is part of one city; name the city")
    if cap not in (None, "") and (isinstance(cap, bool) or not isinstance(cap, int | float) or not 100 <= cap <= 1e9):
        problems.append(f"{where}: '{CAPS[0]}' = {cap!r}: must be a number of yuan from 100 to 1e9")
    mode = entry.get("mode") or "add"
    if mode not in MODES:
        problems.append(f"{where}: 'mode' = {mode!r}: must be 'add' or 'replace'{meant(str(mode), MODES)}")
    if problems:
        raise InputError(problems)
    end = max(months["end"], 0) if "end" in months else -1
    budgets = {key: float(value) for key, value in given.items()}
    budgets |= {CAPS[0]: float(cap)} if cap not in (None, "") else {}
    source = str(entry.get("source", ""))
    return Window(city, instrument, months["start"], float(size), end, ramp, source, mode=mode, zone=zone, **budgets)


def _wrong_budget(key: str, value: Any, instrument: str) -> str:
    """What is wrong with a budget, empty if nothing is."""
    if instrument in INSTRUMENTS and instrument not in COSTLY:
        return f"'{key}': {instrument} costs no money that a budget could limit (allowed for {', '.join(COSTLY)})"
    allowed = f"'{key}' = {value!r}: must be a number of yuan, 0 or from 1,000 to 1e12"
    if isinstance(value, str):
        found = re.fullmatch(
            r"\s*([\d.,]+)\s*(k|m|mn|million|bn|b|billion)?\s*(yuan|rmb|cny)?\s*", value, re.IGNORECASE
        )
        try:
            number = float(found[1].replace(",", "")) if found else math.nan
        except ValueError:
            number = math.nan
        unit = {"": 1, "k": 1e3, "m": 1e6, "b": 1e9}[(found[2] or "")[:1].lower()] if found else 1
        return allowed + (f"; write {number * unit:.0f}" if math.isfinite(number) else "")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e12:
        return allowed
    if 0 < value < 1000:
        return f"{allowed}; {value:g} yuan for a city are next to nothing: for millions write {value * 1e6:.0f}"
    return ""


@cache
def shipped_policies() -> tuple[Window, ...]:
    """Policies really announced, as windows."""
    rows = table_rows(
        shipped_text("policies.csv"), "policies.csv", {"city", "instrument", "start", "end", "size", "sources"}
    )
    slugs = shipped_cities().slugs
    windows = []
    for line, row in rows:
        entry: dict[str, Any] = {key: row[key] for key in ("city", "instrument", "start", "end")}
        entry |= {"size": float(row["size"]), "ramp_months": int(row["ramp_months"] or 0), "source": row["sources"]}
        entry |= {key: float(row[key]) for key in BUDGETS if row.get(key)} | {"mode": row.get("mode")}
        windows.append(make_window(entry, slugs, f"policies.csv:{line}"))
    return tuple(windows)
