"""Studios: foundation, moves, projects, where to shoot, what they learn (S1-S10, A1-A4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..columns import Array, stable_ids
from ..decisions import studios as rules
from ..decisions.cities import rebate
from ..decisions.platforms import commission_fee
from ..draws import Luck, child_keys
from ..ledger import fen
from ..parameters import MODES
from ..populations import PREPARATION, Series, Studios
from .platforms import pay_milestone

if TYPE_CHECKING:
    from ..economy import MicroDramaEconomy


# ---------------------------------------------------------------------- what a city offers


def crew_of(econ: MicroDramaEconomy) -> Array:
    """(roles,) people on a set."""
    p = econ.p
    return np.array([p.extras, p.crew, p.actors, p.leads])


class Survey:
    """What every city offers a studio this month: the snapshot on which all of them decide.

    Attributes (all by city)
    ------------------------
    sets : sets of open bases, at full scale
    days_on_base, days_on_location : shooting days of a series (S4)
    daily : yuan a shooting day but for the set: cast and crew, lodging, equipment (S3)
    local_cost : yuan a series is expected to cost where it is shot
    city_cost : the same with script and post-production, for a studio at home
    rebate : yuan the city is expected to pay back (G6)
    externalities : worth of people, sets, knowledge and name, in log cost (A1-A4), and of designation (G3)
    home_value : value of an office there, in log cost: a series a month, overhead, rent, externalities
    """

    def __init__(self, econ: MicroDramaEconomy) -> None:
        p, cities, officials, crew = econ.p, econ.cities, econ.officials, crew_of(econ)
        self.sets = p.sets_per_crew * econ.crews_by_city(planned=False) / p.scale
        self.days_on_base = rules.shooting_days(p.shooting_days, p.set_moves, self.sets * p.set_sharing)
        self.days_on_location = rules.shooting_days(p.shooting_days, p.set_moves, 0.0 * self.sets)
        lodging = crew.sum() * p.living_yuan_day * cities.price_level
        self.daily = econ.day_rates @ crew + lodging + p.equipment_yuan_day
        on_base = self.days_on_base * (self.daily + econ.set_hire)
        on_location = self.days_on_location * (self.daily + cities.location_yuan_day)
        self.local_cost = econ.set_chance * on_base + (1 - econ.set_chance) * on_location
        self.city_cost = self.local_cost + p.script_yuan + p.post_yuan
        self.rebate = rebate(self.local_cost, officials.rebate, officials.rebate_cap_yuan)
        self.externalities = p.designation_appeal * officials.designated + p.agglomeration_scale * sum(
            weight * rules.externality(levels, form, p.externality_floor)
            for levels, form, weight in (
                (econ.pool[:, 2:].sum(axis=1), p.pooling, p.pooling_weight),
                (self.sets, p.set_access, p.set_access_weight),
                (econ.knowledge, p.knowledge, p.knowledge_weight),
                (econ.reputation, p.reputation, p.reputation_weight),
            )
        )
        rent = econ.region.city_mean(econ.region.rent) * p.office_m2_per_studio * (1 - officials.rent_subsidy)
        cost = self.city_cost - self.rebate + p.overhead_yuan_month * cities.price_level + rent
        self.home_value = rules.location_value(
            cost, self.externalities, econ.put_off, 0.0, delay_aversion=p.delay_aversion, away_cost=0.0
        )


def survey_cities(econ: MicroDramaEconomy) -> None:
    """(S8, A1-A4) Look at what every city offers; everybody decides on this snapshot."""
    econ.survey = Survey(econ)


def profit_outlook(econ: MicroDramaEconomy, rows: Array) -> Array:
    """Profit that studios (by row) expect from a series of their own at home in their best market, over cost."""
    studios = econ.studios
    cost = econ.survey.city_cost[studios.city[rows]]
    earns = studios.expected[rows] * np.exp(econ.p.quality_effect * studios.quality[rows])[:, None]
    ratio = earns / (cost[:, None] + econ.p.overseas_cost_yuan * np.array([0, 0, 1])) - 1
    return ratio.max(axis=1)


# ---------------------------------------------------------------------- entry and moves


def found_studios(econ: MicroDramaEconomy) -> None:
    """(S1) Potential founders, the same in every scenario, found a studio if the outlook clears their threshold.

    Some leave a studio and found where they worked, the others where the value is best.
    """
    p, luck = econ.p, econ.luck
    if not p.entry:
        return
    ids = stable_ids(Studios.kind, econ.month, 0, np.arange(round(p.potential_entrants_month * p.scale)))
    cost = econ.series_cost + p.overseas_cost_yuan * np.array([0, 0, 1])
    own = (econ.public_earnings / cost - 1).max()
    outlook = max(own, 0.0) + p.commission_margin * econ.commission_fill
    ids = ids[luck("studio.entry").happens(ids, rules.entry_probability(outlook, p.entry_rate, p.entry_elasticity))]
    if not len(ids):
        return
    best = rules.choose(econ.survey.home_value, p.entry_scale, luck("studio.home").gumbel(ids, econ.cities.keys))
    worked_in = _pick(luck("studio.parent").uniform(ids), econ.studios_by_city())
    city = np.where(luck("studio.spinoff").happens(ids, p.spinoff_share), worked_in, best)
    rows = econ.studios.add(
        ids, born=econ.month, city=city, quality=p.quality_spread * luck("studio.quality").normal(ids),
        expected=econ.public_earnings, private_fund=-1, state_fund=-1,
    )  # fmt: skip
    econ.studios.cell[rows] = office_cells(econ, city, ids, luck)
    equity = fen(p.entrant_equity_yuan * np.exp(0.5 * luck("studio.equity").normal(ids)))
    econ.ledger.pay("founders", (econ.rest_of_china, 0), (econ.studios, np.arange(rows.start, rows.stop)), equity)
    econ.panel.now["entries"] += np.bincount(city, minlength=len(econ.cities))


def office_cells(econ: MicroDramaEconomy, city: Array | int, ids: Array, luck: Luck) -> Array:
    """(P3) Cell of an office inside its city: a logit over rent, access and studios there, among cells with room."""
    p, region = econ.p, econ.region
    studios = np.bincount(econ.studios.cell, ~econ.studios.inert, len(region.x)) if len(econ.studios) else 0.0
    room = region.vacancy * region.stock_m2 >= p.office_m2_per_studio
    value = p.office_neighbours * np.log1p(studios) - np.log(region.rent) - p.office_access * region.distance_km
    weight = np.exp((value - value.max()) / p.office_cell_scale) * np.where(room, 1.0, 1e-9)
    running = np.concatenate([[0.0], np.cumsum(weight)])
    low, high = running[region.first[city]], running[region.first[np.asarray(city) + 1]]
    cells = np.searchsorted(running, low + luck("studio.cell").uniform(ids) * (high - low), side="right") - 1
    return np.clip(cells, region.first[city], region.first[np.asarray(city) + 1] - 1)


def relocate_studios(econ: MicroDramaEconomy) -> None:
    """(S9) Now and then a studio asks where it ought to be, and moves if the gain is worth it."""
    p, luck, studios = econ.p, econ.luck, econ.studios
    if not p.relocation:
        return
    movers = np.flatnonzero(luck("relocation.consider").happens(studios.id, p.relocation_rate) & ~studios.inert)
    if not len(movers):
        return
    who, home = studios.id[movers], studios.city[movers]
    away = np.arange(len(econ.cities)) != home[:, None]
    value = econ.survey.home_value - p.relocation_cost * away
    city = rules.choose(value, p.entry_scale, luck("relocation.city").gumbel(who, econ.cities.keys))
    moved = city != home
    movers, city = movers[moved], city[moved]
    studios.city[movers] = city
    studios.cell[movers] = office_cells(econ, city, studios.id[movers], luck)
    econ.panel.now["moves_in"] += np.bincount(city, minlength=len(econ.cities))


# ---------------------------------------------------------------------- projects


def series_keys(studio_ids: Array, slots: Array, month: int) -> Array:
    """Keys of series: a studio's n-th project of a month."""
    return child_keys(studio_ids, slots + 4096 * (month + 1))


def start_series(econ: MicroDramaEconomy) -> None:
    """(S2, S6, S8) Slates: commissions go to the best of the hopeful, the other slots to own series that should pay.

    Everybody decides on the same snapshot of the month; who is commissioned is settled by quality and luck.
    """
    p, luck, studios = econ.p, econ.luck, econ.studios
    home_cost = econ.survey.city_cost
    slots = rules.slate_size(studios.cash_fen / 100, home_cost[studios.city], p.working_capital, p.max_slate)
    slots[studios.inert] = 0
    owner = np.repeat(np.arange(len(studios)), slots)
    slot = np.arange(len(owner)) - np.repeat(np.cumsum(slots) - slots, slots)
    keys = series_keys(studios.id[owner], slot, econ.month)
    fee = fen(commission_fee(econ.series_cost, p.commission_margin))

    platform = np.full(len(owner), -1)
    offered = np.floor(econ.platforms.slate_fen / fee + luck("platform.slate").uniform(econ.platforms.id)).astype(int)
    chosen = _commissioned(econ, keys, owner, int(offered.sum()))
    econ.commission_fill = len(chosen) / max(len(owner), 1)
    platform[chosen] = _pick(luck("series.commissioner").uniform(keys[chosen]), offered)
    hired = platform >= 0

    own, mode = _own_series(econ, owner, keys, np.flatnonzero(~hired))
    for m in range(len(MODES)):
        mine = own[mode == m]
        share = econ.platforms.share * (econ.platforms.mode == m)
        platform[mine] = _pick(luck("series.platform").uniform(keys[mine]), share)

    go = platform >= 0
    owner, slot, keys, platform, hired = owner[go], slot[go], keys[go], platform[go], hired[go]
    np.add.at(studios.slate, owner, 1)
    studios.idle_months = np.where(studios.slate > 0, 0, studios.idle_months + 1)
    if len(owner):
        _open_files(econ, owner, slot, keys, platform, hired, fee)


def _commissioned(econ: MicroDramaEconomy, keys: Array, owner: Array, offered: int) -> Array:
    """Slots that find a commission: the highest in quality and luck, as many as platforms offer."""
    n = min(offered, len(keys))
    if not n:
        return np.empty(0, int)
    score = econ.studios.quality[owner] / max(econ.p.quality_spread, 1e-9) + econ.luck("series.pitch").gumbel(keys)
    return np.sort(np.argpartition(-score, n - 1)[:n])


def _pick(u: Array, weights: Array) -> Array:
    """Inverse of the cumulative distribution: index drawn with probability proportional to its weight."""
    running = np.cumsum(weights, dtype=float)
    if not len(running) or running[-1] <= 0:
        return np.zeros(len(u), int)
    return np.minimum(
        np.searchsorted(running, u * running[-1], side="right"), np.flatnonzero(weights)[-1:].max(initial=0)
    )


def _own_series(econ: MicroDramaEconomy, owner: Array, keys: Array, free: Array) -> tuple[Array, Array]:
    """(S2, S6) Which of the free slots start a series of the studio's own, and for which market.

    A slot takes the market that seems to pay best (a logit) and starts with a chance that rises with the profit
    expected there. Slots whose luck would not do even in the studio's best market are passed over at once.
    """
    p, studios, luck = econ.p, econ.studios, econ.luck
    cost = econ.survey.city_cost[studios.city, None] + p.overseas_cost_yuan * np.array([0.0, 0.0, 1.0])
    earns = studios.expected * np.exp(p.quality_effect * studios.quality)[:, None]
    ratio = earns / cost - 1
    chance = rules.start_probability(ratio - p.start_hurdle, p.start_scale) * (studios.expected > 0)

    u = luck("series.start").uniform(keys[free])
    hopeful = u < chance.max(axis=1)[owner[free]]
    free, u = free[hopeful], u[hopeful]
    studio = owner[free]
    mode = rules.choose(ratio[studio], p.market_scale, luck("series.market").gumbel(keys[free], np.arange(len(MODES))))
    starts = u < chance[studio, mode]
    return free[starts], mode[starts]


def shooting_city(econ: MicroDramaEconomy, home: Array, keys: Array) -> Array:
    """(S8) Where each series is shot: a logit over cost after rebate, externalities, queues and trouble away."""
    p, k = econ.p, len(econ.cities)
    if not p.shooting_location:
        return home
    away = ~np.eye(k, dtype=bool)
    travel = p.travelling_crew * 2 * p.travel_yuan_hour * econ.region.travel_hours
    cost = econ.survey.city_cost - econ.survey.rebate + travel
    value = rules.location_value(cost, econ.survey.externalities, econ.put_off, away,
                                 delay_aversion=p.delay_aversion, away_cost=p.away_cost)  # fmt: skip
    return rules.choose(value[home], p.location_scale, econ.luck("series.city").gumbel(keys, econ.cities.keys))


def _open_files(
    econ: MicroDramaEconomy, owner: Array, slot: Array, keys: Array, platform: Array, hired: Array, fee: Array
) -> None:
    """Start the series: record, script bought from a publisher, first part of the fee."""
    p, luck, studios, series = econ.p, econ.luck, econ.studios, econ.series
    home = studios.city[owner]
    city = shooting_city(econ, home, keys)
    script = fen(np.full(len(owner), p.script_yuan))
    rows = series.add(
        stable_ids(Series.kind, econ.month, 0, np.arange(len(owner))), born=econ.month, key=keys,
        studio=studios.id[owner], slot=slot, home=home, city=city, platform=platform, commissioned=hired,
        stage=PREPARATION, shot=-1, released=-1, fee_fen=fee * hired, cost_fen=script, quality=studios.quality[owner],
        due=30 * (econ.month + luck("series.day").uniform(keys)) + p.preparation_days,
    )  # fmt: skip
    publisher = _pick(luck("series.publisher").uniform(keys), econ.publishers.share)
    econ.ledger.pay("script", (studios, owner), (econ.publishers, publisher), script)
    pay_milestone(econ, np.arange(rows.start, rows.stop), owner, 0)
    econ.counts["started"] += len(owner)
    econ.panel.now["series_started"] += np.bincount(home, minlength=len(econ.cities))


# ---------------------------------------------------------------------- learning


def revise_expectations(econ: MicroDramaEconomy) -> None:
    """(S10) Studios move what they expect towards what the charts and their neighbours' series earn."""
    p, studios = econ.p, econ.studios
    if not p.learning:
        return
    local = econ.local_earnings[studios.city]
    seen = (1 - p.local_imitation) * econ.public_earnings + p.local_imitation * local
    studios.expected = rules.expectation(studios.expected, seen, p.expectation_memory)


def spread_knowledge(econ: MicroDramaEconomy) -> None:
    """(A3, A4) Local hits teach, a city's share makes its name; both fade."""
    p = econ.p
    econ.knowledge = (1 - p.knowledge_decay) * econ.knowledge + econ.hits / p.scale
    days = econ.panel.now["shoot_days"]
    share = days / days.sum() if days.sum() else np.zeros(len(econ.cities))
    econ.reputation = (1 - p.reputation_decay) * econ.reputation + share
