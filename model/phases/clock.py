"""Beginning and end of the month: books opened, identities checked."""

from __future__ import annotations

import numpy as np

from ..accounts.balance import balance_sheets, check_balance
from ..accounts.ledger import LedgerError
from ..over_state import over_state
from ..populations.tables import FINISHING, ON_SCREEN, PREPARATION
from ..state import State, count_pairs, market_in, phase


@phase(
    reads="actors draws market",
    writes="ledger draws officials.film_spent_fen panel.* pool spending studios.revenue_fen studios.slate written_off",
)
def open_month(econ: State) -> None:
    """New draws, empty books, and what viewers and advertisers will spend this month."""
    econ.draws.month, econ.written_off = econ.month, {}
    econ.ledger.open_month()
    econ.panel.open_month()
    econ.spending, econ.pool = _begin(econ)


@over_state
def _begin(econ):  # type: ignore[no-untyped-def]
    """What studios and officials did last month is over; the market's spending, and who is there to work."""
    econ.studios.slate[:], econ.studios.revenue_fen[:], econ.officials.film_spent_fen[:] = 0, 0, 0
    actors, pool = econ.actors, econ.pool
    return market_in(econ, econ.month), count_pairs(actors.city, actors.role, pool.shape[0], pool.shape[1])


@phase(
    reads="actors audit balance bases counts house_index leavers_days ledger officials panel pool private_funds region "
    "series slots state_funds studios venue_overrun written_off",
    writes="balance",
)
def check_identities(econ: State) -> None:
    """Money always; space, people, pipeline and budgets of every agent in audited runs.

    Raises
    ------
    LedgerError
        Naming the identity, the place and what is missing.
    """
    opening, econ.balance = econ.balance, balance_sheets(econ, econ.ledger.check())
    check_balance(econ, opening, econ.balance)
    if not econ.audit:
        return
    region, actors = econ.region, econ.actors
    used = region.occupied_m2 + region.film_m2 + region.vacancy * region.stock_m2
    _hold(np.abs(used - region.stock_m2) <= 1e-6 * region.stock_m2, "offices used and vacant make up the stock", "cell")
    _hold(region.vacancy >= -1e-9, "no cell lets more floor space than it has", "cell")
    _hold(actors.days_worked <= econ.p.working_days_month, "nobody works more days than there are", "worker")
    worked, paid = int(actors.days_worked.sum()) + econ.leavers_days, int(econ.panel.now["paid_days"].sum())
    _hold(np.array([worked == paid]), f"days worked ({worked}) are days paid ({paid})", "total")
    _hold(actors.cash_fen >= 0, "no worker owes money", "worker")
    stages = np.bincount(econ.series.stage, minlength=3)
    count, waiting = econ.counts, stages[PREPARATION] + stages[FINISHING]
    _hold(
        np.array([count["started"] == count["released"] + count["withdrawn"] + count["abandoned"] + waiting]),
        f"series started {count['started']} = released {count['released']} + withdrawn {count['withdrawn']} "
        f"+ abandoned {count['abandoned']} + in work {waiting}",
        "total",
    )
    _hold(
        np.array([count["released"] == count["ended"] + stages[ON_SCREEN]]),
        f"series released {count['released']} = ended {count['ended']} + on screen {stages[ON_SCREEN]}",
        "total",
    )
    taken = np.maximum(econ.slots.free - 30.0 * econ.month, 0)
    room = np.bincount(econ.bases.rows(econ.slots.base), taken, len(econ.bases))
    _hold(econ.bases.booked_days <= room + 1e-6, "no base sells a day of a crew's room twice", "base")
    sold = econ.panel.now["venue_days"]
    _hold(sold <= 30 * econ.venue_crews + econ.venue_overrun + 1e-6, "venues let no day twice", "city")
    people = len(actors) - int(econ.panel.now["workers_joined"].sum() - econ.panel.now["workers_left"].sum())
    _hold(np.array([people == econ.pool.sum()]), "people stay, join or leave", "total")
    _hold(econ.studios.mandate_left_fen >= 0, "no promise is kept more than once", "studio")
    _hold(econ.officials.film_budget_fen >= 0, "no city spends more on film than its budget", "city")
    _hold(econ.private_funds.cash_fen >= 0, "no private fund invests more than it has", "fund")
    _hold(econ.state_funds.cash_fen >= 0, "no state fund invests more than was called", "fund")
    stakes = econ.studios.private_bp + econ.studios.state_bp
    _hold((stakes >= 0) & (stakes <= 10_000), "stakes of a studio sum to at most one", "studio")


def _hold(true: np.ndarray, identity: str, place: str) -> None:
    if not true.all():
        raise LedgerError(f"identity broken: {identity}; {place} {int(np.flatnonzero(~true)[0])} does not")
