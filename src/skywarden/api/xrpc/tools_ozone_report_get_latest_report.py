"""tools.ozone.report.getLatestReport: the newest report."""

from skywarden.api.method import Access, Call, query
from skywarden.api.views.reports import report_view
from skywarden.kernel.errors import Rejected
from skywarden.moderation.reports.query import latest_report


async def _handle(call: Call[None, None]) -> object:
    view = await report_view(call, lambda tx: latest_report(tx, call.now_us))
    if view is None:
        raise Rejected("NotFound", expected="a report", found="none")
    return {"report": view}


METHOD = query("tools.ozone.report.getLatestReport", Access.MEMBER, None, _handle, errors=("NotFound",))
