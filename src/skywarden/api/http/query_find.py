"""query/find: ask for events, top values or counts over time by an expression of the rule language, or for SQL."""

import msgspec

from skywarden.api.http.asking import ERRORS, checkpoint_of, investigation, noted
from skywarden.api.method import Access, Call, procedure
from skywarden.model.investigation import Answer, FindRequest, row_count


def _handle(call: Call[None, FindRequest]) -> object:
    asked = investigation(call.services).investigator
    found: Answer = noted(
        call,
        call.body.kind,
        msgspec.json.encode(call.body).decode(),
        lambda: asked.find(call.body, checkpoint=checkpoint_of(call)),
        row_count,
    )
    return {"kind": call.body.kind, "answer": found}


METHOD = procedure("tools.skywarden.query.find", Access.MEMBER, FindRequest, _handle, errors=ERRORS, is_long=True)
