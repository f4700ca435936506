"""Packages and data files, found in the folders that ``pyproject.toml`` maps; all else stands there."""

import tomllib
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
FOLDERS = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-dir"]


def files(folder: Path) -> list[Path]:
    """All files of a folder, but for caches and hidden ones, seen from there."""
    found = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [path for path in found if not any(part.startswith((".", "__pycache__")) for part in path.parts)]


setup(
    packages=[
        ".".join((package, *path.parent.parts))
        for package, folder in FOLDERS.items()
        for path in files(HERE / folder)
        if path.name == "__init__.py"
    ],
    package_data={
        package: [path.as_posix() for path in files(HERE / folder) if path.suffix != ".py"]
        for package, folder in FOLDERS.items()
    },
)
