"""Who works on what to the #assignmentView of queues and of reports, with the members and queues that they name."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from skywarden.api.services import Services
from skywarden.api.views.members import MemberView, member_views
from skywarden.api.views.queues import QueueView, queue_views
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.ids import Did
from skywarden.moderation.queues.assignments import QueueAssignment
from skywarden.moderation.reports.assignments import ReportAssignment


class QueueAssignmentView(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """tools.ozone.queue.defs#assignmentView."""

    id: int
    did: Did
    queue: QueueView
    start_at: str
    end_at: str
    moderator: MemberView | None = None


class ReportAssignmentView(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """tools.ozone.report.defs#assignmentView."""

    id: int
    did: Did
    report_id: int
    start_at: str
    end_at: str | None = None
    queue: QueueView | None = None
    moderator: MemberView | None = None


async def queue_assignment_views(services: Services, items: Sequence[QueueAssignment]) -> list[QueueAssignmentView]:
    """Assignments of queues, in their order."""
    members, queues = await _around(services, (item.did for item in items), {item.queue_id for item in items})
    return [
        QueueAssignmentView(
            id=item.id,
            did=item.did,
            queue=queues[item.queue_id],
            start_at=datetime_text(item.start_us),
            end_at=datetime_text(item.end_us),
            moderator=members.get(item.did),
        )
        for item in items
    ]


async def report_assignment_views(services: Services, items: Sequence[ReportAssignment]) -> list[ReportAssignmentView]:
    """Assignments of reports, in their order."""
    queue_ids = {item.queue_id for item in items if item.queue_id is not None}
    members, queues = await _around(services, (item.did for item in items), queue_ids)
    return [
        ReportAssignmentView(
            id=item.id,
            did=item.did,
            report_id=item.report_id,
            start_at=datetime_text(item.start_us),
            end_at=None if item.end_us is None else datetime_text(item.end_us),
            queue=None if item.queue_id is None else queues[item.queue_id],
            moderator=members.get(item.did),
        )
        for item in items
    ]


async def _around(
    services: Services, dids: Iterable[Did], queue_ids: Collection[int]
) -> tuple[Mapping[Did, MemberView], Mapping[int, QueueView]]:
    return await asyncio.gather(members_by_did(services, dids), asyncio.to_thread(_queues, services, queue_ids))


def _queues(services: Services, ids: Collection[int]) -> Mapping[int, QueueView]:
    reports = services.reports
    views = queue_views(reports.statistics, reports.queues.by_id(list(ids)).values()) if ids else []
    return {view.id: view for view in views}


async def members_by_did(services: Services, dids: Iterable[Did]) -> dict[Did, MemberView]:
    """The members among these accounts; who left the team is absent."""
    wanted = set(dids)
    if not wanted:
        return {}
    team = await asyncio.to_thread(services.desk.team.members)
    members = [member for member in team if member.did in wanted]
    return {view.did: view for view in await member_views(services, members)}
