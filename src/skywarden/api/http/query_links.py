"""query/links: count the things around a thing by each way; with a relation, give those at its end."""

import msgspec

from skywarden.api.http.asking import ERRORS, checkpoint_of, investigation, noted
from skywarden.api.method import Access, Call, procedure
from skywarden.model.investigation import Link, Linked


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    entity: str
    relation: str = ""
    since: str = "7d"
    until: str = ""
    limit: int = 50


def _handle(call: Call[None, _Body]) -> object:
    asked, body = investigation(call.services).investigator, call.body
    since_us, until_us = asked.moments(body.since, body.until)
    checkpoint = checkpoint_of(call)

    def ask() -> tuple[Link, ...] | tuple[Linked, ...]:
        if not body.relation:
            return asked.links(body.entity, since_us=since_us, until_us=until_us, checkpoint=checkpoint)
        return asked.linked(
            body.entity,
            body.relation,
            since_us=since_us,
            until_us=until_us,
            limit=body.limit,
            checkpoint=checkpoint,
        )

    found = noted(call, "links", msgspec.json.encode(body).decode(), ask, len)
    return {"linked" if body.relation else "links": found}


METHOD = procedure("tools.skywarden.query.links", Access.MEMBER, _Body, _handle, errors=ERRORS, is_long=True)
