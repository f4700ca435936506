"""Whether a lead stays, and whether it was decided: persistence, hysteresis, committors."""

from collections.abc import Callable

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.economy import MicroDramaEconomy

from .causal import Ratio, ratio_of_means


def persistence(temporary: Array, never: Array, permanent: Array) -> Ratio:
    """Part of a permanent policy's effect that is left after a temporary one ended, paired by seed; Fieller's interval.

    Parameters
    ----------
    temporary, never, permanent : (seeds,) arrays
        The same outcome, long after the temporary policy ended.
    """
    return ratio_of_means(np.asarray(temporary) - never, np.asarray(permanent) - never)


def loop_area(control: Array, outcome: Array) -> float:
    """Area inside a loop of a control that goes up and comes back, over the range of the control (trapezoids).

    Inertia alone makes a loop: only what is left as the control moves ever more slowly is hysteresis.

    Examples
    --------
    A relay that switches on at 2 and off at 1, driven from 0 to 3 and back, holds an area of 1:

    >>> up = np.linspace(0, 3, 3001)
    >>> down = up[::-1]
    >>> round(3 * loop_area(np.r_[up, down], np.r_[up > 2, down > 1].astype(float)), 2)
    1.0
    """
    control, outcome = np.asarray(control, float), np.asarray(outcome, float)
    span = np.ptp(control)
    return float(-np.trapezoid(outcome, control) / span) if span else 0.0


def committor(
    economy: MicroDramaEconomy, months: int, futures: int, leader: Callable[[MicroDramaEconomy], int]
) -> Array:
    """Chance of each city to lead in the end, from a given state: futures that differ in draws alone.

    Parameters
    ----------
    economy : MicroDramaEconomy
        Stays as it is.
    months : int
        Length of each future.
    futures : int
    leader : callable
        Row of the city that leads an economy, below 0 for none.

    Returns
    -------
    (cities,) array
        The lead is locked in where one of them is near 1 (with :func:`~.contrast.wilson` intervals).
    """
    wins = np.zeros(len(economy.cities))
    for n in range(futures):
        future = economy.branch(rng=economy.seed + 1 + n)
        future.run_for(months)
        city = leader(future)
        if city >= 0:
            wins[city] += 1
    return wins / futures
