"""Parameter ensembles: many worlds that the evidence allows, so that no claim hangs on one point.

A study with an ``[ensemble]`` table gives every seed a member, the same one at every point of the design: contrasts
stay paired, and each seed is luck and parameters at once.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from microdrama.model.errors import InputError, meant
from microdrama.model.inputs.parameters import PARAMETERS, make_parameters

from .samplers import Factor, places

SOURCES = {
    "prior": "a Latin hypercube over the ranges of what is assumed or estimated and matters",
    "calibrated": "parameter sets that the evidence does not rule out",
}
SIZE = 200
"""Members of the prior unless a study asks for another number."""
SEED = 2021
"""Of the Latin hypercube: the prior is the same wherever it is drawn."""

RANGES = (
    Factor("location_scale", low=0.1, high=0.4, log=True),
    Factor("away_cost", low=0.075, high=0.3, log=True),
    Factor("agglomeration_scale", low=0.25, high=2.5, log=True),
    Factor("entry_scale", low=0.25, high=1.0, log=True),
    Factor("entry_elasticity", low=0.25, high=1.0, log=True),
    Factor("spinoff_share", low=0.2, high=0.6),
    Factor("relocation_rate", low=0.01, high=0.04, log=True),
    Factor("delay_aversion", low=0.1, high=0.4, log=True),
    Factor("queue_aversion", low=0.05, high=0.2, log=True),
    Factor("wage_response", low=0.02, high=0.08, log=True),
    Factor("wage_floor", low=0.7, high=1.1),
    Factor("migration_opportunity", low=0.015, high=0.06, log=True),
    Factor("migration_cost", low=0.75, high=3.0, log=True),
    Factor("newcomer_rate", low=0.6, high=2.4, log=True),
    Factor("commission_share", low=0.4, high=0.9),
    Factor("recommender_feedback", low=0.2, high=0.8),
    Factor("rent_elasticity", low=0.4, high=1.2, log=True),
    Factor("crisis_demand_elasticity", low=0.9, high=2.7),
    Factor("conversion_rate", low=0.01, high=0.04, log=True),
    Factor("land_price_elasticity", low=1.5, high=3.3),
    Factor("film_budget_share", low=0.0025, high=0.02, log=True),
    Factor("designation_appeal", low=0.0, high=0.1),
    Factor("imitation_rate", low=0.001, high=0.004, log=True),
)
"""The prior: half to double of what is assumed, or the range of the sources; none of it is a lever of a study."""


def members(source: str, size: int = 0) -> list[dict[str, float]]:
    """Parameter sets of an ensemble.

    Parameters
    ----------
    source : str
        One of :data:`SOURCES`.
    size : int
        How many; 0 for :data:`SIZE` of the prior and all calibrated ones. Fewer of the calibrated are taken evenly from
        their table; more than there are is an error.

    Raises
    ------
    InputError
        For an unknown source, a size that cannot be had, or a table that cannot be used.
    """
    if source not in SOURCES:
        raise InputError(f"unknown ensemble '{source}'{meant(source, SOURCES)} (known: {', '.join(SOURCES)})")
    if source == "prior":
        units = places("latin_hypercube", RANGES, size or SIZE, SEED)
        return [{f.name: f.at(u) for f, u in zip(RANGES, row)} for row in units]
    table = _calibrated()
    if size > len(table):
        raise InputError(f"the calibrated ensemble has {len(table)} members, not {size}")
    return [dict(table[i * len(table) // size]) for i in range(size)] if size else [dict(row) for row in table]


@cache
def _calibrated() -> tuple[dict[str, float], ...]:
    """Rows of ``experiments/evidence/ensemble.csv``: a column for each parameter, a row for each member."""
    path = files("microdrama.experiments").joinpath("evidence", "ensemble.csv")
    if not path.is_file():
        raise InputError('no calibrated ensemble is shipped with this version: take source = "prior"')
    rows = tuple(
        {name: float(cell) for name, cell in row.items() if name in PARAMETERS}
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    )
    for number, row in enumerate(rows, 2):
        make_parameters(row, where=f"ensemble.csv:{number}")
    return rows
