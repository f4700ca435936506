"""Production: sets booked by turn, series shot (S4, S5, P6, L2)."""

from __future__ import annotations

import numpy as np

from ..accounts.ledger import entry, fen, pay, whole_fen
from ..arithmetic import exp
from ..arrays import Array, total
from ..categories import CASTINGS
from ..decisions.cities import days_saved, free_part, prorated, rebate
from ..decisions.smoothing import smoothed
from ..decisions.studios import worth_of_share
from ..decisions.workers import match_premium
from ..draws import gumbels, uniforms
from ..over_state import over_state
from ..populations.table import rows_of
from ..populations.tables import FINISHING, OVER, PREPARATION
from ..region import WITHIN_CELL
from ..state import OVERSEAS, Bookings, RebateClaims, State, phase, room_in_venues
from .bases import set_fee, set_fee_fen
from .cities import honour, room_in_scenes
from .platforms import pay_instalment
from .production_loops import WAITS, assign_nearest_sets, assign_sets, by_day, find_venues


@phase(
    reads="bases draws house_index series set_chance set_demand set_hire set_wait slots survey venue_chance "
    "venue_demand venue_overrun region studios",
    writes="booking set_chance set_demand set_wait slots.free venue_chance venue_demand venue_overrun",
)
def book_sets(econ: State) -> None:
    """(S5, P7b) Series ready to shoot book sets of their genre in the order in which they became ready.

    Those that would wait longer than patience allows go on location, modern ones at first to venues that are no film
    bases while there is room (P9); those that would wait into the next month try again then.
    """
    econ.booking = Bookings(*_book_sets(econ))


@over_state
def _book_sets(econ):  # type: ignore[no-untyped-def]
    """The bookings."""
    base_of = rows_of(econ.bases.id, econ.slots.base)
    p, series, slots, survey, k = econ.p, econ.series, econ.slots, econ.survey, len(econ.cities)
    opens, closes, patience = 30.0 * econ.month, 30.0 * (econ.month + 1), p.queue_days * p.queues
    rows, fee = _ready(econ, False), set_fee_fen(econ)
    due, keys, group, days = series.due[rows], series.key[rows], np.empty_like(rows), np.empty_like(rows)
    u = uniforms(econ.draws.of("series.days"), econ.draws.month, 0, keys)
    for at in range(len(rows)):
        genre, city = series.genre[rows[at]], series.city[rows[at]]
        group[at], days[at] = genre * k + city, np.int64(np.floor(survey.days_on_base[genre, city] + u[at]))
    order, first = _slots_in_order(econ, base_of, fee)
    turn, there, free, km = by_day(due, keys), base_of[order], slots.free[order], np.zeros(len(rows))
    if p.nearest_sets:
        at_x, at_y, centre, base_x, base_y, base_km = _places(econ, rows)
        base, start, km = assign_nearest_sets(
            turn=turn,
            group=group,
            days=days,
            ready=due,
            first=first[:-1],
            last=first[1:],
            free=free,
            opens=opens,
            closes=closes,
            patience=patience,
            base_of=there,
            fee=fee / econ.fen_per_yuan,
            at_x=at_x,
            at_y=at_y,
            centre=centre,
            base_x=base_x,
            base_y=base_y,
            base_km=base_km,
            least_km=WITHIN_CELL * econ.region.cell_km,
            cell_km=econ.region.cell_km,
            trip=p.trip_yuan_km,
        )
    else:
        base, start = assign_sets(turn, group, days, due, first[:-1], first[1:], free, opens, closes, patience)
    slots.free[order] = free
    _note_bookings(econ, group, days, due, base, start)
    for at, row in enumerate(rows):
        if base[at] >= 0:
            base[at] = there[base[at]]
        else:
            days[at] = np.int64(np.floor(survey.days_on_location[series.genre[row], series.city[row]] + u[at]))
    venue = np.zeros(len(rows), np.bool_)
    if p.venues:
        room = 30 * room_in_venues(econ)
        left = room - econ.venue_overrun
        venue, found = find_venues(turn, base, group, u, days, survey.days_at_venue, left)
        _note_venues(econ, room, left, found)
    goes = base != WAITS
    return rows[goes], base[goes], venue[goes], days[goes], start[goes], km[goes]


@over_state
def _ready(econ, abroad):  # type: ignore[no-untyped-def]
    """Rows of series that can be shot this month, in China or abroad."""
    series, rows, n = econ.series, np.empty(len(econ.series), np.int64), 0
    for row in range(len(rows)):
        ready = series.stage[row] == PREPARATION and series.due[row] < 30.0 * (econ.month + 1)
        if ready and (series.city[row] < 0) == abroad:
            rows[n] = row
            n += 1
    return rows[:n].copy()


@over_state
def _slots_in_order(econ, base_of, fee):  # type: ignore[no-untyped-def]
    """Slots by group (genre and city) and fee, or base; those alike by their ids. Where groups begin, and the end."""
    bases, k = econ.bases, len(econ.cities)
    turn = np.arange(len(base_of)) if econ.p.nearest_sets else np.argsort(fee[base_of], kind="mergesort")
    order, group, first = np.empty_like(turn), bases.genre * k + bases.city, np.zeros(2 * k + 1, np.int64)
    for base in base_of:
        first[group[base] + 1] += 1
    first[:] = np.cumsum(first)
    at = first.copy()
    for slot in turn:
        of = group[base_of[slot]]
        order[at[of]] = slot
        at[of] += 1
    return order, first


@over_state
def _places(econ, rows):  # type: ignore[no-untyped-def]
    """(S5b) Where crews of series and bases are: crews of studios from elsewhere come from the centre."""
    region, studios, bases, owner = econ.region, econ.studios, econ.bases, econ.owners[rows]
    office, elsewhere = studios.cell[owner], studios.city[owner] != econ.series.city[rows]
    at_x, at_y, base_x, base_y = region.dx[office], region.dy[office], region.dx[bases.cell], region.dy[bases.cell]
    return at_x, at_y, elsewhere, base_x, base_y, region.distance_km[bases.cell]


@over_state
def _note_bookings(econ, group, days, ready, slot, start):  # type: ignore[no-untyped-def]
    """(S5) Smoothed demand for sets, chance of one and wait; each argument is that of :func:`assign_sets`."""
    k, sums, weight = len(econ.cities), np.zeros((5, 2 * len(econ.cities))), econ.p.set_update_weight
    for at in range(len(group)):
        of, goes = group[at], slot[at] != WAITS
        sums[0, of] += days[at]
        sums[1, of] += goes
        sums[2, of] += slot[at] >= 0
        sums[3, of] += (start[at] if goes else 30.0 * (econ.month + 1)) - max(ready[at], 30.0 * econ.month)
        sums[4, of] += 1
    for of in range(2 * k):
        wanted, tried, got, waited, asked = sums[:, of]
        here = of // k, of % k
        econ.set_demand[here] = smoothed(econ.set_demand[here], wanted, weight)
        econ.set_chance[here] = _recent_chance(econ, econ.survey.crews[here], econ.set_chance[here], tried, got)
        econ.set_wait[here] = smoothed(econ.set_wait[here], waited / asked if asked > 0 else 0.0, weight)


@over_state
def _note_venues(econ, room, left, found):  # type: ignore[no-untyped-def]
    """(P9) The same of venues; they are still taken where a series ran into the next month."""
    for city in range(len(room)):
        wanted, tried, got = found[:, city]
        econ.venue_overrun[city] = -left[city] if left[city] < 0 else 0.0
        econ.venue_demand[city] = smoothed(econ.venue_demand[city], wanted, econ.p.set_update_weight)
        econ.venue_chance[city] = _recent_chance(econ, room[city], econ.venue_chance[city], tried, got)


@over_state
def _recent_chance(econ, room, past, tried, got):  # type: ignore[no-untyped-def]
    """Smoothed share of those who tried that got a place, 0 without room."""
    return smoothed(past, got / tried if tried > 0 else past, econ.p.set_update_weight) if room > 0 else 0.0


@phase(
    reads="bases booking earmarked_fen honoured knowledge draws days_off_base officials platforms policies "
    "policy_budgets pool public_earnings publishers put_off region series series_cost set_hire set_wait shoot_share "
    "staffed studios venue_hire",
    writes="bases.booked_days counts earmarked_fen honoured ledger days_off_base officials.film_budget_fen "
    "officials.film_spent_fen officials.subsidy_budget_fen panel.announced_free_scenes_yuan "
    "panel.claimed_free_scenes_yuan panel.paid_free_scenes_yuan panel.edge panel.foreign_cast_series "
    "panel.local_spending_yuan panel.on_base panel.series_shot panel.set_wait_days panel.shoot_days panel.venue_days "
    "put_off rebate_claims "
    "series.cost_fen series.due series.local_fen series.on_base series.quality series.revenue_fen "
    "series.shooting_days series.shot series.stage series.tries series_cost studios.mandate_left_fen "
    "studios.revenue_fen",
)
def shoot(econ: State) -> None:
    """(S3-S5) Staffed series are shot: sets, lodging, equipment, travel, foreign cast are paid; quality takes shape."""
    abandoned, bill, off, wanted = _bills(econ)
    econ.counts["abandoned"] += abandoned
    if econ.officials.free_scenes.any() or any(window.instrument == "free_scenes" for window in econ.policies):
        bill[0] -= _hire_of_scenes(econ, econ.series.city[econ.booking.series], bill[0] * off, wanted)
    econ.series_cost, *claims = _shoot(econ, bill)
    econ.rebate_claims = RebateClaims(*claims)


@over_state
def _put_off(econ):  # type: ignore[no-untyped-def]
    """(S8) Series without a crew try again next month; after some months they are abandoned and what was paid is lost.

    Counts the abandoned, and notes the share put off.
    """
    p, series, booking, abandoned = econ.p, econ.series, econ.booking, 0
    wanted, late = np.zeros((2, len(econ.cities)))
    for at in range(len(booking.series)):
        row = booking.series[at]
        wanted[series.city[row]] += 1
        if not econ.staffed[at]:
            late[series.city[row]] += 1
            series.due[row] = 30.0 * (econ.month + 1)
            series.tries[row] += 1
            if series.tries[row] >= p.give_up_months:
                series.stage[row] = OVER
                abandoned += 1
    for city in range(len(wanted)):
        share = late[city] / wanted[city] if wanted[city] > 0 else 0.0
        econ.put_off[city] = smoothed(econ.put_off[city], share, p.delay_update_weight)
    return abandoned


@over_state
def _bills(econ):  # type: ignore[no-untyped-def]
    """(S3-S5, S7, L6, C3) What shooting costs each booked series that has a crew; the others are put off.

    Returns
    -------
    abandoned : how many of these are given up
    bill : (4, bookings) fen: the place; inputs where it is shot (lodging, equipment, trips, edge and discretion); other
        inputs (travel, release overseas); foreign cast
    off : (bookings,) whether it is a modern series off base
    wanted : (cities,) shooting days of these (G3d)
    """
    p, series, booking, cities, unit = econ.p, econ.series, econ.booking, econ.cities, econ.fen_per_yuan
    bill, off = np.zeros((4, len(booking.series)), np.int64), np.zeros(len(booking.series), np.bool_)
    wanted, people, abandoned = np.zeros(len(cities)), p.extras + p.crew + p.actors + p.leads, _put_off(econ)
    for at in range(len(off)):
        if not econ.staffed[at]:
            continue
        row, base, days = booking.series[at], booking.base[at], booking.days[at]
        city, mode = series.city[row], econ.platforms.mode[series.platform[row]]
        daily = people * p.living_yuan_day * cities.price_level[city]
        daily += p.equipment_yuan_day * exp(series.lavish[row])
        if base >= 0:
            bill[0, at] = set_fee(econ, base) * days
            daily += p.trip_yuan_km * booking.km[at]
        else:
            street = cities.location_yuan_day[city] * (p.costume_location if series.genre[row] else 1.0)
            bill[0, at] = whole_fen((econ.venue_hire[city] if booking.venue[at] else street) * days, unit)
            off[at] = series.genre[row] == 0
            wanted[city] += off[at] * days
        worth = p.edge_cost / 2 * series.edge[row] * series.edge[row] + p.discretion_cost * series.discretion[row]
        edgy = 0.0 if series.commissioned[row] else worth * econ.public_earnings[mode]
        bill[1, at] = whole_fen(daily * days + edgy, unit)
        travel = p.travelling_crew * 2 * p.travel_yuan_hour * econ.region.travel_hours[series.home[row], city]
        bill[2, at] = whole_fen(travel + p.overseas_cost_yuan * (mode == OVERSEAS), unit)
        if series.casting[row] == FOREIGN:
            each = p.foreign_usd_day * max(days, p.foreign_least_days) + p.flight_usd
            bill[3, at] = whole_fen(p.exchange_rate * p.foreign_actors * each, unit)
    for city in range(len(wanted)):
        econ.days_off_base[city] = smoothed(econ.days_off_base[city], wanted[city], p.set_update_weight)
    return abandoned, bill, off, wanted


def _hire_of_scenes(econ: State, city: Array, hire: Array, wanted: Array) -> Array:
    """(G3d) What cities pay of the hire of modern series off base: all alike, as far as free scenes have room, fen.

    Parameters
    ----------
    city, hire : (bookings,) row, fen
    wanted : (cities,) days of shooting
    """
    room = room_in_scenes(econ)
    claims = np.floor(hire * free_part(wanted, room)[city]).astype(np.int64)
    announced = fen(room * econ.cities.location_yuan_day)
    return honour(econ, "free_scenes", city, claims, (econ.landlords, city), "scene_hire", announced)


@over_state
def _shoot(econ, bill):  # type: ignore[no-untyped-def]
    """Pay the bills and book what was spent, and when series are due for release.

    Returns the recent average cost of a series, and of each one shot the studio, city and claim to a rebate (G6), fen.
    """
    p, series, booking, officials, unit = econ.p, econ.series, econ.booking, econ.officials, econ.fen_per_yuan
    flows, studios, now, k = econ.ledger.flows, econ.studios.books, econ.panel.now, len(econ.cities)
    taste = gumbels(econ.draws.of("series.match"), econ.draws.month, 0, series.key[booking.series])
    share, known = _help_with_filing(econ), _worth_of_knowledge(econ)
    studio, claim, n = np.empty(len(taste), np.int64), np.empty(len(taste), np.int64), 0
    where = np.empty(len(taste), series.city.dtype)
    cost, count, shot, spent, edge = np.zeros(2), np.zeros(2), np.zeros(k), np.zeros(k), np.zeros(k)
    econ.bases.booked_days[:] = 0
    for at in range(len(taste)):
        if not econ.staffed[at]:
            continue
        row, base, days = booking.series[at], booking.base[at], booking.days[at]
        city, owner, place = series.city[row], econ.owners[row], bill[0, at]
        if base >= 0:
            pay(flows, SET_HIRE, studios, owner, econ.bases.books, base, place)
            econ.bases.booked_days[base] += days
        else:
            pay(flows, LOCATION_HIRE, studios, owner, econ.landlords.books, city, place)
        pay(flows, INPUTS, studios, owner, econ.rest_of_china.books, 0, bill[1, at] + bill[2, at])
        pay(flows, FOREIGN_CAST, studios, owner, econ.rest_of_world.books, 0, bill[3, at])
        if series.commissioned[row]:
            pay_instalment(econ, row, owner, 1)
        series.local_fen[row] += place + bill[1, at]
        series.cost_fen[row] += place + bill[1, at] + bill[2, at] + bill[3, at]
        _keep_promise(econ, row, owner, city)

        review = _review_days(econ, row)
        saved = days_saved(p.designation_filing_days, _served(econ, row), share[city], review)
        series.due[row] = booking.start[at] + days + p.post_days + p.review_days + review - saved
        series.on_base[row], series.shooting_days[row], series.shot[row] = base >= 0, days, econ.month
        series.stage[row] = FINISHING
        series.quality[row] += _quality_of_place(econ, city, taste[at], known[city])

        local = series.local_fen[row] / unit
        studio[n], where[n] = owner, city
        claim[n] = whole_fen(rebate(local, officials.rebate[city], officials.rebate_cap_yuan[city]), unit)
        n += 1
        now["shoot_days"][city] += days
        now["series_shot"][city] += 1
        now["on_base"][city] += base >= 0
        now["foreign_cast_series"][city] += series.casting[row] == FOREIGN
        now["venue_days"][city] += booking.venue[at] * days
        shot[city] += 1
        spent[city] += series.local_fen[row]
        edge[city] += series.edge[row]
        hired = 1 * series.commissioned[row]
        cost[hired] += series.cost_fen[row]
        count[hired] += 1
    for city in range(k):
        now["local_spending_yuan"][city] += spent[city] / unit
        now["edge"][city] += edge[city] / shot[city] if shot[city] > 0 else 0.0
        now["set_wait_days"][city] += econ.set_wait[0, city]
    series_cost = econ.series_cost
    if count[1] > 0:  # what clients pay for: no flights, no dubbing
        series_cost = smoothed(series_cost, cost[1] / count[1] / unit + p.post_yuan, p.cost_update_weight)
    elif count[0] > 0:
        series_cost = smoothed(series_cost, cost[0] / count[0] / unit + p.post_yuan, p.cost_update_weight)
    return series_cost, studio[:n].copy(), where[:n].copy(), claim[:n].copy()


@over_state
def _keep_promise(econ, row, studio, city):  # type: ignore[no-untyped-def]
    """(G7) What was spent where a series was shot counts towards what its studio promised."""
    studios = econ.studios
    if studios.mandate_city[studio] == city:
        studios.mandate_left_fen[studio] = max(studios.mandate_left_fen[studio] - econ.series.local_fen[row], 0)


@over_state
def _review_days(econ, row):  # type: ignore[no-untyped-def]
    """Days of review of a series, none for viewers abroad."""
    p, series = econ.p, econ.series
    days = (1.0 * p.filing_days, 1.0 * p.province_days, 1.0 * p.national_days)[series.tier[row]]
    return days * p.review if econ.platforms.mode[series.platform[row]] != OVERSEAS else 0.0


@over_state
def _served(econ, row):  # type: ignore[no-untyped-def]
    """(G3b) How far the city in which a series is shot is designated, if there is a review to help with."""
    p, series = econ.p, econ.series
    domestic = econ.platforms.mode[series.platform[row]] != OVERSEAS
    return econ.officials.designated[series.city[row]] * (domestic and p.review)


@over_state
def _help_with_filing(econ):  # type: ignore[no-untyped-def]
    """(G3b) Designated cities pay for help with filing while the budget lasts; (cities,) the share that it pays."""
    p, officials, booking, honoured = econ.p, econ.officials, econ.booking, econ.honoured["filing_service"]
    served, share, rest = np.zeros(len(officials)), np.ones(len(officials)), econ.rest_of_china.books
    for at in range(len(booking.series)):
        if econ.staffed[at]:
            served[econ.series.city[booking.series[at]]] += _served(econ, booking.series[at])
    for city in range(len(served)):
        cost = whole_fen(p.filing_service_yuan, econ.fen_per_yuan) * served[city]
        share[city] = prorated(cost, officials.subsidy_budget_fen[city])
        owed = np.int64(np.floor(cost * share[city]))
        pay(econ.ledger.flows, FILING_SERVICE, officials.books, city, rest, 0, owed)
        officials.film_spent_fen[city] += owed
        officials.film_budget_fen[city] -= owed
        officials.subsidy_budget_fen[city] = officials.film_budget_fen[city]
        if cost > 0:
            honoured[city] = smoothed(honoured[city], share[city], p.honoured_update_weight)
    return share


@over_state
def _worth_of_knowledge(econ):  # type: ignore[no-untyped-def]
    """(A3) What local knowledge is worth, (cities,) log."""
    p, levels, worth, whole = econ.p, econ.knowledge, np.zeros(len(econ.cities)), total(econ.knowledge)
    if p.knowledge != "off" and whole > 0:
        for city in range(len(worth)):
            share = levels[city] / whole
            worth[city] = worth_of_share(share, len(worth), p.knowledge == "log", p.externality_floor)
    return worth


@over_state
def _quality_of_place(econ, city, taste, known):  # type: ignore[no-untyped-def]
    """(L2, A3, A5) What the place adds to log quality: match, local knowledge, less likeness to what is shot nearby.

    ``taste`` is a Gumbel number of the series, ``known`` what local knowledge is worth.
    """
    p, people = econ.p, econ.pool[city, 2:].sum()
    match = match_premium(people / p.scale, taste, p.match_spread) if p.match_premium else 0.0
    same = p.sameness_weight * p.sameness * econ.shoot_share[city]
    return match - same + p.agglomeration_scale * p.knowledge_weight * known


@phase(
    reads="series studios", writes="ledger panel.california_series series.cost_fen series.due series.shot series.stage"
)
@over_state
def shoot_in_california(econ):  # type: ignore[no-untyped-def]
    """(C3) Series that are shot in California cost a fixed price in dollars and take longer."""
    p, series, studios, flows = econ.p, econ.series, econ.studios.books, econ.ledger.flows
    price = whole_fen(p.exchange_rate * p.california_usd, econ.fen_per_yuan)
    extra = whole_fen(p.overseas_cost_yuan, econ.fen_per_yuan)
    for row in _ready(econ, True):
        owner = econ.owners[row]
        pay(flows, CALIFORNIA, studios, owner, econ.rest_of_world.books, 0, price)
        pay(flows, INPUTS, studios, owner, econ.rest_of_china.books, 0, extra)
        series.cost_fen[row] += price + extra
        series.shot[row], series.stage[row] = econ.month, FINISHING
        series.due[row] += p.california_days + p.post_days + p.review_days
        econ.panel.now["california_series"][series.home[row]] += 1


FOREIGN = CASTINGS.index("foreign")
SET_HIRE, LOCATION_HIRE, INPUTS = entry("set_hire", "ST>FB"), entry("location_hire", "ST>LL"), entry("inputs", "ST>RC")
FILING_SERVICE, FOREIGN_CAST, CALIFORNIA = (
    entry("filing_service", "CG>RC"),
    entry("foreign_cast", "ST>RW"),
    entry("california", "ST>RW"),
)
