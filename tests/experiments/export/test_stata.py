"""Stata files, read back by two readers that share no code with the writer: pandas and ReadStat."""

import struct

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from microdrama.experiments.export.stata import BYTE, DOUBLE, INT, LONG, Column, Writer, integer_type

COLUMNS = [
    Column("b", BYTE, "%8.0g", "a byte", ("first note", "second: 郑州"), ("no", "yes", "郑州")),
    Column("i", INT, "%8.0g", "x" * 80),
    Column("l", LONG, "%td", "a date"),
    Column("d", DOUBLE, "%10.0g", "a double"),
    Column("n" * 32, 9, "%9s", "a text"),
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "t.dta"
    writer = Writer(path, COLUMNS, "A title with 郑州", sorted_by=(0, 1), notes=("about the data",))
    values = [
        np.array([0, 1, np.nan]),
        np.array([-32740, 32740, 5]),
        np.array([22281.0, np.nan, -1]),
        np.array([np.inf, -np.inf, np.nan]),
        np.array([b"", "郑州".encode(), b"123456789"]),
    ]
    writer.write(values)
    writer.write([np.array([2.0]), np.array([7]), np.array([0]), np.array([0.1]), np.array([b"end"])])
    writer.close()
    return path


def test_pandas_reads_what_was_written(file):
    with pd.read_stata(file, iterator=True) as reader:
        assert reader.data_label == "A title with 郑州"
        assert reader.variable_labels() == {c.name: c.label for c in COLUMNS}
        assert reader.value_labels() == {"b": {0: "no", 1: "yes", 2: "郑州"}}
    plain = pd.read_stata(file, convert_categoricals=False, convert_dates=False, convert_missing=True)
    assert [str(x) for x in plain["d"]] == [".a", ".b", ".", "0.1"]
    assert str(plain["b"][2]) == "."
    assert list(plain["i"]) == [-32740, 32740, 5, 7]
    assert list(plain["n" * 32]) == ["", "郑州", "123456789", "end"]
    dates = pd.read_stata(file)["l"]
    assert dates[0] == pd.Timestamp("2021-01-01") and pd.isna(dates[1]) and dates[3] == pd.Timestamp("1960-01-01")


def test_readstat_reads_what_was_written(file):
    frame, meta = pyreadstat.read_dta(file)
    assert meta.file_label == "A title with 郑州"
    assert meta.column_names == [c.name for c in COLUMNS]
    assert meta.column_names_to_labels["i"] == "x" * 80
    assert meta.variable_value_labels == {"b": {0: "no", 1: "yes", 2: "郑州"}}
    assert meta.original_variable_types["l"] == "%td"
    assert meta.notes == ["about the data"]
    assert frame["d"].isna().sum() == 3 and frame["d"][3] == 0.1
    assert frame["i"].tolist() == [-32740, 32740, 5, 7]


def test_notes_and_sort_order_stand_where_stata_looks_for_them(file):
    data = file.read_bytes()
    assert data.startswith(b"<stata_dta><header><release>118</release><byteorder>LSF</byteorder>")
    order = data[data.index(b"<sortlist>") + 10 :][: 2 * (len(COLUMNS) + 1)]
    assert struct.unpack("<6H", order) == (1, 2, 0, 0, 0, 0)
    for note in ("first note", "second: 郑州"):
        assert note.encode() + b"\0</ch>" in data
    places = struct.unpack("<14Q", data[data.index(b"<map>") + 5 :][:112])
    names = "map variable_types varnames sortlist formats value_label_names variable_labels characteristics data strls "
    tags = [f"<{name}>".encode() for name in f"{names}value_labels /stata_dta".split()]
    assert [data[at : at + len(tag)] for at, tag in zip(places[1:], tags)] == tags
    assert places[0] == 0 and places[13] == len(data)


@pytest.mark.parametrize(
    ("low", "high", "kind"),
    [
        (0, 100, BYTE),
        (0, 101, INT),
        (-127, 0, INT),
        (0, 32741, LONG),
        (0, 2147483620, LONG),
        (0, 2147483621, DOUBLE),
        (0, 2**53, DOUBLE),
        (0, 2**53 + 1, 0),
        (-(2**53) - 1, 0, 0),
    ],
)
def test_whole_numbers_get_the_smallest_type_that_is_exact(low, high, kind):
    assert integer_type(low, high) == kind
