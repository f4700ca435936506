"""Landlords: rents, vacancy, and malls that lose their tenants (P1-P5)."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..arithmetic import exp, log
from ..compiled import compiled, inlined
from ..decisions import property as rules
from ..state import State, phase


@phase(reads="house_index region studios", writes="region.film_m2 region.occupied_m2 region.rent")
def move_rents(econ: State) -> None:
    """Rents answer to last month's vacancy, then tenants to the new rents; what film rents comes first."""
    region, p = econ.region, econ.p
    if p.rent_dynamics:
        beside = region.neighbours
        region.rent = adjust_rents(
            parameters=p.numbers,
            rent=region.rent,
            rent_2020=region.rent_2020,
            stock=region.stock_m2,
            occupied=region.occupied_m2,
            film=region.film_m2,
            natural=region.natural_vacancy,
            first=beside.indptr,
            beside=beside.indices,
            weight=beside.data,
        )
    if p.film_space:
        studios = econ.studios
        region.film_m2 = film_offices(studios.cell, studios.inert, p.office_m2_per_studio, region.stock_m2)
    region.occupied_m2 = other_offices(
        region.demand_2020_m2,
        econ.activity,
        region.city,
        region.rent,
        region.rent_2020,
        p.rent_elasticity,
        region.stock_m2,
        region.film_m2,
    )


@phase(reads="house_index malls retail_vacancy", writes="malls.derelict malls.idle_since retail_vacancy")
def empty_malls(econ: State) -> None:
    """(P5) Malls whose frailty is below retail vacancy stand derelict, unless a film base has moved in."""
    p, malls = econ.p, econ.malls
    known = econ.cities.retail_vacancy_2020
    vacancy_2020 = np.where(np.isnan(known), p.retail_vacancy_2020, known)
    econ.retail_vacancy = rules.idle_share(vacancy_2020, econ.house_price, p.idle_space_elasticity)
    derelict = (malls.frailty < econ.retail_vacancy[malls.city]) & ~malls.converted
    malls.idle_since[derelict & ~malls.derelict] = econ.month
    malls.derelict = derelict


_growth, _demand = inlined(rules.rent_growth), inlined(rules.space_demand)


@partial(compiled, error_model="numpy")
def adjust_rents(  # type: ignore[no-untyped-def]
    parameters, rent, rent_2020, stock, occupied, film, natural, first, beside, weight
):
    """(P2) New rents: each cell answers to its vacancy and is drawn towards the rents of its neighbours.

    The neighbours of cell i are ``beside[first[i]:first[i + 1]]``, with those weights. Rents stop falling at the floor.
    Unsigned indices spare the check for negative ones.

    Parameters
    ----------
    parameters : as a record
    rent, rent_2020 : (cells,) yuan/m2/month
    stock, occupied, film : (cells,) m2 of floor space, rented by others, rented by studios
    natural : (cells,) natural vacancy
    first, beside, weight : (cells + 1,), (pairs,), (pairs,) neighbours and their weights

    Returns
    -------
    (cells,) yuan/m2/month
    """
    p, above, adjusted = parameters[0], np.empty(len(rent)), np.empty(len(rent))
    for i in range(len(rent)):
        above[i] = log(rent[i] / rent_2020[i])
    for i in range(len(rent)):
        around = 0.0
        for j in range(np.uint64(first[i]), np.uint64(first[i + 1])):
            around += weight[j] * above[np.uint64(beside[j])]
        vacancy = 1 - (occupied[i] + film[i]) / stock[i]
        adjusted[i] = _growth(vacancy, natural[i], p.rent_adjustment) + p.rent_smoothing * (around - above[i])
    for i in range(len(rent)):
        adjusted[i] = max(rent[i] * exp(adjusted[i]), min(p.rent_floor_yuan_m2_month, rent[i]))
    return adjusted


@compiled
def film_offices(cell, inert, m2, stock):  # type: ignore[no-untyped-def]
    """(P3) Floor space that studios rent in each cell, m2."""
    film = np.zeros(len(stock))
    for studio in range(len(cell)):
        film[cell[studio]] += not inert[studio]
    for i in range(len(stock)):
        film[i] = min(m2 * film[i], stock[i])
    return film


@partial(compiled, error_model="numpy")
def other_offices(demand_2020, active, city, rent, rent_2020, elasticity, stock, film):  # type: ignore[no-untyped-def]
    """(P1) Floor space that all others rent in each cell, m2: what film rents comes first."""
    occupied = np.empty(len(rent))
    for i in range(len(rent)):  # apart, so that the other loop takes several cells at once
        occupied[i] = active[city[i]]
    for i in range(len(rent)):
        wanted = _demand(demand_2020[i], occupied[i], rent[i], rent_2020[i], elasticity)
        occupied[i] = min(wanted, stock[i] - film[i])
    return occupied
