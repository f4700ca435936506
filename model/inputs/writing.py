"""Inputs written down: a scenario with all it refers to, as files that give the same scenario when read again."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..calendar import month_name
from .cities import NUMBERS, TEXTS, Cities, shipped_cities
from .policies import BUDGETS, CAPS, Window
from .scenario import Scenario
from .zones import COLUMNS as COLUMNS_OF_ZONE
from .zones import Zone, shipped_zones


def write_scenario(scenario: Scenario, folder: Path, stem: str = "scenario") -> str:
    """Write ``STEM.toml`` with every parameter and policy, and the city table beside it if it is not the shipped one.

    Read again it gives the same fingerprint.

    Returns
    -------
    str
        Name of the file.
    """
    beside = "" if stem == "scenario" else f"{stem}-"
    data: dict[str, Any] = {"title": scenario.title, "description": scenario.description}
    if _differ(scenario.cities, shipped_cities()):
        data["cities"] = f"{beside}cities.csv"
        write_cities(scenario.cities, folder / data["cities"])
    if scenario.cities.house_path is not None:
        data["house_prices"] = f"{beside}house_prices.csv"
        write_house_path(scenario.cities, folder / data["house_prices"])
    if scenario.zones != tuple(zone for zone in shipped_zones() if zone.city in scenario.cities.slugs):
        data["zones"] = f"{beside}zones.csv"
        _write_csv(folder / data["zones"], *zone_rows(scenario.zones))
    data["announced_policies"] = False  # those that hold are listed
    data["parameters"] = scenario.parameters.to_dict()
    data["policy"] = [
        {key: value for key, value in policy_entry(window).items() if value != ""} for window in scenario.policies
    ]
    (folder / f"{stem}.toml").write_text(toml(data), encoding="utf-8")
    return f"{stem}.toml"


def policy_entry(window: Window) -> dict[str, Any]:
    """A policy as a scenario file has it."""
    return {
        "city": window.city,
        "zone": window.zone,
        "instrument": window.instrument,
        "start": month_name(window.start),
        "end": month_name(window.end - 1) if window.end >= 0 else "",
        "size": window.size,
        "ramp_months": window.ramp_months,
        "source": window.source,
        **{key: "" if (budget := getattr(window, key)) is None else budget for key in (*BUDGETS, *CAPS)},
        "mode": window.mode,
    }


def _differ(one: Cities, other: Cities) -> bool:
    return one.texts != other.texts or any(
        one.numbers[name].tobytes() != other.numbers[name].tobytes() for name in other.numbers
    )


def write_cities(cities: Cities, path: Path) -> None:
    """Write a city table as one gives it with ``--cities``; every figure to its last digit."""
    head, *rows = city_rows(cities)
    _write_csv(path, head, rows)


def city_rows(cities: Cities) -> list[list[str]]:
    """Header and rows of a city table."""
    names = [*TEXTS[:-1], *cities.numbers, TEXTS[-1]]
    return [names] + [
        [cities.texts[n][row] if n in TEXTS else _cell(float(cities.numbers[n][row])) for n in names]
        for row in range(len(cities))
    ]


def cities_table(cities: Cities) -> tuple[dict[str, Any], dict[str, tuple[str, str]]]:
    """The city table with units and meanings, for exports."""
    meanings = {
        "city": "short name",
        "name": "name",
        "name_zh": "name in Chinese",
        "sources": "where figures are from",
        "house_peak_month": "month in which house prices peaked",
    }
    said = {name: ("YYYY-MM" if name == "house_peak_month" else "", meaning) for name, meaning in meanings.items()}
    said |= {name: (unit, meaning) for name, (unit, _, _, meaning) in NUMBERS.items()}
    return {name: cities.texts[name] for name in TEXTS} | dict(cities.numbers), said


def zone_rows(zones: Iterable[Zone]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a table of zones."""
    rows = [[_said(zone.entry.get(name, "")) for name in COLUMNS_OF_ZONE] for zone in zones]
    return list(COLUMNS_OF_ZONE), rows


def _said(value: Any) -> str:
    return _cell(value) if isinstance(value, float) else str(value)


def house_path_rows(cities: Cities, path: Any) -> list[list[str]]:
    """Header and rows of a table of house prices, from a (cities, months) index."""
    return [["month", "city", "house_index"]] + [
        [month_name(m), slug, repr(float(path[j, m]))]
        for m in range(path.shape[1])
        for j, slug in enumerate(cities.slugs)
    ]


def write_house_path(cities: Cities, path: Path) -> None:
    """Write the house prices of cities that have a path of their own, as ``house_prices`` of a scenario names them."""
    if cities.house_path is not None:
        head, *rows = house_path_rows(cities, cities.house_path)
        _write_csv(path, head, rows)


def _write_csv(path: Path, head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows([" ".join(cell.splitlines()) for cell in row] for row in rows)  # an entry stays on its line


def _cell(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.0f}" if value == round(value) else repr(value)


def toml(data: Mapping[str, Any]) -> str:
    """A TOML file: values first, then tables, then lists of tables; numbers to their last digit.

    >>> print(toml({"a": {"b c": 1}, "d": [True], "e": [{"f": "g"}]}), end="")
    d = [true]
    <BLANKLINE>
    [a]
    "b c" = 1
    <BLANKLINE>
    [[e]]
    f = "g"
    """
    tables = {key: [value] for key, value in data.items() if isinstance(value, Mapping)}
    lists = {
        k: v for k, v in data.items() if isinstance(v, list | tuple) and v and all(isinstance(e, Mapping) for e in v)
    }
    lines = [f"{toml_key(k)} = {toml_value(v)}" for k, v in data.items() if k not in tables and k not in lists]
    headings = [(f"[{toml_key(k)}]", v) for k, v in tables.items()] + [
        (f"[[{toml_key(k)}]]", v) for k, v in lists.items()
    ]
    for heading, entries in headings:
        for entry in entries:
            lines += ["", heading, *(f"{toml_key(k)} = {toml_value(v)}" for k, v in entry.items())]
    return "\n".join(lines).lstrip("\n") + "\n"


def toml_value(value: Any) -> str:
    """A value as TOML writes it; numbers to their last digit."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml_key(k)} = {toml_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return _quoted(value) if isinstance(value, str) else repr(value)


def toml_key(name: str) -> str:
    """A key as TOML writes it."""
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else _quoted(name)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")  # which JSON leaves and TOML forbids
