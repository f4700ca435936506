"""Shapley decompositions of registered studies: who carries an outcome, against whom, under which form of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..design.analyses import analysis
from .common import Answer, Data, Effect, capital, counts, format_effect
from .shapley import Decomposition, decompose

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..design.study import Study


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
    offs = list(many.values[:-1]) if many else [None]
    rows: list[Effect] = []
    found: dict[tuple[Any, Any], tuple[Decomposition, list[str], str]] = {}
    own = data.outcome(metric)
    for level in dict.fromkeys(p.get(by) for p in data.points):
        for off in offs:
            rival = f"share_{metric.removeprefix('city_share_')}_{off}"
            gap = rival in data.columns and metric.startswith("city_share_")
            against = data.outcome(rival) if gap else None
            outcome = {}
            for k, point in enumerate(data.points):
                if point.get(by) != level or (many and point[many.name] not in (off, many.values[-1])):
                    continue
                on = frozenset(f.name for f in players if point[f.name] == f.values[-1])
                outcome[on] = own[k] - against[k] if against is not None else own[k]
            game = decompose(outcome)
            words = (f"lead over {data.name_of(str(off))}" if gap else data.words()) + (
                f", {data.in_words(by, level)}" if by and len(found) >= len(offs) else ""
            )
            order = sorted((f.name for f in players), key=lambda n: -abs(game.values[n].mean))
            suffix = f" {off}" if many else ""
            prefix = f"{by} {level}: " if found and len(found) >= len(offs) else ""
            found[level, off] = game, order, words
            for kind, table in (("value", game.values), ("first in", game.first_in), ("last in", game.last_in)):
                for n in order:
                    name = f"{prefix}{n}{suffix}" if kind == "value" else f"{kind}: {prefix}{n}{suffix}"
                    said = f"{data.factor(n)}" + (f" ({words})" if many or by else "")
                    rows.append(data.effect(kind, name, said, table[n], game.draws[kind, n]))
            rows += [
                data.effect(
                    "interaction",
                    f"{prefix}{a} x {b}{suffix}",
                    f"{data.factor(a)} and {data.factor(b)}" + (f" ({words})" if many or by else ""),
                    e,
                    game.draws["interaction", (a, b)],
                )
                for (a, b), e in sorted(game.interactions.items(), key=lambda item: -abs(item[1].mean))
            ]
    return Answer(
        data.unit(),
        rows,
        _sentences(data, found),
        lambda: _draw(data, found),
        "Shapley values with 95 % intervals over worlds; triangles: what a condition adds to none (left) and to "
        "all (right) of the others. Right: how far two help (+) or stand in for (-) each other.",
    )


def _sentences(data: Data, found: dict[tuple[Any, Any], tuple[Decomposition, list[str], str]]) -> list[str]:
    sentences, unit = [], data.unit()
    for game, order, words in found.values():
        name = {n: data.factor(n) for n in order}
        sentences.append(
            f"{capital(words)}: together the conditions add {format_effect(game.total, unit)}; most of it "
            f"{name[order[0]]}: {format_effect(game.values[order[0]], unit)}, then {name[order[1]]}: "
            f"{format_effect(game.values[order[1]], unit)}."
        )
        (a, b), strongest = max(game.interactions.items(), key=lambda item: abs(item[1].mean))
        if strongest.clear:
            verb = "help" if strongest.mean > 0 else "stand in for"
            sentences.append(f"{capital(name[a])} and {name[b]} {verb} each other: {format_effect(strongest, unit)}.")
    orders = {tuple(order[:3]) for game, order, _ in found.values()}
    if len(found) > 1 and len({level for level, _ in found}) > 1:
        sentences.append(
            "The three largest conditions are the same in every panel."
            if len(orders) == 1
            else "The order of the three largest conditions differs between panels."
        )
    return sentences


def _draw(data: Data, found: dict[tuple[Any, Any], tuple[Decomposition, list[str], str]]) -> Figure:
    import numpy as np

    from ..figures import COLOURS, FAINT, INK, new_figure, tidy

    n = len(next(iter(found.values()))[1])
    figure = new_figure(12, (0.5 * n + 1.5) * len(found))
    grid = figure.subplots(len(found), 2, squeeze=False, width_ratios=[1.5, 1])
    for (bars, matrix), (game, order, words) in zip(grid, found.values(), strict=True):
        names = [data.factor(name) for name in order]
        for at, name in enumerate(order[::-1]):
            e = game.values[name]
            bars.barh(
                at,
                e.mean,
                height=0.55,
                color=COLOURS[1] if e.mean >= 0 else COLOURS[6],
                alpha=0.85,
                hatch="" if e.mean >= 0 else "//",
                edgecolor="white",
            )
            bars.plot([e.low, e.high], [at, at], color=INK, linewidth=1.6)
            bars.plot(game.first_in[name].mean, at, "<", color=INK, markersize=6, markerfacecolor="white")
            bars.plot(game.last_in[name].mean, at, ">", color=INK, markersize=6, markerfacecolor="white")
        bars.set_yticks(range(n), names[::-1], fontsize=9)
        tidy(bars, title=capital(words))
        bars.grid(visible=False, axis="y")
        bars.grid(axis="x", color=FAINT, linewidth=0.6)
        bars.axvline(0, color=INK, linewidth=0.8)
        bars.set_xlabel(data.unit(), color=INK)
        table = np.full((n, n), np.nan)
        for (a, b), e in game.interactions.items():
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
