"""A replication package: data, codebook, inputs, code, programs, README, checksums; it reproduces its own numbers."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from string import Template

import pyarrow.compute as pc

import microdrama
from microdrama import experiments, model
from microdrama.model.errors import InputError
from microdrama.model.inputs.writing import write_scenario

from ..design.study_file import load_study, write_study
from ..files import check_new_file, code_version, new_file, new_folder, provenance, sha256, shipped_text
from ..markdown import table
from .catalogue import TABLES
from .sources import Results, open_results
from .write import Progress, write_tables

IN_PACKAGES = ("csv", "stata", "parquet")
SOURCES = Path(model.__file__).parent / "inputs" / "evidence" / "sources.csv"
KEPT_OUT = {"log"}
"""Tables about machines and times, which nobody else can make again."""
PROGRAMS = {
    "00_run_all.py": "run_all.py",
    "01_outputs.py": "outputs.py",
    "example.do": "example.do",
    "example.R": "example.R",
}
COMPILED = shutil.ignore_patterns("__pycache__", "*.nb[ic]", "*.pyc")
PYTHON = {"least": "3.12", "made_with": platform.python_version()}
CLI = ["-m", "microdrama.experiments.cli"]
RUNTIMES = {
    "< 10 minutes": 600.0,
    "10-60 minutes": 3600.0,
    "1-2 hours": 7200.0,
    "2-8 hours": 28800.0,
    "8-24 hours": 86400.0,
    "1-3 days": 259200.0,
    "3-14 days": 1209600.0,
    "> 14 days": float("inf"),
}
"""How long it takes at the most, seconds."""
MADE_BY = {
    "table_1_outcomes.csv": ("Table 1: outcomes by point of the design", "programs/01_outputs.py"),
    "figure_1_shares.svg": ("Figure 1: cities' shares of shooting days", "programs/01_outputs.py"),
    "table_2_accounts.tex": ("Table 2: transactions-flow and balance-sheet matrices", "microdrama accounts"),
    "table_2_accounts.csv": ("Table 2 in whole fen", "microdrama accounts"),
    "answer.csv": ("Answer of the registered study", "microdrama study"),
    "answer.png": ("Figure of the registered study", "microdrama study"),
}
SHOWN = ("numpy", "numba", "scipy", "mesa", "pyarrow", "pandas", "matplotlib")
"""Packages whose versions the README names."""
NEEDED = (*SHOWN, "networkx")
LICENCE = "Licensed under the Apache License, Version 2.0: https://www.apache.org/licenses/LICENSE-2.0\n"


def make_package(
    results: str | Path, out: str | Path, *, title: str = "", authors: str = "", progress: Progress | None = None
) -> int:
    """Write a replication package of a run or sweep.

    Parameters
    ----------
    results : path
        A folder that ``microdrama run --out`` or ``microdrama sweep`` left.
    out : path
        A new folder, or a file that ends on ``.zip``.
    title, authors : str
        Of the paper, for the README.
    progress : callable, optional
        Called with rows of data written and rows in all.

    Returns
    -------
    int
        Number of files.

    Raises
    ------
    InputError
        If the results cannot be run again (made by other code, or without their inputs), or nothing can be written.
    """
    found = open_results(results)
    _check(found)
    people = [name.strip() for name in authors.split(";") if name.strip()]
    if str(out).endswith(".zip"):
        check_new_file(Path(out))
        with new_file(Path(out)) as work, tempfile.TemporaryDirectory(dir=Path(out).parent) as place:
            folder = Path(place) / Path(out).stem
            folder.mkdir()
            _fill(folder, found, title or found.title, people, progress)
            return _zip(folder, work)
    with new_folder(out) as folder:
        _fill(folder, found, title or found.title, people, progress)
        return len(_all(folder))


def _check(found: Results) -> None:
    """That the numbers can be made again with the code that is here."""
    if found.scenario is None:
        raise InputError(
            f"{found.folder}: does not say what was asked for (it was made by an earlier version); run it once more"
        )
    made = found.about.get("model", "unknown")
    if made != code_version():
        raise InputError(
            f"{found.folder}: was made by version {made} of the model, this is {code_version()}: its "
            f"numbers could not be made again; {found.kind} once more"
        )


def _fill(folder: Path, found: Results, title: str, authors: list[str], progress: Progress | None) -> None:
    for name in ("data", "inputs", "programs", "output"):
        (folder / name).mkdir()
    names = [name for name in found.sources if name not in KEPT_OUT]
    steps, copied = _steps(found, folder, names)
    write_tables(found, folder / "data", IN_PACKAGES, names, progress=progress, command="python programs/00_run_all.py")
    for package, place in ((microdrama, "."), (model, "model"), (experiments, "experiments")):
        source = Path(package.__file__ or "").parent
        shutil.copytree(source, folder / "code" / "microdrama" / place, ignore=COMPILED, dirs_exist_ok=True)

    def write(name: str, text: str) -> None:
        (folder / name).write_text(text, encoding="utf-8")

    for name, program in PROGRAMS.items():
        write(f"programs/{name}", shipped_text(f"export/programs/{program}"))
    write("programs/steps.json", json.dumps({"python": PYTHON, "commands": steps, "copied": copied}, indent=1) + "\n")
    for step in steps[2:]:  # what makes output from results and data that are here already
        if "study" not in step:
            here = [word.replace("reproduced/results", str(found.folder.resolve())) for word in step]
            _do([word.replace("reproduced/", "") for word in here], folder)
    for name in copied:
        shutil.copy(found.folder / name, folder / "output" / name)
    versions = _closure(NEEDED)
    write("requirements.txt", "".join(f"{n}=={v}\n" for n, v in versions.items()))
    write("README.md", _readme(folder, found, title, authors, names=names, steps=steps, versions=versions))
    licence = Path(experiments.__file__).parent.parent / "LICENSE"
    write("LICENSE", licence.read_text(encoding="utf-8") if licence.is_file() else LICENCE)
    quoted = [json.dumps(name, ensure_ascii=False) for name in ("Data and Code for: " + title, *authors)]
    citation = Template(shipped_text("export/programs/CITATION.cff")).substitute(
        title=quoted[0],
        authors="\n".join(f"  - name: {name}" for name in quoted[1:] or ['"The authors"']),
        version=json.dumps(provenance()["versions"].get("microdrama", "")),
    )
    write("CITATION.cff", citation)
    sums = [f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in _all(folder)]
    write("checksums.sha256", "".join(sums))


def _readme(
    folder: Path,
    found: Results,
    title: str,
    authors: Sequence[str],
    *,
    names: Sequence[str],
    steps: Sequence[Sequence[str]],
    versions: Mapping[str, str],
) -> str:
    """The README of a package all else of which is in the folder.

    Its sections follow the template README of the Social Science Data Editors.
    """
    about, took = found.about, 2 * _seconds(found) + 60
    seeds = about.get("seeds") or [about["seed"]]
    output = sorted(path.name for path in (folder / "output").iterdir())
    time = next(words for words, most in RUNTIMES.items() if took < most)
    datasets = []
    for name in names:
        what = TABLES[name].title if "input" in TABLES[name].title else f"simulation: {TABLES[name].title}"
        datasets.append((f"`data/{name}.csv`, `.dta`, `.parquet`", what, ", ".join(TABLES[name].key), "yes"))
    outputs = [(*MADE_BY.get(name, (name, "programs/00_run_all.py")), f"`output/{name}`") for name in output]
    return Template(shipped_text("export/programs/README.md")).substitute(
        title=title,
        authors=", ".join(authors) or "(to be filled in)",
        what="a run" if found.kind == "run" else f"a sweep of {about['points']} points and {len(seeds)} seeds",
        duration=f"{took / 60:.0f} minutes" if took < 7200 else f"{took / 3600:.0f} hours",
        datasets="\n".join(table(("data file", "source", "one row for each", "provided"), datasets)),
        python=platform.python_version(),
        least=PYTHON["least"],
        external="\n".join(_external(found)),
        packages=", ".join(f"{name} {versions[name]}" for name in SHOWN if name in versions),
        seeds=", ".join(map(str, seeds[:12])) + (", ..." if len(seeds) > 12 else ""),
        runtimes="\n".join(f"- [{'x' if words == time else ' '}] {words}" for words in RUNTIMES),
        storage=f"{sum(path.stat().st_size for path in _all(folder)) / 1e6:.0f}",
        machine=f"{platform.system()} {platform.machine()}",
        cores=os.cpu_count(),
        steps="\n".join(f"python {' '.join(step)}" for step in steps),
        outputs="\n".join(table(("figure/table", "program", "output file"), outputs)),
        version=about["versions"].get("microdrama", ""),
    )


def _external(found: Results) -> list[str]:
    """The published sources that the inputs cite, each once, with the numbers of its figures and its terms."""
    assert found.scenario is not None
    texts = [*found.scenario.cities.texts["sources"], *(window.source for window in found.scenario.policies)]
    cited, of = set(re.findall(r"\b[FN]\d{3}\b", " ".join(texts))), dict[tuple[str, str, str], list[str]]()
    for row in csv.DictReader(SOURCES.read_text(encoding="utf-8").splitlines()):
        if row["id"] in cited:
            of.setdefault((row["title"], row["date"], row["url"]), []).append(row["id"])
    return [
        f"- {title} ({date}), {url} ({', '.join(ids)}). Terms: {_terms(title, url)}."
        for (title, date, url), ids in of.items()
    ]


def _terms(title: str, url: str) -> str:
    if title.startswith("NBS"):
        return "official statistics, quoted with the source named"
    if ".gov.cn" in url or "notice" in title:
        return "public notice of an authority"
    return "those of the publisher; figures are quoted as facts, nothing is redistributed"


def _all(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _seconds(found: Results) -> float:
    if found.kind == "run":
        return float(found.about.get("wall_seconds") or 0)
    log = found.sources.get("log")
    return float(sum(pc.sum(part["seconds"]).as_py() or 0 for part in log.blocks())) if log else 0.0


def _steps(found: Results, folder: Path, names: list[str]) -> tuple[list[list[str]], list[str]]:
    """Commands that make everything, in the folder of the package, and files of the results that are output."""
    results, accounts = "reproduced/results", "reproduced/output/table_2_accounts"
    export = f"export {results} --format {','.join(IN_PACKAGES)} --tables {','.join(names)} --out reproduced/data"
    copied = []
    if found.kind == "run" and found.scenario is not None:
        stem = re.sub(r"\W+", "_", found.about["scenario"]["name"])
        file = write_scenario(found.scenario, folder / "inputs", stem)
        recorded = found.about.get("recorded", found.about.get("keep", ""))
        run = f"run inputs/{file} --seed {found.about['seed']} --out {results}"
        commands = [run + (f" --record {recorded}" if recorded else ""), export]
        commands += [f"accounts {results} --out {accounts}.{kind}" for kind in ("tex", "csv")]
    else:
        write_study(load_study(found.folder / "inputs" / "study.toml"), folder / "inputs")
        commands = [f"sweep inputs/study.toml --out {results} --yes", export]
        if (found.folder / "answer.csv").is_file():
            commands.append(f"study inputs/study.toml --out {results}")
            copied = ["answer.csv", "answer.png"]
    steps = [[*CLI, *command.split()] for command in commands]
    return [*steps, ["programs/01_outputs.py", "reproduced/data", "reproduced/output"]], copied


def _do(step: list[str], folder: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    words = [sys.executable, *step]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"the package's own step failed: {' '.join(step)}: {done.stderr.strip()[-300:]}")


def _closure(roots: tuple[str, ...]) -> dict[str, str]:
    """Installed versions of packages and of all they need."""
    found: dict[str, str] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        with contextlib.suppress(metadata.PackageNotFoundError):
            if name.casefold() in found:
                continue
            found[name.casefold()] = metadata.version(name)
            needs = [need for need in metadata.requires(name) or () if "extra ==" not in need]
            waiting += [match[0] for need in needs if (match := re.match(r"[A-Za-z0-9._-]+", need))]
    return dict(sorted(found.items()))


def _zip(folder: Path, path: Path) -> int:
    """Pack a folder; the same bytes for the same files."""
    listed = _all(folder)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in listed:
            entry = zipfile.ZipInfo(file.relative_to(folder.parent).as_posix(), (2021, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with file.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target)
    return len(listed)
