"""Accounts of a month or a year: who paid whom, and who owns what, as matrices an economist recognises.

The transactions-flow matrix has sectors in columns and flows in rows: receipts are positive, payments negative, so
that every row sums to zero; with the change of deposits as a use in the last row every column does too (Godley & Lavoie
2007). The balance-sheet matrix has assets positive and liabilities negative: a claim's row sums to zero, a column to
the sector's net worth. Amounts are whole fen until they are printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from microdrama.model.accounts.balance import CLAIMS, FINANCIAL_FLOWS, net_worth_changes
from microdrama.model.accounts.ledger import FLOWS, SECTORS
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name, month_number
from microdrama.model.categories import BALANCE_ITEMS
from microdrama.model.errors import InputError

from ..files import check_new_file, new_file, shipped_text, write_csv
from .sources import Results, open_results
from .writers import close_book, new_book

UNIT, FEN = "million yuan", 1e8


class Accounts(NamedTuple):
    """Matrices of a period, fen."""

    title: str
    first: str
    last: str
    flows: Array
    """(flows, sectors): received less paid."""
    to_deposits: Array
    """(sectors,) change of deposits, a use: negative where deposits grew."""
    opening: Array | None
    """(instruments, sectors) balance sheets at the start; unknown before the first month."""
    closing: Array
    worth: dict[str, Array]
    """Why net worth changed, see :func:`~.balance.net_worth_changes`; empty before the first month."""


def accounts(results: str | Path, period: str = "") -> Accounts:
    """Accounts of a run.

    Parameters
    ----------
    results : path
        A folder left by ``microdrama run --out``.
    period : str
        A year, a month (YYYY-MM), or ``YYYY-MM:YYYY-MM``; the last 12 months if left out.

    Raises
    ------
    InputError
        If the run does not have these months, or the folder is no run.
    """
    found = open_results(results)
    if found.kind != "run":
        raise InputError(f"{results}: is a sweep, which keeps no accounts; use `microdrama run --out`")
    first, last = _period(period, found.about["months"])
    paid = _sums(found, "flows", range(first, last + 1), flow=FLOWS, payer=SECTORS, payee=SECTORS)
    net = paid.sum(axis=1) - paid.sum(axis=2)
    closing = _sums(found, "balance", [last], instrument=BALANCE_ITEMS, sector=SECTORS)
    opening = _sums(found, "balance", [first - 1], instrument=BALANCE_ITEMS, sector=SECTORS) if first else None
    grown = closing[0] - opening[0] if opening is not None else net.sum(axis=0)
    worth = net_worth_changes(opening, closing, paid) if opening is not None else {}
    if (net.sum(axis=0) != grown).any() or closing[: len(CLAIMS)].sum(axis=1).any():
        raise InputError(f"{results}: flows and balance sheets do not agree; the results are damaged")
    return Accounts(found.title, month_name(first), month_name(last), net, -grown, opening, closing, worth)


def _period(words: str, months: int) -> tuple[int, int]:
    if not words:
        return max(0, months - 12), months - 1
    bounds = f"{words}-01:{words}-12" if re.fullmatch(r"\d{4}", words) else words
    start, _, end = bounds.partition(":")
    try:
        first, last = month_number(start), month_number(end or start)
    except ValueError:
        raise InputError(f"--period {words}: write a year, a month such as 2024-06, or 2024-06:2024-12") from None
    if not 0 <= first <= last < months:
        raise InputError(f"--period {words}: the run has the months 2021-01 to {month_name(months - 1)}")
    return first, last


def _sums(found: Results, name: str, months: Iterable[int], **axes: Iterable[str]) -> Array:
    """Fen of a table in some months, summed by the entries of some of its columns."""
    table = pa.concat_tables(found.sources[name].blocks())
    table = table.filter(pc.is_in(table["month"], pa.array(map(month_name, months))))
    words = {column: pa.array(entries) for column, entries in axes.items()}
    sums = np.zeros([len(entries) for entries in words.values()], np.int64)
    places = tuple(pc.index_in(table[column], entries).to_numpy() for column, entries in words.items())
    np.add.at(sums, places, table["fen"].to_numpy())
    return sums


type Row = tuple[str, Array | None, bool]
"""Words, fen by sector (None: a heading), and whether the row must sum to zero."""


class Matrix(NamedTuple):
    """A matrix as printed; its columns sum to zero."""

    title: str
    rows: list[Row]

    @property
    def amounts(self) -> list[tuple[str, Array, bool]]:
        """Rows but for headings."""
        return [(words, fen, closed) for words, fen, closed in self.rows if fen is not None]

    @property
    def sums(self) -> Array:
        """(sectors,) fen"""
        return np.sum([fen for _, fen, _ in self.amounts], axis=0)


def layout(a: Accounts) -> list[Matrix]:
    """The matrices in the order in which they are printed."""
    span = a.first if a.first == a.last else f"{a.first} to {a.last}"

    def block(heading: str, names: Iterable[str], fen: Mapping[str, Array], closed: bool = True) -> list[Row]:
        return [(heading, None, False), *((name.replace("_", " "), fen[name], closed) for name in names)]

    def sheet(title: str, matrix: Array) -> Matrix:
        fen, real = dict(zip(BALANCE_ITEMS, matrix)), [name for name in BALANCE_ITEMS if name not in CLAIMS]
        net_worth = ("net worth (balancing item)", -matrix.sum(axis=0), False)
        return Matrix(title, [*block("Claims", CLAIMS, fen), *block("Real assets", real, fen, False), net_worth])

    fen, current = dict(zip(FLOWS, a.flows)), [name for name in FLOWS if name not in FINANCIAL_FLOWS]
    flows = block("Income and spending", current, fen) + block("Claims bought and sold", FINANCIAL_FLOWS, fen)
    found = [Matrix(f"Transactions-flow matrix, {span}", [*flows, ("change of deposits (a use)", a.to_deposits, True)])]
    closing = sheet(f"Balance-sheet matrix, end of {a.last}", a.closing)
    if a.opening is None:
        return [*found, closing]
    worth: list[Row] = [
        ("net worth at the start", a.opening.sum(axis=0), False),
        ("saving", a.worth["saving"], True),
        ("real assets built less used up", a.worth["real_assets"], False),
        ("claims written off", a.worth["write_offs"], True),
        ("net worth at the end (balancing item)", -a.closing.sum(axis=0), False),
    ]
    opening = sheet(f"Balance-sheet matrix, before {a.first}", a.opening)
    return [*found, opening, closing, Matrix(f"Why net worth changed, {span}", worth)]


def write_accounts(a: Accounts, path: str | Path) -> None:
    """Write accounts as Excel (``.xlsx``, with check sums that compute), LaTeX (``.tex``), CSV or Markdown (``.md``).

    Raises
    ------
    InputError
        If the ending is another, the file exists, or it cannot be written.
    """
    path = Path(path)
    makers: dict[str, Callable[[Accounts, Path], Any]] = {
        ".xlsx": _excel,
        ".tex": lambda a, path: path.write_text(_latex(a), encoding="utf-8"),
        ".csv": _csv,
        ".md": lambda a, path: path.write_text(text(a), encoding="utf-8"),
    }
    if path.suffix not in makers:
        raise InputError(f"{path}: accounts are written as {', '.join(makers)}; choose one of these endings")
    check_new_file(path)
    with new_file(path) as work:
        makers[path.suffix](a, work)


def _excel(a: Accounts, path: Path) -> None:
    from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

    book = new_book(path)
    money = {"num_format": "#,##0.00;-#,##0.00;0"}
    bold, plain = book.add_format({"bold": True}), book.add_format(money)
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "align": "right"})
    total = book.add_format(money | {"top": 1, "italic": True})
    width, checks = len(SECTORS), []

    def write_sum(sheet: Any, row: int, column: int, cells: str, fen: Any) -> str:
        sheet.write_formula(row, column, f"=ROUND(SUM({cells}),2)", total, float(fen / 100))
        return f"'{sheet.name}'!{xl_rowcol_to_cell(row, column)}"

    for number, part in enumerate(layout(a), 1):
        name = part.title.split(",")[0].replace("Transactions-flow", "Flow")[:25]
        sheet = book.add_worksheet(f"{number} {name}")

        sheet.freeze_panes(3, 1)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, width + 1, 15)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.write(0, 0, f"{a.title}: {part.title}", bold)
        sheet.write(1, 0, "yuan; + receipts, assets; - payments, liabilities")
        sheet.write_row(2, 0, ["", *SECTORS.values(), "sum"], head)
        for row, (words, fen, closed) in enumerate(part.rows, 3):
            sheet.write(row, 0, words, bold if fen is None else None)
            if fen is not None:
                sheet.write_row(row, 1, fen / 100, plain)
                cell = write_sum(sheet, row, width + 1, xl_range(row, 1, row, width), fen.sum())
                checks += [cell] if closed else []
        row = 3 + len(part.rows)
        sheet.write(row, 0, "sum", bold)
        for column, fen in enumerate(part.sums, 1):
            checks.append(write_sum(sheet, row, column, xl_range(3, column, row - 1, column), fen))
    sheet = book.add_worksheet("check")
    sheet.set_column(0, 0, 60)
    sheet.write(0, 0, "Sums that must be zero", bold)
    for row, cell in enumerate(checks, 1):
        sheet.write(row, 0, cell.replace("'", ""))
        sheet.write_formula(row, 1, f"={cell}", plain, 0)
    whole = f"B2:B{len(checks) + 1}"
    yes, no = "the accounts balance", "THE ACCOUNTS DO NOT BALANCE"
    sheet.write_formula(0, 1, f'=IF(AND(MIN({whole})=0,MAX({whole})=0),"{yes}","{no}")', bold, yes)
    close_book(book)


def _million(fen: Any, zero: str) -> str:
    return f"{fen / FEN:,.2f}" if fen else zero


class Frame(Template):
    """A template of LaTeX, in which dollars are frequent."""

    delimiter = "@"


def _latex(a: Accounts) -> str:
    def line(words: str, fen: Array, zero: str, total: str) -> str:
        cells = [words, *(_million(x, zero) for x in fen), total]
        return " & ".join(cells).replace("-", "$-$") + " \\\\"

    frame, width = Frame(shipped_text("export/accounts.tex")), len(SECTORS) + 1
    common = {"unit": UNIT, "columns": width, "heads": " & ".join(["", *SECTORS])}
    codes = "; ".join(f"{code} {name}" for code, name in SECTORS.items())
    tables = ["% Needs the package booktabs. Amounts in million yuan."]
    for part in layout(a):
        rows = []
        for words, fen, closed in part.rows:
            if fen is None:
                rows.append(f"\\multicolumn{{{width + 1}}}{{l}}{{\\emph{{{words}}}}} \\\\")
            elif fen.any():
                rows.append(line(_tex(words), fen, "", _million(fen.sum(), "0" if closed else "")))
        title, sums = _tex(f"{a.title}: {part.title}"), line("$\\Sigma$", part.sums, "0", "")
        tables.append(frame.substitute(common, title=title, codes=codes, rows="\n".join(rows), sums=sums))
    return "\n".join(tables)


def _tex(text: str) -> str:
    return re.sub(r"([&%$#_{}])", r"\\\1", text)


def _csv(a: Accounts, path: Path) -> None:
    rows = []
    for part in layout(a):
        for words, fen, _ in part.amounts:
            amounts = dict(zip(SECTORS, fen)) | {"sum": fen.sum()}
            rows.append({"matrix": part.title, "row": words, **amounts, "unit": "fen"})
    write_csv(path, rows)


def text(a: Accounts) -> str:
    """The matrices for a terminal, million yuan; a dot where nothing is."""
    lines = []
    for part in layout(a):
        heads = "".join(f"{code:>12}" for code in (*SECTORS, "sum"))
        lines += [f"{a.title}: {part.title} ({UNIT})", "", f"{'':30}{heads}"]
        for words, fen, _ in part.rows:
            if fen is None:
                lines.append(words)
            elif fen.any():
                lines.append(f"  {words[:28]:28}" + "".join(f"{_million(x, '.'):>12}" for x in (*fen, fen.sum())))
        lines += [f"{'sum':30}" + "".join(f"{_million(x, '0'):>12}" for x in part.sums), ""]
    return "\n".join(lines)
