import dataclasses
import math
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microdrama.model.categories import MODES
from microdrama.model.errors import InputError, meant
from microdrama.model.inputs.parameters import PARAMETERS, SWITCHES, Parameters, make_parameters

NUMBERS = [name for name, p in PARAMETERS.items() if p.kind in (int, float)]


CHOICES = ("crisis_control", "expected_work", "fiscal_rule", "office_choice")
"""Structures left open, with several rules to choose from."""


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_is_fully_described_and_its_default_allowed(name):
    p = PARAMETERS[name]
    assert p.name == name and p.unit and p.meaning and p.source
    assert p.layer in ("pinned", "estimated", "swept", "switch", "run")
    assert not p.problem(p.default)
    assert p.mechanism or p.layer == "run"
    assert (p.layer == "swept") or p.source != "assumption" or p.layer == "estimated"
    if name in NUMBERS:
        assert p.low < p.high and p.low <= p.default <= p.high
    else:
        assert p.kind is bool or p.default in p.choices
        other = {"month_order": "run", "zone_cells": "run"} | dict.fromkeys(CHOICES, "swept")
        assert p.layer == other.get(name, "switch")


def test_few_parameters_may_be_fitted_and_assumptions_are_swept():
    estimated = [name for name, p in PARAMETERS.items() if p.layer == "estimated"]
    together = ("entry_",)  # the entry curve counts once
    assert len({next((g for g in together if name.startswith(g)), name) for name in estimated}) <= 8


OFF_BY_DEFAULT = {"return_migration"}


def test_switches_are_on_unless_turned_off():
    assert {name for name in SWITCHES if PARAMETERS[name].default not in (True, "log")} == OFF_BY_DEFAULT
    assert set(SWITCHES) < set(Parameters().to_dict())


# ---------------------------------------------------------------------------- messages


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"crisis_strenght": 1}, "unknown parameter 'crisis_strenght'; did you mean 'crisis_strength' or "),
        ({"Scale": 1}, "unknown parameter 'Scale'; did you mean 'scale'"),
        ({"zzzzzzzz": 1}, "unknown parameter 'zzzzzzzz'; `microdrama parameters` lists them all"),
        ({"scale": 0}, "'scale' = 0: must be a number from 0.005 to 20 [share of the real industry]"),
        ({"scale": 21}, "'scale' = 21: must be a number from 0.005 to 20"),
        ({"scale": float("nan")}, "'scale' = nan"),
        ({"scale": math.inf}, "'scale' = inf"),
        ({"scale": None}, "'scale' = None: must be a number"),
        ({"scale": [1]}, "'scale' = [1]: must be a number"),
        ({"scale": {"value": 1}}, "'scale' = {'value': 1}: must be a number"),
        ({"scale": "large"}, "'scale' = 'large': must be a number"),
        ({"scale": True}, "'scale' = True: must be a number"),
        ({"months": 12.5}, "'months' = 12.5: must be a whole number from 1 to 600"),
        ({"months": True}, "must be a whole number"),
        ({"months": math.inf}, "must be a whole number"),
        ({"policy": "on"}, "'policy' = 'on': must be true or false; write true without quotes"),
        ({"policy": "True"}, "write true without quotes"),
        ({"policy": "off"}, "write false without quotes"),
        ({"policy": "FALSE"}, "write false without quotes"),
        ({"policy": 1}, "'policy' = 1: must be true or false"),
        ({"film_tax_rate": "40%"}, "'film_tax_rate' = '40%': must be a number from 0 to 0.5"),
        ({"film_tax_rate": "40%"}, "; write 0.4"),
        ({"film_tax_rate": " 3 % "}, "; write 0.03"),
        ({"film_tax_rate": "0.03"}, "; write 0.03"),
        ({"pooling": "Log"}, "'pooling' = 'Log': must be one of 'log', 'linear', 'off'; did you mean 'log'?"),
        ({"pooling": True}, "must be one of 'log', 'linear', 'off'"),
        ({"promotion_share_ad": 0.9}, "promotion_share_ad + content_share_ad = 1.1: together at most 1"),
    ],
)
def test_a_wrong_value_is_explained(values, message):
    with pytest.raises(InputError) as caught:
        make_parameters(values, where="x.toml")
    assert message in str(caught.value)
    assert str(caught.value).startswith("x.toml: ")
    with pytest.raises(InputError) as caught:
        make_parameters(values)
    assert not str(caught.value).startswith(":")


def test_all_problems_come_at_once():
    with pytest.raises(InputError) as caught:
        make_parameters({"scale": -1, "nonsense": 2, "policy": 0, "months": 6})
    assert len(caught.value.problems) == len(str(caught.value).splitlines()) == 3


def test_a_message_survives_the_way_from_a_worker_process():
    error = pickle.loads(pickle.dumps(InputError(["one", "two"])))
    assert (error.problems, str(error)) == (["one", "two"], "one\ntwo")
    assert InputError("one").problems == ["one"]


def test_words_probably_meant():
    assert meant("Zhengzou", ["xian", "zhengzhou"]) == "; did you mean 'zhengzhou'?"
    assert meant("rent_cup", ["rent_cap", "Rent_cut", "x"]) == "; did you mean 'Rent_cut' or 'rent_cap'?"
    assert meant("qqq", ["xian"]) == "" and meant("qqq", ["xian"], otherwise="!") == "!"


@pytest.mark.parametrize("name", ["months", "scale"])
def test_a_number_too_large_for_a_float_is_explained(name):
    with pytest.raises(InputError, match=name):
        make_parameters({name: 10**400})


# ---------------------------------------------------------------------------- values


@settings(max_examples=200)
@given(st.sampled_from(NUMBERS), st.one_of(st.floats(-1e9, 1e9), st.integers(-(10**6), 10**6)))
def test_exactly_the_numbers_in_range_are_allowed(name, value):
    p = PARAMETERS[name]
    whole = p.kind is float or value == int(value)
    assert (not p.problem(value)) == (whole and p.low <= value <= p.high)


@pytest.mark.parametrize("name", NUMBERS)
def test_both_ends_of_a_range_are_allowed_and_nothing_beyond(name):
    p = PARAMETERS[name]
    beyond = [p.low - 1] + ([p.high + 1] if math.isfinite(p.high) else [])
    assert not p.problem(p.low) and not p.problem(p.high if p.kind is float else int(p.high))
    assert all(p.problem(value) for value in beyond)


def test_whole_numbers_may_be_written_as_floats_and_the_other_way_round():
    p = make_parameters({"months": 12.0, "crisis_strength": 2})
    assert (p.months, type(p.months), p.crisis_strength, type(p.crisis_strength)) == (12, int, 2.0, float)


def test_no_recovery_is_written_inf():
    assert make_parameters({"recovery_half_life_months": float("inf")}) == Parameters()


def test_values_build_on_a_base_and_leave_it_alone():
    base = make_parameters({"scale": 1})
    assert make_parameters({"months": 6}, base=base).scale == 1 and base.months == Parameters().months
    assert make_parameters({}) == Parameters() == make_parameters(Parameters().to_dict())
    with pytest.raises(dataclasses.FrozenInstanceError):
        base.scale = 2
    assert base["scale"] == base.scale == base.to_dict()["scale"]


def test_shares_of_spending_leave_platforms_no_loss():
    for mode in MODES:
        assert Parameters()[f"promotion_share_{mode}"] + Parameters()[f"content_share_{mode}"] <= 1
