"""Named sets to tools.ozone.set.defs#setView."""

import msgspec

from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.moderation.desk.sets import NamedSet


class SetView(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """tools.ozone.set.defs#setView."""

    name: str
    set_size: int
    created_at: str
    updated_at: str
    description: str | None = None


def set_view(named: NamedSet) -> SetView:
    """Show a set without its values."""
    return SetView(
        name=named.name,
        set_size=named.size,
        created_at=datetime_text(named.created_us),
        updated_at=datetime_text(named.updated_us),
        description=named.description,
    )
