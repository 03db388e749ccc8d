"""tools.ozone.report.getReport: one report."""

import msgspec

from skywarden.api.method import Access, Call, query
from skywarden.api.views.reports import report_view
from skywarden.kernel.errors import Rejected
from skywarden.moderation.reports.query import reports_by_id


class _Params(msgspec.Struct, frozen=True, rename="camel"):
    id: int


async def _handle(call: Call[_Params, None]) -> object:
    view = await report_view(call, lambda tx: reports_by_id(tx, [call.params.id], call.now_us))
    if view is None:
        raise Rejected("NotFound", place="id", expected="a report that exists", found=str(call.params.id))
    return view


METHOD = query("tools.ozone.report.getReport", Access.MEMBER, _Params, _handle, errors=("NotFound",))
