"""Turn queries for labels into pages of their JSON, which is written once a label.

What a published label says never changes, only whether it still holds: so the database is asked for numbers, and the
texts come out of memory. Two writers: safe from several threads; two may write the same text, which is the same.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import ColumnElement, Select, bindparam, or_, select

from skywarden.kernel.ids import UtcMicros
from skywarden.labels.query import LabelQuery, select_labels
from skywarden.labels.wire import label_json
from skywarden.model.label import NumberedLabel
from skywarden.storage import Database
from skywarden.storage.prepared import Prepared
from skywarden.storage.tables import LABEL

TEXTS = 50_000
"""How many labels' texts are kept, some 20 MB."""


def _holding(*conditions: ColumnElement[bool]) -> Select[tuple[int]]:
    return (
        select(LABEL.c.seq)
        .where(
            *conditions,
            LABEL.c.seq > bindparam("after"),
            LABEL.c.superseded_by.is_(None),
            LABEL.c.neg.is_(False),
            or_(LABEL.c.expires_us.is_(None), LABEL.c.expires_us > bindparam("now_us")),
        )
        .order_by(LABEL.c.seq)
        .limit(bindparam("at_most"))
    )


_OF_URI = Prepared(_holding(LABEL.c.uri == bindparam("uri")))
_OF_ALL = Prepared(_holding())


@dataclass(frozen=True, slots=True)
class JsonPage:
    """One page; each label is a JSON object; `cursor` is None at the end."""

    labels: tuple[bytes, ...]
    cursor: int | None


class LabelPages:
    """Pages of one labeler's labels."""

    def __init__(self, db: Database, load: Callable[[Sequence[int]], Iterable[NumberedLabel]]) -> None:
        self._db = db
        self._load = load
        self._texts: dict[int, bytes] = {}
        self._lock = threading.Lock()

    def page(self, query: LabelQuery, now_us: UtcMicros) -> JsonPage:
        """Labels that hold now, in stream order. Raises: Rejected, as `select_labels` does."""
        found = self._seqs(query, now_us)
        seqs = found[: query.limit]
        missing = [seq for seq in seqs if seq not in self._texts]
        if missing:
            self._keep(missing)
        texts = tuple(self._texts.get(seq) or self._write(seq) for seq in seqs)
        return JsonPage(texts, seqs[-1] if len(found) > query.limit else None)

    def _seqs(self, query: LabelQuery, now_us: UtcMicros) -> list[int]:
        """Numbers of the page's labels, and one more where there is a next page."""
        values = {"after": query.after, "now_us": now_us, "at_most": query.limit + 1}
        if not query.sources and len(query.patterns) == 1:
            (pattern,) = query.patterns
            if pattern == "*":
                return self._db.numbers(_OF_ALL, values)
            if "*" not in pattern:
                return self._db.numbers(_OF_URI, {**values, "uri": pattern})
        numbers = select_labels(query, now_us).with_only_columns(LABEL.c.seq)
        with self._db.read() as tx:
            return [int(seq) for seq in tx.execute(numbers).scalars()]

    def _keep(self, seqs: Sequence[int]) -> None:
        written = {int(numbered.seq): _text(numbered) for numbered in self._load(seqs)}
        with self._lock:
            self._texts.update(written)
            while len(self._texts) > TEXTS:
                del self._texts[next(iter(self._texts))]

    def _write(self, seq: int) -> bytes:
        """The text of a label that left memory between two steps."""
        return b"".join(_text(numbered) for numbered in self._load([seq]))


def _text(numbered: NumberedLabel) -> bytes:
    return msgspec.json.encode(label_json(numbered.label))
