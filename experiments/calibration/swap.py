"""Exchanged labels: give two cities each other's inputs, block by block, and see what the result goes with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.inputs.cities import BLOCKS

from ..analysis.contrast import of_differences
from ..files import new_file
from ..outcomes.patterns import Pattern
from .evaluate import Engine, Progress, evaluate_members

PAIR = ("zhengzhou", "xian")
OUTCOMES = {"firms": "firms", "series_started": "series started", "shoot_days": "shooting days", "value_yuan": "value"}
ALL = "all"


class Swap(NamedTuple):
    """What exchanging a block does to the first city's share, in points; mean over members, 95 % interval (t)."""

    block: str
    effect: dict[str, tuple[float, float, float]]
    """By outcome: mean, low, high."""


def swap(
    members: Sequence[Mapping[str, float]],
    out: Path,
    *,
    months: int,
    scale: float,
    workers: int = 2,
    executor: Engine | None = None,
    progress: Progress | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> tuple[list[Swap], dict[str, tuple[float, float]]]:
    """Paired effects of exchanging each block, and the two cities' shares (%) with their own inputs."""
    patterns = [
        Pattern(f"{name} {city}", "ratio", name, city, (months - 12, months - 1), "all")
        for name in OUTCOMES
        for city in PAIR
    ]

    def shares(scenario: str) -> Array:
        found = evaluate_members(
            members,
            patterns,
            out / "runs",
            months=months,
            scale=scale,
            scenario=scenario,
            workers=workers,
            executor=executor,
            progress=progress,
        )
        return 100 * found

    tell(f"exchanged labels: {len(members)} members x {len(BLOCKS) + 2} worlds")
    usual = shares("baseline")
    levels = {
        name: (float(np.nanmean(usual[:, 2 * i])), float(np.nanmean(usual[:, 2 * i + 1])))
        for i, name in enumerate(OUTCOMES)
    }
    result = []
    for block in (*BLOCKS, ALL):
        blocks = list(BLOCKS) if block == ALL else [block]
        path = out / f"swapped_{block}.toml"
        with new_file(path) as work:
            quoted = ", ".join(f'"{name}"' for name in blocks)
            work.write_text(
                f'title = "Exchanged: {block}"\nextends = "baseline"\n'
                f'swap = {{ cities = ["{PAIR[0]}", "{PAIR[1]}"], blocks = [{quoted}] }}\n'
            )
        change = shares(str(path)) - usual
        effect = {}
        for i, name in enumerate(OUTCOMES):
            one = change[:, 2 * i]
            found = of_differences(one[np.isfinite(one)])
            effect[name] = found.mean, found.low, found.high
        result.append(Swap(block, effect))
    return result, levels


def carrier(swaps: Sequence[Swap], outcome: str = "shoot_days") -> str:
    """The block whose exchange moves the outcome most."""
    return max((s for s in swaps if s.block != ALL), key=lambda s: abs(s.effect[outcome][0])).block
