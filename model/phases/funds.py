"""Investment funds: capital raised, stakes bought, mandates, distributions (F1-F2, G7)."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..accounts.ledger import ALL, fen, yuan
from ..arithmetic import expm1
from ..arrays import Array, rising
from ..compiled import compiled
from ..decisions.funds import capital_raised, diluted, stake_bp
from ..inputs.policies import TOTALS
from ..state import State, phase
from .studios import profit_outlook


@phase(reads="market private_funds spending", writes="ledger private_funds.raised_fen")
def raise_private_capital(econ: State) -> None:
    """(F1) Private funds raise capital in proportion to the market, as their record allows, and pay their managers."""
    p, funds = econ.p, econ.private_funds
    if not p.private_funds:
        return
    reference = econ.market_at(p.private_capital_at_month).sum()
    relative = econ.spending.sum() / reference if reference > 0 else 0.0
    usual = np.full(len(funds), p.private_capital_yuan_month * p.scale * relative / len(funds))
    capital = fen(
        capital_raised(usual, funds.invested_fen, funds.returned_fen, funds.written_off_fen, p.fund_record_weight)
    )
    econ.ledger.pay("private_capital", (econ.rest_of_china, 0), (funds, ALL), capital)
    funds.raised_fen += capital
    fee = np.minimum(fen(yuan(funds.raised_fen) * p.fund_fee_year / 12), funds.cash_fen)
    econ.ledger.pay("fund_fees", (funds, ALL), (econ.rest_of_china, 0), fee)


@phase(
    reads="draws filings in_zones overseas_appeal private_funds series_cost state_funds studios survey",
    writes="ledger private_funds.invested_fen state_funds.for_zone_fen state_funds.invested_fen studios.mandate_city "
    "studios.mandate_ends studios.mandate_left_fen studios.private_bp studios.private_cost_fen studios.private_fund "
    "studios.state_bp studios.state_cost_fen studios.state_fund",
)
def invest(econ: State) -> None:
    """Funds buy equity in studios short of cash, best outlook first: private ones anywhere, a state fund at home.

    Both back a studio of theirs again when it runs low. A state fund with a mandate (G7) also takes, as if they were
    local, studios from elsewhere that promise to spend in its city. Capital for a zone (G4b) is for studios of the city
    with their office there.
    """
    p, studios, cost = econ.p, econ.studios, econ.series_cost
    ticket, need, too_low, promise = fen(
        np.array([p.ticket_yuan, p.fund_need_series * cost, p.follow_on_cash * cost, p.fund_mandate * p.ticket_yuan])
    )
    at_home = p.state_funds and econ.state_funds.cash_fen.max() >= ticket
    anywhere = p.private_funds and econ.private_funds.cash_fen.max() >= ticket
    if not (at_home or anywhere):
        return
    cash, mandate_left = studios.cash_fen, studios.mandate_left_fen
    short = ((cash < need) & (cash >= 0) & ~studios.inert).nonzero()[0]
    outlook = profit_outlook(econ, short) + p.fund_view_spread * econ.draws("fund.view").normal(studios.id[short])
    best = rising(-outlook)
    short, outlook = short[best], outlook[best]
    low = cash[short] < too_low
    in_zone = econ.in_zones[TOTALS.index("state_fund")][studios.cell]
    state = studios.state_fund, studios.state_bp, studios.state_cost_fen
    private = studios.private_fund, studios.private_bp, studios.private_cost_fen
    bought, promising, free = stake_bp(p.ticket_yuan, p.premoney_ratio), _would_promise(econ), mandate_left == 0
    for able, funds, hurdle, (backer, stake, paid), others in (
        (at_home, econ.state_funds, p.state_hurdle, state, private[1]),
        (anywhere, econ.private_funds, p.private_hurdle, private, state[1]),
    ):
        if not able:
            continue
        good = np.count_nonzero(outlook > hurdle)  # ranked first
        fund, studio, promised = _buy_stakes(
            capital=funds.cash_fen,
            for_zone=funds.for_zone_fen,
            in_zone=in_zone,
            home=funds.city,
            ticket=ticket,
            bought=bought,
            ranked=short[:good],
            low=low[:good],
            city=studios.city,
            free=free,
            promising=promising,
            backer=backer,
            stake=stake,
            cost=paid,
            others=others,
        )
        if not len(fund):
            continue
        tickets = np.full(len(fund), ticket)
        econ.ledger.pay("equity", (funds, fund), (studios, studio), tickets)
        np.add.at(funds.invested_fen, fund, tickets)
        if len(bound := studio[promised]):
            studios.mandate_city[bound] = funds.city[fund[promised]]
            mandate_left[bound], studios.mandate_ends[bound] = promise, econ.month + p.mandate_months


def _would_promise(econ: State) -> Array:
    """(G7) (cities, cities) whether studios of one promise to spend in another: it costs little more than at home."""
    p, value = econ.p, econ.survey.home_value
    if not p.mandates or p.fund_mandate <= 0:
        return np.zeros((len(value), len(value)), bool)
    accepts: Array = p.fund_mandate * expm1(np.maximum(value[:, None] - value, 0)) < p.promise_worth
    return accepts


@phase(reads="state_funds studios", writes="ledger studios.mandate_city studios.mandate_left_fen")
def claw_back(econ: State) -> None:
    """(G7) At the end of its term a promise not kept costs the part of the ticket that the missing spending bears."""
    p, studios = econ.p, econ.studios
    due = ((studios.mandate_ends == econ.month) & (studios.mandate_city >= 0)).nonzero()[0]
    if not len(due):
        return
    missing = studios.mandate_left_fen[due] / max(float(fen(p.fund_mandate * p.ticket_yuan)), 1.0)
    owed = np.minimum(np.floor(missing * fen(p.ticket_yuan)), np.maximum(studios.cash_fen[due], 0)).astype(np.int64)
    econ.ledger.pay("fund_claw_back", (studios, due), (econ.state_funds, studios.mandate_city[due]), owed)
    studios.mandate_left_fen[due], studios.mandate_city[due] = 0, -1


@phase(
    reads="officials private_funds state_funds",
    writes="ledger private_funds.carried_fen private_funds.distributed_fen state_funds.distributed_fen",
)
def distribute_returns(econ: State) -> None:
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
        if carry:
            econ.ledger.pay("fund_fees", (funds, ALL), (econ.rest_of_china, 0), part)
        home = funds.city if funds.sector == "SF" else np.zeros(len(funds), int)
        econ.ledger.pay(flow, (funds, ALL), (payee, home), out - part)
        funds.distributed_fen += out - part
        funds.carried_fen += part


_diluted = njit(diluted)


@compiled
def _buy_stakes(  # type: ignore[no-untyped-def]
    capital, for_zone, in_zone, home, ticket, bought, ranked, low, city, free, promising, backer, stake, cost, others
):
    """(F1, G7, G4b) One after another, funds buy stakes in studios, a ticket each, best first, while capital lasts.

    At home a fund buys into studios that have no fund of its kind; it invests again in a studio of its own that runs
    low; and it treats as local those from elsewhere that promise to spend in its city. Older stakes are diluted.

    Parameters
    ----------
    capital, home : (funds,) fen; city, -1 for a fund that invests anywhere
    for_zone, in_zone : (funds,) fen of the capital for studios in the zone of their city, lowered by what is invested;
        (studios,) whether they are in the zone of theirs
    ticket, bought : fen; the basis points they buy
    ranked, low : (n,) rows of studios, best outlook first; whether each runs low
    city, free : (studios,) where they are; whether they are bound by no promise
    promising : (cities, cities) whether a studio of one would promise to spend in the other
    backer, stake, cost, others : (studios,) brought up to date: fund of this kind, its stake in basis points, fen paid
        for it, the stake of a fund of the other kind in basis points

    Returns
    -------
    fund, studio, promised : (purchases,) rows; whether for a promise
    """
    most = len(capital) * len(ranked)
    funds, studios, promised = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.bool_)
    n = 0
    for fund in range(len(capital)):
        left = capital[fund] - for_zone[fund]
        for at in range(len(ranked)):
            if max(left, for_zone[fund]) < ticket:
                break
            studio = ranked[at]
            from_zone = in_zone[studio] and city[studio] == home[fund] and for_zone[fund] >= ticket
            if left < ticket and not from_zone:
                continue
            held, here = stake[studio] > 0, home[fund] < 0 or city[studio] == home[fund]
            again = held and low[at] and backer[studio] == fund
            promises = not held and not here and free[studio] and promising[city[studio], home[fund]]
            if again or promises or (here and not held):
                funds[n], studios[n], promised[n] = fund, studio, promises
                n += 1
                if from_zone:
                    for_zone[fund] -= ticket
                else:
                    left -= ticket
                stake[studio] = _diluted(stake[studio], bought) + bought
                others[studio] = _diluted(others[studio], bought)
                backer[studio] = fund
                cost[studio] += ticket
    return funds[:n], studios[:n], promised[:n]
