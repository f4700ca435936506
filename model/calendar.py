"""Months: 0 is January of the first year."""

from __future__ import annotations

import re

FIRST_YEAR = 2021
"""Month 0 is January of this year."""


def month_number(text: str) -> int:
    """Months since January 2021 of ``'YYYY-MM'``.

    >>> month_number("2024-10")
    45
    """
    match = re.fullmatch(r"(\d{4})-(\d{2})", text)
    if not match or not 1 <= int(match[2]) <= 12:
        raise ValueError(f"{text!r} is not a month written YYYY-MM")
    return (int(match[1]) - FIRST_YEAR) * 12 + int(match[2]) - 1


def month_name(month: int) -> str:
    """``'YYYY-MM'`` of a month number.

    >>> month_name(45)
    '2024-10'
    """
    return f"{FIRST_YEAR + month // 12}-{month % 12 + 1:02d}"
