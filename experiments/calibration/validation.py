"""Validation: what an ensemble predicts of any table of patterns, beside what was observed and other worlds.

The nulls, and the model without one mechanism, are the same code with the same members and draws, and nothing but
parameters and switches changed: where they do as well as the full model, the pattern says nothing for its mechanisms.
"""

from __future__ import annotations

import itertools
import math
import re
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Unpack

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.errors import InputError
from microdrama.model.inputs.cities import PLACEBOS, read_cities
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.inputs.scenario import load_scenario
from microdrama.model.inputs.writing import write_scenario

from ..design.ensembles import ensemble_of
from ..files import new_file, shipped_text, write_csv
from ..outcomes.patterns import DATES, NEVER, Pattern, change_of, read_patterns, targets_path
from .evaluate import How, evaluate_members

NULLS = {"random entry": "random_entry", "cost only": "cost_only", "spin-offs only": "spinoffs_only"}
"""The nulls by their file in ``studies/worlds``: founders fall on people (nearly) at random, N0; everybody chooses by
cost and taste alone, N1; every founder leaves a studio and stays in its city, N2."""


def changes(world: str) -> dict[str, Any]:
    """Parameters that a null sets; of the full model, ``"model"``, none."""
    if world == "model":
        return {}
    return dict(tomllib.loads(shipped_text(f"studies/worlds/{NULLS[world]}.toml"))["parameters"])


LEVELS = (0.05, 0.5, 0.95)
MANY = 20
"""Members from which the ends are those of a 90 % interval; of fewer they are the least and the most."""


class Verdict(NamedTuple):
    """What worlds say of a pattern."""

    pattern: Pattern
    predicted: Array
    """(worlds, 3) 5 %, 50 % and 95 % quantiles over members"""
    share: Array
    """(worlds,) members inside the interval (of a single value: whether it is inside the 90 % interval)"""
    inside: Array = np.zeros((0, 0))
    """(worlds, members) the same, member by member"""

    @property
    def met(self) -> list[bool]:
        """Of each world: whether the median is in the interval observed, or the value observed in that predicted."""
        if self.pattern.value is not None:
            return [bool(low <= self.pattern.value <= high) for low, _, high in self.predicted]
        return [self.pattern.inside(float(median)) for _, median, _ in self.predicted]

    @property
    def words(self) -> str:
        """What the model predicts."""
        low, median, high = (self.pattern.shown(float(end)) for end in self.predicted[0])
        return f"{median} ({low} to {high})"


class Validation(NamedTuple):
    """Verdicts on all patterns, and how many each world meets."""

    verdicts: list[Verdict]
    worlds: list[str]
    members: int
    months: int
    scale: float
    refused: Mapping[str, str]
    """Why a pattern cannot be computed in these runs."""

    def units(self, use: str = "") -> dict[str, list[Verdict]]:
        """What counts (of one use): verdicts by name, those that contradict each other together."""
        found: dict[str, list[Verdict]] = {}
        for v in self.verdicts:
            if v.pattern.counted and use in ("", v.pattern.use):
                found.setdefault(v.pattern.alternative or v.pattern.name, []).append(v)
        return found

    def tally(self, world: int, use: str = "") -> tuple[int, int]:
        """What is met, and all that counts (of one use); of patterns that contradict each other one is enough."""
        units = self.units(use).values()
        return sum(any(v.met[world] for v in unit) for unit in units), len(units)


def judge(pattern: Pattern, values: Array) -> tuple[Array, float]:
    """5 %, 50 %, 95 % quantiles of (members,) values and the share of members inside.

    A value that is undefined is outside every interval, and left out of the quantiles.
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return np.full(3, np.nan), 0.0
    far = 1e6 if pattern.kind in DATES else NEVER
    low, median, high = np.quantile(np.minimum(known, far), LEVELS, method="inverted_cdf")
    ends = np.array([NEVER if pattern.kind in DATES and end >= far else end for end in (low, median, high)])
    if pattern.value is not None:
        return ends, float(ends[0] <= pattern.value <= ends[2])
    return ends, float(np.mean([pattern.inside(float(value)) for value in values]))


def worlds_of(against: Sequence[str], patterns: Sequence[Pattern]) -> dict[str, dict[str, Any]]:
    """Worlds beside the model and what each changes: ``nulls``, ``mechanisms`` (all that patterns refute), or by name.

    Raises
    ------
    InputError
        For what is none of these.
    """
    found: dict[str, dict[str, Any]] = {}
    refuted = [entry for p in patterns if p.counted for entry in p.refutes]
    by_file = {file: [name] for name, file in NULLS.items()}
    for name in against:
        for entry in ({"nulls": [*NULLS], "mechanisms": refuted} | by_file).get(name, [name]):
            try:
                found[entry] = changes(entry) if entry in NULLS else change_of(entry)
            except InputError as error:
                known = ", ".join(("nulls", "mechanisms", *by_file))
                raise InputError(f"--against '{entry}': {error.problems[0]}; or {known}") from None
    return found


def validate(
    targets: str | Path = "",
    out: str | Path = "results/validate",
    *,
    ensemble: str | Path = "",
    count: int = 60,
    months: int = 0,
    scale: float = 0.1,
    scenario: str = "baseline",
    cities: str | Path = "",
    against: Sequence[str] = ("nulls",),
    values: Mapping[str, Any] | None = None,
    tell: Callable[[str], None] = lambda line: None,
    **how: Unpack[How],
) -> Validation:
    """Run an ensemble in the model and in other worlds, and hold them against a table of patterns.

    Parameters
    ----------
    targets : path
        A table of patterns (:mod:`microdrama.experiments.outcomes.patterns`); the shipped targets if left out, or
        ``placebos``, shipped too, about two cities that had slack and came late or not at all.
    out : path
        Folder of runs: completed ones are not repeated.
    ensemble : path
        A CSV table with a column for each parameter, or ``calibrated`` (as if left out), ``prior`` or ``defaults``.
    count : int
        Members to run, evenly taken from the table.
    months : int
        Months to run; if 0, to the end of the last year that a pattern speaks of.
    cities : path
        Another city table, or ``placebos``.
    against : sequence of str
        Other worlds, see :func:`worlds_of`; the draws of a member are the same in all of them.

    Raises
    ------
    InputError
        If the patterns, the ensemble or the folder cannot be used.
    """
    base, shipped = load_scenario(scenario), str(targets) in ("", PLACEBOS) and not Path(targets or " ").exists()
    if cities or (shipped and targets):
        base = base.with_cities(read_cities(cities or PLACEBOS))
    path = targets_path(str(targets) or "targets") if shipped else targets
    patterns = read_patterns(path, base.cities.slugs, months or None)
    if not months:
        last = [period[1] for p in patterns for period in (p.period, p.against_period) if period]
        months = 12 * math.ceil((max(last, default=47) + 1) / 12)
    if months > PARAMETERS["months"].high:
        raise InputError(f"{targets}: a period ends in {month_name(months - 1)}; runs last at most 50 years")
    if count < 2:
        raise InputError(f"--members {count}: an interval needs at least 2")
    refused = {p.name: why for p in patterns if (why := p.wrong_at(scale))}
    if len(refused) == len(patterns):
        raise InputError(refused.values())
    chosen, given = ensemble_of(str(ensemble), count), dict(values or {})
    worlds: dict[str, dict[str, Any]] = {"model": {}} | worlds_of(against, patterns)
    folder = Path(out) / "worlds"
    folder.mkdir(parents=True, exist_ok=True)
    files = [
        write_scenario(base.with_values(given | change, where="--set"), folder, re.sub(r"\W+", "_", world))
        for world, change in worlds.items()
    ]
    fixed = {name: v for name, v in given.items() if not any(name in change for change in worlds.values())}
    keys = {"months": months, "scale": scale, "parameters": fixed, "factors": {"scenario": files}}
    tell(f"{len(worlds)} worlds x {len(chosen)} members, {months} months")
    found = evaluate_members(chosen, patterns, Path(out), keys, folder, **how)
    verdicts = []
    for t, pattern in enumerate(patterns):
        if pattern.name not in refused:
            judged = [judge(pattern, values[:, t]) for values in found]
            ends, share = np.stack([ends for ends, _ in judged]), np.array([share for _, share in judged])
            says = found[:, :, t]
            inside = (pattern.low <= says) & (says <= pattern.high) if pattern.value is None else share[:, None] > 0
            verdicts.append(Verdict(pattern, ends, share, np.broadcast_to(inside, says.shape)))
    return Validation(verdicts, [*worlds], len(chosen), months, scale, refused)


def rows_of(found: Validation) -> list[dict[str, Any]]:
    """The verdicts as a flat table: a row for each pattern and world."""
    rows = []
    for v in found.verdicts:
        p = v.pattern
        about = {name: getattr(p, name) for name in ("kind", "quantity", "city", "use", "alternative", "observed")}
        for world, ends, share, met in zip(found.worlds, v.predicted, v.share, v.met, strict=True):
            predicted = {name: p.shown(float(end)) for name, end in zip(("low", "median", "high"), ends, strict=True)}
            judged = {"members": found.members, "members_inside": round(float(share), 3), "met": met}
            rows.append({"pattern": p.name, **about, "world": world, **predicted, **judged})
    return rows


def write_verdicts(found: Validation, folder: Path, targets: str | Path) -> Path:
    """Write the verdicts on a table, into a file of their own: none with other content is overwritten."""
    stem = f"verdicts-{Path(targets or 'targets').stem}"
    with tempfile.TemporaryDirectory() as spare:
        write_csv(new := Path(spare) / "verdicts.csv", rows_of(found))
        for number in itertools.count(1):
            path = folder / (f"{stem}.csv" if number == 1 else f"{stem}-{number}.csv")
            if not path.exists() or path.read_bytes() == new.read_bytes():
                with new_file(path) as work:
                    work.write_bytes(new.read_bytes())
                return path
    raise AssertionError


def text(found: Validation) -> str:
    """The verdicts as a table to read."""
    width = min(40, max(len(v.pattern.name) for v in found.verdicts))
    ends, others = "90 %" if found.members >= MANY else "all members", len(found.worlds) - 1
    lines = [f"{'pattern':{width}} {'observed':>22} {f'predicted, {ends}':>24} {'inside':>7}  met"]
    lines[0] += "   unlike the model" if others else ""
    counted, apart = ([v for v in found.verdicts if v.pattern.counted == counts] for counts in (True, False))
    for v in (*counted, *apart):
        if apart and v is apart[0]:
            lines += ["", "shown apart, never counted"]
        other = [world for world, met in zip(found.worlds, v.met, strict=True) if met != v.met[0]]
        by = ("missed by " if v.met[0] else "met by ") + ("all others" if len(other) == others else ", ".join(other))
        by = by if other else ""
        by += f" (or another {v.pattern.alternative})" if v.pattern.alternative else ""
        said = f"{v.pattern.name[:width]:{width}} {v.pattern.observed:>22} {v.words:>24} {v.share[0]:>7.0%}"
        lines.append(f"{said}  {'yes' if v.met[0] else 'no':<4}  {by}".rstrip())
    lines += ["", *(f"refused: {name}: {why}" for name, why in found.refused.items())] if found.refused else []
    for use, words in (("fit", "fitted"), ("check", "not fitted"), ("bound", "own bounds")):
        if found.tally(0, use)[1]:
            counts = ("{} {} of {}".format(world, *found.tally(w, use)) for w, world in enumerate(found.worlds))
            lines += ["", f"{words}: {', '.join(counts)}"]
    few = f"; {found.members} members only: least and most of them, no interval" if found.members < MANY else ""
    return "\n".join([*lines, "", f"{found.members} members, {found.months} months, scale {found.scale:g}{few}"])
