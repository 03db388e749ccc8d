"""Measure how many frames a second become rows: the live path and the batch path beside the atproto SDK, in one run.

Rounds alternate, so that a machine that slows down slows all of them. The figures are medians of rounds, in seconds of
processor time on one core, so that other programs on it do not count.
"""

import gc
import importlib
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa

from skywarden.bench.recording import read_recording
from skywarden.ingest.columnar.batch import ColumnarDecoder, ColumnarReader, Frames
from skywarden.ingest.columnar.gather_kernel import split_recording
from skywarden.ingest.columnar.layout import Bytes
from skywarden.ingest.contract import MAX_CHUNK_MESSAGES
from skywarden.ingest.decode.chunk import CountingDecoder
from skywarden.ingest.decode.firehose import FirehoseDecoder
from skywarden.kernel.errors import Rejected

ROUNDS = 7

REPEATS = 8
"""How often a file is read within a round, so that a batch is of the size that history comes in."""


class DecodeFigures(msgspec.Struct, frozen=True):
    """What was measured.

    `sdk`: the SDK's parse_subscribe_repos_message and CAR.from_bytes. `live`: frames added to FirehoseDecoder one by
    one and taken in chunks, record hashes checked: what `skywarden up` does unless told otherwise; `live_kernels`: the
    same with ColumnarDecoder, which the setting `source.kernels` turns on.
    `batch`: ColumnarReader over the file's bytes, hashes left to whoever recorded it; `batch_checked`: with hashes.
    """

    file: str
    frames: int
    repeats: int
    rounds: int
    sdk_frames_per_s: float
    live_kernels_frames_per_s: float
    live_frames_per_s: float
    batch_frames_per_s: float
    batch_checked_frames_per_s: float
    live_kernels_ratio: float
    live_ratio: float
    batch_ratio: float
    batch_checked_ratio: float


def measure_decode(path: Path, *, rounds: int = ROUNDS) -> DecodeFigures:
    """Run all paths over one recording.

    Raises: Rejected, when the SDK is not installed or the file is no recording of whole frames.
    """
    sdk = _sdk_decoder()
    _use_one_core()
    frames = read_recording(path) * REPEATS
    buf = np.tile(np.fromfile(path, np.uint8), REPEATS)
    contenders: dict[str, Callable[[], int]] = {
        "sdk": lambda: sdk(frames),
        "live_kernels": lambda: _live(ColumnarDecoder("bench"), frames),
        "live": lambda: _live(FirehoseDecoder("bench"), frames),
        "batch": lambda: _batch(buf, len(frames), check_hashes=False),
        "batch_checked": lambda: _batch(buf, len(frames), check_hashes=True),
    }
    seconds = _alternate(contenders, rounds)
    rates = {name: len(frames) / median for name, median in seconds.items()}
    return DecodeFigures(
        file=str(path),
        frames=len(frames) // REPEATS,
        repeats=REPEATS,
        rounds=rounds,
        sdk_frames_per_s=round(rates["sdk"], 1),
        live_kernels_frames_per_s=round(rates["live_kernels"], 1),
        live_frames_per_s=round(rates["live"], 1),
        batch_frames_per_s=round(rates["batch"], 1),
        batch_checked_frames_per_s=round(rates["batch_checked"], 1),
        live_kernels_ratio=round(rates["live_kernels"] / rates["sdk"], 2),
        live_ratio=round(rates["live"] / rates["sdk"], 2),
        batch_ratio=round(rates["batch"] / rates["sdk"], 2),
        batch_checked_ratio=round(rates["batch_checked"] / rates["sdk"], 2),
    )


def _alternate(contenders: dict[str, Callable[[], int]], rounds: int) -> dict[str, float]:
    """Median seconds of each; the first round of all warms up and compiles, and is not counted.

    What is alive after it is frozen: else the SDK, which makes the most objects, would pay for walking through ours.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    rows = {name: run() for name, run in contenders.items()}
    gc.collect()
    gc.freeze()
    if len({rows[name] for name in rows if name != "sdk"}) != 1:
        raise Rejected("bench-rows", expected="as many rows from each path", found=str(rows))
    for _ in range(rounds):
        for name, run in contenders.items():
            start = time.process_time()
            run()
            seconds[name].append(time.process_time() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}


def _sdk_decoder() -> Callable[[Sequence[bytes]], int]:
    """The SDK's way from a frame to its message and its blocks."""
    try:
        sdk = importlib.import_module("atproto")
    except ImportError as error:
        raise Rejected(
            "sdk-absent", expected="the atproto SDK to compare with", hint="install it: pip install atproto"
        ) from error
    parse, frame_of, car = sdk.parse_subscribe_repos_message, sdk.firehose_models.Frame.from_bytes, sdk.CAR.from_bytes

    def run(frames: Sequence[bytes]) -> int:
        for data in frames:
            blocks = getattr(parse(frame_of(data)), "blocks", None)
            if blocks:
                car(blocks)
        return len(frames)

    return run


def _live(decoder: CountingDecoder, frames: Sequence[bytes]) -> int:
    rows = 0
    for number, frame in enumerate(frames):
        decoder.add(frame, str(number))
        if decoder.pending() == MAX_CHUNK_MESSAGES:
            rows += decoder.take().rows.num_rows
    return rows + int(decoder.take().rows.num_rows)


def _batch(buf: Bytes, frames: int, *, check_hashes: bool) -> int:
    start_of, end_of = np.empty(frames, np.int64), np.empty(frames, np.int64)
    split_recording(buf, start_of, end_of)
    reader = ColumnarReader("bench", check_hashes=check_hashes)
    return sum(int(chunk.rows.num_rows) for chunk in reader.read(Frames(buf, start_of, end_of)))


def _use_one_core() -> None:
    """Keep this process, and Arrow's threads with it, on one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
