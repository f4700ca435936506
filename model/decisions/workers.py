"""Cast and crew: reservation wages, matching, day rates, moving (L1-L5)."""

from __future__ import annotations

import numpy as np

from ..columns import Array

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
