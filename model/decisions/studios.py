"""Studios: what a series costs, where to shoot, whether to start, enter and close (S1-S11, A1-A4)."""

from __future__ import annotations

import numpy as np

from ..columns import Array

Number = float | Array


def externality(levels: Array, form: str, floor: float) -> Array:
    """(A1-A4) What a city's size is worth to one more studio, from its share s of K cities.

    ``ln(s + floor)`` (form "log") or ``K s`` ("linear"), with about the same slope K at an even split; 0 for "off" or
    where nobody has anything.

    Parameters
    ----------
    levels : (K,) array, not negative
    """
    total = levels.sum()
    if form == "off" or total <= 0:
        return np.zeros(len(levels))
    share = levels / total
    return np.log(share + floor) if form == "log" else share * len(levels)


def shooting_days(base_days: float, moves: float, sets: Number) -> Array:
    """(S4) Days of a series: ``W0 (1 + moves / (1 + ln(1 + sets)))``; no sets, no saving."""
    return base_days * (1 + moves / (1 + np.log1p(sets)))


def location_value(
    cost: Number, externalities: Number, put_off: Number, queue: Number, away: Number, *,
    delay_aversion: float, queue_aversion: float, away_cost: float,
) -> Array:  # fmt: skip
    """(S8) Value of shooting in a city, in log cost.

    ``V = -ln(cost after rebate) + externalities - delay_aversion E[months of delay] - queue_aversion E[wait]/W
    - away_cost [not home]``

    A share q of series put off each month means ``q / (1 - q)`` months of delay; ``queue`` is the wait for a set over
    the days of shooting.
    """
    delay = np.asarray(put_off) / np.maximum(1 - np.asarray(put_off), 0.1)
    trouble = delay_aversion * delay + queue_aversion * np.asarray(queue) + away_cost * np.asarray(away)
    return -np.log(cost) + externalities - trouble


def choose(value: Array, scale: float, gumbel: Array) -> Array:
    """Multinomial logit by its random utility: the city with the best ``V / scale + Gumbel`` (McFadden 1974)."""
    return np.argmax(value / scale + gumbel, axis=-1)


def entry_probability(profit_ratio: Number, rate: float, elasticity: float) -> Array:
    """(S1) Chance that a potential founder founds: ``min(1, rate (E[profit]/cost)+^elasticity)``."""
    profit = np.maximum(np.asarray(profit_ratio, float), 0)
    return np.where(profit > 0, np.minimum(rate * profit**elasticity, 1.0), 0.0)


def start_probability(profit_ratio: Number, scale: float) -> Array:
    """(S2) Chance that a studio starts a series of its own: logistic in expected profit over cost."""
    return 1 / (1 + np.exp(-np.clip(np.asarray(profit_ratio) / scale, -60, 60)))


def slate_size(cash: Number, cost: Number, working_capital: float, largest: int) -> Array:
    """(S2) Series a studio can carry: ``cash / (working capital x cost)``, whole, between 0 and the largest slate."""
    return np.clip(np.floor(np.asarray(cash) / (working_capital * cost)), 0, largest).astype(np.int64)


def expectation(past: Number, seen: Number, memory: float) -> Array:
    """(S10) Adaptive expectation: ``memory x past + (1 - memory) x seen``."""
    return memory * np.asarray(past) + (1 - memory) * np.asarray(seen)


def inherited_quality(parent: Number, own: Number, share: float, spread: float) -> Array:
    """(S1) Log quality of a spin-off: correlation ``share`` with its parent's, same spread as all (Klepper 2007)."""
    return share * np.asarray(parent) + np.sqrt(1 - share**2) * spread * np.asarray(own)


def script_cost(usual: float, authors: Array, elasticity: float) -> Array:
    """(D6) Script cost by city: ``usual (K a_j)^-elasticity`` with a_j the city's share of authors, at most doubled."""
    total = authors.sum()
    share = authors / total * len(authors) if total > 0 else np.ones(len(authors))
    return usual * np.minimum(np.maximum(share, 1e-9) ** -elasticity, 2.0)


def bid_factor(quality: Number) -> Array:
    """(L2) What a studio offers relative to the city's day rate: better ones pay more, 0.85 to 1.45."""
    return 0.85 + 0.3 * np.clip(np.exp(quality), 0, 2)
