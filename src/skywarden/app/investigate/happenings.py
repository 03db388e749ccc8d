"""Turn what moderation's tables hold of an account or of records into entries of a timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from skywarden.atproto.syntax.datetime import datetime_micros, datetime_text
from skywarden.kernel.ids import UtcMicros
from skywarden.model.investigation import TimelineEntry
from skywarden.storage import Database
from skywarden.storage.tables import HIT, LABEL, MODERATION_EVENT, REPORT, SUBJECT

_MILLI_US = 1_000
SOURCES = ("event", "hit", "decision", "label", "report")
"""Where entries come from; of one moment, in this order."""


@dataclass(frozen=True, slots=True)
class About:
    """An account with all that is its own (`did`), or these records."""

    did: str = ""
    uris: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bound:
    """Entries of a source from `since_us` to before a place in the timeline."""

    since_us: int
    until_us: int
    number: int | None
    """Of entries at `until_us` itself those below this number; None: none of them."""

    def holds(self, time: ColumnElement[int], number: ColumnElement[int]) -> ColumnElement[bool]:
        before = time < self.until_us
        if self.number is not None:
            before = or_(before, and_(time == self.until_us, number < self.number))
        return and_(time >= self.since_us, before)


@dataclass(frozen=True, slots=True)
class Happenings:
    """Reads hits, decisions, labels and reports of one database."""

    db: Database

    def entries(self, source: str, about: About, bound: Bound, limit: int) -> list[TimelineEntry]:
        """The newest entries of a source, newest first."""
        readers = {"hit": self._hits, "decision": self._decisions, "label": self._labels, "report": self._reports}
        return readers[source](about, bound, limit)

    def count(self, source: str, about: About, bound: Bound) -> int:
        """How many entries a source has."""
        queries = {"hit": _hits, "decision": _decisions, "label": _labels, "report": _reports}
        rows = queries[source](about, bound).subquery()
        with self.db.read() as tx:
            return int(tx.execute(select(func.count()).select_from(rows)).scalar_one())

    def _hits(self, about: About, bound: Bound, limit: int) -> list[TimelineEntry]:
        query = _hits(about, bound).order_by(HIT.c.log_offset.desc(), HIT.c.rule).limit(limit)
        with self.db.read() as tx:
            return [
                TimelineEntry(row.time_us, "hit", row.rule, row.did, row.uri, _reason(row), row.log_offset)
                for row in tx.execute(query)
            ]

    def _decisions(self, about: About, bound: Bound, limit: int) -> list[TimelineEntry]:
        query = _decisions(about, bound).order_by(MODERATION_EVENT.c.id.desc()).limit(limit)
        with self.db.read() as tx:
            return [
                TimelineEntry(
                    row.created_us,
                    "decision",
                    row.type.rpartition("#modEvent")[2] or row.type,
                    row.did,
                    row.uri,
                    f"by {row.rule or row.created_by}" + (f": {row.comment}" if row.comment else ""),
                    row.id,
                )
                for row in tx.execute(query)
            ]

    def _labels(self, about: About, bound: Bound, limit: int) -> list[TimelineEntry]:
        query = _labels(about, bound).order_by(LABEL.c.seq.desc()).limit(limit)
        with self.db.read() as tx:
            return [
                TimelineEntry(
                    datetime_micros(row.cts),
                    "label",
                    f"-{row.val}" if row.neg else row.val,
                    row.uri.removeprefix("at://").split("/")[0],
                    row.uri,
                    f"by {row.src}",
                    row.seq,
                )
                for row in tx.execute(query)
            ]

    def _reports(self, about: About, bound: Bound, limit: int) -> list[TimelineEntry]:
        query = _reports(about, bound).order_by(REPORT.c.id.desc()).limit(limit)
        with self.db.read() as tx:
            return [
                TimelineEntry(
                    row.created_us,
                    "report",
                    row.reason_type.rpartition("#")[2] or row.reason_type,
                    row.did,
                    row.uri,
                    f"by {row.rule or row.reported_by}" + (f": {row.comment}" if row.comment else ""),
                    row.id,
                )
                for row in tx.execute(query)
            ]


def _reason(hit: Row[Any]) -> str:
    return f"in shadow, without effect: {hit.reason}" if hit.is_shadow else str(hit.reason)


_Rows = Select[tuple[object, ...]]


def _of(about: About, did: ColumnElement[str], uri: ColumnElement[str]) -> ColumnElement[bool]:
    return did == about.did if about.did else uri.in_(about.uris)


def _hits(about: About, bound: Bound) -> _Rows:
    of = _of(about, HIT.c.did, HIT.c.uri)
    return select(HIT).where(of, bound.holds(HIT.c.time_us, HIT.c.log_offset))


def _decisions(about: About, bound: Bound) -> _Rows:
    table = MODERATION_EVENT.c
    return select(MODERATION_EVENT).where(_of(about, table.did, table.uri), bound.holds(table.created_us, table.id))


def _reports(about: About, bound: Bound) -> _Rows:
    """A report names its record through its subject."""
    uri: ColumnElement[str] = SUBJECT.c.uri
    joined = select(REPORT, uri.label("uri")).join(SUBJECT, SUBJECT.c.id == REPORT.c.subject_id)
    return joined.where(_of(about, REPORT.c.did, uri), bound.holds(REPORT.c.created_us, REPORT.c.id))


def _labels(about: About, bound: Bound) -> _Rows:
    """Labels know no account: those of its records are a range of at-uris. Their times are texts that sort."""
    table = LABEL.c
    records = and_(table.uri >= f"at://{about.did}/", table.uri < f"at://{about.did}0")
    of = or_(table.uri == about.did, records) if about.did else table.uri.in_(about.uris)
    before = table.cts < _first_text(bound.until_us)
    if bound.number is not None and bound.until_us % _MILLI_US == 0:
        before = or_(before, and_(table.cts == _first_text(bound.until_us), table.seq < bound.number))
    return select(LABEL).where(of, table.cts >= _first_text(bound.since_us), before)


def _first_text(us: int) -> str:
    """The first time of a label, which has milliseconds, that is not before a moment."""
    return datetime_text(UtcMicros(-(-us // _MILLI_US) * _MILLI_US))


def merged(parts: Sequence[Sequence[TimelineEntry]]) -> list[TimelineEntry]:
    """All entries, newest first."""
    return sorted((entry for part in parts for entry in part), key=place_of, reverse=True)


def place_of(entry: TimelineEntry) -> tuple[int, int, int]:
    """Where an entry stands; entries of one moment go by source and number."""
    return entry.time_us, SOURCES.index(entry.source), entry.number
