"""The economy: one month as a flat list of phases, other futures, and what Mesa sees."""

from __future__ import annotations

import copy
import math
import secrets
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from . import phases as month
from . import start
from .agglomeration import net_agglomeration
from .arithmetic import log
from .calendar import month_name
from .categories import MODES
from .decisions.studios import script_cost
from .draws import Draws
from .errors import InputError
from .inputs.cities import Cities
from .inputs.market import shipped_market
from .inputs.scenario import Scenario, load_scenario
from .measures import shares
from .of_mesa import DataCollector, mesa
from .panel import Panel
from .populations.views import AgentSets, RegionGrid, View
from .region import Region
from .state import State

PHASES = {
    "clock": (month.open_month,),
    "property": (month.move_rents, month.empty_malls),
    "cities": (month.raise_revenue, month.change_leaders, month.plan_year, month.imitate, month.carry_out_policy),
    "regulator": (month.set_stringency,),
    "funds": (month.raise_private_capital, month.invest, month.claw_back),
    "film bases": (month.renew_leases, month.convert_malls),
    "platforms": (month.plan_commissions,),
    "hours": (month.set_hours,),
    "studios": (
        month.survey_cities,
        month.move_offices,
        month.found_studios,
        month.relocate_studios,
        month.start_series,
    ),
    "production": (month.book_sets, month.hire, month.shoot, month.shoot_in_california, month.accumulate_fatigue),
    "regulation": (month.inspect_sets, month.review_series, month.remove_from_screen),
    "release": (month.release_series, month.share_attention, month.take_off_screen),
    "settlement": (
        month.pay_studio_costs,
        month.pay_rebates,
        month.pay_space_leases,
        month.pay_base_costs,
        month.pay_taxes,
        month.distribute_profits,
        month.distribute_returns,
        month.spend_incomes,
    ),
    "demography": (
        month.close_studios,
        month.close_bases,
        month.move_workers,
        month.train_newcomers,
        month.join_and_leave,
    ),
    "learning": (month.revise_expectations, month.adjust_wages, month.adjust_set_fees, month.spread_knowledge),
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
"""Other orders of the month, to see whether results depend on it: headings, and before which they come."""
OF_THE_START = (
    "scale",
    "heritage",
    "other_shells_ratio",
    "cell_km",
    "zone_cells",
    "month_order",
    "start_earnings",
    "start_fill",
    "chart_start_months",
    "platform_start_months",
    "private_fund_count",
    "return_migration",
    "emigrants_share",
)
"""Parameters that decide what is there at the start and cannot be changed later."""


def headings(order: str) -> list[str]:
    """Headings of :data:`PHASES` in one of :data:`ORDERS`."""
    moved, before = ORDERS[order]
    rest = [heading for heading in PHASES if heading not in moved]
    at = rest.index(before) if moved else 0
    return [*rest[:at], *moved, *rest[at:]]


class MicroDramaEconomy(State, mesa.Model):
    """A regional micro-drama economy, month by month from January 2021.

    Parameters
    ----------
    scenario : str, path or Scenario
        Name of a shipped scenario, a TOML file, or a scenario object.
    rng : int, optional
        Seed of all random draws. The same seed gives the same run, and an agent the same draws in every scenario.
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

    _stopped = ""
    """What stopped it inside a month."""

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
        self.seed, self.audit, self.month, self.draws = seed, audit, -1, Draws(seed)
        self.cities, self.market = self.scenario.cities, shipped_market()
        self.region = Region(self.cities, self.scenario.parameters, self.scenario.zones)
        self._take_parameters()
        self.phases: list[Callable[..., None]] = [
            phase for heading in headings(self.p.month_order) for phase in PHASES[heading]
        ]

        start.begin(self)
        self.panel = Panel(self.cities.slugs, partial(month.read_cells, self), keep_series=keep_series)
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
        """One month: every phase in order. After the last of its ``months`` the economy is no longer ``running``."""
        self.month += 1
        for phase in self.phases:
            phase(self)
        self.datacollector.collect(self)
        self.running = self.month + 1 < self.p.months

    def _advance_time(self, until: float) -> None:
        """Mesa's way to any later time; what was stopped inside a month does not go on."""
        self._check_whole("go on")
        if until == self.time:
            return
        try:
            super()._advance_time(until)
        except BaseException as error:
            self._stopped = f" ({type(error).__name__}: {error})".replace(": )", ")")
            raise

    def _check_whole(self, what: str) -> None:
        """A RuntimeError inside a month: Mesa has taken it out of its list, and not yet put in the next one."""
        due = self._default_schedule.next_scheduled_time
        if due is not None and due <= self.time:
            stopped = f"was stopped inside it{self._stopped}" if self._stopped else "is under way"
            raise RuntimeError(
                f"the economy cannot {what}: {month_name(int(self.time) - 1)} {stopped}, so money and people are not "
                "those of a whole month; run it anew, or branch from a whole month"
            )

    @property
    def date(self) -> str:
        """The month that comes next, ``'YYYY-MM'``."""
        return month_name(self.month + 1)

    # ------------------------------------------------------------------ other futures

    def branch(
        self, scenario: Scenario | None = None, *, rng: int | None = None, **parameters: object
    ) -> MicroDramaEconomy:
        """A copy that goes on from here under another scenario or with other draws; this economy stays as it is.

        What the scenario announces and what parameters say acts from the next month on. What was made at the start
        (people, cells, first bases, scale) stays. ``rng`` is the seed of all draws from the next month on. Without
        arguments the copy goes on as this economy would. A subclass, phases put in, reporters and agents of one's own
        are copied with all they hold; events scheduled with Mesa are not.

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
        new = (self.scenario if scenario is None else scenario).with_values(kept | parameters, rng=self.seed)
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
        other.scenario = new
        if rng is not None:
            other.seed, other.draws = _seed(rng), Draws(_seed(rng))
            other.draws.month = self.draws.month
            other.random.seed(other.seed)
            other.rng = np.random.default_rng(other.seed)
        other._take_parameters()
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        """What pickles and copies are made of: ``pickle.dump(economy, file)`` saves a state to branch from later."""
        self._check_whole("be copied")
        made = {*vars(_bare(type(self), 0, 0)), "_views"} - CARRIED
        state = {name: value for name, value in vars(self).items() if name not in made}
        own = [agent for agent in self._all_agents if not isinstance(agent, View)]
        return _bare, (type(self), self.seed, self.steps), state | {"own_agents": own}

    def __setstate__(self, state: dict[str, Any]) -> None:
        own = state.pop("own_agents")
        self.__dict__.update(state)
        self.scenario = self._scenario  # which also says whose it is
        self._views = AgentSets(self)
        self._all_agents.random = self.random
        for agent in own:
            self._all_agents.add(agent)
            self.agents_by_type.of(type(agent)).add(agent)

    def __deepcopy__(self, memo: dict[int, Any]) -> MicroDramaEconomy:
        make, arguments, state = self.__reduce__()
        memo[id(self)] = other = make(*arguments)
        memo |= {id(shared): shared for shared in (self.cities, self.market)}
        memo[id(self.scenario)] = copy.copy(self.scenario)
        other.__setstate__(copy.deepcopy(state, memo))
        return other

    def _take_parameters(self) -> None:
        """What follows from the scenario alone."""
        self.p, self.policies = self.scenario.parameters, self.scenario.policies
        self.running = self.month + 1 < self.p.months
        self.region.set_travel_times(self.p)
        self.region.set_spillovers(self.p)
        self.region.set_zones(self.scenario.zones)
        months = max(self.p.months, 120)
        self.house_index = self.region.house_prices(months, self.p)
        self.offers = month.open_offers(self.p)
        self.conversion_terms = month.conversion_terms(self.p)
        self.usual_budget = month.usual_budget(self)
        crew = np.array([self.p.extras, self.p.crew, self.p.actors, self.p.leads])
        self.roles_mix = np.cumsum(crew) / crew.sum()
        of_authors = self.cities.authors, self.p.ip_elasticity * self.p.ip_supply
        self.script = script_cost(self.p.script_yuan, *of_authors, self.p.script_cap)
        self.usual_days = self.p.shooting_days * np.array([1.0, self.p.costume_days])
        employment = self.cities.employment_million
        firms = np.nan_to_num(self.cities.founder_firms, nan=1.0) if self.p.heritage else 1.0
        self.size_pull = self.p.entry_scale * self.p.city_size * log(employment * firms)
        month.announce(self, max(months, self.month + 1) + 1)
        self.costume_share = self.p.costume_share * self.p.genres
        self.content_share, self.promotion_share = (
            np.array([self.p[f"{what}_share_{mode}"] for mode in MODES]) for what in ("content", "promotion")
        )

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
        return list(self._views)

    @property
    def grid(self) -> RegionGrid:
        """The region as a Mesa ``discrete_space`` grid, made when first asked for."""
        return self._views.grid

    def remove_all_agents(self) -> None:
        """Refused: agents are rows of populations, which the economy needs; views of those who leave vanish."""
        raise InputError("the agents of an economy cannot be removed: they are rows of its populations")

    def share(self, slug: str, weight: str = "shoot_days") -> float:
        """A city's share of ``studios``, ``shoot_days`` or ``value_yuan`` last month (nan before the first)."""
        return float(shares(self.panel.last(weight))[self.cities.index(slug)]) if len(self.panel) else math.nan


CARRIED = {"_scenario", "random", "rng", "_rng", "_seed", "running", "agent_id_counter"}
"""Of what Mesa makes for a model, that which a copy has from its original."""


def _bare(kind: type[MicroDramaEconomy], seed: int, steps: int) -> MicroDramaEconomy:
    """An economy of which there is only Mesa's part, its clock put forward."""
    other = object.__new__(kind)
    mesa.Model.__init__(other, rng=seed)
    if steps:
        step, other._user_step = other._user_step, _rest
        other.run_for(steps)
        other._user_step = step
    return other


def _rest() -> None:
    """A step in which nothing happens."""


def _seed(rng: object) -> int:
    if rng is None:
        return secrets.randbits(31)
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**31))
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer):
        raise TypeError(f"rng must be a whole number, a numpy Generator or None, not {rng!r}")
    if not 0 <= rng < 2**63:
        raise InputError(f"seed {rng}: must be from 0 to 2**63 - 1")
    return int(rng)


def _model_reporters(cities: Cities) -> dict[str, Any]:
    """Model-level series for Mesa's own tools: totals, concentration and each city's share of shooting days."""
    totals = {name: partial(_total, column=name) for name in ("studios", "shoot_days")}
    each = {f"share_{slug}": partial(_share_of, city=city) for city, slug in enumerate(cities.slugs)}
    return {"month": _month, **totals, "hhi_shoot_days": _concentration, **each}


# Functions with a name, so that they can be pickled.
def _month(model: State) -> str:
    return month_name(model.month)


def _total(model: State, column: str) -> int:
    return int(sum(model.panel.last(column).tolist()))


def _concentration(model: State) -> float:
    return float(np.square(model.panel.shoot_shares).sum())


def _share_of(model: State, city: int) -> float:
    return float(model.panel.shoot_shares[city])
