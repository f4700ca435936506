"""The worlds that are fitted to the targets, each with the same budget: structures left open, and simpler worlds.

Fixed in docs/choices.md before any of them was fitted.
"""

from __future__ import annotations

from itertools import product
from typing import Any

from .validation import NULLS, changes

EXTERNALITIES = ("pooling", "set_access", "knowledge", "reputation")
CHOICES: tuple[dict[str, Any], ...] = (
    {"crisis_control": "trend"},
    {"pass_through": False},
    {"venues": False},
    {"land_substitution": 2.0},
    {"outside_income_elasticity": 0.0},
    dict.fromkeys(EXTERNALITIES, "linear"),
)
"""What an open choice sets where it is not at its default."""


def structures() -> dict[str, dict[str, Any]]:
    """Structures by name, the default first, and what each sets: an eighth of all combinations of the choices.

    The last three choices are away from their default where exactly one of two of the first three is, so that the
    effects of the choices are clear of each other.
    """
    found: dict[str, dict[str, Any]] = {}
    for a, b, c in product((0, 1), repeat=3):
        away = (a, b, c, a ^ b, a ^ c, b ^ c)
        change = {name: value for choice, is_away in zip(CHOICES, away) if is_away for name, value in choice.items()}
        found[f"structure {len(found) + 1}"] = change
    return found


def others() -> dict[str, dict[str, Any]]:
    """The simpler worlds: the nulls, and the model without anybody joining a trade."""
    return {world: changes(world) for world in NULLS} | {"nobody joins": {"labour_entry": False}}


def in_words(change: dict[str, Any]) -> str:
    """What a structure sets, the four externalities as one."""
    alone = {name: value for name, value in change.items() if name not in EXTERNALITIES}
    if len(alone) < len(change):
        alone["externalities"] = change[EXTERNALITIES[0]]
    return ", ".join(f"`{name}` {str(value).lower()}" for name, value in alone.items()) or "the defaults"
