"""More tables of a run for those who ask: studios, bases, funds, platforms, a sample of actors, cells, each month.

A :class:`Keeper` looks at the economy after each month and changes nothing in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.categories import CASTINGS, GENRES, MODES, ROLES
from microdrama.model.draws import Luck
from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.errors import InputError, meant
from microdrama.model.inputs.market import shipped_platforms
from microdrama.model.populations.table import Table, column
from microdrama.model.populations.tables import Actors, FilmBases, Funds, Platforms, Studios

from ..files import Columns

ACTORS_SHARE = 0.05
"""Part of cast and crew whose months are kept."""
LEFT_OUT = {"received_fen", "paid_fen", "opening_fen", "inert"}
"""Columns for audits and tests."""
WITHOUT_BIRTH = ("funds", "platforms")
"""There from the start to the end."""


class Kept(NamedTuple):
    """A population that can be kept."""

    entity: type[Table]
    one: str
    """What a row is called."""
    tables: Callable[[MicroDramaEconomy], list[Table]]


POPULATIONS = {
    "studios": Kept(Studios, "studio", lambda econ: [econ.studios]),
    "bases": Kept(FilmBases, "base", lambda econ: [econ.bases]),
    "funds": Kept(Funds, "fund", lambda econ: [econ.state_funds, econ.private_funds]),
    "platforms": Kept(Platforms, "platform", lambda econ: [econ.platforms]),
    "actors": Kept(Actors, "actor", lambda econ: [econ.actors]),
}
CHOICES = (*POPULATIONS, "cells")
"""What can be kept month by month; cells else every December."""


def wanted(words: str) -> tuple[list[str], float]:
    """Tables and the share of actors out of ``"studios,bases,actors=0.1"``.

    Raises
    ------
    InputError
        For a table that cannot be kept, or a share that is none.
    """
    names, share, problems = [], ACTORS_SHARE, []
    for entry in filter(None, (word.strip() for word in words.split(","))):
        name, equals, part = entry.partition("=")
        if name not in CHOICES:
            problems.append(f"--keep: unknown table '{name}'{meant(name, CHOICES)} (known: {', '.join(CHOICES)})")
        elif equals and name != "actors":
            problems.append(f"--keep {entry}: only actors can be kept in part, such as actors=0.1")
        elif equals:
            try:
                share = float(part)
            except ValueError:
                share = 0.0
            if not 0 < share <= 1:
                problems.append(f"--keep {entry}: the share must be a number above 0 and at most 1")
        names.append(name)
    if problems:
        raise InputError(problems)
    return names, share


class Keeper:
    """Records populations month by month: call :meth:`look` after each.

    Parameters
    ----------
    names : sequence of str
        Out of :data:`CHOICES`.
    actors_share : float
        Part of cast and crew that is kept: those whose id, hashed, falls below it, the same in every scenario.
    """

    def __init__(self, names: Sequence[str], actors_share: float = ACTORS_SHARE) -> None:
        self.names, self._share = list(dict.fromkeys(names)), actors_share
        self._parts: dict[str, list[dict[str, Array]]] = {name: [] for name in self.names}
        self._slugs: list[str] = []

    @property
    def words(self) -> str:
        """What was asked for, as :func:`wanted` reads it."""
        return ",".join(f"{name}={self._share!r}" if name == "actors" else name for name in self.names)

    def look(self, econ: MicroDramaEconomy) -> None:
        """Take the state at the end of the month."""
        self._slugs = econ.cities.slugs
        for name in self.names:
            if name == "cells":
                self._parts[name].append(econ.panel.cells())
                continue
            kept = POPULATIONS[name]
            for table in kept.tables(econ):
                rows = slice(None) if name != "actors" else _sample(table.id, self._share)
                out = LEFT_OUT | ({"born"} if name in WITHOUT_BIRTH else set())
                part = {c: getattr(table, c)[rows].copy() for c in kept.entity.columns() if c not in out}
                n = len(part["id"])
                part = {"month": np.full(n, econ.month), **part}
                if name == "funds":
                    part["sector"] = np.full(n, table.sector)
                self._parts[name].append(part)

    def tables(self) -> dict[str, tuple[dict[str, Array], Columns]]:
        """Tables with unit and meaning of their columns, rows in the order of month and id."""
        found: dict[str, tuple[dict[str, Array], Columns]] = {}
        for name, parts in self._parts.items():
            if parts:
                table = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
                found[name] = (table, {}) if name == "cells" else _translated(POPULATIONS[name], table, self._slugs)
        return found


def _sample(ids: Array, share: float) -> Array:
    """Those of the sample: the same persons in every month, scenario and seed."""
    chosen: Array = Luck(0)("keep.actors").happens(ids, share)
    return chosen


def _translated(kept: Kept, table: dict[str, Array], slugs: list[str]) -> tuple[dict[str, Array], Columns]:
    """Numbers that stand for names as these names, money and months as elsewhere."""
    known = kept.entity.columns()
    data: dict[str, Array] = {"month": _months(table["month"])}
    columns: dict[str, tuple[str, str]] = {"month": ("YYYY-MM", "month, at its end")}
    if "sector" in table:
        data["sector"], columns["sector"] = table["sector"], ("", "SF: state funds; PF: private funds")
    for name, spec in known.items():
        if name not in table:
            continue
        as_named = {"id": kept.one}.get(name, name)
        if spec.width:
            for i, mode in enumerate(MODES):
                data[f"{as_named}_{mode}"] = table[name][:, i]
                columns[f"{as_named}_{mode}"] = (spec.unit, f"{spec.meaning}: {mode}")
            continue
        data[as_named], unit = _named(spec, table[name], slugs)
        if as_named == "platform":
            data[as_named] = np.array(shipped_platforms().names)[table[name] - 1]
        columns[as_named] = (unit, spec.meaning)
    return data, columns


def _named(spec: column, values: Array, slugs: list[str]) -> tuple[Array, str]:
    """Values of a column in words where they stand for something, and the unit."""
    lists: dict[str, Sequence[str]] = {
        "row of the city table": slugs,
        "index into ROLES": ROLES,
        "index into GENRES": GENRES,
        "index into MODES": MODES,
        "index into CASTINGS": CASTINGS,
        "row of platforms": shipped_platforms().names,
        "row of private funds": [f"PF{i + 1}" for i in range(99)],
        "row of state funds": slugs,
    }
    if spec.unit in lists:
        return np.array([*lists[spec.unit], ""])[values], ""  # -1 is the last: none
    return (_months(values), "YYYY-MM") if spec.unit == "month" else (values, spec.unit)


def _months(numbers: Array) -> Any:
    """Months by name; empty before the start."""
    known, which = np.unique(numbers, return_inverse=True)
    return np.array([month_name(int(m)) if m >= 0 else "" for m in known])[which]
