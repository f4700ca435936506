"""What a difference-in-differences study of one world would find, beside what is true."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import month_number

from ..design.analyses import analysis
from .causal import difference_in_differences, event_study
from .common import Answer, Data, capital, half_interval
from .contrast import of_differences

if TYPE_CHECKING:
    from matplotlib.figure import Figure


type Case = tuple[str, int, float, float, float, Array, Array]
"""Words, treated cities, displaced part, bias by displacement alone and as found, own gains, estimates."""


@analysis(
    "trap", "what a difference-in-differences study of one world would find, beside what is true", needs_panel=True
)
def trap(data: Data) -> Answer:
    """Difference-in-differences on the treated world alone, beside the truth that the untreated twin shows.

    Per treated city and month, of series shot. With K cities, n of them treated and a part d of their gain displaced,
    displacement alone makes the estimate (1 + d n/(K-n))/(1-d) times what all gain per treated city; cities that would
    have grown apart anyway add to it, which the twin with the same draws shows as well.
    """
    shot = data.path("series_shot")
    policy = next(p for p in data.study.policies if "cities" in p)
    cities, start = policy["cities"], month_number(policy["start"])
    k_all = len(data.slugs)
    rows, shown, events = [], [], {}
    for group, points in data.groups():
        for k in points:
            j = data.reference(k, points)
            n = int(data.points[k]["offer.cities"])
            if k == j or not n:
                continue
            treated = np.isin(data.slugs, cities[:n])
            gain = (shot[k] - shot[j])[:, start:, :]
            own = gain[..., treated].mean(axis=(1, 2))
            everywhere = gain.sum(axis=2).mean(axis=1) / n
            found = np.array([difference_in_differences(world.T, treated, start).estimate for world in shot[k]])
            twin = np.array([difference_in_differences(world.T, treated, start).estimate for world in shot[j]])
            label, words = group + data.label(k, points[0]), data.prefix(group) + data.said(k, points[0])
            for kind, values, what in (
                ("own", own, "what a treated city gains"),
                ("all", everywhere, "what all gain, per treated city"),
                ("estimate", found, "what the study of one world finds"),
                ("trend", twin, "of which cities would have grown apart anyway"),
                ("bias", found - everywhere, "estimate less what all gain"),
            ):
                rows.append(
                    data.effect(
                        kind, f"{label}: {kind}", f"{words}: {what}", of_differences(values), values, "series/month"
                    )
                )
            gone = 1 - everywhere.mean() / own.mean() if own.mean() else np.nan
            shown.append((words, n, gone, (found - twin).mean() / own.mean(), found.mean() / own.mean(), own, found))
            if n == 1:
                when = np.where(treated, start, -1)
                reach = min(24, shot.shape[2] - start - 1)
                lags = np.arange(-12, reach + 1)
                estimate = np.array([event_study(world.T, when, 12, reach) for world in shot[k]])
                gap = (shot[k] - shot[j])[..., treated].mean(axis=-1)
                truth = gap[:, start + lags] - gap[:, [start - 1]]
                events[data.prefix(group)] = lags, estimate, truth
    sentences = _sentences_of_trap(data, k_all, shown)

    return Answer(
        "series/month",
        rows,
        sentences,
        partial(_draw_trap, data, events, k_all, shown),
        "Left: event-study estimates on treated worlds alone against the "
        "true effect with the same draws, means and 95 % intervals. Right: how far the estimate is off, by what "
        "is displaced, beside the formula.",
    )


def _sentences_of_trap(data: Data, k_all: int, shown: list[Case]) -> list[str]:
    sentences = []
    for words, n, gone, contaminated, naive, own, _ in shown:
        theory = 1 + gone * n / (k_all - n)
        sentences.append(
            f"{capital(words)}: {gone:.0%} of what the treated gain ({own.mean():+.2f} series a month each) is "
            f"displaced; displacement alone makes the estimate {contaminated:.2f} times that (theory {theory:.2f}); "
            f"what the study of one world finds is {naive:.2f} times."
        )
    return sentences


def _draw_trap(data: Data, events: dict[str, tuple[Array, Array, Array]], k_all: int, shown: list[Case]) -> Figure:
    from ..figures import COLOURS, INK, MARKERS, new_figure, tidy

    figure = new_figure(12, 4.4)
    left, right = figure.subplots(1, 2)
    ends = [*events.items()][:: max(len(events) - 1, 1)]  # the first and the last
    for at, (words, (lags, estimate, truth)) in enumerate(ends):
        colour = COLOURS[(0, 6)[at]]
        for values, line, what in ((estimate, "-", "event study"), (truth, "--", "truth")):
            mean, half = values.mean(axis=0), half_interval(values)
            left.plot(lags, mean, line, color=colour, label=f"{capital(words)}{what}")
            left.fill_between(lags, mean - half, mean + half, color=colour, alpha=0.12, linewidth=0)
    left.axvline(0, color=INK, linewidth=0.8, linestyle=":")
    left.axhline(0, color=INK, linewidth=0.8)
    left.legend(frameon=False, fontsize=8)
    tidy(left, y="series a month", title="One treated city: what is found, and what is true")
    left.set_xlabel("months since treatment", color=INK)
    d = np.linspace(-0.5, 1.5, 50)
    for at, n in enumerate(sorted({x[1] for x in shown})):
        own_ = [x for x in shown if x[1] == n]
        right.plot(d, 1 + d * n / (k_all - n), color=COLOURS[at], linewidth=1.2, linestyle="--")
        right.plot(
            [x[2] for x in own_],
            [x[3] for x in own_],
            MARKERS[at],
            color=COLOURS[at],
            label=f"{n} treated, displacement alone",
        )
        right.plot(
            [x[2] for x in own_],
            [x[4] for x in own_],
            MARKERS[at],
            color=COLOURS[at],
            markerfacecolor="white",
            label=f"{n} treated, as found",
        )
    right.axhline(1, color=INK, linewidth=0.8)
    right.legend(frameon=False, fontsize=8)
    tidy(right, y="estimate over the treated cities' gain", title="Bias; dashed: theory")
    right.set_xlabel("displaced part", color=INK)
    return figure
