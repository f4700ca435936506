"""Missions: measures are those of the panel, each can be met and not by doing nothing, and links are not believed."""

import dataclasses
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from microdrama import dashboards
from microdrama.dashboards.messages import joined, messages_of
from microdrama.dashboards.missions import MEASURES, Mission, Run, missions, start, within
from microdrama.dashboards.other_seeds import COLUMNS, other_seeds
from microdrama.dashboards.session_registry import SessionRegistry, Visitor, catalog
from microdrama.dashboards.story import Action, Story
from microdrama.dashboards.world import World
from microdrama.experiments.outcomes.chain import DAYS
from microdrama.model import InputError
from microdrama.model.inputs.cities import shipped_cities
from pages import Page, until

ROOT = Path(__file__).parents[2]
REBATE = "24~rebate~zhengzhou~{}~budget_yuan_year={}"
SOLUTIONS = {
    "thirty": REBATE.format(0.3, 49000000),
    "neighbours": REBATE.format(0.3, 49000000),
    "half": REBATE.format(0.3, 17000000),
    "country": ",".join(f"24~rebate~{city}~0.5~budget_yuan_year=200000000" for city in shipped_cities().slugs),
    "lasting": f"{REBATE.format(0.3, 50000000)},60~rebate~zhengzhou~0",
    "luck": REBATE.format(0.2, 29000000),
}
"""What the last hint of each mission says, as actions."""


def told(name, actions):
    """The stories of a mission in which something was done."""
    *others, last = start(name)
    more = [Action.parse(text) for text in actions.split(",") if text]
    done = tuple(sorted((*last.actions, *more), key=lambda action: action.month))
    return [*others, dataclasses.replace(last, actions=done)]


def ran(story, to):
    """A world at a month."""
    world = World(story)
    while world.month < to:
        world.step()
    return world


def judged(name, actions, seeds=8):
    """The verdict on a mission that was played so; on no more seeds than decide it."""
    mission, stories = Mission(name), told(name, actions)
    assert mission.wrong(stories) is None
    worlds = [ran(story, mission.until) for story in stories]
    band = SimpleNamespace(found={}, seeds=[], complete=True)
    assert mission.notice(worlds, band) and not mission.notice(worlds, band)
    for seed in other_seeds(stories[0].seed)[:seeds]:
        others = [ran(dataclasses.replace(story, seed=seed), mission.until) for story in stories]
        band.found[seed] = np.stack([np.stack([w.economy.panel.array(c) for c in COLUMNS], axis=1) for w in others])
        mission = Mission(name)
        assert mission.notice(worlds, band)
        if mission.result["met"] and mission.result["seeds"]["met"] > (seeds + 1) / 2:
            break
    return mission.result


@pytest.mark.slow
@pytest.mark.parametrize("name", missions())
def test_each_mission_can_be_met_and_doing_nothing_fails(name):
    result = judged(name, SOLUTIONS[name])
    assert result["met"] and result["here"], result
    assert result["seeds"]["met"] == 5
    nothing = judged(name, "", seeds=0)
    assert not nothing["met"] and not nothing["here"], nothing


def test_measures_are_those_of_the_panel():
    worlds = [ran(Story("no_policy", scale=0.02), 20), ran(Story("baseline", scale=0.02), 20)]
    panels = [world.economy.panel for world in worlds]
    values = np.stack([np.stack([panel.array(name) for name in COLUMNS], axis=1) for panel in panels])
    run, at = Run(values, 8, 14, 0.02), worlds[0].economy.cities.index("zhengzhou")
    days = [panel.array("shoot_days")[8:20].sum(axis=0) for panel in panels]
    shares = [100 * each[at] / each.sum() for each in days]
    spent = [panel.array("film_spent_yuan") / 0.02 / 1e6 for panel in panels]
    jobs = [panel.array("paid_days")[8:20].sum(axis=0) / 0.02 / DAYS for panel in panels]
    want = {
        "share": shares[1],
        "gain": shares[1] - shares[0],
        "money": spent[1][8:20, at].sum(),
        "money_all": spent[1][8:20].sum(),
        "late_money": 2 * spent[1][14:20, at].sum(),
        "money_part": 100 * spent[1][8:20, at].sum() / max(spent[0][8:20, at].sum(), 1e-6),
        "jobs_part": 100 * jobs[1][at] / jobs[0][at],
        "more_jobs_all": jobs[1].sum() - jobs[0].sum(),
    }
    assert want.keys() == MEASURES.keys()
    for name, value in want.items():
        assert MEASURES[name](run) == pytest.approx(value, rel=1e-6), name
    early = Run(values[:, :8], 8, 14, 0.02)
    assert np.isnan(MEASURES["money"](early)) and not within({"most": 50}, np.nan)
    assert within({"least": 0}, 0) and not within({"least": 0, "clear": True}, 0)


def test_the_file_says_all_that_the_page_shows():
    strings = (Path(dashboards.__file__).parent / "public" / "strings.js").read_text(encoding="utf-8")
    guide = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    assert len(missions()) >= 6 and catalog()["missions"] == list(missions().values())
    for name, mission in missions().items():
        assert (ROOT / mission["page"]).is_file() and 0 < mission["month"] < mission["until"] <= 120
        assert f"**{mission['en']['title']}**" in guide, f"{name} is missing in docs/instructors.md"
        assert {*mission.get("cities", [])} <= {*shipped_cities().slugs}
        for goal in mission["goal"]:
            assert goal["measure"] in MEASURES and goal.keys() & {"least", "most"}
            assert re.search(rf'goal_{goal["measure"]}: \["[^"]+", "[^"]*[\u4e00-\u9fff]', strings)
        for language in ("en", "zh"):
            words = mission[language]
            assert words.keys() == {"title", "task", "hints", "teaches"} and len(words["hints"]) == 3
            assert bool(re.search("[\u4e00-\u9fff]", str(words))) == (language == "zh")
    text = (Path(dashboards.__file__).parent / "missions.toml").read_text(encoding="utf-8")
    assert len(tomllib.loads(text)["mission"]) == len(missions())


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("thirty", lambda s: [dataclasses.replace(s[0], scenario="baseline")], "do not start"),
        ("thirty", lambda s: [dataclasses.replace(s[0], seed=2)], "do not start"),
        ("thirty", lambda s: [dataclasses.replace(s[0], scale=0.05)], "do not start"),
        ("thirty", lambda s: [dataclasses.replace(s[0], values=(("entry_rate", 0.5),))], "do not start"),
        ("thirty", lambda s: [s[0], s[0]], "1 world"),
        ("thirty", lambda s: told("thirty", "30~crisis~zhengzhou~3"), "crisis in zhengzhou from month 2023-07"),
        ("thirty", lambda s: told("thirty", "30~rebate~xian~0"), "does not allow"),
        ("thirty", lambda s: told("thirty", "3~rebate~zhengzhou~0.3"), "does not allow"),
        ("neighbours", lambda s: [dataclasses.replace(s[0], actions=())], "do not start"),
        ("lasting", lambda s: s[:1], "2 world"),
        ("lasting", lambda s: [told("lasting", SOLUTIONS["lasting"])[1]] * 2, "world A"),
    ],
)
def test_a_start_that_was_tampered_with_is_told(name, change, words):
    mission = Mission(name)
    problem = mission.wrong(change([*start(name)]))
    assert words in problem.text and re.search("[\u4e00-\u9fff]", problem.zh)
    assert not mission.query(change([*start(name)]))


@pytest.mark.parametrize("name", ["x", 3, ["thirty"], "thirty; drop", "x" * 10_000])
def test_what_is_no_mission_is_refused_in_a_line(name):
    with pytest.raises(InputError) as error:
        Mission(name)
    said = joined(messages_of(error.value))
    assert len(said.text) < 300 and "is not a mission" in said.text


def visit(search):
    page = Page()
    visitor = Visitor(SessionRegistry(seeds=1), page.viewer)
    page.command = visitor.command
    visitor.command({"do": "hello", "search": search})
    until(lambda: page.last("state") and page.last("frame") and visitor.session.target < 0)
    return visitor, page


def test_a_mission_is_begun_played_and_left():
    visitor, page = visit("?mission=lasting")
    until(lambda: page.last("frame")["month"] == 24)
    assert len(page.last("state")["stories"]) == 2 and page.last("state")["mission"]["name"] == "lasting"
    assert page.last("frame")["mission"][0] == 0 and page.last("frame")["mission"][1] is None
    visitor.command({"do": "step"})
    until(lambda: page.last("frame")["month"] == 25)
    assert page.last("state")["link"].endswith("&month=25&mission=lasting")
    visitor.command({"do": "two", "on": False})
    until(lambda: page.last("state")["mission"]["problem"])
    assert "2 world" in page.last("state")["mission"]["problem"]["text"]
    assert "mission" not in page.last("state")["link"]
    visitor.command({"do": "mission", "name": "nothing"})
    until(lambda: "not a mission" in page.last("state")["message"].get("text", ""))
    visitor.command({"do": "mission", "name": ""})
    until(lambda: page.last("state")["mission"]["name"] == "")


def test_an_attempt_is_undone_and_a_lost_server_knows_the_mission_again():
    visitor, page = visit("?mission=thirty")
    visitor.command({"do": "act", "what": "rebate", "city": "zhengzhou", "size": 0.3})
    visitor.command({"do": "step"})
    until(lambda: page.last("frame")["month"] == 25)
    link = page.last("state")["link"]
    visitor.command({"do": "mission", "name": "luck"})
    until(lambda: page.last("frame")["month"] == 24 and len(page.last("state")["stories"]) == 2)
    visitor.command({"do": "undo"})
    until(lambda: page.last("frame")["month"] == 25 and not page.last("state")["mission"]["name"])
    visitor.command({"do": "mission", "name": "thirty"})
    until(lambda: page.last("frame")["month"] == 24 and page.last("state")["mission"]["name"] == "thirty")
    again = Page()
    other = Visitor(SessionRegistry(seeds=1), again.viewer)
    again.command = other.command
    other.command({"do": "hello", "search": "", "token": "of another process", "links": [link]})
    until(lambda: again.last("frame") and again.last("frame")["month"] == 25)
    assert again.last("state")["mission"] == {"name": "thirty", "problem": None, "result": {}}


def test_a_link_that_hands_in_is_checked_anew():
    _, page = visit("?s=baseline&scale=0.02&month=2&mission=thirty")
    until(lambda: page.last("state")["message"])
    assert "do not start as the mission does" in page.last("state")["message"]["text"]
    assert page.last("state")["mission"]["problem"] and not page.last("state")["mission"]["result"]
    _, page = visit("?scale=0.02&month=2&mission=<b>")
    until(lambda: "is not a mission" in (page.last("state")["message"] or {}).get("text", ""))
    assert page.last("state")["mission"]["name"] == ""


@pytest.mark.slow
def test_at_its_end_a_mission_is_judged_with_other_seeds():
    visitor, page = visit(f"?s=no_policy&s2=no_policy&do2={SOLUTIONS['luck']}&month=60&mission=luck")
    until(lambda: page.last("state")["mission"]["result"].get("complete"), 120)
    result = page.last("state")["mission"]["result"]
    assert result["here"] and result["seeds"]["of"] == 2 and result["goals"][0]["value"] > 0
    visitor.command({"do": "goto", "month": 59})
    until(lambda: page.last("frame")["month"] == 59 and not page.last("state")["mission"]["result"])
