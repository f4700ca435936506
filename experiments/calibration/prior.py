"""Parameters that are estimated, and where they may lie before the data are seen."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from microdrama.model.arrays import Array


class Range(NamedTuple):
    """Uniform between two ends, or uniform in logs."""

    low: float
    high: float
    log: bool
    reason: str

    def at(self, u: Array) -> Array:
        """Values at places between 0 and 1."""
        if self.log:
            return self.low * (self.high / self.low) ** u
        return self.low + (self.high - self.low) * u

    def place(self, value: Array | float) -> Array:
        """Places of values."""
        value = np.asarray(value, float)
        if self.log:
            return np.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


PRIOR: dict[str, Range] = {
    "agglomeration_scale": Range(0.0, 3.0, False, "none to three times the weights the literature suggests"),
    "location_scale": Range(0.05, 0.5, True, "cost elasticities of 2 to 20 (star scientists, film incentives)"),
    "entry_rate": Range(0.2, 4.0, True, "no source: twenty to one"),
    "away_cost": Range(0.0, 0.6, False, "nothing to half of the cost of a series"),
    "content_share_paid": Range(0.1, 0.2, False, "at most what buying traffic leaves (F054), at least half of it"),
    "content_share_ad": Range(0.1, 0.35, False, "no source: as little as where viewers pay, to twice as much"),
    "conversion_rate": Range(0.002, 0.05, True, "no source: twenty-five to one"),
    "crisis_demand_elasticity": Range(0.3, 2.5, True, "demand for space reacts less or more than house prices"),
}
"""Estimated parameters, at most eight; the others are pinned or swept."""

NAMES = tuple(PRIOR)


def values(places: Array) -> list[dict[str, float]]:
    """Parameter sets at (n, parameters) places of the unit cube."""
    columns = {name: PRIOR[name].at(places[:, i]) for i, name in enumerate(NAMES)}
    return [{name: float(f"{column[row]:.6g}") for name, column in columns.items()} for row in range(len(places))]


def places(points: list[dict[str, float]]) -> Array:
    """(n, parameters) places in the unit cube of parameter sets."""
    return np.stack([PRIOR[name].place(np.array([point[name] for point in points])) for name in NAMES], axis=1)
