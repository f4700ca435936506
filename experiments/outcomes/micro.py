"""Who works for whom, and what each studio paid and was paid: noted while a month runs; nothing of it is changed."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from microdrama.model.accounts.ledger import FLOWS, entry, fen
from microdrama.model.arrays import Array
from microdrama.model.categories import ROLES
from microdrama.model.compiled import compiled
from microdrama.model.decisions import workers as rules
from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.phases.studios import crew_of

from ..files import Columns

COSTS = (
    *("script", "wages", "foreign_cast", "california", "set_hire", "location_hire", "inputs", "office_rent"),
    *("film_tax", "fines"),
)
"""Flows that studios pay."""
RECEIPTS = ("commission", "guarantee", "revenue_share", "equity", "rent_subsidy", "rebate")
"""Flows that studios receive."""
IN_KIND = ("park_services", "housing")
"""Flows that cities pay to others for what a studio gets."""
CLAIMS = ("rent_subsidy", "rebate", *IN_KIND)
FIRM_COLUMNS: Columns = {
    "jobs": ("people", "cast and crew it hired this month; one who works on two of its series counts twice"),
    "job_days": ("days", "days for which it paid them"),
    **{f"paid_{name}_yuan": ("yuan", f"paid this month: {FLOWS[name].meaning}") for name in COSTS},
    **{f"received_{name}_yuan": ("yuan", f"received this month: {FLOWS[name].meaning}") for name in RECEIPTS},
    **{f"received_{name}_yuan": ("yuan", f"worth to it this month: {FLOWS[name].meaning}") for name in IN_KIND},
    **{f"claimed_{name}_yuan": ("yuan", f"claimed this month: {FLOWS[name].meaning}") for name in CLAIMS},
}
"""Of studios, beside their state."""
JOB_COLUMNS: Columns = {
    "month": ("YYYY-MM", "month"),
    "actor": ("id", "the worker, as in the table actors"),
    "studio": ("id", "the employer, as in the tables studios and series"),
    "born": ("YYYY-MM", "month in which the series was started, as in the table series (empty: before the start)"),
    "slot": ("", "number among the studio's series of that month, as in the table series"),
    "city": ("", "city of the shooting"),
    "role": ("", "extra, crew, actor or lead"),
    "days": ("days", "days worked on the series"),
    "wage_yuan": ("yuan", "paid for these days"),
}


class Observer:
    """Notes jobs and payments of studios month by month: :meth:`begin` before a run, :meth:`month` after each month.

    It looks at the economy before the phases that hire and pay rents and at every payment, and changes nothing; what it
    says of hiring follows from the same draws and is held against the books.
    """

    def begin(self, econ: MicroDramaEconomy) -> None:
        """Put it into the month of an economy."""
        for name, look in (
            ("close_studios", self._payments),
            ("pay_studio_costs", self._rent_claims),
            ("hire", self._crews),
        ):
            econ.phases.insert([getattr(phase, "__name__", "") for phase in econ.phases].index(name), look)
        self._make_room(econ)
        self._pay, studios = econ.ledger.pay, econ.studios
        self._clear()

        def pay(flow: str, payer: Any, payee: Any, amounts_fen: Array, received_fen: Array | None = None) -> None:
            self._pay(flow, payer, payee, amounts_fen, received_fen)
            for prefix, known, (table, rows), amounts in (
                ("paid", COSTS, payer, amounts_fen),
                ("received", RECEIPTS, payee, amounts_fen if received_fen is None else received_fen),
            ):
                if table is studios and flow in known and np.size(amounts):
                    whose = np.broadcast_to(np.array(studios.id[rows]), np.shape(amounts))
                    self._sums[f"{prefix}_{flow}_yuan"].append((whose, np.array(amounts)))

        econ.ledger.pay = pay  # type: ignore[method-assign]

    def _clear(self) -> None:
        self._sums: dict[str, list[tuple[Array, Array]]] = defaultdict(list)
        self._served: dict[str, Array] = {}
        self.jobs: dict[str, Array] = {}

    def month(self, econ: MicroDramaEconomy) -> tuple[dict[str, Array], dict[str, Array]]:
        """The month's columns of the studios that are there at its end (:data:`FIRM_COLUMNS`), and its jobs."""
        self._payments(econ)
        self._make_room(econ)
        owner, _, claim = econ.rebate_claims
        self._sums["claimed_rebate_yuan"].append((self._hiring[owner], claim))
        ids, found = econ.studios.id, {}
        for name, (unit, _) in FIRM_COLUMNS.items():
            values = np.zeros(len(ids), np.int64)
            for whose, amounts in self._sums[name]:
                at = np.searchsorted(ids, whose)
                there = (at < len(ids)) & (ids[np.minimum(at, len(ids) - 1)] == whose)
                np.add.at(values, at[there], amounts[there])
            found[name] = values / 100 if unit == "yuan" else values
        jobs = self.jobs
        self._clear()
        return found, jobs

    def _make_room(self, econ: MicroDramaEconomy) -> None:
        econ.ledger.keep_journal(40 * (len(econ.studios) + len(econ.series)) + 20_000)

    def _payments(self, econ: MicroDramaEconomy) -> None:
        """Take those of compiled phases from the journal, before rows of studios change."""
        journal, ids = econ.ledger.take_journal(), econ.studios.id
        for prefix, known, side in (("paid", COSTS, 1), ("received", RECEIPTS, 2)):
            for name in known:
                for pair in FLOWS[name].pairs.split():
                    if pair.split(">")[side - 1] == "ST":
                        mine = journal[journal[:, 0] == entry(name, pair)]
                        self._sums[f"{prefix}_{name}_yuan"].append((ids[mine[:, side]], mine[:, 3]))
        for name, whose in self._served.items():
            given = np.isin(journal[:, 0], [entry(name, pair) for pair in FLOWS[name].pairs.split()])
            if given.any():  # to each who claims, in order
                self._sums[f"received_{name}_yuan"].append((whose, journal[given, 3]))

    def _rent_claims(self, econ: MicroDramaEconomy) -> None:
        studios, city = econ.studios, econ.studios.city
        rent = fen(econ.region.rent[studios.cell] * econ.p.office_m2_per_studio)
        claims = rent * econ.officials.rent_subsidy[city]
        if econ.supports:
            of_rent, *in_kind = fen(econ.support[:, studios.cell])
            claims += of_rent
            for name, given in zip(IN_KIND, in_kind, strict=True):
                whose = (given > 0) & ~studios.inert
                self._served[name] = studios.id[whose]
                self._sums[f"claimed_{name}_yuan"].append((studios.id[whose], given[whose]))
        self._sums["claimed_rent_subsidy_yuan"].append((studios.id.copy(), np.floor(claims).astype(np.int64)))

    def _crews(self, econ: MicroDramaEconomy) -> None:
        """(L1, L2) As :func:`microdrama.model.phases.labour.hire` is about to do it."""
        p, actors, series, k = econ.p, econ.actors, econ.series, len(econ.cities)
        ready, days = econ.booking.series, econ.booking.days
        owner = econ.owners[ready]
        self._hiring = econ.studios.id.copy()
        page = actors.city * len(ROLES) + actors.role
        sheet, first = econ.draws("worker.call").shuffle(actors.id, page, k * len(ROLES))
        tired = 1 + p.fatigue_pay * p.fatigue * actors.fatigue
        crew = crew_of(econ)
        project, worker, wage = _crews(
            econ.draws("hire.order").order(series.key[ready]),
            series.city[ready],
            days,
            rules.bid_factor(econ.studios.quality[owner], p.bid_least, p.bid_slope, p.bid_quality_cap),
            crew,
            p.least_crew_share * crew.sum(),
            sheet,
            first,
            econ.day_rates,
            econ.reservation,
            np.where(actors.away_until <= econ.month, actors.reservation_factor * tired, np.nan),
            np.full(len(actors), p.working_days_month),
            fen(1) / 2,
        )
        rows, length = ready[project], days[project]
        self.jobs = {
            "actor": actors.id[worker],
            "studio": self._hiring[owner[project]],
            "born": series.born[rows],
            "slot": series.slot[rows],
            "city": series.city[rows],
            "role": actors.role[worker],
            "days": length,
            "wage_yuan": wage / 100,
        }
        self._sums["jobs"].append((self.jobs["studio"], np.ones(len(rows), np.int64)))
        self._sums["job_days"].append((self.jobs["studio"], length))


@compiled
def _crews(  # type: ignore[no-untyped-def]
    turn, city, days, bids, crew, enough, sheet, first, day_rates, reservation, price, left, half
):
    """(L1, L2) Positions of series, rows of workers and wages in fen of all who are hired; ``left`` is filled."""
    roles, complete = len(crew), crew.sum()
    project, worker = np.empty(complete * len(city), np.int64), np.empty(complete * len(city), np.int64)
    wage = np.empty(complete * len(city), np.int64)
    following, n = first[:-1].copy(), 0
    for at_turn in turn:
        done = n
        for role in range(roles):
            page = city[at_turn] * roles + role
            begin, end = first[page], first[page + 1]
            bid, least = bids[at_turn] * day_rates[city[at_turn], role], reservation[city[at_turn], role]
            limit = bid / least if least > 0 else np.inf
            at, calls, missing = following[page], end - begin, crew[role]
            while calls > 0 and missing > 0:
                who = sheet[at]
                if (price[who] <= limit) & (left[who] >= days[at_turn]):
                    project[done], worker[done] = at_turn, who
                    wage[done] = np.int64(half * (least * price[who] + bid) + 0.5) * days[at_turn]
                    done += 1
                    missing -= 1
                calls -= 1
                at += 1
                if at == end:
                    at = begin
            following[page] = at
        if done - n >= enough:
            for i in range(n, done):
                left[worker[i]] -= days[at_turn]
            n = done
    return project[:n], worker[:n], wage[:n]
