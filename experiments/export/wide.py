"""Wide tables: a column for each city (flow, sector, measure, platform) instead of a row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

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
    names = [v.name for v in table.variables]
    spread, key = table.variables[names.index(across)], tuple(name for name in table.key if name != across)
    rows = [v for v in table.variables if v.name in {*key, *KEPT}]
    values = [v for v in table.variables if v.name not in {*key, *KEPT, across}]
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
    head = table.key[: table.key.index(across)]

    def blocks() -> Iterator[list[pa.Array]]:
        waiting: list[pa.Array] = []
        for block in table.blocks():
            joined = [pa.concat_arrays([a, b]) for a, b in zip(waiting, block, strict=True)] if waiting else block
            keys = [numbers_of(joined[names.index(name)]) for name in head]
            cut = int(np.argmax(np.all([key == key[-1] for key in keys], axis=0)))  # where the last group begins
            if cut:
                yield _spread([values.slice(0, cut) for values in joined])
            waiting = [values.slice(cut) for values in joined]
        if waiting and len(waiting[0]):
            yield _spread(waiting)

    def _spread(block: list[pa.Array]) -> list[pa.Array]:
        column = dict(zip(names, block, strict=True))
        keys = np.stack([numbers_of(column[name]) for name in key])
        _, first, row = np.unique(keys, axis=1, return_index=True, return_inverse=True)
        at = np.full((len(first), len(spread.words)), -1)
        at[row.ravel(), numbers_of(column[across])] = np.arange(keys.shape[1])
        places = [pa.array(rows, mask=rows < 0) for rows in at.T]
        same = [column[v.name].take(pa.array(first)) for v in rows]
        return same + [column[v.name].take(rows) for rows in places for v in values]

    return Tidy(table.name, key, variables, None, blocks, table.title, [f"Wide: a column for each {across}."])
