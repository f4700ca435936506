"""The registry of sessions: one for each visitor, how many there may be, and which are shared for watching."""

from __future__ import annotations

import os
import re
import secrets
import threading
import time
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from microdrama.model import InputError, load_scenario, shipped_scenarios
from microdrama.model.inputs.policies import COSTLY, INSTRUMENTS

from . import exports
from .audience import Viewer
from .drawn_zones import ZONE_LEVERS
from .games import Games, Player
from .lesson import steps
from .mayors import FROM_TEAMS
from .messages import Message, joined, message, messages_of, refusal
from .missions import missions, start
from .other_seeds import SEEDS
from .session import MOST_KEPT, SPEEDS, Kept, Session, give_back
from .story import LEVERS, Story
from .structures import STRUCTURES
from .votes import DRAWN, Allowance


class SessionRegistry:
    """All sessions of this process.

    Attributes
    ----------
    most : int, sessions that hold worlds at a time
    idle_seconds : float, after which an untouched session is suspended: its worlds are freed
    results : str, folder below which sweeps can be opened
    seeds : int, other seeds under which two worlds are run
    by_itself : bool, whether that happens as soon as two worlds differ
    state : str, folder in which games are kept for a restart; empty for none
    absent_seconds : float, after which the worlds of a visitor whose page is closed are freed
    """

    def __init__(
        self,
        most: int = 40,
        idle_seconds: float = 1800,
        results: str = "results",
        *,
        seeds: int = SEEDS,
        absent_seconds: float = 120,
        by_itself: bool = False,
        state: str = "",
    ) -> None:
        self.most, self.idle_seconds, self.results = most, idle_seconds, results
        self.seeds, self.by_itself = seeds, by_itself
        self.absent_seconds = min(absent_seconds, idle_seconds)
        self.sessions: dict[str, Session] = {}
        self.shared: dict[str, Session] = {}
        self.games = Games(state)
        self.sessions |= self.games.bring_back(self)
        self._lock = threading.Lock()
        self._sweeper: threading.Thread | None = None
        if self.sessions:
            self._begin_sweeping()

    @classmethod
    def from_environment(cls) -> SessionRegistry:
        """As ``microdrama dashboard`` sets it up."""
        get = os.environ.get
        return cls(
            int(get("MICRODRAMA_VISITORS", "40")),
            60 * float(get("MICRODRAMA_IDLE_MINUTES", "30")),
            get("MICRODRAMA_RESULTS", "results"),
            seeds=int(get("MICRODRAMA_SEEDS", str(SEEDS))),
            absent_seconds=float(get("MICRODRAMA_ABSENT_SECONDS", "120")),
            by_itself=True,
            state=get("MICRODRAMA_STATE", ""),
        )

    def enter(self, token: Any, *, copied: bool = False) -> tuple[str, Session, Session | None, bool]:
        """The visitor's session, the one it is a copy of, and whether it is new. Raises InputError if full.

        It is the earlier one if the token is known; but a page whose token was ``copied`` with its tab gets a session
        of its own as long as the other page is open.
        """
        with self._lock:
            earlier = self.sessions.get(token) or self._back(token) if isinstance(token, str) else None
            if earlier and not earlier.closed and not (copied and earlier.visitors):
                earlier.visitors += 1
                return token, earlier, None, False
            self._make_room()
            token = secrets.token_urlsafe(16)
            self.sessions[token] = session = Session(registry=self, seeds=self.seeds, by_itself=self.by_itself)
            session.token = token
            self._begin_sweeping()
            return token, session, earlier, True

    def _begin_sweeping(self) -> None:
        if self._sweeper is None:
            self._sweeper = threading.Thread(target=self._sweep, name="sweeper", daemon=True)
            self._sweeper.start()

    def _back(self, token: Any) -> Session | None:
        """The session of a game that came back from its file, now under its instructor's token."""
        session = self.games.claim(token)
        if session:
            self.sessions = {t: s for t, s in self.sessions.items() if s is not session} | {token: session}
            session.token = token
        return session

    def _make_room(self) -> None:
        """Drop sessions whose page is closed, the longest untouched first, if there is no room."""
        living = {t: s for t, s in self.sessions.items() if not (s.closed or s.freed)}
        left = sorted(
            (t for t, s in living.items() if not (s.visitors or s.game)), key=lambda t: self.sessions[t].touched
        )
        over = len(living) - self.most + 1
        for token in left[: max(over, 0)]:
            self._drop(token)
            over -= 1
        if over > 0:
            raise refusal("full", most=self.most)

    def _drop(self, token: str) -> None:
        session = self.sessions.pop(token)
        self.share(session, False)
        session.post({"do": "close"})

    def _sweep(self) -> None:
        while True:
            time.sleep(min(self.idle_seconds / 4, self.absent_seconds, 30))
            if self.free_idle():
                for seconds in (1, 5):  # until they have obeyed, the busy ones too
                    time.sleep(seconds)
                    give_back()

    def free_idle(self) -> bool:
        """Suspend sessions that were idle for long; drop those whose visitor did not return; whether there were any."""
        now, any_of_them = time.monotonic(), False
        with self._lock:
            for token, session in list(self.sessions.items()):
                quiet = now - session.touched
                if not session.visitors and not session.watchers and not session.freed and quiet > self.absent_seconds:
                    session.post({"do": "free"})
                    session.touched = now - quiet
                    any_of_them = True
                if quiet > self.idle_seconds and not session.visitors:
                    any_of_them = True
                    self._drop(token)
                elif quiet > self.idle_seconds and not session.freed and not session.watchers:
                    session.post({"do": "free"})
                    session.touched = now - self.idle_seconds
                    any_of_them = True
        return any_of_them

    def share(self, session: Session, on: bool) -> str:
        """The code under which a session can be watched; empty once it cannot."""
        code = next((code for code, shared in self.shared.items() if shared is session), "")
        if on and not code:
            code = secrets.token_hex(4)
            self.shared[code] = session
        elif not on and code:
            del self.shared[code]
            for viewer in list(session.watchers):
                viewer.send("ended", None, [])
            code = ""
        return code

    def watch(self, code: Any) -> Session:
        """A shared session. Raises InputError if there is none."""
        if not isinstance(code, str) or code not in self.shared:
            raise refusal("not_shared")
        return self.shared[code]


class Visitor:
    """One open page: it owns a session, or watches one. ``command`` is called by the page, in any thread."""

    def __init__(self, registry: SessionRegistry, viewer: Viewer) -> None:
        self.registry, self.viewer = registry, viewer
        self.session: Session | None = None
        self.owner = False
        self.allowance = Allowance()
        self.player = Player(registry.games, viewer)

    def command(self, message: Any) -> None:
        """Carry out what the page sends. Never raises: the page is sent what went wrong."""
        if not isinstance(message, dict) or not isinstance(message.get("do"), str):
            return
        try:
            if self.player.takes(message):
                return
            if message["do"] == "hello":
                links = message.get("links") if isinstance(message.get("links"), list) else []
                search, copied = str(message.get("search", "")), bool(message.get("copied"))
                self._arrive(search, message.get("token"), [str(link) for link in links], copied=copied)
            elif self.session is None:
                return
            elif self.owner:
                if message["do"] not in PRIVATE:
                    self.session.post(message)
            elif message["do"] in ("join", "vote"):
                if self.allowance.take():
                    self.session.post({"do": "ballot", "viewer": self.viewer, "told": message})
            elif message["do"] == "ack":
                self.viewer.acked = max(self.viewer.acked, int(message.get("frame", -1)))
            elif message["do"] == "ping":
                self.viewer.send("pong", {}, [])
                if int(message.get("frame", -1)) != self.viewer.sent and self.viewer not in self.session.watchers:
                    self.session.post({"do": "attach", "viewer": self.viewer, "owner": False})
        except InputError as error:
            self.viewer.send("refused", joined(messages_of(error))._asdict(), [])
        except (TypeError, ValueError):
            return

    def leave(self) -> None:
        """The page is gone."""
        self.player.leave()
        if self.session:
            self.session.visitors -= self.owner
            self.session.post({"do": "detach", "viewer": self.viewer})
            self.session = None

    def _arrive(self, search: str, token: Any, links: list[str], *, copied: bool) -> None:
        """``links`` lead to the run that the page had, and to earlier ones, should the server have lost them."""
        self.leave()
        query = read_query(search)
        if "watch" in query:
            self.session, self.owner = self.registry.watch(query["watch"]), False
            self.viewer.send("welcome", {"role": "watcher", "catalog": catalog()}, [])
            self.session.post({"do": "attach", "viewer": self.viewer, "owner": False})
            return
        token, session, other, new = self.registry.enter(token, copied=copied)
        self.session, self.owner = session, True
        self.viewer.send("welcome", {"role": "owner", "token": token, "catalog": catalog()}, [])
        if new and other:
            query = read_query(other.link)
        elif new and links:
            query = read_query(links[0])
        if new and query.keys() & {"s", "seed", "scale", "set", "do", "s2", "month", "mission"}:
            stories, month, note = from_link(query)
            mission = query.get("mission", "")
            if mission in missions() and not query.keys() & {"s", "seed", "scale", "set", "do"}:
                stories, month = [*start(mission)], missions()[mission]["month"]
            kept = other.kept if other else [_kept(link, at) for at, link in enumerate(links[1:MOST_KEPT])]
            told = {"stories": stories, "month": month, "note": note, "kept": kept, "mission": mission}
            session.post({"do": "begin"} | told)
        session.post({"do": "attach", "viewer": self.viewer, "owner": True})


@cache
def catalog() -> dict[str, Any]:
    """What the page offers: scenarios, levers, speeds, the lesson, tables."""
    scenarios = [load_scenario(name) for name in shipped_scenarios()]
    return {
        "scenarios": [{"name": s.name, "title": s.title, "description": s.description} for s in scenarios],
        "levers": {
            name: {"unit": INSTRUMENTS[name][0], "months": span, "costly": name in COSTLY}
            for name, span in LEVERS.items()
        },
        "zone_levers": {name: {"unit": INSTRUMENTS[name][0], "most": INSTRUMENTS[name][2]} for name in ZONE_LEVERS},
        "speeds": SPEEDS,
        "structures": STRUCTURES,
        "lesson": steps(),
        "missions": [*missions().values()],
        "drawn": DRAWN,
        "tables": exports.TABLES,
        "forms": exports.FORMS,
    }


PRIVATE = {
    "attach",
    "detach",
    "begin",
    "band_run",
    "structure_run",
    "free",
    "close",
    "ballot",
    "votes_due",
    *FROM_TEAMS,
}
"""Commands that a page cannot give."""


def read_query(text: str) -> dict[str, str]:
    """Names and values of a link's query."""
    return {name: values[-1] for name, values in parse_qs(text.lstrip("?")).items()}


def _kept(link: str, at: int) -> Kept:
    stories, month, _ = from_link(read_query(link))
    return Kept(f"before-{at}", tuple(stories), month)


def from_link(query: dict[str, str]) -> tuple[list[Story], int, Message | None]:
    """Stories and month of a link; what cannot be used is left out, and listed in the note."""
    notes: list[Message] = []
    stories: list[Story] = []
    for suffix in ("", "2"):
        if suffix and not any(name.endswith("2") for name in query):
            continue
        first = {} if suffix == "" else {n: query[n] for n in ("seed", "scale") if n in query}
        read = first | {n: query[n + suffix] for n in ("s", "seed", "scale", "set", "do") if n + suffix in query}
        fields = {{"s": "scenario", "set": "values", "do": "actions"}.get(n, n): value for n, value in read.items()}
        try:
            stories.append(Story.checked(**fields))
        except InputError as error:
            notes += messages_of(error)
            stories.append(Story())
    text = query.get("month", "0")
    month = int(text) if re.fullmatch(r"\d{1,4}", text) else -1
    if not 0 <= month <= 600:
        notes.append(message("link_month", text=text[:10]))
        month = 0
    return stories, month, joined([message("link_partly"), *notes]) if notes else None
