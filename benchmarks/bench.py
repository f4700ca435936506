"""Speed and memory of the model, and the ratio to its plain twin, measured in one run.

``make bench`` or ``python -m benchmarks.bench [--quick] [--json FILE]``. Every measurement is a process of its own;
they take turns, so that a slow spell of the machine falls on all. Quote medians and ratios. The twin
(``tests/reference``) is the same model with an object an agent and leaves the same numbers. Earlier versions are run
from a checkout of their commit; they know fewer mechanisms.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from .many_runs import package_at

ROOT = Path(__file__).parent.parent
EARLIER = {"0.1": "f0bad1c", "before the work on speed": "395aadd", "before whole phases were compiled": "dd43610"}
"""Commits to compare with."""
CHILD = """
import json, resource, sys, time
start = time.perf_counter()
what, scale, months = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
if what == "model":
    from microdrama import MicroDramaEconomy
    imported = time.perf_counter()
    MicroDramaEconomy(rng=9, scale=0.02).run_for(4)
    begin = time.perf_counter()
    economy = MicroDramaEconomy(rng=1, scale=scale)
    agents = lambda: len(economy.studios) + len(economy.actors)
else:
    sys.path.append("tests")
    from microdrama.model.inputs.scenario import load_scenario
    from reference.twin import Twin
    imported = begin = time.perf_counter()
    economy = Twin(load_scenario("baseline").with_values({"scale": scale}, rng=1), 1)
    agents = lambda: len(economy.studios) + len(economy.workers)
built = time.perf_counter()
marks = []
for _ in range(months):
    t = time.perf_counter()
    economy.step()
    marks.append(time.perf_counter() - t)
print(json.dumps({
    "import_s": imported - start, "first_use_s": begin - imported, "build_s": built - begin, "run_s": sum(marks),
    "month_ms": 1e3 * sorted(marks[-12:])[len(marks[-12:]) // 2], "agents": agents(),
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def child(what: str, scale: float, months: int, *, package: str = "") -> dict[str, Any]:
    """Measure one run in a fresh process, of the package in another folder if one is given."""
    env = os.environ | ({"PYTHONPATH": package} if package else {})
    words = [sys.executable, "-c", CHILD, what, str(scale), str(months)]
    done = subprocess.run(words, check=False, capture_output=True, text=True, env=env, cwd=package or ROOT)
    if done.returncode:
        sys.exit(done.stderr)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def seconds(*words: str, cache: str = "") -> float:
    """How long a command takes, with what is compiled kept in another folder if one is given."""
    env = os.environ | ({"NUMBA_CACHE_DIR": cache} if cache else {})
    start = time.perf_counter()
    command = [sys.executable, "-m", "microdrama.experiments.cli", *words]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=env)
    return time.perf_counter() - start


def spread(values: list[float], digits: int = 2) -> str:
    """Median with lowest and highest."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repeats, the twin at classroom size only")
    parser.add_argument("--json", metavar="FILE", help="write all measurements")
    chosen = parser.parse_args()
    repeats = 3 if chosen.quick else 5
    found: dict[str, list[dict[str, Any]]] = {}

    def take(name: str, *words: Any, **more: Any) -> dict[str, Any]:
        found.setdefault(name, []).append(child(*words, **more))
        print(f"  {name}: {found[name][-1]['run_s']:.2f} s", file=sys.stderr, flush=True)
        return found[name][-1]

    with tempfile.TemporaryDirectory() as empty:
        first_s = seconds("run", "--months", "1", cache=empty)
        print(f"  first run after install: {first_s:.1f} s", file=sys.stderr, flush=True)
    with contextlib.ExitStack() as checkouts:
        earlier = {name: checkouts.enter_context(package_at(commit)) for name, commit in EARLIER.items()}
        for package in earlier.values():
            child("model", 0.02, 120, package=package)  # compiles
        for _ in range(repeats):
            for scale in (0.02, 0.1, 1):
                take(f"scale {scale:g}, now", "model", scale, 120)
                for name, package in earlier.items():
                    take(f"scale {scale:g}, {name}", "model", scale, 120, package=package)
    for _ in range(repeats):
        take("classroom", "model", 0.1, 120)
        take("twin, classroom", "twin", 0.1, 120)
    for n in range(repeats):
        take("full size", "model", 1, 120)
        if not chosen.quick and not n:
            take("twin, full size", "twin", 1, 120)
    scales = (0.1, 0.3, 1) if chosen.quick else (0.1, 0.3, 1, 3)
    by_scale = {s: take(f"scale {s:g}", "model", s, 60) for s in scales}
    tenfold = take("ten times full size", "model", 10, 12)
    help_s = [seconds("--help") for _ in range(repeats)]

    def column(name: str, key: str) -> list[float]:
        return [run[key] for run in found.get(name, [])]

    print(f"first run after install:         {first_s:.1f} s")
    print(f"import:                          {spread(column('classroom', 'import_s'))} s")
    print(f"first 4 months, loops loaded:    {spread(column('classroom', 'first_use_s'))} s")
    for name in ("classroom", "full size"):
        total, month = spread(column(name, "run_s")), spread(column(name, "month_ms"), 1)
        memory, agents = max(column(name, "peak_mb")), found[name][0]["agents"]
        print(
            f"{name + ', 120 months:':32} {total} s, {month} ms a month at the end, {memory:.0f} MB, {agents:,} agents"
        )
    for name in ("classroom", "full size"):
        twin = column(f"twin, {name}", "run_s")
        ratios = [slow / fast for slow, fast in zip(twin, column(name, "run_s"))]
        if twin:
            print(f"{'twin / this, ' + name + ':':32} {spread(ratios, 1)}; twin {spread(twin, 0)} s")
    for scale in (0.02, 0.1, 1):
        now = column(f"scale {scale:g}, now", "run_s")
        for name in EARLIER:
            ratios = [slow / fast for slow, fast in zip(column(f"scale {scale:g}, {name}", "run_s"), now, strict=True)]
            print(f"{name} / this, scale {scale:g}:".ljust(45) + spread(ratios))
    pairs = [(run["agents"], run["run_s"]) for run in by_scale.values()]
    print("60 months by number of agents:   " + ", ".join(f"{a:,} {s:.2f} s" for a, s in pairs))
    (a, s), (b, t) = pairs[-2:]
    print(
        f"cost per extra 1,000 agent-years: {1e3 * (t - s) / (b - a) / 5 * 1e3:.2f} ms at the upper end, "
        f"exponent {math.log(t / s) / math.log(b / a):.2f}"
    )
    print(
        f"ten times full size, 12 months:  {tenfold['run_s']:.1f} s, {tenfold['peak_mb']:.0f} MB, "
        f"{tenfold['agents']:,} agents"
    )
    print(f"microdrama --help:               {spread(help_s)} s")
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
