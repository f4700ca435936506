"""The version of the code changes with every module on which a number depends, and with no other."""

import ast
import shutil
import subprocess
import sys

import pytest

from microdrama.experiments import files
from microdrama.experiments.files import FOLDERS, MAKE_RESULTS, NO_PART, closure, code_version, version_of


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Copies of the packages elsewhere, as in a wheel."""
    to = [tmp_path_factory.mktemp("site") / name for name in ("model", "experiments")]
    for folder, copy in zip(FOLDERS, to, strict=True):
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return to


def version(folders):
    version_of.cache_clear()
    return version_of(*folders)


def test_the_folder_does_not_matter_nor_do_line_endings(copies):
    before = version(FOLDERS)
    assert version(copies) == before
    path = copies[1] / "run.py"
    text = path.read_bytes()
    path.write_bytes(text.replace(b"\n", b"\r\n"))
    assert version(copies) == before
    path.write_bytes(text)


def test_an_edit_of_any_module_that_makes_results_is_another_version(copies):
    before, modules = version(copies), closure(copies)
    tables = {path.name: path for kind in ("csv", "toml") for path in copies[0].rglob(f"*.{kind}")}
    assert len(modules) > 50 and len(tables) > 5
    for name, path in (modules | tables).items():
        text = path.read_bytes()
        path.write_bytes(text + b"\n")
        assert version(copies) != before, name
        path.write_bytes(text)
    assert version(copies) == before


def test_an_edit_of_what_makes_no_number_is_the_same_version(copies):
    before = version(copies)
    for name in ("reports/study_page.py", "outcomes/patterns.py", "running/sweep.py", "export/stata.py", "files.py"):
        path = copies[1] / name
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert version(copies) == before


def test_it_has_all_modules_that_are_loaded_to_make_a_result():
    """Asked of Python: what is in memory once a run can be made and its tables written."""
    code = (
        "import importlib, sys\n"
        f"for name in {MAKE_RESULTS}: importlib.import_module(name)\n"
        "print(*(name for name, module in sys.modules.items() if name.startswith('microdrama.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    missing = {name for name in done.stdout.split() if name not in closure() and name not in NO_PART}
    assert all(only_docstring(name) for name in missing), missing


def only_docstring(name):
    """Whether a module is a package without code."""
    _, room, *parts = name.split(".")
    path = FOLDERS[room == "experiments"].joinpath(*parts, "__init__.py")
    return path.is_file() and len(ast.parse(path.read_text(encoding="utf-8")).body) == 1


def test_a_source_of_ones_own_counts(monkeypatch):
    monkeypatch.setattr(files, "_SOURCES", {})
    before = code_version()
    files.add_source("mine", "one")
    one = code_version()
    files.add_source("mine", "two")
    assert len({before, one, code_version()}) == 3
