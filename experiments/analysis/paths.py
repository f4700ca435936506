"""Effects over time, on columns of the panel."""

from __future__ import annotations

from functools import partial
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import FIRST_YEAR

from ..design.analyses import analysis
from .common import MOST, Answer, Data, Effect, capital, few, half_interval, mean_known, simplest, year_shares
from .contrast import of_differences
from .effects import effects

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@analysis("paths", "what each point does over time", needs_panel=True)
def paths(data: Data) -> Answer:
    """Effects at the end, as for ``effects``, and the paths of some columns of the panel at each point."""
    found = effects(data)
    groups = [(name, few(data, points)) for name, points in data.groups()]
    means = [path_effects(data, spec, groups) for spec in data.register.paths]
    found.effects.extend(effect for rows, _ in means for effect in rows)
    found.sentences.extend(sentence for _, sentence in means)

    left_out = "" if len(data.points) == sum(len(points) for _, points in groups) else ", of one factor at a time"
    return found._replace(
        draw=partial(_draw_paths, data, groups), caption=f"Means over worlds with 95 % intervals of the mean{left_out}."
    )


def _draw_paths(data: Data, groups: list[tuple[str, list[int]]]) -> Figure:
    from ..figures import COLOURS, INK, LINES, new_figure, tidy

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
                axes.plot(t, mean, color=colour, linestyle=line, linewidth=1.8, label=capital(data.said(k, points[0])))
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
    said = "; ".join(f"{row.words} {row.shown}" for row in simplest(clear)[:MOST])
    mean = values[groups[0][1][0]].mean()
    usual = f"{mean:,.0f}" if mean >= 100 else f"{mean:.3g}"
    return rows, (
        f"{capital(path_words(data, spec))}, mean of all months, {usual} as it is: "
        + (said or "no difference is distinguishable from zero")
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
