"""Who owns what and who owes whom: the balance-sheet matrix beside the transactions-flow matrix.

Claims are carried at cost: loans at what is still owed, stakes in studios at what funds paid for them, fund units at
capital called less capital paid back. Founders' own stakes are not a claim but the studios' net worth. Real assets are
bases (at cost less wear) and work in progress (what unfinished series have cost); finished series are carried at
nothing. Each claim is one sector's asset and another's liability, so its row sums to zero, and all net worth together
is the value of real assets (Godley & Lavoie 2007).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .columns import Array
from .ledger import FLOWS, SECTORS, LedgerError
from .populations import ON_SCREEN

if TYPE_CHECKING:
    from .economy import MicroDramaEconomy

INSTRUMENTS = {
    "deposits": "deposits at banks, which belong to the rest of China",
    "loans": "bank loans to film bases and cities",
    "equity": "funds' stakes in studios, at cost",
    "fund_units": "capital called by funds and not paid back",
    "bases": "what was built into film bases, less wear",
    "work_in_progress": "what unfinished series have cost so far",
}
"""Rows of the balance-sheet matrix; the last two are real assets."""
CLAIMS = ("deposits", "loans", "equity", "fund_units")
FINANCIAL_FLOWS = {"loans": "loans", "equity": "equity", "fund_capital": "fund_units", "private_capital": "fund_units"}
"""Flows that buy, sell or repay a claim, and which; all others are income or spending."""

_LENDING = [f for f, flow in enumerate(FLOWS) if flow in FINANCIAL_FLOWS]
"""Numbers of those flows."""
_AT = {name: i for i, name in enumerate(SECTORS)}
_ROW = {name: i for i, name in enumerate(INSTRUMENTS)}


def balance_sheets(econ: MicroDramaEconomy) -> Array:
    """Balance sheets of all sectors now.

    Returns
    -------
    (instruments, sectors) int64 array, fen
        Assets positive, liabilities negative; a column sums to the sector's net worth.
    """
    sheet = np.zeros((len(INSTRUMENTS), len(SECTORS)), np.int64)
    bases, studios, series = econ.bases, econ.studios, econ.series
    sheet[_ROW["deposits"]] = econ.ledger.deposits()

    def owe(claim: str, debtor: str, creditor: str, fen: int) -> None:
        sheet[_ROW[claim], _AT[debtor]] -= fen
        sheet[_ROW[claim], _AT[creditor]] += fen

    owe("loans", "FB", "RC", bases.debt_fen.sum())
    owe("loans", "CG", "RC", econ.officials.debt_fen.sum())
    for funds, cost, owner in (
        (econ.state_funds, studios.state_cost_fen, "CG"),
        (econ.private_funds, studios.private_cost_fen, "RC"),
    ):
        owe("equity", "ST", funds.sector, cost.sum())
        owe("fund_units", funds.sector, owner, funds.raised_fen.sum() - funds.distributed_fen.sum())
    built, public = bases.capital_fen.sum(), bases.capital_fen[bases.public].sum()
    sheet[_ROW["bases"], [_AT["CG"], _AT["FB"]]] = public, built - public
    sheet[_ROW["work_in_progress"], _AT["ST"]] = series.cost_fen[series.stage != ON_SCREEN].sum()
    return sheet


def net_worth_changes(opening: Array, closing: Array, flows: Array) -> dict[str, Array]:
    """Why net worth changed over a month.

    Parameters
    ----------
    opening, closing : (instruments, sectors) arrays of :func:`balance_sheets`
    flows : (flows, sectors, sectors) transactions-flow matrix of the month

    Returns
    -------
    dict of (sectors,) arrays, fen
        ``saving`` (income less spending), ``real_assets`` (built and used up), ``write_offs`` (claims that will not be
        paid: loss of one sector, gain of another), ``change`` (their sum).
    """
    lent, paid, moved = flows[_LENDING].sum(axis=0), flows.sum(axis=0), closing - opening
    received = paid.sum(axis=0) - paid.sum(axis=1)
    borrowed = lent.sum(axis=0) - lent.sum(axis=1)
    return {
        "saving": received - borrowed,
        "real_assets": moved[len(CLAIMS) :].sum(axis=0),
        "write_offs": moved[1 : len(CLAIMS)].sum(axis=0) + borrowed,  # beyond what was lent and paid back
        "change": moved.sum(axis=0),
    }


def check_balance(econ: MicroDramaEconomy, opening: Array, closing: Array) -> None:
    """Check the sheets: claims sum to zero, changes are explained, write-offs are those that firms' closures booked.

    Raises
    ------
    LedgerError
        Naming the claim or the sector.
    """
    for claim, total in zip(CLAIMS, closing[: len(CLAIMS)].sum(axis=1).tolist(), strict=True):
        if total:
            raise LedgerError(f"balance sheets: {claim} sum to {total} fen, not 0")
    why = net_worth_changes(opening, closing, econ.ledger.matrix)
    booked = np.zeros(len(SECTORS), np.int64)
    for (claim, sector), fen in econ.written_off.items():
        other = "RC" if claim == "loans" else "ST"
        sign = 1 if claim == "loans" else -1  # who owes a loan gains, who holds a stake loses
        booked[_AT[sector]] += sign * fen
        booked[_AT[other]] -= sign * fen
    if len(wrong := np.flatnonzero(why["write_offs"] != booked)):
        sector = list(SECTORS.values())[wrong[0]]
        raise LedgerError(
            f"balance sheets: {sector} wrote off {why['write_offs'][wrong[0]]} fen of claims, "
            f"closures account for {booked[wrong[0]]}"
        )
    if len(wrong := np.flatnonzero(why["change"] != why["saving"] + why["real_assets"] + why["write_offs"])):
        raise LedgerError(f"balance sheets: net worth of {list(SECTORS.values())[wrong[0]]} changed for no reason")
