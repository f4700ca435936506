"""Simulate and recover: whether the method finds parameters that are known as often as its intervals say.

Every truth is a point that was run. One of its runs plays the data: each target has an interval as wide as the real
one, laid over what the run says at random. Emulators that have not seen the point must then find its parameters again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from microdrama.model.arrays import Array

from ..outcomes.patterns import Pattern
from .emulator import Emulators, chance_inside
from .matching import candidates, quantiles, weights

POWERS = (1.0, 0.8, 0.65, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1)
FOLDS = 5
NOMINAL = 0.9
CANDIDATES = 4096


class Recovery(NamedTuple):
    """How often 90 % intervals cover the truth."""

    power: float
    """Highest power of the likelihood whose intervals cover at least as often as they say."""
    truths: int
    coverage: Array
    """(powers, parameters)"""
    width: Array
    """(powers, parameters) mean width of intervals over that of the prior's"""
    truth: Array
    """(truths, parameters) places"""
    found: Array
    """(truths, 3, parameters) 5 %, 50 % and 95 % quantiles at the chosen power"""


def recover(
    patterns: Sequence[Pattern], places: Array, runs: Array, emulators: Emulators, rng: np.random.Generator
) -> Recovery:
    """Coverage of intervals on synthetic truths, each left out by the emulators that look for it.

    Parameters
    ----------
    places : (points, parameters) array
    runs : (points, seeds, targets) array
    emulators : Emulators
        Fitted to all of them: their length scales are used.
    """
    fold = rng.permutation(len(places)) % FOLDS
    grid = candidates(CANDIDATES, places.shape[1], seed=7)
    low, high = emulators.intervals.T
    widths = np.where(np.isfinite(high - low), high - low, np.inf)
    whether = np.array([target.whether for target in emulators.targets])
    levels = (0.5 - NOMINAL / 2, 0.5, 0.5 + NOMINAL / 2)
    found: list[list[Array]] = []
    truth: list[Array] = []
    for part in range(FOLDS):
        left, out = fold != part, np.flatnonzero(fold == part)
        learnt = Emulators(patterns, places[left], runs[left], like=emulators)
        mean, unsure = learnt.predict(grid)
        for point in out:
            seen = np.array([t.scaled(runs[point, 0, i]) for i, t in enumerate(learnt.targets)])
            known = np.isfinite(seen)
            start = np.where(known, seen, 0) - rng.random(len(seen)) * np.where(np.isfinite(widths), widths, 0)
            ends = np.stack([start, start + widths], axis=1)
            ends[~known] = -np.inf, np.inf
            ends[whether] = np.where(seen[whether, None] > 0.5, (0.5, np.inf), (-np.inf, 0.5))
            chance = chance_inside(mean, unsure, learnt.noise, ends)
            found.append([quantiles(grid, weights(chance, power), levels) for power in POWERS])
            truth.append(places[point])
    all_found: Array = np.array(found)
    all_truth: Array = np.array(truth)
    covered = (all_found[:, :, 0] <= all_truth[:, None]) & (all_truth[:, None] <= all_found[:, :, 2])
    coverage = covered.mean(axis=0)
    good = [i for i in range(len(POWERS)) if coverage[i].mean() >= NOMINAL]
    chosen = good[0] if good else len(POWERS) - 1
    width = (all_found[:, :, 2] - all_found[:, :, 0]).mean(axis=0) / NOMINAL
    return Recovery(POWERS[chosen], len(all_truth), coverage, width, all_truth, all_found[:, chosen])
