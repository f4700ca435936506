"""Tidy tables: one row an observation under a declared unique key, months as dates, categories as categories."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from microdrama.model.accounts.ledger import FLOWS, SECTORS
from microdrama.model.categories import BALANCE_ITEMS, CASTINGS, GENRES, MODES, ROLES
from microdrama.model.errors import InputError
from microdrama.model.inputs.market import shipped_platforms

from ..outcomes import WEIGHTS
from .origins import made_by
from .sources import KEYS, SORTED, TITLES, Results, Source
from .variables import Kind, Variable, check_order, numbers_of, short_names

TEXTS = {
    "run_id",
    "fingerprint",
    "commit",
    "versions",
    "host",
    "name",
    "name_zh",
    "sources",
    "source",
    "meaning",
    "allowed",
    "value",
    "default",
    "parameter",
    "unit",
    "error",
}
"""Columns whose entries are not out of a few."""
ORDERS: dict[str, tuple[str, ...]] = {
    "flow": tuple(FLOWS),
    "payer": tuple(SECTORS),
    "payee": tuple(SECTORS),
    "sector": tuple(SECTORS),
    "instrument": tuple(BALANCE_ITEMS),
    "role": ROLES,
    "mode": MODES,
    "genre": GENRES,
    "casting": CASTINGS,
    "weight": tuple(WEIGHTS),
}
"""Order of categories that have one of their own; the others are in alphabetical order."""
SAID: dict[str, dict[str, str]] = {
    "flow": {name: flow.meaning for name, flow in FLOWS.items()},
    "payer": SECTORS,
    "payee": SECTORS,
    "sector": SECTORS,
    "instrument": BALANCE_ITEMS,
    "weight": WEIGHTS,
}
IF_MISSING: dict[Kind, str] = {
    "number": "not defined: nothing there to measure in the period",
    "date": "before the start, or not yet",
    "category": "none",
    "text": "none",
    "integer": "none",
}
ALL = "all"
"""City of what is measured over all of them."""

type Make = Callable[[pa.Table], pa.Array]


@dataclass
class Tidy:
    """A table ready to be written."""

    name: str
    key: tuple[str, ...]
    variables: list[Variable]
    rows: int | None
    """None if it is known only in the end."""
    blocks: Callable[[], Iterator[list[pa.Array]]]
    """Makes rows, some at a time, as one array for each variable."""
    title: str = ""
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        short = short_names(v.name for v in self.variables)
        for v in self.variables:
            v.short = short[v.name]

    def variable(self, name: str) -> Variable:
        """A variable by its name."""
        return next(v for v in self.variables if v.name == name)

    def checked(self) -> Iterator[list[pa.Array]]:
        """The rows, while variables take note of them and the order by a unique key is checked.

        Raises
        ------
        InputError
            If two rows have the same key or are out of order.
        """
        names = [v.name for v in self.variables]
        places, before = [names.index(name) for name in self.key], None
        for block in self.blocks():
            for variable, values in zip(self.variables, block, strict=True):
                variable.take_note(values)
            keys = [_key(block[i], self.variables[i].kind) for i in places]
            ordered, before = check_order(keys, before)
            if not ordered:
                raise InputError(
                    f"table '{self.name}': rows are not unique or not in order by {', '.join(self.key)}; "
                    "the results are damaged"
                )
            yield block


def _key(values: pa.Array, kind: Kind) -> Any:
    """Values that order rows; what is missing comes last, as in Stata."""
    if values.null_count:
        values = (values.indices if kind == "category" else values.cast(pa.int32())).fill_null(2**31 - 1)
    return numbers_of(values, kind if values.type != pa.int32() else "integer")


def tidy(source: Source, results: Results) -> Tidy:
    """A table as it was left, made tidy; reads words, texts and whole numbers once to know their ranges."""
    plan = [entry for name in source.fields for entry in _plan(source, name)]
    variables = [variable for variable, _ in plan]
    _survey(source, variables)

    def blocks() -> Iterator[list[pa.Array]]:
        parts = source.blocks()
        if source.name in SORTED:
            parts = iter([pa.concat_tables(parts)])
        for part in parts:
            block = [_typed(make(part), variable) for variable, make in plan]
            yield _sorted(block, variables, key) if source.name in SORTED else block

    key = tuple("date" if name == "month" else name for name in KEYS[source.name])
    return Tidy(source.name, key, variables, source.rows, blocks, f"{results.title}: {TITLES[source.name]}")


def _plan(source: Source, name: str) -> list[tuple[Variable, Make]]:
    """Variables made of a column, and how."""
    kind, unit, meaning = source.fields[name]
    origin = made_by(source.name, name)
    if name == "month":
        return [
            (
                Variable("date", "date", "first day of the month", unit="date", made_by=origin),
                lambda t: _dates(t[name]),
            ),
            (Variable("year", "integer", "year", low=1900, high=2999), lambda t: pc.year(_dates(t[name]))),
            (Variable("month", "integer", "month of the year", low=1, high=12), lambda t: pc.month(_dates(t[name]))),
        ]
    v = Variable(
        name,
        _kind(name, kind, unit),
        meaning,
        unit,
        origin,
        source.where_from.get(name, ""),
        source.limits.get(name, ""),
    )
    v.if_missing = IF_MISSING.get(v.kind, "")
    if v.kind == "date":
        return [(v, lambda t: _dates(t[name]))]
    made: list[tuple[Variable, Make]] = [(v, lambda t: t[name].combine_chunks())]
    if name == "platform" and pa.types.is_integer(kind):
        names = pa.array(shipped_platforms().names)
        v.kind, v.unit = "category", ""
        made = [(v, lambda t: names.take(t[name].combine_chunks()))]
    if name == "fen":
        in_yuan = Variable("yuan", "number", meaning, "yuan", origin)
        made.append((in_yuan, lambda t: pc.divide(t["fen"].combine_chunks().cast(pa.float64()), 100.0)))
    return made


def _kind(name: str, kind: pa.DataType, unit: str) -> Kind:
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_floating(kind):
        return "number"
    return "date" if unit == "YYYY-MM" else "text" if name in TEXTS else "category"


def _dates(months: pa.ChunkedArray) -> pa.Array:
    """First days of months written YYYY-MM; nothing where there is none."""
    words = pc.dictionary_encode(months.combine_chunks())
    days = [datetime.date.fromisoformat(f"{word}-01") if word else None for word in words.dictionary.to_pylist()]
    return pa.array(days, pa.date32()).take(words.indices)


def _typed(values: Any, v: Variable) -> pa.Array:
    """Values in the type of their variable; what is not a number, and empty words, as missing."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if v.kind == "number":
        values = values.cast(pa.float64())
        return pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)
    if v.kind == "category":
        if v.name == "city" and ALL in v.words:
            values = pc.if_else(pc.equal(values, ""), ALL, values)
        at = pc.index_in(values, pa.array(v.words, pa.string()))
        return pa.DictionaryArray.from_arrays(at, pa.array(v.words, pa.string()))
    if v.kind == "text":
        return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values.cast(pa.string()))
    return values.cast(v.arrow_type)


def _survey(source: Source, variables: list[Variable]) -> None:
    """Words of categories, and ranges of whole numbers and texts."""
    words: dict[str, set[str]] = {v.name: set() for v in variables if v.kind == "category"}
    wanted = [v for v in variables if v.kind in ("category", "integer", "text") and v.name not in ("year", "month")]
    for part in source.blocks([v.name for v in wanted]) if wanted else ():
        for v in wanted:
            values = part[v.name]
            if v.kind == "category" and v.name == "platform" and pa.types.is_integer(values.type):
                words[v.name] |= {shipped_platforms().names[i] for i in pc.unique(values).to_pylist()}
            elif v.kind == "category":
                words[v.name] |= {*pc.unique(values).to_pylist()}
            elif v.kind == "integer" and len(values):
                ends = pc.min_max(values)
                v.low, v.high = min(v.low, ends["min"].as_py()), max(v.high, ends["max"].as_py())
            elif v.kind == "text":
                v.high = max(v.high, pc.max(pc.binary_length(values)).as_py() or 0)
    for v in variables:
        if v.kind == "category":
            found = {word for word in words[v.name] if word}
            if v.name == "city" and source.name == "measures":
                found.add(ALL)
            order = ORDERS.get(v.name, ())
            v.words = (*(word for word in order if word in found), *sorted(found - {*order}))
            v.said = SAID.get(v.name, {})


def _sorted(block: list[pa.Array], variables: list[Variable], key: tuple[str, ...]) -> list[pa.Array]:
    names = [v.name for v in variables]
    keys = [_key(block[names.index(name)], variables[names.index(name)].kind) for name in key]
    if any(k.dtype.kind == "O" for k in keys):
        keys = [np.unique(k.astype(str), return_inverse=True)[1] if k.dtype.kind == "O" else k for k in keys]
    order = pa.array(np.lexsort(keys[::-1]))
    return [values.take(order) for values in block]
