"""Options to tools.ozone.setting.defs#option, and their editors from callers."""

import msgspec

from skywarden.api.method import Caller, CallerKind, Role
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.moderation.desk.options import Editor, Option, Scope


class OptionView(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """tools.ozone.setting.defs#option."""

    key: str
    did: Did
    value: msgspec.Raw
    scope: str
    created_by: Did
    last_updated_by: Did
    created_at: str
    updated_at: str
    description: str | None = None
    manager_role: Role | None = None


def option_view(option: Option) -> OptionView:
    """Show an option; its value goes out as it came in."""
    return OptionView(
        key=option.key,
        did=option.owner.did,
        value=option.value,
        scope=option.owner.scope,
        created_by=option.created_by,
        last_updated_by=option.last_updated_by,
        created_at=datetime_text(option.created_us),
        updated_at=datetime_text(option.updated_us),
        description=option.description or None,
        manager_role=option.manager,
    )


def editor_of(caller: Caller, scope: Scope) -> Editor:
    """Who edits or lists options of this scope. Raises: Rejected for personal ones of the administrator's password."""
    assert caller.role is not None, "members have roles"
    if scope == "personal" and caller.kind is CallerKind.BASIC:
        expected = "a member's service token, for personal options"
        raise Rejected("AuthenticationRequired", place="Authorization", expected=expected, found="the password")
    return Editor(caller.did, caller.role)
