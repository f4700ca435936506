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

from microdrama.model import InputError, net_agglomeration
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name

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
        self.step, self.choice = -1, ""
        self.outcome: dict[str, Any] = {}

    def open(self, step: Any) -> tuple[list[Story], int]:
        """Stories and month that set the stage of a step. Raises InputError."""
        if isinstance(step, bool) or not isinstance(step, int) or not -1 <= step < len(steps()):
            raise InputError(f"Step '{str(step)[:10]}': the lesson has steps 0 to {len(steps()) - 1}")
        self.step, self.choice, self.outcome = step, "", {}
        if step < 0:
            return [], 0
        names = {"s": "scenario", "do": "actions", "set": "values"}
        fields = [{names.get(k, k): v for k, v in parse_qsl(text)} for text in steps()[step]["worlds"]]
        return [Story.checked(**each) for each in fields], steps()[step]["month"]

    def predict(self, choice: Any) -> int:
        """Take a prediction and say to which month to run. Raises InputError."""
        if self.step < 0:
            raise InputError("There is nothing to predict: open a step of the lesson")
        options = steps()[self.step]["options"]
        if choice not in options:
            raise InputError(f"'{str(choice)[:20]}': must be one of {', '.join(options)}")
        self.choice = choice
        return int(steps()[self.step]["until"])

    def arrived(self, worlds: list[World]) -> None:
        """Measure, if the worlds have come as far as the step asks and the prediction is made."""
        if (
            self.step >= 0
            and self.choice
            and not self.outcome
            and worlds
            and worlds[0].month >= steps()[self.step]["until"]
        ):
            answer, facts = MEASURES[steps()[self.step]["measure"]](worlds)
            self.outcome = {"answer": answer, "facts": facts}

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
    """Whether film bases of the world stand in former malls."""
    bases = worlds[0].economy.bases
    new = bases.born >= 0
    converted, built = int((new & (bases.mall_id > 0)).sum()), int(new.sum())
    here = int((new & (bases.mall_id > 0) & (bases.city == _city(worlds[0]))).sum())
    share = converted / max(built, 1)
    answer = "none" if not converted else "most" if share > 0.5 else "some"
    return answer, {"converted": converted, "built": built, "here": here}


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
    """What the second world does to a year's land revenue of the city."""
    a, b = (float(w.economy.panel.array("land_income_yuan")[-12:, _city(w)].sum()) / 1e6 for w in worlds)
    by = 100 * (b / max(a, 1e-9) - 1)
    films = [float(w.economy.panel.array("film_budget_yuan")[-12:, _city(w)].mean()) / 1e6 for w in worlds]
    facts = {"a": round(a), "b": round(b), "by": round(by), "film_a": round(films[0], 2), "film_b": round(films[1], 2)}
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
    """Difference of the city's share between two seeds."""
    a, b = (float(yearly_share(world)[_city(world)]) for world in worlds)
    by = abs(a - b)
    return "few" if by < 1 else "some" if by < 5 else "many", {"a": round(a, 1), "b": round(b, 1), "by": round(by, 1)}


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
