"""Validation: verdicts with a known answer, the nulls, the command."""

import numpy as np
import pytest

from microdrama.experiments.calibration.discrimination import as_page, by_target, in_short
from microdrama.experiments.calibration.validation import (
    NULLS,
    Verdict,
    changes,
    judge,
    rows_of,
    text,
    validate,
    write_verdicts,
)
from microdrama.experiments.cli import main
from microdrama.experiments.design.ensembles import read_ensemble
from microdrama.experiments.outcomes.patterns import Pattern, read_patterns
from microdrama.experiments.outcomes.quantities import Observations, Observer
from microdrama.model import MicroDramaEconomy
from microdrama.model.errors import InputError
from worlds import Here

PATTERNS = """pattern,kind,quantity,city,period,against,low,high,value,sign,factor,use,alternative,refutes,prediction
some firms,level,firms,all,2021-06,,1,1e6,,,,fit,,entry,met: there are some
too many,level,firms,all,2021-06,,1e7,1e8,,,,fit,,,
cheaper,difference,actor_yuan_day,zhengzhou,2021-06,beijing,,,,-,,check,,,
rent,level,rent_yuan_m2_month,zhengzhou,2021-03,,,,78.3,,,check,,,
never,crossing,firms,beijing,2021,zhengzhou,2021-01,2021-03,,,,check,,,
founded,level,entries,all,2021,,1,1e6,,,,check,,entry,above: no
no firms,level,firms,all,2021-06,,0,0,,,,fit,count,,
firms after all,level,firms,all,2021-06,,1,1e6,,,,fit,count,,
known,level,firms,all,2021-06,,1,1e6,,,,input,,,
malls,level,converted_bases,all,2021-06,,0,5,,,,fit,,,
"""


def test_judging_members():
    pattern = Pattern("x", "level", "firms", low=2, high=4)
    ends, share = judge(pattern, np.array([1.0, 2, 3, 4, np.nan]))
    assert list(ends) == [1, 2, 4] and share == 3 / 5
    assert Verdict(pattern, ends[None], np.array([share])).met == [True]
    date = Pattern("x", "crossing", "firms", low=2, high=4)
    ends, share = judge(date, np.array([3.0, np.inf, np.inf]))
    assert ends[1] == np.inf and share == pytest.approx(1 / 3)
    value = Pattern("x", "level", "firms", value=3.5)
    assert judge(value, np.array([1.0, 2, 3, 4]))[1] == 1 and judge(value, np.array([1.0, 2]))[1] == 0
    ends, share = judge(pattern, np.array([np.nan, np.nan]))
    assert np.isnan(ends).all() and share == 0 and Verdict(pattern, ends[None], np.zeros(1)).met == [False]


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    folder = tmp_path_factory.mktemp("validate")
    (folder / "patterns.csv").write_text(PATTERNS, encoding="utf-8")
    (folder / "ensemble.csv").write_text("entry_rate,away_cost\n0.4,0.1\n0.5,0.2\n0.9,0.3\n", encoding="utf-8")
    return folder, validated(folder)


def validated(folder):
    """Three members in the model, the nulls, and without founders."""
    how = {"ensemble": folder / "ensemble.csv", "scale": 0.02, "against": ("nulls", "mechanisms"), "executor": Here}
    return validate(folder / "patterns.csv", folder / "runs", **how)


def test_verdicts_are_those_of_runs_made_by_hand(held):
    folder, found = held
    assert found.worlds == ["model", *NULLS, "entry"] and found.members == 3 and found.months == 12
    patterns = read_patterns(folder / "patterns.csv", MicroDramaEconomy("baseline", rng=1, scale=0.02).cities.slugs)
    values = []
    for seed, member in enumerate(read_ensemble(folder / "ensemble.csv"), 1):
        economy = MicroDramaEconomy("baseline", rng=seed, scale=0.02, keep_series=True, months=12, **member)
        observer = Observer(economy)
        economy.run_for(12)
        seen = Observations.of(observer.table(), 0.02)
        values.append([pattern.of(seen) for pattern in patterns])
    assert [*found.refused] == ["malls"] and "right from scale 0.5 on" in found.refused["malls"]
    for verdict, mine in zip(found.verdicts, np.array(values).T[:-1], strict=True):
        assert verdict.predicted[0] == pytest.approx(judge(verdict.pattern, mine)[0])
    assert [v.met[0] for v in found.verdicts][:3] == [True, False, True]
    assert found.tally(0, "fit") == (2, 3)  # of the two that contradict each other one is enough, and "known" is none


def test_verdicts_in_words(held):
    _, found = held
    said = text(found)
    assert "fitted: model 2 of 3" in said and "below 0" in said and "3 members, 12 months" in said
    assert "predicted, all members" in said and "3 members only: least and most of them, no interval" in said
    assert said.index("never counted") < said.index("known") < said.index("refused: malls: converted_bases")
    rows = rows_of(found)
    assert len(rows) == 9 * (2 + len(NULLS)) and rows[5]["met"] is False and rows[0]["observed"] == "1 to 1e6"


def test_a_second_table_does_not_overwrite_the_verdicts_on_the_first(held, tmp_path):
    _, found = held
    files = [write_verdicts(found, tmp_path, f"{name}.csv") for name in ("a", "b", "a")]
    assert [file.name for file in files] == ["verdicts-a.csv", "verdicts-b.csv", "verdicts-a.csv"]
    other = write_verdicts(found._replace(verdicts=found.verdicts[:2]), tmp_path, "elsewhere/a.csv")
    assert other.name == "verdicts-a-2.csv" and files[0].read_bytes() == files[1].read_bytes() != other.read_bytes()


def test_what_each_target_rules_out(held):
    _, found = held
    said = {t.name: t for t in by_target(found)}
    assert [*said] == ["some firms", "too many", "cheaper", "rent", "never", "founded", "count"]
    assert said["founded"].kind == "discriminates" and said["founded"].met == [True] * 4 + [False] == [
        not o for o in said["founded"].out
    ]
    assert said["some firms"].kind == said["count"].kind == "nothing fails"
    assert said["too many"].kind == "everything fails"
    page = as_page(found)
    tells = page.split("## Targets that the model meets and some")[1].split("\n## ")[0]
    assert "| founded |" in tells and "| entry | entry | entry |" in tells and "some firms" not in tells
    assert "1 of 2 predictions came true" in page and "founded (above, is met)" in page
    assert "count: firms after all (no firms, firms after all)" in page and "Refused: malls" in page
    against = found._replace(
        worlds=["model", "cost only"], verdicts=[v for v in found.verdicts if v.pattern.name == "never"]
    )
    against.verdicts[0] = Verdict(
        against.verdicts[0].pattern,
        np.array([[30.0, 40, 50], [0, 1, 2]]),
        np.array([0, 1.0]),
        np.array([[0, 0, 0], [1, 1, 1]]),
    )
    (one,) = by_target(against)
    assert one.kind == "against the model" and one.out == [True, False]
    assert "Met by a null model and not by the model: never." in in_short(against)


def test_what_is_on_record_is_not_run_again(held, monkeypatch):
    folder, found = held
    monkeypatch.setattr("microdrama.experiments.running.sweep.compute", None)  # nothing may be computed
    again = validated(folder)
    assert text(again) == text(found)


def test_the_nulls_are_what_they_are_called():
    """Founders fall evenly on people and kindred firms, go where value is by cost, or stay where studios were."""
    correlation, spread = {}, {}
    for world in ("random entry", "cost only", "spin-offs only"):
        values = {"entry_rate": 4.0, "entry_spread_studios": 100.0} | changes(world)
        entries = 0
        for rng in (1, 2, 3):
            economy = MicroDramaEconomy("baseline", rng=rng, scale=0.2, keep_series=True, **values)
            economy.run_for(14)
            entries = entries + economy.panel.array("entries").sum(axis=0)
        assert entries.sum() > 500
        people = economy.cities.employment_million * np.nan_to_num(economy.cities.founder_firms, nan=1.0)
        worth, rate = economy.survey.home_value - economy.size_pull, entries / people
        correlation[world] = np.corrcoef(worth, rate)[0, 1], np.corrcoef(economy.cities.studios_2020, entries)[0, 1]
        spread[world] = abs(rate / rate.mean() - 1).max()
        assert not economy.survey.externalities.any() and not economy.officials.designated.any()
        if world == "cost only":
            continue
        series = economy.panel.series()
        assert (series["home"] == series["city"])[series["city"] != "california"].all()
        if world == "spin-offs only":
            assert (economy.studios.parent[economy.studios.born >= 0] != 0).all()
    assert spread["random entry"] < 0.25 < spread["cost only"] and correlation["cost only"][0] > 0.8
    assert correlation["spin-offs only"][1] > 0.6 > correlation["cost only"][1] + 0.2


def test_bad_ensembles(tmp_path):
    path = tmp_path / "e.csv"
    with pytest.raises(InputError, match="cannot read"):
        read_ensemble(path)
    for content, words in (
        ("entry_rate\n", "no rows"),
        ("entry_rate\nmuch\n", "must be a number"),
        ("entry_rat\n1\n", "entry_rate"),
        ("entry_rate\n99\n", "e.csv:2"),
    ):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=words):
            read_ensemble(path)


def test_the_commands_tell_what_is_wrong(tmp_path, capsys):
    path = tmp_path / "p.csv"
    path.write_text("quantity,city,low\nfirms,zhengzou,3\n", encoding="utf-8")
    assert main(["validate", str(path)]) == 2
    assert "zhengzhou" in capsys.readouterr().err
    for row, words in (
        ("firms,zhengzhou,3,2,2021", "low 3 is above high 2"),
        ("firm,zhengzhou,3,,2021", "there are: firms, entries"),
        ("firms,zhengzhou,3,,2024", "a period ends in 2024-12, the runs in 2021-12"),
        ("bases,zhengzhou,3,,2021", "bases is right from scale 0.5 on, the runs have 0.02"),
    ):
        path.write_text(f"quantity,city,low,high,period\n{row}\n", encoding="utf-8")
        assert main(["validate", str(path), "--months", "12", "--scale", "0.02", "--out", str(tmp_path / "o")]) == 2
        said = capsys.readouterr().err.splitlines()
        assert len(said) == 1 and words in said[0] and not (tmp_path / "o").exists(), said
    for words in (
        ["validate", "--members", "1"],
        ["validate", "--against", "nuls"],
        ["validate", "--against", "entry_rate=much"],
        ["validate", "placebos", "--cities", "nowhere.csv"],
        ["validate", "--set", "scale=1"],
        ["calibrate", "--points", "3"],
        ["calibrate", "--scale", "0"],
        ["run", "--members", "3"],
        ["run", "--ensemble", "--members", "1"],
        ["run", "--ensemble", "--audit"],
    ):
        assert main(words) == 2, words
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert main(["validate", "--quantities"]) == 0
    assert "top_producers" in capsys.readouterr().out
