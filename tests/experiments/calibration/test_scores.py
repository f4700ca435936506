"""Scores of worlds on targets left out: by hand and on known simulators; structures as they were fixed."""

from dataclasses import replace

import numpy as np
import pytest

from microdrama.experiments.calibration import scores as rooms
from microdrama.experiments.calibration.emulator import Emulators, Target
from microdrama.experiments.calibration.matching import candidates
from microdrama.experiments.calibration.scores import Score, Unit, difference, score, together, units
from microdrama.experiments.calibration.worlds import CHOICES, in_words, others, structures
from microdrama.experiments.outcomes.patterns import Pattern
from microdrama.model.inputs.parameters import PARAMETERS, make_parameters


def pattern(name, low, high, block="a", **more):
    return Pattern(name, "difference", "firms", low=low, high=high, use="fit", **{"block": block} | more)


def test_structures_are_an_eighth_with_main_effects_clear_of_each_other():
    found = structures()
    away = np.array(
        [
            [all(c[n] == v for n, v in choice.items()) if set(choice) <= set(c) else False for choice in CHOICES]
            for c in found.values()
        ]
    )
    assert away.shape == (8, 6) and not away[0].any()
    assert (away.sum(axis=0) == 4).all()
    signs = 1 - 2 * away.astype(int)
    assert (signs.T @ signs == 8 * np.eye(6)).all()
    for change in [*found.values(), *others().values()]:
        make_parameters(change)
        assert all(PARAMETERS[name].default != value for name, value in change.items())
    assert in_words({}) == "the defaults" and "`externalities` linear" in in_words(dict.fromkeys(CHOICES[5], "linear"))


def test_sources_that_contradict_each_other_are_one_unit():
    rows = [pattern("x", 0, 1, alternative="both"), pattern("y", 0, 1, "b"), pattern("z", 2, 3, alternative="both")]
    assert units(rows) == [Unit("both", "a", (0, 2)), Unit("y", "b", (1,))]


@pytest.fixture(scope="module")
def learnt():
    """Two targets of one parameter and one of another, which is in a block of its own."""
    u, rng = candidates(64, 2, seed=1), np.random.default_rng(0)
    means = np.stack([u[:, 0], 2 * u[:, 0], u[:, 1]], axis=1)
    runs = means[:, None, :] + 0.02 * rng.normal(size=(64, 2, 3))
    rows = [pattern("one", 0.45, 0.55), pattern("two", 0.9, 1.1, "b"), pattern("three", 0.4, 0.6, "c")]
    return rows, u, runs


def test_what_a_target_says_of_another_is_seen_in_its_chance_left_out(learnt, monkeypatch):
    monkeypatch.setattr(rooms, "GRID", 2048)
    rows, u, runs = learnt
    found = score(Emulators(rows, u, runs), rows, 1.0)
    assert found.before == pytest.approx([0.1, 0.1, 0.2], abs=0.02)
    assert (found.left_out[:2] > 0.5).all()  # each tells where the other must be
    assert found.left_out[2] == pytest.approx(0.2, abs=0.03)  # nothing else speaks of it
    assert (found.fitted[:2] >= found.left_out[:2] - 0.01).all() and found.fitted[2] > 0.6
    same = score(Emulators(rows, u, runs), [replace(row, block="a") for row in rows], 1.0)
    assert same.left_out == pytest.approx(same.before)  # one block: nothing is left to fit to


def test_a_pattern_that_is_a_rank_is_learnt_as_a_chance():
    u = candidates(64, 2, seed=1)
    row = Pattern("first", "rank", "firms", low=1, high=1, use="fit")
    runs = np.where(u[:, :1, None] > 0.5, 1.0, 3.0) * np.ones((64, 2, 1))
    emulators = Emulators([row], u, runs)
    assert emulators.targets[0].whether and emulators.intervals[0, 0] == 0.5
    found = score(emulators, [row], 1.0)
    assert found.before[0] == pytest.approx(0.5, abs=0.06)
    many = np.full((64, 2), np.nan)
    assert Target.of(replace(row, kind="level"), many).whether and not Target.of(row, many).scaled(many).any()


def test_differences_take_blocks_as_clusters():
    every = [Unit(f"t{i}", "ab"[i % 2], (i,)) for i in range(6)]
    low, high = (Score(*(np.full(6, chance),) * 3) for chance in (0.2, 0.8))
    gap = difference(high, low, every)
    assert gap.mean == pytest.approx(np.log((0.96 * 0.8 + 0.02) / (0.96 * 0.2 + 0.02))) and gap.low == pytest.approx(
        gap.mean
    )
    mixed = Score(*(np.array([0.8, 0.2] * 3),) * 3)
    wide = difference(mixed, low, every)
    assert wide.mean == pytest.approx(gap.mean / 2) and wide.low < 0 < wide.high and not wide.clear
    assert together([low, high]).left_out == pytest.approx(np.full(6, 0.5))
