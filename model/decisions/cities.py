"""City officials: revenue, budget, instruments, plans, imitation (G1-G9)."""

from __future__ import annotations

import numpy as np

from ..arithmetic import SMALLEST, exp, expm1, power
from ..arrays import Array

Number = float | Array


def land_revenue(land_2020: Number, house_index: Number, elasticity: float) -> Number:
    """(G1) Land-use rights sold, as house prices move: ``L0 (p/p0)^elasticity``."""
    return land_2020 * power(house_index / 100, elasticity)


def discretionary_budget(revenue: Number, revenue_2020: Number, committed_share: float, service: Number) -> Array:
    """(G2) What is left after committed spending and interest: ``max(0, R - c R0 - service)``."""
    return np.maximum(revenue - committed_share * revenue_2020 - service, 0)


def prior_claim(revenue: Number, land: Number, land_2020: Number, share: float, substitution: float) -> Number:
    """(G2b) What film policy may spend of a month's revenue: ``phi R (1 + s (1 - L/L0)+)``.

    ``substitution`` s says how far a city that loses land revenue looks for a new industry (below 0: gives it up).
    """
    some = land_2020 > 0
    lost = some - land * some / np.maximum(land_2020, SMALLEST)
    return share * revenue * (1 + substitution * np.maximum(lost, 0))


def half_life_weight(months: float) -> float:
    """(G2b) Part of a gap that closes in a month if half of it closes in so many: ``1 - 2^(-1/h)``."""
    return float(1 - power(0.5, 1 / months))


def share_after_cut(wanted: Number, missing: Number) -> Number:
    """(G2b) Part of all spending that is left where some of its cover is missing: ``(1 - missing/wanted)+``."""
    short = missing * (wanted > 0) / np.maximum(wanted, SMALLEST)
    return np.minimum(np.maximum(1 - short, 0), 1)


def days_saved(days: Number, strength: Number, share: Number, review: Number) -> Array:
    """(G3b) Days of review that a filing service saves: designation in force times the share paid, at most all."""
    return np.minimum(days * strength * share, review)


def people_due(before: Number, now: Number) -> Array:
    """(G3b) Whole people between two running totals: fractions are carried on to later months."""
    return np.floor(now + 1e-9) - np.floor(before + 1e-9)


def free_part(days: Number, room: Number) -> Array:
    """(G3d) Part of the days off base that can be shot in free scenes: ``min(1, room/days)``, 0 without room."""
    return np.minimum(1.0, room / np.maximum(days, 1e-9))


def prorated(claims: Number, budget: Number) -> Number:
    """Share of claims that a budget can pay, at most 1."""
    none = claims <= 0
    return np.minimum(1.0, budget * (1 - none) / np.maximum(claims, SMALLEST) + none)


def rebate(local_spending: Number, rate: Number, cap: Number) -> Array:
    """(G6) Production rebate for one series: ``min(rate x local spending, cap)``."""
    return np.minimum(local_spending * rate, cap)


def planned_rebate(rate: Array, response: Array, worth: float, step: float, budget: Array, spending: Array) -> Array:
    """(G8) Rebate for the year, within a step of last year's: the best of seven rates by the city's own forecast.

    A rate s is expected to bring spending ``L exp(response (s - s0))``, each yuan of it worth ``worth`` to the city
    and costing s; rates whose cost exceeds the budget are out.
    """
    rates = np.clip(rate[..., None] + step * np.linspace(-1, 1, 7), 0, 1)
    forecast = spending[..., None] * exp(response[..., None] * (rates - rate[..., None]))
    gain = np.where(rates * forecast <= budget[..., None], (worth - rates) * forecast, -np.inf)
    best = np.take_along_axis(rates, gain.argmax(axis=-1)[..., None], axis=-1)[..., 0]
    return np.where(np.isfinite(gain).any(axis=-1), best, np.maximum(rate - step, 0))


def affordable_rebate(budget_year: float, spending_year: float) -> float:
    """(G8) Highest rebate that a year's budget pays on a year's local spending: ``B / Y`` (no bound without any)."""
    return budget_year / spending_year if spending_year > 0 else np.inf


def imitation_probability(success: Number, base: float, response: float) -> Number:
    """(G9) Chance to write the industry into the plans this month: ``1 - exp(-(h0 + h1 visible success))``."""
    return -expm1(-(base + response * success))
