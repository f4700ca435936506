"""Effects over time, on columns of the panel."""

from functools import partial
from textwrap import wrap
from typing import NamedTuple

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import FIRST_YEAR
from microdrama.model.panel import COLUMNS

from ..design.analyses import analysis
from ..figures import COLOURS, LINES, Figure, band, line_at, new_figure, tidy
from .common import MOST, Answer, Data, Effect, Group, capital, few, half_interval, mean_known, simplest, year_shares
from .effects import effects


class Path(NamedTuple):
    """What is drawn: a column of the focal city, of ``all``, its ``share``, or over that of another ``city``."""

    how: str
    column: str
    city: str

    @classmethod
    def of(cls, spec: str) -> "Path":
        """From ``COLUMN``, ``all COLUMN``, ``share COLUMN`` or ``COLUMN / CITY``."""
        name, _, city = spec.partition(" / ")
        how, _, column = name.rpartition(" ")
        return cls(how, column, city)

    @property
    def unit(self) -> str:
        return "points" if self.how == "share" else "1" if self.city else COLUMNS[self.column][0]


@analysis("paths", "what each point does over time", needs_panel=True)
def paths(data: Data) -> Answer:
    """Effects at the end, as for ``effects``, and the paths of some columns of the panel at each point."""
    found = effects(data)
    groups = [group._replace(points=few(data, group.points)) for group in data.groups]
    for spec in data.register.paths:
        rows, sentence = path_effects(data, spec, groups)
        found.effects.extend(rows)
        found.sentences.append(sentence)
    left_out = "" if len(data.points) == sum(len(g.points) for g in groups) else ", of one factor at a time"
    caption = f"Means over worlds with 95 % intervals of the mean{left_out}."
    return found._replace(draw=partial(_draw, data, groups), caption=caption)


def _draw(data: Data, groups: list[Group]) -> Figure:
    specs = data.register.paths
    figure = new_figure(4.1 * len(specs), 3.0 * len(groups) + 1.0)
    grid = figure.subplots(len(groups), len(specs), squeeze=False, sharex=True)
    for column, spec in zip(grid.T, specs, strict=True):
        values = path_of(data, spec)
        t = FIRST_YEAR + (np.arange(values.shape[2]) + 0.5) / 12
        for axes, (_, prefix, points) in zip(column, groups, strict=True):
            for at, k in enumerate(points):
                mean, half = mean_known(values[k]), half_interval(values[k])
                style = {"linestyle": LINES[at % 8], "linewidth": 1.8, "label": capital(data.said(k, points[0]))}
                colour = COLOURS[(0, 4, 2, 6, 7, 3)[at % 6]]
                band(axes, t, mean, mean - half, mean + half, colour=colour, alpha=0.15, **style)
            if Path.of(spec).city:
                line_at(axes, y=1, line=":")
            tidy(axes, title="\n".join(wrap(capital(f"{prefix}{path_words(data, spec)}"), 42)))
            axes.title.set_fontsize(9)
    figure.legend(
        *grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=8
    )
    return figure


def path_effects(data: Data, spec: str, groups: list[Group]) -> tuple[list[Effect], str]:
    """What points do to the mean of a path over all months, and a sentence on it."""
    values = mean_known(path_of(data, spec), axis=2)
    rows = [
        data.effect(
            spec,
            f"{spec}: {group}{data.label(k, points[0])}",
            prefix + data.said(k, points[0]),
            values[k] - values[points[0]],
            Path.of(spec).unit,
        )
        for group, prefix, points in groups
        for k in points[1:]
    ]
    clear = [row for row in rows if row.effect.clear]
    said = "; ".join(f"{row.words} {row.shown}" for row in simplest(clear)[:MOST])
    mean = values[groups[0].points[0]].mean()
    usual = f"{mean:,.0f}" if mean >= 100 else f"{mean:.3g}"
    return rows, (
        f"{capital(path_words(data, spec))}, mean of all months, {usual} as it is: "
        + (said or "no difference is distinguishable from zero")
        + (f"; {len(clear) - MOST} more in the table." if len(clear) > MOST else ".")
    )


def path_of(data: Data, spec: str) -> Array:
    """(points, seeds, months) of a column, as :class:`Path` has it."""
    how, column, city = Path.of(spec)
    values = data.path(column)
    if how == "all":
        return values.sum(axis=-1)
    own = (100 * year_shares(values) if how == "share" else values)[..., data.focal]
    return own / values[..., data.slugs.index(city)] if city else own


def path_words(data: Data, spec: str) -> str:
    """What such a path is."""
    how, column, city = Path.of(spec)
    words = COLUMNS[column][1].split(":")[0].replace(" in the city", "").replace(" who live here", "")
    if how == "share":
        return f"{data.city}: share in {words}, %"
    return f"{'all cities' if how == 'all' else data.city}: {words}" + (f", over {data.name_of(city)}" if city else "")
