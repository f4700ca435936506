"""What a study says before it is run: its question, its analysis, and what it expects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from model.errors import meant

if TYPE_CHECKING:
    from .study import Study

ANALYSES = {
    "effects": "each point against the first",
    "shapley": "what each factor, off or on, adds in the mean over all orders",
    "surface": "what the first factor does at every combination of two others",
    "morris": "elementary effects of all factors over their ranges",
    "sobol": "shares of the variance that factors carry, with all their interactions",
    "persistence": "what is left of an effect once its cause is gone: points never, for a time, for good",
}


SAMPLED_BY = {"morris": "morris", "sobol": "saltelli"}
"""Sampler that an analysis of sensitivity needs."""


class Register(NamedTuple):
    """What a study says before it is run: what it asks, how it will answer, and what it expects."""

    question: str
    hypothesis: str
    metric: str
    analysis: str
    overturned_by: str
    predicted: dict[str, str] = {}
    """Sign, ``"+"``, ``"-"`` or ``"0"``, of the effect of a factor."""
    words: dict[str, str] = {}
    """Factors in words."""


def make_register(entry: Mapping[str, Any], study: Study, outcomes: Mapping[str, Any]) -> tuple[Register | None, str]:
    """A checked register, or what is wrong with it."""
    fields = Register._fields
    if unknown := [key for key in entry if key not in fields]:
        return None, f"unknown key '{unknown[0]}'{meant(unknown[0], fields)} (known: {', '.join(fields)})"
    if missing := [key for key in fields[:5] if not isinstance(entry.get(key), str)]:
        return None, f"needs {', '.join(missing)}, in words"
    found, names = Register(**entry), [f.name for f in study.factors]
    if found.metric not in outcomes:
        return None, f"unknown outcome '{found.metric}'{meant(found.metric, outcomes)}"
    if found.analysis not in ANALYSES:
        return None, f"unknown analysis '{found.analysis}'{meant(found.analysis, ANALYSES)} ({', '.join(ANALYSES)})"
    if wrong := [sign for sign in found.predicted.values() if sign not in ("+", "-", "0")]:
        return None, f"predicted: '{wrong[0]}' must be '+', '-' or '0'"
    values = [len(f.values) for f in study.factors]
    if found.analysis == "shapley" and (study.sampler != "factorial" or set(values) != {2}):
        return None, "the analysis 'shapley' needs a factorial design of factors with two values, off and on"
    if found.analysis == "surface" and (study.sampler != "factorial" or len(names) != 3 or values[0] != 2):
        return None, "the analysis 'surface' needs a factorial design of three factors, the first with two values"
    if found.analysis in SAMPLED_BY and study.sampler != SAMPLED_BY[found.analysis]:
        return None, f"the analysis '{found.analysis}' needs the sampler '{SAMPLED_BY[found.analysis]}'"
    if found.analysis == "persistence" and len(study.points) != 3:
        return None, "the analysis 'persistence' needs three points: never, for a time, for good"
    return found, ""
