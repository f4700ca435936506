"""Sweeps: every run of a study, once, whatever is killed on the way."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

import model
from model.errors import InputError
from model.scenario import Scenario

from .engines import local_processes, stop, tidily
from .output import new_file, provenance
from .run import run, summarise
from .store import Store
from .study import Study, as_number, load_study

DEATHS = 3
"""A run whose worker process dies so often is recorded as crashed."""


class Job(NamedTuple):
    """One run of a study."""

    run_id: str
    point: int
    seed: int


class Tally(NamedTuple):
    """How a sweep ended."""

    asked: int
    ran: int
    failed: int
    open: int

    def __str__(self) -> str:
        done = self.asked - self.open - self.failed
        words = f"{done} of {self.asked} runs completed, {self.failed} failed"
        return words + (" (listed in failures.csv)" if self.failed else "")


@cache
def code_version() -> str:
    """Hash of the model's source and tables: runs of different code are never mixed up."""
    home = Path(model.__file__).parent
    files = sorted(p for kind in ("py", "csv", "toml") for p in home.rglob(f"*.{kind}"))
    parts = (f"{p.relative_to(home)}\0".encode() + p.read_bytes().replace(b"\r\n", b"\n") for p in files)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def run_id(scenario: Scenario, seed: int, city: str, panel: bool) -> str:
    """Name of a run: the hash of all that decides its outcome. Two studies that ask for the same run share it."""
    asked = {"scenario": scenario.to_dict(), "seed": seed, "city": city, "panel": panel, "code": code_version()}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:20]


def jobs_of(study: Study, shard: tuple[int, int] = (1, 1)) -> list[Job]:
    """Runs of a study in order; of several equal points all but the first share the run."""
    scenarios = [study.at(point) for point in study.points]
    jobs = [Job(run_id(scenarios[point], seed, study.city, study.panel), point, seed) for point, seed in study.jobs()]
    return jobs[shard[0] - 1 :: shard[1]]


def estimate(study: Study, workers: int) -> tuple[int, float]:
    """Runs of a study and the seconds they may take, from what a month costs on a laptop's core."""
    parameters = [study.at(point).parameters for point in study.points]
    seconds = sum(p.months * (0.01 + 0.035 * p.scale) for p in parameters)
    return len(parameters) * len(study.seeds), seconds * len(study.seeds) / max(workers, 1)


# ---------------------------------------------------------------------- one run


def run_one(scenario: Scenario, job: Job, city: str, panel: bool, limit: float) -> tuple[dict[str, Any], Any]:
    """The row of a run and its panel. Never raises: what goes wrong is in the row."""
    started = time.perf_counter()
    row: dict[str, Any] = {"run_id": job.run_id, "seed": job.seed, "status": "ok", "error": ""}
    table = None
    try:
        if limit:
            signal.signal(signal.SIGALRM, partial(_too_long, limit))
            signal.setitimer(signal.ITIMER_REAL, limit)
        economy = run(scenario, job.seed)
        row |= summarise(economy, city)
        if panel:
            table = {"run_id": [job.run_id] * (len(economy.panel) * len(economy.cities)), **economy.panel.city_month()}
    except Exception as error:
        row |= {"status": "failed", "error": f"{type(error).__name__}: {error}\n{traceback.format_exc(limit=-4)}"}
    finally:
        if limit:
            signal.setitimer(signal.ITIMER_REAL, 0)
    return row | {"seconds": time.perf_counter() - started, "pid": os.getpid()}, table


def _too_long(limit: float, *_: object) -> None:
    raise TimeoutError(f"the run took longer than {limit:g} s")


# ---------------------------------------------------------------------- many runs


def compute(
    jobs: Iterable[Job], submit: Callable[[Executor, Job], Future[Any]], *, workers: int,
    engine: Callable[[int], Any] = local_processes,
) -> Iterator[tuple[Job, Any]]:  # fmt: skip
    """Results of all jobs as they come, None for a job that kills its worker again and again.

    An engine makes executors. A few jobs more than workers are under way at a time. When workers die with jobs in
    hand, a new executor runs these one by one, which shows the one at fault.
    """
    waiting, suspects = deque[Job](jobs), deque[Job]()
    deaths: Counter[Job] = Counter()
    running: dict[Future[Any], Job] = {}
    alone = False
    pool = engine(workers)
    try:
        while waiting or suspects or running:
            lost: list[Job] = []
            alone = alone and bool(running)
            if suspects and not running:
                alone = True
            room = 1 if alone else 0 if suspects else 2 * workers
            while len(running) < room and (queue := suspects if alone else waiting) and not lost:
                job = queue.popleft()
                try:
                    running[submit(pool, job)] = job
                except BrokenExecutor:  # a worker died in the meantime
                    lost.append(job)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                try:
                    yield job, future.result()
                except BrokenExecutor:
                    lost.append(job)
            if lost:
                lost += running.values()
                running.clear()
                stop(pool)
                pool = engine(workers)
                if len(lost) == 1:
                    deaths[lost[0]] += 1
                    if deaths[lost[0]] >= DEATHS:
                        yield lost.pop(), None
                suspects.extend(lost)
    finally:
        stop(pool)


def sweep(
    study: str | Path | Study, out: str | Path, *, workers: int = 2, engine: Callable[[int], Any] = local_processes,
    shard: tuple[int, int] = (1, 1), limit: float = 0, again: bool = False, mix_code: bool = False,
    progress: Callable[[int, int, int], None] | None = None,
) -> Tally:  # fmt: skip
    """Run what of a study is not on record in the folder, and write its tables.

    Parameters
    ----------
    study : path or Study
    out : path
        A folder of results, new or of earlier sweeps; runs found there are not done again.
    workers : int
        Processes; results do not depend on their number.
    engine : callable
        Makes a ``concurrent.futures.Executor`` for a number of workers.
    shard : (i, n)
        Only every n-th run, from the i-th on: n machines that share or later merge folders do the whole study.
    limit : float
        Seconds after which a run counts as failed; 0 for no limit.
    again : bool
        Do failed runs once more.
    mix_code : bool
        Go on in a folder whose runs were made by another version of the model (they stay, and are not used).
    progress : callable
        Called with runs done, failed, and asked for.

    Raises
    ------
    InputError
        If the study or the folder cannot be used.
    """
    study = study if isinstance(study, Study) else load_study(study)
    if workers < 1:
        raise InputError(f"--workers {workers}: at least 1")
    if not 1 <= shard[0] <= shard[1]:
        raise InputError(f"--shard {shard[0]}/{shard[1]}: must be I/N with I from 1 to N")
    store = Store(out)
    if store.codes - {code_version()} and not mix_code:
        raise InputError(
            f"{out}: holds runs of another version of the model ({', '.join(sorted(store.codes - {code_version()}))}; "
            f"this is {code_version()}): choose another folder, or --mix-code to add runs beside them"
        )
    jobs = jobs_of(study, shard)
    keep = {"ok"} if again else {"ok", "failed"}
    todo = {job.run_id: job for job in jobs if store.done.get(job.run_id) not in keep}
    scenarios: dict[int, Scenario] = {}

    def submit(pool: Executor, job: Job) -> Future[Any]:
        if job.point not in scenarios:
            scenarios.clear()  # one is enough: jobs come point by point
            scenarios[job.point] = study.at(study.points[job.point])
        return pool.submit(tidily, run_one, scenarios[job.point], job, study.city, study.panel, limit)

    ran = failed = 0
    try:
        for job, result in compute(todo.values(), submit, workers=workers, engine=engine) if todo else ():
            row, panel = result or (
                {"run_id": job.run_id, "seed": job.seed, "status": "failed", "seconds": float("nan"), "pid": 0,
                 "error": f"crashed: the worker process died {DEATHS} times in this run"}, None)  # fmt: skip
            store.add(row, panel, code_version())
            ran, failed = ran + 1, failed + (row["status"] != "ok")
            if progress:
                progress(ran, failed, len(todo))
    finally:
        store.flush()
    status = Counter(store.done.get(job.run_id, "open") for job in jobs)
    if shard == (1, 1):
        write_tables(study, store)
    return Tally(len(jobs), ran, status["failed"], status["open"])


# ---------------------------------------------------------------------- tables


def write_tables(study: Study, store: Store) -> None:
    """``runs.parquet``: the study's runs in the order of its design, with factors, seed and outcomes.

    The same bytes whatever the number of workers, the order and the interruptions. Failed runs are in
    ``failures.csv``, time and process of each run in ``log.parquet``.
    """
    jobs = jobs_of(study)
    found = store.table("runs", {job.run_id for job in jobs})
    at = {name: row for row, name in enumerate(found["run_id"].to_pylist())}
    kept = [job for job in jobs if job.run_id in at]
    rows = found.take(pa.array([at[job.run_id] for job in kept], pa.int64()))
    design = {"point": pa.array([job.point for job in kept], pa.int64())}
    for factor in study.factors:
        values = [as_number(study.points[job.point][factor.name]) for job in kept]
        mixed = any(isinstance(v, str) for v in values)
        design[factor.name] = pa.array([str(v) for v in values] if mixed else [float(v) for v in values])
    if "status" not in rows.column_names:
        return
    ok = pa.compute.equal(rows["status"], "ok")
    own = [name for name in rows.column_names if name not in ("error", "seconds", "pid", "status")]
    table = pa.table(design | {name: rows[name] for name in ["run_id", "seed", *sorted(set(own) - {"run_id", "seed"})]})
    with new_file(store.folder / "runs.parquet") as path:
        pa.parquet.write_table(table.filter(ok), path, compression="zstd")
    log = pa.table(design | {name: rows[name] for name in ("run_id", "seed", "status", "seconds", "pid")})
    with new_file(store.folder / "log.parquet") as path:
        pa.parquet.write_table(log, path, compression="zstd")
    failures = pa.table(design | {name: rows[name] for name in ("run_id", "seed", "error")})
    with new_file(store.folder / "failures.csv") as path:
        pa.csv.write_csv(failures.filter(pa.compute.invert(ok)), path)
    about = {"kind": "microdrama sweep", "study": study.name, "title": study.title, "points": len(study.points),
             "seeds": list(study.seeds), "model": code_version(), **provenance()}  # fmt: skip
    with new_file(store.folder / "sweep.json") as path:
        path.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def load(out: str | Path, table: str = "runs") -> pa.Table:
    """A table of a sweep: ``runs``, ``log``, or ``panel`` (city by month, if the study keeps it).

    ``load(out).to_pandas()``, or ``polars.from_arrow(load(out))``.

    Raises
    ------
    InputError
        If the folder has no such table.
    """
    folder = Path(out)
    if table == "panel":
        found = Store(folder).table("panel")
        if found.num_rows:
            return found.sort_by([(name, "ascending") for name in ("run_id", "month", "city")])
    elif (folder / f"{table}.parquet").is_file():
        return pa.parquet.read_table(folder / f"{table}.parquet")
    raise InputError(f"{out}: has no table '{table}' (a sweep leaves runs, log and, with panel = true, panel)")
