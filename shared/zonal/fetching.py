"""Values of rows that are soon walked over, fetched from memory meanwhile: the rows of small plots lie far apart in a block."""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

AHEAD = 32
"""Strips from the one that is walked over to the one whose values are fetched."""
_READ, _KEEP, _DATA = 0, 3, 1


def _prefetch(_: Any, values: Any, at: Any) -> tuple[Any, Callable[..., Any]]:
    """The processor's prefetch of `values[at]`, which are contiguous; it changes nothing, and any address will do."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", (byte,), kind)
        place = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
        builder.call(prefetch, [place, number(_READ), number(_KEEP), number(_DATA)])
        return context.get_dummy_value()

    return types.void(values, types.intp), generate


_fetch: Any = intrinsic(_prefetch)


@numba.njit(inline="always")
def fetch_ahead(values: Any, start: Any, cells: Any, strip: int) -> None:
    """Ask for the first and the last value of a later strip, and do not wait: most rows lie in one or two lines of memory.

    Of values that are not there (an empty mask) nothing comes.
    """
    later = np.uint64(min(strip + AHEAD, len(start) - 1))  # without a sign: an index that may count from the end is looked at twice
    _fetch(values, start[later])
    _fetch(values, start[later] + cells[later] - 1)
