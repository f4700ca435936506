"""Where the model and its twin differ."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from microdrama.model import MicroDramaEconomy
from microdrama.model.accounts.ledger import FLOWS, SECTORS
from microdrama.model.categories import BALANCE_ITEMS
from microdrama.model.inputs.scenario import Scenario
from microdrama.model.panel import COLUMNS

from .twin import Twin


def side_by_side(months: int, scenario: Scenario | str, seed: int, **values: Any) -> tuple[MicroDramaEconomy, Twin]:
    """The same world run by both."""
    econ = MicroDramaEconomy(scenario, rng=seed, **values)
    econ.run_for(months)
    return econ, Twin(econ.scenario, seed).run(months)


def apart(months: int, scenario: Scenario | str, seed: int, **values: Any) -> list[tuple[Any, ...]]:
    """Where both differ in the first month in which they do; nothing if they agree."""
    econ = MicroDramaEconomy(scenario, rng=seed, **values)
    twin = Twin(econ.scenario, seed)
    for month in range(months):
        econ.run_for(1)
        if found := list(differences(econ, twin.run(1), month)):
            return found
    return []


def differences(econ: MicroDramaEconomy, twin: Twin, first: int = 0) -> Iterator[tuple[Any, ...]]:
    """Month, entry and both numbers where panel, flows or balance sheets differ by more than the rounding of a sum,
    from a month on.

    Where an amount lies on the edge of rounding that is a fen; several may meet in one number.
    """
    flows, sectors, items = list(FLOWS), list(SECTORS), list(BALANCE_ITEMS)
    assert len(econ.panel) == len(twin.months) == len(twin.flows) > 0
    stored = [kept[first:] for kept in (econ.panel._months, econ.panel._ledger, econ.panel._balance)]
    for month, (panel, ledger, sheet) in enumerate(zip(*stored, strict=True), first):
        for mine, (column, (unit, _)) in zip(panel, COLUMNS.items(), strict=True):
            other = np.array(twin.months[month][column])
            edge = 0.021 if unit == "yuan" else 1e-4 if column == "honoured_share" else 1e-9  # a fen of a few claimed
            if not np.allclose(mine, other, rtol=1e-9, atol=edge, equal_nan=True):
                yield month, column, mine, other
        booked = {(flows[f], sectors[a], sectors[b]): int(ledger[f, a, b]) for f, a, b in zip(*ledger.nonzero())}
        owned = {(items[i], sectors[a]): int(sheet[i, a]) for i, a in zip(*sheet.nonzero())}
        for here, there in ((booked, twin.flows[month]), (owned, twin.sheets[month])):
            for entry in here.keys() | there.keys():
                mine, other = here.get(entry, 0), there.get(entry, 0)
                if abs(mine - other) > 5 + 1e-10 * abs(mine):
                    yield month, entry, mine, other
