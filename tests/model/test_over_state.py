"""Functions over the state: compiled whole, with what they look up handed over."""

import gc
import json
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher

from microdrama.model import MicroDramaEconomy
from microdrama.model.accounts.ledger import LedgerError, entry, pay, pay_out, whole_fen
from microdrama.model.compiled import folder_of
from microdrama.model.decisions.workers import released
from microdrama.model.draws import uniform_of
from microdrama.model.economy import PHASES
from microdrama.model.over_state import _Whole, over_state
from worlds import every_instrument


@pytest.fixture(scope="module")
def econ():
    economy = MicroDramaEconomy(every_instrument(), rng=1, scale=0.02)
    economy.run_for(8)
    return economy


@over_state
def people(econ, role=2):
    """Workers of a role by city."""
    actors, count = econ.actors, np.zeros(len(econ.cities))
    for worker in range(len(actors)):
        count[actors.city[worker]] += actors.role[worker] == role
    return count


@over_state
def looks_up(econ):
    p, draws, price = econ.p, econ.draws, econ.house_price
    nearby = econ.p.office_choice == "nearby"
    u = uniform_of(draws.of("a decision"), draws.month, 0, 5)
    mean = people(econ, 2).sum() / len(econ.cities)
    shape = econ.day_rates.shape
    return mean, p.scale, nearby, p.mall_m2, released(price[0], 0.5), u, shape[1], econ.honoured["rebate"].min()


def test_what_is_looked_up_is_as_without_the_compiler(econ):
    assert looks_up(econ) == looks_up.__wrapped__(econ)
    assert np.array_equal(people(econ, 2), people.__wrapped__(econ, 2))
    assert np.array_equal(people(econ), people.__wrapped__(econ, 2))
    assert people.__name__ == "people" and people.__doc__ == "Workers of a role by city."


def test_what_is_kept_is_of_the_economy_at_hand(econ):
    larger = econ.branch(mall_size_m2=econ.p.mall_size_m2 + 1)
    others = [MicroDramaEconomy(rng=2, scale=0.05), econ.branch(rng=9), larger]
    for each in (econ, *others, econ):
        assert looks_up(each) == looks_up.__wrapped__(each)
    expected = {id(each): looks_up(each) for each in (econ, *others)}
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda each: (id(each), looks_up(each)), [econ, *others] * 500)
        assert all(expected[whose] == seen for whose, seen in found)


@over_state
def halve(econ):
    econ.hours[:] *= 0.5
    for city in range(len(econ.cities)):
        econ.panel.now["caught"][city] = econ.hours[city]


def test_arrays_are_written_in_place(econ):
    before = econ.hours.copy()
    halve(econ)
    assert np.array_equal(econ.hours, before / 2) and np.array_equal(econ.panel.now["caught"], before / 2)
    econ.hours[:] = before


@over_state
def sets(econ):
    econ.hours = 3.0


@over_state
def takes_a_part(econ):
    return econ.studios


@over_state
def calls_another(econ):
    return plain(econ)


def plain(econ):
    return 1


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (sets, r"write econ.hours\[...\] in place, or return the number"),
        (takes_a_part, "econ.studios is a Studios, no array or number"),
        (calls_another, "plain is no function over the state"),
    ],
)
def test_what_cannot_be_handed_over_is_said_with_its_line(function, words, econ):
    with pytest.raises(TypeError, match=rf"test_over_state.py, line \d+, {function.__name__}: {words}"):
        function(econ)


@over_state
def fine(econ, payer, payee, fen):
    pay(econ.ledger.flows, FINES, econ.studios.books, payer, econ.rest_of_china.books, payee, fen)


FINES = entry("fines", "ST>RC")


def test_a_payment_moves_money_and_is_booked(econ):
    studios, rest, booked = econ.studios.cash_fen.copy(), int(econ.rest_of_china.cash_fen[0]), econ.ledger.paid("fines")
    fine(econ, 2, 0, 70)
    assert econ.studios.cash_fen[2] == studios[2] - 70 and econ.rest_of_china.cash_fen[0] == rest + 70
    assert econ.ledger.paid("fines") == booked + 70 and np.array_equal(econ.studios.cash_fen[3:], studios[3:])
    fine(econ, 2, 0, 0)


@pytest.mark.parametrize(
    ("payment", "words"),
    [
        ((0, 0, -5), "'fines' of -5 fen from row 0 of ST to row 0 of RC: negative amount; swap payer and payee"),
        ((10**6, 0, 5), "from row 1000000 of ST to row 0 of RC: no such row"),
        ((-1, 0, 5), "row -1 of ST .* no such row"),
        ((0, 1, 5), "to row 1 of RC: no such row"),
    ],
)
def test_a_payment_that_cannot_be_made_moves_nothing(payment, words, econ):
    before = econ.studios.cash_fen.copy(), econ.rest_of_china.cash_fen.copy(), econ.ledger.matrix.copy()
    with pytest.raises(LedgerError, match=words):
        fine(econ, *payment)
    after = econ.studios.cash_fen, econ.rest_of_china.cash_fen, econ.ledger.matrix
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("yuan", [np.nan, np.inf, 1e300])
def test_what_is_no_amount_of_money_is_refused(yuan):
    with pytest.raises(LedgerError, match="not an amount of money"):
        whole_fen(yuan, 100.0)


def test_an_audited_payment_names_both_ends(econ):
    audited = MicroDramaEconomy(rng=1, scale=0.02, audit=True)
    audited.run_for(1)
    fine(audited, 1, 0, 30)
    assert audited.studios.paid_fen[1] >= 30 and audited.rest_of_china.received_fen[0] >= 30
    assert econ.studios.paid_fen.sum() == 0


def test_phases_can_be_pickled():
    for phases in PHASES.values():
        assert all(pickle.loads(pickle.dumps(phase)) is phase for phase in phases)


def several() -> list[str]:
    """Functions of the model compiled for more than one kind of arguments in all that a run may meet."""
    economy = MicroDramaEconomy(every_instrument(), rng=2, scale=0.02)
    economy.run_for(20)
    economy.branch(policy=False).run_for(3)
    pickle.loads(pickle.dumps(economy)).run_for(2)
    MicroDramaEconomy("no_policy", rng=2, scale=0.02, audit=True, months=3).run_for(3)
    there = gc.get_objects()
    whole = [each for each in there if isinstance(each, Dispatcher) and hasattr(each.py_func, "made_of")]
    found = [each.py_func.__name__ for each in whole if each.targetoptions.get("cache") and len(each.signatures) > 1]
    looked_up = [each for each in there if type(each) is _Whole and len(getattr(each, "entries", ())) > 1]
    return found + [each.function.__name__ for each in looked_up]


def test_everything_is_compiled_for_one_kind_of_arguments():
    """Arrays of another type or layout would be compiled for in the middle of a run, half a second each."""
    code = "import warnings; warnings.simplefilter('ignore'); import test_over_state; print(test_over_state.several())"
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1]), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[-2] == "[]"


@over_state
def pay_wages(econ, payers, paid, received):
    pay_out(econ.ledger.flows, entry_of_wages, econ.studios.books, payers, paid, econ.actors.books, received)


entry_of_wages = entry("wages", "ST>HH")


def test_what_several_pay_together_is_shared_out(econ):
    received = np.zeros(len(econ.actors), np.int64)
    received[1], received[3] = 20, 50
    studios, booked = econ.studios.cash_fen.copy(), econ.ledger.paid("wages")
    pay_wages(econ, np.array([2, 0, 2]), np.array([30, 30, 10]), received)
    assert list(studios[:3] - econ.studios.cash_fen[:3]) == [30, 0, 40]
    assert econ.ledger.paid("wages") == booked + 70 and not econ.ledger.deposits().sum()


@pytest.mark.parametrize(
    ("payers", "paid", "first", "words"),
    [
        ([0], [10], 9, "what is received is not what is paid"),
        ([0, 1], [20, -10], 10, "'wages' of -10 fen from row 1 of ST .* negative amount"),
        ([0], [-10], -10, "negative amount"),
        ([10**6], [10], 10, "from row 1000000 of ST .* no such row"),
    ],
)
def test_wages_that_cannot_be_paid_move_nothing(payers, paid, first, words, econ):
    before, received = econ.studios.cash_fen.copy(), np.zeros(len(econ.actors), np.int64)
    received[0] = first
    with pytest.raises(LedgerError, match=words):
        pay_wages(econ, np.array(payers), np.array(paid), received)
    assert np.array_equal(before, econ.studios.cash_fen) and not econ.ledger.deposits().sum()


MONTH = """
from microdrama.model import MicroDramaEconomy
from microdrama.model.compiled import _Kept

load, anew = _Kept.load, []

def counted(file, key):
    found = load(file, key)
    if found is None:
        anew.append(file.function.__qualname__)
    return found

_Kept.load = counted
MicroDramaEconomy(rng=1, scale=0.02).run_for(1)
print(anew)
"""


def test_a_later_process_compiles_nothing():
    """Nothing that is compiled into a function may look different from one process to the next."""
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", MONTH], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("damage", [("", ""), ("]", ""), ("econ.p.scale", "econ.p.edge"), ('", "econ', '", "of')])
def test_a_damaged_note_of_what_is_looked_up_is_made_anew(damage, econ):
    whole = looks_up.whole
    found = whole.look_ups(econ)
    line = whole.function.__code__.co_firstlineno
    note = folder_of(whole.function) / f"{whole.function.__module__}.looks_up-{line}.json"
    noted = note.read_text()
    assert json.loads(noted)[1:] == found and "econ.p.scale" in found
    note.write_text(noted.replace(*damage) if damage[0] else "")
    assert whole.look_ups(econ) == found
    assert note.read_text() == noted


def test_a_note_of_another_structure_is_not_used():
    def of(econ):
        return econ.x.sum()

    econ = SimpleNamespace(x=np.ones(3))
    for _ in range(2):
        assert over_state(of).whole.look_ups(econ) == ["econ.x"]
    econ.x = SimpleNamespace(sum=str)
    with pytest.raises(TypeError, match="is a"):
        over_state(of).whole.look_ups(econ)


def test_threads_may_be_the_first_to_call_at_once(econ):
    """Economies of one class of visitors meet what is rare in the same moment."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(5):
            rare = over_state(looks_up.__wrapped__)
            with ThreadPoolExecutor(12) as pool:
                found = list(pool.map(rare, [econ] * 24))
            assert set(found) == {looks_up(econ)}
    finally:
        sys.setswitchinterval(interval)
