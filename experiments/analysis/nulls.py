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
from ..figures import COLOURS, FAINT, MARKERS, Figure, new_figure, tidy
from ..outcomes.patterns import Pattern, make_pattern
from ..outcomes.quantities import PANEL, Observations, made_of
from .common import Answer, Data, Effect, capital
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
    unseen = sorted({q for p in patterns for name in p.names for q in made_of(name)} - {*PANEL})
    if unseen:
        return f"quantities that are columns of the panel, not '{unseen[0]}'"
    open_ended = [p.name for p in patterns if not np.isfinite(p.high - p.low)]
    return f"'low' and 'high' of the pattern '{open_ended[0]}'" if open_ended else ""


def observed_patterns(study: Study) -> list[Pattern]:
    """The patterns of ``[register.observed]``: by name, rows as in a table of :mod:`.outcomes.patterns`."""
    at, observed = study.at(study.points[0]), study.register.observed if study.register else {}
    return [
        make_pattern(
            {"quantity": ""} | {key: str(value) for key, value in row.items()} | {"pattern": name},
            f"'{name}'",
            at.cities.slugs,
            at.parameters.months,
        )
        for name, row in ((name, row if isinstance(row, Mapping) else {}) for name, row in observed.items())
    ]


class Met(NamedTuple):
    """What worlds show of patterns, and whether that lies in the interval observed: (patterns, points, seeds)."""

    patterns: list[Pattern]
    values: Array
    meets: Array


def met(data: Data) -> Met:
    """Evaluate the patterns of the register on the panel of every run."""
    patterns = observed_patterns(data.study)
    paths = {
        name: data.path(PANEL[name][0])
        for name in sorted({q for p in patterns for name in p.names for q in made_of(name)})
    }
    points, seeds, months, _ = next(iter(paths.values())).shape
    names = [month_name(m) for m in range(months)]
    values = np.empty((len(patterns), points, seeds))
    for k, s in np.ndindex(points, seeds):
        scale = data.study.at(data.points[k]).parameters.scale
        columns = {name: path[k, s] for name, path in paths.items()}
        for n, pattern in enumerate(patterns):
            seen = Observations(names, data.slugs, columns, 1.0 if pattern.scale_free else scale)
            values[n, k, s] = pattern.of(seen)
    low, high = (np.array([getattr(p, end) for p in patterns])[:, None, None] for end in ("low", "high"))
    return Met(patterns, values, (values >= low) & (values <= high))


@analysis("nulls", "whether the model meets observed patterns better than simpler ones", needs_panel=True, check=_lacks)
def nulls(data: Data) -> Answer:
    """How many observed patterns each kind of world meets, and which."""
    found = met(data)
    hits = found.meets.sum(axis=0).astype(float)
    rows = _effects(data, "patterns met", "hits", hits, "patterns")
    for pattern, inside in zip(found.patterns, found.meets, strict=True):
        rows += _effects(data, pattern.name, pattern.name, 100.0 * inside, "% of worlds")
    words = ["the full model", *(data.said(k, 0) for k in range(1, len(data.points)))]
    means = "; ".join(f"{what} {of.mean():.1f}" for what, of in zip(words, hits, strict=True))
    best = found.meets.mean(axis=2).argmax(axis=1)
    lost = [f"{_name(data, p.name)} (by {words[k]})" for p, k in zip(found.patterns, best, strict=True) if k]
    sentences = [
        f"Of {len(found.patterns)} patterns the mean world meets: {means}.",
        *(f"{capital(row.words)} against the full model: {row.shown}." for row in rows if row.kind == "patterns met"),
        f"The full model is beaten on {', '.join(lost) or 'none of them'}.",
    ]
    return Answer("patterns", rows, sentences, partial(_draw, data, found, words), CAPTION)


def _effects(data: Data, kind: str, name: str, values: Array, unit: str) -> list[Effect]:
    """Differences of all points from the first."""
    return [
        data.effect(kind, f"{name}: {data.label(k, 0)}", data.said(k, 0), values[k] - values[0], unit)
        for k in range(1, len(data.points))
    ]


def _draw(data: Data, found: Met, words: list[str]) -> Figure:
    count = len(found.patterns)
    figure = new_figure(12, 0.62 * count + 1.8)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1, 1])
    for n, k in np.ndindex(count, len(words)):
        pattern, inside, z = found.patterns[n], found.meets[n, k], found.values[n, k]
        y, style = count - 1 - n + 0.18 * (1.5 - k), {"color": COLOURS[(0, 4, 2, 6)[k % 4]]}
        z = (z - (pattern.low + pattern.high) / 2) / ((pattern.high - pattern.low) / 2 or 0.25)
        z, marker = np.clip(z[np.isfinite(z)], -CUT, CUT), MARKERS[k % len(MARKERS)]
        left.plot(z, np.full(len(z), y), marker, markersize=3, alpha=0.7, **style)
        interval = [100 * bound for bound in wilson(inside.sum(), len(inside))]
        right.plot(interval, [y, y], linewidth=1.6, **style)
        label = capital(words[k]) if n == count - 1 else None
        right.plot(100 * inside.mean(), y, marker, markersize=6, label=label, **style)
    left.axvspan(-1, 1, color=FAINT, zorder=0)
    left.set_yticks(range(count), [_name(data, pattern.name) for pattern in found.patterns[::-1]], fontsize=9)
    across = f"distance from the observed interval's middle, half-widths (cut at {CUT})"
    tidy(left, x=across, title="Every world; grey: as observed", lines="")
    tidy(right, title="Worlds that show it, %", lines="", legend=8, loc="lower right")
    right.set_xlim(0, 100)
    return figure


def _name(data: Data, pattern: str) -> str:
    """A pattern in words: cities by name, halves of years apart."""
    words = re.sub(r"(\d{4})h([12])", r"\1 H\2", pattern.replace("_", " "))
    return capital(" ".join(data.name_of(word) if word in data.slugs else word for word in words.split(" ")))
