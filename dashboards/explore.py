"""Results of sweeps, read for the page: which there are, effects with their intervals, heat maps, and paths."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from microdrama.experiments.analysis.contrast import of_differences, paired
from microdrama.experiments.design.study_file import load_study
from microdrama.experiments.files import verified
from microdrama.experiments.running.sweep import load
from microdrama.model import PARAMETERS, InputError, load_scenario, shipped_scenarios
from microdrama.model.inputs.policies import BUDGETS, Window
from microdrama.model.panel import COLUMNS

from .messages import refusal
from .story import Action, Story
from .world import numbers, short

NOT_OUTCOMES = {"point", "run_id", "seed"}
AT_MOST = 200
"""Folders, points and paths shown."""


def answer(root: str, question: dict[str, Any]) -> Any:
    """What the page asks: ``what`` is folders, about, effects, heat or paths. Raises InputError."""
    what = question.pop("what", "")
    jobs = {"folders": folders, "about": about, "effects": effects, "heat": heat, "paths": paths}
    if what not in jobs:
        raise refusal("no_view", what=str(what)[:20], known=", ".join(jobs))
    try:
        return jobs[what](root, **question)
    except TypeError as error:
        raise refusal("bad_words", what=what, error=error) from None
    except InputError:
        raise
    except (OSError, ValueError, KeyError) as error:
        raise refusal("results_broken", kind=type(error).__name__, error=error) from None


def folders(root: str) -> list[dict[str, Any]]:
    """Sweeps below the folder of results, the newest first."""
    found = []
    base = Path(root)
    for path in sorted([*base.glob("sweep.json"), *base.glob("*/sweep.json"), *base.glob("*/*/sweep.json")]):
        if (path.parent / "runs.parquet").is_file():
            try:
                manifest = json.loads(path.read_text(encoding="utf-8"))
            except ValueError:
                continue
            found.append(
                {
                    "folder": str(path.parent.relative_to(base)),
                    "title": str(manifest.get("title", "")),
                    "points": manifest.get("points"),
                    "seeds": len(manifest.get("seeds", [])),
                    "at": path.stat().st_mtime,
                }
            )
    return sorted(found, key=lambda entry: -entry["at"])[:AT_MOST]


def about(root: str, folder: Any) -> dict[str, Any]:
    """Factors with their values, outcomes with unit and meaning, and whether there are paths."""
    table = _runs(root, folder)
    meanings = {
        field.name: {k.decode(): v.decode() for k, v in (field.metadata or {}).items()} for field in table.schema
    }
    names = [n for n in table.column_names if n not in NOT_OUTCOMES]
    factors = [n for n in names if meanings[n].get("meaning", "").startswith("factor")]
    outcomes = [{"name": n, **meanings[n]} for n in names if n not in factors and _is_number(table[n])]
    return {
        "factors": {n: sorted(set(table[n].to_pylist()), key=str if _is_text(table[n]) else None) for n in factors},
        "varied": {n: {**meanings[n], "meaning": meanings[n]["meaning"].removeprefix("factor: ")} for n in factors},
        "outcomes": outcomes,
        "runs": table.num_rows,
        "seeds": sorted(set(table["seed"].to_pylist()))[:AT_MOST],
        "paths": (_folder(root, folder) / "panel.parquet").is_file(),
        "columns": {name: list(about) for name, about in COLUMNS.items()},
    }


def effects(root: str, folder: Any, outcome: Any, where: Any = None) -> dict[str, Any]:
    """What each point does against the first one left by the filters, paired by seed, and every point's own mean."""
    points = _points(_filtered(_runs(root, folder), where), outcome)
    if not points:
        return {"rows": []}
    first = next(iter(points.values()))
    rows = []
    for at, (labels, values) in list(points.items())[:AT_MOST]:
        seeds = sorted(values.keys() & first[1].keys())
        own = of_differences(np.array([v for v in values.values() if v == v], float))
        found = paired(np.array([values[s] for s in seeds], float), np.array([first[1][s] for s in seeds], float))
        rows.append(
            {
                "point": at,
                "labels": labels,
                "mean": short(found.mean),
                "low": short(found.low),
                "high": short(found.high),
                "seeds": found.seeds,
                "level": short(own.mean),
                "level_low": short(own.low),
                "level_high": short(own.high),
            }
        )
    return {"rows": rows}


def heat(root: str, folder: Any, outcome: Any, x: Any, y: Any, where: Any = None) -> dict[str, Any]:
    """Mean of an outcome over seeds (and over factors that are not filtered) by two factors."""
    table = _filtered(_runs(root, folder), where)
    for name in (x, y, outcome):
        _known(table, name)
    xs, ys = (table[name].to_numpy(zero_copy_only=False) for name in (x, y))
    values = table[outcome].to_numpy(zero_copy_only=False).astype(float)
    across, up = sorted(set(xs.tolist())), sorted(set(ys.tolist()))
    cells = [[values[(xs == a) & (ys == b) & ~np.isnan(values)] for a in across] for b in up]
    mean = [[short(cell.mean()) if len(cell) else None for cell in row] for row in cells]
    return {"x": across, "y": up, "mean": mean, "n": [[len(cell) for cell in row] for row in cells]}


def paths(root: str, folder: Any, column: Any, city: Any = "", share: Any = False, where: Any = None) -> dict[str, Any]:
    """Mean path of a column of the panel for every point, with the range of four fifths of its seeds."""
    import pyarrow.parquet

    runs = _filtered(_runs(root, folder), where)
    if column not in COLUMNS:
        raise refusal("no_panel_column", name=str(column)[:30])
    path = _folder(root, folder) / "panel.parquet"
    if not path.is_file():
        raise refusal("no_paths")
    panel = pyarrow.parquet.read_table(verified(path), columns=["point", "seed", "month", "city", column])
    keep = set(runs["point"].to_pylist())
    months = sorted(set(panel["month"].to_pylist()))
    cities = sorted(set(panel["city"].to_pylist()))
    if city and city not in cities:
        raise refusal("no_city", city=str(city)[:30], known=", ".join(cities))
    values = panel[column].to_numpy().astype(float).reshape(-1, len(months), len(cities))
    points = panel["point"].to_numpy().reshape(-1, len(months), len(cities))[:, 0, 0]
    if share:
        total = values.sum(axis=2, keepdims=True)
        values = np.divide(values, total, out=np.full_like(values, np.nan), where=total > 0)
    series = values[:, :, cities.index(city)] if city else values.sum(axis=2)
    labels = {at: labels for at, (labels, _) in _points(runs, "seed").items()}
    found = []
    for at in sorted(keep)[:24]:
        mine = series[points == at]
        if len(mine):
            low, high = np.nanquantile(mine, [0.1, 0.9], axis=0)
            found.append(
                {
                    "labels": labels.get(at, {}),
                    "mean": numbers(np.nanmean(mine, axis=0)),
                    "low": numbers(low),
                    "high": numbers(high),
                }
            )
    return {"months": months, "cities": cities, "paths": found}


def live(root: str, folder: Any, point: Any, seed: Any) -> tuple[Story, int]:
    """The story of a run of a sweep, and the month in which it ended.

    Raises
    ------
    InputError
        If there is no such run, or the page has no words for something in its study.
    """
    study = load_study(_folder(root, folder) / "inputs" / "study.toml")
    if not isinstance(point, int) or not 0 <= point < len(study.points) or seed not in study.seeds:
        raise refusal("no_point", point=str(point)[:10])
    found = study.at(study.points[point], study.member(seed))
    name = str(study.points[point].get("scenario", study.base))
    if name not in shipped_scenarios():
        raise refusal("no_live", what=f"scenario '{name}'")
    base = load_scenario(name)
    p = found.parameters
    values = tuple((n, p[n]) for n in PARAMETERS if p[n] != base.parameters[n] and n not in ("scale", "months"))
    own = [window for window in found.policies if window.size]  # of size 0 it does nothing
    for window in (window for window in base.policies if window.size):
        if window not in own:
            raise refusal("no_live", what="policies without those announced")
        own.remove(window)
    actions = tuple(sorted(map(_action, own), key=lambda each: each.month))
    story = Story(name, int(seed), float(p.scale), values, actions)
    said, meant = story.at_end().to_dict(), found.to_dict()
    for what in ("parameters", "cities", "zones", "policies"):
        if _plain(said[what]) != _plain(meant[what]):
            raise refusal("no_live", what=what)
    return story, p.months


def _plain(entry: Any) -> str:
    """An entry of a scenario, as text to compare: without the number of months, sources, and policies of size zero."""
    if isinstance(entry, dict):
        entry = {name: value for name, value in entry.items() if name != "months"}
    if isinstance(entry, list):
        rows = [{n: v for n, v in row.items() if n not in ("source", "sources")} for row in entry]
        entry = sorted(repr(row) for row in rows if row.get("size") != 0)
    return repr(entry)


def _action(window: Window) -> Action:
    """What a visitor would have done to have this window."""
    if window.zone or window.ramp_months or window.mode != "add" or window.cap_yuan_firm_year or window.start < 0:
        raise refusal("no_live", what=f"{window.instrument} in {window.city}")
    budgets = {name: getattr(window, name) for name in BUDGETS}
    return Action(
        window.start, window.instrument, window.city, window.size, **budgets, mode="add", end=window.end
    ).checked()


def _folder(root: str, folder: Any) -> Path:
    """A folder of results that lies below the root; anything else is refused."""
    if str(folder) not in {entry["folder"] for entry in folders(root)}:
        raise refusal("no_folder", folder=str(folder)[:60])
    return Path(root) / str(folder)


def _runs(root: str, folder: Any) -> Any:
    return load(_folder(root, folder))


def _filtered(table: Any, where: Any) -> Any:
    """Rows in which factors have the values chosen."""
    mask = np.ones(table.num_rows, bool)
    for name, value in dict(where or {}).items():
        _known(table, name)
        mask &= table[name].to_numpy(zero_copy_only=False) == value
    return table.filter(mask)


def _known(table: Any, name: Any) -> None:
    if name not in table.column_names:
        raise refusal("no_column", name=str(name)[:40])


def _points(table: Any, outcome: Any) -> dict[int, tuple[dict[str, Any], dict[int, float]]]:
    """Points in their order: the values of the factors that vary, and the outcome by seed."""
    _known(table, outcome)
    factors = [f.name for f in table.schema if (f.metadata or {}).get(b"meaning", b"").startswith(b"factor")]
    varying = [name for name in factors if len(set(table[name].to_pylist())) > 1]
    found: dict[int, tuple[dict[str, Any], dict[int, float]]] = {}
    columns = {name: table[name].to_pylist() for name in varying}
    values = [float("nan") if v is None else v for v in table[outcome].to_pylist()]
    for row, (at, seed) in enumerate(zip(table["point"].to_pylist(), table["seed"].to_pylist(), strict=True)):
        entry = found.setdefault(at, ({name: columns[name][row] for name in varying}, {}))
        entry[1][seed] = values[row]
    return dict(sorted(found.items()))


def _is_text(column: Any) -> bool:
    return str(column.type) in ("string", "large_string")


def _is_number(column: Any) -> bool:
    return not _is_text(column) and str(column.type) != "null"
