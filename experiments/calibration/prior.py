"""Parameters that are estimated, as places in the unit cube of their prior."""

from __future__ import annotations

import numpy as np

from microdrama.model.arrays import Array

from ..design.priors import CALIBRATION

PRIOR = {factor.name: factor for factor in CALIBRATION}
NAMES = tuple(PRIOR)


def values(places: Array) -> list[dict[str, float]]:
    """Parameter sets at (n, parameters) places of the unit cube."""
    columns = {name: PRIOR[name].at(places[:, i]) for i, name in enumerate(NAMES)}
    return [{name: float(f"{column[row]:.6g}") for name, column in columns.items()} for row in range(len(places))]


def places(points: list[dict[str, float]]) -> Array:
    """(n, parameters) places in the unit cube of parameter sets."""
    return np.stack([PRIOR[name].place(np.array([point[name] for point in points])) for name in NAMES], axis=1)
