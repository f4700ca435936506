"""The model against known answers, and the known answers against mistakes planted in the model."""

import re

import pytest

from verification.cases import ABSENT, CASES, SUBJECTS
from verification.mutations import MUTATIONS, ROOT, Mutation, Planter

TABLE = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")

HARMLESS = (
    Mutation("a factor of a draw", "model/draws.py", "scale + gumbel[", "scale + 1 * gumbel[", "path_of_offices"),
    Mutation(
        "a factor of space", "model/phases/bases.py", "m2[city] -= given[n]", "m2[city] -= 1 * given[n]", "given_space"
    ),
)


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow if c.slow else []) for n, c in CASES.items()])
def test_the_known_answer_comes_out(name):
    for check in CASES[name].run():
        assert check.holds, check


def test_the_table_in_the_documents_has_every_case_and_no_failure():
    rows = re.findall(r"^\| ([a-z][a-z ]+) \| `.*` \| .* \| .* \| .* \|", TABLE, re.M)
    assert sorted(rows) == sorted(name.replace("_", " ") for name in CASES)
    assert {case.code for case in CASES.values()} == {code for codes in SUBJECTS.values() for code in codes}
    assert "**fails**" not in TABLE
    known = [*(case.code for case in CASES.values()), *ABSENT]
    for number in range(1, 15):
        assert any(re.search(rf"\bV{number}[a-z]?\b", text) for text in known), number


def test_planted_mistakes_are_where_they_say():
    assert len(MUTATIONS) >= 20
    for mutation in (*MUTATIONS, *HARMLESS):
        assert (ROOT / mutation.file).read_text(encoding="utf-8").count(mutation.old) == 1, mutation
        assert mutation.old != mutation.new and mutation.case in CASES


@pytest.fixture(scope="module")
def planter():
    planter = Planter()
    yield planter
    planter.close()


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.what)
def test_a_planted_mistake_is_caught(mutation, planter):
    assert planter.catches(mutation)


@pytest.mark.slow
@pytest.mark.parametrize("change", HARMLESS, ids=lambda m: m.what)
def test_what_changes_nothing_is_not_caught(change, planter):
    assert not planter.catches(change)


def test_what_cannot_be_planted_is_told(planter):
    with pytest.raises(RuntimeError, match="exit code 4"):
        planter.catches(Mutation("a comment", "model/region.py", "from __future__", "from  __future__", "elasticity"))
