"""Agent-based simulation of a regional micro-drama economy.

>>> from microdrama import MicroDramaEconomy, Studio
>>> economy = MicroDramaEconomy("baseline", rng=1, scale=0.02)
>>> economy.run_for(6)
>>> studio = economy.agents_by_type[Studio][0]

The parts: :mod:`microdrama.model`, the economy; :mod:`microdrama.experiments`, many runs and reports;
:mod:`microdrama.dashboards`, the live page. Names are imported when first used, so that ``import microdrama`` costs
nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .experiments.analysis.contrast import paired
    from .experiments.design.study_file import load_study
    from .experiments.outcomes import FinishedRun, outcome, summarise
    from .experiments.reports.comparison import compare
    from .experiments.reports.study_page import run_study as study
    from .experiments.run import run
    from .experiments.running.sweep import load, sweep
    from .model import (
        Actor,
        CityOfficial,
        FilmBase,
        InputError,
        InvestmentFund,
        MicroDramaEconomy,
        Platform,
        Publisher,
        Scenario,
        Studio,
        load_scenario,
    )

_HOMES = {
    "Actor": "model",
    "CityOfficial": "model",
    "FilmBase": "model",
    "InputError": "model",
    "InvestmentFund": "model",
    "MicroDramaEconomy": "model",
    "Platform": "model",
    "Publisher": "model",
    "Scenario": "model",
    "Studio": "model",
    "load_scenario": "model",
    "run": "experiments.run",
    "summarise": "experiments.outcomes",
    "outcome": "experiments.outcomes",
    "FinishedRun": "experiments.outcomes",
    "sweep": "experiments.running.sweep",
    "load": "experiments.running.sweep",
    "compare": "experiments.reports.comparison",
    "study": "experiments.reports.study_page:run_study",
    "load_study": "experiments.design.study_file",
    "paired": "experiments.analysis.contrast",
}
"""Module of each name, and its name there if it has another."""

__all__ = [
    "Actor",
    "CityOfficial",
    "FilmBase",
    "FinishedRun",
    "InputError",
    "InvestmentFund",
    "MicroDramaEconomy",
    "Platform",
    "Publisher",
    "Scenario",
    "Studio",
    "compare",
    "load",
    "load_scenario",
    "load_study",
    "outcome",
    "paired",
    "run",
    "study",
    "summarise",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'microdrama' has no attribute '{name}'")
    module, _, own = _HOMES[name].partition(":")
    return getattr(import_module(f".{module}", __name__), own or name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
