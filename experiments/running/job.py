"""Runs of a study as jobs for worker processes: what to run, and what comes back."""

import contextlib
import faulthandler
import gc
import hashlib
import json
import os
import pickle
import platform
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from multiprocessing import parent_process
from typing import Any, NamedTuple

from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.inputs.scenario import Scenario

from ..design.levers import Branch
from ..files import code_version, provenance
from ..outcomes import summarise
from ..outcomes.quantities import QUANTITIES, Observer, version
from ..run import run
from .engines import tidily
from .user_code import NO_CODE, UserCode

GRACE = 10.0
"""Seconds for a run that is over its limit to end by itself."""


class Job(NamedTuple):
    """One run of a study."""

    run_id: str
    point: int
    seed: int
    branch: Branch | None = None
    """Other draws from a month on."""
    fingerprint: str = ""
    """Of the scenario to run."""


class Order(NamedTuple):
    """Jobs for one worker in a row, and all it needs to do them."""

    jobs: tuple[Job, ...]
    scenarios: Mapping[str, Any]
    """By fingerprint: on the way those that the worker may not have yet, pickled."""
    code: str
    """Version of the model that the runs are to be made by."""
    city: str = ""
    panel: bool | str = False
    cells: bool = False
    """Whether to keep the grid as it is at the end."""
    limit: float = 0
    """Seconds for a run; 0 for no limit."""
    shared: int = 0
    """Months that are the same in all of these runs."""
    engine: str = ""
    """Where they are computed."""
    own: UserCode = NO_CODE
    """The user's class of economies, and modules to import."""


REMEMBERED = 64
"""Scenarios, as they were sent, that a process keeps for orders to come."""
_SENT: dict[str, bytes] = {}
FAULTS = (Exception, SystemExit)
"""What a run may raise that is its own fault."""

type Result = tuple[dict[str, Any], Mapping[str, Any]]
"""Row of a run, and its tables by kind (:data:`.store.KINDS`)."""


def run_id(
    fingerprint: str,
    seed: int,
    city: str,
    panel: bool | str,
    code: str,
    branch: Branch | None = None,
    *,
    cells: bool = False,
) -> str:
    """Name of a run: the hash of all that decides its outcome. Two studies with the same run share it."""
    panel = f"{panel} {version()}" if panel == QUANTITIES else panel
    more = (f" {branch.month} {branch.future}" if branch else "") + (" cells" if cells else "")
    return hashlib.sha256(f"{fingerprint} {seed} {city} {panel} {code}{more}".encode()).hexdigest()[:20]


def carry_out(order: Order) -> list[Result] | None:
    """Rows and tables of the jobs; None if a scenario must be sent along first.

    Never raises: what goes wrong is in the row.
    """
    _SENT.update(order.scenarios)
    needed = {job.fingerprint: _SENT.get(job.fingerprint) for job in order.jobs}
    for old in list(_SENT)[:-REMEMBERED]:
        _SENT.pop(old, None)
    if not all(needed.values()):
        return None
    order = order._replace(scenarios={name: pickle.loads(sent or b"") for name, sent in needed.items()})
    trunk = None
    if order.shared and len(order.jobs) > 1:
        with contextlib.suppress(*FAULTS), _time_limit(order.limit):  # a run that fails says so itself
            trunk = _economy(order, order.jobs[0])
            trunk.run_for(order.shared)
    alike = len(needed) == 1
    found = []
    for job in order.jobs:
        if trunk is not None and alike and job.branch:  # runs that differ only in draws share all until then
            with contextlib.suppress(*FAULTS), _time_limit(order.limit):
                _run_to(trunk, job.branch.month)
        late = trunk is not None and job.branch is not None and len(trunk.panel) > job.branch.month
        found.append(tidily(_one, order, job, None if late else trunk))
    if trunk is not None:
        del trunk
        gc.collect()
    return found


def _one(order: Order, job: Job, trunk: MicroDramaEconomy | None) -> Result:
    started = time.perf_counter()
    scenario: Scenario = order.scenarios[job.fingerprint]
    row: dict[str, Any] = {"run_id": job.run_id, "seed": job.seed, "status": "ok", "error": ""}
    tables: dict[str, Any] = {}
    try:
        model = order.own.load()
        if (code := "+".join(filter(None, (code_version(), order.own.of_worker())))) != order.code:
            raise RuntimeError(f"this worker has version {code} of the model, not {order.code}")
        with _time_limit(order.limit) as check:
            if order.panel == QUANTITIES or (trunk is None and not job.branch):
                seen: list[Observer] = []
                begin = (lambda economy: seen.append(Observer(economy))) if order.panel == QUANTITIES else None
                economy = run(scenario, job.seed, progress=check, begin=begin, model=model)
            else:
                economy = _start(order, job, trunk)
                _run_to(economy, economy.p.months)
            row |= summarise(economy, order.city)
            if order.panel:
                tables["panel"] = seen[0].table() if order.panel == QUANTITIES else economy.panel.city_month()
            if order.cells:
                tables["cells"] = economy.panel.cells()
    except FAULTS as error:
        row |= {"status": "failed", "error": f"{type(error).__name__}: {error}\n{traceback.format_exc(limit=-4)}"}
        tables.clear()
    made = {"seconds": time.perf_counter() - started, "fingerprint": job.fingerprint, "engine": order.engine}
    named = {kind: {"run_id": [job.run_id] * len(table["month"]), **table} for kind, table in tables.items()}
    return row | made | _made(), named


def _economy(order: Order, job: Job) -> MicroDramaEconomy:
    return order.own.load()(order.scenarios[job.fingerprint], job.seed, keep_series=True)


def _start(order: Order, job: Job, trunk: MicroDramaEconomy | None) -> MicroDramaEconomy:
    """The economy of a job as far as it has come: from the past it shares with others, to where its draws change."""
    economy = trunk.branch(order.scenarios[job.fingerprint]) if trunk is not None else _economy(order, job)
    if job.branch is None:
        return economy
    _run_to(economy, job.branch.month)
    return economy.branch(rng=job.branch.seed(job.seed))


def _run_to(economy: MicroDramaEconomy, month: int) -> None:
    """Run until so many months are done, or all there are."""
    months = min(month, economy.p.months) - len(economy.panel)
    if months > 0:
        economy.run_for(months)


@cache
def _made() -> dict[str, Any]:
    """What made a run: commit and whether files were changed since, packages, machine, process."""
    made = provenance()
    code = made["code"] or {"commit": "", "dirty": False}
    return {**code, "versions": json.dumps(made["versions"]), "host": platform.node(), "pid": os.getpid()}


MADE = ("seconds", "fingerprint", "engine", "commit", "dirty", "versions", "host", "pid")
"""What a row says of the making of a run: it may differ when the run is repeated, its outcomes may not."""


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[Callable[[int, int], None] | None]:
    """Stop what runs longer: at once where signals can, else (in threads) at the end of a month, by the check given.

    A worker process that does not heed that, as it is caught in compiled code, is ended :data:`GRACE` seconds later.
    """
    if not seconds:
        yield None
        return
    with _killed_after(seconds + GRACE) if parent_process() is not None else contextlib.nullcontext():
        if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
            before = signal.signal(signal.SIGALRM, partial(_too_long, seconds))
            timer = signal.setitimer(signal.ITIMER_REAL, seconds)
            try:
                yield None
            finally:
                signal.setitimer(signal.ITIMER_REAL, *timer)
                signal.signal(signal.SIGALRM, before)
        else:
            end = time.monotonic() + seconds
            yield lambda *_: _too_long(seconds) if time.monotonic() > end else None


@contextlib.contextmanager
def _killed_after(seconds: float) -> Iterator[None]:
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


def _too_long(seconds: float, *_: object) -> None:
    raise TimeoutError(f"the run took longer than {seconds:g} s")
