"""Parameter ensembles: many worlds that the evidence allows, so that no claim hangs on one point.

A study with an ``[ensemble]`` table gives every seed a member, the same one at every point of the design: contrasts
stay paired, and each seed means its own draws and parameters.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from microdrama.model.errors import InputError, meant
from microdrama.model.inputs.files import table_rows
from microdrama.model.inputs.parameters import PARAMETERS, make_parameters

from .priors import ENSEMBLE
from .samplers import places

SOURCES = {
    "prior": "a Latin hypercube over the ranges of what is assumed or estimated and matters",
    "calibrated": "parameter sets that the evidence does not rule out",
}
SIZE = 200
"""Members of the prior unless a study asks for another number."""
SEED = 2021
"""Of the Latin hypercube: the prior is the same wherever it is drawn."""


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
        units = places("latin_hypercube", ENSEMBLE, size or SIZE, SEED)
        return [{f.name: f.at(u) for f, u in zip(ENSEMBLE, row)} for row in units]
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
        for _, row in table_rows(path.read_text(encoding="utf-8"), path.name, ())
    )
    for number, row in enumerate(rows, 2):
        make_parameters(row, where=f"ensemble.csv:{number}")
    return rows
