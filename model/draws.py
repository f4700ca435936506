"""Keyed (counter-based) random numbers.

A draw is a pure function of (seed, decision, month, slot, agent id). Nothing is ever consumed, so in a counterfactual
run the same agent gets the same draws, whoever else was born, died or moved. The mixer is SplitMix64's finaliser
(Steele, Lea & Flood 2014, doi:10.1145/2714064.2660195) with a 128-bit key, one word before and one inside the mix.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .arithmetic import log, normal_quantile
from .arrays import Array, rising
from .compiled import compiled

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


@compiled
def _mix(x):  # type: ignore[no-untyped-def]
    x = (x ^ (x >> _S30)) * _C1
    x = (x ^ (x >> _S27)) * _C2
    return x ^ (x >> _S31)


@compiled
def keys_of(seed, month, slot):  # type: ignore[no-untyped-def]
    """Two words of key, one for before and one for inside the mix."""
    k0 = _mix(seed + U64(month + 1) * _GOLD + _mix(U64(slot) * _C1))
    return k0, _mix(k0 + _GOLD)


@compiled
def number_of(k0, k1, agent):  # type: ignore[no-untyped-def]
    """The uniform number of an agent."""
    x = U64(agent) * _GOLD + k0
    x = (x ^ (x >> _S30)) * _C1 + k1
    x = (x ^ (x >> _S27)) * _C2
    x = x ^ (x >> _S31)
    # 52 bits plus one half is exact; with 53 the half rounds away and a draw can be 1.
    return (np.float64(x >> _S12) + 0.5) * 2.0**-52


@compiled
def uniforms(seed, month, slot, ids):  # type: ignore[no-untyped-def]
    """(ids,) uniform numbers of agents in a decision, whose seed :meth:`Draws.of` gives."""
    k0, k1 = keys_of(seed, month, slot)
    u = np.empty(len(ids))
    for i in range(len(ids)):
        u[i] = number_of(k0, k1, ids[i])
    return u


@compiled
def uniform_of(seed, month, slot, agent):  # type: ignore[no-untyped-def]
    """The uniform number of one agent."""
    k0, k1 = keys_of(seed, month, slot)
    return number_of(k0, k1, agent)


@compiled
def normals(seed, month, slot, ids):  # type: ignore[no-untyped-def]
    """The same of standard normal numbers, as of :meth:`Draw.normal`."""
    u = uniforms(seed, month, slot, ids)
    for i in range(len(u)):
        u[i] = normal_quantile(u[i])
    return u


@compiled
def gumbels(seed, month, slot, ids):  # type: ignore[no-untyped-def]
    """The same of standard Gumbel numbers, as of :meth:`Draw.gumbel`."""
    u = uniforms(seed, month, slot, ids)  # apart from the logarithms: several at once
    for i in range(len(u)):
        u[i] = -log(-log(u[i]))
    return u


@compiled
def _uniform(seed, month, slots, ids, out):  # type: ignore[no-untyped-def]
    """One row of uniform numbers for every slot."""
    for j in range(slots.size):
        k0, k1 = keys_of(seed, month, slots[j])
        for i in range(ids.size):
            out[j, i] = number_of(k0, k1, ids[i])


@compiled
def first_of_clocks(seed, month, ids, options, weight, which):  # type: ignore[no-untyped-def]
    """Multinomial logit by its random utility (McFadden 1974), taken as the first of exponential clocks.

    The lowest ``E weight``, E exponential, is the best ``value + Gumbel``: ``-ln E`` is the draw of :func:`gumbels`.

    Parameters
    ----------
    ids : (n,) who chooses
    options : (k,) slots of the options
    weight : (m, k) ``exp(best - value)`` for m kinds of choosers, values over the scale of the choice
    which : (n,) kind of each

    Returns
    -------
    (n,) positions of options
    """
    best, least, u = np.zeros(ids.size, np.int64), np.full(ids.size, np.inf), np.empty(ids.size)
    for j in range(options.size):
        k0, k1 = keys_of(seed, month, options[j])
        for i in range(ids.size):
            u[i] = number_of(k0, k1, ids[i])
        for i in range(ids.size):
            slower = weight[which[i], j]
            if (1 - u[i]) * slower < least[i]:  # -ln u is at least 1 - u: most need no logarithm
                clock = -log(u[i]) * slower
                if clock < least[i]:
                    least[i], best[i] = clock, j
    return best


@compiled
def draw_option(running, u):  # type: ignore[no-untyped-def]
    """Inverse of the cumulative distribution: the option drawn, given running sums of weights."""
    option = min(np.searchsorted(running, u * running[-1], side="right"), len(running) - 1)
    while option > 0 and running[option] == running[option - 1]:
        option -= 1  # rounded up to one, u lands beyond the last option with a weight
    return option


@compiled
def draw_by_weight(u, weights):  # type: ignore[no-untyped-def]
    """(n,) options drawn with probability proportional to their weight, from n uniform numbers; 0 without weights."""
    options = np.zeros(len(u), np.int64)
    if len(weights):
        running = np.cumsum(weights)
        for i in range(len(u)):
            options[i] = draw_option(running, u[i])
    return options


@compiled
def best_option(value, scale, gumbel):  # type: ignore[no-untyped-def]
    """Multinomial logit by its random utility: the best ``V / scale + Gumbel`` (McFadden 1974), all by option."""
    best, most = 0, -np.inf
    for option in range(len(value)):
        utility = value[option] / scale + gumbel[option]
        if utility > most:
            best, most = option, utility
    return best


@compiled
def shuffled(seed, month, ids, group, groups):  # type: ignore[no-untyped-def]
    """Positions by group, 24 random bits and position, and where groups begin.

    Counted into buckets of a group and the leading bits of the draw, one to two for every position, then sorted by
    insertion, which never leaves a bucket. A general sort is up to five times slower where numpy has no instructions
    for it, and a third faster where it has the newest.
    """
    k0, k1 = keys_of(seed, month, 0)
    leading = 0
    while groups << leading <= ids.size and leading < 24:
        leading += 1
    packed, order = np.empty(ids.size, np.int64), np.empty(ids.size, np.int64)
    begin, tail = np.zeros((groups << leading) + 1, np.int32), U64(48 - leading)
    for i in range(ids.size):
        packed[i] = (np.int64(group[i]) << 24 | np.int64(number_of(k0, k1, ids[i]) * 2.0**24)) << 24 | i
    for i in range(ids.size):
        begin[(U64(packed[i]) >> tail) + U64(1)] += 1
    for at in range(groups << leading):
        begin[at + 1] += begin[at]
    first = begin[:: 1 << leading].astype(np.int64)
    for i in range(ids.size):
        bucket = U64(packed[i]) >> tail
        order[U64(begin[bucket])] = packed[i]
        begin[bucket] += 1
    for i in range(1, ids.size):
        value, at = order[i], i
        while at > 0 and order[U64(at - 1)] > value:
            order[U64(at)] = order[U64(at - 1)]
            at -= 1
        order[U64(at)] = value
    for i in range(ids.size):
        order[i] &= 2**24 - 1
    return order, first


@compiled
def child_keys_of(parents, slots):  # type: ignore[no-untyped-def]
    keys = np.empty(parents.size, np.int64)
    for i in range(parents.size):
        x = U64(parents[i]) * _GOLD + (U64(slots[i]) + U64(1)) * _C2
        keys[i] = np.int64(_mix(x) >> U64(1))
    return keys


_SLOT_0 = np.zeros(1, np.int64)


class Draw(NamedTuple):
    """Draws of all agents in one decision of one month."""

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
        return normal_quantile(self.uniform(ids))

    def gumbel(self, ids: Array, slots: Array | None = None) -> Array:
        """Standard Gumbel draws, shape (ids,) or (ids, slots): taste shocks that make ``argmax`` a logit choice."""
        return -log(-log(self.uniform(ids, slots))).T

    def order(self, ids: Array) -> Array:
        """Positions in random order: who is served first."""
        return rising(self.uniform(ids))

    def shuffle(self, ids: Array, group: Array, groups: int) -> tuple[Array, Array]:
        """Positions group by group, each in random order (24 random bits, then position).

        Returns
        -------
        order : (ids,) positions
        first : (groups + 1,) where each group begins
        """
        seed = U64(self.seed_of_decision)
        order, first = shuffled(seed, self.month, np.ascontiguousarray(ids), group, groups)
        return order, first


class Draws:
    """``draws("relocation").happens(studios.id, 0.02)``: keyed draws of the current month."""

    def __init__(self, seed: int) -> None:
        self.seed, self.month = seed, -1
        self._seeds: dict[str, np.uint64] = {}

    def __call__(self, decision: str) -> Draw:
        return Draw(int(self.of(decision)), self.month)

    def of(self, decision: str) -> np.uint64:
        """Seed of a decision, for :func:`keys_of` in compiled loops."""
        if decision not in self._seeds:
            self._seeds[decision] = U64(mix(mix(self.seed + GOLD) ^ name_hash(decision)))
        return self._seeds[decision]

    def lasting(self, decision: str) -> Draw:
        """Draws that never change, such as an agent's tastes."""
        return Draw(self(decision).seed_of_decision, -1)


def child_keys(parents: Array, slots: Array) -> Array:
    """Keys of things an agent makes this month (its n-th project), mixed from its id and the slot: 63-bit integers."""
    return child_keys_of(np.ascontiguousarray(parents), np.ascontiguousarray(slots))
