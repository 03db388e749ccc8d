"""Make uvicorn write many WebSocket messages at once where the app has already framed them."""

from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from skywarden.api.socket_batch import BATCH


class BatchingWebSockets(WebSocketsSansIOProtocol):
    """uvicorn's own protocol, and one more kind of message: `{"type": "websocket.send", BATCH: bytes}`.

    Only for uncompressed connections: the bytes go to the peer as they are.
    """

    async def run_asgi(self) -> None:
        """Tell the app of the extension."""
        self.scope["extensions"][BATCH] = {}
        await super().run_asgi()

    async def send(self, message: Any) -> None:
        """Write a batch as soon as the peer takes more, like any other message."""
        batch = message.get(BATCH)
        if batch is None:
            await super().send(message)
            return
        await self.writable.wait()
        if self.disconnected or self.close_sent or self.transport.is_closing():
            raise ClientDisconnected
        self.transport.write(batch)
