"""Keyed (counter-based) random numbers.

A draw is a pure function of (seed, decision, month, slot, agent id). Nothing is ever consumed, so in a counterfactual
run the same agent meets the same luck, whoever else was born, died or moved. The mixer is SplitMix64's finaliser
(Steele, Lea & Flood 2014, doi:10.1145/2714064.2660195) with a 128-bit key, one word before and one inside the mix.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.special import ndtri

from .columns import Array

U64 = np.uint64
GOLD, C1, C2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
MASK = (1 << 64) - 1
_GOLD, _C1, _C2 = U64(GOLD), U64(C1), U64(C2)
_S12, _S27, _S30, _S31 = U64(12), U64(27), U64(30), U64(31)


def mix(x: int) -> int:
    """SplitMix64's finaliser on one integer."""
    x &= MASK
    x = ((x ^ (x >> 30)) * C1) & MASK
    x = ((x ^ (x >> 27)) * C2) & MASK
    return x ^ (x >> 31)


def name_hash(name: str) -> int:
    """FNV-1a: the same in every process, unlike ``hash``."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    return h


@njit(cache=True)
def _mix(x):  # type: ignore[no-untyped-def]
    x = (x ^ (x >> _S30)) * _C1
    x = (x ^ (x >> _S27)) * _C2
    return x ^ (x >> _S31)


@njit(cache=True)
def _uniform(seed, month, slots, ids, out):  # type: ignore[no-untyped-def]
    """One row of uniform numbers for every slot; two words of key, one before and one inside the mix."""
    for j in range(slots.size):
        k0 = _mix(seed + U64(month + 1) * _GOLD + _mix(U64(slots[j]) * _C1))
        k1 = _mix(k0 + _GOLD)
        for i in range(ids.size):
            x = U64(ids[i]) * _GOLD + k0
            x = (x ^ (x >> _S30)) * _C1 + k1
            x = (x ^ (x >> _S27)) * _C2
            x = x ^ (x >> _S31)
            # 52 bits plus one half is exact; with 53 the half rounds away and a draw can be 1.
            out[j, i] = (np.float64(x >> _S12) + 0.5) * 2.0**-52


_SLOT_0 = np.zeros(1, np.int64)


class Draw(NamedTuple):
    """Everybody's luck in one decision of one month."""

    seed_of_decision: int
    month: int

    def uniform(self, ids: Array, slots: Array | None = None) -> Array:
        """Uniform numbers in (0, 1), shape (ids,); with slots, shape (slots, ids).

        Slots tell apart several draws of one agent in one decision, such as the options to choose from.
        """
        which = _SLOT_0 if slots is None else slots
        out = np.empty((len(which), len(ids)))
        _uniform(U64(self.seed_of_decision), self.month, which, np.ascontiguousarray(ids), out)
        return out[0] if slots is None else out

    def happens(self, ids: Array, probability: float | Array) -> Array:
        """Whether an event of this probability happens to each."""
        return self.uniform(ids) < probability

    def normal(self, ids: Array) -> Array:
        """Standard normal draws, by inversion."""
        return ndtri(self.uniform(ids))

    def gumbel(self, ids: Array, slots: Array | None = None) -> Array:
        """Standard Gumbel draws, shape (ids,) or (ids, slots): taste shocks that make ``argmax`` a logit choice."""
        return -np.log(-np.log(self.uniform(ids, slots))).T

    def order(self, ids: Array) -> Array:
        """Positions in random order: who is served first."""
        return np.argsort(self.uniform(ids), kind="stable")


class Luck:
    """``luck("relocation").happens(studios.id, 0.02)``: keyed draws of the current month."""

    def __init__(self, seed: int) -> None:
        self.seed, self.month = seed, -1
        self._seeds: dict[str, int] = {}

    def __call__(self, decision: str) -> Draw:
        if decision not in self._seeds:
            self._seeds[decision] = mix(mix(self.seed + GOLD) ^ name_hash(decision))
        return Draw(self._seeds[decision], self.month)


def child_keys(parents: Array, slots: Array) -> Array:
    """Keys of things an agent makes this month (its n-th project), mixed from its id and the slot: 63-bit integers."""
    with np.errstate(over="ignore"):
        x = parents.astype(U64) * _GOLD + (slots.astype(U64) + U64(1)) * _C2
        x = (x ^ (x >> _S30)) * _C1
        x = (x ^ (x >> _S27)) * _C2
    return ((x ^ (x >> _S31)) >> U64(1)).astype(np.int64)
