"""Shapley decompositions of registered studies: who carries an outcome, against whom, under which form of the model."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..design.analyses import analysis
from ..design.study import Study
from ..figures import INK, Figure, bar, line_at, new_figure, tidy
from .common import Answer, Data, Effect, capital, counts, format_effect
from .shapley import Decomposition, decompose

CAPTION = (
    "Shapley values with 95 % intervals over worlds; triangles: what a condition adds to none (left) and to all "
    "(right) of the others. Right: how far two help (+) or stand in for (-) each other."
)


class Game(NamedTuple):
    """One decomposition: what of, and its players, the largest first."""

    level: Any
    words: str
    order: list[str]
    found: Decomposition


def _lacks(study: Study) -> str:
    values = sorted(counts(study))
    if study.design.sampler == "factorial" and values[:-1] == [2] * (len(values) - 1):
        return ""
    return "a factorial design of factors with two values, off and on (one may have more, all but the last of them off)"


@analysis("shapley", "what each factor, off or on, adds in the mean over all orders", check=_lacks)
def shapley(data: Data) -> Answer:
    """What each factor, off or on, adds to the outcome in the mean over all orders.

    A factor with more than two values is off at all but its last: a decomposition for each of them. Where such a value
    is a city and the outcome the focal city's share, what is decomposed is the lead over that city.
    """
    by, metric = data.register.by, data.register.metric
    players = [f for f in data.study.factors if f.name != by]
    many = next((f for f in players if len(f.values) > 2), None)
    own, rows, games = data.outcome(metric), list[Effect](), list[Game]()
    levels = [*dict.fromkeys(point.get(by) for point in data.points)]
    for level in levels:
        for off in many.values[:-1] if many else [None]:
            rival = f"share_{metric.removeprefix('city_share_')}_{off}"
            gap = rival in data.columns and metric.startswith("city_share_")
            against = data.outcome(rival) if gap else dict.fromkeys(own, 0.0)
            outcome = {
                frozenset(f.name for f in players if point[f.name] == f.values[-1]): own[k] - against[k]
                for k, point in enumerate(data.points)
                if point.get(by) == level and not (many and point[many.name] not in (off, many.values[-1]))
            }
            later = by and level != levels[0]
            words = f"lead over {data.name_of(str(off))}" if gap else data.words()
            words += f", {data.in_words(by, level)}" if later else ""
            found = decompose(outcome)
            order = sorted((f.name for f in players), key=lambda n: -abs(found.values[n].mean))
            games.append(Game(level, words, order, found))
            ends = f"{by} {level}: " if later else "", f" {off}" if many else ""
            rows += _effects(data, games[-1], *ends, f" ({words})" if many or by else "")
    return Answer(data.unit(), rows, _sentences(data, games), partial(_draw, data, games), CAPTION)


def _effects(data: Data, game: Game, before: str, after: str, words: str) -> list[Effect]:
    """Effects of each player, and of each pair, the largest first."""
    rows, found = [], game.found
    for kind in ("value", "first in", "last in"):
        for n in game.order:
            name = f"{'' if kind == 'value' else f'{kind}: '}{before}{n}{after}"
            rows.append(data.effect(kind, name, data.factor(n) + words, found.draws[kind, n]))
    for a, b in sorted(found.interactions, key=lambda pair: -abs(found.interactions[pair].mean)):
        name, said = f"{before}{a} x {b}{after}", f"{data.factor(a)} and {data.factor(b)}{words}"
        rows.append(data.effect("interaction", name, said, found.draws["interaction", (a, b)]))
    return rows


def _sentences(data: Data, games: list[Game]) -> list[str]:
    sentences, unit = [], data.unit()
    for _, words, order, found in games:
        first, second = (f"{data.factor(n)}: {format_effect(found.values[n], unit)}" for n in order[:2])
        sentences.append(
            f"{capital(words)}: together the conditions add {format_effect(found.total, unit)}; most of it {first}, "
            f"then {second}."
        )
        (a, b), strongest = max(found.interactions.items(), key=lambda item: abs(item[1].mean))
        if strongest.clear:
            verb = "help" if strongest.mean > 0 else "stand in for"
            pair = f"{capital(data.factor(a))} and {data.factor(b)}"
            sentences.append(f"{pair} {verb} each other: {format_effect(strongest, unit)}.")
    if len({game.level for game in games}) > 1:
        same = len({tuple(game.order[:3]) for game in games}) == 1
        sentences.append(
            "The three largest conditions are the same in every panel."
            if same
            else "The order of the three largest conditions differs between panels."
        )
    return sentences


def _draw(data: Data, games: list[Game]) -> Figure:
    n = len(games[0].order)
    figure = new_figure(12, (0.5 * n + 1.5) * len(games))
    grid = figure.subplots(len(games), 2, squeeze=False, width_ratios=[1.5, 1])
    for (bars, matrix), (_, words, order, found) in zip(grid, games, strict=True):
        names = [data.factor(name) for name in order]
        for at, name in enumerate(order[::-1]):
            bar(bars, at, found.values[name], up=found.values[name].mean >= 0, height=0.55, line=1.6)
            for effects, marker in ((found.first_in, "<"), (found.last_in, ">")):
                bars.plot(effects[name].mean, at, marker, color=INK, markersize=6, markerfacecolor="white")
        bars.set_yticks(range(n), names[::-1], fontsize=9)
        tidy(bars, x=data.unit(), title=capital(words), lines="x")
        line_at(bars, x=0)
        table = np.full((n, n), np.nan)
        for (a, b), e in found.interactions.items():
            i, j = sorted((order.index(a), order.index(b)), reverse=True)
            table[i, j] = e.mean
            matrix.text(j, i, f"{e.mean:+.1f}{'*' if e.clear else ''}", ha="center", va="center", fontsize=8, color=INK)
        limit = max(np.nanmax(np.abs(table)), 1e-9) * 1.6
        matrix.imshow(table, cmap="PuOr", vmin=-limit, vmax=limit)
        matrix.set_xticks(range(n - 1), names[:-1], rotation=35, ha="right", fontsize=8)
        matrix.set_yticks(range(1, n), names[1:], fontsize=8)
        matrix.set_xlim(-0.5, n - 1.5)
        matrix.set_ylim(n - 0.5, 0.5)
        matrix.spines[:].set_visible(False)
        matrix.set_title("Interactions (* differs from zero)", loc="left", fontsize=10, color=INK)
    return figure
