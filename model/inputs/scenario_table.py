"""Scenarios as tables, for those who keep them in Excel or CSV rather than TOML.

A table ``name, value`` with the keys of a scenario file and parameters by their names; policies are a second table
with the columns ``city, instrument, start, end, size, ramp_months, source``, and if wanted ``budget_yuan_year``,
``budget_yuan_total``, ``cap_yuan_firm_year``, ``zone`` and ``mode``. In a workbook these are the sheets ``scenario``
and ``policies``, and sheets ``cities``, ``house_prices`` and ``zones`` may stand beside them. A CSV file names the
others in rows ``policies``, ``cities``, ``house_prices`` and ``zones``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import InputError
from .files import EXCEL, parse_value, read_table, table_rows, table_text, workbook
from .policies import BUDGETS, CAPS

TABLES = (".csv", *EXCEL)
COLUMNS_OF_POLICY = ("city", "instrument", "start", "size")
NUMBERS_OF_POLICY = ("size", "ramp_months", *BUDGETS, *CAPS)


def read_scenario_table(path: Path, keys: dict[str, type]) -> dict[str, Any]:
    """What a scenario file in TOML would say.

    Parameters
    ----------
    path : Path
    keys : dict
        Keys of a scenario file; all other names are parameters.

    Raises
    ------
    InputError
        If the table cannot be read, or names something twice.
    """
    data: dict[str, Any] = {"parameters": {}}
    policies: list[tuple[int, dict[str, str]]] = []
    if path.suffix.lower() in EXCEL:
        sheets = workbook(path, "scenario")
        if sheets.get("policies", "").strip():
            policies = table_rows(sheets["policies"], f"{path}, policies", COLUMNS_OF_POLICY)
        data |= {name: path.name for name in ("cities", "house_prices", "zones") if name in sheets and len(sheets) > 1}
    text = table_text(path, "scenario", "scenario")
    problems, seen = [], set()
    for line, row in table_rows(text, str(path), ("name", "value")):
        name, value = row["name"], row["value"]
        if name in seen:
            problems.append(f"{path}:{line}: '{name}' is set twice")
        seen.add(name)
        if not name or not value:
            problems += [f"{path}:{line}: '{value}' has no name"] if value else []
        elif name == "policies":
            policies = read_table(path.parent / value, "table of policies", sheet="policies", needed=COLUMNS_OF_POLICY)
        elif name in keys:
            data[name] = value if keys[name] is str else parse_value(value)
        else:
            data["parameters"][name] = parse_value(value)
    if problems:
        raise InputError(problems)
    if policies:
        data["policy"] = [
            {key: parse_value(cell) if key in NUMBERS_OF_POLICY else cell for key, cell in row.items() if cell and key}
            for _, row in policies
        ]
    return data
