"""What is watched of a run agrees with its own books, and watching changes nothing."""

import numpy as np
import pyarrow.parquet
import pytest

from microdrama.experiments.outcomes.quantities import (
    BUILDINGS,
    ELSEWHERE,
    PANEL,
    TOP_TITLES,
    Observations,
    Observer,
    quantities,
)
from microdrama.experiments.running.sweep import sweep
from microdrama.model import MicroDramaEconomy
from microdrama.model.accounts.ledger import FLOWS, yuan
from microdrama.model.errors import InputError
from worlds import Here, every_instrument

MONTHS, SCALE = 15, 0.03
UNDEFINED = "outer_conversion_share", "conversion_km", "recovered_share_paid", "private_fund_multiple", "survival_24"
"""Shares of nothing, so early in so small a run."""


@pytest.fixture(scope="module")
def watched():
    plain = MicroDramaEconomy(every_instrument(), rng=3, scale=SCALE, keep_series=True, format_birth_month=2)
    plain.run_for(MONTHS)
    economy = MicroDramaEconomy(every_instrument(), rng=3, scale=SCALE, keep_series=True, format_birth_month=2)
    observer, revenue = Observer(economy), {}
    for month in range(MONTHS):
        if month == 12:
            first_year, revenue = revenue, {}
        economy.run_for(1)
        for studio, fen in zip(economy.studios.id, economy.studios.revenue_fen, strict=True):
            revenue[studio] = revenue.get(studio, 0.0) + yuan(fen)
    return plain, economy, observer, first_year, revenue


def seen_by(observer):
    return Observations.of(observer.table(), SCALE)


def test_watching_changes_nothing(watched):
    plain, economy, *_ = watched
    for mine, other in zip(plain.panel._months, economy.panel._months, strict=True):
        assert np.array_equal(mine, other, equal_nan=True)
    assert all(np.array_equal(a, b) for a, b in zip(plain.panel._ledger, economy.panel._ledger, strict=True))


def test_columns_of_the_panel_come_through(watched):
    _, economy, observer, *_ = watched
    seen = seen_by(observer)
    assert seen.cities == [*economy.cities.slugs, ELSEWHERE] and len(seen.months) == MONTHS
    for name, (column, _) in PANEL.items():
        part = economy.p.mall_m2 / economy.p.mall_size_m2 if name in BUILDINGS else 1
        assert np.array_equal(seen.columns[name][:, :-1], economy.panel.array(column) * part)


def test_spending_by_mode_is_what_the_ledger_booked(watched):
    _, economy, observer, *_ = watched
    booked = np.stack(economy.panel._ledger).sum(axis=(2, 3)) / 100
    for name, flow in (
        ("paid_yuan", "viewer_spending"),
        ("ad_yuan", "advertising"),
        ("overseas_yuan", "overseas_spending"),
    ):
        assert observer_total(observer, name) == pytest.approx(booked[:, list(FLOWS).index(flow)].sum())


def observer_total(observer, name):
    return seen_by(observer).columns[name].sum()


def test_attention_since_january_is_what_series_got(watched):
    """In the second year: of all series, less what they had by the end of the first (from a run that stops there)."""
    _, economy, observer, *_ = watched

    def views(econ):
        live = econ.series.views[econ.series.views > 0].sum()
        return live + sum(part["views"].sum() for part in econ.panel._series)

    first = MicroDramaEconomy(every_instrument(), rng=3, scale=SCALE, keep_series=True, format_birth_month=2)
    first.run_for(12)
    attention = seen_by(observer).columns["attention_yuan"].sum(axis=1)
    assert attention[11] == pytest.approx(views(first))
    assert attention[-1] == pytest.approx(views(economy) - views(first))


def test_charts_are_counted_by_hand(watched):
    """Attention of the last months by title, from how much each series had at both ends."""
    _, economy, observer, *_ = watched
    seen = seen_by(observer)
    tops = seen.columns["top_producers"].sum(axis=1)
    assert (tops <= max(1, round(100 * SCALE))).all() and tops[-1] == 3
    share = seen.measure("top_titles_share", seen.rows("all"), 12, MONTHS - 1)
    titles = observer._titles.total
    count = max(1, round(TOP_TITLES * len(titles)))
    assert (
        share == pytest.approx(np.sort(titles)[::-1][:count].sum() / titles.sum()) and count / len(titles) < share < 1
    )
    assert set(observer._titles.owner) >= set(economy.series.studio[economy.series.released == MONTHS - 1])


def test_large_firms_are_counted_by_hand(watched):
    *_, observer, first_year, revenue = watched
    large = seen_by(observer).columns["large_firms"].sum(axis=1)
    for month, found in ((11, first_year), (MONTHS - 1, revenue)):
        assert large[month] == sum(total >= 1e7 for total in found.values())
    assert max(first_year.values()) > 0


def test_series_are_counted_once(watched):
    _, economy, observer, *_ = watched
    seen, ended = seen_by(observer), economy.panel.series()
    total = {name: values.sum() for name, values in seen.columns.items()}
    assert total["released_low"] + total["released_middle"] + total["released_high"] == total["series_released"]
    own = ~ended["commissioned"] & (ended["born"] != "")
    assert total["own_ended"] == own.sum() > 0
    assert total["own_recovered"] == (own & (ended["revenue_fen"] >= ended["cost_fen"])).sum()
    assert total["paid_ended"] <= total["own_ended"] and total["series_removed"] <= len(ended["ended"])
    p = economy.p
    crew = p.extras + p.crew + p.actors + p.leads
    assert total["openings"] % crew == 0 and total["openings"] >= crew * total["series_shot"]
    assert (seen.columns["workers_at_work"] <= seen.columns["workers"] + total["workers_joined"]).all()


def test_what_the_regulator_takes_down():
    """Where audiences never die out by chance, all that ends was taken down."""
    economy = MicroDramaEconomy("baseline", rng=1, scale=0.02, keep_series=True, wom_end=0.0, removal_rate=5.0)
    observer = Observer(economy)
    economy.run_for(5)
    removed = seen_by(observer).columns["series_removed"].sum()
    assert removed == len(economy.panel.series()["ended"]) > 0


def test_bases_in_former_malls(watched):
    _, economy, observer, *_ = watched
    bases, last = economy.bases, {name: values[-1] for name, values in seen_by(observer).columns.items()}
    part = economy.p.mall_m2 / economy.p.mall_size_m2
    assert last["converted_bases"].sum() == pytest.approx(part * (bases.mall_id != 0).sum())
    assert last["base_floor_m2"].sum() == bases.floor_m2[bases.opens <= MONTHS - 1].sum()
    km = economy.region.distance_km[bases.cell][bases.mall_id != 0]
    assert last["converted_km"].sum() == pytest.approx(part * km.sum())


def test_malls_are_counted_as_in_the_real_industry_at_any_scale():
    """Malls of small worlds are smaller, or where they could not hold a crew fewer: their number is that of all."""
    counts = []
    for scale in (0.02, 0.1, 0.4):
        observer = Observer(economy := MicroDramaEconomy("baseline", rng=1, scale=scale))
        economy.step()
        counts.append([observer.value(name, "2021-01") for name in ("derelict_malls", "bases")])
    malls, bases = np.array(counts).T
    assert malls == pytest.approx(malls[-1], rel=0.1)
    assert bases[1] == pytest.approx(bases[2], rel=0.25)


def test_what_was_not_kept_is_not_counted():
    economy = MicroDramaEconomy("baseline", rng=1, scale=0.02)
    observer = Observer(economy)
    economy.run_for(1)
    assert observer.value("firms", "2021-01") > 0 and "own_ended" not in observer.table()
    for name, words in (("recovered_share", "keep_series=True"), ("firm", "firms")):
        with pytest.raises(InputError, match=words):
            observer.value(name, "2021-01")
    with pytest.raises(InputError, match="has run to 2021-01"):
        Observer(economy)


def test_studios_are_followed_from_the_month_in_which_they_were_founded(watched):
    _, economy, observer, *_ = watched
    columns = seen_by(observer).columns
    founded, alive = (columns[f"cohort_12{end}"].sum(axis=1) for end in ("", "_alive"))
    born = economy.studios.born
    for month in range(MONTHS):
        entries = columns["entries"][month].sum()
        assert founded[month] <= entries if month < MONTHS - 12 else founded[month] == 0
        assert (born == month).sum() <= alive[month] <= founded[month] or month >= MONTHS - 12
    assert founded.sum() > 0 and not columns["cohort_24"].any()


def test_series_are_counted_where_they_are_made(watched):
    _, _, observer, *_ = watched
    total = {name: values.sum() for name, values in seen_by(observer).columns.items()}
    assert total["made_here"] == total["series_released"] > total["made_here_costume"] > 0
    assert total["made_here_cost_yuan"] == pytest.approx(total["released_cost_yuan"])
    above = [total[name] for name in ("firms_above_1m", "firms_above_3m", "firms_above_5m", "large_firms")]
    assert above == sorted(above, reverse=True) and above[0] > 0


def test_how_quantities_are_summed():
    months, cities = ["2021-01", "2021-02"], ["a", "b", ELSEWHERE]
    names = "series_shot", "firms", "crews_at_work", "vacancy_rate", "paid_yuan", "ad_yuan", "shoot_days"
    columns = {name: np.array([[1.0, 2.0, 0.0], [3.0, 4.0, 8.0]]) for name in names}
    seen = Observations(months, cities, columns, scale=0.5)
    everywhere, one = seen.rows("all"), seen.rows("a")
    assert seen.measure("series_shot", everywhere, 0, 1) == 36  # a flow: all of it, at full size
    assert seen.measure("firms", one, 0, 1) == 6  # a stock: the last month
    assert seen.measure("crews_at_work", one, 0, 1) == 4  # a level: the mean month
    assert seen.measure("vacancy_rate", everywhere, 0, 1) == 2.5  # a price: the mean, not of elsewhere
    assert seen.measure("days_per_series", one, 0, 1) == 1
    assert seen.measure("platform_yuan", everywhere, 0, 0) == 12
    assert seen.measure("paid_share", seen.rows("b+elsewhere"), 1, 1) == 0.5


def test_every_quantity_is_told_and_defined(watched):
    *_, observer, _, _ = watched
    seen = seen_by(observer)
    for name, quantity in quantities().items():
        assert quantity.meaning and quantity.unit
        value = seen.measure(name, seen.rows("all"), 0, MONTHS - 1)
        assert np.isfinite(value) or name in UNDEFINED, name


def test_a_sweep_keeps_them(tmp_path):
    study = {"months": 2, "scale": 0.02, "seeds": 1, "panel": "quantities"}
    sweep(study, tmp_path, executor=Here)
    table = pyarrow.parquet.read_table(tmp_path / "panel.parquet")
    economy = MicroDramaEconomy("baseline", rng=1, scale=0.02, keep_series=True)
    observer = Observer(economy)
    economy.run_for(2)
    for name, values in observer.table().items():
        assert table[name].to_pylist() == list(values)
    assert table.schema.field("openings").metadata[b"unit"] == b"persons"
    assert sweep(study, tmp_path, executor=Here).ran == 0
    assert sweep(study | {"panel": True}, tmp_path, executor=Here).ran == 1
