import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from microdrama.model.draws import Draw, Draws, child_keys, mix, name_hash
from microdrama.model.ids import stable_ids

N = 200_000
IDS = np.arange(N) * 7 + 3
MASK = 2**64 - 1
GAMMA, M1, M2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB  # of SplitMix64, as published


def draws(seed=1, month=5):
    result = Draws(seed)
    result.month = month
    return result


def bits(uniform):
    """The 52 random bits that a uniform number was made from."""
    return (uniform * 2.0**52).astype(np.uint64)


# ---------------------------------------------------------------------------- a second implementation


def finaliser(x, added=0):
    """SplitMix64's finaliser in plain whole numbers, with a second key word added after the first multiplication."""
    x &= MASK
    x = ((x ^ (x >> 30)) * M1 + added) & MASK
    x = ((x ^ (x >> 27)) * M2) & MASK
    return x ^ (x >> 31)


def fnv(text):
    h = 0xCBF29CE484222325
    for byte in text.encode("utf-8"):
        h = ((h ^ byte) * 0x100000001B3) & MASK
    return h


def key_words(seed, decision, month, slot=0):
    base = finaliser(finaliser(seed + GAMMA) ^ fnv(decision))
    first = finaliser(base + (month + 1) * GAMMA + finaliser(slot * M1))
    return first, finaliser(first + GAMMA)


def plain(seed, decision, month, key, slot=0):
    first, second = key_words(seed, decision, month, slot)
    return ((finaliser(key * GAMMA + first, second) >> 12) + 0.5) * 2.0**-52


def test_the_mixers_are_the_published_ones():
    outputs = [mix(1234567 + i * GAMMA) for i in (1, 2, 3)]  # reference output of SplitMix64 from seed 1234567
    assert outputs == [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [name_hash(t) for t in ("", "a", "foobar")] == [0xCBF29CE484222325, 0xAF63DC4C8601EC8C, 0x85944171F73967E8]


@settings(max_examples=100)
@given(
    st.integers(0, 2**70),
    st.text(max_size=12),
    st.integers(-1, 3000),
    st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=4),
    st.lists(st.integers(0, 2**20), min_size=1, max_size=3),
)
def test_the_kernel_does_what_plain_whole_numbers_do(seed, decision, month, keys, slots):
    drawn = draws(seed, month)(decision).uniform(np.array(keys), np.array(slots))
    assert drawn.tolist() == [[plain(seed, decision, month, key, slot) for key in keys] for slot in slots]
    assert draws(seed, month)(decision).uniform(np.array(keys)).tolist() == [
        plain(seed, decision, month, key) for key in keys
    ]


def test_the_same_in_another_process():
    code = (
        "import numpy as np; from microdrama.model.draws import Draws; l = Draws(3); l.month = 4;"
        "print(l('z').uniform(np.arange(5)).tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(draws(3, 4)("z").uniform(np.arange(5)).tolist())


# ---------------------------------------------------------------------------- uniform


def unshift(x, by):
    """Undo ``x ^ (x >> by)``."""
    result = x
    for _ in range(64 // by):
        result = x ^ (result >> by)
    return result


def id_that_draws(raw, seed, decision, month):
    """The id whose 64 mixed bits are ``raw``: the kernel run backwards."""
    first, second = key_words(seed, decision, month)
    x = unshift(raw, 31) * pow(M2, -1, 2**64) & MASK
    x = (unshift(x, 27) - second) * pow(M1, -1, 2**64) & MASK
    x = (unshift(x, 30) - first) * pow(GAMMA, -1, 2**64) & MASK
    return np.array([x], np.uint64).view(np.int64)


@pytest.mark.parametrize("raw", [0, MASK])
def test_not_even_the_extreme_draws_are_0_or_1(raw):
    draw = draws(9, 3)("edge")
    ids = id_that_draws(raw, 9, "edge", 3)
    u = draw.uniform(ids)[0]
    assert u == (2.0**-53 if raw == 0 else 1 - 2.0**-53)
    assert np.isfinite([draw.normal(ids)[0], draw.gumbel(ids)[0]]).all()
    assert draw.happens(ids, 1.0)[0] and not draw.happens(ids, 0.0)[0]


def some_ids(sort):
    """Ids as the model makes them."""
    if sort == "consecutive":
        return np.arange(N)
    if sort == "born over months and cities":
        return np.concatenate(
            [stable_ids(1, month, key, np.arange(N // 400)) for month in range(40) for key in range(7, 10**6, 10**5)]
        )
    if sort == "projects":
        return child_keys(np.repeat(stable_ids(1, 3, 77, np.arange(N // 10)), 10), np.tile(np.arange(10), N // 10))
    return np.arange(N) << 22  # differ in high bits only


@pytest.mark.parametrize("sort", ["consecutive", "born over months and cities", "projects", "high bits"])
def test_draws_are_uniform_and_so_are_pairs_of_neighbours(sort):
    u = draws()("x").uniform(some_ids(sort))
    assert 0 < u.min() < 1e-4 and 1 - 1e-4 < u.max() < 1
    assert stats.kstest(u, "uniform").pvalue > 1e-3
    assert stats.chisquare(np.bincount((u * 1000).astype(int), minlength=1000)).pvalue > 1e-3
    assert stats.chisquare(np.bincount((u * 2**20).astype(int) % 256, minlength=256)).pvalue > 1e-3  # middle bits
    assert_independent(u[::2], u[1::2])


def assert_independent(a, b):
    """No correlation, and pairs spread evenly over a 20 x 20 grid."""
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(len(a))
    grid = np.bincount((a * 20).astype(int) * 20 + (b * 20).astype(int), minlength=400)
    assert stats.chisquare(grid).pvalue > 1e-3


# ---------------------------------------------------------------------------- independence


@pytest.mark.parametrize(
    ("seed", "month", "decision", "slot"),
    [
        (2, 5, "x", 0),
        (1, 6, "x", 0),
        (1, 17, "x", 0),
        (1, 4, "x", 0),
        (1, 5, "y", 0),
        (1, 5, "xx", 0),
        (1, 5, "", 0),
        (1, 5, "x", 1),
        (1, 5, "x", 2**19),
        (1 + 2**32, 5, "x", 0),
        (2, 4, "x", 0),
    ],
)
def test_another_seed_month_decision_or_slot_is_independent(seed, month, decision, slot):
    a = draws()("x").uniform(IDS)
    b = draws(seed, month)(decision).uniform(IDS, np.array([slot]))[0]
    assert_independent(a, b)


def test_all_months_and_slots_of_one_agent_are_independent():
    """600 months by 40 slots: no two equal, and no correlation from month to month or slot to slot."""
    u = np.array([draws(3, month)("x").uniform(np.array([77]), np.arange(40))[:, 0] for month in range(600)])
    assert len(np.unique(u)) == u.size
    for lag in (1, 2, 12):
        assert abs(np.corrcoef(u[lag:].ravel(), u[:-lag].ravel())[0, 1]) < 4 / np.sqrt(u.size)
    assert abs(np.corrcoef(u[:, 1:].ravel(), u[:, :-1].ravel())[0, 1]) < 4 / np.sqrt(u.size)
    assert stats.kstest(u.ravel(), "uniform").pvalue > 1e-3


def test_a_draw_has_the_first_slot_when_none_is_named():
    np.testing.assert_array_equal(draws()("x").uniform(IDS[:9], np.array([0]))[0], draws()("x").uniform(IDS[:9]))


@pytest.mark.parametrize("part", ["id", "slot", "month", "seed"])
def test_one_bit_of_the_key_turns_half_of_the_bits_of_the_draw(part):
    """Avalanche: whatever bit of the key is turned, every bit of the draw turns with probability one half."""
    ids = np.random.default_rng(5).integers(0, 2**62, 4000)
    wide = {"id": 62, "slot": 20, "month": 10, "seed": 32}[part]
    base = bits(Draw(mix(11), 0).uniform(ids, np.array([0]))[0])
    turned = np.empty((wide, 52))
    for bit in range(wide):
        other = {
            "id": lambda b: Draw(mix(11), 0).uniform(ids ^ (1 << b), np.array([0])),
            "slot": lambda b: Draw(mix(11), 0).uniform(ids, np.array([1 << b])),
            "month": lambda b: Draw(mix(11), 1 << b).uniform(ids, np.array([0])),
            "seed": lambda b: Draw(mix(11) ^ 1 << b, 0).uniform(ids, np.array([0])),
        }[part](bit)[0]
        change = base ^ bits(other)
        turned[bit] = [(change >> np.uint64(k) & np.uint64(1)).mean() for k in range(52)]
    z = (turned - 0.5) / np.sqrt(0.25 / len(ids))
    assert np.abs(z).max() < 5.5  # the largest of up to 3,224 normal values
    assert abs(turned.mean() - 0.5) < 0.002


def test_names_and_seeds_give_different_streams():
    seeds = {draws(seed)(f"decision {i}").seed_of_decision for seed in range(30) for i in range(300)}
    assert len(seeds) == 9000


# ---------------------------------------------------------------------------- nobody else matters


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=12, unique=True), st.randoms())
def test_nobody_changes_when_others_come_go_or_the_order_turns(ids, random):
    draw = draws()("x")
    drawn = dict(zip(ids, draw.uniform(np.array(ids)).tolist(), strict=True))
    others = [*random.sample(ids, random.randint(1, len(ids))), 2**62 + 1]
    again = dict(zip(others, draw.uniform(np.array(others)).tolist(), strict=True))
    assert all(again[key] == drawn[key] for key in others[:-1])


def test_other_slots_change_no_option():
    draw = draws()("x")
    few, many = draw.gumbel(IDS[:50], np.array([3, 900])), draw.gumbel(IDS[:50], np.array([900, 5, 3]))
    np.testing.assert_array_equal(few, many[:, [2, 0]])


def test_nothing_is_consumed():
    one = draws()
    first = one("x").uniform(IDS[:9])
    one("y").uniform(IDS)
    np.testing.assert_array_equal(one("x").uniform(IDS[:9]), first)


# ---------------------------------------------------------------------------- other laws


def test_normal_draws_are_normal():
    z = draws()("n").normal(IDS)
    assert stats.kstest(z, "norm").pvalue > 1e-3
    for power, moment, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((z**power).mean() - moment) < 4 * np.sqrt(variance / N)


def test_gumbel_draws_are_gumbel():
    g = draws()("g").gumbel(IDS)
    assert stats.kstest(g, "gumbel_r").pvalue > 1e-3
    assert g.mean() == pytest.approx(np.euler_gamma, abs=4 * np.pi / np.sqrt(6 * N))


def test_the_best_of_gumbel_shocks_is_a_logit():
    value = np.array([0.0, 0.5, -1.0, 1.2])
    choice = np.argmax(value + draws()("g").gumbel(IDS, np.arange(4)), axis=1)
    expected = np.exp(value) / np.exp(value).sum() * N
    assert stats.chisquare(np.bincount(choice, minlength=4), expected).pvalue > 1e-3


@pytest.mark.parametrize("probability", [0.001, 0.3, 0.99])
def test_events_happen_as_often_as_their_probability(probability):
    happened = draws()("e").happens(IDS, probability).sum()
    assert stats.binomtest(int(happened), N, probability).pvalue > 1e-3


def test_probabilities_may_differ_between_agents():
    happened = draws()("e").happens(IDS, np.where(IDS % 2, 1.0, 0.0))
    np.testing.assert_array_equal(happened, IDS % 2 == 1)


def test_the_order_of_service_is_fair():
    first = [draws(seed)("o").order(np.arange(6)) for seed in range(3000)]
    assert all(sorted(order) == [0, 1, 2, 3, 4, 5] for order in first)
    for place in (0, 5):
        assert stats.chisquare(np.bincount([order[place] for order in first], minlength=6)).pvalue > 1e-3


def test_shapes():
    draw = Draw(1, 0)
    assert draw.uniform(np.arange(3), np.array([7, 8])).shape == (2, 3)
    assert draw.gumbel(np.arange(3), np.array([7])).shape == (3, 1)
    assert draw.gumbel(np.arange(3)).shape == (3,)
    assert draw.uniform(np.zeros(0, np.int64)).shape == (0,)


def test_keys_of_projects_do_not_collide():
    studios = np.repeat(np.arange(5000) * 4194304, 12)
    keys = child_keys(studios, np.tile(np.arange(12), 5000))
    assert len(np.unique(keys)) == len(keys) and keys.min() >= 0
    assert child_keys(studios[13:14], np.array([1]))[0] == keys[13]  # whoever else makes something
