"""The requests that are measured, one line of the table each, as bytes ready to be sent."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec

from skywarden.bench.api.people import People, did_of

PASSWORD = "bench"  # noqa: S105 - of a server that lives as long as the measurement
SUBJECTS = 20_000
_REPORT = "com.atproto.moderation.createReport"
_EMIT = "tools.ozone.moderation.emitEvent"
_DEFS = "tools.ozone.moderation.defs"
_STRIDE = 7_919
"""A prime, so that neighbouring requests are about accounts far apart."""


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of request. `reference_ms` is the reference service's processor time for it, None where not measured."""

    name: str
    make: Callable[[int], bytes]
    reference_ms: float | None


def lines_of(people: People, service: str) -> list[Line]:
    """Every line, in the order of the table. Source: the reference's figures were measured on a machine like ours."""
    return [
        Line("health", lambda _: _get("_health", {}), 0.7),
        Line("emitEvent label", _emit_label, 6.5),
        Line("emitEvent comment", _emit_comment, 2.6),
        Line("createReport (JWT)", lambda number: _create_report(people, service, number), 10.3),
        Line("queryStatuses 50", lambda _: _ozone("queryStatuses", {"limit": 50}), 14.2),
        Line("queryStatuses open + tag + priority", lambda _: _ozone("queryStatuses", _OPEN), 11.8),
        Line("queryEvents 50", lambda _: _ozone("queryEvents", {"limit": 50}), 11.3),
        Line("queryLabels 1 uri", lambda number: _labels([_subject(number)], 50), 1.0),
        Line("queryLabels 25 uris", lambda number: _labels([_subject(number + turn) for turn in range(25)], 50), None),
        Line("queryLabels * 250", lambda _: _labels(["*"], 250), 3.3),
    ]


_OPEN = {"reviewState": f"{_DEFS}#reviewOpen", "tags": "lang:en", "sortField": "priorityScore", "limit": 50}


def label_request(number: int, value: str) -> bytes:
    """A request to label account `number`."""
    event: dict[str, object] = {"$type": f"{_DEFS}#modEventLabel", "createLabelVals": [value], "negateLabelVals": []}
    return _emit(number, event)


def _emit_label(number: int) -> bytes:
    return label_request(number, f"bench-{'abcdefghij'[number // SUBJECTS % 10]}")


def _emit_comment(number: int) -> bytes:
    return _emit(number, {"$type": f"{_DEFS}#modEventComment", "comment": f"seen before, case {number}"})


def _emit(number: int, event: dict[str, object]) -> bytes:
    body = {
        "event": event,
        "subject": {"$type": "com.atproto.admin.defs#repoRef", "did": _subject(number)},
        "createdBy": did_of(1),
    }
    return _post(_EMIT, body, _BASIC)


def _create_report(people: People, service: str, number: int) -> bytes:
    body = {
        "reasonType": "com.atproto.moderation.defs#reasonSpam",
        "reason": f"it is spam, says case {number}",
        "subject": {"$type": "com.atproto.admin.defs#repoRef", "did": _subject(number)},
    }
    return _post(_REPORT, body, f"Bearer {people.token(number, service, _REPORT)}")


def _subject(number: int) -> str:
    return did_of(number * _STRIDE % SUBJECTS)


def _labels(patterns: list[str], limit: int) -> bytes:
    return _get("com.atproto.label.queryLabels", {"uriPatterns": patterns, "limit": limit})


def _ozone(method: str, params: dict[str, object]) -> bytes:
    return _get(f"tools.ozone.moderation.{method}", params, _BASIC)


_BASIC = "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()


def _get(nsid: str, params: dict[str, object], authorization: str = "") -> bytes:
    query = f"?{urlencode(params, doseq=True)}" if params else ""
    signed = f"authorization: {authorization}\r\n" if authorization else ""
    return f"GET /xrpc/{nsid}{query} HTTP/1.1\r\nhost: localhost\r\n{signed}\r\n".encode()


def _post(nsid: str, body: object, authorization: str) -> bytes:
    content = msgspec.json.encode(body)
    head = (
        f"POST /xrpc/{nsid} HTTP/1.1\r\nhost: localhost\r\nauthorization: {authorization}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content
