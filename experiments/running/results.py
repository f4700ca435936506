"""Tables of a sweep: its runs in the order of the design, the same bytes whatever happened on the way."""

import hashlib
import itertools
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from microdrama.model.errors import InputError, meant
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.panel import COLUMNS

from ..analysis.contrast import of_differences
from ..design.samplers import columns
from ..design.study import Study
from ..design.study_file import write_study
from ..files import new_file, provenance
from ..outcomes import outcome_columns, promises
from ..outcomes.quantities import quantities
from ..outcomes.run_tables import CELL_COLUMNS, MONTH_CITY
from .job import MADE, Job
from .store import BATCH, KINDS, Store, encoding

TABLES = {
    "runs": "outcomes of every good run, with factors and seed",
    "panel": "city and month, of studies with panel = true",
    "cells": "the grid at the end of every run, of studies with cells = true",
    "log": "how each run went: time, code, packages, machine",
    "failures": "runs that failed, with what went wrong",
}

FRAMES = ("arrow", "pandas", "polars")


def on_record(study: Study, jobs: Sequence[Job], store: Store) -> tuple[pa.Table, pa.Table]:
    """Design (point and factors) and row of those of the jobs that are completed, in the order of the jobs."""
    found = store.rows({job.run_id for job in jobs})
    at = {name: row for row, name in enumerate(found["run_id"].to_pylist())}
    kept = [job for job in jobs if job.run_id in at]
    rows = found.take(pa.array([at[job.run_id] for job in kept], pa.int64()))
    names = [f.name for f in study.factors]
    factors = columns(study.points, names)
    design = {"point": pa.array([job.point for job in kept], pa.int64())}
    for name, cells in factors.items():
        kind = pa.string() if cells and isinstance(cells[0], str) else pa.float64()
        design[name] = pa.array([cells[job.point] for job in kept], kind)
    return pa.table(design), rows


def write_tables(study: Study, jobs: Sequence[Job], store: Store) -> None:
    """Write the study's tables (:data:`TABLES`) and ``sweep.json``, the study and what made it."""
    design, rows = on_record(study, jobs, store)
    if not rows.num_rows:
        return
    ok = pa.compute.equal(rows["status"], "ok")
    known = {
        "point": ("", "number of the point in the design"),
        "run_id": ("", "name of the run"),
        "seed": ("", "seed of all draws"),
    } | {f.name: _factor(f.name) for f in study.factors}
    known |= outcome_columns(study.at(study.points[0]).cities.slugs)
    outcomes = sorted(set(rows.column_names) - {"run_id", "seed", "status", "error", *MADE})
    chosen = ["run_id", "seed", *(dict.fromkeys((*study.outputs, *promises.OUTCOMES)) if study.outputs else outcomes)]
    table = _beside(design, rows.select([name for name in chosen if name in rows.column_names])).filter(ok)
    _write(store.folder / "runs.parquet", table, known)
    _write(store.folder / "log.parquet", _beside(design, rows.select(["run_id", "seed", "status", *MADE])), known)
    failures = _beside(design, rows.select(["run_id", "seed", "error"])).filter(pa.compute.invert(ok))
    with new_file(store.folder / "failures.csv") as path:
        pa.csv.write_csv(failures, path)
    for kind in KINDS:
        if getattr(study, kind) and table.num_rows:
            _write_kind(kind, jobs, store)
    _write_study(study, store.folder)
    about = {
        "kind": "microdrama sweep",
        "study": study.name,
        "title": study.title,
        "points": len(study.points),
        "seeds": list(study.seeds),
        "model": store.code,
        **provenance(),
    }
    with new_file(store.folder / "sweep.json") as path:
        path.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def _factor(name: str) -> tuple[str, str]:
    """Unit and meaning of a factor."""
    if name in PARAMETERS:
        return PARAMETERS[name].unit, f"factor: {PARAMETERS[name].meaning}"
    policy, _, part = name.rpartition(".")
    return "", f"factor: {part} of the policy '{policy}'" if policy else "factor"


def _write_study(study: Study, folder: Path) -> None:
    """Write ``inputs``: the study and all it refers to, so that the folder can be run again alone."""
    (folder / "inputs").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".inputs-") as work:
        write_study(study, Path(work))
        for path in Path(work).iterdir():
            path.replace(folder / "inputs" / path.name)


def _beside(design: pa.Table, rows: pa.Table) -> pa.Table:
    return pa.table({name: table[name] for table in (design, rows) for name in table.column_names})


def _write(path: Path, table: pa.Table, known: dict[str, tuple[str, str]]) -> None:
    with new_file(path) as work:
        pa.parquet.write_table(_described(table, known), work, **encoding(table.schema))


def _described(table: pa.Table, known: dict[str, tuple[str, str]]) -> pa.Table:
    fields = [
        field.with_metadata(dict(zip(("unit", "meaning"), known[field.name]))) if field.name in known else field
        for field in table.schema
    ]
    return pa.table(table.columns, schema=pa.schema(fields))


def _write_kind(kind: str, jobs: Sequence[Job], store: Store) -> None:
    """Write tables of a kind run by run, a part of them in memory at a time; not again if they are there already."""
    path = store.folder / f"{kind}.parquet"
    runs = {job.run_id: job for job in jobs if store.done.get(job.run_id) == "ok"}
    these = hashlib.sha256("".join(runs).encode()).hexdigest().encode()
    if path.is_file() and (pa.parquet.read_schema(path).metadata or {}).get(b"runs") == these:
        return
    known = {"point": ("", "number of the point"), "seed": ("", "seed of all draws")} | MONTH_CITY
    seen = {name: (quantity.unit, quantity.meaning) for name, quantity in quantities().items()}
    known |= CELL_COLUMNS if kind == "cells" else COLUMNS | seen
    writer = None
    with new_file(path) as work:
        for batch in itertools.batched(store.tables(kind, runs), BATCH):
            rows = [table.num_rows for _, table in batch]
            own = {name: np.repeat([getattr(runs[run], name) for run, _ in batch], rows) for name in ("point", "seed")}
            table = _described(_beside(pa.table(own), pa.concat_tables(table for _, table in batch)), known)
            writer = writer or pa.parquet.ParquetWriter(
                work, table.schema.with_metadata({b"runs": these}), **encoding(table.schema)
            )
            writer.write_table(table)
        if writer is not None:
            writer.close()


def precise(study: Study, jobs: Sequence[Job], store: Store) -> bool:
    """Whether the study's stopping rule, if it has one, asks for no more seeds."""
    rule = study.stop
    if rule is None or len(study.seeds) >= rule.max_seeds:
        return True
    design, rows = on_record(study, jobs, store)
    if rule.output not in rows.column_names:
        return True
    found = rows.select(["seed", "status", rule.output]).append_column("point", design["point"]).to_pandas()
    values = found[found["status"] == "ok"].pivot(index="seed", columns="point", values=rule.output).astype(float)
    values = values.dropna(axis="columns", how="all")
    if rule.paired:
        first = values.pop(0) if 0 in values else np.nan
        values = values.sub(first, axis="index")
    contrasts = [of_differences(values[point].dropna().to_numpy()) for point in values]
    return all(found.high - found.low <= 2 * rule.half_width for found in contrasts)


def load(
    out: str | Path,
    table: str = "runs",
    *,
    frame: Literal["arrow", "pandas", "polars"] = "arrow",
    columns: Sequence[str] | None = None,
) -> Any:
    """A table of a sweep (:data:`TABLES`), or some of its columns, as an Arrow table, or a frame of pandas or polars.

    Raises
    ------
    InputError
        If the folder has no such table.
    """
    paths = [Path(out) / f"{table}.{kind}" for kind in ("parquet", "csv")]
    path = next((path for path in paths if path.is_file()), None)
    if table not in TABLES or path is None:
        hint = meant(table, TABLES) if table not in TABLES else ""
        raise InputError(f"{out}: has no table '{table}'{hint} (tables: {', '.join(TABLES)})")
    found = pa.parquet.read_table(path, columns=columns) if path.suffix == ".parquet" else pa.csv.read_csv(path)
    if frame not in FRAMES:
        raise InputError(f"frame = '{frame}': must be one of {', '.join(FRAMES)}")
    if frame == "arrow":
        return found
    if frame == "pandas":
        return found.to_pandas()
    try:
        import polars
    except ImportError:
        raise InputError("frame = 'polars' needs polars: install it with pip install polars") from None
    return polars.from_arrow(found)
