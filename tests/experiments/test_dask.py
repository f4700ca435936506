"""Sweeps on a Dask cluster: a scheduler and two workers in processes of their own, each of them killed."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dying_workers import Task, Tasks, lives_or_dies
from microdrama.experiments import cli
from microdrama.experiments.running import engines
from microdrama.experiments.running import sweep as sweep_module
from microdrama.experiments.running.store import Store
from microdrama.experiments.running.sweep import compute, sweep
from microdrama.model.errors import InputError
from worlds import Here

pytest.importorskip("distributed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore"), pytest.mark.xdist_group("dask")]

STUDY = """
months = 60
scale = 0.02
seeds = 12
[factors]
entry = [true, false]
"""


class Cluster:
    def __init__(self, folder):
        self.file, self.processes = folder / "scheduler.json", []

    def mend(self):
        """Starts whoever is not there: a scheduler and two nannies, each with a worker."""
        if not self.processes or self.processes[0].poll() is not None:
            self.stop()
            self.file.unlink(missing_ok=True)
            self.processes = [self.start("dask_scheduler", "--port", "0", "--host", "127.0.0.1")]
            while not self.file.exists() or not self.file.read_text().strip():
                assert self.processes[0].poll() is None
                time.sleep(0.1)
            self.address = json.loads(self.file.read_text())["address"]
        self.processes = [p for p in self.processes if p.poll() is None]
        while len(self.processes) < 3:
            self.processes.append(self.start("dask_worker", "--nthreads", "1"))

    def start(self, what, *words):
        settings = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
        env = os.environ | settings | {"PYTHONPATH": os.pathsep.join(sys.path)}
        command = [
            sys.executable,
            "-m",
            f"distributed.cli.{what}",
            "--scheduler-file",
            str(self.file),
            "--no-dashboard",
        ]
        return subprocess.Popen([*command, *words], env=env, stderr=subprocess.DEVNULL, start_new_session=True)

    def stop(self):
        for process in self.processes[::-1]:
            for pid in (*children(process.pid), process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()


def children(pid):
    try:
        return [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    if not Path("/proc/self/task").exists():
        pytest.skip("looks for processes in /proc")
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    yield made
    made.stop()


@pytest.fixture
def cluster(machines):
    machines.mend()
    return machines


@pytest.fixture
def study(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path / "study.toml"


def in_background(study, out, address):
    """Starts a sweep that sends two runs at a time; returns it, and a list in which its end will be."""
    found = []

    def go():
        engine = dataclasses.replace(engines.dask(address), batch=2)
        try:
            found.append(sweep(study, out, executor=engine))
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    return thread, found


def until_on_record(out, count):
    deadline = time.monotonic() + 180
    while len(Store(out).done) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def kill(*pids):
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def test_without_workers_it_does_not_wait_for_ever(study, cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "WORKER_SECONDS", 5)  # before the sweep first waits so long
    study.write_text(STUDY.replace("seeds = 12", "seeds = 5000"), encoding="utf-8")  # it is not done before
    thread, found = in_background(study, tmp_path / "out", cluster.address)
    until_on_record(tmp_path / "out", 2)
    for nanny in cluster.processes[1:]:
        kill(nanny.pid, *children(nanny.pid))
    thread.join(timeout=60)
    assert "no worker is left" in str(found[0])


def test_a_run_that_kills_every_worker_is_given_up_and_the_others_are_done(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep_module, "carry_out", lives_or_dies)
    monkeypatch.setattr(sweep_module, "DEATHS", 1)
    tasks = [Task(f"r{n}", n if n < 2 else 0, n) for n in range(6)]
    orders = (Tasks(tuple(tasks[i : i + 2]), tmp_path) for i in range(0, 6, 2))
    found = dict(filter(None, compute(orders, engines.dask(cluster.address), threading.Event())))
    assert {task.seed for task, result in found.items() if isinstance(result, Exception)} == {1}
    assert sorted(task.seed for task in found) == list(range(6))


def test_the_command_runs_on_a_cluster_and_on_workers_of_its_own(study, cluster, tmp_path, capsys):
    words = ["sweep", str(study), "--engine", "dask"]
    assert cli.main([*words, "--scheduler", cluster.address, "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.startswith("24 of 24 runs completed, 0 failed; 24 of them now")
    assert cli.main([*words, "--workers", "1", "--out", str(tmp_path / "own")]) == 0
    assert (tmp_path / "out" / "runs.parquet").read_bytes() == (tmp_path / "own" / "runs.parquet").read_bytes()


def test_nobody_at_the_address_is_said(study, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(engines, "CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match="no Dask scheduler with workers answers at tcp://127"):
        sweep(study, tmp_path / "out", executor=engines.dask("tcp://127.0.0.1:9"))
    assert cli.main(["sweep", "x.toml", "--out", "o", "--scheduler", "a"]) == 2
    assert "only with --engine dask" in capsys.readouterr().err


def test_whoever_is_killed_nothing_is_lost(study, cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "CONNECT_SECONDS", 3)
    out, (scheduler, *nannies) = tmp_path / "out", cluster.processes
    thread, found = in_background(study, out, cluster.address)
    until_on_record(out, 4)
    kill(*children(nannies[0].pid))  # a worker, which its nanny replaces
    until_on_record(out, 10)
    kill(nannies[1].pid)
    thread.join(timeout=120)
    assert found[0] == (24, 24, 0, 0)
    study.write_text(STUDY.replace("seeds = 12", "seeds = 24"), encoding="utf-8")
    thread, found = in_background(study, out, cluster.address)
    until_on_record(out, 28)
    kill(scheduler.pid)
    thread.join(timeout=120)
    assert "no Dask scheduler with workers answers" in str(found[0])
    on_record = len(Store(out).done)
    assert 28 <= on_record < 48
    assert sweep(study, out, executor=Here).ran == 48 - on_record
    sweep(study, tmp_path / "local", executor=Here)
    assert (out / "runs.parquet").read_bytes() == (tmp_path / "local" / "runs.parquet").read_bytes()
