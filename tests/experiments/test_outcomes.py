"""Outcomes: they add up, have units, are registered in one place, and a user's own are like the rest."""

import re

import numpy as np
import pytest

from microdrama.experiments import files
from microdrama.experiments.outcomes import FinishedRun, outcome, outcome_columns, outcomes, summarise
from microdrama.experiments.outcomes.concentration import tipping_month
from microdrama.experiments.outcomes.labour import gini
from microdrama.experiments.outcomes.promises import in_runs, unpaid_promises
from microdrama.experiments.outcomes.registry import REGISTRY, own_modules
from microdrama.experiments.run import run
from microdrama.experiments.running.sweep import load, sweep
from microdrama.model.accounts.ledger import FLOWS
from microdrama.model.errors import InputError
from microdrama.model.inputs.policies import Window
from microdrama.model.inputs.scenario import load_scenario
from worlds import Here


@pytest.fixture(scope="module")
def economy():
    return run("baseline", 3, months=18, scale=0.02)


def test_outcomes_add_up_over_cities_and_flows(economy):
    slugs, panel = economy.cities.slugs, economy.panel
    rows = [summarise(economy, city) for city in slugs]
    found = rows[0]
    assert list(found) == list(outcome_columns(slugs))
    for name in ("job_months", "series_shot", "wages_yuan", "net_public_cost_yuan", "workers", "base_crews"):
        assert sum(row[f"city_{name}"] for row in rows) == pytest.approx(found[f"all_{name}"])
    assert found["all_job_months"] == pytest.approx(panel.array("paid_days").sum() / 22)
    assert found["flow_wages_yuan"] == pytest.approx(panel.array("wages_yuan")[-12:].sum(), rel=1e-6)
    assert {f"flow_{name}_yuan" for name in FLOWS} <= set(found)
    for what in ("studios", "shoot_days", "value_yuan", "platform_gross", "wages"):
        assert sum(found[f"share_{what}_{slug}"] for slug in slugs) == pytest.approx(1)
    assert 0 <= found["worker_income_gini"] <= 1 and 0 <= found["views_top_share"] <= 1


def test_net_public_cost_is_discounted_spending_less_taxes_and_what_comes_back(economy):
    panel, p = economy.panel, economy.p
    weight = 1 / (1 + p.city_interest_year / 12) ** np.arange(18)
    row = economy.cities.index("zhengzhou")
    net = panel.array("film_spent_yuan")[:, row] - panel.array("film_tax_yuan")[:, row]
    back = economy.state_funds.distributed_fen[row] / 100 * weight[-1]
    assert summarise(economy)["city_net_public_cost_yuan"] == pytest.approx((weight * net).sum() - back)


def test_gini_of_pareto_is_the_closed_form():
    """Analytically, Pareto with parameter a has Gini 1/(2a-1)."""
    sample = np.random.default_rng(1).pareto(3, 200_000) + 1
    assert gini(sample) == pytest.approx(1 / 5, abs=0.005)
    assert np.isnan(gini(np.zeros(3)))


def path(*stretches):
    return np.array([shares for shares, months in stretches for _ in range(months)], float)


@pytest.mark.parametrize(
    ("shares", "month"),
    [
        (path(([0.5, 0.5], 5), ([0.7, 0.3], 20)), 5),
        (path(([0.7, 0.3], 11), ([0.5, 0.5], 5)), -1),
        (path(([0.7, 0.3], 11), ([0.3, 0.7], 12)), 11),  # the lead changes hands
        (path(([0.7, 0.3], 6), ([np.nan, np.nan], 1), ([0.7, 0.3], 12)), 7),
        (path(([0.54, 0.46], 40)), -1),
        (path(([0.39, 0.31, 0.3], 1), ([0.45, 0.3, 0.25], 12)), 1),
    ],
)
def test_a_lead_counts_once_it_is_large_and_lasts(shares, month):
    assert tipping_month(shares) == month


def test_every_outcome_is_one_object_with_all_that_is_said_of_it():
    slugs = ["here", "there"]
    known = outcomes(slugs)
    assert len(known) == sum(len(family.members(slugs)) for family in REGISTRY.values()), "two have the same name"
    for name, one in known.items():
        assert one.name == name and one.meaning and "{" not in one.meaning + one.name
        assert one.display.words.format(city="Here") and one.display.factor > 0
    assert known["share_shoot_days_there"].display.words.format(city="There") == "There's share of shooting days"
    assert set(outcomes([])) == {
        name for name in known if not name.removesuffix("_observed").endswith(("_here", "_there"))
    }


def test_shared_intermediate_results_are_computed_once(economy):
    calls, finished = [], FinishedRun(economy)

    def count(run):
        calls.append(run)
        return 7

    assert finished.once(count) == finished.once(count) == 7 and calls == [finished]
    assert finished.column("studios") is finished.column("studios")


@pytest.fixture
def registry(monkeypatch):
    """Whatever a test registers is gone after it."""
    monkeypatch.setattr(files, "_SOURCES", {})
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


def test_an_outcome_of_ones_own_is_a_column_and_part_of_the_code(economy, registry):
    before = files.code_version()

    @outcome("idle_{where}", "studios", "studios without a project in {where}", where={"all": "all cities"})
    def idle(run, where):
        return (run.economy.studios.idle_months > 0).sum()

    assert summarise(economy)["idle_all"] == (economy.studios.idle_months > 0).sum()
    assert outcome_columns(economy.cities.slugs)["idle_all"] == ("studios", "studios without a project in all cities")
    assert files.code_version() != before and __name__ in own_modules()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hhi_studios", "column of this name"),
        ("city", "has one of this name"),
        ("seed", "column of this name"),
        ("crisis_strength", "column of this name"),
        ("my share", "letters, digits and _"),
    ],
)
def test_names_that_cannot_be(name, message, registry):
    with pytest.raises(InputError, match=message):
        outcome(name, "1", "what it is")(lambda run: 1.0)


def test_an_outcome_of_ones_own_is_in_a_sweep_with_unit_and_meaning(tmp_path, registry):
    @outcome("months_run", "months", "months of the run")
    def months_run(run):
        return len(run.economy.panel)

    study = {"months": 2, "scale": 0.02, "seeds": 2, "outputs": ["months_run", "studios"]}
    assert sweep(study, tmp_path, executor=Here).failed == 0
    table = load(tmp_path)
    assert table["months_run"].to_pylist() == [2.0, 2.0]
    assert table.schema.field("months_run").metadata == {b"unit": b"months", b"meaning": b"months of the run"}
    with pytest.raises(InputError, match="unknown outcome 'month_run'; did you mean 'months_run'"):
        sweep(study | {"outputs": ["month_run"]}, tmp_path, executor=Here)


def promised(months=20, **values):
    scenario = load_scenario("baseline")
    scenario.policies = (
        Window("xian", "rebate", 2, 0.5, budget_yuan_year=1e6),
        Window("beijing", "rebate", 2, 0.01, budget_yuan_year=1e9),
        Window("zhengzhou", "state_fund", 2, 10.0, end=14),
    )
    values |= {"annual_plans": False, "imitation": False, "scale": 0.05}
    return run(scenario.with_values(values), 1, months)


def test_what_was_announced_and_not_paid_is_said_with_years_amounts_and_reason():
    sentences = unpaid_promises(promised(film_budget_share=0.5, turnover=False))
    assert len(sentences) == 2
    assert re.match(r"Beijing, 2021-2022: of 1\.5bn yuan announced for film policy [\d.,]+m? were paid", sentences[0])
    assert sentences[0].endswith("; nobody came for the rest") and sentences[1].endswith("; the budget was too small")
    assert sentences[1].startswith("Xi'an, 2021-2022: of ")
    paused = unpaid_promises(promised(film_budget_share=0.5, turnover_rate=1.0))
    assert paused[-1] == (
        "Zhengzhou, 2021-2022: of 10m yuan announced for film policy 0 were paid (0%); new city leaders called no "
        "capital for the fund"
    )
    indebted = {"fiscal_rule": "prior_claim", "city_debt_limit_years": 0, "committed_share": 1.0}
    assert any("debt at its limit" in s for s in unpaid_promises(promised(land_price_elasticity=0, **indebted)))
    assert not unpaid_promises(promised(policy=False))


def test_space_and_scenes_that_nobody_uses_are_said_to_be_so():
    scenario = load_scenario("baseline")
    scenario.policies = (Window("beijing", "state_space", 2, 1e5, end=14), Window("xian", "free_scenes", 2, 100.0))
    scenario.policies += (Window("shanghai", "free_scenes", 2, 1e4, budget_yuan_year=1e4, end=8),)
    found = unpaid_promises(run(scenario.with_values({"scale": 0.05, "mall_conversion": False}), 1, 20))
    assert [sentence.split(",")[0] for sentence in found] == ["Beijing", "Shanghai", "Xi'an"]
    assert all(sentence.endswith("; nobody came for the rest") for sentence in found)


def test_the_worst_case_of_a_world_is_said_in_the_same_words():
    import pandas as pd

    runs = [promised(film_budget_share=0.5, turnover=False) for _ in range(2)]
    rows = pd.DataFrame([summarise(economy) for economy in runs])
    sentence = in_runs(rows)
    assert re.match(r"Beijing, 2021-2022: of 1\.5bn yuan announced for rebates [\d.,]+m? were paid \(", sentence)
    assert sentence.endswith("; nobody came for the rest")
    assert unpaid_promises(runs[0])[0] == sentence.replace("rebates", "film policy")
    none = summarise(promised(policy=False))
    assert none["unpaid_city"] == "" and none["unpaid_paid_yuan"] == 0
    assert in_runs(pd.DataFrame([none])) == "no announced money was left unpaid"
    both = in_runs(pd.DataFrame([summarise(runs[0]), none]))
    assert both == f"{sentence} (in 1 of 2 runs, of which these are the means)"
