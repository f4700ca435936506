"""The findings page: every registered study in a paragraph and a figure, made from their runs and nothing else."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from microdrama.model.errors import InputError

from ..design.study_file import place, registered_studies, shipped_studies, study_text
from ..figures import save
from ..files import code_version, new_file, shipped_rows
from ..markdown import table
from .main import STUDY
from .shipped_answers import by_structure
from .study_page import Finding, lead_and_rest, registered, run_study, text_hash, worlds

INTRODUCTION = """# {title}

Made by `{command}` from the runs of the registered studies, {version}; do not edit. Each study said before it was
run what it asks, what it expects, and what would overturn it (`experiments/studies/`, the hash is that of the text);
below stands what came out, whether it was expected or not. In brackets are 95 % intervals over worlds: a world is a
parameter set and its draws, the same at every point of a study. An effect is robust when its sign holds in nine of ten
parameter sets, not in nine of ten seeds.

**These are properties of the model, not estimates for real cities.** Parameter sets are those of the {source} ensemble
(calibrated: fitted to records of 2021 to 2024 under eight structures of the model, which predicts records that were
left out no better than simpler worlds do, see [the fit](fit.md); prior: drawn from ranges of what is assumed); {size}
{sides}
"""

VERSIONS = {
    True: {
        "title": "Findings",
        "command": "make findings",
        "version": "in their quick versions",
        "size": "the quick versions are small economies and few worlds, so intervals are wide and much is not "
        "distinguishable from zero.",
    },
    False: {
        "title": "Findings of full versions",
        "command": "microdrama findings --full",
        "version": "in their full versions",
        "size": "the full versions, too, are mostly smaller than the real industry: see `docs/limits.md`.",
    },
}
"""What differs between the pages of quick versions and of full ones."""

PITFALLS = (
    ("the conclusion is put in", "robustness, leaders", "inputs exchanged with Xi'an, block by block and all at once"),
    ("public money costs nothing", "race", "net cost to the city and to all, land revenue falls with prices"),
    (
        "agglomeration tuned to be critical",
        "window, lockin, persistence, hysteresis, reversal",
        "the same on both sides of A_net = 1; above stands how much of the prior lies on each",
    ),
    ("a toy scale", "robustness", "half and twice the size; up to all of it in `docs/limits.md`"),
    ("one way to order a month, one size of cells", "robustness", "three other orders, half and twice the width"),
    ("one dramatic run", "all", "distributions over worlds; no single run is shown"),
    ("a crisis everywhere is no crisis of the city", "crisis_scope", "the same fall in Zhengzhou alone"),
    ("artefacts of aggregation", "robustness", "concentration beside shares; `microdrama run` prints null envelopes"),
    ("draws that depend on policy", "tests", "draws are keyed; a policy of size zero changes nothing, to the last fen"),
    ("sixty parameters, eight facts", "nulls", "three simpler worlds on the same patterns"),
    ("weak sources", "nulls", "intervals as wide as the sources disagree; `docs/parameters.md` says what is assumed"),
    ("officials do not learn", "robustness", "with and without officials who plan, imitate and change"),
    ("welfare is silent", "labour", "hours, burnout, incomes and their spread beside output"),
    ("heavy tails", "funds", "medians, shortfalls and running medians; no means"),
)
"""What a sceptical referee asks, the studies that answer, and how."""


PREDICTIONS = "studies/answers/predictions.csv"
"""What was predicted of earlier models, and what became of it."""


class Entry(NamedTuple):
    """What the page keeps of a study: pages of full versions grow study by study, on whatever machine has time."""

    name: str
    label: str
    registered: str
    version: str
    """Of the model."""
    source: str
    """Of its ensemble."""
    sides: str
    verdicts: list[list[str]]
    """Words and verdict of every effect that was predicted."""
    text: str


def write_findings(
    out: str | Path,
    docs: str | Path,
    *,
    quick: bool = True,
    workers: int = 2,
    names: Sequence[str] = (),
    mix_code: bool = False,
    progress: Callable[[str], Callable[[int, int, int], None]] | None = None,
) -> list[Finding]:
    """Run what is missing of the registered studies, each in its folder below ``out``, and write the page.

    What is on the page of other studies stays there, unless they have been registered anew since.

    Raises
    ------
    InputError
        If a study cannot be done; the page has those done before it.
    """
    found: list[Finding] = []
    kept = Path(docs) / "_static" / _stem(quick)
    kept.mkdir(parents=True, exist_ok=True)
    for name in names or [name for name, _, _ in registered_studies()]:
        folder = Path(out) / f"{Path(name).stem}{'-quick' if quick else ''}"
        tally, finding = run_study(
            name, folder, quick=quick, workers=workers, mix_code=mix_code, progress=progress(name) if progress else None
        )
        if finding is None:
            raise InputError(f"{name}: {tally}; no findings without all of them; run the same command to resume")
        found.append(finding)
        with new_file(kept / f"{finding.study.name}.png") as path:
            save(finding.answer.draw(), path, dpi=100)
        with new_file(kept / f"{finding.study.name}.json") as path:
            path.write_text(json.dumps(entry(finding)._asdict(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        with new_file(Path(docs) / f"{_stem(quick)}.md") as path:
            path.write_text(page(_entries(kept, found), quick=quick), encoding="utf-8")
    return found


def _entries(folder: Path, found: Sequence[Finding]) -> list[Entry]:
    """What is kept of the studies just found and of shipped ones whose text is still what was answered."""
    now = {f.study.name: registered(f.study) for f in found}
    texts = {name: text_hash(study_text(name)) for name in shipped_studies()} | now
    entries = [Entry(**json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.json"))]
    return sorted((e for e in entries if texts.get(e.name) == e.registered), key=lambda e: place(e.label))


def _stem(quick: bool) -> str:
    return "findings" if quick else "findings-full"


def page(entries: Sequence[Entry], *, quick: bool) -> str:
    """The page in Markdown."""
    known, there = [name for name, _, _ in registered_studies()], [entry.name for entry in entries]
    missing = [name for name in known if name not in there]
    text = INTRODUCTION.format(
        **VERSIONS[quick],
        source=", ".join(dict.fromkeys(entry.source for entry in entries if entry.source)) or "no",
        sides=next((entry.sides for entry in entries if entry.sides), ""),
    )
    text += f"\n{_scorecard(entries)}\n"
    if missing and len(missing) < len(known):
        text += f"\nNot run in this version yet: {', '.join(missing)}.\n"
    text += "".join(f"\n{entry.text}" for entry in entries)
    if otherwise := by_structure(STUDY):
        text += "\n".join(["\n## Under other structures, and by channel", "", *(f"{words}\n" for words in otherwise)])
    text += "\n## What a sceptical referee asks\n\n"
    text += "\n".join(table(("that", "is answered by", "how"), PITFALLS)) + f"\n\n{_earlier(quick)}"
    own = {entry.version: [e.name for e in entries if e.version == entry.version] for entry in entries}
    versions = [f"`{v}`" + (f" ({', '.join(names)})" if len(own) > 1 else "") for v, names in own.items()]
    return (
        f"{text}\n\nNot in the model, and so not tested: other lengths of the step. Version of the model: "
        f"{'; '.join(versions)}.\n"
    )


def _earlier(quick: bool) -> str:
    """What was predicted of earlier models, and what became of it."""
    rows = [r for r in shipped_rows(PREDICTIONS) if r["runs"] == ("quick" if quick else "full")]
    cells = ([r["release"], f"{r['label']} {r['effect']}", f"`{r['predicted']}`", r["verdict"]] for r in rows)
    head = ("release", "effect", "predicted", "what came out")
    return "\n".join(["## Earlier predictions", "", *table(head, cells)])


def entry(finding: Finding) -> Entry:
    """One study: a paragraph, what was predicted, and the figure."""
    study, answer, register = finding.study, finding.answer, finding.study.register
    assert register is not None
    lead, *rest = lead_and_rest(finding)
    rest = [words for words in rest if words not in by_structure(study.name)]  # which the page has once
    predicted = [e for e in answer.effects if e.predicted]
    verdicts = "; ".join(f"{e.words} `{e.predicted}`, {e.verdict}" for e in predicted)
    p = study.at(study.points[0]).parameters
    scale = "several sizes" if "scale" in study.points[0] else f"scale {p.scale:g}"
    text = (
        f"## {register.label and f'{register.label}: '}{study.title}\n\n**{register.question}** {lead}\n\n"
        f"![{study.title}](_static/{_stem(finding.quick)}/{study.name}.png)\n\n*{answer.caption}*\n\n"
        "<details><summary>What was expected, the rest of what was found, and how to repeat it</summary>\n\n"
        f"Expected: {register.hypothesis} It would be overturned by: {register.overturned_by}\n\n"
        + (f"Predicted: {verdicts}.\n\n" if verdicts else "")
        + (f"Found besides: {' '.join(rest)}\n\n" if rest else "")
        + f"`microdrama study {study.name}{' --quick' if finding.quick else ''}`: {finding.tally.runs} runs, "
        f"{p.months} months, {scale}; {worlds(finding)}; registered as `{registered(study)}`; made by version "
        f"`{code_version()}` of the model.\n\n</details>\n"
    )
    source = study.ensemble.source if study.ensemble else ""
    said = [[e.words, e.verdict] for e in predicted]
    return Entry(study.name, register.label, registered(study), code_version(), source, _sides(finding), said, text)


def _sides(finding: Finding) -> str:
    """On which side of A_net = 1 the parameter sets lie, from a study that does not set it."""
    study, runs = finding.study, finding.data.runs
    if not study.ensemble or "a_net" not in runs or "a_net" in study.points[0]:
        return ""
    index = runs.loc[runs["point"] == 0, "a_net"].to_numpy(float)
    above = float(np.mean(index > 1))
    return (
        f"In them the net-agglomeration index A_net lies from {index.min():.2f} to {index.max():.2f} (median "
        f"{np.median(index):.2f}), above 1 in {above:.0%}: that a city takes off by itself is a possibility "
        "here, not the rule. Studies of lock-in therefore set A_net, on both sides of 1."
    )


def _scorecard(entries: Sequence[Entry]) -> str:
    verdicts = [(entry.name, *said) for entry in entries for said in entry.verdicts]
    count = {
        "came out as predicted": "as predicted",
        "were not distinguishable from zero": "not distinguishable from zero",
        "not identified": "not identified",
        "came out against the prediction": "against the prediction",
    }
    own = {words: [v for v in verdicts if v[2].startswith(verdict)] for words, verdict in count.items()}
    against = "; ".join(f"{words} ({name})" for name, words, _ in own["came out against the prediction"])
    counts = ", ".join(f"{len(of)} {words}" for words, of in own.items())
    return f"Of {len(verdicts)} signs predicted, {counts}{against and f': {against}'}."
