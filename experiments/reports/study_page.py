"""Registered studies: run, analyse, and write the page with the answer."""

import hashlib
import shlex
from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from microdrama.model.errors import InputError

from ..analysis import chain
from ..analysis.answers import Answer, Data, Effect, answer
from ..analysis.common import MOST, capital, few
from ..design.analyses import known_analyses
from ..design.study import Study
from ..design.study_file import load_study
from ..figures import check_matplotlib, save
from ..files import code_version, new_file, provenance, write_csv
from ..outcomes import outcome_columns
from ..running.engines import Engine
from ..running.results import load
from ..running.sweep import Tally, sweep
from .html import document, embedded, folded, paragraphs, table
from .shipped_answers import by_structure, section


class Finding(NamedTuple):
    """A registered study and its answer, with the figure and page in ``folder``."""

    study: Study
    answer: Answer
    data: Data
    tally: Tally
    folder: Path
    quick: bool
    command: str
    """That repeats it; empty for a study that no file holds."""


def run_study(
    name: str | Path | Study,
    out: str | Path,
    *,
    quick: bool = False,
    cities: str = "",
    workers: int = 2,
    executor: Engine | None = None,
    mix_code: bool = False,
    command: str = "",
    progress: Callable[[int, int, int], None] | None = None,
) -> tuple[Tally, Finding | None]:
    """Run what is missing of a registered study, and write its answer, figures and page into the folder.

    Parameters
    ----------
    name : str, path, mapping or Study
        A shipped study by name, a TOML file, or what such a file says.
    out : path
        A folder of results, new or of earlier runs, which are not repeated.
    quick : bool
        Its small version.
    cities : str
        Another city table for all of its scenarios.
    workers : int
        Processes.
    executor : callable or Engine, optional
        As in :func:`microdrama.sweep`.
    mix_code : bool
        Go on in a folder of another version of the model.
    command : str
        What the page says that repeats it; ``microdrama study`` with this name if left out.
    progress : callable, optional
        Called with runs completed, runs failed, and runs to do.

    Returns
    -------
    Tally, Finding
        How many runs completed; the answer with its ``sentences`` and rows, or none if runs failed or are left to do.

    Raises
    ------
    InputError
        If the study cannot be used or has no [register].
    """
    check_matplotlib()
    study = name if isinstance(name, Study) else load_study(name, quick=quick, cities=cities)
    if study.register is None:
        raise InputError(
            f"{study.where}: has no [register], which says what its question is; `microdrama sweep` runs it"
        )
    tally = sweep(study, out, workers=workers, executor=executor, again=True, mix_code=mix_code, progress=progress)
    if tally.failed or tally.open:
        return tally, None
    folder = Path(out)
    data = study_data(study, folder)
    if not command and isinstance(name, str | Path):
        options = ["--quick"] * quick + ["--cities", cities] * bool(cities)
        command = shlex.join(["microdrama", "study", str(name), *options])
    found = Finding(study, answer(data), data, tally, folder, quick, command)
    write_csv(folder / "answer.csv", [_csv_row(found, effect) for effect in found.answer.effects])
    figure = found.answer.draw()
    for kind in ("png", "svg", "pdf"):
        with new_file(folder / f"answer.{kind}") as path:
            save(figure, path, kind)
    for name, (draw, _) in found.answer.more.items():
        with new_file(folder / f"{name}.png") as path:
            save(draw(), path)
    with new_file(folder / "index.html") as path:
        path.write_text(page(found), encoding="utf-8")
    return tally, found


def _csv_row(found: Finding, effect: Effect) -> dict[str, Any]:
    first = found.study.points[0]
    row = {name: getattr(effect, name) for name in ("kind", "name", "words")}
    numbers = {name: value if np.isfinite(value) else np.nan for name, value in effect.effect._asdict().items()}
    row |= {"unit": effect.unit or found.answer.unit} | numbers  # a bound that is infinite is none
    row |= {name: getattr(effect, name) for name in ("agree", "members", "predicted", "verdict")}
    scale = "several" if "scale" in first else found.study.at(first).parameters.scale
    return row | {"scale": scale, "version": code_version()}


def study_data(study: Study, folder: str | Path) -> Data:
    """The runs of a study in a folder, ready to be analysed."""
    columns = outcome_columns(study.at(study.points[0]).cities.slugs)

    def panel(names: Sequence[str]) -> Any:
        return load(folder, "panel", columns=["run_id", "month", "city", *names], frame="pandas")

    needs = study.register is not None and known_analyses()[study.register.analysis].needs_panel
    runs, cells = (partial(load, folder, table, frame="pandas") for table in ("runs", "cells"))
    return Data(study, runs(), columns, panel if needs else None, cells)


def registered(study: Study) -> str:
    """Hash of the study as it is written down: an answer belongs to this text and no other."""
    path = study.folder / f"{study.name}.toml"
    return text_hash(path.read_bytes()) if path.is_file() else ""


def text_hash(text: bytes) -> str:
    """What stands after "registered as"."""
    return hashlib.sha256(text).hexdigest()[:16]


def worlds(found: Finding) -> str:
    """Over what the answer is made: seeds, parameter sets, and the sides of A_net = 1, as a sentence."""
    study, runs = found.study, found.data.runs
    words = f"{len(found.data.seeds)} worlds" if study.ensemble else f"{len(found.data.seeds)} seeds at the defaults"
    if study.ensemble:
        members = len({study.member(seed) for seed in found.data.seeds})
        whose = f"the {study.ensemble.source}" if study.ensemble.source else "the study's own"
        words += f" ({members} parameter sets of {whose} ensemble, each with its own draws)"
    if "a_net" in runs and "a_net" not in study.points[0]:
        index = runs["a_net"].to_numpy(float)
        words += f"; A_net at the end from {index.min():.2f} to {index.max():.2f}, above 1 in {np.mean(index > 1):.0%}"
    return words


def page(found: Finding) -> str:
    """The HTML page of a study."""
    study, answer, tally = found.study, found.answer, found.tally
    register = study.register
    assert register is not None
    p = study.at(study.points[0]).parameters
    versions = ", ".join(f"{name} {version}" for name, version in provenance()["versions"].items())
    predicted = [e for e in answer.effects if e.predicted]
    own = registered(study)
    made = f"The study as registered has the hash\n<code>{own}</code>, the model" if own else "The model has version"
    made += f" <code>{code_version()}</code>; {escape(versions)}."
    note = (
        "<p class='note'>This is the quick version, at a small size and with few seeds: its intervals are wide, "
        "and a small economy is not the large one.</p>"
        if found.quick
        else ""
    )
    prediction = "<h2>What was predicted, and what came out</h2>" + table(
        ("effect", "predicted sign", "found", ""),
        ([escape(e.words), escape(e.predicted), _cell(e), e.verdict] for e in predicted),
    )
    captions = {"answer": f"{capital(known_analyses()[register.analysis].meaning)}. {answer.caption}"}
    captions |= {name: caption for name, (_, caption) in answer.more.items()}
    figures = (embedded(found.folder / f"{name}.png", caption) for name, caption in captions.items())
    scale = "" if "scale" in study.points[0] else f" at scale {p.scale:g}"
    head = ["", "kind", "effect and 95 % interval", "no change in", *(["sign holds in"] if study.ensemble else [])]
    rows = (_row(e, answer.unit, bool(study.ensemble)) for e in answer.effects)
    lead, *rest = lead_and_rest(found)
    return document(
        study.title,
        f"microdrama · study {register.label}",
        f"""<h1>{escape(study.title)}</h1>
<p><b>{escape(register.question)}</b></p>
<div class="answer">{paragraphs(lead)}</div>
<p class="note">In brackets 95 % intervals, over {escape(worlds(found))}. They hold for the model, many of whose
parameters are assumptions: read them as properties of the model. An effect is called robust when its sign holds in nine
of ten parameter sets.</p>{note}
{"".join(figures)}
{folded("More of the answer", paragraphs(*rest)) if rest else ""}
{_why(found.data)}{_unpaid(found.data)}{_zones(found.data)}<h2>What was expected</h2>
<p>{escape(register.hypothesis)}</p>
<p>It would be overturned by: {escape(register.overturned_by)}</p>
{prediction if predicted else ""}
{folded("The table", table(head, rows))}
{section(study.name)}
<h2>To repeat it</h2>
{f"<p><code>{escape(found.command)} --out DIR</code></p>" if found.command else ""}
{f"<p>{escape(capital(tally.stop))}.</p>" if tally.stop else ""}
<p>{escape(study.name)}: {tally.runs} runs: {len(study.points)} points, {len(study.seeds)} seeds, {p.months} months from
January 2021{scale}. Outcome: <code>{escape(register.metric)}</code>. {made} The folder of this page
holds every run (<code>runs.parquet</code>), the table (<code>answer.csv</code>), the figure as PNG, SVG and PDF, and
what made each run (<code>log.parquet</code>).</p>""",
    )


def lead_and_rest(found: Finding) -> list[str]:
    """The answer in short, with its size in the real industry; then all other sentences."""
    study, answer = found.study, found.answer
    lead = " ".join(answer.sentences[: answer.lead])
    lead = f"{lead} {sizes(found.data, lead)}".strip()
    rest = (*answer.sentences[answer.lead :], at_full_size(study, answer), *by_structure(study.name))
    return [lead, *filter(None, rest)]


def sizes(data: Data, lead: str) -> str:
    """A sentence on what comparisons that ``lead`` names come to in persons, series and yuan of the real industry."""
    what, links = chain.of_points(data)
    named = [at for at, words in enumerate(what) if words.casefold() in lead.casefold()][:2]
    shown = [(step, effects) for step, effects in links if step.words in SIZES]
    said = [
        f"{what[at]}: "
        + ", ".join(f"{chain.few_digits(effects[at].effect)} {SIZES[step.words]}" for step, effects in shown)
        for at in named
    ]
    where = f"At the size of the real industry, in the mean of all months, a year in {data.city}"
    return f"{where}: {'; '.join(said)}." if said else ""


SIZES = {"jobs": "job-years", "series shot there": "series", "paid for film policies": "million yuan for film policies"}
"""Links of the chain that say how large an effect is, and their units."""
SUMS = {"job-months": (1 / 12, "job-years")} | {
    unit: (1.0, unit) for unit in ("million yuan", "persons", "series", "studios", "days", "crews", "m2")
}
"""Units of what adds up, so that it grows with the scale of the run: factor and unit at full size."""


def at_full_size(study: Study, found: Answer) -> str:
    """Effects that are sums in persons, job-years and yuan of the real industry, with the scale of the runs."""
    if "scale" in study.points[0] or (scale := study.at(study.points[0]).parameters.scale) == 1:
        return ""
    own = [e for e in found.effects if e.kind in ("effect", "added") and (e.unit or found.unit) in SUMS]
    if not own:
        return ""
    said = []
    for e in own[:MOST]:
        factor, unit = SUMS[e.unit or found.unit]
        full = e.effect.times(factor / scale)
        said.append(f"{e.words} {full.mean:+,.0f} {unit} {full.interval(0)}")
    return f"The runs are at scale {scale:g}; at the size of the real industry: {'; '.join(said)}."


def _why(data: Data) -> str:
    """What each link from money to jobs changes by, as a section."""
    what, links = chain.of_points(data)
    if not what:
        return ""
    rows = (
        [
            escape(step.words),
            f"{step.unit}{'' if step.mean else ' a year'}",
            *(chain.few_digits(e.effect) for e in effects),
        ]
        for step, effects in links
    )
    note = (
        f"What each column changes in {data.city}, against the same world without it: means of all months at the size "
        "of the real industry, with 95 % intervals."
    )
    return f"<h2>Why</h2>\n<p class='note'>{note}</p>\n{table(['', 'unit', *map(escape, what)], rows)}\n"


def _unpaid(data: Data) -> str:
    """What was announced and not paid at each point, as a section."""
    sentences = "".join(f"<li>{escape(sentence)}</li>" for sentence in data.unpaid())
    return f"<h2>Announced and not paid</h2>\n<ul>{sentences}</ul>\n" if sentences else ""


def _zones(data: Data) -> str:
    """Studios in the zones of the focal city at each point, as a section."""
    points = few(data, [*range(len(data.points))])
    rows = [[escape(name), *cells] for name, *cells in data.zones(points)]
    note = "Studios with their office there at the end, at full size, and their share of the city's; means over seeds."
    head = ["zone", *(escape(data.point_in_words(k)) for k in points)]
    return f"<h2>Zones of {data.city}</h2>\n<p class='note'>{note}</p>\n{table(head, rows)}\n" if rows else ""


def _cell(e: Effect) -> str:
    c = e.effect
    if not np.isfinite([c.low, c.high]).all():
        return f"{c.mean:+.2f} <small>no bounds</small>" if np.isfinite(c.mean) else "not defined"
    return f"{c.mean:+.2f} <small>{c.low:+.2f} to {c.high:+.2f}</small>"


def _row(e: Effect, unit: str, ensemble: bool) -> list[str]:
    clear = ' class="clear"' if e.effect.clear else ""
    cells = [escape(e.words), escape(e.kind), f"<td{clear}>{_cell(e)} {escape(e.unit or unit)}</td>"]
    agree = "" if np.isnan(e.agree) else f"{e.agree:.0%} of {e.members}"
    return [*cells, f"{e.effect.unchanged:.0%}", *([agree] if ensemble else [])]
