"""The main experiment at toy size."""

import csv
import json
import os
import re
import sys

import numpy as np
import pytest

from microdrama.experiments import cli
from microdrama.experiments.outcomes import summarise
from microdrama.experiments.reports import factorial
from microdrama.experiments.reports.factorial import CELLS, RunFailedError, experiment, one_run
from microdrama.experiments.reports.main_page import page, write
from microdrama.experiments.run import run
from microdrama.model.errors import InputError
from microdrama.model.inputs.scenario import load_scenario
from worlds import Here

TOY = {"seeds": 2, "scale": 0.02, "months": 18}


pytestmark = pytest.mark.xdist_group("factorial")  # they share an experiment


@pytest.fixture(scope="module")
def toy():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factorial, "local_processes", lambda _: Here())
        return experiment(**TOY)


@pytest.mark.slow
def test_the_number_of_workers_does_not_matter(toy):
    two = experiment(workers=2, **TOY)
    for a, b in zip(toy.outcomes, two.outcomes, strict=True):
        assert (a.cell, a.seed) == (b.cell, b.seed)
        np.testing.assert_equal(a.summary, b.summary)
        for name in a.paths:
            np.testing.assert_array_equal(a.paths[name], b.paths[name])


def test_every_seed_is_run_in_all_four_combinations(toy):
    assert [(o.cell, o.seed) for o in toy.outcomes] == [(cell, seed) for cell in CELLS for seed in (1, 2)]


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
    # A second run replaces the first, but never a stranger's file.
    write(toy, out)
    (out / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"notes\.txt"):
        write(toy, out)
    assert (out / "notes.txt").read_text() == "mine"


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
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
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


def die(*_):
    os._exit(9)


@pytest.mark.slow
def test_a_worker_that_dies_is_named(monkeypatch):
    monkeypatch.setattr(factorial, "one_run", die)
    with pytest.raises(RunFailedError, match=r"a worker process died .* 'neither' with seed 1"):
        experiment(workers=2, **TOY)


def test_a_failing_run_is_named(monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(factorial, "run", fail)
    with pytest.raises(RunFailedError, match="'both' with seed 7 failed: ZeroDivisionError: planted"):
        one_run(load_scenario("baseline"), "both", 7, "zhengzhou")


def test_the_command_reports_a_failing_run_without_a_traceback(monkeypatch, capsys, tmp_path):
    def fail(*_, **__):
        raise RunFailedError("the run 'both' with seed 7 failed: planted")

    monkeypatch.setattr(factorial, "experiment", fail)
    assert cli.main(["main", "--out", str(tmp_path / "out")]) == 1
    assert "seed 7" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_series_shot_abroad_belong_to_no_city():
    economy = run("baseline", 1, months=48, scale=0.05, foreign_cast=False)
    assert economy.panel.array("california_series").sum() > 0
    assert np.isfinite(summarise(economy)["ellison_glaeser_shoot_days"])
