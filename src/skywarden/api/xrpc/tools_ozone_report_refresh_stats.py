"""tools.ozone.report.refreshStats: compute the statistics of some days anew."""

from datetime import date

import msgspec

from skywarden.api.method import Access, Call, procedure
from skywarden.api.names import INVALID_REQUEST
from skywarden.kernel.errors import Rejected
from skywarden.moderation.reports.statistics import day_number


class _Input(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    start_date: str
    end_date: str
    queue_ids: tuple[int, ...] = ()


def _handle(call: Call[None, _Input]) -> object:
    body = call.body
    first, last = _day("startDate", body.start_date), _day("endDate", body.end_date)
    call.services.reports.statistics.recompute(first, last, body.queue_ids)
    return {}


def _day(place: str, text: str) -> int:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise Rejected(INVALID_REQUEST, place=place, expected="a date such as 2026-07-04", found=text[:80])
    return day_number(day)


METHOD = procedure("tools.ozone.report.refreshStats", Access.MODERATOR, _Input, _handle)
