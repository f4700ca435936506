import csv
import dataclasses
import io
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microdrama.model.calendar import month_number
from microdrama.model.inputs.cities import Cities, parse_cities, read_cities, shipped_cities
from microdrama.model.inputs.parameters import make_parameters
from microdrama.model.region import LATTICE, Region

TEXT = files("microdrama.model.inputs").joinpath("evidence", "cities.csv").read_text(encoding="utf-8")


def region(cities=None, **values):
    return Region(cities or shipped_cities(), make_parameters({"scale": 1, **values}))


def prices(months=120, cities=None, **values):
    return region(cities).house_prices(months, make_parameters(values))


def changed(**columns):
    """The shipped cities with other numbers or texts."""
    cities = shipped_cities()
    texts = {name: [value] * 8 for name, value in columns.items() if name in cities.texts}
    numbers = {name: np.full(8, value) for name, value in columns.items() if name not in texts}
    return dataclasses.replace(cities, numbers=cities.numbers | numbers, texts=cities.texts | texts)


def nine_cities(tmp_path, slug):
    """The shipped table with one more row, written to and read from a file."""
    rows = list(csv.DictReader(io.StringIO(TEXT)))
    rows.append({**rows[0], "city": slug, "longitude": "80", "latitude": "45"})
    with (tmp_path / "nine.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return read_cities(tmp_path / "nine.csv")


# ---------------------------------------------------------------------------- the lattice


def assert_discs(r, km=2.0):
    """Every city is a full disc of its own on the lattice."""
    at = {*zip(r.x.tolist(), r.y.tolist(), strict=True)}
    assert len(at) == len(r.x)
    assert r.x.min() >= 0 and r.x.max() < r.width and r.y.min() >= 0 and r.y.max() < r.height
    assert r.width >= LATTICE[0] and r.height >= LATTICE[1]
    for city, radius in enumerate(r.cities.built_radius_km):
        inside = slice(r.first[city], r.first[city + 1])
        assert (r.city[inside] == city).all()
        x, y = r.x[inside], r.y[inside]
        middle = (x.min() + x.max()) / 2, (y.min() + y.max()) / 2
        np.testing.assert_allclose(r.distance_km[inside], km * np.hypot(x - middle[0], y - middle[1]), atol=1e-9)
        reach = range(-int(radius) - 1, int(radius) + 2)
        assert len(x) == sum(km * np.hypot(a, b) <= radius for a in reach for b in reach)


@pytest.mark.parametrize("km", [1.0, 2.0, 3.5])
def test_cities_are_discs_that_do_not_overlap(km):
    r, usual = region(cell_km=km), region()
    assert_discs(r, km)
    for city, radius in enumerate(r.cities.built_radius_km):
        assert (r.city == city).sum() * km**2 == pytest.approx(np.pi * radius**2, rel=0.06 * km)
    np.testing.assert_allclose(r.city_stock_m2, usual.city_stock_m2, rtol=1e-9)
    np.testing.assert_allclose(r.city_mean(r.rent), usual.city_mean(usual.rent), rtol=1e-9)


city_list = st.lists(st.tuples(st.floats(2, 30), st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=14)


@settings(max_examples=25)
@given(city_list)
def test_whatever_the_cities_they_do_not_overlap(drawn):
    n, some = len(drawn), shipped_cities()
    radius, longitude, latitude = np.array(drawn).T
    numbers = {name: np.resize(values, n) for name, values in some.numbers.items()}
    numbers |= {"built_radius_km": radius, "longitude": longitude, "latitude": latitude}
    texts = {name: [some.texts[name][i % 8] for i in range(n)] for name in some.texts}
    assert_discs(region(Cities(np.arange(1, n + 1), texts, numbers)))


def test_discs_lie_roughly_as_on_the_map():
    r = region()
    middle = r.city_mean(r.x), r.city_mean(r.y)
    assert np.corrcoef(middle[0], r.cities.longitude)[0, 1] > 0.7
    assert np.corrcoef(middle[1], r.cities.latitude)[0, 1] > 0.7


def test_neighbours_are_the_queen_s_in_the_own_city():
    r = region()
    np.testing.assert_allclose(r.neighbours @ np.ones(len(r.x)), 1)
    np.testing.assert_allclose(r.neighbours @ r.city.astype(float), r.city, atol=1e-12)
    centre = int(r.first[2] + np.argmin(r.distance_km[r.first[2] : r.first[3]]))
    near = np.flatnonzero(r.neighbours @ np.eye(len(r.x), 1, -centre)[:, 0] > 0)
    assert len(near) == 8
    assert (np.maximum(abs(r.x[near] - r.x[centre]), abs(r.y[near] - r.y[centre])) == 1).all()
    edge = np.diff(r.neighbours.indptr)
    assert edge.max() == 8 and 3 <= edge.min() < 8


# ---------------------------------------------------------------------------- floor space and rents


def test_floor_space_vacancy_and_mean_rents_are_those_of_the_table():
    for scale in (1, 0.1):
        r = region(scale=scale)
        offices = r.cities.floor_stock_m2 * (1 - r.cities.retail_share) * scale
        np.testing.assert_allclose(np.bincount(r.city, r.stock_m2), offices)
        np.testing.assert_allclose(r.city_mean(r.rent), r.cities.rent_yuan_m2_month)
        np.testing.assert_allclose(r.vacancy, r.cities.vacancy_rate[r.city])
        np.testing.assert_allclose(r.demand_2020_m2 / r.stock_m2, 1 - r.cities.vacancy_rate[r.city])


def test_film_and_others_share_the_floor_space():
    r = region()
    r.film_m2 = 0.25 * r.stock_m2
    r.occupied_m2 = 0.5 * r.stock_m2
    np.testing.assert_allclose(r.vacancy, 0.25)


def test_the_mean_of_a_city_is_weighted_by_floor_space():
    r = region()
    r.stock_m2 = r.stock_m2 * np.where(r.distance_km < 5, 3, 1)
    r.city_stock_m2 = np.bincount(r.city, r.stock_m2)
    inside = r.city == 4
    expected = np.average(r.distance_km[inside], weights=r.stock_m2[inside])
    assert r.city_mean(r.distance_km)[4] == pytest.approx(expected)


@pytest.mark.parametrize(("gradient", "elasticity"), [(0.06, 0.75), (0.04, 0.6), (0.0, 0.6)])
def test_rents_fall_with_distance_as_bid_rent_theory_says(gradient, elasticity):
    """(V5) The slope of log rent is the gradient of demand over the elasticity, and nothing else moves rents."""
    r = region(demand_gradient=gradient, rent_elasticity=elasticity, rent_floor_yuan_m2_month=0)
    for city in range(len(r.cities)):
        inside = r.city == city
        slope, level = np.polyfit(r.distance_km[inside], np.log(r.rent[inside]), 1)
        assert slope == pytest.approx(-gradient / elasticity, abs=1e-9)
        np.testing.assert_allclose(np.log(r.rent[inside]), level + slope * r.distance_km[inside])


def test_nobody_lets_below_the_operating_cost():
    floor, free = region(rent_floor_yuan_m2_month=50), region(rent_floor_yuan_m2_month=0)
    np.testing.assert_array_equal(floor.rent, np.maximum(free.rent, 50))
    assert floor.rent.min() == 50 < free.rent.max()


@pytest.mark.parametrize("slug", ["aachen", "zzz"])
def test_a_ninth_city_leaves_the_others_as_they_were(tmp_path, slug):
    cities = nine_cities(tmp_path, slug)
    eight, nine = region(), region(cities)
    paths = eight.house_prices(120, make_parameters({})), nine.house_prices(120, make_parameters({}))
    for city in eight.cities.slugs:
        j, k = eight.cities.index(city), nine.cities.index(city)
        a, b = slice(*eight.first[j : j + 2]), slice(*nine.first[k : k + 2])
        for name in ("distance_km", "stock_m2", "rent", "rent_2020", "demand_2020_m2", "natural_vacancy", "vacancy"):
            np.testing.assert_array_equal(getattr(eight, name)[a], getattr(nine, name)[b])
        np.testing.assert_array_equal(paths[0][j], paths[1][k])
        assert eight.cities.keys[j] == nine.cities.keys[k]
        if slug == "zzz":
            assert a == b  # even the numbers of the cells
        shift = nine.x[b] - eight.x[a], nine.y[b] - eight.y[a]
        assert all(len(set(s.tolist())) == 1 for s in shift)  # the disc may move as a whole
        near = np.arange(a.start, a.stop)
        np.testing.assert_array_equal(
            (eight.neighbours[near][:, near] != 0).toarray(),
            (nine.neighbours[near - a.start + b.start][:, near - a.start + b.start] != 0).toarray(),
        )
    again = [nine.cities.index(city) for city in eight.cities.slugs]
    np.testing.assert_array_equal(nine.travel_hours[np.ix_(again, again)], eight.travel_hours)


# ---------------------------------------------------------------------------- house prices


def test_house_prices_pass_through_the_observed_values():
    cities, path = shipped_cities(), prices()
    peaks = [month_number(m) for m in cities.texts["house_peak_month"]]
    np.testing.assert_allclose(path[range(8), peaks], cities.house_peak_index)
    np.testing.assert_allclose(path[:, 35], cities.house_index_2023_12)
    np.testing.assert_allclose(path[:, 59:], cities.house_index_2025_12[:, None] * np.ones(61))
    known = np.flatnonzero(~np.isnan(cities.house_index_2022_12) & (np.array(peaks) < 23))
    assert cities.index("zhengzhou") in known
    np.testing.assert_allclose(path[known, 23], cities.house_index_2022_12[known])
    np.testing.assert_array_equal(prices(12), path[:, :12])


def test_house_prices_go_straight_between_the_observed_values():
    path = prices(
        cities=changed(
            house_peak_month="2021-08",
            house_peak_index=108.0,
            house_index_2022_12=92.0,
            house_index_2023_12=80.0,
            house_index_2025_12=56.0,
        )
    )
    expected = {0: 101, 3: 104, 7: 108, 8: 107, 15: 100, 23: 92, 24: 91, 35: 80, 36: 79, 47: 68, 59: 56, 119: 56}
    np.testing.assert_allclose(path[:, list(expected)], np.tile(list(expected.values()), (8, 1)))


def test_an_unknown_end_of_2022_is_bridged():
    path = prices(
        cities=changed(
            house_peak_month="2021-08", house_peak_index=108.0, house_index_2022_12=np.nan, house_index_2023_12=80.0
        )
    )
    np.testing.assert_allclose(path[:, 21], 94)


def test_values_before_a_late_peak_are_passed_over():
    path = prices(cities=changed(house_peak_month="2023-06", house_peak_index=130.0, house_index_2022_12=90.0))
    np.testing.assert_allclose(path[:, :30], np.tile(101 + np.arange(30), (8, 1)))


def test_prices_may_stay_at_the_peak_reached_without_the_crisis():
    crisis, none = prices(), prices(property_crisis=False, crisis_control="peak")
    np.testing.assert_allclose(none, np.maximum.accumulate(crisis, axis=1))
    assert (np.diff(none, axis=1) >= 0).all() and np.allclose(none[:, -1], crisis.max(axis=1))
    assert (crisis[:, 59] < none[:, 59]).all()


@pytest.mark.parametrize("half_life", [1, 12, float("inf")])
def test_a_crisis_of_no_strength_is_no_crisis_bit_for_bit(half_life):
    values = {"recovery_half_life_months": half_life}
    np.testing.assert_array_equal(prices(crisis_strength=0, **values), prices(property_crisis=False, **values))


def test_the_strength_scales_the_gap():
    top, once = prices(crisis_strength=0), prices()
    for strength in (0.5, 2):
        np.testing.assert_allclose(top - prices(crisis_strength=strength), strength * (top - once))


def test_a_crisis_everywhere_is_as_deep_as_where_it_is_deepest():
    top, observed, everywhere = prices(property_crisis=False), prices(), prices(crisis_everywhere=1.0)
    worst = (observed / top).min(axis=0)
    np.testing.assert_allclose(everywhere, top * worst)
    np.testing.assert_allclose(prices(crisis_everywhere=0.5), (observed + everywhere) / 2)
    assert np.array_equal(prices(crisis_everywhere=1.0, crisis_strength=0.0), top)


@pytest.mark.parametrize("control", ["before", "trend", "peak"])
def test_the_crisis_is_what_lies_between_the_control_and_what_was_observed(control):
    values = {"crisis_control": control, "control_growth_year": 0.06}
    calm = prices(property_crisis=False, **values)
    np.testing.assert_allclose(prices(**values), prices())
    np.testing.assert_array_equal(prices(crisis_strength=0, **values), calm)
    np.testing.assert_array_equal(calm[:, :6], prices()[:, :6])
    years = np.arange(115) / 12
    grown = {"before": np.ones(115), "trend": 1.06**years, "peak": calm[:, 5:] / calm[:, [5]]}[control]
    np.testing.assert_allclose(calm[:, 5:], calm[:, [5]] * grown)
    assert (calm == prices(property_crisis=False)).all() == (control == "before")


def test_a_city_has_the_share_of_its_fall_that_its_table_says():
    half = dataclasses.replace(
        shipped_cities(), numbers=shipped_cities().numbers | {"crisis_share": np.array([0, 0.5, np.nan, 1, 1, 1, 1, 1])}
    )
    for control in ("before", "peak"):
        values = {"crisis_control": control}
        calm, all_of_it = prices(property_crisis=False, **values), prices(**values)
        found = prices(cities=half, **values)
        np.testing.assert_array_equal(found[2:], all_of_it[2:])
        np.testing.assert_allclose(found[:2], [calm[0], (calm[1] + all_of_it[1]) / 2])


def test_prices_stay_positive_in_the_deepest_crisis():
    assert (prices(crisis_strength=3, cities=changed(house_index_2025_12=30.0))[:, -1] == 1).all()


@pytest.mark.parametrize("half_life", [12, 30])
def test_recovery_halves_the_gap_after_the_last_observation(half_life):
    top, once = prices(crisis_strength=0), prices()
    back = prices(recovery_half_life_months=half_life)
    np.testing.assert_array_equal(back[:, :60], once[:, :60])
    for halves in (1, 2):
        at = 59 + halves * half_life
        np.testing.assert_allclose((top - back)[:, at], 0.5**halves * (top - once)[:, at])


def test_a_later_fall_takes_two_years_and_leaves_what_was_observed():
    once, deeper = prices(), prices(later_fall=0.2)
    np.testing.assert_array_equal(deeper[:, :60], once[:, :60])
    np.testing.assert_allclose(deeper[:, 71], 0.9 * once[:, 71])
    np.testing.assert_allclose(deeper[:, 83:], 0.8 * once[:, 83:])
    np.testing.assert_array_equal(prices(later_fall=0.2, property_crisis=False), prices(property_crisis=False))


def test_the_region_reads_what_the_table_says_whatever_its_order():
    turned = parse_cities("\n".join([TEXT.splitlines()[0], *TEXT.splitlines()[:0:-1]]), "turned.csv")
    np.testing.assert_array_equal(region(turned).rent, region().rent)
