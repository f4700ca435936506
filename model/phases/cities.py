"""City officials: revenue with the land channel, budgets, plans and imitation, the policies in force (G1-G9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numba import njit

from ..accounts import ledger as money  # FEN_PER_YUAN is looked up when used: money may come in other coins
from ..accounts.ledger import ALL, Party, fen, yuan
from ..arithmetic import log
from ..arrays import Array, dot
from ..compiled import compiled
from ..decisions import cities as rules
from ..decisions.smoothing import smoothed
from ..errors import InputError
from ..inputs.policies import COSTLY, FOR_FIRMS, TOTALS, Window, contradictions, replaced_by
from ..inputs.zones import zone_problems
from ..state import PolicyBudgets, State, Support, UsualBudget, phase
from .bases import open_bases

COST = list(COSTLY)
SWITCH = {
    "designation": "designation",
    "public_studio": "public_studios",
    "rent_subsidy": "rent_subsidy",
    "park_services": "rent_subsidy",
    "housing": "rent_subsidy",
    "rebate": "rebate",
    "rebate_cap": "rebate",
    "state_fund": "state_funds",
    "hours_cap": "hours_cap",
    "training": "policy",
    "state_space": "policy",
    "free_scenes": "policy",
}
"""Mechanism that turns each instrument off."""
COLUMNS = (*SWITCH, *(f"{name} in a zone" for name in TOTALS))
"""What is announced: instruments, and of those that are totals the part for a zone (G4b)."""


@phase(
    reads="announced committed_fen earmarked_fen house_index officials policies policy_budgets public_savings_fen "
    "region usual_budget",
    writes="announced committed_fen earmarked_fen ledger officials.debt_fen officials.film_budget_fen "
    "in_zones officials.film_grant_fen officials.land_income_fen panel.cut_for_debt policy_budgets supports",
)
def raise_revenue(econ: State) -> None:
    """Taxes and land come in, committed spending and interest go out; film gets a share of what is left, or its claim.

    A shortfall is met by borrowing up to the debt limit and then by cuts. Money left over from last month (taxes the
    industry paid, film budget that lapsed) first counts as revenue. Budgets that policies have of their own are set
    aside from what is spent outside film.
    """
    p, officials, ledger, rest = econ.p, econ.officials, econ.ledger, (econ.rest_of_china, 0)
    every, usual = (officials, ALL), econ.usual_budget
    price = econ.house_price if p.land_finance else np.full(len(officials), 100.0)
    land = fen(rules.land_revenue(usual.land, price, p.land_price_elasticity))
    officials.land_income_fen = land
    plan_ahead(econ)
    own = _budgets_of_the_month(econ)
    reserved = econ.public_savings_fen + econ.earmarked_fen.sum(axis=(0, 1))
    carried = np.zeros(len(officials), np.int64)  # unspent film budget
    if p.fiscal_rule == "prior_claim":
        carried = officials.film_budget_fen * (econ.month % 12 > 0)
        interest, film, borrowed, repaid, others, own = _claimed_budgets(econ, land, reserved + carried, own)
    else:
        interest, film, borrowed, repaid, others = _balanced_budgets(
            parameters=p.numbers,
            tax=usual.tax_fen,
            land=land,
            revenue_2020=usual.revenue_fen,
            committed=usual.committed_fen,
            debt_limit=usual.debt_limit_fen,
            cash=officials.cash_fen,
            saved=reserved,
            debt=officials.debt_fen,
            fen_per_yuan=money.FEN_PER_YUAN,
        )
        total = own.sum(axis=(0, 1))
        own = np.floor(own * rules.share_after_cut(total, np.maximum(total - others, 0))).astype(np.int64)
        others = others - own.sum(axis=(0, 1))
    econ.earmarked_fen = econ.earmarked_fen + own
    ledger.pay("city_taxes", rest, every, usual.tax_fen)
    ledger.pay("land_sales", rest, every, land)
    ledger.pay("loans", rest, every, borrowed)
    ledger.pay("loans", every, rest, repaid)
    ledger.pay("interest", every, rest, interest)
    ledger.pay("city_spending", every, rest, others)
    officials.debt_fen += borrowed - repaid
    officials.film_grant_fen, officials.film_budget_fen = film, carried + film


def _budgets_of_the_month(econ: State) -> Array:
    """What becomes available under budgets of policies, like ``earmarked_fen``; what has lapsed is taken from that."""
    budgets, kept = econ.policy_budgets, econ.earmarked_fen.copy()
    kept[:, 0] *= econ.month % 12 > 0
    kept[:, 1] *= budgets.runs[econ.month]
    econ.earmarked_fen = kept
    return np.stack([part[econ.month] for part in budgets.becomes_available], axis=1)


def _claimed_budgets(econ: State, land: Array, reserved: Array, own: Array) -> tuple[Array, ...]:
    """(G2b) Interest, film budget, loan taken, loan repaid and spending outside film where film is a prior claim.

    Committed spending follows revenue. What would take debt above its limit is cut from all spending in the same
    proportion, from what policies have of their ``own`` too. ``reserved`` is cash that film policy may still spend;
    what else was left over counts as revenue.

    Returns
    -------
    five (cities,) arrays and ``own`` after the cut, fen
    """
    p, officials, usual = econ.p, econ.officials, econ.usual_budget
    revenue, weight = usual.tax_fen + land, rules.half_life_weight(p.committed_half_life_months)
    econ.committed_fen = smoothed(econ.committed_fen, p.committed_share * revenue, weight)
    land_2020 = fen(usual.land)
    base, sold = (revenue, land) if p.fiscal_limits else (usual.revenue_fen, land_2020)
    claim = rules.prior_claim(base, sold, land_2020, p.film_claim, p.land_substitution)
    income = revenue + officials.cash_fen - reserved
    interest = fen(yuan(officials.debt_fen) * p.city_interest_year / 12)
    wanted = np.floor(econ.committed_fen) + np.floor(claim) + own.sum(axis=(0, 1))
    missing = (wanted + interest - income).astype(np.int64)
    borrowed = np.clip(missing, 0, np.maximum(usual.debt_limit_fen - officials.debt_fen, 0))
    repaid = np.clip(-missing, 0, officials.debt_fen)
    left = rules.share_after_cut(wanted, np.maximum(missing - borrowed, 0))
    econ.panel.now["cut_for_debt"] += 1 - left
    film, own = (np.floor(left * part).astype(np.int64) for part in (np.floor(claim), own))
    others = income + borrowed - repaid - interest - film - own.sum(axis=(0, 1))
    return interest, film, borrowed, repaid, np.maximum(others, 0), own


def usual_budget(econ: State) -> UsualBudget:
    """Budgets before anything changed, at the scale of the run."""
    p, cities = econ.p, econ.cities
    tax = cities.revenue_million_yuan_year * 1e6 / 12 * p.scale
    land = cities.land_revenue_million_yuan_year * 1e6 / 12 * p.scale
    limit = fen(p.city_debt_limit_years * 12 * (tax + land)) if p.fiscal_limits else np.full(len(tax), 2**61)
    return UsualBudget(land, fen(tax), fen(tax + land), fen(p.committed_share * (tax + land)), limit)


@phase(
    reads="announced bases earmarked_fen in_zones malls officials policy_budgets public_savings_fen region slots "
    "state_funds",
    writes="bases earmarked_fen ledger malls.converted malls.derelict officials.designated officials.film_budget_fen "
    "officials.film_spent_fen officials.free_scenes officials.hours_cap officials.public_plan_m2 officials.rebate "
    "officials.rebate_cap_yuan officials.rent_subsidy officials.space_left_m2 officials.subsidy_budget_fen "
    "officials.zone_plan_m2 officials.zone_space_m2 panel.announced_public_studio_yuan "
    "panel.announced_state_fund_yuan panel.claimed_public_studio_yuan panel.claimed_state_fund_yuan "
    "panel.paid_public_studio_yuan panel.paid_state_fund_yuan public_savings_fen slots state_funds.for_zone_fen "
    "state_funds.raised_fen",
)
def carry_out_policy(econ: State) -> None:
    """Instruments take the values announced for the month; public bases and funds are paid for, within the budget."""
    p, officials = econ.p, econ.officials
    now = dict(zip(COLUMNS, econ.announced[econ.month], strict=True))
    if econ.month >= p.policy_end_month:
        officials.extra_rebate[:], officials.imitates_from[:] = 0, -1
    _enact(
        parameters=p.numbers,
        designation=now["designation"],
        subsidy=now["rent_subsidy"],
        rebate=now["rebate"],
        cap=now["rebate_cap"],
        imitates_from=officials.imitates_from,
        extra_rebate=officials.extra_rebate,
        month=econ.month,
        designated=officials.designated,
        subsidy_now=officials.rent_subsidy,
        rebate_now=officials.rebate,
        cap_now=officials.rebate_cap_yuan,
    )
    officials.hours_cap = now["hours_cap"]
    officials.free_scenes = np.maximum(now["free_scenes"], 0)
    space = np.maximum(officials.space_left_m2 + now["state_space"] * p.scale, 0)
    officials.space_left_m2 = space * officials_act(econ)
    space = np.maximum(officials.zone_space_m2 + now["state_space in a zone"] * p.scale, 0)
    officials.zone_space_m2 = space * officials_act(econ)
    now["public_studio"] = now["public_studio"] + now["public_studio in a zone"]
    officials.zone_plan_m2 += now["public_studio in a zone"] * p.scale
    officials.public_plan_m2 += now["public_studio"] * p.scale
    for_investment = np.floor(p.investment_share * officials.film_budget_fen).astype(np.int64)
    planned = fen(now["public_studio"] * p.scale * p.conversion_capex_yuan_m2)
    note_promise(econ, "public_studio", planned, planned)
    build_public_studios(econ, for_investment)

    in_zone = now["state_fund in a zone"]
    capital = (now["state_fund"] + in_zone) * 1e6 * p.scale
    wanted = fen(capital * (officials.funds_stopped_until <= econ.month))
    note_promise(econ, "state_fund", fen(capital), wanted)
    if wanted.any():
        called = np.minimum(wanted, available(econ, "state_fund", for_investment))
        every = np.arange(len(officials))
        spend(econ, "fund_capital", every, (econ.state_funds, every), called, "state_fund")
        econ.state_funds.raised_fen += called
        share = np.divide(in_zone, now["state_fund"] + in_zone, out=np.zeros(len(called)), where=in_zone > 0)
        econ.state_funds.for_zone_fen += np.floor(called * share).astype(np.int64)
    officials.subsidy_budget_fen = officials.film_budget_fen


def plan_ahead(econ: State) -> None:
    """Draw up what is announced for more months before a run goes on beyond them."""
    if econ.month + 1 >= len(econ.announced):
        announce(econ, 2 * (econ.month + 1))


def announce(econ: State, months: int) -> None:
    """What the policy windows say for so many months.

    Raises
    ------
    InputError
        If two windows contradict each other, or one is for a zone that is not there.
    """
    problems = contradictions(econ.policies)
    problems += zone_problems(econ.policies, econ.region.zones, econ.cities, econ.p)
    if problems:
        raise InputError(problems)
    econ.announced, econ.policy_budgets = announced(econ, months), policy_budgets(econ, months)
    econ.supports = tuple(_supports(econ, months))
    econ.in_zones = np.zeros((len(TOTALS), len(econ.region.x)), bool)
    for window in econ.policies:
        if _in_zone(econ, window):
            econ.in_zones[TOTALS.index(window.instrument), econ.region.cells_of(window.city, window.zone)] = True


def announced(econ: State, months: int) -> Array:
    """Value of every instrument by month and city; totals (studio space, fund capital) as each month's part.

    A cap on hours is the lowest in force, everything else adds up, unless a later window replaces earlier ones.
    Censorship is the centre's, not the cities'.

    Returns
    -------
    (months, instruments, cities) array, instruments in the order of :data:`COLUMNS`
    """
    p, names = econ.p, list(COLUMNS)
    value = np.zeros((months, len(names), len(econ.cities)))
    caps = value[:, names.index("hours_cap")]
    caps[:] = 24.0
    acts = range(min(months, p.policy_end_month) if p.policy else 0)
    for window, where, stands in _windows(econ):
        if _by_cell(econ, window):
            continue
        lag = p.designation_lag_months if window.instrument == "designation" else 0
        if window.instrument in TOTALS:
            size = [window.spread(month, p.open_window_months) for month in acts]
        else:
            size = [window.size * window.strength(month - lag) for month in acts]
        column = names.index(f"{window.instrument} in a zone" if _in_zone(econ, window) else window.instrument)
        for month in np.flatnonzero(size).tolist():
            here = where[stands(month - lag)]
            if window.instrument != "hours_cap":
                value[month, column, here] += p.policy_scale * size[month]
            elif p.policy_scale > 0:
                caps[month, here] = np.minimum(caps[month, here], window.size)
    return value


def _by_cell(econ: State, window: Window) -> bool:
    """Whether a window counts by cell: not if it is a rent subsidy for a zone that is the whole city."""
    if not window.by_cell or not window.zone or window.cap_yuan_firm_year or window.instrument != "rent_subsidy":
        return window.by_cell
    return _is_part(econ, window)


def _is_part(econ: State, window: Window) -> bool:
    """Whether the zone of a window is not the whole city."""
    city = econ.cities.slugs.index(window.city)
    return len(econ.region.cells_of(window.city, window.zone)) < int(np.count_nonzero(econ.region.city == city))


def _in_zone(econ: State, window: Window) -> bool:
    """(G4b) Whether a window announces a total for a part of its city."""
    return window.instrument in TOTALS and bool(window.zone) and _is_part(econ, window)


def _supports(econ: State, months: int) -> Iterator[Support]:
    """(G5b) What windows give to studios by the cell of their office."""
    p, region = econ.p, econ.region
    acts = min(months, p.policy_end_month) if p.policy else 0
    for window, where, stands in _windows(econ):
        if not _by_cell(econ, window):
            continue
        for at, city in enumerate(where):
            size = np.zeros(months)
            for month in range(acts):
                here = stands(month)
                if isinstance(here, slice) or here[at]:
                    size[month] = p.policy_scale * window.size * window.strength(month)
            cells = region.cells_of(econ.cities.slugs[city], window.zone)
            cap = np.inf if window.cap_yuan_firm_year is None else window.cap_yuan_firm_year / 12
            yield Support(FOR_FIRMS.index(window.instrument), cells, size, cap)


def support_by_cell(econ: State) -> Array:
    """(G5b) What a studio with its office there can claim this month, (rent, services, housing; cells) yuan.

    Each window gives a share of the rent or an amount, at most its cap; together not more than the rent that the
    subsidy of the whole city leaves, and than the overhead that services and housing stand in for.
    """
    p, region, now = econ.p, econ.region, np.zeros((len(FOR_FIRMS), len(econ.region.x)))
    rent = region.rent * p.office_m2_per_studio
    for instrument, cells, size, cap in econ.supports:
        of = rent[cells] if FOR_FIRMS[instrument] == "rent_subsidy" else 1.0
        now[instrument, cells] += np.minimum(size[econ.month] * of, cap)
    overhead = (p.overhead_yuan_month * econ.cities.price_level)[region.city]
    left = rent * (1 - econ.officials.rent_subsidy[region.city]), overhead, overhead - np.minimum(now[1], overhead)
    result: Array = np.clip(now, 0, left)
    return result


def policy_budgets(econ: State, months: int) -> PolicyBudgets:
    """Budgets that windows have of their own, at the scale of the run.

    An instrument of which some window in force has a budget is paid from the shared film budget only where one
    without a budget is in force too.
    """
    p, shape = econ.p, (months, len(COST), len(econ.cities))
    yearly, in_all = np.zeros(shape), np.zeros(shape)
    runs, budgeted, other = (np.zeros(shape, bool) for _ in range(3))
    acts = range(min(months, p.policy_end_month) if p.policy else 0)
    for window, where, stands in _windows(econ):
        for month in acts if window.instrument in COSTLY else ():
            if window.in_force(month):
                at = month, COST.index(window.instrument), where[stands(month)]
                (budgeted if window.has_budget else other)[at] |= window.has_budget or window.size > 0
                runs[at] |= window.budget_yuan_year is None and window.has_budget
                for total, part in zip((yearly, in_all), window.budget(month, p.open_window_months), strict=True):
                    total[at] += p.policy_scale * part
    return PolicyBudgets((fen(yearly * p.scale), fen(in_all * p.scale)), runs, ~budgeted | other)


def _windows(econ: State) -> Iterator[tuple[Window, Array, Callable[[int], Array | slice]]]:
    """Windows that cities act on, their cities, and which of these no later window has silenced in a month."""
    slugs = econ.cities.slugs
    for at, window in enumerate(econ.policies):
        if window.instrument == "censorship" or not econ.p[SWITCH[window.instrument]]:
            continue
        where = np.array([city for city, slug in enumerate(slugs) if window.city in ("all", slug)], np.int64)
        later = replaced_by(econ.policies, at)

        def stands(month: int, where: Array = where, later: list[Window] = later) -> Array | slice:
            if not later:
                return ALL
            return np.array([not any(w.in_force(month, slugs[c]) for w in later) for c in where], bool)

        yield window, where, stands


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


@phase(
    reads="last_rebate officials panel policy_budgets rebate_response",
    writes="last_rebate officials.extra_rebate rebate_response",
)
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
    nation = log(max(now.sum(), 1.0) / max(before.sum(), 1.0))
    growth = log(np.where(seen, now, 1) / np.where(seen, before, 1)) - nation
    response = np.divide(growth, change, out=np.zeros(len(change)), where=seen)
    response = np.clip(response, 0, p.response_cap * p.prior_response)
    learnt = smoothed(econ.rebate_response, response, p.response_update_weight)
    econ.rebate_response = np.where(seen, learnt, econ.rebate_response)
    econ.last_rebate = officials.rebate.copy()
    budget = 12 * (1 - p.investment_share) * yuan(officials.film_budget_fen) + 12 * yuan(_own_rebate_budget(econ))
    planned = rules.planned_rebate(officials.rebate, econ.rebate_response, p.jobs_weight, p.plan_step, budget, now)
    planned = np.minimum(planned, _affordable_rebate(econ))
    officials.extra_rebate += np.where(officials.designated > 0, planned - officials.rebate, 0)


def _affordable_rebate(econ: State) -> Array:
    """(G8, G9) (cities,) rebate that a year's budget for subsidies pays on local spending of the last twelve months."""
    spending, open_to = econ.panel.array("local_spending_yuan"), econ.policy_budgets.shared[econ.month]
    shared = (1 - econ.p.investment_share) * econ.officials.film_grant_fen * open_to[COST.index("rebate")]
    return rules.affordable_rebate(12 * yuan(shared + _own_rebate_budget(econ)), spending[-12:].sum(axis=0))


def _own_rebate_budget(econ: State) -> Array:
    """(cities,) fen that become available this month of budgets that rebates have of their own."""
    own: Array = sum(part[econ.month, COST.index("rebate")] for part in econ.policy_budgets.becomes_available)
    return own


@phase(
    reads="draws officials panel policy_budgets region shoot_share",
    writes="officials.extra_rebate officials.imitates_from",
)
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
        room = _affordable_rebate(econ)[imitators] - officials.rebate[imitators]
        officials.extra_rebate[imitators] += np.minimum(p.imitation_catch_up * gap, np.maximum(room, 0))


def build_public_studios(econ: State, budget: Array) -> None:
    """(G4, G4b) A city saves for the space it planned and builds once it can pay for room for a crew.

    The base goes into the cheapest derelict mall of the city, or a new building in its cheapest cell; what is planned
    for a zone comes first and goes there. ``budget`` is reduced by what is set aside.
    """
    p, officials, saved = econ.p, econ.officials, econ.public_savings_fen
    can_pay = available(econ, "public_studio", budget)
    city = ((officials.public_plan_m2 >= p.crew_floor_m2 / 2) & (can_pay > 0)).nonzero()[0]
    if not len(city):
        return
    capex_fen = int(fen(p.conversion_capex_yuan_m2))
    plan = np.maximum(officials.public_plan_m2[city], p.crew_floor_m2)  # half a crew's room is rounded up to one
    missing = (plan * capex_fen).astype(np.int64) - saved[city]
    put_by = np.minimum(can_pay[city], np.maximum(missing, 0))
    saved[city] += put_by
    before = officials.film_budget_fen.copy()
    _draw(city, put_by, officials.film_budget_fen, econ.earmarked_fen[COST.index("public_studio")])
    budget -= before - officials.film_budget_fen
    econ.panel.now["paid_public_studio_yuan"][city] += yuan(put_by)
    in_zone, cells = officials.zone_plan_m2[city] >= p.crew_floor_m2 / 2, econ.in_zones[TOTALS.index("public_studio")]
    plan = np.where(in_zone, np.maximum(np.minimum(officials.zone_plan_m2[city], plan), p.crew_floor_m2), plan)
    crews = (np.minimum(saved[city] / capex_fen, plan) // p.crew_floor_m2).astype(int)
    city, in_zone, crews = city[crews > 0], in_zone[crews > 0], crews[crews > 0]
    if not len(city):
        return
    floor = crews * p.crew_floor_m2
    place = np.array(
        [
            _cheapest_place(econ, (econ.region.city == c) & (cells | ~inside), m2)
            for c, inside, m2 in zip(city, in_zone, floor, strict=True)
        ]
    )
    open_bases(econ, city, place[:, 1], place[:, 0], crews, np.zeros(len(city), int), public=True)
    cost = (floor * capex_fen).astype(np.int64)
    econ.ledger.pay("public_capex", (officials, city), (econ.rest_of_china, 0), cost)
    saved[city] -= cost
    officials.film_spent_fen[city] += cost
    officials.public_plan_m2[city] -= floor
    officials.zone_plan_m2[city] -= floor * in_zone


def _cheapest_place(econ: State, allowed: Array, floor_m2: float) -> tuple[int, int]:
    """Cheapest derelict mall in ``allowed`` cells that is large enough and its cell, else -1 and the cheapest cell."""
    region, malls = econ.region, econ.malls
    if econ.p.mall_m2 >= floor_m2 and len(free := np.flatnonzero(malls.derelict & allowed[malls.cell])):
        mall = int(free[np.argmin(region.rent[malls.cell[free]])])
        return mall, int(malls.cell[mall])
    return -1, int(np.argmin(np.where(allowed, region.rent, np.inf)))


def spend(econ: State, flow: str, cities: Array, payee: Party, amounts: Array, instrument: str = "") -> None:
    """Pay for an instrument: from its own budgets as long as they last, then from the shared film budget."""
    officials = econ.officials
    econ.ledger.pay(flow, (officials, cities), payee, amounts)
    paid = _by_city(cities, amounts, len(officials))
    officials.film_spent_fen += paid
    if instrument:
        _draw(cities, amounts, officials.film_budget_fen, econ.earmarked_fen[COST.index(instrument)])
        econ.panel.now[f"paid_{instrument}_yuan"] += yuan(paid)
    else:
        officials.film_budget_fen -= paid


def available(econ: State, instrument: str, shared: Array) -> Array:
    """(cities,) fen that can be paid for an instrument: its own budgets, and ``shared`` where that pays (too)."""
    at = COST.index(instrument)
    total: Array = econ.earmarked_fen[at].sum(axis=0) + shared * econ.policy_budgets.shared[econ.month, at]
    return total


def honour(
    econ: State, instrument: str, city: Array, claims: Array, payee: Party, flow: str, announced: Array | float = 0.0
) -> Array:
    """Pay claims of a month out of budgets, prorated where these are short; what is paid of each, fen.

    ``announced`` is the (cities,) fen that the rules would have paid if everybody had come for it.
    """
    officials = econ.officials
    total = np.bincount(city, claims, len(officials))
    note_promise(econ, instrument, np.maximum(announced, total), total)
    if not total.any():
        return np.zeros(len(city), np.int64)
    rate = rules.prorated(total, available(econ, instrument, officials.subsidy_budget_fen))
    recent = smoothed(econ.honoured[instrument], rate, econ.p.honoured_update_weight)
    econ.honoured[instrument] = np.where(total > 0, recent, econ.honoured[instrument])
    amounts: Array = np.floor(claims * rate[city]).astype(np.int64)
    spend(econ, flow, city, payee, amounts, instrument)
    officials.subsidy_budget_fen = officials.film_budget_fen
    return amounts


def room_in_scenes(econ: State) -> Array:
    """(G3d) (cities,) crew-days a month for which free scenes have room, at the scale of the run."""
    room: Array = econ.officials.free_scenes * econ.p.scene_days_month * econ.p.scale
    return room


def note_promise(econ: State, instrument: str, announced: Array, claimed: Array) -> None:
    """Write down what was announced and claimed this month, (cities,) fen; budgets are announced too."""
    at, now = COST.index(instrument), econ.panel.now
    own = sum(part[econ.month, at] for part in econ.policy_budgets.becomes_available)
    now[f"announced_{instrument}_yuan"] += yuan(np.maximum(announced, own))
    now[f"claimed_{instrument}_yuan"] += yuan(claimed)


# ---------------------------------------------------------------------- loops

_discretionary = njit(rules.discretionary_budget)


@compiled
def _balanced_budgets(  # type: ignore[no-untyped-def]
    parameters, tax, land, revenue_2020, committed, debt_limit, cash, saved, debt, fen_per_yuan
):
    """(G2) Interest, film budget, loan taken, loan repaid and spending outside film of each city.

    What is left of last month's cash, but for what is ``saved``, counts as revenue. Without fiscal limits, film gets
    its share of what was left in 2020.

    Parameters
    ----------
    parameters : as a record
    tax, land : (cities,) fen, revenue of the month
    revenue_2020, committed, debt_limit : (cities,) fen, a month of 2020, spending that cannot be cut, highest debt
    cash, saved, debt : (cities,) fen
    fen_per_yuan : fen

    Returns
    -------
    (5, cities) fen
    """
    p, budgets = parameters[0], np.empty((5, len(tax)), np.int64)
    for city in range(len(tax)):
        interest = np.int64(np.floor(debt[city] / fen_per_yuan * p.city_interest_year / 12 * fen_per_yuan + 0.5))
        income = tax[city] + land[city] + max(cash[city] - saved[city], 0)
        left = (1 - p.committed_share) * revenue_2020[city]
        if p.fiscal_limits:
            left = _discretionary(income, revenue_2020[city], p.committed_share, interest)
        film = np.int64(np.floor(p.film_budget_share * left))
        wanted = committed[city] + interest + film - income
        borrowed = min(max(wanted, 0), max(debt_limit[city] - debt[city], 0))
        repaid = min(max(-wanted, 0), debt[city])
        budgets[:, city] = interest, film, borrowed, repaid, max(income + borrowed - repaid - interest - film, 0)
    return budgets


@compiled
def _enact(  # type: ignore[no-untyped-def]
    parameters,
    designation,
    subsidy,
    rebate,
    cap,
    imitates_from,
    extra_rebate,
    month,
    designated,
    subsidy_now,
    rebate_now,
    cap_now,
):
    """(G3, G5, G6, G9) Designation, subsidies and rebates of the month; the last four columns are filled.

    They are those announced, and what cities add that began to imitate early enough.

    Parameters
    ----------
    parameters : as a record
    designation, subsidy, rebate, cap : (cities,) announced: share, share of rent, share of spending, yuan a series
    imitates_from : (cities,) month, -1 for none
    extra_rebate : (cities,) share of spending that the city adds
    month : int
    designated, subsidy_now, rebate_now, cap_now : (cities,) filled
    """
    p = parameters[0]
    for city in range(len(designation)):
        copied = p.designation and 0 <= imitates_from[city] <= month - p.designation_lag_months
        designated[city] = min(designation[city] + copied, 1)
        subsidy_now[city] = min(subsidy[city], 1)
        rebate_now[city] = min(max(rebate[city] + extra_rebate[city], 0), p.national_rebate_cap * p.rebate)
        cap_now[city] = cap[city] if cap[city] > 0 else p.usual_rebate_cap_yuan * (rebate_now[city] > 0)


@compiled
def _draw(cities, amounts, budget, own):  # type: ignore[no-untyped-def]
    """Take amounts from what cities have for it of their ``own`` (by the year, in all), then from the ``budget``."""
    for i in range(len(cities)):
        city, left = cities[i], amounts[i]
        for term in range(2):
            part = min(left, own[term, city])
            own[term, city] -= part
            left -= part
        budget[city] -= left


@compiled
def _by_city(cities, amounts, count):  # type: ignore[no-untyped-def]
    total = np.zeros(count, np.int64)
    for i in range(len(cities)):
        total[cities[i]] += amounts[i]
    return total
