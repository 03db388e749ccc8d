"""tools.ozone.communication over HTTP: templates come back as they were written, by whom the caller is."""

from typing import Any

from api_server import ApiServer, admin_password
from identities import ALICE, MODERATOR
from sdk_answers import read_answer

CREATE, UPDATE, DELETE, LIST = (
    "tools.ozone.communication." + name
    for name in ("createTemplate", "updateTemplate", "deleteTemplate", "listTemplates")
)
WELCOME = {"name": "Grüße", "contentMarkdown": "Hello **{{handle}}**", "subject": "Welcome", "lang": "de"}


async def listed(api: ApiServer) -> list[Any]:
    found: list[Any] = read_answer(LIST, await api.get(LIST)).communication_templates
    return found


async def test_a_template_is_made_changed_and_forgotten(api: ApiServer) -> None:
    made = read_answer(CREATE, await api.post(CREATE, WELCOME))
    assert (made.name, made.content_markdown, made.subject, made.lang) == tuple(WELCOME.values())
    assert not made.disabled
    body = {"id": made.id, "disabled": True, "contentMarkdown": "Bye"}
    changed = read_answer(UPDATE, await api.post(UPDATE, body))
    assert (changed.name, changed.content_markdown, changed.disabled) == (made.name, "Bye", True)
    assert await listed(api) == [changed]
    for _ in range(2):
        assert read_answer(DELETE, await api.post(DELETE, {"id": made.id})) is None
    assert await listed(api) == []


async def test_a_name_is_taken_once_and_bad_input_is_refused(api: ApiServer) -> None:
    first = read_answer(CREATE, await api.post(CREATE, WELCOME))
    second = read_answer(CREATE, await api.post(CREATE, WELCOME | {"name": "Other"}))
    answers = [
        await api.post(CREATE, WELCOME),
        await api.post(UPDATE, {"id": second.id, "name": first.name}),
        await api.post(UPDATE, {"id": "99", "disabled": True}),
        await api.post(UPDATE, {"id": "../1", "disabled": True}),
        await api.post(CREATE, WELCOME | {"name": ""}),
        await api.post(CREATE, WELCOME | {"name": "Third", "lang": "not a language"}),
        await api.post(CREATE, {"name": "Third"}),
    ]
    assert [answer.json()["error"] for answer in answers] == ["DuplicateTemplateName"] * 2 + ["InvalidRequest"] * 5
    assert len(await listed(api)) == 2


async def test_nobody_writes_in_anothers_name_but_who_has_the_password(api: ApiServer) -> None:
    own = read_answer(CREATE, await api.post(CREATE, WELCOME | {"createdBy": ALICE.did}))
    body = WELCOME | {"name": "Other", "createdBy": ALICE.did}
    named = read_answer(CREATE, await api.http.post(f"/xrpc/{CREATE}", json=body, headers=admin_password()))
    nobody = read_answer(
        CREATE, await api.http.post(f"/xrpc/{CREATE}", json=WELCOME | {"name": "Third"}, headers=admin_password())
    )
    assert [one.last_updated_by for one in (own, named, nobody)] == [MODERATOR.did, ALICE.did, api.services.did]
