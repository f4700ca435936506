"""Studios that close, workers that come, go and move (S11, L5, L7)."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..accounts.ledger import fen
from ..arithmetic import log
from ..arrays import Array
from ..categories import ROLES
from ..compiled import compiled
from ..decisions import cities as city_rules
from ..decisions import workers as rules
from ..draws import Draws, keys_of, number_of
from ..ids import stable_ids
from ..populations.tables import ON_SCREEN, Actors
from ..state import State, phase
from .cities import SWITCH, available, note_promise, spend
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
    p, studios, series = econ.p, econ.studios, econ.series
    if not p.exit:
        return
    gone = (studios.cash_fen < -fen(p.credit_line_yuan)) | (studios.idle_months >= p.idle_limit_months)
    gone &= ~studios.inert
    rows = gone.nonzero()[0]
    if not len(rows):
        return
    cash = studios.cash_fen[rows]
    econ.panel.now["exits"] += np.bincount(studios.city[rows], minlength=len(econ.cities))
    econ.ledger.pay("write_offs", (econ.rest_of_china, 0), (studios, rows), np.maximum(-cash, 0))
    pay_owners(econ, rows, np.maximum(cash, 0))
    for funds, holder, cost in (
        (econ.private_funds, studios.private_fund, studios.private_cost_fen),
        (econ.state_funds, studios.state_fund, studios.state_cost_fen),
    ):
        econ.write_off("equity", funds.sector, _lost(rows, holder, cost, funds.written_off_fen))
    closing = studios.id[rows]
    orphaned = _orphaned(series.studio, series.stage < ON_SCREEN, closing)
    econ.counts["abandoned"] += int(np.count_nonzero(orphaned))
    series.remove(orphaned)
    studios.remove(gone)


@phase(
    reads="actors day_rates draws house_index officials origin_shares pool prospects roles_mix trained",
    writes="actors leavers_days ledger panel.workers_joined panel.workers_left",
)
def join_and_leave(econ: State) -> None:
    """(L7) Both answer to income in the trade over income outside; who joins comes from neighbouring trades.

    They reckon with the days of series that could be shot were their own trade filled, or by another choice.
    """
    if not econ.p.labour_entry:
        add_workers(econ, *[np.zeros(0, np.int64)] * 3)
        return
    p, actors, leave, join = econ.p, econ.actors, econ.draws("worker.leave"), econ.draws("worker.join")
    outside, keys = outside_income(econ), econ.cities.keys
    gone = _leavers(
        parameters=p.numbers,
        seed=np.uint64(leave.seed_of_decision),
        month=leave.month,
        ids=actors.id,
        here=actors.away_until <= econ.month,
        city=actors.city,
        role=actors.role,
        reservation_factor=actors.reservation_factor,
        usual_fen=actors.usual_fen,
        outside=outside,
        fen_per_yuan=fen(1),
    )
    _leave(econ, gone)
    income = econ.day_rates * p.working_days_month * np.minimum(econ.prospects, 1)
    new = _newcomers(
        parameters=p.numbers,
        seed=np.uint64(join.seed_of_decision),
        month=join.month,
        keys=keys,
        first_ids=stable_ids(Actors.kind, econ.month, keys, np.zeros(len(keys), np.int64)),
        employment_million=econ.cities.employment_million,
        roles_mix=econ.roles_mix,
        income=income,
        outside=outside,
        pool=econ.pool,
        most=2**20 - 1,
    )
    add_workers(econ, *new)


def outside_income(econ: State) -> Array:
    """(cities, roles) yuan a month that a worker of average skill earns outside the trade (L7)."""
    p, slump = econ.p, rules.released(econ.house_price, econ.p.outside_income_elasticity)
    return rules.outside_income(econ.cities.day_rates(), slump[:, None], p.working_days_month, p.outside_days_share)


def usual_income_fen(econ: State, city: Array, role: Array, factor: Array) -> Array:
    """Film income of a usual month that those begin with who join the trade, fen."""
    return fen(1) * outside_income(econ)[city, role] * factor


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
    skill = econ.draws("worker.skill").normal(ids)
    factor = rules.reservation_factor(skill, econ.p.skill_premium)
    usual = usual_income_fen(econ, city, role, factor)
    econ.actors.add(
        ids,
        born=econ.month,
        city=city,
        origin=origins(econ, ids, city, econ.draws),
        role=role,
        skill=skill,
        reservation_factor=factor,
        usual_fen=usual,
    )
    econ.panel.now["workers_joined"] += np.bincount(city, minlength=len(econ.officials))


def origins(econ: State, ids: Array, city: Array, draws: Draws) -> Array:
    """(L5b) Whose region the newcomers to a city's trade come from; without return migration all are at home."""
    if not econ.p.return_migration:
        return city
    with np.errstate(divide="ignore"):  # nobody comes from a city that has more of the trade
        value = log(econ.origin_shares)
    return draws("worker.origin").choose(ids, econ.cities.keys, value, city)


def _leave(econ: State, rows: Array) -> None:
    """Workers (by row) leave the trade and spend what they hold."""
    actors = econ.actors
    econ.ledger.pay("consumption", (actors, rows), (econ.rest_of_china, 0), actors.cash_fen[rows])
    econ.panel.now["workers_left"] += np.bincount(actors.city[rows], minlength=len(econ.officials))
    econ.leavers_days = int(actors.days_worked[rows].sum())
    leaves = np.zeros(len(actors), bool)
    leaves[rows] = True
    actors.remove(leaves)


@phase(
    reads="announced earmarked_fen officials policy_budgets",
    writes="earmarked_fen ledger officials.film_budget_fen officials.film_spent_fen panel.announced_training_yuan "
    "panel.claimed_training_yuan panel.paid_training_yuan trained",
)
def train_newcomers(econ: State) -> None:
    """(G3b) Cities train newcomers as announced, as many as what is left of the month's budget pays for."""
    p, officials = econ.p, econ.officials
    announced = econ.announced[: econ.month + 1, list(SWITCH).index("training")]
    due = p.scale * np.cumsum(announced, axis=0)
    wanted = city_rules.people_due(due[-2] if econ.month else 0.0, due[-1])
    price = fen(p.training_yuan)
    note_promise(econ, "training", price * p.scale * announced[-1], price * wanted)
    money = available(econ, "training", officials.film_budget_fen)
    econ.trained = np.minimum(wanted, money // price if price else wanted).astype(np.int64)
    if econ.trained.any():
        every = np.arange(len(officials))
        spend(econ, "training", every, (econ.rest_of_china, 0), econ.trained * price, "training")


@phase(reads="actors day_rates draws prospects region", writes="actors.city panel.workers_in panel.workers_returned")
def move_workers(econ: State) -> None:
    """(L5) Some workers consider moving and go where real income less the cost of moving is best: a gravity logit.

    With return migration the region that one comes from is worth more than its income (L5b).
    """
    p, draws, actors, every = econ.p, econ.draws, econ.actors, np.arange(len(econ.cities))
    if not p.migration:
        return
    movers = draws("migration.consider").rows(actors.id, p.migration_opportunity)
    home, role, origin = actors.city[movers], actors.role[movers], actors.origin[movers]
    prices = econ.cities.price_level if p.price_level else np.ones(len(econ.cities))
    # Expected work: recent bookings and odd jobs, so that a city without film is poor, not impossible.
    days = p.working_days_month * np.minimum(econ.prospects, 1) + p.odd_job_days
    income = rules.real_income(econ.day_rates, days, prices[:, None], p.price_level_exponent)
    cost = rules.moving_cost(econ.region.travel_hours, p.migration_cost, p.migration_cost_hour)
    value = log(income).T - cost[:, None]  # by home, role and city
    which = home * len(ROLES) + role
    if p.return_migration:
        value = value[:, :, None] + rules.worth_of_home(every[:, None], every, p.home_attachment)  # and by origin
        which = which * len(every) + origin
    city = draws("migration.city").choose(
        actors.id[movers], econ.cities.keys, value.reshape(-1, len(every)) / p.migration_scale, which
    )
    moved = city != home
    econ.panel.now["workers_in"] += np.bincount(city[moved], minlength=len(every))
    econ.panel.now["workers_returned"] += np.bincount(city[moved & (city == origin)], minlength=len(every))
    actors.city[movers] = city


_quitting, _growth = njit(rules.quitting_probability), njit(rules.growth_of_trade)


@compiled
def _leavers(  # type: ignore[no-untyped-def]
    parameters, seed, month, ids, here, city, role, reservation_factor, usual_fen, outside, fen_per_yuan
):
    """(L7) Rows of those who quit, none of whom is away.

    Parameters
    ----------
    parameters, seed, month, fen_per_yuan : as a record, of the draws, fen
    ids, here, city, role, reservation_factor, usual_fen : (workers,) columns, and whether they are not away
    outside : (cities, roles) yuan a month outside the trade
    """
    p, n, (k0, k1) = parameters[0], 0, keys_of(seed, month, 0)
    rows, u = np.empty(len(ids), np.int64), np.empty(len(ids))
    for i in range(len(ids)):
        u[i] = number_of(k0, k1, ids[i])
    for i in range(len(ids)):
        if u[i] < p.quitting_cap and here[i]:  # the chance is at most that
            own = outside[city[i], role[i]] * reservation_factor[i]
            rows[n] = i
            n += u[i] < _quitting(usual_fen[i] / fen_per_yuan, own, p.quitting_rate, p.quitting_cap)
    return rows[:n].copy()


@compiled
def _newcomers(  # type: ignore[no-untyped-def]
    parameters, seed, month, keys, first_ids, employment_million, roles_mix, income, outside, pool, most
):
    """(L7) Ids, cities and roles of those who join the trade, in the order of their ids.

    Parameters
    ----------
    parameters, seed, month : as a record, of the draws
    keys, first_ids, employment_million : (cities,) key, first id of the month, million people at work
    roles_mix : (roles,) cumulative shares
    income, outside, pool : (cities, roles) yuan a month in the trade and outside, people in it
    most : newcomers to a role of a city
    """
    p, n, number = parameters[0], 0, np.zeros(pool.shape, np.int64)
    for role in range(len(roles_mix)):
        k0, k1 = keys_of(seed, month, role)
        mix = roles_mix[role] - (roles_mix[role - 1] if role else 0.0)
        for city in range(len(keys)):
            people, u = p.scale * 1e6 * employment_million[city] * mix, number_of(k0, k1, keys[city])
            left = min(max(people - pool[city, role], 0), most)  # not even a mad trade employs more than live there
            beside = p.neighbour_trades * people
            grows = _growth(income[city, role], outside[city, role], p.joining_rate, p.joining_cap)
            number[city, role] = min(max(np.floor(grows * (pool[city, role] + beside) + u), 0), left)
            n += number[city, role]
    ids, cities, roles, at = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), 0
    for city in np.argsort(first_ids):
        for role in range(len(roles_mix)):
            for nth in range(number[city, role]):
                ids[at], cities[at], roles[at] = first_ids[city] + nth + 2**20 * role, city, role
                at += 1
    return ids, cities, roles


@compiled
def _orphaned(studio, in_work, closing):  # type: ignore[no-untyped-def]
    """Which series in work belong to a closing studio (ids in order)."""
    orphaned, at = np.zeros(len(studio), np.bool_), 0
    for i in range(len(studio)):
        if in_work[i]:  # series of a month stand nearly in the order of their studios
            while at < len(closing) and closing[at] < studio[i]:
                at += 1
            while at > 0 and closing[at - 1] >= studio[i]:
                at -= 1
            orphaned[i] = at < len(closing) and closing[at] == studio[i]
    return orphaned


@compiled
def _lost(rows, holder, cost, written_off):  # type: ignore[no-untyped-def]
    """What the stakes in some studios cost all funds; each fund's own is added to ``written_off``."""
    lost = 0
    for row in rows:
        lost += cost[row]
        if holder[row] >= 0:
            written_off[holder[row]] += cost[row]
    return lost
