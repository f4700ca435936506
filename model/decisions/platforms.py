"""Platforms and audiences: fees, promotion, recommender, word of mouth (D2-D5)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import exp, power
from ..arrays import Array

Number = float | Array


def commission_fee(average_cost: float, margin: float) -> float:
    """(S2) Fee of a commissioned series: the industry's average cost and a margin, the same wherever it is shot."""
    return average_cost * (1 + margin)


def milestone_fen(fee_fen: int, number: int, shares: tuple[float, float]) -> Any:
    """(S2) Part of a fee in whole fen: paid at the start (0), at the shooting (1), and at delivery (2) the rest."""
    start, shooting = np.int64(np.floor(shares[0] * fee_fen)), np.int64(np.floor(shares[1] * fee_fen))
    parts = start, shooting, fee_fen - start - shooting
    return parts[number]


def promotion_weight(quality: Number, focus: float) -> Array:
    """(D2) Traffic bought for a new series relative to others: ``exp(focus x quality)``."""
    return exp(focus * quality)


def attention(quality: Number, audience: Number, feedback: float, quality_effect: float) -> Array:
    """(D3) Pull on viewers: ``exp(effect x quality) n^feedback`` (Salganik, Dodds & Watts 2006).

    Iterated on a fixed total with feedback < 1 it settles at shares proportional to
    ``exp(effect x quality)^(1 / (1 - feedback))``.
    """
    return exp(quality_effect * quality) * power(audience, feedback)


def audience_growth(quality: Number, draws: Number, drift: float, by_quality: float, spread: float) -> Array:
    """(D4) Factor of four weeks of word of mouth, lognormal: ``exp(4 (m + b q) + 2 s Z)`` (De Vany & Walls 1999)."""
    return exp(4 * (drift + by_quality * quality) + 2 * spread * draws)


def month_end_probability(weekly: float) -> float:
    """(D4) Chance that an audience is lost within four weeks: ``1 - (1 - d)^4``."""
    return float(1 - power(1 - weekly, 4))
