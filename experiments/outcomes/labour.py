"""Cast and crew: jobs, wages, income, hours and burnout."""

import numpy as np

from microdrama.model.arrays import Array, dot

from .finished_run import WHERE, FinishedRun
from .registry import outcome

WORKING_DAYS = 22
"""Paid days that make a job-month."""


def _hours(run: FinishedRun, where: str) -> float:
    shot = run.last_year("series_shot").sum(axis=0)
    return run.ratio(where, run.last_year("hours_day").mean(axis=0) * shot, shot)


def _a_worker(run: FinishedRun, where: str, column: str) -> float:
    """A column of the last 12 months over workers."""
    return run.ratio(where, run.last_year(column).sum(axis=0), run.last_year("workers").sum(axis=0))


def gini(values: Array) -> float:
    """Gini coefficient of amounts that are not negative; nan if there are none.

    >>> gini(np.array([1.0, 1.0, 1.0])), round(gini(np.array([0.0, 0.0, 3.0])), 12)
    (0.0, 0.666666666667)
    """
    sizes = np.sort(np.asarray(values, float))
    n, total = len(sizes), sizes.sum()
    return float(dot(2 * np.arange(1, n + 1) - n - 1, sizes) / (n * total)) if total > 0 else float("nan")


outcome("{where}_job_months", "job-months", "{where}: paid days of cast and crew over 22, all months", where=WHERE)(
    lambda run, where: run.of(where, run.column("paid_days").sum(axis=0) / WORKING_DAYS)
)
outcome("{where}_wages_yuan", "yuan", "{where}: paid to cast and crew, all months", where=WHERE)(
    lambda run, where: run.of(where, run.column("wages_yuan").sum(axis=0))
)
outcome("{where}_workers", "persons", "{where}: cast and crew at the end", where=WHERE)(
    lambda run, where: run.of(where, run.column("workers")[-1])
)
outcome("{where}_income_yuan_month", "yuan/month", "{where}: film income of a worker, last 12 months", where=WHERE)(
    lambda run, where: _a_worker(run, where, "wages_yuan")
)
outcome("{where}_burnt_out_share", "share", "{where}: workers who take no work, last 12 months", where=WHERE)(
    lambda run, where: _a_worker(run, where, "burnt_out")
)
outcome("{where}_hours_day", "hours/day", "{where}: length of a shooting day, last 12 months", where=WHERE)(_hours)
outcome("worker_income_gini", "0-1", "Gini coefficient of workers' usual film income at the end")(
    lambda run: gini(run.economy.actors.usual_fen)
)
