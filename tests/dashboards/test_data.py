"""Data out, the lesson's measures, people, other seeds, and results of sweeps."""

import ast
import io
import re
import runpy
from itertools import pairwise
from pathlib import Path
from string import Formatter
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow.csv
import pyarrow.parquet
import pytest

from microdrama import dashboards
from microdrama.dashboards import explore, exports, inspection
from microdrama.dashboards.lesson import MANY, MEASURES, Lesson, steps
from microdrama.dashboards.messages import MESSAGES
from microdrama.dashboards.names import invented
from microdrama.dashboards.other_seeds import COLUMNS as KEPT
from microdrama.dashboards.other_seeds import Band, paths
from microdrama.dashboards.story import LEVERS, Action, Story
from microdrama.dashboards.structures import STRUCTURES, otherwise, yearly_shares
from microdrama.dashboards.world import CHARTED, World
from microdrama.experiments.outcomes.run_tables import write_run
from microdrama.experiments.run import run
from microdrama.experiments.running.sweep import sweep
from microdrama.model import InputError, Studio, load_scenario, shipped_scenarios
from microdrama.model.accounts.ledger import FLOWS, SECTORS
from microdrama.model.categories import GENRES, MODES, ROLES
from microdrama.model.inputs.cities import shipped_cities
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.panel import COLUMNS
from pages import until


def ran(story, to):
    world = World(story)
    while world.month < to:
        world.step()
    return world


@pytest.fixture(scope="module")
def world():
    return ran(Story(scale=0.05), 14)


def test_the_panel_downloaded_is_that_of_the_batch_runner(world, tmp_path):
    economy = run(load_scenario("baseline").with_values({"scale": 0.05, "months": 14}), 1)
    write_run(economy, tmp_path / "out", wall_seconds=1.0)
    want = pyarrow.parquet.read_table(tmp_path / "out" / "panel.parquet")
    name, data = exports.make([world], "panel", "parquet")
    found = pyarrow.parquet.read_table(io.BytesIO(data))
    assert name == "baseline-seed1-2022-02-panel.parquet" and found.schema == want.schema
    share, same = (table["honoured_share"].to_numpy() for table in (found, want))
    np.testing.assert_array_equal(share, same)  # to which nan is equal
    assert found.drop_columns("honoured_share").equals(want.drop_columns("honoured_share"))
    assert found.schema.field("studios").metadata == want.schema.field("studios").metadata
    text = pyarrow.csv.read_csv(io.BytesIO(exports.make([world], "panel", "csv")[1]))
    for column in want.column_names[2:]:
        np.testing.assert_allclose(text[column].to_numpy().astype(float), want[column].to_numpy(), rtol=1e-12)


def test_stata_reads_months_labels_and_numbers(world):
    data = exports.make([world, world.split()], "panel", "dta")[1]
    with pd.read_stata(io.BytesIO(data), iterator=True) as reader:
        labels, frame = reader.variable_labels(), reader.read()
    assert labels["studios"].startswith("studios with their office") and set(frame["world"]) == {"A", "B"}
    assert frame["month"].iloc[0] == pd.Timestamp("2021-01-01")
    assert frame["studios"].sum() == 2 * world.economy.panel.array("studios").sum()


@pytest.mark.parametrize("table", list(exports.TABLES))
@pytest.mark.parametrize("form", exports.FORMS)
def test_every_table_in_every_form(world, table, form):
    name, data = exports.make([world], table, form)
    assert name.endswith(f"{table}.{form}") and len(data) > 500


def test_before_the_first_month_there_is_a_table_too():
    start = World(Story(scale=0.02))
    assert exports.make([start], "cells", "csv")[1].count(b"\n") == len(start.economy.region.x) + 1
    with pytest.raises(InputError):
        exports.make([], "panel", "csv")


DONE = (
    Action(4, "rent_subsidy", "xian", 0.5),
    Action(7, "rebate", "zhengzhou", 0.2),
    Action(9, "rebate", "zhengzhou", 0.0),
    Action(9, "rent_subsidy", "zhengzhou", 0.5, 1e6, zone="4.5:-3:4"),
)


@pytest.mark.parametrize("scenario", ["baseline", "swapped", "deep_crisis"])
def test_the_scenario_file_is_the_world(scenario, tmp_path):
    changed = ran(Story(scenario, 3, 0.02, actions=DONE), 12)
    (tmp_path / "s.toml").write_text(exports.make([changed], "scenario", "")[1].decode(), encoding="utf-8")
    economy = run(load_scenario(tmp_path / "s.toml").with_values({"months": 12}), 3)
    np.testing.assert_array_equal(np.stack(economy.panel._months), np.stack(changed.economy.panel._months))


def test_the_script_repeats_what_a_file_cannot_say(tmp_path):
    story = Story("no_policy", 3, 0.02, (("migration", False),), (*DONE[:1], Action(6, "crisis", "all", 3.0)))
    changed = ran(story, 10)
    script = exports.make([changed], "script", "")[1].decode()
    assert "# " in exports.scenario_file(changed) and "crisis all 3" in exports.scenario_file(changed)
    ast.parse(script)
    (tmp_path / "again.py").write_text(script.replace("economy.p.months", "10"), encoding="utf-8")
    again = runpy.run_path(str(tmp_path / "again.py"))["economy"]
    np.testing.assert_array_equal(np.stack(again.panel._months), np.stack(changed.economy.panel._months))


def test_who_is_inspected_is_who_lives_there(world):
    econ = world.economy
    found = inspection.agents_in(world, "studio", "zhengzhou")
    views = [s for s in econ.agents_by_type[Studio] if s.city == "zhengzhou"]
    assert {entry["key"] for entry in found} <= {str(s.key) for s in views}
    richest = next(s for s in views if str(s.key) == found[0]["key"])
    told = inspection.describe([world], "studios", found[0]["key"])
    facts = {fact["name"]: fact["values"][0] for fact in told["facts"]}
    assert facts["cash_yuan"] == pytest.approx(richest.cash_yuan, rel=1e-4) and facts["city"] == "zhengzhou"
    for kind in inspection.KINDS:
        for entry in inspection.agents_in(world, kind)[:3]:
            assert inspection.describe([world, world], entry["table"], entry["key"])["alive"] == [True, True]
    cell = told["cells"][0]
    assert found[0]["key"] in {m["key"] for m in inspection.describe_cell([world], cell)["members"]}
    gone = inspection.describe([world], "studios", "12345")
    assert gone["alive"] == [False] and set(gone["facts"][0]["values"]) == {None}


def test_a_life_is_what_happened_and_a_name_stays(world):
    key = int(inspection.agents_in(world, "studio", "zhengzhou")[0]["key"])
    world = ran(Story(scale=0.05), 2)
    cells, cash = [], []
    while world.month < 30:
        world.step()
        at = np.flatnonzero(world.economy.studios.id == key)
        if len(at):
            cells.append(int(world.economy.studios.cell[at[0]]))
            cash.append(world.economy.studios.cash_fen[at[0]] / 100)
    life = inspection.describe([world, world.split()], "studios", str(key))["lives"][1]
    assert life["cash"][-len(cash) :] == pytest.approx(cash, rel=1e-3) and life["events"][0]["key"] in (
        "life_there",
        "life_founded",
        "life_left",
    )
    city = world.economy.region.city
    moves = [(a, b) for a, b in pairwise(cells) if a != b]
    inside = sum(city[a] == city[b] for a, b in moves)
    assert inside <= life["moves"] and len(moves) - inside <= sum(e["key"] == "life_moved" for e in life["events"])
    gone = set(world.diary.studios[5].id.tolist()) - set(world.economy.studios.id.tolist())
    told = inspection.describe([world], "studios", str(max(gone)))
    assert not told["alive"][0] and told["lives"][0]["events"][-1]["key"] == "life_closed"
    actor = world.economy.actors
    busiest = str(actor.id[int(actor.days_worked.argmax())])
    months = inspection.describe([world], "actors", busiest)["lives"][0]["months"]
    assert len(months) <= 12 and months[-1]["days"] == actor.days_worked.max() and months[-1]["date"] == "2023-06"
    names = [invented("studios", int(k)) for k in world.economy.studios.id]
    assert names == [invented("studios", int(k)) for k in world.economy.studios.id]
    assert len({name["en"] for name in names}) > 0.9 * len(names)
    assert all(name["en"].isascii() and re.fullmatch("[\u4e00-\u9fff]{3,5}", name["zh"]) for name in names)


def test_predictions_come_before_outcomes():
    lesson = Lesson()
    stories, month = lesson.open(1)
    worlds = [ran(story, month) for story in stories]
    lesson.arrived(worlds)
    assert not lesson.state()["outcome"]
    assert lesson.predict("xian") == steps()[1]["until"]
    lesson.arrived(worlds)
    assert not lesson.state()["outcome"]


@pytest.mark.parametrize("number", range(len(steps())))
def test_every_step_has_an_outcome_that_its_text_can_tell(number):
    step = steps()[number]
    lesson = Lesson()
    stories, _ = lesson.open(number)
    assert step["measure"] in MEASURES and 0 <= step["month"] < step["until"] <= 120
    worlds = [ran(Story(s.scenario, s.seed, 0.02, s.values, s.actions), 14) for s in stories]
    answer, facts = MEASURES[step["measure"]](worlds)
    assert answer in step["options"] or (answer == "" and step["measure"] in MANY)
    runs = [np.stack([w.economy.panel.array("shoot_days") for w in worlds])[:, :, None] * part for part in (1, 2)]
    over = MANY[step["measure"]](runs, 14) if step["measure"] in MANY else (answer, {})
    assert over[0] in step["options"]
    for language in ("en", "zh"):
        assert "{" not in step[language]["reveal"].format(**facts)
        assert "{" not in step[language].get("many", "").format(**over[1], runs=2)


def test_what_luck_could_decide_is_answered_by_many_seeds():
    at, days = shipped_cities().index("zhengzhou"), np.ones((3, 2, 24, 1, 8))
    for seed, more in enumerate((0.5, 1.0, 1.5)):
        days[seed, 1, 12:, 0, at] += more
    gaps = [100 * (1 + more) / (8 + more) - 12.5 for more in (0.5, 1.0, 1.5)]
    answer, facts = MANY["difference"](list(days), 24)
    half = 4.302653 * np.std(gaps, ddof=1) / np.sqrt(3)
    assert answer == "more" and facts["mean"] == round(np.mean(gaps), 1) and facts["clear"] == (half < np.mean(gaps))
    assert (facts["low"], facts["high"]) == (round(np.mean(gaps) - half, 1), round(np.mean(gaps) + half, 1))
    assert MANY["lasting"](list(days), 24)[1]["left"] == 100
    spread = MANY["chance"]([run[1:] for run in days], 24)[1]
    assert spread["by"] == round(np.mean([gaps[1] - gaps[0], gaps[2] - gaps[1], gaps[2] - gaps[0]]), 1)
    lesson, worlds = Lesson(), [World(Story(scale=0.02))]
    lesson.open([step["measure"] for step in steps()].index("chance"))
    lesson.predict("few")
    worlds[0].economy.run_for(steps()[lesson.step]["until"])
    found = np.stack([worlds[0].economy.panel.array("shoot_days")])[:, :, None]
    band = SimpleNamespace(found={}, seeds=[5, 6], complete=False)
    lesson.arrived(worlds, band)
    assert lesson.waiting and lesson.state()["outcome"]["facts"]
    band.found, band.complete = {5: found, 6: None}, True
    lesson.arrived(worlds, band)
    assert not lesson.waiting and lesson.outcome["answer"] == "few" and lesson.outcome["seeds"]["runs"] == 2


def test_the_model_built_otherwise_is_the_same_world_under_another_structure():
    story = Story(scale=0.02, values=(("pass_through", False), ("migration", False)))
    assert otherwise(story, "pass_through", True).values == (("migration", False),)
    assert otherwise(story, "crisis_control", "trend").values[-1] == ("crisis_control", "trend")
    with pytest.raises(InputError, match="not a structure"):
        otherwise(story, "scale", 1)
    for name, values in STRUCTURES.items():
        assert PARAMETERS[name].default == values[0]
    days = np.random.default_rng(1).random((2, 30, len(KEPT), 8)).astype("<f4")
    shares = np.array(yearly_shares(days.tobytes()))
    year = days[1, 12:24, 0].sum(axis=0)
    np.testing.assert_allclose(shares[1, 23], 100 * year / year.sum(), atol=0.01)


def test_the_lesson_measures_what_it_says():
    calm, hit = ran(Story("no_crisis", scale=0.02), 60), ran(Story("deep_crisis", scale=0.02), 60)
    answer, facts = MEASURES["treasury"]([calm, hit])
    at = calm.economy.cities.index("zhengzhou")
    land = [w.economy.panel.array("land_income_yuan")[48:, at].sum() for w in (calm, hit)]
    assert answer == "less" and facts["by"] == round(100 * (land[1] / land[0] - 1))
    answer, facts = MEASURES["money"]([calm])
    wages = calm.economy.panel.array("wages_yuan")[48:].sum()
    flows = calm.economy.panel.flows()
    paid = np.isin(flows["flow"], ["viewer_spending", "advertising", "overseas_spending"]) & (
        flows["month"] >= "2025-01"
    )
    assert facts["wages"] == round(100 * wages / (flows["fen"][paid].sum() / 100), 1)


@pytest.mark.slow
def test_other_luck_is_what_a_run_with_that_seed_leaves():
    story = Story(scale=0.02)
    other = story.with_action(Action(5, "rebate", "xian", 0.3))
    values = np.frombuffer(paths((story, other)), "<f4").reshape(2, 120, len(KEPT), 8)
    for at, told in enumerate((story, other)):
        world = ran(told, 120)
        want = np.stack([world.economy.panel.array(name) for name in KEPT], axis=1).astype("<f4")
        np.testing.assert_array_equal(values[at], want)
    np.testing.assert_array_equal(values[0, :5], values[1, :5])


@pytest.mark.slow
def test_a_band_comes_seed_by_seed_and_can_be_given_up():
    got = []
    band = Band((Story(scale=0.02),), lambda seed, data: got.append((seed, data)))
    until(lambda: len(got) >= 2, 120)
    band.close()
    assert [seed for seed, _ in got[:2]] == band.seeds[:2] and all(got[0][1] != data for _, data in got[1:])


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    study = {
        "title": "Two levers",
        "months": 12,
        "scale": 0.02,
        "seeds": 3,
        "panel": True,
        "factors": {"crisis_strength": [0, 1], "entry_rate": [0.3, 0.6]},
    }
    sweep(study, root / "one", workers=1)
    (root / "secret.txt").write_text("x")
    return str(root)


def test_sweeps_are_found_and_their_effects_are_paired(results):
    assert [entry["folder"] for entry in explore.folders(results)] == ["one"]
    told = explore.about(results, "one")
    assert told["factors"] == {"crisis_strength": [0, 1], "entry_rate": [0.3, 0.6]} and told["paths"]
    table = pyarrow.parquet.read_table(f"{results}/one/runs.parquet").to_pandas()
    rows = explore.answer(results, {"what": "effects", "folder": "one", "outcome": "studios"})["rows"]
    wide = table.pivot(index="seed", columns="point", values="studios")
    for row in rows:
        gap = wide[row["point"]] - wide[0]
        assert row["mean"] == pytest.approx(gap.mean(), abs=1e-4) and row["seeds"] == 3
    only = explore.effects(results, "one", "studios", {"entry_rate": 0.6})["rows"]
    assert [row["labels"] for row in only] == [{"crisis_strength": 0}, {"crisis_strength": 1}]
    told = explore.heat(results, "one", "studios", "crisis_strength", "entry_rate")
    want = table.groupby(["entry_rate", "crisis_strength"])["studios"].mean().unstack().to_numpy()
    np.testing.assert_allclose(told["mean"], want, rtol=1e-4)


def test_paths_are_those_of_the_panel(results):
    told = explore.paths(results, "one", "studios", "xian")
    panel = pyarrow.parquet.read_table(f"{results}/one/panel.parquet").to_pandas()
    want = panel[panel.city == "xian"].groupby(["point", "month"])["studios"].mean().unstack().to_numpy()
    np.testing.assert_allclose([path["mean"] for path in told["paths"]], want, rtol=1e-4)
    whole = explore.paths(results, "one", "studios", "", share=True)
    assert np.allclose([path["mean"][-1] for path in whole["paths"]], 1)


def test_a_run_of_a_sweep_opened_live_leaves_its_numbers(tmp_path):
    offer = {"name": "offer", "city": "zhengzhou", "instrument": "rebate", "start": "2021-03", "end": "2021-05"}
    study = {"months": 6, "scale": 0.02, "seeds": 2, "panel": True, "policy": [offer | {"size": 0.1}]}
    sweep(study | {"factors": {"crisis_strength": [0, 1], "offer.size": [0, 0.2]}}, tmp_path / "one", workers=1)
    panel = pyarrow.parquet.read_table(tmp_path / "one" / "panel.parquet").to_pandas()
    for point in (1, 3):
        story, month = explore.live(str(tmp_path), "one", point, 2)
        want = panel[(panel["point"] == point) & (panel["seed"] == 2)]["value_yuan"].to_numpy().reshape(6, -1)
        np.testing.assert_array_equal(ran(story, month).economy.panel.array("value_yuan"), want)
        assert Story.checked(**{"scale": 0.02, "seed": 2, "actions": ",".join(map(str, story.actions))}).actions
    with pytest.raises(InputError, match="Point 9"):
        explore.live(str(tmp_path), "one", 9, 2)
    sweep(study | {"announced_policies": False, "factors": {"crisis_strength": [0, 1]}}, tmp_path / "two", workers=1)
    with pytest.raises(InputError, match="cannot be opened live"):
        explore.live(str(tmp_path), "two", 0, 1)


@pytest.mark.parametrize(
    "question",
    [
        {"what": "about", "folder": "../one"},
        {"what": "about", "folder": "/etc"},
        {"what": "effects", "folder": "one"},
        {"what": "effects", "folder": "one", "outcome": "x"},
        {"what": "heat", "folder": "one", "outcome": "studios", "x": "x", "y": "y"},
        {"what": "paths", "folder": "one", "column": "x"},
        {"what": "_runs"},
        {},
    ],
)
def test_questions_that_cannot_be_answered_are_refused(results, question):
    with pytest.raises(InputError):
        explore.answer(results, question)


def test_what_the_page_says_has_chinese_words(world):
    text = (Path(dashboards.__file__).parent / "public" / "strings.js").read_text(encoding="utf-8")
    words = dict(re.findall(r'"?(\w[\w:/ =-]*)"?: \["[^"]*", "([^"]+)"\]', text))
    kinds = {table for tables in inspection.KINDS.values() for table in tables}
    tables = [type(getattr(world.economy, table)) for table in kinds]
    units = {COLUMNS[name][0] for name in CHARTED} | {
        getattr(table, name).unit for table in tables for name in set(table.columns()) - inspection.HIDDEN
    }
    asked = [f"{kind}_{name}" for name in shipped_scenarios() for kind in ("scenario", "about")]
    asked += [*COLUMNS, "cash_yuan", *(f"flow_{name}" for name in FLOWS), *(f"sector_{name}" for name in SECTORS)]
    asked += [
        f"unit:{unit}" for unit in units - {"", "fen", "month", "id"} if not unit.startswith(("row", "index into"))
    ]
    asked += [f"value_{word}" for words in (GENRES, MODES, ROLES) for word in words]
    for table, kind in {type(getattr(world.economy, t)): k for k, ts in inspection.KINDS.items() for t in ts}.items():
        names = set(table.columns()) - inspection.HIDDEN - ({"born"} if kind in ("platform", "fund", "city") else set())
        asked += [name if kind == "city" else f"fact_{name}" for name in names]
    shipped = (load_scenario(name).zones for name in ("baseline", "parks"))
    asked += [f"zone:{zone.city}/{zone.slug}" for zones in shipped for zone in zones]
    missing = [name for name in asked if not re.search("[\u4e00-\u9fff=–]", words.get(name, ""))]
    assert not missing


def test_whatever_the_server_says_it_says_in_both_languages():
    folder, used = Path(dashboards.__file__).parent, set()
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and path.name != "messages.py":
                assert node.func.id != "InputError", f"{path.name}:{node.lineno}: refuse by key, see messages.py"
                if node.func.id in ("message", "refusal"):
                    assert isinstance(node.args[0], ast.Constant), f"{path.name}:{node.lineno}: name the key"
                    used.add(node.args[0].value)
    assert used == MESSAGES.keys()
    for english, chinese in MESSAGES.values():
        assert re.search("[\u4e00-\u9fff]", chinese) and english.isascii()
        holes = [{name for _, name, *_ in Formatter().parse(text) if name} for text in (english, chinese)]
        assert holes[0] - {"unit"} == holes[1]


def test_every_text_of_the_page_is_there_in_both_languages():
    public = Path(dashboards.__file__).parent / "public"
    strings = (public / "strings.js").read_text(encoding="utf-8")
    words = re.findall(r'"?([\w:/. =*²-]+)"?: \["([^"]*)", "([^"]*)"\]', strings)
    known = {name.strip(): (english, chinese) for name, english, chinese in words}
    code = "".join(path.read_text(encoding="utf-8") for path in sorted(public.glob("*.js")))
    used = set(re.findall(r"""\bt\(\s*["'](\w+)["']""", code))
    used |= {word for pair in re.findall(r't\([^()"]*\? "(\w+)" : "(\w+)"', code) for word in pair}
    used |= {f"structure_{name}" for name in STRUCTURES} | {f"the_{name}" for name in ("crisis", *LEVERS)}
    used |= {f"structure_{name}_{str(v).lower()}" for name, values in STRUCTURES.items() for v in values if v != 0.0}
    told = (public.parent / "diary.py").read_text(encoding="utf-8")
    used |= {*re.findall(r'"(life_\w+)"', told), "life_state_fund", "life_private_fund"}
    assert len(used) > 150 and not [name for name in used if not all(known.get(name, ("", "")))]
    hole = r"\{(\w+)(?::[^:}]+:[^:}]+)?\}"
    holes = {name: [set(re.findall(hole, text)) for text in both] for name, both in known.items() if all(both)}
    assert not [name for name, (english, chinese) in holes.items() if english != chinese]
    for step in steps():
        for key in step["en"].keys() - {"options", "title", "text", "question", "notice"}:
            english, chinese = (set(re.findall(r"\{(\w+)\}", step[language][key])) for language in ("en", "zh"))
            assert english == chinese, (step["en"]["title"], key)
