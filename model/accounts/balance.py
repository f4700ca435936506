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
from ..compiled import compiled
from ..over_state import over_state
from ..populations.tables import ON_SCREEN
from ..state import State
from .ledger import FLOWS, SECTORS, LedgerError

CLAIMS = ("deposits", "loans", "equity", "fund_units")
FINANCIAL_FLOWS = {"loans": "loans", "equity": "equity", "fund_capital": "fund_units", "private_capital": "fund_units"}
"""Flows that buy, sell or repay a claim, and which; all others are income or spending."""

LENDING = tuple(flow in FINANCIAL_FLOWS for flow in FLOWS)
ST, FB, HH, PL, IP, SF, PF, CG, LL, RC, RW = range(len(SECTORS))
_AT = {name: i for i, name in enumerate(SECTORS)}
DEPOSITS, LOANS, EQUITY, FUND_UNITS, BASES, WORK_IN_PROGRESS = range(len(BALANCE_ITEMS))


def balance_sheets(econ: State, deposits: Array | None = None) -> Array:
    """Balance sheets of all sectors now; ``deposits`` by sector if they are known already.

    Returns
    -------
    (balance items, sectors) int64 array, fen
        Assets positive, liabilities negative; a column sums to the sector's net worth.
    """
    sheet: Array = _sheet(econ, econ.ledger.deposits() if deposits is None else deposits)
    return sheet


@over_state
def _sheet(econ, deposits):  # type: ignore[no-untyped-def]
    sheet = np.zeros((WORK_IN_PROGRESS + 1, len(deposits)), np.int64)
    bases, studios, series, state, private = econ.bases, econ.studios, econ.series, econ.state_funds, econ.private_funds
    sheet[DEPOSITS] = deposits
    _owe(sheet[LOANS], FB, RC, bases.debt_fen.sum())
    _owe(sheet[LOANS], CG, RC, econ.officials.debt_fen.sum())
    _owe(sheet[EQUITY], ST, SF, studios.state_cost_fen.sum())
    _owe(sheet[EQUITY], ST, PF, studios.private_cost_fen.sum())
    _owe(sheet[FUND_UNITS], SF, CG, state.raised_fen.sum() - state.distributed_fen.sum())
    _owe(sheet[FUND_UNITS], PF, RC, private.raised_fen.sum() - private.distributed_fen.sum())
    for base in range(len(bases)):
        sheet[BASES, CG if bases.public[base] else FB] += bases.capital_fen[base]
    for row in range(len(series)):
        if series.stage[row] < ON_SCREEN:
            sheet[WORK_IN_PROGRESS, ST] += series.cost_fen[row]
    return sheet


@compiled
def _owe(claim, debtor, creditor, fen):  # type: ignore[no-untyped-def]
    claim[debtor] -= fen
    claim[creditor] += fen


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
    names = ("saving", "real_assets", "write_offs", "change")
    return dict(zip(names, _changes(opening, closing, flows), strict=True))


@compiled
def _changes(opening, closing, flows):  # type: ignore[no-untyped-def]
    """(4, sectors) of :func:`net_worth_changes`."""
    changes = np.zeros((4, len(flows[0])), np.int64)
    saving, real_assets, write_offs, change = changes[0], changes[1], changes[2], changes[3]
    for flow in range(len(flows)):
        for payer in range(len(saving)):
            for payee in range(len(saving)):
                fen = flows[flow, payer, payee]
                if fen:
                    booked = write_offs if LENDING[flow] else saving  # what was lent and paid back, and all else
                    booked[payer] -= fen
                    booked[payee] += fen
    for item in range(len(closing)):
        for sector in range(len(saving)):
            moved = closing[item, sector] - opening[item, sector]
            change[sector] += moved
            if item >= BASES:
                real_assets[sector] += moved
            elif item > DEPOSITS:
                write_offs[sector] += moved  # beyond that
    return changes


def check_balance(econ: State, opening: Array, closing: Array) -> None:
    """Check the sheets: claims sum to zero, changes are explained, write-offs are those that firms' closures booked.

    Raises
    ------
    LedgerError
        Naming the claim or the sector.
    """
    booked = np.zeros(len(SECTORS), np.int64)
    for (claim, sector), fen in econ.written_off.items():
        other = "RC" if claim == "loans" else "ST"
        sign = 1 if claim == "loans" else -1  # who owes a loan gains, who holds a stake loses
        booked[_AT[sector]] += sign * fen
        booked[_AT[other]] -= sign * fen
    claim, sector, fen = _first_wrong(opening, closing, econ.ledger.matrix, booked)
    if claim >= 0:
        raise LedgerError(f"balance sheets: {CLAIMS[claim]} sum to {fen} fen, not 0")
    if sector >= 0:
        name, said = list(SECTORS.values())[sector], f"closures account for {booked[sector]}"
        if fen != booked[sector]:
            raise LedgerError(f"balance sheets: {name} wrote off {fen} fen of claims, {said}")
        raise LedgerError(f"balance sheets: net worth of {name} changed for no reason")


@compiled
def _first_wrong(opening, closing, flows, booked):  # type: ignore[no-untyped-def]
    """The first claim that does not sum to zero, -1 for none, and the first sector whose net worth is not explained, or
    whose write-offs are not those booked; the fen that the claim sums to, or that the sector wrote off."""
    changes = _changes(opening, closing, flows)
    for claim in range(len(CLAIMS)):
        if closing[claim].sum():
            return claim, -1, closing[claim].sum()
    for sector in range(len(booked)):
        explained = changes[0, sector] + changes[1, sector] + changes[2, sector]
        if changes[2, sector] != booked[sector] or changes[3, sector] != explained:
            return -1, sector, changes[2, sector]
    return -1, -1, 0
