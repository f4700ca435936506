"""Investment funds (F1-F2)."""

from __future__ import annotations

import numpy as np

from ..arithmetic import power
from ..arrays import Array

Number = float | Array


def capital_raised(usual: Number, invested: Number, returned: Number, written_off: Number, weight: float) -> Number:
    """(F1) Capital that investors give: ``usual min(1, V / I)^weight``, V what came back and is not written off."""
    none = invested <= 0
    over = (returned + invested - written_off) * (1 - none) / np.maximum(invested, 1) + none
    return usual * power(np.minimum(over, 1), weight)


def stake_bp(ticket: float, premoney_ratio: float) -> int:
    """(F1) Stake bought, in basis points: ``ticket / (ticket + value before)``."""
    return round(10_000 * ticket / (ticket * (1 + premoney_ratio)))


def diluted(stake: int, bought: int) -> int:
    """(F1) What is left of an older stake, in basis points, once a new one is bought."""
    return stake * (10_000 - bought) // 10_000
