"""Study files, shipped or a user's own: read, checked point by point, and written.

``microdrama template study`` writes an example, and ``docs/sweeps.md`` explains another. Keys stand in
:class:`~.study.Study` and the tables in it: what is allowed, what they mean, and how they are written.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import os
import random
import re
import tomllib
import warnings
from collections.abc import Collection, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from microdrama.model.errors import InputError, meant, unknown
from microdrama.model.inputs.cities import shipped_cities
from microdrama.model.inputs.files import parse_toml, parse_value, plain, read_table, read_text
from microdrama.model.inputs.parameters import PARAMETERS, make_parameters
from microdrama.model.inputs.scenario import shipped_scenarios
from microdrama.model.inputs.writing import toml, write_scenario

from ..outcomes import focal_city, outcome_columns
from .analyses import register_problems, unknown_outcome
from .fields import read, written
from .levers import LEVERS, PARTS, TAKEN, branch_of, known_levers, lever_problem
from .samplers import SAMPLED, Factor, read_factor
from .study import MOST_LEVELS, MOST_POINTS, MOST_RUNS, Design, Study

STUDIES = files("microdrama.experiments").joinpath("studies")
NEW_NAMES = {"luck.month": "draws.month", "luck.future": "draws.future"}
"""Factors that have another name since."""
NEW_STUDIES = {"whose": "crisis_scope"}
"""Shipped studies that have another name since."""
COLUMNS_OF_RUNS = (
    *("point", "run_id", "seed", "status", "error", "seconds", "fingerprint", "engine"),
    *("commit", "dirty", "versions", "host", "pid", "month", "city", "member"),
)
"""Columns of tables of runs beside factors and outcomes."""
TRIED, TRIED_VALUES = 256, 16
"""Most points, and values at each, at which a factor is tried before it counts as idle."""


def shipped_studies() -> list[str]:
    """Names of the studies shipped with the package."""
    return sorted(f.name[:-5] for f in STUDIES.iterdir() if f.name.endswith(".toml"))


def study_text(name: str) -> bytes:
    """A shipped study as it is written down."""
    return STUDIES.joinpath(f"{name}.toml").read_bytes()


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


def load_study(
    source: str | Path | Mapping[str, Any], *, quick: bool = False, folder: Path = Path(), cities: str = ""
) -> Study:
    """Read and check a study; every point is tried first.

    Parameters
    ----------
    source : str, path or mapping
        Name of a shipped study, a TOML file, or what such a file says.
    quick : bool
        Take what its ``[quick]`` table says instead of what stands outside it.
    folder : path
        Where the files lie that a mapping names.
    cities : str
        Another city table for all of its scenarios.

    Raises
    ------
    InputError
        One line for each problem: where, what is allowed, what was probably meant.
    """
    path = folder / "study.toml" if isinstance(source, Mapping) else _path(source)
    where = path.stem if isinstance(source, Mapping) else str(path)
    data = plain(source, where) if isinstance(source, Mapping) else parse_toml(read_text(path, "study"), where)
    if quick and isinstance(data.get("quick"), dict):
        data |= data["quick"]
    if cities:
        data |= {"cities": os.path.abspath(cities)}
    values, problems = read(Study, _with_new_names(data, where), where)
    attributes = {"parameters", "policy", "groups", "design", "factors"} & data.keys()
    if {{"policy": "policies"}.get(name, name) for name in attributes} - values.keys():
        raise InputError(problems)  # nothing further can be read
    entries, _ = values.pop("factors", {}), values.pop("quick", None)
    if (own := values.get("ensemble")) and own.parameters and "seeds" not in data:
        values["seeds"] = tuple(range(1, len(own.members) + 1))
    study = Study(path.stem, **values, folder=path.parent, where=where)
    study.title = study.title or path.stem
    problems += [f"{where}: {problem}" for problem in (*_factor_problems(study, entries), *_name_problems(study))]
    if not problems:
        wrong = _size_problems(study) or [*_value_problems(study), *_ensemble_problems(study)]
        problems += [f"{where}: {problem}" for problem in wrong]
    if problems:
        try:
            make_parameters(study.values, where=where)
        except InputError as error:
            problems += error.problems
        raise InputError(problems)
    outcomes = outcome_columns(_try_points(study))
    problems = _idle_factors(study)
    problems += [f"outputs: {unknown_outcome(n, outcomes)}" for n in study.outputs if n not in outcomes]
    problems += [f"[stop]: {problem}" for problem in _stop_problems(study, outcomes)]
    problems += [f"[register]: {problem}" for problem in register_problems(study, outcomes)]
    if problems:
        raise InputError(f"{where}: {problem}" for problem in problems)
    return study


def _path(source: str | Path) -> Path:
    path = Path(source)
    if path.suffix or os.path.exists(path):
        return path
    shipped, name = shipped_studies(), NEW_STUDIES.get(str(source), str(source))
    if name != str(source):
        warnings.warn(f"the study '{source}' is now '{name}'", stacklevel=3)
    if name not in shipped:
        known = f"(shipped: {', '.join(shipped)}; or the path of a TOML file)"
        raise InputError(f"unknown study '{source}'{meant(name, shipped)} {known}")
    return Path(str(STUDIES.joinpath(f"{name}.toml")))


def _with_new_names(data: dict[str, Any], where: str) -> dict[str, Any]:
    """A study in which factors have their names of today."""
    old: set[str] = set()

    def renamed(value: Any) -> Any:
        if isinstance(value, list):
            return [renamed(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        old.update(value.keys() & NEW_NAMES.keys())
        return {NEW_NAMES.get(name, name): renamed(entry) for name, entry in value.items()}

    flat = {"factors": _flat(data["factors"])} if isinstance(data.get("factors"), dict) else {}
    new = {key: renamed(value) for key, value in (data | flat).items() if key in ("factors", "design", "register")}
    for name in sorted(old):
        warnings.warn(f"{where}: the factor '{name}' is now '{NEW_NAMES[name]}'", stacklevel=3)
    return data | new


def _factor_problems(study: Study, entries: Mapping[str, Any]) -> list[str]:
    """Give a study its factors and points; returns what is wrong with its design."""
    design, sampled = study.design, study.design.sampler in SAMPLED
    if design.sampler == "points":
        if design.file and not design.points:
            rows = _points(study.folder / design.file)
            study.design = design = dataclasses.replace(design, points=rows, file="")
        if not design.points:
            return ["the sampler 'points' needs file = \"points.csv\" or points = [{...}, ...] in [design]"]
        study.factors = tuple(map(Factor, design.points[0]))
        return ["the sampler 'points' has its factors with the points, not in [factors]"] if entries else []
    problems = _half_problems(design, entries) + _crossed_problems(design, entries)
    for name, entry in entries.items():
        factor, problem = read_factor(name, entry, ranges=sampled and name not in design.crossed)
        study.factors = (*study.factors, factor)
        problems += [f"factor '{name}': {problem}"] if problem else []
    if sampled and not entries:
        problems.append(f"the sampler '{design.sampler}' needs at least one factor")
    if sampled and design.size < 1:
        problems.append(f"[design]: 'size' = {design.size}: must be a whole number from 1")
    elif design.sampler in ("sobol", "saltelli") and design.size.bit_count() != 1:
        must = f"must be a power of two for the sampler '{design.sampler}'"
        problems.append(f"[design]: 'size' = {design.size}: {must}")
    return problems


def _half_problems(design: Design, entries: Mapping[str, Any]) -> list[str]:
    """What is wrong with the half of a factorial, and with what stands apart from it."""
    named = [("halved", name) for name in design.halved] + [("apart", n) for change in design.apart for n in change]
    problems = [f"'{key}': '{name}' is no factor{meant(name, entries)}" for key, name in named if name not in entries]
    if (design.halved or design.apart) and design.sampler != "factorial":
        problems.append(f"'halved' and 'apart' need the sampler 'factorial', not '{design.sampler}'")
    if 0 < len(design.halved) < 5:
        problems.append("'halved' needs five or more factors: with fewer, pairs are confounded with each other")
    several = [n for n in design.halved if n in entries and not (isinstance(entries[n], list) and len(entries[n]) == 2)]
    problems += [f"'halved': the factor '{name}' needs two values" for name in several]
    return [f"[design]: {problem}" for problem in problems]


def _crossed_problems(design: Design, entries: Mapping[str, Any]) -> list[str]:
    """What is wrong with the factors that a sampled design is crossed with."""
    names, problems = design.crossed, []
    problems += [f"'crossed': '{name}' is no factor{meant(name, entries)}" for name in names if name not in entries]
    if names and design.sampler not in SAMPLED:
        problems.append(f"'crossed' is for {', '.join(SAMPLED)}; a factorial is crossed as it is")
    if names and not entries.keys() - {*names}:
        problems.append("'crossed' leaves no factor to sample")
    return [f"[design]: {problem}" for problem in problems]


def _ensemble_problems(study: Study) -> list[str]:
    """What is wrong with the study's own ranges: parameters that are set elsewhere too, members that nothing runs."""
    ensemble = study.ensemble
    if ensemble is None or not ensemble.parameters:
        return []
    problems, factors = [], {f.name for f in study.factors}
    grouped = {member for name, members in study.groups.items() if name in factors for member in members}
    elsewhere = (("a factor", factors), ("set by a factor's group", grouped), ("a value of the study", study.values))
    for name in ensemble.parameters:
        problems += [f"'{name}' has a range and is {what}" for what, names in elsewhere if name in names]
    if len(study.seeds) < (count := len(ensemble.members)) and study.stop is None:
        idle = count - len(study.seeds)
        problems.append(f"{len(study.seeds)} seeds leave {idle} of {count} members without a run (default: one each)")
    return [f"[ensemble]: {problem}" for problem in problems]


def _name_problems(study: Study) -> list[str]:
    """What is wrong with names of policies, groups and factors."""
    named = [str(entry["name"]) for entry in study.policies if "name" in entry]
    problems = [f"two policies are named '{name}'" for name in sorted({n for n in named if named.count(n) > 1})]
    problems += [
        f"policy: name = {entry['name']!r}: must be a word without dots, and none of {', '.join(TAKEN)}"
        for entry in study.policies
        if "name" in entry and not _is_word(entry["name"], TAKEN)
    ]
    problems += [f"[groups]: {problem}" for problem in _group_problems(study)]
    known = [*PARAMETERS, *known_levers(named, list(study.groups), shipped_cities().slugs)]
    allowed = f"a parameter, a group, NAME.{'|'.join(PARTS)} of a named policy, {', '.join(LEVERS)}"
    for name in (f.name for f in study.factors):
        if name not in known and not name.startswith("swap."):
            problems.append(f"unknown factor '{name}'{meant(name, known)} ({allowed})")
    names = [f.name for f in study.factors]
    if "draws.future" in names and "draws.month" not in names:
        problems.append("the factor 'draws.future' needs 'draws.month', from which the draws are others")
    return problems + [f"'{name}' is both a factor and set" for name in names if name in study.values]


def _is_word(name: object, taken: Collection[str]) -> bool:
    return isinstance(name, str) and re.fullmatch(r"[^\W\d][\w-]*", name) is not None and name not in taken


def _group_problems(study: Study) -> list[str]:
    problems, names, owner = [], {f.name for f in study.factors}, dict[str, str]()
    columns = {*PARAMETERS, *LEVERS, *COLUMNS_OF_RUNS, *outcome_columns(shipped_cities().slugs)}
    for name, members in study.groups.items():
        if not _is_word(name, columns):
            problems.append(f"'{name}': must be a word without dots that is no parameter, lever or column of the runs")
        if not isinstance(members, list) or not all(isinstance(member, str) for member in members):
            problems.append(f"'{name}' must be a list of parameters")
            continue
        problems += [f"'{name}': {unknown('parameter', m, PARAMETERS)}" for m in members if m not in PARAMETERS]
        for member in members if name in names else ():
            others = [owner[member]] if member in owner else []
            others += ["a factor of that name"] if member in names else []
            others += ["a value of the study"] if member in study.values else []
            problems += [f"'{name}' sets '{member}', and so does {other}" for other in others]
            owner[member] = f"'{name}'"
    return problems


def _size_problems(study: Study) -> list[str]:
    """What is too large to be made."""
    design, levels, k = study.design, [len(f.values) for f in study.factors], len(study.sampled)
    count = {
        "factorial": math.prod(levels),
        "one_at_a_time": 1 + sum(levels) - len(levels),
        "saltelli": design.size * (k + 2),
        "morris": design.size * (k + 1),
        "points": len(design.points),
    }.get(design.sampler, design.size) * (1 + len(design.apart))
    count *= math.prod(len(f.values) for f in study.factors if f.name in design.crossed)
    runs = count * (study.stop.max_seeds if study.stop else len(study.seeds))
    found = [(f"the factor '{f.name}'", len(f.values), "values", MOST_LEVELS) for f in study.factors]
    found += [("the design", count, "points", MOST_POINTS), ("the study", runs, "runs", MOST_RUNS)]
    return [f"{what} has {n:,} {of}: at most {most:,} are allowed" for what, n, of, most in found if n > most]


def _value_problems(study: Study) -> list[str]:
    """What is wrong with the types of values of levers, and with their numbers of entries."""
    named = [str(entry.get("name", "")) for entry in study.policies]
    values = {(f.name, repr(v)): v for f in study.factors for v in (f.values or (p[f.name] for p in study.points))}
    return [problem for (name, _), value in values.items() if (problem := lever_problem(name, value, named))]


def _idle_factors(study: Study) -> list[str]:
    """Factors whose values make no scenario another, whatever the others are set to."""
    points, problems = study.points, []
    if len(points) > TRIED:
        points = random.Random(1).sample(points, TRIED)

    def acts(name: str, values: Collection[Any]) -> bool:
        return any(_made(study, p) != _made(study, p | {name: v}) for p in points for v in values if v != p[name])

    for f in study.factors:
        values = {repr(point[f.name]): point[f.name] for point in points}
        if len(values) > 1 and not acts(f.name, [*values.values()][:TRIED_VALUES]):
            problems.append(f"the factor '{f.name}' changes nothing: its values give the same scenarios")
    return problems


def _made(study: Study, point: Mapping[str, Any]) -> object:
    """All that decides the runs of a point but their seed."""
    try:
        scenario, branch = study.at(point), branch_of(point)
    except InputError:
        return object()  # a combination outside the design, and another than any in it
    return (
        scenario.fingerprint,
        branch if branch and branch.future and branch.month < scenario.parameters.months else None,
    )


def _try_points(study: Study) -> list[str]:
    """Make the scenario of every point, and of every member at the first; returns the cities."""
    wrong: dict[str, None] = {}
    slugs: list[str] = []
    named = study.city
    for number, point in enumerate(study.points):
        try:
            table = study.at(point).cities
            if not number:
                for member in {study.member(seed) for seed in study.seeds}:
                    study.at({name: v for name, v in point.items() if name != "a_net"}, member)
            study.city, slugs = focal_city(table, named), table.slugs
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
        return [unknown_outcome(rule.output, outcomes)]
    if rule.paired and len(study.points) < 2:
        return ["there is one point, so nothing is paired: write paired = false"]
    if rule.max_seeds < seeds:
        return [f"'max_seeds' = {rule.max_seeds}: must be a whole number from {seeds}, the seeds to begin with"]
    if max(study.seeds) + rule.max_seeds - seeds >= 2**63:
        return [f"'max_seeds' = {rule.max_seeds}: seeds added to {max(study.seeds)} would be above {2**63 - 1}"]
    return [] if seeds > 1 else ["an interval needs two seeds to begin with"]


def _flat(factors: Mapping[str, Any]) -> dict[str, Any]:
    """Factors by name; ``offer.size = ...`` without quotes is a table inside a table for TOML."""
    flat: dict[str, Any] = {}
    for name, entry in factors.items():
        inside = isinstance(entry, dict) and entry and entry.keys() != {"values", "weights"}
        if inside and all(isinstance(inner, list | dict) for inner in entry.values()):
            flat |= {f"{name}.{part}": value for part, value in entry.items()}
        else:
            flat[name] = entry
    return flat


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
    for name in sorted(names if study.cities else names - {*shipped_scenarios()}):
        stem, number = Path(name).stem, 2
        while f"{stem}.toml" in {*own.values(), "study.toml"}:
            stem, number = f"{Path(name).stem}{number}", number + 1
        own[name] = write_scenario(study.scenario(name), folder, stem)

    def moved(value: Any) -> Any:
        return own.get(str(value), value)

    other, design = copy.copy(study), study.design
    other.base, other.cities = moved(study.base), ""
    rows = tuple(p | ({"scenario": moved(p["scenario"])} if "scenario" in p else {}) for p in design.points)
    other.design = dataclasses.replace(design, points=rows)
    other.factors = tuple(
        dataclasses.replace(f, values=tuple(map(moved, f.values))) if f.name == "scenario" else f for f in study.factors
    )
    (folder / "study.toml").write_text(toml(written(other)), encoding="utf-8")
    return "study.toml"
