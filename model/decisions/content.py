"""Edge, discretion and review: the economics of enforcement (S7, C1, C2).

What a studio gains from content near the limit of the rules, and what the risk of review and inspection takes away.
"""

from __future__ import annotations

import numpy as np

from ..columns import Array

Number = float | Array


def edge_payoff(
    edge: Number, discretion: Number, value: Number, exposure: Number, *,
    edge_cost: float, discretion_cost: float, discretion_scale: float,
) -> Array:  # fmt: skip
    """(S7) Gain over a harmless series, in shares of revenue: ``v e - H e exp(-c/c0) - k e^2 / 2 - g c``.

    ``value`` v is net of the risk of review; ``exposure`` H is the risk of inspection in the open times the penalty.
    """
    hidden = np.exp(-np.asarray(discretion) / discretion_scale)
    return value * edge - exposure * edge * hidden - edge_cost * edge**2 / 2 - discretion_cost * discretion


def edge_and_discretion(
    value: Number, exposure: Number, *, edge_cost: float, discretion_cost: float, discretion_scale: float
) -> tuple[Array, Array]:
    """(S7) Edge e in 0..1 and discretion c >= 0 that maximise :func:`edge_payoff`.

    In the open ``e = (v - H) / k``; discreet ``e = (v + sqrt(v^2 - 4 k g c0)) / 2k`` and ``c = c0 ln(H e / (g c0))``:
    the better of the two.
    """
    value, exposure = np.broadcast_arrays(np.asarray(value, float), np.asarray(exposure, float))
    costs = {"edge_cost": edge_cost, "discretion_cost": discretion_cost, "discretion_scale": discretion_scale}
    least = discretion_cost * discretion_scale
    open_edge = np.clip((value - exposure) / edge_cost, 0, 1)
    root = np.sqrt(np.maximum(value**2 - 4 * edge_cost * least, 0))
    hidden_edge = np.clip((value + root) / (2 * edge_cost), 0, 1)
    discretion = discretion_scale * np.log(np.maximum(exposure * hidden_edge / least, 1))
    gain = edge_payoff(hidden_edge, discretion, value, exposure, **costs)
    better = (discretion > 0) & (gain > edge_payoff(open_edge, 0.0, value, exposure, **costs))
    return np.where(better, hidden_edge, open_edge), np.where(better, discretion, 0.0)


def detection_probability(edge: Number, discretion: Number, hazard: Number, scale: float) -> Array:
    """(C2) Chance that a series is caught on the set: ``1 - exp(-hazard e exp(-c/c0))``."""
    return -np.expm1(-np.asarray(hazard) * edge * np.exp(-np.asarray(discretion) / scale))


def review_tier(budget: Number, province: float, national: float) -> Array:
    """(C1) Who reviews: 0 the platform, 1 the province, 2 the key tier."""
    return (np.asarray(budget) > province).astype(int) + (np.asarray(budget) > national)


def trimmed(
    lavish: Array, fixed: Array, variable: Array, notches: tuple[float, float], days: Array, *,
    quality: float, delay_cost: float,
) -> tuple[Array, Array]:  # fmt: skip
    """(C1) Budgets cut to just below a notch where the shorter review is worth more than the quality lost.

    Parameters
    ----------
    lavish : (n,) log of spending beyond the usual; the budget is ``fixed + variable exp(lavish)``
    notches : budgets at which tiers 1 and 2 begin
    days : (3,) review by tier

    Returns
    -------
    lavish, tier : (n,) arrays
    """
    tier = review_tier(fixed + variable * np.exp(lavish), *notches)
    for level, notch in ((2, notches[1]), (1, notches[0])):
        room = (notch - fixed) / np.maximum(variable, 1e-9)
        lower = np.log(np.maximum(room, 1e-9))
        gain = delay_cost * (days[level] - days[level - 1]) - quality * (lavish - lower)
        cut = (tier == level) & (room > 0) & (gain > 0)
        lavish, tier = np.where(cut, lower, lavish), np.where(cut, level - 1, tier)
    return lavish, tier
