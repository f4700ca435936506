"""The analysis of nulls: whether the model meets observed patterns better than simpler ones."""

import re
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.errors import InputError

from ..design.analyses import analysis
from ..design.study import Study
from ..figures import COLOURS, FAINT, MARKERS, Axes, Figure, new_figure, tidy
from ..outcomes.patterns import Pattern, make_pattern
from ..outcomes.quantities import PANEL, Observations, quantities
from .common import Answer, Data, Effect, capital, format_effect
from .contrast import wilson

CAPTION = (
    "Left: what each world shows, against what was observed. Right: how many worlds meet each pattern (Wilson's 95 % "
    "intervals)."
)
CUT = 4
"""Half-widths of the observed interval at which what worlds show is cut off in the figure."""


def _lacks(study: Study) -> str:
    try:
        patterns = observed_patterns(study)
    except InputError as error:
        return f"patterns that can be read: {error.problems[0]}"
    if not patterns:
        return "patterns in [register.observed]"
    unseen = sorted({q for p in patterns for q in made_of(p.quantity)} - {*PANEL})
    if unseen:
        return f"quantities that are columns of the panel, not '{unseen[0]}'"
    open_ended = [p.name for p in patterns if not np.isfinite(p.high - p.low)]
    return f"'low' and 'high' of the pattern '{open_ended[0]}'" if open_ended else ""


def observed_patterns(study: Study) -> list[Pattern]:
    """The patterns of ``[register.observed]``: by name, rows as in a table of :mod:`.outcomes.patterns`."""
    at, observed = study.at(study.points[0]), study.register.observed if study.register else {}
    months = at.parameters.months
    rows = {name: row if isinstance(row, Mapping) else {} for name, row in observed.items()}
    return [
        make_pattern(
            {"quantity": ""} | {key: str(value) for key, value in row.items()} | {"pattern": name},
            f"'{name}'",
            at.cities.slugs,
            months,
        )
        for name, row in rows.items()
    ]


def made_of(name: str) -> set[str]:
    """Quantities that one is computed from; itself if it is no ratio."""
    parts = quantities()[name].parts
    return set().union(*map(made_of, parts)) if parts else {name}


class Met(NamedTuple):
    """What worlds show of patterns, by name: (points, seeds) values, and whether they lie in the interval observed."""

    patterns: list[Pattern]
    values: dict[str, Array]
    meets: dict[str, Array]

    @property
    def hits(self) -> Array:
        """(points, seeds) how many patterns a world meets."""
        return np.sum([*self.meets.values()], axis=0).astype(float)


def met(data: Data) -> Met:
    """Evaluate the patterns of the register on the panel of every run."""
    patterns = observed_patterns(data.study)
    paths = {name: data.path(PANEL[name][0]) for name in sorted({q for p in patterns for q in made_of(p.quantity)})}
    points, seeds, months, _ = next(iter(paths.values())).shape
    names = [month_name(m) for m in range(months)]
    values = {pattern.name: np.empty((points, seeds)) for pattern in patterns}
    for k in range(points):
        scale = data.study.at(data.points[k]).parameters.scale
        for s in range(seeds):
            columns = {name: path[k, s] for name, path in paths.items()}
            for pattern in patterns:
                seen = Observations(names, data.slugs, columns, 1.0 if pattern.scale_free else scale)
                values[pattern.name][k, s] = pattern.of(seen)
    meets = {p.name: (values[p.name] >= p.low) & (values[p.name] <= p.high) for p in patterns}
    return Met(patterns, values, meets)


@analysis("nulls", "whether the model meets observed patterns better than simpler ones", needs_panel=True, check=_lacks)
def nulls(data: Data) -> Answer:
    """How many observed patterns each kind of world meets, and which."""
    found = met(data)
    rows = _effects(data, "patterns met", "hits", found.hits, "patterns")
    for name, inside in found.meets.items():
        rows += _effects(data, name, name, 100.0 * inside, "% of worlds")
    words = ["the full model", *(data.said(k, 0) for k in range(1, len(data.points)))]
    return Answer("patterns", rows, _sentences(data, found, rows, words), partial(_draw, data, found, words), CAPTION)


def _effects(data: Data, kind: str, name: str, values: Array, unit: str) -> list[Effect]:
    """Differences of all points from the first."""
    return [
        data.effect(kind, f"{name}: {data.label(k, 0)}", data.said(k, 0), values[k] - values[0], unit)
        for k in range(1, len(data.points))
    ]


def _sentences(data: Data, found: Met, rows: list[Effect], words: list[str]) -> list[str]:
    means = "; ".join(f"{w} {found.hits[k].mean():.1f}" for k, w in enumerate(words))
    against = [
        f"{capital(r.words)} against the full model: {format_effect(r.effect, 'patterns')}."
        for r in rows
        if r.kind == "patterns met"
    ]
    best = {n: max(range(len(words)), key=lambda k: (inside[k].mean(), -k)) for n, inside in found.meets.items()}
    lost = [f"{_name(data, name)} (by {words[k]})" for name, k in best.items() if k]
    return [
        f"Of {len(found.patterns)} patterns the mean world meets: {means}.",
        *against,
        f"The full model is beaten on {', '.join(lost) or 'none of them'}.",
    ]


def _draw(data: Data, found: Met, words: list[str]) -> Figure:
    figure = new_figure(12, 0.62 * len(found.patterns) + 1.8)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1, 1])
    for at, pattern in enumerate(found.patterns[::-1]):
        for k in range(len(words)):
            _draw_worlds(left, pattern, found.values[pattern.name][k], at, k)
            _draw_chance(right, found.meets[pattern.name][k], at, k, "" if at else capital(words[k]))
    left.axvspan(-1, 1, color=FAINT, zorder=0)
    names = [_name(data, pattern.name) for pattern in found.patterns[::-1]]
    left.set_yticks(range(len(names)), names, fontsize=9)
    across = f"distance from the observed interval's middle, half-widths (cut at {CUT})"
    tidy(left, x=across, title="Every world; grey: as observed", lines="")
    tidy(right, title="Worlds that show it, %", lines="", legend=8, loc="lower right")
    right.set_xlim(0, 100)
    return figure


def _style(at: int, k: int) -> tuple[float, str, str]:
    """Height, colour and marker of a kind of world at a pattern."""
    return at + 0.18 * (1.5 - k), COLOURS[(0, 4, 2, 6)[k % 4]], MARKERS[k % len(MARKERS)]


def _draw_worlds(axes: Axes, pattern: Pattern, values: Array, at: int, k: int) -> None:
    y, colour, marker = _style(at, k)
    width = (pattern.high - pattern.low) / 2 or 0.25
    z = (values - (pattern.low + pattern.high) / 2) / width
    z = np.clip(z[np.isfinite(z)], -CUT, CUT)
    axes.plot(z, np.full(len(z), y), marker, color=colour, markersize=3, alpha=0.7)


def _draw_chance(axes: Axes, inside: Array, at: int, k: int, label: str) -> None:
    y, colour, marker = _style(at, k)
    axes.plot([100 * bound for bound in wilson(inside.sum(), len(inside))], [y, y], color=colour, linewidth=1.6)
    axes.plot(100 * inside.mean(), y, marker, color=colour, markersize=6, label=label or None)


def _name(data: Data, pattern: str) -> str:
    """A pattern in words: cities by name, halves of years apart."""
    words = re.sub(r"(\d{4})h([12])", r"\1 H\2", pattern.replace("_", " "))
    return capital(" ".join(data.name_of(word) if word in data.slugs else word for word in words.split(" ")))
