"""What is promised of a folder of runs: nothing completed is lost, nobody else writes there, nothing stays behind."""

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import pytest

from dying_workers import Task, Tasks, answers, dies_in_a_word, stops_once
from microdrama import load
from microdrama.experiments import cli
from microdrama.experiments.design.study_file import load_study
from microdrama.experiments.running import engines, job, lock, results
from microdrama.experiments.running import store as store_module
from microdrama.experiments.running import sweep as sweep_module
from microdrama.experiments.running.job import carry_out
from microdrama.experiments.running.plan import Jobs
from microdrama.experiments.running.store import Store
from microdrama.experiments.running.sweep import compute, sweep
from microdrama.model.errors import InputError
from worlds import Here

STUDY = {
    "months": 6,
    "scale": 0.02,
    "seeds": 3,
    "panel": True,
    "factors": {"crisis_strength": [0, 1], "entry": [True, False]},
}

FEW = STUDY | {"seeds": 4, "factors": {"entry": [True, False]}}


@pytest.fixture
def quick(monkeypatch):
    """Runs that answer at once, written two at a time, four to a part."""
    monkeypatch.setattr(sweep_module, "carry_out", answers)
    monkeypatch.setattr(results, "provenance", dict)
    for name, value in {"WAITING": 2, "PART": 4, "FEW": 2, "SECONDS": 60}.items():
        monkeypatch.setattr(store_module, name, value)


# ---------------------------------------------------------------------- a crash at every write


class Crash(BaseException):
    """The process is gone: nothing of it is caught, and nothing more gets to the disk."""


class Disk:
    """Counts what changes the disk and, at one of these points, ends the process, a write in its middle."""

    def __init__(self, monkeypatch):
        self.count, self.last = 0, None
        monkeypatch.setattr(os, "fsync", lambda file: None)  # what is written is there, as after a kill
        for name in ("fsync", "rename", "replace", "unlink", "rmdir", "mkdir"):
            monkeypatch.setattr(os, name, self.counted(getattr(os, name)))
        put = store_module._put
        monkeypatch.setattr(
            store_module, "_put", self.counted(put, lambda file, body: file.write(body[: len(body) // 2]))
        )

    def counted(self, act, half=None):
        def acts(*args, **how):
            self.count += 1
            if self.last is not None and self.count >= self.last:
                if half and self.count == self.last:
                    half(*args)
                raise Crash
            return act(*args, **how)

        return acts

    def crashed_at(self, point, study, out):
        """Runs the sweep so far; returns how many runs it had said to be completed."""
        said = [0]
        self.count, self.last = 0, point
        try:
            sweep(study, out, executor=Here, progress=lambda done, *_: said.append(done))
        except Crash:
            return said[-1]
        finally:
            self.last = None
        return None


def state(out):
    return {name: (out / name).read_bytes() for name in ("runs.parquet", "panel.parquet", "failures.csv")}


def check_whole(study, out, expected):
    """The sweep goes on to the same tables, and leaves nothing but them and its record."""
    assert sweep(study, out, executor=Here).open == 0
    assert state(out) == expected and not Store(out).damaged()
    names = {*os.listdir(out)} - {
        "runs.parquet",
        "panel.parquet",
        "log.parquet",
        "failures.csv",
        "sweep.json",
        "inputs",
    }
    assert all(name.startswith(("runs-", "panel-", "journal-")) for name in names), names
    named = {name for part in Store(out).parts for name in part.files}
    assert named == {name for name in names if not name.startswith("journal-")}


@pytest.fixture
def undisturbed(tmp_path):
    """A study, and what its folder says if nothing happens to it."""
    study = load_study(FEW)
    sweep(study, tmp_path / "fresh", executor=Here)
    return study, state(tmp_path / "fresh")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # files of processes that are gone
def test_a_crash_at_any_write_loses_nothing_and_leaves_nothing(tmp_path, monkeypatch, quick, undisturbed):
    study, expected = undisturbed
    disk = Disk(monkeypatch)
    assert disk.crashed_at(None, study, tmp_path / "counted") is None
    writes, out = disk.count, tmp_path / "out"
    assert writes > 50
    completed = set()
    for point in range(1, writes + 1):
        said = disk.crashed_at(point, study, out)
        assert said is None if point > writes else said <= len(Store(out).done)
        completed.add(len(Store(out).done))
        if out.is_dir():
            check_whole(study, out, expected)
            shutil.rmtree(out)
    assert completed >= {0, 2, 4, 8}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # files of processes that are gone
def test_a_crash_in_the_recovery_from_a_crash_loses_nothing(tmp_path, monkeypatch, quick, undisturbed):
    study, expected = undisturbed
    disk, out, drawn = Disk(monkeypatch), tmp_path / "out", random.Random(1)
    for _ in range(12):
        known = 0
        for _ in range(3):
            disk.crashed_at(drawn.randint(10, 70), study, out)
            assert known <= len(Store(out).done)
            known = len(Store(out).done)
        check_whole(study, out, expected)
        shutil.rmtree(out)


def test_what_short_sweeps_left_is_merged_and_a_part_that_stays_is_not_touched(tmp_path, quick):
    out = tmp_path / "out"
    for seeds in range(1, 8):
        assert sweep(STUDY | {"seeds": [seeds]}, out, executor=Here).ran == 4
        assert len([*out.glob("journal-*")]) <= store_module.FEW + 1
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    assert sweep(STUDY | {"seeds": [7]}, out, executor=Here).ran == 0
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == before
    assert len(Store(out).done) == 28


def test_a_damaged_part_among_those_to_be_merged_is_done_again(tmp_path, quick, monkeypatch):
    out = tmp_path / "out"
    monkeypatch.setattr(store_module, "FEW", 3)
    for seed in range(1, 5):
        sweep(STUDY | {"seeds": [seed], "factors": {}}, out, executor=Here)
    part = min(out.glob("panel-*"))
    part.write_bytes(part.read_bytes()[:-9] + b"x" * 9)
    with pytest.warns(UserWarning, match="its 1 runs are done again"):
        assert sweep(STUDY | {"seeds": 4, "factors": {}}, out, executor=Here) == (4, 1, 0, 0)
    assert not Store(out).damaged() and load(out, "panel").num_rows == 8


def test_studies_with_other_columns_are_not_merged_into_one_part(tmp_path, quick, monkeypatch):
    out = tmp_path / "out"
    for seed in range(1, 6):
        more = {"else_where": 1.0} if seed % 2 else {}
        monkeypatch.setattr(sweep_module, "carry_out", lambda order, m=more: [(r | m, t) for r, t in answers(order)])
        sweep(STUDY | {"seeds": [seed], "factors": {}}, out, executor=Here)
    sweep(STUDY | {"seeds": [2, 4], "factors": {}}, out, executor=Here)
    assert "else_where" not in load(out).column_names and load(out).num_rows == 2


# ---------------------------------------------------------------------- one sweep at a time


HOLD = """
import sys, time
from pathlib import Path
from microdrama.experiments.running.lock import locked
with locked(Path(sys.argv[1]), (int(sys.argv[2]), int(sys.argv[3]))):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def hold(tmp_path):
    """Starts a process that has the folder, or a shard of it."""
    started = []

    def start(shard="1/1"):
        env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        words = [sys.executable, "-c", HOLD, str(tmp_path / "out"), *shard.split("/")]
        started.append(subprocess.Popen(words, env=env, stdout=subprocess.PIPE))
        assert started[-1].stdout.readline() == b"held\n"
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_two_sweeps_of_a_folder_are_refused_until_the_first_is_gone(tmp_path, hold, quick):
    out = tmp_path / "out"
    other = hold()
    for shard in ((1, 1), (2, 3)):
        with pytest.raises(InputError, match=f"another sweep is at work there, of process {other.pid} on ") as caught:
            sweep(STUDY, out, executor=Here, shard=shard)
        assert "\n" not in str(caught.value)
    other.kill()
    other.wait()
    assert sweep(STUDY, out, executor=Here).ran == 12
    assert not [*out.glob(".lock*")]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_a_killed_sweep_whose_parent_has_not_asked_for_its_end_has_no_folder(tmp_path, hold, quick):
    other = hold()
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # ended, and still listed
    assert Path(f"/proc/{other.pid}/stat").exists()
    assert sweep(STUDY, tmp_path / "out", executor=Here).ran == 12


def test_shards_share_a_folder_each_its_own(tmp_path, hold, quick):
    out = tmp_path / "out"
    other = hold("2/3")
    assert sweep(STUDY, out, executor=Here, shard=(1, 3)).ran == 4
    for shard in ((1, 1), (2, 3)):
        with pytest.raises(InputError, match=f"another sweep is at work there, of process {other.pid}"):
            sweep(STUDY, out, executor=Here, shard=shard)
    other.kill()
    other.wait()
    assert [*out.glob(".lock-2-of-3")]
    assert sweep(STUDY, out, executor=Here).ran == 8 and not [*out.glob(".lock*")]


@pytest.mark.parametrize("locks", [True, False])
def test_what_another_machine_or_a_dead_process_left_is_told_apart(tmp_path, monkeypatch, quick, locks):
    """On disks without locks, too: there the note decides, by the number of the process and when it began."""
    out = tmp_path / "out"
    out.mkdir()
    if not locks:
        monkeypatch.setattr(lock, "fcntl", None)
    note = {"host": lock.platform.node(), "pid": os.getppid(), "started": "1", "since": "Monday"}
    (out / ".lock").write_text(json.dumps(note))  # the number is in use, by a process that began at another time
    assert sweep(STUDY, out, executor=Here).ran == 12
    for changed in ({"host": "elsewhere"}, {"started": lock._started(os.getppid())}):
        (out / ".lock").write_text(json.dumps(note | changed))
        for _ in range(2):  # a refusal leaves it as it is
            with pytest.raises(
                InputError, match=r"may be at work there, of process \d+ on .* Monday; .*delete .*\.lock"
            ):
                sweep(STUDY, out, executor=Here)
        (out / ".lock").unlink()
    (out / ".lock").write_text("cut o")
    assert sweep(STUDY, out, executor=Here).ran == 0 and not (out / ".lock").exists()


# ---------------------------------------------------------------------- processes that end or stop


def test_a_request_to_end_saves_what_is_done(tmp_path, quick, monkeypatch):
    """SIGTERM, as a queue sends it before it kills."""
    seen = []

    def ends_after_five(order):
        seen.append(order)
        if len(seen) == 6:
            os.kill(os.getpid(), signal.SIGTERM)
        return answers(order)

    monkeypatch.setattr(sweep_module, "carry_out", ends_after_five)
    before = signal.getsignal(signal.SIGTERM)
    words = {"study": load_study(STUDY), "out": tmp_path / "out", "executor": Here}
    with pytest.raises(KeyboardInterrupt):
        sweep(**words)
    assert signal.getsignal(signal.SIGTERM) == before
    assert 3 <= len(Store(tmp_path / "out").done) <= 6 and not [*(tmp_path / "out").glob(".lock*")]
    monkeypatch.setattr(sweep_module, "carry_out", answers)
    assert sweep(**words).open == 0


def test_the_command_ends_with_143(tmp_path, quick, monkeypatch, capsys):
    (tmp_path / "study.toml").write_text("months = 6\nscale = 0.02\nseeds = 3")

    def ends(order):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)

    monkeypatch.setattr(sweep_module, "carry_out", ends)
    monkeypatch.setattr(engines, "local", lambda workers: engines.any_executor(Here, workers))
    assert cli.main(["sweep", str(tmp_path / "study.toml"), "--out", str(tmp_path / "out"), "--yes"]) == 143
    assert "ended by SIGTERM; completed runs are saved; run the same command to resume" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "waitid"), reason="asks the system whether a child is stopped")
@pytest.mark.parametrize("work", [stops_once, dies_in_a_word])
def test_a_stopped_worker_is_not_waited_for_nor_the_rest_of_what_a_dead_one_wrote(work, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep_module, "carry_out", work)
    monkeypatch.setattr(sweep_module, "LOOK", 0.5)
    orders = (Tasks((Task(f"r{n}", n, n),), tmp_path) for n in range(6))
    found = dict(filter(None, compute(orders, engines.local(2), threading.Event())))
    assert {task.seed: result[0]["seed"] for task, result in found.items()} == {n: n for n in range(6)}


def test_an_executor_that_never_answers_is_given_up_after_the_time_limit(monkeypatch):
    class Silent(Here):
        def submit(self, fn, order):
            return super().submit(fn, order) if order.jobs[0].seed else sweep_module.Future()

    monkeypatch.setattr(sweep_module, "carry_out", lambda order: [({"seed": j.seed}, {}) for j in order.jobs])
    monkeypatch.setattr(sweep_module, "_patience", lambda order: 0.1)
    monkeypatch.setattr(sweep_module, "DEATHS", 2)
    orders = (Tasks((Task(f"r{n}", n, n),), limit=1.0) for n in range(3))
    engine = engines.any_executor(Silent, 2)
    found = dict(filter(None, compute(orders, engine, threading.Event())))
    assert isinstance(found[Task("r0", 0, 0)], TimeoutError) and len(found) == 3
    monkeypatch.undo()
    assert sweep_module._patience(Tasks((), limit=0)) == float("inf")
    assert 100 < sweep_module._patience(Tasks((Task("r"),) * 2, limit=5)) < 200


# ---------------------------------------------------------------------- what would fail at the end


def leaves(scenario, seed, **_):
    raise SystemExit("bye") if seed == 1 else ValueError("a lone surrogate: \udcff")


def test_a_run_that_exits_or_says_what_cannot_be_written_has_failed(tmp_path, monkeypatch):
    monkeypatch.setattr(job, "run", leaves)
    assert sweep(STUDY | {"factors": {}, "seeds": 2}, tmp_path / "out", executor=Here) == (2, 2, 2, 0)
    errors = load(tmp_path / "out", "failures")["error"].to_pylist()
    assert "SystemExit: bye" in errors[0] and "a lone surrogate: \\udcff" in errors[1]


def test_an_output_named_twice_is_one_column(tmp_path, quick):
    sweep(STUDY | {"outputs": ["studios", "studios"]}, tmp_path / "out", executor=Here)
    assert load(tmp_path / "out").column_names == ["point", *STUDY["factors"], "run_id", "seed", "studios"]


def test_a_seed_beyond_whole_numbers_of_tables_is_exported_as_text(tmp_path):
    run = shutil.copytree(Path(__file__).parents[1] / "fixtures" / "results-0.1" / "run", tmp_path / "run")
    about = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    (run / "manifest.json").write_text(json.dumps(about | {"seed": 2**64 + 1}), encoding="utf-8")
    assert cli.main(["export", str(run), "--out", str(tmp_path / "out"), "--format", "csv"]) == 0
    assert '1,"18446744073709551617",' in (tmp_path / "out" / "panel.csv").read_text(encoding="utf-8-sig")


def test_outcomes_of_several_kinds_become_text(tmp_path, quick, monkeypatch):
    odd = itertools.cycle([1.5, "none", None, 7])
    monkeypatch.setattr(
        sweep_module, "carry_out", lambda order: [(row | {"odd": next(odd)}, t) for row, t in answers(order)]
    )
    sweep(STUDY, tmp_path / "out", executor=Here)
    assert load(tmp_path / "out")["odd"].to_pylist() == ["1.5", "none", None, "7"] * 3


def test_what_would_fail_later_is_refused_at_the_start(tmp_path, monkeypatch, quick):
    none = tmp_path / "none"
    monkeypatch.setattr(sweep_module, "carry_out", lambda order: pytest.fail("a run was begun"))
    for limit in (float("inf"), float("nan"), 1e300):
        with pytest.raises(InputError, match=r"--time-limit .*: must be a number of seconds, to 1e"):
            sweep(STUDY, none, executor=Here, limit=limit)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="the folder for results has no name"):
        sweep(STUDY, "", executor=Here)
    stop = {"stop": {"output": "studios", "half_width": 0.1, "max_seeds": 9}}
    for change, message in (({"seeds": [1, 2**63]}, "seeds"), ({"seeds": [1, 2**63 - 3], **stop}, "seeds added to")):
        with pytest.raises(InputError, match=message):
            sweep(STUDY | change, none, executor=Here)
    assert os.listdir(tmp_path) == []
    monkeypatch.setattr(sweep_module.shutil, "disk_usage", lambda _: types.SimpleNamespace(free=1000))
    with pytest.raises(InputError, match=r"12 runs take about .* MB, and 0 MB are free there"):
        sweep(STUDY, none, executor=Here)


def test_without_shared_memory_the_reason_is_said(monkeypatch):
    def none(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(engines, "local_processes", none)
    with pytest.raises(InputError, match=r"cannot start worker processes: .*No space left.*dev/shm"):
        engines.local(2).start()


# ---------------------------------------------------------------------- microdrama check


def test_check_says_what_is_whole_and_what_is_not(tmp_path, quick, capsys):
    out = tmp_path / "out"
    sweep(STUDY, out, executor=Here)
    assert cli.main(["check", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{out}: whole (5 files, 12 runs)\n"
    part = next(out.glob("panel-*"))
    for path in (part, out / "log.parquet", out / "sweep.json"):
        whole = path.read_bytes()
        path.write_bytes(whole[:-30] + bytes([whole[-30] ^ 1]) + whole[-29:])
    (out / "inputs" / "study.toml").unlink()
    assert cli.main(["check", str(out)]) == 1
    said = capsys.readouterr().out
    for name in ("log.parquet", "sweep.json", "inputs/study.toml"):
        assert f"{out / name}: damaged or missing: its checksum is not the one on record" in said
    assert f"{part}: damaged or missing, with 4 runs: the same sweep does them again" in said
    with pytest.warns(UserWarning, match="its 4 runs are done again"):
        assert sweep(STUDY, out, executor=Here).ran == 4
    assert cli.main(["check", str(out)]) == 0
    assert cli.main(["check", str(tmp_path / "nothing")]) == 2
    old = Path(__file__).parents[1] / "fixtures" / "results-0.1"
    capsys.readouterr()
    assert cli.main(["check", str(old)]) == 0
    assert capsys.readouterr().out.count("no checksums of tables, as an early version wrote them") == 3


def test_tables_of_a_run_are_read_only_whole(tmp_path, capsys):
    out = tmp_path / "run"
    assert cli.main(["run", "--months", "3", "--scale", "0.02", "--out", str(out)]) == 0
    assert cli.main(["check", str(out)]) == 0
    path = out / "cells.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    capsys.readouterr()
    for words in (["check", str(out)], ["clusters", str(out), "--draws", "19"]):
        assert cli.main(words) in (1, 2)
        said = capsys.readouterr()
        assert "cells.parquet: " in said.out + said.err and "damaged" in said.out + said.err
    assert carry_out(Jobs(load_study(STUDY)).order([], [])) == []
