"""Edge, discretion and review: the economics of enforcement (S7, C1, C2).

What a studio gains from content near the limit of the rules, and what the risk of review and inspection takes away.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..arrays import Array
from ..compiled import compiled

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
    hidden = np.exp(-discretion / discretion_scale)
    return value * edge - exposure * edge * hidden - edge_cost * edge**2 / 2 - discretion_cost * discretion


def edge_and_discretion(
    value: float, exposure: float, edge_cost: float, discretion_cost: float, discretion_scale: float
) -> tuple[float, float]:
    """(S7) Edge e in 0..1 and discretion c >= 0 that maximise :func:`edge_payoff`, for one series.

    In the open ``e = (v - H) / k``; discreet ``e = (v + sqrt(v^2 - 4 k g c0)) / 2k`` and ``c = c0 ln(H e / (g c0))``:
    the better of the two.
    """
    least = discretion_cost * discretion_scale
    in_the_open = min(max((value - exposure) / edge_cost, 0.0), 1.0)
    root = np.sqrt(max(value**2 - 4 * edge_cost * least, 0.0))
    hidden = min(max((value + root) / (2 * edge_cost), 0.0), 1.0)
    discretion = discretion_scale * np.log(max(exposure * hidden / least, 1.0))
    if discretion > 0:
        gain = _edge_payoff(hidden, discretion, value, exposure, edge_cost, discretion_cost, discretion_scale)
        if gain > _edge_payoff(in_the_open, 0.0, value, exposure, edge_cost, discretion_cost, discretion_scale):
            return hidden, discretion
    return in_the_open, 0.0


def detection_probability(edge: Number, discretion: Number, hazard: Number, scale: float) -> Array:
    """(C2) Chance that a series is caught on the set: ``1 - exp(-hazard e exp(-c/c0))``."""
    return -np.expm1(-np.asarray(hazard) * edge * np.exp(-np.asarray(discretion) / scale))


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
    tier = _review_tier(fixed + variable * np.exp(lavish), notches[0], notches[1])
    for level in (2, 1):
        room = (notches[level - 1] - fixed) / max(variable, 1e-9)
        if tier == level and room > 0:
            lower = np.log(max(room, 1e-9))
            if delay_cost * (days[level] - days[level - 1]) - quality * (lavish - lower) > 0:
                lavish, tier = lower, level - 1
    return lavish, tier


# Compiled rules are called in this file only: what numba keeps of a function is renewed when its own file changes.
_edge_payoff, _review_tier = njit(edge_payoff), njit(review_tier)
_edge_and_discretion, _trimmed = njit(edge_and_discretion), njit(trimmed)


@compiled
def plan_series(  # type: ignore[no-untyped-def]
    lavish,
    studio_quality,
    genre,
    city,
    home,
    casting,
    hired,
    overseas,
    local_cost,
    script,
    post,
    equipment,
    appeal,
    risk,
    edge_gains,
    edge_worth,
    with_edge,
    edge_terms,
    with_review,
    notches,
    days,
    budget_quality,
    delay_cost,
):
    """(S3, S7, C1, M14, M15) How lavish and how edgy each new series is, its tier of review, quality and script.

    Only what is shown at home is reviewed. Who works for a fee gains nothing from edge; California (city -1) has no
    risk.

    Parameters
    ----------
    lavish : (n,) log of spending beyond the usual on script, equipment and post-production; cut where that pays
    local_cost, equipment : (genres, cities) yuan where it is shot, and the part of it that is equipment
    script : (cities,) yuan by home
    appeal : (castings,) of the cast, log
    risk : (cities,) hazard of inspection times the penalty
    edge_gains, edge_worth : at home (after the risk of rejection) and overseas: gain of the studio, and of quality

    Returns
    -------
    tier, edge, discretion, quality, script : (n,) arrays
    """
    n = len(lavish)
    tier, edge, discretion = np.zeros(n, np.int64), np.zeros(n), np.zeros(n)
    quality, written = np.empty(n), np.empty(n)
    for i in range(n):
        abroad, inside, usual = 1 if overseas[i] else 0, max(city[i], 0), script[home[i]]
        if with_review and not abroad:
            variable = usual + post + equipment[genre[i], inside]
            fixed = local_cost[genre[i], inside] + usual + post - variable
            lavish[i], tier[i] = _trimmed(lavish[i], fixed, variable, notches, days, budget_quality, delay_cost)
        if with_edge:
            gain = edge_gains[abroad] * (not hired[i])
            exposure = risk[inside] if city[i] >= 0 else 0.0
            edge[i], discretion[i] = _edge_and_discretion(gain, exposure, *edge_terms)
        content = np.log1p(edge_worth[abroad] * edge[i])
        quality[i] = studio_quality[i] + budget_quality * lavish[i] + appeal[casting[i]] + content
        written[i] = usual * np.exp(lavish[i])
    return tier, edge, discretion, quality, written
