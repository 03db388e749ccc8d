"""Turn moderation events on a subject into closed or escalated report tickets."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy import Connection

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.audit import Change
from skywarden.moderation.reports.machine import CLOSES_BY_DEFAULT, EVENT_ACTIVITY, PENDING, permitted
from skywarden.moderation.reports.tickets import Done, Ticket, is_pending, lock_tickets, save_activities, save_tickets
from skywarden.storage import Database
from skywarden.storage.tables import REPORT

REPORT_NOT_FOUND = "ReportNotFound"


class ReportAction(msgspec.Struct, frozen=True, forbid_unknown_fields=False, omit_defaults=True):
    """Which reports on its subject an event answers, as tools.ozone.moderation.emitEvent takes it.

    `all` outweighs `ids`, and those outweigh `types`; none of them: no report. `note` is for the reporters.
    """

    ids: tuple[int, ...] = ()
    types: tuple[str, ...] = ()
    all: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """A moderation event, as far as reports care; `event_type` is the lexicon's full name.

    Without `report_action` an acknowledge or a takedown answers every report on the subject, other events none.
    """

    event_id: int
    event_type: str
    subject_id: int
    actor: Did
    report_action: ReportAction | None = None
    is_automated: bool = False


def act_on_reports(db: Database, tx: Connection, acts: Sequence[Act], now_us: UtcMicros) -> list[Change]:
    """Close or escalate what the events answer, each only reports that were made before it; return the audit's rows.

    A report whose state does not permit it is left as it is.

    Raises: Rejected ReportNotFound, when an event names reports and one is not pending on its subject.
    """
    acting = [act for act in acts if _acts(act)]
    if not acting:
        return []
    pending = lock_tickets(tx, REPORT.c.subject_id.in_({act.subject_id for act in acting}), is_pending())
    on_subject = defaultdict[int, dict[int, Ticket]](dict)
    for ticket in pending:
        on_subject[ticket.subject_id][ticket.id] = ticket
    changed: dict[int, Ticket] = {}
    done: list[Done] = []
    changes: list[Change] = []
    for act in sorted(acting, key=lambda act: act.event_id):
        tickets = on_subject[act.subject_id]
        moved = [_moved(ticket, act, now_us) for ticket in _targets(tickets, act) if _may(ticket, act)]
        done += [_done(tickets[ticket.id], act) for ticket in moved]
        changes += _changes(moved, act)
        tickets.update((ticket.id, ticket) for ticket in moved)
        changed.update((ticket.id, ticket) for ticket in moved)
    save_tickets(tx, changed.values(), now_us)
    save_activities(db, tx, done, now_us)
    return changes


def _acts(act: Act) -> bool:
    if act.event_type not in EVENT_ACTIVITY:
        return False
    return act.report_action is not None or act.event_type in CLOSES_BY_DEFAULT


def _targets(tickets: dict[int, Ticket], act: Act) -> list[Ticket]:
    action = act.report_action or ReportAction(all=True)
    pending = [ticket for ticket in tickets.values() if ticket.state in PENDING and ticket.event_id < act.event_id]
    if action.all:
        return pending
    if action.ids:
        return _named(pending, action.ids)
    found = [ticket for ticket in pending if ticket.reason_type in action.types]
    if action.types and not found:
        raise Rejected(REPORT_NOT_FOUND, place="reportAction.types", expected="types of pending reports on the subject")
    return found


def _named(pending: list[Ticket], ids: tuple[int, ...]) -> list[Ticket]:
    missing = set(ids) - {ticket.id for ticket in pending}
    if missing:
        found = ", ".join(str(number) for number in sorted(missing))
        raise Rejected(
            REPORT_NOT_FOUND, place="reportAction.ids", expected="pending reports on the subject", found=found
        )
    return [ticket for ticket in pending if ticket.id in set(ids)]


def _may(ticket: Ticket, act: Act) -> bool:
    return permitted(ticket.state, EVENT_ACTIVITY[act.event_type])


def _moved(ticket: Ticket, act: Act, now_us: UtcMicros) -> Ticket:
    moved = ticket.moved(EVENT_ACTIVITY[act.event_type], act.actor, now_us)
    note = _note(act) or ticket.action_note
    return replace(moved, action_event_ids=(*ticket.action_event_ids, act.event_id), action_note=note)


def _note(act: Act) -> str | None:
    return None if act.report_action is None else act.report_action.note or None


def _done(before: Ticket, act: Act) -> Done:
    return Done(
        report_id=before.id,
        activity=EVENT_ACTIVITY[act.event_type],
        previous=before.state,
        by=act.actor,
        public_note=_note(act),
        is_automated=act.is_automated,
    )


def _changes(moved: list[Ticket], act: Act) -> list[Change]:
    if not moved:
        return []
    activity = EVENT_ACTIVITY[act.event_type]
    change = {"event": act.event_id, "reports": [ticket.id for ticket in moved], "to": moved[0].state.value}
    return [Change(act.actor, activity.value, f"subject:{act.subject_id}", msgspec.json.encode(change).decode())]
