"""Examples in docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

import microdrama

MODULES = [
    found.name
    for found in pkgutil.walk_packages(microdrama.__path__, "microdrama.")
    if not found.ispkg and ".dashboards.pages" not in found.name and ".export.programs" not in found.name
]


@pytest.mark.parametrize("name", ["microdrama", "microdrama.model", *MODULES])
def test_examples_in_docstrings_run(name):
    assert doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS).failed == 0
