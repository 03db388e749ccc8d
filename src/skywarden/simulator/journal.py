"""Give subscribers the relay's frames: old ones from the store, the newest from memory."""

import asyncio
from collections import deque

from skywarden.simulator.sqlite import SimulatorStore, StoredFrame

_FRAMES_IN_MEMORY = 2_048
PAGE = 200


class Journal:
    """Frames in order of seq. A subscriber pulls, so a slow one costs no memory here.

    `newest_seq`: the newest frame that may be seen; None: the newest stored.
    """

    def __init__(self, store: SimulatorStore, newest_seq: int | None = None) -> None:
        self._store = store
        self._newest = store.newest_seq() if newest_seq is None else newest_seq
        self._recent: deque[StoredFrame] = deque(maxlen=_FRAMES_IN_MEMORY)
        self._news = asyncio.Event()

    @property
    def newest_seq(self) -> int:
        return self._newest

    @property
    def oldest_seq(self) -> int:
        return self._store.oldest_seq()

    def publish(self, frames: list[StoredFrame]) -> None:
        """Let subscribers have frames that are durable."""
        if frames:
            self._recent.extend(frames)
            self._newest = frames[-1].seq
            self._news.set()
            self._news = asyncio.Event()

    def page(self, seq: int) -> list[StoredFrame]:
        """Some frames from `seq` on; none when there is none yet."""
        if seq > self._newest:
            return []
        if self._recent and self._recent[0].seq <= seq:
            start = seq - self._recent[0].seq
            return [self._recent[index] for index in range(start, min(start + PAGE, len(self._recent)))]
        return [stored for stored in self._store.frames_from(seq, PAGE) if stored.seq <= self._newest]

    async def news(self) -> None:
        """Wait until something is published."""
        await self._news.wait()
