"""Write what a docket decided: rulings to decision, subject, tag, label, report, breaker and audit rows."""

import hashlib
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, bindparam, insert, update

from skywarden.kernel.ids import UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.moderation.audit import Change, append_audit
from skywarden.moderation.docket import Docket, Ruling
from skywarden.moderation.load import OPEN, SubjectIds
from skywarden.storage import Database
from skywarden.storage.counters import take_numbers
from skywarden.storage.tables import (
    BREAKER,
    DECISION,
    LABEL_REQUEST,
    REPORT,
    SUBJECT,
    SUBJECT_LABEL,
    SUBJECT_TAG,
)

Row = dict[str, object]

_UPDATE_SUBJECT = (
    update(SUBJECT)
    .where(SUBJECT.c.id == bindparam("row_id"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("cid", "review", "appealed", "last_reported_us", "last_appealed_us", "updated_us")
        }
    )
)
_UPDATE_BREAKER = (
    update(BREAKER)
    .where(BREAKER.c.scope == bindparam("of_scope"), BREAKER.c.day == bindparam("of_day"))
    .values(used=bindparam("now_used"))
)


def save_rulings(
    db: Database, tx: Connection, docket: Docket, ids: SubjectIds, rulings: Sequence[Ruling], now_us: UtcMicros
) -> dict[str, int]:
    """Write every ruling in the transaction that loaded the docket; return the id of each report by its cause."""
    first = take_numbers(db, tx, "decision", len(rulings))
    numbered = list(enumerate(rulings, first))
    tx.execute(insert(DECISION), [_decision_row(number, ruling, ids, now_us) for number, ruling in numbered])
    applied = [(number, ruling) for number, ruling in numbered if ruling.applied]
    _save_subjects(tx, docket, ids, applied, now_us)
    _save_tags(db, tx, ids, applied, now_us)
    _save_labels(db, tx, ids, applied, now_us)
    reports = _save_reports(db, tx, ids, applied, now_us)
    _save_breakers(tx, docket, applied)
    append_audit(db, tx, [_change(number, ruling) for number, ruling in applied], now_us)
    return reports


Numbered = Sequence[tuple[int, Ruling]]


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
                "new_last_reported_us": status.last_reported_us,
                "new_last_appealed_us": status.last_appealed_us,
                "new_updated_us": now_us,
            }
        )
    if rows:
        tx.execute(_UPDATE_SUBJECT, rows)


def _save_tags(db: Database, tx: Connection, ids: SubjectIds, applied: Numbered, now_us: UtcMicros) -> None:
    rows: list[Row] = [
        {"subject_id": ids[ruling.proposal.subject.uri], "tag": ruling.proposal.value, "added_us": now_us}
        for _, ruling in _of_kind(applied, EffectKind.TAG)
    ]
    if rows:
        tx.execute(insert(SUBJECT_TAG), rows)


def _save_labels(db: Database, tx: Connection, ids: SubjectIds, applied: Numbered, now_us: UtcMicros) -> None:
    labeled = _of_kind(applied, EffectKind.LABEL)
    if labeled:
        tx.execute(insert(SUBJECT_LABEL), [_label_row(number, ruling, ids) for number, ruling in labeled])
        tx.execute(insert(LABEL_REQUEST), [_request_row(number, ruling, now_us) for number, ruling in labeled])


def _label_row(number: int, ruling: Ruling, ids: SubjectIds) -> Row:
    subject = ruling.proposal.subject
    return {
        "subject_id": ids[subject.uri],
        "val": ruling.proposal.value,
        "cid": subject.cid or "",
        "decision_id": number,
    }


def _request_row(number: int, ruling: Ruling, now_us: UtcMicros) -> Row:
    proposal = ruling.proposal
    return {
        "cause": label_cause(number, proposal.subject.uri, proposal.value, neg=False),
        "uri": proposal.subject.uri,
        "cid": proposal.subject.cid,
        "val": proposal.value,
        "neg": False,
        "created_us": now_us,
    }


def label_cause(decision: int, uri: str, val: str, *, neg: bool) -> str:
    """Name the one label that a decision asks for, so that it is never published twice."""
    return hashlib.sha256(msgspec.json.encode([decision, uri, val, neg])).hexdigest()[:32]


def _save_reports(
    db: Database, tx: Connection, ids: SubjectIds, applied: Numbered, now_us: UtcMicros
) -> dict[str, int]:
    reported = _of_kind(applied, EffectKind.REPORT)
    if not reported:
        return {}
    first = take_numbers(db, tx, "report", len(reported))
    rows: list[Row] = [
        {
            "id": report_id,
            "decision_id": number,
            "subject_id": ids[ruling.proposal.subject.uri],
            "reason_type": ruling.proposal.value,
            "reported_by": ruling.proposal.created_by,
            "rule": ruling.proposal.rule,
            "state": OPEN,
            "created_us": now_us,
        }
        for report_id, (number, ruling) in enumerate(reported, first)
    ]
    tx.execute(insert(REPORT), rows)
    return {ruling.proposal.cause: report_id for report_id, (_, ruling) in enumerate(reported, first)}


def _save_breakers(tx: Connection, docket: Docket, applied: Numbered) -> None:
    keys = {(breaker.scope, breaker.day) for _, ruling in applied if (breaker := ruling.proposal.breaker) is not None}
    if keys:
        rows = [{"of_scope": scope, "of_day": day, "now_used": docket.used[scope, day]} for scope, day in sorted(keys)]
        tx.execute(_UPDATE_BREAKER, rows)


def _change(number: int, ruling: Ruling) -> Change:
    proposal, before, after = ruling.proposal, ruling.before, ruling.verdict.status
    change = {
        "decision": number,
        "value": proposal.value,
        "review": [before.review.value, after.review.value],
        "appealed": [before.appealed, after.appealed],
    }
    return Change(
        actor=proposal.actor,
        action=proposal.kind.value,
        target=proposal.subject.uri,
        change_json=msgspec.json.encode(change).decode(),
    )


def _of_kind(applied: Numbered, kind: EffectKind) -> list[tuple[int, Ruling]]:
    return [(number, ruling) for number, ruling in applied if ruling.proposal.kind is kind]
