"""Makes the figures of the gallery and the tutorials, with the commands that stand beside them.

``python docs/generate/gallery.py docs`` (``make gallery``): some five minutes. The page needs Chromium.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import sync_playwright

from microdrama.experiments import cli

QUESTION = "zhengzhou rebate 10% from 2026-01 budget 50m/year"
PORT = 8931


def shrink(source: Path, target: Path, width: int) -> None:
    """A picture so many pixels wide, with few colours."""
    picture = Image.open(source).convert("RGB")
    size = width, round(picture.height * width / picture.width)
    picture.resize(size, Image.Resampling.LANCZOS).quantize(64).save(target, optimize=True)


@contextmanager
def served():
    """The live page on a port of its own."""
    words = [sys.executable, "-m", "microdrama.experiments.cli", "dashboard", "--port", str(PORT)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{PORT}/"
        for _ in range(120):
            try:
                urlopen(address, timeout=2)
                break
            except OSError:
                time.sleep(1)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def photograph(target: Path) -> None:
    """The live page late in 2028."""
    with served() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1360, "height": 860})
        page.goto(address, timeout=120_000)
        page.get_by_text("Play", exact=False).first.wait_for(timeout=120_000)
        page.keyboard.press("Space")
        page.wait_for_function("document.body.innerText.includes('2028-10')", timeout=240_000)
        page.keyboard.press("Space")
        page.wait_for_timeout(1000)
        page.screenshot(path=target)
        browser.close()


def main(docs: Path) -> None:
    """Write all figures into ``docs/_static/gallery``."""
    out = docs / "_static" / "gallery"
    out.mkdir(parents=True, exist_ok=True)
    study = "\n".join(re.findall(r"```toml\n(.*?)```", (docs / "tutorial_run.md").read_text(encoding="utf-8"), re.S))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rebate.toml").write_text(study, encoding="utf-8")
        cli.main(["ask", QUESTION, "--seeds", "4", "--out", str(folder / "ask")])
        cli.main(["study", str(folder / "rebate.toml"), "--out", str(folder / "rebate")])
        photograph(folder / "page.png")
        shrink(folder / "ask" / "answer.png", out / "ask.png", 1100)
        shrink(folder / "ask" / "why.png", out / "why.png", 900)
        shrink(folder / "rebate" / "answer.png", out / "rebate.png", 1000)
        shrink(folder / "page.png", out / "page.png", 1360)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("docs", type=Path)
    main(parser.parse_args().docs)
