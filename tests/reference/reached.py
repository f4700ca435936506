"""Which lines of rules and phases the worlds reach in which model and twin agree.

``NUMBA_DISABLE_JIT=1 COVERAGE_CORE=sysmon PYTHONPATH=tests python -m reference.reached`` runs them uncompiled.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import coverage

ROOT = Path(__file__).parents[2]
FILES = [f"model/{room}/*.py" for room in ("decisions", "phases")]
LIVELY = {"entry_spread_studios": 100.0, "start_fill": 1.0, "entry_rate": 4.0}
"""Everybody knows of the trade at once."""
RUINED = {
    "base_operating_share": 0.9,
    "closure_lease_months": 0,
    "set_hire_volatility": 0.0,
    "conversion_looks": 1.0,
    "mandates": False,
}
"""Film bases are built and close."""
PROMISED = {
    "mandate_months": 4,
    "fund_mandate": 5.0,
    "promise_worth": 10.0,
    "state_hurdle": -1.0,
    "start_earnings": 3.0,
}
"""Studios promise to spend elsewhere and do not."""
CROWDED = {
    "sets_per_crew": 20.0,
    "shooting_days": 12.0,
    "queue_days": 40.0,
    "start_earnings": 5.0,
    "edge_value_domestic": 5.0,
    "policy_end_month": 10,
}
"""Series queue for sets, and are edgy enough to be caught; cities give up."""
REVIEWED = {
    "review_start_month": 0,
    "province_yuan": 2e5,
    "national_yuan": 4e5,
    "lease_months": 6,
    "retail_vacancy_2020": 0.0,
    "lead_bidding": 0.5,
    "film_claim": 1e-2,
    "campaign_rate": 0.5,
}
"""Budgets decide on who reviews, campaigns are many, leases end early, studios bid for names."""
RENEWED = {
    "lease_months": 1,
    "conversion_looks": 1.0,
    "conversion_lag_months": 1.0,
    "landlord_half_life_months": 0.5,
    "retail_vacancy_2020": 0.5,
    "start_earnings": 5.0,
}
"""Bases open soon, and their leases end at once."""
FUNDED = {"private_hurdle": -1.0, "private_capital_yuan_month": 1e9, "idle_limit_months": 3}
"""Private funds buy much, and lose some of it."""
PLACED = {
    "office_review_rate": 0.3,
    "office_move_cost": 0.1,
    "relocation_rate": 0.1,
    "base_hire_response": 0.3,
    "conversion_looks": 1.0,
    "conversion_lag_months": 1.0,
    "landlord_half_life_months": 0.5,
    "retail_vacancy_2020": 0.5,
    "mall_size_m2": 2000.0,
    "queue_days": 40.0,
    "venues": False,
    "costume_share": 0.3,
    "start_earnings": 5.0,
    "scale": 0.05,
}
"""Studios move inside cities where some cells are full, and choose among many small bases, free and awaited ones."""
ELSEWHERE = {
    "option -= 1  # rounded up to one, u lands beyond the last option with a weight": "test_queues",
    "raise InputError(problems)": "windows that contradict each other: test_inputs",
    **dict.fromkeys(
        ("if free[np.uint64(at)] < free[np.uint64(best)]:", "best = at", "at += 1", "slot[series] = WAITS"),
        "bases of several crews, all taken: test_cases, queues and nearest_sets, compiled",
    ),
    "continue": "inert studios, of which the twin has none: test_economy",
    "announce(econ, 2 * (econ.month + 1))": "runs beyond ten years: test_twin, compiled",
}
"""Lines that no world reaches, and the tests that do."""


def worlds() -> Iterator[tuple[int, Any, int, dict[str, Any]]]:
    """Months, scenario, seed and values of small worlds that together meet every mechanism."""
    from microdrama.model.inputs.parameters import SWITCHES
    from worlds import every_instrument, off, with_parks

    other = {"fiscal_rule": "residual", "crisis_control": "peak", "pass_through": False, "return_migration": True}
    other |= {"expected_work": "shot"} | FUNDED
    yield 48, "baseline", 7, LIVELY | {"novel_seed_yuan_month": 1e8}
    for values in (RUINED | REVIEWED, CROWDED | PROMISED, {switch: off(switch) for switch in SWITCHES}, other):
        yield 16, every_instrument(), 2, LIVELY | {"scale": 0.03} | values
    yield 16, every_instrument(), 2, LIVELY | RENEWED | {"scale": 0.02}
    yield 11, with_parks(), 2, LIVELY | PLACED | {"cell_km": 4.0, "scale": 0.04}  # some shells are as good as others
    yield 14, every_instrument(), 3, LIVELY | {"expected_work": "openings", "office_choice": "cell"}


def _quick() -> None:
    """Take numpy's functions, which differ in last digits alone, for those that are slow uncompiled."""
    import numpy as np
    from scipy import special

    from microdrama.model import arithmetic

    for name in ("exp", "expm1", "log", "log1p", "power", "hypot"):
        setattr(arithmetic, name, getattr(np, name))
    arithmetic.normal_quantile, arithmetic.normal_share = special.ndtri, special.ndtr


def main() -> int:
    """Run all worlds; returns 1 if model and twin differ in one, or a line is not reached."""
    warnings.simplefilter("ignore")
    audit = str(ROOT / "model/phases/clock.py")  # its identities hold, so nothing of what it says of others is reached
    watch = coverage.Coverage(
        include=[str(ROOT / files) for files in FILES], omit=[audit], data_file=None, messages=False
    )
    _quick()
    watch.start()
    from reference.compare import apart

    failed = [
        f"they differ: {scenario}, seed {seed}, {values}"
        for months, scenario, seed, values in worlds()
        if apart(months, scenario, seed, **{"scale": 0.01, "cell_km": 5.0} | values)
    ]
    watch.stop()
    watch.report(show_missing=True, skip_empty=True)
    for path in sorted(watch.get_data().measured_files()):
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        missing = [line for line in watch.analysis2(path)[3] if lines[line - 1].strip() not in ELSEWHERE]
        failed += [f"not reached: {path}:{line}: {lines[line - 1].strip()}" for line in missing]
    print(*failed, sep="\n")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
