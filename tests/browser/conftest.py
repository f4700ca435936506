"""A server, a browser, and a page on which any error, failed request or request to elsewhere fails the test."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from pages import warmed

CHROMIUM = shutil.which("chromium")
ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "build" / "browser"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]


def pytest_collection_modifyitems(items):
    if CHROMIUM is None and not os.environ.get("CI"):  # there it must not be missing
        skip = pytest.mark.skip(reason="no chromium on this machine: apt-get install chromium")
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(skip)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(words, port, **told):
    """A process that answers on a port."""
    process = subprocess.Popen(
        words, cwd=ROOT, env=os.environ | told, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    for _ in range(1800):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).read()
            return process
        except OSError:
            assert process.poll() is None, process.stderr.read().decode()
            time.sleep(0.1)
    raise AssertionError("the server did not start")


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    from microdrama.experiments.running.sweep import sweep

    warmed()
    root = tmp_path_factory.mktemp("results")
    study = {
        "title": "Two levers",
        "months": 6,
        "scale": 0.02,
        "seeds": 2,
        "panel": True,
        "factors": {"crisis_strength": [0, 1], "entry_rate": [0.3, 0.6]},
    }
    sweep(study, root / "one", workers=1)
    return root


class Server(str):
    """Its address, and how much memory it has."""

    def __new__(cls, address, pid):
        server = super().__new__(cls, address)
        server.pid = pid
        return server

    def megabytes(self):
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def served(port, results, **told):
    """The page for tests on a port; ``told`` is more of its environment."""
    return started(
        [sys.executable, str(Path(__file__).parent / "serve.py"), str(port)],
        port,
        MICRODRAMA_RESULTS=str(results),
        MICRODRAMA_VISITORS="22",
        MICRODRAMA_SEEDS="2",
        MICRODRAMA_ABSENT_SECONDS="3",
        PYTHONPATH=str(ROOT),
        **told,
    )


@pytest.fixture(scope="session")
def server(results):
    port = free_port()
    process = served(port, results)
    yield Server(f"http://127.0.0.1:{port}", process.pid)
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        yield play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@pytest.fixture
def open_page(browser, server):
    """Opens pages; at the end of the test nothing may have gone wrong in any of them."""
    contexts, wrong = [], []

    def note(page):
        page.on("console", lambda m: wrong.append(f"console: {m.text}") if m.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("response", lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        page.on("request", lambda r: wrong.append(f"elsewhere: {r.url}") if not here(r.url) else None)

    def here(url):
        return url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))

    def opened(search="?scale=0.02", *, at=server, width=1280, height=720, motion="reduce", context=None, **more):
        if context is None:
            context = browser.new_context(
                viewport={"width": width, "height": height}, reduced_motion=motion, accept_downloads=True, **more
            )
            context.set_default_timeout(30000)
            contexts.append(context)
        page = context.new_page()
        note(page)
        page.goto(at + "/" + search)
        there = "(window.__frames > 0 && window.__ready) || document.querySelector('[data-testid=card]')"
        page.wait_for_function(there, timeout=60000)
        return page

    opened.wrong = wrong
    yield opened
    for context in contexts:
        context.close()
    assert not wrong, wrong


def shot(page, name):
    """A screenshot kept under build/browser."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


class Wire:
    """A connection that can be cut: forwards a port to another."""

    def __init__(self, to):
        self.to, self.up, self._pairs = to, True, []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        self.up = False
        for end in self._pairs:
            with contextlib.suppress(OSError):  # the browser may have gone first
                end.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def mend(self):
        self.up = True

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            if not self.up:
                client.close()
                continue
            far = socket.create_connection(("127.0.0.1", self.to))
            self._pairs += [client, far]
            for a, b in ((client, far), (far, client)):
                threading.Thread(target=self._pump, args=(a, b), daemon=True).start()

    def _pump(self, a, b):
        with contextlib.suppress(OSError):
            while data := a.recv(65536):
                b.sendall(data)
        for end in (a, b):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
