"""Missions: a start, levers, and a goal that is checked in the world on show and under other seeds.

Texts and bounds are in ``missions.toml``. A mission is met when its goals are met in the world on show and in at least
half of all seeds; a link that hands one in is run again, never believed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np

from microdrama.experiments.analysis.contrast import of_differences
from microdrama.experiments.outcomes.chain import DAYS
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.inputs.cities import shipped_cities

from .lesson import CITY
from .messages import Message, message, refusal
from .other_seeds import COLUMNS, Band
from .story import LEVERS, Story
from .world import World


@cache
def missions() -> dict[str, dict[str, Any]]:
    """Missions as the file has them, by name."""
    text = (Path(__file__).parent / "missions.toml").read_text(encoding="utf-8")
    return {mission["name"]: mission for mission in tomllib.loads(text)["mission"]}


@cache
def start(name: str) -> tuple[Story, ...]:
    """The stories of a mission's worlds before anything is done."""
    names = {"s": "scenario", "do": "actions", "set": "values"}
    return tuple(
        Story.checked(**{names.get(key, key): value for key, value in parse_qsl(text)})
        for text in missions()[name]["worlds"]
    )


# ---------------------------------------------------------------------- measures


@dataclass(frozen=True)
class Run:
    """Worlds of a mission until a month: (worlds, months, columns, cities) as other seeds have them.

    Levers act from month ``first`` on; ``late`` is the month three years before the mission ends.
    """

    values: Array
    first: int
    late: int
    scale: float

    @property
    def end(self) -> int:
        """Months that have passed."""
        return self.values.shape[1]

    def year(self, column: str, world: int = -1, city: str = CITY, since: int | None = None) -> float:
        """A column's sum a year at full size since a month (that from which levers act), in a city or "all" of them."""
        since = self.first if since is None else since
        if self.end <= since:
            return np.nan
        sums = self.values[world, since:, COLUMNS.index(column)].sum(axis=0, dtype=float)
        own = sums.sum() if city == "all" else sums[shipped_cities().index(city)]
        return float(own) / self.scale / ((self.end - since) / 12)


def share(run: Run, world: int = -1) -> float:
    """The city's share of the shooting days of the last 12 months, %."""
    days = run.values[world, max(run.end - 12, 0) :, COLUMNS.index("shoot_days")].sum(axis=0, dtype=float)
    return float(100 * days[shipped_cities().index(CITY)] / days.sum()) if days.sum() else np.nan


def gain(run: Run) -> float:
    """By how many points that share is above the first world's."""
    return share(run) - share(run, 0)


def money(run: Run) -> float:
    """Film money of the city, million yuan a year."""
    return run.year("film_spent_yuan") / 1e6


def money_all(run: Run) -> float:
    """Film money of all cities, million yuan a year."""
    return run.year("film_spent_yuan", city="all") / 1e6


def late_money(run: Run) -> float:
    """Film money of the city in the last three years, million yuan a year."""
    return run.year("film_spent_yuan", since=run.late) / 1e6


def money_part(run: Run) -> float:
    """Film money of the city as a part of the first world's, %."""
    return 100 * run.year("film_spent_yuan") / max(run.year("film_spent_yuan", 0), 1.0)


def jobs_part(run: Run) -> float:
    """Jobs in the city as a part of the first world's, %."""
    return 100 * run.year("paid_days") / max(run.year("paid_days", 0), 1.0)


def more_jobs_all(run: Run) -> float:
    """Jobs of all cities above those of the first world, job-years a year."""
    return (run.year("paid_days", city="all") - run.year("paid_days", 0, "all")) / DAYS


MEASURES: dict[str, Callable[[Run], float]] = {
    "share": share,
    "gain": gain,
    "money": money,
    "money_all": money_all,
    "late_money": late_money,
    "money_part": money_part,
    "jobs_part": jobs_part,
    "more_jobs_all": more_jobs_all,
}


def within(goal: dict[str, Any], value: float) -> bool:
    """Whether a value is inside a goal's bounds; what must be clear of luck must be above ``least``."""
    low, high = goal.get("least", -np.inf), goal.get("most", np.inf)
    return bool(low < value if goal.get("clear") else low <= value <= high)


# ---------------------------------------------------------------------- a mission that is played


class Mission:
    """The mission of a session; without a name there is none."""

    def __init__(self, name: Any = "") -> None:
        if name and not (isinstance(name, str) and name in missions()):
            raise refusal("no_mission", name=str(name)[:30], known=", ".join(missions()))
        self.name: str = name or ""
        self.told: dict[str, Any] = missions()[self.name] if self.name else {}
        self.problem: Message | None = None
        self.result: dict[str, Any] = {}
        self._seen: tuple[Any, ...] = ()

    @property
    def until(self) -> int:
        """The month in which goals are measured; -1 without a mission."""
        return int(self.told.get("until", -1))

    def query(self, stories: list[Story]) -> str:
        """What is added to a link with which the mission is handed in; nothing if the worlds are others by now."""
        return f"&mission={self.name}" if self.name and not self.wrong(stories) else ""

    def wrong(self, stories: list[Story]) -> Message | None:
        """Why these are not the worlds of the mission, or what in them it does not allow."""
        if not self.name:
            return None
        own = start(self.name)
        if len(stories) != len(own):
            return message("mission_worlds", n=len(own))
        *others, played = zip(stories, own)
        for told, begun in (*others, played):
            if replace(told, actions=()) != replace(begun, actions=()) or not {*begun.actions} <= {*told.actions}:
                return message("mission_start")
        if any(told != begun for told, begun in others):
            return message("mission_first")
        cities = self.told.get("cities", shipped_cities().slugs)
        for action in played[0].actions:
            levers = action.what in LEVERS or bool(action.zone)
            allowed = action.month >= self.told["month"] and levers and action.city in cities
            if action not in played[1].actions and not allowed:
                return message("mission_lever", what=action.what, city=action.city, month=month_name(action.month))
        return None

    def values(self, worlds: list[World]) -> list[float | None]:
        """Each goal's measure so far, until the last month of the mission; none where there is nothing to measure."""
        if not self.name or len(worlds) != len(start(self.name)):
            return []
        run = self._run(_of_worlds(worlds))
        return [_short(MEASURES[goal["measure"]](run)) for goal in self.told["goal"]]

    def more(self, worlds: list[World]) -> dict[str, Any]:
        """What a frame tells of it."""
        return {"mission": self.values(worlds)} if self.name else {}

    def notice(self, worlds: list[World], band: Band | None) -> bool:
        """Follow the worlds, and judge them at the mission's end; whether there is something new to tell."""
        if not self.name or not worlds:
            return False
        stories = [world.story for world in worlds]
        ended = worlds[0].month >= self.until
        seen = (stories, ended, len(band.found) if band and ended else -1)
        if seen == self._seen:
            return False
        if not self._seen or stories != self._seen[0] or not ended:
            self.result = {}
        self._seen, self.problem = seen, self.wrong(stories)
        if ended and not self.problem and not self.result.get("complete"):
            self.result = self._judged(worlds, band)
        return True

    @property
    def wants_seeds(self) -> bool:
        """Whether it is to be judged and other seeds have not all been run."""
        return bool(self.result) and not self.result["complete"]

    def _run(self, values: Array) -> Run:
        month, scale = self.told["month"], start(self.name)[-1].scale
        return Run(values[:, : self.until], month, max(self.until - 36, month), scale)

    def _judged(self, worlds: list[World], band: Band | None) -> dict[str, Any]:
        """Goals in the world on show and over all seeds that have come."""
        found = [run for run in band.found.values() if run is not None] if band else []
        runs = [self._run(values) for values in (_of_worlds(worlds), *found)]
        table = np.array([[MEASURES[goal["measure"]](run) for goal in self.told["goal"]] for run in runs])
        met = np.array([all(map(within, self.told["goal"], row)) for row in table])
        over = [of_differences(column) for column in table.T]
        clear = all(not goal.get("clear") or each.low > 0 for goal, each in zip(self.told["goal"], over))
        here, often = bool(met[0]), 2 * int(met.sum()) >= len(met)
        complete = bool(band) and band.complete
        return {
            "complete": complete,
            "met": complete and here and often and clear,
            "here": here,
            "seeds": {"met": int(met.sum()), "of": len(met)},
            "waiting": {"n": len(band.found) if band else 0, "of": len(band.seeds) if band else 0},
            "goals": [
                {"value": _short(value), "mean": _short(each.mean), "low": _short(each.low), "high": _short(each.high)}
                for value, each in zip(table[0], over)
            ],
        }

    def state(self) -> dict[str, Any]:
        """For the page."""
        return {"name": self.name, "problem": self.problem and self.problem._asdict(), "result": self.result}


def linked(name: str, stories: list[Story]) -> tuple[Mission, Message | None]:
    """The mission of a link, and what is wrong with it."""
    if name and name not in missions():
        return Mission(), message("no_mission", name=name[:30], known=", ".join(missions()))
    mission = Mission(name)
    return mission, mission.wrong(stories)


def _of_worlds(worlds: list[World]) -> Array:
    """(worlds, months, columns, cities) of the worlds on show."""
    return np.stack([np.stack([w.economy.panel.array(name) for name in COLUMNS], axis=1) for w in worlds])


def _short(value: float) -> float | None:
    return float(f"{value:.4g}") if np.isfinite(value) else None
