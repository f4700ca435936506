"""What is read off the state at the end of a month: the columns of the panel that no phase fills, and the cells."""

from __future__ import annotations

import numpy as np

from ..accounts.ledger import yuan
from ..arrays import Array
from ..calendar import month_name
from ..inputs.policies import COSTLY
from ..state import State, phase


@phase(
    reads="actors balance bases city_fatigue day_rates hours house_index knowledge ledger malls officials "
    "platforms region released_by_city reputation set_chance set_hire studios survey venue_hire",
    writes="panel panel.*",
)
def record_month(econ: State) -> None:
    """A row of the panel for each city, a row of the ledger for each flow; cells every December."""
    econ.panel.record(read_cities(econ), econ.ledger.matrix, econ.balance)
    if econ.month % 12 == 11:
        econ.panel.keep_cells()


def read_cities(econ: State) -> dict[str, Array]:
    """(cities,) columns of the panel that describe the state at the end of the month."""
    region, officials, studios, k = econ.region, econ.officials, econ.studios, len(econ.cities)
    claimed, paid = (sum(econ.panel.now[f"{what}_{name}_yuan"] for name in COSTLY) for what in ("claimed", "paid"))
    hq, crews = econ.platforms.city, econ.crews_by_genre(planned=False)
    return {
        "studios": econ.studios_by_city(),
        "released": econ.released_by_city,
        "value_yuan": yuan(np.bincount(studios.city, studios.revenue_fen, k)),
        "platform_gross_yuan": yuan(np.bincount(hq + 1, econ.platforms.gross_fen, k + 1)[1:]),  # -1 is elsewhere
        "workers": econ.count_workers().sum(axis=1),
        "actor_yuan_day": econ.day_rates[:, 2],
        "series_cost_yuan": econ.survey.mean_cost,
        "fatigue": econ.city_fatigue,
        "hours_day": econ.hours,
        "tolerance": officials.tolerance,
        "costume_crews": crews[1],
        "house_index": econ.house_price,
        "rent_yuan_m2_month": region.city_mean(region.rent),
        "vacancy_rate": region.city_mean(region.vacancy),
        "derelict_malls": np.bincount(econ.malls.city, econ.malls.derelict, k),
        "bases": np.bincount(econ.bases.city, minlength=k),
        "base_crews": crews.sum(axis=0),
        "set_hire_yuan_day": econ.set_hire[0],
        "set_chance": econ.set_chance[0],
        "venue_crews": econ.venue_crews,
        "venue_hire_yuan_day": econ.venue_hire,
        "designated": officials.designated,
        "rent_subsidy_rate": officials.rent_subsidy,
        "rebate_rate": officials.rebate,
        "film_budget_yuan": yuan(officials.film_budget_fen),
        "film_spent_yuan": yuan(officials.film_spent_fen),
        "land_income_yuan": yuan(officials.land_income_fen),
        "city_debt_yuan": yuan(officials.debt_fen),
        "honoured_share": np.divide(paid, claimed, out=np.full(k, np.nan), where=claimed > 0),
        "knowledge": econ.knowledge,
        "reputation": econ.reputation,
    }


def read_cells(econ: State) -> dict[str, Array]:
    """The cells as they are now: number, zone, position, rent, vacancy, studios, crews of bases, one row a cell."""
    region, n = econ.region, len(econ.region.x)
    return {
        "month": np.full(n, month_name(econ.month)),
        "city": np.array(econ.cities.slugs)[region.city],
        "cell": np.arange(n),
        "zone": region.zone_names,
        "x": region.x,
        "y": region.y,
        "dx_km": region.cell_km * region.dx,
        "dy_km": region.cell_km * region.dy,
        "distance_km": region.distance_km,
        "rent_yuan_m2_month": region.rent.copy(),
        "rent_change": region.rent / region.rent_2020 - 1,
        "vacancy_rate": region.vacancy,
        "studios": np.bincount(econ.studios.cell, ~econ.studios.inert, n).astype(int),
        "base_crews": np.bincount(econ.bases.cell, econ.bases.crews, n).astype(int),
        "derelict_malls": np.bincount(econ.malls.cell, econ.malls.derelict, n).astype(int),
    }
