"""Turn a column of texts into signatures: two texts have as many of 64 bytes in common as they share of their words."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from skywarden.detectors.similar.letters import letter_table
from skywarden.detectors.similar.signature_kernel import HASHES, sign
from skywarden.detectors.text.arrow import text_buffers

SIGNATURE_WORDS: Final = HASHES // 8
_SEED = 0x5C9A_17E3
"""Signatures are kept in snapshots: another seed is another format."""


def sign_texts(texts: pa.StringArray) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """Sign each text by its words, without case, accents, digits, emoji, links and mentions.

    Shape:  n texts -> n rows of `SIGNATURE_WORDS` numbers, and which are known: not those of null texts, of texts
            below 20 letters or four different words (in scripts without spaces: ten letters).
    Units:  of the 64 bytes, the share that two texts have in common estimates the Jaccard index of their words.
    Source: Broder, "On the resemblance and containment of documents", 1997; Li, König, "b-bit minwise hashing", 2010.
    """
    count = len(texts)
    data, offsets = text_buffers(texts)
    known = np.ones(count, np.bool_)
    if texts.null_count:
        known = texts.is_valid().to_numpy(zero_copy_only=False).copy()
    signatures = np.zeros((count, SIGNATURE_WORDS), np.uint64)
    sign(data, offsets, known, letter_table(), *FAMILY, np.empty(HASHES, np.uint32), signatures)
    return signatures, known


def _family() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Factors and terms of the hash functions x -> x * factor + term."""
    state, drawn = _SEED, []
    for _ in range(2 * HASHES):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        drawn.append(state >> 32)
    return np.array(drawn[:HASHES], np.uint32) | np.uint32(1), np.array(drawn[HASHES:], np.uint32)


FAMILY: Final = _family()
