"""Compiled loops of the phases of production: sets and venues assigned (S5, P9)."""

from __future__ import annotations

import numpy as np

from ..compiled import compiled

WAITS = -2
"""Slot of a series that would wait into the next month."""


@compiled
def by_day(due, keys):  # type: ignore[no-untyped-def]
    """Order in which series became ready; keys decide between those of the same instant."""
    turn = np.argsort(due, kind="mergesort")
    for i in range(1, len(turn)):
        if due[turn[i]] == due[turn[i - 1]]:
            turn = np.argsort(keys, kind="mergesort")
            return turn[np.argsort(due[turn], kind="mergesort")]
    return turn


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
