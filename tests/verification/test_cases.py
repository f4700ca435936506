"""The model against known answers, and the known answers against mistakes planted in the model."""

import re

import pytest

from verification.cases import ABSENT, CASES
from verification.mutations import MUTATIONS, ROOT, caught_by

TABLE = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow if c.slow else []) for n, c in CASES.items()])
def test_the_known_answer_comes_out(name):
    for check in CASES[name].run():
        assert check.holds, check


def test_the_table_in_the_documents_has_every_case_and_no_failure():
    rows = re.findall(r"^\| (\w+) \| `", TABLE, re.M)
    assert rows == [case.code for case in CASES.values()]
    assert "**fails**" not in TABLE
    for number in range(1, 15):
        assert any(re.match(rf"V{number}\D?", code) for code in [*rows, *ABSENT]), number


def test_planted_mistakes_are_where_they_say():
    assert len(MUTATIONS) >= 20
    for mutation in MUTATIONS:
        assert (ROOT / mutation.file).read_text(encoding="utf-8").count(mutation.old) == 1, mutation
        assert mutation.old != mutation.new and mutation.case in CASES


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.what)
def test_a_planted_mistake_is_caught(mutation, tmp_path):
    assert caught_by(mutation, tmp_path)


@pytest.mark.slow
def test_what_is_planted_is_what_is_tested(tmp_path):
    """Without a mistake the copy passes."""
    mutation = MUTATIONS[0]
    assert not caught_by(mutation._replace(new=mutation.old), tmp_path)
