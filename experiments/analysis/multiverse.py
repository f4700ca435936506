"""Whether the signs of effects survive other ways to build the model."""

from functools import partial

import numpy as np

from ..design.analyses import analysis
from ..figures import COLOURS, Figure, figure_of_dots
from .common import Answer, Data, Effect

CAPTION = (
    "Each row is one way to build the model; means and 95 % intervals over worlds, filled where they leave out zero."
)
type Variants = dict[tuple[object, ...], dict[tuple[bool, bool], int]]
"""Points of every variant of the model, by whether there are crisis and policy."""
CONTROLS = {"crisis": (False, True), "policy": (True, False)}
"""Headlines, what the property crisis and what policy does, and the arm that each is held against."""


def variants_of(data: Data) -> Variants:
    """The variants of the model that the points spell, the usual one first."""
    variants: Variants = {}
    for k, point in enumerate(data.points):
        key = tuple(v for n, v in point.items() if n not in ("property_crisis", "policy"))
        variants.setdefault(key, {})[point["property_crisis"], point["policy"]] = k
    return variants


@analysis("multiverse", "whether the sign of an effect survives other ways to build the model")
def multiverse(data: Data) -> Answer:
    """Two headlines, what the property crisis and what policy does, in every variant of the model that points spell."""
    variants, rows = variants_of(data), list[Effect]()
    usual = next(iter(variants.values()))[True, True]
    for metric in data.kinds:
        for headline, control in CONTROLS.items():
            for points in variants.values():
                k = points[True, True]
                name, words = f"{headline}: {data.label(k, usual) or 'as it is'}", f"{headline}: {data.said(k, usual)}"
                rows.append(data.difference(name, words, metric, k, points[control]))
    main = {h: [row for row in rows if row.kind == "effect" and row.name.startswith(h)] for h in CONTROLS}
    sentences = [_sentence(data, headline, own) for headline, own in main.items()]
    return Answer(data.unit(), rows, sentences, partial(_draw, data, main), CAPTION)


def _sentence(data: Data, headline: str, own: list[Effect]) -> str:
    first = own[0]
    same = [row for row in own if np.sign(row.effect.mean) == np.sign(first.effect.mean)]
    against = [_variant(row) for row in own if row.effect.clear and row not in same]
    return (
        f"The {headline} moves {data.city}'s share by {first.shown} as the model is; the sign is the same in "
        f"{len(same)} of {len(own)} variants, clearly the other in {len(against)}"
        + (f" ({'; '.join(against)})." if against else ".")
    )


def _variant(row: Effect) -> str:
    return row.words.partition(": ")[2]


def _draw(data: Data, main: dict[str, list[Effect]]) -> Figure:
    panels = [
        (f"What the {h} does to {data.city}'s share, {data.unit()}", [r._replace(words=_variant(r)) for r in own])
        for h, own in main.items()
    ]
    return figure_of_dots(panels, COLOURS[0])
