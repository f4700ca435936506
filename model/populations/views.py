"""The economy as Mesa sees it: genuine agents that are thin views on the rows of a population.

A view is made when somebody asks for it (``model.agents``, ``model.agents_by_type[Studio]``), stays the same object
while its row lives, and raises AgentGone once its row has died.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from ..accounts.ledger import yuan
from ..calendar import month_name
from ..categories import MODES, ROLES
from ..errors import InputError, meant
from ..of_mesa import Cell, OrthogonalMooreGrid, mesa
from ..state import State
from .table import Table


class AgentGone(LookupError):  # noqa: N818 - it is news, not a fault
    """The agent whose view this is no longer exists."""


class View(mesa.Agent):
    """A Mesa agent that reads and writes one row of a population."""

    tables: ClassVar[tuple[str, ...]]
    """Names of the populations on the model whose rows these agents are."""
    model: State

    def __init__(self, model: State, table: Table, key: int) -> None:
        super().__init__(model)
        self.table = table
        self.key = key
        """Stable id; the same agent has the same key in every scenario with the same seed."""

    @property
    def row(self) -> int:
        """Row in the population's columns."""
        try:
            return self.table.row(self.key)
        except KeyError:
            raise AgentGone(f"{type(self).__name__} {self.key} no longer exists (it closed or left)") from None

    @property
    def alive(self) -> bool:
        """Whether the agent still lives."""
        return bool(self.table.rows(np.array([self.key]))[0] >= 0)

    def __getattr__(self, name: str) -> Any:
        """Any column of the population, by name."""
        if name.startswith("_") or name in ("table", "key") or name not in self.table.columns():
            known = [] if name.startswith("_") or name in ("table", "key") else self.table.columns()
            raise AttributeError(f"{type(self).__name__} has no attribute '{name}'{meant(name, known)}")
        value = getattr(self.table, name)[self.row]
        return value.item() if np.ndim(value) == 0 else value

    def __setattr__(self, name: str, value: Any) -> None:
        table = self.__dict__.get("table")
        if table is None or name in self.__dict__ or name.startswith("_") or name == "key" or hasattr(type(self), name):
            super().__setattr__(name, value)
            return
        spec = table.columns().get(name)
        if spec is None:
            known = [*table.columns(), *(word for word in vars(type(self)) if not word.startswith("_"))]
            if slip := meant(name, known):
                raise AttributeError(f"{type(self).__name__} has no attribute '{name}'{slip}")
            super().__setattr__(name, value)  # a note of the user's own
            return
        if spec.locked:
            raise AttributeError(f"{name} is moved by the ledger only: use model.ledger.pay(...)")
        if problem := spec.problem(value):
            raise InputError(f"{type(self).__name__}.{name} = {value!r}: {problem}")
        getattr(table, name)[self.row] = value

    def remove(self) -> None:
        """Refused: who leaves is decided by the economy, and the view then vanishes by itself."""
        raise InputError(f"a {type(self).__name__} is a row of its population and cannot be removed by its view")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.table.columns()]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key}{'' if self.alive else ' (gone)'}>"

    @property
    def cash_yuan(self) -> float:
        """Deposits, yuan."""
        return float(yuan(self.table.cash_fen[self.row]))  # type: ignore[attr-defined]


class InCity:
    """An agent that is in a city."""

    @property
    def city(self) -> str | None:
        """Slug of the city, None for an agent that is in none of the table's cities."""
        at = int(self.table.city[self.row])  # type: ignore[attr-defined]
        return self.model.cities.slugs[at] if at >= 0 else None  # type: ignore[attr-defined]

    @city.setter
    def city(self, slug: str) -> None:
        self.table.city[self.row] = self.model.cities.index(slug)  # type: ignore[attr-defined]


class OnGrid(InCity):
    """An agent with an address; one that is given a city moves into its middle."""

    @property
    def cell(self) -> Cell:
        """Cell of the grid the agent is in."""
        return self.model.grid.cell_of(int(self.table.cell[self.row]))  # type: ignore[attr-defined]

    @property
    def city(self) -> str | None:
        """Slug of the city."""
        return super().city

    @city.setter
    def city(self, slug: str) -> None:
        city, region = self.model.cities.index(slug), self.model.region  # type: ignore[attr-defined]
        inside = slice(region.first[city], region.first[city + 1])
        self.table.city[self.row] = city  # type: ignore[attr-defined]
        self.table.cell[self.row] = region.first[city] + int(region.distance_km[inside].argmin())  # type: ignore


class Studio(OnGrid, View):
    """A production company."""

    tables = ("studios",)

    @property
    def founded(self) -> str:
        """Month of foundation, ``'before 2021'`` for the first ones."""
        born = int(self.table.born[self.row])
        return month_name(born) if born >= 0 else "before 2021"


class Actor(InCity, View):
    """A member of the cast or crew."""

    tables = ("actors",)

    @property
    def role_name(self) -> str:
        """Extra, crew, actor or lead."""
        return ROLES[int(self.table.role[self.row])]  # type: ignore[attr-defined]


class FilmBase(OnGrid, View):
    """A film base."""

    tables = ("bases",)


class CityOfficial(View):
    """The officials of one city: treasury and instruments."""

    tables = ("officials",)

    @property
    def city(self) -> str:
        """Slug of the city."""
        return self.model.cities.slugs[self.row]


class Platform(InCity, View):
    """An app that shows micro-dramas."""

    tables = ("platforms",)

    @property
    def mode_name(self) -> str:
        """Paid, ad or overseas."""
        return MODES[int(self.table.mode[self.row])]  # type: ignore[attr-defined]


class Publisher(View):
    """The web-fiction publishers of one city."""

    tables = ("publishers",)

    @property
    def city(self) -> str:
        """Slug of the city."""
        return self.model.cities.slugs[self.row]


class InvestmentFund(InCity, View):
    """An investment fund."""

    tables = ("private_funds", "state_funds")

    @property
    def is_state(self) -> bool:
        """Whether a city owns it."""
        return self.table.sector == "SF"


VIEWS: tuple[type[View], ...] = (Studio, Actor, Platform, CityOfficial, InvestmentFund, FilmBase, Publisher)
"""Classes of agents."""


class AgentSets(Mapping[type, Any]):
    """``model.agents_by_type``: Mesa's agent sets, made and brought up to date when a class is asked for."""

    def __init__(self, model: Any) -> None:
        self._model = model
        """A :class:`State` that is also a Mesa model."""
        self._made: dict[tuple[str, int], View] = {}
        self._seen: dict[str, int] = {}
        self._grid: RegionGrid | None = None

    def __iter__(self) -> Iterator[type]:
        return iter([*VIEWS, *(kind for kind in self._model._agents_by_type if kind not in VIEWS)])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __getitem__(self, kind: type) -> Any:
        if kind not in list(self):
            raise KeyError(f"{kind!r}; the classes of agents are {', '.join(each.__name__ for each in self)}")
        for name in kind.tables if issubclass(kind, View) else ():
            self._update(kind, name)
        return self.of(kind)

    def of(self, kind: type) -> Any:
        """Mesa's set of the agents of a class as it stands, an empty one if there is none yet."""
        sets = self._model._agents_by_type
        if kind not in sets:
            sets[kind] = type(self._model._all_agents)([], random=self._model.random)
        return sets[kind]

    def all(self) -> Any:
        """All agents, those of every class made and up to date."""
        for kind in VIEWS:
            self[kind]
        return self._model._all_agents

    def view(self, kind: type[View], table: str, row: int) -> View:
        """The view on one row."""
        self._update(kind, table)
        return self._made[table, int(getattr(self._model, table).id[row])]

    def _update(self, kind: type[View], name: str) -> None:
        table: Table = getattr(self._model, name)
        if self._seen.get(name) == table.changes:
            return
        self._seen[name] = table.changes
        living = set(table.id.tolist())
        for key in [k for k in self._made if k[0] == name and k[1] not in living]:
            mesa.Agent.remove(self._made.pop(key))
        for key in table.id.tolist():
            if (name, key) not in self._made:
                self._made[name, key] = kind(self._model, table, key)

    @property
    def grid(self) -> RegionGrid:
        """The region's grid."""
        if self._grid is None:
            self._grid = RegionGrid(self._model)
        return self._grid


class RegionCell(Cell):
    """A cell of the lattice; outside the cities it is empty land."""

    economy: Any
    """The Mesa model, a :class:`State`."""
    number = -1
    """Number of the cell in ``model.region``, -1 outside the cities."""

    @property
    def city(self) -> str | None:
        """Slug of the city, None outside."""
        return self.economy.cities.slugs[self._read("city")] if self.number >= 0 else None

    @property
    def rent_yuan_m2_month(self) -> float:
        """Office rent."""
        return float(self._read("rent"))

    @property
    def vacancy_rate(self) -> float:
        """Office vacancy."""
        return float(self._read("vacancy"))

    @property
    def agents(self) -> list[Any]:
        """Studios and film bases with an address in the cell."""
        model, found = self.economy, []
        for kind, name in ((Studio, "studios"), (FilmBase, "bases")):
            for row in np.flatnonzero(getattr(model, name).cell == self.number):
                found.append(model.agents_by_type.view(kind, name, int(row)))
        return found

    @property
    def is_empty(self) -> bool:
        """Whether nobody has an address here."""
        return not self.agents

    def _read(self, name: str) -> Any:
        if self.number < 0:
            raise LookupError(f"cell {self.coordinate} lies outside the cities")
        return operator.attrgetter(name)(self.economy.region)[self.number]


class RegionGrid(OrthogonalMooreGrid):
    """The region as a Mesa grid whose cells read the region's arrays."""

    def __init__(self, model: Any) -> None:
        region = model.region
        super().__init__((region.width, region.height), random=model.random, cell_klass=RegionCell)
        self._by_number = [self[int(x), int(y)] for x, y in zip(region.x, region.y, strict=True)]
        for cell in self.all_cells:
            cell.economy = model
        for number, cell in enumerate(self._by_number):
            cell.number = number

    def cell_of(self, number: int) -> RegionCell:
        """Cell by its number in ``model.region``."""
        return self._by_number[number]
