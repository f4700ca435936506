"""From the runs of a registered study to its answer: a table, sentences, and the figure that shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import stats

from model.errors import InputError, meant
from model.scenario import load_scenario, shipped_scenarios

from ..contrast import Contrast, paired
from ..design import LEVELS, places, problem
from ..register import Register
from ..study import Study
from .dynamics import persistence
from .shapley import decompose

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCALES = {"share": (100.0, "points"), "0 or 1": (100.0, "% of seeds"), "index": (1e4, "x 10,000"),
          "yuan": (1e-6, "million yuan")}  # fmt: skip
"""Factor and unit of display, by the unit of an outcome."""


class Effect(NamedTuple):
    """One effect as displayed, beside what was predicted of it."""

    kind: str
    name: str
    words: str
    effect: Contrast
    predicted: str = ""

    @property
    def verdict(self) -> str:
        """Whether what was predicted came out."""
        if not self.predicted:
            return ""
        if not self.effect.clear:
            return "as predicted" if self.predicted == "0" else "not told from zero"
        return "as predicted" if self.predicted == ("+" if self.effect.mean > 0 else "-") else "against the prediction"


class Answer(NamedTuple):
    """The answer of a study. ``unit`` is that of all effects."""

    unit: str
    effects: list[Effect]
    sentences: list[str]
    draw: Callable[[], Figure]


def answer(study: Study, runs: Any, unit: str, metric_words: str) -> Answer:
    """Analyse the runs of a registered study.

    Parameters
    ----------
    study : Study
        With a register.
    runs : pandas.DataFrame
        Its table of runs.
    unit : str
        Unit of the metric, as in :func:`experiments.run.outcome_columns`.
    metric_words : str

    Raises
    ------
    ValueError
        If the study is not registered, or fewer than two seeds have all of its points.
    InputError
        If it predicts an effect that it does not have.
    """
    register = study.register
    if register is None:
        raise ValueError(f"{study.name}: has no [register]")
    factor, shown = SCALES.get(unit, (1.0, unit))
    wide = runs.pivot(index="point", columns="seed", values=register.metric).dropna(axis=1)
    if len(wide) < len(study.points) or wide.shape[1] < 2:
        raise ValueError(f"{study.name}: fewer than two seeds have all of its {len(study.points)} points")
    outcome = {point: wide.loc[point].to_numpy(float) * factor for point in range(len(study.points))}
    analyses = {"shapley": _shapley, "effects": _effects, "surface": _surface, "persistence": _persistence,
                "morris": _sensitivity, "sobol": _sensitivity}  # fmt: skip
    found = analyses[register.analysis](study, register, outcome, shown, metric_words)
    names = {effect.name for effect in found.effects}
    if unknown := [name for name in register.predicted if name not in names]:
        raise InputError(f"{study.where}: [register]: predicted: '{unknown[0]}'{meant(unknown[0], names)} is no effect "
                         f"of this study (effects: {', '.join(sorted(names))})")  # fmt: skip
    return found


def _words(register: Register, name: str) -> str:
    return register.words.get(name, name)


def _at(register: Register, name: str, value: Any) -> str:
    """A factor at a value, in words; a shipped scenario by its title."""
    if name == "scenario" and value in shipped_scenarios():
        return load_scenario(value).title.lower()
    return f"{_words(register, name)} {value}"


def _told(effect: Contrast, unit: str) -> str:
    return f"{effect.mean:+.2f} {unit} [{effect.low:+.2f}, {effect.high:+.2f}]"


def _shapley(study: Study, register: Register, outcome: dict[int, Any], unit: str, metric: str) -> Answer:
    names = [f.name for f in study.factors]
    first = {f.name: f.values[1] for f in study.factors}
    on = {frozenset(n for n in names if point[n] == first[n]): outcome[k] for k, point in enumerate(study.points)}
    found = decompose(on)
    order = sorted(names, key=lambda n: -abs(found.values[n].mean))
    rows = [
        Effect(kind, name, _words(register, name), table[name],
               register.predicted.get(name, "") if kind == "value" else "")
        for kind, table in (("value", found.values), ("first in", found.first_in), ("last in", found.last_in))
        for name in order
    ]  # fmt: skip
    rows += [Effect("interaction", f"{a} x {b}", f"{_words(register, a)} and {_words(register, b)}", effect)
             for (a, b), effect in sorted(found.interactions.items(), key=lambda item: -abs(item[1].mean))]  # fmt: skip
    nobody = on[frozenset()].mean()
    largest = order[0]
    sentences = [
        f"With all conditions off {metric} is {nobody:.1f} {unit}, with all on {nobody + found.total.mean:.1f}: "
        f"together they add {_told(found.total, unit)}.",
        f"The largest part is that of {_words(register, largest)}: {_told(found.values[largest], unit)}.",
    ]
    pair, strongest = max(found.interactions.items(), key=lambda item: abs(item[1].mean))
    if strongest.clear:
        verb = "help" if strongest.mean > 0 else "stand in for"
        sentences.append(f"{_words(register, pair[0]).capitalize()} and {_words(register, pair[1])} {verb} each other: "
                         f"interaction {_told(strongest, unit)}.")  # fmt: skip

    def draw() -> Figure:
        from ..figures import COLOURS, FAINT, INK, new_figure, tidy

        figure = new_figure(9.5, 0.62 * len(order) + 1.6)
        axes = figure.subplots()
        for at, name in enumerate(order[::-1]):
            value = found.values[name]
            axes.barh(at, value.mean, height=0.55, color=COLOURS[0] if value.mean >= 0 else COLOURS[6], alpha=0.85)
            axes.plot([value.low, value.high], [at, at], color=INK, linewidth=1.6)
            axes.plot(found.first_in[name].mean, at, "<", color=INK, markersize=6, markerfacecolor="white")
            axes.plot(found.last_in[name].mean, at, ">", color=INK, markersize=6, markerfacecolor="white")
        axes.plot([], [], "<", color=INK, markerfacecolor="white", label="added to none of the others")
        axes.plot([], [], ">", color=INK, markerfacecolor="white", label="added to all of the others")
        axes.set_yticks(range(len(order)), [_words(register, n) for n in order[::-1]])
        tidy(axes, title="Shapley values with 95 % intervals")
        axes.grid(visible=False, axis="y")
        axes.grid(axis="x", color=FAINT, linewidth=0.6)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_xlabel(f"{metric}, {unit}", color=INK)
        axes.legend(frameon=False, fontsize=9)
        return figure

    return Answer(unit, rows, sentences, draw)


def _effects(study: Study, register: Register, outcome: dict[int, Any], unit: str, metric: str) -> Answer:
    names = [n for n in study.points[0] if n in register.words] or list(study.points[0])
    rows = []
    for k, point in enumerate(study.points[1:], 1):
        differ = [n for n in names if n in register.words or point[n] != study.points[0][n]]
        label = ", ".join(f"{n} {point[n]}" for n in differ)
        words = ", ".join(_at(register, n, point[n]) for n in differ)
        rows.append(Effect("effect", label, words, paired(outcome[k], outcome[0]), register.predicted.get(label, "")))
    base = outcome[0].mean()
    sentences = [f"Without it {metric} is {base:.1f} {unit}."]
    sentences += [f"{row.words[0].upper()}{row.words[1:]}: {_told(row.effect, unit)}." for row in rows]

    def draw() -> Figure:
        from ..figures import COLOURS, FAINT, INK, new_figure, tidy

        figure = new_figure(9.5, 0.55 * len(rows) + 1.5)
        axes = figure.subplots()
        for at, row in enumerate(rows[::-1]):
            e = row.effect
            axes.plot([e.low, e.high], [at, at], color=COLOURS[0], linewidth=2)
            axes.plot(e.mean, at, "o", color=COLOURS[0], markersize=7,
                      markerfacecolor=COLOURS[0] if e.clear else "white")  # fmt: skip
        axes.set_yticks(range(len(rows)), [row.words for row in rows[::-1]])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        tidy(axes, title="Effects with 95 % intervals; filled where they leave out zero")
        axes.grid(visible=False, axis="y")
        axes.grid(axis="x", color=FAINT, linewidth=0.6)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_xlabel(f"{metric}, {unit}", color=INK)
        return figure

    return Answer(unit, rows, sentences, draw)


def _persistence(study: Study, register: Register, outcome: dict[int, Any], unit: str, metric: str) -> Answer:
    found = _effects(study, register, outcome, unit, metric)
    left = persistence(outcome[1], outcome[0], outcome[2])
    if left.bounded:
        told = f"{left.value:.0%} of the effect is left once its cause is gone [{left.low:.0%}, {left.high:.0%}]."
    else:
        told = "The effect while its cause lasts is not told from zero, so no part of it can be said to be left."
    return found._replace(sentences=[told, *found.sentences])


def _sensitivity(study: Study, register: Register, outcome: dict[int, Any], unit: str, metric: str) -> Answer:
    """Of the mean over seeds: elementary effects (Morris 1991; mu* of Campolongo 2007), or total Sobol indices."""
    from SALib.analyze import morris, sobol

    names, y = [f.name for f in study.factors], np.array([outcome[k].mean() for k in range(len(study.points))])
    seeds = len(outcome[0])
    if register.analysis == "morris":
        x = places(study.sampler, study.factors, study.size, study.design_seed)
        found = morris.analyze(problem(study.factors), x, y, num_levels=LEVELS, seed=study.design_seed)
        size, half, kind = found["mu_star"], found["mu_star_conf"], "size"
        se = stats.t.ppf(0.975, study.size - 1) * np.asarray(found["sigma"]) / np.sqrt(study.size)
        rows = [Effect("direction", n, _words(register, n), Contrast(m, m - e, m + e, seeds, 0.0, np.nan),
                       register.predicted.get(n, "")) for n, m, e in zip(names, found["mu"], se)]  # fmt: skip
    else:
        found = sobol.analyze(problem(study.factors), y, calc_second_order=False, seed=study.design_seed)
        size, half, kind, rows, unit = found["ST"], found["ST_conf"], "total index", [], "share of variance"
    order = np.argsort(-np.asarray(size))
    rows = [Effect(kind, names[i], _words(register, names[i]),
                   Contrast(size[i], size[i] - half[i], size[i] + half[i], seeds, 0.0, np.nan)) for i in order] + [
        rows[i] for i in order if rows]  # fmt: skip
    first = [rows[i] for i in range(min(3, len(names)))]
    sentences = [
        f"Of {len(names)} factors these move {metric} most over their ranges: "
        + "; ".join(f"{e.words} ({e.effect.mean:.2f} {unit} [{e.effect.low:.2f}, {e.effect.high:.2f}])" for e in first)
        + ".",
        "Least: " + ", ".join(rows[i].words for i in range(max(len(names) - 3, 0), len(names))) + ".",
    ]

    def draw() -> Figure:
        from ..figures import COLOURS, FAINT, INK, new_figure, tidy

        sign = {e.name: e.effect.mean for e in rows if e.kind == "direction"}
        figure = new_figure(9.5, 0.34 * len(names) + 1.4)
        axes = figure.subplots()
        for at, e in enumerate(rows[: len(names)][::-1]):
            axes.barh(at, e.effect.mean, height=0.6, alpha=0.85,
                      color=COLOURS[0] if sign.get(e.name, 1) >= 0 else COLOURS[6])  # fmt: skip
            axes.plot([e.effect.low, e.effect.high], [at, at], color=INK, linewidth=1.4)
        axes.set_yticks(range(len(names)), [e.words for e in rows[: len(names)][::-1]])
        axes.set_ylim(-0.6, len(names) - 0.4)
        tidy(axes, title="Size of the elementary effect; blue raises, orange lowers" if sign else "Total Sobol index")
        axes.grid(visible=False, axis="y")
        axes.grid(axis="x", color=FAINT, linewidth=0.6)
        axes.set_xlabel(f"{metric}, {unit}" if sign else unit, color=INK)
        return figure

    return Answer(unit, rows, sentences, draw)


def _surface(study: Study, register: Register, outcome: dict[int, Any], unit: str, metric: str) -> Answer:
    treatment, down, across = study.factors
    at = {tuple(point[f.name] for f in study.factors): k for k, point in enumerate(study.points)}
    rows, grid = [], np.empty((len(down.values), len(across.values)), object)
    for i, a in enumerate(down.values):
        for j, b in enumerate(across.values):
            effect = paired(outcome[at[treatment.values[1], a, b]], outcome[at[treatment.values[0], a, b]])
            grid[i, j] = effect
            label = f"{down.name} {a}, {across.name} {b}"
            words = f"{_words(register, down.name)} {a}, {_words(register, across.name)} {b}"
            rows.append(Effect("effect", label, words, effect, register.predicted.get(label, "")))
    signs = [(e.mean > 0) - (e.mean < 0) for row in grid for e in row if e.clear]
    told = ("helps in some places and hurts in others" if len(set(signs)) == 2
            else "is nowhere told from zero" if not signs
            else f"{'helps' if signs[0] > 0 else 'hurts'} wherever it is told from zero")  # fmt: skip
    low, high = min(rows, key=lambda r: r.effect.mean), max(rows, key=lambda r: r.effect.mean)
    sentences = [
        f"The {_words(register, treatment.name)} {told} ({len(signs)} of {len(rows)} combinations).",
        f"Lowest at {low.words}: {_told(low.effect, unit)}. Highest at {high.words}: {_told(high.effect, unit)}.",
    ]

    def draw() -> Figure:
        from ..figures import INK, new_figure

        figure = new_figure(1.7 * len(across.values) + 3.2, 0.9 * len(down.values) + 1.8)
        axes = figure.subplots()
        means = np.array([[e.mean for e in row] for row in grid])
        limit = max(np.abs(means).max(), 1e-9)
        image = axes.imshow(means, cmap="PuOr", vmin=-limit, vmax=limit, aspect="auto", origin="lower")
        for i, row in enumerate(grid):
            for j, e in enumerate(row):
                axes.text(j, i, f"{e.mean:+.2f}{'*' if e.clear else ''}\n[{e.low:+.1f}, {e.high:+.1f}]", ha="center",
                          va="center", fontsize=9, color="white" if abs(e.mean) > 0.65 * limit else INK)  # fmt: skip
        axes.set_xticks(range(len(across.values)), [str(v) for v in across.values])
        axes.set_yticks(range(len(down.values)), [str(v) for v in down.values])
        axes.set_xlabel(_words(register, across.name), color=INK)
        axes.set_ylabel(_words(register, down.name), color=INK)
        axes.set_title(f"Effect of the {_words(register, treatment.name)} on {metric}\n* 95 % interval leaves out zero",
                       loc="left", fontsize=11, color=INK)  # fmt: skip
        figure.colorbar(image, ax=axes, label=unit)
        return figure

    return Answer(unit, rows, sentences, draw)
