"""Populations recorded month by month: studios, bases, malls, funds, platforms, a sample of actors, cells.

A :class:`Recorder` reads the economy after each month, and jobs and payments while it runs; it changes nothing.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from microdrama.model import categories
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.categories import MODES
from microdrama.model.draws import Draws
from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.errors import InputError, meant
from microdrama.model.inputs.market import shipped_platforms
from microdrama.model.populations.table import Table, column
from microdrama.model.populations.tables import Actors, FilmBases, Funds, Malls, Platforms, Studios

from ..files import Columns
from .micro import FIRM_COLUMNS, JOB_COLUMNS, Observer

ACTORS_SHARE = 0.05
"""Share of cast and crew that is recorded."""
LEFT_OUT = {"received_fen", "paid_fen", "opening_fen", "inert"}
"""Columns for audits and tests."""
WITHOUT_BIRTH = ("malls", "funds", "platforms")
"""There from the start to the end."""
ZONES = "zones that the cell lies in, joined by +, empty: in none"


class Population(NamedTuple):
    """A population that can be recorded."""

    entity: type[Table]
    row: str
    """Name of the column with the id of a row."""
    tables: Callable[[MicroDramaEconomy], list[Table]]


POPULATIONS = {
    "studios": Population(Studios, "studio", lambda econ: [econ.studios]),
    "bases": Population(FilmBases, "base", lambda econ: [econ.bases]),
    "malls": Population(Malls, "mall", lambda econ: [econ.malls]),
    "funds": Population(Funds, "fund", lambda econ: [econ.state_funds, econ.private_funds]),
    "platforms": Population(Platforms, "platform", lambda econ: [econ.platforms]),
    "actors": Population(Actors, "actor", lambda econ: [econ.actors]),
}
CHOICES = (*POPULATIONS, "jobs", "cells")
"""What can be recorded month by month; cells otherwise every December."""


def read_tables(text: str) -> tuple[list[str], float]:
    """Names of tables and the share of actors in ``"studios,bases,actors=0.1"``.

    Raises
    ------
    InputError
        For a table that cannot be recorded, or a share that is none.
    """
    names, share, problems = [], ACTORS_SHARE, []
    for entry in filter(None, (word.strip() for word in text.split(","))):
        name, equals, part = entry.partition("=")
        if name not in CHOICES:
            problems.append(f"--record: unknown table '{name}'{meant(name, CHOICES)} (known: {', '.join(CHOICES)})")
        elif equals and name != "actors":
            problems.append(f"--record {entry}: only actors can be recorded in part, such as actors=0.1")
        elif equals:
            try:
                share = float(part)
            except ValueError:
                share = 0.0
            if not 0 < share <= 1:
                problems.append(f"--record {entry}: the share must be a number above 0 and at most 1")
        names.append(name)
    if problems:
        raise InputError(problems)
    return names, share


class Recorder:
    """Records populations month by month: call :meth:`record` after each.

    Parameters
    ----------
    names : sequence of str
        Out of :data:`CHOICES`.
    actors_share : float
        Share of cast and crew that is recorded (and their jobs): those whose id, hashed, falls below it, the same in
        every scenario.
    """

    def __init__(self, names: Sequence[str], actors_share: float = ACTORS_SHARE) -> None:
        self.names, self._share = list(dict.fromkeys(names)), actors_share
        self._parts: dict[str, list[dict[str, Array]]] = {name: [] for name in self.names}
        self._slugs: list[str] = []
        self._micro: Observer | None = None
        self._zones = np.array([""])

    @property
    def text(self) -> str:
        """Names and share as :func:`read_tables` reads them."""
        return ",".join(f"{name}={self._share!r}" if name == "actors" else name for name in self.names)

    def begin(self, econ: MicroDramaEconomy) -> None:
        """Look on while months run, for jobs and for what studios pay and get; before the first month."""
        if {"studios", "jobs"} & {*self.names}:
            self._micro = Observer()
            self._micro.begin(econ)

    def record(self, econ: MicroDramaEconomy) -> None:
        """Record the state at the end of the month."""
        self._slugs, self._zones = econ.cities.slugs, econ.region.zone_names
        firms, jobs = self._micro.month(econ) if self._micro else ({}, {})
        for name in self.names:
            if name == "cells":
                self._parts[name].append(econ.panel.cells())
                continue
            if name == "jobs":
                if not jobs:
                    raise ValueError("call begin() with the economy before its first month to record jobs")
                some = _sample(jobs["actor"], self._share)
                part = {"month": np.full(some.sum(), econ.month)} | {c: values[some] for c, values in jobs.items()}
                order = np.lexsort([part["slot"], part["born"], part["studio"], part["actor"]])
                self._parts[name].append({c: values[order] for c, values in part.items()})
                continue
            population = POPULATIONS[name]
            for table in population.tables(econ):
                rows = slice(None) if name != "actors" else _sample(table.id, self._share)
                out = LEFT_OUT | ({"born"} if name in WITHOUT_BIRTH else set())
                part = {c: getattr(table, c)[rows].copy() for c in population.entity.columns() if c not in out}
                n = len(part["id"])
                part = {"month": np.full(n, econ.month), **part}
                if name == "funds":
                    part |= {"sector": np.full(n, table.sector), "name": _fund_names(table, self._slugs)}
                if name == "bases":
                    part["owner"] = np.where(econ.bases.public, "city", "private")
                part |= firms if name == "studios" else {}
                self._parts[name].append(part)

    def tables(self) -> dict[str, tuple[dict[str, Array], Columns]]:
        """Tables with unit and meaning of their columns, rows in the order of month and id."""
        tables: dict[str, tuple[dict[str, Array], Columns]] = {}
        for name, parts in self._parts.items():
            if parts:
                table = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
                if name == "jobs":
                    tables[name] = _jobs_in_words(table, self._slugs)
                elif name != "cells":
                    tables[name] = _in_words(POPULATIONS[name], table, self._slugs, self._zones)
                else:
                    tables[name] = table, {}
        return tables


def _fund_names(table: Table, slugs: list[str]) -> Array:
    """What studios call their funds."""
    private = table.sector == "PF"
    return np.array([f"PF{i + 1}" for i in range(len(table))] if private else slugs[: len(table)])


def _jobs_in_words(table: dict[str, Array], slugs: list[str]) -> tuple[dict[str, Array], Columns]:
    words = {"month": _months(table["month"]), "born": _months(table["born"])}
    words |= {"city": np.array(slugs)[table["city"]], "role": np.array(categories.ROLES)[table["role"]]}
    return table | words, JOB_COLUMNS


def _sample(ids: Array, share: float) -> Array:
    """Whether each is in the sample: the same persons in every month, scenario and seed."""
    chosen: Array = Draws(0)("keep.actors").happens(ids, share)
    return chosen


def _in_words(
    population: Population, table: dict[str, Array], slugs: list[str], zones: Array
) -> tuple[dict[str, Array], Columns]:
    """Names in place of the numbers that stand for them, and unit and meaning of the columns."""
    known = population.entity.columns()
    data: dict[str, Array] = {"month": _months(table["month"])}
    columns: dict[str, tuple[str, str]] = {"month": ("YYYY-MM", "month, at its end")}
    if "sector" in table:
        data["sector"], columns["sector"] = table["sector"], ("", "SF: state funds; PF: private funds")
    more = {"name": ("", "name, as in private_fund and state_fund of studios")}
    more |= {"owner": ("", "city: public; private: others")} | {**FIRM_COLUMNS}
    for name, said in more.items():
        if name in table:
            data[name], columns[name] = table[name], said
    for name, spec in known.items():
        if name not in table:
            continue
        as_named = {"id": population.row}.get(name, name)
        if spec.width:
            for i, mode in enumerate(MODES):
                data[f"{as_named}_{mode}"] = table[name][:, i]
                columns[f"{as_named}_{mode}"] = (spec.unit, f"{spec.meaning}: {mode}")
            continue
        data[as_named], unit = _named(spec, table[name], slugs)
        if as_named == "platform":
            data[as_named] = np.array(shipped_platforms().names)[table[name] - 1]
        columns[as_named] = (unit, spec.meaning)
        if name == "cell":
            data["zone"], columns["zone"] = zones[table[name]], ("", ZONES)
    return data, columns


def _named(spec: column, values: Array, slugs: list[str]) -> tuple[Array, str]:
    """Values of a column in words where they stand for something, and the unit."""
    lists: dict[str, Sequence[str]] = {
        "row of the city table": slugs,
        "row of platforms": shipped_platforms().names,
        "row of private funds": [f"PF{i + 1}" for i in range(99)],
        "row of state funds": slugs,
        **{f"index into {name}": getattr(categories, name) for name in ("ROLES", "GENRES", "MODES", "CASTINGS")},
    }
    if spec.unit in lists:
        return np.array([*lists[spec.unit], ""])[values], ""  # -1 is the last: none
    return (_months(values), "YYYY-MM") if spec.unit == "month" else (values, spec.unit)


def _months(numbers: Array) -> Any:
    """Months by name; empty before the start."""
    known, which = np.unique(numbers, return_inverse=True)
    return np.array([month_name(int(m)) if m >= 0 else "" for m in known])[which]
