"""Machine code for what is called from Python alone: what that calls is a part of it and needs none of its own."""

from __future__ import annotations

from functools import cache
from typing import Any

from numba import types
from numba.core.boxing import box_array
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, Flags
from numba.core.environment import lookup_environment
from numba.core.pythonapi import _boxers
from numba.core.registry import cpu_target


class _Whole(JITCodeLibrary):  # type: ignore[misc]
    """Code that is called from Python, with all that it calls."""

    def _finalize_final_module(self) -> None:
        super()._finalize_final_module()
        for name in [each.name for each in self._final_module.global_variables]:
            if environment := lookup_environment(name):  # of a part, from which it takes what it raises
                self._codegen.set_env(name, environment)


class _Part(JITCodeLibrary):  # type: ignore[misc]
    """Code that becomes a part of what calls it: optimised there, and machine code only if Python can call it, too."""

    callable = False

    def finalize(self) -> None:
        for library in dict.fromkeys(self._linking_libraries):
            self._reload_init.update(library._reload_init)
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        inlining, builder = self._codegen._module_pass_manager(
            loop_vectorize=False, slp_vectorize=False, opt=0, cost="cheap"
        )
        inlining.run(self._final_module, builder)
        self._finalized = True

    def add_ir_module(self, module: Any) -> None:
        if module.name != "cfunc_wrapper":  # nobody calls it from C
            super().add_ir_module(module)

    def get_pointer_to_function(self, name: str) -> Any:
        self._ensure_finalized()
        if not self.callable:
            if all(each.name != name for each in self.get_defined_functions()):
                return 0
            self._optimize_final_module()
            self._finalize_final_module()
        return super().get_pointer_to_function(name)

    def _finalize_final_module(self) -> None:
        self.callable = True
        super()._finalize_final_module()

    @property
    def codegen(self) -> Any:
        return self._codegen if self.callable else self

    def set_env(self, name: str, environment: Any) -> None:
        """Left to what it becomes a part of."""


class Whole(Compiler):  # type: ignore[misc]
    """Compiles a function, and all that it calls as its parts: numba would make machine code of each of them."""

    def _compile_core(self) -> Any:
        _say_less()
        codegen = self.state.targetctx.codegen()
        self.state.library = _Whole(codegen, self.state.func_id.func_qualname)
        self.state.library.enable_object_caching()
        around, codegen._library_class = codegen._library_class, _Part
        try:
            return super()._compile_core()
        finally:
            codegen._library_class = around


@cache
def _say_less() -> None:
    """Arrays that do not fit are no longer told by their shapes, for which text is compiled into every function."""
    from numba.np import arrayobj

    cpu_target.typing_context.refresh()
    for template in cpu_target.typing_context.resolve_value_type(arrayobj.raise_with_shape_context).templates:
        template._overload_func = staticmethod(arrayobj.ol_raise_with_shape_context_generic)


def _same(one: Any, other: object) -> bool:
    """As numba compares flags, but only those that are set in one of the two: a month's code does so 300,000 times."""
    if not isinstance(other, Flags):
        return NotImplemented
    return all(getattr(one, name) == getattr(other, name) for name in one._values.keys() | other._values.keys())


Flags.__eq__, Flags.__hash__ = _same, lambda flags: 0  # numba's hash does not tell flags apart either


def _box(kind: types.Array, array: Any, c: Any) -> Any:
    """As numba hands an array to Python, which asks a function of Python for its class each time."""
    c.pyapi.unserialize = lambda _: c.env_manager.read_const(c.env_manager.add_const(kind.box_type))
    try:
        return box_array(kind, array, c)
    finally:
        del c.pyapi.unserialize


_boxers.functions[types.Array] = _box
