"""What analysts ask of history and what they get: plain values that the command line, HTTP and the console share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.model.hit import Value

Checkpoint = Callable[[int], None]
"""Told how many more events were read; what it raises ends the question."""


def go_on(_events: int) -> None:
    """A checkpoint that never stops anybody."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which events: a condition of the rule language (empty: all) on kinds of events (none: any) in a stretch of time.

    `since_us` is inclusive, `until_us` exclusive; None is the day that ends with what is held, and its end.
    """

    condition: str = ""
    on: tuple[str, ...] = ()
    since_us: int | None = None
    until_us: int | None = None


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """One event; `values` are what was asked of it by name."""

    offset: int
    time_us: int
    did: str
    handle: str
    what: str
    uri: str
    text: str
    subject: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events newest first; `cursor` asks for those before them, None where there are none. `read` were looked at."""

    events: tuple[FoundEvent, ...]
    cursor: str | None
    read: int


@dataclass(frozen=True, slots=True)
class TopRow:
    """A key with its events now and before. `share` is of all events now; `change` None where there were none before.

    Units: `change` 0.5 is half as many more; `accounts` are the different authors now.
    """

    key: tuple[Value, ...]
    count: int
    accounts: int
    share: float
    before: int | None = None
    change: float | None = None


@dataclass(frozen=True, slots=True)
class Top:
    """The keys with most events. `keys` is how many there are in all, `events` and `before` what was counted."""

    rows: tuple[TopRow, ...]
    keys: int
    events: int
    before: int | None
    since_us: int
    until_us: int
    before_since_us: int | None = None


@dataclass(frozen=True, slots=True)
class Histogram:
    """Events in buckets of time, none left out; the first begins at `since_us`."""

    since_us: int
    bucket_us: int
    counts: tuple[int, ...]

    @property
    def events(self) -> int:
        """All of them."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something about an entity. `source` is event, hit, decision, label or report; `number` is its own there."""

    time_us: int
    source: str
    what: str
    did: str
    uri: str
    detail: str
    number: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything about an entity, newest first. `counts` are by source, of the whole stretch of time.

    `cursor` asks for what was before; None where there is nothing.
    """

    entity: str
    entries: tuple[TimelineEntry, ...]
    counts: Mapping[str, int]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """A way from an entity to others: how many there are, and all their events together."""

    relation: str
    meaning: str
    entities: int
    events: int


@dataclass(frozen=True, slots=True)
class Linked:
    """An entity at the end of a link, with the events that link it."""

    entity: str
    events: int
    first_us: int
    last_us: int


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """Rows of a SELECT; `is_cut` when there were more than may be given."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    is_cut: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A question with a name, unique to its owner. `request_json` is what the surfaces were given."""

    id: int
    owner: str
    name: str
    about: str
    is_shared: bool
    request_json: str
    created_us: int
    updated_us: int


@dataclass(frozen=True, slots=True)
class QueryRun:
    """That somebody asked something: what, how long it took, how many rows came, and what went wrong."""

    id: int
    by: str
    kind: str
    request_json: str
    started_us: int
    took_us: int
    rows: int
    outcome: str


Answer = EventPage | Top | Histogram | SqlAnswer


class FindRequest(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What `skywarden query find` and the API take. `since` and `until` are lengths of time (7d) or moments.

    With `sql` it is a SELECT, with `histogram` (a length of time, or auto) counts over time, with `group` the top
    values, otherwise the newest events with the values of the expressions in `show`.
    """

    condition: str = ""
    on: tuple[str, ...] = ()
    since: str = "1d"
    until: str = ""
    group: tuple[str, ...] = ()
    top: int = 20
    against: str = ""
    histogram: str = ""
    show: tuple[str, ...] = ()
    sql: str = ""
    limit: int = 50
    cursor: str = ""

    @property
    def kind(self) -> str:
        """Which answer it has. Raises: Rejected, when it asks for two."""
        given = [name for name in ("sql", "histogram", "group") if getattr(self, name)]
        if len(given) > 1 or (self.sql and (self.condition or self.on)):
            raise Rejected("InvalidRequest", place=" and ".join(given), expected="one of sql, histogram and group")
        return given[0] if given else "events"


def row_count(found: Answer) -> int:
    """How many rows an answer has."""
    match found:
        case EventPage(events=rows) | Top(rows=rows) | SqlAnswer(rows=rows) | Histogram(counts=rows):
            return len(rows)


class Investigator(Protocol):
    """Answers questions about history. May block; safe to call from several threads.

    Raises: Rejected, for a wrong question (RuleErrors with every problem) and one that costs more than it may.
    """

    def find(self, request: FindRequest, *, checkpoint: Checkpoint = go_on) -> Answer:
        """Answer a question as it is written down."""
        ...

    def moments(self, since: str, until: str) -> tuple[int | None, int | None]:
        """The moments that words mean, counted back from the last event that is held; None for an empty one."""
        ...

    def events(
        self,
        question: Question,
        values: Mapping[str, str],
        *,
        limit: int = 50,
        cursor: str | None = None,
        checkpoint: Checkpoint = go_on,
    ) -> EventPage:
        """Events newest first, each with the values of the expressions asked for by name."""
        ...

    def top(
        self,
        question: Question,
        group: tuple[str, ...],
        *,
        limit: int = 20,
        against: str = "",
        checkpoint: Checkpoint = go_on,
    ) -> Top:
        """The values of expressions with most events; `against` is `previous` or a shift such as 7d."""
        ...

    def histogram(
        self, question: Question, *, bucket_us: int | None = None, checkpoint: Checkpoint = go_on
    ) -> Histogram:
        """Events over time, in buckets of a given or a fitting length."""
        ...

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
        """Everything about an account, record, domain, picture or text."""
        ...

    def links(
        self,
        entity: str,
        *,
        since_us: int | None = None,
        until_us: int | None = None,
        checkpoint: Checkpoint = go_on,
    ) -> tuple[Link, ...]:
        """Where one may go from an entity: counts first."""
        ...

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
        """The entities at the end of one link, those with most events first."""
        ...

    def sql(self, text: str, *, limit: int = 1_000, checkpoint: Checkpoint = go_on) -> SqlAnswer:
        """The rows of one SELECT over the warehouse's tables."""
        ...


class SavedQueries(Protocol):
    """Questions that people keep and share, and what they asked. May block."""

    def save(self, owner: Did, name: str, request_json: str, *, about: str = "", is_shared: bool = False) -> SavedQuery:
        """Keep a question under a name of the owner's; one that is there is replaced."""
        ...

    def delete(self, owner: Did, name: str) -> None:
        """Forget one. Raises: Rejected NotFound."""
        ...

    def named(self, reader: Did, name: str, owner: Did | None = None) -> SavedQuery:
        """One's own, or one that `owner` shares. Raises: Rejected NotFound."""
        ...

    def visible(self, reader: Did) -> list[SavedQuery]:
        """One's own and those that are shared, by name."""
        ...

    def note(self, run: QueryRun) -> None:
        """Remember that somebody asked; `run.id` is given anew."""
        ...

    def recent(self, by: Did, limit: int = 50) -> list[QueryRun]:
        """What somebody asked, newest first."""
        ...
