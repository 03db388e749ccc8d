"""Sign a text in plain Python, from the documentation of the kernel: its words, then the smallest of each hash."""

import re
from collections.abc import Iterator

from skywarden.detectors.similar.letters import CODE_POINTS, KIND_SHIFT, LETTER, NOTHING, UNSPACED, letter_table

_RUN = re.compile(r"[\x21-\x7f]+")
_LINK = re.compile(r"://|[0-9A-Za-z]\.[0-9A-Za-z]|\A@[0-9A-Za-z]")
_U64, _U32 = 2**64, 2**32
_MIX = 0xD6E8FEB86659FD93
_STEP = 0x100000001B3


def naive_words(text: str) -> Iterator[tuple[int, int]]:
    """Every word of a text as a hash and its weight; of unspaced scripts every pair of letters."""
    word, before = None, 0
    for char in _RUN.sub(lambda run: "\n" if _LINK.search(run[0]) else run[0], text) + "\n":
        kind, letter = _kind(char)
        if kind == NOTHING:
            continue
        if kind == LETTER:
            word = ((0xCBF29CE484222325 if word is None else word) ^ letter) * _STEP % _U64
        elif word is not None:
            yield word, 2
            word = None
        if kind == UNSPACED and before:
            yield (before << 32 | letter) * _STEP % _U64, 1
        before = letter if kind == UNSPACED else 0


def naive_signature(text: str, family: tuple[list[int], list[int]]) -> bytes | None:
    """The signature, or None for a text that says too little."""
    words = list(naive_words(text))
    shown = _RUN.sub(lambda run: "\n" if _LINK.search(run[0]) else run[0], text)
    kinds = [_kind(char)[0] for char in shown]
    letters = kinds.count(LETTER) + 2 * kinds.count(UNSPACED)
    features = [(_feature(word), weight) for word, weight in words]
    if letters < 20 or sum(dict(features).values()) < 8:
        return None
    smallest = [
        min((feature * factor + term) % _U32 for feature, _ in features) for factor, term in zip(*family, strict=True)
    ]
    return bytes((value * _MIX % _U64) >> 56 for value in smallest)


def _kind(char: str) -> tuple[int, int]:
    code = ord(char)
    if code >= CODE_POINTS:
        return (UNSPACED if code <= 0x3FFFF else NOTHING), code
    entry = int(letter_table()[code])
    return entry >> KIND_SHIFT, entry % (1 << KIND_SHIFT)


def _feature(word: int) -> int:
    mixed = (word ^ word >> 32) * _MIX % _U64
    return (mixed ^ mixed >> 32) % _U32
