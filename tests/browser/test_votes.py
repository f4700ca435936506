"""A class that votes, by phone and by hand, and draws curves; missions that are played and handed in."""

import re

import pytest

from browser.conftest import shot
from browser.test_class import says
from browser.test_page import card, slide, t, until_month

pytest.importorskip("playwright")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]  # one server, one browser
PHONE = {"width": 390, "height": 844, "has_touch": True}
QUESTION = "Which <b>policy</b> first?"


def shared(page):
    """The part of the link with which others watch."""
    page.click(t("menu-share"))
    page.click(t("share-toggle"))
    page.wait_for_selector(t("watch-link"))
    link = page.input_value(t("watch-link"))
    page.click(t("menu-share"))
    page.wait_for_selector(t("menu-share-box"), state="hidden")
    return link[link.index("?") :]


def named(page, name):
    """Take part under a nickname."""
    page.fill(t("voter-name"), name)
    page.click(t("voter-join"))
    page.wait_for_selector(t("voter-rename"))


def sound(page):
    """Whether the page is as wide as the window, and axe has nothing to say."""
    from axe_playwright_python.sync_playwright import Axe

    assert page.evaluate("document.querySelector('.md-root').scrollWidth - innerWidth") <= 0
    found = Axe().run(page, context=".md-root").response["violations"]
    assert not found, [(v["id"], v["nodes"][0]["html"][:200]) for v in found]


def test_a_class_predicts_a_step_of_the_lesson_on_phones(open_page):
    page = open_page()
    page.click(t("tab-lesson"))
    page.click(t("lesson-1"))
    page.wait_for_selector(t("predict-xian"))
    watch = shared(page)
    anna, other, mei = (open_page(watch + more, **PHONE) for more in ("", "", "&lang=zh"))
    for phone, name in ((anna, "Anna"), (other, "anna"), (mei, "小梅")):
        phone.wait_for_selector(t("ballot"))
        named(phone, name)
    says(anna, "ballot", "You vote as Anna.")
    says(other, "ballot", "You vote as anna (2).")
    says(mei, "ballot", "到 2025 年底，哪里的办公租金跌得最多")
    for phone, choice in ((anna, "xian"), (other, "zhengzhou"), (mei, "shanghai"), (anna, "shanghai")):
        phone.click(t(f"vote-{choice}"))
        phone.wait_for_selector(f"{t(f'vote-{choice}')}[aria-pressed=true]")
    says(page, "vote-count", "3 voted of 3")
    assert anna.query_selector(t("vote-bars")) is None and page.query_selector(t("vote-bars")) is None
    top = anna.locator(t("ballot")).bounding_box()["y"]
    assert top < anna.locator(t("map-0")).bounding_box()["y"]
    shot(anna, "vote-phone")
    shot(mei, "vote-phone-zh")
    sound(anna)
    anna.reload()
    anna.wait_for_selector(f"{t('vote-shanghai')}[aria-pressed=true]")
    page.click(f"{t('by-hand')} summary")
    page.fill(t("hand-0"), "4")
    page.press(t("hand-0"), "Tab")
    page.click(t("vote-show"))
    says(page, "vote-bars", "5 · 71 %")
    says(page, "vote-count", "3 voted of 3 (and 4 by hand)")
    shot(page, "vote-shown")
    sound(page)
    page.click(t("predict-zhengzhou"))
    says(anna, "ballot-status", "The vote is closed")
    assert anna.is_disabled(t("vote-xian"))
    page.wait_for_selector(t("reveal"), timeout=120000)
    page.wait_for_selector(f"{t('vote-reveal')}:enabled")
    page.click(t("vote-reveal"))
    page.wait_for_selector(t("vote-outcome"))
    for phone in (anna, other):
        phone.wait_for_selector(t("vote-outcome"))
        assert phone.inner_text(t("vote-outcome")) == page.inner_text(t("vote-outcome"))
    says(mei, "vote-outcome", "结果：")
    shot(other, "vote-phone-revealed")
    shot(page, "vote-revealed")
    page.click(t("present"))
    shot(page, "vote-present")
    sound(anna)


def test_a_late_vote_and_nonsense_are_said_in_a_line(open_page):
    page = open_page("?scale=0.02&month=2")
    until_month(page, "2021-02")
    page.click(f"{t('votes-box')} summary")
    sound(page)
    page.click(t("ask"))
    card(page, "2 to 5 different options")
    page.click(t("card-close"))
    page.fill(t("ask-question"), QUESTION)
    page.fill(t("ask-options"), "A rebate\n<img src=x onerror=alert(1)>\nNothing")
    watch = shared(page)
    page.click(t("ask"))
    phone = open_page(watch, **PHONE)
    phone.wait_for_selector(t("voter-join"))
    assert phone.inner_text(f"{t('ballot')} h2") == QUESTION
    send = "(name) => document.querySelector(`[data-testid='voter-name']`).value = name"
    phone.evaluate(send, "x" * 10_000)
    phone.click(t("voter-join"))
    says(phone, "ballot-note", "1 to 24 characters")
    named(phone, "<b>Bo</b>")
    assert "<b>Bo</b>" in phone.inner_text(t("ballot")) and phone.query_selector(f"{t('ballot')} img") is None
    phone.click(t("vote-1"))
    says(phone, "ballot-status", "Your vote counts")
    says(page, "vote-count", "1 voted of 1")
    page.click(t("vote-open"))
    phone.wait_for_selector(f"{t('vote-0')}:disabled")
    phone.evaluate("document.querySelector(`[data-testid='vote-0']`).disabled = false")
    phone.click(t("vote-0"))
    says(phone, "ballot-note", "closed; your vote does not count")
    page.select_option(t("vote-right"), "1")
    page.click(t("vote-reveal"))
    says(phone, "vote-outcome", "Right: <b>Bo</b>")
    says(page, "vote-stage", "<img src=x onerror=alert(1)>")
    for name in ("theme", "large"):
        page.click(t(name))
        phone.click(t(name))
    for size in ((1280, 720), (1920, 1080)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.wait_for_function("w => document.querySelector('.md-top').clientWidth === w", arg=size[0])
        shot(page, f"vote-dark-large-{size[0]}")
        sound(page)
    shot(phone, "vote-phone-dark-large")
    sound(phone)
    page.click(t("theme"))
    page.click(t("large"))
    page.set_viewport_size({"width": 1280, "height": 720})
    page.click(t("vote-end"))
    phone.wait_for_selector(t("ballot"), state="hidden")
    page.wait_for_selector(t("ask"))


def test_a_curve_is_drawn_with_a_finger_and_with_keys(open_page):
    page = open_page("?scale=0.02&month=26")
    until_month(page, "2023-02")
    watch = shared(page)
    page.click(f"{t('votes-box')} summary")
    page.select_option(t("draw-until"), "48")
    page.click(t("ask-draw"))
    finger, keys = open_page(watch, **PHONE), open_page(watch)
    for phone, name in ((finger, "Finger"), (keys, "Keys")):
        phone.wait_for_selector(t("ballot"))
        assert "Zhengzhou: Shooting days (share of all cities, %) until 2024-12" in phone.inner_text(t("ballot"))
        named(phone, name)
        phone.wait_for_selector(t("pad-47"))
    box = finger.locator(t("pad")).bounding_box()
    before = finger.input_value(t("pad-47"))
    wire = finger.context.new_cdp_session(finger)
    for kind, where in (("Start", [(0.55, 0.6)]), ("Move", [(0.75, 0.4)]), ("Move", [(0.97, 0.1)]), ("End", [])):
        points = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in where]
        wire.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
    finger.wait_for_function("([name, v]) => +document.querySelector(name).value > +v", arg=[t("pad-47"), before])
    finger.click(t("vote-send"))
    says(finger, "ballot-status", "Your vote counts")
    shot(finger, "draw-phone")
    sound(finger)
    keys.focus(t("pad-35"))
    for key in ("ArrowLeft", "ArrowLeft", "End", "Home", "ArrowRight"):
        keys.keyboard.press(key)
    assert keys.evaluate("document.activeElement.dataset.testid") == "pad-35"
    keys.click(t("vote-send"))
    says(keys, "ballot-status", "Your vote counts")
    says(page, "vote-count", "2 voted of 2")
    page.click(t("vote-show"))
    page.wait_for_selector(t("vote-curves"))
    shot(page, "draw-shown")
    keys.focus(t("pad-47"))
    keys.keyboard.press("Home")
    says(keys, "ballot-status", "Changed: press Send")
    page.evaluate("document.activeElement.blur()")
    page.click(t("step"))
    says(keys, "ballot-status", "The vote is closed")
    page.locator(t("month")).evaluate("e => { e.value = 48; e.dispatchEvent(new Event('change')); }")
    until_month(page, "2024-12")
    page.wait_for_selector(f"{t('vote-reveal')}:enabled")
    page.click(t("vote-reveal"))
    says(page, "vote-outcome", "off on average")
    for phone in (finger, keys):
        says(phone, "vote-outcome", "Your drawing is")
    assert re.search("Nearest: (Finger|Keys), ", keys.inner_text(t("vote-outcome")))
    shot(page, "draw-revealed")
    shot(finger, "draw-phone-revealed")
    shot(keys, "draw-revealed-watch")
    sound(keys)


def test_a_mission_is_played_and_handed_in_by_its_link(open_page):
    page = open_page()
    page.click(t("tab-lesson"))
    page.click(t("mission-thirty"))
    until_month(page, "2022-12")
    says(page, "mission-goals", "Zhengzhou's share of shooting days")
    for number in (1, 2, 3):
        page.click(t("mission-hint"))
        page.wait_for_function(
            "([name, n]) => document.querySelectorAll(name).length === n", arg=[f"{t('mission-hints')} li", number]
        )
    assert page.query_selector(t("mission-hint")) is None
    page.fill(t("lever-budget-year"), "49")
    slide(page, "lever-rebate", 0.3)
    says(page, "events", "2023-01 Rebate on spending 30 %")
    page.click(t("step"))
    until_month(page, "2023-01")
    page.wait_for_function(
        "name => +document.querySelector(name).textContent > 0", arg=f"{t('mission-goals')} tr:last-child b"
    )
    assert page.locator(t("missions")).evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    says(page, "mission-line", "million yuan a year")
    shot(page, "mission")
    sound(page)
    slide(page, "month", 96)
    until_month(page, "2028-12")
    page.wait_for_selector(t("mission-met"), timeout=180000)
    told = page.inner_text(t("mission-result"))
    assert "Met in 3 of 3 seeds" in told and "at least half of the seeds" in told
    shot(page, "mission-met")
    page.click(t("menu-share"))
    page.wait_for_selector(t("story-link"))
    link = page.input_value(t("story-link"))
    assert link.endswith("mission=thirty")
    other = open_page(link[link.index("?") :] + "&lang=zh", **PHONE)
    other.wait_for_selector(t("mission-met"), timeout=180000)
    assert "在 3 个种子中（含本世界）有 3 个达到" in other.inner_text(t("mission-result"))
    other.locator(t("mission-result")).scroll_into_view_if_needed()
    shot(other, "mission-phone-zh")
    sound(other)
    forged = open_page("?s=baseline&scale=0.02&month=2&mission=thirty")
    card(forged, "do not start as the mission does")
    says(forged, "mission-problem", "do not start as the mission does")
    forged.click(t("card-close"))
    forged.click(t("mission-leave"))
    forged.click(t("tab-lesson"))
    forged.wait_for_selector(t("mission-luck"))
    shot(forged, "mission-list")
