"""Verification records to tools.ozone.verification.defs#verificationView, with what is known of both sides."""

from collections.abc import Sequence
from typing import Any

from skywarden.api.method import Call
from skywarden.api.views.facts import Facts, gather_facts, viewer_of
from skywarden.api.views.json import Json, given
from skywarden.api.views.repos import repo_detail, repo_not_found
from skywarden.api.views.statuses import DEFS
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.ids import Did
from skywarden.moderation.desk.verifications import Verification


async def verification_views(call: Call[Any, Any], verifications: Sequence[Verification]) -> list[Json]:
    """Show verifications; a profile that cannot be had now is absent."""
    records = [one.record for one in verifications]
    dids = {did for record in records for did in (record.issuer, record.verified.subject)}
    facts = await gather_facts(viewer_of(call), sorted(dids), (), labels=True)
    return [_view(one, facts) for one in verifications]


def _view(one: Verification, facts: Facts) -> Json:
    record, verified = one.record, one.record.verified
    return given(
        {
            "issuer": record.issuer,
            "uri": record.uri,
            "subject": verified.subject,
            "handle": verified.handle,
            "displayName": verified.display_name,
            "createdAt": verified.created_at,
            "revokeReason": one.revoke_reason,
            "revokedAt": None if one.revoked_us is None else datetime_text(one.revoked_us),
            "revokedBy": one.revoked_by,
            "subjectProfile": _profile(facts, verified.subject),
            "issuerProfile": _profile(facts, record.issuer),
            "subjectRepo": _repo(facts, verified.subject),
            "issuerRepo": _repo(facts, record.issuer),
        }
    )


def _profile(facts: Facts, did: Did) -> object:
    info = facts.accounts.get(did)
    return None if info is None else info.profile


def _repo(facts: Facts, did: Did) -> Json:
    repo = repo_detail(facts, did)
    return repo_not_found(did) if repo is None else {"$type": DEFS + "repoViewDetail", **repo}
