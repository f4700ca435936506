"""Stata files (.dta, release 118: Stata 14 and later), written row by row in bounded memory.

Common libraries need the whole table in memory, and leave out notes, sort order and Stata's extended missing values;
so this is the format as Stata documents it (``help dta``), read back in tests by two other implementations. Infinity,
which Stata lacks, becomes ``.a`` (+) or ``.b`` (-).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from microdrama.model.arrays import Array

BYTE, INT, LONG, DOUBLE = 65530, 65529, 65528, 65526
"""Types of numbers as the file names them; 1 to 2045 are texts of so many bytes."""
LONGEST_TEXT, LONGEST_NAME, LONGEST_LABEL = 2045, 32, 80
DTYPES = {BYTE: "<i1", INT: "<i2", LONG: "<i4", DOUBLE: "<f8"}
LARGEST = {BYTE: 100, INT: 32740, LONG: 2147483620}
"""Integers above these say what is missing."""
MISSING = {BYTE: 101, INT: 32741, LONG: 2147483621}
_NONE, _UP, _DOWN = (np.array([0x7FE0000000000000 + (step << 40)], "<u8").view("<f8")[0] for step in (0, 1, 2))
EXACT = 2**53
"""Whole numbers up to here survive as a double."""
TIMESTAMP = b"01 Jan 2021 00:00"
"""The same bytes whenever a file is written."""


class Column(NamedTuple):
    """A variable of a Stata file."""

    name: str
    type: int
    format: str
    label: str
    notes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    """Words for the values 0, 1, 2, ..."""


def integer_type(low: int, high: int) -> int:
    """Smallest type that holds all whole numbers from ``low`` to ``high``, 0 if none does exactly."""
    for kind, largest in LARGEST.items():
        if -largest <= low and high <= largest:
            return kind
    return DOUBLE if low >= -EXACT and high <= EXACT else 0


class Writer:
    """A .dta file that takes rows in blocks.

    Parameters
    ----------
    path : Path
    columns : sequence of Column
    label : str
        Of the data set.
    sorted_by : sequence of int
        Positions of the columns by which rows are sorted.
    notes : sequence of str
        About the data set.
    """

    def __init__(
        self,
        path: Path,
        columns: Sequence[Column],
        label: str = "",
        *,
        sorted_by: Sequence[int] = (),
        notes: Sequence[str] = (),
    ) -> None:
        self.columns, self.rows = list(columns), 0
        self._row = np.dtype([(c.name, DTYPES.get(c.type, f"S{c.type}")) for c in self.columns])
        self._sorted, self._label, self._notes = sorted_by, label, notes
        self._file: BinaryIO = path.open("w+b")
        self._map: list[int] = []
        try:
            self._head()
        except BaseException:
            self._file.close()
            raise

    def _text(self, text: str, size: int) -> bytes:
        return text.encode()[: size - 1].ljust(size, b"\0")

    def _part(self, tag: str, content: bytes) -> None:
        self._map.append(self._file.tell())
        self._file.write(f"<{tag}>".encode() + content + f"</{tag}>".encode())

    def _head(self) -> None:
        columns, file = self.columns, self._file
        label = self._label[:LONGEST_LABEL].encode()
        self._map.append(0)
        file.write(b"<stata_dta><header><release>118</release><byteorder>LSF</byteorder>")
        file.write(b"<K>" + struct.pack("<H", len(columns)) + b"</K><N>")
        self._count = file.tell()
        file.write(struct.pack("<Q", 0) + b"</N><label>" + struct.pack("<H", len(label)) + label + b"</label>")
        file.write(b"<timestamp>" + struct.pack("B", len(TIMESTAMP)) + TIMESTAMP + b"</timestamp></header>")
        self._part("map", bytes(14 * 8))
        self._part("variable_types", struct.pack(f"<{len(columns)}H", *(c.type for c in columns)))
        self._part("varnames", b"".join(self._text(c.name, 129) for c in columns))
        order = [i + 1 for i in self._sorted] + [0] * (len(columns) + 1 - len(self._sorted))
        self._part("sortlist", struct.pack(f"<{len(order)}H", *order))
        self._part("formats", b"".join(self._text(c.format, 57) for c in columns))
        self._part("value_label_names", b"".join(self._text(c.name if c.labels else "", 129) for c in columns))
        self._part("variable_labels", b"".join(self._text(c.label[:LONGEST_LABEL], 321) for c in columns))
        noted = [("_dta", self._notes), *((c.name, c.notes) for c in columns)]
        self._part("characteristics", b"".join(self._characteristics(name, notes) for name, notes in noted if notes))
        self._map.append(file.tell())
        file.write(b"<data>")

    def _characteristics(self, name: str, notes: Sequence[str]) -> bytes:
        entries = [("note0", str(len(notes))), *((f"note{i}", text) for i, text in enumerate(notes, 1))]
        parts = []
        for key, text in entries:
            body = self._text(name, 129) + self._text(key, 129) + text.encode() + b"\0"
            parts.append(b"<ch>" + struct.pack("<I", len(body)) + body + b"</ch>")
        return b"".join(parts)

    def write(self, values: Sequence[Array]) -> None:
        """Add rows.

        Parameters
        ----------
        values : sequence of (rows,) arrays, one a column
            Numbers as floats whose nan is missing, or integers; texts as encoded bytes.
        """
        rows = np.zeros(len(values[0]), self._row)
        for column, given in zip(self.columns, values, strict=True):
            rows[column.name] = _stored(column.type, given)
        self._file.write(rows.tobytes())
        self.rows += len(rows)

    def close(self) -> None:
        """End the file: value labels, and what the head could not know yet."""
        file = self._file
        try:
            file.write(b"</data>")
            self._part("strls", b"")
            self._part("value_labels", b"".join(self._value_label(c) for c in self.columns if c.labels))
            self._map.append(file.tell())
            file.write(b"</stata_dta>")
            self._map.append(file.tell())
            file.seek(self._count)
            file.write(struct.pack("<Q", self.rows))
            file.seek(self._map[1] + len("<map>"))
            file.write(struct.pack("<14Q", *self._map))
            file.flush()
        finally:
            file.close()

    def _value_label(self, column: Column) -> bytes:
        words = [word.encode() + b"\0" for word in column.labels]
        offsets = np.concatenate([[0], np.cumsum([len(word) for word in words])])
        table = struct.pack("<II", len(words), int(offsets[-1])) + offsets[:-1].astype("<i4").tobytes()
        table += np.arange(len(words), dtype="<i4").tobytes() + b"".join(words)
        return b"<lbl>" + struct.pack("<I", len(table)) + self._text(column.name, 129) + bytes(3) + table + b"</lbl>"


def _stored(kind: int, values: Array) -> Any:
    """Values as the file holds them."""
    if kind not in DTYPES or values.dtype.kind != "f":
        return values
    if kind == DOUBLE:
        stored = np.where(np.isnan(values), _NONE, values)
        return np.where(values >= _NONE, _UP, np.where(values == -np.inf, _DOWN, stored))
    return np.where(np.isnan(values), MISSING[kind], values)
