"""Worlds with the same draws side by side: one with a policy, its twin without, and the true effect as columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from microdrama.model.calendar import month_name
from microdrama.model.errors import InputError, meant
from microdrama.model.panel import COLUMNS

from ..design.study import Study
from ..design.study_file import load_study
from ..files import verified
from .sources import FIRST, Results, Source

TOTALS = (
    *("shoot_days", "series_shot", "series_started", "studios", "workers", "paid_days", "wages_yuan", "value_yuan"),
    *("film_spent_yuan", "film_tax_yuan"),
)
"""Columns of the panel that add up over cities: their effect elsewhere is what is displaced, or spills over."""
PRICES = ("rent_yuan_m2_month", "actor_yuan_day", "series_cost_yuan")
PROGRAMS = {"event_study.py": "event_study.py", "event_study.R": "event_study.R", "event_study.do": "event_study.do"}
"""What shows how to read them."""


def reference(study: Study, factor: str = "") -> dict[int, int]:
    """Points with a treatment, and for each that without, all else alike; the first value of the factor is none.

    Raises
    ------
    InputError
        If it is not said which factor is the treatment, or no two points differ in it alone.
    """
    names = [f.name for f in study.factors]
    factor = factor or (study.register.treatment if study.register else "") or (names[0] if len(names) == 1 else "")
    if factor not in names:
        which = f"unknown factor '{factor}'{meant(factor, names)}" if factor else "name the factor of the treatment"
        raise InputError(f"--paired: {which} (factors: {', '.join(names) or 'none'})")
    alike = [point | {factor: study.points[0][factor]} for point in study.points]
    found = {k: study.points.index(at) for k, at in enumerate(alike) if at in study.points}
    found = {k: j for k, j in found.items() if k != j}
    if not found:
        raise InputError(f"--paired: no two points differ in '{factor}' alone")
    return found


def pairs(found: Results, factor: str = "") -> Source:
    """The table of pairs of a sweep with ``panel = true``.

    Raises
    ------
    InputError
        If the results are no such sweep, or pairs cannot be made.
    """
    if found.kind != "sweep" or "panel" not in found.sources:
        raise InputError(f"{found.folder}: --paired needs a sweep with panel = true in its study")
    study = load_study(found.folder / "inputs" / "study.toml")
    of = reference(study, factor)
    runs = parquet.read_table(verified(found.folder / "runs.parquet"), columns=["point", "seed"])
    number = {key: n for n, key in enumerate(zip(runs["point"].to_pylist(), runs["seed"].to_pylist()), 1)}
    path, slugs = verified(found.folder / "panel.parquet"), study.at(study.points[0]).cities.slugs
    said = _said()
    fields = [pa.field(n, kind, metadata={"unit": u, "meaning": m}) for n, (kind, u, m) in said.items()]

    def world(point: int) -> dict[int, pa.Table]:
        table = parquet.read_table(
            path, columns=["seed", "month", "city", *TOTALS, *PRICES], filters=[("point", "=", point)]
        )
        seeds = table["seed"].to_numpy()
        return {int(seed): table.filter(pc.equal(table["seed"], int(seed))) for seed in np.unique(seeds)}

    def blocks(_: Collection[str] = ()) -> Iterator[pa.Table]:
        for k, j in of.items():
            treated, without = world(k), world(j)
            starts = _starts(study, k, j, slugs)
            for seed in study.seeds:
                if seed in treated and seed in without:
                    rows = _beside(treated[seed], without[seed], len(slugs))
                    rows |= _treatment(rows, starts)
                    length = len(rows["month"])
                    rows |= {"run": np.full(length, number[k, seed]), "seed": np.full(length, seed)}
                    yield pa.table({name: rows[name] for name in said}, schema=pa.schema(fields))

    months, seeds = study.at(study.points[0]).parameters.months, {seed for _, seed in number}
    count = sum((k, s) in number and (j, s) in number for k, j in of.items() for s in seeds)
    if not count:
        raise InputError(f"{found.folder}: no pair of points has a seed whose runs are both complete")
    return Source("pairs", pa.schema(fields), count * months * len(slugs), blocks)


def _said() -> dict[str, tuple[pa.DataType, str, str]]:
    """Type, unit and meaning of every column."""
    found: dict[str, tuple[pa.DataType, str, str]] = {
        "run": (pa.int64(), FIRST["run"][0], f"{FIRST['run'][1]}, of the world with the treatment"),
        "seed": (pa.int64(), *FIRST["seed"]),
        "month": (pa.string(), "YYYY-MM", "month"),
        "city": (pa.string(), "", "city"),
        "treated": (pa.bool_(), "", "the city is treated at some time"),
        "post": (pa.bool_(), "", "the first treatment of any city has begun"),
        "start": (pa.string(), "YYYY-MM", "first month in which the city is treated"),
    }
    for name in (*TOTALS, *PRICES):
        unit, meaning = COLUMNS[name]
        found |= {
            name: (pa.float64(), unit, f"{meaning}: in the world with the treatment"),
            f"{name}_without": (pa.float64(), unit, f"{meaning}: in its twin without"),
            f"{name}_effect": (pa.float64(), unit, f"{meaning}: true effect, with less without"),
        }
        if name in TOTALS:
            what = "true effect in all other cities together (below 0: displaced)"
            found[f"{name}_elsewhere"] = pa.float64(), unit, f"{meaning}: {what}"
    return found


def _starts(study: Study, k: int, j: int, slugs: list[str]) -> dict[str, int]:
    """First month in which each city has a policy at one point that it has not at the other."""
    without = study.at(study.points[j]).policies
    new = [w for w in study.at(study.points[k]).policies if w not in without and w.size]
    found: dict[str, int] = {}
    for window in new:
        for slug in slugs if window.city == "all" else [window.city]:
            found[slug] = min(found.get(slug, window.start), window.start)
    return found


def _treatment(rows: Mapping[str, Any], starts: Mapping[str, int]) -> dict[str, Any]:
    city, first = rows["city"], month_name(min(starts.values())) if starts else "9999-12"
    start = [month_name(starts[slug]) if slug in starts else "" for slug in city]
    return {"treated": [bool(s) for s in start], "post": [month >= first for month in rows["month"]], "start": start}


def _beside(treated: pa.Table, without: pa.Table, cities: int) -> dict[str, Any]:
    found: dict[str, Any] = {name: treated[name].to_pylist() for name in ("month", "city")}
    for name in (*TOTALS, *PRICES):
        one, other = (table[name].to_numpy().astype(float) for table in (treated, without))
        found |= {name: one, f"{name}_without": other, f"{name}_effect": one - other}
        if name in TOTALS:
            by_month = (one - other).reshape(-1, cities)
            found[f"{name}_elsewhere"] = (by_month.sum(axis=1, keepdims=True) - by_month).ravel()
    return found
