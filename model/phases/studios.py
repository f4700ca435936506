"""Studios: entry, moves, projects, where to shoot, how edgy, what they learn (S1-S10, A1-A4)."""

from __future__ import annotations

import numpy as np

from ..accounts.ledger import fen
from ..arithmetic import exp
from ..arrays import Array
from ..categories import CASTINGS, MODES
from ..decisions import studios as rules
from ..decisions.platforms import commission_fee
from ..draws import Draws, child_keys
from ..ids import stable_ids
from ..inputs.parameters import Parameters
from ..inputs.policies import FOR_FIRMS
from ..populations.tables import PREPARATION, Series, Studios
from ..region import WITHIN_CELL, weights_nearby
from ..state import State, Survey, phase
from .cities import room_in_scenes, support_by_cell
from .platforms import pay_milestone
from .studios_loops import (
    OF_SURVEY,
    affordable,
    best_offices,
    candidate_slots,
    choose_cells,
    draw_by_weight,
    fill_slots,
    learn,
    note_slates,
    offers_of_cities,
    open_slots,
    outlooks,
    plan_series,
    shooting_cities,
    spin_off_or_begin,
)

# ---------------------------------------------------------------------- what a city offers


def crew_of(econ: State) -> Array:
    """(roles,) people on a set."""
    p = econ.p
    return np.array([p.extras, p.crew, p.actors, p.leads])


def take_survey(econ: State) -> Survey:
    """What every city offers, as things stand."""
    p, cities, officials, crew = econ.p, econ.cities, econ.officials, crew_of(econ)
    crews = econ.crews_by_genre(planned=False)
    sets = p.sets_per_crew * crews / p.scale
    script = rules.script_cost(p.script_yuan, cities.authors, p.ip_elasticity * p.ip_supply, p.script_cap)
    people, floor = econ.pool[:, 2] + econ.pool[:, 3], p.externality_floor
    beside = (
        p.pooling_weight * rules.externality(people, p.pooling, floor)
        + p.knowledge_weight * rules.externality(econ.knowledge, p.knowledge, floor)
        + p.reputation_weight * rules.externality(econ.reputation, p.reputation, floor)
    )
    of_cities, of_genres = offers_of_cities(
        parameters=p.numbers,
        crew=crew,
        sets=sets,
        day_length=econ.day_length,
        fatigue=econ.city_fatigue,
        usual_days=econ.usual_days,
        day_rates=econ.day_rates,
        price_level=cities.price_level,
        set_hire=econ.set_hire,
        set_chance=econ.set_chance,
        set_wait=econ.set_wait,
        location_day=cities.location_yuan_day,
        free_scenes=econ.honoured["free_scenes"],
        days_off_base=econ.days_off_base,
        room_in_scenes=room_in_scenes(econ),
        venue_hire=econ.venue_hire,
        venue_chance=econ.venue_chance,
        script=script,
        costume_share=econ.costume_share,
        honoured_rebate=econ.honoured["rebate"],
        rebate=officials.rebate,
        rebate_cap=officials.rebate_cap_yuan,
        designated=officials.designated,
        filing_service=econ.honoured["filing_service"],
        beside=beside,
        access=np.array([rules.externality(of_genre, p.set_access, floor) for of_genre in sets]),
        rent=econ.region.city_mean(econ.region.rent) * p.office_m2_per_studio,
        rent_subsidy=econ.honoured["rent_subsidy"] * officials.rent_subsidy,
        surplus=_surplus_of_zones(econ),
        size_pull=econ.size_pull,
        put_off=econ.put_off,
    )
    found = dict(zip(OF_SURVEY, (*of_cities, *of_genres)))
    return Survey(crews=crews, sets=sets, script=script, **found)


@phase(
    reads="bases city_fatigue costume_share day_length day_rates days_off_base honoured knowledge officials pool "
    "put_off region reputation set_chance set_hire set_wait size_pull studios supports usual_days venue_chance "
    "venue_hire",
    writes="nearby office_worth support survey",
)
def survey_cities(econ: State) -> None:
    """(S8, A1-A4) Record what every city offers; all studios decide on this snapshot."""
    look_around(econ)
    econ.survey = take_survey(econ)


def look_around(econ: State) -> None:
    """(P3b, G5b) Note who is nearby, what support there is by cell, and what an office in each cell is worth."""
    if econ.supports and econ.month >= 0:
        econ.support = support_by_cell(econ)
    if econ.p.office_choice == "nearby":
        econ.nearby = count_nearby(econ)
        econ.office_worth = worth_of_cells(econ, expected_support(econ))


def profit_outlook(econ: State, rows: Array) -> Array:
    """Profit that studios (by row) expect from a series of their own at home in their best market, over cost."""
    return outlook_by_market(econ, rows)[:, :3].max(axis=1)


def outlook_by_market(econ: State, rows: Array) -> Array:
    """(S6, L6, C3) Profit over cost that studios (by row) expect of a series in each of :data:`OFFERS`, (n, 5)."""
    survey, studios = econ.survey, econ.studios
    return outlooks(
        parameters=econ.p.numbers,
        rows=rows,
        city=studios.city,
        own_results=studios.own_results,
        own_series=studios.own_series,
        expected=studios.expected,
        quality=studios.quality,
        usual_worth=usual_worth(econ),
        mean_cost=survey.mean_cost,
        script=survey.script,
        days=survey.days_on_base[0],
        overseas_appeal=econ.overseas_appeal,
    )


def usual_worth(econ: State) -> Array:
    """(modes,) mean of ``exp(effect q)`` over the makers of the series that charts count (S10)."""
    return econ.filings[1] / econ.filings[0]


# ---------------------------------------------------------------------- entry and moves


@phase(
    reads="commission_fill draws nearby office_worth public_earnings region series_cost studios survey",
    writes="ledger panel.entries studios",
)
def found_studios(econ: State) -> None:
    """(S1) Potential founders, the same in every scenario, start a studio if the outlook clears their threshold.

    Spin-offs leave a studio, the likelier the more hits it has had, mostly stay in its city and inherit part of its
    quality; the others start where the value is best.
    """
    p, draws = econ.p, econ.draws
    if not p.entry:
        return
    there = int(econ.studios_by_city().sum())
    founders = rules.founders_aware(p.potential_entrants_month * p.scale, there, p.entry_spread_studios * p.scale)
    ids = stable_ids(Studios.kind, econ.month, 0, np.arange(round(founders)))
    cost = econ.series_cost + p.overseas_cost_yuan * np.array([0, 0, 1])
    own = (econ.public_earnings / cost - 1).max()
    outlook = max(own, 0.0) + p.commission_margin * econ.commission_fill
    ids = ids[
        draws("studio.entry").rows(ids, float(rules.entry_probability(outlook, p.entry_rate, p.entry_elasticity)))
    ]
    if not len(ids):
        return
    best = rules.choose(econ.survey.home_value, p.entry_scale, draws("studio.home").gumbel(ids, econ.cities.keys))
    studios = econ.studios
    city, quality, left = spin_off_or_begin(
        parameters=p.numbers,
        best=best,
        talent=draws("studio.quality").normal(ids),
        spin_off=draws("studio.spinoff").happens(ids, p.spinoff_share),
        parent_luck=draws("studio.parent").uniform(ids),
        stays=draws("studio.stays").happens(ids, p.spinoff_home),
        city_of=studios.city,
        quality_of=studios.quality,
        hits=studios.hits,
        inert=studios.inert,
    )
    parent = np.zeros(len(ids), np.int64)
    parent[left >= 0] = studios.id[left[left >= 0]]
    rows = studios.add(
        ids,
        born=econ.month,
        city=city,
        cell=office_cells(econ, city, ids, draws),
        quality=quality,
        expected=econ.public_earnings,
        private_fund=-1,
        state_fund=-1,
        parent=parent,
        mandate_city=-1,
    )
    equity = fen(p.entrant_equity_yuan * exp(p.equity_spread * draws("studio.equity").normal(ids)))
    econ.ledger.pay("founders", (econ.rest_of_china, 0), (econ.studios, np.arange(rows.start, rows.stop)), equity)
    econ.panel.now["entries"] += np.bincount(city, minlength=len(econ.cities))


def office_cells(econ: State, city: Array | int, ids: Array, draws: Draws) -> Array:
    """(P3) Cell of an office inside its city: a logit over rent, access and studios there, among cells with room."""
    p, region, studios, city = econ.p, econ.region, econ.studios, np.broadcast_to(city, len(ids))
    if p.office_choice == "nearby":
        return _best_offices(econ, draws, ids, city, np.full(len(ids), -1))
    return choose_cells(
        parameters=p.numbers,
        city=city,
        u=draws("studio.cell").uniform(ids),
        first=region.first,
        studios=np.bincount(studios.cell, ~studios.inert, len(region.x)).astype(float),
        rent=region.rent,
        km=region.distance_km,
        room=region.vacancy * region.stock_m2 >= _office_m2(p),
    )


def _office_m2(p: Parameters) -> float:
    """Floor space that must be vacant for one more office in a cell."""
    return p.office_m2_per_studio * (p.scale if p.office_choice == "nearby" else 1.0)  # floor shrinks with scale


def count_nearby(econ: State) -> Array:
    """(P3b) Studios around each cell by their weight at that distance, (cells,)."""
    region, studios = econ.region, econ.studios
    offices = np.bincount(studios.cell, ~studios.inert, len(region.x)).astype(float)
    return weights_nearby(region.first, region.dx, region.dy, offices, region.weight_at)


def expected_support(econ: State) -> Array:
    """(G5b) What studios expect to get for having their office in a cell, (cells,) yuan a month."""
    if not econ.supports or econ.month < 0:
        return np.zeros(len(econ.region.x))
    city = econ.region.city
    honoured = np.array([econ.honoured[name][city] for name in FOR_FIRMS])
    total: Array = (honoured * econ.support).sum(axis=0)
    return total


def worth_of_cells(econ: State, support: Array) -> Array:
    """(P3b) Utility of an office in each cell but for taste, with a ``support`` of so many yuan a month, (cells,)."""
    p, region, city = econ.p, econ.region, econ.region.city
    rent = region.rent * (1 - econ.honoured["rent_subsidy"] * econ.officials.rent_subsidy)[city]
    return rules.office_utility(
        (rent - support / p.office_m2_per_studio) / region.city_mean(region.rent)[city],
        econ.nearby / (p.scale * region.weight_around),
        np.maximum(region.distance_km, WITHIN_CELL * region.cell_km),
        p.office_rent_weight,
        p.office_spillover,
        p.office_centre_pull,
    )


def _surplus_of_zones(econ: State) -> Array:
    """(G5b) What support by cell makes a city worth to a studio, (cities,) yuan a month."""
    p, region, surplus = econ.p, econ.region, np.zeros(len(econ.cities))
    if not econ.supports or p.office_choice != "nearby":
        return surplus
    support = expected_support(econ)
    rent = region.city_mean(region.rent) * p.office_m2_per_studio
    without = worth_of_cells(econ, 0 * support)
    for city in np.unique(region.city[support > 0]):
        cells = slice(*region.first[city : city + 2])
        surplus[city] = rules.zone_surplus(econ.office_worth[cells], without[cells], rent[city], p.office_rent_weight)
    return surplus


def _best_offices(econ: State, draws: Draws, ids: Array, city: Array, own: Array) -> Array:
    """(P3b, S9b) Cell that studios like best, where nearly all have room; ``own`` is their office's cell or -1."""
    p, region = econ.p, econ.region
    taste = draws.lasting("studio.taste")
    return best_offices(
        parameters=p.numbers,
        seed=np.uint64(taste.seed_of_decision),
        month=taste.month,
        ids=ids,
        city=city,
        own=own,
        first=region.first,
        keys=region.key,
        worth=econ.office_worth,
        used=region.occupied_m2 + region.film_m2,
        stock=region.stock_m2,
        office=_office_m2(p),
        nearby=econ.nearby,
        weight_around=region.weight_around,
        dx=region.dx,
        dy=region.dy,
        weight_at=region.weight_at,
    )


@phase(reads="draws nearby office_worth region studios", writes="panel.office_moves studios.cell")
def move_offices(econ: State) -> None:
    """(S9b) Some studios look around their city, as leases end, and move to a cell that is worth it."""
    p, studios = econ.p, econ.studios
    if not p.office_moves or p.office_choice != "nearby":
        return
    rows = econ.draws("office.review").rows(studios.id, p.office_review_rate)
    rows = rows[~studios.inert[rows]]
    own, city = studios.cell[rows].astype(np.int64), studios.city[rows]
    cell = _best_offices(econ, econ.draws, studios.id[rows], city, own)
    studios.cell[rows] = cell
    econ.panel.now["office_moves"] += np.bincount(city[cell != own], minlength=len(econ.cities))


@phase(reads="draws nearby office_worth region studios survey", writes="panel.moves_in studios.cell studios.city")
def relocate_studios(econ: State) -> None:
    """(S9) Some studios consider moving to another city, and do if the gain is worth it."""
    p, draws, studios = econ.p, econ.draws, econ.studios
    if not p.relocation:
        return
    movers = draws("relocation.consider").rows(studios.id, p.relocation_rate)
    movers = movers[~studios.inert[movers]]
    if not len(movers):
        return
    ids, home = studios.id[movers], studios.city[movers]
    away = np.arange(len(econ.cities)) != home[:, None]
    value = econ.survey.home_value - p.relocation_cost * away
    city = rules.choose(value, p.entry_scale, draws("relocation.city").gumbel(ids, econ.cities.keys))
    moved = city != home
    movers, city = movers[moved], city[moved]
    studios.city[movers] = city
    studios.cell[movers] = office_cells(econ, city, studios.id[movers], draws)
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


@phase(
    reads="costume_share filings inspection_hazard draws offers overseas_appeal platforms publishers put_off region "
    "series series_cost stringency studios survey",
    writes="commission_fill counts filed filed_worth ledger panel.overseas_started panel.series_started series "
    "studios.idle_months studios.revenue_fen studios.slate",
)
def start_series(econ: State) -> None:
    """(S2, S6, S8) Slates: commissions go to the best slots, the others may start own series that should pay.

    All studios decide on the same snapshot of the month; quality and chance decide which slots are commissioned. Slots
    whose draw would be too high even in the studio's best market are dropped at once.
    """
    p, draws, studios, platforms = econ.p, econ.draws, econ.studios, econ.platforms
    owner, slot, free = _open_slots(econ)
    keys = series_keys(studios.id[owner], slot, econ.month)
    fee = fen(commission_fee(econ.series_cost, p.commission_margin))
    clients = np.concatenate([platforms.slate_fen, econ.publishers.slate_fen])
    ids = np.concatenate([platforms.id, econ.publishers.id])
    offered = np.floor(clients / fee + draws("platform.slate").uniform(ids))
    commissioned = _commissioned(econ, keys, owner, int(offered.sum()))
    econ.commission_fill = np.count_nonzero(commissioned) / max(len(owner), 1)

    ratio = outlook_by_market(econ, np.arange(len(studios)))
    u = draws("series.start").uniform(keys)
    can = affordable(p.numbers, owner, commissioned, free, studios.city, econ.survey.mean_cost)
    u = np.where(can, u, 1.0)  # no chance is that high
    candidates = candidate_slots(
        parameters=p.numbers,
        ratio=ratio,
        expected=studios.expected,
        open_offers=np.array([offer in econ.offers for offer in OFFERS]),
        owner=owner,
        commissioned=commissioned,
        u=u,
    )
    start, platform, publisher, casting = fill_slots(
        parameters=p.numbers,
        owner=owner,
        commissioned=commissioned,
        offered=offered,
        client_draw=draws("series.commissioner").uniform(keys),
        shares=platforms.share,
        modes=platforms.mode,
        free_to_watch=MODES.index("ad"),
        platform_draw=draws("series.platform").uniform(keys),
        candidates=candidates,
        ratio=ratio,
        draws=u,
        cast_taste=draws("series.cast").gumbel(keys[candidates], np.arange(len(CASTINGS))),
        market_taste=draws("series.market").gumbel(keys[candidates], np.arange(len(MODES))),
    )
    owner = owner[start]
    note_slates(owner, studios.slate, studios.idle_months)
    mode, worth = platforms.mode[platform], exp(p.quality_effect * studios.quality[owner])
    place = studios.city[owner] * len(MODES) + mode
    econ.filed = np.bincount(place, minlength=len(econ.cities) * len(MODES)).reshape(-1, len(MODES)).astype(float)
    econ.filed_worth = np.bincount(mode, worth, len(MODES))
    if len(start):
        _open_files(econ, owner, slot[start], keys[start], platform, publisher, casting, commissioned[start], fee)


def _open_slots(econ: State) -> tuple[Array, Array, Array]:
    """(S2) Owner and number of every slot, and the (studios,) yuan that nothing started has claimed."""
    studios, series = econ.studios, econ.series
    opened: tuple[Array, Array, Array] = open_slots(
        parameters=econ.p.numbers,
        month=econ.month,
        cash=studios.cash_fen,
        city=studios.city,
        hits=studios.hits,
        inert=studios.inert,
        shut_until=studios.shut_until,
        cost=econ.survey.mean_cost,
        owner_of=econ.owners,
        preparing=series.stage == PREPARATION,
        spent=series.cost_fen,
        fee=series.fee_fen,
        fen_per_yuan=fen(1),
    )
    return opened


def _commissioned(econ: State, keys: Array, owner: Array, offered: int) -> Array:
    """Which slots are commissioned: the highest in quality and chance, as many as clients offer."""
    chosen, n = np.zeros(len(keys), bool), min(offered, len(keys))
    if n:
        score = econ.studios.quality[owner] / max(econ.p.quality_spread, 1e-9) + econ.draws("series.pitch").gumbel(keys)
        chosen[np.argpartition(-score, n - 1)[:n]] = True
    return chosen


def shooting_city(econ: State, owner: Array, genre: Array, keys: Array) -> Array:
    """(S8) Where each series is shot: a logit over cost after rebate, externalities, queues and trouble away."""
    p, studios, survey = econ.p, econ.studios, econ.survey
    if not p.shooting_location:
        return studios.city[owner]
    draw = econ.draws("series.city")
    return shooting_cities(
        parameters=p.numbers,
        seed=np.uint64(draw.seed_of_decision),
        month=draw.month,
        keys=keys,
        options=econ.cities.keys,
        owner=owner,
        genre=genre,
        city_of=studios.city,
        mandate_left=studios.mandate_left_fen,
        mandate_city=studios.mandate_city,
        mandate_pull=p.mandate_pull,
        local_cost=survey.local_cost,
        rebate=survey.rebate,
        script=survey.script,
        hours=econ.region.travel_hours,
        externalities=survey.externalities,
        put_off=econ.put_off,
        queue=survey.queue,
    )


def _open_files(
    econ: State,
    owner: Array,
    slot: Array,
    keys: Array,
    platform: Array,
    publisher: Array,
    casting: Array,
    commissioned: Array,
    fee: Array,
) -> None:
    """Start the series: where, how lavish and how edgy; script bought from a publisher; first part of the fee."""
    p, draws, studios, series, survey = econ.p, econ.draws, econ.studios, econ.series, econ.survey
    home, there = studios.city[owner], casting == CASTINGS.index("california")
    genre = (draws("series.genre").happens(keys, econ.costume_share) & ~there).astype(int)
    city = np.where(there, -1, shooting_city(econ, owner, genre, keys))
    overseas = econ.platforms.mode[platform] == MODES.index("overseas")
    lavish = p.budget_spread * draws("series.budget").normal(keys)
    tier, edge, discretion, quality, script = plan_series(
        parameters=p.numbers,
        lavish=lavish,
        owner=owner,
        studio_quality=studios.quality,
        genre=genre,
        city=city,
        home=home,
        casting=casting,
        commissioned=commissioned,
        overseas=overseas,
        local_cost=survey.local_cost,
        script=survey.script,
        days_on_base=survey.days_on_base,
        hazard=econ.inspection_hazard,
        stringency=econ.stringency,
        with_review=p.review and econ.month >= p.review_start_month,
    )
    script_fen = fen(script)
    rows = series.add(
        stable_ids(Series.kind, econ.month, 0, np.arange(len(owner))),
        born=econ.month,
        key=keys,
        studio=studios.id[owner],
        slot=slot,
        home=home,
        city=city,
        platform=platform,
        publisher=publisher,
        casting=casting,
        genre=genre,
        lavish=lavish,
        tier=tier,
        edge=edge,
        discretion=discretion,
        commissioned=commissioned,
        stage=PREPARATION,
        shot=-1,
        released=-1,
        fee_fen=fee * commissioned,
        cost_fen=script_fen,
        quality=quality,
        due=30 * (econ.month + draws("series.day").uniform(keys))
        + p.preparation_days
        + p.visa_days * (casting == CASTINGS.index("foreign")),
    )
    writer = draw_by_weight(draws("series.publisher").uniform(keys), econ.publishers.share)
    econ.ledger.pay("script", (studios, owner), (econ.publishers, writer), script_fen)
    pay_milestone(econ, np.arange(rows.start, rows.stop), owner, 0)
    econ.counts["started"] += len(owner)
    econ.panel.now["series_started"] += np.bincount(home, minlength=len(econ.cities))
    econ.panel.now["overseas_started"] += np.bincount(home, overseas, len(econ.cities))


def review_days(econ: State) -> Array:
    """(3,) days of review by tier."""
    p = econ.p
    return np.array([p.filing_days, p.province_days, p.national_days]) * p.review


# ---------------------------------------------------------------------- learning


@phase(reads="local_earnings public_earnings studios", writes="studios.expected")
def revise_expectations(econ: State) -> None:
    """(S10) Studios adjust their expectations to the charts and to what their neighbours' series earn."""
    p, studios = econ.p, econ.studios
    if not p.learning:
        return
    learn(
        studios.expected,
        studios.city,
        econ.public_earnings,
        econ.local_earnings,
        p.local_imitation,
        p.expectation_memory,
    )


@phase(
    reads="hits knowledge panel reputation shoot_share studios", writes="knowledge reputation shoot_share studios.hits"
)
def spread_knowledge(econ: State) -> None:
    """(A3, A4) Local hits add to knowledge, a city's share to its reputation; both decay, as do studios' own hits."""
    p = econ.p
    econ.knowledge = (1 - p.knowledge_decay) * econ.knowledge + econ.hits / p.scale
    econ.studios.hits *= 1 - p.knowledge_decay
    days = econ.panel.now["shoot_days"]
    econ.shoot_share = days / days.sum() if days.sum() else np.zeros(len(econ.cities))
    econ.reputation = (1 - p.reputation_decay) * econ.reputation + econ.shoot_share
