"""Settlement: rents, subsidies, taxes, profits, household spending."""

from __future__ import annotations

import numpy as np

from ..accounts.ledger import ALL, entry, fen, pay, pay_all
from ..arrays import Array
from ..compiled import compiled
from ..decisions.property import shell_rent
from ..over_state import over_state
from ..state import State, phase
from .bases import base_revenue_fen
from .cities import honour, officials_act


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
    p, studios, ledger = econ.p, econ.studios, econ.ledger
    active = (~studios.inert).nonzero()[0]
    city = studios.city[active]
    rent = fen(econ.region.rent[studios.cell[active]] * p.office_m2_per_studio)
    ledger.pay("office_rent", (studios, active), (econ.landlords, city), rent)
    overhead = fen(p.overhead_yuan_month * econ.cities.price_level)[city]
    claims = rent * econ.officials.rent_subsidy[city]
    if econ.supports:
        of_rent, services, housing = fen(econ.support[:, studios.cell[active]])
        claims += of_rent
        for name, given in (("park_services", services), ("housing", housing)):
            rows = given.nonzero()[0]
            payee = (econ.landlords, city[rows]) if name == "housing" else (econ.rest_of_china, 0)
            overhead[rows] -= honour(econ, name, city[rows], given[rows], payee, name)
    ledger.pay("inputs", (studios, active), (econ.rest_of_china, 0), overhead)
    honour(econ, "rent_subsidy", city, claims, (studios, active), "rent_subsidy")


@phase(
    reads="earmarked_fen honoured officials policy_budgets rebate_claims studios",
    writes="earmarked_fen honoured ledger officials.film_budget_fen officials.film_spent_fen "
    "officials.subsidy_budget_fen panel.announced_rebate_yuan panel.claimed_rebate_yuan panel.paid_rebate_yuan",
)
def pay_rebates(econ: State) -> None:
    """(G6) Cities pay back part of what was spent on shooting in them, prorated if their budgets are short."""
    owner, city, claim = econ.rebate_claims
    honour(econ, "rebate", city, claim, (econ.studios, owner), "rebate")


@phase(
    reads="bases earmarked_fen honoured officials policy_budgets region",
    writes="bases.given_m2 bases.lease_paid_fen earmarked_fen honoured ledger officials.film_budget_fen "
    "officials.film_spent_fen officials.subsidy_budget_fen panel.announced_state_space_yuan "
    "panel.claimed_state_space_yuan panel.paid_state_space_yuan",
)
def pay_space_leases(econ: State) -> None:
    """(G3c) Cities pay the lease of the space they gave to film bases, prorated if their budgets are short.

    Space announced that nobody has taken yet counts as announced at the mean rent of an idle shell. Without film policy
    what was given is let like any other space.
    """
    p, bases, region = econ.p, econ.bases, econ.region
    left = econ.officials.space_left_m2 + econ.officials.zone_space_m2
    bases.lease_paid_fen = 0
    bases.given_m2 *= officials_act(econ)
    rows = (bases.given_m2 > 0).nonzero()[0]
    city, lease = bases.city[rows], fen(bases.rent_yuan_m2_month[rows] * bases.given_m2[rows])
    untaken = fen(left * shell_rent(region.city_mean(region.rent), True, p.shell_rent_ratio))
    announced = np.bincount(city, lease, len(left)) + untaken
    payee = (econ.landlords, city)
    bases.lease_paid_fen[rows] = honour(econ, "state_space", city, lease, payee, "space_lease", announced)


@phase(
    reads="bases officials platforms promotion_share publishers set_hire studios", writes="ledger panel.film_tax_yuan"
)
def pay_taxes(econ: State) -> None:
    """(G1) Local taxes on turnover, to the city of the payer (to the rest of China for those outside the table)."""
    p, ledger, platforms = econ.p, econ.ledger, econ.platforms
    promoted, unit = econ.promotion_share[platforms.mode] * p.promotion, fen(1)
    for payer, turnover, city in (
        (econ.studios, econ.studios.revenue_fen, econ.studios.city),
        (econ.bases, base_revenue_fen(econ), econ.bases.city),
        (platforms, platforms.gross_fen * (1 - promoted), platforms.city),
        (econ.publishers, np.maximum(econ.publishers.cash_fen, 0), np.arange(len(econ.publishers), dtype=np.int32)),
    ):
        tax = _tax(turnover, p.film_tax_rate, city, econ.panel.now["film_tax_yuan"], unit)
        if payer is platforms:  # some have their head office outside the table
            outside = city < 0
            ledger.pay("film_tax", (payer, ALL), (econ.rest_of_china, 0), tax * outside)
            city, tax = np.maximum(city, 0), tax * ~outside
        ledger.pay("film_tax", (payer, ALL), (econ.officials, city), tax)


@compiled
def _tax(turnover, rate, city, collected, fen_per_yuan):  # type: ignore[no-untyped-def]
    """Tax of each payer, fen; what cities ``collected``, in yuan, is raised by it."""
    tax, total = np.empty(len(city), np.int64), np.zeros(len(collected), np.int64)
    for i in range(len(city)):
        tax[i] = np.int64(np.floor(rate * turnover[i]))
        if city[i] >= 0:
            total[city[i]] += tax[i]
    collected += total / fen_per_yuan
    return tax


@phase(
    reads="content_share platforms private_funds publishers series_cost spending state_funds studios",
    writes="ledger private_funds.returned_fen state_funds.returned_fen",
)
def distribute_profits(econ: State) -> None:
    """Studios pay out part of the cash beyond their buffer, by stakes; platforms and publishers all beyond theirs."""
    p, studios, ledger, platforms = econ.p, econ.studios, econ.ledger, econ.platforms
    excess = studios.cash_fen - fen(p.dividend_buffer_series * econ.series_cost)
    rich = ((excess > 0) & ~studios.inert).nonzero()[0]
    pay_owners(econ, rich, np.floor(p.dividend_share * excess[rich]).astype(np.int64))

    content = (econ.content_share * econ.spending)[platforms.mode] * platforms.share
    idle = np.maximum(platforms.cash_fen - fen(p.platform_buffer_months * content), 0)
    ledger.pay("platform_costs", (platforms, ALL), (econ.rest_of_china, 0), idle)
    authors = np.maximum(np.floor(p.author_share * econ.publishers.cash_fen).astype(np.int64), 0)
    ledger.pay("author_share", (econ.publishers, ALL), (econ.rest_of_china, 0), authors)


def pay_owners(econ: State, rows: Array, amounts: Array) -> None:
    """Pay studios' owners by their stakes in basis points; founders get what whole fen leave over."""
    studios, rest = econ.studios, amounts.copy()
    for funds, fund, stake in (
        (econ.private_funds, studios.private_fund, studios.private_bp),
        (econ.state_funds, studios.state_fund, studios.state_bp),
    ):
        held, holder, part = _fund_parts(rows, amounts, rest, stake, fund, funds.returned_fen)
        econ.ledger.pay("dividends", (studios, held), (funds, holder), part)
    econ.ledger.pay("founders", (studios, rows), (econ.rest_of_china, 0), rest)


@compiled
def _fund_parts(rows, amounts, rest, stake, fund, returned):  # type: ignore[no-untyped-def]
    """Studios that have a fund, their fund and its part; ``rest`` is lowered and ``returned`` raised by it."""
    held, holder, part = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    n = 0
    for i in range(len(rows)):
        row = rows[i]
        if stake[row] > 0:
            held[n], holder[n], part[n] = row, fund[row], amounts[i] * stake[row] // 10_000
            rest[i] -= part[n]
            returned[fund[row]] += part[n]
            n += 1
    return held[:n], holder[:n], part[:n]


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
