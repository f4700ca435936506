"""Landlords: rents, vacancy, and malls that lose their tenants (P1-P5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..decisions import property as estate

if TYPE_CHECKING:
    from ..economy import MicroDramaEconomy


def move_rents(econ: MicroDramaEconomy) -> None:
    """Rents answer to last month's vacancy, then tenants to the new rents; film takes what it rents first."""
    region, p = econ.region, econ.p
    if p.rent_dynamics:
        growth = estate.rent_growth(region.vacancy, region.natural_vacancy, p.rent_adjustment)
        above = np.log(region.rent / region.rent_2020)
        growth += p.rent_smoothing * (region.neighbours @ above - above)
        region.rent = np.maximum(region.rent * np.exp(growth), np.minimum(p.rent_floor_yuan_m2_month, region.rent))
    if p.film_space:
        offices = np.bincount(econ.studios.cell, ~econ.studios.inert, len(region.x))
        region.film_m2 = np.minimum(p.office_m2_per_studio * offices, region.stock_m2)
    wanted = estate.space_demand(
        region.demand_2020_m2, econ.activity[region.city], region.rent, region.rent_2020, p.rent_elasticity
    )
    region.occupied_m2 = np.minimum(wanted, region.stock_m2 - region.film_m2)


def empty_malls(econ: MicroDramaEconomy) -> None:
    """Malls whose frailty retail vacancy has overtaken stand derelict, unless a film base has moved in."""
    malls = econ.malls
    econ.retail_vacancy = estate.retail_vacancy(econ.p.retail_vacancy_2020, econ.activity)
    malls.derelict = (malls.frailty < econ.retail_vacancy[malls.city]) & ~malls.converted
