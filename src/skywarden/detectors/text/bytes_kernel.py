"""Read and write eight bytes of a text at once, in compiled code."""

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from skywarden.detectors.text.arrow import Bytes, Offsets
from skywarden.kernel.compiled import kernel

HIGH_BITS: Final = np.uint64(0x8080808080808080)
"""Set in the bytes of a word that are not ASCII."""
SLACK: Final = 8
"""Bytes that an output has beyond its last text, so that whole words can be written."""
_ONES: Final = np.uint64(0x0101010101010101)
_TO_AT: Final = np.uint64(0x80 - ord("A")) * _ONES
_TO_AFTER_Z: Final = np.uint64(0x7F - ord("Z")) * _ONES
_TWO: Final = np.uint64(2)


def _pointer(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), ir.IntType(64).as_pointer())


def _load(typing_context: object, buf: types.Type, at: types.Type) -> tuple[object, object]:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> object:
        return builder.load(_pointer(context, builder, signature.args[0], args[0], args[1]), align=1)

    return types.uint64(buf, types.int64), generate


def _store(typing_context: object, buf: types.Type, at: types.Type, value: types.Type) -> tuple[object, object]:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> object:
        builder.store(args[2], _pointer(context, builder, signature.args[0], args[0], args[1]), align=1)
        return context.get_dummy_value()

    return types.void(buf, types.int64, types.uint64), generate


def _trailing_zeros(typing_context: object, word: types.Type) -> tuple[object, object]:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> object:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


load_word = cast(Callable[[Bytes, int], np.uint64], intrinsic(_load))
"""Read eight bytes, the first the lowest; the caller knows that they are in the buffer."""
store_word = cast(Callable[[Bytes, int, np.uint64], None], intrinsic(_store))
"""Write eight bytes, the lowest first; the caller knows that there is room."""

lowest_bit = cast(Callable[[np.uint64], int], intrinsic(_trailing_zeros))
"""Where a word's lowest set bit is; 64 where none is set."""


@kernel
def byte(data: Bytes, at: int) -> int:
    """Read one byte as a signed number; numba makes a float of uint8 and int64, and tests signed indexes for less."""
    return np.int64(data[np.uint64(at)])  # type: ignore[return-value]  # what numba calls int


@kernel
def offset(offsets: Offsets, row: int) -> int:
    """Read one offset as a 64-bit number."""
    return np.int64(offsets[row])  # type: ignore[return-value]  # what numba calls int


@kernel
def ascii_bytes(word: np.uint64) -> int:
    """How many of a word's bytes are ASCII before the first that is not: 0 to 8."""
    return lowest_bit(word & HIGH_BITS) >> 3


@kernel
def highest_byte(word: np.uint64) -> int:
    """The last of a word's bytes as a number."""
    return np.int64(word >> np.uint64(56))  # type: ignore[return-value]  # what numba calls int


@kernel
def load_tail(data: Bytes, at: int, size: int) -> np.uint64:
    """Read fewer than eight bytes as a word whose high bytes are zero."""
    word = np.uint64(0)
    for number in range(size):
        word |= np.uint64(data[np.uint64(at + number)]) << np.uint64(8 * number)
    return word


@kernel
def lower_bytes(word: np.uint64) -> np.uint64:
    """Make capitals small in the ASCII bytes at a word's beginning: none of their sums passes into the next byte."""
    return word | ((((word + _TO_AT) ^ (word + _TO_AFTER_Z)) & HIGH_BITS) >> _TWO)


@kernel
def rune_word(data: Bytes, at: int, size: int) -> np.uint64:
    """Read the character of `size` bytes at `at`, with whatever follows it where there is room to read a word."""
    return load_word(data, at) if at + 8 <= len(data) else load_tail(data, at, size)


@kernel
def rune_at(data: Bytes, at: int) -> int:
    """Decode the character that begins at `at`; the text is valid UTF-8."""
    first = byte(data, at)
    if first < 0x80:
        return first
    second = byte(data, at + 1) & 0x3F
    if first < 0xE0:
        return ((first & 0x1F) << 6) | second
    third = byte(data, at + 2) & 0x3F
    if first < 0xF0:
        return ((first & 0x0F) << 12) | (second << 6) | third
    return ((first & 0x07) << 18) | (second << 12) | (third << 6) | (byte(data, at + 3) & 0x3F)


@kernel
def rune_bytes(first: int) -> int:
    """How many bytes the character has that begins with the byte `first`."""
    if first < 0x80:
        return 1
    if first < 0xE0:
        return 2
    return 3 if first < 0xF0 else 4


@kernel
def same_bytes(left: Bytes, left_at: int, right: Bytes, right_at: int, size: int) -> bool:
    """Compare two spans."""
    done = 0
    while done + 8 <= size:
        if load_word(left, left_at + done) != load_word(right, right_at + done):
            return False
        done += 8
    while done < size:
        if left[np.uint64(left_at + done)] != right[np.uint64(right_at + done)]:
            return False
        done += 1
    return True
