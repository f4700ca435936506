"""Quantities by city and month that data are compared with, read off a run while it goes on.

An :class:`Observer` adds no draw and changes no number of a run. Its table has a row for each month and
city, and one for what belongs to no city of the table (``elsewhere``: platforms with another home, California). Money
and heads are those of the run; :func:`measure` brings them to full size. Small worlds have smaller malls and bases, not
fewer: each counts as that part of one which its floor is of a mall of full size. :data:`LEAST_SCALES` has what is not
right in small worlds all the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from microdrama.model import phases
from microdrama.model.accounts.ledger import yuan
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.categories import GENRES, MODES, ROLE_WORDS, ROLES
from microdrama.model.errors import InputError, meant
from microdrama.model.inputs.policies import COSTLY
from microdrama.model.panel import PROMISES
from microdrama.model.populations.tables import ON_SCREEN, Funds

from .finished_run import ratio

if TYPE_CHECKING:
    from microdrama.model.economy import MicroDramaEconomy

QUANTITIES = "quantities"
"""Value of a study's ``panel`` that asks for these tables instead of the panel's columns."""
ELSEWHERE = "elsewhere"
TOP_PRODUCERS = 100
"""Charts list so many producers (at full size)."""
TOP_TITLES = 0.05
"""Part of the titles that counts as hits."""
TOP_FIRMS = 0.1
"""Part of the firms with revenue that counts as the largest."""
FIRMS_ABOVE = {f"firms_above_{m}m": m * 1e6 for m in (1, 3, 5, 20, 50, 100)} | {"large_firms": 1e7}
"""Revenue of a calendar year that firms must have to be counted."""
COHORT_MONTHS = (12, 24)
"""Ages at which it is counted which studios are still there."""


class Quantity(NamedTuple):
    """A quantity: how it is summed over months and cities, its unit and meaning."""

    kind: str
    """``flow``: summed over months and cities; ``stock``: the last month, summed over cities; ``level``: the mean of
    the months, summed over cities; ``price``: the mean of months and cities; ``ratio``: of other quantities."""
    unit: str
    meaning: str
    parts: tuple[str, ...] = ()
    """Of a ratio: the quantities it is computed from."""
    compute: Callable[..., float] = ratio
    """And how."""


PANEL = {
    "firms": ("studios", "stock"),
    "entries": ("entries", "flow"),
    "exits": ("exits", "flow"),
    "workers": ("workers", "stock"),
    "workers_joined": ("workers_joined", "flow"),
    "paid_days": ("paid_days", "flow"),
    "wages_yuan": ("wages_yuan", "flow"),
    "series_started": ("series_started", "flow"),
    "series_shot": ("series_shot", "flow"),
    "series_released": ("released", "flow"),
    "shoot_days": ("shoot_days", "flow"),
    "series_for_export": ("overseas_started", "flow"),
    "foreign_cast_series": ("foreign_cast_series", "flow"),
    "series_on_base": ("on_base", "flow"),
    "value_yuan": ("value_yuan", "flow"),
    "shooting_spend_yuan": ("local_spending_yuan", "flow"),
    "bases": ("bases", "stock"),
    "base_crews": ("base_crews", "stock"),
    "derelict_malls": ("derelict_malls", "stock"),
    "rent_yuan_m2_month": ("rent_yuan_m2_month", "price"),
    "vacancy_rate": ("vacancy_rate", "price"),
    "set_day_yuan": ("set_hire_yuan_day", "price"),
    "series_cost_yuan": ("series_cost_yuan", "price"),
    "house_index": ("house_index", "price"),
    "rebate_rate": ("rebate_rate", "price"),
    "rent_subsidy_rate": ("rent_subsidy_rate", "price"),
    "designated": ("designated", "price"),
    "film_spent_yuan": ("film_spent_yuan", "flow"),
    "land_income_yuan": ("land_income_yuan", "flow"),
    "fatigue": ("fatigue", "price"),
    "burnt_out": ("burnt_out", "stock"),
    "studio_months": ("studios", "flow"),
    "worker_months": ("workers", "flow"),
    "set_use": ("base_utilisation", "price"),
    "venue_days": ("venue_days", "flow"),
    "venue_day_yuan": ("venue_hire_yuan_day", "price"),
    "city_debt_yuan": ("city_debt_yuan", "stock"),
    **{column: (column, "flow") for what in PROMISES for name in COSTLY for column in (f"{what}_{name}_yuan",)},
}
"""Quantities that are columns of the panel."""
BUILDINGS = ("bases", "derelict_malls", "converted_bases", "converted_outer", "converted_km")
"""Quantities that count malls, and bases in them."""
LEAST_SCALES = {
    **{
        name: (0.5, f"a base has room for a crew, so small worlds have fewer; take {instead}")
        for name, instead in (("bases", "base_floor_m2"), *((n, "converted_floor_m2") for n in BUILDINGS[2:]))
    },
    "converted_floor_m2": (0.1, "one base there is more floor than the largest on record"),
    "top_producers": (0.1, "a list of 100 has fewer than 10 places there; take attention_yuan"),
}
"""Quantities that count what small worlds have too few of: the least scale at which they are right, and why."""
NOT_KEPT = (
    *("own_ended", "own_recovered", "paid_ended", "paid_recovered", "series_removed"),
    *(f"{what}_yuan" for what in ("ended_revenue", "ended_cost", "own_revenue", "own_cost")),
)
"""Quantities that are counted in the records of finished series, which a run keeps if asked to."""
EXIT_AGES = {3: "under 3", 6: "3 to 5", 9: "6 to 8", 12: "9 to 11", 18: "12 to 17", 24: "18 to 23", 36: "24 to 35"}
"""Ages at exit, in months: where a class ends, and its words; the last class is that of all who were older."""

OWN: dict[str, Quantity] = {
    "workers_at_work": Quantity("level", "persons", "cast and crew who worked in the month"),
    "openings": Quantity("flow", "persons", "cast and crew that series ready to be shot needed"),
    "crews_at_work": Quantity("level", "crews", "crews shooting on an average day"),
    "base_floor_m2": Quantity("stock", "m2", "floor space of open film bases"),
    "converted_floor_m2": Quantity("stock", "m2", "floor space of open film bases in former malls"),
    "converted_bases": Quantity("stock", "bases", "film bases in former malls, open or being built"),
    "converted_outer": Quantity("stock", "bases", "of these, in the outer half of the built radius"),
    "converted_km": Quantity("stock", "km", "their distances from the centre, summed"),
    **{
        f"{role}_yuan_day": Quantity("price", "yuan/day", f"posted day rate of {words}")
        for role, words in ROLE_WORDS.items()
    },
    "paid_yuan": Quantity("flow", "yuan", "what viewers pay, by home of the platform"),
    "ad_yuan": Quantity("flow", "yuan", "what advertisers pay, by home of the platform"),
    "overseas_yuan": Quantity("flow", "yuan", "earned abroad, by home of the platform"),
    "largest_platform_yuan": Quantity("flow", "yuan", "of the largest domestic platform of the month"),
    "largest_paid_yuan": Quantity("flow", "yuan", "of the largest platform on which viewers pay"),
    **{
        name: Quantity("stock", "firms", f"firms with a revenue of at least {yuan / 1e6:.0f}m yuan since January")
        for name, yuan in FIRMS_ABOVE.items()
    },
    "top_producers": Quantity("stock", "firms", "of the 100 firms with most attention since January"),
    "top_producers_yuan": Quantity("stock", "yuan", "attention they had since January"),
    "top_titles_yuan": Quantity("stock", "yuan", "attention that the top 5 % of titles had since January"),
    "attention_yuan": Quantity("stock", "yuan", "attention of all series of local firms since January"),
    "released_low": Quantity("flow", "series", "series released that cost less than 300,000 yuan"),
    "released_middle": Quantity("flow", "series", "series released that cost 300,000 yuan to 1m"),
    "released_high": Quantity("flow", "series", "series released that cost at least 1m yuan"),
    "released_cost_yuan": Quantity("flow", "yuan", "cost of the series released"),
    "made_here": Quantity("flow", "series", "series released, by the city they were shot in"),
    "made_here_costume": Quantity("flow", "series", "of these, costume series"),
    "made_here_cost_yuan": Quantity("flow", "yuan", "their cost"),
    "own_ended": Quantity("flow", "series", "firms' own series whose run ended"),
    "own_recovered": Quantity("flow", "series", "of these, with a revenue of at least their cost"),
    "paid_ended": Quantity("flow", "series", "own series for paying viewers whose run ended"),
    "paid_recovered": Quantity("flow", "series", "of these, with a revenue of at least their cost"),
    "ended_revenue_yuan": Quantity("flow", "yuan", "revenue of all series whose run ended"),
    "ended_cost_yuan": Quantity("flow", "yuan", "their cost"),
    "series_removed": Quantity("flow", "series", "series taken off the screen by the regulator"),
    "own_revenue_yuan": Quantity("flow", "yuan", "revenue of firms' own series whose run ended"),
    "own_cost_yuan": Quantity("flow", "yuan", "their cost"),
    "cohort_released": Quantity("flow", "series", "series started in the month that were released since"),
    "cohort_in_work": Quantity("flow", "series", "series started in the month that were still in work at the end"),
    **{
        f"exits_to_{end}": Quantity("flow", "studios", f"studios closed that were {words} months old")
        for end, words in EXIT_AGES.items()
    },
    "exits_older": Quantity(
        "flow", "studios", "studios closed that were older; those of the start are a month old then"
    ),
    **{
        f"cohort_{months}{end}": Quantity("flow", "studios", f"studios founded in the month and {words}")
        for months in COHORT_MONTHS
        for end, words in (("", f"on record for {months} months"), ("_alive", f"still there {months} months later"))
    },
    "mall_vacancy": Quantity("price", "share", "malls without tenants, and other large buildings like them"),
    "film_grant_yuan": Quantity("flow", "yuan", "film budget that cities set aside"),
    "revenue_yuan": Quantity("stock", "yuan", "revenue of all firms since January"),
    "top_firms_yuan": Quantity("stock", "yuan", "revenue since January of the tenth of firms with most of it"),
    **{
        f"{sector}_{what}_yuan": Quantity("stock", "yuan", f"{sector} funds: {words}")
        for sector in ("private", "state")
        for what, words in (("invested", "invested so far"), ("back", "dividends so far, and stakes held at cost"))
    },
}
"""Quantities that the observer counts itself."""


def _over(part: str, whole: str, meaning: str, unit: str = "share") -> Quantity:
    return Quantity("ratio", unit, meaning, (part, whole))


def _median_age(*exits: float) -> float:
    """Median age at exit from exits by class, even within a class; of the oldest class it is where that begins."""
    total, below, begin = sum(exits), 0.0, 0
    for number, end in zip(exits, EXIT_AGES, strict=False):
        if number and below + number >= total / 2:
            return begin + (total / 2 - below) / number * (end - begin)
        below, begin = below + number, end
    return float(begin) if total else float("nan")


def _of_all(what: str, whole: str) -> Quantity:
    parts = tuple(f"{kind}_{name}_yuan" for kind in (what, whole) for name in COSTLY)
    meaning = f"film money {what} over film money {whole}"
    n = len(COSTLY)
    return Quantity("ratio", "share", meaning, parts, lambda *yuan: ratio(sum(yuan[:n]), sum(yuan[n:])))


RATIOS = {
    **{
        f"survival_{months}": _over(f"cohort_{months}_alive", f"cohort_{months}", f"studios there {months} months on")
        for months in COHORT_MONTHS
    },
    "pay_spread": _over("lead_yuan_day", "extra_yuan_day", "day rate of leads over that of extras", "ratio"),
    "made_here_budget_yuan": _over("made_here_cost_yuan", "made_here", "cost of a series shot in the city", "yuan"),
    "costume_share": _over("made_here_costume", "made_here", "costume series, of those shot in the city"),
    "entry_rate": _over("entries", "studio_months", "studios founded in a year, of those there", "share/year")._replace(
        compute=lambda number, months: 12 * ratio(number, months)
    ),
    "exit_rate": _over("exits", "studio_months", "studios closed in a year, of those there", "share/year")._replace(
        compute=lambda number, months: 12 * ratio(number, months)
    ),
    "exit_age_months": Quantity(
        "ratio",
        "months",
        "median age of the studios that closed",
        (*(f"exits_to_{end}" for end in EXIT_AGES), "exits_older"),
        _median_age,
    ),
    "abandoned_share": Quantity(
        "ratio",
        "share",
        "series started that were never released",
        ("cohort_released", "cohort_in_work", "series_started"),
        lambda out, in_work, started: 1 - ratio(out + in_work, started),
    ),
    "own_margin": _over("own_cost_yuan", "own_revenue_yuan", "profit of firms' own series, of revenue")._replace(
        compute=lambda cost, revenue: 1 - ratio(cost, revenue)
    ),
    "commission_margin": Quantity(
        "ratio",
        "share",
        "profit of commissioned series, of revenue",
        ("ended_cost_yuan", "own_cost_yuan", "ended_revenue_yuan", "own_revenue_yuan"),
        lambda cost, own_cost, revenue, own: 1 - ratio(cost - own_cost, revenue - own),
    ),
    "worker_income_yuan_month": _over(
        "wages_yuan", "worker_months", "film income of a month of a person of the trade", "yuan/month"
    ),
    "days_per_worker": _over(
        "paid_days", "worker_months", "days paid in a month of a person of the trade", "days/month"
    ),
    "venue_share": _over("venue_days", "shoot_days", "shooting days at sales halls, villas, banquet halls and hotels"),
    "announced_paid_share": _of_all("paid", "announced"),
    "claimed_paid_share": _of_all("paid", "claimed"),
    "private_fund_multiple": _over(
        "private_back_yuan",
        "private_invested_yuan",
        "private funds: dividends and stakes at cost, of invested",
        "multiple",
    ),
    "state_fund_multiple": _over(
        "state_back_yuan", "state_invested_yuan", "state funds: dividends and stakes at cost, of invested", "multiple"
    ),
    "top_firms_share": _over(
        "top_firms_yuan", "revenue_yuan", "revenue since January of the tenth of firms with most of it"
    ),
    "export_share": _over("series_for_export", "series_started", "series started for viewers abroad"),
    "days_per_series": _over("shoot_days", "series_shot", "shooting days of a series", "days"),
    "base_share": _over("series_on_base", "series_shot", "series shot at a film base"),
    "pay_yuan_day": _over("wages_yuan", "paid_days", "pay of a day of cast and crew", "yuan/day"),
    "employment_rate": _over("workers_at_work", "workers", "workers who worked"),
    "budget_yuan": _over("released_cost_yuan", "series_released", "cost of a series released", "yuan"),
    "low_budget_share": _over("released_low", "series_released", "series released that cost less than 300,000 yuan"),
    "middle_budget_share": _over("released_middle", "series_released", "series released that cost 300,000 yuan to 1m"),
    "high_budget_share": _over("released_high", "series_released", "series released that cost at least 1m yuan"),
    "recovered_share": _over(
        "own_recovered", "own_ended", "own series that earned their cost back, of those that ended"
    ),
    "recovered_share_paid": _over(
        "paid_recovered", "paid_ended", "own series for paying viewers that earned their cost back"
    ),
    "profit_share": _over(
        "ended_cost_yuan", "ended_revenue_yuan", "profit of series that ended, of their revenue"
    )._replace(compute=lambda cost, revenue: 1 - ratio(cost, revenue)),
    "top_producers_share": _over(
        "top_producers_yuan", "attention_yuan", "attention since January that the 100 largest producers had"
    ),
    "top_titles_share": _over(
        "top_titles_yuan", "attention_yuan", "attention since January that the top 5 % of titles had"
    ),
    "platform_yuan": _over(
        "paid_yuan", "ad_yuan", "domestic spending on platforms, by home of the platform", "yuan"
    )._replace(compute=lambda paid, advertised: paid + advertised),
    "paid_share": _over("paid_yuan", "platform_yuan", "domestic spending that viewers pay"),
    "free_share": _over("ad_yuan", "platform_yuan", "domestic spending that advertisers pay"),
    "largest_platform_share": _over(
        "largest_platform_yuan", "platform_yuan", "domestic spending on the largest platform"
    ),
    "largest_paid_platform_share": _over(
        "largest_paid_yuan", "paid_yuan", "what viewers pay on the largest of these platforms"
    ),
    "outer_conversion_share": _over(
        "converted_outer", "converted_bases", "converted malls in the outer half of the built radius"
    ),
    "conversion_km": _over("converted_km", "converted_bases", "mean distance of converted malls from the centre", "km"),
}
"""Quantities computed from others."""


@cache
def quantities() -> dict[str, Quantity]:
    """All quantities by name."""
    from microdrama.model.panel import COLUMNS

    panel = {name: Quantity(kind, *COLUMNS[column]) for name, (column, kind) in PANEL.items()}
    return panel | OWN | RATIOS


def made_of(name: str) -> set[str]:
    """Quantities that one is computed from; itself if it is no ratio."""
    parts = quantities()[name].parts
    return set().union(*map(made_of, parts)) if parts else {name}


@cache
def version() -> str:
    """Hash of this file: tables made by another version of it are never mixed with those of this one."""
    return hashlib.sha256(Path(__file__).read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:12]


class Observer:
    """Observes an economy from its first month on; :meth:`table` has the quantities.

    An economy made without ``keep_series`` keeps no record of finished series; :meth:`table` leaves out what is counted
    in them (:data:`NOT_KEPT`), and :meth:`value` refuses it.

    Raises
    ------
    InputError
        If the economy has run already: what happened is not kept.

    Examples
    --------
    >>> from microdrama import MicroDramaEconomy
    >>> economy = MicroDramaEconomy("baseline", rng=1, scale=0.02)
    >>> observer = Observer(economy)
    >>> economy.run_for(2)
    >>> float(observer.value("firms", "2021-02") > 0)
    1.0
    """

    def __init__(self, econ: MicroDramaEconomy) -> None:
        if econ.month >= 0:
            raise InputError(f"the economy has run to {month_name(econ.month)}: it is observed from its first month on")
        self.econ, k = econ, len(econ.cities)
        self.names = [*PANEL, *OWN]
        self.months: list[Array] = []
        self.now: dict[str, Array] = {name: np.zeros(k + 1) for name in OWN}
        self._attention = np.zeros(0, np.int64), np.zeros(0)
        self._titles = _Tally()
        self._revenue = _Tally()
        self._ended = len(econ.panel._series)
        self._there = self._studios()
        self._founded: list[tuple[Array, Array]] = []
        for phase, count in (
            (phases.hire, self._count_recruiting),
            (phases.remove_from_screen, self._count_removals),
            (phases.share_attention, self._count_attention),
            (phases.record_month, self._record),
        ):
            econ.phases.insert(econ.phases.index(phase) + 1, count)

    def _count_recruiting(self, econ: MicroDramaEconomy) -> None:
        p = econ.p
        crew = p.extras + p.crew + p.actors + p.leads
        self.now["openings"] += crew * self._by(econ.series.city[econ.booking[0]])
        self.now["workers_at_work"] += self._by(econ.actors.city[econ.actors.days_worked > 0])

    def _count_removals(self, econ: MicroDramaEconomy) -> None:
        for part in econ.panel._series[self._ended :]:
            self.now["series_removed"] += self._by(part["home"])

    def _count_attention(self, econ: MicroDramaEconomy) -> None:
        """Attention of this month, before series whose run is over leave the table."""
        series, now = econ.series, self.now
        out = series.released == econ.month
        self._by_start("cohort_released", series.born[out], series.home[out])
        live = np.flatnonzero(series.stage == ON_SCREEN)
        ids, views = series.id[live], series.views[live]
        self._titles.add(ids, views - _at(*self._attention, ids), series.studio[live], series.home[live])
        self._attention = ids, views
        new = live[series.released[live] == econ.month]
        cost = yuan(series.cost_fen[new])
        tier = np.searchsorted([econ.p.province_yuan, econ.p.national_yuan], cost, side="right")
        for number, name in enumerate(("released_low", "released_middle", "released_high")):
            now[name] += self._by(series.home[new], tier == number)
        now["released_cost_yuan"] += self._by(series.home[new], cost)
        made = series.city[new]
        now["made_here"] += self._by(made)
        now["made_here_costume"] += self._by(made, series.genre[new] == GENRES.index("costume"))
        now["made_here_cost_yuan"] += self._by(made, cost)

    def _record(self, econ: MicroDramaEconomy) -> None:
        now, p, k = self.now, econ.p, len(econ.cities)
        platforms, bases, studios, region = econ.platforms, econ.bases, econ.studios, econ.region
        gross = yuan(platforms.gross_fen)
        for mode, name in enumerate(MODES):
            now[f"{name}_yuan"] += self._by(platforms.city, gross * (platforms.mode == mode))
        for name, among in (("largest_platform_yuan", platforms.mode < 2), ("largest_paid_yuan", platforms.mode == 0)):
            largest = int(np.argmax(gross * among))
            now[name][platforms.city[largest]] += gross[largest]
        opened = bases.opens <= econ.month
        now["base_floor_m2"] += self._by(bases.city, bases.floor_m2 * opened)
        converted = bases.mall_id != 0
        km = region.distance_km[bases.cell]
        now["converted_floor_m2"] += self._by(bases.city, bases.floor_m2 * (opened & converted))
        now["converted_bases"] += self._by(bases.city, converted)
        now["converted_km"] += self._by(bases.city, converted * km)
        now["converted_outer"] += self._by(bases.city, converted & (2 * km > econ.cities.built_radius_km[bases.city]))
        now["crews_at_work"][:k] = econ.panel.last("shoot_days") / 30
        for role, name in enumerate(ROLES):
            now[f"{name}_yuan_day"][:k] = econ.day_rates[:, role]
        self._revenue.add(studios.id, yuan(studios.revenue_fen), studios.id, studios.city)
        for name, least in FIRMS_ABOVE.items():
            now[name] += self._by(self._revenue.home[self._revenue.total >= least])
        self._count_leaders(round(TOP_PRODUCERS * p.scale))
        self._count_ended(econ)
        self._count_exits(econ)
        now["mall_vacancy"][:k] = econ.retail_vacancy
        now["film_grant_yuan"][:k] = yuan(econ.officials.film_grant_fen)
        self._count_returns(econ.private_funds, studios.private_fund, studios.private_cost_fen)
        self._count_returns(econ.state_funds, studios.state_fund, studios.state_cost_fen)
        of_panel = {name: np.append(econ.panel.last(column), 0.0) for name, (column, _) in PANEL.items()}
        every = of_panel | {name: now[name] for name in OWN}
        part = p.mall_m2 / p.mall_size_m2
        self.months.append(np.stack([every[name] * (part if name in BUILDINGS else 1) for name in self.names]))
        self.now = {name: np.zeros(k + 1) for name in OWN}
        if econ.month % 12 == 11:
            self._titles, self._revenue = _Tally(), _Tally()

    def _studios(self) -> tuple[Array, Array, Array]:
        studios = self.econ.studios
        return studios.id.copy(), studios.born.copy(), studios.city.copy()

    def _count_exits(self, econ: MicroDramaEconomy) -> None:
        """Ages of the studios that were there a month ago and are gone, and revenue of the largest of all."""
        ids, born, city = self._there
        gone = ~np.isin(ids, econ.studios.id)
        classes = np.searchsorted([*EXIT_AGES], econ.month - born[gone], side="right")
        for number, name in enumerate((*(f"exits_to_{end}" for end in EXIT_AGES), "exits_older")):
            self.now[name] += self._by(city[gone], classes == number)
        self._there = ids, born, city = self._studios()
        new = born == econ.month
        self._founded.append((ids[new], city[new]))
        for months in COHORT_MONTHS:
            if (start := len(self._founded) - 1 - months) >= 0:
                founded, where = self._founded[start]
                for name, among in (
                    (f"cohort_{months}", founded == founded),
                    (f"cohort_{months}_alive", np.isin(founded, ids)),
                ):
                    self.months[start][self.names.index(name)] += self._by(where, among)
        home, total = self._revenue.home, self._revenue.total
        self.now["revenue_yuan"] += self._by(home, total)
        top = np.argsort(-total, kind="stable")[: round(TOP_FIRMS * np.count_nonzero(total))]
        self.now["top_firms_yuan"] += self._by(home[top], total[top])

    def _count_returns(self, funds: Funds, holder: Array, cost_fen: Array) -> None:
        """What funds invested and have of it: a state fund's in its city, a private one's elsewhere."""
        sector = {"PF": "private", "SF": "state"}[funds.sector]
        held = np.bincount(holder[holder >= 0], cost_fen[holder >= 0], len(funds.id))
        self.now[f"{sector}_invested_yuan"] += self._by(funds.city, yuan(funds.invested_fen))
        self.now[f"{sector}_back_yuan"] += self._by(funds.city, yuan(funds.returned_fen + held))

    def _by_start(self, name: str, born: Array, home: Array) -> None:
        """Add series to the months in which they were started, and to the cities of their studios."""
        for month in np.unique(born[born >= 0]).tolist():
            row = self.months[month][self.names.index(name)] if month < len(self.months) else self.now[name]
            row += self._by(home[born == month])

    def _count_leaders(self, places: int) -> None:
        """Who has had most attention since January: the first of the producers, and of their titles."""
        titles, now = self._titles, self.now
        now["attention_yuan"] += self._by(titles.home, titles.total)
        count = max(1, round(TOP_TITLES * len(titles.total)))
        top = np.argsort(-titles.total, kind="stable")[:count]
        now["top_titles_yuan"] += self._by(titles.home[top], titles.total[top])
        who, first, inverse = np.unique(titles.owner, return_index=True, return_inverse=True)
        total = np.bincount(inverse, titles.total, len(who))
        best = np.argsort(-total, kind="stable")[: max(1, places)]
        home = titles.home[first[best]]
        now["top_producers"] += self._by(home)
        now["top_producers_yuan"] += self._by(home, total[best])

    def _count_ended(self, econ: MicroDramaEconomy) -> None:
        parts, self._ended = econ.panel._series[self._ended :], len(econ.panel._series)
        for part in parts:
            home, cost, revenue = part["home"], yuan(part["cost_fen"]), yuan(part["revenue_fen"])
            own, back = ~part["commissioned"] & (part["born"] >= 0), revenue >= cost
            paid = own & (econ.platforms.mode[part["platform"]] == 0)
            for name, chosen in (
                ("own_ended", own),
                ("own_recovered", own & back),
                ("paid_ended", paid),
                ("paid_recovered", paid & back),
            ):
                self.now[name] += self._by(home, chosen)
            made = part["born"] >= 0  # those on screen at the start were made before
            for prefix, among in (("ended", made), ("own", own)):
                self.now[f"{prefix}_revenue_yuan"] += self._by(home, revenue * among)
                self.now[f"{prefix}_cost_yuan"] += self._by(home, cost * among)

    def _by(self, city: Array, weight: Array | None = None) -> Array:
        """(cities + 1,) sums by city; what has none (-1) comes last."""
        k = len(self.econ.cities)
        return np.bincount(np.where(city < 0, k, city), weight, k + 1)

    def table(self) -> dict[str, Any]:
        """The quantities, long: a row for each month and city, and one for elsewhere."""
        cities, series = [*self.econ.cities.slugs, ELSEWHERE], self.econ.series
        values = np.stack(self.months, axis=1) if self.months else np.zeros((len(self.names), 0, len(cities)))
        in_work = (series.stage < ON_SCREEN) & (series.born >= 0)
        home = np.where(series.home < 0, len(cities) - 1, series.home)
        np.add.at(values[self.names.index("cohort_in_work")], (series.born[in_work], home[in_work]), 1)
        table: dict[str, Any] = {
            "month": np.repeat([month_name(m) for m in range(len(self.months))], len(cities)),
            "city": np.tile(cities, len(self.months)),
        }
        kept = self.econ.panel._keep
        return table | {n: v.ravel() for n, v in zip(self.names, values, strict=True) if kept or n not in NOT_KEPT}

    def value(self, name: str, month: str, city: str = "all") -> float:
        """A quantity of a month, at full size.

        Raises
        ------
        InputError
            For an unknown quantity, or one that is counted in records that the run does not keep.
        """
        if name not in quantities():
            raise InputError(
                f"unknown quantity '{name}'{meant(name, quantities())}; there are: {', '.join(quantities())}"
            )
        if not self.econ.panel._keep and made_of(name) & {*NOT_KEPT}:
            raise InputError(f"{name} is counted in records of finished series: make the economy with keep_series=True")
        observed = Observations.of(self.table(), self.econ.p.scale)
        at = observed.months.index(month)
        return observed.measure(name, observed.rows(city), at, at)


class _Tally:
    """Running totals by id since January, in the order of ids."""

    def __init__(self) -> None:
        self.id, self.total = np.zeros(0, np.int64), np.zeros(0)
        self.owner, self.home = np.zeros(0, np.int64), np.zeros(0, np.int64)

    def add(self, ids: Array, amounts: Array, owner: Array, home: Array) -> None:
        every = np.union1d(self.id, ids)
        old, new = np.searchsorted(every, self.id), np.searchsorted(every, ids)
        total, who, where = np.zeros(len(every)), np.zeros(len(every), np.int64), np.zeros(len(every), np.int64)
        total[old], who[old], where[old] = self.total, self.owner, self.home
        total[new] += amounts
        who[new], where[new] = owner, home
        self.id, self.total, self.owner, self.home = every, total, who, where


def _at(ids: Array, values: Array, which: Array) -> Array:
    """Values by id, zero for those not there; ids ascending."""
    if not len(ids):
        return np.zeros(len(which))
    near = np.minimum(np.searchsorted(ids, which), len(ids) - 1)
    return np.where(ids[near] == which, values[near], 0.0)


class Observations:
    """The table of one run as arrays, for :func:`measure`."""

    def __init__(
        self, months: Sequence[str], cities: Sequence[str], columns: Mapping[str, Array], scale: float
    ) -> None:
        self.months, self.cities, self.columns, self.scale = list(months), list(cities), columns, scale
        """(months, cities + elsewhere) arrays."""

    @classmethod
    def of(cls, table: Mapping[str, Any], scale: float) -> Observations:
        """From a table of :meth:`Observer.table`, or an Arrow table of a sweep."""
        names = [name for name in (*PANEL, *OWN) if name in table]
        columns = {name: np.asarray(table[name]) for name in ("month", "city", *names)}
        cities = list(dict.fromkeys(map(str, columns["city"][: np.argmax(columns["city"] == ELSEWHERE) + 1])))
        months = list(map(str, columns["month"][:: len(cities)]))
        shape = len(months), len(cities)
        return cls(months, cities, {name: columns[name].reshape(shape) for name in names}, scale)

    def rows(self, city: str) -> list[int]:
        """Columns of a city, of several (``"a+b"``), or of ``all`` with what is elsewhere."""
        return [*range(len(self.cities))] if city == "all" else [self.cities.index(one) for one in city.split("+")]

    def measure(self, name: str, rows: Sequence[int], first: int, last: int) -> float:
        """A quantity of some cities from one month to another, at full size."""
        quantity = quantities()[name]
        if quantity.parts:
            return quantity.compute(*(self.measure(part, rows, first, last) for part in quantity.parts))
        if quantity.kind == "price":
            rows = [row for row in rows if self.cities[row] != ELSEWHERE]
        part = self.columns[name][first : last + 1, rows]
        if quantity.kind == "price":
            return float(part.mean()) if part.size else float("nan")
        total = {"flow": part.sum, "stock": part[-1:].sum, "level": part.sum}[quantity.kind]()
        return float(total) / self.scale / (len(part) if quantity.kind == "level" else 1)
