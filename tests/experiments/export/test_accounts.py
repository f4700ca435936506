"""Accounts: matrices against sums made otherwise, check sums that compute, and nonsense."""

import csv
import json
import re

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from microdrama.experiments import cli
from microdrama.experiments.export.accounts import accounts, layout, text, write_accounts
from microdrama.model.accounts.balance import FINANCIAL_FLOWS
from microdrama.model.accounts.ledger import FLOWS, SECTORS
from microdrama.model.categories import BALANCE_ITEMS
from microdrama.model.errors import InputError


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2021", "2021-01", "2021-12"),
        ("2022-01", "2022-01", "2022-01"),
        ("2021-05:2021-09", "2021-05", "2021-09"),
        ("", "2021-03", "2022-02"),
    ],
)
def test_the_matrices_are_those_of_the_tables(a_run, period, first, last):
    found = accounts(a_run, period)
    assert (found.first, found.last) == (first, last)
    flows = pd.read_parquet(a_run / "flows.parquet").query("@first <= month <= @last")
    received = flows.groupby(["flow", "payee"])["fen"].sum()
    paid = flows.groupby(["flow", "payer"])["fen"].sum()
    for i, flow in enumerate(FLOWS):
        for j, sector in enumerate(SECTORS):
            assert found.flows[i, j] == received.get((flow, sector), 0) - paid.get((flow, sector), 0)
    sheet = (
        pd.read_parquet(a_run / "balance.parquet").query("month == @last").set_index(["instrument", "sector"])["fen"]
    )
    for i, item in enumerate(BALANCE_ITEMS):
        assert [sheet.get((item, sector), 0) for sector in SECTORS] == found.closing[i].tolist()
    assert found.flows.any() and found.closing.any()


def test_rows_and_columns_sum_to_zero_where_they_must(a_run):
    parts = layout(accounts(a_run, "2021-04:2021-12"))
    titles = ["Transactions-flow matrix", "Balance-sheet matrix", "Balance-sheet matrix", "Why net worth changed"]
    assert [part.title.split(",")[0] for part in parts] == titles
    for part in parts:
        rows = [(fen, closed) for _, fen, closed in part.rows if fen is not None]
        assert all(fen.sum() == 0 for fen, closed in rows if closed)
        assert not sum(fen for fen, _ in rows).any()
    words = [words for words, _, _ in parts[0].rows]
    assert len(words) == len(FLOWS) + 3 and words.index("loans") > words.index("Claims bought and sold")
    assert all(name.replace("_", " ") in words for name in FINANCIAL_FLOWS)


def value(book, sheet, formula):
    """What a formula of the workbook computes, for the few kinds it has."""
    if isinstance(formula, int | float):
        return formula
    if match := re.fullmatch(r"=ROUND\(SUM\((\w+):(\w+)\),2\)", formula):
        cells = [cell.value for row in book[sheet][f"{match[1]}:{match[2]}"] for cell in row]
        return round(sum(cell for cell in cells if isinstance(cell, int | float)), 2)
    match = re.fullmatch(r"='(.+)'!(\w+)", formula)
    return value(book, match[1], book[match[1]][match[2]].value)


def test_check_sums_of_the_workbook_compute_and_find_a_changed_amount(a_run, tmp_path):
    write_accounts(accounts(a_run, "2021-04:2021-12"), tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    checks = [row[1].value for row in book["check"].iter_rows(min_row=2)]
    assert len(checks) > 80 and all(value(book, "check", formula) == 0 for formula in checks)
    assert book["check"]["B1"].value.startswith(f"=IF(AND(MIN(B2:B{len(checks) + 1})=0,MAX(B2:B")
    sheet = book.worksheets[0]
    row = next(row for row in sheet.iter_rows(min_row=4) if row[0].value == "wages")
    assert row[1].value < 0 < row[3].value
    row[1].value += 0.01
    assert sum(value(book, "check", formula) != 0 for formula in checks) == 2  # its row and its column
    kept = openpyxl.load_workbook(tmp_path / "a.xlsx", data_only=True)
    assert kept["check"]["B1"].value == "the accounts balance"
    assert kept.worksheets[0].cell(row[0].row, 2).value == pytest.approx(row[1].value - 0.01)


def test_latex_has_every_flow_that_is_not_zero_and_zero_sums(a_run, tmp_path):
    found = accounts(a_run, "2021")
    write_accounts(found, tmp_path / "a.tex")
    page = (tmp_path / "a.tex").read_text(encoding="utf-8")
    for name, row in zip(FLOWS, found.flows):
        assert (f"\n{name.replace('_', ' ')} & " in page) == row.any()
    tables = re.findall(r"\\begin\{tabular\}.*?\\end\{tabular\}", page, re.S)
    assert len(tables) == 2  # before the first month there is no balance sheet
    for table in tables:
        lines = [line for line in table.splitlines() if line.endswith("\\\\") and "&" in line]
        assert {line.count("&") for line in lines} == {len(SECTORS) + 1}
        assert lines[-1].startswith("$\\Sigma$ & " + " & ".join(["0"] * len(SECTORS)))
    assert page.count("{") == page.count("}")


def test_csv_is_in_whole_fen_and_text_fits(a_run, tmp_path):
    found = accounts(a_run, "2021")
    write_accounts(found, tmp_path / "a.csv")
    rows = list(csv.DictReader((tmp_path / "a.csv").open()))
    wages = next(row for row in rows if row["row"] == "wages")
    assert int(wages["HH"]) == found.flows[list(FLOWS).index("wages"), list(SECTORS).index("HH")] > 0
    assert max(map(len, text(found).splitlines())) <= 180


def test_books_that_do_not_balance_are_refused(a_run, changed):
    table = pq.read_table(a_run / "balance.parquet")
    fen = table["fen"].to_numpy().copy()
    fen[-1] += 1
    places = np.flatnonzero(np.array(table["instrument"].to_pylist()) == "deposits")
    fen[places[-1]] += 1
    folder = changed("balance.parquet", table.set_column(3, "fen", pa.array(fen)))
    with pytest.raises(InputError, match="do not agree"):
        accounts(folder)


def test_nonsense_is_told(a_run, a_sweep, tmp_path, capsys):
    assert json.loads((a_run / "manifest.json").read_text())["months"] == 14
    for words, message in (
        ([a_run, "--period", "2030"], "the run has the months 2021-01 to 2022-02"),
        ([a_run, "--period", "soon"], "write a year, a month"),
        ([a_run, "--period", "2021-05:2021-01"], "the run has the months"),
        ([a_run, "--out", tmp_path / "a.doc"], "choose one of these endings"),
        ([a_run, "--out", tmp_path / "no" / "a.tex"], "there is no folder"),
        ([a_sweep], "is a sweep"),
    ):
        assert cli.main(["accounts", *map(str, words)]) == 2
        assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
