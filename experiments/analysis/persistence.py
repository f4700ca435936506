"""What is left of an effect once its cause is gone."""

from ..design.analyses import analysis
from ..design.study import Study
from .common import Answer, Data, capital, counts
from .dynamics import persistence as part_left
from .effects import dots, point_effects


def _lacks(study: Study) -> str:
    return "" if counts(study) == [3] else "one factor (beside that of 'by') with never, for a time, for good"


@analysis(
    "persistence", "what is left of an effect once its cause is gone: values never, for a time, for good", check=_lacks
)
def persistence(data: Data) -> Answer:
    """What is left of an effect: points never, for a time, and for good, in every group."""
    rows, sentences = point_effects(data), []
    shown, values = [row for row in rows if row.kind == "effect"], data.outcome()
    for group, prefix, (never, temporary, permanent) in data.groups:
        left = part_left(values[temporary], values[never], values[permanent])
        percent = 100 * left.value, 100 * left.low, 100 * left.high
        rows.append(data.estimate("left", f"{group}left", f"{prefix}part of the effect that is left", percent, "%"))
        lasting = next(row for row in rows if row.name == group + data.label(permanent, never))
        sentences.append(
            f"{prefix}{left.value:.0%} of the effect is left once its cause is gone [{left.low:.0%}, {left.high:.0%}]."
            if left.bounded
            else f"{prefix}the effect while its cause lasts, {lasting.shown}, is not distinguishable from zero, so no "
            "part of it can be said to be left."
        )
    caption = "Effects against never, while the cause lasts and after it is gone; means and 95 % intervals over worlds."
    return Answer(data.unit(), rows, [*map(capital, sentences)], lambda: dots(data, shown), caption)
