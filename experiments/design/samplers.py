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

from .fields import is_number

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
RANGES = {
    "uniform": "{ low = ..., high = ... }",
    "uniform in logs": "{ low = ..., high = ..., log = true }",
    "triangular": "{ low = ..., mode = ..., high = ... }",
    "normal, cut at both ends": "{ mean = ..., sd = ..., low = ..., high = ... }",
    "a choice": "[..., ...]",
    "a choice by weights": "{ values = [..., ...], weights = [..., ...] }",
}
"""Distributions of what is sampled, as a file says them."""


@dataclass(frozen=True)
class Factor:
    """What varies: its values, or a range with a distribution (:data:`RANGES`)."""

    name: str
    values: tuple[Any, ...] = ()
    low: float = math.nan
    high: float = math.nan
    log: bool = False
    reason: str = ""
    """Why the range ends where it does, of a prior."""
    mode: float = math.nan
    mean: float = math.nan
    sd: float = math.nan
    weights: tuple[float, ...] = ()
    """Of the values, alike if left out."""

    def at(self, u: Any) -> Any:
        """Its value at a place between 0 and 1, or of a range its values at an array of places.

        >>> [Factor("share", low=0, mode=0.5, high=1).at(u) for u in (0, 0.125, 0.5, 1)]
        [0.0, 0.25, 0.5, 1.0]
        >>> round(Factor("share", low=0, high=1, mean=0.5, sd=0.1).at(0.841345), 3)
        0.6
        >>> Factor("share", ("a", "b"), weights=(3, 1)).at(0.7)
        'a'
        """
        if self.values:
            ends = np.cumsum(self.weights or np.ones(len(self.values)))
            place = u * len(self.values) if not self.weights else np.searchsorted(ends, u * ends[-1], "right")
            return self.values[min(int(place), len(self.values) - 1)]
        value = self._within(u)
        return value if np.ndim(value) else float(value)

    def _within(self, u: Any) -> Any:
        low, high = self.low, self.high
        if not math.isnan(self.mode):
            wide, left = high - low, self.mode - low
            rising = low + np.sqrt(np.asarray(u) * wide * left)
            return np.where(u * wide < left, rising, high - np.sqrt((1 - np.asarray(u)) * wide * (wide - left)))
        if not math.isnan(self.sd):
            from scipy.special import ndtr, ndtri

            ends = ndtr((low - self.mean) / self.sd), ndtr((high - self.mean) / self.sd)
            return np.clip(self.mean + self.sd * ndtri(ends[0] + (ends[1] - ends[0]) * np.asarray(u)), low, high)
        return low * (high / low) ** u if self.log else low + (high - low) * u

    @property
    def entry(self) -> Any:
        """What a file says of it."""
        if self.values:
            return {"values": [*self.values], "weights": [*self.weights]} if self.weights else [*self.values]
        more = {name: v for name in ("mode", "mean", "sd") if not math.isnan(v := getattr(self, name))}
        return more | {"low": self.low, "high": self.high} | ({} if more else {"log": self.log})

    def place(self, value: Array | float) -> Array:
        """Places of values of a range."""
        value = np.asarray(value, float)
        if self.log:
            return np.asarray(np.log(value / self.low) / math.log(self.high / self.low))
        return (value - self.low) / (self.high - self.low)


def read_factor(name: str, entry: Any, *, ranges: bool = True) -> tuple[Factor, str]:
    """A factor as a file says it (:data:`RANGES`), and what is wrong with it."""
    if isinstance(entry, list):
        if not entry or len({repr(v) for v in entry}) < len(entry):
            return Factor(name), "needs different values, at least one"
        return Factor(name, tuple(entry)), ""
    if not isinstance(entry, dict):
        return Factor(name), f"must be a list of values or a range: {'; '.join(RANGES.values())}"
    if not ranges:
        return Factor(name), f"a range is for {', '.join(SAMPLED)}; give a list of values"
    for known, problem in (
        ({"values", "weights"}, _weights_problem),
        ({"low", "high", "log"}, _ends_problem),
        ({"low", "high", "mode"}, _ends_problem),
        ({"low", "high", "mean", "sd"}, _ends_problem),
    ):
        if entry.keys() == known or entry.keys() == known - {"log"}:
            if wrong := problem(entry):
                return Factor(name), wrong
            made: dict[str, Any] = {
                k: tuple(v) if isinstance(v, list) else v if k == "log" else float(v) for k, v in entry.items()
            }
            return Factor(name, **made), ""
    return Factor(name), f"must be a list of values or {'; '.join([*RANGES.values()][:4])}; {[*RANGES.values()][-1]}"


def _weights_problem(entry: Mapping[str, Any]) -> str:
    values, weights = entry["values"], entry["weights"]
    if not isinstance(values, list) or not values or len({repr(v) for v in values}) < len(values):
        return "'values' must be a list of different values"
    right = isinstance(weights, list) and len(weights) == len(values) and all(map(is_number, weights))
    return "" if right and all(w > 0 for w in weights) else "'weights' must be a number above 0 for each value"


def _ends_problem(entry: Mapping[str, Any]) -> str:
    numbers = all(is_number(value) for key, value in entry.items() if key != "log")
    low, high, log = entry["low"], entry["high"], entry.get("log", False)
    if not numbers or not low < high or (log and low <= 0) or not isinstance(log, bool):
        return "'low' must be a number below 'high' (above 0 with log = true)"
    if "mode" in entry and not low <= entry["mode"] <= high:
        return "'mode' must be a number from 'low' to 'high'"
    return "'sd' must be a number above 0" if "sd" in entry and not entry["sd"] > 0 else ""


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
