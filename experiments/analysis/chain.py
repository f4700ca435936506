"""Why two worlds differ: from money announced, through what a series costs and where it is shot, to jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.compute

from microdrama.model.arrays import Array
from microdrama.model.categories import ROLE_WORDS
from microdrama.model.inputs.policies import COSTLY
from microdrama.model.panel import PROMISES

from ..figures import COLOURS, Figure, dot, line_at, name_rows, new_figure, tidy
from ..running.results import load
from .contrast import Contrast, of_differences

PRICES = ("series_cost_yuan", "set_hire_yuan_day", "actor_yuan_day", "rent_yuan_m2_month", "house_index")
"""Of the columns, what is the same at every scale."""
GAINS = {f"wages_{role}_yuan": f"{words} (wages)" for role, words in ROLE_WORDS.items()} | {
    "value_yuan": "studios (fees and revenue shares)",
    "film_rent_yuan": "landlords (rents)",
}
"""Columns that say what somebody gets of the industry, and who."""
COLUMNS = (
    *PRICES,
    *("paid_days", "wages_yuan", "series_started", "series_shot", "shoot_days", "studios", "workers"),
    *("film_spent_yuan", "film_tax_yuan"),
    *GAINS,
    *(f"{what}_{name}_yuan" for name in COSTLY for what in PROMISES),
)
"""Columns of the panel that are compared."""
MOST = 150
"""Per cent at which the figure is cut."""
DAYS = 22 * 12
"""Paid days of a job-year."""

type World = dict[str, Array]
"""(seeds, months, cities) arrays of a world by column, sums at full size."""


class Step(NamedTuple):
    """A link of the chain."""

    words: str
    unit: str
    factor: float
    read: Callable[[World], Array]
    """(seeds, months, cities) values whose sum, or mean for prices and stocks, over months is shown."""
    mean: bool = False


def _promised(what: str) -> Callable[[World], Array]:
    return lambda world: sum((world[f"{what}_{name}_yuan"] for name in COSTLY), np.zeros(1))


def _of(column: str) -> Callable[[World], Array]:
    return lambda world: world[column]


STEPS = {
    "house_prices": Step("house price index", "2020-12 = 100", 1, _of("house_index"), True),
    "announced": Step("announced for film policies", "million yuan", 1e-6, _promised("announced")),
    "paid": Step("paid", "million yuan", 1e-6, _promised("paid")),
    "office_rent": Step("office rent", "yuan/m2/month", 1, _of("rent_yuan_m2_month"), True),
    "set_hire": Step("day hire of a set", "yuan", 1, _of("set_hire_yuan_day"), True),
    "day_rate": Step("day rate of supporting actors", "yuan", 1, _of("actor_yuan_day"), True),
    "cost": Step(
        "expected cost of a series there, before rebates", "thousand yuan", 1e-3, _of("series_cost_yuan"), True
    ),
    "studios": Step("studios", "studios", 1, _of("studios"), True),
    "started": Step("series started by its studios", "series", 1, _of("series_started")),
    "from_elsewhere": Step(
        "series from elsewhere shot there, less its own shot elsewhere",
        "series",
        1,
        lambda world: world["series_shot"] - world["series_started"],
    ),
    "shot": Step("series shot there", "series", 1, _of("series_shot")),
    "days": Step("shooting days", "days", 1, _of("shoot_days")),
    "jobs": Step("jobs", "job-years", 1 / DAYS, _of("paid_days")),
    "taxes": Step("local taxes of the industry", "million yuan", 1e-6, _of("film_tax_yuan")),
}
"""The chain, in order."""


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
    one, other = (step.factor * step.read(world)[:, months] for world in (without, treated))
    fold = np.mean if step.mean else lambda values, axis: 12 * np.mean(values, axis=axis)
    return fold(one, axis=1), fold(other, axis=1) - fold(one, axis=1)


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
            part = f" ({100 * effect.mean / level[:, city].mean():+.1f} %)" if level[:, city].mean() > 0 else ""
            said.append(f"{step.words} {_few(effect)} {step.unit}{'' if step.mean else ' a year'}{part}")
    links = " -> ".join(said) or "no change along the chain is distinguishable from zero"
    return f"Why, in {name}: {links}."


def _few(effect: Contrast) -> str:
    """A mean with its interval, in three digits."""
    digits = max(0, 2 - int(np.floor(np.log10(max(abs(effect.mean), 1e-9)))))
    return f"{effect.mean:+,.{digits}f} [{effect.low:,.{digits}f}, {effect.high:,.{digits}f}]"


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
