"""Say which report tickets follow when a rule's reports, acknowledges and takedowns are undone, and change them.

A ticket that a person works on stays, and so does the report that it is about. What an undo closes or opens again
carries the undo's event, by which a later run knows it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy import Connection, select

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.moderation.audit import Change
from skywarden.moderation.reports.machine import Activity, TicketState
from skywarden.moderation.reports.tickets import (
    Done,
    Ticket,
    lock_tickets,
    read_tickets,
    save_activities,
    save_tickets,
)
from skywarden.moderation.undo.deeds import Deed
from skywarden.moderation.undo.past import Answer
from skywarden.storage import Database
from skywarden.storage.tables import REPORT, REPORT_ACTIVITY

TICKETED = frozenset({EffectKind.REPORT, EffectKind.ACKNOWLEDGE, EffectKind.TAKEDOWN})
"""Kinds of effects that open or close tickets."""


@dataclass(frozen=True, slots=True)
class Tickets:
    """The tickets of one subject; `in_work` are the ids of those that a person has touched."""

    found: tuple[Ticket, ...] = ()
    in_work: frozenset[int] = frozenset()

    def kept(self, items: Collection[Answer]) -> frozenset[int]:
        """The rule's reports that stay because somebody works on their tickets."""
        mine = {item.id for item in items if item.kind is EffectKind.REPORT}
        return frozenset(
            ticket.event_id
            for ticket in self.found
            if ticket.event_id in mine and ticket.state is not TicketState.CLOSED and ticket.id in self.in_work
        )


@dataclass(frozen=True, slots=True)
class TicketMove:
    """A ticket to be closed, or opened again, with the event that takes back (or puts back) a decision."""

    ticket: Ticket
    decision: int
    closes: bool


def read_subject_tickets(tx: Connection, subject_ids: Collection[int], *, lock: bool) -> dict[int, Tickets]:
    """The tickets of subjects; locked where they may change."""
    read = lock_tickets if lock else read_tickets
    tickets = read(tx, REPORT.c.subject_id.in_(subject_ids))
    columns = REPORT_ACTIVITY.c
    reports = select(REPORT.c.id).where(REPORT.c.subject_id.in_(subject_ids)).scalar_subquery()
    query = select(columns.report_id).where(columns.report_id.in_(reports), columns.is_automated.is_(False)).distinct()
    worked = set(tx.execute(query).scalars())
    grouped = defaultdict[int, list[Ticket]](list)
    for ticket in tickets:
        grouped[ticket.subject_id].append(ticket)
    return {
        subject: Tickets(
            tuple(found), frozenset(one.id for one in found if one.id in worked or one.assigned_to is not None)
        )
        for subject, found in grouped.items()
    }


def moves_back(
    tickets: Tickets, items: Collection[Answer], deeds: Sequence[Deed], after: Collection[int]
) -> list[TicketMove]:
    """What to do with tickets when decisions are taken back: close those they opened, open those they closed."""
    moves: list[TicketMove] = []
    by_id = {item.id: item for item in items if item.applied and item.kind in TICKETED}
    for ticket in tickets.found:
        is_closed = ticket.state is TicketState.CLOSED
        opener = by_id.get(ticket.event_id)
        if opener is not None and opener.kind is EffectKind.REPORT:
            if not is_closed and opener.id in after:
                moves.append(TicketMove(ticket, opener.id, closes=True))
            continue
        closer = by_id.get(ticket.action_event_ids[-1]) if ticket.action_event_ids else None
        if closer is None or not is_closed or ticket.event_id in after:
            continue
        if not _closed_later(closer.id, deeds, after):
            moves.append(TicketMove(ticket, closer.id, closes=False))
    return moves


def moves_again(
    tickets: Tickets,
    items: Collection[Answer],
    events: Mapping[int, int],
    deeds: Sequence[Deed],
    after: Collection[int],
) -> list[TicketMove]:
    """What to do with tickets when that is put back; `events` took the decisions back."""
    moves: list[TicketMove] = []
    by_event = {events[item.id]: item for item in items if item.kind in TICKETED and item.id in events}
    for ticket in tickets.found:
        item = by_event.get(ticket.action_event_ids[-1]) if ticket.action_event_ids else None
        if item is None:
            continue
        is_closed = ticket.state is TicketState.CLOSED
        if item.id == ticket.event_id and is_closed and not _closed_later(item.id, deeds, after):
            moves.append(TicketMove(ticket, item.id, closes=False))
        elif item.id != ticket.event_id and not is_closed and ticket.id not in tickets.in_work:
            moves.append(TicketMove(ticket, item.id, closes=True))
    return moves


def _closed_later(decision: int, deeds: Sequence[Deed], after: Collection[int]) -> bool:
    """Say whether something that stands would have closed the ticket after the decision, had it been open."""
    return any(deed.id > decision and deed.id not in after and deed.closes_tickets() for deed in deeds)


def save_moves(
    db: Database, tx: Connection, moves: Sequence[TicketMove], events: Mapping[int, int], by: Did, now_us: UtcMicros
) -> list[Change]:
    """Write the moved tickets; `events` are what takes each decision back. Return the audit's rows."""
    if not moves:
        return []
    after = [_moved(move, events[move.decision], by, now_us) for move in moves]
    save_tickets(tx, after, now_us)
    save_activities(db, tx, [_done(move, by) for move in moves], now_us)
    return [_change(move, ticket, events[move.decision], by) for move, ticket in zip(moves, after, strict=True)]


def _activity(move: TicketMove) -> Activity:
    return Activity.CLOSED if move.closes else Activity.REOPENED


def _moved(move: TicketMove, event: int, by: Did, now_us: UtcMicros) -> Ticket:
    ticket = move.ticket.moved(_activity(move), by, now_us)
    if not move.closes:
        ticket = ticket.waiting(None, now_us)  # to be routed as if it were new: its queue may be gone
    return replace(ticket, action_event_ids=(*ticket.action_event_ids, event))


def _done(move: TicketMove, by: Did) -> Done:
    note = f"what decision {move.decision} did is undone"
    return Done(move.ticket.id, _activity(move), move.ticket.state, by, internal_note=note, is_automated=True)


def _change(move: TicketMove, after: Ticket, event: int, by: Did) -> Change:
    change = {"event": event, "undoes": move.decision, "state": [move.ticket.state, after.state]}
    return Change(by, _activity(move).value, f"report:{move.ticket.id}", msgspec.json.encode(change).decode())
