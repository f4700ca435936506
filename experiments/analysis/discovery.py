"""Boxes in the space of assumptions in which an outcome is likely."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from ..design.samplers import places
from .common import Answer, Data, Effect, capital, point_means
from .contrast import Contrast, wilson
from .prim import Box, chosen, trajectory

if TYPE_CHECKING:
    from matplotlib.figure import Figure


type Bound = tuple[float, int, int, str]
"""Quasi-p, factor, side and words of a bound."""


@analysis("prim", "where in the space of assumptions an outcome is likely")
def prim(data: Data) -> Answer:
    """Where in the space of factors the outcome is likely: a box, its bounds tested, and the trade-off behind it."""
    study = data.study
    x = places(study.design.sampler, study.factors, study.design.size, study.design.seed)
    share = point_means(data) / (100 if data.yes_no() else 1)
    y = share if data.yes_no() else (share > np.median(share)).astype(float)
    boxes = trajectory(x, y)
    box = chosen(boxes)
    count = round(box.mass * len(y))
    low, high = wilson(box.density * count, count)
    rows = [
        Effect(
            "density",
            "density",
            "of interest inside the box",
            Contrast(100 * box.density, 100 * low, 100 * high, count, 0.0, np.nan),
            "",
            "% of points",
        )
    ]
    bounds = []
    for i, f in enumerate(study.factors):
        for side, (end, word) in enumerate(((box.low[i], "above"), (box.high[i], "below"))):
            if np.isfinite(end):
                p = box.p[i, side]
                bounds.append((p, i, side, f"{data.factor(f.name)} {word} {f.at(float(end)):.3g}"))
                rows.append(
                    Effect(
                        "bound", f"{f.name} {word}", bounds[-1][3], Contrast(p, p, p, count, 0.0, np.nan), "", "quasi-p"
                    )
                )
    bounds.sort()
    firm = [b for b in bounds if b[0] < 0.05]
    sentences = [
        f"It comes in {y.mean():.0%} of {len(y)} points. The box has {box.mass:.0%} of them, {box.coverage:.0%} of "
        f"those where it comes, and it comes in {box.density:.0%} [{low:.0%}, {high:.0%}] of its points.",
        "Bounds that matter (quasi-p below 0.05): " + ("; ".join(b[3] for b in firm) if firm else "none") + ".",
        "The box was chosen on the same points, so its density is too high for new ones; intervals do not count that.",
    ]

    return Answer(
        "% of points",
        rows,
        sentences,
        partial(_draw_prim, data, bounds, box, boxes, x, y),
        f"{capital(data.words())}: the box found by peeling, and the "
        "trade-off between how much it covers and how dense it is (dotted: all points).",
    )


def _draw_prim(data: Data, bounds: list[Bound], box: Box, boxes: list[Box], x: Array, y: Array) -> Figure:
    study = data.study
    from ..figures import COLOURS, INK, new_figure, tidy

    figure = new_figure(11, 4.4)
    left, right = figure.subplots(1, 2)
    i = bounds[0][1] if bounds else 0
    j = next((t[1] for t in bounds if t[1] != i), (i + 1) % len(study.factors))
    some = y >= 0.5
    for on, face, words in ((some, COLOURS[6], "it comes"), (~some, "white", "it does not")):
        left.scatter(x[on, i], x[on, j], s=26, facecolor=face, edgecolor=INK, linewidth=0.6, label=words)
    corner = [max(box.low[n], 0) if np.isfinite(box.low[n]) else 0 for n in (i, j)]
    far = [min(box.high[n], 1) if np.isfinite(box.high[n]) else 1 for n in (i, j)]
    left.plot(
        [corner[0], far[0], far[0], corner[0], corner[0]],
        [corner[1], corner[1], far[1], far[1], corner[1]],
        color=COLOURS[0],
        linewidth=2,
    )
    for axis, n in ((left.xaxis, i), (left.yaxis, j)):
        axis.set_ticks([0, 0.5, 1], [f"{study.factors[n].at(u):.3g}" for u in (0, 0.5, 0.999)])
    left.set_xlabel(data.factor(study.factors[i].name), color=INK)
    tidy(left, y=data.factor(study.factors[j].name), title="The box in its two firmest bounds")
    left.legend(frameon=False, fontsize=8)
    right.plot([q.coverage for q in boxes], [q.density for q in boxes], "o-", color=COLOURS[0], markersize=4)
    right.plot(box.coverage, box.density, "o", color=COLOURS[6], markersize=9)
    right.axhline(y.mean(), color=INK, linewidth=0.8, linestyle=":")
    tidy(right, y="density", title="Coverage against density")
    right.set_xlabel("coverage", color=INK)
    right.set_ylim(0, 1.02)
    return figure
