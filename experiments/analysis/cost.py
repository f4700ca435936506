"""What an extra unit of an outcome costs the city that pays, and all cities."""

from functools import partial
from typing import NamedTuple

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from ..design.study import Study
from ..figures import COLOURS, INK, MARKERS, Figure, dot, line_at, name_rows, new_figure, tidy
from ..outcomes import outcome_columns
from .causal import Ratio, additionality, ratio_of_means
from .common import MOST, Answer, Data, Effect, capital, half_interval

CAPTION = (
    "Left: the plane of what is added and what it costs, with 95 % intervals. Right: displacement with Fieller's "
    "intervals, cut at 300 %; at 100 % others lose all that the city gains."
)


PAID = ("city_net_public_cost_yuan", "all_net_public_cost_yuan")
"""What the city, and all cities, pay net of taxes."""


class Case(NamedTuple):
    """What a policy adds and costs, by world: in the city that pays, and everywhere."""

    words: str
    gains: tuple[Array, Array]
    costs: tuple[Array, Array]
    rows: list[Effect]
    """Added in the city and everywhere, displaced, and cost of a unit to the city and to all."""


def _lacks(study: Study) -> str:
    """Outcomes without which it would fail once all has been run."""
    assert study.register is not None
    known = outcome_columns(study.at(study.points[0]).cities.slugs)
    for metric in (study.register.metric, *study.register.also):
        both = [f"{who}_{metric.removeprefix('city_')}" for who in ("city", "all")]
        if lacking := [name for name in both if name not in known]:
            return f"outcomes of the city and of all: '{metric}' has no {' and no '.join(lacking)}"
        if lacking := [n for n in (*both, *PAID) if study.outputs and n not in study.outputs]:
            return f"{', '.join(lacking)} among the outputs"
    return ""


@analysis("cost", "what an extra job or series costs, for the city that pays and for all", check=_lacks)
def cost(data: Data) -> Answer:
    """What a policy adds in the city and everywhere, how much of it is displaced, and what an extra unit costs whom.

    Ratios have Fieller's intervals; where what is added is not distinguishable from zero, or is a loss, they say
    nothing, and the plane of costs and gains is to be read instead.
    """
    cases = {metric: _cases(data, metric) for metric in data.kinds}
    first = cases[data.register.metric]
    few = sorted(range(len(first)), key=lambda n: first[n].rows[0].name.count(", "))[:MOST]
    main = [first[n] for n in sorted(few)]
    rows = [row for own in cases.values() for case in own for row in case.rows]
    unit = data.columns[data.register.metric][0]
    return Answer(unit, rows, [_sentence(data, case) for case in main], partial(_draw, unit, main), CAPTION)


def _cases(data: Data, metric: str) -> list[Case]:
    what, unit = metric.removeprefix("city_"), data.columns[metric][0]
    one = unit if unit == "series" else unit.removesuffix("s")
    own, total = data.raw(f"city_{what}"), data.raw(f"all_{what}")
    paid, spent = map(data.raw, PAID)
    suffix, cases = "" if data.kinds[metric] == "effect" else f" ({what})", []
    for k, j, label, words in data.pairs():
        treated, control = (np.stack([own[at], total[at] - own[at]], axis=1) for at in (k, j))
        own_gain, every_gain, displaced = additionality(treated, control, city=0)
        gains = (own[k] - own[j]).astype(float), (total[k] - total[j]).astype(float)
        costs = paid[k] - paid[j], spent[k] - spent[j]
        lost = f"{words}: part of {data.city}'s gain that others lose"
        rows = [
            data.effect("added", f"{label}: city{suffix}", f"{words}: added in {data.city}", gains[0], unit, own_gain),
            data.effect("added", f"{label}: all{suffix}", f"{words}: added everywhere", gains[1], unit, every_gain),
            data.estimate("displaced", f"{label}: displaced{suffix}", lost, _per_gain(displaced, gains[0], 100), "%"),
        ]
        for who, payer, paying, gain in zip(("city", "all"), (data.city, "all cities"), costs, gains, strict=True):
            name, per = f"{label}: cost, {who}{suffix}", _per_gain(ratio_of_means(paying, gain), gain, 1e-3)
            if paying.mean() <= 0:
                per = np.nan, -np.inf, np.inf  # nothing was paid: a gain has no price
            said = f"{words}: net public cost of one, {payer}"
            rows.append(data.estimate("cost", name, said, per, f"thousand yuan/{one}"))
        cases.append(Case(words, gains, costs, rows))
    return cases


def _per_gain(ratio: Ratio, gain: Array, factor: float = 1.0) -> tuple[float, float, float]:
    """Something per unit gained; without a gain it is not identified."""
    if gain.mean() <= 0:
        return np.nan, -np.inf, np.inf
    return factor * ratio.value, factor * ratio.low, factor * ratio.high


def _sentence(data: Data, case: Case) -> str:
    own, everywhere, gone, city_cost, all_cost = case.rows
    lost = "what is displaced is not identified"
    if np.isfinite(gone.effect.low):
        lost = f"{gone.effect.mean:.0f} % [{gone.effect.low:.0f}, {gone.effect.high:.0f}] displaced"
    costs = [
        f"; {who} {pay} {e.mean:.0f} [{e.low:.0f}, {e.high:.0f}] thousand yuan each"
        for who, pay, e in ((data.city, "pays", city_cost.effect), ("all cities", "pay", all_cost.effect))
        if np.isfinite(e.low)
    ]
    costs += [
        f"; nothing is paid by {who}, net of taxes"
        for who, paying in ((data.city, case.costs[0]), ("all cities", case.costs[1]))
        if paying.mean() <= 0
    ]
    added = f"{capital(case.words)}: {own.shown} in {data.city}, {everywhere.shown} in all"
    return f"{added}; {lost}{''.join(costs)}."


def _draw(unit: str, cases: list[Case]) -> Figure:
    figure = new_figure(12, 5.2)
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1])
    for at, case in enumerate(cases):
        colour = COLOURS[at % len(COLOURS)]
        style = {"color": colour, "marker": MARKERS[at % 8], "capsize": 2, "linewidth": 1, "markersize": 7}
        ends = [(x, y * 1e-6) for x, y in zip(case.gains, case.costs)]
        for (x, y), face, label in zip(ends, (colour, "white"), (capital(case.words), None)):
            half = half_interval(y), half_interval(x)
            left.errorbar(x.mean(), y.mean(), *half, markerfacecolor=face, label=label, **style)
        left.plot(*([v.mean() for v in both] for both in zip(*ends)), color=colour, linewidth=0.8, linestyle=":")
    line_at(left, x=0, y=0)
    tidy(
        left, x=f"added {unit}", y="net public cost, million yuan", title="Filled: the city's view; white: all cities'"
    )
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=3, frameon=False, fontsize=8)
    for at, case in enumerate(cases[::-1]):
        e = case.rows[2].effect
        if np.isnan(e.mean):
            right.text(0, at, "no gain", ha="center", va="center", fontsize=8, backgroundcolor="white", color=INK)
            continue
        dot(right, at, *np.clip([e.mean, e.low, e.high], -300, 300), colour=COLOURS[0], full=e.clear)
    name_rows(right, [capital(case.words) for case in cases], fontsize=8)
    right.set_xlim(-310, 310)
    tidy(right, title="Displaced, % of the city's gain", lines="x")
    line_at(right, x=100, line="--")
    line_at(right, x=0)
    return figure
