"""Who owns what and who owes whom: the balance-sheet matrix beside the transactions-flow matrix.

Claims are carried at cost: loans at what is still owed, stakes in studios at what funds paid for them, fund units at
capital called less capital paid back. Founders' own stakes are not a claim but the studios' net worth. Real assets are
bases (at cost less wear) and work in progress (what unfinished series have cost); finished series are carried at
nothing. Each claim is one sector's asset and another's liability, so its row sums to zero, and all net worth together
is the value of real assets (Godley & Lavoie 2007).
"""

from __future__ import annotations

import numpy as np

from ..arrays import Array
from ..categories import BALANCE_ITEMS
from ..populations.tables import ON_SCREEN
from ..state import State
from .ledger import FLOWS, SECTORS, LedgerError

CLAIMS = ("deposits", "loans", "equity", "fund_units")
FINANCIAL_FLOWS = {"loans": "loans", "equity": "equity", "fund_capital": "fund_units", "private_capital": "fund_units"}
"""Flows that buy, sell or repay a claim, and which; all others are income or spending."""

_LENDING = np.array([f for f, flow in enumerate(FLOWS) if flow in FINANCIAL_FLOWS])
"""Numbers of those flows."""
total = np.add.reduce
"""Sum over the first axis."""
_AT = {name: i for i, name in enumerate(SECTORS)}
_ROW = {name: i for i, name in enumerate(BALANCE_ITEMS)}


def balance_sheets(econ: State, deposits: Array | None = None) -> Array:
    """Balance sheets of all sectors now; ``deposits`` by sector if they are known already.

    Returns
    -------
    (balance items, sectors) int64 array, fen
        Assets positive, liabilities negative; a column sums to the sector's net worth.
    """
    sheet = np.zeros((len(BALANCE_ITEMS), len(SECTORS)), np.int64)
    bases, studios, series = econ.bases, econ.studios, econ.series
    sheet[_ROW["deposits"]] = econ.ledger.deposits() if deposits is None else deposits

    def owe(claim: str, debtor: str, creditor: str, fen: int) -> None:
        sheet[_ROW[claim], _AT[debtor]] -= fen
        sheet[_ROW[claim], _AT[creditor]] += fen

    owe("loans", "FB", "RC", total(bases.debt_fen))
    owe("loans", "CG", "RC", total(econ.officials.debt_fen))
    for funds, cost, owner in (
        (econ.state_funds, studios.state_cost_fen, "CG"),
        (econ.private_funds, studios.private_cost_fen, "RC"),
    ):
        owe("equity", "ST", funds.sector, total(cost))
        owe("fund_units", funds.sector, owner, total(funds.raised_fen) - total(funds.distributed_fen))
    built, public = total(bases.capital_fen), total(bases.capital_fen[bases.public])
    sheet[_ROW["bases"], _AT["CG"]], sheet[_ROW["bases"], _AT["FB"]] = public, built - public
    sheet[_ROW["work_in_progress"], _AT["ST"]] = total(series.cost_fen[series.stage < ON_SCREEN])
    return sheet


def net_worth_changes(opening: Array, closing: Array, flows: Array) -> dict[str, Array]:
    """Why net worth changed over a month.

    Parameters
    ----------
    opening, closing : (balance items, sectors) arrays of :func:`balance_sheets`
    flows : (flows, sectors, sectors) transactions-flow matrix of the month

    Returns
    -------
    dict of (sectors,) arrays, fen
        ``saving`` (income less spending), ``real_assets`` (built and used up), ``write_offs`` (claims that will not be
        paid: loss of one sector, gain of another), ``change`` (their sum).
    """
    lent, paid, moved = total(flows[_LENDING]), total(flows), closing - opening
    received = total(paid) - total(paid, axis=1)
    borrowed = total(lent) - total(lent, axis=1)
    return {
        "saving": received - borrowed,
        "real_assets": total(moved[len(CLAIMS) :]),
        "write_offs": total(moved[1 : len(CLAIMS)]) + borrowed,  # beyond what was lent and paid back
        "change": total(moved),
    }


def check_balance(econ: State, opening: Array, closing: Array) -> None:
    """Check the sheets: claims sum to zero, changes are explained, write-offs are those that firms' closures booked.

    Raises
    ------
    LedgerError
        Naming the claim or the sector.
    """
    for claim, fen in zip(CLAIMS, total(closing[: len(CLAIMS)], axis=1).tolist(), strict=True):
        if fen:
            raise LedgerError(f"balance sheets: {claim} sum to {fen} fen, not 0")
    why = net_worth_changes(opening, closing, econ.ledger.matrix)
    booked = np.zeros(len(SECTORS), np.int64)
    for (claim, sector), fen in econ.written_off.items():
        other = "RC" if claim == "loans" else "ST"
        sign = 1 if claim == "loans" else -1  # who owes a loan gains, who holds a stake loses
        booked[_AT[sector]] += sign * fen
        booked[_AT[other]] -= sign * fen
    if len(wrong := (why["write_offs"] != booked).nonzero()[0]):
        sector = list(SECTORS.values())[wrong[0]]
        raise LedgerError(
            f"balance sheets: {sector} wrote off {why['write_offs'][wrong[0]]} fen of claims, "
            f"closures account for {booked[wrong[0]]}"
        )
    if len(wrong := (why["change"] != why["saving"] + why["real_assets"] + why["write_offs"]).nonzero()[0]):
        raise LedgerError(f"balance sheets: net worth of {list(SECTORS.values())[wrong[0]]} changed for no reason")
