"""Study files, shipped or a user's own: read, checked point by point, and written.

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
    sampler = "factorial"             # or one of SAMPLERS of .samplers
    size = 64                         # of sampled designs

    [ensemble]                        # seeds differ in draws and in parameters
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

Keys stand in :class:`~.study.Study` and the tables in it: what is allowed, what they mean, and how they are written.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import tomllib
import warnings
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from microdrama.model.errors import InputError, meant
from microdrama.model.inputs.cities import shipped_cities
from microdrama.model.inputs.files import parse_toml, parse_value, read_table, read_text
from microdrama.model.inputs.parameters import PARAMETERS, make_parameters
from microdrama.model.inputs.scenario import shipped_scenarios
from microdrama.model.inputs.writing import toml, write_scenario

from ..outcomes import focal_city, outcome_columns
from .analyses import register_problems
from .fields import is_number, read, written
from .levers import LEVERS, PARTS, known_levers
from .samplers import SAMPLED, Factor
from .study import Study

NEW_NAMES = {"luck.month": "draws.month", "luck.future": "draws.future"}
"""Factors that have another name since."""
NEW_STUDIES = {"whose": "crisis_scope"}
"""Shipped studies that have another name since."""


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
    path = folder / "study.toml" if isinstance(source, Mapping) else _path(source)
    where = path.stem if isinstance(source, Mapping) else str(path)
    data = dict(source) if isinstance(source, Mapping) else parse_toml(read_text(path, "study"), where)
    if quick and isinstance(data.get("quick"), dict):
        data |= data["quick"]
    values, problems = read(Study, _with_new_names(data, where), where)
    lost = [name for name in ("parameters", "policy", "groups", "design", "factors") if name in data]
    if any({"policy": "policies"}.get(name, name) not in values for name in lost):
        raise InputError(problems)  # nothing further can be read
    entries, _ = values.pop("factors", {}), values.pop("quick", None)
    study = Study(path.stem, **values, folder=path.parent, where=where)
    study.title = study.title or path.stem
    problems += [*_factor_problems(study, entries), *_name_problems(study)]
    if problems:
        try:
            make_parameters(study.values, where=where)
        except InputError as error:
            problems += error.problems
        raise InputError(problems)
    slugs = _try_points(study)
    outcomes = outcome_columns(slugs)
    unknown = [name for name in study.outputs if name not in outcomes]
    problems = [f"{where}: outputs: unknown outcome '{name}'{meant(name, outcomes)}" for name in unknown]
    problems += [f"{where}: [stop]: {problem}" for problem in _stop_problems(study, outcomes)]
    problems += [f"{where}: [register]: {problem}" for problem in register_problems(study, outcomes)]
    if problems:
        raise InputError(problems)
    return study


def _path(source: str | Path) -> Path:
    path = Path(source)
    if path.suffix or path.exists():
        return path
    shipped = shipped_studies()
    name = NEW_STUDIES.get(str(source), str(source))
    if name != str(source):
        warnings.warn(f"the study '{source}' is now '{name}'", stacklevel=3)
    if name not in shipped:
        raise InputError(
            f"unknown study '{source}'{meant(str(source), shipped)} (shipped: {', '.join(shipped)}; "
            "or the path of a TOML file)"
        )
    return Path(str(files("microdrama.experiments").joinpath("studies", f"{name}.toml")))


def _with_new_names(data: dict[str, Any], where: str) -> dict[str, Any]:
    """A study in which factors have their names of today."""
    old: set[str] = set()

    def renamed(name: str) -> str:
        old.update({name} & {*NEW_NAMES})
        return NEW_NAMES.get(name, name)

    def entries(table: Any) -> Any:
        return {renamed(name): value for name, value in table.items()} if isinstance(table, dict) else table

    new = dict(data)
    if isinstance(data.get("factors"), dict):
        new["factors"] = entries(_flat(data["factors"]))
    design, register = data.get("design"), data.get("register")
    if isinstance(design, dict) and isinstance(design.get("points"), list):
        new["design"] = design | {"points": [entries(point) for point in design["points"]]}
    if isinstance(register, dict) and isinstance(register.get("words"), dict):
        new["register"] = register | {"words": entries(register["words"])}
    for name in sorted(old):
        warnings.warn(f"{where}: the factor '{name}' is now '{NEW_NAMES[name]}'", stacklevel=3)
    return new


def _factor_problems(study: Study, entries: Mapping[str, Any]) -> list[str]:
    """Give a study its factors and points; returns what is wrong with its design."""
    where, design = study.where, study.design
    if design.sampler == "points":
        if design.file and not design.points:
            rows = _points(study.folder / design.file)
            study.design = design = dataclasses.replace(design, points=rows, file="")
        if not design.points:
            return [f"{where}: the sampler 'points' needs file = \"points.csv\" or points = [{{...}}, ...] in [design]"]
        study.factors = tuple(map(Factor, design.points[0]))
        twice = f"{where}: the sampler 'points' has its factors with the points, not in [factors]"
        return [twice] if entries else []
    problems = []
    sampled = design.sampler in SAMPLED
    for name, entry in entries.items():
        factor, problem = _factor(name, entry, sampled=sampled)
        study.factors = (*study.factors, factor)
        problems += [f"{where}: factor '{name}': {problem}"] if problem else []
    if sampled and not entries:
        problems.append(f"{where}: the sampler '{design.sampler}' needs at least one factor")
    if sampled and design.size < 1:
        problems.append(f"{where}: [design]: 'size' = {design.size}: must be a whole number from 1")
    elif design.sampler in ("sobol", "saltelli") and design.size.bit_count() != 1:
        problems.append(
            f"{where}: [design]: 'size' = {design.size}: must be a power of two for the sampler '{design.sampler}'"
        )
    return problems


def _name_problems(study: Study) -> list[str]:
    """What is wrong with names of policies, groups and factors."""
    where = study.where
    named = [str(entry["name"]) for entry in study.policies if "name" in entry]
    problems = [f"{where}: two policies are named '{n}'" for n in sorted({n for n in named if named.count(n) > 1})]
    problems += [
        f"{where}: [groups]: '{name}' must be a list of parameters{meant(str(entry), PARAMETERS)}"
        for name, entry in study.groups.items()
        if not isinstance(entry, list) or set(entry) - {*PARAMETERS}
    ]
    known = [*PARAMETERS, *known_levers(named, list(study.groups), shipped_cities().slugs)]
    allowed = f"a parameter, a group, NAME.{'|'.join(PARTS)} of a named policy, {', '.join(LEVERS)}"
    problems += [
        f"{where}: unknown factor '{f.name}'{meant(f.name, known)} ({allowed})"
        for f in study.factors
        if f.name not in known and not f.name.startswith("swap.")
    ]
    return problems + [f"{where}: '{f.name}' is both a factor and set" for f in study.factors if f.name in study.values]


def _try_points(study: Study) -> list[str]:
    """Make the scenario of every point, and of every member at the first; returns the cities."""
    wrong: dict[str, None] = {}
    slugs: list[str] = []
    named = study.city
    for number, point in enumerate(study.points):
        try:
            cities = study.at(point).cities
            if not number:
                for member in {study.member(seed) for seed in study.seeds}:
                    study.at({name: v for name, v in point.items() if name != "a_net"}, member)
            study.city, slugs = focal_city(cities, named), cities.slugs
        except InputError as error:
            wrong |= dict.fromkeys(error.problems)
    if wrong:
        raise InputError(wrong)
    return slugs


def _stop_problems(study: Study, outcomes: Mapping[str, Any]) -> list[str]:
    rule, seeds = study.stop, len(study.seeds)
    if rule is None:
        return []
    if rule.output not in outcomes:
        return [f"unknown outcome '{rule.output}'{meant(rule.output, outcomes)}"]
    if rule.max_seeds < seeds:
        return [f"'max_seeds' = {rule.max_seeds}: must be a whole number from {seeds}, the seeds to begin with"]
    return [] if seeds > 1 else ["an interval needs two seeds to begin with"]


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
    numbers = all(is_number(v) and math.isfinite(v) for v in (low, high))
    if not numbers or not low < high or (log and low <= 0) or not isinstance(log, bool):
        return Factor(name), "'low' must be a number below 'high' (above 0 with log = true)"
    return Factor(name, (), float(low), float(high), log), ""


def _points(path: Path) -> tuple[dict[str, Any], ...]:
    """Points of a table: every cell as TOML reads it, else text."""
    return tuple(
        {NEW_NAMES.get(name, name): parse_value(cell) for name, cell in row.items()}
        for _, row in read_table(path, "points", sheet="points", whole=True)
    )


def write_study(study: Study, folder: Path) -> str:
    """Write ``study.toml``, and every scenario it names that is not shipped, in full, beside it.

    Returns
    -------
    str
        Name of the file.
    """
    names = {str(point.get("scenario", study.base)) for point in study.points} | {study.base}
    own: dict[str, str] = {}
    for name in sorted(names - {*shipped_scenarios()}):
        stem, number = Path(name).stem, 2
        while f"{stem}.toml" in {*own.values(), "study.toml"}:
            stem, number = f"{Path(name).stem}{number}", number + 1
        own[name] = write_scenario(study.scenario(name), folder, stem)

    def moved(value: Any) -> Any:
        return own.get(str(value), value)

    other = copy.copy(study)
    other.base = moved(study.base)
    other.design = dataclasses.replace(
        study.design,
        points=tuple({k: moved(v) if k == "scenario" else v for k, v in p.items()} for p in study.design.points),
    )
    other.factors = tuple(
        dataclasses.replace(f, values=tuple(map(moved, f.values))) if f.name == "scenario" else f for f in study.factors
    )
    (folder / "study.toml").write_text(toml(written(other)), encoding="utf-8")
    return "study.toml"
