"""City officials: revenue with the land channel, budgets, plans and imitation, the policies in force (G1-G9)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..accounts.ledger import Party, entry, fen, pay, whole_fen, yuan
from ..arithmetic import log
from ..arrays import Array, total
from ..compiled import compiled
from ..decisions import cities as rules
from ..decisions.smoothing import smoothed
from ..draws import uniform_of
from ..errors import InputError
from ..inputs.policies import COSTLY, FOR_FIRMS, TOTALS, Window, contradictions, replaced_by
from ..inputs.zones import zone_problems
from ..over_state import over_state
from ..panel import PROMISES
from ..state import PolicyBudgets, State, Support, UsualBudget, house_price_in, phase
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
DESIGNATION, RENT_SUBSIDY, REBATE, REBATE_CAP, HOURS_CAP = map(
    COLUMNS.index, ("designation", "rent_subsidy", "rebate", "rebate_cap", "hours_cap")
)
PUBLIC_STUDIO, STATE_SPACE, STATE_FUND, FREE_SCENES = map(COLUMNS.index, (*TOTALS, "free_scenes"))
STUDIO_IN_ZONE, SPACE_IN_ZONE, FUND_IN_ZONE = (COLUMNS.index(f"{name} in a zone") for name in TOTALS)
REBATES = COST.index("rebate")
STUDIO_SPACE, STUDIOS, FUND = TOTALS.index("public_studio"), COST.index("public_studio"), COST.index("state_fund")
ANNOUNCED, CLAIMED, PAID = range(len(PROMISES))
CITY_TAXES, LAND_SALES, LOANS = entry("city_taxes", "RC>CG"), entry("land_sales", "RC>CG"), entry("loans", "RC>CG")
REPAYMENT, INTEREST, FUND_CAPITAL = entry("loans", "CG>RC"), entry("interest", "CG>RC"), entry("fund_capital", "CG>SF")
CITY_SPENDING, PUBLIC_CAPEX = entry("city_spending", "CG>RC"), entry("public_capex", "CG>RC")


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
    plan_ahead(econ)
    _balance_budgets(econ)


@over_state
def _balance_budgets(econ):  # type: ignore[no-untyped-def]
    flows, officials, rest, usual = econ.ledger.flows, econ.officials, econ.rest_of_china.books, econ.usual_budget
    p, own = econ.p, np.empty(econ.earmarked_fen.shape[:2], np.int64)
    for city in range(len(officials)):
        price = house_price_in(econ, city) if p.land_finance else 100.0
        land = whole_fen(rules.land_revenue(usual.land[city], price, p.land_price_elasticity), econ.fen_per_yuan)
        officials.land_income_fen[city] = land
        reserved = econ.public_savings_fen[city] + _own_budgets(econ, city, own)
        if p.fiscal_rule == "prior_claim":
            carried = officials.film_budget_fen[city] * (econ.month % 12 > 0)  # unspent film budget
            interest, film, borrowed, repaid, others = _claimed_budget(econ, city, land, reserved + carried, own)
        else:
            carried = 0
            interest, film, borrowed, repaid, others = _balanced_budget(econ, city, land, reserved, own)
        econ.earmarked_fen[:, :, city] += own
        pay(flows, CITY_TAXES, rest, 0, officials.books, city, usual.tax_fen[city])
        pay(flows, LAND_SALES, rest, 0, officials.books, city, land)
        pay(flows, LOANS, rest, 0, officials.books, city, borrowed)
        pay(flows, REPAYMENT, officials.books, city, rest, 0, repaid)
        pay(flows, INTEREST, officials.books, city, rest, 0, interest)
        pay(flows, CITY_SPENDING, officials.books, city, rest, 0, others)
        officials.debt_fen[city] += borrowed - repaid
        officials.film_grant_fen[city], officials.film_budget_fen[city] = film, carried + film


@over_state
def _own_budgets(econ, city, own):  # type: ignore[no-untyped-def]
    """What is left of a city's budgets of policies; fen that become available go to ``own``, like ``earmarked_fen``."""
    budgets, kept = econ.policy_budgets, econ.earmarked_fen
    for at in range(len(own)):
        own[at, 0], own[at, 1] = budgets.yearly[econ.month, at, city], budgets.in_all[econ.month, at, city]
        kept[at, 0, city] *= econ.month % 12 > 0
        kept[at, 1, city] *= budgets.runs[econ.month, at, city]
    return kept[:, :, city].sum()


@over_state
def _interest(econ, city):  # type: ignore[no-untyped-def]
    debt = econ.officials.debt_fen[city] / econ.fen_per_yuan
    return whole_fen(debt * econ.p.city_interest_year / 12, econ.fen_per_yuan)


@over_state
def _balanced_budget(econ, city, land, reserved, own):  # type: ignore[no-untyped-def]
    """(G2) Interest, film budget, loan taken, loan repaid and spending outside film of a city, fen.

    What is left of last month's cash, but for what is ``reserved``, counts as revenue. Without fiscal limits, film gets
    its share of what was left in 2020. What policies have of their ``own`` is cut to what would be spent outside film.
    """
    p, officials, usual, interest = econ.p, econ.officials, econ.usual_budget, _interest(econ, city)
    debt, revenue_2020 = officials.debt_fen[city], usual.revenue_fen[city]
    income = usual.tax_fen[city] + land + max(officials.cash_fen[city] - reserved, 0)
    left = (1 - p.committed_share) * revenue_2020
    if p.fiscal_limits:
        left = rules.discretionary_budget(income, revenue_2020, p.committed_share, interest)
    film = np.int64(np.floor(p.film_budget_share * left))
    wanted = usual.committed_fen[city] + interest + film - income
    borrowed = min(max(wanted, 0), max(usual.debt_limit_fen[city] - debt, 0))
    repaid = min(max(-wanted, 0), debt)
    others = max(income + borrowed - repaid - interest - film, 0)
    _cut(own, rules.share_after_cut(own.sum(), max(own.sum() - others, 0)))
    return interest, film, borrowed, repaid, others - own.sum()


@over_state
def _claimed_budget(econ, city, land, reserved, own):  # type: ignore[no-untyped-def]
    """(G2b) The same where film is a prior claim; ``reserved`` is cash that film policy may still spend.

    Committed spending follows revenue. What would take debt above its limit is cut from all spending in the same
    proportion, from what policies have of their ``own`` too. What else was left over counts as revenue.
    """
    p, officials, usual, interest = econ.p, econ.officials, econ.usual_budget, _interest(econ, city)
    debt, revenue, weight = officials.debt_fen[city], usual.tax_fen[city] + land, econ.p.committed_half_life_months
    committed = smoothed(econ.committed_fen[city], p.committed_share * revenue, rules.half_life_weight(weight))
    econ.committed_fen[city] = committed
    land_2020 = whole_fen(usual.land[city], econ.fen_per_yuan)
    base, sold = (revenue, land) if p.fiscal_limits else (usual.revenue_fen[city], land_2020)
    claim = np.floor(rules.prior_claim(base, sold, land_2020, p.film_claim, p.land_substitution))
    income = revenue + officials.cash_fen[city] - reserved
    wanted = np.floor(committed) + claim + own.sum()
    missing = np.int64(wanted + interest - income)
    borrowed = min(max(missing, 0), max(usual.debt_limit_fen[city] - debt, 0))
    repaid = min(max(-missing, 0), debt)
    left = rules.share_after_cut(wanted, max(missing - borrowed, 0))
    econ.panel.now["cut_for_debt"][city] += 1 - left
    film = np.int64(np.floor(left * claim))
    _cut(own, left)
    others = income + borrowed - repaid - interest - film - own.sum()
    return interest, film, borrowed, repaid, max(others, 0)


@compiled
def _cut(own, left):  # type: ignore[no-untyped-def]
    own[:] = np.floor(own * left).astype(np.int64)


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
    built, in_zone = _enact(econ)
    city = built.nonzero()[0]
    if len(city):
        build_public_studios(econ, city, built[city], in_zone[city])


@over_state
def _enact(econ):  # type: ignore[no-untyped-def]
    """Values of instruments, savings and fund capital; crews of public studios to be built, and whether in a zone."""
    p, officials, acts = econ.p, econ.officials, econ.p.policy and econ.month < econ.p.policy_end_month
    built, in_zone = np.zeros(len(officials), np.int64), np.zeros(len(officials), np.bool_)
    for city in range(len(officials)):
        now, begun = econ.announced[econ.month, :, city], officials.imitates_from[city]
        if econ.month >= p.policy_end_month:
            officials.extra_rebate[city], officials.imitates_from[city] = 0, -1
            begun = -1
        copied = p.designation and 0 <= begun <= econ.month - p.designation_lag_months
        officials.designated[city] = min(now[DESIGNATION] + copied, 1)  # announced, or imitated early enough (G3, G9)
        officials.rent_subsidy[city] = min(now[RENT_SUBSIDY], 1)
        rebate = min(max(now[REBATE] + officials.extra_rebate[city], 0), p.national_rebate_cap * p.rebate)
        usual_cap = p.usual_rebate_cap_yuan * (rebate > 0)
        officials.rebate[city] = rebate
        officials.rebate_cap_yuan[city] = now[REBATE_CAP] if now[REBATE_CAP] > 0 else usual_cap
        officials.hours_cap[city], officials.free_scenes[city] = now[HOURS_CAP], max(now[FREE_SCENES], 0)
        for left, space in ((officials.space_left_m2, now[STATE_SPACE]), (officials.zone_space_m2, now[SPACE_IN_ZONE])):
            left[city] = max(left[city] + space * p.scale, 0) * acts
        for_investment = np.int64(np.floor(p.investment_share * officials.film_budget_fen[city]))
        plan = now[PUBLIC_STUDIO] + now[STUDIO_IN_ZONE]
        officials.zone_plan_m2[city] += now[STUDIO_IN_ZONE] * p.scale
        officials.public_plan_m2[city] += plan * p.scale
        planned = whole_fen(plan * p.scale * p.conversion_capex_yuan_m2, econ.fen_per_yuan)
        promise(econ, STUDIOS, city, planned, planned)
        before = officials.film_budget_fen[city]
        built[city], in_zone[city] = _save_for_studio(econ, city, for_investment)
        for_investment -= before - officials.film_budget_fen[city]
        _call_fund_capital(econ, city, now[STATE_FUND], now[FUND_IN_ZONE], for_investment)
        officials.subsidy_budget_fen[city] = officials.film_budget_fen[city]
    return built, in_zone


@over_state
def _call_fund_capital(econ, city, anywhere, in_zone, budget):  # type: ignore[no-untyped-def]
    """(G7, G4b) A city gives its fund the capital announced, million yuan, as far as the budget goes, fen."""
    officials, funds = econ.officials, econ.state_funds
    capital = (anywhere + in_zone) * 1e6 * econ.p.scale
    wanted = whole_fen(capital * (officials.funds_stopped_until[city] <= econ.month), econ.fen_per_yuan)
    promise(econ, FUND, city, whole_fen(capital, econ.fen_per_yuan), wanted)
    called = min(wanted, within_budget(econ, FUND, city, budget))
    if wanted > 0:
        pay(econ.ledger.flows, FUND_CAPITAL, officials.books, city, funds.books, city, called)
        charge(econ, FUND, city, called)
        funds.raised_fen[city] += called
        if in_zone > 0:
            funds.for_zone_fen[city] += np.int64(np.floor(called * (in_zone / (anywhere + in_zone))))


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
    for window, lag, acts in _windows(econ, months):
        if _by_cell(econ, window):
            continue
        if window.instrument in TOTALS:
            size = np.array([window.spread(month, p.open_window_months) for month in range(months)])
        else:
            size = np.array([window.size * window.strength(month - lag) for month in range(months)])
        column = names.index(f"{window.instrument} in a zone" if _in_zone(econ, window) else window.instrument)
        if window.instrument != "hours_cap":
            value[:, column] += (p.policy_scale * size)[:, None] * acts
        elif p.policy_scale > 0:
            here = acts & (size > 0)[:, None]
            caps[here] = np.minimum(caps[here], window.size)
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
    for window, _, acts in _windows(econ, months):
        if not _by_cell(econ, window):
            continue
        size = np.array([p.policy_scale * window.size * window.strength(month) for month in range(months)])
        cap = np.inf if window.cap_yuan_firm_year is None else window.cap_yuan_firm_year / 12
        for city, slug in enumerate(econ.cities.slugs):
            if window.city in ("all", slug):
                cells = region.cells_of(slug, window.zone)
                yield Support(FOR_FIRMS.index(window.instrument), cells, size * acts[:, city], cap)


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
    for window, _, acts in _windows(econ, months):
        if window.instrument not in COSTLY:
            continue
        at = COST.index(window.instrument)
        here = acts & np.array([window.in_force(month) for month in range(months)])[:, None]
        if window.has_budget:
            budgeted[:, at] |= here
            runs[:, at] |= here & (window.budget_yuan_year is None)
            parts = np.array([window.budget(month, p.open_window_months) for month in range(months)])
            yearly[:, at] += p.policy_scale * parts[:, :1] * here
            in_all[:, at] += p.policy_scale * parts[:, 1:] * here
        elif window.size > 0:
            other[:, at] |= here
    return PolicyBudgets(fen(yearly * p.scale), fen(in_all * p.scale), runs, ~budgeted | other)


def _windows(econ: State, months: int) -> Iterator[tuple[Window, int, Array]]:
    """Windows of cities, months after which they act, and where they are acted on then, (months, cities): in their
    cities where no later window silences them."""
    p, slugs = econ.p, econ.cities.slugs
    for at, window in enumerate(econ.policies):
        if window.instrument == "censorship" or not p[SWITCH[window.instrument]]:
            continue
        lag = p.designation_lag_months if window.instrument == "designation" else 0
        acts = np.zeros((months, len(slugs)), bool)
        acts[: p.policy_end_month if p.policy else 0] = [window.city in ("all", slug) for slug in slugs]
        for later in replaced_by(econ.policies, at):
            silent = [later.in_force(month - lag) for month in range(months)]
            acts[np.ix_(silent, [later.city in ("all", slug) for slug in slugs])] = False
        yield window, lag, acts


@over_state
def officials_act(econ):  # type: ignore[no-untyped-def]
    """Whether cities have film policies at all this month."""
    return econ.p.policy and econ.month < econ.p.policy_end_month


@phase(
    reads="draws officials",
    writes="officials.extra_rebate officials.funds_stopped_until officials.imitates_from officials.tolerance",
)
@over_state
def change_leaders(econ):  # type: ignore[no-untyped-def]
    """(G9) Now and then a city gets new leaders: they drop the plans of the old ones and stop calling fund capital."""
    p, officials = econ.p, econ.officials
    for city in range(len(officials) if p.turnover else 0):
        u = uniform_of(econ.draws.of("official.turnover"), econ.draws.month, 0, econ.cities.keys[city])
        if u < p.turnover_rate:
            officials.extra_rebate[city], officials.imitates_from[city] = 0, -1
            officials.funds_stopped_until[city] = econ.month + p.fund_pause_months
            officials.tolerance[city] = p.tolerance


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
    if econ.month % 12 or econ.month < 24 or not (officials_act(econ) and p.annual_plans):
        return
    spending = econ.panel.array("local_spending_yuan", 24)
    now, before = spending[12:].sum(axis=0), spending[:12].sum(axis=0)
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
    planned = np.minimum(planned, _affordable_rebate(econ, spending[12:]))
    officials.extra_rebate += np.where(officials.designated > 0, planned - officials.rebate, 0)


@over_state
def _affordable_rebate(econ, spending):  # type: ignore[no-untyped-def]
    """(G8, G9) (cities,) rebate that a year's budget for subsidies pays on local ``spending`` (12 months, cities)."""
    officials, budgets, at, rebate = econ.officials, econ.policy_budgets, REBATES, np.empty(len(econ.officials))
    for city in range(len(rebate)):
        open_to, grant = budgets.shared[econ.month, at, city], officials.film_grant_fen[city]
        own = budgets.yearly[econ.month, at, city] + budgets.in_all[econ.month, at, city]
        year, spent = 12 * (((1 - econ.p.investment_share) * grant * open_to + own) / econ.fen_per_yuan), 0.0
        for month in range(len(spending)):
            spent += spending[month, city]
        rebate[city] = rules.affordable_rebate(year, spent)
    return rebate


def _own_rebate_budget(econ: State) -> Array:
    """(cities,) fen that become available this month of budgets that rebates have of their own."""
    at = econ.month, REBATES
    own: Array = econ.policy_budgets.yearly[at] + econ.policy_budgets.in_all[at]
    return own


@phase(
    reads="draws officials panel policy_budgets region shoot_share",
    writes="officials.extra_rebate officials.imitates_from",
)
def imitate(econ: State) -> None:
    """(G9) Cities write the industry into their plans when designated neighbours shoot much, and match their rebates.

    They copy the instrument, not the conditions that made it work. Everybody sees last month's shares.
    """
    if _join(econ):
        _match_rebates(econ, econ.panel.array("local_spending_yuan", 12))


@over_state
def _match_rebates(econ, spending):  # type: ignore[no-untyped-def]
    """Imitators raise their rebate towards the highest, within budget for ``spending`` (12 months, cities)."""
    officials, affordable = econ.officials, _affordable_rebate(econ, spending)
    highest = officials.rebate.max()
    for city in range(len(officials)):
        if officials.imitates_from[city] >= 0:
            gap, room = highest - officials.rebate[city], affordable[city] - officials.rebate[city]
            officials.extra_rebate[city] += min(econ.p.imitation_catch_up * gap, max(room, 0.0))


@over_state
def _join(econ):  # type: ignore[no-untyped-def]
    """Cities write the industry into their plans that see much success; how many have by now unprompted."""
    p, officials, imitators = econ.p, econ.officials, 0
    if not (officials_act(econ) and p.imitation and p.designation):
        return 0
    success = officials.designated * econ.shoot_share
    for city in range(len(officials)):
        seen = total(econ.region.closeness[city] * success)
        chance = rules.imitation_probability(seen, p.imitation_rate, p.imitation_success)
        u = uniform_of(econ.draws.of("official.imitation"), econ.draws.month, 0, econ.cities.keys[city])
        if u < chance and officials.designated[city] == 0 and officials.imitates_from[city] < 0:
            officials.imitates_from[city] = econ.month
        imitators += officials.imitates_from[city] >= 0
    return imitators


@over_state
def _save_for_studio(econ, city, budget):  # type: ignore[no-untyped-def]
    """(G4, G4b) A city saves for the space it planned and builds once it can pay for room for a crew.

    What is planned for a zone comes first and goes there. Returns the crews of the base, and whether it is in the zone.
    """
    p, officials, saved = econ.p, econ.officials, econ.public_savings_fen
    can_pay = within_budget(econ, STUDIOS, city, budget)
    if officials.public_plan_m2[city] < p.crew_floor_m2 / 2 or can_pay <= 0:
        return 0, False
    capex = whole_fen(p.conversion_capex_yuan_m2, econ.fen_per_yuan)
    plan = max(officials.public_plan_m2[city], p.crew_floor_m2)  # half a crew's room is rounded up to one
    put_by = min(can_pay, max(np.int64(plan * capex) - saved[city], 0))
    saved[city] += put_by
    _draw(econ, STUDIOS, city, put_by)
    econ.panel.promises[STUDIOS, PAID, city] += put_by / econ.fen_per_yuan
    in_zone = officials.zone_plan_m2[city] >= p.crew_floor_m2 / 2
    if in_zone:
        plan = max(min(officials.zone_plan_m2[city], plan), p.crew_floor_m2)
    return int(min(saved[city] / capex, plan) // p.crew_floor_m2), in_zone


def build_public_studios(econ: State, city: Array, crews: Array, in_zone: Array) -> None:
    """(G4) What cities have saved for is built: in the city's cheapest derelict mall, or new in its cheapest cell."""
    mall, cell = _pay_for_studios(econ, city, crews, in_zone)
    open_bases(econ, city, cell, mall, crews, np.zeros(len(city), int), public=True)


@over_state
def _pay_for_studios(econ, city, crews, in_zone):  # type: ignore[no-untyped-def]
    """(studios,) row of the cheapest derelict mall that is large enough and its cell, else -1 and the cheapest cell."""
    p, officials, region, malls, zones = econ.p, econ.officials, econ.region, econ.malls, econ.in_zones
    mall, cell = np.full(len(city), -1), np.zeros(len(city), np.int64)
    for i in range(len(city)):
        here, floor, anywhere, lowest = city[i], crews[i] * p.crew_floor_m2, not in_zone[i], np.inf
        for at in range(region.first[here], region.first[here + 1]):
            if (zones[STUDIO_SPACE, at] or anywhere) and region.rent[at] < lowest:
                lowest, cell[i] = region.rent[at], at
        lowest = np.inf
        for row in range(len(malls) if p.mall_m2 >= floor else 0):
            at = malls.cell[row]
            allowed = malls.derelict[row] and malls.city[row] == here and (zones[STUDIO_SPACE, at] or anywhere)
            if allowed and region.rent[at] < lowest:
                lowest, mall[i], cell[i] = region.rent[at], row, at
        cost = np.int64(floor * whole_fen(p.conversion_capex_yuan_m2, econ.fen_per_yuan))
        pay(econ.ledger.flows, PUBLIC_CAPEX, officials.books, here, econ.rest_of_china.books, 0, cost)
        econ.public_savings_fen[here] -= cost
        officials.film_spent_fen[here] += cost
        officials.public_plan_m2[here] -= floor
        officials.zone_plan_m2[here] -= floor * in_zone[i]
    return mall, cell


# ---------------------------------------------------------------------- what is promised, claimed and paid


@over_state
def _spend(econ, instrument, cities, amounts):  # type: ignore[no-untyped-def]
    total = np.zeros(len(econ.officials), np.int64)
    for i in range(len(cities)):
        total[cities[i]] += amounts[i]
    for city in range(len(total)):
        charge(econ, instrument, city, total[city])


@over_state
def charge(econ, instrument, city, amount):  # type: ignore[no-untyped-def]
    """Note what a city paid for an instrument, fen."""
    _draw(econ, instrument, city, amount)
    econ.officials.film_spent_fen[city] += amount
    econ.panel.promises[instrument, PAID, city] += amount / econ.fen_per_yuan


@over_state
def _draw(econ, instrument, city, amount):  # type: ignore[no-untyped-def]
    """Take an amount from the instrument's own budgets (by the year, in all), then from the shared film budget."""
    own, left = econ.earmarked_fen, amount
    for term in range(2):
        part = min(left, own[instrument, term, city])
        own[instrument, term, city] -= part
        left -= part
    econ.officials.film_budget_fen[city] -= left


@over_state
def within_budget(econ, instrument, city, shared):  # type: ignore[no-untyped-def]
    """What :func:`available` says of an instrument by number and a city."""
    own = econ.earmarked_fen[instrument, 0, city] + econ.earmarked_fen[instrument, 1, city]
    return own + shared * econ.policy_budgets.shared[econ.month, instrument, city]


NOTHING = np.empty(0)


def honour(
    econ: State, instrument: str, city: Array, claims: Array, payee: Party, flow: str, announced: Array = NOTHING
) -> Array:
    """Pay claims of a month out of budgets, prorated where these are short; what is paid of each, fen.

    ``announced`` is the (cities,) fen that the rules would have paid if everybody had come for it.
    """
    table, to = payee
    rows, payees, claimed = np.ascontiguousarray(city, np.int64), np.array(to, np.int64, ndmin=1), 1.0 * claims
    paid = econ.honoured[instrument], rows, claimed, announced, table.books, payees, entry(flow, f"CG>{table.sector}")
    amounts: Array = honour_claims(econ, COST.index(instrument), *paid)
    return amounts


@over_state
def honour_claims(econ, instrument, honoured, city, claims, announced, books, payees, entry):  # type: ignore
    """What :func:`honour` says; ``honoured`` is brought up to date.

    Parameters
    ----------
    instrument : number in :data:`COST`
    honoured : (cities,) recent share of claims paid
    city, claims : (n,) row, float fen
    announced : (cities,) float fen, or empty
    books, payees : who is paid; one row, or one for each claim
    entry : of the payments in the matrix
    """
    officials, total = econ.officials, np.zeros(len(econ.officials))
    rate, amounts = np.ones(len(total)), np.zeros(len(city), np.int64)
    for i in range(len(city)):
        total[city[i]] += claims[i]
    _note_promises(econ, instrument, np.maximum(announced, total) if len(announced) else total, total)
    if not total.any():
        return amounts
    for at in range(len(total)):
        if total[at] > 0:
            rate[at] = rules.prorated(total[at], within_budget(econ, instrument, at, officials.subsidy_budget_fen[at]))
            honoured[at] = smoothed(honoured[at], rate[at], econ.p.honoured_update_weight)
    for i in range(len(city)):
        amounts[i] = np.int64(np.floor(claims[i] * rate[city[i]]))
        to = payees[i if len(payees) > 1 else 0]
        pay(econ.ledger.flows, entry, officials.books, city[i], books, to, amounts[i])
    _spend(econ, instrument, city, amounts)
    officials.subsidy_budget_fen[:] = officials.film_budget_fen
    return amounts


def room_in_scenes(econ: State) -> Array:
    """(G3d) (cities,) crew-days a month for which free scenes have room, at the scale of the run."""
    room: Array = econ.officials.free_scenes * econ.p.scene_days_month * econ.p.scale
    return room


@over_state
def _note_promises(econ, instrument, announced, claimed):  # type: ignore[no-untyped-def]
    for city in range(len(claimed)):
        promise(econ, instrument, city, announced[city], claimed[city])


@over_state
def promise(econ, instrument, city, announced, claimed):  # type: ignore[no-untyped-def]
    """Note what was announced and claimed of an instrument by number in a city, fen; budgets are announced too."""
    budgets = econ.policy_budgets
    own = budgets.yearly[econ.month, instrument, city] + budgets.in_all[econ.month, instrument, city]
    econ.panel.promises[instrument, ANNOUNCED, city] += max(announced, own) / econ.fen_per_yuan
    econ.panel.promises[instrument, CLAIMED, city] += claimed / econ.fen_per_yuan
