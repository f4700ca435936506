"""Work for processes that die of it. Imports little, so that those in their place start quickly."""

import os
import signal
import struct
import sys
import time
from pathlib import Path
from typing import NamedTuple


class Task(NamedTuple):
    """Stands for a job."""

    run_id: str
    point: int = 0
    seed: int = 0


class Tasks(NamedTuple):
    """Stands for an order."""

    jobs: tuple[Task, ...]
    folder: Path = Path()
    shared: int = 0
    limit: float = 0


def lives_or_dies(order):
    """Point 1 kills its process always, point 2 the first time only."""
    for task in order.jobs:
        mark = Path(order.folder) / f"seen-{task.run_id}"
        if task.point == 1 or (task.point == 2 and not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.02)
    return [({"seed": task.seed}, {}) for task in order.jobs]


def dies(order):
    os.kill(os.getpid(), signal.SIGKILL)


def stops_once(order):
    """Seed 1 stops its process, as SIGSTOP does, the first time."""
    for task in order.jobs:
        mark = Path(order.folder) / f"seen-{task.run_id}"
        if task.seed == 1 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGSTOP)
    return [({"seed": task.seed}, {}) for task in order.jobs]


def dies_in_a_word(order):
    """Seed 1 kills its process, the first time, when it has written the beginning of a result."""
    for task in order.jobs:
        mark = Path(order.folder) / f"seen-{task.run_id}"
        if task.seed == 1 and not mark.exists():
            mark.touch()
            frame = sys._getframe()
            while "result_queue" not in frame.f_locals:
                frame = frame.f_back
            results = frame.f_locals["result_queue"]
            results._wlock.acquire()
            os.write(results._writer.fileno(), struct.pack("!i", 1000) + b"the beginning")
            os.kill(os.getpid(), signal.SIGKILL)
    return [({"seed": task.seed}, {}) for task in order.jobs]


def answers(order):
    """What runs of a study might say, at once."""
    found = []
    for job in order.jobs:
        row = {"run_id": job.run_id, "seed": job.seed, "status": "ok", "error": "", "studios": job.seed + job.point / 7}
        made = dict.fromkeys(("fingerprint", "engine", "commit", "versions", "host"), "x")
        panel = {"run_id": [job.run_id] * 2, "month": ["2021-01"] * 2, "city": ["a", "b"], "studios": [job.seed, 0.5]}
        found.append((row | made | {"seconds": 0.1, "dirty": False, "pid": 1}, {"panel": panel}))
    return found
