"""Studios that close, workers that come, go and move (S11, L5, L7)."""

from __future__ import annotations

import numpy as np

from ..accounts.ledger import entry, pay, whole_fen
from ..arithmetic import exp, log
from ..arrays import Array
from ..decisions import cities as city_rules
from ..decisions import workers as rules
from ..draws import first_of_clocks, keys_of, normals, number_of, uniforms
from ..ids import ORDINAL_BITS, stable_ids
from ..over_state import over_state
from ..populations.tables import ON_SCREEN, Actors
from ..state import State, phase
from .cities import COST, SWITCH, charge, promise, within_budget
from .settlement import pay_owners


@phase(
    reads="private_funds series state_funds studios",
    writes="counts ledger panel.exits private_funds.returned_fen private_funds.written_off_fen series "
    "state_funds.returned_fen state_funds.written_off_fen studios written_off",
)
def close_studios(econ: State) -> None:
    """(S11) Studios beyond their credit line or long idle close.

    Wages, taxes and rents are paid by the month, so what is left goes to funds and founders by their stakes; what is
    missing is written off by the bank, and funds write off what their stakes cost, in the same month. Series not yet
    released are abandoned; those on screen run on, and the platform keeps what they earn.
    """
    if not econ.p.exit:
        return
    closing, gone, abandoned, orphaned, private, state = _wind_up(econ)
    if not closing:
        return
    econ.write_off("equity", econ.private_funds.sector, private)
    econ.write_off("equity", econ.state_funds.sector, state)
    econ.counts["abandoned"] += abandoned
    if abandoned:
        econ.series.remove(orphaned)
    econ.studios.remove(gone)


@over_state
def _failing(econ):  # type: ignore[no-untyped-def]
    """(studios,) whether each closes."""
    studios, limit = econ.studios, -whole_fen(econ.p.credit_line_yuan, econ.fen_per_yuan)
    gone = np.empty(len(studios), np.bool_)
    for studio in range(len(studios)):
        idle = studios.idle_months[studio] >= econ.p.idle_limit_months
        gone[studio] = (studios.cash_fen[studio] < limit or idle) and not studios.inert[studio]
    return gone


@over_state
def _wind_up(econ):  # type: ignore[no-untyped-def]
    """Settle what closing studios hold or owe.

    Returns
    -------
    closing, gone : how many studios close, and (studios,) whether each does
    abandoned, orphaned : the same of series that are abandoned
    private, state : fen that private and state funds lose
    """
    studios, series, private, state = econ.studios, econ.series, econ.private_funds, econ.state_funds
    of_private, of_state, closing, abandoned, gone = 0, 0, 0, 0, _failing(econ)
    orphaned = np.zeros(len(series), np.bool_)
    for studio in range(len(studios)):
        if gone[studio]:
            closing += 1
            cash = studios.cash_fen[studio]
            econ.panel.now["exits"][studios.city[studio]] += 1
            owed = max(-cash, 0)
            pay(econ.ledger.flows, WRITE_OFFS, econ.rest_of_china.books, 0, studios.books, studio, owed)
            pay_owners(econ, studio, max(cash, 0))
            of_private += studios.private_cost_fen[studio]
            of_state += studios.state_cost_fen[studio]
            if studios.private_fund[studio] >= 0:
                private.written_off_fen[studios.private_fund[studio]] += studios.private_cost_fen[studio]
            if studios.state_fund[studio] >= 0:
                state.written_off_fen[studios.state_fund[studio]] += studios.state_cost_fen[studio]
    for row in range(len(series)):
        owner = econ.owners[row]
        orphaned[row] = series.stage[row] < ON_SCREEN and owner >= 0 and gone[owner]
        abandoned += orphaned[row]
    return closing, gone, abandoned, orphaned, of_private, of_state


WRITE_OFFS = entry("write_offs", "RC>ST")


@phase(
    reads="actors day_rates draws house_index origin_shares pool prospects roles_mix trained",
    writes="actors leavers_days ledger panel.workers_joined panel.workers_left",
)
def join_and_leave(econ: State) -> None:
    """(L7) Both answer to income in the trade over income outside; who joins comes from neighbouring trades.

    They reckon with the days of series that could be shot were their own trade filled, or by another choice.
    """
    gone, left, *new = _leave_and_join(econ, stable_ids(Actors.kind, econ.month, 0, 0))
    if econ.p.labour_entry:
        econ.leavers_days = left
        econ.actors.remove(gone)
    add_workers(econ, *new)


@over_state
def _leave_and_join(econ, first_id):  # type: ignore[no-untyped-def]
    """What :func:`_leave` and :func:`_newcomers` say."""
    outside = outside_income(econ)
    gone, days = _leave(econ, outside)
    ids, city, role = _newcomers(econ, outside, first_id + (econ.cities.keys.astype(np.int64) << ORDINAL_BITS))
    return gone, days, ids, city, role


@over_state
def outside_income(econ):  # type: ignore[no-untyped-def]
    """(cities, roles) yuan a month that a worker of average skill earns outside the trade (L7)."""
    p, usual = econ.p, econ.cities.day_rates
    income = np.empty(usual.shape)
    for city in range(len(usual)):
        released = rules.released(econ.house_price[city], p.outside_income_elasticity)
        for role in range(usual.shape[1]):
            of = usual[city, role], released, p.working_days_month, p.outside_days_share
            income[city, role] = rules.outside_income(*of)
    return income


def usual_income_fen(econ: State, city: Array, role: Array, factor: Array) -> Array:
    """Film income of a usual month that those begin with who join the trade, fen."""
    income: Array = econ.fen_per_yuan * outside_income(econ)[city, role] * factor
    return income


@over_state
def _leave(econ, outside):  # type: ignore[no-untyped-def]
    """(L7) Who quits, none of whom is away, spends what he holds: (workers,) whether they leave, days they worked."""
    p, actors, days, leaves = econ.p, econ.actors, 0, np.zeros(len(econ.actors), np.bool_)
    n, rows = 0, np.empty(len(econ.actors), np.int64)
    u = uniforms(econ.draws.of("worker.leave"), econ.draws.month, 0, actors.id)
    # ln x is at most x - 1, by rounding a little more: most need no logarithm
    for i in range(len(actors) if p.labour_entry else 0):
        own = outside[np.uint64(actors.city[i]), np.uint64(actors.role[i])] * actors.reservation_factor[i]
        ahead = 1.000001 * own * econ.fen_per_yuan - actors.usual_fen[i]
        rows[n] = i
        n += (u[i] < p.quitting_cap) & (u[i] * actors.usual_fen[i] < p.quitting_rate * ahead)
    for i in rows[:n]:
        if actors.away_until[i] <= econ.month:
            own = outside[actors.city[i], actors.role[i]] * actors.reservation_factor[i]
            usual = actors.usual_fen[i] / econ.fen_per_yuan
            leaves[i] = u[i] < rules.quitting_probability(usual, own, p.quitting_rate, p.quitting_cap)
            if leaves[i]:
                held = actors.cash_fen[i]
                pay(econ.ledger.flows, CONSUMPTION, actors.books, i, econ.rest_of_china.books, 0, held)
                econ.panel.now["workers_left"][actors.city[i]] += 1
                days += actors.days_worked[i]
    return leaves, days


CONSUMPTION = entry("consumption", "HH>RC")
MOST = 2**20 - 1
"""Newcomers to a role of a city in a month."""


@over_state
def _newcomers(econ, outside, first_ids):  # type: ignore[no-untyped-def]
    """(L7) Ids, cities and roles of those who join, by id; ``first_ids`` (cities,) are the first ones of the month."""
    p, n, number = econ.p, 0, np.zeros(econ.pool.shape, np.int64)
    for role in range(len(econ.roles_mix) if p.labour_entry else 0):
        k0, k1 = keys_of(econ.draws.of("worker.join"), econ.draws.month, role)
        mix = econ.roles_mix[role] - (econ.roles_mix[role - 1] if role else 0.0)
        for city in range(len(number)):
            people = p.scale * 1e6 * econ.cities.employment_million[city] * mix
            # Not even a mad trade employs more than live there.
            left, beside = min(max(people - econ.pool[city, role], 0), MOST), p.neighbour_trades * people
            income = econ.day_rates[city, role] * p.working_days_month * min(econ.prospects[city, role], 1)
            grows = rules.growth_of_trade(income, outside[city, role], p.joining_rate, p.joining_cap)
            joins = np.floor(grows * (econ.pool[city, role] + beside) + number_of(k0, k1, econ.cities.keys[city]))
            number[city, role] = min(max(joins, 0), left)
            n += number[city, role]
    ids, cities, roles, at = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), 0
    for city in np.argsort(first_ids):
        for role in range(number.shape[1]):
            for nth in range(number[city, role]):
                ids[at], cities[at], roles[at] = first_ids[city] + nth + 2**20 * role, city, role
                at += 1
    return ids, cities, roles


def add_workers(econ: State, ids: Array, city: Array, role: Array) -> None:
    """Newcomers to the trade, and those whom cities have trained, with the usual mix of roles (G3b)."""
    if econ.trained.any():
        came = np.repeat(np.arange(len(econ.trained)), econ.trained)
        nth = np.concatenate([np.arange(count) for count in econ.trained])
        new = stable_ids(Actors.kind, econ.month, econ.cities.keys[came], 2**19 + nth)  # beside those who come unasked
        trades = np.searchsorted(econ.roles_mix, econ.draws("worker.role").uniform(new))
        ids, city, role = (np.concatenate(x) for x in ((ids, new), (city, came), (role, trades)))
        order = ids.argsort()
        ids, city, role = ids[order], city[order], role[order]
    rows = econ.actors.add(ids)
    _begin(econ, rows.start, ids, city, role)


@over_state
def _begin(econ, first, ids, home, trade):  # type: ignore[no-untyped-def]
    """Newcomers ``ids`` to roles ``trade`` in cities ``home``, from row ``first`` on: origin, skill, what follows."""
    actors, outside, origin = econ.actors, outside_income(econ), origins(econ, ids, home)
    skill = normals(econ.draws.of("worker.skill"), econ.draws.month, 0, ids)
    for worker in range(first, len(actors)):
        city, role = home[worker - first], trade[worker - first]
        actors.born[worker], actors.city[worker], actors.role[worker] = econ.month, city, role
        actors.origin[worker] = origin[worker - first]
        actors.skill[worker] = skill[worker - first]
        factor = rules.reservation_factor(actors.skill[worker], econ.p.skill_premium)
        actors.reservation_factor[worker] = factor
        actors.usual_fen[worker] = econ.fen_per_yuan * outside[city, role] * factor
        econ.panel.now["workers_joined"][city] += 1


@over_state
def origins(econ, ids, city):  # type: ignore[no-untyped-def]
    """(L5b) Whose region the newcomers to a city's trade come from; without return migration all are at home."""
    if not econ.p.return_migration:
        return city
    weight = np.full(econ.origin_shares.shape, np.inf)  # nobody comes from a city that has more of the trade
    for home in range(len(weight)):
        value = log(econ.origin_shares[home].max())
        for origin in range(len(weight)):
            share = econ.origin_shares[home, origin]
            if share > 0:
                weight[home, origin] = exp(value - log(share))
    return first_of_clocks(econ.draws.of("worker.origin"), econ.draws.month, ids, econ.cities.keys, weight, city)


@phase(
    reads="announced earmarked_fen officials policy_budgets",
    writes="earmarked_fen ledger officials.film_budget_fen officials.film_spent_fen panel.announced_training_yuan "
    "panel.claimed_training_yuan panel.paid_training_yuan trained",
)
@over_state
def train_newcomers(econ):  # type: ignore[no-untyped-def]
    """(G3b) Cities train newcomers as announced, as many as what is left of the month's budget pays for."""
    p, officials, price = econ.p, econ.officials, whole_fen(econ.p.training_yuan, econ.fen_per_yuan)
    for city in range(len(officials)):
        before, due = 0.0, 0.0
        for month in range(econ.month + 1):
            before, due = due, due + econ.announced[month, TRAINING, city]
        wanted, now = city_rules.people_due(p.scale * before, p.scale * due), econ.announced[econ.month, TRAINING, city]
        promise(econ, TRAINING_COST, city, price * p.scale * now, price * wanted)
        money = within_budget(econ, TRAINING_COST, city, officials.film_budget_fen[city])
        econ.trained[city] = min(wanted, money // price if price else wanted)
        cost = econ.trained[city] * price
        if cost > 0:
            pay(econ.ledger.flows, FOR_TRAINING, officials.books, city, econ.rest_of_china.books, 0, cost)
            charge(econ, TRAINING_COST, city, cost)


TRAINING, TRAINING_COST = list(SWITCH).index("training"), COST.index("training")
FOR_TRAINING = entry("training", "CG>RC")


@phase(reads="actors day_rates draws prospects region", writes="actors.city panel.workers_in panel.workers_returned")
@over_state
def move_workers(econ):  # type: ignore[no-untyped-def]
    """(L5) Some workers consider moving and go where real income less the cost of moving is best: a gravity logit.

    With return migration the region that one comes from is worth more than its income (L5b).
    """
    p, actors, seed, month, k = econ.p, econ.actors, econ.draws.of("migration.city"), econ.draws.month, len(econ.cities)
    if not p.migration:
        return
    u = uniforms(econ.draws.of("migration.consider"), month, 0, actors.id)
    movers, n = np.empty(len(u), np.int64), 0
    for worker in range(len(u)):
        movers[n] = worker
        n += u[worker] < p.migration_opportunity
    movers, roles, origins = movers[:n], econ.day_rates.shape[1], k if p.return_migration else 1
    weight, which = _pull_of_cities(econ, origins), np.empty(n, np.int64)
    for i in range(n):
        kind = actors.city[movers[i]] * roles + actors.role[movers[i]]
        which[i] = kind * origins + (actors.origin[movers[i]] if p.return_migration else 0)
    city = first_of_clocks(seed, month, actors.id[movers], econ.cities.keys, weight, which)
    for i in range(n):
        worker, here = movers[i], city[i]
        if here != actors.city[worker]:
            econ.panel.now["workers_in"][here] += 1
            econ.panel.now["workers_returned"][here] += here == actors.origin[worker]
            actors.city[worker] = here


@over_state
def _pull_of_cities(econ, origins):  # type: ignore[no-untyped-def]
    """(L5) ``exp(best - value)`` over the scale of the choice, (home x role x origin, cities)."""
    p, (k, roles) = econ.p, econ.day_rates.shape
    weight, real = np.empty((k * roles * origins, k)), np.empty((k, roles))
    for city in range(k):
        prices = econ.cities.price_level[city] if p.price_level else 1.0
        for role in range(roles):
            # Expected work: recent bookings and odd jobs, so that a city without film is poor, not impossible.
            days = p.working_days_month * min(econ.prospects[city, role], 1) + p.odd_job_days
            real[city, role] = log(rules.real_income(econ.day_rates[city, role], days, prices, p.price_level_exponent))
    for kind in range(len(weight)):
        home, role, origin = kind // origins // roles, kind // origins % roles, kind % origins
        for city in range(k):
            hours = econ.region.travel_hours[home, city]
            value = real[city, role] - rules.moving_cost(hours, p.migration_cost, p.migration_cost_hour)
            if p.return_migration:
                value += rules.worth_of_home(origin, city, p.home_attachment)
            weight[kind, city] = value / p.migration_scale
        best = weight[kind].max()
        for city in range(k):
            weight[kind, city] = exp(best - weight[kind, city])
    return weight
