"""Ask memory for what will be read soon, in compiled code: tables are larger than the processor's caches."""

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

AHEAD: Final = 16
"""Rows that are asked for before their turn: about as many as memory answers at once."""
_READ, _KEEP, _DATA = 0, 3, 1


def _prefetch(typing_context: object, array: types.Type, at: types.Type) -> tuple[object, object]:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> object:
        number, bits = ir.IntType(32), ir.IntType(8).as_pointer()
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        place = builder.bitcast(builder.gep(data, [args[1]]), bits)
        function = builder.module.declare_intrinsic(
            "llvm.prefetch", [bits], ir.FunctionType(ir.VoidType(), [bits, number, number, number])
        )
        builder.call(function, [place, number(_READ), number(_KEEP), number(_DATA)])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


prefetch = cast(Callable[[npt.NDArray[np.generic], int | np.int64], None], intrinsic(_prefetch))
"""Ask for an element, by its number in the array's memory. Nothing happens where there is none."""
