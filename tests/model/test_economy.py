"""The whole economy: identities, reproducibility, placebo tests of every mechanism, a ninth city."""

import csv
import dataclasses
import hashlib
import io
import math
import pickle
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest

from microdrama.model import MicroDramaEconomy, economy, shipped_scenarios
from microdrama.model.accounts import ledger
from microdrama.model.ids import stable_ids
from microdrama.model.inputs.cities import parse_cities
from microdrama.model.inputs.market import Market, shipped_market
from microdrama.model.inputs.parameters import PARAMETERS, SWITCHES
from microdrama.model.inputs.policies import BUDGETS, INSTRUMENTS, Window
from microdrama.model.inputs.scenario import load_scenario
from microdrama.model.panel import COLUMNS
from microdrama.model.phases import (
    accumulate_fatigue,
    close_bases,
    close_studios,
    join_and_leave,
    move_rents,
    plan_year,
    renew_leases,
)
from microdrama.model.phases.demography import add_workers
from microdrama.model.populations.tables import Studios
from worlds import anything_allowed, every_instrument, off


def run(months=36, *, scenario=None, seed=3, scale=0.05, change=None, **values):
    econ = MicroDramaEconomy(every_instrument() if scenario is None else scenario, rng=seed, scale=scale, **values)
    if change:
        change(econ)
    econ.run_for(months)
    return econ


def outcome(econ):
    """Everything the run left: the panel and the ledger."""
    return np.stack([*econ.panel._months]), np.stack(econ.panel._ledger)


def same(a, b):
    return all(np.array_equal(x, y, equal_nan=True) for x, y in zip(outcome(a), outcome(b), strict=True))


# ---------------------------------------------------------------------------- identities


@pytest.mark.slow
def test_identities_hold_every_month_in_every_scenario_and_each_makes_a_difference():
    outcomes = {}
    for scenario in shipped_scenarios():
        econ = MicroDramaEconomy(scenario, rng=11, scale=0.02, cell_km=5.0, audit=True)
        econ.run_for(120)
        outcomes[scenario] = econ.panel.array("shoot_days")[-12:].sum(axis=0).tobytes()
    assert outcomes.pop("parks") == outcomes["baseline"]  # zones, for which no policy acts yet
    assert len(set(outcomes.values())) == len(outcomes)


def test_identities_hold_with_every_instrument_in_force():
    run(60, scale=0.1, audit=True)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["baseline", "early_zhengzhou", "subsidy_race"])
def test_identities_hold_every_month_at_full_size(scenario):
    MicroDramaEconomy(scenario, rng=12, audit=True, scale=1).run_for(100 if scenario == "baseline" else 60)


@pytest.mark.parametrize("draw", range(8))
def test_identities_hold_whatever_the_parameters(draw):
    run(24, scale=0.02, audit=True, seed=draw, **anything_allowed(np.random.default_rng(draw)))


REJECTED = {"pass_through": False, "venues": False, "fiscal_rule": "residual", "crisis_control": "peak"}
"""Structures of the first design that can still be chosen."""


@pytest.mark.parametrize("order", economy.ORDERS)
def test_identities_hold_in_every_order_of_the_month(order):
    headings = economy.headings(order)
    assert sorted(headings) == sorted(economy.PHASES) and (headings == [*economy.PHASES]) == (order == "usual")
    assert (headings[0], headings[-2:]) == ("clock", ["audit", "record"])
    econ = run(40, audit=True, month_order=order, cell_km=1)
    assert len(econ.bases) and same(econ, run(40)) is False
    run(40, audit=True, month_order=order, **REJECTED)


@pytest.mark.slow
@pytest.mark.parametrize("draw", range(100, 140))
def test_identities_hold_for_many_parameters(draw):
    run(36, scale=0.02, audit=True, seed=draw, **anything_allowed(np.random.default_rng(draw)))


def test_a_broken_identity_stops_the_run():
    econ = run(6, audit=True)

    def conjure(e):
        e.studios._data["cash_fen"][0] += 1

    econ.phases.insert(5, conjure)
    with pytest.raises(RuntimeError, match="1 fen"):
        econ.step()


# ---------------------------------------------------------------------------- the same draws

PRINT_HASH = """
import hashlib, sys, numpy as np
from microdrama import MicroDramaEconomy
e = MicroDramaEconomy("baseline", rng=5, scale=0.05, keep_series=True); e.run_for(30)
print(hashlib.sha256(np.stack(e.panel._months).tobytes() + np.stack(e.panel._ledger).tobytes()).hexdigest())
slow = {"pandas", "networkx", "scipy.spatial", "scipy.stats"} & set(sys.modules)
assert not slow, f"{slow}: slow to import, and a run needs none of them"
import mesa.agent, pandas; assert mesa.agent.pd.Series is pandas.Series
import random, networkx, scipy.spatial
from mesa.discrete_space import network, VoronoiGrid
place = network.Network(networkx.path_graph(3), random=random.Random(1))
assert len(place.all_cells) == 3
assert VoronoiGrid([[0, 0], [1, 0], [0, 1]], random=random.Random(1)).find_nearest_cell([1, 0])
"""


def test_the_same_seed_gives_byte_identical_panels_in_two_processes_whatever_the_blas():
    env = {"PYTHONHASHSEED": "1", "PATH": "", "PYTHONPATH": ":".join(sys.path), "OPENBLAS_CORETYPE": "Prescott"}
    done = subprocess.run([sys.executable, "-c", PRINT_HASH], capture_output=True, text=True, check=True, env=env)
    econ = MicroDramaEconomy("baseline", rng=5, scale=0.05)
    econ.run_for(30)
    here = hashlib.sha256(b"".join(x.tobytes() for x in outcome(econ))).hexdigest()
    assert done.stdout == here + "\n"


def test_another_seed_gives_another_run():
    assert not same(run(12, seed=1), run(12, seed=2))


def test_stepping_in_pieces_is_the_same_as_in_one_go():
    pieces = run(10)
    pieces.run_for(3)
    pieces.step()
    assert same(pieces, run(14))


def test_two_models_in_one_process_do_not_disturb_each_other():
    one, other = MicroDramaEconomy(rng=1, scale=0.05), MicroDramaEconomy(rng=2, scale=0.05)
    for _ in range(12):
        one.step()
        other.step()
    alone = MicroDramaEconomy(rng=1, scale=0.05)
    alone.run_for(12)
    assert same(one, alone)


def add_inert_studio(econ):
    ids = stable_ids(Studios.kind, -1, 2**20 - 1, np.array([2**22 - 1]))
    econ.studios.add(ids, city=2, cell=econ.region.first[2], quality=3.0, inert=True, private_fund=-1, state_fund=-1)


def test_studios_count_what_they_have_released():
    start, econ = run(0, exit=False), run(40, exit=False)
    assert econ.studios.released.sum() == econ.counts["released"] - start.counts["released"] > 0


@pytest.mark.parametrize("values", [{}, REJECTED], ids=["usual", "rejected structures"])
def test_one_inert_extra_studio_changes_nobody_else(values):
    with_it, without = run(60, change=add_inert_studio, **values), run(60, **values)
    assert same(with_it, without)
    assert len(with_it.studios) == len(without.studios) + 1
    others = ~with_it.studios.inert
    for name in Studios.columns():
        assert np.array_equal(getattr(with_it.studios, name)[others], getattr(without.studios, name)), name


def test_an_active_extra_studio_leaves_the_luck_of_the_others_alone():
    """Not a placebo: it competes. But in its first month nobody else's quality, home or entry may differ."""

    def extra(econ):
        add_inert_studio(econ)
        econ.studios.inert[-1] = False

    with_it, without = run(1, change=extra, spinoff_share=0), run(1, spinoff_share=0)
    both = np.isin(with_it.studios.id, without.studios.id)
    assert np.array_equal(with_it.studios.id[both], without.studios.id)
    assert np.array_equal(with_it.studios.quality[both], without.studios.quality)


# ---------------------------------------------------------------------------- mechanisms


def drop_windows(*instruments):
    def scenario():
        full = every_instrument()
        full.policies = tuple(w for w in full.policies if w.instrument not in instruments)
        return full

    return {"scenario": scenario}


def without_phase(phase):
    return {"change": lambda econ: econ.phases.remove(phase)}


def with_nobody_but_trained(econ):
    """Nobody joins the trade unasked or leaves it; those whom cities train join."""
    nobody = np.zeros(0, np.int64)
    econ.phases[econ.phases.index(join_and_leave)] = lambda e: add_workers(e, nobody, nobody, nobody)


def with_empty_offices(econ):
    """Rents moved as if nobody made films: the phase without its film lines."""
    at = econ.phases.index(move_rents)

    def no_film(e):
        studios = e.studios
        city_cells, studios.cell = studios.cell.copy(), 0
        inert, studios.inert = studios.inert.copy(), True
        move_rents(e)
        studios.cell, studios.inert = city_cells, inert

    econ.phases[at] = no_film


def with_flat_market(econ):
    econ.market = Market(np.repeat(econ.market.yuan[:, :1], 12, axis=1))


def with_city_columns(**columns):
    """The same scenario on a city table with other numbers: functions of the table, by column."""

    def scenario():
        full = every_instrument()
        numbers = {name: column(full.cities) for name, column in columns.items()}
        full.cities = dataclasses.replace(full.cities, numbers=full.cities.numbers | numbers)
        return full

    return {"scenario": scenario}


def like_jobs(name):
    return lambda c: c.numbers[name].sum() * c.employment_million / c.employment_million.sum()


OF_THE_START = ("studios_2020", "workers_2020", "base_crews_2020", "costume_crews_2020")


ALIKE = {
    "property_crisis": {"crisis_strength": 0},
    "rent_dynamics": {"rent_adjustment": 0, "rent_smoothing": 0},
    "film_space": {"change": with_empty_offices},
    "mall_conversion": {"conversion_looks": 0},
    "pass_through": {"set_price_use_response": 0.02, "set_price_cost_pull": 0},
    "venues": {"venue_crews_million": 0, "venue_crews_fall": 0},
    "land_finance": {"land_price_elasticity": 0},
    "waiting_option": {"set_hire_volatility": 0},
    "lease_renewal": without_phase(renew_leases),
    "base_closure": without_phase(close_bases),
    "genres": {**with_city_columns(costume_crews_2020=lambda c: 0 * c.base_crews_2020), "costume_share": 0},
    "queues": {"queue_days": 0},
    "policy": {"policy_scale": 0, "annual_plans": False, "imitation": False},
    "hours_cap": drop_windows("hours_cap"),
    "mandates": {"fund_mandate": 0},
    "annual_plans": without_phase(plan_year),
    "imitation": {"imitation_rate": 0, "imitation_success": 0},
    "turnover": {"turnover_rate": 0},
    "heritage": with_city_columns(
        **{name: like_jobs(name) for name in OF_THE_START},
        **dict.fromkeys(("founder_firms", "free_share_2020"), lambda c: np.full(len(c), np.nan)),
    ),
    "parentage": {"inheritance": 0},
    "guarantees": {"guarantee_share": 0},
    "novel_promotion": {"novel_seed_yuan_month": 0},
    "ip_supply": {"ip_elasticity": 0},
    "foreign_cast": {"change": lambda econ: econ.offers.__setitem__(3, False)},
    "california": {"change": lambda econ: econ.offers.__setitem__(4, False)},
    "edge": {"edge_value_domestic": 0, "edge_value_overseas": 0},
    "review": {
        **dict.fromkeys(("rejection_rate", "removal_rate", "filing_days", "province_days", "national_days"), 0),
        "filing_service_yuan": 0,
    },
    "inspection": {"inspection_rate": 0},
    "campaigns": {**drop_windows("censorship"), "campaign_rate": 0},
    "fatigue": without_phase(accumulate_fatigue),
    "labour_entry": {"change": with_nobody_but_trained},
    "sameness": {"sameness_weight": 0},
    "designation": drop_windows("designation"),
    "public_studios": drop_windows("public_studio"),
    "rent_subsidy": drop_windows("rent_subsidy"),
    "rebate": drop_windows("rebate", "rebate_cap"),
    "state_funds": drop_windows("state_fund"),
    "private_funds": {"private_capital_yuan_month": 0},
    "entry": {"potential_entrants_month": 0},
    "work_for_hire": {"commission_share": 0},
    "set_sharing": {"sets_per_crew": 0},
    "overseas": {"overseas_multiple": 0},
    "shooting_location": {"location_scale": 0.02, "away_cost": 2},
    "relocation": {"relocation_rate": 0},
    "office_moves": {"office_review_rate": 0},
    "nearest_sets": {"trip_yuan_km": 0, "base_hire_response": 0},
    "learning": {"expectation_memory": 1},
    "exit": without_phase(close_studios),
    "price_level": {"price_level_exponent": 0},
    "match_premium": {"match_spread": 0},
    "wage_adjustment": {"wage_response": 0},
    "migration": {"migration_opportunity": 0},
    "return_migration": {"home_attachment": 0, "emigrants_share": 0},
    "market_growth": {"change": with_flat_market},
    "promotion": {f"promotion_share_{mode}": 0 for mode in ("paid", "ad", "overseas")},
    "recommender": {"recommender_feedback": 0},
    "word_of_mouth": {"wom_drift": 0, "wom_quality": 0, "wom_spread": 0},
    "pooling": {"pooling_weight": 0},
    "set_access": {"set_access_weight": 0},
    "knowledge": {"knowledge_weight": 0},
    "reputation": {"reputation_weight": 0},
}
"""A run without the mechanism, made without its switch: strength zero, windows or phase taken out."""
ALSO = {
    "pass_through": {"venues": False},
    "office_moves": {"office_choice": "nearby"},
    "set_sharing": {"set_access": "off"},
    "designation": {"imitation": False},
    "rebate": {"annual_plans": False, "imitation": False},
}
"""Other switches that the strength in ALIKE acts on."""
LATER = {
    "foreign_cast": 40,
    "mall_conversion": 48,
    "lease_renewal": 48,
    "waiting_option": 72,
    "imitation": 48,
    "turnover": 60,
    "california": 60,
}
"""Mechanisms that 27 months do not show: months that do."""


@pytest.fixture(scope="module")
def with_everything():
    return run(27)


@pytest.mark.parametrize("switch", [pytest.param(s, marks=pytest.mark.slow) if s in LATER else s for s in ALIKE])
def test_off_is_bit_identical_to_a_run_without_the_mechanism_and_on_is_not(switch, with_everything):
    also, alike = ALSO.get(switch, {}), dict(ALIKE[switch])
    scenario = alike.pop("scenario", every_instrument)()
    months = LATER.get(switch, 27)
    if not PARAMETERS[switch].default:
        also = {**also, switch: True}
    without = run(months, **also | {switch: off(switch)})
    assert same(without, run(months, scenario=scenario, **alike, **also))
    assert not same(without, run(months, **also) if also or months != 27 else with_everything)


def test_every_switch_has_its_placebo():
    # Budgets without limits have no strength to set to zero: see the next test.
    assert set(SWITCHES) == {*ALIKE, "fiscal_limits"}


def test_without_fiscal_limits_the_film_budget_is_that_of_2020(with_everything):
    assert not same(with_everything, run(27, fiscal_limits=False))
    econ = run(12, fiscal_limits=False, policy=False)
    yearly = (econ.cities.revenue_million_yuan_year + econ.cities.land_revenue_million_yuan_year) * 1e6
    expected = econ.p.film_claim * yearly * econ.p.scale  # a year's, as nothing was spent
    np.testing.assert_allclose(econ.officials.film_budget_fen / 100, expected, atol=1)


@pytest.mark.parametrize("name", ["pooling", "set_access", "knowledge", "reputation"])
def test_the_form_of_an_externality_matters(name, with_everything):
    assert not same(with_everything, run(27, **{name: "linear"}))


# ---------------------------------------------------------------------------- cities


def table_text():
    return files("microdrama.model.inputs").joinpath("evidence", "cities.csv").read_text(encoding="utf-8")


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def text_of(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def test_a_ninth_city_is_one_row_of_the_table(tmp_path):
    rows = rows_of(table_text())
    rows.append(
        {**rows[0], "city": "chengdu", "name": "Chengdu", "name_zh": "成都", "latitude": "30.66", "longitude": "104.06"}
    )
    path = tmp_path / "nine.csv"
    path.write_text(text_of(rows), encoding="utf-8")
    scenario = tmp_path / "nine.toml"
    scenario.write_text('extends = "baseline"\ncities = "nine.csv"\n', encoding="utf-8")
    econ = MicroDramaEconomy(scenario, rng=1, scale=0.1, audit=True)
    econ.run_for(48)
    assert len(econ.cities) == 9
    assert econ.share("chengdu", "studios") > 0
    assert econ.panel.array("shoot_days")[:, econ.cities.index("chengdu")].sum() > 0
    assert {agent.city for agent in econ.agents_by_type[type(econ.agents[0])]} <= set(econ.cities.slugs)


def test_a_scenario_survives_the_way_to_another_process():
    scenario = load_scenario("early_zhengzhou")
    copy = pickle.loads(pickle.dumps(scenario))
    assert copy.fingerprint == scenario.fingerprint


def test_the_order_of_the_city_table_does_not_matter():
    rows = rows_of(table_text())
    turned = load_scenario("baseline").with_cities(parse_cities(text_of(rows[::-1]), "turned.csv"))
    assert same(run(24, scenario=turned), run(24, scenario=load_scenario("baseline")))


def test_a_city_nobody_can_afford_stays_empty():
    rows = rows_of(table_text())
    dear = dict.fromkeys(("extra_yuan_day", "crew_yuan_day", "actor_yuan_day", "lead_yuan_day"), "900000")
    rows.append(
        {**rows[0], **dear, "city": "nowhere", "studios_2020": "0", "workers_2020": "0", "base_crews_2020": "0"}
    )
    scenario = load_scenario("baseline").with_cities(parse_cities(text_of(rows), "nine.csv"))
    econ = run(36, scenario=scenario, entry_scale=0.1)
    nowhere = econ.cities.index("nowhere")
    assert econ.panel.array("shoot_days")[:, nowhere].sum() == 0
    assert econ.panel.array("studios")[:, nowhere].sum() == 0


# ---------------------------------------------------------------------------- what it should look like


def test_without_a_crisis_and_without_films_rents_stand_still():
    econ = run(60, property_crisis=False, film_space=False, crisis_demand_elasticity=0)
    np.testing.assert_allclose(econ.region.rent, econ.region.rent_2020, rtol=1e-9)


@pytest.mark.slow
def test_a_crisis_lowers_rents_by_the_closed_form():
    """(V4) Long after a fall of demand to 1 - d, rents stand at (1 - d)^(1/elasticity) of where they were."""
    econ = MicroDramaEconomy(
        "baseline", rng=1, scale=0.05, film_space=False, rent_smoothing=0.0, months=300, rent_floor_yuan_m2_month=0
    )
    econ.run_for(300)
    expected = econ.activity ** (1 / econ.p.rent_elasticity)
    change = econ.region.city_mean(econ.region.rent) / econ.region.city_mean(econ.region.rent_2020)
    np.testing.assert_allclose(change, expected, rtol=1e-3)
    np.testing.assert_allclose(econ.region.vacancy, econ.region.natural_vacancy, atol=1e-3)


@pytest.mark.slow
def test_the_classroom_is_a_small_copy_of_full_size():
    """Shares and costs of a tenth-size world lie near those of a half-size one (means over seeds)."""

    def look(scale, seeds):
        runs = [run(48, scenario=load_scenario("baseline"), seed=s, scale=scale) for s in seeds]
        days = sum(e.panel.array("shoot_days")[-12:].sum(axis=0) / e.p.scale for e in runs) / len(runs)
        return days.sum(), days / days.sum(), np.mean([e.series_cost for e in runs])

    (small, small_shares, small_cost), (large, large_shares, large_cost) = look(0.1, range(8)), look(0.5, range(2))
    assert small == pytest.approx(large, rel=0.25)
    assert small_cost == pytest.approx(large_cost, rel=0.1)
    np.testing.assert_allclose(small_shares, large_shares, atol=0.08)


@pytest.mark.parametrize(
    ("scale", "malls", "crews"), [(2, 1, 11), (1, 1, 11), (0.3, 1, 3), (0.1, 1, 1), (0.05, 10 / 17, 1)]
)
def test_small_worlds_have_smaller_malls_and_not_fewer_until_a_crew_fills_one(scale, malls, crews):
    economy, full = MicroDramaEconomy(scale=scale), MicroDramaEconomy(scale=1)
    count = np.bincount(economy.malls.city) / np.bincount(full.malls.city)
    np.testing.assert_allclose(count, malls * max(scale, 1), rtol=0.02)
    assert economy.conversion_terms[1] == crews


@pytest.mark.parametrize("scale", [0.05, 0.1, 0.3])
def test_set_hire_rises_in_small_worlds_as_at_full_size_before_there_is_a_base(scale):
    """Zhengzhou begins with room for two crews, less than one in a small world: the price must answer there too."""

    def hire(scale):
        runs = [run(24, scenario=load_scenario("baseline"), seed=seed, scale=scale) for seed in (1, 2, 3)]
        return np.mean([econ.panel.array("set_hire_yuan_day")[-1, econ.cities.index("zhengzhou")] for econ in runs])

    assert hire(scale) == pytest.approx(hire(1), rel=0.12)  # the rate of the start is a quarter below it


# ---------------------------------------------------------------------------- money


def nominal_power(unit):
    """1 for an amount of money, -1 for something per amount of money, 0 for neither."""
    above, _, below = unit.partition(" per " if unit.startswith(("yuan", "USD")) else "/month per ")
    return ("yuan" in above or "USD" in above) - ("yuan" in below) if unit != "yuan/USD" else 0


def in_small_money(times):
    """The same world in currencies of which ``times`` units make a yuan or a dollar: (scenario, parameters)."""
    rows = [
        {name: repr(float(value) * times) if "yuan" in name and value else value for name, value in row.items()}
        for row in rows_of(table_text())
    ]
    scenario = every_instrument().with_cities(parse_cities(text_of(rows), "small_money.csv"))
    scenario.policies = tuple(
        dataclasses.replace(
            w,
            size=w.size * times if "yuan" in INSTRUMENTS[w.instrument][0] else w.size,
            **{key: amount * times for key in BUDGETS if (amount := getattr(w, key)) is not None},
        )
        for w in scenario.policies
    )
    powers = {name: nominal_power(q.unit) for name, q in PARAMETERS.items()}
    assert powers["rent_floor_yuan_m2_month"] == 1 and not powers["novel_lift"]
    return scenario, {name: PARAMETERS[name].default * times**k for name, k in powers.items() if k}


@pytest.mark.parametrize("design", [{}, REJECTED], ids=["usual", "rejected structures"])
@pytest.mark.parametrize("times", [4, 0.25])
def test_money_is_neutral(times, design, monkeypatch):
    """Everything nominal times a power of two, in coins of the same worth: all do the same, to the last coin."""
    before = run(48, scale=0.1, audit=True, **design)
    scenario, values = in_small_money(times)
    monkeypatch.setattr(ledger, "FEN_PER_YUAN", 100 / times)
    market = Market(shipped_market().yuan * times)
    monkeypatch.setattr(economy, "shipped_market", lambda: market)
    after = run(48, scenario=scenario, scale=0.1, audit=True, **values, **design)
    assert all(np.array_equal(a, b) for a, b in zip(before.panel._ledger, after.panel._ledger, strict=True))
    for name, (unit, _) in COLUMNS.items():
        nominal = times if "yuan" in unit else 1
        assert np.array_equal(after.panel.array(name), nominal * before.panel.array(name), equal_nan=True), name


# ---------------------------------------------------------------------------- scenarios


def test_cities_that_withdraw_do_nothing_any_more_and_did_the_same_before():
    values = {"imitation_rate": 0.2, "plan_step": 0.1}
    without, ended = run(40, **values), run(40, policy_end_month=28, **values)
    assert without.officials.rebate.any() and without.officials.designated.any()
    assert not (ended.officials.rebate.any() or ended.officials.designated.any() or ended.officials.rent_subsidy.any())
    before = [
        np.array_equal(a, b, equal_nan=True)
        for a, b in zip(without.panel._months[:28], ended.panel._months[:28], strict=True)
    ]
    assert all(before) and not same(without, ended)


def test_series_made_by_machines_take_their_share_of_the_market_by_equal_steps():
    econ = MicroDramaEconomy(scale=0.05, rng=1, ai_share=0.6, ai_start_month=50, ai_months=20)
    plain = MicroDramaEconomy(scale=0.05, rng=1)
    left = [np.unique(np.round(econ.market_at(m) / plain.market_at(m), 12)) for m in (30, 50, 60, 70, 110)]
    assert [part.tolist() for part in left] == [[1], [1], [0.7], [0.4], [0.4]]


def test_a_rebate_without_an_announced_cap_has_the_usual_one():
    scenario = load_scenario("no_policy").with_values({"policy": True, "scale": 0.02, "months": 12})
    scenario.policies = (
        Window("zhengzhou", "rebate", 0, 0.1),
        Window("xian", "rebate", 0, 0.1),
        Window("xian", "rebate_cap", 0, 5e4),
    )
    econ = MicroDramaEconomy(scenario, rng=1)
    econ.run_for(1)
    caps = dict(zip(econ.cities.slugs, econ.officials.rebate_cap_yuan))
    assert (caps["zhengzhou"], caps["xian"], caps["beijing"]) == (econ.p.usual_rebate_cap_yuan, 5e4, 0)


DEEP_IN_DEBT = [
    {"crisis_strength": 3.0},
    {"land_price_elasticity": 5.0},
    {"committed_share": 1.0},
    {"committed_half_life_months": math.inf},
    {"committed_share": 1.0, "fiscal_rule": "residual"},
]


@pytest.mark.parametrize("values", DEEP_IN_DEBT)
def test_debt_of_cities_grows_up_to_its_limit_and_no_further(values):
    """Where revenue falls faster than spending follows, cities borrow; at the limit they cut, film with the rest."""
    econ = MicroDramaEconomy("deep_crisis", rng=1, scale=0.01, months=60, city_debt_limit_years=0.02, **values)
    econ.run_for(60)
    debt, limit = econ.panel.array("city_debt_yuan"), econ.usual_budget.debt_limit_fen / 100
    assert (debt <= limit).all() and (debt.max(axis=0) > 0.99 * limit).any()
    if econ.p.fiscal_rule == "prior_claim":
        assert econ.panel.array("cut_for_debt").max() > 0
