"""tools.ozone.verification over HTTP: records are written to the verifier's PDS, and each outcome is told."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from api_server import ApiServer, make_services, serving
from identities import ADMIN, ALICE, BOB, VERIFIER
from sdk_answers import read_answer
from servers.http_pages import Page, http_pages
from servers.verifier_pds import PASSWORD, VERIFIER_DID, VerifierPds, verifier_pds
from skywarden.api.views.statuses import DEFS
from skywarden.app.verifier import PdsVerifier
from skywarden.kernel.clock import ManualClock
from skywarden.settings.schema import VerifierConfig
from skywarden.storage import Database
from upstreams import make_directory, make_upstreams

GRANT, REVOKE, LIST = (
    "tools.ozone.verification." + name for name in ("grantVerifications", "revokeVerifications", "listVerifications")
)


@pytest_asyncio.fixture
async def pds() -> AsyncIterator[VerifierPds]:
    async with verifier_pds() as running:
        yield running


@pytest_asyncio.fixture
async def verifying(database: Database, pds: VerifierPds) -> AsyncIterator[ApiServer]:
    """The API with a verifier."""
    verifier = PdsVerifier(VerifierConfig(url=pds.url, did=VERIFIER_DID, password=PASSWORD), ManualClock())
    async with serving(make_services(database, verifier=verifier)) as server:
        yield server
    await verifier.aclose()


def person(subject: str, **fields: str) -> dict[str, str]:
    return {"subject": subject, "handle": "a.example", "displayName": "A 🌻"} | fields


async def granted(api: ApiServer, *people: dict[str, str]) -> Any:
    return read_answer(GRANT, await api.post(GRANT, {"verifications": people}, VERIFIER))


async def listed(api: ApiServer, **params: Any) -> list[str]:
    return [one.subject for one in read_answer(LIST, await api.get(LIST, **params)).verifications]


async def test_accounts_are_verified_listed_and_no_longer(verifying: ApiServer, pds: VerifierPds) -> None:
    answer = await granted(verifying, person(ALICE.did, createdAt="2026-01-01T00:00:00.5+01:00"), person(BOB.did))
    assert answer.failed_verifications == []
    alice = answer.verifications[0]
    assert (alice.issuer, alice.subject, alice.handle, alice.display_name) == (
        VERIFIER_DID,
        ALICE.did,
        "a.example",
        "A 🌻",
    )
    assert alice.created_at == "2026-01-01T00:00:00.5+01:00"
    assert pds.subjects == [ALICE.did, BOB.did]
    body = {"uris": [alice.uri], "revokeReason": "Sold"}
    revoked = read_answer(REVOKE, await verifying.post(REVOKE, body, VERIFIER))
    assert (revoked.revoked_verifications, revoked.failed_revocations) == ([alice.uri], [])
    assert pds.subjects == [BOB.did]
    [shown] = read_answer(LIST, await verifying.get(LIST, isRevoked="true")).verifications
    assert (shown.uri, shown.revoke_reason, shown.revoked_by) == (alice.uri, "Sold", VERIFIER.did)
    assert shown.revoked_at is not None
    assert await listed(verifying, isRevoked="false") == [BOB.did]


async def test_what_fails_for_one_account_is_done_for_the_others(verifying: ApiServer, pds: VerifierPds) -> None:
    pds.refused = {"did:plc:refused"}
    await granted(verifying, person(ALICE.did))
    answer = await granted(
        verifying,
        person(ALICE.did),
        person("did:plc:refused"),
        person(BOB.did),
        person(BOB.did),
        person(ALICE.did, displayName="New name"),
    )
    assert [one.subject for one in answer.verifications] == [BOB.did, ALICE.did]
    assert [one.subject for one in answer.failed_verifications] == [ALICE.did, "did:plc:refused", BOB.did]
    assert ["already" in one.error for one in answer.failed_verifications] == [True, False, False]
    assert pds.subjects == [ALICE.did, ALICE.did, BOB.did]


async def test_only_our_verifiers_records_are_revoked(verifying: ApiServer, pds: VerifierPds) -> None:
    [own] = (await granted(verifying, person(ALICE.did))).verifications
    foreign = "at://did:plc:other/app.bsky.graph.verification/3kaaaaaaaaaaa"
    answer = read_answer(REVOKE, await verifying.post(REVOKE, {"uris": [foreign, own.uri, own.uri]}, ADMIN))
    assert answer.revoked_verifications == [own.uri]
    assert [failed.uri for failed in answer.failed_revocations] == [foreign]
    assert VERIFIER_DID in answer.failed_revocations[0].error
    assert pds.records == {}


async def test_a_pds_that_is_away_fails_each_account_and_leaves_nothing(verifying: ApiServer, pds: VerifierPds) -> None:
    await pds.service.down()
    answer = await granted(verifying, person(ALICE.did))
    assert [one.subject for one in answer.failed_verifications] == [ALICE.did]
    assert await listed(verifying) == []


async def test_verifications_are_found_by_time_issuer_and_subject(verifying: ApiServer) -> None:
    at = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]
    subjects = [f"did:plc:s{number}" for number in range(3)]
    await granted(verifying, *(person(did, createdAt=date) for did, date in zip(subjects, at, strict=True)))
    assert await listed(verifying) == subjects[::-1]
    assert await listed(verifying, sortDirection="asc", createdAfter=at[1]) == subjects[1:]
    assert await listed(verifying, createdBefore=at[1]) == subjects[1::-1]
    assert await listed(verifying, issuers=[VERIFIER_DID], subjects=[subjects[2], ALICE.did]) == [subjects[2]]
    assert await listed(verifying, issuers=[ALICE.did]) == []
    first = read_answer(LIST, await verifying.get(LIST, limit=2))
    assert [one.subject for one in first.verifications] == subjects[:0:-1]
    assert await listed(verifying, limit=2, cursor=first.cursor) == subjects[:1]


async def test_without_a_verifier_nobody_is_verified(api: ApiServer) -> None:
    for nsid, body in ((GRANT, {"verifications": [person(ALICE.did)]}), (REVOKE, {"uris": []})):
        answer = await api.post(nsid, body, VERIFIER)
        assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
    assert await listed(api) == []


async def test_both_sides_are_shown_as_far_as_the_network_knows_them(database: Database, pds: VerifierPds) -> None:
    profile = f'{{"did": "{ALICE.did}", "handle": "alice.example", "displayName": "Alice"}}'
    page = Page(body=f'{{"profiles": [{profile}]}}'.encode())
    verifier = PdsVerifier(VerifierConfig(url=pds.url, did=VERIFIER_DID, password=PASSWORD), ManualClock())
    async with http_pages(lambda path: page if "getProfiles" in path else Page(404)) as appview:
        upstreams = make_upstreams(appview=appview.origin)
        directory = make_directory(upstreams)
        services = make_services(database, verifier=verifier, upstreams=upstreams, directory=directory)
        async with serving(services) as api:
            answer = await api.post(GRANT, {"verifications": [person(ALICE.did)]}, VERIFIER)
    await verifier.aclose()
    [shown] = read_answer(GRANT, answer).verifications
    assert (shown.subject_repo.py_type, shown.subject_repo.handle) == (DEFS + "repoViewDetail", "alice.example")
    assert (shown.issuer_repo.py_type, shown.issuer_repo.did) == (DEFS + "repoViewNotFound", VERIFIER_DID)
    raw = answer.json()["verifications"][0]
    assert raw["subjectProfile"]["displayName"] == "Alice"
    assert raw["subjectProfile"]["$type"] == "app.bsky.actor.defs#profileViewDetailed"
    assert "issuerProfile" not in raw
