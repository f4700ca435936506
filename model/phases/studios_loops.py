"""Compiled loops of the phases of studios: entry, offices, slates, plans, places, expectations (S1-S10, C1)."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..arithmetic import exp, log, log1p, power
from ..compiled import compiled
from ..decisions import cities, content, workers
from ..decisions import studios as rules
from ..draws import first_of_clocks, keys_of, number_of

# Compiled rules do without asarray, which makes an array of a number when compiled.
_chance, _location_value = njit(rules.start_probability), njit(rules.location_value)
_shooting_days, _inherited_quality = njit(rules.shooting_days), njit(rules.inherited_quality)
_expectation, _offer_costs, _office_value = njit(rules.expectation), njit(rules.offer_costs), njit(rules.office_value)
_own_record = njit(rules.own_record)
_still_to_pay, _slate_room, _own_room = njit(rules.still_to_pay), njit(rules.slate_room), njit(rules.own_room)
_venue_days, _retakes = njit(rules.venue_days), njit(workers.retakes)
_free_part, _days_saved, _rebate = njit(cities.free_part), njit(cities.days_saved), njit(cities.rebate)
_edge_and_discretion, _trimmed = njit(content.edge_and_discretion), njit(content.trimmed)


NO_ROOM = 1e9
"""By how much less likely a cell without room for an office is: next to impossible, but better than nowhere."""


@compiled
def _draw(running, u):  # type: ignore[no-untyped-def]
    """Inverse of the cumulative distribution: the option drawn, given running sums of weights."""
    option = min(np.searchsorted(running, u * running[-1], side="right"), len(running) - 1)
    while option > 0 and running[option] == running[option - 1]:
        option -= 1  # rounded up to one, u lands beyond the last option with a weight
    return option


@compiled
def draw_by_weight(u, weights):  # type: ignore[no-untyped-def]
    """(n,) options drawn with probability proportional to their weight, from n uniform numbers; 0 without weights."""
    options = np.zeros(len(u), np.int64)
    if len(weights):
        running = np.cumsum(weights)
        for i in range(len(u)):
            options[i] = _draw(running, u[i])
    return options


@compiled
def _best(value, row, scale, gumbel):  # type: ignore[no-untyped-def]
    """As the rule :func:`choose`, for one that chooses (McFadden 1974)."""
    best, most = 0, -np.inf
    for option in range(len(value)):
        utility = value[option] / scale + gumbel[row, option]
        if utility > most:
            best, most = option, utility
    return best


_NAMES = "daily venue days_at_venue mean_cost home_value days_on_base days_on_location location local_cost city_cost "
OF_SURVEY = tuple((_NAMES + "rebate queue externalities").split())
"""What :func:`offers_of_cities` returns of the survey, in its order."""


@compiled
def offers_of_cities(  # type: ignore[no-untyped-def]
    parameters,
    crew,
    sets,
    day_length,
    fatigue,
    usual_days,
    day_rates,
    price_level,
    set_hire,
    set_chance,
    set_wait,
    location_day,
    free_scenes,
    days_off_base,
    room_in_scenes,
    venue_hire,
    venue_chance,
    script,
    costume_share,
    honoured_rebate,
    rebate,
    rebate_cap,
    designated,
    filing_service,
    beside,
    access,
    rent,
    rent_subsidy,
    surplus,
    size_pull,
    put_off,
):
    """(S3, S4, S8, P9, A1-A4, G3, G6) What a series costs and is worth by city and genre, and an office by city.

    Only modern series find venues that are no film bases.

    Parameters
    ----------
    parameters : as a record
    crew, usual_days : (roles,) people, (genres,) days of a series that never moves
    sets, set_hire, set_chance, set_wait : (genres, cities) sets, yuan a day, chance of one, days
    day_length, fatigue, day_rates, price_level : (cities,) and for rates (cities, roles), as the state has them
    location_day, venue_hire, venue_chance : (cities,) yuan a day on location and at a venue, chance of a venue
    free_scenes, days_off_base, room_in_scenes : (cities,) share of claims paid, crew-days wanted and there
    script, costume_share : (cities,) yuan, share of series
    honoured_rebate, rebate, rebate_cap : (cities,) share of claims paid, share of spending, yuan
    designated, filing_service : (cities,) share in force, share of the service paid
    beside, access : (cities,), (genres, cities) what people, knowledge and name, and what sets are worth, in log cost
    rent, rent_subsidy, surplus : (cities,) yuan a month, share expected, yuan a month worth of support by cell
    size_pull, put_off : (cities,) log cost, share of series

    Returns
    -------
    of_cities, of_genres : (.., cities), (.., genres, cities) arrays, see :data:`OF_SURVEY`
    """
    p, usual = parameters[0], (1 - costume_share, costume_share)
    of_cities, of_genres = np.empty((5, len(rent))), np.empty((8, *sets.shape))
    daily, venue, days_at_venue, mean_cost, home_value = of_cities
    on_base, on_location, location, local_cost, city_cost, repaid, queue, worth = of_genres
    for city in range(len(rent)):
        wages = 0.0
        for role in range(len(crew)):
            wages += day_rates[city, role] * crew[role]
        lodging = crew.sum() * p.living_yuan_day * price_level[city]
        daily[city] = wages + lodging + p.equipment_yuan_day
        longer = day_length[city] * (1 + _retakes(fatigue[city], p.retake_rate) / p.shooting_days)
        free = free_scenes[city] * _free_part(days_off_base[city], room_in_scenes[city])
        venue[city] = venue_hire[city] * (1 - free)
        venue_sets = p.sets_per_crew * p.set_sharing
        days_at_venue[city] = longer * _venue_days(usual_days[0], p.set_moves, venue_sets, p.venue_moves)
        review = p.filing_days * p.review
        saved = _days_saved(p.designation_filing_days, designated[city], filing_service[city], review)
        common = p.designation_appeal * designated[city] + p.agglomeration_scale * beside[city] + p.delay_cost * saved
        mean, repaid_mean, worth_mean, queue_mean = 0.0, 0.0, 0.0, 0.0
        for g in range(len(sets)):
            on_base[g, city] = longer * _shooting_days(usual_days[g], p.set_moves, sets[g, city] * p.set_sharing)
            on_location[g, city] = longer * _shooting_days(usual_days[g], p.set_moves, 0.0)
            location[g, city] = location_day[city] * (p.costume_location if g else 1 - free)
            base = on_base[g, city] * (daily[city] + set_hire[g, city])
            elsewhere = on_location[g, city] * (daily[city] + location[g, city])
            if g == 0:
                at_venue = days_at_venue[city] * (daily[city] + venue[city])
                elsewhere += venue_chance[city] * p.venues * (at_venue - elsewhere)
            local_cost[g, city] = set_chance[g, city] * base + (1 - set_chance[g, city]) * elsewhere
            city_cost[g, city] = local_cost[g, city] + script[city] + p.post_yuan
            repaid[g, city] = honoured_rebate[city] * _rebate(local_cost[g, city], rebate[city], rebate_cap[city])
            queue[g, city] = set_wait[g, city] / on_base[g, city]
            worth[g, city] = common + p.agglomeration_scale * p.set_access_weight * access[g, city]
            mean += city_cost[g, city] * usual[g]
            repaid_mean += repaid[g, city] * usual[g]
            worth_mean += worth[g, city] * usual[g]
            queue_mean += queue[g, city] * usual[g]
        mean_cost[city] = mean
        rented = rent[city] * (1 - rent_subsidy[city])
        cost = mean - repaid_mean + p.overhead_yuan_month * price_level[city] + rented - surplus[city]
        terms = p.delay_aversion, p.queue_aversion, 0.0, p.delay_floor
        home_value[city] = size_pull[city] + _location_value(cost, worth_mean, put_off[city], queue_mean, 0.0, *terms)
    return of_cities, of_genres


@compiled
def spin_off_or_begin(  # type: ignore[no-untyped-def]
    parameters, best, talent, spin_off, parent_luck, stays, city_of, quality_of, hits, inert
):
    """(S1) City, quality and parent of new studios.

    Spin-offs leave a studio, the likelier the more hits it has had, stay in its city or go where it is best, and
    inherit part of its quality.

    Parameters
    ----------
    parameters : as a record
    best, talent, spin_off, parent_luck, stays : (n,) of the founders: row of the best city, standard normal, bool,
        uniform number, bool
    city_of, quality_of, hits, inert : (studios,) row of the city, log quality, hits, bool

    Returns
    -------
    city, quality, parent : (n,) arrays; parent is a row, -1 for none
    """
    p, running, total = parameters[0], np.empty(len(hits)), 0.0
    for studio in range(len(hits)):
        total += (1 + hits[studio]) * (not inert[studio])
        running[studio] = total
    city, quality, parent = best.copy(), p.quality_spread * talent, np.full(len(best), -1)
    for founder in range(len(best)):
        if spin_off[founder] and len(hits):
            left = _draw(running, parent_luck[founder])
            parent[founder] = left
            if stays[founder]:
                city[founder] = city_of[left]
            if p.parentage:
                terms = talent[founder], p.inheritance, p.quality_spread
                quality[founder] = _inherited_quality(quality_of[left], *terms)
    return city, quality, parent


@compiled
def open_slots(  # type: ignore[no-untyped-def]
    parameters, month, cash, city, hits, inert, shut_until, cost, owner_of, preparing, spent, fee, fen_per_yuan
):
    """(S2) Slots of all slates, by what commissions take of a studio's own money that started series leave.

    Parameters
    ----------
    parameters, month, fen_per_yuan : as a record, int, fen
    cash, city, hits, inert, shut_until : (studios,) fen, row, hits, bool, month
    cost : (cities,) yuan for a series
    owner_of, preparing, spent, fee : (series,) row of the studio or -1, bool, fen, fen

    Returns
    -------
    owner, slot : (n,) row of the studio, and number of the slot among its own
    free : (studios,) yuan of cash less what started series still take
    """
    p, free = parameters[0], cash / fen_per_yuan
    for series in range(len(owner_of)):
        owner = owner_of[series]
        if preparing[series] and owner >= 0:
            usual, paid, due = cost[city[owner]], spent[series] / fen_per_yuan, fee[series] / fen_per_yuan
            free[owner] -= _still_to_pay(usual, paid, due, p.fee_at_shooting)
    most = len(free) * p.max_slate
    owners, slots, n = np.empty(most, np.int64), np.empty(most, np.int64), 0
    for studio in range(len(free)):
        if inert[studio] or shut_until[studio] > month:
            continue
        terms = p.credit_line_yuan, p.commission_capital, p.slate_base, p.slate_per_hit
        room = _slate_room(free[studio], cost[city[studio]], *terms, hits[studio])
        for number in range(int(min(room, p.max_slate))):
            owners[n], slots[n] = studio, number
            n += 1
    return owners[:n].copy(), slots[:n].copy(), free


@compiled
def affordable(parameters, owner, commissioned, free, city, cost):  # type: ignore[no-untyped-def]
    """(S2) Slots without a commission that their studio's money would carry as own series, (slots,) bool.

    Parameters
    ----------
    parameters : as a record
    owner, commissioned : (slots,) row of the studio, bool; slots of a studio stand together
    free, city : (studios,) yuan, row
    cost : (cities,) yuan for a series
    """
    carried, taken = np.zeros(len(owner), np.bool_), np.zeros(len(free), np.int64)
    for slot in range(len(owner)):
        taken[owner[slot]] += commissioned[slot]
    left, terms = np.empty(len(free)), (parameters[0].commission_capital, parameters[0].working_capital)
    for studio in range(len(free)):
        left[studio] = _own_room(free[studio], cost[city[studio]], taken[studio], *terms)
    for slot in range(len(owner)):
        if not commissioned[slot]:
            carried[slot] = left[owner[slot]] >= 1
            left[owner[slot]] -= 1
    return carried


@compiled
def outlooks(  # type: ignore[no-untyped-def]
    parameters,
    rows,
    city,
    own_results,
    own_series,
    expected,
    quality,
    usual_worth,
    mean_cost,
    script,
    days,
    overseas_appeal,
):
    """(S6, L6, C3) Profit over cost that each studio expects of each offer.

    ``E_m appeal m exp(effect q) / W_m / cost - 1`` with the usual worth W and its own record m.

    Parameters
    ----------
    parameters : as a record
    rows : (n,) rows of studios
    city, quality : (studios,) row, log quality
    own_results, own_series : (studios,) arguments of the rule :func:`own_record`
    expected : (studios, modes) yuan that a series of average quality earns; offers beyond the last mode are of this one
    usual_worth : (modes,) mean of ``exp(effect q)`` over those who make what earns the expected
    mean_cost, script, days : (cities,) yuan for a series and for its script, days of shooting
    overseas_appeal : mean appeal of the casts of what is released overseas

    Returns
    -------
    (n, offers) array
    """
    p = parameters[0]
    appeal = np.array([1.0, 1.0, 1.0, p.foreign_appeal, p.california_appeal])
    appeal[2:] /= overseas_appeal
    cost = np.empty((len(mean_cost), len(appeal)))
    for place in range(len(mean_cost)):
        foreign = p.foreign_actors, p.foreign_usd_day, p.foreign_least_days, p.flight_usd, p.california_usd
        terms = p.exchange_rate, p.overseas_cost_yuan, *foreign
        each = _offer_costs(mean_cost[place], script[place], days[place], *terms)
        for offer in range(len(appeal)):
            cost[place, offer] = each[offer]
    ratio = np.empty((len(rows), len(appeal)))
    for i in range(len(rows)):
        studio = rows[i]
        record = _own_record(own_results[studio], own_series[studio], p.own_results_prior)
        worth = exp(p.quality_effect * quality[studio]) * record
        for offer in range(len(appeal)):
            market = min(offer, expected.shape[1] - 1)
            earns = expected[studio, market] * appeal[offer] * (worth / usual_worth[market])
            ratio[i, offer] = earns / cost[city[studio], offer] - 1
    return ratio


@compiled
def candidate_slots(parameters, ratio, expected, open_offers, owner, commissioned, u):  # type: ignore[no-untyped-def]
    """(S2) Slots without a commission that could start an own series in their studio's best market.

    Parameters
    ----------
    parameters : as a record
    ratio : (studios, offers) expected profit over cost; -inf is set for offers that are closed or without money
    expected : (studios, modes) yuan
    open_offers : (offers,) bool
    owner, commissioned, u : (slots,) row of the studio, bool, uniform number

    Returns
    -------
    (m,) slots, in order
    """
    p, chance = parameters[0], np.empty(len(ratio))
    for studio in range(len(ratio)):
        best = -np.inf
        for offer in range(len(open_offers)):
            if not open_offers[offer] or expected[studio, min(offer, expected.shape[1] - 1)] <= 0:
                ratio[studio, offer] = -np.inf
            best = max(best, ratio[studio, offer])
        chance[studio] = _chance(best - p.start_hurdle, p.start_scale)
    candidates, n = np.empty(len(owner), np.int64), 0
    for slot in range(len(owner)):
        candidates[n] = slot
        n += not commissioned[slot] and u[slot] < chance[owner[slot]]
    return candidates[:n].copy()


@compiled
def fill_slots(  # type: ignore[no-untyped-def]
    parameters,
    owner,
    commissioned,
    offered,
    client_draw,
    shares,
    modes,
    free_to_watch,
    platform_draw,
    candidates,
    ratio,
    draws,
    cast_taste,
    market_taste,
):
    """(S2, S6, L6, C3) What each slot becomes.

    Commissioned slots work for platforms and publishers in proportion to what they ``offered``; publishers show theirs
    on a platform that is free to watch. Each candidate takes the cast that seems best overseas, then the market that
    seems to pay best, and starts with a chance that rises with the profit expected there. The others stay empty.

    Parameters
    ----------
    parameters : as a record
    owner, commissioned : (slots,) row of the studio, bool
    offered : (platforms + publishers,) commissions
    client_draw, platform_draw, draws : (slots,) uniform numbers
    shares, modes : (platforms,) share of the mode's audience, mode
    free_to_watch : mode of the platforms that show publishers' series
    candidates : (m,) slots, in order
    ratio : (studios, offers) expected profit over cost
    cast_taste, market_taste : (m, 3) Gumbel numbers of the candidates

    Returns
    -------
    start : (n,) slots from which a series starts
    platform, publisher, casting : (n,) row, row or -1 for none, cast
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
    p, best, candidate = parameters[0], np.empty(3), 0
    for slot in range(len(owner)):
        market, start[n] = free_to_watch, slot
        if commissioned[slot]:
            platform[n] = _draw(clients, client_draw[slot])
            if platform[n] < len(shares):
                n += 1
                continue
            publisher[n] = platform[n] - len(shares)
        elif candidate < len(candidates) and candidates[candidate] == slot:
            offers = ratio[owner[slot]]
            cast = _best(offers[2:], candidate, p.cast_scale, cast_taste)
            best[0], best[1], best[2] = offers[0], offers[1], offers[2 + cast]
            market = _best(best, candidate, p.market_scale, market_taste)
            candidate += 1
            if draws[slot] >= _chance(best[market] - p.start_hurdle, p.start_scale):
                continue
            casting[n] = cast if market == 2 else 0
        else:
            continue
        platform[n] = _draw(screens[market], platform_draw[slot])
        n += 1
    return start[:n].copy(), platform[:n].copy(), publisher[:n].copy(), casting[:n].copy()


@compiled
def note_slates(owner, slate, idle_months):  # type: ignore[no-untyped-def]
    """Raise ``slate`` (studios,) by the series of each ``owner``, and count months without any in ``idle_months``."""
    for studio in owner:
        slate[studio] += 1
    for studio in range(len(slate)):
        idle_months[studio] = 0 if slate[studio] > 0 else idle_months[studio] + 1


@compiled
def shooting_cities(  # type: ignore[no-untyped-def]
    parameters,
    seed,
    month,
    keys,
    options,
    owner,
    genre,
    city_of,
    mandate_left,
    mandate_city,
    mandate_pull,
    local_cost,
    rebate,
    script,
    hours,
    externalities,
    put_off,
    queue,
):
    """(S8) Cities in which series are shot: a logit over their values, as :meth:`~.draws.Draw.choose`.

    A city in which a studio still has to spend has a higher value to its series (G7).

    Parameters
    ----------
    parameters, seed, month : as a record, of the draws
    keys, owner, genre : (n,) key of the series, row of the studio, genre
    options, script, put_off : (cities,) key, yuan, share of series
    city_of, mandate_left, mandate_city : (studios,) row of the city, fen to spend, row of the city or -1
    mandate_pull : log cost
    local_cost, rebate, externalities, queue : (genres, cities) yuan, yuan, log cost, wait over days of shooting
    hours : (cities, cities) of travel

    Returns
    -------
    (n,) rows of cities
    """
    p, (genres, k) = parameters[0], local_cost.shape
    terms = p.delay_aversion, p.queue_aversion, p.away_cost, p.delay_floor
    which, rows = np.empty(len(owner), np.int64), genres * k
    for series in range(len(owner)):
        which[series] = genre[series] * k + city_of[owner[series]]
        rows += mandate_left[owner[series]] > 0
    value = np.empty((rows, k))  # one row for each genre and home, then one for each series with such a city
    for g in range(genres):
        for home in range(k):
            for city in range(k):
                travel = p.travelling_crew * 2 * p.travel_yuan_hour * hours[home, city] + script[home]
                cost = local_cost[g, city] - rebate[g, city] + p.post_yuan + travel
                of, away = (cost, externalities[g, city], put_off[city], queue[g, city]), 1.0 * (city != home)
                value[g * k + home, city] = _location_value(*of, away, *terms)
    rows = genres * k
    for series in range(len(owner)):
        if mandate_left[owner[series]] > 0:
            for city in range(k):
                value[rows, city] = value[which[series], city]
            value[rows, mandate_city[owner[series]]] += mandate_pull
            which[series] = rows
            rows += 1
    value = value / p.location_scale
    for row in range(rows):
        best = value[row].max()
        for city in range(k):
            value[row, city] = exp(best - value[row, city])
    return first_of_clocks(seed, month, keys, options, value, which)


@compiled
def choose_cells(  # type: ignore[no-untyped-def]
    parameters, city, u, first, studios, rent, km, room
):
    """(P3) Cell of each office: a logit over the cells of its city, those without room next to impossible.

    Parameters
    ----------
    parameters : as a record
    city, u : (n,) row, uniform number
    first : (cities + 1,) first cell of each city
    studios, rent, km, room : (cells,) studios there, yuan/m2/month, distance from the centre, bool

    Returns
    -------
    (n,) cells
    """
    p, running, value = parameters[0], np.zeros(len(rent) + 1), np.empty(len(rent))
    for place in range(len(first) - 1):
        best = -np.inf
        for cell in range(first[place], first[place + 1]):
            value[cell] = _office_value(studios[cell], rent[cell], km[cell], p.office_neighbours, p.office_access)
            best = max(best, value[cell])
        for cell in range(first[place], first[place + 1]):
            weight = exp((value[cell] - best) / p.office_cell_scale) * (1.0 if room[cell] else 1e-9)
            running[cell + 1] = running[cell] + weight
    cells = np.empty(len(u), np.int64)
    for i in range(len(u)):
        begin, end = first[city[i]], first[city[i] + 1]
        aim = running[begin] + u[i] * (running[end] - running[begin])
        cells[i] = min(max(np.searchsorted(running, aim, side="right") - 1, begin), end - 1)
    return cells


@compiled
def best_offices(  # type: ignore[no-untyped-def]
    parameters,
    seed,
    month,
    ids,
    city,
    own,
    first,
    keys,
    worth,
    used,
    stock,
    office,
    nearby,
    weight_around,
    dx,
    dy,
    weight_at,
):
    """(P3b, S9b) Cell of the highest utility: the first of exponential clocks, as in :meth:`~.draws.Draw.choose`.

    Who has an office does not count itself among those nearby, and stays for less than ``move_cost``.

    Parameters
    ----------
    parameters, seed, month : as a record, of the lasting tastes
    ids, city, own : (n,) who looks, city, cell of the present office or -1
    first : (cities + 1,) first cell of each city
    keys, worth, used, stock : (cells,) key, utility but for taste, m2 of floor space let, m2 there are
    office : m2 of one more office
    nearby, weight_around : (cells,) weighted number of studios around, and that of one in every cell around
    dx, dy, weight_at : (cells,), (cells,), table of weights by cells apart

    Returns
    -------
    (n,) cells
    """
    p, cells, n = parameters[0], np.zeros(len(ids), np.int64), len(worth)
    stay = exp(-p.office_move_cost)
    k0, k1, rate, u = np.empty(n, np.uint64), np.empty(n, np.uint64), np.empty(n), np.empty(n)
    order = np.argsort(city, kind="mergesort")
    begins = np.searchsorted(city[order], np.arange(len(first)))
    for place in range(len(first) - 1):
        lookers, here = order[begins[place] : begins[place + 1]], range(first[place], first[place + 1])
        if not len(lookers):
            continue
        best = worth[first[place] : first[place + 1]].max()
        for cell in here:
            k0[cell], k1[cell] = keys_of(seed, month, keys[cell])
            rate[cell] = exp(best - worth[cell])
        for i in lookers:
            at, least = own[i], np.inf
            for cell in here:
                u[cell] = number_of(k0[cell], k1[cell], ids[i])
            for cell in here:
                slower = rate[cell] * (stay if cell == at else 1.0)
                if (1 - u[cell]) * slower >= least:  # -ln u is at least 1 - u: most need no logarithm
                    continue
                if cell != at and not (1 - used[cell] / stock[cell]) * stock[cell] >= office:
                    slower *= NO_ROOM
                if (1 - u[cell]) * slower >= least:  # nor without oneself nearby, which makes a cell no better
                    continue
                if at >= 0:
                    east, north = abs(dx[cell] - dx[at]), abs(dy[cell] - dy[at])
                    mine = weight_at[east, north] if max(east, north) < len(weight_at) else 0.0
                    per = 1 / (p.scale * weight_around[cell])
                    around = 1 + nearby[cell] * per
                    slower *= power(around / (around - mine * per), p.office_spillover)
                clock = -log(u[cell]) * slower
                if clock < least:
                    least, cells[i] = clock, cell
    return cells


@compiled
def learn(expected, city, charts, local_charts, imitation, memory):  # type: ignore[no-untyped-def]
    """(S10) Bring ``expected``, yuan by studio and mode, up to date.

    It moves towards the national ``charts`` (modes,) and the ``local_charts`` (cities, modes), which have the weight
    ``imitation``.
    """
    for studio in range(len(city)):
        for mode in range(len(charts)):
            seen = (1 - imitation) * charts[mode] + imitation * local_charts[city[studio], mode]
            expected[studio, mode] = _expectation(expected[studio, mode], seen, memory)


@compiled
def plan_series(  # type: ignore[no-untyped-def]
    parameters,
    lavish,
    owner,
    studio_quality,
    genre,
    city,
    home,
    casting,
    commissioned,
    overseas,
    local_cost,
    script,
    days_on_base,
    hazard,
    stringency,
    with_review,
):
    """(S3, S7, C1) How lavish and how edgy each new series is, its tier of review, quality and script.

    Only what is shown at home is reviewed. Commissioned series gain nothing from edge; California (city -1) has no
    risk.

    Parameters
    ----------
    parameters : as a record
    lavish : (n,) log of spending beyond the usual on script, equipment and post-production; cut where that pays
    owner : (n,) rows of studios
    studio_quality : (studios,) log quality
    genre, city, home, casting : (n,) genre, row or -1, row, cast
    commissioned, overseas : (n,) bool
    local_cost, days_on_base : (genres, cities) yuan where it is shot, days of shooting
    script, hazard : (cities,) yuan by home; of an inspection
    stringency : of the month
    with_review : whether budgets decide on the tier

    Returns
    -------
    tier, edge, discretion, quality, script : (n,) tier, edge, discretion, log quality, yuan
    """
    p, n = parameters[0], len(lavish)
    tier, edge, discretion = np.zeros(n, np.int64), np.zeros(n), np.zeros(n)
    quality, written = np.empty(n), np.empty(n)
    appeal = np.array([log(1.0), log(p.foreign_appeal), log(p.california_appeal)])
    rejected = p.rejection_rate * stringency * p.review
    days = np.array([1.0 * p.filing_days, 1.0 * p.province_days, 1.0 * p.national_days]) * p.review
    for i in range(n):
        abroad, inside, usual = overseas[i], max(city[i], 0), script[home[i]]
        if with_review and not abroad:
            variable = usual + p.post_yuan + p.equipment_yuan_day * days_on_base[genre[i], inside]
            fixed = local_cost[genre[i], inside] + usual + p.post_yuan - variable
            notches = p.province_yuan, p.national_yuan
            lavish[i], tier[i] = _trimmed(lavish[i], fixed, variable, notches, days, p.budget_quality, p.delay_cost)
        worth = p.edge_value_overseas if abroad else p.edge_value_domestic
        if p.edge:
            gain = (worth if abroad else worth - rejected) * (not commissioned[i])
            exposure = p.penalty * (hazard[inside] * p.inspection) if city[i] >= 0 else 0.0
            terms = p.edge_cost, p.discretion_cost, p.discretion_scale
            edge[i], discretion[i] = _edge_and_discretion(gain, exposure, *terms)
        content = log1p(worth * edge[i])
        quality[i] = studio_quality[owner[i]] + p.budget_quality * lavish[i] + appeal[casting[i]] + content
        written[i] = usual * exp(lavish[i])
    return tier, edge, discretion, quality, written
