"""Ids that say what an agent is and when and where it came."""

from __future__ import annotations

from typing import Any

from .arrays import Array

ORDINAL_BITS, PLACE_BITS, MONTH_BITS = 22, 20, 12


def stable_ids(kind: int, month: int, place: int | Array, ordinals: int | Array) -> Any:
    """Ids that depend on what an agent is, when and where it came, never on who came before it.

    Parameters
    ----------
    kind : int
        Number of the population (1-15), see :attr:`Table.kind`.
    month : int
        Month of birth; 0 is the first simulated month, -1 the initial population.
    place : int or array
        Key of the city the agent is born into (below 2**20), 0 if it has not chosen yet.
    ordinals : int or array
        Its number among those born alike (below 2**22).

    Returns
    -------
    int64 number, or array (n,) where place or ordinals are one
    """
    head = (kind << MONTH_BITS) + month + 1
    return (((head << PLACE_BITS) + place) << ORDINAL_BITS) + ordinals
