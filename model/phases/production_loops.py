"""Compiled loops of the phases of production: sets assigned, shooting billed and booked (S3-S5, G7)."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..arithmetic import exp
from ..compiled import compiled
from ..decisions.smoothing import smoothed

WAITS = -2
"""Slot of a series that would wait into the next month."""

_smoothed = njit(smoothed)


@compiled
def _soonest(free, first, last):  # type: ignore[no-untyped-def]
    """The slot that is free first, the cheapest of ties; -1 if there is none."""
    best = first if first < last else -1
    for at in range(first + 1, last):
        if free[np.uint64(at)] < free[np.uint64(best)]:
            best = at
    return best


@compiled
def assign_sets(turn, group, days, ready, first, last, free, opens, closes, patience):  # type: ignore[no-untyped-def]
    """(S5) First come, first served, by day: each series takes the slot that is free first (cheapest of ties).

    Slots are sorted by group, the cheapest first. ``soonest`` is the slot of each group that is free first: a series
    that cannot have that one has none.

    Parameters
    ----------
    turn : (series,) positions in the order in which series became ready
    group, days, ready : (series,) genre and city, days of shooting, day from which it can be shot
    first, last : (groups,) first slot of each group, and one past the last
    free : (slots,) day from which each is free, brought up to date
    opens, closes : first day of the month and of the next
    patience : longest wait, days

    Returns
    -------
    slot : (series,) its slot, -1 for going on location, -2 for waiting into the next month
    start : (series,) the day on which shooting begins
    """
    slot, start = np.full(len(group), -1), np.maximum(ready, opens)
    soonest = np.empty(len(first), np.int64)
    for of in range(len(first)):
        soonest[of] = _soonest(free, first[of], last[of])
    for series in turn:
        of = group[series]
        at = soonest[of]
        if at < 0:
            continue
        if free[at] <= start[series]:
            at = first[of]
            while free[np.uint64(at)] > start[series]:  # unsigned: spares the check for negative indices
                at += 1
        earliest = max(free[at], start[series])
        if earliest > start[series] and earliest - ready[series] > patience:
            continue
        if earliest >= closes:
            slot[series] = WAITS
            continue
        slot[series], start[series] = at, earliest
        free[slot[series]] = earliest + days[series]
        if at == soonest[of]:
            soonest[of] = _soonest(free, first[of], last[of])
    return slot, start


@compiled
def _begins(base_of):  # type: ignore[no-untyped-def]
    """First slot of each base, and one past the last slot."""
    changes = [at for at in range(len(base_of)) if at == 0 or base_of[at] != base_of[at - 1]]
    return np.array([*changes, len(base_of)])


@compiled
def assign_nearest_sets(  # type: ignore[no-untyped-def]
    turn,
    group,
    days,
    ready,
    first,
    last,
    free,
    opens,
    closes,
    patience,
    base_of,
    fee,
    at_x,
    at_y,
    centre,
    base_x,
    base_y,
    base_km,
    least_km,
    cell_km,
    trip,
):
    """(S5b) As :func:`assign_sets`, but of the slots free on the day the one of least hire and trip.

    Parameters
    ----------
    turn, group, days, ready, first, last, free, opens, closes, patience : as there; slots in the order of their bases
    base_of : (slots,) row of the base
    fee : (bases,) yuan a day
    at_x, at_y, centre : (series,) cell the crew comes from, in cells; whether from the centre instead
    base_x, base_y, base_km : (bases,) cell, in cells; distance from the centre, km
    least_km, cell_km, trip : km within a cell; km a cell; yuan a km and day

    Returns
    -------
    slot, start : as there
    km : (series,) from where the crew comes to its base
    """
    slot, start, km = np.full(len(group), -1), np.maximum(ready, opens), np.zeros(len(group))
    begins = _begins(base_of)  # slots of a base stand together
    base_first, base_last = np.searchsorted(begins, first), np.searchsorted(begins, last)
    soonest = np.array([_soonest(free, begins[i], begins[i + 1]) for i in range(len(begins) - 1)])
    for series in turn:
        of, best, least, soon, least_soon, far, far_soon = group[series], -1, np.inf, -1, np.inf, 0.0, 0.0
        for i in range(base_first[of], base_last[of]):
            base, sooner = base_of[begins[i]], free[soonest[i]]
            if sooner > start[series] and (best >= 0 or (soon >= 0 and sooner > free[soonest[soon]])):
                continue
            x, y = float(base_x[base] - at_x[series]), float(base_y[base] - at_y[series])
            apart = max(base_km[base] if centre[series] else cell_km * np.sqrt(x * x + y * y), least_km)
            cost = fee[base] + trip * apart
            if sooner <= start[series]:
                if cost < least:
                    best, least, far = i, cost, apart
            elif soon < 0 or sooner < free[soonest[soon]] or cost < least_soon:
                soon, least_soon, far_soon = i, cost, apart
        if best < 0 and soon < 0:
            continue
        chosen, km[series] = (best, far) if best >= 0 else (soon, far_soon)
        at = begins[chosen] if best >= 0 else soonest[chosen]
        while best >= 0 and free[at] > start[series]:
            at += 1
        earliest = max(free[at], start[series])
        wait = earliest - ready[series]
        if wait > patience and earliest > start[series]:
            continue
        if earliest >= closes:
            slot[series] = WAITS
            continue
        slot[series], start[series] = at, earliest
        free[at] = earliest + days[series]
        soonest[chosen] = _soonest(free, begins[chosen], begins[chosen + 1])
    return slot, start, km


@compiled
def bookings(  # type: ignore[no-untyped-def]
    slot, start, days, group, u, ready, opens, closes, base_of, days_on_location, groups
):
    """(S5) Bases of the bookings, and their sums; the ``days`` of series that go on location are set.

    Parameters
    ----------
    slot, start : (series,) as :func:`assign_sets` returns them
    days, group, u, ready : (series,) days, genre and city, uniform numbers, day from which it can be shot
    opens, closes : first day of the month and of the next
    base_of : (slots,) row of the base
    days_on_location : (groups,) days expected
    groups : number of groups

    Returns
    -------
    base : (series,) row of its base, -1 for going on location, -2 for waiting into the next month
    sums : (5, groups) days of sets wanted, series shot this month, series on base, days of waiting, series ready
    """
    base, sums = slot.copy(), np.zeros((5, groups))
    for series in range(len(slot)):
        of, goes = group[series], slot[series] != WAITS
        sums[0, of] += days[series]
        sums[1, of] += goes
        sums[2, of] += slot[series] >= 0
        sums[3, of] += (start[series] if goes else closes) - max(ready[series], opens)
        sums[4, of] += 1
        if slot[series] >= 0:
            base[series] = base_of[slot[series]]
        else:
            days[series] = np.int64(np.floor(days_on_location[of] + u[series]))
    return base, sums


@compiled
def find_venues(turn, base, group, u, days, days_at_venue, room):  # type: ignore[no-untyped-def]
    """(P9) Modern series without a base take what room there is in other venues, in the order in which they are ready.

    The last of them may run into the next month.

    Parameters
    ----------
    turn : (series,) positions in the order in which series became ready
    base, group, u, days : (series,) -1 for those off base; genre and city, uniform number; days, set for those that
        find a venue
    days_at_venue, room : (cities,) days expected; crew-days that venues have left this month, lowered

    Returns
    -------
    venue : (series,) whether it found one
    sums : (3, cities) days of venues wanted, series that looked for one, series that found one
    """
    venue, sums = np.zeros(len(base), np.bool_), np.zeros((3, len(room)))
    for series in turn:
        at = group[series]  # modern groups come first, one a city
        if base[series] == -1 and at < len(room):
            needed = np.int64(np.floor(days_at_venue[at] + u[series]))
            sums[0, at] += needed
            sums[1, at] += 1
            if room[at] > 0:
                room[at] -= needed
                venue[series], days[series] = True, needed
                sums[2, at] += 1
    return venue, sums


@compiled
def recent_venues(sums, room, demand, chance, update_weight):  # type: ignore[no-untyped-def]
    """(P9) Smoothed demand for venues (crew-days) and chance of one, each (cities,)."""
    demanded, chances = np.empty(len(room)), np.zeros(len(room))
    for city in range(len(room)):
        wanted, tried, got = sums[:, city]
        demanded[city] = _smoothed(demand[city], wanted, update_weight)
        if room[city] > 0:
            past = chance[city]
            chances[city] = _smoothed(past, got / tried if tried > 0 else past, update_weight)
    return demanded, chances


@compiled
def recent_booking(sums, crews, demand, chance, wait, update_weight):  # type: ignore[no-untyped-def]
    """(S5) Smoothed demand for sets (crew-days), chance of one and wait (days), each (genres, cities)."""
    demanded, chances, waits = np.empty(crews.shape), np.zeros(crews.shape), np.empty(crews.shape)
    for genre in range(crews.shape[0]):
        for city in range(crews.shape[1]):
            wanted, tried, got, waited, ready = sums[:, genre * crews.shape[1] + city]
            demanded[genre, city] = _smoothed(demand[genre, city], wanted, update_weight)
            if crews[genre, city] > 0:
                past = chance[genre, city]
                chances[genre, city] = _smoothed(past, got / tried if tried > 0 else past, update_weight)
            waits[genre, city] = _smoothed(wait[genre, city], waited / ready if ready > 0 else 0.0, update_weight)
    return demanded, chances, waits


@compiled
def share_put_off(past, city, staffed, update_weight):  # type: ignore[no-untyped-def]
    """(S8) Smoothed share of series put off for want of a crew, (cities,)."""
    wanted, late, share = np.zeros(len(past)), np.zeros(len(past)), np.empty(len(past))
    for series in range(len(city)):
        wanted[city[series]] += 1
        late[city[series]] += not staffed[series]
    for here in range(len(past)):
        share[here] = _smoothed(past[here], late[here] / wanted[here] if wanted[here] > 0 else 0.0, update_weight)
    return share


@compiled
def shooting_bill(  # type: ignore[no-untyped-def]
    parameters,
    rows,
    city,
    base,
    venue,
    days,
    earnings,
    overseas,
    flown,
    genre,
    home,
    lavish,
    edge,
    discretion,
    commissioned,
    location_day,
    venue_day,
    lodging,
    travel_hours,
    trip_km,
):
    """(S3-S5, S7, L6, C3) What shooting costs each series, by what it is paid for.

    Parameters
    ----------
    parameters : as a record
    rows, city, base, days : (n,) row of the series, of the city, of the base (-1: on location), shooting days
    venue : (n,) whether it is shot at a venue that is no film base
    earnings : (n,) yuan that a series of its mode earns
    overseas, flown : (n,) whether it is made for viewers abroad; with foreign cast
    genre, home, lavish, edge, discretion, commissioned : (series,) columns
    location_day, venue_day, lodging : (cities,) yuan a day on location, at such a venue, and for lodging
    travel_hours : (cities, cities) hours
    trip_km : (n,) km to the base

    Returns
    -------
    (4, n) yuan: the place (nothing at a film base); inputs where it is shot (lodging, equipment, trips, edge and
        discretion); other inputs (travel, release overseas); foreign cast
    """
    p, yuan = parameters[0], np.zeros((4, len(rows)))
    for at in range(len(rows)):
        series, here, shooting = rows[at], city[at], days[at]
        if venue[at]:
            yuan[0, at] = venue_day[here] * shooting
        elif base[at] < 0:
            yuan[0, at] = location_day[here] * (p.costume_location if genre[series] else 1.0) * shooting
        worth = p.edge_cost / 2 * edge[series] * edge[series] + p.discretion_cost * discretion[series]
        edgy = 0.0 if commissioned[series] else worth * earnings[at]
        daily = lodging[here] + p.equipment_yuan_day * exp(lavish[series]) + p.trip_yuan_km * trip_km[at]
        yuan[1, at] = daily * shooting + edgy
        travel = p.travelling_crew * 2 * p.travel_yuan_hour * travel_hours[home[series], here]
        yuan[2, at] = travel + p.overseas_cost_yuan * overseas[at]
        if flown[at]:
            each = p.foreign_usd_day * max(shooting, p.foreign_least_days) + p.flight_usd
            yuan[3, at] = p.exchange_rate * p.foreign_actors * each
    return yuan


@compiled
def close_shooting(  # type: ignore[no-untyped-def]
    parameters,
    rows,
    owner,
    city,
    base,
    days,
    start,
    reviewed,
    flown,
    local,
    elsewhere,
    local_fen,
    cost_fen,
    due,
    edge,
    tier,
    mandate_city,
    mandate_left,
    booked,
    cities,
):
    """(S5, G7) Book what was spent and when series are due for release; local spending counts towards promises.

    Parameters
    ----------
    parameters : as a record
    rows, owner, city, base : (n,) rows of the series, studio, city and base (-1: on location)
    days, start : (n,) shooting days, first day
    reviewed, flown : (n,) whether it is reviewed; has foreign cast
    local, elsewhere : (n,) fen
    local_fen, cost_fen, due : (series,) fen, fen, day; brought up to date
    edge, tier : (series,) columns
    mandate_city, mandate_left : (studios,) row or -1; fen, lowered
    booked : (bases,) crew-days, raised
    cities : number of cities

    Returns
    -------
    (6, cities) sums of shooting days, series, those on base, those with foreign cast, fen spent locally, edge
    """
    p, tally = parameters[0], np.zeros((6, cities))
    review = np.array([1.0 * p.filing_days, 1.0 * p.province_days, 1.0 * p.national_days]) * p.review
    for at in range(len(rows)):
        series, here, studio = rows[at], city[at], owner[at]
        local_fen[series] += local[at]
        cost_fen[series] += local[at] + elsewhere[at]
        if mandate_city[studio] == here:
            mandate_left[studio] = max(mandate_left[studio] - local_fen[series], 0)
        reviewing = review[tier[series]] if reviewed[at] else 0.0
        due[series] = start[at] + days[at] + p.post_days + p.review_days + reviewing
        if base[at] >= 0:
            booked[base[at]] += days[at]
            tally[2, here] += 1
        tally[0, here] += days[at]
        tally[1, here] += 1
        tally[3, here] += flown[at]
        tally[4, here] += local_fen[series]
        tally[5, here] += edge[series]
    return tally
