"""tools.ozone.report.closeReports: close the reports on a subject without acting on it."""

import msgspec

from skywarden.api.formats import UriText
from skywarden.api.method import Access, Call, procedure
from skywarden.api.names import INVALID_REQUEST
from skywarden.atproto.syntax.at_uri import parse_at_uri
from skywarden.atproto.syntax.did import is_did
from skywarden.kernel.errors import Rejected
from skywarden.moderation.reports.closing import Closing, close_reports


class _Input(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    subject: UriText
    report_types: tuple[str, ...] = ()
    internal_note: str | None = None
    is_automated: bool = False


def _handle(call: Call[None, _Input]) -> object:
    body, services = call.body, call.services
    if not is_did(body.subject):
        _check_record(body.subject)
    closing = Closing(body.subject, call.caller.did, body.report_types, body.internal_note, body.is_automated)
    ids = close_reports(services.database, services.clock, closing)
    return {"closedCount": len(ids), "reportIds": ids}


def _check_record(uri: str) -> None:
    try:
        is_record = is_did(parse_at_uri(uri).authority)
    except Rejected:
        is_record = False
    if not is_record:
        raise Rejected(INVALID_REQUEST, place="subject", expected="a DID or a record's at-uri", found=uri[:200])


METHOD = procedure("tools.ozone.report.closeReports", Access.MEMBER, _Input, _handle)
