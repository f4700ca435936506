"""Studios that close, workers that move (S11, L5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..decisions import workers as rules
from ..decisions.studios import choose
from ..ledger import fen
from ..populations import ON_SCREEN
from .settlement import pay_owners

if TYPE_CHECKING:
    from ..economy import MicroDramaEconomy


def close_studios(econ: MicroDramaEconomy) -> None:
    """(S11) Studios beyond their credit line or long idle close.

    What is left goes to the owners; what is missing is written off by the bank in the same month. Series not yet
    released are abandoned; those on screen run on, and the platform keeps what they earn.
    """
    p, studios, series = econ.p, econ.studios, econ.series
    if not p.exit:
        return
    gone = (studios.cash_fen < -fen(p.credit_line_yuan)) | (studios.idle_months >= p.idle_limit_months)
    gone &= ~studios.inert
    rows = np.flatnonzero(gone)
    if not len(rows):
        return
    cash = studios.cash_fen[rows]
    econ.panel.now["exits"] += np.bincount(studios.city[rows], minlength=len(econ.cities))
    econ.ledger.pay("loans", (econ.rest_of_china, 0), (studios, rows[cash < 0]), -cash[cash < 0])
    pay_owners(econ, rows[cash > 0], cash[cash > 0])
    closing = studios.id[rows]
    nearest = closing[np.minimum(np.searchsorted(closing, series.studio), len(closing) - 1)]
    orphaned = (nearest == series.studio) & (series.stage != ON_SCREEN)
    econ.counts["abandoned"] += int(orphaned.sum())
    series.remove(orphaned)
    studios.remove(gone)


def move_workers(econ: MicroDramaEconomy) -> None:
    """(L5) Some workers look around and move where real income less the cost of moving is best: a gravity logit."""
    p, luck, actors = econ.p, econ.luck, econ.actors
    if not p.migration:
        return
    movers = np.flatnonzero(luck("migration.consider").happens(actors.id, p.migration_opportunity))
    home, role = actors.city[movers], actors.role[movers]
    prices = econ.cities.price_level if p.price_level else np.ones(len(econ.cities))
    # Work to hope for: recent bookings and a day's odd job, so that a city without film is poor, not impossible.
    days = p.working_days_month * np.minimum(econ.tightness, 1) + 1
    income = rules.real_income(econ.day_rates, days, prices[:, None], p.price_level_exponent)
    cost = rules.moving_cost(econ.region.travel_hours, p.migration_cost, p.migration_cost_hour)
    value = np.log(income).T[role] - cost[home]
    city = choose(value, p.migration_scale, luck("migration.city").gumbel(actors.id[movers], econ.cities.keys))
    econ.panel.now["workers_in"] += np.bincount(city[city != home], minlength=len(econ.cities))
    actors.city[movers] = city
