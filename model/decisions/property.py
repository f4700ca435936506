"""Landlords, house prices and the conversion of malls (P1-P6)."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..arrays import Array
from ..compiled import compiled

Number = float | Array


def bid_rent(centre_rent: Number, gradient: float, distance_km: Number) -> Array:
    """(P1) Rent that keeps users indifferent between distances: ``r(d) = r0 exp(-gradient d)`` (Alonso 1964)."""
    return centre_rent * np.exp(-gradient * np.asarray(distance_km))


def space_demand(demand_2020: Number, activity: Number, rent: Number, rent_2020: Number, elasticity: float) -> Array:
    """(P1) Others' demand for offices, m2: ``D0 A (r/r0)^-elasticity``."""
    result: Array = demand_2020 * activity * (rent / rent_2020) ** -elasticity
    return result


def activity(house_index: Number, elasticity: float) -> Array:
    """(P4) Demand for commercial space relative to 2020-12, from the house price index (2020-12 = 100)."""
    return (np.asarray(house_index) / 100) ** elasticity


def rent_growth(vacancy: Number, natural_vacancy: Number, adjustment: float) -> Number:
    """(P2) Change of log rent in a month: ``adjustment (v_n - v)`` (Wheaton & Torto 1988, natural vacancy)."""
    return adjustment * (natural_vacancy - vacancy)


def retail_vacancy(vacancy_2020: float, activity_level: Number) -> Array:
    """(P5) Share of malls without tenants: ``1 - (1 - v0) A``, between 0 and 1."""
    return np.minimum(np.maximum(1 - (1 - vacancy_2020) * np.asarray(activity_level), 0), 1)


def shell_rent(rent: Number, derelict: bool | Array, ratio: float) -> Number:
    """(P5) Rent of a mall, yuan/m2/month: that of its cell, ``ratio`` of it where it is derelict."""
    return rent * (ratio * derelict + (1 - derelict))


def annuity(rate_year: float, years: float) -> float:
    """Monthly payment per yuan borrowed: ``i / (1 - (1+i)^-n)`` with monthly i."""
    monthly = rate_year / 12
    return float(monthly / -np.expm1(-12 * years * np.log1p(monthly)))


def conversion_margin(
    set_price: Number,
    utilisation: Number,
    shell_rent: Number,
    operating_share: float,
    crew_floor_m2: float,
    debt_service: Number,
) -> Number:
    """(P6) Monthly margin of a converted mall, yuan/m2: ``30 p u (1-o) / m2 per crew - shell rent - F a``.

    ``debt_service`` F a is the capital cost times the annuity.
    """
    revenue = 30 * set_price * utilisation / crew_floor_m2
    return revenue * (1 - operating_share) - shell_rent - debt_service


def conversion_probability(extra: Number, rate: float) -> Array:
    """(P6) Chance that an investor converts this month: ``1 - exp(-rate (margin - hurdle)+)``."""
    return -np.expm1(-rate * np.maximum(extra, 0))


def set_price_growth(utilisation: Number, target: float, adjustment: float) -> Array:
    """(P6) Change of log set hire in a month."""
    return adjustment * (np.asarray(utilisation) - target)


def option_multiple(volatility: float, capital_cost_year: float) -> float:
    """(P6) Margin over cost at which an irreversible investment is made: ``b / (b - 1)`` (Dixit & Pindyck 1994).

    With payout and interest both ``r``: ``b = 1/2 + sqrt(1/4 + 2 r / volatility^2)``; 1 without volatility.
    """
    if volatility <= 0:
        return 1.0
    b = 0.5 + (0.25 + 2 * capital_cost_year / volatility**2) ** 0.5
    return b / (b - 1)


# Compiled rules are called in this file only: what numba keeps of a function is renewed when its own file changes.
_growth, _demand = njit(rent_growth), njit(space_demand)
_margin, _chance, _shell_rent = njit(conversion_margin), njit(conversion_probability), njit(shell_rent)


@compiled
def adjust_rents(  # type: ignore[no-untyped-def]
    rent, rent_2020, stock, occupied, film, natural, adjustment, first, beside, weight, smoothing, floor
):
    """(P2) New rents: each cell answers to its vacancy and is drawn towards what its neighbours ask.

    The neighbours of cell i are ``beside[first[i]:first[i + 1]]``, with those weights. Rents stop falling at the floor.
    Indices without a sign are not tried for counting from the end.
    """
    above, growth = np.empty(len(rent)), np.empty(len(rent))
    for i in range(len(rent)):
        above[i] = np.log(rent[i] / rent_2020[i])
    for i in range(len(rent)):
        around = 0.0
        for j in range(np.uint64(first[i]), np.uint64(first[i + 1])):
            around += weight[j] * above[np.uint64(beside[j])]
        vacancy = 1 - (occupied[i] + film[i]) / stock[i]
        growth[i] = _growth(vacancy, natural[i], adjustment) + smoothing * (around - above[i])
    return np.maximum(rent * np.exp(growth), np.minimum(floor, rent))


@compiled
def film_offices(cell, inert, m2, stock):  # type: ignore[no-untyped-def]
    """(P3) Floor space that studios rent in each cell, m2."""
    film = np.zeros(len(stock))
    for studio in range(len(cell)):
        film[cell[studio]] += not inert[studio]
    for i in range(len(stock)):
        film[i] = min(m2 * film[i], stock[i])
    return film


@compiled
def other_offices(demand_2020, active, city, rent, rent_2020, elasticity, stock, film):  # type: ignore[no-untyped-def]
    """(P1) Floor space that all others rent in each cell, m2: film takes what it rents first."""
    occupied = np.empty(len(rent))
    for i in range(len(rent)):
        wanted = _demand(demand_2020[i], active[city[i]], rent[i], rent_2020[i], elasticity)
        occupied[i] = min(wanted, stock[i] - film[i])
    return occupied


@compiled
def _plan(at, wanted, planned, set_hire, target, largest, operating, crew_m2, service):  # type: ignore[no-untyped-def]
    """Margin before the shell's rent of the better genre of sets for one more base in a city, the genre, its crews.

    An investor plans for the demand beyond what stands or is being built and expects the utilisation that results.
    """
    best, sets, size = -np.inf, 0, 0
    for genre in range(len(wanted)):
        want, have = wanted[genre, at], planned[genre, at]
        crews = int(min(max(np.ceil(want / target - have), 0), largest))
        use = min(want / max(have + crews, 1), 1)
        margin = _margin(set_hire[genre, at], use, 0.0, operating, crew_m2, service[genre])
        if crews > 0 and margin > best:
            best, sets, size = margin, genre, crews
    return best, sets, size


@compiled
def keen_investors(  # type: ignore[no-untyped-def]
    u,
    converted,
    returns,
    month,
    rate,
    city,
    cell,
    rent,
    derelict,
    ratio,
    wanted,
    planned,
    set_hire,
    target,
    largest,
    operating,
    crew_m2,
    service,
):
    """(P6) Rows of free malls whose investors, having looked at them, would convert them as the month begins."""
    best = np.empty(wanted.shape[1])
    for at in range(len(best)):
        best[at] = _plan(at, wanted, planned, set_hire, target, largest, operating, crew_m2, service)[0]
    rows, n = np.empty(len(u), np.int64), 0
    for mall in range(len(u)):
        extra = best[city[mall]] - _shell_rent(rent[cell[mall]], derelict[mall], ratio)
        rows[n] = mall
        # 1 - exp(-x) is at most x: most need no exponential.
        likely = extra > 0 and u[mall] < rate * extra and u[mall] < _chance(extra, rate)
        n += likely and not converted[mall] and returns[mall] <= month
    return rows[:n].copy()


@compiled
def convert_in_turn(  # type: ignore[no-untyped-def]
    turn, city, cell, rent, derelict, ratio, wanted, planned, set_hire, target, largest, operating, crew_m2, service
):
    """(P6) Conversions one after another, each seeing the plans before it; ``planned`` is filled.

    Returns
    -------
    malls, genre, crews : of the bases to be
    """
    sets, size, built = np.empty(len(turn), np.int64), np.empty(len(turn), np.int64), np.zeros(len(turn), np.bool_)
    for i in range(len(turn)):
        mall, at = turn[i], city[turn[i]]
        best, sets[i], size[i] = _plan(at, wanted, planned, set_hire, target, largest, operating, crew_m2, service)
        built[i] = best > _shell_rent(rent[cell[mall]], derelict[mall], ratio)
        if built[i]:
            planned[sets[i], at] += size[i]
    return turn[built], sets[built], size[built]
