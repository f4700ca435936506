"""What the model takes from mesa and scipy, without what they make tables, networks and distances with: runs do not."""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """Stands for a package in a module that imported it, and loads it when something of it is first used.

    What is taken from it while it is not yet ``known`` what it has is a function that does so when it is called.
    """

    known = False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked of every module by who looks through them
            raise AttributeError(name)

        def found(*given: Any, **named: Any) -> Any:
            return getattr(import_module(self.__name__), name)(*given, **named)

        return getattr(import_module(self.__name__), name) if self.known else found


@contextmanager
def later(*names: str) -> Iterator[None]:
    """What imports these packages meanwhile has them loaded later; others import them as ever."""
    stand_ins = {name: _Later(name) for name in names if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, module in stand_ins.items():
            del sys.modules[name]
            module.known = True


@contextmanager
def near() -> Iterator[None]:
    """Who asks for the stack of calls gets the last two: mesa asks twice, to name its loggers, and reads sources."""
    whole = inspect.getouterframes

    def last_two(frame: Any, context: int = 1) -> Any:
        return [(each, each.f_code.co_filename, each.f_lineno, each.f_code.co_name) for each in (frame, frame.f_back)]

    inspect.getouterframes = last_two
    try:
        yield
    finally:
        inspect.getouterframes = whole


with later("pandas", "networkx", "scipy.spatial", "scipy.spatial.distance", "scipy.sparse.linalg"), near():
    import mesa
    from mesa.datacollection import DataCollector
    from mesa.discrete_space import Cell, OrthogonalMooreGrid
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

__all__ = ["Cell", "DataCollector", "OrthogonalMooreGrid", "csr_array", "mesa", "min_weight_full_bipartite_matching"]
