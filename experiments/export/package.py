"""A replication package: data, codebook, inputs, code, programs, README, checksums; it reproduces its own numbers."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from importlib import metadata
from importlib.resources import files
from pathlib import Path

import pyarrow.compute as pc

import microdrama
from microdrama import experiments, model
from microdrama.model.errors import InputError
from microdrama.model.inputs.writing import write_scenario

from ..design.study_file import load_study, write_study
from ..files import check_new_folder, code_version, new_file, new_folder, provenance
from .catalogue import TABLES
from .readme import readme
from .sources import Results, open_results
from .write import Progress, write_tables

IN_PACKAGES = ("csv", "stata", "parquet")
KEPT_OUT = {"log"}
"""Tables about machines and times, which nobody else can make again."""
NEEDED = ("mesa", "networkx", "numba", "numpy", "pyarrow", "scipy", "pandas", "matplotlib")
CLI = ["-m", "microdrama.experiments.cli"]
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
    if str(out).endswith(".zip"):
        if Path(out).exists():
            raise InputError(f"{out}: already exists; choose another name")
        with new_file(Path(out)) as work, tempfile.TemporaryDirectory(dir=Path(out).parent) as place:
            folder = Path(place) / Path(out).stem
            folder.mkdir()
            _fill(folder, found, title, authors, progress)
            return _zip(folder, work)
    check_new_folder(out)
    with new_folder(out) as folder:
        _fill(folder, found, title, authors, progress)
        return sum(path.is_file() for path in folder.rglob("*"))


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


def _fill(folder: Path, found: Results, title: str, authors: str, progress: Progress | None) -> None:
    for name in ("data", "inputs", "programs", "output", "code"):
        (folder / name).mkdir()
    names = [name for name in TABLES if name in found.sources and name not in KEPT_OUT]
    steps, copied = _steps(found, folder, names)
    write_tables(found, folder / "data", IN_PACKAGES, names, progress=progress, command="python programs/00_run_all.py")
    _copy_code(folder / "code")
    shipped = files("microdrama.experiments.export").joinpath("programs")
    for source, name in (
        ("run_all.py", "00_run_all.py"),
        ("outputs.py", "01_outputs.py"),
        ("example.do", "example.do"),
        ("example.R", "example.R"),
    ):
        (folder / "programs" / name).write_text(shipped.joinpath(source).read_text(encoding="utf-8"), encoding="utf-8")
    said = json.dumps({"commands": steps, "copied": copied}, indent=1)
    (folder / "programs" / "steps.json").write_text(said + "\n", encoding="utf-8")
    for step in steps[2:]:  # what makes output from results and data that are here already
        here = [
            word.replace("reproduced/results", str(found.folder.resolve())).replace("reproduced/", "") for word in step
        ]
        if "study" not in here:
            _do(here, folder)
    for name in copied:
        shutil.copy(found.folder / name, folder / "output" / name)
    versions = _closure(NEEDED)
    (folder / "requirements.txt").write_text("".join(f"{n}=={v}\n" for n, v in versions.items()), encoding="utf-8")
    text = readme(
        found,
        title=title or found.title,
        authors=authors,
        names=names,
        steps=steps,
        versions=versions,
        seconds=_seconds(found),
        output=sorted(p.name for p in (folder / "output").iterdir()),
        size=sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()),
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
    (folder / "LICENSE").write_text(_licence(), encoding="utf-8")
    (folder / "CITATION.cff").write_text(_citation(title or found.title, authors), encoding="utf-8")
    lines = [f"{_sha(path)}  {path.relative_to(folder).as_posix()}\n" for path in _all(folder)]
    (folder / "checksums.sha256").write_text("".join(lines), encoding="utf-8")


def _steps(found: Results, folder: Path, names: list[str]) -> tuple[list[list[str]], list[str]]:
    """Commands that make everything, in the folder of the package, and files of the results that are output."""
    results, copied = "reproduced/results", []
    if found.kind == "run" and found.scenario is not None:
        stem = re.sub(r"\W+", "_", found.about["scenario"]["name"])
        file = write_scenario(found.scenario, folder / "inputs", stem)
        recorded = found.about.get("recorded", found.about.get("keep", ""))
        steps = [
            [
                *CLI,
                "run",
                f"inputs/{file}",
                "--seed",
                str(found.about["seed"]),
                "--out",
                results,
                *(["--record", recorded] if recorded else []),
            ]
        ]
    else:
        write_study(load_study(found.folder / "inputs" / "study.toml"), folder / "inputs")
        steps = [[*CLI, "sweep", "inputs/study.toml", "--out", results, "--yes"]]
    steps.append(
        [
            *CLI,
            "export",
            results,
            "--format",
            ",".join(IN_PACKAGES),
            "--tables",
            ",".join(names),
            "--out",
            "reproduced/data",
        ]
    )
    if found.kind == "run":
        steps += [
            [*CLI, "accounts", results, "--out", f"reproduced/output/table_2_accounts.{kind}"]
            for kind in ("tex", "csv")
        ]
    elif (found.folder / "answer.csv").is_file():
        steps.append([*CLI, "study", "inputs/study.toml", "--out", results])
        copied = ["answer.csv", "answer.png"]
    steps.append(["programs/01_outputs.py", "reproduced/data", "reproduced/output"])
    return steps, copied


def _do(step: list[str], folder: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    words = [sys.executable, *step]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"the package's own step failed: {' '.join(step)}: {done.stderr.strip()[-300:]}")


def _copy_code(folder: Path) -> None:
    for package, place in ((microdrama, "."), (model, "model"), (experiments, "experiments")):
        shutil.copytree(
            Path(package.__file__ or "").parent,
            folder / "microdrama" / place,
            ignore=shutil.ignore_patterns("__pycache__", "*.nb[ic]", "*.pyc"),
            dirs_exist_ok=True,
        )


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


def _seconds(found: Results) -> float:
    if found.kind == "run":
        return float(found.about.get("wall_seconds") or 0)
    log = found.sources.get("log")
    return float(sum(pc.sum(part["seconds"]).as_py() or 0 for part in log.blocks())) if log else 0.0


def _licence() -> str:
    home = Path(experiments.__file__).parent.parent / "LICENSE"
    return home.read_text(encoding="utf-8") if home.is_file() else LICENCE


def _citation(title: str, authors: str) -> str:
    people = [name.strip() for name in authors.split(";") if name.strip()] or ["The authors"]
    return (
        "\n".join(
            [
                "cff-version: 1.2.0",
                f"title: {json.dumps('Data and Code for: ' + title, ensure_ascii=False)}",
                'message: "If you use these data or this code, please cite them as below."',
                "type: dataset",
                "license: Apache-2.0",
                "authors:",
                *(f"  - name: {json.dumps(name, ensure_ascii=False)}" for name in people),
                "references:",
                "  - type: software",
                '    title: "microdrama: an agent-based simulation of a regional micro-drama economy"',
                f"    version: {json.dumps(provenance()['versions'].get('microdrama', ''))}",
                "    authors:",
                '      - name: "The microdrama developers"',
            ]
        )
        + "\n"
    )


def _all(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file())


def _sha(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _zip(folder: Path, path: Path) -> int:
    """Pack a folder; the same bytes for the same files."""
    listed = list(_all(folder))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in listed:
            entry = zipfile.ZipInfo(file.relative_to(folder.parent).as_posix(), (2021, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with file.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target)
    return len(listed)
