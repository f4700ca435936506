"""Rules against their closed forms (V numbers as in the documentation's list of verification cases)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq

from microdrama.model import MicroDramaEconomy
from microdrama.model.decisions import cities, content, funds, platforms, studios, workers
from microdrama.model.decisions import property as estate
from microdrama.model.decisions.smoothing import smoothed
from microdrama.model.draws import Draw, best_option
from microdrama.model.inputs.cities import shipped_cities
from microdrama.model.inputs.parameters import Parameters
from microdrama.model.phases.funds import _buy_stakes
from microdrama.model.phases.studios import _externality

P = Parameters()
K = 8
share = st.floats(0, 1)
money = st.floats(0, 1e12)


# ---------------------------------------------------------------------------- rents (V4)


def settle(shock, months, adjustment=0.167, elasticity=0.6, natural=0.12):
    """Log rent relative to its start, month by month, after demand falls by ``shock``."""
    x, path = 0.0, []
    for _ in range(months):
        demand = estate.space_demand((1 - natural), 1 - shock, np.exp(x), 1.0, elasticity)
        x += float(estate.rent_growth(1 - demand, natural, adjustment))
        path.append(x)
    return np.array(path)


@pytest.mark.parametrize(
    ("shock", "adjustment", "elasticity", "natural"),
    [(0.25, 0.167, 0.6, 0.12), (0.1, 0.5, 1.0, 0.08), (0.4, 0.3, 0.4, 0.37), (-0.2, 0.167, 0.6, 0.12)],
)
def test_rents_settle_where_the_closed_form_says_and_at_its_rate(shock, adjustment, elasticity, natural):
    path = settle(shock, 400, adjustment, elasticity, natural)
    limit = np.log(1 - shock) / elasticity
    assert path[-1] == pytest.approx(limit, rel=1e-9)
    late = 1 + int(np.argmax(np.abs(path - limit) < 1e-4))
    factor = (path[late + 1] - limit) / (path[late] - limit)
    assert factor == pytest.approx(1 - adjustment * elasticity * (1 - natural), rel=1e-4)


def test_a_shock_of_a_quarter_empties_what_the_closed_form_says_and_is_half_over_in_nine_months():
    vacancy = 1 - float(estate.space_demand(0.88, 0.75, 1.0, 1.0, 0.6))
    assert vacancy == pytest.approx(1 - (1 - 0.25) * (1 - 0.12)) == pytest.approx(0.34)
    path = settle(0.25, 400)
    assert np.exp(path[-1]) == pytest.approx(0.6191, abs=5e-5)
    assert 1 + int(np.argmax(path < path[-1] / 2)) == 9


def test_too_quick_an_adjustment_never_settles():
    limit = 2 / (0.6 * 0.88)
    assert abs(np.diff(settle(0.1, 4000, adjustment=0.97 * limit)[-2:])[0]) < 1e-6
    wild = settle(0.1, 4000, adjustment=1.05 * limit)
    assert abs(wild[-1] - wild[-2]) > 0.01 and wild[-1] == pytest.approx(wild[-3])  # a cycle of two months


def test_at_natural_vacancy_rents_rest():
    assert estate.rent_growth(0.12, 0.12, 0.167) == 0
    assert estate.rent_growth(np.array([0.02, 0.22]), 0.12, 0.167) == pytest.approx([0.0167, -0.0167])
    assert estate.space_demand(100.0, 1.0, 50.0, 50.0, 0.6) == 100


def test_demand_has_its_elasticities():
    assert estate.space_demand(100.0, 0.8, 2.0, 1.0, 0.5) == pytest.approx(80 / np.sqrt(2))
    assert estate.activity(np.array([100.0, 81.0, 121.0]), 0.5) == pytest.approx([1, 0.9, 1.1])
    assert (estate.activity(np.array([50.0, 100, 150]), 0.0) == 1).all()


def test_idle_malls_follow_house_prices_by_their_odds():
    found = estate.idle_share(0.1, np.array([100.0, 50.0, 200.0]), 1.0)
    assert found == pytest.approx([0.1, 2 / 11, 1 / 19])
    assert estate.idle_share(0.0, 10.0, 2.0) == 0


# ---------------------------------------------------------------------------- conversion (V5)


@pytest.mark.parametrize(("shock", "elasticity", "gradient_of_demand"), [(0.25, 0.6, 0.048), (0.4, 0.75, 0.03)])
def test_the_crisis_moves_the_conversion_ring_inwards_by_the_closed_form(shock, elasticity, gradient_of_demand):
    gradient, ratio, viable = gradient_of_demand / elasticity, 0.3, 14.0

    def ring(centre):
        return brentq(lambda d: ratio * float(estate.bid_rent(centre, gradient, d)) - viable, -100, 300)

    settled = np.exp(settle(shock, 1000, elasticity=elasticity)[-1])
    assert ring(90) == pytest.approx(np.log(ratio * 90 / viable) / gradient)
    shift = ring(90 * settled) - ring(90)
    assert shift == pytest.approx(np.log(1 - shock) / gradient_of_demand) and shift < 0
    if shock == 0.25:
        assert shift == pytest.approx(-6.0, abs=0.01)


@pytest.mark.parametrize(("rate", "years"), [(0.08, 8), (0.01, 40), (0.4, 1), (0.06, 2.5)])
def test_the_annuity_is_the_textbook_one_and_repays_the_loan(rate, years):
    monthly, months = rate / 12, 12 * years
    payment, debt = estate.annuity(rate, years), 1.0
    assert payment == pytest.approx(monthly / (1 - (1 + monthly) ** -months))
    for _ in range(int(months)):
        debt = debt * (1 + monthly) - payment
    assert debt == pytest.approx(0, abs=1e-9)
    assert estate.annuity(1e-9, years) == pytest.approx(1 / months)


TERMS = {"operating_share": 0.35, "crew_floor_m2": 2000, "debt_service": 1765 * 0.0141}


def test_the_margin_vanishes_at_the_free_entry_price():
    price = (18 + 1765 * 0.0141) / (1 - 0.35) * 2000 / 30
    assert estate.conversion_margin(price, 1.0, 18, **TERMS) == pytest.approx(0)
    assert estate.conversion_margin(price, np.array([0.5, 1.0]), 18, **TERMS)[0] == pytest.approx(
        -0.5 * (18 + 1765 * 0.0141)
    )


def test_a_yuan_more_of_shell_rent_asks_for_103_yuan_more_a_day():
    def free_entry(shell_rent):
        return brentq(lambda price: float(estate.conversion_margin(price, 1.0, shell_rent, **TERMS)), 0, 1e6)

    assert free_entry(19.0) - free_entry(18.0) == pytest.approx(2000 / (30 * 0.65)) == pytest.approx(102.6, abs=0.1)


@pytest.mark.parametrize(("volatility", "interest"), [(0.2, 0.04), (0.05, 0.08), (0.4, 0.1)])
def test_the_option_multiple_solves_the_fundamental_quadratic(volatility, interest):
    """b of Dixit & Pindyck (1994): s^2 b (b-1) / 2 + (r - d) b - r = 0 with payout d = r."""
    multiple = estate.option_multiple(volatility, interest)
    b = multiple / (multiple - 1)
    assert volatility**2 / 2 * b * (b - 1) == pytest.approx(interest) and b > 1
    assert estate.option_multiple(0.2, 0.04) == pytest.approx(2.0)  # their textbook case
    assert estate.option_multiple(0.0, interest) == 1


def test_set_hire_answers_to_utilisation():
    assert estate.set_price_growth(0.75, 0.75, 0.05) == 0
    assert estate.set_price_growth(np.array([0.55, 0.95]), 0.75, 0.05) == pytest.approx([-0.01, 0.01])


# ---------------------------------------------------------------------------- hours and fatigue (L4), officials (G8)


def test_output_is_proportional_then_concave_then_flat():
    hours = np.linspace(0, 24, 2401)
    output = workers.effective_hours(hours, 10.0, 18.0)
    marginal = np.diff(output) / 0.01
    assert marginal[hours[1:] <= 10] == pytest.approx(1)
    assert marginal[1399] == pytest.approx(0.5, abs=0.01)  # half way
    assert marginal[hours[:-1] >= 18] == pytest.approx(0) and output[-1] == pytest.approx(14)
    assert (np.diff(marginal) <= 1e-9).all()


def test_fatigue_settles_where_rest_makes_up_for_work():
    tired = 0.0
    for _ in range(200):
        tired = workers.fatigue(tired, 69.0, 49.0, 20.0, 0.7)
    assert tired == pytest.approx(1 / 0.3)
    assert workers.fatigue(0.0, 49.0, 49.0, 20.0, 0.7) == 0


def test_a_city_that_may_go_all_the_way_plans_the_best_rebate():
    """Without limits the best rate is worth - 1 / response: with steps, the nearest of the seven rates."""
    rate = np.full(3, 0.1)
    found = cities.planned_rebate(rate, np.array([4.0, 2.5, 20.0]), 0.4, 0.2, np.full(3, np.inf), np.full(3, 1e6))
    offered = np.clip(0.1 + 0.2 * np.linspace(-1, 1, 7), 0, 1)
    gains = [(0.4 - offered) * np.exp(r * offered) for r in (4.0, 2.5, 20.0)]
    assert found == pytest.approx([offered[g.argmax()] for g in gains])
    assert found == pytest.approx([0.4 - 1 / 4, 0.4 - 1 / 2.5, 0.3], abs=0.04)


def test_a_plan_stays_within_its_budget_and_step():
    rate, response = np.array([0.1, 0.1]), np.array([50.0, 50.0])
    found = cities.planned_rebate(rate, response, 0.4, 0.03, np.array([0.1e6, 0.0]), np.full(2, 1e6))
    assert found == pytest.approx([0.1, 0.07])


def test_scripts_are_cheap_where_authors_live():
    cost = studios.script_cost(60e3, np.array([4.0, 1.0, 0.0]), 0.1, 2.0)
    assert cost[0] < cost[1] < cost[2] == 120e3
    assert studios.script_cost(60e3, np.ones(4), 0.1, 2.0) == pytest.approx(60e3)


def test_spin_offs_inherit_and_the_spread_stays():
    rng = np.random.default_rng(2)
    parent = 0.3 * rng.standard_normal(200_000)
    child = studios.inherited_quality(parent, rng.standard_normal(200_000), 0.5, 0.3)
    assert np.corrcoef(parent, child)[0, 1] == pytest.approx(0.5, abs=0.01)
    assert child.std() == pytest.approx(0.3, abs=0.005)


# ---------------------------------------------------------------------------- workers (V13)


@pytest.mark.parametrize("n", [1, 7, 50])
def test_the_match_premium_is_the_best_of_n_gumbel_values(n):
    size, spread = 20_000, 0.05
    shocks = Draw(3, 1).gumbel(np.arange(size), np.arange(n + 1))
    best, drawn = (spread * shocks[:, :n]).max(axis=1), workers.match_premium(n, shocks[:, n], spread)
    assert stats.ks_2samp(best, drawn).pvalue > 1e-3
    expected = spread * (np.log(n) + np.euler_gamma)
    for premium in (best, drawn):
        assert premium.mean() == pytest.approx(expected, abs=4 * spread * np.pi / np.sqrt(6 * size))


def test_ten_times_the_pool_is_worth_the_spread_times_ln_ten():
    premium = workers.match_premium(np.array([0.0, 1.0, 10.0, 100.0]), 0.3, 0.05)
    assert premium[0] == premium[1] == pytest.approx(0.015)
    assert np.diff(premium[1:]) == pytest.approx(0.05 * np.log(10))


def test_money_goes_further_where_prices_are_low():
    assert workers.real_income(1000, 10, 1.6, 1.0) == pytest.approx(6250)
    assert workers.real_income(1000, 10, np.array([1.0, 1.6]), 0.0).tolist() == [10_000, 10_000]
    assert workers.real_income(1000, 10, 1.6, 0.5) == pytest.approx(10_000 / np.sqrt(1.6))
    assert workers.reservation_wage(400, 1.6**0.8) == pytest.approx(400 * 1.6**0.8)
    assert workers.reservation_factor(np.array([0.0, 1.0]), 0.3) == pytest.approx([1, np.exp(0.3)])


def test_moving_costs_are_symmetric_and_staying_is_free():
    hours = shipped_cities().travel_hours(220, 1.5)
    cost = workers.moving_cost(hours, 1.5, 0.1)
    np.testing.assert_allclose(cost, cost.T)
    assert not cost.diagonal().any() and (cost + np.eye(len(cost)) > 0).all()
    assert workers.moving_cost(np.array([0.0, 2.0, 4.0]), 1.5, 0.1) == pytest.approx([0, 1.7, 1.9])


def test_migration_with_symmetric_costs_is_reversible():
    """(V11) In the long run pi_j ~ exp(U_j / mu) Z_j, not exp(U_j / mu)."""
    hours, mu, phi = shipped_cities().travel_hours(220, 1.5), 0.5, 0.03
    pull = np.log(workers.real_income(500, 5, shipped_cities().price_level, 0.8))
    weight = np.exp((pull - workers.moving_cost(hours, 0.5, 0.05)) / mu)
    total = weight.sum(axis=1)
    moves = (1 - phi) * np.eye(K) + phi * weight / total[:, None]
    expected = np.exp(pull / mu) * total
    expected /= expected.sum()
    assert expected @ moves == pytest.approx(expected)
    assert np.linalg.matrix_power(moves, 5000)[0] == pytest.approx(expected)


def test_people_come_from_where_less_of_the_trade_was():
    people = np.array([2.0, 3.0, 5.0])
    shares = workers.origin_shares(np.array([8.0, 6.0, 5.0]), people, 0.4)  # 4, 2 and 1 a head
    assert shares[0] == pytest.approx([1 - 0.4 * (3 / 8 / 2 + 5 / 8 * 3 / 4), 0.4 * 3 / 8 / 2, 0.4 * 5 / 8 * 3 / 4])
    assert shares[1] == pytest.approx([0, 1 - 0.4 * 5 / 7 / 2, 0.4 * 5 / 7 / 2])
    assert shares[2].tolist() == [0, 0, 1]
    one = workers.origin_shares(np.array([0.0, 9.0, 0.0]), people, 0.4)
    assert one == pytest.approx(np.array([[1, 0, 0], [0.4 * 2 / 7, 0.6, 0.4 * 5 / 7], [0, 0, 1]]))
    for at_home in (workers.origin_shares(people, people, 1.0), workers.origin_shares(0 * people, people, 1.0)):
        assert (at_home == np.eye(3)).all()
    assert workers.origin_shares(people[:1], people[:1], 1.0) == 1
    assert workers.origin_shares(np.array([1.0, 0.0, 0.0]), people, 1.0)[0, 0] == pytest.approx(0)


def test_home_is_worth_more_than_its_income():
    assert workers.worth_of_home(np.array([0, 1, 2]), np.array([0, 2, 2]), 0.5).tolist() == [0.5, 0, 0.5]


def test_a_trade_grows_while_it_pays_more_than_others():
    assert workers.growth_of_trade(2.0, 1.0, 0.15, 0.5) == pytest.approx(0.15 * np.log(2))
    assert workers.growth_of_trade(1.0, 2.0, 0.15, 0.5) == 0
    assert workers.growth_of_trade(1e9, 1.0, 0.15, 0.5) == 0.5
    assert workers.quitting_probability(1.0, 2.0, 0.02, 0.25) == pytest.approx(0.02 * np.log(2))
    assert workers.quitting_probability(0.0, 2.0, 0.02, 0.25) == 0.25


def test_a_slump_lowers_what_people_earn_elsewhere():
    assert workers.outside_income(500.0, workers.released(100.0, 0.5), 22, 0.55) == pytest.approx(6050)
    assert workers.released(np.array([64.0, 100.0]), 0.5).tolist() == pytest.approx([0.8, 1])
    assert workers.released(50.0, 0.0) == 1


def test_day_rates_are_steady_at_the_steady_tightness():
    assert workers.wage_growth(0.4, 0.4, 0.04) == 0
    assert workers.wage_growth(np.array([0.0, 1.0]), 0.4, 0.04) == pytest.approx([-0.016, 0.024])


# ---------------------------------------------------------------------------- studios: where (V1)


def choose(value, scale, gumbel):
    """The choice of each of n, by values (k,) or (n, k)."""
    pairs = zip(np.broadcast_to(value, gumbel.shape), gumbel, strict=True)
    return np.array([best_option(each, scale, luck) for each, luck in pairs])


def externality(levels, form, floor):
    return studios.worth_of_share(levels / levels.sum(), len(levels), form == "log", floor)


@pytest.mark.parametrize("scale", [0.2, 1.0])
def test_choices_are_a_logit(scale):
    """(V1) Shares of a multinomial logit, by chi-square."""
    value, n = np.array([0.3, 0.0, -0.2, 0.25]), 100_000
    choice = choose(value, scale, Draw(5, 1).gumbel(np.arange(n), np.arange(4)))
    expected = np.exp(value / scale) / np.exp(value / scale).sum() * n
    assert stats.chisquare(np.bincount(choice, minlength=4), expected).pvalue > 1e-3


def test_choices_between_equals_are_even():
    choice = choose(np.full(K, 7.0), 0.2, Draw(5, 2).gumbel(np.arange(80_000), np.arange(K)))
    assert stats.chisquare(np.bincount(choice, minlength=K)).pvalue > 1e-3


def test_everybody_may_have_values_of_his_own():
    value = np.where(np.eye(K, dtype=bool)[[3, 0, 5]], 100.0, 0.0)
    assert choose(value, 0.2, Draw(5, 3).gumbel(np.arange(3), np.arange(K))).tolist() == [3, 0, 5]


def test_the_inverse_of_the_location_scale_is_the_cost_elasticity():
    """Relative frequencies of two cities move with the power 1 / scale of their relative cost."""
    terms = {"delay_aversion": 0.2, "queue_aversion": 0.3, "away_cost": 0.1, "delay_floor": 0.1}
    value = studios.location_value(np.array([100.0, 110.0]), 0.0, 0.0, 0.0, 0.0, **terms)
    choice = choose(value, 0.2, Draw(6, 1).gumbel(np.arange(400_000), np.arange(2)))
    first, second = np.bincount(choice)
    assert np.log(first / second) == pytest.approx(np.log(1.1) / 0.2, abs=4 / np.sqrt(400_000 * 0.25))


def test_what_a_city_is_worth_in_log_cost():
    terms = {"delay_aversion": 0.2, "queue_aversion": 0.3, "away_cost": 0.1, "delay_floor": 0.1}
    plain = studios.location_value(100.0, 0.0, 0.0, 0.0, 0.0, **terms)
    assert plain == pytest.approx(-np.log(100))
    assert studios.location_value(90.0, 0.0, 0.0, 0.0, 0.0, **terms) - plain == pytest.approx(-np.log(0.9))
    assert studios.location_value(100.0, 0.7, 0.0, 0.0, 0.0, **terms) - plain == pytest.approx(0.7)
    assert studios.location_value(100.0, 0.0, 0.0, 0.0, 1.0, **terms) - plain == pytest.approx(-0.1)
    assert studios.location_value(100.0, 0.0, 0.0, 2.0, 0.0, **terms) - plain == pytest.approx(-0.6)
    put_off = np.array([0.0, 0.5, 0.75, 1.0])  # q / (1 - q) months of delay: 0, 1, 3, and no more than 10
    late = studios.location_value(100.0, 0.0, put_off, 0.0, 0.0, **terms) - plain
    assert late == pytest.approx([0, -0.2, -0.6, -2])


@pytest.mark.parametrize("floor", [0.0, 0.01, 0.05])
def test_both_forms_of_an_externality_have_about_the_same_slope_at_an_even_split(floor):
    step = 1e-6
    even = np.full(K, 1 / K)
    more = even + step * np.eye(K)[0] - step * np.eye(K)[1]

    def slope(form):
        return (externality(more, form, floor) - externality(even, form, floor))[0] / step

    assert slope("linear") == pytest.approx(K, rel=1e-4)
    assert slope("log") == pytest.approx(K / (1 + K * floor), rel=1e-4)  # the very same without a floor


def test_externalities_depend_on_shares_only():
    levels = np.array([3.0, 0.0, 1.0])
    for form in ("log", "linear"):
        found = externality(levels, form, 0.01)
        assert found == pytest.approx(externality(1000 * levels, form, 0.01))
        assert found[0] > found[2] > found[1] > -np.inf
    assert externality(levels, "log", 0.01) == pytest.approx(np.log([0.76, 0.01, 0.26]))
    assert externality(levels, "linear", 0.01) == pytest.approx([2.25, 0, 0.75])
    econ = MicroDramaEconomy(rng=1, scale=0.02)
    for off, of in ((True, levels), (False, np.zeros(3))):
        assert _externality(econ, of, off, True).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("weight", "tips"), [(0.95, False), (1.05, True)])
def test_the_even_split_tips_where_the_closed_form_says(weight, tips):
    """(V9c) With linear externalities of weight ``a`` the even split is unstable once ``a`` exceeds the scale."""
    mu, shares = 0.2, 1 / K + 1e-6 * (np.eye(K)[0] - np.eye(K)[1])
    for _ in range(2000):
        value = weight * mu * externality(shares, "linear", 0.01)
        odds = np.exp(value / mu)
        shares = 0.5 * shares + 0.5 * odds / odds.sum()
    assert (shares.max() > 0.5) == tips
    assert tips or shares == pytest.approx(np.full(K, 1 / K), abs=1e-8)


# ---------------------------------------------------------------------------- studios: what


def test_sets_close_together_save_days():
    assert studios.shooting_days(4.4, 0.55, 0.0) == pytest.approx(4.4 * 1.55)
    assert studios.shooting_days(4.4, 0.55, np.e - 1) == pytest.approx(4.4 * 1.275)
    days = studios.shooting_days(4.4, 0.55, np.array([0, 3, 30, 3000]))
    assert (np.diff(days) < 0).all() and days[-1] > 4.4
    assert studios.shooting_days(4.4, 0.0, np.array([0, 9])).tolist() == [4.4, 4.4]


@settings(deadline=None)
@given(st.floats(-100, 1e6), st.floats(0, 5), st.floats(0, 2))
def test_entry_is_a_probability(profit, rate, elasticity):
    found = float(studios.entry_probability(profit, rate, elasticity))
    assert 0 <= found <= 1
    assert found == pytest.approx(min(1.0, rate * profit**elasticity) if profit > 0 else 0)
    assert float(studios.entry_probability(profit + 1, rate, elasticity)) >= found


def test_entry_has_its_elasticity():
    assert studios.entry_probability(np.array([-1.0, 0.0, 0.25, 1.0, 100.0]), 0.5, 0.5) == pytest.approx(
        [0, 0, 0.25, 0.5, 1]
    )
    low, high = studios.entry_probability(np.array([0.1, 0.2]), 0.3, 0.7)
    assert np.log(high / low) / np.log(2) == pytest.approx(0.7)


def test_starts_and_slates():
    starts = studios.start_probability(np.array([0.0, 0.15, -0.15, -1e9, 1e9]), 0.15)
    assert starts == pytest.approx([0.5, 1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1)), 0, 1])
    money = np.array([-51.0, -50.0, -16.0, -15.0, 20.0, 1e9])
    assert studios.slate_room(money, 100.0, 50.0, 0.35, 3.0, 4.0, 2).tolist() == [0, 0, 0, 1, 2, 11]
    assert studios.own_room(np.array([69.0, 70.0, 141.0]), 100.0, np.array([0, 0, 2]), 0.35, 0.7).tolist() == [0, 1, 1]


def test_own_results_weigh_like_charts_after_as_many_series():
    assert studios.own_record(0.0, 0, 40.0) == 1
    assert studios.own_record(40 * 2.0, 40, 40.0) == 1.5
    assert studios.own_record(1e6 * 0.5, 1e6, 40.0) == pytest.approx(0.5, rel=1e-4)
    assert studios.own_record(7.0, 3, np.inf) == 1
    assert studios.own_record(6.0, 3, 0.0) == 2


def test_money_that_is_promised_is_not_free():
    assert studios.still_to_pay(100.0, 30.0, 110.0, 0.4) == pytest.approx(26)
    assert studios.still_to_pay(100.0, 90.0, 110.0, 0.4) == 0
    room = studios.slate_room(np.array([-400.0, 0.0, 70.0, 1e9]), 100.0, 300.0, 0.35, 3.0, 4.0, np.array([0, 0, 2, 2]))
    assert room.tolist() == [0, 3, 10, 11]
    assert studios.own_room(230.0, 100.0, 2, 0.35, 0.7) == 2
    assert studios.own_room(60.0, 100.0, 0, 0.35, 0.7) == 0


def test_free_scenes_have_room_for_so_many_days():
    assert cities.free_part(np.array([0.0, 40.0, 400.0]), 100.0).tolist() == [1, 1, 0.25]
    assert cities.free_part(np.array([0.0, 40.0]), 0.0).tolist() == [0, 0]


def test_the_rent_of_given_space_is_reckoned_as_far_as_cities_pay_it():
    assert estate.rent_given(20.0, np.array([0.0, 850.0, 1700.0]), 1700.0, 0.5).tolist() == [0, 5, 10]


def test_crews_busy_with_long_series_become_free_evenly():
    assert estate.set_free(np.full(10, 2), 0.3, 35).tolist() == [-1, -1, -1, 5, 10, 15, 20, 25, 30, 35]
    assert estate.set_free(np.array([10, 5]), 1.0, 35).tolist() == [-1, -1]
    assert estate.set_free(np.array([10, 5]), 0.0, 30).tolist() == [20, 30]
    assert estate.set_free(np.zeros(0), 0.5, 30).tolist() == []


def test_word_of_the_trade_spreads_with_it():
    assert studios.founders_aware(1200, 500, 2000) == 300
    assert studios.founders_aware(1200, 5000, 2000) == 1200


def test_the_mean_worth_of_studios_is_that_of_a_lognormal():
    q = 0.3 * np.random.default_rng(1).standard_normal(1_000_000)
    assert studios.mean_worth(1.4, 0.3) == pytest.approx(np.exp(1.4 * q).mean(), rel=2e-3)


@settings(deadline=None)
@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(0, 1))
def test_expectations_lie_between_the_past_and_what_is_seen(past, seen, memory):
    found = float(studios.expectation(past, seen, memory))
    assert min(past, seen) - 1e-3 <= found <= max(past, seen) + 1e-3
    assert studios.expectation(past, seen, 1.0) == past and studios.expectation(past, seen, 0.0) == seen


def test_expectations_converge_geometrically():
    x = 0.0
    for month in range(1, 200):
        x = float(studios.expectation(x, 5.0, 0.8))
        assert x == pytest.approx(5 * (1 - 0.8**month))
    assert x == pytest.approx(5)


def test_better_studios_bid_more_within_bounds():
    bids = workers.bid_factor(np.linspace(-20, 20, 200), 0.85, 0.3, 2.0)
    assert (np.diff(bids) >= 0).all() and bids[0] == pytest.approx(0.85) and bids[-1] == pytest.approx(1.45)
    assert workers.bid_factor(0.0, 0.85, 0.3, 2.0) == pytest.approx(1.15)


def test_parts_of_a_fee_make_up_the_fee_to_the_last_fen():
    parts = [platforms.milestone_fen(1003, number, (0.3, 0.4)) for number in range(3)]
    assert parts == [300, 401, 302]


def test_a_smoothed_value_takes_up_its_share_of_the_latest_month():
    assert smoothed(10.0, 20.0, 0.3) == pytest.approx(13) and smoothed(10.0, 20.0, 1.0) == 20
    # The complements of the usual weights are exact, so that the two always sum to one.
    assert [1 - weight for weight in (0.3, 0.2, 0.1)] == [0.7, 0.8, 0.9]


# ---------------------------------------------------------------------------- audiences (V12)


@settings(max_examples=40)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=5), st.floats(0, 0.9), st.floats(0, 2), st.floats(0.1, 1e6))
def test_the_recommender_settles_at_the_closed_form(quality, feedback, effect, total):
    quality, audience = np.array(quality), total * np.linspace(1, 2, len(quality))
    for _ in range(400):
        pull = platforms.attention(quality, audience, feedback, effect)
        audience = total * pull / pull.sum()
    expected = np.exp(effect * quality / (1 - feedback))
    assert audience / total == pytest.approx(expected / expected.sum(), rel=1e-6)


def test_feedback_is_the_elasticity_of_attention_to_past_views():
    few, many = platforms.attention(0.4, np.array([10.0, 1000.0]), 0.5, 1.0)
    assert many / few == pytest.approx(10)
    assert few == pytest.approx(np.exp(0.4) * np.sqrt(10))
    assert platforms.attention(0.0, np.array([0.0, 10.0]), 0.0, 1.0).tolist() == [1, 1]  # no recommender


def tail_exponent(end, drift, spread):
    """Root of ``(1 - d) exp(a m + a^2 s^2 / 2) = 1``, a week at a time."""
    return brentq(lambda a: np.log1p(-end) + a * drift + a**2 * spread**2 / 2, 0.1, 20)


def test_a_month_of_word_of_mouth_is_four_weeks():
    """The monthly rules have the tail exponent of the weekly law: (1 - D) E[growth^a] = 1, by quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    for end, drift, spread in ((P.wom_end, P.wom_drift, P.wom_spread), (0.2, 0.02, 0.5)):
        tail = tail_exponent(end, drift, spread)
        growth = platforms.audience_growth(0.0, nodes, drift, 0.3, spread) ** tail
        mean = growth @ weights / weights.sum()
        assert (1 - platforms.month_end_probability(end)) * mean == pytest.approx(1)
    assert platforms.month_end_probability(0.12) == pytest.approx(1 - 0.88**4)
    better = platforms.audience_growth(np.array([0.0, 1.0]), 0.0, -0.05, 0.03, 0.4)
    assert better == pytest.approx(np.exp([-0.2, -0.08]))


def test_word_of_mouth_at_its_defaults_has_a_tail_in_the_observed_range():
    """Killed Gibrat growth (De Vany & Walls 1999): Hill's estimate against the root."""
    tail = tail_exponent(P.wom_end, P.wom_drift, P.wom_spread)
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


def test_fees_and_promotion():
    assert platforms.commission_fee(100, 0.1) == pytest.approx(110)
    assert platforms.promotion_weight(np.array([0.0, 0.5]), 2.0) == pytest.approx([1, np.e])
    assert platforms.promotion_weight(np.array([-3.0, 3.0]), 0.0).tolist() == [1, 1]


# ---------------------------------------------------------------------------- cities and funds


def test_land_revenue_follows_house_prices():
    assert cities.land_revenue(100, 80, 2) == pytest.approx(64)
    assert cities.land_revenue(np.array([10.0, 20.0]), np.array([100.0, 90.0]), 3.0) == pytest.approx([10, 14.58])
    assert cities.land_revenue(100, 80, 0) == 100


@settings(deadline=None)
@given(money, money, share, money)
def test_the_discretionary_budget_is_what_is_left(revenue, before, committed, service):
    found = float(cities.discretionary_budget(revenue, before, committed, service))
    assert found == pytest.approx(max(revenue - committed * before - service, 0)) and found >= 0


def test_the_budget_of_a_city_in_want_is_nothing():
    assert cities.discretionary_budget(np.array([120.0, 70.0]), 100.0, 0.85, 5.0).tolist() == [30, 0]


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**14), min_size=1, max_size=5), st.integers(0, 10**14))
def test_no_budget_pays_more_than_it_has_and_none_less_than_it_could(claims, budget):
    paid = cities.prorated(np.array(claims), budget)
    assert (paid >= 0).all() and (paid <= 1).all()
    assert np.array(claims) * paid == pytest.approx(np.minimum(claims, budget))
    assert cities.prorated(0.0, budget) == 1


@settings(deadline=None)
@given(money, share, money)
def test_a_rebate_is_a_share_up_to_its_cap(spending, rate, cap):
    found = float(cities.rebate(spending, rate, cap))
    assert found <= cap and found <= rate * spending
    assert found in (cap, spending * rate)


def test_rebates_of_several_series_are_capped_one_by_one():
    assert cities.rebate(np.array([1e5, 1e7]), 0.1, 3e5).tolist() == [1e4, 3e5]


def test_funds_raise_what_their_record_justifies():
    usual = np.full(4, 100.0)
    invested, returned, lost = np.array([0, 100, 100, 100]), np.array([0, 300, 0, 0]), np.array([0, 0, 50, 100])
    assert funds.capital_raised(usual, invested, returned, lost, 2.0).tolist() == [100, 100, 25, 0]
    assert funds.capital_raised(usual, invested, returned, lost, 0.0).tolist() == [100, 100, 100, 100]


def test_tickets_and_stakes():
    assert funds.stake_bp(1e6, 2.0) == 3333 and funds.stake_bp(1e6, 4.0) == funds.stake_bp(5e7, 4.0) == 2000
    assert funds.diluted(3333, 3333) == 2222 and funds.diluted(np.array([10_000, 0]), 2000).tolist() == [8000, 0]


def buy(
    capital,
    home,
    *,
    city=(0, 0, 1, 1),
    backer=(-1,) * 4,
    stake=(0,) * 4,
    free=(True,) * 4,
    low=(True,) * 4,
    promising=((False, False),) * 2,
):
    """Funds buy 3333 basis points for 10 fen in four studios, in the order 3, 2, 1, 0."""
    backer, stake = np.array(backer), np.array(stake)
    cost, others = np.zeros(4, np.int64), np.full(4, 3000)
    bought = _buy_stakes(
        capital=np.array(capital),
        for_zone=np.zeros(len(capital), np.int64),
        in_zone=np.zeros(4, bool),
        home=np.array(home),
        ticket=10,
        bought=3333,
        ranked=np.array([3, 2, 1, 0]),
        low=np.array(low),
        city=np.array(city),
        free=np.array(free),
        promising=np.array(promising),
        backer=backer,
        stake=stake,
        cost=cost,
        others=others,
    )
    return [each.tolist() for each in bought], stake.tolist(), backer.tolist(), others.tolist(), cost.tolist()


def test_funds_back_the_best_while_their_capital_lasts():
    bought, stake, backer, others, cost = buy([39, 9, 10], [-1, -1, -1])
    assert bought == [[0, 0, 0, 2], [3, 2, 1, 0], [False] * 4]
    assert stake == [3333] * 4 and backer == [2, 0, 0, 0] and others == [2000] * 4 and cost == [10] * 4


def test_a_fund_backs_again_its_own_that_run_low_and_nobody_elses():
    bought, stake, *_ = buy([100, 100], [-1, -1], backer=(0, 0, 1, 1), stake=(1000,) * 4, low=(False, True, True, True))
    assert bought[:2] == [[0, 0, 1], [1, 0, 2]]  # rows 3 and 1 come first and third in the ranking
    assert stake == [3999, 3999, 3999, 1000]


def test_a_state_fund_buys_at_home_and_who_promises_to_spend_there():
    assert buy([100], [0])[0] == [[0, 0], [1, 0], [False, False]]
    willing = np.array([[False, False], [True, False]])  # those of city 1 would spend in city 0
    assert buy([100], [0], promising=willing, free=(True, True, False, True))[0] == [
        [0, 0, 0],
        [3, 1, 0],
        [True, False, False],
    ]
    assert buy([100], [0], promising=willing.T)[0] == [[0, 0], [1, 0], [False, False]]


@given(st.integers(0, 60))
def test_capital_reaches_the_best_tickets_first(capital):
    (_, studios, _), *_ = buy([capital], [-1])
    assert studios == [3, 2, 1, 0][: capital // 10]


# ---------------------------------------------------------------------------- numbers or arrays alike

RULES = {
    "land revenue": lambda x: cities.land_revenue(100.0, x, 2.0),
    "discretionary budget": lambda x: cities.discretionary_budget(x, 1.0, 0.85, 0.1),
    "prorated": lambda x: cities.prorated(x, 1.0),
    "rebate": lambda x: cities.rebate(x, 0.5, 0.6),
    "bid rent": lambda x: estate.bid_rent(90.0, 0.08, x),
    "space demand": lambda x: estate.space_demand(10.0, 0.9, x, 2.0, 0.6),
    "activity": lambda x: estate.activity(x, 0.5),
    "rent growth": lambda x: estate.rent_growth(x, 0.1, 0.167),
    "idle share": lambda x: estate.idle_share(0.1, 100 * (x + 0.1), 1.0),
    "conversion margin": lambda x: estate.conversion_margin(x, 0.7, 10.0, **TERMS),
    "set price growth": lambda x: estate.set_price_growth(x, 0.75, 0.05),
    "reservation factor": lambda x: workers.reservation_factor(x, 0.3),
    "reservation wage": lambda x: workers.reservation_wage(x, 1.2),
    "match premium": lambda x: workers.match_premium(x, 0.2, 0.05),
    "wage growth": lambda x: workers.wage_growth(x, 0.4, 0.04),
    "real income": lambda x: workers.real_income(500.0, x, 1.1, 0.8),
    "moving cost": lambda x: workers.moving_cost(x, 1.5, 0.1),
    "shooting days": lambda x: studios.shooting_days(4.4, 0.55, x),
    "location value": lambda x: studios.location_value(
        5.0, 0.1, x, 0.5, 1.0, delay_aversion=0.2, queue_aversion=0.1, away_cost=0.1, delay_floor=0.1
    ),
    "effective hours": lambda x: workers.effective_hours(x, 1.0, 2.0),
    "fatigue": lambda x: workers.fatigue(0.5, x, 0.4, 2.0, 0.7),
    "burnout": lambda x: workers.burnout_probability(x, 0.01),
    "retakes": lambda x: workers.retakes(x, 0.3),
    "detection": lambda x: content.detection_probability(0.4, x, 0.2, 1.0),
    "inherited quality": lambda x: studios.inherited_quality(x, 0.3, 0.5, 0.3),
    "imitation": lambda x: cities.imitation_probability(x, 0.002, 0.05),
    "entry probability": lambda x: studios.entry_probability(x, 0.5, 0.5),
    "start probability": lambda x: studios.start_probability(x, 0.15),
    "slate room": lambda x: studios.slate_room(x, 0.3, 0.1, 0.35, 3.0, 4.0, 1),
    "growth of a trade": lambda x: workers.growth_of_trade(x + 0.1, 0.3, 0.15, 0.5),
    "expectation": lambda x: studios.expectation(x, 1.0, 0.8),
    "bid factor": lambda x: workers.bid_factor(x, 0.85, 0.3, 2.0),
    "smoothed": lambda x: smoothed(x, 1.0, 0.3),
    "promotion weight": lambda x: platforms.promotion_weight(x, 1.0),
    "attention": lambda x: platforms.attention(0.1, x, 0.5, 1.0),
    "audience growth": lambda x: platforms.audience_growth(0.1, x, -0.05, 0.05, 0.45),
}


@pytest.mark.parametrize("rule", RULES)
def test_rules_take_numbers_and_arrays_alike(rule):
    x = np.array([0.0, 0.3, 1.0, 2.5]) + (rule == "space demand")
    kept = x.copy()
    together = RULES[rule](x)
    assert together.shape == x.shape and np.isfinite(together).all()
    assert [float(RULES[rule](float(value))) for value in x] == pytest.approx(together.tolist(), rel=1e-14)
    np.testing.assert_array_equal(x, kept)  # pure: nothing is written into what it was given
