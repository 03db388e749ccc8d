"""query/save: keep a question under a name of the caller's; one that has the name is replaced."""

import msgspec

from skywarden.api.http.asking import ERRORS, investigation
from skywarden.api.method import Access, Call, procedure
from skywarden.model.investigation import FindRequest


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    request: FindRequest
    about: str = ""
    shared: bool = False


def _handle(call: Call[None, _Body]) -> object:
    body = call.body
    request_json = msgspec.json.encode(body.request).decode()
    saved = investigation(call.services).saved
    return saved.save(call.caller.did, body.name, request_json, about=body.about, is_shared=body.shared)


METHOD = procedure("tools.skywarden.query.save", Access.MEMBER, _Body, _handle, errors=ERRORS)
