"""Write the tags and labels that rulings put on subjects and took off, and ask for the labels to be published."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, insert

from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.docket import Ruling
from skywarden.moderation.events import ModEventLabel
from skywarden.moderation.load import SubjectIds
from skywarden.moderation.status import Held, HeldKind, SubjectStatus
from skywarden.storage.prepared import Prepared
from skywarden.storage.tables import LABEL_REQUEST, SUBJECT_LABEL, SUBJECT_TAG

Row = dict[str, object]
Numbered = Sequence[tuple[int, Ruling]]
"""Applied rulings with the ids of their decisions."""


def _delete(table: Table, *names: str) -> Prepared:
    return Prepared(
        delete(table).where(*(table.c[name] == bindparam(f"of_{number}") for number, name in enumerate(names)))
    )


_DELETE_TAG, _INSERT_TAG = _delete(SUBJECT_TAG, "subject_id", "tag"), Prepared(insert(SUBJECT_TAG))
_DELETE_LABEL = _delete(SUBJECT_LABEL, "subject_id", "val", "cid")
_INSERT_LABEL = Prepared(insert(SUBJECT_LABEL))
_FEW = 2
_ASKED = ("cause", "uri", "cid", "val", "neg", "expires_us", "created_us")
_REQUEST = Prepared(insert(LABEL_REQUEST).inline().values({name: bindparam(name) for name in _ASKED}))


@dataclass(slots=True)
class _Table:
    """The rows of one table that a batch leaves behind, by key; None: none. `_known` were there before."""

    _table: Table
    _marks: tuple[str, ...]
    _delete: Prepared
    _insert: Prepared
    _rows: dict[tuple[object, ...], Row | None] = field(default_factory=dict)
    _known: set[tuple[object, ...]] = field(default_factory=set)

    def put(self, key: tuple[object, ...], row: Row | None, *, known: bool) -> None:
        """Have this row under the key; `known` says of the first of them whether there is one in the table."""
        if known and key not in self._rows:
            self._known.add(key)
        self._rows[key] = row

    def write(self, tx: Connection) -> None:
        """Take off what was there, put on what shall be."""
        if len(self._known) <= _FEW:
            self._delete.run_all(tx, [{f"of_{n}": part for n, part in enumerate(key)} for key in self._known])
        else:
            self._delete_many(tx)
        self._insert.run_all(tx, [row for row in self._rows.values() if row is not None])

    def _delete_many(self, tx: Connection) -> None:
        """One statement for all subjects of a label or tag: a batch is mostly about few of them."""
        alike = defaultdict[tuple[object, ...], list[object]](list)
        for subject_id, *mark in self._known:
            alike[tuple(mark)].append(subject_id)
        for words, subject_ids in sorted(alike.items(), key=repr):
            same = (self._table.c[name] == word for name, word in zip(self._marks, words, strict=True))
            tx.execute(delete(self._table).where(self._table.c.subject_id.in_(subject_ids), *same))


def save_marks(tx: Connection, ids: SubjectIds, applied: Numbered, now_us: UtcMicros) -> None:
    """Write what changed between each ruling's before and after, in their order."""
    tags = _Table(SUBJECT_TAG, ("tag",), _DELETE_TAG, _INSERT_TAG)
    labels = _Table(SUBJECT_LABEL, ("val", "cid"), _DELETE_LABEL, _INSERT_LABEL)
    requests: list[Row] = []
    for number, ruling in applied:
        subject_id, uri, after = ids[ruling.proposal.subject.uri], ruling.proposal.subject.uri, ruling.verdict.status
        had = _marks(ruling.before)
        for held, given in _changes(ruling):
            kind, value, cid = held
            term = {"expires_us": after.until.get(held), "by_person": held in after.by_person, "decision_id": number}
            row: Row
            if kind is HeldKind.TAG:
                row = {"subject_id": subject_id, "tag": value, "added_us": now_us}
                tags.put((subject_id, value), {**row, **term} if given else None, known=held in had)
            else:
                row = {"subject_id": subject_id, "val": value, "cid": cid}
                labels.put((subject_id, value, cid), {**row, **term} if given else None, known=held in had)
        for held, given in _published(ruling):
            requests.append(_request(number, uri, held, given, after.until.get(held), now_us))
    tags.write(tx)
    labels.write(tx)
    _REQUEST.run_all(tx, requests)


def _changes(ruling: Ruling) -> Iterator[tuple[Held, bool]]:
    """The tags and labels that a ruling took off (False), then those that it put on or whose term it changed (True)."""
    before, after = ruling.before, ruling.verdict.status
    had, has = _marks(before), _marks(after)
    for held in sorted(had - has):
        yield held, False
    for held in sorted(has):
        if held not in had or _term(before, held) != _term(after, held):
            yield held, True


def _published(ruling: Ruling) -> Iterator[tuple[Held, bool]]:
    """The labels that the network is told of; the end of a term was told with its beginning."""
    before, after = ruling.before, ruling.verdict.status
    gone = before.labels - after.labels
    for val, cid in sorted(gone):
        if not ruling.proposal.expired:
            yield (HeldKind.LABEL, val, cid), False
    act, version = ruling.proposal.act, ruling.proposal.subject.cid or ""
    if isinstance(act, ModEventLabel) and ruling.proposal.by_person:
        # It may have come from elsewhere, such as before a move: the negation is said all the same.
        told = {val for val, _ in gone}
        for val in sorted(set(act.negate_label_vals) - told):
            yield (HeldKind.LABEL, val, version), False
    for val, cid in sorted(after.labels):
        held = (HeldKind.LABEL, val, cid)
        if (val, cid) not in before.labels or before.until.get(held) != after.until.get(held):
            yield held, True


def _term(status: SubjectStatus, held: Held) -> tuple[UtcMicros | None, bool]:
    return status.until.get(held), held in status.by_person


def _marks(status: SubjectStatus) -> set[Held]:
    tags = {(HeldKind.TAG, tag, "") for tag in status.tags}
    return tags | {(HeldKind.LABEL, val, cid) for val, cid in status.labels}


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
