"""The net-agglomeration index against the maps it speaks about."""

import numpy as np
import pytest

from microdrama.model import MicroDramaEconomy, net_agglomeration
from microdrama.model.agglomeration import externality_slope
from microdrama.model.decisions import studios

K = 8


def externality(levels, form, floor):
    return studios.worth_of_share(levels / levels.sum(), len(levels), form == "log", floor)


def logit(value, scale):
    weight = np.exp((value - value.max()) / scale)
    return weight / weight.sum()


def settle(share, step, months=4000):
    for _ in range(months):
        share = step(share)
    return share


@pytest.mark.parametrize(("weight", "even"), [(0.18, True), (0.22, False)])
@pytest.mark.parametrize("form", ["log", "linear"])
def test_an_even_split_lasts_below_one_and_not_above(weight, even, form):
    """(V9d) With taste 0.2 the index is weight / 0.2."""
    floor, scale = 1e-9, 0.2
    index = weight * externality_slope(form, floor, K) / scale
    assert (index < 1) == even
    start = np.full(K, 1 / K) + 1e-4 * (np.arange(K) - 3.5)
    share = settle(start, lambda s: logit(weight * externality(s, form, floor), scale))
    assert (np.abs(share - 1 / K).max() < 1e-4) == even


@pytest.mark.parametrize(("crowding", "steady"), [(1.5, True), (1.7, False)])
def test_everybody_choosing_at_once_swings_above_two(crowding, steady):
    """(V9f) The logit map with slope -c in shares is stable iff 1 + c / (K mu) < 2: here c = 1.6 is the border."""
    scale = 0.2
    share = np.full(K, 1 / K) + 1e-3 * (-1.0) ** np.arange(K)
    path = [share]
    for _ in range(400):
        path.append(logit(-crowding * path[-1], scale))
    assert (np.abs(path[-1] - path[-2]).max() < 1e-6) == steady
    assert np.abs(path[-1] - path[-3]).max() < 1e-6  # a cycle of two months, not chaos


@pytest.mark.parametrize("form", ["log", "linear"])
def test_the_slope_is_that_of_the_externality(form):
    even, step = np.full(K, 1 / K), 1e-6
    more = even * (1 + step * np.eye(K)[0]) / (1 + step / K)
    moved = externality(more, form, 0.01) - externality(even, form, 0.01)
    assert (moved[0] - moved[1]) / step == pytest.approx(externality_slope(form, 0.01, K), rel=1e-3)


def test_parts_add_up_and_switches_take_them_out():
    econ = MicroDramaEconomy(rng=1, scale=0.05)
    econ.run_for(6)
    found = net_agglomeration(econ)
    gains = found.pooling + found.sets + found.knowledge + found.reputation
    assert found.a_net == pytest.approx((gains - found.wages - found.rents) / found.taste)
    assert found.pooling == pytest.approx(0.05 / 1.08) and found.wages > 0 and 0 < found.rents < 1e-3
    assert found.cycle < 2
    still = MicroDramaEconomy(rng=1, scale=0.05, pooling="off", wage_adjustment=False, film_space=False)
    none = net_agglomeration(still)
    assert none.pooling == none.wages == none.rents == 0


def test_a_world_that_would_swing_says_so():
    with pytest.warns(UserWarning, match="two-month cycles"):
        MicroDramaEconomy(rng=1, scale=0.02, location_scale=0.02)


def test_the_parts_sum_to_the_index():
    index = net_agglomeration(MicroDramaEconomy("baseline", rng=1, scale=0.02))
    assert sum(index.parts.values()) == pytest.approx(index.a_net)
    assert index.parts["wages"] < 0 < index.parts["pooling"]
