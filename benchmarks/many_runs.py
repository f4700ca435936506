"""What a sweep's parent process costs with very many runs: runs that answer at once, so that nothing else is measured.

``python -m benchmarks.many_runs [--runs N N] [--against COMMIT] [--json FILE]``. The code of a commit and that of today
take turns, a fresh process each time; two sizes say what a run costs and what is there from the start.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BEFORE = "aa1e67b"
"""The commit before logs, large parts and streamed tables."""
POINTS = 100
CHILD = """
import json, os, sys, time
from concurrent.futures import Executor, Future
import numpy as np
from microdrama.experiments.design.study_file import load_study
from microdrama.experiments.outcomes import outcome_columns
from microdrama.experiments.running import sweep as module
from microdrama.experiments.running.job import MADE

runs, out = int(sys.argv[1]), sys.argv[2]
study = load_study({"months": 6, "scale": 0.02, "seeds": runs // POINTS,
                    "factors": {"crisis_strength": [n / POINTS for n in range(POINTS)]}})
names = [*outcome_columns(study.at(study.points[0]).cities.slugs)]
made = dict.fromkeys(MADE, "as usual") | {"seconds": 0.1, "dirty": False, "pid": 1}

class Here(Executor):
    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future

def answer(order):
    found = []
    for job in order.jobs:
        values = np.random.default_rng(job.seed + 1000 * job.point).random(len(names)).tolist()
        row = {"run_id": job.run_id, "seed": job.seed, "status": "ok", "error": ""} | dict(zip(names, values))
        found.append((row | made, {}))
    return found

def megabytes(what):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(what)) / 1024

module.carry_out = answer
found = {"imported_mb": megabytes("VmRSS")}
for name in ("sweep", "resume"):
    wall, cpu = time.perf_counter(), time.process_time()
    tally = module.sweep(study, out, executor=Here, workers=64)
    found |= {name + "_s": time.perf_counter() - wall, name + "_cpu_s": time.process_time() - cpu}
    found |= {name + "_mb": megabytes("VmHWM")}
assert tally == (runs, 0, 0, 0)
parts = [entry.stat().st_size for entry in os.scandir(out) if entry.is_file()]
print(json.dumps(found | {"files": len(parts), "disk_mb": sum(parts) / 1e6}))
""".replace("POINTS", str(POINTS))
SHOWN = {"sweep_cpu_s": "CPU s", "sweep_s": "s", "sweep_mb": "MB", "resume_s": "s to resume", "files": "files"}


@contextlib.contextmanager
def package_at(commit: str) -> Iterator[str]:
    """A folder from which the package is imported as it was at a commit."""
    with tempfile.TemporaryDirectory() as folder:
        tree, package = Path(folder) / "tree", Path(folder) / "path" / "microdrama"
        subprocess.run(
            ["git", "-C", ROOT, "worktree", "add", "--detach", tree, commit], check=True, capture_output=True
        )
        try:
            package.mkdir(parents=True)
            rooms = package if (tree / "microdrama").exists() else package.parent  # in 0.1 packages of their own
            for room in ("model", "experiments", "dashboards"):
                (rooms / room).symlink_to(tree / room)
            if rooms == package:
                for path in (tree / "microdrama").iterdir():
                    (package / path.name).symlink_to(path)
            else:
                (package / "__init__.py").write_text("from model import MicroDramaEconomy\n", encoding="utf-8")
            yield str(package.parent)
        finally:
            subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", tree], check=True, capture_output=True)


def measured(runs: int, package: str = "") -> dict[str, float]:
    """A sweep of so many runs, and one that finds nothing left to do, in a process of its own."""
    env = os.environ | ({"PYTHONPATH": package} if package else {})
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-c", CHILD, str(runs), f"{folder}/out"]
        done = subprocess.run(words, check=False, capture_output=True, text=True, env=env, cwd=folder)
    if done.returncode:
        sys.exit(done.stderr)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, nargs=2, default=[20_000, 100_000])
    parser.add_argument("--against", default=BEFORE, help="commit, or '' for none")
    parser.add_argument("--json", metavar="FILE", help="write all measurements")
    chosen = parser.parse_args()
    found: dict[str, list[dict[str, Any]]] = {}
    with package_at(chosen.against) if chosen.against else contextlib.nullcontext("") as before:
        for runs in chosen.runs:
            for name, package in {chosen.against: before, "now": ""}.items():
                if name:
                    found.setdefault(name, []).append({"runs": runs} | measured(runs, package))
                    row = found[name][-1]
                    words = ", ".join(f"{row[key]:.4g} {unit}" for key, unit in SHOWN.items())
                    print(f"{name:>8}, {runs} runs: {words} ({row['imported_mb']:.0f} MB once imported)")
    for name, (few, many) in found.items():
        more = many["runs"] - few["runs"]
        cost = 1e3 * (many["sweep_cpu_s"] - few["sweep_cpu_s"]) / more
        grown = 1e3 * (many["sweep_mb"] - few["sweep_mb"]) / more
        million = {key: many[key] + (many[key] - few[key]) / more * (1e6 - many["runs"]) for key in SHOWN}
        words = ", ".join(f"{million[key]:.4g} {unit}" for key, unit in SHOWN.items())
        print(f"{name:>8}: {cost:.3f} ms and {grown:.2f} kB a run; a million runs would take {words}")
    if len(found) == 2:
        old, new = (rows[-1] for rows in found.values())
        print("before / now: " + ", ".join(f"{old[key] / new[key]:.3g} x {unit}" for key, unit in SHOWN.items()))
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
