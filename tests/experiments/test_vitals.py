"""Vital signs: quantities of worlds made by hand, a row that is known to be outside, the page, nonsense refused."""

import csv
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from microdrama.experiments.calibration.vitals import (
    COLUMNS,
    HEADINGS,
    as_page,
    evidence_path,
    explanations,
    rows_of,
    text,
    vitals,
    write,
)
from microdrama.experiments.cli import main
from microdrama.experiments.files import shipped_rows
from microdrama.experiments.outcomes.patterns import read_patterns
from microdrama.experiments.outcomes.quantities import EXIT_AGES, Observations, Observer, quantities
from microdrama.model import MicroDramaEconomy
from microdrama.model.errors import InputError
from microdrama.model.inputs.cities import shipped_cities
from microdrama.model.inputs.scenario import load_scenario
from worlds import Here

ROOT = Path(__file__).parents[2]
EVIDENCE = """pattern,quantity,city,period,low,high,central,unit,use,sources,reason
dear,rent_yuan_m2_month,zhengzhou,2021,1e4,2e4,,yuan/m2/month,check,F138,far too much
cheap,rent_yuan_m2_month,zhengzhou,2021,60,100,78,yuan/m2/month,check,F138,as it is
few exits,exit_rate,all,2021,,0.5,,share/year,bound,,own
later,firms,all,2031,1,2,,studios,check,,after the end
"""


def of(**columns):
    """Two months of one city and elsewhere, all else zero."""
    empty = {name: np.zeros((2, 2)) for name, quantity in quantities().items() if not quantity.parts}
    given = {name: np.array([[first, 0.0], [second, 0.0]]) for name, (first, second) in columns.items()}
    return Observations(["2021-01", "2021-02"], ["a", "elsewhere"], empty | given, 1.0)


@pytest.mark.parametrize(
    ("name", "columns", "wanted"),
    [
        ("entry_rate", {"entries": (2, 4), "studio_months": (40, 60)}, 12 * 6 / 100),
        ("exit_rate", {"exits": (1, 0), "studio_months": (40, 60)}, 12 / 100),
        ("abandoned_share", {"series_started": (10, 10), "cohort_released": (6, 2), "cohort_in_work": (0, 7)}, 0.25),
        ("worker_income_yuan_month", {"wages_yuan": (3e6, 5e6), "worker_months": (1000, 1000)}, 4000),
        ("days_per_worker", {"paid_days": (900, 600), "worker_months": (100, 50)}, 10),
        ("own_margin", {"own_cost_yuan": (3, 6), "own_revenue_yuan": (4, 8)}, 0.25),
        (
            "commission_margin",
            {
                "ended_cost_yuan": (10, 8),
                "own_cost_yuan": (1, 8),
                "ended_revenue_yuan": (11, 8),
                "own_revenue_yuan": (1, 8),
            },
            0.1,
        ),
        (
            "announced_paid_share",
            {"paid_rebate_yuan": (1, 2), "announced_rebate_yuan": (6, 2), "announced_training_yuan": (0, 4)},
            0.25,
        ),
        ("private_fund_multiple", {"private_back_yuan": (9, 15), "private_invested_yuan": (4, 10)}, 1.5),
        ("exit_age_months", {"exits_to_3": (1, 1), "exits_to_12": (1, 1)}, 3),
        ("exit_age_months", {"exits_to_3": (0, 1), "exits_to_12": (3, 0)}, 10),
        ("exit_age_months", {"exits_older": (1, 1)}, 36),
        ("exit_age_months", {}, np.nan),
    ],
)
def test_quantities_of_worlds_made_by_hand(name, columns, wanted):
    assert of(**columns).measure(name, [0], 0, 1) == pytest.approx(wanted, nan_ok=True)


def test_series_and_exits_are_counted_once():
    """Against the model's own counts, over enough months that studios close and series are abandoned."""
    economy = MicroDramaEconomy("baseline", rng=2, scale=0.1, keep_series=True)
    observer, ages, before = Observer(economy), [], {}
    for _ in range(30):
        economy.run_for(1)
        now = dict(zip(economy.studios.id, economy.studios.born, strict=True))
        ages += [economy.month - born for studio, born in before.items() if studio not in now]
        before = now
    seen = Observations.of(observer.table(), 1.0)
    total = {name: values.sum() for name, values in seen.columns.items()}
    series = economy.panel.series()
    on_screen = economy.series.released >= 0
    assert total["cohort_released"] == (series["born"] != "").sum() + (on_screen & (economy.series.born >= 0)).sum()
    assert total["cohort_in_work"] == ((economy.series.released < 0) & (economy.series.born >= 0)).sum() > 0
    assert total["cohort_released"] + total["cohort_in_work"] <= total["series_started"]
    by_month = seen.columns["cohort_released"] + seen.columns["cohort_in_work"]
    assert (by_month.sum(axis=1) <= seen.columns["series_started"].sum(axis=1)).all()
    classes = [total[f"exits_to_{end}"] for end in EXIT_AGES] + [total["exits_older"]]
    assert sum(classes) == total["exits"] == len(ages) > 20
    edges = [-np.inf, *EXIT_AGES, np.inf]
    assert classes == [sum(a <= age < b for age in ages) for a, b in pairwise(edges)]
    assert seen.columns["mall_vacancy"][-1, :-1] == pytest.approx(economy.retail_vacancy)
    invested = economy.private_funds.invested_fen.sum() / 100
    assert seen.columns["private_invested_yuan"][-1].sum() == pytest.approx(invested)


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vitals")
    (folder / "evidence.csv").write_text(EVIDENCE, encoding="utf-8")
    scenario = load_scenario("baseline").with_values({"months": 12, "scale": 0.02}, where="test")
    found = vitals(scenario, folder / "out", evidence=folder / "evidence.csv", seeds=2, executor=Here)
    return folder, found


def test_a_row_that_is_known_to_be_outside(held):
    _, found = held
    assert [(row.pattern.name, row.verdict, row.basis) for row in found.held] == [
        ("dear", "outside", "evidence"),
        ("cheap", "inside", "evidence"),
        ("few exits", "inside", "bound"),
    ]
    assert [row.pattern.name for row in found.red] == ["dear"] and found.left_out == 1
    assert {row.verdict for row in found.years} == {"no evidence"}
    said = text(found)
    assert said.index("dear") < said.index("inside: 2 of 3") and "not explained" in said and "cheap" not in said
    page = as_page(found, {"dear": "because"}, "x.png")
    assert "| dear | 10 000 to 20 000 |" in page and "| because |" in page and "**outside**" in page


def test_tables_have_every_city_year_and_unit(held):
    folder, found = held
    page = write(found, folder / "out")
    table = pyarrow.parquet.read_table(folder / "out" / "vitals.parquet")
    with (folder / "out" / "vitals.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(COLUMNS) == table.column_names == list(rows[0]) and len(rows) == table.num_rows
    assert page.read_text(encoding="utf-8").startswith("# Vital signs") and (page.parent / "vitals.png").exists()
    quantity = {row["quantity"] for row in rows}
    assert quantity >= {name for names in HEADINGS.values() for name in names} and all(row["unit"] for row in rows)
    first = rows_of(found, {"dear": "because"})[0]
    assert first["explanation"] == "because" and first["model_least"] <= first["model"] <= first["model_most"] < 1e4


def test_the_shipped_evidence():
    """Every row has a reason and a source that is on record, or says that it is the project's own bound."""
    found = read_patterns(evidence_path(), shipped_cities().slugs)
    known = {row["id"] for row in shipped_rows("evidence/sources.csv")}
    known |= set(re.findall(r"^[FN]\d{3}\b", (ROOT / "model/inputs/evidence/sources.csv").read_text("utf-8"), re.M))
    for pattern in found:
        cited = re.findall(r"\b[FN]\d{3}\b", f"{pattern.sources} {pattern.reason}")
        assert set(cited) <= known, (pattern.name, set(cited) - known)
        assert pattern.reason and bool(pattern.sources) == (pattern.use != "bound"), pattern.name
        assert quantities()[pattern.quantity].unit and pattern.quantity in sum(HEADINGS.values(), ()), pattern.name


def test_the_page_has_every_row_and_explains_those_outside():
    page = (ROOT / "docs" / "vitals.md").read_text(encoding="utf-8")
    outside = page.split("## Rows outside")[1].split("\n## ")[0]
    red = re.findall(r"^\| (?!row |---)(.*?) \|", outside, re.M)
    assert set(red) == set(explanations()), "run `make vitals`, explain new rows and drop those that are inside"
    assert "not explained" not in page
    months = 60
    for pattern in read_patterns(evidence_path(), shipped_cities().slugs):
        if pattern.period and pattern.period[1] < months:
            assert f"| {pattern.name} | {pattern.observed}" in page, pattern.name


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("quantity,city,low\nrent,zhengzhou,3\n", "unknown quantity 'rent'"),
        ("quantity,low,unit\nfirms,3,yuan\n", "unit 'yuan': firms is in studios"),
        ("quantity,low,high,central\nfirms,3,4,5\n", "central 5 is not between low and high"),
        ("quantity,low,period\nfirms,3,2031\n", "no row is about the 12 months"),
    ],
)
def test_nonsense_is_refused_in_one_line(tmp_path, capsys, row, words):
    path = tmp_path / "e.csv"
    path.write_text(row, encoding="utf-8")
    out = ["--out", str(tmp_path / "out"), "--months", "12", "--scale", "0.02"]
    assert main(["vitals", "--evidence", str(path), *out]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and words in said[0], said


def test_the_command_refuses_what_cannot_be_run(tmp_path, capsys):
    for words in (["--seeds", "0"], ["--months", "6"], ["--set", "entry_rat=1"], ["--city", "x"], ["nowhere"]):
        assert main(["vitals", "--out", str(tmp_path / "out"), *words]) == 2, words
        assert len(capsys.readouterr().err.splitlines()) == 1
    with pytest.raises(InputError, match="at least 1 seed"):
        vitals(seeds=0)
