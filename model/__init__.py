"""Agent-based model of a regional micro-drama economy.

>>> from microdrama.model import MicroDramaEconomy, Studio
>>> economy = MicroDramaEconomy("baseline", rng=1, scale=0.02)
>>> economy.run_for(6)
>>> studio = economy.agents_by_type[Studio][0]

Names are imported when first used, so that ``import microdrama.model`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .accounts.balance import balance_sheets
    from .accounts.ledger import FLOWS, SECTORS, LedgerError
    from .agglomeration import NetAgglomeration, net_agglomeration
    from .economy import PHASES, MicroDramaEconomy
    from .errors import InputError
    from .inputs.parameters import PARAMETERS, Parameters, make_parameters
    from .inputs.scenario import Scenario, load_scenario, shipped_scenarios
    from .populations.views import Actor, CityOfficial, FilmBase, InvestmentFund, Platform, Publisher, Studio

_HOMES = {
    "Actor": "populations.views",
    "CityOfficial": "populations.views",
    "FilmBase": "populations.views",
    "InvestmentFund": "populations.views",
    "Platform": "populations.views",
    "Publisher": "populations.views",
    "Studio": "populations.views",
    "NetAgglomeration": "agglomeration",
    "net_agglomeration": "agglomeration",
    "balance_sheets": "accounts.balance",
    "MicroDramaEconomy": "economy",
    "PHASES": "economy",
    "InputError": "errors",
    "FLOWS": "accounts.ledger",
    "SECTORS": "accounts.ledger",
    "LedgerError": "accounts.ledger",
    "PARAMETERS": "inputs.parameters",
    "Parameters": "inputs.parameters",
    "make_parameters": "inputs.parameters",
    "Scenario": "inputs.scenario",
    "load_scenario": "inputs.scenario",
    "shipped_scenarios": "inputs.scenario",
}

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
        raise AttributeError(f"module 'microdrama.model' has no attribute '{name}'")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
