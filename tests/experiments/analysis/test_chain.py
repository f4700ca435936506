"""Why two worlds differ, link by link."""

import numpy as np
import pytest

from microdrama.experiments.analysis import chain
from microdrama.experiments.outcomes.chain import COLUMNS, STEPS

SEEDS, MONTHS, CITIES = 5, 18, 2


def world(**values):
    """Two cities for a year and a half from July 2021, all columns zero but those given."""
    found = {name: np.zeros((SEEDS, MONTHS, CITIES)) for name in COLUMNS}
    for name, value in values.items():
        found[name] = np.zeros((SEEDS, MONTHS, CITIES)) + value
    return found


def test_links_are_a_year_of_sums_and_means_of_prices():
    spread = np.arange(SEEDS).reshape(-1, 1, 1)
    without = world(paid_days=2200.0, rent_yuan_m2_month=50.0, series_shot=30.0, series_started=40.0, studios=7.0)
    treated = world(
        paid_days=[3300.0, 2200.0] + 22.0 * spread,
        rent_yuan_m2_month=40.0,
        series_shot=36.0,
        series_started=41.0,
        studios=7.0,
        paid_rebate_yuan=2e6,
    )
    found = {(row["step"], row["year"], row["city"]): row for row in chain.rows(without, treated, 6, ["a", "b"])}
    assert len(found) == len(STEPS) * 3 * CITIES and {year for _, year, _ in found} == {0, 2021, 2022}
    for year in (0, 2021, 2022):
        jobs = found["jobs", year, "a"]
        assert (jobs["without"], jobs["added"]) == pytest.approx((100, 52)) and jobs["unit"] == "job-years/year"
        assert jobs["added"] - jobs["low"] == pytest.approx(2.776445 * np.std(range(SEEDS), ddof=1) / np.sqrt(SEEDS))
        assert found["office_rent", year, "b"]["added"] == -10
        assert found["from_elsewhere", year, "b"]["added"] == 60  # 12 times 36 - 41 - (30 - 40)
        assert found["paid", year, "a"]["added"] == pytest.approx(24)
    said = chain.sentence(without, treated, 0, "A")
    assert said.startswith(
        "Why, in A: paid for film policies +24.0 [+24.0, +24.0] million yuan a year -> office rent -10.0"
    )
    assert "jobs +52.0 [+50.0, +54.0] job-years a year (+52.0 %)" in said and "> studios" not in said
    assert chain.sentence(without, without, 0, "A").endswith("is distinguishable from zero.")
