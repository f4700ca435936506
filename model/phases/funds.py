"""Investment funds: capital raised, stakes bought (F1-F2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..columns import Array
from ..decisions.funds import funded, stake_bp
from ..ledger import fen
from ..populations import Funds
from .studios import profit_outlook

if TYPE_CHECKING:
    from ..economy import MicroDramaEconomy


def raise_private_capital(econ: MicroDramaEconomy) -> None:
    """(F1) Private funds raise capital in proportion to the market and pay their managers."""
    p, funds = econ.p, econ.private_funds
    if not p.private_funds:
        return
    every = np.arange(len(funds))
    relative = econ.spending.sum() / econ.market_at(36).sum()
    capital = fen(np.full(len(funds), p.private_capital_yuan_month * p.scale * relative / len(funds)))
    econ.ledger.pay("private_capital", (econ.rest_of_china, 0), (funds, every), capital)
    funds.raised_fen += capital
    fee = np.minimum(fen(funds.raised_fen / 100 * p.fund_fee_year / 12), funds.cash_fen)
    econ.ledger.pay("private_capital", (funds, every), (econ.rest_of_china, 0), fee)


def invest(econ: MicroDramaEconomy) -> None:
    """Funds buy equity in studios short of cash, best outlook first: private ones anywhere, a state fund at home."""
    p, studios = econ.p, econ.studios
    if not (p.private_funds or p.state_funds):
        return
    outlook = profit_outlook(econ) + 0.1 * econ.luck("fund.view").normal(studios.id)
    short = (studios.cash_fen < fen(2 * econ.series_cost)) & (studios.cash_fen >= 0) & ~studios.inert
    if p.state_funds:
        for fund in np.flatnonzero(econ.state_funds.cash_fen >= fen(p.ticket_yuan)):
            here = short & (studios.city == econ.state_funds.city[fund]) & (studios.state_bp == 0)
            _buy(econ, econ.state_funds, int(fund), np.flatnonzero(here & (outlook > p.state_hurdle)), outlook)
    if p.private_funds:
        for fund in np.flatnonzero(econ.private_funds.cash_fen >= fen(p.ticket_yuan)):
            open_to = short & (studios.private_bp == 0) & (outlook > p.private_hurdle)
            _buy(econ, econ.private_funds, int(fund), np.flatnonzero(open_to), outlook)


def _buy(econ: MicroDramaEconomy, funds: Funds, fund: int, candidates: Array, outlook: Array) -> None:
    """Buy stakes for one ticket each, best outlook first, while the capital lasts; older stakes are diluted."""
    p, studios = econ.p, econ.studios
    ranked = candidates[np.argsort(-outlook[candidates], kind="stable")]
    tickets = fen(np.full(len(ranked), p.ticket_yuan))
    chosen = ranked[funded(tickets, funds.cash_fen[fund])]
    if not len(chosen):
        return
    econ.ledger.pay("equity", (funds, fund), (studios, chosen), tickets[: len(chosen)])
    funds.invested_fen[fund] += tickets[: len(chosen)].sum()
    bought = stake_bp(p.ticket_yuan, p.premoney_ratio)
    mine, other = ("state", "private") if funds.sector == "SF" else ("private", "state")
    getattr(studios, f"{mine}_fund")[chosen] = fund
    getattr(studios, f"{mine}_bp")[chosen] = bought
    getattr(studios, f"{other}_bp")[chosen] = getattr(studios, f"{other}_bp")[chosen] * (10_000 - bought) // 10_000
