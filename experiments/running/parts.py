"""Runs that lie together on disk: what is known of them without reading, and their tables in memory."""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from microdrama.model.arrays import Array

KINDS = ("panel", "cells")
"""Tables that a run may have beside its row: cities month by month, and the grid at the end."""


def packed(names: Iterable[str]) -> Array:
    """Run ids as an array, 10 bytes each."""
    return np.frombuffer(bytes.fromhex("".join(names)), "S10")


def named(ids: Array) -> list[str]:
    """Run ids as they are written."""
    text = ids.tobytes().hex()
    return [text[at : at + 20] for at in range(0, len(text), 20)]


def encoding(schema: pa.Schema) -> dict[str, Any]:
    """How tables are written: small, and quick, as numbers seldom repeat and need no dictionaries."""
    return {"compression": "zstd", "use_dictionary": [f.name for f in schema if pa.types.is_string(f.type)]}


class Part(NamedTuple):
    """Runs that lie together: in Parquet files that a journal names, or in a frame of a log."""

    code: str
    """Version of the model that made them."""
    files: Mapping[str, Sequence[int]]
    """Bytes and CRC-32 by name; of a frame also where it begins."""
    ids: Array
    ok: Array
    rows: Mapping[str, Array]
    """How many each run has in the tables of a kind."""

    @property
    def in_log(self) -> bool:
        """Whether it still has to be put into Parquet files."""
        return len(next(iter(self.files.values()))) > 2

    @property
    def bytes(self) -> int:
        """Size on disk."""
        return sum(size for size, *_ in self.files.values())

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Part:
        """From a line of a journal. Version 0.1 knew panels only."""
        runs = line["runs"]
        tables = line.get("tables", {"panel": line.get("panels", {})})
        rows = {kind: np.array([of.get(run, 0) for run in runs], np.int64) for kind, of in tables.items() if of}
        ok = np.array([status == "ok" for status in runs.values()], bool)
        return cls(line["code"], line["files"], packed(runs), ok, rows)

    @property
    def line(self) -> dict[str, Any]:
        """For a journal."""
        runs = named(self.ids)
        tables = {kind: dict(zip(runs, rows.tolist())) for kind, rows in self.rows.items()}
        status = ["ok" if ok else "failed" for ok in self.ok]
        return {"code": self.code, "files": self.files, "runs": dict(zip(runs, status)), "tables": tables}


def journal_line(part: Part) -> bytes:
    """Of a journal; whole even after a torn one."""
    body = json.dumps(part.line).encode()
    return b"\n%08x %b\n" % (zlib.crc32(body), body)


def file_of(part: Part, kind: str) -> str:
    return next(name for name in part.files if name.startswith(kind))


def streams(body: bytes) -> dict[str, pa.Table]:
    """Tables of a frame by kind."""
    tables, rest = {}, pa.BufferReader(body)
    while rest.tell() < len(body):
        table = pa.ipc.open_stream(rest).read_all()
        tables[table.schema.metadata[b"kind"].decode()] = table
    return tables


def table_of(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    if len({tuple(row) for row in rows}) == 1:  # the usual case, and much the quickest
        return pa.table(dict(zip(rows[0], map(_column, zip(*(row.values() for row in rows))))))
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: _column([row.get(name) for row in rows]) for name in names})


def _column(values: Sequence[Any]) -> pa.Array:
    """Values as they are, or, if they are of several kinds or cannot be saved, as text."""
    try:
        return pa.array(values)
    except (pa.ArrowException, TypeError, OverflowError, UnicodeError):
        return pa.array([None if v is None else str(v).encode("utf-8", "backslashreplace").decode() for v in values])


def widest(schemas: Iterable[pa.Schema]) -> pa.Schema:
    """All columns, each in the type that holds what it is anywhere: whole numbers, numbers, else text."""
    types: dict[str, set[pa.DataType]] = {}
    for field in itertools.chain.from_iterable(schemas):
        types.setdefault(field.name, set()).add(field.type)
    wide = {}
    for name, kinds in types.items():
        some = kinds - {pa.null()} or {pa.null()}
        both = pa.float64() if some == {pa.int64(), pa.float64()} else pa.string()
        wide[name] = next(iter(some)) if len(some) == 1 else both
    return pa.schema(wide.items())


def in_schema(schema: pa.Schema, table: pa.Table) -> pa.Table:
    """With all columns of a schema, in its types."""
    table = table.replace_schema_metadata()
    if table.schema.equals(schema):
        return table
    own = dict(zip(table.column_names, table.columns))
    none = pa.nulls(table.num_rows)
    return pa.table([own.get(f.name, none).cast(f.type, safe=False) for f in schema], schema=schema)


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    schema = widest(table.schema for table in tables)
    return pa.concat_tables([in_schema(schema, table) for table in tables]).combine_chunks()


def ranges(first: Array, size: Array) -> Array:
    """Numbers from each first on, so many."""
    return np.repeat(first - (np.cumsum(size) - size), size) + np.arange(size.sum())
