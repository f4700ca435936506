"""What a session does while its visitor's class plays the game of mayors: commands of the instructor and of teams."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from microdrama.model import InputError

from .audience import RESEND_SECONDS, Viewer
from .debrief import Debrief, study
from .game import Game, Team
from .messages import joined, messages_of, refusal

FROM_TEAMS = {"game_attach", "game_detach", "game_ack", "game_ping", "game_join", "game_act", "game_debrief_run"}
"""Commands that only the server gives, for pages of teams."""
CLOCK = {"play", "pause", "step", "speed", "votes", "structure_run"}
CLOCK |= {"share", "inspect", "list", "link", "download", "explore", "free"}
"""Commands that the instructor may give while a game is on, beside those of the game."""
MOST_PAGES = 100


class TeamPage:
    """An open page of a team, or of somebody who has not joined yet. It is sent a month once it has taken the last."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.team: Team | None = None
        self.behind = False

    def tell(self, content: dict[str, Any], *, again: bool = False) -> None:
        """Send the game as it is, or note that this page lacks it."""
        viewer = self.viewer
        self.behind = not viewer.ready and viewer.seconds_since_sent < RESEND_SECONDS and not again
        if not self.behind:
            viewer.sent, viewer.sent_at = viewer.sent + 1, time.monotonic()
            viewer.deliver("game", content | {"n": viewer.sent})

    def answer(self, ask: Any, error: InputError | None = None) -> None:
        """Say that something was done, or why not."""
        said = {"error": joined(messages_of(error))._asdict()} if error else {}
        self.viewer.deliver("answer", {"ask": ask, "content": said})


class Mayors:
    """The part of a session that plays; :class:`.session.Session` has it."""

    game: Game | None = None

    def __init__(self) -> None:
        self.pages: list[TeamPage] = []
        self._debrief: Debrief | None = None

    # ------------------------------------------------------------------ the instructor

    def do_game_start(
        self,
        teams: Any = 8,
        cities: Any = None,
        seed: Any = 1,
        scale: Any = 0.1,
        first: Any = "2023-01",
        last: Any = None,
        budget: Any = 1e8,
        crisis: Any = "observed",
        ask: Any = None,
    ) -> None:
        """Begin a game; what is wrong with the form goes to who asked."""
        try:
            if self.game:
                raise refusal("game_on")
            game = Game.checked(teams, cities, seed, scale, first, last, budget, crisis)
        except InputError as error:
            self._answer(ask, {"error": joined(messages_of(error))._asdict()})
            return
        self._remember("run")
        self.lesson, self.mission = type(self.lesson)(), type(self.mission)()
        self.game = game
        if self.registry:
            game.watch = self.shared = self.registry.share(self, True)
            self.registry.games.add(game, self)
        self._begin([game.story], game.first)
        self._answer(ask, {})

    def do_game_end(self) -> None:
        """End the game; its world stays on show."""
        self.end_game()
        self._send_state()

    def do_game_debrief(self) -> None:
        """Compare what was done so far with other worlds, over several seeds."""
        if not self.game or not self.game.teams or self.game_month <= self.game.first or self.target >= 0:
            raise refusal("game_early")
        self._begin_debrief()
        self._send_state()

    def do_game_debrief_run(self, debrief: Debrief) -> None:
        if self.game and debrief is self._debrief:
            self.game.debrief = debrief.told()
            self._send_state()

    def do_game_study(self, ask: Any = 0) -> None:
        """The debrief as a study that ``microdrama sweep`` runs."""
        if not self.game:
            raise refusal("no_game")
        months = self._debrief.months if self._debrief else self.game.last
        self._answer(ask, {"name": f"game-{self.game.code}.zip"}, [study(self.game, months, self.seeds)])

    # ------------------------------------------------------------------ teams

    def do_game_attach(self, page: TeamPage, token: Any) -> None:
        """A page for this game was opened; with a team's token it is that team's."""
        if not self.game or len(self.pages) >= MOST_PAGES:
            page.viewer.deliver("welcome", {"role": "team", "game": None})
            return
        self.pages.append(page)
        page.viewer.reset()
        page.viewer.deliver("welcome", {"role": "team", "game": self.game.about()})
        page.team = self.game.team_of(token)
        if page.team:
            page.viewer.deliver("joined", {"name": page.team.name, "city": page.team.city, "token": token})
        if self.freed:
            self.do_again()
        page.tell(self._content(page), again=True)
        self._tell_owner()

    def do_game_detach(self, page: TeamPage) -> None:
        if page in self.pages:
            self.pages.remove(page)
            self._tell_owner()

    def do_game_join(self, page: TeamPage, name: Any, city: Any, ask: Any) -> None:
        """A new team takes a city."""
        if not self.game or page not in self.pages or page.team:
            return
        self.touched = time.monotonic()
        try:
            token, page.team = self.game.join(name, city)
        except InputError as error:
            page.answer(ask, error)
            page.tell(self._content(page), again=True)
            return
        page.viewer.deliver("joined", {"name": page.team.name, "city": page.team.city, "token": token})
        page.answer(ask)
        self._tell_owner()
        self.show_game()

    def do_game_act(self, page: TeamPage, what: Any, size: Any, yuan: Any, ask: Any) -> None:
        """A team sets a lever of its own city."""
        if not self.game or page not in self.pages or not page.team:
            return
        self.touched = time.monotonic()
        try:
            self.game.act(page.team, what, size, yuan, self.game_month)
        except InputError as error:
            page.answer(ask, error)
        else:
            self._stories = [self.game.story]
            for world in self.worlds:
                world.story = self.game.story
            page.answer(ask)
            self._keep_game()
            self._tell_owner()
        for each in self.pages:
            if each.team is page.team:
                each.tell(self._content(each), again=True)

    def do_game_ack(self, page: TeamPage, n: Any) -> None:
        page.viewer.acked = max(page.viewer.acked, n)
        if page.behind and self.game:
            page.tell(self._content(page))

    def do_game_ping(self, page: TeamPage, n: Any) -> None:
        """A team's page is alive; send what it missed."""
        lacks = self.game and page in self.pages and n != page.viewer.sent
        if lacks and page.viewer.seconds_since_sent > RESEND_SECONDS:
            page.tell(self._content(page), again=True)

    # ------------------------------------------------------------------ called by the session

    @property
    def game_month(self) -> int:
        """The month from which acts count: the next one, or the one that the worlds are running to."""
        reached = self.worlds[0].month if self.worlds else self._month_kept
        return max(reached, self.target)

    def check_game(self, command: dict[str, Any], passive: set[str]) -> None:
        """Refuse what would put other worlds in the place of a game's. Raises RefusedError."""
        name = command["do"]
        if not self.game or name in CLOCK | passive or name.startswith("game_"):
            return
        to = command.get("month")
        ahead = name == "goto" and isinstance(to, int) and self.game_month <= to <= self.game.last
        if (
            not ahead
            and not (name == "again" and (self.freed or self.failed))
            and command != {"do": "lesson", "step": -1}
        ):
            raise refusal("game_on")

    def before_step(self) -> None:
        """Where mayors begin to act, keep a copy in which nobody does."""
        game = self.game
        if game and self.worlds[0].month <= game.first:
            game.beside = self.worlds[0].economy.branch() if self.worlds[0].month == game.first else None

    def after_step(self) -> None:
        """The copy takes the step too."""
        if self.game and self.game.beside is not None:
            self.game.beside.step()

    def game_over(self) -> bool:
        """Whether a game has reached its last month."""
        return bool(self.game and self.worlds and self.game.over(self.worlds[0].month))

    def game_rows(self) -> list[dict[str, Any]]:
        """The board as it is."""
        if not self.game or not self.worlds:
            return []
        economy = self.worlds[0].economy
        return self.game.board(economy.panel, economy.cities.slugs)

    def game_state(self) -> dict[str, Any] | None:
        """The game for the instructor and for watchers."""
        if not self.game:
            return None
        here = [page.team for page in self.pages]
        teams = [{"name": t.name, "city": t.city, "here": t in here, "committed": t.committed} for t in self.game.teams]
        return self.game.about() | {"teams": teams, "debrief": self.game.debrief, "rows": self.game_rows()}

    def show_game(self) -> None:
        """Tell all teams how it is, and begin the debrief once the last month is over."""
        if not self.game:
            return
        if not self.worlds:
            self.game.beside = None
        if self.game_over() and self.game.teams and (self._debrief is None or self._debrief.months < self.game.last):
            self._begin_debrief()
        if self.pages:
            rows, column = self.game_rows(), self._column()
            for page in self.pages:
                page.tell(self._content(page, rows, column))
        self._keep_game()

    def resume_game(self, game: Game, month: int) -> None:
        """Take over a game from before; its world runs again to its month when somebody comes."""
        self.game, self._stories, self._month_kept, self.freed = game, [game.story], month, True
        self.shared, self.visitors = game.watch, 0

    def end_game(self) -> None:
        """Nothing is left of a game but its world."""
        if not self.game:
            return
        self._end_debrief()
        if self.registry:
            self.registry.games.remove(self.game)
        for page in self.pages:
            page.viewer.deliver("ended", None)
        self.game, self.pages = None, []

    # ------------------------------------------------------------------ inside

    def _begin_debrief(self) -> None:
        self._end_debrief()
        months = min(self.game_month, self.game.last)
        self._debrief = Debrief(
            self.game, months, self.seeds, lambda told: self.post({"do": "game_debrief_run", "debrief": told})
        )
        self.game.debrief = self._debrief.told()
        self._debrief.begin()

    def _end_debrief(self) -> None:
        if self._debrief:
            self._debrief.close()
            self._debrief = None

    def _keep_game(self) -> None:
        if self.registry and self.game:
            self.game.watch = self.shared
            self.registry.games.keep(self.game, self.game_month)

    def _tell_owner(self) -> None:
        if self.owner:
            self.owner.deliver("state", self.state())

    def _column(self) -> Callable[[str], Any]:
        """Reads columns of the world's panel, each once."""
        return cache(self.worlds[0].economy.panel.array if self.worlds else lambda _: np.zeros((0, 0)))

    def _content(self, page: TeamPage, rows: Any = None, column: Any = None) -> dict[str, Any]:
        """A month for a page: date, clock, the board without names of its columns, and of a team what it has set and
        what was paid of it.
        """
        game = self.game
        told = {
            "month": self.worlds[0].month if self.worlds else self._month_kept,
            "playing": self.playing,
            "hurrying": self.target >= 0,
            "watch": self.shared,
            "over": self.game_over(),
            "away": self.owner is None,
            "free": game.free,
            "rows": [[*row.values()] for row in (self.game_rows() if rows is None else rows)],
        }
        if page.team:
            told["choices"], told["committed"] = page.team.choices, page.team.committed
            if self.worlds:
                slugs = self.worlds[0].economy.cities.slugs
                told["promises"] = game.promises(page.team, column or self._column(), slugs)
        return told | ({"debrief": game.debrief} if game.debrief else {})
