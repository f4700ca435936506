"""Scenarios as tables, for those who keep them in Excel or CSV rather than TOML.

A table ``name, value`` with the keys of a scenario file and parameters by their names; policies are a second table
with the columns ``city, instrument, start, end, size, ramp_months, source``, and if wanted ``budget_yuan_year``,
``budget_yuan_total``, ``cap_yuan_firm_year``, ``zone`` and ``mode``. In a workbook these are the sheets ``scenario``
and ``policies``, and sheets ``cities``, ``house_prices`` and ``zones`` may stand beside them. A CSV file names the
others in rows ``policies``, ``cities``, ``house_prices`` and ``zones``.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from ..errors import InputError, meant
from .files import EXCEL, parse_value, read_table, table_rows, table_text, workbook
from .policies import BUDGETS, CAPS, KEYS

TABLES = (".csv", *EXCEL)
SHEETS = ("cities", "house_prices", "zones")
"""Sheets beside those of the scenario and its policies."""
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
        if len(sheets) > 1:
            _check_sheets(path, sheets)
        if sheets.get("policies", "").strip():
            policies = table_rows(sheets["policies"], f"{path}, policies", COLUMNS_OF_POLICY, known=KEYS)
        data |= {name: path.name for name in SHEETS if name in sheets and len(sheets) > 1}
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
            if policies:
                raise InputError(f"{path}:{line}: policies are given twice: as a sheet, and by this row")
            policies = read_table(
                path.parent / value, "table of policies", sheet="policies", needed=COLUMNS_OF_POLICY, known=KEYS
            )
        elif name in keys:
            data[name] = value if keys[name] is str else parse_value(value)
        else:
            data["parameters"][name] = parse_value(value)
        if name in SHEETS and data.get(name) == path.name and value not in ("", path.name):
            problems.append(f"{path}:{line}: '{name}' is given twice: as a sheet, and by this row")
    if problems:
        raise InputError(problems)
    if policies:
        data["policy"] = [
            {key: parse_value(cell) if key in NUMBERS_OF_POLICY else cell for key, cell in row.items() if cell and key}
            for _, row in policies
        ]
    return data


def _check_sheets(path: Path, sheets: dict[str, str]) -> None:
    """Refuse sheets that have the name of one that is read but for a slip, and say which others are not read."""
    known = ("scenario", "policies", *SHEETS)
    others = [name for name in sheets if name not in known and sheets[name].strip()]
    if slips := [name for name in others if meant(name, known)]:
        raise InputError(
            f"{path}: unknown sheet '{name}'{meant(name, known)} (read: {', '.join(known)})" for name in slips
        )
    if others:
        warnings.warn(f"{path}: not read: the sheets {', '.join(others)} (read: {', '.join(known)})", stacklevel=4)
