"""All games of the process by their code, the files that bring them back, and pages of teams."""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from .audience import Viewer
from .game import Game, hashed, restored, saved
from .mayors import TeamPage
from .messages import Message, message
from .session import Session

MOST_BYTES = 5_000_000
"""Of a file that may be a game."""
log = logging.getLogger(__name__)


class Games:
    """Games by code. With a ``folder`` each is kept in a file there until it ends."""

    def __init__(self, folder: str = "") -> None:
        self.folder = Path(folder) if folder else None
        self.sessions: dict[str, Session] = {}
        self._owners: dict[str, Session] = {}
        """Sessions that came back from files, by the hash of their owner's token, until he is here."""

    def add(self, game: Game, session: Session) -> None:
        """Give a game its code."""
        known = {*self.sessions, *(path.stem.removeprefix("game-") for path in self._files())}
        while not game.code or game.code in known:
            game.code = str(secrets.randbelow(9000) + 1000) if len(known) < 5000 else str(secrets.randbelow(10**9))
        game.owner = hashed(session.token)
        self.sessions[game.code] = session

    def remove(self, game: Game) -> None:
        """Forget a game and its file."""
        self.sessions.pop(game.code, None)
        self._owners.pop(game.owner, None)
        if self.folder:
            (self.folder / f"game-{game.code}.json").unlink(missing_ok=True)

    def keep(self, game: Game, month: int) -> None:
        """Write a game's file, whole or not at all."""
        if not self.folder:
            return
        path = self.folder / f"game-{game.code}.json"
        try:
            part = path.with_suffix(".part")
            part.write_text(json.dumps(saved(game, month)), encoding="utf-8")
            os.replace(part, path)
        except OSError as error:
            log.warning("game %s cannot be kept in %s: %s", game.code, self.folder, error)

    def bring_back(self, registry: Any) -> dict[str, Session]:
        """Sessions of the games in the folder, by a token that nobody has; other files are named and left alone."""
        found = {}
        for path in self._files():
            try:
                if path.stat().st_size > MOST_BYTES:
                    raise ValueError("too large")
                game, month = restored(json.loads(path.read_text(encoding="utf-8")))
                if path.name != f"game-{game.code}.json":
                    raise ValueError("its code is not that of its name")
            except Exception as error:  # a foreign file may be anything
                why = " ".join(str(error).split())[:100]
                log.warning("%r is not a game and is left alone (%s: %s)", str(path), type(error).__name__, why)
                continue
            session = Session(registry=registry, seeds=registry.seeds, by_itself=registry.by_itself)
            session.resume_game(game, month)
            found[secrets.token_urlsafe(16)] = self.sessions[game.code] = self._owners[game.owner] = session
            if game.watch:
                registry.shared[game.watch] = session
        return found

    def claim(self, token: Any) -> Session | None:
        """The session of a game that came back, for its instructor."""
        return self._owners.pop(hashed(token), None) if isinstance(token, str) else None

    def _files(self) -> list[Path]:
        if not self.folder or not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.glob("game-*.json") if path.is_file())


def play_code(search: str) -> str | None:
    """The code in a link ``?play=CODE``; empty if it is still to be typed, None if this is no such link."""
    query = parse_qs(search.lstrip("?"), keep_blank_values=True)
    return "".join(re.findall(r"\d", query["play"][-1]))[:12] if "play" in query else None


class Player:
    """A visitor's page as one of a team; it takes what the page sends if it is one."""

    def __init__(self, games: Games, viewer: Viewer) -> None:
        self.games, self.viewer = games, viewer
        self.session: Session | None = None
        self.page: TeamPage | None = None

    def takes(self, told: dict[str, Any]) -> bool:
        """Carry out a message of a team's page; False for those of other pages. Raises ValueError for nonsense."""
        name = told["do"]
        if name == "hello":
            self.leave()
            code = play_code(str(told.get("search", "")))
            if code is None:
                return False
            self._arrive(code, told.get("token"))
        elif self.page is None:
            return False
        elif self.session is None:
            return True
        elif name in ("ack", "ping"):
            if name == "ping":
                self.viewer.deliver("pong", {})
            self._post(f"game_{name}", n=told["n"] if isinstance(told.get("n"), int) else -1)
        elif name == "join":
            self._post("game_join", name=told.get("name"), city=told.get("city"), ask=told.get("ask"))
        elif name == "act":
            team = self.page.team
            if team and told.get("city", team.city) != team.city:
                self._refuse(told.get("ask"), message("game_other_city"))
            else:
                more = {key: told.get(key) for key in ("what", "size", "yuan", "ask")}
                self._post("game_act", **more)
        else:
            self._refuse(told.get("ask"), message("game_team_only"))
        return True

    def leave(self) -> None:
        """The page is gone."""
        if self.session and self.page:
            self._post("game_detach")
        self.session = self.page = None

    def _arrive(self, code: str, token: Any) -> None:
        self.page, self.session = TeamPage(self.viewer), self.games.sessions.get(code)
        if self.session:
            self._post("game_attach", token=token)
        else:
            wrong = message("game_code", code=code)._asdict() if code else None
            self.viewer.deliver("welcome", {"role": "team", "game": None, "wrong": wrong})

    def _post(self, do: str, /, **more: Any) -> None:
        self.session.post({"do": do, "page": self.page, **more})

    def _refuse(self, ask: Any, said: Message) -> None:
        self.viewer.deliver("answer", {"ask": ask, "content": {"error": said._asdict()}})
