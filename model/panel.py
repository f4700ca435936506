"""What a run leaves: a city-by-month panel, the ledger by month, finished series and snapshots of the cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from .accounts.ledger import FLOWS, SECTORS, entry
from .arrays import Array
from .calendar import month_name
from .categories import BALANCE_ITEMS, CASTINGS, GENRES, ROLE_WORDS
from .inputs.policies import COSTLY
from .populations.tables import Series

PROMISES = {
    "announced": "as announced: what the rules would pay on all that is eligible if no budget were short, or the "
    "month's part of a total; at least the month's part of a budget announced with it",
    "claimed": "claimed: what the rules give to those who claim, and the month's part of a total that the city calls",
    "paid": "paid, or set aside for a film base that cannot be built yet",
}
"""What the panel says of money announced, claimed and paid, instrument by instrument."""
COLUMNS: dict[str, tuple[str, str]] = {
    "studios": ("studios", "studios with their office in the city"),
    "entries": ("studios", "studios founded this month"),
    "exits": ("studios", "studios closed this month"),
    "moves_in": ("studios", "studios that moved their office here"),
    "office_moves": ("studios", "studios that moved inside the city"),
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
    "workers_returned": (
        "persons",
        "of these, back to the region they come from (without return migration: where they joined)",
    ),
    "workers_joined": ("persons", "newcomers to the trade"),
    "workers_left": ("persons", "cast and crew who left the trade"),
    "burnt_out": ("persons", "cast and crew who take no work for months"),
    "fatigue": ("index", "mean fatigue of those at work"),
    "hours_day": ("hours/day", "length of a shooting day"),
    "paid_days": ("days", "days of cast and crew paid"),
    "wages_yuan": ("yuan", "paid to cast and crew"),
    **{f"wages_{role}_yuan": ("yuan", f"of these, to {words}") for role, words in ROLE_WORDS.items()},
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
    "venue_crews": ("crews", "crews that sales halls, villas, banquet halls and hotels have room for"),
    "venue_days": ("days", "shooting days at such venues"),
    "venue_hire_yuan_day": ("yuan/day", "day hire of such a venue"),
    "designated": ("share", "designation in force"),
    "rent_subsidy_rate": ("share", "rent subsidy in force"),
    "rebate_rate": ("share", "production rebate in force"),
    "tolerance": ("share", "inspections that local officials hold off"),
    "film_budget_yuan": ("yuan", "left for film at the end of the month"),
    "film_spent_yuan": ("yuan", "public money spent on film: subsidies, bases, fund capital"),
    "film_tax_yuan": ("yuan", "local taxes the industry paid"),
    "film_rent_yuan": ("yuan", "rents that landlords got from the industry, and from cities in its stead"),
    "land_income_yuan": ("yuan", "land-use rights sold"),
    "city_debt_yuan": ("yuan", "debt of the city"),
    "cut_for_debt": ("share", "part of the city's spending cut because its debt is at the limit (prior claim only)"),
    **{
        f"{what}_{instrument}_yuan": ("yuan", f"{name} {meaning}")
        for instrument, name in COSTLY.items()
        for what, meaning in PROMISES.items()
    },
    "honoured_share": ("share", "money paid over money claimed, of all these instruments (nan: nothing was claimed)"),
    "knowledge": ("index", "local knowledge (decaying count of hits)"),
    "reputation": ("index", "the city's name (decaying sum of shares)"),
}
"""Columns of the panel after month and city: unit and meaning."""
_AT = {name: i for i, name in enumerate(COLUMNS)}
_ENTRIES = np.array([entry(flow, pair) for flow, of in FLOWS.items() for pair in of.pairs.split()])
"""Where in a transactions-flow matrix there may be something."""
_PROMISED = min(_AT[f"{what}_{name}_yuan"] for what in PROMISES for name in COSTLY)

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
    """Stores a run month by month; what goes into it is read off the state by the phase that records.

    Parameters
    ----------
    cities : sequence of str
        Slugs of the cities.
    read_cells : callable
        Reads the cells as they are now, for :meth:`cells`.
    keep_series : bool
        Keep a record of every finished series.

    Attributes
    ----------
    now : dict of (cities,) arrays
        The month's columns while phases fill them, in place.
    shoot_shares : (cities,) array
        Each city's share of the shooting days of the month last recorded, nan where nothing was shot.
    """

    def __init__(
        self, cities: Sequence[str], read_cells: Callable[[], dict[str, Array]], *, keep_series: bool = False
    ) -> None:
        self._cities, self._read_cells, self._keep = tuple(cities), read_cells, keep_series
        self._set_month(np.zeros((len(COLUMNS), len(cities))))
        self.shoot_shares = np.full(len(cities), np.nan)
        self._months: list[Array] = []
        self._flows: list[Array] = []
        self._balance: list[Array] = []
        self._series: list[dict[str, Array]] = []
        self._cells: list[dict[str, Array]] = []

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._set_month(self._month)

    def _set_month(self, month: Array) -> None:
        self._month, self.now = month, dict(zip(COLUMNS, month))  # columns, not copies of columns
        self.addresses = np.array([(column.ctypes.data, len(column)) for column in month]).ravel()
        """Where compiled functions find the columns (see :mod:`~microdrama.model.addresses`)."""

    @staticmethod
    @cache
    def places() -> dict[str, int]:
        """First of the cells of each column."""
        return {f"now[{name!r}]": 2 * i for i, name in enumerate(COLUMNS)}

    def __len__(self) -> int:
        return len(self._months)

    # ------------------------------------------------------------------ what phases put in

    @property
    def promises(self) -> Array:
        """(costly instruments, announced, claimed and paid, cities) the month's columns of them, yuan."""
        columns = self._month[_PROMISED : _PROMISED + len(COSTLY) * len(PROMISES)]
        return columns.reshape(len(COSTLY), len(PROMISES), -1)

    def open_month(self) -> None:
        """Columns back to zero."""
        self._month[:] = 0

    def record(self, flows: Array, balance: Array) -> None:
        """Close the month.

        Parameters
        ----------
        flows : (flows, sectors, sectors) int64 array, fen
            The month's transactions-flow matrix.
        balance : (balance items, sectors) int64 array, fen
            Balance sheets at its end.
        """
        days, total = self.now["shoot_days"], self.now["shoot_days"].sum()
        self.shoot_shares = days / total if total else np.full(len(days), np.nan)
        self._months.append(self._month.copy())
        self._flows.append(flows.reshape(-1)[_ENTRIES])
        self._balance.append(balance)

    def keep_cells(self) -> None:
        """Keep the cells as they are now."""
        self._cells.append(self.cells())

    def keep_series(self, series: Series, rows: Array, month: int) -> None:
        """Keep a record of series whose run ends this month."""
        if self._keep and len(rows):
            data = {name: getattr(series, name)[rows] for name in SERIES_COLUMNS}
            self._series.append({"ended": np.full(len(rows), month), **data})

    # ------------------------------------------------------------------ tidy tables

    def cells(self) -> dict[str, Array]:
        """The cells as they are now: position, rent, vacancy, studios, crews of film bases."""
        return self._read_cells()

    def last(self, name: str) -> Array:
        """(cities,) a column in the last month recorded."""
        if not self._months:
            return np.zeros(len(self._cities))
        result: Array = self._months[-1][_AT[name]]
        return result

    def array(self, name: str, last: int = 0) -> Array:
        """(months, cities) of one column, of all months or the last ones."""
        at, months = _AT[name], self._months[-last:]
        return np.array([month[at] for month in months]) if months else np.zeros((0, len(self._cities)))

    def city_month(self) -> dict[str, Array]:
        """The panel, long: one row a month and city, in that order."""
        slugs, months = self._cities, len(self)
        table: dict[str, Array] = {
            "month": np.repeat([month_name(m) for m in range(months)], len(slugs)),
            "city": np.tile(slugs, months),
        }
        return table | {name: self.array(name).ravel() for name in COLUMNS}

    def cell_snapshots(self) -> dict[str, Array]:
        """Cells of every December, long."""
        return _stack(self._cells)

    def finished(self) -> dict[str, Array]:
        """Finished series (if kept) in numbers: of months, cities, genres and casts; -1 for none, or California."""
        return _stack(self._series)

    def series(self) -> dict[str, Array]:
        """Finished series (if kept), one row each, in the order in which they ended."""
        table = self.finished()
        if table:
            slugs = np.array(self._cities)
            for name in ("home", "city"):
                table[name] = np.where(table[name] >= 0, slugs[table[name]], "california")
            table["genre"], table["casting"] = np.array(GENRES)[table["genre"]], np.array(CASTINGS)[table["casting"]]
            for name in ("ended", "born", "shot", "released"):
                table[name] = self._month_names()[table[name]]
        return table

    def flows(self) -> dict[str, Array]:
        """The transactions-flow matrix by month, long: only entries that are not zero."""
        return self._entries(self._ledger, flow=list(FLOWS), payer=list(SECTORS), payee=list(SECTORS))

    @property
    def _ledger(self) -> list[Array]:
        """The matrix of each month."""
        months = np.zeros((len(self), len(FLOWS) * len(SECTORS) * len(SECTORS)), np.int64)
        for month, flows in zip(months, self._flows, strict=True):
            month[_ENTRIES] = flows
        return list(months.reshape(len(self), len(FLOWS), len(SECTORS), len(SECTORS)))

    def balance(self) -> dict[str, Array]:
        """Balance sheets at the end of each month, long: assets positive, liabilities negative, only what is there."""
        return self._entries(self._balance, instrument=list(BALANCE_ITEMS), sector=list(SECTORS))

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
