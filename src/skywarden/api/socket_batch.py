"""Turn many binary WebSocket messages into one write, for at 100,000 messages a second each call counts.

A server that understands it says so in the scope's extensions (`app/batching_sockets.py` makes uvicorn do so); under
any other server the messages go out one by one.
"""

from collections.abc import Iterable

from starlette.websockets import WebSocket

BATCH = "skywarden.batch"
"""Name of the extension, and of the key of the ASGI message that holds the batch."""

_FINAL_BINARY = b"\x82"
_TWO_BYTES, _EIGHT_BYTES = b"\x7e", b"\x7f"


def binary_messages(payloads: Iterable[bytes]) -> bytes:
    """What goes over the wire: each payload behind its head, unmasked, as a server sends it (RFC 6455, section 5.2)."""
    parts: list[bytes] = []
    for payload in payloads:
        parts.append(_head(len(payload)))
        parts.append(payload)
    return b"".join(parts)


def _head(size: int) -> bytes:
    if size < 126:
        return _FINAL_BINARY + bytes((size,))
    if size < 65_536:
        return _SHORT_HEADS[size] if size < len(_SHORT_HEADS) else _two_byte_head(size)
    return _FINAL_BINARY + _EIGHT_BYTES + size.to_bytes(8, "big")


def _two_byte_head(size: int) -> bytes:
    return _FINAL_BINARY + _TWO_BYTES + size.to_bytes(2, "big")


_SHORT_HEADS = tuple(_two_byte_head(size) for size in range(1_024))


def takes_batches(socket: WebSocket) -> bool:
    """Say whether the server writes what `binary_messages` made."""
    return BATCH in socket.scope.get("extensions", {})


async def send_batch(socket: WebSocket, batch: bytes) -> None:
    """Send what `binary_messages` made. Raises: WebSocketDisconnect, when the other side has left."""
    await socket.send({"type": "websocket.send", BATCH: batch})
