"""The formats of exported tables: names, files, and who writes them."""

from __future__ import annotations

from typing import NamedTuple

from microdrama.model.errors import InputError, unknown


class Format(NamedTuple):
    """A format of exported tables."""

    ending: str
    """Of its files."""
    media_type: str
    """For the data package."""
    writer: str
    """Class of :mod:`.writers` that writes it."""


class CsvStyle(NamedTuple):
    """How files of separated values are written."""

    separator: str = ","
    comma: bool = False
    """Decimal commas."""
    excel: bool = False
    """For Excel: a byte order mark, by which it knows UTF-8, and whole numbers that it would round as text."""

    @property
    def encoding(self) -> str:
        return "utf-8-sig" if self.excel else "utf-8"


PLAIN = CsvStyle()
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}


def csv_style(separator: str = "", decimal: str = "point", *, excel: bool = False) -> CsvStyle:
    """How values are separated (a semicolon if decimals have commas, else a comma).

    Raises
    ------
    InputError
        For an unknown separator or decimal sign, and commas for both.
    """
    separator = separator or ("semicolon" if decimal == "comma" else "comma")
    separator = next((word for word, sign in SEPARATORS.items() if sign == separator), separator)
    if separator not in SEPARATORS:
        raise InputError(unknown("separator", separator, SEPARATORS))
    if decimal not in ("point", "comma"):
        raise InputError(unknown("decimal sign", decimal, ("point", "comma")))
    if decimal == separator == "comma":
        raise InputError("decimal commas need another separator than a comma: semicolon or tab")
    return CsvStyle(SEPARATORS[separator], decimal == "comma", excel)


FORMATS = {
    "csv": Format("csv", "text/csv", "Csv"),
    "parquet": Format("parquet", "application/vnd.apache.parquet", "Parquet"),
    "arrow": Format("arrow", "application/vnd.apache.arrow.file", "Arrow"),
    "stata": Format("dta", "application/x-stata-dta", "Stata"),
    "spss": Format("sav", "application/x-spss-sav", "Spss"),
    "excel": Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel"),
}
"""Formats by name."""
