"""Arrays: their type, and sums and orders that are the same everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def dot(values: Array, weights: Array) -> Array:
    """``values @ weights`` without BLAS, whose sums differ from one kind of processor to the next.

    Parameters
    ----------
    values : (m, n) or (n,) array
    weights : (n,) array
    """
    return (values * weights).sum(axis=-1)


def times(weights: Any, values: Array) -> Array:
    """``weights @ values`` of a sparse ``csr_array`` (m, n) and an (n,) array, row by row in its order."""
    rows = len(weights.indptr) - 1
    row = np.repeat(np.arange(rows), np.diff(weights.indptr))
    return np.bincount(row, weights.data * values[weights.indices], rows)


def rising(values: Array) -> Array:
    """Positions in rising order, ties as they stand."""
    return values.argsort(kind="stable")
