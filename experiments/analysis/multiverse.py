"""Whether the signs of effects survive other ways to build the model."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ..design.analyses import analysis
from .common import Answer, Data, Effect

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@analysis("multiverse", "whether the sign of an effect survives other ways to build the model")
def multiverse(data: Data) -> Answer:
    """Two headlines, what the property crisis and what policy does, in every variant of the model that points spell."""
    arms = ("property_crisis", "policy")
    variants: dict[tuple[object, ...], dict[tuple[bool, bool], int]] = {}
    for k, point in enumerate(data.points):
        key = tuple(v for n, v in point.items() if n not in arms)
        variants.setdefault(key, {})[point["property_crisis"], point["policy"]] = k
    rows, usual = [], next(iter(variants.values()))[True, True]
    for metric in (data.register.metric, *data.register.also):
        for headline, control in (("crisis", (False, True)), ("policy", (True, False))):
            for points in variants.values():
                k, j = points[True, True], points[control]
                label, said = data.label(k, usual) or "as it is", data.said(k, usual)
                kind = "effect" if metric == data.register.metric else metric
                rows.append(data.difference(kind, f"{headline}: {label}", f"{headline}: {said}", metric, k, j))
    main = [r for r in rows if r.kind == "effect"]
    sentences = _sentences_of_multiverse(data, main)

    return Answer(
        data.unit(),
        rows,
        sentences,
        partial(_draw_multiverse, data, main),
        "Each row is one way to build the model; means and 95 % intervals "
        "over worlds, filled where they leave out zero.",
    )


def _sentences_of_multiverse(data: Data, main: list[Effect]) -> list[str]:
    sentences = []
    for headline in ("crisis", "policy"):
        own = [r for r in main if r.name.startswith(headline)]
        first = own[0]
        against = [r for r in own if r.effect.clear and np.sign(r.effect.mean) != np.sign(first.effect.mean)]
        same = [r for r in own if np.sign(r.effect.mean) == np.sign(first.effect.mean)]
        sentences.append(
            f"The {headline} moves {data.city}'s share by {first.shown} as the model is; the sign "
            f"is the same in {len(same)} of {len(own)} variants, clearly the other in {len(against)}"
            + (f" ({'; '.join(r.words.partition(': ')[2] for r in against)})." if against else ".")
        )
    return sentences


def _draw_multiverse(data: Data, main: list[Effect]) -> Figure:
    from ..figures import COLOURS, figure_of_dots

    panels = [
        (
            f"What the {h} does to {data.city}'s share, {data.unit()}",
            [r._replace(words=r.words.partition(": ")[2]) for r in main if r.name.startswith(h)],
        )
        for h in ("crisis", "policy")
    ]
    return figure_of_dots(panels, COLOURS[0])
