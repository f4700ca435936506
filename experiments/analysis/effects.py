"""Effects of points against a reference."""

import numpy as np

from ..design.analyses import analysis
from ..figures import COLOURS, Figure, figure_of_dots
from .common import MOST, Answer, Data, Effect, capital, simplest

LEAD = 3
"""Effects that the first sentence tells."""


@analysis("effects", "each point against the first")
def effects(data: Data) -> Answer:
    """Each point against the first of its group, or against no treatment with all else alike, in every outcome."""
    rows = point_effects(data)
    main = [row for row in rows if row.kind == "effect"]
    base, shown = np.nanmean(data.outcome()[0]), simplest(main)[:MOST]
    changed = "; ".join(f"{row.words} changes it by {row.shown}" for row in shown[:LEAD])
    sentences = [f"{capital(data.words())} is {base:.1f} {data.unit().replace('points', '%')} without it; {changed}."]
    sentences += [f"{capital(row.words)}: {row.shown}." for row in shown[LEAD:]]
    if len(main) > MOST:
        sentences.append(f"{len(main) - MOST} more combinations are in the table.")
    caption = "Differences from the reference: means and 95 % intervals over worlds, filled where they leave out zero."
    return Answer(data.unit(), rows, sentences, lambda: dots(data, rows), caption)


def point_effects(data: Data) -> list[Effect]:
    """Effects of all points, the deciding outcome first (kind ``effect``), then the others (by their name)."""
    return [data.difference(name, words, metric, k, j) for metric in data.kinds for k, j, name, words in data.pairs()]


def dots(data: Data, rows: list[Effect]) -> Figure:
    """A panel for each outcome, effects as dots with their intervals."""
    panels = []
    for kind in dict.fromkeys(row.kind for row in rows):
        own = simplest((row for row in rows if row.kind == kind), 12)
        title = data.words() if kind == "effect" else data.words(kind) if kind in data.columns else kind
        panels.append((f"{title}, {own[0].unit}", own))
    return figure_of_dots(panels, COLOURS[0])
