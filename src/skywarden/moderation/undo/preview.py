"""Say what a run would do, without doing it: counts by kind and outcome, and a few examples."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection, select

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.releases.rows import read_versions
from skywarden.moderation.releases.states import State
from skywarden.moderation.service import EVENT_COUNTER
from skywarden.moderation.subject_rows import statuses_of, subject_of
from skywarden.moderation.undo.calling_off import count_pending, looks_of
from skywarden.moderation.undo.items import Found, ItemCount, place_before, select_decisions, select_removed
from skywarden.moderation.undo.judge import Finding, ItemState, Why
from skywarden.moderation.undo.runs import Selection
from skywarden.moderation.undo.survey import Known, Look, Survey, look_at
from skywarden.storage import Database
from skywarden.storage.counters import read_counter
from skywarden.storage.tables import DECISION, SUBJECT

EXAMPLES = 10
_ALIKE = 3
"""So many examples of one kind and outcome, before others are looked for."""


@dataclass(frozen=True, slots=True)
class Example:
    """One decision and what would become of it."""

    decision: int
    kind: str
    value: str
    uri: str
    decided_us: UtcMicros
    state: ItemState
    why: Why
    kept_by: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would do. `pending` proposals and `looks` would be called off.

    `live` are the versions of the selection that go on acting meanwhile.
    """

    selection: Selection
    total: int
    pending: int
    looks: int
    counts: tuple[ItemCount, ...]
    examples: tuple[Example, ...]
    live: tuple[str, ...] = ()


def preview(
    db: Database, asked: Selection, service: Did, now_us: UtcMicros, *, of_run: int | None = None, batch: int = 500
) -> Preview:
    """Look at every decision of the selection (or every removed one of a run) as the run would."""
    tally, examples = Counter[tuple[str, ItemState, Why]](), _Examples()
    with db.read() as tx:
        found = _all_found(tx, asked, of_run, batch)
        pending = count_pending(tx, asked) if of_run is None and asked.decision is None else 0
        looks = len(looks_of(tx, asked)) if of_run is None else 0
        live = _live(tx, asked) if of_run is None else ()
    look = Look(now_us, service, of_run)
    for items in _by_subject(found, batch):
        with db.read() as tx:
            survey = _looked(db, tx, look, items)
        for item in items:
            finding = survey.findings[item.item.decision]
            tally[item.item.kind.value, finding.state, finding.why] += 1
            examples.offer(item, finding)
    with db.read() as tx:
        told = examples.told(tx)
    counts = [ItemCount(kind, state, why, number) for (kind, state, why), number in sorted(tally.items())]
    return Preview(asked, len(found), pending, looks, tuple(counts), told, live)


def _live(tx: Connection, asked: Selection) -> tuple[str, ...]:
    names = [found.version for found in read_versions(tx, asked.rule, State.LIVE)]
    return tuple(name for name in names if asked.version in (None, name))


def _all_found(tx: Connection, asked: Selection, of_run: int | None, batch: int) -> list[Found]:
    upto = read_counter(tx, EVENT_COUNTER).number
    place = 0 if of_run is not None else place_before(tx, asked)
    found: list[Found] = []
    while place < upto:
        if of_run is not None:
            some, place = select_removed(tx, of_run, place, batch)
            place = place if some else upto
        else:
            some, place = select_decisions(tx, asked, place, upto, batch)
        found += some
    return found


def _by_subject(found: Sequence[Found], batch: int) -> Iterable[list[Found]]:
    """Batches in which all of a subject's decisions come together."""
    grouped = defaultdict[int, list[Found]](list)
    for one in found:
        grouped[one.subject_id].append(one)
    waiting: list[Found] = []
    for items in grouped.values():
        waiting += items
        if len(waiting) >= batch:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _looked(db: Database, tx: Connection, look: Look, items: Sequence[Found]) -> Survey:
    rows = tx.execute(select(SUBJECT).where(SUBJECT.c.id.in_({item.subject_id for item in items}))).all()
    statuses = statuses_of(tx, rows)
    known = {row.id: Known(subject_of(row), statuses[row.uri].at(look.now_us)) for row in rows}
    return look_at(db, tx, look, items, known)


class _Examples:
    """A few decisions of each kind and outcome."""

    def __init__(self) -> None:
        self._offered = defaultdict[tuple[str, ItemState, Why], list[tuple[int, Finding]]](list)

    def offer(self, found: Found, finding: Finding) -> None:
        alike = self._offered[found.item.kind.value, finding.state, finding.why]
        if len(alike) < EXAMPLES:
            alike.append((found.item.decision, finding))

    def told(self, tx: Connection) -> tuple[Example, ...]:
        """At most ten, a few of each first."""
        first = [one for alike in self._offered.values() for one in alike[:_ALIKE]]
        more = [one for alike in self._offered.values() for one in alike[_ALIKE:]]
        chosen = dict(islice([*first, *more], EXAMPLES))
        columns = DECISION.c
        query = (
            select(columns.id, columns.kind, columns.value, columns.created_us, SUBJECT.c.uri)
            .join(SUBJECT, SUBJECT.c.id == columns.subject_id)
            .where(columns.id.in_(chosen))
            .order_by(columns.id)
        )
        return tuple(
            Example(
                decision=row.id,
                kind=row.kind,
                value=row.value,
                uri=row.uri,
                decided_us=UtcMicros(row.created_us),
                state=chosen[row.id].state,
                why=chosen[row.id].why,
                kept_by=chosen[row.id].kept_by,
            )
            for row in tx.execute(query)
        )
