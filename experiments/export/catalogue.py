"""The tables that can be exported: what each holds, what distinguishes its rows, and what makes its columns.

A test holds the phases and equations named in ``tables.csv`` and ``panel_columns.csv`` against those there are.
"""

from __future__ import annotations

from typing import NamedTuple

from microdrama.model.inputs.parameters import PARAMETERS

from ..files import shipped_rows


class About(NamedTuple):
    """What a table holds."""

    title: str
    made_by: str
    """What makes columns without an entry of their own."""
    key: tuple[str, ...]
    """Columns that distinguish rows, by which they are ordered."""
    in_order: bool
    """Whether rows come in that order and may be many; those of other tables are put in order at once."""


TABLES = {
    row["table"]: About(row["title"], row["made_by"], tuple(row["key"].split()), row["rows"] == "in order")
    for row in shipped_rows("export/tables.csv")
}
"""Tables in the order in which they are exported."""
PANEL = {row["column"]: row["made_by"] for row in shipped_rows("export/panel_columns.csv")}
"""The phases of the month and the equations that make columns of city and month."""
GIVEN = {"run", "seed", "point", "run_id", "date", "year", "month", "city", "scenario", "fingerprint"}
"""Columns that nothing makes."""


def made_by(table: str, column: str) -> str:
    """What makes a column of a table."""
    if column in GIVEN or "." in column or (table == "runs" and column in PARAMETERS):
        return ""
    return PANEL.get(column, TABLES[table].made_by) if table == "panel" else TABLES[table].made_by
