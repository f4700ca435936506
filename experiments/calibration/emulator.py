"""Emulators: what each target does over the parameters, learnt from runs by Gaussian processes.

A run is the emulator's mean plus noise of two kinds: what the emulator does not know (little where runs are dense) and
the noise of a run, which is in the data too, for history is one draw.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize
from scipy.special import ndtr

from microdrama.model.arrays import Array
from microdrama.model.errors import InputError

from ..outcomes.patterns import DATES, Pattern

KINDS_IN_LOGS = ("level", "ratio")
KINDS_INSIDE = ("rank", *DATES)
LEAST_NOISE = 0.05
"""Standard deviation of a run of which only whether it is inside counts, if all runs say the same."""
CHUNK = 4000
STEPS = 15
"""Of the search for length scales."""


class Target(NamedTuple):
    """A pattern to fit, on the scale on which it is emulated."""

    pattern: Pattern
    log: bool
    whether: bool = False
    """Only whether a run is inside its interval: for ranks and dates, and where most runs have no value."""

    @classmethod
    def of(cls, pattern: Pattern, runs: Array) -> Target:
        """In logs if it is a level or ratio and positive wherever it was run, its interval too."""
        known = runs[np.isfinite(runs)]
        if pattern.kind in KINDS_INSIDE or len(known) < runs.size / 2:
            return cls(pattern, False, True)
        positive = bool(len(known)) and known.min() > 0 and pattern.low > 0
        return cls(pattern, pattern.kind in KINDS_IN_LOGS and positive)

    def scaled(self, values: Any) -> Array:
        """Values of the pattern on the scale of the emulator."""
        values = np.asarray(values, float)
        if self.whether:
            return ((self.pattern.low <= values) & (values <= self.pattern.high)).astype(float)
        return np.log(values) if self.log else values

    @property
    def interval(self) -> tuple[float, float]:
        """Its ends on that scale."""
        if self.whether:
            return 0.5, math.inf
        return float(self.scaled(self.pattern.low)), float(self.scaled(self.pattern.high))


class Emulators:
    """One emulator for each target.

    Parameters
    ----------
    patterns : sequence of Pattern
    places : (points, parameters) array
        Where in the unit cube the runs are.
    runs : (points, seeds, targets) array
        What they say, nan where undefined.
    like : Emulators, optional
        Emulators whose length scales are taken over instead of looking for the best ones.
    """

    def __init__(self, patterns: Sequence[Pattern], places: Array, runs: Array, like: Emulators | None = None) -> None:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

        fresh = [Target.of(p, runs[:, :, t]) for t, p in enumerate(patterns)]
        self.targets: list[Target] = like.targets if like else fresh
        self.noise: Array = like.noise.copy() if like else np.zeros(len(patterns))
        """(targets,) standard deviation of a run's noise, pooled over the points."""
        self._models: list[tuple[Any, float, float]] = []
        """Of each target, and the mean and scale of what it was taught."""
        new = ConstantKernel(1.0, (1e-2, 1e3)) * Matern(np.ones(places.shape[1]), (0.1, 30), nu=2.5)
        new += WhiteKernel(1e-2, (1e-5, 1.0))
        for t, target in enumerate(self.targets):
            y = target.scaled(runs[:, :, t])
            y[~np.isfinite(y)] = np.nan
            use = np.isfinite(y).any(axis=1)
            if use.sum() < 10:
                raise InputError(f"the target '{target.pattern.name}' is undefined in nearly all runs")
            y = y[use]
            count = np.isfinite(y).sum(axis=1)
            mean = np.nanmean(y, axis=1)
            if like is None:
                spread = np.nansum((y - mean[:, None]) ** 2) / max(np.sum(count - 1), 1)
                self.noise[t] = max(math.sqrt(max(spread, 1e-12)), LEAST_NOISE * target.whether)
            centre, scale = float(mean.mean()), float(mean.std()) or 1e-9  # the same in all runs
            noise = self.noise[t] ** 2 / count / scale**2
            kernel, optimizer = (like._models[t][0].kernel_, None) if like else (new, _search)
            model = GaussianProcessRegressor(kernel, alpha=noise + 1e-8, optimizer=optimizer)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # a length scale at its bound is a flat direction
                model.fit(places[use], (mean - centre) / scale)
            self._models.append((model, centre, scale))

    @property
    def dimensions(self) -> int:
        """Parameters."""
        return int(self._models[0][0].X_train_.shape[1])

    def only(self, rows: Sequence[int]) -> Emulators:
        """Those of some of the targets."""
        found = copy.copy(self)
        found.targets, found._models = [self.targets[t] for t in rows], [self._models[t] for t in rows]
        found.noise = self.noise[list(rows)]
        return found

    def predict(self, places: Array) -> tuple[Array, Array]:
        """(n, targets) mean and standard deviation, the latter of what emulators do not know."""
        found = np.empty((2, len(places), len(self.targets)))
        for t, (model, centre, scale) in enumerate(self._models):
            for i in range(0, len(places), CHUNK):
                mean, spread = model.predict(places[i : i + CHUNK], return_std=True)
                found[:, i : i + CHUNK, t] = centre + scale * mean, scale * spread
        return found[0], found[1]

    @property
    def intervals(self) -> Array:
        """(targets, 2) what was observed."""
        return np.array([target.interval for target in self.targets])

    def explained(self, places: Array, runs: Array) -> Array:
        """(targets,) share of the variance of other runs' means that emulators explain, beyond their noise."""
        mean, _ = self.predict(places)
        shares = np.full(len(self.targets), np.nan)
        for t, target in enumerate(self.targets):
            with np.errstate(all="ignore"):
                y = target.scaled(runs[:, :, t])
            y[~np.isfinite(y)] = np.nan
            use = np.isfinite(y).all(axis=1)
            seen = y[use].mean(axis=1)
            noise = self.noise[t] ** 2 / runs.shape[1]
            shares[t] = 1 - max(np.mean((seen - mean[use, t]) ** 2) - noise, 0) / max(seen.var() - noise, 1e-12)
        return shares


def _search(objective: Any, start: Array, bounds: Array) -> tuple[Array, float]:
    """Length scales that make the data likely: a few steps, as what is flat is not followed to its end."""
    found = optimize.minimize(objective, start, method="L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": STEPS})
    return found.x, found.fun


def implausibility(mean: Array, unsure: Array, noise: Array, intervals: Array) -> Array:
    """(n, targets) distance to the interval in standard deviations of a run, 0 inside (Craig et al. 1997)."""
    outside = np.maximum(np.maximum(intervals[:, 0] - mean, mean - intervals[:, 1]), 0)
    return outside / np.sqrt(unsure**2 + noise**2)


def chance_inside(mean: Array, unsure: Array, noise: Array, intervals: Array) -> Array:
    """(n, targets) probability that a run lies in the interval."""
    spread = np.sqrt(unsure**2 + noise**2)
    return ndtr((intervals[:, 1] - mean) / spread) - ndtr((intervals[:, 0] - mean) / spread)
