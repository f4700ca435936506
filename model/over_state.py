"""Functions of the economy compiled whole: what they look up in it is handed over as arrays and numbers."""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import linecache
import os
import re
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache, wraps
from itertools import accumulate
from pathlib import Path
from threading import RLock
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numba import config

from .addresses import At, cells_of, kind_of, size
from .compiled import compiled, folder_of, part, parts

ECONOMY = "econ"
"""First argument of every function over the state."""


def over_state(function: Any) -> Any:
    """Compile a function whose first argument is the economy, ``econ``.

    In its source ``econ.studios.city`` or ``econ.draws.of("worker.call")`` stands for an array or a number. Columns of
    populations and of the month, and cells of the region, are found at their addresses; parameters, cities and draws
    are looked up when the economy has others than at the last call; all else is looked up when the function is called.
    Arrays are written in place; a number that changes is returned. Names for parts of the economy
    (``p, studios = econ.p, econ.studios``) may be given, and other functions over the state called with ``econ`` first.
    Without the compiler the function runs as it is written.

    Raises
    ------
    TypeError
        At the first call, for what is neither an array nor a number, and for an array that is not written in place.
    """
    if config.DISABLE_JIT:
        return function
    return _Whole(function).call


MAKING = RLock()
"""Held by the thread that makes a function ready."""


class _Whole:
    """A function over the state as it is compiled, from its first call on."""

    tree: Any = None
    """Its source as rewritten, until something is compiled of it: it takes much memory."""
    as_part: Any = None
    """It as a part of other functions over the state, with all that it looks up in the economy as arguments."""
    kept: tuple[Any, ...] = ()
    """The kind of the economy of the last call, its parameters, cities and draws, as far as :data:`LASTING` things come
    from there, and what :meth:`find` says of them: one tuple, so that economies in several threads do not get each
    other's."""

    def __init__(self, function: FunctionType) -> None:
        self.function, self.lines = function, linecache.getlines(function.__code__.co_filename)
        self.scope: dict[str, Any] = {"whole": self}
        exec(f"def call({ECONOMY}, *given): return whole.ready({ECONOMY})({ECONOMY}, *given)", self.scope)
        call: Any = wraps(function)(self.scope["call"])
        call.whole, self.call = self, call
        self.unready = self.call.__code__
        """Its code until it is first called."""

    def ready(self, econ: Any) -> Any:
        """What is called, which now looks up and calls what is compiled."""
        with MAKING:
            if self.call.__code__ is self.unready:
                self.make_ready(econ)
        return self.call

    def make_ready(self, econ: Any) -> None:
        self.handed: dict[str, str] = {text: _as_name(text) for text in self.look_ups(econ)}
        self.entries: dict[Any, Any] = {}
        """What is called with cells, by kind of the economy and kinds of what lasts in it."""
        self.lasting = [text for text in self.handed if lasts(text)]
        self.in_cells = {text: found for text in self.handed if (found := _in_cells(text, econ))}
        self.tables = sorted({table for table, _ in self.in_cells.values()})
        self.others = [text for text in self.handed if not (lasts(text) or text in self.in_cells)]
        used = (whose for whose, begins in LASTING.items() if any(text.startswith(begins) for text in self.lasting))
        of = ["__class__", *used]
        self.kept = (None,) * (len(of) + 3)
        given = ["*given"] if self.function.__code__.co_argcount > 1 else []
        of_parts, others = _apart([*(f"{ECONOMY}.{table}.addresses" for table in self.tables), *self.others])
        lines = [
            f"{', '.join(of)}, kept, cells, entry = whole.kept",
            f"if {' or '.join(f'{ECONOMY}.{whose} is not {whose}' for whose in of)}:",
            f"    kept, cells, entry = whole.find({ECONOMY})",
            f"    whole.kept = {', '.join(f'{ECONOMY}.{whose}' for whose in of)}, kept, cells, entry",
            *(f"{name} = {text}" for text, name in of_parts.items()),
            f"return entry({', '.join(('cells', *others, *given))})",
        ]
        exec(f"def looked_up({ECONOMY}): return ({''.join(f'{text}, ' for text in self.lasting)})", self.scope)
        exec(f"def run({', '.join((ECONOMY, *given))}):\n" + textwrap.indent("\n".join(lines), " "), self.scope)
        self.looked_up, self.call.__code__ = self.scope["looked_up"], self.scope["run"].__code__

    def look_ups(self, econ: Any) -> list[str]:
        """All that it looks up in this kind of economy, as noted by an earlier process or found by rewriting it."""
        folder, function, kind = folder_of(self.function), self.function, econ.__class__
        of = [kind.__module__, kind.__qualname__, OF_THIS, *parts(function)]

        def stamp(found: list[str]) -> str:
            return hashlib.sha256("\0".join((*of, *found)).encode()).hexdigest()

        name = f"{function.__module__}.{function.__qualname__}-{function.__code__.co_firstlineno}.json"
        file = folder / re.sub("[<>]", "", name) if folder else Path(os.devnull)
        with suppress(Exception):  # none yet, one of other code or of another structure, or a damaged one
            noted, *found = json.loads(file.read_text(encoding="utf-8"))
            if noted == stamp(found) and all(isinstance(eval(text, {ECONOMY: econ}), VALUES) for text in found):
                return found
        self.rewrite(econ)
        found = [*self.handed]
        if folder:
            with suppress(OSError):
                new = file.with_suffix(f".{os.getpid()}")
                new.write_text(json.dumps([stamp(found), *found]), encoding="utf-8")
                new.replace(file)
        return found

    def find(self, econ: Any) -> tuple[Any, ...]:
        """What lasts in an economy, its cells, and what is called with cells of these kinds."""
        kept = self.looked_up(econ)
        kinds = tuple(map(kind_of, kept))
        key = econ.__class__, kinds
        with MAKING:
            if key not in self.entries:
                self.entries[key] = self.entry(econ, kinds)
        return kept, cells_of(kept, kinds), self.entries[key]

    def entry(self, econ: Any, kinds: Iterable[Any]) -> Any:
        """The function that takes cells (of what lasts, of each table), and the rest of what is looked up."""
        places = accumulate(map(size, kinds), initial=0)
        found = [(text, "cells", kind, place) for text, kind, place in zip(self.lasting, kinds, places, strict=False)]
        for text, (table, name) in self.in_cells.items():
            value = eval(text, {ECONOMY: econ})
            found.append((text, f"cells_of_{table}", kind_of(value), getattr(econ, table).places()[name]))
        scope, lines = {}, []
        for text, cells, kind, place in found:
            at = "at_" + _as_name(str(kind))
            scope[at] = At(kind)
            lines.append(f"{self.handed[text]} = {at}({cells}, {place})")
        arguments = [
            "cells",
            *(f"cells_of_{table}" for table in self.tables),
            *(self.handed[each] for each in self.others),
        ]
        entry = compiled(self.outside(arguments, lines), alone=True, error_model="numpy")
        entry._compiler._get_implementation = lambda *_: self.made(econ, arguments, lines, scope)
        return entry

    def outside(self, arguments: Iterable[str], lines: Iterable[str]) -> Any:
        """What :meth:`made` gives as it looks from outside: what is compiled of it can be found without making it."""
        code, name, scope = self.function.__code__, self.function.__name__, dict[str, Any]()
        words = ", ".join((*arguments, *code.co_varnames[1 : code.co_argcount]))
        exec(f"def {name}({words}):\n {chr(10).join((OF_THIS, *lines))!r}", scope)
        function = scope[name]
        function.__code__ = function.__code__.replace(
            co_filename=code.co_filename, co_firstlineno=code.co_firstlineno, co_qualname=code.co_qualname
        )
        function.__qualname__, function.__module__ = self.function.__qualname__, self.function.__module__
        function.__defaults__, function.made_of = self.function.__defaults__, self.function
        return function

    def made(self, econ: Any, arguments: Iterable[str], lines: Iterable[str], scope: dict[str, Any]) -> Any:
        """The function as rewritten, with these arguments before those it is given and these lines before its own."""
        self.rewrite(econ)
        module, self.tree = self.tree, None
        node = module.body[0]
        begins = ast.parse("\n".join(lines)).body
        for each in (inside for line in begins for inside in ast.walk(line)):
            ast.copy_location(each, node)
        node.args.args = [*(ast.copy_location(ast.arg(name), node) for name in arguments), *node.args.args]
        node.body = begins + node.body
        scope |= self.function.__globals__ | self.called
        exec(compile(module, self.function.__code__.co_filename, "exec", dont_inherit=True), scope)
        function: Any = scope[self.function.__name__]
        function.__qualname__, function.made_of = self.function.__qualname__, self.function
        return function

    def part(self, econ: Any) -> Any:
        """What :attr:`as_part` says."""
        if self.as_part is None:
            self.rewrite(econ)
            self.as_part = part(self.made(econ, self.handed.values(), (), {}))
        return self.as_part

    def rewrite(self, econ: Any) -> None:
        """Write it anew for this kind of economy, if that is not at hand."""
        if self.tree is None:
            function, first = self.function, self.function.__code__.co_firstlineno - 1
            source = ast.parse("\n" * first + textwrap.dedent("".join(inspect.getblock(self.lines[first:]))))
            rewriting = _Rewriting(function, econ)
            self.tree, self.handed, self.called = rewriting.visit(source), rewriting.handed, rewriting.called


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
        node.args.args = [ast.copy_location(ast.arg(each.arg), each) for each in node.args.args[1:]]
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
            self.called[name] = whole.part(self.econ)
            handed = [self.hand(text) for text in whole.handed]
        elif len(given) < len(node.args):
            raise self.wrong(node, f"{ast.unparse(node.func)} is no function over the state")
        else:
            self.called[name] = rule(function)
        node.func, node.args = _name(name, node), [*(_name(each, node) for each in handed), *map(self.visit, given)]
        for keyword in node.keywords:
            keyword.value = self.visit(keyword.value)
        return node

    def hand(self, text: str) -> str:
        """The argument for what is looked up."""
        return self.handed.setdefault(text, _as_name(text))

    def wrong(self, node: Any, what: str) -> TypeError:
        code = self.function.__code__
        return TypeError(f"{code.co_filename}, line {node.lineno}, {self.function.__name__}: {what}")


LASTING = {
    "p": (f"{ECONOMY}.p.", f"{ECONOMY}.fen_per_yuan"),
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
            name = parts.setdefault(part, f"_{_as_name(part)}")
            text = text.replace(part, name, 1)
        found.append(text)
    return parts, found


def _in_cells(text: str, econ: Any) -> tuple[str, str] | None:
    """Part of the economy and name if what is looked up is in the part's cells; the part's length has no name."""
    match = re.fullmatch(rf"{ECONOMY}\.(\w+)\.(.+)|len\({ECONOMY}\.(\w+)\)", text)
    if match is None or lasts(text):
        return None
    part, name = match[1] or match[3], match[2] or ""
    return (part, name) if name in getattr(getattr(econ, part), "places", dict)() else None


def _as_name(text: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in text)


def _name(name: str, instead: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Name(name, ast.Load()), instead)


@cache
def rule(function: FunctionType) -> Any:
    """A rule compiled for numbers."""
    return part(function)


OF_THIS = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
"""Changes with the way in which functions are rewritten."""
LEAVES = ast.Constant, ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop
VALUES = np.ndarray, np.generic, bool, int, float
