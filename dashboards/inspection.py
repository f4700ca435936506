"""Who is who: what the page shows of one studio, worker, city, platform, fund or place."""

from __future__ import annotations

from typing import Any

import numpy as np

from microdrama.model.accounts.ledger import yuan
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.categories import GENRES, MODES, ROLES
from microdrama.model.inputs.market import shipped_platforms
from microdrama.model.panel import COLUMNS
from microdrama.model.populations.table import Table

from .messages import refusal
from .names import named
from .world import World, short

KINDS = {
    "studio": ("studios",),
    "actor": ("actors",),
    "base": ("bases",),
    "platform": ("platforms",),
    "fund": ("private_funds", "state_funds"),
    "city": ("officials",),
}
"""What can be inspected, and the populations it is in."""
HIDDEN = {
    "id",
    "cash_fen",
    "received_fen",
    "paid_fen",
    "opening_fen",
    "inert",
    "mall_id",
    "cell",
    "reservation_factor",
    "slate",
    "parent",
}
AT_MOST = 40
"""Entries of a list."""


def agents_in(world: World, kind: str, city: str = "", cell: int = -1) -> list[dict[str, Any]]:
    """Those of a kind in a city or a cell, the most interesting first: key, name, and a number to tell them apart by.

    Raises InputError for a kind or a city that does not exist.
    """
    econ, found = world.economy, []
    at = econ.cities.index(city) if city else -1
    for name in _tables(kind):
        table = getattr(econ, name)
        here = np.ones(len(table), bool)
        if cell >= 0 and kind in ("studio", "base"):
            here = table.cell == cell
        elif at >= 0 and kind in ("studio", "actor", "base"):
            here = table.city == at
        rows = np.flatnonzero(here)
        worth = {
            "studio": "revenue_fen",
            "actor": "earned_fen",
            "base": "crews",
            "platform": "gross_fen",
            "fund": "invested_fen",
            "city": "film_budget_fen",
        }[kind]
        worths = getattr(table, worth)[rows]
        for row in rows[np.argsort(-worths, kind="stable")][:AT_MOST]:
            number = getattr(table, worth)[row]
            found.append(
                {
                    "kind": kind,
                    "table": name,
                    "key": str(table.id[row]),
                    **named(name, int(table.id[row])),
                    "name": _name(world, name, int(row)),
                    "number": short(yuan(number)) if worth.endswith("_fen") else int(number),
                }
            )
    return found[:AT_MOST]


def describe(worlds: list[World], table: str, key: str) -> dict[str, Any]:
    """Everything known of one agent, in every world: rows of a column's name, meaning, unit and values.

    The same agent has the same key in every world with the same seed, so two worlds show two histories of one studio.
    """
    if table not in {name for names in KINDS.values() for name in names}:
        raise refusal("not_inspected", what=table[:30], known=", ".join(KINDS))
    if not key.isdecimal():
        raise refusal("no_key", key=key[:30])
    kind = next(kind for kind, names in KINDS.items() if table in names)
    rows = [int(getattr(world.economy, table).rows(np.array([int(key[:18])]))[0]) for world in worlds]
    names = [_name(world, table, row) for world, row in zip(worlds, rows) if row >= 0]
    facts = []
    population: Table = getattr(worlds[0].economy, table)
    facts.append(
        {
            "name": "cash_yuan",
            "meaning": "deposits",
            "unit": "yuan",
            "values": [_cash(world, table, row) for world, row in zip(worlds, rows)],
        }
    )
    for name, spec in population.columns().items():
        if name in HIDDEN or (name == "born" and kind in ("platform", "fund", "city")):
            continue
        values = [_value(world, table, name, row) for world, row in zip(worlds, rows)]
        unit = {"fen": "yuan", "month": "", "id": ""}.get(spec.unit, spec.unit)
        unit = "" if unit.startswith(("row of", "index into")) else unit
        facts.append({"name": name, "meaning": spec.meaning, "unit": unit, "values": values})
    if kind == "city":
        facts += [
            {
                "name": name,
                "meaning": meaning,
                "unit": unit,
                "values": [short(w.economy.panel.last(name)[row]) for w, row in zip(worlds, rows)],
            }
            for name, (unit, meaning) in COLUMNS.items()
            if unit != ""
            and name not in ("tolerance", "hours_day")
            and not name.startswith(("film_budget", "city_debt"))
        ]
    cells = [
        int(getattr(w.economy, table).cell[row]) if row >= 0 and kind in ("studio", "base") else -1
        for w, row in zip(worlds, rows)
    ]
    return {
        "kind": kind,
        "table": table,
        "key": key,
        "name": names[0] if names else "",
        **named(table, int(key[:18])),
        "lives": [_life(world, table, int(key[:18])) for world in worlds],
        "facts": facts,
        "alive": [row >= 0 for row in rows],
        "cells": cells,
    }


def describe_cell(worlds: list[World], cell: int) -> dict[str, Any]:
    """A place on the map: rents and vacancy in every world, and who has an address there in the last."""
    econ = worlds[0].economy
    if not 0 <= cell < len(econ.region.x):
        raise refusal("no_cell", cell=cell)
    facts = []
    for name, unit, meaning in (
        ("rent", "yuan/m2/month", "office rent"),
        ("rent_2020", "yuan/m2/month", "office rent at the start"),
        ("vacancy", "share", "office vacancy"),
        ("distance_km", "km", "distance from the centre"),
    ):
        facts.append(
            {
                "name": name,
                "meaning": meaning,
                "unit": unit,
                "values": [short(getattr(w.economy.region, name)[cell]) for w in worlds],
            }
        )
    malls = [w.economy.malls for w in worlds]
    facts.append(
        {
            "name": "derelict",
            "meaning": "malls without tenants and without a film base",
            "unit": "malls",
            "values": [int(np.sum(m.derelict[m.cell == cell])) for m in malls],
        }
    )
    members = [one for kind in ("base", "studio") for one in agents_in(worlds[-1], kind, cell=cell)]
    return {
        "kind": "cell",
        "table": "cell",
        "key": str(cell),
        "name": econ.cities.slugs[econ.region.city[cell]],
        "facts": facts,
        "alive": [True] * len(worlds),
        "cells": [cell] * len(worlds),
        "members": members,
    }


def _tables(kind: str) -> tuple[str, ...]:
    if kind not in KINDS:
        raise refusal("not_inspected", what=kind[:30], known=", ".join(KINDS))
    return KINDS[kind]


def _name(world: World, table: str, row: int) -> str:
    econ = world.economy
    population: Table = getattr(econ, table)
    if table == "platforms":
        return shipped_platforms().names[row]
    if table in ("officials", "state_funds"):
        return econ.cities.slugs[row]
    if table == "private_funds":
        return f"{row + 1}"
    number = int(population.id[row]) & ((1 << 22) - 1)
    born = int(population.born[row])
    return f"{number + 1}" if born < 0 else f"{month_name(born)}/{number + 1}"


def _life(world: World, table: str, key: int) -> dict[str, Any]:
    """What the diary knows of a studio or of one of cast and crew."""
    known = {"studios": world.diary.studio, "actors": world.diary.worker}
    return known[table](world.economy, key) if table in known else {}


def _cash(world: World, table: str, row: int) -> float | None:
    return short(yuan(getattr(world.economy, table).cash_fen[row])) if row >= 0 else None


def _value(world: World, table: str, column: str, row: int) -> Any:
    """A value as a person reads it: names for cities and kinds, dates for months, yuan for fen."""
    econ = world.economy
    if row < 0:
        return None
    population: Table = getattr(econ, table)
    spec = population.columns()[column]
    value: Any = getattr(population, column)[row]
    if column == "genre":
        return GENRES[value]
    if column == "mode":
        return MODES[value]
    if column == "role":
        return ROLES[value]
    if spec.unit == "row of the city table":
        return econ.cities.slugs[value] if value >= 0 else "-"
    if spec.unit in ("row of private funds", "row of state funds"):
        return "-" if value < 0 else econ.cities.slugs[value] if spec.unit.endswith("state funds") else f"{value + 1}"
    if spec.unit == "month":
        if column == "born":
            return month_name(int(value)) if value >= 0 else "before 2021"
        return month_name(int(value)) if value > 0 else "-"
    if spec.unit == "fen":
        return short(yuan(value))
    if spec.dtype == bool:
        return bool(value)
    if spec.width:
        return " / ".join(f"{number:,.0f}" for number in np.asarray(value))
    found: Array = np.asarray(value)
    return short(float(found))
