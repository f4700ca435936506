"""The economy at the start: who lives in it, what they own, and what each city is like before the first month."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from . import phases
from .accounts.balance import balance_sheets
from .accounts.ledger import Ledger, Sector, fen
from .arithmetic import exp, power
from .arrays import Array
from .categories import MODES, ROLES
from .decisions.property import set_free
from .decisions.studios import mean_worth
from .decisions.workers import origin_shares, reservation_factor, reservation_wage
from .draws import Draws
from .ids import stable_ids
from .inputs.cities import Cities
from .inputs.market import shipped_platforms
from .inputs.policies import COSTLY, FOR_FIRMS, SUBSIDIES
from .populations.tables import (
    ON_SCREEN,
    Actors,
    FilmBases,
    Funds,
    Malls,
    Officials,
    Platforms,
    Publishers,
    Series,
    Slots,
    Studios,
)
from .state import Bookings, RebateClaims, State, Survey


def begin(econ: State) -> None:
    """Fill a state of which there are only parameters, cities and the region."""
    _populate(econ)
    _set_up_cities(econ)
    econ.ledger = Ledger(
        [
            econ.studios,
            econ.bases,
            econ.actors,
            econ.platforms,
            econ.publishers,
            econ.state_funds,
            econ.private_funds,
            econ.officials,
            econ.landlords,
            econ.rest_of_china,
            econ.rest_of_world,
        ],
        audit=econ.audit,
    )
    _endow(econ)
    econ.balance = balance_sheets(econ)


def initial(econ: State, column: str) -> Array:
    """(cities,) numbers of the start: those of the table, or spread like employment without heritage (S1)."""
    found: Array = econ.cities.numbers[column]
    if econ.p.heritage:
        return found
    people = econ.cities.employment_million
    return found.sum() * people / people.sum()


def free_share(econ: State) -> Array:
    """(cities,) share of the crews and people of 2020 that are not busy with long series (S1)."""
    known = econ.cities.free_share_2020
    return np.where(econ.p.heritage & ~np.isnan(known), known, 1.0)


def _populate(econ: State) -> None:
    """Everybody who is there at the start, without money."""
    p, cities, region = econ.p, econ.cities, econ.region
    before = Draws(econ.seed)
    econ.studios, econ.actors, econ.bases, econ.malls = Studios(256), Actors(1024), FilmBases(), Malls(256)
    econ.slots = Slots()
    econ.officials, econ.platforms, econ.publishers = Officials(), Platforms(), Publishers()
    econ.state_funds, econ.private_funds = Funds("SF"), Funds("PF")
    econ.series = Series(512)
    econ.landlords = Sector("LL", len(cities))
    econ.rest_of_china, econ.rest_of_world = Sector("RC", 1), Sector("RW", 1)

    by_key = np.argsort(cities.keys)
    each = np.arange(len(cities))
    econ.officials.add(each + 1, imitates_from=-1, tolerance=p.tolerance, hours_cap=24)
    authors = cities.authors if cities.authors.any() else cities.employment_million
    econ.publishers.add(each + 1, share=authors / authors.sum())
    econ.state_funds.add(each + 1, city=each)
    econ.private_funds.add(np.arange(1, p.private_fund_count + 1), city=-1)
    inputs = shipped_platforms()
    home = [cities.slugs.index(slug) if slug in cities.slugs else -1 for slug in inputs.city]
    econ.platforms.add(np.arange(1, len(home) + 1), mode=inputs.mode, city=home, share=inputs.share)

    econ.honoured = {name: np.ones(len(cities)) for name in (*SUBSIDIES, "filing_service")}
    econ.nearby, econ.office_worth = np.zeros((2, len(region.x)))
    econ.support = np.zeros((len(FOR_FIRMS), len(region.x)))
    phases.look_around(econ)
    econ.origin_shares = origin_shares(initial(econ, "workers_2020"), cities.employment_million, p.emigrants_share)
    free = free_share(econ)
    for ids, city in _born(Studios.kind, cities, by_key, initial(econ, "studios_2020") * p.scale):
        econ.studios.add(
            ids,
            born=-1,
            city=city,
            private_fund=-1,
            state_fund=-1,
            mandate_city=-1,
            cell=phases.office_cells(econ, city, ids),
            quality=p.quality_spread * before("studio.quality").normal(ids),
        )
    for ids, city in _born(Actors.kind, cities, by_key, initial(econ, "workers_2020") * free * p.scale):
        skill = before("worker.skill").normal(ids)
        econ.actors.add(
            ids,
            born=-1,
            city=city,
            origin=phases.origins(econ, ids, np.full(len(ids), city)),
            skill=skill,
            reservation_factor=reservation_factor(skill, p.skill_premium),
            role=np.searchsorted(econ.roles_mix, before("worker.role").uniform(ids)),
        )
    shells = 1 + p.other_shells_ratio  # malls, and other buildings like them
    for ids, city in _born(
        Malls.kind, cities, by_key, cities.floor_stock_m2 * cities.retail_share * p.scale / p.mall_m2 * shells
    ):
        cells = region.first[city] + (before("mall.cell").uniform(ids) * np.diff(region.first)[city]).astype(int)
        econ.malls.add(
            ids,
            born=-1,
            city=city,
            cell=cells,
            frailty=before("mall.frailty").uniform(ids),
            reluctance=before("mall.landlord").uniform(ids),
        )
    costume = initial(econ, "costume_crews_2020") * p.genres
    rooms = np.stack([initial(econ, "base_crews_2020") - costume, costume]) * p.scale
    crews = np.floor(rooms + 0.5).astype(int)
    largest = max(1, int(p.mall_m2 // p.crew_floor_m2))
    number = -(-crews // largest)
    for ids, city in _born(FilmBases.kind, cities, by_key, number.sum(axis=0)):
        genre = np.repeat([0, 1], number[:, city])
        size = np.full(len(ids), largest)
        for g in (0, 1):
            size[np.flatnonzero(genre == g)[-1:]] = crews[g, city] - largest * (number[g, city] - 1)
        opens = np.concatenate([set_free(size[genre == g], free[city], p.crews_free_month) for g in (0, 1)])
        cells = region.first[city] + (before("base.cell").uniform(ids) * np.diff(region.first)[city]).astype(int)
        econ.bases.add(
            ids,
            born=-1,
            city=city,
            cell=cells,
            crews=size,
            floor_m2=size * p.crew_floor_m2,
            opens=opens,
            rent_yuan_m2_month=0.0,
            genre=genre,
            lease_ends=-1,
            usual_use=p.base_target_utilisation,
        )  # they own what they stand on
    phases.add_slots(econ, 0, int(econ.bases.crews.sum()))


def _set_up_cities(econ: State) -> None:
    """What each city is like before the first month, and markets as a sober observer would expect them."""
    p, k = econ.p, len(econ.cities)
    econ.day_rates = econ.cities.day_rates.copy()
    workers = initial(econ, "workers_2020")
    prices = power((econ.cities.price_level if p.price_level else np.ones(k))[:, None], p.price_level_exponent)
    base = np.average(econ.day_rates / prices, axis=0, weights=workers if workers.any() else None)
    econ.reservation_2020 = reservation_wage(p.reservation_discount * base, prices)
    econ.reservation = econ.reservation_2020.copy()
    econ.actors.usual_fen = phases.usual_income_fen(
        econ, econ.actors.city, econ.actors.role, econ.actors.reservation_factor
    )
    econ.set_hire = np.stack([econ.cities.set_yuan_day] * 2)
    econ.knowledge, econ.reputation, econ.shoot_share = np.zeros(k), np.zeros(k), np.zeros(k)
    econ.set_chance = np.ones((2, k))
    econ.set_wait = np.zeros((2, k))
    econ.venue_hire = np.full(k, p.venue_yuan_day)
    econ.venue_demand = 30 * p.base_target_utilisation * econ.venue_crews
    econ.venue_overrun = np.zeros(k)
    econ.venue_chance = (econ.venue_crews > 0).astype(float)
    econ.hours, econ.day_length = np.full(k, p.shooting_hours), np.ones(k)
    econ.city_fatigue = np.zeros(k)
    econ.stringency, econ.campaign_until, econ.inspection_hazard = 1.0, -1, np.zeros(k)
    econ.overseas_appeal = 1.0
    econ.rebate_response, econ.last_rebate = np.full(k, p.prior_response), np.zeros(k)
    econ.retail_vacancy = np.zeros(k)
    econ.written_off = {}
    econ.leavers_days = 0
    econ.trained = np.zeros(k, np.int64)
    econ.days_off_base = np.zeros(k)
    econ.put_off = np.zeros(k)
    econ.set_demand = econ.crews_by_genre(planned=False) * 30.0 * p.base_target_utilisation
    econ.tightness, econ.prospects = np.zeros((2, k, len(ROLES)))
    econ.released_by_city, econ.hits = np.zeros(k), np.zeros(k)
    econ.pool = econ.count_workers()
    econ.survey = Survey.for_cities(k)
    phases.take_survey(econ)
    econ.series_cost = float(np.average(econ.survey.mean_cost, weights=initial(econ, "studios_2020")))
    econ.public_earnings = p.start_earnings * econ.series_cost * (econ.market_at(0) > 0)
    econ.local_earnings = np.tile(econ.public_earnings, (k, 1))
    content = econ.content_share * econ.market_at(0)
    releases = np.maximum(content / econ.series_cost, p.chart_floor_series_month * p.scale)
    econ.chart = p.chart_start_months * np.stack([content, releases])
    econ.local_chart = np.zeros((2, k, len(MODES)))
    econ.series_earns = phases.earnings_at_home(econ)
    econ.filings = econ.chart[1] * np.array([[1.0], [mean_worth(p.quality_effect, p.quality_spread)]])
    econ.local_filings, econ.filed, econ.filed_worth = np.zeros((k, 3)), np.zeros((k, 3)), np.zeros(3)
    nothing = np.zeros(0, np.int64)
    econ._owners = (-1, -1), nothing
    econ.booking = Bookings(
        series=nothing, base=nothing, venue=np.zeros(0, bool), days=nothing, start=np.zeros(0), km=np.zeros(0)
    )
    econ.staffed = np.zeros(0, bool)
    econ.rebate_claims = RebateClaims(studio=nothing, city=nothing, fen=nothing)
    econ.commission_fill = p.start_fill
    econ.committed_fen = econ.usual_budget.committed_fen.astype(float)
    econ.earmarked_fen = np.zeros((len(COSTLY), 2, k), np.int64)
    econ.public_savings_fen = np.zeros(k, np.int64)
    econ.counts = dict.fromkeys(("started", "released", "withdrawn", "abandoned", "ended"), 0)
    econ.spending = np.zeros(len(MODES))


def _endow(econ: State) -> None:
    """Founders' equity, platforms' capital and a first series on screen for every studio of the start."""
    p, draws = econ.p, Draws(econ.seed)
    n = len(econ.studios)
    equity = p.entrant_equity_yuan * exp(p.equity_spread * draws("studio.equity").normal(econ.studios.id))
    econ.ledger.pay("founders", (econ.rest_of_china, 0), (econ.studios, np.arange(n)), fen(equity))
    monthly = p.platform_start_months * (econ.market_at(0) * econ.content_share)[econ.platforms.mode]
    capital = monthly * econ.platforms.share
    rows = np.arange(len(econ.platforms))
    econ.ledger.pay("platform_costs", (econ.rest_of_china, 0), (econ.platforms, rows), fen(capital))
    econ.studios.expected = econ.public_earnings
    keys = phases.series_keys(econ.studios.id, np.zeros(n, int), -1)
    domestic = np.flatnonzero(econ.platforms.mode == 0)
    pick = np.searchsorted(np.cumsum(econ.platforms.share[domestic]), draws("series.platform").uniform(keys))
    econ.series.add(
        stable_ids(Series.kind, -1, 0, np.arange(n)),
        key=keys,
        studio=econ.studios.id,
        home=econ.studios.city,
        city=econ.studios.city,
        platform=domestic[np.minimum(pick, len(domestic) - 1)],
        stage=ON_SCREEN,
        shot=-1,
        publisher=-1,
        released=-1,
        audience=1.0,
        quality=econ.studios.quality,
        born=-1,
    )
    econ.counts["started"] = econ.counts["released"] = n


def _born(kind: int, cities: Cities, order: Array, numbers: Array) -> Iterator[tuple[Array, int]]:
    """Ids of an initial population, city by city in the order of their keys (ids must grow)."""
    for city in order:
        count = int(np.floor(numbers[city] + 0.5))
        yield stable_ids(kind, -1, int(cities.keys[city]), np.arange(count)), int(city)
