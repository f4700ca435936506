"""Measures of concentration month by month, with what chance alone would give."""

from collections.abc import Iterator

import numpy as np

from microdrama.model import measures
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.economy import MicroDramaEconomy

from ..files import Columns
from .concentration import (
    BEYOND_CHANCE,
    OF_CITIES,
    Shooting,
    beyond_chance,
    city_cells,
    city_measures,
    hot_spots,
    studio_plants,
)
from .finished_run import WEIGHTS, focal_city

MEASURE_COLUMNS: Columns = {
    "month": ("YYYY-MM", "month"),
    "weight": ("", "what is shared out: studios, shoot_days or value_yuan"),
    "measure": ("", "name of the measure"),
    "city": ("", "city the measure is of; empty for all cities together"),
    "value": ("1", "its value in the month (nan: not defined, nothing was shot)"),
    "null_low": ("1", "5 % quantile under chance: plants dropped on cities by employment, or shuffled over cells"),
    "null_high": ("1", "95 % quantile under chance (nan: not simulated for this month)"),
}


def measures_by_month(economy: MicroDramaEconomy, city: str = "", *, draws: int = 200) -> dict[str, Array]:
    """Measures of concentration month by month, long; columns are :data:`MEASURE_COLUMNS`.

    Chance is simulated for every December and the last month: ``draws`` times the month's plants (studios; for
    shooting days what one studio shot in one city) fall on cities with probabilities in proportion to employment.
    Indices beyond chance need plants and so are left out for value.
    """
    city = focal_city(economy.cities, city)
    shooting, snapshots = Shooting(economy), economy.panel.cell_snapshots()
    rows = [
        (month_name(month), *row)
        for month in range(len(economy.panel))
        for row in _rows_of_month(economy, month, city, shooting, snapshots, draws)
    ]
    return {name: np.array(values) for name, values in zip(MEASURE_COLUMNS, zip(*rows, strict=True), strict=True)}


def _rows_of_month(
    economy: MicroDramaEconomy, month: int, city: str, shooting: Shooting, snapshots: dict[str, Array], draws: int
) -> Iterator[tuple[str, str, str, float, float, float]]:
    x, k = measures.shares(economy.cities.employment_million), len(economy.cities)
    last = month == len(economy.panel) - 1
    december = month % 12 == 11
    rng = np.random.default_rng([economy.seed, month])
    for weight in WEIGHTS:
        total = economy.panel.array(weight)[month]
        s = measures.shares(total)
        values, null = city_measures(s, x), {}
        plants = None
        if weight == "studios":
            plants = studio_plants(total)
        elif weight == "shoot_days":
            plants = shooting.plants(month, month)
        if plants is not None and len(plants[0]):
            by_city, h = measures.city_totals(*plants, cities=k)
            values |= beyond_chance(by_city, x, h)
            if december or last:
                null = _null(plants[0], x, rng, draws)
        for name, value in values.items():
            yield weight, name, "", value, *null.get(name, (np.nan, np.nan))
        row = economy.cities.index(city)
        yield weight, "location_quotient", city, measures.location_quotients(s, x)[row], np.nan, np.nan
    if december or last:
        now = {name: values[snapshots["month"] == month_name(month)] for name, values in snapshots.items()}
        cells = economy.panel.cells() if last else now
        test = measures.morans_i_permutations(*city_cells(cells, city), rng=rng, permutations=draws)
        yield "studios", "morans_i", city, test.observed, *np.quantile(test.permuted, [0.05, 0.95])
        yield "studios", "hot_cells", city, hot_spots(cells, city)[1], np.nan, np.nan


def _null(sizes: Array, x: Array, rng: np.random.Generator, draws: int) -> dict[str, tuple[float, float]]:
    names = [*OF_CITIES, "rank_one_share", *BEYOND_CHANCE]

    def statistic(by_city: Array, x: Array, plant_herfindahl: float) -> list[float]:
        values = city_measures(measures.shares(by_city), x) | beyond_chance(by_city, x, plant_herfindahl)
        return [values[name] for name in names]

    low, high = measures.null_envelope(statistic, sizes, reference_shares=x, rng=rng, draws=draws)
    return {name: (low[i], high[i]) for i, name in enumerate(names)}
