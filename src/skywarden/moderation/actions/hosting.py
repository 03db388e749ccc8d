"""What the network says of accounts and records, and what is known of their owners' age: no word on their review."""

from dataclasses import replace

from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.actions.action import Action, accounts_only, records_only
from skywarden.moderation.events import AccountEvent, IdentityEvent, RecordEvent
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.status import SubjectStatus

ACTIVE, DELETED, UNKNOWN, TOMBSTONED = "active", "deleted", "unknown", "tombstoned"
RECORD_OPS = frozenset({"create", "update", "delete"})


def _bad_time(timestamp: str) -> str | None:
    try:
        datetime_micros(timestamp)
    except Rejected:
        return f"timestamp {timestamp[:40]!r} is not a datetime"
    return None


def _refuse_account(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> str | None:
    return accounts_only(proposal, status, now_us) or _bad_time(proposal.the(AccountEvent).timestamp)


def _account(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    act, hosting = proposal.the(AccountEvent), status.hosting
    at_us = datetime_micros(act.timestamp)
    name = ACTIVE if act.active else act.status or UNKNOWN
    hosting = replace(hosting, status=name, updated_us=at_us)
    if act.active:
        hosting = replace(hosting, reactivated_us=at_us)
    elif name == DELETED:
        hosting = replace(hosting, deleted_us=at_us)
    elif name == "deactivated":
        hosting = replace(hosting, deactivated_us=at_us)
    return replace(status, hosting=hosting)


def _refuse_identity(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> str | None:
    return accounts_only(proposal, status, now_us) or _bad_time(proposal.the(IdentityEvent).timestamp)


def _identity(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    act = proposal.the(IdentityEvent)
    at_us = datetime_micros(act.timestamp)
    hosting = replace(status.hosting, updated_us=at_us)
    if act.tombstone:
        hosting = replace(hosting, status=TOMBSTONED, deleted_us=at_us)
    return replace(status, hosting=hosting)


def _refuse_record(proposal: Proposal, status: SubjectStatus, now_us: UtcMicros) -> str | None:
    act = proposal.the(RecordEvent)
    if act.op not in RECORD_OPS:
        return f"op {act.op[:40]!r} is not create, update or delete"
    return records_only(proposal, status, now_us) or _bad_time(act.timestamp)


def _record(proposal: Proposal, status: SubjectStatus, _now_us: UtcMicros) -> SubjectStatus:
    act, hosting = proposal.the(RecordEvent), status.hosting
    at_us = datetime_micros(act.timestamp)
    if act.op == "delete":
        hosting = replace(hosting, status=DELETED, deleted_us=at_us, updated_us=at_us)
    elif act.op == "create":
        hosting = replace(hosting, status=ACTIVE, created_us=at_us)
    else:
        hosting = replace(hosting, status=ACTIVE, updated_us=at_us)
    return replace(status, hosting=hosting)


ACTIONS: dict[type, Action] = {
    AccountEvent: Action(refuse=_refuse_account, change=_account),
    IdentityEvent: Action(refuse=_refuse_identity, change=_identity),
    RecordEvent: Action(refuse=_refuse_record, change=_record),
}
