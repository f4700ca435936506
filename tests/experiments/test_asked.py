"""Scenarios and studies written out stand alone: read again they ask for the same runs."""

import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microdrama.experiments.design.fields import described
from microdrama.experiments.design.study import Study
from microdrama.experiments.design.study_file import load_study, shipped_studies, write_study
from microdrama.experiments.running.plan import Jobs
from microdrama.model.calendar import month_name
from microdrama.model.inputs.files import wrong_text
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
    assert [job.run_id for job in Jobs(again)] == [job.run_id for job in Jobs(study)]
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
    assert [job.run_id for job in Jobs(again)] == [job.run_id for job in Jobs(study)]
    assert again.points == study.points


OFFER = {"name": "offer", "city": "zhengzhou", "instrument": "rebate", "start": "2022-01", "size": 0.1}
REGISTER = {
    "question": "Is it 'so'?",
    "hypothesis": 'Yes: "so".',
    "metric": "studios",
    "analysis": "effects",
    "overturned_by": "No.\nNever.",
    "predicted": {"entry False": "-"},
    "words": {"offer.size": "offer"},
    "also": ["hhi_studios"],
    "treatment": "entry",
    "label": "E9",
}


def is_text(text):
    """Whether a file can say it."""
    return not wrong_text(text)


KEYS_OF_A_STUDY = {
    "title": st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1).filter(is_text),
    "description": st.text(st.characters(codec="utf-8", exclude_categories=["C"])).filter(is_text),
    "scenario": st.sampled_from(["baseline", "no_policy"]),
    "months": st.integers(1, 60),
    "scale": st.floats(0.01, 1),
    "seeds": st.integers(2, 5) | st.lists(st.integers(0, 2**63 - 101), min_size=2, max_size=4, unique=True),
    "city": st.sampled_from(["zhengzhou", "xian"]),
    "outputs": st.permutations(["studios", "hhi_studios"]),
    "panel": st.sampled_from([True, False, "quantities"]),
    "share_past": st.booleans(),
    "announced_policies": st.booleans(),
    "parameters": st.fixed_dictionaries({"wage_floor": st.floats(0.7, 1.1), "migration": st.booleans()}),
    "groups": st.just({"externalities": ["pooling", "knowledge"]}),
    "ensemble": st.fixed_dictionaries({"source": st.just("prior")}, optional={"size": st.integers(0, 4)}),
    "stop": st.fixed_dictionaries(
        {"output": st.just("studios"), "half_width": st.floats(0.1, 9), "max_seeds": st.integers(9, 99)},
        optional={"paired": st.booleans()},
    ),
    "register": st.just(REGISTER),
}
DESIGNS = st.sampled_from(
    [
        {"factors": {"entry": [True, False], "offer.size": [0, 0.1]}},
        {"design": {"sampler": "one_at_a_time"}, "factors": {"entry": [True, False], "offer.start": ["2022-01"]}},
        {
            "design": {"sampler": "latin_hypercube", "size": 3, "seed": 7},
            "factors": {"away_cost": {"low": 0.1, "high": 0.3, "log": True}, "entry": [True, False]},
        },
        {
            "design": {
                "sampler": "points",
                "points": [
                    {"entry": True, "draws.month": 0, "draws.future": 1},
                    {"entry": False, "draws.month": 3, "draws.future": 0},
                ],
            }
        },
    ]
)


@settings(max_examples=15)
@given(data=st.fixed_dictionaries({}, optional=KEYS_OF_A_STUDY), design=DESIGNS)
def test_a_study_written_and_read_again_is_the_same(data, design):
    study = load_study(data | design | {"policy": [OFFER]})
    with tempfile.TemporaryDirectory() as folder:
        again = load_study(Path(folder) / write_study(study, Path(folder)))
    apart = {"name": "", "folder": Path(), "where": ""}
    assert repr(dataclasses.replace(again, **apart)) == repr(dataclasses.replace(study, **apart))  # nan is nan
    assert again.points == study.points


def test_every_key_says_what_it_is_and_is_in_the_docs():
    page = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text(encoding="utf-8")
    for key, default, allowed, meaning in described(Study):
        assert meaning and f"| `{key}` | {default} | {allowed} | {meaning} |" in page


def test_old_names_of_factors_and_studies_are_read_with_a_line_that_names_the_new():
    with pytest.warns(UserWarning, match=r"the factor 'luck.month' is now 'draws.month'"):
        study = load_study({"factors": {"luck": {"month": [12]}, "entry": [True]}})
    assert study.points == [{"draws.month": 12, "entry": True}]
    with pytest.warns(UserWarning, match="the study 'whose' is now 'crisis_scope'"):
        assert load_study("whose").name == "crisis_scope"
