"""com.atproto.moderation.createReport: a person's report, durable before it is answered."""

import uuid
from typing import Annotated

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from skywarden.api.answers import invalid, json_answer
from skywarden.api.body import read_json
from skywarden.api.graphemes import count_graphemes
from skywarden.api.method import XrpcMethod, add_headers
from skywarden.api.services import Services
from skywarden.atproto.cid import cid_parse
from skywarden.atproto.syntax.at_uri import parse_at_uri
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.atproto.syntax.did import is_did
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Cid, Did
from skywarden.model.subject import Subject
from skywarden.moderation.reasons import REASON_TYPES
from skywarden.moderation.service import NewReport, StoredReport

NSID = "com.atproto.moderation.createReport"
REASON_BYTES = 20_000
REASON_GRAPHEMES = 2_000


class RepoRef(msgspec.Struct, frozen=True, tag_field="$type", tag="com.atproto.admin.defs#repoRef"):
    """An account."""

    did: str


class StrongRef(msgspec.Struct, frozen=True, tag_field="$type", tag="com.atproto.repo.strongRef"):
    """One version of a record."""

    uri: str
    cid: str


class _ModTool(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    meta: dict[str, object] | msgspec.UnsetType = msgspec.UNSET


class _Input(msgspec.Struct, frozen=True):
    reason_type: Annotated[str, msgspec.Meta(max_length=256)] = msgspec.field(name="reasonType")
    subject: RepoRef | StrongRef
    reason: str | msgspec.UnsetType = msgspec.UNSET
    mod_tool: _ModTool | msgspec.UnsetType = msgspec.field(name="modTool", default=msgspec.UNSET)


async def _handle(request: Request, services: Services) -> Response:
    caller = await services.auth.verify(request.headers.get("authorization"), NSID)
    allowance = services.report_limit.take(caller, services.clock)
    add_headers(request, allowance.headers())
    if allowance.retry_s is not None:
        raise Rejected("RateLimitExceeded", expected=f"at most {allowance.limit} reports in {allowance.window_s} s")
    report = _report(await read_json(request, _Input), caller)
    stored = await run_in_threadpool(services.moderation.create_report, report)
    return json_answer(_output(stored))


def _report(given: _Input, caller: Did) -> NewReport:
    if given.reason_type not in REASON_TYPES:
        raise invalid("reasonType", "a reason type of the lexicons", repr(given.reason_type))
    return NewReport(
        report_id=uuid.uuid4().hex,
        reason_type=given.reason_type,
        subject=_subject(given.subject),
        reported_by=caller,
        reason=_reason(given.reason),
        tool_json=None if given.mod_tool is msgspec.UNSET else msgspec.json.encode(given.mod_tool).decode(),
    )


def _reason(text: str | msgspec.UnsetType) -> str:
    if text is msgspec.UNSET:
        return ""
    if len(text.encode()) > REASON_BYTES:
        raise invalid("reason", f"at most {REASON_BYTES} bytes", f"{len(text.encode())} bytes")
    if len(text) > REASON_GRAPHEMES and (found := count_graphemes(text)) > REASON_GRAPHEMES:
        raise invalid("reason", f"at most {REASON_GRAPHEMES} graphemes", f"{found} graphemes")
    return text


def _subject(given: RepoRef | StrongRef) -> Subject:
    if isinstance(given, RepoRef):
        if not is_did(given.did):
            raise invalid("subject.did", "a DID", repr(given.did))
        return Subject.account(Did(given.did))
    parts = parse_at_uri(given.uri)
    if parts.collection is None or parts.rkey is None or not is_did(parts.authority):
        raise invalid("subject.uri", "at://DID/COLLECTION/RKEY", repr(given.uri))
    try:
        cid_parse(given.cid)
    except Rejected as error:
        raise invalid("subject.cid", "the CID of a record", repr(given.cid)) from error
    return Subject.record(Did(parts.authority), parts.collection, parts.rkey, Cid(given.cid))


def _output(stored: StoredReport) -> dict[str, object]:
    report, subject = stored.report, stored.report.subject
    reference = RepoRef(subject.did) if subject.cid is None else StrongRef(subject.uri, subject.cid)
    answer: dict[str, object] = {
        "id": stored.id,
        "reasonType": report.reason_type,
        "subject": reference,
        "reportedBy": report.reported_by,
        "createdAt": datetime_text(stored.created_us),
    }
    if report.reason:
        answer["reason"] = report.reason
    return answer


METHOD = XrpcMethod(NSID, "POST", _handle)
