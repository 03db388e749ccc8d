"""Declare an XRPC method: its name, who may call it, what it takes, and the function that answers it.

    METHOD = query("tools.ozone.team.listMembers", Access.MEMBER, _Params, _handle)
    METHOD = procedure("tools.ozone.team.addMember", Access.ADMIN, _Input, _handle, errors=("MemberAlreadyExists",))

A plain function runs in a worker thread, where it may block on the database; an `async` one is awaited in the event
loop, where it may not. What it returns goes out as JSON; None is an answer without a body.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from skywarden.api.accept_labelers import ACCEPT_LABELERS, AcceptedLabeler, read_accept_labelers
from skywarden.api.caller import Access, Caller, CallerKind
from skywarden.api.inputs import BodyReader, ParamsReader
from skywarden.api.services import Services
from skywarden.kernel.ids import UtcMicros
from skywarden.model.team import Role

__all__ = ["Access", "Answer", "Call", "Caller", "CallerKind", "Method", "Role", "procedure", "query"]

P = TypeVar("P")
B = TypeVar("B")

BODY_BYTES = 128 * 1024


@dataclass(frozen=True, slots=True)
class Call(Generic[P, B]):
    """One request, checked: `params` of a query, `body` of a procedure, by whom and when.

    `query` is the query string as it came; `headers` are the request's, by lower-case name. `is_gone` says to a long
    method whether its client has left.
    """

    params: P
    body: B
    caller: Caller
    services: Services
    now_us: UtcMicros
    query: bytes = b""
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    is_gone: Callable[[], bool] = lambda: False

    @property
    def accept_labelers(self) -> tuple[AcceptedLabeler, ...] | None:
        """Whose labels the caller wants to see; None when they do not say. Raises: Rejected InvalidRequest."""
        return read_accept_labelers(self.headers.get(ACCEPT_LABELERS))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler returns that has headers of its own to send."""

    value: object
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Method(Generic[P, B]):
    """One query (GET) or procedure (POST)."""

    nsid: str
    kind: Literal["query", "procedure"]
    access: Access
    params: type[P] | None
    body: type[B] | None
    handle: Callable[[Call[P, B]], object]
    errors: frozenset[str]
    body_bytes: int
    blocks: bool
    read_params: Callable[[bytes], P]
    read_body: Callable[[bytes], B]
    is_long: bool = False

    @property
    def verbs(self) -> tuple[str, ...]:
        """The HTTP verbs that call it."""
        return ("GET", "HEAD") if self.kind == "query" else ("POST",)


def query(
    nsid: str,
    access: Access,
    params: type[P] | None,
    handle: Callable[[Call[P, None]], object],
    *,
    errors: tuple[str, ...] = (),
) -> Method[P, None]:
    """Declare a query. `params` is a struct with one field a parameter, or None; `errors` go out by their names."""
    return Method(
        nsid, "query", access, params, None, handle, frozenset(errors), 0, _blocks(handle), _params(params), _nothing
    )


def procedure(
    nsid: str,
    access: Access,
    body: type[B] | None,
    handle: Callable[[Call[None, B]], object],
    *,
    errors: tuple[str, ...] = (),
    body_bytes: int = BODY_BYTES,
    is_long: bool = False,
) -> Method[None, B]:
    """Declare a procedure. `body` is what its JSON holds, or None; `errors` go out by their names.

    One that `is_long` looks whether its client is still there, and may not be `async`.
    """
    return Method(
        nsid,
        "procedure",
        access,
        None,
        body,
        handle,
        frozenset(errors),
        body_bytes,
        _blocks(handle),
        _nothing,
        _nothing if body is None else BodyReader(body).read,
        is_long,
    )


def _params(kind: type[P] | None) -> Callable[[bytes], P]:
    return _nothing if kind is None else ParamsReader(kind).read


def _nothing(_text: bytes) -> Any:
    """Read what a method does not take: its type is None there."""
    return None


def _blocks(handle: Callable[..., object]) -> bool:
    return not inspect.iscoroutinefunction(handle)
