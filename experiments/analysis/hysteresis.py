"""The loop of an effect whose cause comes and goes ever more slowly."""

from functools import partial

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from ..figures import COLOURS, LINES, Figure, line_at, new_figure, tidy
from .common import Answer, Data, Effect, capital, half_interval, year_shares
from .contrast import of_differences
from .dynamics import loop_area

QUARTER = 3
"""Months over which shares are taken along a loop."""
COLOUR = (COLOURS[0], COLOURS[4], COLOURS[2])

type Loop = tuple[int, Array, Array]
"""Months each way, the rebate, and what it adds to the share: (months,) and (seeds, months)."""


@analysis(
    "hysteresis", "the loop of an effect whose cause rises and falls, as it moves ever more slowly", needs_panel=True
)
def hysteresis(data: Data) -> Answer:
    """Loops of the focal city's share against a rebate that rises and falls, at several speeds, and their limit.

    The share is taken less that of the world without a rebate with the same draws; areas by trapezoids. A parabola
    through the areas against speed, world by world, gives the area that would stay at no speed at all. That says little
    where areas do not shrink yet at the slowest speed: then the economy adjusts more slowly than the rebate moves.
    """
    share = 100 * year_shares(data.path("shoot_days"), QUARTER)[..., data.focal]
    control = data.path("rebate_rate")[..., data.focal]
    rows: list[Effect] = []
    loops: dict[str, list[Loop]] = {}
    for group, prefix, (never, *moving) in data.groups:
        areas, speeds, loops[prefix] = [], [], []
        for k in moving:
            lift = np.nan_to_num(share[k] - share[never])
            moved = np.flatnonzero(control[k].max(axis=0) > 0)
            span = slice(max(moved[0] - 1, 0), moved[-1] + 2)
            months = int(data.points[k]["offer.months"])
            areas.append(np.array([loop_area(c[span], s[span]) for c, s in zip(control[k], lift, strict=True)]))
            speeds.append(12 / months)
            loops[prefix].append((months, control[k].mean(axis=0)[span], lift[:, span]))
            words = f"{prefix}area of the loop, {months} months each way"
            rows.append(data.effect("area", f"{group}offer.months {months}", words, areas[-1], "points"))
        limit = np.polyfit(speeds, np.array(areas), min(2, len(speeds) - 1))[-1]
        found = of_differences(limit)
        if not np.mean(areas[-1]) < np.mean(areas[-2]):
            found = found._replace(low=-np.inf, high=np.inf)
        words = f"{prefix}area as it moves ever more slowly"
        rows.append(data.effect("limit", f"{group}limit", words, limit, "points", found))
    return Answer(
        "points",
        rows,
        [*(_verdict(row) for row in rows if row.kind == "limit"), _theory()],
        partial(_draw, loops),
        "Mean loops over worlds (bars: 95 % intervals at the turn and at the end), and what theory has for two like "
        "cities: a fold only above A_net = 1.",
    )


def _verdict(limit: Effect) -> str:
    if not np.isfinite(limit.effect.low):
        verdict = "areas do not shrink yet at the slowest speed, so inertia and hysteresis cannot be separated"
    else:
        known = "hysteresis" if limit.effect.low > 0 else "no more than inertia is identified"
        verdict = f"{limit.shown}: {known}"
    return f"{capital(limit.words)}: {verdict}."


def _theory() -> str:
    return (
        "In the closed form for two like cities a loop stays above A_net = 1 only; its half-width is "
        f"{half_width(1.1):.2f} of the spread of tastes at 1.1 and {half_width(1.5):.2f} at 1.5."
    )


def _draw(loops: dict[str, list[Loop]]) -> Figure:
    figure = new_figure(4.2 * len(loops) + 4, 4)
    *panels, last = figure.subplots(1, len(loops) + 1)
    for axes, (prefix, found) in zip(panels, loops.items(), strict=True):
        for at, (months, c, lift) in enumerate(found):
            mean, half, colour = lift.mean(axis=0), half_interval(lift), COLOUR[at % 3]
            axes.plot(c, mean, color=colour, linestyle=LINES[at % 8], label=f"{months} months")
            ends = [int(c.argmax()), len(c) - 1]
            axes.errorbar(c[ends], mean[ends], half[ends], fmt="o", capsize=3, markersize=4, color=colour)
        line_at(axes, y=0)
        title = capital(prefix.rstrip(": "))
        tidy(axes, x="rebate", y="share less that without a rebate, points", title=title)
    panels[0].legend(frameon=False, fontsize=9, title="each way")
    m = np.linspace(-0.999, 0.999, 999)
    for at, a in enumerate((0.5, 1.5)):
        advantage = 2 * (np.arctanh(m) - a * m)
        last.plot(advantage, (1 + m) / 2, color=COLOUR[at], linestyle=LINES[at], label=f"A_net {a}")
    last.set_xlim(-2, 2)
    tidy(last, x="advantage over spread of tastes", y="share", title="Closed form, two like cities", legend=9)
    return figure


def half_width(a_net: float) -> float:
    """Half-width of the loop of two like cities, over the spread of tastes (Brock & Durlauf 2001).

    >>> [round(half_width(a), 3) for a in (1.25, 1.5, 2)]
    [0.156, 0.415, 1.066]
    """
    m = np.sqrt(max(1 - 1 / a_net, 0))
    return float(2 * (a_net * m - np.arctanh(m)))
