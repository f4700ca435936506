"""What is read off the state at the end of a month: the columns of the panel that no phase fills, and the cells."""

from __future__ import annotations

import numpy as np

from ..arrays import Array
from ..calendar import month_name
from ..over_state import over_state
from ..region import mean_by
from ..state import State, count_pairs, house_price_in, phase, room_in_venues


@phase(
    reads="actors balance bases city_fatigue day_rates hours house_index knowledge ledger malls officials "
    "platforms region released_by_city reputation set_chance set_hire studios survey venue_hire",
    writes="panel panel.*",
)
def record_month(econ: State) -> None:
    """A row of the panel for each city, a row of the ledger for each flow; cells every December."""
    _describe_cities(econ)
    econ.panel.record(econ.ledger.matrix, econ.balance)
    if econ.month % 12 == 11:
        econ.panel.keep_cells()


@over_state
def _count(econ):  # type: ignore[no-untyped-def]
    """Columns of the panel that are sums over those who are there at the end of the month."""
    now, studios, platforms, bases, malls = econ.panel.now, econ.studios, econ.platforms, econ.bases, econ.malls
    for studio in range(len(studios)):
        now["studios"][studios.city[studio]] += not studios.inert[studio]
        now["value_yuan"][studios.city[studio]] += studios.revenue_fen[studio]
    for platform in range(len(platforms)):
        if platforms.city[platform] >= 0:
            now["platform_gross_yuan"][platforms.city[platform]] += platforms.gross_fen[platform]
    for mall in range(len(malls)):
        now["derelict_malls"][malls.city[mall]] += malls.derelict[mall]
    for base in range(len(bases)):
        now["bases"][bases.city[base]] += 1
        if bases.opens[base] <= econ.month:
            now["base_crews"][bases.city[base]] += bases.crews[base]
            now["costume_crews"][bases.city[base]] += bases.crews[base] * bases.genre[base]
    for column in (now["value_yuan"], now["platform_gross_yuan"]):
        for city in range(len(column)):
            column[city] /= econ.fen_per_yuan


@over_state
def _describe_cities(econ):  # type: ignore[no-untyped-def]
    """Columns of the panel that describe cities as they are at the end of the month."""
    _count(econ)
    now, region, officials, unit = econ.panel.now, econ.region, econ.officials, econ.fen_per_yuan
    workers = count_pairs(econ.actors.city, econ.actors.role, len(econ.cities), econ.day_rates.shape[1])
    vacancy = 1 - (region.occupied_m2 + region.film_m2) / region.stock_m2
    means = region.first, region.stock_m2, region.city_stock_m2
    rent, vacant, venues = mean_by(region.rent, *means), mean_by(vacancy, *means), room_in_venues(econ)
    for city in range(len(workers)):
        now["rent_yuan_m2_month"][city], now["vacancy_rate"][city] = rent[city], vacant[city]
        now["venue_crews"][city], now["venue_hire_yuan_day"][city] = venues[city], econ.venue_hire[city]
        now["released"][city], now["series_cost_yuan"][city] = econ.released_by_city[city], econ.survey.mean_cost[city]
        now["fatigue"][city], now["hours_day"][city] = econ.city_fatigue[city], econ.hours[city]
        now["set_hire_yuan_day"][city], now["set_chance"][city] = econ.set_hire[0, city], econ.set_chance[0, city]
        now["designated"][city], now["rebate_rate"][city] = officials.designated[city], officials.rebate[city]
        now["rent_subsidy_rate"][city], now["tolerance"][city] = officials.rent_subsidy[city], officials.tolerance[city]
        now["knowledge"][city], now["reputation"][city] = econ.knowledge[city], econ.reputation[city]
        now["workers"][city] = workers[city].sum()
        now["actor_yuan_day"][city], now["house_index"][city] = econ.day_rates[city, 2], house_price_in(econ, city)
        now["film_budget_yuan"][city] = officials.film_budget_fen[city] / unit
        now["film_spent_yuan"][city] = officials.film_spent_fen[city] / unit
        now["land_income_yuan"][city] = officials.land_income_fen[city] / unit
        now["city_debt_yuan"][city] = officials.debt_fen[city] / unit
        claimed, paid = 0.0, 0.0
        for instrument in range(len(econ.panel.promises)):
            claimed += econ.panel.promises[instrument, 1, city]
            paid += econ.panel.promises[instrument, 2, city]
        now["honoured_share"][city] = paid / claimed if claimed > 0 else np.nan


def read_cells(econ: State) -> dict[str, Array]:
    """The cells as they are now: number, zone, position, rent, vacancy, studios, crews of bases, one row a cell."""
    region, n = econ.region, len(econ.region.x)
    return {
        "month": np.broadcast_to(np.array(month_name(econ.month)), n),
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
