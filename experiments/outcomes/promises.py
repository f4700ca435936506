"""Money that cities announced in a run and did not pay: outcomes of the worst case, and sentences."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.inputs.policies import COSTLY
from microdrama.model.panel import PROMISES

from .finished_run import FinishedRun
from .registry import outcome

PAID_IN_FULL = 0.95
"""Share of what was announced from which nothing is said."""
SHORT_BUDGET, DEBT, NO_CAPITAL, NOBODY = (
    "the budget was too small",
    "debt at its limit cut all spending",
    "new city leaders called no capital for the fund",
    "nobody came for the rest",
)


class Unpaid(NamedTuple):
    """What a city announced and did not pay of one instrument, or of all; an outcome ``unpaid_...`` each."""

    city: str = ""
    what: str = ""
    first: float = np.nan
    """Year in which anything was announced first."""
    last: float = np.nan
    announced: float = 0.0
    """Yuan of the real industry."""
    paid: float = 0.0
    why: str = ""

    @property
    def missing(self) -> float:
        return self.announced - self.paid

    def __str__(self) -> str:
        when = f"{self.first:.0f}" if self.first == self.last else f"{self.first:.0f}-{self.last:.0f}"
        return (
            f"{self.city}, {when}: of {amount(self.announced)} yuan announced for {self.what} {amount(self.paid)} "
            f"were paid ({self.paid / self.announced:.0%}); {self.why}"
        )


def unpaid_promises(economy: MicroDramaEconomy) -> list[str]:
    """A sentence for each city that paid less than it announced: years, amounts of the real industry, main reason."""
    found, cut = _money(economy)
    cities = enumerate(economy.cities.names)
    all_of_them = (_unpaid(name, [*COSTLY], found[..., city], cut[:, city]) for city, name in cities)
    return [str(unpaid) for unpaid in all_of_them if unpaid.city]


def in_runs(runs: Any) -> str:
    """A sentence on the city and instrument with most announced money not paid, of the runs of one world.

    Parameters
    ----------
    runs : pandas.DataFrame
        Rows with the outcomes ``unpaid_...``.
    """
    short = runs[runs["unpaid_city"] != ""]
    if not len(short):
        return "no announced money was left unpaid"
    short = short.assign(missing=short["unpaid_announced_yuan"] - short["unpaid_paid_yuan"])
    worst = short.groupby(["unpaid_city", "unpaid_what"])["missing"].sum().idxmax()
    own = short[(short["unpaid_city"] == worst[0]) & (short["unpaid_what"] == worst[1])]
    why = own.groupby("unpaid_why")["missing"].sum().idxmax()
    first, last = own["unpaid_first_year"].min(), own["unpaid_last_year"].max()
    announced, paid = (float(own[f"unpaid_{what}_yuan"].mean()) for what in ("announced", "paid"))
    often = "" if len(own) == len(runs) else f" (in {len(own)} of {len(runs)} runs, of which these are the means)"
    return f"{Unpaid(worst[0], worst[1], first, last, announced, paid, why)}{often}"


def _money(economy: MicroDramaEconomy) -> tuple[Array, Array]:
    """Yuan announced, claimed and paid at full size, (3, instruments, months, cities), and months in which debt cut."""
    panel = economy.panel
    found = np.array([[panel.array(f"{what}_{name}_yuan") for name in COSTLY] for what in PROMISES])
    return found / economy.p.scale, panel.array("cut_for_debt")


def _unpaid(city: str, names: list[str], found: Array, cut: Array) -> Unpaid:
    """Of one city; ``found`` are yuan announced, claimed and paid, by instrument and month."""
    announced, claimed, paid = found
    total, given = float(announced.sum()), float(paid.sum())
    if total < 1 or given >= PAID_IN_FULL * total:
        return Unpaid()
    missing = dict(zip(names, np.maximum((announced - claimed).sum(axis=1), 0).tolist(), strict=True))
    short = (claimed - paid).sum(axis=0)
    reasons = {
        SHORT_BUDGET: float(short[cut == 0].sum()),
        DEBT: float(short[cut > 0].sum()),
        NO_CAPITAL: missing.pop("state_fund", 0.0),
        NOBODY: sum(missing.values()),
    }
    months = announced.sum(axis=0).nonzero()[0]
    first, last = (float(month_name(int(month))[:4]) for month in months[[0, -1]])
    what = COSTLY[names[0]] if len(names) == 1 else "film policy"
    return Unpaid(city, what, first, last, total, given, max(reasons, key=lambda reason: reasons[reason]))


def _worst(run: FinishedRun) -> Unpaid:
    """Of the city and instrument with most money announced and not paid."""
    found, cut = _money(run.economy)
    cases = (
        _unpaid(city, [name], found[:, i : i + 1, :, k], cut[:, k])
        for k, city in enumerate(run.economy.cities.names)
        for i, name in enumerate(COSTLY)
    )
    return max(cases, key=lambda case: case.missing)


def amount(number: float) -> str:
    """An amount in few digits: 1.5bn, 50m, 300,000."""
    for unit, size in (("bn", 1e9), ("m", 1e6)):
        if abs(number) >= 0.95 * size:
            return f"{number / size:.3g}{unit}"
    return f"{number:,.0f}"


WORST = "city and instrument with most money announced and not paid (under 95 % was)"
OUTCOMES = {
    "unpaid_city": ("", f"city of the {WORST}; empty if there is none", "city"),
    "unpaid_what": ("", f"instrument of the {WORST}", "what"),
    "unpaid_first_year": ("year", f"{WORST}: first year with money announced", "first"),
    "unpaid_last_year": ("year", f"{WORST}: last year with money announced", "last"),
    "unpaid_announced_yuan": ("yuan", f"{WORST}: announced, at full size", "announced"),
    "unpaid_paid_yuan": ("yuan", f"{WORST}: paid, at full size", "paid"),
    "unpaid_why": ("", f"{WORST}: main reason", "why"),
}
"""Outcomes that say what was not paid, in every table of runs: unit, meaning, and where it stands."""
for _name, (_unit, _meaning, _field) in OUTCOMES.items():
    outcome(_name, _unit, _meaning)(lambda run, field=_field: getattr(run.once(_worst), field))
