"""Take links, mentions, hashtags and everything but letters out of normalised texts, in compiled code."""

from typing import Final

import numpy as np
import numpy.typing as npt

from skywarden.detectors.text.arrow import Bytes, Offsets
from skywarden.detectors.text.bytes_kernel import byte, offset, rune_at, rune_bytes, rune_word, store_word
from skywarden.kernel.compiled import entry, kernel

PART: Final = 1
WORD: Final = 2
LETTER: Final = 4
"""What a character is: of a name between the dots of a domain; of a word; a letter of a key."""
_BLANK: Final = ord(" ")
_AT: Final = ord("@")
_HASH: Final = ord("#")
_DOT: Final = ord(".")
_SLASH: Final = ord("/")
_COLON: Final = ord(":")
_H, _T, _P, _S, _W = (ord(letter) for letter in "htpsw")


@entry
def copy_keys(
    data: Bytes, offsets: Offsets, kinds: Bytes, least: int, out: Bytes, ends: Offsets, known: npt.NDArray[np.bool_]
) -> None:
    """Write each text's letters, a blank in place of everything else. Shapes: n + 1 offsets, n + 1 ends, n flags.

    `kinds` has flags a character; keys of fewer than `least` letters are not known. `out` has room for the texts.
    """
    for row in range(len(known)):
        start = offset(ends, row)
        to = _key(data, offset(offsets, row), offset(offsets, row + 1), kinds, least, out, start)
        known[row] = to >= 0
        ends[row + 1] = max(to, start)


@kernel
def _key(data: Bytes, at: int, end: int, kinds: Bytes, least: int, out: Bytes, to: int) -> int:
    """Write one text's key and give its end; -1 when it is too short."""
    start, letters, apart = to, 0, False
    while at < end:
        kind = _kind(data, at, kinds)
        if kind == 0:
            if (byte(data, at) == _AT or byte(data, at) == _HASH) and _goes_on(data, at + 1, end):
                at = _blank_after(data, at, end)
            else:
                at += rune_bytes(byte(data, at))
            apart = True
            continue
        begin, begin_to, begin_letters, word = at, to, letters, -1
        while kind != 0:
            size = rune_bytes(byte(data, at))
            if kind & LETTER:
                if apart and to > start:
                    store_word(out, to, np.uint64(_BLANK))
                    to += 1
                store_word(out, to, rune_word(data, at, size))
                to += size
                letters += 1
            apart = kind & LETTER == 0
            if word < 0 and kind & WORD:
                word = at
            at += size
            kind = _kind(data, at, kinds) if at < end else 0
        if word >= 0 and _is_dotted(data, at, end, kinds):
            is_link = at - word == 3 and _ends_in_www(data, word, at)
            to, letters, apart = begin_to, begin_letters, True
            at = _blank_after(data, at, end) if is_link else _domain_end(data, at, end, kinds)
            continue
        back = _link_letters(data, begin, at, end)
        if back > 0:
            to, letters, apart = to - back, letters - back, True
            if to > start and byte(out, to - 1) == _BLANK:
                to -= 1
            at = _blank_after(data, at, end)
    return to if letters >= least else -1


@kernel
def _kind(data: Bytes, at: int, kinds: Bytes) -> int:
    return byte(kinds, rune_at(data, at))


@kernel
def _goes_on(data: Bytes, at: int, end: int) -> bool:
    return at < end and byte(data, at) != _BLANK


@kernel
def _blank_after(data: Bytes, at: int, end: int) -> int:
    while _goes_on(data, at, end):
        at += 1
    return at


@kernel
def _is_dotted(data: Bytes, at: int, end: int, kinds: Bytes) -> bool:
    """Does a dot stand here, and a name after it?"""
    return at + 1 < end and byte(data, at) == _DOT and _kind(data, at + 1, kinds) != 0


@kernel
def _domain_end(data: Bytes, at: int, end: int, kinds: Bytes) -> int:
    """Where a domain whose first dot stands here ends, with its path."""
    while _is_dotted(data, at, end, kinds):
        at += 1
        while at < end and _kind(data, at, kinds) != 0:
            at += rune_bytes(byte(data, at))
    return _blank_after(data, at, end) if at < end and byte(data, at) == _SLASH else at


@kernel
def _link_letters(data: Bytes, begin: int, at: int, end: int) -> int:
    """How many of the last bytes before `at` begin a link that goes on there: www, http or https; 0 for no link."""
    if at >= end:
        return 0
    if byte(data, at) == _DOT:
        return 3 if _ends_in_www(data, begin, at) and _goes_on(data, at + 1, end) else 0
    has_root = at + 3 < end and byte(data, at + 1) == _SLASH and byte(data, at + 2) == _SLASH
    if byte(data, at) != _COLON or not has_root or not _goes_on(data, at + 3, end):
        return 0
    if _ends_in_http(data, begin, at):
        return 4
    return 5 if at > begin and byte(data, at - 1) == _S and _ends_in_http(data, begin, at - 1) else 0


@kernel
def _ends_in_www(data: Bytes, begin: int, at: int) -> bool:
    if at - begin < 3 or byte(data, at - 1) != _W:
        return False
    return byte(data, at - 2) == _W and byte(data, at - 3) == _W


@kernel
def _ends_in_http(data: Bytes, begin: int, at: int) -> bool:
    if at - begin < 4 or byte(data, at - 1) != _P or byte(data, at - 2) != _T:
        return False
    return byte(data, at - 3) == _T and byte(data, at - 4) == _H
