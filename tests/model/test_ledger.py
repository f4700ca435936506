import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.ledger import FLOWS, SECTORS, Ledger, LedgerError, Sector, fen


@pytest.fixture
def books():
    return make()


def make(audit=True):
    tables = {s: Sector(s, n) for s, n in (("RC", 1), ("PL", 3), ("ST", 5), ("HH", 8), ("LL", 2))}
    return tables, Ledger(tables.values(), audit=audit)


def test_money_moves_exactly(books):
    t, ledger = books
    ledger.pay("founders", (t["RC"], 0), (t["ST"], np.arange(5)), fen(np.full(5, 100.0)))
    ledger.pay("wages", (t["ST"], np.array([0, 0, 1])), (t["HH"], np.array([2, 3, 2])), np.array([1, 2, 4]))
    assert t["ST"].cash_fen.tolist() == [9997, 9996, 10000, 10000, 10000]
    assert t["HH"].cash_fen.tolist() == [0, 0, 5, 2, 0, 0, 0, 0]
    assert t["RC"].cash_fen[0] == -50000
    assert ledger.paid("wages") == 7
    ledger.check()


def test_a_payroll_pays_many_out_of_many(books):
    t, ledger = books
    ledger.pay("wages", (t["ST"], np.arange(2)), (t["HH"], np.arange(8)), np.array([5, 3]), np.ones(8, np.int64))
    assert t["ST"].cash_fen[:2].tolist() == [-5, -3]
    with pytest.raises(LedgerError, match="8 fen paid but 7 fen received"):
        ledger.pay("wages", (t["ST"], 0), (t["HH"], np.arange(7)), np.array([8]), np.ones(7, np.int64))


def test_somebody_may_pay_all_he_has_by_his_own_column(books):
    t, ledger = books
    ledger.pay("founders", (t["RC"], 0), (t["ST"], np.arange(5)), np.arange(5))
    ledger.pay("office_rent", (t["ST"], np.arange(5)), (t["LL"], 1), t["ST"].cash_fen)
    assert not t["ST"].cash_fen.any() and t["LL"].cash_fen[1] == 10
    ledger.check()


@pytest.mark.parametrize(
    ("flow", "payer", "payee", "amounts", "message"),
    [
        ("bribes", "ST", "HH", np.array([1]), "no flow 'bribes'"),
        ("wages", "HH", "ST", np.array([1]), "from HH to ST"),
        ("wages", "ST", "HH", np.array([3, -1]), "negative amount -1"),
        ("wages", "ST", "HH", np.array([1.5]), "whole fen"),
    ],
)
def test_a_wrong_payment_is_refused_and_nothing_moves(books, flow, payer, payee, amounts, message):
    t, ledger = books
    with pytest.raises(LedgerError, match=message):
        ledger.pay(flow, (t[payer], 0), (t[payee], 0), amounts)
    assert not any(table.cash_fen.any() for table in t.values())


def test_rows_and_amounts_must_match(books):
    t, ledger = books
    with pytest.raises(LedgerError, match="2 amounts for 3 rows"):
        ledger.pay("wages", (t["ST"], np.arange(3)), (t["HH"], 0), np.array([1, 2]))


def test_money_made_out_of_nothing_is_found():
    t, ledger = make(audit=False)
    t["ST"]._data["cash_fen"][1] += 7
    with pytest.raises(LedgerError, match="sum to 7 fen"):
        ledger.check()
    t["HH"]._data["cash_fen"][0] -= 7
    with pytest.raises(LedgerError, match=r"(studios|cast and crew) hold"):
        ledger.check()


def test_money_moved_past_the_ledger_within_a_sector_is_found_in_an_audit():
    for audit in (False, True):
        t, ledger = make(audit)
        t["ST"]._data["cash_fen"][:2] = 7, -7
        if audit:
            with pytest.raises(LedgerError, match="row 0"):
                ledger.check()
        else:
            ledger.check()  # sectors balance: only the audit sees agents


def test_amounts_are_rounded_half_up_and_must_be_money():
    assert fen(np.array([0.005, 0.0049, -0.005, 2.675, 1e12])).tolist() == [1, 0, 0, 268, 10**14]
    assert fen(3.0).shape == () and int(fen(3.0)) == 300
    for wrong in (np.nan, np.inf, 1e30):
        with pytest.raises(LedgerError, match="not an amount"):
            fen(np.array([1.0, wrong]))


def test_every_flow_joins_known_sectors():
    for flow in FLOWS.values():
        for pair in flow.pairs.split():
            assert set(pair.split(">")) <= set(SECTORS)


payments = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 7), st.integers(0, 10**12)), max_size=30)


@settings(max_examples=50)
@given(st.lists(payments, max_size=3))
def test_whatever_is_paid_the_books_balance(months):
    t, ledger = make()
    for month in months:
        ledger.open_month()
        for studio, worker, amount in month:
            ledger.pay("founders", (t["RC"], 0), (t["ST"], studio), np.array([amount]))
            ledger.pay("wages", (t["ST"], studio), (t["HH"], worker), np.array([amount // 3]))
        ledger.check()
        assert ledger.paid("wages") == sum(amount // 3 for _, _, amount in month)
    assert sum(int(table.cash_fen.sum()) for table in t.values()) == 0
