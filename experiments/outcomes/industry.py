"""Studios, what they make and what viewers see of it, and what places cost them."""

import numpy as np

from microdrama.model.arrays import Array

from .finished_run import WHERE, YEAR, FinishedRun, ratio
from .labour import gini
from .registry import outcome


def _edge(run: FinishedRun) -> float:
    shot = run.last_year("series_shot")
    return ratio((run.last_year("edge") * shot).sum(), shot.sum())


def _cost(run: FinishedRun, where: str) -> float:
    shot = run.last_year("series_shot").sum(axis=0)
    return run.ratio(where, run.last_year("series_cost_yuan").mean(axis=0) * shot, shot)


def _public_crews(run: FinishedRun, where: str) -> float:
    bases = run.economy.bases
    return run.of(where, np.bincount(bases.city, bases.crews * bases.public, len(run.slugs)))


def _views(run: FinishedRun) -> Array:
    """Views of series that ended in the last 12 months, ascending."""
    series = run.economy.panel.finished()
    return np.sort(series["views"][series["ended"] >= len(run.economy.panel) - YEAR]) if series else np.zeros(0)


def _top(run: FinishedRun) -> float:
    views = run.once(_views)
    return ratio(views[-max(1, len(views) // 100) :].sum(), views.sum()) if len(views) else np.nan


outcome("studios", "studios", "studios in all cities at the end", display="Studios at the end")(
    lambda run: run.column("studios")[-1].sum()
)
outcome("exits", "studios", "studios closed, all months")(lambda run: run.column("exits").sum())
outcome(
    "series_released",
    "series",
    "series released in the last 12 months, at the scale of the run",
    display=("Series released in the last year", 1e-3, "thousands"),
)(lambda run: run.last_year("released").sum())
outcome("series_shot", "series", "series shot in all cities in the last 12 months, at the scale of the run")(
    lambda run: run.last_year("series_shot").sum(axis=0).sum()
)
outcome("{where}_series_shot", "series", "{where}: series shot, all months", where=WHERE)(
    lambda run, where: run.of(where, run.column("series_shot").sum(axis=0))
)
outcome("overseas_series", "series", "series for viewers abroad started in the last 12 months")(
    lambda run: run.last_year("overseas_started").sum()
)
outcome("california_series", "series", "series for viewers abroad shot in California, last 12 months")(
    lambda run: run.last_year("california_series").sum()
)
outcome("edge", "0-1", "mean edge of the series shot in the last 12 months")(_edge)
outcome("caught", "series", "series that inspectors found on their sets, all months")(
    lambda run: run.column("caught").sum()
)
outcome("views_gini", "0-1", "Gini coefficient of views over series that ended in the last 12 months")(
    lambda run: gini(run.once(_views))
)
outcome("views_top_share", "share", "views of the top hundredth of these series")(_top)
outcome(
    "{where}_series_cost_yuan",
    "yuan",
    "{where}: expected cost of a series shot by a local studio, last 12 months",
    where=WHERE,
)(_cost)
outcome("series_cost_yuan", "yuan", "average cost of a series at the end")(lambda run: run.economy.series_cost)
outcome("{where}_base_crews", "crews", "{where}: crews that open film bases can host at the end", where=WHERE)(
    lambda run, where: run.of(where, run.column("base_crews")[-1])
)
outcome(
    "{where}_public_base_crews",
    "crews",
    "{where}: crews that film bases built by cities can host at the end, open or being built",
    where=WHERE,
)(_public_crews)
outcome(
    "city_rent_yuan_m2_month", "yuan/m2/month", "its mean office rent, last 12 months", display="Office rent in {city}"
)(lambda run: run.last_year("rent_yuan_m2_month")[:, run.row].mean())
outcome("city_vacancy_rate", "share", "its office vacancy, last 12 months")(
    lambda run: run.last_year("vacancy_rate")[:, run.row].mean()
)
