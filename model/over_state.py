"""Functions of the economy compiled whole: what they look up in it is handed over as arrays and numbers."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property, wraps
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numba import config

from .compiled import compiled, part

ECONOMY = "econ"
"""First argument of every function over the state."""


def over_state(function: Any) -> Any:
    """Compile a function whose first argument is the economy, ``econ``.

    In its source ``econ.studios.city`` or ``econ.draws.of("worker.call")`` stands for an array or a number, which is
    looked up when the function is called (in parameters, cities and draws: when the economy has others than at the last
    call). Arrays are written in place; a number that changes is returned. Names for parts of the economy
    (``p, studios = econ.p, econ.studios``) may be given, and other functions over the state called with ``econ`` first.
    Without the compiler the function runs as it is written.

    Raises
    ------
    TypeError
        At the first call, for what is neither an array nor a number, and for an array that is not written in place.
    """
    if config.DISABLE_JIT:
        return function
    whole = _Whole(function)

    @wraps(function)
    def call(econ: Any, *given: Any) -> Any:
        return (whole.run or whole.compiled(econ))(econ, *given)

    call.whole = whole  # type: ignore[attr-defined]
    return call


class _Whole:
    """A function over the state as it is compiled, from its first call on."""

    run: Callable[..., Any] | None = None
    """Looks up and calls."""
    flat: Any = None
    """The function with all that it looks up in the economy as arguments, what lasts first."""
    kept: tuple[Any, ...] = ()
    """Parameters, cities, draws of the economy of the last call, as far as :data:`LASTING` things come from there, and
    these things: one tuple, so that economies in several threads do not get each other's."""

    def __init__(self, function: FunctionType) -> None:
        self.function, self.lines = function, linecache.getlines(function.__code__.co_filename)

    def compiled(self, econ: Any) -> Callable[..., Any]:
        """Make it ready for calls."""
        flat = compiled(self.rewritten(econ), alone=True, error_model="numpy")
        lasting = [text for text in self.handed if lasts(text)]
        of = [whose for whose, begins in LASTING.items() if any(text.startswith(begins) for text in lasting)]
        self.kept = (None,) * len(of) + ((),)
        parts, others = _apart(text for text in self.handed if not lasts(text))
        lines = [
            f"{''.join(f'{whose}, ' for whose in of)}kept, = whole.kept",
            f"if {' or '.join(f'{ECONOMY}.{whose} is not {whose}' for whose in of) or False}:",
            "    kept = looked_up(econ)",
            f"    whole.kept = {''.join(f'{ECONOMY}.{whose}, ' for whose in of)}kept,",
            *(f"{name} = {text}" for text, name in parts.items()),
            f"return flat({', '.join(('*kept', *others, '*given'))})",
        ]
        scope = {"whole": self, "flat": flat}
        exec(f"def looked_up({ECONOMY}): return ({''.join(f'{text}, ' for text in lasting)})", scope)
        exec(f"def run({ECONOMY}, *given):\n" + textwrap.indent("\n".join(lines), " "), scope)
        self.run = scope["run"]
        return self.run

    @cached_property
    def part(self) -> Any:
        """It as a part of other functions over the state."""
        return part(self.flat)

    def rewritten(self, econ: Any) -> Any:
        """Write it anew for this kind of economy."""
        if self.flat is not None:
            return self.flat
        function, first = self.function, self.function.__code__.co_firstlineno - 1
        source = ast.parse("\n" * first + textwrap.dedent("".join(inspect.getblock(self.lines[first:]))))
        rewriting = _Rewriting(function, econ)
        code = compile(rewriting.visit(source), function.__code__.co_filename, "exec", dont_inherit=True)
        scope = function.__globals__ | rewriting.called
        exec(code, scope)
        flat: Any = scope[function.__name__]
        flat.__qualname__, flat.made_of = function.__qualname__, function
        self.flat, self.handed = flat, rewriting.handed
        return self.flat


class _Rewriting(ast.NodeTransformer):
    """Puts names of arguments in the place of what a function looks up in the economy."""

    def __init__(self, function: FunctionType, econ: Any) -> None:
        self.function, self.econ = function, econ
        self.roots = {name.partition(".")[0] for name in (__name__, function.__module__)}
        self.handed: dict[str, str] = {}
        """What is looked up, and the argument that stands for it."""
        self.parts = {ECONOMY: ECONOMY}
        """Names of parts of the economy in the source, and what they stand for."""
        self.called: dict[str, Any] = {}
        self.known: dict[str, Any] = {}

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        body = [self.visit(each) for statement in node.body for each in self.without_parts(statement)]
        self.handed = dict(sorted(self.handed.items(), key=lambda item: not lasts(item[0])))
        arguments = [*self.handed.values(), *(argument.arg for argument in node.args.args[1:])]
        node.args.args = [ast.copy_location(ast.arg(name), node) for name in arguments]
        node.body, node.decorator_list, node.returns = body, [], None
        return node

    def without_parts(self, statement: ast.stmt) -> Iterator[ast.stmt]:
        """The statement, without names for parts of the economy, which are noted."""
        if not isinstance(statement, ast.Assign):
            yield statement
            return
        target, value = statement.targets[0], statement.value
        pairs = [(target, value)]
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(target.elts, value.elts, strict=True))
        kept = []
        for name, of in pairs:
            if isinstance(name, ast.Name) and (text := self.part(of)):
                self.parts[name.id] = text
            else:
                kept.append((name, of))
        if len(kept) == len(pairs):
            yield statement
        else:
            yield from (ast.copy_location(ast.Assign([name], of), statement) for name, of in kept)

    def looked_up(self, node: ast.expr) -> str:
        """What an expression looks up in the economy; empty if that is nothing, or part of an array or a number."""
        match node:
            case ast.Name(name):
                return self.parts.get(name, "")
            case ast.Attribute(of, name):
                return (text := self.part(of)) and f"{text}.{name}"
            case ast.Subscript(of, ast.Constant(str(name))):
                return (text := self.part(of)) and f"{text}[{name!r}]"
            case ast.Compare(of, [ast.Eq() | ast.NotEq()], [ast.Constant(str())]) if text := self.part(of):
                return ast.unparse(ast.Compare(ast.Name(text), node.ops, node.comparators))
            case ast.Call(ast.Name("len"), [of]) if text := self.part(of):
                return f"len({text})"
            case ast.Call(ast.Attribute() as method, given) if text := self.part(method):
                if all(isinstance(each, ast.Constant) for each in given):
                    return ast.unparse(ast.Call(ast.Name(text), given, node.keywords))
        return ""

    def part(self, node: ast.expr) -> str:
        """The part of the economy that an expression looks up, empty if it is none."""
        text = self.looked_up(node)
        return "" if text and self.is_value(text) else text

    def is_value(self, text: str) -> bool:
        """Whether what is looked up is an array or a number, not a part of the economy."""
        return isinstance(self.value(text), VALUES)

    def value(self, text: str) -> Any:
        if text not in self.known:
            self.known[text] = eval(text, {ECONOMY: self.econ})
        return self.known[text]

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, LEAVES):
            return node
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and self.looked_up(node):
            raise self.wrong(node, f"write {ast.unparse(node)}[...] in place, or return the number")
        if isinstance(node, ast.Call) and (called := self.named(node.func)) is not None:
            return self.call(node, called)
        if not isinstance(node, ast.expr) or not (text := self.looked_up(node)):
            return super().visit(node)
        if not self.is_value(text):
            raise self.wrong(node, f"{ast.unparse(node)} is a {type(self.value(text)).__name__}, no array or number")
        return _name(self.hand(text), node)

    def named(self, node: ast.expr) -> Any:
        """The function of this package, or of the function's own, that an expression names, None if it names none."""
        of = None
        if isinstance(node, ast.Name):
            of = self.function.__globals__.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = self.function.__globals__.get(node.value.id)
            of = getattr(module, node.attr) if isinstance(module, ModuleType) else None
        here = isinstance(of, FunctionType) and of.__module__.partition(".")[0] in self.roots
        return of if here else None

    def call(self, node: ast.Call, function: FunctionType) -> ast.Call:
        """A call of a rule, or of another function over the state, which is handed what it looks up."""
        name = f"{ast.unparse(node.func).replace('.', '_')}_compiled"
        given = [each for each in node.args if self.looked_up(each) != ECONOMY]
        handed: list[str] = []
        if whole := getattr(function, "whole", None):
            whole.rewritten(self.econ)
            handed = [self.hand(text) for text in whole.handed]
        elif len(given) < len(node.args):
            raise self.wrong(node, f"{ast.unparse(node.func)} is no function over the state")
        self.called[name] = whole.part if whole else rule(function)
        node.func, node.args = _name(name, node), [*(_name(each, node) for each in handed), *map(self.visit, given)]
        for keyword in node.keywords:
            keyword.value = self.visit(keyword.value)
        return node

    def hand(self, text: str) -> str:
        """The argument for what is looked up."""
        return self.handed.setdefault(text, "".join(c if c.isalnum() else "_" for c in text))

    def wrong(self, node: Any, what: str) -> TypeError:
        code = self.function.__code__
        return TypeError(f"{code.co_filename}, line {node.lineno}, {self.function.__name__}: {what}")


LASTING = {
    "p": (f"{ECONOMY}.p.",),
    "cities": (f"{ECONOMY}.cities.", f"len({ECONOMY}.cities)"),
    "draws": (f"{ECONOMY}.draws.of(",),
}
"""Parts of the economy from which some of what is looked up is always the same, and how that begins."""


def lasts(text: str) -> bool:
    """Whether what is looked up stays the same as long as the part of the economy that it comes from is there."""
    return text.startswith(tuple(begin for begins in LASTING.values() for begin in begins))


def _apart(texts: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Parts of the economy that several are looked up in, with a name, and what is looked up in these."""
    parts: dict[str, str] = {}
    found = []
    for text in texts:
        of: Any = ast.parse(text, mode="eval").body
        inside = of.args[0] if isinstance(of, ast.Call) and of.args else of
        if isinstance(inside, ast.Attribute | ast.Subscript) and not isinstance(inside.value, ast.Name):
            part = ast.unparse(inside.value)
            name = parts.setdefault(part, "_" + "".join(c if c.isalnum() else "_" for c in part))
            text = text.replace(part, name, 1)
        found.append(text)
    return parts, found


def _name(name: str, instead: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Name(name, ast.Load()), instead)


@cache
def rule(function: FunctionType) -> Any:
    """A rule compiled for numbers."""
    return part(function)


LEAVES = ast.Constant, ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop
VALUES = np.ndarray, np.generic, bool, int, float
