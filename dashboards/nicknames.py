"""Texts that people type for others to see: nicknames, questions, options."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any


def one_line(text: Any, most: int) -> str:
    """A text as one line without control and direction characters; empty if nothing seen is left, or over ``most``."""
    if not isinstance(text, str) or len(text) > 4 * most:
        return ""
    seen = "".join(" " if unicodedata.category(c)[0] in "ZC" and c != "\u200d" else c for c in text)
    line = " ".join(seen.split())
    return line if len(line) <= most and any(unicodedata.category(c)[0] not in "CM" for c in line) else ""


def told_apart(name: str, taken: Iterable[str], most: int) -> str:
    """The name, or with a number behind it if somebody has it already; at most ``most`` characters.

    >>> told_apart("Anna", ["anna", "Anna (2)"], 20)
    'Anna (3)'
    """
    known, number, found = {each.casefold() for each in taken}, 1, name
    while found.casefold() in known:
        number += 1
        suffix = f" ({number})"
        found = name[: most - len(suffix)] + suffix
    return found
