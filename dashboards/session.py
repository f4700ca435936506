"""One visitor's economy: built from settings, stepped by a thread of its own, shown frame by frame."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from dashboards.drawing import Picture
from model import InputError, MicroDramaEconomy, Parameters, load_scenario
from model.inputs import month_name

SPEEDS = {"slow": 1.0, "normal": 0.3, "fast": 0.05}
"""Least number of seconds from one month to the next."""


@dataclass(frozen=True)
class Settings:
    """What the visitor chose; the seed as typed."""

    scenario: str
    seed: str
    scale: float
    property_crisis: bool
    policy: bool
    crisis_strength: float

    @classmethod
    def of(cls, scenario: str, seed: str = "1", scale: float = Parameters.scale) -> Settings:
        """Levers as the scenario sets them."""
        p = load_scenario(scenario).parameters
        return cls(scenario, seed, scale, p.property_crisis, p.policy, p.crisis_strength)

    def build(self) -> MicroDramaEconomy:
        """The economy of these settings. Raises InputError if they cannot be used."""
        seed = self.seed.strip()
        if not (seed.isascii() and seed.isdecimal() and len(seed) <= 9):
            raise InputError(f"Seed '{seed[:20]}': must be a whole number from 0 to 999999999")
        levers = {name: getattr(self, name) for name in ("scale", "property_crisis", "policy", "crisis_strength")}
        return MicroDramaEconomy(self.scenario, rng=int(seed), **levers)


@dataclass(frozen=True)
class Frame:
    """What is shown of an economy in one month."""

    month: str
    summary: str
    png: bytes


class Session:
    """An economy and the thread that steps it. Nothing here raises: what goes wrong becomes the message.

    Attributes
    ----------
    settings, frame : what is on show (frame is None if no economy was ever built)
    message : str, what went wrong, empty if nothing did
    over : bool, whether the run cannot go on: it has ended, failed, or never begun
    changed : called, outside the lock and in any thread, when there is something new to show
    """

    def __init__(self) -> None:
        self.changed: Callable[[], None] = lambda: None
        self.speed, self.message, self.over = "normal", "", True
        self.frame: Frame | None = None
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._stop.set()
        self.settings = Settings.of("baseline")
        self.reset(self.settings)

    @property
    def playing(self) -> bool:
        """Whether the thread steps the economy."""
        return not self._stop.is_set()

    def reset(self, settings: Settings) -> None:
        """Build a new economy; with settings that cannot be used, the one on show stays."""
        self._stop.set()  # before the lock, so that a step waiting for it is not made in the new economy
        with self._lock:
            try:
                economy = settings.build()
                self._picture = Picture(economy)
                self.economy, self.frame = economy, self._show(economy)
                self.settings, self.message, self.over = settings, "", False
            except Exception as error:
                self._fail(error, "The model could not be built")
        self.changed()

    def step(self) -> None:
        """Run a month."""
        self._month(threading.Event())
        self.changed()

    def play(self) -> None:
        """Run in a thread until paused, reset or closed, or until the run is over."""
        if not (self.over or self.playing):
            self._stop = stop = threading.Event()
            threading.Thread(target=self._run, args=(stop,), daemon=True).start()
            self.changed()

    def pause(self) -> None:
        """Stop the thread before its next month."""
        self._stop.set()
        self.changed()

    def close(self) -> None:
        """Stop for good: the visitor has left."""
        self.over, self.changed = True, lambda: None
        self._stop.set()

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            due = time.monotonic() + SPEEDS[self.speed]
            self._month(stop)
            if self.over:
                stop.set()
            self.changed()
            stop.wait(max(due - time.monotonic(), 0.02))  # others need the processor too

    def _month(self, stop: threading.Event) -> None:
        with self._lock:
            if self.over or stop.is_set():
                return
            try:
                self.economy.step()
                self.frame, self.message = self._show(self.economy), ""
                self.over = len(self.economy.panel) >= self.economy.p.months
            except Exception as error:
                self.over = True
                self._fail(error, f"The model stopped in {month_name(self.economy.month)}")

    def _fail(self, error: Exception, what: str) -> None:
        if isinstance(error, InputError):
            self.message = str(error)
        else:
            logging.getLogger(__name__).error(what, exc_info=error)
            self.message = f"{what} ({type(error).__name__}: {error})."

    def _show(self, economy: MicroDramaEconomy) -> Frame:
        month = month_name(economy.month) if economy.month >= 0 else "start (end of 2020)"
        size = f"{economy.studios_by_city().sum():.0f} studios, {len(economy.bases)} film bases"
        return Frame(month, f"{economy.scenario.title}, seed {economy.seed}: {size}", self._picture.png())
