"""Studios that close, workers that come, go and move (S11, L5, L7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from ..columns import stable_ids
from ..decisions import workers as rules
from ..inputs import ROLES
from ..ledger import fen
from ..populations import ON_SCREEN, Actors
from .settlement import pay_owners

if TYPE_CHECKING:
    from ..economy import MicroDramaEconomy


def close_studios(econ: MicroDramaEconomy) -> None:
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
        (econ.private_funds, studios.private_fund[rows], studios.private_cost_fen[rows]),
        (econ.state_funds, studios.state_fund[rows], studios.state_cost_fen[rows]),
    ):
        _add_up(funds.written_off_fen, holder, cost)
        econ.write_off("equity", funds.sector, int(cost.sum()))
    closing = studios.id[rows]
    orphaned = _orphaned(series.studio, series.stage, closing)
    econ.counts["abandoned"] += np.count_nonzero(orphaned)
    series.remove(orphaned)
    studios.remove(gone)


def join_and_leave(econ: MicroDramaEconomy) -> None:
    """(L7) Newcomers join where well-paid work is to be had; every quarter some with too little of it leave.

    The people who think of joining are the same in every scenario; they live where people live.
    """
    p, luck, actors, cities = econ.p, econ.luck, econ.actors, econ.cities
    if not p.labour_entry:
        return
    if econ.month % 3 == 2:
        leaves = luck("worker.leave").happens(actors.id, p.leaving_rate)
        _stay(leaves, actors.usual_fen, p.leaving_days * fen(1) * econ.reservation, actors.city, actors.role,
              actors.asks, actors.away_until <= econ.month)  # fmt: skip
        rows = leaves.nonzero()[0]
        econ.ledger.pay("consumption", (actors, rows), (econ.rest_of_china, 0), actors.cash_fen[rows])
        econ.panel.now["workers_left"] += np.bincount(actors.city[rows], minlength=len(cities))
        econ.leavers_days = int(actors.days_worked[rows].sum())
        actors.remove(leaves)
    ids = stable_ids(Actors.kind, econ.month, 0, np.arange(round(p.newcomers_month * p.scale)))
    draw = luck("worker.origin").uniform(ids, np.arange(2))
    city = np.minimum(np.searchsorted(econ.people, draw[0]), len(cities) - 1)
    role = np.searchsorted(econ.roles_mix, draw[1])
    chance = rules.joining_probability(econ.day_rates, econ.tightness, econ.reservation, p.newcomer_rate)[city, role]
    joins = luck("worker.join").happens(ids, chance)
    ids, city, role = ids[joins], city[joins], role[joins]
    skill = luck("worker.skill").normal(ids)
    asks = rules.asking_factor(skill, p.skill_premium)
    usual = fen(1) * p.working_days_month * p.wage_tightness * econ.reservation[city, role] * asks
    actors.add(ids, born=econ.month, city=city, role=role, skill=skill, asks=asks, usual_fen=usual)
    econ.panel.now["workers_joined"] += np.bincount(city, minlength=len(cities))


def move_workers(econ: MicroDramaEconomy) -> None:
    """(L5) Some workers look around and move where real income less the cost of moving is best: a gravity logit."""
    p, luck, actors = econ.p, econ.luck, econ.actors
    if not p.migration:
        return
    movers = luck("migration.consider").rows(actors.id, p.migration_opportunity)
    home, role = actors.city[movers], actors.role[movers]
    prices = econ.cities.price_level if p.price_level else np.ones(len(econ.cities))
    # Work to hope for: recent bookings and a day's odd job, so that a city without film is poor, not impossible.
    days = p.working_days_month * np.minimum(econ.tightness, 1) + 1
    income = rules.real_income(econ.day_rates, days, prices[:, None], p.price_level_exponent)
    cost = rules.moving_cost(econ.region.travel_hours, p.migration_cost, p.migration_cost_hour)
    value = np.log(income).T - cost[:, None]  # by home, role and city
    city = luck("migration.city").choose(
        actors.id[movers], econ.cities.keys, value.reshape(-1, len(econ.cities)) / p.migration_scale,
        home * len(ROLES) + role,
    )  # fmt: skip
    econ.panel.now["workers_in"] += np.bincount(city[city != home], minlength=len(econ.cities))
    actors.city[movers] = city


@njit(cache=True)
def count_pairs(first, second, firsts, seconds):  # type: ignore[no-untyped-def]
    """(firsts, seconds) how many have each pair of values."""
    count = np.zeros((firsts, seconds), np.int64)
    for i in range(len(first)):
        count[first[i], second[i]] += 1
    return count


@njit(cache=True)
def _orphaned(studio, stage, closing):  # type: ignore[no-untyped-def]
    """Which series not yet on screen belong to a closing studio (ids in order)."""
    orphaned = np.zeros(len(studio), np.bool_)
    for i in range(len(studio)):
        if stage[i] != ON_SCREEN:
            at = np.searchsorted(closing, studio[i])
            orphaned[i] = at < len(closing) and closing[at] == studio[i]
    return orphaned


@njit(cache=True)
def _add_up(total, row, amount):  # type: ignore[no-untyped-def]
    for i in range(len(row)):
        if row[i] >= 0:
            total[row[i]] += amount[i]


@njit(cache=True)
def _stay(leaves, usual, enough, city, role, asks, here):  # type: ignore[no-untyped-def]
    """Of those who think of leaving, those who have enough work, or are not here, stay after all."""
    for i in range(len(leaves)):
        if leaves[i]:
            leaves[i] = usual[i] < enough[city[i], role[i]] * asks[i] and here[i]
