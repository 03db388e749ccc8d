"""Play a PLC directory and the PDS of one labeler's account over HTTP on loopback, in a thread of its own."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
PASSWORD = "the-account-itself"
APP_PASSWORD = "app-pass-word"
TOKEN = "AAAAA-BBBBB"


@dataclass
class LabelerNetwork:
    """What both services hold. `second_factor` is the code that a sign-in wants, "" for none."""

    port: int = 0
    record: dict[str, Any] | None = None
    revision: int = 0
    e_mails: int = 0
    second_factor: str = ""
    operations: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Make the identity, as an account that is no labeler yet."""
        self.operations.append(
            {
                "type": "plc_operation",
                "rotationKeys": ["did:key:zRotation"],
                "alsoKnownAs": ["at://labeler.example"],
                "verificationMethods": {"atproto": "did:key:zQ3shXjHeiBuRCKmM36cuYnm7YEMzhGnCmCyW92sRJ9pribSF"},
                "services": {"atproto_pds": {"type": "AtprotoPersonalDataServer", "endpoint": self.url}},
                "prev": None,
            }
        )

    @property
    def identity(self) -> dict[str, Any]:
        return self.operations[-1]

    def answer(self, method: str, path: str, query: dict[str, str], token: str, body: Any) -> tuple[int, Any]:
        """The services' routes: (status, JSON)."""
        routes: dict[str, Callable[[], tuple[int, Any]]] = {
            f"GET /{DID}": lambda: (200, self._document()),
            f"GET /{DID}/data": lambda: (200, {"did": DID, **self._state()}),
            f"GET /{DID}/log/audit": lambda: (200, self._log()),
            "POST /xrpc/com.atproto.server.createSession": lambda: self._sign_in(body),
            "GET /xrpc/com.atproto.repo.getRecord": lambda: self._get_record(query),
            "POST /xrpc/com.atproto.repo.putRecord": lambda: self._put_record(token, body),
            "POST /xrpc/com.atproto.identity.requestPlcOperationSignature": lambda: self._send_token(token),
            "POST /xrpc/com.atproto.identity.signPlcOperation": lambda: self._sign(token, body),
            "POST /xrpc/com.atproto.identity.submitPlcOperation": lambda: self._submit(body),
        }
        status, value = routes.get(f"{method} {path}", lambda: (404, {"error": "NotFound"}))()
        if status != 200:
            self.refusals.append(f"{path}: {value}")
        return status, value

    def _state(self) -> dict[str, Any]:
        return {name: value for name, value in self.identity.items() if name not in ("type", "prev", "sig")}

    def _log(self) -> list[dict[str, Any]]:
        return [
            {"did": DID, "operation": operation, "cid": f"cid{number}", "nullified": False}
            for number, operation in enumerate(self.operations)
        ]

    def _document(self) -> dict[str, Any]:
        state = self._state()
        return {
            "id": DID,
            "alsoKnownAs": state["alsoKnownAs"],
            "verificationMethod": [
                {
                    "id": f"{DID}#{name}",
                    "type": "Multikey",
                    "controller": DID,
                    "publicKeyMultibase": key.removeprefix("did:key:"),
                }
                for name, key in state["verificationMethods"].items()
            ],
            "service": [
                {"id": f"#{name}", "type": service["type"], "serviceEndpoint": service["endpoint"]}
                for name, service in state["services"].items()
            ],
        }

    def _sign_in(self, body: dict[str, Any]) -> tuple[int, Any]:
        tokens = {PASSWORD: "full", APP_PASSWORD: "app"}
        if body["identifier"] != DID or body["password"] not in tokens:
            return 401, {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}
        if self.second_factor and body.get("authFactorToken") != self.second_factor:
            return 401, {"error": "AuthFactorTokenRequired", "message": "A sign in code has been sent"}
        token = tokens[body["password"]]
        return 200, {"did": DID, "handle": "labeler.example", "accessJwt": token, "refreshJwt": "r"}

    def _get_record(self, query: dict[str, str]) -> tuple[int, Any]:
        assert query == {"repo": DID, "collection": "app.bsky.labeler.service", "rkey": "self"}
        if self.record is None:
            return 400, {"error": "RecordNotFound", "message": "Could not locate record"}
        uri = f"at://{DID}/app.bsky.labeler.service/self"
        return 200, {"uri": uri, "cid": f"rev{self.revision}", "value": self.record}

    def _put_record(self, token: str, body: dict[str, Any]) -> tuple[int, Any]:
        if token not in ("full", "app"):
            return 401, {"error": "InvalidToken", "message": ""}
        if body["swapRecord"] != (None if self.record is None else f"rev{self.revision}"):
            return 400, {"error": "InvalidSwap", "message": "Record was at another revision"}
        self.record, self.revision = body["record"], self.revision + 1
        return 200, {"uri": "at://", "cid": f"rev{self.revision}"}

    def _send_token(self, token: str) -> tuple[int, Any]:
        if token != "full":
            return 401, {"error": "InvalidToken", "message": "Bad token scope"}
        self.e_mails += 1
        return 200, {}

    def _sign(self, token: str, body: dict[str, Any]) -> tuple[int, Any]:
        if token != "full" or body["token"] != TOKEN:
            return 400, {"error": "InvalidToken", "message": "Token is invalid"}
        changes = {name: value for name, value in body.items() if name != "token"}
        prev = f"cid{len(self.operations) - 1}"
        return 200, {"operation": {**self.identity, **changes, "prev": prev, "sig": "s"}}

    def _submit(self, body: dict[str, Any]) -> tuple[int, Any]:
        operation = body["operation"]
        if operation["services"].get("atproto_pds") != self.operations[0]["services"]["atproto_pds"]:
            return 400, {"error": "InvalidRequest", "message": "Incorrect PDS endpoint"}
        self.operations.append(operation)
        return 200, {}


@contextmanager
def labeler_network() -> Iterator[LabelerNetwork]:
    """Serve while the block runs."""
    network = LabelerNetwork()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(None)

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers.get("content-length", "0")))
            self._reply(json.loads(text) if text else None)

        def _reply(self, body: Any) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            status, value = network.answer(self.command, parts.path, query, token, body)
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    network.port = server.server_address[1]
    network.begin()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield network
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
