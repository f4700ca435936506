"""Validation: what an ensemble predicts of any table of patterns, beside what was observed and three nulls.

The nulls are the same code with the same members, and nothing but parameters and switches changed: where they do as
well as the full model, the pattern says nothing for its mechanisms.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Unpack

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.errors import InputError
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.inputs.scenario import load_scenario

from ..design.ensembles import evenly, members, read_ensemble
from ..files import shipped_text
from ..outcomes.patterns import DATES, NEVER, Pattern, read_patterns, targets_path
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


class Verdict(NamedTuple):
    """What worlds say of a pattern."""

    pattern: Pattern
    predicted: Array
    """(worlds, 3) 5 %, 50 % and 95 % quantiles over members"""
    share: Array
    """(worlds,) members inside the interval (of a single value: whether it is inside the 90 % interval)"""

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

    def tally(self, world: int, use: str = "") -> tuple[int, int]:
        """Patterns met, and all of them (of one use)."""
        chosen = [v for v in self.verdicts if not use or v.pattern.use == use]
        return sum(v.met[world] for v in chosen), len(chosen)


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


def validate(
    targets: str | Path = "",
    out: str | Path = "results/validate",
    *,
    ensemble: str | Path = "",
    count: int = 60,
    months: int = 0,
    scale: float = 0.1,
    scenario: str = "baseline",
    nulls: bool = True,
    values: Mapping[str, Any] | None = None,
    tell: Callable[[str], None] = lambda line: None,
    **how: Unpack[How],
) -> Validation:
    """Run an ensemble and the nulls, and hold them against a table of patterns.

    Parameters
    ----------
    targets : path
        A table of patterns (:mod:`microdrama.experiments.outcomes.patterns`); the shipped targets if left out.
    out : path
        Folder of runs: completed ones are not repeated.
    ensemble : path
        A CSV table with a column for each parameter; the shipped ensemble if left out.
    count : int
        Members to run, evenly taken from the table.
    months : int
        Months to run; if 0, to the end of the last year that a pattern speaks of.

    Raises
    ------
    InputError
        If the patterns, the ensemble or the folder cannot be used.
    """
    cities = load_scenario(scenario).cities.slugs
    patterns = read_patterns(targets or targets_path(), cities, months or None)
    if not months:
        last = [period[1] for p in patterns for period in (p.period, p.against_period) if period]
        months = 12 * math.ceil((max(last, default=47) + 1) / 12)
    if months > PARAMETERS["months"].high:
        raise InputError(f"{targets}: a period ends in {month_name(months - 1)}; runs last at most 50 years")
    if count < 2:
        raise InputError(f"--members {count}: an interval needs at least 2")
    chosen = read_ensemble(ensemble, count) if ensemble else evenly(members("calibrated"), count)
    keys = {"scenario": scenario, "months": months, "scale": scale}
    found, worlds = [], ["model", *(NULLS if nulls else ())]
    for world in worlds:
        tell(f"{world}: {len(chosen)} members, {months} months")
        parameters = {**(values or {}), **changes(world)}
        found += [*evaluate_members(chosen, patterns, Path(out), keys | {"parameters": parameters}, **how)]
    verdicts = []
    for t, pattern in enumerate(patterns):
        judged = [judge(pattern, values[:, t]) for values in found]
        verdicts.append(Verdict(pattern, np.stack([ends for ends, _ in judged]), np.array([s for _, s in judged])))
    return Validation(verdicts, worlds, len(chosen), months, scale)


def rows_of(found: Validation) -> list[dict[str, Any]]:
    """The verdicts as a flat table: a row for each pattern and world."""
    rows = []
    for v in found.verdicts:
        p = v.pattern
        about = {name: getattr(p, name) for name in ("kind", "quantity", "city", "use", "observed")}
        for world, ends, share, met in zip(found.worlds, v.predicted, v.share, v.met, strict=True):
            predicted = {name: p.shown(float(end)) for name, end in zip(("low", "median", "high"), ends, strict=True)}
            judged = {"members_inside": round(float(share), 3), "met": met}
            rows.append({"pattern": p.name, **about, "world": world, **predicted, **judged})
    return rows


def text(found: Validation) -> str:
    """The verdicts as a table to read."""
    width = min(40, max(len(v.pattern.name) for v in found.verdicts))
    nulls = "  ".join(f"{w:>14}" for w in found.worlds[1:])
    lines = [f"{'pattern':{width}} {'observed':>22} {'predicted, 90 %':>24} {'inside':>7}  met  {nulls}"]
    for v in found.verdicts:
        nulls = "  ".join(f"{('met' if met else 'missed'):>14}" for met in v.met[1:])
        lines.append(
            f"{v.pattern.name[:width]:{width}} {v.pattern.observed:>22} {v.words:>24} "
            f"{v.share[0]:>7.0%}  {'yes' if v.met[0] else 'no':<4} {nulls}".rstrip()
        )
    for use, words in (("fit", "fitted"), ("check", "not fitted")):
        if found.tally(0, use)[1]:
            counts = ("{} {} of {}".format(world, *found.tally(w, use)) for w, world in enumerate(found.worlds))
            lines += ["", f"{words}: {', '.join(counts)}"]
    return "\n".join([*lines, "", f"{found.members} members, {found.months} months, scale {found.scale:g}"])
