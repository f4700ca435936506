"""Compiled loops kept on disk."""

import errno
import importlib
import shutil
import sys

import numpy as np
import pytest
from numba import njit

from microdrama.model.arithmetic import exp, log, power
from microdrama.model.compiled import compiled, part

RULES = """
SHARE = 2

def part(x):
    return x / SHARE
"""
LOOPS = """
from numba import njit

from microdrama.model.compiled import compiled

from . import rules
from .rules import SHARE, part

_part = njit(part)

@compiled
def half(x):
    return _part(x)

@compiled
def times(x):
    return SHARE * x

@compiled
def halves(x):
    return _later(x)

_later = njit(rules.part)
"""


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A package of two modules, as a new process would import it: nothing compiled, and what is kept on disk."""
    folder = tmp_path / "small_world"
    folder.mkdir()
    for name, text in {"__init__": "", "rules": RULES, "loops": LOOPS}.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def started(**changes):
        for name, (old, new) in changes.items():
            path = folder / f"{name}.py"
            path.write_text(path.read_text().replace(old, new))
        for name in [name for name in sys.modules if name.partition(".")[0] == "small_world"]:
            del sys.modules[name]
        importlib.invalidate_caches()
        return importlib.import_module("small_world.loops")

    yield started
    for name in [name for name in sys.modules if name.partition(".")[0] == "small_world"]:
        del sys.modules[name]


@pytest.fixture
def process(world):
    """The first loop of that world."""
    return lambda: world().half


def hits(loop):
    return sum(loop.stats.cache_hits.values())


def test_what_is_compiled_is_kept(process):
    assert process()(3) == 1.5
    again = process()
    assert again(3) == 1.5 and hits(again) == 1


def test_processes_that_compile_for_different_types_at_once_keep_both(process, monkeypatch):
    """Neither sees what the other has kept: numba's index would name one file for both."""
    whole, broken, later = process(), process(), process()
    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile._load_index", lambda self: {})
    assert whole(3) == 1.5 and broken(3.0) == 1.5
    monkeypatch.undo()
    assert later(3) == 1.5 and later(3.0) == 1.5 and hits(later) == 2


def test_code_for_other_types_or_cut_short_is_never_run(process, tmp_path):
    half = process()
    assert half(3) == 1.5 and half(3.0) == 1.5
    one, other = sorted((tmp_path / "small_world" / "__pycache__").glob("*.nbc"))
    shutil.move(one, tmp_path / "kept")
    shutil.copy(other, one)
    shutil.copy(tmp_path / "kept", other)
    swapped = process()
    assert swapped(3) == 1.5 and swapped(3.0) == 1.5 and not hits(swapped)
    for damage in (lambda whole: whole[:100], lambda whole: b"", lambda whole: whole[:-9] + b"x" + whole[-8:]):
        for file in (one, other):
            file.write_bytes(damage(file.read_bytes()))
        damaged = process()
        assert damaged(3) == 1.5 and not hits(damaged)


def test_a_disk_that_is_full_or_cannot_be_written_to_costs_time_alone(process, tmp_path, monkeypatch):
    def full(self, path):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile._open_for_write", full)
    monkeypatch.setattr("microdrama.model.compiled._Cache.told", False)
    with pytest.warns(RuntimeWarning, match=r"cannot be kept in .* \(No space left on device\): every process") as told:
        assert process()(3) == 1.5 and process()(3.0) == 1.5
    assert len(told) == 1 and not hits(process())
    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])
    assert process()(3.0) == 1.5


def test_a_changed_rule_reaches_the_loops_of_other_files(world):
    """Loops that call a rule compiled before or after them, and one that only uses a number of that file."""
    before = world()
    assert (before.half(3.0), before.halves(3.0), before.times(3.0)) == (1.5, 1.5, 6)
    rule = world(rules=("return x / SHARE", "return 1 + x / SHARE"))
    assert (rule.half(3.0), rule.halves(3.0), rule.times(3.0)) == (2.5, 2.5, 6)
    assert not hits(rule.half) and not hits(rule.halves) and hits(rule.times) == 1
    number = world(rules=("SHARE = 2", "SHARE = 3"))
    assert (number.half(3.0), number.halves(3.0), number.times(3.0)) == (2, 2, 9)
    again = world(rules=("SHARE = 3", "# the same rule, further down\nSHARE = 3"))
    assert (again.half(3.0), again.halves(3.0), again.times(3.0)) == (2, 2, 9)
    assert hits(again.half) == hits(again.halves) == hits(again.times) == 1


def test_a_changed_rule_reaches_the_loops_of_the_model():
    """What is kept of a loop in phases/ depends on the rule in decisions/ that it calls."""
    from microdrama.model.compiled import parts
    from microdrama.model.decisions.funds import diluted
    from microdrama.model.phases.funds import _buy_stakes

    loop, kept = _buy_stakes.py_func, _buy_stakes._cache._cache_file
    assert kept.function is loop and repr(diluted.__code__.co_code) in "".join(parts(loop))


@njit
def of_arrays(x, y):
    return exp(x), log(x), power(x, y), log(x[0])


def test_functions_of_numbers_take_arrays_in_compiled_code():
    x = np.geomspace(1e-3, 30.0, 1001)
    found = of_arrays(x, 0.7)
    for each, expected in zip(found, of_arrays.py_func(x, 0.7), strict=True):
        np.testing.assert_array_equal(each, expected)


def test_what_becomes_a_part_can_still_be_called():
    """Parts have no machine code of their own but where Python can call them."""
    twice = njit(lambda x: 2 * x)
    deeper = njit(lambda x: twice(x) + 1)
    loop = compiled(lambda x: deeper(x) + twice(np.array([x, 1.0])).sum())
    assert loop(3.0) == 15
    assert twice(4.0) == 8 and deeper(3.0) == 7 and (twice(np.arange(3.0)) == [0, 2, 4]).all()


def test_what_a_part_raises_arrives():
    @part
    def checked(x):
        if x < 0:
            raise ValueError("below zero", x)
        return x

    loop = compiled(lambda x: checked(x) + 1)
    other = compiled(lambda x: checked(x) + 2)
    assert (loop(1.0), other(1.0)) == (2, 3)
    for each in (other, loop):
        with pytest.raises(ValueError, match="below zero") as caught:
            each(-2.0)
        assert caught.value.args == ("below zero", -2.0)


def test_a_part_that_calls_itself():
    @njit
    def factorial(n):
        return 1 if n < 2 else n * factorial(n - 1)

    assert compiled(lambda n: factorial(n) + 1)(5) == 121 and factorial(4) == 24
