"""Facts about accounts to #repoView, #repoViewDetail and #repoViewNotFound of tools.ozone.moderation.defs."""

from skywarden.api.directory import INVALID_HANDLE, AccountInfo
from skywarden.api.views.facts import Facts
from skywarden.api.views.json import Json, given
from skywarden.api.views.statuses import DEFS
from skywarden.kernel.ids import Did

_NOT_FOUND = DEFS + "repoViewNotFound"


def repo_view(facts: Facts, did: Did) -> Json | None:
    """An account as lists show it; None when nobody knows it."""
    info = facts.accounts.get(did)
    return None if info is None else _view(facts, info)


def repo_detail(facts: Facts, did: Did) -> Json | None:
    """An account as its own page shows it; None when nobody knows it."""
    info = facts.accounts.get(did)
    if info is None:
        return None
    private = info.private if facts.viewer.sees_private else None
    more = {} if private is None else {"invites": private.invites, "emailConfirmedAt": private.email_confirmed_at}
    return _view(facts, info) | given({"labels": facts.labels.get(did, []), **more})


def author_view(facts: Facts, did: Did, seen_at: str) -> Json:
    """The author of a record that is there, also when nobody knows the account any more."""
    return _view(facts, facts.accounts.get(did) or AccountInfo(did, INVALID_HANDLE, seen_at))


def repo_not_found(did: Did) -> Json:
    """What stands for an account that nobody knows."""
    return {"$type": _NOT_FOUND, "did": did}


def _view(facts: Facts, info: AccountInfo) -> Json:
    private = info.private if facts.viewer.sees_private else None
    view: Json = {
        "did": info.did,
        "handle": info.handle,
        "relatedRecords": info.related_records,
        "indexedAt": info.indexed_at,
        "moderation": facts.moderation(info.did),
        "deactivatedAt": info.deactivated_at,
    }
    if private is not None:
        view |= {
            "email": private.email,
            "invitedBy": private.invited_by,
            "invitesDisabled": private.invites_disabled,
            "inviteNote": private.invite_note,
            "threatSignatures": private.threat_signatures,
        }
    return given(view)
