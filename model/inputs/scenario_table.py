"""Scenarios as tables, for those who keep them in Excel or CSV rather than TOML.

A table ``name, value`` with the keys of a scenario file and parameters by their names; policies are a second table with
the columns ``city, instrument, start, end, size, ramp_months, source``. In a workbook these are the sheets ``scenario``
and ``policies``, and sheets ``cities`` and ``house_prices`` may stand beside them. A CSV file names the others in rows
``policies``, ``cities`` and ``house_prices``.
"""

from __future__ import annotations

import csv
import io
import tomllib
from pathlib import Path
from typing import Any

from ..errors import InputError
from .files import EXCEL, table_text, workbook

TABLES = (".csv", *EXCEL)
NUMBERS_OF_POLICY = ("size", "ramp_months")


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
    policies = ""
    if path.suffix.lower() in EXCEL:
        sheets = workbook(path, "scenario")
        text = table_text(path, "scenario", "scenario")
        policies = sheets.get("policies", "")
        data |= {name: path.name for name in ("cities", "house_prices") if name in sheets and len(sheets) > 1}
    else:
        text = table_text(path, "scenario", "scenario")
    problems, seen = [], set()
    for line, row in _rows(text, str(path), ("name", "value")):
        name, value = row["name"], row["value"]
        if name in seen:
            problems.append(f"{path}:{line}: '{name}' is set twice")
        seen.add(name)
        if not name or not value:
            problems += [f"{path}:{line}: '{value}' has no name"] if value else []
        elif name == "policies":
            policies = table_text(path.parent / value, "policies", "table of policies")
        elif name in keys:
            data[name] = value if keys[name] is str else _value(value)
        else:
            data["parameters"][name] = _value(value)
    if problems:
        raise InputError(problems)
    if policies:
        entries = (row for _, row in _rows(policies, f"{path}, policies", ("city", "instrument", "start", "size")))
        data["policy"] = [
            {key: _value(cell) if key in NUMBERS_OF_POLICY else cell for key, cell in row.items() if cell and key}
            for row in entries
        ]
    return data


def _rows(text: str, where: str, needed: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    table = text.lstrip("\n")
    reader = csv.DictReader(io.StringIO(table))
    above = len(text) - len(table)
    rows = [
        (above + reader.line_num, {k: (v or "").strip() for k, v in row.items() if isinstance(k, str)})
        for row in reader
    ]
    if missing := [name for name in needed if name not in (reader.fieldnames or ())]:
        raise InputError(f"{where}: needs the columns {', '.join(needed)}; missing: {', '.join(missing)}")
    return rows


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
