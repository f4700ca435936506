"""Variables of a tidy table: what each is, the name and label it has in other programs, what was found in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from ..files import shipped_rows

Kind = Literal["integer", "number", "boolean", "date", "category", "text"]
LONGEST_NAME, LONGEST_LABEL = 32, 80
"""Of Stata; other programs allow more."""
RESERVED = re.compile(
    r"_(all|b|coef|cons|n|N|pi|pred|rc|skip)|byte|double|float|if|in|int|long|str(L|\d+)|using|with", re.ASCII
)
"""Words of Stata that no variable may be called."""
SHORTER = {row["long"]: row["short"] for row in shipped_rows("export/abbreviations.csv")}
"""Abbreviations, tried in this order until a name fits."""


@dataclass
class Variable:
    """One column of a tidy table; the second half is filled while rows pass."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    made_by: str = ""
    """Phase and equation that make it, or what else does."""
    source: str = ""
    allowed: str = ""
    if_missing: str = ""
    words: tuple[str, ...] = ()
    """Of a category, in order."""
    said: Mapping[str, str] = field(default_factory=dict)
    """Meaning of these words, where they have one."""
    low: int = 0
    high: int = 0
    """Of integers; of texts ``high`` is the length of the longest, bytes."""
    short: str = ""
    """Name in Stata and SPSS."""
    rows: int = 0
    missing: int = 0
    infinite: int = 0
    least: Any = None
    most: Any = None

    @property
    def label(self) -> str:
        """At most 80 characters, with the unit if there is room."""
        unit = f" [{self.unit}]" if self.unit not in ("", "1", "YYYY-MM") else ""
        for text in (self.meaning + unit, self.meaning, self.meaning.split(": ")[0].split("; ")[0]):
            if len(text) <= LONGEST_LABEL:
                return text
        return self.meaning[: LONGEST_LABEL - 3].rsplit(" ", 1)[0] + "..."

    @property
    def labels(self) -> tuple[str, ...]:
        """Words for the numbers 0, 1, 2, ... where these stand for something."""
        return ("no", "yes") if self.kind == "boolean" else self.words

    @property
    def arrow_type(self) -> pa.DataType:
        """Its type in Parquet and Arrow files."""
        if self.kind == "category":
            return pa.dictionary(pa.int32(), pa.string())
        if self.kind == "integer":
            return pa.int32() if self.low >= -(2**31) and self.high < 2**31 else pa.int64()
        return {"number": pa.float64(), "boolean": pa.bool_(), "date": pa.date32(), "text": pa.string()}[self.kind]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a label has no room for."""
        lines = {
            "": self.meaning if self.meaning != self.label.removesuffix(f" [{self.unit}]") else "",
            "unit: ": self.unit,
            "made by: ": self.made_by,
            "source: ": self.source,
            "missing: ": self.if_missing,
            "name in other files: ": self.name if self.short != self.name else "",
        }
        return tuple(words + text for words, text in lines.items() if text)

    def take_note(self, values: pa.Array) -> None:
        """Count what is missing and infinite, and remember the extremes."""
        self.rows += len(values)
        self.missing += values.null_count
        if self.kind == "number":
            infinite = pc.is_inf(values)
            if found := pc.sum(infinite).as_py() or 0:
                self.infinite += found
                values = values.filter(pc.invert(infinite))
        if self.kind in ("integer", "number", "date") and len(values) > values.null_count:
            ends = pc.min_max(values)
            low, high = ends["min"].as_py(), ends["max"].as_py()
            self.least = low if self.least is None else min(self.least, low)
            self.most = high if self.most is None else max(self.most, high)


def numbers_of(values: pa.Array) -> Any:
    """Codes of a category, days of dates, and other values, as a numpy array; what is missing is nan."""
    if pa.types.is_dictionary(values.type):
        values = values.indices
    elif pa.types.is_date(values.type):
        values = values.cast(pa.int32())
    elif pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    return values.to_numpy(zero_copy_only=False)


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Names that every program takes: letters, digits and underscores, at most 32 and all different.

    >>> short_names(["offer.size", "city_location_quotient_value_yuan"])
    {'offer.size': 'offer_size', 'city_location_quotient_value_yuan': 'city_lq_value_yuan'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        short = re.sub(r"[^A-Za-z0-9_]+", "_", name)
        short = f"_{short}" if short[:1].isdigit() or not short else short
        for long, abbreviation in SHORTER.items():
            if len(short) <= LONGEST_NAME:
                break
            short = short.replace(long, abbreviation)
        short = short[:LONGEST_NAME]
        if RESERVED.fullmatch(short):
            short += "_"
        stem, number = short, 1
        while short.casefold() in taken:
            number += 1
            short = f"{stem[: LONGEST_NAME - len(str(number)) - 1]}_{number}"
        taken.add(short.casefold())
        found[name] = short
    return found


def beyond_excel(v: Variable) -> bool:
    """Whether Excel, which has 15 digits, would round some of these whole numbers."""
    return max(abs(v.low), v.high) >= 10**15
