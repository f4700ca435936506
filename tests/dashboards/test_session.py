"""Sessions: commands in, months out, and nothing that goes wrong ends them."""

import re
import time

import numpy as np
import pytest

from microdrama.dashboards.story import Story
from microdrama.dashboards.world import CHARTED, PROMISED, World, frame, size_of
from pages import Page, obeyed, shown, until

SMALL = [Story(scale=0.02)]


def test_a_page_gets_place_map_and_state():
    session, page = shown(SMALL)
    assert [kind for kind, *_ in page.told[:3]] == ["place", "frame", "state"]
    place, header = page.last("place"), page.last("frame")
    region = session.worlds[0].economy.region
    assert len(place["x"]) == len(region.x) and header["month"] == 0
    cells = session.worlds[0].economy.panel.cells
    there, zone, city = (cells()[name] for name in ("studios", "zone", "city"))
    for known, (studios, in_city) in zip(place["zones"], header["worlds"][0]["z"], strict=True):
        own = city == place["slugs"][known["city"]]
        assert studios == there[own & [known["slug"] in name.split("+") for name in zone]].sum()
        assert in_city == there[own].sum()
    assert len(place["zones"]) == len(region.zones) == 23
    session.post({"do": "close"})


def test_it_does_not_step_before_the_page_has_shown_the_month():
    session, page = shown(SMALL, answers=False)
    page.viewer.acked = page.viewer.sent
    session.post({"do": "speed", "value": 16})
    session.post({"do": "play"})
    until(lambda: session.worlds[0].month == 1)
    time.sleep(0.3)
    assert session.worlds[0].month == 1 and session.playing
    session.post({"do": "ack", "frame": page.viewer.sent})
    until(lambda: session.worlds[0].month == 2)
    session.post({"do": "close"})


def test_a_frame_that_was_lost_is_sent_again(monkeypatch):
    monkeypatch.setattr("microdrama.dashboards.audience.RESEND_SECONDS", 0.1)
    _, page = shown(SMALL, answers=False)
    number = page.viewer.sent
    until(lambda: sum(f["frame"] == number for f in page.frames()) > 1)
    assert page.last("frame")["since"] == 0


def test_playing_goes_on_until_paused():
    session, page = shown(SMALL)
    session.post({"do": "speed", "value": 16})
    session.post({"do": "play"})
    until(lambda: session.worlds[0].month >= 3)
    obeyed(session, page, do="pause")
    month = session.worlds[0].month
    time.sleep(0.2)
    assert session.worlds[0].month == month and not session.playing
    assert [f["month"] for f in page.frames()] == list(range(month + 1))
    session.post({"do": "close"})


def test_a_run_ends():
    session, page = shown([Story(scale=0.01)], month=119)
    obeyed(session, page, do="step")
    assert page.last("state")["over"] and session.worlds[0].month == 120
    obeyed(session, page, do="act", what="rebate", city="xian", size=0.1)
    assert "over" in page.last("state")["message"]["text"]
    obeyed(session, page, do="goto", month=118)
    until(lambda: len(session.worlds[0].economy.panel) == 118 and session.target < 0)
    assert not page.last("state")["over"]


def test_a_lever_and_a_step_on_the_way_to_a_month_wait_for_it():
    session, _ = shown([Story(scale=0.01)])
    for command in (
        {"do": "goto", "month": 40},
        {"do": "act", "what": "rebate", "city": "xian", "size": 0.1},
        {"do": "goto", "month": 50},
        {"do": "step"},
    ):
        session.post(command)
    until(lambda: session.worlds[0].month == 51)
    assert [action.month for action in session.worlds[0].story.actions] == [40] and session.target < 0
    session.post({"do": "close"})


@pytest.mark.parametrize(
    "command",
    [
        {"do": "reset", "seed": "lucky"},
        {"do": "reset", "scenario": "nowhere"},
        {"do": "reset", "values": "x=1"},
        {"do": "speed", "value": 99},
        {"do": "goto", "month": -1},
        {"do": "goto", "month": "x"},
        {"do": "dance"},
        {"do": "act", "what": "rebate", "city": "xian", "size": "much"},
        {"do": "act", "what": "x", "city": "y"},
        {"do": "act", "what": "x", "city": "y", "size": 1},
        {"do": "act", "what": "rebate", "city": "xian", "size": 0.1, "budget_yuan_year": 5},
        {"do": "act", "what": "rebate", "city": "xian", "size": 0.1, "mode": "instead"},
        {"do": "reset", "values": "crisis_strenght=2"},
        {"do": "reset", "values": "crisis_strength=-7 policy=maybe crisis_control=x"},
        {"do": "reset", "values": "fee_at_start=0.9 fee_at_shooting=0.9"},
        {"do": "ack", "frame": "x"},
        {"do": "inspect", "table": "ledger", "key": "1"},
        {"do": "inspect", "cell": 10**9},
        {"do": "step", "extra": 1},
        {"do": "list", "kind": "ghost"},
        {"do": "lesson", "step": 99},
        {"do": "predict", "choice": "x"},
        {"do": "download", "table": "x", "form": "y"},
        {"do": "explore", "what": "../../etc"},
    ],
)
def test_nonsense_is_a_message_and_the_worlds_on_show_stay(command):
    session, page = shown(SMALL)
    worlds = session.worlds
    session.post(command)
    until(lambda: (page.last("state") or {}).get("message", {}).get("text") or session.message)
    assert session.worlds is worlds and not session.failed and session.message["kind"] == "error"
    assert re.search("[\u4e00-\u9fff]", session.message["zh"]) and "原文" not in session.message["zh"]
    obeyed(session, page, do="step")
    assert session.worlds[0].month == 1 and not page.last("state")["message"]
    session.post({"do": "close"})


def test_an_error_of_the_model_is_a_message_and_reset_helps():
    session, page = shown(SMALL)
    session.worlds[0].economy.phases.insert(0, lambda econ: 1 / 0)
    obeyed(session, page, do="step")
    assert "The model stopped in 2021-01 (ZeroDivisionError" in page.last("state")["message"]["text"]
    assert page.last("state")["failed"]
    obeyed(session, page, do="play")
    assert session.worlds[0].month == 1
    obeyed(session, page, do="reset", scale=0.02)
    obeyed(session, page, do="step")
    assert not session.failed and session.worlds[0].month == 1 and not page.last("state")["message"]


def test_two_worlds_move_together_and_differ_once_something_is_done():
    session, page = shown(SMALL)
    obeyed(session, page, do="step")
    obeyed(session, page, do="two", on=True)
    obeyed(session, page, do="act", what="crisis", city="all", size=3)
    for _ in range(12):
        obeyed(session, page, do="step")
    a, b = session.worlds
    assert (a.month, b.month) == (13, 13) and a.story.actions == () and len(b.story.actions) == 1
    assert page.last("frame")["worlds"][1]["d"][0]["what"] == "crisis"
    obeyed(session, page, do="act", what="rebate", city="xian", size=0.1, world="both")
    assert [len(w.story.actions) for w in session.worlds] == [1, 2]
    obeyed(session, page, do="two", on=False)
    assert session.worlds == [a]


def test_what_was_done_last_is_undone_one_thing_after_the_other():
    session, page = shown(SMALL)
    for command in (
        {"do": "step"},
        {"do": "act", "what": "crisis", "city": "all", "size": 3},
        {"do": "step"},
        {"do": "two", "on": True},
        {"do": "lesson", "step": 0},
    ):
        obeyed(session, page, **command)
    assert page.last("state")["undo"]["kind"] == "run" and session.lesson.step == 0
    obeyed(session, page, do="undo")
    until(lambda: len(session.worlds) == 2 and session.worlds[0].month == 2 and session.target < 0)
    assert session.lesson.step == -1 and page.last("state")["undo"]["kind"] == "two"
    obeyed(session, page, do="undo")
    assert len(session.worlds) == 1 and page.last("state")["undo"]["action"]["what"] == "crisis"
    obeyed(session, page, do="undo")
    until(lambda: session.worlds[0].month == 2 and session.target < 0)
    assert session.worlds[0].story == SMALL[0] and session.kept[0].stories[0].actions[0].what == "crisis"
    obeyed(session, page, do="undo")
    until(lambda: "Nothing has been done" in page.last("state")["message"].get("text", ""))
    obeyed(session, page, do="act", what="rebate", city="xian", size=0.1, ask=5)
    obeyed(session, page, do="act", what="rebate", city="xian", size=7, ask=6)
    assert "must be a number" in page.last("answer")["content"]["error"]["text"]
    obeyed(session, page, do="undo")
    assert session.worlds[0].month == 2 and session.worlds[0].story == SMALL[0]
    session.post({"do": "close"})


def test_the_history_sent_month_by_month_is_the_panel():
    session, page = shown(SMALL)
    for _ in range(5):
        obeyed(session, page, do="step")
    names = (*CHARTED, *PROMISED)
    k, n = len(session.worlds[0].economy.cities), len(names)
    rows = []
    for kind, header, buffers in page.told:
        if kind == "frame":
            values = np.frombuffer(buffers[1], "<f4")
            months = header["month"] - header["since"]
            del rows[header["since"] :]
            rows += list(values[: months * n * k].reshape(months, n, k))
    for at, name in enumerate(names):
        want = session.worlds[0].economy.panel.array(name).astype("<f4")
        np.testing.assert_array_equal(np.stack(rows)[:, at], want)


def test_the_map_says_where_everybody_is():
    world = World(Story(scale=0.1))
    for _ in range(14):
        world.step()
    lengths, data = world.picture()
    econ, n = world.economy, len(world.economy.region.x)
    at = 2 * (lengths[0] + lengths[1]) + 2 * n
    assert len(data) == 2 * (lengths[0] + lengths[1]) + sum(lengths[2:]) and lengths[2:4] == [n, n]
    bits = np.unpackbits(np.frombuffer(data, np.uint8, lengths[4], at), bitorder="little")[:n]
    counts = np.frombuffer(data, np.uint8, lengths[5], at + lengths[4])
    studios = np.zeros(n, int)
    studios[np.flatnonzero(bits)] = counts
    np.testing.assert_array_equal(studios, np.bincount(econ.studios.cell, ~econ.studios.inert, n))
    rent = np.frombuffer(data, np.uint8, n, 2 * (lengths[0] + lengths[1])) / 255 * 1.2 - 0.6
    np.testing.assert_allclose(rent, np.log(econ.region.rent / econ.region.rent_2020), atol=0.003)


def test_a_move_is_shown_in_its_month():
    world = World(Story(scale=0.1))
    seen = 0
    for _ in range(12):
        before = dict(zip(world.economy.studios.id.tolist(), world.economy.studios.cell.tolist()))
        world.step()
        after = dict(zip(world.economy.studios.id.tolist(), world.economy.studios.cell.tolist()))
        want = sorted((before[i], cell) for i, cell in after.items() if i in before and before[i] != cell)
        assert sorted(zip(*(cells.tolist() for cells in world.moved))) == want
        seen += len(want)
    assert seen


def test_a_frame_of_two_worlds_is_small():
    worlds = [World(Story(scale=0.1)), World(Story("no_crisis", scale=0.1))]
    for world in worlds:
        for _ in range(12):
            world.step()
    header, buffers = frame(worlds, 1, 11)
    assert size_of(header, buffers) < 30_000


def test_a_watcher_misses_months_and_lacks_none():
    session, page = shown(SMALL)
    watcher = Page(answers=False)
    obeyed(session, page, do="attach", viewer=watcher.viewer, owner=False)
    for _ in range(4):
        obeyed(session, page, do="step")
    seen = len(watcher.frames())
    assert seen == 1
    watcher.viewer.acked = watcher.viewer.sent
    obeyed(session, page, do="step")
    assert len(watcher.frames()) == 2 and watcher.last("frame")["since"] == 0 and watcher.last("frame")["month"] == 5


def test_what_is_put_away_comes_back_to_the_same_month():
    session, page = shown(SMALL, month=7)
    want = session.worlds[0].economy.panel.city_month()
    obeyed(session, page, do="free")
    assert not session.worlds and page.last("state")["freed"]
    obeyed(session, page, do="again")
    until(lambda: session.worlds and len(session.worlds[0].economy.panel) == 7 and session.target < 0)
    for name, values in session.worlds[0].economy.panel.city_month().items():
        np.testing.assert_array_equal(values, want[name])


def test_a_world_suspended_on_its_way_goes_on_to_where_it_was_going():
    session, page = shown([Story("baseline", scale=0.02)])
    session.post({"do": "goto", "month": 20})
    session.post({"do": "free"})
    until(lambda: page.last("state")["freed"])
    session.post({"do": "again"})
    until(lambda: page.last("frame")["month"] == 20)
