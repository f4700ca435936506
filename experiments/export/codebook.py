"""The codebook of an export: for people (Markdown), spreadsheets (CSV) and machines (Frictionless data package)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..files import sha256, write_csv
from ..markdown import table as markdown_table
from .formats import FORMATS
from .tables import Tidy
from .variables import Variable

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
    """Write ``codebook.md``, ``codebook.csv`` and ``datapackage.json``.

    Parameters
    ----------
    folder : Path
        Where the files are.
    tables : sequence of Tidy
        Tables that have been written.
    about : mapping
        Manifest of the results: title, versions, code.
    made : str
        The command that made the files.
    """
    write_csv(folder / "codebook.csv", [entry for table in tables for entry in entries(table)])
    (folder / "codebook.md").write_text(_page(tables, about, made), encoding="utf-8")
    package = _package(folder, tables, about, made)
    (folder / "datapackage.json").write_text(
        json.dumps(package, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8"
    )


def _page(tables: Sequence[Tidy], about: Mapping[str, Any], made: str) -> str:
    lines = [
        f"# Codebook: {about['title']}",
        "",
        f"Made by `{made}`. Simulated data of an agent-based model (microdrama "
        f"{about['versions'].get('microdrama', '')}): no record of any person or firm. Months run from "
        "2021-01; money is in yuan unless the unit says fen (0.01 yuan). "
        "Definitions of the model and its equations (codes such as P2) are in its documentation.",
        "",
        "Missing values are empty (CSV), null (Parquet, Arrow) or `.` (Stata, SPSS). Infinite values are `INF` in "
        "CSV, and in Stata `.a` (+) and `.b` (-); they are counted below. Categories are numbered from 0 in Stata and "
        "SPSS, with value labels.",
        "",
    ]
    head = ("name", "label", "type", "unit", "definition", "made by", "range", "missing")
    for table in tables:
        rows, listed = table.variables[0].rows, ", ".join(f"`{file}`" for file in table.files)
        key = ", ".join(table.key)
        lines += [
            f"## {table.name}",
            "",
            f"{table.title}. One row for each: {key}. {rows:,} rows. Files: {listed}.",
            "",
        ]
        lines += [*table.notes, ""] if table.notes else []
        lines += [*markdown_table(head, map(_row, table.variables)), ""]
        for v in table.variables:
            if v.said:
                words = (f"- {code} `{word}`: {v.said.get(word, '')}" for code, word in enumerate(v.words))
                lines += [f"Categories of `{v.name}`:", "", *words, ""]
    return "\n".join(lines)


def _row(v: Variable) -> tuple[str, ...]:
    name = f"`{v.name}`" + (f" (Stata, SPSS: `{v.short}`)" if v.short != v.name else "")
    few = ", ".join(v.words[:12]) + (", ..." if len(v.words) > 12 else "")
    found = few if v.words else f"{_shown(v.least)} to {_shown(v.most)}" if v.least is not None else ""
    allowed = f"{found}; allowed: {v.allowed}" if v.allowed else found
    gaps = f"{v.missing:,}: {v.if_missing}" if v.missing else ""
    gaps += f" {v.infinite:,} infinite" if v.infinite else ""
    origin = "; ".join(filter(None, (v.made_by, v.source)))
    return tuple(cell.replace("|", "/") for cell in (name, v.label, v.kind, v.unit, v.meaning, origin, allowed, gaps))


def _package(folder: Path, tables: Sequence[Tidy], about: Mapping[str, Any], made: str) -> dict[str, Any]:
    names = {table.name for table in tables}
    resources = [_resource(folder / file, table, "runs" in names) for table in tables for file in table.files]
    fields = [{"name": name, "type": "string"} for name in entries(tables[0])[0]]
    kind = {"type": "table", "format": "csv", "encoding": "utf-8", "mediatype": "text/csv"}
    path = folder / "codebook.csv"
    book = {"name": "codebook", "path": path.name, **kind, **_size(path), "schema": {"fields": fields}}
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "microdrama-export",
        "title": about["title"],
        "description": f"Simulated data of an agent-based model. Made by: {made}",
        "version": about["versions"].get("microdrama", ""),
        "licenses": [{"name": "Apache-2.0", "path": "https://www.apache.org/licenses/LICENSE-2.0"}],
        "software": {"versions": about["versions"], "code": about["code"]},
        "resources": [*resources, book],
    }


def _resource(path: Path, table: Tidy, has_runs: bool) -> dict[str, Any]:
    """A file of a table; Frictionless checks CSV files alone."""
    ending, fields = path.suffix[1:], [_field(v) for v in table.variables]
    schema: dict[str, Any] = {"fields": fields, "primaryKey": list(table.key), "missingValues": [""]}
    if has_runs and table.name != "runs" and "run" in table.key:
        schema["foreignKeys"] = [{"fields": ["run"], "reference": {"resource": "runs", "fields": ["run"]}}]
    contents = {"type": "table", "encoding": "utf-8", "schema": schema}
    return {
        "name": table.name if ending == "csv" else f"{table.name}-{ending}",
        "path": path.name,
        "title": table.title,
        "format": ending,
        "mediatype": MEDIA_TYPES[ending],
        **_size(path),
        **(contents if ending == "csv" else {"type": "file", "columns": fields}),
    }


def _field(v: Variable) -> dict[str, Any]:
    said = {
        "name": v.name,
        "type": "string" if v.kind in ("category", "text") else v.kind,
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
    elif v.least is not None and not v.infinite:
        constraints |= {"minimum": v.least, "maximum": v.most}
    said["constraints"] = constraints
    return {key: value for key, value in said.items() if value}


def _size(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "hash": f"sha256:{sha256(path)}"}
