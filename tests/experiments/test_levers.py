"""Levers of studies: windows of policies, inputs of other cities, the side of A_net, other draws."""

import dataclasses

import numpy as np
import pytest

from microdrama.experiments.design.levers import Branch, policy_windows, with_a_net, with_levers
from microdrama.experiments.design.study_file import load_study
from microdrama.experiments.outcomes import summarise
from microdrama.experiments.run import run
from microdrama.experiments.running.job import carry_out
from microdrama.experiments.running.plan import Jobs
from microdrama.experiments.running.sweep import load, sweep
from microdrama.model.agglomeration import net_agglomeration
from microdrama.model.calendar import month_number
from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.errors import InputError
from microdrama.model.inputs.scenario import load_scenario
from microdrama.model.region import Region
from worlds import Here

OFFER = {"name": "offer", "cities": ["zhengzhou", "xian"], "instrument": "rebate", "start": "2022-01", "size": 0.2}
SLUGS = load_scenario("baseline").cities.slugs


def strength(windows, month, city="zhengzhou"):
    return sum(w.size * w.strength(month) for w in windows if w.city == city)


def test_a_window_rises_lasts_and_falls():
    start = month_number("2022-01")
    windows = policy_windows(OFFER, {"months": 12, "ramp_months": 4, "fall_months": 10}, SLUGS, "x")
    path = [strength(windows, start + t) for t in range(-1, 24)]
    up, down = [0.05, 0.1, 0.15, 0.2], [0.2 * (1 - k / 10) for k in range(1, 11)]
    assert path == pytest.approx([0, *up, *[0.2] * 8, *down, 0, 0])
    assert min(path) >= 0
    assert [strength(windows, start + t, "xian") for t in range(-1, 24)] == path


@pytest.mark.parametrize(
    ("varied", "cities"),
    [({}, {"zhengzhou", "xian"}), ({"cities": 1}, {"zhengzhou"}), ({"cities": 0}, set()), ({"months": 0}, set())],
)
def test_some_cities_or_no_months(varied, cities):
    assert {w.city for w in policy_windows(OFFER, varied, SLUGS, "x")} == cities


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cities": 3}, "'cities' = 3: must be a whole number from 0 to 2"),
        ({"months": -1}, "'months' = -1"),
        ({"months": 5, "end": "2023-01"}, "both 'end' and 'months'"),
        ({"fall_months": 5}, "'fall_months' needs an end"),
        ({"months": 5, "start": "soon"}, "'start': 'soon' is not a month"),
    ],
)
def test_mistakes_in_windows_are_named(change, message):
    with pytest.raises(InputError, match=message):
        policy_windows(OFFER, change, SLUGS, "x")


STUDY = {
    "months": 3,
    "scale": 0.02,
    "seeds": 1,
    "groups": {"forms": ["pooling", "knowledge"]},
    "design": {
        "sampler": "points",
        "points": [
            {"like.wages": "beijing", "swap.xian": "none", "forms": "log", "land_share": 0.4},
            {"like.wages": "own", "swap.xian": "wages", "forms": "off", "land_share": 0},
        ],
    },
}


def test_cities_have_the_inputs_that_a_point_gives_them():
    base, study = load_scenario("baseline").cities, load_study(STUDY)
    first, second = (study.at(point) for point in study.points)
    zz, bj, xa = (base.index(slug) for slug in ("zhengzhou", "beijing", "xian"))
    assert first.cities.actor_yuan_day[zz] == base.actor_yuan_day[bj] != base.actor_yuan_day[zz]
    assert first.cities.studios_2020[zz] == base.studios_2020[zz]
    assert second.cities.price_level[zz] == base.price_level[xa]
    assert second.cities.price_level[xa] == base.price_level[zz]
    total = base.revenue_million_yuan_year + base.land_revenue_million_yuan_year
    for scenario, share in ((first, 0.4), (second, 0)):
        np.testing.assert_allclose(scenario.cities.land_revenue_million_yuan_year, share * total)
        np.testing.assert_allclose(scenario.cities.revenue_million_yuan_year, (1 - share) * total)
    assert (first.parameters.pooling, first.parameters.knowledge) == ("log", "log")
    assert (second.parameters.pooling, second.parameters.knowledge) == ("off", "off")


@pytest.mark.parametrize("control", ["before", "trend", "peak"])
@pytest.mark.parametrize("path", [False, True])
def test_house_prices_fall_where_a_point_says(path, control):
    base = load_scenario("baseline").with_values({"crisis_control": control})
    if path:
        own = Region(base.cities, base.parameters).house_prices(72, base.parameters)
        base = base.with_cities(dataclasses.replace(base.cities, house_path=own))
    zz = base.cities.index("zhengzhou")
    made = {where: with_levers(base, {"crisis_in": where}, "zhengzhou", "x") for where in ("all", "own", "others")}
    falls = {w: Region(s.cities, s.parameters).house_prices(72, s.parameters) for w, s in made.items()}
    without = base.with_values({"property_crisis": False}).parameters
    calm = Region(base.cities, base.parameters).house_prices(72, without)
    others = np.arange(len(calm)) != zz
    np.testing.assert_array_equal(falls["own"][zz], falls["all"][zz])
    np.testing.assert_array_equal(falls["others"][others], falls["all"][others])
    np.testing.assert_allclose(falls["own"][others], calm[others])
    np.testing.assert_allclose(falls["others"][zz], calm[zz])
    assert (falls["all"][:, -1] < calm[:, -1]).all()


@pytest.mark.parametrize("target", [0.5, 1.5])
def test_a_net_is_the_one_asked_for(target):
    scenario = load_scenario("baseline").with_values({"scale": 0.02, "location_scale": 0.3})
    made = with_a_net(scenario, target, "x")
    assert net_agglomeration(MicroDramaEconomy(made, rng=3)).a_net == pytest.approx(target, abs=0.02)
    with pytest.raises(InputError, match="all externalities are off"):
        off = dict.fromkeys(("pooling", "set_access", "knowledge", "reputation"), "off")
        with_a_net(scenario.with_values(off), target, "x")
    with pytest.raises(InputError, match="without externalities it is -"):
        with_a_net(scenario, -5, "x")


@pytest.mark.parametrize(
    ("factor", "message"),
    [
        ({"like.wage": ["own"]}, "unknown factor 'like.wage'; did you mean 'like.wages'"),
        ({"like.wages": ["bejing"]}, "unknown city 'bejing'; did you mean 'beijing'"),
        ({"swap.xian": ["salaries"]}, "must be one of none, all, people"),
        ({"land_share": [2]}, "land_share = 2: must be a number from 0 to 1"),
        ({"crisis_in": ["here"]}, "crisis_in = 'here': must be one of all, own, others, none"),
        ({"a_net": ["high"]}, "a_net = 'high': must be a number"),
    ],
)
def test_mistakes_in_levers_are_named(factor, message):
    with pytest.raises(InputError, match=message):
        load_study({"scale": 0.02, "factors": factor})


OTHER_DRAWS = {
    "months": 12,
    "scale": 0.02,
    "seeds": 2,
    "share_past": True,
    "outputs": ["studios", "city_share_studios"],
    "factors": {"draws": {"month": [4, 8], "future": [0, 1, 2]}},
}


def test_futures_differ_in_luck_alone_from_a_month_on(tmp_path):
    out = tmp_path / "out"
    assert sweep(OTHER_DRAWS, out, executor=Here).failed == 0
    runs = load(out, frame="pandas")
    own = {seed: summarise(run("baseline", seed, months=12, scale=0.02)) for seed in (1, 2)}
    for row in runs[runs["draws.future"] == 0].to_dict("records"):
        assert row["studios"] == own[row["seed"]]["studios"]
    by_future = runs.groupby(["seed", "draws.month"])["city_share_studios"].nunique()
    assert (by_future >= 2).all()
    jobs = Jobs(load_study(OTHER_DRAWS))
    for job in [job for job in jobs if job.branch == Branch(8, 2)]:
        ((alone, _),) = carry_out(jobs.order([job]))
        assert alone["status"] == "ok"
        (shared,) = runs[runs["run_id"] == job.run_id].to_dict("records")
        assert alone["city_share_studios"] == shared["city_share_studios"]
    late = [jobs[0]._replace(seed=1, branch=Branch(month, 1)) for month in (8, 4)]  # the trunk passed it
    rows = [row for row, _ in carry_out(jobs.order(late, shared=4))]
    (expected,) = runs.query("seed == 1 and `draws.month` == 4 and `draws.future` == 1").to_dict("records")
    assert rows[1]["city_share_studios"] == expected["city_share_studios"]


def test_budgets_and_mode_of_a_policy_are_factors():
    varied = {"budget_yuan_year": 2e6, "budget_yuan_total": 5_000_000, "mode": "replace"}
    for window in policy_windows(OFFER, varied, SLUGS, "x"):
        assert (window.budget_yuan_year, window.budget_yuan_total, window.mode) == (2e6, 5e6, "replace")
    study = load_study(
        {"policy": [OFFER], "factors": {"offer.budget_yuan_year": [1e6, 5e6], "offer.mode": ["add", "replace"]}}
    )
    assert [study.at(p).policies[-1].mode for p in study.points] == ["add", "replace"] * 2
    assert {study.at(p).policies[-1].budget_yuan_year for p in study.points} == {1e6, 5e6}


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"offer.budget_yuan_year": [-1.0]}, "'budget_yuan_year' = -1.0: must be a number of yuan"),
        ({"offer.budget_yuan_total": [50]}, "for millions write 50000000"),
        ({"offer.mode": ["instead"]}, "'mode' = 'instead': must be 'add' or 'replace'"),
        ({"offer.mode": ["replace"], "rival.mode": ["replace"]}, "two windows replace rebate in zhengzhou"),
        ({"fiscal_rule": ["cliffs"]}, "fiscal_rule"),
    ],
)
def test_bad_budgets_and_contradicting_windows_are_named_before_anything_is_run(factors, message, tmp_path):
    rival = {"name": "rival", "city": "zhengzhou", "instrument": "rebate", "start": "2023-01", "size": 0.1}
    with pytest.raises(InputError, match=message) as error:
        sweep({"policy": [OFFER, rival], "factors": factors}, tmp_path / "out", executor=Here)
    assert len(error.value.problems) == 1 and not (tmp_path / "out").exists()
