"""What phases of the month read and write of the state, seen by watching a run."""

import pickle

import numpy as np

from microdrama.model import MicroDramaEconomy
from microdrama.model.state import EVERYBODY_READS, State

VARIABLES = frozenset(State.variables())
FIXED = frozenset({"p", "cities", "market", "policies"})
"""Objects compared once a run: no phase changes them."""
PARTIES = frozenset({"landlords", "rest_of_china", "rest_of_world"})
"""Accounts without behaviour: a phase that moves money pays them or is paid by them."""
MONEY = ("cash_fen", "received_fen", "paid_fen", "opening_fen")


class Watched(MicroDramaEconomy):
    """An economy that notes which variables are read while ``seen`` is a set."""

    seen = None

    def __getattribute__(self, name):
        seen = Watched.seen
        if seen is not None and name in VARIABLES:
            seen.add(name)
        return super().__getattribute__(name)


def watch(econ, months):
    """(reads, writes) of each phase over some months, by its name: sets of names as phases declare them."""
    touched = {phase.__name__: (set(), set()) for phase in econ.phases}
    plain = list(econ.phases)

    last = [snapshot(econ)]

    def watched(phase):
        def run(state):
            reads, writes = touched[phase.__name__]
            Watched.seen = reads
            try:
                phase(state)
            finally:
                Watched.seen = None
            before, last[0] = last[0], snapshot(state)
            writes |= changed(before, last[0])

        return run

    fixed = pickle.dumps([getattr(econ, name) for name in sorted(FIXED)])
    econ.phases = [watched(phase) for phase in plain]
    econ.run_for(months)
    econ.phases = plain
    assert pickle.dumps([getattr(econ, name) for name in sorted(FIXED)]) == fixed
    return touched


def snapshot(econ):
    """All that phases may change: by variable a value that can be compared; tables, panel and region by their parts."""
    parts = {}
    for name in VARIABLES - FIXED - {"month"}:
        value = getattr(econ, name)
        if name in State.populations():
            parts[name] = {column: getattr(value, column).copy() for column in value.columns() if column not in MONEY}
        elif name == "panel":
            stored = [len(value), len(value._series), len(value._cells), value.shoot_shares.tobytes()]
            parts[name] = {column: data.copy() for column, data in value.now.items()} | {"": stored}
        elif name == "region":
            parts[name] = {each: data.copy() for each, data in vars(value).items() if isinstance(data, np.ndarray)}
        elif name == "ledger":
            parts[name] = value.matrix.tobytes()
        elif name == "draws":
            parts[name] = value.seed, value.month
        else:
            parts[name] = frozen(value)
    return parts


def frozen(value):
    """A copy that equals another if all values are the same to the bit."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, tuple | list):
        return tuple(map(frozen, value))
    if isinstance(value, dict):
        return {key: frozen(each) for key, each in value.items()}
    return value if isinstance(value, int | float | str | None) else pickle.dumps(value)


def changed(before, after):
    """Names of what differs between two snapshots, as phases declare what they write."""
    names = set()
    for name, old in before.items():
        new = after[name]
        if name in State.populations():
            names |= _changed_columns(name, old, new)
        elif isinstance(old, dict) and name in ("panel", "region"):
            names |= {f"{name}.{part}".rstrip(".") for part in old if frozen(old[part]) != frozen(new[part])}
        elif old != new:
            names.add(name)
    return names


def _changed_columns(name, old, new):
    rows = not np.array_equal(old["id"], new["id"])
    if rows:
        _, was, now = np.intersect1d(old["id"], new["id"], assume_unique=True, return_indices=True)
        old, new = ({column: data[at] for column, data in t.items()} for t, at in ((old, was), (new, now)))
    columns = {f"{name}.{column}" for column, data in old.items() if data.tobytes() != new[column].tobytes()}
    return columns | ({name} if rows else set())


def differences(phase, reads, writes):
    """What is wrong with the declaration of a phase that read and wrote these names: a line each."""
    heads = {name.partition(".")[0] for name in phase.writes}
    free = EVERYBODY_READS | heads | (PARTIES if "ledger" in heads else set())
    columns = {"panel.*"} if any(name.startswith("panel.") for name in writes) else set()
    allowed = phase.writes | (
        {f"panel.{column}" for column in State.parts("panel")} if "panel.*" in phase.writes else set()
    )
    found = {
        "reads without saying so": reads - phase.reads - free,
        "does not read": phase.reads - reads,
        "writes without saying so": writes - allowed,
        "does not write": phase.writes - writes - columns,
    }
    return [f"{phase.__name__} {what} {', '.join(sorted(names))}" for what, names in found.items() if names]
