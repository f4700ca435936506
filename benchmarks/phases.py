"""Where a month's time goes: milliseconds by phase at classroom and full size.

``python -m benchmarks.phases [--months 36]`` prints a table in Markdown, medians over the months after December 2024.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from microdrama.model import MicroDramaEconomy
from microdrama.model.economy import PHASES

SCALES = (0.1, 1.0)


def measure(scale: float, months: int) -> tuple[dict[str, float], int]:
    """Median milliseconds by phase, and the number of agents."""
    econ = MicroDramaEconomy(rng=1, scale=scale)
    econ.run_for(48)
    took: dict[str, list[float]] = {}

    def timed(phase: Callable[[MicroDramaEconomy], None]) -> Callable[[MicroDramaEconomy], None]:
        def run(economy: MicroDramaEconomy) -> None:
            start = time.perf_counter()
            phase(economy)
            took.setdefault(phase.__name__, []).append(1e3 * (time.perf_counter() - start))

        return run

    econ.phases = [timed(phase) for phase in econ.phases]
    econ.run_for(months)
    return {name: statistics.median(times) for name, times in took.items()}, len(econ.studios) + len(econ.actors)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=36)
    months = parser.parse_args().months
    found = [measure(scale, months) for scale in SCALES]
    print("| heading | phase |" + "".join(f" {agents:,} agents, ms |" for _, agents in found))
    print("|---|---|" + "---:|" * len(found))
    for heading, phases in PHASES.items():
        for phase in phases:
            print(f"| {heading} | `{phase.__name__}` |" + "".join(f" {ms[phase.__name__]:.2f} |" for ms, _ in found))
    print("| | **all** |" + "".join(f" **{sum(ms.values()):.1f}** |" for ms, _ in found))


if __name__ == "__main__":
    main()
