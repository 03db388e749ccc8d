"""Report tickets to tools.ozone.report.defs#reportView: what was reported, by whom, who works on it, what was done."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from skywarden.api.method import Call
from skywarden.api.views.assignments import members_by_did
from skywarden.api.views.events import event_view
from skywarden.api.views.facts import Viewer, viewer_of
from skywarden.api.views.json import Json
from skywarden.api.views.members import MemberView
from skywarden.api.views.queues import QueueView, queue_views
from skywarden.api.views.subjects import subject_views
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.ids import Did
from skywarden.moderation.queries.events import one_event
from skywarden.moderation.reports.assignments import ReportAssignment
from skywarden.moderation.reports.machine import PENDING
from skywarden.moderation.reports.query import ReportPage, ReportRow, around
from skywarden.moderation.reports.tickets import action_event_ids

MOST_ACTIONS = 20
"""Events that a report's own page shows whole; all are named by their ids."""

_CHAT = frozenset({"message", "conversation"})

ReadRows = Callable[[Connection], Sequence[ReportRow]]


class AssigneeView(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """tools.ozone.report.defs#reportAssignment."""

    did: Did
    assigned_at: str
    moderator: MemberView | None = None


class ReportView(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """tools.ozone.report.defs#reportView."""

    id: int
    event_id: int
    status: str
    subject: Json
    report_type: str
    reported_by: str
    reporter: Json
    created_at: str
    updated_at: str
    comment: str | None = None
    queued_at: str | None = None
    action_event_ids: tuple[int, ...] | None = None
    actions: list[Json] | None = None
    action_note: str | None = None
    subject_status: object | None = None
    related_report_count: int | None = None
    assignment: AssigneeView | None = None
    queue: QueueView | None = None
    is_muted: bool | None = None
    is_automated: bool | None = None


async def report_view(call: Call[Any, Any], read: ReadRows) -> ReportView | None:
    """Show one report, with the events that acted on it; None when there is none."""
    for view in await report_views(call, read):
        actions = await asyncio.to_thread(_events, call, view.action_event_ids or ())
        handles = await call.services.directory.handles(
            Did(did) for row in actions for did in (row.did, row.created_by)
        )
        return msgspec.structs.replace(view, actions=[event_view(row, handles) for row in actions] or None)
    return None


def _events(call: Call[Any, Any], ids: Sequence[int]) -> list[Row[Any]]:
    with call.services.database.read() as tx:
        found = (one_event(tx, number) for number in ids[:MOST_ACTIONS])
        return [row for row in found if row is not None]


async def report_views(call: Call[Any, Any], read: ReadRows) -> list[ReportView]:
    """Show the reports that `read` finds, in their order; all is read from one state of the database but subjects."""
    viewer = viewer_of(call)
    page, queues = await asyncio.to_thread(_read, viewer, read)
    if not page.rows:
        return []
    subjects = [subject for row in page.rows for subject in (_uri(row), row.reported_by)]
    known, members = await asyncio.gather(
        subject_views(viewer, subjects),
        members_by_did(viewer.services, (item.did for item in page.assignments.values())),
    )
    shown = _Shown(page, known, members, {queue.id: queue for queue in queues})
    return [_view(row, shown) for row in page.rows]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the views of one page are made of."""

    page: ReportPage
    subjects: Mapping[str, Json]
    members: Mapping[Did, MemberView]
    queues: Mapping[int, QueueView]


def _read(viewer: Viewer, read: ReadRows) -> tuple[ReportPage, list[QueueView]]:
    with viewer.services.database.read() as tx:
        page = around(tx, read(tx))
    queues = queue_views(viewer.services.reports.statistics, page.queues.values()) if page.queues else []
    return page, queues


def _uri(row: ReportRow) -> str:
    """What views of subjects are asked by: a conversation is shown by the account in it."""
    return str(row.did if row.subject_type in _CHAT else row.uri)


def _view(row: ReportRow, shown: _Shown) -> ReportView:
    subject = shown.subjects[_uri(row)]
    ids = action_event_ids(row.action_event_ids_json)
    return ReportView(
        id=row.id,
        event_id=row.decision_id,
        status=row.state,
        subject={**subject, "type": "chat"} if row.subject_type in _CHAT else subject,
        report_type=row.reason_type,
        reported_by=row.reported_by,
        reporter=shown.subjects[row.reported_by],
        created_at=datetime_text(row.created_us),
        updated_at=datetime_text(row.updated_us),
        comment=row.comment,
        queued_at=None if row.queued_us is None else datetime_text(row.queued_us),
        action_event_ids=tuple(sorted(ids, reverse=True)) or None,
        action_note=row.action_note,
        subject_status=subject.get("status"),
        related_report_count=row.pending - (row.state in PENDING),
        assignment=_assignee(shown.page.assignments.get(row.assignment_id), shown.members),
        queue=shown.queues.get(row.queue_id),
        is_muted=row.is_muted,
        is_automated=row.is_automated,
    )


def _assignee(given: ReportAssignment | None, members: Mapping[Did, MemberView]) -> AssigneeView | None:
    if given is None:
        return None
    return AssigneeView(given.did, datetime_text(given.start_us), members.get(given.did))
