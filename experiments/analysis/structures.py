"""What crisis and policy do under every structure that the evidence leaves open, counted, and which choice decides."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from ..design.study import Study
from ..figures import COLOURS, INK, Figure, dot, line_at, new_figure, tidy
from .common import Answer, Data, Effect, capital
from .multiverse import CONTROLS, variants_of

HEADLINES = {
    "crisis": ((True, True), CONTROLS["crisis"]),
    "policy": ((True, True), CONTROLS["policy"]),
    "crisis without policy": ((True, False), (False, False)),
    "policy without crisis": ((False, True), (False, False)),
}
"""Effects, each of one world against another: whether there are crisis and policy."""
CAPTION = (
    "Every row is a structure, sorted by the effect; means and 95 % intervals over seeds, filled where they leave out "
    "zero. A mark below stands where a choice is not at its default. Of 32 intervals one or two leave out zero by "
    "chance alone."
)
DEFAULT = "as it is"


def _lacks(study: Study) -> str:
    names = {f.name for f in study.factors}
    if study.design.halved and {"property_crisis", "policy"} <= names:
        return ""
    return "[design] halved = [...], and the factors property_crisis and policy, on and off"


@analysis("structures", "the effects of crisis and policy in every structure of the model, counted", check=_lacks)
def structures(data: Data) -> Answer:
    """The effects in all structures, counted ones and those apart, and what each choice and pair of choices adds."""
    rows = [_level(data)]
    variants = variants_of(data)
    counted = [v for v in variants.values() if _counts(data, v)]
    for metric in data.kinds:
        for headline, (world, control) in HEADLINES.items():
            if metric != data.register.metric and headline not in CONTROLS:
                continue
            for points in variants.values():
                label, words = data.label(points[True, True], 0) or DEFAULT, data.said(points[True, True], 0)
                names = f"{headline}: {label}", f"{headline}: {words}"
                row = data.difference(*names, metric, points[world], points[control])
                kind = "effect" if metric == data.register.metric else metric
                rows.append(row._replace(kind=kind if points in counted else f"{kind}, apart"))
    for headline in CONTROLS:
        rows += _choices(data, headline, counted)
    return Answer(data.unit(), rows, sentences(rows), partial(_draw, data, rows), CAPTION)


def _counts(data: Data, points: dict[tuple[bool, bool], int]) -> bool:
    """Whether it is one of the structures that are counted: further values and rejected ones stand apart."""
    point = data.points[points[True, True]]
    return all(point[f.name] in f.values for f in data.study.factors)


def _level(data: Data) -> Effect:
    usual = next(iter(variants_of(data).values()))[True, True]
    words = f"{data.city}'s share of shooting days with crisis and policy, as it is"
    return data.effect("level", "level", words, data.outcome()[usual])


def _choices(data: Data, headline: str, counted: Sequence[dict[tuple[bool, bool], int]]) -> Iterator[Effect]:
    """What a choice, away from its default, adds to an effect in the mean over all others, and a second one to that."""
    values, (world, control) = data.outcome(), HEADLINES[headline]
    effects = np.array([values[v[world]] - values[v[control]] for v in counted])
    factors = [f for f in data.study.factors if f.name in data.study.design.halved]
    away = {f.name: np.array([data.points[v[world]][f.name] == f.values[1] for v in counted]) for f in factors}
    words = {f.name: data.in_words(f.name, f.values[1]) for f in factors}

    def change(of: str, among: Array) -> Array:
        found: Array = effects[among & away[of]].mean(axis=0) - effects[among & ~away[of]].mean(axis=0)
        return found

    everywhere = np.ones(len(counted), bool)
    for name in away:
        yield data.effect("choice", f"{headline}: {name}", f"{headline}: {words[name]}", change(name, everywhere))
    for a, b in combinations(away, 2):
        more = change(a, away[b]) - change(a, ~away[b])
        yield data.effect("pair", f"{headline}: {a} x {b}", f"{headline}: {words[a]} and {words[b]}", more)


def of_kind(rows: Sequence[Effect], kind: str, headline: str) -> list[Effect]:
    """Rows of a kind and a headline."""
    return [row for row in rows if row.kind == kind and row.name.startswith(f"{headline}: ")]


def without_headline(row: Effect) -> str:
    """The structure or choice of a row in words."""
    return row.words.partition(": ")[2]


def count(rows: Sequence[Effect]) -> tuple[int, int, int]:
    """In how many structures an effect is above zero, below, and not distinguishable from it."""
    up = sum(row.effect.low > 0 for row in rows)
    down = sum(row.effect.high < 0 for row in rows)
    return up, down, len(rows) - up - down


def counting(rows: Sequence[Effect], kind: str = "effect") -> str:
    """The sentence that counts."""
    crisis, policy = (of_kind(rows, kind, headline) for headline in CONTROLS)
    said = [
        "{what} raises the share in {0}, lowers it in {1}, is not distinguishable from zero in {2}".format(
            *count(own), what=what
        )
        for what, own in (("the crisis", crisis), ("policy", policy))
    ]
    return f"Of {len(crisis)} structures {'; '.join(said)}."


def sentences(rows: Sequence[Effect]) -> list[str]:
    """The answer in words, from its rows alone."""
    found = [counting(rows)]
    for headline in CONTROLS:
        own = sorted(of_kind(rows, "effect", headline), key=lambda row: row.effect.mean)
        usual = next(row for row in own if row.name.endswith(f": {DEFAULT}"))
        found.append(
            f"Effect of {'the ' * (headline == 'crisis')}{headline} by default {usual.shown}; over the structures from "
            f"{own[0].effect.mean:+.2f} ({without_headline(own[0])}) to {own[-1].effect.mean:+.2f} "
            f"({without_headline(own[-1])})."
        )
        choices = sorted(of_kind(rows, "choice", headline), key=lambda row: -abs(row.effect.mean))
        clear = [row for row in choices if row.effect.clear] or choices[:1]
        few = "; ".join(f"{without_headline(row)} {row.shown}" for row in clear)
        word = "What moves it" if clear[0].effect.clear else "No choice moves it measurably; the largest"
        found.append(f"{word}, in the mean over all other choices: {few}.")
        if pairs := [row for row in of_kind(rows, "pair", headline) if row.effect.clear]:
            few = "; ".join(f"{without_headline(row)} {row.shown}" for row in pairs)
            found.append(f"Pairs of choices that act on each other: {few} (of 15 about one would by chance).")
    apart = of_kind(rows, "effect, apart", "crisis")
    found.append(
        f"Apart, not counted, the effect of the crisis: {'; '.join(f'{without_headline(r)} {r.shown}' for r in apart)}."
    )
    later = counting(rows, "city_share_shoot_days") if of_kind(rows, "city_share_shoot_days", "crisis") else ""
    return (
        [*found, f"At the end of the runs, with extrapolated prices: {later[0].lower()}{later[1:]}"] if later else found
    )


def _draw(data: Data, rows: Sequence[Effect]) -> Figure:
    figure = new_figure(13, 11)
    choices = data.study.design.halved
    panels = figure.subplots(1, 4, width_ratios=[2, 1, 2, 1])
    for (effects, marks), headline in zip((panels[:2], panels[2:]), CONTROLS, strict=True):
        own = sorted(of_kind(rows, "effect", headline), key=lambda row: row.effect.mean)
        for at, row in enumerate(own):
            e, usual = row.effect, row.name.endswith(f": {DEFAULT}")
            dot(effects, at, e.mean, e.low, e.high, colour=COLOURS[6 if usual else 0], full=e.clear)
            for x, name in enumerate(choices):
                if f"{name} " in row.name:
                    marks.plot(x, at, "s", color=INK, markersize=4)
        effects.set_yticks([])
        marks.set_yticks([])
        for axes in (effects, marks):
            axes.set_ylim(-0.7, len(own) - 0.3)
        marks.set_xticks(range(len(choices)), [data.factor(name) for name in choices], rotation=90, fontsize=8)
        marks.set_xlim(-0.6, len(choices) - 0.4)
        tidy(effects, x=data.unit(), title=capital(f"{headline}: effect on the share"), lines="x")
        tidy(marks, title="not at default", lines="")
        line_at(effects, x=0)
    return figure
