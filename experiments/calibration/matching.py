"""History matching: rule out what is implausible, wave by wave, and draw members from what is left.

A set of parameters is implausible if its second worst target lies more than three standard deviations outside its
interval (Vernon, Goldstein & Bower 2010); a target that no parameters reach rules nothing out, and is reported. Members
are drawn with the probability that a run of theirs meets the targets, each of which may be wrong with a small chance,
raised to a power below 1 that makes intervals cover synthetic truths as often as they say (:mod:`.recovery`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import qmc

from microdrama.model.arrays import Array

from ..outcomes.patterns import Pattern
from .emulator import Emulators, chance_inside, implausibility

CUTOFF = 3.0
WORST = 2
"""Which of the worst targets must be plausible: the second, so that one bad emulator rules nothing out."""
FEW = 20
WRONG = 0.05
"""Chance that a target says nothing about the world of the model."""


class Judged(NamedTuple):
    """Candidates and what emulators say of them."""

    places: Array
    implausible: Array
    """(n, targets)"""
    chance: Array
    """(n, targets)"""
    reachable: Array
    """(targets,) whether some candidate is plausible for it"""

    @property
    def worst(self) -> Array:
        """(n,) implausibility of the second worst of the targets that can be reached."""
        some = self.implausible[:, self.reachable]
        if some.shape[1] < WORST:
            return np.zeros(len(self.places))
        worst: Array = np.sort(some, axis=1)[:, -WORST]
        return worst

    @property
    def plausible(self) -> Array:
        """(n,) not ruled out."""
        return self.worst <= CUTOFF

    def weights(self, power: float) -> Array:
        """(n,) probabilities of being a member."""
        return weights(self.chance, power) * self.plausible


def alternatives(patterns: Sequence[Pattern]) -> list[list[int]]:
    """Rows of patterns that contradict each other, group by group."""
    names = dict.fromkeys(pattern.alternative for pattern in patterns if pattern.alternative)
    return [[row for row, pattern in enumerate(patterns) if pattern.alternative == name] for name in names]


def judge(emulators: Emulators, places: Array) -> Judged:
    """What emulators say of places."""
    mean, unsure = emulators.predict(places)
    found = implausibility(mean, unsure, emulators.noise, emulators.intervals)
    chance = chance_inside(mean, unsure, emulators.noise, emulators.intervals)
    for rows in alternatives([target.pattern for target in emulators.targets]):
        found[:, rows[0]], chance[:, rows[0]] = found[:, rows].min(axis=1), chance[:, rows].max(axis=1)
        found[:, rows[1:]], chance[:, rows[1:]] = 0.0, 1.0  # one of them is enough, and counts once
    return Judged(places, found, chance, found.min(axis=0) <= CUTOFF)


def weights(chance: Array, power: float) -> Array:
    """(n,) relative probability of parameters, from (n, targets) chances that a run meets each target."""
    log = power * np.log((1 - WRONG) * np.clip(chance, 0, 1) + WRONG).sum(axis=1)
    found: Array = np.exp(log - log.max())
    return found


def candidates(count: int, dimensions: int, seed: int, inside: Array | None = None) -> Array:
    """(n, dimensions) places spread evenly over the unit cube, or over a box a little wider than some places."""
    u: Array = qmc.Sobol(dimensions, rng=seed).random_base2(int(np.ceil(np.log2(count))))[:count]
    if inside is None or not len(inside):
        return u
    low, high = inside.min(axis=0), inside.max(axis=0)
    room = 0.05 * (high - low) + 0.01
    low, high = np.clip(low - room, 0, 1), np.clip(high + room, 0, 1)
    return low + (high - low) * u


def near(judged: Judged, count: int) -> Array:
    """Candidates spread over the box in which something is not ruled out (the best few if nothing is left)."""
    inside = judged.places[judged.plausible]
    if len(inside) < FEW:
        inside = judged.places[np.argsort(judged.worst)[:FEW]]
    return candidates(count, judged.places.shape[1], seed=13, inside=inside)


def draw(judged: Judged, count: int, power: float, rng: np.random.Generator) -> Array:
    """Rows of so many candidates, drawn by their weights, each at most once."""
    chance = judged.weights(power)
    if not chance.any():
        chance = weights(judged.chance, power)
    count = min(count, int(np.count_nonzero(chance)))
    return np.sort(rng.choice(len(chance), count, replace=False, p=chance / chance.sum()))


def next_wave(judged: Judged, count: int, power: float, rng: np.random.Generator) -> Array:
    """Rows for the next wave: half spread over what is not ruled out, half where members would be drawn."""
    members = draw(judged, count // 2, power, rng)
    rest = np.setdiff1d(np.flatnonzero(judged.plausible), members)
    more = rng.choice(rest, min(count - len(members), len(rest)), replace=False) if len(rest) else rest
    return np.sort(np.concatenate([members, more]))


def quantiles(values: Array, chance: Array, levels: tuple[float, ...]) -> Array:
    """(levels, columns) weighted quantiles of columns."""
    found = np.empty((len(levels), values.shape[1]))
    for i in range(values.shape[1]):
        order = np.argsort(values[:, i])
        running = np.cumsum(chance[order]) / chance.sum()
        found[:, i] = np.interp(levels, running, values[order, i])
    return found
