"""Arrays and numbers that a compiled function finds at an address, so that they need not be handed over one by one.

Each that Python hands over costs a tenth of a microsecond, and a quarter of a kilobyte of code that runs once a month.
Instead, eight bytes of *cells* stand for a number; an array's cells are its address, its shape and, if it is not in one
piece, its strides.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
from numba import extending, typeof, types

from .arrays import Array

NUMBERS = {float: types.float64, bool: types.boolean, int: types.int64, np.uint64: types.uint64}
"""Kinds of numbers for which numba need not be asked."""


def kind_of(value: Any) -> types.Type:
    """What a number or an array is to the compiler."""
    return NUMBERS.get(value.__class__) or typeof(value)


def size(kind: types.Type) -> int:
    """How many cells stand for a number or an array."""
    return 1 + kind.ndim * (1 + (kind.layout == "A")) if isinstance(kind, types.Array) else 1


def cells_of(values: Iterable[Any], kinds: Iterable[types.Type]) -> Array:
    """Cells of numbers and arrays, one after the other; the arrays must live as long as these are used."""
    form, cells = "", []
    for value, kind in zip(values, kinds, strict=True):
        form += {types.float64: "d", types.uint64: "Q"}.get(kind, "q") * size(kind)
        if isinstance(kind, types.Array):
            cells += [value.ctypes.data, *value.shape, *(value.strides if kind.layout == "A" else ())]
        else:
            cells.append(value)
    return np.frombuffer(struct.pack(form, *cells), np.int64)


class At:
    """Function for compiled code: ``At(kind)(cells, first)`` is the number or array whose cells begin there."""

    def __init__(self, kind: types.Type) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f"At({self.kind})"

    def __call__(self, cells: Array, first: int) -> Any:
        """Without the compiler: an array in one piece of eight-byte integers."""
        data = (ctypes.c_int64 * int(cells[first + 1])).from_address(int(cells[first]))
        return np.ctypeslib.as_array(data)


@extending.typeof_impl.register(At)  # type: ignore[untyped-decorator]
def _typed(at: At, context: Any) -> Any:
    return _found(at.kind)


@cache
def _found(kind: types.Type) -> Any:
    """The function as numba knows it; what this takes to import is needed for compiling alone."""
    from llvmlite import ir
    from numba.core.cgutils import pack_array
    from numba.core.registry import cpu_target
    from numba.np.arrayobj import make_array, populate_array

    def found(_, cells, first):  # type: ignore[no-untyped-def]
        def generate(context, builder, _, given):  # type: ignore[no-untyped-def]
            begin, data = given[1], make_array(cells)(context, builder, given[0]).data

            def cell(i: int) -> Any:
                return builder.load(builder.gep(data, [builder.add(begin, ir.Constant(begin.type, i))]))

            if kind == types.float64:
                return builder.bitcast(cell(0), ir.DoubleType())
            if not isinstance(kind, types.Array):
                return context.cast(builder, cell(0), types.int64, kind)
            shape = [cell(1 + axis) for axis in range(kind.ndim)]
            step = ir.Constant(begin.type, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
            if kind.layout == "A":
                strides = [cell(1 + kind.ndim + axis) for axis in range(kind.ndim)]
            else:
                strides = [step]
                for length in shape[:0:-1]:
                    strides.insert(0, builder.mul(strides[0], length))
            array = make_array(kind)(context, builder)
            where = builder.inttoptr(cell(0), array.data.type)
            populate_array(array, where, pack_array(builder, shape), pack_array(builder, strides), step, None)
            return array._getvalue()

        return kind(cells, first), generate

    function = extending.intrinsic(found)
    cpu_target.typing_context.refresh()
    return cpu_target.typing_context.resolve_value_type(function)
