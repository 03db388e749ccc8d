"""Write what a docket decided: rulings to decision, subject, report, breaker and audit rows."""

from collections.abc import Sequence, Set

import msgspec
from sqlalchemy import Connection, bindparam, insert, update

from skywarden.kernel.ids import UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.moderation.audit import Change, append_audit
from skywarden.moderation.docket import Docket, Ruling, breaker_key
from skywarden.moderation.load import OPEN, SubjectIds
from skywarden.moderation.pushes import save_pushes
from skywarden.moderation.review_actions import CLOSING
from skywarden.moderation.save_marks import Numbered, save_marks
from skywarden.moderation.save_messages import save_deliveries, save_sets
from skywarden.moderation.status import MUTED, TAKEN_DOWN
from skywarden.storage import Database
from skywarden.storage.counters import take_numbers
from skywarden.storage.tables import BREAKER, DECISION, REPORT, SUBJECT

Row = dict[str, object]

CLOSED = "closed"
"""State of a report whose subject was acknowledged or taken down."""

_STATUS_COLUMNS = (
    "cid",
    "review",
    "appealed",
    "takendown",
    "last_reported_us",
    "last_appealed_us",
    "takedown_until_us",
    "takedown_by_person",
    "muted_until_us",
    "mute_by_person",
    "updated_us",
)
_UPDATE_SUBJECT = (
    update(SUBJECT)
    .where(SUBJECT.c.id == bindparam("row_id"))
    .values({name: bindparam(f"new_{name}") for name in _STATUS_COLUMNS})
)
_UPDATE_BREAKER = (
    update(BREAKER)
    .where(
        BREAKER.c.scope == bindparam("of_scope"),
        BREAKER.c.span == bindparam("of_span"),
        BREAKER.c.period == bindparam("of_period"),
    )
    .values(used=bindparam("now_used"))
)


def save_rulings(
    db: Database,
    tx: Connection,
    docket: Docket,
    ids: SubjectIds,
    rulings: Sequence[Ruling],
    now_us: UtcMicros,
    push_targets: Set[str] = frozenset(),
) -> dict[str, int]:
    """Write every ruling in the transaction that loaded the docket; return the id of each report by its cause."""
    if not rulings:
        return {}
    first = take_numbers(db, tx, "decision", len(rulings))
    numbered = list(enumerate(rulings, first))
    tx.execute(insert(DECISION), [_decision_row(number, ruling, ids, now_us) for number, ruling in numbered])
    applied = [(number, ruling) for number, ruling in numbered if ruling.applied]
    _save_subjects(tx, docket, ids, applied, now_us)
    save_marks(tx, ids, applied, now_us)
    save_sets(db, tx, applied, now_us)
    save_deliveries(tx, applied, now_us)
    save_pushes(tx, applied, now_us, push_targets)
    reports = _save_reports(db, tx, ids, applied, now_us)
    _save_breakers(tx, docket, applied)
    append_audit(db, tx, [_change(number, ruling) for number, ruling in applied], now_us)
    return reports


def _decision_row(number: int, ruling: Ruling, ids: SubjectIds, now_us: UtcMicros) -> Row:
    proposal = ruling.proposal
    return {
        "id": number,
        "cause": proposal.cause,
        "kind": proposal.kind.value,
        "value": proposal.value,
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
    }


def _save_subjects(tx: Connection, docket: Docket, ids: SubjectIds, applied: Numbered, now_us: UtcMicros) -> None:
    # The last ruling on a subject names the version it was about.
    subjects = {ruling.proposal.subject.uri: ruling.proposal.subject for _, ruling in applied}
    rows: list[Row] = []
    for uri, subject in subjects.items():
        status = docket.statuses[uri]
        rows.append(
            {
                "row_id": ids[uri],
                "new_cid": subject.cid,
                "new_review": status.review.value,
                "new_appealed": status.appealed,
                "new_takendown": status.takendown,
                "new_last_reported_us": status.last_reported_us,
                "new_last_appealed_us": status.last_appealed_us,
                "new_takedown_until_us": status.until.get(TAKEN_DOWN),
                "new_takedown_by_person": TAKEN_DOWN in status.by_person,
                "new_muted_until_us": status.until.get(MUTED),
                "new_mute_by_person": MUTED in status.by_person,
                "new_updated_us": now_us,
            }
        )
    if rows:
        tx.execute(_UPDATE_SUBJECT, rows)


def _save_reports(
    db: Database, tx: Connection, ids: SubjectIds, applied: Numbered, now_us: UtcMicros
) -> dict[str, int]:
    """Write new reports and answer those that a later ruling of the batch closes."""
    closed = {ruling.proposal.subject.uri: number for number, ruling in applied if ruling.proposal.kind in CLOSING}
    if closed:
        closing = REPORT.c.subject_id.in_([ids[uri] for uri in closed])
        tx.execute(update(REPORT).where(closing, REPORT.c.state == OPEN).values(state=CLOSED))
    reported = [(number, ruling) for number, ruling in applied if ruling.proposal.kind is EffectKind.REPORT]
    if not reported:
        return {}
    first = take_numbers(db, tx, "report", len(reported))
    rows: list[Row] = [
        {
            "id": report_id,
            "decision_id": number,
            "subject_id": ids[ruling.proposal.subject.uri],
            "did": ruling.proposal.subject.did,
            "reason_type": ruling.proposal.value,
            "reported_by": ruling.proposal.created_by,
            "rule": ruling.proposal.rule,
            "state": CLOSED if closed.get(ruling.proposal.subject.uri, 0) > number else OPEN,
            "comment": ruling.proposal.comment,
            "created_us": now_us,
            "updated_us": now_us,
            "is_muted": False,
        }
        for report_id, (number, ruling) in enumerate(reported, first)
    ]
    tx.execute(insert(REPORT), rows)
    return {ruling.proposal.cause: report_id for report_id, (_, ruling) in enumerate(reported, first)}


def _save_breakers(tx: Connection, docket: Docket, applied: Numbered) -> None:
    keys = {breaker_key(breaker) for _, ruling in applied for breaker in ruling.proposal.breakers}
    rows = [
        {"of_scope": key[0], "of_span": key[1], "of_period": key[2], "now_used": docket.used[key]}
        for key in sorted(keys)
    ]
    if rows:
        tx.execute(_UPDATE_BREAKER, rows)


def _change(number: int, ruling: Ruling) -> Change:
    """What the audit keeps: the decision, its tool (rule, version, hit values), the subject's standing."""
    proposal, before, after = ruling.proposal, ruling.before, ruling.verdict.status
    change = {
        "decision": number,
        "value": proposal.value,
        "review": [before.review.value, after.review.value],
        "appealed": [before.appealed, after.appealed],
        "takendown": [before.takendown, after.takendown],
        "expires_us": proposal.options.expires_us,
        "comment": proposal.comment,
        "tool": None if proposal.tool_json is None else msgspec.Raw(proposal.tool_json.encode()),
    }
    return Change(
        actor=proposal.actor,
        action=proposal.kind.value,
        target=proposal.subject.uri,
        change_json=msgspec.json.encode(change).decode(),
    )
