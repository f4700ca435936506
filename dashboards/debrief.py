"""The debrief of a game: its world against others over several seeds, run in the worker process, and what that says.

The same runs are those of a study that can be downloaded: ``microdrama sweep study.toml`` gives the same numbers.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import numpy as np

from microdrama.experiments.analysis.contrast import Contrast, of_differences
from microdrama.experiments.outcomes.labour import WORKING_DAYS
from microdrama.model import MicroDramaEconomy
from microdrama.model.arrays import Array
from microdrama.model.inputs.cities import shipped_cities

from .exports import story_file
from .game import Game, GameStory, shares, short
from .other_seeds import other_seeds, submit
from .story import Action, Story

RACE_REBATE = 0.15
CAP = 0.05
COLUMNS = ("shoot_days", "paid_days", "film_spent_yuan")
"""Columns of the panel that are returned."""
OUTPUTS = ("all_job_months", "film_spent_yuan", "hhi_shoot_days", "all_wages_yuan", "all_series_shot")
"""Outcomes in the table of the downloaded study."""


def worlds(game: Game) -> dict[str, GameStory]:
    """Stories of the debrief: the game's; nobody acting; all played cities with the same rebate, freely and capped."""
    plain = replace(game.story, actions=())
    race = tuple(
        Action(game.first, "rebate", team.city, RACE_REBATE, budget_yuan_year=game.budget) for team in game.teams
    )
    racing = replace(plain, actions=race)
    capped = replace(racing, values=(*racing.values, ("national_rebate_cap", CAP)))
    return {"played": game.story, "nobody": plain, "race": racing, "capped": capped}


def seeds_of(game: Game, count: int) -> list[int]:
    """The seed that was played and ``count`` others."""
    return [game.story.seed, *other_seeds(game.story.seed)[:count]]


def outcome(story: Story, months: int) -> Array:
    """(columns, months, cities) of a world that knows from its start what will be done."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        economy = MicroDramaEconomy(story.at_end(), rng=story.seed)
        economy.run_for(months)
    return np.stack([economy.panel.array(name) for name in COLUMNS])


class Run:
    """:func:`outcome` of so many months, for the worker process."""

    def __init__(self, months: int) -> None:
        self.months = months

    def __call__(self, stories: tuple[Story, ...]) -> Array:
        """Run the one story."""
        return outcome(stories[0], self.months)


class Debrief:
    """All worlds under all seeds for so many months, one after the other; ``send`` gets this after each of them."""

    def __init__(self, game: Game, months: int, count: int, send: Callable[[Debrief], None]) -> None:
        self.game, self.months, self.send, self.seeds = game, months, send, seeds_of(game, count)
        self.stories = worlds(game)
        self.jobs = [(name, seed) for seed in self.seeds for name in self.stories]
        self.found: dict[tuple[str, int], Array] = {}
        self.done, self._cancelled = 0, False

    def begin(self) -> None:
        """Start the first run."""
        self._next()

    def close(self) -> None:
        """Send no more."""
        self._cancelled = True

    def _next(self) -> None:
        if self._cancelled or self.done == len(self.jobs):
            return
        name, seed = self.jobs[self.done]

        def come(future: Future[Any]) -> None:
            if self._cancelled:
                return
            if not future.cancelled() and future.exception() is None:
                self.found[name, seed] = future.result()
            self.done += 1
            self.send(self)
            self._next()

        submit((replace(self.stories[name], seed=seed),), come, Run(self.months))

    @property
    def complete(self) -> bool:
        """Whether every run has come, or failed."""
        return self.done == len(self.jobs)

    def told(self) -> dict[str, Any]:
        """How far it is, and once all have come what they say."""
        progress = {"done": self.done, "of": len(self.jobs), "until": self.months}
        whole = [seed for seed in self.seeds if all((name, seed) in self.found for name in self.stories)]
        if not self.complete or not whole:
            return progress
        runs = {name: [self.found[name, seed] for seed in whole] for name in self.stories}
        return progress | facts(self.game, runs)


def job_months(run: Array) -> Array:
    """(cities,) paid days over 22, all months: the outcome of a study, by city."""
    found: Array = run[COLUMNS.index("paid_days")].sum(axis=0) / WORKING_DAYS
    return found


def spent(run: Array) -> Array:
    """(cities,) public money spent on film, all months, yuan at the scale of the run."""
    found: Array = run[COLUMNS.index("film_spent_yuan")].sum(axis=0)
    return found


def facts(game: Game, runs: dict[str, list[Array]]) -> dict[str, Any]:
    """What the runs of each world (by seed, the one played first) say; job-years and yuan of the real industry."""
    slugs, scale = shipped_cities().slugs, game.story.scale
    nobody = np.stack([job_months(run) for run in runs["nobody"]])
    years = {name: (np.stack([job_months(run) for run in own]) - nobody) / 12 / scale for name, own in runs.items()}
    paid = {name: np.stack([spent(run) for run in own]) / scale for name, own in runs.items()}
    share = {name: np.stack([shares(run[0]) for run in own]) for name, own in runs.items()}
    played = [slugs.index(team.city) for team in game.teams]
    rows = [
        {
            "name": team.name,
            "city": team.city,
            "here": short(years["played"][0, at]),
            "jobs": _interval(of_differences(years["played"][:, at])),
            "share": short(share["played"][:, at].mean()),
            "change": _interval(of_differences(share["played"][:, at] - share["nobody"][:, at])),
            "race": short(share["race"][:, at].mean()),
            "paid": short(paid["played"][:, at].mean()),
            "cost": _cost(paid["played"][:, at], years["played"][:, at]),
        }
        for team, at in zip(game.teams, played, strict=True)
    ]
    totals = {
        name: {
            "jobs": _interval(of_differences(years[name].sum(axis=1))),
            "paid": short(paid[name].sum(axis=1).mean()),
            "cost": _cost(paid[name].sum(axis=1), years[name].sum(axis=1)),
            "share": short(share[name][:, played].sum(axis=1).mean()),
        }
        for name in runs
    }
    return {"teams": rows, "worlds": totals, "runs": len(nobody)} | _moved(years["played"].mean(axis=0), played)


def _moved(years: Array, played: list[int]) -> dict[str, Any]:
    """Job-years that winning teams gained, in the mean, and what other teams' and other cities lost against that."""
    own = years[played]
    rest = np.delete(years, played)
    return {
        "gained": short(own[own > 0].sum()),
        "from_teams": short(np.abs(own[own < 0]).sum()),
        "from_rest": short(np.abs(rest[rest < 0]).sum()),
        "net": short(years.sum()),
    }


def _cost(paid: Array, years: Array) -> float | None:
    """Yuan for a job-year, a ratio of means; none if there are no more jobs, or that may be luck."""
    found = of_differences(years)
    return short(paid.mean() / found.mean) if found.low > 0 else None


def _interval(found: Contrast) -> dict[str, Any]:
    return {name: short(getattr(found, name)) for name in ("mean", "low", "high")} | {"clear": bool(found.clear)}


def study(game: Game, months: int, count: int) -> bytes:
    """A zip file with the study of the debrief and the scenarios of its worlds, without those that are another's."""
    stories = {}
    for name, story in worlds(game).items():
        stories |= {name: story} if story not in stories.values() else {}
    names = ", ".join(f'"{name}.toml"' for name in stories)
    lines = [
        'title = "A game of mayors"',
        'description = "What the teams did, nobody acting, a race of rebates, and the same under a national cap."',
        f"months = {months}",
        f"seeds = {seeds_of(game, count)}",
        f"outputs = [{', '.join(repr(name) for name in OUTPUTS)}]".replace("'", '"'),
        "panel = true                  # every city and month, for what single teams have",
        "",
        "[factors]",
        f"scenario = [{names}]",
        "",
    ]
    with zipfile.ZipFile(held := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("study.toml", "\n".join(lines))
        for name, story in stories.items():
            files.writestr(f"{name}.toml", story_file(story))
    return held.getvalue()
