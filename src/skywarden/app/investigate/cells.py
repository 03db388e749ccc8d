"""Turn columns of the engine into Arrow arrays to count by, and keys of a count into values for people."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from skywarden.engine.columns import Column, Flat, Ints, Lists, Text, from_arrow
from skywarden.engine.values import values_of
from skywarden.model.hit import Value
from skywarden.rules.types import Base, Type


@dataclass(frozen=True, slots=True)
class Cells:
    """One value a place: `rows` has the number of the event that each belongs to, None where there is one an event."""

    array: pa.Array
    rows: Ints | None


def cells_of(column: Column, length: int) -> Cells:
    """The values of `length` events; a list gives each of its different elements once."""
    match column:
        case Lists(parents=parents, items=items):
            return _elements(_array(items, len(parents)), parents)
        case _:
            return Cells(_array(column, length), None)


def _elements(items: pa.Array, parents: Ints) -> Cells:
    codes = items.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    _, first = np.unique(np.stack([parents, codes]), axis=1, return_index=True)
    first.sort()
    return Cells(items.take(pa.array(first)), parents[first])


def _array(column: Flat | Text, length: int) -> pa.Array:
    array = column.array if isinstance(column, Text) else pa.array(column.values, mask=~column.valid)
    if len(array) == length:
        return array
    return array.take(pa.array(np.zeros(length, np.int64)))


def shown(array: pa.Array, kind: Type) -> list[Value]:
    """Values for people: durations and times in words, null for what is unknown."""
    if kind.base in (Base.STR, Base.DID, Base.URI):
        texts: list[Value] = array.to_pylist()
        return texts
    return values_of(from_arrow(array), len(array), kind.item)
