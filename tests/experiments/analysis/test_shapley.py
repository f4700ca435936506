"""Shapley values of games whose values are known."""

from itertools import combinations

import numpy as np
import pytest

from microdrama.experiments.analysis.shapley import decompose

PLAYERS = "abcdef"


def game(worth, seeds=3, noise=0.0):
    rng = np.random.default_rng(1)
    return {
        frozenset(s): worth(set(s)) + noise * rng.normal(size=seeds)
        for size in range(len(PLAYERS) + 1)
        for s in combinations(PLAYERS, size)
    }


def known(s):
    """2 for a, 1 each for b to e, 1 shared by a and b together, nothing for f: values 2.5, 1.5, 1, 1, 1, 0."""
    return 2 * ("a" in s) + sum(p in s for p in "bcde") + 1.0 * (s >= {"a", "b"}) + 0 * ("f" in s)


def test_values_of_a_known_game_come_out():
    found = decompose(game(known))
    assert {p: round(c.mean, 12) for p, c in found.values.items()} == dict(zip(PLAYERS, (2.5, 1.5, 1, 1, 1, 0)))
    assert found.values["f"].unchanged == 1
    assert found.first_in["a"].mean == 2 and found.last_in["a"].mean == 3
    assert found.interactions["a", "b"].mean == pytest.approx(1)
    assert all(abs(c.mean) < 1e-12 for pair, c in found.interactions.items() if pair != ("a", "b"))


def test_values_sum_to_the_total_for_every_seed():
    found = decompose(game(lambda s: np.sqrt(len(s)) + len(s & {"a", "c", "f"}) ** 2, seeds=5, noise=0.3))
    assert sum(c.mean for c in found.values.values()) == pytest.approx(found.total.mean, abs=1e-12)


def test_three_together_are_split_in_three():
    found = decompose(game(lambda s: 6.0 * (s >= {"a", "b", "c"})))
    assert [round(found.values[p].mean, 12) for p in "abcd"] == [2, 2, 2, 0]
    assert found.interactions["a", "b"].mean == pytest.approx(3)  # half of the time the third is there before them


def test_intervals_hold_the_value_of_a_noisy_game():
    """Noise of coalitions is independent: the variance of a value is the sum of its squared weights."""
    weights = 2 * sum((1 / 6) ** 2 / ways for ways in (1, 5, 10, 10, 5, 1))
    rng, held, spread = np.random.default_rng(2), 0, []
    for _ in range(300):
        noisy = {s: v[0] + rng.normal(size=8) for s, v in game(known, seeds=1).items()}
        found = decompose(noisy).values["a"]
        held += found.low <= 2.5 <= found.high
        spread.append(found.mean)
    assert 0.91 <= held / 300 <= 0.985
    assert np.std(spread) == pytest.approx(np.sqrt(weights / 8), rel=0.15)
    assert weights == pytest.approx(0.1444, abs=1e-3)


def test_a_missing_coalition_is_named():
    outcome = game(known)
    del outcome[frozenset("ab")]
    with pytest.raises(ValueError, match=r"no outcome for \{a, b\} \(1 coalitions are missing\)"):
        decompose(outcome)
