"""What a run or a sweep left in its folder, as tables with run and seed in every row."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from microdrama.model.errors import InputError
from microdrama.model.inputs.cities import NUMBERS, Cities
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.inputs.policies import BUDGETS, CAPS, INSTRUMENTS
from microdrama.model.inputs.scenario import Scenario, load_scenario
from microdrama.model.inputs.writing import cities_table, policy_entry

from ..files import Columns, shipped_rows, verified
from ..markdown import shown
from .catalogue import TABLES

CELLS = 2_000_000
"""Entries read at a time."""
FIRST = {
    "run": ("", "number of the run: a row of the table of runs"),
    "point": ("", "number of the point in the design"),
    "seed": ("", "seed of all random draws"),
}


@dataclass
class Source:
    """A table as it was left."""

    name: str
    schema: pa.Schema
    """Its columns, with unit, meaning, and of inputs ``allowed`` values and ``source`` as metadata."""
    rows: int
    blocks: Callable[..., Iterator[pa.Table]]
    """Makes its rows, some at a time; only some columns if these are given (and those that identify runs)."""


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
    """In the order in which they are exported."""


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
                found = read(path, about)
                found.sources = {name: found.sources[name] for name in TABLES if name in found.sources}
                return found
        except FileNotFoundError:
            continue
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:  # files that somebody changed
            raise InputError(f"{path / file}: cannot be read: {error or type(error).__name__}") from None
    what = "is not there" if not path.exists() else "holds no results"
    raise InputError(f"{folder}: {what}; give a folder left by `microdrama run --out DIR` or `microdrama sweep`")


def _run(folder: Path, about: dict[str, Any]) -> Results:
    own, seed, outcomes = about["scenario"], about["seed"], about["outcomes"]
    seed = seed if seed < 2**63 else str(seed)  # tables have no whole numbers that large
    row = {"run": 1, "seed": seed, "scenario": own["name"], "fingerprint": own["fingerprint"]}
    said = {"scenario": ("", "scenario"), "fingerprint": ("", "hash of all that decides the outcome but the seed")}
    for name, outcome in outcomes.items():
        value = outcome["value"]
        if isinstance(value, list | dict):
            raise ValueError(f"the outcome '{name}' is {value!r}")
        row[name] = float(value) if value in ("nan", "inf", "-inf") else value  # which JSON lacks
        said[name] = outcome["unit"], outcome["meaning"]
    sources = {"runs": _small("runs", pa.Table.from_pylist([row]), said)}
    for name in about["tables"]:
        sources[name] = _on_disk(name, folder / f"{name}.parquet", lambda _: (1, seed), pa.array([seed]).type)
    scenario = None
    if (folder / "scenario.toml").is_file():
        scenario = load_scenario(folder / "scenario.toml")
        sources |= _inputs(scenario)
    return Results(folder, "run", own["title"], about | {"title": own["title"]}, scenario, sources)


def _sweep(folder: Path, about: dict[str, Any]) -> Results:
    runs = _read(folder / "runs.parquet")
    sources = {"runs": _numbered("runs", runs)}
    panel = folder / "panel.parquet"
    if panel.is_file():

        def which(block: pa.Table) -> tuple[Any, Any]:
            at = pc.index_in(block["run_id"], runs["run_id"].combine_chunks())
            if at.null_count:
                raise InputError(f"{panel}: has runs that runs.parquet has not; sweep once more")
            return pc.add(at, 1), runs["seed"].take(at)

        sources["panel"] = _on_disk("panel", panel, which)
    if (folder / "log.parquet").is_file():
        log = _read(folder / "log.parquet")
        sources["log"] = _numbered("log", log.filter(pc.equal(log["status"], "ok")))
    scenario = None
    if (folder / "inputs" / "study.toml").is_file():
        from ..design.study_file import load_study

        study = load_study(folder / "inputs" / "study.toml")
        scenario = study.at(study.points[0])
        sources |= _inputs(scenario, [f.name for f in study.factors])
    return Results(folder, "sweep", about["title"], about, scenario, sources)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None


def _read(path: Path) -> pa.Table:
    with _reading(path):
        return parquet.read_table(verified(path))


def _numbered(name: str, table: pa.Table) -> Source:
    """A table with a row for each run."""
    return _small(name, table.add_column(0, "run", pa.array(np.arange(1, table.num_rows + 1))), {})


def _small(name: str, table: pa.Table, said: Columns, **more: Mapping[str, str]) -> Source:
    """A table in memory, with unit and meaning of its columns and ``more`` that is known of them."""
    fields = []
    for f in table.schema:
        if known := {**said, **FIRST}.get(f.name):
            also = {key: values[f.name] for key, values in more.items() if f.name in values}
            f = f.with_metadata({"unit": known[0], "meaning": known[1], **also})
        fields.append(f)
    return Source(name, pa.schema(fields), table.num_rows, lambda _=(): iter([table]))


def _on_disk(
    name: str, path: Path, which: Callable[[pa.Table], tuple[Any, Any]], seeds: pa.DataType | None = None
) -> Source:
    """A Parquet file, read in parts that get the numbers of their runs, and their seeds."""
    with _reading(path), parquet.ParquetFile(verified(path)) as file:
        left, rows = file.schema_arrow, file.metadata.num_rows
    own = [f for f in left if f.name not in ("seed", "run_id", "point")]

    def blocks(columns: Collection[str] = ()) -> Iterator[pa.Table]:
        some = [f.name for f in own if f.name in columns or not columns]
        identified = [*some, "run_id"] if "run_id" in left.names else some
        with _reading(path), parquet.ParquetFile(path, pre_buffer=False) as file:
            for part in file.iter_batches(max(1000, CELLS // max(1, len(left))), columns=identified):
                block = pa.Table.from_batches([part])
                first = [
                    n if isinstance(n, pa.Array | pa.ChunkedArray) else np.full(len(part), n) for n in which(block)
                ]
                yield pa.table([*first, *(block[n] for n in some)], ["run", "seed", *some])

    kinds = {"run": pa.int64(), "seed": seeds or pa.int64()}
    first = [pa.field(n, kind, metadata=dict(zip(("unit", "meaning"), FIRST[n]))) for n, kind in kinds.items()]
    return Source(name, pa.schema([*first, *own]), rows, blocks)


def _inputs(scenario: Scenario, varied: Collection[str] = ()) -> dict[str, Source]:
    """Parameters, cities, policies and zones of a scenario."""
    parameters = []
    for name, q in PARAMETERS.items():
        value = scenario.parameters[name]
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        own = {"parameter": name, "value": shown(value), "number": number, "varied": name in varied}
        parameters.append(vars(q) | own | {"default": shown(q.default), "allowed": q.allowed})
    policies = [
        {"policy": number, "unit": INSTRUMENTS[window.instrument][0], **policy_entry(window)}
        | {key: np.nan if (yuan := getattr(window, key)) is None else yuan for key in (*BUDGETS, *CAPS)}
        for number, window in enumerate(scenario.policies, 1)
    ]
    cities, said = cities_table(scenario.cities)
    limits = {name: f"{low:g} to {high:g}" for name, (_, low, high, _) in NUMBERS.items()}
    found = {"cities": _small("cities", pa.table(cities), said, allowed=limits, source=_sources_of(scenario.cities))}
    zones = [{"state_floor_m2": np.nan} | zone.entry for zone in scenario.zones]
    for name, entries in {"parameters": parameters, "policies": policies, "zones": zones}.items():
        rows = [row for row in shipped_rows("export/input_columns.csv") if row["table"] == name and entries]
        columns = {row["column"]: [entry[row["column"]] for entry in entries] for row in rows}
        said = {row["column"]: (row["unit"], row["meaning"]) for row in rows}
        found |= {name: _small(name, pa.table(columns), said)} if rows else {}
    return found


def _sources_of(cities: Cities) -> dict[str, str]:
    """Sources by column, from the first city that gives one."""
    found: dict[str, str] = {}
    for entry in (entry for text in cities.texts["sources"] for entry in text.split("|")):
        name, _, source = entry.partition("=")
        found.setdefault(name.strip(), f"{source.strip()} (the first city's; column 'sources' has all)")
    return found
