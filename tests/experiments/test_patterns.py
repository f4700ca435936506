"""Patterns: each kind on runs with a known answer, and what is said of bad tables."""

import csv
import math
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest

from microdrama.experiments.outcomes.patterns import Pattern, change_of, read_patterns, read_period, targets_path
from microdrama.experiments.outcomes.quantities import ELSEWHERE, Observations
from microdrama.model.errors import InputError
from microdrama.model.inputs.cities import read_cities, shipped_cities

MONTHS = [f"{2021 + m // 12}-{m % 12 + 1:02d}" for m in range(24)]
CITIES = ["bay", "cape", "dale"]


def paths(**columns):
    """Runs of three cities with these paths."""
    arrays = {name: np.stack([*values, np.zeros(24)], axis=1).astype(float) for name, values in columns.items()}
    return Observations(MONTHS, [*CITIES, ELSEWHERE], arrays, scale=1.0)


RISE, FLAT, HUMP = np.arange(24), np.full(24, 10.5), 50 - np.abs(np.arange(24) - 14)
SEEN = paths(series_started=(RISE, FLAT, HUMP), firms=(RISE, FLAT, HUMP))


def table(tmp_path, *rows, head="kind,quantity,city,period,against,low,high,value,sign"):
    path = tmp_path / "patterns.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ("level,firms,bay,2022-06,,0,1,,", 17),
        ("level,series_started,bay,2021-Q2,,0,1,,", 3 + 4 + 5),
        (",series_started,,2021-01,,0,1,,", 0 + 10.5 + 36),
        ("level,series_started,bay,,,0,1,,", sum(range(12, 24))),
        ("ratio,firms,bay,2022-12,cape,0,1,,", 23 / 10.5),
        ("ratio,firms,bay+cape,2022-12,all,0,1,,", 33.5 / (33.5 + 41)),
        ("ratio,firms,bay,2022-12,2021-02,0,1,,", 23),
        ("growth,firms,bay,2022-12,2022-01,,,,+", 23 / 12 - 1),
        ("difference,firms,bay,2022-12,dale,,,,-", 23 - 41),
        ("rank,firms,bay,2022-12,,1,1,,", 2),
        ("rank,firms,dale,2022-12,,1,1,,", 1),
        ("crossing,series_started,bay,2021-01..2022-12,cape,2021-06,2022-01,,", 12),
        ("crossing,series_started,cape,2021-01..2022-12,dale,2021-06,2022-01,,", math.inf),
        ("peak,series_started,dale,2021-01..2022-12,,2021-06,2022-06,,", 15),
        ("peak,series_started,bay,2021,,2021-06,2022-06,,", 11),
        ("level,firms/series_started,bay,2021-02,,0,1,,", 1),
        ("level,firms@bay/firms@all,,2022-12,,0,1,,", 23 / 74.5),
        ("growth,firms@bay/firms@cape,,2022-12,2022-01,0,1,,", 23 / 12 - 1),
        ("ratio,firms/series_started,bay,2022-12,cape,0,9,,", 1),
    ],
)
def test_each_kind_gives_the_known_answer(tmp_path, row, value):
    (pattern,) = read_patterns(table(tmp_path, row), CITIES, 24)
    assert pattern.of(SEEN) == pytest.approx(value)


def test_a_ratio_to_nothing_is_undefined(tmp_path):
    (pattern,) = read_patterns(table(tmp_path, "ratio,firms,bay,2022-12,elsewhere,0,1,,"), CITIES)
    assert math.isnan(pattern.of(SEEN)) and not pattern.inside(math.nan)


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("2021", (0, 11)),
        ("2022-H2", (18, 23)),
        ("2024-Q3", (42, 44)),
        ("2024-12", (47, 47)),
        ("2021-11..2022", (10, 23)),
    ],
)
def test_periods(text, months):
    assert read_period(text) == months


@pytest.mark.parametrize(
    "text", ["2020", "24", "2024-13", "2024-H3", "2024-Q5", "2024-00", "2024..2022", "soon", "2024-1"]
)
def test_no_periods(text):
    with pytest.raises(ValueError):
        read_period(text)


def test_observed_in_words():
    assert Pattern("", "level", "firms", low=574, high=902).observed == "574 to 902"
    assert Pattern("", "level", "firms", low=10170, high=1.5e9).observed == "10 170 to 1.5e9"
    assert Pattern("", "level", "firms", low=3).observed == "at least 3"
    assert Pattern("", "difference", "firms", high=0).observed == "below 0"
    assert Pattern("", "growth", "firms", low=0).observed == "above 0"
    assert Pattern("", "crossing", "firms", low=39, high=41).observed == "2024-04 to 2024-06"


def test_every_problem_of_a_table_is_told(tmp_path):
    rows = [
        "levle,firms,bay,2021,,1,2,,",
        "level,firm,bay,2021,,1,2,,",
        "level,firms,by,2021,,1,2,,",
        "level,firms,bay,2023,,1,2,,",
        "ratio,firms,bay,2021,,1,2,,",
        "crossing,firms,bay,2021,2022,2021,2022,,",
        "level,firms,bay,2021,,,,,",
        "level,firms,bay,2021,,1,2,3,",
        "level,firms,bay,2021,,2,1,,",
        "level,firms,bay,2021,,,,,+",
        "level,firms,bay,21,,1,2,,",
        "level,firms,bay,2021,,one,2,,",
        "level,firms",
        "level,firms/,bay,2021,,1,2,,",
        "level,firms@by/firms,bay,2021,,1,2,,",
    ]
    with pytest.raises(InputError) as error:
        read_patterns(table(tmp_path, *rows), CITIES, 24)
    told = {int(line.split(".csv:")[1].split(":")[0]): line for line in error.value.problems}
    assert set(told) == set(range(2, 17))
    for line, words in {
        2: "'level'",
        3: "'firms'",
        15: "unknown quantity ''",
        16: "'bay'",
        4: "'bay'",
        5: "the runs in 2022-12",
        6: "needs 'against'",
        7: "another city",
        8: "what was observed",
        10: "above",
        11: "sign",
        12: "write 2024",
        13: "low 'one'",
        14: "what was observed",
    }.items():
        assert words in told[line]


def test_tolerances_alternatives_and_what_a_row_can_tell(tmp_path):
    head = "quantity,value,factor,alternative,refutes,prediction,use"
    rows = "firms,30,2,a,venues pooling agglomeration_scale=0,met: why,input", "firms/series_started,2,1.5,a,,,"
    first, second = read_patterns(table(tmp_path, *rows, head=head), CITIES)
    assert (first.low, first.high, first.value, first.central) == (15, 60, None, 30) and first.unit == "studios"
    assert not first.counted and second.counted and second.names == ["firms", "series_started"]
    assert [change_of(entry) for entry in first.refutes] == [
        {"venues": False},
        {"pooling": "off"},
        {"agglomeration_scale": 0},
    ]
    for row, words in (
        ("firms,30,1,,,,", "factor 1: must be above 1"),
        ("firms,,2,,,,", "what was observed"),
        ("firms,30,2,,venus,,", "refutes 'venus'"),
        ("firms,30,2,,entry_rate=much,,", "refutes 'entry_rate=much'"),
        ("firms,30,2,,,perhaps,", "prediction 'perhaps'"),
    ):
        with pytest.raises(InputError, match=words):
            read_patterns(table(tmp_path, row, head=head), CITIES)
    assert "fewer than 10 places" in Pattern("", "level", "top_producers").wrong_at(0.05)
    assert not Pattern("", "level", "top_producers").wrong_at(0.1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("quantity,hihg\nfirms,3\n", "'high'"),
        ("city,low\nbay,3\n", "column 'quantity' is missing"),
        ("quantity,low\n", "no rows"),
        ("quantity,low\nfirms,1\nfirms,1\n", "two patterns"),
    ],
)
def test_tables_that_are_none(tmp_path, text, words):
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_patterns(path, CITIES)
    with pytest.raises(InputError, match="cannot read"):
        read_patterns(tmp_path / "missing.csv", CITIES)


@pytest.mark.parametrize(("name", "cities"), [("targets", shipped_cities()), ("placebos", read_cities("placebos"))])
def test_the_shipped_targets(name, cities):
    """Every target has a finite interval with a reason, sources that are on record, and nothing is after 2024."""
    found = read_patterns(targets_path(name), cities.slugs, 48)
    known = {}
    for place in ("microdrama.model.inputs", "microdrama.experiments"):
        text = files(place).joinpath("evidence", "sources.csv").read_text(encoding="utf-8")
        known |= {row["id"]: row for row in csv.DictReader(text.splitlines())}
    assert sum(p.use == "fit" for p in found) >= (20 if name == "targets" else 0)
    assert all(p.prediction and p.block for p in found)
    often = Counter(p.alternative for p in found if p.alternative)
    assert set(often.values()) <= {2} and len(often) == (8 if name == "targets" else 0)
    for pattern in found:
        assert len(pattern.reason) > 10
        assert not set(pattern.sources.split()) - known.keys()
        assert pattern.sources
        assert -math.inf < pattern.low <= pattern.high < math.inf


@pytest.mark.parametrize("text", ["nan", "inf", "1,250", "much"])
def test_a_bound_is_a_number(tmp_path, text):
    path = tmp_path / "p.csv"
    path.write_text(f'quantity,low\nfirms,"{text}"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"p\.csv:2: low '.*': "):
        read_patterns(path, ["zhengzhou"])
