"""Why two worlds differ: from money announced, through what a series costs and where it is shot, to jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute

from microdrama.model.arrays import Array

from ..figures import COLOURS, Figure, dot, line_at, name_rows, new_figure, tidy
from ..outcomes.chain import COLUMNS, PRICES, STEPS, Step, World, yearly
from ..running.results import load
from .common import Data, Effect
from .contrast import Contrast, of_differences

MOST = 150
"""Per cent at which the figure is cut."""


def read_worlds(folder: Path, *, months: int, scale: float, start: int = 0) -> list[World]:
    """Worlds of a sweep with ``panel = true``, in the order of its points, from month number ``start`` on."""
    panel = load(folder, "panel", columns=["point", "seed", *COLUMNS])
    points, seeds = (len(pyarrow.compute.unique(panel[name])) for name in ("point", "seed"))
    found: list[World] = [{} for _ in range(points)]
    for name in COLUMNS:
        cube = panel[name].to_numpy().astype(float).reshape(points, seeds, months, -1)[:, :, start:]
        for world, values in zip(found, cube if name in PRICES else cube / scale, strict=True):
            world[name] = values
    return found


def change(step: Step, without: World, treated: World, months: slice = slice(None)) -> tuple[Array, Array]:
    """(seeds, cities) level without, and what is added, a year of sums or the mean of prices and stocks."""
    one, other = (yearly(step, world, months) for world in (without, treated))
    return one, other - one


def rows(without: World, treated: World, start: int, slugs: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Every link by year and city: level without, what is added, and its 95 % interval; ``year`` 0 is all of them.

    Parameters
    ----------
    start : int
        Month of the first in the arrays.
    """
    months = next(iter(without.values())).shape[1]
    when = {0: slice(None)}
    when |= {2021 + (start + at) // 12: slice(max(at, 0), at + 12) for at in range(-(start % 12), months, 12)}
    for name, step in STEPS.items():
        for year, some in when.items():
            level, added = change(step, without, treated, some)
            for k, slug in enumerate(slugs):
                effect = of_differences(added[:, k])
                yield {
                    "step": name,
                    "year": year,
                    "city": slug,
                    "without": level[:, k].mean(),
                    "added": effect.mean,
                    "low": effect.low,
                    "high": effect.high,
                    "unit": f"{step.unit}{'' if step.mean else '/year'}",
                }


def sentence(without: World, treated: World, city: int, name: str) -> str:
    """The chain of a city in words, a year in the mean: links whose change is distinguishable from zero."""
    said = []
    for step in STEPS.values():
        level, added = change(step, without, treated)
        effect = of_differences(added[:, city])
        if effect.clear:
            share = effect.mean / level[:, city].mean() if level[:, city].mean() > 0 else np.inf
            part = (
                f" ({share:+.1%})".replace("%", " %") if abs(share) < 10 else ""
            )  # of next to nothing it says nothing
            said.append(f"{step.words} {few_digits(effect)} {step.unit}{'' if step.mean else ' a year'}{part}")
    links = " -> ".join(said) or "no change along the chain is distinguishable from zero"
    return f"Why, in {name}: {links}."


def few_digits(effect: Contrast) -> str:
    """A mean with its interval, in three digits."""
    if not effect.mean and effect.unchanged == 1:
        return "no change"
    digits = max(0, 2 - int(np.floor(np.log10(max(abs(effect.mean), 1e-9)))))
    return f"{effect.mean:+,.{digits}f} {effect.interval(digits)}"


def of_points(data: Data, most: int = 5) -> tuple[list[str], list[tuple[Step, list[Effect]]]]:
    """What each link changes by between points and those that they are compared with, in the focal city.

    Points that differ in fewest factors come first. Nothing for designs of which none do so in one or two, and for
    results of a version without these outcomes.

    Returns
    -------
    what : list of str
        What differs, pair by pair.
    links : list of (Step, list of Effect)
    """
    if "why_jobs" not in data.runs:
        return [], []
    apart = [(len(data.differ(k, j)), k, j, words) for k, j, _, words in data.pairs()]
    shown = sorted(pair for pair in apart if pair[0] <= 2)[:most]
    links = []
    for name, step in STEPS.items():
        values = data.raw(f"why_{name}")
        links.append(
            (step, [data.effect(f"why_{name}", words, words, values[k] - values[j]) for _, k, j, words in shown])
        )
    return [words for *_, words in shown], links if shown else []


def draw(without: World, treated: World, city: int, name: str) -> Figure:
    """Every link of the chain in a city, in per cent of what it is without; nothing where there is none."""
    figure = new_figure(8, 5)
    axes = figure.subplots()
    shown = list(STEPS.values())[::-1]
    for at, step in enumerate(shown):
        level, added = change(step, without, treated)
        e, base = of_differences(added[:, city]), abs(level[:, city].mean()) / 100
        if base:
            ends = np.clip([e.mean / base, e.low / base, e.high / base], -MOST, MOST)
            dot(axes, at, *ends, colour=COLOURS[0], full=e.clear)
    name_rows(axes, [step.words for step in shown[::-1]], fontsize=9)
    line_at(axes, x=0)
    axes.set_ylim(-0.6, len(shown) - 0.4)
    tidy(axes, title=f"Change in {name}, %", lines="x")
    return figure
