"""The main experiment: property crisis (on, off) x policy (on, off), with the same draws.

How do policy and property crises shift where the industry clusters? Every seed is run in all four combinations.
A draw depends on the seed, the decision, the agent and the month only, so the runs of a seed differ by what was
switched and by what follows from it, and effects are differences within seeds.
"""

from __future__ import annotations

import tempfile
import time
import tomllib
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.errors import InputError
from microdrama.model.inputs.scenario import Scenario, load_scenario
from microdrama.model.inputs.writing import write_scenario

from ..analysis.contrast import Contrast, interaction, paired, wilson
from ..design.study import Study
from ..design.study_file import load_study, study_text
from ..outcomes import Display, outcomes
from ..running.results import load
from ..running.sweep import finished

STUDY = "crisis_and_policy"
"""The shipped study that is run."""

CELLS: dict[str, tuple[str, dict[str, Any]]] = {
    "neither": ("neither", {"property_crisis": False, "policy": False}),
    "crisis": ("property crisis only", {"property_crisis": True, "policy": False}),
    "policy": ("policy only", {"property_crisis": False, "policy": True}),
    "both": ("crisis and policy", {"property_crisis": True, "policy": True}),
}
"""Combinations: words, and the two switches."""

OUTCOMES: dict[str, Display] = {
    name: outcomes([])[name].display
    for name in (
        "city_share_shoot_days",
        "city_share_studios",
        "city_share_value_yuan",
        "city_leads_shoot_days",
        "hhi_shoot_days",
        "ellison_glaeser_studios",
        "city_morans_i_studios",
        "series_released",
        "city_rent_yuan_m2_month",
    )
}
"""Outcomes of the experiment: words, factor and unit of display."""

EFFECTS = {
    "crisis_with_policy": "property crisis, where there is policy",
    "crisis_without_policy": "property crisis, without policy",
    "policy_in_crisis": "policy, in the crisis",
    "policy_without_crisis": "policy, without the crisis",
    "interaction": "interaction: what policy adds to the effect of the crisis",
}
"""Contrasts between the four cells."""

SHOOTING = "share_shoot_days_{}"
"""Outcome whose effects are listed for every city: its share of shooting days."""

PATHS = ("shoot_days", "studios", "value_yuan", "rent_yuan_m2_month", "house_index")
"""Columns of the panel whose paths are shown."""


@dataclass
class Experiment:
    """All runs of the experiment; tables are in the order of the design and of seeds."""

    study: Study
    scenario: Scenario
    runs: dict[str, list[Any]]
    panel: dict[str, Array]
    """The columns :data:`PATHS` by city and month."""
    grids: dict[str, dict[str, Array]]
    """The cells at the end of the first seed's run, by combination."""
    wall_seconds: float

    @classmethod
    def read(cls, study: Study, scenario: Scenario, folder: Path, wall_seconds: float = 0) -> Experiment:
        """The experiment out of the folder of its runs."""
        panel, cells = (load(folder, kind) for kind in ("panel", "cells"))
        first = {name: values.to_numpy() for name, values in zip(cells.column_names, cells.columns)}
        chosen = first["seed"] == study.seeds[0]
        points = {cell: first["point"] == _point(study, cell) for cell in CELLS}
        grids = {c: {n: values[chosen & at] for n, values in first.items()} for c, at in points.items()}
        paths = {name: panel[name].to_numpy() for name in ("point", *PATHS)}
        return cls(study, scenario, load(folder).to_pydict(), paths, grids, wall_seconds)

    @property
    def city(self) -> str:
        """The focal city."""
        return self.study.city

    @property
    def seeds(self) -> list[int]:
        """Seeds, each run in all combinations."""
        return [*self.study.seeds]

    def column(self, cell: str, name: str) -> list[Any]:
        """An outcome by seed, in one combination."""
        point = _point(self.study, cell)
        return [value for at, value in zip(self.runs["point"], self.runs[name], strict=True) if at == point]

    def values(self, name: str) -> dict[str, Array]:
        """(seeds,) an outcome, by combination."""
        return {cell: np.array(self.column(cell, name), float) for cell in CELLS}

    def path(self, cell: str, name: str) -> Array:
        """(seeds, months, cities) of a column of the panel."""
        values = self.panel[name][self.panel["point"] == _point(self.study, cell)]
        return values.reshape(len(self.seeds), -1, len(self.scenario.cities)).astype(float)

    @cached_property
    def contrasts(self) -> dict[tuple[str, str], Contrast]:
        """Effects by outcome and contrast, in the units of the outcome table."""
        return {(name, key): effect for name in OUTCOMES for key, effect in self._effects(name).items()}

    @cached_property
    def shifts(self) -> dict[tuple[str, str], Contrast]:
        """Effects on every city's share of shooting days, by city and contrast: who gains and who loses."""
        slugs = self.scenario.cities.slugs
        return {(slug, key): effect for slug in slugs for key, effect in self._effects(SHOOTING.format(slug)).items()}

    def _effects(self, name: str) -> dict[str, Contrast]:
        y, yes_no = self.values(name), name.startswith("city_leads_")
        return {
            "crisis_with_policy": paired(y["both"], y["policy"], yes_no=yes_no),
            "crisis_without_policy": paired(y["crisis"], y["neither"], yes_no=yes_no),
            "policy_in_crisis": paired(y["both"], y["crisis"], yes_no=yes_no),
            "policy_without_crisis": paired(y["policy"], y["neither"], yes_no=yes_no),
            "interaction": interaction(y["both"], y["crisis"], y["policy"], y["neither"], yes_no=yes_no),
        }

    def leaders(self, cell: str) -> list[tuple[str, int]]:
        """Cities with the largest share of shooting days and in how many seeds, most often first."""
        names = self.column(cell, "leader_shoot_days")
        return sorted(((name, names.count(name)) for name in set(names)), key=lambda item: (-item[1], item[0]))

    @property
    def city_name(self) -> str:
        """Name of the focal city."""
        return self.scenario.cities.names[self.scenario.cities.index(self.city)]


def experiment(
    scenario: str | Path | Scenario = "baseline",
    *,
    seeds: int = 16,
    workers: int = 2,
    executor: Callable[[], Executor] | None = None,
    city: str = "",
    out: str | Path | None = None,
    progress: Callable[[int, int, int], None] | None = None,
    **parameters: object,
) -> Experiment:
    """Run the four combinations of seeds 1..n; the result does not depend on the number of workers.

    Runs are saved in the folder ``out``, where the same call resumes; without it they are not saved.

    Raises
    ------
    InputError
        If the scenario or the folder cannot be used, or there are fewer than two seeds.
    RunFailedError
        If runs failed; the others are done.
    """
    if seeds < 2:
        raise InputError(f"--seeds {seeds}: an interval needs at least 2 seeds")
    given = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    given = given.with_values(parameters)
    study, started = study_of(given, seeds, city), time.monotonic()
    how = {"workers": workers, "executor": executor, "progress": progress, "mix_code": True}
    with finished(study, out, **how) as folder:
        return Experiment.read(study, given, folder, time.monotonic() - started)


def study_of(scenario: Scenario, seeds: int, city: str = "") -> Study:
    """The shipped study in another scenario, at its size, with so many seeds."""
    said = tomllib.loads(study_text(STUDY).decode())
    said = {key: value for key, value in said.items() if key not in ("months", "scale", "quick")}
    with tempfile.TemporaryDirectory() as work:
        said |= {"scenario": write_scenario(scenario, Path(work), scenario.name), "seeds": seeds, "city": city}
        study = load_study(said, folder=Path(work))
    study.name = STUDY
    return study


def _point(study: Study, cell: str) -> int:
    return study.points.index(CELLS[cell][1])


# ---------------------------------------------------------------------- words


def effects_table(found: Experiment) -> list[dict[str, Any]]:
    """One row an outcome and contrast: words, units, mean and interval as displayed."""
    rows = []
    for (name, contrast), effect in found.contrasts.items():
        words, factor, unit = OUTCOMES[name]
        rows.append(
            {
                "outcome": name,
                "outcome_words": words.format(city=found.city_name),
                "unit": unit,
                "effect": contrast,
                "effect_words": EFFECTS[contrast],
                "mean": effect.mean * factor,
                "low": effect.low * factor,
                "high": effect.high * factor,
                "seeds": effect.seeds,
                "unchanged": effect.unchanged,
                "variance_ratio": effect.variance_ratio,
            }
        )
    return rows


def shifts_table(found: Experiment) -> list[dict[str, Any]]:
    """One row a city and contrast: what it does to the city's share of shooting days, in points."""
    names = dict(zip(found.scenario.cities.slugs, found.scenario.cities.names, strict=True))
    return [
        {
            "city": slug,
            "name": names[slug],
            "effect": key,
            "effect_words": EFFECTS[key],
            "mean": 100 * effect.mean,
            "low": 100 * effect.low,
            "high": 100 * effect.high,
            "seeds": effect.seeds,
            "unchanged": effect.unchanged,
            "variance_ratio": effect.variance_ratio,
        }
        for (slug, key), effect in found.shifts.items()
    ]


def reading(found: Experiment) -> list[str]:
    """The answer in plain sentences, made from the numbers: no sign is taken for granted."""
    effects, name = found.contrasts, found.city_name
    sentences = []
    for key, what in (("crisis_with_policy", "The property crisis"), ("policy_in_crisis", "Policy")):
        beside = "with policy in place" if key == "crisis_with_policy" else "given the crisis"
        alone = effects[
            "city_share_shoot_days", key.replace("with_policy", "without_policy").replace("in_", "without_")
        ]
        effect = effects["city_share_shoot_days", key]
        sentences.append(
            f"{what} {_moves(effect, 100, 'points', f'{name}’s share of shooting days')} {beside} "
            f"({_interval(effect, 100)}); on its own the effect is {_interval(alone, 100)} points."
        )
    both = effects["city_share_shoot_days", "interaction"]
    sentences.append(
        f"The two {'interact' if both.clear else 'do not measurably interact'}: with policy in place the effect of "
        f"the crisis differs by {_interval(both, 100)} points."
    )
    for key, what in (("crisis_with_policy", "the crisis"), ("policy_in_crisis", "policy")):
        effect = effects["hhi_shoot_days", key]
        sentences.append(
            f"Across cities, {what} {_moves(effect, 1e4, '', 'the concentration of production')} "
            f"(HHI x 10,000: {_interval(effect, 1e4)})."
        )
    for key, what in (("crisis_with_policy", "the crisis"), ("policy_in_crisis", "policy")):
        sentences.append(_shift(found, key, what))
    sentences.append(_leaders(found))
    leads = found.values("city_leads_shoot_days")
    parts = []
    for cell, (words, _) in CELLS.items():
        low, high = wilson(leads[cell].sum(), len(leads[cell]))
        parts.append(f"{words} {leads[cell].mean():.0%} (95 % interval {low:.0%} to {high:.0%})")
    sentences.append(f"{name} is the largest place of production in this share of seeds: {'; '.join(parts)}.")
    return sentences


def _shift(found: Experiment, key: str, what: str) -> str:
    """Which cities gain and lose shooting days, largest first; only those whose interval leaves out zero."""
    clear = sorted(
        (row for row in shifts_table(found) if row["effect"] == key and (row["low"] > 0 or row["high"] < 0)),
        key=lambda row: -abs(row["mean"]),
    )
    if not clear:
        return f"No city's share of shooting days is clearly changed by {what}."
    lists = {
        word: ", ".join(f"{row['name'].split(' (')[0]} {row['mean']:+.1f}" for row in clear if (row["mean"] > 0) == up)
        for word, up in (("from", False), ("to", True))
    }
    moved = " ".join(f"{word} {cities}" for word, cities in lists.items() if cities)
    return f"In points of shooting days, {what} moves production {moved} (cities with a clear change)."


def _leaders(found: Experiment) -> str:
    names = dict(zip(found.scenario.cities.slugs, found.scenario.cities.names, strict=True))
    parts = []
    for cell, (words, _) in CELLS.items():
        times = ", ".join(f"{names.get(slug, 'nobody').split(' (')[0]} in {n}" for slug, n in found.leaders(cell))
        parts.append(f"{words}: {times}")
    return f"Largest place of production, out of {len(found.seeds)} seeds: {'; '.join(parts)}."


def _moves(effect: Contrast, factor: float, unit: str, what: str) -> str:
    if effect.unchanged == 1 and effect.low == effect.high:
        return f"changes nothing in {what}"
    if not effect.clear:
        return f"has no clear effect on {what}"
    verb = "raises" if effect.mean > 0 else "lowers"
    return f"{verb} {what} by {abs(effect.mean) * factor:.1f} {unit}".rstrip()


def _interval(effect: Contrast, factor: float) -> str:
    return f"{effect.mean * factor:+.1f} [{effect.low * factor:+.1f}, {effect.high * factor:+.1f}]"


def summary_text(found: Experiment) -> str:
    """What the command prints: levels, effects with intervals, and the reading."""
    width = max(len(f"{w.format(city=found.city_name)} [{unit}]") for w, _, unit in OUTCOMES.values())
    lines = [
        f"{len(found.seeds)} seeds x 4 combinations, {found.scenario.parameters.months} months, scale "
        f"{found.scenario.parameters.scale:g}, in {found.wall_seconds:.0f} s",
        "",
        f"{'mean over seeds':{width}}" + "".join(f"{words:>22}" for words, _ in CELLS.values()),
    ]
    for name, (words, factor, unit) in OUTCOMES.items():
        label = f"{words.format(city=found.city_name)} [{unit}]"
        lines.append(
            f"{label:{width}}" + "".join(f"{np.nanmean(v) * factor:22.2f}" for v in found.values(name).values())
        )
    lines += ["", "effects: mean of paired differences [95 % interval]; * leaves out zero"]
    for key, words in EFFECTS.items():
        lines.append(f"  {words}")
        for name, (outcome, factor, unit) in OUTCOMES.items():
            effect = found.contrasts[name, key]
            star = "*" if effect.clear else " "
            label = f"{outcome.format(city=found.city_name)} [{unit}]"
            lines.append(
                f"    {star} {label:{width}} {effect.mean * factor:+9.2f} "
                f"[{effect.low * factor:+9.2f}, {effect.high * factor:+9.2f}]"
            )
    return "\n".join([*lines, "", *reading(found)])
