"""A finished run as outcomes read it: the focal city, columns of the panel, and what several outcomes share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.inputs.cities import Cities
from microdrama.model.region import last_observed

FOCAL = "zhengzhou"
"""City that outcomes look at unless another is named."""

YEAR = 12
"""Months at the end of a run over which outcomes are taken."""

WEIGHTS = {"studios": "studios", "shoot_days": "shooting days", "value_yuan": "value (fees and revenue shares)"}
"""Columns of the panel by which cities are compared, in words."""

WHEN = {"": ", last 12 months", "_observed": " under observed house prices, the last 12 months of them"}
"""Of when an outcome is: later house prices than those observed are extrapolated."""

WHERE = {"city": "focal city", "all": "all cities"}
"""Of what an outcome is, where there is one of the focal city and one of all cities."""


def focal_city(cities: Cities, city: str = "") -> str:
    """The city to look at: the one named, else Zhengzhou, else the first of the table."""
    if city:
        cities.index(city)
        return city
    return FOCAL if FOCAL in cities.slugs else cities.slugs[0]


class FinishedRun:
    """A run of at least one month, with what outcomes need of it computed once.

    Parameters
    ----------
    economy : MicroDramaEconomy
    city : str
        Focal city, see :func:`focal_city`.

    Attributes
    ----------
    row : int
        Row of the focal city.
    """

    def __init__(self, economy: MicroDramaEconomy, city: str = "") -> None:
        self.economy, self.city = economy, focal_city(economy.cities, city)
        self.slugs, self.row = economy.cities.slugs, economy.cities.index(self.city)
        self._columns: dict[str, Array] = {}
        self._shared: dict[Callable[[FinishedRun], Any], Any] = {}

    def column(self, name: str) -> Array:
        """(months, cities) a column of the panel."""
        if name not in self._columns:
            self._columns[name] = self.economy.panel.array(name)
        return self._columns[name]

    def last_year(self, name: str) -> Array:
        """(at most 12, cities) the last months of a column of the panel."""
        return self.year(name, "")

    def year(self, name: str, when: str) -> Array:
        """(at most 12, cities) months of a column of the panel, of when :data:`WHEN` says."""
        months = self.column(name)
        return (months[: last_observed(self.economy.cities) + 1] if when else months)[-YEAR:]

    def once[T](self, compute: Callable[[FinishedRun], T]) -> T:
        """What a function computes from this run, computed when first needed."""
        if compute not in self._shared:
            self._shared[compute] = compute(self)
        return self._shared[compute]

    def of(self, where: str, by_city: Array) -> float:
        """The focal city's part of a sum over cities, or all of it (:data:`WHERE`)."""
        return by_city[self.row] if where == "city" else by_city.sum()

    def ratio(self, where: str, above: Array, below: Array) -> float:
        """Ratio of two sums over cities, of the focal city or of all (:data:`WHERE`)."""
        return ratio(self.of(where, above), self.of(where, below))


def ratio(above: Any, below: Any) -> float:
    """A ratio; nan over nothing."""
    return float(above / below) if below else np.nan
