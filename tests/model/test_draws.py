import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from model.draws import C1, GOLD, Draw, Luck, child_keys, mix, name_hash

IDS = np.arange(200_000) * 7 + 3


def luck(seed=1, month=5):
    result = Luck(seed)
    result.month = month
    return result


def plain(seed, decision, month, key, slot=0):
    """One draw in whole-number arithmetic, independent of the compiled kernel."""
    mask = 2**64 - 1
    base = mix(mix(seed + GOLD) ^ name_hash(decision))
    k0 = mix(base + (month + 1) * GOLD + mix(slot * C1))
    k1 = mix(k0 + GOLD)
    x = (key * GOLD + k0) & mask
    x = ((x ^ (x >> 30)) * C1 + k1) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    x ^= x >> 31
    return ((x >> 12) + 0.5) * 2.0**-52


def test_the_kernel_does_what_plain_whole_numbers_do():
    for month in (-1, 0, 7):
        drawn = luck(42, month)("studio.entry").uniform(np.array([0, 1, 2**58 + 5]), np.array([0, 9]))
        for row, slot in enumerate((0, 9)):
            expected = [plain(42, "studio.entry", month, key, slot) for key in (0, 1, 2**58 + 5)]
            assert drawn[row].tolist() == expected


def test_draws_are_uniform_and_never_0_or_1():
    u = luck()("x").uniform(IDS)
    assert u.min() > 0 and u.max() < 1
    assert stats.kstest(u, "uniform").pvalue > 1e-3
    assert stats.chisquare(np.bincount((u * 256).astype(int), minlength=256)).pvalue > 1e-3


@pytest.mark.parametrize("other", [("seed", 2, 5, "x"), ("month", 1, 6, "x"), ("decision", 1, 5, "y")])
def test_another_seed_month_or_decision_is_independent(other):
    _, seed, month, decision = other
    a, b = luck()("x").uniform(IDS), luck(seed, month)(decision).uniform(IDS)
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(len(IDS))


def test_neighbouring_ids_and_slots_are_independent():
    u = luck()("x").uniform(IDS)
    assert abs(np.corrcoef(u[1:], u[:-1])[0, 1]) < 4 / np.sqrt(len(IDS))
    a, b = luck()("x").uniform(IDS, np.array([1, 2]))
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(len(IDS))


def test_nobody_changes_when_others_come_or_the_order_turns():
    draw = luck()("x")
    u = draw.uniform(IDS[:100])
    np.testing.assert_array_equal(draw.uniform(np.append(IDS[:100], 10**15))[:-1], u)
    np.testing.assert_array_equal(draw.uniform(IDS[:100][::-1])[::-1], u)


def test_the_same_in_another_process():
    code = (
        "import numpy as np; from model.draws import Luck; l = Luck(3); l.month = 4;"
        "print(l('z').uniform(np.arange(5)).tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(luck(3, 4)("z").uniform(np.arange(5)).tolist())


def test_normal_draws_are_normal():
    assert stats.kstest(luck()("n").normal(IDS), "norm").pvalue > 1e-3


def test_the_best_of_gumbel_shocks_is_a_logit():
    value = np.array([0.0, 0.5, -1.0, 1.2])
    choice = np.argmax(value + luck()("g").gumbel(IDS, np.arange(4)), axis=1)
    expected = np.exp(value) / np.exp(value).sum() * len(IDS)
    assert stats.chisquare(np.bincount(choice, minlength=4), expected).pvalue > 1e-3


def test_one_slot_keeps_its_axis():
    assert Draw(1, 0).gumbel(np.arange(3), np.array([7])).shape == (3, 1)
    assert Draw(1, 0).gumbel(np.arange(3)).shape == (3,)


def test_keys_of_projects_do_not_collide():
    studios = np.repeat(np.arange(5000) * 4194304, 12)
    keys = child_keys(studios, np.tile(np.arange(12), 5000))
    assert len(np.unique(keys)) == len(keys) and keys.min() >= 0
