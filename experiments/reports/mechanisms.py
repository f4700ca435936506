"""What each mechanism does: the paired effect of switching it off, as a table for the documentation.

``python -m microdrama.experiments.reports.mechanisms --out docs/mechanisms.md`` takes about half an hour on two cores.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from microdrama.model.arrays import Array
from microdrama.model.categories import MODES
from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.inputs.parameters import PARAMETERS, SWITCHES
from microdrama.model.measures import hhi, shares

from ..running.engines import local_processes, tidily

CITY = "zhengzhou"
OUTPUTS: dict[str, tuple[str, Callable[[MicroDramaEconomy], float]]] = {
    "days": ("its share of shooting days, points", lambda e: 100 * _share(e, "shoot_days")),
    "studios": ("its share of studios, points", lambda e: 100 * _share(e, "studios")),
    "value": ("its share of value, points", lambda e: 100 * _share(e, "value_yuan")),
    "HHI": ("concentration of shooting days x 10,000", lambda e: 1e4 * hhi(shares(_year(e, "shoot_days")))),
    "series": ("series shot in the last year, thousands", lambda e: _year(e, "series_shot").sum() / 1e3 / e.p.scale),
    "cost": ("average cost of a series, thousand yuan", lambda e: e.series_cost / 1e3),
}
"""Outputs: meaning and how they are read off a finished run."""


def _year(econ: MicroDramaEconomy, column: str) -> Array:
    result: Array = econ.panel.array(column)[-12:].sum(axis=0)
    return result


def _share(econ: MicroDramaEconomy, column: str) -> float:
    return float(shares(_year(econ, column))[econ.cities.index(CITY)])


ELSEWHERE = {"hours_cap": "hours_cap"}
"""Mechanisms that act in a scenario of their own only, and which."""
WORLDS = ("at the defaults", "at a first draw of parameters", "at a second draw of parameters")
"""Worlds by the seed of their draw."""

NOT_DRAWN = (
    "base_reserve_months",
    "closure_lease_months",
    "base_life_years",
    "set_update_weight",
    "designation_speedup",
    "set_shortage_cap",
    "unserved_crews",
    "base_use_update_weight",
    "open_window_months",
    "promise_worth",
    "response_update_weight",
    "response_cap",
    "fund_pause_months",
    "honoured_update_weight",
    "start_fill",
    "equity_spread",
    "start_earnings",
    "chart_memory",
    "chart_start_months",
    "chart_floor_series_month",
    "local_chart_least",
    "delay_floor",
    "delay_update_weight",
    "travel_km_hour",
    "door_hours",
    "cost_update_weight",
    "fee_at_start",
    "fee_at_shooting",
    "commission_cash_share",
    "appeal_update_weight",
    "campaign_months",
    "burnout_least_months",
    "burnout_further_months",
    "income_memory_months",
    "least_crew_share",
    "give_up_months",
    "bid_least",
    "bid_slope",
    "bid_quality_cap",
    "tightness_update_weight",
    "labour_shortage_cap",
    "odd_job_days",
    "guarantee_cash_share",
    "platform_buffer_months",
    "platform_start_months",
    "author_share",
    "novel_update_weight",
    "script_cap",
    "private_fund_count",
    "private_capital_at_month",
    "fund_need_series",
    "fund_view_spread",
)
"""Parameters that keep their default in drawn worlds: they were constants when these worlds were drawn."""


def draw(world: int) -> dict[str, Any]:
    """Parameter values of a world: 0 is the defaults; others multiply or divide every assumption by up to 1.5."""
    rng = np.random.default_rng(world)
    values = {}
    for name, q in PARAMETERS.items():
        assumed = q.layer in ("swept", "estimated") and q.kind in (int, float) and 0 < q.default < np.inf
        if not assumed or name in NOT_DRAWN:
            continue
        value = np.clip(q.default * 1.5 ** rng.uniform(-1, 1), q.low, q.high)
        values[name] = round(value) if q.kind is int else float(value)
    for mode in MODES:  # the two share what there is
        promotion = values.get(f"promotion_share_{mode}", PARAMETERS[f"promotion_share_{mode}"].default)
        values[f"content_share_{mode}"] = min(values[f"content_share_{mode}"], 1 - promotion)
    return values if world else {}


def outputs(world: int, scenario: str, switch: str, seed: int, months: int, scale: float) -> list[float]:
    """The outputs of a world with one mechanism off (none for an empty name)."""
    values = draw(world)
    if switch:
        values[switch] = False if PARAMETERS[switch].kind is bool else "off"
    econ = MicroDramaEconomy(scenario, rng=seed, months=months, scale=scale, **values)
    econ.run_for(months)
    return [read(econ) for _, read in OUTPUTS.values()]


def effects(*, seeds: int, months: int, scale: float, workers: int) -> tuple[Array, Array]:
    """Levels with everything on (worlds, seeds, outputs) and effects (worlds, switches, seeds, outputs)."""
    reference = [("baseline", ""), *((scenario, "") for scenario in ELSEWHERE.values())]
    arms = reference + [(ELSEWHERE.get(switch, "baseline"), switch) for switch in SWITCHES]
    jobs = [
        (world, *arm, seed, months, scale)
        for world in range(len(WORLDS))
        for arm in arms
        for seed in range(1, seeds + 1)
    ]
    with local_processes(workers) as pool:
        found = np.array(list(pool.map(partial(tidily, outputs), *zip(*jobs, strict=True), chunksize=8)))
    found = found.reshape(len(WORLDS), len(arms), seeds, len(OUTPUTS))
    against = [reference.index((scenario, "")) for scenario, _ in arms[len(reference) :]]
    return found[:, 0], found[:, len(reference) :] - found[:, against]


def table(*, seeds: int = 5, months: int = 120, scale: float = 1.0, workers: int = 2) -> str:
    """Markdown of the effect of switching off each mechanism, with 95 % intervals over paired seeds, in each world."""
    level, effect = effects(seeds=seeds, months=months, scale=scale, workers=workers)
    mean, error = effect.mean(axis=2), effect.std(axis=2, ddof=1) / np.sqrt(seeds)
    half = stats.t.ppf(0.975, seeds - 1) * error
    strict = stats.t.ppf(1 - 0.025 / (len(WORLDS) * len(OUTPUTS)), seeds - 1) * error
    told = (np.abs(mean) > strict).any(axis=(0, 2))
    dead = (effect == 0).all(axis=(0, 2, 3))
    lines = [
        "# What each mechanism does",
        "",
        f"The effect of switching one mechanism off: baseline scenario, {months} months, scale {scale:g}, {seeds} "
        "seeds, the same luck with and without. In brackets the half-width of the 95 % interval of the mean; **bold** "
        "where the interval leaves out zero (of twenty such cells one would be bold by chance). Zhengzhou is the city "
        "of the first three columns. Once at the default parameters and at two draws that multiply or divide every "
        "assumption by up to 1.5: an effect that keeps its sign over the three does not hang on a single assumption. "
        + " ".join(
            f"`{switch}` acts in the scenario `{where}` only and is measured there."
            for switch, where in ELSEWHERE.items()
        )
        + " Made by `make mechanisms`.",
        "",
        "Columns: " + "; ".join(f"*{name}*: {meaning}" for name, (meaning, _) in OUTPUTS.items()) + ".",
        "",
        "**Negligible here**, that is told from zero in none of the three worlds on none of the six outputs (at 5 % "
        "for the row as a whole): " + _named(~told) + ".",
        "",
        "**Without any effect**: " + _named(dead) + ".",
    ]
    for world, name in enumerate(WORLDS):
        lines += [
            "",
            f"## {name[0].upper()}{name[1:]}",
            "",
            "| mechanism off | | " + " | ".join(OUTPUTS) + " |",
            "|---|---|" + "---:|" * len(OUTPUTS),
            "| (level with all on) | | " + " | ".join(f"{v:.4g}" for v in level[world].mean(axis=0)) + " |",
        ]
        for switch, means, halves in zip(SWITCHES, mean[world], half[world], strict=True):
            cells = [_cell(m, h) for m, h in zip(means, halves, strict=True)]
            lines.append(f"| `{switch}` | {PARAMETERS[switch].mechanism} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _named(chosen: Array) -> str:
    return ", ".join(f"`{switch}`" for switch, named in zip(SWITCHES, chosen, strict=True) if named) or "none"


def _cell(mean: float, half: float) -> str:
    if mean == half == 0:
        return "0"
    text = f"{mean:+.3g} ({half:.2g})"
    return f"**{text}**" if abs(mean) > half else text


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path, default=Path("mechanisms.md"))
    chosen = parser.parse_args()
    text = table(seeds=chosen.seeds, scale=chosen.scale, workers=chosen.workers)
    chosen.out.write_text(text, encoding="utf-8")
