"""tools.ozone.report.getLiveStats: what happened to reports during the last 24 hours, and what is pending."""

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, query
from skywarden.api.views.queues import stats_view
from skywarden.moderation.reports.tally import Scope


class _Params(msgspec.Struct, frozen=True, rename="camel"):
    queue_id: int | None = None
    moderator_did: DidText | None = None
    report_types: tuple[str, ...] = ()


def _handle(call: Call[_Params, None]) -> object:
    params = call.params
    live = call.services.reports.statistics.live(
        Scope(params.queue_id, params.moderator_did, frozenset(params.report_types))
    )
    return {"stats": stats_view(live.counts, live.computed_us, worked=params.moderator_did is not None)}


METHOD = query("tools.ozone.report.getLiveStats", Access.MEMBER, _Params, _handle)
