"""Templates can be used as they are; tables of a user's own, CSV or Excel, are checked alike."""

import datetime
from contextlib import closing

import numpy as np
import openpyxl
import pytest

from microdrama.experiments import cli
from microdrama.experiments.export.templates import KINDS, write_template
from microdrama.model.errors import InputError
from microdrama.model.inputs.cities import read_cities, shipped_cities, with_house_paths
from microdrama.model.inputs.scenario import load_scenario
from microdrama.model.region import Region
from worlds import workbook

ALL = [(kind, ending) for kind, endings in KINDS.items() for ending in endings]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("templates")
    for kind, ending in ALL:
        write_template(kind, path / f"{kind}{ending}")
    return path


def in_any_order(texts):
    """Texts of cities, the sources of each sorted: in Excel they stand in the order of the columns."""
    return texts | {"sources": [sorted(entry.strip() for entry in text.split("|")) for text in texts["sources"]]}


@pytest.mark.parametrize("ending", [".toml", ".csv", ".xlsx"])
def test_a_template_of_a_scenario_is_the_baseline(folder, ending):
    found, baseline = load_scenario(folder / f"scenario{ending}"), load_scenario("baseline")
    assert found.title == "My scenario"
    assert found.parameters == baseline.parameters and found.policies == baseline.policies
    assert in_any_order(found.cities.texts) == in_any_order(baseline.cities.texts)
    p = baseline.parameters
    mine, theirs = (Region(s.cities, p).house_prices(130, p) for s in (found, baseline))
    np.testing.assert_allclose(mine, theirs, rtol=1e-14)
    if ending != ".xlsx":
        assert found.fingerprint == baseline.fingerprint


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_templates_of_tables_are_what_is_shipped(folder, ending):
    mine, shipped = read_cities(folder / f"cities{ending}"), shipped_cities()
    assert in_any_order(mine.texts) == in_any_order(shipped.texts)
    assert all(mine.numbers[name].tobytes() == shipped.numbers[name].tobytes() for name in shipped.numbers)
    path = with_house_paths(shipped, folder / f"house_prices{ending}").house_path
    p = load_scenario("baseline").parameters
    assert path.shape == (len(shipped), 60)
    np.testing.assert_allclose(path, Region(shipped, p).house_prices(60, p), rtol=1e-14)


def test_every_shipped_column_and_parameter_is_explained(folder):
    for name in ("cities.csv", "scenario.toml", "scenario.csv"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "office rent at the start [yuan/m2/month], 0.01 to 100000" in text or "crisis_strength" in text
    (folder / "study.toml").read_text(encoding="utf-8").index("offer.size = [0, 0.1, 0.2]")


def test_in_excel_each_source_has_a_cell_of_its_own(folder):
    with closing(openpyxl.load_workbook(folder / "cities.xlsx", read_only=True)) as book:
        rows = [row for row in book["cities"].iter_rows(values_only=True) if not str(row[0]).startswith("#")]
    head, first = rows[0], dict(zip(rows[0], rows[1]))
    assert "sources" not in head and head.index("source_price_level") == head.index("price_level") + 1
    assert first["source_latitude"] and "|" not in str(first["source_latitude"])


def test_a_scenario_in_excel_is_one_in_toml(tmp_path):
    workbook(
        tmp_path / "s.xlsx",
        **{
            "scenario": [
                ["# a comment"],
                ["name", "value"],
                ["title", "Half"],
                ["extends", "no_policy"],
                ["crisis_strength", 0.5],
                ["migration", False],
                ["pooling", "off"],
                ["months", 24],
            ],
            "policies": [
                ["city", "instrument", "start", "end", "size"],
                ["zhengzhou", "rebate", datetime.date(2022, 3, 1), "2023-01", 0.1],
            ],
        },
    )
    (tmp_path / "s.toml").write_text("""
title = "Half"
extends = "no_policy"
[parameters]
crisis_strength = 0.5
migration = false
pooling = "off"
months = 24
[[policy]]
city = "zhengzhou"
instrument = "rebate"
start = "2022-03"
end = "2023-01"
size = 0.1
""")
    (tmp_path / "p.csv").write_text("city,instrument,start,end,size\nzhengzhou,rebate,2022-03,2023-01,0.1\n")
    (tmp_path / "s.csv").write_text(
        "name,value\ntitle,Half\nextends,no_policy\ncrisis_strength,0.5\nmigration,false\npooling,off\nmonths,24\n"
        "policies,p.csv\n"
    )
    expected = load_scenario(tmp_path / "s.toml")
    for name in ("s.xlsx", "s.csv"):
        assert load_scenario(tmp_path / name).fingerprint == expected.fingerprint
        assert load_scenario(tmp_path / name).title == "Half"


def test_house_prices_of_ones_own_move_rents(tmp_path):
    baseline = load_scenario("baseline")
    lines = [
        f"2021-{m:02d},{slug},{100 - m if slug == 'xian' else 100}"
        for slug in baseline.cities.slugs
        for m in range(1, 13)
    ]
    (tmp_path / "h.csv").write_text("month,city,house_index\n" + "\n".join(lines) + "\n")
    (tmp_path / "s.toml").write_text('house_prices = "h.csv"\n')
    found = load_scenario(tmp_path / "s.toml")
    p, row = found.parameters, found.cities.index("xian")
    path = Region(found.cities, p).house_prices(40, p)
    assert path[row, :12].tolist() == [100.0 - m for m in range(1, 13)] and (np.delete(path, row, 0) == 100).all()
    assert (path[row, 12:] == 88).all()
    assert found.fingerprint != baseline.fingerprint
    swapped = found.with_swapped("xian", "beijing", ["property"])
    assert swapped.cities.house_path[found.cities.index("beijing"), 0] == 99


BAD = {
    "a hole": ("2021-01,a,100\n2021-02,a,100\n2021-01,b,100\n", "b has no house_index for 2021-02"),
    "an unknown city": ("2021-01,zhengzou,100\n", "did you mean 'zhengzhou'"),
    "a number out of range": ("2021-01,zhengzhou,0.5\n", "h.csv:3: house_index = 0.5 is not in 1 to 1000"),
    "a month twice": ("2021-01,zhengzhou,100\n2021-01,zhengzhou,90\n", "two entries for 2021-01"),
    "no month": ("January,zhengzhou,100\n", "not a month written YYYY-MM"),
    "too early": ("2020-01,zhengzhou,100\n", "before the first month"),
}


@pytest.mark.parametrize("case", BAD)
def test_house_prices_that_cannot_be_used_are_told(case, tmp_path):
    rows, message = BAD[case]
    cities = shipped_cities()
    if case == "a hole":
        rows = rows.replace(",a,", f",{cities.slugs[0]},").replace(",b,", f",{cities.slugs[1]},")
        message = message.replace("b has", f"{cities.slugs[1]} has")
    path = tmp_path / "h.csv"
    path.write_text("# a comment\nmonth,city,house_index\n" + rows)
    with pytest.raises(InputError) as error:
        with_house_paths(cities, path)
    assert message in "\n".join(error.value.problems)


def test_nonsense_is_told_with_the_place(tmp_path, folder, capsys):
    (tmp_path / "not.xlsx").write_text("no workbook")
    workbook(tmp_path / "s.xlsx", scenario=[["name", "value"], ["crisis_strenght", 1]], notes=[["a"]])
    workbook(tmp_path / "t.xlsx", scenarios=[["name", "value"]], other=[["a"]])
    (tmp_path / "twice.csv").write_text("name,value\nmonths,3\nmonths,4\n")
    (tmp_path / "wide.csv").write_text("parameter,setting\nmonths,3\n")
    book = openpyxl.load_workbook(folder / "cities.xlsx")
    sheet = book.active
    line = next(cell.row for cell in sheet["A"] if cell.value == "chengdu" or cell.value == "xian")
    at = next(c.column for c in sheet[sheet.max_row - 8] if c.value == "vacancy_rate")
    sheet.cell(line, at).value = 7
    book.save(tmp_path / "c.xlsx")
    for words, message in (
        (["run", tmp_path / "not.xlsx"], "not an Excel workbook"),
        (["run", tmp_path / "no.xlsx"], "cannot read the scenario"),
        (["run", tmp_path / "s.xlsx"], "did you mean 'crisis_strength'"),
        (["run", tmp_path / "t.xlsx"], "unknown sheet 'scenarios'; did you mean 'scenario'?"),
        (["run", tmp_path / "twice.csv"], "twice.csv:3: 'months' is set twice"),
        (["run", tmp_path / "wide.csv"], "wide.csv: column 'name' is missing"),
        (["run", "--cities", tmp_path / "c.xlsx"], f"c.xlsx:{line} (xian): vacancy_rate = 7 is not in 0 to 0.95"),
        (["template", "senario", "--out", tmp_path / "x.toml"], "did you mean 'scenario'"),
        (["template", "cities", "--out", tmp_path / "x.toml"], "ends on .csv or .xlsx"),
        (["template", "cities", "--out", tmp_path / "c.xlsx"], "already exists"),
    ):
        assert cli.main(list(map(str, words))) == 2, words
        assert message in capsys.readouterr().err
