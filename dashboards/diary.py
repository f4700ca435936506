"""A world's diary: what became of every studio month by month, and of cast and crew in the last twelve months."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from microdrama.model import MicroDramaEconomy
from microdrama.model.accounts.ledger import yuan
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.ids import MONTH_BITS, ORDINAL_BITS, PLACE_BITS

from .names import invented

HIT = 0.5
"""Hits fade, so that a rise by more than this is a new one."""


class StudiosThen(NamedTuple):
    """Studios at the end of a month, by id."""

    id: Array
    cell: Array
    cash_fen: Array
    revenue_fen: Array
    released: Array
    hits: Array
    state_fund: Array
    private_fund: Array


class WorkersThen(NamedTuple):
    """Cast and crew at the end of a month, by id."""

    id: Array
    city: Array
    days: Array
    earned_fen: Array
    away: Array


class Diary:
    """Months of a world; copies share what is past."""

    def __init__(self) -> None:
        self.studios: list[StudiosThen] = []
        self.workers: deque[WorkersThen] = deque(maxlen=12)

    def note(self, economy: MicroDramaEconomy) -> None:
        """The month that has just ended."""
        s, a = economy.studios, economy.actors
        studios = s.id, s.cell, s.cash_fen, s.revenue_fen, s.released, s.hits, s.state_fund, s.private_fund
        small = ("i8", "i4", "i8", "i8", "i4", "f4", "i2", "i2")
        self.studios.append(StudiosThen(*(values.astype(kind) for values, kind in zip(studios, small))))
        workers = a.id, a.city, a.days_worked, a.earned_fen, a.away_until > economy.month
        self.workers.append(WorkersThen(*(v.astype(k) for v, k in zip(workers, ("i8", "i1", "i1", "f4", "?")))))

    def copy(self) -> Diary:
        """For a world that goes on beside this one."""
        other = Diary()
        other.studios, other.workers = list(self.studios), self.workers.copy()
        return other

    # ------------------------------------------------------------------ a studio

    def studio(self, economy: MicroDramaEconomy, key: int) -> dict[str, Any]:
        """A studio's life: events by month, as keys of words with values, and lines for a chart; empty if unknown."""
        rows = [(m, then, at) for m, then in enumerate(self.studios) if (at := _row(then.id, key)) >= 0]
        if not rows:
            return {}
        city, events = economy.region.city, []
        first, then, at = rows[0]
        home = economy.cities.slugs[city[then.cell[at]]]
        own = int(_row(economy.studios.id, key))
        parent = int(economy.studios.parent[own]) if own >= 0 else 0
        if born_in(key) < 0:
            events.append(_event(0, "life_there", city=home))
        else:
            left = invented("studios", parent) if parent else None
            events.append(_event(first, "life_left" if left else "life_founded", city=home, name=left))
        moves = hits = 0
        for (_, before, b), (m, now, n) in pairwise(rows):
            old, new = int(before.cell[b]), int(now.cell[n])
            if city[old] != city[new]:
                events.append(_event(m, "life_moved", city=economy.cities.slugs[city[new]]))
            moves += old != new and city[old] == city[new]
            if now.released[n] > 0 and before.released[b] == 0:
                events.append(_event(m, "life_first"))
            if now.hits[n] > before.hits[b] + HIT:
                hits += 1
                events += [_event(m, "life_hit")] if hits == 1 else []
            for who in ("state_fund", "private_fund"):
                if getattr(now, who)[n] >= 0 > getattr(before, who)[b]:
                    events.append(_event(m, f"life_{who}"))
        last, then, at = rows[-1]
        year = _twelve([float(yuan(now.revenue_fen[n])) for _, now, n in rows])
        if (best := int(np.argmax(year))) and year[best] > 0 and len(rows) > 12:
            events.append(_event(rows[best][0], "life_best", yuan=year[best]))
        if last < len(self.studios) - 1:
            events.append(_event(last + 1, "life_closed", n=int(then.released[at])))
        events.sort(key=lambda event: event["month"])
        return {
            "events": events,
            "moves": int(moves),
            "hits": hits,
            "released": int(then.released[at]),
            "first": first,
            "revenue": [float(f"{v:.4g}") for v in year],
            "cash": [float(f"{float(yuan(now.cash_fen[n])):.4g}") for _, now, n in rows],
        }

    # ------------------------------------------------------------------ one of cast and crew

    def worker(self, economy: MicroDramaEconomy, key: int) -> dict[str, Any]:
        """The last twelve months of one of cast and crew: days, income, where, if burnt out; empty if unknown."""
        start, months = len(self.studios) - len(self.workers), []
        for m, then in enumerate(self.workers, start):
            at = _row(then.id, key)
            if at >= 0:
                months.append(
                    {
                        "date": month_name(m),
                        "days": int(then.days[at]),
                        "yuan": float(f"{float(yuan(then.earned_fen[at])):.4g}"),
                        "city": economy.cities.slugs[then.city[at]],
                        "away": bool(then.away[at]),
                    }
                )
        return {"months": months} if months else {}


def born_in(key: int) -> int:
    """The month in which an id says that its agent came; -1 is the start."""
    return ((key >> (ORDINAL_BITS + PLACE_BITS)) & ((1 << MONTH_BITS) - 1)) - 1


def _row(ids: Array, key: int) -> int:
    """Where an id stands in a month's list, -1 if it does not."""
    at = int(np.searchsorted(ids, key))
    return at if at < len(ids) and ids[at] == key else -1


def _event(month: int, key: str, **values: Any) -> dict[str, Any]:
    return {"month": month, "date": month_name(month), "key": key, **values}


def _twelve(values: list[float]) -> list[float]:
    """Sums over the last twelve months."""
    total = np.cumsum([0.0, *values])
    return [float(total[i + 1] - total[max(0, i - 11)]) for i in range(len(values))]
