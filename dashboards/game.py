"""The game of mayors: teams that govern a city each, their budgets, and what their policies have come to.

A :class:`Game` is data and sums; who sends what to whom is in :mod:`.mayors`, files in :mod:`.games`.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import Any, ClassVar

import numpy as np

from microdrama.experiments.outcomes.labour import WORKING_DAYS
from microdrama.model import MicroDramaEconomy, Parameters
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name, month_number
from microdrama.model.inputs.cities import shipped_cities
from microdrama.model.inputs.policies import COSTLY, INSTRUMENTS
from microdrama.model.inputs.scenario import Scenario
from microdrama.model.inputs.zones import shipped_zones
from microdrama.model.panel import Panel

from .messages import RefusedError, message, refusal
from .nicknames import one_line, told_apart
from .story import Action, Story

LEVERS: dict[str, float] = {
    "rebate": 0.3,
    "rent_subsidy": 1.0,
    "park_services": 20000.0,
    "public_studio": 0.0,
    "state_fund": 0.0,
    "designation": 1.0,
}
"""What a team can do, and the highest size; 0 where the money decides the size."""
MOST_TEAMS = 8
EARLIEST, LATEST = 12, 120
"""First month in which mayors can act (a year to compare with comes before), and months of a world."""
USUAL_FIRST, USUAL_MONTHS = "2023-01", 60
BUDGET = (1e6, 1e10)
"""Least and most that a team may have, yuan a year of the real industry."""
CRISES: dict[str, tuple[tuple[str, Any], ...]] = {
    "observed": (),
    "none": (("property_crisis", False),),
    "double": (("crisis_strength", 2.0),),
}
"""House prices of a game, as parameters."""
NOBODY_ELSE = (("annual_plans", False), ("imitation", False), ("turnover", False))
"""Officials of the model make no plans, copy nobody, and are not replaced."""
STEP_YUAN = 100_000
"""Money is given in multiples of this."""
NAME_LENGTH = 20
MOST_NUMBER = 1e15
CAPEX = Parameters().conversion_capex_yuan_m2


@dataclass(frozen=True)
class GameStory(Story):
    """A world in which no city has a film policy but what is in ``actions``; censorship, the centre's, stays."""

    scenario: str = "no_policy"
    most: ClassVar[int] = len(LEVERS) * MOST_TEAMS * LATEST
    shown: ClassVar[int] = Story.most

    def at_start(self) -> Scenario:
        """The scenario before anybody acted; officials could."""
        scenario = super().at_start()
        scenario.title = "A game of mayors"
        scenario.policies = tuple(window for window in scenario.policies if window.instrument == "censorship")
        return scenario.with_values({"policy": True}, rng=self.seed)

    def in_words(self) -> list[dict[str, Any]]:
        """The latest actions, as many as any world may have."""
        return super().in_words()[-self.shown :]


@dataclass
class Team:
    """A team: its city, and by lever the size and yuan a year that it has set."""

    name: str
    city: str
    token: str
    """Hash of the word by which its page is known."""
    choices: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def committed(self) -> float:
        """Yuan a year."""
        return sum(yuan for _, yuan in self.choices.values())


def hashed(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def tidy(name: Any) -> str:
    """A nickname as one line of at most 20 characters; empty if nothing is left."""
    text = str(name)[:1000]
    return one_line(text, len(text))[:NAME_LENGTH].strip()


@cache
def centre(city: str) -> str:
    """A team's zone: the disc of the city's centre, EAST:NORTH:RADIUS in km."""
    zone = next(zone for zone in shipped_zones() if (zone.city, zone.slug) == (city, "centre"))
    return f"{zone.dx_km:g}:{zone.dy_km:g}:{zone.radius_km:g}"


class Game:
    """A game, from its start to its debrief.

    Attributes
    ----------
    story : GameStory, the world with all that teams did
    cities : slugs that teams may choose
    most : int, teams
    first, last : int, month in which mayors first act, and the one before which the game ends
    budget : float, yuan a year that each team has, at the size of the real industry
    code, watch : what leads to it as a team, and as a watcher
    owner : hash of the instructor's token
    teams : in the order in which they came
    beside : the same world with nobody acting, from the first month on
    debrief : what came out over several seeds, once it is there
    """

    def __init__(self, story: GameStory, cities: tuple[str, ...], most: int, first: int, last: int, budget: float):
        self.story, self.cities, self.most = story, cities, most
        self.first, self.last, self.budget = first, last, budget
        self.code = self.watch = self.owner = ""
        self.teams: list[Team] = []
        self.beside: MicroDramaEconomy | None = None
        self.debrief: dict[str, Any] = {}

    @classmethod
    def checked(
        cls,
        teams: Any = MOST_TEAMS,
        cities: Any = None,
        seed: Any = 1,
        scale: Any = Parameters.scale,
        first: Any = USUAL_FIRST,
        last: Any = None,
        budget: Any = 1e8,
        crisis: Any = "observed",
    ) -> Game:
        """A game from a form. Raises RefusedError with every problem."""
        problems, known = [], shipped_cities().slugs
        chosen = cities if isinstance(cities, list) and cities else known
        if unknown := [str(city) for city in chosen if city not in known]:
            problems.append(message("no_city", city=unknown[0][:30], known=", ".join(known)))
        if not _whole(teams, 2, MOST_TEAMS) or (not unknown and teams > len(set(map(str, chosen)))):
            problems.append(message("game_teams", most=MOST_TEAMS))
        months = []
        for text in (first, last):
            try:
                months.append(month_number(str(text)) if text is not None else months[0] + USUAL_MONTHS - 1)
            except (ValueError, IndexError):
                months.append(-1)
        begin, end = months[0], months[1] + 1
        if not EARLIEST <= begin < end <= LATEST:
            low, high = month_name(EARLIEST), month_name(LATEST - 1)
            problems.append(message("game_months", first=str(first)[:10], last=str(last)[:10], low=low, high=high))
        if not _number(budget, *BUDGET):
            problems.append(message("game_budget_form", low=BUDGET[0] / 1e6, high=BUDGET[1] / 1e6))
        if crisis not in CRISES:
            problems.append(message("no_choice", choice=str(crisis)[:20], known=", ".join(CRISES)))
        try:
            plain = Story.checked("no_policy", seed, scale)
        except RefusedError as error:
            problems += error.messages
        if problems:
            raise RefusedError(problems)
        story = GameStory(seed=plain.seed, scale=plain.scale, values=NOBODY_ELSE + CRISES[crisis])
        order = tuple(slug for slug in known if slug in chosen)
        return cls(story, order, int(teams), begin, end, STEP_YUAN * round(float(budget) / STEP_YUAN))

    # ------------------------------------------------------------------ teams

    @property
    def free(self) -> list[str]:
        """Cities that a team can still take; none once there are as many teams as there may be."""
        taken = {team.city for team in self.teams}
        return [city for city in self.cities if city not in taken] if len(self.teams) < self.most else []

    def join(self, name: Any, city: Any) -> tuple[str, Team]:
        """A new team and the token by which it comes back. Raises RefusedError."""
        if not self.free:
            raise refusal("game_full", most=self.most)
        if not (wanted := tidy(name)):
            raise refusal("game_name")
        if city not in self.free:
            raise refusal("game_taken")
        token = secrets.token_urlsafe(16)
        team = Team(told_apart(wanted, [each.name for each in self.teams], NAME_LENGTH), str(city), hashed(token))
        self.teams.append(team)
        return token, team

    def team_of(self, token: Any) -> Team | None:
        """The team that a token belongs to."""
        known = hashed(token) if isinstance(token, str) else ""
        return next((team for team in self.teams if secrets.compare_digest(team.token, known)), None)

    def act(self, team: Team, what: Any, size: Any, yuan: Any, month: int) -> None:
        """Set a lever of a team's own city from a month on. Raises RefusedError."""
        if month >= self.last:
            raise refusal("game_over")
        if not isinstance(what, str) or what not in LEVERS:
            raise refusal("no_choice", choice=str(what)[:30], known=", ".join(LEVERS))
        most, costly = LEVERS[what], what in COSTLY
        bounds = (size, most or MOST_NUMBER, INSTRUMENTS[what][0]), (yuan, MOST_NUMBER, "yuan a year")
        for value, high, unit in bounds:
            if not _number(value, 0, high):
                raise refusal("lever_size", what=what, size=str(value)[:20], low="0", high=f"{high:g}", unit=unit)
        money = STEP_YUAN * round(float(yuan) / STEP_YUAN) if costly else 0.0
        left = self.budget - team.committed + team.choices.get(what, (0.0, 0.0))[1]
        if money > left:
            raise refusal("game_money", wanted=f"{money / 1e6:g}", left=f"{left / 1e6:g}")
        choice = (float(size) if most else 0.0, money)
        if team.choices.get(what, (0.0, 0.0)) == choice:
            return
        at = max(month, self.first)
        self.story = self.story.with_action(self._action(team.city, what, *choice, at).checked())
        team.choices[what] = choice

    def _action(self, city: str, what: str, size: float, yuan: float, month: int) -> Action:
        """What a choice is in the model; it acts if there is a size and, for what costs money, money.

        Monthly parts of totals are whole m2 and 64ths of a million yuan, which multiply and divide without rounding.
        """
        months, zone, end = self.last - month, "", -1
        if what == "public_studio":
            size, end = math.floor(yuan / 12 / CAPEX) * months, self.last
        elif what == "state_fund":
            size, end = math.floor(64 * yuan / 12e6) / 64 * months, self.last
        elif what == "park_services":
            zone = centre(city)
        if what not in COSTLY:
            return Action(month, what, city, float(size > 0))
        if not (size > 0 and yuan > 0):
            return Action(month, what, city, 0.0, zone=zone)
        return Action(month, what, city, float(size), budget_yuan_year=yuan, zone=zone, end=end)

    # ------------------------------------------------------------------ what it has come to

    def over(self, month: int) -> bool:
        """Whether no month is left."""
        return month >= self.last

    def board(self, panel: Panel, slugs: list[str]) -> list[dict[str, Any]]:
        """A row a team: share of twelve months' shooting days (%) and its change since the game began (points), jobs
        beyond those with nobody acting (persons working, mean of the last twelve months), yuan paid since the game
        began, and yuan paid for a job-year so far; at the size of the real industry. None is for what is not there yet.
        """
        months, rows, scale = len(panel), [], self.story.scale
        days = panel.array("shoot_days") if months else np.zeros((1, len(slugs)))
        share = shares(days)
        change = share - shares(days[: self.first]) if months > self.first else np.full(len(slugs), np.nan)
        more, paid = np.full((1, len(slugs)), np.nan), np.zeros(len(slugs))
        if self.beside is not None and months > self.first and len(self.beside.panel) == months:
            without = self.beside.panel.array("paid_days")[self.first :]
            more = (panel.array("paid_days")[self.first :] - without) / WORKING_DAYS / scale
            paid = panel.array("film_spent_yuan")[self.first :].sum(axis=0) / scale
        for team in self.teams:
            at = slugs.index(team.city)
            years = float(more[:, at].sum()) / 12
            rows.append(
                {
                    "name": team.name,
                    "city": team.city,
                    "share": short(share[at]),
                    "change": short(change[at]),
                    "jobs": short(more[-12:, at].mean()),
                    "paid": short(paid[at]),
                    "cost": short(paid[at] / years) if years > 0 and paid[at] > 0 else None,
                }
            )
        return rows

    def promises(self, team: Team, column: Callable[[str], Array], slugs: list[str]) -> dict[str, list[float | None]]:
        """By lever that costs money: months since it was set (at most 12), and yuan claimed and paid in these.

        ``column`` gives (months, cities) of a column of the panel.
        """
        found, at = {}, slugs.index(team.city)
        for what, (_, yuan) in team.choices.items():
            if what in COSTLY and yuan > 0:
                since = next(a.month for a in reversed(self.story.actions) if (a.city, a.what) == (team.city, what))
                claims, payments = (column(f"{told}_{what}_yuan")[:, at] for told in ("claimed", "paid"))
                n = max(min(len(claims) - since, 12), 0)
                claimed, paid = (values[len(values) - n :].sum() / self.story.scale for values in (claims, payments))
                found[what] = [n, short(claimed), short(paid)]
        return found

    def about(self) -> dict[str, Any]:
        """What stays the same, for pages."""
        cities = shipped_cities()
        names = dict(zip(cities.slugs, zip((n.split(" (")[0] for n in cities.names), cities.texts["name_zh"])))
        return {
            "code": self.code,
            "first": self.first,
            "last": self.last,
            "budget": self.budget,
            "most": self.most,
            "scale": self.story.scale,
            "levers": LEVERS,
            "costly": [what for what in LEVERS if what in COSTLY],
            "names": {slug: names[slug] for slug in self.cities},
        }


def shares(days: Array) -> Array:
    """(cities,) shares of the last twelve months, %."""
    year = days[-12:].sum(axis=0)
    whole = year.sum()
    found: Array = 100 * year / whole if whole else np.full(len(year), np.nan)
    return found


def short(value: float) -> float | None:
    """Four digits; none for what is not a number."""
    number = float(value)
    return float(f"{number:.4g}") + 0.0 if math.isfinite(number) else None  # and no -0


def _number(value: Any, low: float, high: float) -> bool:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return good and low <= value <= high and math.isfinite(value)


def _whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def saved(game: Game, month: int) -> dict[str, Any]:
    """A game as data for a file."""
    return {
        "microdrama_game": 1,
        "code": game.code,
        "watch": game.watch,
        "owner": game.owner,
        "month": month,
        "seed": game.story.seed,
        "scale": game.story.scale,
        "crisis": next(name for name, values in CRISES.items() if NOBODY_ELSE + values == game.story.values),
        "first": game.first,
        "last": game.last,
        "budget": game.budget,
        "cities": list(game.cities),
        "most": game.most,
        "teams": [{"name": t.name, "city": t.city, "token": t.token, "choices": t.choices} for t in game.teams],
        "actions": [asdict(action) for action in game.story.actions],
    }


def restored(told: dict[str, Any]) -> tuple[Game, int]:
    """The game and its month of such a file. Raises ValueError, KeyError, TypeError or InputError for any other."""
    if told["microdrama_game"] != 1:
        raise ValueError("not a game of this version")
    first, last = month_name(told["first"]), month_name(told["last"] - 1)
    form = {name: told[name] for name in ("cities", "seed", "scale", "budget", "crisis")}
    game = Game.checked(teams=told["most"], first=first, last=last, **form)
    for each in told["teams"]:
        game.teams.append(_restored_team(game, each))
    actions = [Action(**each).checked() for each in told["actions"]]
    governed = {team.city for team in game.teams}
    if any(a.city not in governed or a.what not in LEVERS for a in actions) or len(actions) > game.story.most:
        raise ValueError("an action that cannot be")
    game.story = replace(game.story, actions=tuple(sorted(actions, key=lambda action: action.month)))
    game.code, game.watch, game.owner = (told[name] for name in ("code", "watch", "owner"))
    texts = all(isinstance(text, str) for text in (game.code, game.watch, game.owner))
    if not texts or not game.code.isdecimal() or not _whole(told["month"], 0, game.last):
        raise ValueError("no code or no month")
    return game, told["month"]


def _restored_team(game: Game, told: dict[str, Any]) -> Team:
    team = Team(told["name"], told["city"], str(told["token"]))
    if not team.name or tidy(team.name) != team.name or team.city not in game.free:
        raise ValueError("a team that cannot be")
    for what, (size, yuan) in told["choices"].items():
        fits = what in LEVERS and _number(size, 0, LEVERS[what] or MOST_NUMBER) and _number(yuan, 0, game.budget)
        if not fits:
            raise ValueError("a choice that cannot be")
        team.choices[what] = (float(size), float(yuan))
    if team.committed > game.budget:
        raise ValueError("more money than there is")
    return team
