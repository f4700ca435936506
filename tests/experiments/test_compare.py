"""Two worlds under the same seeds."""

import csv

import numpy as np
import pytest

from microdrama.experiments import cli
from microdrama.experiments.analysis.contrast import paired
from microdrama.experiments.outcomes import summarise
from microdrama.experiments.reports.comparison import compare, text
from microdrama.experiments.run import run
from microdrama.experiments.running.sweep import load
from microdrama.model.errors import InputError

SMALL = {"months": 14, "scale": 0.02}


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    from microdrama.experiments.reports import comparison as module
    from worlds import Here

    finished = module.finished
    monkeypatch.setattr(module, "finished", lambda *args, **words: finished(*args, **words | {"executor": Here}))


def test_the_difference_is_that_of_the_runs(tmp_path):
    found = compare("baseline", changes={"entry": False}, seeds=3, out=tmp_path / "out", city="xian", **SMALL)
    arms = [
        [summarise(run("baseline", seed, entry=entry, **SMALL), "xian") for seed in (1, 2, 3)]
        for entry in (True, False)
    ]
    by_name = {row.outcome: row for row in found.rows}
    for name, factor in (("city_share_studios", 100), ("hhi_shoot_days", 1e4), ("studios", 1)):
        first, second = (np.array([one[name] for one in arm]) * factor for arm in arms)
        row = by_name[name]
        assert (row.first, row.second) == pytest.approx((first.mean(), second.mean()))
        np.testing.assert_allclose(row.effect, paired(second, first), rtol=1e-9)
    assert f"\n  second: no announced money was left unpaid\n  {found.why}" in text(found)
    assert "Xi'an's share of studios" in text(found) and "Zhengzhou's share of shooting days" in text(found)
    with (tmp_path / "out" / "effects.csv").open(encoding="utf-8") as file:
        rows = {row["outcome"]: row for row in csv.DictReader(file)}
    assert float(rows["studios"]["mean"]) == pytest.approx(by_name["studios"].effect.mean)
    compare("baseline", changes={"entry": False}, seeds=4, out=tmp_path / "out", city="xian", **SMALL)
    log = load(tmp_path / "out", "log").to_pylist()
    assert len(log) == 8


def test_what_has_not_begun_changes_nothing():
    """A placebo: no policy begins in 14 months, so every difference is exactly zero."""
    found = compare("baseline", "no_policy", seeds=2, **SMALL)
    assert all(row.effect.mean == 0 and row.effect.unchanged == 1 for row in found.rows if np.isfinite(row.first))
    assert not any(row.effect.clear for row in found.rows)


def test_the_command(capsys):
    words = [
        "compare",
        "baseline",
        "--change",
        "crisis_strength=3",
        "--months",
        "14",
        "--scale",
        "0.02",
        "--seeds",
        "2",
    ]
    assert cli.main(words) == 0
    assert "Office rent in Zhengzhou [yuan/m2/month]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["baseline"], "both worlds are the same"),
        (["baseline", "--change", "crisis_strenght=1"], "did you mean 'crisis_strength'"),
        (["baseline", "no_polcy"], "did you mean 'no_policy'"),
        (["baseline", "--change", "crisis_strength"], "--change crisis_strength: write NAME=VALUE"),
        (["baseline", "no_policy", "--seeds", "1"], "from 2 to 100,000"),
        (["baseline", "no_policy", "--city", "atlantis"], "unknown city 'atlantis'"),
    ],
)
def test_mistakes_are_named(words, message, capsys):
    assert cli.main(["compare", *words]) == 2
    err = capsys.readouterr().err
    assert message in err and len(err.splitlines()) <= 3


def test_a_run_that_fails_is_told(monkeypatch, capsys):
    monkeypatch.setattr("microdrama.experiments.running.job.run", None)
    assert cli.main(["compare", "baseline", "no_policy", "--months", "14", "--scale", "0.02", "--seeds", "2"]) == 3
    err = capsys.readouterr().err
    assert "4 failed" in err and "'NoneType' object is not callable" in err


def test_unknown_parameters_are_an_error_in_python_too():
    with pytest.raises(InputError, match="unknown parameter"):
        compare("baseline", changes={"nothing": 1})
