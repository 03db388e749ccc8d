"""Operators that compare: two texts letter by letter, a text with a set of names, image hashes by their bits."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.detectors.distance.hashes import hash_distance
from skywarden.detectors.distance.texts import best_likeness, edit_distance, likeness
from skywarden.engine.columns import Column, Flat, known_rows, without_nulls
from skywarden.engine.operators.contract import Frame, Operator, text
from skywarden.engine.operators.once import once_a_text
from skywarden.rules.plan.nodes import Node
from skywarden.rules.source import SetRef

_Compare = Callable[[pa.StringArray, pa.StringArray], npt.NDArray[Any]]


def _by_letters(compare: _Compare) -> Operator:
    """Every pair is compared in compiled code; pairs with an unknown text are unknown."""

    def run(node: Node, args: Sequence[Column], frame: Frame) -> Column:
        first, second = text(args[0]).array, text(args[1]).array
        return Flat(compare(first, second), known_rows(first) & known_rows(second))

    return run


def _closest(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """Likeness to the nearest name of a set, once a different text."""
    coded = text(args[0]).array.dictionary_encode()
    found = best_likeness(coded.dictionary, frame.lookups.names[_set_of(node)])
    return _numbers(pa.array(found, pa.float64()).take(coded.indices))


def _near_hash(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """Is a hash of the set within so many bits? Unknown for what is no hash; false where none has its length."""
    bank, within = frame.lookups.hashes[_set_of(node)], node.params[1]
    assert isinstance(within, int)
    nearest = once_a_text(bank.nearest, text(args[0]).array, pa.int64())
    near = pc.less_equal(nearest, within)
    return Flat(without_nulls(near, False), known_rows(near))


def _hash_distance(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    first, second = text(args[0]).array, text(args[1]).array
    length = max(len(first), len(second))
    pairs = zip(_texts(first, length), _texts(second, length), strict=True)
    found = [None if a is None or b is None else hash_distance(a, b) for a, b in pairs]
    return _numbers(pa.array(found, pa.int64()))


def _texts(array: pa.StringArray, length: int) -> list[str | None]:
    found: list[str | None] = array.to_pylist()
    return found if len(found) == length else found * length


def _numbers(array: pa.Array) -> Flat:
    return Flat(np.asarray(without_nulls(array, 0)), known_rows(array))


def _set_of(node: Node) -> SetRef:
    reference = node.params[0]
    assert isinstance(reference, SetRef)
    return reference


DISTANCES: dict[str, Operator] = {
    "edit_distance": _by_letters(edit_distance),
    "likeness": _by_letters(likeness),
    "closest": _closest,
    "near_hash": _near_hash,
    "hash_distance": _hash_distance,
}
