"""The command that a page prints "to repeat it" makes the same answer from the same runs."""

import re
import shlex
from html import unescape

import pytest

from microdrama.experiments import cli
from microdrama.experiments.reports import study_page
from worlds import Here

STUDY = """
title = "Founders"
months = 4
scale = 0.02
seeds = 2
outputs = ["studios"]
[parameters]
entry_rate = 4.0
start_fill = 1.0
[factors]
entry = [true, false]
[register]
question = "What do founders do?"
hypothesis = "They found."
metric = "studios"
analysis = "effects"
overturned_by = "More studios without founders."
[quick]
months = 3
"""
SMALL = ("--months", "13", "--scale", "0.02")
COMMANDS = (
    ("study", "own study.toml", "--quick"),
    ("study", "own study.toml", "--cities", "placebos", "--workers", "1"),
    ("main", "no_crisis", *SMALL, "--seeds", "2", "--set", "entry=false", "--set", "exit=false"),
    ("sensitivity", "entry_rate", "start_fill", *SMALL, "--size", "2", "--outcome", "studios"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:3]))
def test_the_command_on_the_page_repeats_it(words, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    sweep = study_page.sweep
    monkeypatch.setattr(study_page, "sweep", lambda *args, **how: sweep(*args, **(how | {"executor": Here})))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own study.toml").write_text(STUDY, encoding="utf-8")
    assert cli.main([*words, "--out", "first"]) == 0
    page = (tmp_path / "first" / "index.html").read_text(encoding="utf-8")
    (printed,) = re.findall(r"<h2>To repeat it</h2>\s*<p><code>(.*?) DIR</code>", page)
    program, *again = shlex.split(unescape(printed))
    assert program == "microdrama" and "--workers" not in again
    assert cli.main([*again, "again"]) == 0
    for name in ("runs.parquet", "answer.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "first" / name).read_bytes()
