"""Every command of many runs: the same bytes whatever the workers, nothing run twice, a failed run is a row."""

import pytest

from microdrama.experiments import cli
from microdrama.experiments.calibration.evaluate import evaluate
from microdrama.experiments.calibration.validation import rows_of, validate
from microdrama.experiments.outcomes.patterns import Pattern
from microdrama.experiments.reports.comparison import compare
from microdrama.experiments.reports.findings import write_findings
from microdrama.experiments.reports.study_page import run_study
from microdrama.experiments.run import run
from microdrama.experiments.running import job
from microdrama.experiments.running.sweep import RunFailedError, load
from microdrama.model.errors import InputError
from worlds import Here

STUDY = """
title = "Founders"
months = 6
scale = 0.02
seeds = 3
[factors]
entry = [true, false]
[register]
question = "What do founders do?"
hypothesis = "They found."
metric = "studios"
analysis = "effects"
overturned_by = "Nothing."
"""
PATTERNS = [Pattern("x", "level", "firms", low=2, high=4)]


def by_compare(folder, **how):
    compare("baseline", changes={"entry": False}, seeds=2, out=folder / "out", months=6, scale=0.02, **how)


def by_study(folder, **how):
    (folder / "founders.toml").write_text(STUDY, encoding="utf-8")
    return run_study(folder / "founders.toml", folder / "out", **how)


def by_findings(folder, workers=1, executor=None):
    (folder / "founders.toml").write_text(STUDY, encoding="utf-8")
    write_findings(folder, folder / "docs", workers=workers, names=[str(folder / "founders.toml")])


def by_sensitivity(folder, workers=1, executor=None):
    words = ["sensitivity", "entry_rate", "away_cost", "--months", "6", "--scale", "0.02", "--size", "2"]
    assert cli.main([*words, "--workers", str(workers), "--out", str(folder / "out")]) == 0


def by_validate(folder, **how):
    (folder / "patterns.csv").write_text("pattern,kind,quantity,city,period,low\nx,level,firms,all,2021-06,1\n")
    (folder / "members.csv").write_text("entry_rate\n0.4\n0.5\n", encoding="utf-8")
    found = validate(
        folder / "patterns.csv", folder / "out", ensemble=folder / "members.csv", scale=0.02, against=(), **how
    )
    (folder / "verdicts").write_text(repr(rows_of(found)), encoding="utf-8")


def by_calibrate(folder, **how):
    """As waves of a calibration are run."""
    points = [{"entry_rate": 0.4}, {"entry_rate": 0.6}]
    found = evaluate(points, PATTERNS, folder / "out", seeds=2, months=6, scale=0.02, **how)
    (folder / "values").write_bytes(found.tobytes())


def made(folder):
    """What came out: every file but those that say how it went, or that belong to a run."""
    own = ("log.parquet", "sweep.json")
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in own and "-0000" not in path.name and "journal" not in path.name
    }


@pytest.mark.slow
@pytest.mark.parametrize("way", [by_compare, by_study, by_findings, by_sensitivity, by_validate, by_calibrate])
def test_the_number_of_workers_does_not_matter_and_nothing_is_run_twice(way, tmp_path, monkeypatch):
    one, two = tmp_path / "one" / "x", tmp_path / "two" / "x"
    for folder, workers in ((one, 1), (two, 2)):
        folder.mkdir(parents=True)
        monkeypatch.chdir(folder)
        way(folder, workers=workers)
    first = {name: data.replace(b"one/x", b"two/x") for name, data in made(one).items()}
    assert first == made(two) and any(name.endswith("runs.parquet") for name in first)
    monkeypatch.setattr("microdrama.experiments.running.sweep.compute", None)  # nothing may be computed
    way(two, workers=2)
    assert first == made(two)


def fails_for_seed_2(scenario, seed, **how):
    if seed == 2:
        raise ZeroDivisionError("planted")
    return run(scenario, seed, **how)


@pytest.mark.parametrize("way", [by_compare, by_study, by_validate, by_calibrate])
def test_a_failed_run_is_a_row_and_the_others_are_done(way, tmp_path, monkeypatch):
    monkeypatch.setattr(job, "run", fails_for_seed_2)
    if way is by_study:
        tally, found = by_study(tmp_path, executor=Here)
        assert (tally.ran, tally.failed, found) == (6, 2, None)
    else:
        with pytest.raises((RunFailedError, InputError), match="failed"):
            way(tmp_path, executor=Here)
    assert {*load(tmp_path / "out", "failures")["seed"].to_pylist()} == {2}
    assert 2 not in load(tmp_path / "out")["seed"].to_pylist()
    monkeypatch.setattr(job, "run", run)
    if way in (by_compare, by_study):
        way(tmp_path, executor=Here)  # failed runs are tried again
        assert load(tmp_path / "out", "failures").num_rows == 0
