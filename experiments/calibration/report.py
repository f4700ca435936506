"""The report of a calibration: what was fitted to what, what the data say of parameters, and what they do not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from html import escape
from pathlib import Path

import numpy as np

from ..design.ensembles import evenly
from ..figures import check_matplotlib
from ..files import new_file, provenance, write_csv
from ..markdown import table
from ..reports import html
from .calibrate import MONTHS, Calibration, Plan, calibrate, read_points, to_json
from .drawing import draw_all
from .evaluate import Engine, Progress
from .prior import NAMES, PRIOR
from .recovery import NOMINAL, POWERS
from .swap import ALL, OUTCOMES, PAIR, Swap, carrier, swap
from .validation import Validation, rows_of, validate

PASS = 0.8
"""Share of the targets that the ensemble is to meet."""
NARROW = 0.75
"""The data constrain a parameter if its 90 % interval is narrower than this share of the prior's."""


class Page:
    """Headings, text, tables and figures, as Markdown and as one page of HTML."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.markdown, self.html = [f"# {title}", ""], [f"<h1>{escape(title)}</h1>"]

    def heading(self, text: str) -> None:
        self.markdown += [f"## {text}", ""]
        self.html.append(f"<h2>{escape(text)}</h2>")

    def text(self, text: str) -> None:
        self.markdown += [text, ""]
        self.html.append(f"<p>{escape(text)}</p>")

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        rows = list(rows)
        self.markdown += [*table(head, rows), ""]
        self.html.append(html.table(map(escape, head), (map(escape, row) for row in rows)))

    def figure(self, path: Path, caption: str) -> None:
        self.markdown += [f"![{caption}]({path.name})", ""]
        self.html.append(html.embedded(path, caption))

    def write(self, folder: Path) -> None:
        with new_file(folder / "report.md") as path:
            path.write_text("\n".join(self.markdown).rstrip() + "\n", encoding="utf-8")
        page = html.document(self.title, "microdrama · calibration", "".join(self.html))
        with new_file(folder / "index.html") as path:
            path.write_text(page, encoding="utf-8")


def conclude(
    out: str | Path,
    plan: Plan,
    *,
    workers: int = 2,
    executor: Engine | None = None,
    progress: Progress | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> list[str]:
    """Calibrate, validate against the nulls, exchange labels, and write the report; returns what it says in short.

    Raises
    ------
    InputError
        If something needed is missing, or the folder cannot be used.
    """
    check_matplotlib()
    folder = Path(out)
    found = calibrate(folder, plan, workers=workers, executor=executor, progress=progress, tell=tell)
    held = validate(
        plan.targets,
        folder / "runs",
        ensemble=folder / "ensemble.csv",
        count=plan.checked,
        months=MONTHS,
        scale=plan.scale,
        workers=workers,
        executor=executor,
        progress=progress,
        tell=tell,
    )
    members = evenly(read_points(folder / "ensemble.csv"), plan.exchanged)
    swaps, levels = swap(
        members,
        folder,
        months=MONTHS,
        scale=plan.scale,
        workers=workers,
        executor=executor,
        progress=progress,
        tell=tell,
    )
    content = to_json(found) | {"swap": [s._asdict() for s in swaps], "shares": levels}
    with new_file(folder / "calibration.json") as path:
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    write_csv(folder / "verdicts.csv", rows_of(held))
    figures = draw_all(found, held, swaps, folder)
    page = Page("Calibration to the end of 2024")
    lines = in_short(found, held, swaps)
    for line in lines:
        page.text(line)
    _write_fit(page, held, figures, folder)
    _write_parameters(page, found, figures, folder)
    _write_waves(page, found, figures, folder)
    _write_swaps(page, swaps, levels, figures, folder)
    versions = ", ".join(f"{name} {version}" for name, version in provenance()["versions"].items())
    page.heading("To repeat it")
    page.text(
        f"`microdrama calibrate --out DIR`. {len(found.waves)} waves of {plan.points} points with {plan.seeds} "
        f"seeds, {MONTHS} months at scale {plan.scale:g}; {versions}."
    )
    page.write(folder)
    return lines


def missed(held: Validation) -> list[str]:
    """Fitted targets that the ensemble misses."""
    return [v.pattern.name for v in held.verdicts if v.pattern.use == "fit" and not v.met[0]]


def in_short(found: Calibration, held: Validation, swaps: Sequence[Swap]) -> list[str]:
    """The result in a few sentences."""
    met, of = held.tally(0, "fit")
    verdict = "at least" if met >= PASS * of else "fewer than"
    lines = [f"The ensemble meets {met} of {of} targets, {verdict} four in five, without any constant of a city's own."]
    if names := missed(held):
        lines.append(f"Missed: {', '.join(names)}.")
    nulls = [f"{world} {held.tally(w, 'fit')[0]}" for w, world in enumerate(held.worlds) if w]
    aside = [
        f"{world} {held.tally(w, 'check')[0]} of {held.tally(w, 'check')[1]}" for w, world in enumerate(held.worlds)
    ]
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
    effect = next(s for s in swaps if s.block == block).effect["shoot_days"]
    lines.append(
        f"Of the inputs exchanged between {PAIR[0]} and {PAIR[1]}, '{block}' moves {PAIR[0]}'s share of "
        f"shooting days most: by {effect[0]:+.1f} points ({effect[1]:+.1f} to {effect[2]:+.1f})."
    )
    return lines


def widths(found: Calibration) -> list[float]:
    """Width of each parameter's 90 % interval over that of its prior."""
    return [float(w) for w in (found.posterior[2] - found.posterior[0]) / NOMINAL]


def _write_fit(page: Page, held: Validation, figures: dict[str, str], folder: Path) -> None:
    page.heading("Targets")
    page.text(
        "Predicted: median and 90 % interval over members and draws. A target is met if the median lies inside. "
        "The nulls are the same members: founders at random, cost alone, spin-offs alone."
    )
    page.figure(folder / "targets.png", figures["targets.png"])
    page.table(
        ("target", "use", "observed", "predicted", "members inside", "met", *held.worlds[1:], "sources"),
        [
            (
                v.pattern.name,
                v.pattern.use,
                v.pattern.observed,
                _predicted(held, row),
                f"{v.share[0]:.0%}",
                _yes(v.met[0]),
                *map(_yes, v.met[1:]),
                v.pattern.sources,
            )
            for row, v in enumerate(held.verdicts)
        ],
    )


def _predicted(held: Validation, row: int) -> str:
    v = held.verdicts[row]
    low, median, high = (v.pattern.shown(float(end)) for end in v.predicted[0])
    return f"{median} ({low} to {high})"


def _yes(met: bool) -> str:
    return "met" if met else "missed"


def _write_parameters(page: Page, found: Calibration, figures: dict[str, str], folder: Path) -> None:
    page.heading("From prior to posterior")
    page.figure(folder / "parameters.png", figures["parameters.png"])
    recovery, narrow = found.recovery, widths(found)
    assert recovery is not None
    chosen = POWERS.index(recovery.power)
    page.table(
        ("parameter", "prior", "median", "90 % interval", "width over the prior's", "coverage of truths"),
        [
            (
                f"`{name}`",
                f"{PRIOR[name].low:g} to {PRIOR[name].high:g}{', log' if PRIOR[name].log else ''}",
                f"{PRIOR[name].at(found.posterior[1, i]):.3g}",
                f"{PRIOR[name].at(found.posterior[0, i]):.3g} to {PRIOR[name].at(found.posterior[2, i]):.3g}",
                f"{narrow[i]:.2f}",
                f"{recovery.coverage[chosen, i]:.0%}",
            )
            for i, name in enumerate(NAMES)
        ],
    )
    page.heading("Synthetic truths")
    page.text(
        f"{recovery.truths} points that were run play the data in turn, with intervals as wide as the real ones, "
        "and are looked for by emulators that have not seen them. With the likelihood raised to the power "
        f"{recovery.power:g}, 90 % intervals cover the truth in {recovery.coverage[chosen].mean():.0%} of cases; "
        f"at the power 1 in {recovery.coverage[0].mean():.0%}."
    )
    page.figure(folder / "recovery.png", figures["recovery.png"])
    page.heading("What the targets can say")
    values, vectors = np.linalg.eigh(found.information)
    page.text(
        "Eigenvalues of the information matrix at the posterior mean; 1 is the information of the prior, so "
        "directions below 1 stay what they were assumed to be."
    )
    page.figure(folder / "information.png", figures["information.png"])
    largest = np.argsort(-np.abs(vectors), axis=0)[:3]
    page.table(
        ("eigenvalue", "direction"),
        [
            (f"{values[i]:.3g}", ", ".join(f"{vectors[j, i]:+.2f} {NAMES[j]}" for j in largest[:, i]))
            for i in reversed(range(len(values)))
        ],
    )


def _write_waves(page: Page, found: Calibration, figures: dict[str, str], folder: Path) -> None:
    page.heading("Waves")
    page.figure(folder / "waves.png", figures["waves.png"])
    page.table(
        ("wave", "points", "prior left", "smallest implausibility", "variance explained", "out of reach"),
        [
            (
                str(n),
                str(w.points),
                f"{w.plausible:.2%}",
                f"{w.best:.1f}",
                f"{np.nanmedian(w.explained):.0%}" if w.explained else "",
                ", ".join(w.unreachable) or "none",
            )
            for n, w in enumerate(found.waves, 1)
        ],
    )
    page.text(
        "Variance explained: the median over targets, of the runs of a wave by the emulators before it, less noise."
    )
    page.heading("Which targets bind")
    bound = sorted(found.binding.items(), key=lambda item: -item[1]["alone"])
    page.table(
        ("target", "rules out of the prior", "as the only one", "median implausibility of members"),
        [(name, f"{b['alone']:.0%}", f"{b['only']:.1%}", f"{b['members']:.1f}") for name, b in bound],
    )


def _write_swaps(
    page: Page, swaps: Sequence[Swap], levels: dict[str, tuple[float, float]], figures: dict[str, str], folder: Path
) -> None:
    page.heading("Exchanged labels")
    page.text(
        f"{PAIR[0]} and {PAIR[1]} get each other's inputs of one block, or of all. Points by which {PAIR[0]}'s "
        "share changes in 2024, with 95 % intervals over members; policy: what was announced."
    )
    page.figure(folder / "swap.png", figures["swap.png"])
    page.table(
        ("exchanged", *OUTCOMES.values()),
        [
            ("nothing: share of the two", *(f"{levels[o][0]:.1f} and {levels[o][1]:.1f} %" for o in OUTCOMES)),
            *(("everything" if s.block == ALL else s.block, *(_effect(*s.effect[o]) for o in OUTCOMES)) for s in swaps),
        ],
    )


def _effect(mean: float, low: float, high: float) -> str:
    return f"{mean:+.1f} ({low:+.1f} to {high:+.1f})"
