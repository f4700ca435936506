"""The one reader of what users give: TOML, and tables as separated values or sheets of an Excel workbook.

Tables in CSV are UTF-8, UTF-16 or GB18030, with commas, semicolons or tabs between entries, which end on their line;
lines that begin with # are comments. In Excel a cell has its stored value. What is said of cells holds for both.
"""

from __future__ import annotations

import csv
import datetime
import itertools
import math
import re
import tomllib
import warnings
from collections.abc import Collection, Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, control_character, meant

EXCEL = (".xlsx", ".xlsm")
ERRORS = (
    *("#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!"),
    *("#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#GETTING_DATA"),
)
"""What Excel shows where a formula has no value."""
NOTES = ("notes", "note", "readme", "codebook")
"""Sheets for readers, which are not read."""
MOST_VALUES = 100_000
"""Longest list that is taken from a script."""
DEEPEST = 20
"""Lists and tables inside each other."""
_FORMULA = re.compile(r"[=@]|[+-][A-Za-z]")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}([.,]\d{3})+")


def read_text(path: str | Path, what: str) -> str:
    """The text of a file; ``what`` says what it is, for messages. Tables may be in an encoding of Excel's.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        found = Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: no name that a file can have
        raise InputError(f"{path}: cannot read the {what}: {getattr(error, 'strerror', None) or error}") from None
    text = _decoded(found, str(path), table=Path(path).suffix.lower() != ".toml")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(found: bytes, where: str, *, table: bool) -> str:
    encodings = ["utf-8-sig"]
    if table:
        encodings += ["utf-16"] if found.startswith((b"\xff\xfe", b"\xfe\xff")) else ["gb18030"]
    for encoding in encodings:
        try:
            text = found.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        if encoding == "gb18030":
            other = [c for c in text if not c.isascii()]
            if 2 * sum(len(c.encode("gb2312", "ignore")) > 0 for c in other) < len(other):
                continue  # nearly all bytes are GB18030; words of other languages give characters hardly anybody uses
            warnings.warn(f"{where}: is not UTF-8 and was read as GB18030, as Excel saves in China", stacklevel=4)
        return text
    raise InputError(f"{where}: not a UTF-8 text file{'; save the table as CSV UTF-8' if table else ''}")


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """What a TOML text says; ``where`` is named in the message."""
    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also numbers too long, tables too deep
        raise InputError(f"{where}: not valid TOML: {error}") from None
    return dict(plain(found, where))


def plain(value: Any, where: str, depth: int = 0) -> Any:
    """A value as a file could have it: lists for ranges, arrays and tuples, Python's numbers for those of numpy.

    Raises
    ------
    InputError
        For texts that :func:`wrong_text` refuses, lists beyond :data:`MOST_VALUES`, and what no file could hold.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Path):
        value = str(value)
    if isinstance(value, str):
        if problem := wrong_text(value):
            raise InputError(f"{where}: {problem}")
        return value
    if value is None or isinstance(value, bool | int | float | datetime.date | datetime.time):
        return value
    if depth > DEEPEST:
        raise InputError(f"{where}: lists or tables lie more than {DEEPEST} deep inside each other")
    if isinstance(value, Mapping):
        return {plain(str(key), where): plain(v, f"{where}: {key}"[:200], depth + 1) for key, v in value.items()}
    if not isinstance(value, list | tuple | range | np.ndarray):
        raise InputError(f"{where}: {type(value).__name__} is nothing that a file could hold")
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return plain(value.item(), where, depth)
    if len(value) > MOST_VALUES:
        raise InputError(f"{where}: a list of {len(value):,} values; at most {MOST_VALUES:,} are allowed")
    return [plain(each, where, depth + 1) for each in value]


def wrong_text(text: str) -> str:
    """What is wrong with a text of a user's file, empty if nothing is."""
    if problem := control_character(text):
        return problem
    if _FORMULA.match(text):
        return f"'{text}' begins like a formula (=, @, or a sign before a letter), which Excel would compute"
    return ""


def parse_value(text: str) -> Any:
    """A value as TOML reads it, TRUE and FALSE as Excel writes them; what TOML cannot read is text.

    >>> [parse_value(text) for text in ("0.5", "TRUE", "[1, 2]", "zhengzhou")]
    [0.5, True, [1, 2], 'zhengzhou']
    """
    try:
        found = tomllib.loads(f"value = {text.lower() if text.lower() in ('true', 'false') else text}")
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
    """A table as separated values, whatever kind of file it is in.

    Parameters
    ----------
    path : path
        A CSV file, or an Excel workbook.
    sheet : str
        The sheet of a workbook that has several.
    what : str
        What the table is, for messages.

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
    return read_text(path, what)


def workbook(path: str | Path, what: str) -> dict[str, str]:
    """All sheets of an Excel workbook but :data:`NOTES` as comma-separated values, by name in small letters.

    Formulas count as the values last computed for them. Dates become months, as tables of this model have months.
    """
    try:
        import openpyxl
    except ImportError:
        raise InputError(f"{path}: Excel files need `pip install 'microdrama[export]'`; or save it as CSV") from None
    try:
        values, formulas = (openpyxl.load_workbook(path, read_only=True, data_only=only) for only in (True, False))
        try:
            found = {
                sheet.title.strip().casefold(): _csv(sheet, formulas[sheet.title], f"{path}, {sheet.title}")
                for sheet in values.worksheets
                if sheet.title.strip().casefold() not in NOTES
            }
        finally:
            values.close(), formulas.close()
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot read the {what}: {error.strerror or error}") from None
    except Exception as error:  # a damaged workbook can go wrong anywhere in the library
        raise InputError(f"{path}: not an Excel workbook (.xlsx): {error or type(error).__name__}") from None
    if not found:
        raise InputError(f"{path}: has no sheets with cells")
    return found


def _csv(values: Any, formulas: Any, where: str) -> str:
    lines = []
    for each in (values, formulas):
        each.reset_dimensions()  # as written they may be wrong, and cells beyond would be left out
    rows = zip(values.iter_rows(values_only=True), formulas.iter_rows(values_only=True), strict=True)
    for number, (row, origin) in enumerate(rows, 1):
        cells = [_cell(value) for value in row]
        for at, (value, cell, formula) in enumerate(zip(row, cells, origin, strict=True), 1):
            wrong = f"the cell is {cell}" if cell in ERRORS else ""
            if value is None and formula is not None:
                wrong = "the formula has no stored value; open the file in Excel and save it"
            if wrong:
                raise InputError(f"{where}:{number}, column {at}: {wrong}")
        while cells and not cells[-1]:
            cells.pop()
        lines.append(",".join(f'"{cell.replace('"', '""')}"' if set(cell) & set('",') else cell for cell in cells))
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime | datetime.date):
        return f"{value.year}-{value.month:02d}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and not value.is_integer():
        return repr(value)
    return " ".join(str(value).removesuffix(".0").splitlines()).strip()


def table_rows(
    text: str, where: str, needed: Collection[str], *, known: Collection[str] = (), whole: bool = False
) -> list[tuple[int, dict[str, str]]]:
    """Rows of separated values, each with the number of its line; blank ones and comments are left out.

    Parameters
    ----------
    text : str
        As of :func:`table_text`. Names of columns may be in capitals, and have spaces for underscores. A comma inside
        an entry is a decimal comma if the table has one that can be nothing else.
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
        A line for each column that is missing, unknown or given twice and each row or entry that cannot be used.
    """
    names = {name.casefold(): name for name in (*needed, *known)}
    lines, problems = _entries(text, where, names)
    header = [names.get(_folded(cell), cell) for cell in (lines[0][1] if lines else ())]
    problems += [
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
        while len(cells) > len(header) and not cells[-1]:
            cells.pop()
        if len(cells) > len(header):
            problems.append(f"{where}:{line}: {len(cells) - len(header)} more entries than columns{_split(cells)}")
        elif len(cells) < least:
            problems.append(f"{where}:{line}: {len(cells)} entries where the header has {len(header)}")
        for cell, name in zip(cells, header):
            wrong = f"the cell is {cell}" if cell in ERRORS else wrong_text(cell)
            problems += [f"{where}:{line}: column '{name}': {wrong}"] if wrong else []
    if not problems:
        problems += _with_decimal_points(rows, where)
    if problems:
        raise InputError(problems)
    if not rows:
        raise InputError(f"{where}: the table has no rows")
    return [(line, dict(zip(header, cells + [""] * len(header)))) for line, cells in rows]


def _folded(cell: str) -> str:
    return "_".join(cell.casefold().split())


def _entries(text: str, where: str, names: Collection[str]) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """Entries of all lines that are neither blank nor comments, with their numbers, and what is wrong with them."""
    lines = [
        (number, line)
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip() and (not line.lstrip('"').startswith("#") or line.lstrip('"').startswith(ERRORS))
    ]
    between = ""
    if lines and re.fullmatch(r"sep=[,;\t]", lines[0][1].strip(" \r")):  # a line that Excel understands
        between = lines.pop(0)[1].strip(" \r")[-1]
    if lines and not between:
        headers = {mark: _split_at(mark, lines[0][1]) or [] for mark in ",;\t"}
        between = max(headers, key=lambda mark: (sum(_folded(c) in names for c in headers[mark]), len(headers[mark])))
    found, problems = [], []
    for number, line in lines:
        cells = _split_at(between, line)
        if cells is None:
            problems.append(
                f"{where}:{number}: not a row of separated values: quotation marks are not closed or doubled"
            )
        else:
            found.append((number, cells))
    return found, problems


def _split_at(mark: str, line: str) -> list[str] | None:
    try:
        return [cell.strip() for cell in next(csv.reader([line], strict=True, delimiter=mark))]
    except csv.Error:
        return None


def _split(cells: list[str]) -> str:
    """What was probably meant by a row with too many entries."""
    pairs = itertools.pairwise(cells)
    pair = next((f"{one}.{two}" for one, two in pairs if re.fullmatch(r"[+-]?\d+", one) and two.isdecimal()), "")
    return f"; was {pair} meant?" if pair else ""


def _with_decimal_points(rows: Iterable[tuple[int, list[str]]], where: str) -> list[str]:
    """Replace decimal commas if some can be nothing else; returns entries that then can be read in two ways."""
    commas = [cell for _, cells in rows for cell in cells if "," in cell and _DECIMAL_COMMA.fullmatch(cell)]
    if all(map(_THOUSANDS.fullmatch, commas)):
        return []  # numbers with commas are refused where they are read
    problems = []
    for line, cells in rows:
        for at, cell in enumerate(cells):
            if _DECIMAL_COMMA.fullmatch(cell):
                cells[at] = cell.replace(",", ".")
            elif _THOUSANDS.fullmatch(cell):
                problems.append(f"{where}:{line}: {cell} beside decimal commas: is it {as_number(cell)}? Write that")
    return problems


def as_number(text: str) -> str:
    """The number that was probably meant by a text that is none, empty if none was.

    >>> [as_number(text) for text in ("17%", "8,000,000", "0,5", "much")]
    ['0.17', '8000000', '0.5', '']
    """
    text = text.strip()
    try:
        if text.endswith("%"):
            return f"{float(text[:-1]) / 100:g}"
        if _THOUSANDS.fullmatch(text):
            return re.sub("[.,]", "", text)
        return f"{float(text.replace(',', '.'))!r}"
    except ValueError:
        return ""


def number_within(text: str, low: float, high: float) -> tuple[float, str]:
    """The number that a text says, and what is wrong with it, empty if nothing is."""
    try:
        value = float(text)
    except ValueError:
        number = as_number(text)
        return math.nan, f"'{text}' is not a number{f'; write {number}' if number else ''}"
    return value, "" if low <= value <= high else f"{text} is not in {low:g} to {high:g}"


def shipped_text(name: str) -> str:
    return files(__package__).joinpath("evidence", name).read_text(encoding="utf-8")
