"""Medians and shortfalls of outcomes with heavy tails."""

from __future__ import annotations

from functools import partial
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from .common import MOST, Answer, Data, Effect, capital, few, simplest
from .contrast import Contrast

if TYPE_CHECKING:
    from matplotlib.figure import Figure


WORST = 0.1
"""Part of the worlds over which an expected shortfall is taken."""


BOOTSTRAP = 2000


def bootstrap(values: Array, statistic: Any, *, seed: int = 1) -> tuple[float, float, float]:
    """A statistic of a sample with its 95 % percentile interval from the bootstrap; nans are left out.

    >>> value, low, high = bootstrap(np.arange(101.0), np.median)
    >>> value, bool(35 < low < 50 < high < 65)
    (50.0, True)
    """
    values = np.asarray(values, float)
    values = values[~np.isnan(values)]
    if len(values) < 2:
        return (float(statistic(values)) if len(values) else np.nan), np.nan, np.nan
    rng = np.random.default_rng(seed)
    drawn = rng.choice(values, (BOOTSTRAP, len(values)))
    low, high = np.quantile([statistic(row) for row in drawn], [0.025, 0.975])
    return float(statistic(values)), float(low), float(high)


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
    unit_of = {m: data.unit(m) for m in (data.register.metric, *data.register.also)}
    for metric, unit in unit_of.items():
        values = data.outcome(metric)
        kind = "effect" if metric == data.register.metric else metric
        for group, points in data.groups():
            for k in points:
                j = data.reference(k, points)
                if k != j and not data.same_runs(k, j) and not np.isnan(values[k] - values[j]).all():
                    gain = values[k] - values[j]
                    value, low, high = bootstrap(gain, np.median)
                    seeds = int((~np.isnan(gain)).sum())
                    rows.append(
                        data.effect(
                            kind,
                            group + data.label(k, points[0]),
                            data.prefix(group) + data.said(k, points[0]),
                            Contrast(value, low, high, seeds, float(np.mean(gain == 0)), np.nan),
                            gain,
                            unit,
                        )
                    )
        for k in range(len(data.points)):
            if not np.isnan(values[k]).all():
                for what, statistic in (("median", np.median), ("worst tenth", shortfall)):
                    value, low, high = bootstrap(values[k], statistic)
                    rows.append(
                        Effect(
                            f"{what}: {metric}",
                            f"{what}: {metric}: {data.label(k, 0)}",
                            data.said(k, 0),
                            Contrast(value, low, high, len(data.seeds), 0.0, np.nan),
                            "",
                            unit,
                        )
                    )
    sentences = _sentences_of_medians(data, rows)

    return Answer(
        data.unit(),
        rows,
        sentences,
        partial(_draw_medians, data),
        "Medians with bootstrap 95 % intervals, the distribution over "
        "worlds, and the running median: with heavy tails means do not settle.",
    )


def _sentences_of_medians(data: Data, rows: list[Effect]) -> list[str]:
    sentences = [
        f"{capital(r.words)}: {r.shown} in the median of paired differences."
        for r in simplest(r for r in rows if r.kind == "effect")[:MOST]
    ]
    for metric in data.register.also:
        own = simplest(r for r in rows if r.kind == metric and r.effect.clear)
        words = data.words(metric)
        sentences.append(
            f"{capital(words)}: "
            + ("; ".join(f"{r.words} {r.shown}" for r in own[:4]) or "no difference is distinguishable from zero")
            + "."
        )
    return sentences


def _draw_medians(data: Data) -> Figure:
    from ..figures import COLOURS, INK, MARKERS, new_figure, tidy

    figure = new_figure(12, 4.8)
    left, middle, right = figure.subplots(1, 3)
    across = data.register.also[0]
    y, x = data.outcome(), data.outcome(across)
    shown = [k for k in few(data, [*range(len(data.points))]) if not np.isnan(y[k]).all()]
    for at, k in enumerate(shown):
        (a, al, ah), (b, bl, bh) = bootstrap(x[k], np.median), bootstrap(y[k], np.median)
        colour = COLOURS[at % len(COLOURS)]
        left.errorbar(
            a,
            b,
            [[b - bl], [bh - b]],
            [[a - al], [ah - a]],
            color=colour,
            marker=MARKERS[at % 8],
            capsize=2,
            linewidth=1,
            label=capital(data.said(k, 0)),
        )
        known = np.sort(y[k][~np.isnan(y[k])])
        middle.step(known, np.arange(1, len(known) + 1) / len(known), color=colour, where="post")
        running = [np.median(y[k][~np.isnan(y[k])][:n]) for n in range(1, len(known) + 1)]
        right.plot(range(1, len(running) + 1), running, color=colour, marker=MARKERS[at % 8], markersize=3)
    own, other = (fill(f"{data.words(metric)}, {data.unit(metric)}", 40) for metric in ("", across))
    tidy(left, y=own, title="Frontier: medians")
    left.set_xlabel(other, color=INK)
    left.locator_params(axis="x", nbins=4)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    tidy(middle, y="share of worlds at or below", title="Every world")
    middle.set_xlabel(own, color=INK)
    tidy(right, title="Does the median settle?")
    right.set_xlabel("worlds", color=INK)
    return figure
