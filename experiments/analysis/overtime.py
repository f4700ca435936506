"""Analyses of cities month by month: paths of effects, and the referee's trap."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import FIRST_YEAR, month_number

from ..design.analyses import analysis
from .causal import difference_in_differences, event_study
from .chances import year_shares
from .common import MOST, Answer, Data, Effect, capital, few, half_interval, mean_known, simplest, told
from .contrast import of_differences

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@analysis("paths", "what each point does over time", needs_panel=True)
def paths(data: Data) -> Answer:
    """Effects at the end, as for ``effects``, and the paths of some columns of the panel at each point."""
    from .effects import effects

    found = effects(data)
    groups = [(name, few(data, points)) for name, points in data.groups()]
    means = [path_effects(data, spec, groups) for spec in data.register.paths]
    found.effects.extend(effect for rows, _ in means for effect in rows)
    found.sentences.extend(sentence for _, sentence in means)

    def draw() -> Figure:
        from ..reports.figures import COLOURS, INK, LINES, new_figure, tidy

        specs = data.register.paths
        figure = new_figure(4.1 * len(specs), 3.0 * len(groups) + 1.0)
        grid = figure.subplots(len(groups), len(specs), squeeze=False, sharex=True)
        for column, spec in enumerate(specs):
            values = path_of(data, spec)
            t = FIRST_YEAR + (np.arange(values.shape[2]) + 0.5) / 12
            for row, (group, points) in enumerate(groups):
                axes = grid[row, column]
                for at, k in enumerate(points):
                    colour, line = COLOURS[(0, 4, 2, 6, 7, 3)[at % 6]], LINES[at % 8]
                    mean = mean_known(values[k])
                    axes.plot(
                        t, mean, color=colour, linestyle=line, linewidth=1.8, label=capital(data.said(k, points[0]))
                    )
                    half = half_interval(values[k])
                    axes.fill_between(t, mean - half, mean + half, color=colour, alpha=0.15, linewidth=0)
                if spec.partition(" / ")[2]:
                    axes.axhline(1, color=INK, linewidth=0.8, linestyle=":")
                title = capital(f"{data.prefix(group)}{path_words(data, spec)}")
                tidy(axes, title="\n".join(wrap(title, 42)))
                axes.title.set_fontsize(9)
        figure.legend(
            *grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=8
        )
        return figure

    left_out = "" if len(data.points) == sum(len(points) for _, points in groups) else ", of one factor at a time"
    return found._replace(draw=draw, caption=f"Means over worlds with 95 % intervals of the mean{left_out}.")


def path_effects(data: Data, spec: str, groups: list[tuple[str, list[int]]]) -> tuple[list[Effect], str]:
    """What points do to the mean of a path over all months, and a sentence on it."""
    from microdrama.model.panel import COLUMNS

    values = mean_known(path_of(data, spec), axis=2)
    name, _, city = spec.partition(" / ")
    how, _, column = name.rpartition(" ")
    unit = "points" if how == "share" else "1" if city else COLUMNS[column][0]
    rows = []
    for group, points in groups:
        for k in points[1:]:
            label, said = data.label(k, points[0]), data.said(k, points[0])
            difference = values[k] - values[points[0]]
            rows.append(
                data.effect(
                    spec,
                    f"{spec}: {group}{label}",
                    data.prefix(group) + said,
                    of_differences(difference),
                    difference,
                    unit,
                )
            )
    clear = [row for row in rows if row.effect.clear]
    said = "; ".join(f"{row.words} {told(row.effect, row.unit)}" for row in simplest(clear)[:MOST])
    mean = values[groups[0][1][0]].mean()
    usual = f"{mean:,.0f}" if mean >= 100 else f"{mean:.3g}"
    return rows, (
        f"{capital(path_words(data, spec))}, mean of all months, {usual} as it is: "
        + (said or "no difference is told from zero")
        + (f"; {len(clear) - MOST} more in the table." if len(clear) > MOST else ".")
    )


def path_of(data: Data, spec: str) -> Array:
    """(points, seeds, months) of a column: the focal city's, ``all COLUMN``, ``share COLUMN``, or ``COLUMN / CITY``."""
    name, _, city = spec.partition(" / ")
    how, _, column = name.rpartition(" ")
    values, focal = data.path(column), data.slugs.index(data.study.city)
    if how == "share":
        result: Array = 100 * year_shares(values)[..., focal]
        return result
    if how == "all":
        return np.asarray(values.sum(axis=-1))
    return np.asarray(values[..., focal] / values[..., data.slugs.index(city)] if city else values[..., focal])


def path_words(data: Data, spec: str) -> str:
    """What such a path is."""
    from microdrama.model.panel import COLUMNS

    name, _, city = spec.partition(" / ")
    how, _, column = name.rpartition(" ")
    words = COLUMNS[column][1].split(":")[0].replace(" in the city", "").replace(" who live here", "")
    if how == "share":
        return f"{data.city}: share in {words}, %"
    return f"{'all cities' if how == 'all' else data.city}: {words}" + (f", over {data.name_of(city)}" if city else "")


@analysis(
    "trap", "what a difference-in-differences study of one world would find, beside what is true", needs_panel=True
)
def trap(data: Data) -> Answer:
    """Difference-in-differences on the treated world alone, beside the truth that the untreated twin shows.

    Per treated city and month, of series shot. With K cities, n of them treated and a part d of their gain displaced,
    displacement alone makes the estimate (1 + d n/(K-n))/(1-d) times what all gain per treated city; cities that would
    have grown apart anyway add to it, which the twin of the same luck shows as well.
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
    sentences = []
    for words, n, gone, contaminated, naive, own, _ in shown:
        theory = 1 + gone * n / (k_all - n)
        sentences.append(
            f"{capital(words)}: {gone:.0%} of what the treated gain ({own.mean():+.2f} series a month each) is "
            f"displaced; displacement alone makes the estimate {contaminated:.2f} times that (theory {theory:.2f}); "
            f"what the study of one world finds is {naive:.2f} times."
        )

    def draw() -> Figure:
        from ..reports.figures import COLOURS, INK, MARKERS, new_figure, tidy

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

    return Answer(
        "series/month",
        rows,
        sentences,
        draw,
        "Left: event-study estimates on treated worlds alone against the "
        "true effect under the same luck, means and 95 % intervals. Right: how far the estimate is off, by what "
        "is displaced, beside the formula.",
    )
