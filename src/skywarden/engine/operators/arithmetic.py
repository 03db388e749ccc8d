"""Arithmetic and comparisons; what overflows 64 bits or divides by zero is unknown."""

from collections.abc import Callable, Sequence

import numpy as np

from skywarden.engine.columns import Bools, Column, Flat, Numbers
from skywarden.engine.operators.contract import Frame, Operator, flat
from skywarden.rules.plan.nodes import Node
from skywarden.rules.types import FLOAT

_LIMIT = float(2**63)
_SMALLEST = np.int64(-(2**63))
Binary = Callable[[Numbers, Numbers], Numbers]
Fits = Callable[[Numbers, Numbers, Numbers], Bools]


def _operands(args: Sequence[Column]) -> tuple[Flat, Flat, Bools]:
    left, right = flat(args[0]), flat(args[1])
    return left, right, left.valid & right.valid


def _compare(function: Binary) -> Operator:
    def run(node: Node, args: Sequence[Column], frame: Frame) -> Column:
        left, right, valid = _operands(args)
        return Flat(function(left.values, right.values), valid)

    return run


def _whole(function: Binary, fits_whole: Fits) -> Operator:
    """An operator that keeps whole numbers whole; `fits_whole` says where their result is within 64 bits."""

    def run(node: Node, args: Sequence[Column], frame: Frame) -> Column:
        left, right, valid = _operands(args)
        with np.errstate(over="ignore", invalid="ignore"):
            wide = function(left.values.astype(np.float64), right.values.astype(np.float64))
            if node.type == FLOAT:
                return Flat(wide, valid & np.isfinite(wide))
            fits = np.abs(wide) < _LIMIT
            if left.values.dtype.kind == "f" or right.values.dtype.kind == "f":
                return Flat(np.rint(np.where(fits, wide, 0.0)).astype(np.int64), valid & fits)
            made = function(left.values, right.values)
            return Flat(made, valid & fits_whole(left.values, right.values, made))

    return run


def _sum_fits(left: Numbers, right: Numbers, made: Numbers) -> Bools:
    """A sum that has another sign than both of its parts went over the edge."""
    return np.asarray((((left ^ made) & (right ^ made)) >= 0) & (made != _SMALLEST))


def _difference_fits(left: Numbers, right: Numbers, made: Numbers) -> Bools:
    return np.asarray((((left ^ right) & (left ^ made)) >= 0) & (made != _SMALLEST))


def _product_fits(left: Numbers, right: Numbers, made: Numbers) -> Bools:
    return np.asarray(np.abs(left.astype(np.float64) * right.astype(np.float64)) < _LIMIT)


def _div(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    left, right, valid = _operands(args)
    divides = right.values != 0
    safe = np.where(divides, right.values, 1)
    with np.errstate(over="ignore", invalid="ignore"):
        quotient = left.values.astype(np.float64) / safe
        fine = valid & divides & np.isfinite(quotient)
    if node.type == FLOAT:
        return Flat(quotient, fine)
    fine &= np.abs(quotient) < _LIMIT
    return Flat(np.rint(np.where(fine, quotient, 0.0)).astype(np.int64), fine)


def _by_whole(function: Binary) -> Operator:
    def run(node: Node, args: Sequence[Column], frame: Frame) -> Column:
        left, right, valid = _operands(args)
        divides = right.values != 0
        return Flat(function(left.values, np.where(divides, right.values, 1)), valid & divides)

    return run


def _neg(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    operand = flat(args[0])
    return Flat(-operand.values, operand.valid)


ARITHMETIC: dict[str, Operator] = {
    "eq": _compare(np.equal),
    "ne": _compare(np.not_equal),
    "lt": _compare(np.less),
    "le": _compare(np.less_equal),
    "gt": _compare(np.greater),
    "ge": _compare(np.greater_equal),
    "minimum": _compare(np.minimum),
    "maximum": _compare(np.maximum),
    "add": _whole(np.add, _sum_fits),
    "sub": _whole(np.subtract, _difference_fits),
    "mul": _whole(np.multiply, _product_fits),
    "div": _div,
    "floordiv": _by_whole(np.floor_divide),
    "mod": _by_whole(np.mod),
    "neg": _neg,
}
