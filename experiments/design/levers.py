"""Levers of a study beside parameters: named policies, groups of switches, inputs of other cities, draws, A_net."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from microdrama.model.agglomeration import net_agglomeration
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name, month_number
from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.errors import InputError
from microdrama.model.inputs.cities import BLOCKS, Cities
from microdrama.model.inputs.policies import BUDGETS, CAPS, Window, make_window
from microdrama.model.inputs.scenario import Scenario

from .fields import TEXT, Kind, is_number, number, one_of

WHOLE = Kind("a whole number from 0", lambda value: is_number(value) and value >= 0 and value == int(value))
"""Of a table or a range it may have a decimal point."""
PARTS = {
    "size": number(),
    "start": TEXT,
    "end": TEXT,
    **dict.fromkeys(("months", "ramp_months", "fall_months", "cities"), WHOLE),
    **dict.fromkeys((*BUDGETS, *CAPS), number()),
    "zone": TEXT,
    "mode": TEXT,
}
"""What of a named policy can be a factor, and its values; ``cities`` is how many of its list take part."""

LEVERS = {
    "scenario": "a shipped scenario, or a file beside the study",
    "like.BLOCK": "the focal city has another city's inputs of a block (" + ", ".join(BLOCKS) + "), or its 'own'",
    "swap.CITY": "the focal city and this one exchange a block, 'all' or 'none'",
    "land_share": "land's part of every city's revenue of 2020, at the same total",
    "crisis_in": "where house prices fall as observed: in 'all' cities, the focal one ('own'), 'others', or 'none'",
    "a_net": "net-agglomeration index at the start, reached by agglomeration_scale",
    "draws.month": "month number from which draws are others, those of 'draws.future'",
    "draws.future": "number of these draws; 0 is the run's own",
}
"""Levers of every study beside parameters, named policies and groups."""
VALUES = {
    "scenario": TEXT,
    "like": TEXT,
    "swap": one_of(("none", "all", *BLOCKS)),
    "land_share": number(0, 1),
    "crisis_in": one_of(("all", "own", "others", "none")),
    "a_net": number(),
    "draws.month": WHOLE,
    "draws.future": WHOLE,
}
"""What levers can be set to, by name or by the word before the dot."""
TAKEN = ("like", "swap", "draws", "luck")
"""Words before a dot that no policy can have as its name."""


def lever_problem(name: str, value: Any, policies: Collection[str]) -> str:
    """What is wrong with the type of a lever's value, empty if nothing is; parameters check their own."""
    first, _, part = name.partition(".")
    kind = PARTS.get(part) if part and first in policies else VALUES.get(name, VALUES.get(first))
    return "" if kind is None or kind.allows(value) else f"{name} = {value!r}: must be {kind.words}"


class Branch(NamedTuple):
    """From which month on a run has which other draws."""

    month: int
    future: int

    def seed(self, seed: int) -> int:
        """Seed of the other draws."""
        return (seed * 100_003 + self.future) % 2**63 if self.future else seed


def known_levers(policies: Sequence[str], groups: Sequence[str], slugs: Sequence[str]) -> list[str]:
    """Names of all factors that are no parameters."""
    plain = [name for name in LEVERS if not name.isupper() and name.split(".")[-1].islower()]
    return [
        *plain,
        *(f"like.{block}" for block in BLOCKS if block != "policy"),
        *(f"swap.{s}" for s in slugs),
        *groups,
        *(f"{name}.{part}" for name in policies for part in PARTS),
    ]


def branch_of(point: Mapping[str, Any]) -> Branch | None:
    """The other draws of a point, if it has one."""
    if "draws.month" not in point:
        return None
    return Branch(int(point["draws.month"]), int(point.get("draws.future", 0)))


def policy_windows(entry: Mapping[str, Any], varied: Mapping[str, Any], slugs: list[str], where: str) -> list[Window]:
    """Windows of a policy of the study with what a point says of it.

    ``cities`` in place of ``city`` is a list; ``months`` in place of ``end`` is how long it lasts (0: it is not);
    ``fall_months`` after that it falls to nothing in equal steps.
    """
    said = {key: value for key, value in entry.items() if key != "name"} | {
        part: value for part, value in varied.items() if part != "cities"
    }
    cities = said.pop("cities", [said.pop("city")] if "city" in said else [])
    if not isinstance(cities, list) or not (cities or "cities" in varied):
        raise InputError(f"{where}: 'cities' must be a list of cities, or write city = \"...\"")
    count, months, fall = varied.get("cities", len(cities)), said.pop("months", None), said.pop("fall_months", 0)
    for name, value, most in (("cities", count, len(cities)), ("months", months, 600), ("fall_months", fall, 600)):
        if value is not None and not (WHOLE.allows(value) and value <= most):
            raise InputError(f"{where}: '{name}' = {value!r}: must be a whole number from 0 to {most}")
    if months is not None:
        if said.get("end"):
            raise InputError(f"{where}: has both 'end' and 'months'")
        if not months:
            return []
        try:
            said["end"] = month_name(month_number(str(said.get("start", ""))) + int(months) - 1)
        except ValueError as error:
            raise InputError(f"{where}: 'start': {error}") from None
    found = [make_window(said | {"city": city}, slugs, where) for city in cities[: int(count)]]
    if not fall:
        return found
    if any(window.end < 0 for window in found):
        raise InputError(f"{where}: 'fall_months' needs an end, or months")
    end = [dataclasses.replace(w, end=w.end + int(fall)) for w in found]
    return end + [Window(w.city, w.instrument, w.end, -w.size, w.end + int(fall), int(fall), w.source) for w in found]


def with_levers(scenario: Scenario, point: Mapping[str, Any], city: str, where: str) -> Scenario:
    """A copy in which cities have the inputs that the point gives them."""
    for name, value in point.items():
        kind, _, what = name.partition(".")
        cities = scenario.cities
        if kind == "swap" and value != "none":
            scenario = scenario.with_swapped(city, what, list(BLOCKS) if value == "all" else [str(value)])
            continue
        if kind == "like" and value != "own":
            cities = _like(cities, city, str(value), what, where)
        elif name == "land_share":
            cities = _land_share(cities, value)
        elif name == "crisis_in" and value != "all":
            focal = np.arange(len(cities)) == cities.index(city)
            spared = {"own": ~focal, "others": focal, "none": np.ones(len(cities), bool)}
            cities = _spared(cities, spared[value])
        scenario = dataclasses.replace(scenario, cities=cities)
    return scenario


def _like(cities: Cities, city: str, other: str, block: str, where: str) -> Cities:
    focal, model = cities.index(city), cities.index(other, where=f"{where}: like.{block}: ")
    numbers, texts = dict(cities.numbers), dict(cities.texts)
    for name in BLOCKS[block]:
        numbers[name] = numbers[name].copy()
        numbers[name][focal] = numbers[name][model]
    if block == "property":
        peak = texts["house_peak_month"] = list(texts["house_peak_month"])
        peak[focal] = peak[model]
    return dataclasses.replace(cities, texts=texts, numbers=numbers)


def _spared(cities: Cities, where: Array) -> Cities:
    """Cities of which some have house prices as without the crisis."""
    return dataclasses.replace(
        cities, numbers={**cities.numbers, "crisis_share": np.where(where, 0.0, cities.crisis_share)}
    )


def _land_share(cities: Cities, share: float) -> Cities:
    total = cities.revenue_million_yuan_year + cities.land_revenue_million_yuan_year
    new = {"land_revenue_million_yuan_year": share * total, "revenue_million_yuan_year": (1 - share) * total}
    return dataclasses.replace(cities, numbers={**cities.numbers, **new})


_forces: dict[str, tuple[float, float]] = {}


def with_a_net(scenario: Scenario, target: float, where: str) -> Scenario:
    """A copy whose net-agglomeration index at the start is the one asked for, by its ``agglomeration_scale``.

    Raises
    ------
    InputError
        If all externalities are off, or the scale it takes is out of range.
    """
    bare = dataclasses.replace(scenario.with_values({"agglomeration_scale": 1.0}), policies=())
    if bare.fingerprint not in _forces:
        index = net_agglomeration(MicroDramaEconomy(bare, rng=1))
        _forces[bare.fingerprint] = (
            (index.pooling + index.sets + index.knowledge + index.reputation) / index.taste,
            (index.wages + index.rents) / index.taste,
        )
    gain, loss = _forces[bare.fingerprint]
    if not gain > 0:
        raise InputError(f"{where}: a_net = {target!r} cannot be reached: all externalities are off")
    needed = (target + loss) / gain
    if needed < 0:
        raise InputError(f"{where}: a_net = {target!r} cannot be reached: without externalities it is {-loss:.2f}")
    return scenario.with_values({"agglomeration_scale": float(np.round(needed, 9))}, where=f"{where}: a_net = {target}")
