"""Clustering inside a city against closed forms, plain loops, and cities with and without clusters."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from microdrama.model import clustering as c
from microdrama.model.measures import morans_i as one_morans_i
from microdrama.model.measures import queen_weights

CELL = 2.0


def disc(radius_km, cell_km=CELL):
    """Cells of a disc as the region makes them, and their distances from its centre."""
    reach = int(radius_km / cell_km)
    at = np.stack(np.meshgrid(np.arange(-reach, reach + 1), np.arange(-reach, reach + 1)), -1).reshape(-1, 2)
    km = cell_km * np.hypot(*at.T)
    return at[km <= radius_km], km[km <= radius_km]


PLACE, KM = disc(18)  # Zhengzhou's 253 cells
ZONE = np.hypot(CELL * PLACE[:, 0] - 10, CELL * PLACE[:, 1]) <= 3  # 9 cells 10 km east of the centre
GRADIENTS = {
    "flat": 0 * KM,
    "exponential": -0.1 * KM,
    "steep": -0.3 * KM,
    "ring": -(((KM - 10) / 4) ** 2),
    "bell": -((KM / 6) ** 2),
}


def city(rng, offices, gradient, in_zone=0.0):
    p = np.exp(GRADIENTS[gradient])
    p = (1 - in_zone) * p / p.sum() + in_zone * ZONE / ZONE.sum()
    return np.bincount(rng.choice(len(p), offices, p=p), minlength=len(p))


# Measures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cells", [20, 40, 253])
def test_dense_share_closed_forms(cells):
    assert c.dense_share(np.full(cells, 3)) == pytest.approx(0.05, rel=1e-14)
    assert c.dense_share(np.eye(cells, dtype=int)[3]) == 1
    assert np.isnan(c.dense_share(np.zeros(cells, int)))
    rising = np.arange(1, cells + 1)  # the k largest of 1..n, the last in part
    k = 0.05 * cells
    whole = int(k)
    top = sum(range(cells, cells - whole, -1)) + (k - whole) * (cells - whole)
    assert c.dense_share(rising) == pytest.approx(top / rising.sum(), rel=1e-14)


def test_dense_share_of_few_cells_is_that_of_one():
    assert c.dense_share([5, 3, 2]) == 0.5


def test_dense_share_of_ties_and_of_cells_without_floor():
    counts, floor = np.repeat([4, 2, 0], 20), np.ones(60)
    rng = np.random.default_rng(1)
    assert {float(c.dense_share(rng.permutation(counts))) for _ in range(20)} == {12 / 120}
    floor[40:] = 0
    assert c.dense_share(counts, floor=floor) == 8 / 120  # 2 of the 40 cells that have floor
    with pytest.raises(ValueError, match=r"floor\[0\] is 0, but there are offices"):
        c.dense_share(counts, floor=1 - floor)


def test_moran_is_that_of_the_other_module_and_has_its_mean_under_chance():
    """Offices that fall anywhere make cells exchangeable, so E(I) = -1/(n - 1)."""
    place, km = disc(8)
    weights, ring = queen_weights(place), np.zeros(len(km), int)
    null = c.simulated_counts(np.full(len(km), 100 / len(km)), ring, draws=4000, seed=3)
    found = c.morans_i(null, weights)
    np.testing.assert_allclose(found[:20], [one_morans_i(row, weights) for row in null[:20]], atol=1e-13)
    error = found.std(ddof=1) / math.sqrt(len(found))
    assert error < 0.002
    assert abs(found.mean() + 1 / (len(km) - 1)) < 4 * error
    assert np.isnan(c.morans_i(np.full(len(km), 2), weights))


def test_getis_ord_g_closed_form_and_reference():
    """G of esda 2.10.0 with libpysal 4.15.1; over all permutations its mean is S0/(n (n - 1))."""
    values = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4])
    weights = queen_weights(np.argwhere(np.ones((4, 5), bool)))
    assert c.getis_ord_g(values, weights) == pytest.approx(0.32954545454545453, abs=1e-15)
    six = queen_weights(np.argwhere(np.ones((2, 3), bool)))
    every = c.getis_ord_g(np.array(list(itertools.permutations([4, 0, 1, 1, 7, 2]))), six)
    assert every.mean() == pytest.approx(six.nnz / 30, rel=1e-13)
    assert np.isnan(c.getis_ord_g([0, 5, 0], queen_weights([[0, 0], [0, 1], [0, 2]])))


def test_local_g_is_exact_for_one_ring_and_an_upper_bound_for_more():
    rng = np.random.default_rng(4)
    e = rng.dirichlet(np.ones(len(KM))) * 200
    weights, one = queen_weights(PLACE), np.zeros(len(KM), int)
    links = weights.toarray() > 0
    np.fill_diagonal(links, True)
    null = c.simulated_counts(e, one, draws=3000, seed=1)
    found = c.getis_ord_g_star(null, e, one, weights)
    near = null @ links
    np.testing.assert_allclose(found.p_value, stats.binom.sf(near - 1, 200, links @ e / 200), atol=1e-12)
    np.testing.assert_allclose(found.z.mean(axis=0), 0, atol=5 / math.sqrt(3000))
    assert abs(found.z.var(axis=0).mean() - 1) < 0.02
    np.testing.assert_allclose(
        found.p_adjusted[:5], [stats.false_discovery_control(p) for p in found.p_value[:5]], atol=1e-14
    )

    counts, ring = city(rng, 400, "exponential"), c.rings(KM, cell_km=CELL)
    e = c.expected_counts(counts, KM, cell_km=CELL)
    null = c.simulated_counts(e, ring, draws=3000, seed=2)
    found = c.getis_ord_g_star(null, e, ring, weights)
    known = np.isfinite(found.z).all(axis=0)  # but where chance leaves nothing open
    assert known.sum() > 250
    assert abs(found.z[:, known].var(axis=0).mean() - 1) < 0.02
    for level in (0.05, 0.01, 0.002):
        assert (found.p_value <= level).mean() <= level
    assert (found.hot.any(axis=1)).mean() < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 3000)


# Chance that keeps the gradient -------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", [-0.1, 0.0, 0.1, 0.5])
def test_an_exponential_gradient_is_expected_exactly(slope):
    floor = 1 + (np.arange(len(KM)) % 7)
    counts = np.rint(1e13 * floor * np.exp(-slope * KM) / 100).astype(np.int64)
    e = c.expected_counts(counts, KM, cell_km=CELL, floor=floor)
    np.testing.assert_allclose(e, counts, rtol=1e-4)


def test_every_ring_expects_and_gets_the_offices_it_has():
    floor = np.where(np.arange(len(KM)) % 5 == 0, 0, 1 + np.arange(len(KM)) % 3)
    ring = c.rings(KM, cell_km=CELL)
    counts = np.where(floor > 0, city(np.random.default_rng(6), 300, "steep"), 0)
    e = c.expected_counts(counts, KM, cell_km=CELL, floor=floor)
    np.testing.assert_allclose(np.bincount(ring, e), np.bincount(ring, counts), atol=1e-9)
    assert not e[floor == 0].any()
    same = (ring == 10) & (KM == 10) & (floor > 0)
    np.testing.assert_allclose(e[same] / floor[same], e[same][0] / floor[same][0])
    null = c.simulated_counts(e, ring, draws=3000, seed=8)
    assert (np.apply_along_axis(lambda row: np.bincount(ring, row), 1, null[:50]) == np.bincount(ring, counts)).all()
    assert not null[:, floor == 0].any()
    np.testing.assert_array_less(abs(null.mean(axis=0) - e), 5 * np.sqrt(e / 3000) + 1e-9)


def test_simulated_cities_are_keyed():
    e, ring = np.array([1.5, 1.5, 4.0]), np.array([0, 0, 1])
    few, many = (c.simulated_counts(e, ring, draws=n, seed=5) for n in (10, 40))
    np.testing.assert_array_equal(few, many[:10])
    assert (c.simulated_counts(e, ring, draws=40, seed=6) != many).any()
    np.testing.assert_array_equal(many[:, 2], 4)


def test_an_envelope_says_where_a_value_lies():
    null = np.arange(1.0, 100.0)
    found = c.envelope(100.0, null)
    assert (found.expected, found.p_value) == (50, 0.01)
    assert (found.low, found.high, found.above) == pytest.approx((5.9, 94.1, True))
    assert c.envelope(50.0, null).p_value == 0.51
    assert np.isnan(c.envelope(np.nan, null).high)


# K-density ----------------------------------------------------------------------------------------------------


def test_pairs_and_bandwidth_against_plain_loops():
    rng = np.random.default_rng(7)
    place = np.argwhere(np.ones((4, 6), bool))
    counts = rng.poisson(1.2, size=(3, len(place)))
    km, which = c.pair_distances(place, cell_km=CELL)
    assert km[0] == CELL * (2 + math.sqrt(2) + 5 * math.log(1 + math.sqrt(2))) / 15
    for row, pairs in zip(counts, c.pairs_by_distance(counts, which), strict=True):
        offices = np.repeat(np.arange(len(place)), row)
        plain = [
            CELL * (math.dist(place[i], place[j]) if i != j else c.INSIDE)
            for i, j in itertools.combinations(offices.tolist(), 2)
        ]
        expanded = np.repeat(km, pairs)
        np.testing.assert_allclose(np.sort(expanded), np.sort(plain), atol=1e-12)
        spread = min(
            np.std(plain, ddof=1), np.subtract(*np.quantile(plain, [0.75, 0.25], method="inverted_cdf")) / 1.34
        )
        assert c.silverman(km, pairs) == pytest.approx(0.9 * spread * len(plain) ** -0.2, rel=1e-12)
        at = np.array([0.0, 1.0, 4.0])
        loop = [
            sum(stats.norm.pdf(d, x, 0.7) + stats.norm.pdf(-d, x, 0.7) for x in plain) / len(plain) for d in at.tolist()
        ]
        np.testing.assert_allclose(c.density(at, km, pairs, bandwidth_km=0.7), loop, rtol=1e-12)


def test_the_reflected_density_has_area_one():
    at = np.arange(0, 60, 0.01)
    for width in (0.3, 2.0):
        found = c.density(at, np.array([0.2, 3.0, 10.0]), np.array([5, 2, 1]), bandwidth_km=width)
        assert np.trapezoid(found, at) == pytest.approx(1, abs=1e-6)


def test_k_density_of_a_uniform_disc():
    """Points of a disc: f(d) = 4d/(pi R^2) (arccos x - x sqrt(1 - x^2)), x = d/2R; mean 128R/(45 pi)."""
    cell = 0.4
    place, _ = disc(10.0, cell)
    radius = cell * math.sqrt(len(place) / math.pi)  # that of a disc as large as the cells
    between, which = c.pair_distances(place, cell_km=cell)
    pairs = np.bincount(which.ravel(), minlength=len(between))  # one office a cell, each pair twice
    pairs[0] = 0
    at = np.arange(0.5, 20, 0.5)
    x = at / (2 * radius)
    exact = 4 * at / (math.pi * radius**2) * (np.arccos(x) - x * np.sqrt(1 - x**2))
    np.testing.assert_allclose(c.density(at, between, pairs, bandwidth_km=cell), exact, atol=5e-4)  # the peak is 0.08
    assert (between * pairs).sum() / pairs.sum() == pytest.approx(128 * radius / (45 * math.pi), rel=0.002)

    counts = city(np.random.default_rng(1), 2000, "flat")
    found = c.clustering(counts, PLACE, KM, cell_km=CELL).k
    radius = CELL * math.sqrt(len(PLACE) / math.pi)
    x = found.km / (2 * radius)
    exact = 4 * found.km / (math.pi * radius**2) * (np.arccos(x) - x * np.sqrt(1 - x**2))
    assert abs(found.value - exact)[4:].max() < 0.006  # cells of 2 km leave their marks on it
    assert (found.localised, found.dispersed) == (0, 0)


@pytest.mark.parametrize("gradient", GRADIENTS)
def test_bands_have_the_stated_size(gradient):
    """Of new worlds without clusters 5 % rise above the upper global band somewhere, and 5 % fall below the lower."""
    counts, ring = city(np.random.default_rng(9), 300, gradient), c.rings(KM, cell_km=CELL)
    e = c.expected_counts(counts, KM, cell_km=CELL)
    null, new = (c.simulated_counts(e, ring, draws=n, seed=s) for n, s in ((1999, 1), (2000, 2)))
    k = c.k_density(counts, null, PLACE, cell_km=CELL)
    between, which = c.pair_distances(PLACE, cell_km=CELL)
    found = c.density(k.km, between, c.pairs_by_distance(new, which), bandwidth_km=k.bandwidth_km)
    error = math.sqrt(0.05 * 0.95 / 1999 + 0.05 * 0.95 / 2000)
    assert abs((found > k.high).any(axis=1).mean() - 0.05) < 3 * error
    assert abs((found < k.low).any(axis=1).mean() - 0.05) < 3 * error
    assert abs((found > k.local_high).mean() - 0.05) < 3 * error
    assert (found > k.local_high).any(axis=1).mean() > 0.1


# Worlds -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("gradient", GRADIENTS)
def test_a_gradient_alone_is_no_cluster(gradient):
    """Each measure lies above its envelope in about 5 % of cities with one centre; hot cells, being few, in fewer."""
    rng, worlds = np.random.default_rng(5), 150
    found = [
        c.clustering(city(rng, 160, gradient), PLACE, KM, cell_km=CELL, draws=199, seed=world).measures
        for world in range(worlds)
    ]
    error = math.sqrt(0.05 * 0.95 / worlds)
    for name in c.MEASURES:
        share = np.mean([one[name].above for one in found])
        assert share < 0.05 + 4 * error, name
        if name in ("dense_share", "morans_i", "getis_ord_g", "k_localised"):
            assert share > 0.05 - 3 * error, name


@pytest.mark.parametrize("gradient", ["flat", "exponential", "steep"])
def test_a_planted_cluster_is_found(gradient):
    """A tenth of 540 offices on 9 cells at a distance where others are; the same city without them has no cluster."""
    worlds = 20
    rng = np.random.default_rng(11)
    with_zone, without = (
        [
            c.clustering(city(rng, 540, gradient, in_zone), PLACE, KM, cell_km=CELL, draws=399, seed=w)
            for w in range(worlds)
        ]
        for in_zone in (0.1, 0.0)
    )
    for name in ("dense_share", "getis_ord_g", "hot_cells", "k_localised"):
        if (name, gradient) != ("dense_share", "steep"):  # the densest cells are those of the centre then
            assert sum(one.measures[name].above for one in with_zone) >= 0.8 * worlds, name
        assert sum(one.measures[name].above for one in without) <= 4, name
    assert sum(one.hot.hot[ZONE].any() for one in with_zone) >= 0.8 * worlds
    assert np.mean([one.hot.hot[~ZONE].sum() for one in with_zone]) < 12  # beside the zone cells touch it


def test_even_offices_are_dispersed():
    counts = (PLACE.sum(axis=1) % 2 == 0).astype(int)
    found = c.clustering(counts, PLACE, KM, cell_km=CELL)
    assert found.measures["k_dispersed"].value > 0
    assert found.measures["k_localised"].value == 0


def test_the_same_seed_gives_the_same_numbers():
    counts = city(np.random.default_rng(2), 100, "exponential")
    first, second = (c.clustering(counts, PLACE, KM, cell_km=CELL, draws=99, seed=4) for _ in range(2))
    np.testing.assert_array_equal([*first.measures.values()], [*second.measures.values()])


@pytest.mark.parametrize("offices", [0, 1, 2])
def test_cities_with_hardly_any_office(offices):
    counts = np.zeros(len(KM), int)
    counts[100] = offices
    found = c.clustering(counts, PLACE, KM, cell_km=CELL, draws=99)
    assert (found.offices, found.cells, found.expected.sum()) == (offices, 253, pytest.approx(offices))
    if offices < 2:
        assert found.k is None
        assert np.isnan([one.value for one in found.measures.values()]).all()
    else:
        assert found.measures["dense_share"].value == 1


def test_a_city_of_one_cell():
    found = c.clustering([5], [[0, 0]], [0.0], cell_km=CELL, draws=9)
    assert found.measures["dense_share"] == (1, 1, 1, 1, 1)
    assert np.isnan(found.measures["morans_i"].value)
    assert found.k.localised == found.k.dispersed == 0


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: c.dense_share([1.5, 2]), "counts holds 1.5; needed: whole numbers"),
        (lambda: c.dense_share([1, -2]), "counts holds -2; needed: whole numbers"),
        (lambda: c.dense_share(3), r"counts has shape \(\)"),
        (lambda: c.rings([-1.0], cell_km=2), "needed: finite km from 0"),
        (lambda: c.expected_counts([1, 2], [0.0], cell_km=2), "they must match"),
        (lambda: c.expected_counts([1, 2], [0.0, 1], cell_km=2, floor=[1]), "needed: floor space of 2 cells"),
        (lambda: c.simulated_counts([1.0, 0.5], [0, 1]), "sums to 0.5 in a ring"),
        (lambda: c.simulated_counts([1.0], [0], draws=0), "draws is 0"),
        (lambda: c.pair_distances([[0.5, 1]], cell_km=2), "place must be integers"),
    ],
)
def test_wrong_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
