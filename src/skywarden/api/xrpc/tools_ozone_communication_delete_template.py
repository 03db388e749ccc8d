"""tools.ozone.communication.deleteTemplate: forget a text for e-mails; one that is gone already is no error."""

import msgspec

from skywarden.api.method import Access, Call, procedure
from skywarden.api.views.templates import template_number


class _Input(msgspec.Struct, frozen=True):
    id: str


def _handle(call: Call[None, _Input]) -> None:
    number = template_number(call.body.id)
    if number is not None:
        call.services.desk.templates.delete(number, call.caller.did)


METHOD = procedure("tools.ozone.communication.deleteTemplate", Access.MODERATOR, _Input, _handle)
