"""Registered studies: known games come out of made-up runs, and small studies run to their page."""

import csv
import re

import numpy as np
import pandas as pd
import pytest

from microdrama.experiments import cli
from microdrama.experiments.analysis.answers import Data, answer
from microdrama.experiments.design.fields import written
from microdrama.experiments.design.study_file import load_study
from microdrama.experiments.outcomes import outcome_columns
from microdrama.experiments.reports import study_page as study_report
from microdrama.experiments.reports.study_page import at_full_size, registered, run_study
from microdrama.model.errors import InputError
from microdrama.model.inputs.scenario import load_scenario
from worlds import Here

REGISTER = {"question": "Which?", "hypothesis": "This.", "metric": "city_share_shoot_days", "overturned_by": "That."}


COLUMNS = outcome_columns(load_scenario("baseline").cities.slugs)


def made_up(study, outcome, seeds=8, noise=0.0, **others):
    """Runs whose outcomes are known functions of the point, with common draws."""
    rng = np.random.default_rng(1)
    draws = rng.normal(0.3, 0.05, seeds)
    rows = []
    for k, point in enumerate(study.points):
        for s in range(seeds):
            row = {"point": k, "seed": s + 1, "city_share_shoot_days": draws[s] + outcome(point) + noise * rng.normal()}
            rows.append(row | {name: of(point, draws[s]) for name, of in others.items()})
    return pd.DataFrame(rows)


def of(study, runs, panel=None):
    return answer(Data(study, runs, COLUMNS, panel))


def by_name(found, kind):
    return {e.name: e for e in found.effects if e.kind == kind}


def test_a_known_game_comes_out_of_the_runs():
    study = load_study(
        {
            "factors": {"entry": [False, True], "pooling": ["off", "log"], "agglomeration_scale": [0, 1]},
            "register": REGISTER | {"analysis": "shapley", "predicted": {"entry": "+", "pooling": "-"}},
        }
    )
    runs = made_up(study, lambda p: 0.02 * p["entry"] + 0.04 * (p["pooling"] == "log") * p["agglomeration_scale"])
    found = of(study, runs)
    values = by_name(found, "value")
    assert {n: round(e.effect.mean, 9) for n, e in values.items()} == {
        "entry": 2,
        "pooling": 2,
        "agglomeration_scale": 2,
    }
    assert (values["entry"].verdict, values["pooling"].verdict) == ("as predicted", "against the prediction")
    assert by_name(found, "interaction")["agglomeration_scale x pooling"].effect.mean == pytest.approx(4)
    assert by_name(found, "first in")["first in: pooling"].effect.mean == pytest.approx(0)
    assert "together the conditions add +6.00 points" in found.sentences[0] and "help each other" in found.sentences[1]


def test_effects_are_those_against_the_first_point():
    study = load_study(
        {
            "design": {"sampler": "one_at_a_time"},
            "factors": {"scenario": ["baseline", "no_crisis"], "entry": [True, False]},
            "register": REGISTER
            | {"analysis": "effects", "predicted": {"scenario no_crisis": "0", "entry False": "-"}},
        }
    )
    found = of(study, made_up(study, lambda p: -0.1 * (not p["entry"]), noise=0.01))
    effects = by_name(found, "effect")
    assert effects["entry False"].effect.mean == pytest.approx(-10, abs=1.5)
    assert {e.verdict for e in effects.values()} == {"as predicted", "as predicted: not distinguishable from zero"}
    assert "no property crisis changes it by" in found.sentences[0]


def study_of(study, factors, **design):
    """The study with more factors and keys of its design."""
    given = written(study)
    return load_study(
        given | {"factors": given["factors"] | factors, "design": given["design"] | design, "seeds": len(study.seeds)}
    )


@pytest.mark.parametrize(("analysis", "sampler", "size"), [("morris", "morris", 30), ("sobol", "saltelli", 256)])
def test_sensitivities_of_a_known_function_come_out(analysis, sampler, size):
    """y = 4 u - 2 v + 0 w over the unit cube, in points."""
    pytest.importorskip("SALib")
    study = load_study(
        {
            "design": {"sampler": sampler, "size": size},
            "factors": {
                "crisis_strength": {"low": 0, "high": 2},
                "land_price_elasticity": {"low": 1, "high": 3},
                "location_scale": {"low": 0.1, "high": 0.4, "log": True},
            },
            "register": REGISTER | {"analysis": analysis},
        }
    )
    runs = made_up(study, lambda p: 0.02 * p["crisis_strength"] - 0.01 * p["land_price_elasticity"], seeds=2)
    found = of(study, runs)
    if analysis == "morris":
        sizes, signs = by_name(found, "size"), by_name(found, "direction")
        expected = {"crisis_strength": 4, "land_price_elasticity": -2, "location_scale": 0}
        for name, value in expected.items():
            assert sizes[name].effect.mean == pytest.approx(abs(value), abs=1e-9)
            assert signs[name].effect.mean == pytest.approx(value, abs=1e-9)
    else:
        indices = by_name(found, "total index")
        for name, value in (("crisis_strength", 0.8), ("land_price_elasticity", 0.2), ("location_scale", 0)):
            assert indices[name].effect.mean == pytest.approx(value, abs=0.03)
            assert indices[name].effect.low - 1e-9 <= value <= indices[name].effect.high + 0.03
    changed = study_of(study, {"entry": [True, False]}, crossed=["entry"], size=8)
    level = lambda p: 0.05 * p["crisis_strength"] + 0.1 * (not p["entry"]) * p["location_scale"]  # noqa: E731
    by_policy = of(changed, made_up(changed, level, seeds=2))
    assert by_policy.effects[0].name == "entry False: location_scale"
    effect = by_name(by_policy, "size" if analysis == "morris" else "total index")["entry False: crisis_strength"]
    assert effect.effect.mean == pytest.approx(0, abs=1e-6)
    by_policy.draw()
    assert [e.name for e in found.effects[:3]] == ["crisis_strength", "land_price_elasticity", "location_scale"]
    found.draw()


def test_sums_are_said_at_the_size_of_the_real_industry():
    given = {"factors": {"entry": [True, False]}, "scale": 0.1, "register": REGISTER | {"analysis": "effects"}}
    assert not at_full_size(*answered(given, "city_share_shoot_days"))
    said = at_full_size(*answered(given, "city_job_months"))
    assert said.startswith("The runs are at scale 0.1; at the size of the real industry: ")
    assert "-10 job-years [-10, -10]" in said  # 12 job-months of a tenth


def answered(given, metric):
    study = load_study(given | {"register": given["register"] | {"metric": metric}})
    runs = pd.DataFrame({"point": k, "seed": s, metric: 50.0 - 12 * k} for k in range(2) for s in study.seeds)
    return study, answer(Data(study, runs, COLUMNS))


@pytest.mark.parametrize(
    ("slope", "told"),
    [(0.0, "hurts wherever it differs from zero (6 of 6"), (0.03, "helps in some places and hurts in others")],
)
def test_a_surface_says_where_the_sign_changes(slope, told):
    study = load_study(
        {
            "factors": {"crisis_strength": [0, 1, 2], "land_price_elasticity": [0, 1, 2]},
            "register": REGISTER | {"analysis": "surface", "words": {"crisis_strength": "fall"}},
        }
    )
    runs = made_up(study, lambda p: (p["crisis_strength"] > 0) * (slope * p["crisis_strength"] - 0.04), noise=1e-4)
    found = of(study, runs)
    assert told in found.sentences[0] and len(found.effects) == 6
    label = "crisis_strength 2, land_price_elasticity 0"
    assert by_name(found, "effect")[label].effect.mean == pytest.approx(100 * (2 * slope - 0.04), abs=0.05)


@pytest.mark.parametrize(
    ("left", "told"), [(0.25, "25% of the effect is left"), (None, "no part of it can be said to be left")]
)
def test_what_persists_is_told_or_said_not_to_be_known(left, told):
    study = load_study(
        {
            "factors": {"scenario": ["no_policy", "policy_withdrawal", "baseline"]},
            "register": REGISTER | {"analysis": "persistence"},
        }
    )
    size = {"no_policy": 0, "policy_withdrawal": 0.1 * (left or 0), "baseline": 0.1 if left else 0}
    found = of(study, made_up(study, lambda p: size[p["scenario"]], noise=1e-4))
    assert told in found.sentences[0]


def test_a_game_needs_two_values_of_all_but_one():
    with pytest.raises(InputError, match="needs a factorial design of factors with two values, off and on"):
        load_study(
            {
                "factors": {"crisis_strength": [0, 1, 2], "land_price_elasticity": [1, 2, 3]},
                "register": REGISTER | {"analysis": "shapley"},
            }
        )


def test_a_lead_is_decomposed_against_each_rival():
    study = load_study(
        {
            "factors": {"entry": [False, True], "like": {"wages": ["beijing", "xian", "own"]}},
            "register": REGISTER | {"analysis": "shapley", "predicted": {"like.wages beijing": "+"}},
        }
    )
    gain = {"beijing": 0.0, "xian": 0.05, "own": 0.08}
    runs = made_up(
        study,
        lambda p: 0.01 * p["entry"] + gain[p["like.wages"]],
        share_shoot_days_beijing=lambda p, draws: 0.1 - gain[p["like.wages"]],
        share_shoot_days_xian=lambda p, draws: 0.2,
    )
    values = by_name(of(study, runs), "value")
    assert values["like.wages beijing"].effect.mean == pytest.approx(16)  # what it gains and Beijing loses
    assert values["like.wages xian"].effect.mean == pytest.approx(3)
    assert values["entry xian"].effect.mean == pytest.approx(1)
    assert "Lead over Beijing" in of(study, runs).sentences[0]


def test_seeds_without_all_points_are_left_out_and_none_is_an_error():
    study = load_study({"factors": {"entry": [True, False]}, "register": REGISTER | {"analysis": "effects"}})
    runs = made_up(study, lambda p: 0.0)
    assert of(study, runs.iloc[:-1]).effects[0].effect.seeds == 7
    with pytest.raises(ValueError, match="fewer than two seeds have all of its 2 points"):
        of(study, runs[runs["seed"] < 1])


def test_a_prediction_of_nothing_is_an_error():
    study = load_study(
        {
            "factors": {"entry": [True, False]},
            "register": REGISTER | {"analysis": "effects", "predicted": {"entry no": "+"}},
        }
    )
    with pytest.raises(InputError, match=r"predicted: 'entry no'.* is no effect of this study"):
        of(study, made_up(study, lambda p: 0.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"analysis": "shapely"}, "unknown analysis 'shapely'; did you mean 'shapley'"),
        ({"analysis": "surface", "by": "entry"}, "two factors beside that of 'by'"),
        ({"analysis": "committor"}, r"needs the factors draws.month and draws.future"),
        ({"analysis": "paths"}, "needs panel = true"),
        ({"analysis": "effects", "by": "entries"}, "by: 'entries' is no factor; did you mean 'entry'"),
        ({"analysis": "effects", "also": ["shares"]}, r"unknown outcome 'shares' \(such as "),
        ({"analysis": "cost", "metric": "city_job_months", "also": ["hhi_studios"]}, "'hhi_studios' has no city_hhi"),
        ({"analysis": "regret"}, r"needs an \[ensemble\] and several points"),
        ({"analysis": "persistence"}, "needs one factor"),
        ({"analysis": "morris"}, "needs the sampler 'morris'"),
        ({"analysis": "effects", "metric": "share"}, r"unknown outcome 'share'"),
        (
            {"analysis": "effects", "predicted": {"entry False": "up"}},
            r"'predicted' must be a table of signs, '\+', '-' or '0'",
        ),
        ({"analysis": "effects", "question": 3}, "'question' = 3: must be text"),
        ({"analysis": "effects", "asked": "x"}, "unknown key 'asked'"),
    ],
)
def test_mistakes_in_a_register_are_named(change, message):
    with pytest.raises(InputError, match=message):
        load_study({"factors": {"entry": [True, False], "crisis_strength": [0, 1, 2]}, "register": REGISTER | change})


SMALL = """
title = "Founders & <all>"
months = 14
scale = 0.02
seeds = 2
[factors]
entry = [true, false]
[register]
question = "What do founders do?"
hypothesis = "They found."
metric = "studios"
analysis = "effects"
overturned_by = "More studios without founders."
[register.predicted]
"entry False" = "-"
[quick]
seeds = 3
"""


def test_a_study_runs_to_its_page(tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib")
    sweep = study_report.sweep
    monkeypatch.setattr(study_report, "sweep", lambda *args, **words: sweep(*args, **(words | {"executor": Here})))
    path, out = tmp_path / "founders.toml", tmp_path / "out"
    path.write_text(SMALL, encoding="utf-8")
    assert cli.main(["study", str(path), "--quick", "--out", str(out)]) == 0
    assert f"page: {out}/index.html" in capsys.readouterr().out
    html = (out / "index.html").read_text(encoding="utf-8")
    assert "Founders &amp; &lt;all&gt;" in html and "What do founders do?" in html and "quick version" in html
    assert "http" not in html and not re.search(r"""(src|href)\s*=\s*["'](?!data:)""", html)
    assert "2 points, 3 seeds, 14 months" in html and registered(load_study(path)) in html
    with (out / "answer.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["unit"] == "studios" and row["predicted"] == "-" and float(row["mean"]) < 0
    assert {p.name for p in out.glob("answer.*")} == {"answer.csv", "answer.png", "answer.svg", "answer.pdf"}
    tally, found = run_study(path, out, quick=True)
    assert tally.ran == 0 and found is not None
    monkeypatch.setattr("microdrama.experiments.running.job.run", None)
    assert cli.main(["study", str(path), "--out", str(tmp_path / "other")]) == 3
    assert "no answer without all of them" in capsys.readouterr().err


def test_studies_are_listed_and_unregistered_ones_refused(tmp_path, capsys):
    assert cli.main(["study"]) == 0
    assert "E1 anatomy: Anatomy of an unlikely capital" in capsys.readouterr().out
    assert cli.main(["study", "crisis_and_policy", "--out", str(tmp_path / "out")]) == 2
    assert "has no [register]" in capsys.readouterr().err
    assert cli.main(["study", "anatomi", "--out", str(tmp_path / "out")]) == 2
    assert "unknown study 'anatomi'; did you mean 'anatomy'" in capsys.readouterr().err
