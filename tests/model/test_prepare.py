"""A month compiled before it is needed, by two processes."""

import os
import sys
from types import SimpleNamespace

import pytest

from microdrama.model import prepare
from pages import until


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Workers of pytest have threads of their own, beside which no process is copied."""
    monkeypatch.setattr(prepare.threading, "active_count", lambda: 1)


@pytest.mark.skipif(sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="no second process")
def test_a_copy_of_the_process_goes_through_phases_from_the_last_one(tmp_path):
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
        os.waitpid(-1, os.WNOHANG)


def test_it_ends_with_what_needs_it():
    def forever(economy):
        until(lambda: False)

    with pytest.raises(RuntimeError, match="stopped"), prepare._helped(SimpleNamespace(phases=[forever])):
        raise RuntimeError("stopped")
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_it_tells_how_many_phases_are_ready():
    told = []
    prepare.compile_month(progress=lambda *done: told.append(done))
    assert prepare.is_compiled()
    assert told == [(number, len(told)) for number in range(1, len(told) + 1)] and len(told) > 40
