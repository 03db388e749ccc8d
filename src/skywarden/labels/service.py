"""Publish labels, answer queries about them and feed those who subscribe.

Order: a frame is handed out only after its label is durable, and never a lower seq after a higher one.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from skywarden.atproto.keys import PrivateKey
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Did, Seq, UtcMicros
from skywarden.labels.publish import FLOOR_COUNTER, SEQ_COUNTER, LabelPublisher
from skywarden.labels.query import LabelQuery, select_labels
from skywarden.labels.recent import RecentFrames, StreamFrame
from skywarden.labels.rows import numbered_label
from skywarden.labels.sign import sign_label
from skywarden.labels.wire import label_frame
from skywarden.model.label import NumberedLabel
from skywarden.observe.catalog import LABEL_PUBLISH_SECONDS, LABEL_SEQ, LABELS_PUBLISHED
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from skywarden.storage.counters import read_counter
from skywarden.storage.tables import LABEL

BATCH = 500

Listener = Callable[[Seq], None]
"""Called with the newest seq, in the publishing thread, after its label is durable; must not block or raise."""


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
        self._publisher = LabelPublisher(db, key, did, clock.now_us())
        self._listeners: tuple[Listener, ...] = ()
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._latest, self._floor, self._recent = self._read_head()

    @property
    def did_key(self) -> str:
        """The public key that verifies these labels, as "did:key:z..."."""
        return self._key.did_key

    @property
    def multibase(self) -> str:
        """The same key as a DID document's publicKeyMultibase."""
        return self._key.public.multibase

    def publish_pending(self, limit: int = BATCH) -> int:
        """Sign, number, store and announce the oldest requested labels; return how many."""
        with self._turn:
            began_s = self._clock.monotonic_s()
            published = self._publisher.publish(limit)
            if not published:
                return 0
            self._metrics.observe(LABEL_PUBLISH_SECONDS, self._clock.monotonic_s() - began_s)
            self._announce(published)
            return len(published)

    def latest_seq(self) -> Seq:
        """Seq of the newest published label; 0 before the first."""
        return self._latest

    def lost_up_to(self) -> Seq:
        """Labels up to this seq are no longer held; 0 when all are."""
        return self._floor

    def restart_above(self, seq: int) -> None:
        """Continue above `seq` after the storage was lost; give a number well above the last one that anybody saw."""
        with self._turn:
            self._publisher.restart_above(seq)
            self._latest, self._floor, self._recent = self._read_head()

    def query(self, query: LabelQuery) -> LabelPage:
        """Find labels that hold now, in stream order."""
        with self._db.read() as tx:
            rows = tx.execute(select_labels(query, self._clock.now_us())).all()
        labels = tuple(self._numbered(row) for row in rows[: query.limit])
        return LabelPage(labels, labels[-1].seq if len(rows) > query.limit else None)

    def from_seq(self, seq: int, limit: int) -> list[NumberedLabel]:
        """Labels from `seq` (inclusive) on that no later one replaced; in order, negations and expired ones too."""
        query = select(LABEL).where(LABEL.c.seq >= seq, LABEL.c.superseded_by.is_(None)).order_by(LABEL.c.seq)
        with self._db.read() as tx:
            return [self._numbered(row) for row in tx.execute(query.limit(limit))]

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
        return [StreamFrame(label.seq, label_frame(label)) for label in self.from_seq(seq, limit)]

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after every publication; returns what ends that."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def end() -> None:
            with self._lock:
                self._listeners = tuple(other for other in self._listeners if other is not listener)

        return end

    def _announce(self, published: list[NumberedLabel]) -> None:
        self._recent.add([StreamFrame(label.seq, label_frame(label)) for label in published])
        self._latest = published[-1].seq
        self._metrics.add(LABELS_PUBLISHED, len(published))
        self._metrics.set(LABEL_SEQ, self._latest)
        for listener in self._listeners:
            listener(self._latest)

    def _read_head(self) -> tuple[Seq, Seq, RecentFrames]:
        with self._db.read() as tx:
            latest, floor = read_counter(tx, SEQ_COUNTER).number, read_counter(tx, FLOOR_COUNTER).number
        return Seq(latest), Seq(floor), RecentFrames(complete_from=latest + 1)

    def _numbered(self, row: Row[Any]) -> NumberedLabel:
        stored = numbered_label(row)
        if row.signing_key_id == self._publisher.key_id or stored.label.src != self.did:
            return stored
        # Signed by a key that has been replaced: the same label, cts and seq, under the key that verifies now.
        return NumberedLabel(stored.seq, sign_label(stored.label, self._key))
