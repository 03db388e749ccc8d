"""Turn applied events into what other services must be told, in the transaction of the events.

Crash: a decision and its pushes are durable together or not at all. Retry: who sends them may send one twice; the
services take the same takedown twice as once. Order: rows of one lane are sent in the order of their ids.
"""

from collections.abc import Iterable, Sequence, Set

from sqlalchemy import Connection

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Cid, UtcMicros
from skywarden.model.subject import Subject
from skywarden.moderation.docket import Ruling
from skywarden.moderation.events import (
    ModEventDivert,
    ModEventEmail,
    ModEventReverseTakedown,
    ModEventTakedown,
    RevokeAccountCredentialsEvent,
)
from skywarden.moderation.pushes.deliveries import note_deliveries
from skywarden.moderation.pushes.reversals import Lifted, reversal_pushes
from skywarden.moderation.pushes.rows import (
    BLOB,
    CREDENTIALS,
    DIVERT,
    EMAIL,
    PDS,
    STATUS_TARGETS,
    TAKEDOWN,
    NewPush,
    queue_pushes,
    status_pushes,
)
from skywarden.moderation.save_marks import Numbered

_SETTINGS = {PDS: "network.pds_url", DIVERT: "divert.url"}


def save_pushes(tx: Connection, applied: Numbered, now_us: UtcMicros, targets: Set[str]) -> None:
    """Queue what the rulings make of the services in `targets`: the configured ones.

    Raises: Rejected InvalidRequest, when what a person asks for needs a service that is not configured.
    """
    pushes: list[NewPush] = []
    lifted: list[Lifted] = []
    undelivered: list[int] = []
    for number, ruling in applied:
        act, subject = ruling.proposal.act, ruling.proposal.subject
        if isinstance(act, ModEventTakedown):
            pushes += _of_takedown(number, ruling, act, now_us, targets)
        elif isinstance(act, ModEventReverseTakedown):
            lifted.append(Lifted(number, subject, ruling.before.blob_cids))
        elif isinstance(act, ModEventEmail) and act.content is not None:
            if PDS in targets:
                pushes.append(_email(number, subject, act, act.content))
            else:
                undelivered.append(number)
        elif isinstance(act, RevokeAccountCredentialsEvent):
            _require(PDS, targets)
            pushes.append(_credentials(number, subject))
        elif isinstance(act, ModEventDivert):
            _require(DIVERT, targets)
            pushes += _diverted(number, subject, ruling.verdict.status.blob_cids)
    queue_pushes(tx, pushes, now_us)
    # After the takedowns of the same batch, which they may be about.
    queue_pushes(tx, reversal_pushes(tx, lifted, targets & STATUS_TARGETS), now_us)
    note_deliveries(tx, dict.fromkeys(undelivered, False))


def takedown_pushes(
    decision: int, subject: Subject, blob_cids: Sequence[Cid], targets: Iterable[str], *, suspended: bool
) -> list[NewPush]:
    """Tell each target to take the subject down, and each of its blobs."""
    takedown = {"applied": True, "ref": f"BSKY-{'SUSPEND' if suspended else 'TAKEDOWN'}-{decision}"}
    return status_pushes(decision, TAKEDOWN, subject, blob_cids, targets, takedown)


def _of_takedown(
    number: int, ruling: Ruling, act: ModEventTakedown, now_us: UtcMicros, targets: Set[str]
) -> list[NewPush]:
    proposal = ruling.proposal
    suspended = proposal.subject.is_account and proposal.ends_us(now_us) is not None
    wanted = targets & STATUS_TARGETS & frozenset(act.target_services or STATUS_TARGETS)
    return takedown_pushes(number, proposal.subject, ruling.verdict.status.blob_cids, wanted, suspended=suspended)


def _email(number: int, subject: Subject, act: ModEventEmail, content: str) -> NewPush:
    """An e-mail to the account; who sends the push says in whose name."""
    body = {"recipientDid": subject.did, "subject": act.subject_line, "content": content}
    if act.comment:
        body["comment"] = act.comment
    return NewPush(number, PDS, EMAIL, subject, body, f"{subject.did} email")


def _credentials(number: int, subject: Subject) -> NewPush:
    return NewPush(number, PDS, CREDENTIALS, subject, {"account": subject.did}, f"{subject.did} credentials")


def _diverted(number: int, subject: Subject, blob_cids: Sequence[Cid]) -> list[NewPush]:
    """One push a blob, before the PDS is told to take it down: it no longer gives out what is down."""
    uri = {} if subject.is_account else {"uri": subject.uri}
    return [
        NewPush(
            number,
            DIVERT,
            BLOB,
            subject,
            {"did": subject.did, "cid": cid, **uri},
            f"{subject.did} {cid}",
            blob_cid=cid,
            lane_target=PDS,
        )
        for cid in dict.fromkeys(blob_cids)
    ]


def _require(target: str, targets: Set[str]) -> None:
    if target not in targets:
        raise Rejected("InvalidRequest", place=_SETTINGS[target], expected="the service's URL", found="none is set")
