"""Film bases: conversion of derelict malls, costs, day hire, closure (P5-P7, G4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..columns import Array, stable_ids
from ..decisions import property as estate
from ..decisions.studios import shooting_days
from ..ledger import fen
from ..populations import FilmBases

if TYPE_CHECKING:
    from ..economy import MicroDramaEconomy


PRESSURE = 2.0
"""Demand for sets beyond this multiple of capacity raises set hire no faster."""


def convert_malls(econ: MicroDramaEconomy) -> None:
    """(P6) Investors look at every mall; those whose margin clears the hurdle may turn it into a base.

    A derelict mall lets at a discount (P5), one that still trades at the full rent of its cell. An investor plans for
    the demand for sets beyond what stands or is being built, and expects the utilisation that results. Within a month
    they come one after another, each seeing the others' plans.
    """
    p, malls = econ.p, econ.malls
    if not p.mall_conversion:
        return
    annuity = estate.annuity(p.capital_cost_year, p.base_horizon_years)
    largest = max(1, p.mall_size_m2 // p.crew_floor_m2)
    planned = econ.crews_by_city()
    wanted = econ.set_demand / 30

    def plan(city: Array | int) -> tuple[Array, Array]:
        """Crews to build for, and the margin before the shell's rent, yuan/m2/month."""
        crews = np.clip(np.ceil(wanted[city] / p.base_target_utilisation - planned[city]), 0, largest).astype(int)
        use = np.minimum(wanted[city] / np.maximum(planned[city] + crews, 1), 1)
        return crews, estate.conversion_margin(
            econ.set_hire[city], use, 0.0, operating_share=p.base_operating_share, crew_floor_m2=p.crew_floor_m2,
            capex_yuan_m2=p.conversion_capex_yuan_m2, annuity_month=annuity,
        )  # fmt: skip

    crews, margin = plan(np.arange(len(econ.cities)))
    free = np.flatnonzero(~malls.converted & (crews > 0)[malls.city])
    shell = shell_rent(econ, free)
    hurdle = p.conversion_hurdle_yuan_m2_month
    chance = estate.conversion_probability(margin[malls.city[free]] - shell, hurdle, p.conversion_rate)
    keen = econ.luck("mall.conversion").happens(malls.id[free], chance)
    free, shell = free[keen], shell[keen]
    for at in econ.luck("mall.order").order(malls.id[free]):
        mall, city = free[at], int(malls.city[free[at]])
        crews, margin = plan(city)
        if crews and margin - shell[at] > hurdle:
            planned[city] += crews
            base = open_base(econ, city=city, cell=int(malls.cell[mall]), mall=int(mall), crews=int(crews))
            _borrow_capex(econ, base, annuity)


def _borrow_capex(econ: MicroDramaEconomy, base: int, annuity: float) -> None:
    """The bank lends what the conversion costs."""
    bases = econ.bases
    capex = fen(econ.p.conversion_capex_yuan_m2 * bases.floor_m2[base])
    econ.ledger.pay("loans", (econ.rest_of_china, 0), (bases, base), capex)
    econ.ledger.pay("base_capex", (bases, base), (econ.rest_of_china, 0), capex)
    bases.debt_fen[base], bases.service_fen[base] = capex, np.ceil(annuity * capex)


def open_base(econ: MicroDramaEconomy, *, city: int, cell: int, mall: int, crews: int, public: bool = False) -> int:
    """Add a base that opens after the lag for permits and building (halved by designation); returns its row."""
    p, bases = econ.p, econ.bases
    lag = p.conversion_lag_months * (1 - 0.5 * econ.officials.designated[city])
    same = stable_ids(FilmBases.kind, econ.month, 0, np.array([0]))[0]
    ordinal = int(np.count_nonzero(bases.id >= same))
    row = bases.add(
        stable_ids(FilmBases.kind, econ.month, 0, np.array([ordinal])), born=econ.month, city=city, cell=cell,
        mall_id=econ.malls.id[mall] if mall >= 0 else 0, crews=crews, floor_m2=crews * p.crew_floor_m2,
        opens=econ.month + int(np.ceil(lag)), public=public,
        rent_yuan_m2_month=shell_rent(econ, mall) if mall >= 0 else econ.region.rent[cell],
    )  # fmt: skip
    if mall >= 0:
        econ.malls.converted[mall], econ.malls.derelict[mall] = True, False
    return row.start


def shell_rent(econ: MicroDramaEconomy, mall: Array | int) -> Array:
    """(P5) Rent of a mall, yuan/m2/month: that of its cell, at a discount where it is derelict."""
    malls = econ.malls
    return econ.region.rent[malls.cell[mall]] * np.where(malls.derelict[mall], econ.p.shell_rent_ratio, 1.0)


def pay_base_costs(econ: MicroDramaEconomy) -> None:
    """Lease, operating cost and debt service; owners draw what exceeds the month's takings and six months' lease."""
    p, bases, ledger = econ.p, econ.bases, econ.ledger
    every = np.arange(len(bases))
    lease = fen(bases.rent_yuan_m2_month * bases.floor_m2)
    ledger.pay("shell_lease", (bases, every), (econ.landlords, bases.city), lease)
    takings = base_revenue_fen(econ)
    ledger.pay("inputs", (bases, every), (econ.rest_of_china, 0), fen(p.base_operating_share * takings / 100))
    interest = fen(bases.debt_fen / 100 * p.capital_cost_year / 12)
    service = np.minimum(np.where(bases.opens <= econ.month, bases.service_fen, interest), bases.debt_fen + interest)
    ledger.pay("loans", (bases, every), (econ.rest_of_china, 0), service)
    bases.debt_fen += interest - service
    surplus = np.maximum(bases.cash_fen - 6 * lease - takings, 0)
    for owner, account, rows in (
        (bases.public, econ.officials, bases.city),
        (~bases.public, econ.rest_of_china, np.zeros(len(bases), int)),
    ):
        ledger.pay("base_surplus", (bases, every[owner]), (account, rows[owner]), surplus[owner])


def base_revenue_fen(econ: MicroDramaEconomy) -> Array:
    """Set hire of each base this month, fen."""
    return econ.bases.booked_days * hire_fen(econ)


def hire_fen(econ: MicroDramaEconomy) -> Array:
    """Day hire of each base, fen: the city's rate, less the discount of public bases."""
    bases = econ.bases
    return fen(econ.set_hire[bases.city] * np.where(bases.public, 1 - econ.p.public_discount, 1.0))


def close_bases(econ: MicroDramaEconomy) -> None:
    """(P7) A base whose debts to the bank exceed a year of lease closes; the bank writes off, the mall stands empty."""
    bases = econ.bases
    lease = fen(np.maximum(bases.rent_yuan_m2_month, econ.p.rent_floor_yuan_m2_month) * bases.floor_m2)
    gone = bases.cash_fen < -12 * lease
    rows = np.flatnonzero(gone)
    if not len(rows):
        return
    econ.ledger.pay("loans", (econ.rest_of_china, 0), (bases, rows), -bases.cash_fen[rows])
    malls = econ.malls.rows(bases.mall_id[rows])
    econ.malls.converted[malls[malls >= 0]] = False
    bases.remove(gone)


def adjust_set_hire(econ: MicroDramaEconomy) -> None:
    """(P6) Set hire rises where more is asked for than the target, falls where bases stand empty.

    Where there is no base yet but a crew a month would want one, the price investors reckon with rises too. It never
    exceeds what the days saved are worth to a studio (or the rate of the start, if that was higher).
    """
    p, bases = econ.p, econ.bases
    days = 30.0 * econ.crews_by_city(planned=False)
    booked = np.bincount(bases.city, bases.booked_days, len(econ.cities))
    econ.panel.now["base_utilisation"] = np.divide(booked, days, out=np.zeros(len(days)), where=days > 0)
    asked = np.divide(econ.set_demand, days, out=np.full(len(days), PRESSURE), where=days > 0)
    asked = np.minimum(asked, PRESSURE)
    asked[(days == 0) & (econ.set_demand < 30)] = p.base_target_utilisation
    growth = estate.set_price_growth(asked, p.base_target_utilisation, p.base_price_adjustment)
    survey = econ.survey
    one_base = p.sets_per_crew * (p.mall_size_m2 // p.crew_floor_m2)
    sets = np.maximum(survey.sets, one_base) * p.set_sharing
    saved = survey.days_on_location / shooting_days(p.shooting_days, p.set_moves, sets)
    worth = saved * (survey.daily + econ.cities.location_yuan_day) - survey.daily
    econ.set_hire = np.minimum(econ.set_hire * np.exp(growth), np.maximum(worth, econ.cities.set_yuan_day))
