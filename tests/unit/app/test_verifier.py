"""The verifier writes to its own repository: signed in once, whole or not at all, also when an answer is lost."""

import asyncio

import pytest

from servers.verifier_pds import CID, PASSWORD, VERIFIER_DID, VerifierPds, verifier_pds
from skywarden.app.verifier import PdsVerifier, open_verifier
from skywarden.atproto.syntax.at_uri import parse_at_uri
from skywarden.atproto.tid import is_tid
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import AtUri, Did, UtcMicros
from skywarden.moderation.desk.verifications import COLLECTION, Verified
from skywarden.settings.schema import VerifierConfig


def verifier_of(pds: VerifierPds, *, did: str = VERIFIER_DID, password: str = PASSWORD) -> PdsVerifier:
    return PdsVerifier(VerifierConfig(url=pds.url, did=did, password=password), ManualClock())


def verified(subject: str) -> Verified:
    return Verified(Did(subject), "alice.example", "Alice 🌻", "2026-01-01T00:00:00Z", UtcMicros(0))


async def test_a_record_is_written_under_a_key_of_ours_and_deleted_again() -> None:
    async with verifier_pds() as pds:
        verifier = verifier_of(pds)
        record = await verifier.issue(verified("did:plc:alice"))
        parts = parse_at_uri(record.uri)
        assert (parts.authority, parts.collection, record.issuer, record.cid) == (
            VERIFIER_DID,
            COLLECTION,
            VERIFIER_DID,
            CID,
        )
        assert parts.rkey is not None
        assert is_tid(parts.rkey)
        assert pds.records[parts.rkey] == {
            "$type": COLLECTION,
            "subject": "did:plc:alice",
            "handle": "alice.example",
            "displayName": "Alice 🌻",
            "createdAt": "2026-01-01T00:00:00Z",
        }
        await verifier.revoke(record.uri)
        await verifier.revoke(record.uri)
        assert pds.records == {}
        await verifier.aclose()


async def test_many_at_once_sign_in_once_and_again_when_the_token_has_ended() -> None:
    async with verifier_pds() as pds:
        verifier = verifier_of(pds)
        await asyncio.gather(*(verifier.issue(verified(f"did:plc:a{number}")) for number in range(5)))
        assert (pds.sessions, len(pds.records)) == (1, 5)
        pds.end_session()
        await asyncio.gather(*(verifier.issue(verified(f"did:plc:b{number}")) for number in range(5)))
        assert (pds.sessions, len(pds.records)) == (3, 10)
        await verifier.aclose()


async def test_a_record_whose_answer_was_lost_is_found_and_not_written_twice() -> None:
    async with verifier_pds() as pds:
        verifier = verifier_of(pds)
        pds.lost = {"did:plc:alice"}
        record = await verifier.issue(verified("did:plc:alice"))
        assert (record.cid, pds.subjects) == (CID, ["did:plc:alice"])
        await verifier.aclose()


async def test_what_the_pds_refuses_is_refused_and_what_is_away_may_be_tried_again() -> None:
    async with verifier_pds() as pds:
        verifier = verifier_of(pds)
        pds.refused = {"did:plc:alice"}
        with pytest.raises(Rejected, match="InvalidRecord"):
            await verifier.issue(verified("did:plc:alice"))
        await pds.service.down()
        with pytest.raises(Retryable):
            await verifier.issue(verified("did:plc:bob"))
        await pds.service.up()
        await verifier.issue(verified("did:plc:bob"))
        assert pds.subjects == ["did:plc:bob"]
        await verifier.aclose()


@pytest.mark.parametrize(
    "uri",
    [
        f"at://did:plc:other/{COLLECTION}/3kaaaaaaaaaaa",
        f"at://{VERIFIER_DID}/app.bsky.feed.post/3kaaaaaaaaaaa",
        f"at://{VERIFIER_DID}/{COLLECTION}",
        "https://example.com",
    ],
)
async def test_only_verifications_of_its_own_are_deleted(uri: str) -> None:
    async with verifier_pds() as pds:
        verifier = verifier_of(pds)
        with pytest.raises(Rejected):
            await verifier.revoke(AtUri(uri))
        assert pds.service.calls == []
        await verifier.aclose()


async def test_a_wrong_password_or_another_account_signs_nothing() -> None:
    async with verifier_pds() as pds:
        for verifier in (verifier_of(pds, password="guess"), verifier_of(pds, did="did:plc:other")):
            with pytest.raises(Rejected, match="AuthenticationRequired") as refusal:
                await verifier.issue(verified("did:plc:alice"))
            assert "guess" not in str(refusal.value)
            await verifier.aclose()
        assert pds.records == {}


def test_without_all_settings_there_is_no_verifier() -> None:
    for missing in ("url", "did", "password"):
        given = {"url": "https://pds.example", "did": VERIFIER_DID, "password": PASSWORD, missing: ""}
        config = VerifierConfig(url=given["url"], did=given["did"], password=given["password"])
        assert open_verifier(config, ManualClock()) is None
