"""Templates to tools.ozone.communication.defs#templateView."""

import msgspec

from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.ids import Did
from skywarden.moderation.desk.templates import Template


class TemplateView(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """tools.ozone.communication.defs#templateView."""

    id: str
    name: str
    content_markdown: str
    disabled: bool
    last_updated_by: Did
    created_at: str
    updated_at: str
    subject: str | None = None
    lang: str | None = None


def template_view(template: Template) -> TemplateView:
    """Show a template."""
    return TemplateView(
        id=str(template.number),
        name=template.name,
        content_markdown=template.content,
        disabled=template.disabled,
        last_updated_by=template.last_updated_by,
        created_at=datetime_text(template.created_us),
        updated_at=datetime_text(template.updated_us),
        subject=template.subject,
        lang=template.lang,
    )


def template_number(text: str) -> int | None:
    """Read the id of a template; None for text that is the id of none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
