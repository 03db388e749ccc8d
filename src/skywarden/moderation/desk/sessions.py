"""Keep who is signed in: tokens that browsers hold, and links that sign in once.

Retry: a link that was used is gone, also when the answer was lost; ask for another.
Crash: a session that was opened is durable. Two writers: of all who use one link, in any process, one gets in.
"""

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.audit import append_audit
from skywarden.moderation.desk.changes import edited, editing
from skywarden.storage import Database
from skywarden.storage.tables import CONSOLE_SESSION, SIGN_IN_LINK

_MINUTE_US = 60 * SECOND_US
_HOUR_US = 60 * _MINUTE_US
_SEEN_EVERY_US = _MINUTE_US
"""A session's last use is written at most so often: a page is no reason for a transaction."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lasts at most, and how long without being used."""

    whole_us: int = 7 * 24 * _HOUR_US
    idle_us: int = 12 * _HOUR_US


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, since when."""

    did: Did
    created_us: UtcMicros


class SessionService:
    """The sessions of one database. What they may do is asked of the team at each request, not kept here."""

    def __init__(self, db: Database, clock: Clock, limits: SessionLimits | None = None) -> None:
        self._db = db
        self._clock = clock
        self._limits = limits or SessionLimits()

    def open(self, did: Did, way: str) -> str:
        """Sign somebody in who proved who they are; return the token. `way` is how, for the audit."""
        token, now_us = secrets.token_urlsafe(32), self._clock.now_us()
        row = {
            "token_hash": _hash(token),
            "did": did,
            "created_us": now_us,
            "seen_us": now_us,
            "until_us": now_us + self._limits.whole_us,
        }
        with editing(self._db, "session.open") as tx:
            tx.execute(delete(CONSOLE_SESSION).where(CONSOLE_SESSION.c.until_us < now_us))
            tx.execute(insert(CONSOLE_SESSION), row)
            append_audit(self._db, tx, [edited(did, "session.open", "member", did, None, {"way": way})], now_us)
        return token

    def find(self, token: str) -> Session | None:
        """The session of a token; None when it has ended, or was never one."""
        now_us, name = self._clock.now_us(), _hash(token)
        with self._db.read() as tx:
            row = tx.execute(select(CONSOLE_SESSION).where(CONSOLE_SESSION.c.token_hash == name)).one_or_none()
        if row is None or row.until_us <= now_us or row.seen_us + self._limits.idle_us <= now_us:
            return None
        if now_us - row.seen_us >= _SEEN_EVERY_US:
            with self._db.write("session.seen") as tx:
                tx.execute(update(CONSOLE_SESSION).where(CONSOLE_SESSION.c.token_hash == name).values(seen_us=now_us))
        return Session(Did(row.did), UtcMicros(row.created_us))

    def close(self, token: str) -> None:
        """Sign out; a token that is none is no matter."""
        with self._db.write("session.close") as tx:
            tx.execute(delete(CONSOLE_SESSION).where(CONSOLE_SESSION.c.token_hash == _hash(token)))

    def make_link(self, did: Did, lasts_us: int = _HOUR_US) -> str:
        """A token that signs `did` in once."""
        token, now_us = secrets.token_urlsafe(32), self._clock.now_us()
        with editing(self._db, "session.link") as tx:
            tx.execute(delete(SIGN_IN_LINK).where(SIGN_IN_LINK.c.until_us < now_us))
            tx.execute(insert(SIGN_IN_LINK), {"token_hash": _hash(token), "did": did, "until_us": now_us + lasts_us})
            append_audit(self._db, tx, [edited(did, "session.link", "member", did, None, {})], now_us)
        return token

    def use_link(self, token: str) -> Did | None:
        """Take a link out of use; whom it signs in, or None when it was used, has ended or was never one."""
        name = _hash(token)
        with self._db.write("session.use-link") as tx:
            row = tx.execute(select(SIGN_IN_LINK).where(SIGN_IN_LINK.c.token_hash == name)).one_or_none()
            taken = tx.execute(delete(SIGN_IN_LINK).where(SIGN_IN_LINK.c.token_hash == name)).rowcount
        if row is None or not taken or row.until_us <= self._clock.now_us():
            return None
        return Did(row.did)

    def was_used(self) -> bool:
        """Whether anybody has ever a session here that is still kept."""
        with self._db.read() as tx:
            return tx.execute(select(CONSOLE_SESSION.c.did).limit(1)).first() is not None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
