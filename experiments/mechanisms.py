"""What each mechanism does: the paired effect of switching it off, as a table for the documentation.

``python -m experiments.mechanisms > docs/mechanisms.md``
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from model.columns import Array
from model.economy import MicroDramaEconomy
from model.measures import hhi, shares
from model.parameters import PARAMETERS, SWITCHES

from .engines import local_processes

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


def outputs(switch: str, seed: int, months: int, scale: float) -> list[float]:
    """The outputs of the baseline with one mechanism off (none for an empty name)."""
    values: dict[str, Any] = {switch: False if PARAMETERS[switch].kind is bool else "off"} if switch else {}
    econ = MicroDramaEconomy("baseline", rng=seed, months=months, scale=scale, **values)
    econ.run_for(months)
    return [read(econ) for _, read in OUTPUTS.values()]


def table(*, seeds: int = 10, months: int = 96, scale: float = 0.1, workers: int = 2) -> str:
    """Markdown table of the effect of switching off each mechanism, with 95 % intervals over paired seeds."""
    jobs = [(switch, seed, months, scale) for switch in ("", *SWITCHES) for seed in range(1, seeds + 1)]
    with local_processes(workers) as pool:
        results = np.array(list(pool.map(outputs, *zip(*jobs, strict=True), chunksize=8)))
    results = results.reshape(len(SWITCHES) + 1, seeds, len(OUTPUTS))
    base, quantile = results[0], stats.t.ppf(0.975, seeds - 1)
    lines = [
        "# What each mechanism does",
        "",
        f"The effect of switching one mechanism off: baseline scenario, {months} months, scale {scale:g}, {seeds} "
        "seeds, the same luck with and without. In brackets the half-width of the 95 % interval of the mean; **bold** "
        "where the interval leaves out zero. Zhengzhou is the city of the first three columns. Made by "
        "`make docs`.",
        "",
        "Columns: " + "; ".join(f"*{name}*: {meaning}" for name, (meaning, _) in OUTPUTS.items()) + ".",
        "",
        "| mechanism off | | " + " | ".join(OUTPUTS) + " |",
        "|---|---|" + "---:|" * len(OUTPUTS),
        "| (level with all on) | | " + " | ".join(f"{v:.4g}" for v in base.mean(axis=0)) + " |",
    ]
    for switch, runs in zip(SWITCHES, results[1:], strict=True):
        effect = runs - base
        half = quantile * effect.std(axis=0, ddof=1) / np.sqrt(seeds)
        cells = [_cell(m, h) for m, h in zip(effect.mean(axis=0), half, strict=True)]
        lines.append(f"| `{switch}` | {PARAMETERS[switch].mechanism} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(mean: float, half: float) -> str:
    if mean == half == 0:
        return "0"
    text = f"{mean:+.3g} ({half:.2g})"
    return f"**{text}**" if abs(mean) > half else text


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    sys.stdout.write(table(seeds=chosen.seeds, workers=chosen.workers))
