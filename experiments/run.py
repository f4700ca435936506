"""One run: from a scenario and a seed to outcomes and tidy tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from microdrama.model import measures
from microdrama.model.accounts import ledger
from microdrama.model.accounts.balance import INSTRUMENTS
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.errors import InputError
from microdrama.model.inputs.cities import Cities
from microdrama.model.inputs.scenario import Scenario
from microdrama.model.inputs.writing import write_scenario
from microdrama.model.panel import COLUMNS, SERIES_COLUMNS
from microdrama.model.populations.tables import Series

from .files import Columns, code_version, new_folder, write_manifest, write_parquet
from .outcomes.industry import more_columns, more_outcomes
from .outcomes.recorder import Keeper

FOCAL = "zhengzhou"
"""City that outcomes look at unless another is named."""

WEIGHTS = {"studios": "studios", "shoot_days": "shooting days", "value_yuan": "value (fees and revenue shares)"}
"""Columns of the panel by which cities are compared."""

YEAR = 12
"""Months at the end of a run over which outcomes are taken."""

HOT_P = 0.05
"""False discovery rate for hot cells."""

_OF_CITIES = {
    "hhi": ("index", "Herfindahl-Hirschman index of cities' shares in {}"),
    "hhi_normalised": ("index", "the same from 0 (even) to 1 (one city)"),
    "theil": ("index", "Theil index of {} against employment outside film"),
    "locational_gini": ("index", "locational Gini coefficient of {} against employment outside film"),
    "rank_one_share": ("share", "share of the leading city in {}"),
}
"""Measures of shares s and reference shares x, by the name of their column: unit and meaning."""
_BEYOND_CHANCE = {
    "ellison_glaeser": "Ellison-Glaeser index beyond chance",
    "maurel_sedillot": "Maurel-Sedillot index beyond chance",
}
_PLANTS = {
    "studios": "of studios, counted at the end (H = 1/N)",
    "shoot_days": "of shooting days, last 12 months; a plant is what a studio shot in a city, from series on record",
}


def run(
    scenario: str | Path | Scenario,
    seed: int,
    months: int | None = None,
    audit: bool = False,
    progress: Callable[[int, int], None] | None = None,
    watch: Callable[[MicroDramaEconomy], None] | None = None,
    begin: Callable[[MicroDramaEconomy], None] | None = None,
    **parameters: object,
) -> MicroDramaEconomy:
    """A finished run.

    Parameters
    ----------
    scenario : str, path or Scenario
    seed : int
    months : int, optional
        The scenario's ``months`` if left out.
    audit : bool
        Check every agent's books every month.
    progress : callable, optional
        Called after every month with months done and months in all.
    watch : callable, optional
        Called after every month with the economy, to look at it, such as :meth:`~.recorder.Keeper.look`.
    begin : callable, optional
        Called with the economy before its first month.
    **parameters
        Over the scenario's values.

    Raises
    ------
    InputError
        If scenario or parameters cannot be used.
    LedgerError
        If money does not add up.
    """
    if months is not None:
        parameters["months"] = months
    economy = MicroDramaEconomy(scenario, seed, audit=audit, keep_series=True, **parameters)
    if begin:
        begin(economy)
    for month in range(economy.p.months):
        economy.run_for(1)
        if watch:
            watch(economy)
        if progress:
            progress(month + 1, economy.p.months)
    return economy


def focal_city(cities: Cities, city: str = "") -> str:
    """The city to look at: the one named, else Zhengzhou, else the first of the table."""
    if city:
        cities.index(city)
        return city
    return FOCAL if FOCAL in cities.slugs else cities.slugs[0]


def outcome_columns(slugs: list[str]) -> dict[str, tuple[str, str]]:
    """Unit and meaning of every outcome of :func:`summarise`, for a city table with these cities."""
    columns = {"city": ("", "the focal city, to which columns city_... refer")}
    for weight, word in WEIGHTS.items():
        columns[f"city_share_{weight}"] = ("share", f"focal city's share in {word}, last 12 months")
        columns[f"city_leads_{weight}"] = ("0 or 1", f"whether it has the largest share in {word}")
        columns[f"city_location_quotient_{weight}"] = ("1", f"its share in {word} over that in employment outside film")
    columns |= {
        "city_rent_yuan_m2_month": ("yuan/m2/month", "its mean office rent, last 12 months"),
        "city_vacancy_rate": ("share", "its office vacancy, last 12 months"),
        "city_morans_i_studios": ("index", "Moran's I of studios over its cells, at the end"),
        "city_hot_cells_studios": ("cells", "its cells that are Getis-Ord hot spots of studios, at the end"),
    }
    for weight, word in WEIGHTS.items():
        columns[f"leader_{weight}"] = ("", f"city with the largest share in {word}, last 12 months")
        columns |= {f"{name}_{weight}": (unit, meaning.format(word)) for name, (unit, meaning) in _OF_CITIES.items()}
    for weight, what in _PLANTS.items():
        columns |= {f"{name}_{weight}": ("index", f"{meaning}, {what}") for name, meaning in _BEYOND_CHANCE.items()}
    columns |= {
        "studios": ("studios", "studios in all cities at the end"),
        "series_released": ("series", "series released in the last 12 months, at the scale of the run"),
        "film_spent_yuan": ("yuan", "public money spent on film, all cities and months, at the scale of the run"),
        "film_tax_yuan": ("yuan", "local taxes of the industry, all cities and months, at the scale of the run"),
    }
    for weight, word in WEIGHTS.items():
        columns |= {f"share_{weight}_{slug}": ("share", f"{slug}'s share in {word}, last 12 months") for slug in slugs}
    return columns | more_columns(slugs)


def summarise(economy: MicroDramaEconomy, city: str = "") -> dict[str, float | str]:
    """Outcomes of a run, one flat row; :func:`outcome_columns` has units and meanings.

    Shares are those in the total of the last 12 months (studios: the mean of their number).

    Parameters
    ----------
    economy : MicroDramaEconomy
        A run of at least one month.
    city : str
        Focal city; Zhengzhou if left out.
    """
    city = focal_city(economy.cities, city)
    row, slugs, panel = economy.cities.index(city), economy.cities.slugs, economy.panel
    x = measures.shares(economy.cities.employment_million)
    result: dict[str, float | str] = dict.fromkeys(outcome_columns(slugs), float("nan"))
    result["city"] = city
    for weight in WEIGHTS:
        s = measures.shares(panel.array(weight)[-YEAR:].sum(axis=0))
        leader = -1 if np.isnan(s).any() else int(s.argmax())
        result[f"city_share_{weight}"] = s[row]
        result[f"city_leads_{weight}"] = float(leader == row)
        result[f"city_location_quotient_{weight}"] = measures.location_quotients(s, x)[row]
        result[f"leader_{weight}"] = slugs[leader] if leader >= 0 else ""
        result |= {f"{name}_{weight}": value for name, value in _city_measures(s, x).items()}
        result |= {f"share_{weight}_{slug}": share for slug, share in zip(slugs, s, strict=True)}
    month = len(panel) - 1
    for weight, plants in (
        ("studios", _studio_plants(panel.array("studios")[month])),
        ("shoot_days", _Shooting(economy).plants(month - YEAR + 1, month)),
    ):
        by_city, h = measures.city_totals(*plants, cities=len(slugs))
        result |= {f"{name}_{weight}": value for name, value in _beyond_chance(by_city, x, h).items()}
    moran, hot = _hot_spots(panel.cells(), city)
    result |= {
        "city_rent_yuan_m2_month": panel.array("rent_yuan_m2_month")[-YEAR:, row].mean(),
        "city_vacancy_rate": panel.array("vacancy_rate")[-YEAR:, row].mean(),
        "city_morans_i_studios": moran,
        "city_hot_cells_studios": hot,
        "studios": panel.last("studios").sum(),
        "series_released": panel.array("released")[-YEAR:].sum(),
        "film_spent_yuan": panel.array("film_spent_yuan").sum(),
        "film_tax_yuan": panel.array("film_tax_yuan").sum(),
    }
    result |= more_outcomes(economy, row)
    return {name: value if isinstance(value, str) else float(value) for name, value in result.items()}


def _city_measures(s: Array, x: Array) -> dict[str, float]:
    return {
        "hhi": measures.hhi(s),
        "hhi_normalised": measures.hhi_normalised(s),
        "theil": measures.theil(s, x),
        "locational_gini": measures.locational_gini(s, x),
        "rank_one_share": measures.rank_one_share(s),
    }


def _beyond_chance(by_city: Array, x: Array, plant_herfindahl: float) -> dict[str, float]:
    return {name: getattr(measures, name)(by_city, x, plant_herfindahl=plant_herfindahl) for name in _BEYOND_CHANCE}


def _studio_plants(count: Array) -> tuple[Array, Array]:
    """Sizes and cities of equal plants."""
    city = np.repeat(np.arange(len(count)), count.astype(int))
    return np.ones(len(city)), city


class _Shooting:
    """Shooting days by series, of series on record: those on screen or in work, and those that ended.

    What is shot abroad belongs to no city and is left out, as in the panel.

    Series of closed studios that were never released leave no record; their days count in the panel only.
    """

    def __init__(self, economy: MicroDramaEconomy) -> None:
        ended, series = economy.panel.series(), economy.series
        names = {month_name(m): m for m in range(len(economy.panel))}
        slugs = {slug: row for row, slug in enumerate(economy.cities.slugs)}
        parts = [(series.shot, series.studio, series.city, series.shooting_days)]
        if ended:
            parts.append(
                (
                    _translate(ended["shot"], names),
                    ended["studio"],
                    _translate(ended["city"], slugs),
                    ended["shooting_days"],
                )
            )
        self.shot, self.studio, self.city, self.days = map(np.concatenate, zip(*parts, strict=True))

    def plants(self, first: int, last: int) -> tuple[Array, Array]:
        """Shooting days and city of each plant (a studio in a city) from month ``first`` to ``last``."""
        chosen = (self.shot >= max(first, 0)) & (self.shot <= last) & (self.city >= 0)
        pairs = np.stack([self.studio[chosen], self.city[chosen].astype(np.int64)], axis=1)
        plants, which = np.unique(pairs, axis=0, return_inverse=True)
        return np.bincount(which.ravel(), self.days[chosen], len(plants)).astype(float), plants[:, 1]


def _translate(words: Array, numbers: dict[str, int]) -> Array:
    known, which = np.unique(words, return_inverse=True)
    return np.array([numbers.get(str(word), -1) for word in known])[which]


def _hot_spots(cells: dict[str, Array], city: str) -> tuple[float, float]:
    """Moran's I of studios over the cells of a city, and the number of hot cells."""
    studios, weights = _city_cells(cells, city)
    spots = measures.getis_ord_g_star(studios, weights)
    return measures.morans_i(studios, weights), float(np.sum((spots.z > 0) & (spots.p_adjusted < HOT_P)))


def _city_cells(cells: dict[str, Array], city: str) -> tuple[Array, Any]:
    inside = cells["city"] == city
    place = np.column_stack([cells["x"], cells["y"]])[inside]
    return cells["studios"][inside].astype(float), measures.queen_weights(place)


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
    shooting, snapshots = _Shooting(economy), economy.panel.cell_snapshots()
    rows = [
        (month_name(month), *row)
        for month in range(len(economy.panel))
        for row in _rows_of_month(economy, month, city, shooting, snapshots, draws)
    ]
    return {name: np.array(values) for name, values in zip(MEASURE_COLUMNS, zip(*rows, strict=True), strict=True)}


def _rows_of_month(
    economy: MicroDramaEconomy, month: int, city: str, shooting: _Shooting, snapshots: dict[str, Array], draws: int
) -> Iterator[tuple[str, str, str, float, float, float]]:
    x, k = measures.shares(economy.cities.employment_million), len(economy.cities)
    last = month == len(economy.panel) - 1
    december = month % 12 == 11
    rng = np.random.default_rng([economy.seed, month])
    for weight in WEIGHTS:
        total = economy.panel.array(weight)[month]
        s = measures.shares(total)
        values, null = _city_measures(s, x), {}
        plants = None
        if weight == "studios":
            plants = _studio_plants(total)
        elif weight == "shoot_days":
            plants = shooting.plants(month, month)
        if plants is not None and len(plants[0]):
            by_city, h = measures.city_totals(*plants, cities=k)
            values |= _beyond_chance(by_city, x, h)
            if december or last:
                null = _null(plants[0], x, rng, draws)
        for name, value in values.items():
            yield weight, name, "", value, *null.get(name, (np.nan, np.nan))
        row = economy.cities.index(city)
        yield weight, "location_quotient", city, measures.location_quotients(s, x)[row], np.nan, np.nan
    if december or last:
        now = {name: values[snapshots["month"] == month_name(month)] for name, values in snapshots.items()}
        cells = economy.panel.cells() if last else now
        test = measures.morans_i_permutations(*_city_cells(cells, city), rng=rng, permutations=draws)
        yield "studios", "morans_i", city, test.observed, *np.quantile(test.permuted, [0.05, 0.95])
        yield "studios", "hot_cells", city, _hot_spots(cells, city)[1], np.nan, np.nan


def _null(sizes: Array, x: Array, rng: np.random.Generator, draws: int) -> dict[str, tuple[float, float]]:
    names = [*_OF_CITIES, *_BEYOND_CHANCE]

    def statistic(by_city: Array, x: Array, plant_herfindahl: float) -> list[float]:
        values = _city_measures(measures.shares(by_city), x) | _beyond_chance(by_city, x, plant_herfindahl)
        return [values[name] for name in names]

    low, high = measures.null_envelope(statistic, sizes, reference_shares=x, rng=rng, draws=draws)
    return {name: (low[i], high[i]) for i, name in enumerate(names)}


MONTH_CITY = {"month": ("YYYY-MM", "month"), "city": ("", "city")}
CELL_COLUMNS: Columns = MONTH_CITY | {
    "x": ("cells", "position on the lattice, eastwards"),
    "y": ("cells", "position on the lattice, northwards"),
    "distance_km": ("km", "distance from the centre of the city"),
    "rent_yuan_m2_month": ("yuan/m2/month", "office rent"),
    "rent_change": ("share", "change of rent since the start"),
    "vacancy_rate": ("share", "office vacancy"),
    "studios": ("studios", "studios with their office in the cell"),
    "base_crews": ("crews", "crews that film bases here can host, open or being built"),
    "derelict_malls": ("malls", "malls without tenants and without a film base"),
}
FLOW_COLUMNS: Columns = {
    "month": ("YYYY-MM", "month"),
    "flow": ("", "kind of payment: " + "; ".join(f"{name}: {flow.meaning}" for name, flow in ledger.FLOWS.items())),
    "payer": ("", "paying sector: " + "; ".join(f"{code}: {name}" for code, name in ledger.SECTORS.items())),
    "payee": ("", "receiving sector, same codes"),
    "fen": ("fen", "paid in the month (1 fen = 0.01 yuan)"),
}

BALANCE_COLUMNS: Columns = {
    "month": ("YYYY-MM", "month, at its end"),
    "instrument": ("", "kind of claim or asset: " + "; ".join(f"{k}: {meaning}" for k, meaning in INSTRUMENTS.items())),
    "sector": ("", "whose it is, codes as in flows"),
    "fen": ("fen", "asset, or liability if negative (1 fen = 0.01 yuan)"),
}


def series_columns() -> dict[str, tuple[str, str]]:
    """Unit and meaning of the columns of the table of finished series."""
    known = Series.columns()
    columns = {"ended": ("YYYY-MM", "month in which the run of the series ended")}
    columns |= {name: (known[name].unit, known[name].meaning) for name in SERIES_COLUMNS}
    columns |= {name: ("", columns[name][1]) for name in ("home", "city")}
    return columns | {
        name: ("YYYY-MM", f"{columns[name][1]} (empty: before the start)") for name in ("born", "shot", "released")
    }


def write_run(
    economy: MicroDramaEconomy,
    out_dir: str | Path,
    *,
    city: str = "",
    wall_seconds: float | None = None,
    kept: Keeper | None = None,
) -> Path:
    """Write a run's tables and manifest into a new folder, all or nothing.

    ``panel``, ``cells``, ``series``, ``flows``, ``balance`` and ``measures`` as Parquet (the same seed gives the
    same bytes), what a keeper recorded, ``scenario.toml`` (with the city table if it is another) and ``manifest.json``:
    all that is needed to repeat the run.

    Raises
    ------
    InputError
        If the folder exists, or cannot be written.
    """
    if not len(economy.panel):
        raise InputError("this economy has not run yet, so there are no results to write")
    panel, p = economy.panel, economy.p
    cells = panel.cell_snapshots()
    if len(panel) % 12:
        cells = {name: np.concatenate([cells.get(name, now[:0]), now]) for name, now in panel.cells().items()}
    tables: dict[str, tuple[dict[str, Array], Columns]] = {
        "panel": (panel.city_month(), MONTH_CITY | COLUMNS),
        "cells": (cells, CELL_COLUMNS),
        "series": (panel.series(), series_columns()),
        "flows": (panel.flows(), FLOW_COLUMNS),
        "balance": (panel.balance(), BALANCE_COLUMNS),
        "measures": (measures_by_month(economy, city), MEASURE_COLUMNS),
    }
    for name, (table, columns) in kept.tables().items() if kept else ():
        tables[name] = table, columns or CELL_COLUMNS
    outcomes = outcome_columns(economy.cities.slugs)
    with new_folder(out_dir) as folder:
        write_scenario(economy.scenario, folder)
        described = {
            name: {"file": f"{name}.parquet", **write_parquet(folder / f"{name}.parquet", table, columns)}
            for name, (table, columns) in tables.items()
        }
        scenario = economy.scenario
        write_manifest(
            folder,
            "microdrama run",
            {
                "scenario": {"name": scenario.name, "title": scenario.title, "fingerprint": scenario.fingerprint},
                "seed": economy.seed,
                "keep": kept.words if kept else "",
                "model": code_version(),
                "months": len(panel),
                "identities": f"held in all {len(panel)} months" + (", every agent audited" if economy.audit else ""),
                "wall_seconds": wall_seconds,
                "outcomes": {
                    name: {"value": value, "unit": outcomes[name][0], "meaning": outcomes[name][1]}
                    for name, value in summarise(economy, city).items()
                },
                "parameters": p.to_dict(),
                "policies": scenario.to_dict()["policies"],
                "cities": economy.cities.slugs,
                "tables": described,
            },
        )
    return Path(out_dir)
