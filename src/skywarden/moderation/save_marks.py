"""Write the tags and labels that rulings put on subjects and took off, and ask for the labels to be published."""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, insert

from skywarden.kernel.ids import UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.moderation.docket import Ruling
from skywarden.moderation.load import SubjectIds
from skywarden.moderation.status import Held, SubjectStatus
from skywarden.storage.tables import LABEL_REQUEST, SUBJECT_LABEL, SUBJECT_TAG

Row = dict[str, object]
Numbered = Sequence[tuple[int, Ruling]]
"""Applied rulings with the ids of their decisions."""


def save_marks(tx: Connection, ids: SubjectIds, applied: Numbered, now_us: UtcMicros) -> None:
    """Write what changed between each ruling's before and after, in their order."""
    tags: dict[tuple[object, ...], Row | None] = {}
    labels: dict[tuple[object, ...], Row | None] = {}
    requests: list[Row] = []
    for number, ruling in applied:
        subject_id, after = ids[ruling.proposal.subject.uri], ruling.verdict.status
        for held, given in _changes(ruling):
            kind, value, cid = held
            term = {"expires_us": after.until.get(held), "by_person": held in after.by_person, "decision_id": number}
            if kind is EffectKind.TAG:
                row: Row = {"subject_id": subject_id, "tag": value, "added_us": now_us}
                tags[subject_id, value] = {**row, **term} if given else None
            else:
                row = {"subject_id": subject_id, "val": value, "cid": cid}
                labels[subject_id, value, cid] = {**row, **term} if given else None
                if given or not ruling.proposal.expired:
                    requests.append(
                        _request(number, ruling.proposal.subject.uri, held, given, after.until.get(held), now_us)
                    )
    _replace(tx, SUBJECT_TAG, ("subject_id", "tag"), tags)
    _replace(tx, SUBJECT_LABEL, ("subject_id", "val", "cid"), labels)
    if requests:
        tx.execute(insert(LABEL_REQUEST), requests)


def _changes(ruling: Ruling) -> Iterable[tuple[Held, bool]]:
    """The tags and labels that a ruling took off (False), then those that it put on or whose term it renewed (True)."""
    before, after = ruling.before, ruling.verdict.status
    had, has = _marks(before), _marks(after)
    for held in sorted(had - has):
        yield held, False
    for held in sorted(has):
        if held not in had or before.until.get(held) != after.until.get(held):
            yield held, True


def _marks(status: SubjectStatus) -> set[Held]:
    tags = {(EffectKind.TAG, tag, "") for tag in status.tags}
    return tags | {(EffectKind.LABEL, val, cid) for val, cid in status.labels}


def _replace(tx: Connection, table: Table, names: tuple[str, ...], rows: dict[tuple[object, ...], Row | None]) -> None:
    if not rows:
        return
    keys = [{f"of_{name}": part for name, part in zip(names, key, strict=True)} for key in rows]
    tx.execute(delete(table).where(*(table.c[name] == bindparam(f"of_{name}") for name in names)), keys)
    given = [row for row in rows.values() if row is not None]
    if given:
        tx.execute(insert(table), given)


def _request(number: int, uri: str, held: Held, given: bool, ends_us: UtcMicros | None, now_us: UtcMicros) -> Row:
    _, val, cid = held
    return {
        "cause": label_cause(number, uri, val, cid, neg=not given),
        "uri": uri,
        "cid": cid or None,
        "val": val,
        "neg": not given,
        "expires_us": ends_us,
        "created_us": now_us,
    }


def label_cause(decision: int, uri: str, val: str, cid: str, *, neg: bool) -> str:
    """Name one label that a decision asks for, so that it is never published twice."""
    return hashlib.sha256(msgspec.json.encode([decision, uri, val, cid, neg])).hexdigest()[:32]
