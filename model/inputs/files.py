"""The one reader of what users give: TOML, and tables as comma-separated values or sheets of an Excel workbook."""

from __future__ import annotations

import csv
import datetime
import io
import math
import tomllib
import zipfile
from collections.abc import Collection
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..errors import InputError, meant

EXCEL = (".xlsx", ".xlsm")


def read_text(path: str | Path, what: str) -> str:
    """The text of a file; ``what`` says what it is, for messages.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot read the {what}: {error.strerror}") from None
    except UnicodeDecodeError:
        table = "; save the table as 'CSV UTF-8'" if Path(path).suffix.lower() != ".toml" else ""
        raise InputError(f"{path}: not a UTF-8 text file{table}") from None


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """What a TOML text says; ``where`` is named in the message."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also numbers too long, tables too deep
        raise InputError(f"{where}: not valid TOML: {error}") from None


def parse_value(text: str) -> Any:
    """A value as TOML reads it, TRUE and FALSE as Excel writes them; what TOML cannot read is text.

    >>> [parse_value(text) for text in ("0.5", "TRUE", "[1, 2]", "zhengzhou")]
    [0.5, True, [1, 2], 'zhengzhou']
    """
    try:
        found = tomllib.loads(f"value = {text.lower() if text in ('TRUE', 'FALSE') else text}")
    except (ValueError, RecursionError):
        return text
    return found["value"] if len(found) == 1 else text


def read_table(
    path: str | Path,
    what: str,
    *,
    sheet: str = "",
    needed: Collection[str] = (),
    known: Collection[str] = (),
    whole: bool = False,
) -> list[tuple[int, dict[str, str]]]:
    """Rows of a table in a CSV file or an Excel workbook, as :func:`table_rows`; ``sheet`` as for :func:`table_text`.

    Examples
    --------
    >>> read_table("mine.csv", "city table", needed={"city"})  # doctest: +SKIP
    [(2, {'city': 'zhengzhou'}), (3, {'city': 'xian'})]
    """
    return table_rows(table_text(path, sheet, what), str(path), needed, known=known, whole=whole)


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
    lines = read_text(path, what).splitlines(keepends=True)
    return "".join("\n" if line.startswith("#") else line for line in lines)


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
        return {
            sheet.title: _csv(sheet.iter_rows(values_only=True), f"{path}, {sheet.title}") for sheet in book.worksheets
        }
    finally:
        book.close()


ERRORS = ("#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!")
"""What Excel shows where a formula has no value."""


def _csv(rows: Any, where: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    width = 0
    for number, row in enumerate(rows, 1):
        cells = [_cell(value) for value in row]
        if wrong := [f"{where}:{number}, column {at}: the cell is {c}" for at, c in enumerate(cells, 1) if c in ERRORS]:
            raise InputError(wrong)
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


def table_rows(
    text: str, where: str, needed: Collection[str], *, known: Collection[str] = (), whole: bool = False
) -> list[tuple[int, dict[str, str]]]:
    """Rows of comma-separated values, each with the number of the line it ends on; blank ones are left out.

    Parameters
    ----------
    text : str
        As of :func:`table_text`. Names of columns may be in capitals.
    where : str
        Named in messages.
    needed : collection of str
        Columns that must be there, and filled or left empty in every row.
    known : collection of str
        All columns there can be, if others are an error.
    whole : bool
        Rows must have as many entries as the header; else those left out at the end are empty.

    Raises
    ------
    InputError
        A line for each column that is missing, unknown or given twice and each row that does not fit the header.
    """
    table = text.lstrip("\n")
    above = len(text) - len(table)
    reader = csv.reader(io.StringIO(table), strict=True)
    try:
        lines = [(above + reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise InputError(f"{where}: not a table of comma-separated values: {error}") from None
    names = {name.casefold(): name for name in (*needed, *known)}
    header = [names.get(cell.casefold(), cell) for cell in (lines[0][1] if lines else ())]
    problems = [
        f"{where}: column '{name}' is given twice" for name in sorted({h for h in header if header.count(h) > 1} - {""})
    ]
    problems += [
        f"{where}: column '{name}' is missing{meant(name, {*header} - {*needed, ''})}"
        for name in sorted({*needed} - {*header})
    ]
    problems += [
        f"{where}: unknown column '{name}'{meant(name, known)} (known: {', '.join(known)})"
        for name in header
        if known and name and name not in known
    ]
    least = len(header) if whole else max((n for n, name in enumerate(header, 1) if name in needed), default=0)
    rows = [(line, cells) for line, cells in lines[1:] if any(cells)]
    for line, cells in rows:
        if len(cells) > len(header):
            problems.append(f"{where}:{line}: {len(cells) - len(header)} more entries than columns")
        elif len(cells) < least:
            problems.append(f"{where}:{line}: {len(cells)} entries where the header has {len(header)}")
    if problems:
        raise InputError(problems)
    if not rows:
        raise InputError(f"{where}: the table has no rows")
    return [(line, dict(zip(header, cells + [""] * len(header)))) for line, cells in rows]


def number_within(text: str, low: float, high: float) -> tuple[float, str]:
    try:
        value = float(text)
    except ValueError:
        return math.nan, f"'{text}' is not a number"
    return value, "" if low <= value <= high else f"{text} is not in {low:g} to {high:g}"


def shipped_text(name: str) -> str:
    return files(__package__).joinpath("evidence", name).read_text(encoding="utf-8")
