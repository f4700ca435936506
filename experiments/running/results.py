"""Tables of a sweep: its runs in the order of the design, the same bytes whatever happened on the way."""

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from microdrama.model.arrays import Array
from microdrama.model.errors import InputError, meant
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.panel import COLUMNS

from ..analysis.contrast import of_changes, of_members, wilson
from ..design.fields import written
from ..design.samplers import columns
from ..design.study import Study
from ..design.study_file import write_study
from ..files import SWEEP, Columns, damaged, flush, new_file, provenance, verified, write_about
from ..outcomes import ALWAYS, outcome_columns
from ..outcomes.quantities import quantities
from ..outcomes.run_tables import CELL_COLUMNS, MONTH_CITY
from .job import MADE
from .parts import KINDS, encoding
from .plan import Jobs
from .store import OK, OPEN, Store

TABLES = {
    "runs": "outcomes of every good run, with factors and seed",
    "panel": "city and month, of studies with panel = true",
    "cells": "the grid at the end of every run, of studies with cells = true",
    "log": "how each run went: time, code, packages, machine",
    "failures": "runs that failed, with what went wrong",
}

FRAMES = ("arrow", "pandas", "polars")


def write_tables(study: Study, jobs: Jobs, store: Store, stop: str = "") -> None:
    """Write the study's tables (:data:`TABLES`) and ``sweep.json``, the study, what made it and how its stopping rule
    stands, some runs at a time.

    Not if they are there already, whole and of the same runs.

    Raises
    ------
    DamagedError
        If a part of the record is not as it was written.
    """
    part, _, status = store.places(jobs.ids)
    if not (status != OPEN).any():
        return
    state, folder = _state(study, jobs, store, part, status), store.folder
    with contextlib.suppress(OSError, ValueError, AttributeError):
        if json.loads((folder / SWEEP).read_text(encoding="utf-8")).get("state") == state and not damaged(folder):
            return
    names = _write_runs(study, jobs, store)
    for kind in KINDS:
        if getattr(study, kind) and (status == OK).any():
            names.append(_write_kind(kind, study, jobs, store))
        else:
            (folder / f"{kind}.parquet").unlink(missing_ok=True)  # of an earlier study
    names += _write_study(study, folder)
    about = {
        "kind": "microdrama sweep",
        "study": study.name,
        "title": study.title,
        "points": len(study.points),
        "seeds": list(study.seeds),
        "model": store.code,
        **provenance(),
        "state": state,
    } | ({"stop": stop} if stop else {})
    write_about(folder / SWEEP, about, names)


def _state(study: Study, jobs: Jobs, store: Store, part: Array, status: Array) -> str:
    """Hash of all on which the tables depend: the study, its runs, and the parts that they are read from."""
    found = hashlib.sha256(json.dumps([study.name, written(study)], default=str, sort_keys=True).encode())
    parts = [store.parts[number] for number in np.unique(part).tolist() if number >= 0]
    found.update(json.dumps([[place[1] for place in of.files.values()] for of in parts]).encode())
    found.update(jobs.ids.tobytes() + status.astype("int8").tobytes())
    return found.hexdigest()


def _write_runs(study: Study, jobs: Jobs, store: Store) -> list[str]:
    """Write a row for each run into three tables, and return their names."""
    known = {"point": ("", "number of the point in the design"), "run_id": ("", "name of the run")}
    known |= {"seed": ("", "seed of all draws")} | {f.name: _factor(f.name) for f in study.factors}
    known |= outcome_columns(study.at(study.points[0]).cities.slugs)
    factors = _cells(study.points, [f.name for f in study.factors])
    known["member"] = "", "number of the seed's parameter set in the ensemble, from 0"
    own = study.ensemble if study.ensemble and study.ensemble.parameters else None
    drawn = _cells(own.members, list(own.parameters)) if own else {}
    known |= {name: (_factor(name)[0], f"of the member: {PARAMETERS[name].meaning}") for name in drawn}
    of_seed = np.array([study.member(seed) for seed in study.seeds])
    beside = "run_id", "seed", "status", "error", *MADE
    outputs = dict.fromkeys((*study.outputs, *ALWAYS)) if study.outputs else ()
    names = ["runs.parquet", "log.parquet", "failures.csv"]
    with contextlib.ExitStack() as files:
        runs, log, failures = (files.enter_context(_table(store.folder / name, known)) for name in names)
        for at, _, rows in store.gather("runs", jobs.ids, (*beside, *outputs) if outputs else ()):
            point = pa.array(at // len(study.seeds))
            design = {"point": point} | {name: cells.take(point) for name, cells in factors.items()}
            if drawn:
                member = pa.array(of_seed[at % len(study.seeds)])
                design |= {"member": member} | {name: cells.take(member) for name, cells in drawn.items()}
            ok = pa.compute.equal(rows["status"], "ok")
            there = {*rows.column_names}
            outcomes = [name for name in outputs if name in there] or sorted(there - {*beside})
            runs(_beside(design, rows, outcomes).filter(ok))
            log(_beside(design, rows, ("status", *MADE)))
            failures(_beside(design, rows, ("error",)).filter(pa.compute.invert(ok)))
    return names


def _cells(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, pa.Array]:
    """Values of some rows by column, words as text."""
    return {
        name: pa.array(cells, pa.string() if cells and isinstance(cells[0], str) else pa.float64())
        for name, cells in columns(rows, names).items()
    }


def _beside(design: Mapping[str, pa.Array], rows: pa.Table, names: Iterable[str]) -> pa.Table:
    return pa.table({**design, **{name: rows[name] for name in ("run_id", "seed", *names)}})


@contextlib.contextmanager
def _table(path: Path, known: Columns) -> Iterator[Callable[[pa.Table], None]]:
    """A table that is written some rows at a time, with unit and meaning of its columns, and appears whole."""
    writer: Any = None
    with new_file(path) as work:

        def write(table: pa.Table) -> None:
            nonlocal writer
            fields = [
                f.with_metadata(dict(zip(("unit", "meaning"), known[f.name]))) if f.name in known else f
                for f in table.schema
            ]
            table = pa.table(table.columns, schema=pa.schema(fields))
            if writer is None:
                csv = path.suffix == ".csv"
                open_writer = pa.csv.CSVWriter if csv else pa.parquet.ParquetWriter
                writer = open_writer(work, table.schema, **({} if csv else encoding(table.schema)))
            writer.write_table(table)

        try:
            yield write
        finally:
            if writer is not None:
                writer.close()


def _factor(name: str) -> tuple[str, str]:
    """Unit and meaning of a factor."""
    if name in PARAMETERS:
        return PARAMETERS[name].unit, f"factor: {PARAMETERS[name].meaning}"
    policy, _, part = name.rpartition(".")
    return "", f"factor: {part} of the policy '{policy}'" if policy else "factor"


def _write_study(study: Study, folder: Path) -> list[str]:
    """Write ``inputs``, the study and all it refers to, so that the folder can be run again alone; returns names."""
    inputs = folder / "inputs"
    inputs.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".inputs-") as work:
        write_study(study, Path(work))
        names = sorted(path.name for path in Path(work).iterdir())
        for name in names:
            flush(Path(work) / name)
            (Path(work) / name).replace(inputs / name)
    return [f"inputs/{name}" for name in names]


def _write_kind(kind: str, study: Study, jobs: Jobs, store: Store) -> str:
    """Write tables of a kind, run by run, and return the name."""
    known = {"point": ("", "number of the point"), "seed": ("", "seed of all draws")} | MONTH_CITY
    seen = {name: (quantity.unit, quantity.meaning) for name, quantity in quantities().items()}
    known |= CELL_COLUMNS if kind == "cells" else COLUMNS | seen
    seeds = np.array(study.seeds)
    with _table(store.folder / f"{kind}.parquet", known) as write:
        for at, size, table in store.gather(kind, jobs.ids):
            point, seed = np.divmod(at, len(seeds))
            own = {"point": np.repeat(point, size), "seed": np.repeat(seeds[seed], size)}
            write(pa.table(own | {name: table[name] for name in table.column_names}))
    return f"{kind}.parquet"


class Stopped(NamedTuple):
    """How a stopping rule stands."""

    met: bool
    words: str
    end: bool
    """Whether no seeds are to be added."""


def stopped(study: Study, jobs: Jobs, store: Store) -> Stopped:
    """Whether the study's stopping rule is met, at which intervals, and why not; without a rule nothing is said."""
    rule, seeds = study.stop, len(study.seeds)
    if rule is None:
        return Stopped(True, "", True)
    last = seeds >= rule.max_seeds
    tables = []
    for at, _, rows in store.gather("runs", jobs.ids, ("seed", "status", rule.output)):
        if rule.output in rows.column_names:
            tables.append(rows.append_column("point", pa.array(at // len(study.seeds))))
    if not tables:
        return Stopped(False, f"the stopping rule was not looked at: no run has '{rule.output}'", True)
    runs = pa.concat_tables(tables).to_pandas()
    values = runs[runs["status"] == "ok"].pivot(index="seed", columns="point", values=rule.output).astype(float)
    yes_no = outcome_columns(study.at(study.points[0]).cities.slugs)[rule.output][0] == "0 or 1"
    points, count = range(len(study.points)), max(len(study.options), 1)
    found: dict[int, float] = {}
    for k in points:
        first = k - k % count if study.design.crossed else 0
        if (rule.paired and k == first) or k not in values or (rule.paired and first not in values):
            continue
        own = (values[k] - values[first] if rule.paired else values[k]).dropna()
        members = [study.member(seed) for seed in own.index]
        found[k] = _half_width(own.to_numpy(), members, yes_no=yes_no, paired=rule.paired)
    wide = {k: half for k, half in found.items() if not half <= rule.half_width}
    what = f"{'differences in ' if rule.paired else ''}{rule.output}"
    if not wide and found:
        most = max(found.values())
        words = f"stopping rule met at {seeds} seeds: the widest interval of {what} is ±{most:.3g}"
        return Stopped(True, words, True)
    why = f"no two points have runs with '{rule.output}'"
    if unknown := [k for k, half in wide.items() if np.isnan(half)]:
        k = unknown[0]
        why = f"at point {k}{_said(study, k)} '{rule.output}' is known in fewer than two of {seeds} seeds"
    elif wide:
        k = max(wide, key=lambda k: wide[k])
        needed = seeds * (wide[k] / rule.half_width) ** 2
        why = (
            f"{len(wide)} of {len(found)} intervals of {what} are wider than ±{rule.half_width:g}, the widest "
            f"±{wide[k]:.3g} at point {k}{_said(study, k)}, which needs about {needed:,.0f} seeds"
        )
    return Stopped(False, f"stopping rule not met at {seeds} seeds{' (max_seeds)' if last else ''}: {why}", last)


def _half_width(values: Array, members: Sequence[int], *, yes_no: bool, paired: bool) -> float:
    """Half of the 95 % interval of a mean."""
    if yes_no and not paired:
        low, high = wilson(values.sum(), len(values))
        return (high - low) / 2
    interval = of_changes(values) if yes_no else of_members(values, members)
    return (interval.high - interval.low) / 2


def _said(study: Study, point: int) -> str:
    values = {n: f"{v:.4g}" if isinstance(v, float) else v for n, v in study.points[point].items()}
    said = ", ".join(f"{name} = {value}" for name, value in values.items())
    return f" ({said})" if said else ""


def load(
    out: str | Path,
    table: str = "runs",
    *,
    frame: Literal["arrow", "pandas", "polars"] = "arrow",
    columns: Sequence[str] | None = None,
) -> Any:
    """A table of a sweep, or some of its columns.

    Parameters
    ----------
    out : path
        Folder of results.
    table : str
        ``"runs"``, a row for each run: point, factors, seed, outcomes in their units; others are in :data:`TABLES`.
    frame : str
        ``"arrow"``, ``"pandas"`` or ``"polars"``: what is returned.
    columns : sequence of str, optional
        All if left out.

    Raises
    ------
    InputError
        If the folder has no such table, or it is not as it was written.
    """
    paths = [Path(out) / f"{table}.{kind}" for kind in ("parquet", "csv")]
    path = next((path for path in paths if path.is_file()), None)
    if table not in TABLES or path is None:
        hint = meant(table, TABLES) if table not in TABLES else ""
        raise InputError(f"{out}: has no table '{table}'{hint} (tables: {', '.join(TABLES)})")
    verified(path)
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
