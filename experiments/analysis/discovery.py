"""Boxes in the space of assumptions in which an outcome is likely."""

from functools import partial
from typing import NamedTuple

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from ..design.register import Register
from ..design.samplers import SAMPLED, Factor, places
from ..figures import COLOURS, INK, Figure, line_at, new_figure, tidy
from .common import Answer, Data, Effect, capital, point_means
from .contrast import wilson
from .crossed import crossed, differences, is_crossed
from .prim import Box, chosen, trajectory


class Bound(NamedTuple):
    """A bound of the box."""

    p: float
    factor: int
    side: int
    words: str


class Target(NamedTuple):
    """What is looked for in which points."""

    name: str
    words: str
    y: Array
    """(points,) whether a point is of interest, or how much, 0 to 1."""


@analysis(
    "prim",
    "where in the space of assumptions an outcome is likely, or each policy does well",
    check=lambda study: (
        "" if study.design.sampler in SAMPLED or study.ensemble else "a sampled design or an [ensemble]"
    ),
)
def prim(data: Data) -> Answer:
    """Where in the space of factors the outcome is likely: a box, its bounds tested, and the trade-off behind it.

    With parameter sets crossed with policies there is a box for each policy: where it does enough (``enough`` of the
    register), else where it does better than the first.
    """
    factors, x, targets = _targets(data)
    parts = [_box(data, factors, x, target) for target in targets]
    caption = (
        "the box found by peeling, and the trade-off between how much it covers and how dense it is (dotted: all "
        "points)."
    )
    return Answer(
        "% of points",
        [row for part in parts for row in part.rows],
        [
            *(sentence for part in parts for sentence in part.sentences),
            "The box was chosen on the same points, so its density is too high for new ones; intervals do not count "
            "that.",
        ],
        partial(_draw, data, factors, x, parts),
        f"{capital(data.words())}: {caption}",
    )


def _targets(data: Data) -> tuple[tuple[Factor, ...], Array, list[Target]]:
    study, register = data.study, data.register
    if is_crossed(study):
        found, sign = crossed(data), -1 if register.better == "less" else 1
        if register.enough is None:
            helps = [Target(n, f"{w} helps", (sign * d > 0).astype(float)) for n, w, d in differences(found)]
            return found.factors, found.x, helps
        does = (sign * found.values >= sign * register.enough).astype(float)
        return (
            found.factors,
            found.x,
            [Target(n, f"{w} does enough", y) for n, w, y in zip(found.names, found.words, does.T)],
        )
    if study.ensemble:
        rows, which = np.unique(data.members, return_inverse=True)
        share, factors = np.bincount(which, data.outcome()[0]) / np.bincount(which), study.ensemble.factors
        x = study.ensemble.places[rows]
    else:
        factors, share = study.factors, point_means(data)
        x = places(study.design.sampler, factors, study.design.size, study.design.seed)
    share = share / (100 if data.yes_no() else 1)
    return factors, x, [Target("", "", share if data.yes_no() else _high(share, register))]


def _high(values: Array, register: Register) -> Array:
    """1 where a value is better than in half of the points, else 0."""
    sign = -1 if register.better == "less" else 1
    return (sign * values > np.median(sign * values)).astype(float)


class Found(NamedTuple):
    """The box of a target, and what is said of it."""

    target: Target
    boxes: list[Box]
    box: Box
    bounds: list[Bound]
    rows: list[Effect]
    sentences: list[str]


def _box(data: Data, factors: tuple[Factor, ...], x: Array, target: Target) -> Found:
    y, prefix, words = target.y, f"{target.name}: " if target.name else "", f"{target.words}: " if target.words else ""
    boxes = trajectory(x, y)
    it, does = capital(target.words or "it comes"), "does" if target.words else "comes"
    if not 0 < y.mean() < 1:
        no_box = f"{it} in {'all' if y.mean() else 'none'} of {len(y)} points, so there is no box."
        return Found(target, boxes, boxes[0], [], [], [no_box])
    box = chosen(boxes)
    count = round(box.mass * len(y))
    low, high = wilson(box.density * count, count)
    percent = 100 * box.density, 100 * low, 100 * high
    inside = f"{words}of interest inside the box"
    rows = [data.estimate("density", f"{prefix}density", inside, percent, "% of points", count)]
    bounds = []
    for i, f in enumerate(factors):
        for side, (end, word) in enumerate(((box.low[i], "above"), (box.high[i], "below"))):
            if np.isfinite(end):
                value, p = f.at(float(end)), box.p[i, side]
                shown = f"{value:.3g}" if isinstance(value, float) else value
                said = f"{data.factor(f.name)} {word} {shown}"
                bounds.append(Bound(p, i, side, said))
                rows.append(
                    data.estimate("bound", f"{prefix}{f.name} {word}", f"{words}{said}", (p, p, p), "quasi-p", count)
                )
    bounds.sort()
    sentences = [
        f"{it} in {y.mean():.0%} of {len(y)} points. The box has {box.mass:.0%} of them, {box.coverage:.0%} of "
        f"those where it {does}, and it {does} in "
        f"{box.density:.0%} [{low:.0%}, {high:.0%}] of its points.",
        f"Bounds that matter (quasi-p below 0.05): {'; '.join(b.words for b in bounds if b.p < 0.05) or 'none'}.",
    ]
    return Found(target, boxes, box, bounds, rows, sentences)


def _draw(data: Data, factors: tuple[Factor, ...], x: Array, parts: list[Found]) -> Figure:
    figure = new_figure(11, 4.4 * len(parts))
    for (left, right), part in zip(figure.subplots(len(parts), 2, squeeze=False), parts):
        box, y, bounds = part.box, part.target.y, part.bounds
        i = bounds[0].factor if bounds else 0
        j = next((b.factor for b in bounds if b.factor != i), (i + 1) % len(factors))
        for on, face, words in ((y >= 0.5, COLOURS[6], "it comes"), (y < 0.5, "white", "it does not")):
            left.scatter(x[on, i], x[on, j], s=26, facecolor=face, edgecolor=INK, linewidth=0.6, label=words)
        (left_end, low), (right_end, high) = (np.clip(ends[[i, j]], 0, 1) for ends in (box.low, box.high))
        corners = [left_end, right_end, right_end, left_end, left_end], [low, low, high, high, low]
        left.plot(*corners, color=COLOURS[0], linewidth=2)
        for axis, n in ((left.xaxis, i), (left.yaxis, j)):
            ends = [factors[n].at(u) for u in (0, 0.5, 0.999)]
            axis.set_ticks([0, 0.5, 1], [f"{v:.3g}" if isinstance(v, float) else str(v) for v in ends])
        across, up = (data.factor(factors[n].name) for n in (i, j))
        what = f"{capital(part.target.words)}: " if part.target.words else ""
        tidy(left, x=across, y=up, title=f"{what}the box in its two firmest bounds", legend=8)
        right.plot(
            [q.coverage for q in part.boxes], [q.density for q in part.boxes], "o-", color=COLOURS[0], markersize=4
        )
        right.plot(box.coverage, box.density, "o", color=COLOURS[6], markersize=9)
        line_at(right, y=y.mean(), line=":")
        tidy(right, x="coverage", y="density", title="Coverage against density")
        right.set_ylim(0, 1.02)
    return figure
