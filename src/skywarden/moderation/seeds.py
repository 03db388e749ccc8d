"""Give every process of one database the same secret random bytes."""

import secrets

from sqlalchemy import Connection, select

from skywarden.storage import Database
from skywarden.storage.tables import SECRET

_SEED_BYTES = 32


def read_seed(db: Database, name: str) -> bytes:
    """The seed of this name, made at its first use."""
    query = select(SECRET.c.value).where(SECRET.c.name == name)
    with db.read() as tx:
        found = tx.execute(query).scalar_one_or_none()
    if found is not None:
        return bytes(found)
    with db.write("moderation.seed") as tx:
        return seed_within(db, tx, name)


def seed_within(db: Database, tx: Connection, name: str) -> bytes:
    """The seed of this name, made in a transaction that writes anyway."""
    tx.execute(db.insert_or_ignore(SECRET), {"name": name, "value": secrets.token_bytes(_SEED_BYTES)})
    return bytes(tx.execute(select(SECRET.c.value).where(SECRET.c.name == name)).scalar_one())
