"""Count the most frequent keys in bounded room, in compiled code: Space-Saving by parts of the window.

Source: Metwally, Agrawal, El Abbadi, "Efficient computation of frequent and top-k elements in data streams", ICDT 2005.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from skywarden.features.order_kernel import whole
from skywarden.kernel.compiled import entry, kernel

PARTS = 12
"""Parts of a window; the oldest is forgotten as a whole."""

_PHI = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_EMPTY = -1

NUMBER, HELD, TURN, SUMMED = range(4)
"""Fields of `Newest.head`: number of the newest part, slots in use, operations so far, keys in the sums."""


class Newest(NamedTuple):
    """The part of now. `heap` has its slots, the one to be replaced first; `place` is where each stands in it.

    A slot's `turn` is when it was last counted: of equal counts the one that is longest unchanged is replaced.
    """

    keys: npt.NDArray[np.uint64]
    counts: npt.NDArray[np.int64]
    errors: npt.NDArray[np.int64]
    turns: npt.NDArray[np.int64]
    heap: npt.NDArray[np.int32]
    place: npt.NDArray[np.int32]
    slots: npt.NDArray[np.int32]
    head: npt.NDArray[np.int64]


class Ended(NamedTuple):
    """Earlier parts, part n in row n % PARTS: keys with what is sure of their counts; and the sums of all of them."""

    numbers: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    keys: npt.NDArray[np.uint64]
    sure: npt.NDArray[np.int64]
    sum_keys: npt.NDArray[np.uint64]
    sums: npt.NDArray[np.int64]


@entry
def count_heavy(
    newest: Newest,
    ended: Ended,
    width_us: int,
    keys: npt.NDArray[np.uint64],
    times_us: npt.NDArray[np.int64],
    adds: npt.NDArray[np.bool_],
    answers: npt.NDArray[np.int64],
) -> None:
    """Do all operations."""
    for row in range(len(keys)):
        number = times_us[row] // width_us
        if number != newest.head[NUMBER]:
            _turn_over(newest, ended, number)
        slot = _find(newest, keys[row])
        if adds[row]:
            slot = _count(newest, keys[row], slot)
        answer = _sum_of(ended, keys[row])
        if slot != _EMPTY:
            answer += newest.counts[slot] - newest.errors[slot]
        answers[row] = answer


@kernel
def _count(newest: Newest, key: np.uint64, slot: int) -> int:
    """Count a key; one without a slot takes a free one, or that of the key with the smallest count."""
    head = newest.head
    if slot == _EMPTY:
        if head[HELD] < len(newest.keys):
            slot = whole(head[HELD])
            head[HELD] += 1
            newest.counts[slot] = newest.errors[slot] = 0
            newest.heap[slot] = newest.place[slot] = slot
        else:
            slot = whole(newest.heap[0])
            _leave(newest, slot)
            newest.errors[slot] = newest.counts[slot]
        newest.keys[slot] = key
        _enter(newest, slot)
    head[TURN] += 1
    newest.counts[slot] += 1
    newest.turns[slot] = head[TURN]
    _settle(newest, slot)
    return slot


@kernel
def _settle(newest: Newest, slot: int) -> None:
    """Move a slot up if it is new to the heap, then down to where its larger count belongs."""
    heap, place, last = newest.heap, newest.place, newest.head[HELD] - 1
    at = whole(place[slot])
    while at > 0 and _goes_first(newest, slot, whole(heap[(at - 1) >> 1])):
        heap[at] = heap[(at - 1) >> 1]
        place[heap[at]] = at
        at = (at - 1) >> 1
    while 2 * at + 1 <= last:
        child = 2 * at + 1
        if child < last and _goes_first(newest, whole(heap[child + 1]), whole(heap[child])):
            child += 1
        if not _goes_first(newest, whole(heap[child]), slot):
            break
        heap[at] = heap[child]
        place[heap[at]] = at
        at = child
    heap[at] = slot
    place[slot] = at


@kernel
def _goes_first(newest: Newest, one: int, other: int) -> bool:
    """Whether a slot is replaced before another."""
    if newest.counts[one] != newest.counts[other]:
        return bool(newest.counts[one] < newest.counts[other])
    return bool(newest.turns[one] < newest.turns[other])


@kernel
def _turn_over(newest: Newest, ended: Ended, number: int) -> None:
    """Begin a part: that of before is kept with what is sure, those past the window go, the sums are made anew."""
    before, held = newest.head[NUMBER], newest.head[HELD]
    row = before % PARTS
    ended.numbers[row], kept = before, 0
    for slot in range(held):
        sure = newest.counts[slot] - newest.errors[slot]
        ended.keys[row, kept], ended.sure[row, kept] = newest.keys[slot], sure
        kept += 1
    ended.sizes[row] = kept
    newest.slots[:] = _EMPTY
    newest.head[NUMBER], newest.head[HELD], newest.head[TURN] = number, 0, 0
    sum_up(ended, newest, number - PARTS)


@entry
def sum_up(ended: Ended, newest: Newest, floor: int) -> None:
    """Forget the parts up to `floor`, and add up what the others are sure of, by key."""
    mask = len(ended.sums) - 1
    ended.sums[:] = 0
    newest.head[SUMMED] = 0
    for row in range(PARTS):
        if ended.numbers[row] <= floor:
            ended.sizes[row] = 0
        for place in range(ended.sizes[row]):
            key = ended.keys[row, place]
            slot = _home(key, mask)
            while ended.sums[slot] != 0 and ended.sum_keys[slot] != key:
                slot = (slot + 1) & mask
            if ended.sums[slot] == 0:
                newest.head[SUMMED] += 1
            ended.sum_keys[slot] = key
            ended.sums[slot] += ended.sure[row, place]


@kernel
def _sum_of(ended: Ended, key: np.uint64) -> int:
    mask = len(ended.sums) - 1
    slot = _home(key, mask)
    while ended.sums[slot] != 0:
        if ended.sum_keys[slot] == key:
            return whole(ended.sums[slot])
        slot = (slot + 1) & mask
    return 0


@kernel
def _find(newest: Newest, key: np.uint64) -> int:
    mask = len(newest.slots) - 1
    at = _home(key, mask)
    while newest.slots[at] != _EMPTY:
        slot = whole(newest.slots[at])
        if newest.keys[slot] == key:
            return slot
        at = (at + 1) & mask
    return _EMPTY


@entry
def enter_slots(newest: Newest) -> None:
    """Fill the empty table with the slots in use."""
    for slot in range(newest.head[HELD]):
        _enter(newest, slot)


@kernel
def _enter(newest: Newest, slot: int) -> None:
    mask = len(newest.slots) - 1
    at = _home(newest.keys[slot], mask)
    while newest.slots[at] != _EMPTY:
        at = (at + 1) & mask
    newest.slots[at] = slot


@kernel
def _leave(newest: Newest, slot: int) -> None:
    """Take a slot's key from the table; those behind it in its run move up."""
    slots, mask = newest.slots, len(newest.slots) - 1
    hole = _home(newest.keys[slot], mask)
    while slots[hole] != slot:
        hole = (hole + 1) & mask
    at = (hole + 1) & mask
    while slots[at] != _EMPTY:
        if (at - _home(newest.keys[slots[at]], mask)) & mask >= (at - hole) & mask:
            slots[hole] = slots[at]
            hole = at
        at = (at + 1) & mask
    slots[hole] = _EMPTY


@kernel
def _home(key: np.uint64, mask: int) -> int:
    return whole((key * _PHI) >> _HALF) & mask
