"""Uncertain parameters crossed with policies: the same sets and draws under every policy, and what holds up in all."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from ..design.samplers import SAMPLED, Factor, places
from ..design.study import Study
from ..figures import COLOURS, Figure, line_at, new_figure, tidy
from .common import MOST, Answer, Data, Effect, capital
from .contrast import of_differences, wilson

RESAMPLES = 1000
"""Of the parameter sets, for how sure a choice is."""


class Crossed(NamedTuple):
    """Parameter sets in rows, policies in columns; the first policy is the reference."""

    factors: tuple[Factor, ...]
    x: Array
    """(sets, parameters) places in the unit cube of the ranges."""
    names: list[str]
    words: list[str]
    values: Array
    """(sets, policies) the outcome in the unit of display, mean over the draws of each set."""
    draws: int
    """The least number of draws of a set."""

    @property
    def complete(self) -> Crossed:
        """Without the sets in which the outcome of a policy is not defined."""
        known = ~np.isnan(self.values).any(axis=1)
        return self._replace(x=self.x[known], values=self.values[known])


def is_crossed(study: Study) -> bool:
    """Whether a study has parameter sets, each of them under several policies."""
    if study.design.sampler in SAMPLED:
        return bool(study.design.crossed)
    return study.ensemble is not None and len(study.points) > 1


def crossed(data: Data, metric: str = "") -> Crossed:
    """The outcome of every parameter set under every policy: members of the ensemble, or places of a crossed design."""
    study, values = data.study, data.outcome(metric)
    if study.design.sampler in SAMPLED:
        design, options = study.design, study.options
        x = places(design.sampler, study.sampled, design.size, design.seed)
        means = np.array([values[k].mean() for k in range(len(study.points))]).reshape(len(x), len(options))
        names = [", ".join(f"{n} {v}" for n, v in option.items()) for option in options]
        words = [", ".join(data.in_words(n, v) for n, v in option.items()) for option in options]
        return Crossed(study.sampled, x, names, words, means, len(data.seeds)).complete
    assert study.ensemble is not None
    rows, which, count = np.unique(data.members, return_inverse=True, return_counts=True)
    points = range(len(data.points))
    means = np.stack([np.bincount(which, values[k]) / count for k in points], axis=1)
    names = [data.label(k, 0) or "as it is" for k in points]
    shared = [f for f in data.points[0] if len({str(p[f]) for p in data.points}) > 1]
    words = [", ".join(data.in_words(n, data.points[k][n]) for n in shared) for k in points]
    x = study.ensemble.places[rows]
    return Crossed(study.ensemble.factors, x, names, words, means, int(count.min())).complete


def differences(found: Crossed) -> list[tuple[str, str, Array]]:
    """Name and words of every policy but the first, and (sets,) what it changes against that."""
    return [
        (name, words, found.values[:, k] - found.values[:, 0])
        for k, (name, words) in enumerate(zip(found.names, found.words))
        if k
    ]


@analysis(
    "regret",
    "which policy holds up over all parameter sets: means, worst cases, regret, and how often it does enough",
    check=lambda study: "" if is_crossed(study) else "an [ensemble] and several points, or `crossed` in a design",
)
def regret(data: Data) -> Answer:
    """What each policy brings over all parameter sets, and what is lost where another one would have been better.

    The regret of a policy in a set is the best that any policy reaches there, less what it reaches itself; minimax
    regret takes the policy whose largest is smallest (Savage 1951, doi:10.1080/01621459.1951.10500768), maximin the one
    whose worst outcome is best, satisficing the one that reaches ``enough`` in most sets. These measures can disagree
    (McPhail et al. 2018, doi:10.1002/2017EF000649), so all are given.
    """
    found, unit, register = crossed(data), data.unit(), data.register
    sign = -1.0 if register.better == "less" else 1.0
    good = sign * found.values
    lost = good.max(axis=1, keepdims=True) - good
    rows, sets = list[Effect](), len(good)
    for k, (name, words) in enumerate(zip(found.names, found.words)):
        own, n = found.values[:, k], f"{name}: "
        rows.append(data.estimate("mean", f"{n}mean", f"{words}: mean", of_differences(own)[:3], unit, sets))
        if k:
            change = own - found.values[:, 0]
            better = "up" if sign > 0 else "down"
            what = f"{words}: against the first"
            rows.append(data.estimate("effect", name, what, of_differences(change)[:3], unit, sets))
            part = np.mean(sign * change > 0)
            rows.append(
                data.estimate(
                    "share", f"{n}{better}", f"{words}: better than the first", _share(part, sets), "% of sets"
                )
            )
        worst = float(good[:, k].min() * sign)
        rows.append(data.estimate("worst", f"{n}worst", f"{words}: worst of all sets", _point(worst), unit, sets))
        mean = of_differences(lost[:, k])[:3]
        rows.append(data.estimate("regret", f"{n}regret", f"{words}: mean regret", mean, unit, sets))
        most = _point(float(lost[:, k].max()))
        rows.append(data.estimate("regret", f"{n}largest", f"{words}: largest regret", most, unit, sets))
        best = _share(np.mean(lost[:, k] == 0), sets)
        rows.append(data.estimate("share", f"{n}best", f"{words}: no other does better", best, "% of sets"))
        if register.enough is not None:
            does = _share(np.mean(good[:, k] >= sign * register.enough), sets)
            rows.append(data.estimate("share", f"{n}enough", f"{words}: does enough", does, "% of sets"))
    return Answer(
        unit,
        rows,
        list(_sentences(data, found, good, lost, rows)),
        partial(_draw, data, found, lost),
        "Left: in which share of the parameter sets each policy reaches at least (or at most) so much. Right: in which "
        "share its regret is larger than so much.",
    )


def _point(value: float) -> tuple[float, float, float]:
    return value, np.nan, np.nan


def _share(part: float, sets: int) -> tuple[float, float, float]:
    low, high = wilson(float(part) * sets, sets)
    return 100 * float(part), 100 * low, 100 * high


def _sentences(data: Data, found: Crossed, good: Array, lost: Array, rows: list[Effect]) -> list[str]:
    sets, unit, words = len(good), data.unit(), found.words
    better = "less is better" if data.register.better == "less" else "more is better"
    said = [
        f"{sets:,} parameter sets, every one under {len(words)} policies with the same draws: {data.words()}; {better}."
    ]
    by_name = {row.name: row for row in rows}
    for name, what in zip(found.names[1:MOST], words[1:MOST]):
        sign = by_name[f"{name}: {'up' if data.register.better != 'less' else 'down'}"].effect
        said.append(
            f"{capital(what)} against {words[0]}: {by_name[name].shown}; better in {sign.mean:.0f} % of the sets "
            f"[{sign.low:.0f}, {sign.high:.0f}]."
        )
    for title, score in (
        ("Minimax regret", -lost.max(axis=0)),
        ("Maximin (the best worst case)", good.min(axis=0)),
        ("The best mean", good.mean(axis=0)),
    ):
        said.append(f"{title}: {_chosen(words, score)}.")
    largest = ", ".join(f"{w} {v:.4g}" for w, v in zip(words[:MOST], lost.max(axis=0)))
    said.append(f"Largest regret, {unit}: {largest}. The same choice in {_stable(lost):.0%} of resamples of the sets.")
    if data.register.enough is not None:
        does = [by_name[f"{name}: enough"].effect for name in found.names]
        listed = ", ".join(f"{w} {e.mean:.0f} % [{e.low:.0f}, {e.high:.0f}]" for w, e in zip(words[:MOST], does))
        at = f"at {'most' if data.register.better == 'less' else 'least'} {data.register.enough:g} {unit}"
        said.append(f"Enough ({at}): {listed} of the sets.")
    if found.draws == 1:
        said.append(
            "Each set has one set of draws, so regrets and worst cases hold chance beside parameters; seeds that are a "
            "multiple of the sets part the two."
        )
    return said


def _chosen(words: list[str], score: Array) -> str:
    """Which have the highest score; all of them where several do."""
    top = [w for w, v in zip(words, score) if v == score.max()]
    return " and ".join(top) + (" alike" if len(top) > 1 else "")


def _stable(lost: Array) -> float:
    """Share of resamples of the sets in which the policy of minimax regret is that of all sets."""
    rng, choice = np.random.default_rng(1), lost.max(axis=0).argmin()
    picks = (rng.integers(len(lost), size=len(lost)) for _ in range(RESAMPLES))
    return float(np.mean([lost[pick].max(axis=0).argmin() == choice for pick in picks]))


def _draw(data: Data, found: Crossed, lost: Array) -> Figure:
    figure = new_figure(11, 4.4)
    left, right = figure.subplots(1, 2)
    share = 100 * (1 - np.arange(len(lost)) / len(lost))
    less = data.register.better == "less"
    for k, words in enumerate(found.words[:MOST]):
        style = {"color": COLOURS[k % len(COLOURS)], "linewidth": 1.6, "label": capital(words)}
        left.step(np.sort(found.values[:, k]), share[::-1] if less else share, where="post", **style)
        right.step(np.sort(lost[:, k]), share, where="post", **style)
    if data.register.enough is not None:
        line_at(left, x=data.register.enough, line="--")
    most = "most" if less else "least"
    tidy(left, x=f"{data.words()}, {data.unit()}", y="% of sets", title=f"Sets that reach at {most} so much", legend=8)
    tidy(right, x=f"regret, {data.unit()}", y="% of sets", title="Sets in which more than so much is lost")
    for axes in (left, right):
        axes.set_ylim(0, 102)
    return figure
