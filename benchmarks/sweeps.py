"""What a sweep costs beside its runs, against ``mesa.batch_run`` on the same model, measured in one run.

``make bench`` or ``python -m benchmarks.sweeps [--runs N] [--months N] [--json FILE]``. The two take turns.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import mesa

from microdrama.experiments.design.study_file import load_study
from microdrama.experiments.running.engines import local_processes
from microdrama.experiments.running.job import carry_out, code_version
from microdrama.experiments.running.plan import Jobs
from microdrama.experiments.running.store import Store
from microdrama.experiments.running.sweep import load, sweep
from microdrama.model import MicroDramaEconomy

SCALE = 0.1


def study_of(runs: int, months: int, **more: Any) -> dict[str, Any]:
    """A study of so many classroom runs."""
    return {"months": months, "scale": SCALE, "seeds": runs, "panel": True, **more}


def timed_sweep(runs: int, months: int, workers: int) -> dict[str, float]:
    """Wall time of a sweep, and of the runs inside it."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        sweep(study_of(runs, months), Path(folder) / "out", workers=workers)
        wall = time.perf_counter() - begin
        inside = sum(load(Path(folder) / "out", "log")["seconds"].to_pylist())
    return {"wall_s": wall, "inside_s": inside}


def timed_batch_run(runs: int, months: int, workers: int) -> dict[str, float]:
    """The same runs by Mesa."""
    begin = time.perf_counter()
    mesa.batch_run(
        MicroDramaEconomy,
        parameters={"scale": SCALE, "months": months},
        rng=list(range(1, runs + 1)),
        max_steps=months,
        number_processes=workers,
        display_progress=False,
    )
    return {"wall_s": time.perf_counter() - begin}


def timed_reading(runs: int) -> dict[str, float]:
    """Opening a folder with many runs on record and reading their summaries."""
    study = load_study(study_of(runs, 1, panel=False))
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder, code_version())
        jobs = Jobs(study)
        row, _ = carry_out(jobs.order(jobs[:1]))[0]
        for job in jobs:
            store.add(row | {"run_id": job.run_id, "seed": job.seed})
        store.flush()
        store.seal()
        begin = time.perf_counter()
        done = sweep(study, folder)
        again = time.perf_counter() - begin
        begin = time.perf_counter()
        table = load(folder)
        read = time.perf_counter() - begin
    assert done.ran == 0 and table.num_rows == runs
    return {"again_s": again, "read_s": read}


def worker_mb(*runs: int, months: int) -> list[float]:
    """Peak memory of a worker process after so many runs, and so many more."""
    jobs, done, found = Jobs(load_study(study_of(sum(runs), months))), 0, []
    with local_processes(1) as pool:
        for more in runs:
            for at in range(done, done + more):
                assert pool.submit(carry_out, jobs.order(jobs[at : at + 1])).result()
            done += more
            found.append(pool.submit(resource.getrusage, resource.RUSAGE_SELF).result().ru_maxrss / 1024)
    return found


def spread(values: list[float], digits: int = 2) -> str:
    """Median with lowest and highest."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", metavar="FILE", help="write all measurements")
    chosen = parser.parse_args()
    runs, months = chosen.runs, chosen.months
    warnings.simplefilter("ignore")
    found: dict[str, list[dict[str, float]]] = {"few": [], "one worker": [], "two workers": [], "batch_run": []}
    least, most = worker_mb(8, 200, months=12)
    for _ in range(chosen.repeats):
        found["few"].append(timed_sweep(runs // 4, months, 1))
        found["one worker"].append(timed_sweep(runs, months, 1))
        found["two workers"].append(timed_sweep(runs, months, 2))
        found["batch_run"].append(timed_batch_run(runs, months, 2))
        print("  " + ", ".join(f"{name} {rows[-1]['wall_s']:.1f} s" for name, rows in found.items()), file=sys.stderr)
    reading = timed_reading(10_000)
    together = list(zip(*found.values()))
    beside = [
        1e3 * ((one["wall_s"] - one["inside_s"]) - (few["wall_s"] - few["inside_s"])) / (runs - runs // 4)
        for few, one, _, _ in together
    ]
    start = [few["wall_s"] - few["inside_s"] for few, _, _, _ in together]
    print(f"{runs} runs of {months} months at scale {SCALE}, {chosen.repeats} repeats:")
    print(f"  to start a worker and end:        {spread(start)} s")
    print(f"  beside each run, panel included:  {spread(beside)} ms")
    print(f"  one worker / two workers:         {spread([o['wall_s'] / t['wall_s'] for _, o, t, _ in together])}")
    print(f"  batch_run / this, two workers:    {spread([b['wall_s'] / t['wall_s'] for _, _, t, b in together])}")
    print(f"  a worker after 8, 208 runs:        {least:.0f}, {most:.0f} MB")
    print(
        f"10,000 runs on record: {reading['again_s']:.2f} s to find nothing left to do and write the tables, "
        f"{reading['read_s']:.2f} s to read the summaries"
    )
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(found | {"reading": [reading]}, indent=1))


if __name__ == "__main__":
    main()
