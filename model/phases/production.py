"""Production: sets booked by turn, series shot (S4, S5, P6, L2)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..accounts.ledger import fen, yuan
from ..arrays import Array
from ..categories import CASTINGS, MODES
from ..decisions.cities import days_saved, free_part, prorated, rebate
from ..decisions.smoothing import smoothed
from ..decisions.studios import externality
from ..decisions.workers import match_premium
from ..populations.tables import FINISHING, OVER, PREPARATION
from ..region import WITHIN_CELL
from ..state import Bookings, RebateClaims, State, phase
from .bases import set_fee_fen
from .cities import honour, room_in_scenes, spend
from .platforms import pay_milestone
from .production_loops import (
    WAITS,
    assign_nearest_sets,
    assign_sets,
    bookings,
    close_shooting,
    find_venues,
    recent_booking,
    recent_venues,
    share_put_off,
    shooting_bill,
)
from .studios import crew_of, review_days


def _by_day(due: Array, keys: Array) -> Array:
    """Order in which series became ready; keys decide between those of the same instant."""
    turn: Array = due.argsort()
    day = due[turn]
    return np.lexsort((keys, due)) if (day[1:] == day[:-1]).any() else turn


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
    p, series, bases, slots, k, survey = econ.p, econ.series, econ.bases, econ.slots, len(econ.cities), econ.survey
    opens, closes = 30.0 * econ.month, 30.0 * (econ.month + 1)
    ready = ((series.stage == PREPARATION) & (series.due < closes) & (series.city >= 0)).nonzero()[0]
    due, keys = series.due[ready], series.key[ready]
    group = series.genre[ready] * k + series.city[ready]
    u = econ.draws("series.days").uniform(keys)
    days = np.floor(survey.days_on_base.ravel()[group] + u).astype(np.int64)
    # Slots by group and fee; those alike stay in the order of their ids.
    group_of, base_of = bases.genre * np.int64(k) + bases.city, bases.rows(slots.base)
    by = base_of if p.nearest_sets else set_fee_fen(econ)[base_of]
    order = np.lexsort((by, group_of[base_of]))
    base_of, free = base_of[order], slots.free[order]
    first = group_of[base_of].searchsorted(np.arange(2 * k + 1))
    turn = _by_day(due, keys)
    queue: dict[str, Any] = {
        "turn": turn,
        "group": group,
        "days": days,
        "ready": due,
        "first": first[:-1],
        "last": first[1:],
        "free": free,
        "opens": opens,
        "closes": closes,
        "patience": p.queue_days * p.queues,
    }
    km = np.zeros(len(ready))
    if p.nearest_sets:
        slot, start, km = assign_nearest_sets(**queue, **_distances(econ, ready, base_of), trip=p.trip_yuan_km)
    else:
        slot, start = assign_sets(**queue)
    base, sums = bookings(
        slot=slot,
        start=start,
        days=days,
        group=group,
        u=u,
        ready=due,
        opens=opens,
        closes=closes,
        base_of=base_of,
        days_on_location=survey.days_on_location.ravel(),
        groups=2 * k,
    )
    slots.free[order] = free
    venue = np.zeros(len(ready), bool)
    if p.venues:
        room = 30 * econ.venue_crews
        left = room - econ.venue_overrun
        venue, found = find_venues(
            turn=turn, base=base, group=group, u=u, days=days, days_at_venue=survey.days_at_venue, room=left
        )
        econ.venue_overrun = np.maximum(-left, 0)
        econ.venue_demand, econ.venue_chance = recent_venues(
            found, room, econ.venue_demand, econ.venue_chance, p.set_update_weight
        )
    goes = (base != WAITS).nonzero()[0]
    econ.booking = Bookings(
        series=ready[goes], base=base[goes], venue=venue[goes], days=days[goes], start=start[goes], km=km[goes]
    )
    econ.set_demand, econ.set_chance, econ.set_wait = recent_booking(
        sums, survey.crews, econ.set_demand, econ.set_chance, econ.set_wait, p.set_update_weight
    )


def _distances(econ: State, ready: Array, base_of: Array) -> dict[str, Any]:
    """(S5b) Where crews of series (by row) and bases are: crews of studios from elsewhere come from the centre."""
    region, series, bases = econ.region, econ.series, econ.bases
    owner = econ.owners[ready]
    office = econ.studios.cell[owner]
    return {
        "base_of": base_of,
        "fee": yuan(set_fee_fen(econ)),
        "at_x": region.dx[office],
        "at_y": region.dy[office],
        "centre": econ.studios.city[owner] != series.city[ready],
        "base_x": region.dx[bases.cell],
        "base_y": region.dy[bases.cell],
        "base_km": region.distance_km[bases.cell],
        "least_km": WITHIN_CELL * region.cell_km,
        "cell_km": region.cell_km,
    }


@phase(
    reads="bases booking earmarked_fen honoured knowledge draws days_off_base officials platforms policy_budgets pool "
    "public_earnings publishers put_off region series series_cost set_hire set_wait shoot_share staffed studios "
    "venue_hire",
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
    p, series, studios, ledger, k = econ.p, econ.series, econ.studios, econ.ledger, len(econ.cities)
    ready, base, venue, days, start, km = econ.booking
    staffed = econ.staffed
    shot, late = staffed.nonzero()[0], (~staffed).nonzero()[0]
    _put_off(econ, ready[late])
    econ.put_off = share_put_off(econ.put_off, series.city[ready], staffed, p.delay_update_weight)
    rows, base, venue, days, start = ready[shot], base[shot], venue[shot], days[shot], start[shot]
    city, owner = series.city[rows], econ.owners[rows]
    mode, on_base = econ.platforms.mode[series.platform[rows]], base >= 0
    overseas, flown = mode == MODES.index("overseas"), series.casting[rows] == CASTINGS.index("foreign")

    rent, inputs, extra, cast = fen(
        shooting_bill(
            parameters=p.numbers,
            rows=rows,
            city=city,
            base=base,
            venue=venue,
            days=days,
            earnings=econ.public_earnings[mode],
            overseas=overseas,
            flown=flown,
            genre=series.genre,
            home=series.home,
            lavish=series.lavish,
            edge=series.edge,
            discretion=series.discretion,
            commissioned=series.commissioned,
            location_day=econ.cities.location_yuan_day,
            venue_day=econ.venue_hire,
            lodging=crew_of(econ).sum() * p.living_yuan_day * econ.cities.price_level,
            travel_hours=econ.region.travel_hours,
            trip_km=km[shot] * on_base,
        )
    )
    used, shot_at = base[on_base], days[on_base]
    fees = set_fee_fen(econ)[used] * shot_at
    ledger.pay("set_hire", (studios, owner[on_base]), (econ.bases, used), fees)
    off = (~on_base & (series.genre[rows] == 0)).nonzero()[0]
    rent[off] -= _hire_of_scenes(econ, city[off], days[off], rent[off])
    ledger.pay("location_hire", (studios, owner), (econ.landlords, city), rent)
    ledger.pay("inputs", (studios, owner), (econ.rest_of_china, 0), inputs + extra)
    ledger.pay("foreign_cast", (studios, owner), (econ.rest_of_world, 0), cast)
    pay_milestone(econ, rows, owner, 1)
    rent[on_base] = fees

    econ.bases.booked_days = 0
    tally = close_shooting(
        parameters=p.numbers,
        rows=rows,
        owner=owner,
        city=city,
        base=base,
        days=days,
        start=start,
        reviewed=~overseas,
        flown=flown,
        local=rent + inputs,
        elsewhere=extra + cast,
        local_fen=series.local_fen,
        cost_fen=series.cost_fen,
        due=series.due,
        edge=series.edge,
        tier=series.tier,
        mandate_city=studios.mandate_city,
        mandate_left=studios.mandate_left_fen,
        booked=econ.bases.booked_days,
        cities=k,
    )
    series.due[rows] -= _help_with_filing(econ, city, series.tier[rows], ~overseas)
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
    now["venue_days"] += np.bincount(city[venue], days[venue], k)
    if (hired := rows[series.commissioned[rows]]).size:
        rows = hired  # what clients pay for: no flights, no dubbing
    if len(rows):
        cost = yuan(series.cost_fen[rows].sum() / len(rows)) + p.post_yuan
        econ.series_cost = smoothed(econ.series_cost, cost, p.cost_update_weight)


def _hire_of_scenes(econ: State, city: Array, days: Array, hire: Array) -> Array:
    """(G3d) What cities pay of the hire of modern series off base: all alike, as far as free scenes have room, fen.

    Parameters
    ----------
    city, days, hire : (series,) row, days of shooting, fen
    """
    room, wanted = room_in_scenes(econ), np.bincount(city, days, len(econ.cities))
    econ.days_off_base = smoothed(econ.days_off_base, wanted, econ.p.set_update_weight)
    claims = np.floor(hire * free_part(wanted, room)[city]).astype(np.int64)
    announced = fen(room * econ.cities.location_yuan_day)
    return honour(econ, "free_scenes", city, claims, (econ.landlords, city), "scene_hire", announced)


def _help_with_filing(econ: State, city: Array, tier: Array, domestic: Array) -> Array:
    """(G3b) Days of review that designated cities save series shot there, for which they pay while the budget lasts.

    Parameters
    ----------
    city, tier, domestic : (series,) row, review tier, whether it is reviewed at all
    """
    p, officials, k = econ.p, econ.officials, len(econ.cities)
    served = officials.designated[city] * (domestic & p.review)
    cost = fen(p.filing_service_yuan) * np.bincount(city, served, k)
    share = prorated(cost, officials.subsidy_budget_fen)
    spend(econ, "filing_service", np.arange(k), (econ.rest_of_china, 0), np.floor(cost * share).astype(np.int64))
    officials.subsidy_budget_fen = officials.film_budget_fen
    recent = smoothed(econ.honoured["filing_service"], share, p.honoured_update_weight)
    econ.honoured["filing_service"] = np.where(cost > 0, recent, econ.honoured["filing_service"])
    return days_saved(p.designation_filing_days, served, share[city], review_days(econ)[tier])


def _quality_of_place(econ: State, city: Array, keys: Array) -> Array:
    """(L2, A3, A5) What the place adds to log quality: match, local knowledge, less likeness to what is shot nearby."""
    p = econ.p
    match: float | Array = 0.0
    if p.match_premium:
        draws = econ.draws("series.match").gumbel(keys)
        match = match_premium((econ.pool[:, 2:].sum(axis=1) / p.scale)[city], draws, p.match_spread)
    same = p.sameness_weight * p.sameness * econ.shoot_share
    known = externality(econ.knowledge, p.knowledge, p.externality_floor)
    return match - same[city] + (p.agglomeration_scale * p.knowledge_weight * known)[city]


def _put_off(econ: State, late: Array) -> None:
    """Series without a crew try again next month; after some months they are abandoned and what was paid is lost."""
    if not len(late):
        return
    series = econ.series
    series.tries[late] += 1
    series.due[late] = 30.0 * (econ.month + 1)
    stuck = late[series.tries[late] >= econ.p.give_up_months]
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
