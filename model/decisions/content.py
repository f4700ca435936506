"""Edge, discretion and review: the economics of enforcement (S7, C1, C2).

What a studio gains from content near the limit of the rules, and what the risk of review and inspection takes away.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..arithmetic import exp, expm1, log
from ..arrays import Array

Number = float | Array


def edge_payoff(
    edge: Number,
    discretion: Number,
    value: Number,
    exposure: Number,
    edge_cost: float,
    discretion_cost: float,
    discretion_scale: float,
) -> Array:
    """(S7) Gain over a harmless series, in shares of revenue: ``v e - H e exp(-c/c0) - k e^2 / 2 - g c``.

    ``value`` v is net of the risk of review; ``exposure`` H is the risk of inspection in the open times the penalty.
    """
    hidden = exp(-discretion / discretion_scale)
    return value * edge - exposure * edge * hidden - edge_cost * edge * edge / 2 - discretion_cost * discretion


def edge_and_discretion(
    value: float, exposure: float, edge_cost: float, discretion_cost: float, discretion_scale: float
) -> tuple[float, float]:
    """(S7) Edge e in 0..1 and discretion c >= 0 that maximise :func:`edge_payoff`, for one series.

    In the open ``e = (v - H) / k``; discreet ``e = (v + sqrt(v^2 - 4 k g c0)) / 2k`` and ``c = c0 ln(H e / (g c0))``:
    the better of the two.
    """
    least = discretion_cost * discretion_scale
    in_the_open = min(max((value - exposure) / edge_cost, 0.0), 1.0)
    root = np.sqrt(max(value * value - 4 * edge_cost * least, 0.0))
    hidden = min(max((value + root) / (2 * edge_cost), 0.0), 1.0)
    discretion = discretion_scale * log(max(exposure * hidden / least, 1.0))
    if discretion > 0:
        gain = _edge_payoff(hidden, discretion, value, exposure, edge_cost, discretion_cost, discretion_scale)
        if gain > _edge_payoff(in_the_open, 0.0, value, exposure, edge_cost, discretion_cost, discretion_scale):
            return hidden, discretion
    return in_the_open, 0.0


def detection_probability(edge: Number, discretion: Number, hazard: Number, scale: float) -> Array:
    """(C2) Chance that a series is caught on the set: ``1 - exp(-hazard e exp(-c/c0))``."""
    return -expm1(-hazard * edge * exp(-discretion / scale))


def review_tier(budget: Number, province: float, national: float) -> int | Array:
    """(C1) Who reviews: 0 the platform, 1 the province, 2 the key tier."""
    return 1 * (budget > province) + 1 * (budget > national)


def trimmed(
    lavish: float,
    fixed: float,
    variable: float,
    notches: tuple[float, float],
    days: Array,
    quality: float,
    delay_cost: float,
) -> tuple[float, int]:
    """(C1) A budget, cut to just below a notch where the shorter review is worth more than the quality lost.

    Parameters
    ----------
    lavish : log of spending beyond the usual; the budget is ``fixed + variable exp(lavish)``
    notches : budgets at which tiers 1 and 2 begin
    days : (3,) review by tier

    Returns
    -------
    lavish, tier
    """
    tier = _review_tier(fixed + variable * exp(lavish), notches[0], notches[1])
    for level in (2, 1):
        room = (notches[level - 1] - fixed) / max(variable, 1e-9)
        if tier == level and room > 0:
            lower = log(max(room, 1e-9))
            if delay_cost * (days[level] - days[level - 1]) - quality * (lavish - lower) > 0:
                lavish, tier = lower, level - 1
    return lavish, tier


# What a compiled rule calls must be compiled too.
_edge_payoff, _review_tier = njit(edge_payoff), njit(review_tier)
