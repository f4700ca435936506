"""The labour market: hours, hiring, fatigue, day rates (L1-L4)."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..accounts.ledger import ALL, fen, yuan
from ..arithmetic import exp, log
from ..categories import ROLES
from ..compiled import compiled
from ..decisions import workers as rules
from ..decisions.smoothing import smoothed
from ..state import State, phase
from .studios import crew_of


@phase(
    reads="actors booking day_rates draws pool prospects reservation series studios tightness",
    writes="actors.days_worked actors.earned_fen actors.hired_fen actors.usual_fen leavers_days ledger "
    "panel.paid_days panel.wages_yuan panel.wages_extra_yuan panel.wages_crew_yuan panel.wages_actor_yuan "
    "panel.wages_lead_yuan prospects series.cost_fen series.local_fen staffed tightness",
)
def hire(econ: State) -> None:
    """(L1, L2) In random order, series call the workers of their city until their crew is complete.

    A worker accepts a bid at or above the own reservation wage; the two split the difference. A series that cannot
    fill most of its crew is put off to next month and its bookings lapse.
    """
    p, actors, series, k = econ.p, econ.actors, econ.series, len(econ.cities)
    ready, days = econ.booking.series, econ.booking.days
    city = series.city[ready]
    owner = econ.owners[ready]
    sheet, first = econ.draws("worker.call").shuffle(actors.id, actors.city * len(ROLES) + actors.role, k * len(ROLES))
    turn = econ.draws("hire.order").order(series.key[ready])
    bids = rules.bid_factor(econ.studios.quality[owner], p.bid_least, p.bid_slope, p.bid_quality_cap)
    crew = crew_of(econ)
    econ.staffed, fillable, people, paid, earned = _hire(
        turn=turn,
        city=city,
        days=days,
        bids=bids,
        crew=crew,
        enough=p.least_crew_share,
        sheet=sheet,
        first=first,
        day_rates=econ.day_rates,
        reservation=econ.reservation,
        reservation_factor=actors.reservation_factor,
        fatigue=actors.fatigue,
        fatigue_pay=p.fatigue_pay * p.fatigue,
        here=actors.away_until <= econ.month,
        month_days=p.working_days_month,
        days_worked=actors.days_worked,
        half=fen(1) / 2,
    )
    econ.leavers_days = 0
    econ.ledger.pay("wages", (econ.studios, owner), (actors, ALL), paid, earned)
    memory = p.income_memory_months
    wages = np.zeros((len(ROLES), k))
    _note_incomes(
        earned, actors.earned_fen, actors.hired_fen, actors.usual_fen, memory, actors.role, actors.city, wages
    )
    econ.panel.now["wages_yuan"] += yuan(wages.sum(axis=0))
    for role, fen_paid in zip(ROLES, wages, strict=True):
        econ.panel.now[f"wages_{role}_yuan"] += yuan(fen_paid)
    econ.panel.now["paid_days"] += _note_wages(ready, city, days, people, paid, series.cost_fen, series.local_fen, k)
    counts = {"openings": fillable | True, "fillable": fillable, "shot": fillable & econ.staffed[:, None]}
    econ.tightness, econ.prospects = (
        _tightness(
            past=past,
            wanted=_wanted(city, days, counted, crew, k),
            pool=econ.pool,
            month_days=p.working_days_month,
            cap=p.labour_shortage_cap,
            update_weight=p.tightness_update_weight,
        )
        for past, counted in ((econ.tightness, counts["openings"]), (econ.prospects, counts[p.expected_work]))
    )


@phase(reads="officials", writes="day_length hours")
def set_hours(econ: State) -> None:
    """(L4) Length of the shooting day by city, and how many more days a series takes where it is capped."""
    p = econ.p
    hours = np.minimum(p.shooting_hours, econ.officials.hours_cap if p.hours_cap else np.full(len(econ.cities), 24.0))
    usual = rules.effective_hours(p.shooting_hours, p.full_hours, p.fruitless_hours)
    econ.hours, econ.day_length = hours, usual / rules.effective_hours(hours, p.full_hours, p.fruitless_hours)


@phase(reads="actors hours draws", writes="actors.away_until actors.fatigue city_fatigue panel.burnt_out")
def accumulate_fatigue(econ: State) -> None:
    """(L4) Long weeks add to fatigue; some of the most tired burn out and stay away for months."""
    p, actors, k = econ.p, econ.actors, len(econ.cities)
    if not p.fatigue:
        return
    draws = econ.draws("worker.burnout")
    terms = p.rested_hours_week, p.fatigue_hours, p.fatigue_memory
    econ.city_fatigue, burnt = _accumulate(
        actors.fatigue, actors.days_worked, actors.city, econ.hours, terms, p.burnout_rate, draws.uniform(actors.id)
    )
    rest = draws.uniform(actors.id[burnt], np.array([1]))[0]
    further = np.floor((p.burnout_further_months + 1) * rest).astype(int)
    actors.away_until[burnt] = econ.month + 1 + p.burnout_least_months + further
    econ.panel.now["burnt_out"] += np.bincount(actors.city[actors.away_until > econ.month + 1], minlength=k)


@phase(
    reads="chart day_rates house_index reservation_2020 series_earns tightness",
    writes="day_rates reservation series_earns",
)
def adjust_wages(econ: State) -> None:
    """(L1, L3) Day rates rise where the labour market is tight and fall to a floor where it is slack.

    Where house prices fell people earn less elsewhere: they accept less, and the floor is lower.
    """
    p = econ.p
    slump = rules.released(econ.house_price, p.outside_income_elasticity)[:, None]
    econ.reservation = econ.reservation_2020 * slump
    earns, before = earnings_at_home(econ), econ.series_earns
    econ.series_earns = earns
    if not p.wage_adjustment:
        return
    growth = rules.wage_growth(econ.tightness, p.wage_tightness, p.wage_response)
    if p.lead_bidding and earns > 0 and before > 0:
        growth[:, ROLES.index("lead")] += p.lead_bidding * log(earns / before)
    econ.day_rates = np.maximum(econ.day_rates * exp(growth), p.wage_floor * slump * econ.cities.day_rates())


def earnings_at_home(econ: State) -> float:
    """Content money a series for viewers at home, as charts show it, yuan."""
    money, released = econ.chart[:, :2].sum(axis=1)
    return float(money / released)


# ---------------------------------------------------------------------- loops

_fatigue, _burnout, _smoothed = njit(rules.fatigue), njit(rules.burnout_probability), njit(smoothed)


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
    reservation,
    reservation_factor,
    fatigue,
    fatigue_pay,
    here,
    month_days,
    days_worked,
    half,
):
    """(L1, L2) Hire from the call sheets; the one market in which the order matters.

    Each series starts to call where the last one in its city stopped, and calls nobody twice. Tired workers have a
    higher reservation wage; those who are not ``here`` accept none. ``days_worked`` is filled.

    Parameters
    ----------
    turn : (series,) positions of series in the order in which they call
    city, days, bids : (series,) row, shooting days, bid relative to the day rate
    crew : (roles,) people
    enough : share of the crew with which a series is shot
    sheet : (workers,) rows of workers, one page after another
    first : (cities x roles + 1,) where each page of the sheet begins
    day_rates, reservation : (cities, roles) yuan a day: posted, and reservation wage of a worker of average skill
    reservation_factor, fatigue : (workers,) multiple of that reservation wage, fatigue
    fatigue_pay : rise of the reservation wage per unit of fatigue
    here : (workers,) whether they work this month
    month_days : days that a worker can be booked
    days_worked : (workers,) filled: days
    half : half a yuan in fen

    Returns
    -------
    staffed : (series,) whether it is shot
    fillable : (series, roles) whether it would be shot with that role filled
    people, paid : (series,) people it hires, wages in fen
    earned : (workers,) fen
    """
    roles, complete = len(crew), crew.sum()
    staffed, fillable = np.zeros(len(city), np.bool_), np.empty((len(city), roles), np.bool_)
    people, paid = np.zeros(len(city), np.int64), np.zeros(len(city), np.int64)
    seats, wages, lacking = np.empty(complete, np.int64), np.empty(complete, np.int64), np.empty(roles, np.int64)
    following = first[:-1].copy()
    price, earned = np.empty(len(here)), np.zeros(len(here), np.int64)
    for i in range(len(here)):
        price[i] = reservation_factor[i] * (1 + fatigue_pay * fatigue[i]) if here[i] else np.nan
        days_worked[i] = 0
    for project in turn:
        length, done = days[project], 0
        for role in range(roles):
            page = city[project] * roles + role
            begin, end = first[page], first[page + 1]
            bid = bids[project] * day_rates[city[project], role]
            least = reservation[city[project], role]
            limit = bid / least if least > 0 else np.inf
            at, calls, missing = following[page], end - begin, crew[role]
            while calls > 0 and missing > 0:
                worker = np.uint64(sheet[at])  # unsigned: spares the check for negative indices
                if (price[worker] <= limit) & (days_worked[worker] + length <= month_days):
                    seats[done] = sheet[at]
                    wages[done] = np.int64(half * (least * price[worker] + bid) + 0.5) * length
                    done += 1
                    missing -= 1
                calls -= 1
                at += 1
                if at == end:
                    at = begin
            following[page], lacking[role] = at, missing
        for role in range(roles):
            fillable[project, role] = done + lacking[role] >= enough * complete
        if done >= enough * complete:
            staffed[project], people[project] = True, done
            bill = 0
            for member in range(done):
                seat = np.uint64(seats[member])
                days_worked[seat] += length
                earned[seat] += wages[member]
                bill += wages[member]
            paid[project] = bill
    return staffed, fillable, people, paid, earned


@compiled
def _wanted(city, days, counted, crew, cities):  # type: ignore[no-untyped-def]
    """(cities, roles) days of people that series want, of those ``counted`` (series, roles)."""
    wanted = np.zeros((cities, len(crew)))
    for i in range(len(city)):
        for role in range(len(crew)):
            wanted[city[i], role] += counted[i, role] * days[i] * crew[role]
    return wanted


@compiled
def _note_wages(ready, city, days, people, paid, cost, local, cities):  # type: ignore[no-untyped-def]
    """Wages in the books of series, fen; (cities,) days of people paid."""
    paid_days = np.zeros(cities)
    for at in range(len(ready)):
        cost[ready[at]] += paid[at]
        local[ready[at]] += paid[at]
        paid_days[city[at]] += people[at] * days[at]
    return paid_days


@compiled
def _note_incomes(earned, month, total, usual, memory_months, role, city, wages):  # type: ignore[no-untyped-def]
    """(workers,) fen of film income in the month, in total so far, and in a usual month: an exponential mean.

    ``wages`` (roles, cities) are added to, in fen: whole numbers, so their order is nothing.
    """
    for worker in range(len(earned)):
        month[worker] = earned[worker]
        total[worker] += earned[worker]
        usual[worker] += (earned[worker] - usual[worker]) / memory_months
        wages[role[worker], city[worker]] += earned[worker]


@compiled
def _tightness(past, wanted, pool, month_days, cap, update_weight):  # type: ignore[no-untyped-def]
    """(L3) Days of people that series want over the days there are, at most ``cap``, smoothed; all (cities, roles)."""
    tightness = np.empty(past.shape)
    for city in range(past.shape[0]):
        for role in range(past.shape[1]):
            demand, supply = wanted[city, role], pool[city, role] * month_days
            ratio = demand / supply if supply > 0 else 1.0 * (demand > 0)
            tightness[city, role] = _smoothed(past[city, role], min(ratio, cap), update_weight)
    return tightness


@compiled
def _accumulate(fatigue, days, city, hours, terms, rate, u):  # type: ignore[no-untyped-def]
    """(L4) Bring everybody's ``fatigue`` up to date.

    Parameters
    ----------
    fatigue, days, city, u : (workers,) fatigue, days worked this month, row, uniform numbers
    hours : (cities,) length of a shooting day
    terms : the last three arguments of the rule
    rate : hazard of burnout per squared fatigue, 1/month

    Returns
    -------
    mean : (cities,) fatigue of those at work, weighted by days
    burnt : (n,) rows of those who burn out
    """
    worked, tired, burnt, n = np.zeros(len(hours)), np.zeros(len(hours)), np.empty(len(days), np.int64), 0
    for i in range(len(days)):
        fatigue[i] = _fatigue(fatigue[i], days[i] * hours[np.uint64(city[i])] * 7 / 30, *terms)
    for i in range(len(days)):
        here, f = np.uint64(city[i]), fatigue[i]
        worked[here] += days[i]
        tired[here] += days[i] * f
        if f > 0 and days[i] > 0 and u[i] < rate * f * f:  # 1 - exp(-x) is at most x: most need no exponential
            burnt[n] = i
            n += u[i] < _burnout(f, rate)
    for at in range(len(hours)):
        tired[at] = tired[at] / worked[at] if worked[at] > 0 else 0.0
    return tired, burnt[:n].copy()
