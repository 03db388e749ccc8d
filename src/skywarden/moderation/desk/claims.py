"""Keep who reviews which subject, so that no two people work on one.

Retry: a claim that is made again lasts longer. Crash: a claim ends by itself.
Two writers: of all who claim one subject at once, in any process, one gets it, and all are told who.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, or_, select, update

from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.storage import Database
from skywarden.storage.tables import SUBJECT_CLAIM

CLAIM_S = 300
"""Long enough to look at one item; a page that is open claims again."""

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Claim:
    """Who has a subject, until when."""

    uri: str
    did: Did
    until_us: UtcMicros


class ClaimService:
    """The claims of one database. They are no decisions, so the audit does not list them."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def claim(self, uri: str, did: Did) -> Claim:
        """Take a subject unless somebody else has it; return who has it now."""
        now_us = self._clock.now_us()
        until_us = now_us + CLAIM_S * SECOND_US
        mine = or_(SUBJECT_CLAIM.c.did == did, SUBJECT_CLAIM.c.until_us <= now_us)
        with self._db.write("claim") as tx:
            tx.execute(self._db.insert_or_ignore(SUBJECT_CLAIM), {"uri": uri, "did": did, "until_us": until_us})
            tx.execute(update(SUBJECT_CLAIM).where(SUBJECT_CLAIM.c.uri == uri, mine).values(did=did, until_us=until_us))
            row = tx.execute(select(SUBJECT_CLAIM).where(SUBJECT_CLAIM.c.uri == uri)).one()
        return Claim(row.uri, Did(row.did), UtcMicros(row.until_us))

    def claim_first(self, uris: Collection[str], did: Did) -> str | None:
        """Take the first subject that nobody else has; None when all are taken."""
        held = self.held(uris)
        for uri in uris:
            other = held.get(uri)
            if (other is None or other.did == did) and self.claim(uri, did).did == did:
                return uri
        return None

    def release(self, uri: str, did: Did) -> None:
        """Give a subject back; one that somebody else has stays theirs."""
        with self._db.write("claim.release") as tx:
            tx.execute(delete(SUBJECT_CLAIM).where(SUBJECT_CLAIM.c.uri == uri, SUBJECT_CLAIM.c.did == did))

    def held(self, uris: Collection[str]) -> dict[str, Claim]:
        """The claims on these subjects that have not ended."""
        wanted, now_us = list(uris), self._clock.now_us()
        found: dict[str, Claim] = {}
        with self._db.read() as tx:
            for start in range(0, len(wanted), _AT_ONCE):
                part = wanted[start : start + _AT_ONCE]
                rows = select(SUBJECT_CLAIM).where(SUBJECT_CLAIM.c.uri.in_(part), SUBJECT_CLAIM.c.until_us > now_us)
                found |= {row.uri: Claim(row.uri, Did(row.did), UtcMicros(row.until_us)) for row in tx.execute(rows)}
        return found
