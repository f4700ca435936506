"""Clustering of offices over the cells of one city, beyond what its gradient from the centre gives.

Counts of offices by cell in, measures out, each beside the same measure of simulated cities without clusters. In these
every ring around the centre, half a cell wide, keeps its number of offices, and inside the ring they fall on the cells
independently, in proportion to floor space times the smoothed radial profile of offices per floor space
(:func:`expected_counts`): whatever the gradient, a city with one centre is no cluster. Nothing finer than a cell is
claimed: distances inside a cell are the mean distance of its points, 0.52 of its width.

With more offices less is left to chance, so that a smaller excess leaves the envelope: compare cities, and runs of one
scale, by value less mean of the simulated cities, not by whether they leave it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, eye_array

from .compiled import compiled
from .draws import Draws
from .measures import queen_weights

type Floats = NDArray[np.float64]
type Counts = NDArray[np.int64]

DENSEST = 0.05
"""Part of the cells that counts as the densest."""
TAIL = 0.05
"""Share of simulated cities above the upper end of an envelope, and below the lower."""
HOT_P = 0.05
"""False discovery rate of hot cells."""
INSIDE = 0.5214054331647207
"""Mean distance of two points of a unit square, (2 + sqrt 2 + 5 ln(1 + sqrt 2))/15."""
PROFILE = 1.0
"""Bandwidth of the radial profile, in widths of a cell."""
RING = 0.5
"""Width of a ring, in widths of a cell."""
STEEPEST = 5.0
"""Steepest exponential gradient, over the width of a cell."""
FINEST = 0.5
"""Smallest bandwidth of a K-density, in widths of a cell."""
STEP = 0.25
"""Step of the distances of a K-density, in widths of a cell."""
ROUNDING = 1e-12
"""Measures that differ by less are equal, as for ties among counts they are."""


class Envelope(NamedTuple):
    """A measure beside its distribution without clusters.

    ``expected``, ``low`` and ``high`` are mean, 5 % and 95 % quantile over simulated cities; ``p_value`` is (1 + number
    of them at least as large)/(1 + their number), so never 0; all are nan where the measure is not defined.
    """

    value: float
    expected: float
    low: float
    high: float
    p_value: float

    @property
    def above(self) -> bool:
        """Whether the measure lies above its envelope."""
        return self.value > self.high + ROUNDING


class HotCells(NamedTuple):
    """Local Getis-Ord G* by cell: score, one-sided exact p-value, and that adjusted for testing many cells."""

    z: Floats
    p_value: Floats
    p_adjusted: Floats

    @property
    def hot(self) -> NDArray[np.bool_]:
        """(n,) hot cells, at a false discovery rate of :data:`HOT_P`."""
        result: NDArray[np.bool_] = self.p_adjusted <= HOT_P
        return result


class KDensity(NamedTuple):
    """Density of distances between offices, and its bands: see :func:`k_density`.

    ``localised`` and ``dispersed`` are the areas above the upper and below the lower global band, as shares of pairs;
    ``p_localised`` and ``p_dispersed`` are the p-values of the global tests.
    """

    km: Floats
    value: Floats
    expected: Floats
    local_low: Floats
    local_high: Floats
    low: Floats
    high: Floats
    bandwidth_km: float
    localised: float
    dispersed: float
    p_localised: float
    p_dispersed: float


class Clustering(NamedTuple):
    """Measures of one city by name (:data:`MEASURES`), K-density, hot cells, and how many offices and cells it has."""

    offices: int
    cells: int
    measures: dict[str, Envelope]
    k: KDensity | None
    hot: HotCells | None
    expected: Floats
    """(n,) offices expected in each cell."""


class Measure(NamedTuple):
    """What a measure is; ``source`` is a digital object identifier."""

    unit: str
    meaning: str
    formula: str
    source: str = ""


MEASURES = {
    "dense_share": Measure(
        "share",
        "share of offices in the densest 5 % of cells",
        "offices of the max(1, 0.05 n) cells with most of them, over N; n cells with floor space, the last in part",
    ),
    "morans_i": Measure(
        "index",
        "Moran's I of offices over cells that touch",
        "(n/S0) sum_ij w_ij z_i z_j / sum_i z_i^2, z_i = n_i less their mean, rows of w sum to one",
        "10.1093/biomet/37.1-2.17",
    ),
    "getis_ord_g": Measure(
        "share",
        "Getis-Ord G: pairs of offices in cells that touch, of all pairs in different cells",
        "sum_ij w_ij n_i n_j / sum_(i != j) n_i n_j, w 0 or 1",
        "10.1111/j.1538-4632.1992.tb00261.x",
    ),
    "hot_cells": Measure(
        "cells",
        "hot spots by local Getis-Ord G*, false discovery rate 5 %",
        "z_i = (S_i - m_i)/sqrt(sum_r m_ir (1 - m_ir/n_r)), S_i offices in i and cells that touch it, m_ir those "
        "expected there in ring r",
        "10.1111/j.1538-4632.1995.tb00912.x",
    ),
    "k_localised": Measure(
        "share",
        "Duranton-Overman localisation: area of the K-density above its upper global band",
        "area of max(K(d) - upper(d), 0), K(d) = 2/(N (N - 1)) sum_(i<j) k_h(d, d_ij); p-value of the global test",
        "10.1111/0034-6527.00362",
    ),
    "k_dispersed": Measure(
        "share",
        "Duranton-Overman dispersion: area of the K-density below its lower global band, if it is not localised",
        "area of max(lower(d) - K(d), 0)",
        "10.1111/0034-6527.00362",
    ),
}
"""The measures of a city."""


# Input ------------------------------------------------------------------------------------------------------


def _counts(values: ArrayLike, *dimensions: int) -> Counts:
    array = np.asarray(values)
    if array.ndim not in (dimensions or (1, 2)):
        raise ValueError(f"counts has shape {array.shape}; needed: offices by cell, one city a row.")
    bad = array < 0
    if array.dtype.kind not in "iub":
        array = array.astype(np.float64)
        bad = ~(array >= 0) | (array != np.rint(array)) | np.isinf(array)
    if bad.any():
        raise ValueError(f"counts holds {array[bad][0]}; needed: whole numbers from 0.")
    return array.astype(np.int64, copy=False)


def _floor(floor: ArrayLike | None, counts: Counts) -> Floats:
    space = np.ones(counts.shape[-1]) if floor is None else np.asarray(floor, dtype=np.float64)
    if space.shape != counts.shape[-1:] or not np.isfinite(space).all() or (space < 0).any():
        raise ValueError(f"floor has shape {space.shape}; needed: floor space of {counts.shape[-1]} cells, from 0.")
    if (where := (space == 0) & (counts > 0).reshape(-1, space.size).any(axis=0)).any():
        raise ValueError(f"floor[{where.argmax()}] is 0, but there are offices in the cell.")
    return space


# Chance that keeps the gradient -----------------------------------------------------------------------------


def rings(distance_km: ArrayLike, *, cell_km: float) -> Counts:
    """Ring of each cell: its distance from the centre, rounded to :data:`RING` of a cell."""
    km = np.asarray(distance_km, dtype=np.float64)
    if km.ndim != 1 or not np.isfinite(km).all() or (km < 0).any() or not cell_km > 0:
        raise ValueError(f"distance_km has shape {km.shape}, cell_km is {cell_km}; needed: finite km from 0 by cell.")
    return np.rint(km / (RING * cell_km)).astype(np.int64)


def expected_counts(
    counts: ArrayLike, distance_km: ArrayLike, *, cell_km: float, floor: ArrayLike | None = None
) -> Floats:
    """Offices expected in each cell from its floor space and its distance from the centre alone.

    e_i = n_r f_i g(d_i) / sum of f g over the ring r of i, with n_r the offices of the ring and g the smoothed profile,
    offices per floor space by distance: an exponential with the offices' own mean distance from the centre (the Poisson
    maximum likelihood estimate), times the kernel-smoothed ratio, by distance, of offices to those that it expects.
    That is exact for an exponential gradient, which smoothing alone would flatten at the centre, and follows any other
    profile, such as a ring (Hjort & Glad 1995, Annals of Statistics 23:882-904, doi:10.1214/aos/1176324627).

    The n_r are kept since g is fitted to the offices that are then tested: without them hardly any city without
    clusters would leave the envelopes (at most 2 % in most trials, where 5 % should), and most of those with a ring
    would.

    Parameters
    ----------
    counts : array_like of int, shape (n,)
        Offices by cell.
    distance_km : array_like, shape (n,)
        Distance of each cell from the city's centre.
    cell_km : float
        Width of a cell; the kernel has it as its standard deviation (:data:`PROFILE`) and is Gaussian.
    floor : array_like, shape (n,), optional
        Floor space of each cell, in any unit; the same everywhere if left out.

    Returns
    -------
    ndarray, shape (n,)
        Sums to the number of offices, ring by ring; 0 in cells without floor space.

    Notes
    -----
    What has a distance to itself, such as the centre's cell or a zone beyond the built-up disc, is expected to have
    what it has: look at shares by zone there.
    """
    n, ring, km = _counts(counts, 1), rings(distance_km, cell_km=cell_km), np.asarray(distance_km, dtype=np.float64)
    space, offices = _floor(floor, n), n.sum()
    if ring.shape != n.shape:
        raise ValueError(f"distance_km has shape {ring.shape}, counts has {n.shape}; they must match.")
    if not offices:
        return np.zeros(n.shape)
    share = _exponential(space, km, float((n * km).sum() / offices), STEEPEST / cell_km)
    near = np.exp(-0.5 * ((km[:, None] - km) / (PROFILE * cell_km)) ** 2)
    thought = offices * (near * share).sum(axis=1)
    share *= np.divide((near * n).sum(axis=1), thought, out=np.zeros(n.shape), where=thought > 0)
    of_ring, in_ring = np.bincount(ring, share)[ring], np.bincount(ring, n)[ring]
    return np.divide(in_ring * share, of_ring, out=np.zeros(n.shape), where=of_ring > 0)


def _exponential(space: Floats, km: Floats, mean_km: float, steepest: float) -> Floats:
    """Shares of cells, in proportion to space times e^(-a km), with this mean distance."""
    away = km - km[space > 0].mean()

    def shares(slope: float) -> Floats:
        at = np.where(space > 0, -slope * away, -np.inf)
        weight = space * np.exp(at - at.max())
        result: Floats = weight / weight.sum()
        return result

    def beyond(slope: float) -> float:
        return float((shares(slope) * km).sum() - mean_km)

    low, high = beyond(-steepest), beyond(steepest)  # the mean distance falls in the slope
    if low > 0 > high:
        from scipy.optimize import brentq  # takes a sixth of a second to import

        return shares(brentq(beyond, -steepest, steepest))
    return shares(0.0 if low == high else -steepest if low <= 0 else steepest)


def simulated_counts(expected: ArrayLike, ring: ArrayLike, *, draws: int = 999, seed: int = 0) -> Counts:
    """Offices by cell of simulated cities: every ring has its number, each office falls on a cell of it independently.

    Draws are keyed by seed, simulated city and office: the same whatever else is simulated.

    Parameters
    ----------
    expected : array_like, shape (n,)
        Offices expected in each cell; sums over rings are whole numbers. See :func:`expected_counts`.
    ring : array_like of int, shape (n,)
        Ring of each cell, from 0; all 0 for offices that may fall anywhere.
    draws : int
        Number of simulated cities.
    seed : int

    Returns
    -------
    ndarray of int, shape (draws, n)
    """
    e, r = np.asarray(expected, dtype=np.float64), np.asarray(ring)
    if e.ndim != 1 or e.shape != r.shape or not np.isfinite(e).all() or (e < 0).any() or draws < 1:
        raise ValueError(
            f"expected has shape {e.shape}, ring {r.shape}, draws is {draws}; needed: alike, from 0, from 1."
        )
    order = np.lexsort((e > 0, r))  # ring by ring, where nothing is expected first
    sums = np.bincount(r, e)
    number = np.rint(sums).astype(np.int64)
    if (np.abs(sums - number) > 1e-6).any():
        raise ValueError(f"expected sums to {sums[np.abs(sums - number).argmax()]} in a ring; needed: whole numbers.")
    edges, first, last = np.cumsum(e[order]), np.cumsum(number) - number, np.cumsum(np.bincount(r)) - 1
    of = np.repeat(np.arange(number.size), number)
    u = Draws(seed)("clustering.chance").uniform(np.arange(of.size), np.arange(draws))
    at = np.searchsorted(edges, first[of] + u * number[of], side="right")
    cell = order[np.clip(at, (last - np.bincount(r, e > 0).astype(np.int64) + 1)[of], last[of])]  # rounding
    flat = (np.arange(draws)[:, None] * e.size + cell).ravel()
    return np.bincount(flat, minlength=draws * e.size).reshape(draws, e.size)


def envelope(value: float, simulated: ArrayLike) -> Envelope:
    """A measure beside its values in simulated cities; ``nan`` among these are left out."""
    null = np.asarray(simulated, dtype=np.float64)
    null = null[~np.isnan(null)]
    if np.isnan(value) or not null.size:
        return Envelope(float(value), *[np.nan] * 4)
    low, high = np.quantile(null, [TAIL, 1 - TAIL])
    above = int(np.count_nonzero(null >= value - ROUNDING))
    return Envelope(float(value), float(null.mean()), float(low), float(high), (1 + above) / (1 + null.size))


# Measures of one city, or of many with the same cells: counts (..., n) in, (...) out --------------------------


def dense_share(counts: ArrayLike, *, floor: ArrayLike | None = None, part: float = DENSEST) -> Any:
    """Share of the offices in the densest part of the cells.

    The part of the n cells with floor space is k = max(1, part n) cells: all of the cells with most offices up to the
    whole part of k, and of the next one the fraction that is left, so that cities with more and fewer cells compare and
    n equal cells give ``part``. Cells have one area, so most offices are the highest density; which of several equal
    cells are taken makes no difference to the share.

    Parameters
    ----------
    counts : array_like of int, shape (..., n)
    floor : array_like, shape (n,), optional
        Cells without floor space are no cells here.
    part : float
        In (0, 1].

    Returns
    -------
    float or ndarray, shape (...)
        ``nan`` without offices.

    Examples
    --------
    >>> float(dense_share(np.r_[6, 3, np.ones(38, int)]))  # 2 of 40 cells
    0.19148936170212766
    """
    n = _counts(counts)
    space = _floor(floor, n) > 0
    falling = -np.sort(-n[..., space], axis=-1)
    k = max(1.0, part * space.sum())
    weight = np.clip(k - np.arange(space.sum()), 0.0, 1.0)
    total = n.sum(axis=-1)
    return np.divide((falling * weight).sum(axis=-1), total, out=np.full(np.shape(total), np.nan), where=total > 0)[()]


def morans_i(counts: ArrayLike, weights: Any) -> Any:
    """Moran's I as :func:`microdrama.model.measures.morans_i`, of many cities with the same cells at once.

    Without clusters and gradient its mean is -1/(n - 1).
    """
    n, w = _counts(counts), csr_array(weights, dtype=np.float64)
    z = n - n.mean(axis=-1, keepdims=True)
    above, below = (z * (w @ z.T).T).sum(axis=-1), (z * z).sum(axis=-1)
    known = (np.ptp(n, axis=-1) > 0) & (w.nnz > 0)
    out = np.full(np.shape(below), np.nan)
    return np.divide(above * (n.shape[-1] / max(w.sum(), ROUNDING)), below, out=out, where=known)[()]


def getis_ord_g(counts: ArrayLike, weights: Any) -> Any:
    """Getis and Ord's G: pairs of offices in cells that touch, as a share of pairs in different cells.

    G = sum_ij w_ij n_i n_j / sum_(i != j) n_i n_j with w 0 or 1 and w_ii = 0. Shuffled over n cells its mean is S0/(n(n
    - 1)). Getis & Ord (1992), Geographical Analysis 24:189-206, doi:10.1111/j.1538-4632.1992.tb00261.x.

    Parameters
    ----------
    counts : array_like of int, shape (..., n)
    weights : sparse or dense array, shape (n, n)
        Only which are positive matters.

    Returns
    -------
    float or ndarray, shape (...)
        ``nan`` if fewer than two cells have offices.
    """
    n, links = _counts(counts), (csr_array(weights) > 0).astype(np.int64)
    above = (n * (links @ n.T).T).sum(axis=-1)
    below = n.sum(axis=-1) ** 2 - (n * n).sum(axis=-1)
    return np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below > 0)[()]


def getis_ord_g_star(counts: ArrayLike, expected: ArrayLike, ring: ArrayLike, weights: Any) -> HotCells:
    """Local G*: offices in each cell and those that touch it, beside those expected there.

    Those of ring r among them are binomial with n_r offices and m_ir/n_r, m_ir the sum of their e_j: so
    z_i = (S_i - m_i)/sqrt(sum_r m_ir (1 - m_ir/n_r)), m_i = sum_r m_ir, has mean 0 and variance 1 without clusters. The
    p-value of S_i is that of one binomial with the offices of all these rings and the same mean: exact for one ring, an
    upper bound for more (Hoeffding 1956, doi:10.1214/aoms/1177728178). With one ring and equal e this is the G* of Ord
    & Getis (1995, doi:10.1111/j.1538-4632.1995.tb00912.x) but for its moments, there those of values shuffled over the
    cells. Adjusted by Benjamini & Hochberg (1995, doi:10.1111/j.2517-6161.1995.tb02031.x).

    Parameters
    ----------
    counts : array_like of int, shape (..., n)
        Offices by cell, in each ring as many as are expected.
    expected : array_like, shape (n,)
        See :func:`expected_counts`.
    ring : array_like of int, shape (n,)
    weights : sparse or dense array, shape (n, n)
        Only which are positive matters.

    Returns
    -------
    HotCells
        Arrays of shape (..., n); z is nan where chance leaves nothing open.
    """
    from scipy.special import betainc  # takes a tenth of a second to import

    n, e, r = _counts(counts), np.asarray(expected, dtype=np.float64), np.asarray(ring)
    links = ((csr_array(weights) > 0) + eye_array(e.size) > 0).astype(np.int64)
    by_ring = np.zeros((e.size, int(r.max(initial=-1)) + 1))
    by_ring[np.arange(e.size), r] = e
    offices, means = np.rint(by_ring.sum(axis=0)), links @ by_ring
    mean, trials = means.sum(axis=1), np.where(means > 0, offices, 0.0).sum(axis=1)
    spread = np.sqrt(np.maximum(mean - (means**2 / np.maximum(offices, 1)).sum(axis=1), 0))
    near = (links @ n.T).T
    z = np.divide(near - mean, spread, out=np.full(near.shape, np.nan), where=spread > ROUNDING)
    each = np.arange(near.max(initial=0) + 1)[:, None]  # the tail of every number there is, looked up below
    chance = np.clip(mean / np.maximum(trials, 1), 0.0, 1.0)
    tail = np.where(each > 0, betainc(np.maximum(each, 1), np.maximum(trials - each + 1, 1), chance), 1.0)
    value = tail[near, np.arange(e.size)]
    return HotCells(z, value, _adjusted(value))


def _adjusted(p_value: Floats) -> Floats:
    """Benjamini and Hochberg's adjusted p-values along the last axis."""
    order = np.argsort(p_value, axis=-1)
    scaled = np.take_along_axis(p_value, order, -1) * p_value.shape[-1] / np.arange(1, p_value.shape[-1] + 1)
    least = np.minimum.accumulate(scaled[..., ::-1], axis=-1)[..., ::-1]
    result = np.empty_like(p_value)
    np.put_along_axis(result, order, np.minimum(least, 1.0), -1)
    return result


# K-density --------------------------------------------------------------------------------------------------


def pair_distances(place: ArrayLike, *, cell_km: float) -> tuple[Floats, NDArray[np.int32]]:
    """Distances between cells: the distinct ones, and which of these lies between each pair of cells.

    Parameters
    ----------
    place : array_like of int, shape (n, 2)
        Position on the lattice.
    cell_km : float

    Returns
    -------
    km : ndarray, shape (m,)
        Rising but for the first, the mean distance of points of one cell, :data:`INSIDE` cell_km.
    which : ndarray of int, shape (n, n)
    """
    at = np.asarray(place)
    if at.ndim != 2 or at.shape[1] != 2 or not np.issubdtype(at.dtype, np.integer):
        raise ValueError(f"place must be integers of shape (n, 2), not {at.dtype} of shape {at.shape}.")
    x, y = at.astype(np.int64).T
    squared, which = np.unique((x[:, None] - x) ** 2 + (y[:, None] - y) ** 2, return_inverse=True)
    km = np.sqrt(squared) * cell_km
    km[0] = INSIDE * cell_km
    return km, which.reshape(len(x), len(x)).astype(np.int32)


@compiled
def _count_pairs(counts, which, pairs):  # type: ignore[no-untyped-def]
    """Adds to (cities, distances) the pairs of offices at each distance."""
    occupied = np.empty(counts.shape[1], np.int64)
    for city in range(counts.shape[0]):
        m = 0
        for i in range(counts.shape[1]):
            if counts[city, i] > 0:
                occupied[m] = i
                m += 1
        for a in range(m):
            i = occupied[a]
            here = counts[city, i]
            pairs[city, which[i, i]] += here * (here - 1) // 2
            for b in range(a):
                pairs[city, which[i, occupied[b]]] += here * counts[city, occupied[b]]


def pairs_by_distance(counts: ArrayLike, which: NDArray[np.int32]) -> Counts:
    """Pairs of offices by distance between their cells, see :func:`pair_distances`: (..., n) in, (..., m) out."""
    n = _counts(counts)
    pairs = np.zeros((len(np.atleast_2d(n)), int(which.max(initial=-1)) + 1), np.int64)
    _count_pairs(np.ascontiguousarray(np.atleast_2d(n)), which, pairs)
    return pairs.reshape(*n.shape[:-1], -1)


def silverman(km: Floats, pairs: ArrayLike) -> float:
    """Silverman's bandwidth, 0.9 min(s, R/1.34) n^(-1/5), of n distances given by their numbers.

    s is their standard deviation, R their interquartile range. Silverman (1986), Density Estimation, eq. 3.31, which
    Duranton and Overman use.
    """
    number = np.asarray(pairs, dtype=np.float64)
    total = number.sum()
    if total < 2:
        return 0.0
    mean = (number * km).sum() / total
    spread = float(np.sqrt((number * (km - mean) ** 2).sum() / (total - 1)))
    low, high = _quantiles(km, number, np.array([0.25, 0.75]))
    wide = [width for width in (spread, float(high - low) / 1.34) if width > 0]
    return 0.9 * min(wide, default=0.0) * float(total) ** -0.2


def _quantiles(km: Floats, number: Any, levels: Any) -> Any:
    order = np.argsort(km)
    cumulated = np.cumsum(number[order])
    return km[order][np.searchsorted(cumulated, levels * cumulated[-1])]


def density(at_km: Floats, km: Floats, pairs: ArrayLike, *, bandwidth_km: float) -> Floats:
    """Gaussian kernel density of distances, reflected at 0: (..., m) numbers of pairs in, (..., g) a km out.

    What the kernel puts below 0 is added at the same distance above it, so that the density is 0 below and its area
    stays 1 (Silverman 1986, section 2.10).
    """
    number = np.asarray(pairs, dtype=np.float64)
    by = [np.exp(-0.5 * ((at_km - sign * km[:, None]) / bandwidth_km) ** 2) for sign in (1, -1)]
    kernel = (by[0] + by[1]) / (bandwidth_km * np.sqrt(2 * np.pi))
    total = number.sum(axis=-1, keepdims=True)
    result: Floats = np.divide(number, total, out=np.full(number.shape, np.nan), where=total > 0) @ kernel
    return result


def k_density(
    counts: ArrayLike, simulated: ArrayLike, place: ArrayLike, *, cell_km: float, bandwidth_km: float | None = None
) -> KDensity:
    """Duranton and Overman's K-density of the distances between offices, with local and global bands.

    K(d) = 2/(N (N - 1)) sum_(i<j) k_h(d, d_ij), a Gaussian kernel on pairwise distances, reflected at 0, with
    Silverman's bandwidth h, but not below half the width of a cell. It is looked at from 0 to the median distance
    expected: farther away there is less of what is nearer, as its area is one.

    The local bands are the 5 % and 95 % quantiles of simulated cities at each distance; a city without clusters leaves
    them somewhere far more often. The global bands are the local ones, their distance from the expected density
    multiplied at all distances by one factor, above and below, for which 5 % of simulated cities lie above the upper
    band at some distance and 5 % below the lower. Clustered (localised) is what lies above the upper band
    anywhere; dispersed is what does not, and lies below the lower.

    Parameters
    ----------
    counts : array_like of int, shape (n,)
    simulated : array_like of int, shape (draws, n)
        See :func:`simulated_counts`.
    place : array_like of int, shape (n, 2)
        Position on the lattice.
    cell_km : float
    bandwidth_km : float, optional

    References
    ----------
    Duranton & Overman (2005), Review of Economic Studies 72:1077-1106, doi:10.1111/0034-6527.00362; scaled by quantiles
    as in Myllymaki et al. (2017), J. Royal Statistical Society B 79:381-404, doi:10.1111/rssb.12172.
    """
    km, which = pair_distances(place, cell_km=cell_km)
    pairs, of_null = pairs_by_distance(counts, which), pairs_by_distance(simulated, which)
    median = _quantiles(km, of_null.sum(axis=0), 0.5)
    at = np.arange(0.0, median + STEP * cell_km / 2, STEP * cell_km)
    width = max(silverman(km, pairs), FINEST * cell_km) if bandwidth_km is None else bandwidth_km
    value, null = (density(at, km, found, bandwidth_km=width) for found in (pairs, of_null))
    expected = null.mean(axis=0)
    below, above = np.quantile(null, [TAIL, 1 - TAIL], axis=0)
    high, p_localised = _global_band(value, null, expected, above - expected)
    low, p_dispersed = _global_band(-value, -null, -expected, expected - below)
    localised = _area(value - high, STEP * cell_km)
    dispersed = 0.0 if localised > 0 else _area(-low - value, STEP * cell_km)
    return KDensity(
        km=at,
        value=value,
        expected=expected,
        local_low=below,
        local_high=above,
        low=-low,
        high=high,
        bandwidth_km=width,
        localised=localised,
        dispersed=dispersed,
        p_localised=p_localised,
        p_dispersed=p_dispersed,
    )


def _global_band(value: Floats, null: Floats, centre: Floats, spread: Floats) -> tuple[Floats, float]:
    """The upper global band, and the p-value of the value's largest rise over the centre, in units of spread."""
    known = spread > ROUNDING  # elsewhere all simulated cities are alike
    unit = np.where(known, spread, np.inf)
    most = ((null - centre) / unit).max(axis=-1)
    found = envelope(float(((value - centre) / unit).max()), most)
    return centre + found.high * spread, found.p_value


def _area(excess: Floats, step: float) -> float:
    return float(np.where(excess > ROUNDING, excess, 0.0).sum() * step)


# All of them ------------------------------------------------------------------------------------------------


def clustering(
    counts: ArrayLike,
    place: ArrayLike,
    distance_km: ArrayLike,
    *,
    cell_km: float,
    floor: ArrayLike | None = None,
    drawn: ArrayLike | None = None,
    draws: int = 999,
    seed: int = 0,
) -> Clustering:
    """All measures of one city, each beside simulated cities that keep its gradient, or what is known to draw offices.

    Parameters
    ----------
    counts : array_like of int, shape (n,)
        Offices by cell.
    place : array_like of int, shape (n, 2)
        Position of the cells on the lattice.
    distance_km : array_like, shape (n,)
        Distance of the cells from the city's centre.
    cell_km : float
        Width of a cell.
    floor : array_like, shape (n,), optional
        Floor space of each cell, in any unit; the same everywhere if left out.
    drawn : array_like, shape (n,), optional
        How strongly each cell draws offices for itself, such as by its rent: simulated offices fall by these weights
        anywhere in the city, instead of keeping to the gradient.
    draws, seed : int
        Number of simulated cities, and key of their draws.

    Returns
    -------
    Clustering
        With fewer than two offices all measures are nan, and there is neither K-density nor hot cells.

    Raises
    ------
    ValueError
        For counts that are not whole numbers, offices in cells without floor space, or lengths that differ.
    """
    n, at, ring = _counts(counts, 1), np.asarray(place), rings(distance_km, cell_km=cell_km)
    space, offices, weights = _floor(floor, n), int(n.sum()), queen_weights(at)
    if drawn is None:
        e = expected_counts(n, distance_km, cell_km=cell_km, floor=space)
    else:
        weight = _floor(drawn, n)
        e, ring = offices * weight / weight.sum(), np.zeros_like(ring)
    if offices < 2:
        nothing = Envelope(*[float("nan")] * 5)
        return Clustering(offices, int((space > 0).sum()), dict.fromkeys(MEASURES, nothing), None, None, e)
    null = simulated_counts(e, ring, draws=draws, seed=seed)
    simple: dict[str, Callable[[Counts], Any]] = {
        "dense_share": lambda by_cell: dense_share(by_cell, floor=space),
        "morans_i": lambda by_cell: morans_i(by_cell, weights),
        "getis_ord_g": lambda by_cell: getis_ord_g(by_cell, weights),
        "hot_cells": lambda by_cell: getis_ord_g_star(by_cell, e, ring, weights).hot.sum(axis=-1),
    }
    found = {name: envelope(measure(n), measure(null)) for name, measure in simple.items()}
    k = k_density(n, null, at, cell_km=cell_km)
    hot = getis_ord_g_star(n, e, ring, weights)
    return Clustering(offices, int((space > 0).sum()), found | _of_k(k), k, hot, e)


def _of_k(k: KDensity) -> dict[str, Envelope]:
    """The areas outside the global bands, which are 0 in all but 5 % of simulated cities."""
    nan = float("nan")
    return {
        "k_localised": Envelope(k.localised, nan, 0.0, 0.0, k.p_localised),
        "k_dispersed": Envelope(k.dispersed, nan, 0.0, 0.0, k.p_dispersed),
    }
