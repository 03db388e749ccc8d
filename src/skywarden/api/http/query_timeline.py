"""query/timeline: everything about an account, record, domain, picture, hashtag or text, newest first."""

import msgspec

from skywarden.api.http.asking import ERRORS, checkpoint_of, investigation, noted
from skywarden.api.method import Access, Call, procedure


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    entity: str
    since: str = "30d"
    until: str = ""
    limit: int = 50
    cursor: str | None = None


def _handle(call: Call[None, _Body]) -> object:
    asked, body = investigation(call.services).investigator, call.body
    since_us, until_us = asked.moments(body.since, body.until)
    return noted(
        call,
        "timeline",
        msgspec.json.encode(body).decode(),
        lambda: asked.timeline(
            body.entity,
            since_us=since_us,
            until_us=until_us,
            limit=body.limit,
            cursor=body.cursor,
            checkpoint=checkpoint_of(call),
        ),
        lambda found: len(found.entries),
    )


METHOD = procedure("tools.skywarden.query.timeline", Access.MEMBER, _Body, _handle, errors=ERRORS, is_long=True)
