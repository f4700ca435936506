"""Policies: instruments, windows in which they are in force, and what was really announced."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..calendar import month_number
from ..errors import InputError, meant
from .cities import shipped_cities
from .files import shipped_text, table_rows

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

    def spread(self, month: int, open_months: int) -> float:
        """Part of ``size`` that falls into a month, for totals; without an end these spread over ``open_months``."""
        end = self.end if self.end >= 0 else self.start + open_months
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
        windows.append(make_window(entry, slugs, f"policies.csv:{line}"))
    return tuple(windows)
