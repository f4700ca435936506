"""What a run or a sweep left in its folder, as tables with run and seed in every row."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from microdrama.model.calendar import month_name
from microdrama.model.errors import InputError
from microdrama.model.inputs.cities import NUMBERS, Cities
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.inputs.policies import BUDGETS, INSTRUMENTS
from microdrama.model.inputs.scenario import Scenario, load_scenario

from ..files import Columns
from ..markdown import shown

CELLS = 2_000_000
"""Entries read at a time."""
TITLES = {
    "runs": "outcomes of every run",
    "panel": "cities by month",
    "studios": "studios by month",
    "bases": "film bases by month",
    "funds": "investment funds by month",
    "platforms": "platforms by month",
    "actors": "a sample of cast and crew by month",
    "series": "finished series",
    "cells": "cells of the grid by month",
    "flows": "transactions-flow matrix by month",
    "balance": "balance sheets by month",
    "measures": "measures of concentration by month",
    "cities": "the city table, an input",
    "parameters": "parameters, inputs",
    "policies": "policies, inputs",
    "log": "how each run was made",
}
"""Tables in the order in which they are exported."""
KEYS = {
    "runs": ("run",),
    "log": ("run",),
    "panel": ("run", "month", "city"),
    "studios": ("run", "month", "studio"),
    "bases": ("run", "month", "base"),
    "funds": ("run", "month", "sector", "fund"),
    "platforms": ("run", "month", "platform"),
    "actors": ("run", "month", "actor"),
    "series": ("run", "studio", "born", "slot"),
    "cells": ("run", "month", "city", "y", "x"),
    "flows": ("run", "month", "flow", "payer", "payee"),
    "balance": ("run", "month", "instrument", "sector"),
    "measures": ("run", "month", "weight", "measure", "city"),
    "cities": ("city",),
    "parameters": ("parameter",),
    "policies": ("policy",),
}
"""Columns that tell the rows of a table apart, by which they are ordered."""
SORTED = {"series", "flows", "balance", "measures", "platforms", "runs", "log", "cities", "parameters", "policies"}
"""Tables whose rows are put in order before they are exported; the others come in order and may be large."""
FIRST = {
    "run": ("", "number of the run: a row of the table of runs"),
    "point": ("", "number of the point in the design"),
    "seed": ("", "seed of all random draws"),
}


@dataclass
class Source:
    """A table as it was left."""

    name: str
    blocks: Callable[..., Iterator[pa.Table]]
    """Makes its rows, some at a time; only some columns if these are given (and those that tell runs)."""
    fields: dict[str, tuple[pa.DataType, str, str]]
    """Type, unit and meaning of its columns."""
    rows: int
    limits: dict[str, str] = field(default_factory=dict)
    """Allowed values of inputs."""
    where_from: dict[str, str] = field(default_factory=dict)
    """Sources of inputs."""


@dataclass
class Results:
    """A folder of results and its tables."""

    folder: Path
    kind: str
    """``run`` or ``sweep``."""
    title: str
    about: dict[str, Any]
    scenario: Scenario | None
    """Of the run, or of the first point of the design; none if the folder does not say."""
    sources: dict[str, Source]


def open_results(folder: str | Path) -> Results:
    """Read what a folder of results holds; rows are read later.

    Raises
    ------
    InputError
        If it is not a folder that ``microdrama run --out`` or ``microdrama sweep`` left.
    """
    path = Path(folder)
    for file, read in (("manifest.json", _run), ("sweep.json", _sweep)):
        try:
            about = json.loads((path / file).read_text(encoding="utf-8"))
            if about.get("kind") in ("microdrama run", "microdrama sweep"):
                return read(path, about)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise InputError(f"{path / file}: cannot be read: {error}") from None
    what = "is not there" if not path.exists() else "holds no results"
    raise InputError(f"{folder}: {what}; give a folder left by `microdrama run --out DIR` or `microdrama sweep`")


def _run(folder: Path, about: dict[str, Any]) -> Results:
    seed = about["seed"]
    outcomes = about["outcomes"]
    row = {"scenario": about["scenario"]["name"], "fingerprint": about["scenario"]["fingerprint"]}
    row |= {name: _number(o["value"]) for name, o in outcomes.items()}
    meanings = {"scenario": ("", "scenario"), "fingerprint": ("", "hash of all that decides the outcome but the seed")}
    meanings |= {name: (o["unit"], o["meaning"]) for name, o in outcomes.items()}
    sources = {
        "runs": _small(
            "runs", pa.table({"run": [1], "seed": [seed], **{k: [v] for k, v in row.items()}}), FIRST | meanings
        )
    }
    for name in about["tables"]:
        sources[name] = _on_disk(name, folder / f"{name}.parquet", lambda _: (1, seed))
    scenario = load_scenario(folder / "scenario.toml") if (folder / "scenario.toml").is_file() else None
    if scenario is not None:
        sources |= _inputs(scenario)
    return Results(
        folder, "run", about["scenario"]["title"], about | {"title": about["scenario"]["title"]}, scenario, sources
    )


def _sweep(folder: Path, about: dict[str, Any]) -> Results:
    runs = _read(folder / "runs.parquet")
    meanings = {f.name: _said(f) for f in runs.schema} | FIRST
    numbered = pa.table({"run": np.arange(1, runs.num_rows + 1), **{n: runs[n] for n in runs.column_names}})
    sources = {"runs": _small("runs", numbered, meanings)}
    ids, seeds = runs["run_id"].combine_chunks(), runs["seed"]
    if (folder / "panel.parquet").is_file():

        def which(block: pa.Table) -> tuple[Any, Any]:
            at = pc.index_in(block["run_id"].combine_chunks(), ids)
            if at.null_count:
                raise InputError(f"{folder / 'panel.parquet'}: has runs that runs.parquet has not; sweep once more")
            return pc.add(at, 1), seeds.take(at)

        sources["panel"] = _on_disk("panel", folder / "panel.parquet", which)
        sources["panel"].fields.pop("point", None)
    if (folder / "log.parquet").is_file():
        log = _read(folder / "log.parquet")
        log = log.filter(pc.equal(log["status"], "ok"))
        said = {f.name: _said(f) for f in log.schema} | FIRST
        log = pa.table({"run": np.arange(1, log.num_rows + 1), **{n: log[n] for n in log.column_names}})
        sources["log"] = _small("log", log, said)
    scenario, varied = None, []
    if (folder / "inputs" / "study.toml").is_file():
        from ..design.study_file import load_study

        study = load_study(folder / "inputs" / "study.toml")
        scenario, varied = study.at(study.points[0]), [f.name for f in study.factors]
        sources |= _inputs(scenario, varied)
    return Results(folder, "sweep", about["title"], about, scenario, sources)


def _number(value: Any) -> Any:
    return float(value) if value in ("nan", "inf", "-inf") else value


def _said(f: pa.Field) -> tuple[str, str]:
    said = {key.decode(): value.decode() for key, value in (f.metadata or {}).items()}
    return said.get("unit", ""), said.get("meaning", f.name.replace("_", " "))


def _read(path: Path) -> pa.Table:
    try:
        return parquet.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None


def _small(name: str, table: pa.Table, said: Columns, **more: Any) -> Source:
    fields = {f.name: (f.type, *said.get(f.name, ("", f.name.replace("_", " ")))) for f in table.schema}
    return Source(name, lambda _=(): iter([table]), fields, table.num_rows, **more)


def _on_disk(name: str, path: Path, which: Callable[[pa.Table], tuple[Any, Any]]) -> Source:
    """A Parquet file, read in parts that get the numbers of their runs, and their seeds."""
    try:
        file = parquet.ParquetFile(path)
        schema, rows = file.schema_arrow, file.metadata.num_rows
        file.close()
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None

    def blocks(columns: Collection[str] = ()) -> Iterator[pa.Table]:
        some = [n for n in schema.names if n in columns or n == "run_id" or not columns]
        try:
            with parquet.ParquetFile(path, pre_buffer=False) as file:
                for part in file.iter_batches(max(1000, CELLS // max(1, len(schema))), columns=some):
                    block = pa.Table.from_batches([part])
                    run, seed = which(block)
                    own = {"run": run, "seed": seed}
                    put = {
                        key: value
                        if isinstance(value, pa.Array | pa.ChunkedArray)
                        else pa.array(np.full(block.num_rows, value))
                        for key, value in own.items()
                    }
                    yield pa.table(
                        put | {n: block[n] for n in block.column_names if n not in (*put, "point", "run_id")}
                    )
        except (OSError, pa.ArrowInvalid) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # a full disk: not this file's fault
            raise InputError(f"{path}: is damaged: {error}") from None

    fields = {name: (pa.int64(), *FIRST[name]) for name in ("run", "seed")}
    fields |= {f.name: (f.type, *_said(f)) for f in schema if f.name not in ("seed", "run_id")}
    return Source(name, blocks, fields, rows)


def _inputs(scenario: Scenario, varied: list[str] = []) -> dict[str, Source]:  # noqa: B006 - read only
    """Parameters, cities and policies of a scenario."""
    from microdrama.model.inputs.writing import cities_table

    given = scenario.parameters
    rows = [
        {
            "parameter": name,
            "value": shown(given[name]),
            "number": _as_number(given[name]),
            "varied": name in varied,
            "default": shown(q.default),
            "unit": q.unit,
            "allowed": q.allowed,
            "layer": q.layer,
            "mechanism": q.mechanism,
            "meaning": q.meaning,
            "source": q.source,
        }
        for name, q in PARAMETERS.items()
    ]
    said = {
        "parameter": "name of the parameter",
        "value": "value, as one writes it in a scenario",
        "number": "value, if it is a number",
        "varied": "whether runs differ in it",
        "default": "value if not set",
        "unit": "unit",
        "allowed": "allowed values",
        "meaning": "meaning",
        "source": "source, or assumption",
        "layer": "pinned (sourced), estimated, swept (assumption), switch or run",
        "mechanism": "code of its equation",
    }
    found = {"parameters": _small("parameters", pa.Table.from_pylist(rows), {k: ("", v) for k, v in said.items()})}
    cities, meanings = cities_table(scenario.cities)
    found["cities"] = _small(
        "cities",
        pa.table(cities),
        meanings,
        limits={name: f"{low:g} to {high:g}" for name, (_, low, high, _) in NUMBERS.items()},
        where_from=_sources_of(scenario.cities),
    )
    if scenario.policies:
        windows = [
            {
                "policy": number,
                "city": w.city,
                "instrument": w.instrument,
                "start": month_name(w.start),
                "end": month_name(w.end - 1) if w.end >= 0 else "",
                "ramp_months": w.ramp_months,
                "size": w.size,
                "unit": INSTRUMENTS[w.instrument][0],
                **{key: np.nan if (yuan := getattr(w, key)) is None else yuan for key in BUDGETS},
                "mode": w.mode,
                "source": w.source,
            }
            for number, w in enumerate(scenario.policies, 1)
        ]
        words = {
            "policy": ("", "number"),
            "city": ("", "city, or all"),
            "instrument": ("", "instrument"),
            "start": ("YYYY-MM", "first month in force"),
            "end": ("YYYY-MM", "last month in force"),
            "ramp_months": ("months", "until it is in full force"),
            "size": ("", "size, in its unit"),
            "unit": ("", "unit of the size"),
            "budget_yuan_year": ("yuan/year", "most that is paid in a year, empty: no budget of its own"),
            "budget_yuan_total": ("yuan", "most that is paid in all, empty: no budget of its own"),
            "mode": ("", "add to earlier windows of the instrument and city, or replace them"),
            "source": ("", "source"),
        }
        found["policies"] = _small("policies", pa.Table.from_pylist(windows), words)
    return found


def _as_number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _sources_of(cities: Cities) -> dict[str, str]:
    """Sources by column, from the first city that gives one."""
    found: dict[str, str] = {}
    for entry in (entry for text in cities.texts["sources"] for entry in text.split("|")):
        name, _, source = entry.partition("=")
        found.setdefault(name.strip(), f"{source.strip()} (the first city's; column 'sources' has all)")
    return found
