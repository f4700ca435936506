"""Production: sets booked by turn, series shot (S4, S5, P6, L2)."""

from __future__ import annotations

import numpy as np

from ..accounts.ledger import fen, yuan
from ..arrays import Array
from ..categories import CASTINGS, MODES
from ..compiled import compiled
from ..decisions.cities import rebate
from ..decisions.studios import externality
from ..decisions.workers import match_premium
from ..populations.tables import FINISHING, OVER, PREPARATION
from ..state import Bookings, RebateClaims, State, phase
from .bases import hire_fen
from .platforms import pay_milestone
from .studios import crew_of, review_days

GIVE_UP_MONTHS = 6
"""A series nobody could staff for so long is abandoned."""
WAITS = -2
"""Slot of a series that would wait into the next month."""


@compiled
def _soonest(free, first, last):  # type: ignore[no-untyped-def]
    """The slot that is free first, the cheapest of ties; -1 if there is none."""
    best = first if first < last else -1
    for at in range(first + 1, last):
        if free[np.uint64(at)] < free[np.uint64(best)]:
            best = at
    return best


@compiled
def _book(turn, group, days, ready, first, last, free, opens, closes, patience):  # type: ignore[no-untyped-def]
    """First come, first served, by day: each series takes the slot of its group that is free first (cheapest of ties).

    Slots lie group by group, the cheapest first; ``free`` moves on as they are booked. ``soonest`` is the slot of each
    group that is free first: who cannot have that one has none.

    Returns
    -------
    slot : by series: its slot, -1 for going on location, -2 for waiting into the next month
    start : by series: the day shooting begins
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
            while free[np.uint64(at)] > start[series]:  # without a sign: not tried for counting from the end
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
def _after_booking(slot, start, days, group, u, ready, opens, closes, base_of, days_on_location, groups):  # type: ignore[no-untyped-def]
    """What came of the bookings; those that go on location need other ``days``.

    Returns
    -------
    base : by series: whose set it has, -1 for going on location, -2 for waiting into the next month
    sums : (5, groups) days that sets were wanted for, who goes, who has a set, days of waiting, who was ready
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
def _remember(sums, crews, demand, chance, wait):  # type: ignore[no-untyped-def]
    """(genres, cities) demand for sets, chance to get one and days of waiting: means that forget within months."""
    demanded, chances, waits = np.empty(crews.shape), np.zeros(crews.shape), np.empty(crews.shape)
    for genre in range(crews.shape[0]):
        for city in range(crews.shape[1]):
            wanted, asked, got, waited, ready = sums[:, genre * crews.shape[1] + city]
            demanded[genre, city] = 0.7 * demand[genre, city] + 0.3 * wanted
            if crews[genre, city] > 0:
                past = chance[genre, city]
                chances[genre, city] = 0.7 * past + 0.3 * (got / asked if asked > 0 else past)
            waits[genre, city] = 0.7 * wait[genre, city] + 0.3 * (waited / ready if ready > 0 else 0.0)
    return demanded, chances, waits


def _by_day(due: Array, keys: Array) -> Array:
    """Order in which series became ready; keys only tell apart those of the same instant."""
    turn: Array = due.argsort()
    day = due[turn]
    return np.lexsort((keys, due)) if (day[1:] == day[:-1]).any() else turn


@phase(
    reads="bases luck series set_chance set_demand set_hire set_wait slots survey",
    writes="booking set_chance set_demand set_wait slots.free",
)
def book_sets(econ: State) -> None:
    """(S5, P7b) Series ready to shoot book sets of their genre in the order in which they became ready.

    Who would wait longer than patience allows goes on location; who would wait into the next month asks again then.
    """
    p, series, bases, slots, k, survey = econ.p, econ.series, econ.bases, econ.slots, len(econ.cities), econ.survey
    opens, closes = 30.0 * econ.month, 30.0 * (econ.month + 1)
    ready = ((series.stage == PREPARATION) & (series.due < closes) & (series.city >= 0)).nonzero()[0]
    due, keys = series.due[ready], series.key[ready]
    group = series.genre[ready] * k + series.city[ready]
    u = econ.luck("series.days").uniform(keys)
    days = np.floor(survey.days_on_base.ravel()[group] + u).astype(np.int64)
    # Slots by group and hire in one number; those alike stay in the order of their ids.
    group_of, base_of = bases.genre * np.int64(k) + bases.city, bases.rows(slots.base)
    order = (group_of * 2**40 + hire_fen(econ))[base_of].argsort(kind="stable")
    base_of, free = base_of[order], slots.free[order]
    first = group_of[base_of].searchsorted(np.arange(2 * k + 1))
    slot, start = _book(
        _by_day(due, keys), group, days, due, first[:-1], first[1:], free, opens, closes, p.queue_days * p.queues
    )
    base, sums = _after_booking(
        slot, start, days, group, u, due, opens, closes, base_of, survey.days_on_location.ravel(), 2 * k
    )
    slots.free[order] = free
    goes = (base != WAITS).nonzero()[0]
    econ.booking = Bookings(series=ready[goes], base=base[goes], days=days[goes], start=start[goes])
    econ.set_demand, econ.set_chance, econ.set_wait = _remember(
        sums, survey.crews, econ.set_demand, econ.set_chance, econ.set_wait
    )


@phase(
    reads="bases booking knowledge luck officials platforms pool public_earnings publishers put_off "
    "region series series_cost set_hire set_wait shoot_share staffed studios",
    writes="bases.booked_days counts ledger panel.edge panel.foreign_cast_series panel.local_spending_yuan "
    "panel.on_base panel.series_shot panel.set_wait_days panel.shoot_days put_off rebate_claims "
    "series.cost_fen series.due series.local_fen series.on_base series.quality series.revenue_fen "
    "series.shooting_days series.shot series.stage series.tries series_cost studios.mandate_left_fen "
    "studios.revenue_fen",
)
def shoot(econ: State) -> None:
    """(S3-S5) Staffed series are shot: sets, lodging, equipment, travel, foreign cast are paid; quality takes shape."""
    p, series, studios, ledger, k = econ.p, econ.series, econ.studios, econ.ledger, len(econ.cities)
    ready, base, days, start = econ.booking
    staffed = econ.staffed
    shot, late = staffed.nonzero()[0], (~staffed).nonzero()[0]
    _put_off(econ, ready[late])
    econ.put_off = _share_put_off(econ.put_off, series.city[ready], staffed)
    rows, base, days, start = ready[shot], base[shot], days[shot], start[shot]
    city, owner = series.city[rows], econ.owners[rows]
    mode = econ.platforms.mode[series.platform[rows]]
    overseas, flown = mode == MODES.index("overseas"), series.casting[rows] == CASTINGS.index("foreign")

    rent, inputs, extra, cast = fen(
        _bill(
            rows,
            city,
            base,
            days,
            econ.public_earnings[mode],
            overseas,
            flown,
            series.genre,
            series.home,
            series.lavish,
            series.edge,
            series.discretion,
            series.commissioned,
            econ.cities.location_yuan_day,
            p.costume_location,
            crew_of(econ).sum() * p.living_yuan_day * econ.cities.price_level,
            p.equipment_yuan_day,
            p.edge_cost,
            p.discretion_cost,
            p.travelling_crew * 2 * p.travel_yuan_hour,
            econ.region.travel_hours,
            p.overseas_cost_yuan,
            p.exchange_rate * p.foreign_actors,
            p.foreign_usd_day,
            p.foreign_least_days,
            p.flight_usd,
        )
    )
    on_base = base >= 0
    used, shot_at = base[on_base], days[on_base]
    hire = hire_fen(econ)[used] * shot_at
    ledger.pay("set_hire", (studios, owner[on_base]), (econ.bases, used), hire)
    ledger.pay("location_hire", (studios, owner), (econ.landlords, city), rent)
    ledger.pay("inputs", (studios, owner), (econ.rest_of_china, 0), inputs + extra)
    ledger.pay("foreign_cast", (studios, owner), (econ.rest_of_world, 0), cast)
    pay_milestone(econ, rows, owner, 1)
    rent[on_base] = hire

    econ.bases.booked_days = 0
    tally = _close_shooting(
        rows,
        owner,
        city,
        base,
        days,
        start,
        ~overseas,
        flown,
        rent + inputs,
        extra + cast,
        series.local_fen,
        series.cost_fen,
        series.due,
        series.edge,
        series.tier,
        p.post_days,
        p.review_days,
        review_days(econ),
        studios.mandate_city,
        studios.mandate_left_fen,
        econ.bases.booked_days,
        k,
    )
    series.on_base[rows], series.shooting_days[rows], series.shot[rows] = on_base, days, econ.month
    series.stage[rows] = FINISHING
    series.quality[rows] += _quality_of_place(econ, city, series.key[rows])

    local, officials = series.local_fen[rows], econ.officials
    claim = fen(rebate(yuan(local), officials.rebate[city], officials.rebate_cap_yuan[city]))
    econ.rebate_claims = RebateClaims(studio=owner, city=city, fen=claim)
    now = econ.panel.now
    for name, values in zip(("shoot_days", "series_shot", "on_base", "foreign_cast_series"), tally):
        now[name] += values
    now["local_spending_yuan"] += yuan(tally[4])
    now["edge"] += np.divide(tally[5], tally[1], out=np.zeros(k), where=tally[1] > 0)
    now["set_wait_days"] += econ.set_wait[0]
    if len(rows):
        econ.series_cost = 0.9 * econ.series_cost + 0.1 * (yuan(series.cost_fen[rows].sum() / len(rows)) + p.post_yuan)


@compiled
def _share_put_off(past, city, staffed):  # type: ignore[no-untyped-def]
    """(cities,) share of series put off for want of a crew: a mean that forgets within months."""
    wanted, late, share = np.zeros(len(past)), np.zeros(len(past)), np.empty(len(past))
    for series in range(len(city)):
        wanted[city[series]] += 1
        late[city[series]] += not staffed[series]
    for here in range(len(past)):
        share[here] = 0.7 * past[here] + 0.3 * (late[here] / wanted[here] if wanted[here] > 0 else 0.0)
    return share


@compiled
def _bill(  # type: ignore[no-untyped-def]
    rows,
    city,
    base,
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
    costume_location,
    lodging,
    equipment,
    edge_cost,
    discretion_cost,
    travel_hour,
    travel_hours,
    overseas_cost,
    foreign,
    foreign_day,
    least_days,
    flight,
):
    """(S3-S5, S7, L6, C3) What shooting costs each series: yuan, by what it is paid for.

    The place (nothing at a film base), inputs where it is shot (lodging, equipment, what edge and discretion cost),
    other inputs (travel of the crew, dubbing and release overseas) and foreign cast.
    """
    yuan = np.zeros((4, len(rows)))
    for at in range(len(rows)):
        series, here, shooting = rows[at], city[at], days[at]
        if base[at] < 0:
            yuan[0, at] = location_day[here] * (costume_location if genre[series] else 1.0) * shooting
        worth = edge_cost / 2 * edge[series] ** 2 + discretion_cost * discretion[series]
        edgy = 0.0 if commissioned[series] else worth * earnings[at]
        yuan[1, at] = (lodging[here] + equipment * np.exp(lavish[series])) * shooting + edgy
        yuan[2, at] = travel_hour * travel_hours[home[series], here] + overseas_cost * overseas[at]
        if flown[at]:
            yuan[3, at] = foreign * (foreign_day * max(shooting, least_days) + flight)
    return yuan


@compiled
def _close_shooting(  # type: ignore[no-untyped-def]
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
    post,
    delivery,
    review,
    mandate_city,
    mandate_left,
    booked,
    cities,
):
    """Note what was spent where and when the series is due for release; keep promises of local spending (G7).

    Returns
    -------
    (6, cities) sums of shooting days, series, those on base, those with foreign cast, fen spent locally, edge
    """
    tally = np.zeros((6, cities))
    for at in range(len(rows)):
        series, here, studio = rows[at], city[at], owner[at]
        local_fen[series] += local[at]
        cost_fen[series] += local[at] + elsewhere[at]
        if mandate_city[studio] == here:
            mandate_left[studio] = max(mandate_left[studio] - local_fen[series], 0)
        due[series] = start[at] + days[at] + post + delivery + (review[tier[series]] if reviewed[at] else 0.0)
        if base[at] >= 0:
            booked[base[at]] += days[at]
            tally[2, here] += 1
        tally[0, here] += days[at]
        tally[1, here] += 1
        tally[3, here] += flown[at]
        tally[4, here] += local_fen[series]
        tally[5, here] += edge[series]
    return tally


def _quality_of_place(econ: State, city: Array, keys: Array) -> Array:
    """(L2, A3, A5) What the place adds to log quality: match, local knowledge, less likeness to what is shot nearby."""
    p = econ.p
    match: float | Array = 0.0
    if p.match_premium:
        luck = econ.luck("series.match").gumbel(keys)
        match = match_premium((econ.pool[:, 2:].sum(axis=1) / p.scale)[city], luck, p.match_spread)
    same = p.sameness_weight * p.sameness * econ.shoot_share
    known = externality(econ.knowledge, p.knowledge, p.externality_floor)
    return match - same[city] + (p.agglomeration_scale * p.knowledge_weight * known)[city]


def _put_off(econ: State, late: Array) -> None:
    """Series without a crew try again next month; after months of that they are given up, what was paid is lost."""
    if not len(late):
        return
    series = econ.series
    series.tries[late] += 1
    series.due[late] = 30.0 * (econ.month + 1)
    stuck = late[series.tries[late] >= GIVE_UP_MONTHS]
    econ.counts["abandoned"] += len(stuck)
    series.stage[stuck] = OVER


@phase(
    reads="series studios", writes="ledger panel.california_series series.cost_fen series.due series.shot series.stage"
)
def shoot_in_california(econ: State) -> None:
    """(C3) Series that are shot in California cost a fixed price in dollars and take longer."""
    p, series, studios = econ.p, econ.series, econ.studios
    rows = ((series.stage == PREPARATION) & (series.due < 30 * (econ.month + 1)) & (series.city < 0)).nonzero()[0]
    if not len(rows):
        return
    owner = econ.owners[rows]
    price = fen(np.full(len(rows), p.exchange_rate * p.california_usd))
    extra = fen(np.full(len(rows), p.overseas_cost_yuan))
    econ.ledger.pay("california", (studios, owner), (econ.rest_of_world, 0), price)
    econ.ledger.pay("inputs", (studios, owner), (econ.rest_of_china, 0), extra)
    series.cost_fen[rows] += price + extra
    series.shot[rows], series.stage[rows] = econ.month, FINISHING
    series.due[rows] += p.california_days + p.post_days + p.review_days
    econ.panel.now["california_series"] += np.bincount(series.home[rows], minlength=len(econ.cities))
