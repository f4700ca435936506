"""Vital signs of a run: what the model says of the trade, year by year and city by city, beside what is on record.

A row holds a quantity in a period with its mean over seeds; where there is evidence, its interval and whether the mean
is inside. Rows outside are listed on a page, each with the mechanism that makes it, see ``evidence/explanations.csv``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, Unpack

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import FIRST_YEAR
from microdrama.model.errors import InputError
from microdrama.model.inputs.scenario import Scenario, load_scenario
from microdrama.model.inputs.writing import write_scenario

from ..design.study_file import load_study
from ..figures import COLOURS, new_figure, save, tidy, wrapped
from ..files import new_file, shipped_rows, write_csv, write_parquet
from ..markdown import table
from ..outcomes.patterns import DATES, NEVER, Pattern, read_patterns
from ..outcomes.quantities import QUANTITIES, quantities
from .evaluate import How, values_of

HEADINGS = {
    "Property": ("rent_yuan_m2_month", "vacancy_rate", "mall_vacancy"),
    "Sets": ("set_day_yuan", "set_use", "crews_at_work", "base_crews", "venue_day_yuan", "venue_share"),
    "Cost of a series": (
        *("budget_yuan", "low_budget_share", "middle_budget_share", "high_budget_share", "days_per_series"),
    ),
    "Pay": (
        *("extra_yuan_day", "crew_yuan_day", "actor_yuan_day", "lead_yuan_day"),
        *("pay_spread", "worker_income_yuan_month", "days_per_worker"),
    ),
    "People": ("workers", "employment_rate", "paid_days"),
    "Studios": (
        *("firms", "entry_rate", "exit_rate", "exit_age_months", "survival_12", "survival_24", "abandoned_share"),
    ),
    "Returns": (
        *("recovered_share", "recovered_share_paid", "profit_share", "own_margin", "commission_margin"),
        *("private_fund_multiple", "state_fund_multiple"),
    ),
    "Size of studios": (
        *("top_producers_share", "top_producers", "top_firms_share"),
        *("firms_above_1m", "firms_above_3m", "large_firms", "firms_above_50m"),
    ),
    "Output": ("series_started", "series_shot", "series_released"),
    "Cities": ("film_grant_yuan", "film_spent_yuan", "announced_paid_share", "claimed_paid_share", "city_debt_yuan"),
}
"""What is reported, under its heading."""
NATIONAL = ("private_fund_multiple", "top_producers_share")
"""Quantities that no single city has."""
ON_PAGE = ("all", "zhengzhou")
"""Cities whose years the page shows; the tables have every city."""
DRAWN = (
    *(("rent_yuan_m2_month", "zhengzhou"), ("mall_vacancy", "zhengzhou"), ("set_day_yuan", "zhengzhou")),
    *(("budget_yuan", "all"), ("worker_income_yuan_month", "zhengzhou"), ("workers", "zhengzhou")),
    *(("exit_rate", "all"), ("abandoned_share", "all"), ("recovered_share_paid", "all")),
)
"""Panels of the figure."""
COLUMNS = {
    "row": ("", "name of the row"),
    "heading": ("", "what it belongs to"),
    "quantity": ("", "quantity, as `microdrama validate --quantities` lists it"),
    "kind": ("", "what is said of it: its level, its growth, ..."),
    "city": ("", "city, or all in the table"),
    "period": ("", "period"),
    "unit": ("", "unit of the numbers; months of dates count from January 2021, which is 0"),
    "model": ("as unit", "mean over seeds; of dates the median"),
    "model_least": ("as unit", "least of the seeds"),
    "model_most": ("as unit", "most of the seeds"),
    "low": ("as unit", "evidence or bound: lower end"),
    "high": ("as unit", "evidence or bound: upper end"),
    "central": ("as unit", "evidence: most likely value"),
    "basis": ("", "evidence; bound: set by the project itself; none"),
    "verdict": ("", "inside, outside, or no evidence"),
    "sources": ("", "ids of the facts"),
    "note": ("", "why the interval is as it is"),
    "explanation": ("", "what makes the model lie outside"),
}
"""Columns of the table: unit and meaning."""


class Vital(NamedTuple):
    """A row: a pattern, and what the seeds say of it."""

    pattern: Pattern
    period: str
    values: Array
    """(seeds,)"""

    @property
    def model(self) -> float:
        """Mean over seeds, of dates the median."""
        known = self.values[~np.isnan(self.values)]
        middle = np.median if self.pattern.kind in DATES else np.mean
        return float(middle(known)) if len(known) else float("nan")

    @property
    def basis(self) -> str:
        if (self.pattern.low, self.pattern.high) == (-NEVER, NEVER):
            return "none"
        return "bound" if self.pattern.use == "bound" else "evidence"

    @property
    def verdict(self) -> str:
        if self.basis == "none":
            return "no evidence"
        return "inside" if self.pattern.inside(self.model) else "outside"

    @property
    def heading(self) -> str:
        return next((name for name, members in HEADINGS.items() if self.pattern.names[0] in members), "Others")

    @property
    def words(self) -> str:
        """The model in words: mean, and in brackets the least and most of the seeds."""
        low, high = (self.pattern.shown(float(end(self.values))) for end in (np.nanmin, np.nanmax))
        mean = self.pattern.shown(self.model)
        return mean if low == high == mean else f"{mean} ({low} to {high})"


class Vitals(NamedTuple):
    """Rows with evidence or a bound, in the order of their table, and the years of every quantity and city."""

    held: list[Vital]
    years: list[Vital]
    left_out: int
    """Rows about months after the end of the runs."""
    run: str
    """What was run, in words."""

    @property
    def red(self) -> list[Vital]:
        """Rows outside."""
        return [row for row in self.held if row.verdict == "outside"]


def evidence_path() -> Path:
    """The table of evidence that is shipped."""
    return Path(str(files("microdrama.experiments").joinpath("evidence", "vitals.csv")))


def explanations() -> dict[str, str]:
    """What makes the model lie outside at the defaults, by row."""
    return {row["row"]: row["explanation"] for row in shipped_rows("evidence/explanations.csv")}


def vitals(
    scenario: Scenario | str = "baseline",
    out: str | Path = "results/vitals",
    *,
    evidence: str | Path = "",
    seeds: int = 4,
    **how: Unpack[How],
) -> Vitals:
    """Run a scenario and hold it against a table of evidence.

    Parameters
    ----------
    evidence : path
        A table of patterns (:mod:`microdrama.experiments.outcomes.patterns`); the shipped one if left out. Rows about
        months after the end of the runs are left out.
    out : path
        Folder of runs: completed ones are not repeated.

    Raises
    ------
    InputError
        If the table or the folder cannot be used, or too many runs failed.
    """
    world = load_scenario(scenario) if isinstance(scenario, str) else scenario
    p, slugs = world.parameters, world.cities.slugs
    known = read_patterns(evidence or evidence_path(), slugs)
    if seeds < 1 or p.months < 12:
        raise InputError(f"{seeds} seeds, {p.months} months: at least 1 seed and 12 months are needed")
    held = [pattern for pattern in known if _ends(pattern) < p.months]
    if not held:
        raise InputError(f"{evidence or 'evidence'}: no row is about the {p.months} months that are run")
    grid = list(_years(slugs, p.months))
    folder = Path(out)
    with_scenario = folder / "scenario"
    with_scenario.mkdir(parents=True, exist_ok=True)
    file = write_scenario(world, with_scenario, world.name)
    keys = {"title": "vitals", "scenario": file, "seeds": seeds, "months": p.months, "scale": p.scale}
    study = load_study(keys | {"panel": QUANTITIES}, folder=with_scenario)
    values = values_of(study, [*held, *grid], folder, how)[0].T
    rows = [Vital(pattern, pattern.when, mine) for pattern, mine in zip([*held, *grid], values, strict=True)]
    said = f"{world.title}: {p.months} months, scale {p.scale:g}, {seeds} seed{'s' * (seeds > 1)}"
    return Vitals(rows[: len(held)], rows[len(held) :], len(known) - len(held), said)


def _ends(pattern: Pattern) -> int:
    return max([period[1] for period in (pattern.period, pattern.against_period) if period], default=-1)


def _years(slugs: Sequence[str], months: int) -> Iterator[Pattern]:
    """Every quantity of every city in every whole year."""
    for quantity in (name for names in HEADINGS.values() for name in names):
        for city in ("all", *(slugs if quantity not in NATIONAL else ())):
            for year in range(months // 12):
                name = f"{quantity} {city} {FIRST_YEAR + year}"
                yield Pattern(name, "level", quantity, city, (12 * year, 12 * year + 11))


def rows_of(found: Vitals, why: Mapping[str, str]) -> list[dict[str, Any]]:
    """All rows as a flat table, see :data:`COLUMNS`."""
    rows = []
    for row in (*found.held, *found.years):
        pattern, known = row.pattern, row.values[~np.isnan(row.values)]
        ends = (float(known.min()), float(known.max())) if len(known) else (float("nan"), float("nan"))
        central = pattern.central if pattern.central is not None else math.nan
        numbers = (row.model, *ends, pattern.low, pattern.high, central)
        bounded = (value if abs(value) != NEVER else math.nan for value in numbers)
        about = (pattern.name, row.heading, pattern.quantity, pattern.kind, pattern.city, row.period, pattern.unit)
        red = why.get(pattern.name, "") if row.verdict == "outside" else ""
        cells = (*about, *bounded, row.basis, row.verdict, pattern.sources, pattern.reason, red)
        rows.append(dict(zip(COLUMNS, cells, strict=True)))
    return rows


def write(found: Vitals, out: str | Path, page: str | Path = "") -> Path:
    """Write tables, figure and page; the page's figure stands beside it."""
    folder, why = Path(out), explanations()
    rows = rows_of(found, why)
    write_csv(folder / "vitals.csv", rows)
    write_parquet(folder / "vitals.parquet", {name: np.array([row[name] for row in rows]) for name in COLUMNS}, COLUMNS)
    file = Path(page or folder / "vitals.md")
    picture = file.parent / ("_static/vitals.png" if (file.parent / "_static").is_dir() else "vitals.png")
    draw(found, picture)
    with new_file(file) as work:
        work.write_text(as_page(found, why, picture.relative_to(file.parent).as_posix()), encoding="utf-8")
    return file


def tally(rows: Sequence[Vital]) -> dict[str, str]:
    """How many of the rows with evidence or a bound are inside, by heading."""
    count = Counter((row.heading, row.verdict) for row in rows)
    said = {}
    for heading in dict.fromkeys(row.heading for row in rows):
        inside, outside = count[heading, "inside"], count[heading, "outside"]
        said[heading] = f"{inside} of {inside + outside}"
    return said


def text(found: Vitals) -> str:
    """Rows outside and a summary, to read on a screen."""
    why, width = explanations(), max((len(row.pattern.name) for row in found.held), default=0)
    lines = [f"{'outside':{width}} {'observed':>20}  model", ""]
    for row in found.red:
        mark = {"bound": " (own bound)"}.get(row.basis, "")
        unexplained = "" if row.pattern.name in why else "  not explained"
        lines.append(f"{row.pattern.name:{width}} {row.pattern.observed:>20}  {row.words}{mark}{unexplained}")
    inside = len(found.held) - len(found.red)
    lines += ["", ", ".join(f"{heading.lower()} {words}" for heading, words in tally(found.held).items())]
    lines.append(f"inside: {inside} of {len(found.held)} rows; {found.run}")
    if found.left_out:
        lines.append(f"left out, about months after the end of the runs: {found.left_out}")
    return "\n".join(lines)


def as_page(found: Vitals, why: Mapping[str, str], picture: str) -> str:
    """The page of the documentation."""
    inside = len(found.held) - len(found.red)
    lines = [
        "# Vital signs",
        "",
        f"What the model says about the trade, next to the record. Made by `make vitals`: {found.run}. Numbers in "
        "brackets are the lowest and highest seed. `experiments/evidence/vitals.csv` gives the reason for every "
        "interval; ids such as F072 are rows of `experiments/evidence/sources.csv` and "
        "`model/inputs/evidence/sources.csv`. Nothing is fitted to this table, and no parameter was changed because "
        "of it. *Own bound* marks a number that the project wants to reach, which is no evidence. Two such numbers "
        "need runs of their own (demand five times as large; idle buildings without the crisis) and are checked in "
        "[the verification](verification.md).",
        "",
        f"**{inside} of {len(found.held)} rows are inside.** "
        + "; ".join(f"{heading} {words}" for heading, words in tally(found.held).items())
        + ".",
        "",
        f"![Model and evidence by year]({picture})",
        "",
        "Bands: lowest to highest seed. Bars: the interval on record, grey where it is the project's own bound.",
        "",
        "## Rows outside",
        "",
        "The last column names the mechanism of the model that makes the difference.",
        "",
    ]
    lines += table(
        ("row", "observed", "model", "what makes it"),
        [
            (
                row.pattern.name,
                row.pattern.observed + (" (own bound)" if row.basis == "bound" else ""),
                row.words,
                why.get(row.pattern.name, "**not explained**"),
            )
            for row in found.red
        ],
    )
    for heading, members in HEADINGS.items():
        held = [row for row in found.held if row.heading == heading]
        lines += ["", f"## {heading}", ""]
        lines += table(
            ("row", "observed", "model", "verdict", "sources", "interval"),
            [
                (
                    row.pattern.name,
                    row.pattern.observed,
                    row.words,
                    f"**{row.verdict}**" if row.verdict == "outside" else row.verdict,
                    row.pattern.sources or "own bound",
                    row.pattern.reason,
                )
                for row in held
            ],
        )
        lines += ["", *_by_year(found, members)]
    return "\n".join(lines).rstrip() + "\n"


def _by_year(found: Vitals, members: Sequence[str]) -> list[str]:
    """The model's means by year, of the cities shown."""
    shown: dict[tuple[str, str], list[str]] = {}
    years: list[str] = []
    for row in found.years:
        quantity, city = row.pattern.quantity, row.pattern.city
        if quantity in members and (city in ON_PAGE or (city == "all" and quantity in NATIONAL)):
            value = "–" if row.model != row.model else row.pattern.shown(row.model)
            shown.setdefault((quantity, city), []).append(value)
            years = list(dict.fromkeys([*years, row.period]))
    known = quantities()
    rows = [
        (f"{known[name].meaning} (`{name}`)", "all" if city == "all" else city, known[name].unit, *cells)
        for (name, city), cells in shown.items()
    ]
    return table(("model by year", "city", "unit", *years), rows)


def draw(found: Vitals, path: Path) -> None:
    """Small multiples: the model's band by year, and bars of evidence."""
    figure = new_figure(10, 7.5)
    for axes, (quantity, city) in zip(figure.subplots(3, 3).ravel(), DRAWN, strict=True):
        mine = [row for row in found.years if (row.pattern.quantity, row.pattern.city) == (quantity, city)]
        at = [float(row.period) + 0.5 for row in mine]
        axes.plot(at, [row.model for row in mine], color=COLOURS[0])
        ends = [[float(end(row.values)) for row in mine] for end in (np.min, np.max)]
        axes.fill_between(at, *ends, color=COLOURS[0], alpha=0.25, linewidth=0)
        for row in found.held:
            p = row.pattern
            if (p.quantity, p.city, p.kind) == (quantity, city, "level") and p.period and row.basis != "none":
                middle = FIRST_YEAR + (sum(p.period) + 1) / 24
                low, high = max(p.low, 0.0), p.high if p.high != NEVER else 1.5 * p.low
                axes.plot([middle, middle], [low, high], color=COLOURS[5 if row.basis == "bound" else 6], linewidth=3)
        axes.set_xticks(at, [row.period for row in mine])
        axes.set_xlim(min(at) - 0.5, max(at) + 0.5)
        axes.set_ylim(bottom=0)
        place = "cities in the table" if city == "all" else city.capitalize()
        known = quantities()[quantity]
        tidy(axes, title=wrapped(f"{known.meaning}, {place}", 32), y=known.unit)
    save(figure, path)
