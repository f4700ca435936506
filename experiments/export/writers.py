"""Files of one table in several formats, written block by block."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from pyarrow import parquet

from microdrama.model.errors import InputError, need

from . import stata
from .formats import CsvStyle
from .tables import Tidy
from .variables import Variable, beyond_excel, numbers_of

EXCEL_ROWS, EXCEL_COLUMNS = 1_048_575, 16_384
"""Rows below the header, and columns, that a sheet holds."""
SPSS_CELLS = 60_000_000
"""Entries of a table that are kept in memory for SPSS, whose library writes a table at once."""
EPOCH = np.datetime64("1960-01-01", "D").astype(int)


class Writer(Protocol):
    """Takes the rows of a table and makes a file of them."""

    def write(self, block: Sequence[Any]) -> None:
        """Add rows: an array for each variable."""

    def close(self) -> None:
        """End the file."""


class Csv:
    """Separated values in UTF-8, dates as YYYY-MM-DD; what is missing is empty, and no text is a formula."""

    def __init__(self, path: Path, table: Tidy) -> None:
        self._variables, self._style = table.variables, table.style
        self._file = pa.OSFile(str(path), "wb")
        head = self._style.separator.join(f'"{v.name}"' for v in table.variables) + "\n"
        self._file.write(head.encode(self._style.encoding))

    def write(self, block: list[pa.Array]) -> None:
        columns = [_plain(values, v, self._style) for values, v in zip(block, self._variables, strict=True)]
        rows = pa.table(columns, [v.name for v in self._variables])
        options = pyarrow.csv.WriteOptions(include_header=False, delimiter=self._style.separator)
        pyarrow.csv.write_csv(rows, self._file, options)

    def close(self) -> None:
        self._file.close()


FORMULA = r"^([=@\t\r]|[+-][A-Za-z(=@])"
"""Text that a spreadsheet would compute; a quotation mark before it keeps it text."""


def _plain(values: pa.Array, v: Variable, style: CsvStyle) -> pa.Array:
    if v.kind in ("category", "text"):
        return pc.replace_substring_regex(values.cast(pa.string()), FORMULA, r"'\1")
    if style.excel and v.kind == "integer" and beyond_excel(v):
        return pc.binary_join_element_wise('="', values.cast(pa.string()), '"', "")
    if v.kind == "number" and (style.comma or pc.any(pc.is_inf(values)).as_py()):
        text = pc.replace_substring(values.cast(pa.string()), "inf", "INF")
        return pc.replace_substring(text, ".", ",") if style.comma else text
    return values


class Arrow:
    """Arrow IPC (Feather 2), zstd, categories as dictionaries, unit and meaning with every column."""

    def __init__(self, path: Path, table: Tidy) -> None:
        self._schema = _schema(table)
        self._file = self._open(path)

    def _open(self, path: Path) -> Any:
        return pa.ipc.new_file(str(path), self._schema, options=pa.ipc.IpcWriteOptions(compression="zstd"))

    def write(self, block: list[pa.Array]) -> None:
        self._file.write_table(pa.table(block, schema=self._schema))

    def close(self) -> None:
        self._file.close()


class Parquet(Arrow):
    """The same as Parquet."""

    def _open(self, path: Path) -> Any:
        return parquet.ParquetWriter(path, self._schema, compression="zstd")


def _schema(table: Tidy) -> pa.Schema:
    fields = []
    for v in table.variables:
        said = {"label": v.label, "meaning": v.meaning, "unit": v.unit, "made_by": v.made_by, "source": v.source}
        fields.append(pa.field(v.name, v.arrow_type, metadata={key: text for key, text in said.items() if text}))
    return pa.schema(fields, metadata={"title": table.title, "key": ", ".join(table.key)})


class Stata(stata.Writer):
    """Stata 14 and later; with every month also a variable ``mdate`` in Stata's own months."""

    def __init__(self, path: Path, table: Tidy) -> None:
        self._variables, names = table.variables, [v.name for v in table.variables]
        columns = [stata.Column(v.short, *_stata_type(v), v.label, v.notes, v.labels) for v in table.variables]
        self._months = names.index("date") if "date" in names else None
        if self._months is not None:
            columns.append(stata.Column("mdate", stata.INT, "%tm", "month, as Stata counts them"))
        order = itertools.takewhile(lambda i: columns[i].type > stata.LONGEST_TEXT, map(names.index, table.key))
        notes = [f"one row for each: {', '.join(table.key)}", *table.notes]
        super().__init__(path, columns, table.title, sorted_by=[*order], notes=notes)

    def write(self, block: Sequence[Any]) -> None:
        values = [_for_stata(a, v) for a, v in zip(block, self._variables, strict=True)]
        if self._months is not None:
            days = numbers_of(block[self._months]).astype("datetime64[D]")
            values.append(days.astype("datetime64[M]").astype(int) + 120)
        super().write(values)


def _is_text(v: Variable) -> bool:
    """Whether Stata and SPSS have it as text: whole numbers too that no double holds."""
    return v.kind == "text" or (v.kind == "integer" and not stata.integer_type(v.low, v.high))


def _stata_type(v: Variable) -> tuple[int, str]:
    if v.kind == "integer" and _is_text(v):
        width = len(str(max(abs(v.low), v.high))) + 1
        return width, f"%{width}s"
    if v.kind == "text":
        width = min(max(v.high, 1), stata.LONGEST_TEXT)
        return width, f"%-{min(width, 40)}s"
    return {
        "integer": (stata.integer_type(v.low, v.high), "%12.0g"),
        "category": (stata.integer_type(0, len(v.words)), "%15.0g"),
        "number": (stata.DOUBLE, "%10.0g"),
        "boolean": (stata.BYTE, "%8.0g"),
        "date": (stata.LONG, "%td"),
    }[v.kind]


def _for_stata(values: pa.Array, v: Variable) -> Any:
    if _is_text(v):
        words = (word.encode()[: stata.LONGEST_TEXT] for word in values.cast(pa.string()).fill_null("").to_pylist())
        return np.array([word.decode(errors="ignore").encode() for word in words], "S")
    numbers = numbers_of(values)
    return numbers - EPOCH if v.kind == "date" else numbers


class Spss:
    """SPSS (.sav). Its library writes a table at once, so that large tables are refused before any work is done."""

    def __init__(self, path: Path, table: Tidy) -> None:
        need("pyreadstat", "SPSS files need the library pyreadstat", "export")
        self._path, self._table, self._blocks = path, table, list[list[pa.Array]]()
        if table.rows and table.rows * len(table.variables) > SPSS_CELLS:
            raise InputError(
                f"table '{table.name}' has {table.rows:,} rows, too many for the SPSS format, which is "
                "written from memory; export fewer tables, or csv, which SPSS reads"
            )

    def write(self, block: list[pa.Array]) -> None:
        self._blocks.append(block)

    def close(self) -> None:
        import pandas as pd
        import pyreadstat

        variables = self._table.variables
        columns = [pa.chunked_array([b[i] for b in self._blocks], v.arrow_type) for i, v in enumerate(variables)]
        self._blocks.clear()
        scale = ("number", "integer", "date")
        try:
            pyreadstat.write_sav(
                pd.DataFrame({v.short: _for_spss(values, v) for v, values in zip(variables, columns)}),
                str(self._path),
                file_label=self._table.title[:64],
                column_labels={v.short: v.label for v in variables},
                variable_value_labels={v.short: dict(enumerate(v.labels)) for v in variables if v.labels},
                variable_measure={v.short: "scale" if v.kind in scale else "nominal" for v in variables},
                compress=True,
            )
        except pyreadstat.ReadstatError as error:
            raise OSError(f"{self._path.name}: {error}") from error


def _for_spss(values: pa.ChunkedArray, v: Variable) -> Any:
    import pandas as pd

    if _is_text(v):
        return values.cast(pa.string()).fill_null("").to_pandas()
    numbers = numbers_of(values.combine_chunks()).astype(float)
    if v.kind == "date":
        return pd.Series(pd.to_datetime(numbers, unit="D")).dt.date
    return np.where(np.isfinite(numbers), numbers, np.nan)


class Excel:
    """A workbook: the table, and what its columns mean on a second sheet."""

    def __init__(self, path: Path, table: Tidy) -> None:
        self._table, self._row = table, 1
        self._check(table.rows or 0)
        self._book = new_book(path, constant_memory=True, default_date_format="yyyy-mm-dd")
        self._bold = self._book.add_format({"bold": True, "bottom": 1})
        self._sheet = self._book.add_worksheet(table.name)
        self._sheet.freeze_panes(1, len(table.key))
        self._sheet.set_column(0, len(table.variables) - 1, 14)
        self._sheet.write_row(0, 0, [v.name for v in table.variables], self._bold)

    def _check(self, rows: int) -> None:
        if rows > EXCEL_ROWS or len(self._table.variables) > EXCEL_COLUMNS:
            size = f"{rows:,} rows and {len(self._table.variables):,} columns"
            raise InputError(
                f"table '{self._table.name}' has {size}; a sheet of Excel holds {EXCEL_ROWS:,} and "
                f"{EXCEL_COLUMNS:,}: choose another format, or fewer runs"
            )

    def write(self, block: list[pa.Array]) -> None:
        self._check(self._row - 1 + len(block[0]))
        columns = [_for_excel(values, v) for values, v in zip(block, self._table.variables, strict=True)]
        for entries in zip(*columns, strict=True):
            self._sheet.write_row(self._row, 0, entries)
            self._row += 1

    def close(self) -> None:
        from .codebook import entries

        book = entries(self._table)
        self._sheet.autofilter(0, 0, max(self._row - 1, 1), len(self._table.variables) - 1)
        sheet = self._book.add_worksheet("codebook")
        sheet.freeze_panes(1, 2)
        sheet.set_column(0, len(book[0]) - 1, 18)
        sheet.write_row(0, 0, list(book[0]), self._bold)
        for row, entry in enumerate(book, 1):
            sheet.write_row(row, 0, list(entry.values()))
        close_book(self._book)


def _for_excel(values: pa.Array, v: Variable) -> list[Any]:
    """Values as cells; whole numbers beyond Excel's 15 digits as text."""
    found = values.to_pylist()
    if v.kind == "integer" and beyond_excel(v):
        return [None if n is None else str(n) for n in found]
    if v.kind == "number":
        return [("inf" if n > 0 else "-inf") if n is not None and abs(n) == np.inf else n for n in found]
    return found


def new_book(path: Path, **more: Any) -> Any:
    """A workbook in which text stays text."""
    need("xlsxwriter", "Excel files need the library xlsxwriter", "export")
    import xlsxwriter

    how = {"tmpdir": str(path.parent), "strings_to_formulas": False, "strings_to_urls": False, **more}
    return xlsxwriter.Workbook(str(path), how)


def close_book(book: Any) -> None:
    """End a workbook; a full disk is an ``OSError`` as elsewhere."""
    from xlsxwriter.exceptions import FileCreateError

    try:
        book.close()
    except FileCreateError as error:
        raise OSError(str(error)) from error
