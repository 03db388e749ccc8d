"""Speak ClickHouse's HTTP interface over the real engine (chDB) in a process of its own: FOLDER; prints its port."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_HERE = str(Path(__file__).parent)
sys.path[:] = [path for path in sys.path if path != _HERE]  # this folder's platform.py hides the library's

from chdb import session  # noqa: E402 - after the path is right

_LIMITS = ("max_execution_time", "max_result_rows", "result_overflow_mode", "max_memory_usage", "mutations_sync")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    engine: Any
    lock = Lock()

    def do_POST(self) -> None:
        given = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        head, _, data = body.partition(b"\n") if body.startswith(b"INSERT INTO") else (body, b"", b"")
        try:
            with self.lock:
                made = self._run(given.get("query") or head.decode(), data, given)
        except Exception as error:  # noqa: BLE001 - whatever the engine says is the answer
            self._answer(500, str(error).encode())
        else:
            self._answer(200, made)

    def _run(self, query: str, data: bytes, given: dict[str, str]) -> bytes:
        self.engine.query(f"USE {given.get('database') or 'default'}")
        for name, value in given.items():
            if name.startswith("param_"):
                escaped = value.replace("\\", "\\\\").replace("'", "\\'")
                self.engine.query(f"SET {name} = '{escaped}'")
        if data and query.lstrip().upper().startswith("INSERT"):
            return self._insert(query, data)
        if given.get("readonly") == "1" and not query.lstrip().upper().startswith(("SELECT", "WITH")):
            raise ValueError("Code: 164. DB::Exception: Cannot execute query in readonly mode")
        text, form = self._formatted(query, given.get("default_format", "TabSeparated"))
        limits = [f"{name} = {self._value(given[name])}" for name in _LIMITS if name in given]
        if limits and text.lstrip().upper().startswith(("SELECT", "WITH", "ALTER")):
            text += f" SETTINGS {', '.join(limits)}"
        return bytes(self.engine.query(text, form).bytes() or b"")

    def _insert(self, query: str, data: bytes) -> bytes:
        head, _, rest = query.partition(" FORMAT ")
        path = Path(sys.argv[1]) / "insert.data"
        path.write_bytes(data)
        self.engine.query(f"{head} SELECT * FROM file('{path}', '{rest.split()[0]}')")
        return b""

    @staticmethod
    def _formatted(query: str, default: str) -> tuple[str, str]:
        text, _, form = query.rstrip("; \n").rpartition("FORMAT ")
        return (text.rstrip(), form.strip()) if text and form.strip().isalpha() else (query, default)

    @staticmethod
    def _value(value: str) -> str:
        return value if value.replace(".", "").isdigit() else f"'{value}'"

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-ClickHouse-Summary", '{"read_rows":"0","written_rows":"0"}')
        if status != 200:
            self.send_header("X-ClickHouse-Exception-Code", body.decode().partition("Code: ")[2].partition(".")[0])
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


def main(folder: Path) -> None:
    """Serve until standard input closes."""
    _Handler.engine = session.Session(str(folder / "engine"))  # type: ignore[no-untyped-call]  # chDB has no types
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    print(server.server_port, flush=True)
    import threading

    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
