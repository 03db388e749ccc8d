"""Write what a docket decided: rulings to event, decision, subject, account, report, breaker and audit rows."""

from collections.abc import Callable, Sequence, Set

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, update

from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.audit import Change, append_audit
from skywarden.moderation.basis import basis_of, encode_basis
from skywarden.moderation.docket import Docket, Ruling
from skywarden.moderation.event_rows import Row, event_row, event_words
from skywarden.moderation.events import AgeAssuranceEvent, AgeAssuranceOverrideEvent, AgeAssurancePurgeEvent
from skywarden.moderation.limits import save_breakers
from skywarden.moderation.load import SubjectIds
from skywarden.moderation.pushes import save_pushes
from skywarden.moderation.save_accounts import end_with_what_they_reverse, save_stats, save_strikes
from skywarden.moderation.save_marks import Numbered, save_marks
from skywarden.moderation.save_messages import save_deliveries, save_sets
from skywarden.moderation.save_reports import answer_reports, save_reports
from skywarden.moderation.status import SubjectStatus
from skywarden.moderation.subject_rows import status_columns
from skywarden.storage import Database
from skywarden.storage.prepared import Prepared
from skywarden.storage.tables import DECISION, MODERATION_EVENT, MODERATION_EVENT_WORD, SUBJECT

_STATUS = status_columns(SubjectStatus())
_UPDATE_SUBJECT = Prepared(
    update(SUBJECT)
    .where(SUBJECT.c.id == bindparam("row_id"))
    .values(
        {name: bindparam(f"new_{name}") for name in (*_STATUS, "updated_us")}
        | {name: func.coalesce(bindparam(f"new_{name}"), SUBJECT.c[name]) for name in ("cid", "message_id")}
    )
)
_INSERT_EVENT, _INSERT_WORD = Prepared(insert(MODERATION_EVENT)), Prepared(insert(MODERATION_EVENT_WORD))
_AGE_EVENTS = (AgeAssuranceEvent.type_name(), AgeAssuranceOverrideEvent.type_name())


Beside = Callable[[], Sequence[Change]]
"""Returns the audit's rows of what it wrote."""


def nothing_beside() -> Sequence[Change]:
    """Write nothing more."""
    return ()


def save_rulings(
    db: Database,
    tx: Connection,
    docket: Docket,
    ids: SubjectIds,
    rulings: Sequence[Ruling],
    first: int,
    now_us: UtcMicros,
    push_targets: Set[str] = frozenset(),
    beside: Beside = nothing_beside,
) -> dict[int, int]:
    """Write every ruling, numbered from `first`, in the transaction that loaded the docket.

    `beside` writes more about the same subjects where the order of locks has it: before the audit.
    Return the ticket of each report by the number of its event.
    """
    numbered = list(enumerate(rulings, first))
    decisions = [decision_row(number, ruling, ids, now_us) for number, ruling in numbered if ruling.proposal.cause]
    if decisions:
        tx.execute(insert(DECISION), decisions)
    applied = [(number, ruling) for number, ruling in numbered if ruling.applied]
    if not applied:
        append_audit(db, tx, beside(), now_us)
        return {}
    _save_events(tx, ids, applied, now_us)
    _save_subjects(tx, docket, ids, applied, now_us)
    save_marks(tx, ids, applied, now_us)
    save_sets(db, tx, applied, now_us)
    save_deliveries(tx, applied, now_us)
    save_pushes(tx, applied, now_us, push_targets)
    tickets = save_reports(db, tx, ids, applied, now_us)
    save_stats(tx, applied, docket.statuses, docket.new)
    save_breakers(tx, docket, applied)
    answered = answer_reports(db, tx, ids, applied, now_us)
    append_audit(db, tx, [*(_change(number, ruling) for number, ruling in applied), *answered, *beside()], now_us)
    return tickets


def decision_row(number: int, ruling: Ruling, ids: SubjectIds, now_us: UtcMicros) -> Row:
    """The row of an answered proposal that has a cause."""
    proposal = ruling.proposal
    kind, value = (proposal.name, "") if proposal.asked is None else (proposal.asked[0].value, proposal.asked[1])
    return {
        "id": number,
        "cause": proposal.cause,
        "kind": kind,
        "value": value,
        "outcome": ruling.verdict.outcome.value,
        "why": ruling.verdict.why,
        "subject_id": ids[proposal.subject.uri],
        "cid": proposal.subject.cid,
        "created_by": proposal.created_by,
        "created_us": now_us,
        "rule": proposal.rule,
        "comment": proposal.comment,
        "tool_json": proposal.tool_json,
        "event_us": proposal.event_us,
        "expires_us": proposal.ends_us(now_us) if ruling.applied else None,
        "caused_by_json": msgspec.json.encode(proposal.caused_by).decode() if proposal.caused_by else None,
        "basis_json": encode_basis(basis_of(ruling)),
    }


def _save_events(tx: Connection, ids: SubjectIds, applied: Numbered, now_us: UtcMicros) -> None:
    told = [(number, ruling) for number, ruling in applied if ruling.proposal.is_event]
    if not told:
        return
    for number, ruling in told:
        if isinstance(ruling.proposal.act, AgeAssurancePurgeEvent):
            _forget_age_assurance(tx, ids[ruling.proposal.subject.uri], number)
    rows = [event_row(number, ruling, ids[ruling.proposal.subject.uri], now_us) for number, ruling in told]
    end_with_what_they_reverse(tx, rows)
    _INSERT_EVENT.run_all(tx, rows)
    words = [word for number, ruling in told for word in event_words(number, ruling.proposal.event)]
    _INSERT_WORD.run_all(tx, words)
    struck = [ruling.proposal.subject.did for row, (_, ruling) in zip(rows, told, strict=True) if row["strike_count"]]
    save_strikes(tx, struck, now_us)


def _forget_age_assurance(tx: Connection, subject_id: int, before: int) -> None:
    columns = MODERATION_EVENT.c
    tx.execute(
        delete(MODERATION_EVENT).where(
            columns.subject_id == subject_id, columns.type.in_(_AGE_EVENTS), columns.id < before
        )
    )


def _save_subjects(tx: Connection, docket: Docket, ids: SubjectIds, applied: Numbered, now_us: UtcMicros) -> None:
    # The last ruling on a subject names the version it was about.
    subjects = {ruling.proposal.subject.uri: ruling.proposal.subject for _, ruling in applied}
    rows: list[Row] = []
    for uri, subject in subjects.items():
        columns = status_columns(docket.statuses[uri])
        row: Row = {f"new_{name}": value for name, value in columns.items()}
        row |= {"new_cid": subject.cid, "new_message_id": subject.message_id or None}
        rows.append({**row, "row_id": ids[uri], "new_updated_us": now_us})
    _UPDATE_SUBJECT.run_all(tx, rows)


def _change(number: int, ruling: Ruling) -> Change:
    """What the audit keeps: the decision, its tool (rule, version, hit values), the subject's standing."""
    proposal, before, after = ruling.proposal, ruling.before, ruling.verdict.status
    change = {
        "decision": number,
        "value": "" if proposal.asked is None else proposal.asked[1],
        "review": [before.review.value, after.review.value],
        "appealed": [before.appealed, after.appealed],
        "takendown": [before.takendown, after.takendown],
        "expires_us": proposal.options.expires_us,
        "comment": proposal.comment,
        "tool": None if proposal.tool_json is None else msgspec.Raw(proposal.tool_json.encode()),
    }
    # What age assurance says of a person must be forgotten when it is purged; the chain forgets nothing.
    if proposal.is_event and not isinstance(proposal.act, AgeAssuranceEvent):
        change["event"] = proposal.event
    return Change(
        actor=proposal.actor,
        action=proposal.name,
        target=proposal.subject.uri,
        change_json=msgspec.json.encode(change).decode(),
    )
