"""The main experiment at toy size."""

import csv
import json
import re
import sys

import numpy as np
import pytest

from microdrama.experiments import cli
from microdrama.experiments.design.study_file import load_study
from microdrama.experiments.outcomes import summarise
from microdrama.experiments.reports import factorial
from microdrama.experiments.reports.factorial import CELLS, effects_table, experiment, study_of
from microdrama.experiments.reports.main_page import page, write
from microdrama.experiments.run import run
from microdrama.experiments.running import job
from microdrama.experiments.running.sweep import RunFailedError, jobs_of, load
from microdrama.model.errors import InputError
from microdrama.model.inputs.scenario import load_scenario
from worlds import Here

TOY = {"seeds": 2, "scale": 0.02, "months": 18}


pytestmark = pytest.mark.xdist_group("factorial")  # they share an experiment


@pytest.fixture(scope="module")
def toy():
    return experiment(executor=Here, **TOY)


@pytest.mark.slow
def test_the_number_of_workers_does_not_matter(toy, tmp_path):
    """And neither does being interrupted: completed runs are not repeated."""
    out = tmp_path / "runs"
    two = experiment(workers=2, out=out, **TOY)
    np.testing.assert_equal(toy.runs, two.runs)
    np.testing.assert_equal(toy.panel, two.panel)
    np.testing.assert_equal(toy.grids, two.grids)
    tables = [(out / f"{name}.parquet").read_bytes() for name in ("runs", "panel", "cells")]
    experiment(executor=lambda: pytest.fail("a run was done twice"), out=out, **TOY)
    experiment(executor=Here, out=tmp_path / "one", **TOY)
    assert tables == [(tmp_path / "one" / f"{name}.parquet").read_bytes() for name in ("runs", "panel", "cells")]


def test_it_is_the_shipped_study():
    """With the command's defaults the runs are those of the study; its table of points is the four combinations."""
    shipped = load_study("crisis_and_policy")
    ours = study_of(load_scenario("baseline").with_values({"months": 96, "scale": 1.0}), 16)
    assert [j.run_id for j in jobs_of(ours)] == [j.run_id for j in jobs_of(shipped)]
    assert sorted(map(repr, shipped.points)) == sorted(repr(switches) for _, switches in CELLS.values())


def test_every_run_is_that_of_its_combination(toy):
    for cell, (_, switches) in CELLS.items():
        economy = run("baseline", 2, months=18, scale=0.02, **switches)
        np.testing.assert_equal({n: toy.column(cell, n)[1] for n in summarise(economy)}, summarise(economy))
        for name in factorial.PATHS:
            np.testing.assert_array_equal(toy.path(cell, name)[1], economy.panel.array(name))
    grid = run("baseline", 1, months=18, scale=0.02, **CELLS["both"][1]).panel.cells()
    for name, values in grid.items():
        np.testing.assert_array_equal(toy.grids["both"][name], values)


def test_policy_does_nothing_before_the_first_policy(toy):
    """No window opens in the first 18 months: with and without policy must be the same runs, bit for bit."""
    assert min(w.start for w in toy.scenario.policies) > 18
    effect = toy.contrasts["city_share_shoot_days", "policy_in_crisis"]
    assert (effect.mean, effect.unchanged) == (0, 1)


def test_the_crisis_changes_rents_only_once_prices_have_peaked(toy):
    with_crisis, without = toy.path("crisis", "rent_yuan_m2_month"), toy.path("neither", "rent_yuan_m2_month")
    city = toy.scenario.cities.index("zhengzhou")
    np.testing.assert_array_equal(with_crisis[:, :7, city], without[:, :7, city])
    assert (with_crisis[:, -1, city] < without[:, -1, city]).all()


def test_the_page_is_self_contained_and_says_what_the_table_says(toy, tmp_path):
    pytest.importorskip("matplotlib")
    out = write(toy, tmp_path / "main")
    html = (out / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)\s*=\s*["'](?!data:)""", html)
    assert "http" not in html.replace("http-equiv", "")
    assert html.count("data:image/png;base64,") == 4
    with (out / "effects.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9 * 5
    for row in rows:
        assert f"{float(row['mean']):+.2f}" in html
    with (out / "cities.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8 * 5
    for row in rows:
        assert row["name"] in html.replace("&#x27;", "'") and f"{float(row['mean']):+.2f}" in html
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == {p.name for p in out.iterdir()} - {"manifest.json"}
    assert {*manifest["files"]} >= {
        f"{name}.{kind}" for name in ("runs", "effects", "cities") for kind in ("csv", "parquet")
    }
    # A second run takes the place of the first, whatever else lies there stays.
    (out / "notes.txt").write_text("mine")
    before = (out / "effects.csv").read_bytes()
    write(toy, out)
    assert (out / "notes.txt").read_text() == "mine" and (out / "effects.csv").read_bytes() == before
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="was not made by microdrama main"):
        write(toy, tmp_path / "other")


def test_what_cities_gain_others_lose(toy):
    for key in factorial.EFFECTS:
        moved = [toy.shifts[slug, key].mean for slug in toy.scenario.cities.slugs]
        assert sum(moved) == pytest.approx(0, abs=1e-12)


def test_leaders_are_counted_by_seed(toy):
    for cell in CELLS:
        assert sum(times for _, times in toy.leaders(cell)) == 2
        leads = toy.values("city_leads_shoot_days")[cell].sum()
        assert dict(toy.leaders(cell)).get("zhengzhou", 0) == leads


def test_names_are_escaped(toy, tmp_path, monkeypatch):
    monkeypatch.setitem(toy.scenario.cities.texts, "name", ["<script>alert(1)</script>"] * 8)
    assert "<script" not in page(toy, {}, tmp_path, "microdrama main '<script>'")


def test_without_matplotlib_nothing_is_begun(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert cli.main(["main", "--out", str(tmp_path / "out")]) == 2
    assert "pip install 'microdrama[figures]'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_size_set_by_hand_is_the_size_run(monkeypatch, tmp_path):
    sizes = []

    def look(scenario, **_):
        sizes.append((scenario.parameters.months, scenario.parameters.scale))
        raise RunFailedError("enough")

    monkeypatch.setattr(factorial, "experiment", look)
    path = tmp_path / "small.toml"
    path.write_text("[parameters]\nmonths = 7", encoding="utf-8")
    for words in ([], ["--set", "months=24"], ["--months", "5", "--scale", "0.2"], [str(path)]):
        cli.main(["main", *words, "--out", str(tmp_path / "out")])
    assert sizes == [(96, 1.0), (24, 1.0), (5, 0.2), (7, 1.0)]


def fails_with_policy(scenario, seed, **how):
    if scenario.parameters.policy and seed == 2:
        raise ZeroDivisionError("planted")
    return run(scenario, seed, **how)


def test_a_failing_run_is_a_row_and_is_tried_again(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(job, "run", fails_with_policy)
    with pytest.raises(RunFailedError, match=r"6 of 8 runs completed, 2 failed .* ZeroDivisionError: planted"):
        experiment(executor=Here, out=tmp_path / "runs", **TOY)
    assert load(tmp_path / "runs", "failures")["seed"].to_pylist() == [2, 2]
    monkeypatch.setattr(job, "run", run)
    assert effects_table(experiment(executor=Here, out=tmp_path / "runs", **TOY)) == effects_table(
        experiment(executor=Here, **TOY)
    )


@pytest.mark.slow
def test_the_command_goes_on_where_it_stopped_and_may_be_given_twice(monkeypatch, capsys, tmp_path):
    out, words = tmp_path / "out", ["main", "--seeds", "2", "--scale", "0.02", "--months", "18", "--workers", "1"]
    monkeypatch.setattr("microdrama.experiments.running.sweep.compute", first_of(2))
    assert cli.main([*words, "--out", str(out)]) == 130
    assert "run the same command to resume" in capsys.readouterr().err
    monkeypatch.undo()
    assert cli.main([*words, "--out", str(out)]) == 0
    log = load(out / "runs", "log")["pid"].to_pylist()
    assert len(log) == 8 and len(set(log)) == 2
    page = (out / "index.html").read_bytes()
    assert cli.main([*words, "--out", str(out)]) == 0
    assert (out / "index.html").read_bytes() == page


def first_of(count):
    """Does so many runs here, and stops as after Ctrl-C."""

    def compute(orders, engine, stopping):
        for _, order in zip(range(count), orders, strict=False):
            yield from zip(order.jobs, job.carry_out(order), strict=True)
        stopping.set()

    return compute


def test_series_shot_abroad_belong_to_no_city():
    economy = run("baseline", 1, months=48, scale=0.05, foreign_cast=False)
    assert economy.panel.array("california_series").sum() > 0
    assert np.isfinite(summarise(economy)["ellison_glaeser_shoot_days"])
