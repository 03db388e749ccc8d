"""tools.ozone.communication.updateTemplate: change a text for e-mails, or whether it is offered."""

from typing import Annotated

import msgspec

from skywarden.api.answers import invalid
from skywarden.api.formats import DidText, LanguageText
from skywarden.api.method import Access, Call, procedure
from skywarden.api.views.templates import template_number, template_view
from skywarden.moderation.desk.templates import NAME_CHARACTERS, TemplateEdit


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS)] | None = None
    lang: LanguageText | None = None
    content_markdown: str | None = None
    subject: str | None = None
    updated_by: DidText | None = None
    disabled: bool | None = None


def _handle(call: Call[None, _Input]) -> object:
    given = call.body
    number = template_number(given.id)
    if number is None:
        raise invalid("id", "the id of a template", repr(given.id))
    edit = TemplateEdit(given.name, given.content_markdown, given.subject, given.lang, given.disabled)
    author = call.caller.author(given.updated_by)
    return template_view(call.services.desk.templates.update(number, edit, author))


METHOD = procedure(
    "tools.ozone.communication.updateTemplate",
    Access.MODERATOR,
    _Input,
    _handle,
    errors=("DuplicateTemplateName",),
    body_bytes=1024 * 1024,
)
