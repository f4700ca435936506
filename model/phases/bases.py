"""Film bases: conversion of malls, leases, costs, day hire, closure (P5-P8, P7b, G4)."""

from __future__ import annotations

import numpy as np

from ..accounts import ledger as money  # FEN_PER_YUAN is looked up when used: money may come in other coins
from ..accounts.ledger import ALL, fen
from ..arrays import Array
from ..compiled import compiled
from ..decisions import property as estate
from ..decisions.studios import shooting_days
from ..ids import stable_ids
from ..inputs.parameters import Parameters
from ..populations.table import Table
from ..state import ConversionTerms, State, phase

PRESSURE = 2.0
"""Demand for sets beyond this multiple of capacity raises set hire no faster."""
WEAR_YEARS = 20.0
"""Life of what is built into a base, for the balance sheet."""


@compiled
def _whole(fen):  # type: ignore[no-untyped-def]
    return np.int64(np.floor(fen + 0.5))


def capex_yuan_m2(p: Parameters) -> Array:
    """(genres,) what turning a shell into a base costs."""
    return np.array([p.conversion_capex_yuan_m2, p.costume_capex_yuan_m2])


@phase(
    reads="bases conversion_terms luck malls officials region set_demand set_hire slots",
    writes="bases ledger malls.converted malls.derelict slots",
)
def convert_malls(econ: State) -> None:
    """(P6) Investors look at every mall; those whose margin clears the hurdle may turn it into a base.

    A derelict mall lets at a discount (P5), one that still trades at the full rent of its cell. An investor plans for
    the demand for sets of a genre beyond what stands or is being built, expects the utilisation that results, takes the
    genre that pays better, and asks for more than break-even because building cannot be undone. Within a month they
    come one after another, each seeing the others' plans.
    """
    p, malls, luck = econ.p, econ.malls, econ.luck
    if not p.mall_conversion:
        return
    offer = (
        malls.city,
        malls.cell,
        econ.region.rent,
        malls.derelict,
        p.shell_rent_ratio,
        econ.set_demand / 30,
        econ.crews_by_genre(),
        econ.set_hire,
        *econ.conversion_terms,
    )
    u = luck("mall.conversion").uniform(malls.id)
    keen = estate.keen_investors(u, malls.converted, malls.returns, econ.month, p.conversion_rate, *offer)
    if not len(keen):
        return
    rows, genre, crews = estate.convert_in_turn(keen[luck("mall.order").order(malls.id[keen])], *offer)
    bases = open_bases(econ, malls.city[rows], malls.cell[rows], rows, crews, genre)
    # The bank lends what the conversion costs.
    capex = econ.bases.capital_fen[bases]
    econ.ledger.pay("loans", (econ.rest_of_china, 0), (econ.bases, bases), capex)
    econ.ledger.pay("base_capex", (econ.bases, bases), (econ.rest_of_china, 0), capex)
    econ.bases.debt_fen[bases] = capex
    econ.bases.service_fen[bases] = np.ceil(estate.annuity(p.capital_cost_year, p.base_horizon_years) * capex)


def conversion_terms(p: Parameters) -> ConversionTerms:
    """What investors in film bases reckon with, from parameters alone."""
    multiple = estate.option_multiple(p.set_hire_volatility, p.capital_cost_year) if p.waiting_option else 1.0
    service = multiple * (capex_yuan_m2(p) * estate.annuity(p.capital_cost_year, p.base_horizon_years))
    largest = max(1, int(p.mall_m2 // p.crew_floor_m2))
    return ConversionTerms(p.base_target_utilisation, largest, p.base_operating_share, p.crew_floor_m2, service)


def open_bases(
    econ: State, city: Array, cell: Array, mall: Array, crews: Array, genre: Array, *, public: bool = False
) -> Array:
    """Add bases that open after the lag for permits and building (halved by designation); returns their rows.

    ``mall`` is -1 for a new building.
    """
    p, bases, malls = econ.p, econ.bases, econ.malls
    lag = p.conversion_lag_months * (1 - 0.5 * econ.officials.designated[city])
    opens, floor = econ.month + np.ceil(lag).astype(int), crews * p.crew_floor_m2
    inside, derelict, mall_id = mall >= 0, np.zeros(len(mall), bool), np.zeros(len(mall), int)
    taken = mall[inside]
    derelict[inside], mall_id[inside] = malls.derelict[taken], malls.id[taken]
    rent = estate.shell_rent(econ.region.rent[cell], derelict, p.shell_rent_ratio)
    built = bases.add(
        _next_ids(econ, bases, len(city)),
        born=econ.month,
        city=city,
        cell=cell,
        mall_id=mall_id,
        crews=crews,
        floor_m2=floor,
        opens=opens,
        public=public,
        genre=genre,
        capital_fen=fen(capex_yuan_m2(p)[genre] * floor),
        lease_ends=opens + p.lease_months,
        rent_yuan_m2_month=rent,
        usual_use=p.base_target_utilisation,
    )
    rows = np.arange(built.start, built.stop)
    add_slots(econ, rows)
    malls.converted[taken], malls.derelict[taken] = True, False
    return rows


def add_slots(econ: State, rows: Array) -> None:
    """Room for each crew of some bases, free from the day they open."""
    base = np.repeat(rows, econ.bases.crews[rows])
    econ.slots.add(
        _next_ids(econ, econ.slots, len(base)),
        born=econ.month,
        base=econ.bases.id[base],
        free=30.0 * np.maximum(econ.bases.opens[base], 0),
    )


def _next_ids(econ: State, table: Table, count: int) -> Array:
    """Ids that go on from those given this month."""
    first = stable_ids(table.kind, econ.month, 0, np.arange(count))
    return first + max(int(table.id[-1]) + 1 - int(first[0]), 0) if len(table) and count else first


@phase(reads="bases malls region retail_vacancy", writes="bases.lease_ends bases.rent_yuan_m2_month")
def renew_leases(econ: State) -> None:
    """(P8) When a lease ends the landlord asks what the mall would let for today: dear where tenants came back."""
    p, bases, malls = econ.p, econ.bases, econ.malls
    if not p.lease_renewal:
        return
    due = ((bases.lease_ends == econ.month) & (bases.rent_yuan_m2_month > 0)).nonzero()[0]
    if not len(due):
        return
    mall = malls.rows(bases.mall_id[due])
    dead = (mall >= 0) & (malls.frailty[mall] < econ.retail_vacancy[bases.city[due]])
    rent = estate.shell_rent(econ.region.rent[bases.cell[due]], dead, p.shell_rent_ratio)
    bases.rent_yuan_m2_month[due] = rent
    bases.lease_ends[due] += p.lease_months


@phase(reads="bases officials set_hire", writes="bases.capital_fen bases.debt_fen ledger")
def pay_base_costs(econ: State) -> None:
    """Lease, operating cost and debt service; owners draw what exceeds the month's takings and six months' lease."""
    p, bases, ledger, rest = econ.p, econ.bases, econ.ledger, (econ.rest_of_china, 0)
    every = bases, ALL
    lease, inputs, interest, repaid, to_city, to_owner = _costs(
        bases.rent_yuan_m2_month,
        bases.floor_m2,
        base_revenue_fen(econ),
        bases.cash_fen,
        bases.debt_fen,
        bases.service_fen,
        bases.capital_fen,
        bases.opens,
        bases.public,
        econ.month,
        p.base_operating_share,
        p.capital_cost_year,
        money.FEN_PER_YUAN,
    )
    ledger.pay("shell_lease", every, (econ.landlords, bases.city), lease)
    ledger.pay("inputs", every, rest, inputs)
    ledger.pay("interest", every, rest, interest)
    ledger.pay("loans", every, rest, repaid)
    bases.debt_fen -= repaid
    ledger.pay("base_surplus", every, (econ.officials, bases.city), to_city)
    ledger.pay("base_surplus", every, rest, to_owner)


@compiled
def _costs(  # type: ignore[no-untyped-def]
    rent, floor, takings, cash, debt, service, capital, opens, public, month, operating_share, rate_year, yuan_fen
):
    """For each base: lease, operating cost, interest, loan repaid, surplus to city or owner, fen; ``capital`` wears."""
    n = len(rent)
    lease, inputs, interest = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    repaid, to_city, to_owner = np.empty(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    for i in range(n):
        lease[i] = _whole(rent[i] * floor[i] * yuan_fen)
        inputs[i] = _whole(operating_share * (takings[i] / yuan_fen) * yuan_fen)
        accrued = _whole(debt[i] / yuan_fen * rate_year / 12 * yuan_fen)
        due = min(service[i] if opens[i] <= month else accrued, debt[i] + accrued)
        interest[i] = min(accrued, due)
        repaid[i] = due - interest[i]
        capital[i] -= np.int64(np.floor(capital[i] / (12 * WEAR_YEARS)))
        left = cash[i] - lease[i] - inputs[i] - due
        drawn_by = to_city if public[i] else to_owner
        drawn_by[i] = max(left - 6 * lease[i] - takings[i], 0)
    return lease, inputs, interest, repaid, to_city, to_owner


def base_revenue_fen(econ: State) -> Array:
    """Set hire of each base this month, fen."""
    return econ.bases.booked_days * hire_fen(econ)


def hire_fen(econ: State) -> Array:
    """Day hire of each base, fen: the city's rate for its sets, less the discount of public bases."""
    bases, discount = econ.bases, econ.p.public_discount
    hire: Array = _hire(econ.set_hire, bases.genre, bases.city, bases.public, 1 - discount, money.FEN_PER_YUAN)
    return hire


@compiled
def _hire(set_hire, genre, city, public, discounted, yuan_fen):  # type: ignore[no-untyped-def]
    hire = np.empty(len(city), np.int64)
    for base in range(len(city)):
        rate = set_hire[genre[base], city[base]] * (discounted if public[base] else 1.0)
        hire[base] = _whole(rate * yuan_fen)
    return hire


@phase(
    reads="bases malls officials set_hire slots",
    writes="bases bases.usual_use ledger malls.converted malls.returns panel.bases_closed slots written_off",
)
def close_bases(econ: State) -> None:
    """(P7) Bases close that owe the bank a year of lease, or whose takings do not cover the lease when it is renewed.

    What they hold repays their loan, the bank writes off the rest, and the mall comes back to the market after months.
    """
    p, bases = econ.p, econ.bases
    failing = _review(
        bases.crews,
        bases.booked_days,
        bases.usual_use,
        bases.opens,
        bases.lease_ends,
        bases.public,
        bases.cash_fen,
        bases.rent_yuan_m2_month,
        bases.floor_m2,
        hire_fen(econ),
        p.rent_floor_yuan_m2_month,
        p.base_operating_share,
        econ.month,
        p.lease_months,
        money.FEN_PER_YUAN,
    )
    rows = failing.nonzero()[0]
    if not p.base_closure or not len(rows):
        return
    cash, debt, public = bases.cash_fen[rows], bases.debt_fen[rows], bases.public[rows]
    held = np.maximum(cash, 0)
    econ.ledger.pay("write_offs", (econ.rest_of_china, 0), (bases, rows), held - cash)
    repaid = np.minimum(held, debt)
    econ.ledger.pay("loans", (bases, rows), (econ.rest_of_china, 0), repaid)
    econ.write_off("loans", "FB", int((debt - repaid).sum()))
    left = held - repaid
    econ.ledger.pay("base_surplus", (bases, rows[public]), (econ.officials, bases.city[rows[public]]), left[public])
    econ.ledger.pay("base_surplus", (bases, rows[~public]), (econ.rest_of_china, 0), left[~public])
    econ.panel.now["bases_closed"] += np.bincount(bases.city[rows], minlength=len(econ.cities))
    malls = econ.malls.rows(bases.mall_id[rows])
    malls = malls[malls >= 0]
    econ.malls.converted[malls], econ.malls.returns[malls] = False, econ.month + 1 + p.space_return_months
    econ.slots.remove(failing[bases.rows(econ.slots.base)])
    bases.remove(failing)


@compiled
def _review(  # type: ignore[no-untyped-def]
    crews,
    booked,
    usual_use,
    opens,
    lease_ends,
    public,
    cash,
    rent,
    floor,
    hire,
    least_rent,
    operating_share,
    month,
    lease_months,
    yuan_fen,
):
    """Move the usual use of open bases on and find those that fail."""
    failing = np.zeros(len(crews), np.bool_)
    for i in range(len(crews)):
        if opens[i] <= month:
            usual_use[i] = 0.8 * usual_use[i] + 0.2 * (booked[i] / max(30.0 * crews[i], 1))
        lease = _whole(max(rent[i], least_rent) * floor[i] * yuan_fen)
        renewed = lease_ends[i] == month + lease_months and opens[i] < month and not public[i] and rent[i] > 0
        earns = 30 * usual_use[i] * crews[i] * hire[i] * (1 - operating_share)
        failing[i] = cash[i] < -12 * lease or (renewed and earns < lease)
    return failing


@phase(reads="bases day_length set_demand set_hire survey usual_days", writes="panel.base_utilisation set_hire")
def adjust_set_hire(econ: State) -> None:
    """(P6) Set hire rises where more is asked for than the target, falls where bases stand empty.

    Where there is no base yet but a crew a month would want one (part of one in a world of less than full size), the
    price investors reckon with rises too. It never exceeds what the days saved are worth to a studio (or the rate of
    the start, if that was higher).
    """
    p, bases, survey, target = econ.p, econ.bases, econ.survey, econ.p.base_target_utilisation
    asked = _asked(
        bases.city,
        bases.booked_days,
        30.0 * econ.crews_by_genre(planned=False),
        econ.set_demand,
        30 * p.scale,
        target,
        econ.panel.now["base_utilisation"],
    )
    growth = estate.set_price_growth(asked, target, p.base_price_adjustment)
    one_base = p.sets_per_crew * (p.mall_m2 // p.crew_floor_m2) / p.scale
    sets = np.maximum(survey.sets, one_base) * p.set_sharing
    saved = survey.days_on_location / (econ.day_length * shooting_days(econ.usual_days[:, None], p.set_moves, sets))
    location = econ.cities.location_yuan_day * np.array([[1.0], [p.costume_location]])
    worth = saved * (survey.daily + location) - survey.daily
    econ.set_hire = np.minimum(econ.set_hire * np.exp(growth), np.maximum(worth, econ.cities.set_yuan_day))


@compiled
def _asked(  # type: ignore[no-untyped-def]
    city, booked, days, demand, enough, target, utilisation
):
    """(genres, cities) demand for sets over the days that open bases have; ``utilisation`` of cities is filled.

    Where none is open, ``enough`` days make the price rise.
    """
    asked, sold = np.empty(demand.shape), np.zeros(len(utilisation))
    for base in range(len(city)):
        sold[city[base]] += booked[base]
    for at in range(len(sold)):
        total = days[0, at] + days[1, at]
        if total > 0:
            utilisation[at] = sold[at] / total
        for sets in range(len(days)):
            wanted, room = demand[sets, at], days[sets, at]
            if room > 0:
                asked[sets, at] = min(wanted / room, PRESSURE)
            else:
                asked[sets, at] = PRESSURE if wanted >= enough else target
    return asked
