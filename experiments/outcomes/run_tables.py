"""Tables that a run leaves: what is in their columns, and the folder they are written to."""

from pathlib import Path

import numpy as np

from microdrama.model.accounts import ledger
from microdrama.model.arrays import Array
from microdrama.model.categories import BALANCE_ITEMS
from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.errors import InputError
from microdrama.model.inputs.writing import write_scenario
from microdrama.model.panel import COLUMNS, SERIES_COLUMNS
from microdrama.model.populations.tables import Series

from ..files import Columns, code_version, new_folder, write_manifest, write_parquet
from .measures_by_month import MEASURE_COLUMNS, measures_by_month
from .recorder import ZONES, Recorder
from .registry import outcomes, summarise

MONTH_CITY = {"month": ("YYYY-MM", "month"), "city": ("", "city")}
CELL_COLUMNS: Columns = MONTH_CITY | {
    "cell": ("", "number of the cell, as studios, bases and malls have it"),
    "zone": ("", ZONES),
    "x": ("cells", "position on the lattice, eastwards"),
    "y": ("cells", "position on the lattice, northwards"),
    "dx_km": ("km", "middle of the cell, east of the centre of the city"),
    "dy_km": ("km", "middle of the cell, north of the centre of the city"),
    "distance_km": ("km", "distance from the centre of the city"),
    "rent_yuan_m2_month": ("yuan/m2/month", "office rent"),
    "rent_change": ("share", "change of rent since the start"),
    "vacancy_rate": ("share", "office vacancy"),
    "studios": ("studios", "studios with their office in the cell"),
    "base_crews": ("crews", "crews that film bases here can host, open or being built"),
    "derelict_malls": ("malls", "malls without tenants and without a film base"),
}
FLOW_COLUMNS: Columns = {
    "month": ("YYYY-MM", "month"),
    "flow": ("", "kind of payment: " + "; ".join(f"{name}: {flow.meaning}" for name, flow in ledger.FLOWS.items())),
    "payer": ("", "paying sector: " + "; ".join(f"{code}: {name}" for code, name in ledger.SECTORS.items())),
    "payee": ("", "receiving sector, same codes"),
    "fen": ("fen", "paid in the month (1 fen = 0.01 yuan)"),
}

BALANCE_COLUMNS: Columns = {
    "month": ("YYYY-MM", "month, at its end"),
    "instrument": (
        "",
        "kind of claim or asset: " + "; ".join(f"{k}: {meaning}" for k, meaning in BALANCE_ITEMS.items()),
    ),
    "sector": ("", "whose it is, codes as in flows"),
    "fen": ("fen", "asset, or liability if negative (1 fen = 0.01 yuan)"),
}


def series_columns() -> dict[str, tuple[str, str]]:
    """Unit and meaning of the columns of the table of finished series."""
    known = Series.columns()
    columns = {"ended": ("YYYY-MM", "month in which the run of the series ended")}
    columns |= {name: (known[name].unit, known[name].meaning) for name in SERIES_COLUMNS}
    columns |= {name: ("", columns[name][1]) for name in ("home", "city")}
    return columns | {
        name: ("YYYY-MM", f"{columns[name][1]} (empty: before the start)") for name in ("born", "shot", "released")
    }


def write_run(
    economy: MicroDramaEconomy,
    out_dir: str | Path,
    *,
    city: str = "",
    wall_seconds: float | None = None,
    recorder: Recorder | None = None,
) -> Path:
    """Write a run's tables and manifest into a new folder, all or nothing.

    ``panel``, ``cells``, ``series``, ``flows``, ``balance`` and ``measures`` as Parquet (the same seed gives the
    same bytes), what a recorder has, ``scenario.toml`` (with the city table if it is another) and ``manifest.json``:
    all that is needed to repeat the run.

    Raises
    ------
    InputError
        If the folder exists, or cannot be written.
    """
    if not len(economy.panel):
        raise InputError("this economy has not run yet, so there are no results to write")
    panel, p = economy.panel, economy.p
    cells = panel.cell_snapshots()
    if len(panel) % 12:
        cells = {name: np.concatenate([cells.get(name, now[:0]), now]) for name, now in panel.cells().items()}
    tables: dict[str, tuple[dict[str, Array], Columns]] = {
        "panel": (panel.city_month(), MONTH_CITY | COLUMNS),
        "cells": (cells, CELL_COLUMNS),
        "series": (panel.series(), series_columns()),
        "flows": (panel.flows(), FLOW_COLUMNS),
        "balance": (panel.balance(), BALANCE_COLUMNS),
        "measures": (measures_by_month(economy, city), MEASURE_COLUMNS),
    }
    for name, (table, columns) in recorder.tables().items() if recorder else ():
        tables[name] = table, columns or CELL_COLUMNS
    known = outcomes(economy.cities.slugs)
    with new_folder(out_dir) as folder:
        write_scenario(economy.scenario, folder)
        described = {
            name: {"file": f"{name}.parquet", **write_parquet(folder / f"{name}.parquet", table, columns)}
            for name, (table, columns) in tables.items()
        }
        scenario = economy.scenario
        write_manifest(
            folder,
            "microdrama run",
            {
                "scenario": {"name": scenario.name, "title": scenario.title, "fingerprint": scenario.fingerprint},
                "seed": economy.seed,
                "recorded": recorder.text if recorder else "",
                "model": code_version(),
                "months": len(panel),
                "identities": f"held in all {len(panel)} months" + (", every agent audited" if economy.audit else ""),
                "wall_seconds": wall_seconds,
                "outcomes": {
                    name: {"value": value, "unit": known[name].unit, "meaning": known[name].meaning}
                    for name, value in summarise(economy, city).items()
                },
                "parameters": p.to_dict(),
                "policies": scenario.to_dict()["policies"],
                "cities": economy.cities.slugs,
                "tables": described,
            },
        )
    return Path(out_dir)
