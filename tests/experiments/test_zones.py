"""Zones: shares, distances to bases, and the exact split of a zone's gain, against plain loops."""

import warnings

import numpy as np
import pytest

from microdrama.experiments.outcomes import zones as z
from microdrama.experiments.outcomes.recorder import Recorder
from microdrama.experiments.outcomes.zones import Gain, Places
from microdrama.experiments.run import run
from microdrama.model.clustering import INSIDE
from microdrama.model.inputs.policies import Window
from microdrama.model.inputs.scenario import load_scenario

CITY_OF_CELL = np.array([0, 0, 0, 1, 1])


def test_shares_by_zone():
    zones = np.array([[1, 1, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 0, 1]], bool)
    cells = np.array([0, 0, 1, 2, 3])
    np.testing.assert_allclose(z.zone_shares(cells, zones, CITY_OF_CELL), [3 / 4, 2 / 4, 0])
    shot = z.zone_shares(cells, zones, CITY_OF_CELL, weight=np.array([10, 0, 5, 5, 7]))
    np.testing.assert_allclose(shot, [15 / 20, 10 / 20, 0])
    assert np.isnan(z.zone_shares(cells[:4], zones, CITY_OF_CELL)[2])
    whole = np.array([[1, 1, 1, 0, 0]], bool)
    assert z.zone_shares(cells, whole, CITY_OF_CELL) == 1
    for wrong, cities in (([[0, 0, 0, 0, 0]], 0), ([[0, 0, 1, 1, 0]], 2)):
        with pytest.raises(ValueError, match=rf"zones\[0\] has cells in {cities} cities"):
            z.zone_shares(cells, np.array(wrong, bool), CITY_OF_CELL)


def test_distance_to_the_nearest_base_of_the_city():
    place = np.array([[0, 0], [3, 4], [6, 8], [7, 8], [9, 9]])  # the fourth cell is near, but of another city
    bases = np.array([0, 1])
    km = z.nearest_base_km(np.array([0, 1, 2, 3, 2]), bases, place, CITY_OF_CELL, cell_km=2.0)
    np.testing.assert_allclose(km, [2 * INSIDE, 2 * INSIDE, 10, np.nan, 10])
    np.testing.assert_allclose(z.mean_by_city(km, np.array([0, 0, 0, 1, 0]), 2), [(4 * INSIDE + 20) / 4, np.nan])


def plain(control, treated, city):
    """The split, from sets of ids."""
    here, everywhere, zone = {}, {}, {}
    for name, found in (("a", control), ("b", treated)):
        everywhere[name] = set(found.id.tolist())
        here[name] = {i for i, c in zip(found.id.tolist(), found.city.tolist()) if c == city}
        zone[name] = {i for i, inside in zip(found.id.tolist(), found.in_zone.tolist()) if inside}
    rest = len(here["b"] - zone["b"]) - len(here["a"] - zone["a"])
    come, gone = here["b"] - here["a"], here["a"] - here["b"]
    moved = len(come & everywhere["a"]) - len(gone & everywhere["b"])
    created = len(come - everywhere["a"]) - len(gone - everywhere["b"])
    return Gain(len(zone["b"]) - len(zone["a"]), -rest, moved, created)


def run_of(rng, alive):
    ids = rng.permutation(200)[:alive] + 10**12
    city = rng.integers(3, size=alive)
    return Places(ids, city, (city == 1) & (rng.random(alive) < 0.3))


def test_the_split_adds_up_exactly_and_is_that_of_sets():
    rng = np.random.default_rng(1)
    for _ in range(50):
        control, treated = run_of(rng, 120), run_of(rng, 130)
        found = z.zone_gain(control, treated, city=1)
        assert found == plain(control, treated, 1)
        assert found.total == found.from_rest + found.from_cities + found.created
        back = z.zone_gain(treated, control, city=1)
        assert back == tuple(-part for part in found)
        assert all(isinstance(part, int) for part in found)


def test_the_split_by_hand():
    """In the zone: 1 from the rest, 2 from another city, 3 new; 4, drawn into the rest by them, is counted as well."""
    control = Places(np.array([1, 2, 9]), np.array([0, 1, 0]), np.zeros(3, bool))
    treated = Places(np.array([1, 2, 3, 4, 9]), np.array([0, 0, 0, 0, 0]), np.array([1, 1, 1, 0, 0], bool))
    assert z.zone_gain(control, treated, city=0) == Gain(total=3, from_rest=0, from_cities=1, created=2)
    nothing = z.zone_gain(treated, treated, city=0)
    assert nothing == (0, 0, 0, 0)


def test_a_zone_that_is_the_whole_city_takes_nothing_from_its_rest():
    rng = np.random.default_rng(2)
    control, treated = (one._replace(in_zone=one.city == 1) for one in (run_of(rng, 90), run_of(rng, 120)))
    assert z.zone_gain(control, treated, city=1).from_rest == 0


def test_the_split_of_a_pair_of_runs():
    """A rent subsidy moves firms; the split of any part of the city adds up, from the tables as from the economy."""
    runs = []
    for subsidy in (0.0, 0.9):
        recorder = Recorder(["studios"])
        scenario = load_scenario("baseline")
        if subsidy:
            scenario.policies = (*scenario.policies, Window("zhengzhou", "rent_subsidy", 1, subsidy))
        economy = run(scenario, 3, months=30, scale=0.1, watch=recorder.record)
        region = economy.region
        zone = (region.city == economy.cities.index("zhengzhou")) & (region.distance_km < 12)
        studios = economy.studios
        direct = Places(studios.id, studios.city, zone[studios.cell])
        tabled = z.places(recorder.tables()["studios"][0], zone, month="2023-06")
        np.testing.assert_array_equal(tabled.id, direct.id)
        runs.append((direct, tabled))
    row = economy.cities.index("zhengzhou")
    direct, tabled = (z.zone_gain(*pair, city=city) for pair, city in zip(zip(*runs), (row, "zhengzhou"), strict=True))
    assert direct == tabled == plain(runs[0][0], runs[1][0], row)
    assert direct.total == direct.from_rest + direct.from_cities + direct.created
    assert any(direct)


def test_wrong_runs_are_named():
    one = run_of(np.random.default_rng(3), 50)
    with pytest.raises(ValueError, match="treated: an id occurs twice"):
        z.zone_gain(one, one._replace(id=np.zeros(50, int)), city=1)
    with pytest.raises(ValueError, match="control: firms of other cities than 0 are in the zone"):
        z.zone_gain(one, one, city=0)


def test_parts_over_seeds_add_up_and_few_pairs_are_warned_of():
    rng = np.random.default_rng(4)
    draws = rng.poisson([30, 5, 8], size=(40, 3)) - rng.poisson([3, 2, 1], size=(40, 3))
    gains = [Gain(int(row.sum()), *map(int, row)) for row in draws]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = z.gain_over_seeds(gains)
    assert sum(part.mean for part in found.parts.values()) == pytest.approx(found.total.mean, rel=1e-13)
    assert sum(share.mean for share in found.shares.values()) == pytest.approx(1, rel=1e-13)
    assert found.parts["from_rest"].low < 27 < found.parts["from_rest"].high
    with pytest.warns(UserWarning, match="29 pairs of runs: .* use 30 or more"):
        z.gain_over_seeds(gains[:29])
    nothing = [g._replace(total=g.created - 7, from_rest=-7 - g.from_cities) for g in gains]
    assert np.isnan(z.gain_over_seeds(nothing).shares["created"].mean)


def test_intervals_of_shares_cover():
    """In 95 % of experiments of 30 pairs the interval holds the true share; a constant share is known exactly."""
    constant = z.gain_over_seeds([Gain(5 * n, 3 * n, 0, 2 * n) for n in range(1, 41)]).shares["created"]
    assert constant[:3] == pytest.approx((0.4, 0.4, 0.4), abs=1e-12)
    rng, held = np.random.default_rng(5), 0
    for _ in range(400):
        rows = rng.poisson([20, 5, 10], size=(30, 3))
        share = z.gain_over_seeds([Gain(int(row.sum()), *map(int, row)) for row in rows]).shares["created"]
        held += share.low < 10 / 35 < share.high
    assert abs(held / 400 - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 400)
