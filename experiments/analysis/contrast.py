"""Paired contrasts: effects under common random numbers, with honest intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from microdrama.model.arrays import Array


class Contrast(NamedTuple):
    """Mean of paired differences.

    ``low`` and ``high`` bound the 95 % interval of the mean (t; :func:`of_changes` for yes and no); ``unchanged`` is
    the share of seeds whose difference is exactly zero; ``variance_ratio`` is the variance two sets of independent
    seeds would have had over that of the pairs (nan for contrasts of more than two arms).
    """

    mean: float
    low: float
    high: float
    seeds: int
    unchanged: float
    variance_ratio: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0

    def interval(self, digits: int) -> str:
        """The interval as people read it, or that there is none: that takes two seeds with a value."""
        if np.isnan(self.low) or np.isnan(self.high):
            return f"(no interval: {self.seeds} seed{'s' * (self.seeds != 1)} with a value)"
        return f"[{self.low:+,.{digits}f}, {self.high:+,.{digits}f}]"

    def times(self, factor: float) -> Contrast:
        """The same in another unit."""
        return self._replace(mean=self.mean * factor, low=self.low * factor, high=self.high * factor)


def paired(treated: Array, control: Array, *, yes_no: bool = False) -> Contrast:
    """Effect of a treatment, seed by seed.

    Parameters
    ----------
    treated, control : (seeds,) arrays
        The same outcome under the same seeds. Seeds where either is nan are left out.
    yes_no : bool
        The outcome is 0 or 1: take the interval of :func:`of_changes`.
    """
    treated, control = np.asarray(treated, float), np.asarray(control, float)
    both = ~(np.isnan(treated) | np.isnan(control))
    treated, control = treated[both], control[both]
    result = (of_changes if yes_no else of_differences)(treated - control)
    if result.seeds < 2:
        return result
    own = (treated - control).var(ddof=1)
    apart = treated.var(ddof=1) + control.var(ddof=1)
    return result._replace(variance_ratio=float(apart / own) if own > 0 else np.inf if apart > 0 else np.nan)


def interaction(both: Array, first: Array, second: Array, neither: Array, *, yes_no: bool = False) -> Contrast:
    """How much more the first treatment does beside the second than alone: ``(both - second) - (first - neither)``."""
    differences = np.asarray(both, float) - second - (np.asarray(first, float) - neither)
    differences = differences[~np.isnan(differences)]
    return of_changes(differences, most=2) if yes_no else of_differences(differences)


def of_differences(differences: Array) -> Contrast:
    """Mean of differences with its t interval (nan bounds for fewer than two)."""
    n = len(differences)
    mean = float(differences.mean()) if n else np.nan
    unchanged = float(np.mean(differences == 0)) if n else np.nan
    if n < 2:
        return Contrast(mean, np.nan, np.nan, n, unchanged, np.nan)
    half = special.stdtrit(n - 1, 0.975) * differences.std(ddof=1) / np.sqrt(n)
    return Contrast(mean, float(mean - half), float(mean + half), n, unchanged, np.nan)


def of_members(differences: Array, members: Sequence[int] | Array) -> Contrast:
    """Mean of differences of which those of one member of an ensemble belong together: t over members.

    With a difference for each member it is :func:`of_differences`. The error is robust to any dependence within members
    (Liang & Zeger 1986, doi:10.1093/biomet/73.1.13).

    >>> [round(bound, 2) for bound in of_members(np.array([1.0, 1.0, 3.0, 3.0]), [0, 0, 1, 1])[:3]]
    [2.0, -10.71, 14.71]
    """
    plain = of_differences(differences)
    _, which = np.unique(np.asarray(members), return_inverse=True)
    groups = int(which.max()) + 1 if len(which) else 0
    if groups in (0, 1, len(differences)):
        return plain
    gaps = np.bincount(which, differences - differences.mean())
    half = special.stdtrit(groups - 1, 0.975) * np.sqrt(groups / (groups - 1) * (gaps**2).sum()) / len(differences)
    return plain._replace(low=float(plain.mean - half), high=float(plain.mean + half))


def of_changes(differences: Array, most: float = 1) -> Contrast:
    """Mean of differences between yes (1) and no (0), with an interval that stays open when no seed changed.

    Half a seed is added that changes up and half a one that changes down, and one that does not (Agresti & Min 2005,
    Statistics in Medicine 24:729-740, for pairs); ``mean`` is that of the seeds alone. The interval ends at ``most``,
    the largest difference there can be.

    >>> [round(bound, 3) for bound in of_changes(np.zeros(16))[1:3]]
    [-0.109, 0.109]
    """
    plain, n = of_differences(differences), len(differences) + 2
    if n < 4:
        return plain
    centre = differences.sum() / n
    half = special.ndtri(0.975) * np.sqrt(((differences**2).sum() + 1) / n - centre**2) / np.sqrt(n)
    return plain._replace(low=max(float(centre - half), -most), high=min(float(centre + half), most))


def wilson(successes: float, n: int) -> tuple[float, float]:
    """95 % interval of a probability (Wilson 1927, doi:10.1080/01621459.1927.10502953).

    >>> [round(bound, 3) for bound in wilson(5, 10)]
    [0.237, 0.763]
    """
    if n == 0:
        return np.nan, np.nan
    z = special.ndtri(0.975)
    p = successes / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return float(centre - half), float(centre + half)
