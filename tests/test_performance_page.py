"""The page of performance quotes what benchmarks print."""

import importlib.util
from pathlib import Path

from benchmarks.page import QUOTED, renewed

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


def test_text_and_tables_are_put_between_the_comments():
    page = "a\n<!-- python -m benchmarks.one -->\nold\n<!-- end -->\nb\n"
    page += "<!-- python -m benchmarks.two 3 -->\n<!-- end -->\n"
    said = {"benchmarks.one": "1.0 s\n", "benchmarks.two 3": "| x |\n|---|\n| 2 |\n"}
    assert renewed(page, said.__getitem__) == (
        "a\n<!-- python -m benchmarks.one -->\n```text\n1.0 s\n```\n<!-- end -->\nb\n"
        "<!-- python -m benchmarks.two 3 -->\n| x |\n|---|\n| 2 |\n<!-- end -->\n"
    )
    assert renewed(renewed(page, said.__getitem__), said.__getitem__) == renewed(page, said.__getitem__)


def test_the_page_quotes_benchmarks_that_are_there():
    quoted = QUOTED.findall(PAGE.read_text(encoding="utf-8"))
    assert len(quoted) >= 5
    for _, command, _ in quoted:
        assert importlib.util.find_spec(command.split()[0])
    assert "-->\n<!-- end -->" not in PAGE.read_text(encoding="utf-8"), "a benchmark has not been run"
