"""Keep of a query's events those whose text is a near copy of a given one."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.app.investigate.run import Matches
from skywarden.detectors.similar import SIGNATURE_WORDS, sign_texts
from skywarden.engine.columns import Bools

LEAST_SHARED = 0.5
"""Texts of which so many of the words are common are near copies; `similar` in rules takes the same unless told."""

Keep = Callable[[Iterable[Matches]], Iterator[Matches]]


def near(text: str) -> Keep:
    """A step that lets near copies pass. Of a text too short to compare, its equals."""
    wanted, known = sign_texts(pa.array([text], pa.string()))
    least = int(np.ceil(LEAST_SHARED * 8 * SIGNATURE_WORDS))

    def is_near(texts: pa.Array) -> Bools:
        if not known[0]:
            equal: Bools = pc.equal(texts, text).fill_null(False).to_numpy(zero_copy_only=False)
            return equal
        signatures, signed = sign_texts(texts)
        shared = np.count_nonzero(signatures.view(np.uint8) == wanted.view(np.uint8), axis=1)
        signed_and_near: Bools = signed & (shared >= least)
        return signed_and_near

    def keep(found: Iterable[Matches]) -> Iterator[Matches]:
        for one in found:
            rows = np.flatnonzero(is_near(one.column("text")))
            if len(rows):
                yield one.at(rows)

    return keep


def everything(found: Iterable[Matches]) -> Iterator[Matches]:
    """A step that lets all pass."""
    return iter(found)
