"""Feed label subscribers: replay, then live, without a gap or a repeat, each at its own speed.

A subscriber has no queue of its own: it holds a position and takes the next page from memory or, when it is further
back, from the database. So a stalled one costs one page, and the others nothing. Those at the same place share a page.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from skywarden.api.services import StreamLimits
from skywarden.api.socket_batch import binary_messages
from skywarden.kernel.ids import Seq
from skywarden.labels import LabelService
from skywarden.labels.recent import StreamFrame

PAGES_SHARED = 4

Send = Callable[[Sequence[StreamFrame]], Awaitable[None]]
"""Sends a page of frames, each as a message of its own."""


@dataclass(slots=True)
class SharedPages:
    """Pages that reach the head of the stream, as they go over the wire: all who are live want the same one."""

    _held: dict[tuple[Seq, Seq], bytes] = field(default_factory=dict)

    def wire(self, frames: Sequence[StreamFrame], latest: Seq) -> bytes:
        """The page's messages, framed."""
        if frames[-1].seq != latest:
            return binary_messages(frame.data for frame in frames)
        key = frames[0].seq, latest
        if key not in self._held:
            if len(self._held) >= PAGES_SHARED:
                del self._held[next(iter(self._held))]
            self._held[key] = binary_messages(frame.data for frame in frames)
        return self._held[key]


class TooSlow(Exception):
    """The subscriber does not keep up; `behind` labels wait for it."""

    def __init__(self, behind: int) -> None:
        super().__init__(behind)
        self.behind = behind


@dataclass(slots=True)
class Bell:
    """Wakes every subscriber of one event loop when labels were published in another thread."""

    labels: LabelService
    subscribers: int = 0
    pages: SharedPages = field(default_factory=SharedPages)
    _event: asyncio.Event = field(default_factory=asyncio.Event)
    _end: Callable[[], None] | None = None

    def enter(self) -> None:
        """Count one more subscriber; the first one starts listening. Call it in the event loop."""
        if self._end is None:
            loop = asyncio.get_running_loop()

            def ring_from_thread(_seq: Seq) -> None:
                with contextlib.suppress(RuntimeError):  # the loop has closed: nobody is left to wake
                    loop.call_soon_threadsafe(self._ring)

            self._event = asyncio.Event()
            self._end = self.labels.subscribe(ring_from_thread)
        self.subscribers += 1

    def leave(self) -> None:
        """Count one less; the last one stops listening."""
        self.subscribers -= 1
        if self.subscribers == 0 and self._end is not None:
            self._end()
            self._end = None

    async def wait_from(self, seq: int) -> None:
        """Wait until the newest label has `seq` or a higher one."""
        while True:
            event = self._event  # taken before the look, so that a ring between look and wait is not missed
            if self.labels.latest_seq() >= seq:
                return
            await event.wait()

    def _ring(self) -> None:
        self._event.set()
        self._event = asyncio.Event()


async def feed(bell: Bell, start: int, send: Send, limits: StreamLimits) -> None:
    """Send every frame from seq `start` on, for ever.

    Raises: TooSlow, when a page is not taken in time or a subscriber that was live falls too far back.
    """
    labels, position, was_live = bell.labels, start, False
    while True:
        latest = labels.latest_seq()
        if position > latest:
            was_live = True
            await bell.wait_from(position)
            continue
        if was_live and latest - position >= limits.behind:
            raise TooSlow(latest - position + 1)
        frames = await _page(labels, position, limits.page)
        await _send_page(frames, send, limits.stall_s, latest - position + 1)
        # An empty page means that all labels up to `latest` were replaced by later ones.
        position = frames[-1].seq + 1 if frames else latest + 1


async def _page(labels: LabelService, position: int, limit: int) -> list[StreamFrame]:
    recent = labels.recent_frames(position, limit)
    if recent is not None:
        await asyncio.sleep(0)  # a long replay out of memory must let the others run
        return recent
    return await run_in_threadpool(labels.stored_frames, position, limit)


async def _send_page(frames: list[StreamFrame], send: Send, stall_s: float, behind: int) -> None:
    try:
        async with asyncio.timeout(stall_s):
            await send(frames)
    except TimeoutError as error:
        raise TooSlow(behind) from error
