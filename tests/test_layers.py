"""Which module imports which: no circle, typing ones included, and no import from a lower to a higher room."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = {"microdrama.model": "model", "microdrama.experiments": "experiments", "microdrama.dashboards": "dashboards"}
"""Packages and their folders, low to high."""
LAYERS = {
    "microdrama.model": (
        (
            "errors",
            "arrays",
            "addresses",
            "machine_code",
            "compiled",
            "arithmetic",
            "calendar",
            "categories",
            "ids",
            "of_mesa",
        ),
        ("decisions",),
        ("draws", "measures", "clustering"),
        ("inputs", "populations.table"),
        ("over_state",),
        ("accounts.ledger",),
        ("populations.tables",),
        ("region", "panel"),
        ("state",),
        ("accounts.balance", "agglomeration", "phases", "populations.views"),
        ("start",),
        ("economy",),
        ("prepare",),
    ),
    "microdrama.experiments": (
        ("markdown", "figures"),
        ("files",),
        ("run", "analysis.contrast"),
        ("outcomes",),
        ("design",),
        ("running",),
        ("analysis",),
        ("reports", "calibration"),
        ("export",),
        ("commands",),
        ("cli",),
    ),
}
"""Modules and packages of a room, low to high; those of one layer may import each other, without a circle."""


@cache
def modules():
    """Path of every module of the package by its name."""
    named = {}
    for package, folder in ROOMS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            named[".".join([package, *(part for part in parts if part != "__init__")])] = path
    return named


@cache
def imports(module):
    """Modules of the package that a module imports, wherever the statement stands."""
    path, found = modules()[module], set()
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                found.add(inner if inner in modules() else source)
    return frozenset(name for name in found if name in modules() and name != module)


def room(module):
    return next(package for package in ROOMS if f"{module}.".startswith(f"{package}."))


def circle(package, imports=imports):
    """Modules of a room that import each other in a circle, first and last the same; empty if there is none."""
    done, path = set(), []

    def visit(module):
        if module in path:
            return [*path[path.index(module) :], module]
        if module not in done and room(module) == package:
            path.append(module)
            for other in sorted(imports(module)):
                if found := visit(other):
                    return found
            path.pop()
            done.add(module)
        return []

    for module in sorted(modules()):
        if room(module) == package and (found := visit(module)):
            return found
    return []


def layer(module):
    """Number of a module's layer in its room, -1 for the room itself, which hands on names."""
    inside = module.removeprefix(room(module)).lstrip(".")
    for number, names in enumerate(LAYERS[room(module)]):
        if any(f"{inside}.".startswith(f"{name}.") for name in names):
            return number
    return -1


@pytest.mark.parametrize("package", ROOMS)
def test_no_module_imports_itself_through_others(package):
    assert circle(package) == []


def test_no_import_from_a_lower_to_a_higher_room():
    order = list(ROOMS)
    up = [
        (module, other)
        for module in modules()
        for other in imports(module)
        if order.index(room(other)) > order.index(room(module))
    ]
    assert up == []


@pytest.mark.parametrize("package", LAYERS)
def test_no_import_towards_a_higher_layer(package):
    inside = [module for module in modules() if room(module) == package]
    empty = {module for module in inside if modules()[module].name == "__init__.py" and not imports(module)}
    assert [module for module in inside if layer(module) < 0 and module not in empty | {package}] == []
    up = [
        (module, other)
        for module in inside
        for other in imports(module)
        if room(other) == package and layer(module) >= 0 and other not in empty and layer(other) > layer(module)
    ]
    assert up == []


def test_a_planted_circle_is_found():
    def also(module):
        return imports(module) | ({"microdrama.model.economy"} if module == "microdrama.model.panel" else set())

    found = circle("microdrama.model", also)
    assert found[0] == found[-1] and {"microdrama.model.panel", "microdrama.model.economy"} <= set(found)
