"""Cities' shares in studios, production, value, spending and wages, and which city leads."""

import numpy as np

from microdrama.model import measures
from microdrama.model.arrays import Array

from .finished_run import WEIGHTS, FinishedRun
from .registry import CITIES, outcome

MONEY = {"platform_gross": "spending on platforms, by head office", "wages": "wages"}
"""What else cities have shares in."""


def shares(run: FinishedRun) -> dict[str, Array]:
    """(cities,) shares in the total of the last 12 months (studios: the mean of their number), by weight."""
    columns = {weight: weight for weight in WEIGHTS} | {what: f"{what}_yuan" for what in MONEY}
    return {what: measures.shares(run.last_year(column).sum(axis=0)) for what, column in columns.items()}


def employment(run: FinishedRun) -> Array:
    """(cities,) shares in employment outside film."""
    return measures.shares(run.economy.cities.employment_million)


def _leader(run: FinishedRun, weight: str) -> str:
    s = run.once(shares)[weight]
    return "" if np.isnan(s).any() else run.slugs[int(s.argmax())]


outcome("city", "", "the focal city, to which columns city_... refer")(lambda run: run.city)
outcome(
    "city_share_{weight}",
    "share",
    "focal city's share in {weight}, last 12 months",
    display="{city}'s share of {weight}",
    weight=WEIGHTS,
)(lambda run, weight: run.once(shares)[weight][run.row])
outcome(
    "city_leads_{weight}",
    "0 or 1",
    "whether it has the largest share in {weight}",
    display=("{city} leads in {weight}", 100, "% of seeds"),
    weight=WEIGHTS,
)(lambda run, weight: float(_leader(run, weight) == run.city))
outcome("city_location_quotient_{weight}", "1", "its share in {weight} over that in other employment", weight=WEIGHTS)(
    lambda run, weight: measures.location_quotients(run.once(shares)[weight], run.once(employment))[run.row]
)
outcome("leader_{weight}", "", "city with the largest share in {weight}, last 12 months", weight=WEIGHTS)(_leader)
outcome(
    "share_{weight}_{slug}",
    "share",
    "{slug}'s share in {weight}, last 12 months",
    display="{city}'s share of {weight}",
    weight=WEIGHTS | MONEY,
    slug=CITIES,
)(lambda run, weight, slug: run.once(shares)[weight][run.slugs.index(slug)])
