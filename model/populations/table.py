"""Populations as columns: a struct of arrays whose rows carry stable ids.

A :class:`Table` is one population (studios, actors, ...). Its columns are declared on the class and read as
numpy views of the living rows. Rows keep the order of their ids, which only ever grow, so a row is found from an id
by bisection, and a death never changes anybody's draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..arrays import Array
from ..compiled import compiled

COUNTS = ("series", "days", "m2", "crews", "crew-days", "months", "multiples", "hours", "scenes", "basis points")
"""Units of what is never below zero."""


BOOKS = 5
"""First cells of a table: for what is no column, where it has such."""


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
        own, name = vars(table), self.name
        view = own[name] = own["_data"][name][: own["_n"]]  # found there from now on
        own["_read"].append(name)
        if self.locked:
            view.flags.writeable = False
        return view

    if TYPE_CHECKING:  # done by the table, so that reading need not ask here

        def __set__(self, table: Table, values: Any) -> None: ...

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


@compiled
def _append(ids, at, before, eights, fours, ones):  # type: ignore[no-untyped-def]
    """Rows of zeros from row ``before`` on but for their ids, column ``at``; whether these rise above those there."""
    last = eights[at, before - 1] if before else -1
    for i in range(ids.size):
        if ids[i] <= last:
            return False
        last = ids[i]
    rows = slice(before, before + ids.size)
    eights[:, rows], fours[:, rows], ones[:, rows] = 0, 0, 0
    eights[at, rows] = ids
    return True


@compiled
def _close_ranks(gone, eights, fours, ones):  # type: ignore[no-untyped-def]
    """Move up the rows that stay, and count them. Indices without a sign are not tried for counting from the end."""
    keep, first, n = np.empty(gone.size, np.int64), gone.size, 0
    for row in range(gone.size):
        first = min(first, row) if gone[row] else first
        keep[n] = row
        n += first < row and not gone[row]
    for data in eights:
        for i in range(n):
            data[np.uint64(first + i)] = data[np.uint64(keep[i])]
    for data in fours:
        for i in range(n):
            data[np.uint64(first + i)] = data[np.uint64(keep[i])]
    for data in ones:
        for i in range(n):
            data[np.uint64(first + i)] = data[np.uint64(keep[i])]
    return first + n


@compiled
def _close_wide_ranks(gone, wide):  # type: ignore[no-untyped-def]
    """The same in columns of several numbers."""
    for data in wide:
        n = 0
        for row in range(gone.size):
            for i in range(data.shape[1]):
                data[n, i] = data[row, i]
            n += not gone[row]


@compiled
def rows_of(living, wanted):  # type: ignore[no-untyped-def]
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
    unused = 0
    """Columns of eight bytes, the last of them, in which all rows have zero."""
    sector = ""
    """Sector of the transactions-flow matrix, empty when the population holds no money."""

    id = column("i8", "stable id")
    born = column("i4", "month of birth", unit="month")

    def __init__(self, capacity: int = 16) -> None:
        self._n = 0
        self._read: list[str] = []
        """Columns of which views are there, until rows come or go."""
        self._set_blocks(self._empty(capacity))
        self.changes = 0
        """Counts births and deaths, so that whoever keeps views on rows knows when to look again."""

    @classmethod
    @cache
    def columns(cls) -> dict[str, column]:
        """Declared columns by name, inherited ones first."""
        return {k: v for base in reversed(cls.__mro__) for k, v in vars(base).items() if isinstance(v, column)}

    @classmethod
    @cache
    def _kinds(cls) -> dict[tuple[int, int], list[str]]:
        """Names of the columns by bytes of an entry, and by width: numbers of eight, four and one byte come first.

        Locked ones are the last of their kind.
        """
        kinds: dict[tuple[int, int], list[str]] = {(8, 0): [], (4, 0): [], (1, 0): []}
        for name, spec in sorted(cls.columns().items(), key=lambda item: item[1].locked):
            kinds.setdefault((spec.dtype.itemsize, spec.width), []).append(name)
        return kinds

    @classmethod
    @cache
    def _place_of_id(cls) -> int:
        """Where the ids are among the columns of eight bytes."""
        return cls._kinds()[8, 0].index("id")

    @classmethod
    @cache
    def _open(cls) -> frozenset[str]:
        """Names of the columns that are not locked."""
        return frozenset(name for name, spec in cls.columns().items() if not spec.locked)

    def _empty(self, rows: int) -> list[Array]:
        return [
            np.zeros((len(names), rows, width) if width else (len(names), rows), f"i{size}")
            for (size, width), names in self._kinds().items()
        ]

    def _set_blocks(self, blocks: list[Array]) -> None:
        self._blocks = blocks
        """Columns of a size together: (columns, capacity) arrays, so that rows come and go at one stroke."""
        self._data = {
            name: data.view(self.columns()[name].dtype)
            for names, block in zip(self._kinds().values(), blocks)
            for name, data in zip(names, block)
        }
        if "addresses" not in vars(self):
            self.addresses = np.zeros(BOOKS + 3 * len(self._data), np.int64)
            """Where compiled functions find columns and books (see :mod:`~microdrama.model.addresses`); it stays."""
            self._lengths = self.addresses[BOOKS + 1 :: 3]
        eights, fours, ones, *self._wide = blocks
        self._narrow = eights[: len(eights) - self.unused], fours, ones
        for name, data in self._data.items():
            at = self.places()[name]
            self.addresses[at], self.addresses[at + 2] = data.ctypes.data, data.shape[-1]
        self._count_rows()

    @classmethod
    @cache
    def places(cls) -> dict[str, int]:
        """First cell of each column, and of the number of rows, which has no name; subclasses add at the end."""
        return {"": BOOKS + 1, **{name: BOOKS + 3 * i for i, name in enumerate(cls.columns())}}

    def __getstate__(self) -> dict[str, Any]:
        left_out = {*self._read, "_read", "_narrow", "_wide", "addresses", "_lengths"}
        kept = {name: value for name, value in vars(self).items() if name not in left_out}
        return kept | {"_data": {}, "_blocks": [block[:, : self._n + 1] for block in self._blocks]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _read=[])
        self._set_blocks(self._blocks)

    def __setattr__(self, name: str, value: Any) -> None:
        spec = self.columns().get(name)
        if spec is None:
            super().__setattr__(name, value)
        elif spec.locked:
            raise AttributeError(f"{type(self).__name__}.{name} is moved by the ledger only: use ledger.pay(...)")
        else:
            getattr(self, name)[...] = value

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
        if values and not values.keys() <= self._open():
            wrong = sorted(values.keys() - self._open())
            if unknown := [name for name in wrong if name not in self.columns()]:
                raise ValueError(f"{type(self).__name__} has no column {', '.join(unknown)}")
            raise ValueError(f"{type(self).__name__}.{wrong[0]} starts at zero: endow the agent through the ledger")
        if after >= self._narrow[0].shape[1]:  # always one row to spare
            blocks = self._empty(2 * after)  # memory nobody has touched costs nothing
            for block, old in zip(blocks, self._blocks):
                block[:, :before] = old[:, :before]
            self._set_blocks(blocks)
        if not _append(ids, self._place_of_id(), before, *self._narrow):
            raise ValueError(f"ids of new {type(self).__name__} must be increasing and above those already there")
        for wide in self._wide:
            wide[:, before:after] = 0
        for name, value in values.items():
            self._data[name][before:after] = value
        self._set_rows(after)
        return slice(before, after)

    def _set_rows(self, count: int) -> None:
        """Note births or deaths: views of columns are of the living rows, and made anew when next read."""
        own = vars(self)  # setting attributes takes longer
        own["_n"] = count
        own["changes"] += 1
        self._count_rows()
        for name in own["_read"]:
            own.pop(name, None)
        own["_read"].clear()

    def _count_rows(self) -> None:
        self._lengths.fill(self._n)

    def remove(self, gone: Array) -> None:
        """Drop the rows where ``gone`` is true, keeping the order of the others.

        Raises
        ------
        ValueError
            If it does not say so of every row.
        """
        if len(gone) != self._n:
            raise ValueError(f"{len(gone)} marks for {self._n} rows of {type(self).__name__}")
        staying = _close_ranks(gone, *self._narrow)
        if staying == self._n:
            return
        for wide in self._wide:
            _close_wide_ranks(gone, wide)
        self._set_rows(staying)

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
        found: Array = rows_of(self.id, np.ascontiguousarray(ids))
        return found
