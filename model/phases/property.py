"""Landlords: rents, vacancy, and malls that lose their tenants (P1-P5)."""

from __future__ import annotations

import numpy as np

from ..arithmetic import exp, log
from ..compiled import compiled
from ..decisions import property as rules
from ..state import State, phase


@phase(reads="house_index region studios", writes="region.film_m2 region.occupied_m2 region.rent")
def move_rents(econ: State) -> None:
    """Rents answer to last month's vacancy (P2), then tenants to the new rents (P1); what film rents comes first.

    Each cell's rent is drawn towards those of its neighbours, and does not fall below the floor.
    """
    region, p = econ.region, econ.p
    if p.rent_dynamics:
        beside, above = region.neighbours, log(region.rent / region.rent_2020)
        growth = rules.rent_growth(region.vacancy, region.natural_vacancy, p.rent_adjustment)
        growth += p.rent_smoothing * (mean_around(beside.indptr, beside.indices, beside.data, above) - above)
        region.rent = np.maximum(region.rent * exp(growth), np.minimum(p.rent_floor_yuan_m2_month, region.rent))
    if p.film_space:
        offices = np.bincount(econ.studios.cell, ~econ.studios.inert, len(region.x))
        region.film_m2 = np.minimum(p.office_m2_per_studio * offices, region.stock_m2)
    active = econ.activity[region.city]
    wanted = rules.space_demand(region.demand_2020_m2, active, region.rent, region.rent_2020, p.rent_elasticity)
    region.occupied_m2 = np.minimum(wanted, region.stock_m2 - region.film_m2)  # what film rents comes first


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


@compiled
def mean_around(first, beside, weight, values):  # type: ignore[no-untyped-def]
    """(P2) Mean over the neighbours of each cell, those of cell i being ``beside[first[i]:first[i + 1]]``."""
    mean = np.zeros(len(values))
    for i in range(len(values)):
        for j in range(np.uint64(first[i]), np.uint64(first[i + 1])):  # unsigned: spares the check for negative indices
            mean[i] += weight[j] * values[np.uint64(beside[j])]
    return mean
