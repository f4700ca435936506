"""The page in a real browser."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pyarrow.csv
import pytest

from browser.conftest import ROOT, Wire, free_port, shot, started
from microdrama.model import MicroDramaEconomy
from pages import until

pytest.importorskip("playwright")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]  # one server, one browser


def t(name):
    return f"[data-testid='{name}']"


def month(page):
    return page.inner_text(t("date"))


def until_month(page, text):
    page.wait_for_function(f"document.querySelector(`{t('date')}`)?.textContent === '{text}'", timeout=60000)


def card(page, words):
    page.wait_for_selector(t("card"), timeout=30000)
    assert words in page.inner_text(t("card"))


def slide(page, name, value):
    page.eval_on_selector(
        t(name),
        f"e => {{ e.value = {value}; e.dispatchEvent(new Event('input')); e.dispatchEvent(new Event('change')); }}",
    )


def test_every_control_of_the_live_page(open_page):
    page = open_page()
    assert "start" in month(page)
    page.click(t("step"))
    until_month(page, "2021-01")
    page.click(t("speed-16"))
    page.click(t("play"))
    page.wait_for_function("window.__frames > 6", timeout=30000)
    page.click(t("play"))
    page.wait_for_function(f"document.querySelector(`{t('play')}`)?.textContent.includes('Play')")
    for speed in (1, 2, 4, 8):
        page.click(t(f"speed-{speed}"))
        page.wait_for_selector(f"{t(f'speed-{speed}')}[aria-pressed=true]")
    slide(page, "month", 14)
    until_month(page, "2022-02")
    slide(page, "month", 13)
    until_month(page, "2022-01")
    for mode in ("vacancy", "rent"):
        page.click(t(f"mode-{mode}"))
        page.wait_for_selector(f"{t(f'mode-{mode}')}[aria-pressed=true]")
    assert "Zhengdong New District" in page.inner_text(t("zones"))
    page.click(t("zoom"))
    page.select_option(t("lever-city"), "6")
    assert "Xi'an" in page.inner_text(t("events"))
    slide(page, "lever-rebate", 0.2)
    slide(page, "lever-rent_subsidy", 0.5)
    slide(page, "lever-public_studio", 40000)
    slide(page, "lever-state_space", 20000)
    slide(page, "lever-free_scenes", 100)
    slide(page, "lever-state_fund", 500)
    slide(page, "lever-censorship", 3)
    page.click(t("lever-designation"))
    page.wait_for_function(f"document.querySelector(`{t('events')}`)?.textContent.includes('In the plan')")
    page.click(t("step"))
    until_month(page, "2022-02")
    told = page.inner_text(t("events"))
    for words in ("2022-02 Rebate on spending 20 %", "Rent subsidy 50 %", "Public studios 40,000", "Censorship 3"):
        assert words in told
    assert "State space given 20,000" in told and "Free public scenes 100" in told
    page.click(t("as-share"))
    page.select_option(t("column"), "house_index")
    page.select_option(t("column2"), "derelict_malls")
    assert page.get_attribute(t("chart-main"), "aria-label").startswith("House prices")
    for panel in ("money", "table", "inspect", "charts"):
        page.click(t(f"panel-{panel}"))
        page.wait_for_selector(f"{t(f'panel-{panel}')}[aria-selected=true]")
        shot(page, f"panel-{panel}")
    page.click(f"{t('expert')} summary")
    assert re.search("(below|above) 1", page.inner_text(t("a-net")))
    page.fill(t("seed"), "7")
    page.select_option(t("scenario"), "no_policy")
    page.fill(t("values"), "migration=false")
    page.click(t("reset"))
    page.wait_for_function(f"document.querySelector(`{t('date')}`)?.textContent.includes('start')")
    page.wait_for_function(f"document.querySelector(`{t('values')}`).value === 'migration=False'")
    assert page.input_value(t("seed")) == "7"
    page.fill(t("seed"), "lucky")
    page.press(t("seed"), "Enter")
    card(page, "must be a whole number")
    page.click(t("card-close"))
    assert page.query_selector(t("card")) is None


def test_a_crisis_is_marked_in_its_month_and_in_the_data(open_page):
    page = open_page("?scale=0.02&month=20")
    until_month(page, "2022-08")
    page.select_option(t("crisis-where"), "all")
    slide(page, "crisis-size", 3)
    page.click(t("crisis"))
    page.wait_for_function(f"document.querySelector(`{t('events')}`)?.textContent.includes('Property crisis')")
    assert "2022-09 Property crisis × 3, every city" in page.inner_text(t("events"))
    page.click(t("step"))
    until_month(page, "2022-09")
    page.click(t("menu-data"))
    with page.expect_download() as got:
        page.click(t("get-panel-csv"))
    table = pyarrow.csv.read_csv(got.value.path())
    house = table["house_index"].to_numpy().reshape(-1, 8)
    assert len(house) == 21 and (house[20] < house[19] - 1).any()
    plain = MicroDramaEconomy(rng=1, scale=0.02)
    plain.run_for(20)
    np.testing.assert_allclose(house[:20], plain.panel.array("house_index"), rtol=1e-9)
    for what in (
        "get-panel-dta",
        "get-panel-parquet",
        "get-flows-csv",
        "get-picture",
        "get-chart",
        "get-scenario",
        "get-script",
    ):
        with page.expect_download() as got:
            page.click(t(what))
        assert Path(got.value.path()).stat().st_size > 200
    shot(page, "crisis")


@pytest.mark.slow
def test_two_worlds_and_the_link_to_them(open_page):
    page = open_page("?scale=0.02&seed=3&month=6")
    until_month(page, "2021-06")
    page.click(t("two"))
    page.wait_for_function(f"document.querySelector(`{t('map-1')}`).offsetWidth > 50")
    slide(page, "lever-rebate", 0.3)
    page.wait_for_function(f"document.querySelector(`{t('events')}`)?.textContent.includes('B: Rebate')")
    for name in ("2021-07", "2021-08"):
        page.click(t("step"))
        until_month(page, name)
    assert "One random draw" in page.inner_text(t("band-note"))
    page.click(t("menu-share"))
    link = page.input_value(t("story-link"))
    page.click(t("share-toggle"))
    page.wait_for_selector(t("watch-link"))
    other = open_page(link[link.index("?") :])
    until_month(other, "2021-08")
    other.wait_for_function(f"document.querySelector(`{t('map-1')}`).offsetWidth > 50")
    for chart in ("chart-main", "chart-second", "map-1"):
        same = "([chart, label]) => document.querySelector(chart).getAttribute('aria-label') === label"
        other.wait_for_function(same, arg=[t(chart), page.get_attribute(t(chart), "aria-label")])
    watch = page.input_value(t("watch-link"))
    watcher = open_page(watch[watch.index("?") :])
    page.keyboard.press("Escape")
    page.click(t("step"))
    until_month(page, "2021-09")
    until_month(watcher, "2021-09")
    assert watcher.query_selector(t("play")) is None and watcher.query_selector(t("crisis")) is None
    shot(watcher, "watch")
    watcher.keyboard.press("s")
    page.click(t("two"))
    page.wait_for_function(f"document.querySelector(`{t('map-1')}`).offsetWidth === 0")
    assert month(page) == "2021-09"


def test_a_link_that_cannot_be_used_is_said(open_page):
    page = open_page("?s=nowhere&scale=0.02&month=2")
    card(page, "Not all of the link could be used")
    lost = open_page("?watch=nobody")
    card(lost, "not shared")


@pytest.mark.slow
def test_the_lesson_asks_before_it_shows(open_page):
    page = open_page()
    page.click(t("tab-lesson"))
    page.click(t("lesson-0"))
    page.wait_for_selector(t("predict-many"))
    assert page.query_selector(t("reveal")) is None
    shot(page, "lesson")
    page.click(t("predict-same"))
    page.wait_for_selector(t("reveal"), timeout=90000)
    assert re.search(r"In this run|Not as predicted|As predicted", page.inner_text(t("lesson")))
    assert re.search(r"[\d.,]+ times as many", page.inner_text(t("reveal")))
    shot(page, "lesson-shown")
    page.click(t("language"))
    assert "什么是微短剧" in page.inner_text(t("lesson"))
    page.click(t("lesson-next"))
    page.wait_for_selector(t("predict-xian"))
    page.click(t("lesson-leave"))
    page.wait_for_selector(t("crisis"))
    page.click(t("tab-lesson"))
    page.click(t("lesson-0"))
    page.wait_for_selector(t("predict-many"))
    for what in ("next", "leave"):  # before the server has answered
        page.evaluate(f"document.querySelector(`{t(f'lesson-{what}')}`).click()")
    page.wait_for_timeout(1500)
    page.wait_for_selector(t("crisis"))


@pytest.mark.slow
def test_results_of_sweeps(open_page):
    page = open_page("?scale=0.02&tab=results")
    page.wait_for_selector(t("x-table"))
    assert "crisis_strength = 1, entry_rate = 0.6" in page.inner_text(t("x-table"))
    assert "Effects, points" in page.inner_text(t("x-table")) and "mean of the seeds, %" in page.inner_text(
        t("x-table")
    )
    assert "entry_rate share who start a studio" in page.inner_text(t("x-varied"))
    for view in ("heat", "paths", "effects"):
        page.select_option(t("x-view"), view)
        page.wait_for_timeout(300)
        shot(page, f"results-{view}")
    page.select_option("#f-crisis_strength", "1")
    page.wait_for_function(f"document.querySelectorAll(`{t('x-table')} tbody tr`).length === 2")
    page.select_option(t("x-seed"), "2")
    page.click(t("x-live-3"))
    page.wait_for_selector(t("date"))
    until_month(page, "2021-06")
    assert page.input_value(t("values")) == "entry_rate=0.6" and page.input_value(t("seed")) == "2"


@pytest.mark.slow
def test_people_are_inspected_by_list_and_by_click(open_page):
    page = open_page("?scale=0.05&month=14")
    until_month(page, "2022-02")
    page.click(t("panel-inspect"))
    page.select_option(t("inspect-city"), "")
    for kind in ("actor", "platform", "fund", "city", "base", "studio"):
        page.select_option(t("inspect-kind"), kind)
        page.wait_for_timeout(150)
        page.click(f"{t('inspect-list')} button >> nth=0")
        page.wait_for_selector(f"{t('inspect-card')} table")
    assert "deposits" in page.inner_text(t("inspect-card"))
    name = page.inner_text(f"{t('inspect-card')} h3")
    assert re.search(
        r"in 2020, in|founded in", page.inner_text(t("life"))
    ) and "series on screen so far" in page.inner_text(t("life"))
    assert page.get_attribute(t("life-chart"), "aria-label").startswith(
        "Revenue of 12 months, and deposits, yuan: revenue"
    )
    page.select_option(t("inspect-kind"), "actor")
    page.wait_for_function(f"!document.querySelector(`{t('inspect-list')}`).textContent.includes({name!r})")
    page.click(f"{t('inspect-list')} button >> nth=0")
    page.wait_for_function(f"document.querySelector(`{t('life')}`)?.textContent.includes('In the last 12 months: ')")
    page.click(t("language"))
    page.wait_for_function(f"document.querySelector(`{t('life')}`)?.textContent.includes('过去 12 个月')")
    assert re.search("^[\u4e00-\u9fff]{2}$", page.inner_text(f"{t('inspect-card')} h3"))
    page.click(t("language"))
    page.click(t("step"))
    until_month(page, "2022-03")
    shot(page, "inspect")
    box = page.query_selector(t("map-0")).bounding_box()
    found = set()
    for x in np.linspace(0.08, 0.92, 8):
        for y in (0.36, 0.42, 0.62, 0.68):
            page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
            page.wait_for_timeout(40)
            found.add(page.inner_text(f"{t('inspect-card')} h3").split()[0])
            if "Place" in found:
                return
    raise AssertionError(f"no place was found by clicking: {found}")


def test_a_model_that_raises_is_a_card_and_reset_helps(open_page):
    page = open_page("?scale=0.02&seed=666")
    page.click(t("speed-16"))
    page.click(t("play"))
    card(page, "The model stopped in 2021-04 (ZeroDivisionError: meant to break)")
    shot(page, "failed")
    page.fill(t("seed"), "5")
    page.click(t("card-reset"))
    page.wait_for_function(f"!document.querySelector(`{t('card')}`)")
    page.click(t("step"))
    until_month(page, "2021-01")


def test_who_reloads_finds_his_worlds(open_page):
    page = open_page()
    page.click(t("step"))
    until_month(page, "2021-01")
    page.reload()
    page.wait_for_function("window.__frames > 0", timeout=30000)
    until_month(page, "2021-01")


@pytest.mark.slow
def test_a_dropped_connection_is_said_and_the_run_goes_on(open_page, server):
    wire = Wire(int(server.rsplit(":", 1)[1]))
    page = open_page(at=f"http://127.0.0.1:{wire.port}")
    page.click(t("speed-4"))
    page.click(t("play"))
    page.wait_for_function("window.__frames > 3")
    wire.cut()
    card(page, "The connection is lost")
    before = month(page)
    wire.mend()
    page.wait_for_function(f"document.querySelector(`{t('date')}`)?.textContent > '{before}'", timeout=60000)
    page.wait_for_function(f"!document.querySelector(`{t('card')}`)")
    page.click(t("panel-table"))
    open_page.wrong[:] = [w for w in open_page.wrong if not re.search("WebSocket|ERR_|Failed to load|[Cc]onnection", w)]


@pytest.mark.slow
def test_by_keyboard_alone(open_page):
    page = open_page()
    for key, name in (("s", "2021-01"), ("ArrowRight", "2021-02")):
        page.keyboard.press(key)
        until_month(page, name)
    page.keyboard.press("b")
    page.wait_for_function(f"document.querySelector(`{t('map-1')}`).offsetWidth > 50")
    page.keyboard.press("7")
    page.keyboard.press("c")
    page.wait_for_function(f"document.querySelector(`{t('events')}`)?.textContent.includes('B: Property crisis')")
    for key in "mzltplp+-":
        page.keyboard.press(key)
    page.keyboard.press("t")
    page.keyboard.press("?")
    page.wait_for_selector(t("help-box"))
    page.keyboard.press("Escape")
    page.wait_for_selector(t("help-box"), state="detached")
    page.keyboard.press(" ")
    page.wait_for_function(f"document.querySelector(`{t('play')}`)?.textContent.includes('Pause')")
    page.keyboard.press(" ")
    page.wait_for_function(f"document.querySelector(`{t('play')}`)?.textContent.includes('Play')")
    page.keyboard.press("b")
    page.keyboard.press("r")
    page.wait_for_function(f"document.querySelector(`{t('date')}`)?.textContent.includes('start')")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.testid") == "step":
            break
    page.keyboard.press("Enter")
    until_month(page, "2021-01")


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_anybody_out(open_page, theme):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page("?scale=0.02&month=3", color_scheme=theme)
    until_month(page, "2021-03")
    wrong = []
    for what in ("tab-live", "panel-inspect", "panel-money", "panel-table", "tab-lesson", "tab-results"):
        page.click(t(what))
        page.wait_for_timeout(300)
        found = Axe().run(page, context=".md-root")
        wrong += [
            f"{what}: {v['id']} {v['nodes'][0]['html'][:150]} {v['nodes'][0]['failureSummary'][:200]}"
            for v in found.response["violations"]
        ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height", "large"), [(1280, 720, False), (1920, 1080, False), (1920, 1080, True)])
def test_on_a_laptop_and_on_a_projector(open_page, width, height, large):
    page = open_page("?scale=0.1&month=47&s2=no_crisis&do2=20~rebate~zhengzhou~0.2", width=width, height=height)
    until_month(page, "2024-11")
    if large:
        page.click(t("large"))
    page.click(t("step"))
    until_month(page, "2024-12")
    for theme in ("light", "dark"):
        shot(page, f"two-{width}{'-large' if large else ''}-{theme}")
        page.click(t("theme"))
    outside = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert outside <= 0
    small = page.evaluate(
        "[...document.querySelectorAll('.md-root button, .md-root label')].map(e => parseFloat("
        "getComputedStyle(e).fontSize)).reduce((a, b) => Math.min(a, b))"
    )
    assert small >= (16 if large else 12)


@pytest.mark.slow
def test_twenty_visitors_and_a_clear_word_to_those_past_the_limit(open_page, server):
    from benchmarks.visitor import Visitor

    first = Visitor(server, "?scale=0.02&month=3")  # what the first visitor brings into memory stays
    first.until(lambda: first.last.get("frame", {}).get("month") == 3)
    before = server.megabytes()
    first.close()
    with contextlib.ExitStack() as leave:

        def visit(search):
            visitor = Visitor(server, search)
            leave.callback(visitor.close)
            return visitor

        visitors, pages = [], []

        def visitor_let_in():  # as soon as places of earlier tests are given back
            visitor = visit(f"?scale=0.02&seed={len(visitors)}")
            visitor.until(lambda: visitor.frames or "refused" in visitor.last)
            if "refused" in visitor.last:
                visitor.close()
            else:
                visitors.append(visitor)
            return len(visitors) == 20

        def page_let_in():
            pages.append(open_page())
            return pages[-1].query_selector(t("step")) or pages[-1].close()

        until(visitor_let_in, 240)
        for visitor in visitors:
            visitor.tell("speed", value=1)
            visitor.tell("play")
        for visitor in visitors:
            visitor.until(lambda visitor=visitor: visitor.last["frame"]["month"] >= 3, 120)
            visitor.tell("pause")
        assert {v.last["state"]["stories"][0]["seed"] for v in visitors} == {*range(20)}
        until(page_let_in, 240)
        pages[-1].click(t("step"))
        until_month(pages[-1], "2021-01")
        more = [visit("?scale=0.02") for _ in range(3)]
        until(lambda: any("refused" in v.last for v in more))
        late = open_page()
        card(late, "All 22 places are taken")
        shot(late, "full")
    until(lambda: server.megabytes() < 1.1 * before, 120)


@pytest.mark.slow
def test_the_command_opens_the_page_and_ends_when_told(open_page):
    port = free_port()
    words = [sys.executable, "-m", "microdrama.experiments.cli", "dashboard", "--port", str(port)]
    process = started(words, port)
    again = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)
    assert again.returncode == 2 and "choose another --port" in again.stderr
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="421"):
        urllib.request.urlopen(asked)
    page = open_page(at=f"http://127.0.0.1:{port}")
    assert "start" in month(page)
    page.close()
    process.send_signal(signal.SIGINT)
    assert process.wait(20) in (0, 1)  # click says 1 for Ctrl-C
    assert "Traceback" not in process.stderr.read().decode()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port))
