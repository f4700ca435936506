"""Results of many runs on disk, safe against being killed at any moment, readable by any tool.

A folder of Parquet parts, each written to a temporary name, flushed and renamed, and then named in a journal, one line
of checksummed JSON. A run is done if a whole line of a journal names it; anything else in the folder is ignored. Every
writer has a journal and names of its own, so many may write at once and folders can be copied together.
"""

import json
import os
import secrets
import tempfile
import time
import warnings
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute
from pyarrow import parquet

from microdrama.model.errors import InputError

from ..files import flush
from .job import Result

BATCH, SECONDS = 32, 10.0
"""Runs to a part, and how long a run waits for others at most."""
KEPT = 16
"""Parts with tables held in memory while reading."""
KINDS = ("panel", "cells")
"""Tables that a run may have beside its row: cities month by month, and the grid at the end."""


def encoding(schema: pa.Schema) -> dict[str, Any]:
    """How tables are written: small, and quick, as numbers seldom repeat and need no dictionaries."""
    return {"compression": "zstd", "use_dictionary": [f.name for f in schema if pa.types.is_string(f.type)]}


class Store:
    """Runs in a folder.

    Parameters
    ----------
    folder : path
    code : str
        Version of the model that makes the runs to be added.

    Attributes
    ----------
    done : dict of str to str
        Status of every completed run, by its id.
    """

    def __init__(self, folder: str | Path, code: str = "") -> None:
        self.folder, self.code = Path(folder), code
        self.done: dict[str, str] = {}
        self._lines: list[dict[str, Any]] = []
        self._found: dict[str, int] = {}
        self._flushed = time.monotonic()
        self._writer, self._parts = secrets.token_hex(4), 0
        self._waiting: list[Result] = []
        self._read()

    def _read(self) -> None:
        for journal in sorted(self.folder.glob("journal-*.jsonl")):
            for text in journal.read_text(encoding="utf-8", errors="replace").splitlines():
                crc, _, body = text.partition(" ")
                if crc != f"{zlib.crc32(body.encode()):08x}":
                    continue  # torn: the run that wrote it was killed
                line = json.loads(body)
                if wrong := [name for name, (size, _) in line["files"].items() if self._size(name) != size]:
                    warnings.warn(
                        f"{self.folder / wrong[0]} is missing or cut off: its {len(line['runs'])} runs are not done",
                        stacklevel=3,
                    )
                    continue
                self._know(line)

    def _size(self, name: str) -> int:
        path = self.folder / name
        return path.stat().st_size if path.is_file() else -1

    def _crc(self, name: str) -> int:
        return zlib.crc32((self.folder / name).read_bytes())

    def _know(self, line: dict[str, Any]) -> None:
        self._lines.append(line)
        for run, status in line["runs"].items():
            if self.done.get(run) != "ok":
                self.done[run], self._found[run] = status, len(self._lines) - 1

    @property
    def codes(self) -> set[str]:
        """Versions of the model that made the runs in the folder."""
        return {line["code"] for line in self._lines}

    def check(self) -> None:
        """See that the folder, made if need be, can be written to.

        Raises
        ------
        InputError
            If it cannot.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            raise InputError(f"{self.folder}: cannot write results there: {error.strerror or error}") from None

    def add(self, row: dict[str, Any], tables: Mapping[str, Any] | None = None) -> None:
        """Keep a run and its tables by kind; safe once :meth:`flush` was called, as happens by itself now and then."""
        self._waiting.append((row, tables or {}))
        if len(self._waiting) >= BATCH or time.monotonic() - self._flushed > SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what waits.

        Raises
        ------
        InputError
            If the disk does not take it; runs already saved are safe.
        """
        self._flushed = time.monotonic()
        if not self._waiting:
            return
        rows = [row for row, _ in self._waiting]
        names = dict.fromkeys(name for row in rows for name in row)
        parts = {"runs": pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})}
        rows_of: dict[str, dict[str, int]] = {}
        for kind in KINDS:
            tables = {row["run_id"]: pa.table(own[kind]) for row, own in self._waiting if kind in own}
            rows_of[kind] = {run: table.num_rows for run, table in tables.items()}
            if tables:
                parts[kind] = pa.concat_tables(tables.values())
        try:
            files = dict(self._write(kind, table) for kind, table in parts.items())
            flush(self.folder)
            line = {
                "code": self.code,
                "files": files,
                "runs": {row["run_id"]: row["status"] for row in rows},
                "tables": rows_of,
            }
            body = json.dumps(line)
            with (self.folder / f"journal-{self._writer}.jsonl").open("a", encoding="utf-8") as journal:
                journal.write(f"\n{zlib.crc32(body.encode()):08x} {body}\n")  # whole, even after a torn one
                journal.flush()
                os.fsync(journal.fileno())
        except OSError as error:
            raise InputError(
                f"{self.folder}: cannot write results: {error.strerror or error}; {len(self.done)} runs are safe there"
            ) from error
        self._parts += 1
        self._waiting.clear()
        self._know(line)

    def _write(self, kind: str, table: pa.Table) -> tuple[str, list[int]]:
        name = f"{kind}-{self._writer}-{self._parts:05d}.parquet"
        work = self.folder / f".{name}.writing"
        parquet.write_table(table, work, **encoding(table.schema))
        flush(work)
        work.rename(self.folder / name)
        return name, [self._size(name), self._crc(name)]

    def rows(self, runs: Iterable[str]) -> pa.Table:
        """Rows of those of the runs that are saved; of a run done twice one row, a good one if any is."""
        wanted = set(runs)
        parts = [pa.table({"run_id": pa.array([], "string")})]
        for number, line in enumerate(self._lines):
            mine = [run for run in line["runs"] if run in wanted and self._found[run] == number]
            if mine:
                table = self._part(line, "runs")
                parts.append(table.filter(pa.compute.is_in(table["run_id"], pa.array(mine))))
        return pa.concat_tables(parts, promote_options="permissive")

    def tables(self, kind: str, runs: Iterable[str]) -> Iterator[tuple[str, pa.Table]]:
        """Tables of a kind of those of the runs that have one, in the order of the runs, a few parts in memory at a
        time.
        """
        places: dict[str, tuple[int, int, int]] = {}
        for number, line in enumerate(self._lines):
            first = 0
            for run, rows in _rows_of(line, kind).items():
                if self._found[run] == number:
                    places[run] = number, first, rows
                first += rows
        parts: dict[int, pa.Table] = {}
        for run in runs:
            if run not in places:
                continue
            number, first, rows = places[run]
            if number not in parts:
                if len(parts) == KEPT:
                    parts.pop(next(iter(parts)))
                parts[number] = self._part(self._lines[number], kind)
            yield run, parts[number].slice(first, rows)

    def _part(self, line: dict[str, Any], kind: str) -> pa.Table:
        name = next(name for name in line["files"] if name.startswith(kind))
        if self._crc(name) != line["files"][name][1]:
            raise InputError(f"{self.folder / name} is damaged: delete it, and the same command does its runs again")
        return parquet.read_table(self.folder / name)


def _rows_of(line: Mapping[str, Any], kind: str) -> Mapping[str, int]:
    """Rows by run of the tables of a kind in a part; version 0.1 knew panels only."""
    return line["tables"].get(kind, {}) if "tables" in line else line["panels"] if kind == "panel" else {}
