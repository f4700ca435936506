"""The labour market: call sheets, hiring, day rates (L1-L3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from ..columns import Array
from ..decisions.studios import bid_factor
from ..decisions.workers import wage_growth
from ..inputs import ROLES
from .studios import crew_of

if TYPE_CHECKING:
    from ..economy import MicroDramaEconomy

SHORTAGE = 2.0
"""Days asked for beyond this multiple of the days there are drive wages up no faster."""
ENOUGH = 0.8
"""Share of a crew without which shooting is put off."""


def hire(econ: MicroDramaEconomy) -> None:
    """(L1, L2) In random order, series call down the sheets of their city until their crew is complete.

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
    econ.staffed, people, paid, days_left, earned = _hire(
        turn,
        city,
        days,
        bids,
        crew,
        ENOUGH,
        first,
        econ.day_rates,
        econ.reservation,
        actors.asks[sheet],
        p.working_days_month,
    )
    econ.ledger.pay("wages", (econ.studios, owner), (actors, sheet), paid, earned)
    actors.days_worked[sheet] = p.working_days_month - days_left
    actors.earned_fen[sheet] = earned
    actors.hired_fen += actors.earned_fen
    series.cost_fen[ready] += paid
    series.local_fen[ready] += paid
    econ.panel.now["wages_yuan"] += np.bincount(city, paid, k) / 100
    econ.panel.now["paid_days"] += np.bincount(city, people * days, k)

    asked = np.bincount(city, days, k)[:, None] * crew
    supply = econ.pool * p.working_days_month
    demand = np.divide(asked, supply, out=(asked > 0).astype(float), where=supply > 0)
    econ.tightness = 0.7 * econ.tightness + 0.3 * np.minimum(demand, SHORTAGE)


def call_sheets(econ: MicroDramaEconomy) -> tuple[Array, Array]:
    """Workers by city and role, in the month's random order of who is called first.

    One sort of packed integers (city and role | luck | row), far faster than sorting by several keys.

    Returns
    -------
    sheet : (workers,) rows of the actors table
    first : (cities x roles + 1,) where each sheet starts
    """
    actors = econ.actors
    packed = (econ.luck("worker.call").uniform(actors.id) * 2.0**24).astype(np.int64)
    packed |= (actors.city.astype(np.int64) * len(ROLES) + actors.role) << 24
    packed <<= 24
    packed |= np.arange(len(actors))
    packed.sort()
    first = np.searchsorted(packed, np.arange(len(econ.cities) * len(ROLES) + 1) << 48)
    packed &= 2**24 - 1
    return packed, first


@njit(cache=True)
def _hire(turn, city, days, bids, crew, enough, first, day_rates, lowest, asks, month_days):  # type: ignore[no-untyped-def]
    """Hire down the call sheets; the one market whose order matters.

    Each series goes on calling where the last one in its city stopped, at most once round the sheet. Everything about
    workers is in the order of the sheets, so that calling walks through memory in step.

    Returns
    -------
    staffed, people, paid : by series: whether it shoots, how many it hired, wages in fen
    days_left, earned : by worker, in the order of the sheets
    """
    roles, complete = len(crew), crew.sum()
    days_left = np.full(len(asks), month_days, np.int32)
    earned = np.zeros(len(asks), np.int64)
    following = first[:-1].copy()
    staffed = np.zeros(len(city), np.bool_)
    people, paid = np.zeros(len(city), np.int64), np.zeros(len(city), np.int64)
    seats, wages = np.empty(complete, np.int64), np.empty(complete, np.int64)
    for project in turn:
        length, done = days[project], 0
        for role in range(roles):
            sheet = city[project] * roles + role
            begin, end = first[sheet], first[sheet + 1]
            bid = bids[project] * day_rates[city[project], role]
            least = lowest[city[project], role]
            limit = bid / least if least > 0 else np.inf
            at, calls, missing = following[sheet], end - begin, crew[role]
            while calls > 0 and missing > 0:
                if (asks[at] <= limit) & (days_left[at] >= length):
                    seats[done] = at
                    wages[done] = np.int64(50 * (least * asks[at] + bid) + 0.5) * length
                    done += 1
                    missing -= 1
                calls -= 1
                at += 1
                if at == end:
                    at = begin
            following[sheet] = at
        if done >= enough * complete:
            staffed[project], people[project] = True, done
            for hired in range(done):
                days_left[seats[hired]] -= length
                earned[seats[hired]] += wages[hired]
                paid[project] += wages[hired]
    return staffed, people, paid, days_left, earned


def adjust_wages(econ: MicroDramaEconomy) -> None:
    """(L3) Day rates rise where workers are booked out, fall to a floor where they wait for calls."""
    p = econ.p
    if not p.wage_adjustment:
        return
    growth = wage_growth(econ.tightness, p.wage_tightness, p.wage_response)
    econ.day_rates = np.maximum(econ.day_rates * np.exp(growth), p.wage_floor * econ.cities.day_rates())
