"""A subject is on one desk at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor

from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did
from skywarden.moderation.desk.claims import CLAIM_S, ClaimService
from skywarden.storage import Database

ANNE, BEN = Did("did:plc:anne"), Did("did:plc:ben")
POST = "at://did:plc:x/app.bsky.feed.post/3k"


def test_of_all_who_claim_one_subject_at_once_one_gets_it_and_all_are_told(database: Database) -> None:
    claims, start = ClaimService(database, ManualClock()), threading.Barrier(8)

    def claim(number: int) -> Did:
        start.wait()
        return claims.claim(POST, Did(f"did:plc:{number}")).did

    with ThreadPoolExecutor(8) as pool:
        owners = set(pool.map(claim, range(8)))
    assert len(owners) == 1
    assert claims.held([POST, "did:plc:y"]).keys() == {POST}


def test_a_claim_ends_by_itself_or_by_its_owner(database: Database) -> None:
    clock = ManualClock()
    claims = ClaimService(database, clock)
    claims.claim(POST, ANNE)
    claims.release(POST, BEN)
    assert claims.claim(POST, BEN).did == ANNE
    claims.release(POST, ANNE)
    assert claims.claim(POST, BEN).did == BEN
    clock.advance(CLAIM_S)
    assert claims.held([POST]) == {}
    assert claims.claim(POST, ANNE).did == ANNE


def test_the_first_free_one_is_taken(database: Database) -> None:
    claims = ClaimService(database, ManualClock())
    wanted = [f"did:plc:{number}" for number in range(3)]
    assert claims.claim_first(wanted, ANNE) == wanted[0]
    assert claims.claim_first(wanted, BEN) == wanted[1]
    assert claims.claim_first(wanted[:2], Did("did:plc:carl")) is None
    assert claims.claim_first(wanted, ANNE) == wanted[0]
