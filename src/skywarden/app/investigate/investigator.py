"""Join history, moderation's tables, word lists and the SQL box into one service that answers questions.

Retry: a question changes nothing and may be asked again. Crash: nothing is kept but what was answered.
Two writers: up to `at_once` questions run at a time; the next is told to come again.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore

from skywarden.app.investigate.entities import Entity, EntityKind, read_entity
from skywarden.app.investigate.happenings import Happenings
from skywarden.app.investigate.histogram import histogram_of
from skywarden.app.investigate.links import linked_by, links_of
from skywarden.app.investigate.reading import Reading
from skywarden.app.investigate.relations import literal
from skywarden.app.investigate.requests import answer
from skywarden.app.investigate.run import Span
from skywarden.app.investigate.spans import end_us, moment_us, span_of
from skywarden.app.investigate.sqlbox import SqlBox
from skywarden.app.investigate.stream import event_page
from skywarden.app.investigate.timeline import timeline_of
from skywarden.app.investigate.top import top_of
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.model.investigation import (
    Answer,
    Checkpoint,
    EventPage,
    FindRequest,
    Histogram,
    Link,
    Linked,
    Question,
    SqlAnswer,
    Timeline,
    Top,
    go_on,
)
from skywarden.rules.query import Query, QueryText, compile_query
from skywarden.rules.source import NO_SETS, Sets


@dataclass(frozen=True, slots=True)
class Caps:
    """What one question may cost, and how many run at once. Units are in the names."""

    seconds: float = 60.0
    rows: int = 10_000
    groups: int = 5
    at_once: int = 4


DEFAULT_CAPS = Caps()
_WORD_LIST = "wordlist"


class HistoryInvestigator:
    """Answers over one history. Without moderation's tables a timeline has events only; without a box no SQL."""

    def __init__(
        self,
        reading: Reading,
        *,
        sets: Callable[[], Sets] = lambda: NO_SETS,
        happenings: Happenings | None = None,
        box: SqlBox | None = None,
        caps: Caps = DEFAULT_CAPS,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reading = reading
        self._sets = sets
        self._happenings = happenings
        self._box = box
        self._caps = caps
        self._clock_s = clock_s
        self._places = BoundedSemaphore(caps.at_once)

    def events(
        self,
        question: Question,
        values: Mapping[str, str],
        *,
        limit: int = 50,
        cursor: str | None = None,
        checkpoint: Checkpoint = go_on,
    ) -> EventPage:
        query = self._compiled(QueryText(question.condition, question.on, tuple(values.items())))
        with self._running(checkpoint) as watched:
            span, rows = self._span(question), self._rows(limit)
            return event_page(query, self._reading, span, limit=rows, cursor=cursor, checkpoint=watched)

    def top(
        self,
        question: Question,
        group: tuple[str, ...],
        *,
        limit: int = 20,
        against: str = "",
        checkpoint: Checkpoint = go_on,
    ) -> Top:
        if not 0 < len(group) <= self._caps.groups:
            raise Rejected("wrong number of groups", expected=f"1 to {self._caps.groups}", found=str(len(group)))
        names = ["group"] if len(group) == 1 else [f"group {number}" for number in range(1, len(group) + 1)]
        query = self._compiled(QueryText(question.condition, question.on, tuple(zip(names, group, strict=True))))
        with self._running(checkpoint) as watched:
            span, rows = self._span(question), self._rows(limit)
            return top_of(query, self._reading, span, limit=rows, against=against, checkpoint=watched)

    def histogram(
        self, question: Question, *, bucket_us: int | None = None, checkpoint: Checkpoint = go_on
    ) -> Histogram:
        query = self._compiled(QueryText(question.condition, question.on))
        with self._running(checkpoint) as watched:
            span = self._span(question)
            return histogram_of(query, self._reading, span, bucket_us=bucket_us, checkpoint=watched)

    def timeline(
        self,
        entity: str,
        *,
        since_us: int | None = None,
        until_us: int | None = None,
        limit: int = 100,
        cursor: str | None = None,
        checkpoint: Checkpoint = go_on,
    ) -> Timeline:
        with self._running(checkpoint) as watched:
            span = span_of(self._reading, since_us, until_us)
            return timeline_of(
                self._entity(entity, span, watched),
                self._reading,
                self._happenings,
                span,
                limit=self._rows(limit),
                cursor=cursor,
                compiled=self._compiled,
                checkpoint=watched,
            )

    def links(
        self,
        entity: str,
        *,
        since_us: int | None = None,
        until_us: int | None = None,
        checkpoint: Checkpoint = go_on,
    ) -> tuple[Link, ...]:
        with self._running(checkpoint) as watched:
            span = span_of(self._reading, since_us, until_us)
            return links_of(self._entity(entity, span, watched), self._reading, span, self._compiled, watched)

    def linked(
        self,
        entity: str,
        relation: str,
        *,
        since_us: int | None = None,
        until_us: int | None = None,
        limit: int = 50,
        checkpoint: Checkpoint = go_on,
    ) -> tuple[Linked, ...]:
        with self._running(checkpoint) as watched:
            span = span_of(self._reading, since_us, until_us)
            found = self._entity(entity, span, watched)
            return linked_by(found, relation, self._reading, span, self._rows(limit), self._compiled, watched)

    def sql(self, text: str, *, limit: int = 1_000, checkpoint: Checkpoint = go_on) -> SqlAnswer:
        if self._box is None:
            raise Rejected(
                "no warehouse", expected="segments that SQL can read", hint="see: skywarden warehouse compact"
            )
        with self._running(checkpoint) as watched:
            return self._box.run(text, limit=limit, checkpoint=watched)

    def find(self, request: FindRequest, *, checkpoint: Checkpoint = go_on) -> Answer:
        return answer(request, self, checkpoint)

    def moments(self, since: str, until: str) -> tuple[int | None, int | None]:
        if not since and not until:
            return None, None
        end = end_us(self._reading)
        return moment_us(since, "since", end) if since else None, moment_us(until, "until", end) if until else None

    def _compiled(self, text: QueryText) -> Query:
        """Word lists are read only for who names one."""
        texts = [text.condition, *(one for _, one in text.values)]
        sets = self._sets() if any(_WORD_LIST in one for one in texts) else NO_SETS
        return compile_query(text, sets, clock=time.thread_time)

    def _span(self, question: Question) -> Span:
        return span_of(self._reading, question.since_us, question.until_us)

    def _rows(self, limit: int) -> int:
        return max(1, min(limit, self._caps.rows))

    def _entity(self, text: str, span: Span, checkpoint: Checkpoint) -> Entity:
        """What is meant; a handle is that of the account which had it last within the stretch."""
        entity = read_entity(text)
        if entity.kind is not EntityKind.ACCOUNT or not entity.value.startswith("@"):
            return entity
        query = self._compiled(QueryText(f"author.handle == {literal(entity.value[1:])}"))
        page = event_page(query, self._reading, span, limit=1, checkpoint=checkpoint)
        if not page.events:
            raise Rejected("unknown handle", found=entity.value, hint="give a longer time, or the DID")
        return Entity(EntityKind.ACCOUNT, page.events[0].did)

    @contextmanager
    def _running(self, checkpoint: Checkpoint) -> Iterator[Checkpoint]:
        """Take a place, and hold what runs in the block to its time."""
        if not self._places.acquire(blocking=False):
            raise Retryable(f"investigate: {self._caps.at_once} questions are being answered; ask again in a moment")
        deadline_s = self._clock_s() + self._caps.seconds

        def watched(events: int) -> None:
            checkpoint(events)
            if self._clock_s() > deadline_s:
                hint = "ask for a shorter time, fewer kinds of events or a narrower condition"
                raise Rejected("query too slow", expected=f"at most {self._caps.seconds:g} s", hint=hint)

        try:
            yield watched
        finally:
            self._places.release()
