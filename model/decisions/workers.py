"""Cast and crew: reservation wages, bids, matching, day rates, moving (L1-L7)."""

from __future__ import annotations

import numpy as np

from ..arithmetic import exp, expm1, log, power
from ..arrays import Array, dot

Number = float | Array


def reservation_factor(skill: Number, premium: float) -> Array:
    """(L1) Reservation wage relative to others of the role in the city: ``exp(premium x skill)``."""
    return exp(premium * skill)


def reservation_wage(base: Number, prices: Number) -> Array:
    """(L1) Lowest day rate that a worker of average skill accepts: ``w P^exponent``. Money goes further where P is low.

    ``prices`` is the price level raised to the exponent with which workers count it.
    """
    return np.asarray(base) * prices


def released(house_index: Number, elasticity: float) -> Array:
    """(L1) What people earn outside the trade, of 2020: ``(p / 100)^elasticity``; a slump releases them."""
    return power(house_index / 100, elasticity)


def outside_income(day_rate_2020: Number, released: Number, days_month: float, share: float) -> Number:
    """(L7) What a month is worth outside the trade, yuan: ``w0 d share (p / 100)^psi``."""
    return day_rate_2020 * days_month * share * released


def growth_of_trade(income: Number, outside: Number, rate: float, most: float) -> Array:
    """(L7) Joiners a month per head of those who could: ``min(rate ln(y / o)+, most)``."""
    ahead = log(np.maximum(income, 1e-9) / np.maximum(outside, 1e-9))
    return np.minimum(rate * np.maximum(ahead, 0), most)


def quitting_probability(usual: Number, outside: Number, rate: float, most: float) -> Array:
    """(L7) Chance to quit this month: ``min(rate ln(o / y)+, most)``."""
    ahead = log(np.maximum(outside, 1e-9) / np.maximum(usual, 1e-9))
    return np.minimum(rate * np.maximum(ahead, 0), most)


def bid_factor(quality: Number, least: float, slope: float, cap: float) -> Array:
    """(L2) A studio's bid relative to the city's day rate, higher for better studios: ``b0 + b1 min(exp(q), cap)``."""
    return least + slope * np.minimum(exp(quality), cap)


def match_premium(applicants: Number, draws: Number, spread: float) -> Array:
    """(L2) Log quality of the best of n matches: ``spread (ln n + G)`` with standard Gumbel G.

    Exactly the maximum of n independent Gumbel values of that spread: the gain from a larger pool is derived, not
    assumed.
    """
    return spread * (log(np.maximum(applicants, 1.0)) + draws)


def wage_growth(tightness: Number, steady: float, response: float) -> Number:
    """(L3) Change of log day rate in a month: ``response (theta - theta*)``, theta the booked share of days."""
    return response * (tightness - steady)


def real_income(day_rate: Number, days: Number, price_level: Number, exponent: float) -> Array:
    """(L1, L5) What a month's work buys: ``w days / P^exponent``."""
    return day_rate * days / power(price_level, exponent)


def moving_cost(hours: Number, fixed: float, per_hour: float) -> Number:
    """(L5) Cost of moving, in log income; zero for staying (0 hours)."""
    return (hours > 0) * (fixed + per_hour * hours)


def origin_shares(workers: Array, people: Array, emigrants: float) -> Array:
    """(L5b) Origins of those who work in city j: ``m E_k / (E - E_j) (1 - d_k / d_j)+`` from city k, the rest from j.

    ``d`` is workers over people ``E``: people left for where more is shot. ``m`` are from elsewhere where all of it is.
    """
    density = workers / people
    ahead = np.maximum(density[:, None] - density, 0) / np.maximum(density, 1e-12)[:, None]
    others = dot(1 - np.eye(len(people)), people)
    shares = emigrants * ahead * people / np.maximum(others, 1e-12)[:, None]
    np.fill_diagonal(shares, np.maximum(1 - shares.sum(axis=1), 0))
    return shares


def worth_of_home(origin: Number, city: Number, attachment: float) -> Number:
    """(L5b) What the region one comes from is worth beyond its income, in log income: ``h`` there, 0 elsewhere."""
    return attachment * (origin == city)


def effective_hours(hours: Number, full: float, fruitless: float) -> Array:
    """(L4) Output of a day of h hours: proportional, then concave, then flat (shape of Pencavel 2015).

    ``h`` up to ``full``; beyond it the marginal hour falls linearly to nothing at ``fruitless``.
    """
    over = np.minimum(np.maximum(hours - full, 0), max(fruitless - full, 0))
    return np.minimum(hours, full) + over - over * over / (2 * max(fruitless - full, 1e-9))


def fatigue(past: Number, hours_week: Number, rested: float, unit: float, memory: float) -> Array:
    """(L4) Fatigue after a month: ``memory f + (hours a week - rested)+ / unit``."""
    return memory * past + np.maximum(hours_week - rested, 0) / unit


def burnout_probability(fatigue: Number, rate: float) -> Array:
    """(L4) Chance to burn out this month: ``1 - exp(-rate f^2)``."""
    return -expm1(-rate * fatigue * fatigue)


def retakes(fatigue: Number, rate: float) -> Array:
    """(L4) Extra days that a tired crew is expected to need: ``1 - exp(-rate f)``."""
    return -expm1(-rate * fatigue)
