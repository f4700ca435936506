"""The report of a calibration: what was fitted to what, what the data say of parameters, and what they do not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Unpack

import numpy as np

from ..design.ensembles import evenly, read_ensemble
from ..design.priors import NAMES, PRIOR
from ..figures import check_matplotlib
from ..files import new_file, provenance, shipped_text, write_csv
from ..markdown import table
from ..reports import html
from .calibrate import MONTHS, Calibration, Plan, calibrate, to_json
from .drawing import draw_all
from .evaluate import How
from .recovery import NOMINAL, POWERS
from .scores import difference, units
from .swap import ALL, OUTCOMES, PAIR, Swap, carrier, swap
from .validation import Validation, Verdict, judge, rows_of
from .worlds import in_words

NARROW = 0.75
"""The data constrain a parameter if its 90 % interval is narrower than this share of the prior's."""


def conclude(
    out: str | Path, plan: Plan, *, tell: Callable[[str], None] = lambda line: None, **how: Unpack[How]
) -> list[str]:
    """Fit every world, compare them, exchange labels, and write the report; returns what it says in short.

    Raises
    ------
    InputError
        If something needed is missing, or the folder cannot be used.
    """
    check_matplotlib()
    folder = Path(out)
    found = calibrate(folder, plan, tell=tell, **how)
    held = verdicts(found)
    members = evenly(read_ensemble(folder / "ensemble.csv"), plan.exchanged)
    tell(f"exchanged labels: {len(members)} members")
    swaps, levels = swap(members, folder / "runs", plan.keys, **how)
    lines = in_short(found, held, swaps)
    template = Template(shipped_text("calibration/report.md"))
    page = template.substitute(
        _of_parameters(found),
        in_short="\n\n".join(lines),
        worlds=_worlds(found, held),
        targets=_targets(found, held),
        waves=_waves(found),
        binding=_binding(found),
        swaps=_swaps(swaps, levels),
        one=PAIR[0],
        other=PAIR[1],
        repeat=f"{plan.waves} waves of {plan.points} points with {plan.seeds} seeds in {len(found.fits)} worlds each, "
        f"{MONTHS} months at scale {plan.scale:g}; "
        f"{', '.join(f'{name} {version}' for name, version in provenance()['versions'].items())}.",
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


def verdicts(found: Calibration) -> Validation:
    """What members of the model (all structures) and of every simpler world say, each of its own fit."""
    runs = {"model": np.concatenate([fit.checked for fit in found.model.values()])}
    runs |= {world: fit.checked for world, fit in found.fits.items() if world not in found.model}
    rows = []
    for t, pattern in enumerate(found.patterns):
        judged = [judge(pattern, says[:, t]) for says in runs.values()]
        rows.append(Verdict(pattern, np.stack([ends for ends, _ in judged]), np.array([share for _, share in judged])))
    return Validation(rows, [*runs], len(runs["model"]), MONTHS, found.plan.scale, {})


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
    """The result in a few sentences: first whether the model predicts better than simpler worlds."""
    every, scores = units(found.patterns), found.scores
    gaps = {world: difference(score, scores["model"], every) for world, score in scores.items() if world != "model"}
    better = [world for world, gap in gaps.items() if gap.high < 0]
    worse = [world for world, gap in gaps.items() if gap.low > 0]
    level = [world for world in gaps if world not in better + worse]
    said = [
        f"predicts better than {_listed(better)}" if better else "",
        f"predicts worse than {_listed(worse)}" if worse else "",
        f"is not distinguishable from {_listed(level)}" if level else "",
    ]
    lines = [
        f"Of targets that were left out of its fit the model {_listed([part for part in said if part])}. Of "
        f"{len(every)} it is expected to meet {scores['model'].left_out.sum():.1f}; "
        + ", ".join(f"{world} {score.left_out.sum():.1f}" for world, score in scores.items() if world != "model")
        + ". Every world was fitted with the same number of runs."
    ]
    if ahead := [world for world, gap in gaps.items() if gap.mean > 0]:
        world = max(ahead, key=lambda name: gaps[name].mean)
        lost = np.argsort(scores["model"].logs - scores[world].logs)[:5]
        rows = [found.patterns[every[i].rows[0]] for i in lost]
        of = [*dict.fromkeys(entry for row in rows for entry in row.refutes)]
        lines.append(
            f"It does worst beside {world} on {_listed([every[i].name for i in lost])}; the mechanisms these were "
            f"said to speak of: {_listed(of) or 'none'}."
        )
    met, of_all = held.tally(0)
    lines.append(
        f"Members run: {met} of {of_all} targets have the model's median inside; "
        + ", ".join(f"{world} {held.tally(w)[0]}" for w, world in enumerate(held.worlds) if w)
        + "."
    )
    sharp = [name for name, width in zip(NAMES, widths(found), strict=True) if width < NARROW]
    vague = [name for name in NAMES if name not in sharp]
    lines.append(
        f"The data narrow {_listed(sharp) or 'no parameter'}; {_listed(vague) or 'none'} stay near their prior."
    )
    block = carrier(swaps)
    mean, low, high = next(s for s in swaps if s.block == block).effect["shoot_days"]
    lines.append(
        f"Of the inputs exchanged between {PAIR[0]} and {PAIR[1]}, '{block}' moves {PAIR[0]}'s share of "
        f"shooting days most: by {mean:+.1f} points ({low:+.1f} to {high:+.1f})."
    )
    return lines


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def widths(found: Calibration) -> list[float]:
    """Width of each parameter's 90 % interval over that of its prior."""
    return [float(w) for w in (found.default.posterior[2] - found.default.posterior[0]) / NOMINAL]


def _table(*rows: Sequence[str]) -> str:
    """A table in Markdown of its head and rows."""
    return "\n".join(table(rows[0], rows[1:]))


def _worlds(found: Calibration, held: Validation) -> str:
    """Every world: what it sets, how it predicts, and how it fits."""
    every, model = units(found.patterns), found.scores["model"]
    head = (
        "world",
        "sets",
        "expected to meet, left out",
        "score",
        "less the model's",
        "unfitted",
        "fitted",
        "prior left",
    )
    rows = []
    for world, score, fit in [("model", model, None), *((w, f.score, f) for w, f in found.fits.items())]:
        gap = difference(score, model, every)
        less = f"{gap.mean:+.2f} ({gap.low:+.2f} to {gap.high:+.2f})" if fit else ""
        sets = in_words(fit.change) if fit else "all structures"
        counts = [f"{chance.sum():.1f}" for chance in (score.left_out, score.before, score.fitted)]
        left = f"{fit.waves[-1].plausible:.1%}" if fit else ""
        rows.append((world, sets, counts[0], f"{score.logs.mean():.2f}", less, *counts[1:], left))
    return _table(head, *rows)


def _targets(found: Calibration, held: Validation) -> str:
    """Every target: observed, what members run say, and the chances left out."""
    every, scores = units(found.patterns), found.scores
    head = (
        "target",
        "observed",
        "model",
        "members inside",
        "met",
        *(f"chance: {world}" for world in scores),
        "sources",
    )
    rows = []
    for i, unit in enumerate(every):
        chances = [f"{score.left_out[i]:.0%}" for score in scores.values()]
        for number, row in enumerate(unit.rows):
            v = held.verdicts[row]
            p, met = v.pattern, "met" if v.met[0] else "missed"
            shown = chances if number == 0 else ["as above"] * len(chances)
            rows.append((p.name, p.observed, v.words, f"{v.share[0]:.0%}", met, *shown, p.sources))
    return _table(head, *rows)


def _of_parameters(found: Calibration) -> dict[str, str]:
    """What the page says of parameters: before and after, synthetic truths, and what the targets can say."""
    recovery, narrow = found.recovery, widths(found)
    coverage = recovery.coverage[POWERS.index(recovery.power)]
    rows = [("parameter", "prior", "median", "90 % interval", "width over the prior's", "coverage of truths")]
    for i, (name, prior) in enumerate(PRIOR.items()):
        low, median, high = (f"{prior.at(place):.3g}" for place in found.default.posterior[:, i])
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
    head = ("world", "wave", "points", "prior left", "smallest implausibility", "variance explained", "out of reach")
    rows = []
    for world, fit in found.fits.items():
        for n, w in enumerate(fit.waves, 1):
            explained = f"{np.nanmedian(w.explained):.0%}" if w.explained else ""
            out = ", ".join(w.unreachable) or "none"
            rows.append((world, str(n), str(w.points), f"{w.plausible:.2%}", f"{w.best:.1f}", explained, out))
    return _table(head, *rows)


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
