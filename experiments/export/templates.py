"""Templates of what a user can give: cities, house prices, policies, scenarios, studies, with what each entry means.

They hold the shipped values, so that a template can be used as it is and changed entry by entry.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from microdrama.model.errors import InputError, unknown
from microdrama.model.inputs.cities import NUMBERS, SOURCE_OF, TEXTS, Cities, shipped_cities
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.inputs.policies import FOR_FIRMS, INSTRUMENTS, shipped_policies
from microdrama.model.inputs.scenario import KEYS, load_scenario
from microdrama.model.inputs.writing import city_rows, house_path_rows, policy_entry, toml_value, zone_rows
from microdrama.model.inputs.zones import KINDS as KINDS_OF_ZONE
from microdrama.model.inputs.zones import NUMBERS as ZONE_NUMBERS
from microdrama.model.inputs.zones import shipped_zones
from microdrama.model.region import LAST_OBSERVED, Region

from ..files import check_new_file, new_file, shipped_text
from ..markdown import shown

type Sheet = tuple[list[str], list[list[str]]]
"""Comments, and rows of which the first is the header."""


def cities() -> Sheet:
    """The shipped city table."""
    known = shipped_cities()
    lines = [
        "One row a city. Add, change or delete rows; give the table with --cities, or cities = in a scenario.",
        "Every figure needs a source in 'sources': column=source | column=source, or 'assumption: why'.",
        *(f"{name}: {what} [{unit}], {low:g} to {high:g}" for name, (unit, low, high, what) in NUMBERS.items()),
    ]
    return lines, city_rows(known)


def cities_by_source() -> Sheet:
    """The same with the source of each figure in a cell of its own, in a column beside that of the figure."""
    lines, (head, *rows) = cities()
    lines[1] = f"Every figure needs a source in the column '{SOURCE_OF}...' beside it, or 'assumption: why'."
    sourced = [name for name in head if name in NUMBERS or name == "house_peak_month"]
    new = [[name, f"{SOURCE_OF}{name}"] if name in sourced else [name] for name in head if name != "sources"]
    found = [[name for names in new for name in names]]
    for row in rows:
        cells = dict(zip(head, row))
        entries = (entry.partition("=") for entry in cells["sources"].split("|"))
        cells |= {f"{SOURCE_OF}{name.strip()}": source.strip() for name, _, source in entries}
        found.append([cells.get(name, "") for name in found[0]])
    return lines, found


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
        f"zone: for studios of a part of the city only; cap_yuan_firm_year: most for each ({', '.join(FOR_FIRMS)}).",
        "Give the table with a row 'policies' in a scenario (.csv), or as the sheet 'policies' of one (.xlsx).",
        *(f"{name}: size in {unit}, {low:g} to {high:g}" for name, (unit, low, high) in INSTRUMENTS.items()),
    ]
    entries = [policy_entry(window) for window in shipped_policies()]
    return lines, [[*entries[0]], *([repr(v) if isinstance(v, float) else str(v) for v in e.values()] for e in entries)]


def zones() -> Sheet:
    """The shipped zones."""
    lines = [
        "One row a zone: a disc in a city, in km from the city's centre. Its short name is what policies call it.",
        f"Kinds: {', '.join(KINDS_OF_ZONE)}. Give the table with zones = in a scenario.",
        *(f"{name}: {what} [{unit}], {low:g} to {high:g}" for name, (unit, low, high, what) in ZONE_NUMBERS.items()),
    ]
    head, rows = zone_rows(shipped_zones())
    return lines, [head, *rows]


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
        f"# {name} = {toml_value(q.default) if isinstance(q.default, str) else shown(q.default)}  "
        f"# {q.meaning} [{q.unit}], {q.allowed}"
        for name, q in PARAMETERS.items()
    ]
    template = Template(shipped_text("export/scenario.toml"))
    return template.substitute(instruments=", ".join(INSTRUMENTS), parameters="\n".join(lines))


SHEETS: dict[str, Callable[[], Sheet]] = {
    "cities": cities,
    "house_prices": house_prices,
    "policies": policies,
    "zones": zones,
    "scenario": scenario,
}
KINDS = {
    "scenario": (".toml", ".xlsx", ".csv"),
    "cities": (".csv", ".xlsx"),
    "house_prices": (".csv", ".xlsx"),
    "policies": (".csv",),
    "zones": (".csv", ".xlsx"),
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
        raise InputError(unknown("template", kind, KINDS))
    if path.suffix not in KINDS[kind]:
        raise InputError(f"{path}: a template of {kind} ends on {' or '.join(KINDS[kind])}")
    check_new_file(path)
    with new_file(path) as work:
        if path.suffix == ".toml":
            work.write_text(shipped_text("export/study.toml") if kind == "study" else scenario_toml(), encoding="utf-8")
        elif path.suffix == ".csv":
            work.write_text(_csv(*SHEETS[kind]()), encoding="utf-8")
        else:
            names = ("scenario", "policies", "cities", "house_prices", "zones") if kind == "scenario" else (kind,)
            sheets = SHEETS | {"cities": cities_by_source}
            _workbook(work, {name: sheets[name]() for name in names})


def _csv(comments: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    text.writelines(f"# {line}\n" for line in comments)
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _workbook(path: Path, sheets: dict[str, Sheet]) -> None:
    from .writers import close_book, new_book

    book = new_book(path, strings_to_numbers=True)
    bold, grey = book.add_format({"bold": True, "bottom": 1}), book.add_format({"font_color": "#666666"})
    texts = {*TEXTS, "month", "start", "end", *KEYS}
    for name, (comments, (head, *rows)) in sheets.items():
        sheet = book.add_worksheet(name)
        if name == "scenario" and "policies" in sheets:
            rows = [[row[0], "false", *row[2:]] if row[0] == "announced_policies" else row for row in rows]
        for number, line in enumerate(comments):
            sheet.write_string(number, 0, f"# {line}", grey)
        sheet.write_row(len(comments), 0, head, bold)
        for number, row in enumerate(rows, len(comments) + 1):
            for column, cell in enumerate(row):
                as_text = name == "scenario" or head[column] in texts or head[column].startswith(SOURCE_OF)
                write = sheet.write_string if as_text else sheet.write
                if cell:
                    write(number, column, cell)
        sheet.freeze_panes(len(comments) + 1, 1)
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, len(head) - 1, 16)
    close_book(book)
