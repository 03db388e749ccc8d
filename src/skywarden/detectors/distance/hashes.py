"""Compare perceptual image hashes by the bits in which they differ."""

import re
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
_HASH = re.compile(r"[0-9A-Fa-f]{1,128}")
"""Up to 512 bits; PDQ has 256, dHash and its like 64."""


@lru_cache(maxsize=65_536)
def hash_distance(first: str, second: str) -> int | None:
    """Bits in which two hashes in hexadecimal differ; None where they are no hashes of one length."""
    a, b = _bits(first), _bits(second)
    return None if a is None or b is None or len(first) != len(second) else (a ^ b).bit_count()


def _bits(text: str) -> int | None:
    return int(text, 16) if _HASH.fullmatch(text) else None


class HashBank:
    """Known hashes, those of a length together: a row of the bank holds 64 bits of each.

    Read by several threads at once, never changed.
    """

    def __init__(self, hashes: Iterable[str]) -> None:
        by_length: dict[int, list[str]] = {}
        for text in sorted(set(hashes)):
            if _bits(text) is not None:
                by_length.setdefault(len(text), []).append(text)
        self._banks = {
            length: np.stack([_words(text) for text in texts], axis=1) for length, texts in by_length.items()
        }

    def nearest(self, text: str) -> int | None:
        """Bits to the nearest known hash of this length; None where there is none, or the text is no hash."""
        bank = self._banks.get(len(text))
        if bank is None or _bits(text) is None:
            return None
        bits = np.zeros(bank.shape[1], np.uint16)
        for word, known in zip(_words(text), bank, strict=True):
            bits += np.bitwise_count(known ^ word)
        return int(bits.min())


def _words(text: str) -> Words:
    padded = text.ljust(-(-len(text) // 16) * 16, "0")
    return np.frombuffer(bytes.fromhex(padded), ">u8").astype(np.uint64)
