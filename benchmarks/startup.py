"""Time of the processor that commands and imports take beyond Python's own start, and until worker processes answer.

``make bench`` or ``python -m benchmarks.startup [--times N] [--json FILE]``.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
from pathlib import Path

HELP = "from microdrama.experiments.cli import main; main({words})"
WHAT = {
    "microdrama --help": HELP.format(words=["--help"]),
    "microdrama run --help": HELP.format(words=["run", "--help"]),
    "import microdrama": "import microdrama",
    "from microdrama import sweep": "from microdrama import sweep",
    "from microdrama import MicroDramaEconomy": "from microdrama import MicroDramaEconomy",
    "microdrama run --months 1": "import tempfile; there = tempfile.mkdtemp() + '/out'; "
    + HELP.format(words='["run", "--months", "1", "--out", there]'),
}
POOLS = """
import os, time
from microdrama.experiments.running.engines import local_processes
for _ in range(4):
    begin = time.perf_counter()
    with local_processes(2) as pool:
        pool.submit(os.getpid).result()
        print(time.perf_counter() - begin)
"""


def seconds(code: str, times: int) -> float:
    """Median of user and system time of a new process that runs this."""
    taken = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(sum(after[:2]) - sum(before[:2]))
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=15, help="processes for each (default: 15)")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    own = seconds("pass", chosen.times)
    found = {name: seconds(code, chosen.times) - own for name, code in WHAT.items()}
    for name, value in found.items():
        print(f"{name:42} {1000 * value:6.0f} ms beyond the {1000 * own:.0f} ms of Python")
    said = subprocess.run([sys.executable, "-c", POOLS], check=True, capture_output=True, text=True).stdout.split()
    found |= {"first answer of a pool": float(said[0]), "of a later one": statistics.median(map(float, said[1:]))}
    for name in [*found][-2:]:
        print(f"{name:42} {1000 * found[name]:6.0f} ms of the clock")
    if chosen.json:
        chosen.json.write_text(json.dumps({"python_s": own, **found}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
