"""Priors: where parameters may lie before the data are seen; rows of ``evidence/priors.csv``, each with a reason."""

from __future__ import annotations

import numpy as np

from microdrama.model.arrays import Array

from ..files import shipped_rows
from .samplers import Factor


def _prior(name: str) -> tuple[Factor, ...]:
    return tuple(
        Factor(row["parameter"], (), float(row["low"]), float(row["high"]), row["log"] == "yes", row["reason"])
        for row in shipped_rows("evidence/priors.csv")
        if row["prior"] == name
    )


ENSEMBLE = _prior("ensemble")
"""Of the prior ensemble: what is assumed or estimated and matters, and is no lever of a study."""
CALIBRATION = _prior("calibration")
"""Of the calibration: parameters that are estimated, at most eight; the others are pinned or swept."""
UNFITTED = _prior("unfitted")
"""What the targets of the calibration say nothing of: members have a value drawn from its range."""
PRIOR = {factor.name: factor for factor in CALIBRATION}
NAMES = tuple(PRIOR)


def values(places: Array) -> list[dict[str, float]]:
    """Parameter sets at (n, parameters) places in the unit cube of the calibration's prior."""
    columns = {name: PRIOR[name].at(places[:, i]) for i, name in enumerate(NAMES)}
    return [{name: float(f"{column[row]:.6g}") for name, column in columns.items()} for row in range(len(places))]


def places(points: list[dict[str, float]]) -> Array:
    """(n, parameters) places in the unit cube of parameter sets."""
    return np.stack([PRIOR[name].place(np.array([point[name] for point in points])) for name in NAMES], axis=1)
