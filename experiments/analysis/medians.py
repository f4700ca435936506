"""Medians and shortfalls of outcomes with heavy tails."""

from collections.abc import Callable
from functools import partial
from textwrap import fill
from typing import Any

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from ..figures import COLOURS, MARKERS, Figure, new_figure, tidy
from .common import MOST, Answer, Data, Effect, capital, few, simplest
from .contrast import Contrast

WORST = 0.1
"""Part of the worlds over which an expected shortfall is taken."""
BOOTSTRAP = 2000
CAPTION = (
    "Medians with bootstrap 95 % intervals, the distribution over worlds, and the running median: with heavy tails "
    "means do not settle."
)


def bootstrap(values: Array, statistic: Callable[[Array], Any], *, seed: int = 1) -> tuple[float, float, float]:
    """A statistic of a sample with its 95 % percentile interval from the bootstrap; nans are left out.

    >>> value, low, high = bootstrap(np.arange(101.0), np.median)
    >>> value, bool(35 < low < 50 < high < 65)
    (50.0, True)
    """
    values = known(values)
    if len(values) < 2:
        return (float(statistic(values)) if len(values) else np.nan), np.nan, np.nan
    drawn = np.random.default_rng(seed).choice(values, (BOOTSTRAP, len(values)))
    low, high = np.quantile([statistic(row) for row in drawn], [0.025, 0.975])
    return float(statistic(values)), float(low), float(high)


def known(values: Array) -> Array:
    """The values that are not nan."""
    values = np.asarray(values, float)
    return values[~np.isnan(values)]


def shortfall(values: Array) -> float:
    """Mean of the worst tenth.

    >>> float(shortfall(np.arange(100.0)))
    4.5
    """
    ordered = np.sort(values)
    return float(ordered[: max(1, int(np.ceil(WORST * len(ordered))))].mean())


@analysis("medians", "medians, and means of the worst tenth, of outcomes with heavy tails")
def medians(data: Data) -> Answer:
    """Medians of paired differences with bootstrap intervals, and medians and shortfalls of each point."""
    rows: list[Effect] = []
    for metric, kind in data.kinds.items():
        values, unit = data.outcome(metric), data.unit(metric)
        for k, j, name, words in data.pairs():
            gain = values[k] - values[j]
            if n := len(known(gain)):
                found = Contrast(*bootstrap(gain, np.median), n, float(np.mean(gain == 0)), np.nan)
                rows.append(data.effect(kind, name, words, gain, unit, found))
        for k in range(len(data.points)):
            if len(known(values[k])):
                for what, statistic in (("median", np.median), ("worst tenth", shortfall)):
                    kind_, interval = f"{what}: {metric}", bootstrap(values[k], statistic)
                    rows.append(data.estimate(kind_, f"{kind_}: {data.label(k, 0)}", data.said(k, 0), interval, unit))
    return Answer(data.unit(), rows, _sentences(data, rows), partial(_draw, data), CAPTION)


def _sentences(data: Data, rows: list[Effect]) -> list[str]:
    sentences = [
        f"{capital(row.words)}: {row.shown} in the median of paired differences."
        for row in simplest(row for row in rows if row.kind == "effect")[:MOST]
    ]
    for metric in data.register.also:
        clear = simplest(row for row in rows if row.kind == metric and row.effect.clear)[:4]
        said = "; ".join(f"{row.words} {row.shown}" for row in clear)
        sentences.append(f"{capital(data.words(metric))}: {said or 'no difference is distinguishable from zero'}.")
    return sentences


def _draw(data: Data) -> Figure:
    figure = new_figure(12, 4.8)
    left, middle, right = figure.subplots(1, 3)
    across = data.register.also[0]
    y, x = data.outcome(), data.outcome(across)
    shown = [k for k in few(data, [*range(len(data.points))]) if len(known(y[k]))]
    for at, k in enumerate(shown):
        (a, al, ah), (b, bl, bh) = bootstrap(x[k], np.median), bootstrap(y[k], np.median)
        colour, marker = COLOURS[at % len(COLOURS)], MARKERS[at % 8]
        style = {"color": colour, "marker": marker, "capsize": 2, "linewidth": 1, "label": capital(data.said(k, 0))}
        left.errorbar(a, b, [[b - bl], [bh - b]], [[a - al], [ah - a]], **style)
        own = known(y[k])
        counted = np.arange(1, len(own) + 1)
        middle.step(np.sort(own), counted / len(own), color=colour, where="post")
        right.plot(counted, [np.median(own[:n]) for n in counted], color=colour, marker=marker, markersize=3)
    up, other = (fill(f"{data.words(metric)}, {data.unit(metric)}", 40) for metric in ("", across))
    tidy(left, x=other, y=up, title="Frontier: medians")
    left.locator_params(axis="x", nbins=4)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    tidy(middle, x=up, y="share of worlds at or below", title="Every world")
    tidy(right, x="worlds", title="Does the median settle?")
    return figure
