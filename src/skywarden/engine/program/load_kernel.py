"""Read a block of a column of the event, or of another node, into a register; addresses come from numpy and Arrow."""

from typing import Any

import numpy as np
from numba.core import types
from numba.extending import intrinsic

from skywarden.engine.program.opcodes import (
    ALL_KNOWN,
    BITS,
    BYTES,
    DATA,
    DATA_KIND,
    DELETE,
    FLOAT64,
    INT8,
    INT64,
    KNOWN_BYTES,
    OFFSET,
    ONE,
    VALID,
    VALID_KIND,
    Bytes,
    Real,
    Whole,
)
from skywarden.kernel.compiled import kernel


def _reader(kind: Any) -> Any:
    """Make a function that reads number `index` of values of a kind from an address."""

    @intrinsic
    def read(typing_context: Any, address: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            stored = context.get_data_type(kind)
            first = builder.inttoptr(args[0], stored.as_pointer())
            return builder.load(builder.gep(first, [args[1]]))

        return kind(types.int64, types.int64), generate

    return read


_int64_at, _int32_at, _int8_at = _reader(types.int64), _reader(types.int32), _reader(types.int8)
_float64_at, _byte_at = _reader(types.float64), _reader(types.uint8)


@kernel
def load_known(source: Whole, start: int, size: int, known: Bytes) -> bool:
    """Read the known flags of a block; say whether all are set."""
    kind = source[VALID_KIND]
    if kind == ALL_KNOWN:
        return True
    if kind == KNOWN_BYTES:
        address = source[VALID]
        for i in range(size):
            known[i] = _byte_at(address, start + i)
    elif kind == KNOWN_BYTES + ONE:
        address = source[VALID]
        for i in range(size):
            known[i] = _byte_at(address, 0)
    else:
        first = source[OFFSET] + start
        address = source[VALID]
        for i in range(size):
            at = first + i
            known[i] = (_byte_at(address, at >> 3) >> (at & 7)) & 1
    return False


@kernel
def load_int(source: Whole, start: int, size: int, out: Whole) -> None:
    kind = source[DATA_KIND]
    if kind == INT64:
        address = source[DATA]
        for i in range(size):
            out[i] = _int64_at(address, start + i)
    elif kind == INT8:
        address = source[DATA]
        for i in range(size):
            out[i] = _int8_at(address, start + i)
    else:
        address = source[DATA]
        for i in range(size):
            out[i] = _int64_at(address, 0)


@kernel
def load_float(source: Whole, start: int, size: int, out: Real) -> None:
    if source[DATA_KIND] == FLOAT64:
        address = source[DATA]
        for i in range(size):
            out[i] = _float64_at(address, start + i)
    else:
        address = source[DATA]
        for i in range(size):
            out[i] = _float64_at(address, 0)


@kernel
def load_flags(source: Whole, start: int, size: int, out: Bytes) -> None:
    kind = source[DATA_KIND]
    if kind == BYTES:
        address = source[DATA]
        for i in range(size):
            out[i] = _byte_at(address, start + i)
    elif kind == BITS:
        first = source[OFFSET] + start
        address = source[DATA]
        for i in range(size):
            at = first + i
            out[i] = (_byte_at(address, at >> 3) >> (at & 7)) & 1
    else:
        address = source[DATA]
        for i in range(size):
            out[i] = _byte_at(address, 0)


@kernel
def load_lengths(source: Whole, start: int, size: int, out: Whole) -> None:
    address = source[DATA]
    for i in range(size):
        out[i] = _int32_at(address, start + i + 1) - _int32_at(address, start + i)


@kernel
def is_present(source: Whole, start: int, size: int, actions: Whole, known: Bytes, solid: int, out: Bytes) -> None:
    """Is the column's field there? Unknown where the event has no record."""
    if load_known(source, start, size, out[0]):
        for i in range(size):
            out[0, i] = 1
    for i in range(size):
        has_record = np.uint8((known[i] | solid) & np.uint8(actions[i] != DELETE))
        out[1, i] = has_record & (out[0, i] ^ 1)
        out[0, i] = has_record & out[0, i]
