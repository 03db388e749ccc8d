"""Find the terms of many word lists in texts, in compiled code: each word of a text is looked up once."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from skywarden.detectors.text.arrow import Bytes, Offsets
from skywarden.detectors.text.bytes_kernel import (
    HIGH_BITS,
    ascii_bytes,
    byte,
    load_tail,
    load_word,
    lowest_bit,
    offset,
    rune_at,
    rune_bytes,
    same_bytes,
    store_word,
)
from skywarden.detectors.text.hash_kernel import Hashes
from skywarden.kernel.compiled import entry, kernel

Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int32]

_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_ALL: Final = np.uint64(0xFFFFFFFFFFFFFFFF)
_HALF: Final = np.uint64(32)
_ONE: Final = np.uint64(1)
_SIX: Final = np.uint64(6)
_WORD_BITS: Final = np.uint64(63)
_LAST_BIT: Final = np.uint64(63)
_ONES: Final = np.uint64(0x0101010101010101)
_CASE: Final = np.uint64(0x20) * _ONES
_FROM_A: Final = np.uint64(0x80 - ord("a")) * _ONES
_AFTER_Z: Final = np.uint64(0x7F - ord("z")) * _ONES
_FROM_0: Final = np.uint64(0x80 - ord("0")) * _ONES
_AFTER_9: Final = np.uint64(0x7F - ord("9")) * _ONES
_UNDERSCORES: Final = np.uint64(ord("_")) * _ONES
_SEVENS: Final = np.uint64(0x7F) * _ONES
_GATHER: Final = np.uint64(0x0002040810204081)
"""Times a word whose bytes have only their highest bits, it puts these side by side into the highest byte."""
_HIGHEST_BYTE: Final = np.uint64(56)


class Terms(NamedTuple):
    """The terms of all lists, by the hash of one word of each, or of two that follow one another in it.

    Shapes: `slots` a power of two of key numbers, -1 is free, and `kept` the hashes; the terms of key n are those from
    keys[n]; `records` has six numbers a term: where its text starts and ends, how many bytes of it stand before the
    key, which sides must not touch a letter (1 left, 2 right), and where its lists start and end in `lists`.
    """

    slots: Numbers
    kept: Hashes
    filter_words: Hashes
    keys: Numbers
    records: npt.NDArray[np.int32]
    texts: Bytes
    lists: Numbers


START, END, BEFORE, SIDES, LISTS, LISTS_END = range(6)
LEFT, RIGHT = 1, 2


@entry
def hash_words(words: Bytes, ends: Offsets, out: Hashes) -> None:
    """Hash each word as `find_words` does."""
    for number in range(len(out)):
        out[number] = _hash(words, offset(ends, number), offset(ends, number + 1))


@entry
def hash_neighbours(left: Hashes, right: Hashes, out: Hashes) -> None:
    """Hash two words that follow one another as `find_words` does."""
    for number in range(len(out)):
        out[number] = _both(left[number], right[number])


@kernel
def _hash(data: Bytes, at: int, end: int) -> np.uint64:
    """Not for keys: nobody gains by words that share a hash, since each term is compared."""
    state = np.uint64(end - at) * _SPREAD
    while at + 8 < end:
        state = (state ^ load_word(data, at)) * _SPREAD
        state ^= state >> _HALF
        at += 8
    if at + 8 <= len(data):
        last = load_word(data, at) & (_ALL >> np.uint64(64 - 8 * (end - at)))
    else:
        last = load_tail(data, at, end - at)
    state = (state ^ last) * _SPREAD
    return state ^ (state >> _HALF)


@kernel
def _both(left: np.uint64, right: np.uint64) -> np.uint64:
    state = ((left << _ONE) ^ right) * _SPREAD
    return state ^ (state >> _HALF)


@entry
def fill_keys(hashes: Hashes, slots: Numbers, kept: Hashes, filter_words: Hashes) -> None:
    """Put each key into the first free slot from its hash on. Shapes: as in `Terms`; `slots` of -1."""
    mask, filter_mask = np.uint64(len(slots) - 1), np.uint64(len(filter_words) - 1)
    for number in range(len(hashes)):
        slot = hashes[number] & mask
        while slots[slot] >= 0:
            slot = (slot + _ONE) & mask
        slots[slot] = number
        kept[slot] = hashes[number]
        bit = hashes[number] >> _HALF
        filter_words[(bit >> _SIX) & filter_mask] |= _ONE << (bit & _WORD_BITS)


@entry
def longest(offsets: Offsets) -> int:
    """The bytes of the longest text."""
    size = 0
    for row in range(len(offsets) - 1):
        size = max(size, offset(offsets, row + 1) - offset(offsets, row))
    return size


@entry
def find_words(data: Bytes, offsets: Offsets, letters: Bytes, marks: Bytes, terms: Terms, found: Bools) -> None:
    """Flag the lists of which a term stands in a text. Shapes: n + 1 offsets; found (lists, n), false.

    `letters` has a bit for each character that words are made of; `marks` is room for a bit a byte of the longest
    text, and 16 bytes. Most words end at the filter.
    """
    for row in range(len(offsets) - 1):
        start, end = offset(offsets, row), offset(offsets, row + 1)
        _mark(data, start, end, letters, marks)
        at, before, former, within = start, -1, np.uint64(0), np.uint64(0)
        for block in range(0, end - start + 1, 64):
            inside = load_word(marks, block >> 3)
            turns = inside ^ ((inside << _ONE) | within)
            within = inside >> _LAST_BIT
            while turns != 0:
                turn = start + block + lowest_bit(turns)
                turns &= turns - _ONE
                if (inside >> np.uint64(turn - start - block)) & _ONE != 0:
                    at = turn
                    continue
                hashed = _hash(data, at, turn)
                if _passes(terms.filter_words, hashed):
                    _look_up(data, start, at, end, hashed, letters, terms, found, row)
                if before >= 0:
                    both = _both(former, hashed)
                    if _passes(terms.filter_words, both):
                        _look_up(data, start, before, end, both, letters, terms, found, row)
                before, former = at, hashed


@kernel
def _mark(data: Bytes, start: int, end: int, letters: Bytes, marks: Bytes) -> None:
    """Set a bit for each byte of data[start:end] that is of a word; those after it are clear up to the next block."""
    size = end - start
    for block in range(0, size + 1, 64):
        store_word(marks, block >> 3, np.uint64(0))
    at = 0
    while at < size:
        if start + at + 8 <= len(data):
            word = load_word(data, start + at)
            plain = min(ascii_bytes(word), size - at)
            if plain > 0:
                _set(marks, at, _word_bits(word) & ((_ONE << np.uint64(plain)) - _ONE))
                at += plain
                continue
        length = rune_bytes(byte(data, start + at))
        if _is_letter(letters, rune_at(data, start + at)):
            _set(marks, at, (_ONE << np.uint64(length)) - _ONE)
        at += length


@kernel
def _set(marks: Bytes, at: int, bits: np.uint64) -> None:
    place = at >> 3
    store_word(marks, place, load_word(marks, place) | (bits << np.uint64(at & 7)))


@kernel
def _word_bits(word: np.uint64) -> np.uint64:
    """A bit for each of a word's bytes that is an ASCII letter, digit or underscore.

    No sum of ASCII bytes passes into the next byte: bits are right up to the first byte that is not ASCII.
    """
    small = word | _CASE
    found = ((small + _FROM_A) ^ (small + _AFTER_Z)) | ((word + _FROM_0) ^ (word + _AFTER_9))
    found |= ~((word ^ _UNDERSCORES) + _SEVENS)
    return ((found & HIGH_BITS) * _GATHER) >> _HIGHEST_BYTE


@kernel
def _passes(filter_words: Hashes, hashed: np.uint64) -> bool:
    bit = hashed >> _HALF
    word = filter_words[(bit >> _SIX) & np.uint64(len(filter_words) - 1)]
    return bool((word >> (bit & _WORD_BITS)) & _ONE != 0)


@kernel
def _is_letter(letters: Bytes, rune: int) -> bool:
    return bool((letters[np.uint64(rune >> 3)] >> np.uint8(rune & 7)) & np.uint8(1) != 0)


@kernel
def _look_up(
    data: Bytes, start: int, at: int, end: int, hashed: np.uint64, letters: Bytes, terms: Terms, found: Bools, row: int
) -> None:
    """Flag the lists of the terms whose key stands at `at` and that stand there themselves."""
    mask = np.uint64(len(terms.slots) - 1)
    slot = hashed & mask
    while terms.slots[slot] >= 0:
        if terms.kept[slot] == hashed:
            key = terms.slots[slot]
            for term in range(terms.keys[key], terms.keys[key + 1]):
                if _stands(data, start, at, end, letters, terms.records[term], terms.texts):
                    for place in range(terms.records[term, LISTS], terms.records[term, LISTS_END]):
                        found[terms.lists[place], row] = True
            return
        slot = (slot + _ONE) & mask


@kernel
def _stands(data: Bytes, start: int, key_at: int, end: int, letters: Bytes, record: Numbers, texts: Bytes) -> bool:
    """Does the term stand around its key, with no letter touching its own first or last letter?"""
    at = key_at - offset(record, BEFORE)
    text = offset(record, START)
    size = offset(record, END) - text
    if at < start or at + size > end or not same_bytes(data, at, texts, text, size):
        return False
    if record[SIDES] & LEFT and at > start:
        before = at - 1
        while byte(data, before) & 0xC0 == 0x80:
            before -= 1
        if _is_letter(letters, rune_at(data, before)):
            return False
    return not (record[SIDES] & RIGHT and at + size < end and _is_letter(letters, rune_at(data, at + size)))
