"""Cast and crew: reservation wages, matching, day rates, moving (L1-L7)."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..arrays import Array
from ..compiled import compiled

Number = float | Array


def asking_factor(skill: Number, premium: float) -> Array:
    """(L1) Reservation wage relative to others of the role in the city: ``exp(premium x skill)``."""
    return np.exp(premium * np.asarray(skill))


def reservation_wage(base: Number, prices: Number) -> Array:
    """(L1) Lowest day rate a worker of average asking accepts: ``w P^exponent``. Money goes further where P is low.

    ``prices`` is the price level raised to the exponent with which workers count it.
    """
    return np.asarray(base) * prices


def match_premium(applicants: Number, luck: Number, spread: float) -> Array:
    """(L2) Log quality of the best of n matches: ``spread (ln n + G)`` with standard Gumbel G.

    Exactly the maximum of n independent Gumbel values of that spread: the gain from a larger pool is derived, not
    assumed.
    """
    return spread * (np.log(np.maximum(applicants, 1.0)) + luck)


def wage_growth(tightness: Number, steady: float, response: float) -> Array:
    """(L3) Change of log day rate in a month: ``response (theta - theta*)``, theta the booked share of days."""
    return response * (np.asarray(tightness) - steady)


def real_income(day_rate: Number, days: Number, price_level: Number, exponent: float) -> Array:
    """(L1, L5) What a month's work buys: ``w days / P^exponent``."""
    return np.asarray(day_rate) * days / np.asarray(price_level) ** exponent


def moving_cost(hours: Number, fixed: float, per_hour: float) -> Array:
    """(L5) Cost of moving, in log income; zero for staying (0 hours)."""
    return np.where(np.asarray(hours) > 0, fixed + per_hour * np.asarray(hours), 0.0)


def effective_hours(hours: Number, full: float, fruitless: float) -> Array:
    """(L4) Output of a day of h hours: proportional, then concave, then flat (shape of Pencavel 2015).

    ``h`` up to ``full``; beyond it the marginal hour falls linearly to nothing at ``fruitless``.
    """
    over = np.minimum(np.maximum(np.asarray(hours, float) - full, 0), max(fruitless - full, 0))
    return np.minimum(hours, full) + over - over**2 / (2 * max(fruitless - full, 1e-9))


def fatigue(past: Number, hours_week: Number, rested: float, unit: float, memory: float) -> Array:
    """(L4) Fatigue after a month: ``memory f + (hours a week - rested)+ / unit``."""
    return memory * past + np.maximum(hours_week - rested, 0) / unit


def burnout_probability(tired: Number, rate: float) -> Array:
    """(L4) Chance to burn out this month: ``1 - exp(-rate f^2)``."""
    return -np.expm1(-rate * tired**2)


# Compiled rules are called in this file only: what numba keeps of a function is renewed when its own file changes.
_fatigue, _burnout = njit(fatigue), njit(burnout_probability)


@compiled
def tire_all(fatigue, days, city, hours, terms, rate, u):  # type: ignore[no-untyped-def]
    """(L4) Move everybody's fatigue on.

    Returns
    -------
    mean : (cities,) fatigue of those at work, each day counted
    burnt : rows of those who burn out
    """
    worked, tired, burnt, n = np.zeros(len(hours)), np.zeros(len(hours)), np.empty(len(days), np.int64), 0
    for i in range(len(days)):
        fatigue[i] = _fatigue(fatigue[i], days[i] * hours[np.uint64(city[i])] * 7 / 30, *terms)
    for i in range(len(days)):
        here, f = np.uint64(city[i]), fatigue[i]
        worked[here] += days[i]
        tired[here] += days[i] * f
        if f > 0 and days[i] > 0 and u[i] < rate * f**2:  # 1 - exp(-x) is at most x: most need no exponential
            burnt[n] = i
            n += u[i] < _burnout(f, rate)
    for at in range(len(hours)):
        tired[at] = tired[at] / worked[at] if worked[at] > 0 else 0.0
    return tired, burnt[:n].copy()


def joining_probability(day_rate: Number, tightness: Number, reservation: Number, rate: float) -> Array:
    """(L7) Chance that somebody who thinks of joining the trade does: ``min(1, rate x work to be had x w / w_r)``."""
    return np.minimum(rate * np.minimum(tightness, 1) * day_rate / np.maximum(reservation, 1e-9), 1.0)


_joining = njit(joining_probability)


@compiled
def join(origin, u, people, roles, day_rates, tightness, reservation, rate):  # type: ignore[no-untyped-def]
    """(L7) Which of those who think of joining do, where they live and what they can do.

    Parameters
    ----------
    origin : (2, n) uniform numbers: where among the cumulative shares of cities among people, of roles among workers
    u : (n,) uniform numbers
    people, roles : cumulative shares
    day_rates, tightness, reservation : (cities, roles)
    rate : float
    """
    n, k = len(u), 0
    joins, cities, trades = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    chance, most = np.empty(day_rates.shape), 0.0
    for city in range(chance.shape[0]):
        for role in range(chance.shape[1]):
            chance[city, role] = _joining(day_rates[city, role], tightness[city, role], reservation[city, role], rate)
            most = max(most, chance[city, role])
    for i in range(n):
        if u[i] >= most:
            continue
        city, role = 0, 0
        while city < len(people) - 1 and people[city] < origin[0, i]:
            city += 1
        while role < len(roles) and roles[role] < origin[1, i]:
            role += 1
        if u[i] < chance[city, role]:
            joins[k], cities[k], trades[k] = i, city, role
            k += 1
    return joins[:k], cities[:k], trades[:k]


def retakes(tired: Number, rate: float) -> Array:
    """(L4) Extra days a tired crew is expected to need: ``1 - exp(-rate f)``."""
    return -np.expm1(-rate * np.asarray(tired))
