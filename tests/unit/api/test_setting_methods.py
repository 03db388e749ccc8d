"""tools.ozone.setting over HTTP: options of the instance by role, personal ones for their owner alone."""

from typing import Any

import pytest

from api_server import ApiServer, admin_password
from identities import ADMIN, MODERATOR, TRIAGE, VERIFIER, Person
from label_samples import LABELER
from sdk_answers import read_answer

UPSERT, LIST, REMOVE = ("tools.ozone.setting." + name for name in ("upsertOption", "listOptions", "removeOptions"))
KEY = "com.example.links"
PROTECTED = "tools.ozone.setting.protectedTags"
ROLE = "tools.ozone.team.defs#role"


def option(scope: str = "instance", key: str = KEY, **fields: Any) -> dict[str, Any]:
    return {"key": key, "scope": scope, "value": {"url": "https://a.example", "ids": [1, 2]}} | fields


async def listed(api: ApiServer, person: Person = MODERATOR, **params: Any) -> list[Any]:
    found: list[Any] = read_answer(LIST, await api.get(LIST, person, **params)).options
    return found


async def test_an_option_of_the_instance_belongs_to_the_service_and_says_who_wrote_it(api: ApiServer) -> None:
    body = option(description="Where links go", managerRole=ROLE + "Moderator")
    made = read_answer(UPSERT, await api.post(UPSERT, body)).option
    assert (made.did, made.created_by, made.last_updated_by) == (LABELER, MODERATOR.did, MODERATOR.did)
    assert (made.key, made.scope, made.description, made.manager_role) == (
        KEY,
        "instance",
        "Where links go",
        ROLE + "Moderator",
    )
    assert (await api.get(LIST)).json()["options"][0]["value"] == option()["value"]
    assert [one.key for one in await listed(api, TRIAGE, keys=[KEY])] == [KEY]
    assert await listed(api, TRIAGE, prefix="com.other") == []


async def test_personal_options_are_each_callers_own(api: ApiServer) -> None:
    read_answer(UPSERT, await api.post(UPSERT, option("personal", managerRole=ROLE + "Admin"), TRIAGE))
    [own] = await listed(api, TRIAGE, scope="personal")
    assert (own.did, own.manager_role) == (TRIAGE.did, None)
    assert await listed(api, MODERATOR, scope="personal") == []
    assert await listed(api, TRIAGE) == []
    read_answer(REMOVE, await api.post(REMOVE, {"keys": [KEY], "scope": "personal"}, TRIAGE))
    assert await listed(api, TRIAGE, scope="personal") == []
    refused = await api.http.get(f"/xrpc/{LIST}?scope=personal", headers=admin_password())
    assert (refused.status_code, refused.json()["error"]) == (401, "AuthenticationRequired")


@pytest.mark.parametrize(("person", "may"), [(ADMIN, True), (MODERATOR, True), (TRIAGE, False), (VERIFIER, False)])
async def test_a_moderators_option_is_for_moderators_and_admins(api: ApiServer, person: Person, may: bool) -> None:
    body = option(managerRole=ROLE + "Moderator")
    await api.post(UPSERT, body, ADMIN)
    changed = await api.post(UPSERT, body, person)
    removed = await api.post(REMOVE, {"keys": [KEY], "scope": "instance"}, person)
    expected = 200 if may else 403
    assert (changed.status_code, removed.status_code) == (expected, expected)
    assert len(await listed(api)) == (0 if may else 1)


async def test_protected_tags_are_checked_and_for_admins(api: ApiServer) -> None:
    value = {"vip": {"roles": [ROLE + "Admin"]}}
    body = option(key=PROTECTED, value=value, managerRole=ROLE + "Admin")
    answers = [
        await api.post(UPSERT, body | {"value": {"vip": {}}}, ADMIN),
        await api.post(UPSERT, body | {"managerRole": ROLE + "Moderator"}, ADMIN),
        await api.post(UPSERT, body, MODERATOR),
        await api.post(UPSERT, body, ADMIN),
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 403, 200]
    assert set(api.services.desk.options.protected_tags()) == {"vip"}


@pytest.mark.parametrize(
    "wrong", [{"value": 1}, {"value": None}, {"value": "x"}, {"key": "nodots"}, {"scope": "world"}]
)
async def test_what_is_no_option_is_refused(api: ApiServer, wrong: dict[str, Any]) -> None:
    answer = await api.post(UPSERT, option() | wrong, ADMIN)
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")


@pytest.mark.parametrize("value", [b'{"a": "\xff"}', b'{"a": "\\ud800 alone"}', b"[" * 20_000 + b"]" * 20_000])
async def test_a_value_that_is_no_sound_json_within_is_refused(api: ApiServer, value: bytes) -> None:
    body = b'{"key": "com.example.links", "scope": "instance", "value": ' + value + b"}"
    headers = {"content-type": "application/json", **api.token(ADMIN, UPSERT)}
    answer = await api.http.post(f"/xrpc/{UPSERT}", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
    assert await listed(api) == []
