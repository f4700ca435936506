"""What policy for a zone does, against the same draws without it."""

import numpy as np
import pytest

from microdrama.experiments.outcomes import FinishedRun, summarise
from microdrama.experiments.outcomes.zone_policy import zone_policy
from microdrama.experiments.outcomes.zones import PARTS
from microdrama.model import MicroDramaEconomy, load_scenario
from microdrama.model.inputs.policies import Window


def run(size, months=54, zone="km5", **values):
    scenario = load_scenario("parks")
    scenario.policies += (Window("zhengzhou", "park_services", 6, size, zone=zone, budget_yuan_year=1e9),)
    economy = MicroDramaEconomy(scenario, rng=2, scale=0.2, **values)
    economy.run_for(months)
    return economy


def test_nothing_without_a_policy_for_a_zone():
    economy = MicroDramaEconomy("parks", rng=1, scale=0.05)
    economy.run_for(3)
    found = summarise(economy)
    assert all(np.isnan(found[name]) for name in ("zone_gain", "zone_gain_created", "zone_paid_yuan", "zone_worth"))


def test_a_park_that_gives_nothing_gains_nothing():
    found = summarise(run(0.0, months=12))
    assert [found[name] for name in ("zone_gain", "zone_paid_yuan", "zone_landlords_yuan", "zone_worth")] == [0] * 4


def test_gain_money_and_rents_of_a_park():
    economy = run(15_000.0)
    found, park = summarise(economy), zone_policy(FinishedRun(economy))
    assert found["zone_gain"] > 0 and found["zone_gain"] == sum(found[f"zone_gain_{part}"] for part in PARTS)
    cells = economy.region.cells_of("zhengzhou", "km5")
    there = np.isin(economy.studios.cell, cells).sum()
    assert found["zone_studios"] == pytest.approx(5 * there) and there >= park.gain.total
    paid = economy.panel.array("paid_park_services_yuan").sum()
    assert found["zone_paid_yuan"] == pytest.approx(5 * paid)
    assert found["zone_landlords_yuan"] > 0  # rents answer
    assert 0 < found["zone_worth"] < 0.5


def test_where_policies_are_for_zones_of_two_cities_there_is_no_one_gain():
    scenario = load_scenario("parks")
    scenario.policies += tuple(Window(c, "housing", 1, 100.0, zone="centre") for c in ("xian", "beijing"))
    economy = MicroDramaEconomy(scenario, rng=1, scale=0.05)
    economy.run_for(3)
    assert zone_policy(FinishedRun(economy)) is None
