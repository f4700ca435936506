"""Replication packages: complete, and unpacked in an empty folder they make their own numbers again."""

import hashlib
import os
import re
import subprocess
import sys
import zipfile

import pandas as pd
import pytest

from installed import take_over_compiled_code
from microdrama.experiments.export.package import make_package
from microdrama.experiments.outcomes.run_tables import write_run
from microdrama.experiments.run import run
from microdrama.model.errors import InputError

SECTIONS = [
    "Overview",
    "Data Availability and Provenance Statements",
    "Dataset list",
    "Computational requirements",
    "Description of programs/code",
    "Instructions to Replicators",
    "List of tables and programs",
    "References",
]


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    from microdrama.experiments.outcomes.recorder import Recorder

    place = tmp_path_factory.mktemp("package")
    recorder = Recorder(["studios"])
    write_run(
        run("no_policy", 11, 4, scale=0.02, crisis_strength=0.7, watch=recorder.record, begin=recorder.begin),
        place / "run",
        recorder=recorder,
    )
    make_package(place / "run", place / "paper.zip", title="Where dramas go", authors="A. Author; B. Author")
    (place / "empty").mkdir()
    with zipfile.ZipFile(place / "paper.zip") as archive:
        archive.extractall(place / "empty")
    return place / "empty" / "paper"


def test_the_readme_has_the_sections_data_editors_ask_for(package):
    text = (package / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.M) == SECTIONS
    assert text.startswith("# Data and Code for: Where dramas go\n\nAuthors: A. Author, B. Author\n")
    for line in ("Memory, Runtime, Storage Requirements", "Seeds: 11;", "License for Data and Code", "numba "):
        assert line in text
    external = text.split("### External data")[1].split("### ")[0]
    cited = re.findall(r"^- .+\((?:[FN]\d{3}(?:, )?)+\)\. Terms: .+\.$", external, re.M)
    assert len(cited) == external.count("\n- ") > 20
    assert any("official statistics" in line for line in cited) and any("(N" in line for line in cited)
    listed = set(re.findall(r"`(output/[^`]+)`", text)) - {"output/"}
    assert listed == {f"output/{path.name}" for path in (package / "output").iterdir()}
    assert {"output/figure_1_shares.svg", "output/table_1_outcomes.csv", "output/table_2_accounts.tex"} <= listed


def test_the_package_is_whole(package):
    for name in (
        "LICENSE",
        "CITATION.cff",
        "requirements.txt",
        "inputs/no_policy.toml",
        "data/panel.dta",
        "data/studios.csv",
        "data/codebook.md",
        "data/datapackage.json",
        "programs/example.do",
        "programs/example.R",
        "code/microdrama/model/economy.py",
        "code/microdrama/model/inputs/evidence/sources.csv",
    ):
        assert (package / name).is_file(), name
    sums = dict(reversed(line.split("  ")) for line in (package / "checksums.sha256").read_text().splitlines())
    files = {p.relative_to(package).as_posix(): p for p in package.rglob("*") if p.is_file()}
    files.pop("checksums.sha256")
    assert sums == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    assert not [name for name in files if "__pycache__" in name or name.endswith(".pyc")]
    pinned = (package / "requirements.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[a-z0-9._-]+==\S+", line) for line in pinned) and len(pinned) > 12
    here = str(package.parent.parent)
    assert not [name for name, path in files.items() if here.encode() in path.read_bytes()]


@pytest.mark.slow
def test_unpacked_in_an_empty_folder_it_makes_its_own_numbers_again(package):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    take_over_compiled_code(package / "code" / "microdrama")
    compiled = package / "code/microdrama/model/__pycache__"
    for path in compiled.glob("draws._uniform*"):
        path.unlink()
    words = [sys.executable, "programs/00_run_all.py"]
    done = subprocess.run(words, cwd=package, env=environment, capture_output=True, text=True, check=False)
    told = re.search(r"(\d+) of (\d+) files reproduced to the last byte", done.stdout)
    assert done.returncode == 0 and told and told[1] == told[2], done.stdout[-1500:] + done.stderr[-1500:]
    assert int(told[1]) > 30
    assert [*compiled.glob("draws._uniform*")]  # it is the package's code that ran
    made = pd.read_csv(package / "reproduced/data/panel.csv")
    assert len(made) == 4 * 8 and made.equals(pd.read_csv(package / "data/panel.csv"))


def test_a_difference_is_told(package, tmp_path, monkeypatch):
    import importlib.util

    spec = importlib.util.spec_from_file_location("run_all", package / "programs/00_run_all.py")
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    for text, message in (
        ("x,y\n1,2.0002\n", "numbers differ by up to 0.0001 of their size"),
        ("x,y\n", "1 were made"),
        ("x,z\n1,2\n", "'y' was expected, 'z' was made"),
    ):
        (tmp_path / "b.csv").write_text(text)
        assert message in program.difference(tmp_path / "a.csv", tmp_path / "b.csv")
    assert program.difference(tmp_path / "a.csv", tmp_path / "c.csv") == "was not made"


def test_what_cannot_be_made_again_is_refused(a_run, tmp_path, monkeypatch):
    monkeypatch.setattr("microdrama.experiments.export.package.code_version", lambda: "0123456789ab")
    with pytest.raises(InputError, match=r"was made by version .*; run once more"):
        make_package(a_run, tmp_path / "package")
    assert not list(tmp_path.iterdir())
