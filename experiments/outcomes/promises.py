"""Money that cities announced in a run and did not pay, in words."""

from __future__ import annotations

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.inputs.policies import COSTLY
from microdrama.model.panel import PROMISES

PAID_IN_FULL = 0.95
"""Share of what was announced from which nothing is said."""


def unpaid_promises(economy: MicroDramaEconomy) -> list[str]:
    """A sentence for each city that paid less than it announced: years, amounts of the real industry, main reason."""
    panel, scale = economy.panel, economy.p.scale
    found = np.array([[panel.array(f"{what}_{name}_yuan") for name in COSTLY] for what in PROMISES]) / scale
    cut = panel.array("cut_for_debt")
    sentences = (_sentence(name, found[..., city], cut[:, city]) for city, name in enumerate(economy.cities.names))
    return [sentence for sentence in sentences if sentence]


def _sentence(city: str, found: Array, cut: Array) -> str:
    """Of one city; ``found`` are yuan announced, claimed and paid, by instrument and month."""
    announced, claimed, paid = found
    total, given = float(announced.sum()), float(paid.sum())
    if total < 1 or given >= PAID_IN_FULL * total:
        return ""
    missing = dict(zip(COSTLY, np.maximum((announced - claimed).sum(axis=1), 0).tolist(), strict=True))
    short = (claimed - paid).sum(axis=0)
    reasons = {
        "the budget was too small": float(short[cut == 0].sum()),
        "debt at its limit cut all spending": float(short[cut > 0].sum()),
        "new city leaders called no capital for the fund": missing.pop("state_fund"),
        "nobody came for the rest": sum(missing.values()),
    }
    why = max(reasons, key=lambda reason: reasons[reason])
    months = announced.sum(axis=0).nonzero()[0]
    first, last = (month_name(int(month))[:4] for month in months[[0, -1]])
    when = first if first == last else f"{first}-{last}"
    return (
        f"{city}, {when}: of {_amount(total)} yuan announced for film policy {_amount(given)} were paid "
        f"({given / total:.0%}); {why}"
    )


def _amount(number: float) -> str:
    for unit, size in (("bn", 1e9), ("m", 1e6)):
        if number >= 0.95 * size:
            return f"{number / size:.3g}{unit}"
    return f"{number:,.0f}"
