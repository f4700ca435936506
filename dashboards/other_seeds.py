"""Other seeds: the same stories run again in the background, so that one draw is not taken for a result.

One worker process serves all visitors, a seed at a time, so that the worlds on show stay quick.
"""

from __future__ import annotations

import atexit
import dataclasses
import os
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from typing import Any

import numpy as np

from microdrama.model.arrays import Array

from .story import Story
from .world import World

SEEDS = 8
COLUMNS = ("shoot_days", "studios", "value_yuan", "workers", "rent_yuan_m2_month", "film_spent_yuan", "paid_days")
"""Columns of the panel that are returned."""

_lock = threading.Lock()
_pool: ProcessPoolExecutor | None = None


def paths(stories: tuple[Story, ...]) -> bytes:
    """Run both worlds to their end: float32 (worlds, months, columns, cities)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        worlds = _until_they_differ(stories)
        for world in worlds:
            while not world.over:
                world.step()
    found = [np.stack([world.economy.panel.array(name) for name in COLUMNS], axis=1) for world in worlds]
    return np.stack(found).astype("<f4").tobytes()


def _until_they_differ(stories: tuple[Story, ...]) -> list[World]:
    """Worlds of the stories; months that two have in common are run once."""
    first, *others = stories
    if not others or dataclasses.replace(first, actions=()) != dataclasses.replace(others[0], actions=()):
        return [World(story) for story in stories]
    differing = {*first.actions} ^ {*others[0].actions}
    world = World(first)
    while not world.over and world.month < min((action.month for action in differing), default=0):
        world.step()
    other = world.split()
    other.story = others[0]
    return [world, other]


def other_seeds(seed: int) -> list[int]:
    """Seeds that are not this one."""
    return [(seed + 101 * i) % 1_000_000_000 for i in range(1, SEEDS + 1)]


class Band:
    """Runs of one visitor's stories under other seeds; a new band, or closing, cancels the one before."""

    def __init__(
        self, stories: tuple[Story, ...], send: Callable[[int, bytes | None], None], count: int = SEEDS
    ) -> None:
        self.stories, self.seeds, self._send = stories, other_seeds(stories[0].seed)[:count], send
        self.found: dict[int, Array | None] = {}
        """By seed: (worlds, months, columns, cities), or none if the run failed."""
        self._cancelled = False
        self._next(0)

    @property
    def complete(self) -> bool:
        """Whether all seeds have come, or failed."""
        return len(self.found) == len(self.seeds)

    def close(self) -> None:
        """Send no more."""
        self._cancelled = True

    def _next(self, number: int) -> None:
        if self._cancelled or number == len(self.seeds):
            return
        seed = self.seeds[number]
        stories = tuple(dataclasses.replace(story, seed=seed) for story in self.stories)

        def done(future: Future[Any]) -> None:
            if self._cancelled:
                return
            failed = future.cancelled() or future.exception() is not None
            self._send(seed, None if failed else future.result())
            self._next(number + 1)

        submit(stories, done)


def submit(
    stories: tuple[Story, ...],
    done: Callable[[Future[Any]], None],
    what: Callable[[tuple[Story, ...]], Any] | None = None,
) -> None:
    """Have the worker run stories, and call ``done`` with what :func:`paths`, or ``what``, returns."""
    global _pool  # noqa: PLW0603 - one worker for the whole process
    with _lock:
        if _pool is None or getattr(_pool, "_broken", False):
            _pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_lower_priority)
            atexit.register(_pool.shutdown, wait=False, cancel_futures=True)
        future = _pool.submit(what or paths, stories)
    future.add_done_callback(done)


def _lower_priority() -> None:
    """The live worlds come first; and the worker ends with the page's process, however that ends."""
    os.nice(5)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(0)
