"""The register of analyses: each is known by its decorator, where it is defined.

An analysis makes an ``Answer`` of the ``Data`` of a registered study (both in
:mod:`microdrama.experiments.analysis.common`). A script can add one of its own, and its studies can name it:

>>> from microdrama.experiments.analysis.common import Answer
>>> @analysis("largest", "the largest outcome of all runs")
... def largest(data):
...     top = max(float(values.max()) for values in data.outcome().values())
...     return Answer(data.unit(), [], [f"At most {top:.1f} {data.unit()}."], draw=lambda: None)
>>> known_analyses()["largest"].meaning
'the largest outcome of all runs'
>>> del ANALYSES["largest"]
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from microdrama.model.errors import meant, unknown

from ..outcomes import ALWAYS

if TYPE_CHECKING:
    from .study import Study

HOME = "microdrama.experiments.analysis"
"""Package whose modules define the analyses that are shipped."""


class Analysis(NamedTuple):
    """One way to make an answer of runs."""

    name: str
    meaning: str
    answer: Callable[[Any], Any]
    needs_panel: bool = False
    """Whether it looks at cities month by month."""
    sampler: str = ""
    """Design that it needs; any if empty."""
    check: Callable[[Study], str] = lambda study: ""
    """What a study lacks for it, in words that follow "needs"."""


ANALYSES: dict[str, Analysis] = {}
"""Analyses defined so far; :func:`known_analyses` has all."""


def analysis[Answer: Callable[[Any], Any]](
    name: str,
    meaning: str,
    *,
    needs_panel: bool = False,
    sampler: str = "",
    check: Callable[[Study], str] = lambda study: "",
) -> Callable[[Answer], Answer]:
    """Register a function of the data of a study as the analysis ``name``.

    Parameters
    ----------
    name : str
        As ``analysis`` of a ``[register]`` has it.
    meaning : str
        What it shows.
    needs_panel : bool
        It looks at cities month by month.
    sampler : str
        The design that it needs.
    check : callable
        What a study lacks for it, in words that follow "needs"; empty if nothing.
    """

    def register(answer: Answer) -> Answer:
        ANALYSES[name] = Analysis(name, meaning, answer, needs_panel, sampler, check)
        return answer

    return register


def known_analyses() -> dict[str, Analysis]:
    """All analyses by name, those of the package and those that a script has defined."""
    for module in pkgutil.iter_modules(importlib.import_module(HOME).__path__):
        importlib.import_module(f"{HOME}.{module.name}")
    return dict(sorted(ANALYSES.items()))


def unknown_outcome(name: str, outcomes: Iterable[str]) -> str:
    """What is said of an outcome that there is not: those nearest to it, or with a part of its name.

    >>> unknown_outcome("jobs", ["city_job_months", "studios"])
    "unknown outcome 'jobs' (such as city_job_months; docs/outcomes.md has all)"
    """
    parts = [part.rstrip("s") for part in name.casefold().split("_") if len(part) > 2]
    like = ", ".join([outcome for outcome in outcomes if any(part in outcome for part in parts)][:4])
    such = f"such as {like}; " if like else ""
    return f"unknown outcome '{name}'{meant(name, outcomes, otherwise=f' ({such}docs/outcomes.md has all)')}"


def register_problems(study: Study, outcomes: Mapping[str, Any]) -> list[str]:
    """What is wrong with the ``[register]`` of a study."""
    register, names = study.register, [f.name for f in study.factors]
    if register is None:
        return []
    problems = [
        unknown_outcome(metric, outcomes) for metric in (register.metric, *register.also) if metric not in outcomes
    ]
    for key, name in (("by", register.by), ("treatment", register.treatment)):
        if name and name not in names:
            problems.append(f"{key}: '{name}' is no factor{meant(name, names)}")
    chosen = known_analyses().get(register.analysis)
    if study.outputs:
        asked = dict.fromkeys((register.metric, *register.also))
        problems += [f"'{name}' is not among the outputs" for name in asked if name not in (*study.outputs, *ALWAYS)]
    if chosen is None:
        return [*problems, unknown("analysis", register.analysis, known_analyses())]
    lacking = [
        f"the sampler '{chosen.sampler}'" if chosen.sampler not in ("", study.design.sampler) else chosen.check(study),
        "panel = true" if chosen.needs_panel and study.panel is not True else "",
    ]
    return problems + [f"the analysis '{chosen.name}' needs {what}" for what in lacking if what]
