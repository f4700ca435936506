"""A month compiled before it is needed, by two processes."""

import os
import sys
from types import SimpleNamespace

import pytest
from numba import njit

from microdrama.model import prepare
from pages import until

two_cores = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="no process helps on this machine"
)


@pytest.fixture(autouse=True)
def copies(monkeypatch):
    """Processes that were copied; workers of pytest have threads of their own, beside which none would be."""
    made, fork = [], os.fork
    monkeypatch.setattr(prepare.os, "fork", lambda: made.append(fork()) or made[-1])
    monkeypatch.setattr(prepare.threading, "active_count", lambda: 1)
    return made


@two_cores
def test_a_copy_of_the_process_goes_through_phases_from_the_last_one(copies, tmp_path):
    noted = tmp_path / "noted"

    def phase(number):
        def act(economy):
            economy.done.append(number)
            with noted.open("a") as file:
                file.write(f"{os.getpid()} {number}\n")
            if number == 1:
                raise RuntimeError("what phases before it have not done")

        return act

    economy = SimpleNamespace(phases=[phase(number) for number in range(3)], done=[])
    with prepare._helped(economy):
        until(lambda: noted.exists() and len(noted.read_text().splitlines()) == 3)
    pids, numbers = zip(*(line.split() for line in noted.read_text().splitlines()), strict=True)
    assert numbers == ("2", "1", "0") and set(pids) != {str(os.getpid())}
    assert economy.done == []
    with pytest.raises(ChildProcessError):
        os.waitpid(copies[0], os.WNOHANG)


@two_cores
def test_it_ends_with_what_needs_it(copies):
    def forever(economy):
        until(lambda: False)

    with pytest.raises(RuntimeError, match="stopped"), prepare._helped(SimpleNamespace(phases=[forever])):
        raise RuntimeError("stopped")
    with pytest.raises(ChildProcessError):
        os.waitpid(copies[0], os.WNOHANG)


def test_nothing_is_prepared_where_nothing_can_be_kept(monkeypatch):
    monkeypatch.setattr(prepare, "_buy_stakes", njit(lambda x: x))
    assert prepare.is_compiled()


def test_it_tells_how_many_phases_are_ready():
    told = []
    prepare.compile_month(progress=lambda *done: told.append(done))
    assert prepare.is_compiled()
    assert told == [(number, len(told)) for number in range(1, len(told) + 1)] and len(told) > 40
