"""The lesson: steps that set a stage, take a prediction, and only then run the worlds.

Texts are in ``lesson.toml``; what a step reveals is measured in the worlds that were just run, never written down.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np

from microdrama.experiments.analysis.contrast import Contrast, of_differences
from microdrama.model import net_agglomeration
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.inputs.cities import shipped_cities
from microdrama.model.inputs.policies import COSTLY

from .messages import refusal
from .other_seeds import Band
from .story import Story
from .world import World

CITY = "zhengzhou"


@cache
def steps() -> list[dict[str, Any]]:
    """Steps as the file has them."""
    found: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "lesson.toml").read_text(encoding="utf-8"))[
        "step"
    ]
    return found


class Lesson:
    """State of the lesson: step (-1: not in it), prediction, and the outcome once it is revealed."""

    def __init__(self) -> None:
        self.step, self.choice, self._measured = -1, "", np.empty(0)
        self.outcome: dict[str, Any] = {}

    @property
    def many(self) -> bool:
        """Whether the step is answered by many seeds and not by the worlds on show alone."""
        return self.step >= 0 and steps()[self.step]["measure"] in MANY

    @property
    def waiting(self) -> bool:
        """Whether other seeds are still to come before it is answered."""
        return bool(self.outcome) and not self.outcome["answer"]

    def open(self, step: Any) -> tuple[list[Story], int]:
        """Stories and month that set the stage of a step. Raises InputError."""
        if isinstance(step, bool) or not isinstance(step, int) or not -1 <= step < len(steps()):
            raise refusal("no_step", step=str(step)[:10], last=len(steps()) - 1)
        self.step, self.choice, self.outcome = step, "", {}
        if step < 0:
            return [], 0
        names = {"s": "scenario", "do": "actions", "set": "values"}
        fields = [{names.get(k, k): v for k, v in parse_qsl(text)} for text in steps()[step]["worlds"]]
        return [Story.checked(**each) for each in fields], steps()[step]["month"]

    def predict(self, choice: Any) -> int:
        """Take a prediction and say to which month to run. Raises InputError."""
        if self.step < 0:
            raise refusal("nothing_to_predict")
        options = steps()[self.step]["options"]
        if choice not in options:
            raise refusal("no_choice", choice=str(choice)[:20], known=", ".join(options))
        self.choice = choice
        return int(steps()[self.step]["until"])

    def arrived(self, worlds: list[World], band: Band | None = None) -> None:
        """Measure, if the worlds have come as far as the step asks and the prediction is made.

        A step that is answered by many seeds has no answer before the ``band`` is complete.
        """
        if self.step < 0 or not self.choice or not worlds:
            return
        step = steps()[self.step]
        if not self.outcome and worlds[0].month >= step["until"]:
            answer, facts = MEASURES[step["measure"]](worlds)
            self.outcome = {"answer": "" if self.many and band else answer, "facts": facts, "seeds": {}}
            self._measured = _by_month(worlds)
        if self.waiting and band:
            runs = [self._measured, *(run for run in band.found.values() if run is not None)]
            self.outcome["seeds"] = {"n": len(band.found), "of": len(band.seeds)}
            if band.complete:
                answer, facts = MANY[step["measure"]](runs, step["until"])
                self.outcome["answer"] = answer
                self.outcome["seeds"] |= facts | {"runs": len(runs)}

    def state(self) -> dict[str, Any]:
        """For the page; what came out only after a prediction."""
        return {"step": self.step, "choice": self.choice, "outcome": self.outcome, "of": len(steps())}


# ---------------------------------------------------------------------- measures


def yearly_share(world: World, column: str = "shoot_days") -> Array:
    """(cities,) shares of the last 12 months, %."""
    year = world.economy.panel.array(column)[-12:].sum(axis=0)
    whole = year.sum()
    result: Array = 100 * year / whole if whole else np.zeros(len(year))
    return result


def _city(world: World) -> int:
    return world.economy.cities.index(CITY)


def growth(worlds: list[World]) -> tuple[str, dict[str, Any]]:
    """Series released in the last 12 months against the first 12."""
    released = worlds[0].economy.panel.array("released").sum(axis=1)
    first, last = float(released[:12].sum()), float(released[-12:].sum())
    ratio = last / max(first, 1)
    return "same" if ratio < 1.5 else "some" if ratio < 5 else "many", {
        "first": first,
        "last": last,
        "ratio": round(ratio, 1),
    }


def rents(worlds: list[World]) -> tuple[str, dict[str, Any]]:
    """Which of three cities' rents fell most."""
    region, econ = worlds[0].economy.region, worlds[0].economy
    change = 100 * (region.city_mean(region.rent) / region.city_mean(region.rent_2020) - 1)
    three = {slug: round(float(change[econ.cities.index(slug)]), 1) for slug in ("zhengzhou", "shanghai", "xian")}
    return min(three, key=lambda slug: three[slug]), three


def malls(worlds: list[World]) -> tuple[str, dict[str, Any]]:
    """What part of the shells that lost their tenants became film bases."""
    found, city = worlds[0].economy.malls, _city(worlds[0])
    in_city = found.city == city
    converted, idle = found.converted.astype(bool), found.derelict.astype(bool)
    used, dead = int(converted.sum()), int((converted | idle).sum())
    share = 100 * used / max(dead, 1)
    facts = {"used": used, "dead": dead, "share": round(share), "here": int((converted & in_city).sum())}
    facts["dead_here"] = int(((converted | idle) & in_city).sum())
    return "few" if share < 10 else "some" if share <= 50 else "most", facts


def leader(worlds: list[World]) -> tuple[str, dict[str, Any]]:
    """Who leads in shooting days."""
    share, slugs = yearly_share(worlds[0]), worlds[0].economy.cities.slugs
    first = slugs[int(share.argmax())]
    facts = {
        "leader": first,
        "top": round(float(share.max()), 1),
        "share": round(float(share[_city(worlds[0])]), 1),
        "rank": int((share > share[_city(worlds[0])]).sum()) + 1,
    }
    return (first if first in ("zhengzhou", "xian", "hengdian") else "other"), facts


def difference(worlds: list[World]) -> tuple[str, dict[str, Any]]:
    """What the second world does to the city's share, in points."""
    a, b = (float(yearly_share(world)[_city(world)]) for world in worlds)
    by = b - a
    return "same" if abs(by) < 0.5 else "more" if by > 0 else "less", {
        "a": round(a, 1),
        "b": round(b, 1),
        "by": round(by, 1),
    }


def treasury(worlds: list[World]) -> tuple[str, dict[str, Any]]:
    """What the second world does to a year's land revenue of the city, and to what it spends on film."""

    def year(world: World, column: str) -> float:
        return float(world.economy.panel.array(column)[-12:, _city(world)].sum())

    a, b = (year(world, "land_income_yuan") / 1e6 for world in worlds)
    by = 100 * (b / max(a, 1e-9) - 1)
    facts = {"a": round(a), "b": round(b), "by": round(by)}
    for name, world in zip("ab", worlds):
        facts[f"film_{name}"] = round(year(world, "film_spent_yuan") / 1000)
        facts[f"asked_{name}"] = round(sum(year(world, f"claimed_{instrument}_yuan") for instrument in COSTLY) / 1000)
    return "same" if abs(by) < 5 else "more" if by > 0 else "less", facts


def lasting(worlds: list[World]) -> tuple[str, dict[str, Any]]:
    """What is left at the end of the largest yearly difference the second world made."""
    gaps = []
    for end in range(12, worlds[0].month + 1):
        shares = []
        for world in worlds:
            year = world.economy.panel.array("shoot_days")[end - 12 : end].sum(axis=0)
            shares.append(100 * year[_city(world)] / max(year.sum(), 1))
        gaps.append(shares[1] - shares[0])
    best, last = float(max(gaps)), float(gaps[-1])
    left = 100 * last / best if best > 0 else 0.0
    index = net_agglomeration(worlds[0].economy).a_net
    facts = {"best": round(best, 1), "last": round(last, 1), "left": round(left), "index": round(float(index), 2)}
    return "none" if left < 25 else "some" if left < 75 else "most", facts


def money(worlds: list[World]) -> tuple[str, dict[str, Any]]:
    """Of 100 yuan that viewers and advertisers spend, what reaches cast and crew."""
    flows = worlds[0].economy.panel.flows()
    year = flows["month"] >= month_name(worlds[0].month - 12)
    names = ("viewer_spending", "advertising", "overseas_spending", "wages", "promotion", "script", "set_hire")
    got = {name: float(flows["fen"][year & (flows["flow"] == name)].sum()) for name in names}
    spent = got["viewer_spending"] + got["advertising"] + got["overseas_spending"]
    facts = {name: round(100 * value / max(spent, 1), 1) for name, value in got.items()}
    return "few" if facts["wages"] < 3 else "some" if facts["wages"] < 15 else "many", facts


def chance(worlds: list[World]) -> tuple[str, dict[str, Any]]:
    """The city's share under one seed."""
    return "", {"a": round(float(yearly_share(worlds[0])[_city(worlds[0])]), 1)}


# ---------------------------------------------------------------------- measures over many seeds


def _by_month(worlds: list[World]) -> Array:
    """(worlds, months, 1, cities) shooting days, as other seeds have them in their first column."""
    return np.stack([world.economy.panel.array("shoot_days") for world in worlds])[:, :, None]


def _shares(run: Array, until: int) -> Array:
    """(worlds,) share of the city over the 12 months before ``until``, %."""
    year = run[:, until - 12 : until, 0].sum(axis=1, dtype=float)
    shares: Array = 100 * year[:, shipped_cities().index(CITY)] / np.maximum(year.sum(axis=1), 1)
    return shares


def _interval(found: Contrast) -> dict[str, Any]:
    numbers = {name: float(getattr(found, name)) for name in ("mean", "low", "high")}
    facts: dict[str, Any] = {name: round(v, 1) if np.isfinite(v) else None for name, v in numbers.items()}
    return facts | {"clear": bool(found.low > 0 or found.high < 0)}


def over_seeds(runs: list[Array], until: int) -> tuple[str, dict[str, Any]]:
    """What the second world does to the city's share, on average, with the 95 % interval of that."""
    found = of_differences(np.array([np.diff(_shares(run, until))[0] for run in runs]))
    mean = found.mean
    facts = _interval(found)
    return "same" if abs(mean) < 0.5 else "more" if mean > 0 else "less", facts


def lasting_over_seeds(runs: list[Array], until: int) -> tuple[str, dict[str, Any]]:
    """What is left of the largest difference of the means, with the 95 % interval of the last one."""
    gaps = np.array([[np.diff(_shares(run, end))[0] for end in range(12, until + 1)] for run in runs])
    path, last = gaps.mean(axis=0), of_differences(gaps[:, -1])
    best = float(path.max())
    left = 100 * float(path[-1]) / best if best > 0 else 0.0
    facts = _interval(last) | {"best": round(best, 1), "left": round(left)}
    return "none" if left < 25 else "some" if left < 75 else "most", facts


def chance_over_seeds(runs: list[Array], until: int) -> tuple[str, dict[str, Any]]:
    """By how much two seeds differ on average, and how far the city's share reaches."""
    shares = np.array([_shares(run, until)[0] for run in runs])
    pairs = np.abs(shares[:, None] - shares[None, :])[np.triu_indices(len(shares), 1)]
    by = float(pairs.mean()) if len(pairs) else 0.0
    facts = {"by": round(by, 1), "least": round(float(shares.min()), 1), "most": round(float(shares.max()), 1)}
    facts["spread"] = round(float(shares.std(ddof=1)), 1) if len(shares) > 1 else 0.0
    return "few" if by < 1 else "some" if by < 5 else "many", facts


MEASURES: dict[str, Callable[[list[World]], tuple[str, dict[str, Any]]]] = {
    "growth": growth,
    "rents": rents,
    "malls": malls,
    "leader": leader,
    "difference": difference,
    "treasury": treasury,
    "lasting": lasting,
    "money": money,
    "chance": chance,
}
MANY: dict[str, Callable[[list[Array], int], tuple[str, dict[str, Any]]]] = {
    "difference": over_seeds,
    "lasting": lasting_over_seeds,
    "chance": chance_over_seeds,
}
"""Measures that luck could decide: these are taken over many seeds too, and that is the answer."""
