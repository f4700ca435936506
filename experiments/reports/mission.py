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


def study_of(facts: list[str], *, seeds: list[int], months: int, scale: float) -> Study:
    """The baseline, and each of these facts turned off."""
    changes = [_change(off) for off in facts]
    base = load_study({"seeds": 1, "months": months, "scale": scale}).at({}).parameters
    on = {name: base[name] for change in changes for name in change}
    rows = [row for row in shipped_rows(ROWS) if row["off"] in facts]
    said = {
        "title": "Does every fact still act",
        "months": months,
        "scale": scale,
        "seeds": seeds,
        "outputs": [*dict.fromkeys(row["outcome"] for row in rows)],
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


def table(*, seeds: int, more: int = 0, months: int, scale: float, out: str | Path | None = None, **how: Any) -> str:
    """Markdown with the effect of each row being on, its interval over paired seeds, and the verdict.

    Rows that the first seeds leave open are judged by so many ``more``, other ones. Runs are saved in the folder
    ``out``, where the same call resumes; raises as :func:`.running.sweep.finished`.
    """
    rows, facts = shipped_rows(ROWS), [*dict.fromkeys(row["off"] for row in shipped_rows(ROWS))]
    first = study_of(facts, seeds=[*range(1, seeds + 1)], months=months, scale=scale)
    looks = [_effects(first, facts, out, **how)]
    judged = {row["id"]: (verdict(looks[0][row["id"]][1], float(row["bound"])), seeds) for row in rows}
    open_rows = [row for row in rows if judged[row["id"]][0] == "not shown"]
    if more and open_rows:
        facts = [off for off in facts if any(row["off"] == off for row in open_rows)]
        second = study_of(facts, seeds=[*range(seeds + 1, seeds + more + 1)], months=months, scale=scale)
        looks.append(_effects(second, facts, out and Path(out) / "more", **how))
        judged |= {row["id"]: (verdict(looks[1][row["id"]][1], float(row["bound"])), more) for row in open_rows}
    cities, cells = first.at(first.points[0]).cities, []
    city, known = cities.names[cities.index(first.city)], outcomes(cities.slugs)
    for row in rows:
        words, _, unit = known[row["outcome"]].display
        level, effect = looks[-1 if row in open_rows else 0][row["id"]]
        shown = f"{effect.mean:+.3g} [{effect.low:+.3g}, {effect.high:+.3g}] {unit}"
        moved = words.format(city=city).replace("focal city", city).replace(", at the scale of the run", "")
        own = f"`{row['study']}`" if row["study"] else ""
        said, number = judged[row["id"]]
        bound = f"{row['bound']}: {row['because']}"
        said += f": {row['note']}" if row["note"] else ""
        cells.append(
            [row["id"], row["what"], f"`{row['off']}`", moved, f"{level:.3g}", shown, str(number), bound, said, own]
        )
    columns = ("level", "effect", "seeds", "bound, and why a smaller effect does not matter", "verdict", "study")
    head = ("id", "fact", "switched off by", "outcome", *columns)
    command = f"microdrama mechanisms --mission --seeds {seeds} --months {months} --scale {scale:g}"
    introduction = (
        f"Each fact of the mission is a mechanism of the model. It is switched off in turn: {seeds} seeds with and "
        f"without it, baseline, {months} months, scale {scale:g}. Effects are means of paired differences with their "
        "95 % intervals in brackets; series, studios, crews and payments are at the real size of the industry. A fact "
        "has a second row where it moves one outcome and does not move another that it might.\n\n"
        "A fact is *negligible* if the whole interval lies within the bound. Otherwise it *acts* if its effect differs "
        "from zero, and is *not shown* if it does not"
        + (f"; rows not shown with the first seeds are judged by {more} other seeds" if more else "")
        + ". By chance alone about one row in twenty would act. Public film bases and state funds are paid from 2024 "
        f"on. Made by `{command}{f' --more {more}' if more else ''}`."
    )
    return "\n".join(["# Does every fact of the mission act?", "", introduction, "", *markdown_table(head, cells), ""])


def _effects(study: Study, facts: list[str], out: str | Path | None, **how: Any) -> dict[str, tuple[float, Contrast]]:
    """Level and effect of being on of every row of these facts."""
    with finished(study, out, mix_code=True, **how) as folder:
        runs = load(folder, frame="pandas")
    known, found = outcomes(study.at(study.points[0]).cities.slugs), {}
    for row in shipped_rows(ROWS):
        if row["off"] not in facts:
            continue
        _, factor, unit = known[row["outcome"]].display
        factor /= study.scale if unit in SIZED or row["outcome"].startswith("flow_") else 1
        points = (0, 1 + facts.index(row["off"]))
        on, off = (runs[runs["point"] == k][row["outcome"]].to_numpy(float) * factor for k in points)
        found[row["id"]] = float(np.mean(on)), paired(on, off)
    return found


def _change(off: str) -> dict[str, Any]:
    """Parameter and value that turn a fact off."""
    name, _, value = off.partition("=")
    return {name: parse_value(value)}
