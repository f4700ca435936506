"""Examples in docstrings run."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = {"microdrama": "microdrama", **{f"microdrama.{room}": room for room in ("model", "experiments", "dashboards")}}


def modules():
    """Modules with examples, by name."""
    for package, folder in ROOMS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            if ">>> " in path.read_text(encoding="utf-8"):
                parts = path.relative_to(ROOT / folder).with_suffix("").parts
                yield ".".join([package, *(part for part in parts if part != "__init__")])


MODULES = list(modules())


def test_examples_are_found_in_every_room_that_has_them():
    assert {name.split(".")[1] for name in MODULES if "." in name} >= {"model", "experiments"} and len(MODULES) > 20


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.failed == 0
