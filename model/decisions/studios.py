"""Studios: what a series costs, where to shoot, whether to start, enter and close (S1-S11, A1-A4)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import exp, log, log1p, power
from ..arrays import Array

Number = float | Array


def worth_of_share(share: Number, cities: int, concave: bool, floor: float) -> Any:
    """(A1-A4) What a city's size is worth to one more studio, from its share s of K cities.

    ``ln(s + floor)`` if concave, else ``K s``, with about the same slope K at an even split.
    """
    return log(share + floor) if concave else share * cities


def shooting_days(base_days: Number, moves: float, sets: Number) -> Array:
    """(S4) Days of a series: ``W0 (1 + moves / (1 + ln(1 + sets)))``; no sets, no saving."""
    return base_days * (1 + moves / (1 + log1p(sets)))


def venue_days(base_days: Number, moves: float, sets: Number, more: float) -> Array:
    """(P9) Days at a venue that is no film base: ``W0 (1 + min(more moves / (1 + ln(1 + sets)), moves))``."""
    return base_days * (1 + np.minimum(more * moves / (1 + log1p(sets)), moves))


def location_value(
    cost: Number,
    externalities: Number,
    put_off: Number,
    queue: Number,
    away: Number,
    delay_aversion: float,
    queue_aversion: float,
    away_cost: float,
    delay_floor: float,
) -> Array:
    """(S8) Value of shooting in a city, in log cost.

    ``V = -ln(cost after rebate) + externalities - delay_aversion E[months of delay] - queue_aversion E[wait]/W
    - away_cost [not home]``

    A share q of series put off each month means ``q / (1 - q)`` months of delay, with ``1 - q`` at least
    ``delay_floor``; ``queue`` is the wait for a set over the days of shooting.
    """
    delay = put_off / np.maximum(1 - put_off, delay_floor)
    trouble = delay_aversion * delay + queue_aversion * queue + away_cost * away
    return -log(cost) + externalities - trouble


def entry_probability(profit_ratio: Number, rate: float, elasticity: float) -> Array:
    """(S1) Chance that a potential founder starts a studio: ``min(1, rate (E[profit]/cost)+^elasticity)``."""
    profit = np.maximum(profit_ratio, 0.0)
    return (profit > 0) * np.minimum(rate * power(profit, elasticity), 1.0)


def start_probability(profit_ratio: Number, scale: float) -> Array:
    """(S2) Chance that a studio starts a series of its own: logistic in expected profit over cost."""
    return 1 / (1 + exp(-np.minimum(np.maximum(profit_ratio / scale, -60), 60)))


def still_to_pay(cost: Number, spent: Number, fee: Number, share: float) -> Array:
    """(S2) What a series in preparation still takes: ``(cost - spent - share x fee)+``.

    ``share`` of the fee is paid at the shooting.
    """
    return np.maximum(cost - spent - share * fee, 0)


def slate_room(
    free: Number, cost: Number, credit: float, commission_capital: float, base: float, per_hit: float, hits: Number
) -> Array:
    """(S2) Series a studio can take on: commissions that free money and credit carry, at most ``base + per_hit hits``.

    ``(free + credit) / (commission_capital x cost)``, whole.
    """
    carried = np.floor((free + credit) / (commission_capital * cost))
    return np.maximum(np.minimum(carried, np.floor(base + per_hit * hits)), 0)


def own_room(
    free: Number, cost: Number, commissions: Number, commission_capital: float, working_capital: float
) -> Array:
    """(S2) Own series that the money left by commissions carries, without credit."""
    return np.floor((free / cost - commission_capital * commissions) / working_capital)


def own_record(results: Number, series: Number, prior: float) -> Number:
    """(S10) Multiple of the charts that a studio expects, by its own results: ``(sum of results + N0) / (n + N0)``.

    A result is what a series earned over what the charts promised, ``prior`` N0 the series of evidence that charts are
    worth.
    """
    return 1 + (results - series) / np.maximum(series + prior, 1e-9)


def mean_worth(effect: float, spread: float) -> float:
    """(S10) Mean of ``exp(effect q)`` over all studios, q normal: ``exp((effect spread)^2 / 2)``."""
    return float(exp(effect * spread * effect * spread / 2))


def founders_aware(founders: float, studios: float, everybody: float) -> float:
    """(S1) People who consider founding a studio: word spreads with the trade, ``N min(1, studios / everybody)``."""
    return founders * min(1.0, studios / everybody)


def expectation(past: Number, seen: Number, memory: float) -> Number:
    """(S10) Adaptive expectation: ``memory x past + (1 - memory) x seen``."""
    return memory * past + (1 - memory) * seen


def inherited_quality(parent: Number, own: Number, share: float, spread: float) -> Array:
    """(S1) Log quality of a spin-off: correlation ``share`` with its parent's, same spread as all (Klepper 2007)."""
    return share * parent + np.sqrt(1 - share * share) * spread * own


def script_cost(usual: float, authors: Array, elasticity: float, largest: float) -> Array:
    """(D6) Script cost by city: ``usual (K a_j)^-elasticity``, at most ``largest`` times the usual.

    ``a_j`` is the city's share of authors.
    """
    total = authors.sum()
    share = authors / total * len(authors) if total > 0 else np.ones(len(authors))
    return usual * np.minimum(power(np.maximum(share, 1e-9), -elasticity), largest)


def offer_costs(
    mean_cost: float,
    script: float,
    days: float,
    exchange_rate: float,
    overseas_yuan: float,
    foreign_actors: float,
    foreign_usd_day: float,
    foreign_least_days: float,
    flight_usd: float,
    california_usd: float,
) -> tuple[float, float, float, float, float]:
    """(S6, L6, C3) Yuan for a series at home for subscribers, for the free platforms and overseas, there also with
    foreign actors flown in, or shot in California."""
    abroad = mean_cost + overseas_yuan
    days = max(days, foreign_least_days)
    flown = exchange_rate * foreign_actors * (foreign_usd_day * days + flight_usd)
    return mean_cost, mean_cost, abroad, abroad + flown, exchange_rate * california_usd + script + overseas_yuan


def office_utility(
    rent: Number, nearby: Number, km: Number, rent_weight: float, spillover: float, centre_pull: float
) -> Array:
    """(P3b) Worth of an office in a cell but for taste: ``-eta R/R_j + beta ln(1 + S) - alpha d``.

    Parameters
    ----------
    rent : of the cell over the mean of its city
    nearby : other studios a cell around it, at full size
    km : distance from the centre
    """
    return spillover * log1p(nearby) - rent_weight * rent - centre_pull * km


def zone_surplus(with_support: Array, without: Array, rent: float, rent_weight: float) -> float:
    """(G5b) What support in parts of a city is worth to a studio that may choose its cell there, yuan a month.

    The change of the expected utility of its best cell, in money (Small & Rosen 1981, doi:10.2307/1911129):
    ``R/eta (ln sum exp V1 - ln sum exp V0)``, which for the same support everywhere is that support.

    Parameters
    ----------
    with_support, without : (cells,) utilities of the cells but for taste
    rent : mean rent of an office in the city, yuan a month
    """
    after, before = (v.max() + log(exp(v - v.max()).sum()) for v in (with_support, without))
    return float(rent / rent_weight * (after - before))


def office_value(studios: Number, rent: Number, km: Number, neighbours: float, access: float) -> Array:
    """(P3) Value of an office in a cell, in log rent: ``neighbours ln(1 + studios there) - ln rent - access km``."""
    return neighbours * log1p(studios) - log(rent) - access * km
