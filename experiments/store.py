"""Results of many runs on disk, safe against being killed at any moment, readable by any tool.

A folder of Parquet parts, each written to a temporary name, flushed and renamed, and then named in a journal, one line
of checksummed JSON. A run is done if a whole line of a journal names it; anything else in the folder is ignored. Every
writer has a journal and names of its own, so many may write at once and folders can be copied together.
"""

from __future__ import annotations

import json
import os
import secrets
import time
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute
from pyarrow import parquet

from model.errors import InputError

from .output import _flush

BATCH, SECONDS = 32, 10.0
"""Runs to a part, and how long a run waits for others at most."""


class Store:
    """Runs in a folder.

    Attributes
    ----------
    done : dict of str to str
        Status of every run on record, by its id.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.done: dict[str, str] = {}
        self._lines: list[dict[str, Any]] = []
        self._found: dict[str, int] = {}
        self._flushed = time.monotonic()
        self._writer, self._parts = secrets.token_hex(4), 0
        self._waiting: list[tuple[dict[str, Any], Mapping[str, Any] | None]] = []
        self._read()

    def _read(self) -> None:
        for journal in sorted(self.folder.glob("journal-*.jsonl")):
            for text in journal.read_text(encoding="utf-8", errors="replace").splitlines():
                crc, _, body = text.partition(" ")
                if crc != f"{zlib.crc32(body.encode()):08x}":
                    continue  # torn: the run that wrote it was killed
                line = json.loads(body)
                missing = [name for name in line["files"] if not (self.folder / name).is_file()]
                if missing:
                    raise InputError(f"{self.folder / missing[0]} is missing: {journal.name} says that it was written")
                self._know(line)

    def _know(self, line: dict[str, Any]) -> None:
        self._lines.append(line)
        for run, status in line["runs"].items():
            if self.done.get(run) != "ok":
                self.done[run], self._found[run] = status, len(self._lines) - 1

    @property
    def codes(self) -> set[str]:
        """Versions of the model that made the runs on record."""
        return {line["code"] for line in self._lines}

    def add(self, row: dict[str, Any], panel: Mapping[str, Any] | None, code: str) -> None:
        """Keep a run; it is safe once :meth:`flush` was called, which happens by itself now and then."""
        self._waiting.append((row, panel))
        self._code = code
        if len(self._waiting) >= BATCH or time.monotonic() - self._flushed > SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what waits.

        Raises
        ------
        InputError
            If the disk does not take it; runs already on record are safe.
        """
        self._flushed = time.monotonic()
        if not self._waiting:
            return
        rows, panels = [row for row, _ in self._waiting], [panel for _, panel in self._waiting if panel]
        names = dict.fromkeys(name for row in rows for name in row)
        tables = {"runs": pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})}
        if panels:
            tables["panel"] = pa.concat_tables([pa.table(dict(panel)) for panel in panels])
        files = []
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for kind, table in tables.items():
                name = f"{kind}-{self._writer}-{self._parts:05d}.parquet"
                work = self.folder / f".{name}.writing"
                parquet.write_table(table, work, compression="zstd")
                _flush(work)
                work.rename(self.folder / name)
                files.append(name)
            _flush(self.folder)
            line = {"code": self._code, "files": files, "runs": {row["run_id"]: row["status"] for row in rows}}
            body = json.dumps(line)
            with (self.folder / f"journal-{self._writer}.jsonl").open("a", encoding="utf-8") as journal:
                journal.write(f"{zlib.crc32(body.encode()):08x} {body}\n")
                journal.flush()
                os.fsync(journal.fileno())
        except OSError as error:
            raise InputError(
                f"{self.folder}: cannot write results: {error.strerror or error}; {len(self.done)} runs are safe there"
            ) from error
        self._parts += 1
        self._waiting.clear()
        self._know(line)

    def table(self, kind: str, runs: Iterable[str] | None = None) -> pa.Table:
        """All rows of ``runs`` or ``panel``; of a run that was done twice those of one record, a good one if any is."""
        wanted = set(self.done if runs is None else runs)
        parts = [pa.table({"run_id": pa.array([], "string")})]
        for number, line in enumerate(self._lines):
            mine = [run for run in line["runs"] if run in wanted and self._found[run] == number]
            names = [name for name in line["files"] if name.startswith(f"{kind}-")]
            if mine and names:
                part = parquet.read_table(self.folder / names[0])
                parts.append(part.filter(pa.compute.is_in(part["run_id"], pa.array(mine))))
        return pa.concat_tables(parts, promote_options="permissive")
