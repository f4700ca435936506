"""Studios: what a series costs, where to shoot, whether to start, enter and close (S1-S11, A1-A4)."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..arrays import Array
from ..compiled import compiled

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


def shooting_days(base_days: Number, moves: float, sets: Number) -> Array:
    """(S4) Days of a series: ``W0 (1 + moves / (1 + ln(1 + sets)))``; no sets, no saving."""
    return base_days * (1 + moves / (1 + np.log1p(sets)))


def location_value(
    cost: Number,
    externalities: Number,
    put_off: Number,
    queue: Number,
    away: Number,
    delay_aversion: float,
    queue_aversion: float,
    away_cost: float,
) -> Array:
    """(S8) Value of shooting in a city, in log cost.

    ``V = -ln(cost after rebate) + externalities - delay_aversion E[months of delay] - queue_aversion E[wait]/W
    - away_cost [not home]``

    A share q of series put off each month means ``q / (1 - q)`` months of delay; ``queue`` is the wait for a set over
    the days of shooting.
    """
    delay = put_off / np.maximum(1 - put_off, 0.1)
    trouble = delay_aversion * delay + queue_aversion * queue + away_cost * away
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
    return 1 / (1 + np.exp(-np.minimum(np.maximum(profit_ratio / scale, -60), 60)))


def slate_size(cash: Number, cost: Number, working_capital: float, largest: int) -> Array:
    """(S2) Series a studio can carry: ``cash / (working capital x cost)``, whole, between 0 and the largest slate."""
    return np.minimum(np.maximum(np.floor(cash / (working_capital * cost)), 0), largest)


def expectation(past: Number, seen: Number, memory: float) -> Number:
    """(S10) Adaptive expectation: ``memory x past + (1 - memory) x seen``."""
    return memory * past + (1 - memory) * seen


def inherited_quality(parent: Number, own: Number, share: float, spread: float) -> Array:
    """(S1) Log quality of a spin-off: correlation ``share`` with its parent's, same spread as all (Klepper 2007)."""
    return share * parent + np.sqrt(1 - share**2) * spread * own


def script_cost(usual: float, authors: Array, elasticity: float) -> Array:
    """(D6) Script cost by city: ``usual (K a_j)^-elasticity`` with a_j the city's share of authors, at most doubled."""
    total = authors.sum()
    share = authors / total * len(authors) if total > 0 else np.ones(len(authors))
    return usual * np.minimum(np.maximum(share, 1e-9) ** -elasticity, 2.0)


def bid_factor(quality: Number) -> Array:
    """(L2) What a studio offers relative to the city's day rate: better ones pay more, 0.85 to 1.45."""
    return 0.85 + 0.3 * np.minimum(np.exp(quality), 2)


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


def office_value(studios: Number, rent: Number, km: Number, neighbours: float, access: float) -> Array:
    """(P3) Value of an office in a cell, in log rent: ``neighbours ln(1 + studios there) - ln rent - access km``."""
    return neighbours * np.log1p(studios) - np.log(rent) - access * km


# ---------------------------------------------------------------------- everybody at once
# Compiled rules are called in this file only: what numba keeps of a function is renewed when its own file changes.
# They do without asarray, which makes an array of a number when compiled.

_slate_size, _chance, _location_value = njit(slate_size), njit(start_probability), njit(location_value)
_shooting_days, _inherited_quality = njit(shooting_days), njit(inherited_quality)
_expectation, _offer_costs, _office_value = njit(expectation), njit(offer_costs), njit(office_value)


@compiled
def _pick(running, u):  # type: ignore[no-untyped-def]
    """Inverse of the cumulative distribution: the option drawn, given running sums of weights."""
    option = min(np.searchsorted(running, u * running[-1], side="right"), len(running) - 1)
    while option > 0 and running[option] == running[option - 1]:
        option -= 1  # rounded up to one, u lands beyond the last option with a weight
    return option


@compiled
def pick(u, weights):  # type: ignore[no-untyped-def]
    """Options drawn with probability proportional to their weight, the first if none has any."""
    options = np.zeros(len(u), np.int64)
    if len(weights):
        running = np.cumsum(weights)
        for i in range(len(u)):
            options[i] = _pick(running, u[i])
    return options


@compiled
def _best(value, row, scale, gumbel):  # type: ignore[no-untyped-def]
    """(McFadden 1974) As :func:`choose`, for one that chooses."""
    best, most = 0, -np.inf
    for option in range(len(value)):
        utility = value[option] / scale + gumbel[row, option]
        if utility > most:
            best, most = option, utility
    return best


@compiled
def costs_where_shot(  # type: ignore[no-untyped-def]
    sets, sharing, longer, usual_days, moves, daily, set_hire, location, set_chance
):
    """(S3, S4) Days and cost of a series by genre and city.

    Parameters
    ----------
    sets, set_hire, location, set_chance : (genres, cities) sets, yuan a day on base and off it, chance to get a set
    longer, daily : (cities,) factor of the days; yuan a day but for the set
    usual_days : (genres,) days of a series that never moves

    Returns
    -------
    days_on_base, days_on_location, local_cost : (genres, cities) arrays; yuan expected
    """
    on_base, on_location, cost = np.empty(sets.shape), np.empty(sets.shape), np.empty(sets.shape)
    for g in range(sets.shape[0]):
        for city in range(sets.shape[1]):
            on_base[g, city] = longer[city] * _shooting_days(usual_days[g], moves, sets[g, city] * sharing)
            on_location[g, city] = longer[city] * _shooting_days(usual_days[g], moves, 0.0)
            base = on_base[g, city] * (daily[city] + set_hire[g, city])
            elsewhere = on_location[g, city] * (daily[city] + location[g, city])
            cost[g, city] = set_chance[g, city] * base + (1 - set_chance[g, city]) * elsewhere
    return on_base, on_location, cost


@compiled
def leave_or_begin(  # type: ignore[no-untyped-def]
    best, talent, spin_off, parent_luck, stays, city_of, quality_of, hits, inert, inherit, inheritance, spread
):
    """(S1) City, quality and parent of new studios.

    Spin-offs leave a studio, the likelier the more hits it has had, stay in its city or go where it is best, and
    inherit part of its quality.

    Parameters
    ----------
    best, talent, spin_off, parent_luck, stays : (n,) of the founders
    city_of, quality_of, hits, inert : of the studios there are

    Returns
    -------
    city, quality, parent : (n,) arrays; parent is a row, -1 for none
    """
    running, total = np.empty(len(hits)), 0.0
    for studio in range(len(hits)):
        total += (1 + hits[studio]) * (not inert[studio])
        running[studio] = total
    city, quality, parent = best.copy(), spread * talent, np.full(len(best), -1)
    for founder in range(len(best)):
        if spin_off[founder] and len(hits):
            left = _pick(running, parent_luck[founder])
            parent[founder] = left
            if stays[founder]:
                city[founder] = city_of[left]
            if inherit:
                quality[founder] = _inherited_quality(quality_of[left], talent[founder], inheritance, spread)
    return city, quality, parent


@compiled
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


@compiled
def outlook(  # type: ignore[no-untyped-def]
    city, expected, quality, mean_cost, script, days, terms_of_cost, appeal, effect
):
    """(S6, L6, C3) Profit over cost that each studio expects of each offer: ``E_m appeal exp(effect q) / cost - 1``.

    Parameters
    ----------
    expected : (n, modes) yuan that a series of average quality earns; offers beyond the last mode are of this mode
    mean_cost, script, days : (cities,) yuan for a series and for its script, days of shooting
    terms_of_cost : of :func:`offer_costs`
    appeal : (offers,)

    Returns
    -------
    (n, offers) array
    """
    cost = np.empty((len(mean_cost), len(appeal)))
    for place in range(len(mean_cost)):
        each = _offer_costs(mean_cost[place], script[place], days[place], *terms_of_cost)
        for offer in range(len(appeal)):
            cost[place, offer] = each[offer]
    ratio = np.empty((len(city), len(appeal)))
    for studio in range(len(city)):
        worth = np.exp(effect * quality[studio])
        for offer in range(len(appeal)):
            earns = expected[studio, min(offer, expected.shape[1] - 1)] * appeal[offer] * worth
            ratio[studio, offer] = earns / cost[city[studio], offer] - 1
    return ratio


@compiled
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


@compiled
def fill_slots(  # type: ignore[no-untyped-def]
    owner,
    hired,
    offered,
    client_luck,
    shares,
    modes,
    free_to_watch,
    platform_luck,
    hopes,
    ratio,
    luck,
    cast_taste,
    market_taste,
    cast_scale,
    market_scale,
    hurdle,
    scale,
):
    """(S2, S6, L6, C3) What each slot becomes.

    Those for hire work for platforms and, after them, publishers, who ``offered`` so many; publishers show theirs on
    a platform that is free to watch. Each of the ``hopes`` takes the cast that seems best overseas, then the market
    that seems to pay best, and starts with a chance that rises with the profit expected there. The others rest.

    Parameters
    ----------
    shares, modes : (platforms,)
    hopes : (m,) slots, in order; tastes are theirs

    Returns
    -------
    start : (n,) slots from which a series starts
    platform, publisher (-1: none), casting : (n,) of each
    """
    start, n = np.empty(len(owner), np.int64), 0
    platform, publisher = np.empty(len(owner), np.int64), np.full(len(owner), -1)
    casting = np.zeros(len(owner), np.int64)
    clients, screens = np.cumsum(offered), np.zeros((3, len(shares)))
    for mode in range(3):
        total = 0.0
        for app in range(len(shares)):
            total += shares[app] * (modes[app] == mode)
            screens[mode, app] = total
    best, hope = np.empty(3), 0
    for slot in range(len(owner)):
        market, start[n] = free_to_watch, slot
        if hired[slot]:
            platform[n] = _pick(clients, client_luck[slot])
            if platform[n] < len(shares):
                n += 1
                continue
            publisher[n] = platform[n] - len(shares)
        elif hope < len(hopes) and hopes[hope] == slot:
            offers = ratio[owner[slot]]
            cast = _best(offers[2:], hope, cast_scale, cast_taste)
            best[0], best[1], best[2] = offers[0], offers[1], offers[2 + cast]
            market = _best(best, hope, market_scale, market_taste)
            hope += 1
            if luck[slot] >= _chance(best[market] - hurdle, scale):
                continue
            casting[n] = cast if market == 2 else 0
        else:
            continue
        platform[n] = _pick(screens[market], platform_luck[slot])
        n += 1
    return start[:n].copy(), platform[:n].copy(), publisher[:n].copy(), casting[:n].copy()


@compiled
def note_slates(owner, slate, idle_months):  # type: ignore[no-untyped-def]
    """Count what each studio started, and the months since it last did."""
    for studio in owner:
        slate[studio] += 1
    for studio in range(len(slate)):
        idle_months[studio] = 0 if slate[studio] > 0 else idle_months[studio] + 1


@compiled
def shooting_values(  # type: ignore[no-untyped-def]
    owner,
    genre,
    city_of,
    mandate_left,
    mandate_city,
    mandate_pull,
    local_cost,
    rebate,
    script,
    post,
    hours,
    per_hour,
    externalities,
    put_off,
    queue,
    terms,
    scale,
):
    """(S8) Values of the cities to series by genre and home, over the scale of the choice, and which is whose.

    Parameters
    ----------
    city_of, mandate_left, mandate_city : by studio; the city where it still has to spend pulls
    local_cost, rebate, externalities, queue : (genres, cities)
    hours : (cities, cities) of travel, ``per_hour`` yuan for those who do
    terms : of :func:`location_value`

    Returns
    -------
    value : (m, cities) one row for each genre and home, then one for each series that is pulled
    which : (n,) row of value of each series
    """
    genres, k = local_cost.shape
    which, rows = np.empty(len(owner), np.int64), genres * k
    for series in range(len(owner)):
        which[series] = genre[series] * k + city_of[owner[series]]
        rows += mandate_left[owner[series]] > 0
    value = np.empty((rows, k))
    for g in range(genres):
        for home in range(k):
            for city in range(k):
                travel = per_hour * hours[home, city] + script[home]
                cost = local_cost[g, city] - rebate[g, city] + post + travel
                value[g * k + home, city] = _location_value(
                    cost, externalities[g, city], put_off[city], queue[g, city], 1.0 * (city != home), *terms
                )
    rows = genres * k
    for series in range(len(owner)):
        if mandate_left[owner[series]] > 0:
            for city in range(k):
                value[rows, city] = value[which[series], city]
            value[rows, mandate_city[owner[series]]] += mandate_pull
            which[series] = rows
            rows += 1
    return value / scale, which


@compiled
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


@compiled
def learn(expected, city, charts, local_charts, imitation, memory):  # type: ignore[no-untyped-def]
    """(S10) Move what studios expect, by mode, towards what the charts and their neighbours' series earn.

    ``expected`` is moved; charts by mode, local ones by city and mode, ``imitation`` being their weight.
    """
    for studio in range(len(city)):
        for mode in range(len(charts)):
            seen = (1 - imitation) * charts[mode] + imitation * local_charts[city[studio], mode]
            expected[studio, mode] = _expectation(expected[studio, mode], seen, memory)
