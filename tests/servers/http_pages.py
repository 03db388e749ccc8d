"""Serve a few pages over HTTP on loopback, in the test's own event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Page:
    """One answer; `endless` keeps sending the body until the client has gone, `hangs` says nothing until then."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    endless: bool = False
    hangs: bool = False


@dataclass
class HttpPages:
    """Answers by path. `seen` are the requests so far: path and Host."""

    answer: Callable[[str], Page]
    port: int = 0
    seen: list[tuple[str, str]] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
            path = lines[0].split(" ")[1]
            self.seen.append((path, headers.get("host", "")))
            self.requests.append(head + await reader.readexactly(int(headers.get("content-length", "0"))))
            page = self.answer(path)
            if page.hangs:
                await reader.read()
            else:
                await self._send(writer, page)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, page: Page) -> None:
        headers = {"connection": "close", **page.headers}
        if not page.endless:
            headers["content-length"] = str(len(page.body))
        lines = [f"HTTP/1.1 {page.status} x", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode() + page.body)
        await writer.drain()
        while page.endless:
            writer.write(page.body)
            await writer.drain()
            await asyncio.sleep(0)


@asynccontextmanager
async def http_pages(answer: Callable[[str], Page] | Mapping[str, Page]) -> AsyncIterator[HttpPages]:
    """Serve while the block runs; paths that a mapping lacks are 404."""
    lookup = answer if callable(answer) else lambda path: answer.get(path, Page(404))
    pages = HttpPages(lookup)
    server = await asyncio.start_server(pages.handle, "127.0.0.1", 0)
    pages.port = server.sockets[0].getsockname()[1]
    async with server:
        yield pages
