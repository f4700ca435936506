"""What each mechanism does, as a table."""

import tomllib
from importlib.resources import files

import numpy as np
import pytest

from microdrama.experiments import cli
from microdrama.experiments.analysis.contrast import of_differences
from microdrama.experiments.design.study_file import shipped_studies
from microdrama.experiments.files import shipped_rows
from microdrama.experiments.outcomes import summarise
from microdrama.experiments.reports import mechanisms, mission
from microdrama.experiments.reports.mechanisms import SWITCHES
from microdrama.experiments.run import run
from microdrama.experiments.running.sweep import load
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.inputs.scenario import load_scenario
from worlds import Here

SMALL = {"seeds": 2, "months": 6, "scale": 0.02}


def test_the_study_switches_off_each_mechanism_in_each_set_of_parameters():
    study = mechanisms.study_of(**SMALL)
    n = 3 + len(SWITCHES) + len(mechanisms.INSTEAD)
    assert len(study.points) == 3 * n
    for first in range(0, 3 * n, n):
        usual, _, park, *off = study.points[first : first + n]
        changed = [{k for k in one if one[k] != usual[k]} - {"scenario"} for one in off]
        assert changed == [{name} for name in (*SWITCHES, *mechanisms.INSTEAD)]
        assert {k for k in park if park[k] != usual[k]} == {"scenario"}
        more = set(study.at(park).policies) - set(study.at(usual).policies)
        assert [window.zone for window in more] == ["km10"]
        assert study.at(usual).parameters.to_dict() == study.at(park).parameters.to_dict()


def test_draws_are_written_out_in_full():
    """Every assumption that may be drawn stands in the files; a parameter added later keeps its default there."""
    worlds = files("microdrama.experiments").joinpath("studies", "worlds")
    for n in (1, 2):
        drawn = tomllib.loads(worlds.joinpath(f"draw_{n}.toml").read_text(encoding="utf-8"))["parameters"]
        assert len(drawn) > 150 and not {*drawn} & {*SWITCHES}
        for name, value in drawn.items():
            q = PARAMETERS[name]
            if not name.startswith("content_share"):
                assert q.low <= value <= q.high and (
                    q.kind is int or value == q.default or 1 / 1.51 < value / q.default < 1.51
                ), name
        capped = load_scenario(str(worlds.joinpath(f"draw_{n}_hours_cap.toml")))
        assert capped.parameters.to_dict() == load_scenario(str(worlds.joinpath(f"draw_{n}.toml"))).parameters.to_dict()
        assert capped.policies == load_scenario("hours_cap").policies


@pytest.mark.slow
def test_effects_are_differences_of_runs_and_are_not_run_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(mechanisms, "SWITCHES", ("hours_cap", "entry"))
    rows = ("`hours_cap`", "`entry`", "`office_choice`", "a park")
    monkeypatch.setattr(mechanisms, "ROWS", {row: mechanisms.ROWS[row] for row in rows})
    level, effect = mechanisms.effects(**SMALL, executor=Here, out=tmp_path / "out")
    assert level.shape == (3, 2, 7) and effect.shape == (3, 4, 2, 7)
    size = {"months": 6, "scale": 0.02}
    on, off = (summarise(run("baseline", 2, **size, entry=entry)) for entry in (True, False))
    assert effect[0, 1, 1, 0] == 100 * off["city_share_shoot_days"] - 100 * on["city_share_shoot_days"]
    assert level[0, 1, 5] == on["series_cost_yuan"] / 1e3
    assert load(tmp_path / "out")["scenario"].to_pylist()[-1] == "worlds/draw_2.toml"
    again = mechanisms.effects(**SMALL, executor=lambda: pytest.fail("run twice"), out=tmp_path / "out")
    np.testing.assert_array_equal(again[1], effect)
    two = mechanisms.effects(**SMALL, workers=2)
    np.testing.assert_array_equal(two[1], effect)
    words = ["mechanisms", "--seeds", "2", "--months", "6", "--scale", "0.02", "--out", str(tmp_path / "out")]
    assert cli.main(words) == 0
    text = (tmp_path / "out" / "mechanisms.md").read_text(encoding="utf-8")
    assert text.count("| `entry` | S1 |") == 3 and "2 seeds" in text and "## At a second draw of parameters" in text
    assert cli.main([*words[:2], "1"]) == 2


def test_every_fact_has_a_row_with_effect_bound_and_verdict(tmp_path):
    rows = shipped_rows(mission.ROWS)
    assert {f"M{n}" for n in range(1, 17)} <= {row["id"] for row in rows}
    assert {row["study"] for row in rows} <= {"", *shipped_studies()}
    facts = [*dict.fromkeys(row["off"] for row in rows)]
    study = mission.study_of(facts, **SMALL | {"seeds": [1, 2]})
    changed = [{n for n, value in point.items() if value != study.points[0][n]} for point in study.points[1:]]
    assert all(len(names) == 1 for names in changed) and len(changed) == len(facts)
    assert all(float(row["bound"]) > 0 and row["because"] for row in rows)
    assert mission.verdict(of_differences(np.array([0.1, 0.2])), 5) == "negligible"
    assert mission.verdict(of_differences(np.array([1.1, 1.2])), 0.5) == "acts"
    assert mission.verdict(of_differences(np.array([-1.0, 2.0])), 0.5) == "not shown"


@pytest.mark.slow
def test_the_table_of_facts(tmp_path):
    words = ["mechanisms", "--mission", "--seeds", "2", "--months", "3", "--scale", "0.01", "--out", str(tmp_path)]
    words += ["--more", "3"]
    assert cli.main([*words, "--page", str(tmp_path / "page.md")]) == 0
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert text.count("\n| ") == 2 + len(shipped_rows(mission.ROWS)) and "2 seeds" in text
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")][2:]
    assert {row[6] for row in rows} == {"2", "3"}  # those that two seeds leave open are judged by three others
