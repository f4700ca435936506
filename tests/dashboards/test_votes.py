"""Votes of those who watch: what is told to whom, what nonsense does, and who was nearest."""

import json

import numpy as np
import pytest

from microdrama.dashboards.lesson import steps
from microdrama.dashboards.nicknames import told_apart
from microdrama.dashboards.session_registry import SessionRegistry, Visitor
from microdrama.dashboards.story import Story
from microdrama.dashboards.votes import DRAWN, Allowance, nickname, path
from microdrama.dashboards.world import World
from microdrama.model import InputError
from pages import Page, until


def entered(registry, search):
    page = Page()
    visitor = Visitor(registry, page.viewer)
    page.command = page.say = visitor.command
    page.visitor = visitor
    visitor.command({"do": "hello", "search": search})
    return page


def opened(search="?scale=0.02&month=3", watchers=2):
    """An instructor who shares, and watchers named a, b, c ..."""
    registry = SessionRegistry()
    owner = entered(registry, search)
    until(lambda: owner.last("frame") and owner.visitor.session.target < 0)
    owner.say({"do": "share", "on": True})
    until(lambda: owner.last("state")["shared"])
    pages = [entered(registry, "?watch=" + owner.last("state")["shared"]) for _ in range(watchers)]
    for name, page in zip("abcdefgh", pages):
        until(lambda page=page: page.last("votes"))
        page.say({"do": "join", "name": name})
        until(lambda page=page: page.last("votes").get("name"))
    return registry, owner, pages


def asked(owner, pages, what="ask", **more):
    number = (owner.last("votes")["ballot"] or {"number": 0})["number"]
    owner.say({"do": "votes", "what": what} | more)
    until(lambda: all((p.last("votes")["ballot"] or {"number": 0})["number"] > number for p in (owner, *pages)))
    return owner.last("votes")["ballot"]["number"]


def voted(page, **more):
    page.say({"do": "vote", "ballot": page.last("votes")["ballot"]["number"]} | more)


QUESTION = {"question": "Who leads in 2030?", "options": ["Zhengzhou", "Xi'an", "Another"]}


def test_one_vote_each_that_can_be_changed_until_the_vote_is_closed():
    _, owner, (a, b) = opened()
    asked(owner, (a, b), **QUESTION)
    voted(a, choice="0")
    voted(a, choice="1")
    voted(b, choice="1")
    until(lambda: owner.last("votes")["voted"] == 2)
    assert "counts" not in owner.last("votes") and a.last("votes")["mine"] == "1"
    assert not {"counts", "curves", "voted", "by_hand"} & {*a.last("votes")}
    owner.say({"do": "votes", "what": "hand", "counts": [4, 0, 1]})
    owner.say({"do": "votes", "what": "show", "on": True})
    until(lambda: owner.last("votes").get("counts") == [4, 2, 1])
    owner.say({"do": "votes", "what": "open", "on": False})
    until(lambda: not a.last("votes")["ballot"]["open"])
    voted(a, choice="0")
    until(lambda: a.last("votes").get("note"))
    assert "closed" in a.last("votes")["note"]["text"] and a.last("votes")["mine"] == "1"
    owner.say({"do": "votes", "what": "reveal", "right": "1"})
    until(lambda: b.last("votes")["revealed"])
    assert b.last("votes")["revealed"] == {"answer": "1", "counts": [4, 2, 1], "right": ["a", "b"]}
    owner.say({"do": "votes", "what": "end"})
    until(lambda: b.last("votes")["ballot"] is None)


def test_nicknames_are_told_apart_and_votes_survive_a_new_connection():
    registry, owner, (a, b) = opened()
    b.say({"do": "join", "name": " A "})
    until(lambda: b.last("votes")["name"] == "A (2)")
    asked(owner, (a, b), **QUESTION)
    voted(b, choice="2")
    until(lambda: b.last("votes").get("mine"))
    token = b.last("votes")["token"]
    b.visitor.leave()
    again = entered(registry, "?watch=" + owner.last("state")["shared"])
    until(lambda: again.last("votes"))
    assert "mine" not in again.last("votes") and "token" not in again.last("votes")
    again.say({"do": "join", "name": "A", "token": token})
    until(lambda: again.last("votes").get("mine") == "2")
    assert again.last("votes")["name"] == "A (2)"
    voted(again, choice="0")
    until(lambda: owner.last("votes")["voted"] == 1 and again.last("votes")["mine"] == "0")
    assert told_apart("Anna", ["Bo"], 20) == "Anna" and nickname("  Lin \u202e\n Mei ") == "Lin Mei"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"do": "join", "name": "x" * 10_000}, "1 to 24"),
        ({"do": "join", "name": ""}, "1 to 24"),
        ({"do": "join", "name": "\u202e\u0000"}, "1 to 24"),
        ({"do": "join", "name": None, "token": ["x"]}, "1 to 24"),
        ({"do": "vote"}, "closed"),
        ({"do": "vote", "ballot": 1, "choice": "7"}, "none of the options"),
        ({"do": "vote", "ballot": 1, "choice": ["0"]}, "none of the options"),
        ({"do": "vote", "ballot": 1, "values": [1] * 10**5}, "none of the options"),
        ({"do": "vote", "ballot": 99, "choice": "0"}, "closed"),
        ({"do": "vote", "ballot": {"a": 1}, "choice": "0"}, "closed"),
    ],
)
def test_nonsense_of_a_watcher_is_answered_in_a_line(told, words):
    _, owner, (a,) = opened(watchers=1)
    asked(owner, (a,), **QUESTION)
    a.say(told)
    until(lambda: a.last("votes").get("note"))
    note = a.last("votes")["note"]
    assert words in note["text"] and "\n" not in note["text"] and note["zh"]
    assert a.last("votes")["name"] == "a" and not owner.last("state")["message"]


@pytest.mark.parametrize("what", ["votes", "ballot", "votes_due", "ask", "lesson", "step"])
def test_a_watcher_cannot_do_what_the_instructor_does(what):
    _, owner, (a,) = opened(watchers=1)
    a.say({"do": what, "what": "end", "viewer": 1, "told": {}, "step": 0})
    asked(owner, (a,), **QUESTION)
    assert owner.last("state")["month"] == 3 and not owner.last("state")["message"]
    owner.say({"do": "ballot", "viewer": None, "told": {}})  # nor the instructor what a watcher's page sends
    owner.say({"do": "step"})
    until(lambda: owner.last("frame")["month"] == 4)
    assert owner.last("votes")["voted"] == 0 and owner.last("votes")["ballot"]["open"]


@pytest.mark.parametrize(
    "told",
    [
        {"what": "dance"},
        {"what": ["end"]},
        {"what": "reveal"},
        {"what": "ask", "question": "x" * 1000, "options": ["a", "b"]},
        {"what": "ask", "question": "x", "options": ["a"]},
        {"what": "ask", "question": "x", "options": ["a", "a"]},
        {"what": "ask", "question": "x", "options": ["a"] * 10**5},
        {"what": "ask", "question": 7, "options": "ab"},
        {"what": "draw", "column": "x", "city": "xian", "until": 9},
        {"what": "draw", "column": ["x"], "city": "xian", "until": 9},
        {"what": "draw", "column": "workers", "city": {}, "until": 9},
        {"what": "draw", "column": "workers", "city": "xian", "until": 3},
        {"what": "draw", "column": "workers", "city": "xian", "until": 10**9},
        {},
    ],
)
def test_nonsense_of_the_instructor_is_a_message(told):
    _, owner, _ = opened(watchers=0)
    owner.say({"do": "votes"} | told)
    until(lambda: owner.last("state")["message"])
    assert owner.last("votes")["ballot"] is None
    owner.say({"do": "step"})
    until(lambda: owner.last("frame")["month"] == 4)


def test_the_nearest_drawing_is_named_when_the_world_has_come_there():
    _, owner, (a, b) = opened("?scale=0.02&month=13")
    asked(owner, (a, b), what="draw", column="shoot_days", city="zhengzhou", until=18)
    ballot = a.last("votes")["ballot"]
    assert (ballot["month"], ballot["until"], ballot["share"]) == (13, 18, True)
    world = World(Story(scale=0.02))
    while world.month < 18:
        world.step()
    true = path(world, "shoot_days", 7)[13:]
    assert ballot["top"] >= true.max()
    for values in ([1, 2], ["x"] * 5, [float("nan")] * 5, [-1.0] * 5, [10**400] * 5, [1e6] * 5, "12345", None):
        voted(a, values=values)
        until(lambda: a.last("votes").get("note"))
        assert "5 months" in a.last("votes")["note"]["text"]
        a.say({"do": "join", "name": "a", "token": a.last("votes")["token"]})
        until(lambda: not a.last("votes").get("note"))
        a.visitor.allowance = Allowance()
    voted(a, values=[float(v) for v in np.minimum(true + 1, ballot["top"])])
    voted(b, values=[float(v) for v in true])
    until(lambda: owner.last("votes")["voted"] == 2)
    owner.say({"do": "votes", "what": "reveal"})
    until(lambda: "nothing to reveal" in owner.last("state")["message"].get("text", ""))
    owner.say({"do": "goto", "month": 18})
    until(lambda: owner.last("votes")["ready"])
    assert not a.last("votes")["ballot"]["open"] and "curves" not in owner.last("votes")
    owner.say({"do": "votes", "what": "show", "on": True})
    owner.say({"do": "votes", "what": "reveal"})
    until(lambda: a.last("votes")["revealed"])
    told = a.last("votes")["revealed"]
    assert told["best"] == ["b"] and told["least"] < 0.01 and 0 < a.last("votes")["by"] <= 1.01
    np.testing.assert_allclose(told["truth"], true, rtol=1e-3)
    np.testing.assert_allclose(told["median"], np.mean([*owner.last("votes")["curves"]], axis=0), rtol=1e-3)
    assert "by" not in owner.last("votes")["revealed"]
    owner.say({"do": "reset", "scale": 0.02, "seed": 5})
    until(lambda: a.last("votes")["ballot"] is None)


@pytest.mark.parametrize("column", DRAWN)
def test_a_path_is_what_the_chart_shows(column):
    world = World(Story(scale=0.02))
    while world.month < 15:
        world.step()
    values = world.economy.panel.array(column)
    want = 100 * values[3:15].sum(axis=0)[6] / values[3:15].sum() if DRAWN[column] else values[14, 6]
    assert path(world, column, 6)[14] == pytest.approx(want) and len(path(world, column, 6)) == 15


def test_a_step_of_the_lesson_asks_the_class_and_tells_nothing_before():
    _, owner, (a, b) = opened("?scale=0.02")
    owner.say({"do": "lesson", "step": 1})
    until(lambda: a.last("votes")["ballot"] and a.last("frame")["month"] == 6)
    step = steps()[1]
    assert a.last("votes")["ballot"]["keys"] == step["options"] and a.last("votes")["ballot"]["open"]
    voted(a, choice="xian")
    voted(b, choice="shanghai")
    until(lambda: owner.last("votes")["voted"] == 2)
    seen = len(a.told)
    owner.say({"do": "predict", "choice": "zhengzhou"})
    until(lambda: not a.last("votes")["ballot"]["open"])
    voted(b, choice="zhengzhou")
    until(lambda: b.last("votes").get("note"))
    until(lambda: owner.last("votes")["ready"], 120)
    assert not any(content.get("revealed") for kind, content, _ in a.told[seen:] if kind == "votes")
    answer = owner.last("state")["lesson"]["outcome"]["answer"]
    owner.say({"do": "votes", "what": "reveal"})
    until(lambda: a.last("votes")["revealed"])
    told = a.last("votes")["revealed"]
    right = [name for name, vote in (("a", "xian"), ("b", "shanghai")) if vote == answer]
    assert told["answer"] == answer and told["right"] == right
    owner.say({"do": "lesson", "step": -1})
    until(lambda: a.last("votes")["ballot"] is None)


def test_forty_votes_at_once_are_a_few_small_messages():
    _, owner, pages = opened(watchers=0)
    registry, code = owner.visitor.registry, owner.last("state")["shared"]
    pages = [entered(registry, f"?watch={code}") for _ in range(40)]
    for page in pages:
        until(lambda page=page: page.last("votes"))
        page.say({"do": "join", "name": "Anna"})
    until(lambda: all(page.last("votes").get("name") for page in pages))
    assert len({page.last("votes")["name"] for page in pages}) == 40
    asked(owner, pages, **QUESTION)
    seen = len(owner.told)
    for at, page in enumerate(pages):
        voted(page, choice=str(at % 3))
    until(lambda: owner.last("votes")["voted"] == 40)
    told = [content for kind, content, _ in owner.told[seen:] if kind == "votes"]
    assert len(told) <= 8 and max(len(json.dumps(page.last("votes"))) for page in pages) < 600


def test_a_page_that_floods_is_not_heard():
    allowance = Allowance(most=3, a_second=0)
    assert [allowance.take() for _ in range(5)] == [True, True, True, False, False]
    with pytest.raises(InputError):
        nickname(3)
