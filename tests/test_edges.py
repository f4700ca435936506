"""What the script that looks at the edges calls odd."""

import pytest

from benchmarks.edges import PRICES, WATCHED, Seen, course, ends, judge, look
from microdrama.model.inputs.parameters import PARAMETERS

USUAL = dict.fromkeys({*WATCHED, *PRICES}, 1.0)


def seen(**changed):
    return Seen("", USUAL | changed, USUAL, 1e9, ())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, ""),
        ({"firms": 0.0}, "no studios"),
        ({"series_shot": 0.0}, "nothing is shot"),
        ({"employment_rate": 0.05, "workers": 2.0}, "5% of workers work, and their number grows"),
        ({"workers": 30.0}, "30 times the workers"),
        ({"set_day_yuan": 50.0}, "50 times that of the defaults and still moving"),
    ],
)
def test_what_is_odd(changed, words):
    said = judge(seen(**changed), seen())
    assert words in "; ".join(said) if words else not said


def test_what_fails_or_overflows():
    assert judge(Seen("ValueError: no", {}, {}, 0, ()), seen()) == ["fails: ValueError: no"]
    assert judge(look({"fee_at_start": 1.0}), seen())[0].startswith("refused: fee_at_start + fee_at_shooting")
    assert "money near" in judge(seen()._replace(fen=5e18, infinite=("workers",)), seen())[1]
    assert judge(seen()._replace(debt=1.01), seen()) == ["a city owes 1.01 times its limit"]


def test_every_end_is_visited():
    numeric = {n for n, p in PARAMETERS.items() if p.kind in (int, float) and not p.choices and p.layer != "run"}
    assert {name for name, _ in ends()} == numeric
    assert course([1, 1, 1.05]) == "settles" and course([1, 2, 3]) == "rises" and course([1, 3, 2]) == "swings"
