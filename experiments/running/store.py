"""Results of many runs on disk, safe against being killed at any moment, readable by any tool.

Rows flow from the worker to a log, which is on disk before a run counts as completed, from there, some thousand at a
time, to Parquet parts, and in the end to the study's tables. A part is written to a temporary name, flushed, renamed,
and then named in a journal, one line of checksummed JSON. A run is done if a whole frame of a log or a whole line of a
journal has it; anything else in the folder is ignored, and removed by the next sweep. Every writer has names of its
own, so many may write at once and folders can be copied together.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import secrets
import struct
import time
import warnings
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute
from pyarrow import parquet

from microdrama.model.arrays import Array
from microdrama.model.errors import InputError

from ..files import flush, new_file
from .job import Result
from .parts import (
    KINDS,
    Part,
    encoding,
    file_of,
    in_schema,
    joined,
    journal_line,
    named,
    packed,
    ranges,
    streams,
    table_of,
    widest,
)

PART, PART_BYTES = 2048, 16_000_000
"""Runs, or bytes of their tables, at which a log becomes a part."""
WAITING, SECONDS = 256, 0.2
"""How many runs, and how long, wait for others before they are written."""
FEW = 8
"""Small parts, and journals, that are left as they are; more are merged at the next start."""
CELLS, BLOCK = 1_000_000, 65_536
"""Entries of tables in memory, and runs looked up, at a time while reading."""
OPEN, FAILED, OK = 0, 1, 2
"""What is known of a run."""
LITTER = re.compile(
    r"((runs|panel|cells)-[0-9a-f]{8}-\d{5}\.parquet|log-[0-9a-f]{8}\.arrows|\..+\.writing(-[0-9a-f]{8})?|\.inputs-.+)"
)
"""Names of what a sweep writes and, if it is killed, may leave without use."""
_HEAD, _MARK = struct.Struct("<8sQI"), b"microd01"
"""A frame of a log: mark, bytes and CRC-32 of what follows."""


class DamagedError(InputError):
    """A part that is not as it was written."""

    def __init__(self, path: Path, part: Part) -> None:
        super().__init__(f"{path} is damaged: run the sweep again, which repeats its {len(part.ids)} runs")
        self.path, self.part = path, part


class _Index(NamedTuple):
    """Every run once, a good one if any is, in the order of ids: its place among all runs of all parts."""

    ids: Array
    place: Array
    ok: Array
    starts: Array
    """Place of the first run of each part."""


class Store:
    """Runs in a folder.

    Parameters
    ----------
    folder : path
    code : str
        Version of the model that makes the runs to be added.

    Attributes
    ----------
    parts : list of Part
    """

    def __init__(self, folder: str | Path, code: str = "") -> None:
        self.folder, self.code = Path(folder), code
        self.parts: list[Part] = []
        self._lost: list[Part] = []
        self._writer, self._number = secrets.token_hex(4), itertools.count()
        self._log: IO[bytes] | None = None
        self._waiting: list[Result] = []
        self._flushed = time.monotonic()
        self._read_lately: dict[tuple[Any, ...], pa.Table] = {}
        self._read()

    # ------------------------------------------------------------------ reading

    def _read(self) -> None:
        for log in self._all("log-*.arrows"):  # first, as runs go from there to where journals name them
            with contextlib.suppress(FileNotFoundError):  # a sweep at work has just put it into a part
                self.parts += self._frames(log)
        for journal in self._all("journal-*.jsonl"):
            with contextlib.suppress(FileNotFoundError), journal.open("rb") as file:
                for text in file:
                    crc, _, body = text.rstrip(b"\n").partition(b" ")
                    if crc == b"%08x" % zlib.crc32(body):  # else torn: the sweep that wrote it was killed
                        part = Part.of(json.loads(body))
                        (self._lost if self._missing(part) else self.parts).append(part)
        for part in self._lost:
            if count := self._open(part):
                name = self._missing(part)
                warnings.warn(
                    f"{self.folder / name} is missing or cut off: its {count} runs are not done", stacklevel=3
                )

    def _all(self, pattern: str) -> list[Path]:
        return sorted(self.folder.glob(pattern))

    def _open(self, part: Part) -> int:
        """How many of its runs no other part has."""
        return int((self.status(part.ids) == OPEN).sum())

    def _missing(self, part: Part) -> str:
        return next((name for name, (size, _) in part.files.items() if self._size(name) != size), "")

    def _size(self, name: str) -> int:
        path = self.folder / name
        return path.stat().st_size if path.is_file() else -1

    def _frames(self, log: Path) -> Iterator[Part]:
        """What of a log is whole."""
        end = log.stat().st_size
        with log.open("rb") as file:
            while len(head := file.read(_HEAD.size)) == _HEAD.size:
                mark, size, crc = _HEAD.unpack(head)
                start = file.tell()
                if mark != _MARK or start + size > end:
                    return
                if zlib.crc32(body := file.read(size)) == crc:
                    yield self._frame(log.name, (size, crc, start), streams(body))

    def _frame(self, log: str, place: tuple[int, int, int], tables: Mapping[str, pa.Table]) -> Part:
        runs = tables["runs"]
        rows = {kind: np.array(json.loads(table.schema.metadata[b"rows"])) for kind, table in tables.items()}
        ok = np.array(runs["status"].to_pylist()) == "ok"
        code = runs.schema.metadata[b"code"].decode()
        return Part(
            code, {log: place}, packed(runs["run_id"].to_pylist()), ok, {k: rows[k] for k in KINDS if k in rows}
        )

    @cached_property
    def _index(self) -> _Index:
        ids = np.concatenate([np.zeros(0, "S10"), *(part.ids for part in self.parts)])
        ok = np.concatenate([np.zeros(0, bool), *(part.ok for part in self.parts)])
        order = np.argsort(~ok, kind="stable")  # good ones first, then the earlier one
        order = order[np.argsort(ids[order], kind="stable")]
        place = order[np.append(True, ids[order][1:] != ids[order][:-1])[: len(ids)]]
        return _Index(
            ids[place], place.astype("i4"), ok[place], np.cumsum([0, *(len(part.ids) for part in self.parts)])
        )

    def _changed(self) -> None:
        self.__dict__.pop("_index", None)
        self._read_lately.clear()

    def places(self, ids: Array) -> tuple[Array, Array, Array]:
        """Of runs (see :func:`packed`): number of the part that has it, or -1, its row there, and its status."""
        index = self._index
        if not len(index.ids):
            return np.full(len(ids), -1), np.zeros(len(ids), np.int64), np.full(len(ids), OPEN, "i1")
        at = np.minimum(np.searchsorted(index.ids, ids), len(index.ids) - 1)
        there, place = index.ids[at] == ids, index.place[at]
        part = np.searchsorted(index.starts, place, side="right") - 1
        status = np.where(there, np.where(index.ok[at], OK, FAILED), OPEN).astype("i1")
        return np.where(there, part, -1), place - index.starts[part], status

    def status(self, ids: Array) -> Array:
        """Of runs: :data:`OPEN`, :data:`FAILED` or :data:`OK`."""
        return self.places(ids)[2]

    @property
    def done(self) -> dict[str, str]:
        """Status of every completed run, by its id."""
        return {name: "ok" if ok else "failed" for name, ok in zip(named(self._index.ids), self._index.ok)}

    @property
    def codes(self) -> set[str]:
        """Versions of the model that made the runs in the folder."""
        return {part.code for part in self.parts}

    def gather(self, kind: str, ids: Array, columns: Sequence[str] = ()) -> Iterator[tuple[Array, Array, pa.Table]]:
        """Tables of a kind (``"runs"``: the rows) of the runs in their order, some of them in memory at a time.

        Yields
        ------
        (runs,) array, (runs,) array, Table
            Which of the ids, how many rows each has, and the rows; chunks do not depend on how parts were written.

        Raises
        ------
        DamagedError
            If a part is not as it was written.
        """
        some = [ids[at : at + BLOCK] for at in range(0, len(ids), BLOCK)]
        used = {number for block in some for number in np.unique(self.places(block)[0]).tolist() if number >= 0}
        used = {number for number in used if kind == "runs" or kind in self.parts[number].rows}
        schema = self._schema(sorted(used), kind, columns)
        for begin, block in zip(range(0, len(ids), BLOCK), some):
            part, row, _ = self.places(block)
            first, size = np.zeros((2, len(block)), np.int64)
            for number in used.intersection(part.tolist()):
                at = np.flatnonzero(part == number)
                rows = np.ones(len(self.parts[number].ids), int) if kind == "runs" else self.parts[number].rows[kind]
                first[at], size[at] = (np.cumsum(rows) - rows)[row[at]], rows[row[at]]
            having = np.flatnonzero(size)
            chunk = np.cumsum(size[having]) * len(schema) // CELLS
            for at in np.split(having, np.flatnonzero(np.diff(chunk)) + 1) if len(having) else ():
                yield begin + at, size[at], self._chunk(kind, schema, part[at], first[at], size[at])

    def _chunk(self, kind: str, schema: pa.Schema, part: Array, first: Array, size: Array) -> pa.Table:
        """Rows of some runs, in their order: of each its part, the first row there, and how many."""
        order = np.argsort(part, kind="stable")
        pieces = []
        for mine in np.split(order, np.flatnonzero(np.diff(part[order])) + 1):
            table = self._table(self.parts[part[mine[0]]], kind, schema.names)
            pieces.append(in_schema(schema, table.take(ranges(first[mine], size[mine]))))
        found = pa.concat_tables(pieces)
        if len(pieces) == 1:
            return found
        begin = np.empty(len(size), np.int64)
        begin[order] = np.cumsum(size[order]) - size[order]
        return found.take(ranges(begin, size))

    def _schema(self, used: Iterable[int], kind: str, columns: Sequence[str]) -> pa.Schema:
        """Columns that rows in these parts have, in the types that hold all of them."""
        schema = widest(self._schema_of(self.parts[number], kind) for number in used)
        known = {*schema.names}
        return pa.schema([schema.field(name) for name in columns if name in known]) if columns else schema

    def _schema_of(self, part: Part, kind: str) -> pa.Schema:
        if part.in_log:
            return self._tables(part)[kind].schema.remove_metadata()
        path = self.folder / file_of(part, kind)
        try:
            return parquet.read_schema(path).remove_metadata()
        except (OSError, pa.ArrowException):
            raise DamagedError(path, part) from None

    def rows(self, runs: Iterable[str]) -> pa.Table:
        """Rows of those of the runs that are saved, in their order; of a run done twice one, a good one if any is."""
        found = [table for _, _, table in self.gather("runs", packed(runs))]
        return pa.concat_tables(found) if found else pa.table({"run_id": pa.array([], "string")})

    def tables(self, kind: str, runs: Iterable[str]) -> Iterator[tuple[str, pa.Table]]:
        """Tables of a kind of those of the runs that have one, in the order of the runs."""
        names = list(runs)
        for at, size, table in self.gather(kind, packed(names)):
            for run, end, rows in zip(at.tolist(), np.cumsum(size).tolist(), size.tolist()):
                yield names[run], table.slice(end - rows, rows)

    def _table(self, part: Part, kind: str, columns: Sequence[str]) -> pa.Table:
        key = (id(part), kind, *columns)
        if key not in self._read_lately:
            if len(self._read_lately) > 1:
                self._read_lately.pop(next(iter(self._read_lately)))
            if part.in_log:
                table = self._tables(part)[kind]
                known = {*table.column_names}
                table = table.select([name for name in columns if name in known])
            else:
                body = pa.BufferReader(self._whole(part, file_of(part, kind)))
                known = {*parquet.read_schema(body).names}
                table = parquet.read_table(body, columns=[name for name in columns if name in known])
            self._read_lately[key] = table
        return self._read_lately[key]

    def _tables(self, part: Part) -> dict[str, pa.Table]:
        """All tables of a frame."""
        return streams(self._whole(part, next(iter(part.files))))

    def _whole(self, part: Part, name: str) -> bytes:
        """The bytes of a file, or frame, once it is sure that they are as they were written."""
        size, crc, *start = part.files[name]
        try:
            with (self.folder / name).open("rb") as file:
                file.seek(start[0] if start else 0)
                body = file.read(size)
        except OSError:
            body = b""
        if len(body) != size or zlib.crc32(body) != crc:
            raise DamagedError(self.folder / name, part)
        return body

    def damaged(self) -> dict[str, int]:
        """Parts that are missing or not as they were written, and how many runs they take with them."""
        found = {self._missing(part): runs for part in self._lost if (runs := self._open(part))}
        for part in self.parts:
            for name in part.files:
                try:
                    self._whole(part, name)
                except DamagedError:
                    found[name] = len(part.ids)
        return found

    # ------------------------------------------------------------------ writing

    def add(self, row: dict[str, Any], tables: Mapping[str, Any] | None = None) -> int:
        """Keep a run and its tables by kind; returns how many were written on this occasion (:meth:`flush`)."""
        self._waiting.append((row, tables or {}))
        return self.flush() if len(self._waiting) >= WAITING else self.pulse()

    def pulse(self) -> int:
        """Write what has waited for :data:`SECONDS`."""
        return self.flush() if time.monotonic() - self._flushed > SECONDS else 0

    def flush(self) -> int:
        """Write what waits: on disk when this returns; how many runs it was.

        Raises
        ------
        InputError
            If the disk does not take it; runs already saved are safe.
        """
        self._flushed, count = time.monotonic(), len(self._waiting)
        if count:
            rows = [row for row, _ in self._waiting]
            tables = {"runs": table_of(rows).replace_schema_metadata({"code": self.code, "rows": "[]"})}
            for kind in KINDS:
                if own := {
                    number: pa.table(more[kind]) for number, (_, more) in enumerate(self._waiting) if kind in more
                }:
                    each = [own[number].num_rows if number in own else 0 for number in range(count)]
                    tables[kind] = pa.concat_tables(own.values()).replace_schema_metadata({"rows": json.dumps(each)})
            with self._writing():
                self.parts.append(self._append(tables))
            self._waiting.clear()
            self._changed()
            mine = self._mine()
            if sum(len(part.ids) for part in mine) >= PART or sum(part.bytes for part in mine) >= PART_BYTES:
                self.seal()
        return count

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError(
                f"{self.folder}: cannot write results: {error.strerror or error}; {len(self._index.ids)} runs are safe "
                "there"
            ) from error

    def _append(self, tables: Mapping[str, pa.Table]) -> Part:
        """Write a frame to the log; half of one is cut off again."""
        sink = pa.BufferOutputStream()
        for kind, table in tables.items():
            with pa.ipc.new_stream(sink, table.schema.with_metadata(table.schema.metadata | {b"kind": kind})) as stream:
                stream.write_table(table)
        body = sink.getvalue().to_pybytes()
        path = self.folder / f"log-{self._writer}.arrows"
        if self._log is None:
            self._log = path.open("xb", buffering=0)
            flush(self.folder)
        start, crc = self._log.tell(), zlib.crc32(body)
        try:
            _put(self._log, _HEAD.pack(_MARK, len(body), crc) + body)
        except BaseException:
            with contextlib.suppress(OSError):
                self._log.truncate(start)
            self._log.seek(start)
            raise
        return self._frame(path.name, (len(body), crc, start + _HEAD.size), tables)

    def _mine(self) -> list[Part]:
        return [part for part in self.parts if f"log-{self._writer}.arrows" in part.files]

    def seal(self) -> None:
        """Put what is in the log into a part. Raises as :meth:`flush`."""
        if not (mine := self._mine()) or self._log is None:
            return
        with self._writing():
            part = self._merge(mine)
            with (self.folder / f"journal-{self._writer}.jsonl").open("ab", buffering=0) as journal:
                _put(journal, journal_line(part))
            flush(self.folder)
            self._log.close()
            (self.folder / next(iter(mine[0].files))).unlink()
        self._log = None
        self._replace(mine, [part])

    def _replace(self, old: Iterable[Part], new: Iterable[Part]) -> None:
        gone = {*map(id, old)}
        self.parts = [*(part for part in self.parts if id(part) not in gone), *new]
        self._changed()

    def _merge(self, parts: Sequence[Part]) -> Part:
        """Write runs of several parts into one, which no journal names yet."""
        number, files, rows = next(self._number), {}, {}
        for kind in ("runs", *KINDS):
            if having := [part for part in parts if kind == "runs" or kind in part.rows]:
                tables = [self._table(part, kind, self._schema_of(part, kind).names) for part in having]
                name = f"{kind}-{self._writer}-{number:05d}.parquet"
                files[name] = self._write(name, joined(tables))
                if kind != "runs":
                    rows[kind] = np.concatenate([p.rows.get(kind, np.zeros(len(p.ids), np.int64)) for p in parts])
        flush(self.folder)
        ids, ok = (np.concatenate([getattr(part, what) for part in parts]) for what in ("ids", "ok"))
        return Part(parts[0].code, files, ids, ok, rows)

    def _write(self, name: str, table: pa.Table) -> list[int]:
        work = self.folder / f".{name}.writing"
        parquet.write_table(table, work, **encoding(table.schema))
        flush(work)
        work.rename(self.folder / name)
        return [self._size(name), zlib.crc32((self.folder / name).read_bytes())]

    def drop(self, part: Part) -> None:
        """Forget a damaged part: its runs are not done."""
        warnings.warn(f"a part is damaged: its {len(part.ids)} runs are done again", stacklevel=2)
        self._replace([part], [])
        if not part.in_log:
            self._lost.append(part)
            for name in part.files:
                (self.folder / name).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Merge what killed and short-lived sweeps left, and remove what none needs: only with the folder to oneself.

        Raises as :meth:`flush`.
        """
        journals, named_now = self._all("journal-*.jsonl"), {name for part in self.parts for name in part.files}
        alike: dict[tuple[str, ...], list[Part]] = {}
        for part in self.parts:
            if part.in_log or (len(part.ids) < PART // 2 and part.bytes < PART_BYTES // 2):
                alike.setdefault((part.code, *sorted(self._schema_of(part, "runs").names)), []).append(part)
        groups = [group for group in alike.values() if len(group) > FEW or any(part.in_log for part in group)]
        waste = [path for path in self.folder.iterdir() if LITTER.fullmatch(path.name) and path.name not in named_now]
        if not (self._lost or waste or groups or len(journals) > FEW):
            return
        with self._writing():
            for group in groups:
                some = group if len(group) > FEW else [part for part in group if part.in_log]
                self._replace(some, [self._merge(batch) for batch in _batches(some)])
            self._lost.clear()
            with new_file(self.folder / f"journal-{self._writer}.jsonl") as work:
                work.write_bytes(b"".join(map(journal_line, self.parts)))
            flush(self.folder)
            for path in journals:
                path.unlink(missing_ok=True)
            flush(self.folder)
            named_now = {name for part in self.parts for name in part.files}
            for path in self.folder.iterdir():
                if LITTER.fullmatch(path.name) and path.name not in named_now:
                    _remove(path)


def _put(file: IO[bytes], body: bytes) -> None:
    """Write all of it, to disk."""
    rest = memoryview(body)
    while rest:
        rest = rest[file.write(rest) :]
    os.fsync(file.fileno())


def _remove(path: Path) -> None:
    if path.is_dir():
        for inner in path.iterdir():
            inner.unlink()
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def _batches(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Parts to be merged into one of about full size."""
    batch: list[Part] = []
    runs = size = 0
    for part in parts:
        runs, size = runs + len(part.ids), size + part.bytes
        if batch and (runs > PART or size > PART_BYTES):
            yield batch
            batch, runs, size = [], len(part.ids), part.bytes
        batch.append(part)
    if batch:
        yield batch
