"""Investment funds (F1-F2)."""

from __future__ import annotations

import numpy as np

from ..columns import Array


def stake_bp(ticket: float, premoney_ratio: float) -> int:
    """(F1) Stake bought, in basis points: ``ticket / (ticket + value before)``."""
    return round(10_000 * ticket / (ticket * (1 + premoney_ratio)))


def funded(ranked_tickets: Array, capital: Array | int) -> Array:
    """(F1) Which of the tickets, best first, the capital reaches."""
    return np.cumsum(ranked_tickets) <= capital
