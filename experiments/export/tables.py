"""Tidy tables: one row an observation under a declared unique key, months as dates, categories as categories."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
from .catalogue import TABLES, made_by
from .formats import PLAIN, CsvStyle
from .sources import Results, Source
from .variables import Kind, Variable, short_names

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
WORDS: dict[str, Mapping[str, str]] = {
    "flow": {name: flow.meaning for name, flow in FLOWS.items()},
    **dict.fromkeys(("payer", "payee", "sector"), SECTORS),
    "instrument": BALANCE_ITEMS,
    "weight": WEIGHTS,
    "role": dict.fromkeys(ROLES, ""),
    "mode": dict.fromkeys(MODES, ""),
    "genre": dict.fromkeys(GENRES, ""),
    "casting": dict.fromkeys(CASTINGS, ""),
}
"""Words of categories in an order of their own, with their meaning; others are in alphabetical order."""
IF_MISSING = {
    "number": "not defined: nothing there to measure in the period",
    "date": "before the start, or not yet",
    "boolean": "",
}
"""What it means, by kind, that a value is missing; that there is none for the others."""
NOBODY = {
    ("studios", "parent"): "none: its founder left no studio",
    ("bases", "mall_id"): "none: purpose-built, or it stood before 2021",
    ("series", "publisher"): "none: it sells no novel",
    ("funds", "city"): "none: a private fund is bound to no city",
    ("studios", "private_fund"): "none: no private fund holds a stake",
    ("studios", "state_fund"): "none: no state fund holds a stake",
    ("studios", "mandate_city"): "none: it promised no city to spend there",
    ("pairs", "start"): "none: the city is never treated",
    ("platforms", "city"): "none: headquarters outside the table of cities",
}
"""Columns that name somebody, and what it means that they do not: 0 or -1 in the model, missing in every format."""
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
    files: list[str] = field(default_factory=list)
    """Names of those that have it."""
    style: CsvStyle = PLAIN

    def __post_init__(self) -> None:
        short = short_names(v.name for v in self.variables)
        for v in self.variables:
            v.short = short[v.name]

    def keys(self, block: list[pa.Array]) -> pa.Table:
        """What orders some rows: categories by their codes, what is missing last, as in Stata."""
        columns = {v.name: values for v, values in zip(self.variables, block, strict=True)}
        keys = [columns[name] for name in self.key]
        return pa.table([k.indices if pa.types.is_dictionary(k.type) else k for k in keys], self.key)

    def order(self, keys: pa.Table) -> pa.Array:
        """Places of rows in the order of their keys."""
        return pc.sort_indices(keys, [(name, "ascending") for name in self.key])

    def checked(self) -> Iterator[list[pa.Array]]:
        """The rows, while variables take note of them and the order by a unique key is checked.

        Raises
        ------
        InputError
            If two rows have the same key or are out of order.
        """
        last: list[pa.Table] = []
        for block in self.blocks():
            for variable, values in zip(self.variables, block, strict=True):
                variable.take_note(values)
            keys = pa.concat_tables([*last, self.keys(block)])
            ordered = (self.order(keys).to_numpy() == np.arange(len(keys))).all()
            if not ordered or keys.group_by(list(self.key)).aggregate([]).num_rows < len(keys):
                raise InputError(
                    f"table '{self.name}': rows are not unique or not in order by {', '.join(self.key)}; "
                    "the results are damaged"
                )
            last = [keys.slice(len(keys) - 1)]
            yield block


def tidy(source: Source, results: Results) -> Tidy:
    """A table as it was left, made tidy; reads words, texts and whole numbers once to know their ranges."""
    about, plan = TABLES[source.name], [entry for field in source.schema for entry in _plan(source.name, field)]
    _survey(source, plan)

    def blocks() -> Iterator[list[pa.Array]]:
        for part in source.blocks() if about.in_order else [pa.concat_tables(source.blocks())]:
            block = [_typed(make(part), variable) for variable, make in plan]
            if not about.in_order:
                order = table.order(table.keys(block))
                block = [values.take(order) for values in block]
            yield block

    title = f"{results.title}: {about.title}"
    table = Tidy(source.name, about.key, [variable for variable, _ in plan], source.rows, blocks, title)
    return table


def _plan(table: str, column: pa.Field) -> list[tuple[Variable, Make]]:
    """Variables made of a column, and how."""
    name, said = column.name, {key.decode(): value.decode() for key, value in (column.metadata or {}).items()}
    unit, meaning, origin = said.get("unit", ""), said.get("meaning", name.replace("_", " ")), made_by(table, name)
    if name == "month":
        return [
            (Variable("date", "date", "first day of the month", "date", origin), lambda t: _dates(t[name])),
            (Variable("year", "integer", "year", low=1900, high=2999), lambda t: pc.year(_dates(t[name]))),
            (Variable("month", "integer", "month of the year", low=1, high=12), lambda t: pc.month(_dates(t[name]))),
        ]
    v = Variable(name, _kind(column, unit), meaning, unit, origin, said.get("source", ""), said.get("allowed", ""))
    v.if_missing = NOBODY.get((table, name), IF_MISSING.get(v.kind, "none"))
    if v.kind == "date":
        return [(v, lambda t: _dates(t[name]))]
    if name == "platform" and v.kind == "integer":
        names, v.kind, v.unit = pa.array(shipped_platforms().names), "category", ""
        return [(v, lambda t: names.take(t[name].combine_chunks()))]
    made: list[tuple[Variable, Make]] = [(v, lambda t: t[name])]
    if (table, name) in NOBODY and v.kind == "integer":
        none = -1 if name == "publisher" else 0
        return [(v, lambda t: pc.if_else(pc.equal(t[name], none), None, t[name]))]
    if name == "fen":
        yuan = Variable("yuan", "number", meaning, "yuan", origin)
        made.append((yuan, lambda t: pc.divide(t["fen"].cast(pa.float64()), 100.0)))
    return made


def _kind(column: pa.Field, unit: str) -> Kind:
    if pa.types.is_boolean(column.type):
        return "boolean"
    if pa.types.is_integer(column.type):
        return "integer"
    if pa.types.is_floating(column.type):
        return "number"
    return "date" if unit == "YYYY-MM" else "text" if column.name in TEXTS else "category"


def _dates(months: pa.ChunkedArray) -> pa.ChunkedArray:
    """First days of months written YYYY-MM; nothing where there is none."""
    days = pc.binary_join_element_wise(months, "01", "-")
    return pc.if_else(pc.equal(months, ""), None, days).cast(pa.date32())


def _typed(values: Any, v: Variable) -> pa.Array:
    """Values in the type of their variable; what is not a number, and empty words, as missing."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if v.kind == "number":
        values = values.cast(pa.float64())
        return pc.if_else(pc.is_nan(values), None, values)
    if v.kind == "category":
        if v.name == "city" and ALL in v.words:
            values = pc.if_else(pc.equal(values, ""), ALL, values)
        words = pa.array(v.words, pa.string())
        return pa.DictionaryArray.from_arrays(pc.index_in(values, words), words)
    if v.kind == "text":
        return pc.if_else(pc.equal(values, ""), None, values.cast(pa.string()))
    return values.cast(v.arrow_type)


def _survey(source: Source, plan: list[tuple[Variable, Make]]) -> None:
    """Words of categories, and ranges of whole numbers and texts."""
    words: dict[str, set[str]] = {v.name: set() for v, _ in plan if v.kind == "category"}
    wanted = {v.name: (v, make) for v, make in plan if v.kind in ("category", "integer", "text") and not v.high}
    for part in source.blocks(wanted) if wanted else ():
        for v, make in wanted.values():
            values = make(part)
            if v.kind == "category":
                words[v.name] |= {*pc.unique(values).to_pylist()} - {"", None}
            elif v.kind == "integer" and values.null_count < len(values):
                low, high = pc.min_max(values).values()
                v.low, v.high = min(v.low, low.as_py()), max(v.high, high.as_py())
            elif v.kind == "text":
                v.high = max(v.high, pc.max(pc.binary_length(values)).as_py() or 0)
    if source.name == "measures":
        words["city"].add(ALL)
    for v, _ in plan:
        if v.kind == "category":
            known = WORDS.get(v.name, {})
            v.words = (*(word for word in known if word in words[v.name]), *sorted(words[v.name] - {*known}))
            v.said = known if any(known.values()) else {}
