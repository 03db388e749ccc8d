"""Find the words and phrases of lists in texts, whole words only."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from skywarden.detectors.text.arrow import Bytes, text_buffers
from skywarden.detectors.text.hash_kernel import Hashes
from skywarden.detectors.text.scan import scanner_of
from skywarden.detectors.text.skeleton import skeleton
from skywarden.detectors.text.words_kernel import (
    BEFORE,
    END,
    LEFT,
    LISTS,
    LISTS_END,
    RIGHT,
    SIDES,
    START,
    Terms,
    fill_keys,
    find_words,
    hash_neighbours,
    hash_words,
    longest,
)

_WORD = re.compile(r"\w+")
_FILTER_BITS = 8
"""Bits of the filter a slot: one word in 16 or fewer that is no term passes it."""

_MARKS_SLACK = 16


class WordLists:
    """Looks up several lists in one pass over a column; terms and texts are compared case folded.

    A term stands in a text where no letter or digit touches its own first or last letter or digit. Terms without a
    letter or digit (emoji) stand anywhere. Several threads may look up at once.
    """

    def __init__(self, lists: Sequence[Iterable[str]]) -> None:
        self._size = len(lists)
        owners: dict[str, list[int]] = {}
        for number, terms in enumerate(lists):
            for term in {term.casefold() for term in terms if term}:
                owners.setdefault(term, []).append(number)
        self._symbols = {term: owners[term] for term in sorted(owners) if not _WORD.search(term)}
        self._terms = _table([_Term.of(term, owners[term]) for term in sorted(owners) if term not in self._symbols])
        self._patterns = tuple(re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", term) for term in self._symbols)

    def found_in(self, folded: pa.StringArray) -> npt.NDArray[np.bool_]:
        """Which list has a term that stands in which (case folded) text. Shape: (lists, texts)."""
        found = np.zeros((self._size, len(folded)), np.bool_)
        data, offsets = text_buffers(folded)
        marks = np.empty(int(longest(offsets)) // 8 + _MARKS_SLACK, np.uint8)
        find_words(data, offsets, _letters(), marks, self._terms, found)
        if self._patterns:
            for hits, owners in zip(scanner_of(self._patterns).matches(folded), self._symbols.values(), strict=True):
                found[owners] |= hits
        return found


class LookalikeFinder:
    """Looks up one list by skeletons: with look-alike letters, digits for letters, letters spaced out."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._skeletons = frozenset(skeleton(term) for term in terms) - {""}

    def found_in(self, text: str) -> bool:
        """True when a word of the text, or the whole of it, has the skeleton of a term."""
        if skeleton(text) in self._skeletons:
            return True
        return any(_word_skeleton(word) in self._skeletons for word in text.split())


@lru_cache(maxsize=1 << 16)
def _word_skeleton(word: str) -> str:
    """Words come back: looking a skeleton up is ten times cheaper than making it."""
    return skeleton(word)


@cache
def _letters() -> Bytes:
    """A bit for each character that is of a word: letters, digits, the underscore."""
    every = "".join(map(chr, range(0x110000)))
    flags = np.zeros(0x110000, np.uint8)
    for run in _WORD.finditer(every):
        flags[run.start() : run.end()] = 1
    return np.packbits(flags, bitorder="little")


@dataclass(frozen=True, slots=True)
class _Term:
    """A term, the lists that have it, and where the words of its key stand in it; the second may be empty."""

    text: str
    lists: list[int]
    first: slice
    second: slice

    @classmethod
    def of(cls, text: str, lists: list[int]) -> "_Term":
        """The key is what few texts have: the longest two words that follow one another, or the only one."""
        spans = [match.span() for match in _WORD.finditer(text)]
        if len(spans) == 1:
            return cls(text, lists, slice(*spans[0]), slice(0))
        first, second = max(pairwise(spans), key=lambda pair: pair[1][1] - pair[0][0])
        return cls(text, lists, slice(*first), slice(*second))


def _table(terms: list[_Term]) -> Terms:
    """Put terms into a hash table by their keys."""
    hashed = _key_hashes(terms)
    keys, number_of = np.unique(hashed, return_inverse=True)
    terms = [terms[at] for at in np.argsort(number_of, kind="stable").tolist()]
    slots = np.full(4 << len(keys).bit_length(), -1, np.int32)
    kept, bits = np.zeros(len(slots), np.uint64), np.zeros(max(1, len(slots) * _FILTER_BITS // 64), np.uint64)
    fill_keys(keys, slots, kept, bits)
    data, _ = text_buffers(pa.array([term.text for term in terms], pa.string()))
    lists = np.array([number for term in terms for number in term.lists], np.int32)
    key_ends = _ends(np.bincount(number_of, minlength=len(keys)).tolist())
    return Terms(slots, kept, bits, key_ends, _records(terms), data, lists)


def _key_hashes(terms: list[_Term]) -> Hashes:
    first, second = (
        _hashes([term.text[term.first] for term in terms]),
        _hashes([term.text[term.second] for term in terms]),
    )
    both = np.empty(len(terms), np.uint64)
    hash_neighbours(first, second, both)
    return np.where([term.second.start is None for term in terms], first, both).astype(np.uint64)


def _records(terms: list[_Term]) -> npt.NDArray[np.int32]:
    """The numbers of each term, as `Terms` has them."""
    records = np.empty((len(terms), 6), np.int32)
    text_ends, list_ends = (
        _ends([len(term.text.encode()) for term in terms]),
        _ends([len(term.lists) for term in terms]),
    )
    records[:, START], records[:, END] = text_ends[:-1], text_ends[1:]
    records[:, BEFORE] = [len(term.text[: term.first.start].encode()) for term in terms]
    records[:, SIDES] = [_sides(term.text) for term in terms]
    records[:, LISTS], records[:, LISTS_END] = list_ends[:-1], list_ends[1:]
    return records


def _hashes(words: list[str]) -> Hashes:
    hashed = np.empty(len(words), np.uint64)
    hash_words(*text_buffers(pa.array(words, pa.string())), hashed)
    return hashed


def _sides(text: str) -> int:
    return LEFT * bool(_WORD.match(text[0])) | RIGHT * bool(_WORD.match(text[-1]))


def _ends(sizes: list[int]) -> npt.NDArray[np.int32]:
    return np.concatenate([np.zeros(1, np.int32), np.cumsum(sizes, dtype=np.int32)])
