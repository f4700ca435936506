"""Other futures: copies of a running economy that go on by themselves."""

import copy
import dataclasses
import hashlib
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest

from microdrama.model import MicroDramaEconomy, Studio
from microdrama.model.economy import OF_THE_START
from microdrama.model.errors import InputError
from microdrama.model.inputs.policies import Window
from microdrama.model.inputs.scenario import load_scenario
from worlds import anything_allowed, every_instrument

pytestmark = pytest.mark.xdist_group("branch")  # they share a run


def same(a, b):
    pairs = [
        (a.panel._months, b.panel._months),
        (a.panel._ledger, b.panel._ledger),
        (a.panel._balance, b.panel._balance),
    ]
    return all(np.array_equal(np.stack(x), np.stack(y), equal_nan=True) for x, y in pairs)


def economy(months=0, scenario=None, **values):
    econ = MicroDramaEconomy(
        every_instrument() if scenario is None else scenario, rng=3, scale=0.02, keep_series=True, audit=True, **values
    )
    if months:
        econ.run_for(months)
    return econ


@pytest.fixture(scope="module")
def straight():
    """Thirty months without a branch; only looked at."""
    return economy(30)


@pytest.mark.parametrize("month", [0, 1, 20])
def test_a_copy_goes_on_as_the_original_would(month, straight):
    econ = economy(month)
    fork = econ.branch()
    fork.run_for(30 - month)
    assert len(econ.panel) == month and econ.month == month - 1
    econ.run_for(30 - month)
    assert same(fork, straight) and same(econ, straight)
    for name, column in straight.panel.series().items():
        np.testing.assert_array_equal(fork.panel.series()[name], column)


def test_a_state_on_disk_goes_on_as_it_would_have(straight, tmp_path):
    econ = economy()
    (tmp_path / "begin").write_bytes(pickle.dumps(econ))
    econ.run_for(13)
    (tmp_path / "later").write_bytes(pickle.dumps(econ))
    code = (
        "import pickle, sys, hashlib\n"
        "for name in sys.argv[1:]:\n"
        "    econ = pickle.load(open(name, 'rb'))\n"
        "    econ.run_for(24 - len(econ.panel))\n"
        "    panel = b''.join(row.tobytes() for row in econ.panel._months)\n"
        "    print(hashlib.sha256(panel).hexdigest(), econ.date, len(econ.datacollector.model_vars['studios']))"
    )
    words = [sys.executable, "-c", code, tmp_path / "begin", tmp_path / "later"]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    panel = b"".join(row.tobytes() for row in straight.panel._months[:24])
    assert done.stdout.split() == [hashlib.sha256(panel).hexdigest(), "2023-01", "24"] * 2


def test_other_luck_begins_with_the_next_month():
    trunk = economy(12)
    same_luck, other, again = trunk.branch(rng=trunk.seed), trunk.branch(rng=99), trunk.branch(rng=99)
    for econ in (trunk, same_luck, other, again):
        econ.run_for(6)
    assert same(trunk, same_luck) and same(other, again) and not same(trunk, other)
    assert np.array_equal(other.panel._months[:12], trunk.panel._months[:12], equal_nan=True)
    assert (trunk.seed, other.seed) == (3, 99)


def test_branching_once_the_policy_begins_is_the_run_that_knew_of_it():
    """State at month 20, then many futures: each equals its own run from the start, bit for bit."""
    bare = load_scenario("baseline")
    bare.policies = ()
    trunk, without = economy(20, bare), economy(32, bare)
    for size in (0.1, 0.5):
        future = copy.copy(bare)
        future.policies = (Window("xian", "rent_subsidy", 20, size), Window("xian", "rebate", 23, size / 5))
        fork = trunk.branch(future)
        fork.run_for(12)
        assert same(fork, economy(32, future))
        assert not same(fork, without)
    assert len(trunk.panel) == 20


def test_a_branch_heeds_its_parameters():
    econ = economy(12)
    calm = econ.branch(property_crisis=False, california=False)
    assert (calm.house_index[:, 6:] == calm.house_index[:, 5:6]).all() and (calm.house_index > econ.house_index).any()
    assert calm.offers.sum() < econ.offers.sum()
    calm.run_for(3)
    econ.run_for(3)
    assert not same(calm, econ)


def test_what_follows_from_parameters_alone_follows_from_those_of_a_branch():
    """For every parameter that a branch may change, moved within its range."""
    rng = np.random.default_rng(3)
    values = {name: value for name, value in anything_allowed(rng).items() if name not in OF_THE_START}
    values |= {"shooting_days": 8.0, "extras": 20, "costume_days": 3.0, "entry_scale": 1.0, "costume_share": 0.3}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fork, fresh = economy(1).branch(**values), economy(**values)
    derived = "offers script roles_mix usual_days size_pull content_share promotion_share house_index announced"
    for name in (*derived.split(), "costume_share"):
        assert np.array_equal(getattr(fork, name), getattr(fresh, name)), name
    assert str(fork.conversion_terms) == str(fresh.conversion_terms)


def test_a_branch_is_a_mesa_model_of_its_own():
    econ = economy(6)
    before = econ.agents_by_type[Studio][0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fork = econ.branch()
    twin = fork.agents_by_type[Studio][0]
    assert twin is not before and twin.key == before.key and twin.model is fork
    twin.quality = 9.0
    assert before.quality != 9.0
    fork.step()
    assert (fork.time, fork.steps, fork.date) == (7, 7, "2021-08") and (econ.time, econ.date) == (6, "2021-07")
    assert len(fork.datacollector.get_model_vars_dataframe()) == 7
    assert len(econ.datacollector.get_model_vars_dataframe()) == 6
    assert {s.model for s in (econ.scenario, fork.scenario)} == {econ, fork}


def test_what_only_the_start_can_change_is_refused():
    econ = economy(2)
    with pytest.raises(InputError, match=r"'scale' acts at the start only.*\n.*'heritage'"):
        econ.branch(scale=0.1, heritage=False)
    cities = econ.cities
    fewer = dataclasses.replace(
        cities,
        keys=cities.keys[:4],
        texts={k: v[:4] for k, v in cities.texts.items()},
        numbers={k: v[:4] for k, v in cities.numbers.items()},
    )
    with pytest.raises(InputError, match="other cities"):
        econ.branch(econ.scenario.with_cities(fewer))
    with pytest.raises(InputError, match="did you mean 'crisis_strength'"):
        econ.branch(crisis_strenght=1)
