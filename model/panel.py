"""What a run leaves: a city-by-month panel, the ledger by month, finished series and snapshots of the cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .accounts.balance import INSTRUMENTS
from .accounts.ledger import FLOWS, SECTORS, yuan
from .arrays import Array
from .calendar import month_name
from .categories import CASTINGS, GENRES

if TYPE_CHECKING:
    from .economy import MicroDramaEconomy

COLUMNS: dict[str, tuple[str, str]] = {
    "studios": ("studios", "studios with their office in the city"),
    "entries": ("studios", "studios founded this month"),
    "exits": ("studios", "studios closed this month"),
    "moves_in": ("studios", "studios that moved their office here"),
    "series_started": ("series", "series started by local studios"),
    "series_shot": ("series", "series shot in the city"),
    "on_base": ("series", "of these, at a film base"),
    "shoot_days": ("days", "shooting days in the city: the measure of production"),
    "overseas_started": ("series", "of these, for viewers abroad"),
    "foreign_cast_series": ("series", "series shot in the city with foreign actors flown in"),
    "california_series": ("series", "series of local studios shot in California"),
    "edge": ("0-1", "mean edge of the series shot in the city"),
    "caught": ("series", "series that inspectors found on their sets"),
    "withdrawn": ("series", "series of local studios confiscated or rejected"),
    "released": ("series", "series of local studios released"),
    "value_yuan": ("yuan", "fees and revenue shares earned by local studios: the measure of value"),
    "local_spending_yuan": ("yuan", "spent in the city on shooting"),
    "platform_gross_yuan": ("yuan", "spending on platforms with their head office here"),
    "workers": ("persons", "cast and crew who live here"),
    "workers_in": ("persons", "cast and crew who moved here"),
    "workers_joined": ("persons", "newcomers to the trade"),
    "workers_left": ("persons", "cast and crew who left the trade"),
    "burnt_out": ("persons", "cast and crew who take no work for months"),
    "fatigue": ("index", "mean fatigue of those at work"),
    "hours_day": ("hours/day", "length of a shooting day"),
    "paid_days": ("days", "days of cast and crew paid"),
    "wages_yuan": ("yuan", "paid to cast and crew"),
    "actor_yuan_day": ("yuan/day", "posted day rate of supporting actors"),
    "series_cost_yuan": ("yuan", "expected cost of a series shot here by a local studio"),
    "house_index": ("2020-12 = 100", "house price index"),
    "rent_yuan_m2_month": ("yuan/m2/month", "mean office rent"),
    "vacancy_rate": ("share", "office vacancy"),
    "derelict_malls": ("malls", "malls without tenants and without a film base"),
    "bases": ("bases", "film bases, open or being built"),
    "base_crews": ("crews", "crews that open bases can host at once"),
    "costume_crews": ("crews", "of these, with costume sets"),
    "bases_closed": ("bases", "film bases that closed"),
    "set_wait_days": ("days", "recent wait for a modern set"),
    "base_utilisation": ("share", "crew-days sold of those open bases have (0 without a base)"),
    "set_hire_yuan_day": ("yuan/day", "day hire of a base with modern sets"),
    "set_chance": ("share", "recent share of modern series that got a set"),
    "designated": ("share", "designation in force"),
    "rent_subsidy_rate": ("share", "rent subsidy in force"),
    "rebate_rate": ("share", "production rebate in force"),
    "tolerance": ("share", "inspections that local officials hold off"),
    "film_budget_yuan": ("yuan", "left for film at the end of the month"),
    "film_spent_yuan": ("yuan", "public money spent on film: subsidies, bases, fund capital"),
    "film_tax_yuan": ("yuan", "local taxes the industry paid"),
    "film_rent_yuan": ("yuan", "rents the industry paid to landlords"),
    "land_income_yuan": ("yuan", "land-use rights sold"),
    "city_debt_yuan": ("yuan", "debt of the city"),
    "knowledge": ("index", "local knowledge (decaying count of hits)"),
    "reputation": ("index", "the city's name (decaying sum of shares)"),
}
"""Columns of the panel after month and city: unit and meaning."""
_AT = {name: i for i, name in enumerate(COLUMNS)}

SERIES_COLUMNS = (
    "studio",
    "slot",
    "born",
    "home",
    "city",
    "platform",
    "publisher",
    "commissioned",
    "genre",
    "casting",
    "edge",
    "discretion",
    "tier",
    "on_base",
    "shooting_days",
    "shot",
    "released",
    "quality",
    "cost_fen",
    "fee_fen",
    "guarantee_fen",
    "local_fen",
    "revenue_fen",
    "views",
)


class Panel:
    """Records a run month by month.

    Attributes
    ----------
    now : dict of (cities,) arrays
        The month's columns while phases fill them, in place.
    """

    def __init__(self, econ: MicroDramaEconomy, *, keep_series: bool = False) -> None:
        self.econ, self._keep = econ, keep_series
        self._month = np.zeros((len(COLUMNS), len(econ.cities)))
        self.now: dict[str, Array] = dict(zip(COLUMNS, self._month))
        self.shoot_shares = np.full(len(econ.cities), np.nan)
        """(cities,) shares of shooting days in the last month recorded, nan if nothing was shot."""
        self._months: list[Array] = []
        self._ledger: list[Array] = []
        self._balance: list[Array] = []
        self._series: list[dict[str, Array]] = []
        self._cells: list[dict[str, Array]] = []

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.now = dict(zip(COLUMNS, self._month))  # columns of the copy, not copies of columns

    def __len__(self) -> int:
        return len(self._months)

    def open_month(self) -> None:
        """Columns back to zero."""
        self._month[:] = 0

    def last(self, name: str) -> Array:
        """(cities,) a column in the last month recorded."""
        if not self._months:
            return np.zeros(len(self.econ.cities))
        result: Array = self._months[-1][_AT[name]]
        return result

    def record(self) -> None:
        """Take the state at the end of the month; cells every December."""
        econ, now, k = self.econ, self.now, len(self.econ.officials)
        region, officials, studios = econ.region, econ.officials, econ.studios
        hq, crews = econ.platforms.city, econ.crews_by_genre(planned=False)
        state = {
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
            "designated": officials.designated,
            "rent_subsidy_rate": officials.rent_subsidy,
            "rebate_rate": officials.rebate,
            "film_budget_yuan": yuan(officials.film_budget_fen),
            "film_spent_yuan": yuan(officials.film_spent_fen),
            "land_income_yuan": yuan(officials.land_income_fen),
            "city_debt_yuan": yuan(officials.debt_fen),
            "knowledge": econ.knowledge,
            "reputation": econ.reputation,
        }
        for name, values in state.items():
            now[name][:] = values
        days, total = now["shoot_days"], now["shoot_days"].sum()
        self.shoot_shares = days / total if total else np.full(k, np.nan)
        self._months.append(self._month.copy())
        self._ledger.append(econ.ledger.matrix.copy())
        self._balance.append(econ.balance)
        if econ.month % 12 == 11:
            self._cells.append(self.cells())

    def keep_series(self, rows: Array) -> None:
        """Keep a record of series whose run ends."""
        if self._keep and len(rows):
            data = {name: getattr(self.econ.series, name)[rows] for name in SERIES_COLUMNS}
            self._series.append({"ended": np.full(len(rows), self.econ.month), **data})

    def cells(self) -> dict[str, Array]:
        """The cells as they are now: position, rent, vacancy, studios, crews of film bases."""
        econ, region = self.econ, self.econ.region
        n = len(region.x)
        return {
            "month": np.full(n, month_name(econ.month)),
            "city": np.array(econ.cities.slugs)[region.city],
            "x": region.x,
            "y": region.y,
            "distance_km": region.distance_km,
            "rent_yuan_m2_month": region.rent.copy(),
            "rent_change": region.rent / region.rent_2020 - 1,
            "vacancy_rate": region.vacancy,
            "studios": np.bincount(econ.studios.cell, ~econ.studios.inert, n).astype(int),
            "base_crews": np.bincount(econ.bases.cell, econ.bases.crews, n).astype(int),
            "derelict_malls": np.bincount(econ.malls.cell, econ.malls.derelict, n).astype(int),
        }

    # ------------------------------------------------------------------ tidy tables

    def array(self, name: str) -> Array:
        """(months, cities) of one column."""
        at = _AT[name]
        return np.stack([month[at] for month in self._months]) if self._months else np.zeros((0, len(self.econ.cities)))

    def city_month(self) -> dict[str, Array]:
        """The panel, long: one row a month and city, in that order."""
        slugs, months = self.econ.cities.slugs, len(self)
        table: dict[str, Array] = {
            "month": np.repeat([month_name(m) for m in range(months)], len(slugs)),
            "city": np.tile(slugs, months),
        }
        return table | {name: self.array(name).ravel() for name in COLUMNS}

    def cell_snapshots(self) -> dict[str, Array]:
        """Cells of every December, long."""
        return _stack(self._cells)

    def series(self) -> dict[str, Array]:
        """Finished series (if kept), one row each, in the order in which they ended."""
        table = _stack(self._series)
        if table:
            slugs = np.array(self.econ.cities.slugs)
            for name in ("home", "city"):
                table[name] = np.where(table[name] >= 0, slugs[table[name]], "california")
            table["genre"], table["casting"] = np.array(GENRES)[table["genre"]], np.array(CASTINGS)[table["casting"]]
            for name in ("ended", "born", "shot", "released"):
                table[name] = self._month_names()[table[name]]
        return table

    def flows(self) -> dict[str, Array]:
        """The transactions-flow matrix by month, long: only entries that are not zero."""
        return self._entries(self._ledger, flow=list(FLOWS), payer=list(SECTORS), payee=list(SECTORS))

    def balance(self) -> dict[str, Array]:
        """Balance sheets at the end of each month, long: assets positive, liabilities negative, only what is there."""
        return self._entries(self._balance, instrument=list(INSTRUMENTS), sector=list(SECTORS))

    def _month_names(self) -> Array:
        """Names by number of the month; the last, -1, is that of no month."""
        return np.array([*map(month_name, range(len(self))), ""])

    def _entries(self, months: list[Array], **axes: list[str]) -> dict[str, Array]:
        """Entries of monthly matrices that are not zero, long; ``axes`` names the columns and what is along them."""
        every = np.array(months).reshape(len(months), *map(len, axes.values()))
        at = every.nonzero()
        table = {"month": self._month_names()[at[0]]}
        table |= {name: np.array(names)[where] for (name, names), where in zip(axes.items(), at[1:], strict=True)}
        return table | {"fen": every[at]}


def _stack(parts: list[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
