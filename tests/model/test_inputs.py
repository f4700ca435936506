import csv
import io
import pickle
import re
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microdrama.model.calendar import month_name, month_number
from microdrama.model.categories import MODES, ROLES
from microdrama.model.draws import mix, name_hash
from microdrama.model.errors import InputError
from microdrama.model.inputs.cities import NUMBERS, OPTIONAL, TEXTS, parse_cities, read_cities, shipped_cities
from microdrama.model.inputs.market import shipped_market, shipped_platforms
from microdrama.model.inputs.policies import (
    INSTRUMENTS,
    Window,
    contradictions,
    make_window,
    overlap_notes,
    shipped_policies,
)

SOURCE = files("microdrama.model.inputs").joinpath("evidence")
TEXT = SOURCE.joinpath("cities.csv").read_text(encoding="utf-8")


def rows(name):
    return list(csv.DictReader(io.StringIO(SOURCE.joinpath(name).read_text(encoding="utf-8"))))


CITY_ROWS = rows("cities.csv")


def table(city_rows):
    """A city table as text."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(city_rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(city_rows)
    return out.getvalue()


def keys_of(slugs):
    cities = parse_cities(table([{**CITY_ROWS[0], "city": slug} for slug in slugs]), "x")
    return dict(zip(cities.slugs, cities.keys.tolist(), strict=True))


# ---------------------------------------------------------------------------- the shipped tables


def test_the_shipped_cities():
    cities = shipped_cities()
    assert cities.slugs == sorted(cities.slugs) and len(cities) == 8
    assert cities.workers_2020.sum() == 106_000
    assert cities.day_rates.shape == (8, len(ROLES))
    assert (cities.day_rates[:, 1:] > cities.day_rates[:, :-1]).all()


def test_numbers_stay_with_their_city():
    cities = shipped_cities()
    for row in CITY_ROWS:
        at = cities.index(row["city"])
        assert cities.names[at] == row["name"] and cities.texts["house_peak_month"][at] == row["house_peak_month"]
        for name in NUMBERS:
            value = getattr(cities, name)[at]
            assert value == float(row[name]) if row.get(name) else np.isnan(value)
    with pytest.raises(AttributeError, match="rent"):
        _ = cities.rent
    with pytest.raises(InputError, match=r"x: unknown city 'Beijin'; did you mean 'beijing'\? \(the table has bei"):
        cities.index("Beijin", where="x: ")


def test_every_column_is_described():
    assert {*NUMBERS, *TEXTS} - OPTIONAL <= set(CITY_ROWS[0]) <= {*NUMBERS, *TEXTS}
    for name, (unit, low, high, meaning) in NUMBERS.items():
        assert unit and meaning and low < high, name
    assert all(unit and low < high for unit, low, high in INSTRUMENTS.values())


def test_every_fact_that_a_table_cites_is_in_the_source_table():
    known = {row["id"] for row in rows("sources.csv")}
    for name in ("cities.csv", "market.csv", "policies.csv", "platforms.csv", "zones.csv"):
        for row in rows(name):
            cited = set(re.findall(r"\b[FN]\d{3}\b", row["sources"]))
            assert cited <= known, (name, cited - known)
            assert cited or "assumption" in row["sources"], (name, row)


def test_travel_times_are_symmetric_and_sensible():
    cities, hours = shipped_cities(), shipped_cities().travel_hours(220, 1.5)
    np.testing.assert_allclose(hours, hours.T)
    assert not hours.diagonal().any()
    beijing, zhengzhou = cities.index("beijing"), cities.index("zhengzhou")
    assert 3 < hours[beijing, zhengzhou] < 5.5  # 620 km as the crow flies
    quarter = parse_cities(
        table(
            [
                CITY_ROWS[0] | {"city": "a", "latitude": "0", "longitude": "0"},
                CITY_ROWS[0] | {"city": "b", "latitude": "0", "longitude": "90"},
                CITY_ROWS[0] | {"city": "c", "latitude": "90", "longitude": "-17"},
                CITY_ROWS[0] | {"city": "d", "latitude": "0", "longitude": "180"},
            ]
        ),
        "x",
    )
    around = 2 * np.pi * 6371 / 220  # hours round the earth
    assert quarter.travel_hours(220, 1.5)[0] == pytest.approx([0, around / 4 + 1.5, around / 4 + 1.5, around / 2 + 1.5])


def test_months_of_the_market_sum_to_its_years_and_grow_with_them():
    market = shipped_market()
    assert market.yuan.shape[0] == len(MODES) and (market.yuan >= 0).all()
    for row in rows("market.csv"):
        year = int(row["year"]) - 2021
        if year >= 0:
            months = market.yuan[:, 12 * year : 12 * year + 12].sum(axis=1)
            domestic, ad = float(row["domestic_bn_yuan"]) * 1e9, float(row["ad_funded_share"])
            expected = [domestic * (1 - ad), domestic * ad, float(row["overseas_million_usd"]) * 1e6]
            np.testing.assert_allclose(months, expected, rtol=1e-12)
    domestic = market.yuan[:2].sum(axis=0)
    assert (np.diff(domestic[:36]) > 0).all()  # a growing market, in every month
    assert (market.at(10_000) == market.yuan[:, -1]).all() and (market.at(7) == market.yuan[:, 7]).all()


def test_audience_shares_sum_to_one_by_mode():
    platforms = shipped_platforms()
    np.testing.assert_allclose(np.bincount(platforms.mode, platforms.share), np.ones(len(MODES)))
    for row, mode, city in zip(rows("platforms.csv"), platforms.mode, platforms.city, strict=True):
        assert (MODES[mode], city) == (row["mode"], row["city"])
    paid = platforms.mode == 0
    given = np.array([float(r["audience_share"]) for r in rows("platforms.csv")])
    np.testing.assert_allclose(platforms.share[paid], given[paid] / given[paid].sum())


def test_announced_policies_name_cities_of_the_table():
    assert {w.city for w in shipped_policies()} <= {*shipped_cities().slugs, "all"}
    assert all(w.source for w in shipped_policies())
    assert len(shipped_policies()) == len(rows("policies.csv"))


# ---------------------------------------------------------------------------- keys of cities

slugs = st.lists(st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True), min_size=1, max_size=8, unique=True)


@settings(max_examples=40)
@given(slugs, st.randoms())
def test_keys_of_cities_depend_on_their_own_name_only(names, random):
    keys = keys_of(names)
    assert len(set(keys.values())) == len(names) and all(0 < key < 2**20 for key in keys.values())
    some = random.sample(names, random.randint(1, len(names)))
    assert keys_of(some) == {slug: keys[slug] for slug in some}


def test_the_order_of_the_file_does_not_matter():
    a, b = parse_cities(table(CITY_ROWS), "a"), parse_cities(table(CITY_ROWS[::-1]), "b")
    assert a.texts == b.texts and a.keys.tolist() == b.keys.tolist()
    for name in NUMBERS:
        np.testing.assert_array_equal(a.numbers[name], b.numbers[name])


def test_two_names_that_would_share_a_key_get_two():
    """The alphabetically later one moves on; third cities keep theirs."""
    seen, pair = {}, None
    for i in range(10_000):
        key = mix(name_hash(f"c{i}")) % (2**20 - 1) + 1
        if key in seen:
            pair = sorted([seen[key], f"c{i}"])
            break
        seen[key] = f"c{i}"
    first, second = pair
    alone, together = keys_of([first, "zhengzhou"]), keys_of([second, "zhengzhou", first])
    assert keys_of([second])[second] == alone[first]
    assert together == {**alone, second: alone[first] + 1}


def test_a_city_table_survives_pickling():
    again = pickle.loads(pickle.dumps(shipped_cities()))
    assert again.slugs == shipped_cities().slugs and (again.rent_yuan_m2_month > 0).all()


# ---------------------------------------------------------------------------- wrong tables

FIRST, SECOND = CITY_ROWS[0]["city"], CITY_ROWS[1]["city"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rent_yuan_m2_month": "-78"}, ":3 ({0}): rent_yuan_m2_month = -78 is not in 0.01 to 100000 [yuan/m2/month]"),
        ({"rent_yuan_m2_month": "cheap"}, ":3 ({0}): rent_yuan_m2_month = 'cheap' is not a number [yuan/m2/month]"),
        ({"rent_yuan_m2_month": ""}, ":3 ({0}): rent_yuan_m2_month = '' is not a number"),
        ({"rent_yuan_m2_month": "nan"}, ":3 ({0}): rent_yuan_m2_month = nan is not in"),
        ({"workers_2020": "inf"}, ":3 ({0}): workers_2020 = inf is not in"),
        ({"vacancy_rate": "17%"}, ":3 ({0}): vacancy_rate = '17%' is not a number; write 0.17 [share]"),
        ({"floor_stock_m2": "8,000,000"}, ":3 ({0}): floor_stock_m2 = '8,000,000' is not a number; write 8000000 [m2]"),
        ({"house_peak_month": "July 21"}, ":3 ({0}): house_peak_month: 'July 21' is not a month written YYYY-MM"),
        ({"house_peak_month": "2026-01"}, ":3 ({0}): house_peak_month must lie from 2021-01 to 2025-12"),
        ({"house_peak_month": "2020-12"}, ":3 ({0}): house_peak_month must lie from 2021-01 to 2025-12"),
        ({"sources": "F001"}, ":3 ({0}): no source for latitude, longitude"),
        ({"sources": ""}, ":3 ({0}): no source for latitude, longitude"),
        ({"city": "Zheng Zhou"}, ":3 (Zheng Zhou): 'city' must be a short name in lower-case letters"),
        ({"city": ""}, ":3 (no city): 'city' must be a short name"),
        ({"city": FIRST}, ": city '{1}' is given twice"),
    ],
)
def test_a_wrong_row_is_explained_with_its_line(change, message):
    wrong = table([CITY_ROWS[0], CITY_ROWS[1] | change, *CITY_ROWS[2:]])
    with pytest.raises(InputError) as caught:
        parse_cities(wrong, "mine.csv")
    expected = "mine.csv" + message.replace("{0}", SECOND).replace("{1}", FIRST)
    assert any(problem.startswith(expected) for problem in caught.value.problems), str(caught.value)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("name", sorted({*NUMBERS, *TEXTS} - OPTIONAL))
def test_a_missing_column_is_named(name):
    assert table(CITY_ROWS).count(f"{name},") or name == "sources"
    header, rest = table(CITY_ROWS).split("\n", 1)
    renamed = ",".join("xx" if h == name else h for h in header.split(","))
    with pytest.raises(InputError) as caught:
        parse_cities(renamed + "\n" + rest, "mine.csv")
    assert [p.partition("; did")[0].partition(" (known")[0] for p in caught.value.problems] == [
        f"mine.csv: column '{name}' is missing",
        "mine.csv: unknown column 'xx'",
    ]


@pytest.mark.parametrize("name", sorted(OPTIONAL))
def test_an_optional_column_may_be_missing_or_empty_and_is_checked_where_it_is_filled(name):
    without = [{key: value for key, value in row.items() if key != name} for row in CITY_ROWS]
    assert np.isnan(parse_cities(table(without), "x").numbers[name]).all()
    sourced = [row | {"sources": f"{row['sources']} | {name}=mine"} for row in without]
    some = [row | {name: "0.5" if n else ""} for n, row in enumerate(sourced)]
    assert np.isnan(parse_cities(table(some), "x").numbers[name]).sum() == 1
    with pytest.raises(InputError, match=rf"x:3 \(xian\): {name} = "):
        parse_cities(table([some[0], some[1] | {name: "7"}]), "x")


def test_a_column_with_a_slip_of_the_pen_is_recognised():
    with pytest.raises(InputError, match="column 'price_level' is missing; did you mean 'price_levels'"):
        parse_cities(TEXT.replace("price_level,", "price_levels,", 1), "mine.csv")


def test_a_figure_without_a_source_is_named():
    with pytest.raises(InputError, match=r"mine.csv:2 \(zhengzhou\): no source for price_level; write 'column=source"):
        parse_cities(TEXT.replace("price_level=", "prices=", 1), "mine.csv")


def test_a_source_must_say_something():
    assert "price_level=assumption: the reference city" in TEXT
    with pytest.raises(InputError, match="no source for price_level"):
        parse_cities(TEXT.replace("price_level=assumption: the reference city", "price_level=", 1), "mine.csv")


def test_a_row_that_is_too_long_is_refused():
    with pytest.raises(InputError, match=r"mine.csv:9"):
        parse_cities(table(CITY_ROWS).rstrip() + ",more\n", "mine.csv")


def test_blank_lines_count():
    lines = table([CITY_ROWS[0] | {"rent_yuan_m2_month": "-78"}, *CITY_ROWS[1:]]).splitlines()
    with pytest.raises(InputError, match=r"mine.csv:3 \(zhengzhou\)"):
        parse_cities("\n".join([lines[0], "", *lines[1:]]), "mine.csv")


def test_only_figures_that_may_be_missing_need_no_source():
    assert np.isnan(shipped_cities().house_index_2022_12).any()
    unsourced = CITY_ROWS[0] | {"house_index_2022_12": ""}
    unsourced["sources"] = unsourced["sources"].replace("house_index_2022_12=", "nothing=")
    cities = parse_cities(table([unsourced, *CITY_ROWS[1:]]), "mine.csv")
    assert np.isnan(cities.house_index_2022_12[cities.index(FIRST)])


def test_all_problems_of_a_table_come_at_once():
    wrong = [CITY_ROWS[0] | {"latitude": "x", "longitude": "y"}, CITY_ROWS[1] | {"price_level": "-1"}, *CITY_ROWS[2:]]
    with pytest.raises(InputError) as caught:
        parse_cities(table(wrong), "mine.csv")
    assert len(caught.value.problems) == 3


def test_an_economy_without_studios_is_refused():
    with pytest.raises(InputError, match="nobody would ever start"):
        parse_cities(table([row | {"studios_2020": "0"} for row in CITY_ROWS]), "mine.csv")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "column 'city' is missing"),
        (TEXT.splitlines()[0].encode(), "the table has no rows"),
        (TEXT.replace("\n", "\nZürich", 1).encode("latin-1", "replace"), "not a UTF-8 text file; save the table as"),
        (TEXT.encode("utf-32"), "not a UTF-8 text file"),
        (TEXT.replace(",", "|").encode(), "column 'city' is missing"),
        ((TEXT.rstrip()[:-1]).encode(), ":9: not a row of separated values"),  # a quotation mark never closed
    ],
)
def test_a_file_that_is_no_city_table_is_explained(tmp_path, content, message):
    path = tmp_path / "cities.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_cities(path)
    assert message in str(caught.value)
    assert all(problem.startswith(str(path)) for problem in caught.value.problems)


def test_a_file_that_is_not_there_is_explained(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.csv: cannot read the city table: No such file"):
        read_cities(tmp_path / "nowhere.csv")


def test_a_table_saved_by_a_spreadsheet_is_read(tmp_path):
    path = tmp_path / "cities.csv"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert read_cities(path).slugs == shipped_cities().slugs


# ---------------------------------------------------------------------------- months and windows


def test_months_there_and_back():
    assert (month_number("2021-01"), month_number("2024-10"), month_number("2020-12")) == (0, 45, -1)
    assert all(month_number(month_name(m)) == m for m in range(-24, 600))
    for wrong in ("2021-13", "2021-00", "2021-1", "202101", "", "2021-01-01", " 2021-01"):
        with pytest.raises(ValueError, match="YYYY-MM"):
            month_number(wrong)


def test_a_window_ramps_up_and_ends():
    ramp = Window("zhengzhou", "rebate", 10, 0.2, end=20, ramp_months=4)
    assert [ramp.strength(m) for m in (0, 9, 10, 11, 12, 13, 14, 19, 20, 99)] == [0, 0, 0.25, 0.5, 0.75, 1, 1, 1, 0, 0]
    at_once = Window("zhengzhou", "rebate", 5, 0.1)
    assert [at_once.strength(m) for m in (4, 5, 500)] == [0, 1, 1]
    assert Window("zhengzhou", "rebate", 5, 0.1, ramp_months=1).strength(5) == 1


def test_a_budget_comes_by_the_month_and_ends_with_what_it_is_in_all():
    by_year = Window("zhengzhou", "rebate", 5, 0.1, budget_yuan_year=12e6)
    assert [by_year.budget(m, 36) for m in (4, 5, 99)] == [(0, 0), (1e6, 0), (1e6, 0)]
    both = Window("zhengzhou", "rebate", 5, 0.1, budget_yuan_year=12e6, budget_yuan_total=2.5e6)
    assert [both.budget(m, 36)[0] for m in (4, 5, 6, 7, 8, 9)] == [0, 1e6, 1e6, 0.5e6, 0, 0]
    in_all = Window("zhengzhou", "rebate", 5, 0.1, end=15, budget_yuan_total=1e7)
    assert [in_all.budget(m, 36) for m in (4, 5, 14, 15)] == [(0, 0), (0, 1e6), (0, 1e6), (0, 0)]
    still_open = Window("zhengzhou", "rebate", 5, 0.1, budget_yuan_total=3.6e7)
    assert sum(still_open.budget(m, 36)[1] for m in range(99)) == 3.6e7
    assert Window("zhengzhou", "rebate", 5, 0.1).budget(6, 36) == (0, 0)


OVERLAPS = (
    Window("zhengzhou", "rebate", 24, 0.2, end=36),
    Window("all", "rebate", 30, 0.9, mode="replace"),
    Window("xian", "hours_cap", 0, 10.0),
    Window("xian", "hours_cap", 5, 8.0),
    Window("xian", "rebate", 33, 0.4, end=40),
    Window("hangzhou", "state_fund", 0, 50.0, end=30),
    Window("hangzhou", "state_fund", 30, 50.0, end=40),
)


def test_overlapping_windows_are_noted_and_contradicting_ones_refused():
    assert overlap_notes(OVERLAPS) == [
        "rebate in zhengzhou from 2023-07 to 2023-12: 0.2 and 0.9 share of local spending; the second replaces the "
        "first",
        "hours_cap in xian from 2021-06 on: 10 and 8 hours a day; the lower holds",
        "rebate in xian from 2023-10 to 2024-04: 0.9 and 0.4 share of local spending; they are added up to 1 "
        '(mode = "replace" lets the second stand alone)',
    ]
    assert not contradictions(OVERLAPS)
    twice = (*OVERLAPS, Window("hangzhou", "rebate", 60, 0.1, mode="replace"))
    assert contradictions(twice) == [
        "two windows replace rebate in hangzhou from 2026-01 on (sizes 0.9 and 0.1): let one end before the other "
        'starts, or give one mode = "add"'
    ]
    assert not contradictions([w for w in twice if w.city != "all"])


@given(st.integers(0, 80), st.integers(1, 90), st.floats(0, 1e6), st.booleans())
@settings(deadline=None)
def test_a_total_is_spread_evenly_over_its_window(start, length, size, still_open):
    window = Window("zhengzhou", "state_fund", start, size, end=-1 if still_open else start + length)
    months = np.array([window.spread(m, 36) for m in range(200)])
    assert months.sum() == pytest.approx(size)
    inside = np.flatnonzero(months)
    if size > 1e-200:
        assert len(inside) == (36 if still_open else length) and inside[0] == start
        assert len(set(months[inside].tolist())) == 1


ENTRY = {"city": "zhengzhou", "instrument": "rebate", "start": "2023-01", "size": 0.1}


def test_the_last_month_of_a_window_is_in_force():
    window = make_window(ENTRY | {"end": "2023-12"}, ["zhengzhou"], "x")
    assert [window.strength(month_number(m)) for m in ("2022-12", "2023-01", "2023-12", "2024-01")] == [0, 1, 1, 0]
    month = make_window(ENTRY | {"end": "2023-01"}, ["zhengzhou"], "x")
    assert [month.strength(month_number(m)) for m in ("2022-12", "2023-01", "2023-02")] == [0, 1, 0]


def test_a_window_is_what_was_written():
    given = ENTRY | {"city": "all", "end": "", "ramp_months": 3, "source": "F001"}
    assert make_window(given, ["zhengzhou"], "x") == Window("all", "rebate", 24, 0.1, -1, 3, "F001")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"city": "Beijin"}, "unknown city 'Beijin'; did you mean 'beijing'? (known: all, beijing, "),
        ({"instrument": "rebat"}, "unknown instrument 'rebat'; did you mean 'rebate'"),
        ({"size": 1.5}, "'size' = 1.5: must be a number from 0 to 1 [share of local spending]"),
        ({"size": -0.1}, "from 0 to 1"),
        ({"instrument": "state_space", "size": 2e7}, "'size' = 20000000.0: must be a number from 0 to 1e+07 [m2]"),
        ({"instrument": "free_scenes", "size": "100 scenes"}, "must be a number from 0 to 100000 [scenes]"),
        ({"instrument": "free_scene"}, "unknown instrument 'free_scene'; did you mean 'free_scenes'"),
        ({"size": float("nan")}, "'size' = nan: must be a number"),
        ({"size": "much"}, "'size' = 'much': must be a number"),
        ({"size": True}, "'size' = True: must be a number"),
        ({"start": "2023"}, "'start': '2023' is not a month written YYYY-MM"),
        ({"end": "later"}, "'end': 'later' is not a month written YYYY-MM"),
        ({"end": "2022-12"}, "'end' (2022-12) must not come before 'start' (2023-01)"),
        ({"ramp_months": -1}, "'ramp_months' = -1: must be a whole number from 0 to 600"),
        ({"ramp_months": 1.5}, "'ramp_months' = 1.5: must be a whole number"),
        ({"ramp_months": True}, "'ramp_months' = True: must be a whole number"),
        ({"budget_yuan_year": -1}, "'budget_yuan_year' = -1: must be a number of yuan, 0 or from 1,000 to 1e12"),
        ({"budget_yuan_year": "50m"}, "must be a number of yuan, 0 or from 1,000 to 1e12; write 50000000"),
        ({"budget_yuan_total": "1.5 bn yuan"}, "1e12; write 1500000000"),
        ({"budget_yuan_total": "much"}, "'budget_yuan_total' = 'much': must be a number of yuan"),
        ({"budget_yuan_total": True}, "'budget_yuan_total' = True: must be a number of yuan"),
        ({"budget_yuan_total": float("nan")}, "'budget_yuan_total' = nan: must be a number of yuan"),
        ({"budget_yuan_year": 50}, "50 yuan for a city are next to nothing: for millions write 50000000"),
        (
            {"instrument": "designation", "budget_yuan_year": 1e6},
            "designation costs no money that a budget could limit (allowed for rent_subsidy, rebate, ",
        ),
        ({"mode": "replaces"}, "'mode' = 'replaces': must be 'add' or 'replace'; did you mean 'replace'?"),
        ({"sise": 1}, "unknown key 'sise'; did you mean 'size'"),
    ],
)
def test_a_wrong_window_is_explained(change, message):
    with pytest.raises(InputError) as caught:
        make_window(ENTRY | change, shipped_cities().slugs, "x.toml: policy 1")
    assert str(caught.value).startswith("x.toml: policy 1: ") and message in str(caught.value)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("name", ["city", "instrument", "start", "size"])
def test_what_a_window_needs_is_named(name):
    with pytest.raises(InputError, match=f"^x: '{name}' is missing$"):
        make_window({key: value for key, value in ENTRY.items() if key != name}, ["zhengzhou"], "x")


def test_all_problems_of_a_window_come_at_once():
    with pytest.raises(InputError) as caught:
        make_window(ENTRY | {"city": "x", "size": 7, "start": "?", "ramp_months": 0.5}, ["zhengzhou"], "x")
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize("start", ["", None])
def test_an_empty_start_is_explained(start):
    with pytest.raises(InputError, match="start"):
        make_window(ENTRY | {"start": start}, ["zhengzhou"], "x")


@pytest.mark.parametrize("end", ["2020-06", "2020-11"])
def test_an_end_before_the_first_month_is_an_end(end):
    with pytest.raises(InputError, match="must not come before"):
        make_window(ENTRY | {"end": end}, ["zhengzhou"], "x")


@pytest.mark.parametrize("end", ["2020-06", "2020-11"])
def test_a_policy_that_was_over_before_2021_is_never_in_force(end):
    window = make_window(ENTRY | {"start": "2019-01", "end": end}, ["zhengzhou"], "x")
    assert [window.strength(m) for m in (0, 50)] == [0, 0]
