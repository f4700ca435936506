"""What says what a replication package is: its README, in the layout that data editors of economics journals ask for.

Its sections follow the template README of the Social Science Data Editors.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

import pyarrow.compute as pc

from ..files import shipped_text
from ..markdown import table
from .catalogue import TABLES
from .sources import Results

RUNTIMES = {
    "< 10 minutes": 600.0,
    "10-60 minutes": 3600.0,
    "1-2 hours": 7200.0,
    "2-8 hours": 28800.0,
    "8-24 hours": 86400.0,
    "1-3 days": 259200.0,
    "3-14 days": 1209600.0,
    "> 14 days": float("inf"),
}
"""How long it takes at the most, seconds."""
MADE_BY = {
    "table_1_outcomes.csv": ("Table 1: outcomes by point of the design", "programs/01_outputs.py"),
    "figure_1_shares.svg": ("Figure 1: cities' shares of shooting days", "programs/01_outputs.py"),
    "table_2_accounts.tex": ("Table 2: transactions-flow and balance-sheet matrices", "microdrama accounts"),
    "table_2_accounts.csv": ("Table 2 in whole fen", "microdrama accounts"),
    "answer.csv": ("Answer of the registered study", "microdrama study"),
    "answer.png": ("Figure of the registered study", "microdrama study"),
}
SHOWN = ("numpy", "numba", "scipy", "mesa", "pyarrow", "pandas", "matplotlib")
"""Packages whose versions are named."""


def readme(
    folder: Path,
    found: Results,
    title: str,
    authors: Sequence[str],
    *,
    names: Sequence[str],
    steps: Sequence[Sequence[str]],
    versions: Mapping[str, str],
) -> str:
    """The page of a package all else of which is in the folder, Markdown."""
    about, took = found.about, 2 * _seconds(found) + 60
    seeds = about.get("seeds") or [about["seed"]]
    output = sorted(path.name for path in (folder / "output").iterdir())
    time = next(words for words, most in RUNTIMES.items() if took < most)
    datasets = []
    for name in names:
        what = TABLES[name].title if "input" in TABLES[name].title else f"simulation: {TABLES[name].title}"
        datasets.append((f"`data/{name}.csv`, `.dta`, `.parquet`", what, ", ".join(TABLES[name].key), "yes"))
    outputs = [(*MADE_BY.get(name, (name, "programs/00_run_all.py")), f"`output/{name}`") for name in output]
    return Template(shipped_text("export/programs/README.md")).substitute(
        title=title,
        authors=", ".join(authors) or "(to be filled in)",
        what="a run" if found.kind == "run" else f"a sweep of {about['points']} points and {len(seeds)} seeds",
        duration=f"{took / 60:.0f} minutes" if took < 7200 else f"{took / 3600:.0f} hours",
        datasets="\n".join(table(("data file", "source", "one row for each", "provided"), datasets)),
        python=platform.python_version(),
        packages=", ".join(f"{name} {versions[name]}" for name in SHOWN if name in versions),
        seeds=", ".join(map(str, seeds[:12])) + (", ..." if len(seeds) > 12 else ""),
        runtimes="\n".join(f"- [{'x' if words == time else ' '}] {words}" for words in RUNTIMES),
        storage=f"{sum(path.stat().st_size for path in files_in(folder)) / 1e6:.0f}",
        machine=f"{platform.system()} {platform.machine()}",
        cores=os.cpu_count(),
        steps="\n".join(f"python {' '.join(step)}" for step in steps),
        outputs="\n".join(table(("figure/table", "program", "output file"), outputs)),
        version=about["versions"].get("microdrama", ""),
    )


def files_in(folder: Path) -> list[Path]:
    """All files of a folder and those in it, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _seconds(found: Results) -> float:
    if found.kind == "run":
        return float(found.about.get("wall_seconds") or 0)
    log = found.sources.get("log")
    return float(sum(pc.sum(part["seconds"]).as_py() or 0 for part in log.blocks())) if log else 0.0
