"""A story: a scenario, a seed and dated actions, all that was done to a world, as data that fit into a link."""

from __future__ import annotations

import copy
import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar
from urllib.parse import quote

import numpy as np

from microdrama.model import InputError, MicroDramaEconomy, Parameters, load_scenario, shipped_scenarios
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.inputs.cities import shipped_cities
from microdrama.model.inputs.parameters import make_parameters
from microdrama.model.inputs.policies import BUDGETS, INSTRUMENTS, TOTALS, Window, make_window
from microdrama.model.inputs.scenario import Scenario
from microdrama.model.inputs.zones import zone_problems
from microdrama.model.phases.cities import SWITCH

from .drawn_zones import MOST_ZONES, ZONE_LEVERS, check, written, zone_of
from .messages import Message, RefusedError, message, messages_of, of_the_model, refusal

LEVERS = {
    "rent_subsidy": 0,
    "rebate": 0,
    "public_studio": 12,
    "state_space": 12,
    "free_scenes": 0,
    "state_fund": 36,
    "designation": 0,
    "censorship": 0,
}
"""Instruments that can be set while a world runs, and the months over which a total is spread."""
MOST_SCALE = 1.0
MOST_ACTIONS = 60


@dataclass(frozen=True)
class Action:
    """Something that acts from the month numbered ``month`` on.

    ``what`` is an instrument of :data:`LEVERS` (``city`` then has ``size`` of it, whatever was announced), or
    ``crisis``: house prices fall ``size`` times as far as observed from those of June 2021; ``city`` "all" makes
    every city share the fall of the one that falls most, "own" leaves each its own, and cities joined by "+" are the
    only ones in which anything changes.
    """

    month: int
    what: str
    city: str
    size: float
    budget_yuan_year: float | None = None
    budget_yuan_total: float | None = None
    mode: str = "replace"
    """``add`` leaves in force what was announced."""
    zone: str = ""
    """A drawn zone in which alone it acts, EAST:NORTH:RADIUS in km from the city's centre."""
    end: int = -1
    """Month from which it acts no more; -1: never, or once a total is spent."""

    def __str__(self) -> str:
        more = "".join(f"~{name}={_written(value)}" for name, value in self.window_keys().items())
        size = f"{self.size:g}"
        return f"{self.month}~{self.what}~{self.city}~{size if float(size) == self.size else repr(self.size)}{more}"

    @property
    def place(self) -> tuple[str, str]:
        """The lever's city and zone; a crisis is one wherever it is."""
        return ("", "") if self.what == "crisis" else (self.city, self.zone)

    def window_keys(self) -> dict[str, Any]:
        """Budgets, mode and zone where they are not the usual ones."""
        keys = {name: getattr(self, name) for name in BUDGETS if getattr(self, name) is not None}
        keys |= {"mode": self.mode} if self.mode != "replace" else {}
        keys |= {"zone": self.zone} if self.zone else {}
        return keys | ({"end": self.end} if self.end >= 0 else {})

    @classmethod
    def parse(cls, text: str) -> Action:
        """From a link. Raises InputError."""
        parts = text.split("~")
        try:
            month, what, city, size = int(parts[0]), parts[1], parts[2], float(parts[3])
            said = dict(part.split("=") for part in parts[4:])
            kinds = {**dict.fromkeys(BUDGETS, float), "end": int}
            more: dict[str, Any] = {n: kinds[n](value) if n in kinds else value for n, value in said.items()}
        except (ValueError, IndexError):
            raise refusal("action_form", text=text[:40]) from None
        if unknown := more.keys() - {*BUDGETS, "mode", "zone", "end"}:
            raise refusal(
                "action_key", text=text[:40], key=min(unknown), known=", ".join((*BUDGETS, "mode", "zone", "end"))
            )
        return cls(month, what, city, size, **more).checked()

    def checked(self) -> Action:
        """This action, if it is allowed. Raises InputError."""
        if not 0 <= self.month < 600:
            raise refusal("action_month", month=self.month)
        if not (self.end == -1 or self.month < self.end <= 600):
            raise refusal("action_end", what=self.what[:30], end=self.end, month=self.month)
        slugs = shipped_cities().slugs
        if self.what == "crisis":
            named = self.city.split("+")
            places = (self.city,) if {*named} <= {*slugs} and len({*named}) == len(named) else ("all", "own", *slugs)
            unit, low, high = "times the observed fall", 0, 3
        elif self.zone and self.what not in ZONE_LEVERS:
            raise refusal("zone_lever", what=self.what[:30], known=", ".join(ZONE_LEVERS))
        elif self.what in (ZONE_LEVERS if self.zone else LEVERS):
            places = ("all",) if self.what == "censorship" else tuple(slugs)
            unit, low, high = INSTRUMENTS[self.what]
        else:
            raise refusal("no_lever", what=self.what[:30], known=", ".join(LEVERS))
        if self.city not in places:
            raise refusal("lever_city", what=self.what, city=self.city[:30], known=", ".join(places))
        if not low <= self.size <= high:
            raise refusal(
                "lever_size", what=self.what, size=f"{self.size:g}", low=f"{low:g}", high=f"{high:g}", unit=unit
            )
        if self.what != "crisis":
            window = {"city": self.city, "instrument": self.what, "start": month_name(self.month), "size": self.size}
            window |= {"mode": self.mode} | {k: v for k, v in self.window_keys().items() if k != "end"}
            if self.zone and self.zone != written(self.zone):
                return dataclasses.replace(self, zone=written(self.zone)).checked()
            make_window(window | {"zone": zone_of(self.city, self.zone).slug if self.zone else ""}, slugs, self.what)
        elif self.window_keys():
            raise refusal("crisis_budget", keys=", ".join(self.window_keys()))
        return self

    def change(self, scenario: Scenario) -> tuple[Scenario, dict[str, Any]]:
        """The scenario and the parameters to branch with, so that this acts from its month on."""
        if self.what == "crisis":
            return self._crisis(scenario)
        p, kept, values = scenario.parameters, list(scenario.policies), {}
        if self.what != "censorship" and not (p.policy and self.month < p.policy_end_month):
            # Officials did nothing at all so far; they are not to take up what was announced, only this.
            kept = [window for window in kept if window.instrument == "censorship"]
            values = {"policy": True, "policy_end_month": 600, "annual_plans": False, "imitation": False}
        switch = SWITCH.get(self.what)
        if switch and not p[switch]:
            kept, values = [window for window in kept if window.instrument != self.what], values | {switch: True}
        other, zone = copy.copy(scenario), ""
        if self.zone:
            drawn = zone_of(self.city, self.zone)
            zone = drawn.slug
            other.zones = (*(z for z in scenario.zones if (z.city, z.slug) != (self.city, zone)), drawn)
        if self.mode == "replace":
            own = self.city, self.what, zone
            kept = [self._ended(w, p.open_window_months) if (w.city, w.instrument, w.zone) == own else w for w in kept]
        span = ZONE_LEVERS[self.what] if zone else LEVERS[self.what]
        if self.size > 0:
            end = self.end if self.end >= 0 else self.month + span if span else -1
            budgets = {name: getattr(self, name) for name in BUDGETS}
            kept.append(Window(self.city, self.what, self.month, self.size, end, zone=zone, **budgets))
        other.policies = tuple(window for window in kept if window.start != window.end)
        return other, values

    def _crisis(self, scenario: Scenario) -> tuple[Scenario, dict[str, Any]]:
        """The same, of a crisis. Where cities are named, all others keep the fall that they have."""
        p, cities = scenario.parameters, scenario.cities
        every = self.city in ("all", "own")
        if every:
            strength = np.full(len(cities), self.size)
        else:
            share = np.nan_to_num(cities.crisis_share, nan=1.0)
            strength = p.crisis_strength * p.property_crisis * share
            strength[[cities.index(slug) for slug in self.city.split("+")]] = self.size
        most = float(strength.max())
        if not every or not np.isnan(cities.crisis_share).all():
            shares = strength / most if most else np.ones(len(cities))
            numbers = {**cities.numbers, "crisis_share": shares}
            scenario = scenario.with_cities(dataclasses.replace(cities, numbers=numbers))
        everywhere = 1.0 if self.city == "all" else p.crisis_everywhere if every else 0.0
        return scenario, {"property_crisis": most > 0, "crisis_strength": most, "crisis_everywhere": everywhere}

    def act(self, economy: MicroDramaEconomy) -> MicroDramaEconomy:
        """The economy that goes on from here with this done to it."""
        scenario, values = self.change(economy.scenario)
        other = economy.branch(scenario, **values)
        if self.what == "crisis":
            other.region.cities = scenario.cities
            other.house_index = self.house_prices(economy)
        return other

    def house_prices(self, economy: MicroDramaEconomy) -> Array:
        """(cities, months) house price index, should this crisis come."""
        changed, values = self.change(economy.scenario)
        region = copy.copy(economy.region)
        region.cities = changed.cities
        return region.house_prices(economy.house_index.shape[1], changed.with_values(values).parameters)

    def _ended(self, window: Window, open_months: int) -> Window:
        """A window that was in force before, or never will be."""
        if 0 <= window.end <= self.month:
            return window
        if window.start < self.month:
            done = self.month - window.start  # the rest of totals is given up
            if window.instrument in TOTALS:
                window = dataclasses.replace(window, size=window.spread(window.start, open_months) * done)
            if window.budget_yuan_total is not None and window.budget_yuan_year is None:
                part = window.budget(window.start, open_months)[1]
                window = dataclasses.replace(window, budget_yuan_total=part * done)
        return dataclasses.replace(window, start=min(window.start, self.month), end=self.month)


def carried_out(actions: Iterable[Action], economy: MicroDramaEconomy) -> MicroDramaEconomy:
    """The economy that goes on from here with all of this done to it; policies in a row take one copy of it."""
    for crises, group in groupby(actions, key=lambda action: action.what == "crisis"):
        if crises:
            for action in group:
                economy = action.act(economy)
            continue
        scenario, values = economy.scenario, {}
        for action in group:
            scenario, more = action.change(scenario)
            scenario, values = scenario.with_values(more, rng=economy.seed), values | more
        economy = economy.branch(scenario, **values)
    return economy


@dataclass(frozen=True)
class Story:
    """One world: scenario, seed, scale, parameters set at the start, and actions."""

    scenario: str = "baseline"
    seed: int = 1
    scale: float = Parameters.scale
    values: tuple[tuple[str, Any], ...] = ()
    actions: tuple[Action, ...] = ()
    most: ClassVar[int] = MOST_ACTIONS

    @classmethod
    def checked(
        cls,
        scenario: Any = "baseline",
        seed: Any = 1,
        scale: Any = Parameters.scale,
        values: Any = "",
        actions: Any = "",
    ) -> Story:
        """A story from what was typed or a link. Raises InputError with every problem."""
        problems: list[Message] = []
        if scenario not in shipped_scenarios():
            problems.append(message("scenario", name=str(scenario)[:40], known=", ".join(shipped_scenarios())))
        text = str(seed).strip()
        if not (text.isascii() and text.isdecimal() and len(text) <= 9):
            problems.append(message("seed", text=text[:20]))
        try:
            size = float(scale)
        except (TypeError, ValueError):
            size = -1.0
        if not 0.005 <= size <= MOST_SCALE:
            problems.append(message("scale", text=str(scale)[:20], low="0.005", high=f"{MOST_SCALE:g}"))
        pairs, done = (), ()
        try:
            pairs = _pairs(str(values))
        except InputError as error:
            problems += messages_of(error)
        try:
            entries = [entry for entry in str(actions).split(",") if entry]
            if len(entries) > MOST_ACTIONS:
                raise refusal("too_many_actions", n=len(entries), most=MOST_ACTIONS)
            done = tuple(sorted((Action.parse(entry) for entry in entries), key=lambda action: action.month))
        except InputError as error:
            problems += messages_of(error)
        if problems:
            raise RefusedError(problems)
        story = cls(scenario, int(text), size, pairs, done)
        story.check_zones()
        return story

    def at_start(self) -> Scenario:
        """The scenario before anything was done. Raises InputError."""
        return load_scenario(self.scenario).with_values(dict(self.values) | {"scale": self.scale}, rng=self.seed)

    def with_action(self, action: Action) -> Story:
        """This story and one thing more; it replaces an earlier setting of the same lever in the same month."""
        key = (action.month, action.what, action.place)
        kept = [a for a in self.actions if (a.month, a.what, a.place) != key]
        if len(kept) >= self.most:
            raise refusal("world_full", most=self.most)
        return dataclasses.replace(self, actions=tuple(sorted((*kept, action), key=lambda each: each.month)))

    @property
    def zones(self) -> tuple[tuple[str, str], ...]:
        """City and place of every zone that was drawn, in the order in which they were."""
        return tuple(dict.fromkeys((a.city, a.zone) for a in self.actions if a.zone))

    def check_zones(self) -> None:
        """Refuse drawn zones that the world cannot have. Raises InputError."""
        if not self.zones:
            return
        if len(self.zones) > MOST_ZONES:
            raise refusal("zone_many", most=MOST_ZONES)
        start = self.at_start()
        for city, text in self.zones:
            check(city, text, start)
        end = self.at_end()
        if problems := zone_problems(end.policies, end.zones, end.cities, end.parameters):
            raise of_the_model(problems)

    def at_end(self) -> Scenario:
        """The scenario after everything was done."""
        scenario = self.at_start()
        for action in self.actions:
            changed, values = action.change(scenario)
            scenario = changed.with_values(values, rng=self.seed)
        return scenario

    def query(self, suffix: str = "") -> str:
        """The part of a link that describes this story; ``suffix`` is 2 for the second of two."""
        parts = {
            "s": self.scenario,
            "seed": self.seed,
            "scale": f"{self.scale:g}",
            "set": " ".join(f"{name}={_written(value)}" for name, value in self.values),
            "do": ",".join(map(str, self.actions)),
        }
        return "&".join(
            f"{name}{suffix}={quote(str(value), safe='~,=')}" for name, value in parts.items() if value != ""
        )

    def in_words(self) -> list[dict[str, Any]]:
        """Actions for the page."""
        return [
            {"month": a.month, "date": month_name(a.month), "what": a.what, "city": a.city, "size": a.size}
            | a.window_keys()
            | ({"number": self.zones.index((a.city, a.zone)) + 1} if a.zone else {})
            for a in self.actions
        ]

    def script(self) -> str:
        """Python that repeats this world and leaves the same numbers."""
        lines = [
            "from microdrama import MicroDramaEconomy, load_scenario",
            "from microdrama.dashboards.story import Action",
            "",
            "def ahead(economy, month):",
            "    economy.run_for(month - 1 - economy.month)",
            "    return economy",
            "",
            f"scenario = load_scenario({self.scenario!r})",
            f"economy = MicroDramaEconomy(scenario, rng={self.seed}, scale={self.scale!r}"
            + "".join(f", {name}={value!r}" for name, value in self.values)
            + ")",
        ]
        for a in self.actions:
            lines += [
                f"economy = ahead(economy, {a.month})  # {month_name(a.month)}: {a.what}, {a.city}, {a.size:g}",
                f"economy = {a!r}.act(economy)",
            ]
        return "\n".join([*lines, "economy.run_for(economy.p.months - 1 - economy.month)", ""])


def _pairs(text: str) -> tuple[tuple[str, Any], ...]:
    """Parameters from ``name=value name=value``."""
    from microdrama.model.inputs.files import parse_value

    entries = [entry for entry in re.split(r"[\s;]+", text.strip()) if entry]
    if bad := [entry for entry in entries if "=" not in entry]:
        raise refusal("pairs", text=bad[0][:40])
    found = {name: parse_value(word) for name, _, word in (entry.partition("=") for entry in entries)}
    if "scale" in found or "months" in found:
        raise refusal("own_field")
    make_parameters(found, where="Parameters")
    return tuple(found.items())


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
