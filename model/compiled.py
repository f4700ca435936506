"""Compiled loops and elementwise functions, kept on disk so that many processes may compile at once."""

from __future__ import annotations

import hashlib
import io
import pickle
import sys
import warnings
from collections.abc import Iterator
from functools import cached_property, update_wrapper
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import llvmlite.binding as llvmlite
import numpy as np
from numba import config, extending, njit, types
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.environment import Environment, lookup_environment
from numba.core.runtime import rtsys
from numba.cpython import hashing  # noqa: F401 - tells LLVM what Python hashes with

from .machine_code import Whole


class _Cache(FunctionCache):  # type: ignore[misc]
    """A cache on a disk that may be full or read-only: then what is compiled serves this process alone."""

    told = False
    """Whether this process has said so: once is enough for all functions."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """As numba's, which first imports all that compiling takes: a tenth of a second."""
        rtsys.initialize(target_context)  # memory for arrays
        return self._load_overload(sig, target_context)

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError as error:
            if _Cache.told:
                return
            _Cache.told = True
            said = f"compiled code cannot be kept in {self.cache_path} ({error.strerror}): every process compiles anew"
            warnings.warn(said, RuntimeWarning, stacklevel=2)


class _Loading(pickle.Unpickler):
    """Reads what is compiled, without the modules of numba that parts of it come from: scipy's linear algebra, too."""

    def find_class(self, module: str, name: str) -> Any:
        return _environment if name == "_rebuild_env" else super().find_class(module, name)


def _environment(module: str, constants: Any, name: str) -> Any:
    """As numba's; compiled code takes from its environment the constants, which say what it raises, not the module."""
    found = lookup_environment(name)
    if found is None:
        found = Environment(vars(sys.modules[module]) if module in sys.modules else {"__name__": module})
        found.consts[:], found.env_name = constants, name
        Environment._memo[name] = found
    return found


class _Kept(IndexDataCacheFile):  # type: ignore[misc]
    """One file a signature, named by it, which says itself what it holds and what it was made of, and that it is whole.

    numba numbers the files and keeps the numbers in an index. Two processes that compile a function for different types
    at the same moment give both the same number, and a third then runs code for other types: wrong numbers, no word.
    numba also renews what it keeps of a function only when the file of that function changes, not when a rule that the
    function calls changes in another file; here the stamp is of everything that is compiled into the function.
    """

    function: Any
    options: dict[str, Any]
    alone = False
    """Whether it is no part of other compiled functions: then only its machine code is kept, which loads faster."""

    def save(self, key: Any, data: Any) -> None:
        if self.alone:
            (name, kind, (code, _)), of, *rest = data
            entries = of.llvm_func_name, of.llvm_cpython_wrapper_name
            empty = llvmlite.parse_assembly("\n".join(f'define void @"{each}"() {{ ret void }}' for each in entries))
            data = (name, kind, (code, empty.as_bitcode())), of, *rest
        body = self._dump((self.stamp, key, data))
        with self._open_for_write(self._data_path(self._name(key))) as file:
            file.write(hashlib.sha256(body).digest() + body)

    def load(self, key: Any) -> Any:
        try:
            whole = Path(self._data_path(self._name(key))).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(whole[32:]).digest() != whole[:32]:
            return None
        stamp, of, data = _Loading(io.BytesIO(whole[32:])).load()
        return data if (stamp, of) == (self.stamp, key) else None

    @cached_property
    def stamp(self) -> str:
        """Hash of all that is compiled into the function; taken at the first call, when its module is complete."""
        of = [repr((self.alone, sorted(self.options.items()))), *parts(self.function)]
        return hashlib.sha256("\0".join(of).encode()).hexdigest()

    def _name(self, key: Any) -> Any:
        return self._data_name(int.from_bytes(hashlib.sha256(repr((self._version, key)).encode()).digest()[:6]))


def parts(function: FunctionType, seen: set[FunctionType] | None = None) -> Iterator[str]:
    """What decides on the code of a function: its own, that of the functions of this package or its own that it calls,
    and the values of all other names that it takes from its module."""
    seen = set() if seen is None else seen
    if function in seen:
        return
    seen.add(function)
    if source := getattr(function, "made_of", None):
        yield from parts(source, seen)
    yield repr(function.__defaults__) + repr(function.__kwdefaults__)
    names: list[str] = []
    for code in codes(function.__code__):
        yield repr((code.co_code, [c for c in code.co_consts if not isinstance(c, CodeType)], code.co_names))
        names += code.co_names
    scopes, roots = [function.__globals__], {__name__.partition(".")[0], function.__module__.partition(".")[0]}
    for scope in scopes:  # grows by the modules that the function names
        for name in names:
            value = scope.get(name)
            plain = getattr(value, "py_func", getattr(value, "__wrapped__", value))
            if isinstance(value, ModuleType):
                inside = value.__name__.partition(".")[0] in roots
                if inside and all(vars(value) is not known for known in scopes):
                    scopes.append(vars(value))
            elif isinstance(plain, FunctionType):
                if plain.__module__.partition(".")[0] in roots:
                    yield repr(sorted(getattr(value, "targetoptions", {}).items())) + getattr(value, "signature", "")
                    yield from parts(plain, seen)
            elif name in scope:
                yield f"{name} = {value!r}"


def codes(code: CodeType) -> Iterator[CodeType]:
    """A code and those of all functions that are made inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def folder_of(function: FunctionType) -> Path | None:
    """Where what is compiled of a function is kept, None if no folder can be written to."""
    file = function.__code__.co_filename, config.CACHE_DIR
    if file not in _FOLDERS:
        try:
            _FOLDERS[file] = Path(FunctionCache(function).cache_path)
        except RuntimeError:
            _FOLDERS[file] = None
    return _FOLDERS[file]


_FOLDERS: dict[tuple[str, str], Path | None] = {}


def compiled(function: Any, *, alone: bool = False, **options: Any) -> Any:
    """``numba.njit`` with what is compiled kept for later processes, where there is a folder for it.

    What is ``alone`` is called by no other compiled function.
    """
    options["no_cfunc_wrapper"] = True  # nobody calls it from C
    try:
        dispatcher = njit(cache=True, pipeline_class=Whole, **options)(function)
    except RuntimeError:  # no folder can be written to
        return njit(pipeline_class=Whole, **options)(function)
    if not config.DISABLE_JIT:
        _keep(dispatcher._cache, function, options)
        dispatcher._cache._cache_file.alone = alone
    return dispatcher


def part(function: Any) -> Any:
    """A function that only compiled functions call, of which it becomes a part."""
    return njit(function, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)


class Typed:
    """A part for one signature, to which others are converted: without it, it is compiled for every kind of index."""

    def __init__(self, function: Any, signature: str) -> None:
        update_wrapper(self, function)
        self.py_func, self.signature, self.number = function, signature, part(function)

    def __call__(self, *given: Any) -> Any:
        return self.py_func(*given)


inlined = njit(error_model="numpy", forceinline=True)
"""Part of the loop that calls it, which can then take several numbers at once: no division is tried for zero."""


class Elementwise:
    """A function of numbers that also takes arrays; in compiled functions, the first argument may be an array in one
    piece of memory, of which several numbers are taken at once.

    A ufunc of numba's would do the same, but each process would compile a part of it anew.
    """

    def __init__(self, function: Any) -> None:
        update_wrapper(self, function)
        self.py_func = function
        self.number = njit(function, error_model="numpy")
        loops = [(_each, _array), (_each_pair, _array_pair)][function.__code__.co_argcount - 1]
        each, array = (_loop(function, loop) for loop in loops)
        self.each, self.array = compiled(each, error_model="numpy"), part(array)

    def __call__(self, *given: Any) -> Any:
        arrays = [np.asarray(one, dtype=float, order="C") for one in given]
        if len({array.shape for array in arrays if array.shape}) > 1:
            arrays = [np.ascontiguousarray(array) for array in np.broadcast_arrays(*arrays)]
        result = np.empty(max((array.shape for array in arrays), key=len))
        self.each(*(array.reshape(-1) for array in arrays), result.reshape(-1))
        return result[()]


def _loop(function: FunctionType, loop: FunctionType) -> FunctionType:
    """A loop over a function, as if it had been written in its module."""
    name = f"{function.__name__}.{loop.__name__.split('_')[1]}"
    code = loop.__code__.replace(co_name=name, co_qualname=name, co_filename=function.__code__.co_filename)
    named = FunctionType(code, {"of": inlined(function), "np": np, "__name__": function.__module__}, name)
    named.__module__ = function.__module__
    return named


def _each(x, result):  # type: ignore[no-untyped-def]
    for i in range(len(x)):
        result[i] = of(x[i])  # type: ignore[name-defined]  # noqa: F821


def _each_pair(x, y, result):  # type: ignore[no-untyped-def]
    n = len(result)
    first, second = x if len(x) == n else np.full(n, x[0]), y if len(y) == n else np.full(n, y[0])
    for i in range(n):
        result[i] = of(first[i], second[i])  # type: ignore[name-defined]  # noqa: F821


def _array(x):  # type: ignore[no-untyped-def]
    result = np.empty(len(x))
    for i in range(len(x)):
        result[i] = of(x[i])  # type: ignore[name-defined]  # noqa: F821
    return result


def _array_pair(x, y):  # type: ignore[no-untyped-def]
    result = np.empty(len(x))
    for i in range(len(x)):
        result[i] = of(x[i], y)  # type: ignore[name-defined]  # noqa: F821
    return result


class _NumberOrArray(types.Dispatcher):  # type: ignore[misc]
    """To the compiler, a function of numbers whose first argument may be an array."""

    def __init__(self, function: Elementwise) -> None:
        super().__init__(function.number)
        self.array = types.Dispatcher(function.array)

    def get_call_type(self, context: Any, args: Any, kws: Any) -> Any:
        of_array = isinstance(args[0], types.Array)
        return self.array.get_call_type(context, args, kws) if of_array else super().get_call_type(context, args, kws)

    def get_impl_key(self, sig: Any) -> Any:
        of_array = isinstance(sig.args[0], types.Array)
        return self.array.get_impl_key(sig) if of_array else super().get_impl_key(sig)


extending.register_model(_NumberOrArray)(extending.models.OpaqueModel)


@extending.typeof_impl.register(Elementwise)  # type: ignore[untyped-decorator]
def _typed(function: Elementwise, _: Any) -> Any:
    return _NumberOrArray(function)


@extending.typeof_impl.register(Typed)  # type: ignore[untyped-decorator]
def _typed_once(function: Typed, _: Any) -> Any:
    if not function.number.signatures:
        function.number.compile(function.signature)
        function.number.disable_compile()
    return types.Dispatcher(function.number)


def typed(signature: str) -> Any:
    """A function for compiled loops, compiled for this signature alone."""
    return lambda function: function if config.DISABLE_JIT else Typed(function, signature)


def elementwise(function: Any) -> Any:
    """A function of one or two numbers that also takes arrays, compiled or not."""
    return np.vectorize(function, otypes=[float]) if config.DISABLE_JIT else Elementwise(function)


def _keep(cache: Any, function: Any, options: dict[str, Any]) -> None:
    file = cache._cache_file
    cache.__class__, file.__class__, file.function, file.options = _Cache, _Kept, function, options
