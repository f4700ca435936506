"""Outcomes beyond shares: they add up, and have units."""

import numpy as np
import pytest

from microdrama.experiments.outcomes.industry import gini, more_columns, more_outcomes
from microdrama.experiments.run import run
from microdrama.model.accounts.ledger import FLOWS


@pytest.fixture(scope="module")
def economy():
    return run("baseline", 3, months=18, scale=0.02)


def test_outcomes_add_up_over_cities_and_flows(economy):
    found, slugs, panel = {}, economy.cities.slugs, economy.panel
    rows = [more_outcomes(economy, row) for row in range(len(slugs))]
    found = rows[0]
    assert set(found) == set(more_columns(slugs))
    for name in ("job_months", "series_shot", "wages_yuan", "net_public_cost_yuan", "workers", "base_crews"):
        assert sum(row[f"city_{name}"] for row in rows) == pytest.approx(found[f"all_{name}"])
    assert found["all_job_months"] == pytest.approx(panel.array("paid_days").sum() / 22)
    assert found["flow_wages_yuan"] == pytest.approx(panel.array("wages_yuan")[-12:].sum(), rel=1e-6)
    assert {f"flow_{name}_yuan" for name in FLOWS} <= set(found)
    for what in ("platform_gross", "wages"):
        assert sum(found[f"share_{what}_{slug}"] for slug in slugs) == pytest.approx(1)
    assert 0 <= found["worker_income_gini"] <= 1 and 0 <= found["views_top_share"] <= 1


def test_net_public_cost_is_discounted_spending_less_taxes_and_what_comes_back(economy):
    panel, p = economy.panel, economy.p
    weight = 1 / (1 + p.city_interest_year / 12) ** np.arange(18)
    row = economy.cities.index("zhengzhou")
    net = panel.array("film_spent_yuan")[:, row] - panel.array("film_tax_yuan")[:, row]
    back = economy.state_funds.distributed_fen[row] / 100 * weight[-1]
    assert more_outcomes(economy, row)["city_net_public_cost_yuan"] == pytest.approx((weight * net).sum() - back)


def test_gini_of_pareto_is_the_closed_form():
    """Analytically, Pareto with parameter a has Gini 1/(2a-1)."""
    sample = np.random.default_rng(1).pareto(3, 200_000) + 1
    assert gini(sample) == pytest.approx(1 / 5, abs=0.005)
    assert np.isnan(gini(np.zeros(3)))
