"""Which assumptions matter: elementary effects and shares of variance."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from ..design.analyses import analysis
from ..design.samplers import LEVELS, places, problem
from .common import Answer, Data, Effect, point_means
from .contrast import Contrast

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@analysis("morris", "elementary effects of all factors over their ranges", sampler="morris")
def morris(data: Data) -> Answer:
    """Elementary effects (Morris 1991; mu* of Campolongo, Cariboni & Saltelli 2007) on the mean over seeds."""
    from SALib.analyze import morris as analysis

    study, register, y = data.study, data.register, point_means(data)
    names = [f.name for f in study.factors]
    x = places(study.design.sampler, study.factors, study.design.size, study.design.seed)
    found = analysis.analyze(problem(study.factors), x, y, num_levels=LEVELS, seed=study.design.seed)
    half = stats.t.ppf(0.975, study.design.size - 1) * np.asarray(found["sigma"]) / np.sqrt(study.design.size)
    directions = [
        Effect(
            "direction",
            n,
            data.factor(n),
            Contrast(m, m - e, m + e, len(data.seeds), 0.0, np.nan),
            register.predicted.get(n, ""),
            data.unit(),
        )
        for n, m, e in zip(names, found["mu"], half)
    ]
    return _ranked(data, "size", data.unit(), found["mu_star"], found["mu_star_conf"], directions)


@analysis("sobol", "shares of the variance that factors carry, with all their interactions", sampler="saltelli")
def sobol(data: Data) -> Answer:
    """Total Sobol indices of the mean over seeds (Saltelli 2010; Jansen 1999), intervals from the bootstrap."""
    from SALib.analyze import sobol as analysis

    study = data.study
    found = analysis.analyze(problem(study.factors), point_means(data), calc_second_order=False, seed=study.design.seed)
    firsts = [
        Effect(
            "first-order index",
            f"first: {f.name}",
            data.factor(f.name),
            Contrast(s, s - c, s + c, len(data.seeds), 0.0, np.nan),
            "",
            "share of variance",
        )
        for f, s, c in zip(study.factors, found["S1"], found["S1_conf"])
    ]
    return _ranked(data, "total index", "share of variance", found["ST"], found["ST_conf"], firsts)


def _ranked(data: Data, kind: str, unit: str, size: object, half: object, beside: list[Effect]) -> Answer:
    names = [f.name for f in data.study.factors]
    sizes, halves = np.asarray(size, float), np.asarray(half, float)
    order = np.argsort(-sizes)
    rows = [
        Effect(
            kind,
            names[i],
            data.factor(names[i]),
            Contrast(sizes[i], sizes[i] - halves[i], sizes[i] + halves[i], len(data.seeds), 0.0, np.nan),
            "" if any(b.name == names[i] for b in beside) else data.register.predicted.get(names[i], ""),
            unit,
        )
        for i in order
    ] + [beside[i] for i in order]
    first = rows[: min(3, len(names))]
    sentences = [
        f"Of {len(names)} factors these move {data.words()} most over their ranges: "
        + "; ".join(f"{e.words} ({e.effect.mean:.2f} {unit} [{e.effect.low:.2f}, {e.effect.high:.2f}])" for e in first)
        + ".",
        "Least: " + ", ".join(row.words for row in rows[max(len(names) - 3, 0) : len(names)]) + ".",
    ]

    return Answer(
        unit,
        rows,
        sentences,
        partial(_draw_ranked, data, names, rows, unit),
        "Bars are ranked; lines are 95 % intervals from resampled trajectories.",
    )


def _draw_ranked(data: Data, names: list[str], rows: list[Effect], unit: str) -> Figure:
    from ..figures import COLOURS, FAINT, INK, new_figure, tidy

    sign = {e.name: e.effect.mean for e in rows if e.kind == "direction"}
    figure = new_figure(9.5, 0.34 * len(names) + 1.4)
    axes = figure.subplots()
    for at, e in enumerate(rows[: len(names)][::-1]):
        up = sign.get(e.name, 1) >= 0
        axes.barh(
            at,
            e.effect.mean,
            height=0.6,
            color=COLOURS[1] if up else COLOURS[6],
            alpha=0.85,
            hatch="" if up else "//",
            edgecolor="white",
        )
        axes.plot([e.effect.low, e.effect.high], [at, at], color=INK, linewidth=1.4)
    axes.set_yticks(range(len(names)), [e.words for e in rows[: len(names)][::-1]])
    axes.set_ylim(-0.6, len(names) - 0.4)
    tidy(axes, title="Size of the elementary effect; hatched: lowers" if sign else "Total Sobol index")
    axes.grid(visible=False, axis="y")
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
    axes.set_xlabel(f"{data.words()}, {unit}" if sign else unit, color=INK)
    return figure
