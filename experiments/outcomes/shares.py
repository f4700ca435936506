"""Cities' shares in studios, production, value, spending and wages, and which city leads."""

import numpy as np

from microdrama.model import measures
from microdrama.model.arrays import Array

from .finished_run import WEIGHTS, WHEN, FinishedRun
from .registry import CITIES, outcome

MONEY = {"platform_gross": "spending on platforms, by head office", "wages": "wages"}
"""What else cities have shares in."""
JOBS = {"jobs": "jobs (paid days of cast and crew)"}


def shares(run: FinishedRun, when: str = "") -> dict[str, Array]:
    """(cities,) shares in the total of 12 months (studios: the mean of their number), by weight."""
    columns = {weight: weight for weight in WEIGHTS} | {what: f"{what}_yuan" for what in MONEY} | {"jobs": "paid_days"}
    return {what: measures.shares(run.year(column, when).sum(axis=0)) for what, column in columns.items()}


def observed_shares(run: FinishedRun) -> dict[str, Array]:
    """The same in the last 12 months with observed house prices."""
    return shares(run, "_observed")


def shares_in(run: FinishedRun, when: str) -> dict[str, Array]:
    """Shares of when :data:`.finished_run.WHEN` says, computed once."""
    return run.once(observed_shares if when else shares)


def employment(run: FinishedRun) -> Array:
    """(cities,) shares in employment outside film."""
    return measures.shares(run.economy.cities.employment_million)


def _leader(run: FinishedRun, weight: str, when: str) -> str:
    s = shares_in(run, when)[weight]
    return "" if np.isnan(s).any() else run.slugs[int(s.argmax())]


outcome("city", "", "the focal city, to which columns city_... refer")(lambda run: run.city)
outcome(
    "city_share_{weight}{when}",
    "share",
    "focal city's share in {weight}{when}",
    display="{city}'s share of {weight}{when}",
    weight=WEIGHTS | JOBS,
    when=WHEN,
)(lambda run, weight, when: shares_in(run, when)[weight][run.row])
outcome(
    "city_leads_{weight}{when}",
    "0 or 1",
    "whether it has the largest share in {weight}{when}",
    display=("{city} leads in {weight}{when}", 100, "% of seeds"),
    weight=WEIGHTS,
    when=WHEN,
)(lambda run, weight, when: float(_leader(run, weight, when) == run.city))
outcome("city_location_quotient_{weight}", "1", "its share in {weight} over that in other employment", weight=WEIGHTS)(
    lambda run, weight: measures.location_quotients(run.once(shares)[weight], run.once(employment))[run.row]
)
outcome("leader_{weight}{when}", "", "city with the largest share in {weight}{when}", weight=WEIGHTS, when=WHEN)(
    _leader
)
outcome(
    "share_{weight}_{slug}{when}",
    "share",
    "{slug}'s share in {weight}{when}",
    display="{city}'s share of {weight}{when}",
    weight=WEIGHTS | MONEY,
    slug=CITIES,
    when=WHEN,
)(lambda run, weight, slug, when: shares_in(run, when)[weight][run.slugs.index(slug)])
