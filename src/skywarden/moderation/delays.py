"""Draw the moment at which a delayed effect is due: hard to foresee, the same in every replay."""

import hashlib
import hmac
import secrets

from sqlalchemy import Connection, select

from skywarden.model.effect import Effect
from skywarden.storage import Database
from skywarden.storage.tables import SECRET

_NAME = "effect_delay"
_SEED_BYTES = 32


def read_delay_seed(db: Database) -> bytes:
    """The database's seed, made at its first use; every process of one database draws alike."""
    query = select(SECRET.c.value).where(SECRET.c.name == _NAME)
    with db.read() as tx:
        found = tx.execute(query).scalar_one_or_none()
    if found is not None:
        return bytes(found)
    with db.write("moderation.seed") as tx:
        tx.execute(db.insert_or_ignore(SECRET), {"name": _NAME, "value": secrets.token_bytes(_SEED_BYTES)})
        return _stored(tx)


def due_us(effect: Effect, seed: bytes) -> int:
    """When the effect is to be decided, in event time: 0 (at once) without a delay.

    Shape: the drawn length is uniform over least..most, both included, to within 2^-64.
    """
    if effect.options.delay_us is None:
        return 0
    least, most = effect.options.delay_us
    drawn = hmac.digest(seed, effect.effect_id.encode(), hashlib.sha256)
    return effect.time_us + least + int.from_bytes(drawn[:16], "big") % (most - least + 1)


def _stored(tx: Connection) -> bytes:
    return bytes(tx.execute(select(SECRET.c.value).where(SECRET.c.name == _NAME)).scalar_one())
