"""What a study says before it is run: its question, its analysis, and what it expects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .fields import TEXT, Kind, key, number, one_of, table, texts

SIGNS = Kind(
    "a table of signs, '+', '-' or '0'",
    lambda value: isinstance(value, dict) and all(sign in ("+", "-", "0") for sign in value.values()),
)


@dataclass(frozen=True)
class Register:
    """The ``[register]`` of a study."""

    question: str = key(TEXT, "what is asked")
    hypothesis: str = key(TEXT, "what is expected, and why")
    metric: str = key(TEXT, "the outcome that decides")
    analysis: str = key(TEXT, "how the answer is made")
    overturned_by: str = key(TEXT, "what would show that the hypothesis is wrong")
    predicted: dict[str, str] = key(SIGNS, "sign of the effect of a factor", {})
    words: dict[str, str] = key(table("register.words"), "factors in words", {})
    also: tuple[str, ...] = key(texts("outcomes"), "outcomes beside the one that decides", ())
    by: str = key(TEXT, "factor at each of whose values the analysis is made anew", "")
    treatment: str = key(TEXT, "factor whose first value is no treatment, with which points are compared", "")
    paths: tuple[str, ...] = key(
        texts("columns of the panel"),
        "columns of the panel to draw: of the focal city, `all COLUMN`, `share COLUMN`, or `COLUMN / CITY`",
        (),
    )
    better: str = key(one_of(("more", "less")), "of the outcome that decides, for regrets", "more")
    enough: float | None = key(number(), "what of it is enough, in the unit of display", None)
    label: str = key(TEXT, "its place among the headline studies, such as E3", "")
    observed: dict[str, Any] = key(table("register.observed"), "patterns in the data, by name", {})
