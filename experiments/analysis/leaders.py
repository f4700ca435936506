"""Who leads when, over many worlds."""

from functools import partial

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import FIRST_YEAR, month_name

from ..design.analyses import analysis
from ..figures import COLOURS, LINES, Figure, new_figure, tidy
from .common import Answer, Data, capital, year_shares
from .contrast import wilson
from .effects import point_effects


@analysis("leaders", "who leads when, in the mean over many worlds", needs_panel=True)
def leaders(data: Data) -> Answer:
    """Who leads when: chances of cities to have the largest share, month by month, at each point."""
    share = year_shares(data.path("shoot_days"))
    best = np.where(np.isnan(share).any(axis=-1), -1, np.nan_to_num(share, nan=-1).argmax(axis=-1))
    rows = point_effects(data)
    sentences = _sentences(data, best[0])
    sentences += [
        f"{capital(r.words)}: {r.shown} where {data.city} leads in the end." for r in rows if r.kind == "effect"
    ]
    return Answer(
        data.unit(),
        rows,
        sentences,
        partial(_draw, data, best),
        "Chance of each city to have the largest share of shooting days over a running year, over worlds; band: "
        f"Wilson's 95 % interval for {data.city}.",
    )


def _sentences(data: Data, best: Array) -> list[str]:
    """Who leads at the first point, by (seeds, months) leaders."""
    sentences, worlds, last = [], len(data.seeds), best.shape[1] - 1
    for month in sorted({m for m in (35, 47, last) if m <= last}):
        count = np.bincount(best[best[:, month] >= 0, month], minlength=len(data.slugs))
        leading = []
        for city in np.argsort(-count, kind="stable")[:3]:
            if count[city]:
                low, high = wilson(count[city], worlds)
                leading.append(f"{data.name_of(data.slugs[city])} {count[city] / worlds:.0%} [{low:.0%}, {high:.0%}]")
        sentences.append(f"In the year to {month_name(month)} the leader is {', '.join(leading)}.")
    ever = [months[0] for world in best if len(months := np.flatnonzero(world == data.focal))]
    first = f", for the first time in {month_name(int(np.median(ever)))} in the median of these" if ever else ""
    changes = np.mean([(np.diff(world[12:]) != 0).sum() for world in best])
    return [
        *sentences,
        f"{data.city} leads at some time in {len(ever)} of {len(best)} worlds{first}; the leader changes "
        f"{changes:.1f} times a world.",
    ]


def _draw(data: Data, best: Array) -> Figure:
    count, worlds = len(data.points), len(data.seeds)
    across = min(count, 3)
    figure = new_figure(4.2 * across, 3.2 * -(-count // across))
    grid = figure.subplots(-(-count // across), across, sharex=True, sharey=True, squeeze=False).ravel()
    best = best[:, :, 12:]
    t = FIRST_YEAR + (np.arange(12, 12 + best.shape[2]) + 0.5) / 12
    ever = [city for city in range(len(data.slugs)) if (best == city).mean() > 0.01]
    for k, axes in enumerate(grid[:count]):
        for city in ever:
            p, colour = (best[k] == city).mean(axis=0), COLOURS[city % len(COLOURS)]
            style = {"color": colour, "linestyle": LINES[city], "linewidth": 2.4 if city == data.focal else 1.4}
            axes.plot(t, 100 * p, label=data.name_of(data.slugs[city]), **style)
            if city == data.focal:
                bounds = np.array([wilson(x * worlds, worlds) for x in p])
                axes.fill_between(t, *100 * bounds.T, color=colour, alpha=0.15, linewidth=0)
        tidy(axes, title=capital(data.said(k, 0)), y="chance to lead, %", legend=0 if k else 8)
        axes.set_ylim(0, 100)
    for axes in grid[count:]:
        axes.set_axis_off()
    return figure
