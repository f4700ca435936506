"""Scenarios: a TOML file of parameters, policy windows and, if wanted, another city table.

::

    title = "Rent subsidy in Zhengzhou"
    description = "Half of the rent from 2023 on."
    extends = "baseline"            # a shipped scenario or another file
    cities = "my_cities.csv"        # or .xlsx; relative to this file; default: the eight shipped cities
    house_prices = "my_prices.csv"  # or .xlsx: month, city, house_index; default: from the city table
    zones = "my_zones.csv"          # or .xlsx: parts of cities, instead of the shipped ones
    announced_policies = false      # leave out the policies really announced
    swap = { cities = ["zhengzhou", "xian"], blocks = ["property", "wages"] }  # exchange inputs; all if no blocks
    shift_months = { zhengzhou = 24 }  # announced policies of a city come later (negative: earlier)

    [parameters]
    crisis_strength = 0.5

    [[zone]]                        # one more part of a city
    city = "zhengzhou"
    zone = "mypark"                 # what policies call it
    dx_km = 6                       # its centre, km east and north of the city's
    dy_km = -4
    radius_km = 3

    [[policy]]
    city = "zhengzhou"              # or "all"
    instrument = "rent_subsidy"
    start = "2023-01"
    end = "2026-12"                 # last month in force; open if left out
    size = 0.5
    budget_yuan_year = 50000000     # most that is paid a year, or budget_yuan_total in all; else the film budget pays
    zone = "mypark"                 # only for studios there (rent_subsidy, park_services, housing, state_fund), or
                                    # only space and bases there (state_space, public_studio)
    cap_yuan_firm_year = 300000     # most that one of them gets in a year
    mode = "replace"                # silences earlier windows of the instrument and city; default "add": they add up
"""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..errors import InputError, meant, unknown
from .cities import BLOCKS, Cities, read_cities, shipped_cities, with_house_paths
from .files import parse_toml, read_text
from .parameters import REPLACED, Parameters, make_parameters
from .policies import Window, contradictions, make_window, overlap_notes, shipped_policies
from .scenario_table import TABLES, read_scenario_table
from .zones import Zone, given_twice, make_zone, read_zones, shipped_zones, zone_problems

KEYS = {
    "title": str,
    "description": str,
    "extends": str,
    "cities": str,
    "house_prices": str,
    "zones": str,
    "announced_policies": bool,
    "swap": dict,
    "shift_months": dict,
    "parameters": dict,
    "policy": list,
    "zone": list,
}
"""Keys of a scenario file and their types."""


@dataclass(eq=False)
class Scenario:
    """All that defines a run but its seed."""

    name: str
    title: str
    description: str
    parameters: Parameters
    cities: Cities
    policies: tuple[Window, ...]
    zones: tuple[Zone, ...] = ()
    rng: int | None = None
    ignored: tuple[str, ...] = ()
    model: Any = dataclasses.field(default=None, repr=False)

    def __bool__(self) -> bool:
        """False once an economy holds it: else Mesa's page, on reset, would replace it by an empty one of Mesa's."""
        return self.model is None

    @property
    def notes(self) -> list[str]:
        """Notes for the reader, on parameters that no longer act and windows that overlap in a city."""
        acting = self.parameters.policy and self.parameters.policy_scale > 0
        return [*self.ignored, *(overlap_notes(self.policies) if acting else [])]

    def with_values(self, values: Mapping[str, object], *, rng: int | None = None, where: str = "") -> Scenario:
        """A copy with other parameter values."""
        other = copy.copy(self)
        other.parameters = make_parameters(values, where=where, base=self.parameters)
        other.rng, other.model = rng, None
        return other

    def with_cities(self, cities: Cities) -> Scenario:
        """A copy on another city table; policies and zones of cities that are not in it are left out."""
        other = copy.copy(self)
        other.cities = cities
        other.policies = tuple(w for w in self.policies if w.city in (*cities.slugs, "all"))
        other.zones = tuple(zone for zone in self.zones if zone.city in cities.slugs)
        return other

    def with_swapped(self, one: str, other: str, blocks: Collection[str] = tuple(BLOCKS)) -> Scenario:
        """A copy in which two cities have exchanged their inputs, block by block (see :data:`~.cities.BLOCKS`)."""
        result = copy.copy(self)
        result.cities = self.cities.swapped(one, other, blocks)
        if "policy" in blocks:
            new = {one: other, other: one}
            result.policies = tuple(dataclasses.replace(w, city=new.get(w.city, w.city)) for w in self.policies)
        return result

    def to_dict(self) -> dict[str, Any]:
        """Everything that decides a run's outcome, but its seed, as plain values."""
        numbers = {name: list(map(float, column)) for name, column in self.cities.numbers.items()}
        if self.cities.house_path is not None:
            numbers["house_path"] = self.cities.house_path.tolist()
        return {
            "parameters": self.parameters.to_dict(),
            "zones": [zone.entry for zone in self.zones],
            "policies": [dataclasses.asdict(w) for w in self.policies],
            "cities": {"city": self.cities.slugs, "house_peak_month": self.cities.texts["house_peak_month"], **numbers},
        }

    @property
    def fingerprint(self) -> str:
        """SHA-256 of :meth:`to_dict`, 16 hexadecimal digits."""
        text = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def shipped_scenarios() -> list[str]:
    """Names of the scenarios shipped with the package, baseline first."""
    names = sorted(f.name[:-5] for f in files(__package__).joinpath("scenarios").iterdir() if f.name.endswith(".toml"))
    return sorted(names, key=lambda name: name != "baseline")


def load_scenario(source: str | Path) -> Scenario:
    """A shipped scenario by name, or one from a file.

    Parameters
    ----------
    source : str or path
        Name of a shipped scenario (:func:`shipped_scenarios`), or a TOML, Excel or CSV file.

    Raises
    ------
    InputError
        Saying what is wrong in which file, and what was probably meant.

    Examples
    --------
    >>> load_scenario("no_policy").parameters.policy
    False
    """
    return _load(source, Path(), ())


def _load(source: str | Path, folder: Path, seen: tuple[str, ...]) -> Scenario:
    names = shipped_scenarios()
    if str(source) in names:
        where, path, home = f"scenario '{source}'", Path(), Path()
        text = files(__package__).joinpath("scenarios", f"{source}.toml").read_text(encoding="utf-8")
    else:
        path = folder / source
        where, home = os.path.normpath(path), path.parent
        if path.suffix.lower() not in (".toml", *TABLES) and not os.path.exists(path):
            known = ", ".join(names)
            raise InputError(
                f"unknown scenario '{source}'{meant(str(source), names)} (shipped: {known}; or give a .toml, .csv or "
                ".xlsx file)"
            )
        text = "" if path.suffix.lower() in TABLES else read_text(path, "scenario")
    if where in seen:
        raise InputError(f"{where}: 'extends' goes round in a circle: {' > '.join((*seen, where))}")
    data = read_scenario_table(path, KEYS) if path.suffix.lower() in TABLES else parse_toml(text, where)
    return _build(data, where, home, str(source), (*seen, where))


def _build(data: dict[str, Any], where: str, home: Path, name: str, seen: tuple[str, ...]) -> Scenario:
    problems = [f"{where}: {unknown('key', key, KEYS)}" for key in data if key not in KEYS]
    for key, kind in KEYS.items():
        if key in data and not isinstance(data[key], kind):
            wanted = {str: "text", bool: "true or false", dict: f"a [{key}] table", list: f"[[{key}]] tables"}
            problems.append(f"{where}: '{key}' must be {wanted[kind]}")
    if problems:
        raise InputError(problems)
    if "extends" in data:
        base = _load(data["extends"], home, seen)
    else:
        base = Scenario(name, name, "", Parameters(), shipped_cities(), shipped_policies(), shipped_zones())
    if "cities" in data:
        base = base.with_cities(read_cities(home / data["cities"]))
    if "house_prices" in data:
        base = base.with_cities(with_house_paths(base.cities, home / data["house_prices"]))
    if "zones" in data:
        base.zones = read_zones(home / data["zones"], base.cities)
    if not data.get("announced_policies", True):
        base.policies = tuple(window for window in base.policies if window not in shipped_policies())
    if "swap" in data:
        base = base.with_swapped(*_swap(data["swap"], base.cities.slugs, where))
    if "shift_months" in data:
        base.policies = _shifted(base.policies, data["shift_months"], base.cities.slugs, where)
    own, problems = _tables(data, "zone", lambda entry, at: make_zone(entry, base.cities.slugs, at), where)
    zones = (*base.zones, *own)
    problems += given_twice(zones, where)
    windows, wrong = _tables(data, "policy", lambda entry, at: make_window(entry, base.cities.slugs, at), where)
    problems += wrong
    problems += [f"{where}: {problem}" for problem in contradictions((*base.policies, *windows))]
    values = data.get("parameters", {})
    gone = [name for name in REPLACED if name in values]
    try:
        parameters = make_parameters(
            {name: value for name, value in values.items() if name not in gone}, where=where, base=base.parameters
        )
        wrong = zone_problems((*base.policies, *windows), zones, base.cities, parameters)
        problems += [f"{where}: {problem}" for problem in wrong]
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    return Scenario(
        Path(name).stem,
        data.get("title", Path(name).stem),
        data.get("description", ""),
        parameters,
        base.cities,
        (*base.policies, *windows),
        zones,
        ignored=(*base.ignored, *(f"{where}: '{name}' no longer acts, see '{REPLACED[name]}'" for name in gone)),
    )


def _tables(
    data: dict[str, Any], key: str, make: Callable[[dict[str, Any], str], Any], where: str
) -> tuple[list[Any], list[str]]:
    """What the ``[[key]]`` tables of a file make, and what is wrong with them."""
    made, problems = [], []
    for number, entry in enumerate(data.get(key, []), 1):
        try:
            if not isinstance(entry, dict):
                raise InputError(f"{where}: {key} {number} must be a [[{key}]] table")
            made.append(make(entry, f"{where}: {key} {number}"))
        except InputError as error:
            problems += error.problems
    return made, problems


def _swap(entry: dict[str, Any], slugs: list[str], where: str) -> tuple[str, str, list[str]]:
    """Checked contents of ``swap``: two cities and the blocks they exchange."""
    problems = [
        f"{where}: swap: unknown key '{key}' (known: cities, blocks)" for key in {*entry} - {"cities", "blocks"}
    ]
    pair, blocks = entry.get("cities"), entry.get("blocks", list(BLOCKS))
    if not (isinstance(pair, list) and len(pair) == 2 and pair[0] != pair[1]):
        problems.append(
            f'{where}: swap: \'cities\' must be two different cities, such as ["{slugs[0]}", "{slugs[-1]}"]'
        )
    else:
        problems += _unknown(pair, slugs, f"{where}: swap: unknown city")
    if not isinstance(blocks, list):
        problems.append(f"{where}: swap: 'blocks' must be a list out of {', '.join(BLOCKS)}")
    else:
        problems += _unknown(blocks, BLOCKS, f"{where}: swap: unknown block")
    if problems:
        raise InputError(problems)
    return entry["cities"][0], entry["cities"][1], blocks


def _shifted(policies: tuple[Window, ...], entry: dict[str, Any], slugs: list[str], where: str) -> tuple[Window, ...]:
    """Windows moved by whole months, by city."""
    problems = _unknown(entry, [*slugs, "all"], f"{where}: shift_months: unknown city")
    for city, months in entry.items():
        if isinstance(months, bool) or not isinstance(months, int) or abs(months) > 600:
            problems.append(f"{where}: shift_months: '{city}' = {months!r}: must be a whole number from -600 to 600")
    if problems:
        raise InputError(problems)
    return tuple(
        dataclasses.replace(w, start=w.start + by, end=max(w.end + by, 0) if w.end >= 0 else w.end)
        if (by := entry.get(w.city, 0))
        else w
        for w in policies
    )


def _unknown(words: Iterable[Any], known: Collection[str], what: str) -> list[str]:
    return [
        f"{what} '{word}'{meant(str(word), known)} (known: {', '.join(known)})"
        for word in words
        if not isinstance(word, str) or word not in known
    ]
