"""Investment funds: capital raised, stakes bought, mandates, distributions (F1-F2, G7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..columns import Array
from ..decisions.funds import funded, stake_bp
from ..ledger import fen, yuan
from ..populations import Funds
from .studios import profit_outlook

if TYPE_CHECKING:
    from ..economy import MicroDramaEconomy


PROMISE_WORTH = 0.25
"""Loss, per yuan of ticket, that a studio accepts for a promise to spend in another city."""


def raise_private_capital(econ: MicroDramaEconomy) -> None:
    """(F1) Private funds raise capital in proportion to the market and pay their managers."""
    p, funds = econ.p, econ.private_funds
    if not p.private_funds:
        return
    every = np.arange(len(funds))
    reference = econ.market_at(36).sum()
    relative = econ.spending.sum() / reference if reference > 0 else 0.0
    capital = fen(np.full(len(funds), p.private_capital_yuan_month * p.scale * relative / len(funds)))
    econ.ledger.pay("private_capital", (econ.rest_of_china, 0), (funds, every), capital)
    funds.raised_fen += capital
    fee = np.minimum(fen(yuan(funds.raised_fen) * p.fund_fee_year / 12), funds.cash_fen)
    econ.ledger.pay("fund_fees", (funds, every), (econ.rest_of_china, 0), fee)


def invest(econ: MicroDramaEconomy) -> None:
    """Funds buy equity in studios short of cash, best outlook first: private ones anywhere, a state fund at home.

    Both back a studio of theirs again when it runs low. A state fund with a mandate (G7) also takes, as if they were
    local, studios from elsewhere that promise to spend in its city.
    """
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
    low = cash[short] < fen(p.follow_on_cash * econ.series_cost)
    if p.state_funds:
        for fund in np.flatnonzero(econ.state_funds.cash_fen >= ticket):
            city, good = econ.state_funds.city[fund], outlook > p.state_hurdle
            held = studios.state_bp[short] > 0
            again = held & low & (studios.state_fund[short] == fund)
            here = studios.city[short] == city
            promise = ~here & ~held & _would_promise(econ, int(city), short)
            bought = _buy(econ, econ.state_funds, int(fund), short[good & ((here & ~held) | again | promise)])
            bound = bought[np.isin(bought, short[promise])]
            studios.mandate_city[bound] = city
            studios.mandate_left_fen[bound] = fen(p.fund_mandate * p.ticket_yuan)
            studios.mandate_ends[bound] = econ.month + p.mandate_months
    if p.private_funds:
        for fund in np.flatnonzero(econ.private_funds.cash_fen >= ticket):
            held = studios.private_bp[short] > 0
            again = held & low & (studios.private_fund[short] == fund)
            _buy(econ, econ.private_funds, int(fund), short[(outlook > p.private_hurdle) & (~held | again)])


def _would_promise(econ: MicroDramaEconomy, city: int, rows: Array) -> Array:
    """(G7) Studios that would promise to spend in the city for a ticket, as that would cost them little more."""
    p, studios, value = econ.p, econ.studios, econ.survey.home_value
    if not p.mandates or p.fund_mandate <= 0:
        return np.zeros(len(rows), bool)
    dearer = np.expm1(np.maximum(value[studios.city[rows]] - value[city], 0))
    accepts: Array = (p.fund_mandate * dearer < PROMISE_WORTH) & (studios.mandate_left_fen[rows] == 0)
    return accepts


def claw_back(econ: MicroDramaEconomy) -> None:
    """(G7) At the end of its term a promise not kept costs the part of the ticket that the missing spending bears."""
    p, studios = econ.p, econ.studios
    due = np.flatnonzero((studios.mandate_ends == econ.month) & (studios.mandate_city >= 0))
    if not len(due):
        return
    missing = studios.mandate_left_fen[due] / max(float(fen(p.fund_mandate * p.ticket_yuan)), 1.0)
    owed = np.minimum(np.floor(missing * fen(p.ticket_yuan)), np.maximum(studios.cash_fen[due], 0)).astype(np.int64)
    econ.ledger.pay("fund_claw_back", (studios, due), (econ.state_funds, studios.mandate_city[due]), owed)
    studios.mandate_left_fen[due], studios.mandate_city[due] = 0, -1


def distribute_returns(econ: MicroDramaEconomy) -> None:
    """(F1, F2) In December funds pay out what came back: to investors, less the managers' part of gains, to cities."""
    p = econ.p
    if econ.month % 12 != 11:
        return
    for funds, flow, payee, carry in (
        (econ.private_funds, "private_capital", econ.rest_of_china, p.carried_interest),
        (econ.state_funds, "fund_capital", econ.officials, 0.0),
    ):
        before = funds.distributed_fen + funds.carried_fen
        out = np.clip(funds.returned_fen - before, 0, np.maximum(funds.cash_fen, 0))
        gain = np.clip(before + out - funds.invested_fen, 0, out)
        part = np.floor(carry * gain).astype(np.int64)
        every = np.arange(len(funds))
        if carry:
            econ.ledger.pay("fund_fees", (funds, every), (econ.rest_of_china, 0), part)
        home = funds.city if funds.sector == "SF" else np.zeros(len(funds), int)
        econ.ledger.pay(flow, (funds, every), (payee, home), out - part)
        funds.distributed_fen += out - part
        funds.carried_fen += part


def _buy(econ: MicroDramaEconomy, funds: Funds, fund: int, ranked: Array) -> Array:
    """Buy stakes in the ranked studios, a ticket each, while the capital lasts; older stakes are diluted."""
    p, studios = econ.p, econ.studios
    tickets = fen(np.full(len(ranked), p.ticket_yuan))
    chosen = ranked[funded(tickets, funds.cash_fen[fund])]
    if not len(chosen):
        return chosen
    econ.ledger.pay("equity", (funds, fund), (studios, chosen), tickets[: len(chosen)])
    funds.invested_fen[fund] += tickets[: len(chosen)].sum()
    bought = stake_bp(p.ticket_yuan, p.premoney_ratio)
    for kind in ("state", "private"):
        stake = getattr(studios, f"{kind}_bp")
        stake[chosen] = stake[chosen] * (10_000 - bought) // 10_000
    mine = "state" if funds.sector == "SF" else "private"
    getattr(studios, f"{mine}_fund")[chosen] = fund
    getattr(studios, f"{mine}_bp")[chosen] += bought
    getattr(studios, f"{mine}_cost_fen")[chosen] += tickets[: len(chosen)]
    return chosen
