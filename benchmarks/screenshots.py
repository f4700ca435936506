"""Pictures of every state of the live page at four sizes, to be looked at.

``python -m benchmarks.screenshots --out DIR``: a laptop, a projector, a phone, and a laptop in dark colours at a zoom
of 200 %. Each state is told from a link or from what a visitor would press; ``--only WORD ...`` makes those whose names
hold one of the words.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.dashboard import FLAGS, Server
from benchmarks.visitor import Visitor

SIZES: dict[str, dict[str, Any]] = {
    "1280x720": {"viewport": {"width": 1280, "height": 720}},
    "1920x1080": {"viewport": {"width": 1920, "height": 1080}},
    "390x844": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "zoomed-dark": {"viewport": {"width": 640, "height": 360}, "device_scale_factor": 2, "color_scheme": "dark"},
}
"""The last is 1280 x 720 in dark colours at a zoom of 200 %, which leaves half as many pixels of the page's own."""
ZONE = "30~rent_subsidy~zhengzhou~1~zone=4:3:5,30~park_services~zhengzhou~20000~zone=4:3:5"
TWO = "?scale=0.1&month=60&s2=baseline&do2=24~rebate~zhengzhou~0.3"


def t(name: str) -> str:
    """The selector of a part of the page."""
    return f"[data-testid='{name}']"


def until_month(page: Any, month: str) -> None:
    """Wait until a month is on the map."""
    page.wait_for_function(
        "month => document.querySelector(`[data-testid='date']`).textContent === month"
        " && document.querySelector(`[data-testid='note']`)?.textContent === ''",
        arg=month,
        timeout=180000,
    )


def open_box(page: Any, name: str) -> None:
    """Open a fold and bring it into view."""
    box = page.locator(t(name))
    if box.get_attribute("open") is None:
        box.locator("summary").first.click()
    box.scroll_into_view_if_needed()


def panel(name: str) -> Callable[[Any], None]:
    """A tab at the right."""
    return lambda page: page.click(t(f"panel-{name}"))


def inspected(kind: str) -> Callable[[Any], None]:
    """The first of a kind, with what is known of it."""

    def act(page: Any) -> None:
        page.click(t("panel-inspect"))
        page.select_option(t("inspect-kind"), kind)
        page.locator(f"{t('inspect-list')} button").first.click()
        page.wait_for_selector(f"{t('inspect-card')} h3")
        page.locator(t("inspect-card")).scroll_into_view_if_needed()

    return act


def results(view: str) -> Callable[[Any], None]:
    """A view of a sweep."""

    def act(page: Any) -> None:
        page.wait_for_selector(t("x-table"))
        page.select_option(t("x-view"), view)

    return act


def wrong_number(page: Any) -> None:
    """A mistake in a field of the form."""
    page.fill(t("seed"), "lucky")
    page.press(t("seed"), "Enter")
    page.wait_for_selector(t("card"))


def lesson(page: Any) -> None:
    """A step of the lesson with its answer."""
    page.click(t("tab-lesson"))
    page.click(t("lesson-1"))
    page.click(t("predict-xian"))
    page.wait_for_selector(t("reveal"), timeout=120000)


def zone(page: Any) -> None:
    """Zones beside the map, and one being drawn."""
    open_box(page, "zone-box")
    for name, value in (("east", "-4"), ("north", "-5"), ("radius", "4")):
        page.fill(t(f"zone-{name}"), value)
    page.locator(t("zone-act")).scroll_into_view_if_needed()


def kept(page: Any) -> None:
    """Two earlier runs and one on show."""
    for seed in ("7", "8"):
        page.fill(t("seed"), seed)
        page.press(t("seed"), "Enter")
        page.wait_for_function("document.querySelector(`[data-testid='date']`).textContent.includes('start')")
        page.click(t("step"))
        until_month(page, "2021-01")
    open_box(page, "kept")


def pressed(*names: str) -> Callable[[Any], None]:
    """Buttons, one after the other; on a small page some are not needed, and not there."""

    def act(page: Any) -> None:
        for name in names:
            if page.is_visible(t(name)):
                page.click(t(name))

    return act


def two_structures(page: Any) -> None:
    """The panel of other structures."""
    open_box(page, "otherwise")


def shared(page: Any) -> str:
    """The address with which others watch the worlds of a page."""
    page.click(t("menu-share"))
    page.click(t("share-toggle"))
    page.wait_for_selector(t("watch-link"))
    address = str(page.input_value(t("watch-link")))
    page.click(t("menu-share"))
    return address


def vote(page: Any) -> None:
    """A step of the lesson as the instructor sees it, with hands counted and the votes shown."""
    page.click(t("tab-lesson"))
    page.click(t("lesson-1"))
    page.wait_for_selector(t("predict-xian"))
    open_box(page, "votes-box")
    open_box(page, "by-hand")
    for number, count in enumerate((12, 5, 9)):
        page.fill(t(f"hand-{number}"), str(count))
        page.press(t(f"hand-{number}"), "Tab")
    page.click(t("vote-show"))
    page.wait_for_selector(t("vote-bars"))


def watched(kind: str) -> Callable[[Any], None]:
    """What who watches sees of a vote: a step of the lesson, or a curve to be drawn."""

    def act(page: Any) -> None:
        owner = page.context.new_page()
        owner.goto(page.url)
        owner.wait_for_selector(t("tab-lesson"))
        until_month(owner, "2023-02")
        if kind == "lesson":
            owner.click(t("tab-lesson"))
            owner.click(t("lesson-1"))
            owner.wait_for_selector(t("predict-xian"))
        else:
            owner.click(f"{t('votes-box')} summary")
            owner.click(t("ask-draw"))
        page.goto(shared(owner))
        page.wait_for_selector(t("voter-name"))
        page.fill(t("voter-name"), "Anna")
        page.click(t("voter-join"))
        page.wait_for_selector(t("voter-rename"))
        if kind == "lesson":
            page.click(t("vote-xian"))
        page.bring_to_front()

    return act


def mission(page: Any) -> None:
    """A mission with its first hint, a few months after its start."""
    page.wait_for_selector(t("mission-hint"))
    page.click(t("mission-hint"))
    page.locator(t("missions")).scroll_into_view_if_needed()


def mission_list(page: Any) -> None:
    """Missions to choose from."""
    page.click(t("tab-lesson"))
    page.locator(t("missions")).scroll_into_view_if_needed()


def game(*pressed_after: str, months: int = 0) -> Callable[[Any], None]:
    """A game of three teams from its form on; so many months after the first, with its debrief if it is over."""

    def act(page: Any) -> None:
        page.click(t("tab-game"))
        page.fill(t("game-months"), "14")
        page.select_option(t("game-scale"), "0.05")
        if months:
            page.click(t("game-start"))
            page.wait_for_selector(t("game-code"))
            teams = [Visitor(page.url.split("/?")[0], f"?play={page.inner_text(t('game-code'))}") for _ in range(3)]
            for team, city, yuan in zip(teams, ("zhengzhou", "xian", "beijing"), (6e7, 3e7, 0)):
                team.until(lambda team=team: "game" in team.last)
                team.ask("join", name="Anna", city=city)
                team.ask("act", what="rebate", size=0.2, yuan=yuan)
            until_month(page, "2022-12")
            page.fill(t("month"), str(24 + months))
            if months < 14:
                until_month(page, f"{2023 + (months - 1) // 12}-{(months - 1) % 12 + 1:02d}")
            else:
                page.wait_for_selector(t("debrief"), timeout=180000)
        pressed(*pressed_after)(page)

    return act


def team(join: bool) -> Callable[[Any], None]:
    """The page of a team, which a second page of the instructor makes possible."""

    def act(page: Any) -> None:
        page.evaluate("sessionStorage.clear()")
        owner = Visitor(page.url.split("/?")[0], "?scale=0.05")
        owner.until(lambda: "frame" in owner.last)
        owner.ask("game_start", seed="1", scale="0.05", first="2022-01", last="2023-12", budget=1e8)
        page.fill(t("play-code"), owner.last["state"]["game"]["code"])
        page.click(t("play-open"))
        page.wait_for_selector(t("play-city-xian"))
        page.fill(t("play-name"), "Anna")
        page.click(t("play-city-xian"))
        if not join:
            return
        page.click(t("play-join"))
        page.wait_for_selector(t("play-me"))
        for name, value in (("play-size-rebate", "0.2"), ("play-money-rebate", "40")):
            page.fill(t(name), value)
        owner.until(lambda: owner.last["state"]["target"] < 0 and owner.last["frame"]["month"] == 12)
        owner.tell("goto", month=20)
        page.wait_for_function("document.querySelector(`[data-testid='play-date']`).textContent.includes('2022')")
        owner.until(lambda: owner.last["frame"]["month"] == 20)

    return act


STATES: dict[str, tuple[str, str, Callable[[Any], None] | None]] = {
    "start": ("?scale=0.1", "", None),
    "one": ("?scale=0.1&month=48", "2024-12", None),
    "full-size": ("?scale=1&month=24", "2022-12", None),
    "vacancy-zoom": ("?scale=0.1&month=48", "2024-12", pressed("mode-vacancy", "zoom")),
    "chinese": ("?scale=0.1&month=48&lang=zh", "2024-12", None),
    "chinese-city": ("?scale=0.1&month=24&lang=zh", "2022-12", inspected("city")),
    "two": (TWO, "2025-12", None),
    "otherwise": (TWO, "2025-12", two_structures),
    "zone": (f"?scale=0.1&month=48&do={ZONE}", "2024-12", zone),
    "present": (TWO, "2025-12", pressed("present")),
    "drawer": ("?scale=0.1&month=24", "2022-12", pressed("present", "drawer")),
    "large": ("?scale=0.1&month=48", "2024-12", pressed("large")),
    "studio": ("?scale=0.1&month=48", "2024-12", inspected("studio")),
    "actor": ("?scale=0.1&month=48", "2024-12", inspected("actor")),
    "base": ("?scale=0.1&month=48", "2024-12", inspected("base")),
    "money": ("?scale=0.1&month=48", "2024-12", panel("money")),
    "table": ("?scale=0.1&month=48", "2024-12", panel("table")),
    "kept": ("?scale=0.05&month=20", "2022-08", kept),
    "share": ("?scale=0.05&month=6", "2021-06", pressed("menu-share")),
    "data": ("?scale=0.05&month=6", "2021-06", pressed("menu-data")),
    "help": ("?scale=0.05&month=6", "2021-06", pressed("help")),
    "lesson": ("?scale=0.1", "", lesson),
    "lesson-list": ("?scale=0.05", "", pressed("tab-lesson")),
    "vote": ("?scale=0.05", "", vote),
    "vote-watch": ("?scale=0.05&month=26", "2023-02", watched("lesson")),
    "draw-watch": ("?scale=0.05&month=26", "2023-02", watched("draw")),
    "mission": ("?s=no_policy&do=24~rebate~zhengzhou~0.3&month=30&mission=thirty", "2023-06", mission),
    "mission-list": ("?scale=0.05", "", mission_list),
    "error": ("?scale=0.05&month=6", "2021-06", wrong_number),
    "bad-link": ("?s=nowhere&scale=0.05&month=-2", "", None),
    "watch": ("?watch=nobody", "", None),
    "game-form": ("?scale=0.05", "", game()),
    "game-board": ("?scale=0.05", "", game(months=8)),
    "game-present": ("?scale=0.05", "", game("present", months=14)),
    "game-chinese": ("?scale=0.05&lang=zh", "", game(months=14)),
    "play-code": ("?play", "", None),
    "play-join": ("?play", "", team(False)),
    "play-team": ("?play", "", team(True)),
    "effects": ("?scale=0.05&tab=results", "", results("effects")),
    "heat": ("?scale=0.05&tab=results", "", results("heat")),
    "paths": ("?scale=0.05&tab=results", "", results("paths")),
}
"""The link, the month to wait for, and what is pressed."""


def a_sweep(folder: Path) -> None:
    """Something to show under Results."""
    from microdrama.experiments.running.sweep import sweep

    study = {
        "title": "Two levers",
        "months": 24,
        "scale": 0.02,
        "seeds": 4,
        "panel": True,
        "factors": {"crisis_strength": [0, 1, 2], "entry_rate": [0.3, 0.6]},
    }
    sweep(study, folder / "two_levers", workers=1)


def pictures(out: Path, only: list[str], sizes: list[str]) -> Iterator[Path]:
    """Make them one by one."""
    from playwright.sync_api import sync_playwright

    chosen = {name: state for name, state in STATES.items() if not only or any(word in name for word in only)}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        if any("tab=results" in state[0] for state in chosen.values()):
            a_sweep(Path(folder))
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        with Server(MICRODRAMA_RESULTS=folder) as server:
            for size, about in ((size, SIZES[size]) for size in sizes):
                for name, (link, month, act) in chosen.items():
                    context = browser.new_context(reduced_motion="reduce", **about)
                    context.set_default_timeout(30000)
                    page = context.new_page()
                    page.goto(server.address + "/" + link)
                    page.wait_for_function(
                        "(window.__frames > 0 && window.__ready) || document.querySelector(`[data-testid='card']`)",
                        timeout=60000,
                    )
                    if month:
                        until_month(page, month)
                    if act:
                        act(page)
                    page.wait_for_timeout(400)  # the last redraw
                    path = out / f"{name}-{size}.png"
                    page.screenshot(path=path)
                    context.close()
                    yield path


def main() -> None:
    """Make the pictures and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", metavar="DIR", default="build/screenshots", help="folder of the pictures")
    parser.add_argument("--only", metavar="WORD", nargs="*", default=[], help="states whose names hold one of these")
    parser.add_argument("--sizes", choices=SIZES, nargs="*", default=[*SIZES], help="the sizes (all)")
    chosen = parser.parse_args()
    if not shutil.which("chromium"):
        parser.error("no chromium on this machine: make chromium")
    if unknown := [word for word in chosen.only if not any(word in name for name in STATES)]:
        parser.error(f"no state has '{unknown[0]}' in its name (states: {', '.join(STATES)})")
    out = Path(chosen.out)
    out.mkdir(parents=True, exist_ok=True)
    for path in pictures(out, chosen.only, chosen.sizes):
        print(path)


if __name__ == "__main__":
    main()
