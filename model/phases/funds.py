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
    ticket = fen(p.ticket_yuan)
    if max(econ.state_funds.cash_fen.max(), econ.private_funds.cash_fen.max()) < ticket:
        return
    cash = studios.cash_fen
    short = np.flatnonzero((cash < fen(2 * econ.series_cost)) & (cash >= 0) & ~studios.inert)
    outlook = profit_outlook(econ, short) + 0.1 * econ.luck("fund.view").normal(studios.id[short])
    best = np.argsort(-outlook, kind="stable")
    short, outlook = short[best], outlook[best]
    if p.state_funds:
        for fund in np.flatnonzero(econ.state_funds.cash_fen >= ticket):
            here = (studios.city[short] == econ.state_funds.city[fund]) & (studios.state_bp[short] == 0)
            _buy(econ, econ.state_funds, int(fund), short[here & (outlook > p.state_hurdle)])
    if p.private_funds:
        for fund in np.flatnonzero(econ.private_funds.cash_fen >= ticket):
            unheld = studios.private_bp[short] == 0
            _buy(econ, econ.private_funds, int(fund), short[unheld & (outlook > p.private_hurdle)])


def _buy(econ: MicroDramaEconomy, funds: Funds, fund: int, ranked: Array) -> None:
    """Buy stakes in the ranked studios, a ticket each, while the capital lasts; older stakes are diluted."""
    p, studios = econ.p, econ.studios
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
