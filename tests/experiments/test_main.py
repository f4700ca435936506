"""The main experiment at toy size."""

import csv
import re
import sys

import numpy as np
import pandas as pd
import pytest

from microdrama.experiments import cli
from microdrama.experiments.analysis.chain import few_digits
from microdrama.experiments.analysis.contrast import of_differences
from microdrama.experiments.analysis.crisis_and_policy import EFFECTS, OUTCOMES, by_cell
from microdrama.experiments.analysis.crisis_figures import CELLS, at
from microdrama.experiments.design.study_file import load_study
from microdrama.experiments.outcomes import summarise
from microdrama.experiments.reports import study_page
from microdrama.experiments.reports.main import PATHS, study_of, write_paths
from microdrama.experiments.run import run
from microdrama.experiments.running import job
from microdrama.experiments.running.plan import Jobs
from microdrama.experiments.running.sweep import Tally, load
from microdrama.model.inputs.scenario import load_scenario
from worlds import Here

SIZE = {"scale": 0.02, "months": 18}
SWITCHES = {cell: {"property_crisis": crisis, "policy": policy} for cell, (_, (crisis, policy), *_) in CELLS.items()}
TABLES = ("runs", "panel", "cells")

pytestmark = pytest.mark.xdist_group("main")  # they share an experiment


def experiment(out, **how):
    pytest.importorskip("matplotlib")
    return study_page.run_study(study_of(load_scenario("baseline").with_values(SIZE), 2), out, **how)[1]


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return experiment(tmp_path_factory.mktemp("toy"), executor=Here)


@pytest.fixture(scope="module")
def effects(toy):
    return {(row.name, row.kind): row.effect for row in toy.answer.effects}


@pytest.mark.slow
def test_the_number_of_workers_does_not_matter(toy, tmp_path):
    """And neither does being interrupted: completed runs are not repeated."""
    out = tmp_path / "runs"
    assert experiment(out, workers=2).answer.effects == toy.answer.effects
    tables = [(out / f"{name}.parquet").read_bytes() for name in TABLES]
    experiment(out, executor=lambda: pytest.fail("a run was done twice"))
    assert tables == [(toy.folder / f"{name}.parquet").read_bytes() for name in TABLES]
    assert tables == [(out / f"{name}.parquet").read_bytes() for name in TABLES]


def test_it_is_the_shipped_study():
    """With the command's defaults the runs are those of the study; its table of points is the four combinations."""
    shipped = load_study("crisis_and_policy")
    ours = study_of(load_scenario("baseline").with_values({"months": 96, "scale": 1.0}), 16)
    assert [j.run_id for j in Jobs(ours)] == [j.run_id for j in Jobs(shipped)]
    assert sorted(map(repr, shipped.points)) == sorted(map(repr, SWITCHES.values()))


def test_every_run_is_that_of_its_combination(toy):
    for cell, switches in SWITCHES.items():
        economy = run("baseline", 2, **SIZE, **switches)
        found = summarise(economy)
        np.testing.assert_equal({n: by_cell(toy.data, n)[cell][1] for n in found}, found)
        for name in PATHS:
            np.testing.assert_array_equal(toy.data.path(name)[at(toy.data, cell), 1], economy.panel.array(name))
    grid = run("baseline", 1, **SIZE, **SWITCHES["both"]).panel.cells()
    cells = toy.data.cells()
    cells = cells[(cells["point"] == at(toy.data, "both")) & (cells["seed"] == 1)]
    for name, values in grid.items():
        np.testing.assert_array_equal(cells[name], values)


def test_policy_does_nothing_before_the_first_policy(toy, effects):
    """No window opens in the first 18 months: with and without policy must be the same runs, bit for bit."""
    assert min(w.start for w in toy.study.at(SWITCHES["both"]).policies) > 18
    effect = effects["city_share_shoot_days_observed", "policy_in_crisis"]
    assert (effect.mean, effect.unchanged) == (0, 1)


def test_the_crisis_changes_rents_only_once_prices_have_peaked(toy):
    rents = toy.data.path("rent_yuan_m2_month")[..., toy.data.focal]
    with_crisis, without = rents[at(toy.data, "crisis")], rents[at(toy.data, "neither")]
    np.testing.assert_array_equal(with_crisis[:, :7], without[:, :7])
    assert (with_crisis[:, -1] < without[:, -1]).all()


def test_the_page_is_self_contained_and_says_what_the_table_says(toy):
    html = (toy.folder / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)\s*=\s*["'](?!data:)""", html)
    assert "http" not in html.replace("http-equiv", "")
    assert html.count("data:image/png;base64,") == 4
    assert html.split("<h2>Announced and not paid</h2>")[1].count("no announced money was left unpaid.</li>") == 4
    with (toy.folder / "answer.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == (len(OUTCOMES) + len(toy.data.slugs)) * 5 + len(OUTCOMES) * 4
    for row in rows:
        assert f"{float(row['mean']):+.2f}" in html and row["words"] in html.replace("&#x27;", "'")
    assert all((toy.folder / f"{name}.png").is_file() for name in ("answer", "paths", "maps", "property"))


def test_the_page_says_why(toy):
    """The chain from money to jobs against the world with neither, at full size."""
    html = (toy.folder / "index.html").read_text(encoding="utf-8").split("<h2>Why</h2>")[1].split("<h2>")[0]
    for column, factor, head in (
        ("rent_yuan_m2_month", 1, "office rent"),
        ("series_shot", 12 / SIZE["scale"], "series shot there"),
    ):
        path = factor * toy.data.path(column)[..., toy.data.focal].mean(axis=2)
        row = html.split(f"{head}<")[1].split("</tr>")[0]
        for cell in ("policy", "crisis", "both"):
            assert few_digits(of_differences(path[at(toy.data, cell)] - path[at(toy.data, "neither")])) in row


def test_the_page_says_how_many_studios_are_in_the_zones_of_the_city(toy):
    ends = [run("baseline", seed, **SIZE, **SWITCHES["both"]) for seed in (1, 2)]
    there = sum(np.isin(e.studios.cell, e.region.cells_of("zhengzhou", "zhengdong")).sum() for e in ends)
    total = sum((e.studios.city == toy.data.focal).sum() for e in ends)
    (row,) = (r for r in toy.data.zones([at(toy.data, "both")]) if r[0] == "Zhengdong New District")
    assert row[1] == f"{there / 2 / 0.02:.0f} ({there / total:.0%})"
    section = (toy.folder / "index.html").read_text(encoding="utf-8").split("<h2>Zones of Zhengzhou</h2>")[1]
    assert f"<td>{row[0]}</td>" in section and row[1] in section.split("<h2>")[0]


def test_paths_are_means_and_bounds_over_seeds(toy):
    write_paths(toy.data, toy.folder)
    found = pd.read_parquet(toy.folder / "paths.parquet").set_index(["combination", "variable", "city", "month"])
    days = np.stack([run("baseline", seed, **SIZE).panel.array("shoot_days")[17] for seed in (1, 2)])
    share = (days / days.sum(axis=1, keepdims=True))[:, toy.data.focal]
    row = found.loc["both", "share_shoot_days", "zhengzhou", "2022-06"]
    np.testing.assert_allclose(row.to_numpy(float), [share.mean(), *np.quantile(share, [0.05, 0.95])])
    assert len(found) == 4 * 5 * 8 * 18


def test_what_cities_gain_others_lose(toy, effects):
    for key in EFFECTS:
        moved = [effects[f"share_shoot_days_{slug}_observed", key].mean for slug in toy.data.slugs]
        assert sum(moved) == pytest.approx(0, abs=1e-10)


def test_leaders_are_counted_by_seed(toy):
    sentence = next(s for s in toy.answer.sentences if s.startswith("Largest place of production, out of 2 seeds: "))
    parts = sentence.rstrip(".").partition("seeds: ")[2].split("; ")
    leads = by_cell(toy.data, "city_leads_shoot_days_observed")
    for part, (cell, (words, *_)) in zip(parts, CELLS.items(), strict=True):
        assert part.startswith(f"{words}: ")
        times = {name: int(n) for name, n in re.findall(r"(\w[\w' ]*) in (\d)", part.partition(": ")[2])}
        assert sum(times.values()) == 2 and times.get("Zhengzhou", 0) == leads[cell].sum()


def test_names_are_escaped(toy, monkeypatch):
    monkeypatch.setattr(
        toy.study, "register", toy.study.register.__class__(*["<script>alert(1)</script>"] * 3, "crisis_and_policy", "")
    )
    assert "<script" not in study_page.page(toy._replace(command="microdrama main '<script>'"))


def test_without_matplotlib_nothing_is_begun(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert cli.main(["main", "--out", str(tmp_path / "out")]) == 2
    assert "pip install 'microdrama[figures]'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_size_set_by_hand_is_the_size_run(monkeypatch, capsys, tmp_path):
    sizes = []

    def look(study, *_, **__):
        parameters = study.at(study.points[0]).parameters
        sizes.append((parameters.months, parameters.scale))
        return Tally(4, 0, 1, 0), None

    monkeypatch.setattr(study_page, "run_study", look)
    path = tmp_path / "small.toml"
    path.write_text("[parameters]\nmonths = 7", encoding="utf-8")
    for words in ([], ["--set", "months=24"], ["--months", "5", "--scale", "0.2"], [str(path)]):
        assert cli.main(["main", *words, "--out", str(tmp_path / "out")]) == 3
    assert sizes == [(96, 1.0), (24, 1.0), (5, 0.2), (7, 1.0)]


def fails_with_policy(scenario, seed, **how):
    if scenario.parameters.policy and seed == 2:
        raise ZeroDivisionError("planted")
    return run(scenario, seed, **how)


def test_a_failing_run_is_a_row_and_is_tried_again(monkeypatch, toy, tmp_path):
    monkeypatch.setattr(job, "run", fails_with_policy)
    study = study_of(load_scenario("baseline").with_values(SIZE), 2)
    tally, found = study_page.run_study(study, tmp_path, executor=Here)
    assert found is None and "6 of 8 runs completed, 2 failed" in str(tally)
    assert load(tmp_path, "failures")["seed"].to_pylist() == [2, 2]
    assert "ZeroDivisionError: planted" in load(tmp_path, "failures")["error"][0].as_py()
    monkeypatch.setattr(job, "run", run)
    assert experiment(tmp_path, executor=Here).answer.effects == toy.answer.effects


@pytest.mark.slow
def test_the_command_goes_on_where_it_stopped_and_may_be_given_twice(monkeypatch, capsys, tmp_path):
    out, words = tmp_path / "out", ["main", "--seeds", "2", "--scale", "0.02", "--months", "18", "--workers", "1"]
    monkeypatch.setattr("microdrama.experiments.running.sweep.compute", first_of(2))
    assert cli.main([*words, "--out", str(out)]) == 130
    assert "run the same command to resume" in capsys.readouterr().err
    monkeypatch.undo()
    assert cli.main([*words, "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("2 seeds x 4 combinations, 18 months, scale 0.02, in ")
    assert printed.count("Zhengzhou's share of shooting days [points]") == 1 + len(EFFECTS)
    assert all(sum(words in line for line in printed.splitlines()) == 1 for words in EFFECTS.values())
    assert len(OUTCOMES) * (1 + len(EFFECTS)) < len(printed.splitlines())
    log = load(out, "log")["pid"].to_pylist()
    assert len(log) == 8 and len(set(log)) == 2
    page = (out / "index.html").read_bytes()
    assert cli.main([*words, "--out", str(out)]) == 0
    assert (out / "index.html").read_bytes() == page


def first_of(count):
    """Does so many runs here, and stops as after Ctrl-C."""

    def compute(orders, engine, stopping, whole):
        for _, order in zip(range(count), orders, strict=False):
            yield from zip(order.jobs, job.carry_out(order), strict=True)
        stopping.set()

    return compute


def test_series_shot_abroad_belong_to_no_city():
    economy = run("baseline", 1, months=48, scale=0.05, foreign_cast=False)
    assert economy.panel.array("california_series").sum() > 0
    assert np.isfinite(summarise(economy)["ellison_glaeser_shoot_days"])
