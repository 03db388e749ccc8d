"""Hold entries in the order of their last use: arrays that grow up to a limit, written and read back in that order."""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from skywarden.features.contract import Asked, Flags, Hashes, Times
from skywarden.features.order_kernel import (
    EVICTED,
    FRESH,
    HELD,
    MOST,
    NEWEST,
    NOBODY,
    OLDEST,
    SERIAL,
    Order,
    Table,
    enter_all,
    listed,
)
from skywarden.features.packed import seal, unseal
from skywarden.kernel.errors import Broken

_FIRST_ROOM: Final = 1 << 10
_FOR_KERNELS: Final[list[Literal["C", "W"]]] = ["C", "W"]
"""Kernels are compiled for arrays that can be written to, though they write only to their own."""
_SLOTS_PER_ENTRY: Final = 2
_HEAD_FIELDS: Final = 8

Column = npt.NDArray[Any]
Columns = Mapping[str, tuple[type[np.generic], int]]
"""What an entry carries: name -> type, and how many of it (0: a plain number)."""


class _Dump(msgspec.Struct, frozen=True, array_like=True):
    """Entries as bytes, longest unused first."""

    held: int
    evicted: int
    serial: int
    columns: dict[str, bytes]


class Operations(NamedTuple):
    """What is asked, as arrays that kernels take."""

    keys: Hashes
    times_us: Times
    adds: Flags

    @classmethod
    def of(cls, asked: Asked) -> "Operations":
        return cls(
            np.require(asked.keys, np.uint64, _FOR_KERNELS),
            np.require(asked.times_us, np.int64, _FOR_KERNELS),
            np.require(asked.adds, np.bool_, _FOR_KERNELS),
        )


class Entries:
    """At most `most` entries; `data` has an array a column."""

    def __init__(self, most: int, columns: Columns) -> None:
        self._most = most
        self._columns = dict(columns)
        self._make(min(most, _FIRST_ROOM))

    def _make(self, room: int) -> None:
        head = np.zeros(_HEAD_FIELDS, np.int64)
        head[:3], head[MOST] = NOBODY, self._most
        self.order = Order(np.zeros(room, np.int64), _nobody(room), _nobody(room), head)
        self.data: dict[str, Column] = {name: _column(room, *kind) for name, kind in self._columns.items()}

    @property
    def held(self) -> int:
        """How many entries there are."""
        return int(self.order.head[HELD])

    @property
    def room(self) -> int:
        """How many entries the arrays have place for."""
        return len(self.order.used)

    @property
    def evicted(self) -> int:
        """How many had to go at the limit."""
        return int(self.order.head[EVICTED])

    def held_bytes(self) -> int:
        """Memory of all arrays."""
        arrays: list[Column] = [*self.order, *self.data.values()]
        return sum(array.nbytes for array in arrays)

    def grow(self) -> None:
        """Double the arrays, up to the limit; every entry keeps its number."""
        more = min(self._most, 2 * self.room) - self.room
        used, older, newer, head = self.order
        links = [np.concatenate([link, _nobody(more)]) for link in (older, newer)]
        self.order = Order(np.concatenate([used, np.zeros(more, np.int64)]), links[0], links[1], head)
        for name, kind in self._columns.items():
            self.data[name] = np.concatenate([self.data[name], _column(more, *kind)])

    def numbers(self) -> npt.NDArray[np.int64]:
        """All entries, longest unused first."""
        numbers = np.empty(self.held, np.int64)
        listed(self.order, numbers)
        return numbers

    def dump(self, name: str) -> bytes:
        """All entries and what each carries; `name` is of the feature and its constants."""
        numbers, head = self.numbers(), self.order.head
        columns = {column: array[numbers].tobytes() for column, array in self._all().items()}
        return seal(name, _Dump(len(numbers), int(head[EVICTED]), int(head[SERIAL]), columns))

    def load(self, name: str, data: bytes) -> None:
        """Take over what was dumped under the same name. Raises: Broken."""
        dump = unseal(name, data, _Dump)
        if dump.held > self._most:
            raise Broken(f"state of {name}: {dump.held} entries, at most {self._most} fit; replay the log")
        self._make(min(self._most, max(dump.held, _FIRST_ROOM)))
        for column, array in self._all().items():
            kept = np.frombuffer(dump.columns[column], array.dtype)
            array[: dump.held] = kept.reshape(dump.held, *array.shape[1:])
        self._chain(dump)

    def _chain(self, dump: _Dump) -> None:
        """Link the first entries in the order of their numbers."""
        head, held = self.order.head, dump.held
        head[FRESH], head[HELD], head[EVICTED], head[SERIAL] = held, held, dump.evicted, dump.serial
        if held:
            head[OLDEST], head[NEWEST] = 0, held - 1
            self.order.older[1:held] = np.arange(held - 1)
            self.order.newer[: held - 1] = np.arange(1, held)

    def _all(self) -> dict[str, Column]:
        return {"used": self.order.used, **self.data}


class KeyedEntries(Entries):
    """Entries with a key each; `table` finds them."""

    def __init__(self, most: int, columns: Columns) -> None:
        super().__init__(most, {"keys": (np.uint64, 0), **columns})
        self._index()

    def held_bytes(self) -> int:
        """Memory of all arrays."""
        return super().held_bytes() + self.table.slots.nbytes

    def grow(self) -> None:
        """Double the arrays, up to the limit."""
        super().grow()
        self._index()

    def load(self, name: str, data: bytes) -> None:
        """Take over what was dumped under the same name. Raises: Broken."""
        super().load(name, data)
        self._index()

    def _index(self) -> None:
        slots = 1 << (_SLOTS_PER_ENTRY * self.room - 1).bit_length()
        self.table = Table(self.data["keys"], np.full(slots, NOBODY, np.int32))
        enter_all(self.table, self.order)


def _nobody(room: int) -> npt.NDArray[np.int32]:
    return np.full(room, NOBODY, np.int32)


def _column(room: int, kind: type[np.generic], width: int) -> Column:
    return np.zeros((room, width) if width else room, kind)
