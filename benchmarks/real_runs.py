"""Many classroom runs of ten years by two workers: time, efficiency, memory and files, with no panel.

``python -m benchmarks.real_runs [--runs 10000]``. One worker makes a fiftieth of them, before and after.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from microdrama.experiments.running.sweep import load, sweep

from .sweeps import study_of

MONTHS = 120


def timed(folder: Path, runs: int, workers: int) -> float:
    """Wall time of a sweep that is written to a folder."""
    begin = time.perf_counter()
    sweep(study_of(runs, MONTHS, panel=False), folder, workers=workers)
    return time.perf_counter() - begin


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    runs = parser.parse_args().runs
    few = max(runs // 50, 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone = [timed(folder / "before", few, 1) / few]
        wall = timed(folder / "all", runs, 2)
        alone.append(timed(folder / "after", few, 1) / few)
        again = timed(folder / "all", runs, 2)
        done = load(folder / "all").num_rows
        files = sum(path.is_file() for path in (folder / "all").rglob("*"))
    each = sum(alone) / 2
    parent = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{done:,} runs of {MONTHS} months at scale 0.1 with summaries, two workers: {wall / 60:.1f} minutes")
    print(f"  a run with one worker:           {each:.3f} s; two are {each * runs / wall:.2f} times as fast")
    print(f"  to find nothing left to do:      {again:.1f} s")
    print(f"  parent process and files:        {parent:.0f} MB, {files} files")


if __name__ == "__main__":
    main()
