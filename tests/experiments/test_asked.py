"""Scenarios and studies written out stand alone: read again they ask for the same runs."""

import dataclasses

import numpy as np
import pytest

from microdrama.experiments.design.study import load_study, shipped_studies
from microdrama.experiments.design.study_file import write_study
from microdrama.experiments.running.sweep import jobs_of
from microdrama.model.calendar import month_name
from microdrama.model.inputs.scenario import load_scenario, shipped_scenarios
from microdrama.model.inputs.writing import write_scenario


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario_comes_back(name, tmp_path):
    scenario = load_scenario(name)
    again = load_scenario(tmp_path / write_scenario(scenario, tmp_path))
    assert again.fingerprint == scenario.fingerprint
    assert (again.title, again.description) == (scenario.title, scenario.description)


def test_another_city_table_and_house_path_come_back(tmp_path):
    scenario = load_scenario("baseline").with_values({"crisis_strength": 0.1 + 0.2, "pooling": "off"})
    numbers = {
        name: values * (1 + 1e-15) if name == "latitude" else values for name, values in scenario.cities.numbers.items()
    }
    path = np.random.default_rng(1).uniform(50, 150, (len(scenario.cities), 7))
    scenario.cities = dataclasses.replace(scenario.cities, numbers=numbers, house_path=path)
    again = load_scenario(tmp_path / write_scenario(scenario, tmp_path, "mine"))
    assert again.fingerprint == scenario.fingerprint != load_scenario("baseline").fingerprint
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine-cities.csv", "mine-house_prices.csv", "mine.toml"]


@pytest.mark.parametrize("name", shipped_studies())
def test_a_shipped_study_comes_back(name, tmp_path):
    study = load_study(name, quick=True)
    again = load_study(tmp_path / write_study(study, tmp_path))
    assert [job.run_id for job in jobs_of(again)] == [job.run_id for job in jobs_of(study)]
    assert (again.register, again.stop, again.outputs) == (study.register, study.stop, study.outputs)


def test_a_study_takes_its_own_scenarios_and_points_along(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there/mild.toml").write_text('extends = "no_policy"\n[parameters]\ncrisis_strength = 0.5\n')
    (tmp_path / "there/points.csv").write_text("scenario,offer.size\nmild.toml,0.1\nbaseline,0.2\n")
    (tmp_path / "there/s.toml").write_text(f"""
seeds = [3]
[[policy]]
name = "offer"
city = "zhengzhou"
instrument = "rebate"
start = "{month_name(3)}"
size = 0
[design]
sampler = "points"
file = "points.csv"
""")
    study = load_study(tmp_path / "there/s.toml")
    (tmp_path / "new").mkdir()
    again = load_study(tmp_path / "new" / write_study(study, tmp_path / "new"))
    assert [job.run_id for job in jobs_of(again)] == [job.run_id for job in jobs_of(study)]
    assert again.points == study.points
