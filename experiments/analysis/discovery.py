"""Boxes in the space of assumptions in which an outcome is likely."""

from functools import partial
from typing import NamedTuple

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from ..design.samplers import places
from ..figures import COLOURS, INK, Figure, line_at, new_figure, tidy
from .common import Answer, Data, capital, point_means
from .contrast import wilson
from .prim import Box, chosen, trajectory


class Bound(NamedTuple):
    """A bound of the box."""

    p: float
    factor: int
    side: int
    words: str


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
    percent = 100 * box.density, 100 * low, 100 * high
    rows = [data.estimate("density", "density", "of interest inside the box", percent, "% of points", count)]
    bounds = []
    for i, f in enumerate(study.factors):
        for side, (end, word) in enumerate(((box.low[i], "above"), (box.high[i], "below"))):
            if np.isfinite(end):
                p, words = box.p[i, side], f"{data.factor(f.name)} {word} {f.at(float(end)):.3g}"
                bounds.append(Bound(p, i, side, words))
                rows.append(data.estimate("bound", f"{f.name} {word}", words, (p, p, p), "quasi-p", count))
    bounds.sort()
    sentences = [
        f"It comes in {y.mean():.0%} of {len(y)} points. The box has {box.mass:.0%} of them, {box.coverage:.0%} of "
        f"those where it comes, and it comes in {box.density:.0%} [{low:.0%}, {high:.0%}] of its points.",
        f"Bounds that matter (quasi-p below 0.05): {'; '.join(b.words for b in bounds if b.p < 0.05) or 'none'}.",
        "The box was chosen on the same points, so its density is too high for new ones; intervals do not count that.",
    ]
    return Answer(
        "% of points",
        rows,
        sentences,
        partial(_draw, data, bounds, box, boxes, x, y),
        f"{capital(data.words())}: the box found by peeling, and the trade-off between how much it covers and how "
        "dense it is (dotted: all points).",
    )


def _draw(data: Data, bounds: list[Bound], box: Box, boxes: list[Box], x: Array, y: Array) -> Figure:
    factors = data.study.factors
    figure = new_figure(11, 4.4)
    left, right = figure.subplots(1, 2)
    i = bounds[0].factor if bounds else 0
    j = next((b.factor for b in bounds if b.factor != i), (i + 1) % len(factors))
    for on, face, words in ((y >= 0.5, COLOURS[6], "it comes"), (y < 0.5, "white", "it does not")):
        left.scatter(x[on, i], x[on, j], s=26, facecolor=face, edgecolor=INK, linewidth=0.6, label=words)
    (left_end, low), (right_end, high) = (np.clip(ends[[i, j]], 0, 1) for ends in (box.low, box.high))
    corners = [left_end, right_end, right_end, left_end, left_end], [low, low, high, high, low]
    left.plot(*corners, color=COLOURS[0], linewidth=2)
    for axis, n in ((left.xaxis, i), (left.yaxis, j)):
        axis.set_ticks([0, 0.5, 1], [f"{factors[n].at(u):.3g}" for u in (0, 0.5, 0.999)])
    across, up = (data.factor(factors[n].name) for n in (i, j))
    tidy(left, x=across, y=up, title="The box in its two firmest bounds", legend=8)
    right.plot([q.coverage for q in boxes], [q.density for q in boxes], "o-", color=COLOURS[0], markersize=4)
    right.plot(box.coverage, box.density, "o", color=COLOURS[6], markersize=9)
    line_at(right, y=y.mean(), line=":")
    tidy(right, x="coverage", y="density", title="Coverage against density")
    right.set_ylim(0, 1.02)
    return figure
