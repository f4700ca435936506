"""What is left of an effect once its cause is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..design.analyses import analysis
from .common import Answer, Data, Effect, capital, counts
from .contrast import Contrast
from .dynamics import persistence as part_left
from .effects import dots, point_effects

if TYPE_CHECKING:
    from ..design.study import Study


def _lacks(study: Study) -> str:
    return "" if counts(study) == [3] else "one factor (beside that of 'by') with never, for a time, for good"


@analysis(
    "persistence", "what is left of an effect once its cause is gone: values never, for a time, for good", check=_lacks
)
def persistence(data: Data) -> Answer:
    """What is left of an effect: points never, for a time, and for good, in every group."""
    rows, sentences = point_effects(data), []
    values = data.outcome()
    for group, (never, temporary, permanent) in data.groups():
        left = part_left(values[temporary], values[never], values[permanent])
        words = f"{data.prefix(group)}part of the effect that is left"
        rows.append(
            Effect(
                "left",
                f"{group}left",
                words,
                Contrast(100 * left.value, 100 * left.low, 100 * left.high, len(data.seeds), 0.0, np.nan),
                data.register.predicted.get(f"{group}left", ""),
                "%",
            )
        )
        lasting = next(r for r in rows if r.name == group + data.label(permanent, never))
        if left.bounded:
            left_over = (
                f"{left.value:.0%} of the effect is left once its cause is gone [{left.low:.0%}, {left.high:.0%}]"
            )
        else:
            left_over = (
                f"the effect while its cause lasts, {lasting.shown}, is not distinguishable from zero, so no "
                "part of it can be said to be left"
            )
        sentences.append(capital(f"{data.prefix(group)}{left_over}."))
    shown = [r for r in rows if r.kind == "effect"]
    return Answer(
        data.unit(),
        rows,
        sentences,
        lambda: dots(data, shown),
        "Effects against never, while the cause lasts and after it is gone; means and 95 % intervals over worlds.",
    )
