"""City officials: revenue, budget, instruments (G1-G6)."""

from __future__ import annotations

import numpy as np

from ..columns import Array

Number = float | Array


def land_revenue(land_2020: Number, house_index: Number, elasticity: float) -> Array:
    """(G1) Land-use rights sold, as house prices move: ``L0 (p/p0)^elasticity``."""
    return land_2020 * (np.asarray(house_index) / 100) ** elasticity


def discretionary_budget(revenue: Number, revenue_2020: Number, committed_share: float, service: Number) -> Array:
    """(G2) What is left after committed spending and interest: ``max(0, R - c R0 - service)``."""
    return np.maximum(np.asarray(revenue) - committed_share * np.asarray(revenue_2020) - service, 0)


def prorated(claims: Number, budget: Number) -> Array:
    """Share of claims that a budget can pay, at most 1."""
    claims = np.asarray(claims, float)
    return np.minimum(1.0, np.divide(budget, claims, out=np.ones_like(claims), where=claims > 0))


def rebate(local_spending: Number, rate: Number, cap: Number) -> Array:
    """(G6) Production rebate for one series: ``min(rate x local spending, cap)``."""
    return np.minimum(np.asarray(local_spending) * rate, cap)
