"""The page with the answer says what the tables of the studies say, and so does README."""

import re
from pathlib import Path

import pytest

from microdrama.experiments import cli
from microdrama.experiments.reports import answer
from microdrama.experiments.reports.answer import STUDIES, page, sources, words
from microdrama.model.inputs.parameters import PARAMETERS

ROOT = Path(__file__).parents[2]
IN_README = ("level", "without", "crisis", "jobs", "later", "own", "everywhere", "policy", "policy_jobs", "paid")


def flat(text):
    return re.sub(r"\s+", " ", text)


def test_the_page_in_the_documents_is_made_of_the_tables():
    assert (ROOT / "docs" / "answer.md").read_text(encoding="utf-8") == page(sources(), "_static/answer.png")


def test_readme_has_the_same_numbers():
    text, said = flat((ROOT / "README.md").read_text(encoding="utf-8")), words(sources())
    for name in IN_README:
        assert said[name] in text, name
    for sentence in ("In {up} the crisis", "in {unclear} its effect", "Policy raises it in {policy_up}"):
        assert sentence.format(**said) in text


def test_readme_has_the_channels_and_the_race_of_the_tables():
    text, found = flat((ROOT / "README.md").read_text(encoding="utf-8")), sources()
    part = {row.words: row.effect for row in found.channels()}
    total = found.row("channels", "total", "total all").mean
    assert f"{part['labour'].mean:+.1f} of {total:+.1f} points in small worlds" in text
    assert f"lower land revenue costs {-part['treasury'].mean:.1f} points" in text
    assert max(map(abs, (part["idle space"].low, part["idle space"].high))) < 0.5  # "next to nothing"
    lost = found.row("race", "displaced", "offer.cities 1: displaced")
    assert round(lost.mean / 10) == 9 and "nine in ten are lost in other cities" in text


def test_the_command_that_asks_is_the_one_that_makes_the_table():
    line = f'ask "{answer.ASKED}" --seeds {answer.ASKED_SEEDS} --out'
    assert line in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_numbers_are_those_of_the_tables():
    found = sources()
    rows = [row for row in found.of["crisis_and_policy"].rows if row.name == "city_share_shoot_days_observed"]
    level = {row.kind: row.effect.mean for row in rows}
    assert level["crisis_with_policy"] == pytest.approx(level["mean, crisis and policy"] - level["mean, policy only"])
    monthly = found.row("race", "cost", "offer.cities 1: cost, city").mean
    assert found.cost(1, "city").mean == pytest.approx(12 * monthly)
    own = words(found)
    assert int(own["up"]) + int(own["down"]) + int(own["unclear"]) == int(own["structures"]) == 32
    assert sum(row.effect.mean for row in found.channels()) == pytest.approx(
        found.row("channels", "total", "total all").mean
    )


def test_the_command_prints_it_and_draws_it(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    assert cli.main(["answer", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert said.count("\n\n") == 6 and "What a property crisis does." in said and "**" not in said
    assert (tmp_path / "answer.png").stat().st_size > 20_000 and (tmp_path / "answer.md").is_file()


def test_tables_that_are_not_there_are_named(monkeypatch, capsys):
    monkeypatch.setattr(answer, "is_shipped", lambda name: name != "race")
    assert cli.main(["answer"]) == 2
    assert "the answers of race do not come with this package: `make answer` makes them" in capsys.readouterr().err
    assert "race" in STUDIES


def test_what_the_page_calls_most_important_is_so():
    crisis = max(sources().structures("crisis", "choice"), key=lambda row: abs(row.effect.mean))
    assert crisis.name == "crisis: outside_income_elasticity" and PARAMETERS["outside_income_elasticity"].default == 0.2
    second = sources().structures("crisis", "choice")[1]
    assert second.name == "crisis: land_substitution"
    whole = sources().row("crisis_and_policy", "crisis_with_policy", "city_share_shoot_days_observed").mean
    assert 0.7 < abs(crisis.effect.mean) / whole < 1
