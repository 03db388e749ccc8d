"""What was done to reports to tools.ozone.report.defs#reportActivityView."""

from collections.abc import Mapping, Sequence

import msgspec

from skywarden.api.services import Services
from skywarden.api.views.assignments import members_by_did
from skywarden.api.views.json import Json, given
from skywarden.api.views.members import MemberView
from skywarden.api.views.reports import ReportView
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.ids import Did
from skywarden.moderation.reports.activities import StoredActivity

REPORT_DEFS = "tools.ozone.report.defs#"


class ActivityView(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """tools.ozone.report.defs#reportActivityView."""

    id: int
    report_id: int
    activity: Json
    is_automated: bool
    created_by: Did
    created_at: str
    internal_note: str | None = None
    public_note: str | None = None
    meta: msgspec.Raw | None = None
    moderator: MemberView | None = None
    report: ReportView | None = None


async def activity_views(
    services: Services, items: Sequence[StoredActivity], reports: Mapping[int, ReportView] | None = None
) -> list[ActivityView]:
    """Activities in their order, with the views of their reports where they are given."""
    members = await members_by_did(services, (item.created_by for item in items))
    return [_view(item, members, reports or {}) for item in items]


def _view(item: StoredActivity, members: Mapping[Did, MemberView], reports: Mapping[int, ReportView]) -> ActivityView:
    kind = {"$type": REPORT_DEFS + item.activity.value, "previousStatus": item.previous}
    return ActivityView(
        id=item.id,
        report_id=item.report_id,
        activity=given(kind),
        is_automated=item.is_automated,
        created_by=item.created_by,
        created_at=datetime_text(item.created_us),
        internal_note=item.internal_note,
        public_note=item.public_note,
        meta=None if item.meta_json is None else msgspec.Raw(item.meta_json.encode()),
        moderator=members.get(item.created_by),
        report=reports.get(item.report_id),
    )
