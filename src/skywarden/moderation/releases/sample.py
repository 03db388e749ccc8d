"""Draw a uniform sample of each version's shadow hits while they come, without knowing how many there will be.

Every hit has a place, a keyed hash of what it is; the sample are the hits with the least places. So each set of hits of
its size is as likely as any other, whatever the order and the number of hits, and a hit stored twice is drawn once.
"""

import hashlib
import hmac
from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from skywarden.model.hit import Hit
from skywarden.moderation.seeds import seed_within
from skywarden.storage import Database
from skywarden.storage.tables import RULE_SAMPLE

_NAME = "shadow_sample"


def draw_sample(db: Database, tx: Connection, hits: Sequence[Hit], size: int) -> None:
    """Let new hits take their places, in the transaction that stores them."""
    if not hits or size <= 0:
        return
    seed = seed_within(db, tx, _NAME)
    by_version: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        by_version.setdefault((hit.rule, hit.version), []).append(hit)
    for (rule, version), found in by_version.items():
        of_version = (RULE_SAMPLE.c.rule == rule, RULE_SAMPLE.c.version == version)
        last = select(RULE_SAMPLE.c.place).where(*of_version).order_by(RULE_SAMPLE.c.place).offset(size - 1).limit(1)
        least = tx.execute(last).scalar_one_or_none()
        placed = sorted((place_of(seed, rule, version, hit.offset), hit.offset) for hit in found)[:size]
        rows = [
            {"rule": rule, "version": version, "log_offset": offset, "place": place}
            for place, offset in placed
            if least is None or place < least
        ]
        if not rows:
            continue
        tx.execute(db.insert_or_ignore(RULE_SAMPLE), rows)
        least = tx.execute(last).scalar_one_or_none()
        if least is not None:
            tx.execute(delete(RULE_SAMPLE).where(*of_version, RULE_SAMPLE.c.place > least))


def place_of(seed: bytes, rule: str, version: str, offset: int) -> int:
    """The place of a hit: uniform over 63 bits for whoever does not know the seed."""
    drawn = hmac.digest(seed, f"{rule}\0{version}\0{offset}".encode(), hashlib.sha256)
    return int.from_bytes(drawn[:8], "big") >> 1
