"""A whole game of mayors: an instructor, teams on phones and teams without a browser, in English and in Chinese."""

import re
import sys

import pytest

from browser.conftest import ROOT, free_port, served, shot
from browser.test_page import slide, t, until_month
from pages import until

pytest.importorskip("playwright")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]  # one server, one browser
PHONE = {"width": 390, "height": 844, "has_touch": True}
THERE = """names => {
  const [date, note] = names.map((name) => document.querySelector(name).textContent);
  return date === '2022-12' && note === '';
}"""
WORDS = {
    "en": {
        "over": "the game is over",
        "left": "{} of 100",
        "claimed": "claimed",
        "full": "All cities of this game are taken",
        "city": "You govern your own city only",
        "taken": "All 8 cities of this game are taken",
        "ended": "Thank you for governing",
        "paid": "All together paid",
    },
    "zh": {
        "over": "游戏结束",
        "left": "已安排 {} / 100",
        "claimed": "申领",
        "full": "本局的城市都已有人",
        "city": "你只能治理自己的城市",
        "taken": "本局的 8 座城市都已有人",
        "ended": "感谢执政",
        "paid": "各队共支付",
    },
}


def says(page, name, words, timeout=120000):
    page.wait_for_function(
        "([name, words]) => document.querySelector(name)?.textContent.includes(words)",
        arg=[t(name), words],
        timeout=timeout,
    )


def violations(page, language="en"):
    if language == "zh":  # the same page with other words
        return []
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, context=".md-root").response["violations"]
    return [f"{v['id']} {v['nodes'][0]['html'][:150]} {v['nodes'][0]['failureSummary'][:200]}" for v in found]


def fits(page):
    return page.evaluate("document.querySelector('.md-root').scrollWidth - innerWidth") <= 0


def joined(page, name, city):
    page.fill(t("play-name"), name)
    page.click(t(f"play-city-{city}"))
    page.click(t("play-join"))
    page.wait_for_selector(t("play-me"))


def without_browser(server, code):
    """A client that speaks to the server as a page of a team does."""
    sys.path.insert(0, str(ROOT))
    from benchmarks.visitor import Visitor

    client = Visitor(str(server), f"?play={code}")
    client.until(lambda: "game" in client.last)
    return client


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_class_plays_a_whole_game(open_page, server, language):
    words, wrong = WORDS[language], []
    said = "text" if language == "en" else "zh"
    page = open_page(f"?scale=0.02&lang={language}")
    page.click(t("tab-game"))
    page.select_option(t("game-scale"), "0.02")
    page.fill(t("game-budget"), "-1")
    page.click(t("game-start"))
    page.wait_for_function(f"document.querySelector(`{t('game-wrong')}`)?.textContent.length > 0")
    wrong += violations(page, language)
    shot(page, f"game-form-{language}")
    page.fill(t("game-budget"), "100")
    page.click(t("game-start"))
    page.wait_for_selector(t("game-code"))
    code = page.inner_text(t("game-code"))
    assert re.fullmatch(r"\d{4}", code) and page.inner_text(t("game-link")).endswith(f"?play={code}")

    typed = open_page(f"?play&lang={language}", **PHONE)
    wrong += violations(typed, language)
    typed.fill(t("play-code"), "77")
    typed.click(t("play-open"))
    typed.wait_for_selector(t("play-wrong"))
    typed.fill(t("play-code"), code)
    typed.click(t("play-open"))
    typed.wait_for_selector(t("play-city-xian"))
    wrong += violations(typed, language)
    phones = [typed, *(open_page(f"?play={code}&lang={language}", **PHONE) for _ in range(2))]
    for phone, name, city in zip(phones, ("Ann", "Ann", "王市长"), ("zhengzhou", "xian", "beijing")):
        joined(phone, name, city)
    assert "Ann (2)" in phones[1].inner_text(t("play-me"))
    others = [without_browser(server, code) for _ in range(5)]
    for number, (client, city) in enumerate(zip(others, ("hengdian", "shanghai", "hangzhou", "chongqing", "changsha"))):
        assert client.ask("join", name=f"<b>T{number}</b>", city=city) == {}
        assert client.ask("act", what="rebate", size=0.15, yuan=3e7 + 1e7 * number) == {}
    assert words["city"] in others[0].ask("act", what="rebate", size=0.3, yuan=9e7, city="xian")["error"][said]
    late = without_browser(server, code)
    assert words["taken"] in late.ask("join", name="late", city="xian")["error"][said]
    ninth = open_page(f"?play={code}&lang={language}", **PHONE)
    says(ninth, "play-full", words["full"])
    wrong += violations(ninth, language)
    watcher = open_page(ninth.get_attribute(t("play-watch"), "href").lstrip("/"))
    watcher.wait_for_selector(t("tab-game"))

    slide(phones[0], "play-size-rebate", 0.2)
    slide(phones[0], "play-money-rebate", 60)
    slide(phones[0], "play-money-public_studio", 90)  # more than is left: what is left
    says(phones[0], "play-left", words["left"].format(100))
    assert phones[0].input_value(t("play-money-public_studio")) == "40"
    slide(phones[1], "play-size-rent_subsidy", 0.5)
    slide(phones[1], "play-money-rent_subsidy", 30)
    phones[1].check(t("play-on-designation"))
    says(phones[1], "play-left", words["left"].format(30))
    slide(phones[2], "play-money-state_fund", 80)
    says(phones[2], "play-left", words["left"].format(80))

    page.wait_for_function(f"({THERE})([`{t('date')}`, `{t('note')}`])", timeout=180000)
    slide(page, "month", 36)
    until_month(page, "2023-12")
    says(phones[2], "play-promise-state_fund", words["claimed"])
    slide(phones[2], "play-money-state_fund", 20)
    says(phones[2], "play-left", words["left"].format(20))
    page.click(t("speed-16"))
    page.click(t("play"))
    page.wait_for_function(f"document.querySelector(`{t('date')}`)?.textContent >= '2024-03'", timeout=180000)
    phones[0].reload()  # in the middle of the run, or after it on a fast machine: all of this holds then too
    phones[0].wait_for_selector(t("play-me"))
    phones[0].wait_for_function(f"document.querySelector(`{t('play-money-rebate')}`)?.value === '60'")
    says(phones[0], "play-promise-rebate", words["claimed"])
    context = phones[1].context  # a phone that closed the page and opens it again
    phones[1].close()
    phones[1] = open_page(f"?play={code}&lang={language}", context=context)
    phones[1].click(t("play-back"))
    says(phones[1], "play-me", "Ann (2)")
    phones[1].wait_for_function(f"document.querySelector(`{t('play-on-designation')}`).checked")
    for phone in phones:
        says(phone, "play-clock", words["over"], timeout=300000)
    page.wait_for_function(f"document.querySelector(`{t('date')}`)?.textContent === '2027-12'")
    says(page, "debrief", words["paid"], timeout=300000)
    for phone in phones:
        says(phone, "debrief", words["paid"])
    until(lambda: "runs" in others[4].last["game"].get("debrief", {}))
    told = page.inner_text(t("debrief"))
    assert language == "en" or not re.search("[A-Za-z]{4}", told.replace("<b>T", "")), told
    assert "<b>T0</b>" in page.inner_text(t("board"))  # as it was typed, not as markup
    assert page.locator(f"{t('board')} tbody tr").count() == 8
    wrong += violations(page, language)
    assert page.locator(t("play")).bounding_box()["width"] < 200
    shot(page, f"game-instructor-{language}")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.click(t("present"))
    page.wait_for_selector(".md-present")
    last = page.locator(f"{t('board')} tbody tr").last.bounding_box()
    assert last["y"] + last["height"] < 1000  # eight teams are on the projector at once
    shot(page, f"game-board-{language}")
    page.click(t("present"))
    watcher.click(t("tab-game"))
    says(watcher, "debrief", "15 %")
    assert watcher.locator(f"{t('board')} tbody tr").count() == 8
    for phone in phones:
        assert fits(phone)
        wrong += violations(phone, language)
        phone.click(t("theme"))
        phone.click(t("large"))
        wrong += violations(phone, language)
        assert fits(phone)
    shot(phones[0], f"game-phone-large-{language}")
    for name in ("theme", "large"):
        phones[0].click(t(name))
    phones[0].locator(t("play-size-rebate")).scroll_into_view_if_needed()
    shot(phones[0], f"game-phone-{language}")
    with page.expect_download() as download:
        page.click(t("game-study"))
    assert download.value.suggested_filename == f"game-{code}.zip"
    page.click(t("game-end"))
    page.click(t("game-end-yes"))
    for phone in phones:
        says(phone, "play-ended", words["ended"])
    page.wait_for_selector(t("game-start"))
    for client in (*others, late):
        client.close()
    assert not wrong, "\n".join(sorted({*wrong}))


def test_a_game_survives_a_restart_of_the_server(open_page, results, tmp_path):
    port, told = free_port(), {"MICRODRAMA_STATE": str(tmp_path)}
    process, at = served(port, results, **told), f"http://127.0.0.1:{port}"
    page = open_page(at=at)
    page.click(t("tab-game"))
    page.select_option(t("game-scale"), "0.02")
    page.fill(t("game-first"), "2022-01")
    page.click(t("game-start"))
    page.wait_for_selector(t("game-code"))
    code = page.inner_text(t("game-code"))
    phone = open_page(f"?play={code}", at=at, **PHONE)
    joined(phone, "Ann", "xian")
    slide(phone, "play-size-rebate", 0.2)
    slide(phone, "play-money-rebate", 60)
    says(phone, "play-left", "60 of 100")
    watcher = open_page(f"?watch={page.inner_text(t('game-watch')).split('=')[-1]}", at=at)
    until_month(page, "2021-12")
    page.wait_for_function(f"document.querySelector(`{t('note')}`)?.textContent === ''")
    page.click(t("step"))
    until_month(page, "2022-01")
    says(phone, "play-date", "January 2022")
    row = page.inner_text(f"{t('board')} tbody")
    (file,) = tmp_path.glob("*.json")
    until(lambda: '"month": 13' in file.read_text())
    process.kill()
    process.wait(10)
    for each in (page, phone, watcher):
        each.evaluate("window.old = true")
    process = served(port, results, **told)
    for each in (page, phone, watcher):
        # a page tries to connect ever more rarely while the server is away
        each.wait_for_function("!window.old && window.__frames > 0 && window.__ready", timeout=240000)
    says(phone, "play-me", "Ann · Xi'an")
    says(phone, "play-date", "January 2022")
    phone.wait_for_function(f"document.querySelector(`{t('play-money-rebate')}`).value === '60'")
    until_month(watcher, "2022-01")
    until_month(page, "2022-01")
    same = "([name, row]) => document.querySelector(name)?.innerText === row"
    page.wait_for_function(same, arg=[f"{t('board')} tbody", row])
    page.click(t("step"))
    says(phone, "play-date", "February 2022")
    page.click(t("game-end"))
    page.click(t("game-end-yes"))
    page.wait_for_selector(t("game-start"))
    assert not list(tmp_path.iterdir())
    for each in (page, phone, watcher):
        each.close()
    process.terminate()
    process.wait(10)
    open_page.wrong[:] = [w for w in open_page.wrong if not re.search("WebSocket|ERR_|Failed to load|[Cc]onnection", w)]
