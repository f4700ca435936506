"""Accounts of a month or a year: who paid whom, and who owns what, as matrices an economist recognises.

The transactions-flow matrix has sectors in columns and flows in rows: receipts are positive, payments negative, so
that every row sums to zero; with the change of deposits as a use in the last row every column does too (Godley & Lavoie
2007). The balance-sheet matrix has assets positive and liabilities negative: a claim's row sums to zero, a column to
the sector's net worth. Amounts are whole fen until they are printed.
"""

from __future__ import annotations

import re
from pathlib import Path
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

from ..files import new_file
from .sources import open_results
from .writers import close_book, need

_FLOW, _SECTOR, _ITEM = ({name: i for i, name in enumerate(names)} for names in (FLOWS, SECTORS, BALANCE_ITEMS))
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
    months = found.about["months"]
    first, last = _period(period, months)
    pays = np.zeros((months, len(FLOWS), len(SECTORS), len(SECTORS)), np.int64)
    table = pa.concat_tables(found.sources["flows"].blocks())
    at = (
        _places(table["month"]),
        _places(table["flow"], _FLOW),
        _places(table["payer"], _SECTOR),
        _places(table["payee"], _SECTOR),
    )
    pays[at] = table["fen"].to_numpy()
    sheets = np.zeros((months, len(BALANCE_ITEMS), len(SECTORS)), np.int64)
    table = pa.concat_tables(found.sources["balance"].blocks())
    sheets[_places(table["month"]), _places(table["instrument"], _ITEM), _places(table["sector"], _SECTOR)] = table[
        "fen"
    ].to_numpy()
    paid = pays[first : last + 1].sum(axis=0)
    net = paid.sum(axis=1) - paid.sum(axis=2)
    closing = sheets[last]
    opening = sheets[first - 1] if first else None
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


def _places(column: Any, known: dict[str, int] | None = None) -> Array:
    words = pc.dictionary_encode(column.combine_chunks())
    numbers = [known[word] if known else month_number(word) for word in words.dictionary.to_pylist()]
    return np.array(numbers, np.int64)[words.indices.to_numpy()]


class Rows(NamedTuple):
    """A matrix as printed: headings, and rows with what their sum must be (None: whatever it is)."""

    title: str
    rows: list[tuple[str, Array | None, bool]]
    """Words, fen by sector (None: a heading), and whether the row must sum to zero."""
    checked: bool
    """Whether columns must sum to zero."""


def layout(a: Accounts) -> list[Rows]:
    """The matrices in the order in which they are printed."""
    span = a.first if a.first == a.last else f"{a.first} to {a.last}"
    current = [name for name in FLOWS if name not in FINANCIAL_FLOWS]
    flows: list[tuple[str, Array | None, bool]] = [("Income and spending", None, False)]
    flows += [(_words(name), a.flows[_FLOW[name]], True) for name in current]
    flows.append(("Claims bought and sold", None, False))
    flows += [(_words(name), a.flows[_FLOW[name]], True) for name in FINANCIAL_FLOWS]
    flows.append(("change of deposits (a use)", a.to_deposits, True))
    found = [Rows(f"Transactions-flow matrix, {span}", flows, True)]

    def sheet(title: str, matrix: Array) -> Rows:
        rows: list[tuple[str, Array | None, bool]] = [("Claims", None, False)]
        rows += [(_words(name), matrix[_ITEM[name]], True) for name in CLAIMS]
        rows.append(("Real assets", None, False))
        rows += [(_words(name), matrix[_ITEM[name]], False) for name in BALANCE_ITEMS if name not in CLAIMS]
        rows.append(("net worth (balancing item)", -matrix.sum(axis=0), False))
        return Rows(title, rows, True)

    if a.opening is not None:
        found.append(sheet(f"Balance-sheet matrix, before {a.first}", a.opening))
    found.append(sheet(f"Balance-sheet matrix, end of {a.last}", a.closing))
    if a.opening is not None:
        w = a.worth
        found.append(
            Rows(
                f"Why net worth changed, {span}",
                [
                    ("net worth at the start", a.opening.sum(axis=0), False),
                    ("saving", w["saving"], True),
                    ("real assets built less used up", w["real_assets"], False),
                    ("claims written off", w["write_offs"], True),
                    ("net worth at the end (balancing item)", -a.closing.sum(axis=0), False),
                ],
                True,
            )
        )
    return found


def _words(name: str) -> str:
    return name.replace("_", " ")


def write_accounts(a: Accounts, path: str | Path) -> None:
    """Write accounts as Excel (``.xlsx``, with check sums that compute), LaTeX (``.tex``), CSV or Markdown (``.md``).

    Raises
    ------
    InputError
        If the ending is another, the file exists, or it cannot be written.
    """
    path = Path(path)
    makers = {".xlsx": _excel, ".tex": _latex, ".csv": _csv, ".md": _markdown}
    if path.suffix not in makers:
        raise InputError(f"{path}: accounts are written as {', '.join(makers)}; choose one of these endings")
    if path.exists():
        raise InputError(f"{path}: already exists; choose another name")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")
    with new_file(path) as work:
        makers[path.suffix](a, work)


def _excel(a: Accounts, path: Path) -> None:
    need("xlsxwriter", "Excel files")
    import xlsxwriter
    from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

    book = xlsxwriter.Workbook(str(path), {"tmpdir": str(path.parent)})
    bold, plain = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00;-#,##0.00;0"})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "align": "right"})
    total = book.add_format({"num_format": "#,##0.00;-#,##0.00;0", "top": 1, "italic": True})
    last = xl_col_to_name(len(SECTORS))
    checks = []
    for number, part in enumerate(layout(a), 1):
        name = f"{number} " + part.title.split(",")[0].replace("Transactions-flow", "Flow")[:25]
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(3, 1)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, len(SECTORS) + 1, 15)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.write(0, 0, f"{a.title}: {part.title}", bold)
        sheet.write(1, 0, "yuan; + receipts, assets; - payments, liabilities")
        sheet.write_row(2, 0, ["", *SECTORS.values(), "sum"], head)
        row = 2
        for words, fen, closed in part.rows:
            row += 1
            if fen is None:
                sheet.write(row, 0, words, bold)
                continue
            sheet.write(row, 0, words)
            for j, amount in enumerate(fen, 1):
                sheet.write_number(row, j, amount / 100, plain)
            sheet.write_formula(
                row, len(SECTORS) + 1, f"=ROUND(SUM(B{row + 1}:{last}{row + 1}),2)", total, float(fen.sum() / 100)
            )
            if closed:
                checks.append(f"'{name}'!{xl_rowcol_to_cell(row, len(SECTORS) + 1)}")
        sheet.write(row + 1, 0, "sum", bold)
        sums = sum(fen for _, fen, _ in part.rows if fen is not None)
        for j in range(1, len(SECTORS) + 1):
            column = xl_col_to_name(j)
            sheet.write_formula(
                row + 1, j, f"=ROUND(SUM({column}4:{column}{row + 1}),2)", total, float(np.asarray(sums)[j - 1] / 100)
            )
            checks.append(f"'{name}'!{xl_rowcol_to_cell(row + 1, j)}")
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


def _latex(a: Accounts, path: Path) -> None:
    def number(fen: int, closed: bool = False) -> str:
        if fen == 0:
            return "0" if closed else ""
        return f"{fen / FEN:,.2f}".replace("-", "$-$")

    lines = ["% Needs the package booktabs. Amounts in million yuan."]
    for part in layout(a):
        sums = np.asarray(sum(fen for _, fen, _ in part.rows if fen is not None))
        lines += [
            "\\begin{table}\\centering\\scriptsize\\setlength{\\tabcolsep}{3pt}",
            f"\\caption{{{_tex(a.title)}: {_tex(part.title)} ({UNIT})}}",
            f"\\begin{{tabular}}{{l*{{{len(SECTORS) + 1}}}{{r}}}}",
            "\\toprule",
            " & ".join(["", *SECTORS, "$\\Sigma$"]) + " \\\\",
            "\\midrule",
        ]
        for words, fen, closed in part.rows:
            if fen is None:
                lines.append(f"\\multicolumn{{{len(SECTORS) + 2}}}{{l}}{{\\emph{{{words}}}}} \\\\")
            elif fen.any():
                cells = [number(int(x)) for x in fen] + [number(int(fen.sum()), closed)]
                lines.append(" & ".join([_tex(words), *cells]) + " \\\\")
        lines.append("\\midrule")
        lines.append(" & ".join(["$\\Sigma$", *(number(int(x), True) for x in sums), ""]) + " \\\\")
        codes = "; ".join(f"{code} {name}" for code, name in SECTORS.items())
        lines += [
            "\\bottomrule",
            "\\end{tabular}",
            f"\\par\\smallskip {codes}. Rows that are zero throughout are left out.",
            "\\end{table}",
            "",
        ]
    path.write_text("\n".join(lines), encoding="utf-8")


def _tex(text: str) -> str:
    return re.sub(r"([&%$#_{}])", r"\\\1", text)


def _csv(a: Accounts, path: Path) -> None:
    import csv

    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["matrix", "row", *SECTORS, "sum", "unit"])
        for part in layout(a):
            writer.writerows(
                [part.title, words, *map(int, fen), int(fen.sum()), "fen"]
                for words, fen, _ in part.rows
                if fen is not None
            )


def _markdown(a: Accounts, path: Path) -> None:
    path.write_text(text(a), encoding="utf-8")


def text(a: Accounts) -> str:
    """The matrices for a terminal, million yuan; a dot where nothing is."""
    lines = []
    for part in layout(a):
        lines += [
            f"{a.title}: {part.title} ({UNIT})",
            "",
            f"{'':30}" + "".join(f"{code:>12}" for code in (*SECTORS, "sum")),
        ]
        for words, fen, _ in part.rows:
            if fen is None:
                lines.append(words)
            elif fen.any():
                lines.append(f"  {words[:28]:28}" + "".join(_short(int(x)) for x in (*fen, fen.sum())))
        sums = np.asarray(sum(fen for _, fen, _ in part.rows if fen is not None))
        lines += [f"{'sum':30}" + "".join(_short(int(x), "0") for x in sums), ""]
    return "\n".join(lines)


def _short(fen: int, nothing: str = ".") -> str:
    return f"{nothing if fen == 0 else f'{fen / FEN:,.2f}':>12}"
