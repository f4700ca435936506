"""Visitors: own worlds, a limit with a clear message, watching, coming back, and being suspended."""

import pytest

from microdrama.dashboards.lesson import MANY
from microdrama.dashboards.session_registry import SessionRegistry, Visitor, catalog
from pages import Page, until


def visit(registry, search="?scale=0.02", token=None, **more):
    page = Page()
    visitor = Visitor(registry, page.viewer)
    page.command = visitor.command
    visitor.command({"do": "hello", "search": search, "token": token} | more)
    return visitor, page


def arrived(page):
    until(lambda: page.last("frame") and page.last("state"))
    return page


def test_visitors_have_worlds_of_their_own():
    registry = SessionRegistry()
    (one, first), (other, second) = visit(registry), visit(registry)
    arrived(first), arrived(second)
    one.command({"do": "step"})
    until(lambda: first.last("frame")["month"] == 1)
    assert second.last("frame")["month"] == 0 and one.session is not other.session


def test_past_the_limit_there_is_a_clear_message():
    registry = SessionRegistry(most=2)
    (_, a), (stays, _) = visit(registry), visit(registry)
    arrived(a)
    _, third = visit(registry)
    assert "All 2 places are taken" in third.last("refused")["text"] and not third.last("welcome")
    stays.leave()
    _, fourth = visit(registry)
    assert fourth.last("welcome")["role"] == "owner" and len(registry.sessions) == 2


def test_who_reloads_the_page_finds_his_worlds():
    registry = SessionRegistry()
    visitor, page = visit(registry)
    arrived(page)
    visitor.command({"do": "step"})
    until(lambda: page.last("frame")["month"] == 1)
    token = page.last("welcome")["token"]
    visitor.leave()
    _, again = visit(registry, token=token)
    assert arrived(again).last("frame")["month"] == 1 and again.last("welcome")["token"] == token
    _, stranger = visit(registry, token="guess")
    assert arrived(stranger).last("frame")["month"] == 0


def test_a_link_is_told_from_its_start_to_its_month():
    _, page = visit(SessionRegistry(), "?s=no_policy&seed=9&scale=0.02&do=3~crisis~all~2&month=6&s2=baseline")
    until(lambda: page.last("frame") and page.last("frame")["month"] == 6)
    assert [s["scenario"] for s in page.last("state")["stories"]] == ["no_policy", "baseline"]
    _, wrong = visit(SessionRegistry(), "?scale=77&seed=x")
    assert "Not all of the link could be used" in arrived(wrong).last("state")["message"]["text"]


def test_a_shared_run_is_watched_and_cannot_be_touched():
    registry = SessionRegistry()
    owner, page = visit(registry)
    arrived(page)
    owner.command({"do": "share", "on": True})
    until(lambda: page.last("state")["shared"])
    watcher, seen = visit(registry, "?watch=" + page.last("state")["shared"])
    assert arrived(seen).last("welcome")["role"] == "watcher" and not seen.last("welcome").get("token")
    owner.command({"do": "step"})
    until(lambda: seen.last("frame")["month"] == 1)
    watcher.command({"do": "step"})
    watcher.command({"do": "close"})
    owner.command({"do": "step"})
    until(lambda: seen.last("frame")["month"] == 2)
    assert page.last("frame")["month"] == 2 and page.last("state")["watchers"] == 1
    owner.command({"do": "share", "on": False})
    until(lambda: any(kind == "ended" for kind, *_ in seen.told))
    _, late = visit(registry, "?watch=nonsense")
    assert "not shared" in late.last("refused")["text"]


def test_a_copied_tab_gets_worlds_of_its_own_that_have_come_the_same_way():
    registry = SessionRegistry()
    first, page = visit(registry)
    arrived(page)
    first.command({"do": "step"})
    until(lambda: page.last("frame")["month"] == 1)
    token = page.last("welcome")["token"]
    copy, other = visit(registry, token=token, copied=True)
    until(lambda: other.last("frame") and other.last("frame")["month"] == 1)
    assert copy.session is not first.session
    until(lambda: other.last("state")["link"] == page.last("state")["link"])
    first.command({"do": "step"})
    until(lambda: page.last("frame")["month"] == 2)
    first.leave()
    back, _ = visit(registry, token=token, copied=True)  # its page is closed: it is the same visitor
    assert back.session is registry.sessions[token]


def test_worlds_that_the_server_lost_come_back_from_the_links_of_the_page():
    links = ["s=no_policy&seed=4&scale=0.02&month=2", "s=baseline&seed=5&scale=0.02&month=1"]
    visitor, page = visit(SessionRegistry(), token="of another process", links=links)
    until(lambda: page.last("frame") and page.last("frame")["month"] == 2)
    told = page.last("state")
    assert told["stories"][0]["scenario"] == "no_policy" and [run["month"] for run in told["kept"]] == [1]
    visitor.command({"do": "bring", "runs": [told["kept"][0]["number"]]})
    until(lambda: page.last("frame")["month"] == 1 and page.last("state")["stories"][0]["seed"] == 5)
    assert [run["month"] for run in page.last("state")["kept"]] == [2]
    visitor.command({"do": "bring", "runs": ["nothing"]})
    until(lambda: "not there any more" in page.last("state")["message"].get("text", ""))


def test_who_watches_is_told_when_the_page_that_shares_is_closed():
    registry = SessionRegistry()
    owner, page = visit(registry)
    arrived(page)
    owner.command({"do": "share", "on": True})
    until(lambda: page.last("state")["shared"])
    _, seen = visit(registry, "?watch=" + page.last("state")["shared"])
    assert not arrived(seen).last("state")["away"]
    owner.leave()
    until(lambda: seen.last("state")["away"])


def test_the_worlds_of_a_visitor_whose_page_is_closed_are_freed_and_come_back_with_him():
    registry = SessionRegistry()
    visitor, page = visit(registry, "?scale=0.02&month=2")
    until(lambda: page.last("frame") and page.last("frame")["month"] == 2)
    token, session = page.last("welcome")["token"], visitor.session
    assert not registry.free_idle()
    visitor.leave()
    registry.absent_seconds = 0
    assert registry.free_idle()
    until(lambda: session.freed and not session.worlds)
    _, again = visit(registry, token=token)
    until(lambda: again.last("frame") and again.last("frame")["month"] == 2)


@pytest.mark.parametrize(
    "told", [None, 3, {}, {"do": None}, {"do": "ack", "frame": "x"}, {"do": "free"}, {"do": "begin"}]
)
def test_what_a_page_must_not_say_changes_nothing(told):
    visitor, page = visit(SessionRegistry())
    arrived(page)
    visitor.command(told)
    visitor.command({"do": "step"})
    until(lambda: page.last("frame")["month"] == 1)
    assert not visitor.session.freed


def test_idle_worlds_are_put_away_and_forgotten():
    registry = SessionRegistry(idle_seconds=1)
    (stays, page), (leaves, other) = visit(registry), visit(registry)
    arrived(page), arrived(other)
    leaves.leave()
    until(lambda: stays.session.freed and len(registry.sessions) == 1)
    assert stays.session in registry.sessions.values() and page.last("state")["freed"]
    stays.command({"do": "again"})
    until(lambda: stays.session.worlds and not stays.session.freed)


def test_the_catalog_is_complete_in_both_languages():
    lesson = catalog()["lesson"]
    assert 8 <= len(lesson) <= 11
    for step in lesson:
        for language in ("en", "zh"):
            told = {"title", "text", "question", "options", "reveal", "notice"}
            assert step[language].keys() == (told | {"many"} if step["measure"] in MANY else told)
            assert len(step[language]["options"]) == len(step["options"])
