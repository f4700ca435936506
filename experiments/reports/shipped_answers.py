"""Answers of studies that come with the package, shown beside those of studies that rest on one structure each."""

import math
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import NamedTuple

from ..analysis import channels, structures
from ..analysis.common import Effect
from ..analysis.contrast import Contrast
from ..design.study_file import STUDIES
from ..files import code_version, shipped_rows
from .html import table

SHOWN_WITH = ("crisis_and_policy", "asset", "crisis_scope", "robustness")
"""Studies on whose pages the answers by structure stand."""
LATER = "city_share_shoot_days"
CITY = "Zhengzhou"
"""City that the shipped answers are of."""


class Shipped(NamedTuple):
    """The answer of a study as it was made, and by what."""

    rows: list[Effect]
    scale: str
    seeds: int
    version: str

    @property
    def made(self) -> str:
        """What it was made with."""
        other = "" if self.version == code_version() else f", the code is now {code_version()}"
        return f"made at scale {self.scale} with {self.seeds} seeds by version {self.version} of the code{other}"


def is_shipped(name: str) -> bool:
    """Whether the answer of a study has been made (`make structures`) and comes with the package."""
    return STUDIES.joinpath(f"answers/{name}.csv").is_file()


@cache
def shipped(name: str) -> Shipped:
    """The shipped answer of a study: ``answer.csv`` of its full version."""
    table = shipped_rows(f"studies/answers/{name}.csv")
    rows = []
    for row in table:
        numbers = {key: _number(row[key]) for key in Contrast._fields} | {"seeds": int(row["seeds"])}
        effect = Contrast(**numbers)  # type: ignore[arg-type]
        about = row["predicted"], row["unit"], _number(row["agree"]), int(row["members"])
        rows.append(Effect(row["kind"], row["name"], row["words"], effect, *about))
    return Shipped(rows, table[0]["scale"], rows[0].effect.seeds, table[0]["version"])


def _number(cell: str) -> float:
    return float(cell) if cell else math.nan


def by_structure(name: str) -> list[str]:
    """Sentences on what other structures of the model, and the channels, say; none for studies without them."""
    said = []
    if name in SHOWN_WITH and is_shipped("structures"):
        found = shipped("structures")
        counted, default, *_, later = structures.sentences(found.rows)
        words = f"By structure ({CITY}, mean of 2025, the last year with observed house prices; {found.made}):"
        said.append(f"{words} {counted} {default} {later}")
    if name in SHOWN_WITH and is_shipped("channels"):
        through, scopes, *_ = channels.sentences(shipped("channels").rows, CITY)
        said.append(f"By channel ({shipped('channels').made}): {through} {scopes}")
    return said


def section(name: str) -> str:
    """The effects under every structure as a part of a page; empty for studies without them."""
    if name not in SHOWN_WITH or not is_shipped("structures"):
        return ""
    rows = shipped("structures").rows
    columns = [("effect", "crisis"), ("effect", "policy"), (LATER, "crisis"), (LATER, "policy")]
    head = [
        "structure, by what differs from the default",
        "crisis, 2025",
        "policy, 2025",
        "crisis, 2028",
        "policy, 2028",
    ]
    body = []
    for apart in ("", ", apart"):
        own = [structures.of_kind(rows, f"{kind}{apart}", headline) for kind, headline in columns]
        order = sorted(range(len(own[0])), key=lambda i: own[0][i].effect.mean)
        mark = "not counted: " if apart else ""
        body += [[escape(mark + structures.without_headline(own[0][i])), *_cells([o[i] for o in own])] for i in order]
    note = "Points of the share, 95 % intervals; 2028 is extrapolation. `microdrama study structures` makes the table."
    return f"<h2>Under other structures</h2><p class='note'>{note}</p>{table(head, body)}"


def _cells(effects: Sequence[Effect]) -> list[str]:
    cells = []
    for row in effects:
        e, clear = row.effect, ' class="clear"' if row.effect.clear else ""
        cells.append(f"<td{clear}>{e.mean:+.2f} <small>{e.low:+.2f} to {e.high:+.2f}</small></td>")
    return cells
