"""Measures of clustering: between cities, and between the cells of the lattice.

Plain arrays in, dimensionless floats or arrays out. ``nan`` means "not defined here": no studio at all, a
single studio, the same value in every cell. Every function raises ``ValueError`` for input that cannot be
right: negative or not finite, shares that do not sum to one, lengths that differ. Without any activity, all
shares are ``nan``, and so are measures of them. Reference shares x say where chance would put the industry: a
city's share of activity *outside* it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array, csr_array, eye_array

from .arithmetic import log, normal_share
from .arrays import dot, rising, times

type Floats = NDArray[np.float64]
type Alternative = Literal["greater", "less", "two-sided"]

SUM_TOLERANCE = 1e-9  # rounding in a table of shares passes, a forgotten city does not
VANISHING = 1e-12  # 1 - H or 1 - sum x^2 below this is rounding error, and gamma would be noise


class TheilDecomposition(NamedTuple):
    """Theil index, its two exact parts, and T_g of each city in the order of ``np.unique(group)``."""

    total: float
    between: float
    within: float
    by_group: Floats


class MoranTest(NamedTuple):
    """Moran's I, its permutation mean -1/(n-1), the pseudo p-value, and I of every permutation."""

    observed: float
    expected: float
    p_value: float
    permuted: Floats


class HotSpots(NamedTuple):
    """Getis-Ord z-scores, two-sided normal p-values, and these adjusted for testing many cells."""

    z: Floats
    p_value: Floats
    p_adjusted: Floats


def _vector(name: str, values: ArrayLike, *, signed: bool = False) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, but its shape is {array.shape}.")
    bad = ~np.isfinite(array) | ((array < 0) & (not signed))
    if bad.any():
        i, allowed = int(bad.argmax()), "finite" if signed else "finite and not negative"
        raise ValueError(f"{name}[{i}] is {array[i]}; all entries must be {allowed} ({bad.sum()} are not).")
    return array


def _shares(name: str, values: ArrayLike) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 1 and np.isnan(array).all():
        return array  # what `shares` says of an industry without activity, or without cities
    total = float(_vector(name, array).sum())
    if abs(total - 1) > SUM_TOLERANCE:
        raise ValueError(f"{name} sum to {total:.12g}, but must sum to 1; shares(totals) makes shares of totals.")
    return array


def _same_length(name: str, array: NDArray[Any], other_name: str, other: NDArray[Any]) -> None:
    if array.shape != other.shape:
        raise ValueError(f"{name} has shape {array.shape}, {other_name} has {other.shape}; they must match.")


def _against(share: ArrayLike, reference_shares: ArrayLike) -> tuple[Floats, Floats]:
    s, x = _shares("shares", share), _shares("reference_shares", reference_shares)
    if not x.size or np.isnan(x).any():
        raise ValueError("reference_shares are empty or nan; x must be known even without any industry.")
    _same_length("shares", s, "reference_shares", x)
    return s, x


def shares(totals: ArrayLike) -> Floats:
    """Share of each city (cell, plant) in the total, s_j = n_j / sum n.

    Parameters
    ----------
    totals : array_like, shape (K,)

    Returns
    -------
    ndarray, shape (K,)
        All ``nan`` when the total is zero.

    Examples
    --------
    >>> shares([6, 3, 1])
    array([0.6, 0.3, 0.1])
    """
    array = _vector("totals", totals)
    if not array.any():
        return np.full(array.shape, np.nan)
    scaled = array / array.max()  # keeps the sum of huge sizes finite
    return scaled / scaled.sum()


def hhi(share: ArrayLike) -> float:
    """Herfindahl-Hirschman index, HHI = sum_j s_j^2, between 1/K and 1.

    N equal plants dropped at random have mean sum x^2 + (1 - sum x^2)/N, not 1/K.

    Parameters
    ----------
    share : array_like, shape (K,)
        Shares of cities, or of plants for the plant Herfindahl H.

    Raises
    ------
    ValueError
        For shares that are negative, not finite or do not sum to one.

    Examples
    --------
    >>> hhi([0.5, 0.25, 0.25])
    0.375
    """
    s = _shares("shares", share)
    return float((s * s).sum()) if s.size else float("nan")


def hhi_normalised(share: ArrayLike) -> float:
    """HHI from 0 (even) to 1 (one city), (HHI - 1/K)/(1 - 1/K); ``nan`` if K = 1. See `hhi`."""
    k = np.size(share)
    return (hhi(share) - 1 / k) / (1 - 1 / k) if k > 1 else float("nan")


def numbers_equivalent(share: ArrayLike) -> float:
    """Number of equal cities that would be as concentrated, 1/HHI. See `hhi`."""
    return 1 / hhi(share)


def rank_one_share(share: ArrayLike) -> float:
    """Share of the leading city, max_j s_j. See `hhi`."""
    s = _shares("shares", share)
    return float(s.max()) if s.size else float("nan")


def city_totals(sizes: ArrayLike, city: ArrayLike, *, cities: int) -> tuple[Floats, float]:
    """Industry size of each city, and the plant Herfindahl H = sum_i z_i^2 of plants' shares z.

    Parameters
    ----------
    sizes : array_like, shape (N,)
        Plant sizes; ones to count plants.
    city : array_like of int, shape (N,)
        City of each plant, from 0 to cities - 1.
    cities : int

    Returns
    -------
    by_city : ndarray, shape (cities,)
    plant_herfindahl : float

    Raises
    ------
    ValueError
        For sizes that are negative or not finite, or a city that does not exist.

    Examples
    --------
    >>> city_totals([2, 1, 1], [0, 0, 2], cities=3)
    (array([3., 0., 1.]), 0.375)
    """
    size, where = _vector("sizes", sizes), np.asarray(city)
    _same_length("sizes", size, "city", where)
    if where.size and not np.issubdtype(where.dtype, np.integer):
        raise ValueError(f"city must hold integers (rows of the city table), not {where.dtype}.")
    outside = (where < 0) | (where >= cities)
    if outside.any():
        i = int(outside.argmax())
        raise ValueError(f"city[{i}] is {where[i]}; with {cities} cities it must be from 0 to {cities - 1}.")
    return np.bincount(where.astype(np.int64), size, cities).astype(np.float64), hhi(shares(size))


def _beyond_chance(raw: float, s: Floats, x: Floats, by_city: ArrayLike, plant_herfindahl: float | None) -> float:
    """(raw/(1 - sum x^2) - H)/(1 - H): raw concentration beyond chance, over the most there can be."""
    if np.isnan(raw):  # no plants, so H is not defined either
        return float("nan")
    counts, h, most, spread = np.asarray(by_city), plant_herfindahl, float((s * s).sum()), 1 - float((x * x).sum())
    if h is None and (counts != np.rint(counts)).any():
        raise ValueError("by_city are not whole numbers, so not counts of plants: give plant_herfindahl.")
    h = 1 / float(counts.sum()) if h is None else float(h)
    if not 0 < h <= most + SUM_TOLERANCE:
        needed = f"above 0 and, for the same sizes, at most the cities' HHI of {most:.6g}"
        raise ValueError(f"plant_herfindahl is {h}; it must be {needed} (1/N for N equal plants).")
    return (raw / spread - h) / (1 - h) if min(spread, 1 - h) > VANISHING else float("nan")


def ellison_glaeser(by_city: ArrayLike, reference_shares: ArrayLike, *, plant_herfindahl: float | None) -> float:
    """Ellison-Glaeser index, gamma = [G - (1 - sum x^2) H] / [(1 - sum x^2)(1 - H)], G = sum_j (s_j - x_j)^2.

    Mean 0 when plants of any size are located by chance. Judge it by `null_envelope`, not by fixed cut-offs.

    Parameters
    ----------
    by_city : array_like, shape (K,)
        Industry size of each city, in one unit (from plants: see `city_totals`).
    reference_shares : array_like, shape (K,)
        x, where chance would put the industry.
    plant_herfindahl : float or None
        H = sum_i z_i^2, from the same sizes. None: `by_city` counts plants, H = 1/N.

    Returns
    -------
    float
        ``nan`` without plants, with one plant (H = 1), or if x is all in one city.

    Raises
    ------
    ValueError
        For sizes, shares or H that are not as above, and for None with numbers that are not whole.

    References
    ----------
    Ellison & Glaeser (1997), J. Political Economy 105:889-927, doi:10.1086/262098.
    Cassey & Smith (2014), J. Urban Economics 81:85-103, doi:10.1016/j.jue.2014.02.005.

    Examples
    --------
    >>> round(ellison_glaeser([7, 2, 1], [0.5, 0.3, 0.2], plant_herfindahl=0.3), 6)
    -0.290323
    """
    s, x = _against(shares(by_city), reference_shares)
    return _beyond_chance(float(np.square(s - x).sum()), s, x, by_city, plant_herfindahl)


def maurel_sedillot(by_city: ArrayLike, reference_shares: ArrayLike, *, plant_herfindahl: float | None) -> float:
    """Maurel-Sedillot index, gamma = [(sum s^2 - sum x^2)/(1 - sum x^2) - H]/(1 - H).

    Also mean 0 under chance: less noisy than `ellison_glaeser` for few very unequal plants, more for many.
    Parameters, returns and errors as there. Maurel & Sedillot (1999), Regional Science and Urban Economics
    29:575-604, doi:10.1016/S0166-0462(99)00020-4.
    """
    s, x = _against(shares(by_city), reference_shares)
    return _beyond_chance(float((s * s).sum() - (x * x).sum()), s, x, by_city, plant_herfindahl)


def null_envelope(
    statistic: Callable[..., ArrayLike],
    sizes: ArrayLike,
    *,
    reference_shares: ArrayLike,
    rng: np.random.Generator,
    draws: int = 1000,
    levels: Sequence[float] = (0.05, 0.95),
) -> Floats:
    """Quantiles of a statistic when plants of these sizes land on city j with probability x_j: a dartboard.

    Parameters
    ----------
    statistic : callable
        Called like `ellison_glaeser`: ``statistic(by_city, reference_shares, plant_herfindahl=H)``.
    sizes : array_like, shape (N,)
        Plant sizes, the same in every draw.
    reference_shares : array_like, shape (K,)
        x, the probabilities of the cities.
    rng : numpy.random.Generator
    draws : int
    levels : sequence of float in [0, 1]

    Returns
    -------
    ndarray, shape (len(levels), ...)
        ``nan`` where the statistic is undefined in a draw.

    Examples
    --------
    >>> rng, x = np.random.default_rng(1), [0.5, 0.3, 0.2]
    >>> low, high = null_envelope(ellison_glaeser, np.ones(100), reference_shares=x, rng=rng)
    >>> bool(-0.011 < low < 0 < high < 0.022)
    True
    """
    plants, (x, _) = _vector("sizes", sizes), _against(reference_shares, reference_shares)
    if draws < 1 or not all(0 <= level <= 1 for level in levels):
        raise ValueError(f"draws is {draws}, levels are {levels}; needed: draws >= 1, levels in [0, 1].")
    h, simulated = hhi(shares(plants)), []
    for _ in range(draws):
        by_city = np.bincount(rng.choice(x.size, size=plants.size, p=x), plants, x.size)
        simulated.append(statistic(by_city, x, plant_herfindahl=h))
    return np.asarray(np.quantile(np.asarray(simulated, dtype=np.float64), levels, axis=0))


def location_quotients(share: ArrayLike, reference_shares: ArrayLike) -> Floats:
    """Location quotients, LQ_j = s_j / x_j, with sum_j x_j LQ_j = 1; above 1 a city is specialised.

    Parameters
    ----------
    share, reference_shares : array_like, shape (K,)
        Shares of the industry and of the reference; each sums to one.

    Returns
    -------
    ndarray, shape (K,)
        Where x_j = 0: ``inf`` if the industry is there, ``nan`` if not.

    Raises
    ------
    ValueError
        For shares that are negative, do not sum to one, or differ in length.

    Examples
    --------
    >>> location_quotients([0.6, 0.3, 0.1], [0.5, 0.25, 0.25])
    array([1.2, 1.2, 0.4])
    """
    s, x = _against(share, reference_shares)
    with np.errstate(divide="ignore", invalid="ignore"):
        return s / x


def locational_gini(share: ArrayLike, reference_shares: ArrayLike) -> float:
    """Locational Gini, G = 1/2 sum_j sum_k x_j x_k |LQ_j - LQ_k|, from 0 (all LQ = 1) to 1.

    Parameters and errors as `location_quotients`; where x_j = 0 it takes its limit. Kim (1995), Quarterly
    J. Economics 110:881-908, doi:10.2307/2946643.

    Examples
    --------
    >>> round(locational_gini([0.6, 0.3, 0.1], [0.5, 0.25, 0.25]), 6)
    0.15
    """
    s, x = _against(share, reference_shares)
    order = rising(location_quotients(s, x))
    # In order of LQ the double sum is a Lorenz area, and x LQ = s: K log K steps, and no division by x = 0.
    s, x = s[order], x[order]
    return float((s * (2 * np.cumsum(x) - x - x.sum())).sum())


def _entropy(p: Floats, q: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p == 0, 0.0, p * log(p / q))


def theil(share: ArrayLike, reference_shares: ArrayLike) -> float:
    """Theil index, T = sum_j s_j ln(s_j/x_j); ``inf`` if s_j > x_j = 0 (see `location_quotients`)."""
    return float(_entropy(*_against(share, reference_shares)).sum())


def theil_decomposition(share: ArrayLike, reference_shares: ArrayLike, *, group: ArrayLike) -> TheilDecomposition:
    """Theil index of cells, between + within cities: T = sum_g s_g ln(s_g/x_g) + sum_g s_g T_g, exactly.

    Parameters
    ----------
    share, reference_shares : array_like, shape (n,)
        Shares of cells; each sums to one over all cells of all cities.
    group : array_like, shape (n,)
        City of each cell.

    Returns
    -------
    TheilDecomposition
        T_g is ``nan`` in a city without industry.

    References
    ----------
    Shorrocks (1980), Econometrica 48:613-625, doi:10.2307/1913126.

    Examples
    --------
    >>> t = theil_decomposition([0.5, 0.25, 0.25, 0], [0.25, 0.25, 0.25, 0.25], group=[0, 0, 1, 1])
    >>> bool(abs(t.between + t.within - t.total) < 1e-15)
    True
    """
    (s, x), city = _against(share, reference_shares), np.asarray(group)
    _same_length("shares", s, "group", city)
    row = np.unique(city, return_inverse=True)[1]
    s_group, x_group = np.bincount(row, s), np.bincount(row, x)
    with np.errstate(invalid="ignore"):
        by_group = np.bincount(row, _entropy(s / s_group[row], x / x_group[row]))
    within = np.where(s_group == 0, 0.0, s_group * by_group).sum()
    return TheilDecomposition(theil(s, x), float(_entropy(s_group, x_group).sum()), float(within), by_group)


def _mean_ranks(values: Floats) -> Floats:
    """Rank of each value, equal ones the mean of theirs: ``scipy.stats.rankdata`` takes a second to import."""
    _, at, number = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(number) - (number - 1) / 2)[at]
    return ranks


def _false_discovery_control(p_value: Floats) -> Floats:
    """Benjamini-Hochberg adjusted p-values: as ``scipy.stats.false_discovery_control``."""
    order, n = np.argsort(p_value), len(p_value)
    adjusted = np.empty(n)
    adjusted[order] = np.minimum.accumulate((p_value[order] * (n / np.arange(1, n + 1)))[::-1])[::-1]
    return np.minimum(adjusted, 1.0)


def spearman_persistence(earlier: ArrayLike, later: ArrayLike) -> float:
    """Spearman rank correlation of city sizes at two dates (ties: mean rank); ``nan`` if one is all ties."""
    a, b = _vector("earlier", earlier), _vector("later", later)
    _same_length("earlier", a, "later", b)
    ranked = a.size > 1 and np.ptp(a) > 0 and np.ptp(b) > 0
    if not ranked:
        return float("nan")
    a, b = (of - of.mean() for of in (_mean_ranks(a), _mean_ranks(b)))
    return float(dot(a, b) / np.sqrt(dot(a, a) * dot(b, b)))


def queen_weights(cells: ArrayLike, group: ArrayLike | None = None, *, row_standardised: bool = True) -> csr_array:
    """Weights of queen contiguity: cells that touch along a side or at a corner are neighbours.

    Parameters
    ----------
    cells : array_like of int, shape (n, 2)
        Lattice coordinates of n different cells in any order. For a map of booleans, ``np.argwhere(mask)``.
    group : array_like, shape (n,), optional
        City of each cell; links never cross cities. Without it, cities that touch are linked.
    row_standardised : bool
        Each row sums to one.

    Returns
    -------
    scipy.sparse.csr_array, shape (n, n)
        Zero diagonal; the row of a cell without neighbours is empty.

    Raises
    ------
    ValueError
        For coordinates that are not integers, a shape that does not fit, or a cell listed twice.

    Examples
    --------
    >>> queen_weights([[0, 0], [0, 1], [1, 1], [5, 5]], row_standardised=False).sum(axis=1)
    array([2., 2., 2., 0.])
    """
    place = np.asarray(cells)
    if place.ndim != 2 or place.shape[1] != 2 or not np.issubdtype(place.dtype, np.integer):
        raise ValueError(f"cells must be integers of shape (n, 2), not {place.dtype} of shape {place.shape}.")
    distinct, times = np.unique(place, axis=0, return_counts=True)
    if len(distinct) < len(place):
        twice = tuple(distinct[times.argmax()].tolist())
        raise ValueError(f"cells lists {twice} {times.max()} times; every cell may appear once.")
    from scipy.spatial import KDTree  # takes long to import

    pairs = KDTree(place).query_pairs(1.5, p=np.inf, output_type="ndarray")  # whole numbers: 1.5 means 1
    if group is not None:
        city = np.asarray(group)
        _same_length("group", city, "cells[:, 0]", place[:, 0])
        pairs = pairs[city[pairs[:, 0]] == city[pairs[:, 1]]]
    i, j = np.concatenate([pairs, pairs[:, ::-1]]).T
    weight = 1 / np.bincount(i, minlength=len(place))[i] if row_standardised else np.ones(i.size)
    return coo_array((weight, (i, j)), shape=(len(place), len(place))).tocsr()


def _deviations(values: ArrayLike, weights: Any) -> tuple[Floats, csr_array]:
    """Values less their mean, in a unit that cannot overflow when squared, and checked weights."""
    array, w = _vector("values", values, signed=True), csr_array(weights, dtype=np.float64)
    if w.shape != (array.size, array.size):
        raise ValueError(f"weights has shape {w.shape}; {array.size} values need {(array.size, array.size)}.")
    if not np.isfinite(w.data).all() or (w.data < 0).any() or w.diagonal().any():
        raise ValueError("weights must be finite, not negative, zero on the diagonal (see queen_weights).")
    if not array.size or array.min() == array.max():
        # A constant less its rounded mean is noise, not zero, and Moran's I of noise looks like a finding.
        return np.zeros(array.shape), w
    array = array / np.abs(array).max()
    return array - array.mean(), w


def morans_i(values: ArrayLike, weights: Any) -> float:
    """Moran's I = (n/S0) z'Wz / z'z, with z the values less their mean and S0 the sum of the weights.

    Parameters
    ----------
    values : array_like, shape (n,)
        One finite number a cell.
    weights : sparse or dense array, shape (n, n)
        Not negative, diagonal zero; usually `queen_weights`.

    Returns
    -------
    float
        ``nan`` if all values are equal or no cell has a neighbour.

    Raises
    ------
    ValueError
        For values that are not finite, or weights that are negative, of the wrong shape or with a diagonal.

    References
    ----------
    Moran (1950), Biometrika 37:17-23, doi:10.1093/biomet/37.1-2.17.

    Examples
    --------
    >>> round(morans_i([1, 2, 3, 4], queen_weights([[0, 0], [0, 1], [0, 2], [0, 3]])), 6)
    0.4
    """
    z, w = _deviations(values, weights)
    return float(z.size / w.sum() * dot(z, times(w, z)) / dot(z, z)) if z.any() and w.nnz else float("nan")


def local_morans_i(values: ArrayLike, weights: Any) -> Floats:
    """Local Moran, I_i = z_i sum_j w_ij z_j / (sum_k z_k^2 / n), with sum_i I_i = S0 I. See `morans_i`.

    ``nan`` in a cell without neighbours, and everywhere if all values are equal. Anselin (1995), Geographical
    Analysis 27:93-115, doi:10.1111/j.1538-4632.1995.tb00338.x.
    """
    z, w = _deviations(values, weights)
    if not z.any():
        return np.full(z.shape, np.nan)
    return np.where(w.sum(axis=1) > 0, z * times(w, z) / (dot(z, z) / z.size), np.nan)


def morans_i_permutations(
    values: ArrayLike,
    weights: Any,
    *,
    rng: np.random.Generator,
    permutations: int = 999,
    alternative: Alternative = "greater",
) -> MoranTest:
    """Moran's I against the same values shuffled over the cells.

    Parameters
    ----------
    values, weights
        As in `morans_i`.
    rng : numpy.random.Generator
    permutations : int
    alternative : {"greater", "less", "two-sided"}
        "greater" looks for clustering, "less" for a checkerboard; two-sided doubles the smaller p-value.

    Returns
    -------
    MoranTest
        p = (1 + number of shuffles at least as extreme)/(permutations + 1), so never 0.
    """
    if permutations < 1 or alternative not in ("greater", "less", "two-sided"):
        needed = "permutations >= 1, alternative 'greater', 'less' or 'two-sided'"
        raise ValueError(f"permutations is {permutations}, alternative is {alternative!r}; needed: {needed}.")
    observed, (z, w) = morans_i(values, weights), _deviations(values, weights)
    expected = -1 / (z.size - 1) if z.size > 1 else float("nan")
    if np.isnan(observed):
        return MoranTest(observed, expected, float("nan"), np.full(permutations, np.nan))
    permuted = np.array([dot(u, times(w, u)) for u in (rng.permutation(z) for _ in range(permutations))])
    permuted *= z.size / (w.sum() * dot(z, z))
    # With many ties (counts) a shuffle can equal I but for rounding, and counts as "at least as extreme".
    above, below = (1 + np.count_nonzero(d >= -1e-12) for d in (permuted - observed, observed - permuted))
    count = {"greater": above, "less": below, "two-sided": 2 * min(above, below)}[alternative]
    return MoranTest(observed, expected, min(1.0, count / (permutations + 1)), permuted)


def getis_ord_g_star(values: ArrayLike, weights: Any) -> HotSpots:
    """Getis-Ord hot and cold spots G_i*, the cell itself included and links taken as 0 or 1.

    z_i = [sum_j w_ij v_j - mean(v) W_i] / [S sqrt((n sum_j w_ij^2 - W_i^2)/(n - 1))], S = sd(v), with mean 0
    and variance 1 over permutations. The normal p-values are rough for skewed values: with nine cells a sum,
    one giant studio makes nine hot spots.

    Parameters
    ----------
    values, weights
        As in `morans_i`; only which weights are positive matters.

    Returns
    -------
    HotSpots
        p_adjusted controls the false discovery rate (Benjamini-Hochberg) over cells. ``nan`` if all values
        are equal, and in a cell that touches all others.

    References
    ----------
    Ord & Getis (1995), Geographical Analysis 27:286-306, doi:10.1111/j.1538-4632.1995.tb00912.x.
    Caldas de Castro & Singer (2006), Geographical Analysis 38:180-208, doi:10.1111/j.0016-7363.2006.00682.x.
    """
    z, w = _deviations(values, weights)
    n, links = z.size, ((w + eye_array(z.size)) > 0).astype(np.float64)
    number = links.sum(axis=1)  # W_i, and sum_j w_ij^2 as well, for links of 0 and 1
    spread = np.sqrt((dot(z, z) / max(n, 1)) * (n * number - number * number) / max(n - 1, 1))
    score = np.full(n, np.nan)
    np.divide(times(links, z), spread, out=score, where=spread > 0)  # z has mean 0: mean(v) W_i is already out
    p_value, p_adjusted = 2 * normal_share(-np.abs(score)), np.full(n, np.nan)
    known = np.isfinite(score)
    if known.any():
        p_adjusted[known] = _false_discovery_control(p_value[known])
    return HotSpots(score, p_value, p_adjusted)
