"""Find the decisions that a run is about, keep them as its items, and write what became of each.

Retry and crash: items are inserted with the run's place and settled with their events, each in one transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, update

from skywarden.kernel.clock import SECOND_US
from skywarden.model.decision import Outcome
from skywarden.model.effect import EffectKind
from skywarden.moderation.undo.judge import Finding, Item, ItemState, Why
from skywarden.moderation.undo.past import version_of
from skywarden.moderation.undo.runs import Selection, UndoRun
from skywarden.storage.prepared import Prepared
from skywarden.storage.tables import DECISION, MODERATION_EVENT, UNDO_ITEM

_MARGIN_US = 60 * SECOND_US
"""Decisions are numbered in commit order and dated a moment before; no transaction takes so long."""

_AT_ONCE = 1_000
"""Decisions named in one statement."""

_KINDS = {kind.value: kind for kind in EffectKind}
_STATES, _WHYS = {state.value: state for state in ItemState}, {why.value: why for why in Why}

_Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Found:
    """A decision that a run is about."""

    subject_id: int
    item: Item


@dataclass(frozen=True, slots=True)
class ItemCount:
    """How many items of a kind ended in a way."""

    kind: str
    state: ItemState
    why: Why
    count: int


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One item of a run."""

    decision: int
    subject_id: int
    kind: str
    state: ItemState
    why: Why
    kept_by: int | None
    event: int | None


def place_before(tx: Connection, asked: Selection) -> int:
    """A number after which the decisions of the selection lie, so that older ones need not be looked at."""
    if asked.decision is not None:
        return asked.decision - 1
    columns = MODERATION_EVENT.c
    older = columns.created_us < asked.since_us - _MARGIN_US
    newest = select(columns.id).where(older).order_by(columns.created_us.desc(), columns.id.desc()).limit(1)
    return tx.execute(newest).scalar() or 0


def select_decisions(tx: Connection, asked: Selection, after: int, upto: int, limit: int) -> tuple[list[Found], int]:
    """The next decisions of a selection that no run has removed, and the number of the last one looked at.

    Fewer than `limit` were looked at only at the end; then that number is `upto`.
    """
    columns = DECISION.c
    query = (
        select(columns.id, columns.kind, columns.subject_id, columns.outcome, columns.created_us, columns.tool_json)
        .where(*_conditions(tx, asked), columns.id > after, columns.id <= upto)
        .order_by(columns.id)
        .limit(limit)
    )
    rows = tx.execute(query).all()
    removed = _removed_among(tx, [row.id for row in rows])
    found = [_found(row) for row in rows if row.id not in removed and _is_asked(row, asked)]
    return found, rows[-1].id if len(rows) == limit else upto


def _conditions(tx: Connection, asked: Selection) -> list[ColumnElement[bool]]:
    columns = DECISION.c
    given = [
        columns.rule == asked.rule,
        columns.outcome.in_([Outcome.APPLIED.value, Outcome.ALREADY.value]),
        columns.kind != EffectKind.RECHECK.value,
    ]
    if asked.decision is None:
        return given
    row = tx.execute(select(columns.kind, columns.value, columns.subject_id).where(columns.id == asked.decision)).one()
    found_done = columns.outcome == Outcome.ALREADY.value
    same = (columns.kind == row.kind) & (columns.value == row.value) & found_done
    return [*given, columns.subject_id == row.subject_id, (columns.id == asked.decision) | same]


def _is_asked(row: Row[*tuple[Any, ...]], asked: Selection) -> bool:
    if asked.decision is None and not asked.since_us <= row.created_us < asked.until_us:
        return False
    return asked.version is None or version_of(row.tool_json) == asked.version


def _removed_among(tx: Connection, decisions: Collection[int]) -> set[int]:
    if not decisions:
        return set()
    columns = UNDO_ITEM.c
    query = select(columns.decision_id).where(columns.decision_id.in_(decisions), columns.is_removed.is_(True))
    return set(tx.execute(query).scalars())


def select_removed(tx: Connection, run: int, after: int, limit: int) -> tuple[list[Found], int]:
    """The next items of a run that are still removed, and the last of them; `after` when there is none."""
    columns = UNDO_ITEM.c
    query = (
        select(columns.decision_id, columns.subject_id, columns.kind, columns.state)
        .where(columns.run_id == run, columns.decision_id > after, columns.is_removed.is_(True))
        .order_by(columns.decision_id)
        .limit(limit)
    )
    rows = tx.execute(query).all()
    found = [
        Found(row.subject_id, Item(row.decision_id, EffectKind(row.kind), row.state != ItemState.ASKED.value))
        for row in rows
    ]
    return found, rows[-1].decision_id if rows else after


def _found(row: Row[*tuple[Any, ...]]) -> Found:
    return Found(row.subject_id, Item(row.id, _KINDS[row.kind], row.outcome == Outcome.APPLIED.value))


_ADD = Prepared(insert(UNDO_ITEM))


def add_items(tx: Connection, run: int, found: Iterable[Found]) -> int:
    """Keep decisions as items that wait; return how many."""
    rows = [
        _row(run, one.subject_id, one.item.decision, one.item.kind.value, Finding(ItemState.WAITING)) for one in found
    ]
    _ADD.run_all(tx, rows)
    return len(rows)


def add_cancelled(tx: Connection, run: int, answers: Sequence[tuple[int, int, EffectKind]]) -> None:
    """Keep what was called off before it was decided: its answer's number, its subject, its kind."""
    cancelled = Finding(ItemState.CANCELLED)
    rows = [
        {**_row(run, subject_id, number, kind.value, cancelled), "is_removed": True}
        for number, subject_id, kind in answers
    ]
    _ADD.run_all(tx, rows)


def _row(run: int, subject_id: int, decision: int, kind: str, finding: Finding) -> _Row:
    return {
        "run_id": run,
        "decision_id": decision,
        "subject_id": subject_id,
        "kind": kind,
        "state": finding.state.value,
        "why": finding.why.value,
        "kept_by": finding.kept_by,
        "event_id": None,
        "is_removed": False,
    }


def next_items(tx: Connection, run: int, limit: int) -> list[StoredItem]:
    """Waiting items by subject; all of each subject, so that it may be more than `limit`."""
    columns = UNDO_ITEM.c
    waiting = (columns.run_id == run, columns.state == ItemState.WAITING.value)
    order = columns.subject_id, columns.decision_id
    found = [_stored(row) for row in tx.execute(select(UNDO_ITEM).where(*waiting).order_by(*order).limit(limit))]
    if len(found) == limit:
        last = found[-1]
        rest = (columns.subject_id == last.subject_id, columns.decision_id > last.decision)
        found += [_stored(row) for row in tx.execute(select(UNDO_ITEM).where(*waiting, *rest).order_by(*order))]
    return found


def settle_items(
    tx: Connection,
    run: UndoRun,
    items: Sequence[Found],
    findings: Mapping[int, Finding],
    events: Mapping[int, int],
    kept: Collection[int],
) -> None:
    """Write what became of items; `kept` are those whose decisions still count as made."""
    rows = []
    for found in items:
        decision, finding = found.item.decision, findings[found.item.decision]
        row = _row(run.id, found.subject_id, decision, found.item.kind.value, finding)
        removed = not run.puts_back and decision not in kept
        rows.append({**row, "event_id": events.get(decision), "is_removed": removed})
    # Out and in again: two statements for all, where updates would be one each.
    decisions = [found.item.decision for found in items]
    for some in _chunks(decisions):
        tx.execute(delete(UNDO_ITEM).where(_those(run.id, some)))
    _ADD.run_all(tx, rows)
    if run.of_run is not None:
        for some in _chunks([decision for decision in decisions if decision not in kept]):
            tx.execute(update(UNDO_ITEM).where(_those(run.of_run, some)).values(is_removed=False))


def _those(run: int, decisions: Sequence[int]) -> ColumnElement[bool]:
    return and_(UNDO_ITEM.c.run_id == run, UNDO_ITEM.c.decision_id.in_(decisions))


def _chunks(decisions: Sequence[int]) -> Iterable[Sequence[int]]:
    return (decisions[start : start + _AT_ONCE] for start in range(0, len(decisions), _AT_ONCE))


def events_of(tx: Connection, run: int, decisions: Collection[int]) -> dict[int, int]:
    """The events by which a run took decisions back."""
    columns = UNDO_ITEM.c
    query = select(columns.decision_id, columns.event_id).where(
        columns.run_id == run, columns.decision_id.in_(decisions), columns.event_id.is_not(None)
    )
    return {row.decision_id: row.event_id for row in tx.execute(query)}


def count_items(tx: Connection, run: int) -> list[ItemCount]:
    """How the items of a run stand."""
    columns = UNDO_ITEM.c
    groups = (columns.kind, columns.state, columns.why)
    query = select(*groups, func.count().label("number")).where(columns.run_id == run).group_by(*groups)
    rows = tx.execute(query.order_by(*groups)).all()
    return [ItemCount(row.kind, ItemState(row.state), Why(row.why), row.number) for row in rows]


def page_items(tx: Connection, run: int, states: Collection[ItemState], after: int, limit: int) -> list[StoredItem]:
    """Items of a run in these states (none: in any) after a decision, in the order of their decisions."""
    columns = UNDO_ITEM.c
    query = select(UNDO_ITEM).where(columns.run_id == run, columns.decision_id > after)
    if states:
        query = query.where(columns.state.in_([state.value for state in states]))
    return [_stored(row) for row in tx.execute(query.order_by(columns.decision_id).limit(limit))]


def _stored(row: Row[*tuple[Any, ...]]) -> StoredItem:
    return StoredItem(
        decision=row.decision_id,
        subject_id=row.subject_id,
        kind=row.kind,
        state=_STATES[row.state],
        why=_WHYS[row.why],
        kept_by=row.kept_by,
        event=row.event_id,
    )
