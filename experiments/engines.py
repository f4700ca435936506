"""Where runs are computed: local processes that end with the one that started them."""

from __future__ import annotations

import gc
import os
import signal
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process


def local_processes(workers: int) -> ProcessPoolExecutor:
    """Fresh (spawned) worker processes; Ctrl-C is left to the parent, and nobody survives its end."""
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_follow_the_parent)


def tidily[Result](job: Callable[..., Result], *arguments: object) -> Result:
    """What a job returns, its memory given back: economies refer to themselves in circles, which pile up otherwise."""
    gc.freeze()  # what was there before need not be searched
    try:
        return job(*arguments)
    except BaseException as error:
        traceback.clear_frames(error.__traceback__)  # they hold on to the economy
        raise
    finally:
        gc.collect()
        gc.unfreeze()


def stop(pool: ProcessPoolExecutor) -> None:
    """End a pool at once: what it still computes or has waiting is not wanted any more."""
    workers = list((pool._processes or {}).values())  # from Python 3.14 on: pool.terminate_workers()
    for worker in workers:
        worker.terminate()
    pool.shutdown(wait=True, cancel_futures=True)


def _follow_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_the_parent, daemon=True).start()


def _leave_with_the_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
