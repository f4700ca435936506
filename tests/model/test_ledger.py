from decimal import ROUND_FLOOR, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microdrama.model.accounts.ledger import ALL, FLOWS, SECTORS, Accounts, Ledger, LedgerError, Sector, fen

PAIRS = [(flow, *pair.split(">")) for flow, known in FLOWS.items() for pair in known.pairs.split()]


@pytest.fixture
def books():
    return make()


def make(audit=True):
    tables = {s: Sector(s, n) for s, n in (("RC", 1), ("PL", 3), ("ST", 5), ("HH", 8), ("LL", 2))}
    return tables, Ledger(tables.values(), audit=audit)


def nothing_moved(tables, ledger):
    return not any(t._data["cash_fen"].any() for t in tables.values()) and not ledger.matrix.any()


# ---------------------------------------------------------------------------- paying


def test_money_moves_exactly(books):
    t, ledger = books
    ledger.pay("founders", (t["RC"], 0), (t["ST"], np.arange(5)), fen(np.full(5, 100.0)))
    ledger.pay("wages", (t["ST"], np.array([0, 0, 1])), (t["HH"], np.array([2, 3, 2])), np.array([1, 2, 4]))
    assert t["ST"].cash_fen.tolist() == [9997, 9996, 10000, 10000, 10000]
    assert t["HH"].cash_fen.tolist() == [0, 0, 5, 2, 0, 0, 0, 0]
    assert t["RC"].cash_fen[0] == -50000
    assert (ledger.paid("wages"), ledger.paid("founders"), ledger.paid("script")) == (7, 50000, 0)
    ledger.check()


def test_one_may_pay_many_and_many_may_pay_one(books):
    t, ledger = books
    ledger.pay("wages", (t["ST"], 3), (t["HH"], np.array([1, 2, 4])), np.array([10, 20, 40]))
    assert t["ST"].cash_fen.tolist() == [0, 0, 0, -70, 0] and t["HH"].cash_fen.tolist()[:5] == [0, 10, 20, 0, 40]
    ledger.pay("consumption", (t["HH"], np.array([1, 2, 4])), (t["RC"], 0), np.array([10, 20, 40]))
    assert not t["HH"].cash_fen.any() and t["RC"].cash_fen.tolist() == [70]


def test_everybody_in_order_is_the_same_as_naming_them(books):
    t, ledger = books
    ledger.pay("founders", (t["RC"], 0), (t["ST"], ALL), np.arange(5))
    ledger.pay("wages", (t["ST"], ALL), (t["HH"], ALL), np.arange(5), np.array([3, 0, 0, 1, 0, 2, 0, 4]))
    assert not t["ST"].cash_fen.any() and t["HH"].cash_fen.tolist() == [3, 0, 0, 1, 0, 2, 0, 4]
    ledger.pay("consumption", (t["HH"], ALL), (t["RC"], 0), t["HH"].cash_fen)
    assert not t["HH"].cash_fen.any() and not t["RC"].cash_fen.any()
    ledger.check()


def test_the_matrix_books_a_payment_once_where_it_belongs(books):
    t, ledger = books
    ledger.pay("wages", (t["ST"], 0), (t["HH"], np.arange(2)), np.array([30, 12]))
    flow, payer, payee = list(FLOWS).index("wages"), list(SECTORS).index("ST"), list(SECTORS).index("HH")
    assert ledger.matrix[flow, payer, payee] == 42 and ledger.matrix.sum() == 42
    assert dict(zip(SECTORS, ledger.deposits().tolist(), strict=True)) == dict.fromkeys(SECTORS, 0) | {
        "ST": -42,
        "HH": 42,
    }
    ledger.open_month()
    assert not ledger.matrix.any() and ledger.paid("wages") == 0
    ledger.check()


def test_a_payroll_pays_many_out_of_many(books):
    t, ledger = books
    ledger.pay("wages", (t["ST"], np.arange(2)), (t["HH"], np.arange(8)), np.array([5, 3]), np.ones(8, np.int64))
    assert t["ST"].cash_fen[:2].tolist() == [-5, -3] and t["HH"].cash_fen.tolist() == [1] * 8
    assert ledger.paid("wages") == 8
    with pytest.raises(LedgerError, match="'wages': 8 fen paid but 7 fen received"):
        ledger.pay("wages", (t["ST"], 0), (t["HH"], np.arange(7)), np.array([8]), np.ones(7, np.int64))
    ledger.check()


def test_somebody_may_pay_all_he_has_by_his_own_column(books):
    t, ledger = books
    ledger.pay("founders", (t["RC"], 0), (t["ST"], np.arange(5)), np.arange(5))
    ledger.pay("office_rent", (t["ST"], np.arange(5)), (t["LL"], 1), t["ST"].cash_fen)
    assert not t["ST"].cash_fen.any() and t["LL"].cash_fen.tolist() == [0, 10]
    ledger.check()


def test_paying_nothing_is_no_payment(books):
    t, ledger = books
    ledger.pay("wages", (t["ST"], np.zeros(0, int)), (t["HH"], 0), np.zeros(0, np.int64))
    ledger.pay("wages", (t["ST"], 0), (t["HH"], 0), np.array([0]))
    assert nothing_moved(t, ledger)


# ---------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("flow", "payer", "payee", "amounts", "message"),
    [
        ("bribes", "ST", "HH", np.array([1]), "no flow 'bribes' from ST to HH"),
        ("wages", "HH", "ST", np.array([1]), "no flow 'wages' from HH to ST"),
        ("wages", "HH", "ST", np.zeros(0, np.int64), "no flow 'wages' from HH to ST"),
        ("wages", "ST", "HH", np.array([3, -1]), "'wages': negative amount -1 fen"),
        ("wages", "ST", "HH", np.array([-1, 3]), "'wages': negative amount -1 fen"),
        ("wages", "ST", "HH", np.array([1.5]), r"'wages': amounts must be whole fen \(int64\), not float64"),
        ("wages", "ST", "HH", np.array([1], np.int32), r"'wages': .*not int32"),
        ("wages", "ST", "HH", np.array([True]), r"'wages': .*not bool"),
    ],
)
def test_a_wrong_payment_is_refused_and_nothing_moves(books, flow, payer, payee, amounts, message):
    t, ledger = books
    with pytest.raises(LedgerError, match=message):
        ledger.pay(flow, (t[payer], 0), (t[payee], 0), amounts)
    assert nothing_moved(t, ledger)


@pytest.mark.parametrize(
    ("payers", "payees", "amounts", "received", "message"),
    [
        (np.arange(3), 0, np.array([1, 2]), None, "2 amounts for 3 rows"),
        (0, np.arange(3), np.array([1, 2]), None, "2 amounts for 3 rows"),
        (np.arange(2), np.arange(3), np.array([1, 2]), np.array([2, 1]), "2 amounts for 3 rows"),
        (np.zeros(0, int), 0, np.array([1, 2]), None, "2 amounts for 0 rows"),
        (ALL, 0, np.array([1, 2]), None, "2 amounts for 5 rows"),
        (0, ALL, np.array([3]), None, "1 amounts for 8 rows"),
        (0, np.arange(2), np.array([1]), np.array([1.0, 0.0]), "whole fen"),
        (0, np.arange(2), np.array([1]), np.array([2, -1]), "negative amount -1"),
    ],
)
def test_rows_and_amounts_must_match(books, payers, payees, amounts, received, message):
    t, ledger = books
    with pytest.raises(LedgerError, match=f"'wages': .*{message}"):
        ledger.pay("wages", (t["ST"], payers), (t["HH"], payees), amounts, received)
    assert nothing_moved(t, ledger)


@pytest.mark.parametrize("row", [-1, 3])
def test_nobody_can_be_paid_who_does_not_live(row):
    t = {"RC": Sector("RC", 1), "ST": Accounts(8)}
    t["ST"].sector = "ST"
    t["ST"].add([1, 2, 3])
    ledger = Ledger(t.values())
    with pytest.raises((LedgerError, IndexError)):
        ledger.pay("founders", (t["RC"], 0), (t["ST"], np.array([row])), np.array([5]))


@pytest.mark.parametrize("flow", FLOWS)
def test_a_flow_joins_its_sectors_and_no_others(flow):
    tables = {s: Sector(s, 1) for s in SECTORS}
    ledger = Ledger(tables.values())
    allowed = {(payer, payee) for name, payer, payee in PAIRS if name == flow}
    assert allowed and FLOWS[flow].meaning
    for payer in SECTORS:
        for payee in SECTORS:
            pay = (flow, (tables[payer], 0), (tables[payee], 0), np.array([1]))
            if (payer, payee) in allowed:
                ledger.pay(*pay)
            else:
                with pytest.raises(LedgerError, match=f"no flow '{flow}' from {payer} to {payee}"):
                    ledger.pay(*pay)
    assert ledger.paid(flow) == len(allowed)
    ledger.check()


# ---------------------------------------------------------------------------- checking


def test_money_made_out_of_nothing_is_found():
    t, ledger = make(audit=False)
    t["ST"]._data["cash_fen"][1] += 7
    with pytest.raises(LedgerError, match="deposits of the economy sum to 7 fen, not 0"):
        ledger.check()


@pytest.mark.parametrize("audit", [False, True])
def test_money_moved_past_the_ledger_between_sectors_names_the_sector(audit):
    t, ledger = make(audit)
    ledger.pay("wages", (t["ST"], 0), (t["HH"], 0), np.array([100]))
    t["LL"]._data["cash_fen"][0] += 7
    t["RC"]._data["cash_fen"][0] -= 7
    with pytest.raises(LedgerError, match="landlords hold 7 fen more than their payments explain"):
        ledger.check()


class Firms(Accounts):
    """For the tests."""

    sector = "ST"


def test_money_moved_past_the_ledger_within_a_sector_names_the_agent_in_an_audit():
    for audit in (False, True):
        firms, rest = Firms(8), Sector("RC", 1)
        firms.add([101, 202, 303])
        ledger = Ledger([firms, rest], audit=audit)
        ledger.pay("founders", (rest, 0), (firms, np.arange(3)), np.array([50, 60, 70]))
        ledger.open_month()
        ledger.pay("inputs", (firms, 1), (rest, 0), np.array([10]))
        ledger.pay("founders", (rest, 0), (firms, 1), np.array([4]))
        ledger.check()
        firms._data["cash_fen"][1:3] += -7, 7
        if not audit:
            ledger.check()  # sectors balance: only the audit sees agents
            continue
        with pytest.raises(LedgerError) as caught:
            ledger.check()
        assert str(caught.value) == (
            "Firms id 202 (row 1) holds -7 fen more than its payments explain: opened 60, received 4, paid 10, holds 47"
        )


def test_an_audited_month_starts_with_clean_books(books):
    t, ledger = books
    ledger.pay("wages", (t["ST"], 0), (t["HH"], np.array([1, 1])), np.array([5, 6]))
    assert t["ST"].paid_fen.tolist() == [11, 0, 0, 0, 0] and t["HH"].received_fen[1] == 11
    ledger.open_month()
    for table in t.values():
        assert not table.paid_fen.any() and not table.received_fen.any()
        np.testing.assert_array_equal(table.opening_fen, table.cash_fen)
    ledger.check()


# ---------------------------------------------------------------------------- rounding


def test_amounts_are_rounded_half_up_and_must_be_money():
    assert fen(np.array([0.005, 0.0049, -0.005, 2.675, 1e12])).tolist() == [1, 0, 0, 268, 10**14]
    assert fen(np.array([0.125, 0.375, -0.125, -0.375])).tolist() == [13, 38, -12, -37]  # halves exact in binary
    assert fen(3.0).shape == () and int(fen(3.0)) == 300
    assert fen(np.ones((2, 3))).tolist() == [[100] * 3] * 2 and fen(1.0).dtype == np.int64
    assert fen(np.zeros(0)).shape == (0,)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e30, -1e30])
def test_what_is_not_an_amount_of_money_is_refused(wrong):
    with pytest.raises(LedgerError, match=r"not an amount of money: .* yuan"):
        fen(np.array([1.0, wrong]))
    with pytest.raises(LedgerError, match="not an amount"):
        fen(wrong)


@settings(deadline=None)
@given(st.integers(-(10**14), 10**14), st.floats(-1e10, 1e10))
def test_rounding_is_exact_but_for_what_a_float_cannot_tell_from_half_a_fen(whole, yuan):
    assert int(fen(whole / 100)) == whole
    exact = (100 * Decimal(yuan) + Decimal("0.5")).to_integral_value(ROUND_FLOOR)
    nearly_half = abs(abs(100 * Decimal(yuan)) % 1 - Decimal("0.5")) < Decimal("0.001")  # 100 yuan is rounded itself
    assert abs(int(fen(yuan)) - exact) <= int(nearly_half)


# ---------------------------------------------------------------------------- whatever is paid

amounts = st.lists(st.integers(0, 10**12), min_size=1, max_size=4)
payments = st.lists(st.tuples(st.sampled_from(PAIRS), st.booleans(), amounts, st.randoms()), max_size=12)


@settings(max_examples=60)
@given(st.lists(payments, max_size=3), st.booleans())
def test_whatever_is_paid_the_books_balance_and_agree_with_a_dictionary(months, audit):
    tables = {s: Sector(s, 3) for s in SECTORS}
    ledger, plain = Ledger(tables.values(), audit=audit), {(s, row): 0 for s in SECTORS for row in range(3)}
    for month in months:
        ledger.open_month()
        paid = dict.fromkeys(FLOWS, 0)
        for (flow, payer, payee), one_payer, fen_paid, random in month:
            to = [random.randrange(3) for _ in fen_paid]
            by = [random.randrange(3)] * len(to) if one_payer else [random.randrange(3) for _ in to]
            ledger.pay(
                flow,
                (tables[payer], by[0] if one_payer else np.array(by)),
                (tables[payee], np.array(to)),
                np.array(fen_paid),
            )
            for a, b, amount in zip(by, to, fen_paid, strict=True):
                plain[payer, a] -= amount
                plain[payee, b] += amount
                paid[flow] += amount
        ledger.check()
        assert {flow: ledger.paid(flow) for flow in FLOWS} == paid
    assert {(s, row): int(t.cash_fen[row]) for s, t in tables.items() for row in range(3)} == plain
    assert sum(plain.values()) == int(ledger.deposits().sum()) == 0


@settings(max_examples=50)
@given(amounts, st.lists(st.floats(0, 1), max_size=6))
def test_a_payroll_balances_however_it_is_cut(out, cuts):
    t, ledger = make()
    edges = [0, *sorted(int(c * sum(out)) for c in cuts), sum(out)]
    received = np.diff(edges)
    ledger.pay("wages", (t["ST"], np.arange(len(out))), (t["HH"], np.arange(len(received))), np.array(out), received)
    assert t["HH"].cash_fen[: len(received)].tolist() == received.tolist()
    ledger.check()
