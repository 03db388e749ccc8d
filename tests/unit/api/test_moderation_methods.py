"""tools.ozone.moderation: events, statuses and reporters, as an unmodified client of the network reads them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from atproto_client import models

from api_server import REPORT, ApiServer, make_services, serving
from identities import ADMIN, ALICE, BOB, MODERATOR, TRIAGE, Person
from skywarden.storage import Database

EMIT = "tools.ozone.moderation.emitEvent"
EVENTS = "tools.ozone.moderation.queryEvents"
STATUSES = "tools.ozone.moderation.queryStatuses"
DEFS = "tools.ozone.moderation.defs#"
SPAM = "com.atproto.moderation.defs#reasonSpam"
CID = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"
URI = f"at://{BOB.did}/app.bsky.feed.post/3jzfcijpj2z2a"


@pytest.fixture
async def api(database: Database) -> AsyncIterator[ApiServer]:
    async with serving(make_services(database)) as server:
        yield server


def account(did: str) -> dict[str, str]:
    return {"$type": "com.atproto.admin.defs#repoRef", "did": did}


RECORD = {"$type": "com.atproto.repo.strongRef", "uri": URI, "cid": CID}


async def emit(
    api: ApiServer, kind: str, subject: dict[str, str], by: Person = MODERATOR, more: Any = None, **fields: object
) -> Any:
    body = {"event": {"$type": DEFS + kind, **fields}, "subject": subject, "createdBy": by.did, **(more or {})}
    return await api.post(EMIT, body, by)


async def statuses(api: ApiServer, **params: object) -> list[Any]:
    answer = await api.get(STATUSES, **params)
    assert answer.status_code == 200, answer.text
    page: Any = models.ToolsOzoneModerationQueryStatuses.Response(**answer.json())
    return list(page.subject_statuses)


async def events(api: ApiServer, **params: object) -> list[Any]:
    answer = await api.get(EVENTS, **params)
    assert answer.status_code == 200, answer.text
    page: Any = models.ToolsOzoneModerationQueryEvents.Response(**answer.json())
    return list(page.events)


async def test_a_label_is_an_event_a_status_and_an_answer_of_the_generated_models(api: ApiServer) -> None:
    more = {"modTool": {"name": "script", "meta": {"batchId": "b1"}}, "externalId": "x1"}
    answer = await emit(api, "modEventLabel", RECORD, more=more, createLabelVals=["spam"], negateLabelVals=[])
    view = models.ToolsOzoneModerationDefs.ModEventView(**answer.json())
    assert (view.event.create_label_vals, view.created_by) == (["spam"], MODERATOR.did)
    [stored] = await events(api, batchId="b1", addedLabels=["spam"], modTool=["script"])
    assert (stored.id, stored.event, stored.subject, stored.mod_tool) == (
        view.id,
        view.event,
        view.subject,
        view.mod_tool,
    )
    [status] = await statuses(api, includeMuted=True)
    assert (status.review_state, status.subject.uri, status.takendown) == (f"{DEFS}reviewNone", URI, False)
    again = await emit(api, "modEventLabel", RECORD, more=more, createLabelVals=["spam"], negateLabelVals=[])
    assert (again.status_code, again.json()["error"]) == (400, "DuplicateExternalId")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("modEventTakedown", {}),
        ("modEventReverseTakedown", {}),
        ("modEventLabel", {"createLabelVals": ["spam"], "negateLabelVals": []}),
        ("ageAssuranceOverrideEvent", {"status": "blocked", "comment": "seen"}),
        ("revokeAccountCredentialsEvent", {"comment": "stolen"}),
    ],
)
async def test_what_only_moderators_may_do_triage_may_not(api: ApiServer, kind: str, fields: dict[str, object]) -> None:
    answer = await emit(api, kind, account(BOB.did), TRIAGE, **fields)
    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    assert await events(api) == []


async def test_only_admins_take_down_feeds_and_revoke_credentials(api: ApiServer) -> None:
    feed = {**RECORD, "uri": f"at://{BOB.did}/app.bsky.feed.generator/cats"}
    revoke = ("revokeAccountCredentialsEvent", account(BOB.did))
    for kind, subject, fields in (("modEventTakedown", feed, {}), (*revoke, {"comment": "stolen"})):
        assert (await emit(api, kind, subject, MODERATOR, **fields)).status_code == 403
    assert (await emit(api, "modEventTakedown", feed, ADMIN)).status_code == 200
    # An admin may, but these services know no PDS that could do it.
    assert "pds_url" in (await emit(api, *revoke, ADMIN, comment="stolen")).json()["message"]


async def test_a_second_takedown_and_a_reversal_of_none_are_refused_by_name(api: ApiServer) -> None:
    assert (await emit(api, "modEventReverseTakedown", account(BOB.did))).json()["error"] == "SubjectHasAction"
    assert (await emit(api, "modEventTakedown", account(BOB.did), durationInHours=24)).status_code == 200
    assert (await emit(api, "modEventTakedown", account(BOB.did))).json()["error"] == "SubjectHasAction"
    [status] = await statuses(api, takendown=True)
    assert status.suspend_until is not None
    assert status.account_stats.suspend_count == 1


async def test_protected_tags_are_for_those_whom_the_setting_names(api: ApiServer) -> None:
    option = {
        "key": "tools.ozone.setting.protectedTags",
        "scope": "instance",
        "value": {"vip": {"roles": ["tools.ozone.team.defs#roleAdmin"]}},
        "managerRole": "tools.ozone.team.defs#roleAdmin",
    }
    assert (await api.post("tools.ozone.setting.upsertOption", option, ADMIN)).status_code == 200
    refused = await emit(api, "modEventTag", account(BOB.did), add=["vip"], remove=[])
    assert (refused.status_code, "protected" in refused.json()["message"]) == (400, True)
    assert (await emit(api, "modEventTag", account(BOB.did), ADMIN, add=["vip"], remove=[])).status_code == 200
    assert (await emit(api, "modEventTakedown", account(BOB.did))).status_code == 400
    assert [status.tags for status in await statuses(api, tags=["vip && vip", "other"])] == [["vip"]]


async def test_a_report_tags_its_subject_and_is_found_by_its_reporter(api: ApiServer) -> None:
    body = {"reasonType": SPAM, "subject": RECORD, "reason": "buy now"}
    for person in (ALICE, ALICE):
        answer = await api.post(REPORT.removeprefix("/xrpc/"), body, person)
        assert answer.status_code == 200, answer.text
    [status] = await statuses(api, reviewState=f"{DEFS}reviewOpen")
    assert status.tags == ["lang:und", "report:spam"]
    assert (status.records_stats.total_reports, status.records_stats.reported_count) == (2, 1)
    found = await api.get("tools.ozone.moderation.getReporterStats", dids=[ALICE.did, BOB.did])
    stats = models.ToolsOzoneModerationGetReporterStats.Response(**found.json()).stats
    assert [(one.record_report_count, one.reported_record_count) for one in stats] == [(2, 1), (0, 0)]
    kinds = [event.event.py_type.removeprefix(DEFS) for event in await events(api, sortDirection="asc")]
    assert kinds == ["modEventReport", "modEventTag", "modEventReport"]


async def test_an_event_is_shown_with_its_subject_and_blobs(api: ApiServer) -> None:
    made = await emit(api, "modEventTakedown", RECORD, more={"subjectBlobCids": [CID]})
    answer = await api.get("tools.ozone.moderation.getEvent", id=made.json()["id"])
    detail = models.ToolsOzoneModerationDefs.ModEventViewDetail(**answer.json())
    assert [blob.cid for blob in detail.subject_blobs] == [CID]
    missing = await api.get("tools.ozone.moderation.getEvent", id=999)
    assert missing.status_code == 400


async def test_conversations_and_messages_are_subjects(api: ApiServer) -> None:
    message = {
        "$type": "chat.bsky.convo.defs#messageRef",
        "did": BOB.did,
        "convoId": "c1",
        "messageId": "m1",
    }
    body = {"reasonType": SPAM, "subject": message}
    assert (await api.post(REPORT.removeprefix("/xrpc/"), body, ALICE)).status_code == 200
    [status] = await statuses(api, subjectType="conversation")
    assert status.subject.message_id == "m1"
    assert await statuses(api, subjectType="account") == []
    assert [event.event.py_type for event in await events(api, subjectType="record")] == []


async def test_pages_of_statuses_neither_skip_nor_repeat_in_any_order(api: ApiServer) -> None:
    for number in range(7):
        subject = {**RECORD, "uri": f"at://{BOB.did}/app.bsky.feed.post/p{number}"}
        if number % 2:
            await emit(api, "modEventReport", subject, reportType=SPAM)
        else:
            await emit(api, "modEventTag", subject, add=["t"], remove=[])
        await emit(api, "modEventPriorityScore", subject, score=number % 3)
    for field in (
        "lastReportedAt",
        "lastReviewedAt",
        "reportedRecordsCount",
        "takendownRecordsCount",
        "priorityScore",
    ):
        for direction in ("asc", "desc"):
            found, cursor = [], None
            while True:
                params = {"sortField": field, "sortDirection": direction, "limit": 2}
                answer = (await api.get(STATUSES, **params, **({} if cursor is None else {"cursor": cursor}))).json()
                found += [status["id"] for status in answer["subjectStatuses"]]
                cursor = answer.get("cursor")
                if cursor is None:
                    break
            assert sorted(found) == list(range(1, 8)), (field, direction)


async def test_queues_cut_the_subjects_into_parts_that_a_seed_shuffles(api: ApiServer) -> None:
    for number in range(40):
        await emit(api, "modEventComment", account(f"did:plc:{number:024d}".replace("0", "a").replace("1", "b")))
    everything = {one.id for one in await statuses(api, limit=100)}
    cuts = {}
    for seed in ("", "other"):
        cuts[seed] = [
            frozenset([one.id for one in await statuses(api, queueCount=3, queueIndex=part, queueSeed=seed, limit=100)])
            for part in range(3)
        ]
        assert set().union(*cuts[seed]) == everything
        assert sum(map(len, cuts[seed])) == len(everything) == 40
    assert cuts[""] != cuts["other"]


@pytest.mark.parametrize("cursor", ["x", "1", ":", "1:x", "-1:2", "9" * 50])
async def test_a_cursor_that_we_did_not_give_is_refused(api: ApiServer, cursor: str) -> None:
    answer = await api.get(STATUSES, cursor=cursor)
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")


async def test_a_status_is_shown_as_it_is_now_however_often_it_was_asked_for(api: ApiServer) -> None:
    for comment in ("first", "second", "first"):
        await emit(api, "modEventComment", account(BOB.did), comment=comment, sticky=True)
        assert [[status.comment for status in await statuses(api)] for _ in range(2)] == [[comment], [comment]]
    await emit(api, "modEventMute", account(BOB.did), durationInHours=1)
    [muted] = await statuses(api, includeMuted=True)
    assert muted.mute_until is not None
    await emit(api, "modEventUnmute", account(BOB.did))
    [unmuted] = await statuses(api)
    assert unmuted.mute_until is None
