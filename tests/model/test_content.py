"""Edge, discretion and review against brute force and closed forms."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from microdrama.model.decisions import content

edge_and_discretion, trimmed = np.vectorize(content.edge_and_discretion), np.vectorize(content.trimmed, excluded=[3, 4])
COSTS = {"edge_cost": 1.0, "discretion_cost": 0.02, "discretion_scale": 1.0}


@pytest.mark.parametrize("value", [-0.2, 0.0, 0.1, 0.3, 0.9, 2.5])
@pytest.mark.parametrize("exposure", [0.0, 0.02, 0.1, 0.4, 3.0])
def test_edge_and_discretion_are_the_best_on_a_fine_grid(value, exposure):
    edge, discretion = edge_and_discretion(value, exposure, **COSTS)
    e, c = np.meshgrid(np.linspace(0, 1, 401), np.linspace(0, 6, 601))
    best = content.edge_payoff(e, c, value, exposure, **COSTS).max()
    found = content.edge_payoff(edge, discretion, value, exposure, **COSTS)
    assert found >= best - 1e-12 and found <= best + 1e-4
    assert 0 <= edge <= 1 and discretion >= 0


def test_in_the_open_edge_is_linear_in_what_it_earns():
    costs = {**COSTS, "discretion_cost": 100.0}  # nobody hides
    edge, discretion = edge_and_discretion(np.array([0.1, 0.5, 0.9]), 0.2, **costs)
    assert edge == pytest.approx([0, 0.3, 0.7]) and not discretion.any()


def test_discretion_for_a_given_edge_is_its_closed_form():
    edge, discretion = edge_and_discretion(0.9, 0.5, **COSTS)
    best = minimize_scalar(lambda c: -content.edge_payoff(edge, c, 0.9, 0.5, **COSTS), bounds=(0, 20), method="bounded")
    assert discretion == pytest.approx(best.x, abs=1e-4) == pytest.approx(np.log(0.5 * edge / 0.02))


def test_enforcement_lowers_edge_and_drives_it_underground():
    exposure = np.linspace(0, 1, 50)
    edge, discretion = edge_and_discretion(0.9, exposure, **COSTS)
    assert (np.diff(edge) <= 1e-12).all() and (np.diff(discretion) >= -1e-12).all()
    assert edge[0] == pytest.approx(0.9) and discretion[-1] > 1


def test_detection_is_that_of_poisson_visits():
    rng = np.random.default_rng(1)
    edge, discretion, hazard = 0.6, 0.5, 0.8
    seen = rng.random((200_000, 12)) < (np.arange(12) < rng.poisson(hazard, (200_000, 1))) * edge * np.exp(-discretion)
    chance = content.detection_probability(edge, discretion, hazard, 1.0)
    assert seen.any(axis=1).mean() == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / 200_000))


def trim(lavish, delay_cost=0.001):
    fixed, variable = np.full(len(lavish), 250e3), np.full(len(lavish), 110e3)
    days = np.array([10.0, 25.0, 60.0])
    return trimmed(lavish, fixed, variable, (300e3, 1e6), days, quality=0.1, delay_cost=delay_cost)


def test_budgets_bunch_just_below_a_notch():
    lavish = np.linspace(-2, 3, 20_001)
    cut, tier = trim(lavish)
    budget = 250e3 + 110e3 * np.exp(cut)
    moved = cut != lavish
    assert moved.any() and (cut <= lavish).all()
    for notch in (300e3, 1e6):
        assert (np.abs(budget - notch) < 1).sum() > 100  # bunched
        above = 250e3 + 110e3 * np.exp(lavish[~moved])
        hole = above[above > notch].min() / notch
        assert hole > 1.0005  # nobody stays in the dominated range just above
    same = tier[~moved] == content.review_tier(250e3 + 110e3 * np.exp(lavish[~moved]), 300e3, 1e6)
    assert same.all()


def test_nobody_trims_where_delay_costs_nothing():
    lavish = np.linspace(-2, 3, 101)
    assert (trim(lavish, delay_cost=0.0)[0] == lavish).all()
