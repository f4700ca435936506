"""The page of findings and the ranking of parameters, from tiny studies."""

import json

import pytest

from microdrama.experiments import cli
from microdrama.experiments.commands.sensitivity import ranges
from microdrama.experiments.design.priors import ENSEMBLE
from microdrama.experiments.design.study_file import registered_studies, study_text
from microdrama.experiments.files import code_version
from microdrama.experiments.reports import study_page as study_report
from microdrama.experiments.reports.findings import PITFALLS, Entry, write_findings
from microdrama.experiments.reports.study_page import text_hash
from microdrama.model.errors import InputError
from worlds import Here

STUDY = """
title = "{title}"
months = 4
scale = 0.02
seeds = 3
outputs = ["studios", "a_net"]
[parameters]
entry_spread_studios = 100.0
entry_rate = 4.0
start_fill = 1.0
[ensemble]
source = "prior"
size = 3
[factors]
entry = [true, false]
[register]
label = "E{number}"
question = "What do founders do?"
hypothesis = "They found."
metric = "studios"
analysis = "effects"
overturned_by = "More studios without founders."
[register.predicted]
"entry False" = "{sign}"
"""


@pytest.fixture
def here(monkeypatch):
    pytest.importorskip("matplotlib")
    sweep = study_report.sweep
    monkeypatch.setattr(study_report, "sweep", lambda *args, **words: sweep(*args, **(words | {"executor": Here})))


def test_findings_say_what_came_out_whether_expected_or_not(tmp_path, here):
    for number, (title, sign) in enumerate((("Founders", "-"), ("Founders again", "+")), 1):
        (tmp_path / f"s{number}.toml").write_text(STUDY.format(title=title, number=number, sign=sign), encoding="utf-8")
    names = [str(tmp_path / f"s{n}.toml") for n in (1, 2)]
    found = write_findings(tmp_path / "results", tmp_path / "docs", names=names)
    text = (tmp_path / "docs" / "findings.md").read_text(encoding="utf-8")
    assert "## E1: Founders\n" in text and "## E2: Founders again\n" in text
    score = (
        "Of 2 signs predicted, 1 came out as predicted, 0 were not distinguishable from zero, 0 not identified, 1 came "
        "out against"
    )
    assert score in text
    assert "A_net lies from" in text and "3 parameter sets of the prior ensemble" in text
    assert f"registered as `{study_report.registered(found[0].study)}`" in text
    assert str(tmp_path) not in text
    for n in (1, 2):
        assert (tmp_path / "docs" / "_static" / "findings" / f"s{n}.png").read_bytes()[:4] == b"\x89PNG"
        assert (tmp_path / "results" / f"s{n}-quick" / "index.html").is_file()
    again = write_findings(tmp_path / "results", tmp_path / "docs", names=names)
    assert sum(finding.tally.ran for finding in again) == 0
    write_findings(tmp_path / "results", tmp_path / "docs", names=names[:1], quick=False)
    full = (tmp_path / "docs" / "findings-full.md").read_text(encoding="utf-8")
    assert full.startswith("# Findings of full versions") and "(_static/findings-full/s1.png)" in full
    assert (tmp_path / "docs" / "_static" / "findings-full" / "s1.png").is_file() and "`microdrama study s1`" in full
    assert (tmp_path / "docs" / "findings.md").read_text(encoding="utf-8") == text


def test_a_page_grows_study_by_study_and_drops_what_was_registered_anew(tmp_path, here):
    (tmp_path / "s1.toml").write_text(STUDY.format(title="Founders", number=4, sign="-"), encoding="utf-8")
    kept = tmp_path / "docs" / "_static" / "findings-full"
    kept.mkdir(parents=True)
    for name, label, asked in (("nulls", "N", text_hash(study_text("nulls"))), ("window", "E3", "another text")):
        verdicts = [[f"effect of {name}", "against the prediction"]]
        other = Entry(name, label, asked, "0123", "prior", "", verdicts, f"## {label}: said before\n")
        (kept / f"{name}.json").write_text(json.dumps(other._asdict()), encoding="utf-8")
    write_findings(tmp_path / "results", tmp_path / "docs", names=[str(tmp_path / "s1.toml")], quick=False)
    page = (tmp_path / "docs" / "findings-full.md").read_text(encoding="utf-8")
    assert page.index("## E4: Founders\n") < page.index("## N: said before\n") and "E3: said" not in page
    assert "Of 2 signs predicted, 1 came out as predicted" in page and "effect of nulls (nulls)" in page
    assert f"Version of the model: `{code_version()}` (s1); `0123` (nulls)" in page
    assert "Not run in this version yet: anatomy, " in page and "nulls, " not in page.split("yet: ")[1].split("\n")[0]


def test_every_answer_to_a_referee_names_studies_there_are():
    names = {name for name, _, _ in registered_studies()}
    for _, where, _ in PITFALLS:
        assert where in ("all", "tests") or {*where.split(", ")} <= names
    labels = [register["label"] for _, _, register in registered_studies()]
    assert {f"E{n}" for n in range(1, 14)} <= {*labels} and len({*labels}) == len(labels)
    assert labels[:5] == ["E1", "E2", "E2b", "E2c", "E3"]


def test_parameters_are_ranked(tmp_path, here, capsys):
    pytest.importorskip("SALib")
    words = [
        "sensitivity",
        "location_scale",
        "potential_entrants_month",
        "--outcome",
        "studios",
        "--months",
        "8",
        "--scale",
        "0.1",
        "--size",
        "2",
        "--seeds",
        "1",
        "--out",
        str(tmp_path / "out"),
    ]
    assert cli.main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("people who consider founding a studio (potential_entrants_month) ")
    assert lines[1].startswith("spread of tastes over shooting cities (location_scale) ")
    assert "page: " in lines[-1] and (tmp_path / "out" / "answer.png").is_file()


def test_ranges_are_those_of_the_prior_or_half_to_double():
    assert set(ranges([])) == {f.name for f in ENSEMBLE}
    assert ranges(["overhead_yuan_month"]) == {"overhead_yuan_month": {"low": 7500, "high": 30000, "log": False}}
    with pytest.raises(InputError) as error:
        ranges(["location_scal", "policy", "ai_share"])
    assert "did you mean 'location_scale'" in error.value.problems[0]
    assert all("no half and no double" in problem for problem in error.value.problems[1:])
