"""tools.ozone.moderation.getReporterStats: what accounts reported, and what became of it."""

from dataclasses import asdict
from typing import Annotated

import msgspec

from skywarden.api.formats import DidText
from skywarden.api.method import Access, Call, query
from skywarden.kernel.ids import Did
from skywarden.moderation.queries.reporters import reporter_stats


class _Params(msgspec.Struct, frozen=True):
    dids: Annotated[tuple[DidText, ...], msgspec.Meta(min_length=1, max_length=100)]


class _Stats(msgspec.Struct, frozen=True, rename="camel"):
    did: Did
    account_report_count: int
    record_report_count: int
    reported_account_count: int
    reported_record_count: int
    takendown_account_count: int
    takendown_record_count: int
    labeled_account_count: int
    labeled_record_count: int


def _handle(call: Call[_Params, None]) -> object:
    wanted = list(dict.fromkeys(call.params.dids))
    with call.services.database.read() as tx:
        found = reporter_stats(tx, wanted)
    return {"stats": [_Stats(**asdict(found[did])) for did in wanted]}


METHOD = query("tools.ozone.moderation.getReporterStats", Access.MEMBER, _Params, _handle)
