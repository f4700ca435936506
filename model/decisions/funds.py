"""Investment funds (F1-F2)."""

from __future__ import annotations


def stake_bp(ticket: float, premoney_ratio: float) -> int:
    """(F1) Stake bought, in basis points: ``ticket / (ticket + value before)``."""
    return round(10_000 * ticket / (ticket * (1 + premoney_ratio)))


def diluted(stake: int, bought: int) -> int:
    """(F1) What is left of an older stake, in basis points, once a new one is bought."""
    return stake * (10_000 - bought) // 10_000
