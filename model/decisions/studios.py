"""Studios: what a series costs, where to shoot, whether to start, enter and close (S1-S11, A1-A4)."""

from __future__ import annotations

import numpy as np
from numba import njit

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
    cost: Number, externalities: Number, put_off: Number, queue: Number, away: Number,
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
    return 1 / (1 + np.exp(-np.minimum(np.maximum(np.asarray(profit_ratio) / scale, -60), 60)))


def slate_size(cash: Number, cost: Number, working_capital: float, largest: int) -> Array:
    """(S2) Series a studio can carry: ``cash / (working capital x cost)``, whole, between 0 and the largest slate."""
    return np.minimum(np.maximum(np.floor(np.asarray(cash) / (working_capital * cost)), 0), largest)


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


def office_value(studios: Number, rent: Number, km: Number, neighbours: float, access: float) -> Array:
    """(P3) Value of an office in a cell, in log rent: ``neighbours ln(1 + studios there) - ln rent - access km``."""
    return neighbours * np.log1p(studios) - np.log(rent) - access * km


# ---------------------------------------------------------------------- everybody at once
# Compiled rules are called in this file only: what numba keeps of a function is renewed when its own file changes.

_slate_size, _chance, _location_value = njit(slate_size), njit(start_probability), njit(location_value)
_office_value = njit(office_value)


@njit(cache=True)
def _first_above(running, x):  # type: ignore[no-untyped-def]
    """Inverse of a cumulative distribution: the first option whose running sum exceeds x, the last with a weight if
    none does."""
    option = 0
    while option < len(running) - 1 and running[option] <= x:
        option += 1
    while option > 0 and running[option] == running[option - 1]:
        option -= 1
    return option


@njit(cache=True)
def _best(value, row, scale, gumbel):  # type: ignore[no-untyped-def]
    """(McFadden 1974) As :func:`choose`, for one that chooses."""
    best, most = 0, -np.inf
    for option in range(len(value)):
        utility = value[option] / scale + gumbel[row, option]
        if utility > most:
            best, most = option, utility
    return best


@njit(cache=True)
def open_slots(cash, city, inert, shut_until, month, cost, working_capital, largest):  # type: ignore[no-untyped-def]
    """(S2) Slots of all slates.

    Returns
    -------
    owner, slot : (n,) row of the studio, and number of the slot among its own
    """
    owner, slot, n = np.empty(len(cash) * largest, np.int64), np.empty(len(cash) * largest, np.int64), 0
    for studio in range(len(cash)):
        if inert[studio] or shut_until[studio] > month:
            continue
        for number in range(_slate_size(cash[studio], cost[city[studio]], working_capital, largest)):
            owner[n], slot[n] = studio, number
            n += 1
    return owner[:n].copy(), slot[:n].copy()


@njit(cache=True)
def outlook(city, expected, quality, cost, appeal, effect):  # type: ignore[no-untyped-def]
    """(S6, L6, C3) Profit over cost that each studio expects of each offer: ``E_m appeal exp(effect q) / cost - 1``.

    Parameters
    ----------
    expected : (n, modes) yuan that a series of average quality earns; offers beyond the last mode are of this mode
    cost : (cities, offers) yuan
    appeal : (offers,)

    Returns
    -------
    (n, offers) array
    """
    ratio = np.empty((len(city), len(appeal)))
    for studio in range(len(city)):
        worth = np.exp(effect * quality[studio])
        for offer in range(len(appeal)):
            earns = expected[studio, min(offer, expected.shape[1] - 1)] * appeal[offer] * worth
            ratio[studio, offer] = earns / cost[city[studio], offer] - 1
    return ratio


@njit(cache=True)
def hopeful(ratio, expected, open_offers, owner, hired, u, hurdle, scale):  # type: ignore[no-untyped-def]
    """(S2) Free slots whose luck would do in their studio's best market; the others are passed over.

    In ``ratio``, offers that are shut and markets without money get -inf: nobody looks there.
    """
    chance = np.empty(len(ratio))
    for studio in range(len(ratio)):
        best = -np.inf
        for offer in range(len(open_offers)):
            if not open_offers[offer] or expected[studio, min(offer, expected.shape[1] - 1)] <= 0:
                ratio[studio, offer] = -np.inf
            best = max(best, ratio[studio, offer])
        chance[studio] = _chance(best - hurdle, scale)
    found, n = np.empty(len(owner), np.int64), 0
    for slot in range(len(owner)):
        found[n] = slot
        n += not hired[slot] and u[slot] < chance[owner[slot]]
    return found[:n].copy()


@njit(cache=True)
def choose_markets(  # type: ignore[no-untyped-def]
    slots, owner, ratio, u, cast_taste, market_taste, cast_scale, market_scale, hurdle, scale, mode, casting
):
    """(S2, S6, L6, C3) For each hopeful slot the cast that seems best overseas, then the market that seems to pay best,
    and whether it starts: with a chance that rises with the profit expected there.

    ``mode`` and ``casting`` of the slots that start are filled.
    """
    best = np.empty(3)
    for i in range(len(slots)):
        offers = ratio[owner[slots[i]]]
        cast = _best(offers[2:], i, cast_scale, cast_taste)
        best[0], best[1], best[2] = offers[0], offers[1], offers[2 + cast]
        market = _best(best, i, market_scale, market_taste)
        if u[slots[i]] < _chance(best[market] - hurdle, scale):
            mode[slots[i]], casting[slots[i]] = market, cast if market == 2 else 0


@njit(cache=True)
def find_screens(  # type: ignore[no-untyped-def]
    mode, client_luck, platform_luck, offered, shares, free_to_watch
):
    """(S2, S6) The platform and the publisher (-1: none) of each series.

    Series for hire (mode -1) go to the platforms and, after them, publishers, who offered so many (running sum);
    publishers show theirs on a platform that is free to watch, studios their own on one of its mode.

    Parameters
    ----------
    shares : (modes, platforms) running sums
    """
    platforms = shares.shape[1]
    platform, publisher = np.empty(len(mode), np.int64), np.full(len(mode), -1)
    for series in range(len(mode)):
        market = mode[series]
        if market < 0:
            platform[series] = _first_above(offered, client_luck[series] * offered[-1])
            if platform[series] < platforms:
                continue
            publisher[series], market = platform[series] - platforms, free_to_watch
        platform[series] = _first_above(shares[market], platform_luck[series] * shares[market, -1])
    return platform, publisher


@njit(cache=True)
def shooting_values(  # type: ignore[no-untyped-def]
    cost, travel, externalities, put_off, queue, terms, home, genre, promised, mandate_city, pull, scale
):
    """(S8) Values of the cities to series by genre and home, over the scale of the choice, and which is whose.

    Parameters
    ----------
    cost, externalities, queue : (genres, cities)
    travel : (cities, cities) yuan more than at home, from the row's city
    promised : (n,) whether the studio has promised to spend in ``mandate_city``, which is worth ``pull``

    Returns
    -------
    value : (m, cities) one row for each genre and home, then one for each series that is pulled
    which : (n,) row of value of each series
    """
    genres, k = cost.shape
    which, plain = np.empty(len(home), np.int64), genres * k
    value = np.empty((plain + promised.sum(), k))
    for g in range(genres):
        for h in range(k):
            for city in range(k):
                value[g * k + h, city] = _location_value(
                    cost[g, city] + travel[h, city], externalities[g, city], put_off[city], queue[g, city],
                    1.0 * (city != h), *terms,
                )  # fmt: skip
    own = plain
    for series in range(len(home)):
        which[series] = genre[series] * k + home[series]
        if promised[series]:
            value[own] = value[which[series]]
            value[own, mandate_city[series]] += pull
            which[series] = own
            own += 1
    return value / scale, which


@njit(cache=True)
def choose_cells(  # type: ignore[no-untyped-def]
    city, u, first, studios, rent, km, room, neighbours, access, scale
):
    """(P3) Cell of each office: a logit over the cells of its city, those without room next to impossible.

    Parameters
    ----------
    first : (cities + 1,) first cell of each city
    studios, rent, km, room : by cell
    """
    running, value = np.zeros(len(rent) + 1), np.empty(len(rent))
    for place in range(len(first) - 1):
        best = -np.inf
        for cell in range(first[place], first[place + 1]):
            value[cell] = _office_value(studios[cell], rent[cell], km[cell], neighbours, access)
            best = max(best, value[cell])
        for cell in range(first[place], first[place + 1]):
            running[cell + 1] = running[cell] + np.exp((value[cell] - best) / scale) * (1.0 if room[cell] else 1e-9)
    cells = np.empty(len(u), np.int64)
    for i in range(len(u)):
        begin, end = first[city[i]], first[city[i] + 1]
        aim = running[begin] + u[i] * (running[end] - running[begin])
        cells[i] = min(max(np.searchsorted(running, aim, side="right") - 1, begin), end - 1)
    return cells
