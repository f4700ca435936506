"""Studies: what to run, from the keys of a study file to the scenario of every point."""

from __future__ import annotations

import copy
import itertools
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.errors import InputError
from microdrama.model.inputs.cities import read_cities
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.inputs.policies import contradictions
from microdrama.model.inputs.scenario import Scenario, load_scenario
from microdrama.model.inputs.scenario_table import TABLES
from microdrama.model.inputs.zones import zone_problems

from ..outcomes import focal_city
from ..outcomes.quantities import QUANTITIES
from .ensembles import SOURCES, members, own_factors, own_members, spread
from .fields import ANY, POSITIVE, TEXT, YES_NO, Kind, is_whole, key, one_of, table, texts, whole
from .levers import policy_windows, with_a_net, with_levers
from .priors import ENSEMBLE
from .register import Register
from .samplers import SAMPLERS, Factor, half, places, points

MOST_LEVELS = 10_000
"""Values of a factor."""
MOST_POINTS = 100_000
MOST_SEEDS = 100_000
MOST_RUNS = 10_000_000
"""Points times seeds. What is larger is refused before anything is made: split it, or sample it."""


def _are_seeds(value: Any) -> bool:
    if isinstance(value, list) and value:
        return all(is_whole(s) and 0 <= s < 2**63 for s in value) and len(set(value)) == len(value) <= MOST_SEEDS
    return is_whole(value) and 1 <= value <= MOST_SEEDS


SEEDS = Kind(
    f"how many there are, at most {MOST_SEEDS:,}, or a list of different whole numbers from 0 to 2**63 - 1",
    _are_seeds,
    lambda value: tuple(value) if isinstance(value, list) else tuple(range(1, value + 1)),
    list,
)
PANEL = Kind(f'true, false or "{QUANTITIES}"', lambda value: isinstance(value, bool) or value == QUANTITIES)
POLICIES = Kind(
    "[[policy]] tables", lambda value: isinstance(value, list) and all(isinstance(entry, dict) for entry in value)
)
POINTS = Kind(
    "a list of tables with the same factors",
    lambda value: (
        isinstance(value, list) and all(isinstance(point, dict) and point.keys() == value[0].keys() for point in value)
    ),
    tuple,
    list,
)
FACTORS = table("factors")._replace(
    write=lambda factors: {f.name: f.entry for f in factors if f.values or not math.isnan(f.low)}
)


@dataclass(frozen=True)
class Design:
    """Where a study looks."""

    sampler: str = key(one_of(SAMPLERS), "how points are chosen", "factorial")
    size: int = key(whole(0, MOST_POINTS), "how many, for sampled designs", 0)
    seed: int = key(whole(0, 2**32 - 1), "of sampled designs", 1)
    file: str = key(TEXT, "table with a column for each factor, for `points`", "")
    points: tuple[dict[str, Any], ...] = key(POINTS, "the same points as tables", ())
    halved: tuple[str, ...] = key(
        texts("factors"),
        "factors with two values, five or more, of whose combinations a factorial has the half that leaves main "
        "effects and pairs clear of each other",
        (),
    )
    crossed: tuple[str, ...] = key(
        texts("factors"), "factors with values, all of which are tried at each place of a sampled design", ()
    )
    apart: tuple[dict[str, Any], ...] = key(
        Kind(
            "a list of tables", lambda value: isinstance(value, list) and all(isinstance(v, dict) for v in value)
        )._replace(read=tuple, write=list),
        "what differs from the first point in points beside that half, each at all values of the other factors",
        (),
    )


@dataclass(frozen=True)
class Ensemble:
    """Parameter sets that seeds are paired with, in turn: seed 1 has the first, the same at every point."""

    source: str = key(one_of(SOURCES), "where parameter sets come from, unless `parameters` says it", "")
    size: int = key(whole(0, MOST_SEEDS), "how many; 0 for all there are", 0)
    parameters: dict[str, Any] = key(table("ensemble.parameters"), "parameters with ranges or values of your own", {})
    sampler: str = key(one_of(("latin_hypercube", "sobol")), "how these are sampled", "latin_hypercube")
    seed: int = key(whole(0, 2**32 - 1), "of that sample", 1)
    members: tuple[dict[str, Any], ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if not self.members and bool(self.source) == bool(self.parameters):
            has = "has both 'source' and 'parameters'" if self.source else f"needs source, one of {', '.join(SOURCES)}"
            raise InputError(f"{has}{'' if self.source else '; or [ensemble.parameters] with ranges'}")
        if not self.members:
            rows = own_members(self.factors, self.sampler, self.size, self.seed) if self.parameters else None
            object.__setattr__(self, "members", tuple(rows or members(self.source, self.size)))

    @property
    def factors(self) -> tuple[Factor, ...]:
        """What its members differ in, and over which ranges."""
        if self.parameters:
            return own_factors(self.parameters)
        return ENSEMBLE if self.source == "prior" else spread(self.members)

    @property
    def places(self) -> Array:
        """(members, parameters) places in the unit cube of the ranges."""
        if self.parameters:
            return places(self.sampler, self.factors, len(self.members), self.seed)
        return np.stack([f.place(np.array([row[f.name] for row in self.members])) for f in self.factors], axis=1)

    def of(self, seed: int) -> int:
        """Number of a seed's member."""
        return (seed - 1) % len(self.members)


@dataclass(frozen=True)
class Stop:
    """Seeds are added, as many again each time, until intervals are narrow enough or there are ``max_seeds``."""

    output: str = key(TEXT, "outcome that must be known well enough")
    half_width: float = key(POSITIVE, "of the 95 % interval of its mean, or of differences, at every point")
    max_seeds: int = key(whole(1, MOST_SEEDS), "seeds at which it ends in any case")
    paired: bool = key(YES_NO, "whether differences from the first point are meant", True)


@dataclass
class Study:
    """A checked study: :attr:`points` are its design, :meth:`at` makes the scenario of a point.

    The fields with a :func:`~.fields.key` are the keys of a study file, see :mod:`.study_file`.
    """

    name: str
    title: str = key(TEXT, "what it asks; else the name of the file", "")
    description: str = key(TEXT, "more on that", "")
    base: str = key(TEXT, "shipped scenario, or a file beside the study", "baseline", name="scenario")
    cities: str = key(TEXT, "another city table for all scenarios: a file beside the study, or placebos", "")
    months: Any = key(ANY, "length of the runs", None)
    scale: Any = key(ANY, "size of the economy", None)
    seeds: tuple[int, ...] = key(SEEDS, "how many runs each point has, or their seeds", tuple(range(1, 9)))
    city: str = key(TEXT, "city that outcomes look at", "")
    outputs: tuple[str, ...] = key(
        texts("outcomes"),
        "outcomes in the table of runs, beside those of money not paid and of why; all if left out",
        (),
    )
    panel: bool | str = key(PANEL, "whether to keep every city and month, or what patterns in the data speak of", False)
    cells: bool = key(YES_NO, "whether to keep the grid as it is at the end of every run", False)
    share_past: bool = key(YES_NO, "whether runs that differ in policies are one run until the first begins", False)
    announced: bool = key(
        YES_NO, "whether the scenario's own policies hold beside those of the study", True, name="announced_policies"
    )
    parameters: dict[str, Any] = key(table("parameters"), "values that are the same in all runs", {})
    policies: tuple[dict[str, Any], ...] = key(
        POLICIES._replace(read=tuple, write=list), "as in a scenario; a name makes it a lever", (), name="policy"
    )
    groups: dict[str, list[str]] = key(table("groups"), "parameters that a factor of the group's name sets alike", {})
    design: Design = key(table("design", Design), "where to look", Design())
    factors: tuple[Factor, ...] = key(FACTORS, "what varies: lists of values, or ranges of sampled designs", ())
    ensemble: Ensemble | None = key(table("ensemble", Ensemble), "parameter sets that seeds are paired with", None)
    stop: Stop | None = key(table("stop", Stop), "adds seeds until the answer is sharp enough", None)
    register: Register | None = key(table("register", Register), "what is asked and expected, before it is run", None)
    quick: dict[str, Any] = key(table("quick"), "what the quick version takes instead", {})
    folder: Path = Path()
    where: str = "study"

    def __post_init__(self) -> None:
        self._bases: dict[str, Scenario] = {}

    @cached_property
    def points(self) -> list[dict[str, Any]]:
        """The design: values of the factors, point by point."""
        design = self.design
        found = list(design.points) or points(design.sampler, self.sampled, design.size, design.seed)
        if design.crossed:
            found = [point | option for point in found for option in self.options]
        if design.halved:
            found = half(found, [f for f in self.factors if f.name in design.halved])
        usual = [p for p in found if all(p[name] == found[0][name] for name in design.halved)]
        return found + [point | change for change in design.apart for point in usual]

    @property
    def sampled(self) -> tuple[Factor, ...]:
        """Factors of the design without those that it is crossed with."""
        return tuple(f for f in self.factors if f.name not in self.design.crossed)

    @property
    def options(self) -> list[dict[str, Any]]:
        """What is tried at each place of a sampled design, in the order of its points; the first is the reference."""
        names = [f for f in self.factors if f.name in self.design.crossed]
        return [dict(zip((f.name for f in names), v)) for v in itertools.product(*(f.values for f in names))]

    @property
    def values(self) -> dict[str, Any]:
        """Parameters that are the same in all runs."""
        given = {"months": self.months, "scale": self.scale}
        return self.parameters | {name: value for name, value in given.items() if value is not None}

    def member(self, seed: int) -> int:
        """Number of the ensemble's member that a seed has; -1 without an ensemble."""
        return self.ensemble.of(seed) if self.ensemble else -1

    def at(self, point: Mapping[str, Any], member: int = -1) -> Scenario:
        """The scenario of a point, with the parameters of a member of the ensemble.

        The values that the scenario, the study or the point give to a parameter override the member's; ranges of the
        study's own override the scenario.

        Raises
        ------
        InputError
            For a value that is not allowed.
        """
        scenario = self.scenario(str(point.get("scenario", self.base)))
        windows = []
        for number, entry in enumerate(self.policies, 1):
            levers = {
                part: v for f, v in point.items() for name, _, part in [f.partition(".")] if name == entry.get("name")
            }
            windows += policy_windows(entry, levers, scenario.cities.slugs, f"{self.where}: policy {number}")
        scenario.policies = (*(scenario.policies if self.announced else ()), *windows)
        if problems := contradictions(scenario.policies):
            raise InputError(f"{self.where}: {problem}" for problem in problems)
        scenario = with_levers(scenario, point, focal_city(scenario.cities, self.city), self.where)
        varied = {f: value for f, value in point.items() if f in PARAMETERS}
        varied |= {name: point[group] for group, names in self.groups.items() if group in point for name in names}
        if self.ensemble and member >= 0:
            given = self.ensemble.members[member].items()
            usual = {name: PARAMETERS[name].default for name, _ in given if not self.ensemble.parameters}
            set_by_scenario = {name for name, value in usual.items() if scenario.parameters[name] != value}
            scenario = scenario.with_values({n: v for n, v in given if n not in set_by_scenario}, where=self.where)
        scenario = scenario.with_values(self.values | varied, where=self.where)
        if problems := zone_problems(scenario.policies, scenario.zones, scenario.cities, scenario.parameters):
            raise InputError(f"{self.where}: {problem}" for problem in problems)
        return with_a_net(scenario, point["a_net"], self.where) if "a_net" in point else scenario

    def scenario(self, name: str) -> Scenario:
        """A scenario the study names: a shipped one, or a file beside the study."""
        if name not in self._bases:
            own = name.lower().endswith((".toml", *TABLES)) and os.path.isfile(self.folder / name)
            found = load_scenario(self.folder / name if own else name)
            self._bases[name] = found.with_cities(read_cities(self.folder / self.cities)) if self.cities else found
        return copy.copy(self._bases[name])

    def with_more_seeds(self) -> Study:
        """The study with twice as many seeds, or as many as the stopping rule allows."""
        other, seeds = copy.copy(self), self.seeds
        count = min(len(seeds), self.stop.max_seeds - len(seeds)) if self.stop else len(seeds)
        other.seeds = (*seeds, *range(max(seeds) + 1, max(seeds) + 1 + count))
        return other
