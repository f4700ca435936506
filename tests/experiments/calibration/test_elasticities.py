"""Experiments of the literature in the model: measures by hand, rows as they were written down, the command."""

import numpy as np
import pytest

from microdrama.experiments import cli
from microdrama.experiments.calibration import elasticities as rooms
from microdrama.experiments.calibration.elasticities import BEFORE, CITY, ROWS, WORLDS, Elasticity, elasticities
from microdrama.experiments.files import shipped_rows
from microdrama.model.inputs.cities import shipped_cities


def test_measures_of_runs_whose_answer_is_known(tmp_path, monkeypatch):
    """All of a rebate's rise is gone a year after it ends; a third more series; half of concentration is left."""
    people = shipped_cities().employment_million
    even = people / people.sum()

    def runs(members, patterns, out, keys, folder, **_):
        found = np.ones((len(WORLDS), len(members), len(patterns)))
        for w, world in enumerate(WORLDS):
            for i, p in enumerate(patterns):
                level = 100 * even[shipped_cities().index(p.city)]
                if p.quantity == "series_shot" and p.city != CITY and world == "no policy":
                    level *= 0.5  # so all cities but one are smaller: concentrated
                if world == "rebate" and p.city == CITY:
                    level *= 4 / 3
                if world == "rebate ended" and p.period == BEFORE:
                    level *= 2
                found[w, :, i] = level
        return found

    monkeypatch.setattr(rooms, "evaluate_members", runs)
    found = {one.name: one for one in elasticities(tmp_path, count=3, ensemble="defaults")}
    assert found["rebate_series"].mean == pytest.approx(1 / 3) and found["rebate_series"].verdict == "inside"
    assert found["rebate_firms"].verdict == "above"
    assert found["rebate_kept"].mean == pytest.approx(0) and found["agglomeration_share"].mean == pytest.approx(1)
    assert [*found] == [row["elasticity"] for row in shipped_rows(ROWS)]


def test_a_verdict_says_whether_it_is_certain():
    def verdict(mean, half):
        return Elasticity("", "", 0.0, 1.0, mean, (mean - half, mean + half), "", "").verdict

    assert verdict(0.5, 0.1) == "inside" and verdict(0.5, 0.9) == "inside, not for certain"
    assert verdict(2, 0.5) == "above" and verdict(-0.1, 0.2) == "below, not for certain"


@pytest.mark.slow
def test_the_command_leaves_a_page(tmp_path, capsys):
    words = ["validate", "elasticities", "--members", "2", "--scale", "0.005", "--ensemble", "defaults"]
    assert cli.main([*words, "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.count("%") > 4 * len(shipped_rows(ROWS))
    page = (tmp_path / "out" / "elasticities.md").read_text(encoding="utf-8")
    assert page.count("\n| ") == 2 + len(shipped_rows(ROWS))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["validate", "elasticities", "--members", "1"], "--members"),
        (
            ["validate", "elasticities", "--set", "entry=false", "--months", "9"],
            "--months, --set: not with elasticities",
        ),
        (["validate", "elasticities", "--against", "none"], "--against: not with elasticities"),
        (["mechanisms", "--more", "4"], "--more: only with --mission"),
    ],
)
def test_what_would_do_nothing_is_refused(words, said, capsys):
    assert cli.main(words) == 2
    assert said in capsys.readouterr().err
