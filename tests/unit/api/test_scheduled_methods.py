"""The three methods for scheduled actions over HTTP: who may call them, what they answer, what they refuse."""

import json
from typing import Any

import pytest

from api_server import ApiServer, admin_password, make_services, serving
from identities import ADMIN, ALICE, BOB, MODERATOR, TRIAGE
from sdk_answers import read_answer
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.clock import SECOND_US, ManualClock
from skywarden.storage import Database

MODERATION = "tools.ozone.moderation."
SCHEDULE, CANCEL, LIST = (
    MODERATION + name for name in ("scheduleAction", "cancelScheduledActions", "listScheduledActions")
)
TAKEDOWN = "tools.ozone.moderation.scheduleAction#takedown"


def body(*dids: str, seconds: int = 3_600, **changes: Any) -> dict[str, Any]:
    at = datetime_text(ManualClock().now_us() + seconds * SECOND_US)
    asked = {
        "action": {"$type": TAKEDOWN, "comment": "spam ring", "durationInHours": 24},
        "subjects": list(dids),
        "createdBy": ADMIN.did,
        "scheduling": {"executeAt": at},
        "modTool": {"name": "script", "meta": {"batchId": "b1"}},
    }
    return asked | changes


async def listed(api: ApiServer, **asked: Any) -> Any:
    statuses = {"statuses": ["pending", "executed", "cancelled", "failed"]}
    return read_answer(LIST, await api.post(LIST, statuses | asked))


async def test_actions_are_scheduled_listed_executed_and_cancelled(api: ApiServer) -> None:
    made = read_answer(SCHEDULE, await api.post(SCHEDULE, body(ALICE.did, BOB.did)))
    assert (made.succeeded, made.failed) == ([ALICE.did, BOB.did], [])
    called_off = read_answer(CANCEL, await api.post(CANCEL, {"subjects": [BOB.did], "comment": "no"}))
    assert called_off.succeeded == [BOB.did]
    clock = api.services.clock
    assert isinstance(clock, ManualClock)
    clock.advance(3_600)
    api.services.scheduled.execute_due(10)
    bobs, alices = (await listed(api)).actions
    assert (alices.did, alices.status, alices.created_by, alices.action) == (
        ALICE.did,
        "executed",
        MODERATOR.did,
        "takedown",
    )
    assert alices.randomize_execution is False
    assert bobs.status == "cancelled"
    answer = (await api.post(LIST, {"statuses": ["executed"]})).json()["actions"][0]
    assert answer["eventData"] == {
        "$type": TAKEDOWN,
        "comment": "spam ring",
        "durationInHours": 24,
        "modTool": {"name": "script", "meta": {"batchId": "b1"}},
    }
    assert answer["executionEventId"] > 0


async def test_what_cannot_be_scheduled_or_cancelled_is_told_by_account(api: ApiServer) -> None:
    await api.post(SCHEDULE, body(ALICE.did))
    again = read_answer(SCHEDULE, await api.post(SCHEDULE, body(ALICE.did, BOB.did)))
    assert again.succeeded == [BOB.did]
    assert [(one.subject, one.error_code) for one in again.failed] == [(ALICE.did, "ActionAlreadyExists")]
    gone = read_answer(CANCEL, await api.post(CANCEL, {"subjects": [ADMIN.did]}))
    assert [(one.did, one.error_code) for one in gone.failed] == [(ADMIN.did, "NoPendingActions")]


@pytest.mark.parametrize(
    "changes",
    [
        {"scheduling": {}},
        {"scheduling": {"executeAt": "tomorrow"}},
        {"scheduling": {"executeAfter": "2030-01-02T00:00:00Z", "executeUntil": "2030-01-01T00:00:00Z"}},
        {"subjects": ["alice"]},
        {"action": {"$type": "tools.ozone.moderation.scheduleAction#party"}},
    ],
)
async def test_a_request_that_no_account_could_meet_is_refused_whole(api: ApiServer, changes: dict[str, Any]) -> None:
    answer = await api.post(SCHEDULE, body(ALICE.did, **changes))
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
    assert (await listed(api)).actions == []


async def test_a_page_goes_on_at_its_cursor(api: ApiServer) -> None:
    dids = [f"did:plc:{'a' * 23}{letter}" for letter in "bcdef"]
    await api.post(SCHEDULE, body(*dids))
    first = await listed(api, limit=2)
    second = await listed(api, limit=2, cursor=first.cursor)
    third = await listed(api, limit=2, cursor=second.cursor)
    found = [action.did for page in (first, second, third) for action in page.actions]
    assert (found, third.cursor) == (dids[::-1], None)
    assert (await api.post(LIST, {"statuses": ["pending"], "cursor": "-1"})).status_code == 400


async def test_moderators_schedule_and_cancel_and_every_member_lists(api: ApiServer) -> None:
    for nsid, asked in ((SCHEDULE, body(ALICE.did)), (CANCEL, {"subjects": [ALICE.did]})):
        assert [(await api.post(nsid, asked, who)).status_code for who in (TRIAGE, ALICE, None)] == [403, 401, 401]
        assert (await api.post(nsid, asked, MODERATOR)).status_code == 200
    assert [(await api.post(LIST, {"statuses": ["pending"]}, who)).status_code for who in (TRIAGE, ALICE)] == [200, 401]


async def test_the_password_schedules_in_the_name_that_it_gives(database: Database) -> None:
    async with serving(make_services(database)) as api:
        await api.http.post(f"/xrpc/{SCHEDULE}", json=body(ALICE.did), headers=admin_password())
        assert [action.created_by for action in (await listed(api)).actions] == [ADMIN.did]


async def test_a_tool_whose_meta_is_no_text_is_refused(api: ApiServer) -> None:
    action = {"$type": f"{SCHEDULE}#takedown"}
    body = {"action": action, "subjects": [ALICE.did], "createdBy": ADMIN.did, "scheduling": {}}
    meta = b', "modTool": {"name": "cli", "meta": {"queue": "\xff"}}}'
    headers = {"content-type": "application/json", **api.token(ADMIN, SCHEDULE)}
    answer = await api.http.post(f"/xrpc/{SCHEDULE}", content=json.dumps(body).encode()[:-1] + meta, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
    assert "utf-8" in answer.json()["message"]
