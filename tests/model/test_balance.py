"""Balance sheets: by hand, month by month, and against books that are cooked."""

import numpy as np
import pytest

from microdrama.model import MicroDramaEconomy
from microdrama.model.accounts.balance import CLAIMS, balance_sheets, check_balance, net_worth_changes
from microdrama.model.accounts.ledger import FLOWS, SECTORS, LedgerError
from microdrama.model.categories import BALANCE_ITEMS
from microdrama.model.populations.tables import ON_SCREEN

ROW = {name: i for i, name in enumerate(BALANCE_ITEMS)}
AT = {name: i for i, name in enumerate(SECTORS)}


@pytest.fixture
def economy():
    econ = MicroDramaEconomy("baseline", rng=4, scale=0.05)
    econ.run_for(44)
    return econ


def flows_of(**fen):
    """A transactions-flow matrix with the given entries, ``flow=(payer, payee, fen)``."""
    matrix = np.zeros((len(FLOWS), len(SECTORS), len(SECTORS)), np.int64)
    for name, (payer, payee, amount) in fen.items():
        matrix[list(FLOWS).index(name), AT[payer], AT[payee]] = amount
    return matrix


def sheet_of(**entries):
    sheet = np.zeros((len(BALANCE_ITEMS), len(SECTORS)), np.int64)
    for name, sides in entries.items():
        for sector, fen in sides.items():
            sheet[ROW[name], AT[sector]] = fen
    return sheet


def test_a_month_by_hand():
    """A fund buys a stake of 100, a studio spends 60 on wages for an unfinished series, an old stake of 30 is lost."""
    opening = sheet_of(deposits={"PF": 150, "RC": -150}, equity={"PF": 30, "ST": -30})
    closing = sheet_of(
        deposits={"PF": 50, "ST": 40, "HH": 60, "RC": -150}, equity={"PF": 100, "ST": -100}, work_in_progress={"ST": 60}
    )
    why = net_worth_changes(opening, closing, flows_of(equity=("PF", "ST", 100), wages=("ST", "HH", 60)))
    by_sector = {name: dict(zip(SECTORS, values.tolist(), strict=True)) for name, values in why.items()}
    assert {s: v for s, v in by_sector["saving"].items() if v} == {"ST": -60, "HH": 60}
    assert {s: v for s, v in by_sector["real_assets"].items() if v} == {"ST": 60}
    assert {s: v for s, v in by_sector["write_offs"].items() if v} == {"ST": 30, "PF": -30}
    assert {s: v for s, v in by_sector["change"].items() if v} == {"ST": 30, "HH": 60, "PF": -30}


def test_all_net_worth_is_the_value_of_real_assets(economy):
    sheet = economy.balance
    for claim in CLAIMS:
        assert sheet[ROW[claim]].sum() == 0
    real = economy.bases.capital_fen.sum() + economy.series.cost_fen[economy.series.stage != ON_SCREEN].sum()
    assert sheet.sum() == sheet[ROW["bases"]].sum() + sheet[ROW["work_in_progress"]].sum() == real > 0
    assert np.array_equal(sheet, balance_sheets(economy))


def test_net_worth_changes_month_by_month_are_explained(economy):
    for opening, closing, flows in zip(
        economy.panel._balance[:-1], economy.panel._balance[1:], economy.panel._ledger[1:], strict=True
    ):
        why = net_worth_changes(opening, closing, flows)
        assert np.array_equal(why["change"], why["saving"] + why["real_assets"] + why["write_offs"])
        assert why["saving"].sum() == why["write_offs"].sum() == 0


def test_closures_write_claims_off(economy):
    stakes = [sheet[ROW["equity"], AT["PF"]] for sheet in economy.panel._balance]
    lost = economy.private_funds.written_off_fen.sum()
    assert 0 < lost == economy.private_funds.invested_fen.sum() - stakes[-1]


@pytest.mark.parametrize("sheet", ["loans", "equity"])
def test_a_claim_forgotten_in_silence_is_found(economy, sheet):
    opening = economy.balance
    if sheet == "loans":
        economy.officials.debt_fen[0] -= 1
    else:
        economy.studios.private_cost_fen[economy.studios.private_cost_fen.argmax()] -= 1
    economy.ledger.open_month()
    economy.written_off = {}
    with pytest.raises(LedgerError, match="wrote off"):
        check_balance(economy, opening, balance_sheets(economy))


def test_a_one_sided_claim_is_found(economy):
    sheet = economy.balance.copy()
    sheet[ROW["loans"], AT["RC"]] += 1
    with pytest.raises(LedgerError, match="loans sum to 1 fen"):
        check_balance(economy, economy.balance, sheet)


def test_the_table_holds_what_is_there(economy):
    table = economy.panel.balance()
    assert set(table) == {"month", "instrument", "sector", "fen"}
    assert table["fen"].all()
    last = table["month"] == table["month"][-1]
    assert table["fen"][last].sum() == economy.balance.sum()
