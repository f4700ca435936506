"""Speed of the live page: in Chromium for one visitor, with browser-free clients for a class, measured in one run.

``make bench`` or ``python -m benchmarks.dashboard [--quick] [--json FILE]``. Months a second are given beside those of
the bare model in the same run, so that a slow machine shows as such; quote the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.visitor import Visitor
from microdrama.model import MicroDramaEconomy

ROOT = Path(__file__).parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Server:
    """The page in a process of its own; ``cpu`` is the processor time it has taken, ``told`` its environment."""

    def __init__(self, **told: str) -> None:
        self.told = told

    def __enter__(self) -> Server:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        words = [
            sys.executable,
            "-m",
            "microdrama.dashboards.serve",
            "run",
            "microdrama.dashboards.pages.app",
            "--production",
            "--no-open",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        told = {
            "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
            "SOLARA_THEME_SHOW_BANNER": "false",
            "MICRODRAMA_VISITORS": "60",
        }
        begin = time.perf_counter()
        self.process = subprocess.Popen(
            words, cwd=ROOT, env=os.environ | told | self.told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.address = f"http://127.0.0.1:{port}"
        while True:
            try:
                urllib.request.urlopen(f"{self.address}/readyz", timeout=2).read()
                break
            except OSError:
                if time.perf_counter() - begin > 120:
                    raise
                time.sleep(0.05)
        self.started = time.perf_counter() - begin
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)

    @property
    def cpu(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def megabytes(self) -> float:
        """Memory it has."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / 1e6


def memory(visitors: int, seconds: float = 120) -> dict[str, float]:
    """Megabytes of a server at the start, after a class has gone, while a second one is there, and once it has gone."""
    with Server(MICRODRAMA_ABSENT_SECONDS="4") as server:

        def come(count: int) -> list[Visitor]:
            pages = [Visitor(server.address, f"?scale=0.1&seed={n}&month=12") for n in range(count)]
            for page in pages:
                page.until(lambda page=page: page.last.get("frame", {}).get("month") == 12, 600)
            return pages

        def gone(pages: list[Visitor], most: float) -> float:
            for page in pages:
                page.close()
            end = time.monotonic() + seconds
            least = server.megabytes
            while time.monotonic() < end and least > most:
                time.sleep(0.5)
                least = min(least, server.megabytes)
            return least

        start = gone(come(2), 0.0)
        before = gone(come(visitors), 0.0)  # what a first class leaves, as threads and caches do, stays
        pages = come(visitors)
        peak, begin = server.megabytes, time.monotonic()
        after = gone(pages, 1.01 * before)
        return {"start": start, "before": before, "peak": peak, "after": after, "seconds": time.monotonic() - begin}


def bare(scale: float, months: int = 48, skip: int = 24) -> float:
    """Months a second of the model alone."""
    economy = MicroDramaEconomy(rng=1, scale=scale)
    economy.run_for(skip)
    begin = time.perf_counter()
    economy.run_for(months - skip)
    return (months - skip) / (time.perf_counter() - begin)


def in_browser(server: Server, scale: float, two: bool, speed: int, seconds: float) -> dict[str, float]:
    """One visitor in Chromium: cold start, step, months and redraws a second, pause, bytes a frame."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        begin = time.perf_counter()
        page.goto(f"{server.address}/?scale={scale}&month=24" + ("&s2=no_crisis" if two else ""))
        page.wait_for_function("window.__frames > 0 && window.__redraws > 0", timeout=60000)
        first = time.perf_counter() - begin
        date = "document.querySelector('[data-testid=date]').textContent"
        page.wait_for_function(f"{date} === '2022-12'", timeout=120000)
        steps = [
            page.evaluate("""() => new Promise((done) => {
            const [begin, frames] = [performance.now(), window.__frames];
            document.querySelector('[data-testid=step]').click();
            const look = () => window.__frames > frames ? requestAnimationFrame(() => done(performance.now() - begin))
                                                        : requestAnimationFrame(look);
            look();
        })""")
            for _ in range(5)
        ]
        page.click(f"[data-testid=speed-{speed}]")
        page.click("[data-testid=play]")
        page.wait_for_timeout(1000)
        before, cpu = page.evaluate("[window.__frames, window.__redraws, performance.now()]"), server.cpu
        page.wait_for_timeout(1000 * seconds)
        after, used = page.evaluate("[window.__frames, window.__redraws, performance.now()]"), server.cpu - cpu
        size = page.evaluate("window.__bytes")
        pause = page.evaluate("""() => new Promise((done) => {
            const [begin, play] = [performance.now(), document.querySelector('[data-testid=play]')];
            play.click();
            const look = () => play.textContent.includes('Play') ? done((performance.now() - begin) / 1000)
                                                                 : requestAnimationFrame(look);
            look();
        })""")
        browser.close()
    span = (after[2] - before[2]) / 1000
    return {
        "first_s": first,
        "step_ms": statistics.median(steps),
        "months_s": (after[0] - before[0]) / span,
        "redraws_s": (after[1] - before[1]) / span,
        "bytes": size,
        "pause_s": pause,
        "cpu": used / span,
    }


def class_of(server: Server, visitors: int, watchers: int, seconds: float, speed: int = 8) -> dict[str, float]:
    """Private visitors, or watchers of one run: months each gets a second (the slowest and the median)."""
    owners = [Visitor(server.address, f"?scale=0.1&seed={n}&month=24") for n in range(visitors)]
    for owner in owners:
        owner.until(lambda owner=owner: owner.last.get("frame", {}).get("month") == 24, 300)
        owner.tell("speed", value=speed)
    pages = owners
    if watchers:
        owners[0].tell("share", on=True)
        owners[0].until(lambda: owners[0].last["state"]["shared"])
        pages = [Visitor(server.address, f"?watch={owners[0].last['state']['shared']}") for _ in range(watchers)]
        for page in pages:
            page.until(lambda page=page: page.frames)
    for owner in owners:
        owner.tell("play")
    time.sleep(1)
    begin, before, cpu = time.perf_counter(), [page.frames for page in pages], server.cpu
    time.sleep(seconds)
    span = time.perf_counter() - begin
    rates = sorted((page.frames - had) / span for page, had in zip(pages, before))
    used = (server.cpu - cpu) / span
    for page in {*pages, *owners}:
        page.close()
    return {"slowest": rates[0], "median": statistics.median(rates), "cpu": used}


def game_of(server: Server, teams: int, watchers: int, seconds: float, speed: int = 4) -> dict[str, float]:
    """A game of mayors: months its pages get a second, seconds until a choice is answered, until a team is back."""
    owner = Visitor(server.address, "?scale=0.1")
    owner.until(lambda: "frame" in owner.last)
    told = owner.ask("game_start", seed="1", scale="0.1", first="2023-01", last="2027-12", budget=1e8)
    assert not told, told
    owner.until(lambda: owner.last["frame"]["month"] == 24 and owner.last["state"]["target"] < 0, 300)
    game = owner.last["state"]["game"]
    cities = list(game["names"])[:teams]
    pages = [Visitor(server.address, f"?play={game['code']}") for _ in cities]
    for page, city in zip(pages, cities):
        page.until(lambda page=page: "game" in page.last)
        assert page.ask("join", name=city, city=city) == {}
    seen = [Visitor(server.address, f"?watch={owner.last['state']['shared']}") for _ in range(watchers)]
    for page in seen:
        page.until(lambda page=page: page.frames)
    owner.tell("speed", value=speed)
    owner.tell("play")
    time.sleep(1)
    every = [owner, *pages, *seen]
    begin, before, cpu, answers = time.perf_counter(), [page.frames for page in every], server.cpu, []
    for turn in range(10**6):
        if time.perf_counter() - begin > seconds:
            break
        asked = time.perf_counter()
        pages[turn % teams].ask("act", what="rebate", size=0.1 + 0.01 * (turn % 9), yuan=5e7)
        answers.append(time.perf_counter() - asked)
        time.sleep(0.2)
    span = time.perf_counter() - begin
    rates = [(page.frames - had) / span for page, had in zip(every, before)]
    used = (server.cpu - cpu) / span
    token = pages[0].last["joined"]["token"]
    pages[0].close()
    asked = time.perf_counter()
    back = Visitor(server.address, f"?play={game['code']}", token=token)
    back.until(lambda: "choices" in back.last.get("game", {}))
    back_s = time.perf_counter() - asked
    sizes = [size for page in pages for _, size in page.at]
    owner.tell("game_end")
    for page in (*every[2:], back, owner):
        page.close()
    return {
        "owner": rates[0],
        "team": min(rates[1 : 1 + teams]),
        "watcher": min(rates[1 + teams :]),
        "answer_ms": 1000 * statistics.median(answers),
        "slowest_ms": 1000 * max(answers),
        "back_s": back_s,
        "bytes": statistics.median(sizes),
        "cpu": used,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds for each measurement")
    parser.add_argument("--json", metavar="FILE", help="write all measurements")
    chosen = parser.parse_args()
    seconds = 3 if chosen.quick else 8
    found: dict[str, Any] = {}
    bare(0.02)  # compiled
    with Server() as server:
        print(f"server ready after {server.started:.1f} s; load of the machine {os.getloadavg()[0]:.1f}")
        if shutil.which("chromium"):
            for name, scale, two, speed in (
                ("two worlds, classroom size", 0.1, True, 8),
                ("one world, full size", 1.0, False, 8),
            ):
                model = bare(scale)
                got = found[name] = in_browser(server, scale, two, speed, seconds) | {"bare_s": model}
                print(f"{name}, asked for {speed} months a second:")
                print(
                    f"  first map {got['first_s']:.1f} s, step click to picture {got['step_ms']:.0f} ms, "
                    f"pause {got['pause_s']:.2f} s"
                )
                print(
                    f"  {got['months_s']:.1f} months and {got['redraws_s']:.0f} redraws a second, "
                    f"{got['bytes'] / 1000:.1f} kB a frame, {got['cpu']:.2f} cores; "
                    f"bare model {model:.0f} months a second a world"
                )
        else:
            print("no chromium: the browser was not measured")
        worlds = 10 if chosen.quick else 50
        got = found["memory"] = memory(worlds)
        print(
            f"memory: {got['start']:.0f} MB at the start, {got['before']:.0f} MB after {worlds} visitors, "
            f"{got['peak']:.0f} MB with {worlds} visitors, {got['after']:.0f} MB "
            f"({100 * (got['after'] / got['before'] - 1):+.0f} %) {got['seconds']:.0f} s after they had gone"
        )
        for visitors, watchers in ((1, 0), (10, 0), (20, 0), (1, 40)):
            got = found[f"{visitors} private, {watchers} watching"] = class_of(server, visitors, watchers, seconds)
            what = f"{watchers} watching one run" if watchers else f"{visitors} private visitors"
            print(
                f"{what}, asked for 8 months a second: {got['median']:.1f} each "
                f"(slowest {got['slowest']:.1f}), {got['cpu']:.2f} cores"
            )
        got = found["game"] = game_of(server, 8, 40, seconds)
        print(
            f"a game of 8 teams, 40 watching, asked for 4 months a second: {got['owner']:.1f} (slowest watcher "
            f"{got['watcher']:.1f}), {got['cpu']:.2f} cores; a choice is answered in {got['answer_ms']:.0f} ms "
            f"(slowest {got['slowest_ms']:.0f}), a team is back after {got['back_s']:.1f} s, "
            f"{got['bytes']:.0f} bytes a message"
        )
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
