"""From when on futures that differ in draws alone agree on the capital."""

from collections import Counter
from functools import partial
from typing import NamedTuple

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import FIRST_YEAR, month_name

from ..design.analyses import analysis
from ..design.study import Study
from ..figures import COLOURS, LINES, MARKERS, Figure, line_at, new_figure, tidy
from .common import Answer, Data, capital
from .contrast import of_differences, wilson

LED = 0.95
"""Chance of one and the same city to lead in the end from which a world counts as locked in."""


class Curve(NamedTuple):
    """How likely the likeliest capital of each world of a group is, month by month."""

    prefix: str
    months: list[int]
    top: Array
    """(months, worlds) shares of futures."""
    capitals: list[str]
    """Likeliest capitals of the worlds by the last month."""


def _lacks(study: Study) -> str:
    there = {"draws.month", "draws.future"} <= {f.name for f in study.factors}
    return "" if there else "the factors draws.month and draws.future"


@analysis("committor", "how likely a lead is to last: futures from one state that differ in draws alone", check=_lacks)
def committor(data: Data) -> Answer:
    """How often the city that most futures of a state lead to leads in them, by the month of the state."""
    rows, curves = [], []
    leaders = data.raw("leader_shoot_days")
    for group, prefix, points in data.groups:
        months = sorted({int(data.points[k]["draws.month"]) for k in points})
        top = []
        for month in months:
            futures = np.array([leaders[k] for k in points if data.points[k]["draws.month"] == month])
            likeliest = [_likeliest(world) for world in futures.T.tolist()]
            q = np.array([times / len(futures) for _, times in likeliest])
            top.append(q)
            percent = of_differences(q).times(100)._replace(unchanged=float(np.mean(q == 1)))
            name, words = f"{group}draws.month {month}", f"{prefix}state of {month_name(month)}"
            unit = "% of futures with the same capital"
            rows.append(data.effect("committor", name, words, q, unit, percent))
        curves.append(Curve(prefix, months, np.array(top), [city for city, _ in likeliest]))
    count = len(futures)
    return Answer(
        "%",
        rows,
        _sentences(data, curves, count),
        partial(_draw, curves, count),
        f"Each line is a world: how many of its {count} futures, which differ in draws alone from a month on, the "
        "likeliest capital leads (Wilson 95 %).",
    )


def _likeliest(names: list[str]) -> tuple[str, int]:
    """The most frequent of some names, the first by alphabet of several, and how often it is there."""
    return min(Counter(map(str, names)).items(), key=lambda item: (-item[1], item[0]))


def _sentences(data: Data, curves: list[Curve], count: int) -> list[str]:
    sentences = []
    for prefix, months, top, capitals in curves:
        decided = (top >= LED).sum(axis=1)
        leading = ", ".join(f"{data.name_of(c)} {capitals.count(c)}" for c in dict.fromkeys(capitals))
        sentences.append(
            f"{capital(prefix)}the leader is decided (the same in {LED:.0%} of {count} futures) in {decided[0]} of "
            f"{top.shape[1]} worlds by {month_name(months[0])} and in {decided[-1]} by {month_name(months[-1])}; "
            f"capitals of the worlds: {leading}."
        )
    return [
        *sentences,
        f"With {count} futures a city that leads in all of them leads in at least {wilson(count, count)[0]:.0%} of all "
        "such futures (Wilson).",
    ]


def _draw(curves: list[Curve], count: int) -> Figure:
    figure = new_figure(5.6 * len(curves), 4)
    panels = figure.subplots(1, len(curves), sharey=True, squeeze=False)[0]
    for axes, (prefix, months, top, _) in zip(panels, curves, strict=True):
        t = FIRST_YEAR + np.array(months) / 12
        for world, path in enumerate(top.T):
            bounds = np.array([wilson(q * count, count) for q in path])
            style = {
                "color": COLOURS[world % len(COLOURS)],
                "linestyle": LINES[world % 8],
                "marker": MARKERS[world % 8],
            }
            nudge = 0.03 * (world - top.shape[1] / 2)
            axes.errorbar(t + nudge, path, abs(bounds.T - path), capsize=2, markersize=5, linewidth=1.2, **style)
        line_at(axes, y=LED, line=":")
        axes.set_ylim(0, 1.03)
        tidy(axes, x="other draws from", title=capital(prefix.rstrip(": ")) or "All worlds")
        axes.set_xticks(t, [month_name(m) for m in months], fontsize=8)
    panels[0].set_ylabel("futures with the likeliest capital, share")
    return figure
