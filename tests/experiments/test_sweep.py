"""Sweeps that lose nothing: killed, torn, interrupted, resumed, merged."""

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from dying_workers import Task, Tasks, dies, lives_or_dies
from microdrama.experiments.analysis.contrast import of_differences
from microdrama.experiments.design import study as study_module
from microdrama.experiments.design.study_file import load_study
from microdrama.experiments.outcomes import ALWAYS
from microdrama.experiments.running import engines, job, plan
from microdrama.experiments.running import store as store_module
from microdrama.experiments.running import sweep as sweep_module
from microdrama.experiments.running.job import carry_out, code_version
from microdrama.experiments.running.plan import Jobs
from microdrama.experiments.running.store import Store
from microdrama.experiments.running.sweep import compute, load, sweep
from microdrama.model.errors import InputError
from worlds import Here

STUDY = """
months = 6
scale = 0.02
seeds = 3
panel = true
[factors]
crisis_strength = [0, 1]
entry = [true, false]
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path / "study.toml"


@pytest.fixture
def small(study):
    study.write_text(STUDY.replace("seeds = 3", "seeds = 1"), encoding="utf-8")
    return study


def everything(out):
    return [(out / f"{name}.parquet").read_bytes() for name in ("runs", "panel")]


# ---------------------------------------------------------------------- what a sweep leaves


def test_every_run_is_done_once_and_found_again(study, tmp_path):
    tally = sweep(study, tmp_path / "out", executor=Here)
    assert (tally.runs, tally.ran, tally.failed, tally.open) == (12, 12, 0, 0)
    assert str(tally) == "12 of 12 runs completed, 0 failed"
    runs = load(tmp_path / "out")
    assert runs["point"].to_pylist() == [p for p in range(4) for _ in range(3)]
    assert runs["seed"].to_pylist() == [1, 2, 3] * 4
    assert runs["entry"].to_pylist() == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0] * 2
    assert len(set(runs["run_id"].to_pylist())) == 12
    panel = load(tmp_path / "out", "panel", frame="pandas")
    assert len(panel) == 12 * 6 * 8 and list(panel.groupby("point").seed.unique().iloc[2]) == [1, 2, 3]
    before = everything(tmp_path / "out")
    again = sweep(study, tmp_path / "out", executor=Here)
    assert (again.runs, again.ran) == (12, 0) and everything(tmp_path / "out") == before


def test_outcomes_are_those_of_a_run_by_itself(study, tmp_path):
    from microdrama.experiments.outcomes import summarise
    from microdrama.experiments.run import run

    sweep(study, tmp_path / "out", executor=Here)
    economy = run("baseline", 2, months=6, scale=0.02, crisis_strength=1, entry=False)
    row = load(tmp_path / "out").to_pylist()[10]
    assert row["seed"] == 2 and row["crisis_strength"] == 1
    for name, value in summarise(economy).items():
        assert row[name] == value or (value != value and row[name] != row[name]), name
    panel = load(tmp_path / "out", "panel", frame="pandas").query("run_id == @row['run_id']")
    np.testing.assert_array_equal(panel["studios"], economy.panel.array("studios").ravel())


def test_the_record_says_what_made_every_run(small, tmp_path):
    sweep(small, tmp_path / "out", executor=Here)
    log = load(tmp_path / "out", "log").to_pylist()
    assert len(log) == 4 and {row["pid"] for row in log} == {os.getpid()}
    for row in log:
        assert row["seconds"] > 0 and row["status"] == "ok" and '"numpy"' in row["versions"] and row["host"]
        assert row["engine"] == "executor" and len(row["fingerprint"]) == 16
    assert len({row["fingerprint"] for row in log}) == 4
    schema = pq.read_schema(tmp_path / "out" / "runs.parquet")
    assert all(schema.field(name).metadata[b"meaning"] for name in schema.names)


def test_tables_are_read_in_the_frame_of_ones_choice(small, tmp_path):
    sweep(small, tmp_path / "out", executor=Here)
    arrow, pandas, polars = (load(tmp_path / "out", frame=kind) for kind in ("arrow", "pandas", "polars"))
    assert arrow.column_names == list(pandas.columns) == polars.columns
    assert arrow["studios"].to_pylist() == pandas["studios"].tolist() == polars["studios"].to_list()
    with pytest.raises(InputError, match="must be one of arrow, pandas, polars"):
        load(tmp_path / "out", frame="panda")


def many_runs(jobs, row):
    """A summary of each job, as if it had been run."""
    return [(row | {"run_id": job.run_id, "seed": job.seed}, {}) for job in jobs]


def orders(study, count=1, **how):
    """The first runs of a study, for one worker."""
    jobs = Jobs(study if isinstance(study, study_module.Study) else load_study(study))
    return jobs.order(jobs[:count], **how)


def test_ten_thousand_runs_cost_little_and_are_read_in_a_second(tmp_path, monkeypatch):
    found = load_study({"months": 6, "scale": 0.02, "seeds": 10_000})
    ((row, _),) = carry_out(orders(found))
    monkeypatch.setattr(sweep_module, "carry_out", lambda order: many_runs(order.jobs, row))
    begin = time.process_time()
    assert sweep(found, tmp_path / "out", executor=Here).ran == 10_000
    assert (time.process_time() - begin) / 10_000 < 0.002
    begin = time.process_time()
    assert load(tmp_path / "out").num_rows == 10_000
    assert time.process_time() - begin < 1


def test_only_the_outputs_asked_for_are_in_the_table(study, tmp_path):
    sweep(study, tmp_path / "out", executor=Here)
    study.write_text('outputs = ["hhi_studios"]' + STUDY, encoding="utf-8")
    assert sweep(study, tmp_path / "out", executor=Here).ran == 0
    head = ["point", "crisis_strength", "entry", "run_id", "seed"]
    assert load(tmp_path / "out").column_names == [*head, "hhi_studios", *ALWAYS]


@pytest.mark.slow
def test_workers_order_and_shards_do_not_matter(study, tmp_path):
    sweep(study, tmp_path / "one", executor=Here)
    sweep(study, tmp_path / "two", workers=2)
    sweep(study, tmp_path / "threads", executor=lambda: ThreadPoolExecutor(3), workers=3)
    for shard in (3, 1, 2):
        sweep(study, tmp_path / f"shard{shard}", shard=(shard, 3), executor=Here)
    merged = tmp_path / "merged"
    for shard in (1, 2, 3):
        shutil.copytree(tmp_path / f"shard{shard}", merged, dirs_exist_ok=True)
    assert sweep(study, merged, executor=Here).ran == 0
    for other in ("two", "threads", "merged"):
        assert everything(tmp_path / "one") == everything(tmp_path / other)


@pytest.mark.slow
def test_more_seeds_and_values_run_only_what_is_new(study, tmp_path):
    sweep(study, tmp_path / "out", executor=Here)
    study.write_text(STUDY.replace("seeds = 3", "seeds = 4").replace("[0, 1]", "[0, 0.5, 1]"), encoding="utf-8")
    tally = sweep(study, tmp_path / "out", executor=Here)
    assert (tally.runs, tally.ran) == (24, 12)
    sweep(study, tmp_path / "fresh", executor=Here)
    assert everything(tmp_path / "out") == everything(tmp_path / "fresh")


def test_seeds_are_added_until_the_answer_is_sharp(tmp_path):
    asked = {
        "months": 12,
        "scale": 0.02,
        "seeds": 3,
        "parameters": {"entry_spread_studios": 100.0},
        "factors": {"entry": [True, False]},
        "stop": {"output": "studios", "half_width": 4, "max_seeds": 40},
    }
    tally = sweep(asked, tmp_path / "out", executor=Here)

    def half_width(seeds):
        by_entry = [[r["studios"] for r in runs if r["entry"] == e and r["seed"] <= seeds] for e in (1, 0)]
        found = of_differences(np.subtract(*by_entry[::-1]))
        return (found.high - found.low) / 2

    runs = load(tmp_path / "out").to_pylist()
    seeds = len(runs) // 2
    assert seeds in (6, 12, 24) and tally.ran == 2 * seeds
    assert half_width(seeds) <= 4 < half_width(seeds // 2)
    assert tally.stop == f"stopping rule met at {seeds} seeds: the widest interval of differences in studios is " + (
        f"±{half_width(seeds):.3g}"
    )
    assert sweep(asked, tmp_path / "out", executor=Here).ran == 0
    few = asked | {"stop": asked["stop"] | {"half_width": 1e-6, "max_seeds": 4, "paired": False}}
    tally = sweep(few, tmp_path / "few", executor=Here)
    assert tally.runs == 8 and "not met at 4 seeds (max_seeds): 2 of 2 intervals of studios are wider" in tally.stop
    assert json.loads((tmp_path / "few" / "sweep.json").read_text(encoding="utf-8"))["stop"] == tally.stop


def test_a_shared_past_changes_nothing(tmp_path):
    policy = {"name": "offer", "city": "xian", "instrument": "rebate", "start": "2021-07", "size": 0.1}
    asked = {
        "months": 9,
        "scale": 0.02,
        "seeds": 1,
        "panel": True,
        "policy": [policy],
        "factors": {"offer.size": [0, 0.1, 0.3], "offer.start": ["2021-07", "2021-09"], "entry": [True, False]},
    }
    study = load_study(asked | {"share_past": True})
    jobs = Jobs(study)
    chunks = list(plan.together(jobs, np.arange(len(jobs)), 4))
    assert sorted(run for chunk, _ in chunks for run in chunk) == [*range(12)]
    for chunk, months in chunks:
        assert 6 <= months <= 8 and len(chunk) <= 4 and len({jobs[run].seed for run in chunk}) == 1
        assert len({study.points[jobs[run].point]["entry"] for run in chunk}) == 1
    assert sweep(study, tmp_path / "shared", executor=Here).failed == 0
    sweep(asked, tmp_path / "apart", executor=Here)
    assert everything(tmp_path / "shared") == everything(tmp_path / "apart")


@pytest.mark.parametrize("share_past", [False, True])
def test_a_scenario_is_built_once_and_travels_with_its_jobs(tmp_path, monkeypatch, share_past):
    asked = {"months": 2, "scale": 0.02, "seeds": 4, "ensemble": {"source": "prior", "size": 2}}
    study = load_study(asked | {"factors": {"entry": [True, False]}, "share_past": share_past})
    built, at = [], study_module.Study.at

    def count(self, point, member=-1):
        built.append((tuple(point.values()), member))
        return at(self, point, member)

    monkeypatch.setattr(study_module.Study, "at", count)
    monkeypatch.setattr(sweep_module, "write_tables", lambda *_: None)
    assert sweep(study, tmp_path / "out", executor=Here).ran == 8
    assert len(built) == len(set(built)) == 4
    built.clear()
    monkeypatch.setattr(plan, "CARRIED", 1)  # those of a long list are built again when they are sent
    monkeypatch.setattr(sweep_module, "SENDS", 1)
    job._SENT.clear()
    sent = []
    monkeypatch.setattr(sweep_module, "carry_out", lambda order: sent.append(len(order.scenarios)) or carry_out(order))
    monkeypatch.setattr(plan, "code_version", lambda: "0123456789ab")
    monkeypatch.setattr(job, "code_version", lambda: "0123456789ab")
    assert sweep(study, tmp_path / "long", executor=Here) == (8, 8, 0, 0)
    assert sum(sent) == 4
    built.clear()
    monkeypatch.setattr(job, "REMEMBERED", 1)  # a worker that forgets is sent them again
    assert sweep(study, tmp_path / "again", executor=Here) == (8, 8, 0, 0)
    assert share_past or sum(sent) > 8


@pytest.mark.slow
def test_the_grid_at_the_end_is_saved_and_a_killed_part_is_run_again(small, tmp_path):
    small.write_text("cells = true" + small.read_text(encoding="utf-8"), encoding="utf-8")
    sweep(small, tmp_path / "out", executor=Here)
    sweep(small, tmp_path / "two", workers=2)
    cells = load(tmp_path / "out", "cells", frame="pandas")
    row = load(tmp_path / "out").to_pylist()[3]
    assert cells[cells["run_id"] == row["run_id"]]["studios"].sum() == row["studios"]
    assert (tmp_path / "out" / "cells.parquet").read_bytes() == (tmp_path / "two" / "cells.parquet").read_bytes()
    before = everything(tmp_path / "out")
    (part,) = (tmp_path / "out").glob("cells-*.parquet")
    part.write_bytes(part.read_bytes()[:-9])
    with pytest.warns(UserWarning, match="is missing or cut off"):
        assert sweep(small, tmp_path / "out", executor=Here).ran == 4
    assert everything(tmp_path / "out") == before
    study = load_study(small)
    with_grid = {job.run_id for job in Jobs(study)}
    study.cells = False
    assert with_grid.isdisjoint(job.run_id for job in Jobs(study))


# ---------------------------------------------------------------------- runs that fail


def fails_for_seed_2(scenario, seed, **_):
    if seed == 2:
        raise ZeroDivisionError("planted")
    return job_run(scenario, seed)


job_run = job.run


def test_a_failure_is_data_and_can_be_tried_again(study, tmp_path, monkeypatch):
    monkeypatch.setattr(job, "run", fails_for_seed_2)
    tally = sweep(study, tmp_path / "out", executor=Here)
    assert (tally.ran, tally.failed) == (12, 4) and str(tally).endswith("4 failed (listed in failures.csv)")
    failures = load(tmp_path / "out", "failures").to_pylist()
    assert [row["seed"] for row in failures] == [2] * 4 and "planted" in failures[0]["error"]
    assert load(tmp_path / "out").num_rows == 8
    monkeypatch.setattr(job, "run", job_run)
    assert sweep(study, tmp_path / "out", executor=Here).ran == 0
    assert sweep(study, tmp_path / "out", again=True, executor=Here) == (12, 4, 0, 0)
    sweep(study, tmp_path / "clean", executor=Here)
    assert everything(tmp_path / "out") == everything(tmp_path / "clean")


def test_a_study_of_which_every_run_fails_leaves_empty_tables(small, tmp_path, monkeypatch):
    monkeypatch.setattr(job, "run", None)
    assert sweep(small, tmp_path / "out", executor=Here).failed == 4
    assert load(tmp_path / "out").num_rows == 0 and load(tmp_path / "out", "failures").num_rows == 4
    monkeypatch.setattr(job, "run", job_run)
    assert sweep(small, tmp_path / "out", executor=Here, again=True).failed == 0
    assert load(tmp_path / "out", "panel").num_rows == 4 * 6 * 8


def test_the_first_failure_can_end_the_sweep(study, tmp_path, monkeypatch):
    monkeypatch.setattr(job, "run", fails_for_seed_2)
    tally = sweep(study, tmp_path / "out", executor=Here, workers=1, errors="fast")
    assert tally.failed == 1 and 2 <= tally.ran <= 3 and tally.open == 12 - tally.ran


@pytest.mark.parametrize("where", ["main thread", "another thread"])
def test_a_run_that_takes_too_long_fails(study, where):
    study.write_text(STUDY.replace("months = 6", "months = 600").replace("seeds = 3", "seeds = 1"), encoding="utf-8")
    order, results = orders(study, limit=0.3), []
    before = signal.getsignal(signal.SIGALRM)
    if where == "main thread":
        results += carry_out(order)
    else:
        thread = threading.Thread(target=lambda: results.extend(carry_out(order)))
        thread.start()
        thread.join()
    row, tables = results[0]
    assert row["status"] == "failed" and "longer than 0.3 s" in row["error"] and not tables
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0 or before != signal.SIG_DFL


def caught_in_compiled_code(*_, **__):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    time.sleep(60)


@pytest.mark.filterwarnings("ignore:.*use of fork")
def test_a_run_that_does_not_heed_its_limit_is_killed(study, monkeypatch):
    """In a worker process: where the interpreter never gets to tell the run to stop."""
    fork = multiprocessing.get_context("fork")
    monkeypatch.setattr(job, "GRACE", 0.2)
    monkeypatch.setattr(job, "run", caught_in_compiled_code)
    order = orders(study, limit=0.1)
    process = fork.Process(target=carry_out, args=(order,))
    process.start()
    process.join(30)
    assert process.exitcode == 1


def test_a_worker_with_another_version_of_the_model_says_so(study):
    row, _ = carry_out(orders(study)._replace(code="0123456789ab"))[0]
    assert "this worker has version" in row["error"] and "not 0123456789ab" in row["error"]


# ---------------------------------------------------------------------- workers that die


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced_and_only_the_guilty_run_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(sweep_module, "carry_out", lives_or_dies)
    monkeypatch.setattr(sweep_module, "DEATHS", 2)
    tasks = [Task(f"r{n}", n, n) for n in range(9)]
    some = (Tasks(tuple(tasks[i : i + 3]), tmp_path) for i in range(0, 9, 3))
    found = dict(filter(None, compute(some, engines.local(2), threading.Event())))
    assert sorted(task.seed for task in found) == list(range(9))
    assert {task.seed for task, result in found.items() if isinstance(result, Exception)} == {1}
    assert all(result[0]["seed"] == task.seed for task, result in found.items() if task.seed != 1)


SWEEP = """
import sys
from microdrama import sweep
from microdrama.experiments.running import store
store.PART = 4
print(sweep(sys.argv[1], sys.argv[2], workers=2), flush=True)
"""


@pytest.fixture
def start(study, tmp_path):
    """Starts a sweep in a process of its own."""
    script, started = tmp_path / "go.py", []
    script.write_text(SWEEP, encoding="utf-8")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # else a child may be deaf to Ctrl-C

    def go(out):
        env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        words = [sys.executable, str(script), str(study), str(out)]
        started.append(subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        return started[-1]

    yield go
    signal.signal(signal.SIGINT, before)
    for process in started:
        process.kill()
        process.communicate()


def until_on_record(out, count, process):
    while process.poll() is None and len(Store(out).done) < count:
        time.sleep(0.05)


def children(pid):
    return [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc")
def test_killed_at_any_moment_it_goes_on_with_nothing_lost_and_nothing_twice(study, start, tmp_path):
    """First a worker, which the sweep replaces, then the sweep itself, again and again."""
    study.write_text(STUDY.replace("months = 6", "months = 60").replace("seeds = 3", "seeds = 6"), encoding="utf-8")
    out, seen = tmp_path / "out", set()
    for attempt in range(3):
        process = start(out)
        until_on_record(out, len(seen) + 1, process)
        if attempt == 0:
            os.kill(children(process.pid)[-1], signal.SIGKILL)
            until_on_record(out, 5, process)
        time.sleep(0.1 * attempt)
        assert process.poll() is None
        process.kill()
        process.wait()
        done = set(Store(out).done)
        assert seen < done
        seen = done
    assert sweep(study, out, executor=Here) == (24, 24 - len(seen), 0, 0)
    rows = [row for part in sorted(out.glob("runs-*.parquet")) for row in pq.read_table(part)["run_id"].to_pylist()]
    named = set(Store(out).done)
    assert len(named) == 24 and named <= set(rows)
    sweep(study, tmp_path / "fresh", executor=Here)
    assert everything(out) == everything(tmp_path / "fresh")


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_once_ends_with_what_is_under_way_and_twice_at_once(study, start, tmp_path, times):
    study.write_text(STUDY.replace("seeds = 3", "seeds = 30").replace("months = 6", "months = 18"), encoding="utf-8")
    out = tmp_path / "out"
    process = start(out)
    until_on_record(out, 2, process)
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    said, err = process.communicate(timeout=60)
    assert b"ending after the runs under way; Ctrl-C again stops at once" in err
    done = len(Store(out).done)
    assert 2 <= done < 60
    if times == 1:
        assert f"{done} of 120 runs completed, 0 failed".encode() in said and process.returncode == 0
        assert load(out).num_rows == done
    else:
        assert b"KeyboardInterrupt" in err
    assert sweep(study, out, executor=Here, shard=(1, 60)).runs == 2


# ---------------------------------------------------------------------- the folder


def test_torn_lines_are_ignored_what_was_left_is_removed_and_runs_of_lost_parts_are_done_again(small, tmp_path):
    out = tmp_path / "out"
    sweep(small, out, executor=Here)
    before, names = everything(out), {*os.listdir(out)}
    (journal,) = out.glob("journal-*.jsonl")
    text = journal.read_text()
    journal.write_text(text + text[: len(text) // 3])
    mine = out / "runs-mine.parquet"
    for path in (".runs-x-00000.parquet.writing", ".runs.parquet.writing-0123abcd", "panel-0123abcd-00009.parquet"):
        (out / path).write_bytes(b"half")
    (out / ".inputs-x").mkdir()
    mine.write_bytes(b"no sweep would write such a name")
    assert sweep(small, out, executor=Here).ran == 0 and everything(out) == before and mine.exists()
    mine.unlink()
    assert {name[:5] for name in os.listdir(out)} == {name[:5] for name in names} and len(os.listdir(out)) == len(names)
    (journal,) = out.glob("journal-*.jsonl")
    journal.write_text(text[:-20])
    assert sweep(small, out, executor=Here).ran == 4 and everything(out) == before


@pytest.mark.parametrize("kind", ["runs", "panel"])
def test_damaged_parts_are_noticed_and_their_runs_done_again(small, tmp_path, kind):
    out = tmp_path / "out"
    sweep(small, out, executor=Here)
    before = everything(out)
    part = next(out.glob(f"{kind}-*.parquet"))
    whole = part.read_bytes()
    part.write_bytes(whole[: len(whole) // 2])
    with pytest.warns(UserWarning, match=f"{kind}-.*is missing or cut off: its 4 runs are not done"):
        assert sweep(small, out, executor=Here).ran == 4
    assert everything(out) == before
    part = next(out.glob(f"{kind}-*.parquet"))
    whole = part.read_bytes()
    part.write_bytes(whole[:2000] + bytes([whole[2000] ^ 1]) + whole[2001:])
    assert Store(out).damaged() == {part.name: 4}
    assert sweep(small, out, executor=Here).ran == 0  # tables are whole, so nobody needs it
    (out / "panel.parquet").unlink()
    with pytest.warns(UserWarning, match="a part is damaged: its 4 runs are done again"):
        assert sweep(small, out, executor=Here).ran == 4
    assert everything(out) == before and not Store(out).damaged()


@pytest.mark.parametrize("name", ["runs.parquet", "panel.parquet", "log.parquet", "failures.csv", "inputs/study.toml"])
def test_a_damaged_table_is_refused_and_written_anew(small, tmp_path, name):
    out = tmp_path / "out"
    sweep(small, out, executor=Here)
    before = (out / name).read_bytes()
    at = len(before) // 2
    (out / name).write_bytes(before[:at] + bytes([before[at] ^ 4]) + before[at + 1 :])
    if "/" not in name:
        with pytest.raises(InputError, match="is damaged"):
            load(out, name.partition(".")[0])
    assert sweep(small, out, executor=Here).ran == 0
    assert (out / name).read_bytes() == before


def test_tables_of_an_earlier_study_do_not_stay(small, tmp_path):
    out, text = tmp_path / "out", small.read_text(encoding="utf-8")
    sweep(small, out, executor=Here)
    small.write_text(text.replace("[0, 1]", "[1, 0]"), encoding="utf-8")  # the same runs as other points
    assert sweep(small, out, executor=Here).ran == 0
    panel = load(out, "panel", frame="pandas").drop_duplicates("run_id")
    runs = load(out, frame="pandas")
    assert panel[["point", "run_id"]].values.tolist() == runs[["point", "run_id"]].values.tolist()
    small.write_text(text.replace("panel = true", ""), encoding="utf-8")
    sweep(small, out, executor=Here)
    with pytest.raises(InputError, match="has no table 'panel'"):
        load(out, "panel")


def test_equal_points_have_a_panel_each(tmp_path):
    design = {"sampler": "points", "points": [{"entry": True}] * 2}
    study = {"months": 6, "scale": 0.02, "seeds": 1, "panel": True, "design": design}
    assert sweep(study, tmp_path / "out", executor=Here) == (2, 1, 0, 0)
    panel = load(tmp_path / "out", "panel", frame="pandas")
    assert panel["point"].value_counts().to_dict() == {0: 48, 1: 48} and panel["run_id"].nunique() == 1


@pytest.fixture
def small_disk():
    """Files may only be so large, as if the disk were full: what is written breaks off in the middle."""
    resource = pytest.importorskip("resource")
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, usual)


@pytest.mark.parametrize("full", ["the log", "a part", "the journal"])
def test_a_full_disk_is_a_message_and_what_is_on_record_is_safe(study, tmp_path, monkeypatch, small_disk, full):
    out = tmp_path / "out"
    out.mkdir()
    store = Store(out, code_version())
    results = carry_out(orders(study, 3))
    store.add(*results[0])
    store.flush()
    (log,) = out.glob("log-*.arrows")
    small_disk({"the log": log.stat().st_size + 1000, "a part": 1000, "the journal": 100}[full])
    if full == "the journal":  # parts fit, the line that names them does not
        monkeypatch.setattr(store_module.parquet, "write_table", lambda _, path, **__: path.write_bytes(b"part"))
    if full == "the log":
        store.add(*results[1])
    with pytest.raises(InputError, match="File too large; 1 runs are safe there"):
        store.flush() if full == "the log" else store.seal()
    assert len(Store(out).done) == 1
    monkeypatch.undo()
    small_disk(-1)
    if full != "the log":
        store.add(*results[1])
    store.flush()  # there is room again
    store.seal()
    assert len(Store(out).done) == 2 and not [*out.glob("log-*")]
    assert len(Store(out).rows([row["run_id"] for row, _ in results])) == 2
    Store(out).tidy()
    assert len([*out.glob("runs-*")]) == len([*out.glob("journal-*")]) == 1


def test_a_folder_that_cannot_be_is_said_before_anything_runs(study, tmp_path):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(InputError, match="cannot write results there"):
            sweep(study, out, executor=lambda: pytest.fail("a run was begun"))


def test_a_folder_of_version_0_1_is_read_and_not_resumed(tmp_path):
    old = Path(__file__).parents[1] / "fixtures" / "results-0.1" / "sweep"
    out = tmp_path / "out"
    shutil.copytree(old, out)
    store = Store(out)
    assert store.done and set(store.done.values()) == {"ok"}
    assert store.rows(store.done).num_rows == len(store.done)
    panels = dict(store.tables("panel", store.done))
    assert load(out, "panel").num_rows == sum(table.num_rows for table in panels.values()) and panels
    assert not [*store.tables("cells", store.done)]
    with pytest.raises(InputError, match=r"holds runs of another version of the model") as caught:
        sweep(out / "inputs" / "study.toml", out, executor=Here)
    assert "\n" not in str(caught.value)


def test_runs_of_another_version_of_the_model_are_not_mixed_up(small, tmp_path, monkeypatch):
    out = tmp_path / "out"
    with monkeypatch.context() as other:
        for module in (job, plan):
            other.setattr(module, "code_version", lambda: "0123456789ab")
        sweep(small, out, executor=Here)
    with pytest.raises(InputError, match=r"another version of the model \(0123456789ab; this is .*--mix-code"):
        sweep(small, out, executor=Here)
    assert sweep(small, out, mix_code=True, executor=Here).ran == 4
    assert load(out).num_rows == 4


def test_what_cannot_be_is_said(study, tmp_path):
    for words, message in (
        ({"workers": 0}, "--workers 0"),
        ({"shard": (4, 3)}, "--shard 4/3"),
        ({"shard": (0, 3)}, "shard"),
        ({"errors": "never"}, "must be one of off, slow, fast"),
        ({"limit": -1}, "--time-limit -1: must be a number of seconds"),
    ):
        with pytest.raises(InputError, match=message):
            sweep(study, tmp_path / "out", **words)
    with pytest.raises(TypeError, match="a function that makes executors"):
        sweep(study, tmp_path / "out", executor=Here())
    with pytest.raises(InputError, match="has no table 'panle'; did you mean 'panel'"):
        load(tmp_path, "panle")
    assert not (tmp_path / "out").exists()
    study.write_text(STUDY + '[stop]\noutput = "studios"\nhalf_width = 1\nmax_seeds = 9', encoding="utf-8")
    with pytest.raises(InputError, match="cannot be done in shards"):
        sweep(study, tmp_path / "out", shard=(1, 2))


@pytest.mark.slow
def test_a_study_of_which_every_run_kills_its_worker_comes_to_its_end(study, tmp_path, monkeypatch):
    study.write_text(STUDY.replace("seeds = 3", "seeds = 1").replace("[0, 1]", "[0]"), encoding="utf-8")
    monkeypatch.setattr(sweep_module, "carry_out", dies)
    monkeypatch.setattr(sweep_module, "DEATHS", 1)
    assert sweep(study, tmp_path / "out", workers=1) == (2, 2, 2, 0)
    assert "crashed: the worker process died" in load(tmp_path / "out", "failures")["error"][0].as_py()
    assert load(tmp_path / "out", "log")["engine"].to_pylist() == [None, None]
