"""What compiled functions find at an address, after all that moves it."""

import copy
import pickle

import numpy as np
import pytest
from numba import config, njit

from microdrama.model import MicroDramaEconomy
from microdrama.model.addresses import At, cells_of, kind_of, size
from microdrama.model.over_state import over_state
from microdrama.model.populations.table import column
from microdrama.model.populations.tables import Studios

compiled_only = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="finds nothing at addresses")


def read_only(array):
    array.flags.writeable = False
    return array


VALUES = (
    1.5,
    -7,
    True,
    np.uint64(2**63 + 1),
    np.arange(5.0),
    read_only(np.arange(6, dtype=np.int32)),
    np.arange(12.0).reshape(3, 4),
    np.arange(24).reshape(2, 3, 4),
    np.arange(12).reshape(3, 4)[:, 1:3],
    np.array([True, False]),
    np.empty(0),
)


@compiled_only
@pytest.mark.parametrize("value", VALUES, ids=str)
def test_what_is_put_into_cells_is_found(value):
    kinds = [kind_of(each) for each in (0.5, value, 3)]
    cells, found = cells_of((0.5, value, 3), kinds), At(kind_of(value))

    @njit
    def read(cells):
        return found(cells, 1)

    assert len(cells) == sum(map(size, kinds)) and np.array_equal(read(cells), value)


@pytest.fixture
def econ():
    economy = MicroDramaEconomy(rng=3, scale=0.02)
    economy.run_for(3)
    return economy


@over_state
def read(econ):
    """Sums over columns of all kinds, the cells and a column of the month."""
    studios, entries = econ.studios, econ.panel.now["entries"].sum()
    whole = studios.id.sum() + studios.city.sum() + studios.cash_fen.sum() + studios.books[0].sum() + len(studios)
    return whole, studios.expected.sum(), studios.inert.sum(), econ.region.rent.sum(), econ.region.dx.sum(), entries


def as_written(econ):
    return np.allclose(read(econ), read.__wrapped__(econ), rtol=1e-12)  # numpy adds in another order


def test_columns_are_found_after_births_and_deaths(econ):
    assert as_written(econ)
    for _ in range(3):
        first, many = econ.studios.id[-1] + 1, 3 * len(econ.studios)
        econ.studios.add(np.arange(first, first + many), expected=2.0)
        assert as_written(econ)
        econ.studios.remove(np.arange(len(econ.studios)) % 5 == 1)
        assert as_written(econ)
    econ.studios.remove(np.ones(len(econ.studios), bool))
    assert as_written(econ) and read(econ)[1] == 0


@pytest.mark.parametrize("again", [copy.deepcopy, lambda econ: pickle.loads(pickle.dumps(econ)), lambda e: e.branch()])
def test_a_copy_has_addresses_of_its_own(econ, again):
    before, other = read(econ), again(econ)
    assert read(other) == before
    other.studios.city[:] = 0
    other.region.rent[:] = 1
    other.panel.now["entries"][:] = 9
    assert as_written(other) and read(econ) == before != read(other)
    other.run_for(2)
    econ.run_for(2)
    assert as_written(other) and as_written(econ)


def test_cells_set_anew_are_found(econ):
    econ.region.rent = 2 * econ.region.rent
    assert as_written(econ)
    with pytest.raises(TypeError, match=r"Region.rent must be an array of f8 with 1 axes"):
        econ.region.rent = econ.region.rent.astype(int)
    with pytest.raises(TypeError, match=r"Region.rent"):
        econ.region.rent = 3.0


def test_payments_count_what_books_of_all_tables_hold(econ):
    held = econ.ledger.deposits()
    first = econ.actors.id[-1] + 1
    econ.actors.add(np.arange(first, first + 5 * len(econ.actors)), city=0, role=0)
    assert np.array_equal(econ.ledger.deposits(), held) and not held.sum()
    assert np.array_equal(pickle.loads(pickle.dumps(econ.ledger)).deposits(), held)


class More(Studios):
    """Studios with a column of one's own."""

    mood = column("f8", "mood")


def test_a_population_with_more_columns_is_found_in_the_same_economy(econ):
    own, before = More(), read(econ)
    own.set_audit(econ.audit)
    own.add(econ.studios.id, **{name: getattr(econ.studios, name) for name in own._open() - {"id", "mood"}}, mood=1.0)
    econ.studios = own
    assert as_written(econ) and read(econ)[1:] == before[1:]


def test_cells_that_cannot_be_written_are_copied(econ):
    econ.region.rent = read_only(econ.region.rent.copy())
    assert econ.region.rent.flags.writeable and as_written(econ)
