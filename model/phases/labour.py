"""The labour market: hours, hiring, fatigue, day rates (L1-L4)."""

from __future__ import annotations

import numpy as np

from ..accounts.ledger import entry, pay_out
from ..arithmetic import exp, log
from ..categories import ROLES
from ..compiled import compiled
from ..decisions import workers as rules
from ..decisions.smoothing import smoothed
from ..draws import keys_of, number_of, shuffled, uniforms
from ..over_state import over_state
from ..state import State, house_price_in, phase
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
    econ.staffed, econ.leavers_days = _hire_crews(econ), 0


@over_state
def _hire_crews(econ):  # type: ignore[no-untyped-def]
    """Of each booked series whether it is shot."""
    p, actors, booking, k, crew = econ.p, econ.actors, econ.booking, len(econ.cities), crew_of(econ)
    ready, days, page = booking.series, booking.days, np.empty(len(actors), np.int32)
    city, owner, bids = econ.series.city[ready], econ.owners[ready], np.empty(len(ready))
    for worker in range(len(page)):
        page[worker] = actors.city[worker] * ROLES_THERE + actors.role[worker]
    sheet, first = shuffled(econ.draws.of("worker.call"), econ.draws.month, actors.id, page, k * ROLES_THERE)
    u = uniforms(econ.draws.of("hire.order"), econ.draws.month, 0, econ.series.key[ready])
    for at in range(len(bids)):
        bids[at] = rules.bid_factor(econ.studios.quality[owner[at]], p.bid_least, p.bid_slope, p.bid_quality_cap)
    staffed, fillable, people, paid, earned = _hire(
        turn=np.argsort(u, kind="mergesort"),
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
        half=econ.fen_per_yuan / 2,
    )
    for at in range(len(ready)):
        econ.series.cost_fen[ready[at]] += paid[at]
        econ.series.local_fen[ready[at]] += paid[at]
        econ.panel.now["paid_days"][city[at]] += people[at] * days[at]
    _note_incomes(econ, earned)
    _note_tightness(econ, econ.tightness, _wanted(econ, crew, fillable | True))
    counted = fillable | (p.expected_work == "openings")
    if p.expected_work == "shot":
        for at in range(len(ready)):
            counted[at] &= staffed[at]
    _note_tightness(econ, econ.prospects, _wanted(econ, crew, counted))
    pay_out(econ.ledger.flows, WAGES, econ.studios.books, owner, paid, actors.books, earned)
    return staffed


WAGES = entry("wages", "ST>HH")
ROLES_THERE, LEAD = len(ROLES), ROLES.index("lead")


@over_state
def _wanted(econ, crew, counted):  # type: ignore[no-untyped-def]
    """(cities, roles) days of people that booked series want, of those ``counted`` (bookings, roles)."""
    booking, wanted = econ.booking, np.zeros((len(econ.cities), len(crew)))
    for at in range(len(booking.series)):
        for role in range(len(crew)):
            days = counted[at, role] * booking.days[at] * crew[role]
            wanted[econ.series.city[booking.series[at]], role] += days
    return wanted


@over_state
def _note_tightness(econ, past, wanted):  # type: ignore[no-untyped-def]
    """(L3) Days of people that series want over the days there are, at most a cap, smoothed; all (cities, roles)."""
    p = econ.p
    for city in range(len(past)):
        for role in range(past.shape[1]):
            demand, supply = wanted[city, role], econ.pool[city, role] * p.working_days_month
            ratio = demand / supply if supply > 0 else 1.0 * (demand > 0)
            latest = min(ratio, p.labour_shortage_cap)
            past[city, role] = smoothed(past[city, role], latest, p.tightness_update_weight)


@over_state
def _note_incomes(econ, earned):  # type: ignore[no-untyped-def]
    """Film income of workers in the month, in total so far, and in a usual month: an exponential mean."""
    actors, now, memory = econ.actors, econ.panel.now, econ.p.income_memory_months
    wages = np.zeros((len(econ.cities), ROLES_THERE), np.int64)
    for worker in range(len(earned)):
        actors.earned_fen[worker] = earned[worker]
        actors.hired_fen[worker] += earned[worker]
        actors.usual_fen[worker] += (earned[worker] - actors.usual_fen[worker]) / memory
    for worker in range(len(earned)):
        wages[np.uint64(actors.city[worker]), np.uint64(actors.role[worker])] += earned[worker]
    for city in range(len(wages)):
        extras, crew, cast, leads = wages[city] / econ.fen_per_yuan
        now["wages_extra_yuan"][city] += extras
        now["wages_crew_yuan"][city] += crew
        now["wages_actor_yuan"][city] += cast
        now["wages_lead_yuan"][city] += leads
        now["wages_yuan"][city] += wages[city].sum() / econ.fen_per_yuan


@phase(reads="officials", writes="day_length hours")
@over_state
def set_hours(econ):  # type: ignore[no-untyped-def]
    """(L4) Length of the shooting day by city, and how many more days a series takes where it is capped."""
    p = econ.p
    usual = rules.effective_hours(p.shooting_hours, p.full_hours, p.fruitless_hours)
    for city in range(len(econ.cities)):
        hours = min(p.shooting_hours, econ.officials.hours_cap[city] if p.hours_cap else 24.0)
        econ.hours[city] = hours
        econ.day_length[city] = usual / rules.effective_hours(hours, p.full_hours, p.fruitless_hours)


@phase(reads="actors hours draws", writes="actors.away_until actors.fatigue city_fatigue panel.burnt_out")
@over_state
def accumulate_fatigue(econ):  # type: ignore[no-untyped-def]
    """(L4) Long weeks add to fatigue; some of the most tired burn out and stay away for months."""
    p, actors, month, seed = econ.p, econ.actors, econ.draws.month, econ.draws.of("worker.burnout")
    if not p.fatigue:
        return
    fatigue, days, home, u = actors.fatigue, actors.days_worked, actors.city, uniforms(seed, month, 0, actors.id)
    k0, k1 = keys_of(seed, month, 1)
    hours, last, work, load = np.empty(len(days)), np.uint64(0), 0.0, 0.0
    worked, tired = np.zeros((2, len(econ.cities)))
    for i in range(len(days)):
        hours[i] = days[i] * econ.hours[np.uint64(home[i])]
    for i in range(len(days)):  # apart from the other loops: several at once
        week = hours[i] * 7 / 30
        fatigue[i] = rules.fatigue(fatigue[i], week, p.rested_hours_week, p.fatigue_hours, p.fatigue_memory)
    for i in range(len(days)):
        city = np.uint64(home[i])
        if city != last:  # neighbours are often of one city: its sums need not go through memory
            worked[last], tired[last] = work, load
            last, work, load = city, worked[city], tired[city]
        work += days[i]
        load += days[i] * fatigue[i]
    worked[last], tired[last] = work, load
    for i in range(len(days)):
        city, f = np.uint64(home[i]), fatigue[i]
        at_most = p.burnout_rate * f * f  # 1 - exp(-x) is at most x: most need no exponential
        if f > 0 and days[i] > 0 and u[i] < at_most and u[i] < rules.burnout_probability(f, p.burnout_rate):
            further = np.floor((p.burnout_further_months + 1) * number_of(k0, k1, actors.id[i]))
            actors.away_until[i] = econ.month + 1 + p.burnout_least_months + np.int64(further)
        if actors.away_until[i] > econ.month + 1:
            econ.panel.now["burnt_out"][city] += 1
    for at in range(len(worked)):
        econ.city_fatigue[at] = tired[at] / worked[at] if worked[at] > 0 else 0.0


@phase(
    reads="chart day_rates house_index reservation_2020 series_earns tightness",
    writes="day_rates reservation series_earns",
)
def adjust_wages(econ: State) -> None:
    """(L1, L3) Day rates rise where the labour market is tight and fall to a floor where it is slack.

    Where house prices fell people earn less elsewhere: they accept less, and the floor is lower.
    """
    econ.series_earns = _adjust_wages(econ)


@over_state
def _adjust_wages(econ):  # type: ignore[no-untyped-def]
    p, rates, rates_2020 = econ.p, econ.day_rates, econ.cities.day_rates
    earns, before = earnings_at_home(econ), econ.series_earns
    for city in range(len(rates)):
        slump = rules.released(house_price_in(econ, city), p.outside_income_elasticity)
        for role in range(ROLES_THERE):
            econ.reservation[city, role] = econ.reservation_2020[city, role] * slump
            if p.wage_adjustment:
                growth = rules.wage_growth(econ.tightness[city, role], p.wage_tightness, p.wage_response)
                if role == LEAD and p.lead_bidding and earns > 0 and before > 0:
                    growth += p.lead_bidding * log(earns / before)
                floor = p.wage_floor * slump * rates_2020[city, role]
                rates[city, role] = max(rates[city, role] * exp(growth), floor)
    return earns


@over_state
def earnings_at_home(econ):  # type: ignore[no-untyped-def]
    """Content money a series for viewers at home, as charts show it, yuan."""
    return (econ.chart[0, 0] + econ.chart[0, 1]) / (econ.chart[1, 0] + econ.chart[1, 1])


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
