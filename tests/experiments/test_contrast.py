import numpy as np
import pytest
from scipy import stats

from microdrama.experiments.analysis.contrast import interaction, of_changes, of_differences, paired, wilson


@pytest.fixture
def arms():
    rng = np.random.default_rng(4)
    draws = rng.normal(size=30)
    return draws + rng.normal(0.5, 0.3, 30), draws


def test_the_interval_is_that_of_a_paired_t_test(arms):
    found, expected = paired(*arms), stats.ttest_rel(*arms).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.mean == pytest.approx(np.mean(arms[0] - arms[1]))
    assert found.clear and found.seeds == 30 and found.unchanged == 0


def test_the_variance_ratio_compares_with_independent_seeds(arms):
    treated, control = arms
    expected = (treated.var(ddof=1) + control.var(ddof=1)) / (treated - control).var(ddof=1)
    assert paired(treated, control).variance_ratio == pytest.approx(expected)
    assert expected > 5  # common noise was built in


def test_a_placebo_is_exactly_zero(arms):
    found = paired(arms[0], arms[0])
    assert (found.mean, found.low, found.high, found.unchanged) == (0, 0, 0, 1)
    assert not found.clear


def test_pairs_with_a_missing_value_are_left_out():
    assert paired(np.array([1, 2, np.nan, 4]), np.array([0, 0, 0, np.nan])).seeds == 2


def test_intervals_cover_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(1)
    cover = [(c := of_differences(rng.normal(1, 2, 12))).low <= 1 <= c.high for _ in range(2000)]
    assert np.mean(cover) == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 2000))


def test_the_interaction_is_the_difference_of_effects():
    both, first, second, neither = np.random.default_rng(2).normal(size=(4, 10))
    expected = paired(both, second).mean - paired(first, neither).mean
    assert interaction(both, first, second, neither).mean == pytest.approx(expected)
    assert interaction(first + second - neither, first, second, neither).mean == pytest.approx(0, abs=1e-12)


def test_the_interval_of_changes_is_that_of_agresti_and_min():
    n, up, down = 40, 9, 3
    differences = np.repeat([1.0, -1.0, 0.0], [up, down, n - up - down])
    centre, z = (up - down) / (n + 2), stats.norm.ppf(0.975)  # as in the authors' own code
    half = z * np.sqrt((up + down + 1) - (up - down) ** 2 / (n + 2)) / (n + 2)
    found = of_changes(differences)
    assert (found.low, found.high) == pytest.approx((centre - half, centre + half))
    assert found.mean == pytest.approx((up - down) / n)


def test_seeds_that_never_change_do_not_prove_that_none_would():
    never = paired(np.zeros(16), np.zeros(16), yes_no=True)
    assert never.mean == 0 and never.unchanged == 1 and not never.clear
    assert -0.2 < never.low < 0 < never.high < 0.2
    assert interaction(*np.zeros((4, 16)), yes_no=True).high > 0


def test_no_interval_of_changes_goes_beyond_what_can_be():
    lost = paired(np.zeros(16), np.ones(16), yes_no=True)
    assert (lost.mean, lost.low) == (-1, -1) and -1 < lost.high < -0.5
    crossed = interaction(np.ones(16), np.zeros(16), np.zeros(16), np.ones(16), yes_no=True)
    assert crossed.mean == crossed.high == 2 and 1 < crossed.low < 2


def test_the_interval_of_changes_covers_the_truth():
    rng = np.random.default_rng(3)
    draws = rng.choice([1.0, -1.0, 0.0], p=[0.15, 0.05, 0.8], size=(2000, 30))
    cover = [(c := of_changes(d)).low <= 0.1 <= c.high for d in draws]
    assert np.mean(cover) > 0.93


def test_wilson_agrees_with_scipy_and_stays_inside_0_and_1():
    for k, n in ((0, 20), (7, 20), (20, 20), (1, 3)):
        expected = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
        assert wilson(k, n) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert np.isnan(wilson(0, 0)).all()


@pytest.mark.parametrize("values, said", [([], "0 seeds"), ([2.0], "1 seed "), ([1.0, 3.0], "[-10.7, +14.7]")])
def test_an_interval_that_is_not_there_is_said(values, said):
    assert said in of_differences(np.array(values)).interval(1)
