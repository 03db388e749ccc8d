"""Measure operations a second of every stateful function beside Python dicts, and the memory of ten million keys.

Operations are a skewed stream of accounts, in calls of the size that batches of the log have. Seconds are of processor
time on one core, so that other programs on it do not count; the first half of a stream fills the tables and is not
measured. Memory is that of a process of its own.
"""

import json
import resource
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa

from skywarden.detectors.similar import sign_texts
from skywarden.features.contract import Asked, Feature, FeatureSpec, Hashes
from skywarden.features.open import open_feature
from skywarden.kernel.errors import Broken

OPERATIONS = 400_000
MANY_KEYS = 10_000_000
_CALL = 8_192
_ACCOUNTS = 1_000_000
_HOUR_US = 3_600_000_000
_OVER_US = _HOUR_US // 12
"""Shorter than the first half of a stream: in the second as much leaves the windows as joins them."""
_STEP_US = 1_000  # a thousand events a second
_SPECS = (
    FeatureSpec("count", "count", _OVER_US),
    FeatureSpec("count, exact", "count", _OVER_US, exact=True),
    FeatureSpec("sum", "sum", _OVER_US),
    FeatureSpec("distinct", "distinct", _OVER_US),
    FeatureSpec("first_seen", "first_seen", _OVER_US),
    FeatureSpec("last_seen", "last_seen", _OVER_US),
    FeatureSpec("rate_limited", "rate_limited", 0, params=(20, _HOUR_US, 20)),
    FeatureSpec("trending", "trending", _OVER_US, params=(7 * 24 * _HOUR_US,)),
    FeatureSpec("heavy", "heavy", _OVER_US, params=(1_000,)),
    FeatureSpec("similar", "similar", _OVER_US, params=(0.8,)),
)


class FeatureFigures(msgspec.Struct, frozen=True):
    """What was measured. `dict_count`: counts by key in dicts and deques of Python; `ratios`: to that.

    `many_keys_*`: a count window with ten million live keys: what the process grew by, at its end and at most, and the
    seconds and bytes of its snapshot.
    """

    operations: int
    dict_count_ops_per_s: float
    ops_per_s: dict[str, float]
    ratios: dict[str, float]
    many_keys: int
    many_keys_rss_mb: float
    many_keys_peak_mb: float
    many_keys_dump_s: float
    many_keys_load_s: float
    many_keys_dump_mb: float


class ManyKeys(msgspec.Struct, frozen=True):
    """The memory of one window, as its own process saw it. Units: 10^6 bytes."""

    rss_mb: float
    peak_mb: float
    dump_s: float
    load_s: float
    dump_mb: float


def measure_features(operations: int = OPERATIONS, many_keys: int = MANY_KEYS) -> FeatureFigures:
    """Run every feature over one stream."""
    keys = _accounts(2 * operations)
    plain = operations / _dict_seconds(keys)
    rates = {spec.name: operations / _seconds(spec, keys) for spec in _SPECS}
    held = _many_keys_apart(many_keys)
    return FeatureFigures(
        operations=operations,
        dict_count_ops_per_s=round(plain),
        ops_per_s={name: round(rate) for name, rate in rates.items()},
        ratios={name: round(rate / plain, 1) for name, rate in rates.items()},
        many_keys=many_keys,
        many_keys_rss_mb=held.rss_mb,
        many_keys_peak_mb=held.peak_mb,
        many_keys_dump_s=held.dump_s,
        many_keys_load_s=held.load_s,
        many_keys_dump_mb=held.dump_mb,
    )


def _accounts(count: int) -> Hashes:
    """Keys of a stream in which few accounts are busy and most are heard of once."""
    rng = np.random.default_rng(3)
    ranks = (rng.pareto(0.6, count) * 20_000).astype(np.uint64) % np.uint64(_ACCOUNTS)
    keys: Hashes = (ranks + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    return keys


def _seconds(spec: FeatureSpec, keys: Hashes) -> float:
    """Seconds of the second half of the stream."""
    feature = open_feature(spec)
    calls = [_asked(spec, keys, start) for start in range(0, len(keys), _CALL)]
    for asked in calls[: len(calls) // 2]:
        feature.observe(asked)
    began = time.process_time()
    for asked in calls[len(calls) // 2 :]:
        feature.observe(asked)
    return time.process_time() - began


def _asked(spec: FeatureSpec, keys: Hashes, start: int) -> Asked:
    part = keys[start : start + _CALL]
    times_us = np.arange(start, start + len(part), dtype=np.int64) * _STEP_US
    adds = np.ones(len(part), dtype=np.bool_)
    if spec.op == "similar":
        texts = [f"{key % 1000} of the many posts that say nearly the same about {key % 1000}" for key in part.tolist()]
        return Asked(part, times_us, adds, sign_texts(pa.array(texts, pa.string()))[0])
    values = {"distinct": np.roll(part, 1), "sum": times_us % 100}
    return Asked(part, times_us, adds, values.get(spec.op))


def _dict_seconds(keys: Hashes) -> float:
    """The plain way to count by key: a dict of totals, and a queue of what has to be taken off them."""
    totals: dict[int, int] = {}
    queue: deque[tuple[int, int]] = deque()
    answers, began = [], 0.0
    for row, key in enumerate(keys.tolist()):
        if row == len(keys) // 2:
            began = time.process_time()
        time_us = row * _STEP_US
        while queue and queue[0][0] <= time_us - _OVER_US:
            _, old = queue.popleft()
            totals[old] -= 1
        totals[key] = totals.get(key, 0) + 1
        queue.append((time_us, key))
        answers.append(totals[key])
    return time.process_time() - began


def _many_keys_apart(count: int) -> ManyKeys:
    """Measure in a process of its own: this one has grown already. Raises: Broken when it fails."""
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", __name__, str(count)], stdout=subprocess.PIPE, check=False
    )
    if done.returncode:
        raise Broken(f"bench features: the process that holds many keys ended with code {done.returncode}")
    return msgspec.json.decode(done.stdout, type=ManyKeys)


def hold_many_keys(count: int) -> ManyKeys:
    """Fill a count window with live keys, write a snapshot and read it back."""
    feature: Feature = open_feature(FeatureSpec("many", "count", 24 * _HOUR_US, max_keys=count))
    feature.observe(_fresh(0, 1))
    before_mb = _rss_mb()
    for start in range(1, count, 1 << 16):
        feature.observe(_fresh(start, min(start + (1 << 16), count)))
    if feature.keys() != count:
        raise Broken(f"bench features: {feature.keys()} keys are held, {count} are expected")
    rss_mb, peak_mb = _rss_mb() - before_mb, _peak_mb() - before_mb
    began = time.process_time()
    dump = feature.dump()
    dumped = time.process_time()
    del feature
    open_feature(FeatureSpec("many", "count", 24 * _HOUR_US, max_keys=count)).load(dump)
    loaded = time.process_time()
    return ManyKeys(
        round(rss_mb), round(peak_mb), round(dumped - began, 1), round(loaded - dumped, 1), round(len(dump) / 1e6)
    )


def _fresh(start: int, stop: int) -> Asked:
    keys = np.arange(start, stop, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return Asked(keys, np.full(len(keys), start * _STEP_US, dtype=np.int64), np.ones(len(keys), dtype=np.bool_))


def _rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def _peak_mb() -> float:
    """The most that was resident since the program began; getrusage would count its parent's."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    sys.stdout.write(json.dumps(msgspec.to_builtins(hold_many_keys(int(sys.argv[1])))))
