"""tools.ozone.report over HTTP: reports are found, given, answered and counted, as the lexicons say."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from api_server import ApiServer
from identities import ADMIN, ALICE, BOB, MODERATOR, TRIAGE, Person
from sdk_answers import read_answer
from skywarden.kernel.ids import Did
from skywarden.model.subject import Subject
from skywarden.model.team import Role
from skywarden.moderation.events import ModEventAcknowledge, ModEventMute
from skywarden.moderation.new_event import NewEvent, NewReport
from skywarden.moderation.queues.criteria import Criteria
from skywarden.moderation.queues.service import NewQueue
from skywarden.moderation.reports.acting import ReportAction
from skywarden.moderation.reports.statistics import FRESH_S

REPORT = "tools.ozone.report."
SPAM, RUDE = "com.atproto.moderation.defs#reasonSpam", "com.atproto.moderation.defs#reasonRude"
POST = "app.bsky.feed.post"
RECORD = Subject.record(ALICE.did, POST, "3kabcdefghij2")
ACCOUNT = Subject.account(ALICE.did)


async def get(api: ApiServer, name: str, person: Person = MODERATOR, /, **params: Any) -> Any:
    return read_answer(REPORT + name, await api.get(REPORT + name, person, **params))


async def put(api: ApiServer, name: str, person: Person = MODERATOR, /, **body: Any) -> Any:
    return read_answer(REPORT + name, await api.post(REPORT + name, body, person))


async def refused(api: ApiServer, name: str, person: Person = MODERATOR, /, **body: Any) -> tuple[int, str]:
    answer = await api.post(REPORT + name, body, person)
    return answer.status_code, answer.json()["error"]


def report(api: ApiServer, subject: Subject = ACCOUNT, reason: str = SPAM, by: Did = BOB.did, comment: str = "") -> int:
    return api.services.moderation.create_report(NewReport(reason, subject, by, comment)).id


def pass_time(api: ApiServer, seconds: float) -> None:
    api.services.clock.advance(seconds)  # type: ignore[attr-defined]  # tests have a clock moved by hand


def make_queue(api: ApiServer, reasons: Sequence[str] = (SPAM,)) -> int:
    new = NewQueue("spam", MODERATOR.did, Criteria(frozenset({"account"}), None, frozenset(reasons)))
    return api.services.reports.queues.create(new).id


def activity(kind: str) -> dict[str, str]:
    return {"$type": f"tools.ozone.report.defs#{kind}Activity"}


async def found(api: ApiServer, **params: Any) -> list[int]:
    return [item.id for item in (await get(api, "queryReports", **params)).reports]


async def test_a_report_is_shown_with_all_that_belongs_to_it(api: ApiServer) -> None:
    queue_id = make_queue(api)
    number, _other = report(api, comment="look"), report(api, reason=RUDE)
    api.services.reports.router.route(10)
    api.services.desk.team.add(MODERATOR.did, Role.MODERATOR, ADMIN.did)
    await put(api, "assignModerator", reportId=number, isPermanent=True)
    shown = await get(api, "getReport", id=number)
    assert (shown.id, shown.status, shown.report_type, shown.comment) == (number, "assigned", SPAM, "look")
    assert (shown.subject.type, shown.subject.subject) == ("account", ALICE.did)
    assert (shown.reporter.subject, shown.reported_by) == (BOB.did, BOB.did)
    assert shown.subject_status.review_state.endswith("#reviewOpen")
    assert shown.related_report_count == 1
    assert (shown.assignment.did, shown.assignment.moderator.did) == (MODERATOR.did, MODERATOR.did)
    assert (shown.queue.id, shown.queue.name) == (queue_id, "spam")
    assert (shown.is_muted, shown.is_automated) == (False, False)
    assert shown.queued_at is not None
    assert (await get(api, "getLatestReport")).report.id == _other


async def test_a_report_is_shown_with_the_events_that_acted_on_it(api: ApiServer) -> None:
    number = report(api)
    action = ReportAction(ids=(number,), note="thanks")
    stored = api.services.moderation.emit(
        NewEvent(ModEventAcknowledge(comment="seen"), ACCOUNT, MODERATOR.did, report_action=action)
    )
    shown = await get(api, "getReport", id=number)
    assert (shown.status, shown.action_note, shown.action_event_ids) == ("closed", "thanks", [stored.id])
    assert [(event.id, event.event.comment) for event in shown.actions] == [(stored.id, "seen")]
    (listed,) = (await get(api, "queryReports", status="closed")).reports
    assert (listed.action_event_ids, listed.actions) == ([stored.id], None)


async def test_numbers_and_words_that_no_report_has_are_answered_for_what_they_are(api: ApiServer) -> None:
    report(api)
    assert (await api.get(REPORT + "getReport", id=9_999_999_999_999_999_999)).json()["error"] == "InvalidRequest"
    vast = await api.post(REPORT + "unassignModerator", {"reportId": 2**70})
    assert (vast.status_code, vast.json()["error"]) == (400, "InvalidRequest")
    assert await found(api, status="\u00f6ffen") == []
    assert await found(api, status="open", reportTypes=["\u2603"]) == []
    assert await found(api, status="open", subject="did:plc:\u00e4") == []


async def test_no_report_is_not_found(api: ApiServer) -> None:
    for name, params in (("getReport", {"id": 7}), ("getLatestReport", {})):
        answer = await api.get(REPORT + name, **params)
        assert (answer.status_code, answer.json()["error"]) == (400, "NotFound")


async def test_reports_are_found_by_every_filter(api: ApiServer) -> None:
    queue_id = make_queue(api)
    account, rude, record, bob = (
        report(api),
        report(api, reason=RUDE),
        report(api, RECORD),
        report(api, Subject.account(BOB.did), by=ALICE.did),
    )
    api.services.reports.router.route(10)
    await put(api, "createActivity", reportId=rude, activity=activity("close"))
    await put(api, "assignModerator", ADMIN, reportId=bob, did=TRIAGE.did, isPermanent=True)
    assert await found(api, status="queued") == [account]
    assert await found(api, status="open") == [record]
    assert await found(api, status="closed", reportTypes=[RUDE]) == [rude]
    assert await found(api, status="closed", reportTypes=[SPAM]) == []
    assert await found(api, status="assigned", assignedTo=TRIAGE.did) == [bob]
    assert await found(api, status="assigned", assignedTo=ADMIN.did) == []
    assert await found(api, status="queued", queueId=queue_id) == [account]
    assert await found(api, status="open", queueId=-1) == [record]
    assert await found(api, status="open", subject=RECORD.uri) == [record]
    assert await found(api, status="open", subject=ALICE.did) == []
    assert await found(api, status="open", did=ALICE.did) == [record]
    assert await found(api, status="open", subjectType="record", collections=[POST]) == [record]
    assert await found(api, status="open", collections=["app.bsky.graph.list"]) == []
    assert await found(api, status="queued", subjectType="account", collections=[POST]) == [account]
    assert await found(api, status="open", isMuted="true") == []


async def test_a_report_of_a_muted_subject_is_muted(api: ApiServer) -> None:
    before = report(api)
    api.services.moderation.emit(NewEvent(ModEventMute(duration_in_hours=1), ACCOUNT, MODERATOR.did))
    muted = report(api)
    assert await found(api, status="open") == [before]
    assert await found(api, status="open", isMuted="true") == [muted]


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("field", ["createdAt", "updatedAt"])
async def test_pages_neither_skip_nor_repeat_a_report(api: ApiServer, field: str, direction: str) -> None:
    made = []
    for number in range(7):
        made.append(report(api, Subject.record(ALICE.did, POST, f"3k{number}")))
        if number % 3 == 0:
            pass_time(api, 1)
    pages, cursor = [], None
    while True:
        params: dict[str, str] = {} if cursor is None else {"cursor": cursor}
        page = await get(
            api, "queryReports", status="open", sortField=field, sortDirection=direction, limit=2, **params
        )
        pages += [item.id for item in page.reports]
        cursor = page.cursor
        if cursor is None:
            break
    assert pages == (made if direction == "asc" else made[::-1])


async def test_reports_are_found_by_time(api: ApiServer) -> None:
    early = report(api, RECORD)
    pass_time(api, 60)
    late = report(api)
    moment = datetime.fromtimestamp(api.services.clock.now_us() / 1e6 - 30, UTC).isoformat()
    assert await found(api, status="open", reportedAfter=moment) == [late]
    assert await found(api, status="open", reportedBefore=moment) == [early]


async def test_what_is_done_to_a_report_is_recorded_and_told(api: ApiServer) -> None:
    number = report(api)
    event_id = (await get(api, "getReport", id=number)).event_id
    noted = await put(
        api, "createActivity", eventId=event_id, activity=activity("note"), internalNote="odd", publicNote="thanks"
    )
    assert (noted.activity.report_id, noted.activity.internal_note, noted.activity.public_note) == (
        number,
        "odd",
        "thanks",
    )
    closed = await put(api, "createActivity", reportId=number, activity=activity("close"), isAutomated=True)
    assert closed.activity.activity.previous_status == "open"
    assert closed.activity.is_automated is True
    assert closed.activity.created_by == MODERATOR.did
    listed = await get(api, "listActivities", reportId=number)
    assert [item.id for item in listed.activities] == [closed.activity.id, noted.activity.id]
    assert (await get(api, "getReport", id=number)).status == "closed"
    assert await refused(api, "createActivity", reportId=number, activity=activity("close")) == (
        400,
        "AlreadyInTargetState",
    )
    assert await refused(api, "createActivity", reportId=number, activity=activity("queue")) == (
        400,
        "InvalidStateTransition",
    )
    assert await refused(api, "createActivity", reportId=99, activity=activity("close")) == (400, "ReportNotFound")
    assert await refused(api, "createActivity", activity=activity("close")) == (400, "InvalidRequest")
    assert await refused(api, "createActivity", reportId=number, activity=activity("odd")) == (400, "InvalidRequest")


async def test_activities_of_all_reports_are_followed_without_a_gap(api: ApiServer) -> None:
    numbers = [report(api, Subject.record(ALICE.did, POST, f"3k{number}")) for number in range(5)]
    for number in numbers:
        await put(api, "createActivity", reportId=number, activity=activity("close"))
    followed, cursor = [], None
    while True:
        params: dict[str, str] = {} if cursor is None else {"cursor": cursor}
        page = await get(api, "queryActivities", sortDirection="asc", limit=2, **params)
        followed += [item.report_id for item in page.activities]
        assert [item.report.id for item in page.activities] == [item.report_id for item in page.activities]
        cursor = page.cursor
        if cursor is None:
            break
        assert "::" in cursor
    assert followed == numbers
    assert (await get(api, "queryActivities", activityTypes=["noteActivity"])).activities == []
    bad = await api.get(REPORT + "queryActivities", cursor="x")
    assert bad.json()["error"] == "InvalidRequest"


async def test_a_report_is_taken_given_and_taken_back(api: ApiServer) -> None:
    number = report(api)
    taken = await put(api, "assignModerator", TRIAGE, reportId=number)
    assert (taken.did, taken.report_id) == (TRIAGE.did, number)
    assert taken.end_at is not None
    assert await refused(api, "assignModerator", reportId=number) == (400, "AlreadyAssigned")
    assert await refused(api, "assignModerator", reportId=number, did=BOB.did) == (403, "Forbidden")
    assert await refused(api, "assignModerator", reportId=99) == (400, "InvalidAssignment")
    given = await put(api, "assignModerator", ADMIN, reportId=number, did=MODERATOR.did, isPermanent=True)
    assert (given.did, given.end_at) == (MODERATOR.did, None)
    shown = await get(api, "getAssignments", reportIds=[number])
    assert [item.id for item in shown.assignments] == [given.id]
    everybody = await get(api, "getAssignments", onlyActive="false")
    assert {item.did for item in everybody.assignments} == {TRIAGE.did, MODERATOR.did}
    ended = await put(api, "unassignModerator", reportId=number)
    assert (ended.id, ended.end_at is None) == (given.id, False)
    assert await refused(api, "unassignModerator", reportId=number) == (400, "InvalidAssignment")


async def test_a_report_is_put_into_another_queue(api: ApiServer) -> None:
    queue_id, number = make_queue(api), report(api)
    moved = await put(api, "reassignQueue", reportId=number, queueId=queue_id, comment="here")
    assert (moved.report.queue.id, moved.report.status) == (queue_id, "queued")
    assert (await get(api, "listActivities", reportId=number)).activities[0].internal_note == "here"
    assert await refused(api, "reassignQueue", reportId=number, queueId=queue_id) == (400, "AlreadyInTargetQueue")
    assert await refused(api, "reassignQueue", reportId=number, queueId=9) == (400, "QueueNotFound")
    assert await refused(api, "reassignQueue", reportId=9, queueId=queue_id) == (400, "ReportNotFound")
    assert (await put(api, "reassignQueue", reportId=number, queueId=-1)).report.status == "open"


async def test_reports_on_a_subject_are_closed_without_acting_on_it(api: ApiServer) -> None:
    spam, rude, record = report(api), report(api, reason=RUDE), report(api, RECORD)
    closed = await put(api, "closeReports", subject=ALICE.did, reportTypes=[RUDE], internalNote="no harm")
    assert (closed.closed_count, closed.report_ids) == (1, [rude])
    assert (await put(api, "closeReports", subject=RECORD.uri)).report_ids == [record]
    assert (await put(api, "closeReports", subject=ALICE.did)).report_ids == [spam]
    assert (await put(api, "closeReports", subject=ALICE.did)).closed_count == 0
    assert await refused(api, "closeReports", subject="https://example.com") == (400, "InvalidRequest")


async def test_statistics_are_live_daily_and_made_anew(api: ApiServer) -> None:
    report(api)
    number = report(api, reason=RUDE)
    await put(api, "createActivity", reportId=number, activity=activity("close"))
    pass_time(api, FRESH_S)
    live = (await get(api, "getLiveStats")).stats
    assert (live.inbound_count, live.pending_count, live.actioned_count, live.action_rate) == (2, 1, 1, 50)
    mine = (await get(api, "getLiveStats", moderatorDid=MODERATOR.did, reportTypes=[RUDE])).stats
    assert (mine.actioned_count, mine.inbound_count, mine.action_rate) == (1, 0, None)
    assert (await get(api, "getHistoricalStats")).stats == []
    today = datetime.fromtimestamp(api.services.clock.now_us() / 1e6, UTC).date().isoformat()
    await put(api, "refreshStats", startDate="2023-11-01", endDate=today)
    page = await get(api, "getHistoricalStats", limit=1)
    assert (page.stats[0].date, page.stats[0].inbound_count) == (today, 2)
    rest = await get(api, "getHistoricalStats", limit=100, cursor=page.cursor)
    assert rest.cursor is None
    assert [day.date for day in rest.stats][-1] == "2023-11-01"
    cut = await get(api, "getHistoricalStats", startDate="2023-11-03T00:00:00Z", endDate="2023-11-04T10:00:00Z")
    assert [day.date for day in cut.stats] == ["2023-11-04", "2023-11-03"]


async def test_statistics_of_one_moderator_are_for_admins(api: ApiServer) -> None:
    answer = await api.get(REPORT + "getHistoricalStats", MODERATOR, moderatorDid=MODERATOR.did)
    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    assert (await get(api, "getHistoricalStats", ADMIN, moderatorDid=MODERATOR.did)).stats == []


@pytest.mark.parametrize("day", ["2023-02-30", "20231101", "2023-11-01T00:00:00Z", ""])
async def test_a_date_that_is_none_is_refused(api: ApiServer, day: str) -> None:
    assert await refused(api, "refreshStats", startDate=day, endDate="2023-11-01") == (400, "InvalidRequest")
    assert await refused(api, "refreshStats", startDate="2023-11-02", endDate="2023-11-01") == (400, "InvalidRequest")
