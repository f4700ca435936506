"""What docs/how_to.md shows works: its changes are made in a copy of the package, its scripts run beside it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "how_to.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.S | re.M))
PLACE = re.compile(r"(?:#|//) ([\w/.]+)(?:, (at the end|after|in place of)(?:: (.*))?)?")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("how_to")]


def blocks(section):
    """Path, place and anchor (empty for a script) and the lines of each block of code."""
    for block in re.findall(r"```(?:python|toml|js)\n(.*?)```", section, re.S):
        head, _, rest = block.partition("\n")
        place = PLACE.fullmatch(head)
        yield (*place.groups(""), rest) if place else ("", "", "", block)


def put(folder, path, where, anchor, lines):
    """Make the change that a block tells of."""
    file = folder / path
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    if where == "at the end":
        after = before + lines
    elif where == "in place of":
        assert before.count(anchor) == 1, f"{path}: '{anchor}' must be there once"
        after = before.replace(anchor, lines.rstrip("\n"))
    else:
        rows = before.splitlines(keepends=True)
        (at,) = [number for number, row in enumerate(rows, 1) if anchor in row]
        after = "".join([*rows[:at], lines, *rows[at:]])
    file.write_text(after, encoding="utf-8")


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """A folder with the package in which all changes of the page were made."""
    home = tmp_path_factory.mktemp("changed")
    package = shutil.copytree(ROOT / "microdrama", home / "microdrama")
    for room in ("model", "experiments", "dashboards"):
        shutil.copytree(ROOT / room, package / room)  # with what is compiled, which is still that of these files
    for section in SECTIONS.values():
        for path, where, anchor, lines in blocks(section):
            if where:
                put(package, path, where, anchor, lines)
    return home


@pytest.mark.parametrize("title", SECTIONS)
def test_the_examples_run(title, changed, tmp_path):
    own = [(path, lines) for path, where, _, lines in blocks(SECTIONS[title]) if not where]
    for path, lines in own:
        (tmp_path / (path or "script.py")).write_text(lines, encoding="utf-8")
    assert any(not path for path, _ in own), "a section has a script that tries its example"
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(changed)},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
