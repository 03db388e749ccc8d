"""Turn a WebSocket's cursor into the stream of com.atproto.sync.subscribeRepos, faults included."""

import asyncio
import contextlib

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from skywarden.atproto.frames import build_error_frame, build_frame
from skywarden.simulator.faults import Disconnect, FaultPlan, FaultyWire
from skywarden.simulator.journal import Journal

MAX_LAG_FRAMES = 5_000
"""A subscriber that had caught up and falls so far behind is told ConsumerTooSlow and dropped."""

SEND_TIMEOUT_S = 30.0
"""A subscriber that takes nothing for so long is dropped."""

_CURSOR_LIMIT = 2**53
_NORMAL_CLOSE = 1000
_POLICY_CLOSE = 1008
_ABRUPT_CLOSE = 1011


class _TooSlow(Exception):
    """The subscriber cannot follow."""


class Relay:
    """Serves any number of subscribers; each one pulls from the journal at its own pace.

    Slow subscriber: it holds up nobody and fills no buffer; past the lag allowed it gets an error frame and the door.
    """

    def __init__(self, journal: Journal, faults: FaultPlan, *, max_lag_frames: int = MAX_LAG_FRAMES) -> None:
        self._journal = journal
        self._faults = faults
        self._max_lag = max_lag_frames
        self.subscribers = 0

    async def subscribe(self, socket: WebSocket) -> None:
        """Serve one subscriber until it leaves, is dropped, or a fault cuts it off."""
        text = socket.query_params.get("cursor")
        if text is not None and (not text.isdecimal() or int(text) >= _CURSOR_LIMIT):
            error = {"error": "InvalidRequest", "message": "cursor must be an integer from 0 to 2^53"}
            await socket.send_denial_response(JSONResponse(error, status_code=400))
            return
        await socket.accept()
        self.subscribers += 1
        try:
            await self._serve(socket, None if text is None else int(text))
        finally:
            self.subscribers -= 1

    async def _serve(self, socket: WebSocket, cursor: int | None) -> None:
        sending = asyncio.create_task(self._send_all(socket, cursor))
        leaving = asyncio.create_task(_until_gone(socket))
        done, waiting = await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for task in done:
            task.result()

    async def _send_all(self, socket: WebSocket, cursor: int | None) -> None:
        with contextlib.suppress(WebSocketDisconnect, TimeoutError):
            try:
                async with asyncio.timeout(None) as patience:
                    await self._stream(socket, cursor, patience)
            except _TooSlow:
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await _refuse(socket, "ConsumerTooSlow", "the subscriber takes frames slower than they come")

    async def _stream(self, socket: WebSocket, cursor: int | None, patience: asyncio.Timeout) -> None:
        newest, oldest = self._journal.newest_seq, self._journal.oldest_seq
        if cursor is not None and cursor > newest:
            await _refuse(socket, "FutureCursor", f"cursor {cursor} is ahead of the newest event, {newest}")
            return
        if cursor and cursor + 1 < oldest:
            note = {"name": "OutdatedCursor", "message": f"cursor {cursor} is older than the oldest event, {oldest}"}
            await socket.send_bytes(build_frame("#info", dict(note)))
        following = newest + 1 if cursor is None else max(cursor + 1, oldest)
        wire, caught_up = FaultyWire(self._faults), cursor is None
        while True:
            frames = self._journal.page(following)
            if not frames:
                caught_up = True
                await self._journal.news()
                continue
            if frames[0].seq > following or (caught_up and self._journal.newest_seq - following > self._max_lag):
                raise _TooSlow
            following = frames[-1].seq + 1
            for item in wire.carry(frames):
                if isinstance(item, Disconnect):
                    await socket.close(_ABRUPT_CLOSE)
                    return
                patience.reschedule(asyncio.get_running_loop().time() + SEND_TIMEOUT_S)
                await socket.send_bytes(item)
            patience.reschedule(None)


async def _until_gone(socket: WebSocket) -> None:
    """Read and ignore what the subscriber says, until it leaves."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return


async def _refuse(socket: WebSocket, error: str, message: str) -> None:
    """Say why, then close."""
    await socket.send_bytes(build_error_frame(error, message))
    await socket.close(_NORMAL_CLOSE if error == "FutureCursor" else _POLICY_CLOSE)
