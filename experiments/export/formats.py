"""The formats of exported tables: names, files, and who writes them."""

from __future__ import annotations

from typing import NamedTuple


class Format(NamedTuple):
    """A format of exported tables."""

    ending: str
    """Of its files."""
    media_type: str
    """For the data package."""
    writer: str
    """Class of :mod:`.writers` that writes it."""
    r_package: str = ""
    """Package of R that reads it, and the function of it."""
    r_function: str = ""


FORMATS = {
    "csv": Format("csv", "text/csv", "Csv", "utils", "read.csv"),
    "parquet": Format("parquet", "application/vnd.apache.parquet", "Parquet", "arrow", "arrow::read_parquet"),
    "arrow": Format("arrow", "application/vnd.apache.arrow.file", "Arrow"),
    "stata": Format("dta", "application/x-stata-dta", "Stata", "haven", "haven::read_dta"),
    "spss": Format("sav", "application/x-spss-sav", "Spss"),
    "excel": Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel"),
}
"""Formats by name."""
PREFERRED_BY_R = ("parquet", "stata", "csv")
"""Formats for which a script in R is written, the best first."""
