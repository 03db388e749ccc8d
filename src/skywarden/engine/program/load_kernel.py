"""Move blocks of columns into registers and out of them; addresses come from numpy and Arrow."""

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
def _load_bits(address: int, first: int, size: int, out: Bytes) -> None:
    """Spread bits into bytes, eight at a time from the first whole byte on."""
    i = 0
    while i < size and (first + i) & 7 != 0:
        at = first + i
        out[i] = (_byte_at(address, at >> 3) >> (at & 7)) & 1
        i += 1
    for _ in range((size - i) >> 3):
        eight = _byte_at(address, (first + i) >> 3)
        part = out[i : i + 8]
        for bit in range(8):
            part[bit] = (eight >> bit) & 1
        i += 8
    while i < size:
        at = first + i
        out[i] = (_byte_at(address, at >> 3) >> (at & 7)) & 1
        i += 1


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
        _load_bits(source[VALID], source[OFFSET] + start, size, known)
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
        _load_bits(source[DATA], source[OFFSET] + start, size, out)
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


@kernel
def absent_is_empty(lengths: Whole, known: Bytes, actions: Whole, known_actions: Bytes, solid: int, size: int) -> None:
    """The list of a record that has none is empty; it stays unknown where the event has no record."""
    for i in range(size):
        has_record = np.uint8((known_actions[i] | solid) & np.uint8(actions[i] != DELETE))
        lengths[i] = lengths[i] if known[i] else 0
        known[i] |= has_record


@kernel
def store_flags(flags: Bytes, out: Bytes) -> np.uint8:
    """Write a plane; say whether any of it is set."""
    some = np.uint8(0)
    for i in range(out.size):
        out[i] = flags[i]
        some |= flags[i]
    return some


@kernel
def store_known(left: Bytes, right: Bytes, solid: int, out: Bytes) -> None:
    for i in range(out.size):
        out[i] = left[i] | right[i] | solid


@kernel
def store_ints(values: Whole, out: Whole) -> None:
    for i in range(out.size):
        out[i] = values[i]


@kernel
def store_floats(values: Real, out: Real) -> None:
    for i in range(out.size):
        out[i] = values[i]
