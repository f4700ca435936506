"""Through which channels the property crisis acts: a Shapley decomposition, own crisis and that of others apart."""

from collections.abc import Sequence
from functools import partial

from ..design.analyses import analysis
from ..design.study import Study
from ..figures import COLOURS, Figure, figure_of_dots
from .common import Answer, Data, Effect
from .shapley import Coalition, decompose

SCOPES = ("all", "own", "others")
CAPTION = (
    "Shapley values with 95 % intervals over seeds, filled where they leave out zero: what a channel adds to the "
    "effect of the crisis in the mean over all orders; own crisis and that of the other cities add up to that of all."
)


def _lacks(study: Study) -> str:
    values = {f.name: f.values for f in study.factors}
    scopes = set(values.pop("crisis_in", ()))
    if study.design.sampler == "factorial" and scopes == {"none", *SCOPES} and {*map(len, values.values())} == {2}:
        return ""
    return "a factorial of channels, off and on, and crisis_in with none, own, others and all"


@analysis("channels", "what each channel adds to the effect of the crisis in the mean over all orders", check=_lacks)
def channels(data: Data) -> Answer:
    """Every channel's part in the effect of all crises, of the city's own and of the others', and what is left."""
    players = [f for f in data.study.factors if f.name != "crisis_in"]
    y: dict[Coalition, dict[str, int]] = {}
    for k, point in enumerate(data.points):
        on = frozenset(f.name for f in players if point[f.name] == f.values[1])
        y.setdefault(on, {})[point["crisis_in"]] = k
    share, rows = data.outcome(), list[Effect]()
    worlds = {on: {scope: share[k] for scope, k in own.items()} for on, own in y.items()}
    effects = {
        "all": {s: w["all"] - w["none"] for s, w in worlds.items()},
        "own": {s: (w["own"] - w["none"] + w["all"] - w["others"]) / 2 for s, w in worlds.items()},
        "others": {s: (w["others"] - w["none"] + w["all"] - w["own"]) / 2 for s, w in worlds.items()},
    }
    words = {"all": "", "own": f", {data.city}'s own crisis", "others": ", crisis of the other cities"}
    everyone = frozenset(f.name for f in players)
    for scope in SCOPES:
        found, v = decompose(effects[scope]), effects[scope]
        rows.append(data.effect("total", f"total {scope}", f"the crisis{words[scope]}", v[everyone]))
        for f in players:
            name = f"{f.name} {scope}"
            rows.append(data.effect("value", name, data.factor(f.name) + words[scope], found.draws["value", f.name]))
        rows.append(data.effect("left", f"left {scope}", f"what is left{words[scope]}", v[frozenset()]))
        if scope == "all":
            for a, b in found.interactions:
                said = f"{data.factor(a)} and {data.factor(b)}"
                rows.append(data.effect("interaction", f"{a} x {b}", said, found.draws["interaction", (a, b)]))
    return Answer(data.unit(), rows, sentences(rows, data.city), partial(_draw, rows), CAPTION)


def sentences(rows: Sequence[Effect], city: str) -> list[str]:
    """The answer in words, from its rows alone."""
    of = {row.name: row for row in rows}

    def parts(scope: str) -> list[Effect]:
        own = [r for r in rows if r.kind == "value" and r.name.endswith(f" {scope}")]
        return sorted(own, key=lambda r: -abs(r.effect.mean))

    def said(row: Effect) -> str:
        return f"{row.words.partition(', ')[0]} {row.shown}"

    left = of["left all"]
    rest = "is distinguishable from zero" if left.effect.clear else "is not distinguishable from zero"
    found = [
        f"The crisis changes {city}'s share of shooting days by {of['total all'].shown}: "
        f"{'; '.join(map(said, parts('all')))}; what is left with these channels off, {left.shown}, {rest}.",
        f"Its own crisis changes it by {of['total own'].shown}, that of others by {of['total others'].shown}.",
    ]
    for scope, words in (("own", "Of its own crisis"), ("others", "Of that of the others")):
        found.append(f"{words}: {'; '.join(map(said, parts(scope)))}; left {of[f'left {scope}'].shown}.")
    return found


def _draw(rows: Sequence[Effect]) -> Figure:
    titles = {"all": "all crises", "own": "its own crisis", "others": "crisis of the other cities"}
    panels = []
    for scope, title in titles.items():
        own = [row._replace(words=row.words.partition(", ")[0]) for row in rows if row.name.endswith(f" {scope}")]
        panels.append((f"{title}, points", own))
    return figure_of_dots(panels, COLOURS[0])
