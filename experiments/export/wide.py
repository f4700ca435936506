"""Wide tables: a column for each city (flow, sector, measure, platform) instead of a row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from .tables import Tidy
from .variables import numbers_of

ACROSS = {"panel": "city", "flows": "flow", "balance": "sector", "measures": "measure", "platforms": "platform"}
"""What is spread over columns, by table; other tables stay long."""
KEPT = ("run", "point", "seed", "date", "year", "month")
"""What all columns of a row share, beside the key."""


def wide(table: Tidy) -> Tidy:
    """The table with one row for each key without the spread category; itself if it has none.

    Columns are called ``VARIABLE_CATEGORY``. What a table has no entry for is missing.
    """
    across = ACROSS.get(table.name)
    if across is None:
        return table
    spread = table.variable(across)
    key = tuple(name for name in table.key if name != across)
    rows = [v for v in table.variables if v.name in {*key, *KEPT}]
    values = [v for v in table.variables if v.name not in {across, *(v.name for v in rows)}]
    variables = [replace(v) for v in rows] + [
        replace(
            v,
            name=f"{v.name}_{re.sub(r'[^a-z0-9]+', '_', word.casefold())}",
            meaning=f"{word}: {v.meaning}",
            if_missing=f"{v.if_missing}, or no entry" if v.if_missing else "no entry",
        )
        for word in spread.words
        for v in values
    ]
    names = [v.name for v in table.variables]
    head = [names.index(name) for name in table.key[: table.key.index(across)]]

    def blocks() -> Iterator[list[pa.Array]]:
        waiting: list[pa.Array] = []
        for block in table.blocks():
            joined = [pa.concat_arrays([a, b]) for a, b in zip(waiting, block, strict=True)] if waiting else block
            cut = _last_change([numbers_of(joined[i], table.variables[i].kind) for i in head])
            if cut:
                yield _spread([values.slice(0, cut) for values in joined])
            waiting = [values.slice(cut) for values in joined]
        if waiting and len(waiting[0]):
            yield _spread(waiting)

    def _spread(block: list[pa.Array]) -> list[pa.Array]:
        keys = np.stack([numbers_of(block[names.index(name)], table.variable(name).kind) for name in key])
        _, first, row = np.unique(keys, axis=1, return_index=True, return_inverse=True)
        found = [block[names.index(v.name)].take(pa.array(first)) for v in rows]
        at = np.full((len(first), len(spread.words)), -1)
        at[row.ravel(), numbers_of(block[names.index(across)], "category")] = np.arange(keys.shape[1])
        for column in at.T:
            places = pa.array(column, mask=column < 0)
            found += [block[names.index(v.name)].take(places) for v in values]
        return found

    return Tidy(table.name, key, variables, None, blocks, table.title, [f"Wide: a column for each {across}."])


def _last_change(keys: list[Any]) -> int:
    """Where the last group of equal keys begins."""
    changes = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    return int(np.flatnonzero(changes)[-1]) + 1 if changes.any() else 0
