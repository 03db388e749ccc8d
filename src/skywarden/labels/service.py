"""Publish labels, answer queries about them and feed those who subscribe.

Order: a frame is handed out only after its label is durable, and never a lower seq after a higher one.
Two writers: each process publishes and hears, at its next step, of what the others published.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, select

from skywarden.atproto.keys import PrivateKey
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Did, Seq, UtcMicros
from skywarden.labels.frames import row_frame
from skywarden.labels.keys import register_key
from skywarden.labels.pages import JsonPage, LabelPages
from skywarden.labels.publish import LabelPublisher, Publication, raise_seq, read_head
from skywarden.labels.query import LabelQuery, select_labels
from skywarden.labels.recent import CAPACITY, RecentFrames, StreamFrame
from skywarden.labels.resign import Resigner
from skywarden.labels.rows import numbered_label
from skywarden.labels.wire import label_frame
from skywarden.model.label import NumberedLabel
from skywarden.observe.catalog import LABEL_PUBLISH_SECONDS, LABEL_SEQ, LABELS_PUBLISHED
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from skywarden.storage.tables import LABEL

BATCH = 500

Listener = Callable[[Seq], None]
"""Called with the newest seq, in the publishing thread, after its label is durable; must not block or raise."""


class _Held(NamedTuple):
    """A row of the label table; the first nine columns are those of `row_frame`."""

    seq: int
    src: str
    uri: str
    cid: str | None
    val: str
    neg: bool
    cts: str
    exp: str | None
    sig: bytes
    signing_key_id: int


_HELD = (
    select(*(LABEL.c[name] for name in _Held._fields))
    .where(LABEL.c.seq >= bindparam("first"), LABEL.c.superseded_by.is_(None))
    .order_by(LABEL.c.seq)
    .limit(bindparam("count"))
)
"""Labels from a seq on that no later one replaced."""


@dataclass(frozen=True, slots=True)
class LabelPage:
    """One page of a query; `cursor` is None at the end."""

    labels: tuple[NumberedLabel, ...]
    cursor: int | None


class LabelService:
    """Everything about the labels of one labeler; safe from several threads."""

    def __init__(self, db: Database, key: PrivateKey, did: Did, *, clock: Clock, metrics: Metrics) -> None:
        self.did = did
        self._db = db
        self._key = key
        self._clock = clock
        self._metrics = metrics
        registered = register_key(db, key, clock.now_us())
        self._publisher = LabelPublisher(db, registered, did)
        self._resigner = Resigner(db, registered, did)
        self._listeners: tuple[Listener, ...] = ()
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._latest, self._floor, self._recent = self._read_head()
        self._pages = LabelPages(db, self._with_seqs)

    @property
    def did_key(self) -> str:
        """The public key that verifies these labels, as "did:key:z..."."""
        return self._key.did_key

    @property
    def multibase(self) -> str:
        """The same key as a DID document's publicKeyMultibase."""
        return self._key.public.multibase

    def publish_pending(self, limit: int = BATCH) -> int:
        """Sign, number, store and announce the oldest requested labels; return how many.

        Announces what other processes published, too; where nobody asks for labels, stores what was signed again.
        """
        with self._turn:
            began_s = self._clock.monotonic_s()
            publication = self._publisher.publish(limit)
            published = len(publication.labels)
            if published:
                self._metrics.observe(LABEL_PUBLISH_SECONDS, self._clock.monotonic_s() - began_s)
                self._metrics.add(LABELS_PUBLISHED, published)
            else:
                self._resigner.write_back(limit)
            self._announce(publication)
            return published

    def catch_up(self) -> None:
        """Hear now of what other processes published; blocks."""
        with self._turn:
            with self._db.read() as tx:
                latest, floor = read_head(tx)
            self._announce(Publication([], latest, floor))

    def latest_seq(self) -> Seq:
        """Seq of the newest published label; 0 before the first."""
        return self._latest

    def lost_up_to(self) -> Seq:
        """Labels up to this seq are no longer held; 0 when all are."""
        return self._floor

    def restart_above(self, seq: int) -> None:
        """Continue above `seq` after the storage was lost; give a number well above the last one that anybody saw."""
        with self._turn:
            raise_seq(self._db, seq)
            self._latest, self._floor, self._recent = self._read_head()

    def query(self, query: LabelQuery) -> LabelPage:
        """Find labels that hold now, in stream order."""
        with self._db.read() as tx:
            rows = tx.execute(select_labels(query, self._clock.now_us())).all()
        labels = tuple(self._numbered(row) for row in rows[: query.limit])
        return LabelPage(labels, labels[-1].seq if len(rows) > query.limit else None)

    def query_json(self, query: LabelQuery) -> JsonPage:
        """The same as `query`, as JSON."""
        return self._pages.page(query, self._clock.now_us())

    def _with_seqs(self, seqs: Sequence[int]) -> list[NumberedLabel]:
        with self._db.read() as tx:
            return [self._numbered(row) for row in tx.execute(select(LABEL).where(LABEL.c.seq.in_(seqs)))]

    def from_seq(self, seq: int, limit: int) -> list[NumberedLabel]:
        """Labels from `seq` (inclusive) on that no later one replaced; in order, negations and expired ones too."""
        with self._db.read() as tx:
            return [self._numbered(row) for row in tx.execute(_HELD, {"first": seq, "count": limit})]

    def made_after(self, us: UtcMicros, limit: int) -> list[NumberedLabel]:
        """Labels made after a moment, oldest first, that no later one replaced; negations and expired ones too."""
        query = select(LABEL).where(LABEL.c.cts > datetime_text(us), LABEL.c.superseded_by.is_(None))
        with self._db.read() as tx:
            return [self._numbered(row) for row in tx.execute(query.order_by(LABEL.c.cts, LABEL.c.seq).limit(limit))]

    def recent_labels(self, count: int) -> list[NumberedLabel]:
        """The newest labels, newest first."""
        with self._db.read() as tx:
            rows = tx.execute(select(LABEL).order_by(LABEL.c.seq.desc()).limit(count))
            return [self._numbered(row) for row in rows]

    def recent_frames(self, seq: int, limit: int) -> list[StreamFrame] | None:
        """Frames from `seq` on out of memory, without blocking; None when they must come from `stored_frames`."""
        return self._recent.since(seq, limit)

    def stored_frames(self, seq: int, limit: int) -> list[StreamFrame]:
        """Frames from `seq` on out of the database; blocks."""
        with self._db.read() as tx, tx.execute(_HELD, {"first": seq, "count": limit}) as result:
            # The driver's own tuples: none of these columns needs anything done to it, and replay is bound by this.
            rows = result.cursor.fetchall() if result.cursor is not None else []
        replaced = self._resigner.replaced
        return [
            row_frame(*fields) if key_id not in replaced else _frame(self._numbered(_Held._make((*fields, key_id))))
            for *fields, key_id in rows
        ]

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after every publication; returns what ends that."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def end() -> None:
            with self._lock:
                self._listeners = tuple(other for other in self._listeners if other is not listener)

        return end

    def _announce(self, publication: Publication) -> None:
        """Make frames of what is new and wake those who wait for it."""
        self._floor = publication.floor
        if publication.latest == self._latest:
            return
        first = publication.labels[0].seq if publication.labels else publication.latest + 1
        if first > self._latest + 1:
            self._fill_up(first)
        self._recent.add([_frame(label) for label in publication.labels])
        self._latest = publication.latest
        self._metrics.set(LABEL_SEQ, self._latest)
        for listener in self._listeners:
            listener(self._latest)

    def _fill_up(self, first: int) -> None:
        """Take up what others published below `first`, or, where that is much, leave it to the database."""
        missing = first - self._latest - 1
        if missing > CAPACITY:
            self._recent = RecentFrames(complete_from=first)
            return
        frames = self.stored_frames(self._latest + 1, missing)
        self._recent.add([frame for frame in frames if frame.seq < first])

    def _read_head(self) -> tuple[Seq, Seq, RecentFrames]:
        with self._db.read() as tx:
            latest, floor = read_head(tx)
        return latest, floor, RecentFrames(complete_from=latest + 1)

    def _numbered(self, row: Row[Any] | _Held) -> NumberedLabel:
        stored = numbered_label(row)
        if not self._resigner.is_stale(row.signing_key_id, row.src):
            return stored
        signature = self._resigner.signature(stored.seq, row.signing_key_id, stored.label)
        return NumberedLabel(stored.seq, replace(stored.label, sig=signature))


def _frame(numbered: NumberedLabel) -> StreamFrame:
    return StreamFrame(numbered.seq, label_frame(numbered))
