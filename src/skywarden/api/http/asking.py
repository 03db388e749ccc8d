"""What the methods of investigations share: whom to ask, when to stop, and how refusals are told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from skywarden.api.method import Call
from skywarden.api.services import Investigation, Services
from skywarden.kernel.errors import Rejected, Retryable, SkywardenError
from skywarden.model.investigation import QueryRun
from skywarden.rules import RuleErrors

ERRORS = (
    "QueryInvalid",
    "QueryTooSlow",
    "SqlRefused",
    "SqlSyntax",
    "SqlFailed",
    "SqlTooSlow",
    "SqlTooLarge",
    "NotFound",
)
"""Names that refusals go out by."""

P = TypeVar("P")
B = TypeVar("B")
T = TypeVar("T")
_OUTCOME = 64


def investigation(services: Services) -> Investigation:
    """Raises: Rejected MethodNotImplemented, where this process has no history."""
    if services.investigation is None:
        raise Rejected("MethodNotImplemented", expected="a process that has the history", hint="ask `skywarden up`")
    return services.investigation


def checkpoint_of(call: Call[P, B]) -> Callable[[int], None]:
    """A checkpoint that ends the question once its client has left."""

    def checkpoint(_events: int) -> None:
        if call.is_gone():
            raise Retryable("the client has left")

    return checkpoint


@contextmanager
def told() -> Iterator[None]:
    """Problems of an expression go out underlined, as the command line shows them."""
    try:
        yield
    except RuleErrors as error:
        raise Rejected("QueryInvalid", hint="\n" + error.text()) from error
    except Rejected as error:
        if error.reason != "query too slow":
            raise
        raise Rejected("QueryTooSlow", expected=error.expected, hint=error.hint) from error


def noted(call: Call[P, B], kind: str, request_json: str, ask: Callable[[], T], rows: Callable[[T], int]) -> T:
    """Ask, and remember who asked what, how long it took and how it ended."""
    clock, saved = call.services.clock, investigation(call.services).saved
    began_s = clock.monotonic_s()
    outcome, count = "ok", 0
    try:
        with told():
            found = ask()
        count = rows(found)
        return found
    except SkywardenError as error:
        outcome = error.reason[:_OUTCOME] if isinstance(error, Rejected) else "stopped"
        raise
    finally:
        took_us = round((clock.monotonic_s() - began_s) * 1e6)
        saved.note(QueryRun(0, call.caller.did, kind, request_json, call.now_us, took_us, count, outcome))
