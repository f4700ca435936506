"""Scenario discovery: the Patient Rule Induction Method of Friedman & Fisher (1999, doi:10.1023/A:1008894516817)."""

from typing import NamedTuple

import numpy as np
from scipy import stats

from microdrama.model.arrays import Array


class Box(NamedTuple):
    """A box in the space of factors: only bounds that were drawn in count.

    ``coverage`` is the share of all cases of interest that lie in it, ``density`` the share of its points that are of
    interest, ``mass`` its share of all points; ``p`` of each bound is the chance that points outside it alone would be
    as rarely of interest if it did not matter (quasi-p of Bryant & Lempert 2010, doi:10.1016/j.techfore.2009.08.002).
    """

    low: Array
    high: Array
    coverage: float
    density: float
    mass: float
    p: Array
    """(factors, 2), nan where the bound was not drawn in."""


def trajectory(x: Array, y: Array, *, alpha: float = 0.05, least: float = 0.1) -> list[Box]:
    """Boxes of growing density, each made from the last by peeling a slice off one side.

    Parameters
    ----------
    x : (points, factors) array
    y : (points,) array
        Whether a point is of interest, or how much (0 to 1).
    alpha : float
        Part of the box's points in a slice.
    least : float
        Share of all points below which a box is not made smaller.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    low, high = np.full(x.shape[1], -np.inf), np.full(x.shape[1], np.inf)
    inside = np.ones(len(y), bool)
    boxes = [_box(x, y, low, high)]
    while True:
        best: tuple[float, int, int, float] | None = None
        for factor in range(x.shape[1]):
            for side, q in ((0, alpha), (1, 1 - alpha)):
                bound = float(np.quantile(x[inside, factor], q))
                kept = inside & (x[:, factor] > bound if side == 0 else x[:, factor] < bound)
                if kept.sum() < max(least * len(y), 1) or kept.sum() == inside.sum():
                    continue
                gain = (y[kept].mean() - y[inside].mean()) / (inside.sum() - kept.sum())
                if best is None or gain > best[0]:
                    best = gain, factor, side, bound
        if best is None or best[0] < 0 or y[inside].mean() == 1:
            return boxes
        _, factor, side, bound = best
        (low if side == 0 else high)[factor] = bound
        inside &= x[:, factor] > bound if side == 0 else x[:, factor] < bound
        boxes.append(_box(x, y, low, high))


def _box(x: Array, y: Array, low: Array, high: Array) -> Box:
    above, below = x > low, x < high
    inside = (above & below).all(axis=1)
    p = np.full((x.shape[1], 2), np.nan)
    for factor in range(x.shape[1]):
        for side, own in ((0, low), (1, high)):
            if np.isfinite(own[factor]):
                others = (
                    np.delete(above, factor, 1).all(axis=1)
                    & np.delete(below, factor, 1).all(axis=1)
                    & (below[:, factor] if side == 0 else above[:, factor])
                )
                hits, n = round(y[inside].sum()), int(inside.sum())
                p[factor, side] = stats.binom.sf(hits - 1, n, y[others].mean()) if n else 1.0
    total = y.sum()
    return Box(
        low.copy(),
        high.copy(),
        float(y[inside].sum() / total) if total else np.nan,
        float(y[inside].mean()) if inside.any() else np.nan,
        float(inside.mean()),
        p,
    )


def chosen(boxes: list[Box]) -> Box:
    """The box of the trajectory with the largest product of coverage and density: neither all nor hardly any."""
    return max(boxes, key=lambda box: box.coverage * box.density)
