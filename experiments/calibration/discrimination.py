"""What each target rules out among the model, the model without one mechanism, and the nulls; and what says nothing.

A world misses a target if its median is outside; a target rules a world out if no more than :data:`HARDLY` of the
world's members are inside. Of sources that contradict each other one that is met is enough. What every world meets and
what none meets is reported apart: neither is evidence for a mechanism.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from ..markdown import table
from ..outcomes.patterns import Pattern
from .validation import MANY, NULLS, Validation, Verdict

HARDLY = 0.1
"""Share of its members inside up to which a world is ruled out."""
SEEN = "seen before"
"""Words that mark predictions of what had been looked at: these are none."""


class Told(NamedTuple):
    """What a target, or sources that contradict each other, say of every world, the model first."""

    name: str
    rows: list[Verdict]
    met: list[bool]
    out: list[bool]
    """Ruled out."""

    @property
    def kind(self) -> str:
        """One of :data:`KINDS`."""
        if all(self.met):
            return "nothing fails"
        if not any(self.met):
            return "everything fails"
        return "tells" if self.met[0] else "against the model"

    @property
    def refutes(self) -> list[str]:
        """What it was said to tell, before it was scored."""
        return [*dict.fromkeys(entry for row in self.rows for entry in row.pattern.refutes)]


KINDS = {
    "tells": "Targets that the model meets and some other world misses",
    "against the model": "Targets that the model misses and some other world meets",
    "nothing fails": "Targets that every world meets, no evidence for any",
    "everything fails": "Targets that no world meets",
}


def told(found: Validation) -> list[Told]:
    """What each of the targets that count says, in the order of the table."""
    every = []
    for name, rows in found.units().items():
        met = [any(row.met[w] for row in rows) for w in range(len(found.worlds))]
        out = [max(row.share[w] for row in rows) <= HARDLY for w in range(len(found.worlds))]
        every.append(Told(name, rows, met, out))
    return every


def in_short(found: Validation) -> str:
    """The result in a few sentences."""
    every, nulls = told(found), [w for w, world in enumerate(found.worlds) if world in NULLS]
    of = {kind: [t for t in every if t.kind == kind] for kind in KINDS}
    met = ", ".join(f"{world} {found.tally(w)[0]}" for w, world in enumerate(found.worlds))
    lines = [
        f"Of {len(every)} targets every world meets {len(of['nothing fails'])} and none {len(of['everything fails'])}; "
        f"{len(of['tells'])} are met by the model and missed by some other world, {len(of['against the model'])} are "
        f"missed by the model and met by some other.",
        f"Met of {len(every)}: {met}.",
    ]
    if nulls:
        alone = [t.name for t in of["tells"] if not any(t.met[w] for w in nulls)]
        lost = [t.name for t in of["against the model"] if any(t.met[w] for w in nulls)]
        lines.append(f"The model meets and no null does: {', '.join(alone) or 'nothing'}.")
        lines.append(f"A null meets and the model does not: {', '.join(lost) or 'nothing'}.")
    return "\n".join(lines)


def as_page(found: Validation, ensemble: str = "calibrated") -> str:
    """The page; ``ensemble`` is where the members are from."""
    every = told(found)
    ends = "5 and 95 %" if found.members >= MANY else f"least and most of {found.members} members"
    made = f"--ensemble {ensemble} --members {found.members} --scale {found.scale:g} --against mechanisms,nulls"
    lines = [
        "# What each target rules out",
        "",
        f"The targets of [the table](targets.md) in {len(found.worlds)} worlds with the same members and draws "
        f"({found.months} months). A world named after a switch or a value is the model with that off, or so. Of one "
        f"that misses a target the median is outside; it is *ruled out* if at most {HARDLY:.0%} of its members are in, "
        f"else its name is in brackets. Model: median, {ends}. Made by `microdrama validate {made}`.",
        "",
        *in_short(found).splitlines(),
        "",
        "## Worlds",
        "",
        "*A member's*: targets that a member meets, less those of the same member in the model (whose own are in "
        "brackets), with the 95 % interval over members.",
        "",
        *table(
            ("world", "met", "a member's", "misses, met by the model", "meets, missed by it"), _worlds(found, every)
        ),
    ]
    for kind, words in KINDS.items():
        chosen = [t for t in every if t.kind == kind]
        tells = kind in ("tells", "against the model")
        head: tuple[str, ...] = ("target", "observed", "model")
        more = ("missed by", "said to tell", "of that found") if kind == "tells" else ("met by", "said to tell")
        rows = [_row(found, t) if tells else (*_about(t), _predictions(t)) for t in chosen]
        head = (*head, *(more if tells else ("prediction",)))
        lines += ["", f"## {words}", "", *(table(head, rows) if rows else ["None."])]
    lines += ["", "## Predictions", "", _predicted(every), "", "## Sources that contradict each other", ""]
    lines += ["Met by the model: " + ("; ".join(_alternatives(t) for t in every if len(t.rows) > 1) or "none") + "."]
    lines += ["", "## Apart, never counted", ""]
    rows = [
        (v.pattern.name, v.pattern.use, v.pattern.observed, v.words, "met" if v.met[0] else "missed")
        for v in found.verdicts
        if not v.pattern.counted
    ]
    lines += table(("row", "use", "observed", "model", "by it"), rows) if rows else ["None."]
    lines += [f"\nRefused: {name}: {why}." for name, why in found.refused.items()]
    return "\n".join(lines) + "\n"


def _worlds(found: Validation, every: Sequence[Told]) -> list[tuple[str, ...]]:
    """Rows of the table of worlds."""
    inside = np.array([np.any([row.inside for row in t.rows], axis=0) for t in every]).sum(axis=0)
    rows: list[tuple[str, ...]] = [
        ("model", f"{found.tally(0)[0]} of {len(every)}", f"({inside[0].mean():.1f})", "", "")
    ]
    for w, world in enumerate(found.worlds[1:], 1):
        gap = (inside[w] - inside[0]).astype(float)
        half = stats.t.ppf(0.975, len(gap) - 1) * gap.std(ddof=1) / np.sqrt(len(gap))
        less = f"{gap.mean():+.1f} ({gap.mean() - half:+.1f} to {gap.mean() + half:+.1f})"
        counts = (sum(t.met[a] and not t.met[b] for t in every) for a, b in ((0, w), (w, 0)))
        rows.append((world, str(found.tally(w)[0]), less, *map(str, counts)))
    return rows


def _about(t: Told) -> tuple[str, str, str]:
    observed, words = (" or ".join(part) for part in ([r.pattern.observed for r in t.rows], [r.words for r in t.rows]))
    return t.name, observed, words


def _row(found: Validation, t: Told) -> tuple[str, ...]:
    """A row of the tables of targets: which worlds miss it or, if the model does, which meet it; and the prediction."""
    other = [w for w in range(1, len(found.worlds)) if t.met[w] != t.met[0]]
    names = [found.worlds[w] if t.out[w] or t.met[w] else f"({found.worlds[w]})" for w in other]
    right = [entry for entry in t.refutes if entry in {found.worlds[w] for w in other}]
    told_before = [", ".join(t.refutes), ", ".join(right) or "nothing"]
    return *_about(t), ", ".join(names), *told_before[: 1 + t.met[0]]


def _predictions(t: Told) -> str:
    return "; ".join(row.pattern.prediction for row in t.rows)


def place_of(pattern: Pattern, median: float) -> str:
    """Where a value is: met, below or above."""
    return "met" if pattern.inside(median) else "below" if median < pattern.low else "above"


def _predicted(every: Sequence[Told]) -> str:
    """How many predictions came true."""
    rows = [row for t in every for row in t.rows if row.pattern.prediction and row.pattern.value is None]
    said = [(row, row.pattern.prediction.partition(":")[0]) for row in rows]
    new = [(row, word) for row, word in said if word != "open" and SEEN not in row.pattern.prediction]
    wrong = [
        f"{row.pattern.name} ({word}, is {place})"
        for row, word in new
        if (place := place_of(row.pattern, float(row.predicted[0][1]))) != word
    ]
    seen = sum(SEEN in row.pattern.prediction for row in rows)
    return (
        f"{len(new) - len(wrong)} of {len(new)} predictions of where the model is came true; "
        f"{seen} more were of what had been seen before and are none. Wrong: {', '.join(wrong) or 'none'}."
    )


def _alternatives(t: Told) -> str:
    which = [row.pattern.name for row in t.rows if row.met[0]]
    return f"{t.name}: {' and '.join(which) or 'neither'} ({', '.join(row.pattern.name for row in t.rows)})"
