"""Outcomes that come or do not come: chances with their intervals, lock-in, and who leads when."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import FIRST_YEAR, month_name

from ..design.analyses import analysis
from .common import Answer, Data, capital, told
from .contrast import Contrast, of_differences, wilson

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..design.study import Study

LED = 0.95
"""Chance of one and the same city to lead in the end from which a world counts as locked in."""


@analysis(
    "chance", "how likely an outcome is at each point, and what the outcome is where it comes and where it does not"
)
def chance(data: Data) -> Answer:
    """How likely the outcome is at each point (Wilson), effects on that, and the other outcomes world by world."""
    from .effects import point_effects

    rows = point_effects(data)
    metric, values = data.register.metric, data.outcome()
    shown = [
        k for group, points in data.groups() for k in points if not any(data.same_runs(k, j) for j in points if j < k)
    ]
    odds = {k: (values[k].sum() / 100, len(values[k])) for k in shown}
    sentences = []
    for group, points in data.groups():
        first = points[0]
        low, high = wilson(*odds[first])
        sentences.append(
            f"{capital(data.prefix(group))}{data.said(first, first)}: {values[first].mean():.0f} % "
            f"[{100 * low:.0f}, {100 * high:.0f}] of {len(values[first])} worlds."
        )
        own = [r for r in rows if r.kind == "effect" and r.name.startswith(group)]
        best = max(own, key=lambda r: abs(r.effect.mean), default=None)
        if best is not None:
            sentences.append(
                f"Largest change: {best.words.removeprefix(data.prefix(group))}: {told(best.effect, best.unit)}."
            )
    for m in data.register.also:
        clear = [r for r in rows if r.kind == m and r.effect.clear]
        if clear:
            sentences.append(
                f"Told from zero of {data.words(m)}: "
                + "; ".join(f"{r.words} {told(r.effect, r.unit)}" for r in clear[:3])
                + "."
            )
    other = next((m for m in data.register.also if not data.yes_no(m)), "")
    spread = data.outcome(other) if other else {}
    for group, points in data.groups():
        if other and len(both := np.unique(values[points[0]])) == 2:
            means = [spread[points[0]][values[points[0]] == b].mean() for b in both]
            sentences.append(
                capital(f"{data.prefix(group)}in worlds where it comes, {data.words(other)} is ")
                + f"{means[1]:.1f} {data.unit(other)}, ".replace(" 1, ", ", ")
                + f"where it does not {means[0]:.1f}."
            )

    def draw() -> Figure:
        from ..reports.figures import COLOURS, FAINT, INK, new_figure, tidy

        figure = new_figure(12, 0.34 * len(shown) + 1.6)
        left, right = figure.subplots(1, 2, sharey=True)
        labels = []
        for at, k in enumerate(shown[::-1]):
            group, points = next((g, p) for g, p in data.groups() if k in p)
            labels.append(capital(data.prefix(group) + data.said(k, points[0])))
            low, high = wilson(*odds[k])
            left.plot([100 * low, 100 * high], [at, at], color=COLOURS[0], linewidth=2)
            left.plot(values[k].mean(), at, "o", color=COLOURS[0])
            if other:
                came = values[k] > 0
                jitter = np.linspace(-0.2, 0.2, len(came))
                for on, marker, face in ((came, "o", COLOURS[6]), (~came, "o", "white")):
                    right.scatter(
                        spread[k][on],
                        at + jitter[on],
                        s=22,
                        marker=marker,
                        facecolor=face,
                        edgecolor=INK,
                        linewidth=0.7,
                    )
                right.plot([np.median(spread[k])] * 2, [at - 0.32, at + 0.32], color=INK, linewidth=1.5)
        left.set_yticks(range(len(shown)), labels, fontsize=8)
        left.set_ylim(-0.6, len(shown) - 0.4)
        left.set_xlim(0, 100)
        tidy(left, title=f"Chance that {data.city} leads" if "leads" in metric else metric)
        left.set_xlabel("% of worlds, 95 % interval (Wilson)", color=INK)
        tidy(right, title="\n".join(wrap(f"Each world: {data.words(other)}", 52)) if other else "")
        right.set_xlabel(
            f"{data.unit(other)}; filled: leads; bar: median".removeprefix("1; ") if other else "", color=INK
        )
        for axes in (left, right):
            axes.grid(visible=False, axis="y")
            axes.grid(axis="x", color=FAINT, linewidth=0.6)
        return figure

    return Answer(
        data.unit(),
        rows,
        sentences,
        draw,
        "Left: the share of worlds in which it comes, with Wilson's 95 % interval. Right: every world, no mean.",
    )


def _lacks(study: Study) -> str:
    return (
        ""
        if {"draws.month", "draws.future"} <= {f.name for f in study.factors}
        else "the factors draws.month and draws.future"
    )


@analysis("committor", "how likely a lead is to last: futures from one state that differ in luck alone", check=_lacks)
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
    sentences = []
    for group, (months, top, decided, who) in curves.items():
        capitals = who[months[-1]]
        told_who = ", ".join(f"{data.name_of(c)} {capitals.count(c)}" for c in dict.fromkeys(capitals))
        sentences.append(
            f"{capital(data.prefix(group))}the leader is decided (the same in {LED:.0%} of {futures_count} futures) in "
            f"{decided[0]} of {top.shape[1]} worlds by {month_name(months[0])} and in {decided[-1]} by "
            f"{month_name(months[-1])}; capitals of the worlds: {told_who}."
        )
    sentences.append(
        f"With {futures_count} futures a city that leads in all of them leads in at least "
        f"{wilson(futures_count, futures_count)[0]:.0%} of all such futures (Wilson)."
    )

    def draw() -> Figure:
        from ..reports.figures import COLOURS, INK, LINES, MARKERS, new_figure, tidy

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
            axes.set_xlabel("luck is another from", color=INK)
        panels[0].set_ylabel("futures with the likeliest capital, share", color=INK)
        return figure

    return Answer(
        "%",
        rows,
        sentences,
        draw,
        f"Each line is a world: how many of its {futures_count} futures, which "
        "differ in luck alone from a month on, the likeliest capital leads (Wilson 95 %).",
    )


def _largest(names: Array) -> float:
    _, count = np.unique(np.asarray(names, str), return_counts=True)
    return float(count.max() / len(names))


def _modal(names: Array) -> str:
    found, count = np.unique(np.asarray(names, str), return_counts=True)
    return str(found[count.argmax()])


def _mean_interval(q: Array) -> tuple[float, float]:
    found = of_differences(q)
    return 100 * found.low, 100 * found.high


def year_shares(days: Array, window: int = 12) -> Array:
    """Shares of cities in shooting days over a running year: (..., months, cities), nan before there is any."""
    total = np.cumsum(days, axis=-2)
    before = np.zeros_like(total)
    before[..., window:, :] = total[..., :-window, :]
    year = total - before
    everywhere = year.sum(axis=-1, keepdims=True)
    result: Array = np.divide(year, everywhere, out=np.full(year.shape, np.nan), where=everywhere > 0)
    return result


@analysis("leaders", "who leads when, in the mean over many worlds", needs_panel=True)
def leaders(data: Data) -> Answer:
    """Who leads when: chances of cities to have the largest share, month by month, at each point."""
    from .effects import point_effects

    share = year_shares(data.path("shoot_days"))
    best = np.where(np.isnan(share).any(axis=-1), -1, np.nan_to_num(share, nan=-1).argmax(axis=-1))
    slugs, focal = data.slugs, data.slugs.index(data.study.city)
    rows = point_effects(data)
    last = best.shape[2] - 1
    sentences = []
    for month in dict.fromkeys((35, 47, last)):
        if month <= last:
            count = np.bincount(best[0, :, month][best[0, :, month] >= 0], minlength=len(slugs))
            order = [c for c in np.argsort(-count, kind="stable")[:3] if count[c]]
            told_who = ", ".join(
                f"{data.name_of(slugs[c])} {count[c] / len(data.seeds):.0%} "
                f"[{wilson(count[c], len(data.seeds))[0]:.0%}, "
                f"{wilson(count[c], len(data.seeds))[1]:.0%}]"
                for c in order
            )
            sentences.append(f"In the year to {month_name(month)} the leader is {told_who}.")
    first_lead = [np.flatnonzero(w == focal) for w in best[0]]
    ever = [x[0] for x in first_lead if len(x)]
    sentences.append(
        f"{data.city} leads at some time in {len(ever)} of {len(first_lead)} worlds"
        + (f", for the first time in {month_name(int(np.median(ever)))} in the median of these" if ever else "")
        + f"; the leader changes {np.mean([(np.diff(w[12:]) != 0).sum() for w in best[0]]):.1f} times a world."
    )
    own = [r for r in rows if r.kind == "effect"]
    sentences += [f"{capital(r.words)}: {told(r.effect, r.unit)} where {data.city} leads in the end." for r in own]

    def draw() -> Figure:
        from ..reports.figures import COLOURS, LINES, new_figure, tidy

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

    return Answer(
        data.unit(),
        rows,
        sentences,
        draw,
        "Chance of each city to have the largest share of shooting days "
        f"over a running year, over worlds; band: Wilson's 95 % interval for {data.city}.",
    )
