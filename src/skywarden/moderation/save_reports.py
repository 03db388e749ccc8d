"""Turn applied rulings into report tickets, and into what they do to the tickets there are."""

from sqlalchemy import Connection

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.audit import Change
from skywarden.moderation.events import DEFS, ModEventReport
from skywarden.moderation.load import SubjectIds
from skywarden.moderation.reports.acting import Act, act_on_reports
from skywarden.moderation.reports.machine import EVENT_ACTIVITY
from skywarden.moderation.reports.tickets import NewTicket, open_tickets
from skywarden.moderation.save_marks import Numbered
from skywarden.storage import Database


def save_reports(db: Database, tx: Connection, ids: SubjectIds, applied: Numbered, now_us: UtcMicros) -> dict[int, int]:
    """Open a ticket for each report; return each ticket's id by its event's."""
    found = [(number, ruling) for number, ruling in applied if isinstance(ruling.proposal.act, ModEventReport)]
    tickets = []
    for number, ruling in found:
        proposal = ruling.proposal
        act, subject = proposal.the(ModEventReport), proposal.subject
        tickets.append(
            NewTicket(
                event_id=number,
                subject_id=ids[subject.uri],
                did=subject.did,
                reason_type=act.report_type,
                reported_by=proposal.created_by,
                record_path=subject.record_path,
                convo_id=subject.convo_id,
                message_id=subject.message_id,
                comment=act.comment,
                rule=proposal.rule,
                tool_json=proposal.tool_json,
                is_muted=bool(act.is_reporter_muted) or ruling.before.muted,
            )
        )
    numbers = open_tickets(db, tx, tickets, now_us)
    return {event: ticket for (event, _), ticket in zip(found, numbers, strict=True)}


def answer_reports(db: Database, tx: Connection, ids: SubjectIds, applied: Numbered, now_us: UtcMicros) -> list[Change]:
    """Close or escalate the tickets that the rulings answer; return the audit's rows.

    What undoes something answers none: who undoes says which tickets change.
    """
    acts = []
    for number, ruling in applied:
        proposal = ruling.proposal
        told = proposal.is_event and proposal.put_back is None
        name = f"{DEFS}{proposal.event.type_name()}" if told else ""
        if name in EVENT_ACTIVITY:
            acts.append(
                Act(
                    event_id=number,
                    event_type=name,
                    subject_id=ids[proposal.subject.uri],
                    actor=Did(proposal.created_by),
                    report_action=proposal.report_action,
                    is_automated=not proposal.by_person,
                )
            )
    return act_on_reports(db, tx, acts, now_us)
