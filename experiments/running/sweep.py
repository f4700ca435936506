"""Sweeps: every run of a study, once, whatever is killed on the way.

>>> from microdrama import load, sweep
>>> tally = sweep("rebate.toml", "out/rebate")                                          # doctest: +SKIP
>>> print(tally)                                                                        # doctest: +SKIP
120 of 120 runs completed, 0 failed
>>> load("out/rebate", frame="pandas").groupby("offer.size")["city_share_shoot_days"].mean()  # doctest: +SKIP
"""

from __future__ import annotations

import contextlib
import math
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.errors import InputError

from ..design.study import Study
from ..design.study_file import load_study
from . import engines
from .engines import Engine
from .job import FAULTS, GRACE, MADE, Job, Order, Result, carry_out
from .lock import locked
from .plan import CARRIED, Jobs, Made, run_bytes, run_seconds, together, version_of
from .results import load, stopped, write_tables
from .store import FAILED, OPEN, DamagedError, Store
from .user_code import UserCode

__all__ = ["Tally", "finished", "load", "sweep"]

DEATHS = 3
"""A run whose worker process dies so often is recorded as crashed."""

SENDS = 4
"""Orders that bring a scenario along; later ones find it with the worker, or come back for it."""

PULSE = 0.2
"""Seconds to wait for results before what is at hand is written."""

LOOK = 10.0
"""Seconds between looks at the workers: how many there are, whether they are stopped."""

LONGEST = 1e8
"""Seconds that a time limit may have: three years, which timers can count."""

ERRORS = {
    "off": "failed runs are listed, and the sweep counts as done",
    "slow": "the sweep continues to its end, and then counts as failed if any run did",
    "fast": "the first failed run ends the sweep",
}


class _Counts(NamedTuple):
    runs: int
    ran: int
    failed: int
    open: int


class Tally(_Counts):
    """How a sweep ended: runs, those that ran now, failed and open ones."""

    stop: str = ""
    """How the stopping rule stands, if there is one."""

    def __str__(self) -> str:
        done = self.runs - self.open - self.failed
        words = f"{done} of {self.runs} runs completed, {self.failed} failed"
        return words + (" (listed in failures.csv)" if self.failed else "")


class Terminated(KeyboardInterrupt):
    """A request to end (SIGTERM): what is completed is saved."""


class RunFailedError(RuntimeError):
    """Runs failed without which there is no answer; completed runs are saved."""


def sweep(
    study: str | Path | Mapping[str, Any] | Study,
    out: str | Path,
    *,
    workers: int = 2,
    executor: Engine | Callable[[], Executor] | None = None,
    model: type[MicroDramaEconomy] | None = None,
    shard: tuple[int, int] = (1, 1),
    limit: float = 0,
    again: bool = False,
    mix_code: bool = False,
    errors: str = "slow",
    progress: Callable[[int, int, int], None] | None = None,
) -> Tally:
    """Run what of a study is not yet completed in the folder, and write its tables.

    Ctrl-C once ends the sweep when the runs under way are done, twice at once; either way it can be resumed.

    Parameters
    ----------
    study : path, mapping or Study
        A file, or what such a file says, see :mod:`microdrama.experiments.design.study`.
    out : path
        A folder of results, new or of earlier sweeps; runs found there are not done again.
    workers : int
        Processes; results do not depend on their number.
    executor : callable or Engine, optional
        Makes a ``concurrent.futures.Executor``, such as ``lambda: ProcessPoolExecutor(8)``; by default processes of
        this machine. See :mod:`microdrama.experiments.running.engines` for Dask.
    model : type, optional
        A subclass of :class:`~microdrama.model.economy.MicroDramaEconomy` in a module of your own: workers import it by
        name. Its source, and that of what it imports from the same folder, is part of the version of the code.
    shard : (i, n)
        Only every n-th run, from the i-th on: n machines that share or later merge folders do the whole study.
    limit : float
        Seconds after which a run counts as failed; 0 for no limit. A process that does not heed it is killed.
    again : bool
        Do failed runs once more.
    mix_code : bool
        Go on in a folder whose runs were made by another version of the model (they stay, and are not used).
    errors : str
        ``"fast"`` ends the sweep with the first failed run; else failed runs are listed and the others done.
    progress : callable
        Called with runs done, failed, and to do.

    Returns
    -------
    Tally
        Runs in all, done now, failed, and still to do.

    Raises
    ------
    InputError
        If the study, the folder or the class cannot be used.
    """
    planned = study if isinstance(study, Study) else load_study(study)
    if not str(out):
        raise InputError("the folder for results has no name")
    if workers < 1:
        raise InputError(f"--workers {workers}: at least 1")
    if not 1 <= shard[0] <= shard[1]:
        raise InputError(f"--shard {shard[0]}/{shard[1]}: must be I/N with I from 1 to N")
    if planned.stop and shard != (1, 1):
        raise InputError(f"{planned.where}: [stop] looks at all runs, so the study cannot be done in shards")
    if not 0 <= limit <= LONGEST:
        raise InputError(f"--time-limit {limit:g}: must be a number of seconds, to {LONGEST:g}, or 0 for no limit")
    if errors not in ERRORS:
        raise InputError(f"errors = '{errors}': must be one of {', '.join(ERRORS)}")
    if executor is None:
        executor = engines.local(workers)
    engine = executor if isinstance(executor, Engine) else engines.any_executor(executor, workers)
    own = UserCode.of(model)
    with locked(Path(out), shard), _signals() as stopping:
        store = Store(out, version_of(own))
        if store.codes - {store.code} and not mix_code:
            raise InputError(
                f"{out}: holds runs of another version of the model ({', '.join(sorted(store.codes - {store.code}))}; "
                f"this is {store.code}): choose another folder, or --mix-code to add runs beside them"
            )
        while shard == (1, 1):
            try:
                store.tidy()
                break
            except DamagedError as damage:
                store.drop(damage.part)
        ran, first = 0, True
        made: Made = {}
        while True:
            jobs = Jobs(planned, own, made)
            mine = np.arange(len(jobs))[shard[0] - 1 :: shard[1]]
            status = store.status(jobs.ids[mine])
            todo = mine[(status == OPEN) | ((status == FAILED) & (again and first))]
            todo = todo[np.sort(np.unique(jobs.ids[todo], return_index=True)[1])]
            _check_room(jobs, len(todo), Path(out))
            saved = failed = 0
            try:
                for found in _results(jobs, todo, engine, stopping, limit):
                    if found is None:
                        count = store.pulse()
                    else:
                        job, result = found
                        row, tables = _crash(job, result) if isinstance(result, BaseException) else result
                        failed += row["status"] != "ok"
                        count = store.add(row, tables)
                    saved += count
                    if failed and errors == "fast":
                        stopping.set()
                    if count and progress:
                        progress(saved, failed, len(todo))
            finally:
                rest = store.flush()
                ran += saved + rest
                store.seal()
            if rest and progress:
                progress(saved + rest, failed, len(todo))
            first, todo = False, todo[:0]
            try:
                stop = stopped(planned, jobs, store)
                if stopping.is_set() or stop.end:
                    if shard == (1, 1):
                        write_tables(planned, jobs, store, stop.words)
                    break
                planned = planned.with_more_seeds()
            except DamagedError as damage:
                store.drop(damage.part)
        status = store.status(jobs.ids[mine])
    tally = Tally(len(mine), ran, int((status == FAILED).sum()), int((status == OPEN).sum()))
    tally.stop = stop.words
    return tally


def _check_room(jobs: Jobs, runs: int, folder: Path) -> None:
    """An :class:`InputError` if so many runs will not fit on the disk."""
    each = run_bytes(jobs.study, jobs.scenario(0, jobs.study.seeds[0]))
    needed, free = runs * each, shutil.disk_usage(folder).free
    if needed > free:
        raise InputError(
            f"{folder}: {runs} runs take about {needed / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free there"
        )


@contextlib.contextmanager
def finished(study: Study, out: str | Path | None = None, **how: Any) -> Iterator[Path]:
    """The folder of a study with all of its runs completed, a temporary one if none is named; failed ones are repeated.

    Raises
    ------
    InputError
        As :func:`sweep`, which has the other arguments.
    KeyboardInterrupt
        If it was interrupted; completed runs are saved.
    RunFailedError
        If runs failed.
    """
    with tempfile.TemporaryDirectory() as spare:
        folder = Path(out) if out is not None else Path(spare) / "runs"
        tally = sweep(study, folder, again=True, **how)
        if tally.open:
            raise KeyboardInterrupt
        if tally.failed:
            first = load(folder, "failures")["error"][0].as_py().partition("\n")[0]
            raise RunFailedError(f"{tally}, and there is no answer without all of them; the first: {first}")
        yield folder


@contextlib.contextmanager
def _signals() -> Iterator[threading.Event]:
    """An event that is set by the first Ctrl-C; the second interrupts, and so does a request to end (SIGTERM).

    Only where the usual handlers are in place.
    """
    stopping = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def once(*_: object) -> None:
        stopping.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        print("\nending after the runs under way; Ctrl-C again stops at once", file=sys.stderr, flush=True)

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
        raise Terminated

    ours = {signal.SIGINT: (signal.default_int_handler, once), signal.SIGTERM: (signal.SIG_DFL, end)}
    here = threading.current_thread() is threading.main_thread()
    changed = [number for number, (usual, _) in ours.items() if here and before[number] is usual]
    for number in changed:
        signal.signal(number, ours[number][1])
    try:
        yield stopping
    finally:
        for number in changed:
            signal.signal(number, before[number])


def _crash(job: Job, error: BaseException) -> Result:
    words = "crashed: the worker process died in this run, again and again (out of memory, or over its time limit?): "
    row = {"run_id": job.run_id, "seed": job.seed, "status": "failed", "error": words + repr(error)}
    return dict.fromkeys(MADE) | row, {}


# ---------------------------------------------------------------------- many runs


def _results(
    jobs: Jobs, todo: Array, engine: Engine, stopping: threading.Event, limit: float
) -> Iterator[tuple[Job, Result | BaseException] | None]:
    if not len(todo):
        return
    times: Counter[str] = Counter()

    def order(at: Sequence[int], shared: int = 0) -> Order:
        sent = [jobs[i] for i in at]
        if len(times) > CARRIED:
            times.clear()  # of that many scenarios no worker remembers the first
        times.update({job.fingerprint for job in sent})
        new = {job.fingerprint for job in sent if times[job.fingerprint] <= SENDS}
        return jobs.order(sent, new, limit=limit, shared=shared, engine=engine.name)

    def whole(order: Order) -> Order:
        return order._replace(scenarios=jobs.sent(order.jobs))

    study = jobs.study
    if study.share_past:
        chunks = (order(at, shared) for at, shared in together(jobs, todo, engine.batch))
    else:
        first = jobs.scenario(0, study.seeds[0])
        size = min(engine.batch, max(1, int(engine.seconds / run_seconds(first.parameters))))
        chunks = (order(todo[i : i + size].tolist()) for i in range(0, len(todo), size))
    yield from compute(chunks, engine, stopping, whole)


def compute(
    orders: Iterable[Order],
    engine: Engine,
    stopping: threading.Event,
    whole: Callable[[Order], Order] = lambda order: order,
) -> Iterator[tuple[Job, Result | BaseException] | None]:
    """Results of all jobs as they come, an exception for a job that kills its worker again and again.

    Now and then, when nothing is at hand, None. A few orders more than workers are under way at a time; one that comes
    back as its worker lacks a scenario is sent again ``whole``. When workers die with jobs in hand, or do not answer
    long after their time, a new executor runs these one by one, which shows the one at fault. Once ``stopping`` is set
    nothing new is begun.
    """
    waiting, suspects = iter(orders), deque[Order]()
    deaths: Counter[str] = Counter()
    running: dict[Future[Any], tuple[Order, float]] = {}
    alone = False
    pool, size, looked, heard = engine.start(), 0, -LOOK, time.monotonic()
    try:
        while True:
            if (now := time.monotonic()) - looked >= LOOK or not size:
                size, looked = engine.size(pool), now
                engine.look(pool)
            lost: list[tuple[Order, BaseException]] = []
            alone = (alone and bool(running)) or (bool(suspects) and not running)
            room = 1 if alone else 0 if suspects else max(1, 2 * size)
            while len(running) < room and not lost and not stopping.is_set():
                order = suspects.popleft() if alone else next(waiting, None)
                if order is None:
                    break
                try:
                    running[pool.submit(carry_out, order)] = order, now
                except Exception as error:  # a worker, or whoever takes orders, died in the meantime
                    lost.append((order, BrokenExecutor(repr(error))))
            if not running and not lost:
                return
            ended = wait(running, PULSE, FIRST_COMPLETED).done
            if ended:
                heard = now
            elif now - heard > engines.WORKER_SECONDS and not engine.size(pool):
                raise InputError("no worker is left; completed runs are saved; run the same command to resume")
            for future in ended:
                order, _ = running.pop(future)
                try:
                    found = future.result()
                    if found is None:
                        order = whole(order)
                        running[pool.submit(carry_out, order)] = order, now
                        continue
                    yield from zip(order.jobs, found, strict=True)
                except FAULTS as error:  # no run raises: its worker, or the way to it, is gone
                    lost.append((order, error))
            if not ended:
                yield None
            late = [future for future, (order, since) in running.items() if now > since + _patience(order)]
            if late or any(isinstance(error, BrokenExecutor | CancelledError) for _, error in lost):
                why = lost[0][1] if lost else TimeoutError("the worker does not answer")
                lost += [(order, why) for order, _ in running.values()]
                running.clear()
                engine.stop(pool)
                pool, size = engine.start(), 0
            if len(lost) == 1 and len(lost[0][0].jobs) == 1:
                job, why = lost[0][0].jobs[0], lost[0][1]
                deaths[job.run_id] += 1
                if deaths[job.run_id] == DEATHS:
                    lost.clear()
                    yield job, why
            suspects += [whole(order._replace(jobs=(job,), shared=0)) for order, _ in lost for job in order.jobs]
    finally:
        engine.stop(pool)


def _patience(order: Order) -> float:
    """Seconds after which an order with a time limit has been waited for long enough, behind another one too."""
    return 2 * len(order.jobs) * (order.limit + GRACE) + 60 if order.limit else math.inf
