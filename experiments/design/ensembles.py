"""Parameter ensembles: many parameter sets that the evidence allows, so that no result depends on one.

A study with an ``[ensemble]`` table gives every seed a member, the same one at every point of the design: contrasts
stay paired, and each seed means its own draws and parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from microdrama.model.errors import InputError, unknown
from microdrama.model.inputs.files import parse_value, read_table, table_rows
from microdrama.model.inputs.parameters import PARAMETERS, make_parameters

from ..files import shipped_text
from .priors import ENSEMBLE
from .samplers import Factor, points, read_factor

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
        raise InputError(unknown("ensemble", source, SOURCES))
    if source == "prior":
        return points("latin_hypercube", ENSEMBLE, size or SIZE, SEED)
    table = _calibrated()
    if size > len(table):
        raise InputError(f"the calibrated ensemble has {len(table)} members, not {size}")
    return [dict(row) for row in evenly(table, size)]


@cache
def _calibrated() -> tuple[dict[str, float], ...]:
    """Rows of ``experiments/evidence/ensemble.csv``: a column for each parameter, a row for each member."""
    return tuple(_members(table_rows(shipped_text("evidence/ensemble.csv"), "ensemble.csv", ()), "ensemble.csv"))


def own_factors(parameters: Mapping[str, Any]) -> tuple[Factor, ...]:
    """Parameters with the ranges or values that a study gives them.

    Raises
    ------
    InputError
        For what is no parameter, no range, or goes beyond what is allowed.
    """
    found, problems = [], list[str]()
    for name, entry in parameters.items():
        factor, problem = read_factor(name, entry)
        if name in ("months", "scale"):
            problem = "is the same in all runs"
        elif name in PARAMETERS and PARAMETERS[name].kind is int and not factor.values:
            problem = problem or "takes whole numbers: give a list of values"
        problems += [f"'{name}': {problem}"] if problem else []
        for value in () if problem else factor.values or (factor.low, factor.high):
            try:
                make_parameters({name: value})
            except InputError as error:
                problems += error.problems
        found.append(factor)
    if problems:
        raise InputError(dict.fromkeys(problems))
    return tuple(found)


def own_members(factors: Sequence[Factor], sampler: str, size: int, seed: int) -> list[dict[str, Any]]:
    """So many parameter sets of these ranges; :data:`SIZE` for 0.

    Raises
    ------
    InputError
        For a Sobol sequence whose size is no power of two.
    """
    if sampler == "sobol" and size.bit_count() != 1:
        raise InputError(f"'size' = {size}: must be a power of two for the sampler 'sobol'")
    return points(sampler, factors, size or SIZE, seed)


def spread(rows: Sequence[Mapping[str, Any]]) -> tuple[Factor, ...]:
    """Parameters of members that come from no ranges, from their least value to their largest; choices by words not."""
    ends = {name: [row[name] for row in rows] for name, value in rows[0].items() if not isinstance(value, str)}
    return tuple(Factor(name, (), min(v), max(v)) for name, v in ends.items() if min(v) < max(v))


def ensemble_of(source: str, count: int) -> list[dict[str, float]]:
    """So many members of a source, of ``defaults`` (the defaults, a seed each), or of a table.

    Raises
    ------
    InputError
        If the table cannot be read or a value is not allowed.
    """
    if source == "defaults":
        return [{} for _ in range(count)]
    if source == "prior":
        return members(source, count)
    return evenly(members("calibrated"), count) if source in ("", "calibrated") else read_ensemble(source, count)


def read_ensemble(path: str | Path, count: int = 0) -> list[dict[str, float]]:
    """Members of a table with a column for each parameter (and ``member``, their number), ``count`` evenly (0: all).

    Raises
    ------
    InputError
        If the file cannot be read or a value is not allowed.
    """
    return evenly(_members(read_table(path, "ensemble", whole=True), str(path)), count)


def evenly[T](rows: Sequence[T], count: int) -> list[T]:
    """So many of the rows, evenly spread; all if there are no more, or for 0."""
    count = min(count or len(rows), len(rows))
    return [rows[i * len(rows) // count] for i in range(count)]


def _members(rows: list[tuple[int, dict[str, str]]], where: str) -> list[dict[str, float]]:
    found = []
    for line, row in rows:
        values = {name: parse_value(cell) for name, cell in row.items() if name != "member"}
        checked = make_parameters(values, where=f"{where}:{line}")
        found.append({name: getattr(checked, name) for name in values})
    return found
