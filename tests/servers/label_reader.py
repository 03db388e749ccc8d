"""Read a label stream with a foreign decoder, in a thread, until the server goes away."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import libipld
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect


@dataclass(slots=True)
class LabelReader:
    """What a subscriber has received so far: (seq, label), in the order of arrival."""

    received: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def run(self, stream: ClientConnection) -> None:
        """Take frames until the connection ends."""
        try:
            for frame in stream:
                self._take(frame)
        except ConnectionClosed:
            return

    def _take(self, frame: bytes | str) -> None:
        if isinstance(frame, str):
            self.problems.append(f"a text frame: {frame[:100]}")
            return
        header, body = libipld.decode_dag_cbor_multi(frame)
        if header != {"op": 1, "t": "#labels"}:
            self.problems.append(f"{header}: {body}")
            return
        self.received += [(body["seq"], label) for label in body["labels"]]


@contextmanager
def reading_labels(server_url: str, cursor: int | None = 0) -> Iterator[LabelReader]:
    """Subscribe for as long as the block runs; the server may die meanwhile."""
    url = server_url.replace("http", "ws", 1) + "/xrpc/com.atproto.label.subscribeLabels"
    reader = LabelReader()
    with connect(url if cursor is None else f"{url}?cursor={cursor}", compression=None, close_timeout=1) as stream:
        thread = threading.Thread(target=reader.run, args=(stream,), name="labels", daemon=True)
        thread.start()
        yield reader
        stream.close()
        thread.join(10)
