"""City officials: revenue with the land channel, budgets, plans and imitation, the policies in force (G1-G9)."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..accounts import ledger as money  # FEN_PER_YUAN is looked up when used: money may come in other coins
from ..accounts.ledger import ALL, Party, fen, yuan
from ..arrays import Array, dot
from ..compiled import compiled
from ..decisions import cities as rules
from ..decisions.smoothing import smoothed
from ..state import State, UsualBudget, phase
from .bases import open_bases

SWITCH = {
    "designation": "designation",
    "public_studio": "public_studios",
    "rent_subsidy": "rent_subsidy",
    "rebate": "rebate",
    "rebate_cap": "rebate",
    "state_fund": "state_funds",
    "hours_cap": "hours_cap",
}
"""Mechanism that turns each instrument off."""


@phase(
    reads="committed_fen house_index officials public_savings_fen usual_budget",
    writes="committed_fen ledger officials.debt_fen officials.film_budget_fen officials.land_income_fen "
    "panel.cut_for_debt",
)
def raise_revenue(econ: State) -> None:
    """Taxes and land come in, committed spending and interest go out; film gets a share of what is left, or its claim.

    A shortfall is met by borrowing up to the debt limit and then by cuts. Money left over from last month (taxes the
    industry paid, film budget that lapsed) first counts as revenue.
    """
    p, officials, ledger, rest = econ.p, econ.officials, econ.ledger, (econ.rest_of_china, 0)
    every, usual = (officials, ALL), econ.usual_budget
    price = econ.house_price if p.land_finance else np.full(len(officials), 100.0)
    land = fen(rules.land_revenue(usual.land, price, p.land_price_elasticity))
    officials.land_income_fen = land
    carried = np.zeros(len(officials), np.int64)  # unspent film budget
    if p.fiscal_rule == "prior_claim":
        carried = officials.film_budget_fen * (econ.month % 12 > 0)
        interest, film, borrowed, repaid, others = _claimed_budgets(econ, land, econ.public_savings_fen + carried)
    else:
        interest, film, borrowed, repaid, others = _balanced_budgets(
            tax=usual.tax_fen,
            land=land,
            revenue_2020=usual.revenue_fen,
            committed=usual.committed_fen,
            debt_limit=usual.debt_limit_fen,
            cash=officials.cash_fen,
            saved=econ.public_savings_fen,
            debt=officials.debt_fen,
            interest_year=p.city_interest_year,
            committed_share=p.committed_share,
            film_share=p.film_budget_share,
            limited=p.fiscal_limits,
            fen_per_yuan=money.FEN_PER_YUAN,
        )
    ledger.pay("city_taxes", rest, every, usual.tax_fen)
    ledger.pay("land_sales", rest, every, land)
    ledger.pay("loans", rest, every, borrowed)
    ledger.pay("loans", every, rest, repaid)
    ledger.pay("interest", every, rest, interest)
    ledger.pay("city_spending", every, rest, others)
    officials.debt_fen += borrowed - repaid
    officials.film_budget_fen = carried + film


def _claimed_budgets(econ: State, land: Array, reserved: Array) -> tuple[Array, ...]:
    """(G2b) Interest, film budget, loan taken, loan repaid and spending outside film where film is a prior claim.

    Committed spending follows revenue. What would take debt above its limit is cut from all spending in the same
    proportion. ``reserved`` is cash that film policy may still spend; what else was left over counts as revenue.

    Returns
    -------
    five (cities,) arrays, fen
    """
    p, officials, usual = econ.p, econ.officials, econ.usual_budget
    revenue, weight = usual.tax_fen + land, rules.half_life_weight(p.committed_half_life_months)
    econ.committed_fen = smoothed(econ.committed_fen, p.committed_share * revenue, weight)
    land_2020 = fen(usual.land)
    base, sold = (revenue, land) if p.fiscal_limits else (usual.revenue_fen, land_2020)
    claim = rules.prior_claim(base, sold, land_2020, p.film_claim, p.land_substitution)
    income = revenue + officials.cash_fen - reserved
    interest = fen(yuan(officials.debt_fen) * p.city_interest_year / 12)
    wanted = np.floor(econ.committed_fen) + np.floor(claim)
    missing = (wanted + interest - income).astype(np.int64)
    borrowed = np.clip(missing, 0, np.maximum(usual.debt_limit_fen - officials.debt_fen, 0))
    repaid = np.clip(-missing, 0, officials.debt_fen)
    left = rules.share_after_cut(wanted, np.maximum(missing - borrowed, 0))
    econ.panel.now["cut_for_debt"] += 1 - left
    film = np.floor(left * np.floor(claim)).astype(np.int64)
    return interest, film, borrowed, repaid, np.maximum(income + borrowed - repaid - interest - film, 0)


def usual_budget(econ: State) -> UsualBudget:
    """Budgets before anything changed, at the scale of the run."""
    p, cities = econ.p, econ.cities
    tax = cities.revenue_million_yuan_year * 1e6 / 12 * p.scale
    land = cities.land_revenue_million_yuan_year * 1e6 / 12 * p.scale
    limit = fen(p.city_debt_limit_years * 12 * (tax + land)) if p.fiscal_limits else np.full(len(tax), 2**61)
    return UsualBudget(land, fen(tax), fen(tax + land), fen(p.committed_share * (tax + land)), limit)


@phase(
    reads="announced bases malls officials policies public_savings_fen region slots state_funds",
    writes="announced bases ledger malls.converted malls.derelict officials.designated officials.film_budget_fen "
    "officials.film_spent_fen officials.hours_cap officials.public_plan_m2 officials.rebate "
    "officials.rebate_cap_yuan officials.rent_subsidy officials.subsidy_budget_fen public_savings_fen "
    "slots state_funds.raised_fen",
)
def carry_out_policy(econ: State) -> None:
    """Instruments take the values announced for the month; public bases and funds are paid for, within the budget."""
    p, officials = econ.p, econ.officials
    if econ.month >= len(econ.announced):
        econ.announced = announced(econ, 2 * econ.month)
    designation, public_studio, rent_subsidy, rebate, rebate_cap, state_fund, hours_cap = econ.announced[econ.month]
    if econ.month >= p.policy_end_month:
        officials.extra_rebate[:], officials.imitates_from[:] = 0, -1
    _enact(
        designation=designation,
        subsidy=rent_subsidy,
        rebate=rebate,
        cap=rebate_cap,
        imitates_from=officials.imitates_from,
        extra_rebate=officials.extra_rebate,
        imitated_by=econ.month - p.designation_lag_months,
        designates=p.designation,
        highest=p.national_rebate_cap * p.rebate,
        usual_cap=p.usual_rebate_cap_yuan,
        designated=officials.designated,
        subsidy_now=officials.rent_subsidy,
        rebate_now=officials.rebate,
        cap_now=officials.rebate_cap_yuan,
    )
    officials.hours_cap = hours_cap
    officials.public_plan_m2 += public_studio * p.scale
    for_investment = np.floor(p.investment_share * officials.film_budget_fen).astype(np.int64)
    build_public_studios(econ, for_investment)

    if state_fund.any():
        wanted = state_fund * 1e6 * p.scale * (officials.funds_stopped_until <= econ.month)
        called = np.minimum(fen(wanted), for_investment)
        every = np.arange(len(officials))
        spend(econ, "fund_capital", every, (econ.state_funds, every), called)
        econ.state_funds.raised_fen += called
    officials.subsidy_budget_fen = officials.film_budget_fen


def announced(econ: State, months: int) -> Array:
    """Value of every instrument by month and city; totals (studio space, fund capital) as each month's part.

    A cap on hours is the lowest in force, everything else adds up. Censorship is the centre's, not the cities'.

    Returns
    -------
    (months, instruments, cities) array, instruments in the order of :data:`SWITCH`
    """
    p, names = econ.p, list(SWITCH)
    value = np.zeros((months, len(names), len(econ.cities)))
    caps = value[:, names.index("hours_cap")]
    caps[:] = 24.0
    acts = range(min(months, p.policy_end_month) if p.policy else 0)
    for window in econ.policies:
        if window.instrument == "censorship" or not p[SWITCH[window.instrument]]:
            continue
        where = slice(None) if window.city == "all" else slice(at := econ.cities.index(window.city), at + 1)
        if window.instrument in ("public_studio", "state_fund"):
            size = [window.spread(month, p.open_window_months) for month in acts]
        else:
            lag = p.designation_lag_months if window.instrument == "designation" else 0
            size = [window.size * window.strength(month - lag) for month in acts]
        for month in np.flatnonzero(size):
            if window.instrument != "hours_cap":
                value[month, names.index(window.instrument), where] += p.policy_scale * size[month]
            elif p.policy_scale > 0:
                caps[month, where] = np.minimum(caps[month, where], window.size)
    return value


def officials_act(econ: State) -> bool:
    """Whether cities have film policies at all this month."""
    return econ.p.policy and econ.month < econ.p.policy_end_month


@phase(
    reads="draws officials",
    writes="officials.extra_rebate officials.funds_stopped_until officials.imitates_from officials.tolerance",
)
def change_leaders(econ: State) -> None:
    """(G9) Now and then a city gets new leaders: they drop the plans of the old ones and stop calling fund capital."""
    p, officials = econ.p, econ.officials
    if not p.turnover:
        return
    new = econ.draws("official.turnover").rows(econ.cities.keys, p.turnover_rate)
    if not len(new):
        return
    officials.extra_rebate[new], officials.imitates_from[new] = 0, -1
    officials.funds_stopped_until[new] = econ.month + p.fund_pause_months
    officials.tolerance[new] = p.tolerance


@phase(reads="last_rebate officials panel rebate_response", writes="last_rebate officials.extra_rebate rebate_response")
def plan_year(econ: State) -> None:
    """(G8) In January designated cities revise their rebate within a step, by their own forecast and within budget.

    What they believe a rebate does starts from a common prior and moves with what their last change seems to have done:
    growth of local film spending beyond the nation's, per change of the rebate.
    """
    p, officials = econ.p, econ.officials
    if not (officials_act(econ) and p.annual_plans) or econ.month % 12 or econ.month < 24:
        return
    spending = econ.panel.array("local_spending_yuan")
    now, before = spending[-12:].sum(axis=0), spending[-24:-12].sum(axis=0)
    change = officials.rebate - econ.last_rebate
    seen = (now > 0) & (before > 0) & (np.abs(change) > 1e-9)
    nation = np.log(max(now.sum(), 1.0) / max(before.sum(), 1.0))
    growth = np.log(np.where(seen, now, 1) / np.where(seen, before, 1)) - nation
    response = np.divide(growth, change, out=np.zeros(len(change)), where=seen)
    response = np.clip(response, 0, p.response_cap * p.prior_response)
    learnt = smoothed(econ.rebate_response, response, p.response_update_weight)
    econ.rebate_response = np.where(seen, learnt, econ.rebate_response)
    econ.last_rebate = officials.rebate.copy()
    budget = 12 * (1 - p.investment_share) * yuan(officials.film_budget_fen)
    planned = rules.planned_rebate(officials.rebate, econ.rebate_response, p.jobs_weight, p.plan_step, budget, now)
    officials.extra_rebate += np.where(officials.designated > 0, planned - officials.rebate, 0)


@phase(reads="draws officials region shoot_share", writes="officials.extra_rebate officials.imitates_from")
def imitate(econ: State) -> None:
    """(G9) Cities write the industry into their plans when designated neighbours shoot much, and match their rebates.

    They copy the instrument, not the conditions that made it work. Everybody sees last month's shares.
    """
    p, officials = econ.p, econ.officials
    if not (officials_act(econ) and p.imitation and p.designation):
        return
    success = dot(econ.region.closeness, officials.designated * econ.shoot_share)
    chance = rules.imitation_probability(success, p.imitation_rate, p.imitation_success)
    joins = econ.draws("official.imitation").happens(econ.cities.keys, chance)
    joins &= (officials.designated == 0) & (officials.imitates_from < 0)
    officials.imitates_from[joins] = econ.month
    imitators = (officials.imitates_from >= 0).nonzero()[0]
    if len(imitators):
        gap = officials.rebate.max() - officials.rebate[imitators]
        officials.extra_rebate[imitators] += p.imitation_catch_up * gap


def build_public_studios(econ: State, budget: Array) -> None:
    """(G4) A city saves for the space it planned and builds once it can pay for room for a crew.

    The base goes into the cheapest derelict mall of the city, or a new building in its cheapest cell. ``budget`` is
    reduced by what is set aside.
    """
    p, officials, saved = econ.p, econ.officials, econ.public_savings_fen
    city = ((officials.public_plan_m2 >= p.crew_floor_m2 / 2) & (budget > 0)).nonzero()[0]
    if not len(city):
        return
    capex_fen = int(fen(p.conversion_capex_yuan_m2))
    plan = np.maximum(officials.public_plan_m2[city], p.crew_floor_m2)  # half a crew's room is rounded up to one
    missing = (plan * capex_fen).astype(np.int64) - saved[city]
    put_by = np.minimum(budget[city], np.maximum(missing, 0))
    budget[city] -= put_by
    saved[city] += put_by
    officials.film_budget_fen[city] -= put_by
    crews = (np.minimum(saved[city] / capex_fen, plan) // p.crew_floor_m2).astype(int)
    city, crews = city[crews > 0], crews[crews > 0]
    if not len(city):
        return
    floor = crews * p.crew_floor_m2
    place = np.array([_cheapest_place(econ, int(c), m2) for c, m2 in zip(city, floor, strict=True)])
    open_bases(econ, city, place[:, 1], place[:, 0], crews, np.zeros(len(city), int), public=True)
    cost = (floor * capex_fen).astype(np.int64)
    econ.ledger.pay("public_capex", (officials, city), (econ.rest_of_china, 0), cost)
    saved[city] -= cost
    officials.film_spent_fen[city] += cost
    officials.public_plan_m2[city] -= floor


def _cheapest_place(econ: State, city: int, floor_m2: float) -> tuple[int, int]:
    """Cheapest derelict mall of a city that is large enough and its cell, else -1 and the city's cheapest cell."""
    region, malls = econ.region, econ.malls
    if econ.p.mall_m2 >= floor_m2 and len(free := np.flatnonzero(malls.derelict & (malls.city == city))):
        mall = int(free[np.argmin(region.rent[malls.cell[free]])])
        return mall, int(malls.cell[mall])
    first = region.first[city]
    return -1, int(first + np.argmin(region.rent[first : region.first[city + 1]]))


def spend(econ: State, flow: str, cities: Array, payee: Party, amounts: Array) -> None:
    """Pay from film budgets."""
    officials = econ.officials
    econ.ledger.pay(flow, (officials, cities), payee, amounts)
    _book(cities, amounts, officials.film_budget_fen, officials.film_spent_fen)


# ---------------------------------------------------------------------- loops

_discretionary = njit(rules.discretionary_budget)


@compiled
def _balanced_budgets(  # type: ignore[no-untyped-def]
    tax,
    land,
    revenue_2020,
    committed,
    debt_limit,
    cash,
    saved,
    debt,
    interest_year,
    committed_share,
    film_share,
    limited,
    fen_per_yuan,
):
    """(G2) Interest, film budget, loan taken, loan repaid and spending outside film of each city.

    What is left of last month's cash, but for what is ``saved``, counts as revenue. Unless ``limited``, film gets its
    share of what was left in 2020.

    Parameters
    ----------
    tax, land : (cities,) fen, revenue of the month
    revenue_2020, committed, debt_limit : (cities,) fen, a month of 2020, spending that cannot be cut, highest debt
    cash, saved, debt : (cities,) fen
    interest_year : 1/year
    committed_share : of revenue_2020
    film_share : of what is left
    limited : whether the budget of the month limits film policy
    fen_per_yuan : fen

    Returns
    -------
    (5, cities) fen
    """
    budgets = np.empty((5, len(tax)), np.int64)
    for city in range(len(tax)):
        interest = np.int64(np.floor(debt[city] / fen_per_yuan * interest_year / 12 * fen_per_yuan + 0.5))
        income = tax[city] + land[city] + max(cash[city] - saved[city], 0)
        left = (1 - committed_share) * revenue_2020[city]
        if limited:
            left = _discretionary(income, revenue_2020[city], committed_share, interest)
        film = np.int64(np.floor(film_share * left))
        wanted = committed[city] + interest + film - income
        borrowed = min(max(wanted, 0), max(debt_limit[city] - debt[city], 0))
        repaid = min(max(-wanted, 0), debt[city])
        budgets[:, city] = interest, film, borrowed, repaid, max(income + borrowed - repaid - interest - film, 0)
    return budgets


@compiled
def _enact(  # type: ignore[no-untyped-def]
    designation,
    subsidy,
    rebate,
    cap,
    imitates_from,
    extra_rebate,
    imitated_by,
    designates,
    highest,
    usual_cap,
    designated,
    subsidy_now,
    rebate_now,
    cap_now,
):
    """(G3, G5, G6, G9) Designation, subsidies and rebates of the month; the last four columns are filled.

    They are those announced, and what cities add that began to imitate early enough.

    Parameters
    ----------
    designation, subsidy, rebate, cap : (cities,) announced: share, share of rent, share of spending, yuan a series
    imitates_from : (cities,) month, -1 for none
    extra_rebate : (cities,) share of spending that the city adds
    imitated_by : month by which imitation must have begun to count
    designates : whether designation exists
    highest : highest rebate, share of spending
    usual_cap : yuan a series where no cap is announced
    designated, subsidy_now, rebate_now, cap_now : (cities,) filled
    """
    for city in range(len(designation)):
        copied = designates and 0 <= imitates_from[city] <= imitated_by
        designated[city] = min(designation[city] + copied, 1)
        subsidy_now[city] = min(subsidy[city], 1)
        rebate_now[city] = min(max(rebate[city] + extra_rebate[city], 0), highest)
        cap_now[city] = cap[city] if cap[city] > 0 else usual_cap * (rebate_now[city] > 0)


@compiled
def _book(cities, amounts, budget, spent):  # type: ignore[no-untyped-def]
    for i in range(len(cities)):
        budget[cities[i]] -= amounts[i]
        spent[cities[i]] += amounts[i]
