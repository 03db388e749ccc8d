"""Verification records are kept once, listed by the times they claim, and revoked once."""

import pytest

from audit_trail import audited
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import AtUri, Cid, Did, UtcMicros
from skywarden.moderation.desk import Desk
from skywarden.moderation.desk.verifications import COLLECTION, IssuedRecord, VerificationQuery, Verified
from skywarden.storage import Database

OURS = Did("did:plc:verifier")
THEIRS = Did("did:plc:newspaper")
ANNA = Did("did:plc:anna")
SECOND_US = 1_000_000


def issued(number: int, subject: str = "did:plc:alice", issuer: Did = OURS, at_s: int | None = None) -> IssuedRecord:
    second = number if at_s is None else at_s
    at = f"2026-01-01T00:00:{second:02}Z"
    at_us = UtcMicros(1_767_225_600_000_000 + second * SECOND_US)
    verified = Verified(Did(subject), "alice.example", "Alice 🌻", at, at_us)
    return IssuedRecord(AtUri(f"at://{issuer}/{COLLECTION}/{number}"), Cid("bafycid"), issuer, verified)


def uris(desk: Desk, query: VerificationQuery) -> list[str]:
    return [one.record.uri for one in desk.verifications.list(query).rows]


def test_a_record_that_comes_again_is_kept_once(desk: Desk) -> None:
    first = desk.verifications.add([issued(1), issued(2)], ANNA)
    assert [one.record for one in first] == [issued(1), issued(2)]
    assert desk.verifications.add([issued(2)], ANNA) == [first[1]]
    assert desk.verifications.add([], ANNA) == []
    assert len(uris(desk, VerificationQuery())) == 2


def test_a_record_is_revoked_once_by_who_did_it_first(desk: Desk, clock: ManualClock) -> None:
    desk.verifications.add([issued(1), issued(2)], ANNA)
    clock.advance(1)
    at_us = clock.now_us()
    desk.verifications.mark_revoked([issued(1).uri], ANNA, "sold the account")
    clock.advance(1)
    desk.verifications.mark_revoked([issued(1).uri, issued(2).uri, AtUri("at://did:plc:x/y/z")], None)
    first, second = desk.verifications.list(VerificationQuery(direction="asc")).rows
    assert (first.revoked_us, first.revoked_by, first.revoke_reason) == (at_us, ANNA, "sold the account")
    assert (second.revoked_us, second.revoked_by, second.revoke_reason) == (clock.now_us(), OURS, None)


def test_a_record_holds_while_it_is_not_revoked(desk: Desk) -> None:
    desk.verifications.add([issued(1), issued(2, "did:plc:bob"), issued(3, issuer=THEIRS)], ANNA)
    desk.verifications.mark_revoked([issued(2).uri], ANNA)
    subjects = [Did("did:plc:alice"), Did("did:plc:bob")]
    assert desk.verifications.valid(OURS, subjects) == {
        (Did("did:plc:alice"), "alice.example", "Alice 🌻"): issued(1).uri
    }


def test_verifications_are_found_by_each_of_their_properties(desk: Desk) -> None:
    a, b, c = issued(1), issued(2, "did:plc:bob"), issued(3, issuer=THEIRS)
    desk.verifications.add([c, a, b], ANNA)
    desk.verifications.mark_revoked([b.uri], ANNA)
    assert uris(desk, VerificationQuery()) == [c.uri, b.uri, a.uri]
    assert uris(desk, VerificationQuery(direction="asc")) == [a.uri, b.uri, c.uri]
    assert uris(desk, VerificationQuery(issuers=[THEIRS])) == [c.uri]
    assert uris(desk, VerificationQuery(subjects=[Did("did:plc:bob")])) == [b.uri]
    assert uris(desk, VerificationQuery(revoked=True)) == [b.uri]
    assert uris(desk, VerificationQuery(revoked=False)) == [c.uri, a.uri]
    assert uris(desk, VerificationQuery(created_after_us=b.verified.created_us)) == [c.uri, b.uri]
    assert uris(desk, VerificationQuery(created_before_us=b.verified.created_us)) == [b.uri, a.uri]


@pytest.mark.parametrize("rising", [True, False])
def test_pages_join_where_many_claim_the_same_time(desk: Desk, rising: bool) -> None:
    records = [issued(number, at_s=7 if number < 5 else 8) for number in range(7)]
    desk.verifications.add(records, ANNA)
    found: list[str] = []
    cursor: str | None = None
    for _ in range(4):
        query = VerificationQuery(direction="asc" if rising else "desc", limit=2, cursor=cursor)
        page = desk.verifications.list(query)
        found, cursor = [*found, *(one.record.uri for one in page.rows)], page.cursor
    wanted = [record.uri for record in records]
    assert cursor is None
    assert found == (wanted if rising else wanted[::-1])
    with pytest.raises(Rejected, match="cursor"):
        desk.verifications.list(VerificationQuery(cursor="Mw"))


def test_granting_and_revoking_are_in_the_audit(desk: Desk, database: Database) -> None:
    desk.verifications.add([issued(1)], ANNA)
    desk.verifications.add([issued(1)], ANNA)
    desk.verifications.mark_revoked([issued(1).uri], None)
    desk.verifications.mark_revoked([issued(1).uri], ANNA)
    rows = audited(database)
    assert [(actor, action) for actor, action, _, _ in rows] == [
        (ANNA, "verification.grant"),
        (OURS, "verification.revoke"),
    ]
    assert {target for _, _, target, _ in rows} == {f"verification:{issued(1).uri}"}
    assert rows[1][3]["before"]["revoked_us"] is None
