"""Studies over structures and channels: their designs, known effects, what counts, and what is shipped."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from microdrama.experiments.analysis.answers import Data, answer
from microdrama.experiments.analysis.structures import count, counting
from microdrama.experiments.design.study_file import load_study, study_text
from microdrama.experiments.outcomes import outcome_columns
from microdrama.experiments.reports import shipped_answers
from microdrama.experiments.reports.shipped_answers import (
    SHOWN_WITH,
    Shipped,
    by_structure,
    is_shipped,
    section,
    shipped,
)
from microdrama.model.errors import InputError
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.inputs.scenario import load_scenario

COLUMNS = outcome_columns(load_scenario("baseline").cities.slugs)
SIX = ("crisis_control", "pass_through", "venues", "land_substitution", "outside_income_elasticity", "externalities")


@pytest.fixture(scope="module")
def study():
    return load_study("structures")


@pytest.fixture(scope="module")
def channels():
    return load_study("channels")


def solved(study, share, seeds=6):
    """The answer for runs in which the share is a known function of the point, beside noise that seeds share."""
    rows = [
        {"point": k, "seed": s, "run_id": f"{k}-{s}"} | dict.fromkeys(study.outputs, 0.2 + 0.01 * s + share(point, s))
        for k, point in enumerate(study.points)
        for s in range(1, seeds + 1)
    ]
    found = answer(Data(study, pd.DataFrame(rows), COLUMNS))
    found.draw()
    return found


def test_main_effects_and_pairs_are_clear_of_each_other(study):
    """Their columns of signs are orthogonal over the 32 structures, each of which is there with all four worlds."""
    usual = [p for p in study.points if all(p[f.name] in f.values for f in study.factors)]
    assert len(usual) == 32 * 4 and len(study.points) == (32 + 7) * 4
    values = {f.name: f.values for f in study.factors}
    signs = {
        n: np.array([1 if p[n] == values[n][0] else -1 for p in usual]) for n in (*SIX, "property_crisis", "policy")
    }
    columns = [signs[n] for n in signs] + [signs[a] * signs[b] for a, b in combinations(signs, 2)]
    gram = np.array(columns) @ np.array(columns).T
    np.testing.assert_array_equal(gram, 128 * np.eye(len(columns)))


def test_the_first_structure_and_every_channel_that_is_on_are_the_defaults(study, channels):
    plain = {n: v for n, v in study.points[0].items() if n in PARAMETERS} | {
        "pooling": study.points[0]["externalities"]
    }
    on = {f.name: f.values[1] for f in channels.factors if f.name in PARAMETERS}
    for name, value in (plain | on).items():
        assert value == PARAMETERS[name].default, name


def test_known_effects_of_choices_come_out_and_are_counted(study):
    def share(p, s):
        away = p["pass_through"] is False, p["venues"] is False
        crisis = 0.02 - 0.03 * away[0] - 0.01 * away[0] * away[1] + 0.001 * (s % 2)
        return p["property_crisis"] * crisis + 0.05 * p["policy"]

    found = solved(study, share)
    effects = {(e.kind, e.name): e.effect.mean for e in found.effects}
    assert effects["effect", "crisis: as it is"] == pytest.approx(2.05)
    assert effects["choice", "crisis: pass_through"] == pytest.approx(-3.5)
    assert effects["choice", "crisis: venues"] == pytest.approx(-0.5)
    assert effects["pair", "crisis: pass_through x venues"] == pytest.approx(-1)
    assert effects["choice", "crisis: externalities"] == pytest.approx(0, abs=1e-9)
    assert found.sentences[0] == (
        "Of 32 structures the crisis raises the share in 16, lowers it in 16, is not distinguishable from zero in 0; "
        "policy raises the share in 32, lowers it in 0, is not distinguishable from zero in 0."
    )
    assert "hire of sets that follows cost off -3.50 points" in " ".join(found.sentences)
    apart = [e.name for e in found.effects if e.kind == "effect, apart" and e.name.startswith("crisis: ")]
    assert len(apart) == 7 and "crisis: fiscal_rule residual" in apart and "crisis: crisis_control peak" in apart


def test_what_is_not_distinguishable_from_zero_is_counted_so(study):
    found = solved(study, lambda p, s: p["property_crisis"] * 0.01 * (-1) ** s)
    rows = [e for e in found.effects if e.kind == "effect" and e.name.startswith("crisis: ")]
    assert count(rows) == (0, 0, 32)
    assert counting(found.effects).startswith(
        "Of 32 structures the crisis raises the share in 0, lowers it in 0, is not"
    )


def test_channels_add_up_over_own_and_others_and_what_is_left_is_said(channels):
    def share(p, s):
        on = {f.name: p[f.name] == f.values[1] for f in channels.factors}
        own, others = p["crisis_in"] in ("own", "all"), p["crisis_in"] in ("others", "all")
        rents = 0.03 * own * on["crisis_demand_elasticity"] - 0.01 * others * on["crisis_demand_elasticity"]
        treasury = -0.02 * own * on["land_finance"] * on["outside_income_elasticity"]
        return rents + treasury + 0.004 * own + 0.002 * own * others + 0.001 * (s % 2) * own

    found = solved(channels, share)
    of = {e.name: e.effect.mean for e in found.effects}
    assert of["crisis_demand_elasticity own"] == pytest.approx(3)
    assert of["crisis_demand_elasticity others"] == pytest.approx(-1)
    assert of["land_finance own"] == of["outside_income_elasticity own"] == pytest.approx(-1)
    assert of["crisis_demand_elasticity x land_finance"] == pytest.approx(0, abs=1e-9)
    for scope in ("all", "own", "others"):
        parts = [e.effect.mean for e in found.effects if e.kind in ("value", "left") and e.name.endswith(f" {scope}")]
        assert sum(parts) == pytest.approx(of[f"total {scope}"])
    assert of["total own"] + of["total others"] == pytest.approx(of["total all"])
    assert of["left all"] == pytest.approx(0.65) and "is distinguishable from zero." in found.sentences[0]


def test_shipped_answers_have_the_form_that_the_studies_make(study, channels):
    made_by = {"structures": study, "channels": channels}
    for name, made in ((name, made) for name, made in made_by.items() if is_shipped(name)):
        found = solved(made, lambda p, s: 0.001 * s)
        assert [(e.kind, e.name, e.words) for e in shipped(name).rows] == [
            (e.kind, e.name, e.words) for e in found.effects
        ]
        assert float(shipped(name).scale) == made.scale


def test_pages_show_what_is_shipped(study, channels, monkeypatch):
    studies = {"structures": study, "channels": channels}
    made = {n: Shipped(solved(s, lambda p, s: 0.001 * s).effects, "0.1", 6, "0123") for n, s in studies.items()}
    monkeypatch.setattr(shipped_answers, "shipped", made.get)
    monkeypatch.setattr(shipped_answers, "is_shipped", lambda name: True)
    for name in SHOWN_WITH:
        assert "structures the crisis raises the share in" in by_structure(name)[0]
        assert section(name).count("<tr>") == 1 + 39
    assert not by_structure("anatomy") and not section("anatomy")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('["before", "trend"]', '["before", "tend"]', "crisis_control"),
        ('fiscal_rule = "residual"', 'fiscal_rul = "residual"', "'apart': 'fiscal_rul' is no factor; did you mean"),
        ('"venues", "land', '"venue", "land', "'halved': 'venue' is no factor; did you mean 'venues'"),
        ('"venues", "land_substitution", ', "", "'halved' needs five or more factors"),
        ("[true, false]\nvenues = [true, false]", "[true, false]\nvenues = [true]", "'venues' needs two values"),
        ('sampler = "factorial"', 'sampler = "one_at_a_time"', "need the sampler 'factorial'"),
    ],
)
def test_a_structure_that_does_not_exist_gets_one_message(tmp_path, old, new, message):
    text = study_text("structures").decode()
    assert text.count(old) == 1
    (tmp_path / "own.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message) as error:
        load_study(tmp_path / "own.toml")
    assert len(error.value.problems) == 1
