"""Studies: files that say which worlds to run, and the points of their designs.

::

    title = "Does a rebate help when prices fall?"
    scenario = "baseline"
    months = 96
    scale = 0.1
    seeds = 20                        # seeds 1 to 20, the same for every point; or a list

    outputs = ["city_share_shoot_days", "hhi_studios"]       # columns of the table of runs; all if left out
    panel = false                     # keep every city and month too; "quantities": what patterns in the data speak of
    cells = false                     # keep the grid as it is at the end of every run
    share_past = false                # runs that differ only in policies are one run until the first begins
    announced_policies = true         # false: none but those of the study

    [parameters]                      # constants
    migration = false

    [[policy]]                        # as in a scenario; a name makes it a lever
    name = "offer"
    city = "zhengzhou"
    instrument = "rebate"
    start = "2023-01"
    size = 0.1

    [design]
    sampler = "factorial"             # or one of experiments.design.SAMPLERS
    size = 64                         # of sampled designs

    [ensemble]                        # seeds differ in luck and in parameters
    source = "prior"                  # or "calibrated"
    size = 20

    [stop]                            # add seeds until the answer is sharp enough
    output = "city_share_shoot_days"
    half_width = 0.005                # of 95 % intervals of differences from the first point (or paired = false)
    max_seeds = 200

    [factors]
    crisis_strength = [0, 1]
    "offer.size" = [0, 0.1, 0.2]      # size, start or end of a named policy
    location_scale = { low = 0.1, high = 0.3, log = true }   # for sampled designs
    scenario = ["baseline", "no_policy"]
"""

from __future__ import annotations

import copy
import csv
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from microdrama.model.errors import InputError, meant
from microdrama.model.inputs.cities import shipped_cities
from microdrama.model.inputs.parameters import PARAMETERS, make_parameters
from microdrama.model.inputs.scenario import Scenario, load_scenario
from microdrama.model.inputs.scenario_table import TABLES

from ..outcomes import focal_city, outcome_columns
from ..outcomes.quantities import QUANTITIES
from .ensembles import SOURCES, members
from .levers import LEVERS, PARTS, known_levers, policy_windows, with_a_net, with_levers
from .register import Register, make_register
from .samplers import SAMPLED, SAMPLERS, Factor, points

KEYS = (
    "title",
    "description",
    "scenario",
    "months",
    "scale",
    "seeds",
    "city",
    "outputs",
    "panel",
    "cells",
    "share_past",
    "announced_policies",
    "parameters",
    "policy",
    "groups",
    "design",
    "factors",
    "ensemble",
    "stop",
    "register",
    "quick",
)


class Ensemble(NamedTuple):
    """Parameter sets that seeds are paired with, in turn: seed 1 has the first, the same at every point."""

    source: str
    members: tuple[dict[str, float], ...]

    def of(self, seed: int) -> int:
        """Number of a seed's member."""
        return (seed - 1) % len(self.members)


class Stop(NamedTuple):
    """Seeds are added, as many again each time, until intervals are narrow enough or there are ``max_seeds``."""

    output: str
    half_width: float
    """Of the 95 % interval at every point: of the mean, or if ``paired`` of the difference from the first point."""
    max_seeds: int
    paired: bool = True


@dataclass
class Study:
    """A checked study: :attr:`points` are its design, :meth:`at` makes the scenario of a point."""

    name: str
    title: str
    base: str
    seeds: tuple[int, ...]
    city: str
    outputs: tuple[str, ...]
    """Columns of the table of runs; all if empty."""
    panel: bool | str
    """Whether to keep every city and month; ``"quantities"``: what the outcomes' quantities see of them."""
    share_past: bool
    """Whether runs that differ only in policies are one run until the first of these begins."""
    announced: bool
    """Whether the scenario's own policies hold beside those of the study."""
    stop: Stop | None
    ensemble: Ensemble | None
    register: Register | None
    values: dict[str, Any]
    policies: list[dict[str, Any]]
    groups: dict[str, list[str]]
    """Parameters that a factor of the group's name sets alike."""
    sampler: str
    size: int
    design_seed: int
    factors: tuple[Factor, ...]
    rows: list[dict[str, Any]] = field(default_factory=list)
    folder: Path = Path()
    where: str = "study"
    cells: bool = False
    """Whether to keep the grid as it is at the end of every run."""

    def __post_init__(self) -> None:
        self._bases: dict[str, Scenario] = {}

    @cached_property
    def points(self) -> list[dict[str, Any]]:
        """The design: values of the factors, point by point."""
        return self.rows or points(self.sampler, self.factors, self.size, self.design_seed)

    def member(self, seed: int) -> int:
        """Number of the ensemble's member that a seed has; -1 without an ensemble."""
        return self.ensemble.of(seed) if self.ensemble else -1

    def at(self, point: Mapping[str, Any], member: int = -1) -> Scenario:
        """The scenario of a point, with the parameters of a member of the ensemble.

        What the scenario, the study or the point say of a parameter goes before what the member says.

        Raises
        ------
        InputError
            For a value that is not allowed.
        """
        scenario = self.scenario(str(point.get("scenario", self.base)))
        windows = []
        for number, entry in enumerate(self.policies, 1):
            levers = {f.split(".")[1]: v for f, v in point.items() if "." in f and f.split(".")[0] == entry.get("name")}
            windows += policy_windows(entry, levers, scenario.cities.slugs, f"{self.where}: policy {number}")
        scenario.policies = (*(scenario.policies if self.announced else ()), *windows)
        scenario = with_levers(scenario, point, focal_city(scenario.cities, self.city), self.where)
        varied = {f: value for f, value in point.items() if f in PARAMETERS}
        varied |= {name: point[group] for group, names in self.groups.items() if group in point for name in names}
        if self.ensemble and member >= 0:
            given = self.ensemble.members[member].items()
            set_by_scenario = {name for name, _ in given if scenario.parameters[name] != PARAMETERS[name].default}
            scenario = scenario.with_values({n: v for n, v in given if n not in set_by_scenario}, where=self.where)
        scenario = scenario.with_values(self.values | varied, where=self.where)
        return with_a_net(scenario, point["a_net"], self.where) if "a_net" in point else scenario

    def scenario(self, name: str) -> Scenario:
        """A scenario the study names: a shipped one, or a file beside the study."""
        if name not in self._bases:
            own = name.lower().endswith((".toml", *TABLES)) and (self.folder / name).is_file()
            self._bases[name] = load_scenario(self.folder / name if own else name)
        return copy.copy(self._bases[name])

    def with_more_seeds(self) -> Study:
        """The study with twice as many seeds, or as many as the stopping rule allows."""
        other, seeds = copy.copy(self), self.seeds
        count = min(len(seeds), self.stop.max_seeds - len(seeds)) if self.stop else len(seeds)
        other.seeds = (*seeds, *range(max(seeds) + 1, max(seeds) + 1 + count))
        return other


def shipped_studies() -> list[str]:
    """Names of the studies shipped with the package."""
    return sorted(
        f.name[:-5] for f in files("microdrama.experiments").joinpath("studies").iterdir() if f.name.endswith(".toml")
    )


def study_text(name: str) -> bytes:
    """A shipped study as it is written down."""
    return files("microdrama.experiments").joinpath("studies", f"{name}.toml").read_bytes()


def registered_studies() -> list[tuple[str, str, dict[str, Any]]]:
    """Name, title and [register] of the shipped studies that have one, headline studies first and in order."""
    found = []
    for name in shipped_studies():
        data = tomllib.loads(study_text(name).decode())
        if "register" in data:
            found.append((name, str(data.get("title", name)), dict(data["register"])))
    return sorted(found, key=lambda study: place(study[2].get("label", "")))


def place(label: str) -> tuple[int, int, str]:
    """Where a label stands: E1, E2, E2b, ..., E13, then the others by the alphabet."""
    number = "".join(c for c in label if c.isdecimal())
    return (0, int(number), label) if label.startswith("E") and number else (1, 0, label)


def load_study(source: str | Path | Mapping[str, Any], *, quick: bool = False, folder: Path = Path()) -> Study:
    """Read and check a study, shipped or from a TOML file, or what such a file says; every point is tried first.

    ``quick`` takes what its ``[quick]`` table says instead of what stands outside it; ``folder`` is where the files lie
    that a mapping names.

    Raises
    ------
    InputError
        One line for each problem: where, what is allowed, what was probably meant.
    """
    path = folder / "study.toml" if isinstance(source, Mapping) else Path(source)
    if not isinstance(source, Mapping) and not path.suffix and not path.exists():
        shipped = shipped_studies()
        if str(source) not in shipped:
            raise InputError(
                f"unknown study '{source}'{meant(str(source), shipped)} (shipped: {', '.join(shipped)}; "
                "or the path of a TOML file)"
            )
        path = Path(str(files("microdrama.experiments").joinpath("studies", f"{source}.toml")))
    where = path.stem if isinstance(source, Mapping) else str(path)
    data = dict(source) if isinstance(source, Mapping) else _read(path)
    if quick and isinstance(data.get("quick"), dict):
        data |= data["quick"]
    problems = [
        f"{where}: unknown key '{key}'{meant(key, KEYS)} (known: {', '.join(KEYS)})" for key in data if key not in KEYS
    ]
    kinds = (
        ("parameters", dict, "a [parameters] table"),
        ("factors", dict, "a [factors] table"),
        ("design", dict, "a [design] table"),
        ("policy", list, "[[policy]] tables"),
        ("groups", dict, "a [groups] table"),
        ("stop", dict, "a [stop] table"),
        ("ensemble", dict, "an [ensemble] table"),
        ("register", dict, "a [register] table"),
        ("quick", dict, "a [quick] table"),
        ("outputs", list, "a list of outcomes"),
        ("scenario", str, "text"),
        ("title", str, "text"),
        ("city", str, "text"),
        ("share_past", bool, "true or false"),
        ("cells", bool, "true or false"),
        ("announced_policies", bool, "true or false"),
    )
    unlike = [
        f"{where}: '{key}' must be {words}"
        for key, kind, words in kinds
        if key in data and not isinstance(data[key], kind)
    ]
    if unlike:  # nothing further can be read
        raise InputError(problems + unlike)
    if not isinstance(panel := data.get("panel", False), bool) and panel != QUANTITIES:
        problems.append(f"{where}: 'panel' must be true, false or \"{QUANTITIES}\"")
    design = data.get("design", {})
    problems += [
        f"{where}: design: unknown key '{key}' (known: sampler, size, seed, file, points)"
        for key in design
        if key not in ("sampler", "size", "seed", "file", "points")
    ]
    sampler = design.get("sampler", "factorial")
    if sampler not in SAMPLERS:
        problems.append(
            f"{where}: unknown sampler '{sampler}'{meant(str(sampler), SAMPLERS)} (known: {', '.join(SAMPLERS)})"
        )
    size, design_seed = design.get("size", 0), design.get("seed", 1)
    problems += [
        f"{where}: design: '{key}' = {value!r}: must be a whole number from {low}"
        for key, value, low in (("size", size, 1 if sampler in SAMPLED else 0), ("seed", design_seed, 0))
        if isinstance(value, bool) or not isinstance(value, int) or value < low
    ]
    if not problems and sampler in ("sobol", "saltelli") and size.bit_count() != 1:
        problems.append(f"{where}: design: 'size' = {size}: must be a power of two for the sampler '{sampler}'")
    seeds, problem = _seeds(data.get("seeds", 8))
    problems += [f"{where}: {problem}"] if problem else []
    policies = data.get("policy", [])
    named = [entry["name"] for entry in policies if isinstance(entry, dict) and "name" in entry]
    problems += [
        f"{where}: policy {n}: must be a [[policy]] table"
        for n, entry in enumerate(policies, 1)
        if not isinstance(entry, dict)
    ]
    problems += [
        f"{where}: two policies are named '{name}'" for name in sorted({n for n in named if named.count(n) > 1})
    ]
    groups = data.get("groups", {})
    problems += [
        f"{where}: [groups]: '{name}' must be a list of parameters{meant(str(entry), PARAMETERS)}"
        for name, entry in groups.items()
        if not isinstance(entry, list) or set(entry) - {*PARAMETERS}
    ]
    known = [*PARAMETERS, *known_levers(named, list(groups), shipped_cities().slugs)]
    rows: list[dict[str, Any]] = []
    factors: list[Factor] = []
    if sampler == "points":
        rows, found = _points(design, path.parent, where)
        problems += found
        factors = [Factor(name) for name in (rows[0] if rows else ())]
        if "factors" in data:
            problems.append(f"{where}: the sampler 'points' has its factors with the points, not in [factors]")
    else:
        for name, entry in _flat(data.get("factors", {})).items():
            factor, problem = _factor(name, entry, sampled=sampler in SAMPLED)
            factors.append(factor)
            problems += [f"{where}: factor '{name}': {problem}"] if problem else []
        if sampler in SAMPLED and not factors:
            problems.append(f"{where}: the sampler '{sampler}' needs at least one factor")
    allowed = f"a parameter, a group, NAME.{'|'.join(PARTS)} of a named policy, {', '.join(LEVERS)}"
    problems += [
        f"{where}: unknown factor '{f.name}'{meant(f.name, known)} ({allowed})"
        for f in factors
        if f.name not in known and not f.name.startswith("swap.")
    ]
    values = dict(data.get("parameters", {}))
    for key in ("months", "scale"):
        if key in data:
            values[key] = data[key]
    problems += [f"{where}: '{f.name}' is both a factor and set" for f in factors if f.name in values]
    if problems:
        try:
            make_parameters(values, where=where)
        except InputError as error:
            problems += error.problems
        raise InputError(problems)
    study = Study(
        path.stem,
        data.get("title", path.stem),
        data.get("scenario", "baseline"),
        seeds,
        data.get("city", ""),
        tuple(data.get("outputs", ())),
        data.get("panel", False),
        data.get("share_past", False),
        data.get("announced_policies", True),
        None,
        None,
        None,
        values,
        policies,
        groups,
        sampler,
        size,
        design_seed,
        tuple(factors),
        rows,
        path.parent,
        where,
        data.get("cells", False),
    )
    if "ensemble" in data:
        study.ensemble = _ensemble(data["ensemble"], where)
    wrong: dict[str, None] = {}
    for number, point in enumerate(study.points):
        try:
            cities = study.at(point).cities
            if not number:
                for member in {study.member(seed) for seed in study.seeds}:
                    study.at({name: v for name, v in point.items() if name != "a_net"}, member)
            study.city = focal_city(cities, data.get("city", ""))
        except InputError as error:
            wrong |= dict.fromkeys(error.problems)
    if wrong:
        raise InputError(wrong)
    outcomes = outcome_columns(cities.slugs)
    unknown = [str(name) for name in study.outputs if name not in outcomes]
    problems += [f"{where}: outputs: unknown outcome '{name}'{meant(name, outcomes)}" for name in unknown]
    if "stop" in data:
        study.stop, problem = _stop(data["stop"], len(seeds), outcomes)
        problems += [f"{where}: [stop]: {problem}"] if problem else []
    if "register" in data:
        study.register, problem = make_register(data["register"], study, outcomes)
        problems += [f"{where}: [register]: {problem}"] if problem else []
    if problems:
        raise InputError(problems)
    return study


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: cannot read the study: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a UTF-8 text file") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not valid TOML: {error}") from None


def _ensemble(entry: Mapping[str, Any], where: str) -> Ensemble:
    size, unknown = entry.get("size", 0), entry.keys() - {"source", "size"}
    problems = [f"{where}: [ensemble]: unknown key '{key}' (known: source, size)" for key in sorted(unknown)]
    if "source" not in entry:
        problems.append(f"{where}: [ensemble]: needs source, one of {', '.join(SOURCES)}")
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        problems.append(f"{where}: [ensemble]: 'size' = {size!r}: must be a whole number, 0 for all there are")
    if problems:
        raise InputError(problems)
    try:
        return Ensemble(entry["source"], tuple(members(entry["source"], size)))
    except InputError as error:
        raise InputError(f"{where}: [ensemble]: {problem}" for problem in error.problems) from None


def _stop(entry: Mapping[str, Any], seeds: int, outcomes: Mapping[str, Any]) -> tuple[Stop | None, str]:
    if unknown := [key for key in entry if key not in Stop._fields]:
        return None, f"unknown key '{unknown[0]}'{meant(unknown[0], Stop._fields)} (known: {', '.join(Stop._fields)})"
    if missing := [key for key in Stop._fields[:3] if key not in entry]:
        return None, f"needs {', '.join(missing)}"
    rule = Stop(**entry)
    if rule.output not in outcomes:
        return None, f"unknown outcome '{rule.output}'{meant(str(rule.output), outcomes)}"
    if isinstance(rule.half_width, bool) or not isinstance(rule.half_width, int | float) or not rule.half_width > 0:
        return None, f"'half_width' = {rule.half_width!r}: must be a number above 0"
    if isinstance(rule.max_seeds, bool) or not isinstance(rule.max_seeds, int) or rule.max_seeds < seeds:
        return None, f"'max_seeds' = {rule.max_seeds!r}: must be a whole number from {seeds}, the seeds to begin with"
    if not isinstance(rule.paired, bool):
        return None, f"'paired' = {rule.paired!r}: must be true or false"
    return (rule, "") if seeds > 1 else (None, "an interval needs two seeds to begin with")


def _seeds(entry: Any) -> tuple[tuple[int, ...], str]:
    if isinstance(entry, int) and not isinstance(entry, bool) and entry >= 1:
        return tuple(range(1, entry + 1)), ""
    whole = isinstance(entry, list) and all(isinstance(s, int) and not isinstance(s, bool) and s >= 0 for s in entry)
    if whole and entry and len(set(entry)) == len(entry):
        return tuple(entry), ""
    return (), f"'seeds' = {entry!r}: must be how many there are, or a list of different whole numbers"


def _flat(factors: Mapping[str, Any]) -> dict[str, Any]:
    """Factors by name; ``offer.size = ...`` without quotes is a table inside a table for TOML."""
    flat: dict[str, Any] = {}
    for name, entry in factors.items():
        if isinstance(entry, dict) and entry and all(isinstance(inner, list | dict) for inner in entry.values()):
            flat |= {f"{name}.{part}": value for part, value in entry.items()}
        else:
            flat[name] = entry
    return flat


def _factor(name: str, entry: Any, *, sampled: bool) -> tuple[Factor, str]:
    if isinstance(entry, list):
        if not entry or len({repr(v) for v in entry}) < len(entry):
            return Factor(name), "needs different values, at least one"
        return Factor(name, tuple(entry)), ""
    if not isinstance(entry, dict) or entry.keys() - {"low", "high", "log"} or not {"low", "high"} <= entry.keys():
        return Factor(name), "must be a list of values or { low = ..., high = ..., log = true or false }"
    if not sampled:
        return Factor(name), f"a range is for {', '.join(SAMPLED)}; give a list of values"
    low, high, log = entry["low"], entry["high"], entry.get("log", False)
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in (low, high))
    if not numbers or not low < high or (log and low <= 0) or not isinstance(log, bool):
        return Factor(name), "'low' must be a number below 'high' (above 0 with log = true)"
    return Factor(name, (), float(low), float(high), log), ""


def _points(design: Mapping[str, Any], folder: Path, where: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Points written down in the study, or in a CSV file: every cell as TOML reads it, else text."""
    file, listed = design.get("file"), design.get("points")
    if isinstance(listed, list) and listed and not file:
        if all(isinstance(point, dict) and point.keys() == listed[0].keys() for point in listed):
            return listed, []
        return [], [f"{where}: design: every one of 'points' must be a table with the same factors"]
    if not isinstance(file, str):
        return [], [f"{where}: the sampler 'points' needs file = \"points.csv\" or points = [{{...}}, ...] in [design]"]
    try:
        with (folder / file).open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return [], [f"{where}: cannot read the points in {file}: {error}"]
    if not rows:
        return [], [f"{where}: {file} has no points"]
    ragged = [n for n, row in enumerate(rows, 2) if None in row or None in row.values()]
    if ragged:
        return [], [f"{where}: {file}, line {ragged[0]}: not as many entries as the header"]
    return [{name.strip(): value(text.strip()) for name, text in row.items()} for row in rows], []


def value(text: str) -> Any:
    """A value as TOML reads it; what TOML cannot read is text."""
    try:
        found = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return found["value"] if len(found) == 1 else text
