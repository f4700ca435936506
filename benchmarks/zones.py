"""What place inside cities costs: time of a month and memory at full size, as ratios to a world without it.

``python -m benchmarks.zones [--months 24] [--phases]``. The worlds take turns month by month in one process, in
processor time, so that a slow spell of the machine falls on all of them; memory is the peak of a process for each.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from microdrama.model import MicroDramaEconomy
from microdrama.model.inputs.policies import Window
from microdrama.model.inputs.scenario import Scenario, load_scenario

ROOT = Path(__file__).parent.parent
FIRST = 48
"""Months before those that are measured."""
OFF = {"office_choice": "cell", "office_moves": False, "nearest_sets": False, "zone_cells": False}
type Phase = Callable[[MicroDramaEconomy], None]
WORLDS = {"off": "without it", "inside": "place inside cities", "zones": "the same, with policy for zones"}


def scenario_of(world: str) -> Scenario:
    """The baseline without place inside cities, as it is, and with eight policies for zones."""
    scenario = load_scenario("baseline").with_values(OFF if world == "off" else {})
    if world == "zones":
        scenario.policies += tuple(
            Window(city, instrument, 12, size, zone="centre")
            for city in ("zhengzhou", "xian")
            for instrument, size in (
                ("park_services", 5e3),
                ("rent_subsidy", 0.3),
                ("state_space", 1e5),
                ("state_fund", 300),
            )
        )
    return scenario


def measure(months: int) -> tuple[dict[str, list[float]], dict[str, dict[str, float]], dict[str, int]]:
    """Processor milliseconds of each month and, in all, of each phase, by world; agents at the end."""
    economies = {world: MicroDramaEconomy(scenario_of(world), rng=1, scale=1.0) for world in WORLDS}
    took: dict[str, list[float]] = {world: [] for world in WORLDS}
    phases: dict[str, dict[str, float]] = {world: defaultdict(float) for world in WORLDS}

    def timed(
        phase: Callable[[MicroDramaEconomy], None], total: dict[str, float]
    ) -> Callable[[MicroDramaEconomy], None]:
        def run(economy: MicroDramaEconomy) -> None:
            start = time.process_time()
            phase(economy)
            total[phase.__name__] += 1e3 * (time.process_time() - start)

        return run

    for world, economy in economies.items():
        economy.run_for(FIRST)
        economy.phases = [timed(phase, phases[world]) for phase in economy.phases]
    for _ in range(months):
        for world, economy in economies.items():
            start = time.process_time()
            economy.step()
            took[world].append(1e3 * (time.process_time() - start))
    return took, phases, {world: len(e.studios) + len(e.actors) for world, e in economies.items()}


def peak_mb(world: str, months: int) -> float:
    """Largest memory of a process that runs a world."""
    words = [sys.executable, "-m", "benchmarks.zones", "--memory-of", world, "--months", str(months)]
    return float(subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT).stdout)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=24, help="months that are measured")
    parser.add_argument("--phases", action="store_true", help="also the phases that cost most more")
    parser.add_argument("--memory-of", choices=WORLDS, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.memory_of:
        MicroDramaEconomy(scenario_of(chosen.memory_of), rng=1, scale=1.0).run_for(chosen.months)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    took, phases, agents = measure(chosen.months)
    for world, meaning in WORLDS.items():
        ratio = statistics.median(a / b for a, b in zip(took[world], took["off"], strict=True))
        month = statistics.median(took[world])
        print(f"{meaning}: {month:.1f} ms a month, ratio {ratio:.2f}, {agents[world]:,} agents", flush=True)
    for world in ("inside", "zones") if chosen.phases else ():
        more = {name: (total - phases["off"][name]) / chosen.months for name, total in phases[world].items()}
        worst = sorted(more.items(), key=lambda item: -item[1])[:6]
        print(f"{WORLDS[world]}, ms more: " + ", ".join(f"{name} {ms:+.2f}" for name, ms in worst), flush=True)
    memory = {world: peak_mb(world, chosen.months) for world in WORLDS}
    for world, meaning in WORLDS.items():
        print(f"{meaning}: peak of {memory[world]:.0f} MB, {memory[world] / memory['off']:.2f} of a world without it")


if __name__ == "__main__":
    main()
