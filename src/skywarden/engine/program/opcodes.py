"""Number the instructions of a program; the assembler writes them, the kernel reads them."""

import numpy as np
import numpy.typing as npt

Code = npt.NDArray[np.int32]
Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

# One instruction is a row of int32: opcode, destination, left, right, constant, flip.
OP, DST, LEFT, RIGHT, CONST, FLIP = range(6)
FIELDS = 6

# Loads: LEFT is the number of an input.
LOAD_INT, LOAD_FLOAT, LOAD_BOOL, LOAD_PRESENT, LOAD_LENGTH = range(1, 6)
FILL_INT, FILL_FLOAT, FILL_BOOL = range(6, 9)
TO_FLOAT = 9

# Comparisons of ints; FLOATS further on the same of floats. _RC: right is a constant; _CR: left is.
LESS, LESS_EQUAL, EQUAL, LESS_RC, LESS_EQUAL_RC, EQUAL_RC, LESS_CR, LESS_EQUAL_CR = range(10, 18)
FLOATS = 10
FIRST_COMPARISON, LAST_COMPARISON = LESS, LESS_EQUAL_CR + FLOATS

AND, OR, NOT, KNOWN_BOOL, OR_ELSE_BOOL = range(30, 35)
KNOWN_NUMBER, OR_ELSE_INT, OR_ELSE_FLOAT = range(35, 38)

ADD, SUB, MUL, FLOORDIV, MOD, NEG, MINIMUM, MAXIMUM = range(40, 48)
ADD_FLOAT, SUB_FLOAT, MUL_FLOAT, DIV_FLOAT, FLOORDIV_FLOAT, MOD_FLOAT, NEG_FLOAT, MIN_FLOAT, MAX_FLOAT = range(50, 59)
ROUND = 59

# Stores: LEFT is the register, DST the number of the output.
STORE_BOOL, STORE_INT, STORE_FLOAT, STORE_TRUE = range(60, 64)

# What an input is: a row of int64 (address of values, their kind, address of validity, its kind, offset in bits).
DATA, DATA_KIND, VALID, VALID_KIND, OFFSET = range(5)
INPUT_FIELDS = 5
INT64, FLOAT64, BYTES, INT8, BITS, OFFSETS32 = range(6)
ONE = 16
"""Added to the kind: one value stands for every row."""
ALL_KNOWN, KNOWN_BYTES, KNOWN_BITS = range(3)

BLOCK = 1_024
"""Rows that an instruction works on before the next has its turn: what they need stays in the first caches."""
DELETE = 2
"""The code of `Action.DELETE`; compiled code takes plain numbers."""
