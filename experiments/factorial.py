"""The main experiment: property crisis (on, off) x policy (on, off), under the same luck.

How do policy and property crises shift where the industry clusters? Every seed is run in all four combinations.
A draw depends on the seed, the decision, the agent and the month only, so the runs of a seed differ by what was
switched and by what follows from it, and effects are differences within seeds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import as_completed
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from model.columns import Array
from model.errors import InputError
from model.scenario import Scenario, load_scenario

from .contrast import Contrast, interaction, paired, wilson
from .engines import local_processes
from .run import focal_city, run, summarise

CELLS: dict[str, tuple[str, dict[str, Any]]] = {
    "neither": ("neither", {"property_crisis": False, "policy": False}),
    "crisis": ("property crisis only", {"property_crisis": True, "policy": False}),
    "policy": ("policy only", {"property_crisis": False, "policy": True}),
    "both": ("crisis and policy", {"property_crisis": True, "policy": True}),
}
"""Combinations: words, and the two switches."""

OUTCOMES: dict[str, tuple[str, float, str]] = {
    "city_share_shoot_days": ("{city}'s share of shooting days", 100, "points"),
    "city_share_studios": ("{city}'s share of studios", 100, "points"),
    "city_share_value_yuan": ("{city}'s share of value", 100, "points"),
    "city_leads_shoot_days": ("{city} leads in shooting days", 100, "% of seeds"),
    "hhi_shoot_days": ("Concentration of shooting days (HHI)", 1e4, "x 10,000"),
    "ellison_glaeser_studios": ("Concentration of studios beyond chance (Ellison-Glaeser)", 1e4, "x 10,000"),
    "city_morans_i_studios": ("Clustering of studios inside {city} (Moran's I)", 1, "index"),
    "series_released": ("Series released in the last year", 1e-3, "thousands"),
    "city_rent_yuan_m2_month": ("Office rent in {city}", 1, "yuan/m2/month"),
}
"""Outcomes: words, factor and unit of display."""

EFFECTS = {
    "crisis_with_policy": "property crisis, where there is policy",
    "crisis_without_policy": "property crisis, without policy",
    "policy_in_crisis": "policy, in the crisis",
    "policy_without_crisis": "policy, without the crisis",
    "interaction": "interaction: what policy adds to the effect of the crisis",
}
"""Contrasts between the four cells."""

PATHS = ("shoot_days", "studios", "value_yuan", "rent_yuan_m2_month", "house_index")
"""Columns of the panel whose paths are kept."""


@dataclass
class Outcome:
    """What one run hands back."""

    cell: str
    seed: int
    summary: dict[str, float | str]
    paths: dict[str, Array]
    cells: dict[str, Array]


class RunFailedError(RuntimeError):
    """A run of the experiment failed; the message names combination and seed."""


def one_run(scenario: Scenario, cell: str, seed: int, city: str) -> Outcome:
    """One seed in one combination.

    Raises
    ------
    RunFailedError
        With whatever went wrong.
    """
    try:
        economy = run(scenario, seed, **CELLS[cell][1])
        return Outcome(cell, seed, summarise(economy, city), {n: economy.panel.array(n) for n in PATHS},
                       economy.panel.cells())  # fmt: skip
    except Exception as error:
        raise RunFailedError(f"the run '{cell}' with seed {seed} failed: {type(error).__name__}: {error}") from None


@dataclass
class Experiment:
    """All runs of the experiment, in the order of combinations and seeds."""

    scenario: Scenario
    city: str
    seeds: list[int]
    outcomes: list[Outcome]
    wall_seconds: float

    def values(self, name: str) -> dict[str, Array]:
        """(seeds,) an outcome, by combination."""
        return {cell: np.array([o.summary[name] for o in self.outcomes if o.cell == cell], float) for cell in CELLS}

    def path(self, cell: str, name: str) -> Array:
        """(seeds, months, cities) of a column of the panel."""
        return np.stack([o.paths[name] for o in self.outcomes if o.cell == cell])

    @cached_property
    def contrasts(self) -> dict[tuple[str, str], Contrast]:
        """Effects by outcome and contrast, in the units of the outcome table."""
        found = {}
        for name in OUTCOMES:
            y = self.values(name)
            found[name, "crisis_with_policy"] = paired(y["both"], y["policy"])
            found[name, "crisis_without_policy"] = paired(y["crisis"], y["neither"])
            found[name, "policy_in_crisis"] = paired(y["both"], y["crisis"])
            found[name, "policy_without_crisis"] = paired(y["policy"], y["neither"])
            found[name, "interaction"] = interaction(y["both"], y["crisis"], y["policy"], y["neither"])
        return found

    @property
    def city_name(self) -> str:
        """Name of the focal city."""
        return self.scenario.cities.names[self.scenario.cities.index(self.city)]


def experiment(
    scenario: str | Path | Scenario = "baseline", *, seeds: int = 16, workers: int = 2, city: str = "",
    progress: Callable[[int, int], None] | None = None, **parameters: object,
) -> Experiment:  # fmt: skip
    """Run the four combinations of seeds 1..n in local processes; the result does not depend on their number.

    Raises
    ------
    InputError
        If the scenario cannot be used, or there are fewer than two seeds.
    RunFailedError
        If a run fails; the others are called off.
    """
    if seeds < 2:
        raise InputError(f"--seeds {seeds}: an interval needs at least 2 seeds")
    scenario = load_scenario(scenario) if not isinstance(scenario, Scenario) else scenario
    scenario = scenario.with_values(parameters)
    city = focal_city(scenario.cities, city)
    started = time.monotonic()
    jobs = [(cell, seed) for seed in range(1, seeds + 1) for cell in CELLS]
    outcomes: list[Outcome] = []
    pool = local_processes(max(1, workers))
    try:
        waiting = [pool.submit(one_run, scenario, cell, seed, city) for cell, seed in jobs]
        for done in as_completed(waiting):
            outcomes.append(done.result())
            if progress:
                progress(len(outcomes), len(jobs))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    order = list(CELLS)
    outcomes.sort(key=lambda o: (order.index(o.cell), o.seed))
    return Experiment(scenario, city, list(range(1, seeds + 1)), outcomes, time.monotonic() - started)


# ---------------------------------------------------------------------- words


def effects_table(found: Experiment) -> list[dict[str, Any]]:
    """One row an outcome and contrast: words, units, mean and interval as displayed."""
    rows = []
    for (name, contrast), effect in found.contrasts.items():
        words, factor, unit = OUTCOMES[name]
        rows.append({
            "outcome": name, "outcome_words": words.format(city=found.city_name), "unit": unit, "effect": contrast,
            "effect_words": EFFECTS[contrast], "mean": effect.mean * factor, "low": effect.low * factor,
            "high": effect.high * factor, "seeds": effect.seeds, "unchanged": effect.unchanged,
            "variance_ratio": effect.variance_ratio,
        })  # fmt: skip
    return rows


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
        f"The two {'interact' if both.clear else 'do not measurably interact'}: beside policy the crisis does "
        f"{_interval(both, 100)} points more than alone."
    )
    for key, what in (("crisis_with_policy", "the crisis"), ("policy_in_crisis", "policy")):
        effect = effects["hhi_shoot_days", key]
        sentences.append(
            f"Across cities, {what} {_moves(effect, 1e4, '', 'the concentration of production')} "
            f"(HHI x 10,000: {_interval(effect, 1e4)})."
        )
    leads = found.values("city_leads_shoot_days")
    parts = []
    for cell, (words, _) in CELLS.items():
        low, high = wilson(leads[cell].sum(), len(leads[cell]))
        parts.append(f"{words} {leads[cell].mean():.0%} (95 % interval {low:.0%} to {high:.0%})")
    sentences.append(f"{name} is the largest place of production in this share of seeds: {'; '.join(parts)}.")
    return sentences


def _moves(effect: Contrast, factor: float, unit: str, what: str) -> str:
    if not effect.clear:
        return f"has no clear effect on {what}"
    verb = "raises" if effect.mean > 0 else "lowers"
    return f"{verb} {what} by {abs(effect.mean) * factor:.1f} {unit}".rstrip()


def _interval(effect: Contrast, factor: float) -> str:
    return f"{effect.mean * factor:+.1f} [{effect.low * factor:+.1f}, {effect.high * factor:+.1f}]"


def summary_text(found: Experiment) -> str:
    """What the command prints: levels, effects with intervals, and the reading."""
    lines = [f"{len(found.seeds)} seeds x 4 combinations, {found.scenario.parameters.months} months, scale "
             f"{found.scenario.parameters.scale:g}, in {found.wall_seconds:.0f} s", "",
             f"{'mean over seeds':58}" + "".join(f"{words:>22}" for words, _ in CELLS.values())]  # fmt: skip
    for name, (words, factor, unit) in OUTCOMES.items():
        label = f"{words.format(city=found.city_name)} [{unit}]"
        lines.append(f"{label:58.58}" + "".join(f"{np.nanmean(v) * factor:22.2f}" for v in found.values(name).values()))
    lines += ["", "effects: mean of paired differences [95 % interval]; * leaves out zero"]
    for key, words in EFFECTS.items():
        lines.append(f"  {words}")
        for name, (outcome, factor, unit) in OUTCOMES.items():
            effect = found.contrasts[name, key]
            star = "*" if effect.clear else " "
            label = f"{outcome.format(city=found.city_name)} [{unit}]"
            lines.append(
                f"    {star} {label:64.64} {effect.mean * factor:+9.2f} "
                f"[{effect.low * factor:+9.2f}, {effect.high * factor:+9.2f}]"
            )
    return "\n".join([*lines, "", *reading(found)])
