"""Count different values by key over sliced time: a dict of dicts, each value with the slice it was last seen in."""

import hashlib

import msgspec
import numpy as np

from skywarden.features.contract import Answers, Asked
from skywarden.features.slices import Slices
from skywarden.kernel.errors import Broken

_FORMAT = "distinct-1"
MAX_MEMBERS = 10_000
"""Values kept for one key; past that the longest unseen is forgotten, so the answer stays at this number."""


class _Dump(msgspec.Struct, frozen=True, array_like=True):
    format: str
    width_us: int
    count: int
    swept: int
    keys: list[int]
    members: list[list[int]]
    seen: list[list[int]]


class SlicedDistinct:
    """A key's entry is an ordered {value: last slice}, longest unseen first."""

    def __init__(self, slices: Slices) -> None:
        self._slices = slices
        self._entries: dict[int, dict[int, int]] = {}
        self._swept = 0

    def observe(self, asked: Asked) -> Answers:
        """See one value a row where `add`, then read how many are within the window."""
        assert asked.values is not None, "distinct counts members"
        answers = np.zeros(len(asked), dtype=np.int64)
        numbers = (asked.times_us // self._slices.width_us).tolist()
        entries, floor_of = self._entries, self._slices.floor
        rows = zip(asked.keys.tolist(), numbers, asked.adds.tolist(), asked.values.tolist(), strict=True)
        for row, (key, number, adds, member) in enumerate(rows):
            entry = entries.get(key)
            if entry is None:
                if not adds:
                    continue
                entry = entries[key] = {}
            _expire(entry, floor_of(number))
            if adds:
                entry.pop(member, None)
                entry[member] = number
                if len(entry) > MAX_MEMBERS:
                    del entry[next(iter(entry))]
            elif not entry:
                del entries[key]
            answers[row] = len(entry)
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
        """Name the live values of every key."""
        floor = self._slices.floor(self._slices.number(now_us))
        digest = hashlib.sha256(_FORMAT.encode())
        for key in sorted(self._entries):
            live = [(member, at) for member, at in self._entries[key].items() if at > floor]
            if live:
                digest.update(repr((key, live)).encode())
        return digest.digest()

    def dump(self) -> bytes:
        """The whole state."""
        slices, values = self._slices, self._entries.values()
        members, seen = [list(entry) for entry in values], [list(entry.values()) for entry in values]
        dump = _Dump(_FORMAT, slices.width_us, slices.count, self._swept, list(self._entries), members, seen)
        return msgspec.msgpack.encode(dump)

    def load(self, data: bytes) -> None:
        """Take over a dumped state. Raises: Broken."""
        try:
            dump = msgspec.msgpack.decode(data, type=_Dump)
        except msgspec.DecodeError as error:
            raise Broken(f"window state cannot be read: {error}; remove the snapshot to replay the log") from error
        if dump.format != _FORMAT or (dump.width_us, dump.count) != (self._slices.width_us, self._slices.count):
            raise Broken("window state is of another window; remove the snapshot to replay the log")
        entries = zip(dump.keys, dump.members, dump.seen, strict=True)
        self._entries = {key: dict(zip(members, seen, strict=True)) for key, members, seen in entries}
        self._swept = dump.swept

    def _sweep(self, number: int) -> None:
        """Forget keys that are past their time, twice a window."""
        if 2 * (number - self._swept) < self._slices.count:
            return
        self._swept = number
        floor = self._slices.floor(number)
        dead = [key for key, entry in self._entries.items() if next(reversed(entry.values()), floor) <= floor]
        for key in dead:
            del self._entries[key]


def _expire(entry: dict[int, int], floor: int) -> None:
    while entry:
        member, at = next(iter(entry.items()))
        if at > floor:
            return
        del entry[member]
