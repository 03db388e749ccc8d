"""Whatever people, rules and the router do to the same reports at once, each report's history leads to its state."""

import json
import random
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from proposals import account, make_service
from report_rows import ANN, BEN, CAT, SPAM, Desk
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did
from skywarden.moderation.audit import verify_audit
from skywarden.moderation.events import ModEventAcknowledge, ModEventEscalate
from skywarden.moderation.new_event import NewEvent, NewReport
from skywarden.moderation.reports.acting import ReportAction
from skywarden.moderation.reports.activities import NewActivity
from skywarden.moderation.reports.assignments import Wish
from skywarden.moderation.reports.closing import Closing, close_reports
from skywarden.moderation.reports.machine import LEADS_TO, TRANSITIONS, Activity, TicketState
from skywarden.storage import Database
from skywarden.storage.tables import REPORT, REPORT_ACTIVITY, REPORT_ASSIGNMENT

SUBJECTS = [account(number) for number in range(1, 5)]
WORKERS, STEPS = 6, 25


def test_the_history_of_every_report_leads_to_its_state(database: Database) -> None:
    desk, moderation = Desk(database), make_service(database)
    desk.queue()
    ids = [moderation.create_report(NewReport(SPAM, subject, Did("did:plc:eve"))).id for subject in SUBJECTS * 3]
    start = threading.Barrier(WORKERS)

    def one_step(dice: random.Random, who: Did) -> None:
        subject, report = dice.choice(SUBJECTS), dice.choice(ids)
        match dice.randrange(8):
            case 0:
                moderation.emit(NewEvent(ModEventAcknowledge(), subject, who))
            case 1:
                action = ReportAction(all=True)
                moderation.emit(NewEvent(ModEventEscalate(), subject, who, report_action=action))
            case 2:
                desk.router.route(5)
            case 3:
                desk.assignments.assign(Wish(report, who, who, permanent=dice.random() < 0.7))
            case 4:
                desk.assignments.unassign(report, who)
            case 5:
                close_reports(database, desk.clock, Closing(subject.uri, who))
            case _:
                desk.activities.record(NewActivity(dice.choice(list(Activity)), who, report))

    def work(seed: int) -> None:
        dice, who = random.Random(seed), [ANN, BEN, CAT][seed % 3]
        start.wait()
        for _ in range(STEPS):
            try:
                one_step(dice, who)
            except (Rejected, Retryable):
                continue

    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(work, seed) for seed in range(WORKERS)]:
            done.result()
    _check(database)
    verify_audit(database)


def _check(database: Database) -> None:
    with database.read() as tx:
        reports = tx.execute(select(REPORT)).all()
        activities = tx.execute(select(REPORT_ACTIVITY).order_by(REPORT_ACTIVITY.c.id)).all()
        permanent = tx.execute(select(REPORT_ASSIGNMENT).where(REPORT_ASSIGNMENT.c.end_us.is_(None))).all()
    states = defaultdict[int, TicketState](lambda: TicketState.OPEN)
    for row in activities:
        activity, before = Activity(row.type), states[row.report_id]
        if activity is Activity.NOTED:
            # That a report lost its moderator is a note that says what it is now.
            after = TicketState(json.loads(row.meta_json or "{}").get("status", before))
            assert after in {before, TicketState.OPEN}
        else:
            assert TicketState(row.previous_state) is before, f"activity {row.id} of report {row.report_id}"
            after = LEADS_TO[activity]
            if activity is Activity.ASSIGNED and after not in TRANSITIONS[before]:
                after = before  # an escalated report is given to somebody and stays escalated
            assert after is before or after in TRANSITIONS[before]
        states[row.report_id] = after
    holders = defaultdict[int, list[str]](list)
    for row in permanent:
        holders[row.report_id].append(row.did)
    for row in reports:
        assert row.state == states[row.id]
        assert (row.closed_us is not None) is (row.state == TicketState.CLOSED)
        assert (row.state != TicketState.ASSIGNED) or row.assigned_to is not None
        assert (row.state not in (TicketState.OPEN, TicketState.QUEUED)) or row.assigned_to is None
        assert holders[row.id] == ([] if row.assigned_to is None else [row.assigned_to])
