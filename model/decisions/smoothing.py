"""Recent values: how a statistic that agents watch takes up the latest month."""

from __future__ import annotations

from typing import Any

from ..arrays import Array

Number = float | Array


def smoothed(past: Number, latest: Number, weight: float) -> Any:
    """Exponential smoothing: ``(1 - weight) past + weight latest``."""
    return (1 - weight) * past + weight * latest
