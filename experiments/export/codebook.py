"""The codebook of an export: for people (Markdown), spreadsheets (CSV) and machines (Frictionless data package)."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from ..files import sha256, shipped_text
from ..markdown import table as markdown_table
from .formats import FORMATS, CsvStyle
from .tables import Tidy
from .variables import Variable, beyond_excel

MEDIA_TYPES = {form.ending: form.media_type for form in FORMATS.values()}


def entries(table: Tidy) -> list[dict[str, Any]]:
    """A row of the codebook for every variable of a table whose rows have been written."""
    return [
        {
            "table": table.name,
            "name": v.name,
            "stata_name": v.short,
            "label": v.label,
            "type": v.kind,
            "unit": v.unit,
            "definition": v.meaning,
            "made_by": v.made_by,
            "source": v.source,
            "allowed": v.allowed,
            "rows": v.rows,
            "missing": v.missing,
            "missing_means": v.if_missing if v.missing else "",
            "infinite": v.infinite,
            "least": _shown(v.least),
            "most": _shown(v.most),
            "categories": " | ".join(f"{code}={word}" for code, word in enumerate(v.words)),
        }
        for v in table.variables
    ]


def _shown(value: Any) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def write_codebook(folder: Path, tables: Sequence[Tidy], about: Mapping[str, Any], made: str) -> None:
    """Write ``codebook.md``, ``codebook.csv`` and ``datapackage.json`` of tables whose files are in the folder.

    ``about`` is the manifest of the results, ``made`` the command that made the files.
    """
    rows, style = [entry for table in tables for entry in entries(table)], tables[0].style
    with (folder / "codebook.csv").open("w", encoding=style.encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n", delimiter=style.separator)
        writer.writeheader()
        writer.writerows(rows)
    version = about["versions"].get("microdrama", "")
    lines = [Template(shipped_text("export/codebook.md")).substitute(title=about["title"], made=made, version=version)]
    for table in tables:
        lines += _section(table)
    (folder / "codebook.md").write_text("\n".join(lines), encoding="utf-8")
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "microdrama-export",
        "title": about["title"],
        "description": f"Simulated data of an agent-based model. Made by: {made}",
        "version": version,
        "licenses": [{"name": "Apache-2.0", "path": "https://www.apache.org/licenses/LICENSE-2.0"}],
        "software": {"versions": about["versions"], "code": about["code"]},
        "resources": _resources(folder, tables),
    }
    text = json.dumps(package, indent=1, ensure_ascii=False, default=str)
    (folder / "datapackage.json").write_text(text + "\n", encoding="utf-8")


def _section(table: Tidy) -> list[str]:
    head = ("name", "label", "type", "unit", "definition", "made by", "range", "missing")
    key, listed = ", ".join(table.key), ", ".join(f"`{file}`" for file in table.files)
    about = f"{table.title}. One row for each: {key}. {table.variables[0].rows:,} rows. Files: {listed}."
    lines = [f"## {table.name}", "", about, ""]
    lines += [*table.notes, ""] if table.notes else []
    lines += [*markdown_table(head, map(_row, table.variables)), ""]
    for v in table.variables:
        if v.said:
            words = (f"- {code} `{word}`: {v.said.get(word, '')}" for code, word in enumerate(v.words))
            lines += [f"Categories of `{v.name}`:", "", *words, ""]
    return lines


def _row(v: Variable) -> tuple[str, ...]:
    name = f"`{v.name}`" + (f" (Stata, SPSS: `{v.short}`)" if v.short != v.name else "")
    few = ", ".join(v.words[:12]) + (", ..." if len(v.words) > 12 else "")
    found = few if v.words else f"{_shown(v.least)} to {_shown(v.most)}" if v.least is not None else ""
    allowed = f"{found}; allowed: {v.allowed}" if v.allowed else found
    gaps = f"{v.missing:,}: {v.if_missing}" if v.missing else ""
    gaps += f" {v.infinite:,} infinite" if v.infinite else ""
    origin = "; ".join(filter(None, (v.made_by, v.source)))
    return tuple(cell.replace("|", "/") for cell in (name, v.label, v.kind, v.unit, v.meaning, origin, allowed, gaps))


def _resources(folder: Path, tables: Sequence[Tidy]) -> list[dict[str, Any]]:
    has_runs, book = "runs" in {table.name for table in tables}, folder / "codebook.csv"
    found = [_resource(folder / file, table, has_runs) for table in tables for file in table.files]
    fields = [{"name": name, "type": "string"} for name in entries(tables[0])[0]]
    kind = {"type": "table", "format": "csv", "mediatype": "text/csv", **_dialect(tables[0])}
    return [*found, {"name": "codebook", "path": book.name, **kind, **_size(book), "schema": {"fields": fields}}]


def _resource(path: Path, table: Tidy, has_runs: bool) -> dict[str, Any]:
    """A file of a table; Frictionless checks CSV files alone."""
    ending, fields = path.suffix[1:], [_field(v, table.style) for v in table.variables]
    schema: dict[str, Any] = {"fields": fields, "primaryKey": list(table.key), "missingValues": [""]}
    if has_runs and table.name != "runs" and "run" in table.key:
        schema["foreignKeys"] = [{"fields": ["run"], "reference": {"resource": "runs", "fields": ["run"]}}]
    contents = {"type": "table", **_dialect(table), "schema": schema}
    return {
        "name": table.name if ending == "csv" else f"{table.name}-{ending}",
        "path": path.name,
        "title": table.title,
        "format": ending,
        "mediatype": MEDIA_TYPES[ending],
        **_size(path),
        **(contents if ending == "csv" else {"type": "file", "columns": fields}),
    }


def _dialect(table: Tidy) -> dict[str, Any]:
    separator = table.style.separator
    return {"encoding": table.style.encoding} | ({"dialect": {"delimiter": separator}} if separator != "," else {})


def _field(v: Variable, style: CsvStyle) -> dict[str, Any]:
    as_text = v.kind == "integer" and style.excel and beyond_excel(v)
    said: dict[str, Any] = {
        "name": v.name,
        "type": "string" if v.kind in ("category", "text") or as_text else v.kind,
        "decimalChar": "," if style.comma and v.kind == "number" else "",
        "title": v.label,
        "description": v.meaning,
        "unit": v.unit,
        "madeBy": v.made_by,
        "source": v.source,
        "stataName": v.short,
        "infinite": v.infinite,
        "missing": v.if_missing if v.missing else "",
    }
    constraints: dict[str, Any] = {} if v.missing else {"required": True}
    if v.words:
        constraints["enum"] = list(v.words)
    elif v.least is not None and not v.infinite and not as_text:
        constraints |= {"minimum": v.least, "maximum": v.most}
    said["constraints"] = constraints
    return {key: value for key, value in said.items() if value}


def _size(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "hash": f"sha256:{sha256(path)}"}
