"""Estimators of effects on synthetic panels whose truth is known."""

import numpy as np
import pytest

from microdrama.experiments.analysis.causal import additionality, difference_in_differences, event_study, ratio_of_means


def test_fieller_intervals_hold_the_ratio():
    rng, held = np.random.default_rng(3), 0
    for _ in range(1000):
        b = rng.normal(4.0, 2.0, 12)
        found = ratio_of_means(2.5 * b + rng.normal(0, 3, 12), b)
        held += found.low <= 2.5 <= found.high
    assert 0.93 <= held / 1000 <= 0.97


def test_a_ratio_over_nothing_is_unbounded():
    rng = np.random.default_rng(4)
    found = ratio_of_means(rng.normal(1, 1, 30), rng.normal(0, 1, 30))
    assert not found.bounded and found.low == -np.inf and found.high == np.inf
    assert not ratio_of_means(np.ones(1), np.ones(1)).bounded
    exact = ratio_of_means(np.full(5, 3.0), np.full(5, 2.0))
    assert tuple(exact) == (1.5, 1.5, 1.5)


def test_what_is_displaced_is_told_from_what_is_added():
    rng = np.random.default_rng(5)
    control = rng.normal(100, 10, (40, 6))
    effect = np.array([30.0, -2, -2, -2, -2, -2])
    found = additionality(control + effect + rng.normal(0, 1, (40, 6)), control, 0)
    assert found.own.low < 30 < found.own.high and found.everywhere.low < 20 < found.everywhere.high
    assert found.displaced.low < 1 / 3 < found.displaced.high and found.displaced.high - found.displaced.low < 0.06


def test_difference_in_differences_is_unbiased_where_the_others_are_not_touched():
    rng, estimates, held = np.random.default_rng(6), [], 0
    treated = np.arange(30) < 12
    for _ in range(400):
        panel = (
            rng.normal(0, 3, (30, 1)) + np.cumsum(rng.normal(0.2, 0.1, (1, 24)), axis=1) + rng.normal(0, 1, (30, 24))
        )
        panel[treated, 12:] += 1.5
        found = difference_in_differences(panel, treated, 12)
        estimates.append(found.estimate)
        held += abs(found.estimate - 1.5) < 2.048 * found.se
    assert np.mean(estimates) == pytest.approx(1.5, abs=4 * np.std(estimates) / 20)
    assert 0.92 <= held / 400 <= 0.98


@pytest.mark.parametrize(("displaced", "cities"), [(0.0, 6), (0.4, 6), (0.8, 8), (0.4, 30)])
def test_difference_in_differences_overstates_by_what_others_lose(displaced, cities):
    """Others lose a part phi of what the city gains, so the estimate is 1 + phi/(K-1) times the gain."""
    panel = np.zeros((cities, 20))
    panel[0, 10:] += 7.0
    panel[1:, 10:] -= displaced * 7.0 / (cities - 1)
    found = difference_in_differences(panel, np.arange(cities) == 0, 10)
    assert found.estimate == pytest.approx(7.0 * (1 + displaced / (cities - 1)))
    truth_everywhere = 7.0 * (1 - displaced)
    assert found.estimate / truth_everywhere == pytest.approx((1 + displaced / (cities - 1)) / (1 - displaced))


def test_the_event_study_follows_an_effect_that_grows_and_differs_by_cohort():
    """Where the plain two-way estimator fails: staggered dates, effects that grow, early cohorts gaining more."""
    rng = np.random.default_rng(7)
    units, periods = 300, 30
    start = rng.choice([8, 14, 20, -1], units)
    gain = np.select([start == 8, start == 14, start == 20], [0.3, 0.2, 0.1], 0.0)
    t = np.arange(periods)
    effect = gain[:, None] * np.maximum(t - start[:, None] + 1, 0) * (start[:, None] > 0)
    panel = rng.normal(0, 2, (units, 1)) + np.sin(t) + effect + rng.normal(0, 0.5, (units, periods))
    found = event_study(panel, start, before=5, after=8)
    sizes = np.array([(start == g).sum() for g in (8, 14, 20)])
    slope = (sizes * [0.3, 0.2, 0.1]).sum() / sizes.sum()
    known = np.r_[np.zeros(5), slope * np.arange(1, 10)]
    np.testing.assert_allclose(found, known, atol=0.25)
    assert found[4] == 0
    np.testing.assert_allclose(event_study(panel - rng.normal(size=(1, periods)), start, 5, 8), found, atol=1e-9)


def test_without_controls_there_is_no_comparison():
    assert np.isnan(event_study(np.zeros((4, 10)), np.full(4, 3), 1, 2)[1:]).all()
