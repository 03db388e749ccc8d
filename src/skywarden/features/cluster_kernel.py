"""Put signatures into clusters, in compiled code: the nearest stored signature, found by bands that both share.

A band is three bytes of a signature. A slot of the table holds a band's tag and the representative that came first.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from skywarden.features.order_kernel import (
    EVICTED,
    HELD,
    MOST,
    NOBODY,
    OLDEST,
    SERIAL,
    Order,
    append,
    has_room,
    remove,
    renew,
    whole,
)
from skywarden.kernel.compiled import entry, kernel

WORDS = 8
BANDS = 21
ROWS = 3

_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_PHI = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_BYTE = np.uint64(0xFF)
_LOW_BITS = np.uint64(0x7F7F7F7F7F7F7F7F)
_NUMBER = np.uint64(0xFFFFFFFF)
_NO_SLOT = np.uint64(0)
_ONE = np.uint64(1)


class Clusters(NamedTuple):
    """Of each representative its signature, the key it is for, its serial number, and a bit a band that finds it.

    A slot is 0, or the tag in its upper half and the entry plus one in its lower.
    """

    signatures: npt.NDArray[np.uint64]
    keys: npt.NDArray[np.uint64]
    serials: npt.NDArray[np.int64]
    bands: npt.NDArray[np.uint32]
    slots: npt.NDArray[np.uint64]


@entry
def assign_clusters(
    clusters: Clusters,
    order: Order,
    scale: npt.NDArray[np.int64],
    keys: npt.NDArray[np.uint64],
    times_us: npt.NDArray[np.int64],
    adds: npt.NDArray[np.bool_],
    signatures: npt.NDArray[np.uint64],
    names: npt.NDArray[np.uint64],
    first: int,
) -> int:
    """Do the operations from `first` on; return the one that needs more room, or how many there are.

    Shape: `scale` is the width of a slice in microseconds, the slices of a window, and the bytes that must be equal;
    `names` gets the clusters' names, 0 where there is none.
    """
    width_us, slices, needed = scale[0], scale[1], scale[2]
    tags, homes = np.empty(BANDS, np.uint64), np.empty(BANDS, np.uint64)
    for row in range(first, len(keys)):
        now = times_us[row] // width_us
        while order.head[OLDEST] != NOBODY and order.used[order.head[OLDEST]] <= now - slices:
            _drop(clusters, order, tags, homes)
        if adds[row] and not has_room(order):
            return row
        if adds[row] and order.head[HELD] >= order.head[MOST]:
            number = _nearest(clusters, tags, homes, keys[row], signatures, row, needed)
            if number == NOBODY:
                order.head[EVICTED] += 1
                _drop(clusters, order, tags, homes)
        number = _nearest(clusters, tags, homes, keys[row], signatures, row, needed)
        if adds[row]:
            if number == NOBODY:
                number = _add(clusters, order, tags, keys[row], signatures, row, now)
            else:
                renew(order, number, now)
        names[row] = _NO_SLOT if number == NOBODY else np.uint64(clusters.serials[number]) * _PHI
    return len(keys)


@kernel
def _nearest(
    clusters: Clusters,
    tags: npt.NDArray[np.uint64],
    homes: npt.NDArray[np.uint64],
    key: np.uint64,
    signatures: npt.NDArray[np.uint64],
    row: int,
    needed: int,
) -> int:
    """The representative with most bytes in common; of equal ones that which came first."""
    best, most, mask = NOBODY, needed - 1, len(clusters.slots) - 1
    _look_up(clusters.slots, key, signatures, row, tags, homes)
    for band in range(BANDS):
        if homes[band] == _NO_SLOT:
            continue
        slot = _slot_of(clusters.slots, tags[band], mask)
        number = whole(clusters.slots[slot] & _NUMBER) - 1
        if number == NOBODY or number == best or clusters.keys[number] != key:
            continue
        common = _in_common(clusters.signatures, number, signatures, row)
        if common > most or (common == most and best != NOBODY and clusters.serials[number] < clusters.serials[best]):
            best, most = number, common
            if common == 8 * WORDS:
                return best
    return best


@kernel
def _look_up(
    slots: npt.NDArray[np.uint64],
    key: np.uint64,
    signatures: npt.NDArray[np.uint64],
    row: int,
    tags: npt.NDArray[np.uint64],
    homes: npt.NDArray[np.uint64],
) -> None:
    """Make the tags of all bands and read the slots where they belong: one after another, so that none is waited for.

    Reading them only when each is needed takes twice as long where the table is larger than the processor's cache.
    """
    mask = len(slots) - 1
    for band in range(BANDS):
        tags[band] = _tag(key, signatures, row, band)
    for band in range(BANDS):
        homes[band] = slots[whole(tags[band]) & mask]


@kernel
def _in_common(stored: npt.NDArray[np.uint64], number: int, signatures: npt.NDArray[np.uint64], row: int) -> int:
    """How many of the bytes of two signatures are equal."""
    equal = 0
    for word in range(WORDS):
        apart = stored[number, word] ^ signatures[row, word]
        high = ((apart & _LOW_BITS) + _LOW_BITS) | apart | _LOW_BITS
        zeros = ~high
        while zeros:
            zeros &= zeros - _ONE
            equal += 1
    return equal


@kernel
def _add(
    clusters: Clusters,
    order: Order,
    tags: npt.NDArray[np.uint64],
    key: np.uint64,
    signatures: npt.NDArray[np.uint64],
    row: int,
    now: int,
) -> int:
    """Store a signature as a representative."""
    head = order.head
    number = append(order, now)
    head[SERIAL] += 1
    clusters.keys[number] = key
    clusters.serials[number] = head[SERIAL]
    for word in range(WORDS):
        clusters.signatures[number, word] = signatures[row, word]
    clusters.bands[number] = _enter_new(clusters.slots, tags, number)
    return number


@kernel
def _enter_new(slots: npt.NDArray[np.uint64], tags: npt.NDArray[np.uint64], number: int) -> np.uint32:
    """Let a representative be found by those of its bands that no other one has: a bit for each."""
    mask, bands = len(slots) - 1, 0
    for band in range(BANDS):
        slot = _slot_of(slots, tags[band], mask)
        if slots[slot] == _NO_SLOT:
            slots[slot] = tags[band] << _HALF | np.uint64(number + 1)
            bands |= 1 << band
    return np.uint32(bands)


@entry
def enter_bands(clusters: Clusters, numbers: npt.NDArray[np.int64]) -> None:
    """Fill empty slots with the bands that representatives are found by."""
    slots, mask = clusters.slots, len(clusters.slots) - 1
    tags, homes = np.empty(BANDS, np.uint64), np.empty(BANDS, np.uint64)
    for number in numbers:
        _look_up(slots, clusters.keys[number], clusters.signatures, number, tags, homes)
        for band in range(BANDS):
            if clusters.bands[number] >> np.uint32(band) & np.uint32(1):
                slots[_slot_of(slots, tags[band], mask)] = tags[band] << _HALF | np.uint64(number + 1)


@entry
def move_slots(old: npt.NDArray[np.uint64], new: npt.NDArray[np.uint64]) -> None:
    """Fill larger, empty slots with what is in others."""
    mask = len(new) - 1
    for taken in old:
        if taken != _NO_SLOT:
            new[_slot_of(new, taken >> _HALF, mask)] = taken


@kernel
def _drop(clusters: Clusters, order: Order, tags: npt.NDArray[np.uint64], homes: npt.NDArray[np.uint64]) -> None:
    """Forget the representative that is longest unused."""
    slots, mask, number = clusters.slots, len(clusters.slots) - 1, whole(order.head[OLDEST])
    _look_up(slots, clusters.keys[number], clusters.signatures, number, tags, homes)
    for band in range(BANDS):
        if clusters.bands[number] >> np.uint32(band) & np.uint32(1):
            _empty(slots, _slot_of(slots, tags[band], mask), mask)
    remove(order, number)


@kernel
def _empty(slots: npt.NDArray[np.uint64], hole: int, mask: int) -> None:
    """Empty a slot; those behind it in its run move up."""
    slot = (hole + 1) & mask
    while slots[slot] != _NO_SLOT:
        if (slot - whole(slots[slot] >> _HALF)) & mask >= (slot - hole) & mask:
            slots[hole] = slots[slot]
            hole = slot
        slot = (slot + 1) & mask
    slots[hole] = _NO_SLOT


@kernel
def _slot_of(slots: npt.NDArray[np.uint64], tag: np.uint64, mask: int) -> int:
    """Where a tag is, or the free slot where it would be."""
    slot = whole(tag) & mask
    while slots[slot] != _NO_SLOT and slots[slot] >> _HALF != tag:
        slot = (slot + 1) & mask
    return slot


@kernel
def _tag(key: np.uint64, signatures: npt.NDArray[np.uint64], row: int, band: int) -> np.uint64:
    """32 bits for a key, a band's number and the band's three bytes."""
    tag = np.uint64(band + 1)
    for place in range(ROWS * band, ROWS * band + ROWS):
        tag = tag << np.uint64(8) | (signatures[row, place >> 3] >> np.uint64(8 * (place & 7))) & _BYTE
    tag = (tag ^ key) * _PHI
    tag = (tag ^ (tag >> np.uint64(30))) * _MIX_1
    tag = (tag ^ (tag >> np.uint64(27))) * _MIX_2
    return tag >> _HALF
