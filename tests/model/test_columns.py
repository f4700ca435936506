import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.columns import Table, column, stable_ids


class People(Table):
    """For the tests."""

    kind = 3
    age = column("i4", "age")
    pair = column("f8", "two numbers", width=2)
    cash_fen = column("i8", "deposits", locked=True)


def people(n, start=1):
    table = People(2)
    table.add(np.arange(start, start + n), age=np.arange(n))
    return table


def test_rows_keep_their_data_when_the_table_grows():
    table = people(3)
    table.add([10, 11, 12, 13, 14, 15], age=7, pair=[1.0, 2.0])
    assert table.age.tolist() == [0, 1, 2, 7, 7, 7, 7, 7, 7]
    assert table.pair[-1].tolist() == [1, 2] and table.pair[0].tolist() == [0, 0]


def test_a_death_keeps_the_order_and_the_ids():
    table = people(5)
    table.remove(table.age % 2 == 1)
    assert table.id.tolist() == [1, 3, 5] and table.age.tolist() == [0, 2, 4]
    assert table.row(5) == 2
    assert table.rows(np.array([2, 3, 99])).tolist() == [-1, 1, -1]
    with pytest.raises(KeyError):
        table.row(2)


def test_ids_must_grow():
    table = people(3)
    for wrong in ([3], [9, 8], [5, 5]):
        with pytest.raises(ValueError, match="increasing"):
            table.add(wrong)


def test_money_columns_cannot_be_written():
    table = people(2)
    with pytest.raises(AttributeError, match="ledger"):
        table.cash_fen = 5
    with pytest.raises(ValueError, match="read-only"):
        table.cash_fen[0] = 5
    with pytest.raises(ValueError, match="ledger"):
        table.add([9], cash_fen=5)


def test_an_unknown_column_is_named():
    with pytest.raises(ValueError, match="no column agee"):
        people(1).add([9], agee=3)


@given(st.lists(st.one_of(st.integers(1, 5), st.sets(st.integers(0, 8))), max_size=20))
def test_births_and_deaths_agree_with_a_dictionary(events):
    """Numbers are births, sets are rows that die; a plain dict does the same."""
    table, plain, next_id = People(1), {}, 1
    for event in events:
        if isinstance(event, int):
            ids = np.arange(next_id, next_id + event)
            table.add(ids, age=ids * 2)
            plain |= {int(i): int(i) * 2 for i in ids}
            next_id += event
        else:
            gone = np.isin(np.arange(len(table)), list(event))
            for key in table.id[gone].tolist():
                del plain[key]
            table.remove(gone)
        assert dict(zip(table.id.tolist(), table.age.tolist(), strict=True)) == plain


@given(st.integers(1, 15), st.integers(-1, 3000), st.integers(0, 2**20 - 1), st.integers(0, 2**22 - 1))
def test_stable_ids_can_be_taken_apart(kind, month, place, ordinal):
    key = int(stable_ids(kind, month, place, np.array([ordinal]))[0])
    assert (key & (2**22 - 1), key >> 22 & (2**20 - 1), (key >> 42 & (2**12 - 1)) - 1, key >> 54) == (
        ordinal, place, month, kind,
    )  # fmt: skip
