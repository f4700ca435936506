"""The user's own class of economies and outcomes in worker processes: how they are named, imported and hashed."""

from __future__ import annotations

import ast
import hashlib
import importlib
import sys
from functools import cache, reduce
from importlib.util import resolve_name
from pathlib import Path
from typing import Any, NamedTuple

from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.errors import InputError

from ..outcomes.registry import REGISTRY, own_modules


class UserCode(NamedTuple):
    """Modules that a run needs beside microdrama, by name, so that any process can import them."""

    model: str = ""
    """``module:Class``; the model's own class if empty."""
    modules: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    """From where they were imported: tried last, where a worker does not find them by itself."""
    version: str = ""
    """Hash of their source."""

    @classmethod
    def of(cls, model: type[MicroDramaEconomy] | None = None) -> UserCode:
        """What a worker has to know of a class, and of outcomes that the user registered.

        Raises
        ------
        InputError
            If it is no subclass of MicroDramaEconomy, or workers cannot import one of them.
        """
        modules = [module for module in own_modules() if any(f.read.__module__ == module for f in REGISTRY.values())]
        words = ""
        if model is not None and model is not MicroDramaEconomy:
            if not (isinstance(model, type) and issubclass(model, MicroDramaEconomy)):
                raise InputError(f"model: must be a subclass of MicroDramaEconomy, not {model!r}")
            home, name = model.__module__, model.__qualname__
            _check(home, f"model: {name}", name)
            if _at(sys.modules[home], name) is not model:
                raise InputError(
                    f"model: {home} has no {name} that worker processes could import; define it at its top"
                )
            words, modules = f"{home}:{name}", [home, *modules]
        for module in modules:
            _check(module, "an outcome", "it")
        own = cls(words, tuple(modules), tuple(dict.fromkeys(map(_folder, modules))))
        return own._replace(version=_hash(own)) if modules else own

    def load(self) -> type[MicroDramaEconomy]:
        """Import the modules; returns the class.

        Raises
        ------
        InputError
            If a worker, such as one on another machine, has no such module.
        """
        for module in self.modules:
            _import(module, self.folders)
        if not self.model:
            return MicroDramaEconomy
        home, _, name = self.model.partition(":")
        found: type[MicroDramaEconomy] = _at(sys.modules[home], name)
        return found

    def of_worker(self) -> str:
        """Hash of the source of the modules as this process has imported them."""
        return _hash_once(self) if self.modules else ""


def _check(module: str, what: str, name: str) -> None:
    if module == "__main__" or not getattr(sys.modules.get(module), "__file__", None):
        raise InputError(
            f"{what} is defined in a script or notebook, which worker processes cannot import; move it into a file of "
            f"its own beside it, such as my_model.py, and write: from my_model import {name}"
        )


def _at(module: Any, name: str) -> Any:
    """What stands in a module under a name with dots."""
    return reduce(lambda at, part: getattr(at, part, None), name.split("."), module)


def _import(module: str, folders: tuple[str, ...]) -> None:
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = [folder for folder in folders if folder not in sys.path]
        if not missing:
            raise InputError(
                f"this worker cannot import {module}: {error}; put its file on the PYTHONPATH of all workers"
            ) from None
        sys.path += missing
        importlib.invalidate_caches()
        _import(module, folders)


def _folder(module: str) -> str:
    """The folder that must be on the path for a module to be found."""
    top = Path(str(sys.modules[module.partition(".")[0]].__file__)).resolve()
    return str(top.parent.parent if top.name == "__init__.py" else top.parent)


def _hash(own: UserCode) -> str:
    """Hash of the modules and of all that they import from the same folders, other than installed packages."""
    text, seen, todo = [own.model], set[str](), [*own.modules]
    folders = {_folder(module) for module in own.modules}
    while todo:
        name = todo.pop()
        path = None if name in seen else _source(name, folders, own)
        seen.add(name)
        if path is None:
            continue
        source = path.read_text(encoding="utf-8")
        text.append(f"{name}\0{source}")
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        todo += [".".join(name.split(".")[:n]) for n in range(1, name.count(".") + 1)]
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                todo += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                home = resolve_name("." * node.level + (node.module or ""), package)
                todo += [home, *(f"{home}.{alias.name}" for alias in node.names)]
    return hashlib.sha256("\0".join(sorted(text)).encode()).hexdigest()[:8]


def _source(module: str, folders: set[str], own: UserCode) -> Path | None:
    """File of a module of the user's, if it is one."""
    top = module.partition(".")[0]
    for folder in folders if top != "microdrama" else ():
        installed = {"site-packages", "dist-packages"} & {*Path(folder).parts}
        if installed and top not in {name.partition(".")[0] for name in own.modules}:
            continue
        stem = Path(folder, *module.split("."))
        for path in (stem.parent / f"{stem.name}.py", stem / "__init__.py"):
            if path.is_file():
                return path
    return None


_hash_once = cache(_hash)
NO_CODE = UserCode()
