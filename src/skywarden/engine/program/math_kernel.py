"""Compute one instruction over one block: comparisons, arithmetic and Kleene logic on registers."""

import numpy as np

from skywarden.engine.program.opcodes import (
    ADD,
    ADD_FLOAT,
    AND,
    DIV_FLOAT,
    EQUAL,
    EQUAL_RC,
    FLOORDIV,
    FLOORDIV_FLOAT,
    KNOWN_BOOL,
    LESS,
    LESS_CR,
    LESS_EQUAL,
    LESS_EQUAL_CR,
    LESS_EQUAL_RC,
    LESS_RC,
    MAX_FLOAT,
    MAXIMUM,
    MIN_FLOAT,
    MINIMUM,
    MOD,
    MUL,
    MUL_FLOAT,
    NEG_FLOAT,
    NOT,
    OR,
    OR_ELSE_BOOL,
    SUB,
    SUB_FLOAT,
    Bytes,
    Real,
    Whole,
)
from skywarden.kernel.compiled import kernel

_LIMIT = float(2**63)
_SMALLEST = -(2**63)


@kernel
def settle(true: Bytes, false: Bytes, known: Bytes, all_known: bool, size: int) -> None:
    """Make both planes of what was computed without regard to what is known."""
    if all_known:
        for i in range(size):
            false[i] = true[i] ^ 1
    else:
        for i in range(size):
            false[i] = known[i] & (true[i] ^ 1)
            true[i] = known[i] & true[i]


@kernel
def compare(op: int, x: Whole | Real, y: Whole | Real, c: float, out: Bytes, size: int) -> None:
    """Compare two registers, or one and a constant; compiled once for whole numbers and once for floats."""
    if op == LESS:
        for i in range(size):
            out[i] = x[i] < y[i]
    elif op == LESS_EQUAL:
        for i in range(size):
            out[i] = x[i] <= y[i]
    elif op == EQUAL:
        for i in range(size):
            out[i] = x[i] == y[i]
    elif op == LESS_RC:
        for i in range(size):
            out[i] = x[i] < c
    elif op == LESS_EQUAL_RC:
        for i in range(size):
            out[i] = x[i] <= c
    elif op == EQUAL_RC:
        for i in range(size):
            out[i] = x[i] == c
    elif op == LESS_CR:
        for i in range(size):
            out[i] = c < x[i]
    elif op == LESS_EQUAL_CR:
        for i in range(size):
            out[i] = c <= x[i]


@kernel
def whole_arithmetic(op: int, x: Whole, y: Whole, out: Whole, known: Bytes, size: int) -> None:
    """Arithmetic of whole numbers; `known` is cleared where the result does not fit or there is none."""
    if op == ADD:
        for i in range(size):
            made = x[i] + y[i]
            out[i] = made
            known[i] &= np.uint8(((x[i] ^ made) & (y[i] ^ made)) >= 0) & np.uint8(made != _SMALLEST)
    elif op == SUB:
        for i in range(size):
            made = x[i] - y[i]
            out[i] = made
            known[i] &= np.uint8(((x[i] ^ y[i]) & (x[i] ^ made)) >= 0) & np.uint8(made != _SMALLEST)
    elif op == MUL:
        for i in range(size):
            out[i] = x[i] * y[i]
            known[i] &= np.uint8(abs(float(x[i]) * float(y[i])) < _LIMIT)
    elif op == FLOORDIV:
        for i in range(size):
            divides = y[i] != 0 and y[i] != -1  # the machine stops at the smallest number over -1
            out[i] = x[i] // y[i] if divides else -x[i]
            known[i] &= np.uint8(y[i] != 0 and not (y[i] == -1 and x[i] == _SMALLEST))
    elif op == MOD:
        for i in range(size):
            divides = y[i] != 0 and y[i] != -1
            out[i] = x[i] % y[i] if divides else 0
            known[i] &= np.uint8(y[i] != 0)
    elif op == MINIMUM:
        for i in range(size):
            out[i] = min(x[i], y[i])
    elif op == MAXIMUM:
        for i in range(size):
            out[i] = max(x[i], y[i])
    else:
        for i in range(size):
            out[i] = -x[i]


@kernel
def float_arithmetic(op: int, x: Real, y: Real, out: Real, known: Bytes, size: int) -> None:
    """Arithmetic of floats; `known` is cleared where the result is not finite or there is none."""
    for i in range(size):
        divides = True
        if op == ADD_FLOAT:
            made = x[i] + y[i]
        elif op == SUB_FLOAT:
            made = x[i] - y[i]
        elif op == MUL_FLOAT:
            made = x[i] * y[i]
        elif op == NEG_FLOAT:
            made = -x[i]
        elif op == MIN_FLOAT:
            made = min(x[i], y[i])
        elif op == MAX_FLOAT:
            made = max(x[i], y[i])
        else:
            divides = y[i] != 0.0
            divisor = y[i] if divides else 1.0
            if op == DIV_FLOAT:
                made = x[i] / divisor
            elif op == FLOORDIV_FLOAT:
                made = x[i] // divisor
            else:
                made = x[i] % divisor
        out[i] = made
        known[i] &= np.uint8(divides and abs(made) <= 1.7976931348623157e308)


@kernel
def round_off(x: Real, out: Whole, known: Bytes, size: int) -> None:
    """A float to the nearest whole number, halves to even; unknown where it does not fit."""
    for i in range(size):
        fits = abs(x[i]) < _LIMIT
        out[i] = np.int64(np.rint(x[i])) if fits else 0
        known[i] &= np.uint8(fits)


@kernel
def both_known(left: Bytes, left_solid: int, right: Bytes, right_solid: int, out: Bytes, size: int) -> None:
    for i in range(size):
        out[i] = (left[i] | left_solid) & (right[i] | right_solid)


@kernel
def logic(op: int, a: Bytes, b: Bytes, out: Bytes, size: int) -> None:
    """Kleene logic on planes. Shape: (2, BLOCK) each; b is any register where the operator takes one operand."""
    if op == AND:
        for i in range(size):
            out[0, i] = a[0, i] & b[0, i]
            out[1, i] = a[1, i] | b[1, i]
    elif op == OR:
        for i in range(size):
            out[0, i] = a[0, i] | b[0, i]
            out[1, i] = a[1, i] & b[1, i]
    elif op == NOT:
        for i in range(size):
            true = a[0, i]
            out[0, i] = a[1, i]
            out[1, i] = true
    elif op == KNOWN_BOOL:
        for i in range(size):
            known = a[0, i] | a[1, i]
            out[0, i] = known
            out[1, i] = known ^ 1
    elif op == OR_ELSE_BOOL:
        for i in range(size):
            open_ = (a[0, i] | a[1, i]) ^ 1
            true = a[0, i] | (open_ & b[0, i])
            out[1, i] = a[1, i] | (open_ & b[1, i])
            out[0, i] = true


@kernel
def or_else_ints(
    x: Whole, known_x: Bytes, y: Whole, known_y: Bytes, solid_y: int, out: Whole, known: Bytes, size: int
) -> None:
    for i in range(size):
        there = known_x[i]
        out[i] = x[i] if there else y[i]
        known[i] = there | known_y[i] | solid_y


@kernel
def or_else_floats(
    x: Real, known_x: Bytes, y: Real, known_y: Bytes, solid_y: int, out: Real, known: Bytes, size: int
) -> None:
    for i in range(size):
        there = known_x[i]
        out[i] = x[i] if there else y[i]
        known[i] = there | known_y[i] | solid_y
