"""Turn a signing key into the id under which labels say who signed them, and know which keys it replaced.

Retry: registering a key again changes nothing while it is the newest.
Two writers: a process that still runs with a replaced key signs on with it; those with the newer one re-sign on read.
"""

from dataclasses import dataclass

from sqlalchemy import select, update

from skywarden.atproto.keys import PrivateKey
from skywarden.kernel.ids import UtcMicros
from skywarden.storage import Database
from skywarden.storage.tables import SIGNING_KEY


@dataclass(frozen=True, slots=True)
class LabelKey:
    """The key that signs now; `older` are the ids of those it replaced."""

    private: PrivateKey
    id: int
    older: frozenset[int]


def register_key(db: Database, key: PrivateKey, now_us: UtcMicros) -> LabelKey:
    """Make `key` the newest one, also where it was in use before."""
    with db.write("labels.key") as tx:
        tx.execute(db.insert_or_ignore(SIGNING_KEY), {"did_key": key.did_key, "created_us": now_us})
        newest_first = SIGNING_KEY.c.created_us.desc(), SIGNING_KEY.c.id.desc()
        rows = tx.execute(select(SIGNING_KEY).order_by(*newest_first)).all()
        (own,) = (row.id for row in rows if row.did_key == key.did_key)
        if rows[0].id != own:
            since_us = max(now_us, rows[0].created_us + 1)
            tx.execute(update(SIGNING_KEY).where(SIGNING_KEY.c.id == own).values(created_us=since_us))
    return LabelKey(key, own, frozenset(row.id for row in rows if row.id != own))
