"""Persistence, loops and committors of paths whose answers are known."""

import numpy as np
import pytest

from microdrama.experiments.analysis.dynamics import committor, loop_area, persistence
from microdrama.model import MicroDramaEconomy


def test_persistence_is_the_part_that_is_left():
    rng = np.random.default_rng(1)
    never = rng.normal(0.2, 0.05, 60)
    permanent = never + rng.normal(0.1, 0.01, 60)
    temporary = never + 0.3 * (permanent - never) + rng.normal(0, 0.002, 60)
    found = persistence(temporary, never, permanent)
    assert found.low < 0.3 < found.high and found.high - found.low < 0.03
    assert persistence(never, never, permanent).value == 0 and persistence(permanent, never, permanent).value == 1


def test_a_loop_of_pure_inertia_closes_as_the_control_slows_down_and_a_relay_does_not():
    """A lag of one month makes an area of order speed; a relay between 1 and 2 keeps an area of 1/3 of its range."""

    def areas(months):
        control = np.r_[np.linspace(0, 3, months), np.linspace(3, 0, months)]
        inert = np.zeros(len(control))
        relay = np.zeros(len(control))
        for t in range(1, len(control)):
            inert[t] = inert[t - 1] + 0.2 * (control[t] - inert[t - 1])
            relay[t] = 1.0 if control[t] > 2 else 0.0 if control[t] < 1 else relay[t - 1]
        return loop_area(control, inert), loop_area(control, relay)

    fast, slow, slowest = areas(30), areas(300), areas(3000)
    assert fast[0] > 8 * slow[0] > 60 * slowest[0] > 0
    assert slowest[0] == pytest.approx(2 * 4 * 3 / 3000, rel=0.05)  # both ways, a lag of 4 months, at 3/3000 a month
    assert slowest[1] == pytest.approx(1 / 3, rel=0.01)
    assert loop_area(np.ones(5), np.arange(5)) == 0


def test_a_state_without_luck_left_is_decided_and_its_economy_untouched():
    economy = MicroDramaEconomy(rng=1, scale=0.02)
    economy.run_for(6)
    before = [row.copy() for row in economy.panel._months]

    def leader(econ):
        return int(econ.panel.array("shoot_days")[-6:].sum(axis=0).argmax())

    chances = committor(economy, 6, 4, leader)
    assert chances.sum() == pytest.approx(1) and set(np.unique(chances * 4)) <= {0, 1, 2, 3, 4}
    assert np.array_equal(committor(economy, 6, 4, leader), chances)
    assert committor(economy, 1, 3, lambda econ: 2)[2] == 1
    assert committor(economy, 1, 3, lambda econ: -1).sum() == 0
    assert np.array_equal(before, economy.panel._months, equal_nan=True) and economy.seed == 1
