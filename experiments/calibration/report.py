"""The report of a calibration: what was fitted to what, what the data say of parameters, and what they do not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Unpack

import numpy as np

from ..design.ensembles import evenly
from ..design.priors import NAMES, PRIOR
from ..figures import check_matplotlib
from ..files import new_file, provenance, shipped_text, write_csv
from ..markdown import table
from ..reports import html
from .calibrate import MONTHS, Calibration, Plan, calibrate, read_points, to_json
from .drawing import draw_all
from .evaluate import How
from .recovery import NOMINAL, POWERS
from .swap import ALL, OUTCOMES, PAIR, Swap, carrier, swap
from .validation import Validation, rows_of, validate

PASS = 0.8
"""Share of the targets that the ensemble is to meet."""
NARROW = 0.75
"""The data constrain a parameter if its 90 % interval is narrower than this share of the prior's."""


def conclude(
    out: str | Path, plan: Plan, *, tell: Callable[[str], None] = lambda line: None, **how: Unpack[How]
) -> list[str]:
    """Calibrate, validate against the nulls, exchange labels, and write the report; returns what it says in short.

    Raises
    ------
    InputError
        If something needed is missing, or the folder cannot be used.
    """
    check_matplotlib()
    folder = Path(out)
    found = calibrate(folder, plan, tell=tell, **how)
    ensemble, runs = folder / "ensemble.csv", folder / "runs"
    held = validate(plan.targets, runs, ensemble=ensemble, count=plan.checked, tell=tell, **plan.keys, **how)
    members = evenly(read_points(ensemble), plan.exchanged)
    tell(f"exchanged labels: {len(members)} members")
    swaps, levels = swap(members, runs, plan.keys, **how)
    lines = in_short(found, held, swaps)
    template = Template(shipped_text("calibration/report.md"))
    page = template.substitute(
        _of_parameters(found),
        in_short="\n\n".join(lines),
        targets=_targets(held),
        waves=_waves(found),
        binding=_binding(found),
        swaps=_swaps(swaps, levels),
        one=PAIR[0],
        other=PAIR[1],
        repeat=f"{len(found.waves)} waves of {plan.points} points with {plan.seeds} seeds, {MONTHS} months at scale "
        f"{plan.scale:g}; {', '.join(f'{name} {version}' for name, version in provenance()['versions'].items())}.",
    )
    write_csv(folder / "verdicts.csv", rows_of(held))
    draw_all(found, held, swaps, folder)
    content = to_json(found) | {"swap": [s._asdict() for s in swaps], "shares": levels}
    body = html.document("Calibration to the end of 2024", "microdrama · calibration", "".join(as_html(page, folder)))
    for name, text in (
        ("calibration.json", json.dumps(content, indent=1) + "\n"),
        ("report.md", page),
        ("index.html", body),
    ):
        with new_file(folder / name) as path:
            path.write_text(text, encoding="utf-8")
    return lines


def as_html(page: str, folder: Path) -> Iterator[str]:
    """Headings, text, tables and figures (of the folder, each a paragraph) of a page in Markdown as HTML."""
    for block in page.strip().split("\n\n"):
        if block.startswith("#"):
            level, _, text = block.partition(" ")
            yield f"<h{len(level)}>{escape(text)}</h{len(level)}>"
        elif block.startswith("!["):
            caption, _, name = block.removeprefix("![").removesuffix(")").rpartition("](")
            yield html.embedded(folder / name, caption)
        elif block.startswith("| "):
            head, _, *rows = ([escape(cell) for cell in line[2:-2].split(" | ")] for line in block.splitlines())
            yield html.table(head, rows)
        else:
            yield f"<p>{escape(block)}</p>"


def in_short(found: Calibration, held: Validation, swaps: Sequence[Swap]) -> list[str]:
    """The result in a few sentences."""
    met, of = held.tally(0, "fit")
    verdict = "at least" if met >= PASS * of else "fewer than"
    lines = [f"The ensemble meets {met} of {of} targets, {verdict} four in five, without any constant of a city's own."]
    if missed := [v.pattern.name for v in held.verdicts if v.pattern.use == "fit" and not v.met[0]]:
        lines.append(f"Missed: {', '.join(missed)}.")
    nulls = [f"{world} {held.tally(w, 'fit')[0]}" for w, world in enumerate(held.worlds) if w]
    aside = ["{} {} of {}".format(world, *held.tally(w, "check")) for w, world in enumerate(held.worlds)]
    if nulls:
        lines.append(
            f"With the same members the nulls meet of the same targets: {', '.join(nulls)}. "
            f"Of the patterns not fitted: {', '.join(aside)}."
        )
    sharp = [name for name, width in zip(NAMES, widths(found), strict=True) if width < NARROW]
    vague = [name for name in NAMES if name not in sharp]
    lines.append(
        f"The data narrow {', '.join(sharp) or 'no parameter'}; {', '.join(vague) or 'none'} stay near their prior."
    )
    block = carrier(swaps)
    mean, low, high = next(s for s in swaps if s.block == block).effect["shoot_days"]
    lines.append(
        f"Of the inputs exchanged between {PAIR[0]} and {PAIR[1]}, '{block}' moves {PAIR[0]}'s share of "
        f"shooting days most: by {mean:+.1f} points ({low:+.1f} to {high:+.1f})."
    )
    return lines


def widths(found: Calibration) -> list[float]:
    """Width of each parameter's 90 % interval over that of its prior."""
    return [float(w) for w in (found.posterior[2] - found.posterior[0]) / NOMINAL]


def _table(*rows: Sequence[str]) -> str:
    """A table in Markdown of its head and rows."""
    return "\n".join(table(rows[0], rows[1:]))


def _targets(held: Validation) -> str:
    head = ("target", "use", "observed", "predicted", "members inside", "met", *held.worlds[1:], "sources")
    rows = []
    for v in held.verdicts:
        p, met = v.pattern, ["met" if met else "missed" for met in v.met]
        rows.append((p.name, p.use, p.observed, v.words, f"{v.share[0]:.0%}", *met, p.sources))
    return _table(head, *rows)


def _of_parameters(found: Calibration) -> dict[str, str]:
    """What the page says of parameters: before and after, synthetic truths, and what the targets can say."""
    recovery, narrow = found.recovery, widths(found)
    coverage = recovery.coverage[POWERS.index(recovery.power)]
    rows = [("parameter", "prior", "median", "90 % interval", "width over the prior's", "coverage of truths")]
    for i, (name, prior) in enumerate(PRIOR.items()):
        low, median, high = (f"{prior.at(place):.3g}" for place in found.posterior[:, i])
        before = f"{prior.low:g} to {prior.high:g}{', log' if prior.log else ''}"
        rows.append((f"`{name}`", before, median, f"{low} to {high}", f"{narrow[i]:.2f}", f"{coverage[i]:.0%}"))
    values, vectors = np.linalg.eigh(found.information)
    largest = np.argsort(-np.abs(vectors), axis=0)[:3]
    directions = [
        (f"{values[i]:.3g}", ", ".join(f"{vectors[j, i]:+.2f} {NAMES[j]}" for j in largest[:, i]))
        for i in reversed(range(len(values)))
    ]
    return {
        "parameters": _table(*rows),
        "truths": str(recovery.truths),
        "power": f"{recovery.power:g}",
        "covered": f"{coverage.mean():.0%}",
        "covered_at_1": f"{recovery.coverage[0].mean():.0%}",
        "directions": _table(("eigenvalue", "direction"), *directions),
    }


def _waves(found: Calibration) -> str:
    rows = [("wave", "points", "prior left", "smallest implausibility", "variance explained", "out of reach")]
    for n, w in enumerate(found.waves, 1):
        explained = f"{np.nanmedian(w.explained):.0%}" if w.explained else ""
        out = ", ".join(w.unreachable) or "none"
        rows.append((str(n), str(w.points), f"{w.plausible:.2%}", f"{w.best:.1f}", explained, out))
    return _table(*rows)


def _binding(found: Calibration) -> str:
    bound = sorted(found.binding.items(), key=lambda item: -item[1]["alone"])
    rows = [(name, f"{b['alone']:.0%}", f"{b['only']:.1%}", f"{b['members']:.1f}") for name, b in bound]
    return _table(("target", "rules out of the prior", "as the only one", "median implausibility of members"), *rows)


def _swaps(swaps: Sequence[Swap], levels: Mapping[str, tuple[float, float]]) -> str:
    rows = [("nothing: share of the two", *("{:.1f} and {:.1f} %".format(*levels[o]) for o in OUTCOMES))]
    for s in swaps:
        effects = ("{:+.1f} ({:+.1f} to {:+.1f})".format(*s.effect[o]) for o in OUTCOMES)
        rows.append(("everything" if s.block == ALL else s.block, *effects))
    return _table(("exchanged", *OUTCOMES.values()), *rows)
