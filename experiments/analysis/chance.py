"""How likely an outcome is that comes or does not come."""

from __future__ import annotations

from functools import partial
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from .common import Answer, Data, Effect, capital
from .contrast import wilson
from .effects import point_effects

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@analysis(
    "chance", "how likely an outcome is at each point, and what the outcome is where it comes and where it does not"
)
def chance(data: Data) -> Answer:
    """How likely the outcome is at each point (Wilson), effects on that, and the other outcomes world by world."""
    rows, values = point_effects(data), data.outcome()
    shown = [
        k for group, points in data.groups() for k in points if not any(data.same_runs(k, j) for j in points if j < k)
    ]
    odds = {k: (values[k].sum() / 100, len(values[k])) for k in shown}
    other = next((m for m in data.register.also if not data.yes_no(m)), "")
    spread = data.outcome(other) if other else {}
    sentences = [*_chances(data, rows, odds, values), *_where_it_comes(data, other, spread, values)]
    return Answer(
        data.unit(),
        rows,
        sentences,
        partial(_draw_chance, data, odds, other, shown, spread, values),
        "Left: the share of worlds in which it comes, with Wilson's 95 % interval. Right: every world, no mean.",
    )


def _chances(data: Data, rows: list[Effect], odds: dict[int, tuple[float, int]], values: dict[int, Array]) -> list[str]:
    sentences = []
    for group, points in data.groups():
        first = points[0]
        low, high = wilson(*odds[first])
        sentences.append(
            f"{capital(data.prefix(group))}{data.said(first, first)}: {values[first].mean():.0f} % "
            f"[{100 * low:.0f}, {100 * high:.0f}] of {len(values[first])} worlds."
        )
        own = [r for r in rows if r.kind == "effect" and r.name.startswith(group)]
        best = max(own, key=lambda r: abs(r.effect.mean), default=None)
        if best is not None:
            sentences.append(f"Largest change: {best.words.removeprefix(data.prefix(group))}: {best.shown}.")
    for m in data.register.also:
        clear = [r for r in rows if r.kind == m and r.effect.clear]
        if clear:
            sentences.append(
                f"Distinguishable from zero, of {data.words(m)}: "
                + "; ".join(f"{r.words} {r.shown}" for r in clear[:3])
                + "."
            )
    return sentences


def _where_it_comes(data: Data, other: str, spread: dict[int, Array], values: dict[int, Array]) -> list[str]:
    """The mean of another outcome in worlds where the first comes, and in those where it does not."""
    sentences = []
    for group, points in data.groups():
        if other and len(both := np.unique(values[points[0]])) == 2:
            means = [spread[points[0]][values[points[0]] == b].mean() for b in both]
            sentences.append(
                capital(f"{data.prefix(group)}in worlds where it comes, {data.words(other)} is ")
                + f"{means[1]:.1f} {data.unit(other)}, ".replace(" 1, ", ", ")
                + f"where it does not {means[0]:.1f}."
            )
    return sentences


def _draw_chance(
    data: Data,
    odds: dict[int, tuple[float, int]],
    other: str,
    shown: list[int],
    spread: dict[int, Array],
    values: dict[int, Array],
) -> Figure:
    metric = data.register.metric
    from ..figures import COLOURS, FAINT, INK, new_figure, tidy

    figure = new_figure(12, 0.34 * len(shown) + 1.6)
    left, right = figure.subplots(1, 2, sharey=True)
    labels = []
    for at, k in enumerate(shown[::-1]):
        group, points = next((g, p) for g, p in data.groups() if k in p)
        labels.append(capital(data.prefix(group) + data.said(k, points[0])))
        low, high = wilson(*odds[k])
        left.plot([100 * low, 100 * high], [at, at], color=COLOURS[0], linewidth=2)
        left.plot(values[k].mean(), at, "o", color=COLOURS[0])
        if other:
            came = values[k] > 0
            jitter = np.linspace(-0.2, 0.2, len(came))
            for on, marker, face in ((came, "o", COLOURS[6]), (~came, "o", "white")):
                right.scatter(
                    spread[k][on], at + jitter[on], s=22, marker=marker, facecolor=face, edgecolor=INK, linewidth=0.7
                )
            right.plot([np.median(spread[k])] * 2, [at - 0.32, at + 0.32], color=INK, linewidth=1.5)
    left.set_yticks(range(len(shown)), labels, fontsize=8)
    left.set_ylim(-0.6, len(shown) - 0.4)
    left.set_xlim(0, 100)
    tidy(left, title=f"Chance that {data.city} leads" if "leads" in metric else metric)
    left.set_xlabel("% of worlds, 95 % interval (Wilson)", color=INK)
    tidy(right, title="\n".join(wrap(f"Each world: {data.words(other)}", 52)) if other else "")
    right.set_xlabel(f"{data.unit(other)}; filled: leads; bar: median".removeprefix("1; ") if other else "", color=INK)
    for axes in (left, right):
        axes.grid(visible=False, axis="y")
        axes.grid(axis="x", color=FAINT, linewidth=0.6)
    return figure
