"""Effects of a policy on panels of cities: what a study of the data would find, beside what is true.

A simulation knows both worlds, so the bias of an estimator is its estimate less the truth.
"""

from typing import NamedTuple

import numpy as np

from microdrama.model.arrays import Array

from .contrast import Contrast, of_differences


class Ratio(NamedTuple):
    """A ratio of two means with its 95 % interval.

    The interval is unbounded, and its bounds infinite, where the denominator is not distinguishable from zero.
    """

    value: float
    low: float
    high: float

    @property
    def bounded(self) -> bool:
        """Whether the interval says anything."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))


class Additionality(NamedTuple):
    """What a policy of one city adds there and in all cities together, seed by seed.

    ``displaced`` is the part of what the city gains that the others lose, a ratio of means with Fieller's interval.
    """

    own: Contrast
    everywhere: Contrast
    displaced: Ratio


def ratio_of_means(numerator: Array, denominator: Array) -> Ratio:
    """Ratio of the means of paired observations with Fieller's 95 % interval.

    Parameters
    ----------
    numerator, denominator : (seeds,) arrays

    Notes
    -----
    Fieller (1954, doi:10.1111/j.2517-6161.1954.tb00159.x): the values r for which the mean of ``numerator - r *
    denominator`` is not distinguishable from zero. Where the denominator itself is not, that set is unbounded: give
    the plane of
    the two means instead of a ratio.
    """
    from scipy import stats

    a, b = np.asarray(numerator, float), np.asarray(denominator, float)
    n = len(a)
    value = float(a.mean() / b.mean()) if b.mean() else np.nan
    if n < 2:
        return Ratio(value, -np.inf, np.inf)
    (var_a, cov), (_, var_b) = np.cov(a, b) / n
    t2 = stats.t.ppf(0.975, n - 1) ** 2
    curve = b.mean() ** 2 - t2 * var_b
    middle = a.mean() * b.mean() - t2 * cov
    inside = middle**2 - curve * (a.mean() ** 2 - t2 * var_a)
    if curve <= 0 or inside < 0:
        return Ratio(value, -np.inf, np.inf)
    low, high = ((middle + sign * np.sqrt(inside)) / curve for sign in (-1, 1))
    return Ratio(value, float(low), float(high))


def additionality(treated: Array, control: Array, city: int) -> Additionality:
    """What the policy of a city adds at home and everywhere.

    Parameters
    ----------
    treated, control : (seeds, cities) arrays
        The same outcome with and without the policy, under the same seeds.
    city : int
        Column of the city with the policy.
    """
    change = np.asarray(treated, float) - control
    own, everywhere = change[:, city], change.sum(axis=1)
    return Additionality(of_differences(own), of_differences(everywhere), ratio_of_means(own - everywhere, own))


class DiD(NamedTuple):
    """A difference-in-differences estimate from one panel, with its clustered standard error."""

    estimate: float
    se: float


def difference_in_differences(panel: Array, treated: Array, start: int) -> DiD:
    """Two-way fixed effects on a panel of units and periods, standard error clustered by unit.

    Parameters
    ----------
    panel : (units, periods) array
    treated : (units,) bool array
        Units whose treatment begins in period ``start``.

    Notes
    -----
    For one date of treatment the two-way estimator is the plain difference of differences of means; the cluster-robust
    error is that of the units' own changes (Bertrand, Duflo & Mullainathan 2004, doi:10.1162/003355304772839588).
    With few treated units it is too small.
    """
    panel, treated = np.asarray(panel, float), np.asarray(treated, bool)
    change = panel[:, start:].mean(axis=1) - panel[:, :start].mean(axis=1)
    on, off = change[treated], change[~treated]
    spread = [x.var(ddof=1) / len(x) if len(x) > 1 else 0.0 for x in (on, off)]
    return DiD(float(on.mean() - off.mean()), float(np.sqrt(sum(spread))))


def event_study(panel: Array, start: Array, before: int, after: int) -> Array:
    """Effects by months since treatment, each cohort against those not treated yet or never.

    Parameters
    ----------
    panel : (units, periods) array
    start : (units,) integers
        Period in which the treatment of a unit begins; below 0 for never.
    before, after : int
        Months on either side.

    Returns
    -------
    (before + 1 + after,) array
        From ``-before`` to ``after``, relative to the month before treatment; nan where no comparison is left.

    Notes
    -----
    Group-time effects averaged over cohorts in proportion to their size (Callaway & Sant'Anna 2021,
    doi:10.1016/j.jeconom.2020.12.001), unconditional, with not-yet-treated units as controls.
    """
    panel, start = np.asarray(panel, float), np.asarray(start)
    total, weight = np.zeros(before + 1 + after), np.zeros(before + 1 + after)
    for g in np.unique(start[start > 0]):
        cohort = start == g
        for k in range(-before, after + 1):
            t = g + k
            if not 0 <= t < panel.shape[1]:
                continue
            control = (start < 0) | (start > max(t, g))
            if control.any():
                change = panel[:, t] - panel[:, g - 1]
                total[k + before] += cohort.sum() * (change[cohort].mean() - change[control].mean())
                weight[k + before] += cohort.sum()
    return np.divide(total, weight, out=np.full(len(total), np.nan), where=weight > 0)
