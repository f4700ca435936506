"""Priors: where parameters may lie before the data are seen; rows of ``evidence/priors.csv``, each with a reason."""

from __future__ import annotations

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
