"""Landlords: rents, vacancy, and malls that lose their tenants (P1-P5)."""

from __future__ import annotations

import numpy as np

from ..arithmetic import exp, log
from ..compiled import compiled
from ..decisions import property as rules
from ..over_state import over_state
from ..state import house_price_in, phase


@phase(reads="house_index region studios", writes="region.film_m2 region.occupied_m2 region.rent")
@over_state
def move_rents(econ):  # type: ignore[no-untyped-def]
    """Rents answer to last month's vacancy (P2), then tenants to the new rents (P1); what film rents comes first.

    Each cell's rent is drawn towards those of its neighbours, and does not fall below the floor.
    """
    region, p, studios, beside = econ.region, econ.p, econ.studios, econ.region.neighbours
    if p.rent_dynamics:
        above = np.empty(len(region.rent))
        for cell in range(len(above)):
            above[cell] = log(region.rent[cell] / region.rent_2020[cell])
        around = mean_around(beside.indptr, beside.indices, beside.data, above)
        for cell in range(len(above)):
            rent, used = region.rent[cell], region.occupied_m2[cell] + region.film_m2[cell]
            vacancy = 1 - used / region.stock_m2[cell]
            growth = rules.rent_growth(vacancy, region.natural_vacancy[cell], p.rent_adjustment)
            growth += p.rent_smoothing * (around[cell] - above[cell])
            region.rent[cell] = max(rent * exp(growth), min(p.rent_floor_yuan_m2_month, rent))
    if p.film_space:
        offices = np.zeros(len(region.film_m2))
        for studio in range(len(studios)):
            offices[studios.cell[studio]] += not studios.inert[studio]
        region.film_m2[:] = np.minimum(p.office_m2_per_studio * offices, region.stock_m2)
    active = np.empty(len(region.rent))
    for city in range(len(econ.cities)):
        here = slice(region.first[city], region.first[city + 1])
        active[here] = rules.activity(house_price_in(econ, city), p.crisis_demand_elasticity)
    place = active, region.rent, region.rent_2020
    wanted = rules.space_demand(region.demand_2020_m2, *place, p.rent_elasticity)  # of all at once: powers are slow
    region.occupied_m2[:] = np.minimum(wanted, region.stock_m2 - region.film_m2)  # what film rents comes first


@phase(reads="house_index malls retail_vacancy", writes="malls.derelict malls.idle_since retail_vacancy")
@over_state
def empty_malls(econ):  # type: ignore[no-untyped-def]
    """(P5) Malls whose frailty is below retail vacancy stand derelict, unless a film base has moved in."""
    p, malls = econ.p, econ.malls
    for city in range(len(econ.cities)):
        known = econ.cities.retail_vacancy_2020[city]
        vacancy_2020 = p.retail_vacancy_2020 if np.isnan(known) else known
        idle = rules.idle_share(vacancy_2020, house_price_in(econ, city), p.idle_space_elasticity)
        econ.retail_vacancy[city] = idle
    for mall in range(len(malls)):
        derelict = malls.frailty[mall] < econ.retail_vacancy[malls.city[mall]] and not malls.converted[mall]
        if derelict and not malls.derelict[mall]:
            malls.idle_since[mall] = econ.month
        malls.derelict[mall] = derelict


@compiled
def mean_around(first, beside, weight, values):  # type: ignore[no-untyped-def]
    """(P2) Mean over the neighbours of each cell, those of cell i being ``beside[first[i]:first[i + 1]]``."""
    mean = np.zeros(len(values))
    for i in range(len(values)):
        for j in range(np.uint64(first[i]), np.uint64(first[i + 1])):  # unsigned: spares the check for negative indices
            mean[i] += weight[j] * values[np.uint64(beside[j])]
    return mean
