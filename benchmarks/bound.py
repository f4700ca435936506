"""What the labour market and settlement would cost if they were nothing but memory traffic, draws and one sort.

``python -m benchmarks.bound [--scale 1]``: a run at full size, and beside every month of its last year one compiled
function that does the unavoidable part of the same work on the same numbers: it draws a number for each worker where
the model does, sorts the call sheets, walks down them seat by seat, and reads and writes each worker's columns once.
It knows no rules, no ledger, no identities. Prints both and their ratio.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from microdrama.model import MicroDramaEconomy
from microdrama.model.draws import U64, keys_of, number_of, shuffled

PHASES = (
    "hire",
    "accumulate_fatigue",
    "move_workers",
    "join_and_leave",
    "pay_studio_costs",
    "pay_rebates",
    "pay_space_leases",
    "pay_base_costs",
    "pay_taxes",
    "distribute_profits",
    "distribute_returns",
    "spend_incomes",
)
"""The labour market and settlement."""


@njit(cache=True)
def _walk(month, sheet, first, city, days, crew, ids, home, factor, fatigue, away, cash, usual, hired, studios):  # type: ignore[no-untyped-def]
    """Down the sheets and once through the workers; returns something of everything, so that nothing is left out."""
    roles, found = len(crew), 0
    price, left, income = np.empty(len(sheet)), np.empty(len(sheet), np.int32), np.zeros(len(sheet), np.int64)
    for at in range(len(sheet)):
        price[at], left[at] = factor[sheet[at]] * fatigue[sheet[at]], 22 * (away[sheet[at]] <= month)
    following = first[:-1].copy()
    for project in range(len(city)):
        for role in range(roles):
            page = city[project] * roles + role
            at = following[page]
            for _ in range(min(crew[role], first[page + 1] - first[page])):
                income[at] += np.int64(price[at] * 100) * days[project]
                left[at] -= days[project]
                at = at + 1 if at + 1 < first[page + 1] else first[page]
            following[page] = at
    a0, a1 = keys_of(U64(1), month, 0)
    b0, b1 = keys_of(U64(2), month, 0)
    for at in range(len(sheet)):
        worker = sheet[at]
        hired[worker] += income[at]
        usual[worker] += (income[at] - usual[worker]) / 6
        fatigue[worker] = 0.9 * fatigue[worker] + 0.01 * (22 - left[at])
        cash[worker] = cash[worker] // 10 + income[at]
        found += number_of(a0, a1, ids[worker]) < 0.03
        found += number_of(b0, b1, ids[worker]) < 0.001 * fatigue[worker] + home[worker]
    for row in range(len(studios)):
        studios[row] -= studios[row] // 20
    return found


def bound(econ: MicroDramaEconomy) -> Callable[[], Any]:
    """The unavoidable work of a month like the last one of this economy."""
    actors, series = econ.actors, econ.series
    ready, days = econ.booking.series, econ.booking.days
    crew = np.array([econ.p.extras, econ.p.crew, econ.p.actors, econ.p.leads])
    city = np.resize(series.city[series.city >= 0], len(ready)).astype(np.int64)
    group = actors.city * len(crew) + actors.role
    k = len(econ.cities) * len(crew)
    names = ("id", "city", "reservation_factor", "fatigue", "away_until", "cash_fen", "usual_fen", "hired_fen")
    columns = [*(getattr(actors, name).copy() for name in names), econ.studios.cash_fen.copy()]

    def work() -> Any:
        sheet, first = shuffled(U64(3), econ.month, columns[0], group, k)
        return _walk(econ.month, sheet, first, city, days, crew, *columns)

    return work


def measure(scale: float, months: int = 72) -> tuple[list[float], list[float], int]:
    """Seconds of the phases and of the bound, month by month of the last year, and the number of workers."""
    econ = MicroDramaEconomy(rng=1, scale=scale)
    econ.run_for(months - 12)
    spent = [0.0]

    def timed(phase: Callable[[MicroDramaEconomy], None]) -> Callable[[MicroDramaEconomy], None]:
        def run(economy: MicroDramaEconomy) -> None:
            start = time.perf_counter()
            phase(economy)
            spent[0] += time.perf_counter() - start

        return run

    econ.phases = [timed(phase) if phase.__name__ in PHASES else phase for phase in econ.phases]
    bound(econ)()
    phases, bounds = [], []
    for _ in range(12):
        spent[0] = 0.0
        econ.step()
        phases.append(spent[0])
        work = bound(econ)
        start = time.perf_counter()
        work()
        bounds.append(time.perf_counter() - start)
    return phases, bounds, len(econ.actors)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    chosen = parser.parse_args()
    phases, bounds, workers = measure(chosen.scale)
    ratios = [a / b for a, b in zip(phases, bounds)]
    print(
        f"labour market and settlement, {workers:,} workers: {1e3 * statistics.median(phases):.1f} ms a month, "
        f"bound {1e3 * statistics.median(bounds):.1f} ms, ratio {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f})"
    )


if __name__ == "__main__":
    main()
