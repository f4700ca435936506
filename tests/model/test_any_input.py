"""Whatever a user gives: valid tables and scenarios keep every identity, the others get a message and no traceback."""

import csv
import io
import tempfile
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from microdrama.experiments.outcomes import summarise
from microdrama.experiments.run import run
from microdrama.model import MicroDramaEconomy
from microdrama.model.calendar import month_name
from microdrama.model.errors import A_SCREEN, InputError
from microdrama.model.inputs.cities import NUMBERS, parse_cities
from microdrama.model.inputs.policies import INSTRUMENTS
from microdrama.model.inputs.scenario import load_scenario

CITIES = files("microdrama.model.inputs").joinpath("evidence", "cities.csv").read_text(encoding="utf-8")
SCENARIO = """
title = "Rents halved"
extends = "baseline"
cities = "cities.csv"
announced_policies = false
swap = { cities = ["zhengzhou", "xian"], blocks = ["property", "wages"] }
shift_months = { hangzhou = 4 }

[parameters]
crisis_strength = 0.5
entry = true
pooling = "linear"

[[policy]]
city = "zhengzhou"
instrument = "rent_subsidy"
start = "2023-01"
end = "2026-12"
size = 0.5
ramp_months = 3
"""
SMALL = {
    "studios_2020": 300,
    "workers_2020": 30_000,
    "base_crews_2020": 100,
    "costume_crews_2020": 50,
    "floor_stock_m2": 1e8,
    "built_radius_km": 40,
}
"""Numbers that may be large without end would only be slow."""


def any_table(rng):
    """One to ten cities, each number that of a shipped city, an end of its range, or a multiple."""
    shipped = list(csv.DictReader(io.StringIO(CITIES)))
    rows = []
    for n in range(rng.integers(1, 11)):
        row = dict(shipped[rng.integers(len(shipped))]) | {"city": f"city-{n}"}
        for name, (_, low, high, _) in NUMBERS.items():
            if rng.random() < 0.4 and row.get(name):
                top = min(high, SMALL.get(name, high))
                row[name] = str(np.clip(rng.choice([low, top, float(row[name]) * np.exp(rng.normal())]), low, top))
        row["costume_crews_2020"] = str(min(float(row["costume_crews_2020"]), float(row["base_crews_2020"])))
        rows.append(row)
    rows[0]["studios_2020"] = str(max(float(rows[0]["studios_2020"]), 100.0))
    out = io.StringIO()
    writer = csv.DictWriter(out, shipped[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return parse_cities(out.getvalue(), "any.csv")


def any_policies(rng, slugs):
    """A TOML list of windows of any instrument, size and term."""
    text = ""
    for _ in range(rng.integers(0, 8)):
        name = rng.choice(list(INSTRUMENTS))
        _, low, high = INSTRUMENTS[name]
        start = int(rng.integers(0, 12))
        size = rng.choice([low, min(high, 1e9), rng.uniform(low, min(high, 1e9))])
        text += f'[[policy]]\ncity = "{rng.choice([*slugs, "all"])}"\ninstrument = "{name}"\nsize = {float(size)}\n'
        text += f'start = "{month_name(start)}"\nend = "{month_name(start + int(rng.integers(0, 12)))}"\n'
        text += f"ramp_months = {rng.integers(0, 6)}\n"
    return text


@pytest.mark.parametrize("draw", [*range(6), *(pytest.param(n, marks=pytest.mark.slow) for n in range(6, 60))])
def test_any_valid_table_and_scenario_keeps_the_identities(draw, tmp_path):
    rng = np.random.default_rng(draw)
    cities = any_table(rng)
    (tmp_path / "any.toml").write_text(any_policies(rng, ["zhengzhou", "xian"]), encoding="utf-8")
    scenario = load_scenario(tmp_path / "any.toml").with_cities(cities)
    MicroDramaEconomy(scenario, rng=draw, scale=0.02, audit=True).run_for(18)


junk = st.one_of(
    st.sampled_from(["", '"', "=", "[", "]", "nan", "inf", "-1", "1e999", "true", ",", "\n", "é"]), st.text(max_size=4)
)


def spoilt(text, at, length, new):
    """A text in which a few characters are others."""
    return text[: at % len(text)] + new + text[at % len(text) + length :]


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.integers(0, 12), junk)
def test_a_spoilt_scenario_file_is_read_or_refused_with_a_message(at, length, new):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "cities.csv").write_text(CITIES, encoding="utf-8")
        (folder / "mine.toml").write_text(spoilt(SCENARIO, at, length, new), encoding="utf-8")
        refused_or_read(lambda: load_scenario(folder / "mine.toml"))


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.integers(0, 12), junk)
@example(275, 0, "\x1e\n")  # a name that ends a line, quoted
def test_a_spoilt_city_table_is_read_or_refused_with_a_message(at, length, new):
    refused_or_read(lambda: parse_cities(spoilt(CITIES, at, length, new), "cities.csv"))


def refused_or_read(read):
    """Nothing but a message of a few lines may come out."""
    try:
        read()
    except InputError as error:
        assert 0 < len(str(error).splitlines()) <= A_SCREEN + 1


def test_a_run_of_one_city_has_all_outcomes():
    alone = load_scenario("baseline").with_cities(parse_cities("\n".join(CITIES.splitlines()[:2]), "one.csv"))
    outcomes = summarise(run(alone, 1, months=13, scale=0.02))
    assert outcomes["share_studios_zhengzhou"] == 1 and outcomes["hhi_studios"] == 1
