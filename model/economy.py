"""The economy: its state, and one month of it as a flat list of phases."""

from __future__ import annotations

import copy
import math
import secrets
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import mesa
import numpy as np
from mesa.datacollection import DataCollector

from . import phases as month
from .accounts.balance import balance_sheets
from .accounts.ledger import Ledger, Sector, fen
from .agglomeration import net_agglomeration
from .arrays import Array
from .calendar import month_name
from .categories import MODES, ROLES
from .decisions import property as estate
from .decisions.workers import asking_factor, reservation_wage
from .draws import Luck
from .errors import InputError
from .ids import stable_ids
from .inputs.cities import Cities
from .inputs.market import shipped_market, shipped_platforms
from .inputs.parameters import Parameters
from .inputs.scenario import Scenario, load_scenario
from .measures import shares
from .panel import Panel
from .populations.table import Table
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
from .populations.views import VIEWS, AgentSets, RegionGrid
from .region import Region

PHASES = {
    "clock": (month.open_month,),
    "property": (month.move_rents, month.empty_malls),
    "cities": (month.raise_revenue, month.change_leaders, month.plan_year, month.imitate, month.carry_out_policy),
    "regulator": (month.set_stringency,),
    "funds": (month.raise_private_capital, month.invest, month.claw_back),
    "film bases": (month.renew_leases, month.convert_malls),
    "platforms": (month.plan_commissions,),
    "hours": (month.set_hours,),
    "studios": (month.survey_cities, month.found_studios, month.relocate_studios, month.start_series),
    "production": (month.book_sets, month.hire, month.shoot, month.shoot_in_california, month.tire),
    "regulation": (month.inspect_sets, month.review_series, month.remove_from_screen),
    "release": (month.release_series, month.share_attention, month.take_off_screen),
    "settlement": (
        month.pay_studio_costs,
        month.pay_rebates,
        month.pay_base_costs,
        month.pay_taxes,
        month.distribute_profits,
        month.distribute_returns,
        month.spend_incomes,
    ),
    "demography": (month.close_studios, month.close_bases, month.move_workers, month.join_and_leave),
    "learning": (month.revise_expectations, month.adjust_wages, month.adjust_set_hire, month.spread_knowledge),
    "audit": (month.check_identities,),
    "record": (month.record_month,),
}
"""The month: headings and their phases, in order. This *is* the process overview."""
ORDERS: dict[str, tuple[tuple[str, ...], str]] = {
    "usual": ((), ""),
    "release_first": (("release",), "studios"),
    "demography_first": (("demography",), "property"),
    "funds_last": (("funds", "film bases"), "demography"),
}
"""Other orders of the month, to try whether results hang on it: headings, and before which they come."""
OF_THE_START = ("scale", "heritage", "cell_km", "month_order")
"""Parameters that decide what is there at the start and cannot be changed later."""


def headings(order: str) -> list[str]:
    """Headings of :data:`PHASES` in one of :data:`ORDERS`."""
    moved, before = ORDERS[order]
    rest = [heading for heading in PHASES if heading not in moved]
    at = rest.index(before) if moved else 0
    return [*rest[:at], *moved, *rest[at:]]


class MicroDramaEconomy(mesa.Model):
    """A regional micro-drama economy, month by month from January 2021.

    Parameters
    ----------
    scenario : str, path or Scenario
        Name of a shipped scenario, a TOML file, or a scenario object.
    rng : int, optional
        Seed of all luck. The same seed gives the same run, and the same luck to the same agent in every scenario.
    audit : bool
        Check every identity of every agent each month (slower); totals are always checked.
    keep_series : bool
        Keep a record of every finished series for :attr:`panel`.
    **parameters
        Parameter values by name, over the scenario's: ``MicroDramaEconomy(property_crisis=False)``.

    Raises
    ------
    InputError
        If scenario or parameters cannot be used.

    Examples
    --------
    >>> economy = MicroDramaEconomy("baseline", rng=1, scale=0.02)
    >>> economy.run_for(12)
    >>> economy.date
    '2022-01'
    """

    def __init__(
        self,
        scenario: str | Path | Scenario = "baseline",
        rng: int | np.integer[Any] | np.random.Generator | None = None,
        *,
        audit: bool = False,
        keep_series: bool = False,
        **parameters: object,
    ) -> None:
        seed = _seed(rng)
        super().__init__(rng=seed)
        if not isinstance(scenario, Scenario):
            scenario = load_scenario(scenario)
        self.scenario: Scenario = scenario.with_values(parameters, rng=seed)
        self.p: Parameters = self.scenario.parameters
        self.seed, self.audit = seed, audit
        self.luck = Luck(seed)
        self.month = -1
        """Number of the month last begun (0 is January 2021)."""
        self.phases = [phase for heading in headings(self.p.month_order) for phase in PHASES[heading]]

        self.cities: Cities = self.scenario.cities
        self.region = Region(self.cities, self.p)
        self.market = shipped_market()
        self._heed_parameters()
        self._create_populations()
        self._create_city_state()
        self.ledger = Ledger(
            [
                self.studios,
                self.bases,
                self.actors,
                self.platforms,
                self.publishers,
                self.state_funds,
                self.private_funds,
                self.officials,
                self.landlords,
                self.rest_of_china,
                self.rest_of_world,
            ],
            audit=audit,
        )
        self.panel = Panel(self, keep_series=keep_series)
        self._endow()
        self.balance = balance_sheets(self)
        """Balance sheets at the end of the last month: (instruments, sectors) fen."""
        self._views = AgentSets(self)
        if (cycle := net_agglomeration(self).cycle) >= 2:
            warnings.warn(
                f"with these parameters shares may swing in two-month cycles (cycle number {cycle:.2f}, safe below 2): "
                "raise location_scale or lower delay_aversion, queue_aversion or wage_response",
                stacklevel=2,
            )
        self.datacollector = DataCollector(model_reporters=_model_reporters(self.cities))

    # ------------------------------------------------------------------ the month

    def step(self) -> None:
        """One month: every phase in order."""
        self.month += 1
        for phase in self.phases:
            phase(self)
        self.datacollector.collect(self)

    @property
    def date(self) -> str:
        """The month that comes next, ``'YYYY-MM'``."""
        return month_name(self.month + 1)

    # ------------------------------------------------------------------ other futures

    def branch(
        self, scenario: Scenario | None = None, *, rng: int | None = None, **parameters: object
    ) -> MicroDramaEconomy:
        """A copy that goes on from here under another scenario or with other luck; this economy stays as it is.

        What the scenario announces and what parameters say acts from the next month on. What was made at the start
        (people, cells, first bases, scale) stays. ``rng`` is the seed of all luck from the next month on. Without
        arguments the copy goes on as this economy would.

        Raises
        ------
        InputError
            If the scenario has other cities, or a parameter is given that only acts at the start.

        Examples
        --------
        >>> economy = MicroDramaEconomy(rng=1, scale=0.02)
        >>> economy.run_for(6)
        >>> calm = economy.branch(property_crisis=False)
        >>> calm.run_for(6)
        >>> economy.date, calm.date
        ('2021-07', '2022-01')
        """
        kept = {name: self.p[name] for name in OF_THE_START}
        new = (scenario or self.scenario).with_values(kept | parameters, rng=self.seed)
        problems = [
            f"branch: '{name}' acts at the start only and cannot be changed to {new.parameters[name]!r} later"
            for name in OF_THE_START
            if new.parameters[name] != self.p[name]
        ]
        if new.cities.slugs != self.cities.slugs:
            problems.append("branch: the scenario has other cities; a branch goes on in the same ones")
        if problems:
            raise InputError(problems)
        other = copy.deepcopy(self)
        other.scenario, other.p = new, new.parameters
        if rng is not None:
            other.seed, other.luck = _seed(rng), Luck(_seed(rng))
            other.luck.month = self.luck.month
        other._heed_parameters()
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        """What pickles and copies are made of: ``pickle.dump(economy, file)`` saves a state to branch from later."""
        left_out = {*vars(_bare(type(self), self.seed, self.steps)), "_views", "datacollector"} - {"_scenario"}
        state = {name: value for name, value in vars(self).items() if name not in left_out}
        return _bare, (type(self), self.seed, self.steps), state | {"collected": self.datacollector.model_vars}

    def __setstate__(self, state: dict[str, Any]) -> None:
        collected = state.pop("collected")
        self.__dict__.update(state)
        self.datacollector = DataCollector(model_reporters=_model_reporters(self.cities))
        self.datacollector.model_vars = collected
        self._views = AgentSets(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> MicroDramaEconomy:
        make, arguments, state = self.__reduce__()
        memo[id(self)] = other = make(*arguments)
        memo |= {id(shared): shared for shared in (self.cities, self.market)}
        memo[id(self.scenario)] = copy.copy(self.scenario)
        other.__setstate__(copy.deepcopy(state, memo))
        return other

    def _heed_parameters(self) -> None:
        """What follows from parameters alone."""
        self.house_index: Array = self.region.house_prices(max(self.p.months, 120), self.p)
        self.offers = month.open_offers(self.p)
        """Markets and casts open to studios."""
        self.conversion_terms = month.conversion_terms(self.p)
        """What investors in film bases reckon with."""
        self.usual_budget = month.usual_budget(self)
        self.announced = month.announced(self, max(self.p.months, 120))
        """(months, instruments, cities) policies announced."""
        self.costume_share = self.p.costume_share * self.p.genres
        """Share of series that need costume sets."""
        self.content_share, self.promotion_share = (
            np.array([self.p[f"{what}_share_{mode}"] for mode in MODES]) for what in ("content", "promotion")
        )
        """(modes,) parts of a platform's gross that go to studios and to promotion."""

    # ------------------------------------------------------------------ the start

    def _create_populations(self) -> None:
        p, cities, region = self.p, self.cities, self.region
        before = Luck(self.seed)
        self.studios, self.actors, self.bases, self.malls = Studios(256), Actors(1024), FilmBases(), Malls(256)
        self.slots = Slots()
        self.officials, self.platforms, self.publishers = Officials(), Platforms(), Publishers()
        self.state_funds, self.private_funds = Funds("SF"), Funds("PF")
        self.series = Series(512)
        self.landlords = Sector("LL", len(cities))
        self.rest_of_china, self.rest_of_world = Sector("RC", 1), Sector("RW", 1)

        by_key = np.argsort(cities.keys)
        each = np.arange(len(cities))
        self.officials.add(each + 1, imitates_from=-1, tolerance=p.tolerance, hours_cap=24)
        authors = cities.authors if cities.authors.any() else cities.employment_million
        self.publishers.add(each + 1, share=authors / authors.sum())
        self.state_funds.add(each + 1, city=each)
        self.private_funds.add(np.arange(1, 7), city=-1)
        inputs = shipped_platforms()
        home = [cities.slugs.index(slug) if slug in cities.slugs else -1 for slug in inputs.city]
        self.platforms.add(np.arange(1, len(home) + 1), mode=inputs.mode, city=home, share=inputs.share)

        for ids, city in _born(Studios.kind, cities, by_key, self.initial("studios_2020") * p.scale):
            self.studios.add(
                ids,
                born=-1,
                city=city,
                private_fund=-1,
                state_fund=-1,
                mandate_city=-1,
                cell=month.office_cells(self, city, ids, before),
                quality=p.quality_spread * before("studio.quality").normal(ids),
            )
        self.roles_mix = np.cumsum([p.extras, p.crew, p.actors, p.leads]) / (p.extras + p.crew + p.actors + p.leads)
        """Cumulative shares of roles among workers."""
        self.usual_days: Array = p.shooting_days * np.array([1.0, p.costume_days])
        """(genres,) shooting days of a series that never moves (S4)."""
        self.size_pull: Array = p.entry_scale * p.city_size * np.log(cities.employment_million)
        """(cities,) what the people who live there add to the value of an office, in log cost (S1)."""
        self.people: Array = np.cumsum(cities.employment_million) / cities.employment_million.sum()
        """Cumulative shares of cities among people."""
        for ids, city in _born(Actors.kind, cities, by_key, self.initial("workers_2020") * p.scale):
            skill = before("worker.skill").normal(ids)
            self.actors.add(
                ids,
                born=-1,
                city=city,
                skill=skill,
                asks=asking_factor(skill, p.skill_premium),
                role=np.searchsorted(self.roles_mix, before("worker.role").uniform(ids)),
            )
        for ids, city in _born(
            Malls.kind, cities, by_key, cities.floor_stock_m2 * cities.retail_share * p.scale / p.mall_m2
        ):
            cells = region.first[city] + (before("mall.cell").uniform(ids) * np.diff(region.first)[city]).astype(int)
            self.malls.add(ids, born=-1, city=city, cell=cells, frailty=before("mall.frailty").uniform(ids))
        costume = self.initial("costume_crews_2020") * p.genres
        rooms = np.stack([self.initial("base_crews_2020") - costume, costume]) * p.scale
        crews = np.floor(rooms + 0.5).astype(int)
        largest = max(1, int(p.mall_m2 // p.crew_floor_m2))
        number = -(-crews // largest)
        for ids, city in _born(FilmBases.kind, cities, by_key, number.sum(axis=0)):
            genre = np.repeat([0, 1], number[:, city])
            size = np.full(len(ids), largest)
            for g in (0, 1):
                size[np.flatnonzero(genre == g)[-1:]] = crews[g, city] - largest * (number[g, city] - 1)
            cells = region.first[city] + (before("base.cell").uniform(ids) * np.diff(region.first)[city]).astype(int)
            self.bases.add(
                ids,
                born=-1,
                city=city,
                cell=cells,
                crews=size,
                floor_m2=size * p.crew_floor_m2,
                opens=-1,
                rent_yuan_m2_month=0.0,
                genre=genre,
                lease_ends=-1,
                usual_use=p.base_target_utilisation,
            )  # they own what they stand on
        month.add_slots(self, np.arange(len(self.bases)))

    def _create_city_state(self) -> None:
        p, k = self.p, len(self.cities)
        self.day_rates: Array = self.cities.day_rates()
        """(cities, roles) yuan a day that studios post."""
        workers = self.initial("workers_2020")
        prices = (self.cities.price_level if p.price_level else np.ones(k))[:, None] ** p.price_level_exponent
        base = np.average(self.day_rates / prices, axis=0, weights=workers if workers.any() else None)
        self.reservation: Array = reservation_wage(p.reservation_discount * base, prices)
        """(cities, roles) yuan a day below which a worker of average asking stays at home (L1)."""
        per_role = self.reservation[self.actors.city, self.actors.role] * self.actors.asks
        self.actors.usual_fen = fen(1) * p.working_days_month * p.wage_tightness * per_role
        self.set_hire: Array = np.stack([self.cities.set_yuan_day] * 2)
        """(genres, cities) yuan a day of a film base."""
        self.knowledge, self.reputation, self.shoot_share = np.zeros(k), np.zeros(k), np.zeros(k)
        self.set_chance = np.ones((2, k))
        """(genres, cities) recent share of series that got a set."""
        self.set_wait = np.zeros((2, k))
        """(genres, cities) recent wait for a set, days."""
        self.hours, self.day_length = np.full(k, p.shooting_hours), np.ones(k)
        """(cities,) length of a shooting day; days it takes to do what the usual day does."""
        self.city_fatigue = np.zeros(k)
        """(cities,) mean fatigue of those at work."""
        self.stringency, self.campaign_until, self.inspection_hazard = 1.0, -1, np.zeros(k)
        self.overseas_appeal = 1.0
        """Recent mean appeal overseas of the casts of what is released there."""
        self.rebate_response, self.last_rebate = np.full(k, p.prior_response), np.zeros(k)
        """(cities,) what officials believe a rebate does to spending, and the rebate a year ago."""
        self.retail_vacancy = np.zeros(k)
        """(cities,) share of malls without tenants."""
        self.written_off: dict[tuple[str, str], int] = {}
        """Fen written off this month, by claim and the sector concerned."""
        self.leavers_days = 0
        """Days that those who left the trade this month had worked in it."""
        self.honoured: dict[str, Array] = {"rent_subsidy": np.ones(k), "rebate": np.ones(k)}
        """(cities,) recent share of claims that the city paid, by subsidy."""
        self.put_off = np.zeros(k)
        """(cities,) recent share of series put off for want of people."""
        self.set_demand = self.crews_by_genre() * 30.0 * p.base_target_utilisation
        """(genres, cities) recent demand for sets, crew-days a month."""
        self.tightness = np.zeros((k, len(ROLES)))
        """(cities, roles) recent booked share of workers' days."""
        self.released_by_city, self.hits = np.zeros(k), np.zeros(k)
        self.pool = self.count_workers()
        """(cities, roles) workers at the start of the month."""
        self.survey = month.Survey(self)
        self.series_cost = float(np.average(self.survey.mean_cost, weights=self.initial("studios_2020")))
        """Recent average cost of a series, yuan."""
        self.public_earnings = 0.75 * self.series_cost * (self.market_at(0) > 0)
        """Content money per series released, by mode: what the charts let everybody see, yuan; sober at the start."""
        self.local_earnings = np.tile(self.public_earnings, (k, 1))
        content = self.content_share * self.market_at(0)
        self._chart = 5 * np.stack([content, np.maximum(content / self.series_cost, 10 * p.scale)])
        self._local_chart = np.zeros((2, k, len(MODES)))
        nothing = np.zeros(0, np.int64)
        self._owners = (-1, -1), nothing
        self.booking = nothing, nothing, nothing, np.zeros(0)
        """Series ready to shoot, the base each booked (-1: on location), its days, and the day it begins."""
        self.staffed = np.zeros(0, bool)
        """Which of them found a crew."""
        self.rebate_claims = nothing, nothing, nothing
        """Studios, cities and fen of this month's claims."""
        self.commission_fill = 1.0
        """Recent share of studios' slots that found a commission."""
        self.public_savings_fen = np.zeros(k, np.int64)
        """Set aside by each city for a public studio not yet affordable."""
        self.counts = dict.fromkeys(("started", "released", "withdrawn", "abandoned", "ended"), 0)
        self.spending = np.zeros(len(MODES))

    def _endow(self) -> None:
        """Founders' equity, platforms' capital and a first series on screen for every studio of the start."""
        p, luck = self.p, Luck(self.seed)
        n = len(self.studios)
        equity = p.entrant_equity_yuan * np.exp(0.5 * luck("studio.equity").normal(self.studios.id))
        self.ledger.pay("founders", (self.rest_of_china, 0), (self.studios, np.arange(n)), fen(equity))
        capital = 4 * (self.market_at(0) * self.content_share)[self.platforms.mode] * self.platforms.share
        rows = np.arange(len(self.platforms))
        self.ledger.pay("platform_costs", (self.rest_of_china, 0), (self.platforms, rows), fen(capital))
        self.studios.expected = self.public_earnings
        keys = month.series_keys(self.studios.id, np.zeros(n, int), -1)
        domestic = np.flatnonzero(self.platforms.mode == 0)
        pick = np.searchsorted(np.cumsum(self.platforms.share[domestic]), luck("series.platform").uniform(keys))
        self.series.add(
            stable_ids(Series.kind, -1, 0, np.arange(n)),
            key=keys,
            studio=self.studios.id,
            home=self.studios.city,
            city=self.studios.city,
            platform=domestic[np.minimum(pick, len(domestic) - 1)],
            stage=ON_SCREEN,
            shot=-1,
            publisher=-1,
            released=-1,
            audience=1.0,
            quality=self.studios.quality,
            born=-1,
        )
        self.counts["started"] = self.counts["released"] = n

    def market_at(self, number: int) -> Array:
        """(modes,) yuan that viewers and advertisers spend on shot series in a month, at the scale of the run."""
        p = self.p
        overseas = p.overseas_multiple * p.exchange_rate * p.overseas
        multiple = np.array([p.market_multiple, p.market_multiple, overseas])
        shot = 1 - p.ai_share * min(max((number - p.ai_start_month) / p.ai_months, 0), 1)
        return self.market.at(number if p.market_growth else 0) * multiple * (shot * p.scale)

    # ------------------------------------------------------------------ what the phases ask

    @property
    def house_price(self) -> Array:
        """(cities,) house price index of this month, 2020-12 = 100 (the path's last value once it ends)."""
        return self.house_index[:, min(max(self.month, 0), self.house_index.shape[1] - 1)]

    @property
    def activity(self) -> Array:
        """(cities,) demand for commercial space relative to 2020-12 (P4)."""
        return estate.activity(self.house_price, self.p.crisis_demand_elasticity)

    def initial(self, column: str) -> Array:
        """(cities,) numbers of the start: those of the table, or spread like employment without heritage (S1)."""
        found: Array = self.cities.numbers[column]
        if self.p.heritage:
            return found
        people = self.cities.employment_million
        return found.sum() * people / people.sum()

    def crews_by_genre(self, *, planned: bool = True) -> Array:
        """(genres, cities) crews that film bases can host; ``planned`` counts those not open yet."""
        bases = self.bases
        until = 2**31 - 1 if planned else self.month
        return month.count_crews(bases.genre, bases.city, bases.crews, bases.opens, until, len(self.cities))

    @property
    def owners(self) -> Array:
        """(series,) row of the studio of each series, -1 if it closed; looked up anew once either table has changed."""
        changes = self.studios.changes, self.series.changes
        if self._owners[0] != changes:
            self._owners = changes, self.studios.rows(self.series.studio)
        return self._owners[1]

    def write_off(self, claim: str, sector: str, fen: int) -> None:
        """Note a claim that will never be paid, for the balance sheets."""
        self.written_off[claim, sector] = self.written_off.get((claim, sector), 0) + fen

    def count_workers(self) -> Array:
        """(cities, roles) cast and crew who live in a city."""
        return month.count_pairs(self.actors.city, self.actors.role, len(self.cities), len(ROLES))

    def studios_by_city(self) -> Array:
        """(cities,) studios that take part in the market."""
        return np.bincount(self.studios.city, ~self.studios.inert, len(self.cities))

    # ------------------------------------------------------------------ Mesa

    @property
    def agents(self) -> Any:
        """All living agents as a Mesa ``AgentSet`` (views are made when first asked for)."""
        return self._views.all()

    @property
    def agents_by_type(self) -> Any:
        """Living agents by class: ``model.agents_by_type[Studio]``. Only the class asked for is made."""
        return self._views

    @property
    def agent_types(self) -> list[type]:
        """Classes of agents."""
        return list(VIEWS)

    @property
    def grid(self) -> RegionGrid:
        """The region as a Mesa ``discrete_space`` grid, made when first asked for."""
        return self._views.grid

    def tables(self) -> Iterator[Table]:
        """All populations."""
        yield from (
            self.studios,
            self.actors,
            self.bases,
            self.malls,
            self.officials,
            self.platforms,
            self.publishers,
            self.state_funds,
            self.private_funds,
            self.slots,
            self.series,
        )

    def share(self, slug: str, weight: str = "shoot_days") -> float:
        """A city's share of ``studios``, ``shoot_days`` or ``value_yuan`` last month (nan before the first)."""
        return float(shares(self.panel.last(weight))[self.cities.index(slug)]) if len(self.panel) else math.nan


def _bare(kind: type[MicroDramaEconomy], seed: int, steps: int) -> MicroDramaEconomy:
    """An economy of which there is only Mesa's part, its clock put forward."""
    other = object.__new__(kind)
    mesa.Model.__init__(other, rng=seed)
    if steps:
        other.phases, other.month, other.datacollector = [], -1, DataCollector()
        other.run_for(steps)  # with nothing to do
        del other.phases, other.month, other.datacollector
    return other


def _seed(rng: object) -> int:
    if rng is None:
        return secrets.randbits(31)
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**31))
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer):
        raise TypeError(f"rng must be a whole number, a numpy Generator or None, not {rng!r}")
    if rng < 0:
        raise InputError(f"seed {rng}: must not be negative")
    return int(rng)


def _born(kind: int, cities: Cities, order: Array, numbers: Array) -> Iterator[tuple[Array, int]]:
    """Ids of an initial population, city by city in the order of their keys (ids must grow)."""
    for city in order:
        count = int(np.floor(numbers[city] + 0.5))
        yield stable_ids(kind, -1, int(cities.keys[city]), np.arange(count)), int(city)


def _model_reporters(cities: Cities) -> Mapping[str, Any]:
    """Model-level series for Mesa's own tools: totals, concentration and each city's share of shooting days."""

    def share_of(city: int) -> Any:
        return lambda model: float(model.panel.shoot_shares[city])

    return {
        "month": lambda model: month_name(model.month),
        "studios": lambda model: int(model.panel.last("studios").sum()),
        "shoot_days": lambda model: int(model.panel.last("shoot_days").sum()),
        "hhi_shoot_days": lambda model: float((model.panel.shoot_shares**2).sum()),
        **{f"share_{slug}": share_of(city) for city, slug in enumerate(cities.slugs)},
    }
