import csv
import io
from importlib.resources import files

import numpy as np
import pytest

from model.errors import InputError
from model.inputs import (
    Window,
    make_window,
    month_name,
    month_number,
    parse_cities,
    read_cities,
    shipped_cities,
    shipped_market,
    shipped_platforms,
    shipped_policies,
)

SOURCE = files("model").joinpath("evidence")
TEXT = SOURCE.joinpath("cities.csv").read_text(encoding="utf-8")


def rows(name):
    return list(csv.DictReader(io.StringIO(SOURCE.joinpath(name).read_text(encoding="utf-8"))))


def test_the_shipped_cities():
    cities = shipped_cities()
    assert cities.slugs == sorted(cities.slugs) and len(cities) == 8
    assert cities.workers_2020.sum() == 120_000
    assert (cities.day_rates()[:, 1:] > cities.day_rates()[:, :-1]).all()


def test_every_fact_that_a_table_cites_is_in_the_source_table():
    import re

    known = {row["id"] for row in rows("sources.csv")}
    for name in ("cities.csv", "market.csv", "policies.csv", "platforms.csv"):
        for row in rows(name):
            cited = set(re.findall(r"\bF\d{3}\b", row["sources"]))
            assert cited <= known, (name, cited - known)
            assert cited or "assumption" in row["sources"], (name, row)


def test_travel_times_are_symmetric_and_sensible():
    cities, hours = shipped_cities(), shipped_cities().travel_hours()
    np.testing.assert_allclose(hours, hours.T)
    assert not hours.diagonal().any()
    beijing, zhengzhou = cities.index("beijing"), cities.index("zhengzhou")
    assert 3 < hours[beijing, zhengzhou] < 5.5  # 620 km as the crow flies


def test_keys_of_cities_depend_on_their_names_only():
    turned = "\n".join([TEXT.splitlines()[0], *TEXT.splitlines()[:0:-1]])
    a, b = parse_cities(TEXT, "a"), parse_cities(turned, "b")
    assert dict(zip(a.slugs, a.keys, strict=True)) == dict(zip(b.slugs, b.keys, strict=True))
    assert len(set(a.keys.tolist())) == 8


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("price_level,", "prices,", "column 'price_level' is missing"),
        (",0.57,78,", ",0.57,-78,", "(zhengzhou): rent_yuan_m2_month = -78 is not in"),
        (",0.57,78,", ",0.57,cheap,", "'cheap' is not a number"),
        (",0.57,78,", ",0.57,,", "'' is not a number"),
        ("\nzhengzhou,", "\nZheng Zhou,", "lower-case letters"),
        ("\nxian,", "\nzhengzhou,", "city 'zhengzhou' is given twice"),
        ("price_level=", "prices=", "no source for price_level"),
        ("2021-07", "July 21", "is not a month written YYYY-MM"),
    ],
)
def test_a_wrong_city_table_is_explained(old, new, message):
    assert old in TEXT
    with pytest.raises(InputError) as caught:
        parse_cities(TEXT.replace(old, new), "mine.csv")
    assert message in str(caught.value) and "mine.csv" in str(caught.value)


def test_a_table_that_is_empty_or_not_text(tmp_path):
    for content, message in (
        (b"", "missing"),
        (TEXT.splitlines()[0].encode(), "no rows"),
        ("é".encode("latin-1"), "UTF-8"),
    ):
        path = tmp_path / "cities.csv"
        path.write_bytes(content)
        with pytest.raises(InputError, match=message):
            read_cities(path)


def test_months_there_and_back():
    assert all(month_number(month_name(m)) == m for m in range(600))
    for wrong in ("2021-13", "2021-1", "202101", ""):
        with pytest.raises(ValueError, match="YYYY-MM"):
            month_number(wrong)


def test_months_of_the_market_sum_to_its_years():
    market = shipped_market()
    for row in rows("market.csv"):
        year = int(row["year"]) - 2021
        if year >= 0:
            months = market.yuan[:, 12 * year : 12 * year + 12].sum(axis=1)
            domestic, ad = float(row["domestic_bn_yuan"]) * 1e9, float(row["ad_funded_share"])
            expected = [domestic * (1 - ad), domestic * ad, float(row["overseas_million_usd"]) * 1e6]
            np.testing.assert_allclose(months, expected, rtol=1e-9)
    assert (market.at(10_000) == market.yuan[:, -1]).all()


def test_audience_shares_sum_to_one_by_mode():
    platforms = shipped_platforms()
    np.testing.assert_allclose(np.bincount(platforms.mode, platforms.share), 1)


def test_windows_ramp_end_and_spread():
    ramp = Window("zhengzhou", "rebate", 10, 0.2, end=20, ramp_months=4)
    assert [ramp.strength(m) for m in (9, 10, 11, 13, 19, 20)] == [0, 0.25, 0.5, 1, 1, 0]
    total = Window("zhengzhou", "state_fund", 5, 90.0, end=14)
    assert sum(total.spread(m) for m in range(40)) == pytest.approx(90)
    assert sum(Window("zhengzhou", "state_fund", 5, 90.0).spread(m) for m in range(400)) == pytest.approx(90)
    assert Window("zhengzhou", "rebate", 5, 0.1).strength(500) == 1


def test_the_last_month_of_a_window_is_in_force():
    entry = {"city": "zhengzhou", "instrument": "rebate", "start": "2023-01", "end": "2023-12", "size": 0.1}
    window = make_window(entry, ["zhengzhou"], "x")
    assert (window.strength(month_number("2023-12")), window.strength(month_number("2024-01"))) == (1, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"city": "zhengzou"}, "did you mean 'zhengzhou'"),
        ({"instrument": "rebat"}, "did you mean 'rebate'"),
        ({"size": 1.5}, "from 0 to 1"),
        ({"size": "much"}, "must be a number"),
        ({"start": "2023"}, "YYYY-MM"),
        ({"end": "2022-12"}, "must not come before"),
        ({"ramp_months": -1}, "whole number"),
        ({"sise": 1}, "unknown key 'sise'; did you mean 'size'"),
    ],
)
def test_a_wrong_window_is_explained(change, message):
    entry = {"city": "zhengzhou", "instrument": "rebate", "start": "2023-01", "size": 0.1} | change
    with pytest.raises(InputError) as caught:
        make_window(entry, shipped_cities().slugs, "x.toml: policy 1")
    assert message in str(caught.value)


def test_announced_policies_name_cities_of_the_table():
    assert {w.city for w in shipped_policies()} <= set(shipped_cities().slugs)
    assert all(w.source for w in shipped_policies())
