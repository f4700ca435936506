"""Which assumptions matter: elementary effects, shares of variance, and boxes in which an outcome is likely."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from ..design.analyses import analysis
from ..design.samplers import LEVELS, places, problem
from .common import Answer, Data, Effect, capital
from .contrast import Contrast, wilson

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@analysis("morris", "elementary effects of all factors over their ranges", sampler="morris")
def morris(data: Data) -> Answer:
    """Elementary effects (Morris 1991; mu* of Campolongo, Cariboni & Saltelli 2007) on the mean over seeds."""
    from SALib.analyze import morris as analysis

    study, register, y = data.study, data.register, _means(data)
    names = [f.name for f in study.factors]
    x = places(study.design.sampler, study.factors, study.design.size, study.design.seed)
    found = analysis.analyze(problem(study.factors), x, y, num_levels=LEVELS, seed=study.design.seed)
    half = stats.t.ppf(0.975, study.design.size - 1) * np.asarray(found["sigma"]) / np.sqrt(study.design.size)
    directions = [
        Effect(
            "direction",
            n,
            _words(data, n),
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
    found = analysis.analyze(problem(study.factors), _means(data), calc_second_order=False, seed=study.design.seed)
    firsts = [
        Effect(
            "first-order index",
            f"first: {f.name}",
            _words(data, f.name),
            Contrast(s, s - c, s + c, len(data.seeds), 0.0, np.nan),
            "",
            "share of variance",
        )
        for f, s, c in zip(study.factors, found["S1"], found["S1_conf"])
    ]
    return _ranked(data, "total index", "share of variance", found["ST"], found["ST_conf"], firsts)


def _means(data: Data) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = data.outcome()
    return np.array([values[k].mean() for k in range(len(data.points))])


def _words(data: Data, name: str) -> str:
    return data.register.words.get(name, name)


def _ranked(data: Data, kind: str, unit: str, size: object, half: object, beside: list[Effect]) -> Answer:
    names = [f.name for f in data.study.factors]
    sizes, halves = np.asarray(size, float), np.asarray(half, float)
    order = np.argsort(-sizes)
    rows = [
        Effect(
            kind,
            names[i],
            _words(data, names[i]),
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

    def draw() -> Figure:
        from ..reports.figures import COLOURS, FAINT, INK, new_figure, tidy

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

    return Answer(unit, rows, sentences, draw, "Bars are ranked; lines are 95 % intervals from resampled trajectories.")


@analysis("prim", "where in the space of assumptions an outcome is likely")
def prim(data: Data) -> Answer:
    """Where in the space of factors the outcome is likely: a box, its bounds tested, and the trade-off behind it."""
    from .prim import chosen, trajectory

    study = data.study
    x = places(study.design.sampler, study.factors, study.design.size, study.design.seed)
    share = _means(data) / (100 if data.yes_no() else 1)
    y = share if data.yes_no() else (share > np.median(share)).astype(float)
    boxes = trajectory(x, y)
    box = chosen(boxes)
    count = round(box.mass * len(y))
    low, high = wilson(box.density * count, count)
    rows = [
        Effect(
            "density",
            "density",
            "of interest inside the box",
            Contrast(100 * box.density, 100 * low, 100 * high, count, 0.0, np.nan),
            "",
            "% of points",
        )
    ]
    bounds = []
    for i, f in enumerate(study.factors):
        for side, (end, word) in enumerate(((box.low[i], "above"), (box.high[i], "below"))):
            if np.isfinite(end):
                p = box.p[i, side]
                bounds.append((p, i, side, f"{_words(data, f.name)} {word} {f.at(float(end)):.3g}"))
                rows.append(
                    Effect(
                        "bound", f"{f.name} {word}", bounds[-1][3], Contrast(p, p, p, count, 0.0, np.nan), "", "quasi-p"
                    )
                )
    bounds.sort()
    firm = [b for b in bounds if b[0] < 0.05]
    sentences = [
        f"It comes in {y.mean():.0%} of {len(y)} points. The box has {box.mass:.0%} of them, {box.coverage:.0%} of "
        f"those where it comes, and it comes in {box.density:.0%} [{low:.0%}, {high:.0%}] of its points.",
        "Bounds that matter (quasi-p below 0.05): " + ("; ".join(b[3] for b in firm) if firm else "none") + ".",
        "The box was chosen on the same points, so its density is too high for new ones; intervals do not count that.",
    ]

    def draw() -> Figure:
        from ..reports.figures import COLOURS, INK, new_figure, tidy

        figure = new_figure(11, 4.4)
        left, right = figure.subplots(1, 2)
        i = bounds[0][1] if bounds else 0
        j = next((t[1] for t in bounds if t[1] != i), (i + 1) % len(study.factors))
        some = y >= 0.5
        for on, face, words in ((some, COLOURS[6], "it comes"), (~some, "white", "it does not")):
            left.scatter(x[on, i], x[on, j], s=26, facecolor=face, edgecolor=INK, linewidth=0.6, label=words)
        corner = [max(box.low[n], 0) if np.isfinite(box.low[n]) else 0 for n in (i, j)]
        far = [min(box.high[n], 1) if np.isfinite(box.high[n]) else 1 for n in (i, j)]
        left.plot(
            [corner[0], far[0], far[0], corner[0], corner[0]],
            [corner[1], corner[1], far[1], far[1], corner[1]],
            color=COLOURS[0],
            linewidth=2,
        )
        for axis, n in ((left.xaxis, i), (left.yaxis, j)):
            axis.set_ticks([0, 0.5, 1], [f"{study.factors[n].at(u):.3g}" for u in (0, 0.5, 0.999)])
        left.set_xlabel(_words(data, study.factors[i].name), color=INK)
        tidy(left, y=_words(data, study.factors[j].name), title="The box in its two firmest bounds")
        left.legend(frameon=False, fontsize=8)
        right.plot([q.coverage for q in boxes], [q.density for q in boxes], "o-", color=COLOURS[0], markersize=4)
        right.plot(box.coverage, box.density, "o", color=COLOURS[6], markersize=9)
        right.axhline(y.mean(), color=INK, linewidth=0.8, linestyle=":")
        tidy(right, y="density", title="Coverage against density")
        right.set_xlabel("coverage", color=INK)
        right.set_ylim(0, 1.02)
        return figure

    return Answer(
        "% of points",
        rows,
        sentences,
        draw,
        f"{capital(data.words())}: the box found by peeling, and the "
        "trade-off between how much it covers and how dense it is (dotted: all points).",
    )
