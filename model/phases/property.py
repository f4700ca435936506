"""Landlords: rents, vacancy, and malls that lose their tenants (P1-P5)."""

from __future__ import annotations

from ..decisions import property as estate
from ..state import State, phase


@phase(reads="house_index region studios", writes="region.film_m2 region.occupied_m2 region.rent")
def move_rents(econ: State) -> None:
    """Rents answer to last month's vacancy, then tenants to the new rents; film takes what it rents first."""
    region, p = econ.region, econ.p
    if p.rent_dynamics:
        beside = region.neighbours
        region.rent = estate.adjust_rents(
            region.rent,
            region.rent_2020,
            region.stock_m2,
            region.occupied_m2,
            region.film_m2,
            region.natural_vacancy,
            p.rent_adjustment,
            beside.indptr,
            beside.indices,
            beside.data,
            p.rent_smoothing,
            p.rent_floor_yuan_m2_month,
        )
    if p.film_space:
        studios = econ.studios
        region.film_m2 = estate.film_offices(studios.cell, studios.inert, p.office_m2_per_studio, region.stock_m2)
    region.occupied_m2 = estate.other_offices(
        region.demand_2020_m2,
        econ.activity,
        region.city,
        region.rent,
        region.rent_2020,
        p.rent_elasticity,
        region.stock_m2,
        region.film_m2,
    )


@phase(reads="house_index malls retail_vacancy", writes="malls.derelict retail_vacancy")
def empty_malls(econ: State) -> None:
    """Malls whose frailty retail vacancy has overtaken stand derelict, unless a film base has moved in."""
    malls = econ.malls
    econ.retail_vacancy = estate.retail_vacancy(econ.p.retail_vacancy_2020, econ.activity)
    malls.derelict = (malls.frailty < econ.retail_vacancy[malls.city]) & ~malls.converted
