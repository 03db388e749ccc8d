"""Turn what several services say of one account into one description of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from skywarden.atproto.syntax.datetime import datetime_text, is_datetime
from skywarden.atproto.syntax.handle import is_handle
from skywarden.kernel.ids import Did

PROFILE_TYPE = "app.bsky.actor.defs#profileViewDetailed"
INVALID_HANDLE = "handle.invalid"
"""What atproto shows where no handle is known."""


class AccountView(msgspec.Struct, frozen=True, rename="camel"):
    """com.atproto.admin.defs#accountView, as far as we show it; what we only pass on stays raw."""

    did: Did
    handle: str = ""
    indexed_at: str = ""
    related_records: tuple[msgspec.Raw, ...] = ()
    email: str | None = None
    email_confirmed_at: str | None = None
    invited_by: msgspec.Raw = msgspec.Raw()
    invites: tuple[msgspec.Raw, ...] | None = None
    invites_disabled: bool | None = None
    invite_note: str | None = None
    deactivated_at: str | None = None
    threat_signatures: tuple[msgspec.Raw, ...] | None = None


class ProfileView(msgspec.Struct, frozen=True, rename="camel"):
    """What we read of app.bsky.actor.defs#profileViewDetailed."""

    did: Did
    handle: str = ""
    indexed_at: str = ""
    created_at: str = ""


class PrivateInfo(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What only the account's own PDS knows; for moderators, not for triage."""

    email: str | None = None
    email_confirmed_at: str | None = None
    invited_by: msgspec.Raw | None = None
    invites: tuple[msgspec.Raw, ...] | None = None
    invites_disabled: bool | None = None
    invite_note: str | None = None
    threat_signatures: tuple[msgspec.Raw, ...] | None = None


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """One account. `profile` is its app.bsky.actor.defs#profileViewDetailed as JSON, with `$type`."""

    did: Did
    handle: str
    indexed_at: str
    related_records: tuple[msgspec.Raw, ...] = ()
    deactivated_at: str | None = None
    profile: msgspec.Raw | None = None
    private: PrivateInfo | None = None


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """What this installation knows of an account by itself."""

    did: Did
    handle: str | None
    first_seen_us: int | None
    display_name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Sayings:
    """What each source said of one account; None: nothing."""

    appview: AccountView | None = None
    pds: AccountView | None = None
    profile: tuple[ProfileView, msgspec.Raw] | None = None
    own: OwnAccount | None = None
    document_handle: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nobody has heard of the account."""
        sources = (self.appview, self.pds, self.profile, self.own, self.document_handle)
        return all(source is None for source in sources)


def account_info(did: Did, said: Sayings, now_us: int) -> AccountInfo:
    """Join what was said; the AppView proves handles, so its word is worth most."""
    views = [view for view in (said.appview, said.pds) if view is not None]
    profile, profile_json = said.profile or (None, None)
    own = said.own
    handles = [view.handle for view in views] + [profile.handle if profile else "", (own and own.handle) or ""]
    dates = [view.indexed_at for view in views] + ([profile.indexed_at, profile.created_at] if profile else [])
    if own is not None and own.first_seen_us is not None:
        dates.append(datetime_text(own.first_seen_us))
    handle = _first_handle([*handles, said.document_handle or ""])
    return AccountInfo(
        did=did,
        handle=handle,
        indexed_at=next((date for date in dates if is_datetime(date)), datetime_text(now_us)),
        related_records=next((view.related_records for view in views if view.related_records), _own_records(own)),
        deactivated_at=next((at for view in reversed(views) if is_datetime(at := view.deactivated_at or "")), None),
        profile=profile_json or _own_profile(own, handle),
        private=None if said.pds is None else _private(said.pds),
    )


def _own_records(own: OwnAccount | None) -> tuple[msgspec.Raw, ...]:
    """The profile record as far as our stream showed it."""
    if own is None or not (own.display_name or own.description):
        return ()
    record = {"$type": "app.bsky.actor.profile", "displayName": own.display_name, "description": own.description}
    return (msgspec.Raw(msgspec.json.encode(record)),)


def _own_profile(own: OwnAccount | None, handle: str) -> msgspec.Raw | None:
    if own is None:
        return None
    names = {"displayName": own.display_name, "description": own.description}
    return msgspec.Raw(msgspec.json.encode({"$type": PROFILE_TYPE, "did": own.did, "handle": handle, **names}))


def _first_handle(handles: Sequence[str]) -> str:
    return next((handle for handle in handles if is_handle(handle) and handle != INVALID_HANDLE), INVALID_HANDLE)


def _private(view: AccountView) -> PrivateInfo:
    confirmed = view.email_confirmed_at
    return PrivateInfo(
        email=view.email,
        email_confirmed_at=confirmed if confirmed and is_datetime(confirmed) else None,
        invited_by=view.invited_by if bytes(view.invited_by) else None,
        invites=view.invites,
        invites_disabled=view.invites_disabled,
        invite_note=view.invite_note,
        threat_signatures=view.threat_signatures,
    )
