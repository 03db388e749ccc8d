"""Turn a query into pages of events, newest first."""

from collections import deque

from skywarden.app.investigate.found_events import SHOWN, found_events
from skywarden.app.investigate.reading import Reading
from skywarden.app.investigate.run import Span, matches_of
from skywarden.app.investigate.spans import offsets_of
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Offset
from skywarden.model.investigation import Checkpoint, EventPage, FoundEvent, go_on
from skywarden.rules.query import Query

_STRETCH = 65_536
_LONGEST = 64 * _STRETCH


def event_page(
    query: Query,
    reading: Reading,
    span: Span,
    *,
    limit: int,
    cursor: str | None = None,
    pushdown: bool = True,
    checkpoint: Checkpoint = go_on,
) -> EventPage:
    """The newest events before the cursor where the query is true.

    A stateless query is run backwards, stretch by stretch, until the page is full; one with memory over everything.
    """
    first, end = offsets_of(reading, span)
    stop = end if cursor is None else Offset(min(end, _position(cursor)))
    page: deque[FoundEvent] = deque(maxlen=limit + 1)
    stretch, low, read = _STRETCH, stop, 0
    while low > first and len(page) <= limit:
        start = first if query.is_stateful else Offset(max(first, low - stretch))
        found: deque[FoundEvent] = deque(maxlen=limit + 1 - len(page))
        chunks = matches_of(query, reading, start, low, pushdown=pushdown, also=SHOWN, checkpoint=checkpoint)
        for chunk in chunks:
            found.extend(found_events(chunk, found.maxlen))
        page.extendleft(reversed(found))
        read += low - start
        low, stretch = start, min(2 * stretch, _LONGEST)
    events = list(page)[::-1]
    more = len(events) > limit
    return EventPage(tuple(events[:limit]), str(events[limit - 1].offset) if more else None, read)


def _position(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise Rejected("InvalidRequest", place="cursor", expected="what the page before gave", found=repr(cursor[:40]))
    return int(cursor)
