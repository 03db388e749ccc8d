"""Turn an account, a record or what posts have in common into one list of everything about it, newest first."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from skywarden.app.investigate.entities import Entity, EntityKind
from skywarden.app.investigate.found_events import found_events
from skywarden.app.investigate.happenings import SOURCES, About, Bound, Happenings, merged, place_of
from skywarden.app.investigate.links import found_in
from skywarden.app.investigate.reading import Reading
from skywarden.app.investigate.relations import own_events
from skywarden.app.investigate.run import Matches, Span
from skywarden.kernel.errors import Rejected
from skywarden.model.investigation import Checkpoint, Timeline, TimelineEntry, go_on
from skywarden.rules.query import Query, QueryText, compile_query

_TIES = 64
"""Entries of one moment and number (hits of several rules on one event) that a page may have beyond its limit."""
_MOST_URIS = 500
"""Of so many of the page's events the hits, decisions, labels and reports are looked up, where no account is meant."""


SHOWN = frozenset({"text", "subject_uri", "subject_did", "handle"})
"""What is shown of an event: no more than the warehouse's copy of events by account has."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: entries must stand before it."""

    time_us: int
    rank: int
    number: int

    def bound(self, source: str, since_us: int) -> Bound:
        """What that means for one source."""
        rank = SOURCES.index(source)
        if rank < self.rank:
            return Bound(since_us, self.time_us + 1, None)
        return Bound(since_us, self.time_us, self.number if rank == self.rank else None)

    def text(self) -> str:
        return f"{self.time_us}.{self.rank}.{self.number}"


def timeline_of(
    entity: Entity,
    reading: Reading,
    happenings: Happenings | None,
    span: Span,
    *,
    limit: int,
    cursor: str | None = None,
    compiled: Callable[[QueryText], Query] = compile_query,
    checkpoint: Checkpoint = go_on,
) -> Timeline:
    """One page. Without `happenings` only events are known."""
    place = _Place(span.until_us, 0, -1) if cursor is None else _read_place(cursor)
    found = found_in(entity, compiled(own_events(entity)), reading, span, checkpoint, SHOWN)
    events, count = _newest(found, place, limit + 1)
    counts = {"event": count}
    parts = [events]
    if happenings is not None:
        about = _about(entity, events)
        for source in SOURCES[1:]:
            bound = place.bound(source, span.since_us)
            parts.append(happenings.entries(source, about, bound, limit + _TIES))
            counts[source] = happenings.count(source, about, Bound(span.since_us, span.until_us, None))
    entries = merged(parts)
    end = limit
    while 0 < end < len(entries) and place_of(entries[end]) == place_of(entries[end - 1]):
        end += 1
    more = len(entries) > end
    next_page = _Place(*place_of(entries[end - 1])).text() if more else None
    return Timeline(entity.name, tuple(entries[:end]), counts, next_page)


def _newest(found: Iterable[Matches], place: _Place, most: int) -> tuple[list[TimelineEntry], int]:
    """The newest events before the place, and how many there are in all."""
    kept: deque[TimelineEntry] = deque(maxlen=most)
    count = 0
    wanted = (place.time_us, place.rank, place.number)
    for one in found:
        count += len(one)
        if int(one.times_us[0]) <= place.time_us:
            entries = [
                TimelineEntry(
                    event.time_us, "event", event.what, event.did, event.uri, event.text or event.subject, event.offset
                )
                for event in found_events(one, None if place.number >= 0 else most)
            ]
            kept.extend(entry for entry in entries if place_of(entry) < wanted)
    return list(kept)[::-1], count


def _about(entity: Entity, events: list[TimelineEntry]) -> About:
    if entity.kind is EntityKind.ACCOUNT:
        return About(did=entity.value)
    if entity.kind is EntityKind.RECORD:
        return About(uris=(entity.value,))
    return About(uris=tuple(dict.fromkeys(event.uri for event in events[:_MOST_URIS])))


def _read_place(cursor: str) -> _Place:
    parts = cursor.split(".")
    if len(parts) == 3 and all(part.isascii() and part.isdecimal() and len(part) < 20 for part in parts):
        place = _Place(*map(int, parts))
        if place.rank < len(SOURCES):
            return place
    raise Rejected("InvalidRequest", place="cursor", expected="what the page before gave", found=repr(cursor[:60]))
