"""Designs of experiments: the points at which a study looks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.errors import need

SAMPLERS = {
    "factorial": "every combination of the values of all factors",
    "one_at_a_time": "the first value of every factor, then each other value alone",
    "latin_hypercube": "a space-filling sample of `size` points",
    "sobol": "the first `size` points of a scrambled Sobol sequence (a power of two)",
    "saltelli": "for Sobol indices: `size` (a power of two) times the number of factors and two points",
    "morris": "for elementary effects: `size` trajectories of one point more than there are factors",
    "points": "the rows of a CSV `file` with a column for each factor, or a list of tables, `points`",
}
SAMPLED = ("latin_hypercube", "sobol", "saltelli", "morris")
"""Designs of places in the unit cube, which ranges stretch to values."""

LEVELS = 4
"""Levels of each factor of a Morris design."""


@dataclass(frozen=True)
class Factor:
    """What varies: its values, or a range (uniform, or uniform in logs)."""

    name: str
    values: tuple[Any, ...] = ()
    low: float = math.nan
    high: float = math.nan
    log: bool = False
    reason: str = ""
    """Why the range ends where it does, of a prior."""

    def at(self, u: Any) -> Any:
        """Its value at a place between 0 and 1, or of a range its values at an array of places."""
        if self.values:
            return self.values[min(int(u * len(self.values)), len(self.values) - 1)]
        value = self.low * (self.high / self.low) ** u if self.log else self.low + (self.high - self.low) * u
        return value if np.ndim(value) else float(value)

    def place(self, value: Array | float) -> Array:
        """Places of values of a range."""
        value = np.asarray(value, float)
        if self.log:
            return np.asarray(np.log(value / self.low) / math.log(self.high / self.low))
        return (value - self.low) / (self.high - self.low)


def problem(factors: Sequence[Factor]) -> dict[str, Any]:
    """The factors as SALib wants them: analyse the places (:func:`places`), not the values that ranges make of them."""
    return {"num_vars": len(factors), "names": [f.name for f in factors], "bounds": [[0, 1]] * len(factors)}


def places(sampler: str, factors: Sequence[Factor], size: int, seed: int) -> Array:
    """(points, factors) places in the unit cube of a sampled design; the same for the same seed.

    Raises
    ------
    InputError
        If the design needs SALib and it is not installed.
    """
    if sampler in ("latin_hypercube", "sobol"):
        from scipy.stats import qmc

        kind = qmc.LatinHypercube if sampler == "latin_hypercube" else qmc.Sobol
        found: Array = kind(len(factors), rng=seed).random(size)
        return found
    need("SALib", f"the sampler '{sampler}' needs SALib", "sensitivity")
    from SALib.sample import morris
    from SALib.sample import sobol as saltelli

    if sampler == "saltelli":
        return np.asarray(saltelli.sample(problem(factors), size, calc_second_order=False, seed=seed))
    return np.asarray(morris.sample(problem(factors), size, num_levels=LEVELS, seed=seed))


def points(sampler: str, factors: Sequence[Factor], size: int, seed: int) -> list[dict[str, Any]]:
    """Values of the factors, point by point."""
    names = [f.name for f in factors]
    if sampler == "factorial":
        return [dict(zip(names, chosen)) for chosen in itertools.product(*(f.values for f in factors))]
    if sampler == "one_at_a_time":
        usual = {f.name: f.values[0] for f in factors}
        return [usual, *(usual | {f.name: value} for f in factors for value in f.values[1:])]
    return [{f.name: f.at(u) for f, u in zip(factors, row)} for row in places(sampler, factors, size, seed)]


def half(points: Sequence[Mapping[str, Any]], factors: Sequence[Factor]) -> list[dict[str, Any]]:
    """Points with an even number of second values in factors of two values each.

    The regular half of a two-level design with the product of all k factors as its defining relation has resolution k:
    a main effect is confounded with interactions of k - 1 factors, a pair with those of k - 2 (Box & Hunter 1961,
    doi:10.1080/00401706.1961.10489951).

    >>> [p["a"] + p["b"] for p in half([{"a": a, "b": b} for a in "12" for b in "12"],
    ...                                [Factor("a", ("1", "2")), Factor("b", ("1", "2"))])]
    ['11', '22']
    """
    return [dict(p) for p in points if not sum(p[f.name] == f.values[1] for f in factors) % 2]


def columns(points: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, list[Any]]:
    """The design as columns of a table: numbers stay numbers, switches become 0 and 1; a factor with words is text."""

    def cell(value: Any) -> Any:
        return float(value) if isinstance(value, bool | int | float | np.bool_) else str(value)

    table = {name: [cell(point[name]) for point in points] for name in names}
    return {
        name: list(map(str, column)) if any(isinstance(v, str) for v in column) else column
        for name, column in table.items()
    }
