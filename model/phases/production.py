"""Production: sets booked by turn, series shot (S4, S5, P6, L2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from ..columns import Array
from ..decisions.cities import rebate
from ..decisions.studios import externality
from ..decisions.workers import match_premium
from ..ledger import fen
from ..populations import FINISHING, PREPARATION
from .bases import hire_fen
from .platforms import pay_milestone
from .studios import crew_of

if TYPE_CHECKING:
    from ..economy import MicroDramaEconomy

GIVE_UP_MONTHS = 6
"""A series nobody could staff for so long is abandoned."""


@njit(cache=True)
def _book(turn, city, days, bases_of_city, first, last, free_days):  # type: ignore[no-untyped-def]
    """First come, first served: each series takes the cheapest base of its city that has enough crew-days left."""
    booked = np.full(len(city), -1)
    for series in turn:
        for at in range(first[city[series]], last[city[series]]):
            base = bases_of_city[at]
            if free_days[base] >= days[series]:
                free_days[base] -= days[series]
                booked[series] = base
                break
    return booked


def book_sets(econ: MicroDramaEconomy) -> None:
    """(S5) Series ready to shoot book sets in the order in which they became ready; the others go on location."""
    series, bases, k = econ.series, econ.bases, len(econ.cities)
    ready = np.flatnonzero((series.stage == PREPARATION) & (series.due < 30 * (econ.month + 1)))
    city, u = series.city[ready], econ.luck("series.days").uniform(series.key[ready])
    days = np.floor(econ.survey.days_on_base[city] + u).astype(np.int64)
    turn = np.lexsort((series.key[ready], series.due[ready]))
    by_price = np.lexsort((bases.id, hire_fen(econ), bases.city))
    first, last = (np.searchsorted(bases.city[by_price], np.arange(k), side) for side in ("left", "right"))
    free_days = 30 * bases.crews * (bases.opens <= econ.month)
    base = _book(turn, city, days, by_price, first, last, free_days)
    econ.booking = (
        ready,
        base,
        np.where(base >= 0, days, np.floor(econ.survey.days_on_location[city] + u).astype(np.int64)),
    )

    wanted = np.bincount(city, days, k)
    econ.set_demand = 0.7 * econ.set_demand + 0.3 * wanted
    asked, got = np.bincount(city, minlength=k), np.bincount(city[base >= 0], minlength=k)
    chance = np.divide(got, asked, out=econ.set_chance.copy(), where=asked > 0)
    has_base = econ.crews_by_city(planned=False) > 0
    econ.set_chance = np.where(has_base, 0.7 * econ.set_chance + 0.3 * chance, 0.0)


def shoot(econ: MicroDramaEconomy) -> None:
    """(S3-S5) Staffed series are shot: sets, lodging, equipment and travel are paid, quality takes its shape."""
    p, series, studios, ledger, k = econ.p, econ.series, econ.studios, econ.ledger, len(econ.cities)
    ready, base, days = econ.booking
    staffed = econ.staffed
    wanted, put_off = (
        np.bincount(series.city[ready], minlength=k),
        np.bincount(series.city[ready[~staffed]], minlength=k),
    )
    late = np.divide(put_off, wanted, out=np.zeros(k), where=wanted > 0)
    econ.put_off = 0.7 * econ.put_off + 0.3 * late
    rows, base, days = ready[staffed], base[staffed], days[staffed]
    owner, city, home = studios.rows(series.studio[rows]), series.city[rows], series.home[rows]
    on_base = base >= 0

    hire = hire_fen(econ)[base[on_base]] * days[on_base]
    ledger.pay("set_hire", (studios, owner[on_base]), (econ.bases, base[on_base]), hire)
    np.add.at(econ.bases.booked_days, base[on_base], days[on_base])
    rent = fen(econ.cities.location_yuan_day[city] * days)[~on_base]
    ledger.pay("location_hire", (studios, owner[~on_base]), (econ.landlords, city[~on_base]), rent)
    place = np.empty(len(rows), np.int64)
    place[on_base], place[~on_base] = hire, rent

    lodging = crew_of(econ).sum() * p.living_yuan_day * econ.cities.price_level[city]
    travel = p.travelling_crew * 2 * p.travel_yuan_hour * econ.region.travel_hours[home, city]
    inputs = fen((lodging + p.equipment_yuan_day) * days)
    extra = fen(travel + p.overseas_cost_yuan * (econ.platforms.mode[series.platform[rows]] == 2))
    ledger.pay("inputs", (studios, owner), (econ.rest_of_china, 0), inputs + extra)
    pay_milestone(econ, rows, owner, 1)

    series.local_fen[rows] += place + inputs
    series.cost_fen[rows] += place + inputs + extra
    series.on_base[rows], series.shooting_days[rows], series.shot[rows] = on_base, days, econ.month
    finished = np.maximum(series.due[rows], 30 * econ.month) + days
    series.due[rows] = finished + p.post_days + p.review_days
    series.stage[rows] = FINISHING
    series.quality[rows] += _quality_of_place(econ, city, series.key[rows])

    claim = fen(rebate(series.local_fen[rows] / 100, econ.officials.rebate[city], econ.officials.rebate_cap_yuan[city]))
    econ.rebate_claims = owner, city, claim
    now = econ.panel.now
    now["shoot_days"] += np.bincount(city, days, k)
    now["series_shot"] += np.bincount(city, minlength=k)
    now["on_base"] += np.bincount(city, on_base, k)
    now["local_spending_yuan"] += np.bincount(city, series.local_fen[rows], k) / 100
    if len(rows):
        econ.series_cost = 0.9 * econ.series_cost + 0.1 * (series.cost_fen[rows].mean() / 100 + p.post_yuan)
    _abandon(econ)


def _quality_of_place(econ: MicroDramaEconomy, city: Array, keys: Array) -> Array:
    """(L2, A3) What the place adds to a series' log quality: the match its actors' pool holds, and local knowledge."""
    p = econ.p
    gain = np.zeros(len(city))
    if p.match_premium:
        luck = econ.luck("series.match").gumbel(keys)
        gain += match_premium(econ.pool[:, 2:].sum(axis=1)[city] / p.scale, luck, p.match_spread)
    known = externality(econ.knowledge, p.knowledge, p.externality_floor)
    return gain + p.agglomeration_scale * p.knowledge_weight * known[city]


def _abandon(econ: MicroDramaEconomy) -> None:
    """Series that nobody could staff for months are given up; what was paid is lost."""
    series = econ.series
    stuck = (series.stage == PREPARATION) & (series.due < 30 * (econ.month + 1 - GIVE_UP_MONTHS))
    econ.counts["abandoned"] += int(stuck.sum())
    series.remove(stuck)
