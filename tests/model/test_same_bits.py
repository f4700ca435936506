"""The state after every phase has the bits that were recorded with the code of November 2026.

``PYTHONPATH=tests python tests/model/test_same_bits.py`` records anew what is declared to have changed.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from microdrama.model import MicroDramaEconomy
from microdrama.model.populations.table import Table
from microdrama.model.state import State
from worlds import every_instrument, with_parks

RECORD = Path(__file__).parents[1] / "fixtures" / "same_bits.json"
MONTHS = (0, 1, 13, 29)
WORLDS = {
    "usual": ("baseline", {"rng": 7}),
    "every instrument": (every_instrument, {"audit": True}),
    "parks": (with_parks, {"cell_km": 3.0}),
    "offices by cell": ("baseline", {"office_choice": "cell", "pooling": "linear", "knowledge": "off"}),
    "plain": ("baseline", {"nearest_sets": False, "venues": False, "fatigue": False, "pass_through": False}),
    "other order": ("baseline", {"month_order": "demography_first", "return_migration": True}),
}
LEFT_OUT = {"p", "cities", "market", "policies", "draws", "offers", "script"}
"""What no phase changes."""
ADDRESSES = "addresses"
"""Where arrays are in this process."""


def feed(value, digest):
    """Put a value into a digest, whatever it is made of."""
    if isinstance(value, np.ndarray):
        digest.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, Table):
        feed([getattr(value, name) for name in value.columns()], digest)
    elif isinstance(value, tuple | list):
        for each in value:
            feed(each, digest)
    elif isinstance(value, dict):
        feed([part for name in sorted(value) for part in (str(name), value[name])], digest)
    elif isinstance(value, str):
        digest.update(value.encode())
    elif value is not None:
        digest.update(np.float64(value).tobytes())


def state(econ):
    """Digest of all variables."""
    digest = hashlib.sha256()
    for name in sorted(set(State.variables()) - LEFT_OUT):
        value = getattr(econ, name)
        part = {"panel": lambda v: [v.now, v.shoot_shares, len(v)], "ledger": lambda v: v.matrix, "region": vars}
        if name in part:
            value = part[name](value)
        if name == "region":
            value = {each: data for each, data in value.items() if isinstance(data, np.ndarray) and each != ADDRESSES}
        feed(value, digest)
    return digest.hexdigest()[:8]


def digests(name):
    """The state after each phase of the months that are looked at."""
    scenario, values = WORLDS[name]
    econ = MicroDramaEconomy(
        scenario if isinstance(scenario, str) else scenario(), **({"scale": 0.02, "rng": 1} | values)
    )
    found = {}

    def seen(phase):
        def run(econ):
            phase(econ)
            if econ.month in MONTHS:
                found[f"{econ.month} {phase.__name__}"] = state(econ)

        return run

    econ.phases = [seen(phase) for phase in econ.phases]
    econ.run_for(MONTHS[-1] + 1)
    return found


@pytest.mark.parametrize("name", WORLDS)
def test_the_state_after_every_phase_is_as_recorded(name):
    recorded, now = json.loads(RECORD.read_text())[name], digests(name)
    assert list(now) == list(recorded)
    assert next((at for at in now if now[at] != recorded[at]), None) is None


if __name__ == "__main__":
    RECORD.write_text(json.dumps({name: digests(name) for name in WORLDS}, indent=0) + "\n")
