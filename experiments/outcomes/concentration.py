"""How concentrated the industry is: over cities, beyond chance, over the cells of the focal city, and in time."""

from typing import Any

import numpy as np

from microdrama.model import measures
from microdrama.model.agglomeration import net_agglomeration
from microdrama.model.arrays import Array
from microdrama.model.economy import MicroDramaEconomy

from .finished_run import WEIGHTS, WHEN, YEAR, FinishedRun
from .registry import outcome
from .shares import employment, shares, shares_in

HOT_P = 0.05
"""False discovery rate for hot cells."""
LEAD = 0.1
"""Lead of one city from which the industry has tipped to it, as a share."""

OF_CITIES = {
    "hhi": "HHI (Herfindahl-Hirschman index) of cities' shares in",
    "hhi_normalised": "normalised HHI (0: even, 1: one city) of cities' shares in",
    "theil": "Theil index, against employment outside film, of",
    "locational_gini": "locational Gini coefficient, against employment outside film, of",
}
"""Indices of cities' shares, all functions of :mod:`microdrama.model.measures`."""
BEYOND_CHANCE = {"ellison_glaeser": "Ellison-Glaeser", "maurel_sedillot": "Maurel-Sedillot"}
"""Indices of concentration beyond chance, likewise."""
PLANTS = {
    "studios": "of studios, counted at the end (H = 1/N)",
    "shoot_days": "of shooting days, last 12 months; a plant is what a studio shot in a city, from recorded series",
}
"""Plants of these indices."""


def city_measures(s: Array, x: Array) -> dict[str, float]:
    """Measures of cities' shares s, of which some look at their shares x in employment."""
    return {
        "hhi": measures.hhi(s),
        "hhi_normalised": measures.hhi_normalised(s),
        "theil": measures.theil(s, x),
        "locational_gini": measures.locational_gini(s, x),
        "rank_one_share": measures.rank_one_share(s),
    }


def beyond_chance(by_city: Array, x: Array, plant_herfindahl: float) -> dict[str, float]:
    """Indices of concentration beyond chance, from sums of plants by city."""
    return {name: getattr(measures, name)(by_city, x, plant_herfindahl=plant_herfindahl) for name in BEYOND_CHANCE}


def _of_cities(run: FinishedRun) -> dict[str, dict[str, float]]:
    return {weight: city_measures(run.once(shares)[weight], run.once(employment)) for weight in WEIGHTS}


def _of_plants(run: FinishedRun) -> dict[str, dict[str, float]]:
    month, x = len(run.column("studios")) - 1, run.once(employment)
    plants = {
        "studios": studio_plants(run.column("studios")[month]),
        "shoot_days": Shooting(run.economy).plants(month - YEAR + 1, month),
    }
    totals = {weight: measures.city_totals(*sizes, cities=len(x)) for weight, sizes in plants.items()}
    return {weight: beyond_chance(by_city, x, herfindahl) for weight, (by_city, herfindahl) in totals.items()}


def studio_plants(count: Array) -> tuple[Array, Array]:
    """Sizes and cities of equal plants."""
    city = np.repeat(np.arange(len(count)), count.astype(int))
    return np.ones(len(city)), city


class Shooting:
    """Shooting days by series, of recorded series: those on screen or in work, and those that ended.

    What is shot abroad belongs to no city and is left out, as in the panel.

    Series of closed studios that were never released leave no record; their days count in the panel only.
    """

    def __init__(self, economy: MicroDramaEconomy) -> None:
        columns, ended = ("shot", "studio", "city", "shooting_days"), economy.panel.finished()
        parts = [[getattr(economy.series, name) for name in columns]]
        if ended:
            parts.append([ended[name] for name in columns])
        self.shot, self.studio, self.city, self.days = map(np.concatenate, zip(*parts, strict=True))

    def plants(self, first: int, last: int) -> tuple[Array, Array]:
        """Shooting days and city of each plant (a studio in a city) from month ``first`` to ``last``."""
        chosen = (self.shot >= max(first, 0)) & (self.shot <= last) & (self.city >= 0)
        pairs = np.stack([self.studio[chosen], self.city[chosen].astype(np.int64)], axis=1)
        plants, which = np.unique(pairs, axis=0, return_inverse=True)
        return np.bincount(which.ravel(), self.days[chosen], len(plants)).astype(float), plants[:, 1]


def _hot_spots(run: FinishedRun) -> tuple[float, float]:
    return hot_spots(run.economy.panel.cells(), run.city)


def hot_spots(cells: dict[str, Array], city: str) -> tuple[float, float]:
    """Moran's I of studios over the cells of a city, and the number of hot cells."""
    studios, weights = city_cells(cells, city)
    spots = measures.getis_ord_g_star(studios, weights)
    return measures.morans_i(studios, weights), float(np.sum((spots.z > 0) & (spots.p_adjusted < HOT_P)))


def city_cells(cells: dict[str, Array], city: str) -> tuple[Array, Any]:
    """Studios by cell of a city, and which cells are neighbours."""
    inside = cells["city"] == city
    place = np.column_stack([cells["x"], cells["y"]])[inside]
    return cells["studios"][inside].astype(float), measures.queen_weights(place)


def _tipping(run: FinishedRun) -> float:
    days = np.cumsum(run.column("shoot_days"), axis=0)
    year = days - np.vstack([np.zeros((min(YEAR, len(days)), len(run.slugs))), days[:-YEAR]])
    total = year.sum(axis=1, keepdims=True)
    month = tipping_month(np.divide(year, total, out=np.full(year.shape, np.nan), where=total > 0))
    return month if month >= 0 else np.nan


def tipping_month(shares: Array, lead: float = LEAD, hold: int = YEAR) -> int:
    """First month from which one and the same city leads by more than ``lead`` for ``hold`` months; -1 if none does.

    Parameters
    ----------
    shares : (months, cities) array
        Months without shares (nan) end a lead.

    Examples
    --------
    >>> path = np.array([[0.5, 0.5]] * 3 + [[0.7, 0.3]] * 12)
    >>> tipping_month(path)
    3
    """
    shares = np.asarray(shares, float)
    leader = np.where(np.isnan(shares).any(axis=1), -1, np.argmax(np.nan_to_num(shares, nan=-1), axis=1))
    ranked = np.sort(np.column_stack([np.zeros(len(shares)), shares]), axis=1)  # where there is one city, of nobody
    ahead = (leader >= 0) & (ranked[:, -1] - ranked[:, -2] > lead)
    length = 0
    for month in range(len(shares)):
        length = 0 if not ahead[month] else length + 1 if month and leader[month] == leader[month - 1] else 1
        if length == hold:
            return month - hold + 1
    return -1


outcome(
    "{measure}_{weight}",
    "index",
    "{measure} {weight}",
    display="Concentration of {weight} ({measure})",
    measure=OF_CITIES,
    weight=WEIGHTS,
)(lambda run, measure, weight: run.once(_of_cities)[weight][measure])
outcome(
    "hhi_{weight}_observed",
    "index",
    f"{OF_CITIES['hhi']} {{weight}}{WHEN['_observed']}",
    display="Concentration of {weight} (HHI) under observed house prices",
    weight=WEIGHTS,
)(lambda run, weight: measures.hhi(shares_in(run, "_observed")[weight]))
outcome("rank_one_share_{weight}", "share", "share of the leading city in {weight}", weight=WEIGHTS)(
    lambda run, weight: run.once(_of_cities)[weight]["rank_one_share"]
)
outcome(
    "{index}_{weight}",
    "index",
    "{index} index beyond chance, {weight}",
    display="Concentration {weight} beyond chance ({index})",
    index=BEYOND_CHANCE,
    weight=PLANTS,
)(lambda run, index, weight: run.once(_of_plants)[weight][index])
outcome(
    "city_morans_i_studios",
    "index",
    "Moran's I of studios over its cells, at the end",
    display=("Clustering of studios inside {city} (Moran's I)", 1, "index"),
)(lambda run: run.once(_hot_spots)[0])
outcome("city_hot_cells_studios", "cells", "its cells that are Getis-Ord hot spots of studios, at the end")(
    lambda run: run.once(_hot_spots)[1]
)
outcome("a_net", "1", "net-agglomeration index at the end: above 1 an even split would not last")(
    lambda run: net_agglomeration(run.economy).a_net
)
outcome(
    "tipping_month", "months", "month from which one city leads by 10 points of shooting days for a year; nan: none"
)(_tipping)
