"""The page of exercises has the worlds that the generator has, and says what these worlds say."""

import re
from pathlib import Path

import pytest

from generate import exercises
from microdrama.dashboards.session import query_of
from worlds import Here

PAGE = (Path(__file__).parents[1] / "docs" / "exercises.md").read_text(encoding="utf-8")
STALE = "run `make exercises`"


def test_the_page_has_every_exercise_and_its_link():
    for number, each in enumerate(exercises.EXERCISES, 1):
        link = query_of(exercises.stories(each, 1, 0.1), each.month)
        assert f"## {number}. {each.title}\n\n**{each.question}**\n\n{each.steps}\n" in PAGE, STALE
        assert f"`/?{link}`" in PAGE, STALE


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(exercises.EXERCISES)))
def test_what_it_says_of_the_first_seed_is_so(number):
    title = f"## {number + 1}. {exercises.EXERCISES[number].title}\n"
    section = PAGE.split(title)[1].split("\n## ")[0]
    answer = exercises.answered(exercises.EXERCISES[number], 1, 0.1, Here())
    said = re.findall(r"[-+]?[\d,.]+ [^\d;:,]+? under seed 1|Under seed 1 it is [\d.]+ %", answer)
    assert said
    for words in said:
        assert words in section, f"{words}: {STALE}"
