"""The package as users have it: installed from the checkout or as a wheel, beside files named as parts of it."""

import importlib.util
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from installed import ENV, ROOT, STUDY, said, take_over_compiled_code


@pytest.fixture
def place(tmp_path):
    """A user's folder: a study, and modules of the user's own that must not be taken for the package's."""
    for name in ("model.py", "experiments.py", "dashboards/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"raise AssertionError('the user\\'s {name} was imported')\n", encoding="utf-8")
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel, built from a copy so that nothing is left in the checkout, and nothing old gets in."""
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    for name in ("microdrama", "model", "experiments", "dashboards"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, copy)
    words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(out), str(copy)]
    if importlib.util.find_spec("setuptools"):
        words.append("--no-build-isolation")
    subprocess.run(words, check=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def outside(wheel, tmp_path_factory):
    """Python of an environment that has the wheel, and our dependencies by a path: our own package is not on it."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, symlinks=True)
    python = next(home.glob("[bS]*/python*"))
    (packages,) = home.rglob("site-packages")
    shared = [path for path in sys.path if Path(path).name == "site-packages"]
    (packages / "dependencies.pth").write_text("\n".join(shared), encoding="utf-8")
    words = ["--python", str(python), "install", "--quiet", "--no-deps", "--no-index", "--ignore-installed", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True, env=ENV)
    where = said(python, "-c", "import microdrama; print(microdrama.__file__)", cwd=home).strip()
    assert where == str(packages / "microdrama" / "__init__.py")
    take_over_compiled_code(packages / "microdrama")
    return python


@pytest.fixture(params=["editable", pytest.param("wheel", marks=pytest.mark.slow)])
def python(request):
    """Python of either installation."""
    return Path(sys.executable) if request.param == "editable" else request.getfixturevalue("outside")
