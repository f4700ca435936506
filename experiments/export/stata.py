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
        self._file: BinaryIO = path.open("w+b")
        self._map = [0]
        text = label[:LONGEST_LABEL].encode()
        order = np.zeros(len(columns) + 1, "<u2")
        order[: len(sorted_by)] = np.array(sorted_by, int) + 1
        noted = [("_dta", notes), *((c.name, c.notes) for c in columns)]
        self._file.write(b"<stata_dta><header><release>118</release><byteorder>LSF</byteorder>")
        self._file.write(b"<K>" + struct.pack("<H", len(columns)) + b"</K><N>")
        self._count = self._file.tell()
        self._file.write(bytes(8) + b"</N><label>" + struct.pack("<H", len(text)) + text + b"</label><timestamp>")
        self._file.write(struct.pack("B", len(TIMESTAMP)) + TIMESTAMP + b"</timestamp></header>")
        self._part("map", bytes(14 * 8))
        self._part("variable_types", np.array([c.type for c in columns], "<u2").tobytes())
        self._part("varnames", _texts(129, *(c.name for c in columns)))
        self._part("sortlist", order.tobytes())
        self._part("formats", _texts(57, *(c.format for c in columns)))
        self._part("value_label_names", _texts(129, *(c.name if c.labels else "" for c in columns)))
        self._part("variable_labels", _texts(321, *(c.label[:LONGEST_LABEL] for c in columns)))
        self._part("characteristics", b"".join(_characteristics(name, texts) for name, texts in noted if texts))
        self._map.append(self._file.tell())
        self._file.write(b"<data>")

    def _part(self, tag: str, content: bytes) -> None:
        self._map.append(self._file.tell())
        self._file.write(f"<{tag}>".encode() + content + f"</{tag}>".encode())

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
            self._part("value_labels", b"".join(_value_label(c) for c in self.columns if c.labels))
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


def _texts(size: int, *texts: str) -> bytes:
    """Texts in fields of so many bytes, each ended by a zero."""
    return b"".join(text.encode()[: size - 1].ljust(size, b"\0") for text in texts)


def _characteristics(name: str, notes: Sequence[str]) -> bytes:
    found = b""
    for number, text in enumerate((str(len(notes)), *notes)):
        body = _texts(129, name, f"note{number}") + text.encode() + b"\0"
        found += b"<ch>" + struct.pack("<I", len(body)) + body + b"</ch>"
    return found


def _value_label(column: Column) -> bytes:
    words = [word.encode() + b"\0" for word in column.labels]
    ends = np.cumsum([0, *map(len, words)])
    table = np.array([len(words), ends[-1], *ends[:-1], *range(len(words))], "<i4").tobytes() + b"".join(words)
    return b"<lbl>" + struct.pack("<I", len(table)) + _texts(129, column.name) + bytes(3) + table + b"</lbl>"


def _stored(kind: int, values: Array) -> Any:
    """Values as the file holds them."""
    if kind not in DTYPES or values.dtype.kind != "f":
        return values
    if kind == DOUBLE:
        stored = np.where(np.isnan(values), _NONE, values)
        return np.where(values >= _NONE, _UP, np.where(values == -np.inf, _DOWN, stored))
    return np.where(np.isnan(values), MISSING[kind], values)
