"""Does every fact that the model was built on still act: the paired effect of switching each off, as a table."""

from pathlib import Path
from typing import Any

import numpy as np

from microdrama.model.inputs.files import parse_value

from ..analysis.contrast import Contrast, paired
from ..design.study import Study
from ..design.study_file import load_study
from ..files import shipped_rows
from ..markdown import table as markdown_table
from ..outcomes import outcomes
from ..running.results import load
from ..running.sweep import finished

ROWS = "evidence/mission.csv"
"""What must act: what turns it off, the outcome it should move, the bound of the negligible and why, and a study."""
SIZED = ("series", "studios", "crews")
"""Units of outcomes that are displayed at full size, as payments are."""


def study_of(*, seeds: int, months: int, scale: float) -> Study:
    """The baseline, and each fact turned off."""
    changes = [_change(off) for off in _facts()]
    base = load_study({"seeds": 1, "months": months, "scale": scale}).at({}).parameters
    on = {name: base[name] for change in changes for name in change}
    said = {
        "title": "Does every fact still act",
        "months": months,
        "scale": scale,
        "seeds": seeds,
        "outputs": [*dict.fromkeys(row["outcome"] for row in shipped_rows(ROWS))],
        "design": {"sampler": "points", "points": [on, *(on | change for change in changes)]},
    }
    study = load_study(said)
    study.name = "mission"
    return study


def verdict(effect: Contrast, bound: float) -> str:
    """Negligible if the whole interval lies within the bound, else acting if it leaves out zero, else not shown."""
    if -bound < effect.low and effect.high < bound:
        return "negligible"
    return "acts" if effect.clear else "not shown"


def table(*, seeds: int, months: int, scale: float, out: str | Path | None = None, **how: Any) -> str:
    """Markdown with the effect of each row being on, its interval over paired seeds, and the verdict.

    Runs are saved in the folder ``out``, where the same call resumes; raises as :func:`.running.sweep.finished`.
    """
    study = study_of(seeds=seeds, months=months, scale=scale)
    with finished(study, out, mix_code=True, **how) as folder:
        runs = load(folder, frame="pandas")
    cities, rows = study.at(study.points[0]).cities, []
    city, known = cities.names[cities.index(study.city)], outcomes(cities.slugs)
    for row in shipped_rows(ROWS):
        point = 1 + _facts().index(row["off"])
        words, factor, unit = known[row["outcome"]].display
        factor /= scale if unit in SIZED or row["outcome"].startswith("flow_") else 1
        on, off = (runs[runs["point"] == k][row["outcome"]].to_numpy(float) * factor for k in (0, point))
        effect = paired(on, off)
        shown = f"{effect.mean:+.3g} [{effect.low:+.3g}, {effect.high:+.3g}] {unit}"
        moved = words.format(city=city).replace("focal city", city).replace(", at the scale of the run", "")
        own = f"`{row['study']}`" if row["study"] else ""
        judged = verdict(effect, float(row["bound"]))
        bound = f"{row['bound']}: {row['because']}"
        judged += f": {row['note']}" if row["note"] else ""
        rows.append([row["id"], row["what"], f"`{row['off']}`", moved, f"{np.mean(on):.3g}", shown, bound, judged, own])
    columns = ("level", "effect of its being on", "bound, and why less does not matter", "verdict", "study")
    head = ("id", "what", "turned off by", "should move", *columns)
    introduction = (
        f"Baseline, {months} months, scale {scale:g}, {seeds} seeds, each with and without; in brackets 95 % intervals "
        "of the mean of paired differences; series, studios, crews and payments at full size. A fact may act on one "
        "outcome and on another, further away, not: then it has a row for each. *Negligible* is an effect whose "
        "whole interval lies within the bound; *not shown* one that is neither that nor distinguishable from zero. Of "
        "twenty such rows one would act by chance. Public bases and funds are paid from 2024 on, in the baseline too. "
        f"Made by `microdrama mechanisms --mission --seeds {seeds} --months {months} --scale {scale:g}`."
    )
    return "\n".join(["# Does every fact still act", "", introduction, "", *markdown_table(head, rows), ""])


def _facts() -> list[str]:
    """What turns each fact off; some have several rows."""
    return [*dict.fromkeys(row["off"] for row in shipped_rows(ROWS))]


def _change(off: str) -> dict[str, Any]:
    """Parameter and value that turn a fact off."""
    name, _, value = off.partition("=")
    return {name: parse_value(value)}
