"""Agent-based model of a regional micro-drama economy.

>>> from model import MicroDramaEconomy, Studio
>>> economy = MicroDramaEconomy("baseline", rng=1, scale=0.02)
>>> economy.run_for(6)
>>> studio = economy.agents_by_type[Studio][0]

Names are imported when first used, so that ``import model`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .agents import Actor, CityOfficial, FilmBase, InvestmentFund, Platform, Publisher, Studio
    from .agglomeration import NetAgglomeration, net_agglomeration
    from .balance import balance_sheets
    from .economy import PHASES, MicroDramaEconomy
    from .errors import InputError
    from .ledger import FLOWS, SECTORS, LedgerError
    from .parameters import PARAMETERS, Parameters, make_parameters
    from .scenario import Scenario, load_scenario, shipped_scenarios

_WHERE = {
    "Actor": "agents", "CityOfficial": "agents", "FilmBase": "agents", "InvestmentFund": "agents",
    "Platform": "agents", "Publisher": "agents", "Studio": "agents",
    "NetAgglomeration": "agglomeration", "net_agglomeration": "agglomeration", "balance_sheets": "balance",
    "MicroDramaEconomy": "economy", "PHASES": "economy", "InputError": "errors",
    "FLOWS": "ledger", "SECTORS": "ledger", "LedgerError": "ledger",
    "PARAMETERS": "parameters", "Parameters": "parameters", "make_parameters": "parameters",
    "Scenario": "scenario", "load_scenario": "scenario", "shipped_scenarios": "scenario",
}  # fmt: skip

__all__ = [
    "FLOWS",
    "PARAMETERS",
    "PHASES",
    "SECTORS",
    "Actor",
    "CityOfficial",
    "FilmBase",
    "InputError",
    "InvestmentFund",
    "LedgerError",
    "MicroDramaEconomy",
    "NetAgglomeration",
    "Parameters",
    "Platform",
    "Publisher",
    "Scenario",
    "Studio",
    "balance_sheets",
    "load_scenario",
    "make_parameters",
    "net_agglomeration",
    "shipped_scenarios",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'model' has no attribute '{name}'")
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)
