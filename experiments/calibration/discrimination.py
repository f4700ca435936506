"""Which targets discriminate between the model, the model without one mechanism, and the null models.

A world misses a target if its median is outside the interval; a target rules a world out if no more than
:data:`HARDLY` of the world's members are inside. Where sources contradict each other, meeting one is enough. Targets
that every world meets, or none, are listed separately: neither is evidence for a mechanism.
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


class TargetResult(NamedTuple):
    """Which worlds meet a target, or one of several sources that contradict each other; the model comes first."""

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
        return "discriminates" if self.met[0] else "against the model"

    @property
    def refutes(self) -> list[str]:
        """Mechanisms that it was expected to discriminate, before it was scored."""
        return [*dict.fromkeys(entry for row in self.rows for entry in row.pattern.refutes)]


KINDS = {
    "discriminates": "Targets that the model meets and some other world misses",
    "against the model": "Targets that the model misses and some other world meets",
    "nothing fails": "Targets that every world meets: no evidence for any mechanism",
    "everything fails": "Targets that no world meets",
}


def by_target(found: Validation) -> list[TargetResult]:
    """Results of all targets that count, in the order of the table."""
    every = []
    for name, rows in found.units().items():
        met = [any(row.met[w] for row in rows) for w in range(len(found.worlds))]
        out = [max(row.share[w] for row in rows) <= HARDLY for w in range(len(found.worlds))]
        every.append(TargetResult(name, rows, met, out))
    return every


def in_short(found: Validation) -> str:
    """The result in a few sentences."""
    every, nulls = by_target(found), [w for w, world in enumerate(found.worlds) if world in NULLS]
    of = {kind: [t for t in every if t.kind == kind] for kind in KINDS}
    met = ", ".join(f"{world} {found.tally(w)[0]}" for w, world in enumerate(found.worlds))
    lines = [
        f"Of {len(every)} targets, {len(of['nothing fails'])} are met by every world and {len(of['everything fails'])} "
        f"by none. The model meets {len(of['discriminates'])} that some other world misses; it misses "
        f"{len(of['against the model'])} that some other world meets.",
        f"Targets met, of {len(every)}: {met}.",
    ]
    if nulls:
        alone = [t.name for t in of["discriminates"] if not any(t.met[w] for w in nulls)]
        lost = [t.name for t in of["against the model"] if any(t.met[w] for w in nulls)]
        lines.append(f"Met by the model and by no null model: {', '.join(alone) or 'none'}.")
        lines.append(f"Met by a null model and not by the model: {', '.join(lost) or 'none'}.")
    return "\n".join(lines)


def as_page(found: Validation, ensemble: str = "calibrated") -> str:
    """The page; ``ensemble`` is where the members are from."""
    every = by_target(found)
    ends = "5 and 95 %" if found.members >= MANY else f"least and most of {found.members} members"
    made = f"--ensemble {ensemble} --members {found.members} --scale {found.scale:g} --against mechanisms,nulls"
    lines = [
        "# What each target rules out",
        "",
        f"Each of the {len(found.worlds)} worlds below is the model with one mechanism switched off or one parameter "
        f"changed, as its name says, or a null model. All have the same members and random draws, and run for "
        f"{found.months} months. A world *misses* a [target](targets.md) if its median lies outside the interval on "
        f"record. The target *rules it out* if at most {HARDLY:.0%} of its members lie inside; where more do, the "
        f"world's name is in brackets. Values of the model are the median and, in brackets, {ends}. Made by "
        f"`microdrama validate {made}`.",
        "",
        *in_short(found).splitlines(),
        "",
        "## Worlds",
        "",
        "*Per member*: the number of targets that one member meets, minus the number that the same member meets in "
        "the model (the model's own number is in brackets), with the 95 % interval over members.",
        "",
        *table(
            ("world", "targets met", "per member", "missed here, met by the model", "met here, missed by the model"),
            _worlds(found, every),
        ),
    ]
    for kind, words in KINDS.items():
        chosen = [t for t in every if t.kind == kind]
        listed = kind in ("discriminates", "against the model")
        head: tuple[str, ...] = ("target", "observed", "model")
        more: tuple[str, ...] = ("met by", "expected to rule out")
        if kind == "discriminates":
            more = ("missed by", "expected to rule out", "of these it does")
        rows = [_row(found, t) if listed else (*_about(t), _predictions(t)) for t in chosen]
        head = (*head, *(more if listed else ("what was predicted for the model, and why",)))
        lines += ["", f"## {words}", "", *(table(head, rows) if rows else ["None."])]
    lines += ["", "## Predictions", "", _predicted(every), "", "## Sources that contradict each other", ""]
    lines += ["Met by the model: " + ("; ".join(_alternatives(t) for t in every if len(t.rows) > 1) or "none") + "."]
    lines += ["", "## Rows that are reported and never counted", ""]
    rows = [
        (v.pattern.name, v.pattern.use, v.pattern.observed, v.words, "met" if v.met[0] else "missed")
        for v in found.verdicts
        if not v.pattern.counted
    ]
    lines += table(("row", "use", "observed", "model", "verdict"), rows) if rows else ["None."]
    lines += [f"\nRefused: {name}: {why}." for name, why in found.refused.items()]
    return "\n".join(lines) + "\n"


def _worlds(found: Validation, every: Sequence[TargetResult]) -> list[tuple[str, ...]]:
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


def _about(t: TargetResult) -> tuple[str, str, str]:
    observed, words = (" or ".join(part) for part in ([r.pattern.observed for r in t.rows], [r.words for r in t.rows]))
    return t.name, observed, words


def _row(found: Validation, t: TargetResult) -> tuple[str, ...]:
    """A row of the tables of targets: which worlds miss it or, if the model does, which meet it; and the prediction."""
    other = [w for w in range(1, len(found.worlds)) if t.met[w] != t.met[0]]
    names = [found.worlds[w] if t.out[w] or t.met[w] else f"({found.worlds[w]})" for w in other]
    right = [entry for entry in t.refutes if entry in {found.worlds[w] for w in other}]
    expected = [", ".join(t.refutes), ", ".join(right) or "nothing"]
    return *_about(t), ", ".join(names), *expected[: 1 + t.met[0]]


def _predictions(t: TargetResult) -> str:
    return "; ".join(row.pattern.prediction for row in t.rows)


def place_of(pattern: Pattern, median: float) -> str:
    """Where a value is: met, below or above."""
    return "met" if pattern.inside(median) else "below" if median < pattern.low else "above"


def _predicted(every: Sequence[TargetResult]) -> str:
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
        "Before the runs it was predicted where the model would lie. "
        f"{len(new) - len(wrong)} of {len(new)} predictions came true; {seen} more concerned results seen before the "
        f"prediction and do not count. Wrong: {', '.join(wrong) or 'none'}."
    )


def _alternatives(t: TargetResult) -> str:
    which = [row.pattern.name for row in t.rows if row.met[0]]
    return f"{t.name}: {' and '.join(which) or 'neither'} ({', '.join(row.pattern.name for row in t.rows)})"
