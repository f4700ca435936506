import csv
import io
from importlib.resources import files

import numpy as np
import pytest

from model.inputs import month_number, parse_cities, shipped_cities
from model.parameters import make_parameters
from model.region import CELL_KM, Region

TEXT = files("model").joinpath("evidence", "cities.csv").read_text(encoding="utf-8")


def region(cities=None, **values):
    return Region(cities or shipped_cities(), make_parameters({"scale": 1, **values}))


def nine_cities():
    rows = list(csv.DictReader(io.StringIO(TEXT)))
    rows.append({**rows[0], "city": "aachen", "longitude": "80", "latitude": "45"})
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return parse_cities(out.getvalue(), "nine.csv")


def test_cities_are_discs_that_do_not_overlap():
    r = region()
    assert len({*zip(r.x.tolist(), r.y.tolist(), strict=True)}) == len(r.x)
    assert r.x.min() >= 0 and r.x.max() < r.width and r.y.min() >= 0 and r.y.max() < r.height
    for city, radius in enumerate(r.cities.built_radius_km):
        inside = r.city == city
        assert r.distance_km[inside].max() <= radius
        assert inside.sum() * CELL_KM**2 == pytest.approx(np.pi * radius**2, rel=0.12)


def test_floor_space_and_mean_rents_are_those_of_the_table():
    for scale in (1, 0.1):
        r = region(scale=scale)
        offices = r.cities.floor_stock_m2 * (1 - r.cities.retail_share) * scale
        np.testing.assert_allclose(np.bincount(r.city, r.stock_m2), offices)
        np.testing.assert_allclose(r.city_mean(r.rent), r.cities.rent_yuan_m2_month)
        np.testing.assert_allclose(r.vacancy, r.cities.vacancy_rate[r.city])


def test_rents_fall_with_distance_as_bid_rent_theory_says():
    """(V5) The slope of log rent is the gradient of demand over the elasticity."""
    r = region(demand_gradient=0.06, rent_elasticity=0.75, rent_floor_yuan_m2_month=0)
    for city in range(len(r.cities)):
        inside = r.city == city
        slope = np.polyfit(r.distance_km[inside], np.log(r.rent[inside]), 1)[0]
        assert slope == pytest.approx(-0.06 / 0.75)


def test_a_ninth_city_leaves_the_others_as_they_were():
    eight, nine = region(), region(nine_cities())
    for slug in eight.cities.slugs:
        a, b = eight.city == eight.cities.index(slug), nine.city == nine.cities.index(slug)
        for name in ("distance_km", "stock_m2", "rent", "demand_2020_m2"):
            np.testing.assert_array_equal(getattr(eight, name)[a], getattr(nine, name)[b])
        shift = nine.x[b] - eight.x[a], nine.y[b] - eight.y[a]
        assert all(len(set(s.tolist())) == 1 for s in shift)  # the disc may move as a whole


def test_neighbours_average_over_the_own_city_only():
    r = region()
    np.testing.assert_allclose(r.neighbours @ np.ones(len(r.x)), 1)
    np.testing.assert_allclose(r.neighbours @ r.city.astype(float), r.city, atol=1e-12)


def test_house_prices_pass_through_the_observed_values():
    cities = shipped_cities()
    path = region().house_prices(120, make_parameters({}))
    peaks = [month_number(m) for m in cities.texts["house_peak_month"]]
    np.testing.assert_allclose(path[range(8), peaks], cities.house_peak_index)
    np.testing.assert_allclose(path[:, 35], cities.house_index_2023_12)
    np.testing.assert_allclose(path[:, 59:], cities.house_index_2025_12[:, None] * np.ones(61))
    assert path[cities.index("zhengzhou"), 23] == pytest.approx(94.8)


def test_without_the_crisis_prices_stay_at_the_peak_reached():
    r = region()
    crisis = r.house_prices(120, make_parameters({}))
    none = r.house_prices(120, make_parameters({"property_crisis": False}))
    np.testing.assert_array_equal(none, np.maximum.accumulate(crisis, axis=1))
    np.testing.assert_array_equal(none, r.house_prices(120, make_parameters({"crisis_strength": 0})))


def test_the_strength_scales_the_gap_and_recovery_halves_it():
    r = region()
    top, once, twice = (r.house_prices(120, make_parameters({"crisis_strength": s})) for s in (0, 1, 2))
    np.testing.assert_allclose(top - twice, 2 * (top - once))
    back = r.house_prices(120, make_parameters({"recovery_half_life_months": 12}))
    np.testing.assert_allclose((top - back)[:, 59 + 24], 0.25 * (top - once)[:, 59 + 24])
    np.testing.assert_array_equal(back[:, :60], once[:, :60])
