"""Registered studies: run, analyse, and write the page with the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from html import escape
from pathlib import Path

from model.errors import InputError

from .analysis.answers import Answer, Effect, answer
from .engines import Engine
from .figures import check_matplotlib
from .output import new_file, provenance, write_csv
from .register import ANALYSES
from .report import STYLE, embedded
from .run import outcome_columns
from .study import Study, load_study
from .sweep import Tally, load, sweep


def run_study(
    name: str | Path, out: str | Path, *, quick: bool = False, workers: int = 2, executor: Engine | None = None,
    progress: Callable[[int, int, int], None] | None = None,
) -> tuple[Tally, Answer | None]:  # fmt: skip
    """Run what is not on record of a registered study, and write its answer, figure and page into the folder.

    Returns
    -------
    Tally, Answer
        No answer if runs failed or are left to do.

    Raises
    ------
    InputError
        If the study cannot be used or has no [register].
    """
    check_matplotlib()
    study = load_study(name, quick=quick)
    if study.register is None:
        raise InputError(f"{study.where}: has no [register], which says what is asked; `microdrama sweep` runs it")
    tally = sweep(study, out, workers=workers, executor=executor, progress=progress)
    if tally.failed or tally.open:
        return tally, None
    folder = Path(out)
    unit, words = outcome_columns(study.at(study.points[0]).cities.slugs)[study.register.metric]
    found = answer(study, load(folder, frame="pandas"), unit, words.replace("focal city", study.city.capitalize()))
    write_csv(folder / "answer.csv", [
        {"kind": e.kind, "name": e.name, "words": e.words, "unit": found.unit, **e.effect._asdict(),
         "predicted": e.predicted, "verdict": e.verdict} for e in found.effects
    ])  # fmt: skip
    figure = found.draw()
    for kind in ("png", "svg", "pdf"):
        no_date = {"Software": None} if kind == "png" else {"Date": None} if kind == "svg" else {"CreationDate": None}
        figure.savefig(folder / f"answer.{kind}", dpi=150, metadata=no_date)
    with new_file(folder / "index.html") as path:
        path.write_text(_page(study, found, folder, tally, quick), encoding="utf-8")
    return tally, found


def registered(study: Study) -> str:
    """Hash of the study as it is written down: an answer belongs to this text and no other."""
    path = study.folder / f"{study.name}.toml"
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else ""


def _page(study: Study, found: Answer, folder: Path, tally: Tally, quick: bool) -> str:
    register = study.register
    assert register is not None
    p = study.at(study.points[0]).parameters
    versions = ", ".join(f"{name} {version}" for name, version in provenance()["versions"].items())
    predicted = [e for e in found.effects if e.predicted]
    caption = f"{register.metric}: {ANALYSES[register.analysis]}; with 95 % intervals."
    command = f"microdrama study {study.name}{' --quick' if quick else ''}"
    note = ("<p class='note'>This is the quick version, at a small size and with few seeds: its intervals are wide, "
            "and a small economy is not the large one.</p>" if quick else "")  # fmt: skip
    verdicts = "".join(f"<tr><td>{escape(e.words)}</td><td>{escape(e.predicted)}</td><td>{_cell(e)}</td>"
                       f"<td>{e.verdict}</td></tr>" for e in predicted)  # fmt: skip
    prediction = (
        "<h2>What was predicted, and what came out</h2><div class='scroll'><table><thead><tr><th>effect of</th>"
        f"<th>predicted sign</th><th>found, {escape(found.unit)}</th><th></th></tr></thead>"
        f"<tbody>{verdicts}</tbody></table></div>"
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{escape(study.title)}</title><style>{STYLE}</style></head><body><main>
<p class="kicker">microdrama · study</p>
<h1>{escape(study.title)}</h1>
<p><b>{escape(register.question)}</b></p>
<div class="answer">{"".join(f"<p>{escape(sentence)}</p>" for sentence in found.sentences)}</div>
<p class="note">In brackets 95 % intervals over seeds. They hold for the model at its default parameters, many of which
are assumptions that have not been calibrated: read them as properties of the model.</p>{note}
{embedded(folder / "answer.png", caption)}
<h2>What was said before</h2>
<p>{escape(register.hypothesis)}</p>
<p>It would be overturned by: {escape(register.overturned_by)}</p>
{prediction if predicted else ""}
<h2>The table</h2>
<div class="scroll"><table><thead><tr><th></th><th>kind</th><th>{escape(found.unit)}</th><th>no change in</th></tr>
</thead><tbody>{"".join(_row(e) for e in found.effects)}</tbody></table></div>
<h2>To repeat it</h2>
<p><code>{escape(command)} --out DIR</code></p>
<p>{tally.asked} runs: {len(study.points)} points, {len(study.seeds)} seeds, {p.months} months from January 2021 at
scale {p.scale:g}. Outcome: <code>{escape(register.metric)}</code>. The study as registered has the hash
<code>{registered(study)}</code>; {escape(versions)}. The folder of this page holds every run
(<code>runs.parquet</code>), the table (<code>answer.csv</code>), the figure as PNG, SVG and PDF, and what made each run
(<code>log.parquet</code>).</p>
</main></body></html>
"""


def _cell(e: Effect) -> str:
    return f"{e.effect.mean:+.2f} <small>{e.effect.low:+.2f} to {e.effect.high:+.2f}</small>"


def _row(e: Effect) -> str:
    clear = ' class="clear"' if e.effect.clear else ""
    return (f"<tr><td>{escape(e.words)}</td><td>{e.kind}</td><td{clear}>{_cell(e)}</td>"
            f"<td>{e.effect.unchanged:.0%}</td></tr>")  # fmt: skip
