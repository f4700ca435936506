"""The table of effects by the size of the world."""

import numpy as np

from benchmarks.scales import rows


def test_effects_and_their_differences_are_paired_by_seed():
    seeds = np.arange(6.0)
    small, full = rows({0.1: (seeds, seeds + 2 + 0.1 * seeds), 1.0: (2 * seeds, 2 * seeds + 1 + 0.1 * seeds)})
    assert small[:3] == ["0.1", "6", "4.8"] and small[3].startswith("+2.25 [") and small[4] == "+1.00 [1.00, 1.00]"
    assert full[0] == "1" and full[3].startswith("+1.25 [") and full[4] == ""
