"""Templates of what a user can give: cities, house prices, policies, scenarios, studies, with what each entry means.

They hold the shipped values, so that a template can be used as it is and changed entry by entry.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from microdrama.model.errors import InputError, meant
from microdrama.model.inputs.cities import NUMBERS, TEXTS, Cities, shipped_cities
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.inputs.policies import INSTRUMENTS, shipped_policies
from microdrama.model.inputs.scenario import KEYS, load_scenario
from microdrama.model.inputs.writing import city_rows, house_path_rows, policy_entry
from microdrama.model.region import LAST_OBSERVED, Region

from ..files import new_file
from ..markdown import shown

type Sheet = tuple[list[str], list[list[str]]]
"""Comments, and rows of which the first is the header."""

STUDY = """# Every point of a design with every seed: microdrama sweep study.toml --out DIR
title = "What does a rebate do when prices fall?"
scenario = "baseline"         # or a file beside this one
months = 96
scale = 0.1
seeds = 20                    # 1 to 20, or a list
panel = false                 # true: keep every city and month too

[parameters]                  # the same in every run; `microdrama parameters` lists them
# migration = false

[[policy]]
name = "offer"                # a name makes it a lever: its size, start and end can be factors
city = "zhengzhou"
instrument = "rebate"
start = "2023-01"
size = 0.1

[design]
sampler = "factorial"         # or one_at_a_time, latin_hypercube, sobol, saltelli, morris, points

[factors]
crisis_strength = [0, 1]
offer.size = [0, 0.1, 0.2]
"""


def cities() -> Sheet:
    """The shipped city table."""
    known = shipped_cities()
    lines = [
        "One row a city. Add, change or delete rows; give the table with --cities, or cities = in a scenario.",
        "Every figure needs a source in 'sources': column=source | column=source, or 'assumption: why'.",
        *(f"{name}: {what} [{unit}], {low:g} to {high:g}" for name, (unit, low, high, what) in NUMBERS.items()),
    ]
    return lines, city_rows(known)


def house_prices() -> Sheet:
    """House prices month by month, as the shipped table has them."""
    path = observed_house_prices(shipped_cities())
    lines = [
        "House price index, 2020-12 = 100, for every city and every month from 2021-01 to your last one.",
        "Give it with house_prices = in a scenario. After the last month the model goes on from there:",
        "constant, or recovering with recovery_half_life_months.",
    ]
    return lines, house_path_rows(shipped_cities(), path)


def observed_house_prices(known: Cities) -> Any:
    """(cities, months) the observed index, to the last month observed."""
    p = load_scenario("baseline").with_values({"crisis_everywhere": 0, "crisis_strength": 1}).parameters
    return np.asarray(Region(known, p).house_prices(LAST_OBSERVED + 1, p))


def policies() -> Sheet:
    """The policies really announced."""
    lines = [
        "Policies in force from the month 'start' to the month 'end' (empty: open).",
        "Cities: a name, or all.",
        "Budgets, in yuan for each city, limit what is paid (empty: the film budget pays). mode: add, or replace.",
        "Give the table with a row 'policies' in a scenario (.csv), or as the sheet 'policies' of one (.xlsx).",
        *(f"{name}: size in {unit}, {low:g} to {high:g}" for name, (unit, low, high) in INSTRUMENTS.items()),
    ]
    entries = [policy_entry(window) for window in shipped_policies()]
    return lines, [[*entries[0]], *([repr(v) if isinstance(v, float) else str(v) for v in e.values()] for e in entries)]


def scenario() -> Sheet:
    """A scenario as a table: keys, and every parameter with an empty value."""
    lines = [
        "Write a value beside what you want to change; empty values keep their default.",
        "Run it with `microdrama run FILE`. Of the columns only 'name' and 'value' are read.",
    ]
    rows = [
        ["name", "value", "default", "unit", "allowed", "meaning"],
        ["title", "My scenario", "", "", "text", "title"],
        ["description", "", "", "", "text", "what it is"],
        ["extends", "baseline", "", "", "a scenario", "what it starts from"],
        ["announced_policies", "", "true", "", "true or false", "false: only the policies given here"],
    ]
    rows += [[name, "", shown(q.default), q.unit, q.allowed, q.meaning] for name, q in PARAMETERS.items()]
    return lines, rows


def scenario_toml() -> str:
    """A scenario in TOML, every parameter in a comment."""
    lines = [
        "# Run it with `microdrama run FILE`. Take away the # before what you want to change.",
        "",
        'title = "My scenario"',
        'extends = "baseline"',
        '# cities = "cities.csv"',
        '# house_prices = "house_prices.csv"',
        "# announced_policies = false",
        "",
        "# [[policy]]",
        '# city = "zhengzhou"              # or "all"',
        f'# instrument = "rebate"  # {", ".join(INSTRUMENTS)}',
        '# start = "2023-01"',
        '# end = "2026-12"',
        "# size = 0.1",
        "# budget_yuan_year = 50000000  # or budget_yuan_total; without one the film budget pays",
        '# mode = "replace"              # silences earlier windows of the instrument and city; else they add up',
        "",
        "[parameters]",
    ]
    for name, q in PARAMETERS.items():
        value = f'"{q.default}"' if isinstance(q.default, str) else shown(q.default)
        lines.append(f"# {name} = {value}  # {q.meaning} [{q.unit}], {q.allowed}")
    return "\n".join(lines) + "\n"


SHEETS: dict[str, Callable[[], Sheet]] = {
    "cities": cities,
    "house_prices": house_prices,
    "policies": policies,
    "scenario": scenario,
}
KINDS = {
    "scenario": (".toml", ".xlsx", ".csv"),
    "cities": (".csv", ".xlsx"),
    "house_prices": (".csv", ".xlsx"),
    "policies": (".csv",),
    "study": (".toml",),
}
"""Templates and how their files may end."""


def write_template(kind: str, path: str | Path) -> None:
    """Write a template; an Excel scenario has policies, cities and house prices on sheets of their own.

    Raises
    ------
    InputError
        If there is no such template or ending, or the file exists.
    """
    path = Path(path)
    if kind not in KINDS:
        raise InputError(f"unknown template '{kind}'{meant(kind, KINDS)} (known: {', '.join(KINDS)})")
    if path.suffix not in KINDS[kind]:
        raise InputError(f"{path}: a template of {kind} ends on {' or '.join(KINDS[kind])}")
    if path.exists():
        raise InputError(f"{path}: already exists; choose another name")
    with new_file(path) as work:
        if path.suffix == ".toml":
            work.write_text(STUDY if kind == "study" else scenario_toml(), encoding="utf-8")
        elif path.suffix == ".csv":
            work.write_text(_csv(*SHEETS[kind]()), encoding="utf-8")
        else:
            names = ("scenario", "policies", "cities", "house_prices") if kind == "scenario" else (kind,)
            _workbook(work, {name: SHEETS[name]() for name in names})


def _csv(comments: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    text.writelines(f"# {line}\n" for line in comments)
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _workbook(path: Path, sheets: dict[str, Sheet]) -> None:
    from .writers import close_book, need

    need("xlsxwriter", "Excel files")
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    bold, grey = book.add_format({"bold": True, "bottom": 1}), book.add_format({"font_color": "#666666"})
    for name, (comments, rows) in sheets.items():
        sheet = book.add_worksheet(name)
        if name == "scenario":
            rows = [[*row] for row in rows]
            if "policies" in sheets:
                next(row for row in rows if row[0] == "announced_policies")[1] = "false"
        for number, line in enumerate(comments):
            sheet.write_string(number, 0, f"# {line}", grey)
        top = len(comments)
        sheet.write_row(top, 0, rows[0], bold)
        for number, row in enumerate(rows[1:], top + 1):
            for column, cell in enumerate(row):
                texts = rows[0][column] in (*TEXTS, "month", "start", "end", *KEYS) or name == "scenario"
                if cell and not texts and _is_number(cell):
                    sheet.write_number(number, column, float(cell))
                elif cell:
                    sheet.write_string(number, column, cell)
        sheet.freeze_panes(top + 1, 1)
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, len(rows[0]) - 1, 16)
    close_book(book)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
