"""Parameter ensembles: a fixed prior that fills its ranges, calibrated rows, and seeds paired with members."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import truncnorm

from microdrama.experiments.design import ensembles as ensemble
from microdrama.experiments.design.ensembles import members
from microdrama.experiments.design.priors import ENSEMBLE
from microdrama.experiments.design.study import Ensemble
from microdrama.experiments.design.study_file import load_study, write_study
from microdrama.experiments.running.plan import Jobs
from microdrama.experiments.running.sweep import load, sweep
from microdrama.model.errors import InputError
from microdrama.model.inputs.cities import shipped_cities
from microdrama.model.inputs.parameters import PARAMETERS, make_parameters
from worlds import Here


def test_the_prior_is_a_latin_hypercube_of_what_is_allowed_and_no_lever():
    rows = members("prior", 40)
    assert rows == members("prior", 40) and len(members("prior")) == ensemble.SIZE
    for factor in ENSEMBLE:
        assert PARAMETERS[factor.name].layer in ("swept", "estimated")
        assert factor.low <= PARAMETERS[factor.name].default <= factor.high
        values = np.array([row[factor.name] for row in rows])
        place = (
            np.log(values / factor.low) / np.log(factor.high / factor.low)
            if factor.log
            else ((values - factor.low) / (factor.high - factor.low))
        )
        assert sorted(np.floor(place * 40).astype(int)) == list(range(40))  # one in each slice
    for row in rows:
        make_parameters(row)


def test_calibrated_rows_are_read_thinned_evenly_and_checked(tmp_path, monkeypatch):
    shipped = tmp_path / "ensemble.csv"
    monkeypatch.setattr(ensemble, "shipped_text", lambda name: shipped.read_text(encoding="utf-8"))
    ensemble._calibrated.cache_clear()
    table = "member,location_scale,away_cost\n" + "".join(f"{i},0.{i}1,0.1\n" for i in range(1, 9))
    shipped.write_text(table, encoding="utf-8")
    rows = members("calibrated")
    assert rows[2] == {"location_scale": 0.31, "away_cost": 0.1} and len(rows) == 8
    assert [row["location_scale"] for row in members("calibrated", 4)] == [0.11, 0.31, 0.51, 0.71]
    with pytest.raises(InputError, match="has 8 members, not 9"):
        members("calibrated", 9)
    ensemble._calibrated.cache_clear()
    shipped.write_text("location_scale\n99\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"ensemble.csv:2: 'location_scale' = 99: must be"):
        members("calibrated")
    ensemble._calibrated.cache_clear()


STUDY = {
    "months": 4,
    "scale": 0.02,
    "seeds": 5,
    "ensemble": {"source": "prior", "size": 3},
    "parameters": {"away_cost": 0.123},
    "factors": {"scenario": ["baseline", "subsidy_race"], "wage_floor": [0.8, 1.0]},
}


def test_seeds_have_members_that_points_studies_and_scenarios_overrule():
    study = load_study(STUDY)
    rows = members("prior", 3)
    assert [study.member(seed) for seed in study.seeds] == [0, 1, 2, 0, 1]
    worlds = {(k, m): study.at(point, m).parameters for k, point in enumerate(study.points) for m in range(3)}
    for (point, member), p in worlds.items():
        assert p.location_scale == rows[member]["location_scale"]
        assert p.away_cost == 0.123 and p.wage_floor == study.points[point]["wage_floor"]
    race = study.at({"scenario": "subsidy_race", "wage_floor": 1.0}).parameters
    assert race.imitation_rate != PARAMETERS["imitation_rate"].default
    assert {worlds[k, m].imitation_rate for k in (2, 3) for m in range(3)} == {race.imitation_rate}
    assert {worlds[k, m].imitation_rate for k in (0, 1) for m in range(3)} == {r["imitation_rate"] for r in rows}
    alone = dataclasses.asdict(study.at(study.points[0]).parameters)
    assert alone["location_scale"] == PARAMETERS["location_scale"].default


@pytest.mark.parametrize("share_past", [False, True])
def test_runs_of_an_ensemble_are_those_of_its_members(tmp_path, share_past):
    out = tmp_path / "out"
    assert sweep(STUDY | {"share_past": share_past}, out, executor=Here).failed == 0
    runs = load(out, frame="pandas")
    assert len(runs) == 20
    from microdrama.experiments.outcomes import summarise
    from microdrama.experiments.run import run

    study = load_study(STUDY)
    for row in runs.itertuples():
        if row.seed in (2, 5) and row.point in (0, 3):
            economy = run(study.at(study.points[row.point], study.member(row.seed)), row.seed)
            assert summarise(economy)["studios"] == row.studios
    by_member = {job.run_id for job in Jobs(study)}
    assert len(by_member) == 20
    assert by_member.isdisjoint(job.run_id for job in Jobs(load_study({**STUDY, "ensemble": {"source": "prior"}})))


def test_ranges_of_ones_own_are_sampled_as_their_distributions_say(tmp_path):
    entry = {
        "size": 512,
        "seed": 5,
        "sampler": "sobol",
        "parameters": {
            "crisis_strength": {"low": 0.5, "mode": 1.0, "high": 2.0},
            "wage_floor": {"mean": 0.9, "sd": 0.1, "low": 0.7, "high": 1.0},
            "away_cost": {"low": 0.05, "high": 0.2, "log": True},
            "expected_work": {"values": ["openings", "fillable"], "weights": [3, 1]},
            "property_crisis": [True, False],
        },
    }
    study = load_study({"ensemble": entry, "scenario": "subsidy_race", "scale": 0.02, "months": 2})
    columns = {name: np.array([row[name] for row in study.ensemble.members]) for name in entry["parameters"]}
    assert len(study.seeds) == 512
    assert columns["crisis_strength"].mean() == pytest.approx(3.5 / 3, abs=0.01)  # of a triangle
    assert np.median(columns["wage_floor"]) == pytest.approx(truncnorm(-2, 1, 0.9, 0.1).median(), abs=0.003)
    assert np.median(columns["away_cost"]) == pytest.approx(0.1, abs=0.002)
    assert np.mean(columns["expected_work"] == "openings") == pytest.approx(0.75, abs=0.01)
    assert np.mean(columns["property_crisis"]) == pytest.approx(0.5, abs=0.01)
    name = write_study(study, tmp_path)
    again = load_study(tmp_path / name)
    assert again.ensemble.members == study.ensemble.members and again.seeds == study.seeds
    few = load_study({"ensemble": {"size": 3, "parameters": {"wage_floor": [0.8, 0.9]}}, "scale": 0.02, "months": 2})
    assert sweep(few, tmp_path / "out", executor=Here).runs == 3
    runs = load(tmp_path / "out", frame="pandas")
    assert list(runs["wage_floor"]) == [few.ensemble.members[m]["wage_floor"] for m in runs["member"]]
    elsewhere = {"cities": "placebos", "months": 2, "scale": 0.02, "factors": {"scenario": ["baseline", "no_policy"]}}
    name = write_study(load_study(elsewhere), tmp_path)
    again = load_study(tmp_path / name)
    assert not again.cities and len(again.at(again.points[1]).cities) == len(shipped_cities()) + 2
    with pytest.raises(InputError, match="cannot read the city table"):
        load_study(elsewhere, cities="nowhere.csv")
    with pytest.raises(InputError, match="2 seeds leave 1 of 3 members without a run"):
        load_study({"seeds": 2, "ensemble": {"size": 3, "parameters": {"wage_floor": [0.8, 0.9]}}})


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "needs source, one of prior, calibrated"),
        ({"source": "prio"}, r"\[ensemble\]: unknown source 'prio'; did you mean 'prior'"),
        ({"source": "prior", "size": -1}, "'size' = -1: must be a whole number"),
        ({"source": "prior", "sizes": 1}, "unknown key 'sizes'"),
        ("prior", r"'ensemble' must be an \[ensemble\] table"),
        ({"source": "prior", "parameters": {"entry_rate": [0.1]}}, "has both 'source' and 'parameters'"),
        ({"parameters": {"entri_rate": [0.1]}}, "unknown parameter 'entri_rate'; did you mean 'entry_rate'"),
        ({"parameters": {"entry_rate": [0.1, 99.0]}}, "'entry_rate' = 99.0: must be"),
        ({"parameters": {"entry_rate": {"low": 0.1}}}, "'entry_rate': must be a list of values or { low"),
        ({"parameters": {"entry_rate": {"low": 2, "high": 1}}}, "'low' must be a number below 'high'"),
        ({"parameters": {"entry_rate": {"low": 0, "high": 1, "mode": 3}}}, "'mode' must be a number from"),
        ({"parameters": {"entry_rate": {"low": 0, "high": 1, "mean": 0.2, "sd": 0}}}, "'sd' must be a number above 0"),
        ({"parameters": {"entry_rate": {"values": [0.1, 0.2], "weights": [1]}}}, "'weights' must be a number above 0"),
        ({"parameters": {"months": [12, 24]}}, "'months': is the same in all runs"),
        ({"parameters": {"entry": [True, False]}, "size": 9}, "'entry' has a range and is a factor"),
        ({"parameters": {"entry_rate": [0.1]}, "sampler": "sobol", "size": 9}, "must be a power of two"),
    ],
)
def test_mistakes_in_an_ensemble_are_named(entry, message):
    with pytest.raises(InputError, match=message):
        load_study({"factors": {"entry": [True, False]}, "ensemble": entry})


def test_the_shipped_ensemble_has_as_many_members_of_each_structure_and_places():
    found = Ensemble("calibrated")
    structures = {tuple(row[name] for name in ("crisis_control", "pass_through", "venues")) for row in found.members}
    assert len(structures) == 8 and len(found.members) == 200
    assert found.places.shape == (200, len(found.factors)) and "crisis_control" not in {f.name for f in found.factors}
    assert Ensemble("", members=({"away_cost": 0.1}, {"away_cost": 0.2})).of(2) == 1
