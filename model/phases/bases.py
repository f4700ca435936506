"""Film bases: conversion of malls, leases, costs, set fees, closure (P5-P8, P7b, G4)."""

from __future__ import annotations

import numpy as np

from ..accounts.ledger import entry, pay, whole_fen
from ..arithmetic import exp
from ..arrays import Array
from ..decisions import property as estate
from ..decisions.smoothing import smoothed
from ..decisions.studios import shooting_days
from ..draws import child_keys_of, uniforms
from ..ids import stable_ids
from ..inputs.parameters import Parameters
from ..inputs.policies import TOTALS
from ..over_state import over_state
from ..populations.table import Table
from ..region import mean_by
from ..state import ConversionTerms, State, count_crews, phase, room_in_venues

SHELL_LEASE, INPUTS, INTEREST = entry("shell_lease", "FB>LL"), entry("inputs", "FB>RC"), entry("interest", "FB>RC")
LOANS, CAPEX = entry("loans", "RC>FB"), entry("base_capex", "FB>RC")
REPAYMENT, SURPLUS, TO_CITY = entry("loans", "FB>RC"), entry("base_surplus", "FB>RC"), entry("base_surplus", "FB>CG")
STATE_SPACE = TOTALS.index("state_space")


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
    mall, genre, crews, given = _by_local_entrepreneurs(econ)
    if not len(mall):
        return
    first, malls = len(econ.bases), econ.malls
    open_bases(econ, malls.city[mall], malls.cell[mall], mall, crews, genre)
    _borrow(econ, first, given)


@over_state
def _borrow(econ, first, given):  # type: ignore[no-untyped-def]
    """The bank lends the new bases, from the ``first`` on, what the conversion costs."""
    p, flows, bases, rest = econ.p, econ.ledger.flows, econ.bases, econ.rest_of_china
    for base in range(first, len(bases)):
        capex, bases.given_m2[base] = bases.capital_fen[base], given[base - first]
        pay(flows, LOANS, rest.books, 0, bases.books, base, capex)
        pay(flows, CAPEX, bases.books, base, rest.books, 0, capex)
        bases.debt_fen[base] = capex
        service = estate.annuity(p.capital_cost_year, p.base_horizon_years) * capex
        bases.service_fen[base] = np.int64(np.ceil(service))


@over_state
def _by_local_entrepreneurs(econ):  # type: ignore[no-untyped-def]
    """(P6) A few local studios' people look each month, at the cheapest idle shell that its landlord would let.

    They reckon with the set hire after their own entry and see only part of what rivals are building: entrepreneurs
    and months are scarce, not floor. As long as there is state space that the city gives they take it (G3c), that of a
    zone in shells there (G4b), at the cheapest of which they look too, and pick what pays more.

    Returns
    -------
    mall, genre, crews, given : (bases,) rows, and genre, crews and m2 given of the bases that will be built in them
    """
    bases, looks, (shells, rents) = econ.bases, _looks(econ), _shells_to_let(econ)
    opened = count_crews(bases.genre, bases.city, bases.crews, bases.opens, econ.month, len(econ.cities))
    building = count_crews(bases.genre, bases.city, bases.crews, bases.opens, 2**31 - 1, len(econ.cities)) - opened
    cheapest, break_even, n = _cheapest(econ, shells, rents), break_even_prices(econ), 0
    mall, sets, size = np.empty(len(looks), np.int64), np.empty(len(looks), np.int64), np.empty(len(looks), np.int64)
    given = np.empty(len(looks))
    for city in looks:
        gain, chosen = 0.0, -1
        for zone in range(2):
            shell = cheapest[zone, city]
            if shell < 0:
                continue
            for genre in range(len(opened)):
                have = opened[genre, city] + econ.p.visibility * building[genre, city]
                crews, space, left = _conversion(econ, city, zone, genre, rents[shell], have, break_even[genre, city])
                if crews > 0 and left > gain:
                    gain, chosen, sets[n], size[n], given[n] = left, zone, genre, crews, space
        if chosen >= 0:
            shell = cheapest[chosen, city]
            mall[n], rents[shell] = shells[shell], np.inf
            cheapest = _cheapest(econ, shells, rents)
            building[sets[n], city] += size[n]
            in_zone = min(econ.officials.zone_space_m2[city] * chosen, given[n])
            econ.officials.zone_space_m2[city] -= in_zone
            econ.officials.space_left_m2[city] -= given[n] - in_zone
            n += 1
    return mall[:n], sets[:n], size[:n], given[:n]


@over_state
def _looks(econ):  # type: ignore[no-untyped-def]
    """Cities in which entrepreneurs look, in turn."""
    p, studios, keys, seed = econ.p, econ.studios, econ.cities.keys, econ.draws.of("mall.looks")
    there = np.zeros(len(keys))
    for studio in range(len(studios)):
        there[studios.city[studio]] += not studios.inert[studio]
    u = uniforms(seed, econ.draws.month, 0, keys)
    looks = np.floor(p.conversion_looks * there / p.scale + u).astype(np.int64)
    city, number = np.empty(looks.sum(), np.int64), np.empty(looks.sum(), np.int64)
    end = 0
    for at in range(len(keys)):
        for each in range(looks[at]):
            city[end], number[end] = at, each
            end += 1
    turn = uniforms(econ.draws.of("mall.order"), econ.draws.month, 0, child_keys_of(keys[city], number))
    return city[np.argsort(turn, kind="mergesort")]


@over_state
def _shells_to_let(econ):  # type: ignore[no-untyped-def]
    """Rows of idle malls whose landlords would let them, and their rents, yuan/m2/month."""
    p, malls, region, n = econ.p, econ.malls, econ.region, 0
    shells, rents, longest = np.empty(len(malls), np.int64), np.empty(len(malls)), 0
    for mall in range(len(malls)):
        longest = max(longest, econ.month - malls.idle_since[mall])
    willing = np.empty(longest + 1)
    for months in range(longest + 1):
        willing[months] = estate.willing_landlords(months, p.landlord_half_life_months)
    for mall in range(len(malls)):
        idle = malls.derelict[mall] and malls.returns[mall] <= econ.month
        if idle and malls.reluctance[mall] < willing[econ.month - malls.idle_since[mall]]:
            shells[n], rents[n] = mall, estate.shell_rent(region.rent[malls.cell[mall]], True, p.shell_rent_ratio)
            n += 1
    return shells[:n], rents[:n]


@over_state
def _cheapest(econ, shells, rents):  # type: ignore[no-untyped-def]
    """(outside and in the zone that gives space, cities) position of the cheapest shell, -1 without any."""
    cheapest, malls = np.full((2, len(econ.cities)), -1), econ.malls
    for at in range(len(shells)):
        city, zone = malls.city[shells[at]], int(econ.in_zones[STATE_SPACE, malls.cell[shells[at]]])
        best = cheapest[zone, city]
        if rents[at] < (rents[best] if best >= 0 else np.inf):
            cheapest[zone, city] = at
    return cheapest


@over_state
def _conversion(econ, city, zone, genre, rent, have, break_even):  # type: ignore[no-untyped-def]
    """(P6, P6c, G3c) Crews, m2 given and margin, yuan/m2/month, of the base that would be built where others ``have``
    so many crews."""
    p, terms, (response, pull) = econ.p, econ.conversion_terms, price_terms(econ)
    want = econ.set_demand[genre, city] / 30
    crews = int(min(max(np.ceil(want / p.base_target_utilisation - have), 0), terms.largest))
    if crews == 0:
        return 0, 0.0, 0.0
    use, target, floor = min(want / (have + crews), 1), p.base_target_utilisation, crews * p.crew_floor_m2
    moves = target, response, pull, p.price_horizon_months
    price = estate.expected_price(econ.set_hire[genre, city], break_even, use, *moves)
    margin = estate.conversion_margin(price, use, 0.0, p.base_operating_share, p.crew_floor_m2, terms.service[genre])
    space = min(econ.officials.space_left_m2[city] + econ.officials.zone_space_m2[city] * zone, floor)
    given = estate.rent_given(rent, space, floor, econ.honoured["state_space"][city])
    return crews, space, margin - (rent - given)  # shells may cost nothing alike


def conversion_terms(p: Parameters) -> ConversionTerms:
    """What investors in film bases reckon with, from parameters alone."""
    multiple = estate.option_multiple(p.set_hire_volatility, p.capital_cost_year) if p.waiting_option else 1.0
    service = multiple * (capex_yuan_m2(p) * estate.annuity(p.capital_cost_year, p.base_horizon_years))
    largest = max(1, int(p.mall_m2 // p.crew_floor_m2))
    return ConversionTerms(service, largest)


def open_bases(
    econ: State, city: Array, cell: Array, mall: Array, crews: Array, genre: Array, *, public: bool = False
) -> None:
    """Add bases that open after the lag for permits and building (shorter with designation).

    ``mall`` is -1 for a new building.
    """
    built = econ.bases.add(_next_ids(econ, econ.bases, len(city)))
    _fit_out(econ, built.start, city, cell, mall, crews, genre, public)
    add_slots(econ, built.start, int(crews.sum()))


@over_state
def _fit_out(econ, first, city, cell, mall_of, crews, genre, public):  # type: ignore[no-untyped-def]
    """What :func:`open_bases` is told of new bases, from the ``first`` on, and what follows from it."""
    p, bases, malls = econ.p, econ.bases, econ.malls
    for base in range(first, len(bases)):
        mall, derelict = mall_of[base - first], False
        bases.born[base], bases.city[base], bases.cell[base] = econ.month, city[base - first], cell[base - first]
        bases.crews[base], bases.genre[base], bases.public[base] = crews[base - first], genre[base - first], public
        if mall >= 0:
            derelict, bases.mall_id[base] = malls.derelict[mall], malls.id[mall]
            malls.converted[mall], malls.derelict[mall] = True, False
        lag = p.conversion_lag_months * (1 - p.designation_speedup * econ.officials.designated[bases.city[base]])
        opens, floor = econ.month + int(np.ceil(lag)), bases.crews[base] * p.crew_floor_m2
        capex = p.costume_capex_yuan_m2 if bases.genre[base] else p.conversion_capex_yuan_m2
        bases.opens[base], bases.lease_ends[base], bases.floor_m2[base] = opens, opens + p.lease_months, floor
        bases.capital_fen[base] = whole_fen(capex * floor, econ.fen_per_yuan)
        bases.usual_use[base] = p.base_target_utilisation
        rent = estate.shell_rent(econ.region.rent[bases.cell[base]], derelict, p.shell_rent_ratio)
        bases.rent_yuan_m2_month[base] = rent


def add_slots(econ: State, first: int, crews: int) -> None:
    """Room for each of the ``crews`` of new bases, from the ``first`` on, free from the day they open."""
    rows = econ.slots.add(_next_ids(econ, econ.slots, crews))
    _fit_slots(econ, first, rows.start)


@over_state
def _fit_slots(econ, first, slot):  # type: ignore[no-untyped-def]
    bases, slots = econ.bases, econ.slots
    for base in range(first, len(bases)):
        for _ in range(bases.crews[base]):
            slots.born[slot], slots.base[slot] = econ.month, bases.id[base]
            slots.free[slot] = 30.0 * max(bases.opens[base], 0)
            slot += 1


def _next_ids(econ: State, table: Table, count: int) -> Array:
    """Ids that go on from those given this month."""
    first = int(stable_ids(table.kind, econ.month, 0, 0))
    return np.arange(count) + max(first, int(table.id[-1]) + 1 if len(table) else 0)


@phase(reads="bases malls region retail_vacancy", writes="bases.lease_ends bases.rent_yuan_m2_month")
@over_state
def renew_leases(econ):  # type: ignore[no-untyped-def]
    """(P8) When a lease ends the new rent is what the mall would let for today: higher where tenants came back."""
    p, bases, malls, region = econ.p, econ.bases, econ.malls, econ.region
    for base in range(len(bases)):
        if p.lease_renewal and bases.lease_ends[base] == econ.month and bases.rent_yuan_m2_month[base] > 0:
            mall = np.searchsorted(malls.id, bases.mall_id[base])
            there = mall < len(malls) and malls.id[mall] == bases.mall_id[base]
            derelict = there and malls.frailty[mall] < econ.retail_vacancy[bases.city[base]]
            rent = estate.shell_rent(region.rent[bases.cell[base]], derelict, p.shell_rent_ratio)
            bases.rent_yuan_m2_month[base] = rent
            bases.lease_ends[base] += p.lease_months


@phase(reads="bases officials set_hire", writes="bases.capital_fen bases.debt_fen ledger")
@over_state
def pay_base_costs(econ):  # type: ignore[no-untyped-def]
    """Lease, operating cost and debt service; owners draw cash beyond the month's takings and a reserve of leases.

    What the city has paid of the lease of space that it gave is not the base's to pay.
    """
    p, flows, bases, rest, unit = econ.p, econ.ledger.flows, econ.bases, econ.rest_of_china.books, econ.fen_per_yuan
    books, landlords, cities = bases.books, econ.landlords.books, econ.officials.books
    for base in range(len(bases)):
        city, capital, takings = bases.city[base], bases.capital_fen[base], revenue_fen(econ, base)
        cash, debt, rent = bases.cash_fen[base], bases.debt_fen[base], bases.rent_yuan_m2_month[base]
        lease = whole_fen(rent * bases.floor_m2[base], unit) - bases.lease_paid_fen[base]
        inputs = whole_fen(p.base_operating_share * (takings / unit), unit)
        accrued = whole_fen(debt / unit * p.capital_cost_year / 12, unit)
        due = min(bases.service_fen[base] if bases.opens[base] <= econ.month else accrued, debt + accrued)
        interest = min(accrued, due)
        bases.capital_fen[base] -= np.int64(np.floor(capital / (12 * p.base_life_years)))
        bases.debt_fen[base] -= due - interest
        pay(flows, SHELL_LEASE, books, base, landlords, city, lease)
        pay(flows, INPUTS, books, base, rest, 0, inputs)
        pay(flows, INTEREST, books, base, rest, 0, interest)
        pay(flows, REPAYMENT, books, base, rest, 0, due - interest)
        surplus = max(cash - lease - inputs - due - p.base_reserve_months * lease - takings, 0)
        if bases.public[base]:
            pay(flows, TO_CITY, books, base, cities, city, surplus)
        else:
            pay(flows, SURPLUS, books, base, rest, 0, surplus)


@over_state
def revenue_fen(econ, base):  # type: ignore[no-untyped-def]
    """Set fees that a base earned this month, fen."""
    return econ.bases.booked_days[base] * set_fee(econ, base)


@over_state
def set_fee(econ, base):  # type: ignore[no-untyped-def]
    """Set fee of a base, fen a day: the city's for its sets, with the premium of its own or the public discount."""
    bases = econ.bases
    discounted = 1 - econ.p.public_discount if bases.public[base] else 1.0
    price = econ.set_hire[bases.genre[base], bases.city[base]] * exp(bases.premium[base]) * discounted
    return whole_fen(price, econ.fen_per_yuan)


@over_state
def base_revenue_fen(econ):  # type: ignore[no-untyped-def]
    """(bases,) :func:`revenue_fen` of each."""
    return econ.bases.booked_days * set_fee_fen(econ)


@over_state
def set_fee_fen(econ):  # type: ignore[no-untyped-def]
    """(bases,) :func:`set_fee` of each."""
    fee = np.empty(len(econ.bases), np.int64)
    for base in range(len(fee)):
        fee[base] = set_fee(econ, base)
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
    p, bases, failing = econ.p, econ.bases, _failing(econ)
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
def _failing(econ):  # type: ignore[no-untyped-def]
    """(P7) (bases,) which of them close; the usual use of open ones takes up the month."""
    p, bases, usual_use = econ.p, econ.bases, econ.bases.usual_use
    failing = np.zeros(len(bases), np.bool_)
    for base in range(len(bases)):
        crews, opens, floor = bases.crews[base], bases.opens[base], bases.floor_m2[base]
        rent, share = bases.rent_yuan_m2_month[base], econ.honoured["state_space"][bases.city[base]]
        if opens <= econ.month:
            use = bases.booked_days[base] / max(30.0 * crews, 1)
            usual_use[base] = smoothed(usual_use[base], use, p.base_use_update_weight)
        rent -= estate.rent_given(rent, bases.given_m2[base], floor, share)
        lease = whole_fen(max(rent, p.rent_floor_yuan_m2_month) * floor, econ.fen_per_yuan)  # also on their own floor
        owed = bases.service_fen[base] if bases.debt_fen[base] > 0 else 0
        ends = bases.lease_ends[base] == econ.month + p.lease_months
        renewed = ends and opens < econ.month and not bases.public[base] and rent > 0
        earns = 30 * usual_use[base] * crews * set_fee(econ, base) * (1 - p.base_operating_share)
        overdrawn = bases.cash_fen[base] < -p.closure_lease_months * (lease + owed)
        failing[base] = overdrawn or (renewed and earns < lease)
    return failing


@over_state
def move_venue_hire(econ):  # type: ignore[no-untyped-def]
    """(P9) Hire of venues that are no film bases, where there are any: moved as of sets with pass-through.

    It is drawn to the hire of the start times what rents have become: a sales hall needs next to no conversion.
    """
    p, region, target, crews = econ.p, econ.region, econ.p.base_target_utilisation, room_in_venues(econ)
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
