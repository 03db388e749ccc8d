"""tools.ozone.team over HTTP: the team's own table decides who may call; profiles are shown where they are known."""

from typing import Any

from api_server import ApiServer, admin_password, make_services, serving
from identities import ADMIN, ALICE, BOB, MODERATOR, resolver_of
from label_samples import LABELER
from sdk_answers import read_answer
from servers.http_pages import Page, http_pages
from skywarden.api.auth import AuthVerifier
from skywarden.model.team import Role
from skywarden.storage import Database
from upstreams import make_directory, make_upstreams

TEAM = "tools.ozone.team."
ADD, UPDATE, DELETE, LIST = (TEAM + name for name in ("addMember", "updateMember", "deleteMember", "listMembers"))
ROLE = "tools.ozone.team.defs#role"


async def put(api: ApiServer, nsid: str, **body: Any) -> Any:
    return read_answer(nsid, await api.post(nsid, body, ADMIN))


async def test_a_member_is_added_changed_and_listed(api: ApiServer) -> None:
    added = await put(api, ADD, did=ALICE.did, role=ROLE + "Triage")
    assert (added.did, added.role, added.disabled, added.last_updated_by) == (
        ALICE.did,
        ROLE + "Triage",
        False,
        ADMIN.did,
    )
    changed = await put(api, UPDATE, did=ALICE.did, disabled=True, role=ROLE + "Verifier")
    assert (changed.role, changed.disabled) == (ROLE + "Verifier", True)
    listed = read_answer(LIST, await api.get(LIST))
    assert [member.did for member in listed.members] == [ALICE.did]
    assert listed.cursor is None


async def test_refusals_have_the_names_of_the_lexicon(api: ApiServer) -> None:
    await put(api, ADD, did=ADMIN.did, role=ROLE + "Admin")
    answers = [
        await api.post(ADD, {"did": ADMIN.did, "role": ROLE + "Triage"}, ADMIN),
        await api.post(UPDATE, {"did": BOB.did, "disabled": True}, ADMIN),
        await api.post(UPDATE, {"did": ADMIN.did, "disabled": True}, ADMIN),
        await api.post(DELETE, {"did": BOB.did}, ADMIN),
        await api.post(DELETE, {"did": ADMIN.did}, ADMIN),
        await api.post(ADD, {"did": BOB.did, "role": ROLE + "Emperor"}, ADMIN),
        await api.post(ADD, {"did": "bob", "role": ROLE + "Triage"}, ADMIN),
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [
        (400, "MemberAlreadyExists"),
        (400, "MemberNotFound"),
        (400, "InvalidRequest"),
        (400, "MemberNotFound"),
        (400, "CannotDeleteSelf"),
        (400, "InvalidRequest"),
        (400, "InvalidRequest"),
    ]


async def test_the_password_may_delete_an_admin_but_not_the_service(api: ApiServer) -> None:
    await put(api, ADD, did=ADMIN.did, role=ROLE + "Admin")
    await put(api, ADD, did=LABELER, role=ROLE + "Admin")
    gone, kept = [
        await api.http.post(f"/xrpc/{DELETE}", json={"did": did}, headers=admin_password())
        for did in (ADMIN.did, LABELER)
    ]
    assert read_answer(DELETE, gone) is None
    assert kept.json()["error"] == "CannotDeleteSelf"
    listed = read_answer(LIST, await api.get(LIST))
    assert [member.did for member in listed.members] == [LABELER]


async def test_members_are_filtered_and_paged(api: ApiServer) -> None:
    for number, role in enumerate(("Admin", "Moderator", "Triage", "Triage")):
        await put(api, ADD, did=f"did:plc:member{number}", role=ROLE + role)

    async def dids(**params: Any) -> list[str]:
        listed = read_answer(LIST, await api.get(LIST, **params))
        return [member.did.removeprefix("did:plc:member") for member in listed.members]

    first = read_answer(LIST, await api.get(LIST, limit=3))
    assert [len(first.members), await dids(limit=3, cursor=first.cursor)] == [3, ["3"]]
    assert await dids(roles=[ROLE + "Triage", ROLE + "Admin"]) == ["0", "2", "3"]
    assert await dids(roles="tools.ozone.team.defs#roleUnheardOf") == []
    assert await dids(q="MEMBER2") == ["2"]
    assert await dids(disabled="true") == []


async def test_a_profile_is_shown_where_the_network_knows_it(database: Database) -> None:
    profile = f'{{"did": "{ALICE.did}", "handle": "alice.example", "displayName": "Alice"}}'
    pages = {"getProfiles": Page(body=f'{{"profiles": [{profile}]}}'.encode())}

    def answer(path: str) -> Page:
        return next((page for name, page in pages.items() if name in path), Page(404))

    async with http_pages(answer) as appview:
        upstreams = make_upstreams(appview=appview.origin)
        services = make_services(database, upstreams=upstreams, directory=make_directory(upstreams))
        async with serving(services) as api:
            await put(api, ADD, did=ALICE.did, role=ROLE + "Triage")
            await put(api, ADD, did=BOB.did, role=ROLE + "Triage")
            alice, bob = read_answer(LIST, await api.get(LIST)).members
    assert (alice.profile.handle, alice.profile.display_name) == ("alice.example", "Alice")
    assert bob.profile is None


async def test_who_is_in_the_table_may_call_until_disabled(database: Database) -> None:
    services = make_services(database)
    team = services.desk.team
    team.seed([ADMIN.did], [], [])
    auth = AuthVerifier(LABELER, resolver_of([ADMIN, ALICE, MODERATOR]), services.clock, roles=team)
    async with serving(make_services(database, auth=auth, desk=services.desk)) as api:
        assert (await api.get(LIST, ALICE)).json()["error"] == "AuthenticationRequired"
        await put(api, ADD, did=ALICE.did, role=Role.TRIAGE.value)
        assert (await api.get(LIST, ALICE)).status_code == 200
        assert (await api.post(ADD, {"did": BOB.did, "role": Role.TRIAGE.value}, ALICE)).json()["error"] == "Forbidden"
        await put(api, UPDATE, did=ALICE.did, disabled=True)
        assert (await api.get(LIST, ALICE)).json()["error"] == "MemberDisabled"
        await put(api, DELETE, did=ALICE.did)
        assert (await api.get(LIST, ALICE)).json()["error"] == "AuthenticationRequired"
