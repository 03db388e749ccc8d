"""Draw the moment at which a delayed effect is due: hard to foresee, the same in every replay."""

import hashlib
import hmac

from sqlalchemy import Connection, select

from skywarden.model.effect import Effect
from skywarden.moderation.seeds import read_seed
from skywarden.storage import Database
from skywarden.storage.tables import SECRET

_NAME = "effect_delay"


def read_delay_seed(db: Database) -> bytes:
    """The database's seed; every process of one database draws alike."""
    return read_seed(db, _NAME)


def stored_delay_seed(tx: Connection) -> bytes:
    """The database's seed as it is; empty where no delay was ever drawn."""
    return bytes(tx.execute(select(SECRET.c.value).where(SECRET.c.name == _NAME)).scalar_one_or_none() or b"")


def due_us(effect: Effect, seed: bytes) -> int:
    """When the effect is to be decided, in event time: 0 (at once) without a delay.

    Shape: the drawn length is uniform over least..most, both included, to within 2^-64.
    """
    if effect.options.delay_us is None:
        return 0
    least, most = effect.options.delay_us
    drawn = hmac.digest(seed, effect.effect_id.encode(), hashlib.sha256)
    return effect.time_us + least + int.from_bytes(drawn[:16], "big") % (most - least + 1)
