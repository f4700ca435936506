"""What was asked for, as files that stand alone: a scenario or a study with all it refers to, to be run again."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microdrama.model.calendar import month_name
from microdrama.model.inputs.cities import NUMBERS, TEXTS, Cities, shipped_cities
from microdrama.model.inputs.scenario import Scenario, shipped_scenarios

from ..files import Columns

if TYPE_CHECKING:
    from .study import Study


def write_scenario(scenario: Scenario, folder: Path, stem: str = "scenario") -> str:
    """Write ``STEM.toml`` with every parameter and policy, and the city table beside it if it is not the shipped one.

    Read again it gives the same fingerprint.

    Returns
    -------
    str
        Name of the file.
    """
    beside = "" if stem == "scenario" else f"{stem}-"
    lines = [f"title = {_toml(scenario.title)}", f"description = {_toml(scenario.description)}"]
    own = scenario.cities
    if _differ(own, shipped_cities()):
        lines.append(f"cities = {_toml(f'{beside}cities.csv')}")
        write_cities(own, folder / f"{beside}cities.csv")
    if own.house_path is not None:
        lines.append(f"house_prices = {_toml(f'{beside}house_prices.csv')}")
        write_house_path(own, folder / f"{beside}house_prices.csv")
    lines += ["announced_policies = false  # those that hold are listed below", "", "[parameters]"]
    lines += [f"{name} = {_toml(value)}" for name, value in scenario.parameters.to_dict().items()]
    for window in scenario.policies:
        entry = {
            "city": window.city,
            "instrument": window.instrument,
            "start": month_name(window.start),
            "end": month_name(window.end - 1) if window.end >= 0 else "",
            "ramp_months": window.ramp_months,
            "size": window.size,
            "source": window.source,
        }
        lines += ["", "[[policy]]", *(f"{key} = {_toml(value)}" for key, value in entry.items() if value != "")]
    (folder / f"{stem}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"{stem}.toml"


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


def cities_table(cities: Cities) -> tuple[dict[str, Any], Columns]:
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
    return {name: cities.texts[name] for name in TEXTS} | cities.numbers, said


def write_house_path(cities: Cities, path: Path) -> None:
    """Write the house prices of cities that have a path of their own, as ``house_prices`` of a scenario names them."""
    if cities.house_path is not None:
        rows = [
            [month_name(m), slug, repr(float(cities.house_path[j, m]))]
            for j, slug in enumerate(cities.slugs)
            for m in range(cities.house_path.shape[1])
        ]
        _write_csv(path, ["month", "city", "house_index"], rows)


def _write_csv(path: Path, head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def _cell(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.0f}" if value == round(value) else repr(value)


def write_study(study: Study, folder: Path) -> str:
    """Write ``study.toml``, and every scenario it names that is not shipped, in full, beside it.

    Returns
    -------
    str
        Name of the file.
    """
    names = {str(point.get("scenario", study.base)) for point in study.points} | {study.base}
    own: dict[str, str] = {}
    for name in sorted(names - {*shipped_scenarios()}):
        stem, number = Path(name).stem, 2
        while f"{stem}.toml" in {*own.values(), "study.toml"}:
            stem, number = f"{Path(name).stem}{number}", number + 1
        own[name] = write_scenario(study.scenario(name), folder, stem)

    def moved(point: Mapping[str, Any]) -> dict[str, Any]:
        return {key: own.get(str(value), value) if key == "scenario" else value for key, value in point.items()}

    top = {
        "title": study.title,
        "scenario": own.get(study.base, study.base),
        "seeds": list(study.seeds),
        "city": study.city,
        "outputs": list(study.outputs),
        "panel": study.panel,
        "share_past": study.share_past,
        "announced_policies": study.announced,
    }
    lines = [f"{key} = {_toml(value)}" for key, value in top.items()]
    parts: dict[str, dict[str, Any]] = {"parameters": study.values, "design": {"sampler": study.sampler}}
    if study.rows:
        parts["design"] = {"sampler": "points", "points": [moved(point) for point in study.rows]}
    else:
        if study.size:
            parts["design"] |= {"size": study.size, "seed": study.design_seed}
        parts["factors"] = {
            f.name: [own.get(str(v), v) if f.name == "scenario" else v for v in f.values]
            or {"low": f.low, "high": f.high, "log": f.log}
            for f in study.factors
        }
    parts["groups"] = study.groups
    if study.ensemble:
        parts["ensemble"] = {"source": study.ensemble.source, "size": len(study.ensemble.members)}
    if study.stop:
        parts["stop"] = study.stop._asdict()
    if study.register:
        parts["register"] = {key: value for key, value in study.register._asdict().items() if value}
    for name, part in parts.items():
        if part:
            lines += ["", f"[{name}]", *(f"{_key(key)} = {_toml(value)}" for key, value in part.items())]
    for policy in study.policies:
        lines += ["", "[[policy]]", *(f"{key} = {_toml(value)}" for key, value in policy.items())]
    (folder / "study.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return "study.toml"


def _toml(value: Any) -> str:
    """A value as TOML writes it; numbers to their last digit."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else json.dumps(name)
