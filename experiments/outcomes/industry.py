"""Outcomes beyond shares and concentration: jobs, public money, funds, income, content, and where money flows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from microdrama.model.accounts.ledger import FEN_PER_YUAN, FLOWS
from microdrama.model.agglomeration import net_agglomeration
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.measures import shares

from ..analysis.dynamics import tipping_month

if TYPE_CHECKING:
    from microdrama.model.economy import MicroDramaEconomy

YEAR = 12
WORKING_DAYS = 22
"""Paid days that make a job-month."""
IDLE_MONTHS = 6
"""A studio without a project for so long, or with an overdraft, counts as a zombie if a state fund holds it."""

_OF_A_CITY = {
    "job_months": ("job-months", f"paid days of cast and crew over {WORKING_DAYS}, all months"),
    "series_shot": ("series", "series shot, all months"),
    "wages_yuan": ("yuan", "paid to cast and crew, all months"),
    "net_public_cost_yuan": (
        "yuan",
        "public money spent on film less local taxes of the industry, discounted at what cities pay on debt, and less "
        "what its fund paid back",
    ),
    "workers": ("persons", "cast and crew at the end"),
    "base_crews": ("crews", "crews that open film bases can host at the end"),
    "income_yuan_month": ("yuan/month", "film income of a worker in the trade, last 12 months"),
    "series_cost_yuan": ("yuan", "expected cost of a series shot by a local studio, last 12 months"),
    "hours_day": ("hours/day", "length of a shooting day, last 12 months"),
    "burnt_out_share": ("share", "workers who take no work for months, last 12 months"),
}
"""Outcomes of the focal city (``city_...``) and of all cities."""

_OF_ALL = {
    "a_net": ("1", "net-agglomeration index at the end: above 1 an even split would not last"),
    "tipping_month": ("months", "month from which one city leads by 10 points of shooting days for a year; nan: none"),
    "state_fund_multiple": ("multiple", "state funds: dividends and stakes held, at cost, per yuan invested"),
    "private_fund_multiple": ("multiple", "private funds: the same"),
    "state_fund_written_off": ("share", "of what state funds invested, in studios that closed"),
    "state_zombie_share": ("share", "studios with a state fund that are idle or overdrawn, at the end"),
    "exits": ("studios", "studios closed, all months"),
    "overseas_series": ("series", "series for viewers abroad started in the last 12 months"),
    "california_series": ("series", "series for viewers abroad shot in California, last 12 months"),
    "edge": ("0-1", "mean edge of the series shot in the last 12 months"),
    "caught": ("series", "series that inspectors found on their sets, all months"),
    "views_gini": ("0-1", "Gini coefficient of views over series that ended in the last 12 months"),
    "views_top_share": ("share", "views of the top hundredth of these series"),
    "worker_income_gini": ("0-1", "Gini coefficient of workers' usual film income at the end"),
}


def more_columns(slugs: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Unit and meaning of every outcome of :func:`more_outcomes`."""
    columns = dict(_OF_ALL)
    for name, (unit, meaning) in _OF_A_CITY.items():
        columns[f"city_{name}"] = (unit, f"focal city: {meaning}")
        columns[f"all_{name}"] = (unit, f"all cities: {meaning}")
    for what, words in (("platform_gross", "spending on platforms, by head office"), ("wages", "wages")):
        columns |= {f"share_{what}_{slug}": ("share", f"{slug}'s share in {words}, last 12 months") for slug in slugs}
    columns |= {f"flow_{name}_yuan": ("yuan", f"{flow.meaning}, last 12 months") for name, flow in FLOWS.items()}
    return columns


def more_outcomes(economy: MicroDramaEconomy, row: int) -> dict[str, float]:
    """Outcomes of a run of at least one month; ``row`` is that of the focal city."""
    panel, slugs = economy.panel, economy.cities.slugs
    found = {"a_net": net_agglomeration(economy).a_net}
    by_city = _by_city(economy)
    found |= {f"city_{name}": values[0][row] for name, values in by_city.items()}
    found |= {f"all_{name}": values[1] for name, values in by_city.items()}

    days = np.cumsum(panel.array("shoot_days"), axis=0)
    year = days - np.vstack([np.zeros((min(YEAR, len(days)), len(slugs))), days[:-YEAR]])
    total = year.sum(axis=1, keepdims=True)
    tipped = tipping_month(np.divide(year, total, out=np.full(year.shape, np.nan), where=total > 0))
    found["tipping_month"] = tipped if tipped >= 0 else np.nan

    studios = economy.studios
    for name, funds, cost in (
        ("state", economy.state_funds, studios.state_cost_fen),
        ("private", economy.private_funds, studios.private_cost_fen),
    ):
        invested = funds.invested_fen.sum()
        found[f"{name}_fund_multiple"] = _ratio(funds.returned_fen.sum() + cost.sum(), invested)
        if name == "state":
            found["state_fund_written_off"] = _ratio(funds.written_off_fen.sum(), invested)
    backed = (studios.state_bp > 0) & ~studios.inert
    zombie = backed & ((studios.idle_months >= IDLE_MONTHS) | (studios.cash_fen < 0))
    found["state_zombie_share"] = _ratio(zombie.sum(), backed.sum())

    last = {
        name: panel.array(name)[-YEAR:]
        for name in (
            "overseas_started",
            "california_series",
            "edge",
            "series_shot",
            "platform_gross_yuan",
            "wages_yuan",
        )
    }
    found |= {
        "exits": panel.array("exits").sum(),
        "overseas_series": last["overseas_started"].sum(),
        "california_series": last["california_series"].sum(),
        "edge": _ratio((last["edge"] * last["series_shot"]).sum(), last["series_shot"].sum()),
        "caught": panel.array("caught").sum(),
        "worker_income_gini": gini(economy.actors.usual_fen),
    }
    series = panel.series()
    views = (
        np.sort(series["views"][series["ended"] >= month_name(max(len(panel) - YEAR, 0))]) if series else np.zeros(0)
    )
    found["views_gini"] = gini(views)
    found["views_top_share"] = _ratio(views[-max(1, len(views) // 100) :].sum(), views.sum()) if len(views) else np.nan

    for what in ("platform_gross", "wages"):
        part = shares(last[f"{what}_yuan"].sum(axis=0))
        found |= {f"share_{what}_{slug}": share for slug, share in zip(slugs, part, strict=True)}
    flows = panel.flows()
    recent = flows["month"] >= month_name(max(len(panel) - YEAR, 0))
    paid = dict.fromkeys(FLOWS, 0)
    for name, amount in zip(flows["flow"][recent], flows["fen"][recent], strict=True):
        paid[name] += int(amount)
    found |= {f"flow_{name}_yuan": amount / FEN_PER_YUAN for name, amount in paid.items()}
    return found


def _by_city(economy: MicroDramaEconomy) -> dict[str, tuple[Array, float]]:
    """Each outcome by city, and of all of them together."""
    panel = economy.panel
    months = len(panel)
    weight = (1 + economy.p.city_interest_year / 12) ** -np.arange(months)
    net = panel.array("film_spent_yuan") - panel.array("film_tax_yuan")
    back = economy.state_funds.distributed_fen / FEN_PER_YUAN * weight[-1]
    last = {
        name: panel.array(name)[-YEAR:]
        for name in ("workers", "wages_yuan", "burnt_out", "hours_day", "series_cost_yuan", "series_shot")
    }
    shot = last["series_shot"].sum(axis=0)
    workers = last["workers"].sum(axis=0)
    sums = {
        "job_months": panel.array("paid_days").sum(axis=0) / WORKING_DAYS,
        "series_shot": panel.array("series_shot").sum(axis=0),
        "wages_yuan": panel.array("wages_yuan").sum(axis=0),
        "net_public_cost_yuan": weight @ net - back,
        "workers": panel.last("workers"),
        "base_crews": panel.last("base_crews"),
    }
    found = {name: (values, float(values.sum())) for name, values in sums.items()}
    for name, above, below in (
        ("income_yuan_month", last["wages_yuan"].sum(axis=0), workers),
        ("burnt_out_share", last["burnt_out"].sum(axis=0), workers),
        ("series_cost_yuan", last["series_cost_yuan"].mean(axis=0) * shot, shot),
        ("hours_day", last["hours_day"].mean(axis=0) * shot, shot),
    ):
        by_city = np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)
        found[name] = by_city, _ratio(above.sum(), below.sum())
    return found


def gini(values: Array) -> float:
    """Gini coefficient of amounts that are not negative; nan if there are none.

    >>> gini(np.array([1.0, 1.0, 1.0])), round(gini(np.array([0.0, 0.0, 3.0])), 12)
    (0.0, 0.666666666667)
    """
    sizes = np.sort(np.asarray(values, float))
    n, total = len(sizes), sizes.sum()
    return float((2 * np.arange(1, n + 1) - n - 1) @ sizes / (n * total)) if total > 0 else float("nan")


def _ratio(above: Any, below: Any) -> float:
    return float(above / below) if below else float("nan")
