"""Settlement: rents, subsidies, taxes, profits, household spending."""

from __future__ import annotations

import numpy as np

from ..accounts.ledger import entry, fen, pay, pay_all, whole_fen
from ..decisions.property import shell_rent
from ..over_state import over_state
from ..region import mean_by
from ..state import State, phase
from .bases import base_revenue_fen
from .cities import COST, REBATES, honour, honour_claims, officials_act


@phase(
    reads="earmarked_fen honoured officials policy_budgets region studios support supports",
    writes="earmarked_fen honoured ledger officials.film_budget_fen officials.film_spent_fen "
    "officials.subsidy_budget_fen panel.announced_housing_yuan panel.announced_park_services_yuan "
    "panel.announced_rent_subsidy_yuan panel.claimed_housing_yuan panel.claimed_park_services_yuan "
    "panel.claimed_rent_subsidy_yuan panel.paid_housing_yuan panel.paid_park_services_yuan "
    "panel.paid_rent_subsidy_yuan",
)
def pay_studio_costs(econ: State) -> None:
    """Office rent and overhead; cities pay part of the rent, prorated if their budgets are short (G5)."""
    studios = econ.studios
    active, city, overhead, claims = _pay_office_rent(econ)
    if econ.supports:
        of_rent, services, housing = fen(econ.support[:, studios.cell[active]])
        claims += of_rent
        for name, given in (("park_services", services), ("housing", housing)):
            rows = given.nonzero()[0]
            payee = (econ.landlords, city[rows]) if name == "housing" else (econ.rest_of_china, 0)
            overhead[rows] -= honour(econ, name, city[rows], given[rows], payee, name)
    _pay_overhead(econ, active, city, overhead, claims)


@over_state
def _pay_office_rent(econ):  # type: ignore[no-untyped-def]
    """Studios pay their rent; (active studios,) row, city, overhead in fen, and fen of rent that the city is to pay."""
    p, studios, region, n = econ.p, econ.studios, econ.region, 0
    rows, city, overhead = np.empty((3, len(studios)), np.int64)
    claims = np.empty(len(studios))
    for studio in range(len(studios)):
        if studios.inert[studio]:
            continue
        here = studios.city[studio]
        rent = whole_fen(region.rent[studios.cell[studio]] * p.office_m2_per_studio, econ.fen_per_yuan)
        pay(econ.ledger.flows, OFFICE_RENT, studios.books, studio, econ.landlords.books, here, rent)
        rows[n], city[n], claims[n] = studio, here, rent * econ.officials.rent_subsidy[here]
        overhead[n] = whole_fen(p.overhead_yuan_month * econ.cities.price_level[here], econ.fen_per_yuan)
        n += 1
    return rows[:n], city[:n], overhead[:n], claims[:n]


@over_state
def _pay_overhead(econ, rows, city, overhead, claims):  # type: ignore[no-untyped-def]
    """Active studios pay their overhead, and cities what they owe of the rent."""
    books, rest = econ.studios.books, econ.rest_of_china.books
    for at in range(len(rows)):
        pay(econ.ledger.flows, OVERHEAD, books, rows[at], rest, 0, overhead[at])
    honour_claims(econ, FOR_RENT, econ.honoured["rent_subsidy"], city, claims, np.empty(0), books, rows, RENT_SUBSIDY)


OFFICE_RENT, OVERHEAD, RENT_SUBSIDY = (
    entry("office_rent", "ST>LL"),
    entry("inputs", "ST>RC"),
    entry("rent_subsidy", "CG>ST"),
)
FOR_RENT, FOR_SPACE = map(COST.index, ("rent_subsidy", "state_space"))


@phase(
    reads="earmarked_fen honoured officials policy_budgets rebate_claims studios",
    writes="earmarked_fen honoured ledger officials.film_budget_fen officials.film_spent_fen "
    "officials.subsidy_budget_fen panel.announced_rebate_yuan panel.claimed_rebate_yuan panel.paid_rebate_yuan",
)
@over_state
def pay_rebates(econ):  # type: ignore[no-untyped-def]
    """(G6) Cities pay back part of what was spent on shooting in them, prorated if their budgets are short."""
    books, claims, due, honoured = econ.studios.books, econ.rebate_claims, 1.0 * econ.rebate_claims.fen, econ.honoured
    honour_claims(econ, REBATES, honoured["rebate"], claims.city, due, np.empty(0), books, claims.studio, REBATE)


REBATE, SPACE_LEASE = entry("rebate", "CG>ST"), entry("space_lease", "CG>LL")


@phase(
    reads="bases earmarked_fen honoured officials policy_budgets region",
    writes="bases.given_m2 bases.lease_paid_fen earmarked_fen honoured ledger officials.film_budget_fen "
    "officials.film_spent_fen officials.subsidy_budget_fen panel.announced_state_space_yuan "
    "panel.claimed_state_space_yuan panel.paid_state_space_yuan",
)
@over_state
def pay_space_leases(econ):  # type: ignore[no-untyped-def]
    """(G3c) Cities pay the lease of the space they gave to film bases, prorated if their budgets are short.

    Space announced that nobody has taken yet counts as announced at the mean rent of an idle shell. Without film policy
    what was given is let like any other space.
    """
    rows, city, lease, announced = _leases(econ, officials_act(econ))
    books, honoured = econ.landlords.books, econ.honoured["state_space"]
    econ.bases.lease_paid_fen[rows] = honour_claims(
        econ, FOR_SPACE, honoured, city, 1.0 * lease, announced, books, city, SPACE_LEASE
    )


@over_state
def _leases(econ, acts):  # type: ignore[no-untyped-def]
    """(G3c) Rows of bases in space that their city gave, the city, and the lease; what cities announced, (cities,)."""
    bases, region, officials, unit, n = econ.bases, econ.region, econ.officials, econ.fen_per_yuan, 0
    rows, city, lease = np.empty((3, len(bases)), np.int64)
    announced = np.zeros(len(officials))
    for base in range(len(bases)):
        bases.lease_paid_fen[base] = 0
        bases.given_m2[base] *= acts
        if bases.given_m2[base] > 0:
            rows[n], city[n] = base, bases.city[base]
            lease[n] = whole_fen(bases.rent_yuan_m2_month[base] * bases.given_m2[base], unit)
            announced[city[n]] += lease[n]
            n += 1
    mean = mean_by(region.rent, region.first, region.stock_m2, region.city_stock_m2)
    for here in range(len(officials)):
        left = officials.space_left_m2[here] + officials.zone_space_m2[here]
        announced[here] += whole_fen(left * shell_rent(mean[here], True, econ.p.shell_rent_ratio), unit)
    return rows[:n], city[:n], lease[:n], announced


@phase(
    reads="bases officials platforms promotion_share publishers set_hire studios", writes="ledger panel.film_tax_yuan"
)
def pay_taxes(econ: State) -> None:
    """(G1) Local taxes on turnover, to the city of the payer (to the rest of China for those outside the table)."""
    _pay_taxes(econ)


@over_state
def _pay_taxes(econ):  # type: ignore[no-untyped-def]
    studios, bases, platforms, publishers = econ.studios, econ.bases, econ.platforms, econ.publishers
    _tax(econ, STUDIO_TAX, studios.books, 1.0 * studios.revenue_fen, studios.city)
    _tax(econ, BASE_TAX, bases.books, 1.0 * base_revenue_fen(econ), bases.city)
    gross, cash = np.empty(len(platforms)), np.empty(len(publishers))
    for app in range(len(platforms)):
        promoted = econ.promotion_share[platforms.mode[app]] * econ.p.promotion
        gross[app] = platforms.gross_fen[app] * (1 - promoted)
    _tax(econ, PLATFORM_TAX, platforms.books, gross, platforms.city)
    for city in range(len(publishers)):
        cash[city] = max(publishers.cash_fen[city], 0)
    _tax(econ, PUBLISHER_TAX, publishers.books, cash, np.arange(len(publishers), dtype=np.int32))


@over_state
def _tax(econ, entry, payers, turnover, city):  # type: ignore[no-untyped-def]
    """Each of the ``payers`` (books) pays its part of ``turnover`` (rows,) fen to its city."""
    flows, collected = econ.ledger.flows, np.zeros(len(econ.cities), np.int64)
    for row in range(len(city)):
        tax = np.int64(np.floor(econ.p.film_tax_rate * turnover[row]))
        if city[row] >= 0:
            pay(flows, entry, payers, row, econ.officials.books, city[row], tax)
            collected[city[row]] += tax
        else:  # some platforms have their head office outside the table
            pay(flows, TAX_OUTSIDE, payers, row, econ.rest_of_china.books, 0, tax)
    for here in range(len(collected)):
        econ.panel.now["film_tax_yuan"][here] += collected[here] / econ.fen_per_yuan


STUDIO_TAX, BASE_TAX = entry("film_tax", "ST>CG"), entry("film_tax", "FB>CG")
PLATFORM_TAX, TAX_OUTSIDE = entry("film_tax", "PL>CG"), entry("film_tax", "PL>RC")
PUBLISHER_TAX = entry("film_tax", "IP>CG")


@phase(
    reads="content_share platforms private_funds publishers series_cost spending state_funds studios",
    writes="ledger private_funds.returned_fen state_funds.returned_fen",
)
@over_state
def distribute_profits(econ):  # type: ignore[no-untyped-def]
    """Studios pay out part of the cash beyond their buffer, by stakes; platforms and publishers all beyond theirs."""
    p, studios, flows, platforms, publishers = econ.p, econ.studios, econ.ledger.flows, econ.platforms, econ.publishers
    rest, unit = econ.rest_of_china.books, econ.fen_per_yuan
    buffer = whole_fen(p.dividend_buffer_series * econ.series_cost, unit)
    for studio in range(len(studios)):
        excess = studios.cash_fen[studio] - buffer
        if excess > 0 and not studios.inert[studio]:
            pay_owners(econ, studio, np.int64(np.floor(p.dividend_share * excess)))
    for app in range(len(platforms)):
        mode = platforms.mode[app]
        content = econ.content_share[mode] * econ.spending[mode] * platforms.share[app]
        idle = platforms.cash_fen[app] - whole_fen(p.platform_buffer_months * content, unit)
        pay(flows, PLATFORM_COSTS, platforms.books, app, rest, 0, max(idle, 0))
    for publisher in range(len(publishers)):
        authors = np.int64(np.floor(p.author_share * publishers.cash_fen[publisher]))
        pay(flows, AUTHOR_SHARE, publishers.books, publisher, rest, 0, max(authors, 0))


@over_state
def pay_owners(econ, studio, amount):  # type: ignore[no-untyped-def]
    """Pay a studio's owners by their stakes in basis points; founders get what whole fen leave over."""
    studios, private, state, flows, left = econ.studios, econ.private_funds, econ.state_funds, econ.ledger.flows, amount
    if studios.private_bp[studio] > 0:
        part, fund = amount * studios.private_bp[studio] // 10_000, studios.private_fund[studio]
        pay(flows, PRIVATE_DIVIDENDS, studios.books, studio, private.books, fund, part)
        private.returned_fen[fund] += part
        left -= part
    if studios.state_bp[studio] > 0:
        part, fund = amount * studios.state_bp[studio] // 10_000, studios.state_fund[studio]
        pay(flows, STATE_DIVIDENDS, studios.books, studio, state.books, fund, part)
        state.returned_fen[fund] += part
        left -= part
    pay(flows, FOUNDERS, studios.books, studio, econ.rest_of_china.books, 0, left)


PLATFORM_COSTS, AUTHOR_SHARE = entry("platform_costs", "PL>RC"), entry("author_share", "IP>RC")
PRIVATE_DIVIDENDS, STATE_DIVIDENDS = entry("dividends", "ST>PF"), entry("dividends", "ST>SF")
FOUNDERS = entry("founders", "ST>RC")


@phase(reads="actors landlords", writes="ledger panel.film_rent_yuan")
@over_state
def spend_incomes(econ):  # type: ignore[no-untyped-def]
    """Cast and crew spend most of what they hold, landlords all of it."""
    flows, actors, landlords, rest = econ.ledger.flows, econ.actors, econ.landlords, econ.rest_of_china
    spent = np.empty(len(actors), np.int64)
    for worker in range(len(actors)):
        spent[worker] = np.int64(np.floor(econ.p.consumption_share * actors.cash_fen[worker]))
    pay_all(flows, CONSUMPTION, actors.books, rest.books, 0, spent)
    for city in range(len(landlords)):
        income = landlords.cash_fen[city]
        econ.panel.now["film_rent_yuan"][city] += income / econ.fen_per_yuan
        pay(flows, LANDLORDS_INCOME, landlords.books, city, rest.books, 0, income)


CONSUMPTION, LANDLORDS_INCOME = entry("consumption", "HH>RC"), entry("landlords_income", "LL>RC")
