"""Digests of the values of results, to show that a change of the code changes no number.

``python tests/digests.py record FILE`` before the change, ``python tests/digests.py check FILE`` after it. Values are
hashed column by column, in the order of rows; a column may get another name, as long as its values stay. ``--quick``
takes a few minutes less.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from microdrama.experiments.calibration import validation
from microdrama.experiments.outcomes import summarise
from microdrama.experiments.outcomes.measures_by_month import measures_by_month
from microdrama.experiments.outcomes.quantities import Observer
from microdrama.experiments.outcomes.recorder import CHOICES, Recorder
from microdrama.experiments.reports import comparison, mechanisms
from microdrama.experiments.reports.main import study_of
from microdrama.experiments.reports.study_page import run_study
from microdrama.experiments.run import run
from microdrama.experiments.running.sweep import load, sweep
from microdrama.model.inputs.scenario import load_scenario, shipped_scenarios

SCALES = (0.02, 0.1, 1.0)
SEEDS = (1, 2)
MADE = {"seconds", "fingerprint", "engine", "commit", "dirty", "versions", "host", "pid", "run_id"}
"""Columns that say how a run was made."""
VARIANTS = {
    "release_first": {"month_order": "release_first"},
    "demography_first": {"month_order": "demography_first"},
    "funds_last": {"month_order": "funds_last"},
    "no_heritage": {"heritage": False, "agglomeration_scale": 0.0},
    "log_off": {"pooling": "linear", "knowledge": "off", "cell_km": 3.0},
}
"""Parameters that no shipped scenario sets."""
SHORT = {"months": 30, "scale": 0.02, "seeds": 2}
FACTORS = {"crisis_strength": [0, 1], "location_scale": [0.15, 0.25]}
RANGES = {"crisis_strength": {"low": 0.0, "high": 2.0}, "location_scale": {"low": 0.1, "high": 0.3, "log": True}}
SWEEPS = {
    "factorial": {"design": {"sampler": "factorial"}, "factors": FACTORS, "panel": True},
    "one_at_a_time": {"design": {"sampler": "one_at_a_time"}, "factors": FACTORS},
    **{
        name: {"design": {"sampler": name, "size": 4}, "factors": RANGES}
        for name in ("latin_hypercube", "sobol", "saltelli", "morris")
    },
    "points": {
        "design": {"sampler": "points", "points": [{"crisis_strength": 0.5}, {"crisis_strength": 1.5}]},
        "panel": "quantities",
    },
    "policy": {
        "policy": [{"name": "offer", "city": "zhengzhou", "instrument": "rebate", "start": "2021-06", "size": 0.1}],
        "factors": {"offer.size": [0, 0.2], "offer.start": ["2021-06", "2022-02"]},
        "share_past": True,
    },
    "levers": {
        "factors": {
            "land_share": [0.2, 0.6],
            "crisis_in": ["all", "own", "others"],
            "like.wages": ["own", "xian"],
            "a_net": [0.5],
        }
    },
    "ensemble": {"ensemble": {"source": "prior", "size": 3}, "factors": {"property_crisis": [False, True]}, "seeds": 3},
    "futures": {"factors": {"draws.month": [12], "draws.future": [1, 2]}, "share_past": True},
}


def digest(values: object) -> str:
    """Hash of a column: numbers by their bytes, words by their text."""
    array = np.asarray(values)
    if array.dtype.kind in "OUT":
        data = "\0".join(map(str, array.ravel().tolist())).encode()
    else:
        data = np.ascontiguousarray(
            array, float if array.dtype.kind in "fiub" and array.dtype.itemsize < 8 else None
        ).tobytes()
    return hashlib.sha256(data).hexdigest()[:16]


def of_run(name: str, scale: float, seed: int) -> dict[str, str]:
    """Digests of everything a run leaves."""
    recorder = Recorder([choice for choice in CHOICES if choice != "actors"])
    seen = []
    scenario, values = ("baseline", VARIANTS[name]) if name in VARIANTS else (name, {})
    economy = run(
        scenario,
        seed,
        months=96 if scale < 1 else 84,
        scale=scale,
        watch=recorder.record,
        begin=lambda e: (recorder.begin(e), seen.append(Observer(e))),
        **values,
    )
    panel = economy.panel
    tables = {
        "panel": panel.city_month(),
        "flows": panel.flows(),
        "balance": panel.balance(),
        "series": panel.series(),
        "cells": panel.cell_snapshots(),
        "quantities": seen[0].table(),
        "summary": summarise(economy),
        "measures": measures_by_month(economy, draws=9),
        "reporters": economy.datacollector.model_vars,
        **{f"kept_{name}": table for name, (table, _) in recorder.tables().items()},
        **{
            f"state_{number}": {c: getattr(table, c) for c in type(table).columns()}
            for number, table in enumerate(economy.tables())
        },
    }
    return {
        f"run/{name}/{scale}/{seed}/{table}/{column}": digest(values)
        for table, columns in tables.items()
        for column, values in columns.items()
    }


def of_table(name: str, table: dict[str, list[object]]) -> dict[str, str]:
    return {f"{name}/{column}": digest(values) for column, values in table.items() if column not in MADE}


def of_sweep(name: str) -> dict[str, str]:
    """Digests of the tables of a sweep."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "runs"
        tally = sweep({"title": name} | SHORT | SWEEPS[name], out, workers=1)
        assert tally.failed == tally.open == 0, tally
        found = of_table(f"sweep/{name}/runs", load(out).to_pydict())
        if SWEEPS[name].get("panel"):
            found |= of_table(f"sweep/{name}/panel", load(out, "panel").to_pydict())
        return found


def rows_as_columns(rows: Iterable[dict[str, object]]) -> dict[str, list[object]]:
    table: dict[str, list[object]] = {}
    for row in rows:
        for key, value in row.items():
            table.setdefault(key, []).append(value)
    return table


def of_effects(name: str) -> dict[str, str]:
    """Digests of effects as commands print them."""
    if name == "main":
        study = study_of(load_scenario("baseline").with_values({"months": 48, "scale": 0.05}), 3)
        with tempfile.TemporaryDirectory() as folder:
            _, found = run_study(study, folder, workers=1)
        rows = [
            {"outcome": row.name, "city": row.name.rpartition("_")[2], "effect": row.kind, **row.effect._asdict()}
            for row in found.answer.effects
            if not row.kind.startswith("mean, ")
        ]
        tables = {
            "effects": [row for row in rows if not row["outcome"].startswith("share_")],
            "shifts": [row for row in rows if row["outcome"].startswith("share_")],
        }
    elif name == "compare":
        found = comparison.compare(
            "baseline", "no_policy", changes={"migration": False}, seeds=3, workers=1, months=36, scale=0.05
        )
        tables = {"rows": [row._asdict() | {"effect": "", **row.effect._asdict()} for row in found.rows]}
    elif name == "mechanisms":
        level, effect = mechanisms.effects(seeds=2, months=24, scale=0.02, workers=1)
        return {"effects/mechanisms/level": digest(level), "effects/mechanisms/effect": digest(effect)}
    else:
        with tempfile.TemporaryDirectory() as folder:
            found = validation.validate(out=Path(folder) / "runs", count=3, scale=0.02, workers=1)
            tables = {"rows": validation.rows_of(found)}
    kept = (
        "outcome",
        "effect",
        "city",
        "mean",
        "low",
        "high",
        "seeds",
        "unchanged",
        "variance_ratio",
        "first",
        "second",
        "pattern",
        "observed",
        "world",
        "median",
        "members_inside",
        "met",
    )
    return {
        f"effects/{name}/{table}/{column}": digest(values)
        for table, rows in tables.items()
        for column, values in rows_as_columns(rows).items()
        if column in kept
    }


def jobs(quick: bool) -> Iterator[tuple[object, tuple[object, ...]]]:
    for scale in SCALES[::-1]:
        for name in (*shipped_scenarios(), *VARIANTS):
            for seed in SEEDS:
                if not quick or (scale < 1 and seed == 1):
                    yield of_run, (name, scale, seed)
    for name in ("main", "compare", "mechanisms", "validate"):
        if not quick or name in ("main", "compare"):
            yield of_effects, (name,)
    for name in SWEEPS:
        yield of_sweep, (name,)


def digests(workers: int, quick: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        waiting = [pool.submit(function, *arguments) for function, arguments in jobs(quick)]
        for done in waiting:
            found |= done.result()
    return found


def changes(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """What has other values, or is gone; a column whose values stand under another name is neither."""
    values: dict[str, set[str]] = {}
    for key, value in now.items():
        values.setdefault(key.rpartition("/")[0], set()).add(value)
    return [
        key
        for key, value in before.items()
        if now.get(key) != value and value not in values.get(key.rpartition("/")[0], ())
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("act", choices=("record", "check"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true")
    chosen = parser.parse_args()
    now = digests(chosen.workers, chosen.quick)
    if chosen.act == "record":
        chosen.file.write_text(json.dumps(now, indent=0))
        print(f"{len(now)} columns recorded")
        return
    before = json.loads(chosen.file.read_text())
    if chosen.quick:
        tops = {key.rsplit("/", 2)[0] for key in now}
        before = {key: value for key, value in before.items() if key.rsplit("/", 2)[0] in tops}
    wrong = changes(before, now)
    for key in wrong[:40]:
        print("differs or is gone:", key)
    print(f"{len(before) - len(wrong)} of {len(before)} columns have the values recorded")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
