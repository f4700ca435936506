"""The labour market: hours, call sheets, hiring, fatigue, day rates (L1-L4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from ..columns import Array
from ..decisions import workers as rules
from ..decisions.studios import bid_factor
from ..inputs import ROLES
from ..ledger import fen, yuan
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
    ready, _, days, _ = econ.booking
    city = series.city[ready]
    owner = econ.studios.rows(series.studio[ready])
    sheet, first = call_sheets(econ)
    fit = actors.away_until[sheet] <= econ.month
    asks = actors.asks[sheet] * (1 + p.fatigue_pay * p.fatigue * actors.fatigue[sheet])
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
        asks,
        fit * np.int32(p.working_days_month),
        fen(1) / 2,
    )
    econ.ledger.pay("wages", (econ.studios, owner), (actors, sheet), paid, earned)
    actors.days_worked[sheet] = fit * p.working_days_month - days_left
    actors.earned_fen[sheet] = earned
    actors.hired_fen += actors.earned_fen
    actors.usual_fen += (actors.earned_fen - actors.usual_fen) / 6
    series.cost_fen[ready] += paid
    series.local_fen[ready] += paid
    econ.panel.now["wages_yuan"] += yuan(np.bincount(city, paid, k))
    econ.panel.now["paid_days"] += np.bincount(city, people * days, k)

    asked = np.bincount(city, days, k)[:, None] * crew
    supply = econ.pool * p.working_days_month
    demand = np.divide(asked, supply, out=(asked > 0).astype(float), where=supply > 0)
    econ.tightness = 0.7 * econ.tightness + 0.3 * np.minimum(demand, SHORTAGE)


def set_hours(econ: MicroDramaEconomy) -> None:
    """(L4) Length of the shooting day by city, and how many more days a series takes where it is capped."""
    p = econ.p
    hours = (
        np.minimum(p.shooting_hours, econ.officials.hours_cap)
        if p.hours_cap
        else np.full(len(econ.cities), p.shooting_hours)
    )
    usual = rules.effective_hours(p.shooting_hours, p.full_hours, p.fruitless_hours)
    econ.hours, econ.day_length = hours, usual / rules.effective_hours(hours, p.full_hours, p.fruitless_hours)


def tire(econ: MicroDramaEconomy) -> None:
    """(L4) Long weeks tire; the most tired burn out and stay away for two to six months."""
    p, actors, k = econ.p, econ.actors, len(econ.cities)
    if not p.fatigue:
        return
    week = actors.days_worked * econ.hours[actors.city] * 7 / 30
    actors.fatigue = rules.fatigue(actors.fatigue, week, p.rested_hours_week, p.fatigue_hours, p.fatigue_memory)
    days = np.bincount(actors.city, actors.days_worked, k)
    tired = np.bincount(actors.city, actors.days_worked * actors.fatigue, k)
    econ.city_fatigue = np.divide(tired, days, out=np.zeros(k), where=days > 0)
    at_risk = np.flatnonzero((actors.fatigue > 0) & (actors.days_worked > 0))
    luck = econ.luck("worker.burnout").uniform(actors.id[at_risk], np.arange(2))
    gone = luck[0] < rules.burnout_probability(actors.fatigue[at_risk], p.burnout_rate)
    rows = at_risk[gone]
    actors.away_until[rows] = econ.month + 3 + np.floor(5 * luck[1][gone]).astype(int)
    econ.panel.now["burnt_out"] += np.bincount(actors.city[actors.away_until > econ.month + 1], minlength=k)


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
def _hire(turn, city, days, bids, crew, enough, first, day_rates, lowest, asks, days_left, half):  # type: ignore[no-untyped-def]
    """Hire down the call sheets; the one market whose order matters.

    Each series goes on calling where the last one in its city stopped, at most once round the sheet. Everything about
    workers is in the order of the sheets, so that calling walks through memory in step.

    ``half`` is half a yuan in fen.

    Returns
    -------
    staffed, people, paid : by series: whether it shoots, how many it hired, wages in fen
    days_left (reduced by what is booked), earned : by worker, in the order of the sheets
    """
    roles, complete = len(crew), crew.sum()
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
                    wages[done] = np.int64(half * (least * asks[at] + bid) + 0.5) * length
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
    growth = rules.wage_growth(econ.tightness, p.wage_tightness, p.wage_response)
    econ.day_rates = np.maximum(econ.day_rates * np.exp(growth), p.wage_floor * econ.cities.day_rates())
