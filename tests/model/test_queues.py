"""Sets booked by the day, first come first served, against a plain queue and against Erlang's formula."""

import heapq
import math

import numpy as np
import pytest

from microdrama.model.phases.production_loops import assign_sets, by_day


def book(ready, days, slots, *, months=1, patience=np.inf):
    """Book month by month in one group; returns start days (nan on location)."""
    free, start = np.zeros(slots), np.full(len(ready), np.nan)
    waiting = np.zeros(0, int)
    for month in range(months):
        opens, closes = 30.0 * month, 30.0 * (month + 1)
        new = np.flatnonzero((ready >= opens) & (ready < closes))
        now = np.concatenate([waiting, new])
        turn = np.argsort(ready[now], kind="stable")
        slot, begins = assign_sets(
            turn,
            np.zeros(len(now), int),
            days[now],
            ready[now],
            np.array([0]),
            np.array([slots]),
            free,
            opens,
            closes,
            patience,
        )
        start[now[slot >= 0]] = begins[slot >= 0]
        waiting = now[slot == -2]
    return start


def plain_queue(ready, days, slots):
    free, start = [0.0] * slots, []
    heapq.heapify(free)
    for arrives, work in zip(ready, days, strict=True):
        begins = max(arrives, heapq.heappop(free))
        heapq.heappush(free, begins + work)
        start.append(begins)
    return np.array(start)


@pytest.mark.parametrize(("slots", "number"), [(1, 50), (3, 200), (12, 700)])
def test_first_come_first_served_across_months(slots, number):
    rng = np.random.default_rng(slots)
    ready, days = np.sort(rng.uniform(0, 360, number)), rng.integers(3, 9, number)
    start = book(ready, days, slots, months=40)
    np.testing.assert_allclose(start, plain_queue(ready, days, slots))


def test_nobody_waits_longer_than_patience():
    rng = np.random.default_rng(7)
    ready, days = np.sort(rng.uniform(0, 360, 900)), rng.integers(4, 8, 900)
    start = book(ready, days, 10, months=13, patience=5.0)
    assert (start - ready)[~np.isnan(start)].max() <= 5
    assert 0.1 < np.isnan(start).mean() < 0.9
    assert not np.isnan(book(ready[:100] * 3, days[:100], 10, months=40, patience=5.0)).any()


def test_waits_are_those_of_erlang_c():
    """(V7) Poisson arrivals, exponential work, c servers: mean wait = C(c, a) / (c mu - lambda)."""
    rng = np.random.default_rng(3)
    servers, rate, work = 6, 1.0, 4.8
    n = 300_000
    ready = np.cumsum(rng.exponential(1 / rate, n))
    start = book(ready, rng.exponential(work, n), servers, months=int(ready[-1] // 30) + 30)
    offered = rate * work
    last = offered**servers / math.factorial(servers) * servers / (servers - offered)
    erlang_c = last / (sum(offered**k / math.factorial(k) for k in range(servers)) + last)
    assert (start - ready).mean() == pytest.approx(erlang_c / (servers / work - rate), rel=0.08)
    assert (start > ready + 1e-9).mean() == pytest.approx(erlang_c, rel=0.03)


def test_of_slots_free_at_once_the_cheapest_is_taken():
    free = np.zeros(3)
    slot, _ = assign_sets(
        np.arange(2),
        np.zeros(2, int),
        np.array([5, 5]),
        np.array([1.0, 2.0]),
        np.array([0]),
        np.array([3]),
        free,
        0.0,
        30.0,
        10.0,
    )
    assert slot.tolist() == [0, 1]


def test_a_slot_that_frees_sooner_is_taken_before_cheaper_ones():
    """The dearer slot is free first and goes first; those that would wait beyond the ninth day go on location."""
    free = np.array([9.0, 6.0])
    slot, start = assign_sets(
        np.arange(4),
        np.zeros(4, int),
        np.array([5, 5, 5, 5]),
        np.array([1.0, 1.0, 1.0, 1.0]),
        np.array([0]),
        np.array([2]),
        free,
        0.0,
        30.0,
        9.0,
    )
    assert slot.tolist() == [1, 0, -1, -1] and start.tolist()[:2] == [6, 9]
    assert free.tolist() == [14, 11]


def test_series_ready_at_the_same_instant_go_by_their_keys():
    due, keys = np.array([3.0, 2.0, 3.0, 1.0, 3.0]), np.array([9, 8, 5, 7, 6])
    assert by_day(due, keys).tolist() == [3, 1, 2, 4, 0]
    assert by_day(due[1:4], keys[1:4]).tolist() == [2, 0, 1]


def test_without_a_base_everybody_goes_on_location():
    slot, _ = assign_sets(
        np.arange(2),
        np.zeros(2, int),
        np.array([5, 5]),
        np.array([1.0, 2.0]),
        np.array([0]),
        np.array([0]),
        np.zeros(0),
        0.0,
        30.0,
        10.0,
    )
    assert slot.tolist() == [-1, -1]
