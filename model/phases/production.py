"""Production: sets booked by turn, series shot (S4, S5, P6, L2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from ..columns import Array
from ..decisions.cities import rebate
from ..decisions.studios import externality
from ..decisions.workers import match_premium
from ..ledger import fen, yuan
from ..parameters import MODES
from ..populations import CASTINGS, FINISHING, OVER, PREPARATION
from .bases import hire_fen
from .platforms import pay_milestone
from .studios import crew_of, review_days

if TYPE_CHECKING:
    from ..economy import MicroDramaEconomy

GIVE_UP_MONTHS = 6
"""A series nobody could staff for so long is abandoned."""


@njit(cache=True)
def _book(turn, group, days, ready, first, last, free, opens, closes, patience):  # type: ignore[no-untyped-def]
    """First come, first served, by day: each series takes the slot of its group that is free first (cheapest of ties).

    Slots lie group by group, the cheapest first; ``free`` moves on as they are booked.

    Returns
    -------
    slot : by series: its slot, -1 for going on location, -2 for waiting into the next month
    start : by series: the day shooting begins
    """
    slot, start = np.full(len(group), -1), np.maximum(ready, opens)
    for series in turn:
        earliest = np.inf
        for at in range(first[group[series]], last[group[series]]):
            day = max(free[at], start[series])
            if day < earliest:
                earliest, slot[series] = day, at
                if day == start[series]:
                    break
        if slot[series] < 0 or (earliest > start[series] and earliest - ready[series] > patience):
            slot[series] = -1
        elif earliest >= closes:
            slot[series] = -2
        else:
            start[series] = earliest
            free[slot[series]] = earliest + days[series]
    return slot, start


def book_sets(econ: MicroDramaEconomy) -> None:
    """(S5, P7b) Series ready to shoot book sets of their genre in the order in which they became ready.

    Who would wait longer than patience allows goes on location; who would wait into the next month asks again then.
    """
    p, series, bases, slots, k = econ.p, econ.series, econ.bases, econ.slots, len(econ.cities)
    opens, closes = 30.0 * econ.month, 30.0 * (econ.month + 1)
    ready = np.flatnonzero((series.stage == PREPARATION) & (series.due < closes) & (series.city >= 0))
    city, genre, due = series.city[ready], series.genre[ready], series.due[ready]
    u = econ.luck("series.days").uniform(series.key[ready])
    days = np.floor(econ.survey.days_on_base[genre, city] + u).astype(np.int64)
    turn = np.lexsort((series.key[ready], due))
    base_of = bases.rows(slots.base)
    order = np.lexsort((slots.id, hire_fen(econ)[base_of], bases.city[base_of], bases.genre[base_of]))
    group_of = (bases.genre * k + bases.city)[base_of[order]]
    first, last = (np.searchsorted(group_of, np.arange(2 * k), side) for side in ("left", "right"))
    free = slots.free[order]
    slot, start = _book(
        turn, genre * k + city, days, due, first, last, free, opens, closes, p.queue_days * p.queues
    )  # fmt: skip
    slots.free[order] = free
    on_base, goes = slot >= 0, slot != -2
    place = np.full(len(slot), -1)
    place[on_base] = base_of[order][slot[on_base]]
    location = np.floor(econ.survey.days_on_location[genre, city] + u).astype(np.int64)
    econ.booking = ready[goes], place[goes], np.where(on_base, days, location)[goes], start[goes]

    def by_group(values: Array) -> Array:
        return np.bincount(genre * k + city, values, 2 * k).reshape(2, k)

    econ.set_demand = 0.7 * econ.set_demand + 0.3 * by_group(days)
    asked, got = by_group(goes), by_group(on_base)
    chance = np.divide(got, asked, out=econ.set_chance.copy(), where=asked > 0)
    has_base = econ.crews_by_genre(planned=False) > 0
    econ.set_chance = np.where(has_base, 0.7 * econ.set_chance + 0.3 * chance, 0.0)
    waited = by_group(np.where(goes, start, closes) - np.maximum(due, opens))
    mean = np.divide(waited, by_group(np.ones(len(city))), out=np.zeros((2, k)), where=by_group(np.ones(len(city))) > 0)
    econ.set_wait = 0.7 * econ.set_wait + 0.3 * mean


def shoot(econ: MicroDramaEconomy) -> None:
    """(S3-S5) Staffed series are shot: sets, lodging, equipment, travel, foreign cast are paid; quality takes shape."""
    p, series, studios, ledger, k = econ.p, econ.series, econ.studios, econ.ledger, len(econ.cities)
    ready, base, days, start = econ.booking
    staffed = econ.staffed
    wanted, put_off = (
        np.bincount(series.city[ready], minlength=k),
        np.bincount(series.city[ready[~staffed]], minlength=k),
    )
    short = np.divide(put_off, wanted, out=np.zeros(k), where=wanted > 0)
    econ.put_off = 0.7 * econ.put_off + 0.3 * short
    late = ready[~staffed]
    series.tries[late] += 1
    series.due[late] = 30.0 * (econ.month + 1)
    rows, base, days, start = ready[staffed], base[staffed], days[staffed], start[staffed]
    owner, city, home = studios.rows(series.studio[rows]), series.city[rows], series.home[rows]
    genre = series.genre[rows]
    on_base = base >= 0

    hire = hire_fen(econ)[base[on_base]] * days[on_base]
    ledger.pay("set_hire", (studios, owner[on_base]), (econ.bases, base[on_base]), hire)
    np.add.at(econ.bases.booked_days, base[on_base], days[on_base])
    rent = fen(econ.cities.location_yuan_day[city] * np.array([1.0, p.costume_location])[genre] * days)[~on_base]
    ledger.pay("location_hire", (studios, owner[~on_base]), (econ.landlords, city[~on_base]), rent)
    place = np.empty(len(rows), np.int64)
    place[on_base], place[~on_base] = hire, rent

    lodging = crew_of(econ).sum() * p.living_yuan_day * econ.cities.price_level[city]
    travel = p.travelling_crew * 2 * p.travel_yuan_hour * econ.region.travel_hours[home, city]
    mode = econ.platforms.mode[series.platform[rows]]
    worth = p.edge_cost / 2 * series.edge[rows] ** 2 + p.discretion_cost * series.discretion[rows]
    edgy = worth * np.where(series.commissioned[rows], 0.0, econ.public_earnings[mode])
    inputs = fen((lodging + p.equipment_yuan_day * np.exp(series.lavish[rows])) * days + edgy)
    extra = fen(travel + p.overseas_cost_yuan * (mode == MODES.index("overseas")))
    ledger.pay("inputs", (studios, owner), (econ.rest_of_china, 0), inputs + extra)
    flown = np.flatnonzero(series.casting[rows] == CASTINGS.index("foreign"))
    a_head = p.foreign_usd_day * np.maximum(days[flown], p.foreign_least_days) + p.flight_usd
    cast = fen(p.exchange_rate * p.foreign_actors * a_head)
    ledger.pay("foreign_cast", (studios, owner[flown]), (econ.rest_of_world, 0), cast)
    extra[flown] += cast
    pay_milestone(econ, rows, owner, 1)

    series.local_fen[rows] += place + inputs
    series.cost_fen[rows] += place + inputs + extra
    left = studios.mandate_left_fen
    bound = studios.mandate_city[owner] == city
    spent = np.bincount(owner[bound], series.local_fen[rows[bound]], len(studios)).astype(np.int64)
    studios.mandate_left_fen = np.maximum(left - spent, 0)
    series.on_base[rows], series.shooting_days[rows], series.shot[rows] = on_base, days, econ.month
    review = review_days(econ)[series.tier[rows]] * (mode != MODES.index("overseas"))
    series.due[rows] = start + days + p.post_days + p.review_days + review
    series.stage[rows] = FINISHING
    series.quality[rows] += _quality_of_place(econ, city, series.key[rows])

    claim = fen(rebate(yuan(series.local_fen[rows]), econ.officials.rebate[city], econ.officials.rebate_cap_yuan[city]))
    econ.rebate_claims = owner, city, claim
    now = econ.panel.now
    now["shoot_days"] += np.bincount(city, days, k)
    now["series_shot"] += np.bincount(city, minlength=k)
    now["on_base"] += np.bincount(city, on_base, k)
    now["local_spending_yuan"] += yuan(np.bincount(city, series.local_fen[rows], k))
    now["foreign_cast_series"] += np.bincount(city[flown], minlength=k)
    now["edge"] += np.divide(np.bincount(city, series.edge[rows], k), now["series_shot"], out=np.zeros(k),
                             where=now["series_shot"] > 0)  # fmt: skip
    now["set_wait_days"] += econ.set_wait[0]
    if len(rows):
        econ.series_cost = 0.9 * econ.series_cost + 0.1 * (yuan(series.cost_fen[rows].mean()) + p.post_yuan)
    _abandon(econ)


def _quality_of_place(econ: MicroDramaEconomy, city: Array, keys: Array) -> Array:
    """(L2, A3, A5) What the place adds to log quality: match, local knowledge, less likeness to what is shot nearby."""
    p = econ.p
    gain = np.zeros(len(city))
    if p.match_premium:
        luck = econ.luck("series.match").gumbel(keys)
        gain += match_premium(econ.pool[:, 2:].sum(axis=1)[city] / p.scale, luck, p.match_spread)
    known = externality(econ.knowledge, p.knowledge, p.externality_floor)
    gain -= p.sameness_weight * p.sameness * econ.shoot_share[city]
    return gain + p.agglomeration_scale * p.knowledge_weight * known[city]


def _abandon(econ: MicroDramaEconomy) -> None:
    """Series that nobody could staff for months are given up; what was paid is lost."""
    series = econ.series
    stuck = (series.stage == PREPARATION) & (series.tries >= GIVE_UP_MONTHS)
    econ.counts["abandoned"] += int(stuck.sum())
    series.stage[stuck] = OVER


def shoot_in_california(econ: MicroDramaEconomy) -> None:
    """(C3) Series that are shot in California cost a fixed price in dollars and take longer."""
    p, series, studios = econ.p, econ.series, econ.studios
    rows = np.flatnonzero((series.stage == PREPARATION) & (series.due < 30 * (econ.month + 1)) & (series.city < 0))
    owner = studios.rows(series.studio[rows])
    price = fen(np.full(len(rows), p.exchange_rate * p.california_usd))
    extra = fen(np.full(len(rows), p.overseas_cost_yuan))
    econ.ledger.pay("california", (studios, owner), (econ.rest_of_world, 0), price)
    econ.ledger.pay("inputs", (studios, owner), (econ.rest_of_china, 0), extra)
    series.cost_fen[rows] += price + extra
    series.shot[rows], series.stage[rows] = econ.month, FINISHING
    series.due[rows] += p.california_days + p.post_days + p.review_days
    econ.panel.now["california_series"] += np.bincount(series.home[rows], minlength=len(econ.cities))
