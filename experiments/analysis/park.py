"""Whether policy for a part of a city creates firms there or moves them."""

from functools import partial

import numpy as np

from ..design.analyses import analysis
from ..figures import COLOURS, Figure, new_figure, tidy, wrapped
from ..outcomes.zones import PARTS
from .common import MOST, Answer, Data, Effect, capital, few
from .contrast import of_differences

LEAST_PAIRS = 30
"""Pairs of runs from which intervals are to be believed: luck alone moves firms between cities."""
CAPTION = (
    "Studios that a policy for a zone brings there against the same draws without it, by where they would be "
    "otherwise; bars add up, the line is the 95 % interval of the total."
)


@analysis("park", "what a policy for a zone brings there, and from where")
def park(data: Data) -> Answer:
    """The gain of the zone at every point with its parts, money and rents; all are against the run without policy."""
    rows: list[Effect] = []
    for k in range(len(data.points)):
        said = ", ".join(data.in_words(name, value) for name, value in data.points[k].items())
        name = ", ".join(f"{name} {value}" for name, value in data.points[k].items())
        for metric in (data.register.metric, *data.register.also):
            values = data.outcome(metric)[k]
            if not np.isnan(values).all():
                kind = "effect" if metric == data.register.metric else metric
                label = name if kind == "effect" else f"{metric}: {name}"
                found = of_differences(values[~np.isnan(values)])
                rows.append(data.effect(kind, label, said, values, data.unit(metric), found))
    return Answer(data.unit(), rows, _sentences(data, rows), partial(_draw, data), CAPTION)


def _sentences(data: Data, rows: list[Effect]) -> list[str]:
    sentences = []
    for effect in (row for row in rows if row.kind == "effect"):
        parts = [row for row in rows if row.words == effect.words and row.kind.startswith("zone_gain_")]
        split = ", ".join(f"{row.effect.mean:+.0f} {PARTS[row.kind.removeprefix('zone_gain_')]}" for row in parts)
        sentences.append(f"{capital(effect.words)}: {effect.shown}, of them {split}.")
    clear = sorted(sentences[:], key=lambda s: s.count(","))[: 2 * MOST]
    if len(data.seeds) < LEAST_PAIRS:
        clear.append(f"With {len(data.seeds)} pairs of runs these are rough: {LEAST_PAIRS} or more are needed.")
    return clear


def _draw(data: Data) -> Figure:
    shown = few(data, [*range(len(data.points))])
    figure = new_figure(9, 1.2 + 0.5 * len(shown))
    axes = figure.subplots()
    total = data.outcome()
    for at, k in enumerate(shown):
        left = {True: 0.0, False: 0.0}
        for number, part in enumerate(PARTS):
            mean = float(np.nanmean(data.outcome(f"zone_gain_{part}")[k]))
            label = wrapped(PARTS[part], 44) if at == 0 else None
            axes.barh(at, mean, left=left[mean > 0], height=0.6, color=COLOURS[number], label=label)
            left[mean > 0] += mean
        found = of_differences(total[k])
        axes.plot([found.low, found.high], [at, at], color="black", linewidth=1.5)
    names = [", ".join(data.in_words(n, v) for n, v in data.points[k].items()) for k in shown]
    axes.set_yticks(range(len(shown)), [wrapped(name, 40) for name in names], fontsize=8)
    axes.invert_yaxis()
    tidy(axes, x="studios at the end, at full size")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=1, frameon=False, fontsize=8)
    return figure
