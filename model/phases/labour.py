"""The labour market: hours, call sheets, hiring, fatigue, day rates (L1-L4)."""

from __future__ import annotations

import numpy as np

from ..accounts.ledger import ALL, fen, yuan
from ..categories import ROLES
from ..compiled import compiled
from ..decisions import workers as rules
from ..decisions.studios import bid_factor
from ..state import State, phase
from .studios import crew_of

SHORTAGE = 2.0
"""Days asked for beyond this multiple of the days there are drive wages up no faster."""
ENOUGH = 0.8
"""Share of a crew without which shooting is put off."""


@phase(
    reads="actors booking day_rates luck pool reservation series studios tightness",
    writes="actors.days_worked actors.earned_fen actors.hired_fen actors.usual_fen leavers_days ledger "
    "panel.paid_days panel.wages_yuan series.cost_fen series.local_fen staffed tightness",
)
def hire(econ: State) -> None:
    """(L1, L2) In random order, series call down the sheets of their city until their crew is complete.

    A worker accepts a bid at or above the own reservation wage; the two split the difference. A series that cannot
    fill most of its crew is put off to next month and its bookings lapse.
    """
    p, actors, series, k = econ.p, econ.actors, econ.series, len(econ.cities)
    ready, _, days, _ = econ.booking
    city = series.city[ready]
    owner = econ.owners[ready]
    sheet, first = econ.luck("worker.call").shuffle(actors.id, actors.city * len(ROLES) + actors.role, k * len(ROLES))
    turn = econ.luck("hire.order").order(series.key[ready])
    bids = bid_factor(econ.studios.quality[owner])
    crew = crew_of(econ)
    econ.staffed, people, paid, earned = _hire(
        turn,
        city,
        days,
        bids,
        crew,
        ENOUGH,
        sheet,
        first,
        econ.day_rates,
        econ.reservation,
        actors.asks,
        actors.fatigue,
        p.fatigue_pay * p.fatigue,
        actors.away_until <= econ.month,
        p.working_days_month,
        actors.days_worked,
        fen(1) / 2,
    )
    econ.leavers_days = 0
    econ.ledger.pay("wages", (econ.studios, owner), (actors, ALL), paid, earned)
    _note_incomes(earned, actors.earned_fen, actors.hired_fen, actors.usual_fen)
    wages, paid_days, asked = _note_wages(ready, city, days, people, paid, series.cost_fen, series.local_fen, k)
    econ.panel.now["wages_yuan"] += yuan(wages)
    econ.panel.now["paid_days"] += paid_days
    econ.tightness = _tightness(econ.tightness, asked, crew, econ.pool, p.working_days_month)


@phase(reads="officials", writes="day_length hours")
def set_hours(econ: State) -> None:
    """(L4) Length of the shooting day by city, and how many more days a series takes where it is capped."""
    p = econ.p
    hours = np.minimum(p.shooting_hours, econ.officials.hours_cap if p.hours_cap else np.full(len(econ.cities), 24.0))
    usual = rules.effective_hours(p.shooting_hours, p.full_hours, p.fruitless_hours)
    econ.hours, econ.day_length = hours, usual / rules.effective_hours(hours, p.full_hours, p.fruitless_hours)


@phase(reads="actors hours luck", writes="actors.away_until actors.fatigue city_fatigue panel.burnt_out")
def tire(econ: State) -> None:
    """(L4) Long weeks tire; the most tired burn out and stay away for two to six months."""
    p, actors, k = econ.p, econ.actors, len(econ.cities)
    if not p.fatigue:
        return
    luck = econ.luck("worker.burnout")
    terms = p.rested_hours_week, p.fatigue_hours, p.fatigue_memory
    econ.city_fatigue, burnt = rules.tire_all(
        actors.fatigue, actors.days_worked, actors.city, econ.hours, terms, p.burnout_rate, luck.uniform(actors.id)
    )
    rest = luck.uniform(actors.id[burnt], np.array([1]))[0]
    actors.away_until[burnt] = econ.month + 3 + np.floor(5 * rest).astype(int)
    econ.panel.now["burnt_out"] += np.bincount(actors.city[actors.away_until > econ.month + 1], minlength=k)


@compiled
def _hire(  # type: ignore[no-untyped-def]
    turn,
    city,
    days,
    bids,
    crew,
    enough,
    sheet,
    first,
    day_rates,
    lowest,
    asks,
    fatigue,
    weariness,
    here,
    month_days,
    days_worked,
    half,
):
    """Hire down the call sheets (rows of workers, page by page from ``first``); the one market whose order matters.

    Each series goes on calling where the last one in its city stopped, at most once round the sheet. Tired workers ask
    for more, those who are not ``here`` accept no price.

    ``half`` is half a yuan in fen. ``days_worked`` is filled.

    Returns
    -------
    staffed, people, paid : by series: whether it shoots, how many it hired, wages in fen
    earned : by worker: fen
    """
    roles, complete = len(crew), crew.sum()
    staffed = np.zeros(len(city), np.bool_)
    people, paid = np.zeros(len(city), np.int64), np.zeros(len(city), np.int64)
    seats, wages = np.empty(complete, np.int64), np.empty(complete, np.int64)
    following = first[:-1].copy()
    price, earned = np.empty(len(asks)), np.zeros(len(asks), np.int64)
    for i in range(len(asks)):
        price[i] = asks[i] * (1 + weariness * fatigue[i]) if here[i] else np.nan
        days_worked[i] = 0
    for project in turn:
        length, done = days[project], 0
        for role in range(roles):
            page = city[project] * roles + role
            begin, end = first[page], first[page + 1]
            bid = bids[project] * day_rates[city[project], role]
            least = lowest[city[project], role]
            limit = bid / least if least > 0 else np.inf
            at, calls, missing = following[page], end - begin, crew[role]
            while calls > 0 and missing > 0:
                worker = np.uint64(sheet[at])  # an index without a sign is not tried for counting from the end
                if (price[worker] <= limit) & (days_worked[worker] + length <= month_days):
                    seats[done] = sheet[at]
                    wages[done] = np.int64(half * (least * price[worker] + bid) + 0.5) * length
                    done += 1
                    missing -= 1
                calls -= 1
                at += 1
                if at == end:
                    at = begin
            following[page] = at
        if done >= enough * complete:
            staffed[project], people[project] = True, done
            bill = 0
            for hired in range(done):
                seat = np.uint64(seats[hired])
                days_worked[seat] += length
                earned[seat] += wages[hired]
                bill += wages[hired]
            paid[project] = bill
    return staffed, people, paid, earned


@compiled
def _note_wages(ready, city, days, people, paid, cost, local, cities):  # type: ignore[no-untyped-def]
    """Wages in the books of series, fen.

    Returns
    -------
    wages, paid_days, asked : by city: fen, days of people paid, days for which series wanted each of their crew
    """
    wages, paid_days, asked = np.zeros(cities), np.zeros(cities), np.zeros(cities)
    for at in range(len(ready)):
        cost[ready[at]] += paid[at]
        local[ready[at]] += paid[at]
        wages[city[at]] += paid[at]
        paid_days[city[at]] += people[at] * days[at]
        asked[city[at]] += days[at]
    return wages, paid_days, asked


@compiled
def _note_incomes(earned, month, hired, usual):  # type: ignore[no-untyped-def]
    """Film income of the month, so far, and of a usual month: a mean that forgets within half a year."""
    for worker in range(len(earned)):
        month[worker] = earned[worker]
        hired[worker] += earned[worker]
        usual[worker] += (earned[worker] - usual[worker]) / 6


@compiled
def _tightness(past, asked, crew, pool, month_days):  # type: ignore[no-untyped-def]
    """(L3; cities, roles) Days asked for over the days there are: a mean that forgets within months."""
    tightness = np.empty(past.shape)
    for city in range(past.shape[0]):
        for role in range(past.shape[1]):
            wanted, supply = asked[city] * crew[role], pool[city, role] * month_days
            demand = wanted / supply if supply > 0 else 1.0 * (wanted > 0)
            tightness[city, role] = 0.7 * past[city, role] + 0.3 * min(demand, SHORTAGE)
    return tightness


@phase(reads="day_rates tightness", writes="day_rates")
def adjust_wages(econ: State) -> None:
    """(L3) Day rates rise where workers are booked out, fall to a floor where they wait for calls."""
    p = econ.p
    if not p.wage_adjustment:
        return
    growth = rules.wage_growth(econ.tightness, p.wage_tightness, p.wage_response)
    econ.day_rates = np.maximum(econ.day_rates * np.exp(growth), p.wage_floor * econ.cities.day_rates())
