"""Hold the newest stream frames in memory, so that live subscribers need not read the database."""

import threading
from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from skywarden.kernel.ids import Seq

CAPACITY = 10_000


class StreamFrame(msgspec.Struct, frozen=True, gc=False):
    """One label as it goes over the wire. A Struct, for replay makes 100,000 of them a second."""

    seq: Seq
    data: bytes


class RecentFrames:
    """Every frame from some seq on, at least the last `capacity` of them; safe from several threads."""

    def __init__(self, complete_from: int, capacity: int = CAPACITY) -> None:
        self._complete_from = complete_from
        self._capacity = capacity
        self._frames: list[StreamFrame] = []
        self._seqs: list[int] = []
        self._lock = threading.Lock()

    def add(self, frames: Sequence[StreamFrame]) -> None:
        """Add frames that are newer than all before; the oldest leave once there are twice `capacity`."""
        with self._lock:
            self._frames.extend(frames)
            self._seqs.extend(frame.seq for frame in frames)
            if len(self._frames) >= 2 * self._capacity:
                surplus = len(self._frames) - self._capacity
                self._complete_from = self._seqs[surplus - 1] + 1
                del self._frames[:surplus], self._seqs[:surplus]

    def since(self, seq: int, limit: int) -> list[StreamFrame] | None:
        """Up to `limit` frames from `seq` (inclusive) on, in order; None when some of them may have left."""
        with self._lock:
            if seq < self._complete_from:
                return None
            start = bisect_left(self._seqs, seq)
            return self._frames[start : start + limit]
