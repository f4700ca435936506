"""The main experiment: what the property crisis and policy do, each alone and together."""

from functools import partial

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from ..design.study import Study
from ..figures import COLOURS, figure_of_dots
from ..outcomes import outcomes
from .chain import few_digits
from .common import Answer, Data, Effect
from .contrast import Contrast, interaction, of_differences, paired, wilson
from .crisis_figures import ALL, CELLS, at

OUTCOMES = (
    "city_share_shoot_days_observed",
    "city_share_studios_observed",
    "city_share_value_yuan_observed",
    "city_leads_shoot_days_observed",
    "hhi_shoot_days_observed",
    "city_share_shoot_days",
    "ellison_glaeser_studios",
    "city_morans_i_studios",
    "series_released",
    "why_jobs",
    "why_paid",
    "city_rent_yuan_m2_month",
)
EFFECTS = {
    "crisis_with_policy": "property crisis, where there is policy",
    "crisis_without_policy": "property crisis, without policy",
    "policy_in_crisis": "policy, in the crisis",
    "policy_without_crisis": "policy, without the crisis",
    "interaction": "interaction: what policy adds to the effect of the crisis",
}
"""Contrasts between the combinations."""
SHOOTING = "share_shoot_days_{}_observed"
"""Outcome whose effects are listed for every city."""
SHARE, LATER = OUTCOMES[0], "city_share_shoot_days"
"""The headline, in the last year with observed house prices, and the same at the end of the run."""
DRAWN = (SHARE, LATER, "why_jobs", "why_paid")


def _lacks(study: Study) -> str:
    two = {f.name: {*f.values} for f in study.factors} == {"property_crisis": {False, True}, "policy": {False, True}}
    if two and study.cells and not study.outputs:
        return ""
    return "cells = true, all outcomes, and the factors property_crisis and policy, off and on"


@analysis(
    "crisis_and_policy",
    "what the property crisis and policy do, each alone and together",
    needs_panel=True,
    check=_lacks,
)
def crisis_and_policy(data: Data) -> Answer:
    """Effects of crisis and policy in the presence and absence of the other, on the city and on all of them."""
    places = dict.fromkeys(OUTCOMES, data.study.city) | {SHOOTING.format(slug): slug for slug in data.slugs}
    rows = [row for outcome, slug in places.items() for row in _effects(data, outcome, slug)]
    found = {(row.name, row.kind): row.effect for row in rows}
    n = len(EFFECTS) * len(DRAWN)
    levels = [row for outcome in OUTCOMES for row in _levels(data, outcome)]
    return Answer(
        data.unit(),
        rows + levels,
        _reading(data, found),
        lambda: figure_of_dots(_panels(rows), COLOURS[0]),
        "Effects with 95 % intervals: means of differences between runs of the same seed. Filled where the interval "
        f"leaves out zero. Each stands for itself: of {n} about {n / 20:.0f} would leave out zero by chance alone.",
        {name: (partial(draw, data), caption.format(city=data.city)) for name, (draw, caption) in ALL.items()},
        lead=2,
    )


def by_cell(data: Data, outcome: str) -> dict[str, Array]:
    """(seeds,) an outcome, by combination."""
    values = data.raw(outcome)
    return {cell: values[at(data, cell)] for cell in CELLS}


def shown(data: Data, outcome: str, slug: str = "") -> tuple[str, float, str]:
    """An outcome in words, the factor by which it is displayed, and the unit that it then has."""
    cities = data.study.at(data.points[0]).cities
    name = cities.names[cities.slugs.index(slug or data.study.city)]
    words, factor, unit = outcomes(data.slugs)[outcome].display
    return words.format(city=name), factor, unit


def _effects(data: Data, outcome: str, slug: str) -> list[Effect]:
    y, yes_no = by_cell(data, outcome), data.yes_no(outcome)
    words, factor, unit = shown(data, outcome, slug)
    pairs = (("both", "policy"), ("crisis", "neither"), ("both", "crisis"), ("policy", "neither"))
    found = [paired(y[one], y[other], yes_no=yes_no) for one, other in pairs]
    found.append(interaction(y["both"], y["crisis"], y["policy"], y["neither"], yes_no=yes_no))
    return [Effect(key, outcome, words, e.times(factor), unit=unit) for key, e in zip(EFFECTS, found, strict=True)]


def _levels(data: Data, outcome: str) -> list[Effect]:
    words, factor, unit = shown(data, outcome)
    means = {cell: of_differences(y[~np.isnan(y)]).times(factor) for cell, y in by_cell(data, outcome).items()}
    return [Effect(f"mean, {CELLS[cell][0]}", outcome, words, mean, unit=unit) for cell, mean in means.items()]


def _panels(rows: list[Effect]) -> list[tuple[str, list[Effect]]]:
    """A panel for each outcome that is drawn, its effects by what they are effects of."""
    panels: dict[str, list[Effect]] = {}
    for row in rows:
        if row.name in DRAWN:
            own = panels.setdefault(f"{row.words}, {row.unit}", [])
            own.append(row._replace(words=EFFECTS[row.kind].split(":")[0]))
    return [*panels.items()]


def _reading(data: Data, found: dict[tuple[str, str], Contrast]) -> list[str]:
    """The answer in plain sentences, made from the numbers: no sign is taken for granted."""
    share = f"{data.city}’s share of shooting days in the last year of observed house prices"
    sentences = []
    for what, beside, key, alone in (
        ("The property crisis", "with policy in place", "crisis_with_policy", "crisis_without_policy"),
        ("Policy", "given the crisis", "policy_in_crisis", "policy_without_crisis"),
    ):
        effect = found[SHARE, key]
        sentences.append(
            f"{what} {_moves(effect, 'points', share)} {beside} ({_interval(effect)}); on its own the effect is "
            f"{_interval(found[SHARE, alone])} points. At the end of the runs, with extrapolated prices if later: "
            f"{_interval(found[LATER, key])}. Jobs in {data.city}, at the size of the real industry and "
            f"in the mean of all months: {few_digits(found['why_jobs', key])} job-years a year."
        )
    both = found[SHARE, "interaction"]
    sentences.append(
        f"The two {'interact' if both.clear else 'do not measurably interact'}: with policy in place the effect of "
        f"the crisis differs by {_interval(both)} points."
    )
    subjects = {"crisis_with_policy": "the crisis", "policy_in_crisis": "policy"}
    for key, what in subjects.items():
        effect = found["hhi_shoot_days_observed", key]
        moves = _moves(effect, "", "the concentration of production")
        sentences.append(f"Across cities, {what} {moves} (HHI x 10,000: {_interval(effect)}).")
    for key, what in subjects.items():
        sentences.append(_shift({data.name_of(slug): found[SHOOTING.format(slug), key] for slug in data.slugs}, what))
    leaders, leads = by_cell(data, "leader_shoot_days_observed"), by_cell(data, "city_leads_shoot_days_observed")
    often, chances = [], []
    for cell, (words, *_) in CELLS.items():
        often.append(f"{words}: {_in_order(data, leaders[cell].tolist())}")
        low, high = wilson(leads[cell].sum(), len(leads[cell]))
        chances.append(f"{words} {leads[cell].mean():.0%} (95 % interval {low:.0%} to {high:.0%})")
    return [
        *sentences,
        f"Largest place of production, out of {len(data.seeds)} seeds: {'; '.join(often)}.",
        f"{data.city} is the largest place of production in this share of seeds: {'; '.join(chances)}.",
    ]


def _moves(effect: Contrast, unit: str, what: str) -> str:
    if effect.unchanged == 1 and effect.low == effect.high:
        return f"changes nothing in {what}"
    if not effect.clear:
        return f"has no clear effect on {what}"
    return f"{'raises' if effect.mean > 0 else 'lowers'} {what} by {abs(effect.mean):.1f} {unit}".rstrip()


def _interval(effect: Contrast) -> str:
    return f"{effect.mean:+.1f} [{effect.low:+.1f}, {effect.high:+.1f}]"


def _shift(effects: dict[str, Contrast], what: str) -> str:
    """Which cities gain and lose shooting days, largest first; only those whose interval leaves out zero."""
    clear = sorted(((name, e.mean) for name, e in effects.items() if e.clear), key=lambda item: -abs(item[1]))
    if not clear:
        return f"No city's share of shooting days is clearly changed by {what}."
    moved = " ".join(
        f"{word} {', '.join(cities)}"
        for word, up in (("from", False), ("to", True))
        if (cities := [f"{name} {mean:+.1f}" for name, mean in clear if (mean > 0) == up])
    )
    return f"In points of shooting days, {what} moves production {moved} (cities with a clear change)."


def _in_order(data: Data, leaders: list[str]) -> str:
    """Leaders and in how many seeds they lead, most often first."""
    often = sorted({(-leaders.count(slug), slug) for slug in leaders})
    return ", ".join(f"{data.name_of(slug) if slug else 'nobody'} in {-times}" for times, slug in often)


def levels_and_effects(data: Data, rows: list[Effect]) -> list[str]:
    """Lines with the means of the outcomes in each combination, and effects with their intervals."""
    effect_of = {(row.name, row.kind): row.effect for row in rows}
    label = {o: "{} [{}]".format(*shown(data, o)[::2]) for o in OUTCOMES}
    width = max(map(len, label.values()))

    def line(outcome: str, kind: str) -> str:
        e = effect_of[outcome, kind]
        star = "*" if e.clear else " "
        return f"    {star} {label[outcome]:{width}} {e.mean:+9.2f} [{e.low:+9.2f}, {e.high:+9.2f}]"

    def means(outcome: str) -> str:
        of_cells = (effect_of[outcome, f"mean, {words}"].mean for words, *_ in CELLS.values())
        return f"{label[outcome]:{width}}" + "".join(f"{mean:22.2f}" for mean in of_cells)

    return [
        f"{'mean over seeds':{width}}" + "".join(f"{words:>22}" for words, *_ in CELLS.values()),
        *map(means, OUTCOMES),
        "",
        "effects: mean of paired differences [95 % interval]; * leaves out zero",
        *(
            text
            for kind, words in EFFECTS.items()
            for text in (f"  {words}", *(line(outcome, kind) for outcome in OUTCOMES))
        ),
    ]
