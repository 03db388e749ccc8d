"""com.atproto.moderation.createReport: a person's report, durable before it is answered."""

import asyncio
from typing import Annotated

import msgspec

from skywarden.api.answers import invalid
from skywarden.api.directory import Directory, RecordInfo
from skywarden.api.graphemes import count_graphemes
from skywarden.api.method import Access, Call, procedure
from skywarden.api.record_tags import record_tags
from skywarden.api.views.subjects_given import GivenSubject, subject_given, subject_json
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.ids import Did
from skywarden.model.subject import Subject
from skywarden.moderation.new_event import NewReport, StoredReport
from skywarden.moderation.reasons import REASON_TYPES

REASON_BYTES = 20_000
REASON_GRAPHEMES = 2_000
_LOOK_UP_S = 1.0


class _ModTool(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    meta: dict[str, object] | msgspec.UnsetType = msgspec.UNSET


class _Input(msgspec.Struct, frozen=True):
    reason_type: Annotated[str, msgspec.Meta(max_length=256)] = msgspec.field(name="reasonType")
    subject: GivenSubject
    reason: Annotated[str, msgspec.Meta(max_length=REASON_BYTES)] | msgspec.UnsetType = msgspec.UNSET
    mod_tool: _ModTool | msgspec.UnsetType = msgspec.field(name="modTool", default=msgspec.UNSET)


async def _handle(call: Call[None, _Input]) -> object:
    subject = subject_given(call.body.subject)
    record = await _record(call.services.directory, subject) if subject.is_record else None
    report = _report(call.body, subject, call.caller.did, record_tags(record))
    return _output(await asyncio.to_thread(call.services.moderation.create_report, report))


async def _record(directory: Directory, subject: Subject) -> RecordInfo | None:
    """What the record says, if that comes at once: a report does not wait for a slow server."""
    try:
        async with asyncio.timeout(_LOOK_UP_S):
            return (await directory.records([subject.uri])).get(subject.uri)
    except TimeoutError:
        return None


def _report(given: _Input, subject: Subject, caller: Did, tags: tuple[str, ...]) -> NewReport:
    if given.reason_type not in REASON_TYPES:
        raise invalid("reasonType", "a reason type of the lexicons", repr(given.reason_type))
    return NewReport(
        reason_type=given.reason_type,
        subject=subject,
        reported_by=caller,
        reason=_reason(given.reason),
        tool_json=None if given.mod_tool is msgspec.UNSET else msgspec.json.encode(given.mod_tool).decode(),
        auto_tags=tags,
    )


def _reason(text: str | msgspec.UnsetType) -> str:
    if text is msgspec.UNSET:
        return ""
    if len(text.encode()) > REASON_BYTES:
        raise invalid("reason", f"at most {REASON_BYTES} bytes", f"{len(text.encode())} bytes")
    if len(text) > REASON_GRAPHEMES and (found := count_graphemes(text)) > REASON_GRAPHEMES:
        raise invalid("reason", f"at most {REASON_GRAPHEMES} graphemes", f"{found} graphemes")
    return text


def _output(stored: StoredReport) -> dict[str, object]:
    report = stored.report
    answer: dict[str, object] = {
        "id": stored.id,
        "reasonType": report.reason_type,
        "subject": subject_json(report.subject),
        "reportedBy": report.reported_by,
        "createdAt": datetime_text(stored.created_us),
    }
    if report.reason:
        answer["reason"] = report.reason
    return answer


METHOD = procedure(
    "com.atproto.moderation.createReport",
    Access.USER,
    _Input,
    _handle,
    errors=("AlreadyAppealed", "AccountTakedown"),
)
