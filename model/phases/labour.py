"""The labour market: call sheets, hiring, day rates (L1-L3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from ..columns import Array
from ..decisions.studios import bid_factor
from ..decisions.workers import wage_growth
from ..draws import _uniform  # noqa: F401 - compiled together
from ..inputs import ROLES
from .studios import crew_of

if TYPE_CHECKING:
    from ..economy import MicroDramaEconomy

ENOUGH = 0.8
"""Share of a crew without which shooting is put off."""


def hire(econ: MicroDramaEconomy) -> None:
    """(L1, L2) In random order, series hire down the call sheets of their city until their crew is complete.

    A worker accepts a bid at or above the own reservation wage; the two split the difference. A series that cannot
    fill most of its crew is put off to next month and its bookings lapse.
    """
    p, actors, series, k = econ.p, econ.actors, econ.series, len(econ.cities)
    ready, _, days = econ.booking
    city = series.city[ready]
    owner = econ.studios.rows(series.studio[ready])
    sheet, first = call_sheets(econ)
    turn = np.lexsort((series.key[ready], econ.luck("hire.order").uniform(series.key[ready])))
    bids = bid_factor(econ.studios.quality[owner])
    crew = crew_of(econ)
    asked = np.bincount(city, days, k)[:, None] * crew
    lowest = p.reservation_discount * econ.cities.day_rates()
    staffed, job, who, pay = _hire(
        turn, city, days, bids, crew, ENOUGH, sheet, first, econ.day_rates, lowest, actors.asks,
        np.full(len(actors), p.working_days_month),
    )  # fmt: skip
    econ.staffed = staffed
    worked = days[job]
    wages = np.floor(pay * 100 + 0.5).astype(np.int64) * worked
    econ.ledger.pay("wages", (econ.studios, owner[job]), (actors, who), wages)
    np.add.at(actors.days_worked, who, worked.astype(np.int32))
    np.add.at(actors.earned_fen, who, wages)
    actors.hired_fen += actors.earned_fen
    np.add.at(series.cost_fen, ready[job], wages)
    np.add.at(series.local_fen, ready[job], wages)
    econ.panel.now["wages_yuan"] += np.bincount(city[job], wages, k) / 100
    econ.panel.now["paid_days"] += np.bincount(city[job], worked, k)

    pool = np.bincount(actors.city * len(ROLES) + actors.role, minlength=k * len(ROLES)).reshape(k, -1)
    demand = np.divide(asked, pool * p.working_days_month, out=np.zeros(asked.shape), where=pool > 0)
    demand[(pool == 0) & (asked > 0)] = 1.0
    econ.tightness = 0.7 * econ.tightness + 0.3 * demand


def call_sheets(econ: MicroDramaEconomy) -> tuple[Array, Array]:
    """Workers by city and role, best value first: skill and the month's luck.

    One sort of packed integers (city and role | value | row), far faster than sorting by several keys.

    Returns
    -------
    sheet : (workers,) rows of the actors table
    first : (cities x roles + 1,) where each sheet starts
    """
    actors = econ.actors
    value = actors.skill + econ.luck("worker.value").normal(actors.id)
    rank = np.clip((8.0 - value) * (2.0**24 / 16.0), 0, 2**24 - 1).astype(np.int64)
    sheet = actors.city.astype(np.int64) * len(ROLES) + actors.role
    packed = (sheet << 48) | (rank << 24) | np.arange(len(actors))
    packed.sort()
    first = np.searchsorted(packed >> 48, np.arange(len(econ.cities) * len(ROLES) + 1))
    return packed & (2**24 - 1), first


@njit(cache=True)
def _hire(turn, city, days, bids, crew, enough, sheet, first, day_rates, lowest, asks, days_left):  # type: ignore[no-untyped-def]
    """Hire down the call sheets; the one market whose order matters.

    A call sheet is a linked list: workers who have not the days left for any of the month's jobs drop out of it.
    """
    roles = len(crew)
    people = crew.sum()
    following = np.arange(1, len(sheet) + 1)
    head = first[:-1].copy()
    staffed = np.zeros(len(city), np.bool_)
    job = np.empty(len(city) * people, np.int64)
    who = np.empty(len(city) * people, np.int64)
    pay = np.empty(len(city) * people)
    done, longest = 0, days.max() if len(days) else 0
    for project in turn:
        length = days[project]
        start = done
        for role in range(roles):
            here = city[project] * roles + role
            bid = bids[project] * day_rates[city[project], role]
            hired, refusals, before, at = 0, 0, -1, head[here]
            while at < first[here + 1] and hired < crew[role] and refusals < 2 * crew[role] + 10:
                worker = sheet[at]
                asked = lowest[city[project], role] * asks[worker]
                if days_left[worker] < longest:  # booked out: off the sheet
                    if before < 0:
                        head[here] = following[at]
                    else:
                        following[before] = following[at]
                elif asked <= bid:
                    job[done], who[done], pay[done] = project, worker, 0.5 * (asked + bid)
                    done += 1
                    hired += 1
                    before = at
                else:
                    refusals += 1
                    before = at
                at = following[at]
        if done - start >= enough * people:
            staffed[project] = True
            for booking in range(start, done):
                days_left[who[booking]] -= length
        else:
            done = start
    return staffed, job[:done], who[:done], pay[:done]


def adjust_wages(econ: MicroDramaEconomy) -> None:
    """(L3) Day rates rise where workers are booked out, fall to a floor where they wait for calls."""
    p = econ.p
    if not p.wage_adjustment:
        return
    growth = wage_growth(econ.tightness, p.wage_tightness, p.wage_response)
    econ.day_rates = np.maximum(econ.day_rates * np.exp(growth), p.wage_floor * econ.cities.day_rates())
