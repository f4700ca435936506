"""Cities' shares in studios, production, value, spending and wages: who has which, who leads."""

from __future__ import annotations

import numpy as np

from microdrama.model import measures
from microdrama.model.arrays import Array

from .finished_run import WEIGHTS, FinishedRun
from .registry import CITIES, outcome

MONEY = {"platform_gross": "spending on platforms, by head office", "wages": "wages"}
"""What else cities have shares in."""


@outcome("city", "", "the focal city, to which columns city_... refer")
def city(run: FinishedRun) -> str:
    return run.city


def shares(run: FinishedRun) -> dict[str, Array]:
    """(cities,) shares in the total of the last 12 months (studios: the mean of their number), by weight."""
    columns = {weight: weight for weight in WEIGHTS} | {what: f"{what}_yuan" for what in MONEY}
    return {what: measures.shares(run.last_year(column).sum(axis=0)) for what, column in columns.items()}


def employment(run: FinishedRun) -> Array:
    """(cities,) shares in employment outside film."""
    return measures.shares(run.economy.cities.employment_million)


def leader(run: FinishedRun, weight: str) -> int:
    """Row of the city with the largest share; -1 if there is nothing to share."""
    s = run.once(shares)[weight]
    return -1 if np.isnan(s).any() else int(s.argmax())


@outcome(
    "city_share_{weight}",
    "share",
    "focal city's share in {weight}, last 12 months",
    display="{city}'s share of {weight}",
    weight=WEIGHTS,
)
def city_share(run: FinishedRun, weight: str) -> float:
    return run.once(shares)[weight][run.row]


@outcome(
    "city_leads_{weight}",
    "0 or 1",
    "whether it has the largest share in {weight}",
    display=("{city} leads in {weight}", 100, "% of seeds"),
    weight=WEIGHTS,
)
def city_leads(run: FinishedRun, weight: str) -> float:
    return float(leader(run, weight) == run.row)


@outcome(
    "city_location_quotient_{weight}", "1", "its share in {weight} over that in employment outside film", weight=WEIGHTS
)
def city_location_quotient(run: FinishedRun, weight: str) -> float:
    return measures.location_quotients(run.once(shares)[weight], run.once(employment))[run.row]


@outcome("leader_{weight}", "", "city with the largest share in {weight}, last 12 months", weight=WEIGHTS)
def leader_name(run: FinishedRun, weight: str) -> str:
    row = leader(run, weight)
    return run.slugs[row] if row >= 0 else ""


@outcome(
    "share_{weight}_{slug}",
    "share",
    "{slug}'s share in {weight}, last 12 months",
    display="{city}'s share of {weight}",
    weight=WEIGHTS | MONEY,
    slug=CITIES,
)
def share(run: FinishedRun, weight: str, slug: str) -> float:
    return run.once(shares)[weight][run.slugs.index(slug)]
