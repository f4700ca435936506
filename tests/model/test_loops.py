"""Calls of functions with many arguments: by keyword, so that no two arrays can be swapped unseen."""

import ast
from pathlib import Path

MODEL = Path(__file__).parents[2] / "model"
MOST = 10
"""Arguments that may be given by position."""


def nodes(kind):
    for path in MODEL.rglob("*.py"):
        yield from (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, kind))


def test_functions_with_many_arguments_are_called_by_keyword():
    many = {function.name for function in nodes(ast.FunctionDef) if len(function.args.args) > MOST}
    calls = [(call, getattr(call.func, "id", getattr(call.func, "attr", ""))) for call in nodes(ast.Call)]
    assert many and many <= {name for _, name in calls}
    assert not [(name, call.lineno) for call, name in calls if call.args and (name in many or len(call.args) > MOST)]


def test_every_array_of_such_a_function_is_described():
    for function in nodes(ast.FunctionDef):
        if len(function.args.args) > MOST:
            text = ast.get_docstring(function)
            assert "Parameters\n----------\n" in text
            missing = [arg.arg for arg in function.args.args if arg.arg not in text]
            assert not missing or "as in :func:" in text, (function.name, missing)
