"""Count events by key over sliced time: a dict of short lists."""

import hashlib

import msgspec
import numpy as np

from skywarden.features.contract import Answers, Asked
from skywarden.features.slices import Slices
from skywarden.kernel.errors import Broken

_FORMAT = "counts-1"


class _Dump(msgspec.Struct, frozen=True, array_like=True):
    format: str
    width_us: int
    count: int
    swept: int
    keys: list[int]
    entries: list[list[int]]


class SlicedCounts:
    """A key's entry is [total, slice, events, slice, events, ...], oldest slice first."""

    def __init__(self, slices: Slices) -> None:
        self._slices = slices
        self._entries: dict[int, list[int]] = {}
        self._swept = 0

    def observe(self, asked: Asked) -> Answers:
        """Count one event a row where `add`, then read the key's total."""
        answers = np.zeros(len(asked), dtype=np.int64)
        numbers = (asked.times_us // self._slices.width_us).tolist()
        entries, floor_of = self._entries, self._slices.floor
        for row, (key, number, adds) in enumerate(zip(asked.keys.tolist(), numbers, asked.adds.tolist(), strict=True)):
            entry = entries.get(key)
            if entry is None:
                if adds:
                    entries[key] = [1, number, 1]
                    answers[row] = 1
                continue
            floor = floor_of(number)
            if entry[1] <= floor:
                _expire(entry, floor)
            if adds:
                _add(entry, number)
            if len(entry) == 1:
                del entries[key]
            answers[row] = entry[0]
        if numbers:
            self._sweep(numbers[-1])
        return Answers(answers, np.ones(len(asked), dtype=np.bool_))

    def keys(self) -> int:
        """How many keys are held."""
        return len(self._entries)

    def held_bytes(self) -> int:
        """Memory of the state, roughly."""
        return 200 * len(self._entries)

    def evicted(self) -> int:
        """Nothing is forgotten before its time."""
        return 0

    def digest(self, now_us: int) -> bytes:
        """Name the live slices of every key."""
        floor = self._slices.floor(self._slices.number(now_us))
        digest = hashlib.sha256(_FORMAT.encode())
        for key in sorted(self._entries):
            entry = self._entries[key]
            live = [(at, n) for at, n in zip(entry[1::2], entry[2::2], strict=True) if at > floor]
            if live:
                digest.update(repr((key, live)).encode())
        return digest.digest()

    def dump(self) -> bytes:
        """The whole state."""
        slices = self._slices
        keys, entries = list(self._entries), list(self._entries.values())
        return msgspec.msgpack.encode(_Dump(_FORMAT, slices.width_us, slices.count, self._swept, keys, entries))

    def load(self, data: bytes) -> None:
        """Take over a dumped state. Raises: Broken."""
        try:
            dump = msgspec.msgpack.decode(data, type=_Dump)
        except msgspec.DecodeError as error:
            raise Broken(f"window state cannot be read: {error}; remove the snapshot to replay the log") from error
        if dump.format != _FORMAT or (dump.width_us, dump.count) != (self._slices.width_us, self._slices.count):
            raise Broken("window state is of another window; remove the snapshot to replay the log")
        self._entries = dict(zip(dump.keys, dump.entries, strict=True))
        self._swept = dump.swept

    def _sweep(self, number: int) -> None:
        """Forget keys that are past their time, twice a window."""
        if 2 * (number - self._swept) < self._slices.count:
            return
        self._swept = number
        floor = self._slices.floor(number)
        for key in [key for key, entry in self._entries.items() if entry[-2] <= floor]:
            del self._entries[key]


def _expire(entry: list[int], floor: int) -> None:
    stop = 1
    while stop < len(entry) and entry[stop] <= floor:
        entry[0] -= entry[stop + 1]
        stop += 2
    del entry[1:stop]


def _add(entry: list[int], number: int) -> None:
    entry[0] += 1
    if len(entry) > 1 and entry[-2] == number:
        entry[-1] += 1
    else:
        entry += (number, 1)
