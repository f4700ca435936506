"""Where runs are computed: processes of this machine, a Dask cluster, or any ``concurrent.futures.Executor``."""

import contextlib
import gc
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any

from microdrama.model.errors import InputError


def stop(pool: Executor) -> None:
    """End an executor, one of local processes at once: what it still computes or has waiting is not wanted any more."""
    _kill(pool)
    pool.shutdown(wait=True, cancel_futures=True)


def _kill(pool: Executor) -> None:
    """End its local processes, and what waits for the rest of a message that one of them did not live to write."""
    for worker in list((getattr(pool, "_processes", None) or {}).values()):
        worker.kill()  # a stopped process would not hear a request
    if (results := getattr(pool, "_result_queue", None)) is not None:
        results._writer.close()


@dataclass(frozen=True)
class Engine:
    """A way to make executors: one whose workers died cannot be used again, so a new one is made in its place."""

    name: str
    start: Callable[[], Executor]
    size: Callable[[Executor], int]
    """Workers an executor has now."""
    stop: Callable[[Executor], None] = stop
    """End an executor at once: what it still computes or has waiting is not wanted any more."""
    look: Callable[[Executor], None] = lambda pool: None
    """See that no worker is stopped: called every few seconds."""
    seconds: float = 0
    """Runs are sent together until they take about so long, where sending costs time."""
    batch: int = 16
    """How many are sent together at most."""


def local(workers: int) -> Engine:
    """Processes of this machine."""

    def start() -> Executor:
        try:
            return local_processes(workers, _Pool)
        except OSError as error:  # their locks lie in shared memory
            raise InputError(f"cannot start worker processes: {error} (is /dev/shm full, or very small?)") from None

    return Engine("local", start, lambda _: workers, look=_Watch())


def any_executor(start: Callable[[], Executor], workers: int) -> Engine:
    """Whatever a function makes, such as ``lambda: MPIPoolExecutor()``."""
    if not callable(start):
        raise TypeError(
            f"executor: a function that makes executors, such as lambda: ProcessPoolExecutor(4), not {start!r} "
            "(an executor whose workers died cannot be used again)"
        )
    return Engine("executor", start, lambda _: workers)


def dask(address: str = "", workers: int = 2) -> Engine:
    """A Dask cluster: that of the scheduler at an address, or else workers of this machine.

    Raises
    ------
    InputError
        If Dask is not installed; and on start, if nobody answers at the address.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError("the engine 'dask' needs Dask: install it with pip install 'microdrama[dask]'") from None

    def start() -> Executor:
        try:
            if address:
                client = Client(address, timeout=CONNECT_SECONDS)
            else:
                with _deaf_children():
                    client = Client(n_workers=workers, threads_per_worker=1, dashboard_address=None)
            client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(f"no Dask scheduler with workers answers at {address}: {error}") from None
        pool: Executor = client.get_executor(pure=False, retries=0)
        return pool

    def end(pool: Any) -> None:
        pool.shutdown(wait=False)
        for party in (pool._client, pool._client.cluster):
            with contextlib.suppress(TimeoutError):  # a slow goodbye takes no result with it
                if party:
                    party.close(timeout=5)

    def size(pool: Any) -> int:
        try:
            return sum(pool._client.nthreads().values())
        except (OSError, RuntimeError, TimeoutError):  # the scheduler is gone: its futures will say so
            return 0

    return Engine("dask", start, size, end, seconds=1.0)


CONNECT_SECONDS, WORKER_SECONDS = 20, 300
"""How long to wait for a scheduler, and for a worker when there is none."""


def local_processes(workers: int, kind: type[ProcessPoolExecutor] = ProcessPoolExecutor) -> ProcessPoolExecutor:
    """Worker processes that import nothing of the parent's; Ctrl-C is left to the parent, and nobody survives its end.

    On Linux they are forked from a server that has imported the model once for all.
    """
    context = get_context("forkserver" if sys.platform == "linux" else "spawn")
    context.set_forkserver_preload([f"{__package__}.ready"])
    return kind(workers, mp_context=context, initializer=_follow_the_parent, initargs=(dict(os.environ),))


class _Pool(ProcessPoolExecutor):
    """Processes that do not import the script which started them: it need not guard against that, nor be a file."""

    def submit[**P, Result](self, job: Callable[P, Result], /, *args: P.args, **kwargs: P.kwargs) -> Future[Result]:
        script = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            return super().submit(job, *args, **kwargs)
        finally:
            sys.modules["__main__"] = script


class _Watch:
    """Ends a pool of which a process was stopped (SIGSTOP), or dead and not missed, at the last look already.

    Its runs are done elsewhere. One that died while it wrote a result is not missed: the pool waits for the rest.
    """

    def __init__(self) -> None:
        self.idle: set[int] = set()

    def __call__(self, pool: Executor) -> None:
        workers = list((getattr(pool, "_processes", None) or {}).values())
        before, self.idle = self.idle, {worker.pid for worker in workers if _is_idle(worker)}
        if before & self.idle:
            _kill(pool)


def _is_idle(worker: BaseProcess) -> bool:
    """Whether a process is dead, or stopped, which Linux alone says."""
    try:
        return bool(wait([worker.sentinel], 0)) or Path(f"/proc/{worker.pid}/stat").read_text().split()[2] == "T"
    except (OSError, ValueError):  # it is over, and that is known
        return False


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


@contextlib.contextmanager
def _deaf_children() -> Iterator[None]:
    """Processes started here leave Ctrl-C to this one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard)


def _follow_the_parent(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)  # the server has that of the day it was started
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.filterwarnings("ignore", "with these parameters shares may swing")  # once a run: thousands of times
    threading.Thread(target=_leave_with_the_parent, daemon=True).start()


def _leave_with_the_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
