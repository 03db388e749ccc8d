"""Say what else happens when an event is applied: on the subject itself and on others of its account. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from skywarden.model.subject import Subject
from skywarden.moderation.acts import Act
from skywarden.moderation.events import (
    ModEventAcknowledge,
    ModEventDivert,
    ModEventResolveAppeal,
    ModEventTakedown,
)
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.review import PENDING
from skywarden.moderation.status import SubjectStatus

WITH_ACCOUNT = "[AUTO_RESOLVE_FOR_TAKENDOWN_ACCOUNT] Resolved with all subjects of the account"
AFTER_DIVERT = "[DIVERT_SIDE_EFFECT] Taken down because its blobs were diverted"


def closes_account(proposal: Proposal) -> bool:
    """Say whether it closes every pending subject of the account."""
    act = proposal.act
    return isinstance(act, (ModEventAcknowledge, ModEventTakedown)) and bool(act.acknowledge_account_subjects)


def before(proposal: Proposal, status: SubjectStatus) -> list[Proposal]:
    """What comes first: an appeal is answered before its subject is closed with the account."""
    if closes_account(proposal) and isinstance(proposal.act, ModEventAcknowledge) and status.appealed:
        return [_also(proposal, ModEventResolveAppeal(WITH_ACCOUNT), proposal.subject)]
    return []


def after(proposal: Proposal, pending: Iterable[Subject], statuses: Mapping[str, SubjectStatus]) -> list[Proposal]:
    """What follows, one event a change; `pending` are the account's subjects that waited for review."""
    if isinstance(proposal.act, ModEventDivert) and not statuses[proposal.subject.uri].takendown:
        return [_also(proposal, ModEventTakedown(AFTER_DIVERT), proposal.subject)]
    found: list[Proposal] = []
    if not closes_account(proposal):
        return found
    for subject in pending:
        status = statuses[subject.uri]
        if subject.uri == proposal.subject.uri or status.review not in PENDING:
            continue
        if status.appealed:
            found.append(_also(proposal, ModEventResolveAppeal(WITH_ACCOUNT), subject))
        found.append(_also(proposal, ModEventAcknowledge(WITH_ACCOUNT), subject))
    return found


def _also(proposal: Proposal, act: Act, subject: Subject) -> Proposal:
    blobs = proposal.blob_cids if subject.uri == proposal.subject.uri else ()
    return replace(
        proposal, act=act, subject=subject, blob_cids=blobs, external_id=None, report_action=None, handed_in=False
    )
