"""Data out: tables of the worlds on show as CSV, Parquet or Stata, the scenario, and a script that repeats them."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

import numpy as np

from microdrama.experiments.outcomes.run_tables import BALANCE_COLUMNS, CELL_COLUMNS, FLOW_COLUMNS, MONTH_CITY
from microdrama.model import PARAMETERS
from microdrama.model.calendar import month_name
from microdrama.model.inputs.cities import BLOCKS, shipped_cities
from microdrama.model.inputs.policies import BUDGETS
from microdrama.model.inputs.zones import shipped_zones
from microdrama.model.panel import COLUMNS

from .messages import refusal
from .story import Story
from .world import World

TABLES = {
    "panel": "city and month",
    "cells": "cells of the map as they are now",
    "flows": "the transactions-flow matrix by month",
    "balance": "balance sheets by month",
}
KNOWN = {"panel": MONTH_CITY | COLUMNS, "cells": CELL_COLUMNS, "flows": FLOW_COLUMNS, "balance": BALANCE_COLUMNS}
FORMS = ("csv", "parquet", "dta")


def make(worlds: list[World], table: str, form: str) -> tuple[str, bytes]:
    """A file's name and content. Raises InputError for a table or a form that does not exist.

    With two worlds a first column, ``world``, tells A from B; with one the table is that of ``microdrama run``.
    """
    if not worlds:
        raise refusal("nothing_to_download")
    story = worlds[0].story
    stem = f"{story.scenario}-seed{story.seed}-{month_name(max(worlds[0].economy.month, 0))}"
    if table == "scenario":
        return f"{stem}.toml", scenario_file(worlds[-1]).encode()
    if table == "script":
        return f"{stem}.py", worlds[-1].story.script().encode()
    if table not in TABLES or form not in FORMS:
        raise refusal("no_table", table=table[:20], form=form[:10], tables=", ".join(TABLES), forms=", ".join(FORMS))
    columns = columns_of(worlds, table)
    return f"{stem}-{table}.{form}", {"csv": _csv, "parquet": _parquet, "dta": _stata}[form](columns, table)


def columns_of(worlds: list[World], table: str) -> dict[str, Any]:
    """A table by columns."""
    parts = []
    for name, world in zip("AB", worlds):
        panel = world.economy.panel
        read = {"panel": panel.city_month, "cells": panel.cells, "flows": panel.flows, "balance": panel.balance}[table]
        part = read() if len(panel) or table == "cells" else {}
        if table == "cells" and world.economy.month < 0:
            part["month"] = np.full(len(part["x"]), "start")
        rows = len(next(iter(part.values()), []))
        parts.append(({"world": np.full(rows, name)} if len(worlds) > 1 else {}) | part)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _arrow(columns: dict[str, Any], table: str) -> Any:
    import pyarrow as pa

    known = {"world": ("", "A: the first, B: the second")} | KNOWN[table]
    fields = []
    for name, values in columns.items():
        unit, meaning = known.get(name, ("", ""))
        fields.append(pa.field(name, pa.array(values).type, metadata={"unit": unit, "meaning": meaning}))
    return pa.table([pa.array(values) for values in columns.values()], schema=pa.schema(fields))


def _csv(columns: dict[str, Any], table: str) -> bytes:
    from pyarrow import csv

    csv.write_csv(_arrow(columns, table), out := io.BytesIO(), csv.WriteOptions(quoting_style="needed"))
    return out.getvalue()


def _parquet(columns: dict[str, Any], table: str) -> bytes:
    from pyarrow import parquet

    parquet.write_table(_arrow(columns, table), out := io.BytesIO(), compression="zstd")
    return out.getvalue()


def _stata(columns: dict[str, Any], table: str) -> bytes:
    """Stata 14 and later: months as monthly dates, unit and meaning as labels."""
    import pandas as pd

    frame = pd.DataFrame(dict(columns))
    months = {}
    if "month" in frame and not (frame["month"] == "start").any():
        frame["month"] = pd.to_datetime(frame["month"])
        months = {"month": "tm"}
    labels = {name: f"{meaning} [{unit}]"[:80] for name, (unit, meaning) in KNOWN[table].items() if name in frame}
    frame.to_stata(out := io.BytesIO(), write_index=False, version=118, convert_dates=months, variable_labels=labels)
    return out.getvalue()


def scenario_file(world: World) -> str:
    """The world as a scenario file; what a file cannot say, a change of parameters on the way, stands in a comment."""
    return story_file(world.story)


def story_file(story: Story) -> str:
    """The same of a story."""
    start = story.at_start()
    lines = [f'title = "{start.title}, changed on the live page"' if story.actions else f'title = "{start.title}"']
    dated = [a for a in story.actions if a.change(start)[1]]
    if dated:
        lines += ["# Not in this file, since a scenario's parameters hold from its start:"]
        lines += [f"#   {month_name(a.month)}: {a.what} {a.city} {a.size:g}" for a in dated]
        lines += ["# The script that can be downloaded beside it repeats the run exactly."]
    lines.append("announced_policies = false  # all that is in force is listed here")
    p = start.parameters
    same = shipped_cities().numbers
    moved = [n for n, v in start.cities.numbers.items() if not np.array_equal(v, same[n], equal_nan=True)]
    if moved:
        rows = np.flatnonzero(~np.isclose(start.cities.numbers[moved[0]], same[moved[0]], equal_nan=True))
        pair = ", ".join(f'"{start.cities.slugs[row]}"' for row in rows)
        blocks = ", ".join(f'"{name}"' for name, columns in BLOCKS.items() if set(columns) & set(moved))
        lines.append(f"swap = {{ cities = [{pair}], blocks = [{blocks}] }}")
    lines += ["", "[parameters]"]
    lines += [f"{name} = {_toml(p[name])}" for name, known in PARAMETERS.items() if p[name] != known.default]
    shipped = {(zone.city, zone.slug) for zone in shipped_zones()}
    end = story.at_end()
    for zone in end.zones:
        if (zone.city, zone.slug) not in shipped:
            lines += ["", "[[zone]]", *(f"{key} = {_toml(value)}" for key, value in zone.entry.items() if value != "")]
    for window in end.policies:
        entry = dataclasses.asdict(window)
        lines += [
            "",
            "[[policy]]",
            f'city = "{entry["city"]}"',
            *([f'zone = "{entry["zone"]}"'] if entry["zone"] else []),
            f'instrument = "{entry["instrument"]}"',
            f'start = "{month_name(max(entry["start"], -12 * 20))}"',
        ]
        if entry["end"] >= 0:
            lines.append(f'end = "{month_name(entry["end"] - 1)}"')
        lines += [f"size = {entry['size']!r}"]
        lines += [f"ramp_months = {entry['ramp_months']}"] if entry["ramp_months"] else []
        lines += [f"{key} = {entry[key]!r}" for key in BUDGETS if entry[key] is not None]
        lines += [f'mode = "{entry["mode"]}"'] if entry["mode"] != "add" else []
        lines += [f"source = {_toml(entry['source'] or 'set on the live page')}"]
    return "\n".join([*lines, ""])


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)
