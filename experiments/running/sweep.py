"""Sweeps: every run of a study, once, whatever is killed on the way.

>>> from microdrama import load, sweep
>>> tally = sweep("rebate.toml", "out/rebate")                                          # doctest: +SKIP
>>> print(tally)                                                                        # doctest: +SKIP
120 of 120 runs completed, 0 failed
>>> load("out/rebate", frame="pandas").groupby("offer.size")["city_share_shoot_days"].mean()  # doctest: +SKIP
"""

from __future__ import annotations

import contextlib
import dataclasses
import signal
import sys
import tempfile
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.errors import InputError
from microdrama.model.inputs.parameters import Parameters
from microdrama.model.inputs.scenario import Scenario

from ..design.levers import branch_of
from ..design.study import Study
from ..design.study_file import load_study
from ..files import code_version
from . import engines
from .engines import Engine
from .job import MADE, Job, Order, Result, carry_out, run_id
from .results import load, precise, write_tables
from .store import Store
from .user_code import UserCode

__all__ = ["Tally", "finished", "load", "sweep"]

DEATHS = 3
"""A run whose worker process dies so often is recorded as crashed."""

FUTURES = 64
"""Most runs that differ in draws from a month on and are done in a row: their past is one run."""

CARRIED = 4096
"""Most scenarios (some 30 MB) that waiting jobs hold; those of jobs further down are built again when they are sent."""

ERRORS = {
    "off": "failed runs are listed, and the sweep counts as done",
    "slow": "the sweep continues to its end, and then counts as failed if any run did",
    "fast": "the first failed run ends the sweep",
}


class Tally(NamedTuple):
    """How a sweep ended."""

    runs: int
    ran: int
    failed: int
    open: int

    def __str__(self) -> str:
        done = self.runs - self.open - self.failed
        words = f"{done} of {self.runs} runs completed, {self.failed} failed"
        return words + (" (listed in failures.csv)" if self.failed else "")


class RunFailedError(RuntimeError):
    """Runs failed without which there is no answer; completed runs are saved."""


class Estimate(NamedTuple):
    """What a study may take, if nothing of it is completed."""

    runs: int
    seconds: float
    bytes: float

    @classmethod
    def of(cls, study: Study, workers: int) -> Estimate:
        """From what months cost on a laptop's core (:func:`run_seconds`), and a city's month on disk."""
        seeds = study.stop.max_seeds if study.stop else len(study.seeds)
        worlds = [(at.parameters, len(at.cities)) for at in map(study.at, study.points)]
        seconds = sum(run_seconds(p) for p, _ in worlds) * seeds / max(workers, 1)
        cells = sum(p.months * cities for p, cities in worlds) * seeds if study.panel else 0
        return cls(len(worlds) * seeds, seconds, 1500 * len(worlds) * seeds + 280 * cells)


def run_seconds(p: Parameters) -> float:
    """About what a run takes on a laptop's core."""
    return p.months * (0.013 + 0.045 * p.scale)


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
    if not limit >= 0:
        raise InputError(f"--time-limit {limit:g}: must be a number of seconds, or 0 for no limit")
    if errors not in ERRORS:
        raise InputError(f"errors = '{errors}': must be one of {', '.join(ERRORS)}")
    if executor is None:
        executor = engines.local(workers)
    engine = executor if isinstance(executor, Engine) else engines.any_executor(executor, workers)
    own = UserCode.of(model)
    store = Store(out, version_of(own))
    if store.codes - {store.code} and not mix_code:
        raise InputError(
            f"{out}: holds runs of another version of the model ({', '.join(sorted(store.codes - {store.code}))}; "
            f"this is {store.code}): choose another folder, or --mix-code to add runs beside them"
        )
    store.check()
    ran = 0
    made: dict[tuple[int, int], tuple[str, Scenario | None]] = {}
    with _ctrl_c() as stopping:
        while True:
            jobs = jobs_of(planned, own, made)
            mine = jobs[shard[0] - 1 :: shard[1]]
            keep = {"ok"} if again else {"ok", "failed"}
            todo = {job.run_id: job for job in mine if store.done.get(job.run_id) not in keep}
            failed = done = 0
            try:
                for job, result in _results(planned, [*todo.values()], own, engine, stopping, limit):
                    store.add(*(result if not isinstance(result, Exception) else _crash(job, result)))
                    status = "failed" if isinstance(result, Exception) else result[0]["status"]
                    done, failed = done + 1, failed + (status != "ok")
                    if failed and errors == "fast":
                        stopping.set()
                    if progress:
                        progress(done, failed, len(todo))
            finally:
                ran += done
                store.flush()
            if stopping.is_set() or precise(planned, jobs, store):
                break
            planned = planned.with_more_seeds()
    status = Counter(store.done.get(job.run_id, "open") for job in mine)
    if shard == (1, 1):
        write_tables(planned, jobs, store)
    return Tally(len(mine), ran, status["failed"], status["open"])


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


def version_of(own: UserCode) -> str:
    """Version of all code that decides the outcome of runs."""
    return "+".join(filter(None, (code_version(), own.version)))


def jobs_of(
    study: Study, own: UserCode | None = None, made: dict[tuple[int, int], tuple[str, Scenario | None]] | None = None
) -> list[Job]:
    """Runs of a study in order, point by point; equal points share their runs.

    Every scenario is built here, once, and travels with its jobs (the first :data:`CARRIED` of them); ``made`` has the
    fingerprint and scenario of those of earlier calls, by point and member.
    """
    code, jobs = version_of(own or UserCode.of()), []
    made = {} if made is None else made
    for number, point in enumerate(study.points):
        branch = branch_of(point)
        for seed in study.seeds:
            at = number, study.member(seed)
            if at not in made:
                scenario = study.at(point, at[1])
                made[at] = scenario.fingerprint, scenario if len(made) < CARRIED else None
            name = run_id(made[at][0], seed, study.city, study.panel, code, branch, cells=study.cells)
            jobs.append(Job(name, number, seed, branch, made[at][1]))
    return jobs


@contextlib.contextmanager
def _ctrl_c() -> Iterator[threading.Event]:
    """An event that is set by the first Ctrl-C; the second interrupts. Only where Python's own handler is in place."""
    stopping = threading.Event()
    usual = signal.default_int_handler

    def once(*_: object) -> None:
        stopping.set()
        signal.signal(signal.SIGINT, usual)
        print("\nending after the runs under way; Ctrl-C again stops at once", file=sys.stderr, flush=True)

    ours = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is usual
    if ours:
        signal.signal(signal.SIGINT, once)
    try:
        yield stopping
    finally:
        if ours:
            signal.signal(signal.SIGINT, usual)


def _crash(job: Job, error: Exception) -> Result:
    words = "crashed: the worker process died in this run, again and again (out of memory, or over its time limit?): "
    row = {"run_id": job.run_id, "seed": job.seed, "status": "failed", "error": words + repr(error)}
    return dict.fromkeys(MADE) | row, {}


# ---------------------------------------------------------------------- many runs


def _results(
    study: Study, todo: list[Job], own: UserCode, engine: Engine, stopping: threading.Event, limit: float
) -> Iterator[tuple[Job, Result | Exception]]:
    if not todo:
        return

    def order(jobs: Iterable[Job], shared: int = 0) -> Order:
        built = cache(lambda point, member: study.at(study.points[point], member))
        sent = (job._replace(scenario=job.scenario or built(job.point, study.member(job.seed))) for job in jobs)
        what = study.city, study.panel, study.cells
        return Order(tuple(sent), version_of(own), *what, limit, shared, engine.name, own)

    if study.share_past:
        chunks = (order(jobs, shared) for jobs, shared in together(study, todo, engine.batch))
    else:
        first = todo[0].scenario or study.at(study.points[todo[0].point])
        size = min(engine.batch, max(1, int(engine.seconds / run_seconds(first.parameters))))
        chunks = (order(todo[i : i + size]) for i in range(0, len(todo), size))
    yield from compute(chunks, engine, stopping)


def together(study: Study, jobs: Iterable[Job], most: int) -> Iterator[tuple[tuple[Job, ...], int]]:
    """Runs with the same draws that differ only in policies, and the months before the first of these begins."""
    seen: dict[tuple[int, int], tuple[str, Counter[Any], int]] = {}
    groups: dict[tuple[str, int], list[tuple[Job, Counter[Any], int]]] = {}
    for job in jobs:
        at = job.point, study.member(job.seed)
        if at not in seen:
            scenario = job.scenario or study.at(study.points[at[0]], at[1])
            bare = dataclasses.replace(scenario, policies=()).fingerprint
            seen[at] = bare, Counter(scenario.policies), scenario.parameters.months
        bare, windows, months = seen[at]
        groups.setdefault((bare, job.seed), []).append((job, windows, months))
    for group in groups.values():
        step = max(most, FUTURES) if group[0][0].branch else most
        for i in range(0, len(group), step):
            chunk = tuple(job for job, _, _ in group[i : i + step])
            turns = [job.branch.month for job in chunk if job.branch]
            held = [windows for _, windows, _ in group[i : i + step]]
            differ = [w for one in held for other in held for w in one - other]
            yield chunk, min([w.start for w in differ] + turns + [group[i][2]])


def compute(
    orders: Iterable[Order], engine: Engine, stopping: threading.Event
) -> Iterator[tuple[Job, Result | Exception]]:
    """Results of all jobs as they come, an exception for a job that kills its worker again and again.

    A few orders more than workers are under way at a time. When workers die with jobs in hand, a new executor runs
    these one by one, which shows the one at fault. Once ``stopping`` is set nothing new is begun.
    """
    waiting, suspects = iter(orders), deque[Order]()
    deaths: Counter[str] = Counter()
    running: dict[Future[Any], Order] = {}
    alone = False
    pool = engine.start()
    try:
        while True:
            lost: list[tuple[Order, Exception]] = []
            alone = (alone and bool(running)) or (bool(suspects) and not running)
            room = 1 if alone else 0 if suspects else max(1, 2 * engine.size(pool))
            while len(running) < room and not lost and not stopping.is_set():
                order = suspects.popleft() if alone else next(waiting, None)
                if order is None:
                    break
                try:
                    running[pool.submit(carry_out, order)] = order
                except Exception as error:  # a worker, or whoever takes orders, died in the meantime
                    lost.append((order, BrokenExecutor(repr(error))))
            if not running and not lost:
                return
            ended = wait(running, engines.WORKER_SECONDS, FIRST_COMPLETED).done
            if running and not ended and not engine.size(pool):
                raise InputError("no worker is left; completed runs are saved; run the same command to resume")
            for future in ended:
                order = running.pop(future)
                try:
                    yield from zip(order.jobs, future.result(), strict=True)
                except Exception as error:  # no run raises: its worker, or the way to it, is gone
                    lost.append((order, error))
            if any(isinstance(error, BrokenExecutor | CancelledError) for _, error in lost):
                lost += [(order, lost[0][1]) for order in running.values()]
                running.clear()
                engine.stop(pool)
                pool = engine.start()
            if len(lost) == 1 and len(lost[0][0].jobs) == 1:
                job, why = lost[0][0].jobs[0], lost[0][1]
                deaths[job.run_id] += 1
                if deaths[job.run_id] == DEATHS:
                    lost.clear()
                    yield job, why
            suspects += [order._replace(jobs=(job,), shared=0) for order, _ in lost for job in order.jobs]
    finally:
        engine.stop(pool)
