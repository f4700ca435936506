"""The loop of an effect whose cause comes and goes ever more slowly."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from .common import Answer, Data, Effect, capital, half_interval, year_shares
from .contrast import of_differences
from .dynamics import loop_area

if TYPE_CHECKING:
    from matplotlib.figure import Figure


QUARTER = 3
"""Months over which shares are taken along a loop."""


@analysis(
    "hysteresis", "the loop of an effect whose cause rises and falls, as it moves ever more slowly", needs_panel=True
)
def hysteresis(data: Data) -> Answer:
    """Loops of the focal city's share against a rebate that rises and falls, at several speeds, and their limit.

    The share is taken less that of the world without a rebate with the same draws; areas by trapezoids. A parabola
    through the areas against speed, world by world, gives the area that would stay at no speed at all. That says little
    where areas do not shrink yet at the slowest speed: then the economy adjusts more slowly than the rebate moves.
    """
    focal = data.slugs.index(data.study.city)
    share = 100 * year_shares(data.path("shoot_days"), QUARTER)[..., focal]
    control = data.path("rebate_rate")[..., focal]
    rows: list[Effect] = []
    loops: dict[str, list[tuple[int, Array, Array]]] = {}
    for group, points in data.groups():
        never, moving = points[0], points[1:]
        areas, speeds, loops[group] = [], [], []
        for k in moving:
            lift = np.nan_to_num(share[k] - share[never])
            moved = np.flatnonzero(control[k].max(axis=0) > 0)
            span = slice(max(moved[0] - 1, 0), moved[-1] + 2)
            months = int(data.points[k]["offer.months"])
            areas.append(np.array([loop_area(c[span], s[span]) for c, s in zip(control[k], lift, strict=True)]))
            speeds.append(12 / months)
            loops[group].append((months, control[k].mean(axis=0)[span], lift[:, span]))
            rows.append(
                data.effect(
                    "area",
                    f"{group}offer.months {months}",
                    f"{data.prefix(group)}area of the loop, {months} months each way",
                    of_differences(areas[-1]),
                    areas[-1],
                    "points",
                )
            )
        limit = np.polyfit(speeds, np.array(areas), min(2, len(speeds) - 1))[-1]
        found = of_differences(limit)
        if not np.mean(areas[-1]) < np.mean(areas[-2]):
            found = found._replace(low=-np.inf, high=np.inf)
        words = f"{data.prefix(group)}area as it moves ever more slowly"
        rows.append(data.effect("limit", f"{group}limit", words, found, limit, "points"))
    sentences = _sentences_of_hysteresis(data, rows)

    return Answer(
        "points",
        rows,
        sentences,
        partial(_draw_hysteresis, data, loops),
        "Mean loops over worlds (bars: 95 % intervals at the turn and at the "
        "end), and what theory has for two like cities: a fold only above A_net = 1.",
    )


def _sentences_of_hysteresis(data: Data, rows: list[Effect]) -> list[str]:
    sentences = []
    for r in rows:
        if r.kind == "limit":
            verdict = (
                "areas do not shrink yet at the slowest speed, so inertia and hysteresis cannot be separated"
                if not np.isfinite(r.effect.low)
                else "hysteresis"
                if r.effect.low > 0
                else "no more than inertia is identified"
            )
            size = f"{r.shown}: " if np.isfinite(r.effect.low) else ""
            sentences.append(f"{capital(r.words)}: {size}{verdict}.")
    closed = {a: half_width(a) for a in (1.1, 1.5)}
    sentences.append(
        "In the closed form for two like cities a loop stays above A_net = 1 only; its half-width is "
        f"{closed[1.1]:.2f} of the spread of tastes at 1.1 and {closed[1.5]:.2f} at 1.5."
    )
    return sentences


def _draw_hysteresis(data: Data, loops: dict[str, list[tuple[int, Array, Array]]]) -> Figure:
    from ..figures import COLOURS, INK, LINES, new_figure, tidy

    figure = new_figure(4.2 * len(loops) + 4, 4)
    panels = figure.subplots(1, len(loops) + 1)
    for axes, (group, found) in zip(panels, loops.items(), strict=False):
        for at, (months, c, lift) in enumerate(found):
            mean = lift.mean(axis=0)
            half = half_interval(lift)
            axes.plot(c, mean, color=COLOURS[(0, 4, 2)[at % 3]], linestyle=LINES[at % 8], label=f"{months} months")
            peak, end = int(c.argmax()), len(c) - 1
            axes.errorbar(
                c[[peak, end]],
                mean[[peak, end]],
                half[[peak, end]],
                fmt="o",
                capsize=3,
                markersize=4,
                color=COLOURS[(0, 4, 2)[at % 3]],
            )
        axes.axhline(0, color=INK, linewidth=0.8)
        tidy(axes, title=capital(data.prefix(group).rstrip(": ")), y="share less that without a rebate, points")
        axes.set_xlabel("rebate", color=INK)
    panels[0].legend(frameon=False, fontsize=9, title="each way")
    for at, a in enumerate((0.5, 1.5)):
        m = np.linspace(-0.999, 0.999, 999)
        panels[-1].plot(
            2 * (np.arctanh(m) - a * m), (1 + m) / 2, color=COLOURS[(0, 4)[at]], linestyle=LINES[at], label=f"A_net {a}"
        )
    panels[-1].set_xlim(-2, 2)
    tidy(panels[-1], title="Closed form, two like cities", y="share")
    panels[-1].set_xlabel("advantage over spread of tastes", color=INK)
    panels[-1].legend(frameon=False, fontsize=9)
    return figure


def half_width(a_net: float) -> float:
    """Half-width of the loop of two like cities, over the spread of tastes (Brock & Durlauf 2001).

    >>> [round(half_width(a), 3) for a in (1.25, 1.5, 2)]
    [0.156, 0.415, 1.066]
    """
    m = np.sqrt(max(1 - 1 / a_net, 0))
    return float(2 * (a_net * m - np.arctanh(m)))
