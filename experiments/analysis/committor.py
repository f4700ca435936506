"""From when on futures that differ in draws alone agree on the capital."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import FIRST_YEAR, month_name

from ..design.analyses import analysis
from .common import Answer, Data, capital
from .contrast import Contrast, of_differences, wilson

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..design.study import Study


type Curve = tuple[list[int], Array, list[Any], dict[int, list[str]]]
"""Months; (months, worlds) chances of the likeliest capital; worlds decided; capitals, by month."""


LED = 0.95
"""Chance of one and the same city to lead in the end from which a world counts as locked in."""


def _lacks(study: Study) -> str:
    return (
        ""
        if {"draws.month", "draws.future"} <= {f.name for f in study.factors}
        else "the factors draws.month and draws.future"
    )


@analysis("committor", "how likely a lead is to last: futures from one state that differ in draws alone", check=_lacks)
def committor(data: Data) -> Answer:
    """How often the city that most futures of a state lead to leads in them, by the month of the state."""
    rows, curves = [], {}
    leaders = data.raw("leader_shoot_days")
    for group, points in data.groups():
        months = sorted({int(data.points[k]["draws.month"]) for k in points})
        found, decided, who = [], [], {}
        for month in months:
            futures = np.array([leaders[k] for k in points if data.points[k]["draws.month"] == month])
            q = np.array([_largest(column) for column in futures.T])
            found.append(q)
            decided.append((q >= LED).sum())
            who[month] = [_modal(column) for column in futures.T]
        futures_count = len(futures)
        curves[group] = months, np.array(found), decided, who
        for month, q in zip(months, found, strict=True):
            low, high = _mean_interval(q)
            rows.append(
                data.effect(
                    "committor",
                    f"{group}draws.month {month}",
                    f"{data.prefix(group)}state of {month_name(month)}",
                    Contrast(100 * q.mean(), low, high, len(q), float(np.mean(q == 1)), np.nan),
                    q,
                    "% of futures with the same capital",
                )
            )
    sentences = _sentences_of_committor(data, curves, futures_count)

    return Answer(
        "%",
        rows,
        sentences,
        partial(_draw_committor, data, curves, futures_count),
        f"Each line is a world: how many of its {futures_count} futures, which "
        "differ in draws alone from a month on, the likeliest capital leads (Wilson 95 %).",
    )


def _sentences_of_committor(data: Data, curves: dict[str, Curve], futures_count: int) -> list[str]:
    sentences = []
    for group, (months, top, decided, who) in curves.items():
        capitals = who[months[-1]]
        leading = ", ".join(f"{data.name_of(c)} {capitals.count(c)}" for c in dict.fromkeys(capitals))
        sentences.append(
            f"{capital(data.prefix(group))}the leader is decided (the same in {LED:.0%} of {futures_count} futures) in "
            f"{decided[0]} of {top.shape[1]} worlds by {month_name(months[0])} and in {decided[-1]} by "
            f"{month_name(months[-1])}; capitals of the worlds: {leading}."
        )
    sentences.append(
        f"With {futures_count} futures a city that leads in all of them leads in at least "
        f"{wilson(futures_count, futures_count)[0]:.0%} of all such futures (Wilson)."
    )
    return sentences


def _draw_committor(data: Data, curves: dict[str, Curve], futures_count: int) -> Figure:
    from ..figures import COLOURS, INK, LINES, MARKERS, new_figure, tidy

    figure = new_figure(5.6 * len(curves), 4)
    panels = figure.subplots(1, len(curves), sharey=True, squeeze=False)[0]
    for axes, (group, (months, top, *_)) in zip(panels, curves.items(), strict=True):
        t = FIRST_YEAR + np.array(months) / 12
        for world in range(top.shape[1]):
            bounds = np.array([wilson(q * futures_count, futures_count) for q in top[:, world]])
            colour = COLOURS[world % len(COLOURS)]
            nudge = 0.03 * (world - top.shape[1] / 2)
            axes.errorbar(
                t + nudge,
                top[:, world],
                abs(bounds.T - top[:, world]),
                color=colour,
                capsize=2,
                linestyle=LINES[world % 8],
                marker=MARKERS[world % 8],
                markersize=5,
                linewidth=1.2,
            )
        axes.axhline(LED, color=INK, linewidth=0.8, linestyle=":")
        axes.set_ylim(0, 1.03)
        tidy(axes, title=capital(data.prefix(group).rstrip(": ")) or "All worlds")
        axes.set_xticks(t, [month_name(m) for m in months], fontsize=8)
        axes.set_xlabel("other draws from", color=INK)
    panels[0].set_ylabel("futures with the likeliest capital, share", color=INK)
    return figure


def _largest(names: Array) -> float:
    _, count = np.unique(np.asarray(names, str), return_counts=True)
    return float(count.max() / len(names))


def _modal(names: Array) -> str:
    found, count = np.unique(np.asarray(names, str), return_counts=True)
    return str(found[count.argmax()])


def _mean_interval(q: Array) -> tuple[float, float]:
    found = of_differences(q)
    return 100 * found.low, 100 * found.high
