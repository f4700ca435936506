"""Effects of points against a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..design.analyses import analysis
from .common import MOST, Answer, Data, Effect, capital, simplest

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@analysis("effects", "each point against the first")
def effects(data: Data) -> Answer:
    """Each point against the first of its group, or against no treatment with all else alike, in every outcome."""
    rows = point_effects(data)
    main = [row for row in rows if row.kind == "effect"]
    base = np.nanmean(data.outcome()[0])
    sentences = [f"Without it: {data.words()} is {base:.1f} {data.unit()}."]
    sentences += [f"{capital(row.words)}: {row.shown}." for row in simplest(main)[:MOST]]
    if len(main) > MOST:
        sentences.append(f"{len(main) - MOST} more combinations are in the table.")
    return Answer(
        data.unit(),
        rows,
        sentences,
        lambda: dots(data, rows),
        "Differences from the reference: means and 95 % intervals over worlds, filled where they leave out zero.",
    )


def point_effects(data: Data) -> list[Effect]:
    """Effects of all points, the deciding outcome first (kind ``effect``), then the others (by their name)."""
    rows = []
    for metric in (data.register.metric, *data.register.also):
        kind = "effect" if metric == data.register.metric else metric
        for group, points in data.groups():
            for k in points:
                j = data.reference(k, points)
                if k == j or data.same_runs(k, j):
                    continue
                name = group + data.label(k, points[0])
                rows.append(data.difference(kind, name, data.prefix(group) + data.said(k, points[0]), metric, k, j))
    return rows


def dots(data: Data, rows: list[Effect]) -> Figure:
    """A panel for each outcome, effects as dots with their intervals."""
    from ..figures import COLOURS, figure_of_dots

    kinds = list(dict.fromkeys(row.kind for row in rows))
    panels = []
    for kind in kinds:
        own = simplest((row for row in rows if row.kind == kind), 12)
        title = data.words() if kind == "effect" else data.words(kind) if kind in data.columns else kind
        panels.append((f"{title}, {own[0].unit}", own))
    return figure_of_dots(panels, COLOURS[0])
