"""Read UTF-8 texts word by word and keep the smallest of each of 64 hashes of their words, in compiled code."""

from typing import Any

import numpy as np
import numpy.typing as npt

from skywarden.detectors.similar.letters import CODE_POINTS, KIND_SHIFT, LETTER, NOTHING, UNSPACED
from skywarden.kernel.compiled import entry, kernel

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]
Signatures = npt.NDArray[np.uint64]
Tally = npt.NDArray[np.int64]

HASHES = 64
MIN_LETTERS = 20
MIN_WEIGHT = 8
"""Four different words, or eight pairs of letters of an unspaced script."""
_WORD_WEIGHT, _PAIR_WEIGHT, _UNSPACED_LETTERS = 2, 1, 2

_LETTERS, _WEIGHT = 0, 1
_CODE_MASK = np.uint32((1 << KIND_SHIFT) - 1)
_KIND_SHIFT = np.uint32(KIND_SHIFT)
_START = np.uint64(0xCBF29CE484222325)
_STEP = np.uint64(0x100000001B3)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_LAST_IDEOGRAPH = 0x3FFFF
_SPACE, _DOT, _SLASH, _COLON, _AT = b" ./:@"


@entry
def sign(
    data: Bytes,
    offsets: npt.NDArray[np.int32],
    known: npt.NDArray[np.bool_],
    letters: Words,
    factors: Words,
    terms: Words,
    smallest: Words,
    signatures: Signatures,
) -> None:
    """Sign each text data[offsets[n]:offsets[n + 1]]; take from `known` those that say too little.

    Shape: `smallest` is room for `HASHES` values; `signatures` has a row a text and `HASHES` / 8 columns.
    """
    tally = np.zeros(2 + MIN_WEIGHT, np.int64)
    for row in range(len(known)):
        if known[row]:
            smallest[:] = np.uint32(0xFFFFFFFF)
            tally[:] = 0
            _read(data, offsets[row], offsets[row + 1], letters, factors, terms, smallest, tally)
            known[row] = tally[_LETTERS] >= MIN_LETTERS and tally[_WEIGHT] >= MIN_WEIGHT
            _pack(smallest, signatures, row)


@kernel
def _read(
    data: Bytes, at: int, end: int, letters: Words, factors: Words, terms: Words, smallest: Words, tally: Tally
) -> None:
    """Take in every word of a text; of an unspaced script every two letters that stand together."""
    word, open_word, before, run_end = _START, False, np.uint32(0), at
    while at < end:
        if data[at] < 128 and at >= run_end:
            run_end = _run_end(data, at, end)
            if run_end < 0:
                at, run_end = -run_end, -run_end
                if open_word:
                    _take(word, _WORD_WEIGHT, factors, terms, smallest, tally)
                word, open_word, before = _START, False, np.uint32(0)
                continue
        code, size = _decode(data, at, end)
        at += size
        kind, letter = _look_up(letters, code)
        if kind == NOTHING:
            continue
        if kind == LETTER:
            word = (word ^ np.uint64(letter)) * _STEP
            open_word = True
            tally[_LETTERS] += 1
        elif open_word:
            _take(word, _WORD_WEIGHT, factors, terms, smallest, tally)
            word, open_word = _START, False
        if kind == UNSPACED:
            tally[_LETTERS] += _UNSPACED_LETTERS
            if before != 0:
                pair = (np.uint64(before) << _HALF | np.uint64(letter)) * _STEP
                _take(pair, _PAIR_WEIGHT, factors, terms, smallest, tally)
            before = letter
        else:
            before = np.uint32(0)
    if open_word:
        _take(word, _WORD_WEIGHT, factors, terms, smallest, tally)


@kernel
def _run_end(data: Bytes, at: int, end: int) -> int:
    """Where the run of ASCII characters without a space ends; negative where it is a link, a mention or an address."""
    stop, drop = at, data[at] == _AT and at + 1 < end and _in_name(data[at + 1])
    while stop < end and _SPACE < data[stop] < 128:
        char = data[stop]
        if char == _DOT and stop > at and stop + 1 < end and _in_name(data[stop - 1]) and _in_name(data[stop + 1]):
            drop = True
        if char == _COLON and stop + 2 < end and data[stop + 1] == _SLASH and data[stop + 2] == _SLASH:
            drop = True
        stop += 1
    if drop:
        return -stop
    return max(stop, at + 1)


@kernel
def signed(number: np.integer[Any]) -> int:
    """What stands in an array as a signed number: numba makes a float of uint64 and int64."""
    return np.int64(number)  # type: ignore[return-value]  # what numba calls int


@kernel
def _in_name(char: int) -> bool:
    """Whether a byte is a letter or digit of ASCII."""
    return 48 <= char <= 57 or 65 <= char <= 90 or 97 <= char <= 122


@kernel
def _decode(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """The code point at a place, and its size in bytes. Never reads past the end, whatever the bytes are."""
    first = signed(data[at])
    size = 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    if at + size > end:
        return 0, end - at
    if size == 1:
        return first, 1
    code = first & (0x7F >> size)
    for place in range(at + 1, at + size):
        code = code << 6 | signed(data[place]) & 0x3F
    return code, size


@kernel
def _look_up(letters: Words, code: int) -> tuple[int, np.uint32]:
    if code < CODE_POINTS:
        found = letters[code]
        return signed(found >> _KIND_SHIFT), found & _CODE_MASK
    return (UNSPACED if code <= _LAST_IDEOGRAPH else NOTHING), np.uint32(code)


@kernel
def _take(word: np.uint64, weight: int, factors: Words, terms: Words, smallest: Words, tally: Tally) -> None:
    """Hash a word in every way; note its weight unless it was among the first words already."""
    mixed = (word ^ word >> _HALF) * _MIX
    feature = np.uint32((mixed ^ mixed >> _HALF) & np.uint64(0xFFFFFFFF))
    _note(signed(feature), weight, tally)
    for number in range(HASHES):
        smallest[number] = min(smallest[number], np.uint32(feature * factors[number] + terms[number]))


@kernel
def _note(word: int, weight: int, tally: Tally) -> None:
    if tally[_WEIGHT] >= MIN_WEIGHT:
        return
    place = 2
    while tally[place] != 0:
        if tally[place] == word + 1:
            return
        place += 1
    tally[place] = word + 1
    tally[_WEIGHT] += weight


@kernel
def _pack(smallest: Words, signatures: Signatures, row: int) -> None:
    """Keep one byte of each smallest hash, eight in a number."""
    for column in range(HASHES // 8):
        packed = np.uint64(0)
        for place in range(8):
            mixed = np.uint64(smallest[8 * column + place]) * _MIX
            packed |= (mixed >> np.uint64(56)) << np.uint64(8 * place)
        signatures[row, column] = packed
