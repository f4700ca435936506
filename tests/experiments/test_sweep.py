"""Sweeps that lose nothing: killed, torn, interrupted, resumed, merged."""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future

import pyarrow.parquet as pq
import pytest

from experiments import store as store_module
from experiments import sweep as sweep_module
from experiments.engines import local_processes
from experiments.store import Store
from experiments.study import load_study
from experiments.sweep import Job, compute, jobs_of, load, run_one, sweep
from model.errors import InputError

STUDY = """
months = 6
scale = 0.02
seeds = 3
panel = true
[factors]
crisis_strength = [0, 1]
entry = [true, false]
"""


class Here(Executor):
    """Runs in this process, at once."""

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def here(workers):
    return Here()


@pytest.fixture
def study(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path / "study.toml"


@pytest.fixture(autouse=True)
def stop_anything(monkeypatch):
    monkeypatch.setattr(sweep_module, "stop", lambda pool: pool.shutdown())


def everything(out):
    return (out / "runs.parquet").read_bytes()


def panel_of(out):
    return load(out, "panel")


def test_every_run_is_done_once_and_found_again(study, tmp_path):
    tally = sweep(study, tmp_path / "out", engine=here)
    assert (tally.asked, tally.ran, tally.failed, tally.open) == (12, 12, 0, 0)
    assert str(tally) == "12 of 12 runs completed, 0 failed"
    runs = load(tmp_path / "out")
    assert runs["point"].to_pylist() == [p for p in range(4) for _ in range(3)]
    assert runs["seed"].to_pylist() == [1, 2, 3] * 4
    assert runs["entry"].to_pylist() == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0] * 2
    assert len(set(runs["run_id"].to_pylist())) == 12
    assert panel_of(tmp_path / "out").num_rows == 12 * 6 * 8
    before = everything(tmp_path / "out")
    again = sweep(study, tmp_path / "out", engine=here)
    assert (again.asked, again.ran) == (12, 0) and everything(tmp_path / "out") == before


def test_outcomes_are_those_of_a_run_by_itself(study, tmp_path):
    from experiments.run import run, summarise

    sweep(study, tmp_path / "out", engine=here)
    alone = summarise(run("baseline", 2, months=6, scale=0.02, crisis_strength=1, entry=False))
    row = load(tmp_path / "out").to_pylist()[10]
    assert row["seed"] == 2 and row["crisis_strength"] == 1
    for name, value in alone.items():
        assert row[name] == value or (value != value and row[name] != row[name]), name


@pytest.mark.slow
def test_workers_order_and_shards_do_not_matter(study, tmp_path):
    sweep(study, tmp_path / "one", engine=here)
    sweep(study, tmp_path / "two", workers=2)
    for shard in (3, 1, 2):
        sweep(study, tmp_path / f"shard{shard}", engine=here, shard=(shard, 3))
    merged = tmp_path / "merged"
    for shard in (1, 2, 3):
        shutil.copytree(tmp_path / f"shard{shard}", merged, dirs_exist_ok=True)
    assert sweep(study, merged, engine=here).ran == 0
    assert everything(tmp_path / "one") == everything(tmp_path / "two") == everything(merged)
    assert panel_of(tmp_path / "one").equals(panel_of(merged))


@pytest.mark.slow
def test_more_seeds_and_values_run_only_what_is_new(study, tmp_path):
    sweep(study, tmp_path / "out", engine=here)
    study.write_text(STUDY.replace("seeds = 3", "seeds = 4").replace("[0, 1]", "[0, 0.5, 1]"), encoding="utf-8")
    tally = sweep(study, tmp_path / "out", engine=here)
    assert (tally.asked, tally.ran) == (24, 12)
    sweep(study, tmp_path / "fresh", engine=here)
    assert everything(tmp_path / "out") == everything(tmp_path / "fresh")


def fails_for_seed_2(scenario, job, city, panel, limit):
    if job.seed == 2:
        scenario = None
    return run_one(scenario, job, city, panel, limit)


def test_a_failure_is_data_and_can_be_tried_again(study, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep_module, "run_one", fails_for_seed_2)
    tally = sweep(study, tmp_path / "out", engine=here)
    assert (tally.ran, tally.failed) == (12, 4) and str(tally).endswith("4 failed (listed in failures.csv)")
    text = (tmp_path / "out" / "failures.csv").read_text()
    assert text.count("Error") >= 4 and load(tmp_path / "out").num_rows == 8
    monkeypatch.setattr(sweep_module, "run_one", run_one)
    assert sweep(study, tmp_path / "out", engine=here).ran == 0
    assert sweep(study, tmp_path / "out", engine=here, again=True) == (12, 4, 0, 0)
    monkeypatch.undo()
    sweep(study, tmp_path / "clean", workers=1)
    assert everything(tmp_path / "out") == everything(tmp_path / "clean")


def test_a_run_that_takes_too_long_fails(study, tmp_path):
    study.write_text(STUDY.replace("months = 6", "months = 600").replace("seeds = 3", "seeds = 1"), encoding="utf-8")
    found = load_study(study)
    row, panel = run_one(found.at(found.points[0]), jobs_of(found)[0], "zhengzhou", False, 0.3)
    assert row["status"] == "failed" and "longer than 0.3 s" in row["error"] and panel is None
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


# ---------------------------------------------------------------------- workers that die


def lives_or_dies(job, folder):
    """Point 1 kills its worker always, point 2 the first time only."""
    mark = folder / f"seen-{job.run_id}"
    if job.point == 1 or (job.point == 2 and not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return job.seed


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced_and_only_the_guilty_run_is_given_up(tmp_path, monkeypatch):
    monkeypatch.undo()
    jobs = [Job(f"r{n}", n % 7, n) for n in range(7)]
    results = list(
        compute(jobs, lambda pool, job: pool.submit(lives_or_dies, job, tmp_path), workers=2, engine=local_processes)
    )
    assert sorted(job.seed for job, _ in results) == list(range(7))
    assert {job.seed for job, result in results if result is None} == {1}
    assert all(result == job.seed for job, result in results if result is not None)


SWEEP = """
import sys
from experiments.sweep import sweep
from experiments import store
store.BATCH = 2
if __name__ == "__main__":
    print(sweep(sys.argv[1], sys.argv[2], workers=2), flush=True)
"""


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_with_nothing_lost_and_nothing_twice(study, tmp_path):
    study.write_text(STUDY.replace("seeds = 3", "seeds = 6"), encoding="utf-8")
    script = tmp_path / "go.py"
    script.write_text(SWEEP, encoding="utf-8")
    out = tmp_path / "out"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    seen, kills = set(), 0
    for attempt in range(6):
        process = subprocess.Popen([sys.executable, str(script), str(study), str(out)], env=env, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)  # fmt: skip
        while process.poll() is None and (attempt >= 4 or len(Store(out).done) <= len(seen)):
            time.sleep(0.05)
        time.sleep(0.11 * (attempt % 5))
        if process.poll() is not None:
            assert b"24 of 24 runs completed, 0 failed" in process.stdout.read()
            break
        process.kill()
        process.wait()
        kills += 1
        done = set(Store(out).done)
        assert seen <= done
        seen = done
    else:
        pytest.fail("never came to its end")
    assert kills >= 1
    rows = [row for part in sorted(out.glob("runs-*.parquet")) for row in pq.read_table(part)["run_id"].to_pylist()]
    named = set(Store(out).done)
    assert len(named) == 24 and named <= set(rows)
    sweep(study, tmp_path / "fresh", engine=here)
    assert everything(out) == everything(tmp_path / "fresh")


# ---------------------------------------------------------------------- the folder


def test_torn_lines_and_strange_files_are_ignored_and_missing_parts_are_not(study, tmp_path):
    out = tmp_path / "out"
    sweep(study, out, engine=here)
    before = everything(out)
    journal = next(out.glob("journal-*.jsonl"))
    text = journal.read_text()
    journal.write_text(text + text[: len(text) // 3])
    (out / ".runs-x-00000.parquet.writing").write_bytes(b"half")
    (out / "runs-zz-00009.parquet").write_bytes(b"not named by any journal")
    assert sweep(study, out, engine=here).ran == 0 and everything(out) == before
    journal.write_text(text[:-20])
    assert sweep(study, out, engine=here).ran == 12 and everything(out) == before
    journal.write_text(text)
    next(out.glob("panel-*.parquet")).unlink()
    with pytest.raises(InputError, match=r"panel-.* is missing: journal-.* says that it was written"):
        sweep(study, out, engine=here)


def test_a_full_disk_is_a_message_and_what_is_on_record_is_safe(study, tmp_path, monkeypatch):
    out = tmp_path / "out"
    monkeypatch.setattr(store_module, "BATCH", 5)
    write, parts = store_module.parquet.write_table, []

    def full(table, path, **options):
        parts.append(path)
        if len(parts) > 3:
            raise OSError(28, "No space left on device")
        write(table, path, **options)

    monkeypatch.setattr(store_module.parquet, "write_table", full)
    with pytest.raises(InputError, match="No space left on device; 5 runs are safe there"):
        sweep(study, out, engine=here)
    monkeypatch.setattr(store_module.parquet, "write_table", write)
    assert sweep(study, out, engine=here).ran == 7
    sweep(study, tmp_path / "clean", engine=here)
    assert everything(out) == everything(tmp_path / "clean")


def test_runs_of_another_version_of_the_model_are_not_mixed_up(study, tmp_path, monkeypatch):
    out = tmp_path / "out"
    with monkeypatch.context() as other:
        other.setattr(sweep_module, "code_version", lambda: "0123456789ab")
        sweep(study, out, engine=here)
    with pytest.raises(InputError, match=r"another version of the model \(0123456789ab; this is .*--mix-code"):
        sweep(study, out, engine=here)
    assert sweep(study, out, engine=here, mix_code=True).ran == 12
    assert load(out).num_rows == 12


def test_what_cannot_be_is_said(study, tmp_path):
    for words, message in (
        ({"workers": 0}, "--workers 0"),
        ({"shard": (4, 3)}, "--shard 4/3"),
        ({"shard": (0, 3)}, "shard"),
    ):
        with pytest.raises(InputError, match=message):
            sweep(study, tmp_path / "out", **words)
    with pytest.raises(InputError, match="has no table 'panle'"):
        load(tmp_path, "panle")
    assert not (tmp_path / "out").exists()
