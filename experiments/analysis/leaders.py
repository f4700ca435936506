"""Who leads when, over many worlds."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import FIRST_YEAR, month_name

from ..design.analyses import analysis
from .common import Answer, Data, Effect, capital, year_shares
from .contrast import wilson
from .effects import point_effects

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@analysis("leaders", "who leads when, in the mean over many worlds", needs_panel=True)
def leaders(data: Data) -> Answer:
    """Who leads when: chances of cities to have the largest share, month by month, at each point."""
    share = year_shares(data.path("shoot_days"))
    best = np.where(np.isnan(share).any(axis=-1), -1, np.nan_to_num(share, nan=-1).argmax(axis=-1))
    rows = point_effects(data)
    last = best.shape[2] - 1
    sentences = _sentences_of_leaders(data, best, last, rows)

    return Answer(
        data.unit(),
        rows,
        sentences,
        partial(_draw_leaders, data, best, last),
        "Chance of each city to have the largest share of shooting days "
        f"over a running year, over worlds; band: Wilson's 95 % interval for {data.city}.",
    )


def _sentences_of_leaders(data: Data, best: Array, last: int, rows: list[Effect]) -> list[str]:
    focal = data.slugs.index(data.study.city)
    slugs = data.slugs
    sentences = []
    for month in dict.fromkeys((35, 47, last)):
        if month <= last:
            count = np.bincount(best[0, :, month][best[0, :, month] >= 0], minlength=len(slugs))
            order = [c for c in np.argsort(-count, kind="stable")[:3] if count[c]]
            leading = ", ".join(
                f"{data.name_of(slugs[c])} {count[c] / len(data.seeds):.0%} "
                f"[{wilson(count[c], len(data.seeds))[0]:.0%}, "
                f"{wilson(count[c], len(data.seeds))[1]:.0%}]"
                for c in order
            )
            sentences.append(f"In the year to {month_name(month)} the leader is {leading}.")
    first_lead = [np.flatnonzero(w == focal) for w in best[0]]
    ever = [x[0] for x in first_lead if len(x)]
    sentences.append(
        f"{data.city} leads at some time in {len(ever)} of {len(first_lead)} worlds"
        + (f", for the first time in {month_name(int(np.median(ever)))} in the median of these" if ever else "")
        + f"; the leader changes {np.mean([(np.diff(w[12:]) != 0).sum() for w in best[0]]):.1f} times a world."
    )
    own = [r for r in rows if r.kind == "effect"]
    sentences += [f"{capital(r.words)}: {r.shown} where {data.city} leads in the end." for r in own]
    return sentences


def _draw_leaders(data: Data, best: Array, last: int) -> Figure:
    focal = data.slugs.index(data.study.city)
    slugs = data.slugs
    from ..figures import COLOURS, LINES, new_figure, tidy

    count = len(data.points)
    across = min(count, 3)
    figure = new_figure(4.2 * across, 3.2 * -(-count // across))
    grid = figure.subplots(-(-count // across), across, sharex=True, sharey=True, squeeze=False).ravel()
    t = FIRST_YEAR + (np.arange(12, last + 1) + 0.5) / 12
    ever = [c for c in range(len(slugs)) if (best[:, :, 12:] == c).mean() > 0.01]
    for k, axes in enumerate(grid[:count]):
        for c in ever:
            p = (best[k, :, 12:] == c).mean(axis=0)
            bounds = np.array([wilson(x * len(data.seeds), len(data.seeds)) for x in p])
            colour = COLOURS[c % len(COLOURS)]
            axes.plot(
                t,
                100 * p,
                color=colour,
                linestyle=LINES[c],
                linewidth=2.4 if c == focal else 1.4,
                label=data.name_of(slugs[c]),
            )
            if c == focal:
                axes.fill_between(t, *100 * bounds.T, color=colour, alpha=0.15, linewidth=0)
        tidy(axes, title=capital(data.said(k, 0)), y="chance to lead, %")
        axes.set_ylim(0, 100)
    for axes in grid[count:]:
        axes.set_axis_off()
    grid[0].legend(frameon=False, fontsize=8)
    return figure
