"""How likely an outcome is that comes or does not come."""

from collections.abc import Iterator
from functools import partial
from textwrap import wrap

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from ..figures import COLOURS, INK, Figure, dot, name_rows, new_figure, tidy
from ..outcomes import outcomes
from .common import Answer, Data, Effect, capital
from .contrast import wilson
from .effects import point_effects

CAPTION = "Left: the share of worlds in which it comes, with Wilson's 95 % interval. Right: every world, no mean."


@analysis(
    "chance", "how likely an outcome is at each point, and what the outcome is where it comes and where it does not"
)
def chance(data: Data) -> Answer:
    """How likely the outcome is at each point (Wilson), effects on that, and the other outcomes world by world."""
    rows, values = point_effects(data), data.outcome()
    other = next((m for m in data.register.also if not data.yes_no(m)), "")
    spread = data.outcome(other) if other else {}
    sentences = [*_chances(data, rows, values), *_where_it_comes(data, other, spread, values)]
    return Answer(data.unit(), rows, sentences, partial(_draw, data, other, spread, values), CAPTION)


def _interval(values: Array) -> tuple[float, float]:
    low, high = wilson(values.sum() / 100, len(values))
    return 100 * low, 100 * high


def _chances(data: Data, rows: list[Effect], values: dict[int, Array]) -> Iterator[str]:
    for group, prefix, points in data.groups:
        first = points[0]
        low, high = _interval(values[first])
        often = f"{values[first].mean():.0f} % [{low:.0f}, {high:.0f}] of {len(values[first])} worlds"
        what = outcomes(data.slugs)[data.register.metric].display.words.format(city=data.city)
        sentence = f"{capital(f'{prefix}{what}')} in {often} {data.said(first, first)}"
        own = [row for row in rows if row.kind == "effect" and row.name.startswith(group)]
        if own:
            best = max(own, key=lambda row: abs(row.effect.mean))
            sentence += f"; largest change, {best.words.removeprefix(prefix)}: {best.shown}"
        yield f"{sentence}."
    for metric in data.register.also:
        if clear := [f"{row.words} {row.shown}" for row in rows if row.kind == metric and row.effect.clear]:
            yield f"Distinguishable from zero, of {data.words(metric)}: {'; '.join(clear[:3])}."


def _where_it_comes(data: Data, other: str, spread: dict[int, Array], values: dict[int, Array]) -> Iterator[str]:
    """The mean of another outcome in worlds where the first comes, and in those where it does not."""
    for _, prefix, (first, *_) in data.groups:
        if other and len(both := np.unique(values[first])) == 2:
            without, where = (spread[first][values[first] == b].mean() for b in both)
            yield (
                capital(f"{prefix}in worlds where it comes, {data.words(other)} is ")
                + f"{where:.1f} {data.unit(other)}, ".replace(" 1, ", ", ")
                + f"where it does not {without:.1f}."
            )


def _draw(data: Data, other: str, spread: dict[int, Array], values: dict[int, Array]) -> Figure:
    shown = {
        k: capital(prefix + data.said(k, points[0]))
        for _, prefix, points in data.groups
        for k in points
        if not any(data.same_runs(k, j) for j in points if j < k)
    }
    figure = new_figure(12, 0.34 * len(shown) + 1.6)
    left, right = figure.subplots(1, 2, sharey=True)
    for at, k in enumerate([*shown][::-1]):
        dot(left, at, values[k].mean(), *_interval(values[k]), colour=COLOURS[0])
        if other:
            came, jitter = values[k] > 0, np.linspace(-0.2, 0.2, len(values[k]))
            for on, face in ((came, COLOURS[6]), (~came, "white")):
                right.scatter(spread[k][on], at + jitter[on], s=22, facecolor=face, edgecolor=INK, linewidth=0.7)
            right.plot([np.median(spread[k])] * 2, [at - 0.32, at + 0.32], color=INK, linewidth=1.5)
    name_rows(left, [*shown.values()], fontsize=8)
    left.set_xlim(0, 100)
    metric = data.register.metric
    title = f"Chance that {data.city} leads" if "leads" in metric else metric
    tidy(left, x="% of worlds, 95 % interval (Wilson)", title=title, lines="x")
    tidy(
        right,
        x=f"{data.unit(other)}; filled: leads; bar: median".removeprefix("1; ") if other else "",
        title="\n".join(wrap(f"Each world: {data.words(other)}", 52)) if other else "",
        lines="x",
    )
    return figure
