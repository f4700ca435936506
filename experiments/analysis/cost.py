"""What an extra unit of an outcome costs the city that pays, and all cities."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from .causal import Ratio, additionality, ratio_of_means
from .common import MOST, Answer, Data, Effect, capital, half_interval
from .contrast import Contrast

if TYPE_CHECKING:
    from matplotlib.figure import Figure


type Plane = tuple[str, Array, Array, Array, Array]
"""Words, gain of the city, gain of all, and net cost to either."""


@analysis("cost", "what an extra job or series costs, for the city that pays and for all")
def cost(data: Data) -> Answer:
    """What a policy adds in the city and everywhere, how much of it is displaced, and what an extra unit costs whom.

    Ratios have Fieller's intervals; where what is added is not distinguishable from zero, or is a loss, they say
    nothing, and the
    plane of costs and gains is to be read instead.
    """
    rows: list[Effect] = []
    plane: list[tuple[str, Array, Array, Array, Array]] = []
    for metric in (data.register.metric, *data.register.also):
        what = metric.removeprefix("city_")
        own, total = data.raw(f"city_{what}"), data.raw(f"all_{what}")
        paid, spent = data.raw("city_net_public_cost_yuan"), data.raw("all_net_public_cost_yuan")
        unit = data.columns[metric][0]
        for group, points in data.groups():
            for k in points:
                j = data.reference(k, points)
                if k == j or data.same_runs(k, j):
                    continue
                label, words = group + data.label(k, points[0]), data.prefix(group) + data.said(k, points[0])
                both = np.stack([own[k], total[k] - own[k]], axis=1), np.stack([own[j], total[j] - own[j]], axis=1)
                found = additionality(*both, city=0)
                gain, everywhere = (own[k] - own[j]).astype(float), (total[k] - total[j]).astype(float)
                mine, ours = paid[k] - paid[j], spent[k] - spent[j]
                suffix = "" if metric == data.register.metric else f" ({what})"
                rows.append(
                    data.effect(
                        "added", f"{label}: city{suffix}", f"{words}: added in {data.city}", found.own, gain, unit
                    )
                )
                rows.append(
                    data.effect(
                        "added",
                        f"{label}: all{suffix}",
                        f"{words}: added everywhere",
                        found.everywhere,
                        everywhere,
                        unit,
                    )
                )
                rows.append(
                    Effect(
                        "displaced",
                        f"{label}: displaced{suffix}",
                        f"{words}: part of {data.city}'s gain that others lose",
                        _per_gain(found.displaced, gain, 100),
                        data.register.predicted.get(f"{label}: displaced{suffix}", ""),
                        "%",
                    )
                )
                for who, money, units in (("city", mine, gain), ("all", ours, everywhere)):
                    name = f"{label}: cost, {who}{suffix}"
                    rows.append(
                        Effect(
                            "cost",
                            name,
                            f"{words}: net public cost of one, " + (data.city if who == "city" else "all cities"),
                            _per_gain(ratio_of_means(money, units), units, 1e-3),
                            data.register.predicted.get(name, ""),
                            f"thousand yuan/{unit[:-1]}",
                        )
                    )
                if metric == data.register.metric:
                    plane.append((words, gain, everywhere, mine, ours))
    main = [r for r in rows if "(" not in r.name]
    few_factors = sorted(sorted(range(len(plane)), key=lambda n: main[5 * n].name.count(", "))[:MOST])
    sentences = _sentences_of_cost(data, few_factors, main, plane)
    return Answer(
        data.columns[data.register.metric][0],
        rows,
        sentences,
        partial(_draw_cost, data, few_factors, main, plane),
        "Left: the plane of what is added and "
        "what it costs, with 95 % intervals. Right: displacement with Fieller's intervals, cut at 300 %; at 100 "
        "% others lose all that the city gains.",
    )


def _per_gain(ratio: Ratio, gain: Array, factor: float = 1.0) -> Contrast:
    """Something per unit gained; without a gain it is not identified."""
    seeds = len(gain)
    if gain.mean() <= 0:
        return Contrast(np.nan, -np.inf, np.inf, seeds, 0.0, np.nan)
    return Contrast(factor * ratio.value, factor * ratio.low, factor * ratio.high, seeds, 0.0, np.nan)


def _sentences_of_cost(data: Data, few_factors: list[int], main: list[Effect], plane: list[Plane]) -> list[str]:
    sentences = []
    for words, at in ((plane[n][0], 5 * n) for n in few_factors):
        own_, all_, gone, city_cost, all_cost = main[at : at + 5]
        bounded = np.isfinite(gone.effect.low)
        sentences.append(
            f"{capital(words)}: {own_.shown} in {data.city}, {all_.shown} in all"
            + (
                f"; {gone.effect.mean:.0f} % [{gone.effect.low:.0f}, {gone.effect.high:.0f}] displaced"
                if bounded
                else "; what is displaced is not identified"
            )
            + "".join(
                f"; {who} pay{'s' if who == data.city else ''} {c.effect.mean:.0f} "
                f"[{c.effect.low:.0f}, {c.effect.high:.0f}] thousand yuan each"
                for who, c in ((data.city, city_cost), ("all cities", all_cost))
                if np.isfinite(c.effect.low)
            )
            + "."
        )
    return sentences


def _draw_cost(data: Data, few_factors: list[int], main: list[Effect], plane: list[Plane]) -> Figure:
    from ..figures import COLOURS, FAINT, INK, MARKERS, new_figure, tidy

    figure = new_figure(12, 5.2)
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1])
    shown = [plane[n] for n in few_factors]
    for at, (words, gain, everywhere, mine, ours) in enumerate(shown):
        colour = COLOURS[at % len(COLOURS)]
        for x, y, face in ((gain, mine, colour), (everywhere, ours, "white")):
            across, up = (_mean_and_half(v) for v in (x, y * 1e-6))
            left.errorbar(
                across[0],
                up[0],
                up[1],
                across[1],
                color=colour,
                capsize=2,
                linewidth=1,
                marker=MARKERS[at % 8],
                markerfacecolor=face,
                markersize=7,
                label=capital(words) if face != "white" else None,
            )
        left.plot(
            [gain.mean(), everywhere.mean()],
            [mine.mean() * 1e-6, ours.mean() * 1e-6],
            color=colour,
            linewidth=0.8,
            linestyle=":",
        )
    left.axhline(0, color=INK, linewidth=0.8)
    left.axvline(0, color=INK, linewidth=0.8)
    tidy(left, y="net public cost, million yuan", title="Filled: the city's view; white: all cities'")
    left.set_xlabel(f"added {data.columns[data.register.metric][0]}", color=INK)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=3, frameon=False, fontsize=8)
    gone = [main[5 * n + 2] for n in few_factors]
    for at, row in enumerate(gone[::-1]):
        e = row.effect
        low, high = (np.clip(v, -300, 300) for v in (e.low, e.high))
        if np.isnan(e.mean):
            right.text(0, at, "no gain", ha="center", va="center", fontsize=8, backgroundcolor="white", color=INK)
            continue
        right.plot([low, high], [at, at], color=COLOURS[0], linewidth=2)
        right.plot(
            np.clip(e.mean, -300, 300), at, "o", color=COLOURS[0], markerfacecolor=COLOURS[0] if e.clear else "white"
        )
    right.set_yticks(range(len(gone)), [capital(words) for words, *_ in shown][::-1], fontsize=8)
    right.set_xlim(-310, 310)
    right.set_ylim(-0.6, len(gone) - 0.4)
    tidy(right, title="Displaced, % of the city's gain")
    right.grid(visible=False, axis="y")
    right.grid(axis="x", color=FAINT, linewidth=0.6)
    right.axvline(100, color=INK, linewidth=0.8, linestyle="--")
    right.axvline(0, color=INK, linewidth=0.8)
    return figure


def _mean_and_half(values: Array) -> tuple[float, float]:
    return float(values.mean()), float(half_interval(values))
