"""tools.ozone.communication.createTemplate: keep a text for e-mails to accounts."""

from typing import Annotated

import msgspec

from skywarden.api.formats import DidText, LanguageText
from skywarden.api.method import Access, Call, procedure
from skywarden.api.views.templates import template_view
from skywarden.moderation.desk.templates import NAME_CHARACTERS, TemplateText


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS)]
    content_markdown: str
    subject: str
    lang: LanguageText | None = None
    created_by: DidText | None = None


def _handle(call: Call[None, _Input]) -> object:
    given = call.body
    text = TemplateText(given.name, given.content_markdown, given.subject, given.lang)
    return template_view(call.services.desk.templates.create(text, call.caller.author(given.created_by)))


METHOD = procedure(
    "tools.ozone.communication.createTemplate",
    Access.MODERATOR,
    _Input,
    _handle,
    errors=("DuplicateTemplateName",),
    body_bytes=1024 * 1024,
)
