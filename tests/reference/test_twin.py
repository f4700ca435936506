"""The model and the twin that shares no code with it leave the same panels and the same flows of money."""

import os
import subprocess
import sys

import numpy as np
import pytest

from microdrama.model import shipped_scenarios
from microdrama.model.economy import ORDERS
from microdrama.model.inputs.parameters import PARAMETERS, SWITCHES
from reference.compare import apart, differences, side_by_side
from reference.reached import LIVELY, PLACED, PROMISED, ROOT
from reference.twin import Twin
from worlds import any_mechanisms, anything_allowed, every_instrument, off, with_parks


def agree(months, scenario, seed, **values):
    """With wide cells, of which the twin looks at every pair, unless the world is about cells."""
    assert not apart(months, scenario, seed, **{"cell_km": 5.0} | values)


def test_they_agree_at_the_defaults():
    agree(26, "baseline", 7, scale=0.02, cell_km=2)


@pytest.mark.parametrize("draw", [0, 1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 21))])
def test_they_agree_whatever_the_parameters_and_mechanisms(draw):
    rng = np.random.default_rng(draw)
    agree(18, every_instrument(), draw, scale=0.01, **anything_allowed(rng) | any_mechanisms(rng))


@pytest.mark.parametrize("draw", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 10))])
def test_they_agree_with_all_switches_on(draw):
    on = {switch: PARAMETERS[switch].default or True for switch in SWITCHES}
    values = anything_allowed(np.random.default_rng(1000 + draw)) if draw else {}
    agree(26, every_instrument(), draw, scale=0.02, **values | on)


@pytest.mark.parametrize("order", ORDERS)
def test_they_agree_in_every_order_of_the_month_and_with_wider_cells(order):
    agree(24, every_instrument(), 3, scale=0.02, month_order=order, cell_km=3)


TREASURIES = [
    {},
    {"land_substitution": 2, "committed_half_life_months": 2},
    {"land_substitution": -1, "city_debt_limit_years": 0, "committed_share": 1.0},
    {"fiscal_limits": False},
    {"fiscal_rule": "residual"},
    {"fiscal_rule": "residual", "city_debt_limit_years": 0, "committed_share": 1.0},
]


@pytest.mark.parametrize("values", TREASURIES)
def test_they_agree_however_film_policy_is_paid_for(values):
    agree(26, every_instrument(), 3, scale=0.02, **values)


def test_they_agree_where_rebates_are_planned_and_copied_within_the_budget():
    eager = {"imitation_rate": 0.3, "imitation_catch_up": 0.5, "plan_step": 0.2, "jobs_weight": 2.0}
    agree(30, every_instrument(), 3, scale=0.02, **eager)


PLACES = [
    {},
    {"month_order": "demography_first", "base_hire_fade": 0.0, "base_hire_response": 0.5, "costume_share": 0.0},
    {"month_order": "funds_last", "trip_yuan_km": 1000.0},
    {"office_choice": "cell"},  # and so no moves inside cities
    {"office_moves": False, "shooting_location": False, "public_discount": 0.9},
    {"nearest_sets": False, "relocation": False, "office_review_rate": 1.0, "office_move_cost": 0.0, "cell_km": 5.0},
    {"spillover_km": 0.1, "office_spillover": 3.0, "office_rent_weight": 5.0, "cell_km": 3.0, "trip_yuan_km": 0.0},
    {"spillover_km": 1000.0, "office_centre_pull": 0.0, "base_hire_fade": 1.0, "queues": False},
    {"office_m2_per_studio": 2000.0, "film_space": False, "mall_size_m2": 20_000.0, "venues": True, "scale": 0.02},
]


@pytest.mark.parametrize("values", PLACES[:3])
def test_they_agree_on_who_is_nearby_and_on_the_nearest_set(values):
    agree(12, every_instrument(), 2, **LIVELY | PLACED | values)


@pytest.mark.slow
@pytest.mark.parametrize("values", PLACES[3:])
def test_they_agree_on_places_whatever_else_holds(values):
    agree(12, every_instrument(), 2, **LIVELY | PLACED | values)


@pytest.mark.parametrize(
    "values", [{}, {"overhead_yuan_month": 5000.0, "office_rent_weight": 5.0, "honoured_update_weight": 1.0}]
)
def test_they_agree_on_what_is_given_in_parts_of_cities(values):
    agree(11, with_parks(), 2, **LIVELY | PLACED | values)


def test_studios_move_inside_cities_and_bases_differ_in_hire():
    """In the world in which the two are compared."""
    scenario = every_instrument().with_values(LIVELY | PLACED, rng=2)
    twin = Twin(scenario, 2).run(10)
    assert sum(sum(month["office_moves"]) for month in twin.months) > 10
    assert min(base.premium for base in twin.bases) < -0.01 and max(base.premium for base in twin.bases) > 0.01


@pytest.mark.parametrize("values", [{}, {"home_attachment": 20.0, "emigrants_share": 1.0}, {"heritage": False}])
def test_they_agree_where_workers_go_home(values):
    agree(26, every_instrument(), 4, scale=0.05, return_migration=True, migration_opportunity=0.2, **values)


@pytest.mark.slow
def test_they_agree_beyond_the_months_first_announced():
    agree(123, every_instrument(), 7, scale=0.005)


@pytest.mark.slow
@pytest.mark.parametrize("switch", SWITCHES)
def test_they_agree_with_each_mechanism_the_other_way(switch):
    agree(14, every_instrument(), 5, scale=0.01, **{switch: off(switch) if PARAMETERS[switch].default else True})


LATE = ("ai_series", "censorship_campaign", "hours_cap", "late_zhengzhou", "open_scenes", "policy_withdrawal")
"""Scenarios that begin to differ from the baseline after 48 months or more."""


@pytest.mark.slow
@pytest.mark.parametrize("scenario", shipped_scenarios())
def test_they_agree_on_every_scenario(scenario):
    agree(76 if scenario in LATE else 48, scenario, 1, scale=0.01)


@pytest.mark.slow
def test_every_line_of_rules_and_phases_is_reached_where_they_agree():
    """Uncompiled, in a process of its own."""
    here = os.environ | {"NUMBA_DISABLE_JIT": "1", "COVERAGE_CORE": "sysmon", "PYTHONPATH": "tests"}
    words = [sys.executable, "-m", "reference.reached"]
    done = subprocess.run(words, cwd=ROOT, env=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_they_agree_where_studios_break_promises_and_bases_wear_out():
    econ, twin = side_by_side(16, every_instrument(), 2, scale=0.03, **PROMISED)
    assert not list(differences(econ, twin))
    flows = econ.panel.flows()
    assert flows["fen"][flows["flow"] == "fund_claw_back"].sum() > 0
    assert any(month.get(("bases", sector), 0) > 0 for month in twin.sheets for sector in ("FB", "CG"))


def test_another_seed_is_told_apart():
    econ, _ = side_by_side(2, "baseline", 1, scale=0.02)
    _, twin = side_by_side(2, "baseline", 2, scale=0.02)
    assert list(differences(econ, twin))
