"""Which assumptions matter: elementary effects and shares of variance."""

from functools import partial
from typing import NamedTuple

import numpy as np
from scipy import stats

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from ..design.samplers import LEVELS, places, problem
from ..figures import Figure, bar, name_rows, new_figure, tidy
from .common import Answer, Data, Effect, point_means
from .crossed import crossed, differences

type Target = tuple[str, str, Array]
"""Name and words of what is explained (empty: the outcome itself), and (points,) its values."""


def _targets(data: Data) -> list[Target]:
    """The outcome, or of a design crossed with policies what each of them changes against the first, place by place."""
    return differences(crossed(data)) if data.study.design.crossed else [("", "", point_means(data))]


@analysis("morris", "elementary effects of all factors over their ranges", sampler="morris")
def morris(data: Data) -> Answer:
    """Elementary effects (Morris 1991; mu* of Campolongo, Cariboni & Saltelli 2007) on the mean over seeds.

    Of a design with ``crossed`` factors: on what these change.
    """
    from SALib.analyze import morris as analysis

    factors, design = data.study.sampled, data.study.design
    x = places(design.sampler, factors, design.size, design.seed)
    parts = []
    for name, words, values in _targets(data):
        found = analysis.analyze(problem(factors), x, values, num_levels=LEVELS, seed=design.seed)
        half = stats.t.ppf(0.975, design.size - 1) * np.asarray(found["sigma"]) / np.sqrt(design.size)
        beside = _effects(data, "direction", name, found["mu"], half, data.unit())
        sizes = _effects(data, "size", name, found["mu_star"], found["mu_star_conf"], data.unit())
        parts.append(_ranked(data, words, [row._replace(predicted="") for row in sizes], beside))
    return _joined(data, parts)


@analysis("sobol", "shares of the variance that factors carry, with all their interactions", sampler="saltelli")
def sobol(data: Data) -> Answer:
    """Total Sobol indices of the mean over seeds (Saltelli 2010; Jansen 1999), intervals from the bootstrap.

    Of a design with ``crossed`` factors: of what these change.
    """
    from SALib.analyze import sobol as analysis

    factors, seed, unit = data.study.sampled, data.study.design.seed, "share of variance"
    parts = []
    for name, words, values in _targets(data):
        found = analysis.analyze(problem(factors), values, calc_second_order=False, seed=seed)
        firsts = _effects(
            data, "first-order index", f"{name}: first" if name else "first", found["S1"], found["S1_conf"], unit
        )
        totals = _effects(data, "total index", name, found["ST"], found["ST_conf"], unit)
        parts.append(_ranked(data, words, totals, firsts))
    return _joined(data, parts)


def _effects(data: Data, kind: str, prefix: str, values: Array, halves: Array, unit: str) -> list[Effect]:
    """A number for each factor, with half of its interval."""
    prefix = f"{prefix}: " if prefix else ""
    return [
        data.estimate(kind, f"{prefix}{f.name}", data.factor(f.name), (v, v - half, v + half), unit)
        for f, v, half in zip(data.study.sampled, np.asarray(values, float), np.asarray(halves, float))
    ]


class Ranking(NamedTuple):
    """Factors by how much they move one target."""

    title: str
    top: list[Effect]
    rows: list[Effect]
    sentences: list[str]


def _ranked(data: Data, words: str, sizes: list[Effect], beside: list[Effect]) -> Ranking:
    order = np.argsort([-row.effect.mean for row in sizes])
    top, unit = [sizes[i] for i in order], sizes[0].unit
    most = [f"{e.words} ({e.effect.mean:.2f} {unit} [{e.effect.low:.2f}, {e.effect.high:.2f}])" for e in top[:3]]
    what = f"what {words} changes in {data.words()}" if words else data.words()
    sentences = [
        f"Of {len(top)} factors these move {what} most over their ranges: {'; '.join(most)}.",
        f"Least: {', '.join(row.words for row in top[-3:])}.",
    ]
    return Ranking(words, top, top + [beside[i] for i in order], sentences)


def _joined(data: Data, parts: list[Ranking]) -> Answer:
    caption = "Bars are ranked; lines are 95 % intervals from resampled trajectories."
    rows = [
        row._replace(words=f"{part.title}: {row.words}") if part.title else row for part in parts for row in part.rows
    ]
    said = [sentence for part in parts for sentence in part.sentences]
    return Answer(parts[0].top[0].unit, rows, said, partial(_draw, data, parts), caption)


def _draw(data: Data, parts: list[Ranking]) -> Figure:
    figure = new_figure(9.5 if len(parts) == 1 else 7 * len(parts), 0.34 * len(parts[0].top) + 1.4)
    for axes, part in zip(figure.subplots(1, len(parts), squeeze=False)[0], parts):
        sign = {row.name: row.effect.mean for row in part.rows if row.kind == "direction"}
        for at, row in enumerate(part.top[::-1]):
            bar(axes, at, row.effect, up=sign.get(row.name, 1) >= 0, height=0.6, line=1.4)
        name_rows(axes, [row.words for row in part.top])
        unit = part.top[0].unit
        title = "Size of the elementary effect; hatched: lowers" if sign else "Total Sobol index"
        title = f"{title}: change by {part.title}" if part.title else title
        tidy(axes, x=f"{data.words()}, {unit}" if sign else unit, title=title, lines="x")
    return figure
