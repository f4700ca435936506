"""What a study says before it is run: its question, its analysis, and what it expects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from microdrama.model.errors import meant

if TYPE_CHECKING:
    from .study import Study

ANALYSES = {
    "effects": "each point against the first",
    "shapley": "what each factor, off or on, adds in the mean over all orders",
    "surface": "what the first factor does, against its first value, at every value of the second (and third)",
    "chance": "how likely an outcome is at each point, and what the outcome is where it comes and where it does not",
    "persistence": "what is left of an effect once its cause is gone: values never, for a time, for good",
    "hysteresis": "the loop of an effect whose cause rises and falls, as it moves ever more slowly",
    "committor": "how likely a lead is to last: futures from one state that differ in luck alone",
    "leaders": "who leads when, in the mean over many worlds",
    "cost": "what an extra job or series costs, for the city that pays and for all",
    "medians": "medians, and means of the worst tenth, of outcomes with heavy tails",
    "paths": "what each point does over time",
    "money": "where the work is done and where the money goes",
    "trap": "what a difference-in-differences study of one world would find, beside what is true",
    "multiverse": "whether the sign of an effect survives other ways to build the model",
    "nulls": "whether the model meets observed patterns better than simpler ones",
    "prim": "where in the space of assumptions an outcome is likely",
    "morris": "elementary effects of all factors over their ranges",
    "sobol": "shares of the variance that factors carry, with all their interactions",
}


SAMPLED_BY = {"morris": "morris", "sobol": "saltelli"}
"""Sampler that an analysis of sensitivity needs."""


PANELS = ("hysteresis", "leaders", "paths", "trap", "nulls")
"""Analyses of cities month by month."""


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
    also: tuple[str, ...] = ()
    """Outcomes beside the one that decides."""
    by: str = ""
    """Factor at each of whose values the analysis is made anew."""
    treatment: str = ""
    """Factor whose first value is no treatment: points are compared with it, all else alike (else with the first)."""
    paths: tuple[str, ...] = ()
    """Columns of the panel to draw: of the focal city, ``all COLUMN``, ``share COLUMN``, or ``COLUMN / CITY``."""
    label: str = ""
    """Its place among the headline studies, such as E3."""
    observed: dict[str, Any] = {}
    """What the world is known to have shown, for the analysis that compares."""


def make_register(entry: Mapping[str, Any], study: Study, outcomes: Mapping[str, Any]) -> tuple[Register | None, str]:
    """A checked register, or what is wrong with it."""
    fields = Register._fields
    if unknown := [key for key in entry if key not in fields]:
        return None, f"unknown key '{unknown[0]}'{meant(unknown[0], fields)} (known: {', '.join(fields)})"
    if missing := [key for key in fields[:5] if not isinstance(entry.get(key), str)]:
        return None, f"needs {', '.join(missing)}, in words"
    found, names = Register(**entry), [f.name for f in study.factors]
    for metric in (found.metric, *found.also):
        if metric not in outcomes:
            return None, f"unknown outcome '{metric}'{meant(metric, outcomes)}"
    for key in ("by", "treatment"):
        if (name := getattr(found, key)) and name not in names:
            return None, f"{key}: '{name}' is no factor{meant(name, names)}"
    if found.analysis not in ANALYSES:
        return None, f"unknown analysis '{found.analysis}'{meant(found.analysis, ANALYSES)} ({', '.join(ANALYSES)})"
    if wrong := [sign for sign in found.predicted.values() if sign not in ("+", "-", "0")]:
        return None, f"predicted: '{wrong[0]}' must be '+', '-' or '0'"
    values = [len(f.values) for f in study.factors if f.name != found.by]
    if found.analysis == "shapley" and (study.sampler != "factorial" or sorted(values)[:-1] != [2] * (len(values) - 1)):
        return None, (
            "the analysis 'shapley' needs a factorial design of factors with two values, off and on (one may have "
            "more, all but the last of them off)"
        )
    if found.analysis == "surface" and (study.sampler != "factorial" or len(values) != 2):
        return None, "the analysis 'surface' needs a factorial design of two factors beside that of 'by'"
    if found.analysis in SAMPLED_BY and study.sampler != SAMPLED_BY[found.analysis]:
        return None, f"the analysis '{found.analysis}' needs the sampler '{SAMPLED_BY[found.analysis]}'"
    if found.analysis == "persistence" and values != [3]:
        return (
            None,
            "the analysis 'persistence' needs one factor (beside that of 'by') with never, for a time, for good",
        )
    if found.analysis == "committor" and not {"luck.month", "luck.future"} <= {*names}:
        return None, "the analysis 'committor' needs the factors luck.month and luck.future"
    if found.analysis in PANELS and not study.panel:
        return None, f"the analysis '{found.analysis}' needs panel = true"
    return found, ""
