"""The chain from money to jobs, link by link: what each is, and an outcome of the focal city for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.categories import ROLE_WORDS
from microdrama.model.inputs.policies import COSTLY
from microdrama.model.panel import PROMISES

from .finished_run import FinishedRun
from .labour import WORKING_DAYS
from .registry import outcome

PRICES = ("series_cost_yuan", "set_hire_yuan_day", "actor_yuan_day", "rent_yuan_m2_month", "house_index")
"""Of the columns, what is the same at every scale."""
GAINS = {f"wages_{role}_yuan": f"{words} (wages)" for role, words in ROLE_WORDS.items()} | {
    "value_yuan": "studios (fees and revenue shares)",
    "film_rent_yuan": "landlords (rents)",
}
"""Columns that say what somebody gets of the industry, and who."""
COLUMNS = (
    *PRICES,
    *("paid_days", "wages_yuan", "series_started", "series_shot", "shoot_days", "studios", "workers"),
    *("film_spent_yuan", "film_tax_yuan"),
    *GAINS,
    *(f"{what}_{name}_yuan" for name in COSTLY for what in PROMISES),
)
"""Columns of the panel that are compared."""
DAYS = 12 * WORKING_DAYS
"""Paid days of a job-year."""

type World = dict[str, Array]
"""(seeds, months, cities) arrays of a world by column, sums at full size."""


class Step(NamedTuple):
    """A link of the chain."""

    words: str
    unit: str
    factor: float
    read: Callable[[World], Array]
    """(seeds, months, cities) values whose sum, or mean for prices and stocks, over months is shown."""
    mean: bool = False


def _promised(what: str) -> Callable[[World], Array]:
    return lambda world: sum((world[f"{what}_{name}_yuan"] for name in COSTLY), np.zeros(1))


def _of(column: str) -> Callable[[World], Array]:
    return lambda world: world[column]


STEPS = {
    "house_prices": Step("house price index", "2020-12 = 100", 1, _of("house_index"), True),
    "announced": Step("announced for film policies", "million yuan", 1e-6, _promised("announced")),
    "paid": Step("paid for film policies", "million yuan", 1e-6, _promised("paid")),
    "office_rent": Step("office rent", "yuan/m2/month", 1, _of("rent_yuan_m2_month"), True),
    "set_hire": Step("day hire of a set", "yuan", 1, _of("set_hire_yuan_day"), True),
    "day_rate": Step("day rate of supporting actors", "yuan", 1, _of("actor_yuan_day"), True),
    "cost": Step(
        "expected cost of a series there, before rebates", "thousand yuan", 1e-3, _of("series_cost_yuan"), True
    ),
    "studios": Step("studios", "studios", 1, _of("studios"), True),
    "started": Step("series started by its studios", "series", 1, _of("series_started")),
    "from_elsewhere": Step(
        "series from elsewhere shot there, less its own shot elsewhere",
        "series",
        1,
        lambda world: world["series_shot"] - world["series_started"],
    ),
    "shot": Step("series shot there", "series", 1, _of("series_shot")),
    "days": Step("shooting days", "days", 1, _of("shoot_days")),
    "jobs": Step("jobs", "job-years", 1 / DAYS, _of("paid_days")),
    "taxes": Step("local taxes of the industry", "million yuan", 1e-6, _of("film_tax_yuan")),
}
"""The chain, in order."""


def yearly(step: Step, world: World, months: slice = slice(None)) -> Array:
    """(seeds, cities) what a link is: a year of sums, or the mean of prices and stocks."""
    values: Array = step.factor * step.read(world)[:, months]
    return values.mean(axis=1) * (1 if step.mean else 12)


def _full_size(run: FinishedRun) -> World:
    """The world of one run."""
    scale = run.economy.p.scale
    return {name: run.column(name)[None] / (1 if name in PRICES else scale) for name in COLUMNS}


OUTCOMES = {f"why_{name}": step for name, step in STEPS.items()}
"""Links as outcomes of the focal city, in every table of runs."""
for _name, _step in OUTCOMES.items():
    outcome(
        _name,
        f"{_step.unit}{'' if _step.mean else '/year'}",
        f"focal city: {_step.words}, mean of all months, at full size",
        display=f"{{city}}: {_step.words}, mean of all months at full size",
    )(lambda run, step=_step: float(yearly(step, run.once(_full_size))[0, run.row]))
