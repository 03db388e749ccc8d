"""Measure the memory behind stateful functions: operations a second of each, and what a key takes.

Keys are drawn as activity is: a few are seen very often, most a few times. Calls have as many rows as a batch of the
stream. Seconds are of the processor, of the one thread that owns a feature. A first, small run compiles the kernels.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from skywarden.detectors.similar import sign_texts
from skywarden.features.contract import Asked, Feature, FeatureSpec, Hashes
from skywarden.features.open import FEATURES, open_feature

ROWS: Final = 8_192
_HOUR_US: Final = 3_600_000_000
_STEP_US: Final = 1_000
_PARAMS: Final[dict[str, tuple[int | float, ...]]] = {
    "rate_limited": (20, _HOUR_US, 20),
    "trending": (168 * _HOUR_US,),
    "similar": (0.5,),
    "heavy": (1_000,),
}
_WARM_UP: Final = 1_000
_COPIES: Final = 4
"""Posts for each different text."""


class FeatureFigures(msgspec.Struct, frozen=True):
    """One function. `bytes_per_key` is 0 where nothing is kept."""

    function: str
    operations_per_s: float
    keys: int
    bytes_per_key: float


class FeaturesFigures(msgspec.Struct, frozen=True):
    """Every function, and the signatures that `similar` works on."""

    operations: int
    signed_texts_per_s: float
    functions: list[FeatureFigures]


def measure_features(operations: int) -> FeaturesFigures:
    """Run so many operations through each feature."""
    texts = _texts(operations)
    _signed(texts.slice(0, _WARM_UP))
    signatures, seconds = _signed(texts)
    work = _Work(operations, signatures)
    functions = [work.measure(FeatureSpec(op, op, _HOUR_US, params=_PARAMS.get(op, ()))) for op in sorted(FEATURES)]
    functions.append(
        work.measure(FeatureSpec("similar, distinct=", "similar", _HOUR_US, params=(0.5,), has_member=True))
    )
    return FeaturesFigures(operations, operations / seconds, functions)


class _Work:
    """The operations, the same for every feature."""

    def __init__(self, operations: int, signatures: Hashes) -> None:
        rng = np.random.default_rng(7)
        self._keys = _mixed((rng.pareto(0.6, operations) * 20_000).astype(np.uint64))
        self._members = _mixed(rng.integers(1, 100_000, operations).astype(np.uint64))
        self._numbers = rng.integers(0, 300, operations)
        self._times_us = np.arange(operations) * _STEP_US
        self._signatures = signatures

    def measure(self, spec: FeatureSpec) -> FeatureFigures:
        """Time one feature from nothing."""
        for asked in self._asked(spec, _WARM_UP):
            open_feature(spec).observe(asked)
        feature = open_feature(spec)
        calls = list(self._asked(spec, len(self._keys)))
        began = time.thread_time()
        for asked in calls:
            feature.observe(asked)
        seconds = time.thread_time() - began
        return FeatureFigures(spec.name, len(self._keys) / seconds, feature.keys(), _bytes_per_key(feature))

    def _asked(self, spec: FeatureSpec, operations: int) -> Iterator[Asked]:
        values = {"distinct": self._members, "sum": self._numbers, "similar": self._signatures}.get(spec.op)
        keys = np.zeros_like(self._keys) if spec.op == "similar" else self._keys
        for start in range(0, operations, ROWS):
            rows = slice(start, min(start + ROWS, operations))
            asked = Asked(keys[rows], self._times_us[rows], np.ones(rows.stop - rows.start, np.bool_))
            members = self._members[rows] if spec.has_member else None
            yield replace(asked, values=None if values is None else values[rows], members=members)


def _bytes_per_key(feature: Feature) -> float:
    return feature.held_bytes() / feature.keys() if feature.keys() else 0.0


def _mixed(numbers: Hashes) -> Hashes:
    """Numbers as hashes are."""
    return (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)


def _texts(count: int) -> pa.StringArray:
    """Posts of 5 to 35 made-up words, each text several times."""
    rng = np.random.default_rng(11)
    letters = "etaoinshrdlucmfw"
    words = ["".join(rng.choice(list(letters), rng.integers(2, 9))) for _ in range(5_000)]
    different = []
    for _ in range(-(-count // _COPIES)):
        chosen = (rng.pareto(0.8, rng.integers(5, 36)) * 50).astype(np.int64) % len(words)
        different.append(" ".join(words[number] for number in chosen))
    return pa.array(different, pa.string()).take(pa.array(rng.integers(0, len(different), count)))


def _signed(texts: pa.StringArray) -> tuple[Hashes, float]:
    """The signatures of all texts, and the seconds that they took."""
    began = time.thread_time()
    signatures, _ = sign_texts(texts)
    return signatures, time.thread_time() - began
