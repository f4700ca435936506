"""Film bases: conversion of malls, leases, costs, set fees, closure (P5-P8, P7b, G4)."""

from __future__ import annotations

import numpy as np

from ..accounts import ledger as money  # FEN_PER_YUAN is looked up when used: money may come in other coins
from ..accounts.ledger import ALL, fen
from ..arithmetic import exp
from ..arrays import Array
from ..decisions import property as estate
from ..decisions.studios import shooting_days
from ..draws import child_keys
from ..ids import stable_ids
from ..inputs.parameters import Parameters
from ..inputs.policies import TOTALS
from ..populations.table import Table
from ..over_state import over_state
from ..region import mean_by
from ..state import ConversionTerms, State, count_crews, phase
from .bases_loops import base_costs, by_part, convert_cheapest, failing_bases, set_fees


def capex_yuan_m2(p: Parameters) -> Array:
    """(genres,) what turning a shell into a base costs."""
    return np.array([p.conversion_capex_yuan_m2, p.costume_capex_yuan_m2])


@phase(
    reads="bases conversion_terms draws honoured in_zones malls officials region set_demand set_hire slots studios",
    writes="bases ledger malls.converted malls.derelict officials.space_left_m2 officials.zone_space_m2 slots",
)
def convert_malls(econ: State) -> None:
    """(P6) Malls are turned into film bases where that seems to pay, with a loan of what it costs."""
    if not econ.p.mall_conversion:
        return
    rows, genre, crews, given = _by_local_entrepreneurs(econ)
    if not len(rows):
        return
    p, malls = econ.p, econ.malls
    bases = open_bases(econ, malls.city[rows], malls.cell[rows], rows, crews, genre)
    # The bank lends what the conversion costs.
    capex, econ.bases.given_m2[bases] = econ.bases.capital_fen[bases], given
    econ.ledger.pay("loans", (econ.rest_of_china, 0), (econ.bases, bases), capex)
    econ.ledger.pay("base_capex", (econ.bases, bases), (econ.rest_of_china, 0), capex)
    econ.bases.debt_fen[bases] = capex
    econ.bases.service_fen[bases] = np.ceil(estate.annuity(p.capital_cost_year, p.base_horizon_years) * capex)


Conversions = tuple[Array, Array, Array, Array]
"""Rows of malls, and genre, crews and m2 given of the bases that will be built in them."""


def _by_local_entrepreneurs(econ: State) -> Conversions:
    """(P6) A few local studios' people look each month, at the cheapest idle shell that its landlord would let.

    They reckon with the set hire after their own entry and see only part of what rivals are building: entrepreneurs
    and months are scarce, not floor. As long as there is state space that the city gives they take it (G3c), that of a
    zone in shells there (G4b), at the cheapest of which they look too.
    """
    p, malls, draws, region, keys = econ.p, econ.malls, econ.draws, econ.region, econ.cities.keys
    chance = p.conversion_looks * econ.studios_by_city() / p.scale
    looks = np.floor(chance + draws("mall.looks").uniform(keys)).astype(np.int64)
    city = np.repeat(keys, looks)
    number = np.arange(len(city)) - np.repeat(np.cumsum(looks) - looks, looks)
    turn = draws("mall.order").order(child_keys(city, number))
    idle = (malls.derelict & (malls.returns <= econ.month)).nonzero()[0]
    willing = estate.willing_landlords(econ.month - malls.idle_since[idle], p.landlord_half_life_months)
    lets = idle[malls.reluctance[idle] < willing]
    cell = malls.cell[lets]
    rent = estate.shell_rent(region.rent[cell], True, p.shell_rent_ratio)
    in_zone = econ.in_zones[TOTALS.index("state_space")]
    shells, shell_rent, first = by_part(lets, rent, 2 * malls.city[lets] + in_zone[cell], 2 * len(keys))
    response, pull = price_terms(econ)
    opened = econ.crews_by_genre(planned=False)
    chosen, genre, crews, given = convert_cheapest(
        parameters=p.numbers,
        looks=np.repeat(np.arange(len(keys)), looks)[turn],
        first=first,
        shell_rent=shell_rent,
        wanted=econ.set_demand / 30,
        open_crews=opened,
        building=econ.crews_by_genre() - opened,
        set_fee=econ.set_hire,
        break_even=break_even_prices(econ),
        space_left=econ.officials.space_left_m2,
        zone_space=econ.officials.zone_space_m2,
        honoured=econ.honoured["state_space"],
        response=response,
        pull=pull,
        **econ.conversion_terms._asdict(),
    )
    return shells[chosen], genre, crews, given


def conversion_terms(p: Parameters) -> ConversionTerms:
    """What investors in film bases reckon with, from parameters alone."""
    multiple = estate.option_multiple(p.set_hire_volatility, p.capital_cost_year) if p.waiting_option else 1.0
    service = multiple * (capex_yuan_m2(p) * estate.annuity(p.capital_cost_year, p.base_horizon_years))
    largest = max(1, int(p.mall_m2 // p.crew_floor_m2))
    return ConversionTerms(service, largest)


def open_bases(
    econ: State, city: Array, cell: Array, mall: Array, crews: Array, genre: Array, *, public: bool = False
) -> Array:
    """Add bases that open after the lag for permits and building (shorter with designation); returns their rows.

    ``mall`` is -1 for a new building.
    """
    p, bases, malls = econ.p, econ.bases, econ.malls
    lag = p.conversion_lag_months * (1 - p.designation_speedup * econ.officials.designated[city])
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
    """(P8) When a lease ends the new rent is what the mall would let for today: higher where tenants came back."""
    p, bases, malls = econ.p, econ.bases, econ.malls
    if not p.lease_renewal:
        return
    due = ((bases.lease_ends == econ.month) & (bases.rent_yuan_m2_month > 0)).nonzero()[0]
    if not len(due):
        return
    mall = malls.rows(bases.mall_id[due])
    derelict = (mall >= 0) & (malls.frailty[mall] < econ.retail_vacancy[bases.city[due]])
    rent = estate.shell_rent(econ.region.rent[bases.cell[due]], derelict, p.shell_rent_ratio)
    bases.rent_yuan_m2_month[due] = rent
    bases.lease_ends[due] += p.lease_months


@phase(reads="bases officials set_hire", writes="bases.capital_fen bases.debt_fen ledger")
def pay_base_costs(econ: State) -> None:
    """Lease, operating cost and debt service; owners draw cash beyond the month's takings and a reserve of leases.

    What the city has paid of the lease of space that it gave is not the base's to pay.
    """
    p, bases, ledger, rest = econ.p, econ.bases, econ.ledger, (econ.rest_of_china, 0)
    every = bases, ALL
    lease, inputs, interest, repaid, to_city, to_owner = base_costs(
        parameters=p.numbers,
        rent=bases.rent_yuan_m2_month,
        floor_m2=bases.floor_m2,
        paid=bases.lease_paid_fen,
        takings=base_revenue_fen(econ),
        cash=bases.cash_fen,
        debt=bases.debt_fen,
        service=bases.service_fen,
        capital=bases.capital_fen,
        opens=bases.opens,
        public=bases.public,
        month=econ.month,
        fen_per_yuan=money.FEN_PER_YUAN,
    )
    ledger.pay("shell_lease", every, (econ.landlords, bases.city), lease)
    ledger.pay("inputs", every, rest, inputs)
    ledger.pay("interest", every, rest, interest)
    ledger.pay("loans", every, rest, repaid)
    bases.debt_fen -= repaid
    ledger.pay("base_surplus", every, (econ.officials, bases.city), to_city)
    ledger.pay("base_surplus", every, rest, to_owner)


def base_revenue_fen(econ: State) -> Array:
    """Set fees that each base earned this month, fen."""
    return econ.bases.booked_days * set_fee_fen(econ)


def set_fee_fen(econ: State) -> Array:
    """Set fee of each base, fen a day: the city's rate for its sets, less the discount of public bases."""
    bases, discount = econ.bases, econ.p.public_discount
    fee: Array = set_fees(
        econ.set_hire, bases.genre, bases.city, bases.public, bases.premium, 1 - discount, money.FEN_PER_YUAN
    )
    return fee


@phase(
    reads="bases honoured malls officials set_hire slots",
    writes="bases bases.usual_use ledger malls.converted malls.returns panel.bases_closed slots written_off",
)
def close_bases(econ: State) -> None:
    """(P7) Bases close that are overdrawn by months of lease, or do not earn the lease when it is renewed.

    Debt service counts as lease does under the second design: builders who borrow are overdrawn before they open.
    What they hold repays their loan, the bank writes off the rest, and the mall comes back to the market after months.
    """
    p, bases = econ.p, econ.bases
    share = econ.honoured["state_space"][bases.city]
    given = estate.rent_given(bases.rent_yuan_m2_month, bases.given_m2, bases.floor_m2, share)
    failing = failing_bases(
        parameters=p.numbers,
        crews=bases.crews,
        booked=bases.booked_days,
        usual_use=bases.usual_use,
        opens=bases.opens,
        lease_ends=bases.lease_ends,
        public=bases.public,
        cash=bases.cash_fen,
        rent=bases.rent_yuan_m2_month - given,
        floor_m2=bases.floor_m2,
        owed=np.where(bases.debt_fen > 0, bases.service_fen, 0),
        set_fee=set_fee_fen(econ),
        month=econ.month,
        fen_per_yuan=money.FEN_PER_YUAN,
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


@over_state
def move_venue_hire(econ):  # type: ignore[no-untyped-def]
    """(P9) Hire of venues that are no film bases, where there are any: moved as of sets with pass-through.

    It is drawn to the hire of the start times what rents have become: a sales hall needs next to no conversion.
    """
    p, region, target, crews = econ.p, econ.region, econ.p.base_target_utilisation, econ.venue_crews
    means = region.first, region.stock_m2, region.city_stock_m2
    rent, rent_2020 = mean_by(region.rent, *means), mean_by(region.rent_2020, *means)
    for city in range(len(crews)):
        room = 30 * crews[city]
        if room <= 0:
            continue
        growth = estate.set_price_growth(
            min(econ.venue_demand[city] / room, p.set_shortage_cap), target, p.set_price_use_response
        )
        cost = p.venue_yuan_day * rent[city] / rent_2020[city]
        growth += estate.pull_to_cost(econ.venue_hire[city], cost, p.set_price_cost_pull)
        econ.venue_hire[city] *= exp(growth)


@over_state
def price_terms(econ):  # type: ignore[no-untyped-def]
    """(P6c) How set fees answer to use, and how they are drawn to what new bases cost."""
    p = econ.p
    return (p.set_price_use_response, p.set_price_cost_pull) if p.pass_through else (p.base_price_adjustment, 0.0)


@over_state
def break_even_prices(econ):  # type: ignore[no-untyped-def]
    """(P6c) Day hire at which a base in the cheapest idle shell of a city just pays, (genres, cities) yuan.

    Where no shell is idle it would have to pay the full rent of the cheapest cell.
    """
    p, malls, region, service = econ.p, econ.malls, econ.region, econ.conversion_terms.service
    lowest, price = np.full(len(econ.cities), np.inf), np.empty((len(service), len(econ.cities)))
    for mall in range(len(malls)):
        if malls.derelict[mall] and malls.returns[mall] <= econ.month:
            rent = estate.shell_rent(region.rent[malls.cell[mall]], True, p.shell_rent_ratio)
            lowest[malls.city[mall]] = min(lowest[malls.city[mall]], rent)
    for city in range(len(lowest)):
        rent = lowest[city]
        if np.isinf(rent):
            rent = region.rent[region.first[city] : region.first[city + 1]].min()
        for genre in range(len(service)):
            price[genre, city] = estate.break_even_price(
                rent, service[genre], p.crew_floor_m2, p.base_target_utilisation, p.base_operating_share
            )
    return price


@phase(
    reads="bases conversion_terms day_length house_index malls region set_demand set_hire survey usual_days "
    "venue_chance venue_demand venue_hire",
    writes="bases.premium panel.base_utilisation set_hire venue_hire",
)
@over_state
def adjust_set_fees(econ):  # type: ignore[no-untyped-def]
    """(P6) Set fees rise where use exceeds the target and fall where bases stand empty.

    With pass-through they are also drawn to what a base in the cheapest idle shell would have to charge.

    Where there is no base yet but enough crews would use one (fewer in a world of less than full size), the fee that
    investors expect rises too. It never exceeds what the days saved are worth to a studio (or the fee of the start, if
    that was higher).
    """
    p, survey, target, use = econ.p, econ.survey, econ.p.base_target_utilisation, _sets_wanted(econ)
    (response, pull), at_cost = price_terms(econ), break_even_prices(econ)
    one_base = p.sets_per_crew * (p.mall_m2 // p.crew_floor_m2) / p.scale
    for city in range(len(econ.cities)):
        for genre in range(len(use)):
            growth, fee = estate.set_price_growth(use[genre, city], target, response), econ.set_hire[genre, city]
            if p.pass_through:
                growth += estate.pull_to_cost(fee, at_cost[genre, city], pull)
            sets = max(survey.sets[genre, city], one_base) * p.set_sharing
            days = econ.day_length[city] * shooting_days(econ.usual_days[genre], p.set_moves, sets)
            saved = survey.days_on_location[genre, city] / days
            daily, elsewhere = survey.daily[city], survey.daily[city] + survey.location[genre, city]
            worth = saved * elsewhere - daily
            if p.venues and genre == 0:
                at_venue = survey.days_at_venue[city] / days * (daily + survey.venue[city])
                worth += econ.venue_chance[city] * (at_venue - saved * elsewhere)
            econ.set_hire[genre, city] = min(fee * exp(growth), max(worth, econ.cities.set_yuan_day[city]))
    if p.venues:
        move_venue_hire(econ)
    if p.nearest_sets:
        _move_premiums(econ)


@over_state
def _sets_wanted(econ):  # type: ignore[no-untyped-def]
    """(P6) Demand for sets over the crew-days that open bases have, (genres, cities); utilisation goes to the panel.

    Where no base is open the ratio is at its cap if enough crews would use one, at the target if not.
    """
    p, bases, demand = econ.p, econ.bases, econ.set_demand
    crews = count_crews(bases.genre, bases.city, bases.crews, bases.opens, econ.month, len(econ.cities))
    ratio, sold, days = np.empty(demand.shape), np.zeros(len(econ.cities)), 30.0 * crews
    for base in range(len(bases)):
        sold[bases.city[base]] += bases.booked_days[base]
    for city in range(len(sold)):
        total = days[0, city] + days[1, city]
        if total > 0:
            econ.panel.now["base_utilisation"][city] = sold[city] / total
        for genre in range(len(days)):
            if days[genre, city] > 0:
                ratio[genre, city] = min(demand[genre, city] / days[genre, city], p.set_shortage_cap)
            else:
                served = demand[genre, city] < 30 * p.scale * p.unserved_crews
                ratio[genre, city] = p.base_target_utilisation if served else p.set_shortage_cap
    return ratio


@over_state
def _move_premiums(econ):  # type: ignore[no-untyped-def]
    """(S5b) Hire of single bases answers to their use against that of all open bases of the genre and city."""
    p, bases = econ.p, econ.bases
    booked, room = np.zeros((2, len(econ.cities))), np.zeros((2, len(econ.cities)))
    for base in range(len(bases)):
        if bases.opens[base] <= econ.month:
            booked[bases.genre[base], bases.city[base]] += bases.booked_days[base]
            room[bases.genre[base], bases.city[base]] += 30.0 * bases.crews[base]
    for base in range(len(bases)):
        if bases.opens[base] <= econ.month:
            at = bases.genre[base], bases.city[base]
            use, mean = bases.booked_days[base] / (30.0 * bases.crews[base]), booked[at] / max(room[at], 1e-9)
            bases.premium[base] = estate.base_premium(
                bases.premium[base], use, mean, p.base_hire_response, p.base_hire_fade
            )
