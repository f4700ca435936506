"""Who is responsible for how much: Shapley values over mechanisms that are switched on and off."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from microdrama.model.arrays import Array

from .contrast import Contrast, of_differences

type Coalition = frozenset[str]


class Decomposition(NamedTuple):
    """What each player adds to an outcome.

    Attributes
    ----------
    values : dict of str to Contrast
        Shapley values, computed seed by seed; they sum to ``total``.
    first_in, last_in : dict of str to Contrast
        What a player adds to nobody, and to everybody else.
    interactions : dict of (str, str) to Contrast
        Shapley interaction index of each pair (Grabisch & Roubens 1999, doi:10.1007/s001820050125).
    total : Contrast
        All players against none.
    draws : dict
        What the contrasts are means of, seed by seed, by kind (``"value"``, ``"first in"``, ``"last in"``,
        ``"interaction"``) and player or pair.
    """

    values: dict[str, Contrast]
    first_in: dict[str, Contrast]
    last_in: dict[str, Contrast]
    interactions: dict[tuple[str, str], Contrast]
    total: Contrast
    draws: dict[tuple[str, Any], Array]


def decompose(outcome: Mapping[Coalition, Array]) -> Decomposition:
    """Shapley decomposition of an outcome known for every coalition of players, under common seeds.

    Parameters
    ----------
    outcome : mapping of frozenset of str to (seeds,) array
        One entry for each of the 2**n sets of players that are on.

    Raises
    ------
    ValueError
        If a coalition is missing.

    Notes
    -----
    Shapley (1953); for models with uncertain input Owen (2014, doi:10.1137/130936233) and Song, Nelson & Staum (2016,
    doi:10.1137/15M1048070). Averages over all orders in which players can come, so no order has to be chosen, and what
    two do only together is split between them: look at the interactions, and at first and last in, before a value is
    read as an effect.

    Examples
    --------
    A game in which two players make 4 only together, and a third always 1:

    >>> game = {frozenset(s): np.array([4.0 * ("a" in s and "b" in s) + ("c" in s)] * 2)
    ...         for s in ("", "a", "b", "c", "ab", "ac", "bc", "abc")}
    >>> found = decompose(game)
    >>> {name: round(value.mean, 12) for name, value in found.values.items()}
    {'a': 2.0, 'b': 2.0, 'c': 1.0}
    >>> found.interactions["a", "b"].mean, found.interactions["a", "c"].mean
    (4.0, 0.0)
    """
    players = sorted(frozenset().union(*outcome))
    if missing := [s for s in _subsets(players) if s not in outcome]:
        raise ValueError(f"no outcome for {{{', '.join(sorted(missing[0]))}}} ({len(missing)} coalitions are missing)")
    v = {s: np.asarray(outcome[s], float) for s in _subsets(players)}
    n, everyone = len(players), frozenset(players)

    def average(of: Sequence[str]) -> Array:
        """Mean over the orders of the others of what the players of ``of`` do together and no part of them does."""
        others = [p for p in players if p not in of]
        k = len(of)
        total = np.zeros_like(v[everyone])
        for s in _subsets(others):
            weight = math.factorial(len(s)) * math.factorial(n - len(s) - k) / math.factorial(n - k + 1)
            for part in _subsets(of):
                total += weight * (-1) ** (k - len(part)) * v[s | part]
        return total

    nobody = frozenset[str]()
    draws: dict[tuple[str, Any], Array] = {("value", p): average([p]) for p in players}
    draws |= {("first in", p): v[frozenset([p])] - v[nobody] for p in players}
    draws |= {("last in", p): v[everyone] - v[everyone - {p}] for p in players}
    draws |= {("interaction", pair): average(pair) for pair in combinations(players, 2)}

    def contrasts(kind: str) -> dict[Any, Contrast]:
        return {who: of_differences(values) for (of, who), values in draws.items() if of == kind}

    return Decomposition(
        contrasts("value"),
        contrasts("first in"),
        contrasts("last in"),
        contrasts("interaction"),
        of_differences(v[everyone] - v[nobody]),
        draws,
    )


def _subsets(players: Sequence[str]) -> list[Coalition]:
    return [frozenset(s) for size in range(len(players) + 1) for s in combinations(players, size)]
