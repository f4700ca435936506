"""Compile a month before it is needed, on two cores where there are two."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from numba import config

from .economy import MicroDramaEconomy
from .inputs.scenario import Scenario
from .phases.funds import _buy_stakes


def is_compiled() -> bool:
    """Whether phases have been compiled on this machine, or nothing can be kept or need be compiled."""
    folder = None if config.DISABLE_JIT else _buy_stakes._cache.cache_path
    return folder is None or any(Path(folder).glob("*.nbc"))


def compile_month(
    scenario: str | Scenario = "baseline", progress: Callable[[int, int], None] = lambda done, of: None
) -> None:
    """Compile all that an economy of classroom size needs for its first month, and keep it for other processes.

    Parameters
    ----------
    progress : is told how many phases of how many are ready
    """
    economy = MicroDramaEconomy(scenario, rng=1, scale=0.1)
    economy.month += 1
    with _helped(economy):
        for done, phase in enumerate(economy.phases, 1):
            phase(economy)
            progress(done, len(economy.phases))


@contextlib.contextmanager
def _helped(economy: MicroDramaEconomy) -> Iterator[None]:
    """A copy of this process compiles phases from the last one on, until this one has them all."""
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2 or threading.active_count() > 1:
        yield
        return
    with warnings.catch_warnings():  # threads of libraries outlive a fork
        warnings.simplefilter("ignore", DeprecationWarning)
        parent, helper = os.getpid(), os.fork()
    if not helper:
        with contextlib.suppress(BaseException):
            warnings.simplefilter("ignore")
            for phase in reversed(economy.phases):
                with contextlib.suppress(Exception):  # what phases before it have not done
                    phase(economy)
                if os.getppid() != parent:
                    break
        os._exit(0)
    try:
        yield
    finally:
        os.kill(helper, signal.SIGKILL)
        os.waitpid(helper, 0)
