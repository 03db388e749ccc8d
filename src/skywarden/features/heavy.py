"""Count the most frequent keys in bounded room, so that a key may be anything: a word, a link, an address.

A window has 12 parts, aligned to the epoch; it covers the part of now and the 11 before it. A part keeps `slots` keys.
A key without a slot takes that of the key with the smallest count of the part (of equal ones that which is longest
unchanged), and its count goes on from there; what it took over is not sure. The answer is the sum of what is sure in
all parts: never more than the key's events in the window, and less by at most one in `slots` of all events.
There is no other limit: nothing is evicted.
"""

import hashlib

import msgspec
import numpy as np

from skywarden.features.contract import Answers, Asked, FeatureSpec, Numbers
from skywarden.features.heavy_kernel import (
    HELD,
    NUMBER,
    PARTS,
    SUMMED,
    TURN,
    Ended,
    Newest,
    count_heavy,
    enter_slots,
    sum_up,
)
from skywarden.features.order import Operations
from skywarden.features.packed import seal, unseal

_NEVER = -(1 << 62)


class _Dump(msgspec.Struct, frozen=True, array_like=True):
    number: int
    turn: int
    newest: list[bytes]
    ended: list[tuple[int, bytes, bytes]]


class HeavyHitters:
    """`heavy`: params are the slots of a part."""

    def __init__(self, spec: FeatureSpec) -> None:
        self._slots = int(str(spec.params[0]))
        self._width_us = max(1, -(-spec.over_us // PARTS))
        self._name = f"heavy-1 {spec.over_us} {self._slots}"
        self._clear()

    def _clear(self) -> None:
        slots = self._slots
        self._newest = Newest(
            keys=np.zeros(slots, np.uint64),
            counts=np.zeros(slots, np.int64),
            errors=np.zeros(slots, np.int64),
            turns=np.zeros(slots, np.int64),
            heap=np.zeros(slots, np.int32),
            place=np.zeros(slots, np.int32),
            slots=np.full(_table_size(slots), -1, np.int32),
            head=np.array([_NEVER, 0, 0, 0], np.int64),
        )
        parts, sums = (PARTS, slots), _table_size(slots * (PARTS - 1))
        self._ended = Ended(
            numbers=np.full(PARTS, _NEVER, np.int64),
            sizes=np.zeros(PARTS, np.int64),
            keys=np.zeros(parts, np.uint64),
            sure=np.zeros(parts, np.int64),
            sum_keys=np.zeros(sums, np.uint64),
            sums=np.zeros(sums, np.int64),
        )

    def observe(self, asked: Asked) -> Answers:
        """Do all operations; the answer is how many events of the key are sure."""
        answers = np.zeros(len(asked), np.int64)
        count_heavy(self._newest, self._ended, self._width_us, *Operations.of(asked), answers)
        return Answers(answers, np.ones(len(asked), np.bool_))

    def keys(self) -> int:
        """How many keys are held; one of the part of now may be among those of earlier parts."""
        return int(self._newest.head[HELD] + self._newest.head[SUMMED])

    def held_bytes(self) -> int:
        """Memory of the state, which never changes."""
        arrays: list[Numbers] = [*self._newest, *self._ended]
        return sum(array.nbytes for array in arrays)

    def evicted(self) -> int:
        """Nothing: the number of slots is part of what the answers mean."""
        return 0

    def digest(self, now_us: int) -> bytes:
        """Name what is sure in the parts within the window, and the whole part of now."""
        now = now_us // self._width_us
        parts = {number: sorted(zip(keys, sure, strict=True)) for number, keys, sure in self._sure()}
        live = [(number, parts[number]) for number in sorted(parts) if now - PARTS < number and parts[number]]
        named = hashlib.sha256(repr((self._name, live)).encode())
        if int(self._newest.head[NUMBER]) == now:
            named.update(b"".join(self._newest_bytes()))
        return named.digest()

    def _sure(self) -> list[tuple[int, list[int], list[int]]]:
        """Every part's number, keys and what is sure of their counts."""
        newest, ended = self._newest, self._ended
        held = int(newest.head[HELD])
        parts = [(int(newest.head[NUMBER]), newest.keys[:held], (newest.counts - newest.errors)[:held])]
        for row, size in enumerate(ended.sizes.tolist()):
            parts.append((int(ended.numbers[row]), ended.keys[row, :size], ended.sure[row, :size]))
        return [(number, keys.tolist(), sure.tolist()) for number, keys, sure in parts if len(keys)]

    def _newest_columns(self) -> list[Numbers]:
        """The arrays of the slots of the part of now."""
        newest = self._newest
        return [newest.keys, newest.counts, newest.errors, newest.turns, newest.heap, newest.place]

    def _newest_bytes(self) -> list[bytes]:
        """The slots that are in use, as they were taken."""
        held = int(self._newest.head[HELD])
        return [column[:held].tobytes() for column in self._newest_columns()]

    def dump(self) -> bytes:
        """The whole state."""
        ended = self._ended
        parts = [
            (number, ended.keys[row, :size].tobytes(), ended.sure[row, :size].tobytes())
            for row, (number, size) in enumerate(zip(ended.numbers.tolist(), ended.sizes.tolist(), strict=True))
        ]
        head = self._newest.head
        return seal(self._name, _Dump(int(head[NUMBER]), int(head[TURN]), self._newest_bytes(), parts))

    def load(self, data: bytes) -> None:
        """Take over a dumped state. Raises: Broken."""
        dump = unseal(self._name, data, _Dump)
        self._clear()
        newest, ended = self._newest, self._ended
        for column, kept in zip(self._newest_columns(), dump.newest, strict=True):
            values = np.frombuffer(kept, column.dtype)
            column[: len(values)] = values
            newest.head[HELD] = len(values)
        newest.head[NUMBER], newest.head[TURN] = dump.number, dump.turn
        for row, (number, keys, sure) in enumerate(dump.ended):
            size = len(keys) // 8
            ended.numbers[row], ended.sizes[row] = number, size
            ended.keys[row, :size] = np.frombuffer(keys, np.uint64)
            ended.sure[row, :size] = np.frombuffer(sure, np.int64)
        enter_slots(newest)
        sum_up(ended, newest, dump.number - PARTS)


def _table_size(entries: int) -> int:
    """A power of two that such a table fills by half at most."""
    return 1 << (2 * entries - 1).bit_length()
