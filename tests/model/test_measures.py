"""Every measure against its closed form, its exact null distribution, or a plain loop.

Where the null distribution is small it is enumerated, so "mean zero" is checked to rounding. Where it is not,
seeded draws must agree within four standard errors, and the standard error must be small enough for a wrong
formula to fail.
"""

from __future__ import annotations

import doctest
import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from microdrama.model import measures as m

X = np.array([0.35, 0.25, 0.15, 0.10, 0.10, 0.05])  # six cities, one of them large
INDICES = pytest.mark.parametrize("index", [m.ellison_glaeser, m.maurel_sedillot])
reproducible = settings(derandomize=True, deadline=None, max_examples=40)


def lattice(rows: int, columns: int) -> np.ndarray:
    return np.argwhere(np.ones((rows, columns), dtype=bool))


def lognormal_sizes(rng: np.random.Generator, n: int, sigma: float) -> np.ndarray:
    return np.exp(sigma * rng.standard_normal(n))


def from_plants(index: Callable[..., float], sizes: np.ndarray, city: np.ndarray, x: np.ndarray) -> float:
    by_city, plant_herfindahl = m.city_totals(sizes, city, cities=x.size)
    return index(by_city, x, plant_herfindahl=plant_herfindahl)


def within_four_standard_errors(draws: np.ndarray, expected: float, *, largest_se: float) -> None:
    se = draws.std(ddof=1) / math.sqrt(draws.size)
    assert se <= largest_se, f"standard error {se:.2g} is too large for the test to mean anything"
    error = f"mean {draws.mean():.5g} is not {expected:.5g} (standard error {se:.2g})"
    assert abs(draws.mean() - expected) <= 4 * se, error


def exact_sd(sizes: np.ndarray, x: np.ndarray, index: Callable[..., float]) -> float:
    """Standard deviation of gamma on the dartboard, given the sizes (or over rows of sizes).

    G = sum_ik z_i z_k K(c_i, c_k) with K the inner product of (unit vector of the city) - x. K has mean zero
    given either city, so pairs and single plants are uncorrelated. E K^2 = q - 2c + q^2, Var x_c = c - q^2,
    q = sum x^2, c = sum x^3. Maurel-Sedillot adds 2 sum_i z_i (x_ci - q) to G.
    """
    q, c = float((x**2).sum()), float((x**3).sum())
    z = sizes / sizes.sum(axis=-1, keepdims=True)
    h = (z**2).sum(axis=-1)
    pairs = 2 * (h**2 - (z**4).sum(axis=-1)) * (q - 2 * c + q**2)
    single = z**2 if index is m.ellison_glaeser else z * (1 - z)
    variance = (pairs + 4 * (c - q**2) * (single**2).sum(axis=-1)) / ((1 - q) * (1 - h)) ** 2
    return math.sqrt(variance.mean())  # gamma has mean 0 whatever the sizes, so variances average


# Concentration between cities ------------------------------------------------------------------------------


def test_shares_and_hhi_by_hand() -> None:
    s = m.shares([6, 3, 1])
    np.testing.assert_allclose(s, [0.6, 0.3, 0.1], rtol=1e-15)
    assert m.hhi(s) == pytest.approx(0.46, rel=1e-14)
    assert m.hhi_normalised(s) == pytest.approx((0.46 - 1 / 3) / (2 / 3), rel=1e-14)
    assert m.numbers_equivalent(s) == pytest.approx(1 / 0.46, rel=1e-14)
    assert m.rank_one_share(s) == pytest.approx(0.6, rel=1e-14)


@pytest.mark.parametrize("k", [2, 5, 40])
def test_hhi_bounds(k: int) -> None:
    even, one = np.full(k, 1 / k), np.eye(k)[0]
    assert m.hhi(even) == pytest.approx(1 / k, rel=1e-14)
    assert m.numbers_equivalent(even) == pytest.approx(k, rel=1e-14)
    assert m.hhi_normalised(even) == pytest.approx(0, abs=1e-14)
    assert m.hhi(one) == m.hhi_normalised(one) == m.numbers_equivalent(one) == m.rank_one_share(one) == 1


def test_shares_of_huge_sizes_do_not_overflow() -> None:
    np.testing.assert_array_equal(m.shares([1e308, 1e308, 0]), [0.5, 0.5, 0])


def test_city_totals_by_hand() -> None:
    by_city, plant_herfindahl = m.city_totals([4, 3, 2, 1], [0, 0, 1, 3], cities=5)
    np.testing.assert_array_equal(by_city, [7, 2, 0, 1, 0])
    assert plant_herfindahl == pytest.approx(0.30, rel=1e-14)


def test_indices_by_hand() -> None:
    """Plants 4, 3 | 2 | 1, x = .5 .3 .2: G = .06, sum s^2 = .54, sum x^2 = .38, H = .30."""
    sizes, city, x = np.array([4, 3, 2, 1]), np.array([0, 0, 1, 2]), np.array([0.5, 0.3, 0.2])
    assert from_plants(m.ellison_glaeser, sizes, city, x) == pytest.approx(-63 / 217, abs=1e-14)
    assert from_plants(m.maurel_sedillot, sizes, city, x) == pytest.approx(-13 / 217, abs=1e-14)


def test_ellison_glaeser_published_example() -> None:
    """Farhauer & Kroell (2014): 0.05990628, retyped from the example of ellison.a in R package REAT 3.0.3."""
    employees = np.array([200, 650, 12000, 100, 50, 16000, 13000, 1500, 1500, 25000])
    city = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 2])
    gamma = from_plants(m.ellison_glaeser, employees, city, m.shares([500000, 400000, 100000]))
    assert gamma == pytest.approx(0.05990628, abs=5e-9)


@INDICES
def test_counts_are_plants_of_equal_size(index: Callable[..., float]) -> None:
    city = np.repeat(np.arange(4), [5, 0, 3, 1])
    x = np.array([0.1, 0.2, 0.3, 0.4])
    counted = index([5, 0, 3, 1], x, plant_herfindahl=None)
    assert counted == pytest.approx(from_plants(index, np.full(9, 2.5), city, x), abs=1e-14)
    assert counted == pytest.approx(index([5, 0, 3, 1], x, plant_herfindahl=1 / 9), abs=1e-15)


@INDICES
def test_gamma_is_one_when_all_plants_share_a_city(index: Callable[..., float]) -> None:
    """Averaged over the city they share, drawn by x: two plants are then always together, and gamma is 1."""
    together = [index(10 * np.eye(6)[j], X, plant_herfindahl=0.2) for j in range(6)]
    assert X @ together == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("sizes", [[1, 1, 1, 1, 1], [8, 4, 2, 1, 1], [100, 1, 1, 1, 1]])
def test_dartboard_enumerated(sizes: list[float]) -> None:
    """All 4^5 locations of five plants with their probabilities: E HHI, E gamma and sd gamma to rounding."""
    plants, x = np.array(sizes, dtype=float), np.array([0.5, 0.25, 0.15, 0.1])
    places = np.array(list(itertools.product(range(4), repeat=5)))
    probability = x[places].prod(axis=1)
    assert probability.sum() == pytest.approx(1, abs=1e-13)
    q, h = m.hhi(x), m.hhi(m.shares(plants))
    concentration = [m.hhi(m.shares(m.city_totals(plants, place, cities=4)[0])) for place in places]
    assert probability @ concentration == pytest.approx(q + (1 - q) * h, abs=1e-12)
    for index in (m.ellison_glaeser, m.maurel_sedillot):
        gamma = np.array([from_plants(index, plants, place, x) for place in places])
        assert probability @ gamma == pytest.approx(0, abs=1e-12)
        assert math.sqrt(probability @ gamma**2) == pytest.approx(exact_sd(plants, x, index), rel=1e-10)


@pytest.mark.parametrize(("n", "sigma"), [(10, 0.0), (30, 0.5), (100, 0.0), (100, 1.5), (300, 1.0)])
def test_dartboard_simulated(n: int, sigma: float) -> None:
    """New sizes and new places in every draw. gamma without the H terms would be off by 1/N or more."""
    rng = np.random.default_rng([n, int(10 * sigma)])
    draws = np.empty((1000, 3))
    for row in draws:
        sizes = lognormal_sizes(rng, n, sigma)
        by_city, h = m.city_totals(sizes, rng.choice(6, size=n, p=X), cities=6)
        row[0] = m.hhi(m.shares(by_city)) - (1 - m.hhi(X)) * h
        row[1] = m.ellison_glaeser(by_city, X, plant_herfindahl=h)
        row[2] = m.maurel_sedillot(by_city, X, plant_herfindahl=h)
    within_four_standard_errors(draws[:, 0], m.hhi(X), largest_se=0.0032)
    within_four_standard_errors(draws[:, 1], 0, largest_se=0.0029)
    within_four_standard_errors(draws[:, 2], 0, largest_se=0.0042)


def test_noise_of_the_two_indices() -> None:
    """Which index is less noisy depends on the plants: these figures stand in the documentation.

    The last case is heavy tailed: one plant can be nearly the whole industry. Four million sizes in the closed
    form give sd 0.321 (se 0.005), but 20,000 anything in 0.28 to 0.74: the check is one-sided.
    """
    equal = np.ones(100)
    assert exact_sd(equal, X, m.ellison_glaeser) == pytest.approx(0.0073, abs=5e-5)
    assert exact_sd(equal, X, m.maurel_sedillot) == pytest.approx(0.0283, abs=5e-5)
    rng = np.random.default_rng(3)
    city = rng.choice(6, size=(1000, 100), p=X)
    for index in (m.ellison_glaeser, m.maurel_sedillot):
        simulated = np.std([from_plants(index, equal, place, X) for place in city])
        assert simulated == pytest.approx(exact_sd(equal, X, index), rel=0.12)

    for n, index, figure, tolerance in [
        (100, m.ellison_glaeser, 0.0455, 0.005),
        (100, m.maurel_sedillot, 0.0722, 0.002),
        (10, m.maurel_sedillot, 0.2185, 0.005),
    ]:
        sizes = np.exp(1.5 * rng.standard_normal((15_000, n)))
        assert exact_sd(sizes, X, index) == pytest.approx(figure, abs=tolerance)
    assert exact_sd(np.exp(1.5 * rng.standard_normal((15_000, 10))), X, m.ellison_glaeser) > 0.25


@pytest.mark.parametrize("ratio", [0.5, 2.0, 8.0, 50.0])
def test_gamma_recovers_the_strength_of_clustering(ratio: float) -> None:
    """Entry at rate a + b n settles at Dirichlet-multinomial counts, alpha = x A/b: E gamma = b/(A + b).

    Bottazzi, Dosi, Fagiolo & Secchi (2007), doi:10.1093/jeg/lbm024.
    """
    rng, n, alpha = np.random.default_rng(int(10 * ratio)), 60, X * ratio
    draws = np.empty((1200, 3))
    for row in draws:
        counts = rng.multinomial(n, rng.dirichlet(alpha))
        row[0] = m.ellison_glaeser(counts, X, plant_herfindahl=None)
        row[1] = m.maurel_sedillot(counts, X, plant_herfindahl=None)
        row[2] = m.hhi(m.shares(counts))
    together = (alpha * (alpha + 1)).sum() / (ratio * (ratio + 1))
    within_four_standard_errors(draws[:, 0], 1 / (1 + ratio), largest_se=0.014)
    within_four_standard_errors(draws[:, 1], 1 / (1 + ratio), largest_se=0.014)
    within_four_standard_errors(draws[:, 2], 1 / n + (1 - 1 / n) * together, largest_se=0.009)


@INDICES
def test_null_envelope_covers_new_null_draws(index: Callable[..., float]) -> None:
    """90 % of new industries of the same plants: binomial se 0.011, se from the envelope itself 0.010."""
    rng = np.random.default_rng(11)
    sizes = lognormal_sizes(rng, 100, 1.5)
    low, high = m.null_envelope(index, sizes, reference_shares=X, rng=rng, draws=1000)
    gamma = np.array([from_plants(index, sizes, rng.choice(6, size=100, p=X), X) for _ in range(800)])
    assert np.mean((low <= gamma) & (gamma <= high)) == pytest.approx(0.90, abs=0.05)
    assert np.mean(gamma < low) == pytest.approx(0.05, abs=0.04)
    clustered = from_plants(index, sizes, rng.choice(6, size=100, p=np.array([0, 0, 0, 0.1, 0.1, 0.8])), X)
    assert clustered > high


def test_null_envelope_of_a_known_distribution() -> None:
    """The count in one city is binomial: its quantiles, one per level, and for all cities at once."""
    envelope = m.null_envelope(
        lambda by_city, x, plant_herfindahl: by_city,
        np.ones(400),
        reference_shares=X,
        rng=np.random.default_rng(5),
        draws=4000,
        levels=(0.05, 0.5, 0.95),
    )
    assert envelope.shape == (3, 6)
    exact = stats.binom.ppf(np.array([[0.05], [0.5], [0.95]]), 400, X)
    assert np.abs(envelope - exact).max() <= 1


def test_null_envelope_keeps_the_sizes_and_the_seed() -> None:
    def total(by_city: np.ndarray, x: np.ndarray, *, plant_herfindahl: float) -> float:
        return float(by_city.sum()) + plant_herfindahl

    def envelope(seed: int, statistic: Callable[..., float]) -> np.ndarray:
        rng = np.random.default_rng(seed)
        return m.null_envelope(statistic, [4, 3, 2, 1], reference_shares=X, rng=rng, draws=49, levels=(0.2, 0.8))

    np.testing.assert_allclose(envelope(1, total), [10.3, 10.3], rtol=1e-14)
    np.testing.assert_array_equal(envelope(1, m.ellison_glaeser), envelope(1, m.ellison_glaeser))
    assert (envelope(1, m.maurel_sedillot) != envelope(2, m.maurel_sedillot)).any()


# Specialisation and inequality -----------------------------------------------------------------------------


def test_location_quotients() -> None:
    rng = np.random.default_rng(2)
    s, x = rng.dirichlet(np.ones(50)), rng.dirichlet(np.ones(50))
    quotients = m.location_quotients(s, x)
    assert x @ quotients == pytest.approx(1, abs=1e-14)
    np.testing.assert_allclose(quotients * x, s, rtol=1e-14)
    np.testing.assert_array_equal(m.location_quotients(x, x), np.ones(50))
    np.testing.assert_array_equal(m.location_quotients([0.5, 0.5, 0], [1, 0, 0]), [0.5, np.inf, np.nan])


@pytest.mark.parametrize("seed", range(3))
def test_locational_gini_against_the_double_sum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.dirichlet(np.ones(30))
    s = m.shares(rng.integers(0, 4, 30))  # zeros and ties
    lq = s / x
    double_sum = 0.5 * sum(x[j] * x[k] * abs(lq[j] - lq[k]) for j, k in itertools.product(range(30), repeat=2))
    assert m.locational_gini(s, x) == pytest.approx(double_sum, abs=1e-14)


@pytest.mark.parametrize("a", [2.5, 3.0, 6.0])
def test_locational_gini_of_pareto(a: float) -> None:
    """LQ Pareto(a) over equal cities: 1/(2a - 1). The top quantile of the grid costs about n^(1/a - 1)."""
    n = 400_000
    lq = (1 - (np.arange(n) + 0.5) / n) ** (-1 / a)
    gini = m.locational_gini(m.shares(np.random.default_rng(0).permutation(lq)), np.full(n, 1 / n))
    assert gini == pytest.approx(1 / (2 * a - 1), abs=5 * n ** (1 / a - 1))
    assert gini == pytest.approx(1 / (2 * a - 1), rel=0.01)


@pytest.mark.parametrize("b", [1.5, 4.0])
def test_locational_gini_of_a_power_lorenz_curve(b: float) -> None:
    """Cities of very unequal size on the Lorenz curve u^b: (b - 1)/(b + 1)."""
    x = np.random.default_rng(1).dirichlet(np.full(20_000, 0.5))
    curve = np.cumsum(x) ** b
    s = np.diff(curve, prepend=0) / curve[-1]
    assert m.locational_gini(s, x) == pytest.approx((b - 1) / (b + 1), abs=1e-6)


def test_locational_gini_where_the_reference_is_empty() -> None:
    """The limit of a vanishing reference share, without a warning."""
    limit = m.locational_gini([0.5, 0.2, 0.3], [0.6, 0.4 - 1e-12, 1e-12])
    assert m.locational_gini([0.5, 0.2, 0.3], [0.6, 0.4, 0]) == pytest.approx(limit, abs=1e-10)
    assert m.locational_gini([0, 1], [1, 0]) == 1


def test_theil_closed_forms() -> None:
    """Even over m of K cities: ln(K/m). Lognormal location quotients: sigma^2/2."""
    assert m.theil(X, X) == 0
    assert m.theil(np.repeat([0.25, 0], [4, 6]), np.full(10, 0.1)) == pytest.approx(math.log(2.5), abs=1e-14)
    n, sigma = 100_000, 0.8
    lq = np.exp(sigma * stats.norm.ppf((np.arange(n) + 0.5) / n))
    assert m.theil(m.shares(lq), np.full(n, 1 / n)) == pytest.approx(sigma**2 / 2, abs=2e-4)
    assert m.theil([0.5, 0.5], [1, 0]) == math.inf


@pytest.mark.parametrize("seed", range(5))
def test_theil_decomposition_is_exact(seed: int) -> None:
    """To 1e-15 on 2,000 cells of 7 cities, one of them without industry; each part against its definition."""
    rng = np.random.default_rng(seed)
    city = rng.integers(0, 7, 2000)
    s = m.shares(rng.gamma(0.3, size=2000) * (rng.random(2000) < 0.7) * (city != 3))
    x = rng.dirichlet(np.ones(2000))
    parts = m.theil_decomposition(s, x, group=city)
    assert parts.total == m.theil(s, x)
    assert parts.between + parts.within == pytest.approx(parts.total, abs=4e-15)
    s_city, x_city = np.bincount(city, s), np.bincount(city, x)
    active = [g for g in range(7) if g != 3]
    between = sum(s_city[g] * math.log(s_city[g] / x_city[g]) for g in active)
    inside = {g: m.theil(m.shares(s[city == g]), m.shares(x[city == g])) for g in active}
    assert parts.between == pytest.approx(between, abs=1e-13)
    assert parts.within == pytest.approx(sum(s_city[g] * inside[g] for g in active), abs=1e-13)
    np.testing.assert_allclose(parts.by_group[active], list(inside.values()), rtol=1e-12)
    assert np.isnan(parts.by_group[3])
    assert parts.between > 0.01 and parts.within > 0.1


def test_theil_decomposition_extremes() -> None:
    s, x = np.array([0.4, 0.3, 0.2, 0.1]), np.full(4, 0.25)
    one_city = m.theil_decomposition(s, x, group=["a"] * 4)
    assert one_city.between == pytest.approx(0, abs=1e-15) and one_city.within == pytest.approx(one_city.total)
    one_cell_each = m.theil_decomposition(s, x, group=["d", "c", "b", "a"])
    assert one_cell_each.within == 0 and one_cell_each.between == pytest.approx(one_cell_each.total, abs=1e-15)


def test_spearman_persistence() -> None:
    """Without ties 1 - 6 sum d^2 / (n (n^2 - 1)); with ties the correlation of mean ranks."""
    rng = np.random.default_rng(4)
    earlier, later = rng.permutation(20), rng.permutation(20)
    formula = 1 - 6 * ((earlier - later) ** 2).sum() / (20 * 399)
    assert m.spearman_persistence(np.exp(earlier), later) == pytest.approx(formula, abs=1e-14)
    assert m.spearman_persistence([3, 2, 1], [9, 5, 4]) == pytest.approx(1, abs=1e-15)
    tied = np.corrcoef([1.5, 1.5, 3, 4], [1, 2, 3, 4])[0, 1]
    assert m.spearman_persistence([0, 0, 5, 9], [1, 2, 3, 4]) == pytest.approx(tied, abs=1e-14)
    assert np.isnan(m.spearman_persistence([1, 1], [1, 2]))


# Properties ------------------------------------------------------------------------------------------------


@st.composite
def industries(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Plant sizes, plant cities, reference shares and a relabelling of the cities."""
    k = draw(st.integers(2, 8))
    plants = draw(st.lists(st.tuples(st.floats(0.01, 100), st.integers(0, k - 1)), min_size=2, max_size=30))
    weights = draw(st.lists(st.integers(1, 50), min_size=k, max_size=k))
    label = draw(st.permutations(range(k)))
    return (np.array([p[0] for p in plants]), np.array([p[1] for p in plants]), m.shares(weights), np.array(label))


def all_measures(sizes: np.ndarray, city: np.ndarray, x: np.ndarray) -> np.ndarray:
    by_city, h = m.city_totals(sizes, city, cities=x.size)
    s = m.shares(by_city)
    between = [m.ellison_glaeser(by_city, x, plant_herfindahl=h), m.maurel_sedillot(by_city, x, plant_herfindahl=h)]
    inequality = [m.theil(s, x), m.locational_gini(s, x)]
    return np.array([m.hhi(s), m.hhi_normalised(s), m.rank_one_share(s), h, *between, *inequality])


@reproducible
@given(industries())
def test_names_of_cities_do_not_matter(industry: tuple[np.ndarray, ...]) -> None:
    sizes, city, x, label = industry
    renamed = np.empty_like(x)
    renamed[label] = x
    np.testing.assert_allclose(
        all_measures(sizes, label[city], renamed), all_measures(sizes, city, x), rtol=1e-9, atol=1e-10
    )


@reproducible
@given(industries(), st.floats(1e-6, 1e6))
def test_the_unit_of_size_does_not_matter(industry: tuple[np.ndarray, ...], unit: float) -> None:
    sizes, city, x, _ = industry
    np.testing.assert_allclose(all_measures(sizes * unit, city, x), all_measures(sizes, city, x), rtol=1e-9, atol=1e-10)


@reproducible
@given(industries())
def test_bounds(industry: tuple[np.ndarray, ...]) -> None:
    sizes, city, x, _ = industry
    hhi, normalised, leader, h, eg, ms, theil, gini = all_measures(sizes, city, x)
    hoover, rounding = np.abs(m.shares(m.city_totals(sizes, city, cities=x.size)[0]) - x).sum() / 2, 1e-9
    assert 1 / x.size - rounding <= hhi <= leader + rounding <= 1 + 2 * rounding
    assert -rounding <= normalised <= hhi + rounding and h <= hhi + rounding
    assert hoover - rounding <= gini < 1
    assert 2 * hoover**2 <= theil + rounding  # Pinsker's inequality
    assert eg >= -h / (1 - h) - rounding and ms <= 1 + rounding


# Space -----------------------------------------------------------------------------------------------------


def neighbours_by_loop(cells: np.ndarray, group: np.ndarray | None = None) -> np.ndarray:
    n = len(cells)
    links = np.zeros((n, n))
    for i, j in itertools.permutations(range(n), 2):
        touching = max(abs(cells[i] - cells[j])) == 1
        links[i, j] = touching and (group is None or group[i] == group[j])
    return links


@pytest.mark.parametrize("grouped", [False, True])
def test_queen_weights_against_a_loop(grouped: bool) -> None:
    """A ragged map in random order, with negative coordinates, holes, islands and cities that touch."""
    rng = np.random.default_rng(8)
    cells = rng.permutation(np.argwhere(rng.random((14, 15)) < 0.3)) - 5
    group = rng.integers(0, 2, len(cells)) if grouped else None
    links = neighbours_by_loop(cells, group)
    number = links.sum(axis=1, keepdims=True)
    assert (number == 0).any() and (number > 2).any()
    binary = m.queen_weights(cells, group, row_standardised=False)
    np.testing.assert_array_equal(binary.toarray(), links)
    standardised = m.queen_weights(cells, group).toarray()
    np.testing.assert_allclose(standardised, links / np.maximum(number, 1), rtol=1e-15)


def test_queen_weights_of_a_lattice() -> None:
    """3 neighbours in a corner, 5 on an edge, 8 inside; two cities side by side are two separate lattices."""
    number = m.queen_weights(lattice(5, 7), row_standardised=False).sum(axis=1)
    assert dict(zip(*np.unique(number, return_counts=True), strict=True)) == {3: 4, 5: 16, 8: 15}
    cells = lattice(4, 6)
    weights = m.queen_weights(cells, cells[:, 1] // 3).toarray()
    west, east = cells[:, 1] < 3, cells[:, 1] >= 3
    assert not weights[np.ix_(west, east)].any() and not weights[np.ix_(east, west)].any()
    np.testing.assert_array_equal(weights[np.ix_(west, west)], m.queen_weights(lattice(4, 3)).toarray())


# A 4 x 5 lattice, row by row, with the numbers of esda 2.10.0 and libpysal 4.15.1: lat2W(4, 5, rook=False),
# Moran and Moran_Local with transform "r" (esda takes n - 1 where Anselin takes n), G_Local(star=True).
VALUES = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4], dtype=float)
ESDA_MORAN = -0.01328942619992781
ESDA_LOCAL = np.fromstring(
    """
    0.215644171779141 0.02639841212558625 0.21564417177914103 0.13199206062793195 -0.03805485384337792
    -0.5975640562973654 -0.302896066402021 -0.03548357993504144 0.013370624323349008 -0.13953446409238546
    -0.00102850956333453 0.01079935041501281 0.15650487188740556 0.3022103933597981 0.31300974377481083
    -0.03805485384337796 -0.2931252255503429 -0.4947130999639119 0.6695597257307834 -0.36717791411042944
    """,
    sep=" ",
)
ESDA_G_STAR = np.fromstring(
    """
    -0.9108591444838544 -0.7408541993880488 -1.82503107654129 -0.9215503455802551 -1.1178725864120034
    -0.1987657608114279 0.5575909842447468 -0.1081892954504738 0.8904811240923567 0.16262653157298665
    -0.01806961461922063 0.5575909842447468 1.0569261940161612 1.7227064737113826 1.2468034087262283
    -0.2898188186994083 0.16262653157298665 1.4274995549184346 1.9695879934950555 1.7803156005820782
    """,
    sep=" ",
)


def test_spatial_measures_against_esda() -> None:
    w = m.queen_weights(lattice(4, 5))
    assert m.morans_i(VALUES, w) == pytest.approx(ESDA_MORAN, abs=1e-15)
    np.testing.assert_allclose(m.local_morans_i(VALUES, w), ESDA_LOCAL * 20 / 19, atol=1e-14)
    np.testing.assert_allclose(m.getis_ord_g_star(VALUES, w).z, ESDA_G_STAR, atol=1e-13)


@pytest.mark.parametrize("row_standardised", [True, False])
def test_spatial_measures_against_loops(row_standardised: bool) -> None:
    """A ragged map with islands; weights as sparse and as dense arrays."""
    rng = np.random.default_rng(12)
    cells = np.argwhere(rng.random((10, 10)) < 0.25)
    n, values = len(cells), rng.gamma(0.5, size=len(cells))
    sparse = m.queen_weights(cells, row_standardised=row_standardised)
    w, z = sparse.toarray(), values - values.mean()
    s0 = sum(w[i, j] for i in range(n) for j in range(n))
    cross = sum(w[i, j] * z[i] * z[j] for i in range(n) for j in range(n))
    moran = n / s0 * cross / sum(z[i] ** 2 for i in range(n))
    assert m.morans_i(values, sparse) == pytest.approx(moran, abs=1e-14)
    assert m.morans_i(values, w) == pytest.approx(moran, abs=1e-14)
    local = m.local_morans_i(values, sparse)
    islands = w.sum(axis=1) == 0
    assert 0 < islands.sum() < n / 2
    np.testing.assert_array_equal(np.isnan(local), islands)
    assert np.nansum(local) == pytest.approx(s0 * moran, abs=1e-12)

    mean, sd = values.mean(), math.sqrt((values**2).mean() - values.mean() ** 2)
    for i, score in enumerate(m.getis_ord_g_star(values, sparse).z):
        near = [j for j in range(n) if j == i or w[i, j] > 0]
        total, number = sum(values[j] for j in near), len(near)
        naive = (total - mean * number) / (sd * math.sqrt((n * number - number**2) / (n - 1)))
        assert score == pytest.approx(naive, abs=1e-12)


@pytest.mark.parametrize("side", [4, 6, 10])
def test_moran_of_a_checkerboard(side: int) -> None:
    """-1 with rook links; -1/(2m - 1) with binary queen links; -(4(m-2)/5 + 4/3)/m^2 row-standardised.

    Inside, four unlike and four like neighbours cancel; an edge cell has 3 against 2, a corner 2 against 1.
    """
    cells = lattice(side, side)
    board = (-1.0) ** cells.sum(axis=1)
    queen = m.queen_weights(cells, row_standardised=False)
    rook = queen.toarray() * (np.abs(cells[:, None] - cells[None]).sum(axis=2) == 1)
    assert m.morans_i(board, rook) == pytest.approx(-1, abs=1e-14)
    assert m.morans_i(board, queen) == pytest.approx(-1 / (2 * side - 1), abs=1e-14)
    standardised = -(4 * (side - 2) / 5 + 4 / 3) / side**2
    assert m.morans_i(board, m.queen_weights(cells)) == pytest.approx(standardised, abs=1e-14)


@pytest.mark.parametrize("n", [2, 5, 40])
def test_moran_of_a_gradient(n: int) -> None:
    """On a line inner cells equal their neighbours' mean; the two ends give 1 - 12/(n (n + 1)) if n > 2."""
    line = m.queen_weights(lattice(1, n))
    expected = 1 - 12 / (n * (n + 1)) if n > 2 else -1
    assert m.morans_i(np.arange(n), line) == pytest.approx(expected, abs=1e-13)
    assert m.morans_i(7 - 3.5 * np.arange(n), line) == pytest.approx(expected, abs=1e-13)
    assert m.morans_i(lattice(10, 10)[:, 0], m.queen_weights(lattice(10, 10))) > 0.8


ELL = np.array([[0, 0], [1, 0], [2, 0], [3, 0], [3, 1], [3, 2], [9, 9]])  # a bent street and an island
ELL_VALUES = np.array([5, 0, 1, 1, 0, 0, 2])
TIED_VALUES = np.array([0.1, 0.1, 0.1, 0.1, 0.7, 0.1, 0.7])  # tied maps whose I differs in the last bit


def test_spatial_measures_over_all_permutations() -> None:
    """All 7! maps: Moran's I has mean -1/(n - 1), G* has mean 0 and variance 1 in every cell, to rounding."""
    w = m.queen_weights(ELL)
    maps = np.array(sorted(set(itertools.permutations(ELL_VALUES.tolist()))))
    assert len(maps) == math.factorial(7) // 12  # maps that differ: 3! 2! orders of tied cells each
    assert np.mean([m.morans_i(v, w) for v in maps]) == pytest.approx(-1 / 6, abs=1e-13)
    z = np.array([m.getis_ord_g_star(v, w).z for v in maps])
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-13)
    np.testing.assert_allclose(z.var(axis=0), 1, atol=1e-12)


@pytest.mark.parametrize(
    ("values", "alternative"), [(TIED_VALUES, "greater"), (TIED_VALUES, "less"), (ELL_VALUES, "two-sided")]
)
def test_moran_permutation_p_value_is_the_exact_one(values: np.ndarray, alternative: m.Alternative) -> None:
    """Against all 7! maps, within 4 binomial standard errors (0.007; twice that if two-sided).

    Taking ties for "less extreme" because of rounding would cost 0.095 in the first case.
    """
    w = m.queen_weights(ELL)
    test = m.morans_i_permutations(values, w, rng=np.random.default_rng(6), permutations=4999, alternative=alternative)
    exact = np.array([m.morans_i(v, w) for v in set(itertools.permutations(values.tolist()))])
    above, below = np.mean(exact >= test.observed - 1e-9), np.mean(exact <= test.observed + 1e-9)
    p = {"greater": above, "less": below, "two-sided": 2 * min(above, below)}[alternative]
    assert 0.4 < p < 0.9  # neither tail is empty
    assert test.p_value == pytest.approx(p, abs=0.056 if alternative == "two-sided" else 0.028)
    assert test.observed == m.morans_i(values, w) and test.expected == pytest.approx(-1 / 6)
    assert test.permuted.shape == (4999,)
    assert np.abs(test.permuted[:, None] - np.unique(exact.round(12))).min(axis=1).max() < 1e-11


def test_moran_permutations_of_counts_on_a_lattice() -> None:
    rng = np.random.default_rng(9)
    w = m.queen_weights(lattice(12, 12))
    test = m.morans_i_permutations(rng.poisson(2, 144), w, rng=rng)
    within_four_standard_errors(test.permuted, -1 / 143, largest_se=0.0015)
    gradient = m.morans_i_permutations(lattice(12, 12)[:, 0], w, rng=rng)
    assert gradient.p_value == 1 / 1000  # never 0
    line = m.queen_weights(lattice(1, 40))
    assert m.morans_i_permutations((-1.0) ** np.arange(40), line, rng=rng, alternative="less").p_value == 1 / 1000
    assert m.morans_i_permutations((-1.0) ** np.arange(40), line, rng=rng).p_value == 1


def test_moran_p_values_are_uniform_under_the_null() -> None:
    """300 random maps: a share a has p <= a (a = 0.05, 0.25, 0.5), within 4 binomial standard errors."""
    rng = np.random.default_rng(10)
    w = m.queen_weights(lattice(6, 6))
    p = np.array(
        [m.morans_i_permutations(rng.gamma(0.5, size=36), w, rng=rng, permutations=99).p_value for _ in range(300)]
    )
    for a in (0.05, 0.25, 0.5):
        assert np.mean(p <= a) == pytest.approx(a, abs=4 * math.sqrt(a * (1 - a) / 300))


def test_getis_ord_p_values() -> None:
    """Two-sided normal, and Benjamini-Hochberg by its definition: min over larger p of p n / rank."""
    spots = m.getis_ord_g_star(VALUES, m.queen_weights(lattice(4, 5)))
    np.testing.assert_allclose(spots.p_value, [math.erfc(abs(z) / math.sqrt(2)) for z in spots.z], rtol=1e-12)
    order = np.argsort(spots.p_value)
    stepwise = [spots.p_value[i] * 20 / (rank + 1) for rank, i in enumerate(order)]
    for rank, i in enumerate(order):
        assert spots.p_adjusted[i] == pytest.approx(min(1, *stepwise[rank:], 1), rel=1e-12)
    links = m.queen_weights(lattice(4, 5), row_standardised=False)
    np.testing.assert_array_equal(m.getis_ord_g_star(VALUES, links).z, spots.z)


def test_getis_ord_false_discoveries() -> None:
    """At 5 %: few random maps show any spot after adjustment, most do before; a planted hot spot is found."""
    rng, cells = np.random.default_rng(13), lattice(10, 10)
    w = m.queen_weights(cells)
    planted = (cells[:, 0] < 4) & (cells[:, 1] < 4)
    touched = planted | (w @ planted > 0)
    raw, adjusted, false_share, found = [], [], [], []
    for _ in range(200):
        noise = rng.standard_normal(100)
        null = m.getis_ord_g_star(noise, w)
        raw.append((null.p_value <= 0.05).any())
        adjusted.append((null.p_adjusted <= 0.05).any())
        spots = m.getis_ord_g_star(noise + 2.0 * planted, w)
        hits = spots.p_adjusted <= 0.05
        false_share.append((hits & ~touched).sum() / max(hits.sum(), 1))
        found.append((hits & (spots.z > 0))[planted].mean())
    assert np.mean(adjusted) <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 200)
    assert np.mean(raw) > 0.8
    assert np.mean(false_share) <= 0.05 + 4 * np.std(false_share) / math.sqrt(200)
    assert np.mean(found) > 0.5


# What is not defined, and what is not allowed --------------------------------------------------------------


@INDICES
def test_gamma_is_nan_without_plants_or_with_one(index: Callable[..., float]) -> None:
    none = np.array([], dtype=np.int64)
    assert np.isnan(from_plants(index, none, none, X))
    assert np.isnan(from_plants(index, np.zeros(3), np.array([0, 1, 2]), X))
    assert np.isnan(index(np.zeros(6), X, plant_herfindahl=None))
    assert np.isnan(from_plants(index, np.array([3.7]), np.array([2]), X))
    assert np.isnan(from_plants(index, np.array([3.7, 0]), np.array([2, 1]), X))
    assert np.isnan(from_plants(index, np.array([3.7, 1e-14]), np.array([2, 1]), X))  # one in all but name
    assert np.isnan(index([0, 0, 1, 0, 0, 0], X, plant_herfindahl=None))
    assert np.isnan(index([4, 2], [1, 0], plant_herfindahl=None))
    assert np.isfinite(from_plants(index, np.array([1.0, 1.0]), np.array([2, 2]), X))
    rng = np.random.default_rng(0)
    assert np.isnan(m.null_envelope(index, [5], reference_shares=X, rng=rng, draws=3)).all()


def test_an_absent_industry_is_nan() -> None:
    nothing = m.shares([0, 0, 0])
    assert nothing.shape == (3,) and np.isnan(nothing).all()
    x = [0.2, 0.3, 0.5]
    measures = [m.hhi, m.hhi_normalised, m.numbers_equivalent, m.rank_one_share]
    assert np.isnan([measure(nothing) for measure in measures]).all()
    assert np.isnan([m.theil(nothing, x), m.locational_gini(nothing, x)]).all()
    assert np.isnan(m.location_quotients(nothing, x)).all()
    parts = m.theil_decomposition(nothing, x, group=[0, 0, 1])
    assert np.isnan([parts.total, parts.between, parts.within]).all()
    assert np.isnan(m.city_totals([], [], cities=3)[1]) and np.isnan(m.hhi_normalised([1.0]))


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e17])
def test_equal_values_are_nan(constant: float) -> None:
    """0.1 less the rounded mean of many 0.1s is not zero: rounding must not be reported as a pattern."""
    w, flat = m.queen_weights(lattice(7, 7)), np.full(49, constant)
    test = m.morans_i_permutations(flat, w, rng=np.random.default_rng(0), permutations=9)
    assert np.isnan([m.morans_i(flat, w), test.observed, test.p_value]).all()
    assert np.isnan(test.permuted).all() and np.isnan(m.local_morans_i(flat, w)).all()
    assert np.isnan(np.array(m.getis_ord_g_star(flat, w))).all()


def test_maps_too_small_or_without_links() -> None:
    apart = m.queen_weights([[0, 0], [5, 5], [9, 0]])
    assert np.isnan(m.morans_i([1, 2, 3], apart)) and np.isnan(m.local_morans_i([1, 2, 3], apart)).all()
    none, one = m.queen_weights(np.zeros((0, 2), dtype=int)), m.queen_weights([[4, 4]])
    assert none.shape == (0, 0) and np.isnan(m.morans_i([], none)) and m.getis_ord_g_star([], none).z.size == 0
    assert np.isnan(m.morans_i([3], one)) and np.isnan(m.getis_ord_g_star([3], one).p_adjusted).all()
    block = m.getis_ord_g_star([1, 2, 3, 4], m.queen_weights(lattice(2, 2)))  # every cell touches all others
    assert np.isnan(block.z).all() and np.isnan(block.p_adjusted).all()


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_spatial_measures_do_not_depend_on_the_unit(scale: float) -> None:
    w = m.queen_weights(lattice(4, 5))
    assert m.morans_i(VALUES * scale, w) == pytest.approx(ESDA_MORAN, abs=1e-13)
    np.testing.assert_allclose(m.getis_ord_g_star(VALUES * scale, w).z, ESDA_G_STAR, atol=1e-12)
    np.testing.assert_allclose(m.getis_ord_g_star(100 - VALUES, w).z, -ESDA_G_STAR, atol=1e-11)


LINE = m.queen_weights([[0, 0], [0, 1], [0, 2]])
RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: m.shares([1, -2, 3]), r"totals\[1\] is -2.0; all entries must be finite and not negative"),
        (lambda: m.shares([1, np.inf]), r"totals\[1\] is inf"),
        (lambda: m.shares([[1, 2]]), r"totals must have one dimension.*\(1, 2\)"),
        (lambda: m.hhi([0.5, 0.4]), r"shares sum to 0.9, but must sum to 1; shares\(totals\)"),
        (lambda: m.hhi([0.5, np.nan, 0.5]), r"shares\[1\] is nan"),
        (lambda: m.theil([0.5, 0.5], [0.5, 0.6]), r"reference_shares sum to 1.1"),
        (lambda: m.theil([0.5, 0.5], [0.2, 0.3, 0.5]), r"shares has shape \(2,\), reference_shares has \(3,\)"),
        (lambda: m.theil([0.5, 0.5], [np.nan, np.nan]), "reference_shares are empty or nan"),
        (lambda: m.theil([], []), "reference_shares are empty or nan"),
        (lambda: m.theil_decomposition([0.5, 0.5], [0.5, 0.5], group=[0]), "group has"),
        (lambda: m.location_quotients([1.5, -0.5], [0.5, 0.5]), r"shares\[1\] is -0.5"),
        (lambda: m.spearman_persistence([1, 2], [1, 2, 3]), r"earlier has shape \(2,\)"),
        (lambda: m.city_totals([1, 2], [0, 3], cities=3), r"city\[1\] is 3; with 3 cities .* from 0 to 2"),
        (lambda: m.city_totals([1, 2], [0, -1], cities=3), r"city\[1\] is -1"),
        (lambda: m.city_totals([1, 2], [0.0, 1.0], cities=3), "city must hold integers .*float64"),
        (lambda: m.city_totals([1, 2], [0], cities=3), "sizes has shape"),
        (lambda: m.ellison_glaeser([1, -1], [0.5, 0.5], plant_herfindahl=0.5), r"totals\[1\] is -1.0"),
        (lambda: m.ellison_glaeser([2, 1], [0.5, 0.4], plant_herfindahl=0.5), "reference_shares sum to 0.9"),
        (lambda: m.ellison_glaeser([2, 1], [0.5, 0.5], plant_herfindahl=0.0), "plant_herfindahl is 0.0"),
        (lambda: m.ellison_glaeser([2, 1], [0.5, 0.5], plant_herfindahl=math.nan), "plant_herfindahl is nan"),
        (lambda: m.maurel_sedillot([2, 2], [0.5, 0.5], plant_herfindahl=0.6), "at most the cities' HHI of 0.5 "),
        (lambda: m.maurel_sedillot([2.5, 1], [0.5, 0.5], plant_herfindahl=None), "not counts of plants"),
        (lambda: m.null_envelope(m.ellison_glaeser, [1], reference_shares=X, rng=RNG, draws=0), "draws is 0"),
        (lambda: m.null_envelope(m.ellison_glaeser, [1], reference_shares=X, rng=RNG, levels=(5, 95)), "levels"),
        (lambda: m.null_envelope(m.ellison_glaeser, [-1], reference_shares=X, rng=RNG), r"sizes\[0\] is -1.0"),
        (lambda: m.queen_weights([[0.0, 1.0]]), "integers .* not float64"),
        (lambda: m.queen_weights([0, 1, 2]), r"of shape \(3,\)"),
        (lambda: m.queen_weights([[0, 1], [2, 3], [0, 1]]), r"cells lists \(0, 1\) 2 times"),
        (lambda: m.queen_weights([[0, 1], [2, 3]], [0]), r"group has shape \(1,\)"),
        (lambda: m.morans_i([1, np.nan, 2], LINE), r"values\[1\] is nan; all entries must be finite \("),
        (lambda: m.morans_i([1, 2], LINE), r"weights has shape \(3, 3\); 2 values need \(2, 2\)"),
        (lambda: m.local_morans_i([1, 2, 3], -LINE), "weights must be finite, not negative"),
        (lambda: m.getis_ord_g_star([1, 2, 3], np.eye(3)), "zero on the diagonal"),
        (lambda: m.morans_i_permutations([1, 2, 3], LINE, rng=RNG, permutations=0), "permutations is 0"),
        (lambda: m.morans_i_permutations([1, 2, 3], LINE, rng=RNG, alternative="more"), "alternative is 'more'"),
    ],
)
def test_wrong_input_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_examples_in_the_docstrings_run() -> None:
    result = doctest.testmod(m)
    assert result.failed == 0 and result.attempted >= 10
