"""Rules against their closed forms."""

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq

from model.decisions import cities, funds, platforms, studios, workers
from model.decisions import property as estate
from model.draws import Draw
from model.parameters import Parameters

P = Parameters()


# ---------------------------------------------------------------------------- property (V4, V5)


def settle(shock, months, adjustment=0.167, elasticity=0.6, natural=0.12):
    """Log rent relative to its start, month by month, after demand falls by ``shock``."""
    x, path = 0.0, []
    for _ in range(months):
        demand = estate.space_demand((1 - natural), 1 - shock, np.exp(x), 1.0, elasticity)
        x += float(estate.rent_growth(1 - demand, natural, adjustment))
        path.append(x)
    return np.array(path)


def test_rents_settle_where_the_closed_form_says():
    assert np.exp(settle(0.25, 400)[-1]) == pytest.approx(0.75 ** (1 / 0.6), rel=1e-9)


def test_rents_approach_it_at_the_closed_form_rate():
    path = settle(0.25, 60) - np.log(0.75) / 0.6
    assert path[-1] / path[-2] == pytest.approx(1 - 0.167 * 0.6 * (1 - 0.12), rel=1e-4)


def test_too_quick_an_adjustment_never_settles():
    limit = 2 / (0.6 * 0.88)
    assert abs(np.diff(settle(0.1, 4000, adjustment=0.97 * limit)[-2:])[0]) < 1e-6
    assert abs(np.diff(settle(0.1, 4000, adjustment=1.05 * limit)[-2:])[0]) > 0.01


def test_the_crisis_moves_the_conversion_ring_inwards_by_the_closed_form():
    elasticity, gradient_of_demand, ratio, viable = 0.6, 0.048, 0.3, 14.0
    gradient = gradient_of_demand / elasticity

    def ring(centre):
        return brentq(lambda d: ratio * float(estate.bid_rent(centre, gradient, d)) - viable, -100, 300)

    shift = ring(90 * 0.75 ** (1 / elasticity)) - ring(90)
    assert shift == pytest.approx(np.log(0.75) / gradient_of_demand)


def test_the_annuity_repays_the_loan():
    payment, debt = estate.annuity(0.08, 8), 1.0
    for _ in range(96):
        debt = debt * (1 + 0.08 / 12) - payment
    assert debt == pytest.approx(0, abs=1e-12)


def test_the_margin_vanishes_at_the_free_entry_price():
    common = {"operating_share": 0.35, "crew_floor_m2": 2000, "capex_yuan_m2": 1765, "annuity_month": 0.0141}
    price = (18 + 1765 * 0.0141) / (1 - 0.35) * 2000 / 30
    assert estate.conversion_margin(price, 1.0, 18, **common) == pytest.approx(0)
    assert estate.conversion_probability(2.0, 2.0, 0.02) == 0
    assert estate.conversion_probability(7.0, 2.0, 0.02) == pytest.approx(1 - np.exp(-0.1))


def test_retail_vacancy_follows_activity_within_bounds():
    found = estate.retail_vacancy(0.1, np.array([1.0, 0.75, 2.0, 0.0]))
    assert found == pytest.approx([0.1, 0.325, 0, 1])
    assert estate.activity(80.0, 0.5) == pytest.approx(np.sqrt(0.8))


# ---------------------------------------------------------------------------- workers


def test_the_match_premium_is_the_best_of_n_gumbel_values():
    rng, n, spread = np.random.default_rng(1), 50, 0.05
    best = (spread * rng.gumbel(size=(20_000, n))).max(axis=1)
    drawn = workers.match_premium(n, rng.gumbel(size=20_000), spread)
    assert stats.ks_2samp(best, drawn).pvalue > 1e-3
    assert drawn.mean() == pytest.approx(
        spread * (np.log(n) + np.euler_gamma), abs=4 * spread * 1.2825 / np.sqrt(20_000)
    )


def test_money_goes_further_where_prices_are_low():
    assert workers.real_income(1000, 10, 1.6, 1.0) == pytest.approx(6250)
    assert workers.reservation_wage(400, 1.6**0.8) == pytest.approx(400 * 1.6**0.8)
    assert workers.asking_factor(0.0, 0.3) == 1


def test_moving_costs_nothing_for_those_who_stay():
    assert workers.moving_cost(np.array([0.0, 2.0]), 1.5, 0.1).tolist() == [0, 1.7]
    assert workers.wage_growth(0.4, 0.4, 0.04) == 0


# ---------------------------------------------------------------------------- studios


def test_choices_are_a_logit():
    """(V1) Shares of a multinomial logit, by chi-square."""
    value, scale, n = np.array([0.3, 0.0, -0.2, 0.25]), 0.2, 100_000
    choice = studios.choose(value, scale, Draw(5, 1).gumbel(np.arange(n), np.arange(4)))
    expected = np.exp(value / scale) / np.exp(value / scale).sum() * n
    assert stats.chisquare(np.bincount(choice, minlength=4), expected).pvalue > 1e-3


def test_both_forms_of_an_externality_have_the_same_slope_at_an_even_split():
    k, step = 8, 1e-6
    even = np.full(k, 1 / k)
    more = even + step * np.eye(k)[0] - step * np.eye(k)[1]
    for form, floor in (("log", 0.0), ("linear", 0.0)):
        gain = studios.externality(more, form, floor) - studios.externality(even, form, floor)
        assert gain[0] / step == pytest.approx(k, rel=1e-4)
    assert not studios.externality(even, "off", 0.01).any()
    assert not studios.externality(np.zeros(k), "log", 0.01).any()


def test_sets_close_together_save_days():
    assert studios.shooting_days(4.4, 0.55, 0.0) == pytest.approx(4.4 * 1.55)
    days = studios.shooting_days(4.4, 0.55, np.array([0, 3, 30, 3000]))
    assert (np.diff(days) < 0).all() and days[-1] > 4.4


def test_a_cheaper_city_is_worth_the_log_of_its_cost():
    value = studios.location_value(np.array([100.0, 90.0]), 0.0, 0.0, 0.0, delay_aversion=0.2, away_cost=0.1)
    assert value[1] - value[0] == pytest.approx(-np.log(0.9))
    late = studios.location_value(100.0, 0.0, 0.5, 1.0, delay_aversion=0.2, away_cost=0.1)
    assert late - value[0] == pytest.approx(-0.2 - 0.1)  # put off half the time: a month's delay


def test_entry_and_starts():
    assert studios.entry_probability(np.array([-1.0, 0.0, 0.25, 100.0]), 0.5, 0.5) == pytest.approx([0, 0, 0.25, 1])
    assert studios.start_probability(np.array([0.0, 0.15, -1e9]), 0.15) == pytest.approx([0.5, 1 / (1 + np.exp(-1)), 0])
    assert studios.slate_size(np.array([-5.0, 0.0, 69.0, 70.0, 1e9]), 100.0, 0.7, 12).tolist() == [0, 0, 0, 1, 12]


def test_expectations_converge_geometrically():
    x = 0.0
    for _ in range(10):
        x = studios.expectation(x, 1.0, 0.8)
    assert x == pytest.approx(1 - 0.8**10)


# ---------------------------------------------------------------------------- platforms (V12)


def test_the_recommender_settles_at_the_closed_form():
    quality, feedback, effect = np.array([0.0, 0.3, 1.0]), 0.6, 0.8
    audience = np.ones(3)
    for _ in range(200):
        pull = platforms.attention(quality, audience, feedback, effect)
        audience = 1000 * pull / pull.sum()
    expected = np.exp(effect * quality) ** (1 / (1 - feedback))
    assert audience / audience.sum() == pytest.approx(expected / expected.sum())


def test_word_of_mouth_at_its_defaults_has_a_tail_in_the_observed_range():
    """Killed Gibrat growth: the tail exponent solves (1 - d) exp(a m + a^2 s^2 / 2) = 1 a week."""
    tail = brentq(
        lambda a: np.log1p(-P.wom_end) + a * P.wom_drift + a**2 * P.wom_spread**2 / 2, 0.1, 10
    )  # fmt: skip
    assert 1.2 < tail < 1.6
    rng, size, final = np.random.default_rng(3), np.ones(400_000), []
    end = platforms.month_end_probability(P.wom_end)
    while len(size):
        size = size * platforms.audience_growth(0.0, rng.normal(size=len(size)), P.wom_drift, 0.0, P.wom_spread)
        over = rng.random(len(size)) < end
        final.append(size[over])
        size = size[~over]
    top = np.sort(np.concatenate(final))[-2000:]
    hill = 1 / np.mean(np.log(top[1:] / top[0]))
    assert hill == pytest.approx(tail, rel=0.1)


def test_four_weeks_make_a_month():
    assert platforms.month_end_probability(0.12) == pytest.approx(1 - 0.88**4)
    assert platforms.commission_fee(100, 0.1) == pytest.approx(110)


# ---------------------------------------------------------------------------- cities, funds


def test_budgets_and_subsidies():
    assert cities.land_revenue(100, 80, 2) == pytest.approx(64)
    assert cities.discretionary_budget(np.array([120.0, 70.0]), 100.0, 0.85, 5.0).tolist() == [30, 0]
    assert cities.prorated(np.array([0.0, 50, 200]), 100).tolist() == [1, 1, 0.5]
    assert cities.rebate(np.array([1e5, 1e7]), 0.1, 3e5).tolist() == [1e4, 3e5]


def test_tickets_and_stakes():
    assert funds.stake_bp(1e6, 2.0) == 3333
    assert funds.funded(np.array([3, 3, 3]), 7).tolist() == [True, True, False]
