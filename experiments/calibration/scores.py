"""How well fitted worlds predict targets that were left out of the fit, block by block.

The chance a world gives to a target is that of one run with parameters drawn from its posterior of all targets fitted
but those of the target's block. The score is the mean of its logarithm over targets (Gneiting & Raftery 2007,
doi:10.1198/016214506000001437): what a world says of what it has not seen, parameters paid for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from microdrama.model.arrays import Array

from ..analysis.contrast import Contrast, of_members
from ..outcomes.patterns import Pattern
from .emulator import Emulators, chance_inside
from .matching import candidates, weights

GRID = 4096
"""Parameter sets over which chances are averaged."""
SAYS_NOTHING = 0.04
"""Share of records that say nothing of the trade: a chance is never nearer to 0 or 1 than half of it."""


class Unit(NamedTuple):
    """A target, or sources that contradict each other, which count as one."""

    name: str
    block: str
    rows: tuple[int, ...]


def units(patterns: Sequence[Pattern]) -> list[Unit]:
    """What counts, in the order of the table."""
    found: dict[str, list[int]] = {}
    for row, pattern in enumerate(patterns):
        found.setdefault(pattern.alternative or pattern.name, []).append(row)
    return [Unit(name, patterns[rows[0]].block, tuple(rows)) for name, rows in found.items()]


class Score(NamedTuple):
    """Chances of the targets in a world: (units,) each."""

    before: Array
    """Of a run with parameters from the prior."""
    left_out: Array
    """Of one with parameters fitted to the other blocks."""
    fitted: Array
    """Of one with parameters fitted to all."""

    @property
    def logs(self) -> Array:
        """(units,) logarithms of the chances left out."""
        found: Array = np.log(_never_sure(self.left_out))
        return found


def _never_sure(chance: Array) -> Array:
    return (1 - SAYS_NOTHING) * chance + SAYS_NOTHING / 2


def score(emulators: Emulators, patterns: Sequence[Pattern], power: float) -> Score:
    """Chances of all patterns that were emulated; those in use for the fit decide on parameters."""
    mean, unsure = emulators.predict(candidates(GRID, emulators.dimensions, seed=17))
    each = chance_inside(mean, unsure, emulators.noise, emulators.intervals)
    every = units(patterns)
    chance = np.stack([each[:, unit.rows].max(axis=1) for unit in every], axis=1)
    fitted = np.array([any(patterns[row].use == "fit" for row in unit.rows) for unit in every])
    blocks = np.array([unit.block for unit in every])
    left_out = np.empty(len(every))
    for block in dict.fromkeys(blocks):
        own = blocks == block
        left_out[own] = _mean(chance[:, own], weights(chance[:, fitted & ~own], power))
    return Score(chance.mean(axis=0), left_out, _mean(chance, weights(chance[:, fitted], power)))


def _mean(chance: Array, weight: Array) -> Array:
    found: Array = np.average(chance, axis=0, weights=weight)
    return found


def together(scores: Sequence[Score]) -> Score:
    """Of a run of any of some worlds, each as likely."""
    return Score(*(np.mean(part, axis=0) for part in zip(*scores, strict=True)))


def difference(world: Score, model: Score, every: Sequence[Unit]) -> Contrast:
    """Of a world's score from the model's, mean over targets, with the 95 % interval: blocks are clusters."""
    blocks = [*dict.fromkeys(unit.block for unit in every)]
    return of_members(world.logs - model.logs, [blocks.index(unit.block) for unit in every])
