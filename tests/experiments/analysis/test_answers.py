"""Every analysis of registered studies on made-up runs whose answer is known, and every shipped study on noise."""

import io
import re
import warnings

import numpy as np
import pandas as pd
import pytest

from microdrama.experiments.analysis.answers import Data, answer
from microdrama.experiments.analysis.common import agreement
from microdrama.experiments.analysis.hysteresis import half_width
from microdrama.experiments.analysis.medians import bootstrap, shortfall
from microdrama.experiments.analysis.paths import path_of
from microdrama.experiments.analysis.prim import chosen, trajectory
from microdrama.experiments.design.study_file import load_study, shipped_studies
from microdrama.experiments.outcomes import outcome_columns
from microdrama.model.calendar import month_name
from microdrama.model.inputs.scenario import load_scenario
from microdrama.model.panel import COLUMNS as PANEL_COLUMNS

SLUGS = load_scenario("baseline").cities.slugs
ZZ = SLUGS.index("zhengzhou")
COLUMNS = outcome_columns(SLUGS)
CAP = {"city": "all", "instrument": "rebate_cap", "start": "2021-01", "size": 1e6}
REGISTER = {"question": "Which?", "hypothesis": "This.", "metric": "city_share_shoot_days", "overturned_by": "That."}


def made_up(study, seeds=6, **outcomes):
    """Runs with a column for each outcome, a function of point and seed."""
    rows = [
        {"point": k, "seed": s, "run_id": f"{k}-{s}"} | {name: of(point, s) for name, of in outcomes.items()}
        for k, point in enumerate(study.points)
        for s in range(1, seeds + 1)
    ]
    return pd.DataFrame(rows)


def panel_of(study, months, seeds=6, **columns):
    """Panel with columns that are (months, cities) functions of point and seed."""

    def read(names):
        parts = []
        for k, point in enumerate(study.points):
            for s in range(1, seeds + 1):
                table = {
                    "run_id": f"{k}-{s}",
                    "month": np.repeat([month_name(m) for m in range(months)], len(SLUGS)),
                    "city": np.tile(SLUGS, months),
                }
                parts.append(pd.DataFrame(table | {n: np.asarray(columns[n](point, s), float).ravel() for n in names}))
        return pd.concat(parts)

    return read


def solved(study, runs, panel=None):
    found = answer(Data(study, runs, COLUMNS, panel))
    found.draw()
    return found


def by_name(found, kind):
    return {e.name: e.effect for e in found.effects if e.kind == kind}


def test_agreement_counts_parameter_sets_and_not_seeds():
    assert agreement(np.array([1.0, 1.0, -1.0, np.nan]), [0, 1, 2, 3]) == (pytest.approx(2 / 3), 3)
    assert np.isnan(agreement(np.ones(3), [-1, -1, -1])[0])


def test_robustness_is_told_over_the_ensemble():
    study = load_study(
        {
            "factors": {"entry": [True, False]},
            "seeds": 6,
            "ensemble": {"source": "prior", "size": 6},
            "register": REGISTER | {"analysis": "effects"},
        }
    )
    runs = made_up(study, city_share_shoot_days=lambda p, s: 0.3 + (not p["entry"]) * (0.1 if s > 1 else -0.01))
    found = solved(study, runs)
    assert found.effects[0].agree == pytest.approx(5 / 6) and found.effects[0].members == 6
    assert "0 keep their sign in 90% or more of the 6 parameter sets" in found.sentences[-1]
    assert "in 83% (at least 44%" in found.sentences[-1]  # Wilson of 5 in 6


def test_treatment_is_compared_with_all_else_alike_and_equal_runs_are_no_effect():
    study = load_study(
        {
            "factors": {"entry": [True, False], "crisis_strength": [0, 1]},
            "register": REGISTER | {"analysis": "effects", "treatment": "entry"},
        }
    )
    runs = made_up(
        study,
        city_share_shoot_days=lambda p, s: (
            0.01 * s + 0.2 * p["crisis_strength"] - 0.1 * (not p["entry"]) * (1 + p["crisis_strength"])
        ),
    )
    effects = by_name(solved(study, runs), "effect")
    assert {n: round(e.mean, 9) for n, e in effects.items()} == {
        "entry False": -10,
        "entry False, crisis_strength 1": -20,
    }
    runs.loc[runs["point"] == 2, "run_id"] = runs.loc[runs["point"] == 0, "run_id"].to_numpy()
    assert set(by_name(solved(study, runs), "effect")) == {"entry False, crisis_strength 1"}


def test_chances_have_wilson_intervals_and_conditional_means():
    study = load_study(
        {
            "factors": {"entry": [True, False]},
            "register": REGISTER
            | {"analysis": "chance", "metric": "city_leads_shoot_days", "also": ["city_share_shoot_days"]},
        }
    )
    runs = made_up(
        study,
        10,
        city_leads_shoot_days=lambda p, s: float(s <= (5 if p["entry"] else 9)),
        city_share_shoot_days=lambda p, s: 0.6 if s <= 5 else 0.1,
    )
    found = solved(study, runs)
    assert "50 % [24, 76] of 10 worlds" in found.sentences[0]
    assert by_name(found, "effect")["entry False"].mean == pytest.approx(40)
    assert any("where it comes" in s and "is 60.0 points, where it does not 10.0" in s for s in found.sentences)


def test_the_capital_is_decided_where_futures_agree():
    study = load_study(
        {
            "scale": 0.02,
            "outputs": ["leader_shoot_days", "city_leads_shoot_days"],
            "factors": {"draws": {"month": [12, 60], "future": [*range(1, 41)]}},
            "register": REGISTER | {"analysis": "committor", "metric": "city_leads_shoot_days"},
        }
    )

    def leader(p, s):
        own = "xian" if s % 2 else "zhengzhou"
        return own if p["draws.month"] == 60 else ["xian", "zhengzhou"][p["draws.future"] % 2]

    runs = made_up(
        study, 4, leader_shoot_days=leader, city_leads_shoot_days=lambda p, s: float(leader(p, s) == "zhengzhou")
    )
    found = solved(study, runs)
    means = {n: e.mean for n, e in by_name(found, "committor").items()}
    assert means == {"draws.month 12": 50, "draws.month 60": 100}
    assert "in 0 of 4 worlds by 2022-01 and in 4 by 2026-01" in found.sentences[0]
    assert "Xi'an 2" in found.sentences[0] and "Zhengzhou 2" in found.sentences[0]
    assert "at least 91% of all such futures" in found.sentences[1]


def days(p, s, months=48, lead=24):
    """Hengdian has most days until the month of the lead, Zhengzhou after it where the point says so."""
    table = np.ones((months, len(SLUGS)))
    table[:, SLUGS.index("hengdian")] = 5
    if p["property_crisis"]:
        table[lead:, ZZ] = 100
    return table


def test_leaders_change_when_they_do():
    study = load_study(
        {
            "panel": True,
            "factors": {"property_crisis": [True, False]},
            "register": REGISTER | {"analysis": "leaders", "metric": "city_leads_shoot_days"},
        }
    )
    runs = made_up(study, city_leads_shoot_days=lambda p, s: float(p["property_crisis"]))
    found = solved(study, runs, panel_of(study, 48, shoot_days=days))
    assert found.sentences[0] == "In the year to 2023-12 the leader is Zhengzhou 100% [61%, 100%]."
    assert "for the first time in 2023-01 in the median" in found.sentences[2]
    assert "the leader changes 1.0 times a world" in found.sentences[2]
    assert by_name(found, "effect")["property_crisis False"].mean == -100


def test_persistence_is_told_in_each_group():
    study = load_study(
        {
            "factors": {"entry": [True, False], "scenario": ["no_policy", "policy_withdrawal", "baseline"]},
            "register": REGISTER | {"analysis": "persistence", "by": "entry"},
        }
    )

    def size(p):
        return {"no_policy": 0, "policy_withdrawal": 1 if p["entry"] else 4, "baseline": 4}[p["scenario"]]

    runs = made_up(study, city_share_shoot_days=lambda p, s: (0.01 + 1e-5 * s) * size(p))
    left = {n: e.mean for n, e in by_name(solved(study, runs), "left").items()}
    assert left["entry True: left"] == pytest.approx(25, abs=0.1)
    assert left["entry False: left"] == pytest.approx(100, abs=1)


def ramp(point):
    """A control that rises and falls in so many months each."""
    n = int(point["offer.months"])
    up = np.arange(1, n + 1) / n if n else np.zeros(0)
    path = np.zeros(120)
    path[12 : 12 + 2 * n] = 0.3 * np.r_[up, up[::-1] - 1 / n] if n else 0
    return path


@pytest.mark.parametrize("kind", ["relay", "inertia"])
def test_only_what_stays_as_ramps_get_slower_is_hysteresis(kind):
    """A relay (on at 0.2, off at 0.1) keeps its loop; exponential smoothing of a line loses it."""
    policy = {"name": "offer", "city": "zhengzhou", "instrument": "rebate", "start": "2022-01", "size": 0.3}
    study = load_study(
        {
            "panel": True,
            "announced_policies": False,
            "policy": [policy, CAP],
            "design": {"sampler": "points", "points": [{"offer.months": n} for n in (0, 9, 18, 36)]},
            "register": REGISTER | {"analysis": "hysteresis"},
        }
    )

    def shot(point, seed):
        control, level, state = ramp(point), 0.0, []
        for c in control:
            if kind == "relay":
                level = 1.0 if c > 0.2 else 0.0 if c < 0.1 else level
            else:
                level += 0.3 * (c / 0.3 - level)
            state.append(level)
        table = np.ones((120, len(SLUGS)))
        part = 0.2 + (0.2 + 0.001 * seed) * np.array(state)
        table[:, ZZ] = 7 * part / (1 - part)
        return table

    def rebate(point, seed):
        table = np.zeros((120, len(SLUGS)))
        table[:, ZZ] = ramp(point)
        return table

    runs = made_up(study, city_share_shoot_days=lambda p, s: 0.2)
    found = solved(study, runs, panel_of(study, 120, shoot_days=shot, rebate_rate=rebate))
    areas, limit = by_name(found, "area"), by_name(found, "limit")["limit"]
    assert areas["offer.months 9"].mean > areas["offer.months 36"].mean > 0
    if kind == "relay":
        assert limit.mean == pytest.approx(20 / 3, rel=0.35) and limit.low > 0  # 0.2 high, a third of the range wide
    else:
        assert abs(limit.mean) < 0.4 * areas["offer.months 36"].mean
    assert half_width(0.9) == 0


def test_costs_per_job_differ_by_who_counts():
    policy = {"name": "offer", "cities": ["zhengzhou"], "instrument": "rebate", "start": "2022-01", "size": 0.1}
    study = load_study(
        {
            "policy": [policy, CAP],
            "factors": {"offer.cities": [0, 1]},
            "register": REGISTER | {"analysis": "cost", "metric": "city_job_months", "treatment": "offer.cities"},
        }
    )
    on = lambda p: p["offer.cities"]  # noqa: E731
    runs = made_up(
        study,
        12,
        city_job_months=lambda p, s: 100 + 10 * s + on(p) * (40 + s % 3),
        all_job_months=lambda p, s: 1000 + 5 * s + on(p) * (10 + s % 2),
        city_net_public_cost_yuan=lambda p, s: on(p) * (2e5 + 100 * s),
        all_net_public_cost_yuan=lambda p, s: on(p) * (2e5 + 100 * s),
    )
    found = solved(study, runs)
    assert by_name(found, "added")["offer.cities 1: city"].mean == pytest.approx(41)
    assert by_name(found, "displaced")["offer.cities 1: displaced"].mean == pytest.approx(100 * (1 - 10.5 / 41))
    costs = by_name(found, "cost")
    assert costs["offer.cities 1: cost, city"].mean == pytest.approx(200.65 / 41)  # thousand yuan
    assert costs["offer.cities 1: cost, all"].mean == pytest.approx(200.65 / 10.5)
    nothing = runs.assign(city_job_months=100.0 + runs["point"] * (-1.0) ** runs["seed"])
    assert "what is displaced is not identified" in solved(study, nothing).sentences[0]
    lost = solved(study, runs.assign(city_job_months=200.0 - runs["city_job_months"]))
    assert "what is displaced is not identified; all cities pay" in lost.sentences[0]  # there is no gain to share
    lost.draw()


def test_medians_resist_heavy_tails():
    rng = np.random.default_rng(3)
    study = load_study(
        {
            "factors": {"entry": [True, False]},
            "register": REGISTER
            | {"analysis": "medians", "metric": "state_fund_multiple", "also": ["city_job_months"]},
        }
    )
    tail = rng.pareto(1.2, 400) + 1
    runs = made_up(
        study,
        400,
        state_fund_multiple=lambda p, s: tail[s - 1] * (1 if p["entry"] else 0.5),
        city_job_months=lambda p, s: s + 0.0,
    )
    found = solved(study, runs)
    effect = by_name(found, "effect")["entry False"]
    assert effect.low < -0.5 * 2 ** (1 / 1.2) < effect.high and effect.low > -1.5  # half of Pareto's median
    ordinary = rng.normal(size=500)
    value, low, high = bootstrap(ordinary, np.median)
    assert low < value < high and high - low == pytest.approx(2 * 1.96 * 1.2533 / np.sqrt(500), rel=0.25)
    assert shortfall(np.arange(1, 11)) == 1


def test_the_money_adds_up():
    study = load_study({"factors": {"entry": [True, False]}, "register": REGISTER | {"analysis": "money"}})
    flows = {
        "viewer_spending": 50,
        "advertising": 40,
        "overseas_spending": 10,
        "promotion": 60,
        "commission": 20,
        "guarantee": 3,
        "revenue_share": 7,
        "platform_costs": 10,
        "wages": 12,
    }
    others = ("set_hire", "location_hire", "office_rent", "script", "inputs", "foreign_cast", "california")
    outcomes = {f"flow_{n}_yuan": (lambda p, s, n=n: float(flows.get(n, 1))) for n in (*flows, *others)}
    for what, own in (("shoot_days", 0.2), ("value_yuan", 0.1), ("platform_gross", 0.0)):
        outcomes |= {
            f"share_{what}_{slug}": (
                lambda p, s, own=own, slug=slug: own if slug == "zhengzhou" else 0.8 if slug == "beijing" else 0.01
            )
            for slug in SLUGS
        }
    found = solved(study, made_up(study, city_share_shoot_days=lambda p, s: 0.2 + 0.01 * s, **outcomes))
    assert "60 buy traffic, 30 go to studios, and 12 to cast and crew" in found.sentences[0]
    assert "Zhengzhou has 20 % of shooting days, 10 % of studios' earnings and 0 %" in found.sentences[1]
    assert "Beijing has 80, 80 and 80 %" in found.sentences[1]


def test_the_trap_has_the_size_that_theory_gives():
    """A treated city gains 10 a month, of which the seven others lose half, equally."""
    policy = {"name": "offer", "cities": ["zhengzhou", "xian"], "instrument": "rebate", "start": "2023-01", "size": 0.2}
    study = load_study(
        {
            "panel": True,
            "announced_policies": False,
            "policy": [policy, CAP],
            "factors": {"offer.cities": [0, 1, 2]},
            "register": REGISTER | {"analysis": "trap", "metric": "all_series_shot", "treatment": "offer.cities"},
        }
    )

    def shot(p, s):
        table = np.full((48, len(SLUGS)), 50.0 + s)
        for city in ["zhengzhou", "xian"][: p["offer.cities"]]:
            at = SLUGS.index(city)
            table[24:, at] += 10
        others = [i for i, slug in enumerate(SLUGS) if slug not in ["zhengzhou", "xian"][: p["offer.cities"]]]
        table[24:, others] -= 5 * p["offer.cities"] / len(others)
        return table

    found = solved(study, made_up(study, all_series_shot=lambda p, s: 1.0), panel_of(study, 48, series_shot=shot))
    kind = {e.name: e.effect.mean for e in found.effects}
    for n in (1, 2):
        assert kind[f"offer.cities {n}: own"] == pytest.approx(10)
        assert kind[f"offer.cities {n}: all"] == pytest.approx(5)
        assert kind[f"offer.cities {n}: estimate"] == pytest.approx(10 * (1 + 0.5 * n / (8 - n)))
        assert kind[f"offer.cities {n}: trend"] == 0
    assert (
        "50% of what the treated gain" in found.sentences[0] and "1.07 times that (theory 1.07)" in found.sentences[0]
    )


def test_paths_are_of_the_city_of_all_or_relative():
    specs = ["workers", "all workers", "workers / beijing", "share shoot_days"]
    study = load_study(
        {
            "panel": True,
            "factors": {"entry": [True, False]},
            "register": REGISTER | {"analysis": "paths", "paths": specs},
        }
    )

    def workers(p, s):
        table = np.full((24, len(SLUGS)), 10.0 + s)
        table[:, ZZ] = 30 if p["entry"] else 60
        return table

    panel = panel_of(study, 24, workers=workers, shoot_days=workers)
    runs = made_up(study, city_share_shoot_days=lambda p, s: 0.2)
    found = solved(study, runs, panel)
    assert by_name(found, "workers")["workers: entry False"].mean == 30
    assert by_name(found, "workers / beijing")["workers / beijing: entry False"].mean == pytest.approx(
        np.mean([30 / (10 + s) for s in range(1, 7)])
    )
    assert "mean of all months, 30 as it is: entry off +30.00 persons" in " ".join(found.sentences)
    data = Data(study, runs, COLUMNS, panel)
    assert path_of(data, "workers").shape == (2, 6, 24) and (path_of(data, "workers")[1] == 60).all()
    np.testing.assert_allclose(path_of(data, "all workers")[0, 2], 7 * 13 + 30)
    np.testing.assert_allclose(path_of(data, "workers / beijing")[1, 0], 60 / 11)
    np.testing.assert_allclose(path_of(data, "share shoot_days")[0, 0], 100 * 30 / 107)


def test_of_many_combinations_those_of_one_factor_are_told_and_drawn():
    study = load_study(
        {
            "panel": True,
            "factors": {"entry": [True, False], "exit": [True, False], "wage_floor": [0.7, 0.8, 0.9]},
            "register": REGISTER | {"analysis": "paths", "paths": ["workers"]},
        }
    )
    runs = made_up(study, city_share_shoot_days=lambda p, s: 0.2 + 0.01 * (not p["entry"]) * s)
    panel = panel_of(study, 12, workers=lambda p, s: np.full((12, len(SLUGS)), 1.0 + s))
    found = solved(study, runs, panel)
    told = ["wage floor 0.8 changes", "wage floor 0.9 changes", "exit off changes", "Entry off: "]
    assert all(words in "\n".join(found.sentences[:2]) for words in told)
    assert found.sentences[6] == "3 more combinations are in the table."
    assert len(found.draw().axes[0].lines) == 5 and found.caption.endswith("of one factor at a time.")
    assert set(by_name(found, "workers")) == {
        f"workers: {name}" for name in ("wage_floor 0.8", "wage_floor 0.9", "exit False", "entry False")
    }


def test_headlines_that_flip_are_named():
    points = [
        {"recommender": r, "property_crisis": c, "policy": p}
        for r in (True, False)
        for c, p in ((True, True), (False, True), (True, False))
    ]
    study = load_study(
        {"design": {"sampler": "points", "points": points}, "register": REGISTER | {"analysis": "multiverse"}}
    )
    runs = made_up(
        study,
        city_share_shoot_days=lambda p, s: (
            0.2
            + 0.001 * s * p["policy"]
            + 0.05 * p["policy"]
            + (-0.03 if p["recommender"] else 0.02 + 0.001 * s) * p["property_crisis"]
        ),
    )
    found = solved(study, runs)
    effects = by_name(found, "effect")
    assert effects["crisis: as it is"].mean == pytest.approx(-3)
    assert effects["crisis: recommender False"].mean == pytest.approx(2.35)
    assert "the same in 1 of 2 variants, clearly the other in 1 (recommender off)" in found.sentences[0]
    assert "the same in 2 of 2 variants, clearly the other in 0." in found.sentences[1]


def test_patterns_are_met_or_not():
    shipped = load_study("nulls").register.observed
    observed = {
        "studios_growth_zhengzhou_2024": shipped["studios_growth_zhengzhou_2024"] | {"low": 1.2, "high": 1.4},
        **{name: shipped[name] for name in ("leader_2023_xian", "zhengzhou_passes_hengdian")},
    }
    study = load_study(
        {
            "panel": True,
            "factors": {"entry": [True, False]},
            "register": REGISTER | {"analysis": "nulls", "observed": observed},
        }
    )

    def days(p, s):
        table = np.ones((60, len(SLUGS)))
        table[:, SLUGS.index("xian")] = 9 if p["entry"] else 1
        table[:, SLUGS.index("hengdian")] = 5
        table[40:, ZZ] = 50 if p["entry"] else 1
        return table

    def studios(p, s):
        table = np.full((60, len(SLUGS)), 100.0)
        table[36:, ZZ] = 130
        return table

    flat = lambda p, s: np.ones((60, len(SLUGS)))  # noqa: E731
    panel = panel_of(study, 60, shoot_days=days, studios=studios, value_yuan=flat, rent_yuan_m2_month=flat)
    found = solved(study, made_up(study, city_share_shoot_days=lambda p, s: 0.1), panel)
    assert "the full model 3.0" in found.sentences[0] and "entry off 1.0" in found.sentences[0]
    assert by_name(found, "patterns met")["hits: entry False"].mean == -2
    assert found.sentences[-1] == "The full model is beaten on none of them."


def test_a_known_box_is_found():
    rng = np.random.default_rng(5)
    x = rng.random((800, 4))
    y = ((x[:, 0] > 0.6) & (x[:, 2] < 0.5)).astype(float)
    box = chosen(trajectory(x, y))
    assert box.low[0] == pytest.approx(0.6, abs=0.06) and box.high[2] == pytest.approx(0.5, abs=0.06)
    assert box.coverage > 0.85 and box.density > 0.9
    assert box.p[0, 0] < 1e-6 and box.p[2, 1] < 1e-6
    others = [box.p[i, side] for i, side in ((0, 1), (1, 0), (1, 1), (2, 0), (3, 0), (3, 1))]
    assert all(np.isnan(p) or p > 0.05 for p in others)


def test_discovery_says_which_bounds_matter():
    study = load_study(
        {
            "design": {"sampler": "latin_hypercube", "size": 300},
            "seeds": 1,
            "factors": {"crisis_strength": {"low": 0, "high": 2}, "land_price_elasticity": {"low": 1, "high": 3}},
            "register": REGISTER | {"analysis": "prim", "metric": "city_leads_shoot_days"},
        }
    )
    runs = made_up(study, 1, city_leads_shoot_days=lambda p, s: float(p["crisis_strength"] > 1.2))
    found = solved(study, runs)
    assert re.search(r"size of the fall of house prices from their control path above 1\.[12]", found.sentences[1])
    assert "elasticity of land revenue" not in found.sentences[1]


def test_what_holds_up_over_all_parameter_sets_is_known():
    """Levels 1, 2 c and 1 + c - 0.5 for c from 0 to 2, in points: the second is better where c > 0.5."""
    given = {
        "factors": {"policy_scale": [0.0, 1.0, 2.0]},
        "ensemble": {"size": 40, "parameters": {"crisis_strength": {"low": 0, "high": 2}, "wage_floor": [0.8, 1.0]}},
        "register": REGISTER | {"analysis": "regret", "enough": 1.4},
    }
    study = load_study(given)
    assert len(study.seeds) == 40
    c = [member["crisis_strength"] for member in study.ensemble.members]
    levels = [np.ones(40), 2 * np.array(c), np.array(c) + 0.5]
    runs = made_up(study, 40, city_share_shoot_days=lambda p, s: levels[int(p["policy_scale"])][s - 1] / 100)
    found, best = solved(study, runs), np.max(levels, axis=0)
    values = {e.name: e.effect.mean for e in found.effects}
    for name, level in zip(("as it is", "policy_scale 1.0", "policy_scale 2.0"), levels):
        assert values[f"{name}: largest"] == pytest.approx((best - level).max())
        assert values[f"{name}: regret"] == pytest.approx((best - level).mean())
        assert values[f"{name}: enough"] == pytest.approx(100 * np.mean(level >= 1.4))
        assert values[f"{name}: worst"] == pytest.approx(level.min())
    assert any(s.startswith("Minimax regret: policy scale 1.") for s in found.sentences)
    assert any(s.startswith("Maximin (the best worst case): policy scale 0.") for s in found.sentences)
    less = load_study(given | {"register": given["register"] | {"better": "less", "enough": 0.9}})
    found = {e.name: e.effect.mean for e in solved(less, runs).effects}
    assert found["policy_scale 1.0: enough"] == pytest.approx(100 * np.mean(levels[1] <= 0.9))
    assert found["as it is: largest"] == pytest.approx((1 - np.min(levels, axis=0)).max())
    boxes = load_study(given | {"register": REGISTER | {"analysis": "prim"}})
    found = solved(boxes, runs)
    assert "policy scale 1 helps in 75% of 40" in found.sentences[0].casefold()
    assert (
        "size of the fall of house prices from their control path above 0.4" in found.sentences[1]
        and "floor of" not in found.sentences[1]
    )


def test_draws_of_one_parameter_set_belong_together():
    given = {
        "factors": {"policy_scale": [0.0, 1.0]},
        "seeds": 12,
        "ensemble": {"size": 4, "parameters": {"crisis_strength": {"low": 0, "high": 2}}},
        "register": REGISTER | {"analysis": "effects"},
    }
    study = load_study(given)
    runs = made_up(study, 12, city_share_shoot_days=lambda p, s: 0.01 * p["policy_scale"] * (1 + (s - 1) % 4))
    (effect,) = solved(study, runs).effects
    means = np.arange(1, 5)
    half = 3.1824463 * means.std(ddof=1) / 2
    assert effect.effect[:3] == pytest.approx((2.5, 2.5 - half, 2.5 + half)) and effect.members == 4


@pytest.mark.slow
@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("name", shipped_studies())
def test_shipped_studies_have_the_effects_that_they_predict_and_a_figure(name, quick):
    study = load_study(name, quick=quick)
    if study.register is None:
        return
    assert study.register.metric in study.outputs
    rng, seeds = np.random.default_rng(1), min(max(2, len(study.seeds)), 8)
    noise = {"0 or 1": lambda: float(rng.random() < 0.5), "": lambda: str(rng.choice(SLUGS))}
    outcomes = {
        name: (
            lambda p, s, unit=COLUMNS[name][0] if name in COLUMNS else "1": noise.get(
                unit, lambda: rng.random() + 0.1
            )()
        )
        for name in study.outputs
    }
    at = study.at(study.points[0])
    months, slugs = at.parameters.months, at.cities.slugs
    tables = {name: (lambda p, s: rng.random((months, len(slugs))) + 0.1) for name in PANEL_COLUMNS}
    tables["rebate_rate"] = lambda p, s: np.outer(
        ramp(p)[:months] if "offer.months" in p else np.ones(months), np.ones(len(slugs))
    )
    data = Data(
        study, made_up(study, seeds, **outcomes), outcome_columns(slugs), panel_of(study, months, seeds, **tables)
    )
    found = answer(data)
    assert {e.name for e in found.effects} >= study.register.predicted.keys() and found.caption
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # matplotlib's word for a layout that does not fit
        found.draw().savefig(io.BytesIO(), format="png", dpi=40)
