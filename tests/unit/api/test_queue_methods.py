"""tools.ozone.queue over HTTP: queues are made, changed, counted and given to moderators, as the lexicons say."""

from typing import Any

import pytest

from api_server import ApiServer
from identities import ADMIN, ALICE, BOB, MODERATOR, TRIAGE, Person
from sdk_answers import read_answer
from skywarden.kernel.ids import Did
from skywarden.model.subject import Subject
from skywarden.model.team import Role
from skywarden.moderation.new_event import NewReport
from skywarden.moderation.reports.statistics import FRESH_S

QUEUE = "tools.ozone.queue."
CREATE, UPDATE, DELETE, LIST = (QUEUE + name for name in ("createQueue", "updateQueue", "deleteQueue", "listQueues"))
ROUTE, ASSIGN, UNASSIGN = (QUEUE + name for name in ("routeReports", "assignModerator", "unassignModerator"))
ASSIGNMENTS = QUEUE + "getAssignments"
SPAM, RUDE = "com.atproto.moderation.defs#reasonSpam", "com.atproto.moderation.defs#reasonRude"
POST = "app.bsky.feed.post"


async def put(api: ApiServer, nsid: str, person: Person = MODERATOR, /, **body: Any) -> Any:
    return read_answer(nsid, await api.post(nsid, body, person))


async def listed(api: ApiServer, **params: Any) -> Any:
    return read_answer(LIST, await api.get(LIST, **params))


def make_reports(api: ApiServer, count: int, reason: str = SPAM) -> list[int]:
    moderation = api.services.moderation
    subjects = [Subject.account(Did("did:plc:" + chr(97 + number) * 24)) for number in range(count)]
    return [moderation.create_report(NewReport(reason, subject, BOB.did)).id for subject in subjects]


async def test_a_queue_is_made_changed_listed_and_deleted(api: ApiServer) -> None:
    made = await put(
        api,
        CREATE,
        name="spam",
        subjectTypes=["record", "account"],
        collection=POST,
        reportTypes=[SPAM],
        description="x",
    )
    assert (made.queue.name, made.queue.collection, made.queue.enabled) == ("spam", POST, True)
    assert made.queue.subject_types == ["account", "record"]
    assert made.queue.created_by == MODERATOR.did
    changed = await put(api, UPDATE, queueId=made.queue.id, name="junk", enabled=False)
    assert (changed.queue.name, changed.queue.description, changed.queue.enabled) == ("junk", "x", False)
    (shown,) = (await listed(api)).queues
    assert shown.name == "junk"
    assert (shown.stats.pending_count, shown.stats.action_rate) == (0, None)
    gone = await put(api, DELETE, queueId=made.queue.id)
    assert (gone.deleted, gone.reports_migrated) == (True, 0)
    assert (await listed(api)).queues == []


async def test_queues_are_listed_by_what_they_take_a_page_at_a_time(api: ApiServer) -> None:
    for number, (kind, reason) in enumerate([("account", SPAM), ("record", SPAM), ("account", RUDE)]):
        collection = {"collection": POST} if kind == "record" else {}
        await put(api, CREATE, name=f"q{number}", subjectTypes=[kind], reportTypes=[reason], **collection)
    await put(api, UPDATE, queueId=1, enabled=False)

    async def names(**params: Any) -> list[str]:
        return [queue.name for queue in (await listed(api, **params)).queues]

    assert await names(enabled="true") == ["q1", "q2"]
    assert await names(subjectType="record") == ["q1"]
    assert await names(collection=POST) == ["q1"]
    assert await names(reportTypes=[RUDE, "x"]) == ["q2"]
    first = await listed(api, limit=2)
    rest = await listed(api, limit=2, cursor=first.cursor)
    assert [queue.name for queue in first.queues + rest.queues] == ["q0", "q1", "q2"]
    assert rest.cursor is None


async def test_refusals_have_the_names_of_the_lexicon(api: ApiServer) -> None:
    await put(api, CREATE, name="spam", subjectTypes=["account"], reportTypes=[SPAM])
    answers = [
        await api.post(CREATE, {"name": "other", "subjectTypes": ["account"], "reportTypes": [SPAM]}),
        await api.post(CREATE, {"name": "other", "recommendedPolicies": ["none"]}),
        await api.post(CREATE, {"name": "other", "subjectTypes": ["planet"]}),
        await api.post(CREATE, {"name": "other", "subjectTypes": ["account"], "collection": POST}),
        await api.post(UPDATE, {"queueId": 1}),
        await api.post(UPDATE, {"queueId": 7, "name": "x"}),
        await api.post(UPDATE, {"queueId": 1, "recommendedPolicies": ["none"]}),
        await api.post(DELETE, {"queueId": 7}),
        await api.post(ROUTE, {"startReportId": 5, "endReportId": 1}),
        await api.post(ROUTE, {"startReportId": 1, "endReportId": 5_001}),
        await api.post(ASSIGN, {"queueId": 7, "did": MODERATOR.did}),
        await api.post(UNASSIGN, {"queueId": 1, "did": MODERATOR.did}),
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [
        (400, "ConflictingQueue"),
        (400, "InvalidRecommendedPolicies"),
        (400, "InvalidRequest"),
        (400, "InvalidRequest"),
        (400, "InvalidRequest"),
        (400, "InvalidRequest"),
        (400, "InvalidRecommendedPolicies"),
        (400, "InvalidRequest"),
        (400, "OutOfRange"),
        (400, "OutOfRange"),
        (400, "InvalidAssignment"),
        (400, "InvalidAssignment"),
    ]


async def test_policies_that_the_team_configured_can_be_recommended(api: ApiServer) -> None:
    value = {"spam": {"name": "Spam", "description": "unwanted"}}
    option = {"scope": "instance", "key": "tools.ozone.setting.policyList", "value": value}
    await api.post(
        "tools.ozone.setting.upsertOption", {**option, "managerRole": "tools.ozone.team.defs#roleAdmin"}, ADMIN
    )
    api.services.clock.advance(2)  # type: ignore[attr-defined]  # tests have a clock moved by hand
    made = await put(api, CREATE, name="spam", recommendedPolicies=["spam"])
    assert made.queue.recommended_policies == ["spam"]


async def test_a_range_of_reports_is_routed_and_counted(api: ApiServer) -> None:
    queue = (await put(api, CREATE, name="spam", subjectTypes=["account"], reportTypes=[SPAM])).queue
    ids = make_reports(api, 3) + make_reports(api, 1, RUDE)
    routed = await put(api, ROUTE, startReportId=ids[0], endReportId=ids[-1])
    assert (routed.assigned, routed.unmatched) == (3, 1)
    api.services.clock.advance(FRESH_S)  # type: ignore[attr-defined]  # tests have a clock moved by hand
    (shown,) = (await listed(api)).queues
    assert (shown.id, shown.stats.pending_count, shown.stats.inbound_count, shown.stats.action_rate) == (
        queue.id,
        3,
        3,
        0,
    )
    other = (await put(api, CREATE, name="by hand")).queue
    assert (await put(api, DELETE, queueId=queue.id, migrateToQueueId=other.id)).reports_migrated == 3


async def test_a_moderator_takes_a_queue_and_an_admin_gives_it(api: ApiServer) -> None:
    await put(api, CREATE, name="spam")
    taken = await put(api, ASSIGN, queueId=1, did=MODERATOR.did)
    assert (taken.did, taken.queue.name) == (MODERATOR.did, "spam")
    given = await put(api, ASSIGN, ADMIN, queueId=1, did=ALICE.did)
    shown = read_answer(ASSIGNMENTS, await api.get(ASSIGNMENTS, TRIAGE, queueIds=[1]))
    assert [item.id for item in shown.assignments] == [given.id, taken.id]
    assert await put(api, UNASSIGN, ADMIN, queueId=1, did=ALICE.did) is None
    for dids, active, count in (([ALICE.did], True, 0), ([ALICE.did], False, 1), ([], True, 1)):
        found = await api.get(ASSIGNMENTS, dids=dids, onlyActive=str(active).lower())
        assert len(read_answer(ASSIGNMENTS, found).assignments) == count


@pytest.mark.parametrize("nsid", [ASSIGN, UNASSIGN])
async def test_only_an_admin_acts_for_somebody_else(api: ApiServer, nsid: str) -> None:
    await put(api, CREATE, name="spam")
    answer = await api.post(nsid, {"queueId": 1, "did": ALICE.did}, MODERATOR)
    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")


async def test_a_member_is_shown_with_the_assignment(api: ApiServer) -> None:
    await put(api, CREATE, name="spam")
    api.services.desk.team.add(MODERATOR.did, Role.MODERATOR, ADMIN.did)
    taken = await put(api, ASSIGN, queueId=1, did=MODERATOR.did)
    assert taken.moderator.did == MODERATOR.did
