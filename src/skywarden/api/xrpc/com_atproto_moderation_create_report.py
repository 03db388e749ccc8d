"""com.atproto.moderation.createReport: a person's report, durable before it is answered."""

from typing import Annotated

import msgspec

from skywarden.api.answers import invalid
from skywarden.api.formats import AtUriText, CidText, DidText
from skywarden.api.graphemes import count_graphemes
from skywarden.api.method import Access, Call, procedure
from skywarden.atproto.syntax.at_uri import parse_at_uri
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.atproto.syntax.did import is_did
from skywarden.kernel.ids import AtUri, Did
from skywarden.model.subject import Subject
from skywarden.moderation.new_event import NewReport, StoredReport
from skywarden.moderation.reasons import REASON_TYPES

REASON_BYTES = 20_000
REASON_GRAPHEMES = 2_000


class RepoRef(msgspec.Struct, frozen=True, tag_field="$type", tag="com.atproto.admin.defs#repoRef"):
    """An account."""

    did: DidText


class StrongRef(msgspec.Struct, frozen=True, tag_field="$type", tag="com.atproto.repo.strongRef"):
    """One version of a record."""

    uri: AtUriText
    cid: CidText


class _ModTool(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    meta: dict[str, object] | msgspec.UnsetType = msgspec.UNSET


class _Input(msgspec.Struct, frozen=True):
    reason_type: Annotated[str, msgspec.Meta(max_length=256)] = msgspec.field(name="reasonType")
    subject: RepoRef | StrongRef
    reason: Annotated[str, msgspec.Meta(max_length=REASON_BYTES)] | msgspec.UnsetType = msgspec.UNSET
    mod_tool: _ModTool | msgspec.UnsetType = msgspec.field(name="modTool", default=msgspec.UNSET)


def _handle(call: Call[None, _Input]) -> object:
    return _output(call.services.moderation.create_report(_report(call.body, call.caller.did)))


def _report(given: _Input, caller: Did) -> NewReport:
    if given.reason_type not in REASON_TYPES:
        raise invalid("reasonType", "a reason type of the lexicons", repr(given.reason_type))
    return NewReport(
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
        return Subject.account(given.did)
    parts = parse_at_uri(given.uri)
    if parts.collection is None or parts.rkey is None or not is_did(parts.authority):
        raise invalid("subject.uri", "at://DID/COLLECTION/RKEY", repr(given.uri))
    return Subject.record(Did(parts.authority), parts.collection, parts.rkey, given.cid)


def _output(stored: StoredReport) -> dict[str, object]:
    report, subject = stored.report, stored.report.subject
    reference = RepoRef(subject.did) if subject.cid is None else StrongRef(AtUri(subject.uri), subject.cid)
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


METHOD = procedure("com.atproto.moderation.createReport", Access.USER, _Input, _handle, errors=("AlreadyAppealed",))
