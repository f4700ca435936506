"""Investment funds: capital raised, stakes bought, mandates, distributions (F1-F2, G7)."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..accounts.ledger import entry, pay, whole_fen
from ..arithmetic import expm1, normal_quantile
from ..compiled import compiled
from ..decisions.funds import capital_raised, diluted, stake_bp
from ..draws import uniforms
from ..inputs.policies import TOTALS
from ..over_state import over_state
from ..state import market_in, phase
from .studios import outlook_by_market

CAPITAL, FEES = entry("private_capital", "RC>PF"), entry("fund_fees", "PF>RC")
STATE_EQUITY, PRIVATE_EQUITY = entry("equity", "SF>ST"), entry("equity", "PF>ST")
CLAW_BACK = entry("fund_claw_back", "ST>SF")
STATE_FUND = TOTALS.index("state_fund")


@phase(reads="market private_funds spending", writes="ledger private_funds.raised_fen")
@over_state
def raise_private_capital(econ):  # type: ignore[no-untyped-def]
    """(F1) Private funds raise capital in proportion to the market, as their record allows, and pay their managers."""
    p, flows, funds, rest = econ.p, econ.ledger.flows, econ.private_funds, econ.rest_of_china
    reference = market_in(econ, p.private_capital_at_month).sum()
    relative = econ.spending.sum() / reference if reference > 0 else 0.0
    for fund in range(len(funds) if p.private_funds else 0):
        usual = p.private_capital_yuan_month * p.scale * relative / len(funds)
        record = funds.invested_fen[fund], funds.returned_fen[fund], funds.written_off_fen[fund]
        capital = whole_fen(capital_raised(usual, *record, p.fund_record_weight), econ.fen_per_yuan)
        pay(flows, CAPITAL, rest.books, 0, funds.books, fund, capital)
        funds.raised_fen[fund] += capital
        fee = whole_fen(funds.raised_fen[fund] / econ.fen_per_yuan * p.fund_fee_year / 12, econ.fen_per_yuan)
        pay(flows, FEES, funds.books, fund, rest.books, 0, min(fee, funds.cash_fen[fund]))


@phase(
    reads="draws filings in_zones overseas_appeal private_funds series_cost state_funds studios survey",
    writes="ledger private_funds.invested_fen state_funds.for_zone_fen state_funds.invested_fen studios.mandate_city "
    "studios.mandate_ends studios.mandate_left_fen studios.private_bp studios.private_cost_fen studios.private_fund "
    "studios.state_bp studios.state_cost_fen studios.state_fund",
)
@over_state
def invest(econ):  # type: ignore[no-untyped-def]
    """Funds buy equity in studios short of cash, best outlook first: private ones anywhere, a state fund at home.

    Both back a studio of theirs again when it runs low. A state fund with a mandate (G7) also takes, as if they were
    local, studios from elsewhere that promise to spend in its city. Capital for a zone (G4b) is for studios of the city
    with their office there.
    """
    p, studios, state, private = econ.p, econ.studios, econ.state_funds, econ.private_funds
    ticket = whole_fen(p.ticket_yuan, econ.fen_per_yuan)
    at_home = p.state_funds and state.cash_fen.max() >= ticket
    anywhere = p.private_funds and private.cash_fen.max() >= ticket
    if not (at_home or anywhere):
        return
    studio, outlook = _short_of_cash(econ)
    low = studios.cash_fen[studio] < whole_fen(p.follow_on_cash * econ.series_cost, econ.fen_per_yuan)
    if at_home:
        funds = state.books, state.cash_fen, state.for_zone_fen, state.city, state.invested_fen
        stakes = studios.state_fund, studios.state_bp, studios.state_cost_fen, studios.private_bp
        good = np.sum(outlook > p.state_hurdle)  # ranked first
        _invest(econ, STATE_EQUITY, funds, stakes, studio[:good], low[:good])
    if anywhere:
        funds = private.books, private.cash_fen, private.for_zone_fen, private.city, private.invested_fen
        stakes = studios.private_fund, studios.private_bp, studios.private_cost_fen, studios.state_bp
        good = np.sum(outlook > p.private_hurdle)
        _invest(econ, PRIVATE_EQUITY, funds, stakes, studio[:good], low[:good])


@over_state
def _short_of_cash(econ):  # type: ignore[no-untyped-def]
    """Studios that need a fund and are not overdrawn, best first, and the profit over cost that funds expect."""
    p, studios, n = econ.p, econ.studios, 0
    short, need = np.empty(len(studios), np.int64), whole_fen(p.fund_need_series * econ.series_cost, econ.fen_per_yuan)
    for studio in range(len(studios)):
        short[n] = studio
        n += 0 <= studios.cash_fen[studio] < need and not studios.inert[studio]
    offers, outlook = outlook_by_market(econ, short[:n]), np.empty(n)
    u = uniforms(econ.draws.of("fund.view"), econ.draws.month, 0, studios.id[short[:n]])
    for i in range(n):
        outlook[i] = offers[i, :3].max() + p.fund_view_spread * normal_quantile(u[i])
    best = np.argsort(-outlook, kind="mergesort")
    return short[best], outlook[best]


@over_state
def _invest(econ, entry, funds, stakes, ranked, low):  # type: ignore[no-untyped-def]
    """Funds of a kind buy stakes in studios by rank, of which some run ``low``, and promises of them."""
    p, studios, in_zones = econ.p, econ.studios, econ.in_zones[STATE_FUND]
    (books, cash, for_zone, home, invested), (backer, stake, cost, others) = funds, stakes
    ticket = whole_fen(p.ticket_yuan, econ.fen_per_yuan)
    promise = whole_fen(p.fund_mandate * p.ticket_yuan, econ.fen_per_yuan)
    fund, studio, promised = _buy_stakes(
        capital=cash,
        for_zone=for_zone,
        in_zone=in_zones[studios.cell],
        home=home,
        ticket=ticket,
        bought=stake_bp(p.ticket_yuan, p.premoney_ratio),
        ranked=ranked,
        low=low,
        city=studios.city,
        free=studios.mandate_left_fen == 0,
        promising=_would_promise(econ),
        backer=backer,
        stake=stake,
        cost=cost,
        others=others,
    )
    for i in range(len(fund)):
        pay(econ.ledger.flows, entry, books, fund[i], studios.books, studio[i], ticket)
        invested[fund[i]] += ticket
        if promised[i]:
            studios.mandate_city[studio[i]], studios.mandate_left_fen[studio[i]] = home[fund[i]], promise
            studios.mandate_ends[studio[i]] = econ.month + p.mandate_months


@over_state
def _would_promise(econ):  # type: ignore[no-untyped-def]
    """(G7) (cities, cities) whether studios of one promise to spend in another: it costs little more than at home."""
    p, value = econ.p, econ.survey.home_value
    accepts = np.zeros((len(value), len(value)), np.bool_)
    for home in range(len(value) if p.mandates and p.fund_mandate > 0 else 0):
        for other in range(len(value)):
            cost = p.fund_mandate * expm1(max(value[home] - value[other], 0))
            accepts[home, other] = cost < p.promise_worth
    return accepts


@phase(reads="state_funds studios", writes="ledger studios.mandate_city studios.mandate_left_fen")
@over_state
def claw_back(econ):  # type: ignore[no-untyped-def]
    """(G7) At the end of its term a promise not kept costs the part of the ticket that the missing spending bears."""
    p, flows, studios, funds, unit = econ.p, econ.ledger.flows, econ.studios, econ.state_funds, econ.fen_per_yuan
    ticket, promised = whole_fen(p.ticket_yuan, unit), whole_fen(p.fund_mandate * p.ticket_yuan, unit)
    for studio in range(len(studios)):
        if studios.mandate_ends[studio] == econ.month and studios.mandate_city[studio] >= 0:
            missing = studios.mandate_left_fen[studio] / max(promised, 1.0)
            owed = np.int64(min(np.floor(missing * ticket), max(studios.cash_fen[studio], 0)))
            pay(flows, CLAW_BACK, studios.books, studio, funds.books, studios.mandate_city[studio], owed)
            studios.mandate_left_fen[studio], studios.mandate_city[studio] = 0, -1


@phase(
    reads="officials private_funds state_funds",
    writes="ledger private_funds.carried_fen private_funds.distributed_fen state_funds.distributed_fen",
)
@over_state
def distribute_returns(econ):  # type: ignore[no-untyped-def]
    """(F1, F2) In December funds pay out what came back: to investors, less the managers' part of gains, to cities."""
    private, state, flows = econ.private_funds, econ.state_funds, econ.ledger.flows
    if econ.month % 12 != 11:
        return
    for fund in range(len(private)):
        before = private.distributed_fen[fund] + private.carried_fen[fund]
        out = _comes_back(private.returned_fen[fund] - before, private.cash_fen[fund])
        gain = min(max(before + out - private.invested_fen[fund], 0), out)
        part = np.int64(np.floor(econ.p.carried_interest * gain))
        pay(flows, FEES, private.books, fund, econ.rest_of_china.books, 0, part)
        pay(flows, TO_INVESTORS, private.books, fund, econ.rest_of_china.books, 0, out - part)
        private.distributed_fen[fund] += out - part
        private.carried_fen[fund] += part
    for fund in range(len(state)):
        out = _comes_back(state.returned_fen[fund] - state.distributed_fen[fund], state.cash_fen[fund])
        pay(flows, TO_CITIES, state.books, fund, econ.officials.books, state.city[fund], out)
        state.distributed_fen[fund] += out


def _comes_back(due: int, cash: int) -> int:
    """Fen that a fund can pay out of what is due."""
    return min(max(due, 0), max(cash, 0))


TO_INVESTORS, TO_CITIES = entry("private_capital", "PF>RC"), entry("fund_capital", "SF>CG")


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
