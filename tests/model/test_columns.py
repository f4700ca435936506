import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microdrama.model.ids import stable_ids
from microdrama.model.populations import tables as populations
from microdrama.model.populations.table import Table, column


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


# ---------------------------------------------------------------------------- births and deaths


def test_rows_keep_their_data_when_the_table_grows():
    table = people(3)
    table._data["cash_fen"][:3] = 5, 6, 7
    table.add([10, 11, 12, 13, 14, 15], age=7, pair=[1.0, 2.0])
    assert table.age.tolist() == [0, 1, 2, 7, 7, 7, 7, 7, 7]
    assert table.pair[-1].tolist() == [1, 2] and table.pair[0].tolist() == [0, 0]
    assert table.cash_fen.tolist() == [5, 6, 7, 0, 0, 0, 0, 0, 0]


def test_new_rows_come_as_a_slice_and_start_at_zero_even_where_the_dead_lay():
    table = people(4)
    table.pair[:] = 9.0
    table.remove(np.array([False, False, True, True]))
    rows = table.add([20, 21])
    assert (rows.start, rows.stop, len(table)) == (2, 4, 4)
    assert not table.pair[rows].any() and not table.age[rows].any()
    assert table.add(np.zeros(0, int)) == slice(4, 4)


def test_a_death_keeps_the_order_and_the_ids():
    table = people(5)
    table.remove(table.age % 2 == 1)
    assert table.id.tolist() == [1, 3, 5] and table.age.tolist() == [0, 2, 4]
    assert table.row(5) == 2
    assert table.rows(np.array([2, 3, 99])).tolist() == [-1, 1, -1]


def test_nobody_is_found_by_the_id_of_the_dead_or_the_unborn():
    table = people(5)
    table.remove(np.arange(5) == 1)
    for key in (0, 2, 6):
        with pytest.raises(KeyError, match=str(key)):
            table.row(key)
    with pytest.raises(ValueError, match="5 marks for 4 rows"):
        table.remove(np.ones(5, bool))
    table.remove(np.ones(4, bool))
    assert len(table) == 0 and list(table) == []
    assert table.rows(np.array([1, 3])).tolist() == [-1, -1]
    with pytest.raises(KeyError):
        table.row(1)


def test_ids_must_grow():
    table = people(3)
    for wrong in ([3], [9, 8], [5, 5]):
        with pytest.raises(ValueError, match="increasing"):
            table.add(wrong)
    assert table.id.tolist() == [1, 2, 3]


def test_an_unknown_column_is_named():
    with pytest.raises(ValueError, match="no column agee"):
        people(1).add([9], agee=3)


def test_a_refused_birth_leaves_the_table_as_it_was():
    table = people(1)
    with pytest.raises(ValueError, match="no column"):
        table.add([9], agee=3)
    assert len(table) == len(table.id) == 1


def test_changes_count_births_and_deaths_but_not_empty_ones():
    table = people(3)
    before = table.changes
    table.add([])
    table.remove(np.zeros(3, bool))
    assert table.changes == before
    table.remove(np.arange(3) == 0)
    table.add([9])
    assert table.changes == before + 2


# ---------------------------------------------------------------------------- reading and writing


def test_columns_are_views_and_assignment_copies_into_them():
    table, source = people(3), np.array([4, 5, 6])
    view = table.age
    table.age = source
    source[0] = 99
    assert view.tolist() == [4, 5, 6]
    table.age[1] = 8
    assert table.age is view and view.tolist() == [4, 8, 6]
    table.age = 1
    assert view.tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="broadcast"):
        table.age = [1, 2]


def test_tables_share_nothing():
    a, b = people(3), people(3)
    a.age = 50
    assert b.age.tolist() == [0, 1, 2]


@pytest.mark.parametrize("then", ["nothing", "growth", "death"])
def test_money_columns_cannot_be_written(then):
    table = people(2)
    if then == "growth":
        table.add(np.arange(10, 40))
    elif then == "death":
        table.remove(np.array([True, False]))
    with pytest.raises(AttributeError, match=r"People\.cash_fen is moved by the ledger"):
        table.cash_fen = 5
    with pytest.raises(ValueError, match="read-only"):
        table.cash_fen[0] = 5
    with pytest.raises(ValueError, match="read-only"):
        table.cash_fen += 5
    with pytest.raises(ValueError, match="read-only"):
        np.add.at(table.cash_fen, 0, 5)
    assert not table.cash_fen.any()


def test_nobody_is_born_with_money():
    with pytest.raises(ValueError, match="endow the agent through the ledger"):
        people(2).add([9], cash_fen=5)


def test_columns_are_declared_once_and_inherited():
    assert list(People.columns()) == ["id", "born", "age", "pair", "cash_fen"]
    assert People.age.meaning == "age" and People(1).pair.shape == (0, 2)
    for population in vars(populations).values():
        if isinstance(population, type) and issubclass(population, Table):
            assert all(spec.meaning for spec in population.columns().values()), population


# ---------------------------------------------------------------------------- against a dictionary

births = st.lists(st.integers(1, 3), min_size=1, max_size=6)  # gaps between the new ids
deaths = st.sets(st.integers(0, 12), min_size=1)
birthdays = st.tuples(st.integers(0, 12), st.integers(0, 100))


@settings(max_examples=150)
@given(st.lists(st.one_of(births, deaths, birthdays), max_size=25))
def test_births_deaths_and_writing_agree_with_a_dictionary(events):
    """Lists are births, sets are rows that die, pairs write an age; a dict from ids to rows does the same."""
    table, plain, newest, seen = People(1), {}, 0, set()
    for event in events:
        if isinstance(event, list):
            ids = newest + np.cumsum(event)
            newest = int(ids[-1])
            table.add(ids, age=ids * 2, pair=np.stack([ids, -ids], 1))
            plain |= {int(i): (int(i) * 2, (float(i), -float(i))) for i in ids}
            seen |= set(plain)
        elif isinstance(event, set):
            gone = np.isin(np.arange(len(table)), list(event))
            for key in table.id[gone].tolist():
                del plain[key]
            table.remove(gone)
        elif event[0] < len(table):
            row, age = event
            table.age[row] = age
            key = int(table.id[row])
            plain[key] = age, plain[key][1]
        assert len(table) == len(plain) and table.id.tolist() == sorted(plain)
        assert [*zip(table.age.tolist(), map(tuple, table.pair.tolist()), strict=True)] == [
            plain[key] for key in sorted(plain)
        ]
        everybody = np.array(sorted(seen), np.int64)
        found = table.rows(everybody)
        assert (found >= 0).tolist() == [key in plain for key in everybody.tolist()]
        assert all(table.id[table.row(key)] == key for key in plain)
        assert not table.cash_fen.flags.writeable and table.age.flags.writeable


# ---------------------------------------------------------------------------- ids

places = st.integers(0, 2**20 - 1)
ordinals = st.integers(0, 2**22 - 1)


@settings(deadline=None)
@given(st.integers(1, 15), st.integers(-1, 3000), places, ordinals)
def test_stable_ids_can_be_taken_apart(kind, month, place, ordinal):
    key = int(stable_ids(kind, month, place, np.array([ordinal]))[0])
    assert key > 0
    assert (key & (2**22 - 1), key >> 22 & (2**20 - 1), (key >> 42 & (2**12 - 1)) - 1, key >> 54) == (
        ordinal,
        place,
        month,
        kind,
    )


@settings(deadline=None)
@given(st.lists(st.tuples(places, ordinals), min_size=1, max_size=20, unique=True))
def test_an_id_depends_on_nobody_else(born):
    place, ordinal = np.array(born).T
    together = stable_ids(2, 7, place, ordinal)
    alone = [int(stable_ids(2, 7, p, np.array([o]))[0]) for p, o in born]
    assert together.tolist() == alone and len(set(alone)) == len(born)


def test_later_months_have_higher_ids_whatever_the_place():
    """Else a table, whose ids must grow, could not take the next month's entrants."""
    last = stable_ids(1, 4, 2**20 - 1, np.array([2**22 - 1]))
    assert stable_ids(1, 5, 0, np.array([0]))[0] > last[0]


def test_every_population_has_its_own_number():
    kinds = [t.kind for t in vars(populations).values() if isinstance(t, type) and issubclass(t, Table) and t.kind]
    kinds.append(populations.Funds("SF").kind)
    assert len(kinds) == len(set(kinds)) == 11 and max(kinds) < 16
