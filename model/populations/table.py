"""Populations as columns: a struct of arrays whose rows carry stable ids.

A :class:`Table` is one population (studios, actors, ...). Its columns are declared on the class and read as
numpy views of the living rows. Rows keep the order of their ids, which only ever grow, so a row is found from an id
by bisection, and a death never changes anybody's draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, overload

import numpy as np

from ..arrays import Array
from ..compiled import compiled

COUNTS = ("series", "days", "m2", "crews", "crew-days", "months", "multiples", "hours", "scenes", "basis points")
"""Units of what is never below zero."""


class column:  # noqa: N801 - reads as a declaration
    """Declare a column of a :class:`Table`: ``cash_fen = column("i8", "deposits", unit="fen", locked=True)``.

    Reading gives the living rows as a view, writing copies into it. A locked column is read-only (money: only the
    ledger moves it).
    """

    def __init__(self, dtype: str, meaning: str, *, unit: str = "", width: int = 0, locked: bool = False) -> None:
        self.dtype, self.meaning, self.unit, self.width, self.locked = np.dtype(dtype), meaning, unit, width, locked

    def __set_name__(self, owner: type[Table], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, table: None, owner: type[Table]) -> column: ...
    @overload
    def __get__(self, table: Table, owner: type[Table]) -> Array: ...
    def __get__(self, table: Table | None, owner: type[Table]) -> column | Array:
        if table is None:
            return self
        try:
            return table._views[self.name]
        except KeyError:
            view = table._views[self.name] = table._data[self.name][: table._n]
            view.flags.writeable = not self.locked
            return view

    def problem(self, value: Any) -> str:
        """Why an agent cannot have a value, empty if it can: its type, and what could never come about."""
        array, kind = np.asarray(value), self.dtype.kind
        what = {"b": "true or false", "i": "a whole number", "f": "a number"}[kind]
        least = 0 if self.unit in COUNTS else -np.inf
        right = array.shape in ((), (self.width,)) and array.dtype.kind in ("b" if kind == "b" else "iuf")
        if right and kind != "b":
            right = bool((np.isfinite(array) & (array >= least)).all())
        if right and kind == "i":
            most = np.iinfo(self.dtype)
            right = bool(((array == np.floor(array)) & (array >= most.min) & (array <= most.max)).all())
        each = f", or {self.width} of them" if self.width else ""
        return "" if right else f"must be {what}{each}{' from 0' if least == 0 else ''}"

    def __set__(self, table: Table, values: Any) -> None:
        if self.locked:
            raise AttributeError(f"{type(table).__name__}.{self.name} is moved by the ledger only: use ledger.pay(...)")
        self.__get__(table, type(table))[...] = values


@compiled
def _close_ranks(block, first, keep):  # type: ignore[no-untyped-def]
    """Move the rows that stay to ``first`` on. Indices without a sign are not tried for counting from the end."""
    for data in block:
        for i in range(keep.size):
            data[np.uint64(first + i)] = data[np.uint64(keep[i])]


@compiled
def _rows(living, wanted):  # type: ignore[no-untyped-def]
    """Rows of ids: a bisection that begins around the row found last, in steps that double."""
    rows, n, at = np.full(wanted.size, -1), living.size, 0
    for i in range(wanted.size):
        low, high, step = at, at, 1
        while low > 0 and living[low - 1] >= wanted[i]:
            low, high, step = max(low - step, 0), low, 2 * step
        step = 1
        while high < n and living[high] < wanted[i]:
            low, high, step = high + 1, min(high + step, n), 2 * step
        while low < high:
            middle = (low + high) // 2
            if living[middle] < wanted[i]:
                low = middle + 1
            else:
                high = middle
        if low < n and living[low] == wanted[i]:
            rows[i] = low
        at = min(low, n - 1) if n else 0
    return rows


class Table:
    """A population: columns of equal length, one row an agent, in the order of their ids."""

    kind = 0
    """Number of the population inside its agents' ids."""
    sector = ""
    """Sector of the transactions-flow matrix, empty when the population holds no money."""

    id = column("i8", "stable id")
    born = column("i4", "month of birth", unit="month")

    def __init__(self, capacity: int = 16) -> None:
        self._n = 0
        self._blocks = self._empty(capacity)
        """Columns of a kind together: (columns, capacity) arrays, so that rows come and go at one stroke."""
        self._data = self._columns_of_blocks()
        self._views: dict[str, Array] = {}
        """Of the living rows, made when a column is first read after a birth or a death."""
        self.changes = 0
        """Counts births and deaths, so that whoever keeps views on rows knows when to look again."""

    @classmethod
    @cache
    def columns(cls) -> dict[str, column]:
        """Declared columns by name, inherited ones first."""
        return {k: v for base in reversed(cls.__mro__) for k, v in vars(base).items() if isinstance(v, column)}

    @classmethod
    @cache
    def _kinds(cls) -> dict[tuple[np.dtype[Any], int], list[str]]:
        """Names of the columns by type and width."""
        kinds: dict[tuple[np.dtype[Any], int], list[str]] = {}
        for name, spec in cls.columns().items():
            kinds.setdefault((spec.dtype, spec.width), []).append(name)
        return kinds

    @classmethod
    @cache
    def _open(cls) -> frozenset[str]:
        """Names of the columns that are not locked."""
        return frozenset(name for name, spec in cls.columns().items() if not spec.locked)

    def _empty(self, rows: int) -> list[Array]:
        return [
            np.zeros((len(names), rows, width) if width else (len(names), rows), dtype)
            for (dtype, width), names in self._kinds().items()
        ]

    def _columns_of_blocks(self) -> dict[str, Array]:
        return {
            name: data for names, block in zip(self._kinds().values(), self._blocks) for name, data in zip(names, block)
        }

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_views": {}, "_data": {}, "_blocks": [block[:, : self._n] for block in self._blocks]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._data = self._columns_of_blocks()

    def __len__(self) -> int:
        return self._n

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._n))

    def add(self, ids: Array | Sequence[int], **values: Any) -> slice:
        """Append rows; columns not named start at zero.

        Raises
        ------
        ValueError
            If ids do not grow, which would break finding a row from its id.
        """
        ids = np.asarray(ids, np.int64)
        if not len(ids):
            return slice(self._n, self._n)
        before, after = self._n, self._n + len(ids)
        if (ids[1:] <= ids[:-1]).any() or (before and ids[0] <= self.id[-1]):
            raise ValueError(f"ids of new {type(self).__name__} must be increasing and above those already there")
        if not values.keys() <= self._open():
            wrong = sorted(values.keys() - self._open())
            if unknown := [name for name in wrong if name not in self.columns()]:
                raise ValueError(f"{type(self).__name__} has no column {', '.join(unknown)}")
            raise ValueError(f"{type(self).__name__}.{wrong[0]} starts at zero: endow the agent through the ledger")
        if after > len(self._data["id"]):
            small, self._blocks = self._blocks, self._empty(2 * after)  # memory nobody has touched costs nothing
            for block, old in zip(self._blocks, small):
                block[:, :before] = old[:, :before]
            self._data = self._columns_of_blocks()
        values["id"] = ids
        for name, data in self._data.items():
            data[before:after] = values.get(name, 0)
        self._n = after
        self.changes += 1
        self._views.clear()
        return slice(before, after)

    def remove(self, gone: Array) -> None:
        """Drop the rows where ``gone`` is true, keeping the order of the others.

        Raises
        ------
        ValueError
            If it does not say so of every row.
        """
        if len(gone) != self._n:
            raise ValueError(f"{len(gone)} marks for {self._n} rows of {type(self).__name__}")
        if not gone.any():
            return
        first = int(gone.argmax())
        keep = first + np.flatnonzero(~gone[first:])
        for block in self._blocks:
            if block.ndim == 2:
                _close_ranks(block, first, keep)
            else:
                block[:, first : first + len(keep)] = block[:, keep]
        self._n = first + len(keep)
        self.changes += 1
        self._views.clear()

    def row(self, agent_id: int) -> int:
        """Row of a living agent.

        Raises
        ------
        KeyError
            If nobody with this id lives.
        """
        at = int(np.searchsorted(self.id, agent_id))
        if at == self._n or self.id[at] != agent_id:
            raise KeyError(agent_id)
        return at

    def rows(self, ids: Array) -> Array:
        """Rows of many ids, -1 where nobody with that id lives (any more); fast where they nearly are in order."""
        found: Array = _rows(self.id, np.ascontiguousarray(ids))
        return found
