"""tools.ozone.queue.routeReports: put a range of reports into the queues that take them now."""

import msgspec

from skywarden.api.method import Access, Call, procedure


class _Input(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    start_report_id: int
    end_report_id: int


def _handle(call: Call[None, _Input]) -> object:
    body = call.body
    routed = call.services.reports.router.route_range(body.start_report_id, body.end_report_id, call.caller.did)
    return {"assigned": routed.assigned, "unmatched": routed.unmatched}


METHOD = procedure("tools.ozone.queue.routeReports", Access.MODERATOR, _Input, _handle, errors=("OutOfRange",))
