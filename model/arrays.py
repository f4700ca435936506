"""Arrays: their type, and sums and orders that are the same everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compiled import compiled

Array = np.ndarray[Any, np.dtype[Any]]


def dot(values: Array, weights: Array) -> Array:
    """``values @ weights`` without BLAS, whose sums differ from one kind of processor to the next.

    Parameters
    ----------
    values : (m, n) or (n,) array
    weights : (n,) array
    """
    return (values * weights).sum(axis=-1)


@compiled
def total(values):  # type: ignore[no-untyped-def]
    """The sum of up to 128 values, added in the order in which numpy adds them: eight at a time."""
    part, whole = values[:8].copy(), len(values) // 8 * 8
    for i in range(8, whole):
        part[i % 8] += values[i]
    added = 0.0
    if whole:
        added = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]))
    for i in range(whole, len(values)):
        added += values[i]
    return added


def times(weights: Any, values: Array) -> Array:
    """``weights @ values`` of a sparse ``csr_array`` (m, n) and an (n,) array, row by row in its order."""
    rows = len(weights.indptr) - 1
    row = np.repeat(np.arange(rows), np.diff(weights.indptr))
    return np.bincount(row, weights.data * values[weights.indices], rows)


def rising(values: Array) -> Array:
    """Positions in rising order, ties as they stand."""
    return values.argsort(kind="stable")
