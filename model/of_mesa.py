"""What the model takes from mesa, imported without pandas: mesa makes tables with it, a run does not."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """Stands for a package in a module that imported it, and loads it when something of it is first used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked of every module by who looks through them
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name)


@contextmanager
def later(name: str) -> Iterator[None]:
    """What imports this package meanwhile has it loaded later; others import it as ever."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = _Later(name)
    try:
        yield
    finally:
        del sys.modules[name]


with later("pandas"):
    import mesa
    from mesa.datacollection import DataCollector
    from mesa.discrete_space import Cell, OrthogonalMooreGrid

__all__ = ["Cell", "DataCollector", "OrthogonalMooreGrid", "mesa"]
