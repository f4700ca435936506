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
from ..state import ConversionTerms, State, phase
from .bases_loops import base_costs, by_part, cheapest_rents, convert_cheapest, failing_bases, set_fees, sets_wanted


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
    response, pull = price_terms(p)
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


def move_venue_hire(econ: State) -> None:
    """(P9) Hire of venues that are no film bases, where there are any: moved as of sets with pass-through.

    It is drawn to the hire of the start times what rents have become: a sales hall needs next to no conversion.
    """
    p, region, room = econ.p, econ.region, 30 * econ.venue_crews
    there, target = room > 0, p.base_target_utilisation
    use = np.divide(econ.venue_demand, room, out=np.full(len(room), target), where=there)
    cost = p.venue_yuan_day * region.city_mean(region.rent) / region.city_mean(region.rent_2020)
    growth = estate.set_price_growth(np.minimum(use, p.set_shortage_cap), target, p.set_price_use_response)
    growth += estate.pull_to_cost(econ.venue_hire, cost, p.set_price_cost_pull)
    econ.venue_hire = econ.venue_hire * exp(growth * there)


def price_terms(p: Parameters) -> tuple[float, float]:
    """(P6c) How set fees answer to use, and how they are drawn to what new bases cost."""
    return (p.set_price_use_response, p.set_price_cost_pull) if p.pass_through else (p.base_price_adjustment, 0.0)


def break_even_prices(econ: State) -> Array:
    """(P6c) Day hire at which a base in the cheapest idle shell of a city just pays, (genres, cities) yuan.

    Where no shell is idle it would have to pay the full rent of the cheapest cell.
    """
    p, malls, region, terms = econ.p, econ.malls, econ.region, econ.conversion_terms
    rent = cheapest_rents(
        derelict=malls.derelict,
        returns=malls.returns,
        city=malls.city,
        cell=malls.cell,
        month=econ.month,
        rent=region.rent,
        ratio=p.shell_rent_ratio,
        first=region.first,
    )
    return estate.break_even_price(
        rent, terms.service[:, None], p.crew_floor_m2, p.base_target_utilisation, p.base_operating_share
    )


@phase(
    reads="bases conversion_terms day_length house_index malls region set_demand set_hire survey usual_days "
    "venue_chance venue_demand venue_hire",
    writes="bases.premium panel.base_utilisation set_hire venue_hire",
)
def adjust_set_fees(econ: State) -> None:
    """(P6) Set fees rise where use exceeds the target and fall where bases stand empty.

    With pass-through they are also drawn to what a base in the cheapest idle shell would have to charge.

    Where there is no base yet but enough crews would use one (fewer in a world of less than full size), the fee that
    investors expect rises too. It never exceeds what the days saved are worth to a studio (or the fee of the start, if
    that was higher).
    """
    p, bases, survey, target = econ.p, econ.bases, econ.survey, econ.p.base_target_utilisation
    use = sets_wanted(
        city=bases.city,
        booked=bases.booked_days,
        days=30.0 * econ.crews_by_genre(planned=False),
        demand=econ.set_demand,
        enough=30 * p.scale * p.unserved_crews,
        cap=p.set_shortage_cap,
        target=target,
        utilisation=econ.panel.now["base_utilisation"],
    )
    response, pull = price_terms(p)
    growth = estate.set_price_growth(use, target, response)
    if p.pass_through:
        growth += estate.pull_to_cost(econ.set_hire, break_even_prices(econ), pull)
    one_base = p.sets_per_crew * (p.mall_m2 // p.crew_floor_m2) / p.scale
    sets = np.maximum(survey.sets, one_base) * p.set_sharing
    saved = survey.days_on_location / (econ.day_length * shooting_days(econ.usual_days[:, None], p.set_moves, sets))
    worth = saved * (survey.daily + survey.location) - survey.daily
    if p.venues:
        days = econ.day_length * shooting_days(econ.usual_days[0], p.set_moves, sets[0])
        at_venue = survey.days_at_venue / days * (survey.daily + survey.venue)
        worth[0] += econ.venue_chance * (at_venue - saved[0] * (survey.daily + survey.location[0]))
        move_venue_hire(econ)
    econ.set_hire = np.minimum(econ.set_hire * exp(growth), np.maximum(worth, econ.cities.set_yuan_day))
    if p.nearest_sets:
        _move_premiums(econ)


def _move_premiums(econ: State) -> None:
    """(S5b) Hire of single bases answers to their use against that of all open bases of the genre and city."""
    p, bases, k = econ.p, econ.bases, len(econ.cities)
    opened = (bases.opens <= econ.month).nonzero()[0]
    group, room = (bases.genre * np.int64(k) + bases.city)[opened], 30.0 * bases.crews[opened]
    booked = bases.booked_days[opened]
    mean = np.bincount(group, booked, 2 * k) / np.maximum(np.bincount(group, room, 2 * k), 1e-9)
    bases.premium[opened] = estate.base_premium(
        bases.premium[opened], booked / room, mean[group], p.base_hire_response, p.base_hire_fade
    )
