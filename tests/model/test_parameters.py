import pytest

from model.errors import InputError
from model.parameters import PARAMETERS, SWITCHES, Parameters, make_parameters


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_is_fully_described_and_its_default_allowed(name):
    p = PARAMETERS[name]
    assert p.unit and p.meaning and p.source and p.layer
    assert not p.problem(p.default)
    assert p.mechanism or p.layer == "run"
    assert (p.layer == "swept") or p.source != "assumption" or p.layer == "estimated"


def test_few_parameters_may_be_fitted_and_assumptions_are_swept():
    estimated = [name for name, p in PARAMETERS.items() if p.layer == "estimated"]
    together = ("wom_", "entry_")  # the tail of hits and the entry curve count once each
    assert len({next((g for g in together if name.startswith(g)), name) for name in estimated}) <= 8


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"crisis_strenght": 1}, "unknown parameter 'crisis_strenght'; did you mean 'crisis_strength'?"),
        ({"scale": 0}, "'scale' = 0: must be a number from 0.005 to 20"),
        ({"scale": float("nan")}, "'scale' = nan"),
        ({"months": 12.5}, "must be a whole number"),
        ({"months": True}, "must be a whole number"),
        ({"policy": "on"}, "write true without quotes"),
        ({"policy": 1}, "must be true or false"),
        ({"film_tax_rate": "3%"}, "write 0.03"),
        ({"film_tax_rate": "0.03"}, "write 0.03"),
        ({"pooling": "Log"}, "did you mean 'log'?"),
        ({"promotion_share_ad": 0.9}, "promotion_share_ad + content_share_ad = 1.25"),
    ],
)
def test_a_wrong_value_is_explained(values, message):
    with pytest.raises(InputError) as caught:
        make_parameters(values, where="x.toml")
    assert message in str(caught.value)
    assert str(caught.value).startswith("x.toml: ")


def test_all_problems_come_at_once():
    with pytest.raises(InputError) as caught:
        make_parameters({"scale": -1, "nonsense": 2, "policy": 0})
    assert len(caught.value.problems) == 3


def test_whole_numbers_may_be_written_as_floats_and_the_other_way_round():
    p = make_parameters({"months": 12.0, "crisis_strength": 2})
    assert (p.months, type(p.months), p.crisis_strength, type(p.crisis_strength)) == (12, int, 2.0, float)


def test_values_build_on_a_base():
    base = make_parameters({"scale": 1})
    assert make_parameters({"months": 6}, base=base).scale == 1
    assert make_parameters({}) == Parameters()
    assert set(SWITCHES) < set(Parameters().to_dict())
