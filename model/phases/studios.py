"""Studios: foundation, moves, projects, where to shoot, how edgy, what they learn (S1-S10, A1-A4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..columns import Array, stable_ids
from ..decisions import content
from ..decisions import studios as rules
from ..decisions import workers as rules_of_work
from ..decisions.cities import rebate
from ..decisions.platforms import commission_fee
from ..draws import Luck, child_keys
from ..ledger import fen, yuan
from ..parameters import MODES, Parameters
from ..populations import CASTINGS, PREPARATION, Series, Studios
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

    Attributes (by genre and city, unless stated)
    ----------------------------------------------
    sets : sets of open bases, at full scale
    days_on_base, days_on_location : shooting days of a series (S4)
    daily : (cities,) yuan a shooting day but for the set: cast and crew, lodging, equipment (S3)
    script : (cities,) yuan for the script of a series of a local studio (D6)
    local_cost : yuan a series is expected to cost where it is shot
    city_cost : the same with script and post-production, for a studio at home
    mean_cost : (cities,) city_cost over the usual mix of genres
    rebate : yuan the city is expected to pay back, as it recently honoured claims (G6)
    externalities : worth of people, sets, knowledge and name, in log cost (A1-A4), and of designation (G3)
    queue : expected wait for a set over the days of shooting
    home_value : (cities,) value of an office there, in log cost: a series a month, overhead, rent, externalities
    """

    def __init__(self, econ: MicroDramaEconomy) -> None:
        p, cities, officials, crew = econ.p, econ.cities, econ.officials, crew_of(econ)
        self.sets = p.sets_per_crew * econ.crews_by_genre(planned=False) / p.scale
        longer = econ.day_length * (1 + rules_of_work.retakes(econ.city_fatigue, p.retake_rate) / p.shooting_days)
        self.days_on_base = longer * rules.shooting_days(p.shooting_days, p.set_moves, self.sets * p.set_sharing)
        self.days_on_location = longer * rules.shooting_days(p.shooting_days, p.set_moves, 0.0 * self.sets)
        lodging = crew.sum() * p.living_yuan_day * cities.price_level
        self.daily = econ.day_rates @ crew + lodging + p.equipment_yuan_day
        self.script = rules.script_cost(p.script_yuan, cities.authors, p.ip_elasticity * p.ip_supply)
        location = cities.location_yuan_day * np.array([[1.0], [p.costume_location]])
        on_base = self.days_on_base * (self.daily + econ.set_hire)
        on_location = self.days_on_location * (self.daily + location)
        self.local_cost = econ.set_chance * on_base + (1 - econ.set_chance) * on_location
        self.city_cost = self.local_cost + self.script + p.post_yuan
        mix = np.array([1 - econ.costume_share, econ.costume_share])
        self.mean_cost = mix @ self.city_cost
        self.rebate = econ.honoured["rebate"] * rebate(self.local_cost, officials.rebate, officials.rebate_cap_yuan)
        self.queue = econ.set_wait / self.days_on_base
        common = p.designation_appeal * officials.designated + p.agglomeration_scale * sum(
            weight * rules.externality(levels, form, p.externality_floor)
            for levels, form, weight in (
                (econ.pool[:, 2:].sum(axis=1), p.pooling, p.pooling_weight),
                (econ.knowledge, p.knowledge, p.knowledge_weight),
                (econ.reputation, p.reputation, p.reputation_weight),
            )
        )
        access = [rules.externality(sets, p.set_access, p.externality_floor) for sets in self.sets]
        self.externalities = common + p.agglomeration_scale * p.set_access_weight * np.stack(access)
        rent = econ.region.city_mean(econ.region.rent) * p.office_m2_per_studio
        rent *= 1 - econ.honoured["rent_subsidy"] * officials.rent_subsidy
        cost = self.mean_cost - mix @ self.rebate + p.overhead_yuan_month * cities.price_level + rent
        self.home_value = rules.location_value(
            cost, mix @ self.externalities, econ.put_off, mix @ self.queue, 0.0,
            delay_aversion=p.delay_aversion, queue_aversion=p.queue_aversion, away_cost=0.0,
        )  # fmt: skip


def survey_cities(econ: MicroDramaEconomy) -> None:
    """(S8, A1-A4) Look at what every city offers; everybody decides on this snapshot."""
    econ.survey = Survey(econ)


def profit_outlook(econ: MicroDramaEconomy, rows: Array) -> Array:
    """Profit that studios (by row) expect from a series of their own at home in their best market, over cost."""
    studios = econ.studios
    return outlook_by_market(econ, studios.city[rows], studios.expected[rows], studios.quality[rows])[:, :3].max(axis=1)


def outlook_by_market(econ: MicroDramaEconomy, city: Array, expected: Array, quality: Array) -> Array:
    """(S6, L6, C3) Profit over cost that a studio expects of a series in each of :data:`OFFERS`, shape (n, 5)."""
    p, survey = econ.p, econ.survey
    usd = p.exchange_rate
    days = np.maximum(survey.days_on_base[0], p.foreign_least_days)
    flown = usd * p.foreign_actors * (p.foreign_usd_day * days + p.flight_usd)
    there = usd * p.california_usd + survey.script + p.overseas_cost_yuan
    here, abroad = survey.mean_cost, survey.mean_cost + p.overseas_cost_yuan
    cost = np.stack([here, here, abroad, abroad + flown, there], -1)[city]
    appeal = np.array([1.0, 1.0, 1.0, p.foreign_appeal, p.california_appeal])
    appeal[2:] /= econ.overseas_appeal
    earns = expected[:, [0, 1, 2, 2, 2]] * appeal * np.exp(p.quality_effect * quality)[:, None]
    return earns / cost - 1


# ---------------------------------------------------------------------- entry and moves


def found_studios(econ: MicroDramaEconomy) -> None:
    """(S1) Potential founders, the same in every scenario, found a studio if the outlook clears their threshold.

    Spin-offs leave a studio, the likelier the more hits it has had, mostly stay in its city and inherit part of its
    quality; the others found where the value is best.
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
    studios = econ.studios
    talent: Array = luck("studio.quality").normal(ids)
    left = _pick(luck("studio.parent").uniform(ids), (1 + studios.hits) * ~studios.inert)
    spinoff = luck("studio.spinoff").happens(ids, p.spinoff_share) & bool(len(studios))
    stays = spinoff & luck("studio.stays").happens(ids, p.spinoff_home)
    city, parent = best.copy(), np.zeros(len(ids), np.int64)
    quality: Array = p.quality_spread * talent
    city[stays], parent[spinoff] = studios.city[left[stays]], studios.id[left[spinoff]]
    if p.parentage:
        quality[spinoff] = rules.inherited_quality(
            studios.quality[left[spinoff]], talent[spinoff], p.inheritance, p.quality_spread
        )
    rows = studios.add(
        ids, born=econ.month, city=city, cell=office_cells(econ, city, ids, luck), quality=quality,
        expected=econ.public_earnings, private_fund=-1, state_fund=-1, parent=parent, mandate_city=-1,
    )  # fmt: skip
    equity = fen(p.entrant_equity_yuan * np.exp(0.5 * luck("studio.equity").normal(ids)))
    econ.ledger.pay("founders", (econ.rest_of_china, 0), (econ.studios, np.arange(rows.start, rows.stop)), equity)
    econ.panel.now["entries"] += np.bincount(city, minlength=len(econ.cities))


def office_cells(econ: MicroDramaEconomy, city: Array | int, ids: Array, luck: Luck) -> Array:
    """(P3) Cell of an office inside its city: a logit over rent, access and studios there, among cells with room."""
    p, region = econ.p, econ.region
    studios = np.bincount(econ.studios.cell, ~econ.studios.inert, len(region.x)) if len(econ.studios) else 0.0
    room = region.vacancy * region.stock_m2 >= p.office_m2_per_studio
    value = p.office_neighbours * np.log1p(studios) - np.log(region.rent) - p.office_access * region.distance_km
    best = np.maximum.reduceat(value, region.first[:-1])[region.city]
    weight = np.exp((value - best) / p.office_cell_scale) * np.where(room, 1.0, 1e-9)
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


OFFERS = (
    ("paid", "local"),
    ("ad", "local"),
    ("overseas", "local"),
    ("overseas", "foreign"),
    ("overseas", "california"),
)
"""What a series can be: its market and its cast."""


def open_offers(p: Parameters) -> list[tuple[str, str]]:
    """Offers that the switches leave."""
    shut = {"foreign": not p.foreign_cast, "california": not p.california, "overseas": not p.overseas}
    return [offer for offer in OFFERS if not any(shut.get(word) for word in offer)]


def start_series(econ: MicroDramaEconomy) -> None:
    """(S2, S6, S8) Slates: commissions go to the best of the hopeful, the other slots to own series that should pay.

    Everybody decides on the same snapshot of the month; who is commissioned is settled by quality and luck.
    """
    p, luck, studios = econ.p, econ.luck, econ.studios
    slots = rules.slate_size(
        yuan(studios.cash_fen), econ.survey.mean_cost[studios.city], p.working_capital, p.max_slate
    )
    slots[studios.inert | (studios.shut_until > econ.month)] = 0
    owner = np.repeat(np.arange(len(studios)), slots)
    slot = np.arange(len(owner)) - np.repeat(np.cumsum(slots) - slots, slots)
    keys = series_keys(studios.id[owner], slot, econ.month)
    fee = fen(commission_fee(econ.series_cost, p.commission_margin))

    platform, publisher, casting = (np.full(len(owner), value) for value in (-1, -1, 0))
    clients = np.concatenate([econ.platforms.slate_fen, econ.publishers.slate_fen])
    ids = np.concatenate([econ.platforms.id, econ.publishers.id])
    offered = np.floor(clients / fee + luck("platform.slate").uniform(ids)).astype(int)
    chosen = _commissioned(econ, keys, owner, int(offered.sum()))
    econ.commission_fill = len(chosen) / max(len(owner), 1)
    client = _pick(luck("series.commissioner").uniform(keys[chosen]), offered)
    sells_novels = client >= len(econ.platforms)
    platform[chosen] = client
    publisher[chosen[sells_novels]] = client[sells_novels] - len(econ.platforms)
    free_to_watch = econ.platforms.share * (econ.platforms.mode == MODES.index("ad"))
    platform[chosen[sells_novels]] = _pick(
        luck("series.platform").uniform(keys[chosen[sells_novels]]), free_to_watch
    )  # fmt: skip
    hired = platform >= 0

    own, mode, cast = _own_series(econ, owner, keys, np.flatnonzero(~hired))
    casting[own] = cast
    for m in range(len(MODES)):
        mine = own[mode == m]
        share = econ.platforms.share * (econ.platforms.mode == m)
        platform[mine] = _pick(luck("series.platform").uniform(keys[mine]), share)

    go = platform >= 0
    np.add.at(studios.slate, owner[go], 1)
    studios.idle_months = np.where(studios.slate > 0, 0, studios.idle_months + 1)
    if go.any():
        _open_files(econ, owner[go], slot[go], keys[go], platform[go], publisher[go], casting[go], hired[go], fee)


def _commissioned(econ: MicroDramaEconomy, keys: Array, owner: Array, offered: int) -> Array:
    """Slots that find a commission: the highest in quality and luck, as many as clients offer."""
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


def _own_series(econ: MicroDramaEconomy, owner: Array, keys: Array, free: Array) -> tuple[Array, Array, Array]:
    """(S2, S6, L6, C3) Which of the free slots start a series of the studio's own, for which market, with which cast.

    A slot first takes the cast that seems best for a series overseas, then the market that seems to pay best (logits),
    and starts with a chance that rises with the profit expected there. Slots whose luck would not do even in the
    studio's best market are passed over at once.
    """
    p, studios, luck = econ.p, econ.studios, econ.luck
    ratio = outlook_by_market(econ, studios.city, studios.expected, studios.quality)
    ratio[:, [offer not in econ.offers for offer in OFFERS]] = -np.inf
    ratio[(studios.expected <= 0)[:, [0, 1, 2, 2, 2]]] = -np.inf  # nobody looks to a market without money
    chance = rules.start_probability(ratio - p.start_hurdle, p.start_scale)

    u = luck("series.start").uniform(keys[free])
    hopeful = u < chance.max(axis=1)[owner[free]]
    free, u = free[hopeful], u[hopeful]
    studio = owner[free]
    cast = rules.choose(ratio[studio, 2:], p.cast_scale, luck("series.cast").gumbel(keys[free], np.arange(3)))
    best = ratio[studio[:, None], np.stack([0 * cast, 0 * cast + 1, 2 + cast], -1)]
    mode = rules.choose(best, p.market_scale, luck("series.market").gumbel(keys[free], np.arange(len(MODES))))
    cast[mode != MODES.index("overseas")] = 0
    starts = u < chance[studio, mode + cast]
    return free[starts], mode[starts], cast[starts]


def shooting_city(econ: MicroDramaEconomy, owner: Array, genre: Array, keys: Array) -> Array:
    """(S8) Where each series is shot: a logit over cost after rebate, externalities, queues and trouble away."""
    p, k, studios = econ.p, len(econ.cities), econ.studios
    home = studios.city[owner]
    if not p.shooting_location:
        return home
    away = ~np.eye(k, dtype=bool)
    survey = econ.survey
    travel = p.travelling_crew * 2 * p.travel_yuan_hour * econ.region.travel_hours + survey.script[:, None]
    cost = (survey.local_cost - survey.rebate)[:, None] + p.post_yuan + travel
    value = rules.location_value(
        cost, survey.externalities[:, None], econ.put_off, survey.queue[:, None], away,
        delay_aversion=p.delay_aversion, queue_aversion=p.queue_aversion, away_cost=p.away_cost,
    ).reshape(-1, k)  # fmt: skip
    which = genre * k + home
    bound = np.flatnonzero(studios.mandate_left_fen[owner] > 0)
    pulled = value[which[bound]]
    pulled[np.arange(len(bound)), studios.mandate_city[owner[bound]]] += p.mandate_pull
    which[bound] = len(value) + np.arange(len(bound))
    value = np.concatenate([value, pulled]) / p.location_scale
    return econ.luck("series.city").choose(keys, econ.cities.keys, value, which)


def _open_files(
    econ: MicroDramaEconomy, owner: Array, slot: Array, keys: Array, platform: Array, publisher: Array, casting: Array,
    hired: Array, fee: Array,
) -> None:  # fmt: skip
    """Start the series: where, how lavish and how edgy; script bought from a publisher; first part of the fee."""
    p, luck, studios, series = econ.p, econ.luck, econ.studios, econ.series
    home, there = studios.city[owner], casting == CASTINGS.index("california")
    genre = (luck("series.genre").happens(keys, econ.costume_share) & ~there).astype(int)
    city = np.where(there, -1, shooting_city(econ, owner, genre, keys))
    overseas = econ.platforms.mode[platform] == MODES.index("overseas")
    lavish, tier = _budget(econ, genre, city, home, ~overseas, keys)
    edge, discretion = _edge(econ, city, overseas, hired, tier)
    appeal = np.log(np.array([1.0, p.foreign_appeal, p.california_appeal]))[casting]
    worth = np.where(overseas, p.edge_value_overseas, p.edge_value_domestic)
    quality = studios.quality[owner] + p.budget_quality * lavish + appeal + np.log1p(worth * edge)
    script = fen(econ.survey.script[home] * np.exp(lavish))
    rows = series.add(
        stable_ids(Series.kind, econ.month, 0, np.arange(len(owner))), born=econ.month, key=keys,
        studio=studios.id[owner], slot=slot, home=home, city=city, platform=platform, publisher=publisher,
        casting=casting, genre=genre, lavish=lavish, tier=tier, edge=edge, discretion=discretion, commissioned=hired,
        stage=PREPARATION, shot=-1, released=-1, fee_fen=fee * hired, cost_fen=script, quality=quality,
        due=30 * (econ.month + luck("series.day").uniform(keys)) + p.preparation_days
        + p.visa_days * (casting == CASTINGS.index("foreign")),
    )  # fmt: skip
    writer = _pick(luck("series.publisher").uniform(keys), econ.publishers.share)
    econ.ledger.pay("script", (studios, owner), (econ.publishers, writer), script)
    pay_milestone(econ, np.arange(rows.start, rows.stop), owner, 0)
    econ.counts["started"] += len(owner)
    econ.panel.now["series_started"] += np.bincount(home, minlength=len(econ.cities))
    econ.panel.now["overseas_started"] += np.bincount(home, overseas, len(econ.cities))


def _budget(
    econ: MicroDramaEconomy, genre: Array, city: Array, home: Array, reviewed: Array, keys: Array
) -> tuple[Array, Array]:
    """(S3, C1) How much more than usual is spent on script, equipment and post, and the tier of review.

    Domestic budgets just above a notch are cut to it if the shorter review is worth the quality lost.
    """
    p, survey = econ.p, econ.survey
    lavish = p.budget_spread * econ.luck("series.budget").normal(keys)
    if not p.review or econ.month < p.review_start_month:
        return lavish, np.zeros(len(keys), int)
    inside = np.maximum(city, 0)  # those in California are not reviewed
    variable = survey.script[home] + p.post_yuan + p.equipment_yuan_day * survey.days_on_base[genre, inside]
    fixed = survey.local_cost[genre, inside] + survey.script[home] + p.post_yuan - variable
    cut, tier = content.trimmed(lavish, fixed, variable, (p.province_yuan, p.national_yuan), review_days(econ),
                                quality=p.budget_quality, delay_cost=p.delay_cost)  # fmt: skip
    return np.where(reviewed, cut, lavish), np.where(reviewed, tier, 0)


def review_days(econ: MicroDramaEconomy) -> Array:
    """(3,) days of review by tier."""
    p = econ.p
    return np.array([p.filing_days, p.province_days, p.national_days]) * p.review


def _edge(econ: MicroDramaEconomy, city: Array, overseas: Array, hired: Array, tier: Array) -> tuple[Array, Array]:
    """(S7, M14, M15) How edgy and how discreet. Who works for a fee gains nothing from edge; California has no risk."""
    p = econ.p
    if not p.edge:
        return np.zeros(len(city)), np.zeros(len(city))
    seen = econ.inspection_hazard * p.inspection
    exposure = p.penalty * np.where(city >= 0, seen[np.maximum(city, 0)], 0.0)
    rejected = p.rejection_rate * econ.stringency * p.review
    value = np.where(overseas, p.edge_value_overseas, p.edge_value_domestic - rejected) * ~hired
    costs = {"edge_cost": p.edge_cost, "discretion_cost": p.discretion_cost, "discretion_scale": p.discretion_scale}
    return content.edge_and_discretion(value, exposure, **costs)


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
    """(A3, A4) Local hits teach, a city's share makes its name; both fade, and so do studios' own hits."""
    p = econ.p
    econ.knowledge = (1 - p.knowledge_decay) * econ.knowledge + econ.hits / p.scale
    econ.studios.hits *= 1 - p.knowledge_decay
    days = econ.panel.now["shoot_days"]
    econ.shoot_share = days / days.sum() if days.sum() else np.zeros(len(econ.cities))
    econ.reputation = (1 - p.reputation_decay) * econ.reputation + econ.shoot_share
