"""Exchanged labels: give two cities each other's inputs, block by block, and see what the result goes with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Unpack

import numpy as np

from microdrama.model.inputs.cities import BLOCKS

from ..analysis.contrast import paired
from ..outcomes.patterns import Pattern
from .evaluate import How, evaluate_members

PAIR = ("zhengzhou", "xian")
OUTCOMES = {"firms": "firms", "series_started": "series started", "shoot_days": "shooting days", "value_yuan": "value"}
ALL = "all"


class Swap(NamedTuple):
    """What exchanging a block does to the first city's share, in points; mean over members, 95 % interval (t)."""

    block: str
    effect: dict[str, tuple[float, float, float]]
    """By outcome: mean, low, high."""


def swap(
    members: Sequence[Mapping[str, float]], runs: Path, keys: Mapping[str, Any], **how: Unpack[How]
) -> tuple[list[Swap], dict[str, tuple[float, float]]]:
    """Paired effects of exchanging each block, and the two cities' shares (%) with their own inputs.

    ``runs`` is their folder; ``keys`` are those of a study, of which there must be ``months``.
    """
    period, blocks = (keys["months"] - 12, keys["months"] - 1), (*BLOCKS, ALL)
    patterns = [Pattern("", "ratio", name, city, period, "all") for name in OUTCOMES for city in PAIR]
    keys = {**keys, "city": PAIR[0], "factors": {f"swap.{PAIR[1]}": ["none", *blocks]}}
    usual, *exchanged = 100 * evaluate_members(members, patterns, runs, keys, **how)
    own = np.nanmean(usual, axis=0).tolist()
    levels = {name: (own[2 * i], own[2 * i + 1]) for i, name in enumerate(OUTCOMES)}
    result = []
    for block, shares in zip(blocks, exchanged, strict=True):
        effects = [paired(shares[:, i], usual[:, i]) for i in range(0, len(patterns), 2)]
        result.append(Swap(block, {name: (e.mean, e.low, e.high) for name, e in zip(OUTCOMES, effects, strict=True)}))
    return result, levels


def carrier(swaps: Sequence[Swap], outcome: str = "shoot_days") -> str:
    """The block whose exchange moves the outcome most."""
    return max((s for s in swaps if s.block != ALL), key=lambda s: abs(s.effect[outcome][0])).block
