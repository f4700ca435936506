"""One visitor's session: a thread that carries out commands, steps the worlds and sends each month to the pages."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from microdrama.model import InputError
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name

from . import audience, explore, exports, inspection
from .audience import GIVE_UP_SECONDS, Audience, Viewer
from .lesson import Lesson
from .mayors import FROM_TEAMS, Mayors
from .messages import Message, joined, message, messages_of, refusal
from .missions import Mission, linked, start
from .other_seeds import COLUMNS as BAND_COLUMNS
from .other_seeds import SEEDS, Band
from .story import MOST_ACTIONS, Action, Story
from .structures import Structures, otherwise
from .votes import Votes
from .world import World

SPEEDS = (1, 2, 4, 8, 16)
"""Months a second."""
PASSIVE = {"ack", "ping", "attach", "detach", "band_run", "close", "ballot", "votes_due", *FROM_TEAMS}
"""Commands that the page sends by itself."""
ON_WORLDS = {"undo", "goto", "two", "inspect", "list", "link", "band", "predict", "structure", "structures"}
"""Commands that need a world."""
MOST_KEPT = 12
"""Earlier runs that can be brought back."""
log = logging.getLogger(__name__)


class ModelStoppedError(Exception):
    """A world could not take its step."""


@dataclass(frozen=True)
class Kept:
    """A run that others have taken the place of."""

    number: str
    stories: tuple[Story, ...]
    month: int

    @property
    def link(self) -> str:
        """The part of a link that leads to it."""
        return query_of(self.stories, self.month)


class Past(NamedTuple):
    """What was on show before an ``act``, a split (``two``), or another ``run``."""

    kind: str
    stories: tuple[Story, ...]
    month: int


class Session(Mayors):
    """The worlds of one visitor. Nothing here raises: what goes wrong becomes the message on the page.

    Only the session's thread touches the worlds; all others post commands. It does not step before the visitor's
    page has shown the last month, so a slow or absent page costs nothing; watchers may miss months.
    """

    def __init__(self, *, registry: Any = None, seeds: int = SEEDS, by_itself: bool = False) -> None:
        super().__init__()
        self.registry, self.seeds, self.by_itself = registry, seeds, by_itself
        self.token = ""
        self.worlds: list[World] = []
        self.audience = Audience()
        self.playing, self.speed, self.target = False, 4, -1
        self.message: dict[str, str] = {}
        self.failed = self.freed = self.closed = False
        self.inspected: dict[str, Any] = {}
        self.band: Band | None = None
        self.structures: Structures | None = None
        self.kept: list[Kept] = []
        self.lesson = Lesson()
        self.mission = Mission()
        self.votes = Votes(self.audience, self.post)
        self.shared = ""
        self.touched, self.visitors = time.monotonic(), 1
        self._due, self._stop_at, self._month_kept, self._messages = 0.0, -1, 0, 0
        self._queue: queue.Queue[dict[str, Any]] = queue.Queue()
        self._stories: list[Story] = [Story()]
        self._runs = 1
        self._past: list[Past] = []
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    @property
    def owner(self) -> Viewer | None:
        """The visitor's own page, None while it is gone."""
        return self.audience.owner

    @property
    def watchers(self) -> list[Viewer]:
        """Pages that watch."""
        return self.audience.watchers

    def post(self, command: dict[str, Any]) -> None:
        """Queue a command; returns at once."""
        if command.get("do") not in PASSIVE:
            self.touched = time.monotonic()
        with self._lock:
            self._queue.put(command)
            if self._thread is None and not self.closed:
                self._thread = threading.Thread(target=self._live, name="session", daemon=True)
                self._thread.start()

    @property
    def link(self) -> str:
        """The part of a link that leads to the worlds and month on show."""
        month = self.worlds[0].month if self.worlds else self._month_kept
        return query_of(self._stories, month) + self.mission.query(self._stories)

    # ------------------------------------------------------------------ the thread

    def _live(self) -> None:
        while not self.closed:
            try:
                command = self._queue.get(timeout=self._seconds_to_wait())
            except queue.Empty:
                command = None
            try:
                if command is not None:
                    self._carry_out(command)
                else:
                    self._continue()
                self._follow()
            except InputError as error:
                self._show_message("error", joined(messages_of(error)))
            except ModelStoppedError as error:
                self._fail(error.__cause__ or error)
            except Exception as error:
                log.error("a command failed", exc_info=error)
                self._show_message("error", message("failed", kind=type(error).__name__, error=error))
            if self.freed and self.owner is None and not self.watchers and self._rests():
                return

    def _follow(self) -> None:
        """What follows from a command or a month for a vote and a mission."""
        self.votes.notice(self.worlds, self.lesson)
        if self.mission.notice(self.worlds, self.band):
            if self.mission.wants_seeds and not self.band:
                self._begin_band(asked=True)
            self._send_state()

    def _rests(self) -> bool:
        """Whether nothing is left to do; the next command then has a new thread, so that nobody's costs no memory."""
        with self._lock:
            if rests := self._queue.empty():
                self._thread = None
        return rests

    def _seconds_to_wait(self) -> float:
        """Seconds to wait for a command before the next step."""
        now = time.monotonic()
        if self.closed or self.failed or not self.worlds:
            return 60.0
        if self.target >= 0:
            return 0.0
        owner = self.owner
        if owner and not owner.ready and owner.seconds_since_sent < GIVE_UP_SECONDS:
            return max(audience.RESEND_SECONDS - owner.seconds_since_sent, 0.01)
        if self.playing and owner and owner.ready:
            return max(self._due - now, 0.0)
        return 60.0

    def _continue(self) -> None:
        if self.failed or not self.worlds:
            return
        if self.target >= 0:
            self._fast_forward()
        elif self.owner and not self.owner.ready:
            if self.owner.seconds_since_sent >= audience.RESEND_SECONDS:
                self._show(again=True, history=True)
        elif self.playing and self.owner:
            now = time.monotonic()
            self._due = max(self._due + 1 / self.speed, now)
            self._month()

    def _month(self) -> None:
        if self._over():
            return
        self._step()
        self.touched = time.monotonic()
        there = self._over() or self.worlds[0].month == self._stop_at
        self.playing &= not there
        self._show()
        if there:
            self._arrived()

    def _step(self) -> None:
        try:
            self.before_step()
            for world in self.worlds:
                world.step()
            self.after_step()
        except Exception as error:
            raise ModelStoppedError from error

    def _fast_forward(self) -> None:
        """Run towards a month without drawing every one of them, for a tenth of a second."""
        until = time.monotonic() + 0.15
        while self.worlds[0].month < self.target and time.monotonic() < until:
            self._step()
        if self.worlds[0].month >= self.target:
            self.target = -1
            self._show(history=True)
            self._arrived()
        elif self.owner and self.owner.ready:
            self._show()

    def _arrive(self) -> None:
        while self.target >= 0:
            self._fast_forward()

    def _arrived(self) -> None:
        self.lesson.arrived(self.worlds, self.band)
        self._send_state()

    def _over(self) -> bool:
        return not self.worlds or self.worlds[0].over or self.game_over()

    # ------------------------------------------------------------------ commands

    def _carry_out(self, command: dict[str, Any]) -> None:
        name = command.get("do")
        act = getattr(self, f"do_{name}", None) if isinstance(name, str) and name.isidentifier() else None
        if act is None:
            raise refusal("no_command", name=str(name)[:30])
        if name not in PASSIVE and not self.failed:
            self.message = {}
        self.check_game(command, PASSIVE)
        if name in ON_WORLDS and not self.worlds:
            raise refusal("no_world")
        try:
            act(**{key: value for key, value in command.items() if key != "do"})
        except TypeError as error:
            if "argument" not in str(error):
                raise
            raise refusal("bad_words", what=name, error=error) from None

    def do_attach(self, viewer: Viewer, owner: bool) -> None:
        """A page begins to show this session."""
        if owner:
            self.audience.owner = viewer
        elif viewer not in self.watchers:
            self.watchers.append(viewer)
        viewer.reset()
        if owner and self.freed:
            self.do_again()
        elif not self.worlds and not self.freed and not self.failed:
            self._begin(self._stories, 0)
        elif self.game and self.freed:
            self.do_again()
        elif self.worlds:
            viewer.deliver("place", self.worlds[0].place())
            self._show(again=True, only=viewer)
            if owner and self.band:
                self._send_band(self.band.found)
        self._send_state()
        self.votes.tell(viewer)

    def do_detach(self, viewer: Viewer) -> None:
        """A page has gone."""
        if self.owner is viewer:
            self.audience.owner, self.playing = None, False
        if viewer in self.watchers:
            self.watchers.remove(viewer)
        self._send_state()

    def do_ack(self, frame: int) -> None:
        if self.owner:
            self.owner.acked = max(self.owner.acked, int(frame))

    def do_ping(self, frame: int) -> None:
        """The page is alive; send what it missed."""
        owner = self.owner
        if not owner:
            return
        owner.deliver("pong", {})
        if int(frame) != owner.sent and owner.seconds_since_sent > audience.RESEND_SECONDS:
            owner.deliver("place", self.worlds[0].place())
            self._show(again=True, history=True)
            if self.band:
                self._send_band(self.band.found)
            self._send_state()

    def do_begin(
        self,
        stories: list[Story],
        month: int = 0,
        note: Message | None = None,
        kept: Sequence[Kept] = (),
        mission: str = "",
    ) -> None:
        """Run stories from their start to a month; ``kept`` are runs from before, ``mission`` is what they hand in."""
        self.lesson, self.kept, self._past = Lesson(), [*kept] or self.kept, []
        self.mission, wrong = linked(mission, stories)
        self._begin(stories, month)
        if notes := [each for each in (note, wrong) if each]:
            self._show_message("note", joined(notes))

    def do_reset(
        self, scenario: Any = "baseline", seed: Any = 1, scale: Any = 0.1, values: Any = "", second: Any = None
    ) -> None:
        """New worlds from the form; if the form is invalid, the present ones stay."""
        stories = [Story.checked(scenario, seed, scale, values)]
        if second:
            stories.append(Story.checked(second, seed, scale, values))
        self._remember("run")
        self.lesson = Lesson()
        self._begin(stories, 0)

    def do_again(self) -> None:
        """The same stories from their start, or, once freed, to the month they had reached."""
        self._begin(self._stories, self._month_kept if self.freed else 0)

    def do_bring(self, runs: Any) -> None:
        """Bring back a run from before, or the last worlds of two, side by side."""
        known = {run.number: run for run in self.kept}
        if self.worlds:
            known["now"] = Kept("now", tuple(self._stories), self.worlds[0].month)
        if not isinstance(runs, list) or len(runs) not in (1, 2) or not all(n in known for n in map(str, runs)):
            raise refusal("no_runs")
        chosen = [known[number] for number in map(str, runs)]
        stories = list(chosen[0].stories) if len(chosen) == 1 else [run.stories[-1] for run in chosen]
        self._remember("run")
        self.lesson = Lesson()
        self._begin(stories, max(run.month for run in chosen))

    def do_live(self, folder: Any, point: Any, seed: Any, ask: Any = None) -> None:
        """A run of a sweep as a world on show, at the month in which it ended."""
        try:
            story, month = explore.live(self.registry.results if self.registry else "results", folder, point, seed)
        except InputError as error:
            if ask is None:
                raise
            self._answer(ask, {"error": joined(messages_of(error))._asdict()})
            return
        self._remember("run")
        self.lesson = Lesson()
        self._begin([story], month)
        if ask is not None:
            self._answer(ask, {})

    def do_undo(self) -> None:
        """Take back what was done last: a lever, a crisis, a zone, a split, or worlds that took the place of others."""
        self._arrive()
        last = self._last()
        if last is None:
            raise refusal("nothing_to_undo")
        del self._past[-1:]
        now, stories = (self.worlds[0].month if self.worlds else last.month), list(last.stories)
        if len(stories) < len(self.worlds) and stories == self._stories[: len(stories)]:
            self._split(False)
            return
        changed = [a.month for old, new in zip(stories, self._stories) for a in {*old.actions} ^ {*new.actions}]
        if last.kind == "act" and len(stories) == len(self.worlds) and min(changed, default=now) >= now:
            for world, story in zip(self.worlds, stories):
                world.story = story
            self._changed()
        else:
            if last.kind == "run":
                self.lesson = Lesson()
                self.mission = Mission() if self.mission.wrong(stories) else self.mission
            self._begin(stories, last.month if last.kind == "run" else now)

    def _last(self) -> Past | None:
        """What undoing leads back to; after a restart, what the stories themselves say was done last."""
        if self._past:
            return self._past[-1]
        done = [action for story in self._stories for action in story.actions]
        if not done:
            return None
        last = max(reversed(done), key=lambda action: action.month)
        stories = (replace(story, actions=tuple(a for a in story.actions if a != last)) for story in self._stories)
        return Past("act", tuple(stories), self.worlds[0].month if self.worlds else self._month_kept)

    def _remember(self, kind: str) -> None:
        """Note what is on show before something is done to it."""
        if self.worlds:
            self._past = [*self._past, Past(kind, tuple(self._stories), self.worlds[0].month)][-MOST_ACTIONS:]

    def _undo_state(self) -> dict[str, Any] | None:
        """What would be taken back: its kind, and the lever if it was one."""
        last = self._last()
        if last is None:
            return None
        pairs = list(zip(last.stories, self._stories)) if last.kind == "act" else []
        new = [a for old, story in pairs for a in story.in_words() if a not in old.in_words()]
        return {"kind": last.kind, "action": new[-1] if new else None}

    def do_structure(self, name: Any, value: Any) -> None:
        """Build the model otherwise: the same worlds, run again to this month under another structure."""
        self._arrive()
        stories = [otherwise(world.story, name, value) for world in self.worlds]
        self._remember("run")
        self._begin(stories, self.worlds[0].month)

    def do_structures(self) -> None:
        """Run both worlds under each other structure, beside the page."""
        if len(self.worlds) < 2:
            raise refusal("split_first")
        self._end_structures()
        stories = self.worlds[0].story, self.worlds[1].story
        self.structures = Structures(stories, lambda told: self.post({"do": "structure_run", "told": told}))
        self._send_state()

    def do_structure_run(self, told: dict[str, Any]) -> None:
        if self.owner and self.structures:
            self.owner.deliver("structure", told)

    def do_play(self) -> None:
        if not self._over():
            self.playing, self.target, self._due = True, -1, time.monotonic()
            if self.worlds[0].month < self.mission.until:
                self._stop_at = self.mission.until
        self._send_state()

    def do_pause(self) -> None:
        self.playing, stopped = False, self.target >= 0
        self.target = -1
        if stopped:
            self._show(history=True)
        self._send_state()

    def do_step(self) -> None:
        self._arrive()
        self.playing = False
        if not self.failed:
            self._month()
        self._send_state()

    def do_speed(self, value: Any) -> None:
        if value not in SPEEDS:
            raise refusal("no_speed", value=str(value)[:10], known=", ".join(map(str, SPEEDS)))
        self.speed = value
        self._send_state()

    def do_goto(self, month: Any) -> None:
        """Run to a month, from the start again if it is in the past."""
        if not isinstance(month, int) or not 0 <= month <= self.worlds[0].economy.p.months:
            raise refusal("no_month", month=str(month)[:10], last=self.worlds[0].economy.p.months)
        if month < self.worlds[0].month:
            self._begin([world.story for world in self.worlds], month)
        else:
            self.target, self.playing = month, False
            self._send_state()

    def do_two(self, on: bool) -> None:
        """Add a second world from here on with the same draws, or return to the first alone."""
        if bool(on) != (len(self.worlds) > 1):
            self._remember("two")
        self._split(bool(on))

    def _split(self, on: bool) -> None:
        self._end_band()
        if on and len(self.worlds) == 1:
            self.worlds.append(self.worlds[0].split())
        elif not on:
            del self.worlds[1:]
        self._stories = [world.story for world in self.worlds]
        self._show(history=True)
        self._begin_band()
        self._send_state()

    def do_act(
        self,
        what: Any,
        city: Any,
        size: Any,
        world: Any = "last",
        budget_yuan_year: Any = None,
        budget_yuan_total: Any = None,
        mode: Any = "replace",
        zone: Any = "",
        ask: Any = None,
    ) -> None:
        """Pull a lever or set off a crisis from the next month on; while fast-forwarding, from the month reached on.

        With ``ask`` what is wrong goes to who asked, to be said where it happened.
        """
        try:
            self._act(str(what), str(city), size, world, (budget_yuan_year, budget_yuan_total, mode, str(zone or "")))
        except InputError as error:
            if ask is None:
                raise
            self._answer(ask, {"error": joined(messages_of(error))._asdict()})
        else:
            if ask is not None:
                self._answer(ask, {})

    def _act(self, what: str, city: str, size: Any, world: Any, window: tuple[Any, Any, Any, str]) -> None:
        self._arrive()
        if self._over() or self.failed:
            raise refusal("run_over")
        try:
            number = float(size)
        except (TypeError, ValueError):
            raise refusal("no_number", what=what[:30], text=str(size)[:20]) from None
        action = Action(self.worlds[0].month, what, city, number, *window).checked()
        chosen = {"first": self.worlds[:1], "last": self.worlds[-1:], "both": self.worlds}.get(world)
        if chosen is None:
            raise refusal("which_world", world=str(world)[:20])
        told = [each.told_with(action) for each in chosen]
        self._remember("act")
        for each, story in zip(chosen, told):
            each.story = story
        self._changed()

    def _changed(self) -> None:
        """Show worlds whose stories changed from the next month on."""
        self._stories = [each.story for each in self.worlds]
        self._end_band()
        self._show(again=True)
        self._begin_band()
        self._send_state()

    def do_inspect(self, table: Any = "", key: Any = "", cell: Any = -1) -> None:
        """Follow an agent or a cell; without arguments, stop following."""
        self.inspected = {}
        if table == "cell" or (isinstance(cell, int) and cell >= 0):
            self.inspected = {"cell": int(key if table == "cell" else cell)}
        elif table:
            self.inspected = {"table": str(table), "key": str(key)}
        if self.owner and self.worlds:
            self.owner.deliver("inspected", self._inspection() if self.inspected else None)

    def do_list(self, kind: Any, city: Any = "", ask: Any = 0) -> None:
        """Agents that can be inspected."""
        found = inspection.agents_in(self.worlds[-1], str(kind), str(city))
        self._answer(ask, found)

    def do_band(self, on: bool) -> None:
        """Run the same stories under other seeds."""
        self._end_band()
        if on:
            self._begin_band(asked=True)
        self._send_state()

    def do_band_run(self, seed: int, data: bytes | None) -> None:
        if not self.band or not self.worlds or seed not in self.band.seeds:
            return
        months = self.worlds[0].economy.p.months
        self.band.found[seed] = data and np.frombuffer(data, "<f4").reshape(
            len(self.band.stories), months, len(BAND_COLUMNS), -1
        )
        self._send_band({seed: self.band.found[seed]})
        if self.lesson.waiting:
            self._arrived()

    def _send_band(self, found: dict[int, Array | None]) -> None:
        for seed, values in found.items():
            if self.owner and self.band:
                shape = [] if values is None else values.shape[:3]
                content = {"seed": seed, "shape": shape, "columns": BAND_COLUMNS, "of": len(self.band.seeds)}
                self.owner.deliver(
                    "band", content | {"failed": values is None}, [] if values is None else [values.tobytes()]
                )

    def do_download(self, table: Any, form: Any, ask: Any = 0) -> None:
        """A table of the worlds as a file, the scenario, or a script that repeats them."""
        name, data = exports.make(self.worlds, str(table), str(form))
        self._answer(ask, {"name": name}, [data])

    def do_link(self, ask: Any = 0) -> None:
        """The part of a link that leads to the same worlds and month."""
        self._answer(ask, self.link)

    def do_lesson(self, step: Any) -> None:
        """Set the stage of a step of the lesson; -1 leaves it."""
        stories, month = self.lesson.open(step)
        if stories:
            self._remember("run")
            self.mission = Mission()
            self._begin(stories, month)
            if self.lesson.many:
                self._begin_band(asked=True)
                self._send_state()
        else:
            self._send_state()

    def do_predict(self, choice: Any) -> None:
        """Take a prediction, then run the worlds."""
        self._stop_at = self.lesson.predict(choice)
        if self._stop_at > self.worlds[0].month:
            self.speed = max(SPEEDS)
            self.do_play()
        self._arrived()

    def do_mission(self, name: Any) -> None:
        """Begin a mission from its start; an empty name leaves it, with its worlds on show."""
        mission = Mission(name)
        if mission.name:
            self._remember("run")
            self.lesson, self.mission = Lesson(), mission
            self._begin([*start(mission.name)], mission.told["month"])
        else:
            self.mission = mission
            self._send_state()

    def do_votes(self, what: Any, **told: Any) -> None:
        """What the instructor does with a vote of those who watch."""
        self.votes.instruct(what, told, self.worlds)

    def do_ballot(self, viewer: Viewer, told: dict[str, Any]) -> None:
        """A nickname or a vote of somebody who watches."""
        self.votes.heard(viewer, told)

    def do_votes_due(self) -> None:
        self.votes.due()

    def do_explore(self, ask: Any = 0, **question: Any) -> None:
        """Results of sweeps."""
        self._answer(ask, explore.answer(self.registry.results if self.registry else "results", question))

    def do_share(self, on: bool) -> None:
        """Allow others to watch, or stop."""
        if self.registry:
            self.shared = self.registry.share(self, bool(on))
        self._send_state()

    def do_free(self) -> None:
        """Free the memory; the stories stay."""
        if self.worlds:
            self._month_kept = max(self.worlds[0].month, self.target)  # where it was going to
        self._end_band()
        self._end_structures()
        self.worlds, self.freed, self.playing, self.target = [], True, False, -1
        self._send_state()

    def do_close(self) -> None:
        """End the session."""
        self.end_game()
        self._end_band()
        self._end_structures()
        self.closed, self.worlds = True, []

    # ------------------------------------------------------------------ showing

    def _begin(self, stories: list[Story], month: int) -> None:
        worlds = [World(story) for story in stories]
        same = stories == self._stories and bool(self.worlds)
        if not same:
            self._end_band()
            self._end_structures()
        self._keep(stories)
        self.worlds, self._stories = worlds, stories
        self.failed = self.freed = self.playing = False
        self.message, self.inspected, self.target, self._stop_at = {}, {}, -1, -1
        if month > 0:
            self.target = min(month, worlds[0].economy.p.months)
        self.audience.broadcast("place", worlds[0].place())
        self._show(history=True)
        if same and self.band:
            self._send_band(self.band.found)
        else:
            self._begin_band()
        self._send_state()

    def _keep(self, stories: list[Story]) -> None:
        """Keep the run on show if it has come anywhere and others take its place."""
        if self.worlds and self.worlds[0].month and self._stories != stories:
            kept = Kept(str(self._runs), tuple(self._stories), self.worlds[0].month)
            self._runs += 1
            self.kept = [kept, *(run for run in self.kept if run.stories != kept.stories)][:MOST_KEPT]
        self.kept = [run for run in self.kept if list(run.stories) != stories]

    def _begin_band(self, *, asked: bool = False) -> None:
        """Run the same stories under other seeds, if two worlds differ or somebody asked for it."""
        differ = self.by_itself and len(self._stories) > 1 and self._stories[0] != self._stories[1]
        if asked or differ:
            stories = tuple(world.story for world in self.worlds)
            self.band = Band(
                stories, lambda seed, data: self.post({"do": "band_run", "seed": seed, "data": data}), self.seeds
            )

    def _show(self, *, again: bool = False, history: bool = False, only: Viewer | None = None) -> None:
        if self.worlds:
            more = ({"inspected": self._inspection()} if self.inspected else {}) | self.mission.more(self.worlds)
            more |= {"game": self.game_rows()} if self.game else {}
            self.audience.show(self.worlds, more, again=again, history=history, only=only)
            self.show_game()

    def _inspection(self) -> dict[str, Any] | None:
        try:
            if "cell" in self.inspected:
                return inspection.describe_cell(self.worlds, self.inspected["cell"])
            return inspection.describe(self.worlds, **self.inspected)
        except InputError as error:
            self.inspected = {}
            self._note_message("error", joined(messages_of(error)))
            return None

    def _answer(self, ask: Any, content: Any, buffers: list[bytes] | None = None) -> None:
        if self.owner:
            self.owner.deliver("answer", {"ask": ask, "content": content}, buffers)

    def state(self) -> dict[str, Any]:
        """What the controls show."""
        worlds = self.worlds
        return {
            "playing": self.playing,
            "speed": self.speed,
            "over": self._over(),
            "failed": self.failed,
            "freed": self.freed,
            "message": self.message,
            "target": self.target,
            "month": worlds[0].month if worlds else self._month_kept,
            "stories": list(map(_told, self._stories)),
            "levers": [world.levers() for world in worlds],
            "crisis": [world.crisis() for world in worlds],
            "link": self.link,
            "undo": None if self.game else self._undo_state(),
            "kept": [
                {"number": run.number, "link": run.link, "month": run.month, "stories": list(map(_told, run.stories))}
                for run in self.kept
            ],
            "away": self.owner is None,
            "structures": bool(self.structures),
            "band": len(self.band.seeds) if self.band else 0,
            "shared": self.shared,
            "watchers": len(self.watchers),
            "lesson": self.lesson.state(),
            "game": self.game_state(),
            "mission": self.mission.state(),
        }

    def _send_state(self) -> None:
        self.audience.broadcast("state", self.state())
        self.show_game()

    def _show_message(self, kind: str, said: Message) -> None:
        self._note_message(kind, said)
        self._send_state()

    def _note_message(self, kind: str, said: Message) -> None:
        self._messages += 1
        self.message = {"kind": kind, **said._asdict(), "number": str(self._messages)}

    def _fail(self, error: BaseException) -> None:
        log.error("a world stopped", exc_info=error)
        about = {"kind": type(error).__name__, "error": error}
        begun = self.worlds and self.worlds[0].month
        said = (
            message("stopped", when=month_name(self.worlds[0].economy.month), **about)
            if begun
            else message("stopped_at_start", **about)
        )
        self.playing, self.target, self.failed = False, -1, True
        self._show_message("failed", said)

    def _end_band(self) -> None:
        if self.band:
            self.band.close()
            self.band = None

    def _end_structures(self) -> None:
        if self.structures:
            self.structures.close()
            self.structures = None


def query_of(stories: Sequence[Story], month: int) -> str:
    """The part of a link that describes these worlds and their month."""
    parts = [stories[0].query(), *(story.query("2") for story in stories[1:])]
    return "&".join([*parts, f"month={month}"])


def _told(story: Story) -> dict[str, Any]:
    values = " ".join(f"{n}={v}" for n, v in story.values)
    return {
        "scenario": story.scenario,
        "seed": story.seed,
        "scale": story.scale,
        "done": story.in_words(),
        "values": values,
    }


def give_back() -> None:
    """Return freed memory to the system; where the C library cannot, Python does it in its own time."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
