"""Give requested labels their signature and their number, in commit order; the one writer of published labels.

Retry: a request leaves in the transaction that publishes it, and its cause is unique: it is published once.
Crash: before the commit nothing was published or announced; after it the label is in the database for good.
Two writers: publishers of any number of processes queue at the counter's row until the one before has committed, so
labels become visible in the order of their seq and no reader of the newest seq ever finds a lower one later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from skywarden.atproto.syntax.datetime import datetime_micros, datetime_text
from skywarden.kernel.errors import Retryable
from skywarden.kernel.ids import Cid, Did, Seq, UtcMicros
from skywarden.labels.keys import LabelKey
from skywarden.labels.sign import sign_label
from skywarden.model.label import Label, NumberedLabel
from skywarden.storage import Database
from skywarden.storage.counters import Counter, lock_counter, move_counter, read_counter
from skywarden.storage.tables import LABEL, LABEL_REQUEST

SEQ_COUNTER = "label_seq"
FLOOR_COUNTER = "label_floor"
"""Labels up to this seq were lost or removed; a cursor below it is outdated."""

_MS_US = 1_000
_ATTEMPTS = 5

_SUPERSEDE = update(LABEL).where(LABEL.c.seq == bindparam("old_seq")).values(superseded_by=bindparam("new_seq"))

_Key = tuple[str, str | None, str]
"""uri, cid and val: with the source they name what a later label replaces."""

_Signed = dict[tuple[int, str], Label]
"""By the request's number and the cts that it was given."""


@dataclass(frozen=True, slots=True)
class _Current:
    """The label that a later one with the same key replaces."""

    seq: int
    cts: str


@dataclass(frozen=True, slots=True)
class Publication:
    """What one step published, and how far all publishers together have come."""

    labels: list[NumberedLabel]
    latest: Seq
    floor: Seq


class LabelPublisher:
    """Signs and numbers for one labeler."""

    def __init__(self, db: Database, key: LabelKey, did: Did) -> None:
        self._db = db
        self._key = key
        self._did = did

    def publish(self, limit: int) -> Publication:
        """Publish the oldest requests, up to `limit`; what it returns is durable and in seq order.

        Raises: Retryable, when the database stayed busy over several attempts.
        """
        with self._db.read() as tx:
            requests = _oldest_requests(tx, limit)
            if not requests:
                return _publication(tx, [])
            current = self._current(tx, requests)
        # Signing takes the longest and needs no lock: the number is not part of what is signed.
        signed: _Signed = {}
        self._sign(requests, current, signed)
        for attempt in range(_ATTEMPTS):
            try:
                return self._store(limit, signed)
            except Retryable:
                if attempt + 1 == _ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _current(self, tx: Connection, requests: Sequence[Row[Any]]) -> dict[_Key, _Current]:
        uris = {row.uri for row in requests}
        query = select(LABEL.c.seq, LABEL.c.uri, LABEL.c.cid, LABEL.c.val, LABEL.c.cts).where(
            LABEL.c.uri.in_(uris), LABEL.c.src == self._did, LABEL.c.superseded_by.is_(None)
        )
        return {(row.uri, row.cid, row.val): _Current(row.seq, row.cts) for row in tx.execute(query)}

    def _sign(self, requests: Sequence[Row[Any]], current: dict[_Key, _Current], signed: _Signed) -> list[Label]:
        """Sign what is not yet in `signed`."""
        last_cts = {key: label.cts for key, label in current.items()}
        drafts: list[Label] = []
        for row in requests:
            key = (row.uri, row.cid, row.val)
            cts_us = UtcMicros(row.created_us)
            if key in last_cts:
                # Of two labels with one key the newer must have the later cts, to the millisecond that is written.
                cts_us = max(cts_us, UtcMicros(datetime_micros(last_cts[key]) + _MS_US))
            last_cts[key] = cts = datetime_text(cts_us)
            if (row.number, cts) not in signed:
                signed[row.number, cts] = sign_label(self._label(row, cts), self._key.private)
            drafts.append(signed[row.number, cts])
        return drafts

    def _label(self, row: Row[Any], cts: str) -> Label:
        return Label(
            src=self._did,
            uri=row.uri,
            val=row.val,
            cts=cts,
            cid=None if row.cid is None else Cid(row.cid),
            neg=row.neg,
            exp=None if row.expires_us is None else datetime_text(UtcMicros(row.expires_us)),
        )

    def _store(self, limit: int, signed: _Signed) -> Publication:
        """Number and store under the counter's lock, signing only what another publisher has made different."""
        with self._db.write("labels.publish") as tx:
            head = lock_counter(self._db, tx, SEQ_COUNTER).number
            requests = _oldest_requests(tx, limit)
            if not requests:
                return _publication(tx, [])
            current = self._current(tx, requests)
            drafts = self._sign(requests, current, signed)
            published = [NumberedLabel(Seq(seq), label) for seq, label in enumerate(drafts, head + 1)]
            rows = [self._row(row, numbered) for row, numbered in zip(requests, published, strict=True)]
            replaced = _supersede(rows, current)
            tx.execute(delete(LABEL_REQUEST).where(LABEL_REQUEST.c.number.in_([row.number for row in requests])))
            tx.execute(insert(LABEL), rows)
            if replaced:
                tx.execute(_SUPERSEDE, replaced)
            move_counter(tx, SEQ_COUNTER, Counter(published[-1].seq))
            return _publication(tx, published)

    def _row(self, request: Row[Any], numbered: NumberedLabel) -> dict[str, Any]:
        label = numbered.label
        return {
            "seq": numbered.seq,
            "cause": request.cause,
            "src": label.src,
            "uri": label.uri,
            "cid": label.cid,
            "val": label.val,
            "neg": label.neg,
            "cts": label.cts,
            "exp": label.exp,
            "expires_us": request.expires_us,
            "sig": label.sig,
            "signing_key_id": self._key.id,
            "superseded_by": None,
        }


def _supersede(rows: Sequence[dict[str, Any]], current: dict[_Key, _Current]) -> list[dict[str, int]]:
    """Mark what each new row replaces: in `rows` itself where it is new too, else in the returned list."""
    fresh: dict[_Key, dict[str, Any]] = {}
    replaced: list[dict[str, int]] = []
    for row in rows:
        key = (row["uri"], row["cid"], row["val"])
        if key in fresh:
            fresh[key]["superseded_by"] = row["seq"]
        elif key in current:
            replaced.append({"old_seq": current[key].seq, "new_seq": row["seq"]})
        fresh[key] = row
    return replaced


def raise_seq(db: Database, seq: int) -> Seq:
    """Continue above `seq`, for a stream whose storage was lost: numbers already seen must not come again.

    Everything up to the newest number is taken for lost. Return that number.
    """
    with db.write("labels.restart") as tx:
        latest = Seq(max(lock_counter(db, tx, SEQ_COUNTER).number, seq))
        for name in (SEQ_COUNTER, FLOOR_COUNTER):
            counter = lock_counter(db, tx, name)
            move_counter(tx, name, Counter(max(counter.number, seq)))
    return latest


def read_head(tx: Connection) -> tuple[Seq, Seq]:
    """The newest seq, and the one up to which labels are no longer held."""
    return Seq(read_counter(tx, SEQ_COUNTER).number), Seq(read_counter(tx, FLOOR_COUNTER).number)


def _publication(tx: Connection, published: list[NumberedLabel]) -> Publication:
    return Publication(published, *read_head(tx))


def _oldest_requests(tx: Connection, limit: int) -> Sequence[Row[Any]]:
    return tx.execute(select(LABEL_REQUEST).order_by(LABEL_REQUEST.c.number).limit(limit)).all()
