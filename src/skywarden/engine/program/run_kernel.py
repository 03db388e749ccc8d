"""Run a program of instructions over blocks of rows: inputs by address -> columns and true rows.

A bool register is two planes of bytes: true, false; unknown is neither. A number register has a plane of known flags,
which is not looked at while `solid` says that all are known.
"""

import numpy as np

from skywarden.engine.program.load_kernel import (
    absent_is_empty,
    is_present,
    load_flags,
    load_float,
    load_int,
    load_known,
    load_lengths,
    store_flags,
    store_floats,
    store_ints,
    store_known,
)
from skywarden.engine.program.math_kernel import (
    both_known,
    compare,
    float_arithmetic,
    logic,
    or_else_floats,
    or_else_ints,
    round_off,
    settle,
    whole_arithmetic,
)
from skywarden.engine.program.opcodes import (
    ADD,
    ADD_FLOAT,
    AND,
    BLOCK,
    CONST,
    DST,
    FILL_BOOL,
    FILL_FLOAT,
    FILL_INT,
    FIRST_COMPARISON,
    FLIP,
    FLOATS,
    KNOWN_NUMBER,
    LAST_COMPARISON,
    LEFT,
    LOAD_BOOL,
    LOAD_FLOAT,
    LOAD_INT,
    LOAD_LENGTH,
    LOAD_PRESENT,
    MAX_FLOAT,
    MAXIMUM,
    OP,
    OR_ELSE_BOOL,
    OR_ELSE_FLOAT,
    OR_ELSE_INT,
    RIGHT,
    ROUND,
    STORE_BOOL,
    STORE_FLOAT,
    STORE_INT,
    STORE_TRUE,
    TO_FLOAT,
    Bytes,
    Code,
    Real,
    Whole,
)
from skywarden.kernel.compiled import entry


@entry
def run_blocks(
    code: Code,
    whole: Whole,
    real: Real,
    inputs: Whole,
    ints: Whole,
    floats: Real,
    known: Bytes,
    solid: Whole,
    bools: Bytes,
    out_bools: Bytes,
    out_ints: Whole,
    out_floats: Real,
    out_known: Bytes,
    true: Bytes,
    some: Bytes,
    rows: int,
) -> None:
    """Run every instruction over every block.

    Shape: ints (registers, BLOCK), floats alike; known and solid have one row a number register, ints first; bools
    (registers, 2, BLOCK). out_bools (outputs, 2, rows): values, known; out_known as known; true (outputs, rows), and
    some whether any of each is set.
    """
    shift = ints.shape[0]
    spare = bools[bools.shape[0] - 1, 0]
    shift_out = out_ints.shape[0]
    for start in range(0, rows, BLOCK):
        size = min(BLOCK, rows - start)
        for at in range(code.shape[0]):
            op, dst, a, b, c = code[at, OP], code[at, DST], code[at, LEFT], code[at, RIGHT], code[at, CONST]
            if FIRST_COMPARISON <= op <= LAST_COMPARISON:
                one_sided = c >= 0
                if op < FIRST_COMPARISON + FLOATS:
                    compare(op, ints[a], ints[b], whole[max(c, 0)], bools[dst, 0], size)
                    ka, kb = a, b
                else:
                    compare(op - FLOATS, floats[a], floats[b], real[max(c, 0)], bools[dst, 0], size)
                    ka, kb = a + shift, b + shift
                if code[at, FLIP]:
                    for i in range(size):
                        bools[dst, 0, i] ^= 1
                if one_sided or ka == kb or solid[kb]:
                    settle(bools[dst, 0], bools[dst, 1], known[ka], solid[ka] == 1, size)
                elif solid[ka]:
                    settle(bools[dst, 0], bools[dst, 1], known[kb], False, size)
                else:
                    both_known(known[ka], 0, known[kb], 0, spare, size)
                    settle(bools[dst, 0], bools[dst, 1], spare, False, size)
            elif AND <= op <= OR_ELSE_BOOL:
                logic(op, bools[a], bools[b], bools[dst], size)
            elif op == LOAD_INT:
                load_int(inputs[a], start, size, ints[dst])
                solid[dst] = load_known(inputs[a], start, size, known[dst])
            elif op == LOAD_FLOAT:
                load_float(inputs[a], start, size, floats[dst])
                solid[dst + shift] = load_known(inputs[a], start, size, known[dst + shift])
            elif op == LOAD_BOOL:
                load_flags(inputs[a], start, size, bools[dst, 0])
                every = load_known(inputs[a], start, size, spare)
                settle(bools[dst, 0], bools[dst, 1], spare, every, size)
            elif op == LOAD_PRESENT:
                is_present(inputs[a], start, size, ints[b], known[b], solid[b], bools[dst])
            elif op == LOAD_LENGTH:
                load_lengths(inputs[a], start, size, ints[dst])
                every = load_known(inputs[a], start, size, known[dst])
                if not every and b >= 0:
                    absent_is_empty(ints[dst], known[dst], ints[b], known[b], solid[b], size)
                solid[dst] = every
            elif op == FILL_INT:
                for i in range(size):
                    ints[dst, i] = whole[c]
                solid[dst] = 1
            elif op == FILL_FLOAT:
                for i in range(size):
                    floats[dst, i] = real[c]
                solid[dst + shift] = 1
            elif op == FILL_BOOL:
                for i in range(size):
                    bools[dst, 0, i] = c
                    bools[dst, 1, i] = c ^ 1
            elif op == TO_FLOAT:
                for i in range(size):
                    floats[dst, i] = float(ints[a, i])
                solid[dst + shift] = solid[a]
                if not solid[a]:
                    for i in range(size):
                        known[dst + shift, i] = known[a, i]
            elif op == KNOWN_NUMBER:
                for i in range(size):
                    there = np.uint8(known[a, i] | solid[a])
                    bools[dst, 0, i] = there
                    bools[dst, 1, i] = there ^ 1
            elif op == OR_ELSE_INT:
                if solid[a]:
                    for i in range(size):
                        ints[dst, i] = ints[a, i]
                    solid[dst] = 1
                else:
                    or_else_ints(ints[a], known[a], ints[b], known[b], solid[b], ints[dst], known[dst], size)
                    solid[dst] = solid[b]
            elif op == OR_ELSE_FLOAT:
                ka, kb, kd = a + shift, b + shift, dst + shift
                if solid[ka]:
                    for i in range(size):
                        floats[dst, i] = floats[a, i]
                    solid[kd] = 1
                else:
                    or_else_floats(floats[a], known[ka], floats[b], known[kb], solid[kb], floats[dst], known[kd], size)
                    solid[kd] = solid[kb]
            elif ADD <= op <= MAXIMUM:
                both_known(known[a], solid[a], known[b], solid[b], known[dst], size)
                whole_arithmetic(op, ints[a], ints[b], ints[dst], known[dst], size)
                solid[dst] = 0
            elif ADD_FLOAT <= op <= MAX_FLOAT:
                ka, kb, kd = a + shift, b + shift, dst + shift
                both_known(known[ka], solid[ka], known[kb], solid[kb], known[kd], size)
                float_arithmetic(op, floats[a], floats[b], floats[dst], known[kd], size)
                solid[kd] = 0
            elif op == ROUND:
                ka = a + shift
                both_known(known[ka], solid[ka], known[ka], solid[ka], known[dst], size)
                round_off(floats[a], ints[dst], known[dst], size)
                solid[dst] = 0
            elif op == STORE_TRUE:
                some[dst] |= store_flags(bools[a, 0], true[dst, start : start + size])
            elif op == STORE_BOOL:
                store_flags(bools[a, 0], out_bools[dst, 0, start : start + size])
                store_known(bools[a, 0], bools[a, 1], 0, out_bools[dst, 1, start : start + size])
            elif op == STORE_INT:
                store_ints(ints[a], out_ints[dst, start : start + size])
                store_known(known[a], known[a], solid[a], out_known[dst, start : start + size])
            elif op == STORE_FLOAT:
                store_floats(floats[a], out_floats[dst, start : start + size])
                ka = a + shift
                store_known(known[ka], known[ka], solid[ka], out_known[dst + shift_out, start : start + size])
