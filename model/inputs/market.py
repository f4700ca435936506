"""The national market and its platforms, from small tables that carry their sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from ..arithmetic import exp, interp, log
from ..arrays import Array
from ..calendar import FIRST_YEAR
from ..categories import MODES
from .files import shipped_text, table_rows


@dataclass(frozen=True)
class PlatformInputs:
    """Platforms: names, mode (index into MODES), share of the mode's audience, headquarters (slug or empty)."""

    names: list[str]
    mode: Array
    share: Array
    city: list[str]

    def __post_init__(self) -> None:
        for values in (self.mode, self.share):
            values.flags.writeable = False  # all economies of a process share them


@cache
def shipped_platforms() -> PlatformInputs:
    """Platforms shipped with the package; shares sum to one within each mode."""
    needed = {"platform", "mode", "audience_share", "city", "sources"}
    rows = [row for _, row in table_rows(shipped_text("platforms.csv"), "platforms.csv", needed)]
    mode = np.array([MODES.index(row["mode"]) for row in rows])
    share = np.array([float(row["audience_share"]) for row in rows])
    total = np.bincount(mode, share, len(MODES))
    return PlatformInputs([r["platform"] for r in rows], mode, share / total[mode], [r["city"] for r in rows])


@dataclass(frozen=True)
class Market:
    """Monthly spending by mode: ``yuan[mode, month]`` from January 2021, constant after the table's last year."""

    yuan: Array = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "yuan", np.ascontiguousarray(self.yuan))
        self.yuan.flags.writeable = False  # all economies of a process share it

    def __setstate__(self, state: dict[str, Array]) -> None:
        vars(self).update(state)
        self.yuan.flags.writeable = False

    def at(self, month: int) -> Array:
        """(modes,) yuan in a month."""
        result: Array = self.yuan[:, min(month, self.yuan.shape[1] - 1)]
        return result


def _monthly(annual: Array) -> Array:
    """Months whose levels follow the years smoothly and sum exactly to each year's total.

    Log-linear between mid-years, then scaled within each year.
    """
    mid = 12 * np.arange(len(annual)) + 5.5
    months = np.arange(12 * len(annual))
    level = exp(interp(months, mid, log(np.maximum(annual, 1e-9))))
    by_year = level.reshape(-1, 12)
    return (by_year * (annual / by_year.sum(axis=1))[:, None]).ravel()


@cache
def shipped_market() -> Market:
    """The national market 2021-2024 as observed and the scenario after (yuan a month; overseas in USD a month)."""
    needed = {"year", "domestic_bn_yuan", "ad_funded_share", "overseas_million_usd", "sources"}
    rows = sorted(
        (row for _, row in table_rows(shipped_text("market.csv"), "market.csv", needed)), key=lambda r: int(r["year"])
    )
    domestic = np.array([float(r["domestic_bn_yuan"]) for r in rows]) * 1e9
    ad = np.array([float(r["ad_funded_share"]) for r in rows])
    abroad = np.array([float(r["overseas_million_usd"]) for r in rows]) * 1e6
    skip = 12 * (FIRST_YEAR - int(rows[0]["year"]))
    return Market(np.stack([_monthly(domestic * (1 - ad)), _monthly(domestic * ad), _monthly(abroad)])[:, skip:])
