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


FORMATS = {
    "csv": Format("csv", "text/csv", "Csv"),
    "parquet": Format("parquet", "application/vnd.apache.parquet", "Parquet"),
    "arrow": Format("arrow", "application/vnd.apache.arrow.file", "Arrow"),
    "stata": Format("dta", "application/x-stata-dta", "Stata"),
    "spss": Format("sav", "application/x-spss-sav", "Spss"),
    "excel": Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel"),
}
"""Formats by name."""
