"""Which assumptions matter: elementary effects and shares of variance."""

from functools import partial

import numpy as np
from scipy import stats

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from ..design.samplers import LEVELS, places, problem
from ..figures import Figure, bar, name_rows, new_figure, tidy
from .common import Answer, Data, Effect, point_means


@analysis("morris", "elementary effects of all factors over their ranges", sampler="morris")
def morris(data: Data) -> Answer:
    """Elementary effects (Morris 1991; mu* of Campolongo, Cariboni & Saltelli 2007) on the mean over seeds."""
    from SALib.analyze import morris as analysis

    factors, design = data.study.factors, data.study.design
    x = places(design.sampler, factors, design.size, design.seed)
    found = analysis.analyze(problem(factors), x, point_means(data), num_levels=LEVELS, seed=design.seed)
    half = stats.t.ppf(0.975, design.size - 1) * np.asarray(found["sigma"]) / np.sqrt(design.size)
    directions = _effects(data, "direction", "", found["mu"], half, data.unit())
    sizes = _effects(data, "size", "", found["mu_star"], found["mu_star_conf"], data.unit())
    return _ranked(data, [row._replace(predicted="") for row in sizes], directions)


@analysis("sobol", "shares of the variance that factors carry, with all their interactions", sampler="saltelli")
def sobol(data: Data) -> Answer:
    """Total Sobol indices of the mean over seeds (Saltelli 2010; Jansen 1999), intervals from the bootstrap."""
    from SALib.analyze import sobol as analysis

    factors, seed, unit = data.study.factors, data.study.design.seed, "share of variance"
    found = analysis.analyze(problem(factors), point_means(data), calc_second_order=False, seed=seed)
    firsts = _effects(data, "first-order index", "first: ", found["S1"], found["S1_conf"], unit)
    return _ranked(data, _effects(data, "total index", "", found["ST"], found["ST_conf"], unit), firsts)


def _effects(data: Data, kind: str, prefix: str, values: Array, halves: Array, unit: str) -> list[Effect]:
    """A number for each factor, with half of its interval."""
    return [
        data.estimate(kind, f"{prefix}{f.name}", data.factor(f.name), (v, v - half, v + half), unit)
        for f, v, half in zip(data.study.factors, np.asarray(values, float), np.asarray(halves, float))
    ]


def _ranked(data: Data, sizes: list[Effect], beside: list[Effect]) -> Answer:
    order = np.argsort([-row.effect.mean for row in sizes])
    top, unit = [sizes[i] for i in order], sizes[0].unit
    most = [f"{e.words} ({e.effect.mean:.2f} {unit} [{e.effect.low:.2f}, {e.effect.high:.2f}])" for e in top[:3]]
    sentences = [
        f"Of {len(top)} factors these move {data.words()} most over their ranges: {'; '.join(most)}.",
        f"Least: {', '.join(row.words for row in top[-3:])}.",
    ]
    rows = top + [beside[i] for i in order]
    caption = "Bars are ranked; lines are 95 % intervals from resampled trajectories."
    return Answer(unit, rows, sentences, partial(_draw, data, top, rows), caption)


def _draw(data: Data, top: list[Effect], rows: list[Effect]) -> Figure:
    sign = {row.name: row.effect.mean for row in rows if row.kind == "direction"}
    figure = new_figure(9.5, 0.34 * len(top) + 1.4)
    axes = figure.subplots()
    for at, row in enumerate(top[::-1]):
        bar(axes, at, row.effect, up=sign.get(row.name, 1) >= 0, height=0.6, line=1.4)
    name_rows(axes, [row.words for row in top])
    tidy(
        axes,
        x=f"{data.words()}, {top[0].unit}" if sign else top[0].unit,
        title="Size of the elementary effect; hatched: lowers" if sign else "Total Sobol index",
        lines="x",
    )
    return figure
