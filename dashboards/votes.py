"""Votes of those who watch: predictions on a step of the lesson, drawn curves, and questions of the instructor's own.

Nothing is kept on disk; votes go with the session. Only the session's thread touches them. Watchers see no counts and
no answer before the instructor reveals them.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from microdrama.model import InputError
from microdrama.model.arrays import Array

from .audience import Audience, Viewer
from .lesson import Lesson, steps
from .messages import Message, joined, messages_of, refusal
from .nicknames import one_line, told_apart
from .story import Story
from .world import World

DRAWN = {"shoot_days": True, "studios": False, "workers": False, "rent_yuan_m2_month": False, "house_index": False}
"""Columns whose path can be drawn; true: as the city's share of 12 months in %, else as a level."""
SECONDS = 0.25
"""Between two messages on votes to the instructor, at least."""
MOST_VOTERS, MOST_NAME, MOST_QUESTION, MOST_OPTION, MOST_HANDS = 300, 24, 200, 80, 999


@dataclass
class Voter:
    """Somebody who watches and gave a nickname; ``token`` is known to his browser alone."""

    token: str
    name: str


@dataclass
class Ballot:
    """A question and its votes.

    ``about`` is what pages show of it. ``votes`` are by token: one of ``keys``, or for a drawing its value in each
    month from ``month`` to ``until``. ``by_hand`` counts votes of a room without phones, in the order of ``keys``.
    """

    number: int
    kind: str
    about: dict[str, Any]
    keys: list[str]
    month: int = 0
    until: int = 0
    story: Story | None = None
    open: bool = True
    shown: bool = False
    ready: bool = False
    votes: dict[str, Any] = field(default_factory=dict)
    by_hand: list[int] = field(default_factory=list)
    answer: str = ""
    revealed: dict[str, Any] | None = None

    @property
    def counts(self) -> list[int]:
        """Votes for each option, those counted by hand among them."""
        votes = list(self.votes.values())
        return [votes.count(key) + hand for key, hand in zip(self.keys, self.by_hand)]

    def state(self) -> dict[str, Any]:
        """What all pages are told of it."""
        own = {name: getattr(self, name) for name in ("number", "kind", "open", "month", "until", "keys")}
        return own | self.about


class Allowance:
    """How much a page may say: some messages at once, and a few a second."""

    def __init__(self, most: float = 20, a_second: float = 4) -> None:
        self.most, self.a_second = most, a_second
        self.left, self.at = most, time.monotonic()

    def take(self) -> bool:
        """Whether one more is allowed."""
        now = time.monotonic()
        self.left, self.at = min(self.most, self.left + self.a_second * (now - self.at)), now
        allowed = self.left >= 1
        self.left -= allowed
        return allowed


class Votes:
    """The ballot of a session, and who votes in it. ``post`` queues a command of the session."""

    def __init__(self, audience: Audience, post: Callable[[dict[str, Any]], None]) -> None:
        self.audience, self._post = audience, post
        self.voters: dict[str, Voter] = {}
        self.ballot: Ballot | None = None
        self._number, self._lesson, self._waits = 0, (-1, False), False

    # ------------------------------------------------------------------ what the session tells

    def notice(self, worlds: list[World], lesson: Lesson) -> None:
        """Follow the session: a step of the lesson asks its question; worlds that run on close a prediction."""
        now = lesson.step, bool(lesson.choice)
        if now != self._lesson:
            self._lesson = now
            if now == (lesson.step, False) and lesson.step >= 0:
                step = steps()[lesson.step]
                self._begin("lesson", {"step": lesson.step}, step["options"], step["month"], step["until"])
            elif self.ballot and self.ballot.kind == "lesson" and lesson.step < 0:
                self._end()
        ballot = self.ballot
        if not ballot or ballot.kind == "own" or not worlds:
            return
        if ballot.kind == "draw" and _root(worlds[-1]) != ballot.story:
            self._end()
            return
        month = worlds[-1].month
        moved = month > ballot.month or (ballot.kind == "lesson" and bool(lesson.choice))
        ready = month >= ballot.until if ballot.kind == "draw" else bool(lesson.outcome.get("answer"))
        if (moved and ballot.open) or ready != ballot.ready:
            ballot.open, ballot.ready = ballot.open and not moved, ready
            if ballot.kind == "lesson":
                ballot.answer = lesson.outcome.get("answer", "")
            self._tell_all()

    def tell(self, viewer: Viewer, note: Message | None = None) -> None:
        """Send a page what it may know; ``note`` is what was wrong with what it sent."""
        content = self._for_owner() if viewer is self.audience.owner else self._for_watcher(viewer)
        viewer.deliver("votes", content | ({"note": note._asdict()} if note else {}))

    def due(self) -> None:
        """Tell the instructor of the votes that came in since he was told."""
        self._waits = False
        if self.audience.owner:
            self.tell(self.audience.owner)

    # ------------------------------------------------------------------ watchers

    def heard(self, viewer: Viewer, told: dict[str, Any]) -> None:
        """What a watcher's page sends: ``join`` with a nickname, or ``vote``. What is wrong is answered in a line."""
        try:
            if told.get("do") == "join":
                self._join(viewer, told.get("name"), told.get("token"))
            else:
                self._vote(viewer, told)
        except InputError as error:
            self.tell(viewer, joined(messages_of(error)))

    def _join(self, viewer: Viewer, name: Any, token: Any) -> None:
        known = self.voters.get(token) if isinstance(token, str) else None
        voter = known or self.voters.get(viewer.voter)
        text = nickname(name)
        if voter is None:
            if len(self.voters) >= MOST_VOTERS:
                raise refusal("vote_full", most=MOST_VOTERS)
            voter = Voter(secrets.token_urlsafe(12), "")
            self.voters[voter.token] = voter
        if not known or _plain(voter.name) != _plain(text):
            voter.name = told_apart(text, [each.name for each in self.voters.values() if each is not voter], MOST_NAME)
        viewer.voter = voter.token
        self._tell_voter(voter)
        self._tell_owner_soon()

    def _vote(self, viewer: Viewer, told: dict[str, Any]) -> None:
        ballot, voter = self.ballot, self.voters.get(viewer.voter)
        if voter is None:
            raise refusal("vote_nameless")
        if ballot is None or told.get("ballot") != ballot.number or not ballot.open:
            raise refusal("vote_late")
        if ballot.kind == "draw":
            ballot.votes[voter.token] = _curve(ballot, told.get("values"))
        elif told.get("choice") in ballot.keys:
            ballot.votes[voter.token] = told["choice"]
        else:
            raise refusal("vote_choice")
        self._tell_voter(voter)
        self._tell_owner_soon()

    # ------------------------------------------------------------------ the instructor

    def instruct(self, what: Any, told: dict[str, Any], worlds: list[World]) -> None:
        """``ask`` or ``draw``, then ``open``, ``show``, ``hand``, ``reveal``, ``end``. Raises InputError."""
        if what == "ask":
            self._ask(told.get("question"), told.get("options"))
        elif what == "draw":
            self._draw(told.get("column"), told.get("city"), told.get("until"), worlds)
        elif what not in ("open", "show", "hand", "reveal", "end"):
            raise refusal("vote_command", what=str(what)[:20])
        elif self.ballot is None:
            raise refusal("vote_none")
        elif what == "end":
            self._end()
        else:
            self._change(self.ballot, what, told, worlds)
            self._tell_all()

    def _change(self, ballot: Ballot, what: str, told: dict[str, Any], worlds: list[World]) -> None:
        if what == "open":
            ballot.open = bool(told.get("on")) and ballot.revealed is None
        elif what == "show":
            ballot.shown = bool(told.get("on"))
        elif what == "hand":
            counts = told.get("counts")
            if not isinstance(counts, list) or len(counts) != len(ballot.keys) or not all(map(_is_count, counts)):
                raise refusal("vote_hand", most=MOST_HANDS)
            ballot.by_hand = counts
        else:
            self._reveal(ballot, told.get("right"), worlds)

    def _ask(self, question: Any, options: Any) -> None:
        text = one_line(question, MOST_QUESTION)
        given = options if isinstance(options, list) else []
        lines = [one_line(option, MOST_OPTION) for option in given[:6]]
        if not text or not 2 <= len(lines) <= 5 or not all(lines) or len({*lines}) < len(lines):
            raise refusal("vote_question", most=MOST_QUESTION, option=MOST_OPTION)
        self._begin("own", {"question": text, "options": lines}, [str(at) for at in range(len(lines))])

    def _draw(self, column: Any, city: Any, until: Any, worlds: list[World]) -> None:
        if not worlds or worlds[-1].month < 1:
            raise refusal("vote_start")
        world = worlds[-1]
        if not isinstance(column, str) or column not in DRAWN:
            raise refusal("vote_column", known=", ".join(DRAWN))
        slugs = world.economy.cities.slugs
        if city not in slugs:
            raise refusal("vote_city", known=", ".join(slugs))
        month, last = world.month, world.economy.p.months
        if isinstance(until, bool) or not isinstance(until, int) or not month < until <= last:
            raise refusal("vote_until", first=month + 1, last=last)
        most = float(np.nanmax(path(world, column, slugs.index(city))))
        top = min(100.0, max(10.0, 2 * most)) if DRAWN[column] else max(2 * most, 1e-9)
        about = {"column": column, "city": city, "share": DRAWN[column], "top": float(f"{top:.2g}")}
        self._begin("draw", about, [], month, until, _root(world))

    def _begin(
        self,
        kind: str,
        about: dict[str, Any],
        keys: list[str],
        month: int = 0,
        until: int = 0,
        story: Story | None = None,
    ) -> None:
        self._number += 1
        self.ballot = Ballot(self._number, kind, about, [*keys], month, until, story, by_hand=[0] * len(keys))
        self._tell_all()

    def _end(self) -> None:
        self.ballot = None
        self._tell_all()

    def _reveal(self, ballot: Ballot, right: Any, worlds: list[World]) -> None:
        """Close, and say what came out and who was right; for drawings, whose was nearest."""
        if ballot.kind == "own":
            if right not in (*ballot.keys, None, ""):
                raise refusal("vote_choice")
        elif not ballot.ready:
            raise refusal("vote_wait")
        ballot.open, ballot.shown = False, True
        if ballot.kind == "draw":
            ballot.revealed = self._nearest(ballot, worlds[-1])
            return
        answer = right or "" if ballot.kind == "own" else ballot.answer
        names = [self.voters[token].name for token, vote in ballot.votes.items() if vote == answer]
        ballot.revealed = {"answer": answer, "counts": ballot.counts, "right": sorted(names)}

    def _nearest(self, ballot: Ballot, world: World) -> dict[str, Any]:
        """The path that came out, the median drawing, and whose drawing has the least mean distance from the path."""
        true = path(world, ballot.about["column"], world.economy.cities.index(ballot.about["city"]))
        true = true[ballot.month : ballot.until]
        by = {token: float(np.nanmean(np.abs(np.array(v) - true))) for token, v in ballot.votes.items()}
        least = min(by.values(), default=0.0)
        names = sorted(self.voters[token].name for token, distance in by.items() if distance == least)
        median = np.median([*ballot.votes.values()], axis=0) if ballot.votes else np.empty(0)
        return {"truth": _digits(true), "median": _digits(median), "best": names, "least": least, "by": by}

    # ------------------------------------------------------------------ telling

    def _for_owner(self) -> dict[str, Any]:
        ballot = self.ballot
        if ballot is None:
            return {"ballot": None}
        told: dict[str, Any] = {"ballot": ballot.state(), "voted": len(ballot.votes), "by_hand": ballot.by_hand}
        told |= {"ready": ballot.ready, "shown": ballot.shown, "revealed": _public(ballot.revealed)}
        if ballot.shown:
            told |= {"curves": [*ballot.votes.values()]} if ballot.kind == "draw" else {"counts": ballot.counts}
        return told

    def _for_watcher(self, viewer: Viewer) -> dict[str, Any]:
        ballot, voter = self.ballot, self.voters.get(viewer.voter)
        told: dict[str, Any] = {"ballot": ballot.state() if ballot else None}
        if voter:
            told |= {"name": voter.name, "token": voter.token}
        if ballot:
            told["revealed"] = _public(ballot.revealed)
            if voter and voter.token in ballot.votes:
                told["mine"] = ballot.votes[voter.token]
                if ballot.revealed and ballot.kind == "draw":
                    told["by"] = ballot.revealed["by"].get(voter.token)
        return told

    def _tell_voter(self, voter: Voter) -> None:
        for viewer in self.audience.watchers:
            if viewer.voter == voter.token:
                self.tell(viewer)

    def _tell_all(self) -> None:
        for viewer in self.audience:
            self.tell(viewer)

    def _tell_owner_soon(self) -> None:
        if not self._waits:
            self._waits = True
            timer = threading.Timer(SECONDS, self._post, [{"do": "votes_due"}])
            timer.daemon = True
            timer.start()


# ---------------------------------------------------------------------- small things


def path(world: World, column: str, city: int) -> Array:
    """(months,) a column of the panel in a city as it is drawn: its share of sums of 12 months in %, or its level."""
    values = world.economy.panel.array(column).astype(float)
    if not DRAWN[column]:
        level: Array = values[:, city]
        return level
    year = np.cumsum(values, axis=0)
    year[12:] -= year[:-12].copy()
    share: Array = 100 * year[:, city] / np.maximum(year.sum(axis=1), 1e-9)
    return share


def nickname(name: Any) -> str:
    """A nickname fit to be shown. Raises InputError."""
    text = one_line(name, MOST_NAME)
    if not text:
        raise refusal("vote_name", most=MOST_NAME)
    return text


def _plain(name: str) -> str:
    """A name without the number that tells it from others."""
    return re.sub(r" \(\d+\)$", "", name).casefold()


def _curve(ballot: Ballot, values: Any) -> list[float]:
    """A drawing, checked: a number from 0 to the top for each month. Raises InputError."""
    months = ballot.until - ballot.month
    if not isinstance(values, list) or len(values) != months or not all(map(_is_number, values)):
        raise refusal("vote_curve", months=months)
    found = np.array(values, float)
    if not (np.isfinite(found).all() and found.min() >= 0 and found.max() <= ballot.about["top"]):
        raise refusal("vote_curve", months=months)
    return _digits(found)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_HANDS


def _digits(values: Array) -> list[float]:
    return [float(f"{value:.4g}") for value in values]


def _public(revealed: dict[str, Any] | None) -> dict[str, Any] | None:
    """What was revealed, without the distances of everybody."""
    return revealed and {name: value for name, value in revealed.items() if name != "by"}


def _root(world: World) -> Story:
    """The start of a world's story."""
    return replace(world.story, actions=())
