"""Tables as files: comma-separated values or a sheet of an Excel workbook, shipped or a user's own."""

from __future__ import annotations

import csv
import datetime
import io
import math
import zipfile
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..errors import InputError, meant

EXCEL = (".xlsx", ".xlsm")


def table_text(path: str | Path, sheet: str, what: str) -> str:
    """A table as comma-separated values, whatever kind of file it is in.

    Parameters
    ----------
    path : path
        A CSV file in UTF-8, or an Excel workbook.
    sheet : str
        The sheet of a workbook that has several.
    what : str
        What the table is, for messages.

    Returns
    -------
    str
        Lines that begin with # are comments, and empty in it.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    if Path(path).suffix.lower() in EXCEL:
        sheets = workbook(path, what)
        if sheet not in sheets and len(sheets) > 1:
            raise InputError(f"{path}: has no sheet '{sheet}'{meant(sheet, sheets)} (sheets: {', '.join(sheets)})")
        return sheets.get(sheet, next(iter(sheets.values())))
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot read the {what}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a UTF-8 text file; save the table as 'CSV UTF-8'") from None
    return "".join("\n" if line.startswith("#") else line for line in text.splitlines(keepends=True))


def workbook(path: str | Path, what: str) -> dict[str, str]:
    """All sheets of an Excel workbook as comma-separated values; rows that begin with # are comments.

    Formulas count as the values last computed for them. Dates become months, as tables of this model have months.
    """
    try:
        import openpyxl
    except ImportError:
        raise InputError(f"{path}: Excel files need `pip install 'microdrama[export]'`; or save it as CSV") from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except OSError as error:
        raise InputError(f"{path}: cannot read the {what}: {error.strerror}") from None
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InputError(f"{path}: not an Excel workbook (.xlsx): {error}") from None
    try:
        return {sheet.title: _csv(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    finally:
        book.close()


def _csv(rows: Any) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    width = 0
    for row in rows:
        cells = [_cell(value) for value in row]
        if not any(cells) or cells[0].startswith("#"):
            text.write("\n")  # line numbers in messages are those of the sheet
            continue
        width = width or max(i for i, cell in enumerate(cells, 1) if cell)
        while len(cells) > width and not cells[-1]:
            cells.pop()
        writer.writerow(cells)
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime | datetime.date):
        return f"{value.year}-{value.month:02d}"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, float) and not value.is_integer() else str(value).removesuffix(".0").strip()


def table_rows(text: str, where: str, needed: set[str]) -> list[tuple[int, dict[str, str]]]:
    """Rows with the number of the line each ends on."""
    rows, problems = [], []
    table = text.lstrip("\n")
    above = len(text) - len(table)
    try:
        reader = csv.DictReader(io.StringIO(table), strict=True)
        for row in reader:
            if None in row:
                problems.append(f"{where}:{above + reader.line_num}: {len(row[None])} more entries than columns")
            rows.append((above + reader.line_num, {k: (v or "").strip() for k, v in row.items() if isinstance(k, str)}))
    except csv.Error as error:
        raise InputError(f"{where}: not a table of comma-separated values: {error}") from None
    header = [h for h in (reader.fieldnames or []) if h]
    problems += [
        f"{where}: column '{name}' is missing{meant(name, set(header) - needed)}" for name in sorted(needed - {*header})
    ]
    if problems:
        raise InputError(problems)
    if not rows:
        raise InputError(f"{where}: the table has no rows")
    return rows


def number_within(text: str, low: float, high: float) -> tuple[float, str]:
    try:
        value = float(text)
    except ValueError:
        return math.nan, f"'{text}' is not a number"
    return value, "" if low <= value <= high else f"{text} is not in {low:g} to {high:g}"


def shipped_text(name: str) -> str:
    return files(__package__).joinpath("evidence", name).read_text(encoding="utf-8")
