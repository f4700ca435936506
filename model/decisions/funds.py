"""Investment funds (F1-F2)."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..compiled import compiled


def stake_bp(ticket: float, premoney_ratio: float) -> int:
    """(F1) Stake bought, in basis points: ``ticket / (ticket + value before)``."""
    return round(10_000 * ticket / (ticket * (1 + premoney_ratio)))


def diluted(stake: int, bought: int) -> int:
    """(F1) What is left of an older stake, in basis points, once a new one is bought."""
    return stake * (10_000 - bought) // 10_000


_diluted = njit(diluted)


@compiled
def buy_stakes(  # type: ignore[no-untyped-def]
    capital, home, ticket, bought, ranked, low, city, free, promising, backer, stake, cost, others
):
    """(F1, G7) One after another, funds buy stakes in studios, a ticket each, best first, while their capital lasts.

    A fund buys at home in who has no fund of its kind yet, backs a studio of its own again when it runs low, and takes,
    as if they were local, studios from elsewhere that promise to spend in its city. Older stakes are diluted.

    Parameters
    ----------
    capital, home : (funds,) fen; city, -1 for a fund at home anywhere
    ticket, bought : fen; the basis points they buy
    ranked, low : rows of studios, best outlook first; whether each runs low
    city, free : (studios,) where they are; whether they are bound by no promise
    promising : (cities, cities) whether a studio of one would promise to spend in the other
    backer, stake, cost, others : by studio, brought up to date: fund of this kind, its stake, what it paid for it, the
        stake of a fund of the other kind

    Returns
    -------
    fund, studio, promised : by purchase; the last whether for a promise
    """
    most = len(capital) * len(ranked)
    funds, studios, promised = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.bool_)
    n = 0
    for fund in range(len(capital)):
        left = capital[fund]
        for at in range(len(ranked)):
            if left < ticket:
                break
            studio = ranked[at]
            held, here = stake[studio] > 0, home[fund] < 0 or city[studio] == home[fund]
            again = held and low[at] and backer[studio] == fund
            promises = not held and not here and free[studio] and promising[city[studio], home[fund]]
            if again or promises or (here and not held):
                funds[n], studios[n], promised[n] = fund, studio, promises
                n += 1
                left -= ticket
                stake[studio] = _diluted(stake[studio], bought) + bought
                others[studio] = _diluted(others[studio], bought)
                backer[studio] = fund
                cost[studio] += ticket
    return funds[:n], studios[:n], promised[:n]
