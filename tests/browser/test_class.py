"""The page as a class uses it: levers against what is paid, luck beside what is said, phones, copies, clickers."""

import re
from itertools import pairwise

import pytest

from browser.conftest import free_port, served, shot
from browser.test_page import month, slide, t, until_month

pytest.importorskip("playwright")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]  # one server, one browser
CONTRAST = """e => {
  const light = (text) => {
    const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = text.match(/[\\d.]+/g).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const style = getComputedStyle(e);
  const [one, other] = [light(style.color), light(style.backgroundColor)];
  return Math.max(one, other) / Math.min(one, other);
}"""
OVERPRINT = """e => e.labels.flatMap((a, i) => e.labels.slice(i + 1).filter((b) =>
  a[0] + 6 < b[0] + b[2] - 2 && b[0] + 6 < a[0] + a[2] - 2 &&
  a[1] + 4 < b[1] + b[3] && b[1] + 4 < a[1] + a[3])).length"""


def says(page, name, words):
    page.wait_for_function(
        "([name, words]) => document.querySelector(name)?.textContent.includes(words)",
        arg=[t(name), words],
        timeout=120000,
    )


def test_beside_a_lever_stands_what_was_paid_of_it(open_page):
    page = open_page("?scale=0.02&month=30&do=24~rebate~xian~0.5")
    until_month(page, "2023-06")
    page.keyboard.press("7")
    says(page, "promise-rebate", "announced 50 %")
    told = page.inner_text(t("promise-rebate"))
    assert re.search(r"paid .+ of .+ yuan claimed in 6 months: (budget short|treasury empty)", told), told
    row = page.locator(".md-unpaid", has=page.locator(t("lever-rebate")))
    assert "repeating-linear-gradient" in row.locator("input").evaluate("e => getComputedStyle(e).backgroundImage")
    assert "Xi'an spent" in page.inner_text(t("film-budget"))
    words = "n => import('/static/public/strings.js').then(m => m.translator('en')('promise_nobody', {size: 'x', n}))"
    assert [page.evaluate(words, n).split(" in ")[1] for n in (1, 2)] == ["1 month", "2 months"]
    slide(page, "lever-rent_subsidy", 0.4)
    says(page, "promise-rent_subsidy", "acts from 2023-07 on")
    page.select_option(t("crisis-where"), "some")
    page.click(t("crisis"))
    says(page, "crisis-tells", "Choose at least one city")
    for slug in ("xian", "changsha"):
        page.click(t(f"crisis-in-{slug}"))
    says(page, "crisis", "Changsha, Xi'an")
    page.click(t("crisis"))
    says(page, "events", "Property crisis × 2, Changsha, Xi'an")
    page.click(t("language"))
    says(page, "promise-rebate", "已公布 50 %")


def test_the_sentence_above_the_map_is_about_the_worlds_on_show(open_page):
    page = open_page("?scale=0.02&month=36&s=no_policy")
    until_month(page, "2023-12")
    says(page, "headline", "December 2023: Zhengzhou")
    shares = page.get_attribute(t("chart-main"), "aria-label")
    share = float(re.search(r"Zhengzhou ([\d.]*\d)", shares)[1])
    told = page.inner_text(t("headline"))
    assert abs(float(re.search(r"([\d.]+) %", told)[1]) - share) <= 0.5 and re.search(r"rank \d of 8|leads", told)
    page.click(t("two"))
    says(page, "headline", "A and B have been the same so far")
    slide(page, "lever-rebate", 0.5)
    page.wait_for_function("document.querySelector(`[data-testid=map-1]`).offsetWidth > 50")
    for name in ("2024-01", "2024-02", "2024-03"):
        page.click(t("step"))
        until_month(page, name)
    says(page, "headline", "March 2024: with the rebate Zhengzhou has")
    says(page, "headline", "Over 2 other seeds the difference is")
    assert re.search(r"luck alone ±[\d.]+ \(2 other seeds\)", page.inner_text(t("headline")))
    assert re.search(r"more than luck|may be luck", page.inner_text(t("headline")))
    page.click(f"{t('otherwise')} summary")
    page.select_option(t("structure-crisis_control"), "trend")
    page.wait_for_function(f"document.querySelector(`{t('values')}`).value === 'crisis_control=trend'")
    until_month(page, "2024-03")
    page.click(t("kept-undo"))
    page.wait_for_function(f"document.querySelector(`{t('values')}`).value === ''")
    until_month(page, "2024-03")
    page.click(t("structures-run"))
    says(page, "structures", "as it is")


def test_on_a_phone_everything_can_be_reached(open_page):
    page = open_page("?scale=0.02&month=14", width=390, height=844)
    until_month(page, "2022-02")
    shot(page, "phone")
    boxes = [page.locator(t(name)).bounding_box() for name in ("map-0", "play", "chart-main", "lever-rebate", "reset")]
    for above, below in pairwise(boxes):
        assert above["y"] + above["height"] <= below["y"] + 1
    assert page.evaluate("document.querySelector('.md-root').scrollWidth - innerWidth") <= 0
    for name in ("chart-main", "lever-rebate", "crisis"):
        page.locator(t(name)).scroll_into_view_if_needed()
        page.wait_for_function(
            "name => { const b = document.querySelector(name).getBoundingClientRect();"
            " return b.top >= 0 && document.elementFromPoint(b.left + b.width / 2, b.top + 3)?.closest(name); }",
            arg=t(name),
        )
    assert page.locator(t("map-0")).evaluate(OVERPRINT) == 0


def test_nothing_moves_when_the_page_is_dressed_otherwise(open_page):
    page = open_page("?scale=0.02&month=14")
    until_month(page, "2022-02")
    for name in ("large", "theme", "language", "language", "tab-lesson", "tab-live", "present"):
        page.click(t(name))
        assert month(page) == "2022-02" and page.input_value(t("month")) == "14"
        assert page.evaluate("document.activeElement.dataset.testid") == name
    says(page, "headline", "February 2022")
    page.wait_for_function("parseFloat(getComputedStyle(document.querySelector('.md-headline')).fontSize) >= 24")
    page.wait_for_selector(t("lever-rebate"), state="hidden")
    page.click(t("drawer"))
    page.wait_for_selector(t("lever-rebate"))
    shot(page, "presenter")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("PageUp")
    until_month(page, "2021-02")
    page.keyboard.press("Escape")
    page.wait_for_selector(t("menu-share"))
    page.click(t("drawer")) if page.is_visible(t("drawer")) else None
    page.wait_for_selector(t("help"))
    help_button = page.locator(t("help")).bounding_box()
    assert help_button["x"] + help_button["width"] <= 1280
    size = page.locator(t("map-0")).bounding_box()  # with large type still on, 1280 x 720
    assert size["width"] * size["height"] > 0.3 * 1280 * 720
    page.wait_for_function(f"({OVERPRINT})(document.querySelector(`{t('map-0')}`)) === 0")
    page.focus(t("month"))
    page.keyboard.press("ArrowLeft")
    until_month(page, "2021-01")
    assert page.evaluate("document.activeElement.dataset.testid") == "month"


def test_a_wrong_prediction_and_what_is_pressed_can_be_read(open_page):
    page = open_page(forced_colors="active")
    colours = "e => getComputedStyle(e).backgroundColor"
    assert page.locator(t("speed-4")).evaluate(colours) != page.locator(t("speed-8")).evaluate(colours)
    light = open_page()
    light.click(t("tab-lesson"))
    light.click(t("lesson-8"))
    light.click(t("predict-few"))
    light.wait_for_selector(f"{t('predict-few')}:disabled")
    for choice in ("few", "some", "many"):
        assert light.locator(t(f"predict-{choice}")).evaluate(CONTRAST) >= 4.5
    light.click(t("lesson-leave"))
    light.wait_for_selector(t("crisis"))
    light.click(t("kept-undo")) if light.is_visible(t("kept-undo")) else None


def test_the_same_error_is_said_as_often_as_it_happens(open_page):
    page = open_page()
    for _ in range(2):
        page.fill(t("seed"), "lucky")
        page.press(t("seed"), "Enter")
        page.wait_for_selector(t("card"))
        assert "must be a whole number" in page.inner_text(t("card"))
        page.click(t("language"))
        says(page, "card", "必须是 0 至 999999999 的整数")
        page.click(t("language"))
        page.click(t("card-close"))
        page.wait_for_selector(t("card"), state="detached")


def test_worlds_survive_a_reset_a_lesson_and_a_copied_tab(open_page):
    page = open_page("?scale=0.02&seed=8&month=7")
    until_month(page, "2021-07")
    slide(page, "lever-rebate", 0.2)
    says(page, "events", "2021-08 Rebate on spending 20 %")
    page.click(t("reset"))
    page.wait_for_function(f"document.querySelector(`{t('date')}`)?.textContent.includes('start')")
    page.click(t("kept-undo"))
    until_month(page, "2021-07")
    says(page, "events", "2021-08 Rebate on spending 20 %")
    says(page, "undo", "Undo: back to the worlds before")
    slide(page, "lever-rent_subsidy", 0.3)
    says(page, "undo", "Undo: Rent subsidy 30 % (Zhengzhou)")
    page.click(t("undo"))  # it waits for its month
    page.wait_for_function(f"!document.querySelector(`{t('events')}`).textContent.includes('Rent subsidy 30')")
    slide(page, "lever-rent_subsidy", 0.3)
    says(page, "undo", "Undo: Rent subsidy 30 %")
    page.click(t("step"))
    until_month(page, "2021-08")
    page.keyboard.press("u")  # it has acted: the month is told again without it
    says(page, "kept", "2021-08 Rebate on spending 20 % (Zhengzhou), 2021-08 Rent subsidy 30 % (Zhengzhou)")
    until_month(page, "2021-08")
    page.wait_for_function("document.querySelectorAll('.md-kept img').length === 2")
    page.check(t("kept-mark-now"))
    page.locator("[data-testid^='kept-mark-']:not([data-testid='kept-mark-now'])").first.check()
    page.click(t("kept-compare"))
    page.wait_for_function(f"document.querySelector(`{t('map-1')}`).offsetWidth > 50")
    until_month(page, "2021-08")
    says(page, "undo", "Undo: back to the worlds before")
    page.click(t("undo"))
    page.wait_for_function(f"document.querySelector(`{t('map-1')}`).offsetWidth === 0")
    slide(page, "month", 7)
    until_month(page, "2021-07")
    page.wait_for_function("JSON.parse(sessionStorage.getItem('microdrama-run')).links[0].endsWith('month=7')")
    stored = page.evaluate("sessionStorage.getItem('microdrama-run')")
    page.context.add_init_script(
        f"if (!sessionStorage.getItem('microdrama-run')) sessionStorage.setItem('microdrama-run', {stored!r})"
    )
    copy = open_page("?scale=0.02&seed=8&month=7", context=page.context)
    until_month(copy, "2021-07")
    copy.click(t("step"))
    until_month(copy, "2021-08")
    page.click(t("step"))
    until_month(page, "2021-08")
    page.click(t("step"))
    until_month(page, "2021-09")
    assert month(copy) == "2021-08"


def test_worlds_survive_a_restart_of_the_server(open_page, results):
    port = free_port()
    process = served(port, results)
    page = open_page("?scale=0.02&month=3", at=f"http://127.0.0.1:{port}")
    until_month(page, "2021-03")
    slide(page, "lever-rebate", 0.2)
    says(page, "events", "2021-04 Rebate on spending 20 %")
    page.click(t("step"))
    until_month(page, "2021-04")
    page.click(t("reset"))
    says(page, "kept", "2021-04 Rebate on spending 20 %")
    page.click(t("kept-undo"))
    slide(page, "lever-rent_subsidy", 0.3)
    says(page, "events", "2021-05 Rent subsidy 30 %")
    page.click(t("step"))
    until_month(page, "2021-05")
    page.click(t("reset"))
    page.wait_for_function("document.querySelectorAll('.md-kept img').length === 1")
    page.click(t("kept-undo"))
    until_month(page, "2021-05")
    page.wait_for_function("JSON.parse(sessionStorage.getItem('microdrama-run')).links[0].endsWith('month=5')")
    process.kill()
    process.wait(10)
    page.evaluate("window.old = true")
    process = served(port, results)
    page.wait_for_function("!window.old && window.__frames > 0", timeout=90000)
    until_month(page, "2021-05")
    says(page, "events", "2021-04 Rebate on spending 20 %")
    page.click(t("undo"))
    page.wait_for_function(f"!document.querySelector(`{t('events')}`).textContent.includes('Rent subsidy 30')")
    says(page, "events", "2021-04 Rebate on spending 20 %")
    says(page, "kept", "2021-05 Rent subsidy 30 %")
    page.close()
    process.terminate()
    process.wait(10)
    open_page.wrong[:] = [w for w in open_page.wrong if not re.search("WebSocket|ERR_|Failed to load|[Cc]onnection", w)]


def test_a_zone_is_drawn_on_the_map_and_says_who_moved_into_it(open_page):
    page = open_page("?scale=0.05&month=25")
    until_month(page, "2023-01")
    page.click(f"{t('zone-box')} summary")
    page.click(t("zone-act"))
    says(page, "zone-note", "Draw the zone first")
    page.click(t("zone-draw"))
    page.locator(t("map-0")).scroll_into_view_if_needed()
    box = page.locator(t("map-0")).bounding_box()
    page.mouse.click(box["x"] + 3, box["y"] + box["height"] - 3)
    says(page, "zone-note", "outside every city")
    x, y, w, v = page.locator(t("map-0")).evaluate("e => e.labels[7]")
    x, y = box["x"] + x + w / 2, box["y"] + y + v + 35
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 25, y, steps=4)
    page.mouse.up()
    says(page, "zone-note", "Zhengzhou:")
    drawn = [float(page.input_value(t(f"zone-{name}"))) for name in ("east", "north", "radius")]
    assert drawn[1] > 0 and drawn[2] >= 2
    told = []
    for radius in ("70", "70", "0.5"):  # the same error twice is said twice
        page.fill(t("zone-east"), "0.9")
        page.fill(t("zone-radius"), radius)
        page.click(t("zone-act"))
        page.wait_for_function(
            "n => +document.querySelector('[data-told]').dataset.told > n", arg=len(told) and told[-1]
        )
        told.append(int(page.get_attribute("[data-told]", "data-told")))
        says(page, "zone-note", "radius must be" if radius == "70" else "too small")
    for name, value in zip(("east", "north", "radius"), ("4", "3", "5")):
        page.fill(t(f"zone-{name}"), value)
    page.fill(t("zone-size"), "100")
    page.click(t("zone-act"))
    says(page, "zone-note", "Acts from 2023-02 on")
    says(page, "zones", "Zone 1 of Zhengzhou (Rent subsidy 100 %)")
    says(page, "events", "2023-02 Rent subsidy 100 % in zone 1")
    page.select_option(t("zone-what"), "park_services")
    for name, value in zip(("east", "north", "radius"), ("4", "3", "5")):
        page.fill(t(f"zone-{name}"), value)
    page.fill(t("zone-size"), "20000")
    page.click(t("zone-act"))
    says(page, "zones", "Services for studios")
    page.click(t("step"))
    until_month(page, "2023-02")
    assert re.search(
        r"in 1 month \d+ came from the rest of the city, \d+ from other cities", page.inner_text(t("zones"))
    )
    slide(page, "month", 38)
    says(page, "zones", "in 12 months")
    until_month(page, "2024-02")
    line = re.search(r"in 12 months (\d+) came from .*, (\d+) from .*, (\d+) were founded", page.inner_text(t("zones")))
    assert sum(map(int, line.groups())) > 0
    shot(page, "zone")
    link = page.evaluate("JSON.parse(sessionStorage.getItem('microdrama-run')).links[0]")
    other = open_page("?" + link)
    until_month(other, "2024-02")
    says(other, "zones", line[0])
    page.click(t("zone-end-1-rent_subsidy"))
    says(page, "events", "2024-03 Rent subsidy ✕ in zone 1")


def test_numbers_of_a_place_are_under_the_pointer(open_page):
    page = open_page("?scale=0.02&month=14")
    until_month(page, "2022-02")
    x, y, w, v = page.locator(t("map-0")).evaluate("e => e.labels[7]")
    page.locator(t("map-0")).hover(position={"x": x + w / 2, "y": y + v / 2})
    page.wait_for_selector(t("tip-0"))
    assert "Zhengzhou" in page.inner_text(t("tip-0")) and "studios" in page.inner_text(t("tip-0"))
    page.locator(t("map-0")).hover(position={"x": x + w / 2, "y": y + v + 20})
    says(page, "tip-0", "of office space vacant")
    assert re.search(r"office rent [+-]?\d+ % since 2020", page.inner_text(t("tip-0")))
    vx, vy, _ = page.locator(t("map-0")).evaluate("e => e.venues[7]")
    page.locator(t("map-0")).hover(position={"x": vx, "y": vy})
    says(page, "tip-0", "venues (sales halls, villas, banquet halls, idle hotels) for ")
    assert re.search(r"for (1 crew|\d+ crews), \d+ % used", page.inner_text(t("tip-0")))
    page.locator(t("map-0")).click(position={"x": x + w / 2, "y": y + v / 2})
    says(page, "inspect-card", "City: Zhengzhou")
    page.click(t("language"))
    says(page, "inspect-card", "郑州")
    assert not re.search("[A-Za-z]{4}", page.inner_text(t("inspect-card")))
    assert page.locator(".md-key li").count() == 8
